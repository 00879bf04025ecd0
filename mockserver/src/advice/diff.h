/* SPDX-License-Identifier: Apache-2.0 */
/* The difference of two policies: the requests that get another answer. */
#ifndef ADVICE_DIFF_H
#define ADVICE_DIFF_H

#include "advice/space.h"

/* Requests of one kind that get another answer. */
struct diff_change {
    const char **actions; /* plain; all of them */
    size_t n_actions;
    const struct cam_principal *who;
    struct cos_span resource;
    const char **context; /* one that shows it */
    size_t n_context;
    size_t n_contexts;     /* that show it */
    enum cam_says was, is; /* allow, implicit or deny */
};
#define DIFF_CHANGES_MAX 1000
struct diff {
    struct cos_arena arena;
    struct diff_change *changes;
    size_t n;
    size_t n_left_out;
    char gap[200]; /* what is only sampled; "": nothing */
};
/** From @a to @b, which are for the same use; deinit in both cases. False: no memory. */
COS_MUST_CHECK bool advice_diff(struct diff *out, struct cam_policy *a, struct cam_policy *b,
                                struct cosmock_tenant *t);
void diff_deinit(struct diff *d);
void diff_print(struct cos_buf *out, const struct diff *d);
void diff_print_json(struct cos_buf *out, const struct diff *d);

#endif
