/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of a sequence, each told by a number from 1 on. They stay until its end. */
#ifndef MODEL_BODIES_H
#define MODEL_BODIES_H

#include "cosbase/span.h"

#include <stddef.h>

#define BODY_BIG_BYTES 65536 /* what a lifecycle may move to a colder class */

enum { BODIES = 1024 };

struct bodies {
    struct {
        char *text;
        size_t n;
    } rows[BODIES];
    size_t n;
};
/** One that no other of its length is equal to, if that is 5 at least. 0: no room. */
unsigned body_make(struct bodies *b, size_t n);
unsigned body_join(struct bodies *b, unsigned first, unsigned second);
struct cos_span body_text(const struct bodies *b, unsigned number);
void bodies_clear(struct bodies *b);

#endif
