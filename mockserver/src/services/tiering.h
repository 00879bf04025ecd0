/* SPDX-License-Identifier: Apache-2.0 */
/* What a bucket's rules of intelligent tiering are kept as, for those who act on them. */
#ifndef SERVICES_TIERING_H
#define SERVICES_TIERING_H

#include "cosbase/span.h"

struct bucket_view;
struct cosmock_exchange;

#define TIERING_FAMILY "intelligent-tiering/" /* of rules by id (services/keyed.h) */
/** The one rule of ?intelligenttiering as one by id, in the arena; ptr NULL: there is none, or
 *  no memory. */
struct cos_span tiering_default_rule(struct cosmock_exchange *x, const struct bucket_view *at);

#endif
