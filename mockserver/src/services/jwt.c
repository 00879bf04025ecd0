/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens are read as RFC 7515 s.5.2 says, and no further than one algorithm: a header that
 * names another ("none" above all) is refused before anything is believed.
 */
#include "services/jwt.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"

#define TOKEN_MAX_BYTES (16u << 10)
static const struct cos_json_limits limits = {TOKEN_MAX_BYTES, 8, 1000};

/* base64url without padding (RFC 7515 s.2); ptr NULL: it is none. */
static struct cos_span decode_url(struct cos_arena *arena, struct cos_span s)
{
    struct cos_buf text;
    struct cos_buf bytes;
    cos_buf_init(&text, 2 * TOKEN_MAX_BYTES);
    cos_buf_init(&bytes, 2 * TOKEN_MAX_BYTES);
    bool ok = true;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        ok = ok && c != '+' && c != '/' && c != '=';
        cos_buf_ch(&text, c == '-' ? '+' : c == '_' ? '/' : c);
    }
    for (size_t i = s.len; i % 4 != 0; i++) {
        cos_buf_ch(&text, '=');
    }
    ok = ok && cos_base64_decode(&bytes, cos_buf_view(&text)) && !bytes.failed;
    struct cos_span out =
        ok ? cos_arena_span(arena, cos_buf_view(&bytes)) : (struct cos_span){NULL, 0};
    cos_buf_deinit(&text);
    cos_buf_deinit(&bytes);
    return out;
}

static void encode_url(struct cos_buf *out, struct cos_span bytes)
{
    size_t at = out->len;
    cos_base64_append(out, bytes.ptr, bytes.len);
    for (size_t i = at; i < out->len; i++) {
        char c = out->ptr[i];
        out->ptr[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    while (out->len > at && out->ptr[out->len - 1] == '=') {
        out->len--;
    }
}

static struct cos_json *object_of(struct cos_arena *arena, struct cos_span part)
{
    struct cos_json *root = NULL;
    struct cos_text_error ignored = {0};
    struct cos_span text = decode_url(arena, part);
    if (text.ptr == NULL || cos_json_parse(&root, text, &limits, &ignored) != 0) {
        return NULL;
    }
    return cos_json_kind(root) == COS_JSON_OBJECT ? root : cos_json_free(root);
}

static const char *read_header(struct jwt *out, struct cos_arena *arena, struct cos_span part)
{
    COS_CLEANUP(cos_json_free) struct cos_json *header = object_of(arena, part);
    if (header == NULL) {
        return "the token's header is not JSON in base64url";
    }
    const char *alg = cos_json_str(cos_json_get(header, "alg"));
    if (alg == NULL || strcmp(alg, "RS256") != 0) {
        return "the token's header must have alg RS256";
    }
    const char *kid = cos_json_str(cos_json_get(header, "kid"));
    out->kid =
        kid == NULL ? (struct cos_span){NULL, 0} : cos_arena_span(arena, cos_span_of(kid));
    return NULL;
}

const char *jwt_read(struct jwt *out, struct cos_arena *arena, struct cos_span text)
{
    *out = (struct jwt){.claims = NULL};
    if (text.len > TOKEN_MAX_BYTES) {
        return "the token has more than 16 KiB";
    }
    struct cos_span rest = text;
    struct cos_span header = cos_span_cut(&rest, '.');
    struct cos_span claims = rest.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&rest, '.');
    if (rest.ptr == NULL || rest.len == 0) {
        return "the token is not <header>.<claims>.<signature>";
    }
    out->sealed = cos_span_sub(text, 0, header.len + 1 + claims.len);
    out->seal = decode_url(arena, rest);
    const char *why = read_header(out, arena, header);
    if (why == NULL && out->seal.ptr == NULL) {
        why = "the token's signature is not base64url";
    }
    if (why == NULL && (out->claims = object_of(arena, claims)) == NULL) {
        why = "the token's claims are not JSON in base64url";
    }
    return why;
}

void jwt_deinit(struct jwt *t)
{
    t->claims = cos_json_free(t->claims);
}

bool jwt_write(struct cos_buf *out, const struct cos_rsa *key, const char *kid,
               struct cos_span claims)
{
    char header[128];
    struct cos_buf seal;
    cos_buf_init(&seal, 1024);
    size_t at = out->len;
    int n = snprintf(header, sizeof(header),
                     "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
    encode_url(out, cos_span_make(header, (size_t)n));
    cos_buf_ch(out, '.');
    encode_url(out, claims);
    bool ok = !out->failed && cos_rsa_seal(key, cos_span_from(cos_buf_view(out), at), &seal);
    cos_buf_ch(out, '.');
    encode_url(out, cos_buf_view(&seal));
    cos_buf_deinit(&seal);
    return ok && !out->failed;
}

/* --- sets of keys --- */

static struct cos_rsa *key_of(const struct cos_json *jwk)
{
    const char *kty = cos_json_str(cos_json_get(jwk, "kty"));
    if (kty == NULL || strcmp(kty, "RSA") != 0) {
        return NULL;
    }
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, TOKEN_MAX_BYTES);
    struct cos_span n = decode_url(&arena, cos_span_of(cos_json_str(cos_json_get(jwk, "n"))));
    struct cos_span e = decode_url(&arena, cos_span_of(cos_json_str(cos_json_get(jwk, "e"))));
    return n.ptr == NULL || e.ptr == NULL ? NULL : cos_rsa_public(n, e);
}

struct cos_rsa *jwks_find(const struct cos_json *set, struct cos_span kid)
{
    const struct cos_json *keys = cos_json_get(set, "keys");
    const struct cos_json *found = NULL;
    for (const struct cos_json *k = cos_json_first(keys); k != NULL; k = cos_json_next(k)) {
        const char *id = cos_json_str(cos_json_get(k, "kid"));
        bool is_meant = kid.ptr == NULL ? cos_json_count(keys) == 1
                                        : id != NULL && cos_span_eq_str(kid, id);
        found = is_meant ? k : found;
    }
    return found == NULL ? NULL : key_of(found);
}

bool jwks_write(struct cos_buf *out, const struct cos_rsa *key, const char *kid)
{
    struct cos_buf n;
    struct cos_buf e;
    struct cos_buf text;
    cos_buf_init(&n, 1024);
    cos_buf_init(&e, 64);
    cos_buf_init(&text, 2048);
    bool ok = cos_rsa_numbers(key, &n, &e);
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, NULL);
    cos_jw_array(&w, "keys");
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "kty", "RSA");
    cos_jw_str(&w, "use", "sig");
    cos_jw_str(&w, "alg", "RS256");
    cos_jw_str(&w, "kid", kid);
    encode_url(&text, cos_buf_view(&n));
    cos_jw_span(&w, "n", cos_buf_view(&text));
    cos_buf_clear(&text);
    encode_url(&text, cos_buf_view(&e));
    cos_jw_span(&w, "e", cos_buf_view(&text));
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_buf_deinit(&n);
    cos_buf_deinit(&e);
    cos_buf_deinit(&text);
    return ok && !out->failed;
}
