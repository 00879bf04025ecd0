/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default transport: libcurl's multi interface. The only file of the library that includes
 * curl.h.
 *
 * A lane is one multi handle with one easy handle. An exchange takes a free lane (or makes
 * one), runs alone on it and gives it back, so connections stay with their lane and are reused,
 * and any number of threads work at once without a lock held over I/O. The most recently used
 * lane goes first: its connection is the warmest.
 *
 * What it sends is what it was given: the URL verbatim, no redirects, no Expect, no header of
 * libcurl's own invention.
 * Time. request.timeout_ms bounds a whole exchange, request.stall_ms the time in which nothing
 * moves (stall.c), CONNECT_TIMEOUT_MS the way to a connection.
 * A POST always opens a fresh connection, because libcurl silently repeats a request whose
 * reused connection turned out to be dead, and only the caller knows whether a POST may run
 * twice.
 * It refuses: protocols other than http and https, unverified certificates, endless headers,
 * and bodies beyond MAX_BODY_BYTES that nobody streams.
 * Sources: libcurl manual pages of the options named; fluss-plugin.md s.6.1; cos-wire.md s.1.1
 * (path sent as it is).
 */
#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/shown.h"
#include "wire/wire.h"

#include <curl/curl.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <strings.h>
#include <sys/ioctl.h>

#define MAX_IDLE_LANES 32
#define MAX_HEADER_BYTES (64u << 10)
#define MAX_HEADERS 256
#define MAX_BODY_BYTES (64u << 20)
#define CONNECT_TIMEOUT_MS 10000L
#define POLL_MS 1000
#define CANCELLABLE_POLL_MS 100
#define IO_BUFFER_BYTES (256L << 10)

struct lane {
    CURLM *multi;
    CURL *easy;
    struct lane *next;
};

struct cosn_transport_curl {
    struct cosn_transport transport;
    char *ca_file;
    struct curl_slist *connect_to;
    int64_t (*mono_ms)(void *ctx); /* NULL: the system's */
    void *clock_ctx;
    pthread_mutex_t lock; /* guards idle, n_idle */
    struct lane *idle;
    size_t n_idle;
};

/* What the callbacks of one exchange share. */
struct exchange {
    const struct cosn_http_request *request;
    struct cosn_http_reply *reply;
    struct curl_slist *headers;
    size_t header_bytes;
    bool has_whole_head; /* libcurl takes a head that ends in mid-air for a reply */
    bool is_head_shown;
    bool out_of_memory, too_big, stopped, cancelled, stalled;
    char curl_error[CURL_ERROR_SIZE];
};

/* --- lanes --- */

static struct lane *lane_free(struct lane *lane)
{
    if (lane != NULL) {
        if (lane->easy != NULL) {
            curl_easy_cleanup(lane->easy);
        }
        if (lane->multi != NULL) {
            (void)curl_multi_cleanup(lane->multi);
        }
        cos_free(lane);
    }
    return NULL;
}

static struct lane *lane_new(void)
{
    struct lane *lane = cos_calloc(1, sizeof(*lane));
    if (lane == NULL) {
        return NULL;
    }
    lane->multi = curl_multi_init();
    lane->easy = curl_easy_init();
    if (lane->multi == NULL || lane->easy == NULL) {
        return lane_free(lane);
    }
    return lane;
}

static struct lane *take_lane(struct cosn_transport_curl *t)
{
    (void)pthread_mutex_lock(&t->lock);
    struct lane *lane = t->idle;
    if (lane != NULL) {
        t->idle = lane->next;
        t->n_idle--;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return lane != NULL ? lane : lane_new();
}

static void give_lane(struct cosn_transport_curl *t, struct lane *lane)
{
    curl_easy_reset(lane->easy);
    (void)pthread_mutex_lock(&t->lock);
    bool keep = t->n_idle < MAX_IDLE_LANES;
    if (keep) {
        lane->next = t->idle;
        t->idle = lane;
        t->n_idle++;
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (!keep) {
        (void)lane_free(lane);
    }
}

/* --- what arrives --- */

static void drop_headers(struct exchange *x)
{
    for (size_t i = 0; i < x->reply->n_headers; i++) {
        cos_free(x->reply->headers[i].name);
        cos_free(x->reply->headers[i].value);
    }
    cos_free(x->reply->headers);
    x->reply->headers = NULL;
    x->reply->n_headers = 0;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
    struct exchange *x = ctx;
    size_t total = size * n;
    struct cos_span line = cos_span_make(bytes, total);
    x->header_bytes += total;
    if (x->header_bytes > MAX_HEADER_BYTES || x->reply->n_headers >= MAX_HEADERS) {
        x->too_big = true;
        return 0;
    }
    if (cos_span_starts(line, COS_SPAN_LIT("HTTP/"))) {
        drop_headers(x); /* an interim reply came before */
        x->has_whole_head = false;
        return total;
    }
    x->has_whole_head = x->has_whole_head || cos_span_trim(line).len == 0;
    size_t colon = cos_span_chr(line, ':');
    if (colon == SIZE_MAX) {
        return total;
    }
    struct cos_span name = cos_span_trim(cos_span_sub(line, 0, colon));
    struct cos_span value = cos_span_trim(cos_span_from(line, colon + 1));
    if (cosn_http_reply_add_header(x->reply, name.ptr, name.len, value.ptr, value.len) < 0) {
        x->out_of_memory = true;
        return 0;
    }
    return total;
}

static int status_of(CURL *easy)
{
    long status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

struct sink {
    struct exchange *x;
    CURL *easy;
};

/* The head first, then the bytes; either may stop the transfer. */
static bool stream(struct exchange *x, CURL *easy, const void *bytes, size_t n)
{
    const struct cosn_http_request *request = x->request;
    if (!x->is_head_shown && request->on_head != NULL) {
        x->reply->status = status_of(easy);
        x->stopped = request->on_head(request->on_body_ctx, x->reply) != 0;
    }
    x->is_head_shown = true;
    x->stopped = x->stopped || request->on_body(request->on_body_ctx, bytes, n) != 0;
    return !x->stopped;
}

static bool is_streamed(const struct exchange *x, CURL *easy)
{
    int status = status_of(easy);
    return x->request->on_body != NULL && status >= 200 && status < 300;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct sink *sink = ctx;
    struct exchange *x = sink->x;
    size_t total = size * n;
    if (is_streamed(x, sink->easy)) {
        return stream(x, sink->easy, bytes, total) ? total : 0;
    }
    if (total > MAX_BODY_BYTES - x->reply->body_bytes) {
        x->too_big = true;
        return 0;
    }
    if (cosn_http_reply_add_body(x->reply, bytes, total) < 0) {
        x->out_of_memory = true;
        return 0;
    }
    return total;
}

/* --- what is sent --- */

static bool add_header_line(struct exchange *x, const char *line)
{
    struct curl_slist *grown = curl_slist_append(x->headers, line);
    if (grown == NULL) {
        return false;
    }
    x->headers = grown;
    return true;
}

/* libcurl's own headers are switched off first: a name with nothing after the colon removes
 * it. */
static bool build_headers(struct exchange *x)
{
    static const char *const own[] = {"Accept:", "Content-Type:", "Expect:", "User-Agent:"};
    for (size_t i = 0; i < COS_ARRAY_LEN(own); i++) {
        bool given = false;
        for (size_t h = 0; h < x->request->n_headers; h++) {
            size_t n = strlen(own[i]) - 1;
            const char *name = x->request->headers[h].name;
            given = given || (strlen(name) == n && strncasecmp(name, own[i], n) == 0);
        }
        if (!given && !add_header_line(x, own[i])) {
            return false;
        }
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line;
    cos_buf_init(&line, MAX_HEADER_BYTES);
    for (size_t h = 0; h < x->request->n_headers; h++) {
        const struct cosn_http_header *header = &x->request->headers[h];
        cos_buf_clear(&line);
        /* "Name;" is libcurl's way to send a header without a value. */
        cos_buf_printf(&line, header->value[0] == '\0' ? "%s;" : "%s: %s", header->name,
                       header->value);
        if (line.failed || !add_header_line(x, cos_buf_cstr(&line))) {
            return false;
        }
    }
    return true;
}

static bool is_method(const struct cosn_http_request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

static void set_method(CURL *easy, const struct cosn_http_request *request)
{
    bool sends_length =
        request->body != NULL || is_method(request, "PUT") || is_method(request, "POST");
    if (is_method(request, "HEAD")) {
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (sends_length) {
        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                               (curl_off_t)request->body_bytes);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                               request->body != NULL ? request->body : "");
    } else {
        (void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_method(request, "POST") ? 1L : 0L);
}

static void set_connection(CURL *easy, const struct cosn_transport_curl *t, int64_t timeout_ms)
{
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, IO_BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, IO_BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    if (t->ca_file != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, t->ca_file);
    }
    if (t->connect_to != NULL) {
        /* Whoever says where a host is means it: no proxy in between. */
        (void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, t->connect_to);
        (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
}

static void set_exchange(CURL *easy, struct exchange *x, struct sink *sink)
{
    (void)curl_easy_setopt(easy, CURLOPT_URL, x->request->url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->curl_error);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, sink);
}

/* --- running --- */

static bool is_cancelled(const struct exchange *x)
{
    return x->request->is_cancelled != NULL &&
           x->request->is_cancelled(x->request->is_cancelled_ctx);
}

/* A number that differs whenever a byte moved. What lies unacknowledged in the kernel's buffer
 * has not: it may be megabytes, and a slow line needs minutes for them after libcurl has handed
 * over the last one. */
static uint64_t moved_so_far(const struct lane *lane, const struct exchange *x)
{
    curl_off_t up = 0, down = 0;
    curl_socket_t fd = CURL_SOCKET_BAD;
    int unacknowledged = 0;
    (void)curl_easy_getinfo(lane->easy, CURLINFO_SIZE_UPLOAD_T, &up);
    (void)curl_easy_getinfo(lane->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    (void)curl_easy_getinfo(lane->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (fd != CURL_SOCKET_BAD && ioctl(fd, SIOCOUTQ, &unacknowledged) < 0) {
        unacknowledged = 0;
    }
    return (uint64_t)up + (uint64_t)down + x->header_bytes - (uint64_t)unacknowledged;
}

static int64_t mono_ms(const struct cosn_transport_curl *t)
{
    return t->mono_ms != NULL ? t->mono_ms(t->clock_ctx) : cos_system_mono_ns() / 1000000;
}

static CURLcode run(const struct cosn_transport_curl *t, struct lane *lane, struct exchange *x)
{
    struct stall stall = {.limit_ms = x->request->stall_ms};
    int poll_ms = x->request->is_cancelled == NULL ? POLL_MS : CANCELLABLE_POLL_MS;
    if (stall.limit_ms > 0 && stall.limit_ms / 4 < poll_ms) {
        poll_ms = (int)(stall.limit_ms / 4) + 1;
    }
    CURLcode result = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(lane->multi, lane->easy) != CURLM_OK) {
        return result;
    }
    (void)stall_is_over(&stall, mono_ms(t), 0); /* from now on */
    int running = 1;
    CURLMcode state = curl_multi_perform(lane->multi, &running);
    while (state == CURLM_OK && running > 0) {
        if (is_cancelled(x)) {
            x->cancelled = true;
            break;
        }
        state = curl_multi_poll(lane->multi, NULL, 0, poll_ms, NULL);
        int64_t now_mono_ms = mono_ms(t); /* before looking: what came until now is seen */
        if (state == CURLM_OK) {
            state = curl_multi_perform(lane->multi, &running);
        }
        if (running > 0 && stall_is_over(&stall, now_mono_ms, moved_so_far(lane, x))) {
            x->stalled = true;
            result = CURLE_OPERATION_TIMEDOUT;
            break;
        }
    }
    int n_left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(lane->multi, &n_left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            result = message->data.result;
        }
    }
    (void)curl_multi_remove_handle(lane->multi, lane->easy);
    return result;
}

static bool is_idempotent(const struct cosn_http_request *request)
{
    return !is_method(request, "POST");
}

/* Before a byte of the request was out, anything may be repeated. */
static bool nothing_was_sent(CURLcode code)
{
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
           code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR;
}

static bool is_for_ever(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

static enum cosn_detail detail_of(CURLcode code)
{
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
        return COSN_D_UNTRUSTED;
    }
    return code == CURLE_OPERATION_TIMEDOUT ? COSN_D_TIMEOUT : COSN_D_NONE;
}

static int explain(const struct exchange *x, CURLcode code, struct cosn_error *err)
{
    if (x->out_of_memory || code == CURLE_OUT_OF_MEMORY) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    if (x->cancelled) {
        return fail_detail(err, COSN_E_IO, COSN_D_CANCELLED, "cancelled");
    }
    if (x->stopped) {
        return fail(err, COSN_E_IO, "the receiver of the body stopped the transfer");
    }
    if (x->too_big) {
        return fail(err, COSN_E_PROTOCOL, "the reply exceeds %u header or %u body bytes",
                    MAX_HEADER_BYTES, MAX_BODY_BYTES);
    }
    if (x->stalled) {
        int r = fail_detail(err, COSN_E_NET, COSN_D_TIMEOUT,
                            "no complete reply to %s: nothing moved for %lld ms",
                            x->request->method, (long long)x->request->stall_ms);
        if (err != NULL) {
            err->retryable = is_idempotent(x->request);
        }
        return r;
    }
    enum cosn_detail detail = detail_of(code);
    /* libcurl quotes hosts, and a host may be a misplaced key. */
    bool is_fit = x->curl_error[0] != '\0' && !cos_looks_secret(cos_span_of(x->curl_error));
    const char *why = is_fit ? x->curl_error : curl_easy_strerror(code);
    int r = fail_detail(err, COSN_E_NET, detail, "no complete reply to %s: %s",
                        x->request->method, why);
    if (err != NULL) {
        err->retryable =
            !is_for_ever(code) && (nothing_was_sent(code) || is_idempotent(x->request));
    }
    return r;
}

static int exchange_on(struct cosn_transport_curl *t, struct lane *lane, struct exchange *x,
                       struct cosn_error *err)
{
    struct sink sink = {.x = x, .easy = lane->easy};
    if (!build_headers(x)) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    set_connection(lane->easy, t, x->request->timeout_ms);
    set_method(lane->easy, x->request);
    set_exchange(lane->easy, x, &sink);
    CURLcode code = run(t, lane, x);
    if (code == CURLE_OK && !x->has_whole_head) {
        code = CURLE_PARTIAL_FILE;
    }
    if (code != CURLE_OK) {
        return explain(x, code, err);
    }
    x->reply->status = status_of(lane->easy);
    /* So that a reply without a body still has a text. */
    return cosn_http_reply_add_body(x->reply, "", 0) < 0
               ? fail(err, COSN_E_NOMEM, "out of memory")
               : 0;
}

static int perform(void *ctx, const struct cosn_http_request *request,
                   struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct cosn_transport_curl *t = ctx;
    struct lane *lane = take_lane(t);
    if (lane == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    memset(reply, 0, sizeof(*reply));
    struct exchange x = {.request = request, .reply = reply};
    int r = exchange_on(t, lane, &x, err);
    give_lane(t, lane);
    curl_slist_free_all(x.headers);
    if (r < 0) {
        cosn_http_reply_deinit(reply);
    }
    return r;
}

/* --- life --- */

/* "host:port:address" becomes libcurl's "host:port:address:"; four fields are passed on. */
static bool add_connect_to(struct cosn_transport_curl *t, struct cos_span entry)
{
    size_t n_colons = 0;
    bool in_brackets = false;
    for (size_t i = 0; i < entry.len; i++) {
        in_brackets = entry.ptr[i] == '[' || (in_brackets && entry.ptr[i] != ']');
        n_colons += entry.ptr[i] == ':' && !in_brackets;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 4096);
    cos_buf_span(&text, entry);
    cos_buf_str(&text, n_colons == 2 ? ":" : "");
    if (text.failed) {
        return false;
    }
    struct curl_slist *grown = curl_slist_append(t->connect_to, cos_buf_cstr(&text));
    if (grown == NULL) {
        return false;
    }
    t->connect_to = grown;
    return true;
}

static bool take_options(struct cosn_transport_curl *t, const struct cosn_platform *platform)
{
    if (platform->ca_file != NULL) {
        t->ca_file = cos_strdup(platform->ca_file);
        if (t->ca_file == NULL) {
            return false;
        }
    }
    struct cos_span rest = cos_span_of(platform->resolve);
    while (rest.len > 0) {
        struct cos_span entry = cos_span_trim(cos_span_cut(&rest, ';'));
        if (entry.len > 0 && !add_connect_to(t, entry)) {
            return false;
        }
    }
    return true;
}

int cosn_transport_curl_new(struct cosn_transport_curl **out,
                            const struct cosn_platform *platform, struct cosn_error *err)
{
    struct cosn_transport_curl *t = cos_calloc(1, sizeof(*t));
    if (t == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        cos_free(t);
        return fail(err, COSN_E_NOMEM, "libcurl could not be initialised");
    }
    (void)pthread_mutex_init(&t->lock, NULL);
    t->transport = (struct cosn_transport){.perform = perform, .ctx = t};
    if (platform != NULL && !take_options(t, platform)) {
        (void)cosn_transport_curl_free(t);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    *out = t;
    return 0;
}

void transport_curl_set_clock(struct cosn_transport_curl *t, int64_t (*mono_ms_fn)(void *ctx),
                              void *ctx)
{
    t->mono_ms = mono_ms_fn;
    t->clock_ctx = ctx;
}

const struct cosn_transport *cosn_transport_curl_get(struct cosn_transport_curl *t)
{
    return &t->transport;
}

struct cosn_transport_curl *cosn_transport_curl_free(struct cosn_transport_curl *t)
{
    if (t == NULL) {
        return NULL;
    }
    while (t->idle != NULL) {
        struct lane *lane = t->idle;
        t->idle = lane->next;
        (void)lane_free(lane);
    }
    curl_slist_free_all(t->connect_to);
    cos_free(t->ca_file);
    (void)pthread_mutex_destroy(&t->lock);
    curl_global_cleanup();
    cos_free(t);
    return NULL;
}
