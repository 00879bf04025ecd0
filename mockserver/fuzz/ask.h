/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of fuzz targets to a bucket of the built-in world, through the socket-free door. */
#ifndef FUZZ_ASK_H
#define FUZZ_ASK_H

#include "answer.h"
#include "fuzz.h"

#include "cosbase/span.h"

#define FUZZ_BUCKET "examplebucket-1250000000"

struct question {
    const char *method, *target;
    const char *name, *value; /* a header; NULL: none */
    struct cos_span body;
};
/** With Content-MD5. The answer is read whole, and no 500. */
struct answer ask(struct cosmock *mock, const struct question *q);
/** What GET shows may be put again, unless it @is_for_ever, and is then the same. */
void check_again(struct cosmock *mock, const char *target, bool is_for_ever);
/** A mock with a short journal and a tenant, unless there are some. True: they are new. */
bool open_once(struct cosmock **mock, struct cosmock_tenant **tenant);
/** A tenant whose requests need no signature. */
struct cosmock_tenant *open_tenant(struct cosmock *mock);

#endif
