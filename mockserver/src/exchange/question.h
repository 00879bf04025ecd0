/* SPDX-License-Identifier: Apache-2.0 */
/* The one question of rights: may the caller of this exchange do that there? */
#ifndef EXCHANGE_QUESTION_H
#define EXCHANGE_QUESTION_H

#include "exchange/exchange.h"

/** One CAM question about the exchange's caller; used by authz and, for copy sources and multi-delete, by handlers. @key may be empty. */
void authz_ask(struct cosmock_exchange *x, const char *action, const char *action_or,
               enum op_resource form, struct cos_span bucket, struct cos_span key,
               struct cam_verdict *out);
#endif
