/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of an unfinished multipart upload, for stores. What upload_info() shows never
 * changes; the parts are guarded by the lock of the store that holds the upload.
 */
#ifndef STORE_UPLOAD_H
#define STORE_UPLOAD_H

#include "store/store.h"

struct upload {
    int refs; /* atomic */
    char *id, *key;
    size_t key_bytes;
    int64_t initiated_unix_ms;
    struct object_header *headers;
    size_t n_headers;
    struct upload_part *parts; /* ascending numbers; one blob reference each */
    size_t n_parts, cap_parts;
    struct budget *budget; /* pays for this struct; the parts' blobs pay for themselves */
    size_t charged_bytes;
};
struct upload *upload_new(const char *id, struct cos_span key, int64_t initiated_unix_ms,
                          const struct object_header *headers, size_t n_headers,
                          struct budget *budget);
/** Put or replace; takes the blob reference on 0. What was replaced goes to *old_blob (NULL:
 *  none) for the caller. -1: no memory. */
COS_MUST_CHECK int upload_put_part(struct upload *u, const struct upload_part *part,
                                   struct blob **old_blob);

#endif
