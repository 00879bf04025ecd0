/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the head of a request is and is not. Expected values: RFC 9112 s.2.2 (empty lines, lone
 * CR), s.3 (request line), s.5 (field lines), s.5.2 (line folding), s.6.1 (Transfer-Encoding),
 * s.6.3 (length beside chunked), s.9.3 (persistence); RFC 9110 s.5.5 (NUL), s.5.6.2 (names),
 * s.8.6 (Content-Length). What all this does to the requests behind is the matter of
 * test-framing.c.
 */
#include "edge/request_head.h"

#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct head_case {
    const char *name;
    const char *bytes;
    size_t n;
    enum request_head_state state;
};
#define BYTES(text) .bytes = (text), .n = sizeof(text) - 1
#define LINE "GET /k HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define END "\r\n"

static const struct head_case cases[] = {
    {"a request", BYTES(LINE HOST END), REQUEST_HEAD_FINE},
    {"HTTP/1.0 without headers", BYTES("GET / HTTP/1.0\r\n\r\n"), REQUEST_HEAD_FINE},
    {"with a body behind it", BYTES(LINE "Content-Length: 2" END END "\0\r"),
     REQUEST_HEAD_FINE},
    {"an unknown method", BYTES("BREW /k HTTP/1.1\r\n" HOST END), REQUEST_HEAD_FINE},
    {"line feeds alone", BYTES("GET /k HTTP/1.1\nHost: a\n\n"), REQUEST_HEAD_FINE},
    {"empty lines first", BYTES("\r\n\r\n" LINE HOST END), REQUEST_HEAD_FINE},
    {"an empty value", BYTES(LINE HOST "a:\r\n" END), REQUEST_HEAD_FINE},
    {"a colon in the value", BYTES(LINE "Host: a:80\r\n" END), REQUEST_HEAD_FINE},
    {"bytes above ASCII in a value", BYTES(LINE HOST "a: \xc3\xa9\r\n" END), REQUEST_HEAD_FINE},
    {"blanks around the length", BYTES(LINE "Content-Length:  7 \t\r\n" END),
     REQUEST_HEAD_FINE},
    {"more than 5 GiB", BYTES(LINE "Content-Length: 6000000000\r\n" END), REQUEST_HEAD_FINE},
    {"nothing", BYTES(""), REQUEST_HEAD_UNFINISHED},
    {"an empty line", BYTES("\r\n"), REQUEST_HEAD_UNFINISHED},
    {"half a request line", BYTES("GET /k HT"), REQUEST_HEAD_UNFINISHED},
    {"a request line before its LF", BYTES("GET /k HTTP/1.1\r"), REQUEST_HEAD_UNFINISHED},
    {"a head before its blank line", BYTES(LINE HOST), REQUEST_HEAD_UNFINISHED},
    {"binary garbage", BYTES("\x80\x00\xff\x13"), REQUEST_HEAD_MALFORMED},
    {"a NUL first", BYTES("\0GET / HTTP/1.1\r\n\r\n"), REQUEST_HEAD_MALFORMED},
    {"one word", BYTES("HELLO\r\n"), REQUEST_HEAD_MALFORMED},
    {"a blank first", BYTES(" GET /k HTTP/1.1\r\n"), REQUEST_HEAD_MALFORMED},
    {"HTTP/0.9", BYTES("GET /k\r\n"), REQUEST_HEAD_MALFORMED},
    {"HTTP/2.0", BYTES("PRI * HTTP/2.0\r\n"), REQUEST_HEAD_MALFORMED},
    {"a version of another kind", BYTES("GET /k RTSP/1.0\r\n"), REQUEST_HEAD_MALFORMED},
    {"a version in small letters", BYTES("GET /k http/1.1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a version with more digits", BYTES("GET /k HTTP/1.10\r\n"), REQUEST_HEAD_MALFORMED},
    {"a control byte in the target", BYTES("GET /k\x01 HTTP/1.1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a NUL in the target", BYTES("GET /k\0l HTTP/1.1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a lone CR in the request line", BYTES("GET /k\rl HTTP/1.1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a method above ASCII", BYTES("G\xc3\xa9T /k HTTP/1.1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a folded value", BYTES(LINE HOST "a: b\r\n c\r\n"), REQUEST_HEAD_MALFORMED},
    {"a name split by a fold", BYTES(LINE HOST "x-cos-copy-so: a\r\n urce: b\r\n"),
     REQUEST_HEAD_MALFORMED},
    {"length beside chunked",
     BYTES(LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" END),
     REQUEST_HEAD_MALFORMED},
    {"chunked in HTTP/1.0", BYTES("PUT /k HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END),
     REQUEST_HEAD_MALFORMED},
    {"another coding", BYTES(LINE "Transfer-Encoding: gzip\r\n"), REQUEST_HEAD_MALFORMED},
    {"two lengths", BYTES(LINE "Content-Length: 1\r\nContent-Length: 1\r\n"),
     REQUEST_HEAD_MALFORMED},
    {"a blank before the colon", BYTES(LINE HOST "a : b\r\n"), REQUEST_HEAD_MALFORMED},
    {"an empty target", BYTES("GET  HTTP/1.1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a first header line with a blank", BYTES(LINE " a: b\r\n"), REQUEST_HEAD_MALFORMED},
    {"a header line without colon", BYTES(LINE HOST "nocolon\r\n"), REQUEST_HEAD_MALFORMED},
    {"a header without name", BYTES(LINE HOST ": b\r\n"), REQUEST_HEAD_MALFORMED},
    {"a NUL in a value", BYTES(LINE HOST "a: b\0c\r\n"), REQUEST_HEAD_MALFORMED},
    {"a NUL in a name", BYTES(LINE HOST "a\0b: c\r\n"), REQUEST_HEAD_MALFORMED},
    {"a lone CR in a value", BYTES(LINE HOST "a: b\rc: d\r\n"), REQUEST_HEAD_MALFORMED},
    {"a length that is a word", BYTES(LINE "Content-Length: ten\r\n"), REQUEST_HEAD_MALFORMED},
    {"no length", BYTES(LINE "Content-Length:\r\n"), REQUEST_HEAD_MALFORMED},
    {"a negative length", BYTES(LINE "content-length: -1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a length with a sign", BYTES(LINE "Content-Length: +1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a list of lengths", BYTES(LINE "Content-Length: 1, 1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a hexadecimal length", BYTES(LINE "Content-Length: 0x1\r\n"), REQUEST_HEAD_MALFORMED},
    {"a length beyond 63 bits", BYTES(LINE "Content-Length: 9223372036854775808\r\n"),
     REQUEST_HEAD_MALFORMED},
};

static void heads_are_judged(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct request_head h = request_head_look(cases[i].bytes, cases[i].n, NULL);

        if (h.state != cases[i].state ||
            (h.sentence != NULL) != (h.state == REQUEST_HEAD_MALFORMED)) {
            fail_msg("%s: state %d: %s", cases[i].name, h.state,
                     h.sentence == NULL ? "no sentence" : h.sentence);
        }
    }
}

/* Whatever arrives byte by byte ends in the same judgement, and what is refused stays
 * refused. */
static void a_slow_head_is_judged_the_same(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        enum request_head_state last = REQUEST_HEAD_UNFINISHED;

        for (size_t n = 0; n <= cases[i].n; n++) {
            struct request_head h = request_head_look(cases[i].bytes, n, NULL);

            if (last != REQUEST_HEAD_UNFINISHED && h.state != last) {
                fail_msg("%s: another mind after %zu bytes", cases[i].name, n);
            }
            last = h.state;
        }
        assert_int_equal(last, cases[i].state);
    }
}

static void a_refusal_knows_what_was_read(void **state)
{
    struct cos_span text = COS_SPAN_LIT("PUT /k?a=b HTTP/1.1\r\nHost: h:80 \r\nbad\r\n");
    struct request_head h = request_head_look(text.ptr, text.len, NULL);

    assert_int_equal(h.state, REQUEST_HEAD_MALFORMED);
    assert_true(cos_span_eq_str(h.method, "PUT"));
    assert_true(cos_span_eq_str(h.target, "/k?a=b"));
    assert_true(cos_span_eq_str(h.host, "h:80"));
}

/* RFC 9112 s.9.3: 1.1 stays unless somebody says close, 1.0 goes unless somebody says
 * keep-alive. */
static void the_head_says_what_follows(void **state)
{
    static const struct {
        const char *text;
        int64_t content_length;
        bool is_chunked, expects_continue, is_persistent;
        size_t n_headers;
    } heads[] = {
        {"GET / HTTP/1.1\r\n\r\n", -1, false, false, true, 0},
        {"GET / HTTP/1.0\r\n\r\n", -1, false, false, false, 0},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", -1, false, false, true, 1},
        {"GET / HTTP/1.1\r\nConnection: TE, close\r\n\r\n", -1, false, false, false, 1},
        {"GET / HTTP/1.1\r\nConnection: a\r\nconnection: close\r\n\r\n", -1, false, false,
         false, 2},
        {"GET / HTTP/1.1\r\nConnection: closed\r\n\r\n", -1, false, false, true, 1},
        {"PUT / HTTP/1.1\r\ncontent-length: 07\r\n\r\n", 7, false, false, true, 1},
        {"PUT / HTTP/1.1\r\nTransfer-encoding: Chunked\r\n\r\n", -1, true, false, true, 1},
        {"PUT / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n", -1, false, true, true, 1},
        {"PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", -1, false, false, false, 1},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(heads); i++) {
        size_t n = strlen(heads[i].text);
        struct cosmock_header headers[REQUEST_HEAD_FIELDS_MAX];
        struct request_head h = request_head_look(heads[i].text, n, headers);

        if (h.state != REQUEST_HEAD_FINE || h.bytes != n ||
            h.content_length != heads[i].content_length ||
            h.is_chunked != heads[i].is_chunked ||
            h.expects_continue != heads[i].expects_continue ||
            h.is_persistent != heads[i].is_persistent || h.n_headers != heads[i].n_headers) {
            fail_msg("%s", heads[i].text);
        }
    }
}

static void headers_come_in_order_with_duplicates(void **state)
{
    struct cos_span text =
        COS_SPAN_LIT("\r\nGET / HTTP/1.1\r\na: 1 \r\nB:\t2\r\na: 3\r\n\r\nmore");
    struct cosmock_header headers[REQUEST_HEAD_FIELDS_MAX];
    struct request_head h = request_head_look(text.ptr, text.len, headers);

    assert_int_equal(h.state, REQUEST_HEAD_FINE);
    assert_int_equal(h.bytes, text.len - 4);
    char seen[64] = "";
    for (size_t i = 0; i < h.n_headers; i++) {
        size_t n = strlen(seen);

        (void)snprintf(seen + n, sizeof(seen) - n, "%.*s=%.*s;", (int)headers[i].name.len,
                       headers[i].name.ptr, (int)headers[i].value.len, headers[i].value.ptr);
    }
    assert_string_equal(seen, "a=1;B=2;a=3;");
}

static void a_head_beyond_the_limit_is_refused(void **state)
{
    static const char *const beginnings[] = {"", "GET /", "GET / HTTP/1.1\r\na: "};
    static char bytes[REQUEST_HEAD_MAX_BYTES + 1];

    for (size_t i = 0; i < COS_ARRAY_LEN(beginnings); i++) {
        memset(bytes, 'x', sizeof(bytes));
        memcpy(bytes, beginnings[i], strlen(beginnings[i]));
        assert_int_equal(request_head_look(bytes, sizeof(bytes) - 128, NULL).state,
                         REQUEST_HEAD_UNFINISHED);
        assert_int_equal(request_head_look(bytes, sizeof(bytes), NULL).state,
                         REQUEST_HEAD_MALFORMED);
    }
}

static void more_headers_than_the_table_holds_are_refused(void **state)
{
    static char bytes[8192];

    for (int n_headers = REQUEST_HEAD_FIELDS_MAX; n_headers <= REQUEST_HEAD_FIELDS_MAX + 1;
         n_headers++) {
        size_t n = (size_t)snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\n");

        for (int i = 0; i < n_headers; i++) {
            n += (size_t)snprintf(bytes + n, sizeof(bytes) - n, "a:\r\n");
        }
        (void)snprintf(bytes + n, sizeof(bytes) - n, "\r\n");
        assert_int_equal(request_head_look(bytes, strlen(bytes), NULL).state,
                         n_headers == REQUEST_HEAD_FIELDS_MAX ? REQUEST_HEAD_FINE
                                                              : REQUEST_HEAD_MALFORMED);
    }
}

static void garbage_is_judged_within_its_bounds(void **state)
{
    struct cos_rng *rng = cos_rng_new(9);

    assert_non_null(rng);
    for (int i = 0; i < 20000; i++) {
        size_t n = cos_rng_below(rng, 200);
        char *bytes = malloc(n + 1); /* of its own, so that a sanitizer sees a byte too many */
        assert_non_null(bytes);
        cos_rng_fill(rng, bytes, n);
        memcpy(bytes, "GET / HTTP/1.1\r\n", i % 2 == 0 || n < 16 ? 0 : 16);
        struct request_head h = request_head_look(bytes, n, NULL);
        assert_true(h.method.len + h.target.len + h.host.len <= n);
        free(bytes);
    }
    (void)cos_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_judged),
        cmocka_unit_test(a_slow_head_is_judged_the_same),
        cmocka_unit_test(a_refusal_knows_what_was_read),
        cmocka_unit_test(a_head_beyond_the_limit_is_refused),
        cmocka_unit_test(the_head_says_what_follows),
        cmocka_unit_test(headers_come_in_order_with_duplicates),
        cmocka_unit_test(more_headers_than_the_table_holds_are_refused),
        cmocka_unit_test(garbage_is_judged_within_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
