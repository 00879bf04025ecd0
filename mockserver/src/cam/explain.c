/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole trace of a judgement as JSON: every statement of every layer with its first failing
 * clause, what it expected and what it got.
 */
#include "cam/layers.h"

#include "cosbase/json.h"

/* What is asked, of which layer, and whose account made its policies. */
struct trace {
    struct cos_jw *w;
    struct inquiry *in;
    enum cam_layer layer;
    const char *creator_uin;
};

/* By whichever way the caller is named. */
static enum clause trust_clause(const struct trace *t, const struct cam_statement *st)
{
    static const enum audience ways[] = {AUDIENCE_CALLERS_ROOT, AUDIENCE_CALLER,
                                         AUDIENCE_ANYONE};
    enum clause failing = CLAUSE_PRINCIPAL;
    for (size_t i = 0; i < COS_ARRAY_LEN(ways) && failing == CLAUSE_PRINCIPAL; i++) {
        failing = cam_first_failing(st, t->in, t->creator_uin, ways[i]);
    }
    return failing;
}

static enum clause failing_clause(const struct trace *t, const struct cam_statement *st)
{
    bool is_anonymous = t->in->keys.question->who->kind == CAM_ANONYMOUS;
    bool is_bucket = t->layer == CAM_LAYER_BUCKET;
    if (t->layer == CAM_LAYER_TRUST) {
        return trust_clause(t, st);
    }
    enum audience audience = !is_bucket     ? AUDIENCE_ALL
                             : is_anonymous ? AUDIENCE_ANYONE
                                            : AUDIENCE_CALLER;
    enum clause failing = cam_first_failing(st, t->in, t->creator_uin, audience);
    if (is_bucket && failing == CLAUSE_PRINCIPAL && !is_anonymous) {
        enum clause anyone = cam_first_failing(st, t->in, t->creator_uin, AUDIENCE_ANYONE);
        failing = anyone == CLAUSE_PRINCIPAL ? failing : anyone;
    }
    return failing;
}

static void trace_condition(const struct trace *t, const struct cam_statement *st)
{
    const struct cam_condition *c =
        cam_condition_failing(st->conditions, st->n_conditions, &t->in->keys);
    struct cam_values have = cam_asked_values(&t->in->keys, c);
    cos_jw_span(t->w, "key", c->key_name);
    cos_jw_span(t->w, "operator", c->name);
    cos_jw_span(t->w, "expected", c->values[0].text);
    if (have.n > 0) {
        cos_jw_span(t->w, "got", cam_value_at(&have, 0));
    }
}

static void trace_statement(const struct trace *t, const struct cam_policy *p, size_t index)
{
    static const char *const clauses[] = {"none", "action", "resource", "principal",
                                          "condition"};
    const struct cam_statement *st = &p->statements[index];
    enum clause failing = failing_clause(t, st);
    struct cos_jw *w = t->w;
    cos_jw_object(w, NULL);
    cos_jw_str(w, "layer", cam_layer_word(t->layer));
    cos_jw_span(w, "policy", p->name);
    cos_jw_u64(w, "statement", index);
    if (st->sid.len > 0) {
        cos_jw_span(w, "sid", st->sid);
    }
    cos_jw_str(w, "effect", st->is_deny ? "deny" : "allow");
    cos_jw_bool(w, "applies", failing == CLAUSE_NONE);
    if (failing != CLAUSE_NONE) {
        cos_jw_str(w, "first_failing", clauses[failing]);
    }
    if (failing == CLAUSE_ACTION) {
        cos_jw_span(w, "expected", st->actions[0]);
        cos_jw_span(w, "got", cam_action_plain(t->in->keys.question->action));
    } else if (failing == CLAUSE_RESOURCE) {
        cos_jw_span(w, "expected", st->resources[0].text);
        cos_jw_span(w, "got", t->in->keys.question->resource);
    } else if (failing == CLAUSE_CONDITION) {
        trace_condition(t, st);
    }
    cos_jw_end(w);
}

static void trace_layer(struct cos_jw *w, enum cam_layer layer, const struct cam_question *q,
                        struct layers *l, const struct cam_policy *const *policies, size_t n)
{
    struct trace t = {
        .w = w,
        .in = &l->in,
        .layer = layer,
        .creator_uin = layer == CAM_LAYER_BUCKET || layer == CAM_LAYER_TRUST
                           ? q->owner_uin
                           : q->who->owner_uin,
    };
    cos_jw_array(w, cam_layer_word(layer));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < policies[i]->n_statements; k++) {
            trace_statement(&t, policies[i], k);
        }
    }
    cos_jw_end(w);
}

static void trace_grants(struct cos_jw *w, const struct acl_list *list)
{
    struct acl_grants shown;
    acl_shown(&list->acl, &list->owners, &shown);
    cos_jw_array(w, "grants");
    for (size_t i = 0; i < shown.n; i++) {
        struct cos_buf b;
        cos_buf_init(&b, 256);
        acl_print_grant(&b, &shown.items[i]);
        cos_jw_span(w, NULL, cos_buf_view(&b));
        cos_buf_deinit(&b);
    }
    cos_jw_end(w);
}

/* The list that decides about the resource, whether it was needed or not. */
static void trace_list(struct cos_jw *w, struct layers *l, const struct cam_question *q)
{
    cam_consult_list(l, q);
    const struct list_opinion *o = &l->list;
    if (!o->is_asked || !o->is_found) {
        return;
    }
    cos_jw_object(w, "acl");
    cos_jw_str(w, "layer", cam_layer_word(o->list.layer));
    cos_jw_span(w, "of", o->list.of);
    cos_jw_str(w, "canned", acl_canned_word(o->list.acl.canned));
    trace_grants(w, &o->list);
    cos_jw_str(w, "needed", acl_permission_word(o->need.permission));
    cos_jw_bool(w, "applies", o->to_caller || o->to_anyone);
    cos_jw_end(w);
}

static void write_warnings(struct cos_jw *w, const struct cam_warning *warnings)
{
    for (; warnings != NULL; warnings = warnings->next) {
        cos_jw_span(w, NULL, warnings->text);
    }
}

static void write_verdict(struct cos_jw *w, const struct cam_question *q,
                          const struct cam_verdict *v, const struct opinion *by)
{
    cos_jw_str(w, "principal", q->who->kind == CAM_ANONYMOUS ? "anonymous" : q->who->uin);
    cos_jw_span(w, "action", q->action);
    cos_jw_span(w, "resource", q->resource);
    cos_jw_str(w, "verdict", v->allowed ? "allow" : "deny");
    cos_jw_str(w, "reason", cam_reason_word(v->reason));
    cos_jw_str(w, "layer", cam_layer_word(v->layer));
    if (by != NULL) {
        struct cos_span sid = by->policy->statements[by->statement].sid;
        cos_jw_span(w, "policy", v->policy);
        cos_jw_i64(w, "statement", v->statement);
        if (sid.len > 0) {
            cos_jw_span(w, "sid", sid);
        }
    } else if (v->policy.len > 0) {
        cos_jw_span(w, "policy", v->policy);
    }
    cos_jw_span(w, "why", v->why);
}

/* What the request says: of the keys that a condition asked for, and the facts of a trust. */
static void trace_context(struct cos_jw *w, struct cam_asked *keys)
{
    const struct cam_context *context = &keys->question->context;
    cos_jw_object(w, "context");
    for (size_t i = 0; i < context->n_facts; i++) {
        cos_jw_array(w, context->facts[i].key);
        cos_jw_span(w, NULL, context->facts[i].value);
        cos_jw_end(w);
    }
    for (size_t i = 0; i < CAM_KEYS; i++) {
        if ((keys->known & (UINT64_C(1) << i)) == 0 || keys->of[i].n == 0) {
            continue;
        }
        cos_jw_array(w, cam_key_of((enum cam_key_id)i)->name);
        for (size_t k = 0; k < keys->of[i].n; k++) {
            cos_jw_span(w, NULL, cam_value_at(&keys->of[i], k));
        }
        cos_jw_end(w);
    }
    cos_jw_end(w);
}

void cam_explain(struct cos_buf *out, const struct cam_question *question,
                 const struct cam_warning *warnings)
{
    const struct cam_question *q = question;
    struct cos_arena arena;
    cos_arena_init(&arena, 16u << 20);
    struct cam_verdict v;
    struct layers l;
    cam_judge(&arena, &v, &l, q);
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, NULL);
    write_verdict(&w, q, &v, l.by);
    const struct cam_policy *const *identity =
        (const struct cam_policy *const *)q->who->policies;
    trace_layer(&w, CAM_LAYER_IDENTITY, q, &l, identity, q->who->n_policies);
    const struct cam_policy *boundary = cam_boundary_of(q->who);
    trace_layer(&w, CAM_LAYER_BOUNDARY, q, &l, &boundary, boundary != NULL);
    trace_layer(&w, CAM_LAYER_SESSION, q, &l, &q->who->session, q->who->session != NULL);
    trace_layer(&w, CAM_LAYER_BUCKET, q, &l, &q->bucket, q->bucket != NULL);
    if (q->trust != NULL) {
        trace_layer(&w, CAM_LAYER_TRUST, q, &l, &q->trust, /* n= */ 1);
    }
    trace_list(&w, &l, q);
    cam_tell_near(&w, &arena, &l, q, &v);
    trace_context(&w, &l.in.keys);
    cos_jw_array(&w, "warnings");
    write_warnings(&w, warnings);
    for (size_t i = 0; i < q->who->n_policies; i++) {
        write_warnings(&w, cam_policy_warnings(identity[i]));
    }
    write_warnings(&w, cam_policy_warnings(boundary));
    write_warnings(&w, cam_policy_warnings(q->who->session));
    write_warnings(&w, cam_policy_warnings(q->bucket));
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_arena_deinit(&arena);
}
