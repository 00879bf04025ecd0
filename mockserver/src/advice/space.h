/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests that policies tell apart: of all requests that they judge alike one each. What
 * is true of each of these is true of every request, so "never", "always" and "no difference"
 * can be said, and not only "none was found".
 *
 * Exact are actions (all that are known, and those that are named), regions, accounts that are
 * named, paths, and values of conditions; as far as advice_space_gap() has nothing to say.
 */
#ifndef ADVICE_SPACE_H
#define ADVICE_SPACE_H

#include "advice/judge.h"

struct advice_space_of {
    const struct cam_policy *const *policies; /* that are told apart */
    size_t n_policies;
    const struct cam_principal *who; /* who asks; bucket policies add whom they name */
    const char *const *prefixes;     /* "<bucket>/<prefix>", told apart besides */
    size_t n_prefixes;
};
struct advice_point {
    const struct cam_principal *who;
    /* plain names that are judged alike; the first is the one of @q */
    const char *const *actions;
    size_t n_actions;
    struct cos_span path; /* of the resource; "": it is no path of COS */
    bool is_elsewhere;    /* in a region that no policy names, where some name theirs */
    struct advice_question q;
};
struct advice_space;
/** NULL: no memory. Borrows from @of until it is freed. */
struct advice_space *advice_space_new(const struct advice_space_of *of);
struct advice_space *advice_space_free(struct advice_space *s);
/** What is only sampled, as a sentence; NULL: nothing. Known after a visit. */
const char *advice_space_gap(const struct advice_space *s);
/** Every point, until @visit says false. The point is borrowed for the call. */
void advice_space_visit(struct advice_space *s,
                        bool (*visit)(void *ctx, const struct advice_point *point), void *ctx);

#endif
