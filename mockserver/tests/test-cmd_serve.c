/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock serve: the ready line, its limits and its end. */
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

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serve_announces_itself_and_ends_on_sigterm),
        cmocka_unit_test(serve_takes_a_memory_limit),
        cmocka_unit_test(a_seed_gives_the_same_keys),
        cmocka_unit_test(every_key_is_in_the_ready_line),
        cmocka_unit_test(many_keys_are_in_the_ready_line_too),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
