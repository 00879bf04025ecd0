/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking policies without a request: the question is put together where those of requests are
 * (exchange/question.h), so both get the same answer. The world may be one that exists only to
 * be asked.
 */
#ifndef ADVICE_JUDGE_H
#define ADVICE_JUDGE_H

#include "exchange/question.h"

/* The account of who asks, where no world says it. */
#define ADVICE_OWNER_UIN "100000000001"
#define ADVICE_USER_UIN "100000000011"
#define ADVICE_APPID "1250000000"

/* Who is judged, and by what; all borrowed. */
struct advice_bench {
    struct cosmock_tenant *tenant; /* its buckets, lists, switches and time count */
    struct cam_principal who;
    const struct cam_policy *bucket_policy; /* instead of the bucket's own; NULL: that one */
    const char *owner_uin; /* whose the resource is, in place of all that; NULL: that counts */
    /* no world says whose the resources are: the account of @who has them all, under the appid
     * that each of them names */
    bool owns_all;
};
struct advice_question {
    struct cos_span action, resource;
    const char *const *context; /* "cos:prefix=dir/", a key as often as it has values */
    size_t n_context;
};
/** Why nobody can ask @q, with what would be right, in @out; NULL: one can. */
const char *advice_complaint(const struct advice_question *q, char *out, size_t size);
/** @arena holds what *out says. */
void advice_ask(struct cos_arena *arena, struct cam_verdict *out,
                const struct advice_bench *bench, const struct advice_question *q);
/** What @policy, as one of its kind, says to @who; other policies there are none. */
enum cam_says advice_says(struct cos_arena *arena, struct cosmock_tenant *t,
                          struct cam_policy *policy, const struct cam_principal *who,
                          const struct advice_question *q);
/** The whole trace, as JSON appended to @out: cam_explain(). */
void advice_explain(struct cos_buf *out, const struct advice_bench *bench,
                    const struct advice_question *q);
/** Append the verdict as one sentence: "allow: ..." and who allowed it, or "deny: ..." and
 *  why. */
void advice_print(struct cos_buf *out, const struct cam_verdict *v,
                  const struct advice_question *q);

#endif
