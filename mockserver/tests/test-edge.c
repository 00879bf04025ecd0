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

int main(void)
{
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
