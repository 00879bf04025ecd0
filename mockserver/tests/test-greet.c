/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first bytes of a connection. Expected values: RFC 1928 (SOCKS5) s.3-6, RFC 9110 s.9.3.6
 * (CONNECT), RFC 8446 s.5.1 (TLS record type 22), and the greeting a JVM sends, "05 02 00 02"
 * (fluss-plugin.md s.8).
 */
#include "edge/greet.h"

#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct look_case {
    const char *name;
    enum greet_stage stage;
    const char *bytes;
    size_t n;
    enum greet_kind kind;
    size_t consume;
    const char *reply;
    size_t reply_bytes;
};
#define BYTES(text) .bytes = (text), .n = sizeof(text) - 1
#define REPLY(text) .reply = (text), .reply_bytes = sizeof(text) - 1

static const struct look_case cases[] = {
    {"nothing yet", GREET_FIRST, BYTES(""), GREET_MORE, 0, REPLY("")},
    {"HTTP origin form", GREET_FIRST, BYTES("GET / HTTP/1.1\r\n\r\n"), GREET_HTTP, 0,
     REPLY("")},
    {"HTTP absolute form", GREET_FIRST, BYTES("PUT http://a/b HTTP/1.1\r\nHost: a\r\n\r\n"),
     GREET_HTTP, 0, REPLY("")},
    {"one letter of a method", GREET_FIRST, BYTES("G"), GREET_HTTP, 0, REPLY("")},
    {"one letter that CONNECT has, too", GREET_FIRST, BYTES("C"), GREET_MORE, 0, REPLY("")},
    {"no HTTP at all: the loops say so", GREET_FIRST, BYTES("\x80\x03\x00"), GREET_HTTP, 0,
     REPLY("")},
    {"a method that begins like CONNECT", GREET_FIRST, BYTES("COPY / HTTP/1.1\r\n\r\n"),
     GREET_HTTP, 0, REPLY("")},
    {"TLS handshake", GREET_FIRST, BYTES("\x16\x03\x01\x02\x00"), GREET_TLS, 0, REPLY("")},
    {"half of the word CONNECT", GREET_FIRST, BYTES("CONN"), GREET_MORE, 0, REPLY("")},
    {"CONNECT without its end", GREET_FIRST, BYTES("CONNECT a:443 HTTP/1.1\r\nHost: a"),
     GREET_MORE, 0, REPLY("")},
    {"CONNECT", GREET_FIRST, BYTES("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03"),
     GREET_ANSWER, 39, REPLY("HTTP/1.1 200 Connection established\r\n\r\n")},
    {"CONNECT to an IPv6 address", GREET_FIRST, BYTES("CONNECT [::1]:443 HTTP/1.1\r\n\r\n"),
     GREET_ANSWER, 30, REPLY("HTTP/1.1 200 Connection established\r\n\r\n")},
    {"CONNECT without a port", GREET_FIRST, BYTES("CONNECT a HTTP/1.1\r\n\r\n"),
     GREET_MALFORMED, 0, REPLY("")},
    {"CONNECT to port 0", GREET_FIRST, BYTES("CONNECT a:0 HTTP/1.1\r\n\r\n"), GREET_MALFORMED,
     0, REPLY("")},
    {"CONNECT without a version", GREET_FIRST, BYTES("CONNECT a:443\r\n\r\n"), GREET_MALFORMED,
     0, REPLY("")},
    {"SOCKS5 version only", GREET_FIRST, BYTES("\x05"), GREET_MORE, 0, REPLY("")},
    {"SOCKS5 with half its methods", GREET_FIRST, BYTES("\x05\x02\x00"), GREET_MORE, 0,
     REPLY("")},
    {"SOCKS5 as curl greets", GREET_FIRST, BYTES("\x05\x01\x00"), GREET_ANSWER, 3,
     REPLY("\x05\x00")},
    {"SOCKS5 as a JVM greets", GREET_FIRST, BYTES("\x05\x02\x00\x02"), GREET_ANSWER, 4,
     REPLY("\x05\x00")},
    {"SOCKS5 that insists on a password", GREET_FIRST, BYTES("\x05\x01\x02"), GREET_REFUSE, 0,
     REPLY("\x05\xff")},
    {"SOCKS5 request by IPv4 address", GREET_SOCKS_REQUEST,
     BYTES("\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb"), GREET_ANSWER, 10,
     REPLY("\x05\x00\x00\x01\0\0\0\0\0\0")},
    {"SOCKS5 request by name", GREET_SOCKS_REQUEST,
     BYTES("\x05\x01\x00\x03\x03"
           "abc\x01\xbb\x16"),
     GREET_ANSWER, 10, REPLY("\x05\x00\x00\x01\0\0\0\0\0\0")},
    {"SOCKS5 request by IPv6 address", GREET_SOCKS_REQUEST,
     BYTES("\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\xbb"), GREET_ANSWER, 22,
     REPLY("\x05\x00\x00\x01\0\0\0\0\0\0")},
    {"SOCKS5 request without its port", GREET_SOCKS_REQUEST,
     BYTES("\x05\x01\x00\x01\xc0\x00\x02\x01"), GREET_MORE, 0, REPLY("")},
    {"SOCKS5 BIND", GREET_SOCKS_REQUEST, BYTES("\x05\x02\x00\x01\0\0\0\0\0\0"), GREET_REFUSE, 0,
     REPLY("\x05\x07\x00\x01\0\0\0\0\0\0")},
    {"SOCKS5 unknown address type", GREET_SOCKS_REQUEST, BYTES("\x05\x01\x00\x09\0\0\0\0\0\0"),
     GREET_REFUSE, 0, REPLY("\x05\x08\x00\x01\0\0\0\0\0\0")},
    {"not SOCKS5 after its greeting", GREET_SOCKS_REQUEST, BYTES("GET / HTTP/1.1\r\n"),
     GREET_REFUSE, 0, REPLY("")},
    {"TLS in a tunnel", GREET_TUNNEL, BYTES("\x16"), GREET_TLS, 0, REPLY("")},
    {"HTTP in a tunnel", GREET_TUNNEL, BYTES("GET / HTTP/1.1\r\n\r\n"), GREET_HTTP, 0,
     REPLY("")},
    {"no tunnel in a tunnel", GREET_TUNNEL, BYTES("CONNECT a:443 HTTP/1.1\r\n\r\n"), GREET_HTTP,
     0, REPLY("")},
};

static void first_bytes_decide(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const struct look_case *c = &cases[i];
        struct greet g = greet_look(c->stage, c->bytes, c->n);

        if (g.kind != c->kind || g.consume != c->consume || g.reply_bytes != c->reply_bytes ||
            memcmp(g.reply, c->reply, c->reply_bytes) != 0) {
            fail_msg("%s: kind %d, consumed %zu, reply of %zu bytes", c->name, g.kind,
                     g.consume, g.reply_bytes);
        }
    }
}

/* Whatever arrives byte by byte ends in the same decision as what arrives at once. */
static void a_slow_greeting_decides_the_same(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const struct look_case *c = &cases[i];

        for (size_t n = 0; n <= c->n; n++) {
            struct greet g = greet_look(c->stage, c->bytes, n);

            if (g.kind == GREET_MORE) {
                continue;
            }
            assert_int_equal(g.kind, c->kind);
            assert_int_equal(g.consume, c->consume);
            break;
        }
    }
}

static void a_connect_head_beyond_the_limit_is_refused(void **state)
{
    static char head[GREET_MAX_BYTES];

    memset(head, 'a', sizeof(head));
    memcpy(head, "CONNECT ", 8);
    struct greet g = greet_look(GREET_FIRST, head, sizeof(head) - 1);
    assert_int_equal(g.kind, GREET_MORE);
    g = greet_look(GREET_FIRST, head, sizeof(head));
    assert_int_equal(g.kind, GREET_MALFORMED);
    assert_non_null(strstr(g.sentence, "8 KiB"));
}

static void garbage_never_consumes_more_than_there_is(void **state)
{
    struct cos_rng *rng = cos_rng_new(5);

    assert_non_null(rng);
    for (int i = 0; i < 20000; i++) {
        unsigned char bytes[300];
        size_t n = cos_rng_below(rng, sizeof(bytes));

        cos_rng_fill(rng, bytes, sizeof(bytes));
        bytes[0] = i % 3 == 0 ? 0x05 : bytes[0];
        struct greet g = greet_look((enum greet_stage)(i % 2), bytes, n);
        assert_true(g.consume <= n);
        assert_true(g.kind != GREET_ANSWER || g.consume > 0);
    }
    (void)cos_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_bytes_decide),
        cmocka_unit_test(a_slow_greeting_decides_the_same),
        cmocka_unit_test(a_connect_head_beyond_the_limit_is_refused),
        cmocka_unit_test(garbage_never_consumes_more_than_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
