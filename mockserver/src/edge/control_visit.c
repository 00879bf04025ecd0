/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request of the control API. Its head and body come by the thread of the loop; what it calls
 * for is done by a worker, since that may take long or wait for a disk. A call that waits for
 * the journal has no thread: the journal, or the loop's deadline, sends it to a worker again.
 *
 *     READING -> AT_WORK -> ANSWERED
 *                 |  ^
 *                 v  |
 *                WAITING
 *
 * Those that wait may be so many, no more: each costs a look at every entry.
 */
#include "edge/control_visit.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/date.h"
#include "edge/control_routes.h"
#include "edge/spool.h"
#include "world/world.h"

#define ARENA_MAX_BYTES (64u << 20)
#define WAITING_MAX 128

enum stage {
    READING,  /* its body comes */
    AT_WORK,  /* a worker's; a letter will come */
    WAITING,  /* for the journal: a letter will come unless the watch is ended first */
    ANSWERED, /* the reply can be read */
};
struct visit {
    struct worker_job job; /* first: the worker finds the visit by it */
    struct call call;
    struct control_request request;
    struct control_reply reply;
    enum stage stage; /* the loop's */
    struct control_body_terms terms;
    uint64_t announced_bytes, body_bytes; /* of the body; what has come of it */
    struct cos_buf body;
    void (*resumed)(void *ctx); /* mails the letter */
    void *resumed_ctx;
    struct journal_watch watch;
    pthread_mutex_t lock; /* guards is_away */
    pthread_cond_t came_back;
    bool is_away; /* the worker has not returned from resumed() */
    bool closes;  /* the connection ends with the answer */
    uint64_t reply_bytes;
    struct cosmock_header headers[6];
    char date[30], length[24];
};

/* --- the head --- */

static const char *text_of(struct visit *v, struct cosmock_slice s)
{
    return cos_arena_str(&v->call.arena, cos_span_make(s.ptr, s.len));
}

/* The first value; how many there are. */
static size_t find_header(const struct cosmock_head *head, const char *name,
                          struct cosmock_slice *out)
{
    size_t n = 0;

    for (size_t i = 0; i < head->n_headers; i++) {
        struct cos_span given =
            cos_span_make(head->headers[i].name.ptr, head->headers[i].name.len);
        if (cos_span_eq_nocase(given, cos_span_of(name)) && n++ == 0) {
            *out = head->headers[i].value;
        }
    }
    return n;
}

static const char *header_text(struct visit *v, const struct cosmock_head *head,
                               const char *name)
{
    struct cosmock_slice value = {"", 0};

    (void)find_header(head, name, &value);
    return text_of(v, value);
}

static struct cosmock_slice slice_copy(struct visit *v, struct cosmock_slice s)
{
    const char *text = text_of(v, s);

    return (struct cosmock_slice){text == NULL ? "" : text, text == NULL ? 0 : s.len};
}

/* Everything of the head goes with the loop's memory. False: no memory. */
static bool keep_head(struct visit *v, const struct cosmock_head *head)
{
    struct cosmock_header *headers =
        cos_arena_array(&v->call.arena, head->n_headers + 1, sizeof(*headers));

    for (size_t i = 0; headers != NULL && i < head->n_headers; i++) {
        headers[i] = (struct cosmock_header){slice_copy(v, head->headers[i].name),
                                             slice_copy(v, head->headers[i].value)};
    }
    v->request =
        (struct control_request){.method = text_of(v, head->method),
                                 .target = text_of(v, head->target),
                                 .host = header_text(v, head, "Host"),
                                 .origin = header_text(v, head, "Origin"),
                                 .authorization = header_text(v, head, "Authorization"),
                                 .headers = headers,
                                 .n_headers = head->n_headers,
                                 .body_file = -1};
    return headers != NULL && v->request.method != NULL && v->request.target != NULL &&
           v->request.host != NULL && v->request.origin != NULL &&
           v->request.authorization != NULL;
}

static void refuse_frame(struct visit *v, int status, const char *sentence)
{
    call_refuse(&v->call, status, status == 408 ? "timeout" : "invalid", "%s", sentence);
    v->closes = true;
}

static void refuse_late(struct visit *v)
{
    char sentence[100];

    (void)snprintf(sentence, sizeof(sentence),
                   "The rest of the request did not come within %lld ms.",
                   (long long)v->call.control->patience_ms);
    refuse_frame(v, 408, sentence);
}

/* RFC 9112 s.3.2. */
static bool has_one_host(struct visit *v, const struct cosmock_head *head)
{
    struct cosmock_slice host;
    size_t n = find_header(head, "Host", &host);

    if (n != 1) {
        refuse_frame(v, 400,
                     n == 0 ? "The request has no Host header."
                            : "The request has two Host headers.");
    }
    return n == 1;
}

static uint64_t announced_bytes(const struct cosmock_head *head)
{
    struct cosmock_slice text = {"", 0};
    uint64_t n = 0;

    (void)find_header(head, "Content-Length", &text);
    (void)cos_span_u64(cos_span_make(text.ptr, text.len), &n);
    return n;
}

/* A request line of more than three words (RFC 9112 s.3) is read in more than one way. */
static bool has_one_target(struct visit *v)
{
    if (strchr(v->request.target, ' ') == NULL) {
        return true;
    }
    refuse_frame(v, 400, "The request target holds a blank.");
    return false;
}

/* True: its body is wanted. */
static bool admit(struct visit *v, const struct cosmock_head *head)
{
    if (head->is_late) {
        refuse_late(v);
        return false;
    }
    if (head->malformed != NULL) {
        refuse_frame(v, 400, head->malformed);
        return false;
    }
    if (!has_one_target(v) || !has_one_host(v, head) || !control_admit(&v->call, &v->terms)) {
        return false;
    }
    v->announced_bytes = announced_bytes(head);
    if (v->announced_bytes > v->terms.max_bytes) {
        control_refuse_body(&v->call, v->terms.max_bytes);
        return false;
    }
    if (v->terms.to_file) {
        v->request.body_file = spool_open();
    }
    return true;
}

/* --- the work --- */

static void run(struct worker_job *job)
{
    struct visit *v = (struct visit *)job; /* its first member */

    control_serve(&v->call);
    v->resumed(v->resumed_ctx);
    (void)pthread_mutex_lock(&v->lock);
    v->is_away = false;
    (void)pthread_cond_signal(&v->came_back);
    (void)pthread_mutex_unlock(&v->lock);
}

static void outlast_worker(struct visit *v)
{
    (void)pthread_mutex_lock(&v->lock);
    while (v->is_away) {
        (void)pthread_cond_wait(&v->came_back, &v->lock);
    }
    (void)pthread_mutex_unlock(&v->lock);
}

/* False: there was no worker, and it is done. */
static bool give_to_worker(struct visit *v)
{
    v->stage = AT_WORK;
    v->is_away = true;
    v->job.run = run;
    if (workers_add(&v->call.control->workers, &v->job)) {
        return true;
    }
    v->is_away = false;
    control_serve(&v->call);
    return false;
}

static void tell(void *ctx)
{
    struct visit *v = ctx;

    v->resumed(v->resumed_ctx);
}

/* False: there is nothing to wait for, or not for this one. */
static bool wait_for_entry(struct visit *v)
{
    struct control *control = v->call.control;

    if (control->n_waiting == WAITING_MAX) {
        v->call.wait.is_wanted = false; /* this is the answer */
        call_refuse(&v->call, 429, "too-many-waiting",
                    "%d calls wait for the journal already, and no more may: let some end, or "
                    "leave wait_ms away",
                    WAITING_MAX);
        return false;
    }
    v->watch = (struct journal_watch){.query = v->call.wait.query, .tell = tell, .ctx = v};
    if (__atomic_load_n(&control->is_stopping, __ATOMIC_SEQ_CST) ||
        !world_journal_watch(v->call.tenant, &v->watch)) {
        return false;
    }
    control->n_waiting++;
    v->stage = WAITING;
    return true;
}

static void leave_waiting(struct visit *v)
{
    (void)world_journal_unwatch(v->call.tenant, &v->watch);
    v->call.control->n_waiting--;
    v->call.wait.is_over = true;
}

static void close_file(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* --- the answer --- */

static struct cosmock_header header(const char *name, const char *value)
{
    return (struct cosmock_header){{name, strlen(name)}, {value, strlen(value)}};
}

static uint64_t reply_bytes(const struct control_reply *r)
{
    return r->file >= 0      ? (uint64_t)lseek(r->file, 0, SEEK_END)
           : r->heap != NULL ? r->heap_bytes
                             : r->body.len;
}

static void answered(struct visit *v)
{
    const struct control_reply *r = &v->reply;
    const char *type = r->content_type == NULL ? "application/json" : r->content_type;

    v->stage = ANSWERED;
    v->reply_bytes = reply_bytes(r);
    cos_date_http(v->date, cos_system_unix_ms() / 1000);
    (void)snprintf(v->length, sizeof(v->length), "%llu", (unsigned long long)v->reply_bytes);
    v->headers[0] = header("Date", v->date);
    v->headers[1] = header("Connection", v->closes ? "close" : "keep-alive");
    v->headers[2] = header("Content-Length", v->length);
    v->headers[3] = header("Content-Type", type);
    v->headers[4] = header("Cache-Control", "no-store");
    v->headers[5] = header("X-Content-Type-Options", "nosniff");
}

/* Behind a handler: on, until there is something to wait for, or an answer. */
static int go_on(struct visit *v)
{
    while (v->call.wait.is_wanted) {
        if (wait_for_entry(v)) {
            return COSMOCK_WAIT;
        }
        v->call.wait.is_over = true;
        if (v->call.wait.is_wanted && give_to_worker(v)) {
            return COSMOCK_WAIT;
        }
    }
    answered(v);
    return COSMOCK_OK;
}

static int work(struct visit *v)
{
    return give_to_worker(v) ? COSMOCK_WAIT : go_on(v);
}

/* --- what the connection calls --- */

static void visit_free(void *request, bool is_cut)
{
    struct visit *v = request;

    outlast_worker(v);
    if (v->stage == WAITING) {
        leave_waiting(v);
    }
    (void)tenant_unref(v->call.tenant);
    cos_arena_deinit(&v->call.arena);
    cos_buf_deinit(&v->body);
    cos_buf_deinit(&v->reply.body);
    free(v->reply.heap);
    close_file(&v->request.body_file);
    close_file(&v->reply.file);
    (void)pthread_cond_destroy(&v->came_back);
    (void)pthread_mutex_destroy(&v->lock);
    cos_free(v);
}

static int visit_begin(void *of, void **request, const struct cosmock_head *head,
                       struct cosmock_spare *spare)
{
    struct control *control = of;
    struct visit *v = cos_calloc(1, sizeof(*v));

    *request = v;
    if (v == NULL) {
        return COSMOCK_E_NOMEM;
    }
    v->call = (struct call){.control = control,
                            .mock = control->edge->mock,
                            .request = &v->request,
                            .reply = &v->reply};
    v->request.body_file = v->reply.file = -1;
    (void)pthread_mutex_init(&v->lock, NULL);
    (void)pthread_cond_init(&v->came_back, NULL);
    cos_arena_init(&v->call.arena, ARENA_MAX_BYTES);
    cos_buf_init(&v->body, SIZE_MAX / 2); /* bounded by the terms */
    cos_buf_init(&v->reply.body, SIZE_MAX / 2);
    if (!keep_head(v, head)) {
        visit_free(v, /* is_cut= */ true);
        *request = NULL;
        return COSMOCK_E_NOMEM;
    }
    if (admit(v, head)) {
        return COSMOCK_WANT_BODY;
    }
    answered(v);
    return COSMOCK_WANT_SEND;
}

static void visit_on_resume(void *request, void (*resumed)(void *ctx), void *ctx)
{
    struct visit *v = request;

    v->resumed = resumed;
    v->resumed_ctx = ctx;
}

/* What cannot be kept in a file is read and forgotten: the answer says why. */
static void spool_body(struct visit *v, struct cos_span bytes)
{
    int *fd = &v->request.body_file;
    int r = *fd < 0 ? 0 : spool_write(*fd, bytes);

    if (r < 0) {
        close_file(fd);
        *fd = r;
    }
}

static int visit_body(void *request, const void *bytes, size_t n)
{
    struct visit *v = request;

    if (n > v->terms.max_bytes - v->body_bytes) {
        control_refuse_body(&v->call, v->terms.max_bytes);
    } else if (v->terms.to_file) {
        spool_body(v, cos_span_make(bytes, n));
        v->body_bytes += n;
        return 0;
    } else {
        cos_buf_append(&v->body, bytes, n);
        v->body_bytes += n;
        if (!v->body.failed) {
            return 0;
        }
        call_refuse(&v->call, 507, "out-of-memory", "out of memory for the body");
    }
    cos_buf_deinit(&v->body);
    answered(v);
    return COSMOCK_WANT_SEND;
}

static void visit_refuse(void *request, const char *sentence)
{
    struct visit *v = request;

    if (sentence == NULL) {
        refuse_late(v);
    } else {
        refuse_frame(v, 400, sentence);
    }
    answered(v);
}

static int visit_finish(void *request)
{
    struct visit *v = request;

    switch (v->stage) {
    case READING:
        if (v->body_bytes < v->announced_bytes) {
            visit_refuse(v, "The request ends within its body.");
            return COSMOCK_OK;
        }
        v->request.body = cos_buf_view(&v->body);
        return work(v);
    case AT_WORK:
        outlast_worker(v);
        return go_on(v);
    case WAITING:
        leave_waiting(v);
        return work(v);
    case ANSWERED:
    default:
        return COSMOCK_OK;
    }
}

static int64_t visit_wait_ms(const void *request)
{
    const struct visit *v = request;

    return v->stage == WAITING ? v->call.wait.ms : -1;
}

/* The entry and the deadline may come at once: who has ended the watch goes on. */
static bool visit_end_wait(void *request)
{
    struct visit *v = request;

    return v->stage == WAITING && world_journal_unwatch(v->call.tenant, &v->watch);
}

static int64_t visit_patience_ms(void *of, const void *request)
{
    const struct control *control = of;

    return control->patience_ms;
}

static void visit_response(const void *request, struct response *out)
{
    const struct visit *v = request;
    bool is_head = strcmp(v->request.method, "HEAD") == 0;

    *out = (struct response){.status = v->reply.body.failed ? 0 : v->reply.status,
                             .headers = v->headers,
                             .n_headers = COS_ARRAY_LEN(v->headers),
                             .body_bytes = is_head || v->reply.body.failed ? 0 : v->reply_bytes,
                             .delivery = {.truncate_after = -1}};
}

static const void *visit_peek(void *request, uint64_t offset, size_t *n)
{
    const struct visit *v = request;

    if (v->reply.file >= 0) {
        return NULL;
    }
    *n = (size_t)(v->reply_bytes - offset);
    return (v->reply.heap != NULL ? (const char *)v->reply.heap
                                  : cos_buf_cstr(&v->reply.body)) +
           offset;
}

static int64_t visit_read(void *request, uint64_t offset, void *out, size_t n)
{
    const struct visit *v = request;

    return pread(v->reply.file, out, n, (off_t)offset);
}

static bool visit_file(const void *request, uint64_t offset, struct cosmock_file_piece *out)
{
    const struct visit *v = request;

    *out = (struct cosmock_file_piece){.fd = v->reply.file,
                                       .at = offset,
                                       .bytes = v->reply_bytes - offset};
    return v->reply.file >= 0;
}

const struct responder responder_control = {
    .begin = visit_begin,
    .on_resume = visit_on_resume,
    .body = visit_body,
    .finish = visit_finish,
    .wait_ms = visit_wait_ms,
    .end_wait = visit_end_wait,
    .refuse = visit_refuse,
    .patience_ms = visit_patience_ms,
    .response = visit_response,
    .peek = visit_peek,
    .read = visit_read,
    .file = visit_file,
    .free = visit_free,
};
