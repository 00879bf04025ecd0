/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing, sending, repeating. The credential is fetched before every attempt, so a token that
 * was refreshed while a call waited is used at once, and one that is dead by its own clock
 * never leaves the process.
 *
 * A refusal of the credential is repeated once, without a pause, when the provider meanwhile
 * holds another one: the request was simply overtaken by a refresh. One that names the
 * credential's end asks the provider for another; one about clocks takes the service's Date for
 * signing, as the Node SDK does, because a desk's clock is wrong more often than the service's.
 * What may end otherwise is repeated for a time (wire/retry.c). Where a failure leaves open
 * whether the thing was done, the operation looks before it is repeated or given up. This file
 * refuses to follow redirects: a 3xx is an error, so neither signature nor token ever reaches
 * another host.
 * Sources: cos-wire.md s.1.1-1.3 (signature, host), s.5 no. 16 (x-cos-sdk-retry, retry
 * discipline); the plugin's opposite behaviour: fluss-plugin.md F5, F6, F12.
 */
#include "client/call.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "cosbase/shown.h"

#include <inttypes.h>

/* A request must not be dead on arrival: STS counts expiry in whole seconds [assumed]. */
#define EXPIRY_MARGIN_MS 1000
/* Backdating for clocks that disagree a little, as the Python SDK does; validity as in the Java
 * SDK (cos-wire.md s.1.2). */
#define SIGN_BACKDATE_S 60
#define SIGN_VALID_S 3600
#define LEAST_SKEW_MS 30000 /* the Node SDK's, base.js:3941-3951 */
#define URL_MAX_BYTES (64u << 10)
/* Who cancels wants to end: cleaning up must not take longer than a supervisor waits before it
 * kills [assumed]. */
#define CLEANUP_TIMEOUT_MS 5000

int client_new(struct client **out, const struct client_options *options,
               struct cosn_error *err)
{
    struct client *c = cos_calloc(1, sizeof(*c));
    if (c == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    c->bucket = cos_strdup(options->bucket);
    c->host = cos_strdup(options->host);
    c->scheme = cos_strdup(options->scheme);
    c->user_agent = cos_strdup(options->user_agent);
    c->provider = cosn_provider_ref(options->provider);
    c->platform = options->platform;
    c->retry = options->retry;
    c->stall_ms = options->stall_ms;
    c->timeout_ms = options->timeout_ms;
    if (c->bucket == NULL || c->host == NULL || c->scheme == NULL || c->user_agent == NULL) {
        (void)client_free(c);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    *out = c;
    return 0;
}

struct client *client_free(struct client *c)
{
    if (c == NULL) {
        return NULL;
    }
    (void)cosn_provider_unref(c->provider);
    cos_free(c->bucket);
    cos_free(c->host);
    cos_free(c->scheme);
    cos_free(c->user_agent);
    cos_free(c);
    return NULL;
}

void call_header(struct call *call, const char *name, const char *value)
{
    if (call->n_headers < CALL_MAX_HEADERS) {
        call->headers[call->n_headers] = (struct sign_pair){name, value};
    }
    call->n_headers++;
}

/* As the service counts it, once it has said so. */
static int64_t service_unix_ms(struct client *c)
{
    return platform_unix_ms(c->platform) + atomic_load(&c->skew_ms);
}

static int fetch_credential(struct client *c, struct cosn_credentials **out,
                            struct cosn_error *err)
{
    struct cosn_credentials *got = NULL;
    int r = cosn_provider_get(c->provider, &got, err);
    if (r < 0) {
        return r;
    }
    int64_t expires_unix_ms = cosn_credentials_expires_unix_ms(got);
    int64_t now = service_unix_ms(c);
    if (expires_unix_ms != COSN_NEVER_EXPIRES && expires_unix_ms - EXPIRY_MARGIN_MS <= now) {
        (void)cosn_credentials_unref(got);
        return fail(err, COSN_E_EXPIRED,
                    "the credential of provider '%s' ended %" PRId64
                    " ms ago by the clock and no newer one was received; nothing was sent",
                    cosn_provider_name(c->provider), now - expires_unix_ms);
    }
    *out = got;
    return 0;
}

static bool same_credential(const struct cosn_credentials *a, const struct cosn_credentials *b)
{
    const char *token_a = cosn_credentials_token(a);
    const char *token_b = cosn_credentials_token(b);
    return strcmp(cosn_credentials_secret_id(a), cosn_credentials_secret_id(b)) == 0 &&
           strcmp(token_a == NULL ? "" : token_a, token_b == NULL ? "" : token_b) == 0;
}

static void build_path(struct cos_buf *path, const struct call *call)
{
    cos_buf_ch(path, '/');
    cos_buf_str(path, call->key == NULL ? "" : call->key);
}

static void build_url(struct cos_buf *url, const struct client *c, const struct call *call,
                      struct cos_span path)
{
    cos_buf_str(url, c->scheme);
    cos_buf_str(url, "://");
    cos_buf_str(url, c->host);
    uri_encode_path(url, path);
    for (size_t i = 0; i < call->n_params; i++) {
        cos_buf_ch(url, i == 0 ? '?' : '&');
        uri_encode_component(url, cos_span_of(call->params[i].name));
        if (call->params[i].value[0] != '\0') {
            cos_buf_ch(url, '=');
            uri_encode_component(url, cos_span_of(call->params[i].value));
        }
    }
}

/* A call as it goes out. */
struct signed_call {
    struct cos_buf path, url, authorization;
    struct sign_pair headers[CALL_MAX_HEADERS + 4]; /* all of them are signed */
    size_t n_headers;
};

static void signed_call_init(struct signed_call *s)
{
    cos_buf_init(&s->path, URL_MAX_BYTES);
    cos_buf_init(&s->url, URL_MAX_BYTES);
    cos_buf_init(&s->authorization, URL_MAX_BYTES);
    s->n_headers = 0;
}

static void signed_call_deinit(struct signed_call *s)
{
    cos_buf_deinit(&s->path);
    cos_buf_deinit(&s->url);
    cos_buf_deinit(&s->authorization);
}
COS_CLEANUP_DEINIT_DEFINE(struct signed_call, signed_call_deinit)

/* Host, token and retry mark in front of the operation's own headers. */
static size_t collect_headers(struct sign_pair *out, const struct client *c,
                              const struct call *call, const struct cosn_credentials *used)
{
    size_t n = 0;
    out[n++] = (struct sign_pair){"Host", c->host};
    const char *token = cosn_credentials_token(used);
    if (token != NULL && token[0] != '\0') {
        out[n++] = (struct sign_pair){"x-cos-security-token", token};
    }
    if (call->attempts > 1) {
        out[n++] = (struct sign_pair){"x-cos-sdk-retry", "true"};
    }
    for (size_t i = 0; i < call->n_headers; i++) {
        out[n++] = call->headers[i];
    }
    return n;
}

/* The signature ends with the credential: a longer promise could not be kept. */
static int sign_call(struct signed_call *s, struct client *c, const struct call *call,
                     const struct cosn_credentials *used)
{
    int64_t now_unix_s = service_unix_ms(c) / 1000;
    int64_t end_unix_s = now_unix_s + SIGN_VALID_S;
    int64_t expires_unix_ms = cosn_credentials_expires_unix_ms(used);
    if (expires_unix_ms != COSN_NEVER_EXPIRES && expires_unix_ms / 1000 < end_unix_s) {
        end_unix_s = expires_unix_ms / 1000;
    }
    struct sign_cos_input in = {
        .method = call->method,
        .path = cos_buf_view(&s->path),
        .params = call->params,
        .n_params = call->n_params,
        .headers = s->headers,
        .n_headers = s->n_headers,
        .secret_id = cosn_credentials_secret_id(used),
        .secret_key = cosn_credentials_secret_key(used),
        .start_unix_s = now_unix_s - SIGN_BACKDATE_S,
        .end_unix_s = end_unix_s,
    };
    return sign_cos(&s->authorization, &in);
}

static int perform(struct client *c, const struct call *call, struct signed_call *s,
                   struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct cosn_http_header headers[CALL_MAX_HEADERS + 8];
    size_t n = 0;
    for (size_t i = 0; i < s->n_headers; i++) {
        headers[n++] = (struct cosn_http_header){s->headers[i].name, s->headers[i].value};
    }
    const char *authorization = cos_buf_cstr(&s->authorization);
    headers[n++] = (struct cosn_http_header){"User-Agent", c->user_agent};
    headers[n++] = (struct cosn_http_header){"Authorization", authorization};
    struct cosn_http_request request = {
        .size = sizeof(request),
        .method = call->method,
        .url = cos_buf_cstr(&s->url),
        .headers = headers,
        .n_headers = n,
        .body = call->body,
        .body_bytes = call->body_bytes,
        .timeout_ms = c->timeout_ms,
        .stall_ms = c->stall_ms,
        .on_body = call->on_body,
        .on_body_ctx = call->ctx,
        .on_head = call->on_head,
    };
    if (!call->is_cleanup) {
        request.is_cancelled = c->platform->p.is_cancelled;
        request.is_cancelled_ctx = c->platform->p.is_cancelled_ctx;
    } else if (platform_is_cancelled(c->platform)) {
        request.timeout_ms = CLEANUP_TIMEOUT_MS;
    }
    const struct cosn_transport *transport = c->platform->p.transport;
    return transport_ask(transport, &request, reply, err);
}

static int send_signed(struct client *c, const struct call *call,
                       const struct cosn_credentials *used, struct cosn_http_reply *reply,
                       struct cosn_error *err)
{
    if (call->n_headers > CALL_MAX_HEADERS) {
        return fail(err, COSN_E_INVALID, "%zu headers; a request carries at most %d",
                    call->n_headers, CALL_MAX_HEADERS);
    }
    COS_CLEANUP(signed_call_deinit) struct signed_call s;
    signed_call_init(&s);
    build_path(&s.path, call);
    build_url(&s.url, c, call, cos_buf_view(&s.path));
    s.n_headers = collect_headers(s.headers, c, call, used);
    if (sign_call(&s, c, call, used) < 0 || s.path.failed || s.url.failed ||
        s.authorization.failed) {
        return fail(err, COSN_E_NOMEM, "no memory for a request");
    }
    return perform(c, call, &s, reply, err);
}

static void name_subject(struct cosn_error *err, const struct client *c,
                         const struct call *call)
{
    char subject[256], host[COS_SHOWN_BYTES];
    refusal_subject(subject, sizeof(subject), c, call);
    if (err->http_status == 0) {
        fail_prefix(err, "%s on %s", subject, cos_shown_value(host, cos_span_of(c->host)));
    } else {
        fail_prefix(err, "%s", subject);
    }
}

/* A reply is a success when its status, its shape and its values are: 0, or the failure that it
 * means. */
static int judge(struct client *c, const struct call *call, const struct cosn_credentials *used,
                 const struct cosn_http_reply *reply, struct cosn_error *err)
{
    bool is_success = reply->status >= 200 && reply->status <= 299;
    COS_CLEANUP(cos_xml_free)
    struct cos_xml *doc = is_success ? refusal_parse_body(reply) : NULL;
    if (!is_success || refusal_is_error(doc)) {
        return refusal_of_reply(err, c, call, used, reply);
    }
    int r = shape_check(call, reply, doc, err);
    if (r == 0 && call->check != NULL) {
        r = call->check(call->ctx, reply, doc, err);
    }
    if (r < 0) {
        name_subject(err, c, call);
    }
    return r;
}

/* One attempt: 0 with a 2xx reply that passed its check, else the failure. */
static int attempt_once(struct client *c, struct call *call,
                        const struct cosn_credentials *used, struct cosn_http_reply *reply,
                        struct cosn_error *err)
{
    call->attempts++;
    if (call->prepare != NULL) {
        call->prepare(call->ctx, call);
    }
    int r = send_signed(c, call, used, reply, err);
    if (r < 0) {
        name_subject(err, c, call);
        return r;
    }
    return judge(c, call, used, reply, err);
}

/* Whether the service may have refused the credential itself: then a newer one may do. A HEAD
 * tells no code, so its 400 counts too. */
static bool is_credential_refusal(const struct cosn_error *err)
{
    if (err->status == COSN_E_PROTOCOL) {
        return false; /* not said by the service */
    }
    return err->http_status == 401 || err->http_status == 403 ||
           (err->http_status == 400 && (err->code[0] == '\0' || err->status == COSN_E_EXPIRED));
}

static bool has_newer_credential(struct client *c, const struct cosn_credentials *used)
{
    struct cosn_credentials *now = NULL;
    if (fetch_credential(c, &now, NULL) < 0) {
        return false;
    }
    bool newer = !same_credential(now, used);
    (void)cosn_credentials_unref(now);
    return newer;
}

/* Whether another try may end otherwise. Every operation of this client may be sent twice, a
 * POST too: creation of an upload leaves at worst an empty one behind, completion is looked at
 * (multipart.c). */
static bool is_worth_repeating(const struct call *call, const struct cosn_error *err)
{
    if (err->status == COSN_E_NET) {
        return err->detail != COSN_D_UNTRUSTED &&
               (err->retryable || strcmp(call->method, "POST") == 0);
    }
    return err->retryable;
}

/* "Exists" or "no such upload" after a repetition: perhaps an earlier try did it, and its
 * answer was lost. */
static bool leaves_open(const struct call *call, const struct cosn_error *err)
{
    return call->attempts > 1 &&
           (err->status == COSN_E_EXISTS || err->status == COSN_E_NOT_FOUND);
}

/* No answer, or one of somebody on the way: the service may have done it all the same. */
static bool is_lost(const struct call *call, const struct cosn_error *err)
{
    return is_worth_repeating(call, err) &&
           (err->status == COSN_E_NET || err->http_status >= 500);
}

static bool is_settled(struct client *c, const struct call *call, bool is_glance)
{
    struct call looked = *call;
    looked.is_glance = is_glance;
    if (call->settled == NULL || !call->settled(call->ctx, c, &looked)) {
        return false;
    }
    platform_log(c->platform, COSN_LOG_INFO, "client",
                 "%s cosn://%s/%s was not acknowledged but is in effect", call->op, c->bucket,
                 call->key);
    return true;
}

/* Whether the call must not be sent (again). */
static bool is_given_up(const struct client *c, const struct call *call)
{
    return platform_is_cancelled(c->platform) && !(call->is_cleanup && call->attempts == 0);
}

/* --- a refused credential --- */

static bool takes_service_time(struct client *c, const struct cosn_http_reply *reply)
{
    const char *date = cosn_http_reply_header(reply, "Date");
    int64_t at_unix_s = 0;
    if (date == NULL || !refusal_is_about_time(reply) ||
        !cos_date_http_parse(cos_span_trim(cos_span_of(date)), &at_unix_s)) {
        return false;
    }
    int64_t skew_ms = at_unix_s * 1000 - platform_unix_ms(c->platform);
    if (llabs(skew_ms - atomic_load(&c->skew_ms)) < LEAST_SKEW_MS) {
        return false; /* that was not it */
    }
    atomic_store(&c->skew_ms, skew_ms);
    platform_log(c->platform, COSN_LOG_WARN, "client",
                 "the service's clock is %" PRId64 " s ahead of this one; signing by it",
                 skew_ms / 1000);
    return true;
}

/* The answers that name the end of a temporary key; which one it is differs (cos-wire.md s.1.5,
 * s.5 no. 8). A policy's 403 is none. */
static bool names_the_end(const struct cosn_credentials *used, const struct cosn_error *err)
{
    return cosn_credentials_token(used) != NULL &&
           (err->status == COSN_E_EXPIRED || strcmp(err->code, "InvalidAccessKeyId") == 0);
}

/* What can be done about a refusal, or 0. */
static enum remedy find_remedy(struct client *c, const struct call *call,
                               const struct cosn_credentials *used,
                               const struct cosn_http_reply *reply,
                               const struct cosn_error *err)
{
    if (!is_credential_refusal(err)) {
        return 0;
    }
    if ((call->remedies & REMEDY_NEWER) == 0 && has_newer_credential(c, used)) {
        return REMEDY_NEWER;
    }
    if ((call->remedies & REMEDY_CLOCK) == 0 && takes_service_time(c, reply)) {
        return REMEDY_CLOCK;
    }
    if ((call->remedies & REMEDY_RENEWED) == 0 && names_the_end(used, err) &&
        cosn_provider_renew(c->provider, used, /* err= */ NULL) == 0 &&
        has_newer_credential(c, used)) {
        return REMEDY_RENEWED;
    }
    return 0;
}

/* One try with the newest credential. True in @out_again: it was refused and there is a remedy,
 * so it is to be made once more at once. */
static int try_once(struct client *c, struct call *call, bool *out_again,
                    struct cosn_error *err)
{
    *out_again = false;
    if (is_given_up(c, call)) {
        (void)fail_detail(err, COSN_E_IO, COSN_D_CANCELLED, "cancelled");
        name_subject(err, c, call);
        return COSN_E_IO;
    }
    struct cosn_credentials *used = NULL;
    struct cosn_http_reply reply = {0};
    enum remedy remedy = 0;
    int r = fetch_credential(c, &used, err);
    if (r == COSN_E_EXPIRED && (call->remedies & REMEDY_RENEWED) == 0 &&
        cosn_provider_renew(c->provider, NULL, NULL) != COSN_E_UNSUPPORTED) {
        remedy = REMEDY_RENEWED; /* by this request, or by another one meanwhile */
    }
    if (r == 0) {
        r = attempt_once(c, call, used, &reply, err);
        remedy = r == 0 ? 0 : find_remedy(c, call, used, &reply, err);
    }
    call->asked_ms = retry_after_ms(cosn_http_reply_header(&reply, "Retry-After"),
                                    platform_unix_ms(c->platform));
    cosn_http_reply_deinit(&reply);
    (void)cosn_credentials_unref(used);
    call->remedies |= remedy;
    *out_again = remedy != 0;
    return r;
}

static int call_until_settled(struct client *c, struct call *call, struct cosn_error *err)
{
    static const struct retry_rule one_try = {0, 0};
    struct retry_run run = {.rule = call->is_glance ? &one_try : &c->retry,
                            .platform = c->platform,
                            .area = "client"};
    for (;;) {
        bool again = false;
        int r = try_once(c, call, &again, err);
        if (again) {
            continue;
        }
        bool is_conflict = r < 0 && refusal_is_conflict(err->code);
        if (r == 0 || (is_conflict && is_settled(c, call, /* is_glance= */ true)) ||
            (leaves_open(call, err) && is_settled(c, call, /* is_glance= */ false))) {
            return 0;
        }
        if (is_worth_repeating(call, err) && retry_run_again(&run, err, call->asked_ms)) {
            continue;
        }
        if (is_lost(call, err) && is_settled(c, call, /* is_glance= */ true)) {
            return 0;
        }
        retry_run_explain(&run, err);
        return r;
    }
}

int client_call(struct client *c, struct call *call, struct cosn_error *err)
{
    struct cosn_error now = COSN_ERROR_INIT;
    call->attempts = 0;
    call->remedies = 0;
    int r = call_until_settled(c, call, &now);
    if (r < 0 && err != NULL) {
        *err = now;
    }
    return r;
}
