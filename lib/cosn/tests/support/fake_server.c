/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See fake_server.h. Understands what libcurl sends to a service (Content-Length, never
 * chunked) and nothing else.
 */
#include "fake_server.h"

#include "cosbase/buf.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS 256
#define MAX_HEADERS 32
#define MAX_REQUEST_BYTES (64u << 20)

struct connection {
    struct fake_server *server;
    int fd;
    pthread_t thread;
};

struct fake_server {
    struct fake *fake;
    int listener;
    unsigned port;
    pthread_t acceptor;
    struct connection connections[MAX_CONNECTIONS]; /* the acceptor's; read after it ended */
    size_t n_connections;
};

/* A request as it came: @bytes is cut into strings in place. */
struct incoming {
    char *bytes;
    size_t len, cap, head_len, body_len;
    char url[8192];
    struct cosn_http_header headers[MAX_HEADERS];
    struct cosn_http_request request;
};

static bool receive_more(struct incoming *in, int fd)
{
    if (in->len + 1 >= in->cap) {
        in->cap = in->cap == 0 ? 65536 : in->cap * 2;
        in->bytes = realloc(in->bytes, in->cap);
        assert(in->bytes != NULL && in->cap <= MAX_REQUEST_BYTES);
    }
    ssize_t got = recv(fd, in->bytes + in->len, in->cap - 1 - in->len, 0);
    if (got <= 0) {
        return false;
    }
    in->len += (size_t)got;
    in->bytes[in->len] = '\0';
    return true;
}

static bool receive_request(struct incoming *in, int fd)
{
    in->len = 0;
    const char *end = NULL;
    while (end == NULL) {
        if (!receive_more(in, fd)) {
            return false;
        }
        end = strstr(in->bytes, "\r\n\r\n");
    }
    in->head_len = (size_t)(end - in->bytes) + 4;
    const char *length = strcasestr(in->bytes, "\r\nContent-Length:");
    in->body_len = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    while (in->len < in->head_len + in->body_len) {
        if (!receive_more(in, fd)) {
            return false;
        }
    }
    return true;
}

static void parse_request(struct incoming *in)
{
    memset(&in->request, 0, sizeof(in->request));
    char *save = NULL;
    in->bytes[in->head_len - 2] = '\0';
    char *line = strtok_r(in->bytes, "\r\n", &save);
    char *target = strchr(line, ' ');
    *target++ = '\0';
    *strchr(target, ' ') = '\0';
    (void)snprintf(in->url, sizeof(in->url), "http://host%s", target);
    size_t n = 0;
    for (char *h = strtok_r(NULL, "\r\n", &save); h != NULL;
         h = strtok_r(NULL, "\r\n", &save)) {
        char *colon = strchr(h, ':');
        assert(colon != NULL && n < MAX_HEADERS);
        *colon = '\0';
        in->headers[n++] = (struct cosn_http_header){h, colon + 1 + strspn(colon + 1, " ")};
    }
    in->request = (struct cosn_http_request){.size = sizeof(in->request),
                                             .method = line,
                                             .url = in->url,
                                             .headers = in->headers,
                                             .n_headers = n,
                                             .body = in->bytes + in->head_len,
                                             .body_bytes = in->body_len};
}

static void send_all(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t done = send(fd, at, n, MSG_NOSIGNAL);
        if (done <= 0) {
            return; /* the client went away: its business */
        }
        at += done;
        n -= (size_t)done;
    }
}

static void send_reply(int fd, const struct cosn_http_reply *reply, bool is_head)
{
    struct cos_buf b = {0};
    cos_buf_init(&b, 1u << 20);
    cos_buf_printf(&b, "HTTP/1.1 %d Scripted\r\n", reply->status);
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (is_head || strcasecmp(reply->headers[i].name, "Content-Length") != 0) {
            cos_buf_printf(&b, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
        }
    }
    if (!is_head && reply->status != 204) {
        cos_buf_printf(&b, "Content-Length: %zu\r\n", reply->body_bytes);
    }
    cos_buf_str(&b, "\r\n");
    assert(!b.failed);
    send_all(fd, b.ptr, b.len);
    if (!is_head) {
        send_all(fd, reply->body, reply->body_bytes);
    }
    cos_buf_deinit(&b);
}

static void wait_for_goodbye(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0) {
    }
}

static void *serve_connection(void *arg)
{
    struct connection *c = arg;
    struct incoming in = {0};
    struct cosn_transport *t = &c->server->fake->transport;
    while (receive_request(&in, c->fd)) {
        parse_request(&in);
        struct cosn_http_reply reply = {0};
        struct cosn_error err = COSN_ERROR_INIT;
        int r = t->perform(t->ctx, &in.request, &reply, &err);
        if (r == FAKE_NEVER_ANSWERS) {
            wait_for_goodbye(c->fd);
        } else if (r == 0) {
            send_reply(c->fd, &reply, strcmp(in.request.method, "HEAD") == 0);
        }
        cosn_http_reply_deinit(&reply);
        if (r < 0) {
            break;
        }
    }
    (void)shutdown(c->fd, SHUT_RDWR);
    free(in.bytes);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct fake_server *s = arg;
    for (;;) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        assert(s->n_connections < MAX_CONNECTIONS);
        struct connection *c = &s->connections[s->n_connections++];
        *c = (struct connection){.server = s, .fd = fd};
        int r = pthread_create(&c->thread, NULL, serve_connection, c);
        assert(r == 0);
        (void)r;
    }
}

struct fake_server *fake_server_new(struct fake *f)
{
    struct fake_server *s = calloc(1, sizeof(*s));
    assert(s != NULL);
    s->fake = f;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    int r = bind(s->listener, (struct sockaddr *)&address, sizeof(address));
    r = r == 0 ? listen(s->listener, 64) : r;
    r = r == 0 ? getsockname(s->listener, (struct sockaddr *)&address, &n) : r;
    r = r == 0 ? pthread_create(&s->acceptor, NULL, accept_all, s) : r;
    assert(r == 0);
    (void)r;
    s->port = ntohs(address.sin_port);
    return s;
}

unsigned fake_server_port(const struct fake_server *s)
{
    return s->port;
}

struct fake_server *fake_server_free(struct fake_server *s)
{
    if (s == NULL) {
        return NULL;
    }
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->acceptor, NULL);
    (void)close(s->listener);
    for (size_t i = 0; i < s->n_connections; i++) {
        (void)shutdown(s->connections[i].fd, SHUT_RDWR);
        (void)pthread_join(s->connections[i].thread, NULL);
        (void)close(s->connections[i].fd);
    }
    free(s);
    return NULL;
}
