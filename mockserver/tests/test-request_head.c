/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the head of a request is and is not. Expected values: RFC 9112 s.2.2 (empty lines, lone CR), s.3 (request line), s.5 (field lines), s.5.2 (line folding),
 * s.6.3 (length beside chunked is judged later); RFC 9110 s.5.5 (NUL), s.8.6 (Content-Length); libmicrohttpd's memory of 32 KiB a connection (edge/mhd.c).
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
    {"a folded value", BYTES(LINE HOST "a: b\r\n c\r\n" END), REQUEST_HEAD_FINE},
    {"an empty value", BYTES(LINE HOST "a:\r\n" END), REQUEST_HEAD_FINE},
    {"a colon in the value", BYTES(LINE "Host: a:80\r\n" END), REQUEST_HEAD_FINE},
    {"bytes above ASCII in a value", BYTES(LINE HOST "a: \xc3\xa9\r\n" END), REQUEST_HEAD_FINE},
    {"blanks around the length", BYTES(LINE "Content-Length:  7 \t\r\n" END),
     REQUEST_HEAD_FINE},
    {"length beside chunked",
     BYTES(LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" END), REQUEST_HEAD_FINE},
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
        struct request_head h = request_head_look(cases[i].bytes, cases[i].n);

        if (h.state != cases[i].state ||
            (h.sentence != NULL) != (h.state == REQUEST_HEAD_MALFORMED)) {
            fail_msg("%s: state %d: %s", cases[i].name, h.state,
                     h.sentence == NULL ? "no sentence" : h.sentence);
        }
    }
}

/* Whatever arrives byte by byte ends in the same judgement, and what is refused stays refused. */
static void a_slow_head_is_judged_the_same(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        enum request_head_state last = REQUEST_HEAD_UNFINISHED;

        for (size_t n = 0; n <= cases[i].n; n++) {
            struct request_head h = request_head_look(cases[i].bytes, n);

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
    struct request_head h = request_head_look(text.ptr, text.len);

    assert_int_equal(h.state, REQUEST_HEAD_MALFORMED);
    assert_true(cos_span_eq_str(h.method, "PUT"));
    assert_true(cos_span_eq_str(h.target, "/k?a=b"));
    assert_true(cos_span_eq_str(h.host, "h:80"));
}

static void a_head_beyond_the_limit_is_refused(void **state)
{
    static const char *const beginnings[] = {"", "GET /", "GET / HTTP/1.1\r\na: "};
    static char bytes[REQUEST_HEAD_MAX_BYTES + 1];

    for (size_t i = 0; i < COS_ARRAY_LEN(beginnings); i++) {
        memset(bytes, 'x', sizeof(bytes));
        memcpy(bytes, beginnings[i], strlen(beginnings[i]));
        assert_int_equal(request_head_look(bytes, sizeof(bytes) - 128).state,
                         REQUEST_HEAD_UNFINISHED);
        assert_int_equal(request_head_look(bytes, sizeof(bytes)).state, REQUEST_HEAD_MALFORMED);
    }
    memset(bytes, '\n', sizeof(bytes));
    assert_int_equal(request_head_look(bytes, sizeof(bytes)).state, REQUEST_HEAD_MALFORMED);
}

/* Each costs the server more than its text. */
static void many_parameters_and_headers_weigh_more(void **state)
{
    static char bytes[8192];
    size_t n = (size_t)snprintf(bytes, sizeof(bytes), "GET /?");

    memset(bytes + n, '&', 500);
    n += 500;
    (void)snprintf(bytes + n, sizeof(bytes) - n, " HTTP/1.1\r\n\r\n");
    assert_int_equal(request_head_look(bytes, strlen(bytes)).state, REQUEST_HEAD_MALFORMED);
    n = (size_t)snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 500; i++) {
        n += (size_t)snprintf(bytes + n, sizeof(bytes) - n, "a:\r\n");
    }
    (void)snprintf(bytes + n, sizeof(bytes) - n, "\r\n");
    assert_int_equal(request_head_look(bytes, strlen(bytes)).state, REQUEST_HEAD_MALFORMED);
}

static void garbage_is_judged_within_its_bounds(void **state)
{
    struct cos_rng *rng = cos_rng_new(9);
    char *bytes;

    assert_non_null(rng);
    for (int i = 0; i < 20000; i++) {
        size_t n = cos_rng_below(rng, 200);
        struct request_head h;

        bytes = malloc(n + 1); /* of its own, so that a sanitizer sees a byte too many */
        assert_non_null(bytes);
        cos_rng_fill(rng, bytes, n);
        memcpy(bytes, "GET / HTTP/1.1\r\n", i % 2 == 0 || n < 16 ? 0 : 16);
        h = request_head_look(bytes, n);
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
        cmocka_unit_test(many_parameters_and_headers_weigh_more),
        cmocka_unit_test(garbage_is_judged_within_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
