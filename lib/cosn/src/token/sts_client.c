/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetFederationToken of STS 2018-08-13: one POST, signed with TC3, one answer. No retries here:
 * cosn_token_obtain() and the refresher repeat what is worth repeating, and a refused policy
 * must not be asked for twice (POL-014).
 *
 * The policy travels percent-encoded once, as the API documents it. The plugin sends it raw;
 * STS takes both, but a raw policy that contains %XX would be decoded and come out different
 * (sts-cam.md s.2, s.6; docs/DEVIATIONS.md).
 *
 * Refusals come inside HTTP 200 as Response.Error; their code and request id are kept. An
 * answer that lacks a part of the credential or its end is an error, never a credential that
 * looks eternal. Nothing is sent with a caller that is dead.
 * Sources: fluss-plugin.md s.7; sts-cam.md s.1.1, s.2, s.2.1; requirements STS-001 to STS-027.
 */
#include "token/token.h"

#include "cosbase/json.h"
#include "cosbase/secret.h"
#include "cosbase/shown.h"

#define DEFAULT_ENDPOINT "https://sts.tencentcloudapi.com"
#define FEDERATION_NAME "fluss-cos-federation" /* COSSecurityTokenProvider.java:54 */
#define CONTENT_TYPE "application/json; charset=utf-8"
#define MAX_BODY_BYTES (512u << 10)
#define MAX_UNIX_S 253402300799LL /* the end of the year 9999 */

/* What a refusal means to a caller: the first row whose prefix the code has decides. */
static const struct {
    const char *prefix;
    enum cosn_status status;
    bool retryable;
} refusals[] = {
    {"AuthFailure", COSN_E_DENIED, false},
    {"UnauthorizedOperation", COSN_E_DENIED, false},
    {"FailedOperation.TempKeyNotAllowed", COSN_E_DENIED, false},
    {"InvalidParameter.GrantOtherResource", COSN_E_DENIED, false},
    {"RequestLimitExceeded", COSN_E_BUSY, true},
    {"InternalError", COSN_E_BUSY, true},
    {"ResourceNotFound", COSN_E_NOT_FOUND, false},
    {"", COSN_E_INVALID, false},
};

struct endpoint {
    struct cos_buf url, host;
};

static void drop_endpoint(struct endpoint *e)
{
    cos_buf_deinit(&e->url);
    cos_buf_deinit(&e->host);
}
COS_CLEANUP_DEINIT_DEFINE(struct endpoint, drop_endpoint)

static int read_endpoint(struct endpoint *out, const char *text, struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    struct cos_span rest = cos_span_of(text != NULL ? text : DEFAULT_ENDPOINT);
    bool is_tls = cos_span_starts(rest, COS_SPAN_LIT("https://"));
    if (!is_tls && !cos_span_starts(rest, COS_SPAN_LIT("http://"))) {
        return fail(err, COSN_E_INVALID,
                    "the STS endpoint '%s' must begin with https:// or http://",
                    cos_shown_value(shown, rest));
    }
    rest = cos_span_from(rest, is_tls ? 8 : 7);
    struct cos_span host = cos_span_cut(&rest, '/');
    if (host.len == 0 || rest.len > 0 || cos_span_chr(host, '@') != SIZE_MAX) {
        return fail(err, COSN_E_INVALID,
                    "the STS endpoint '%s' must be a host without user and without path",
                    cos_shown_uri(shown, cos_span_of(text)));
    }
    cos_buf_init(&out->url, 1024);
    cos_buf_init(&out->host, 1024);
    cos_buf_str(&out->url, is_tls ? "https://" : "http://");
    cos_buf_span(&out->url, host);
    cos_buf_ch(&out->url, '/');
    cos_buf_span(&out->host, host);
    return out->url.failed || out->host.failed ? fail(err, COSN_E_NOMEM, "out of memory") : 0;
}

/* --- the request --- */

/* A policy that somebody encoded already is not encoded again. */
static void encode_policy(struct cos_buf *out, struct cos_span policy)
{
    if (cos_span_starts_nocase(cos_span_trim(policy), COS_SPAN_LIT("%7b"))) {
        cos_buf_span(out, policy);
    } else {
        uri_encode_component(out, policy);
    }
}

static int build_body(struct cos_buf *body, const struct sts_call *call, struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf policy;
    cos_buf_init(&policy, MAX_BODY_BYTES);
    encode_policy(&policy, cos_span_of(call->policy));
    struct cos_jw w;
    cos_jw_init(&w, body);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "Name", FEDERATION_NAME);
    cos_jw_span(&w, "Policy", cos_buf_view(&policy));
    cos_jw_i64(&w, "DurationSeconds", call->duration_s);
    cos_jw_end(&w);
    return body->failed || policy.failed
               ? fail(err, COSN_E_NOMEM, "no room for the STS request")
               : 0;
}

static int send(struct cosn_http_reply *reply, const struct sts_call *call,
                const struct endpoint *endpoint, const struct cos_buf *body,
                struct cosn_error *err)
{
    const struct cosn_platform *p = &call->platform->p;
    int64_t now_unix_s = platform_unix_ms(call->platform) / 1000;
    char timestamp[24];
    (void)snprintf(timestamp, sizeof(timestamp), "%lld", (long long)now_unix_s);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf authorization;
    cos_buf_init(&authorization, 16384);
    struct sign_tc3_input input = {
        .service = "sts",
        .host = cos_buf_cstr(&endpoint->host),
        .content_type = CONTENT_TYPE,
        .body = cos_buf_view(body),
        .secret_id = cosn_credentials_secret_id(call->caller),
        .secret_key = cosn_credentials_secret_key(call->caller),
        .now_unix_s = now_unix_s,
    };
    if (sign_tc3(&authorization, &input) < 0) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    const char *token = cosn_credentials_token(call->caller);
    struct cosn_http_header headers[] = {
        {"Host", cos_buf_cstr(&endpoint->host)},
        {"Authorization", cos_buf_cstr(&authorization)},
        {"Content-Type", CONTENT_TYPE},
        {"X-TC-Action", "GetFederationToken"},
        {"X-TC-Timestamp", timestamp},
        {"X-TC-Version", "2018-08-13"},
        {"X-TC-Region", call->region},
        {"User-Agent", "cosn/" COS_VERSION},
        {"X-TC-Token", token},
    };
    struct cosn_http_request request = {
        .size = sizeof(request),
        .method = "POST",
        .url = cos_buf_cstr(&endpoint->url),
        .headers = headers,
        .n_headers = COS_ARRAY_LEN(headers) - (token == NULL ? 1 : 0),
        .body = body->ptr,
        .body_bytes = body->len,
        .timeout_ms = call->timeout_ms,
        .is_cancelled = p->is_cancelled,
        .is_cancelled_ctx = p->is_cancelled_ctx,
    };
    return transport_ask(p->transport, &request, reply, err);
}

/* --- the answer --- */

static void keep_service_words(struct cosn_error *err, const struct cosn_http_reply *reply,
                               const char *code, const char *request_id)
{
    if (err == NULL) {
        return;
    }
    err->http_status = reply->status;
    (void)snprintf(err->code, sizeof(err->code), "%s", code != NULL ? code : "");
    (void)snprintf(err->request_id, sizeof(err->request_id), "%s",
                   request_id != NULL ? request_id : "");
}

static int refuse(const struct cosn_http_reply *reply, const struct cos_json *response,
                  const struct cos_json *error, struct cosn_error *err)
{
    const char *code = cos_json_str(cos_json_get(error, "Code"));
    const char *message = cos_json_str(cos_json_get(error, "Message"));
    const char *request_id = cos_json_str(cos_json_get(response, "RequestId"));
    code = code != NULL ? code : "unknown";
    size_t row = 0;
    while (!cos_span_starts(cos_span_of(code), cos_span_of(refusals[row].prefix))) {
        row++;
    }
    int r = fail_detail(err, refusals[row].status, COSN_D_STS,
                        "STS refused GetFederationToken: %.60s: %.160s (request %.90s)", code,
                        message != NULL ? message : "", request_id != NULL ? request_id : "-");
    keep_service_words(err, reply, code, request_id);
    if (err != NULL) {
        err->retryable = refusals[row].retryable;
    }
    return r;
}

static int incomplete(const struct cosn_http_reply *reply, const struct cos_json *response,
                      const char *what, struct cosn_error *err)
{
    int r = fail_detail(err, COSN_E_PROTOCOL, COSN_D_STS, "the STS answer %s (HTTP status %d)",
                        what, reply->status);
    keep_service_words(err, reply, /* code= */ NULL,
                       cos_json_str(cos_json_get(response, "RequestId")));
    if (err != NULL) {
        err->retryable = reply->status >= 500 || reply->status == 429;
    }
    return r;
}

static int read_end(int64_t *out_unix_ms, const struct cos_json *response)
{
    int64_t expired_time = 0;
    bool ok = cos_json_i64(cos_json_get(response, "ExpiredTime"), &expired_time);
    if (!ok || expired_time <= 0 || expired_time > MAX_UNIX_S) {
        return -1;
    }
    *out_unix_ms = expired_time * 1000;
    return 0;
}

static int read_credentials(struct cosn_credentials **out, const struct cosn_http_reply *reply,
                            const struct cos_json *response, struct cosn_error *err)
{
    const struct cos_json *c = cos_json_get(response, "Credentials");
    const char *id = cos_json_str(cos_json_get(c, "TmpSecretId"));
    const char *key = cos_json_str(cos_json_get(c, "TmpSecretKey"));
    const char *token = cos_json_str(cos_json_get(c, "Token"));
    if (id == NULL || key == NULL || token == NULL || token[0] == '\0') {
        return incomplete(reply, response,
                          "lacks Credentials.TmpSecretId, TmpSecretKey or Token", err);
    }
    int64_t expires_unix_ms;
    if (read_end(&expires_unix_ms, response) < 0) {
        return incomplete(reply, response, "lacks a usable ExpiredTime", err);
    }
    int r = cosn_credentials_new(out, id, key, token, expires_unix_ms, err);
    return r == COSN_E_INVALID
               ? incomplete(reply, response, "holds an unusable credential", err)
               : r;
}

static int read_answer(struct cosn_credentials **out, const struct cosn_http_reply *reply,
                       struct cosn_error *err)
{
    struct cos_json_limits limits = {.max_bytes = 1u << 20,
                                     .max_depth = 16,
                                     .max_nodes = 10000};
    struct cos_text_error why = {0};
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_span text = cos_span_make(reply->body, reply->body_bytes);
    if (cos_json_parse(&root, text, &limits, &why) < 0) {
        return incomplete(reply, NULL, "is not JSON; is there a proxy in between?", err);
    }
    const struct cos_json *response = cos_json_get(root, "Response");
    const struct cos_json *error = cos_json_get(response, "Error");
    if (error != NULL) {
        return refuse(reply, response, error, err);
    }
    if (reply->status != 200) {
        return incomplete(reply, response, "is not a success", err);
    }
    return read_credentials(out, reply, response, err);
}

static int check_caller(const struct sts_call *call, struct cosn_error *err)
{
    int64_t expires_unix_ms = cosn_credentials_expires_unix_ms(call->caller);
    if (expires_unix_ms != COSN_NEVER_EXPIRES &&
        platform_unix_ms(call->platform) >= expires_unix_ms) {
        return fail(err, COSN_E_EXPIRED,
                    "the credential that would call STS has expired; nothing was sent");
    }
    return 0;
}

int sts_get_federation_token(struct cosn_credentials **out, const struct sts_call *call,
                             struct cosn_error *err)
{
    COS_CLEANUP(drop_endpoint) struct endpoint endpoint = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf body;
    cos_buf_init(&body, MAX_BODY_BYTES);
    int r = check_caller(call, err);
    r = r < 0 ? r : read_endpoint(&endpoint, call->platform->p.sts_endpoint, err);
    r = r < 0 ? r : build_body(&body, call, err);
    if (r < 0) {
        return r;
    }
    struct cosn_http_reply reply = {0};
    r = send(&reply, call, &endpoint, &body, err);
    if (r < 0) {
        fail_prefix(err, "calling STS at %s", cos_buf_cstr(&endpoint.host));
    } else {
        r = read_answer(out, &reply, err);
    }
    if (reply.body != NULL) {
        cos_wipe(reply.body, reply.body_bytes);
    }
    cosn_http_reply_deinit(&reply);
    return r;
}
