/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a tenant's world as JSON: in the ready line, and over the control API. */
#ifndef WORLD_KEYS_JSON_H
#define WORLD_KEYS_JSON_H

#include "cosmock/world.h"

struct cos_jw;

/**
 * The member "keys". It goes before secret_id and secret_key, the first account's: who looks
 * for those with a greedy pattern still finds them.
 *
 * Errors: as cosmock_key_each(); the array is closed all the same
 */
int keys_json(struct cos_jw *w, struct cosmock_tenant *t);

#endif
