/* SPDX-License-Identifier: Apache-2.0 */
/* The header block of an object version, made once and kept with it: what GET and HEAD Object
 * answer besides the common headers. */
#ifndef JOURNEY_OBJECT_HEAD_H
#define JOURNEY_OBJECT_HEAD_H

#include "cosmock/request.h"

#include "store/objects.h"

struct object_head {
    struct object_memo memo; /* first: the store knows it */
    size_t n;
    struct cosmock_header headers[]; /* headers[0] is Content-Type */
};
/** Borrowed from the row of @o; NULL: no memory. Threads: any; the first to finish wins. */
const struct object_head *object_head_of(const struct object *o);

#endif
