/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A multipart upload under way: parts numbered in the order they are handed over, sent by a few
 * threads. One caller at a time.
 */
#ifndef COSN_UPLOAD_H
#define COSN_UPLOAD_H

#include "fs/internal.h"

struct upload;
/** Sends InitiateMultipartUpload. Memory at any time: one block a worker, beside the caller's
 *  own. */
int upload_begin(struct upload **out, struct cosn_fs *fs, const char *key,
                 struct cosn_error *err);
/** Takes @bytes (heap) in every case. Waits while all workers are busy; returns the failure of
 *  an earlier part, if any. */
int upload_part(struct upload *u, char *bytes, size_t n, struct cosn_error *err);
/** Waits for all parts, then completes. */
int upload_complete(struct upload *u, uint64_t crc64, bool forbid_overwrite,
                    struct cosn_error *err);
/** Waits for the parts under way, then aborts; a failure to do so is logged. */
void upload_abort(struct upload *u);
struct upload *upload_free(struct upload *u);

#endif
