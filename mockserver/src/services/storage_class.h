/* SPDX-License-Identifier: Apache-2.0 */
/* Which storage class a write gets: cos-operations-1.md s.9. */
#ifndef SERVICES_STORAGE_CLASS_H
#define SERVICES_STORAGE_CLASS_H

#include "services/choice.h"

/** The bucket of the request lies in several zones. */
bool storage_class_is_maz(const struct cosmock_exchange *x);
/** What the request says, or what its bucket gives. False: refused, it is none, or none of this
 *  bucket. */
bool storage_class_choose(struct cosmock_exchange *x, enum word *out);

#endif
