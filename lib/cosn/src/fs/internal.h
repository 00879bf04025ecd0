/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the filesystem: the object itself and the steps its files share. Everything here takes
 * resolved paths.
 */
#ifndef COSN_FS_INTERNAL_H
#define COSN_FS_INTERNAL_H

#include "client/client.h"
#include "fs/path.h"

#define FS_LIST_PAGE 1000 /* the most the service gives (cos-wire.md s.2.0, limits) */

struct fs_settings {
    int64_t block_bytes;       /* part size, and threshold of multipart */
    int64_t buffer_bytes;      /* bound of the memory of one writer */
    int64_t upload_threads;    /* parts under way at once, per writer */
    int64_t read_ahead_bytes;  /* one range of a streaming read */
    int64_t read_ahead_blocks; /* 0 or 1: no read-ahead */
};

struct cosn_fs {
    struct platform platform;
    struct cosn_config *config;
    struct client *client;
    struct fs_settings settings;
    char *bucket;
    char *base; /* path of the URI it was opened with; relative paths start there */
    char *uri;  /* "cosn://<bucket>" */
};

int fs_resolve(struct fs_path *out, const struct cosn_fs *fs, const char *path,
               struct cosn_error *err);

/* --- endpoint.c: pure --- */
/** "<bucket>.<suffix>" by the configuration; cos_free() it. */
int endpoint_host(char **out, const struct cosn_config *config, const char *bucket,
                  struct cosn_error *err);
/** "https" or "http". */
int endpoint_scheme(const char **out, const struct cosn_config *config,
                    const char *platform_scheme, struct cosn_error *err);

/* --- status.c --- */
/** File, directory or COSN_E_NOT_FOUND. @object (may be NULL) is filled for a file only. */
int fs_status(struct cosn_fs *fs, const struct fs_path *p, struct cosn_stat *out,
              struct client_object *object, struct cosn_error *err);
/** Whether a file lies under exactly this key: one HEAD. */
int fs_is_file(struct cosn_fs *fs, const struct fs_path *p, bool *out, struct cosn_error *err);
/** Whether anything but the marker itself lies below. */
int fs_has_children(struct cosn_fs *fs, const struct fs_path *p, bool *out,
                    struct cosn_error *err);
/** A page of a listing; borrowed for the call. Other than 0: no more, and the listing's
 *  result. */
typedef int fs_page_fn(void *ctx, const struct client_list_page *page, struct cosn_error *err);
/** Page after page of what @about asks, whose marker and size are set here. */
int fs_list_pages(struct cosn_fs *fs, const struct client_list_question *about,
                  fs_page_fn *each, void *ctx, struct cosn_error *err);

/* --- change.c --- */
int fs_put_marker(struct cosn_fs *fs, const struct fs_path *dir, struct cosn_error *err);
/** Keep the directory above alive when its last child goes; a marker that may not be written is
 *  not an error. */
int fs_keep_parent(struct cosn_fs *fs, const struct fs_path *p, struct cosn_error *err);
/** Everything below @dir, then its marker. */
int fs_delete_tree(struct cosn_fs *fs, const struct fs_path *dir, struct cosn_error *err);

/* --- writer.c --- */
/** cosn_fs_create() as Fluss's WriteMode.OVERWRITE: a directory of that name, but for the root,
 *  is replaced at commit, with all that is below it. */
int fs_create_over(struct cosn_fs *fs, struct cosn_writer **out, const char *path,
                   struct cosn_error *err);

#endif
