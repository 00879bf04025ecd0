/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something is denied, in one English line: who, action, resource, the statement that
 * decided or the one that came closest with what it lacked, and what would allow it. It stands
 * in x-cosmock-reason, in the journal and in explanations.
 */
#include "cam/layers.h"

static void print_policy(struct cos_buf *b, const struct cam_policy *p)
{
    bool is_identity = p->use == CAM_IDENTITY;
    cos_buf_printf(b, is_identity ? "policy '" COS_SPAN_FMT "'" : "the " COS_SPAN_FMT,
                   COS_SPAN_ARG(p->name));
}

void cam_print_statement(struct cos_buf *b, const struct cam_policy *p, int index,
                         struct cos_span sid)
{
    cos_buf_printf(b, "statement %d ", index);
    if (sid.len > 0) {
        cos_buf_printf(b, "(sid '" COS_SPAN_FMT "') ", COS_SPAN_ARG(sid));
    }
    cos_buf_str(b, "of ");
    print_policy(b, p);
}

static void print_statement(struct cos_buf *b, const struct cam_policy *p, int index)
{
    cam_print_statement(b, p, index, p->statements[index].sid);
}

/* " wants sts:external_id (string_equal) 'abc', the request has none" */
static void print_condition(struct cos_buf *b, const struct cam_statement *st,
                            struct cam_asked *keys)
{
    const struct cam_condition *c =
        cam_condition_failing(st->conditions, st->n_conditions, keys);
    struct cam_values have = cam_asked_values(keys, c);
    cos_buf_printf(b, " wants " COS_SPAN_FMT " (" COS_SPAN_FMT ") '" COS_SPAN_FMT "'%s, ",
                   COS_SPAN_ARG(c->key_name), COS_SPAN_ARG(c->name),
                   COS_SPAN_ARG(c->values[0].text), c->n_values > 1 ? " (and others)" : "");
    if (have.n == 0) {
        cos_buf_str(b, "the request has none");
    } else {
        cos_buf_printf(b, "the request has '" COS_SPAN_FMT "'%s",
                       COS_SPAN_ARG(cam_value_at(&have, 0)), have.n > 1 ? " (and others)" : "");
    }
}

/* "statement 0 of policy 'read-only' allows the action on qcs::... only" of the statement that
 * came closest. */
static void print_near(struct cos_buf *b, const struct opinion *o, struct cam_asked *keys)
{
    const struct cam_statement *st = &o->near_policy->statements[o->near_statement];
    print_statement(b, o->near_policy, o->near_statement);
    if (o->near_clause == CLAUSE_ACTION) {
        cos_buf_printf(b, " allows action " COS_SPAN_FMT "%s only",
                       COS_SPAN_ARG(st->actions[0]), st->n_actions > 1 ? " (and others)" : "");
    } else if (o->near_clause == CLAUSE_RESOURCE) {
        cos_buf_printf(b, " allows the action on " COS_SPAN_FMT "%s only",
                       COS_SPAN_ARG(st->resources[0].text),
                       st->n_resources > 1 ? " (and others)" : "");
        if (cos_span_eq_str(st->resources[0].account, "uid/*")) {
            cos_buf_str(b, " (uid/* matches no account: write uid/<appid>)");
        }
    } else if (o->near_clause == CLAUSE_CONDITION) {
        print_condition(b, st, keys);
    } else {
        cos_buf_str(b, " is for somebody else");
    }
}

static void print_trust_gap(struct cos_buf *b, struct layers *l, const struct cam_question *q)
{
    const struct opinion *o = &l->trust;
    if (o->near_policy == NULL) {
        print_policy(b, q->trust);
        cos_buf_str(b, " has no statement that could allow it");
    } else {
        print_near(b, o, &l->in.keys);
    }
    cos_buf_str(b, "; let the role's trust policy name the caller");
}

/* What @limit, whose word is @o, does not let pass. */
static void print_limit_gap(struct cos_buf *b, struct layers *l, const struct opinion *o,
                            const struct cam_policy *limit)
{
    if (o->near_policy != NULL) {
        print_near(b, o, &l->in.keys);
    } else {
        print_policy(b, limit);
        cos_buf_str(b, " has no statement that could allow it");
    }
    cos_buf_str(b, limit->use == CAM_SESSION
                       ? "; ask for a token whose policy allows it"
                       : "; a boundary gives nothing, but what it leaves out no policy gives");
}

static void print_caller(struct cos_buf *b, const struct cam_principal *who)
{
    if (who->kind == CAM_ANONYMOUS && who->provider != NULL) {
        cos_buf_printf(b, "a user of %s", who->provider);
    } else if (who->kind == CAM_ANONYMOUS) {
        cos_buf_str(b, "anonymous");
    } else if (who->kind == CAM_ROLE) {
        cos_buf_printf(b, "role %s (%s)", who->role, who->uin);
    } else {
        cos_buf_printf(b, "uin %s", who->uin);
    }
}

static void print_identity_gap(struct cos_buf *b, struct layers *l,
                               const struct cam_question *q)
{
    const struct opinion *o = &l->identity;
    if (o->near_policy != NULL) {
        print_near(b, o, &l->in.keys);
    } else if (q->who->n_policies == 0) {
        print_caller(b, q->who);
        cos_buf_str(b, " has no policy");
    } else {
        cos_buf_str(b, "no statement of ");
        for (size_t i = 0; i < q->who->n_policies; i++) {
            cos_buf_str(b, i == 0 ? "" : ", ");
            print_policy(b, q->who->policies[i]);
        }
        cos_buf_str(b, " could allow it");
    }
    cos_buf_str(b, "; allow the action on that resource to ");
    print_caller(b, q->who);
}

/* The caller has what it needs at home; what is missing is the word of the resource's owner
 * (598/10605). */
static bool lacks_grant_of_owner(const struct layers *l, const struct cam_question *q)
{
    bool is_foreign = strcmp(q->who->owner_uin, q->owner_uin) != 0;
    return is_foreign && (cam_speaks_for_account(q->who) || cam_own_policies_allow(l));
}

/* What is missing to somebody who did not sign. */
static void print_public_gap(struct cos_buf *b, const struct layers *l)
{
    cos_buf_str(b, "no signature and no bucket policy that allows anyone");
    if (l->list.is_found) {
        cos_buf_printf(b, ", nor %s to AllUsers in the %s of " COS_SPAN_FMT,
                       acl_permission_word(l->list.need.permission),
                       cam_layer_word(l->list.list.layer), COS_SPAN_ARG(l->list.list.of));
    }
    cos_buf_str(b, "; sign the request");
}

struct cos_span cam_say_denied(struct cos_arena *arena, const struct cam_verdict *v,
                               struct layers *l, const struct cam_question *q)
{
    struct cos_buf b;
    cos_buf_init(&b, 8192);
    print_caller(&b, q->who);
    cos_buf_printf(&b, " may not " COS_SPAN_FMT " on " COS_SPAN_FMT ": ",
                   COS_SPAN_ARG(q->action), COS_SPAN_ARG(q->resource));
    if (l->by != NULL) {
        print_statement(&b, l->by->policy, l->by->statement);
        cos_buf_str(&b, " denies it; remove or narrow that statement");
    } else if (v->reason == CAM_REASON_IMPLICIT_DENY_SESSION) {
        print_limit_gap(&b, l, &l->session, q->who->session);
    } else if (v->reason == CAM_REASON_IMPLICIT_DENY_BOUNDARY) {
        print_limit_gap(&b, l, &l->boundary, q->who->boundary);
    } else if (v->reason == CAM_REASON_IMPLICIT_DENY_TRUST) {
        print_trust_gap(&b, l, q);
    } else if (q->trust == NULL && q->who->kind == CAM_ANONYMOUS) {
        print_public_gap(&b, l);
    } else if (q->trust == NULL && lacks_grant_of_owner(l, q)) {
        cos_buf_printf(&b,
                       "it belongs to account %s, whose bucket policy does not grant it; add a "
                       "statement for qcs::cam::uin/%s:uin/%s to that bucket policy",
                       q->owner_uin, q->who->owner_uin, q->who->uin);
    } else {
        print_identity_gap(&b, l, q);
    }
    struct cos_span why = cos_arena_span(arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return why;
}

struct cos_span cam_say_grant(struct cos_arena *arena, const struct layers *l)
{
    struct cos_buf b;
    cos_buf_init(&b, 4096);
    acl_print_grant(&b, l->grant);
    cos_buf_printf(&b, " (acl of " COS_SPAN_FMT ")", COS_SPAN_ARG(l->list.list.of));
    struct cos_span text = cos_arena_span(arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return text;
}
