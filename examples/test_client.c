/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test of code that uses libcosn, in one program with the mock: the mock listens on a free
 * port of this machine, the library is led there, and what is asserted is the answer AND the
 * mock's journal. Your own code would stand where put() is.
 */
#include <cosmock/cosmock.h>
#include <cosn/cosn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int put(struct cosn_fs *fs, const char *uri, const char *text, struct cosn_error *err)
{
    struct cosn_writer *w = NULL;
    int r = cosn_fs_create(fs, &w, uri, /* overwrite= */ true, err);
    if (r == 0) {
        r = cosn_writer_write(w, text, strlen(text), err);
    }
    if (r == 0) {
        r = cosn_writer_commit(w, err);
    }
    cosn_writer_free(w);
    return r;
}

/* The tenant's key and region in the library's words. */
static int configure(struct cosn_config **out, const struct cosmock_world_info *info,
                     struct cosn_error *err)
{
    int r = cosn_config_new(out, err);
    if (r == 0) {
        r = cosn_config_set(*out, "fs.cosn.userinfo.secretId", info->secret_id, "test", err);
    }
    if (r == 0) {
        r = cosn_config_set(*out, "fs.cosn.userinfo.secretKey", info->secret_key, "test", err);
    }
    if (r == 0) {
        r = cosn_config_set(*out, "fs.cosn.bucket.region", info->region, "test", err);
    }
    return r;
}

static int run(const struct cosmock_world_info *info, uint16_t port, struct cosn_error *err)
{
    char resolve[256];
    char uri[256];
    struct cosn_config *config = NULL;
    struct cosn_fs *fs = NULL;
    struct cosn_platform platform = COSN_PLATFORM_INIT;
    struct cosn_fs_options options = COSN_FS_OPTIONS_INIT;
    (void)snprintf(resolve, sizeof(resolve), "%s.cos.%s.myqcloud.com:80:127.0.0.1:%u",
                   info->bucket, info->region, (unsigned)port);
    (void)snprintf(uri, sizeof(uri), "cosn://%s/dir/hello.txt", info->bucket);
    platform.scheme = "http";
    platform.resolve = resolve;
    int r = configure(&config, info, err);
    if (r == 0) {
        options.config = config;
        options.platform = &platform;
        r = cosn_fs_open(&fs, uri, &options, err);
    }
    if (r == 0) {
        r = put(fs, uri, "hello", err);
    }
    cosn_fs_free(fs);
    cosn_config_free(config);
    return r;
}

/* Exactly one PutObject, signed by the tenant's key and allowed. */
static bool was_put_once(struct cosmock_tenant *tenant, const struct cosmock_world_info *info)
{
    struct cosmock_journal_query query = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *entries = NULL;
    query.op = "PutObject";
    int64_t n = cosmock_journal_read(tenant, &entries, &query);
    bool is_right = n == 1 && entries[0].http_status == 200 &&
                    strcmp(entries[0].secret_id, info->secret_id) == 0;
    (void)cosmock_entries_free(entries);
    return is_right;
}

static int test(struct cosmock *mock)
{
    struct cosmock_tenant *tenant = NULL;
    struct cosmock_endpoint at;
    struct cosmock_world_info info;
    struct cosmock_error mock_err;
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosmock_tenant_new(mock, &tenant, /* options= */ NULL, &mock_err) < 0 ||
        cosmock_listen(mock, COSMOCK_FRONT, /* options= */ NULL, &at, &mock_err) < 0) {
        fprintf(stderr, "%s\n", mock_err.message);
        return EXIT_FAILURE;
    }
    cosmock_world_info(tenant, &info);
    if (run(&info, at.port, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    printf("objects in %s: %d\n", info.bucket, (int)cosmock_object_count(tenant, info.bucket));
    return was_put_once(tenant, &info) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    struct cosmock *mock = NULL;
    struct cosmock_error err;
    if (cosmock_new(&mock, /* options= */ NULL, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    int status = test(mock);
    (void)cosmock_free(mock);
    return status;
}
