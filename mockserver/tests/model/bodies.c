/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that a sequence wrote, by their numbers. */
#include "bodies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned keep(struct bodies *b, char *text, size_t n)
{
    if (text == NULL || b->n + 1 >= BODIES) {
        free(text);
        return 0;
    }
    b->n++;
    b->rows[b->n].text = text;
    b->rows[b->n].n = n;
    return (unsigned)b->n;
}

unsigned body_make(struct bodies *b, size_t n)
{
    char number[24];
    char *text = malloc(n);
    if (text == NULL) {
        return 0;
    }
    (void)snprintf(number, sizeof(number), "%05zu", b->n);
    for (size_t i = 0; i < n; i++) {
        text[i] = i < 5 ? number[i] : '.';
    }
    return keep(b, text, n);
}

unsigned body_join(struct bodies *b, unsigned first, unsigned second)
{
    struct cos_span a = body_text(b, first);
    struct cos_span z = body_text(b, second);
    char *text = malloc(a.len + z.len);
    if (text != NULL) {
        memcpy(text, a.ptr, a.len);
        memcpy(text + a.len, z.ptr, z.len);
    }
    return keep(b, text, a.len + z.len);
}

struct cos_span body_text(const struct bodies *b, unsigned number)
{
    return (struct cos_span){b->rows[number].text, b->rows[number].n};
}

void bodies_clear(struct bodies *b)
{
    for (size_t i = 1; i <= b->n; i++) {
        free(b->rows[i].text);
    }
    b->n = 0;
}
