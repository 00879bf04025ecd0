/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients do wrong in TC3-HMAC-SHA256 (sts-cam.md s.1.1). The parts are those of the
 * canonical request, how the string to sign is made of it, and the derived key.
 */
#include "authn/mistakes.h"

#include "authn/authn.h"
#include "exchange/sts_request.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"

#include <stdlib.h>

enum { METHOD, PATH, QUERY, HEADERS, LIST, PAYLOAD, STRING, KEY };
enum { HASH_HEX = 2 * COS_SHA256_BYTES, NAMES_MAX = 64, PAYLOAD_CHANGED_MAX_BYTES = 64 << 10 };
#define AS_DOCUMENTED "documented"
#define WITH_UPPER_CASE "upper-case"
#define WITH_REQUEST_ITSELF "request-itself"

struct case_of_tc3 {
    struct cosmock_exchange *x;
    struct mistakes *m;
    struct cos_span given;
};

static void add(const struct case_of_tc3 *v, size_t part, const char *word, const char *says,
                struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ false});
}

static void add_common(const struct case_of_tc3 *v, size_t part, const char *word,
                       const char *says, struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ true});
}

/* --- method, path, query --- */

static int by_bytes(const void *a, const void *b)
{
    return cos_span_cmp(*(const struct cos_span *)a, *(const struct cos_span *)b);
}

static struct cos_span sorted_query(const struct case_of_tc3 *v)
{
    struct cos_span pieces[NAMES_MAX];
    size_t n = 0;
    for (struct cos_span rest = v->x->parts.raw_query; rest.ptr != NULL && n < NAMES_MAX;) {
        pieces[n++] = cos_span_cut(&rest, '&');
    }
    qsort(pieces, n, sizeof(pieces[0]), by_bytes);
    struct cos_span out = n == 0 ? COS_SPAN_EMPTY : pieces[0];
    for (size_t i = 1; i < n; i++) {
        const struct cos_span parts[] = {out, COS_SPAN_LIT("&"), pieces[i]};
        out = cos_arena_join(&v->m->scratch, parts, COS_ARRAY_LEN(parts));
    }
    return out;
}

static void add_request_line(const struct case_of_tc3 *v)
{
    const struct parts *p = &v->x->parts;
    bool is_post = cos_span_eq_str(p->method, "POST");
    add(v, METHOD, NULL, NULL, p->method);
    add_common(v, METHOD, "method",
               is_post ? "the signature is of a GET request, and a POST was sent"
                       : "the signature is of a POST request, and a GET was sent",
               is_post ? COS_SPAN_LIT("GET") : COS_SPAN_LIT("POST"));
    add(v, METHOD, "method-lower-case", "the method was signed in lower case",
        cos_arena_lower(&v->m->scratch, p->method));
    add(v, PATH, NULL, NULL, COS_SPAN_LIT("/"));
    add_common(v, PATH, "path", "the path was signed empty, and is always '/'", COS_SPAN_EMPTY);
    add(v, PATH, "path", "the path was signed as it was sent, and is always '/'", p->raw_path);
    add(v, QUERY, NULL, NULL, is_post ? COS_SPAN_EMPTY : p->raw_query);
    add_common(v, QUERY, "query-not-signed", "the query of a GET was not signed",
               COS_SPAN_EMPTY);
    add_common(v, QUERY, "order", "the query was signed sorted, and is signed as it stands",
               sorted_query(v));
    add(v, QUERY, "query", "the query was signed, and a POST has none", p->raw_query);
}

/* --- headers --- */

struct heading {
    struct cos_span host, type; /* ptr NULL: as they came */
    bool lowers_values, keeps_names, lacks_newline;
};

static struct cos_span host_of(const struct case_of_tc3 *v)
{
    struct cos_span host = header_get(v->x, "Host");
    return host.ptr == NULL ? v->x->parts.host : host;
}

static struct cos_span value_of(const struct case_of_tc3 *v, struct cos_span name,
                                const struct heading *h)
{
    if (cos_span_eq_nocase(name, COS_SPAN_LIT("host"))) {
        return h->host.ptr != NULL ? h->host : host_of(v);
    }
    if (h->type.ptr != NULL && cos_span_eq_nocase(name, COS_SPAN_LIT("content-type"))) {
        return h->type;
    }
    struct cos_span value = header_get(v->x, cos_arena_str(&v->m->scratch, name));
    return value.ptr == NULL ? COS_SPAN_EMPTY : value;
}

static struct cos_span headers_of(const struct case_of_tc3 *v, struct cos_span list,
                                  const struct heading *h)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    for (struct cos_span rest = list; rest.ptr != NULL;) {
        struct cos_span name = cos_span_cut(&rest, ';');
        struct cos_span value = value_of(v, name, h);
        cos_buf_span(&b, h->keeps_names ? name : cos_arena_lower(&v->m->scratch, name));
        cos_buf_ch(&b, ':');
        cos_buf_span(&b, h->lowers_values ? cos_arena_lower(&v->m->scratch, value) : value);
        cos_buf_str(&b, rest.ptr == NULL && h->lacks_newline ? "" : "\n");
    }
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static void add_heading(const struct case_of_tc3 *v, const char *word, const char *says,
                        const struct heading *h)
{
    add_common(v, HEADERS, word, says, headers_of(v, v->x->sts->signed_headers, h));
}

static struct cos_span cut_port(struct cos_span host)
{
    return cos_span_sub(host, 0, cos_span_rchr(host, ':'));
}

static void add_types(const struct case_of_tc3 *v)
{
    static const char *const types[] = {"application/json", "application/json; charset=utf-8",
                                        "application/json; charset=UTF-8",
                                        "application/json;charset=utf-8",
                                        "application/x-www-form-urlencoded"};
    for (size_t i = 0; i < COS_ARRAY_LEN(types); i++) {
        struct cos_span says = cos_arena_printf(
            &v->m->scratch,
            "header content-type was changed behind the signature (by a proxy or an HTTP "
            "library): signed was '%s'",
            types[i]);
        add_heading(v, "header-changed", says.ptr,
                    &(struct heading){.type = cos_span_of(types[i])});
    }
}

static void add_headers(const struct case_of_tc3 *v)
{
    static const char changed[] = "host was signed as sts.tencentcloudapi.com, which it is not";
    struct cos_arena *scratch = &v->m->scratch;
    struct cos_span bare = cut_port(host_of(v));
    add_heading(v, NULL, NULL, &(struct heading){.lowers_values = false});
    add_heading(v, NULL, NULL, &(struct heading){.host = bare});
    add_heading(v, NULL, NULL, &(struct heading){.lowers_values = true});
    add_heading(v, NULL, NULL, &(struct heading){.host = bare, .lowers_values = true});
    add_heading(v, "host-port", "host was signed with a port that the request does not have",
                &(struct heading){.host = cos_arena_printf(scratch, COS_SPAN_FMT ":443",
                                                           COS_SPAN_ARG(bare))});
    add_heading(v, "host-port", "host was signed with a port that the request does not have",
                &(struct heading){
                    .host = cos_arena_printf(scratch, COS_SPAN_FMT ":80", COS_SPAN_ARG(bare))});
    add_heading(v, "host", changed,
                &(struct heading){.host = COS_SPAN_LIT("sts.tencentcloudapi.com")});
    add_heading(v, "host", "a proxy changed Host, which was signed as X-Forwarded-Host says",
                &(struct heading){.host = header_get(v->x, "X-Forwarded-Host")});
    add_heading(v, "names-not-lower-case", "names of headers were signed with their capitals",
                &(struct heading){.keeps_names = true});
    add_heading(v, "no-last-newline", "the headers have no newline at their end",
                &(struct heading){.lacks_newline = true});
    add_types(v);
    struct cos_span usual = COS_SPAN_LIT("content-type;host");
    add_common(v, HEADERS, "order", "headers were signed in another order than SignedHeaders",
               headers_of(v, usual, &(struct heading){.lowers_values = false}));
    add_common(v, HEADERS, "order", "headers were signed in another order than SignedHeaders",
               headers_of(v, COS_SPAN_LIT("host;content-type"),
                          &(struct heading){.lowers_values = false}));
    add(v, LIST, NULL, NULL, cos_arena_lower(scratch, v->x->sts->signed_headers));
    add_common(v, LIST, "names-not-lower-case", "SignedHeaders was signed with its capitals",
               v->x->sts->signed_headers);
    add_common(v, LIST, "order", "SignedHeaders was signed in another order", usual);
}

/* --- the payload --- */

static struct cos_span hash_of(const struct case_of_tc3 *v, struct cos_span payload)
{
    char *out = cos_arena_alloc(&v->m->scratch, HASH_HEX + 1);
    if (out == NULL) {
        return COS_SPAN_EMPTY;
    }
    cos_sha256_hex(out, payload.ptr, payload.len);
    return cos_span_make(out, HASH_HEX);
}

static struct cos_span upper(const struct case_of_tc3 *v, struct cos_span s)
{
    char *out = cos_arena_alloc(&v->m->scratch, s.len);
    for (size_t i = 0; i < s.len && out != NULL; i++) {
        char c = s.ptr[i];
        out[i] = c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
    }
    return out == NULL ? COS_SPAN_EMPTY : cos_span_make(out, s.len);
}

/* The body without the blanks between its tokens, as a compact JSON has it. It is not parsed:
 * nobody knows whose it is. */
static struct cos_span compact(const struct case_of_tc3 *v, struct cos_span body)
{
    char *out = cos_arena_alloc(&v->m->scratch, body.len + 1);
    size_t n = 0;
    bool is_in_text = false;
    for (size_t i = 0; i < body.len && out != NULL; i++) {
        char c = body.ptr[i];
        bool is_escaped = is_in_text && i > 0 && body.ptr[i - 1] == '\\';
        is_in_text = is_in_text != (c == '"' && !is_escaped);
        if (is_in_text || strchr(" \t\r\n", c) == NULL) {
            out[n++] = c;
        }
    }
    return out == NULL ? COS_SPAN_EMPTY : cos_span_make(out, n);
}

static void add_payloads(const struct case_of_tc3 *v)
{
    bool is_post = cos_span_eq_str(v->x->parts.method, "POST");
    struct cos_span unsigned_word = COS_SPAN_LIT("UNSIGNED-PAYLOAD");
    bool is_unsigned = cos_span_eq(header_get(v->x, "X-TC-Content-SHA256"), unsigned_word);
    struct cos_span body = is_unsigned ? unsigned_word
                           : is_post   ? cos_buf_view(&v->x->body.small)
                                       : COS_SPAN_EMPTY;
    struct cos_span right = hash_of(v, body);
    add(v, PAYLOAD, NULL, NULL, right);
    add_common(v, PAYLOAD, "payload-not-signed", "the hash of an empty payload was signed",
               hash_of(v, COS_SPAN_EMPTY));
    add_common(v, PAYLOAD, "payload-unsigned",
               "UNSIGNED-PAYLOAD was signed, and X-TC-Content-SHA256 does not say so",
               hash_of(v, unsigned_word));
    add(v, PAYLOAD, "payload-unsigned",
        "X-TC-Content-SHA256 says UNSIGNED-PAYLOAD, and the payload's hash was signed",
        hash_of(v, cos_buf_view(&v->x->body.small)));
    add(v, PAYLOAD, "hash-upper-case", "the payload's hash was signed in upper case",
        upper(v, right));
    if (body.len > PAYLOAD_CHANGED_MAX_BYTES) {
        return;
    }
    add(v, PAYLOAD, "payload-changed", "the payload was signed without its blanks",
        hash_of(v, compact(v, body)));
    add(v, PAYLOAD, "payload-changed",
        "the payload was signed without what is blank at its end",
        hash_of(v, cos_span_trim(body)));
    add(v, PAYLOAD, "payload-not-hashed", "the payload itself was signed, not its hash", body);
}

/* --- the string to sign and the key --- */

static struct cos_span derive(const struct case_of_tc3 *v, const char *prefix,
                              struct cos_span secret)
{
    const struct sts_request *r = v->x->sts;
    const struct cos_span parts[] = {cos_span_of(prefix), secret};
    struct cos_span first = cos_arena_join(&v->m->scratch, parts, COS_ARRAY_LEN(parts));
    uint8_t *key = cos_arena_alloc(&v->m->scratch, COS_SHA256_BYTES);
    if (key == NULL) {
        return COS_SPAN_EMPTY;
    }
    cos_hmac_sha256(key, first.ptr, first.len, r->scope_date.ptr, r->scope_date.len);
    cos_hmac_sha256(key, key, COS_SHA256_BYTES, r->scope_service.ptr, r->scope_service.len);
    cos_hmac_sha256(key, key, COS_SHA256_BYTES, "tc3_request", sizeof("tc3_request") - 1);
    return cos_span_make(key, COS_SHA256_BYTES);
}

static void add_keys(const struct case_of_tc3 *v)
{
    struct cos_span secret = cos_secret_view(&v->x->identity.found.key->secret_key);
    add(v, KEY, NULL, NULL, derive(v, "TC3", secret));
    add_common(v, KEY, "no-tc3-prefix",
               "the key is derived of the secret without TC3 before it", derive(v, "", secret));
    add_common(v, KEY, "aws4-prefix", "the key is derived as AWS does, of AWS4 and the secret",
               derive(v, "AWS4", secret));
    add(v, KEY, "no-derived-key", "the secret itself signed, not the key derived of it",
        secret);
    struct mistakes *secrets = mistakes_new(v->x);
    if (secrets == NULL) {
        return;
    }
    mistakes_add_secrets(secrets, 0, v->x);
    for (size_t i = 1; i < secrets->parts[0].n; i++) {
        struct variant variant = secrets->parts[0].items[i];
        variant.says = cos_arena_span(&v->m->scratch, variant.says);
        variant.text = derive(v, "TC3", variant.text);
        mistakes_add(v->m, KEY, &variant);
    }
    (void)mistakes_free(secrets);
}

static void add_strings(const struct case_of_tc3 *v)
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

static struct cos_span string_of(const struct case_of_tc3 *v, struct cos_arena *arena,
                                 struct cos_span request, struct cos_span way)
{
    const struct sts_request *r = v->x->sts;
    char hash[HASH_HEX + 1];
    cos_sha256_hex(hash, request.ptr, request.len);
    struct cos_span last = cos_span_eq_str(way, WITH_REQUEST_ITSELF) ? request
                           : cos_span_eq_str(way, WITH_UPPER_CASE)
                               ? upper(v, cos_span_make(hash, HASH_HEX))
                               : cos_span_make(hash, HASH_HEX);
    return cos_arena_printf(arena,
                            "TC3-HMAC-SHA256\n" COS_SPAN_FMT "\n" COS_SPAN_FMT "/" COS_SPAN_FMT
                            "/tc3_request\n" COS_SPAN_FMT,
                            COS_SPAN_ARG(r->timestamp), COS_SPAN_ARG(r->scope_date),
                            COS_SPAN_ARG(r->scope_service), COS_SPAN_ARG(last));
}

static bool is_made_so(void *ctx, const struct variant *const chosen[PARTS_MAX])
{
    const struct case_of_tc3 *v = ctx;
    struct cos_arena *scratch = &v->m->scratch;
    struct cos_span string =
        string_of(v, scratch, request_of(scratch, chosen), chosen[STRING]->text);
    struct cos_span key = chosen[KEY]->text;
    uint8_t digest[COS_SHA256_BYTES];
    cos_hmac_sha256(digest, key.ptr, key.len, string.ptr, string.len);
    char expected[HASH_HEX + 1];
    cos_hex_encode(expected, digest, sizeof(digest));
    return cos_equal_ct(v->given, cos_span_make(expected, HASH_HEX));
}

static void look(const struct case_of_tc3 *v)
{
    struct cosmock_exchange *x = v->x;
    struct identity *who = &x->identity;
    add_request_line(v);
    add_headers(v);
    add_payloads(v);
    add_strings(v);
    add_keys(v);
    const struct variant *chosen[PARTS_MAX] = {NULL};
    mistakes_none(v->m, chosen);
    struct cos_span ours = request_of(&x->arena, chosen);
    who->string_to_sign = string_of(v, &x->arena, ours, COS_SPAN_LIT(AS_DOCUMENTED));
    struct cos_span theirs = {NULL, 0};
    if (mistakes_find(v->m, chosen)) {
        mistakes_name(x, v->m, chosen);
        /* bodies are not kept */
        bool may_be_shown = chosen[PAYLOAD]->text.len == HASH_HEX &&
                            !cos_span_eq_str(chosen[STRING]->text, WITH_REQUEST_ITSELF);
        theirs = may_be_shown ? request_of(&x->arena, chosen) : theirs;
    }
    if (theirs.ptr != NULL) {
        who->signed_string_to_sign = string_of(v, &x->arena, theirs, chosen[STRING]->text);
    }
    mistakes_compare(x, "the canonical request", ours, theirs);
}

/* The day of the scope is the UTC day of X-TC-Timestamp. */
static bool check_day(struct cosmock_exchange *x)
{
    const struct sts_request *r = x->sts;
    int64_t sent_s = 0;
    char day[11];
    if (!cos_span_i64(r->timestamp, &sent_s) || sent_s < 0) {
        return true;
    }
    cos_date_day(day, sent_s);
    if (cos_span_eq_str(r->scope_date, day)) {
        return true;
    }
    x->identity.cause = COS_SPAN_LIT("scope-date");
    x->identity.detail =
        cos_arena_printf(&x->arena,
                         "the date of the Credential is '" COS_SPAN_FMT
                         "', and X-TC-Timestamp is of %s in UTC",
                         COS_SPAN_ARG(cos_span_sub(r->scope_date, 0, 20)), day);
    return false;
}

void authn_tc3_look(struct cosmock_exchange *x)
{
    struct mistakes *m = check_day(x) ? mistakes_new(x) : NULL;
    if (m == NULL) {
        return;
    }
    struct case_of_tc3 v = {x, m, cos_arena_lower(&x->arena, x->sts->signature)};
    m->fits = is_made_so;
    m->ctx = &v;
    look(&v);
    (void)mistakes_free(m);
}
