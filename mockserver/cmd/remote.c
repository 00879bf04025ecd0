/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client for one server, our own: it sends lengths and is sent lengths, and each call has a
 * connection of its own. A server that refuses what it has not read yet closes; therefore the
 * answer is read even when sending fails.
 */
#include "remote.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "cosbase/secret.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <sys/socket.h>

#define READY_MAX_BYTES ((size_t)64 << 20) /* a world may have many keys */
#define HEAD_MAX_BYTES ((size_t)16 << 10)
#define ERROR_MAX_BYTES ((size_t)1 << 20)
#define PIECE_BYTES ((size_t)64 << 10)

static int failed(const struct remote *r, const char *fmt, ...) COS_PRINTF(2, 3);
static int failed(const struct remote *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fprintf(stderr, "cosmock %s: ", r->line->verb->name);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return EXIT_FAILURE;
}

/* --- who is meant --- */

/* "http://127.0.0.1:5123" or "http://[::1]:5123", also with a '/' at its end. */
static bool read_url(struct remote *r, const char *url)
{
    struct cos_span s = cos_span_of(url);
    struct cos_span scheme = COS_SPAN_LIT("http://");
    if (!cos_span_starts(s, scheme)) {
        return false;
    }
    s = cos_span_from(s, scheme.len);
    if (cos_span_ends(s, COS_SPAN_LIT("/"))) {
        s.len--;
    }
    size_t colon = cos_span_rchr(s, ':');
    uint64_t port = 0;
    if (colon == SIZE_MAX || !cos_span_u64(cos_span_from(s, colon + 1), &port) || port == 0 ||
        port > UINT16_MAX) {
        return false;
    }
    s.len = colon;
    if (cos_span_starts(s, COS_SPAN_LIT("[")) && cos_span_ends(s, COS_SPAN_LIT("]"))) {
        s = cos_span_sub(s, 1, s.len - 2);
    }
    (void)snprintf(r->port, sizeof(r->port), "%u", (unsigned)port);
    (void)snprintf(r->host, sizeof(r->host), COS_SPAN_FMT, COS_SPAN_ARG(s));
    return s.len > 0 && s.len < sizeof(r->host);
}

/* What stands in a ready file; the strings are the tree's. */
struct told {
    const char *control, *tenant, *token;
};

static int read_ready_file(const char *path, const struct cos_command *line,
                           struct cos_json **out, struct told *told)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, READY_MAX_BYTES);
    int r = cos_file_read(&text, path);
    if (r < 0) {
        return cos_command_complain(line, "--ready-file %s: %s", path, strerror(-r));
    }
    const struct cos_json_limits limits = {READY_MAX_BYTES, 64, 10000000};
    struct cos_text_error err;
    if (cos_json_parse(out, cos_buf_view(&text), &limits, &err) == 0) {
        told->control = cos_json_str(cos_json_get(*out, "control"));
        told->tenant = cos_json_str(cos_json_get(*out, "tenant"));
        told->token = cos_json_str(cos_json_get(*out, "control_token"));
    }
    return told->control != NULL
               ? 0
               : cos_command_complain(line,
                                      "--ready-file %s: it has no member 'control': it must be "
                                      "the file that 'cosmock serve --ready-file' wrote",
                                      path);
}

static int use(struct remote *r, const struct told *told)
{
    size_t n = strlen(told->tenant);
    if (n == 0 || n >= sizeof(r->tenant) ||
        strspn(told->tenant, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_.") != n) {
        return cos_command_complain(r->line,
                                    "tenant '%.80s' must be 1 to 63 letters, digits, '-', '_' "
                                    "or '.'",
                                    told->tenant);
    }
    if (told->token != NULL &&
        (strlen(told->token) >= sizeof(r->token) || strpbrk(told->token, "\r\n") != NULL)) {
        return cos_command_complain(r->line,
                                    "the control token is too long, or no header's value");
    }
    if (!read_url(r, told->control)) {
        return cos_command_complain(r->line,
                                    "the control API is '%.100s': it must look like "
                                    "http://127.0.0.1:5123",
                                    told->control);
    }
    memcpy(r->tenant, told->tenant, n + 1);
    (void)snprintf(r->token, sizeof(r->token), "%s", told->token == NULL ? "" : told->token);
    return 0;
}

int remote_find(struct remote *out, const struct remote_options *o,
                const struct cos_command *line)
{
    *out = (struct remote){.line = line};
    if (o->control != NULL && o->ready_file != NULL) {
        return cos_command_complain(line, "give --ready-file or --control, not both");
    }
    COS_CLEANUP(cos_json_free) struct cos_json *ready = NULL;
    struct told told = {0};
    if (o->ready_file != NULL) {
        int r = read_ready_file(o->ready_file, line, &ready, &told);
        if (r != 0) {
            return r;
        }
    }
    if (o->ready_file == NULL) {
        bool is_given = o->control != NULL;
        told = (struct told){.control = is_given ? o->control : getenv("COSMOCK_CONTROL"),
                             .tenant = is_given ? NULL : getenv("COSMOCK_TENANT"),
                             .token = getenv("COSMOCK_CONTROL_TOKEN")};
    }
    told.tenant = o->tenant != NULL ? o->tenant : told.tenant;
    told.tenant = told.tenant != NULL ? told.tenant : "default";
    if (told.control == NULL) {
        return cos_command_complain(line,
                                    "which mock? --ready-file FILE names the one that 'cosmock "
                                    "serve --ready-file FILE' runs, --control URL any; below "
                                    "'cosmock exec' $COSMOCK_CONTROL does");
    }
    return use(out, &told);
}

/* --- a call --- */

struct talk {
    const struct remote *remote;
    int fd;
    struct cos_buf in; /* the head, and what came with it */
    int status;
    uint64_t body_bytes; /* as announced */
};

static int connect_to(const struct remote *r)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(r->host, r->port, &hints, &found) != 0) {
        return -EHOSTUNREACH;
    }
    int fd = -1;
    int error = EHOSTUNREACH;
    for (const struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            error = errno;
            (void)close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd < 0 ? -error : fd;
}

/* False: the other side takes no more, and may have said why. */
static bool say(const struct talk *t, struct cos_span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(t->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes = cos_span_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return true;
}

static bool say_head(const struct talk *t, const char *method, const char *what, uint64_t n)
{
    const struct remote *r = t->remote;
    bool is_v6 = strchr(r->host, ':') != NULL;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf head;
    cos_buf_init(&head, HEAD_MAX_BYTES);
    cos_buf_printf(&head, "%s /v1/t/%s/%s HTTP/1.1\r\nHost: %s%s%s:%s\r\n", method, r->tenant,
                   what, is_v6 ? "[" : "", r->host, is_v6 ? "]" : "", r->port);
    cos_buf_printf(&head, "Content-Length: %llu\r\nConnection: close\r\n",
                   (unsigned long long)n);
    if (r->token[0] != '\0') {
        cos_buf_printf(&head, "Authorization: Bearer %s\r\n", r->token);
    }
    cos_buf_str(&head, "\r\n");
    return !head.failed && say(t, cos_buf_view(&head));
}

/* More of the answer, behind what is there; 0: the end. */
static size_t hear(struct talk *t, size_t max)
{
    char *to = cos_buf_reserve(&t->in, max);
    ssize_t n = -1;
    while (to != NULL && n < 0) {
        n = recv(t->fd, to, max, 0);
        if (n < 0 && errno != EINTR) {
            break;
        }
    }
    t->in.len += n > 0 ? (size_t)n : 0;
    return n > 0 ? (size_t)n : 0;
}

static struct cos_span header(struct cos_span head, struct cos_span name)
{
    while (head.ptr != NULL) {
        struct cos_span line = cos_span_cut(&head, '\n');
        struct cos_span value = line;
        if (cos_span_eq_nocase(cos_span_cut(&value, ':'), name) && value.ptr != NULL) {
            return cos_span_trim(value);
        }
    }
    return COS_SPAN_EMPTY;
}

/* The head of the answer; what came of its body stays in t->in. */
static bool hear_head(struct talk *t)
{
    size_t end = SIZE_MAX;
    while (end == SIZE_MAX) {
        if (t->in.len > HEAD_MAX_BYTES || hear(t, PIECE_BYTES) == 0) {
            return false;
        }
        end = cos_span_find(cos_buf_view(&t->in), COS_SPAN_LIT("\r\n\r\n"));
    }
    struct cos_span head = cos_span_sub(cos_buf_view(&t->in), 0, end + 2);
    uint64_t status = 0;
    if (!cos_span_starts(head, COS_SPAN_LIT("HTTP/1.1 ")) ||
        !cos_span_u64(cos_span_sub(head, 9, 3), &status) ||
        !cos_span_u64(header(head, COS_SPAN_LIT("Content-Length")), &t->body_bytes)) {
        return false;
    }
    t->status = (int)status;
    cos_buf_consume(&t->in, end + 4);
    return true;
}

/* Why: {"error":{"code":...,"message":...}}. */
static int complain(struct talk *t)
{
    while (t->in.len < t->body_bytes && t->in.len < ERROR_MAX_BYTES &&
           hear(t, PIECE_BYTES) > 0) {
    }
    COS_CLEANUP(cos_json_free) struct cos_json *body = NULL;
    struct cos_text_error err;
    (void)!cos_json_parse(&body, cos_buf_view(&t->in), /* limits= */ NULL, &err);
    const char *message = cos_json_str(cos_json_get(cos_json_get(body, "error"), "message"));
    return message == NULL ? failed(t->remote, "the mock answered status %d", t->status)
                           : failed(t->remote, "%s", message);
}

/* Where a body goes: the one that is there. */
struct sink {
    struct cos_outfile *file;
    struct cos_buf *text;
};

static void sink_take(const struct sink *to, struct cos_span piece)
{
    if (to->file != NULL) {
        cos_outfile_write(to->file, piece);
    } else {
        cos_buf_span(to->text, piece);
    }
}

static int hear_body(struct talk *t, const struct sink *to)
{
    uint64_t left = t->body_bytes;
    bool is_open = true;
    while (left > 0 && is_open) {
        struct cos_span piece = cos_buf_view(&t->in);
        piece = left < piece.len ? cos_span_sub(piece, 0, (size_t)left) : piece;
        sink_take(to, piece);
        left -= piece.len;
        cos_buf_clear(&t->in);
        is_open = left == 0 || hear(t, PIECE_BYTES) > 0;
    }
    return left == 0
               ? 0
               : failed(t->remote, "the mock closed the connection %llu bytes before the end",
                        (unsigned long long)left);
}

static int begin(struct talk *t, const struct remote *r)
{
    *t = (struct talk){.remote = r, .fd = connect_to(r)};
    cos_buf_init(&t->in, HEAD_MAX_BYTES + ERROR_MAX_BYTES + 2 * PIECE_BYTES);
    return t->fd >= 0 ? 0
                      : failed(r, "no mock answers at %s port %s: %s", r->host, r->port,
                               strerror(-t->fd));
}

static int end(struct talk *t, int status)
{
    if (t->fd >= 0) {
        (void)close(t->fd);
    }
    cos_buf_deinit(&t->in);
    return status;
}

static int hear_status(struct talk *t)
{
    if (!hear_head(t)) {
        return failed(t->remote, "what listens at %s port %s answers as no mock does",
                      t->remote->host, t->remote->port);
    }
    return t->status == 200 ? 0 : complain(t);
}

static int get(const struct remote *r, const char *what, const struct sink *to)
{
    struct talk t;
    int status = begin(&t, r);
    if (status == 0) {
        (void)say_head(&t, "GET", what, /* n= */ 0);
        status = hear_status(&t);
    }
    return end(&t, status == 0 ? hear_body(&t, to) : status);
}

int remote_get(const struct remote *r, const char *what, struct cos_outfile *to)
{
    return get(r, what, &(struct sink){.file = to});
}

int remote_get_text(const struct remote *r, const char *what, struct cos_buf *to)
{
    int status = get(r, what, &(struct sink){.text = to});
    return status == 0 && to->failed ? failed(r, "no memory for the answer") : status;
}

static void say_file(const struct talk *t, int fd, uint64_t left)
{
    char *piece = cos_malloc(PIECE_BYTES);
    bool is_taken = piece != NULL;
    while (left > 0 && is_taken) {
        ssize_t n = read(fd, piece, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES);
        is_taken = n > 0 && say(t, cos_span_make(piece, (size_t)n));
        left -= n > 0 ? (uint64_t)n : 0;
    }
    if (left > 0) { /* nobody waits for the rest */
        (void)shutdown(t->fd, SHUT_WR);
    }
    if (piece != NULL) {
        cos_wipe(piece, PIECE_BYTES);
    }
    cos_free(piece);
}

int remote_put(const struct remote *r, const char *what, int fd, uint64_t n)
{
    struct talk t;
    int status = begin(&t, r);
    if (status == 0) {
        if (say_head(&t, "PUT", what, n)) {
            say_file(&t, fd, n);
        }
        status = hear_status(&t);
    }
    return end(&t, status);
}

int remote_put_text(const struct remote *r, const char *what, struct cos_span body,
                    struct cos_buf *to)
{
    struct talk t;
    int status = begin(&t, r);
    if (status == 0) {
        if (say_head(&t, "PUT", what, body.len)) {
            (void)say(&t, body);
        }
        status = hear_status(&t);
    }
    status = end(&t, status == 0 ? hear_body(&t, &(struct sink){.text = to}) : status);
    return status == 0 && to->failed ? failed(r, "no memory for the answer") : status;
}
