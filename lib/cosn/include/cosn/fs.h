/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filesystem over a bucket: cosn://<bucket-appid>/<path>. Promise: may change before 1.0.
 * Paths are absolute ("/a/b") or full URIs of the same bucket. A directory is a prefix, with or
 * without a marker object "a/b/".
 *
 * Errors:  of every call that takes a path: COSN_E_INVALID (the path, and what is wrong with
 *          it), COSN_E_UNSUPPORTED with COSN_D_SCHEME; and as a request (error.h). The comments
 *          below say what may come besides.
 * Threads: a cosn_fs may be shared; readers and writers are for one thread at a time. All
 * block.
 *
 * Rights: what the policy of a temporary credential must allow (name/cos:…). In brackets: used
 * where allowed, done without elsewhere.
 *   stat, exists      HeadObject, and GetBucket for directories; the root HeadBucket;
 *                     [GetObject says why a HEAD was refused]
 *   list              HeadObject, GetBucket
 *   open_read, reads  HeadObject, GetObject
 *   create … commit   PutObject; beyond one block InitiateMultipartUpload, UploadPart,
 *                     CompleteMultipartUpload, AbortMultipartUpload; to overwrite: [HeadObject,
 *                     GetBucket], else both; [ListParts, HeadObject after a conflict or a lost
 *                     answer]
 *   mkdirs            HeadObject, GetBucket, PutObject
 *   delete            HeadObject, GetBucket, DeleteObject, [DeleteMultipleObjects, PutObject
 *                     for the parent's marker]
 *   rename            those of stat and delete; GetObject of the source, PutObject of the
 *                     target
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
    /* borrowed during the call */
    const struct cosn_config *config;
    /* a reference is taken; NULL: from config */
    struct cosn_provider *provider;
    /* the receiver's provider, offered to cosn_provider_from_config(); may be NULL */
    struct cosn_provider *dynamic;
    /* must outlive the fs */
    const struct cosn_platform *platform;
};
#define COSN_FS_OPTIONS_INIT COSN_SIZED_INIT(struct cosn_fs_options)
/**
 * A filesystem over the bucket of @uri. No network I/O.
 *
 * Errors:      COSN_E_INVALID (the key is named), COSN_E_UNSUPPORTED with COSN_D_SCHEME,
 *              COSN_E_NO_CREDENTIALS
 */
COSN_API int cosn_fs_open(struct cosn_fs **out, const char *uri,
                          const struct cosn_fs_options *options, struct cosn_error *err);
COSN_API struct cosn_fs *cosn_fs_free(struct cosn_fs *fs);
/** "cosn://<bucket>"; lives as long as the fs. */
COSN_API const char *cosn_fs_uri(const struct cosn_fs *fs);
/** The fs's own copy, borrowed. */
COSN_API const struct cosn_config *cosn_fs_config(const struct cosn_fs *fs);

struct cosn_stat {
    int64_t length_bytes;
    /* 0 for a directory without marker */
    int64_t mtime_unix_ms;
    bool is_dir;
};
/** Errors: COSN_E_NOT_FOUND. */
COSN_API int cosn_fs_stat(struct cosn_fs *fs, struct cosn_stat *out, const char *path,
                          struct cosn_error *err);
/** *out false only when the service said so. Errors: as a request: a bucket that is not there
 *  is one, too. */
COSN_API int cosn_fs_exists(struct cosn_fs *fs, bool *out, const char *path,
                            struct cosn_error *err);

/**
 * Stream the children of a directory (or the file itself) in byte order.
 *
 * @recursive   every object below, no directories
 * @visit       gets an absolute path, borrowed for the call; non-zero stops with that value
 *              returned
 * Errors:      COSN_E_NOT_FOUND
 */
COSN_API int cosn_fs_list(struct cosn_fs *fs, const char *path, bool recursive,
                          int (*visit)(void *ctx, const char *path, const struct cosn_stat *st),
                          void *ctx, struct cosn_error *err);
/** A directory that exists is fine. Errors: COSN_E_EXISTS with COSN_D_NOT_DIR when it or a
 *  parent is a file. */
COSN_API int cosn_fs_mkdirs(struct cosn_fs *fs, const char *path, struct cosn_error *err);
/**
 * Delete a file or a directory. The root is never deleted (recursive: *out_deleted false).
 *
 * @out_deleted false when there was nothing
 * Errors:      COSN_E_EXISTS with COSN_D_NOT_EMPTY (a directory with children, without
 *              @recursive)
 */
COSN_API int cosn_fs_delete(struct cosn_fs *fs, const char *path, bool recursive,
                            bool *out_deleted, struct cosn_error *err);
/**
 * Copy, then delete: not atomic. Into an existing directory moves inside it.
 *
 * Errors:      COSN_E_EXISTS (onto a file; with COSN_D_NOT_DIR below a file), COSN_E_INVALID
 *              (to itself, below itself)
 * Source:      hadoop-cos 3.3.5 (fluss-plugin.md s.6.5)
 */
COSN_API int cosn_fs_rename(struct cosn_fs *fs, const char *from, const char *to,
                            bool *out_renamed, struct cosn_error *err);

struct cosn_reader;
/** Errors: COSN_E_NOT_FOUND, COSN_E_EXISTS with COSN_D_IS_DIR. */
COSN_API int cosn_fs_open_read(struct cosn_fs *fs, struct cosn_reader **out, const char *path,
                               struct cosn_error *err);
COSN_API int64_t cosn_reader_length_bytes(const struct cosn_reader *r);
/**
 * Exactly min(n, length - offset) bytes into @buf, one range request, no read-ahead; *out_n 0
 * at or past the end.
 *
 * Errors:      as cosn_reader_read(); COSN_E_INVALID (a negative offset)
 */
COSN_API int cosn_reader_pread(struct cosn_reader *r, void *buf, size_t n, int64_t offset,
                               size_t *out_n, struct cosn_error *err);
/**
 * Streaming, with read-ahead; *out_n 0 at the end.
 *
 * Errors:      COSN_E_IO (the object changed while it was read), COSN_E_PROTOCOL (a wrong
 *              length; with COSN_D_CHECKSUM a wrong CRC-64), COSN_E_NOT_FOUND; as a request
 */
COSN_API int cosn_reader_read(struct cosn_reader *r, void *buf, size_t n, size_t *out_n,
                              struct cosn_error *err);
/** Errors: COSN_E_INVALID (not within 0..length). */
COSN_API int cosn_reader_seek(struct cosn_reader *r, int64_t offset, struct cosn_error *err);
COSN_API int64_t cosn_reader_position(const struct cosn_reader *r);
COSN_API struct cosn_reader *cosn_reader_free(struct cosn_reader *r);

struct cosn_writer;
/**
 * Begin a file. Nothing is visible under @path before commit.
 *
 * @overwrite   true goes on where a policy forbids to look, and then does not notice a
 *              directory of that name
 * Errors:      COSN_E_EXISTS (with COSN_D_IS_DIR a directory; without @overwrite whatever is
 *              there, now or at commit)
 */
COSN_API int cosn_fs_create(struct cosn_fs *fs, struct cosn_writer **out, const char *path,
                            bool overwrite, struct cosn_error *err);
/** Errors: COSN_E_IO with COSN_D_CLOSED after commit; as a request, from this block or an
 *  earlier one. */
COSN_API int cosn_writer_write(struct cosn_writer *w, const void *buf, size_t n,
                               struct cosn_error *err);
/** Promises nothing, as Fluss's. Errors: as cosn_writer_write(). */
COSN_API int cosn_writer_flush(struct cosn_writer *w, struct cosn_error *err);
COSN_API int64_t cosn_writer_position(const struct cosn_writer *w);
/**
 * Durable and visible after 0; after a failure nothing is visible and the upload was aborted. A
 * second commit is a no-op.
 *
 * Errors:      COSN_E_EXISTS (not @overwrite, and something came meanwhile), COSN_E_PROTOCOL
 *              with COSN_D_CHECKSUM; as cosn_writer_write()
 */
COSN_API int cosn_writer_commit(struct cosn_writer *w, struct cosn_error *err);
/** Aborts what was not committed. NULL. */
COSN_API struct cosn_writer *cosn_writer_free(struct cosn_writer *w);

/* An upload that was begun and neither completed nor aborted: a file being written, or what a
 * killed writer left behind. */
struct cosn_upload {
    /* absolute; may not be one that this library would write */
    const char *path;
    const char *key, *id;
    int64_t initiated_unix_ms;
};
/**
 * Visit the unfinished uploads of @path and below, by key.
 *
 * @visit       may abort the upload it is given, which is borrowed for the call; non-zero stops
 *              with that value returned
 * Errors:      as a request
 */
COSN_API int cosn_fs_list_uploads(struct cosn_fs *fs, const char *path,
                                  int (*visit)(void *ctx, const struct cosn_upload *upload),
                                  void *ctx, struct cosn_error *err);
/** One that is gone already is fine. Errors: as a request. */
COSN_API int cosn_fs_abort_upload(struct cosn_fs *fs, const struct cosn_upload *upload,
                                  struct cosn_error *err);

#ifdef __cplusplus
}
#endif
#endif
