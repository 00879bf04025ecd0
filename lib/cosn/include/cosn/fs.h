/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filesystem over a bucket: cosn://<bucket-appid>/<path>. Promise: may change before 1.0.
 * Paths are absolute ("/a/b") or full URIs of the same bucket. A directory is a prefix, with or without a marker object "a/b/".
 * Threads: a cosn_fs may be shared; readers, writers and list iterators are for one thread at a time.
 *
 * Rights: what the policy of a temporary credential must allow (name/cos:…). In brackets: used where allowed, done without elsewhere.
 *   stat, exists      HeadObject, and GetBucket for directories; the root HeadBucket; [GetObject says why a HEAD was refused]
 *   list              HeadObject, GetBucket
 *   open_read, reads  HeadObject, GetObject
 *   create … commit   PutObject; beyond one block InitiateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload;
 *                     to overwrite: [HeadObject, GetBucket], else both; [ListParts, HeadObject after a conflict or a lost answer]
 *   mkdirs            HeadObject, GetBucket, PutObject
 *   delete            HeadObject, GetBucket, DeleteObject, [DeleteMultipleObjects, PutObject for the parent's marker]
 *   rename            those of stat and delete; GetObject of the source, PutObject of the target
 */
#ifndef COSN_FS_H
#define COSN_FS_H

#include "cosn/token.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cosn_fs;
struct cosn_fs_options {
    size_t size;
    const struct cosn_config *config; /* borrowed during the call */
    struct cosn_provider *provider;   /* a reference is taken; NULL: from config */
    struct cosn_provider *
        dynamic; /* the receiver's provider, offered to cosn_provider_from_config; may be NULL */
    const struct cosn_platform *platform; /* must outlive the fs */
};
#define COSN_FS_OPTIONS_INIT COSN_SIZED_INIT(struct cosn_fs_options)
/** No network I/O. Errors: COSN_E_INVALID (key named), COSN_E_UNSUPPORTED + COSN_D_SCHEME, COSN_E_NO_CREDENTIALS. */
COSN_API int cosn_fs_open(struct cosn_fs **out, const char *uri,
                          const struct cosn_fs_options *options, struct cosn_error *err);
COSN_API struct cosn_fs *cosn_fs_free(struct cosn_fs *fs);
COSN_API const char *cosn_fs_uri(const struct cosn_fs *fs); /* "cosn://<bucket>" */
COSN_API const struct cosn_config *cosn_fs_config(const struct cosn_fs *fs);

struct cosn_stat {
    int64_t length_bytes;
    int64_t mtime_unix_ms; /* 0 for a directory without marker */
    bool is_dir;
};
COSN_API int cosn_fs_stat(struct cosn_fs *fs, struct cosn_stat *out, const char *path,
                          struct cosn_error *err);
COSN_API int cosn_fs_exists(struct cosn_fs *fs, bool *out, const char *path,
                            struct cosn_error *err);

/** Stream the children of a directory (or the file itself) in byte order; non-zero from @visit stops with that value returned. @path given
 *  to visit is absolute, borrowed for the call. With @recursive every object below, no directories. */
COSN_API int cosn_fs_list(struct cosn_fs *fs, const char *path, bool recursive,
                          int (*visit)(void *ctx, const char *path, const struct cosn_stat *st),
                          void *ctx, struct cosn_error *err);
/** Existing directory: fine. COSN_E_EXISTS + COSN_D_NOT_DIR when it or a parent is a file. */
COSN_API int cosn_fs_mkdirs(struct cosn_fs *fs, const char *path, struct cosn_error *err);
/** @out_deleted false when there was nothing. Non-empty directory without @recursive: COSN_E_EXISTS + COSN_D_NOT_EMPTY. The root is never deleted
 *  (recursive: *out_deleted false). */
COSN_API int cosn_fs_delete(struct cosn_fs *fs, const char *path, bool recursive,
                            bool *out_deleted, struct cosn_error *err);
/** Semantics of hadoop-cos 3.3.5 (fluss-plugin.md s.6.5): onto an existing file COSN_E_EXISTS; into an existing directory moves inside it. */
COSN_API int cosn_fs_rename(struct cosn_fs *fs, const char *from, const char *to,
                            bool *out_renamed, struct cosn_error *err);

struct cosn_reader;
COSN_API int cosn_fs_open_read(struct cosn_fs *fs, struct cosn_reader **out, const char *path,
                               struct cosn_error *err);
COSN_API int64_t cosn_reader_length_bytes(const struct cosn_reader *r);
/** Exactly min(n, length - offset) bytes into @buf, one range request, no read-ahead; *out_n 0 at or past the end. */
COSN_API int cosn_reader_pread(struct cosn_reader *r, void *buf, size_t n, int64_t offset,
                               size_t *out_n, struct cosn_error *err);
/** Streaming, with read-ahead; *out_n 0 at the end. COSN_E_IO + COSN_D_CLOSED after close. */
COSN_API int cosn_reader_read(struct cosn_reader *r, void *buf, size_t n, size_t *out_n,
                              struct cosn_error *err);
COSN_API int cosn_reader_seek(struct cosn_reader *r, int64_t offset,
                              struct cosn_error *err); /* 0..length, else COSN_E_INVALID */
COSN_API int64_t cosn_reader_position(const struct cosn_reader *r);
COSN_API struct cosn_reader *cosn_reader_free(struct cosn_reader *r);

struct cosn_writer;
/** Nothing is visible under @path before commit. @overwrite true goes on where a policy forbids to look, and then does not notice a directory of
 *  that name. @overwrite false: COSN_E_EXISTS when something is there now or at commit. */
COSN_API int cosn_fs_create(struct cosn_fs *fs, struct cosn_writer **out, const char *path,
                            bool overwrite, struct cosn_error *err);
COSN_API int cosn_writer_write(struct cosn_writer *w, const void *buf, size_t n,
                               struct cosn_error *err);
COSN_API int cosn_writer_flush(struct cosn_writer *w,
                               struct cosn_error *err); /* promises nothing, as Fluss's */
COSN_API int64_t cosn_writer_position(const struct cosn_writer *w);
/** Durable and visible after 0; after a failure nothing is visible and the upload was aborted. A second commit is a no-op. */
COSN_API int cosn_writer_commit(struct cosn_writer *w, struct cosn_error *err);
COSN_API struct cosn_writer *
cosn_writer_free(struct cosn_writer *w); /* aborts what was not committed */

/* An upload that was begun and neither completed nor aborted: a file being written, or what a killed writer left behind. */
struct cosn_upload {
    const char *path; /* absolute; may not be one that this library would write */
    const char *key, *id;
    int64_t initiated_unix_ms;
};
/** Visit the unfinished uploads of @path and below, by key; non-zero from @visit stops with that value returned. @visit may abort the upload it is
 *  given, which is borrowed for the call. */
COSN_API int cosn_fs_list_uploads(struct cosn_fs *fs, const char *path,
                                  int (*visit)(void *ctx, const struct cosn_upload *upload),
                                  void *ctx, struct cosn_error *err);
/** One that is gone already is fine. */
COSN_API int cosn_fs_abort_upload(struct cosn_fs *fs, const struct cosn_upload *upload,
                                  struct cosn_error *err);

#ifdef __cplusplus
}
#endif
#endif
