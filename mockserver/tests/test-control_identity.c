/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control API about identities: roles, tokens for a front end, the end of a token, what a
 * provider or a device would say.
 */
#include "control.h"

#include "world/world.h"

#define TRUST                                                                             \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"               \
    "\"name/sts:AssumeRole\",\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:root\"" \
    "]}}]}"
#define READ                                                                \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":" \
    "\"name/cos:GetObject\",\"resource\":\"*\"}]}"

static const char *text_of(const struct told *a, const char *member)
{
    const char *s = cos_json_str(cos_json_get(a->json, member));
    return s == NULL ? "" : s;
}

static struct user *find_role(struct wire *w)
{
    const struct role_arn arn = {.owner_uin = COS_SPAN_LIT("100000000001"),
                                 .name = COS_SPAN_LIT("reader")};
    return world_role_find(w->tenant, &arn);
}

static void roles_are_made_changed_listed_and_deleted(void **state)
{
    struct wire *w = *state;
    control_expect(w, "PUT", control_path(w, "/roles/reader"),
                   "{\"trust\":" TRUST ",\"policy\":" READ ",\"max_session_seconds\":600}",
                   200);
    struct user *made = find_role(w);
    assert_int_equal(made->policies->n, 1);
    /* without a policy in it: the policies stay, and so does its id */
    control_expect(w, "PUT", control_path(w, "/roles/reader"), "{\"trust\":" TRUST "}", 200);
    struct user *changed = find_role(w);
    assert_string_equal(changed->uin, made->uin);
    assert_int_equal(changed->policies->n, 1);
    assert_int_equal(changed->session_max_s, 43200);
    user_unref(made);
    user_unref(changed);
    struct told a = control_call(w, "GET", control_path(w, "/roles"), "");
    assert_int_equal(a.status, 200);
    const struct cos_json *roles = cos_json_get(a.json, "roles");
    assert_int_equal(cos_json_count(roles), 1);
    assert_string_equal(cos_json_str(cos_json_get(cos_json_first(roles), "name")), "reader");
    told_free(&a);
    control_expect(w, "DELETE", control_path(w, "/roles/reader?owner=100000000001"), "", 200);
    control_expect(w, "DELETE", control_path(w, "/roles/reader"), "", 404);
    assert_null(find_role(w));
}

static void what_is_no_role_is_refused_by_name(void **state)
{
    static const struct {
        const char *method, *tail, *body;
        int status;
        const char *says;
    } cases[] = {
        {"PUT", "/roles/r", "{}", 400, "needs a trust policy"},
        {"PUT", "/roles/r", "{\"trust\":null}", 400, "needs a trust policy"},
        {"PUT", "/roles/r", "{\"trust\":7}", 400, "member 'trust' must be an object"},
        {"PUT", "/roles/r", "{\"trust\":" READ "}", 400, "missing element 'principal'"},
        {"PUT", "/roles/r", "{\"trust\":" TRUST ",\"policy\":\"x\"}", 400, "policy, line 1"},
        {"PUT", "/roles/a%20b", "{\"trust\":" TRUST "}", 400, "letters, digits"},
        {"PUT", "/roles/r", "{\"trust\":" TRUST ",\"owner\":\"7\"}", 404, "uin '7'"},
        {"PUT", "/roles/r", "{\"trust\":" TRUST ",\"owner\":\"100000000011\"}", 400,
         "roles belong to accounts"},
        {"PUT", "/roles/r", "{\"trust\":" TRUST ",\"max_session_seconds\":43201}", 400,
         "max_session_seconds"},
        {"PUT", "/roles", "{}", 404, "/roles/<role>"},
        {"GET", "/roles/r", "", 404, "/roles/<role>"},
        {"POST", "/expire", "{}", 400, "secret_id"},
        {"POST", "/expire", "{\"secret_id\":\"AKIDnobody\"}", 404, "AKIDnobody"},
        {"POST", "/sts", "{\"uin\":\"7\"}", 404, "uin '7'"},
        {"POST", "/sts", "{\"policy\":\"{}\"}", 400, "policy, line"},
        {"POST", "/assertions", "{\"provider\":\"p\"}", 400, "'subject'"},
        {"POST", "/assertions", "{\"provider\":\"p\",\"subject\":\"s\"}", 404, "provider 'p'"},
        {"GET", "/mfa", "", 404, "?uin="},
        {"GET", "/mfa?uin=100000000001", "", 404, "MFA device"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct told a = control_call(*state, cases[i].method,
                                     control_path(*state, cases[i].tail), cases[i].body);
        if (a.status != cases[i].status ||
            strstr(cos_buf_cstr(&a.text), cases[i].says) == NULL) {
            fail_msg("%s %s: %d %s", cases[i].tail, cases[i].body, a.status,
                     cos_buf_cstr(&a.text));
        }
        told_free(&a);
    }
}

/* The members that cos-js-sdk's getAuthorization is given, as the README of qcloud-cos-sts-sdk
 * shows the answer of its getCredential. */
static void a_front_end_gets_what_getcredential_answers(void **state)
{
    struct wire *w = *state;
    int64_t start_s;
    int64_t end_s;
    struct told a = control_call(w, "GET", control_path(w, "/sts"), "");
    assert_int_equal(a.status, 200);
    const struct cos_json *credentials = cos_json_get(a.json, "credentials");
    const char *id = cos_json_str(cos_json_get(credentials, "tmpSecretId"));
    assert_int_equal(strlen(id), 68);
    assert_int_equal(strlen(cos_json_str(cos_json_get(credentials, "tmpSecretKey"))), 44);
    assert_non_null(cos_json_str(cos_json_get(credentials, "sessionToken")));
    assert_true(cos_json_i64(cos_json_get(a.json, "startTime"), &start_s));
    assert_true(cos_json_i64(cos_json_get(a.json, "expiredTime"), &end_s));
    assert_in_range(end_s - start_s, 1799, 1801); /* each is whole seconds of a running clock */
    assert_int_equal(strlen(text_of(&a, "expiration")), 20);
    struct access_key *key = world_key_find(w->tenant, cos_span_of(id));
    assert_string_equal(key->user->uin, "100000000001");
    access_key_unref(key);
    told_free(&a);
}

static void a_token_may_be_asked_for_somebody_and_something(void **state)
{
    struct wire *w = *state;
    struct told a =
        control_call(w, "POST", control_path(w, "/sts"),
                     "{\"uin\":\"100000000011\",\"duration_seconds\":7,\"policy\":" READ "}");
    assert_int_equal(a.status, 200);
    struct access_key *key =
        world_key_find(w->tenant,
                       cos_span_of(cos_json_str(
                           cos_json_get(cos_json_get(a.json, "credentials"), "tmpSecretId"))));
    assert_string_equal(key->user->uin, "100000000011");
    struct cos_text_error err;
    struct cam_policy *read = NULL;
    assert_int_equal(cam_policy_parse(&read, COS_SPAN_LIT(READ), CAM_SESSION, "n", &err), 0);
    assert_true(cos_span_eq(cam_policy_text(key->session), cam_policy_text(read)));
    cam_policy_unref(read);
    access_key_unref(key);
    told_free(&a);
}

/* Ended, and not unknown: the client hears "expired". */
static void a_token_can_be_ended_now(void **state)
{
    struct wire *w = *state;
    char body[200];
    assert_int_equal(cosmock_clock_freeze(w->tenant, COSMOCK_CLOCK_TOKEN,
                                          INT64_C(1700000000500)),
                     0);
    struct told a = control_call(w, "GET", control_path(w, "/sts"), "");
    const char *id =
        cos_json_str(cos_json_get(cos_json_get(a.json, "credentials"), "tmpSecretId"));
    (void)snprintf(body, sizeof(body), "{\"secret_id\":\"%s\"}", id);
    control_expect(w, "POST", control_path(w, "/expire"), body, 200);
    struct access_key *key = world_key_find(w->tenant, cos_span_of(id));
    assert_int_equal(key->expires_unix_ms, INT64_C(1700000000000));
    assert_false(key->revoked);
    access_key_unref(key);
    told_free(&a);
    (void)snprintf(body, sizeof(body), "{\"secret_id\":\"%s\"}", w->info.secret_id);
    control_expect(w, "POST", control_path(w, "/expire"), body, 400); /* it has no end */
}

/* RFC 6238 appendix B. */
static void a_provider_and_a_device_are_played(void **state)
{
    static const char tenant[] =
        "{\"name\":\"ids\",\"world\":\"accounts: [{uin: '200000000001', appid: '1260000000', "
        "keys: [{}], mfa: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, providers: [{name: corp, kind: "
        "oidc, issuer: 'https://i', clients: [app]}, {name: desk, kind: saml, issuer: "
        "'https://s'}]}]\\n\"}";
    struct wire *w = *state;
    control_expect(w, "POST", "/v1/tenants", tenant, 201);
    control_expect(w, "POST", "/v1/t/ids/clock", "{\"signature_freeze_unix_ms\":1234567890000}",
                   200);
    struct told a = control_call(w, "GET", "/v1/t/ids/mfa?uin=200000000001", "");
    assert_string_equal(text_of(&a, "token_code"), "005924");
    assert_string_equal(text_of(&a, "serial_number"),
                        "qcs::cam:uin/200000000001::mfa/softToken");
    told_free(&a);
    a = control_call(w, "POST", "/v1/t/ids/assertions",
                     "{\"provider\":\"corp\",\"subject\":\"s\",\"lifetime_seconds\":-5}");
    assert_memory_equal(text_of(&a, "assertion"), "eyJ", 3); /* '{"' in base64url */
    told_free(&a);
    a = control_call(w, "POST", "/v1/t/ids/assertions",
                     "{\"provider\":\"desk\",\"subject\":\"s\"}");
    assert_memory_equal(text_of(&a, "assertion"), "PHNhbWwycDpSZXNwb25zZ", 21);
    told_free(&a);
    a = control_call(w, "GET", "/v1/t/ids/jwks", "");
    const struct cos_json *key = cos_json_first(cos_json_get(a.json, "keys"));
    assert_string_equal(cos_json_str(cos_json_get(key, "kty")), "RSA");
    assert_int_equal(strlen(cos_json_str(cos_json_get(key, "n"))), 342); /* 256 bytes */
    assert_null(cos_json_get(key, "d"));
    told_free(&a);
    control_expect(w, "DELETE", "/v1/t/ids", "", 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(roles_are_made_changed_listed_and_deleted),
        OVER_WIRE(what_is_no_role_is_refused_by_name),
        OVER_WIRE(a_front_end_gets_what_getcredential_answers),
        OVER_WIRE(a_token_may_be_asked_for_somebody_and_something),
        OVER_WIRE(a_token_can_be_ended_now),
        OVER_WIRE(a_provider_and_a_device_are_played),
    };
    return cmocka_run_group_tests_name("control_identity", tests, NULL, NULL);
}
