/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of a statement: read by policy.c, judged by eval.c. Private to this room. */
#ifndef CAM_CONDITION_H
#define CAM_CONDITION_H

#include "cam/cam.h"
#include "cosbase/json.h"

struct cam_operator; /* a row of the table of condition.c */
/* One key below one operator. */
struct cam_condition {
    const struct cam_operator *op;
    bool is_optional;     /* "_if_exist": true of a request that lacks the key */
    struct cos_span name; /* of the operator, as written */
    struct cos_span key;
    struct cos_span *values;
    size_t n_values;
};

/** What an operator's @name says, into @out; false: no such operator. */
bool cam_condition_named(struct cos_span name, struct cam_condition *out);
/** Whether a trust policy may ask for @key: what the calls of STS can be asked. */
bool cam_condition_is_of_trust(struct cos_span key);
/** The first of the @n that does not hold; NULL: all do. */
const struct cam_condition *cam_condition_failing(const struct cam_condition *conditions,
                                                  size_t n, const struct cam_context *context);
/** What the request says of @key; ptr NULL: nothing. */
struct cos_span cam_condition_fact(const struct cam_context *context, struct cos_span key);

#endif
