/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom domains: cos-operations-2.md s.14. Which they are stands in a document of their bucket
 * (services/domain.c says what it may hold), and it is read here because tunnels and the
 * certificate ask for a host without any request. Nobody keeps an index: only a host that has
 * none of the forms comes here, and then every bucket is asked.
 */
#include "world/domains.h"

#include "cosbase/alloc.h"
#include "cosbase/xml.h"
#include "world/bucket_documents.h"
#include "world/mock.h"

struct domains {
    struct cos_xml *xml;
};

static void forget(void *value)
{
    struct domains *d = value;
    d->xml = cos_xml_free(d->xml);
    cos_free(d);
}

static void *parse(struct cos_span text)
{
    struct domains *d = cos_calloc(1, sizeof(*d));
    struct cos_text_error why;
    if (d != NULL && cos_xml_parse(&d->xml, text, /* limits= */ NULL, &why) < 0) {
        forget(d);
        d = NULL;
    }
    return d;
}

static enum host_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        enum host_kind kind;
    } kinds[] = {{"REST", HOST_BUCKET},
                 {"WEBSITE", HOST_WEBSITE},
                 {"ACCELERATE", HOST_ACCELERATE}};
    for (size_t i = 0; type != NULL && i < COS_ARRAY_LEN(kinds); i++) {
        if (strcmp(type, kinds[i].type) == 0) {
            return kinds[i].kind;
        }
    }
    return HOST_FOREIGN;
}

/* NULL: it is not named. */
static const struct cos_xml *rule_of(const struct domains *d, struct cos_span name)
{
    const struct cos_xml *rule = d == NULL ? NULL : cos_xml_first(d->xml);
    while (rule != NULL &&
           !cos_span_eq_nocase(cos_span_of(cos_xml_child_text(rule, "Name")), name)) {
        rule = cos_xml_next(rule);
    }
    return rule;
}

/* NULL: the bucket does not name it. */
static const struct cos_xml *rule_in(const struct bucket_view *v, struct cos_span name)
{
    static const struct bucket_document_kind kind = {parse, forget};
    return rule_of(bucket_document_value(v, BUCKET_DOMAIN, &kind), name);
}

/* HOST_FOREIGN: the bucket has it not, or switched off. */
static enum host_kind kind_in(const struct bucket_view *v, struct cos_span name)
{
    const struct cos_xml *rule = rule_in(v, name);
    const char *status = rule == NULL ? NULL : cos_xml_child_text(rule, "Status");
    return status != NULL && strcmp(status, "ENABLED") == 0
               ? kind_of(cos_xml_child_text(rule, "Type"))
               : HOST_FOREIGN;
}

struct search {
    struct cos_span name;
    /* whoever else names it, on or off; NULL: who has it on */
    const char *but;
    const struct cosmock_tenant *not_in; /* NULL: in any */
    struct cosmock_tenant *tenant;       /* a reference; NULL: not found yet */
    struct bucket_view at;
    enum host_kind kind;
};

/* HOST_FOREIGN: it is not what is sought. */
static enum host_kind judge(const struct search *s, const struct bucket_view *v,
                            const struct bucket *b)
{
    if (s->but == NULL) {
        return kind_in(v, s->name);
    }
    return !cos_span_eq_str(cos_span_of(b->name), s->but) && rule_in(v, s->name) != NULL
               ? HOST_BUCKET
               : HOST_FOREIGN;
}

static void ask_bucket(struct search *s, struct cosmock_tenant *t, const struct bucket *b)
{
    struct bucket_view v = world_bucket_view(t, cos_span_of(b->name));
    enum host_kind kind = s->tenant == NULL ? judge(s, &v, b) : HOST_FOREIGN;
    if (kind == HOST_FOREIGN) {
        bucket_view_release(&v);
        return;
    }
    s->tenant = tenant_ref(t);
    s->at = v;
    s->kind = kind;
}

static void ask_tenant(void *ctx, struct cosmock_tenant *t)
{
    struct search *s = ctx;
    size_t most = s->tenant != NULL || t == s->not_in ? 0 : world_bucket_count(t);
    struct bucket **all = most == 0 ? NULL : cos_calloc(most, sizeof(struct bucket *));
    size_t n = all == NULL ? 0 : world_buckets_of(t, /* owner_uin= */ NULL, all, most);
    for (size_t i = 0; i < n; i++) {
        ask_bucket(s, t, all[i]);
        bucket_unref(all[i]);
    }
    cos_free(all);
}

struct cosmock_tenant *domain_find(struct cosmock *mock, struct cos_span name,
                                   struct bucket_view *at, enum host_kind *kind)
{
    struct search s = {.name = name};
    if (cos_span_chr(name, '.') != SIZE_MAX) {
        registry_each(mock, ask_tenant, &s);
    }
    if (s.tenant != NULL) {
        *at = s.at;
        *kind = s.kind;
    }
    return s.tenant;
}

static bool is_found(struct cosmock *mock, struct search *s)
{
    registry_each(mock, ask_tenant, s);
    if (s->tenant == NULL) {
        return false;
    }
    bucket_view_release(&s->at);
    (void)tenant_unref(s->tenant);
    return true;
}

bool domain_is_known(struct cosmock *mock, struct cos_span name)
{
    struct search s = {.name = name};
    return cos_span_chr(name, '.') != SIZE_MAX && is_found(mock, &s);
}

bool domain_is_of(const struct bucket_view *at, struct cos_span name)
{
    return rule_in(at, name) != NULL;
}

bool domain_is_taken(struct cosmock *mock, struct cos_span name, const char *but)
{
    struct search s = {.name = name, .but = but};
    return is_found(mock, &s);
}

bool domain_is_anothers(struct cosmock *mock, struct cos_span name,
                        const struct cosmock_tenant *t)
{
    struct search s = {.name = name, .but = "", .not_in = t};
    return is_found(mock, &s);
}

bool domain_is_said(struct cos_span text, struct cos_span name)
{
    struct domains *d = text.ptr == NULL ? NULL : parse(text);
    bool is_said = rule_of(d, name) != NULL;
    if (d != NULL) {
        forget(d);
    }
    return is_said;
}
