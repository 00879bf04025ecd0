/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a request speaks for. One value for every way of being somebody: a stage asks what it
 * needs to know (kind, owner, policies) and never how the caller got there.
 * docs/internals/identity.md.
 */
#ifndef EXCHANGE_PRINCIPAL_H
#define EXCHANGE_PRINCIPAL_H

#include "world/world.h"

struct principal {
    struct cam_principal who; /* what CAM judges; borrows from the references below */
    struct user *user;      /* reference; of a token: whom it was issued to; NULL: anonymous */
    struct access_key *key; /* reference; NULL: asked about from outside, or anonymous */
    /* reference or NULL; as they were when the principal was made */
    struct policy_set *policies;
};
/** Nobody: the beginning of every request. */
void principal_anonymous(struct principal *p);
/** A root account, a sub-account or a role by itself. */
void principal_of_user(struct principal *p, struct cosmock_tenant *t, struct user *user);
/** Whoever may use @key. */
void principal_of_key(struct principal *p, const struct key_view *found);
void principal_deinit(struct principal *p);

/* sts-cam.md s.2, 1312/66098: as GetCallerIdentity names it; of nobody "". */
struct cos_span principal_arn(struct cos_arena *arena, const struct principal *p);
/** Its uin, of a role the id; behind a @separator the name of the token, where it has one. */
struct cos_span principal_name(struct cos_arena *arena, const struct principal *p,
                               char separator);

#endif
