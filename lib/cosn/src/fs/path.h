/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths and keys. Pure. A path is "/a/b", "cosn://bucket/a/b", or relative to the path the
 * filesystem was opened with; its key is "a/b". Double and trailing slashes mean nothing in a
 * path.
 */
#ifndef COSN_PATH_H
#define COSN_PATH_H

#include "cosn/error.h"

#include "cosbase/base.h"

#define PATH_KEY_MAX 850 /* bytes of UTF-8 (cos-wire.md s.2.0) */

struct fs_path {
    char key[PATH_KEY_MAX + 2]; /* no slash at either end; "" is the root */
    size_t len;
};

/** @base: key relative paths start from. Errors: COSN_E_INVALID, COSN_E_UNSUPPORTED +
 *  COSN_D_SCHEME. */
int path_resolve(struct fs_path *out, const char *bucket, const char *base, const char *path,
                 struct cosn_error *err);
/** Split "cosn://bucket/path" into heap copies (cos_free() both); the path may be "". */
int path_split_uri(const char *uri, char **out_bucket, char **out_path, struct cosn_error *err);
bool path_is_root(const struct fs_path *p);
/** "a/b" -> "a/b/", the root -> "": the prefix of everything below. False when it would be
 *  longer than a key may be. */
bool path_dir_key(char out[PATH_KEY_MAX + 2], const struct fs_path *p);
/** The directory above; the root's is the root. */
void path_parent(struct fs_path *out, const struct fs_path *p);
/** Last component; "" for the root. */
const char *path_name(const struct fs_path *p);
/** Whether @p is @dir or lies below it. */
bool path_is_within(const struct fs_path *p, const struct fs_path *dir);
int path_join(struct fs_path *out, const struct fs_path *dir, const char *name,
              struct cosn_error *err);

#endif
