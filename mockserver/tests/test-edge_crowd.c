/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that are many, slow, rude or gone, over real sockets: nobody else feels what one of
 * them does. RFC 9112, RFC 1928; F12 of the facts.
 */
#include "wire.h"

#include "cosbase/clock.h"
#include "cosbase/rng.h"

#include <fcntl.h>
#include <sys/resource.h>

static void a_slow_greeting_blocks_nobody(void **state)
{
    enum { SLOW = 60 };
    struct wire *w = *state;
    struct line slow[SLOW];

    wire_put_object(w, "k", "fast");
    for (int i = 0; i < SLOW; i++) {
        slow[i] = line_open(w->front.port);
        line_say_bytes(&slow[i],
                       i % 3 == 0   ? "CONN"
                       : i % 3 == 1 ? "\x05\x02"
                                    : "",
                       i % 3 == 0   ? 4
                       : i % 3 == 1 ? 2
                                    : 0);
    }
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    line_say(&slow[0], "ECT %s:80 HTTP/1.1\r\n\r\nGET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host,
             w->host);
    line_hear_bytes(&slow[0], "HTTP/1.1 200 Connection established\r\n\r\n", 39);
    line_expect_text(&slow[0], "fast");
    for (int i = 0; i < SLOW; i++) {
        line_close(&slow[i]);
    }
}

/* As many connections a loop as it takes events at once. */
static void two_hundred_and_fifty_six_connections_at_once_are_served(void **state)
{
    enum { MANY = 256 };
    struct wire *w = *state;
    struct line lines[MANY];

    wire_put_object(w, "k", "served");
    for (int i = 0; i < MANY; i++) {
        lines[i] = line_open(w->front.port);
        line_say(&lines[i], "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    }
    for (int i = 0; i < MANY; i++) {
        line_expect_text(&lines[i], "served");
    }
    for (int i = 0; i < MANY; i++) {
        line_say(&lines[i], "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    }
    for (int i = 0; i < MANY; i++) {
        line_expect_text(&lines[i], "served");
        line_close(&lines[i]);
    }
}

static void half_open_connections_are_let_go(void **state)
{
    static const char *const beginnings[] = {"", "CONNECT a", "\x05\x01", "GET / HT"};
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(beginnings); i++) {
        struct line l = line_open(w->front.port);

        line_say(&l, "%s", beginnings[i]);
        assert_int_equal(shutdown(l.fd, SHUT_WR), 0);
        while (line_more(&l)) { /* whatever it says, it ends */
        }
        line_close(&l);
    }
}

static struct cosmock_entry *tunnel_entry(struct wire *w)
{
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;

    q.after_seq = cosmock_journal_last_seq(w->tenant) - 1;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(w->tenant, &e, &q), 1);
    return e;
}

/* Names are read by the table of host forms (test-host.c); addresses say nothing. RFC 1928 s.6:
 * 02 is "not allowed by ruleset". */
static void tunnels_lead_to_known_hosts_only(void **state)
{
    static const char *const refused[] = {"pypi.org", "examplebucket-1250000000.ap-guangzhou",
                                          "cos.ap-guangzhou.myqcloud.co"};
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(refused); i++) {
        struct line l = line_open(w->front.port);
        line_say(&l, "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n", refused[i], refused[i]);
        struct reply r;
        if (!line_hear(&l, &r, true) || r.status != 400) {
            fail_msg("%s: %s", refused[i], r.head);
        }
        assert_non_null(strstr(reply_value(&r, "x-cosmock-reason"), refused[i]));
        assert_non_null(strstr(reply_value(&r, "x-cosmock-reason"), "cos.<region>"));
        reply_free(&r);
        line_close(&l);
        struct cosmock_entry *e = tunnel_entry(w);
        assert_string_equal(e->method, "CONNECT");
        assert_memory_equal(e->target, refused[i], strlen(refused[i]));
        (void)cosmock_entries_free(e);
    }
    struct line l = line_open(w->front.port);
    line_say_bytes(&l, "\x05\x01\x00", 3);
    line_say_bytes(&l,
                   "\x05\x01\x00\x03\x0b"
                   "example.com"
                   "\x01\xbb",
                   18);
    while (line_more(&l)) {
    }
    assert_int_equal(l.in.len, 12);
    assert_memory_equal(cos_buf_cstr(&l.in), "\x05\x00\x05\x02", 4);
    line_close(&l);
    struct cosmock_entry *e = tunnel_entry(w);
    assert_string_equal(e->target, "example.com");
    (void)cosmock_entries_free(e);
}

/* The server's end of a connection, which is in this process, too. */
static int other_end_of(const struct line *l)
{
    struct sockaddr_in mine = {0};
    socklen_t n = sizeof(mine);

    assert_int_equal(getsockname(l->fd, (struct sockaddr *)&mine, &n), 0);
    struct sockaddr_in theirs = {0};
    for (int fd = 3; fd < 1024; fd++) {
        n = sizeof(theirs);
        if (fd != l->fd && getpeername(fd, (struct sockaddr *)&theirs, &n) == 0 &&
            n == sizeof(theirs) && theirs.sin_port == mine.sin_port) {
            return fd;
        }
    }
    return -1;
}

static void idle_once(struct wire *w, struct line *l)
{
    *l = line_open(w->front.port);
    line_say(l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(l, "served");
}

/* The client's socket takes the last descriptor there is (client and server are one process
 * here); the acceptor finds none. */
static void without_descriptors_new_clients_wait_and_are_served(void **state)
{
    enum { IDLE = 8 };
    struct wire *w = *state;
    struct line idle[IDLE];
    struct line l;
    struct rlimit before;
    struct rlimit tight;
    int next;

    wire_put_object(w, "k", "served");
    for (int i = 0; i < IDLE; i++) {
        idle_once(w, &idle[i]);
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    next = dup(0);
    (void)close(next);
    tight = (struct rlimit){.rlim_cur = (rlim_t)next + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    idle_once(w, &l);
    line_close(&l);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < IDLE; i++) {
        line_close(&idle[i]);
    }
}

/* A child between fork and exec holds copies of all descriptors, and an epoll set goes on to
 * watch a copy: a connection must leave the set before it is freed. */
static void a_copied_descriptor_keeps_no_connection_alive(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "served");
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "served");
    int copy = dup(other_end_of(&l));
    assert_true(copy >= 0);
    line_close(&l);
    for (int i = 0; i < 8; i++) { /* both event loops; what was freed is used again */
        assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    }
    (void)close(copy);
}

static void garbage_harms_nothing(void **state)
{
    static const char *const beginnings[] = {
        "",
        "CONNECT ",
        "CONNECT a:443 HTTP/1.1\r\n\r\n",
        "CONNECT 192.0.2.1:443 HTTP/1.1\r\n\r\n",
        "\x05\x01",
        "\x16\x03\x01",
        "GET / HTTP/1.1\r\n",
        "PUT /k HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /%00%zz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    };
    struct wire *w = *state;
    struct cos_rng *rng = cos_rng_new(3);
    char bytes[256];

    assert_non_null(rng);
    wire_put_object(w, "k", "unharmed");
    for (int i = 0; i < 1000; i++) {
        struct line l = line_open(w->front.port);

        cos_rng_fill(rng, bytes, sizeof(bytes));
        line_say(&l, "%s", beginnings[i % (int)COS_ARRAY_LEN(beginnings)]);
        (void)send(l.fd, bytes, cos_rng_below(rng, sizeof(bytes)), MSG_NOSIGNAL);
        line_close(&l);
    }
    (void)cos_rng_free(rng);
    struct line l = line_open(w->front.port);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "unharmed");
    line_close(&l);
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(a_slow_greeting_blocks_nobody),
        OVER_WIRE(two_hundred_and_fifty_six_connections_at_once_are_served),
        OVER_WIRE(half_open_connections_are_let_go),
        OVER_WIRE(tunnels_lead_to_known_hosts_only),
        OVER_WIRE(without_descriptors_new_clients_wait_and_are_served),
        OVER_WIRE(a_copied_descriptor_keeps_no_connection_alive),
        OVER_WIRE(garbage_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
