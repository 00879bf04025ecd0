/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See fs_bench.h.
 */
#include "fs_bench.h"

void bench_set(struct bench *b, const char *key, const char *value)
{
    assert_int_equal(cosn_config_set(b->config, key, value, "test", &b->err), 0);
}

void bench_open(struct bench *b)
{
    struct cosn_fs_options options = COSN_FS_OPTIONS_INIT;
    options.config = b->config;
    options.platform = &b->world.platform;
    b->fs = cosn_fs_free(b->fs);
    if (cosn_fs_open(&b->fs, "cosn://" BUCKET "/base", &options, &b->err) < 0) {
        fail_msg("open: %s", b->err.message);
    }
}

int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    world_init(&b->world);
    b->fake = fake_new();
    b->world.platform.transport = &b->fake->transport;
    assert_int_equal(cosn_config_new(&b->config, &b->err), 0);
    bench_set(b, "fs.cosn.bucket.endpoint_suffix", "cos.ap-guangzhou.myqcloud.com");
    bench_set(b, "fs.cosn.userinfo.secretId", "AKIDexample");
    bench_set(b, "fs.cosn.userinfo.secretKey", "CANARYsecretKEY");
    bench_set(b, "fs.cosn.block.size", "1048576");
    bench_set(b, "fs.cosn.read.ahead.block.size", "1000");
    bench_open(b);
    *state = b;
    return 0;
}

int bench_teardown(void **state)
{
    struct bench *b = *state;
    (void)cosn_fs_free(b->fs);
    (void)cosn_config_free(b->config);
    (void)fake_free(b->fake);
    free(b);
    return 0;
}

static int refuse_matching(void *ctx, struct fake *f, const struct fake_request *rq,
                           struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct bench *b = ctx;
    char target[8192];
    (void)f;
    (void)err;
    (void)snprintf(target, sizeof(target), "%s?%s", rq->path, rq->query);
    if (strcmp(rq->method, b->method) != 0 || strstr(target, b->part) == NULL) {
        return 0;
    }
    if (b->let_pass > 0) {
        b->let_pass--;
        return 0;
    }
    fake_refuse(reply, b->status, strcmp(b->method, "HEAD") == 0 ? NULL : b->code, "m");
    return 1;
}

void bench_refuse(struct bench *b, const char *method, const char *part, int status,
                  const char *code)
{
    b->method = method;
    b->part = part;
    b->status = status;
    b->code = code;
    b->let_pass = 0;
    b->fake->intercept = refuse_matching;
    b->fake->intercept_ctx = b;
}

void bench_behave(struct bench *b)
{
    b->fake->intercept = NULL;
}

char *pattern(size_t n)
{
    char *bytes = malloc(n + 1);
    assert_non_null(bytes);
    uint64_t s = 88172645463325252u;
    for (size_t i = 0; i < n; i++) {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        bytes[i] = (char)s;
    }
    return bytes;
}
