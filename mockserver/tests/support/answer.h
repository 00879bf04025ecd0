/* SPDX-License-Identifier: Apache-2.0 */
/* An answer that came through the door, read whole. Every answer must be freed. */
#ifndef TESTS_ANSWER_H
#define TESTS_ANSWER_H

#include "cosmock/request.h"

struct answer {
    struct cosmock_exchange *x;
    /* what the head was answered with: an enum cosmock_want */
    int want;
    int status;
    /* NUL-terminated */
    char *body;
    size_t n;
};
/** Fill in status and body from @a->x, which is finished. */
void answer_read(struct answer *a);
void answer_free(struct answer *a);
/** The value of a response header, valid until the next call; "" when absent. */
const char *answer_header(const struct answer *a, const char *name);

#endif
