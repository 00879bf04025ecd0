/* SPDX-License-Identifier: Apache-2.0 */
/* What clients do wrong in signature v1 of the cloud's API (sts-cam.md s.1.2). */
#include "authn/mistakes.h"

#include "authn/authn.h"
#include "exchange/sts_request.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <stdlib.h>

enum { METHOD, HOST, PATH, FIELDS, ALGORITHM, KEY, GIVEN };
enum { SINGLED_OUT_MAX = 16 };
#define SHA1_WORD "sha1"
#define SHA256_WORD "sha256"

struct case_of_v1 {
    struct cosmock_exchange *x;
    struct mistakes *m;
    struct sts_field *sorted; /* without Signature */
    size_t n;
};

static void add(const struct case_of_v1 *v, size_t part, const char *word, const char *says,
                struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ false});
}

static void add_common(const struct case_of_v1 *v, size_t part, const char *word,
                       const char *says, struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ true});
}

static int by_name(const void *a, const void *b)
{
    const struct sts_field *x = a;
    const struct sts_field *y = b;
    int r = cos_span_cmp(x->name, y->name);
    return r != 0 ? r : cos_span_cmp(x->value, y->value);
}

/* All but Signature, as they came. */
static bool take_fields(struct case_of_v1 *v)
{
    const struct sts_request *r = v->x->sts;
    v->sorted = cos_arena_array(&v->m->scratch, r->n_fields + 1, sizeof(*v->sorted));
    for (size_t i = 0; i < r->n_fields && v->sorted != NULL; i++) {
        if (!cos_span_eq_str(r->fields[i].name, "Signature")) {
            v->sorted[v->n++] = r->fields[i];
        }
    }
    return v->sorted != NULL && v->n > 0;
}

static struct cos_span join(const struct case_of_v1 *v, enum spelling how, size_t without)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    for (size_t i = 0; i < v->n; i++) {
        if (i == without) {
            continue;
        }
        cos_buf_str(&b, b.len == 0 ? "" : "&");
        cos_buf_span(&b, v->sorted[i].name);
        cos_buf_ch(&b, '=');
        cos_buf_span(&b, mistakes_spell(&v->m->scratch, v->sorted[i].value, how));
    }
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static void add_fields(const struct case_of_v1 *v)
{
    struct cos_span as_sent = join(v, SPELLED_RAW, SIZE_MAX);
    qsort(v->sorted, v->n, sizeof(*v->sorted), by_name);
    add(v, FIELDS, NULL, NULL, join(v, SPELLED_RAW, SIZE_MAX));
    add_common(v, FIELDS, "order", "the parameters were signed as sent, not sorted by name",
               as_sent);
    add_common(v, FIELDS, "encoded",
               "values were signed percent-encoded, and are signed as they are",
               join(v, SPELLED_RIGHT, SIZE_MAX));
    add_common(v, FIELDS, "encoded",
               "values were signed form-encoded, and are signed as they are",
               join(v, SPELLED_PLUS, SIZE_MAX));
    for (size_t i = 0; i < v->n && i < SINGLED_OUT_MAX; i++) {
        struct cos_span says =
            cos_arena_printf(&v->m->scratch, "parameter " COS_SPAN_FMT " was not signed",
                             COS_SPAN_ARG(v->sorted[i].name));
        bool is_token = cos_span_eq_str(v->sorted[i].name, "Token");
        mistakes_add(v->m, FIELDS,
                     &(struct variant){is_token ? "token-not-signed" : "parameter-not-signed",
                                       says, join(v, SPELLED_RAW, i), is_token});
    }
}

static void add_host(const struct case_of_v1 *v)
{
    struct cos_span host = header_get(v->x, "Host");
    struct cos_span sent = host.ptr == NULL ? v->x->parts.host : host;
    struct cos_span bare = cos_span_sub(sent, 0, cos_span_rchr(sent, ':'));
    add(v, HOST, NULL, NULL, sent);
    add(v, HOST, NULL, NULL, bare);
    add(v, HOST, NULL, NULL, COS_SPAN_LIT("sts.tencentcloudapi.com"));
    add_common(v, HOST, "host-port",
               "host was signed with a port that the request does not have",
               cos_arena_printf(&v->m->scratch, COS_SPAN_FMT ":443", COS_SPAN_ARG(bare)));
    add_common(v, HOST, "host", "host was signed with https:// before it",
               cos_arena_printf(&v->m->scratch, "https://" COS_SPAN_FMT, COS_SPAN_ARG(bare)));
    struct cos_span proxied = header_get(v->x, "X-Forwarded-Host");
    if (proxied.len > 0) {
        add_common(v, HOST, "host",
                   "a proxy changed Host, which was signed as X-Forwarded-Host says", proxied);
    }
    add_common(v, HOST, "host-not-signed", "host was not signed", COS_SPAN_EMPTY);
}

static void add_rest(const struct case_of_v1 *v)
{
    bool is_post = cos_span_eq_str(v->x->parts.method, "POST");
    add(v, METHOD, NULL, NULL, v->x->parts.method);
    add_common(v, METHOD, "method",
               is_post ? "the signature is of a GET request, and a POST was sent"
                       : "the signature is of a POST request, and a GET was sent",
               is_post ? COS_SPAN_LIT("GET") : COS_SPAN_LIT("POST"));
    add(v, METHOD, "method-lower-case", "the method was signed in lower case",
        cos_arena_lower(&v->m->scratch, v->x->parts.method));
    add(v, PATH, NULL, NULL, COS_SPAN_LIT("/?"));
    add_common(v, PATH, "path", "the path was not signed", COS_SPAN_LIT("?"));
    add(v, PATH, "path", "the path was signed as of version 2 of the API",
        COS_SPAN_LIT("/v2/index.php?"));
    bool is_sha256 =
        cos_span_eq_str(sts_field_value(v->x->sts, "SignatureMethod"), "HmacSHA256");
    add(v, ALGORITHM, NULL, NULL,
        is_sha256 ? COS_SPAN_LIT(SHA256_WORD) : COS_SPAN_LIT(SHA1_WORD));
    add_common(v, ALGORITHM, "algorithm",
               is_sha256 ? "signed with SHA-1, and SignatureMethod is HmacSHA256"
                         : "signed with SHA-256, and SignatureMethod is not HmacSHA256",
               is_sha256 ? COS_SPAN_LIT(SHA1_WORD) : COS_SPAN_LIT(SHA256_WORD));
}

/* A '+' of base64 that was not percent-encoded arrives as a blank. */
static void add_given(const struct case_of_v1 *v)
{
    struct cos_span given = v->x->sts->signature;
    char *mended = cos_arena_alloc(&v->m->scratch, given.len + 1);
    char *decoded = cos_arena_alloc(&v->m->scratch, given.len + 1);
    add(v, GIVEN, NULL, NULL, given);
    if (mended == NULL || decoded == NULL) {
        return;
    }
    for (size_t i = 0; i < given.len; i++) {
        mended[i] = given.ptr[i] == ' ' ? '+' : given.ptr[i];
    }
    add_common(v, GIVEN, "signature-not-encoded",
               "the Signature was not percent-encoded: its '+' came as a blank",
               cos_span_make(mended, given.len));
    size_t n = cos_percent_decode(decoded, given, /* plus_is_space= */ false);
    add_common(v, GIVEN, "signature-encoded-twice", "the Signature was percent-encoded twice",
               cos_span_make(decoded, n));
}

static struct cos_span source_of(struct cos_arena *arena, const struct variant *const chosen[])
{
    const struct cos_span parts[] = {chosen[METHOD]->text, chosen[HOST]->text,
                                     chosen[PATH]->text, chosen[FIELDS]->text};
    return cos_arena_join(arena, parts, COS_ARRAY_LEN(parts));
}

static bool is_made_so(void *ctx, const struct variant *const chosen[PARTS_MAX])
{
    const struct case_of_v1 *v = ctx;
    struct cos_span source = source_of(&v->m->scratch, chosen);
    struct cos_span key = chosen[KEY]->text;
    bool is_sha256 = cos_span_eq_str(chosen[ALGORITHM]->text, SHA256_WORD);
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    if (is_sha256) {
        cos_hmac_sha256(digest, key.ptr, key.len, source.ptr, source.len);
    } else {
        cos_hmac_sha1(digest, key.ptr, key.len, source.ptr, source.len);
    }
    char expected[COS_BASE64_BYTES(COS_DIGEST_MAX_BYTES)];
    cos_base64_encode(expected, digest, is_sha256 ? COS_SHA256_BYTES : COS_SHA1_BYTES);
    return cos_equal_ct(chosen[GIVEN]->text, cos_span_of(expected));
}

static void look(struct case_of_v1 *v)
{
    struct cosmock_exchange *x = v->x;
    add_rest(v);
    add_host(v);
    add_fields(v);
    mistakes_add_secrets(v->m, KEY, x);
    add_given(v);
    const struct variant *chosen[PARTS_MAX] = {NULL};
    mistakes_none(v->m, chosen);
    struct cos_span ours = source_of(&x->arena, chosen);
    struct cos_span theirs = {NULL, 0};
    if (mistakes_find(v->m, chosen)) {
        mistakes_name(x, v->m, chosen);
        theirs = source_of(&x->arena, chosen);
    }
    mistakes_compare(x, "the string to sign", ours, theirs);
    x->identity.string_to_sign = x->identity.format_string;
    x->identity.signed_string_to_sign = x->identity.signed_format_string;
    x->identity.format_string = x->identity.signed_format_string = COS_SPAN_EMPTY;
}

void authn_v1_look(struct cosmock_exchange *x)
{
    struct mistakes *m = mistakes_new(x);
    if (m == NULL) {
        return;
    }
    struct case_of_v1 v = {.x = x, .m = m};
    m->fits = is_made_so;
    m->ctx = &v;
    if (take_fields(&v)) {
        look(&v);
    }
    (void)mistakes_free(m);
}
