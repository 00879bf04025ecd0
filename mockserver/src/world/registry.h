/* SPDX-License-Identifier: Apache-2.0 */
/* How tenants enter and leave the registry and claim names in it; the look-ups are in
 * world.h. */
#ifndef WORLD_REGISTRY_H
#define WORLD_REGISTRY_H

#include "world/map.h"
#include "world/world.h"

uint64_t registry_birth_number(struct cosmock *mock); /* 1 for the first tenant ever */
/** Take the tenant's name; it can claim names from now on, but no request finds it. 0; -1 no
 *  memory; 1 the name is taken. */
int registry_enter(struct cosmock_tenant *t);
void registry_open(struct cosmock_tenant *t);  /* its world is loaded: requests find it */
void registry_leave(struct cosmock_tenant *t); /* and give up every name, for good */
/** 0; -1 no memory, or the tenant has left; 1 taken, by this or another tenant. */
int registry_add_bucket(struct cosmock_tenant *t, struct bucket *b /* reference taken on 0 */);
int registry_claim_secret_id(struct cosmock_tenant *t, struct cos_span secret_id);
void registry_drop_bucket(struct cosmock_tenant *t, struct bucket *b);
void registry_give_up_secret_id(struct cosmock_tenant *t, struct cos_span secret_id);

#endif
