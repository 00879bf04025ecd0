/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mock as identity provider of its tests (cosmock/world.h): assertions that the providers
 * of the world would give, sealed with a key that is made when it is asked for first and stands
 * nowhere. A test may ask for one that is over, of another audience, of another issuer: what is
 * refused must be refused for that, and not for its seal.
 */
#include "services/idp.h"

#include "cosbase/codec.h"
#include "services/jwt.h"
#include "world/fail.h"
#include "world/mock.h"

#define ASSERTION_MAX_BYTES (64u << 10)
#define LIFETIME_S 3600

/* Whose provider it is, and which. */
struct made_by {
    struct user *account; /* reference */
    struct provider provider;
};

static int find_provider(struct cosmock_tenant *t, const struct cosmock_assertion *a,
                         struct made_by *out, struct cosmock_error *err)
{
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    const char *uin = a->owner_uin != NULL ? a->owner_uin : info.owner_uin;
    struct cos_span name = cos_span_of(a->provider);
    out->account = world_user_find(t, uin);
    if (out->account != NULL &&
        (world_provider_find(out->account, /* is_saml= */ false, name, &out->provider) ||
         world_provider_find(out->account, /* is_saml= */ true, name, &out->provider))) {
        return 0;
    }
    out->account = user_unref(out->account);
    return world_fail(err, COSMOCK_E_NOT_FOUND,
                      "account %s has no identity provider '%.80s' (docs/WORLD-FILE.md: "
                      "providers)",
                      uin, a->provider == NULL ? "" : a->provider);
}

static struct cos_span said_or(const char *said, struct cos_span otherwise)
{
    return said != NULL ? cos_span_of(said) : otherwise;
}

static void write_claims(struct cos_buf *out, const struct idp_statement *s)
{
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, NULL);
    cos_jw_span(&w, "iss", s->issuer);
    cos_jw_span(&w, "aud", s->audience);
    cos_jw_span(&w, "sub", s->subject);
    cos_jw_i64(&w, "iat", s->now_unix_s);
    cos_jw_i64(&w, "nbf", s->from_unix_s);
    cos_jw_i64(&w, "exp", s->until_unix_s);
    cos_jw_end(&w);
}

static bool write_token(struct cos_buf *out, const struct cos_rsa *key,
                        const struct idp_statement *s)
{
    struct cos_buf claims;
    cos_buf_init(&claims, ASSERTION_MAX_BYTES);
    write_claims(&claims, s);
    bool ok = !claims.failed && jwt_write(out, key, IDP_KID, cos_buf_view(&claims));
    cos_buf_deinit(&claims);
    return ok;
}

/* As SAMLAssertion wants it: in base64. */
static bool write_saml(struct cos_buf *out, const struct cos_rsa *key,
                       const struct idp_statement *s)
{
    struct cos_buf xml;
    cos_buf_init(&xml, ASSERTION_MAX_BYTES);
    bool ok = idp_write_saml(&xml, key, s);
    cos_base64_append(out, cos_buf_cstr(&xml), xml.len);
    cos_buf_deinit(&xml);
    return ok && !out->failed;
}

static bool make(struct cos_buf *out, struct cosmock_tenant *t,
                 const struct cosmock_assertion *a, const struct provider *p)
{
    const struct cos_rsa *key = mock_idp_key(t->mock);
    int64_t now_s = cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN) / 1000;
    struct cos_span rest = p->clients;
    struct cos_span usual =
        p->is_saml ? COS_SPAN_LIT(IDP_SAML_RECIPIENT) : cos_span_cut(&rest, ' ');
    const struct idp_statement s = {.issuer = said_or(a->issuer, p->issuer),
                                    .subject = cos_span_of(a->subject),
                                    .audience = said_or(a->audience, usual),
                                    .now_unix_s = now_s,
                                    .from_unix_s = now_s + a->valid_in_s,
                                    .until_unix_s =
                                        now_s +
                                        (a->lifetime_s == 0 ? LIFETIME_S : a->lifetime_s)};
    return key != NULL && (p->is_saml ? write_saml : write_token)(out, key, &s);
}

int cosmock_assertion_make(struct cosmock_tenant *t, const struct cosmock_assertion *assertion,
                           char **out, struct cosmock_error *err)
{
    struct cosmock_assertion a;
    struct made_by by = {.account = NULL};
    if (!cos_sized_copy(&a, sizeof(a), assertion) || a.subject == NULL) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "an assertion has a size (COSMOCK_ASSERTION_INIT) and a subject");
    }
    int r = find_provider(t, &a, &by, err);
    if (r < 0) {
        return r;
    }
    if (by.provider.jwks.len > 0) {
        r = world_fail(err, COSMOCK_E_INVALID,
                       "provider '%.80s' has keys of its own (jwks): only it can make its "
                       "assertions",
                       a.provider);
    }
    struct cos_buf text;
    cos_buf_init(&text, ASSERTION_MAX_BYTES);
    if (r == 0) {
        *out = make(&text, t, &a, &by.provider) ? cos_buf_take(&text) : NULL;
        r = *out != NULL ? 0 : world_fail(err, COSMOCK_E_NOMEM, "no memory for an assertion");
    }
    cos_buf_deinit(&text);
    (void)user_unref(by.account);
    return r;
}

int cosmock_jwks(struct cosmock_tenant *t, char **out, struct cosmock_error *err)
{
    const struct cos_rsa *key = mock_idp_key(t->mock);
    struct cos_buf text;
    cos_buf_init(&text, ASSERTION_MAX_BYTES);
    bool ok = key != NULL && jwks_write(&text, key, IDP_KID);
    *out = ok ? cos_buf_take(&text) : NULL;
    cos_buf_deinit(&text);
    return *out != NULL ? 0 : world_fail(err, COSMOCK_E_NOMEM, "no memory for a set of keys");
}
