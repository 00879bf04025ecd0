/* SPDX-License-Identifier: Apache-2.0 */
/* How tenants enter and leave the registry and claim names in it; the look-ups are in world.h. */
#ifndef WORLD_REGISTRY_H
#define WORLD_REGISTRY_H

#include "world/map.h"
#include "world/world.h"

uint64_t registry_birth_number(struct cosmock *mock); /* 1 for the first tenant ever */
int registry_enter(
    struct cosmock_tenant *t); /* 0; -1 no memory; 1 the tenant's name is taken */
void registry_leave(struct cosmock_tenant *t); /* and give up every name */
/** 0; -1 no memory; 1 taken, by this or another tenant. */
int registry_claim_bucket(struct cosmock_tenant *t, struct cos_span bucket);
int registry_claim_secret_id(struct cosmock_tenant *t, struct cos_span secret_id);
void registry_give_up_bucket(struct cosmock_tenant *t, struct cos_span bucket);
void registry_give_up_secret_id(struct cosmock_tenant *t, struct cos_span secret_id);

#endif
