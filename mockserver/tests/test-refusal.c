/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad input over real sockets: the service's own error, nothing stored, an entry in the
 * journal, and a connection that stays usable where the framing is not in doubt. Expected
 * values: RFC 9112 s.2.2, s.3, s.5, s.6.3, s.9.6; cos-wire.md s.2.0 (5 GiB, error bodies).
 */
#include "wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

/* --- bad input: the service's own error, nothing stored, an entry in the journal --- */

/* The only entry behind number @after, or a failure. */
static struct cosmock_entry *only_entry(struct wire *w, uint64_t after, const char *name)
{
    struct cosmock_journal_query later = COSMOCK_JOURNAL_QUERY_INIT;

    later.after_seq = after;
    if (cosmock_journal_wait(w->tenant, &later, PATIENCE_MS) != 1) {
        fail_msg("%s: no journal entry", name);
    }
    struct cosmock_entry *e = NULL;
    int64_t n = cosmock_journal_read(w->tenant, &e, &later);
    if (n != 1) {
        fail_msg("%s: %d journal entries", name, (int)n);
    }
    return e;
}

struct bad_head {
    const char *name, *bytes;
    size_t n;
};
#define BAD(text) .bytes = (text), .n = sizeof(text) - 1
#define BAD_LINE \
    "PUT /k HTTP/1.1\r\nHost: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com\r\n"

static const struct bad_head bad_heads[] = {
    {"garbage", BAD("\x80\xff\x13 garbage")},
    {"one word", BAD("HELLO\r\n\r\n")},
    {"HTTP/0.9", BAD("GET /k\r\n")},
    {"HTTP/2", BAD("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
    {"a blank first", BAD(" GET /k HTTP/1.1\r\n\r\n")},
    {"a method that is no token", BAD("G(T /k HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"a NUL in the target", BAD("GET /k\0x HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"no colon", BAD(BAD_LINE "nocolon\r\n\r\n")},
    {"no name", BAD(BAD_LINE ": b\r\n\r\n")},
    {"a NUL in a value", BAD(BAD_LINE "a: b\0c\r\n\r\n")},
    {"a lone CR", BAD(BAD_LINE "a: b\rc: d\r\n\r\n")},
    {"a length that is a word", BAD(BAD_LINE "Content-Length: ten\r\n\r\n")},
    {"a negative length", BAD(BAD_LINE "Content-Length: -1\r\n\r\n")},
    {"a length beyond all numbers",
     BAD(BAD_LINE "Content-Length: 99999999999999999999999\r\n\r\n")},
    {"two lengths", BAD(BAD_LINE "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab")},
    {"length and chunked",
     BAD(BAD_LINE
         "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")},
    {"another coding", BAD(BAD_LINE "Transfer-Encoding: gzip\r\n\r\nxyz")},
    {"no host", BAD("GET /k HTTP/1.1\r\n\r\n")},
    {"CONNECT without a port", BAD("CONNECT a HTTP/1.1\r\n\r\n")},
};

static void expect_own_refusal(struct wire *w, struct line *l, const char *name)
{
    struct reply r;

    if (!line_hear(l, &r, true) || r.status != 400 || !r.is_complete ||
        strstr(cos_buf_cstr(&r.body), "<Code>Invalid") == NULL ||
        reply_value(&r, "x-cos-request-id") == NULL) {
        fail_msg("%s: %s\n%s", name, r.head, cos_buf_cstr(&r.body));
    }
    assert_string_equal(reply_value(&r, "Connection"), "close");
    assert_true(line_is_at_end(l));
    reply_free(&r);
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 0);
}

static void malformed_http_gets_the_services_own_error_and_an_entry(void **state)
{
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(bad_heads); i++) {
        const struct bad_head *bad = &bad_heads[i];
        uint64_t before = cosmock_journal_last_seq(w->tenant);
        struct line l = line_open(w->front.port);

        line_say_bytes(&l, bad->bytes, bad->n);
        expect_own_refusal(w, &l, bad->name);
        line_close(&l);
        struct cosmock_entry *e = only_entry(w, before, bad->name);
        assert_string_equal(e->op, "");
        assert_int_equal(e->http_status, 400);
        assert_string_not_equal(e->code, "");
        (void)cosmock_entries_free(e);
    }
}

static void a_head_cut_short_is_refused(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say(&l, "GET /k?q-signature=abc HTTP/1.1\r\nHost: %s\r\nAccept", w->host);
    assert_int_equal(shutdown(l.fd, SHUT_WR), 0);
    expect_own_refusal(w, &l, "a head cut short");
    line_close(&l);
    struct cosmock_entry *e = only_entry(w, 0, "a head cut short");
    assert_string_equal(e->authn, "malformed-http");
    assert_string_equal(e->method, "GET");
    assert_string_equal(e->target, "/k?q-signature=***");
    assert_string_equal(e->host, w->host);
    (void)cosmock_entries_free(e);
}

static void a_head_in_pieces_is_waited_for(void **state)
{
    static const char *const pieces[] = {"G",  "ET /k HT", "TP/1.1\r", "\nHo", "st: ",
                                         NULL, "\r\n",     "\r",       "\n"};
    struct wire *w = *state;
    struct line l = line_open(w->front.port);
    int one = 1;

    assert_int_equal(setsockopt(l.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
    wire_put_object(w, "k", "whole");
    for (size_t i = 0; i < COS_ARRAY_LEN(pieces); i++) {
        line_say(&l, "%s", pieces[i] == NULL ? w->host : pieces[i]);
    }
    line_expect_text(&l, "whole");
    line_close(&l);
}

static void a_head_too_large_is_refused_and_one_of_60_kib_is_not(void **state)
{
    static char value[200001];
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    memset(value, 'x', sizeof(value) - 1);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\nx: ", w->host);
    line_say_bytes(&l, value, sizeof(value) - 1);
    line_say(&l, "\r\n\r\n");
    expect_own_refusal(w, &l, "a head too large");
    line_close(&l);
    struct cosmock_entry *e = only_entry(w, 0, "a head too large");
    assert_string_equal(e->authn, "malformed-http");
    (void)cosmock_entries_free(e);

    wire_put_object(w, "k", "large");
    l = line_open(w->front.port);
    line_say(&l, "GET /k HTTP/1.1\r\nHost: %s\r\nx: ", w->host);
    line_say_bytes(&l, value, 60u << 10);
    line_say(&l, "\r\n\r\n");
    line_expect_text(&l, "large");
    line_close(&l);
}

static void a_bad_chunk_is_journalled_once_and_nothing_is_stored(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say(&l,
             "PUT /k HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
             "1\r\na\r\nzz\r\n",
             w->host);
    line_expect(&l, 400);
    assert_true(line_is_at_end(&l));
    line_close(&l);
    struct cosmock_entry *e = only_entry(w, 0, "a bad chunk");
    assert_string_equal(e->op, "PutObject");
    assert_string_equal(e->authn, "malformed-http");
    assert_string_equal(e->detail, "A chunk does not begin with its size.");
    (void)cosmock_entries_free(e);
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 0);
}

/* 5 GiB are the limit of one upload (cos-wire.md s.2.0). */
static void an_upload_announced_too_large_is_refused_unread(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say(&l, "PUT /k HTTP/1.1\r\nHost: %s\r\nContent-Length: 5368709121\r\n\r\n", w->host);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.status, 400);
    assert_non_null(strstr(cos_buf_cstr(&r.body), "<Code>EntityTooLarge</Code>"));
    reply_free(&r);
    assert_true(line_is_at_end(&l));
    line_close(&l);
    struct cosmock_entry *e = only_entry(w, 0, "too large");
    assert_string_equal(e->op, "PutObject");
    assert_int_equal(e->http_status, 400);
    assert_int_equal(e->bytes_in, 0);
    (void)cosmock_entries_free(e);
}

/* An error that is not about framing ends nothing. */
static void a_request_pipelined_behind_an_error_is_served(void **state)
{
    static const char xml[] = "<Delete><Object></Delete>";
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    wire_put_object(w, "k", "behind");
    line_say(&l,
             "PUT /k HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\nContent-MD5: no\r\n\r\nhello"
             "POST /?delete HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n%s"
             "BREW /k HTTP/1.1\r\nHost: %s\r\n\r\n"
             "GET /k HTTP/1.1\r\nHost: %s\r\n\r\n",
             w->host, w->host, sizeof(xml) - 1, xml, w->host, w->host);
    for (int i = 0; i < 3; i++) {
        struct reply r;
        assert_true(line_hear(&l, &r, true));
        assert_in_range(r.status, 400, 499);
        assert_non_null(strstr(cos_buf_cstr(&r.body), "<Code>"));
        reply_free(&r);
    }
    line_expect_text(&l, "behind");
    line_close(&l);
}

static void a_handshake_that_fails_is_journalled(void **state)
{
    static const char no_hello[] =
        "\x16\x03\x01\x00\x04\x01\x00\x00\x00"; /* an empty ClientHello */
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say_bytes(&l, no_hello, sizeof(no_hello) - 1);
    while (line_more(&l)) { /* an alert, perhaps */
    }
    line_close(&l);
    struct cosmock_entry *e = only_entry(w, 0, "a handshake");
    assert_string_equal(e->authn, "tls-handshake");
    assert_true(e->tls);
    assert_int_equal(e->http_status, 0);
    (void)cosmock_entries_free(e);
}

/* Whoever answers it, a loop or the acceptor: the entry says from where the client came. */
static void an_entry_says_the_clients_end_of_the_connection(void **state)
{
    static const struct bad_head beginnings[] = {
        {"a request",
         BAD("GET /k HTTP/1.1\r\n"
             "Host: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com\r\n\r\n")},
        {"a malformed one", BAD(BAD_LINE "nocolon\r\n\r\n")},
        {"a tunnel to nobody", BAD("CONNECT a HTTP/1.1\r\n\r\n")},
        {"a handshake that fails", BAD("\x16\x03\x01\x00\x04\x01\x00\x00\x00")},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(beginnings); i++) {
        uint64_t before = cosmock_journal_last_seq(w->tenant);
        struct line l = line_open(w->front.port);
        struct sockaddr_in here;
        socklen_t n = sizeof(here);

        assert_int_equal(getsockname(l.fd, (struct sockaddr *)&here, &n), 0);
        char expected[64];
        (void)snprintf(expected, sizeof(expected), "127.0.0.1:%u", ntohs(here.sin_port));
        line_say_bytes(&l, beginnings[i].bytes, beginnings[i].n);
        struct cosmock_entry *e = only_entry(w, before, beginnings[i].name);
        assert_string_equal(e->peer, expected);
        (void)cosmock_entries_free(e);
        line_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(malformed_http_gets_the_services_own_error_and_an_entry),
        OVER_WIRE(a_head_cut_short_is_refused),
        OVER_WIRE(a_head_in_pieces_is_waited_for),
        OVER_WIRE(a_head_too_large_is_refused_and_one_of_60_kib_is_not),
        OVER_WIRE(a_bad_chunk_is_journalled_once_and_nothing_is_stored),
        OVER_WIRE(an_upload_announced_too_large_is_refused_unread),
        OVER_WIRE(a_request_pipelined_behind_an_error_is_served),
        OVER_WIRE(a_handshake_that_fails_is_journalled),
        OVER_WIRE(an_entry_says_the_clients_end_of_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
