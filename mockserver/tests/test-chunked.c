/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked coding, RFC 9112 s.7.1. Which bodies are refused is a table of test-framing.c;
 * here: however a body arrives, the same comes out. */
#include "edge/chunked.h"

#include "cosbase/buf.h"
#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* @n bytes in pieces of at most @piece; what was data, and where it ended. */
static enum chunked_state feed(struct cos_span body, size_t piece, struct cos_buf *out,
                               size_t *used)
{
    *used = 0;
    struct chunked c = {0};
    while (*used < body.len && c.state != CHUNKED_END && c.state != CHUNKED_MALFORMED) {
        struct cos_span part = cos_span_sub(body, *used, piece);
        struct cos_span data;

        *used += chunked_take(&c, part.ptr, part.len, &data);
        cos_buf_span(out, data);
    }
    return c.state;
}

static void a_body_in_any_pieces_is_the_same(void **state)
{
    static const char body[] = "5;a=b\r\nhello\r\n0001\r\n,\r\nA\r\n wide worl\r\n1\r\nd\r\n"
                               "0;last\r\na: b\r\nC:\r\n\r\nGET ";

    for (size_t piece = 1; piece < sizeof(body); piece++) {
        struct cos_buf out;

        cos_buf_init(&out, 4096);
        size_t used;
        assert_int_equal(feed(cos_span_make(body, sizeof(body) - 1), piece, &out, &used),
                         CHUNKED_END);
        assert_string_equal(cos_buf_cstr(&out), "hello, wide world");
        assert_int_equal(used, sizeof(body) - 1 - 4);
        cos_buf_deinit(&out);
    }
}

static void extensions_and_trailers_have_an_end(void **state)
{
    static const char *const beginnings[] = {"1;", "0\r\na", "0\r\na:"};
    static char body[20000];

    for (size_t i = 0; i < COS_ARRAY_LEN(beginnings); i++) {
        struct cos_buf out;

        cos_buf_init(&out, 4096);
        memset(body, 'x', sizeof(body));
        memcpy(body, beginnings[i], strlen(beginnings[i]));
        size_t used;
        assert_int_equal(feed(cos_span_make(body, sizeof(body)), 512, &out, &used),
                         CHUNKED_MALFORMED);
        assert_in_range(used, 16u << 10, (16u << 10) + 8);
        cos_buf_deinit(&out);
    }
}

/* Many small chunks with an extension each cost as much as one with a large one. */
static void extensions_are_counted_over_the_whole_body(void **state)
{
    struct cos_buf body;

    cos_buf_init(&body, 1u << 20);
    struct cos_buf out;
    cos_buf_init(&out, 1u << 20);
    for (int i = 0; i < 2000; i++) {
        cos_buf_str(&body, "1;123456789\r\na\r\n");
    }
    size_t used;
    assert_int_equal(feed(cos_buf_view(&body), body.len, &out, &used), CHUNKED_MALFORMED);
    cos_buf_deinit(&body);
    cos_buf_deinit(&out);
}

static void garbage_is_taken_within_its_bounds(void **state)
{
    static const char alphabet[] = "0123fF;\r\n\r\n\r\n :a=";
    struct cos_rng *rng = cos_rng_new(9);

    assert_non_null(rng);
    for (int i = 0; i < 20000; i++) {
        size_t n = cos_rng_below(rng, 100);
        char *bytes = malloc(n + 1); /* of its own, so that a sanitizer sees a byte too many */

        assert_non_null(bytes);
        struct cos_buf out;
        cos_buf_init(&out, 4096);
        for (size_t at = 0; at < n; at++) {
            bytes[at] = alphabet[cos_rng_below(rng, sizeof(alphabet) - 1)];
        }
        size_t used;
        (void)feed(cos_span_make(bytes, n), 1 + cos_rng_below(rng, 20), &out, &used);
        assert_true(out.len <= used && used <= n);
        cos_buf_deinit(&out);
        free(bytes);
    }
    (void)cos_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_in_any_pieces_is_the_same),
        cmocka_unit_test(extensions_and_trailers_have_an_end),
        cmocka_unit_test(extensions_are_counted_over_the_whole_body),
        cmocka_unit_test(garbage_is_taken_within_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
