/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearest name by optimal string alignment, the restricted Damerau-Levenshtein distance: three
 * rows of the usual table, no allocation, because the answer decorates an error message and
 * must not fail itself.
 */
#include "cosbase/nearest.h"

#define WORD_MAX_BYTES 128

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* One row: distances of the first @i bytes of @a to every beginning of @b. @before and @last
 * are the rows of i - 2 and i - 1. */
static void fill_row(unsigned *row, const unsigned *before, const unsigned *last,
                     struct cos_span a, size_t i, struct cos_span b)
{
    row[0] = (unsigned)i;
    for (size_t j = 1; j <= b.len; j++) {
        unsigned char x = lower(a.ptr[i - 1]);
        unsigned char y = lower(b.ptr[j - 1]);
        row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (x != y ? 1 : 0));
        if (i > 1 && j > 1 && x == lower(b.ptr[j - 2]) && lower(a.ptr[i - 2]) == y) {
            row[j] = least(row[j], before[j - 2] + 1);
        }
    }
}

/* Both at most WORD_MAX_BYTES long. */
static unsigned slips_between(struct cos_span a, struct cos_span b)
{
    unsigned rows[3][WORD_MAX_BYTES + 1];
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        fill_row(rows[i % 3], rows[(i + 1) % 3], rows[(i - 1) % 3], a, i, b);
    }
    return rows[a.len % 3][b.len];
}

static unsigned forgiven(size_t longer)
{
    return longer < 6 ? 1 : (unsigned)(longer / 3);
}

const char *cos_nearest(struct cos_span word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    unsigned fewest = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        struct cos_span name = cos_span_of(names[i]);
        size_t longer = name.len > word.len ? name.len : word.len;
        if (longer > WORD_MAX_BYTES) {
            continue;
        }
        unsigned slips = slips_between(word, name);
        if (slips <= forgiven(longer) && slips < longer && slips < fewest) {
            nearest = names[i];
            fewest = slips;
        }
    }
    return nearest;
}
