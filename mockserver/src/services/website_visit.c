/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Static websites: cos-operations-2.md s.10.2. The configuration acts on the website host
 * alone, on GET and HEAD. A path that ends with '/' means the index document below it, a path
 * that does not means that key and no folder. Rules are tried in their order: those of a prefix
 * before anything is looked for, those of an error when there is one; behind them stands the
 * error document. Rights are asked as everywhere, and of an error document, too: who may not
 * read it sees the service's own error.
 *
 * A redirect ends the request in stage admit. What an error becomes is its answer only: the
 * journal has the error itself.
 */
#include "services/website_visit.h"

#include "exchange/exchange.h"
#include "exchange/question.h"
#include "exchange/xml_out.h"
#include "services/stored.h"
#include "services/tier.h"
#include "services/website.h"

#define PAGE_SUFFIX ".html"
#define GET_OBJECT "name/cos:GetObject"

/* NULL: none that acts here. */
static const struct website *website_here(const struct cosmock_exchange *x)
{
    if (x->route.host.kind != HOST_WEBSITE) {
        return NULL;
    }
    bool is_read =
        cos_span_eq_str(x->parts.method, "GET") || cos_span_eq_str(x->parts.method, "HEAD");
    return is_read ? website_of(&x->target.at) : NULL;
}

/* What the path says, whatever it was taken for. */
static struct cos_span asked_key(const struct cosmock_exchange *x)
{
    return cos_span_from(x->parts.path, 1);
}

/* error_status 0: before anything is looked for. */
static const struct website_rule *rule_for(const struct website *w, struct cos_span key,
                                           int64_t error_status)
{
    for (size_t i = 0; i < w->n_rules; i++) {
        if (w->rules[i].error_status == error_status &&
            cos_span_starts(key, w->rules[i].prefix)) {
            return &w->rules[i];
        }
    }
    return NULL;
}

static struct cos_span key_by_rule(struct cosmock_exchange *x, const struct website_rule *rule)
{
    if (rule->key.ptr != NULL) {
        return rule->key;
    }
    struct cos_span rest = cos_span_from(asked_key(x), rule->prefix.len);
    const struct cos_span parts[] = {rule->key_prefix, rest};
    return cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
}

/* --- on the way in --- */

static bool is_folder(struct cos_span key)
{
    return key.len == 0 || key.ptr[key.len - 1] == '/';
}

void website_arrive(struct cosmock_exchange *x)
{
    const struct website *w = website_here(x);
    if (w == NULL) {
        return;
    }
    const struct website_rule *rule = rule_for(w, x->route.key, 0);
    if (rule != NULL && !rule->redirects) {
        x->route.key = key_by_rule(x, rule);
    }
    if (is_folder(x->route.key)) {
        const struct cos_span parts[] = {x->route.key, w->index_suffix};
        x->route.key = cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
        x->route.target = OP_ON_OBJECT;
    }
}

void website_find_page(struct cosmock_exchange *x)
{
    const struct website *w = x->target.object.object.row == NULL ? website_here(x) : NULL;
    if (w == NULL || !w->addresses_automatically) {
        return;
    }
    struct cos_span asked = x->route.key;
    const struct cos_span parts[] = {asked, COS_SPAN_LIT(PAGE_SUFFIX)};
    x->route.key = cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
    target_find(x);
    if (x->target.object.object.row == NULL) {
        x->route.key = asked;
        target_find(x);
    }
}

/* --- redirects --- */

static void redirect(struct cosmock_exchange *x, bool is_to_https, struct cos_span target)
{
    const struct cos_span parts[] = {is_to_https || x->parts.tls ? COS_SPAN_LIT("https://")
                                                                 : COS_SPAN_LIT("http://"),
                                     is_to_https ? x->parts.host_name : x->parts.host, target};
    x->result.status = SWITCH_IS(x->tenant, WEBSITE_REDIRECT_STATUS, 301) ? 301 : 302;
    result_header(x, "Location", cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts)));
}

static void redirect_by_rule(struct cosmock_exchange *x, const struct website_rule *rule)
{
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    cos_buf_ch(&b, '/');
    xml_out_percent(&b, key_by_rule(x, rule));
    x->failed = x->failed || b.failed;
    redirect(x, rule->is_to_https, cos_arena_span(&x->arena, cos_buf_view(&b)));
    cos_buf_deinit(&b);
}

void website_redirect(struct cosmock_exchange *x)
{
    const struct website *w = website_here(x);
    const struct website_rule *rule = w == NULL ? NULL : rule_for(w, asked_key(x), 0);
    if (w != NULL && w->is_to_https && !x->parts.tls) {
        const struct cos_span target[] = {x->parts.raw_path,
                                          x->parts.raw_query.len == 0 ? COS_SPAN_EMPTY
                                                                      : COS_SPAN_LIT("?"),
                                          x->parts.raw_query};
        redirect(x, /* is_to_https= */ true,
                 cos_arena_join(&x->arena, target, COS_ARRAY_LEN(target)));
    } else if (rule != NULL && rule->redirects) {
        redirect_by_rule(x, rule);
    } else {
        return;
    }
    x->result.refused_by = STAGE_ADMIT;
}

/* --- errors --- */

static void forget_found(struct found_object *found)
{
    (void)row_unref(found->object.row);
    (void)row_unref(found->link.row);
}

/* What can be shown to anybody as it is kept: no link, which would need a second right, nothing
 * encrypted, nothing that would have to be restored. */
static bool is_page(struct cosmock_exchange *x, const struct object *o)
{
    return o->row != NULL && object_facet(o, FACET_SYMLINK).ptr == NULL &&
           object_facet(o, FACET_SSE).ptr == NULL && !stored_is_archived(o) &&
           tier_of(x, &x->target.at, o) < TIER_ARCHIVE;
}

/* The object of @key becomes what the request has found, if the caller may read it. */
static bool take_page(struct cosmock_exchange *x, struct cos_span key)
{
    static const struct version_name latest = {.kind = VERSION_LATEST};
    struct found_object page = {.why = STORE_OK};
    target_find_object(x, &x->target.at, key, latest, &page);
    if (!is_page(x, &page.object)) {
        forget_found(&page);
        return false;
    }
    struct found_object missed = x->target.object;
    struct cos_span asked = x->route.key;
    x->target.object = page;
    x->route.key = key;
    struct cam_verdict verdict;
    question_ask(x, &(struct right){GET_OBJECT, NULL, OP_RES_OBJECT, x->route.bucket, key},
                 &verdict);
    x->route.key = asked;
    x->target.object = verdict.allowed ? page : missed;
    forget_found(verdict.allowed ? &missed : &page);
    return verdict.allowed;
}

static void hide_error(struct result *r)
{
    r->hidden = r->error;
    r->error = NULL;
    r->n_headers = 0;
}

static void answer_with_page(struct cosmock_exchange *x, int status)
{
    struct result *r = &x->result;
    r->status = status;
    hide_error(r);
    r->object = &x->target.object.object;
    r->first = 0;
    r->count = r->object->bytes;
}

void website_answer_error(struct cosmock_exchange *x)
{
    const struct website *w = website_here(x);
    bool is_about_key = x->result.refused_by == STAGE_ADMIT ||
                        x->result.refused_by == STAGE_AUTHZ ||
                        x->result.refused_by == STAGE_EXECUTE;
    if (w == NULL || x->failed || x->result.error == NULL || !is_about_key) {
        return;
    }
    int status = x->result.status;
    const struct website_rule *rule = rule_for(w, asked_key(x), status);
    if (rule != NULL && rule->redirects) {
        hide_error(&x->result);
        redirect_by_rule(x, rule);
    } else if (rule != NULL && take_page(x, key_by_rule(x, rule))) {
        answer_with_page(x, status);
    } else if (rule == NULL && w->error_key.len > 0 && take_page(x, w->error_key)) {
        answer_with_page(x, w->keeps_error_status ? status : 200);
    }
}
