/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients do wrong in Signature Version 4 of S3. The parts are those of the canonical
 * request, how the string to sign is made of it, and the derived key; each list begins with the
 * right way (aws_v4.c). Other services of AWS normalise the path and encode it twice: libraries
 * made for those do so here. Hosts, regions and bodies that a proxy or an HTTP library changes
 * behind the signer's back are those of cos_mistakes.c.
 */
#include "authn/aws_v4.h"

#include "authn/encode.h"
#include "authn/mistakes.h"
#include "cosbase/codec.h"
#include "cosbase/date.h"

#include <stdlib.h>

enum { METHOD, PATH, QUERY, HEADERS, LIST, PAYLOAD, STRING, KEY };
enum { SINGLED_OUT_MAX = 12, HEX = 2 * COS_SHA256_BYTES };
#define AS_DOCUMENTED "documented"
#define WITH_UPPER_CASE "upper-case"
#define WITH_REQUEST_ITSELF "request-itself"
#define OF_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct case_of_v4 {
    struct cosmock_exchange *x;
    const struct aws_v4 *v4;
    struct mistakes *m;
};

static void add(const struct case_of_v4 *v, size_t part, const char *word, const char *says,
                struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ false});
}

static void add_common(const struct case_of_v4 *v, size_t part, const char *word,
                       const char *says, struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ true});
}

static struct cos_span join2(const struct case_of_v4 *v, struct cos_span a, struct cos_span b)
{
    const struct cos_span parts[] = {a, b};
    return cos_arena_join(&v->m->scratch, parts, COS_ARRAY_LEN(parts));
}

/* --- method and path --- */

static void add_methods(const struct case_of_v4 *v)
{
    static const char *const methods[] = {"GET", "PUT", "HEAD", "POST", "DELETE"};
    struct cos_arena *scratch = &v->m->scratch;
    struct cos_span sent = v->x->parts.method;
    add(v, METHOD, NULL, NULL, sent);
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        struct cos_span says =
            cos_arena_printf(scratch,
                             "the signature is of a %s request, and a " COS_SPAN_FMT
                             " was sent",
                             methods[i], COS_SPAN_ARG(sent));
        mistakes_add(v->m, METHOD,
                     &(struct variant){"method", says, cos_span_of(methods[i]), true});
    }
    add(v, METHOD, "method-lower-case", "the method was signed in lower case",
        cos_arena_lower(scratch, sent));
}

/* Without empty segments and dots, as other services have it. */
static struct cos_span normalised(const struct case_of_v4 *v, struct cos_span path)
{
    char *out = cos_arena_alloc(&v->m->scratch, path.len + 1);
    size_t n = 0;
    for (struct cos_span rest = cos_span_from(path, 1); rest.ptr != NULL && out != NULL;) {
        struct cos_span segment = cos_span_cut(&rest, '/');
        if (cos_span_eq_str(segment, "..")) {
            while (n > 0 && out[--n] != '/') {
            }
        } else if (segment.len > 0 && !cos_span_eq_str(segment, ".")) {
            out[n++] = '/';
            n = (size_t)(cos_span_put(out + n, segment) - out);
        }
    }
    if (out != NULL && (n == 0 || path.ptr[path.len - 1] == '/')) {
        out[n++] = '/';
    }
    return out == NULL ? path : cos_span_make(out, n);
}

static void add_bucket_paths(const struct case_of_v4 *v, struct cos_span path)
{
    struct cos_span bucket = v->x->route.bucket;
    struct cos_span before = join2(v, COS_SPAN_LIT("/"), bucket);
    if (bucket.len == 0) {
        return;
    }
    if (!v->x->route.is_path_style) {
        add_common(v, PATH, "path-with-bucket",
                   "the path was signed with the bucket, which the host names already",
                   join2(v, before, path));
    } else if (cos_span_starts(path, before)) {
        struct cos_span rest = cos_span_from(path, before.len);
        add_common(v, PATH, "path-without-bucket",
                   "the path was signed without the bucket, which it begins with",
                   rest.len == 0 ? COS_SPAN_LIT("/") : rest);
    }
}

static void add_paths(const struct case_of_v4 *v)
{
    struct cos_arena *scratch = &v->m->scratch;
    struct cos_span right = authn_encode_path(scratch, v->x->parts.path);
    add(v, PATH, NULL, NULL, right);
    add_common(v, PATH, "path-encoded-twice",
               "the path was percent-encoded twice, as other services of AWS have it and S3 "
               "does not",
               authn_encode_path(scratch, right));
    add_common(v, PATH, "path-as-sent",
               "the path was signed as it was sent, which is not percent-encoded as S3 does",
               v->x->parts.raw_path);
    add_common(v, PATH, "path-not-encoded", "the path was not percent-encoded",
               v->x->parts.path);
    add_common(v, PATH, "path-normalised",
               "the path was signed without its dots and double slashes, which belong to a key",
               normalised(v, right));
    add(v, PATH, "path-encoded-twice", "the path that was sent was percent-encoded once more",
        authn_encode_path(scratch, v->x->parts.raw_path));
    add(v, PATH, "path-encoded", "the path was percent-encoded with its slashes",
        mistakes_spell(scratch, v->x->parts.path, SPELLED_RIGHT));
    add(v, PATH, "path-without-slash", "the path was signed without its first '/'",
        cos_span_from(right, 1));
    add(v, PATH, "path-without-slash", "the path was signed without its last '/'",
        cos_span_sub(right, 0, right.len - (right.len > 1 && right.ptr[right.len - 1] == '/')));
    add_bucket_paths(v, right);
}

/* --- query --- */

/* How "name=value&..." is joined. */
struct joining {
    size_t without;    /* which; SIZE_MAX: none */
    bool is_as_sent;   /* neither sorted nor encoded again */
    bool has_bare;     /* a name without a value has no '=' */
    bool has_plus;     /* for a space */
    bool has_raw_text; /* nothing is encoded */
};

static struct cos_span spelt(const struct case_of_v4 *v, struct cos_span decoded,
                             struct cos_span raw, const struct joining *j)
{
    return j->is_as_sent     ? raw
           : j->has_raw_text ? decoded
                             : mistakes_spell(&v->m->scratch, decoded,
                                              j->has_plus ? SPELLED_PLUS : SPELLED_RIGHT);
}

static int by_name(const void *a, const void *b)
{
    const struct aws_v4_pair *x = a;
    const struct aws_v4_pair *y = b;
    int r = cos_span_cmp(x->name, y->name);
    return r != 0 ? r : cos_span_cmp(x->value, y->value);
}

static struct cos_span query(const struct case_of_v4 *v, const struct joining *j)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    struct aws_v4_pair *pairs =
        cos_arena_array(&v->m->scratch, v->x->parts.n_params + 1, sizeof(*pairs));
    size_t n = 0;
    for (size_t i = 0; i < v->x->parts.n_params && pairs != NULL; i++) {
        const struct param *p = &v->x->parts.params[i];
        if (i != j->without && !aws_v4_is_signature_param(v->v4->auth, p->name)) {
            pairs[n++] = (struct aws_v4_pair){spelt(v, p->name, p->raw_name, j),
                                              spelt(v, p->value, p->raw_value, j)};
        }
    }
    if (n > 1 && !j->is_as_sent) {
        qsort(pairs, n, sizeof(*pairs), by_name);
    }
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(&b, i == 0 ? "" : "&");
        cos_buf_span(&b, pairs[i].name);
        cos_buf_str(&b, j->has_bare && pairs[i].value.len == 0 ? "" : "=");
        cos_buf_span(&b, pairs[i].value);
    }
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static void add_queries(const struct case_of_v4 *v)
{
    struct joining j = {.without = SIZE_MAX};
    add(v, QUERY, NULL, NULL, query(v, &j));
    add_common(v, QUERY, "query-not-signed", "the query was not signed", COS_SPAN_EMPTY);
    j.has_bare = true;
    add_common(v, QUERY, "query-bare-name",
               "a name of the query without a value was signed without its '='", query(v, &j));
    j = (struct joining){.without = SIZE_MAX, .is_as_sent = true};
    add_common(v, QUERY, "query-as-sent",
               "the query was signed as it was sent, neither sorted nor percent-encoded again",
               query(v, &j));
    j.has_bare = true;
    add(v, QUERY, "query-as-sent",
        "the query was signed as it was sent, neither sorted nor percent-encoded again",
        query(v, &j));
    j = (struct joining){.without = SIZE_MAX, .has_plus = true};
    add_common(v, QUERY, "plus-for-space", "the query was signed with '+' for a space, not %20",
               query(v, &j));
    j = (struct joining){.without = SIZE_MAX, .has_raw_text = true};
    add_common(v, QUERY, "not-encoded", "the query was not percent-encoded", query(v, &j));
    for (size_t i = 0; i < v->x->parts.n_params && i < SINGLED_OUT_MAX; i++) {
        struct cos_span says =
            cos_arena_printf(&v->m->scratch,
                             "parameter " COS_SPAN_FMT " was added behind the signature",
                             COS_SPAN_ARG(v->x->parts.params[i].name));
        j = (struct joining){.without = i};
        mistakes_add(v->m, QUERY, &(struct variant){"query-changed", says, query(v, &j), true});
    }
}

/* --- headers --- */

/* How the signed headers are written. */
struct heading {
    struct cos_span list; /* their names, as they are written */
    struct cos_span host; /* ptr NULL: as it came */
    struct cos_span name; /* of one whose value is another; "": of none */
    struct cos_span value;
    bool is_left_out;   /* that one is not written at all */
    bool lacks_newline; /* at the end */
};

static void put_value(struct cos_buf *b, const struct case_of_v4 *v, struct cos_span name,
                      const struct heading *h)
{
    if (h->host.ptr != NULL && cos_span_eq_nocase(name, COS_SPAN_LIT("host"))) {
        cos_buf_span(b, h->host);
    } else if (h->name.len > 0 && cos_span_eq_nocase(name, h->name)) {
        cos_buf_span(b, h->value);
    } else {
        (void)aws_v4_put_values(b, v->x, name, /* keeps_blanks= */ false);
    }
}

static struct cos_span headers(const struct case_of_v4 *v, const struct heading *h)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    for (struct cos_span rest = h->list; rest.ptr != NULL;) {
        struct cos_span name = cos_span_cut(&rest, ';');
        if (h->is_left_out && cos_span_eq_nocase(name, h->name)) {
            continue;
        }
        cos_buf_span(&b, name);
        cos_buf_ch(&b, ':');
        put_value(&b, v, name, h);
        cos_buf_str(&b, h->lacks_newline && rest.ptr == NULL ? "" : "\n");
    }
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static struct cos_span right_list(const struct case_of_v4 *v)
{
    struct cos_span out = COS_SPAN_EMPTY;
    for (size_t i = 0; i < v->v4->names.n; i++) {
        const struct cos_span parts[] = {out, cos_span_of(i == 0 ? "" : ";"),
                                         v->v4->names.items[i]};
        out = cos_arena_join(&v->m->scratch, parts, COS_ARRAY_LEN(parts));
    }
    return out;
}

static void add_host(const struct case_of_v4 *v, struct cos_span list, const char *word,
                     const char *how, struct cos_span host)
{
    struct heading h = {.list = list, .host = host};
    struct cos_span says =
        cos_arena_printf(&v->m->scratch, "%s: " COS_SPAN_FMT, how, COS_SPAN_ARG(host));
    if (host.len > 0) {
        mistakes_add(v->m, HEADERS, &(struct variant){word, says, headers(v, &h), true});
    }
}

static void add_hosts(const struct case_of_v4 *v, struct cos_span list)
{
    struct cos_arena *scratch = &v->m->scratch;
    const struct bucket *b = v->x->target.at.bucket;
    struct cos_span name = v->x->parts.host_name;
    static const char with[] = "host was signed with a port that the request does not have";
    add_host(v, list, "host-port", "host was signed without the port that was sent", name);
    add_host(v, list, "host-port", with,
             cos_arena_printf(scratch, COS_SPAN_FMT ":80", COS_SPAN_ARG(name)));
    add_host(v, list, "host-port", with,
             cos_arena_printf(scratch, COS_SPAN_FMT ":443", COS_SPAN_ARG(name)));
    add_host(v, list, "host", "a proxy changed Host, which was signed as X-Forwarded-Host says",
             header_get(v->x, "X-Forwarded-Host"));
    add_host(v, list, "host", "a proxy changed Host, which was signed as X-Original-Host says",
             header_get(v->x, "X-Original-Host"));
    if (b != NULL) {
        add_host(v, list, "host", "host was signed as another name of the bucket",
                 cos_arena_printf(scratch, "%s.cos.%s.myqcloud.com", b->name, b->region));
        add_host(v, list, "host", "host was signed without the bucket",
                 cos_arena_printf(scratch, "cos.%s.myqcloud.com", b->region));
    }
}

/* What proxies and HTTP libraries make of a header. */
static const struct {
    const char *name, *value;
} changed[] = {
    {"content-type", "application/octet-stream"},
    {"content-type", "binary/octet-stream"},
    {"content-type", "text/plain"},
    {"content-type", "application/xml"},
    {"content-type", "application/x-www-form-urlencoded"},
    {"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
    {"content-type", ""},
    {"content-length", "0"},
    {"accept-encoding", "gzip"},
    {"accept-encoding", "gzip, deflate"},
    {"accept-encoding", "identity"},
    {"accept-encoding", ""},
    {"connection", "keep-alive"},
    {"connection", "Keep-Alive"},
    {"connection", "close"},
};

static void add_changed(const struct case_of_v4 *v, struct cos_span list)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(changed); i++) {
        if (header_get(v->x, changed[i].name).ptr == NULL) {
            continue;
        }
        struct heading h = {.list = list,
                            .name = cos_span_of(changed[i].name),
                            .value = cos_span_of(changed[i].value)};
        struct cos_span says = cos_arena_printf(
            &v->m->scratch,
            "header %s was changed behind the signature (by a proxy or an HTTP "
            "library): signed was '%s'",
            changed[i].name, changed[i].value);
        mistakes_add(v->m, HEADERS,
                     &(struct variant){"header-changed", says, headers(v, &h), false});
    }
    for (size_t i = 0; i < v->v4->names.n && i < SINGLED_OUT_MAX; i++) {
        struct heading h = {.list = list, .name = v->v4->names.items[i], .is_left_out = true};
        struct cos_span says =
            cos_arena_printf(&v->m->scratch,
                             "header " COS_SPAN_FMT " is listed as signed and was not",
                             COS_SPAN_ARG(h.name));
        mistakes_add(v->m, HEADERS,
                     &(struct variant){"listed-not-signed", says, headers(v, &h), false});
    }
}

static void add_headers(const struct case_of_v4 *v)
{
    struct cos_span list = right_list(v);
    struct cos_span sent = v->v4->auth->signed_headers;
    add(v, HEADERS, NULL, NULL, headers(v, &(struct heading){.list = list}));
    add_hosts(v, list);
    add_common(v, HEADERS, "order",
               "headers were signed in the order of SignedHeaders, and not sorted",
               headers(v, &(struct heading){.list = sent}));
    add_common(v, HEADERS, "no-last-newline", "the headers have no empty line behind them",
               headers(v, &(struct heading){.list = list, .lacks_newline = true}));
    add_changed(v, list);
    add(v, LIST, NULL, NULL, list);
    add_common(v, LIST, "order", "SignedHeaders was signed as it was sent, and not sorted",
               sent);
}

/* --- the payload --- */

static void add_payloads(const struct case_of_v4 *v)
{
    struct cos_span said = v->x->aws->payload_text;
    add(v, PAYLOAD, NULL, NULL, said.ptr == NULL ? COS_SPAN_LIT("UNSIGNED-PAYLOAD") : said);
    add_common(v, PAYLOAD, "payload-unsigned",
               "UNSIGNED-PAYLOAD was signed, and x-amz-content-sha256 does not say so",
               COS_SPAN_LIT("UNSIGNED-PAYLOAD"));
    add_common(v, PAYLOAD, "payload-not-signed",
               "the hash of an empty payload was signed, and x-amz-content-sha256 has another",
               COS_SPAN_LIT(OF_EMPTY));
    add(v, PAYLOAD, "payload-chunks",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD was signed, and x-amz-content-sha256 does not say "
        "so",
        COS_SPAN_LIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
    add(v, PAYLOAD, "payload-missing", "no payload hash was signed", COS_SPAN_EMPTY);
}

/* --- the string to sign and the key --- */

static struct cos_span derive(const struct case_of_v4 *v, const char *prefix,
                              struct cos_span secret, const struct aws_auth *scope)
{
    uint8_t *key = cos_arena_alloc(&v->m->scratch, COS_SHA256_BYTES);
    if (key == NULL) {
        return COS_SPAN_EMPTY;
    }
    aws_v4_derive(key, scope, join2(v, cos_span_of(prefix), secret));
    return cos_span_make(key, COS_SHA256_BYTES);
}

/* The region stands in the scope and in the key; libraries that are told two take one each. */
static void add_regions(const struct case_of_v4 *v, struct cos_span secret)
{
    const struct bucket *b = v->x->target.at.bucket;
    const char *const regions[] = {b == NULL ? "" : b->region, "us-east-1", "us-east-2", "auto",
                                   "default"};
    for (size_t i = 0; i < COS_ARRAY_LEN(regions); i++) {
        struct aws_auth other = *v->v4->auth;
        other.region = cos_span_of(regions[i]);
        struct cos_span says = cos_arena_printf(
            &v->m->scratch,
            "the key is derived for the region '%s', and the Credential says '" COS_SPAN_FMT
            "' (any will do, but the same in both)",
            regions[i], COS_SPAN_ARG(v->v4->auth->region));
        mistakes_add(v->m, KEY,
                     &(struct variant){"key-region", says, derive(v, "AWS4", secret, &other),
                                       false});
    }
}

/* The local day, or that of a client's key it keeps too long. */
static void add_days(const struct case_of_v4 *v, struct cos_span secret)
{
    static const int64_t off_s[] = {-86400, 86400};
    for (size_t i = 0; i < COS_ARRAY_LEN(off_s); i++) {
        struct aws_auth other = *v->v4->auth;
        char day[11];
        cos_date_day(day, other.at_unix_s + off_s[i]);
        other.day = cos_arena_printf(&v->m->scratch, "%.4s%.2s%.2s", day, day + 5, day + 8);
        struct cos_span says =
            cos_arena_printf(&v->m->scratch,
                             "the key is derived for the day " COS_SPAN_FMT
                             ", and the Credential says " COS_SPAN_FMT
                             " (in UTC; a key holds for its day)",
                             COS_SPAN_ARG(other.day), COS_SPAN_ARG(v->v4->auth->day));
        mistakes_add(v->m, KEY,
                     &(struct variant){"key-day", says, derive(v, "AWS4", secret, &other),
                                       false});
    }
}

static void add_keys(const struct case_of_v4 *v)
{
    const struct aws_auth *a = v->v4->auth;
    struct cos_span secret = cos_secret_view(&v->x->identity.found.key->secret_key);
    add(v, KEY, NULL, NULL, derive(v, "AWS4", secret, a));
    add_common(v, KEY, "no-aws4-prefix",
               "the key is derived of the secret without AWS4 before it",
               derive(v, "", secret, a));
    add_common(v, KEY, "no-derived-key", "the secret itself signed, not the key derived of it",
               secret);
    struct mistakes *secrets = mistakes_new(v->x);
    if (secrets == NULL) {
        return;
    }
    mistakes_add_secrets(secrets, 0, v->x);
    for (size_t i = 1; i < secrets->parts[0].n; i++) {
        struct variant variant = secrets->parts[0].items[i];
        variant.says = cos_arena_span(&v->m->scratch, variant.says);
        variant.text = derive(v, "AWS4", variant.text, a);
        mistakes_add(v->m, KEY, &variant);
    }
    (void)mistakes_free(secrets);
    add_regions(v, secret);
    add_days(v, secret);
}

static void add_strings(const struct case_of_v4 *v)
{
    add(v, STRING, NULL, NULL, COS_SPAN_LIT(AS_DOCUMENTED));
    add(v, STRING, "hash-upper-case", "the canonical request's hash was signed in upper case",
        COS_SPAN_LIT(WITH_UPPER_CASE));
    add(v, STRING, "request-not-hashed",
        "the canonical request itself was signed, not its hash",
        COS_SPAN_LIT(WITH_REQUEST_ITSELF));
}

/* --- does it fit? --- */

static struct cos_span request_of(struct cos_arena *arena, const struct variant *const chosen[])
{
    const struct cos_span newline = COS_SPAN_LIT("\n");
    const struct cos_span parts[] = {
        chosen[METHOD]->text, newline, chosen[PATH]->text,    newline,
        chosen[QUERY]->text,  newline, chosen[HEADERS]->text, newline,
        chosen[LIST]->text,   newline, chosen[PAYLOAD]->text,
    };
    return cos_arena_join(arena, parts, COS_ARRAY_LEN(parts));
}

static struct cos_span string_of(const struct case_of_v4 *v, struct cos_arena *arena,
                                 struct cos_span request, struct cos_span way)
{
    char hash[HEX + 1];
    cos_sha256_hex(hash, request.ptr, request.len);
    for (size_t i = 0; i < HEX && cos_span_eq_str(way, WITH_UPPER_CASE); i++) {
        hash[i] = (char)(hash[i] >= 'a' ? hash[i] - ('a' - 'A') : hash[i]);
    }
    return aws_v4_string(arena, v->v4->auth,
                         cos_span_eq_str(way, WITH_REQUEST_ITSELF) ? request
                                                                   : cos_span_make(hash, HEX));
}

static bool is_made_so(void *ctx, const struct variant *const chosen[PARTS_MAX])
{
    const struct case_of_v4 *v = ctx;
    COS_CLEANUP(cos_arena_deinit) struct cos_arena scratch;
    cos_arena_init(&scratch, v->m->scratch.max_bytes);
    struct cos_span string =
        string_of(v, &scratch, request_of(&scratch, chosen), chosen[STRING]->text);
    struct cos_span key = chosen[KEY]->text;
    uint8_t mac[COS_SHA256_BYTES];
    cos_hmac_sha256(mac, key.ptr, key.len, string.ptr, string.len);
    char expected[HEX + 1];
    cos_hex_encode(expected, mac, sizeof(mac));
    return !scratch.failed &&
           cos_equal_ct(v->v4->auth->signature, cos_span_make(expected, HEX));
}

static void look(const struct case_of_v4 *v)
{
    struct cosmock_exchange *x = v->x;
    add_methods(v);
    add_paths(v);
    add_queries(v);
    add_headers(v);
    add_payloads(v);
    add_strings(v);
    add_keys(v);
    const struct variant *chosen[PARTS_MAX] = {NULL};
    mistakes_none(v->m, chosen);
    struct cos_span ours = request_of(&x->arena, chosen);
    struct cos_span theirs = {NULL, 0};
    if (mistakes_find(v->m, chosen)) {
        mistakes_name(x, v->m, chosen);
        theirs = request_of(&x->arena, chosen);
        bool may_be_shown = !cos_span_eq_str(chosen[STRING]->text, WITH_REQUEST_ITSELF);
        x->identity.signed_string_to_sign =
            may_be_shown ? string_of(v, &x->arena, theirs, chosen[STRING]->text)
                         : COS_SPAN_EMPTY;
    }
    mistakes_compare(x, "the canonical request", ours, theirs);
}

void aws_v4_look(struct cosmock_exchange *x, const struct aws_v4 *v4)
{
    struct mistakes *m = mistakes_new(x);
    if (m == NULL) {
        return;
    }
    struct case_of_v4 v = {x, v4, m};
    m->fits = is_made_so;
    m->ctx = &v;
    look(&v);
    (void)mistakes_free(m);
}
