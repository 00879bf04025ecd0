/* SPDX-License-Identifier: Apache-2.0 */
/* Why a signature v5 is another one: what the client did otherwise. */
#ifndef AUTHN_COS_MISTAKES_H
#define AUTHN_COS_MISTAKES_H

#include "authn/cos_canonical.h"

/** Of a request whose signature does not hold; @c is sorted as refusals show it, and
 *  x->identity has our strings. Leaves the cause and the client's strings there, if a known
 *  mistake makes its signature. */
void cos_mistakes_look(struct cosmock_exchange *x, const struct cos_auth *auth,
                       struct cos_canonical *c);

#endif
