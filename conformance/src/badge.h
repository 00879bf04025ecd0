/* SPDX-License-Identifier: Apache-2.0 */
/* A badge of a certificate that was verified: a picture, or an endpoint of shields.io. */
#ifndef CONFORM_BADGE_H
#define CONFORM_BADGE_H

#include "proof.h"

void badge_put_svg(struct cos_buf *b, const struct proof *certificate);
/** https://shields.io/badges/endpoint-badge, schemaVersion 1. */
void badge_put_json(struct cos_buf *b, const struct proof *certificate);

#endif
