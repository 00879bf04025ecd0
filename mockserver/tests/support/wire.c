/* SPDX-License-Identifier: Apache-2.0 */
/* A client that knows nothing but bytes: it connects, says, and hears. */
#include "wire.h"

int wire_open(void **state)
{
    struct wire *w = calloc(1, sizeof(*w));
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;

    options.seed = 7;
    struct cosmock_listen_options front = COSMOCK_LISTEN_OPTIONS_INIT;
    front.threads = 2;
    struct cosmock_error err = {0};
    if (w == NULL || cosmock_new(&w->mock, NULL, &err) != COSMOCK_OK ||
        cosmock_tenant_new(w->mock, &w->tenant, &options, &err) != COSMOCK_OK ||
        cosmock_switch_set(w->tenant, "enforcement", "off", &err) != COSMOCK_OK ||
        cosmock_listen(w->mock, COSMOCK_FRONT, &front, &w->front, &err) != COSMOCK_OK ||
        cosmock_listen(w->mock, COSMOCK_CONTROL, NULL, &w->control, &err) != COSMOCK_OK) {
        print_error("%s\n", err.message);
        return -1;
    }
    cosmock_world_info(w->tenant, &w->info);
    (void)snprintf(w->host, sizeof(w->host), "%s.cos.%s.myqcloud.com", w->info.bucket,
                   w->info.region);
    *state = w;
    return 0;
}

int wire_close(void **state)
{
    struct wire *w = *state;
    bool is_broken = cosmock_broken(w->mock);

    (void)cosmock_free(w->mock);
    free(w);
    return is_broken ? -1 : 0;
}

struct line line_open(uint16_t port)
{
    struct line l = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(l.fd >= 0);
    assert_int_equal(connect(l.fd, (struct sockaddr *)&at, sizeof(at)), 0);
    cos_buf_init(&l.in, 256u << 20);
    return l;
}

void line_close(struct line *l)
{
    (void)close(l->fd);
    cos_buf_deinit(&l->in);
}

void line_say_bytes(struct line *l, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n > 0) {
        ssize_t sent = send(l->fd, p, n, MSG_NOSIGNAL);

        assert_true(sent > 0);
        p += sent;
        n -= (size_t)sent;
    }
}

void line_say(struct line *l, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char text[4096];
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    assert_in_range(n, 0, sizeof(text) - 1);
    line_say_bytes(l, text, (size_t)n);
}

bool line_more(struct line *l)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    char *at = cos_buf_reserve(&l->in, 65536);

    assert_non_null(at);
    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
    ssize_t n = recv(l->fd, at, 65536, 0);
    if (n <= 0) {
        return false;
    }
    l->in.len += (size_t)n;
    return true;
}

void line_hear_bytes(struct line *l, const void *bytes, size_t n)
{
    while (l->in.len < n) {
        assert_true(line_more(l));
    }
    assert_memory_equal(l->in.ptr, bytes, n);
    cos_buf_consume(&l->in, n);
}

bool line_is_at_end(struct line *l)
{
    return l->in.len == 0 && !line_more(l);
}

const char *reply_value(struct reply *r, const char *name)
{
    struct cos_span rest = cos_span_of(r->head);

    while (rest.ptr != NULL) {
        struct cos_span text = cos_span_trim(cos_span_cut(&rest, '\n'));
        struct cos_span field = cos_span_cut(&text, ':');

        if (text.ptr != NULL && cos_span_eq_nocase(field, cos_span_of(name))) {
            text = cos_span_trim(text);
            (void)snprintf(r->value, sizeof(r->value), "%.*s", (int)text.len, text.ptr);
            return r->value;
        }
    }
    return NULL;
}

bool line_hear(struct line *l, struct reply *r, bool has_body)
{
    memset(r, 0, sizeof(*r));
    cos_buf_init(&r->body, 256u << 20);
    size_t end;
    while ((end = cos_span_find(cos_buf_view(&l->in), COS_SPAN_LIT("\r\n\r\n"))) == SIZE_MAX) {
        if (!line_more(l)) {
            return false;
        }
    }
    assert_in_range(end, 1, sizeof(r->head) - 1);
    memcpy(r->head, l->in.ptr, end);
    cos_buf_consume(&l->in, end + 4);
    assert_memory_equal(r->head, "HTTP/1.1 ", 9);
    r->status = (int)strtol(r->head + 9, NULL, 10);
    uint64_t length = 0;
    if (has_body && reply_value(r, "Content-Length") != NULL) {
        assert_true(cos_span_u64(cos_span_of(reply_value(r, "Content-Length")), &length));
    }
    while (l->in.len < length && line_more(l)) {
    }
    r->is_complete = l->in.len >= length;
    length = r->is_complete ? length : l->in.len;
    cos_buf_append(&r->body, l->in.ptr, (size_t)length);
    cos_buf_consume(&l->in, (size_t)length);
    return true;
}

void reply_free(struct reply *r)
{
    cos_buf_deinit(&r->body);
}

void line_expect(struct line *l, int status)
{
    struct reply r;
    assert_true(line_hear(l, &r, true));
    assert_int_equal(r.status, status);
    reply_free(&r);
}

void line_expect_text(struct line *l, const char *text)
{
    struct reply r;
    assert_true(line_hear(l, &r, true));
    assert_int_equal(r.status, 200);
    assert_string_equal(cos_buf_cstr(&r.body), text);
    reply_free(&r);
}

int wire_get(uint16_t port, const char *host, const char *target, struct cos_buf *out)
{
    struct line l = line_open(port);

    line_say(&l, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, host);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    int status = r.status;
    if (out != NULL) {
        cos_buf_span(out, cos_buf_view(&r.body));
    }
    reply_free(&r);
    line_close(&l);
    return status;
}

void wire_put_object(struct wire *w, const char *key, const char *text)
{
    assert_int_equal(cosmock_object_put(w->tenant, w->info.bucket, key, text, strlen(text),
                                        NULL),
                     COSMOCK_OK);
}
