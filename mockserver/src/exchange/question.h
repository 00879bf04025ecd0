/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one question of rights: may this principal do that there? It is put together here and
 * nowhere else, for a request that is under way as for one that somebody only wonders about
 * (explain.c), so that both get the same answer. docs/internals/policy.md.
 */
#ifndef EXCHANGE_QUESTION_H
#define EXCHANGE_QUESTION_H

#include "exchange/context.h"
#include "exchange/lists.h"

/* What a question is made of; all borrowed. */
struct question_parts {
    struct cosmock_tenant *tenant;
    const struct cam_principal *who;
    struct cos_span action, resource;
    const struct bucket *bucket; /* NULL: there is none, and the resource is the caller's own */
    const struct cam_policy *bucket_policy;
    struct lists *lists; /* where the list is that decides */
    /* what conditions may ask about; a find of struct cam_context, with its ctx */
    void (*find_context)(void *ctx, const struct cam_key *key, struct cam_values *out);
    void *context;
    /* that shall be assumed, and is the resource; NULL: it is not about a role */
    const struct user *role;
    const struct cam_fact *facts; /* and what a call states besides */
    size_t n_facts;
};
struct cam_question question_of(const struct question_parts *parts);

/* What a request needs: @action, or @action_or where two documents disagree (else NULL). */
struct right {
    const char *action, *action_or;
    enum op_resource form;
    struct cos_span bucket, key; /* key may be empty */
};
/**
 * May the caller of @x? Asks, keeps question and answer for the journal. Used by authz and, key
 * by key, by DeleteMultipleObjects. With enforcement "soft" the answer is kept and yes is
 * returned; with "off" nothing is asked.
 */
void question_ask(struct cosmock_exchange *x, const struct right *right,
                  struct cam_verdict *out);

/** As question_ask(), on something in CAM of the caller's own account, which has two names
 *  where names[1] is not empty. */
void question_ask_names(struct cosmock_exchange *x, const char *action,
                        const struct cos_span names[2], struct cam_verdict *out);

/* A role that shall be assumed: how, by whom, and what he says for himself; borrowed. */
struct assumption {
    const char *action; /* "name/sts:AssumeRole" */
    const struct user *role;
    const struct cam_principal *who; /* the caller, or whom an identity provider vouches for */
    const struct cam_fact *facts;
    size_t n_facts;
};
/** As question_ask(). Policies may name a role by its name or by its id, so both are asked. */
void question_ask_assumption(struct cosmock_exchange *x, const struct assumption *a,
                             struct cam_verdict *out);
/** "qcs::cam::uin/<owner>:roleName/<name>" */
struct cos_span role_arn_by_name(struct cos_arena *arena, const struct user *role);

#endif
