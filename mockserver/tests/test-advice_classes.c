/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of texts against counting: every text of up to six bytes is compared with the globs
 * as the judge compares them, and each way in which one fits must be there, once.
 */
#include "advice/classes.h"

#include "cam/cam.h"
#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TEXT_MAX 6
#define PATTERNS_MAX 4
#define ROUNDS 150

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool fits_nocase(struct cos_span a, struct cos_span b)
{
    bool is_same = a.len == b.len;
    for (size_t i = 0; is_same && i < a.len; i++) {
        is_same = lower(a.ptr[i]) == lower(b.ptr[i]);
    }
    return is_same;
}

static bool fits(const struct class_pattern *p, struct cos_span text)
{
    if (p->is_of_key) {
        size_t slash = cos_span_chr(text, '/');
        if (slash == SIZE_MAX) {
            return false;
        }
        text = cos_span_from(text, slash + 1);
    }
    return p->ignores_case ? fits_nocase(p->text, text)
           : p->is_literal ? cos_span_eq(p->text, text)
                           : cam_glob(p->text, text);
}

static unsigned way_of(const struct class_pattern *patterns, size_t n, struct cos_span text)
{
    unsigned way = 0;
    for (size_t i = 0; i < n; i++) {
        way |= fits(&patterns[i], text) ? 1u << i : 0;
    }
    return way;
}

/* With a slash that has something in front of it: what stands behind it is the key. */
static unsigned kind_of(struct cos_span text, enum class_shape shape)
{
    size_t slash = cos_span_chr(text, '/');
    if (shape == CLASS_ANY) {
        return 1;
    }
    return slash == SIZE_MAX || slash == 0 ? 0 : slash + 1 < text.len ? 2 : 1;
}

struct random_patterns {
    struct class_pattern items[PATTERNS_MAX];
    char texts[PATTERNS_MAX][TEXT_MAX];
    size_t n;
};

static void draw(struct random_patterns *p, struct cos_rng *rng, enum class_shape shape)
{
    p->n = 1 + cos_rng_below(rng, PATTERNS_MAX);
    for (size_t i = 0; i < p->n; i++) {
        size_t len = cos_rng_below(rng, TEXT_MAX - 1);
        cos_rng_text(rng, p->texts[i], len, "ab/**B");
        bool is_literal = cos_rng_below(rng, 4) == 0;
        p->items[i] = (struct class_pattern){
            .text = cos_span_make(p->texts[i], len),
            .is_literal = is_literal,
            .ignores_case = is_literal && cos_rng_below(rng, 2) == 0,
            .is_of_key = shape == CLASS_PATH && cos_rng_below(rng, 4) == 0,
        };
    }
}

/* 'x' stands for every byte that no pattern has. */
static void expect_every_way(const struct random_patterns *p, const struct classes *found,
                             enum class_shape shape)
{
    static const char alphabet[] = "abBx/*";
    size_t counters[TEXT_MAX] = {0};
    for (size_t len = 0; len <= TEXT_MAX;) {
        char text[TEXT_MAX];
        for (size_t i = 0; i < len; i++) {
            text[i] = alphabet[counters[i]];
        }
        struct cos_span span = cos_span_make(text, len);
        unsigned kind = kind_of(span, shape);
        bool is_there = kind == 0;
        for (size_t i = 0; i < found->n && !is_there; i++) {
            is_there =
                kind_of(found->items[i].text, shape) == kind &&
                way_of(p->items, p->n, found->items[i].text) == way_of(p->items, p->n, span);
        }
        if (!is_there) {
            fail_msg("nothing fits the patterns as '" COS_SPAN_FMT "' does",
                     COS_SPAN_ARG(span));
        }
        size_t at = 0;
        while (at < len && ++counters[at] == COS_ARRAY_LEN(alphabet) - 1) {
            counters[at++] = 0;
        }
        len += at == len ? 1 : 0;
    }
}

static void expect_no_way_twice(const struct random_patterns *p, const struct classes *found,
                                enum class_shape shape)
{
    for (size_t i = 0; i < found->n; i++) {
        struct cos_span text = found->items[i].text;
        assert_true(kind_of(text, shape) != 0);
        assert_true(shape == CLASS_ANY ||
                    found->items[i].has_key == (kind_of(text, shape) == 2));
        for (size_t k = 0; k < i; k++) {
            assert_false(kind_of(found->items[k].text, shape) == kind_of(text, shape) &&
                         way_of(p->items, p->n, found->items[k].text) ==
                             way_of(p->items, p->n, text));
        }
    }
}

static void every_way_to_fit_has_one_text(void **state)
{
    (void)state;
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(20261127);
    for (unsigned i = 0; i < ROUNDS; i++) {
        for (enum class_shape shape = CLASS_ANY; shape <= CLASS_PATH; shape++) {
            struct random_patterns p;
            draw(&p, rng, shape);
            struct cos_arena arena;
            struct classes found;
            cos_arena_init(&arena, 64u << 20);
            assert_true(classes_find(&found, &arena, p.items, p.n, shape));
            assert_true(found.is_exact);
            expect_every_way(&p, &found, shape);
            expect_no_way_twice(&p, &found, shape);
            cos_arena_deinit(&arena);
        }
    }
}

/* 40 globs of two stars each have more combinations than anybody counts. */
static void what_is_too_much_is_said(void **state)
{
    (void)state;
    static char texts[40][8];
    struct class_pattern patterns[40] = {{.is_literal = false}};
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "*%c%c*", 'a' + (int)(i % 26),
                       'A' + (int)(i % 23));
        patterns[i].text = cos_span_of(texts[i]);
    }
    struct cos_arena arena;
    struct classes found;
    cos_arena_init(&arena, 64u << 20);
    assert_true(classes_find(&found, &arena, patterns, 40, CLASS_ANY));
    assert_false(found.is_exact);
    assert_true(found.n > 40);
    cos_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_fit_has_one_text),
        cmocka_unit_test(what_is_too_much_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
