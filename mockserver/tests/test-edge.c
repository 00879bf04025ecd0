/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data plane over real sockets: the forms a request may take, what keeps a connection
 * usable, what ends it. Expected values: RFC 9112 (framing, persistence, pipelining), RFC 1928,
 * RFC 9110; MK-33 (HEAD with a body), MK-34 (desync after a refusal) and F12 (a short body is
 * never stored) of the facts.
 */
#include "wire.h"

#include "cosbase/clock.h"
#include "cosbase/digest.h"
#include "cosbase/rng.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

/* --- forms --- */

static void three_forms_of_a_request_reach_one_object(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "dir/k", "content");
    line_say(&l, "GET /dir/k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "content");
    line_say(&l, "GET http://%s/dir/k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host, w->host);
    line_expect_text(&l, "content");
    line_say(&l, "GET /%s/dir/k HTTP/1.1\r\nHost: cos.%s.myqcloud.com\r\n\r\n", w->info.bucket,
             w->info.region);
    line_expect_text(&l, "content");
    line_close(&l);
}

/* Signatures are made over the target as sent. */
static void the_target_arrives_as_sent(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "a%2Fb", "percent");
    wire_put_object(w, "x//y", "slashes");
    line_say(&l, "GET /a%%252Fb HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "percent");
    line_say(&l, "GET /x//y HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "slashes");
    line_say(&l, "GET /x/%%2Fy HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "slashes");
    line_close(&l);
}

static void http_runs_through_a_connect_tunnel(void **state)
{
    static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "tunnel");
    line_say(&l, "CONNECT %s:80 HTTP/1.1\r\nHost: %s:80\r\n\r\n", w->host, w->host);
    line_hear_bytes(&l, established, sizeof(established) - 1);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "tunnel");
    line_close(&l);
}

static void http_runs_through_socks(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "socks");
    line_say_bytes(&l, "\x05\x02\x00\x02", 4);
    line_hear_bytes(&l, "\x05\x00", 2);
    line_say_bytes(&l, "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", 10);
    line_hear_bytes(&l, "\x05\x00\x00\x01\0\0\0\0\0\0", 10);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "socks");
    line_close(&l);
}

/* --- persistence --- */

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);
    char text[8];

    for (int i = 0; i < 20; i++) {
        (void)snprintf(text, sizeof(text), "k%d", i);
        wire_put_object(w, text, text);
    }
    for (int i = 0; i < 20; i++) {
        line_say(&l, "GET /k%d HTTP/1.1\r\nHost: %s\r\n\r\n", i, w->host);
    }
    for (int i = 0; i < 20; i++) {
        (void)snprintf(text, sizeof(text), "k%d", i);
        line_expect_text(&l, text);
    }
    line_close(&l);
}

/* MK-34: the body of a refused request must not be read as the next request. */
static void a_refused_upload_leaves_the_connection_usable(void **state)
{
    static char body[300000];
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    memset(body, 'x', sizeof(body));
    memcpy(body, "GET /evil HTTP/1.1\r\n\r\n", 22);
    wire_put_object(w, "k", "still here");
    line_say(&l,
             "PUT /k HTTP/1.1\r\nHost: nosuch-1250000000.cos.%s.myqcloud.com\r\n"
             "Content-Length: %zu\r\n\r\n",
             w->info.region, sizeof(body));
    line_say_bytes(&l, body, sizeof(body));
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect(&l, 404);
    line_expect_text(&l, "still here");
    line_close(&l);
}

/* MK-33 */
static void head_announces_the_length_and_sends_nothing(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "0123456789");
    line_say(&l, "HEAD /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    struct reply r;
    assert_true(line_hear(&l, &r, /* has_body: */ false));
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_value(&r, "Content-Length"), "10");
    reply_free(&r);
    line_expect_text(&l, "0123456789");
    line_say(&l, "HEAD /missing HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    assert_true(line_hear(&l, &r, /* has_body: */ false));
    assert_int_equal(r.status, 404);
    assert_non_null(strstr(r.head, "404 Not Found")); /* Java makes its code of the phrase */
    reply_free(&r);
    line_expect_text(&l, "0123456789");
    line_close(&l);
}

static void headers_keep_their_case_and_come_once(void **state)
{
    static const char *const wanted[] = {
        "\r\nServer: tencent-cos", "\r\nDate: ",   "\r\nContent-Length: ",
        "\r\nConnection: ",        "\r\nETag: \"", "\r\nx-cos-request-id: "};
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "1");
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    for (size_t i = 0; i < COS_ARRAY_LEN(wanted); i++) {
        const char *first = strstr(r.head, wanted[i]);

        if (first == NULL || strstr(first + 1, wanted[i]) != NULL) {
            fail_msg("not exactly one '%s' in:\n%s", wanted[i] + 2, r.head);
        }
    }
    reply_free(&r);
    line_close(&l);
}

static void an_upload_that_asks_first_is_refused_before_its_body(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say(&l,
             "PUT /k HTTP/1.1\r\nHost: nosuch-1250000000.cos.%s.myqcloud.com\r\n"
             "Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n",
             w->info.region);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.status, 404);
    assert_string_equal(reply_value(&r, "Connection"), "close");
    reply_free(&r);
    assert_true(line_is_at_end(&l));
    line_close(&l);
}

static void an_upload_that_asks_first_is_told_to_go_on(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say(&l,
             "PUT /k HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n"
             "Expect: 100-continue\r\n\r\n",
             w->host);
    line_hear_bytes(&l, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    line_say(&l, "hello");
    line_expect(&l, 200);
    line_close(&l);
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 1);
}

/* --- bodies --- */

static void fill(char *bytes, size_t n)
{
    struct cos_rng *rng = cos_rng_new(11);

    assert_non_null(rng);
    cos_rng_fill(rng, bytes, n);
    (void)cos_rng_free(rng);
}

static void a_large_object_survives_the_way_there_and_back(void **state)
{
    enum { BYTES = 9 * 1000 * 1000 + 7 };
    struct wire *w = *state;
    struct line l = line_open(w->front.port);
    char *bytes = malloc(BYTES);
    struct reply r;

    assert_non_null(bytes);
    fill(bytes, BYTES);
    line_say(&l, "PUT /big HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", w->host, BYTES);
    line_say_bytes(&l, bytes, BYTES);
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.status, 200);
    reply_free(&r);
    line_say(&l, "GET /big HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.body.len, BYTES);
    assert_memory_equal(r.body.ptr, bytes, BYTES);
    reply_free(&r);
    line_say(&l, "GET /big HTTP/1.1\r\nHost: %s\r\nRange: bytes=1048570-1048589\r\n\r\n",
             w->host);
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.status, 206);
    assert_int_equal(r.body.len, 20);
    assert_memory_equal(r.body.ptr, bytes + 1048570, 20);
    reply_free(&r);
    line_close(&l);
    free(bytes);
}

static void a_chunked_upload_is_put_together(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say(&l,
             "PUT /k HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
             "6\r\nfirst \r\n6\r\nsecond\r\n0\r\n\r\n",
             w->host);
    line_expect(&l, 200);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "first second");
    line_close(&l);
}

/* F12: hadoop-cos may close in the middle of a part; what is short is not stored, and the
 * journal has it. */
static void a_body_cut_short_is_not_stored(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);
    struct cosmock_journal_query put = COSMOCK_JOURNAL_QUERY_INIT;

    put.op = "PutObject";
    line_say(&l, "PUT /k HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\n\r\nhalf", w->host);
    line_close(&l);
    assert_int_equal(cosmock_journal_wait(w->tenant, &put, PATIENCE_MS), 1);
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 0);
}

/* --- faults --- */

static void push_fault(struct wire *w, enum cosmock_fault_kind kind, int64_t amount)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;

    f.kind = kind;
    f.amount = amount;
    f.times = 1;
    uint64_t id;
    assert_int_equal(cosmock_fault_push(w->tenant, &f, &id, NULL), COSMOCK_OK);
}

static void a_reset_fault_closes_without_a_status_line(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    push_fault(w, COSMOCK_FAULT_RESET, 0);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    assert_true(line_is_at_end(&l));
    line_close(&l);
}

static void a_truncate_fault_announces_more_than_it_sends(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "0123456789");
    push_fault(w, COSMOCK_FAULT_TRUNCATE, 4);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    assert_string_equal(reply_value(&r, "Content-Length"), "10");
    assert_false(r.is_complete);
    assert_string_equal(cos_buf_cstr(&r.body), "0123");
    reply_free(&r);
    line_close(&l);
}

static void push_header_fault(struct wire *w, const char *header)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;

    f.kind = COSMOCK_FAULT_HEADER;
    f.header = header;
    f.times = 1;
    assert_int_equal(cosmock_fault_push(w->tenant, &f, /* out_id= */ NULL, /* err= */ NULL),
                     COSMOCK_OK);
}

/* On a connection that is there already; without a length the end says where the body ends
 * (RFC 9112 s.6.3). */
static void a_header_is_lost_on_a_live_connection(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "whole");
    for (int i = 0; i < 3; i++) {
        if (i == 1) {
            push_header_fault(w, "x-cos-request-id");
        }
        struct reply r;
        line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
        assert_true(line_hear(&l, &r, true));
        assert_string_equal(cos_buf_cstr(&r.body), "whole");
        assert_int_equal(reply_value(&r, "x-cos-request-id") == NULL, i == 1);
        reply_free(&r);
    }
    push_header_fault(w, "Content-Length");
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    char heard[2000];
    size_t n = 0;
    ssize_t got;
    while (n < sizeof(heard) - 1 &&
           (got = recv(l.fd, heard + n, sizeof(heard) - 1 - n, 0)) > 0) {
        n += (size_t)got;
    }
    heard[n] = '\0';
    assert_null(strstr(heard, "Content-Length"));
    assert_string_equal(strstr(heard, "\r\n\r\n"), "\r\n\r\nwhole");
    line_close(&l);
}

static void a_delay_fault_waits_and_others_do_not(void **state)
{
    struct wire *w = *state;
    struct line slow = line_open(w->front.port);

    wire_put_object(w, "k", "late");
    push_fault(w, COSMOCK_FAULT_DELAY, 3600 * 1000);
    line_say(&slow, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    while (cosmock_journal_last_seq(w->tenant) == 0) { /* the fault is taken by the first */
        struct cosmock_journal_query any = COSMOCK_JOURNAL_QUERY_INIT;

        (void)cosmock_journal_wait(w->tenant, &any, PATIENCE_MS);
    }
    for (int i = 0; i < 8; i++) { /* both event loops */
        assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    }
    struct reply r;
    assert_int_equal(recv(slow.fd, r.head, 1, MSG_DONTWAIT), -1);
    line_close(&slow);
    push_fault(w, COSMOCK_FAULT_DELAY, 1);
    slow = line_open(w->front.port);
    line_say(&slow, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&slow, "late");
    line_close(&slow);
}

/* 25600 bytes at 819200 bit/s take a quarter of a second, a window of 50 ms less; others are
 * not slower for it. */
static void a_limited_body_takes_its_time(void **state)
{
    struct wire *w = *state;
    static char text[25601];
    memset(text, 'x', sizeof(text) - 1);
    wire_put_object(w, "k", text);
    struct line slow = line_open(w->front.port);
    int64_t begin_ns = cos_system_mono_ns();
    line_say(&slow, "GET /k HTTP/1.1\r\nHost: %s\r\nx-cos-traffic-limit: 819200\r\n\r\n",
             w->host);
    struct reply r;
    assert_true(line_hear(&slow, &r, true));
    assert_true(cos_system_mono_ns() - begin_ns >= INT64_C(200) * 1000000);
    assert_true(r.is_complete);
    assert_int_equal(r.body.len, sizeof(text) - 1);
    reply_free(&r);
    line_say(&slow, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    assert_true(line_hear(&slow, &r, true));
    assert_int_equal(r.body.len, sizeof(text) - 1);
    reply_free(&r);
    line_close(&slow);
}

/* Stopping lets requests under way finish and does not wait for a delay's end. */
static void a_stop_answers_what_is_under_way(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "last words");
    push_fault(w, COSMOCK_FAULT_DELAY, 3600 * 1000);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    struct cosmock_journal_query any = COSMOCK_JOURNAL_QUERY_INIT;
    assert_int_equal(cosmock_journal_wait(w->tenant, &any, PATIENCE_MS), 1);
    cosmock_listen_stop(w->mock);
    line_expect_text(&l, "last words");
    assert_true(line_is_at_end(&l));
    line_close(&l);
}

/* It waits five seconds for an upload that does not come on; for less than a request it does
 * not wait. */
static void a_stop_does_not_wait_for_half_a_head(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "served");
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
    line_expect_text(&l, "served");
    line_say(&l, "GET /k HT");
    for (int i = 0; i < 8; i++) { /* both event loops have seen it then */
        assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    }
    int64_t began_ns = cos_system_mono_ns();
    cosmock_listen_stop(w->mock);
    assert_in_range(cos_system_mono_ns() - began_ns, 0, INT64_C(3000000000));
    line_close(&l);
}

/* --- rude clients --- */

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

/* --- TLS, with curl as the client: it verifies the chain and the name --- */

/* curl's exit status; its output is checked against @text. */
static int curl(const char *const argv[], const char *text)
{
    struct line out = {.fd = -1};
    int pipe_fds[2];

    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1), 0);
    pid_t pid;
    assert_int_equal(posix_spawnp(&pid, "curl", &actions, NULL, (char *const *)(uintptr_t)argv,
                                  environ),
                     0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(pipe_fds[1]);
    out.fd = pipe_fds[0];
    cos_buf_init(&out.in, 1u << 20);
    for (;;) {
        char piece[4096];
        ssize_t n = read(out.fd, piece, sizeof(piece));

        if (n <= 0) {
            break;
        }
        cos_buf_append(&out.in, piece, (size_t)n);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (text != NULL) {
        assert_string_equal(cos_buf_cstr(&out.in), text);
    }
    line_close(&out);
    return WEXITSTATUS(status);
}

#define CURL_PEER_FAILED 60    /* curl(1): the certificate does not fit */
#define CURL_TUNNEL_REFUSED 56 /* curl(1): the proxy did not answer 2xx */

struct tls_files {
    char dir[32], ca[64];
};

static void write_ca(struct wire *w, struct tls_files *f)
{
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/cosmock-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->ca, sizeof(f->ca), "%s/ca.pem", f->dir);
    assert_int_equal(cosmock_ca_write(w->mock, f->ca, NULL, NULL), COSMOCK_OK);
}

static void remove_ca(const struct tls_files *f)
{
    (void)unlink(f->ca);
    (void)rmdir(f->dir);
}

/* GET https://@host/k through the mock; curl's exit status. */
static int curl_get(struct wire *w, const struct tls_files *f, const char *proxy_flag,
                    const char *scheme, const char *host, const char *text)
{
    char proxy[64];
    char url[256];
    const char *argv[] = {"curl",      "-q", "-s",       "--cacert", f->ca, "--max-time", "20",
                          "--noproxy", "",   proxy_flag, proxy,      url,   NULL};

    (void)snprintf(proxy, sizeof(proxy), "%s127.0.0.1:%u", scheme, (unsigned)w->front.port);
    (void)snprintf(url, sizeof(url), "https://%s/k", host);
    return curl(argv, text);
}

static void tls_clients_believe_the_certificate(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "secret");
    struct tls_files f;
    write_ca(w, &f);
    assert_int_equal(curl_get(w, &f, "-x", "http://", w->host, "secret"), 0);
    assert_int_equal(curl_get(w, &f, "--socks5-hostname", "", w->host, "secret"), 0);
    char host[160];
    (void)snprintf(host, sizeof(host), "%s.%s", w->info.bucket, w->info.endpoint_suffix);
    assert_int_equal(curl_get(w, &f, "-x", "http://", host, "secret"), 0);
    assert_int_equal(curl_get(w, &f, "-x", "http://", "192.0.2.9", ""), CURL_PEER_FAILED);
    (void)snprintf(host, sizeof(host), "%s.example.com", w->info.bucket);
    assert_int_equal(curl_get(w, &f, "-x", "http://", host, ""), CURL_TUNNEL_REFUSED);
    remove_ca(&f);
}

/* TLS was in use already when a tenant with a suffix of its own came. */
static void a_later_tenants_suffix_gets_its_certificate(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "first");
    struct tls_files f;
    write_ca(w, &f);
    assert_int_equal(curl_get(w, &f, "-x", "http://", w->host, "first"), 0);
    assert_int_equal(curl_get(w, &f, "-x", "http://", "late-1260000000.cos.late.test", ""),
                     CURL_TUNNEL_REFUSED);
    struct cosmock_tenant_options o = COSMOCK_TENANT_OPTIONS_INIT;
    o.world_text = "accounts: [{uin: '200000000001', appid: '1260000000', keys: [{}]}]\n"
                   "buckets: [{name: late-1260000000, region: ap-shanghai}]\n"
                   "suffixes: [cos.late.test]\n"
                   "switches: {enforcement: 'off'}\n";
    struct cosmock_tenant *late = NULL;
    assert_int_equal(cosmock_tenant_new(w->mock, &late, &o, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_object_put(late, "late-1260000000", "k", "late", 4, NULL),
                     COSMOCK_OK);
    assert_int_equal(curl_get(w, &f, "-x", "http://", "late-1260000000.cos.late.test", "late"),
                     0);
    assert_int_equal(curl_get(w, &f, "-x", "http://", w->host, "first"), 0);
    remove_ca(&f);
}

int main(void)
{
#define OVER_WIRE(test) cmocka_unit_test_setup_teardown(test, wire_open, wire_close)
    const struct CMUnitTest tests[] = {
        OVER_WIRE(three_forms_of_a_request_reach_one_object),
        OVER_WIRE(the_target_arrives_as_sent),
        OVER_WIRE(http_runs_through_a_connect_tunnel),
        OVER_WIRE(http_runs_through_socks),
        OVER_WIRE(pipelined_requests_are_answered_in_order),
        OVER_WIRE(a_refused_upload_leaves_the_connection_usable),
        OVER_WIRE(head_announces_the_length_and_sends_nothing),
        OVER_WIRE(headers_keep_their_case_and_come_once),
        OVER_WIRE(an_upload_that_asks_first_is_refused_before_its_body),
        OVER_WIRE(an_upload_that_asks_first_is_told_to_go_on),
        OVER_WIRE(a_large_object_survives_the_way_there_and_back),
        OVER_WIRE(a_chunked_upload_is_put_together),
        OVER_WIRE(a_body_cut_short_is_not_stored),
        OVER_WIRE(a_reset_fault_closes_without_a_status_line),
        OVER_WIRE(a_truncate_fault_announces_more_than_it_sends),
        OVER_WIRE(a_header_is_lost_on_a_live_connection),
        OVER_WIRE(a_delay_fault_waits_and_others_do_not),
        OVER_WIRE(a_limited_body_takes_its_time),
        OVER_WIRE(a_stop_answers_what_is_under_way),
        OVER_WIRE(a_stop_does_not_wait_for_half_a_head),
        OVER_WIRE(a_slow_greeting_blocks_nobody),
        OVER_WIRE(two_hundred_and_fifty_six_connections_at_once_are_served),
        OVER_WIRE(half_open_connections_are_let_go),
        OVER_WIRE(tunnels_lead_to_known_hosts_only),
        OVER_WIRE(without_descriptors_new_clients_wait_and_are_served),
        OVER_WIRE(a_copied_descriptor_keeps_no_connection_alive),
        OVER_WIRE(garbage_harms_nothing),
        OVER_WIRE(tls_clients_believe_the_certificate),
        OVER_WIRE(a_later_tenants_suffix_gets_its_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
