/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct transport. It does what a socket would do to the two sides and no more: it adds
 * Content-Length, hands over raw target and headers, obeys the delivery the mock's faults ask
 * for, and reports a reply that was cut short as one that never came (platform.h: 0 only when a
 * complete reply arrived).
 */
#include "direct.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "subject.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define COPIED_BYTES ((size_t)16 << 10) /* of a file at a time, on the stack */

struct direct {
    struct cosn_transport transport;
    struct cosmock *mock;
    struct subject *subject;
    /* Guards unreachable. */
    pthread_mutex_t lock;
    char **unreachable;
    size_t n_unreachable;
};

struct url {
    bool tls;
    /* Without port. */
    struct cos_span host;
    struct cos_span target;
};

static bool split_url(struct url *out, const char *text)
{
    struct cos_span rest = cos_span_of(text);
    if (cos_span_starts(rest, COS_SPAN_LIT("https://"))) {
        out->tls = true;
        rest = cos_span_from(rest, 8);
    } else if (cos_span_starts(rest, COS_SPAN_LIT("http://"))) {
        out->tls = false;
        rest = cos_span_from(rest, 7);
    } else {
        return false;
    }
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') {
        end++;
    }
    out->host = cos_span_sub(rest, 0, end);
    size_t colon = cos_span_chr(out->host, ':');
    if (colon != SIZE_MAX) {
        out->host = cos_span_sub(out->host, 0, colon);
    }
    out->target = cos_span_from(rest, end);
    return true;
}

static int net_error(struct cosn_error *err, enum cosn_detail detail, bool retryable,
                     const char *what, struct cos_span host)
{
    if (err != NULL) {
        *err =
            (struct cosn_error){.status = COSN_E_NET, .detail = detail, .retryable = retryable};
        (void)snprintf(err->message, sizeof(err->message), "%s (" COS_SPAN_FMT ")", what,
                       COS_SPAN_ARG(host));
    }
    return COSN_E_NET;
}

static int plain_error(struct cosn_error *err, enum cosn_status status, const char *what)
{
    if (err != NULL) {
        *err = (struct cosn_error){.status = status};
        (void)snprintf(err->message, sizeof(err->message), "%s", what);
    }
    return status;
}

static bool is_unreachable(struct direct *d, struct cos_span host)
{
    bool found = false;
    (void)pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->n_unreachable && !found; i++) {
        found = cos_span_eq_nocase(cos_span_of(d->unreachable[i]), host);
    }
    (void)pthread_mutex_unlock(&d->lock);
    return found;
}

/* ---- the way there ---- */

#define MAX_HEADERS 64

static bool fill_headers(struct cosmock_header *out, size_t *n,
                         const struct cosn_http_request *request, char length_text[24])
{
    if (request->n_headers + 1 > MAX_HEADERS) {
        return false;
    }
    for (size_t i = 0; i < request->n_headers; i++) {
        const struct cosn_http_header *h = &request->headers[i];
        out[(*n)++] = (struct cosmock_header){.name = {h->name, strlen(h->name)},
                                              .value = {h->value, strlen(h->value)}};
    }
    bool has_body = request->body != NULL || strcmp(request->method, "PUT") == 0 ||
                    strcmp(request->method, "POST") == 0;
    if (has_body) {
        int len = snprintf(length_text, 24, "%zu", request->body_bytes);
        out[(*n)++] = (struct cosmock_header){.name = {"Content-Length", 14},
                                              .value = {length_text, (size_t)len}};
    }
    return true;
}

static struct cosmock_exchange *
send_request(struct direct *d, const struct cosn_http_request *request, const struct url *url)
{
    struct cosmock_header headers[MAX_HEADERS];
    char length_text[24];
    size_t n = 0;
    if (!fill_headers(headers, &n, request, length_text)) {
        return NULL;
    }
    struct cos_buf target = {0};
    cos_buf_init(&target, 64 << 10);
    if (url->target.len == 0 || url->target.ptr[0] != '/') {
        cos_buf_ch(&target, '/');
    }
    cos_buf_span(&target, url->target);
    struct cosmock_head head = {
        .method = {request->method, strlen(request->method)},
        .target = {cos_buf_cstr(&target), target.len},
        .headers = headers,
        .n_headers = n,
        .tls = url->tls,
        .peer = NULL,
    };
    struct cosmock_exchange *x = NULL;
    int want = cosmock_begin(d->mock, &x, &head);
    cos_buf_deinit(&target);
    if (x == NULL) {
        return NULL;
    }
    if (want == COSMOCK_WANT_BODY && request->body_bytes > 0) {
        (void)cosmock_body(x, request->body, request->body_bytes);
    }
    (void)cosmock_finish(x);
    return x;
}

/* ---- the way back ---- */

static int take_body(struct cosmock_exchange *x, const struct cosn_http_request *request,
                     struct cosn_http_reply *reply, uint64_t limit, struct cosn_error *err)
{
    bool streams = request->on_body != NULL && reply->status >= 200 && reply->status < 300;
    if (streams && limit > 0 && request->on_head != NULL &&
        request->on_head(request->on_body_ctx, reply) != 0) {
        return plain_error(err, COSN_E_IO, "the reader of the reply stopped it");
    }
    uint64_t at = 0;
    while (at < limit) {
        size_t n = 0;
        char copied[COPIED_BYTES];
        const void *bytes = cosmock_reply_peek(x, at, &n);
        if (bytes == NULL) { /* it lies in a file */
            int64_t got = cosmock_reply_read(x, at, copied, sizeof(copied));
            bytes = copied;
            n = got > 0 ? (size_t)got : 0;
        }
        if (n == 0) {
            return plain_error(err, COSN_E_PROTOCOL, "the reply is shorter than it says");
        }
        n = n < limit - at ? n : (size_t)(limit - at);
        if (streams && request->on_body(request->on_body_ctx, bytes, n) != 0) {
            return plain_error(err, COSN_E_IO, "the reader of the reply stopped it");
        }
        if (!streams && cosn_http_reply_add_body(reply, bytes, n) < 0) {
            return plain_error(err, COSN_E_NOMEM, "no memory for the reply");
        }
        at += n;
    }
    return COSN_OK;
}

static int take_reply(struct cosmock_exchange *x, const struct cosn_http_request *request,
                      struct cosn_http_reply *reply, int64_t truncate_after,
                      struct cos_span host, struct cosn_error *err)
{
    size_t n = 0;
    const struct cosmock_header *headers = cosmock_reply_headers(x, &n);
    reply->status = cosmock_reply_status(x);
    for (size_t i = 0; i < n; i++) {
        if (cosn_http_reply_add_header(reply, headers[i].name.ptr, headers[i].name.len,
                                       headers[i].value.ptr, headers[i].value.len) < 0) {
            return plain_error(err, COSN_E_NOMEM, "no memory for the reply");
        }
    }
    if (cosmock_reply_delivery(x).is_in_pieces) {
        return plain_error(err, COSN_E_PROTOCOL, "a reply in pieces is for sockets only");
    }
    uint64_t whole = cosmock_reply_body_bytes(x), limit = whole;
    if (truncate_after >= 0 && (uint64_t)truncate_after < whole) {
        limit = (uint64_t)truncate_after;
    }
    int r = take_body(x, request, reply, limit, err);
    if (r < 0) {
        return r;
    }
    if (limit < whole) {
        return net_error(err, COSN_D_NONE, true, "the connection was closed inside the reply",
                         host);
    }
    return COSN_OK;
}

/* How long a reply may be awaited in silence; 0: for ever. */
static int64_t patience_of(const struct cosn_http_request *request)
{
    bool stall_is_first = request->stall_ms > 0 &&
                          (request->timeout_ms <= 0 || request->stall_ms < request->timeout_ms);
    return stall_is_first ? request->stall_ms : request->timeout_ms;
}

static int deliver(struct direct *d, struct cosmock_exchange *x,
                   const struct cosn_http_request *request, struct cosn_http_reply *reply,
                   struct cos_span host, struct cosn_error *err)
{
    struct cosmock_delivery how = cosmock_reply_delivery(x);
    if (how.delay_ms > 0 && d->subject != NULL) {
        int64_t patience_ms = patience_of(request);
        if (patience_ms > 0 && how.delay_ms >= patience_ms) {
            subject_wait_ms(d->subject, patience_ms);
            return net_error(err, COSN_D_TIMEOUT, true, "no reply in time", host);
        }
        subject_wait_ms(d->subject, how.delay_ms);
    }
    if (how.close_before) {
        return net_error(err, COSN_D_NONE, true, "the connection was closed before the reply",
                         host);
    }
    return take_reply(x, request, reply, how.truncate_after, host, err);
}

static int direct_perform(void *ctx, const struct cosn_http_request *request,
                          struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct direct *d = ctx;
    struct url url;
    if (!split_url(&url, request->url)) {
        return plain_error(err, COSN_E_INVALID, "the URL is neither http nor https");
    }
    if (d->mock == NULL || is_unreachable(d, url.host)) {
        return net_error(err, COSN_D_NONE, true, "connection refused", url.host);
    }
    struct cosmock_exchange *x = send_request(d, request, &url);
    if (x == NULL) {
        return plain_error(err, COSN_E_NOMEM, "the request has too many headers or no memory");
    }
    int r = deliver(d, x, request, reply, url.host, err);
    (void)cosmock_exchange_free(x);
    return r;
}

/* ---- life ---- */

struct direct *direct_new(void)
{
    struct direct *d = cos_calloc(1, sizeof(*d));
    if (d == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&d->lock, NULL) != 0) {
        return cos_free(d);
    }
    d->transport = (struct cosn_transport){.perform = direct_perform, .ctx = d};
    return d;
}

static void reach_all(struct direct *d)
{
    (void)pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->n_unreachable; i++) {
        (void)cos_free(d->unreachable[i]);
    }
    d->unreachable = cos_free(d->unreachable);
    d->n_unreachable = 0;
    (void)pthread_mutex_unlock(&d->lock);
}

struct direct *direct_free(struct direct *d)
{
    if (d == NULL) {
        return NULL;
    }
    reach_all(d);
    (void)pthread_mutex_destroy(&d->lock);
    return cos_free(d);
}

void direct_aim(struct direct *d, struct cosmock *mock)
{
    d->mock = mock;
}

void direct_bind(struct direct *d, struct subject *subject)
{
    d->subject = subject;
}

int direct_unreachable(struct direct *d, const char *host)
{
    int r = -1;
    (void)pthread_mutex_lock(&d->lock);
    char **grown =
        cos_realloc_array(d->unreachable, d->n_unreachable + 1, sizeof(*d->unreachable));
    if (grown != NULL) {
        d->unreachable = grown;
        grown[d->n_unreachable] = cos_strdup(host);
        if (grown[d->n_unreachable] != NULL) {
            d->n_unreachable++;
            r = 0;
        }
    }
    (void)pthread_mutex_unlock(&d->lock);
    return r;
}

const struct cosn_transport *direct_transport(struct direct *d)
{
    return &d->transport;
}
