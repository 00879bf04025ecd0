/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads and their parts, over every backend there is: what store/objects.h promises. */
#include "store/objects.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bucket_words.h"

static struct upload_parts parts_of(const char *key, const char *id, unsigned marker,
                                    unsigned max)
{
    struct upload_parts parts;
    struct upload u = open_upload(key, id);
    const struct upload_parts_query q = {.marker = marker, .max = max};
    assert_int_equal(uploads_parts(the.rows, &the.bucket, &u, &q, &parts), STORE_OK);
    (void)row_unref(u.row);
    return parts;
}

static void parts_come_back_in_order_and_the_last_of_a_number_counts(void **state)
{
    static const unsigned numbers[] = {1, 2, 300, 10000};
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 300, "three"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 10000, "last"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 2, "two"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 2, "again"), STORE_OK);
    struct upload_parts parts = parts_of("k", "id1", 0, 10000);
    assert_int_equal(parts.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(parts.items[i].number, numbers[i]);
    }
    assert_true(blob_holds(parts.items[1].row->blob, "again", 5));
    assert_int_equal(parts.items[1].bytes, 5);
    assert_true(cos_span_eq_str(parts.items[1].etag, "again"));
    assert_int_equal(parts.items[1].mtime_unix_ms, 9);
    uploads_parts_deinit(&parts);
}

static void parts_come_a_page_at_a_time(void **state)
{
    begin("k", "id1");
    for (unsigned number = 1; number <= 3; number++) {
        assert_int_equal(put_part("k", "id1", number, "x"), STORE_OK);
    }
    static const struct {
        const char *name;
        unsigned marker, max, n, first;
        bool is_truncated;
    } pages[] = {
        {"the first", 0, 2, 2, 1, true},      {"the rest", 2, 2, 1, 3, false},
        {"to the end", 1, 2, 2, 2, false},    {"behind the end", 3, 2, 0, 0, false},
        {"no number", 65536, 2, 0, 0, false}, {"none", 0, 0, 0, 0, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(pages); i++) {
        struct upload_parts parts = parts_of("k", "id1", pages[i].marker, pages[i].max);
        if (parts.n != pages[i].n || parts.is_truncated != pages[i].is_truncated ||
            (parts.n > 0 && parts.items[0].number != pages[i].first)) {
            fail_msg("%s: %zu parts, truncated %d", pages[i].name, parts.n, parts.is_truncated);
        }
        uploads_parts_deinit(&parts);
    }
}

static void parts_are_no_object_before_complete(void **state)
{
    const struct store_list_query q = {.max_items = 10};
    struct object o;
    struct store_list list;
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    assert_int_equal(objects_get(the.rows, &the.bucket, span("k"), &o), STORE_NO_KEY);
    assert_int_equal(objects_list(the.rows, &the.bucket, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    assert_int_equal(n_objects(), 0);
    assert_int_equal(n_uploads(), 1);
}

/* The batch that completes with the parts there are. */
static struct batch *complete_batch(const char *key, const char *id, const char *text,
                                    bool forbids_overwrite)
{
    struct upload u = open_upload(key, id);
    struct upload_parts parts = parts_of(key, id, 0, 10);
    const struct upload_part *chosen[10];
    for (size_t i = 0; i < parts.n; i++) {
        chosen[i] = &parts.items[i];
    }
    struct object_draft draft = draft_of(key, text);
    struct version ignored;
    draft.forbids_overwrite = forbids_overwrite;
    const struct upload_completion c = {.upload = &u,
                                        .parts = chosen,
                                        .n_parts = parts.n,
                                        .draft = &draft};
    struct batch *batch = batch_new();
    assert_int_equal(uploads_complete(batch, the.rows, &the.bucket, &c, &ignored), STORE_OK);
    uploads_parts_deinit(&parts);
    (void)row_unref(u.row);
    return batch;
}

static void complete_happens_once(void **state)
{
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    struct upload u = open_upload("k", "id1");
    struct batch *first = complete_batch("k", "id1", "one", /* forbids_overwrite= */ false);
    struct batch *late = complete_batch("k", "id1", "late", /* forbids_overwrite= */ false);
    struct batch *part = batch_new();
    uploads_put_part(part, &the.bucket, &u,
                     &(struct part_draft){.number = 2, .etag = COS_SPAN_LIT("two")});
    assert_int_equal(commit(first), STORE_OK);
    object_holds("k", "one");
    assert_int_equal(commit(late), STORE_NO_UPLOAD);
    object_holds("k", "one");
    assert_int_equal(commit(part), STORE_NO_UPLOAD);
    assert_int_equal(n_uploads(), 0);
    assert_int_equal(drop(), STORE_NOT_EMPTY);
    assert_int_equal(delete_object("k"), STORE_OK);
    assert_int_equal(drop(), STORE_OK);
    (void)row_unref(u.row);
}

/* The object would be made of bytes that nobody has chosen. */
static void a_part_that_comes_meanwhile_stops_complete(void **state)
{
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    struct batch *batch = complete_batch("k", "id1", "one", /* forbids_overwrite= */ false);
    assert_int_equal(put_part("k", "id1", 1, "other"), STORE_OK);
    assert_int_equal(commit(batch), STORE_PART_CHANGED);
    assert_int_equal(n_objects(), 0);
    assert_int_equal(n_uploads(), 1);
}

static void a_forbidden_complete_keeps_the_upload(void **state)
{
    put("k", "old");
    begin("k", "id1");
    assert_int_equal(commit(complete_batch("k", "id1", "new", /* forbids_overwrite= */ true)),
                     STORE_EXISTS);
    object_holds("k", "old");
    assert_int_equal(n_uploads(), 1);
}

static void an_upload_belongs_to_its_key(void **state)
{
    struct upload u;
    begin("k", "id1");
    assert_int_equal(uploads_get(the.rows, &the.bucket, span("other"), span("id1"), &u),
                     STORE_NO_UPLOAD);
    assert_int_equal(uploads_get(the.rows, &the.bucket, span("k"), span("id2"), &u),
                     STORE_NO_UPLOAD);
    assert_int_equal(uploads_get(the.rows, &the.bucket, span("k"), span("id"), &u),
                     STORE_NO_UPLOAD);
    u = open_upload("k", "id1");
    struct object_header h;
    assert_true(kept_headers_next(&u.headers, &h));
    assert_true(cos_span_eq_str(h.value, "video/mp4"));
    assert_true(cos_span_eq_str(u.key, "k"));
    assert_true(cos_span_eq_str(u.id, "id1"));
    assert_int_equal(u.initiated_unix_ms, 5000);
    (void)row_unref(u.row);
}

static void an_id_is_begun_once(void **state)
{
    begin("k", "id1");
    assert_int_equal(begin_or_not("k", "id1"), STORE_EXISTS);
}

static void abort_forgets_the_parts(void **state)
{
    struct upload u;
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    assert_int_equal(abort_upload("k", "id1"), STORE_OK);
    assert_int_equal(uploads_get(the.rows, &the.bucket, span("k"), span("id1"), &u),
                     STORE_NO_UPLOAD);
    begin("k", "id1"); /* the same id again starts empty */
    struct upload_parts parts = parts_of("k", "id1", 0, 10);
    assert_int_equal(parts.n, 0);
    uploads_parts_deinit(&parts);
}

#define CLAIM(f) cmocka_unit_test_setup_teardown(f, make_the_bucket, remove_the_bucket)

int main(int argc, char **argv)
{
    const struct CMUnitTest claims[] = {
        CLAIM(parts_come_back_in_order_and_the_last_of_a_number_counts),
        CLAIM(parts_come_a_page_at_a_time),
        CLAIM(parts_are_no_object_before_complete),
        CLAIM(complete_happens_once),
        CLAIM(a_part_that_comes_meanwhile_stops_complete),
        CLAIM(a_forbidden_complete_keeps_the_upload),
        CLAIM(an_upload_belongs_to_its_key),
        CLAIM(an_id_is_begun_once),
        CLAIM(abort_forgets_the_parts),
    };
    over_backend(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name("objects_uploads", claims, NULL, NULL);
}
