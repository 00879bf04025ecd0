/* SPDX-License-Identifier: Apache-2.0 */
/* What is allowed, as a table: actions by prefixes. */
#ifndef ADVICE_MATRIX_H
#define ADVICE_MATRIX_H

#include "advice/space.h"

enum matrix_cell {
    MATRIX_NOTHING, /* the action is asked of nothing there */
    MATRIX_NO,
    MATRIX_PART, /* of some paths below the prefix */
    MATRIX_IF,   /* where conditions are met */
    MATRIX_YES,
};
struct matrix_row {
    const char *action; /* plain */
    const unsigned char *cells;
};
#define MATRIX_PREFIXES_MAX 64
struct matrix {
    struct cos_arena arena;
    const char *prefixes[MATRIX_PREFIXES_MAX]; /* "<bucket>/<prefix>"; "*": no bucket */
    size_t n_prefixes;
    struct matrix_row *rows;
    size_t n_rows;
    char gap[200]; /* what is only sampled; "": nothing */
};
/** Of what @bench allows by @policies, which are all of its; of the prefixes that they name and
 *  of @prefixes besides. Deinit in both cases. False: no memory. */
COS_MUST_CHECK bool advice_matrix(struct matrix *out, const struct advice_bench *bench,
                                  const struct advice_space_of *of);
void matrix_deinit(struct matrix *m);
void matrix_print(struct cos_buf *out, const struct matrix *m);
void matrix_print_json(struct cos_buf *out, const struct matrix *m);

#endif
