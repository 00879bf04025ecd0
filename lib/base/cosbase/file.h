/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole small files: bounded read, write (as outfile.h says; nothing is fsynced), directories.
 * Errors are -errno.
 */
#ifndef COSBASE_FILE_H
#define COSBASE_FILE_H

#include "cosbase/buf.h"

COS_MUST_CHECK int cos_file_read(struct cos_buf *out,
                                 const char *path); /* -EFBIG beyond out->max */
/** Write all of @path; @mode, under the umask, is for a new file. */
COS_MUST_CHECK int cos_file_write(const char *path, struct cos_span bytes, unsigned mode);
COS_MUST_CHECK int cos_dir_make(const char *path,
                                unsigned mode); /* with parents; an existing one is fine */
/** SHA-256 of a file as 64 hex digits and a NUL. */
COS_MUST_CHECK int cos_file_sha256(char out[65], const char *path);
/** Remove a directory tree; a missing one is fine. Does not follow links. */
COS_MUST_CHECK int cos_dir_remove(const char *path);

#endif
