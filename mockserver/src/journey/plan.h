/* SPDX-License-Identifier: Apache-2.0 */
/* Which stages a request walks, in which order, and when. */
#ifndef JOURNEY_PLAN_H
#define JOURNEY_PLAN_H

#include "exchange/exchange.h"

enum plan_part {
    PLAN_HEAD,   /* once the head is there */
    PLAN_FIELDS, /* once the fields of the body are there */
    PLAN_END,    /* once the body is there */
    PLAN_PARTS
};
/** No refusal, no failure of ours, and a tenant to do it in. */
bool plan_may_go_on(struct cosmock_exchange *x);
/** Walk on from where the last walk stopped to the end of @until, or to the first stage that
 *  refuses, fails or waits. */
void plan_walk(struct cosmock_exchange *x, enum plan_part until);

#endif
