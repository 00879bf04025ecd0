/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facets, over every backend there is: objects and uploads keep those they were given, a change
 * of them leaves all the rest, and rows of before facets have none.
 */
#include "one_bucket.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct one_bucket it; /* set up and torn down around each test */

static int set_up(void **state)
{
    one_bucket_open(&it);
    return 0;
}

static int tear_down(void **state)
{
    one_bucket_close(&it);
    return 0;
}

static struct object_draft draft_of(const char *text)
{
    return (struct object_draft){.key = COS_SPAN_LIT("k"),
                                 .blob = backend_blob(it.rows, text, strlen(text)),
                                 .etag = COS_SPAN_LIT("e"),
                                 .crc64 = 7,
                                 .mtime_unix_ms = 1000};
}

static void put(const struct object_draft *draft)
{
    struct batch *batch = batch_new();
    struct version ignored;
    assert_int_equal(objects_put(batch, it.rows, &it.bucket, draft, &ignored), STORE_OK);
    assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
}

/* A reference. */
static struct object get(void)
{
    struct object o;
    assert_int_equal(objects_get(it.rows, &it.bucket, COS_SPAN_LIT("k"), &o), STORE_OK);
    return o;
}

static void an_object_keeps_its_facets(void **state)
{
    struct object_draft draft = draft_of("text");
    draft.facets.of[FACET_TAGS] = COS_SPAN_LIT("a=b");
    draft.facets.of[FACET_APPEND] = COS_SPAN_EMPTY;
    put(&draft);
    struct object o = get();
    assert_true(cos_span_eq_str(object_facet(&o, FACET_TAGS), "a=b"));
    assert_non_null(object_facet(&o, FACET_APPEND).ptr);
    assert_int_equal(object_facet(&o, FACET_APPEND).len, 0);
    assert_null(object_facet(&o, FACET_ACL).ptr);
    (void)row_unref(o.row);
}

/* No two of them share a letter, and all come back. */
static void each_facet_has_a_place_of_its_own(void **state)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    struct object_draft draft = draft_of("text");
    assert_in_range(FACET_COUNT, 1, sizeof(letters) - 1);
    for (size_t i = FACET_VERSION + 1; i < FACET_COUNT; i++) { /* which the store makes */
        draft.facets.of[i] = cos_span_make(&letters[i], 1);
    }
    put(&draft);
    struct object o = get();
    struct facet_values values = facets_values(o.facets);
    for (size_t i = FACET_VERSION + 1; i < FACET_COUNT; i++) {
        assert_true(cos_span_eq(object_facet(&o, (enum facet)i), draft.facets.of[i]));
        assert_true(cos_span_eq(values.of[i], draft.facets.of[i]));
    }
    (void)row_unref(o.row);
}

static void change_tags(struct batch *batch, const struct object *o, const char *tags)
{
    struct facet_values facets = facets_values(o->facets);
    facets.of[FACET_TAGS] = tags == NULL ? (struct cos_span){NULL, 0} : cos_span_of(tags);
    objects_change(batch, &it.bucket, o, &facets);
}

static void a_change_of_a_facet_leaves_the_rest(void **state)
{
    static const struct object_header headers[] = {{{"x-cos-meta-a", 12}, {"b", 1}}};
    struct object_draft draft = draft_of("text");
    draft.headers = headers;
    draft.n_headers = 1;
    draft.facets.of[FACET_ACL] = COS_SPAN_LIT("private");
    put(&draft);
    static const char *const tags[] = {"a=b", "c=d", NULL};
    for (size_t i = 0; i < COS_ARRAY_LEN(tags); i++) {
        struct object o = get();
        struct batch *batch = batch_new();
        change_tags(batch, &o, tags[i]);
        (void)row_unref(o.row);
        assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
        o = get();
        assert_true(cos_span_eq(object_facet(&o, FACET_TAGS), cos_span_of(tags[i])));
        assert_true(cos_span_eq_str(object_facet(&o, FACET_ACL), "private"));
        assert_true(blob_holds(o.row->blob, "text", 4));
        assert_true(cos_span_eq_str(o.etag, "e"));
        assert_int_equal(o.crc64, 7);
        assert_int_equal(o.mtime_unix_ms, 1000);
        assert_int_equal(kept_headers_count(o.headers), 1);
        (void)row_unref(o.row);
    }
}

/* Tags of what is gone must not come upon what took its place. */
static void a_change_expects_the_object_it_was_made_from(void **state)
{
    struct object_draft draft = draft_of("old");
    put(&draft);
    struct object o = get();
    struct batch *first = batch_new();
    struct batch *second = batch_new();
    struct batch *late = batch_new();
    change_tags(first, &o, "a=b");
    change_tags(second, &o, "c=d");
    assert_int_equal(one_bucket_commit(&it, first), STORE_OK);
    assert_int_equal(one_bucket_commit(&it, second), STORE_CHANGED);
    struct object changed = get();
    assert_true(cos_span_eq_str(object_facet(&changed, FACET_TAGS), "a=b"));
    change_tags(late, &changed, "e=f");
    (void)row_unref(o.row);
    (void)row_unref(changed.row);
    draft = draft_of("new");
    put(&draft);
    assert_int_equal(one_bucket_commit(&it, late), STORE_CHANGED);
    o = get();
    assert_null(object_facet(&o, FACET_TAGS).ptr);
    (void)row_unref(o.row);
}

static void an_upload_keeps_the_facets_of_what_it_will_be(void **state)
{
    struct object_draft draft = {.key = COS_SPAN_LIT("k"), .mtime_unix_ms = 5000};
    struct upload u;
    draft.facets.of[FACET_TAGS] = COS_SPAN_LIT("a=b");
    struct batch *batch = batch_new();
    uploads_begin(batch, &it.bucket, COS_SPAN_LIT("id"), &draft);
    assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
    assert_int_equal(uploads_get(it.rows, &it.bucket, COS_SPAN_LIT("k"), COS_SPAN_LIT("id"),
                                 &u),
                     STORE_OK);
    assert_true(cos_span_eq_str(facets_get(u.facets, FACET_TAGS), "a=b"));
    assert_null(facets_get(u.facets, FACET_ACL).ptr);
    (void)row_unref(u.row);
}

/* Written by hand as the first version did: see test-rows.c. */
static void rows_of_before_facets_have_none(void **state)
{
    static const char object[] = "\x01\x03\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\x03\xE8\x01"
                                 "e\x00\x04\x01n\x01v";
    static const char upload[] = "\x01\0\0\0\0\0\0\x13\x88\x00";
    struct upload u;
    one_bucket_put_row(&it, COS_SPAN_LIT("o\0\0\0\5k"),
                       cos_span_make(object, sizeof(object) - 1),
                       backend_blob(it.rows, "old", 3));
    one_bucket_put_row(&it, COS_SPAN_LIT("u\0\0\0\5k\0\0id"),
                       cos_span_make(upload, sizeof(upload) - 1), /* blob= */ NULL);
    struct object o = get();
    assert_true(blob_holds(o.row->blob, "old", 3));
    assert_int_equal(o.mtime_unix_ms, 1000);
    assert_null(object_facet(&o, FACET_VERSION).ptr);
    struct batch *batch = batch_new();
    change_tags(batch, &o, "a=b");
    (void)row_unref(o.row);
    assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
    o = get();
    assert_true(cos_span_eq_str(object_facet(&o, FACET_TAGS), "a=b"));
    assert_int_equal(kept_headers_count(o.headers), 1);
    (void)row_unref(o.row);
    assert_int_equal(uploads_get(it.rows, &it.bucket, COS_SPAN_LIT("k"), COS_SPAN_LIT("id"),
                                 &u),
                     STORE_OK);
    assert_null(facets_get(u.facets, FACET_VERSION).ptr);
    (void)row_unref(u.row);
}

#define CONTRACT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CONTRACT(an_object_keeps_its_facets),
        CONTRACT(each_facet_has_a_place_of_its_own),
        CONTRACT(a_change_of_a_facet_leaves_the_rest),
        CONTRACT(a_change_expects_the_object_it_was_made_from),
        CONTRACT(an_upload_keeps_the_facets_of_what_it_will_be),
        CONTRACT(rows_of_before_facets_have_none),
    };
    it.kind = backend_kind_of(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name("facets", tests, NULL, NULL);
}
