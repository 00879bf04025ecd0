/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libcurl transport against a hand-written server on a loopback port of the kernel's
 * choosing: what exactly goes out, what comes back, and how broken answers are reported.
 */
#include "world.h"

#include "wire/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* Serves one scripted reply a request, on as many connections as come, until it is shut
 * down. */
struct server {
    int listener;
    unsigned port;
    pthread_t thread;
    const char *reply; /* sent as it is */
    bool closes;       /* after the reply */
    char seen[8192];   /* the last request head and body */
    int n_connections, n_requests;
};

static bool read_request(int fd, char *buf, size_t room)
{
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(fd, buf + n, room - 1 - n, 0);
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        buf[n] = '\0';
        const char *end = strstr(buf, "\r\n\r\n");
        if (end == NULL) {
            continue;
        }
        const char *length = strstr(buf, "Content-Length: ");
        size_t body = length != NULL ? strtoul(length + 16, NULL, 10) : 0;
        if (n >= (size_t)(end + 4 - buf) + body) {
            return true;
        }
    }
}

static void *serve(void *arg)
{
    struct server *s = arg;
    for (;;) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        s->n_connections++;
        while (read_request(fd, s->seen, sizeof(s->seen))) {
            s->n_requests++;
            (void)send(fd, s->reply, strlen(s->reply), MSG_NOSIGNAL);
            if (s->closes) {
                break;
            }
        }
        (void)close(fd);
    }
}

static void server_listen(struct server *s)
{
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &n), 0);
    s->port = ntohs(address.sin_port);
}

static void server_start(struct server *s, const char *reply, bool closes)
{
    memset(s, 0, sizeof(*s));
    s->reply = reply;
    s->closes = closes;
    server_listen(s);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
}

struct client {
    struct cosn_transport_curl *curl;
    char resolve[64];
    struct cosn_http_reply reply;
    struct cosn_error err;
};

static void client_start(struct client *c, const struct server *s)
{
    memset(c, 0, sizeof(*c));
    (void)snprintf(c->resolve, sizeof(c->resolve), "cos.test:80:127.0.0.1:%u", s->port);
    struct cosn_platform platform = COSN_PLATFORM_INIT;
    platform.resolve = c->resolve;
    assert_int_equal(cosn_transport_curl_new(&c->curl, &platform, NULL), 0);
}

static int ask(struct client *c, const struct cosn_http_request *request)
{
    const struct cosn_transport *t = cosn_transport_curl_get(c->curl);
    cosn_http_reply_deinit(&c->reply);
    memset(&c->err, 0, sizeof(c->err));
    return t->perform(t->ctx, request, &c->reply, &c->err);
}

static void client_stop(struct client *c)
{
    cosn_http_reply_deinit(&c->reply);
    c->curl = cosn_transport_curl_free(c->curl);
}

static const struct cosn_http_header host_only[] = {{"Host", "cos.test"}};

static struct cosn_http_request get_request(const char *url)
{
    return (struct cosn_http_request){.size = sizeof(struct cosn_http_request),
                                      .method = "GET",
                                      .url = url,
                                      .headers = host_only,
                                      .n_headers = 1,
                                      .timeout_ms = 10000};
}

#define OK_ABC "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nx-COS-a:  v \r\n\r\nabc"

static void the_request_goes_out_as_given_and_the_connection_is_reused(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(&s, OK_ABC, /* closes= */ false);
    client_start(&c, &s);
    struct cosn_http_request request = get_request("http://cos.test/a/../b//%2F?x=%20&y");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(&c, &request), 0);
        assert_int_equal(c.reply.status, 200);
        assert_string_equal(c.reply.body, "abc");
        assert_string_equal(cosn_http_reply_header(&c.reply, "X-Cos-A"), "v");
    }
    assert_string_equal(s.seen, "GET /a/../b//%2F?x=%20&y HTTP/1.1\r\nHost: cos.test\r\n\r\n");
    client_stop(&c);
    server_stop(&s);
    assert_int_equal(s.n_connections, 1);
}

static void bodies_carry_their_length_and_nothing_else(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(&s, OK_ABC, /* closes= */ true); /* a POST takes a fresh connection */
    client_start(&c, &s);
    static const struct {
        const char *name, *method, *body, *seen;
    } rows[] = {
        {"put", "PUT", "hello",
         "PUT /k HTTP/1.1\r\nHost: cos.test\r\nContent-Length: 5\r\n\r\nhello"},
        {"empty put", "PUT", NULL,
         "PUT /k HTTP/1.1\r\nHost: cos.test\r\nContent-Length: 0\r\n\r\n"},
        {"empty post", "POST", NULL,
         "POST /k HTTP/1.1\r\nHost: cos.test\r\nContent-Length: 0\r\n\r\n"},
        {"delete", "DELETE", NULL, "DELETE /k HTTP/1.1\r\nHost: cos.test\r\n\r\n"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_http_request request = get_request("http://cos.test/k");
        request.method = rows[i].method;
        request.body = rows[i].body;
        request.body_bytes = rows[i].body != NULL ? strlen(rows[i].body) : 0;
        CHECK_ROW(rows[i].name, ask(&c, &request) == 0);
        CHECK_ROW(rows[i].name, strcmp(s.seen, rows[i].seen) == 0);
    }
    client_stop(&c);
    server_stop(&s);
}

static void head_ends_without_a_body(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(&s, "HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n",
                 /* closes= */ false);
    client_start(&c, &s);
    struct cosn_http_request request = get_request("http://cos.test/k");
    request.method = "HEAD";
    assert_int_equal(ask(&c, &request), 0);
    assert_int_equal(c.reply.status, 404);
    assert_string_equal(c.reply.body, "");
    client_stop(&c);
    server_stop(&s);
}

static void a_redirect_is_an_answer_not_an_order(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(
        &s, "HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\nContent-Length: 0\r\n\r\n",
        /* closes= */ false);
    client_start(&c, &s);
    struct cosn_http_request request = get_request("http://cos.test/k");
    assert_int_equal(ask(&c, &request), 0);
    assert_int_equal(c.reply.status, 302);
    client_stop(&c);
    server_stop(&s);
    assert_int_equal(s.n_requests, 1);
}

static void headers_of_an_interim_reply_are_dropped(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(&s, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_ABC, /* closes= */ false);
    client_start(&c, &s);
    struct cosn_http_request request = get_request("http://cos.test/k");
    assert_int_equal(ask(&c, &request), 0);
    assert_int_equal(c.reply.status, 200);
    assert_null(cosn_http_reply_header(&c.reply, "Link"));
    client_stop(&c);
    server_stop(&s);
}

static void broken_answers_are_network_errors(void **state)
{
    (void)state;
    static const struct {
        const char *name, *reply, *method;
        int status;
        bool retryable;
    } rows[] = {
        {"short body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "GET", COSN_E_NET,
         true},
        {"no answer to a GET", "", "GET", COSN_E_NET, true},
        {"no answer to a POST", "", "POST", COSN_E_NET, false},
        {"cut head", "HTTP/1.1 200 OK\r\nContent-Le", "GET", COSN_E_NET, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct server s;
        struct client c;
        server_start(&s, rows[i].reply, /* closes= */ true);
        client_start(&c, &s);
        struct cosn_http_request request = get_request("http://cos.test/k");
        request.method = rows[i].method;
        CHECK_ROW(rows[i].name, ask(&c, &request) == rows[i].status);
        CHECK_ROW(rows[i].name, c.err.retryable == rows[i].retryable);
        client_stop(&c);
        server_stop(&s);
    }
}

static void nobody_listening_may_be_tried_again(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(&s, OK_ABC, /* closes= */ false);
    client_start(&c, &s);
    server_stop(&s);
    struct cosn_http_request request = get_request("http://cos.test/k");
    request.method = "POST";
    assert_int_equal(ask(&c, &request), COSN_E_NET);
    assert_true(c.err.retryable);
    client_stop(&c);
}

static void a_silent_server_ends_in_a_timeout(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(&s, "", /* closes= */ false);
    client_start(&c, &s);
    struct cosn_http_request request = get_request("http://cos.test/k");
    request.timeout_ms = 150;
    assert_int_equal(ask(&c, &request), COSN_E_NET);
    assert_int_equal(c.err.detail, COSN_D_TIMEOUT);
    client_stop(&c);
    server_stop(&s);
}

/* --- standing still --- */

#define STALL_MS 60000
#define STEP_MS \
    50000 /* between two moves: 20 of them are 1000 s, far beyond any limit on the whole */
#define N_STEPS 20
#define BLOCK_BYTES ((size_t)256 << 10)

/* A peer that is slow by a clock of the test's: it moves something, then lets time pass. */
struct slow_peer {
    struct server s;
    atomic_llong now_ms;
    atomic_bool is_over;
    bool takes_slowly; /* the request's body; else it gives its answer slowly */
    int n_steps;       /* then it falls silent, with time going on */
};

static int64_t slow_time(void *ctx)
{
    return atomic_load(&((struct slow_peer *)ctx)->now_ms);
}

static bool take_block(int fd)
{
    static char sink[BLOCK_BYTES];
    size_t n = 0;
    while (n < sizeof(sink)) {
        ssize_t got = recv(fd, sink, sizeof(sink) - n, 0);
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
    }
    return true;
}

static void *serve_slowly(void *arg)
{
    struct slow_peer *p = arg;
    int fd = accept(p->s.listener, NULL, NULL);
    if (fd < 0) {
        return NULL;
    }
    if (!p->takes_slowly) {
        (void)read_request(fd, p->s.seen, sizeof(p->s.seen));
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n";
        (void)send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
    }
    for (int i = 0; i < p->n_steps; i++) {
        if (p->takes_slowly ? !take_block(fd) : send(fd, "x", 1, MSG_NOSIGNAL) < 1) {
            break;
        }
        (void)atomic_fetch_add(&p->now_ms, STEP_MS);
    }
    if (p->n_steps == N_STEPS && p->takes_slowly) {
        char rest[512]; /* the head's share of the stream */
        (void)recv(fd, rest, sizeof(rest), 0);
        (void)send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38, MSG_NOSIGNAL);
    }
    while (!atomic_load(&p->is_over)) { /* silence, until the client gives up */
        (void)poll(NULL, 0, /* ms: */ 1);
        (void)atomic_fetch_add(&p->now_ms, STALL_MS);
    }
    (void)close(fd);
    return NULL;
}

static int exchange_slowly(struct slow_peer *p, struct client *c, const char *method)
{
    static char body[N_STEPS * BLOCK_BYTES];
    memset(&p->s, 0, sizeof(p->s));
    atomic_init(&p->now_ms, 0);
    server_listen(&p->s);
    int small = 64 << 10; /* so that the kernel's own buffers hold no large part of the body */
    assert_int_equal(setsockopt(p->s.listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
                     0);
    assert_int_equal(pthread_create(&p->s.thread, NULL, serve_slowly, p), 0);
    client_start(c, &p->s);
    transport_curl_set_clock(c->curl, slow_time, p);
    struct cosn_http_request request = get_request("http://cos.test/k");
    request.method = method;
    request.timeout_ms = 0;
    request.stall_ms = STALL_MS;
    request.body = p->takes_slowly ? body : NULL;
    request.body_bytes = p->takes_slowly ? sizeof(body) : 0;
    int r = ask(c, &request);
    atomic_store(&p->is_over, true);
    client_stop(c);
    server_stop(&p->s);
    return r;
}

static void what_moves_is_not_cut_however_long_it_takes(void **state)
{
    (void)state;
    struct client c;
    struct slow_peer gives = {.n_steps = N_STEPS};
    assert_int_equal(exchange_slowly(&gives, &c, "GET"), 0);
    struct slow_peer takes = {.n_steps = N_STEPS, .takes_slowly = true};
    assert_int_equal(exchange_slowly(&takes, &c, "PUT"), 0);
}

static void what_stands_still_is_cut(void **state)
{
    (void)state;
    static const struct {
        const char *name, *method;
        int n_steps;
        bool takes_slowly;
    } rows[] = {
        {"before the answer's body", "GET", 0, false},
        {"in the middle of the answer", "GET", 3, false},
        {"in the middle of the request", "PUT", 3, true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct client c;
        struct slow_peer p = {.n_steps = rows[i].n_steps, .takes_slowly = rows[i].takes_slowly};
        CHECK_ROW(rows[i].name, exchange_slowly(&p, &c, rows[i].method) == COSN_E_NET);
        CHECK_ROW(rows[i].name, c.err.detail == COSN_D_TIMEOUT && c.err.retryable);
        CHECK_HOLDS(c.err.message, "nothing moved for 60000 ms");
    }
}

static int collect(void *ctx, const void *bytes, size_t n)
{
    strncat(ctx, bytes, n);
    return 0;
}

static int refuse(void *ctx, const void *bytes, size_t n)
{
    (void)ctx;
    (void)bytes;
    (void)n;
    return 1;
}

static void a_good_body_streams_and_a_refusal_is_collected(void **state)
{
    (void)state;
    static const struct {
        const char *name, *reply, *streamed, *collected;
    } rows[] = {
        {"200", OK_ABC, "abc", ""},
        {"403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nxml", "", "xml"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct server s;
        struct client c;
        char got[64] = "";
        server_start(&s, rows[i].reply, /* closes= */ false);
        client_start(&c, &s);
        struct cosn_http_request request = get_request("http://cos.test/k");
        request.on_body = collect;
        request.on_body_ctx = got;
        CHECK_ROW(rows[i].name, ask(&c, &request) == 0);
        CHECK_ROW(rows[i].name, strcmp(got, rows[i].streamed) == 0);
        CHECK_ROW(rows[i].name, strcmp(c.reply.body, rows[i].collected) == 0);
        client_stop(&c);
        server_stop(&s);
    }
}

static void a_receiver_can_stop_the_transfer(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_start(&s, OK_ABC, /* closes= */ false);
    client_start(&c, &s);
    struct cosn_http_request request = get_request("http://cos.test/k");
    request.on_body = refuse;
    assert_int_equal(ask(&c, &request), COSN_E_IO);
    client_stop(&c);
    server_stop(&s);
}

static const char *env_with_ca(void *ctx, const char *name)
{
    return strcmp(name, ctx) == 0 ? "/nonexistent/ca.pem" : NULL;
}

/* Nothing but the refusal to go on shows which file was meant: it is none. */
static void the_default_transport_trusts_what_the_environment_names(void **state)
{
    static const char *const names[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        struct server s;
        char resolve[64];
        struct platform p;
        struct cosn_platform given = COSN_PLATFORM_INIT;
        struct cosn_http_reply reply = {0};
        struct cosn_error err = COSN_ERROR_INIT;
        struct cosn_http_request request = get_request("https://cos.test/");
        server_start(&s, "", /* closes= */ true);
        (void)snprintf(resolve, sizeof(resolve), "cos.test:443:127.0.0.1:%u", s.port);
        given.resolve = resolve;
        given.env = env_with_ca;
        given.env_ctx = (void *)(uintptr_t)names[i];
        assert_int_equal(platform_init(&p, &given, NULL), 0);
        assert_int_equal(p.p.transport->perform(p.p.transport->ctx, &request, &reply, &err),
                         COSN_E_NET);
        if (strstr(err.message, "/nonexistent/ca.pem") == NULL) {
            fail_msg("%s: %s", names[i], err.message);
        }
        platform_deinit(&p);
        cosn_http_reply_deinit(&reply);
        server_stop(&s);
    }
}

static void endless_headers_are_refused(void **state)
{
    (void)state;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 1u << 20);
    cos_buf_str(&text, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 3000; i++) {
        cos_buf_printf(&text, "x-%d: 0123456789012345678901234567890123456789\r\n", i);
    }
    struct server s;
    struct client c;
    server_start(&s, cos_buf_cstr(&text), /* closes= */ true);
    client_start(&c, &s);
    struct cosn_http_request request = get_request("http://cos.test/k");
    assert_int_equal(ask(&c, &request), COSN_E_PROTOCOL);
    client_stop(&c);
    server_stop(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_goes_out_as_given_and_the_connection_is_reused),
        cmocka_unit_test(bodies_carry_their_length_and_nothing_else),
        cmocka_unit_test(head_ends_without_a_body),
        cmocka_unit_test(a_redirect_is_an_answer_not_an_order),
        cmocka_unit_test(headers_of_an_interim_reply_are_dropped),
        cmocka_unit_test(broken_answers_are_network_errors),
        cmocka_unit_test(nobody_listening_may_be_tried_again),
        cmocka_unit_test(a_silent_server_ends_in_a_timeout),
        cmocka_unit_test(what_moves_is_not_cut_however_long_it_takes),
        cmocka_unit_test(what_stands_still_is_cut),
        cmocka_unit_test(a_good_body_streams_and_a_refusal_is_collected),
        cmocka_unit_test(a_receiver_can_stop_the_transfer),
        cmocka_unit_test(the_default_transport_trusts_what_the_environment_names),
        cmocka_unit_test(endless_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
