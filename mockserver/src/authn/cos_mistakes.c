/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE TABLE of what clients do wrong in signature v5. The parts are the four lines of the
 * FormatString, how the StringToSign is made of it, and the SignKey; each list begins with the
 * service's way (cos-wire.md s.1.1), as refuse_signature() shows it. Where the mistakes were
 * seen: cos-wire.md s.1.7 and s.5 (SDKs and issues), sts-cam.md s.5; the rest are usual ones
 * of percent-encoding, which the FormatString is made of.
 */
#include "authn/cos_mistakes.h"

#include "authn/mistakes.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <stdlib.h>

enum { METHOD, PATH, QUERY, HEADERS, STRING, KEY };
enum { SINGLED_OUT_MAX = 8, HEX = 2 * COS_SHA1_BYTES };
/* The ways to make a StringToSign, as texts of variants. */
#define AS_DOCUMENTED "documented"
#define WITH_KEY_TIME "key-time"
#define WITHOUT_LAST_NEWLINE "no-newline"
#define OF_FORMAT_WITHOUT_NEWLINE "format-no-newline"
#define WITH_FORMAT_ITSELF "format-itself"
#define WITH_UPPER_CASE "upper-case"

struct case_of_v5 {
    struct cosmock_exchange *x;
    const struct cos_auth *auth;
    struct cos_canonical *c;
    struct mistakes *m;
    struct cos_span given;
    char *text; /* room for a FormatString, and what is made of it */
};

/* --- method and path --- */

static void add(const struct case_of_v5 *v, size_t part, const char *word, const char *says,
                struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ false});
}

static void add_common(const struct case_of_v5 *v, size_t part, const char *word,
                       const char *says, struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ true});
}

static void add_methods(const struct case_of_v5 *v)
{
    static const char *const methods[] = {"get", "head", "put", "post", "delete", "options"};
    struct cos_arena *scratch = &v->m->scratch;
    add(v, METHOD, NULL, NULL, v->c->method);
    add(v, METHOD, "method-upper-case", "the method was signed in capitals",
        v->x->parts.method);
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        struct cos_span says =
            cos_arena_printf(scratch,
                             "the signature is of a %s request, and a " COS_SPAN_FMT
                             " was sent",
                             methods[i], COS_SPAN_ARG(v->c->method));
        mistakes_add(v->m, METHOD,
                     &(struct variant){"method", says, cos_span_of(methods[i]), true});
    }
}

static struct cos_span join2(const struct case_of_v5 *v, struct cos_span a, struct cos_span b)
{
    const struct cos_span parts[] = {a, b};
    return cos_arena_join(&v->m->scratch, parts, COS_ARRAY_LEN(parts));
}

static bool is_of_signature(struct cos_span name)
{
    return cos_span_starts(name, COS_SPAN_LIT("q-")) || cos_span_eq_str(name, "sign");
}

/* The query as it was sent, without what carries the signature. */
static struct cos_span own_query(const struct case_of_v5 *v)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    for (struct cos_span rest = v->x->parts.raw_query; rest.ptr != NULL && rest.len > 0;) {
        struct cos_span piece = cos_span_cut(&rest, '&');
        struct cos_span value = piece;
        if (!is_of_signature(cos_span_cut(&value, '='))) {
            cos_buf_str(&b, b.len == 0 ? "" : "&");
            cos_buf_span(&b, piece);
        }
    }
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static struct cos_span path_with_query(const struct case_of_v5 *v)
{
    const struct cos_span parts[] = {v->x->parts.raw_path, COS_SPAN_LIT("?"), own_query(v)};
    return cos_arena_join(&v->m->scratch, parts, COS_ARRAY_LEN(parts));
}

/* "/a/b" with each segment spelled. */
static struct cos_span spell_path(const struct case_of_v5 *v, enum spelling how)
{
    struct cos_span out = COS_SPAN_EMPTY;
    struct cos_span rest = cos_span_from(v->c->paths[0], 1);
    while (rest.ptr != NULL) {
        struct cos_span segment = cos_span_cut(&rest, '/');
        const struct cos_span parts[] = {out, COS_SPAN_LIT("/"),
                                         mistakes_spell(&v->m->scratch, segment, how)};
        out = cos_arena_join(&v->m->scratch, parts, COS_ARRAY_LEN(parts));
    }
    return out;
}

static struct cos_span plus_for_space(const struct case_of_v5 *v)
{
    char *out = cos_arena_alloc(&v->m->scratch, v->c->paths[0].len);
    for (size_t i = 0; i < v->c->paths[0].len && out != NULL; i++) {
        char c = v->c->paths[0].ptr[i];
        out[i] = c == ' ' ? '+' : c;
    }
    return out == NULL ? v->c->paths[0] : cos_span_make(out, v->c->paths[0].len);
}

static void add_bucket_paths(const struct case_of_v5 *v, struct cos_span path)
{
    struct cos_span bucket = v->x->route.bucket;
    if (bucket.len == 0) {
        return;
    }
    struct cos_span before = join2(v, COS_SPAN_LIT("/"), bucket);
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

static void add_paths(const struct case_of_v5 *v)
{
    struct cos_span path = v->c->paths[0];
    for (size_t i = 0; i < v->c->n_paths; i++) {
        add(v, PATH, NULL, NULL, v->c->paths[i]);
    }
    add_common(v, PATH, "plus-in-path", "a '+' of the path was signed as '+', and is a space",
               v->x->parts.path);
    add_common(v, PATH, "path-encoded", "the path was signed percent-encoded, as it was sent",
               v->x->parts.raw_path);
    add_common(v, PATH, "path-encoded", "the path was signed percent-encoded",
               spell_path(v, SPELLED_RIGHT));
    add(v, PATH, "path-encoded", "the path was signed percent-encoded, with lower-case digits",
        spell_path(v, SPELLED_LOWER_HEX));
    add(v, PATH, "path-encoded-twice", "the path was signed percent-encoded twice",
        spell_path(v, SPELLED_TWICE));
    add(v, PATH, "path-encoded", "the path was signed percent-encoded with its slashes",
        mistakes_spell(&v->m->scratch, path, SPELLED_RIGHT));
    add(v, PATH, "plus-for-space", "a space of the path was signed as '+'", plus_for_space(v));
    add_common(v, PATH, "path-without-slash", "the path was signed without its first '/'",
               cos_span_from(path, 1));
    add(v, PATH, "path-without-slash", "the path was signed without its last '/'",
        cos_span_sub(path, 0, path.len - (path.len > 1 && path.ptr[path.len - 1] == '/')));
    add(v, PATH, "path-with-slash", "the path was signed with a '/' behind it",
        join2(v, path, COS_SPAN_LIT("/")));
    add(v, PATH, "path-with-query", "the path was signed with the query", path_with_query(v));
    add(v, PATH, "path-lower-case", "the path was signed in lower case",
        cos_arena_lower(&v->m->scratch, path));
    add_bucket_paths(v, path);
}

/* --- query and headers --- */

/* How "name=value&..." is joined. */
struct joining {
    enum spelling how;
    size_t without, empty; /* of which pair; SIZE_MAX: of none */
    struct cos_span host;  /* its value; ptr NULL: as it came */
    size_t changed;        /* of which pair... */
    struct cos_span value; /* ...the value is this */
    bool has_raw_names;
};
static const struct joining plain = {SPELLED_RIGHT, SIZE_MAX,  SIZE_MAX, {NULL, 0},
                                     SIZE_MAX,      {NULL, 0}, false};

static struct cos_span raw_value(const struct case_of_v5 *v, const struct cos_pair *pair)
{
    char *out = cos_arena_alloc(&v->m->scratch, pair->value.len + 1);
    return out == NULL ? COS_SPAN_EMPTY
                       : cos_span_make(out, cos_percent_decode(out, pair->value,
                                                               /* plus_is_space= */ false));
}

static struct cos_span value_of(const struct case_of_v5 *v, const struct cos_pairs *pairs,
                                size_t i, const struct joining *j)
{
    const struct cos_pair *pair = &pairs->items[i];
    if (j->empty == i) {
        return COS_SPAN_EMPTY;
    }
    struct cos_span raw = j->changed == i                        ? j->value
                          : pair->is_host && j->host.ptr != NULL ? j->host
                                                                 : raw_value(v, pair);
    return mistakes_spell(&v->m->scratch, raw, j->how);
}

static struct cos_span join(const struct case_of_v5 *v, const struct cos_pairs *pairs,
                            const struct joining *j)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    for (size_t i = 0; i < pairs->n; i++) {
        if (j->without == i) {
            continue;
        }
        if (b.len > 0) {
            cos_buf_ch(&b, '&');
        }
        cos_buf_span(&b, j->has_raw_names ? pairs->items[i].raw : pairs->items[i].name);
        cos_buf_ch(&b, '=');
        cos_buf_span(&b, value_of(v, pairs, i, j));
    }
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static const struct {
    enum spelling how;
    bool is_common;
    const char *word, *says;
} spellings[] = {
    {SPELLED_RAW, true, "not-encoded", "were not percent-encoded"},
    {SPELLED_PLUS, true, "plus-for-space", "have '+' for a space, not %20"},
    {SPELLED_LOWER_HEX, false, "hex-lower-case", "were percent-encoded with lower-case digits"},
    {SPELLED_SLASH, true, "slash-not-encoded", "were percent-encoded, but not their '/'"},
    {SPELLED_JAVASCRIPT, false, "marks-not-encoded",
     "were percent-encoded, but not their !'()*, as encodeURIComponent() leaves them"},
    {SPELLED_TWICE, false, "encoded-twice", "were percent-encoded twice"},
};

static void add_spellings(const struct case_of_v5 *v, size_t part,
                          const struct cos_pairs *pairs)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(spellings); i++) {
        struct joining j = plain;
        j.how = spellings[i].how;
        struct variant variant = {
            .word = spellings[i].word,
            .says =
                cos_arena_printf(&v->m->scratch, "values of %s %s",
                                 part == QUERY ? "the query" : "headers", spellings[i].says),
            .text = join(v, pairs, &j),
            .is_common = spellings[i].is_common,
        };
        mistakes_add(v->m, part, &variant);
    }
}

/* One that is listed was left out, or was empty when it was signed. */
static void add_singles(const struct case_of_v5 *v, size_t part, const struct cos_pairs *pairs)
{
    const char *kind = part == QUERY ? "parameter" : "header";
    for (size_t i = 0; i < pairs->n && i < SINGLED_OUT_MAX; i++) {
        struct cos_span name = pairs->items[i].name;
        struct joining without = plain;
        struct joining empty = plain;
        without.without = i;
        empty.empty = i;
        mistakes_add(v->m, part,
                     &(struct variant){.word = "listed-not-signed",
                                       .says =
                                           cos_arena_printf(&v->m->scratch,
                                                            "%s " COS_SPAN_FMT
                                                            " is listed as signed and was not",
                                                            kind, COS_SPAN_ARG(name)),
                                       .text = join(v, pairs, &without)});
        mistakes_add(v->m, part,
                     &(struct variant){.word = "signed-empty",
                                       .says = cos_arena_printf(&v->m->scratch,
                                                                "%s " COS_SPAN_FMT
                                                                " was empty when it was signed",
                                                                kind, COS_SPAN_ARG(name)),
                                       .text = join(v, pairs, &empty)});
    }
}

static int by_raw_bytes(const void *a, const void *b)
{
    const struct cos_pair *x = a;
    const struct cos_pair *y = b;
    return cos_span_cmp(x->raw, y->raw);
}

/* The pairs as they stand in the request. */
static void put_in_order_sent(const struct case_of_v5 *v, struct cos_pairs *out,
                              const struct cos_pairs *pairs, bool is_query)
{
    size_t most = is_query ? v->x->parts.n_params : v->x->parts.n_headers;
    for (size_t i = 0; i < most; i++) {
        struct cos_span name =
            is_query ? v->x->parts.params[i].name : v->x->parts.headers[i].name;
        for (size_t k = 0; k < pairs->n && out->n < pairs->n; k++) {
            if (cos_span_eq(pairs->items[k].raw, name)) {
                out->items[out->n++] = pairs->items[k];
                break;
            }
        }
    }
}

static void add_orders(const struct case_of_v5 *v, size_t part, const struct cos_pairs *listed,
                       const struct cos_pairs *sorted)
{
    const char *says = part == QUERY ? "parameters were signed in another order than that of "
                                       "their lower-case names"
                                     : "headers were signed in another order than that of "
                                       "their lower-case names";
    struct cos_pairs other = {cos_arena_array(&v->m->scratch, sorted->n,
                                              sizeof(struct cos_pair)),
                              0};
    if (other.items == NULL || sorted->n == 0) {
        return;
    }
    add_common(v, part, "order", says, join(v, listed, &plain));
    put_in_order_sent(v, &other, sorted, part == QUERY);
    if (other.n == sorted->n) {
        add_common(v, part, "order", says, join(v, &other, &plain));
    }
    memcpy(other.items, sorted->items, sorted->n * sizeof(struct cos_pair));
    other.n = sorted->n;
    qsort(other.items, other.n, sizeof(struct cos_pair), by_raw_bytes);
    add(v, part, "order", says, join(v, &other, &plain));
    for (size_t i = 0; i < sorted->n; i++) {
        other.items[i] = sorted->items[sorted->n - 1 - i];
    }
    add(v, part, "order", says, join(v, &other, &plain));
}

/* What nobody listed, and somebody signed. */
static struct cos_span whole_query(const struct case_of_v5 *v)
{
    struct cos_pairs all = {cos_arena_array(&v->m->scratch, v->x->parts.n_params + 1,
                                            sizeof(struct cos_pair)),
                            0};
    for (size_t i = 0; i < v->x->parts.n_params && all.items != NULL; i++) {
        const struct param *p = &v->x->parts.params[i];
        if (is_of_signature(p->name)) {
            continue;
        }
        struct cos_span name = cos_arena_lower(&v->m->scratch, p->name);
        struct cos_span encoded = mistakes_spell(&v->m->scratch, name, SPELLED_RIGHT);
        struct cos_span value = mistakes_spell(&v->m->scratch, p->value, SPELLED_RIGHT);
        all.items[all.n++] = (struct cos_pair){encoded, name, value, /* is_host= */ false};
    }
    if (all.n > 1) {
        qsort(all.items, all.n, sizeof(struct cos_pair), by_raw_bytes);
    }
    return join(v, &all, &plain);
}

static void add_query(const struct case_of_v5 *v, const struct cos_canonical *listed)
{
    const struct cos_pairs *pairs = &v->c->params;
    add(v, QUERY, NULL, NULL, join(v, pairs, &plain));
    add_common(v, QUERY, "query-not-signed",
               "the parameters that q-url-param-list names were not signed", COS_SPAN_EMPTY);
    add_common(v, QUERY, "query-not-listed",
               "the query was signed, and q-url-param-list does not name it", whole_query(v));
    add_common(v, QUERY, "query-as-sent",
               "the query was signed as it stands in the URL, not name by name", own_query(v));
    add_spellings(v, QUERY, pairs);
    add_orders(v, QUERY, &listed->params, pairs);
    add_singles(v, QUERY, pairs);
}

static void add_host(const struct case_of_v5 *v, const char *word, const char *how,
                     struct cos_span host)
{
    struct joining j = plain;
    j.host = host;
    struct variant variant = {
        .word = word,
        .says = cos_arena_printf(&v->m->scratch, "%s: " COS_SPAN_FMT, how, COS_SPAN_ARG(host)),
        .text = join(v, &v->c->headers, &j),
        .is_common = true,
    };
    if (host.len > 0) {
        mistakes_add(v->m, HEADERS, &variant);
    }
}

/* The bucket's own name of COS, its accelerated one and the endpoint without it. */
static void add_names_of_bucket(const struct case_of_v5 *v)
{
    const struct bucket *b = v->x->target.at.bucket;
    if (b == NULL) {
        return;
    }
    static const char how[] = "host was signed as another name of the bucket";
    add_host(v, "host", how,
             cos_arena_printf(&v->m->scratch, "%s.cos.%s.myqcloud.com", b->name, b->region));
    add_host(v, "host", how,
             cos_arena_printf(&v->m->scratch, "%s.cos.accelerate.myqcloud.com", b->name));
    add_host(v, "host", "host was signed without the bucket",
             cos_arena_printf(&v->m->scratch, "cos.%s.myqcloud.com", b->region));
}

static void add_hosts(const struct case_of_v5 *v)
{
    struct cos_arena *scratch = &v->m->scratch;
    for (size_t i = 0; i < v->c->n_hosts; i++) {
        add_host(v, NULL, "", v->c->raw_hosts[i]);
    }
    struct cos_span name = v->x->parts.host_name;
    static const char port[] = "host was signed with a port that the request does not have";
    add_host(v, "host-port", port,
             cos_arena_printf(scratch, COS_SPAN_FMT ":80", COS_SPAN_ARG(name)));
    add_host(v, "host-port", port,
             cos_arena_printf(scratch, COS_SPAN_FMT ":443", COS_SPAN_ARG(name)));
    add_host(v, "host", "a proxy changed Host, which was signed as X-Forwarded-Host says",
             header_get(v->x, "X-Forwarded-Host"));
    add_host(v, "host", "a proxy changed Host, which was signed as X-Original-Host says",
             header_get(v->x, "X-Original-Host"));
    add_names_of_bucket(v);
    add_host(v, "host", "host was signed with http:// before it",
             cos_arena_printf(scratch, "http://" COS_SPAN_FMT, COS_SPAN_ARG(name)));
    add_host(v, "host", "host was signed with https:// before it",
             cos_arena_printf(scratch, "https://" COS_SPAN_FMT, COS_SPAN_ARG(name)));
}

/* What proxies and HTTP libraries make of a header behind the signer's back. */
static void add_changed(const struct case_of_v5 *v, size_t i, struct cos_span value)
{
    struct joining j = plain;
    j.changed = i;
    j.value = value;
    struct variant variant = {
        .word = "header-changed",
        .says =
            cos_arena_printf(&v->m->scratch,
                             "header " COS_SPAN_FMT " was changed behind the signature "
                             "(by a proxy or an HTTP library): signed was '" COS_SPAN_FMT "'",
                             COS_SPAN_ARG(v->c->headers.items[i].name), COS_SPAN_ARG(value)),
        .text = join(v, &v->c->headers, &j),
    };
    mistakes_add(v->m, HEADERS, &variant);
}

static void add_changed_headers(const struct case_of_v5 *v)
{
    static const char *const types[] = {"application/octet-stream", "text/plain",
                                        "application/x-www-form-urlencoded", "application/json",
                                        "application/xml"};
    for (size_t i = 0; i < v->c->headers.n && i < SINGLED_OUT_MAX; i++) {
        struct cos_span name = v->c->headers.items[i].raw;
        struct cos_span value = raw_value(v, &v->c->headers.items[i]);
        struct cos_span bare = cos_span_trim(cos_span_sub(value, 0, cos_span_chr(value, ';')));
        bool is_type = cos_span_eq_nocase(name, COS_SPAN_LIT("content-type"));
        for (size_t k = 0; is_type && k < COS_ARRAY_LEN(types); k++) {
            add_changed(v, i, cos_span_of(types[k]));
        }
        if (is_type) {
            add_changed(v, i, bare);
            add_changed(v, i, join2(v, bare, COS_SPAN_LIT("; charset=utf-8")));
            add_changed(v, i, join2(v, bare, COS_SPAN_LIT("; charset=UTF-8")));
            add_changed(v, i, join2(v, bare, COS_SPAN_LIT(";charset=UTF-8")));
        } else if (cos_span_eq_nocase(name, COS_SPAN_LIT("content-length"))) {
            add_changed(v, i, COS_SPAN_LIT("0"));
        } else if (cos_span_eq_nocase(name, COS_SPAN_LIT("connection"))) {
            add_changed(v, i, COS_SPAN_LIT("keep-alive"));
            add_changed(v, i, COS_SPAN_LIT("Keep-Alive"));
            add_changed(v, i, COS_SPAN_LIT("close"));
        } else if (cos_span_eq_nocase(name, COS_SPAN_LIT("accept-encoding"))) {
            add_changed(v, i, COS_SPAN_LIT("gzip"));
            add_changed(v, i, COS_SPAN_LIT("gzip, deflate"));
            add_changed(v, i, COS_SPAN_LIT("identity"));
        }
    }
}

static void add_headers(const struct case_of_v5 *v, const struct cos_canonical *listed)
{
    const struct cos_pairs *pairs = &v->c->headers;
    struct joining named = plain;
    named.has_raw_names = true;
    add(v, HEADERS, NULL, NULL, join(v, pairs, &plain));
    add_hosts(v);
    add_common(v, HEADERS, "headers-not-signed",
               "the headers that q-header-list names were not signed", COS_SPAN_EMPTY);
    struct cos_span host = mistakes_spell(&v->m->scratch, v->x->parts.host, SPELLED_RIGHT);
    if (pairs->n == 0) {
        add_common(v, HEADERS, "host-not-listed",
                   "host was signed, and q-header-list does not name it",
                   join2(v, COS_SPAN_LIT("host="), host));
    }
    add(v, HEADERS, "names-not-lower-case", "names of headers were signed with their capitals",
        join(v, pairs, &named));
    add_spellings(v, HEADERS, pairs);
    add_orders(v, HEADERS, &listed->headers, pairs);
    add_singles(v, HEADERS, pairs);
    add_changed_headers(v);
}

/* --- how it is put together --- */

static void add_strings(const struct case_of_v5 *v)
{
    add(v, STRING, NULL, NULL, COS_SPAN_LIT(AS_DOCUMENTED));
    add_common(v, STRING, "key-time-signed",
               "the StringToSign has q-key-time where q-sign-time is due",
               COS_SPAN_LIT(WITH_KEY_TIME));
    add_common(v, STRING, "no-last-newline", "the StringToSign has no newline at its end",
               COS_SPAN_LIT(WITHOUT_LAST_NEWLINE));
    add_common(v, STRING, "no-last-newline", "the FormatString has no newline at its end",
               COS_SPAN_LIT(OF_FORMAT_WITHOUT_NEWLINE));
    add(v, STRING, "format-not-hashed",
        "the StringToSign has the FormatString itself, not its SHA-1",
        COS_SPAN_LIT(WITH_FORMAT_ITSELF));
    add(v, STRING, "hash-upper-case",
        "the StringToSign has the SHA-1 of the FormatString in upper case",
        COS_SPAN_LIT(WITH_UPPER_CASE));
}

static struct cos_span sign_key(const struct case_of_v5 *v, struct cos_span secret,
                                struct cos_span time)
{
    char *out = cos_arena_alloc(&v->m->scratch, HEX + 1);
    if (out == NULL) {
        return COS_SPAN_EMPTY;
    }
    cos_hmac_sha1_hex(out, secret.ptr, secret.len, time.ptr, time.len);
    return cos_span_make(out, HEX);
}

static void to_upper(struct cos_span s, char *out)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        out[i] = c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
    }
}

static void add_keys(const struct case_of_v5 *v)
{
    struct cos_span secret = cos_secret_view(&v->x->identity.found.key->secret_key);
    struct cos_span right = sign_key(v, secret, v->auth->key_time);
    add(v, KEY, NULL, NULL, right);
    add_common(v, KEY, "sign-time-in-key", "the SignKey is made of q-sign-time, not q-key-time",
               sign_key(v, secret, v->auth->sign_time));
    char *binary = cos_arena_alloc(&v->m->scratch, COS_SHA1_BYTES);
    char *upper = cos_arena_alloc(&v->m->scratch, HEX);
    if (binary == NULL || upper == NULL || right.len == 0) {
        return;
    }
    (void)cos_hex_decode(binary, COS_SHA1_BYTES, right);
    to_upper(right, upper);
    add_common(v, KEY, "sign-key-bytes", "the SignKey was used as 20 bytes, not as 40 digits",
               cos_span_make(binary, COS_SHA1_BYTES));
    add(v, KEY, "sign-key-upper-case", "the SignKey was used in upper case",
        cos_span_make(upper, HEX));
    add_common(v, KEY, "no-sign-key", "the secret key signed itself, not the SignKey", secret);
}

/* Secrets other than the right one, each as the SignKey it makes. */
static void add_keys_of_secrets(const struct case_of_v5 *v)
{
    struct mistakes *secrets = mistakes_new(v->x);
    if (secrets == NULL) {
        return;
    }
    mistakes_add_secrets(secrets, 0, v->x);
    for (size_t i = 1; i < secrets->parts[0].n; i++) {
        struct variant variant = secrets->parts[0].items[i];
        variant.says = cos_arena_span(&v->m->scratch, variant.says);
        variant.text = sign_key(v, variant.text, v->auth->key_time);
        mistakes_add(v->m, KEY, &variant);
    }
    (void)mistakes_free(secrets);
}

/* --- does it fit? --- */

static size_t write_format(const struct case_of_v5 *v, const struct variant *const chosen[])
{
    char *at = v->text;
    for (size_t part = METHOD; part <= HEADERS; part++) {
        at = cos_span_put(at, chosen[part]->text);
        *at++ = '\n';
    }
    bool is_cut = cos_span_eq_str(chosen[STRING]->text, OF_FORMAT_WITHOUT_NEWLINE);
    return (size_t)(at - v->text) - is_cut;
}

/* Behind the FormatString of @n bytes. */
static struct cos_span write_string(const struct case_of_v5 *v, size_t n, struct cos_span way)
{
    char *begin = v->text + n;
    bool has_key_time = cos_span_eq_str(way, WITH_KEY_TIME);
    char *at = cos_span_put(begin, COS_SPAN_LIT("sha1\n"));
    at = cos_span_put(at, has_key_time ? v->auth->key_time : v->auth->sign_time);
    *at++ = '\n';
    char digest[HEX + 1];
    cos_sha1_hex(digest, v->text, n);
    if (cos_span_eq_str(way, WITH_UPPER_CASE)) {
        to_upper(cos_span_make(digest, HEX), digest);
    }
    at =
        cos_span_put(at, cos_span_eq_str(way, WITH_FORMAT_ITSELF) ? cos_span_make(v->text, n)
                                                                  : cos_span_make(digest, HEX));
    *at++ = '\n';
    bool is_cut = cos_span_eq_str(way, WITHOUT_LAST_NEWLINE);
    return cos_span_make(begin, (size_t)(at - begin) - is_cut);
}

static bool is_made_so(void *ctx, const struct variant *const chosen[PARTS_MAX])
{
    const struct case_of_v5 *v = ctx;
    struct cos_span string = write_string(v, write_format(v, chosen), chosen[STRING]->text);
    char expected[HEX + 1];
    struct cos_span key = chosen[KEY]->text;
    cos_hmac_sha1_hex(expected, key.ptr, key.len, string.ptr, string.len);
    return cos_equal_ct(v->given, cos_span_make(expected, HEX));
}

static size_t longest_format(const struct mistakes *m)
{
    size_t total = 0;
    for (size_t part = METHOD; part <= HEADERS; part++) {
        size_t most = 0;
        for (size_t i = 0; i < m->parts[part].n; i++) {
            size_t n = m->parts[part].items[i].text.len;
            most = n > most ? n : most;
        }
        total += most + 1;
    }
    return total;
}

static void keep(const struct case_of_v5 *v, const struct variant *const chosen[PARTS_MAX])
{
    struct cosmock_exchange *x = v->x;
    struct identity *who = &x->identity;
    mistakes_name(x, v->m, chosen);
    size_t n = write_format(v, chosen);
    struct cos_span theirs = cos_arena_span(&x->arena, cos_span_make(v->text, n));
    struct cos_span string = write_string(v, n, chosen[STRING]->text);
    if (!cos_span_eq_str(chosen[STRING]->text, WITH_FORMAT_ITSELF)) {
        who->signed_string_to_sign = cos_arena_span(&x->arena, string);
    }
    mistakes_compare(x, "FormatString", who->format_string, theirs);
}

static void look(struct case_of_v5 *v, const struct cos_canonical *listed)
{
    add_methods(v);
    add_paths(v);
    add_query(v, listed);
    add_headers(v, listed);
    add_strings(v);
    add_keys(v);
    add_keys_of_secrets(v);
    size_t most = longest_format(v->m);
    v->text = cos_arena_alloc(&v->m->scratch, 2 * most + 2 * HEX + 64);
    const struct variant *chosen[PARTS_MAX] = {NULL};
    if (v->text != NULL && !v->m->scratch.failed && mistakes_find(v->m, chosen)) {
        keep(v, chosen);
    } else {
        mistakes_compare(v->x, "FormatString", v->x->identity.format_string,
                         (struct cos_span){NULL, 0});
    }
}

void cos_mistakes_look(struct cosmock_exchange *x, const struct cos_auth *auth,
                       struct cos_canonical *c)
{
    struct cos_canonical listed; /* before they are sorted */
    struct mistakes *m = mistakes_new(x);
    if (m == NULL || !cos_canonical_make(&listed, x, auth)) {
        (void)mistakes_free(m);
        return;
    }
    struct case_of_v5 v = {.x = x,
                           .auth = auth,
                           .c = c,
                           .m = m,
                           .given = cos_arena_lower(&x->arena, auth->signature)};
    m->fits = is_made_so;
    m->ctx = &v;
    look(&v, &listed);
    (void)mistakes_free(m);
}
