/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AssumeRoleWithWebIdentity and AssumeRoleWithSAML at the door (sts-cam.md s.2;
 * cam-conditions.md s.6): who comes with an assertion of an identity provider. The mock makes
 * the assertions itself; that a seal is one, RFC 7515 A.2 says, whose key and token stand here,
 * too.
 */
#include "client.h"

#include "cosbase/buf.h"

#define OWNER "100000000001"
#define ROLE(name) "qcs::cam::uin/" OWNER ":roleName/" name
#define SAML "qcs::cam::uin/" OWNER ":saml-provider/corp-saml"
#define OIDC "qcs::cam::uin/" OWNER ":oidc-provider/corp"
#define ALLOW_GET                                                           \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":" \
    "\"name/cos:GetObject\",\"resource\":\"*\"}]}"
#define TRUST(action, provider, conditions)                               \
    "'{\"version\":\"2.0\",\"statement\":[{\"action\":\"name/sts:" action \
    "\",\"effect\":\"allow\",\"principal\":{\"federated\":[\"" provider   \
    "\"]},\"condition\":" conditions "}]}'"

/* RFC 7515 A.2; its claims have ended in 2011. */
#define RFC_MODULUS                                                                            \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt" \
    "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX" \
    "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5" \
    "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RFC_TOKEN                                                                           \
    "eyJhbGciOiJSUzI1NiJ9."                                                                 \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"                  \
    "LmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__"                             \
    "dzERat0XF9g2VtQgr9PJbu3XOiZj5RZm"                                                      \
    "h7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"      \
    "nZLgrnbyTy"                                                                            \
    "WzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"       \
    "eOkHWEsqtFZ"                                                                           \
    "ESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_" \
    "IoypG"                                                                                 \
    "lUPQGe77Rw"

static const char world[] =
    "accounts:\n"
    "  - uin: \"" OWNER "\"\n"
    "    appid: \"1250000000\"\n"
    "    keys: [{secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}]\n"
    "    providers:\n"
    "      - {name: corp, kind: oidc, issuer: 'https://idp.example', clients: [app, "
    "other]}\n"
    "      - {name: stranger, kind: oidc, issuer: 'https://idp.example', clients: "
    "[app]}\n"
    "      - {name: corp-saml, kind: saml, issuer: 'https://idp.example/saml'}\n"
    "      - name: joe\n"
    "        kind: oidc\n"
    "        issuer: joe\n"
    "        clients: [app]\n"
    "        jwks: '{\"keys\":[{\"kty\":\"RSA\",\"n\":\"" RFC_MODULUS "\",\"e\":\"AQAB\"}]}'\n"
    "    roles:\n"
    "      - name: web\n"
    "        trust: " TRUST("AssumeRoleWithWebIdentity", OIDC,
                            "{\"string_equal\":{\"oidc:iss\":\"https://idp.example\","
                            "\"oidc:aud\":\"app\"},\"string_like\":{\"oidc:sub\":"
                            "\"team-*\"}}") "\n"
                                            "        policies: ['" ALLOW_GET "']\n"
                                            "      - name: desk\n"
                                            "        trust: " TRUST(
                                                "AssumeRoleWithSAML", SAML,
                                                "{\"for_any_value:string_equal\":{"
                                                "\"saml:aud\":"
                                                "\"https://cloud.tencent.com/login/"
                                                "saml\"}}") "\n"
                                                            "        policies: "
                                                            "['" ALLOW_GET "']\n"
                                                            "buckets:\n"
                                                            "  - {name: " CLIENT_BUCKET
                                                            ", region: ap-beijing}\n"
                                                            "suffixes: "
                                                            "[cos.mock.test]\n";

static int open_world(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    *state = c;
    return 0;
}

static char *make(struct client *c, const char *provider, const char *audience,
                  const char *issuer, int64_t lifetime_s, int64_t valid_in_s)
{
    struct cosmock_assertion a = COSMOCK_ASSERTION_INIT;
    a.provider = provider;
    a.subject = "team-7/alice";
    a.audience = audience;
    a.issuer = issuer;
    a.lifetime_s = lifetime_s;
    a.valid_in_s = valid_in_s;
    char *out = NULL;
    struct cosmock_error err = {0};
    if (cosmock_assertion_make(c->tenant, &a, &out, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    return out;
}

/* Unsigned, as both SDKs' authors mean it: Authorization is SKIP. */
static struct answer send_unsigned(struct client *c, const char *action, const char *json)
{
    static struct question q;
    char now[24];
    (void)snprintf(now, sizeof(now), "%d", CLIENT_NOW_S);
    q = (struct question){.method = "POST", .target = "/", .body = json, .n = strlen(json)};
    add_header(&q, "Host", CLIENT_STS_HOST);
    add_header(&q, "Content-Type", "application/json");
    add_header(&q, "Authorization", "SKIP");
    add_header(&q, "X-TC-Action", action);
    add_header(&q, "X-TC-Version", "2018-08-13");
    add_header(&q, "X-TC-Region", "ap-beijing");
    add_header(&q, "X-TC-Timestamp", now);
    return client_send(c, &q);
}

static struct answer with_token(struct client *c, const char *provider, const char *token)
{
    static char json[8000];
    (void)snprintf(json, sizeof(json),
                   "{\"ProviderId\":\"%s\",\"WebIdentityToken\":\"%s\",\"RoleArn\":\"" ROLE(
                       "web") "\",\"RoleSessionName\":\"alice\"}",
                   provider, token);
    return send_unsigned(c, "AssumeRoleWithWebIdentity", json);
}

static struct answer with_saml(struct client *c, const char *assertion)
{
    static char json[16000];
    (void)snprintf(json, sizeof(json),
                   "{\"PrincipalArn\":\"" SAML
                   "\",\"SAMLAssertion\":\"%s\",\"RoleArn\":\"" ROLE(
                       "desk") "\",\"RoleSessionName\":\"alice\"}",
                   assertion);
    return send_unsigned(c, "AssumeRoleWithSAML", json);
}

static void whom_a_provider_vouches_for_is_the_role(void **state)
{
    struct client *c = *state;
    for (int is_saml = 0; is_saml <= 1; is_saml++) {
        static struct token t;
        static struct question q;
        char *text = make(c, is_saml ? "corp-saml" : "corp", NULL, NULL, 60, 0);
        struct answer r = is_saml ? with_saml(c, text) : with_token(c, "corp", text);
        read_token(&r, &t);
        assert_int_equal(t.expires_s, CLIENT_NOW_S + 7200);
        answer_free(&r);
        free(text);
        r = sts_call(c, &t, "GetCallerIdentity", "{}");
        assert_string_equal(between(r.body, "\"Type\":\"", "\""), "CAMRole");
        assert_non_null(strstr(r.body, ":alice\""));
        answer_free(&r);
        q = (struct question){.method = "GET", .target = "/k"};
        authorize(&q, t.id, t.secret, "/k");
        add_header(&q, "x-cos-security-token", t.token);
        r = client_send(c, &q);
        assert_string_equal(xml_code(&r), "NoSuchKey");
        answer_free(&r);
    }
}

/* PrincipalArn names a provider of the role's account, whatever the assertion says. */
static void a_provider_of_another_account_vouches_for_nobody(void **state)
{
    static const char *const arns[] = {
        "qcs::cam::uin/100000000002:saml-provider/corp-saml",
        "qcs::cam::uin/100000000001:oidc-provider/corp-saml",
        "corp-saml",
    };
    struct client *c = *state;
    char *text = make(c, "corp-saml", NULL, NULL, 60, 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(arns); i++) {
        static char json[16000];
        (void)snprintf(json, sizeof(json),
                       "{\"PrincipalArn\":\"%s\",\"SAMLAssertion\":\"%s\",\"RoleArn\":\"" ROLE(
                           "desk") "\",\"RoleSessionName\":\"alice\"}",
                       arns[i], text);
        struct answer r = send_unsigned(c, "AssumeRoleWithSAML", json);
        assert_string_equal(sts_code(&r), "InvalidParameter.ParamError");
        answer_free(&r);
    }
    free(text);
}

static void assertions_are_held_to_provider_and_clock(void **state)
{
#define WEB_ERROR "InvalidParameter.WebIdentityTokenError"
    static const struct {
        const char *name, *audience, *issuer;
        int64_t lifetime_s, valid_in_s;
        const char *web_code, *saml_code;
    } cases[] = {
        {"good for a second", NULL, NULL, 1, 0, "", ""},
        {"over", NULL, NULL, -1, 0, WEB_ERROR, "InvalidParameter.ParamError"},
        {"not yet", NULL, NULL, 60, 1, WEB_ERROR, "InvalidParameter.ParamError"},
        {"of another issuer", NULL, "https://idp.example.org", 60, 0, WEB_ERROR,
         "InvalidParameter.ParamError"},
        /* known to the provider and not to the trust; SAML's audience is the trust's alone */
        {"for another client", "other", NULL, 60, 0, "UnauthorizedOperation",
         "UnauthorizedOperation"},
        {"for nobody's client", "nobody", NULL, 60, 0, WEB_ERROR, "UnauthorizedOperation"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        char *token = make(*state, "corp", cases[i].audience, cases[i].issuer,
                           cases[i].lifetime_s, cases[i].valid_in_s);
        char *saml = make(*state, "corp-saml", cases[i].audience, cases[i].issuer,
                          cases[i].lifetime_s, cases[i].valid_in_s);
        struct answer r = with_token(*state, "corp", token);
        if (strcmp(sts_code(&r), cases[i].web_code) != 0) {
            fail_msg("%s: %s", cases[i].name, r.body);
        }
        answer_free(&r);
        r = with_saml(*state, saml);
        if (strcmp(sts_code(&r), cases[i].saml_code) != 0) {
            fail_msg("%s: %s", cases[i].name, r.body);
        }
        answer_free(&r);
        free(token);
        free(saml);
    }
}

static void an_assertion_is_good_until_the_second_of_its_end(void **state)
{
    struct client *c = *state;
    char *token = make(c, "corp", NULL, NULL, 0, 0);
    char *saml = make(c, "corp-saml", NULL, NULL, 0, 0);
    for (int64_t s = 3599; s <= 3600; s++) {
        assert_int_equal(cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN,
                                              (CLIENT_NOW_S + s) * INT64_C(1000)),
                         0);
        struct answer r = with_token(c, "corp", token);
        assert_string_equal(sts_code(&r), s < 3600 ? "" : WEB_ERROR);
        answer_free(&r);
        r = with_saml(c, saml);
        assert_string_equal(sts_code(&r), s < 3600 ? "" : "InvalidParameter.ParamError");
        answer_free(&r);
    }
    free(token);
    free(saml);
}

/* The trust names one provider; another one of the account's is not it. */
static void another_provider_is_not_trusted(void **state)
{
    char *token = make(*state, "stranger", NULL, NULL, 60, 0);
    struct answer r = with_token(*state, "stranger", token);
    assert_string_equal(sts_code(&r), "UnauthorizedOperation");
    answer_free(&r);
    r = with_token(*state, "nobody", token);
    assert_string_equal(sts_code(&r), "InvalidParameter.ParamError");
    answer_free(&r);
    free(token);
}

/* Each byte of a token counts, and "none" is no algorithm. */
static void a_token_that_was_touched_is_refused(void **state)
{
    char *token = make(*state, "corp", NULL, NULL, 60, 0);
    size_t n = strlen(token);
    for (size_t i = 0; i < n - 1; i += 7) { /* the last digit may have bits that say nothing */
        char was = token[i];
        token[i] = was == 'A' ? 'B' : 'A';
        struct answer r = with_token(*state, "corp", token);
        if (strcmp(sts_code(&r), WEB_ERROR) != 0) {
            fail_msg("byte %zu: %s", i, r.body);
        }
        answer_free(&r);
        token[i] = was;
    }
    static const char *const others[] = {"a",
                                         "a.b",
                                         "a.b.c",
                                         "..",
                                         "eyJhbGciOiJub25lIn0.e30.",
                                         "eyJhbGciOiJub25lIn0.e30.AAAA",
                                         "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"};
    for (size_t i = 0; i < COS_ARRAY_LEN(others); i++) {
        struct answer r = with_token(*state, "corp", others[i]);
        assert_string_equal(sts_code(&r), WEB_ERROR);
        answer_free(&r);
    }
    free(token);
}

/* Its seal is right; it has no aud, and ended in 2011. */
static void a_provider_may_have_keys_of_its_own(void **state)
{
    struct client *c = *state;
    struct answer r = with_token(c, "joe", RFC_TOKEN);
    assert_string_equal(between(r.body, "\"Message\":\"", "\""),
                        "aud of the token is no client of the provider");
    answer_free(&r);
    r = with_token(c, "corp", RFC_TOKEN);
    assert_string_equal(between(r.body, "\"Message\":\"", "\""),
                        "no key of the provider has sealed the token");
    answer_free(&r);
    struct cosmock_assertion a = COSMOCK_ASSERTION_INIT;
    a.provider = "joe";
    a.subject = "s";
    char *out = NULL;
    assert_int_equal(cosmock_assertion_make(c->tenant, &a, &out, NULL), COSMOCK_E_INVALID);
}

static char *decoded(const char *base64)
{
    struct cos_buf b;
    cos_buf_init(&b, 64u << 10);
    assert_true(cos_base64_decode(&b, cos_span_of(base64)));
    char *text = strdup(cos_buf_cstr(&b));
    cos_buf_deinit(&b);
    return text;
}

/* @text with the first @from as @to, sent. */
static const char *changed(struct client *c, const char *text, const char *from, const char *to)
{
    static char code[96];
    static char out[16000];
    struct cos_buf b;
    const char *at = strstr(text, from);
    assert_non_null(at);
    cos_buf_init(&b, 32u << 10);
    (void)snprintf(out, sizeof(out), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    cos_base64_append(&b, out, strlen(out));
    struct answer r = with_saml(c, cos_buf_cstr(&b));
    (void)snprintf(code, sizeof(code), "%s", sts_code(&r));
    answer_free(&r);
    cos_buf_deinit(&b);
    return code;
}

static void an_assertion_that_was_touched_is_refused(void **state)
{
    static const struct {
        const char *name, *from, *to, *code;
    } cases[] = {
        {"as it is", "team-7", "team-7", ""},
        {"a comment is none", "team-7", "team<!-- x -->-7", ""},
        {"another user", "team-7", "team-8", "InvalidParameter.ParamError"},
        {"a later end", "NotOnOrAfter=\"2023", "NotOnOrAfter=\"2033",
         "InvalidParameter.ParamError"},
        {"another digest", "<ds:DigestValue>", "<ds:DigestValue>AAAA",
         "InvalidParameter.ParamError"},
        {"no signature", "ds:Signature xmlns", "ds:Sign xmlns", "InvalidParameter.ParamError"},
        {"another method", "rsa-sha256", "rsa-sha1", "InvalidParameter.ParamError"},
        {"of something else", "URI=\"#_assertion\"", "URI=\"#_response\"",
         "InvalidParameter.ParamError"},
        {"two assertions", "<saml2:Assertion ", "<saml2:Assertion/><saml2:Assertion ",
         "InvalidParameter.ParamError"},
        {"a doctype", "<saml2p:Response", "<!DOCTYPE a><saml2p:Response",
         "InvalidParameter.ParamError"},
    };
    char *saml = make(*state, "corp-saml", NULL, NULL, 60, 0);
    char *text = decoded(saml);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const char *code = changed(*state, text, cases[i].from, cases[i].to);
        if (strcmp(code, cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, code);
        }
    }
    free(text);
    free(saml);
}

/* sts-cam.md s.1.1: SKIP is legal for these two alone. */
static void other_calls_must_be_signed(void **state)
{
    struct answer r = send_unsigned(*state, "GetCallerIdentity", "{}");
    assert_string_equal(sts_code(&r), "AuthFailure.InvalidAuthorization");
    answer_free(&r);
    r = send_unsigned(*state, "AssumeRole", "{}");
    assert_string_equal(sts_code(&r), "AuthFailure.InvalidAuthorization");
    answer_free(&r);
}

static void the_journal_keeps_no_assertion(void **state)
{
    struct client *c = *state;
    char *token = make(c, "corp", NULL, NULL, 60, 0);
    struct answer r = with_token(c, "corp", token);
    answer_free(&r);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->sts_role, ROLE("web"));
    assert_string_equal(e->sts_name, "alice");
    assert_string_equal(e->authn, "anonymous");
    assert_string_equal(e->authz, "allow");
    assert_string_equal(e->questions[0].action, "name/sts:AssumeRoleWithWebIdentity");
    cosmock_entries_free(e);
    free(token);
}

#define FEDERATED_TEST(f) cmocka_unit_test_setup_teardown(f, open_world, client_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FEDERATED_TEST(whom_a_provider_vouches_for_is_the_role),
        FEDERATED_TEST(a_provider_of_another_account_vouches_for_nobody),
        FEDERATED_TEST(assertions_are_held_to_provider_and_clock),
        FEDERATED_TEST(an_assertion_is_good_until_the_second_of_its_end),
        FEDERATED_TEST(another_provider_is_not_trusted),
        FEDERATED_TEST(a_token_that_was_touched_is_refused),
        FEDERATED_TEST(a_provider_may_have_keys_of_its_own),
        FEDERATED_TEST(an_assertion_that_was_touched_is_refused),
        FEDERATED_TEST(other_calls_must_be_signed),
        FEDERATED_TEST(the_journal_keeps_no_assertion),
    };
    return cmocka_run_group_tests_name("sts_federated", tests, NULL, NULL);
}
