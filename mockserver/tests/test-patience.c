/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was begun and is not continued: bodies, heads and handshakes that never come get
 * RequestTimeOut (436/7730: 400) after the time of the switch request-timeout-ms. The tests
 * give it a few milliseconds and then wait for the answer, never for the clock.
 */
#include "tls_line.h"

#define SHORT_MS "30"
#define PUT "PUT /new HTTP/1.1\r\nHost: "
#define GET "GET /k HTTP/1.1\r\nHost: "

struct stall {
    const char *name;
    /* behind another request */
    bool is_kept;
    /* the host stands between them */
    const char *first, *rest;
    /* of the journal entry */
    const char *op;
    const char *code;
    int status;
};

static const struct stall stalls[] = {
    {"no byte of the body", false, PUT, "\r\nContent-Length: 5\r\n\r\n", "PutObject",
     "RequestTimeOut", 400},
    {"half of the body", false, PUT, "\r\nContent-Length: 5\r\n\r\nab", "PutObject",
     "RequestTimeOut", 400},
    {"half of a chunk", false, PUT, "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
     "PutObject", "RequestTimeOut", 400},
    {"no last chunk", true, PUT, "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
     "PutObject", "RequestTimeOut", 400},
    {"half of the body of a kept connection", true, PUT, "\r\nContent-Length: 5\r\n\r\nab",
     "PutObject", "RequestTimeOut", 400},
    {"half of a head", false, GET, "\r\nAccept: ", "", "RequestTimeOut", 400},
    {"half of a request line", false, "GET /k", "", "", "RequestTimeOut", 400},
    {"half of a head on a kept connection", true, GET, "\r\nAccept: ", "", "RequestTimeOut",
     400},
    {"the body of a request that was refused", false, PUT,
     "\r\nContent-MD5: no\r\nContent-Length: 5\r\n\r\nab", "PutObject", "InvalidDigest", 400},
};

static void check_entry(struct wire *w, const struct stall *s, uint64_t before, bool is_tls)
{
    struct cosmock_journal_query later = COSMOCK_JOURNAL_QUERY_INIT;

    later.after_seq = before;
    struct cosmock_entry *e = NULL;
    if (cosmock_journal_read(w->tenant, &e, &later) != 1 || strcmp(e->op, s->op) != 0 ||
        strcmp(e->code, s->code) != 0 || e->http_status != s->status || e->tls != is_tls ||
        (strcmp(s->code, "RequestTimeOut") == 0 && strcmp(e->authn, "request-timeout") != 0)) {
        fail_msg("%s: the entry says %s, %s, %d, %s", s->name, e->op, e->code, e->http_status,
                 e->authn);
    }
    (void)cosmock_entries_free(e);
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 1);
}

/* All that is left to hear is one refusal. */
static void check_last_words(const struct stall *s, struct cos_span heard)
{
    char code[64];

    (void)snprintf(code, sizeof(code), "<Code>%s</Code>", s->code);
    if (!cos_span_starts(heard, COS_SPAN_LIT("HTTP/1.1 400 Bad Request\r\n")) ||
        cos_span_find(heard, cos_span_of(code)) == SIZE_MAX ||
        cos_span_find(heard, COS_SPAN_LIT("\r\nConnection: close\r\n")) == SIZE_MAX ||
        cos_span_find(cos_span_from(heard, 1), COS_SPAN_LIT("HTTP/1.1")) != SIZE_MAX) {
        fail_msg("%s: heard\n%.*s", s->name, (int)heard.len, heard.ptr);
    }
}

static void what_is_not_continued_is_refused_in_time(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "kept");
    for (size_t i = 0; i < COS_ARRAY_LEN(stalls); i++) {
        const struct stall *s = &stalls[i];
        struct line l = line_open(w->front.port);

        if (s->is_kept) {
            line_say(&l, GET "%s\r\n\r\n", w->host);
            line_expect_text(&l, "kept");
        }
        uint64_t before = cosmock_journal_last_seq(w->tenant);
        line_say(&l, "%s%s%s", s->first, s->rest[0] == '\0' ? "" : w->host, s->rest);
        while (line_more(&l)) {
        }
        check_last_words(s, cos_buf_view(&l.in));
        check_entry(w, s, before, /* is_tls= */ false);
        line_close(&l);
    }
}

static void the_same_inside_tls(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "kept");
    for (size_t i = 0; i < COS_ARRAY_LEN(stalls); i++) {
        const struct stall *s = &stalls[i];
        struct tls_line l = tls_line_open(w);
        uint64_t before = cosmock_journal_last_seq(w->tenant);
        char text[512];

        (void)snprintf(text, sizeof(text), "%s%s%s", s->first,
                       s->rest[0] == '\0' ? "" : w->host, s->rest);
        tls_line_say(&l, text, strlen(text));
        while (tls_line_more(&l)) {
        }
        check_last_words(s, cos_buf_view(&l.in));
        check_entry(w, s, before, /* is_tls= */ true);
        tls_line_close(&l);
    }
}

/* Between two requests a client may be silent for longer than within one: an upload beside it
 * that is refused shows that the time has gone by. */
static void an_idle_connection_is_not_refused(void **state)
{
    struct wire *w = *state;
    struct line idle = line_open(w->front.port);
    struct line stalled = line_open(w->front.port);

    wire_put_object(w, "k", "still here");
    line_say(&idle, GET "%s\r\n\r\n", w->host);
    line_expect_text(&idle, "still here");
    line_say(&stalled, PUT "%s\r\nContent-Length: 5\r\n\r\n", w->host);
    while (line_more(&stalled)) {
    }
    line_say(&idle, GET "%s\r\n\r\n", w->host);
    line_expect_text(&idle, "still here");
    line_close(&stalled);
    line_close(&idle);
}

/* The delay of an answer on another connection is the clock. */
static void without_a_limit_nobody_is_refused(void **state)
{
    struct wire *w = *state;
    struct line patient = line_open(w->front.port);
    struct line other = line_open(w->front.port);

    wire_put_object(w, "k", "late");
    struct cosmock_fault delay = COSMOCK_FAULT_INIT;
    delay.kind = COSMOCK_FAULT_DELAY;
    delay.amount = 50;
    delay.op = "GetObject";
    assert_int_equal(cosmock_switch_set(w->tenant, "request-timeout-ms", "0", NULL), 0);
    uint64_t id;
    assert_int_equal(cosmock_fault_push(w->tenant, &delay, &id, NULL), COSMOCK_OK);
    line_say(&patient, PUT "%s\r\nContent-Length: 5\r\n\r\nhel", w->host);
    line_say(&other, GET "%s\r\n\r\n", w->host);
    line_expect_text(&other, "late");
    line_say(&patient, "lo");
    line_expect(&patient, 200);
    line_close(&other);
    line_close(&patient);
}

static void a_handshake_that_stalls_is_dropped_and_journalled(void **state)
{
    static const char half_a_hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say_bytes(&l, half_a_hello, sizeof(half_a_hello) - 1);
    assert_true(line_is_at_end(&l));
    struct cosmock_journal_query any = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(w->tenant, &e, &any), 1);
    assert_string_equal(e->authn, "tls-handshake");
    assert_string_equal(e->detail, "the handshake was not finished in time");
    (void)cosmock_entries_free(e);
    line_close(&l);
}

static int open_impatient(void **state)
{
    if (wire_open(state) != 0) {
        return -1;
    }
    struct wire *w = *state;
    return cosmock_switch_set(w->tenant, "request-timeout-ms", SHORT_MS, NULL);
}

int main(void)
{
#define IMPATIENT(test) cmocka_unit_test_setup_teardown(test, open_impatient, wire_close)
    const struct CMUnitTest tests[] = {
        IMPATIENT(what_is_not_continued_is_refused_in_time),
        IMPATIENT(the_same_inside_tls),
        IMPATIENT(an_idle_connection_is_not_refused),
        IMPATIENT(without_a_limit_nobody_is_refused),
        IMPATIENT(a_handshake_that_stalls_is_dropped_and_journalled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
