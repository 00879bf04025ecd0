/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks the cloud API, STS or CAM, in the order of sts-cam.md s.2.1: protocol,
 * Authorization, missing parameters, action and version, secret id, clock (300 s either way),
 * token, signature, region. Action, version, region and token are not signed by the SDKs, so
 * the token is checked against the key on its own. What an identity provider vouches for needs
 * no signature and then says SKIP (sts-cam.md s.1.1).
 */
#include "authn/authn.h"
#include "authn/mistakes.h"
#include "exchange/sts_request.h"

#include <stdlib.h>

#define CLOCK_TOLERANCE_S 300
#define GET_MAX_BYTES (32u << 10)    /* sts-cam.md s.1.1 */
#define V1_POST_MAX_BYTES (1u << 20) /* the same; TC3: 10 MiB, body.c */

static void say(struct cosmock_exchange *x, const char *code, struct cos_span message)
{
    x->identity.reason = REASON_MALFORMED;
    x->identity.detail = message;
    refuse_with(x, STAGE_AUTHN, code, message, COS_SPAN_EMPTY);
}

static void say_missing(struct cosmock_exchange *x, const char *name)
{
    say(x, "MissingParameter",
        cos_arena_printf(&x->arena, "The request is missing a required parameter `%s`.", name));
}

static bool check_protocol(struct cosmock_exchange *x)
{
    bool is_get = cos_span_eq_str(x->parts.method, "GET");
    if (!is_get && !cos_span_eq_str(x->parts.method, "POST")) {
        authn_refuse(x, "UnsupportedProtocol", REASON_MALFORMED,
                     COS_SPAN_LIT("the cloud API takes GET and POST"));
    } else if (is_get && x->parts.raw_query.len > GET_MAX_BYTES) {
        authn_refuse(x, "RequestSizeLimitExceeded", REASON_MALFORMED,
                     COS_SPAN_LIT("a GET request may have 32 KiB of query"));
    } else if (x->sts->scheme == STS_V1 && x->body.received > V1_POST_MAX_BYTES) {
        say(x, "RequestSizeLimitExceeded",
            COS_SPAN_LIT("The request body is too large because of exceeding request size "
                         "limit, please use new signature method `TC3-HMAC-SHA256`."));
    }
    return !is_refused(x);
}

/* TC3 must sign content-type and host: sts-cam.md s.1.1 */
static bool signs(struct cos_span list, const char *name)
{
    for (struct cos_span rest = list; rest.ptr != NULL;) {
        if (cos_span_eq_nocase(cos_span_cut(&rest, ';'), cos_span_of(name))) {
            return true;
        }
    }
    return false;
}

#define TC3_FORM                                                                          \
    "\"TC3-HMAC-SHA256 Credential=<id>/<date>/<service>/tc3_request, SignedHeaders=..., " \
    "Signature=...\""

static struct cos_span say_broken(struct cosmock_exchange *x)
{
    static const struct {
        const char *begins, *is;
    } foreign[] = {
        {"AWS4-", "one of AWS Signature V4"}, {"AWS ", "one of AWS Signature V2"},
        {"q-sign-algorithm", "one of COS"},   {"OSS", "one of Aliyun OSS"},
        {"Basic ", "Basic authentication"},   {"Bearer ", "a bearer token"},
    };
    struct cos_span authorization = header_get(x, "Authorization");
    for (size_t i = 0; i < COS_ARRAY_LEN(foreign); i++) {
        if (cos_span_starts_nocase(authorization, cos_span_of(foreign[i].begins))) {
            return cos_arena_printf(&x->arena, "Authorization looks like %s, and is " TC3_FORM,
                                    foreign[i].is);
        }
    }
    return COS_SPAN_LIT("Authorization is not " TC3_FORM);
}

static bool check_authorization(struct cosmock_exchange *x)
{
    const struct sts_request *r = x->sts;
    if (r->is_authorization_broken || r->scheme == STS_OTHER_SCHEME) {
        authn_refuse(x, "AuthFailure.InvalidAuthorization", REASON_MALFORMED, say_broken(x));
    } else if (r->scheme == STS_UNSIGNED && header_get(x, "X-TC-Action").ptr != NULL) {
        authn_refuse(x, "AuthFailure.InvalidAuthorization", REASON_ANONYMOUS,
                     COS_SPAN_LIT("the request is not signed"));
    } else if (r->scheme == STS_TC3 && (!signs(r->signed_headers, "content-type") ||
                                        !signs(r->signed_headers, "host"))) {
        authn_refuse(x, "AuthFailure.InvalidAuthorization", REASON_UNSIGNED_HEADER,
                     COS_SPAN_LIT("SignedHeaders must name content-type and host"));
    }
    return !is_refused(x);
}

static bool check_parameters(struct cosmock_exchange *x)
{
    const struct sts_request *r = x->sts;
    const struct {
        const char *name;
        struct cos_span value;
        bool v1_only;
    } required[] = {
        {"Action", r->action, false},       {"Version", r->version, false},
        {"Timestamp", r->timestamp, false}, {"Nonce", sts_field_value(r, "Nonce"), true},
        {"SecretId", r->secret_id, true},   {"Signature", r->signature, true},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(required); i++) {
        bool is_v1 = r->scheme != STS_TC3 && r->scheme != STS_SKIP;
        bool is_asked = !required[i].v1_only || is_v1;
        if (is_asked && required[i].value.len == 0) {
            say_missing(x, required[i].name);
            return false;
        }
    }
    return true;
}

static bool check_action(struct cosmock_exchange *x)
{
    const struct sts_request *r = x->sts;
    if (x->route.op == NULL) {
        say(x, "InvalidAction",
            cos_arena_printf(&x->arena, "The request action=`" COS_SPAN_FMT "` is invalid.",
                             COS_SPAN_ARG(r->action)));
    } else if (!cos_span_eq_str(r->version, x->service->api_version)) {
        say(x, "NoSuchVersion",
            cos_arena_printf(&x->arena,
                             "The API version `" COS_SPAN_FMT "` does not exist; it is "
                             "`%s`.",
                             COS_SPAN_ARG(r->version), x->service->api_version));
    }
    return !is_refused(x);
}

static struct cos_span say_clock(struct cosmock_exchange *x, int64_t sent_s)
{
    int64_t now_s = x->now.signature_unix_ms / 1000;
    int64_t off_s = sent_s < now_s ? now_s - sent_s : sent_s - now_s;
    const char *hint =
        sent_s > now_s * 100 ? " (it is in milliseconds)" : authn_zone_hint(off_s);
    return cos_arena_printf(&x->arena,
                            "Timestamp is %lld, %lld s %s: the server's clock says %lld%s",
                            (long long)sent_s, (long long)off_s,
                            sent_s < now_s ? "late" : "early", (long long)now_s, hint);
}

static bool check_clock(struct cosmock_exchange *x)
{
    int64_t sent_s = 0;
    if (!cos_span_i64(x->sts->timestamp, &sent_s) || sent_s < 0) {
        say(x, "InvalidParameterValue",
            COS_SPAN_LIT("A value specified in `Timestamp` is not valid, is unsupported, or "
                         "cannot be used."));
        return false;
    }
    x->identity.sign_start_unix_s = sent_s;
    int64_t now_s = x->now.signature_unix_ms / 1000;
    if (sent_s < now_s - CLOCK_TOLERANCE_S || sent_s > now_s + CLOCK_TOLERANCE_S) {
        authn_refuse(x, "AuthFailure.SignatureExpire",
                     sent_s < now_s ? REASON_OUTSIDE_SIGN_TIME : REASON_NOT_YET_VALID,
                     say_clock(x, sent_s));
    }
    return !is_refused(x);
}

static bool check_token(struct cosmock_exchange *x)
{
    const char *reason = NULL;
    enum token_verdict verdict = authn_token_judge(x, x->sts->token);
    switch (verdict) {
    case TOKEN_GOOD:
        return true;
    case TOKEN_MISSING:
        reason = REASON_TOKEN_MISSING;
        break;
    case TOKEN_STRAY:
    case TOKEN_MISMATCH:
        reason = REASON_TOKEN_MISMATCH;
        break;
    case TOKEN_EXPIRED:
        reason = REASON_TOKEN_EXPIRED;
        break;
    }
    authn_refuse(x, "AuthFailure.TokenFailure", reason,
                 authn_token_say(x, x->sts->token, verdict));
    return false;
}

static bool check_signature(struct cosmock_exchange *x)
{
    struct cos_span secret = cos_secret_view(&x->identity.found.key->secret_key);
    bool ok =
        x->sts->scheme == STS_TC3 ? authn_tc3_matches(x, secret) : authn_v1_matches(x, secret);
    if (!ok) {
        authn_refuse(x, "AuthFailure.SignatureFailure", REASON_SIGNATURE_DIFFERS,
                     COS_SPAN_LIT(MISTAKES_NONE));
        (x->sts->scheme == STS_TC3 ? authn_tc3_look : authn_v1_look)(x);
    }
    return ok;
}

/* Only of a caller who is who he says, or anybody could use up his numbers. */
static bool check_replay(struct cosmock_exchange *x)
{
    const struct sts_request *r = x->sts;
    const struct nonce n = {r->secret_id, r->timestamp, sts_field_value(r, "Nonce")};
    if (r->scheme == STS_V1 && SWITCH_IS(x->tenant, STS_REPLAY, REFUSE) &&
        !world_nonce_use(x->tenant, &n)) {
        authn_refuse(x, "AuthFailure.SignatureFailure", REASON_REPLAYED,
                     COS_SPAN_LIT("this Nonce has come with this Timestamp before "
                                  "(switch sts-replay)"));
    }
    return !is_refused(x);
}

static bool is_region_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Tencent regions: two letters of the continent, a place, perhaps more ("ap-guangzhou",
 * "ap-shanghai-fsi", "na-siliconvalley"). */
static bool is_region(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_region_char(s.ptr[i])) {
            return false;
        }
    }
    return s.len >= 5 && s.len <= 32 && s.ptr[2] == '-' && s.ptr[s.len - 1] != '-';
}

/* GetFederationToken needs a region, GetCallerIdentity does not (vector
 * py-tc3-post-no-region-intl-en). */
static void check_region(struct cosmock_exchange *x)
{
    struct cos_span region = x->sts->region;
    if (region.len == 0) {
        if (x->service->needs_region && x->route.op->action != NULL) {
            say_missing(x, "Region"); /* terraformer#1148 */
        }
    } else if (!is_region(region)) {
        say(x, "InvalidParameterValue",
            cos_arena_printf(
                &x->arena,
                "A value specified in `%s` is not valid, is unsupported, or cannot "
                "be used.",
                x->sts->scheme == STS_TC3 ? "X-TC-Region" : "Region"));
    }
}

/* An action that must be signed says so before anything is looked up. */
static bool check_skip(struct cosmock_exchange *x)
{
    if (x->sts->scheme == STS_SKIP && !x->route.op->may_skip) {
        authn_refuse(x, "AuthFailure.InvalidAuthorization", REASON_ANONYMOUS,
                     COS_SPAN_LIT("only AssumeRoleWithSAML and AssumeRoleWithWebIdentity may "
                                  "come unsigned"));
    }
    return !is_refused(x);
}

static bool check_key(struct cosmock_exchange *x)
{
    if (authn_find_key(x, x->sts->secret_id)) {
        return true;
    }
    authn_refuse(x, "AuthFailure.SecretIdNotFound", x->identity.reason, authn_key_say(x));
    return false;
}

void authn_sts_check(struct cosmock_exchange *x)
{
    x->identity.secret_id = x->sts->secret_id;
    x->identity.header_list = x->sts->signed_headers;
    if (!check_protocol(x) || !check_authorization(x) || !check_parameters(x) ||
        !check_action(x) || !check_skip(x)) {
        return;
    }
    if (x->sts->scheme == STS_SKIP) {
        check_region(x);
        x->identity.reason = REASON_ANONYMOUS;
    } else if (check_key(x) && check_clock(x) && check_token(x) && check_signature(x) &&
               check_replay(x)) {
        check_region(x);
        x->identity.reason = REASON_OK; /* a bad region is not a doubt about the caller */
    }
}
