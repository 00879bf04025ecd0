/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write an object, list its directory, read it back, with the configuration of a Fluss server:
 *
 *     put_get conf/server.yaml cosn://examplebucket-1250000000/dir/hello.txt
 *
 * To try it without an account, let the mock lend everything it needs:
 * `cosmock exec -- put_get conf/server.yaml …`.
 */
#include <cosn/cosn.h>

#include <stdio.h>
#include <string.h>

static int print_child(void *ctx, const char *path, const struct cosn_stat *st)
{
    (void)ctx;
    printf("%10lld %s%s\n", (long long)st->length_bytes, path, st->is_dir ? "/" : "");
    return 0;
}

static int put(struct cosn_fs *fs, const char *uri, struct cosn_error *err)
{
    static const char text[] = "hello from libcosn\n";
    struct cosn_writer *w = NULL;
    int r = cosn_fs_create(fs, &w, uri, /* overwrite= */ true, err);
    if (r == 0) {
        r = cosn_writer_write(w, text, strlen(text), err);
    }
    if (r == 0) {
        r = cosn_writer_commit(w, err); /* nothing is visible before this */
    }
    cosn_writer_free(w);
    return r;
}

static int get(struct cosn_fs *fs, const char *uri, struct cosn_error *err)
{
    struct cosn_reader *reader = NULL;
    char buf[4096];
    size_t n = 1;
    int r = cosn_fs_open_read(fs, &reader, uri, err);
    while (r == 0 && n > 0) {
        r = cosn_reader_read(reader, buf, sizeof(buf), &n, err);
        if (r == 0) {
            fwrite(buf, 1, n, stdout);
        }
    }
    cosn_reader_free(reader);
    return r;
}

static int list_parent(struct cosn_fs *fs, const char *uri, struct cosn_error *err)
{
    char parent[1024];
    snprintf(parent, sizeof(parent), "%s", uri);
    *strrchr(parent, '/') = '\0';
    return cosn_fs_list(fs, parent, /* recursive= */ false, print_child, NULL, err);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: put_get SERVER_YAML cosn://BUCKET/PATH\n");
        return 2;
    }
    const char *uri = argv[2];
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_config *config = NULL;
    struct cosn_fs *fs = NULL;
    struct cosn_fs_options options = COSN_FS_OPTIONS_INIT;

    int r = cosn_config_new(&config, &err);
    if (r == 0) {
        r = cosn_config_load_file(config, argv[1], COSN_CONFIG_AUTO, &err);
    }
    if (r == 0) {
        options.config = config;
        r = cosn_fs_open(&fs, uri, &options, &err);
    }
    if (r == 0) {
        r = put(fs, uri, &err);
    }
    if (r == 0) {
        r = list_parent(fs, uri, &err);
    }
    if (r == 0) {
        r = get(fs, uri, &err);
    }
    if (r < 0) {
        fprintf(stderr, "put_get: %s (%s)\n", err.message, cosn_status_name(err.status));
    }
    cosn_fs_free(fs);
    cosn_config_free(config);
    return r < 0 ? 1 : 0;
}
