/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock exec: what its command is given, and what becomes of it. */
#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static void exec_returns_the_status_of_its_command(void **state)
{
    static const struct {
        const char *script;
        int status;
    } cases[] = {{"exit 0", 0}, {"exit 7", 7}, {"kill -9 $$", 137}, {"kill -TERM $$", 143}};
    struct run r;

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        r = RUN("exec", "--", "sh", "-c", cases[i].script);
        if (r.status != cases[i].status) {
            fail_msg("'%s': %d", cases[i].script, r.status);
        }
        run_free(&r);
    }
    r = RUN("exec", "no-such-command-anywhere");
    assert_int_equal(r.status, 127);
    run_free(&r);
    r = RUN("exec", "/etc/passwd");
    assert_int_equal(r.status, 126);
    run_free(&r);
}

static void exec_gives_its_command_everything(void **state)
{
    static const char *const names[] = {"COSMOCK_PROXY=http://127.0.0.1:",
                                        "COSMOCK_SOCKS=127.0.0.1:",
                                        "COSMOCK_CONTROL=http://127.0.0.1:",
                                        "COSMOCK_CA=/",
                                        "COSMOCK_TRUSTSTORE=/",
                                        "COSMOCK_BUCKET=",
                                        "COSMOCK_APPID=",
                                        "COSMOCK_REGION=",
                                        "COSMOCK_ENDPOINT_SUFFIX=",
                                        "COSMOCK_SECRET_ID=AKID",
                                        "COSMOCK_SECRET_KEY=",
                                        "HTTP_PROXY=http://",
                                        "https_proxy=http://",
                                        "SSL_CERT_FILE=/",
                                        "REQUESTS_CA_BUNDLE=/",
                                        "NODE_EXTRA_CA_CERTS=/",
                                        "CURL_CA_BUNDLE=/",
                                        "JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/",
                                        "COSN_SECRET_ID=AKID",
                                        "TENCENTCLOUD_SECRET_KEY=",
                                        "COS_SECRET_ID=AKID",
                                        "COS_REGION="};
    /* nothing of ours shines through */
    struct run r = run_program("/usr/bin/env",
                               (const char *const[]){"env", "-i", "PATH=/usr/bin:/bin", program,
                                                     "exec", "--quiet", "--", "env", NULL});

    assert_int_equal(r.status, 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        char line[128];

        (void)snprintf(line, sizeof(line), "\n%s", names[i]);
        if (strstr(cos_buf_cstr(&r.text), line) == NULL &&
            strncmp(cos_buf_cstr(&r.text), names[i], strlen(names[i])) != 0) {
            fail_msg("the environment lacks '%s'", names[i]);
        }
    }
    assert_null(strstr(cos_buf_cstr(&r.text), "=\n")); /* nothing is empty */
    run_free(&r);
}

/* A command finds the limit it would have found without us; we take what there is.
 * /proc/<pid>/limits names both. */
static void only_the_mock_raises_its_descriptors(void **state)
{
    static const char script[] =
        "ulimit -Sn\n"
        "until awk '/open files/ { exit $4 != $5 }' /proc/$PPID/limits; do :; done\n";
    struct rlimit before;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit low = {.rlim_cur = 300, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    struct run r = run_program(program, (const char *const[]){program, "exec", "--quiet", "--",
                                                              "sh", "-c", script, NULL});
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_string_equal(cos_buf_cstr(&r.text), "300\n");
    run_free(&r);
}

static void exec_takes_its_files_away(void **state)
{
    struct run r = RUN("exec", "--quiet", "--", "sh", "-c",
                       "test -s \"$COSMOCK_CA\" && test -s \"$COSMOCK_TRUSTSTORE\" && "
                       "test -s \"$COSMOCK_HOSTS\" && dirname \"$COSMOCK_CA\"");
    struct cos_span dir = cos_span_trim(cos_buf_view(&r.text));

    assert_int_equal(r.status, 0);
    char path[600];
    (void)snprintf(path, sizeof(path), COS_SPAN_FMT, COS_SPAN_ARG(dir));
    assert_true(path[0] == '/');
    assert_int_not_equal(access(path, F_OK), 0);
    run_free(&r);
}

static void exec_shows_no_secret_on_a_command_line(void **state)
{
    struct run r = RUN("exec", "--quiet", "--", "sh", "-c",
                       "echo \"$COSMOCK_SECRET_KEY\"; tr '\\0' ' ' < /proc/$PPID/cmdline; "
                       "tr '\\0' ' ' < /proc/$$/cmdline");
    struct cos_span rest = cos_buf_view(&r.text);
    struct cos_span secret = cos_span_cut(&rest, '\n');

    assert_int_equal(r.status, 0);
    assert_true(secret.len >= 16);
    assert_int_equal(cos_span_find(rest, secret), SIZE_MAX);
    assert_int_not_equal(cos_span_find(rest, COS_SPAN_LIT("exec")), SIZE_MAX);
    run_free(&r);
}

static void exec_passes_signals_on(void **state)
{
    struct run r = START("exec", "--quiet", "--", "sh", "-c",
                         "trap 'exit 9' TERM; echo ready; read line; exit 1");

    read_line(r.out, &r.text);
    assert_string_equal(cos_buf_cstr(&r.text), "ready\n");
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    {
        int in = r.in; /* the command reads from it until the signal comes */

        r.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
        finish(&r);
        (void)close(in);
    }
    assert_int_equal(r.status, 9);
    run_free(&r);
}

/* tencentcloud-sdk-python asks certifi and no variable; what else the program's start-up file
 * does still happens. */
static void python_packages_with_their_own_cas_find_ours(void **state)
{
    static const char script[] =
        "d=$(mktemp -d) && echo 'def where(): return str()' > $d/certifi.py && "
        "echo 'theirs = 1' > $d/sitecustomize.py && "
        "PYTHONPATH=$PYTHONPATH:$d python3 -c 'import certifi, os, sitecustomize; "
        "print(certifi.where() == os.environ[\"COSMOCK_CA\"], sitecustomize.theirs)'; rm -r $d";
    struct run r = RUN("exec", "--quiet", "--", "sh", "-c", script);

    assert_int_equal(r.status, 0);
    assert_string_equal(cos_buf_cstr(&r.text), "True 1\n");
    run_free(&r);
}

static void two_at_once_do_not_meet(void **state)
{
    struct run a =
        START("exec", "--quiet", "--", "sh", "-c",
              "echo $COSMOCK_PROXY; read line; curl -q -s -o /dev/null -w '%{http_code}' "
              "http://service.cos.myqcloud.com/");
    struct run b =
        START("exec", "--quiet", "--", "sh", "-c",
              "echo $COSMOCK_PROXY; read line; curl -q -s -o /dev/null -w '%{http_code}' "
              "http://service.cos.myqcloud.com/");

    read_line(a.out, &a.text);
    read_line(b.out, &b.text);
    assert_string_not_equal(cos_buf_cstr(&a.text), cos_buf_cstr(&b.text));
    finish(&a);
    finish(&b);
    assert_true(cos_span_ends(cos_buf_view(&a.text), COS_SPAN_LIT("403")));
    assert_true(cos_span_ends(cos_buf_view(&b.text), COS_SPAN_LIT("403")));
    run_free(&a);
    run_free(&b);
}

/* `keys: [{}]` of the built-in reader: made up, so it must be told. It reads and may not write
 * (the world's policy). */
static void the_readers_key_is_in_the_environment(void **state)
{
    struct run r = RUN("exec", "--quiet", "--seed", "9", "--", "sh", "-c",
                       "echo $COSMOCK_READER_SECRET_ID $COSMOCK_READER_SECRET_KEY; curl -q -s "
                       "$COSMOCK_CONTROL/v1/t/$COSMOCK_TENANT");
    struct cos_span rest = cos_buf_view(&r.text);
    struct cos_span id = cos_span_cut(&rest, ' ');
    struct cos_span key = cos_span_cut(&rest, '\n');

    assert_int_equal(r.status, 0);
    struct cos_json *tenant = parse_json(rest);
    const struct cos_json *reader = cos_json_next(cos_json_first(cos_json_get(tenant, "keys")));
    assert_non_null(reader);
    assert_string_equal(cos_json_str(cos_json_get(reader, "user")), "reader");
    assert_string_equal(cos_json_str(cos_json_get(reader, "uin")), "100000000011");
    assert_true(cos_span_eq_str(id, cos_json_str(cos_json_get(reader, "secret_id"))));
    assert_true(cos_span_eq_str(key, cos_json_str(cos_json_get(reader, "secret_key"))));
    assert_true(key.len >= 16);
    (void)cos_json_free(tenant);
    run_free(&r);
}

/* Neither in the journal nor in the summary; an inherited variable of the same name does not
 * shadow ours. */
static void a_made_up_key_is_told_nowhere_else(void **state)
{
    struct run r = run_program(
        "/usr/bin/env",
        (const char *const[]){"env", "COSMOCK_READER_SECRET_KEY=theirs", program, "exec",
                              "--journal", "/dev/fd/2", "--", "sh", "-c",
                              "echo $COSMOCK_READER_SECRET_KEY; curl -q -s -o /dev/null "
                              "http://$COSMOCK_BUCKET.cos.$COSMOCK_REGION.myqcloud.com/k",
                              NULL});
    struct cos_span key = cos_span_trim(cos_buf_view(&r.text));

    assert_int_equal(r.status, 0);
    assert_true(key.len >= 16);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "\"GetObject\""));
    assert_int_equal(cos_span_find(cos_buf_view(&r.complaints), key), SIZE_MAX);
    run_free(&r);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exec_returns_the_status_of_its_command),
        cmocka_unit_test(exec_gives_its_command_everything),
        cmocka_unit_test(only_the_mock_raises_its_descriptors),
        cmocka_unit_test(exec_takes_its_files_away),
        cmocka_unit_test(exec_shows_no_secret_on_a_command_line),
        cmocka_unit_test(exec_passes_signals_on),
        cmocka_unit_test(python_packages_with_their_own_cas_find_ours),
        cmocka_unit_test(two_at_once_do_not_meet),
        cmocka_unit_test(the_readers_key_is_in_the_environment),
        cmocka_unit_test(a_made_up_key_is_told_nowhere_else),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
