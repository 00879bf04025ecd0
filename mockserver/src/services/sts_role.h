/* SPDX-License-Identifier: Apache-2.0 */
/* What the three ways of assuming a role have in common (sts_role.c, sts_federated.c). Whoever
 * returns false, or NULL, has refused. */
#ifndef SERVICES_STS_ROLE_H
#define SERVICES_STS_ROLE_H

#include "exchange/question.h"

/** A reference to the role that RoleArn names. */
struct user *sts_find_role(struct cosmock_exchange *x);
bool sts_read_session_name(struct cosmock_exchange *x, struct cos_span *out);
bool sts_read_role_duration(struct cosmock_exchange *x, const struct user *role, int64_t *out);
bool sts_may_assume(struct cosmock_exchange *x, const struct assumption *a);

#endif
