/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of rows: sorted by their bytes they stand as the things they name would, whatever bytes
 * the names are made of; and they can be read again.
 */
#include "store/rowkey.h"

#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KEYS = 600, NAME_BYTES = 4, KINDS = 14 };

static const enum rowkey_kind kinds[KINDS] = {
    ROWKEY_ACCOUNT, ROWKEY_BUCKET,  ROWKEY_CLOCK, ROWKEY_DOCUMENT, ROWKEY_ACCESS_KEY,
    ROWKEY_META,    ROWKEY_OBJECT,  ROWKEY_PART,  ROWKEY_SWITCH,   ROWKEY_UPLOAD,
    ROWKEY_MARKER,  ROWKEY_VERSION, ROWKEY_GROUP, ROWKEY_POLICY,
};

struct sample {
    struct rowkey key;
    char name[NAME_BYTES], upload_id[NAME_BYTES];
    struct rowkey_room room;
    struct cos_span written;
};
static struct sample samples[KEYS];

/* Of the bytes that are hard: 00, what escapes it, and their neighbours. */
static struct cos_span draw_name(struct cos_rng *rng, char room[NAME_BYTES])
{
    static const char letters[] = "\x00\x01\xFE\xFF"
                                  "a";
    size_t n = cos_rng_below(rng, NAME_BYTES + 1);
    for (size_t i = 0; i < n; i++) {
        room[i] = letters[cos_rng_below(rng, 5)];
    }
    return cos_span_make(room, n);
}

static bool has_bucket(enum rowkey_kind kind)
{
    return kind == ROWKEY_DOCUMENT || kind == ROWKEY_OBJECT || kind == ROWKEY_MARKER ||
           kind == ROWKEY_VERSION || kind == ROWKEY_UPLOAD || kind == ROWKEY_PART;
}

static bool has_upload(enum rowkey_kind kind)
{
    return kind == ROWKEY_UPLOAD || kind == ROWKEY_PART;
}

/* Something follows the name. */
static bool has_tail(enum rowkey_kind kind)
{
    return has_upload(kind) || kind == ROWKEY_VERSION;
}

static void draw(struct cos_rng *rng, struct sample *s)
{
    static const uint32_t ids[] = {0, 1, 255, 256, 65535, 65536, UINT32_MAX};
    enum rowkey_kind kind = kinds[cos_rng_below(rng, KINDS)];
    s->key = (struct rowkey){.kind = kind, .upload_id = COS_SPAN_EMPTY};
    s->key.name = draw_name(rng, s->name);
    if (has_bucket(kind)) {
        s->key.bucket_id = ids[cos_rng_below(rng, COS_ARRAY_LEN(ids))];
    }
    if (has_upload(kind)) {
        s->key.upload_id = draw_name(rng, s->upload_id);
    }
    if (kind == ROWKEY_PART) {
        s->key.number = (uint16_t)(cos_rng_below(rng, 3) * 255 + 1);
    }
    if (kind == ROWKEY_VERSION) {
        s->key.order = cos_rng_below(rng, 3) * (UINT64_MAX / 2);
    }
    s->written = rowkey_write(&s->room, &s->key);
    assert_true(s->written.len > 0);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* By what they say, member by member. */
static int compare(const struct rowkey *a, const struct rowkey *b)
{
    int order = compare_numbers(a->kind, b->kind);
    order = order != 0 ? order : compare_numbers(a->bucket_id, b->bucket_id);
    order = order != 0 ? order : cos_span_cmp(a->name, b->name);
    order = order != 0 ? order : cos_span_cmp(a->upload_id, b->upload_id);
    order = order != 0 ? order : compare_numbers(a->number, b->number);
    return order != 0 ? order : compare_numbers(a->order, b->order);
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void draw_all(uint64_t seed)
{
    struct cos_rng *rng = cos_rng_new(seed);
    for (size_t i = 0; i < KEYS; i++) {
        draw(rng, &samples[i]);
    }
    cos_rng_free(rng);
}

static void keys_sort_as_what_they_name(void **state)
{
    draw_all(20261127);
    for (size_t i = 0; i < KEYS; i++) {
        for (size_t j = 0; j < KEYS; j++) {
            assert_int_equal(sign(cos_span_cmp(samples[i].written, samples[j].written)),
                             sign(compare(&samples[i].key, &samples[j].key)));
        }
    }
}

static void a_key_is_read_as_it_was_written(void **state)
{
    draw_all(8);
    for (size_t i = 0; i < KEYS; i++) {
        struct rowkey_room room;
        struct rowkey key;
        assert_true(rowkey_read(samples[i].written, &room, &key));
        assert_int_equal(compare(&key, &samples[i].key), 0);
    }
}

static void names_without_00_are_read_in_place(void **state)
{
    struct rowkey_room room;
    struct rowkey_room none;
    struct rowkey key = {.kind = ROWKEY_PART,
                         .name = COS_SPAN_LIT("a/b"),
                         .upload_id = COS_SPAN_LIT("id"),
                         .number = 10000};
    struct cos_span written = rowkey_write(&room, &key);
    assert_true(rowkey_read(written, &none, &key));
    assert_ptr_equal(key.name.ptr, written.ptr + 5);
    assert_ptr_equal(key.upload_id.ptr, written.ptr + 5 + 3 + 2);
    assert_int_equal(key.number, 10000);
}

static bool is_below(const struct rowkey *whole, const struct rowkey *key)
{
    return key->kind == whole->kind && key->bucket_id == whole->bucket_id &&
           cos_span_eq(key->name, whole->name) &&
           (whole->upload_id.len == 0 || cos_span_eq(key->upload_id, whole->upload_id));
}

/* A prefix holds the keys whose names begin so, and no others; rowkey_behind() ends it. */
static void a_prefix_is_of_names(void **state)
{
    draw_all(3);
    for (size_t i = 0; i < KEYS; i++) {
        struct rowkey_room room;
        struct rowkey_room end_room;
        const struct rowkey *whole = &samples[i].key;
        struct cos_span prefix = rowkey_prefix(&room, whole);
        struct cos_span end = rowkey_behind(&end_room, prefix);
        for (size_t j = 0; j < KEYS; j++) {
            const struct rowkey *key = &samples[j].key;
            bool is_in = key->kind == whole->kind && key->bucket_id == whole->bucket_id &&
                         cos_span_starts(key->name, whole->name);
            assert_true(cos_span_starts(samples[j].written, prefix) == is_in);
            bool is_between = cos_span_cmp(samples[j].written, prefix) >= 0 &&
                              cos_span_cmp(samples[j].written, end) < 0;
            assert_true(is_between == is_in);
        }
    }
}

static void below_a_name_are_its_uploads_and_below_an_upload_its_parts(void **state)
{
    size_t n_asked = 0;
    draw_all(5);
    for (size_t i = 0; i < KEYS; i++) {
        struct rowkey whole = samples[i].key;
        if (has_tail(whole.kind) && (whole.kind == ROWKEY_PART || whole.upload_id.len == 0)) {
            struct rowkey_room room;
            struct cos_span below = rowkey_below(&room, &whole);
            for (size_t j = 0; j < KEYS; j++) {
                assert_true(cos_span_starts(samples[j].written, below) ==
                            is_below(&whole, &samples[j].key));
            }
            n_asked++;
        }
    }
    assert_in_range(n_asked, 20, KEYS);
}

/* The forms of rowkey.h, byte by byte: what a directory keeps. */
static void the_forms_are_these(void **state)
{
    static const struct {
        struct rowkey key;
        struct cos_span written;
    } rows[] = {
        {{.kind = ROWKEY_BUCKET, .name = {"b-1250000000", 12}}, {"bb-1250000000", 13}},
        {{.kind = ROWKEY_OBJECT, .bucket_id = 258, .name = {"a\0b", 3}}, {"o\0\0\1\2a\0b", 8}},
        {{.kind = ROWKEY_UPLOAD, .bucket_id = 1, .name = {"a\0b", 3}, .upload_id = {"x\0", 2}},
         {"u\0\0\0\1a\0\xFF"
          "b\0\0x\0",
          13}},
        {{.kind = ROWKEY_PART,
          .bucket_id = 1,
          .name = {"a", 1},
          .upload_id = {"x", 1},
          .number = 10000},
         {"p\0\0\0\1a\0\0x\0\0\x27\x10", 13}},
        {{.kind = ROWKEY_MARKER, .bucket_id = 258, .name = {"a", 1}}, {"x\0\0\1\2a", 6}},
        {{.kind = ROWKEY_VERSION,
          .bucket_id = 1,
          .name = {"a\0b", 3},
          .order = 0xFFF8000000000102},
         {"v\0\0\0\1a\0\xFF"
          "b\0\0\xFF\xF8\0\0\0\0\1\2",
          19}},
        {{.kind = ROWKEY_META, .name = {"", 0}}, {"m", 1}},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct rowkey_room room;
        struct cos_span written = rowkey_write(&room, &rows[i].key);
        assert_int_equal(written.len, rows[i].written.len);
        assert_memory_equal(written.ptr, rows[i].written.ptr, written.len);
    }
}

static void what_was_not_written_so_is_refused(void **state)
{
    static const struct cos_span rows[] = {
        {"", 0},
        {"x", 1},
        {"o\0\0\1", 4},
        {"u\0\0\0\1", 5},
        {"u\0\0\0\1a", 6},
        {"u\0\0\0\1a\0", 7},
        {"u\0\0\0\1a\0\1\0\0", 10},
        {"v\0\0\0\1a\0\0\1\2\3\4\5\6\7", 15},
        {"v\0\0\0\1a\0\0\1\2\3\4\5\6\7\x08\x09", 17},
        {"p\0\0\0\1a\0\0x", 9},
        {"p\0\0\0\1a\0\0x\0\0\1", 12},
        {"p\0\0\0\1a\0\0x\0\0\1\1\1", 14},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct rowkey_room room;
        struct rowkey key;
        if (rowkey_read(rows[i], &room, &key)) {
            fail_msg("row %zu: taken", i);
        }
    }
}

static void a_name_without_room_gives_the_empty_key(void **state)
{
    static const char zeros[2048];
    struct rowkey_room room;
    struct rowkey key = {.kind = ROWKEY_UPLOAD, .name = cos_span_make(zeros, 2048)};
    assert_int_equal(rowkey_write(&room, &key).len, 0);
    key.name.len = 2000;
    assert_int_equal(rowkey_write(&room, &key).len, 1 + 4 + 4000 + 2);
    key.upload_id = cos_span_make(zeros, 100);
    assert_int_equal(rowkey_write(&room, &key).len, 0);
}

static void nothing_is_behind_ff(void **state)
{
    struct rowkey_room room;
    assert_int_equal(rowkey_behind(&room, COS_SPAN_LIT("\xFF\xFF")).len, 0);
    assert_int_equal(rowkey_behind(&room, COS_SPAN_EMPTY).len, 0);
    assert_true(cos_span_eq_str(rowkey_behind(&room, COS_SPAN_LIT("ab\xFF")), "ac"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_sort_as_what_they_name),
        cmocka_unit_test(a_key_is_read_as_it_was_written),
        cmocka_unit_test(names_without_00_are_read_in_place),
        cmocka_unit_test(a_prefix_is_of_names),
        cmocka_unit_test(below_a_name_are_its_uploads_and_below_an_upload_its_parts),
        cmocka_unit_test(the_forms_are_these),
        cmocka_unit_test(what_was_not_written_so_is_refused),
        cmocka_unit_test(a_name_without_room_gives_the_empty_key),
        cmocka_unit_test(nothing_is_behind_ff),
    };
    return cmocka_run_group_tests_name("rowkey", tests, NULL, NULL);
}
