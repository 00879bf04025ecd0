/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of OpenID Connect providers (cam-conditions.md s.6; OpenID Connect Core s.3.1.3.7):
 * the key is one the provider has in the world file, or the mock's own where the file names
 * none; iss is the provider's URL; one of aud is a client it knows; exp has not come, nbf has.
 */
#include "services/idp.h"

#include "services/jwt.h"
#include "world/mock.h"

/* The key of the token's header; *own: it was made for this and is freed by the caller. */
static const struct cos_rsa *key_for(const struct idp_claim *claim, const struct jwt *token,
                                     struct cos_rsa **own)
{
    *own = NULL;
    if (claim->provider->jwks.len == 0) {
        return mock_idp_key(claim->mock);
    }
    struct cos_text_error ignored = {0};
    COS_CLEANUP(cos_json_free) struct cos_json *set = NULL;
    if (cos_json_parse(&set, claim->provider->jwks, &COS_JSON_LIMITS_DEFAULT, &ignored) == 0) {
        *own = jwks_find(set, token->kid);
    }
    return *own;
}

static bool is_sealed(const struct idp_claim *claim, const struct jwt *token)
{
    struct cos_rsa *own;
    const struct cos_rsa *key = key_for(claim, token, &own);
    bool ok = key != NULL && cos_rsa_is_sealed(key, token->sealed, token->seal);
    cos_rsa_free(own);
    return ok;
}

static bool is_client(const struct provider *p, const char *aud)
{
    for (struct cos_span rest = p->clients; aud != NULL && rest.ptr != NULL;) {
        if (cos_span_eq_str(cos_span_cut(&rest, ' '), aud)) {
            return true;
        }
    }
    return false;
}

/* The one of the token's audiences that is a client; NULL: none is. */
static const char *audience_of(const struct provider *p, const struct cos_json *aud)
{
    if (cos_json_is_str(aud)) {
        return is_client(p, cos_json_str(aud)) ? cos_json_str(aud) : NULL;
    }
    for (const struct cos_json *a = cos_json_first(aud); a != NULL; a = cos_json_next(a)) {
        if (is_client(p, cos_json_str(a))) {
            return cos_json_str(a);
        }
    }
    return NULL;
}

static const char *check_times(const struct cos_json *claims, int64_t now_s)
{
    int64_t exp = 0;
    int64_t nbf = INT64_MIN;
    if (!cos_json_i64(cos_json_get(claims, "exp"), &exp)) {
        return "the token has no exp";
    }
    (void)cos_json_i64(cos_json_get(claims, "nbf"), &nbf);
    return exp <= now_s  ? "the token has expired by the token clock (exp)"
           : nbf > now_s ? "the token is not valid yet by the token clock (nbf)"
                         : NULL;
}

const char *idp_judge_oidc(struct idp_facts *out, struct cos_arena *arena,
                           const struct idp_claim *claim)
{
    struct jwt token;
    const char *why = jwt_read(&token, arena, claim->text);
    const char *iss = cos_json_str(cos_json_get(token.claims, "iss"));
    const char *sub = cos_json_str(cos_json_get(token.claims, "sub"));
    const char *aud = audience_of(claim->provider, cos_json_get(token.claims, "aud"));
    if (why == NULL && !is_sealed(claim, &token)) {
        why = "no key of the provider has sealed the token";
    } else if (why == NULL && (iss == NULL || !cos_span_eq_str(claim->provider->issuer, iss))) {
        why = "iss of the token is not the provider's issuer";
    } else if (why == NULL && aud == NULL) {
        why = "aud of the token is no client of the provider";
    } else if (why == NULL && sub == NULL) {
        why = "the token has no sub";
    }
    why = why != NULL ? why : check_times(token.claims, claim->now_unix_s);
    if (why == NULL) {
        *out = (struct idp_facts){{{"oidc:iss", cos_arena_span(arena, cos_span_of(iss))},
                                   {"oidc:aud", cos_arena_span(arena, cos_span_of(aud))},
                                   {"oidc:sub", cos_arena_span(arena, cos_span_of(sub))}},
                                  3};
    }
    jwt_deinit(&token);
    return why;
}
