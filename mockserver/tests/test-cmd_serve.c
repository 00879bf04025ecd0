/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock serve: the ready line, the environment file, its limits and its end. */
#include "cosbase/file.h"
#include "program.h"
#include "scratch.h"
#include "wire.h"

#include <signal.h>
#include <sys/stat.h>

static uint16_t port_of(const struct cos_json *ready, const char *name)
{
    int64_t port = 0;

    assert_true(cos_json_i64(cos_json_get(ready, name), &port));
    return (uint16_t)port;
}

static void check_listens(uint16_t port)
{
    struct line l = line_open(port);

    line_close(&l);
}

static void serve_announces_itself_and_ends_on_sigterm(void **state)
{
    static const char *const members[] = {"proxy",       "socks",  "control", "ca",
                                          "truststore",  "hosts",  "tenant",  "secret_id",
                                          "secret_key",  "bucket", "region",  "endpoint_suffix",
                                          "enforcement", "appid"};
    struct scratch dir;

    scratch_enter(&dir);
    struct run r = START("serve", "--seed", "5", "--ready-file", "ready.json");
    struct cos_json *ready = read_ready(&r);
    struct cos_buf file;
    cos_buf_init(&file, 1u << 16);
    assert_int_equal(cos_file_read(&file, "ready.json"), 0);
    assert_string_equal(cos_buf_cstr(&file), cos_buf_cstr(&r.text));
    struct stat st;
    assert_int_equal(stat("ready.json", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600); /* it holds a secret key */
    for (size_t i = 0; i < COS_ARRAY_LEN(members); i++) {
        const char *value = cos_json_str(cos_json_get(ready, members[i]));

        if (value == NULL || value[0] == '\0') {
            fail_msg("the ready line lacks '%s'", members[i]);
        }
    }
    assert_string_equal(cos_json_str(cos_json_get(ready, "enforcement")), "enforce");
    check_listens(port_of(ready, "port"));
    check_listens(port_of(ready, "control_port"));
    char ca[600];
    (void)snprintf(ca, sizeof(ca), "%s", cos_json_str(cos_json_get(ready, "ca")));
    assert_int_equal(access(ca, R_OK), 0);
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    assert_int_equal(r.status, 0);
    assert_int_not_equal(access(ca, F_OK), 0);
    assert_int_not_equal(access("ready.json", F_OK), 0);
    scratch_remove(&dir);
    (void)cos_json_free(ready);
    cos_buf_deinit(&file);
    run_free(&r);
}

static void serve_takes_a_memory_limit(void **state)
{
    struct run r = START("serve", "--memory-limit", "3MiB");
    struct cos_json *ready = read_ready(&r);
    struct cos_buf answer;

    cos_buf_init(&answer, 1u << 20);
    assert_int_equal(wire_get(port_of(ready, "control_port"), "localhost", "/v1/info", &answer),
                     200);
    assert_non_null(strstr(cos_buf_cstr(&answer), "\"memory_limit_bytes\":3145728,"));
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    cos_buf_deinit(&answer);
    (void)cos_json_free(ready);
    run_free(&r);
}

static void a_seed_gives_the_same_keys(void **state)
{
    static const char *const seeds[] = {"42", "42", "43"};
    struct cos_json *ready[COS_ARRAY_LEN(seeds)];
    const char *keys[COS_ARRAY_LEN(seeds)];

    for (size_t i = 0; i < COS_ARRAY_LEN(seeds); i++) {
        struct run r = START("serve", "--seed", seeds[i]);
        ready[i] = read_ready(&r);
        keys[i] = cos_json_str(cos_json_get(ready[i], "secret_key"));
        assert_int_equal(kill(r.pid, SIGINT), 0);
        finish(&r);
        assert_int_equal(r.status, 0);
        run_free(&r);
    }
    /* not by assert_string_equal(), which would print them */
    assert_true(strcmp(keys[0], keys[1]) == 0);
    assert_true(strcmp(keys[0], keys[2]) != 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(seeds); i++) {
        (void)cos_json_free(ready[i]);
    }
}

/* The same key with the same seed in the ready line; the mock takes it for the reader's
 * (explain answers for its uin, exec shows the refusal). */
static void every_key_is_in_the_ready_line(void **state)
{
    struct run serve = START("serve", "--seed", "9");
    struct run exec = RUN("exec", "--quiet", "--seed", "9", "--", "sh", "-c",
                          "echo $COSMOCK_READER_SECRET_KEY");
    struct cos_json *ready = read_ready(&serve);
    const struct cos_json *owner = cos_json_first(cos_json_get(ready, "keys"));
    const struct cos_json *reader = cos_json_next(owner);
    assert_string_equal(cos_json_str(cos_json_get(owner, "secret_id")),
                        cos_json_str(cos_json_get(ready, "secret_id")));
    assert_true(cos_span_eq_str(cos_span_trim(cos_buf_view(&exec.text)),
                                cos_json_str(cos_json_get(reader, "secret_key"))));
    assert_int_equal(kill(serve.pid, SIGTERM), 0);
    finish(&serve);
    (void)cos_json_free(ready);
    run_free(&serve);
    run_free(&exec);
}

static void many_keys_are_in_the_ready_line_too(void **state)
{
    enum { USERS = 600 };
    struct scratch dir;
    struct cos_buf world;

    scratch_enter(&dir);
    cos_buf_init(&world, 1u << 20);
    cos_buf_str(&world, "accounts:\n  - uin: \"100000000001\"\n    appid: \"1250000000\"\n"
                        "    keys: [{}]\n    users:\n");
    for (unsigned i = 0; i < USERS; i++) {
        cos_buf_printf(&world, "      - uin: \"1000000%05u\"\n        keys: [{}]\n", 100 + i);
    }
    assert_int_equal(cos_file_write("world.yaml", cos_buf_view(&world), 0600), 0);
    struct run r = START("serve", "--world", "world.yaml");
    struct cos_json *ready = read_ready(&r);
    assert_int_equal(cos_json_count(cos_json_get(ready, "keys")), 1 + USERS);
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    assert_int_equal(r.status, 0);
    scratch_remove(&dir);
    (void)cos_json_free(ready);
    cos_buf_deinit(&world);
    run_free(&r);
}

/* What @script says in a shell that starts with nothing but $PATH. */
static struct run in_a_shell(const char *script)
{
    static const char bare[] = "exec env -i PATH=\"$PATH\" COSMOCK=\"$1\" sh -c \"$0\"";

    return run_program("/bin/sh",
                       (const char *const[]){"sh", "-c", bare, script, program, NULL});
}

/* A private directory whose name a shell would cut in pieces is in half of the values. */
static void the_env_file_leads_a_shell_to_the_mock(void **state)
{
    static const char asks[] =
        ". ./cos.env && . ./cos.env && test -s \"$COSMOCK_CA\" && "
        "test \"$COSN_SECRET_KEY\" = \"$COSMOCK_SECRET_KEY\" && case $PYTHONPATH in "
        "*\"a'b c\"*:*) echo twice;; *\"a'b c\"*) ls \"$PYTHONPATH\";; esac && "
        "curl -q -s -o /dev/null -w '%{http_code}\\n' "
        "\"https://$COSMOCK_BUCKET.cos.$COSMOCK_REGION.myqcloud.com/\"";
    static const char names[] = "env | sed -n 's/^\\([A-Za-z_]*\\)=.*/\\1/p' | sort";
    struct scratch dir;
    char tmp[128], of_exec[256], of_file[256];

    scratch_enter(&dir);
    (void)snprintf(tmp, sizeof(tmp), "TMPDIR=%s/a'b c", dir.path);
    assert_int_equal(mkdir("a'b c", 0700), 0);
    struct run serve =
        start_program("/usr/bin/env", (const char *const[]){"env", tmp, program, "serve",
                                                            "--env-file", "cos.env", NULL});
    (void)cos_json_free(read_ready(&serve)); /* the file is there before the line */
    struct stat st;
    assert_int_equal(stat("cos.env", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct run asked = in_a_shell(asks);
    assert_string_equal(cos_buf_cstr(&asked.text), "sitecustomize.py\n403\n"); /* unsigned */
    (void)snprintf(of_exec, sizeof(of_exec), "$COSMOCK exec --quiet -- sh -c \"%s\"", names);
    (void)snprintf(of_file, sizeof(of_file), ". ./cos.env; %s", names);
    struct run exec = in_a_shell(of_exec);
    struct run file = in_a_shell(of_file);
    assert_non_null(strstr(cos_buf_cstr(&exec.text), "COSMOCK_READER_SECRET_KEY\n"));
    assert_string_equal(cos_buf_cstr(&file.text), cos_buf_cstr(&exec.text));
    assert_int_equal(kill(serve.pid, SIGTERM), 0);
    finish(&serve);
    assert_int_equal(serve.status, 0);
    assert_int_not_equal(access("cos.env", F_OK), 0);
    run_free(&serve);
    run_free(&asked);
    run_free(&exec);
    run_free(&file);
    scratch_remove(&dir);
}

/* Together with the mock's key a token of the real cloud would be a wrong pair. */
static void the_env_file_takes_tokens_of_a_real_cloud_away(void **state)
{
    struct scratch dir;

    scratch_enter(&dir);
    struct run serve = START("serve", "--env-file", "cos.env");
    (void)cos_json_free(read_ready(&serve));
    struct run r = in_a_shell("export COS_SESSION_TOKEN=real TENCENTCLOUD_TOKEN=real; "
                              ". ./cos.env; echo ${COS_SESSION_TOKEN-none} "
                              "${TENCENTCLOUD_TOKEN-none}");
    assert_string_equal(cos_buf_cstr(&r.text), "none none\n");
    assert_int_equal(kill(serve.pid, SIGTERM), 0);
    finish(&serve);
    run_free(&serve);
    run_free(&r);
    scratch_remove(&dir);
}

static void an_env_file_that_cannot_be_written_is_told_first(void **state)
{
    struct run r = RUN("serve", "--env-file", "/nonexistent/cos.env");

    assert_int_equal(r.status, 1);
    assert_string_equal(cos_buf_cstr(&r.text), "");
    assert_string_equal(cos_buf_cstr(&r.complaints),
                        "cosmock serve: cannot write environment file /nonexistent/cos.env: "
                        "No such file or directory\n");
    run_free(&r);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serve_announces_itself_and_ends_on_sigterm),
        cmocka_unit_test(serve_takes_a_memory_limit),
        cmocka_unit_test(a_seed_gives_the_same_keys),
        cmocka_unit_test(every_key_is_in_the_ready_line),
        cmocka_unit_test(many_keys_are_in_the_ready_line_too),
        cmocka_unit_test(the_env_file_leads_a_shell_to_the_mock),
        cmocka_unit_test(the_env_file_takes_tokens_of_a_real_cloud_away),
        cmocka_unit_test(an_env_file_that_cannot_be_written_is_told_first),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
