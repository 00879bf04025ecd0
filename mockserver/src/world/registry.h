/* SPDX-License-Identifier: Apache-2.0 */
/* How tenants enter and leave the registry and claim names in it; the look-ups are in
 * world.h. */
#ifndef WORLD_REGISTRY_H
#define WORLD_REGISTRY_H

#include "world/map.h"
#include "world/world.h"

uint64_t registry_birth_number(struct cosmock *mock); /* 1 for the first tenant ever */
/** Take the tenant's name; it can claim names from now on, but no request finds it. 0; -1 no
 *  memory; 1 the name is taken; 2 by one that has left, whose rows are kept under the name and
 *  which requests under way still hold: two backends would write into one space. */
int registry_enter(struct cosmock_tenant *t);
/** A tenant of this name that nobody has: from now on the caller. NULL: none. */
struct cosmock_tenant *registry_claim(struct cosmock *mock, const char *name);
void registry_unclaim(struct cosmock_tenant *t); /* nobody has it, after all */
void registry_open(struct cosmock_tenant *t);    /* its world is loaded: requests find it */
/** Give up every name for good; its own only when nothing is kept under it. */
void registry_leave(struct cosmock_tenant *t);
void registry_forget(struct cosmock_tenant *t); /* nobody holds it: its own name is free */
/** 0; -1 no memory, or the tenant has left; 1 taken, by this or another tenant. */
int registry_claim_bucket(struct bucket *b /* reference taken on 0 */);
/** From now on look-ups find the bucket @name that was claimed, and @row is what it is kept as;
 *  NULL: nobody has claimed it. A reference. */
struct bucket *registry_keep_bucket(struct cosmock_tenant *t, struct cos_span name,
                                    struct row *row);
/** A new bucket @b, a reference, instead of the one of its name, which requests under way may
 *  hold: the tenant begins anew. False: there was none, and no memory for a place. */
bool registry_replace_bucket(struct bucket *b, struct row *row);
uint32_t registry_next_bucket_id(struct cosmock_tenant *t);
uint32_t registry_last_bucket_id(struct cosmock_tenant *t);
void registry_bucket_id_taken(struct cosmock_tenant *t, uint32_t id);
void registry_drop_former(struct cosmock_tenant *t); /* kept buckets of former eras */
/** The tenant has @name, and not as one that is claimed with this id. */
bool registry_has_another(struct cosmock_tenant *t, struct cos_span name, uint32_t id);
/** A reference to who has the name, kept or not; NULL: nobody. */
struct bucket *registry_bucket_holder(struct cosmock *mock, struct cos_span name);
/** Of its id, a reference; NULL: none. */
struct bucket *registry_bucket_by_id(struct cosmock_tenant *t, uint32_t id);
/** From now on the bucket has this row of its documents, or none (NULL). @next: a new set,
 *  which becomes what it has; borrowed. */
void registry_bucket_document(struct bucket *b, enum bucket_document which, struct row *row,
                              struct bucket_documents *next);
int registry_claim_secret_id(struct cosmock_tenant *t, struct cos_span secret_id);
void registry_drop_bucket(struct bucket *b);
void registry_give_up_bucket(struct bucket *b); /* unless it is kept */
void registry_give_up_secret_id(struct cosmock_tenant *t, struct cos_span secret_id);

#endif
