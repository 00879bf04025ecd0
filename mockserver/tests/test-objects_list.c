/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings of objects and of uploads, over every backend there is. The rules are those of List
 * Objects v1 (cos-wire.md s.2.1).
 */
#include "store/objects.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bucket_words.h"

static const char *const listed_keys[] = {
    "a", "b/", "b/1", "b/2", "b/c/3", "c", "d/1", "d0", "\xC3\xA9", "\xE4\xB8\xAD/x",
};
static const struct listing {
    const char *name, *prefix, *delimiter, *marker;
    unsigned max;
    bool is_truncated;
    /* keys, and common prefixes in brackets, with blanks between */
    const char *expected;
} listings[] = {
    {"everything", "", "", "", 100, false,
     "a b/ b/1 b/2 b/c/3 c d/1 d0 \xC3\xA9 \xE4\xB8\xAD/x"},
    {"delimiter", "", "/", "", 100, false, "a [b/] c [d/] d0 \xC3\xA9 [\xE4\xB8\xAD/]"},
    {"prefix and delimiter", "b/", "/", "", 100, false, "b/ b/1 b/2 [b/c/]"},
    {"prefix without delimiter at its end", "b", "/", "", 100, false, "[b/]"},
    {"prefix of nothing", "zz", "/", "", 100, false, ""},
    {"prefix inside a character", "\xC3", "", "", 100, false, "\xC3\xA9"},
    {"common prefixes count", "", "/", "", 2, true, "a [b/]"},
    {"marker is exclusive", "", "", "b/1", 2, true, "b/2 b/c/3"},
    {"marker need not exist", "", "", "b/10", 2, true, "b/2 b/c/3"},
    {"marker that is a common prefix skips it", "", "/", "b/", 2, true, "c [d/]"},
    {"marker inside a common prefix: keys behind it still roll up", "", "/", "b/1", 2, true,
     "[b/] c"},
    {"marker that is a key and no common prefix", "b/", "/", "b/", 2, true, "b/1 b/2"},
    {"marker before the prefix", "d", "", "a", 100, false, "d/1 d0"},
    {"marker behind the prefix", "b", "", "c", 100, false, ""},
    {"marker is the last key", "", "", "\xE4\xB8\xAD/x", 100, false, ""},
    {"page ends exactly at the end", "", "", "", 10, false,
     "a b/ b/1 b/2 b/c/3 c d/1 d0 \xC3\xA9 \xE4\xB8\xAD/x"},
    {"nothing wanted", "", "", "", 0, false, ""},
    {"delimiter of several bytes", "", "\xB8\xAD/", "\xC3\xA9", 100, false, "[\xE4\xB8\xAD/]"},
};

/* Names, common prefixes in brackets, with blanks between. */
static void print_list(char *out, size_t cap, const struct store_list *list)
{
    out[0] = '\0';
    size_t at = 0;
    for (size_t i = 0; i < list->n_items; i++) {
        const struct store_list_item *item = &list->items[i];
        int n = snprintf(out + at, cap - at,
                         item->is_prefix ? "%s[" COS_SPAN_FMT "]" : "%s" COS_SPAN_FMT,
                         i == 0 ? "" : " ", COS_SPAN_ARG(item->name));
        at += (size_t)n;
        assert_true(at < cap);
    }
}

typedef enum store_result list_rows(struct backend *rows, const struct store_bucket *b,
                                    const struct store_list_query *q, struct store_list *out);

static void expect_listings(list_rows *list_all)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(listings); i++) {
        const struct listing *row = &listings[i];
        const struct store_list_query q = {.prefix = span(row->prefix),
                                           .delimiter = span(row->delimiter),
                                           .marker = span(row->marker),
                                           .max_items = row->max};
        struct store_list list;
        assert_int_equal(list_all(the.rows, &the.bucket, &q, &list), STORE_OK);
        char got[512];
        print_list(got, sizeof(got), &list);
        if (strcmp(got, row->expected) != 0 || list.is_truncated != row->is_truncated) {
            fail_msg("%s: got \"%s\", truncated %d", row->name, got, list.is_truncated);
        }
        store_list_deinit(&list);
    }
}

static void listing_follows_the_documented_rules(void **state)
{
    for (size_t i = COS_ARRAY_LEN(listed_keys); i-- > 0;) {
        put(listed_keys[i], "x");
    }
    expect_listings(objects_list);
}

/* ListMultipartUploads has the same parameters, and without an id marker the same rules. */
static void uploads_are_listed_by_the_same_rules(void **state)
{
    for (size_t i = COS_ARRAY_LEN(listed_keys); i-- > 0;) {
        begin(listed_keys[i], "id");
    }
    expect_listings(uploads_list);
}

/* Following markers to the end gives each entry once, whatever the page size. */
static void pages_of_every_size_join_to_the_whole(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(listed_keys); i++) {
        put(listed_keys[i], "x");
    }
    for (unsigned max = 1; max <= 10; max++) {
        char all[1024] = "";
        char marker[64] = "";
        bool is_truncated = true;
        while (is_truncated) {
            const struct store_list_query q = {.delimiter = COS_SPAN_LIT("/"),
                                               .prefix = COS_SPAN_EMPTY,
                                               .marker = span(marker),
                                               .max_items = max};
            struct store_list list;
            assert_int_equal(objects_list(the.rows, &the.bucket, &q, &list), STORE_OK);
            char page[256];
            print_list(page, sizeof(page), &list);
            size_t at = strlen(all);
            assert_true(at < 512);
            (void)snprintf(all + at, 512, "%s%s", at == 0 ? "" : " ", page);
            is_truncated = list.is_truncated;
            (void)snprintf(marker, sizeof(marker), COS_SPAN_FMT,
                           COS_SPAN_ARG(list.items[list.n_items - 1].name));
            store_list_deinit(&list);
        }
        assert_string_equal(all, "a [b/] c [d/] d0 \xC3\xA9 [\xE4\xB8\xAD/]");
    }
}

/* The last bytes there are: nothing comes behind them that a page could skip to. */
static void names_of_the_last_bytes_end_a_page(void **state)
{
    const struct store_list_query q = {.delimiter = COS_SPAN_LIT("\xFF"), .max_items = 10};
    struct store_list list;
    put("\xFF\xFF", "x");
    put("\xFF\xFF\xFF", "x");
    assert_int_equal(objects_list(the.rows, &the.bucket, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 1);
    assert_true(list.items[0].is_prefix);
    store_list_deinit(&list);
}

static void a_marker_longer_than_any_key_ends_a_page(void **state)
{
    char marker[5000];
    memset(marker, 'z', sizeof(marker));
    const struct store_list_query q = {.marker = cos_span_make(marker, sizeof(marker)),
                                       .max_items = 10};
    struct store_list list;
    put("a", "x");
    assert_int_equal(objects_list(the.rows, &the.bucket, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    store_list_deinit(&list);
}

static void a_bucket_lists_its_own(void **state)
{
    struct store_bucket other = {.id = 6};
    const struct store_list_query q = {.max_items = 10};
    struct store_list list;
    assert_int_equal(make_bucket(COS_SPAN_LIT("other-1250000000"), 6), STORE_OK);
    assert_int_equal(the.rows->ops->get(the.rows, COS_SPAN_LIT("bother-1250000000"),
                                        &other.row),
                     BACKEND_OK);
    put("a", "x");
    begin("a", "u");
    assert_int_equal(objects_list(the.rows, &other, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    assert_int_equal(uploads_list(the.rows, &other, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    (void)row_unref(other.row);
}

static void expect_uploads(const struct store_list_query *q, const char *expected)
{
    char got[256] = "";
    struct store_list list;
    assert_int_equal(uploads_list(the.rows, &the.bucket, q, &list), STORE_OK);
    for (size_t i = 0; i < list.n_items; i++) {
        struct upload u;
        size_t at = strlen(got);
        assert_true(upload_read(list.items[i].row, &u));
        (void)snprintf(got + at, sizeof(got) - at, " " COS_SPAN_FMT ":" COS_SPAN_FMT,
                       COS_SPAN_ARG(u.key), COS_SPAN_ARG(u.id));
    }
    assert_string_equal(got, expected);
    store_list_deinit(&list);
}

static void uploads_come_in_key_and_id_order(void **state)
{
    begin("k", "3");
    begin("z", "2");
    begin("a", "4");
    begin("k", "1");
    expect_uploads(&(struct store_list_query){.max_items = 10}, " a:4 k:1 k:3 z:2");
    expect_uploads(&(struct store_list_query){.marker = COS_SPAN_LIT("k"), .max_items = 10},
                   " z:2");
    expect_uploads(&(struct store_list_query){.marker = COS_SPAN_LIT("k"),
                                              .id_marker = COS_SPAN_LIT("1"),
                                              .max_items = 10},
                   " k:3 z:2");
    expect_uploads(&(struct store_list_query){.marker = COS_SPAN_LIT("j"),
                                              .id_marker = COS_SPAN_LIT("9"),
                                              .max_items = 2},
                   " k:1 k:3");
}

#define CLAIM(f) cmocka_unit_test_setup_teardown(f, make_the_bucket, remove_the_bucket)

int main(int argc, char **argv)
{
    const struct CMUnitTest claims[] = {
        CLAIM(listing_follows_the_documented_rules),
        CLAIM(uploads_are_listed_by_the_same_rules),
        CLAIM(pages_of_every_size_join_to_the_whole),
        CLAIM(names_of_the_last_bytes_end_a_page),
        CLAIM(a_marker_longer_than_any_key_ends_a_page),
        CLAIM(a_bucket_lists_its_own),
        CLAIM(uploads_come_in_key_and_id_order),
    };
    over_backend(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name("objects_list", claims, NULL, NULL);
}
