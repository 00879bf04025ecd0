/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `cosn` program run as a program: what it says and how it ends when the command line or
 * the configuration is wrong, and that help teaches. No case here reaches a network: whatever
 * would be sent goes to a port of this machine where nobody listens. The binary is the first
 * argument.
 */
#include "program.h"

#include "cosbase/base.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

static const char *program;

struct run {
    int status;
    char out[8192], err[8192];
};

/* @words: blank-separated arguments. The environment holds nothing but @env (one NAME=value or
 * NULL). */
static void run_with(struct run *r, const char *words, const char *env)
{
    char copy[1024];
    char *argv[32] = {strdup(program)};
    char *envp[2] = {env == NULL ? NULL : strdup(env), NULL};
    size_t n = 1;
    (void)snprintf(copy, sizeof(copy), "%s", words);
    char *save = NULL;
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        argv[n++] = w;
    }
    int out = bench_temporary(), err = bench_temporary();
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO), 0);
    pid_t pid = 0;
    assert_int_equal(posix_spawn(&pid, program, &actions, NULL, argv, envp), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    r->status = WEXITSTATUS(status);
    bench_read_back(r->out, sizeof(r->out), out);
    bench_read_back(r->err, sizeof(r->err), err);
    free(argv[0]);
    free(envp[0]);
}

static const struct {
    const char *words;
    int status;
    const char *says; /* on standard error */
} bad[] = {
    {"", 2, "usage: cosn VERB"},
    {"frobnicate", 2, "unknown verb 'frobnicate'"},
    {"pt a b", 2, "did you mean 'put'?"},
    {"ls --frobnicate", 2, "unknown option '--frobnicate'"},
    {"ls --jsn", 2, "did you mean '--json'?"},
    {"ls --config", 2, "--config needs a value"},
    {"ls --json=1", 2, "--json takes no value"},
    {"ls", 2, "remote.data.dir"},
    {"ls /a", 2, "remote.data.dir"},
    {"cat", 2, "cat: too few arguments"},
    {"put a", 2, "put: too few arguments"},
    {"get a b c", 2, "get: unexpected argument 'c'"},
    {"cat -r cosn://b-1/x", 2, "'-r' is an option of 'cosn ls', and has no meaning here"},
    {"cosn://id:secret@b-1/", 2, "unknown verb '...@b-1/'"},
    {"token --show-secret=x", 2, "--show-secret takes no value"},
    {"ls --set nonsense cosn://b-1/", 2, "--set KEY=VALUE"},
    {"ls --set fs.cosn.userinfo.secretKey=x cosn://b-1/", 2, "COSN_SECRET_KEY"},
    {"ls --set fs.cosn.block.size=tiny cosn://b-1/", 2, "fs.cosn.block.size"},
    {"ls --config /nonexistent/server.yaml cosn://b-1/", 2, "/nonexistent/server.yaml"},
    {"ls cosn://b-1/", 2, "fs.cosn.bucket.endpoint_suffix"},
    {"ls --endpoint-suffix cos.mock s3://b-1/", 2, "'s3'"},
    {"ls --endpoint-suffix cos.mock cosn:///x", 2, "names no bucket"},
    {"ls --endpoint-suffix cos.mock cosn://b-1/a/../b", 2, "'..'"},
    {"ls --endpoint-suffix cos.mock cosn://examplebucket/", 2,
     "bucket 'examplebucket' needs -<appid> at its end, as in examplebucket-1250000000"},
    {"ls --endpoint-suffix cos.mock cosn://example-bucket/", 2, "needs -<appid>"},
    {"ls --endpoint-suffix cos.mock cosn://examplebucket-/", 2, "needs -<appid>"},
    {"ls --endpoint-suffix cos.mock cosn://examplebucket-12500x/", 2, "needs -<appid>"},
    {"ls --endpoint-suffix cos.mock cosn://1250000000/", 2, "needs -<appid>"},
    {"put /dev/null --endpoint-suffix cos.mock cosn://examplebucket/x", 2, "needs -<appid>"},
    {"rm --endpoint-suffix cos.mock cosn://examplebucket/x", 2, "needs -<appid>"},
    {"ls --endpoint-suffix COS.mock cosn://b-1/", 2, "lower-case"},
    {"put - cosn://b-1/dir/ --endpoint-suffix cos.mock", 2, "standard input has no name"},
    {"put /nonexistent/file cosn://b-1/x --endpoint-suffix cos.mock", 1, "/nonexistent/file"},
    {"token cosn://b-1/x --endpoint-suffix cos.mock", 2, "fs.cosn.userinfo.region"},
};

static void a_wrong_call_says_what_would_be_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(bad); i++) {
        struct run r;
        run_with(&r, bad[i].words, /* env= */ NULL);
        if (r.status != bad[i].status) {
            fail_msg("'cosn %s' ended with %d and said: %s", bad[i].words, r.status, r.err);
        }
        CHECK_HOLDS(r.err, bad[i].says);
        CHECK_ROW(bad[i].words, r.out[0] == '\0');
    }
}

static void no_credentials_is_a_failure_with_a_hint(void **state)
{
    (void)state;
    struct run r;
    run_with(&r, "stat --endpoint-suffix cos.mock cosn://b-1/x", /* env= */ NULL);
    assert_int_equal(r.status, 1);
    CHECK_HOLDS(r.err, "COSN_SECRET_ID");
}

static void a_bad_line_of_a_file_is_named(void **state)
{
    (void)state;
    char path[] = "/tmp/cosn-cmd-XXXXXX.yaml";
    int fd = mkstemps(path, 5);
    static const char text[] = "# a server\nfs.cosn.maxRetries: many\n";
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    (void)close(fd);
    char words[256];
    struct run r;
    (void)snprintf(words, sizeof(words), "ls --config %s cosn://b-1/", path);
    run_with(&r, words, /* env= */ NULL);
    (void)unlink(path);
    assert_int_equal(r.status, 2);
    CHECK_HOLDS(r.err, ":2");
    CHECK_HOLDS(r.err, "fs.cosn.maxRetries");
    CHECK_HOLDS(r.err, "many");
}

static void an_error_can_be_json(void **state)
{
    (void)state;
    struct run r;
    run_with(&r, "ls --json cosn://b-1/", /* env= */ NULL);
    assert_int_equal(r.status, 2);
    CHECK_HOLDS(r.err, "{\"error\":\"COSN_E_INVALID\"");
}

#define ID "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
#define KEY "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"

/* A key pasted where it does not belong must not come back on a screen or in a log. */
static void a_key_on_the_command_line_is_never_repeated(void **state)
{
    (void)state;
    static const char *const calls[] = {
        KEY,
        "--" KEY,
        "--" KEY "=" ID,
        "ls --set " KEY,
        "ls --set fs.cosn.block.size=" KEY " cosn://b-1/",
        "ls --set fs.cosn." KEY "=1 cosn://b-1/",
        "ls --region " ID " --endpoint-suffix " KEY " cosn://b-1/",
        "ls --json --endpoint-suffix cos.mock cosn://" ID ":" KEY "@b-1/",
        "ls --verbose --endpoint-suffix cos.mock cosn://" ID ":" KEY "@b-1/",
        "cat --endpoint-suffix cos.mock cosn://" ID ":x/" KEY "@b-1/",
        "put cosn://" ID ":" KEY "@b-1/x y",
        "get --endpoint-suffix cos.mock cosn://" ID ":" KEY "@b-1/x /nonexistent/y",
        "get --endpoint-suffix cos.mock cosn://" ID ":" KEY "@b-1/",
        "rm --set remote.data.dir=cosn://" ID ":" KEY "@b-1/ --endpoint-suffix cos.mock /x",
        "token --region ap-guangzhou cosn://" ID ":" KEY "@b-1/x",
        "token --region " KEY " cosn://b-1/x",
        "stat --endpoint-suffix cos.mock s3://" ID ":" KEY "@b-1/x",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        struct run r;
        run_with(&r, calls[i], /* env= */ NULL);
        CHECK_ROW(calls[i], r.status != 0 && r.err[0] != '\0');
        CHECK_ROW(calls[i], strstr(r.err, &KEY[8]) == NULL && strstr(r.out, &KEY[8]) == NULL);
        CHECK_ROW(calls[i], strstr(r.err, &ID[8]) == NULL && strstr(r.out, &ID[8]) == NULL);
    }
}

static void help_teaches(void **state)
{
    (void)state;
    static const char *const verbs[] = {"ls", "cat", "put", "get", "rm", "stat", "token"};
    struct run r;
    run_with(&r, "--help", /* env= */ NULL);
    assert_int_equal(r.status, 0);
    CHECK_HOLDS(r.out, "examples:");
    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        char words[32];
        CHECK_HOLDS(r.out, verbs[i]);
        struct run verb;
        (void)snprintf(words, sizeof(words), "%s --help", verbs[i]);
        run_with(&verb, words, /* env= */ NULL);
        CHECK_ROW(verbs[i], verb.status == 0);
        CHECK_HOLDS(verb.out, "examples:");
    }
    run_with(&r, "--version", /* env= */ NULL);
    assert_int_equal(r.status, 0);
    CHECK_HOLDS(r.out, "cosn ");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_call_says_what_would_be_right),
        cmocka_unit_test(no_credentials_is_a_failure_with_a_hint),
        cmocka_unit_test(a_bad_line_of_a_file_is_named),
        cmocka_unit_test(an_error_can_be_json),
        cmocka_unit_test(a_key_on_the_command_line_is_never_repeated),
        cmocka_unit_test(help_teaches),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "usage: test-cosn-cmd COSN\n");
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
