/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only user of libmicrohttpd (0.9.75). Measured facts that shaped this file (layout.md s.4, peers.md "Ceiling of our stack"):
 *
 *   N single-thread daemons, fed round robin: MHD's own pool leaves workers idle (531 against 895 MB/s).
 *   poll, not epoll. MHD's epoll loop is edge-triggered and takes a short read for the end of the data, so a FIN that came with the last bytes is never seen:
 *   an upload cut short would be noticed at the idle timeout only (connection.c recv_param_adapter). And when exactly 128 events come at once it waits for
 *   more without having served any (daemon.c MHD_epoll, "while (MAX_EVENTS == num_events)"): 256 connections on two loops stood still here. poll has neither
 *   fault, costs the same up to 256 connections, and 11-12 against 9 us a request at 1000.
 *   Never queue a reply in the first handler call: MHD closes such a connection (18k against 104k requests/s). Return MHD_YES, answer in the last call.
 *   The handler's url is percent-decoded and cut at %00, so the raw target comes from the URI log callback.
 *   MHD zeroes the connection's whole memory between two requests (memorypool.c MHD_pool_reset), so that memory is not free: server CPU of a
 *   small GET with 16, 32, 64, 256 KiB: 7.2, 8.3, 9.1, 12.4 us. It is also the block that uploads are received in: PUT 64 MiB reached 0.66, 0.69,
 *   0.71, 0.75 of one-core MD5 with 32, 64, 128, 256 KiB. GETs have room to spare against nginx, uploads have none against MD5: 128 KiB.
 *   Suspend only for delays (2.6 x CPU).
 *
 * A request refused before its body: with "Expect: 100-continue" the refusal goes out at once and MHD closes the connection, which is what the client
 * asked to be able to do. Otherwise a body up to DRAIN_MAX_BYTES is read and forgotten, because closing with unread bytes resets the connection and the
 * client loses the very answer that says what was wrong; a longer one is answered at once and the connection closed.
 *
 * Object bytes go out from the store's memory by writev: no copy is made. Bodies that a fault truncates come from a reader that ends with an error.
 */
#include "edge/mhd.h"

#include "cosbase/alloc.h"
#include "cosbase/span.h"
#include "edge/edge.h"
#include "edge/gate.h"
#include "edge/refusal.h"
#include "edge/socket.h"
#include "edge/timer.h"

#include <microhttpd.h>

#define CONNECTION_MEMORY_BYTES (128u << 10)
#define CONNECTION_MAX 16384u
#define CONNECTION_TIMEOUT_S 300u
#define PLANE_STACK_BYTES (512u << 10)
#define CONTROL_STACK_BYTES (1u << 20)
#define CONTROL_CONNECTION_MAX 512u
#define CONTROL_BODY_MAX_BYTES (2ull << 30)
#define DRAIN_MAX_BYTES (64ull << 20)
#define SUSPENDED_MAX_MS 60000 /* never reached: the timer was told to hurry */
#define READER_BLOCK_BYTES (128u << 10)
#define HEADERS_MAX (CONNECTION_MEMORY_BYTES / 48) /* MHD spends more on each */
#define SEGMENTS_MAX 1024

/* --- the data plane --- */

struct mhd_plane {
    struct cosmock *mock;
    struct edge_timer *timer;
    struct refusal_ear ear; /* of the loops' log; knows whether they speak TLS */
    struct MHD_Daemon **daemons;
    unsigned n_daemons, next;
    struct gate active;    /* requests under way */
    struct gate suspended; /* of them, waiting for the timer */
    bool is_stopping;      /* atomic: suspend nothing any more */
};
/* MHD's con_cls: born in the URI log callback, dies in the completion callback. */
struct request {
    struct mhd_plane *plane;
    struct MHD_Connection *connection;
    struct cosmock_exchange *x;
    bool is_started, is_finished, is_unwanted, has_waited;
    uint64_t drained_bytes;
    size_t target_bytes;
    char target[];
};
struct head_builder {
    size_t n;
    struct cosmock_header headers[HEADERS_MAX]; /* not initialised beyond n */
};

static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    size_t n = strlen(target);
    struct request *rq = cos_malloc(sizeof(*rq) + n + 1);

    if (rq == NULL) {
        return NULL;
    }
    memset(rq, 0, sizeof(*rq));
    rq->plane = cls;
    rq->connection = connection;
    rq->target_bytes = n;
    memcpy(rq->target, target, n + 1);
    return rq;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode why)
{
    struct request *rq = *con_cls;

    if (rq == NULL) {
        return;
    }
    if (rq->x != NULL && !rq->is_finished) {
        cosmock_abort(rq->x);
    }
    (void)cosmock_exchange_free(rq->x);
    if (rq->is_started) {
        gate_leave(&rq->plane->active);
    }
    cos_free(rq);
    *con_cls = NULL;
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                  size_t name_bytes, const char *value, size_t value_bytes)
{
    struct head_builder *b = cls;

    if (b->n == HEADERS_MAX) {
        return MHD_NO; /* cannot be: the connection's memory is used up before */
    }
    b->headers[b->n++] = (struct cosmock_header){
        .name = {name, name_bytes},
        .value = {value == NULL ? "" : value, value == NULL ? 0 : value_bytes},
    };
    return MHD_YES;
}

/* Copies nothing: cosmock_begin keeps what it needs. */
static int begin_exchange(struct request *rq, struct MHD_Connection *c, const char *method)
{
    struct head_builder b;
    struct cosmock_head head = {
        .method = {method, strlen(method)},
        .target = {rq->target, rq->target_bytes},
        .tls = rq->plane->ear.is_tls,
    };

    b.n = 0;
    (void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, add_header, &b);
    head.headers = b.headers;
    head.n_headers = b.n;
    return cosmock_begin(rq->plane->mock, &rq->x, &head);
}

static const char *request_header(struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);

    return value == NULL ? "" : value;
}

/* A refused request whose body must not be waited for: the client asked first, or there is too much of it. */
static bool must_answer_now(struct MHD_Connection *c)
{
    uint64_t length = 0;
    const char *coding = request_header(c, "Transfer-Encoding");
    bool is_chunked = cos_span_eq_nocase(cos_span_of(coding), COS_SPAN_LIT("chunked"));

    (void)cos_span_u64(cos_span_trim(cos_span_of(request_header(c, "Content-Length"))),
                       &length);
    if (length > DRAIN_MAX_BYTES || (coding[0] != '\0' && !is_chunked)) {
        return true; /* a body in an unknown coding would end with the connection only */
    }
    return (length > 0 || is_chunked) &&
           cos_span_eq_nocase(cos_span_of(request_header(c, "Expect")),
                              COS_SPAN_LIT("100-continue"));
}

/* --- the reply --- */

static ssize_t read_reply(void *cls, uint64_t at, char *out, size_t max)
{
    struct request *rq = cls;
    struct cosmock_delivery d = cosmock_reply_delivery(rq->x);
    uint64_t left = UINT64_MAX;
    int64_t n;

    if (d.truncate_after >= 0) {
        left = at >= (uint64_t)d.truncate_after ? 0 : (uint64_t)d.truncate_after - at;
    }
    if (left == 0) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    n = cosmock_reply_read(rq->x, at, out, left < max ? (size_t)left : max);
    return n <= 0 ? MHD_CONTENT_READER_END_WITH_ERROR : (ssize_t)n;
}

/* Every segment of the body by reference; NULL when there are too many for one call. */
static struct MHD_Response *response_from_segments(struct request *rq, uint64_t body_bytes)
{
    struct MHD_IoVec *segments = cos_calloc(SEGMENTS_MAX, sizeof(*segments));
    struct MHD_Response *response = NULL;
    uint64_t at = 0;
    unsigned n = 0;

    if (segments == NULL) {
        return NULL;
    }
    while (n < SEGMENTS_MAX && at < body_bytes) {
        size_t size = 0;
        const void *bytes = cosmock_reply_peek(rq->x, at, &size);

        if (bytes == NULL || size == 0) {
            break;
        }
        segments[n++] = (struct MHD_IoVec){.iov_base = bytes, .iov_len = size};
        at += size;
    }
    if (at == body_bytes) {
        response = MHD_create_response_from_iovec(segments, n, /* free_cb: */ NULL, NULL);
    }
    cos_free(segments);
    return response;
}

static struct MHD_Response *response_from_reader(struct request *rq, uint64_t bytes)
{
    return MHD_create_response_from_callback(bytes, bytes == 0 ? 1 : READER_BLOCK_BYTES,
                                             read_reply, rq, /* free_cb: */ NULL);
}

static struct MHD_Response *empty_response(void)
{
    static char nothing[1];

    return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *response_with_body(struct request *rq, uint64_t body_bytes)
{
    size_t first_bytes = 0;
    const void *first = cosmock_reply_peek(rq->x, 0, &first_bytes);
    struct MHD_Response *response = NULL;

    if (body_bytes == 0) {
        return empty_response();
    }
    if (cosmock_reply_delivery(rq->x).truncate_after >= 0) {
        return response_from_reader(rq, body_bytes);
    }
    if (first != NULL && first_bytes == body_bytes) {
        /* MHD only reads a persistent buffer; its prototype has no const. */
        return MHD_create_response_from_buffer((size_t)body_bytes, (void *)(uintptr_t)first,
                                               MHD_RESPMEM_PERSISTENT);
    }
    response = response_from_segments(rq, body_bytes);
    return response != NULL ? response : response_from_reader(rq, body_bytes);
}

/* MHD wants C strings; slices are not. Long values (metadata) take a detour over the heap. */
static bool add_reply_header(struct MHD_Response *response, const struct cosmock_header *h)
{
    char scratch[1024];
    size_t total = h->name.len + h->value.len + 2;
    char *text = total <= sizeof(scratch) ? scratch : cos_malloc(total);
    bool ok;

    if (text == NULL) {
        return false;
    }
    memcpy(text, h->name.ptr, h->name.len);
    text[h->name.len] = '\0';
    memcpy(text + h->name.len + 1, h->value.ptr, h->value.len);
    text[total - 1] = '\0';
    ok = MHD_add_response_header(response, text, text + h->name.len + 1) == MHD_YES;
    if (text != scratch) {
        cos_free(text);
    }
    return ok;
}

static bool is_header(const struct cosmock_header *h, struct cos_span name)
{
    return cos_span_eq_nocase(cos_span_make(h->name.ptr, h->name.len), name);
}

/* MHD writes Content-Length from the size of the body, and "Connection: Keep-Alive" itself. */
static void add_reply_headers(struct MHD_Response *response,
                              const struct cosmock_header *headers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct cos_span value = cos_span_make(headers[i].value.ptr, headers[i].value.len);

        if (is_header(&headers[i], COS_SPAN_LIT("Content-Length"))) {
            continue;
        }
        if (is_header(&headers[i], COS_SPAN_LIT("Connection")) &&
            !cos_span_eq_nocase(value, COS_SPAN_LIT("close"))) {
            continue;
        }
        (void)add_reply_header(response, &headers[i]);
    }
}

static uint64_t announced_length(const struct cosmock_header *headers, size_t n)
{
    uint64_t length = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_header(&headers[i], COS_SPAN_LIT("Content-Length"))) {
            (void)cos_span_u64(cos_span_make(headers[i].value.ptr, headers[i].value.len),
                               &length);
        }
    }
    return length;
}

static enum MHD_Result send_bare_500(struct MHD_Connection *c)
{
    struct MHD_Response *response = empty_response();
    enum MHD_Result r;

    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Connection", "close");
    r = MHD_queue_response(c, MHD_HTTP_INTERNAL_SERVER_ERROR, response);
    MHD_destroy_response(response);
    return r;
}

static enum MHD_Result send_reply(struct request *rq, struct MHD_Connection *c)
{
    size_t n = 0;
    const struct cosmock_header *headers = cosmock_reply_headers(rq->x, &n);
    uint64_t body_bytes = cosmock_reply_body_bytes(rq->x);
    uint64_t announced = announced_length(headers, n);
    int status = cosmock_reply_status(rq->x);
    struct MHD_Response *response;
    enum MHD_Result r;

    if (status < 100 || status > 999) {
        return send_bare_500(c);
    }
    /* HEAD and 304 announce a length they do not send: a reader that is never called carries it. */
    response = body_bytes == 0 && announced > 0 ? response_from_reader(rq, announced)
                                                : response_with_body(rq, body_bytes);
    if (response == NULL) {
        return send_bare_500(c);
    }
    (void)MHD_set_response_options(response, MHD_RF_SEND_KEEP_ALIVE_HEADER, MHD_RO_END);
    add_reply_headers(response, headers, n);
    r = MHD_queue_response(c, (unsigned)status, response);
    MHD_destroy_response(response);
    return r;
}

static void resume_connection(void *ctx)
{
    struct request *rq = ctx;
    struct mhd_plane *p = rq->plane;

    MHD_resume_connection(rq->connection); /* @rq may be gone from here on */
    gate_leave(&p->suspended);
}

/* Wait without holding a thread. False: do not wait, the plane is being closed (MHD must not be stopped with a suspended connection). */
static bool suspend_for(struct request *rq, int64_t delay_ms)
{
    struct mhd_plane *p = rq->plane;

    gate_enter(&p->suspended);
    if (__atomic_load_n(&p->is_stopping, __ATOMIC_SEQ_CST)) {
        gate_leave(&p->suspended);
        return false;
    }
    MHD_suspend_connection(rq->connection);
    if (edge_timer_add(p->timer, delay_ms, resume_connection, rq) != 0) {
        resume_connection(rq);
    }
    return true;
}

static void finish(struct request *rq)
{
    if (!rq->is_finished) {
        rq->is_finished = true;
        (void)cosmock_finish(rq->x);
    }
}

static void refuse_body(struct request *rq)
{
    rq->is_unwanted = true;
    finish(rq);
}

/* The last call: the body is complete, or there was none. Called once more after a delay. */
static enum MHD_Result answer(struct request *rq, struct MHD_Connection *c)
{
    struct cosmock_delivery d;

    finish(rq);
    d = cosmock_reply_delivery(rq->x);
    if (d.delay_ms > 0 && !rq->has_waited) {
        rq->has_waited = true;
        if (suspend_for(rq, d.delay_ms)) {
            return MHD_YES;
        }
    }
    return d.close_before ? MHD_NO : send_reply(rq, c);
}

static enum MHD_Result start(struct request *rq, struct MHD_Connection *c, const char *method)
{
    int want;

    rq->is_started = true;
    gate_enter(&rq->plane->active);
    want = begin_exchange(rq, c, method);
    if (want < 0) {
        return send_bare_500(c);
    }
    if (want == COSMOCK_WANT_SEND) {
        refuse_body(rq);
        if (must_answer_now(c) && cosmock_reply_delivery(rq->x).delay_ms == 0) {
            return answer(rq, c);
        }
    }
    return MHD_YES;
}

static enum MHD_Result take_body(struct request *rq, const char *bytes, size_t n)
{
    if (!rq->is_unwanted) {
        int want = cosmock_body(rq->x, bytes, n);

        if (want == COSMOCK_WANT_SEND || want < 0) {
            refuse_body(rq);
        }
        return MHD_YES;
    }
    rq->drained_bytes += n;
    return rq->drained_bytes > DRAIN_MAX_BYTES ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *n, void **con_cls)
{
    struct request *rq = *con_cls;
    enum MHD_Result r;

    if (rq == NULL) {
        return MHD_NO;
    }
    if (!rq->is_started) {
        return start(rq, c, method);
    }
    if (*n > 0) {
        r = take_body(rq, bytes, *n);
        *n = 0;
        return r;
    }
    return answer(rq, c);
}

static struct MHD_Daemon *start_plane_daemon(struct mhd_plane *p,
                                             const struct mhd_plane_options *o)
{
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                     MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK |
                     MHD_USE_ERROR_LOG | (p->ear.is_tls ? MHD_USE_TLS : 0u);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key_pem},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->chain_pem},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, p, MHD_OPTION_EXTERNAL_LOGGER,
                            refusal_overhear, &p->ear, MHD_OPTION_URI_LOG_CALLBACK, on_target,
                            p, MHD_OPTION_NOTIFY_COMPLETED, on_completed, p,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
                            MHD_OPTION_CONNECTION_LIMIT, CONNECTION_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S,
                            MHD_OPTION_THREAD_STACK_SIZE, (size_t)PLANE_STACK_BYTES,
                            MHD_OPTION_ARRAY, p->ear.is_tls ? tls : none, MHD_OPTION_END);
}

int mhd_plane_new(struct mhd_plane **out, const struct mhd_plane_options *o,
                  struct cosmock_error *err)
{
    struct mhd_plane *p = cos_calloc(1, sizeof(*p));
    sigset_t old;

    if (p == NULL ||
        (p->daemons = cos_calloc(o->threads, sizeof(struct MHD_Daemon *))) == NULL) {
        cos_free(p);
        return edge_fail(err, COSMOCK_E_NOMEM, "out of memory for the HTTP server");
    }
    p->mock = o->mock;
    p->timer = o->timer;
    p->ear = (struct refusal_ear){.mock = o->mock, .is_tls = o->key_pem != NULL};
    gate_init(&p->active);
    gate_init(&p->suspended);
    socket_signals_block(&old);
    while (p->n_daemons < o->threads &&
           (p->daemons[p->n_daemons] = start_plane_daemon(p, o)) != NULL) {
        p->n_daemons++;
    }
    socket_signals_restore(&old);
    if (p->n_daemons < o->threads) {
        (void)mhd_plane_free(p);
        return edge_fail(err, COSMOCK_E_IO, "cannot start the HTTP server%s",
                         o->key_pem == NULL ? "" : " for TLS");
    }
    *out = p;
    return COSMOCK_OK;
}

void mhd_plane_take(struct mhd_plane *p, int fd, const struct sockaddr *address,
                    socklen_t address_bytes)
{
    /* On failure MHD has closed the descriptor. */
    (void)MHD_add_connection(p->daemons[p->next++ % p->n_daemons], fd, address, address_bytes);
}

unsigned mhd_plane_connections(const struct mhd_plane *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < p->n_daemons; i++) {
        const union MHD_DaemonInfo *info =
            MHD_get_daemon_info(p->daemons[i], MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

        n += info == NULL ? 0 : info->num_connections;
    }
    return n;
}

void mhd_plane_drain(struct mhd_plane *p, int64_t timeout_ms)
{
    (void)gate_wait_empty(&p->active, timeout_ms);
}

struct mhd_plane *mhd_plane_free(struct mhd_plane *p)
{
    if (p == NULL) {
        return NULL;
    }
    __atomic_store_n(&p->is_stopping, true, __ATOMIC_SEQ_CST);
    (void)gate_wait_empty(&p->suspended, SUSPENDED_MAX_MS);
    for (unsigned i = 0; i < p->n_daemons; i++) {
        MHD_stop_daemon(p->daemons[i]);
    }
    gate_deinit(&p->active);
    gate_deinit(&p->suspended);
    cos_free(p->daemons);
    return cos_free(p);
}

/* --- the control server --- */

struct mhd_control {
    struct MHD_Daemon *daemon;
    struct mhd_control_handler handler;
};
struct control_call {
    bool is_started, is_refused;
    struct cos_buf body;
    struct mhd_control_reply reply;
    char target[];
};

static void *on_control_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    size_t n = strlen(target);
    struct control_call *call = cos_malloc(sizeof(*call) + n + 1);

    if (call == NULL) {
        return NULL;
    }
    memset(call, 0, sizeof(*call));
    cos_buf_init(&call->body, CONTROL_BODY_MAX_BYTES);
    cos_buf_init(&call->reply.body, SIZE_MAX / 2);
    memcpy(call->target, target, n + 1);
    return call;
}

static void on_control_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                                 enum MHD_RequestTerminationCode why)
{
    struct control_call *call = *con_cls;

    if (call == NULL) {
        return;
    }
    cos_buf_deinit(&call->body);
    cos_buf_deinit(&call->reply.body);
    free(call->reply.heap);
    cos_free(call);
    *con_cls = NULL;
}

static struct mhd_control_request control_request(struct control_call *call,
                                                  struct MHD_Connection *c, const char *method)
{
    return (struct mhd_control_request){
        .method = method,
        .target = call->target,
        .host = request_header(c, "Host"),
        .origin = request_header(c, "Origin"),
        .authorization = request_header(c, "Authorization"),
        .body = cos_buf_view(&call->body),
    };
}

static enum MHD_Result send_control_reply(struct control_call *call, struct MHD_Connection *c)
{
    struct mhd_control_reply *reply = &call->reply;
    struct cos_span text = cos_buf_view(&reply->body);
    const char *type = reply->content_type == NULL ? "application/json" : reply->content_type;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->heap != NULL ? reply->heap_bytes : text.len,
                                        reply->heap != NULL ? reply->heap
                                                            : (void *)(uintptr_t)text.ptr,
                                        MHD_RESPMEM_PERSISTENT);
    enum MHD_Result r;

    if (response == NULL || reply->body.failed) {
        MHD_destroy_response(response);
        return send_bare_500(c);
    }
    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    r = MHD_queue_response(c, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return r;
}

static enum MHD_Result on_control(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *n, void **con_cls)
{
    struct mhd_control *control = cls;
    struct control_call *call = *con_cls;
    struct mhd_control_request request;

    if (call == NULL) {
        return MHD_NO;
    }
    request = control_request(call, c, method);
    if (!call->is_started) {
        call->is_started = true;
        call->is_refused =
            !control->handler.admit(control->handler.ctx, &request, &call->reply);
        return MHD_YES;
    }
    if (*n > 0) {
        if (!call->is_refused) {
            cos_buf_append(&call->body, bytes, *n);
        }
        *n = 0;
        return call->body.failed ? MHD_NO : MHD_YES;
    }
    if (!call->is_refused) {
        control->handler.serve(control->handler.ctx, &request, &call->reply);
    }
    return send_control_reply(call, c);
}

int mhd_control_new(struct mhd_control **out, int listen_fd,
                    const struct mhd_control_handler *handler, struct cosmock_error *err)
{
    struct mhd_control *control = cos_calloc(1, sizeof(*control));
    sigset_t old;

    if (control == NULL) {
        (void)close(listen_fd);
        return edge_fail(err, COSMOCK_E_NOMEM, "out of memory for the control API");
    }
    control->handler = *handler;
    socket_signals_block(&old);
    control->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                             MHD_USE_POLL | MHD_USE_ITC,
                         0, NULL, NULL, on_control, control, MHD_OPTION_LISTEN_SOCKET,
                         listen_fd, MHD_OPTION_URI_LOG_CALLBACK, on_control_target, control,
                         MHD_OPTION_NOTIFY_COMPLETED, on_control_completed, control,
                         MHD_OPTION_CONNECTION_LIMIT, CONTROL_CONNECTION_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S,
                         MHD_OPTION_THREAD_STACK_SIZE, (size_t)CONTROL_STACK_BYTES,
                         MHD_OPTION_END);
    socket_signals_restore(&old);
    if (control->daemon == NULL) {
        (void)close(listen_fd);
        cos_free(control);
        return edge_fail(err, COSMOCK_E_IO, "cannot start the control API");
    }
    *out = control;
    return COSMOCK_OK;
}

struct mhd_control *mhd_control_free(struct mhd_control *control)
{
    if (control != NULL) {
        MHD_stop_daemon(control->daemon);
    }
    return cos_free(control);
}
