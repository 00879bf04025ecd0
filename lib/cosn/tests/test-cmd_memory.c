/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every verb of `cosn` with its first allocation failing, then with its second, and so on: it
 * says what it says without, or it ends with another status and a message. The program runs in
 * this process, over the fake service; what the service allocates does not count.
 */
#include "world.h"

#include "cmd.h"
#include "fake_transport.h"

#include <fcntl.h>

#define URI "cosn://examplebucket-1250000000"

static struct fake *fake;
static uint64_t fail_at; /* what is left until the failure, outside the service */
static bool has_failed;

static char config_path[] = "/tmp/cosn-memory-XXXXXX.yaml";

static void write_config(void)
{
    static const char text[] = "fs.cosn.bucket.endpoint_suffix: cos.mock.test\n"
                               "fs.cosn.userinfo.region: ap-guangzhou\n"
                               "fs.cosn.userinfo.secretId: AKIDid\n"
                               "fs.cosn.userinfo.secretKey: key\n"
                               "fs.cosn.maxRetries: 0\n";
    int fd = mkostemps(config_path, 5, O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    (void)close(fd);
}

static int perform(void *ctx, const struct cosn_http_request *request,
                   struct cosn_http_reply *reply, struct cosn_error *err)
{
    (void)ctx;
    uint64_t made = cos_alloc_count();
    bool is_to_come = fail_at > made;
    has_failed = has_failed || (fail_at > 0 && !is_to_come);
    cos_alloc_fail_nth(0);
    int r = fake->transport.perform(fake->transport.ctx, request, reply, err);
    if (is_to_come) {
        fail_at -= made;
        cos_alloc_fail_nth(fail_at);
    }
    return r;
}

static int answer_sts(void *ctx, struct fake *f, const struct fake_request *rq,
                      struct cosn_http_reply *reply, struct cosn_error *err)
{
    static const char body[] =
        "{\"Response\":{\"Credentials\":{\"Token\":\"t\",\"TmpSecretId\":\"AKIDtmp\","
        "\"TmpSecretKey\":\"k\"},\"ExpiredTime\":4000000000,"
        "\"Expiration\":\"2096-10-02T07:06:40Z\",\"RequestId\":\"r\"}}";
    (void)ctx;
    (void)f;
    (void)err;
    if (strstr(rq->url, "sts.") == NULL) {
        return 0;
    }
    reply->status = 200;
    return cosn_http_reply_add_body(reply, body, sizeof(body) - 1) < 0 ? -1 : 1;
}

struct output {
    int status;
    char out[8192], err[8192];
};

static int capture(int fd, int *saved)
{
    char path[] = "/tmp/cosn-memory-XXXXXX";
    int file = mkostemp(path, O_CLOEXEC);
    assert_true(file >= 0);
    (void)unlink(path);
    *saved = dup(fd);
    assert_true(dup2(file, fd) == fd);
    return file;
}

static void release(int fd, int file, int saved, char *to, size_t cap)
{
    ssize_t n = pread(file, to, cap - 1, 0);
    to[n < 0 ? 0 : n] = '\0';
    assert_true(dup2(saved, fd) == fd);
    (void)close(saved);
    (void)close(file);
}

static void run_failing(struct output *o, const char *words, uint64_t nth, bool *out_hit)
{
    const struct cosn_transport transport = {perform, NULL};
    char copy[1024];
    char *argv[48];
    size_t n = 0;
    (void)snprintf(copy, sizeof(copy), "cosn --config %s %s", config_path, words);
    char *save = NULL;
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        argv[n++] = w;
    }
    argv[n] = NULL;
    int saved_out, saved_err;
    (void)fflush(stdout);
    int out = capture(STDOUT_FILENO, &saved_out), err = capture(STDERR_FILENO, &saved_err);
    fail_at = nth;
    has_failed = false;
    cos_alloc_fail_nth(nth);
    o->status = cmd_run((int)n, argv, &transport);
    *out_hit = has_failed || cos_alloc_count() >= fail_at;
    cos_alloc_fail_nth(0);
    (void)fflush(stdout);
    release(STDOUT_FILENO, out, saved_out, o->out, sizeof(o->out));
    release(STDERR_FILENO, err, saved_err, o->err, sizeof(o->err));
}

static void fresh_service(void)
{
    fake = fake_free(fake);
    fake = fake_new();
    fake->intercept = answer_sts;
    fake_seed(fake, "dir/a", "12345", 5);
    fake_seed(fake, "dir/b", "12345", 5);
    fake->uploads[0].id = strdup("1");
    fake->uploads[0].key = strdup("dir/up");
    fake->uploads[0].is_open = true;
    fake->n_uploads = 1;
}

static void without_memory_nothing_is_said_to_be_done(void **state)
{
    (void)state;
    static const char *const calls[] = {
        "ls " URI "/dir",
        "ls --json -r " URI "/",
        "stat " URI "/dir/a",
        "stat --json " URI "/dir " URI "/dir/a",
        "cat " URI "/dir/a",
        "get " URI "/dir/a -",
        "put /dev/null " URI "/new",
        "put /proc/self/comm " URI "/new",
        "rm " URI "/dir/a",
        "rm -r " URI "/dir",
        "uploads ls " URI "/",
        "uploads ls --json " URI "/",
        "uploads abort --json --older-than 0s " URI "/",
        "token " URI "/dir",
        "token --json " URI "/dir",
        "token --show-secret " URI "/dir",
        "help",
        "ls --help",
    };
    write_config();
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        struct output whole, o;
        bool was_hit = false;
        fresh_service();
        run_failing(&whole, calls[i], 0, &was_hit);
        if (whole.status != 0) {
            fail_msg("'%s' ended with %d: %s", calls[i], whole.status, whole.err);
        }
        was_hit = true;
        for (uint64_t nth = 1; was_hit; nth++) {
            fresh_service();
            run_failing(&o, calls[i], nth, &was_hit);
            if (o.status == 0 ? strcmp(o.out, whole.out) != 0 : o.err[0] == '\0') {
                fail_msg("'%s', allocation %llu: status %d, output '%s', error '%s'", calls[i],
                         (unsigned long long)nth, o.status, o.out, o.err);
            }
        }
    }
    fake = fake_free(fake);
    (void)unlink(config_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_nothing_is_said_to_be_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
