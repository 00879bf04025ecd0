/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of request that either policy tells apart (space.h) is put to both. An answer is
 * allow, deny, or nothing: whether a policy denies or is silent matters as soon as another
 * policy allows. What a bucket's policy says to a root is asked of the root of another account:
 * to the bucket's own it says nothing that counts.
 */
#include "advice/diff.h"

#include "cam/policy.h"
#include "cosbase/json.h"

#define ARENA_MAX_BYTES ((size_t)64 << 20)
#define OTHER_OWNER_UIN "100000000099"

struct comparison {
    struct diff *out;
    struct cam_policy *a, *b;
    struct cosmock_tenant *tenant;
    struct cos_arena arena; /* of the point */
};

/* --- an answer --- */

static enum cam_says word_of(const struct cam_verdict *v)
{
    return v->allowed                                     ? CAM_ALLOW
           : v->reason == CAM_REASON_EXPLICIT_DENY_BUCKET ? CAM_DENY
                                                          : CAM_IMPLICIT;
}

static enum cam_says answer(struct comparison *c, struct cam_policy *p,
                            const struct advice_point *point)
{
    if (p->use != CAM_BUCKET) {
        return advice_says(&c->arena, c->tenant, p, point->who, &point->q);
    }
    const struct advice_bench bench = {
        .tenant = c->tenant,
        .who = *point->who,
        .bucket_policy = p,
        .owner_uin = point->who->kind == CAM_ANONYMOUS || cam_speaks_for_account(point->who)
                         ? OTHER_OWNER_UIN
                         : NULL,
        .owns_all = true,
    };
    struct cam_verdict v;
    advice_ask(&c->arena, &v, &bench, &point->q);
    return word_of(&v);
}

/* --- keeping it --- */

/* The change of the same requests, but for what conditions ask, that is kept already. */
static struct diff_change *find_like(const struct diff *d, const struct advice_point *point,
                                     enum cam_says was, enum cam_says is)
{
    for (size_t i = d->n; i > 0; i--) {
        struct diff_change *c = &d->changes[i - 1];
        bool is_of_these = c->who->kind == point->who->kind &&
                           strcmp(c->who->uin, point->who->uin) == 0 &&
                           strcmp(c->actions[0], point->actions[0]) == 0 &&
                           cos_span_eq(c->resource, point->q.resource);
        if (!is_of_these) {
            return NULL;
        }
        if (c->was == was && c->is == is) {
            return c;
        }
    }
    return NULL;
}

static const char **copy_texts(struct cos_arena *a, const char *const *texts, size_t n)
{
    const char **copy = cos_arena_array(a, n + 1, sizeof(char *));
    for (size_t i = 0; i < n && copy != NULL; i++) {
        copy[i] = cos_arena_str(a, cos_span_of(texts[i]));
    }
    return copy;
}

static const struct cam_principal *copy_who(struct cos_arena *a,
                                            const struct cam_principal *who)
{
    struct cam_principal *copy = cos_arena_alloc(a, sizeof(*copy));
    if (copy != NULL) {
        *copy = *who;
        copy->uin = cos_arena_str(a, cos_span_of(who->uin));
        copy->owner_uin = cos_arena_str(a, cos_span_of(who->owner_uin));
        copy->role = who->role == NULL ? NULL : cos_arena_str(a, cos_span_of(who->role));
    }
    return copy;
}

static void keep(struct diff *d, const struct advice_point *point, enum cam_says was,
                 enum cam_says is)
{
    struct diff_change *like = find_like(d, point, was, is);
    if (like != NULL) {
        like->n_contexts++;
        return;
    }
    if (d->n == DIFF_CHANGES_MAX) {
        d->n_left_out++;
        return;
    }
    d->changes[d->n] = (struct diff_change){
        .actions = copy_texts(&d->arena, point->actions, point->n_actions),
        .n_actions = point->n_actions,
        .who = copy_who(&d->arena, point->who),
        .resource = cos_arena_span(&d->arena, point->q.resource),
        .context = copy_texts(&d->arena, point->q.context, point->q.n_context),
        .n_context = point->q.n_context,
        .n_contexts = 1,
        .was = was,
        .is = is,
    };
    d->n += d->arena.failed ? 0 : 1;
}

static bool compare(void *ctx, const struct advice_point *point)
{
    struct comparison *c = ctx;
    cos_arena_clear(&c->arena);
    enum cam_says was = answer(c, c->a, point);
    enum cam_says is = answer(c, c->b, point);
    if (was != is) {
        keep(c->out, point, was, is);
    }
    return !c->out->arena.failed;
}

bool advice_diff(struct diff *out, struct cam_policy *a, struct cam_policy *b,
                 struct cosmock_tenant *t)
{
    *out = (struct diff){.n = 0};
    cos_arena_init(&out->arena, ARENA_MAX_BYTES);
    out->changes = cos_arena_array(&out->arena, DIFF_CHANGES_MAX, sizeof(*out->changes));
    const struct cam_policy *const both[] = {a, b};
    const struct cam_principal who = {.kind = a->use == CAM_SESSION ? CAM_FEDERATED : CAM_USER,
                                      .uin = ADVICE_USER_UIN,
                                      .owner_uin = ADVICE_OWNER_UIN,
                                      .appid = ADVICE_APPID};
    const struct advice_space_of of = {.policies = both, .n_policies = 2, .who = &who};
    struct advice_space *space = out->changes == NULL ? NULL : advice_space_new(&of);
    if (space == NULL) {
        return false;
    }
    struct comparison c = {.out = out, .a = a, .b = b, .tenant = t};
    cos_arena_init(&c.arena, ARENA_MAX_BYTES);
    advice_space_visit(space, compare, &c);
    const char *gap = advice_space_gap(space);
    (void)snprintf(out->gap, sizeof(out->gap), "%s", gap == NULL ? "" : gap);
    cos_arena_deinit(&c.arena);
    (void)advice_space_free(space);
    return !out->arena.failed;
}

void diff_deinit(struct diff *d)
{
    cos_arena_deinit(&d->arena);
}

/* --- printing --- */

static const char *says_word(enum cam_says says)
{
    return says == CAM_ALLOW ? "allow" : says == CAM_DENY ? "deny" : "silent";
}

static void print_who(struct cos_buf *out, const struct cam_principal *who)
{
    if (who->kind == CAM_ANONYMOUS) {
        cos_buf_str(out, "anonymous");
    } else if (who->kind == CAM_ROLE) {
        cos_buf_printf(out, "role %s", who->role[0] != '\0' ? who->role : who->uin);
    } else {
        cos_buf_printf(out, "%s/%s", who->owner_uin, who->uin);
    }
}

static void print_change(struct cos_buf *out, const struct diff_change *c)
{
    cos_buf_printf(out, "%s -> %s: ", says_word(c->was), says_word(c->is));
    for (size_t i = 0; i < c->n_actions; i++) {
        cos_buf_printf(out, "%sname/%s", i == 0 ? "" : ", ", c->actions[i]);
    }
    cos_buf_printf(out, "\n    on " COS_SPAN_FMT, COS_SPAN_ARG(c->resource));
    for (size_t i = 0; i < c->n_context; i++) {
        cos_buf_printf(out, "%s%s", i == 0 ? "\n    with " : ", ", c->context[i]);
    }
    if (c->n_contexts > 1) {
        cos_buf_printf(out, " (and %zu more)", c->n_contexts - 1);
    }
    cos_buf_str(out, "\n    to ");
    print_who(out, c->who);
    cos_buf_ch(out, '\n');
}

void diff_print(struct cos_buf *out, const struct diff *d)
{
    for (size_t i = 0; i < d->n; i++) {
        print_change(out, &d->changes[i]);
    }
    if (d->n == 0) {
        cos_buf_printf(out, "no difference%s\n", d->gap[0] == '\0' ? "" : " was found");
    } else {
        cos_buf_printf(out, "%zu kinds of requests get another answer%s\n",
                       d->n + d->n_left_out, d->n_left_out == 0 ? "" : "; not all are shown");
    }
    if (d->gap[0] != '\0') {
        cos_buf_printf(out, "only sampled: %s\n", d->gap);
    }
}

/* {"cos:prefix": ["dir/"]} */
static void write_context(struct cos_jw *w, const struct diff_change *c)
{
    cos_jw_object(w, "context");
    for (size_t i = 0; i < c->n_context;) {
        struct cos_span rest = cos_span_of(c->context[i]);
        struct cos_span key = cos_span_cut(&rest, '=');
        char name[80];
        (void)snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(key));
        cos_jw_array(w, name);
        do {
            cos_jw_span(w, /* name= */ NULL, rest);
            i++;
            rest = i < c->n_context ? cos_span_of(c->context[i]) : COS_SPAN_EMPTY;
        } while (i < c->n_context && cos_span_eq(cos_span_cut(&rest, '='), key));
        cos_jw_end(w);
    }
    cos_jw_end(w);
}

static void write_change(struct cos_jw *w, const struct diff_change *c)
{
    struct cos_buf who;
    cos_buf_init(&who, 1024);
    print_who(&who, c->who);
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_str(w, "was", says_word(c->was));
    cos_jw_str(w, "is", says_word(c->is));
    cos_jw_array(w, "actions");
    for (size_t i = 0; i < c->n_actions; i++) {
        char name[160];
        (void)snprintf(name, sizeof(name), "name/%s", c->actions[i]);
        cos_jw_str(w, /* name= */ NULL, name);
    }
    cos_jw_end(w);
    cos_jw_span(w, "resource", c->resource);
    write_context(w, c);
    cos_jw_span(w, "principal", cos_buf_view(&who));
    cos_jw_end(w);
    cos_buf_deinit(&who);
}

void diff_print_json(struct cos_buf *out, const struct diff *d)
{
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_bool(&w, "same", d->n == 0);
    cos_jw_bool(&w, "exact", d->gap[0] == '\0');
    if (d->gap[0] != '\0') {
        cos_jw_str(&w, "sampled", d->gap);
    }
    cos_jw_array(&w, "changes");
    for (size_t i = 0; i < d->n; i++) {
        write_change(&w, &d->changes[i]);
    }
    cos_jw_end(&w);
    cos_jw_u64(&w, "left_out", d->n_left_out);
    cos_jw_end(&w);
    cos_buf_ch(out, '\n');
}
