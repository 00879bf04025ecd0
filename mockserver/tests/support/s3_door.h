/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in S3's dialect through the door of door.h, with enforcement off: one whose
 * signature nobody reads speaks it by its x-amz-date. */
#ifndef TESTS_S3_DOOR_H
#define TESTS_S3_DOOR_H

#include "door.h"

/** With x-amz-date besides. */
struct answer s3_ask(struct door *d, const struct ask *q);
struct answer s3_send(struct door *d, const char *method, const char *target,
                      const char *headers);
/** Stores, and asserts that it did. */
void s3_put(struct door *d, const char *target, const char *headers, const char *text);
/** Ask and assert status and, unless NULL, the error code. */
void s3_expect(struct door *d, const struct ask *q, int status, const char *code);

#endif
