/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only user of libmicrohttpd (0.9.75): a thread for each connection of the control API,
 * because its handlers may block. The data plane was served by it, too, until it stood in the
 * way of what a mock must say about bad HTTP and many connections (docs/internals/edge.md).
 *
 *   A reply queued in the first handler call makes MHD close the connection. Return MHD_YES,
 *   answer in the last call; but for a refused call whose body is long, or asked for by
 *   "Expect", closing is what is wanted.
 *
 *   The handler's url is percent-decoded and cut at %00, so the raw target comes from
 *   the URI log callback.
 */
#include "edge/mhd.h"

#include "cosbase/alloc.h"
#include "edge/socket.h"
#include "edge/spool.h"
#include "world/fail.h"

#include <microhttpd.h>

#define CALL_TIMEOUT_S 300u /* more than a journal call may wait */
#define IDLE_TIMEOUT_S 15u  /* between calls: who holds a place for nothing gives it back */
#define CONTROL_STACK_BYTES (1u << 20)
#define CONTROL_CONNECTION_MAX 512u
#define HEADERS_MAX 100
#define CONTROL_DRAIN_MAX_BYTES (64ull << 20) /* of a refused call: read and forgotten */

static const char *request_header(struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);

    return value == NULL ? "" : value;
}

static struct MHD_Response *empty_response(void)
{
    static char nothing[1];

    return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_bare_500(struct MHD_Connection *c)
{
    struct MHD_Response *response = empty_response();

    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result r = MHD_queue_response(c, MHD_HTTP_INTERNAL_SERVER_ERROR, response);
    MHD_destroy_response(response);
    return r;
}

struct headers {
    struct cosmock_header items[HEADERS_MAX];
    size_t n;
};

static enum MHD_Result add_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct headers *h = ctx;
    if (h->n == HEADERS_MAX) {
        return MHD_NO;
    }
    const char *text = value == NULL ? "" : value;
    h->items[h->n++] = (struct cosmock_header){{name, strlen(name)}, {text, strlen(text)}};
    return MHD_YES;
}

struct mhd_control {
    struct MHD_Daemon *daemon;
    struct mhd_control_handler handler;
};
struct control_call {
    bool is_started, is_refused;
    struct mhd_body_terms terms;
    uint64_t body_bytes, drained_bytes;
    struct cos_buf body;
    int body_file; /* with terms.to_file; or -errno */
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
    cos_buf_init(&call->body, SIZE_MAX / 2); /* bounded by the terms */
    call->body_file = call->reply.file = -1;
    cos_buf_init(&call->reply.body, SIZE_MAX / 2);
    memcpy(call->target, target, n + 1);
    return call;
}

static void close_file(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
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
    close_file(&call->body_file);
    close_file(&call->reply.file);
    cos_free(call);
    *con_cls = NULL;
    (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, IDLE_TIMEOUT_S);
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
        .body_file = call->body_file,
    };
}

/* The file is the response's when there is one. */
static struct MHD_Response *file_response(struct mhd_control_reply *reply)
{
    off_t bytes = lseek(reply->file, 0, SEEK_END);
    struct MHD_Response *response =
        bytes < 0 ? NULL : MHD_create_response_from_fd64((uint64_t)bytes, reply->file);

    if (response != NULL) {
        reply->file = -1;
    }
    return response;
}

static struct MHD_Response *memory_response(const struct mhd_control_reply *reply)
{
    struct cos_span text = cos_buf_view(&reply->body);

    return MHD_create_response_from_buffer(reply->heap != NULL ? reply->heap_bytes : text.len,
                                           reply->heap != NULL ? reply->heap
                                                               : (void *)(uintptr_t)text.ptr,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_control_reply(struct control_call *call, struct MHD_Connection *c)
{
    struct mhd_control_reply *reply = &call->reply;
    const char *type = reply->content_type == NULL ? "application/json" : reply->content_type;
    struct MHD_Response *response =
        reply->file >= 0 ? file_response(reply) : memory_response(reply);

    if (response == NULL || reply->body.failed) {
        MHD_destroy_response(response);
        return send_bare_500(c);
    }
    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    enum MHD_Result r = MHD_queue_response(c, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return r;
}

/* 0 when none is announced: chunked, or no body. libmicrohttpd has
 * refused what is no number. */
static uint64_t announced_body(struct MHD_Connection *c)
{
    const char *text = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
    uint64_t length = 0;

    (void)cos_span_u64(cos_span_trim(cos_span_of(text)), &length);
    return length;
}

static void refuse_control_body(struct mhd_control *control, struct control_call *call,
                                const struct mhd_control_request *request)
{
    call->is_refused = true;
    cos_buf_deinit(&call->body);
    close_file(&call->body_file);
    control->handler.refuse_body(control->handler.ctx, request, &call->reply,
                                 call->terms.max_bytes);
}

/* The head: whether anybody wants the body. A refusal waits for a short body, so that
 * closing does not reset the answer away; it does not wait for a long one, nor for a
 * client that asked first. */
static enum MHD_Result start_control(struct mhd_control *control, struct control_call *call,
                                     struct MHD_Connection *c,
                                     const struct mhd_control_request *request)
{
    uint64_t length = announced_body(c);
    const char *expect = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Expect");

    (void)MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, CALL_TIMEOUT_S);
    call->is_started = true;
    call->is_refused =
        !control->handler.admit(control->handler.ctx, request, &call->reply, &call->terms);
    if (!call->is_refused && length > call->terms.max_bytes) {
        refuse_control_body(control, call, request);
    }
    if (!call->is_refused && call->terms.to_file) {
        call->body_file = spool_open();
    }
    return call->is_refused &&
                   (length > CONTROL_DRAIN_MAX_BYTES || (length > 0 && expect != NULL))
               ? send_control_reply(call, c)
               : MHD_YES;
}

/* What cannot be kept is read and forgotten: the answer says why. */
static void spool_body(struct control_call *call, struct cos_span bytes)
{
    int r = call->body_file < 0 ? 0 : spool_write(call->body_file, bytes);

    if (r < 0) {
        close_file(&call->body_file);
        call->body_file = r;
    }
}

static enum MHD_Result take_control_body(struct mhd_control *control, struct control_call *call,
                                         const struct mhd_control_request *request,
                                         const char *bytes, size_t n)
{
    if (!call->is_refused && n > call->terms.max_bytes - call->body_bytes) {
        refuse_control_body(control, call, request);
    }
    if (call->is_refused) {
        call->drained_bytes += n;
        return call->drained_bytes > CONTROL_DRAIN_MAX_BYTES ? MHD_NO : MHD_YES;
    }
    call->body_bytes += n;
    if (call->terms.to_file) {
        spool_body(call, cos_span_make(bytes, n));
        return MHD_YES;
    }
    cos_buf_append(&call->body, bytes, n);
    return call->body.failed ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_control(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *n, void **con_cls)
{
    struct mhd_control *control = cls;
    struct control_call *call = *con_cls;

    if (call == NULL) {
        return MHD_NO;
    }
    struct mhd_control_request request = control_request(call, c, method);
    if (!call->is_started) {
        return start_control(control, call, c, &request);
    }
    if (*n > 0) {
        enum MHD_Result r = take_control_body(control, call, &request, bytes, *n);

        *n = 0;
        return r;
    }
    if (!call->is_refused) {
        struct headers headers = {.n = 0};
        (void)MHD_get_connection_values(c, MHD_HEADER_KIND, add_header, &headers);
        request.headers = headers.items;
        request.n_headers = headers.n;
        control->handler.serve(control->handler.ctx, &request, &call->reply);
    }
    return send_control_reply(call, c);
}

int mhd_control_new(struct mhd_control **out, int listen_fd,
                    const struct mhd_control_handler *handler, struct cosmock_error *err)
{
    struct mhd_control *control = cos_calloc(1, sizeof(*control));

    if (control == NULL) {
        (void)close(listen_fd);
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for the control API");
    }
    control->handler = *handler;
    sigset_t old;
    socket_signals_block(&old);
    control->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                             MHD_USE_POLL | MHD_USE_ITC,
                         0, NULL, NULL, on_control, control, MHD_OPTION_LISTEN_SOCKET,
                         listen_fd, MHD_OPTION_URI_LOG_CALLBACK, on_control_target, control,
                         MHD_OPTION_NOTIFY_COMPLETED, on_control_completed, control,
                         MHD_OPTION_CONNECTION_LIMIT, CONTROL_CONNECTION_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
                         MHD_OPTION_THREAD_STACK_SIZE, (size_t)CONTROL_STACK_BYTES,
                         MHD_OPTION_END);
    socket_signals_restore(&old);
    if (control->daemon == NULL) {
        (void)close(listen_fd);
        cos_free(control);
        return world_fail(err, COSMOCK_E_IO, "cannot start the control API");
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
