/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cosmock command from outside: what it prints, what it returns, what it gives to others. argv[2] is the program under test. Exit codes: 128 + signal, 126 and
 * 127 are the shell's (POSIX XCU 2.8.2); 2 for bad input is this project's.
 */
#include "cosbase/base.h"
#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "cosbase/json.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

extern char **environ;

static const char *program;

struct run {
    pid_t pid;
    int in, out, err; /* our ends of its standard streams */
    struct cos_buf text, complaints;
    int status; /* as a shell would say it */
};

static void make_pipe(int fds[2])
{
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
}

static struct run start_program(const char *path, const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    struct run r = {0};
    int in[2];
    int out[2];
    int err[2];

    make_pipe(in);
    make_pipe(out);
    make_pipe(err);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    (void)posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    (void)posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    assert_int_equal(posix_spawn(&r.pid, path, &actions, NULL, (char *const *)(uintptr_t)argv,
                                 environ),
                     0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(err[1]);
    r.in = in[1];
    r.out = out[0];
    r.err = err[0];
    cos_buf_init(&r.text, 16u << 20);
    cos_buf_init(&r.complaints, 16u << 20);
    return r;
}

static void read_all(int fd, struct cos_buf *into)
{
    for (;;) {
        char piece[4096];
        ssize_t n = read(fd, piece, sizeof(piece));

        if (n <= 0) {
            return;
        }
        cos_buf_append(into, piece, (size_t)n);
    }
}

static void read_line(int fd, struct cos_buf *into)
{
    char c = '\0';

    while (c != '\n' && read(fd, &c, 1) == 1) {
        cos_buf_ch(into, c);
    }
}

static void finish(struct run *r)
{
    int status = 0;

    (void)close(r->in);
    read_all(r->out, &r->text);
    read_all(r->err, &r->complaints);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    r->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    (void)close(r->out);
    (void)close(r->err);
}

static void run_free(struct run *r)
{
    cos_buf_deinit(&r->text);
    cos_buf_deinit(&r->complaints);
}

static struct run run_program(const char *path, const char *const argv[])
{
    struct run r = start_program(path, argv);

    finish(&r);
    return r;
}

static struct run start(const char *const argv[])
{
    return start_program(program, argv);
}

static struct run run(const char *const argv[])
{
    return run_program(program, argv);
}

#define RUN(...) run((const char *const[]){"cosmock", __VA_ARGS__, NULL})
#define START(...) start((const char *const[]){"cosmock", __VA_ARGS__, NULL})

/* --- serve --- */

/* The socket, or -1. */
static int connect_to(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool can_connect(uint16_t port)
{
    int fd = connect_to(port);

    return fd >= 0 && close(fd) == 0;
}

static struct cos_json *parse(struct cos_span text)
{
    struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    struct cos_text_error err;
    struct cos_json *json = NULL;

    assert_int_equal(cos_json_parse(&json, text, &limits, &err), 0);
    return json;
}

static uint16_t port_of(const struct cos_json *ready, const char *name)
{
    int64_t port = 0;

    assert_true(cos_json_i64(cos_json_get(ready, name), &port));
    return (uint16_t)port;
}

static void serve_announces_itself_and_ends_on_sigterm(void **state)
{
    static const char *const members[] = {"proxy",       "socks",  "control", "ca",
                                          "truststore",  "hosts",  "tenant",  "secret_id",
                                          "secret_key",  "bucket", "region",  "endpoint_suffix",
                                          "enforcement", "appid"};
    char dir[] = "/tmp/cosmock-test-XXXXXX";
    char ready_file[64];
    char ca[600];
    struct stat st;
    struct cos_buf file;
    struct cos_json *ready;
    struct run r;

    assert_non_null(mkdtemp(dir));
    (void)snprintf(ready_file, sizeof(ready_file), "%s/ready.json", dir);
    r = START("serve", "--seed", "5", "--ready-file", ready_file);
    read_line(r.out, &r.text);
    cos_buf_init(&file, 1u << 16);
    assert_int_equal(cos_file_read(&file, ready_file), 0);
    assert_string_equal(cos_buf_cstr(&file), cos_buf_cstr(&r.text));
    assert_int_equal(stat(ready_file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600); /* it holds a secret key */
    ready = parse(cos_buf_view(&r.text));
    for (size_t i = 0; i < COS_ARRAY_LEN(members); i++) {
        const char *value = cos_json_str(cos_json_get(ready, members[i]));

        if (value == NULL || value[0] == '\0') {
            fail_msg("the ready line lacks '%s'", members[i]);
        }
    }
    assert_string_equal(cos_json_str(cos_json_get(ready, "enforcement")), "enforce");
    assert_true(can_connect(port_of(ready, "port")));
    assert_true(can_connect(port_of(ready, "control_port")));
    (void)snprintf(ca, sizeof(ca), "%s", cos_json_str(cos_json_get(ready, "ca")));
    assert_int_equal(access(ca, R_OK), 0);
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    assert_int_equal(r.status, 0);
    assert_int_not_equal(access(ca, F_OK), 0);
    assert_int_not_equal(access(ready_file, F_OK), 0);
    assert_int_equal(rmdir(dir), 0);
    (void)cos_json_free(ready);
    cos_buf_deinit(&file);
    run_free(&r);
}

static void serve_takes_a_memory_limit(void **state)
{
    static const char ask[] =
        "GET /v1/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct run r = START("serve", "--memory-limit", "3MiB");
    struct cos_json *ready;
    struct cos_buf answer;
    int fd;

    read_line(r.out, &r.text);
    ready = parse(cos_buf_view(&r.text));
    fd = connect_to(port_of(ready, "control_port"));
    assert_int_equal(write(fd, ask, sizeof(ask) - 1), sizeof(ask) - 1);
    cos_buf_init(&answer, 1u << 20);
    read_all(fd, &answer);
    (void)close(fd);
    assert_non_null(strstr(cos_buf_cstr(&answer), "\"memory_limit_bytes\":3145728,"));
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    cos_buf_deinit(&answer);
    (void)cos_json_free(ready);
    run_free(&r);
}

static void a_seed_gives_the_same_keys(void **state)
{
    struct cos_json *ready[2];

    for (int i = 0; i < 2; i++) {
        struct run r = START("serve", "--seed", "42");

        read_line(r.out, &r.text);
        ready[i] = parse(cos_buf_view(&r.text));
        assert_int_equal(kill(r.pid, SIGINT), 0);
        finish(&r);
        assert_int_equal(r.status, 0);
        run_free(&r);
    }
    assert_string_equal(cos_json_str(cos_json_get(ready[0], "secret_key")),
                        cos_json_str(cos_json_get(ready[1], "secret_key")));
    (void)cos_json_free(ready[0]);
    (void)cos_json_free(ready[1]);
}

/* --- exec --- */

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
    struct run r = RUN("exec", "--quiet", "--", "env");

    assert_int_equal(r.status, 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        char line[128];

        (void)snprintf(line, sizeof(line), "\n%s", names[i]);
        if (strstr(cos_buf_cstr(&r.text), line) == NULL &&
            strncmp(cos_buf_cstr(&r.text), names[i], strlen(names[i])) != 0) {
            fail_msg("the environment lacks '%s'", names[i]);
        }
    }
    assert_null(
        strstr(cos_buf_cstr(&r.text), "=\n")); /* nothing is empty but for good reason */
    run_free(&r);
}

/* A command finds the limit it would have found without us; we take what there is. /proc/<pid>/limits names both. */
static void only_the_mock_raises_its_descriptors(void **state)
{
    static const char script[] =
        "ulimit -Sn\n"
        "until awk '/open files/ { exit $4 != $5 }' /proc/$PPID/limits; do :; done\n";
    struct rlimit before;
    struct rlimit low;
    struct run r;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = (struct rlimit){.rlim_cur = 300, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    r = run((const char *const[]){program, "exec", "--quiet", "--", "sh", "-c", script, NULL});
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
    char path[600];

    assert_int_equal(r.status, 0);
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

/* --- the summary of exec --- */

#define CURL "curl -q -s -o /dev/null "
#define HOST "$COSMOCK_BUCKET.cos.$COSMOCK_REGION.myqcloud.com"
#define NO_WORLD                                                                      \
    "          no world has this bucket; --world FILE takes one that has ('cosmock\n" \
    "          world' prints a start)\n"

/* What each script does decides what the whole text must be; the built-in world names bucket, region and account. */
static const struct {
    const char *name, *enforcement, *script, *says;
} summaries[] = {
    {"nothing", "enforce", "true", "cosmock: 0 calls, 0 failed\n"},
    {"probes are no failures", "off",
     CURL "-I http://" HOST "/absent; " CURL "-I http://" HOST "/absent; " CURL
          "-T /etc/hostname http://" HOST "/k",
     "cosmock: 3 calls, 0 failed; 2 HEADs found nothing, which is no failure\n"
     "   calls  failed  operation\n"
     "       2          cos HeadObject\n"
     "       1          cos PutObject\n"},
    {"a bucket that is nowhere", "off",
     CURL "http://nosuch-1250000000.cos.ap-guangzhou.myqcloud.com/; " CURL
          "-I http://nosuch-1250000000.cos.ap-guangzhou.myqcloud.com/k; " CURL
          "-I http://nosuch-1250000000.cos.ap-guangzhou.myqcloud.com/",
     "cosmock: 3 calls, 2 failed: 2 no such bucket; 1 HEAD found nothing, which is no\n"
     "    failure\n"
     "   calls  failed  operation\n"
     "       1       1  cos GetBucket\n"
     "       1          cos HeadBucket\n"
     "       1       1  cos HeadObject\n"
     "failed:\n"
     "      1x  GetBucket 404 NoSuchBucket, no such bucket: nosuch-1250000000\n" NO_WORLD
     "      1x  HeadObject 404 NoSuchBucket, no such bucket: nosuch-1250000000/k\n" NO_WORLD},
    {"not there, not built, without effect", "off",
     CURL "http://" HOST "/absent; " CURL "http://" HOST "/absent2; " CURL "\"http://" HOST
          "/?website\"; " CURL "\"http://" HOST "/?website\"; " CURL
          "-T /etc/hostname -H 'x-cos-acl: public-read' -H 'x-cos-frob: 1' http://" HOST "/k",
     "cosmock: 5 calls, 4 failed: 2 not built, 2 otherwise\n"
     "   calls  failed  operation\n"
     "       2       2  cos GetBucketWebsite\n"
     "       2       2  cos GetObject\n"
     "       1          cos PutObject\n"
     "failed:\n"
     "      2x  GetObject 404 NoSuchKey: examplebucket-1250000000/absent and others\n"
     "          The specified key does not exist.\n"
     "      2x  GetBucketWebsite 400 NotImplemented, not built:\n"
     "          examplebucket-1250000000\n"
     "          The operation GetBucketWebsite is known to this mock but not built.\n"
     "known and without effect here: x-cos-acl (1x)\n"
     "not understood: x-cos-frob (1x)\n"},
    {"denied: one row for any number of keys", "enforce",
     "for k in a b a; do " CURL "http://" HOST "/$k; done; " CURL
     "-H 'Authorization: AWS4-HMAC-SHA256 Credential=x' http://" HOST "/a",
     "cosmock: 4 calls, 4 failed: 3 denied, 1 malformed\n"
     "   calls  failed  operation\n"
     "       4       4  cos GetObject\n"
     "failed:\n"
     "      3x  GetObject 403 AccessDenied, denied: examplebucket-1250000000/a and\n"
     "          others\n"
     "          anonymous may not name/cos:GetObject on\n"
     "          qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/a: no\n"
     "          signature and no bucket policy that allows anyone; sign the request\n"
     "      1x  GetObject 403 AccessDenied, malformed: examplebucket-1250000000/a\n"
     "          looks like AWS Signature V4; COS reads q-sign-algorithm=sha1&q-ak=...\n"},
    {"faults are somebody's wish", "off",
     "curl -q -s -o /dev/null $COSMOCK_CONTROL/v1/t/$COSMOCK_TENANT/faults -d "
     "'{\"op\":\"GetObject\",\"kind\":\"reply\",\"http_status\":503,\"code\":\"SlowDown\"}';"
     " " CURL "http://" HOST "/k",
     "cosmock: 1 call, 1 failed: 1 by a fault\n"
     "   calls  failed  operation\n"
     "       1       1  cos GetObject\n"
     "failed:\n"
     "      1x  GetObject 503 SlowDown, by a fault: examplebucket-1250000000/k\n"
     "          Reduce your request rate.\n"},
    {"tenants that come and go are counted", "off",
     "t=$(curl -q -s $COSMOCK_CONTROL/v1/tenants -d '{\"name\":\"other\"}'); "
     "b=$(echo \"$t\" | sed 's/.*\"bucket\":\"\\([^\"]*\\)\".*/\\1/'); " CURL
     "http://$b.cos.$COSMOCK_REGION.myqcloud.com/; " CURL "http://" HOST
     "/; curl -q -s -o /dev/null -X DELETE $COSMOCK_CONTROL/v1/t/other",
     "cosmock: 2 calls, 1 failed: 1 denied\n"},
};

static struct run run_in(const char *columns, const char *enforcement, const char *script)
{
    char width[32];
    char option[64];

    (void)snprintf(width, sizeof(width), "COLUMNS=%s", columns);
    (void)snprintf(option, sizeof(option), "enforcement=%s", enforcement);
    return run_program("/usr/bin/env",
                       (const char *const[]){"env", width, program, "exec", "--switch", option,
                                             "--", "sh", "-c", script, NULL});
}

static void the_summary_tells_what_the_script_did(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(summaries); i++) {
        struct run r = run_in("80", summaries[i].enforcement, summaries[i].script);
        bool is_whole = strstr(summaries[i].says, "operation") != NULL;
        const char *said = cos_buf_cstr(&r.complaints);

        if (is_whole ? strcmp(said, summaries[i].says) != 0
                     : strncmp(said, summaries[i].says, strlen(summaries[i].says)) != 0) {
            fail_msg("%s: said\n%s", summaries[i].name, said);
        }
        run_free(&r);
    }
}

/* A client that does not trust our CA: OpenSSL's "unknown ca" ends the handshake. */
static void a_failed_handshake_is_in_the_summary(void **state)
{
    struct run r = RUN("exec", "--", "sh", "-c",
                       "curl -q -s -o /dev/null --cacert /dev/null https://" HOST "/; true");

    assert_int_equal(r.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "1 call, 1 failed: 1 TLS\n"));
    run_free(&r);
}

/* The 200 of a multi-delete hides refusals: each key counts. The policy comes through the control API, the call is anonymous. */
static void keys_that_a_multi_delete_may_not_delete_are_denied(void **state)
{
    static const char script[] =
        "curl -q -s -o /dev/null -X PUT $COSMOCK_CONTROL/v1/t/$COSMOCK_TENANT/policy -d "
        "'{\"bucket\":\"examplebucket-1250000000\",\"policy\":{\"version\":\"2.0\","
        "\"Principal\":{\"qcs\":[\"qcs::cam::anyone:anyone\"]},\"Statement\":["
        "{\"Effect\":\"allow\",\"Action\":[\"name/cos:DeleteMultipleObjects\"],"
        "\"Resource\":[\"*\"]}]}}'; "
        "d='<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>'; " CURL
        "-X POST -H \"Content-MD5: $(printf %s \"$d\" | openssl md5 -binary | base64)\" "
        "--data-binary \"$d\" \"http://" HOST "/?delete\"";
    struct run r = run_in("80", "enforce", script);

    if (strstr(cos_buf_cstr(&r.complaints), "1 call, 1 failed: 2 denied\n") == NULL ||
        strstr(cos_buf_cstr(&r.complaints),
               "2x  DeleteMultipleObjects 200 AccessDenied, denied") == NULL) {
        fail_msg("%s", cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
}

/* No line is wider than the terminal but for a word that is; what a client sent cannot steer the terminal. */
static void the_summary_fits_and_is_harmless(void **state)
{
    static const char *const widths[] = {"40", "60", "80", "200"};

    for (size_t i = 0; i < COS_ARRAY_LEN(widths); i++) {
        struct run r = run_in(widths[i], "enforce",
                              CURL "-A x \"http://" HOST "/a%1b%5b2Jb\"; " CURL "http://" HOST
                                   "/one; " CURL "\"http://" HOST "/?website\"");
        struct cos_span rest = cos_buf_view(&r.complaints);
        size_t width = (size_t)strtoul(widths[i], NULL, 10);

        assert_int_equal(cos_span_chr(rest, '\033'), SIZE_MAX);
        while (rest.len > 0) {
            struct cos_span line = cos_span_cut(&rest, '\n');
            size_t blanks = 0;

            while (blanks < line.len && line.ptr[blanks] == ' ') {
                blanks++;
            }
            if (line.len > width &&
                cos_span_chr(cos_span_from(line, blanks), ' ') != SIZE_MAX) {
                fail_msg("%s columns: '" COS_SPAN_FMT "'", widths[i], COS_SPAN_ARG(line));
            }
        }
        run_free(&r);
    }
}

/* tencentcloud-sdk-python asks certifi and no variable; what else the program's start-up file does still happens. */
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

/* --- files whose paths users give --- */

/* Devices stand behind links: what breaks this rule as root replaces the link of a test, not the machine's device. */
enum node { ABSENT, REGULAR, LINK, DANGLING, FIFO, DIRECTORY, DEVICE };
struct place {
    const char *name, *path;
    enum node node;
    bool fails;
};
static const struct place places[] = {
    {"absent", "f", ABSENT, false},
    {"regular", "f", REGULAR, false},
    {"link to a regular file", "link", LINK, false},
    {"link to nothing", "link", DANGLING, false},
    {"FIFO", "fifo", FIFO, false},
    {"standard output", "stdout", DEVICE, false},
    {"full disk", "full", DEVICE, true},
    {"directory", "d", DIRECTORY, true},
    {"in no directory", "none/f", ABSENT, true},
    {"where nobody can", "/proc/f", ABSENT, true},
};
static char places_dir[64];

/* What stands at @p before, by lstat; the FIFO gets a reader. */
static int plant(const struct place *p)
{
    (void)snprintf(places_dir, sizeof(places_dir), "/tmp/cosmock-places-XXXXXX");
    assert_non_null(mkdtemp(places_dir));
    assert_int_equal(chdir(places_dir), 0);
    if (p->node == REGULAR || p->node == LINK) {
        assert_int_equal(cos_file_write("f", COS_SPAN_LIT("old"), 0600), 0);
    }
    if (p->node == LINK || p->node == DANGLING) {
        assert_int_equal(symlink("f", "link"), 0);
    }
    assert_int_equal(symlink("/dev/stdout", "stdout"), 0);
    assert_int_equal(symlink("/dev/full", "full"), 0);
    if (p->node == DIRECTORY) {
        assert_int_equal(mkdir("d", 0700), 0);
    }
    if (p->node == FIFO) {
        assert_int_equal(mkfifo("fifo", 0600), 0);
        return open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    return -1;
}

/* The node is of the kind it was; a regular file at its end holds @text, readable by its owner only. */
static void check_place(const struct place *p, int reader, const struct run *r,
                        const char *text)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf got;
    struct stat st = {.st_mode = 0};

    cos_buf_init(&got, 1u << 20);
    (void)lstat(p->path, &st);
    if (p->node == FIFO) {
        read_all(reader, &got);
    } else if (p->node == DEVICE) {
        cos_buf_span(&got, cos_buf_view(&r->text));
    } else {
        assert_int_equal(cos_file_read(&got, p->path), 0);
    }
    if (strstr(cos_buf_cstr(&got), text) == NULL) {
        fail_msg("%s: '%s' is not in '%s'", p->name, text, cos_buf_cstr(&got));
    }
    if (S_ISLNK(st.st_mode) != (p->node == LINK || p->node == DANGLING || p->node == DEVICE) ||
        S_ISFIFO(st.st_mode) != (p->node == FIFO)) {
        fail_msg("%s became something else: mode %o", p->name, (unsigned)st.st_mode);
    }
    if (stat(p->path, &st) == 0 && S_ISREG(st.st_mode)) {
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void clear_places(int reader)
{
    if (reader >= 0) {
        (void)close(reader);
    }
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(cos_dir_remove(places_dir), 0);
}

static void check_failed(const struct place *p, const struct run *r)
{
    if (r->status == 0 || strstr(cos_buf_cstr(&r->complaints), p->path) == NULL) {
        fail_msg("%s: status %d, '%s'", p->name, r->status, cos_buf_cstr(&r->complaints));
    }
}

static void the_journal_goes_where_its_path_leads(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(places); i++) {
        const struct place *p = &places[i];
        int reader = plant(p);
        struct run r = RUN("exec", "--quiet", "--journal", p->path, "--", "curl", "-q", "-s",
                           "-o", "/dev/null", "http://service.cos.myqcloud.com/");

        if (p->fails) {
            check_failed(p, &r);
        } else {
            assert_int_equal(r.status, 0);
            check_place(p, reader, &r, "\"GetService\"");
        }
        run_free(&r);
        clear_places(reader);
    }
}

static void a_lost_journal_does_not_hide_the_commands_status(void **state)
{
    struct place full = {"full disk", "full", DEVICE, true};
    int reader = plant(&full);
    struct run r = RUN("exec", "--quiet", "--journal", "full", "--", "sh", "-c",
                       "curl -q -s http://service.cos.myqcloud.com/; exit 7");

    assert_int_equal(r.status, 7);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "cannot write journal full"));
    run_free(&r);
    clear_places(reader);
}

static void a_journal_that_cannot_be_written_is_told_before_the_command_runs(void **state)
{
    struct run r =
        RUN("exec", "--quiet", "--journal", "/nonexistent/j", "--", "echo", "it ran");

    assert_int_not_equal(r.status, 0);
    assert_int_equal(r.text.len, 0);
    run_free(&r);
}

/* The ready line is on standard output and in the file; at the end the file we made is gone, and one that was there is empty. */
static void the_ready_file_goes_where_its_path_leads(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(places); i++) {
        const struct place *p = &places[i];
        int reader = plant(p);
        struct run r = START("serve", "--ready-file", p->path);
        struct stat st;

        read_line(r.out, &r.text); /* nothing comes when it ends at once */
        if (!p->fails) {
            check_place(p, reader, &r, "\"ready\":true");
        }
        assert_int_equal(kill(r.pid, SIGTERM), 0);
        finish(&r);
        if (p->fails) {
            check_failed(p, &r);
        } else {
            assert_int_equal(r.status, 0);
            if (p->node == ABSENT || p->node == DANGLING) {
                assert_int_not_equal(access("f", F_OK), 0);
            } else if (p->node == REGULAR || p->node == LINK) {
                assert_int_equal(stat("f", &st), 0);
                assert_int_equal(st.st_size, 0);
            }
            assert_true(p->node != LINK || (lstat("link", &st) == 0 && S_ISLNK(st.st_mode)));
        }
        run_free(&r);
        clear_places(reader);
    }
}

/* Somebody else's mock took the name meanwhile. */
static void a_ready_file_of_another_mock_stays(void **state)
{
    struct place absent = {"absent", "f", ABSENT, false};
    int reader = plant(&absent);
    struct run r = START("serve", "--ready-file", "f");

    read_line(r.out, &r.text);
    assert_int_equal(cos_file_write("g", COS_SPAN_LIT("theirs"), 0600), 0);
    assert_int_equal(rename("g", "f"), 0);
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    assert_int_equal(access("f", F_OK), 0);
    run_free(&r);
    clear_places(reader);
}

/* --dir is given by the user too: what stands under the three names is treated alike. */
static void the_exported_ca_goes_where_its_path_leads(void **state)
{
    static const char *const names[] = {"ca.pem", "truststore.jks", "hosts"};

    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        struct place link = {"link", "link", LINK, false};
        int reader = plant(&link);
        struct stat st;
        struct run r;

        assert_int_equal(rename("link", names[i]), 0);
        r = START("serve", "--dir", ".");
        read_line(r.out, &r.text);
        assert_int_equal(kill(r.pid, SIGTERM), 0);
        finish(&r);
        assert_int_equal(r.status, 0);
        assert_true(lstat(names[i], &st) == 0 && S_ISLNK(st.st_mode));
        assert_true(stat("f", &st) == 0 && st.st_size > 3);
        assert_int_equal(unlink(names[i]), 0);
        assert_int_equal(symlink("/dev/full", names[i]), 0);
        run_free(&r);
        r = START("serve", "--dir", ".");
        read_line(r.out, &r.text);
        assert_int_equal(kill(r.pid, SIGTERM), 0);
        finish(&r);
        assert_int_not_equal(r.status, 0);
        assert_non_null(strstr(cos_buf_cstr(&r.complaints), names[i]));
        run_free(&r);
        clear_places(reader);
    }
}

/* --- exec in strange surroundings --- */

/* Each script finds the program as $COSMOCK, runs it in some surroundings, and says on its first line what came of it. */
static const struct {
    const char *name, *script, *says;
    int status;
} surroundings[] = {
    {"children ignored by the parent",
     "trap '' CHLD; exec $COSMOCK exec --quiet -- sh -c 'exit 7'", "", 7},
    {"children ignored, ended by TERM",
     "trap '' CHLD; exec $COSMOCK exec --quiet -- sh -c 'kill -TERM $PPID; exec sleep 60'", "",
     143},
    {"TERM ends the command and us",
     "exec $COSMOCK exec --quiet -- sh -c 'kill -TERM $PPID; exec sleep 60'", "", 143},
    {"HUP ends the command and us",
     "exec $COSMOCK exec --quiet -- sh -c 'kill -HUP $PPID; exec sleep 60'", "", 129},
    {"nohup outlives HUP",
     "exec nohup $COSMOCK exec --quiet -- sh -c 'kill -HUP $PPID; echo lives' 2>&1", "lives\n",
     0},
    {"a script without #!",
     "echo 'echo \"ran $1 $2\"; exit 5' > s; chmod +x s; "
     "$COSMOCK exec --quiet -- ./s 'a b' c",
     "ran a b c\n", 5},
    {"such a script found by PATH",
     "mkdir bin; echo 'echo ran $0' > bin/s; chmod +x bin/s; "
     "PATH=$PWD/bin:$PATH; cd /; $COSMOCK exec --quiet -- s | sed 's|/.*/||'",
     "ran s\n", 0},
    {"an empty file runs as a shell's", ": > s; chmod +x s; $COSMOCK exec --quiet -- ./s", "",
     0},
    {"bytes that are no text",
     "printf 'a\\0b' > s; chmod +x s; $COSMOCK exec --quiet -- ./s 2>&1 | "
     "grep -c 'Exec format error'",
     "1\n", 0},
    {"PATH without it", "PATH=/nonexistent:; $COSMOCK exec --quiet -- nosuch 2>/dev/null", "",
     127},
    {"a directory", "mkdir d; $COSMOCK exec --quiet -- ./d 2>/dev/null", "", 126},
    {"a value of several lines",
     "export V='a\nb'; V=$(printf 'a\\nb'); "
     "$COSMOCK exec --quiet -- sh -c 'echo \"$V\"'",
     "a\nb\n", 0},
    {"an environment that is too large",
     "V=$(head -c 200000 /dev/zero | tr '\\0' x); $COSMOCK exec --quiet -- env V=$V true "
     "2>/dev/null || echo refused",
     "refused\n", 0},
    {"a directory that is gone",
     "mkdir gone; cd gone; rmdir ../gone; "
     "$COSMOCK exec --quiet -- sh -c 'test -s $COSMOCK_CA && echo fine' 2>/dev/null",
     "fine\n", 0},
    {"TMPDIR with blanks and quotes",
     "mkdir \"a b'c\\\"d\"; TMPDIR=\"$PWD/a b'c\\\"d\" "
     "$COSMOCK exec --quiet -- sh -c 'test -s \"$COSMOCK_CA\" && echo fine'; "
     "rmdir a*",
     "fine\n", 0},
    {"TMPDIR with a colon",
     "mkdir a:b; TMPDIR=$PWD/a:b $COSMOCK exec --quiet -- sh -c "
     "'case $PYTHONPATH in *a:b*) echo cut;; *) echo whole;; esac'",
     "whole\n", 0},
    {"TMPDIR that is not there", "TMPDIR=/nonexistent $COSMOCK exec --quiet -- echo fine",
     "fine\n", 0},
    {"TMPDIR nobody writes to", "TMPDIR=/proc $COSMOCK exec --quiet -- echo fine", "fine\n", 0},
    {"standard input closed", "$COSMOCK exec --quiet -- echo fine <&-", "fine\n", 0},
    {"all streams closed", "$COSMOCK exec -- sh -c 'echo fine > f' <&- >&- 2>&-; cat f",
     "fine\n", 0},
    {"a ready line nobody can read", "$COSMOCK serve >&- 2>/dev/null || echo refused",
     "refused\n", 0},
    {"stopped and continued",
     "$COSMOCK exec --quiet -- sh -c 'kill -STOP $$; echo on' & p=$!; "
     "until c=$(pgrep -P $p) && grep -q 'T (stopped)' /proc/$c/status; do :; done 2>/dev/null; "
     "kill -CONT $c; wait $p",
     "on\n", 0},
    {"killed, and cleaned by the next",
     "export TMPDIR=$PWD; "
     "$COSMOCK serve > ready & p=$!; until [ -s ready ]; do :; done; kill -9 $p; wait $p "
     "2>/dev/null; "
     "ls -d cosmock-?????? | wc -l; $COSMOCK exec --quiet -- true; ls -d cosmock-?????? "
     "2>/dev/null "
     "| wc -l",
     "1\n0\n", 0},
    {"alive, and left alone by the next",
     "export TMPDIR=$PWD; "
     "$COSMOCK serve > ready & p=$!; until [ -s ready ]; do :; done; "
     "$COSMOCK exec --quiet -- true; ls -d cosmock-?????? | wc -l; kill $p; wait $p; "
     "ls -d cosmock-?????? 2>/dev/null | wc -l",
     "1\n0\n", 0},
};

static void exec_lives_in_strange_surroundings(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(surroundings); i++) {
        struct place none = {"none", "f", ABSENT, false};
        int reader = plant(&none);
        char variable[600];
        struct run r;

        (void)snprintf(variable, sizeof(variable), "COSMOCK=%s", program);
        r = run_program("/usr/bin/env",
                        (const char *const[]){"env", variable, "timeout", "30", "bash", "-c",
                                              surroundings[i].script, NULL});
        if (r.status != surroundings[i].status ||
            strcmp(cos_buf_cstr(&r.text), surroundings[i].says) != 0) {
            fail_msg("%s: status %d: %s%s", surroundings[i].name, r.status,
                     cos_buf_cstr(&r.text), cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
        clear_places(reader);
    }
}

/* The real JVM reads JAVA_TOOL_OPTIONS; skipped where there is none. */
static void a_jvm_starts_below_a_directory_with_blanks(void **state)
{
    struct place none = {"none", "f", ABSENT, false};
    int reader;
    struct run r;

    if (system("java -version >/dev/null 2>&1") != 0) { /* NOLINT(cert-env33-c) */
        print_message("no java on this machine\n");
        skip();
    }
    reader = plant(&none);
    assert_int_equal(mkdir("a b\"'c", 0700), 0);
    {
        char tmp[128];

        (void)snprintf(tmp, sizeof(tmp), "TMPDIR=%s/a b\"'c", places_dir);
        r = run_program("/usr/bin/env",
                        (const char *const[]){"env", tmp, program, "exec", "--quiet", "--",
                                              "java", "-XshowSettings:properties", "-version",
                                              NULL});
    }
    assert_int_equal(r.status, 0);
    if (strstr(cos_buf_cstr(&r.complaints), "trustStore = /tmp/cosmock-places-") == NULL ||
        strstr(cos_buf_cstr(&r.complaints), "/a b\"'c/cosmock-") == NULL) {
        fail_msg("%s", cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
    clear_places(reader);
}

/* --- keys of sub-users --- */

/* `keys: [{}]` of the built-in reader: made up, so it must be told. It reads and may not write (the world's policy). */
static void the_readers_key_is_in_the_environment(void **state)
{
    struct run r = RUN("exec", "--quiet", "--seed", "9", "--", "sh", "-c",
                       "echo $COSMOCK_READER_SECRET_ID $COSMOCK_READER_SECRET_KEY; curl -q -s "
                       "$COSMOCK_CONTROL/v1/t/$COSMOCK_TENANT");
    struct cos_span rest = cos_buf_view(&r.text);
    struct cos_span id = cos_span_cut(&rest, ' ');
    struct cos_span key = cos_span_cut(&rest, '\n');
    struct cos_json *tenant;
    const struct cos_json *reader;

    assert_int_equal(r.status, 0);
    tenant = parse(rest);
    reader = cos_json_next(cos_json_first(cos_json_get(tenant, "keys")));
    assert_non_null(reader);
    assert_string_equal(cos_json_str(cos_json_get(reader, "user")), "reader");
    assert_string_equal(cos_json_str(cos_json_get(reader, "uin")), "100000000011");
    assert_true(cos_span_eq_str(id, cos_json_str(cos_json_get(reader, "secret_id"))));
    assert_true(cos_span_eq_str(key, cos_json_str(cos_json_get(reader, "secret_key"))));
    assert_true(key.len >= 16);
    (void)cos_json_free(tenant);
    run_free(&r);
}

/* The same key with the same seed in the ready line; the mock takes it for the reader's (explain answers for its uin, exec shows the refusal). */
static void every_key_is_in_the_ready_line(void **state)
{
    struct run serve = START("serve", "--seed", "9");
    struct run exec = RUN("exec", "--quiet", "--seed", "9", "--", "sh", "-c",
                          "echo $COSMOCK_READER_SECRET_KEY");
    struct cos_json *ready;
    const struct cos_json *owner;
    const struct cos_json *reader;

    read_line(serve.out, &serve.text);
    ready = parse(cos_buf_view(&serve.text));
    owner = cos_json_first(cos_json_get(ready, "keys"));
    reader = cos_json_next(owner);
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

/* Neither in the journal nor in the summary; an inherited variable of the same name does not shadow ours. */
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

/* --- bad input and help --- */

static void bad_input_is_named_and_ends_with_2(void **state)
{
    static const struct {
        const char *argv[6];
        const char *says;
    } cases[] = {
        {{"cosmock", NULL}, "usage"},
        {{"cosmock", "sevre", NULL}, "unknown verb 'sevre'; did you mean 'serve'?"},
        {{"cosmock", "serve", "--prt", "1", NULL}, "did you mean '--port'?"},
        {{"cosmock", "serve", "--journal", "x", NULL}, "is an option of 'cosmock exec'"},
        {{"cosmock", "serve", "--port", NULL}, "--port N"},
        {{"cosmock", "serve", "--port", "65536", NULL}, "65535"},
        {{"cosmock", "serve", "--port=x", NULL}, "whole number"},
        {{"cosmock", "serve", "--memory-limit", "7", NULL}, "--memory-limit"},
        {{"cosmock", "exec", "--memory-limit=much", "true", NULL}, "--memory-limit"},
        {{"cosmock", "serve", "extra", NULL}, "extra"},
        {{"cosmock", "serve", "--address", "somewhere.example", NULL}, "numeric"},
        {{"cosmock", "serve", "--switch", "nonsense", NULL}, "NAME=VALUE"},
        {{"cosmock", "serve", "--switch", "nosuch=1", NULL}, "nosuch"},
        {{"cosmock", "serve", "--world", "/nonexistent.yaml", NULL}, "/nonexistent.yaml"},
        {{"cosmock", "exec", NULL}, "COMMAND"},
        {{"cosmock", "help", "exce", NULL}, "did you mean 'exec'?"},
        {{"cosmock", "exec", "--quiet=1", "true", NULL}, "--quiet"},
        {{"cosmock", "explain", "one", NULL}, "RESOURCE"},
        {{"cosmock", "world", "/nonexistent.yaml", NULL}, "/nonexistent.yaml"},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r = run(cases[i].argv);

        if (r.status != 2 || strstr(cos_buf_cstr(&r.complaints), cases[i].says) == NULL ||
            r.text.len != 0) {
            fail_msg("row %zu: status %d: %s%s", i, r.status, cos_buf_cstr(&r.text),
                     cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
    }
}

/* CAM would take the policy, so the world is good. */
static void a_misspelt_action_in_a_world_is_a_warning(void **state)
{
    static const char world[] =
        "accounts:\n  - {uin: '1', appid: '11', policies: [readers]}\n"
        "policies:\n  readers: '{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
        "\"action\":\"name/cos:GetObjet\",\"resource\":\"*\"}]}'\n";
    char path[] = "/tmp/cosmock-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, world, strlen(world)) == (ssize_t)strlen(world));
    (void)close(fd);
    struct run r = RUN("world", path);
    assert_int_equal(r.status, 0);
    assert_non_null(
        strstr(cos_buf_cstr(&r.complaints), "cosmock: warning: /tmp/cosmock-test-"));
    assert_non_null(strstr(cos_buf_cstr(&r.complaints),
                           ":4: statement 0 of policy 'readers': no known action is called "
                           "'cos:GetObjet'; the nearest is cos:GetObject\n"));
    assert_non_null(strstr(cos_buf_cstr(&r.text), ": good\n"));
    run_free(&r);
    (void)unlink(path);
}

static void every_verb_teaches(void **state)
{
    static const char *const verbs[] = {"serve", "exec", "explain", "world", "ops", "switches"};

    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        struct run r = RUN(verbs[i], "--help");
        struct run same = RUN("help", verbs[i]);

        if (r.status != 0 || strncmp(cos_buf_cstr(&r.text), "usage: cosmock ", 15) != 0 ||
            strstr(cos_buf_cstr(&r.text), "\n  cosmock ") == NULL) {
            fail_msg("%s --help: status %d", verbs[i], r.status);
        }
        assert_string_equal(cos_buf_cstr(&same.text), cos_buf_cstr(&r.text));
        run_free(&r);
        run_free(&same);
    }
}

static void tables_are_printed(void **state)
{
    static const struct {
        const char *verb, *says;
    } cases[] = {{"ops", "PutObject"},
                 {"switches", "temp-key-without-token"},
                 {"version", "cosmock "},
                 {"world", "\n"}};

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r = RUN(cases[i].verb);

        assert_int_equal(r.status, 0);
        assert_non_null(strstr(cos_buf_cstr(&r.text), cases[i].says));
        run_free(&r);
    }
}

static void the_operations_are_printed_as_json(void **state)
{
    struct run r = RUN("ops", "--json");

    assert_int_equal(r.status, 0);
    assert_memory_equal(cos_buf_cstr(&r.text), "[{\"operation\":\"GetService\"", 26);
    assert_non_null(strstr(cos_buf_cstr(&r.text), "\"operation\":\"PutObject\""));
    assert_string_equal(cos_buf_cstr(&r.text) + r.text.len - 3, "}]\n");
    run_free(&r);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serve_announces_itself_and_ends_on_sigterm),
        cmocka_unit_test(serve_takes_a_memory_limit),
        cmocka_unit_test(a_seed_gives_the_same_keys),
        cmocka_unit_test(exec_returns_the_status_of_its_command),
        cmocka_unit_test(exec_gives_its_command_everything),
        cmocka_unit_test(only_the_mock_raises_its_descriptors),
        cmocka_unit_test(exec_takes_its_files_away),
        cmocka_unit_test(exec_shows_no_secret_on_a_command_line),
        cmocka_unit_test(exec_passes_signals_on),
        cmocka_unit_test(the_summary_tells_what_the_script_did),
        cmocka_unit_test(a_failed_handshake_is_in_the_summary),
        cmocka_unit_test(keys_that_a_multi_delete_may_not_delete_are_denied),
        cmocka_unit_test(the_summary_fits_and_is_harmless),
        cmocka_unit_test(python_packages_with_their_own_cas_find_ours),
        cmocka_unit_test(two_at_once_do_not_meet),
        cmocka_unit_test(the_journal_goes_where_its_path_leads),
        cmocka_unit_test(a_lost_journal_does_not_hide_the_commands_status),
        cmocka_unit_test(a_journal_that_cannot_be_written_is_told_before_the_command_runs),
        cmocka_unit_test(the_ready_file_goes_where_its_path_leads),
        cmocka_unit_test(a_ready_file_of_another_mock_stays),
        cmocka_unit_test(the_exported_ca_goes_where_its_path_leads),
        cmocka_unit_test(exec_lives_in_strange_surroundings),
        cmocka_unit_test(a_jvm_starts_below_a_directory_with_blanks),
        cmocka_unit_test(the_readers_key_is_in_the_environment),
        cmocka_unit_test(every_key_is_in_the_ready_line),
        cmocka_unit_test(a_made_up_key_is_told_nowhere_else),
        cmocka_unit_test(bad_input_is_named_and_ends_with_2),
        cmocka_unit_test(a_misspelt_action_in_a_world_is_a_warning),
        cmocka_unit_test(every_verb_teaches),
        cmocka_unit_test(tables_are_printed),
        cmocka_unit_test(the_operations_are_printed_as_json),
    };

    if (argc < 3) {
        (void)fprintf(stderr, "usage: test-cmd FIXTURES COSMOCK\n");
        return 2;
    }
    program = realpath(argv[2], NULL); /* tests change the directory */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
