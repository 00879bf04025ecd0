/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hotlink protection: cos-operations-2.md s.8, s.0.2. There is no DELETE: SDKs clear it by a
 * PUT without a body, and a bucket that has none shows an empty element. Documents disagree
 * about how many domains there may be, 10 or 30: the larger one.
 */
#include "services/referer.h"

#include "cosbase/alloc.h"
#include "services/documents.h"

#define MAX_DOMAINS 30

static const struct element domain_elements[] = {
    {A_TEXT("Domain", ONE_TO(MAX_DOMAINS), 1, 0)},
    {0},
};
static const struct element root_elements[] = {
    {A_WORD("Status", ONCE, "Enabled Disabled")},
    {A_WORD("RefererType", ONCE, "White-List Black-List")},
    {A_GROUP("DomainList", ONCE, domain_elements)},
    {A_WORD("EmptyReferConfiguration", OPTIONAL, "Allow Deny"), .fallback = "Deny"},
    {A_WORD("VerifySignatureURL", OPTIONAL, "true false Enabled Disabled")},
    {0},
};
static const struct element root = {A_GROUP("RefererConfiguration", ONCE, root_elements)};

const struct document document_referer = {
    .which = BUCKET_REFERER,
    .form = {.root = &root},
    .is_cleared_by_nothing = true,
};

static void forget(void *value)
{
    struct referer *r = value;
    xml_reading_end(&r->reading);
    cos_free(r);
}

static void *parse(struct cos_span text)
{
    struct referer *r = cos_calloc(1, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }
    if (!xml_reading_begin(&r->reading, text)) {
        forget(r);
        return NULL;
    }
    const struct cos_xml *xml = r->reading.xml;
    r->is_enabled = xml_child_is(xml, "Status", "Enabled");
    r->is_white_list = xml_child_is(xml, "RefererType", "White-List");
    r->domains = xml_texts_of(&r->reading.arena, cos_xml_get(xml, "DomainList"), "Domain");
    r->allows_empty = xml_child_is(xml, "EmptyReferConfiguration", "Allow");
    r->checks_signed_url = xml_child_is(xml, "VerifySignatureURL", "true") ||
                           xml_child_is(xml, "VerifySignatureURL", "Enabled");
    if (r->reading.arena.failed) {
        forget(r);
        return NULL;
    }
    return r;
}

const struct referer *referer_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse, forget};
    return bucket_document_value(v, BUCKET_REFERER, &kind);
}

/* Does @text begin with what @pattern says? '*' stands for bytes of the host, none included. */
static bool begins(struct cos_span pattern, struct cos_span text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t star_end = 0;
    while (p < pattern.len) {
        if (pattern.ptr[p] == '*') {
            star = p++;
            star_end = t;
        } else if (t < text.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star == SIZE_MAX || star_end >= text.len || text.ptr[star_end] == '/') {
            return false;
        } else {
            t = ++star_end;
            p = star + 1;
        }
    }
    return true;
}

static struct cos_span without_scheme(struct cos_span url)
{
    size_t http = sizeof("http://") - 1;
    size_t https = sizeof("https://") - 1;
    if (cos_span_starts_nocase(url, COS_SPAN_LIT("http://"))) {
        return cos_span_from(url, http);
    }
    return cos_span_starts_nocase(url, COS_SPAN_LIT("https://")) ? cos_span_from(url, https)
                                                                 : url;
}

static bool hits(struct cos_span domain, struct cos_span sent, bool covers_parent)
{
    struct cos_span bare = without_scheme(sent);
    return begins(domain, sent) || begins(domain, bare) ||
           (covers_parent && cos_span_starts(domain, COS_SPAN_LIT("*.")) &&
            begins(cos_span_from(domain, 2), bare));
}

bool referer_allows(const struct referer *r, struct cos_span sent, bool covers_parent)
{
    if (!r->is_enabled) {
        return true;
    }
    if (sent.len == 0) {
        return r->allows_empty;
    }
    size_t i = 0;
    while (i < r->domains.n && !hits(r->domains.items[i], sent, covers_parent)) {
        i++;
    }
    return (i < r->domains.n) == r->is_white_list;
}
