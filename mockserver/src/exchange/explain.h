/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asked about and what, of a question that nobody has asked yet (explain.c), and how it
 * should read where it is none (asked.c). */
#ifndef EXCHANGE_EXPLAIN_H
#define EXCHANGE_EXPLAIN_H

#include "exchange/question.h"

/* Who asks for what, with references. */
struct asked {
    struct principal who;
    struct bucket_view at;
    struct cos_span key; /* behind the bucket in the resource */
    struct user *role;   /* that shall be assumed: a reference; NULL: another question */
    struct cam_warning warning;
    char warning_text[300];
};
/** Could a request ask it? COSMOCK_E_INVALID, with what it should read: it could not. */
int asked_check(struct cosmock_tenant *t, const struct cosmock_explain_query *q,
                struct cosmock_error *err);
/** COSMOCK_E_NOT_FOUND, with who may be meant: there is nobody. */
int asked_find_caller(struct asked *a, struct cosmock_tenant *t,
                      const struct cosmock_explain_query *q, struct cosmock_error *err);
/** The bucket of the resource; what is odd about it is a warning. */
void asked_find_bucket(struct asked *a, struct cosmock_tenant *t, struct cos_span resource);

#endif
