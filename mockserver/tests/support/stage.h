/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant on rows that outlive it: opened again and again, changed in any way, and looked at
 * as a whole. For the tests of what a tenant is behind another opening, or a reset.
 */
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

#include "cosmock/cosmock.h"

#include "cosbase/buf.h"
#include "cosbase/rng.h"
#include "store/backend.h"

#define STAGE_ACCOUNT "100000000001"
#define STAGE_READER "100000000011"

/* Rows that outlive their tenant. */
struct stage {
    struct cosmock *mock;
    struct cosmock_tenant *t;
    struct backend *rows;
    const struct backend_ops *ops;
    struct backend_ops kept;
    struct cos_buf said;
};
int stage_open(void **state);
int stage_close(void **state);

/** What keeps the tenants of the stage's mock: cosmock.rows_of. */
struct backend *stage_rows_of(void *ctx, const char *name, struct cosmock_error *err);
/** The tenant, new or again, with @world: NULL: none given. What it warned of is in s->said. */
int stage_try_open(struct stage *s, const char *world, struct cosmock_error *err);
/** The same; what fails fails the test. */
void stage_open_again(struct stage *s, const char *world);

#define STAGE_TOKENS 64
struct tokens {
    char ids[STAGE_TOKENS][96];
    size_t n;
};
/** All there is to see of a tenant, those temporary keys included; the caller's. */
char *stage_see(struct cosmock_tenant *t, const struct tokens *tokens);
/** Of them: what a caller may do, by his uin or by a temporary key. */
void stage_see_verdicts(struct cos_buf *out, struct cosmock_tenant *t, const char *uin,
                        const char *secret_id);
/** A temporary key more; @policy NULL: of no session policy. */
void stage_issue(struct cosmock_tenant *t, struct tokens *tokens, const char *uin,
                 const char *policy);
/** One of all the changes there are, by chance. */
void stage_change(struct cosmock_tenant *t, struct cos_rng *rng, struct tokens *tokens);

/* policies */
extern const char stage_allow_get[], stage_deny_get[], stage_anyone_gets[];
extern const char stage_desk_world[], stage_first_world[];

#endif
