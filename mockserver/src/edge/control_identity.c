/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control API's hand in identities: roles, tokens for a front end, the end of a token,
 * what an identity provider or an MFA device would say. None of it needs rights or is
 * journaled.
 */
#include "cosbase/date.h"
#include "edge/control_call.h"
#include "services/mfa.h"
#include "world/world.h"

#include <stdlib.h>

/* --- roles --- */

static void write_role(void *ctx, const struct cosmock_role *role)
{
    struct cos_jw *w = ctx;
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_str(w, "name", role->name);
    cos_jw_str(w, "id", role->id);
    cos_jw_str(w, "owner", role->owner_uin);
    cos_jw_str(w, "trust", role->trust);
    cos_jw_i64(w, "max_session_seconds", role->session_max_s);
    cos_jw_end(w);
}

static void list_roles(struct call *c)
{
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_array(&w, "roles");
    (void)cosmock_role_each(c->tenant, write_role, &w); /* without memory all of it fails */
    cos_jw_end(&w);
    cos_jw_end(&w);
}

static void put_role(struct call *c, const char *name)
{
    static const char *const members[] = {"owner", "trust", "policy", "max_session_seconds",
                                          NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    struct cosmock_role role = COSMOCK_ROLE_INIT;
    struct call_number seconds = {"max_session_seconds", 1, WORLD_ROLE_SESSION_MAX_S,
                                  &role.session_max_s};
    struct cosmock_error err;
    if (body == NULL || !call_json_str(c, body, "owner", &role.owner_uin) ||
        !call_json_policy(c, body, "trust", &role.trust) ||
        !call_json_policy(c, body, "policy", &role.policy) ||
        !call_json_numbers(c, body, &seconds, 1)) {
        return;
    }
    role.name = name;
    if (cosmock_role_put(c->tenant, &role, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    call_ok(c);
}

static void delete_role(struct call *c, const char *name)
{
    static const char *const params[] = {"owner", NULL};
    struct cosmock_error err;
    if (!call_params_known(c, params)) {
        return;
    }
    if (cosmock_role_delete(c->tenant, call_param(c, "owner"), name, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    call_ok(c);
}

void control_roles(struct call *c)
{
    static const char *const none[] = {NULL};
    const char *name = call_decode(c, c->rest, /* plus_is_space= */ false);
    if (name == NULL || (name[0] == '\0') != (c->method == CALL_GET)) {
        call_refuse(c, 404, "not-found",
                    "GET /v1/t/<tenant>/roles lists them; PUT and DELETE name one: "
                    "/v1/t/<tenant>/roles/<role>");
    } else if (c->method == CALL_DELETE) {
        delete_role(c, name);
    } else if (!call_params_known(c, none)) {
        return;
    } else if (c->method == CALL_GET) {
        list_roles(c);
    } else {
        put_role(c, name);
    }
}

/* --- temporary keys --- */

void control_expire(struct call *c)
{
    static const char *const members[] = {"secret_id", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    const char *secret_id = NULL;
    struct cosmock_error err;
    if (body == NULL || !call_json_str(c, body, "secret_id", &secret_id)) {
        return;
    }
    if (secret_id == NULL) {
        call_refuse(c, 400, "invalid", "missing member 'secret_id'");
    } else if (cosmock_key_expire(c->tenant, secret_id, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
    } else {
        call_ok(c);
    }
}

/* The answer of getCredential of the official qcloud-cos-sts for Node, which front ends hand to
 * getAuthorization: README of qcloud-cos-sts-sdk. */
static void write_token(struct call *c, const struct cosmock_token *t)
{
    char expiration[21];
    cos_date_iso(expiration, t->expires_unix_s);
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_object(&w, "credentials");
    cos_jw_str(&w, "tmpSecretId", t->secret_id);
    cos_jw_str(&w, "tmpSecretKey", t->secret_key);
    cos_jw_str(&w, "sessionToken", t->token);
    cos_jw_end(&w);
    cos_jw_i64(&w, "startTime", t->start_unix_s);
    cos_jw_i64(&w, "expiredTime", t->expires_unix_s);
    cos_jw_str(&w, "expiration", expiration);
    cos_jw_end(&w);
}

static void issue(struct call *c, const struct cosmock_token_request *request)
{
    struct cosmock_token token;
    struct cosmock_error err;
    if (cosmock_token_issue(c->tenant, request, &token, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    write_token(c, &token);
    free(token.secret_key);
    free(token.token);
}

static void issue_as_asked(struct call *c)
{
    static const char *const members[] = {"uin", "policy", "duration_seconds", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    struct cosmock_token_request request = COSMOCK_TOKEN_REQUEST_INIT;
    struct call_number seconds = {"duration_seconds", 1, COSMOCK_TTL_MAX_S,
                                  &request.duration_s};
    if (body != NULL && call_json_str(c, body, "uin", &request.uin) &&
        call_json_policy(c, body, "policy", &request.policy) &&
        call_json_numbers(c, body, &seconds, 1)) {
        issue(c, &request);
    }
}

void control_sts(struct call *c)
{
    if (c->method == CALL_GET) {
        const struct cosmock_token_request usual = COSMOCK_TOKEN_REQUEST_INIT;
        issue(c, &usual);
    } else {
        issue_as_asked(c);
    }
}

/* --- who vouches --- */

void control_assertions(struct call *c)
{
    static const char *const members[] = {"provider",         "owner",  "subject",
                                          "audience",         "issuer", "lifetime_seconds",
                                          "valid_in_seconds", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    struct cosmock_assertion a = COSMOCK_ASSERTION_INIT;
    struct call_number numbers[] = {{"lifetime_seconds", -COSMOCK_TTL_MAX_S, COSMOCK_TTL_MAX_S,
                                     &a.lifetime_s},
                                    {"valid_in_seconds", -COSMOCK_TTL_MAX_S, COSMOCK_TTL_MAX_S,
                                     &a.valid_in_s}};
    if (body == NULL || !call_json_str(c, body, "provider", &a.provider) ||
        !call_json_str(c, body, "owner", &a.owner_uin) ||
        !call_json_str(c, body, "subject", &a.subject) ||
        !call_json_str(c, body, "audience", &a.audience) ||
        !call_json_str(c, body, "issuer", &a.issuer) ||
        !call_json_numbers(c, body, numbers, COS_ARRAY_LEN(numbers))) {
        return;
    }
    if (a.provider == NULL || a.subject == NULL) {
        call_refuse(c, 400, "invalid", "name 'provider' and 'subject'");
        return;
    }
    char *text = NULL;
    struct cosmock_error err;
    if (cosmock_assertion_make(c->tenant, &a, &text, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_str(&w, "assertion", text);
    cos_jw_end(&w);
    free(text);
}

void control_jwks(struct call *c)
{
    char *text = NULL;
    struct cosmock_error err;
    if (cosmock_jwks(c->tenant, &text, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    c->reply->status = 200;
    cos_buf_str(&c->reply->body, text);
    free(text);
}

void control_mfa(struct call *c)
{
    static const char *const params[] = {"uin", NULL};
    const char *uin = call_param(c, "uin");
    if (!call_params_known(c, params)) {
        return;
    }
    struct user *u = uin == NULL ? NULL : world_user_find(c->tenant, uin);
    char code[MFA_CODE_DIGITS + 1];
    int64_t now_s = cosmock_clock_now_unix_ms(c->tenant, COSMOCK_CLOCK_SIGNATURE) / 1000;
    if (u == NULL || !mfa_code(cos_span_of(u->mfa_seed), now_s, code)) {
        call_refuse(c, 404, "not-found",
                    "name a uin with an MFA device (docs/WORLD-FILE.md: mfa): ?uin=...");
    } else {
        struct cos_jw w;
        call_object(c, 200, &w);
        cos_jw_span(&w, "serial_number",
                    cos_arena_printf(&c->arena, "qcs::cam:uin/%s::mfa/softToken",
                                     u->owner_uin));
        cos_jw_str(&w, "token_code", code);
        cos_jw_end(&w);
    }
    user_unref(u);
}
