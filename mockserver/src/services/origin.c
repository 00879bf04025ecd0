/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back-to-source rules: cos-operations-2.md s.14, PUT Bucket origin (436/52813), the console's
 * guide (436/31508). Documents and SDKs disagree about the names below OriginParameter and
 * OriginInfo (NewHttpHeaders or NewHttpHeader, FileInfo by Prefix or by PrefixConfiguration,
 * HttpRedirectCode twice): they are kept as the tree that was put, read under all their names,
 * and checked where a value could not be obeyed. What has no effect here stands in the
 * journal's detail of the PUT; an origin that wants credentials is refused, as this mock would
 * ask it without.
 *
 * Of the rules that fit the one with the smallest RulePriority counts [assumed: "in order of
 * priority"]. A prefix that has no '/' at its end gets one: the guide's sample makes
 * /test/prefix123.jpg of "test".
 */
#include "services/origin.h"

#include "cosbase/alloc.h"
#include "exchange/xml_out.h"
#include "services/documents.h"
#include "services/names.h"
#include "services/service.h"

#include <stdlib.h>

static const struct element rule_elements[] = {
    {A_NUMBER("RulePriority", OPTIONAL, 0, INT32_MAX)},
    {A_WORD("OriginType", ONCE, "Mirror Proxy Redirect")},
    {A_TREE("OriginCondition", OPTIONAL)},
    {A_TREE("OriginParameter", OPTIONAL)},
    {A_TREE("OriginInfo", ONCE)},
    {A_TREE("HTTPStandbyCode", OPTIONAL)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("OriginRule", SOME, rule_elements)},
    {0},
};
static const struct element root = {A_GROUP("OriginConfiguration", ONCE, root_elements)};

/* --- what may be put --- */

/* "404", or a class: "4XX". */
static bool is_status(struct cos_span text, bool is_404)
{
    uint64_t n;
    bool is_class = text.len == 3 && (text.ptr[0] == '4' || text.ptr[0] == '5') &&
                    cos_span_eq_nocase(cos_span_from(text, 1), COS_SPAN_LIT("XX"));
    if (is_404) {
        return cos_span_eq_str(text, "404");
    }
    return is_class || (text.len == 3 && cos_span_u64(text, &n) && n >= 400 && n <= 599);
}

static bool check_condition(const struct cos_xml *rule, struct complaint *out)
{
    const struct cos_xml *condition = cos_xml_get(rule, "OriginCondition");
    const char *status = cos_xml_child_text(condition, "HTTPStatusCode");
    bool is_redirect = xml_child_is(rule, "OriginType", "Redirect");
    if (status == NULL || is_status(cos_span_trim(cos_span_of(status)), !is_redirect)) {
        return true;
    }
    return complain(out, rule, NULL, "<HTTPStatusCode> is '%.40s'; %s", status,
                    is_redirect ? "400 to 599, 4XX or 5XX" : "404");
}

static bool check_word(const struct cos_xml *group, const char *name, const char *words,
                       struct complaint *out)
{
    for (const struct cos_xml *e = xml_first_of(group, name); e != NULL;
         e = xml_next_of(e, name)) {
        struct cos_span rest = cos_span_of(words);
        struct cos_span text = cos_span_trim(cos_span_of(cos_xml_text(e)));
        bool is_one = false;
        while (rest.len > 0) {
            is_one = cos_span_eq_nocase(cos_span_cut(&rest, ' '), text) || is_one;
        }
        if (!is_one) {
            return complain(out, group, NULL, "<%s> is '%.40s'; one of %s", name,
                            cos_xml_text(e), words);
        }
    }
    return true;
}

static bool check_parameter(const struct cos_xml *rule, struct complaint *out)
{
    static const struct {
        const char *name, *words;
    } words[] = {
        {"Protocol", "HTTP HTTPS FOLLOW"},   {"FollowQueryString", "true false"},
        {"FollowRedirection", "true false"}, {"TransparentErrorCode", "true false"},
        {"HttpRedirectCode", "301 302 307"},
    };
    const struct cos_xml *p = cos_xml_get(rule, "OriginParameter");
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (!check_word(p, words[i].name, words[i].words, out)) {
            return false;
        }
    }
    return check_word(cos_xml_get(p, "HttpHeader"), "FollowAllHeaders", "true false", out);
}

static bool check_hosts(const struct cos_xml *rule, struct complaint *out)
{
    const struct cos_xml *info = cos_xml_get(rule, "OriginInfo");
    size_t n = xml_count_of(info, "HostInfo");
    size_t most = xml_child_is(rule, "OriginType", "Mirror") ? ORIGIN_HOSTS_MAX : 1;
    if (n == 0 || n > most) {
        return complain(out, info, n == 0 ? "MalformedXML" : NULL, "%zu <HostInfo>; 1 to %zu",
                        n, most);
    }
    for (const struct cos_xml *e = xml_first_of(info, "HostInfo"); e != NULL;
         e = xml_next_of(e, "HostInfo")) {
        if (cos_xml_get(e, "PrivateHost") != NULL) {
            return complain(out, e, "NotImplemented",
                            "<PrivateHost> is an origin with credentials, and this mock asks "
                            "origins without");
        }
        if (cos_span_trim(xml_child(e, "HostName")).len == 0) {
            return complain(out, e, "MalformedXML", "<HostInfo> has no <HostName>");
        }
    }
    return true;
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    for (const struct cos_xml *rule = xml_first_of(xml, "OriginRule"); rule != NULL;
         rule = xml_next_of(rule, "OriginRule")) {
        if (!check_condition(rule, out) || !check_parameter(rule, out) ||
            !check_hosts(rule, out)) {
            return false;
        }
    }
    return true;
}

static bool tell_idle(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    static const char *const idle[] = {"CopyOriginData", "FollowRedirectionConfiguration"};
    for (const struct cos_xml *rule = xml_first_of(xml, "OriginRule"); rule != NULL;
         rule = xml_next_of(rule, "OriginRule")) {
        for (size_t i = 0; i < COS_ARRAY_LEN(idle); i++) {
            if (cos_xml_get(cos_xml_get(rule, "OriginParameter"), idle[i]) != NULL) {
                x->identity.detail =
                    cos_arena_printf(&x->arena, "<%s> is kept, and has no effect here",
                                     idle[i]);
            }
        }
    }
    return true;
}

const struct document document_origin = {
    .which = BUCKET_ORIGIN,
    .form = {.root = &root, .rules = rules},
    .absent_code = "OriginConfigurationNotFoundError",
    .permits = tell_idle,
};

/* --- for those who act on it --- */

static void forget(void *value)
{
    struct origin *o = value;
    xml_reading_end(&o->reading);
    cos_free(o);
}

static bool is_true(const struct cos_xml *e, const char *name, bool fallback)
{
    const char *text = cos_xml_child_text(e, name);
    return text == NULL
               ? fallback
               : cos_span_eq_nocase(cos_span_trim(cos_span_of(text)), COS_SPAN_LIT("true"));
}

/* Below any of two names, for the documents have both. */
static void read_headers(const struct cos_xml *from, const char *name, const char *other,
                         struct origin_headers *out)
{
    const struct cos_xml *group = cos_xml_get(from, name);
    group = group == NULL ? cos_xml_get(from, other) : group;
    for (const struct cos_xml *e = xml_first_of(group, "Header");
         e != NULL && out->n < ORIGIN_HEADERS_MAX; e = xml_next_of(e, "Header")) {
        out->items[out->n++] = (struct header){cos_span_trim(xml_child(e, "Key")),
                                               cos_span_trim(xml_child(e, "Value"))};
    }
}

static void read_parameter(const struct cos_xml *p, struct origin_rule *r)
{
    const struct cos_xml *headers = cos_xml_get(p, "HttpHeader");
    struct cos_span protocol = cos_span_trim(xml_child(p, "Protocol"));
    r->is_https = cos_span_eq_nocase(protocol, COS_SPAN_LIT("HTTPS"));
    r->is_http = cos_span_eq_nocase(protocol, COS_SPAN_LIT("HTTP"));
    r->follows_query = is_true(p, "FollowQueryString", true);
    r->follows_redirects = is_true(p, "FollowRedirection", true);
    r->shows_errors = is_true(p, "TransparentErrorCode", false);
    r->follows_all_headers = is_true(headers, "FollowAllHeaders", false);
    r->redirect_status = (int)xml_child_number(p, "HttpRedirectCode", 302);
    read_headers(headers, "NewHttpHeaders", "NewHttpHeader", &r->added);
    read_headers(headers, "FollowHttpHeaders", "FollowHttpHeader", &r->followed);
    read_headers(headers, "ForbidFollowHeaders", "ForbidFollowHttpHeaders", &r->forbidden);
}

static void read_hosts(const struct cos_xml *info, struct origin_rule *r)
{
    for (const struct cos_xml *e = xml_first_of(info, "HostInfo");
         e != NULL && r->n_hosts < ORIGIN_HOSTS_MAX; e = xml_next_of(e, "HostInfo")) {
        struct origin_host *h = &r->hosts[r->n_hosts++];
        *h = (struct origin_host){.name = cos_span_trim(xml_child(e, "HostName")),
                                  .weight = xml_child_number(e, "Weight", 1)};
        for (int i = 1; i <= ORIGIN_HOSTS_MAX; i++) {
            char name[32];
            (void)snprintf(name, sizeof(name), "StandbyHostName_%d", i);
            struct cos_span standby = cos_span_trim(xml_child(e, name));
            if (standby.len > 0) {
                h->standby[h->n_standby++] = standby;
            }
        }
    }
}

static void read_file(const struct cos_xml *file, struct origin_rule *r)
{
    const struct cos_xml *prefix = cos_xml_get(file, "PrefixConfiguration");
    const struct cos_xml *suffix = cos_xml_get(file, "SuffixConfiguration");
    const char *fixed =
        cos_xml_child_text(cos_xml_get(file, "FixedFileConfiguration"), "FixedFilePath");
    bool is_fixed = fixed != NULL && fixed[0] != '\0';
    r->fixed_path = is_fixed ? cos_span_of(fixed) : (struct cos_span){NULL, 0};
    r->path_prefix = xml_child(prefix == NULL ? file : prefix, "Prefix");
    r->path_suffix = xml_child(suffix == NULL ? file : suffix, "Suffix");
    if (cos_xml_get(prefix, "ReplacedWithPrefix") != NULL) {
        r->replaces_prefix = r->path_prefix;
        r->path_prefix = xml_child(prefix, "ReplacedWithPrefix");
    }
    if (cos_xml_get(suffix, "ReplacedWithSuffix") != NULL) {
        r->replaces_suffix = r->path_suffix;
        r->path_suffix = xml_child(suffix, "ReplacedWithSuffix");
    }
}

static void read_statuses(const struct cos_xml *group, struct origin_rule *r)
{
    for (const struct cos_xml *e = xml_first_of(group, "StatusCode");
         e != NULL && r->n_standby_statuses < ORIGIN_CODES_MAX;
         e = xml_next_of(e, "StatusCode")) {
        uint64_t n = 0;
        (void)cos_span_u64(cos_span_trim(cos_span_of(cos_xml_text(e))), &n);
        r->standby_statuses[r->n_standby_statuses++] = n > 599 ? 0 : (int)n;
    }
}

static void read_rule(struct origin *o, const struct cos_xml *e)
{
    struct origin_rule *r = &o->rules[o->n_rules++];
    const struct cos_xml *condition = cos_xml_get(e, "OriginCondition");
    const char *status = cos_xml_child_text(condition, "HTTPStatusCode");
    *r = (struct origin_rule){
        .type = xml_child_is(e, "OriginType", "Mirror")  ? ORIGIN_MIRROR
                : xml_child_is(e, "OriginType", "Proxy") ? ORIGIN_PROXY
                                                         : ORIGIN_REDIRECT,
        .priority = xml_child_number(e, "RulePriority", INT32_MAX),
        .status = status == NULL ? COS_SPAN_LIT("404") : cos_span_trim(cos_span_of(status)),
        .prefix = xml_child(condition, "Prefix"),
        .suffix = xml_child(condition, "Suffix"),
    };
    read_parameter(cos_xml_get(e, "OriginParameter"), r);
    read_hosts(cos_xml_get(e, "OriginInfo"), r);
    read_file(cos_xml_get(cos_xml_get(e, "OriginInfo"), "FileInfo"), r);
    read_statuses(cos_xml_get(e, "HTTPStandbyCode"), r);
}

/* Those of one priority stay in their order. */
static void sort_rules(struct origin *o)
{
    for (size_t i = 1; i < o->n_rules; i++) {
        struct origin_rule r = o->rules[i];
        size_t at = i;
        for (; at > 0 && o->rules[at - 1].priority > r.priority; at--) {
            o->rules[at] = o->rules[at - 1];
        }
        o->rules[at] = r;
    }
}

static void *parse(struct cos_span text)
{
    struct origin *o = cos_calloc(1, sizeof(*o));
    if (o == NULL) {
        return NULL;
    }
    if (xml_reading_begin(&o->reading, text)) {
        o->rules =
            cos_arena_array(&o->reading.arena, xml_count_of(o->reading.xml, "OriginRule"),
                            sizeof(*o->rules));
    }
    const struct cos_xml *e =
        o->rules == NULL ? NULL : xml_first_of(o->reading.xml, "OriginRule");
    for (; e != NULL; e = xml_next_of(e, "OriginRule")) {
        read_rule(o, e);
    }
    if (o->rules == NULL || o->reading.arena.failed) {
        forget(o);
        return NULL;
    }
    sort_rules(o);
    return o;
}

/* --- which rule --- */

static bool is_its_status(const struct origin_rule *r, int status)
{
    char text[12];
    (void)snprintf(text, sizeof(text), "%d", status);
    return cos_span_eq_str(r->status, text) ||
           (r->status.ptr[0] == text[0] && (r->status.ptr[1] | 0x20) == 'x');
}

const struct origin_rule *origin_rule_for(const struct cosmock_exchange *x, int status)
{
    static const struct bucket_document_kind kind = {parse, forget};
    const struct origin *o = bucket_document_value(&x->target.at, BUCKET_ORIGIN, &kind);
    struct cos_span key = x->route.key;
    for (size_t i = 0; o != NULL && i < o->n_rules; i++) {
        const struct origin_rule *r = &o->rules[i];
        if (is_its_status(r, status) && cos_span_starts(key, r->prefix) &&
            cos_span_ends(key, r->suffix)) {
            return r;
        }
    }
    return NULL;
}

const struct origin_host *origin_host_of(struct cosmock_exchange *x,
                                         const struct origin_rule *rule)
{
    uint64_t all = 0;
    for (size_t i = 0; i < rule->n_hosts; i++) {
        all += rule->hosts[i].weight > 0 ? (uint64_t)rule->hosts[i].weight : 0;
    }
    uint64_t drawn = rule->n_hosts > 1 && all > 0 ? cos_rng_below(x->tenant->rng, all) : 0;
    size_t i = 0;
    while (i + 1 < rule->n_hosts && drawn >= (uint64_t)rule->hosts[i].weight) {
        drawn -= (uint64_t)rule->hosts[i++].weight;
    }
    return &rule->hosts[i];
}

/* --- how it is asked --- */

bool origin_is_https(const struct cosmock_exchange *x, const struct origin_rule *rule)
{
    return rule->is_https || (!rule->is_http && x->parts.tls);
}

static void write_path(struct cos_buf *b, const struct origin_rule *rule, struct cos_span key)
{
    struct cos_span prefix = rule->path_prefix;
    struct cos_span suffix = rule->path_suffix;
    bool adds_slash = false;
    if (rule->replaces_prefix.ptr == NULL) {
        adds_slash = prefix.len > 0 && !cos_span_ends(prefix, COS_SPAN_LIT("/"));
    } else if (cos_span_starts(key, rule->replaces_prefix)) {
        key = cos_span_from(key, rule->replaces_prefix.len);
    } else {
        prefix = COS_SPAN_EMPTY;
    }
    if (rule->replaces_suffix.ptr != NULL && cos_span_ends(key, rule->replaces_suffix)) {
        key = cos_span_sub(key, 0, key.len - rule->replaces_suffix.len);
    } else if (rule->replaces_suffix.ptr != NULL) {
        suffix = COS_SPAN_EMPTY;
    }
    xml_out_percent(b, prefix);
    cos_buf_str(b, adds_slash ? "/" : "");
    xml_out_percent(b, key);
    xml_out_percent(b, suffix);
}

/* What signs a request does not sign another one, and is nobody else's. */
static bool is_signature(const struct cosmock_exchange *x, struct cos_span name)
{
    const struct known_name *known = name_of_query(x->service->own_params, name);
    return known != NULL && known->theme == THEME_SIGNATURE;
}

static void write_query(struct cos_buf *b, const struct cosmock_exchange *x)
{
    const char *mark = "?";
    for (size_t i = 0; i < x->parts.n_params; i++) {
        const struct param *p = &x->parts.params[i];
        if (!is_signature(x, p->name)) {
            cos_buf_str(b, mark);
            cos_buf_span(b, p->raw_name);
            cos_buf_str(b, p->has_equals ? "=" : "");
            cos_buf_span(b, p->raw_value);
            mark = "&";
        }
    }
}

struct cos_span origin_target(struct cosmock_exchange *x, const struct origin_rule *rule)
{
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    cos_buf_ch(&b, '/');
    if (rule->fixed_path.ptr != NULL) {
        bool has_slash = rule->fixed_path.ptr[0] == '/';
        xml_out_percent(&b, cos_span_from(rule->fixed_path, has_slash));
    } else {
        write_path(&b, rule, x->route.key);
    }
    if (rule->follows_query) {
        write_query(&b, x);
    }
    x->failed = x->failed || b.failed;
    struct cos_span target = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return target;
}

static bool has_name(const struct origin_headers *h, struct cos_span name)
{
    for (size_t i = 0; i < h->n; i++) {
        if (cos_span_eq_nocase(h->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Of the connection, of the body, of a part of the bytes, of who asks: the whole object is
 * fetched, and by nobody. */
static bool is_own(const struct cosmock_exchange *x, struct cos_span name)
{
    static const char *const own[] = {
        "Host", "Authorization", "Connection", "Transfer-Encoding", "Expect", "Upgrade",
        "TE",   "Trailer",       "Range",      "Keep-Alive",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(own); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(own[i]))) {
            return true;
        }
    }
    const struct known_name *known = name_of_header(x->service->headers, name);
    return (known != NULL && known->theme == THEME_SIGNATURE) ||
           cos_span_starts_nocase(name, COS_SPAN_LIT("if-")) ||
           cos_span_starts_nocase(name, COS_SPAN_LIT("content-"));
}

size_t origin_headers(struct cosmock_exchange *x, const struct origin_rule *rule,
                      struct header **out)
{
    size_t n = 0;
    *out = cos_arena_array(&x->arena, x->parts.n_headers + ORIGIN_HEADERS_MAX, sizeof(**out));
    for (size_t i = 0; *out != NULL && i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        bool is_followed = rule->follows_all_headers || has_name(&rule->followed, h->name);
        if (is_followed && !has_name(&rule->forbidden, h->name) &&
            !has_name(&rule->added, h->name) && !is_own(x, h->name)) {
            (*out)[n++] = *h;
        }
    }
    for (size_t i = 0; *out != NULL && i < rule->added.n; i++) {
        const struct header *h = &rule->added.items[i];
        if (h->name.len > 0 && h->value.len > 0 && !is_own(x, h->name)) {
            (*out)[n++] = *h;
        }
    }
    return n;
}

/* --- sending the client there --- */

void origin_redirect(struct cosmock_exchange *x, const struct origin_rule *rule,
                     struct cos_span host)
{
    const struct cos_span parts[] = {origin_is_https(x, rule) ? COS_SPAN_LIT("https://")
                                                              : COS_SPAN_LIT("http://"),
                                     host, origin_target(x, rule)};
    struct result *r = &x->result;
    r->hidden = r->error != NULL ? r->error : x->service->error("NoSuchKey");
    r->error = NULL;
    r->n_headers = 0;
    r->status = rule->redirect_status;
    r->refused_by = r->refused_by == STAGE_NONE ? STAGE_EXECUTE : r->refused_by;
    result_header(x, "Location", cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts)));
}

void origin_answer_error(struct cosmock_exchange *x)
{
    bool is_read =
        cos_span_eq_str(x->parts.method, "GET") || cos_span_eq_str(x->parts.method, "HEAD");
    if (x->failed || x->result.error == NULL || x->fault.id != 0 || !is_read ||
        x->route.target != OP_ON_OBJECT || x->route.host.kind == HOST_WEBSITE) {
        return;
    }
    const struct origin_rule *rule = origin_rule_for(x, x->result.status);
    if (rule != NULL && rule->type == ORIGIN_REDIRECT) {
        origin_redirect(x, rule, rule->hosts[0].name);
    }
}
