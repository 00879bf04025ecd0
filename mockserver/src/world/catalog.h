/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an account keeps in CAM, as one value: its users and roles, its groups, its policies
 * with their versions, and what is attached to what. Who wants to change something reads it,
 * changes the value, and has a batch made of what has changed.
 *
 * What a user may do stands in his own row, so that a request looks at nothing else: the texts
 * of the policies that are attached to him or to a group of his (`granted`) are written anew by
 * whatever changes them, in the same batch. That is kept together by one number, which every
 * such batch counts on and expects as it was: of two that are made at the same time the second
 * one fails (BACKEND_UNEXPECTED), and is made again from what there is by then.
 */
#ifndef WORLD_CATALOG_H
#define WORLD_CATALOG_H

#include "cosbase/arena.h"
#include "world/rows.h"

struct cosmock_tenant;

/* Each was read from @row (a reference), or is new (NULL). */
struct catalog_user { /* an account, a user or a role */
    struct row *row;
    struct user_row said;
    bool is_changed, is_gone;
    struct cos_buf granted; /* while a batch is made */
    size_t last_granted;    /* the policy before whose index it was looked at */
};
struct catalog_group {
    struct row *row;
    struct named_group said;
    bool is_changed, is_gone;
};
struct catalog_policy {
    struct row *row;
    struct named_policy said;
    bool is_changed, is_gone;
};
struct catalog {
    struct cosmock_tenant *t;
    struct cos_arena *arena; /* of what is written into the value */
    struct cos_span owner_uin;
    struct row *mark; /* NULL: nothing has been counted yet */
    uint64_t number;
    struct catalog_user *users;
    struct catalog_group *groups;
    struct catalog_policy *policies;
    size_t n_users, n_groups, n_policies;
    struct batch *batch; /* with what is kept besides; NULL: nothing yet */
};

/** Everything of the account. Released in either case. */
enum backend_result catalog_read(struct catalog *c, struct cosmock_tenant *t,
                                 struct cos_arena *arena, struct cos_span owner_uin);
void catalog_release(struct catalog *c);
/** Where rows go that are kept besides: keys. NULL: no memory. */
struct batch *catalog_besides(struct catalog *c);
/** What has changed, with what comes of it, and what is kept besides; NULL: no memory. */
struct batch *catalog_batch(struct catalog *c);
struct cosmock_error;
/**
 * From outside: read, @change, and keep it; again where somebody else was faster. @change
 * returns 0, or a cosmock_status with err filled; @what names in messages what is changed.
 */
int catalog_change(struct cosmock_tenant *t, const char *owner_uin,
                   int (*change)(struct catalog *c, void *ctx, struct cosmock_error *err),
                   void *ctx, const char *what, struct cosmock_error *err);

/** The next number, of which ids are made: none comes again. */
uint64_t catalog_number(struct catalog *c);
/** Each is in the value then, new, with this id; NULL: no memory. */
struct catalog_user *catalog_add_user(struct catalog *c, struct cos_span uin);
struct catalog_group *catalog_add_group(struct catalog *c);
struct catalog_policy *catalog_add_policy(struct catalog *c);
/* By what they are called; NULL: there is none. */
struct catalog_user *catalog_user(struct catalog *c, struct cos_span uin);
struct catalog_user *catalog_user_named(struct catalog *c, struct cos_span name);
struct catalog_user *catalog_role_named(struct catalog *c, struct cos_span name);
struct catalog_group *catalog_group(struct catalog *c, struct cos_span id);
struct catalog_group *catalog_group_named(struct catalog *c, struct cos_span name);
struct catalog_policy *catalog_policy(struct catalog *c, struct cos_span id);
struct catalog_policy *catalog_policy_named(struct catalog *c, struct cos_span name);

/* --- attachments --- */

enum catalog_entity {
    CATALOG_USER,
    CATALOG_GROUP,
    CATALOG_ROLE,
    CATALOG_BOUNDED, /* whose boundary the policy is */
    CATALOG_ENTITIES
};
/** Since when, in unix ms; -1: it is not. */
int64_t catalog_is_attached(const struct catalog_policy *p, enum catalog_entity kind,
                            struct cos_span id);
void catalog_attach(struct catalog *c, struct catalog_policy *p, enum catalog_entity kind,
                    struct cos_span id);
void catalog_detach(struct catalog *c, struct catalog_policy *p, enum catalog_entity kind,
                    struct cos_span id);
/** From every policy that has it. */
void catalog_detach_all(struct catalog *c, enum catalog_entity kind, struct cos_span id);
struct catalog_attachment {
    enum catalog_entity kind;
    struct cos_span id;
    int64_t since_unix_ms;
};
/** The next one off *attached. */
bool catalog_attachment_next(struct cos_span *attached, struct catalog_attachment *out);
/** @p bounds @u instead of what did; NULL: nothing does. Whose text it is, the batch writes. */
void catalog_bound(struct catalog *c, struct catalog_user *u, struct catalog_policy *p);
/** Gone, with its memberships and attachments. */
void catalog_drop_user(struct catalog *c, struct catalog_user *u);

/* --- versions --- */

struct catalog_version {
    uint64_t number;
    int64_t created_unix_ms;
    struct cos_span document;
};
bool catalog_version_next(struct cos_span *versions, struct catalog_version *out);
bool catalog_version(const struct catalog_policy *p, uint64_t number,
                     struct catalog_version *out);
/** A new one, of the next number, which it returns. */
uint64_t catalog_add_version(struct catalog *c, struct catalog_policy *p,
                             struct cos_span document);
void catalog_drop_version(struct catalog *c, struct catalog_policy *p, uint64_t number);
/** The text that is in effect. */
struct cos_span catalog_document(const struct catalog_policy *p);

/* --- pairs (store/rows.h) as a value in the arena --- */

struct cos_span pairs_get(struct cos_span pairs, struct cos_span name); /* ptr NULL: none */
struct cos_span pairs_with(struct cos_arena *arena, struct cos_span pairs, struct cos_span name,
                           struct cos_span value);
struct cos_span pairs_without(struct cos_arena *arena, struct cos_span pairs,
                              struct cos_span name);
size_t pairs_count(struct cos_span pairs);

#endif
