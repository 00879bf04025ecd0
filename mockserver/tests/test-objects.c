/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What buckets hold, over every backend there is: what store/objects.h promises of objects and
 * of buckets themselves.
 */
#include "store/objects.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bucket_words.h"

#define WRITERS 16
#define ROUNDS 200

static void what_is_put_is_got_and_an_overwrite_replaces_it(void **state)
{
    struct object o = {.row = NULL};
    put("a", "one");
    object_holds("a", "one");
    put("a", "two");
    object_holds("a", "two");
    assert_int_equal(n_objects(), 1);
    assert_int_equal(objects_get(the.rows, &the.bucket, span("b"), &o), STORE_NO_KEY);
    assert_null(o.row);
}

static void an_object_may_have_no_bytes(void **state)
{
    put("a", "");
    object_holds("a", "");
}

static void a_reader_keeps_the_version_it_opened(void **state)
{
    put("a", "before");
    struct object o;
    assert_int_equal(objects_get(the.rows, &the.bucket, span("a"), &o), STORE_OK);
    put("a", "behind");
    assert_int_equal(delete_object("a"), STORE_OK);
    assert_true(blob_holds(o.row->blob, "before", 6));
    (void)row_unref(o.row);
}

static void forbidden_overwrite_leaves_the_old_object(void **state)
{
    put("a", "old");
    assert_int_equal(put_or_not("a", "new", /* forbid_overwrite= */ true), STORE_EXISTS);
    object_holds("a", "old");
    assert_int_equal(put_or_not("b", "new", /* forbid_overwrite= */ true), STORE_OK);
}

static void a_missing_key_is_deleted(void **state)
{
    put("a", "x");
    assert_int_equal(delete_object("a"), STORE_OK);
    assert_int_equal(delete_object("a"), STORE_OK);
    assert_int_equal(n_objects(), 0);
}

static void many_deletions_are_one_step(void **state)
{
    put("a", "x");
    put("b", "x");
    put("c", "x");
    struct batch *batch = batch_new();
    add_deletion(batch, "a");
    add_deletion(batch, "b");
    assert_int_equal(batch_n_expectations(batch), 2); /* the bucket, and its versioning */
    assert_int_equal(commit(batch), STORE_OK);
    assert_int_equal(n_objects(), 1);
    object_holds("c", "x");
}

/* --- buckets --- */

static void no_bucket_is_named_by_every_reading(void **state)
{
    struct object o;
    struct upload u;
    struct store_list list;
    const struct store_list_query q = {.max_items = 1};
    uint64_t n;
    assert_int_equal(objects_get(the.rows, NULL, span("a"), &o), STORE_NO_BUCKET);
    assert_int_equal(uploads_get(the.rows, NULL, span("a"), span("u"), &u), STORE_NO_BUCKET);
    assert_int_equal(objects_list(the.rows, NULL, &q, &list), STORE_NO_BUCKET);
    assert_int_equal(uploads_list(the.rows, NULL, &q, &list), STORE_NO_BUCKET);
    assert_int_equal(objects_count(the.rows, NULL, &n), STORE_NO_BUCKET);
    assert_int_equal(uploads_count(the.rows, NULL, &n), STORE_NO_BUCKET);
}

static void put_document(const char *name, const char *text, enum store_result expected)
{
    struct batch *batch = batch_new();
    document_put(batch, &the.bucket, span(name), span(text));
    assert_int_equal(commit(batch), expected);
}

/* Whoever still holds it puts nothing into it, also when the name has a new owner. */
static void nothing_is_put_into_a_bucket_that_was_dropped(void **state)
{
    assert_int_equal(drop(), STORE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(put_or_not("a", "x", /* forbid_overwrite= */ false), STORE_NO_BUCKET);
        assert_int_equal(delete_object("a"), STORE_NO_BUCKET);
        assert_int_equal(begin_or_not("a", "u"), STORE_NO_BUCKET);
        put_document("policy", "{}", STORE_NO_BUCKET);
        assert_int_equal(drop(), STORE_NO_BUCKET);
        assert_int_equal(make_bucket(THE_BUCKET, 6), i == 0 ? STORE_OK : STORE_EXISTS);
    }
    assert_int_equal(n_objects(), 0);
    assert_int_equal(n_uploads(), 0);
}

static void a_bucket_goes_only_when_it_is_empty(void **state)
{
    put("a", "x");
    assert_int_equal(drop(), STORE_NOT_EMPTY);
    assert_int_equal(delete_object("a"), STORE_OK);
    begin("a", "u");
    assert_int_equal(drop(), STORE_NOT_EMPTY);
    assert_int_equal(abort_upload("a", "u"), STORE_OK);
    assert_int_equal(drop(), STORE_OK);
}

static enum scan_next count_row(void *ctx, struct row *row, struct cos_span *seek)
{
    ++*(size_t *)ctx;
    return SCAN_NEXT;
}

static void a_bucket_takes_its_documents_along_and_leaves_nothing(void **state)
{
    size_t n = 0;
    put_document("policy", "{}", STORE_OK);
    assert_int_equal(drop(), STORE_OK);
    assert_int_equal(the.rows->ops->scan(the.rows, COS_SPAN_EMPTY, COS_SPAN_EMPTY, count_row,
                                         &n),
                     BACKEND_OK);
    assert_int_equal(n, 0);
}

static void a_bucket_is_read_as_it_was_made(void **state)
{
    struct bucket_facts facts;
    assert_true(bucket_read(the.bucket.row, &facts));
    assert_int_equal(facts.id, 5);
    assert_true(cos_span_eq_str(facts.region, "ap-guangzhou"));
    assert_true(cos_span_eq_str(facts.owner_uin, "100000000001"));
    assert_true(cos_span_eq_str(facts.appid, "1250000000"));
    assert_int_equal(facts.created_unix_ms, 77);
}

/* --- damage --- */

static void damage(struct cos_span key, const char *value)
{
    struct batch *batch = batch_new();
    batch_put(batch, key, span(value), /* blob= */ NULL);
    assert_int_equal(commit(batch), STORE_OK);
}

static void a_damaged_row_is_an_error_and_nothing_else(void **state)
{
    struct object o;
    struct upload u;
    struct store_list list;
    const struct store_list_query q = {.max_items = 10};
    damage(COS_SPAN_LIT("o\0\0\0\x05k"), "nonsense");
    damage(COS_SPAN_LIT("u\0\0\0\x05k\0\0id"), "nonsense");
    damage(COS_SPAN_LIT("u\0\0\0\x05no end"), "nonsense");
    assert_int_equal(objects_get(the.rows, &the.bucket, span("k"), &o), STORE_IO);
    assert_int_equal(uploads_get(the.rows, &the.bucket, span("k"), span("id"), &u), STORE_IO);
    assert_int_equal(uploads_list(the.rows, &the.bucket, &q, &list), STORE_IO);
    begin("p", "id");
    assert_int_equal(put_part("p", "id", 1, "x"), STORE_OK);
    damage(COS_SPAN_LIT("p\0\0\0\x05p\0\0id\0\0\0\x01"), "nonsense");
    struct upload_parts parts;
    u = open_upload("p", "id");
    assert_int_equal(uploads_parts(the.rows, &the.bucket, &u,
                                   &(struct upload_parts_query){.max = 1}, &parts),
                     STORE_IO);
    (void)row_unref(u.row);
}

/* --- threads --- */

static bool put_shared(const char *text)
{
    struct object_draft draft = {.key = COS_SPAN_LIT("shared"), .etag = COS_SPAN_LIT("e")};
    struct batch *batch = batch_new();
    draft.blob = backend_try_blob(the.rows, text, strlen(text));
    if (batch == NULL || draft.blob == NULL) {
        (void)batch_free(batch);
        (void)blob_unref(draft.blob);
        return false;
    }
    struct version ignored;
    (void)objects_put(batch, the.rows, &the.bucket, &draft, &ignored); /* reads nothing */
    struct commit c = {0};
    return backend_commit(the.rows, batch, &c) == BACKEND_OK;
}

static void *write_one_letter(void *letter)
{
    char text[4097];
    memset(text, *(const char *)letter, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < ROUNDS; i++) {
        struct object o;
        if (!put_shared(text) ||
            objects_get(the.rows, &the.bucket, span("shared"), &o) != STORE_OK) {
            return NULL;
        }
        char got[4096];
        bool is_whole = blob_read(o.row->blob, 0, got, sizeof(got)) == sizeof(got);
        (void)row_unref(o.row);
        if (!is_whole || got[0] != got[4095] || got[0] != got[2047]) {
            return NULL;
        }
    }
    return letter;
}

/* MK-35 */
static void sixteen_writers_of_one_key_never_mix(void **state)
{
    static char letters[WRITERS];
    pthread_t threads[WRITERS];
    for (size_t i = 0; i < WRITERS; i++) {
        letters[i] = (char)('A' + i);
        assert_int_equal(pthread_create(&threads[i], NULL, write_one_letter, &letters[i]), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &letters[i]);
    }
    struct object o;
    char got[4096];
    assert_int_equal(objects_get(the.rows, &the.bucket, span("shared"), &o), STORE_OK);
    assert_int_equal(o.bytes, sizeof(got));
    assert_int_equal(blob_read(o.row->blob, 0, got, sizeof(got)), sizeof(got));
    for (size_t i = 1; i < sizeof(got); i++) {
        assert_int_equal(got[i], got[0]);
    }
    (void)row_unref(o.row);
    assert_int_equal(n_objects(), 1);
}

#define CLAIM(f) cmocka_unit_test_setup_teardown(f, make_the_bucket, remove_the_bucket)

int main(int argc, char **argv)
{
    const struct CMUnitTest claims[] = {
        CLAIM(what_is_put_is_got_and_an_overwrite_replaces_it),
        CLAIM(an_object_may_have_no_bytes),
        CLAIM(a_reader_keeps_the_version_it_opened),
        CLAIM(forbidden_overwrite_leaves_the_old_object),
        CLAIM(a_missing_key_is_deleted),
        CLAIM(many_deletions_are_one_step),
        CLAIM(no_bucket_is_named_by_every_reading),
        CLAIM(nothing_is_put_into_a_bucket_that_was_dropped),
        CLAIM(a_bucket_goes_only_when_it_is_empty),
        CLAIM(a_bucket_takes_its_documents_along_and_leaves_nothing),
        CLAIM(a_bucket_is_read_as_it_was_made),
        CLAIM(a_damaged_row_is_an_error_and_nothing_else),
        CLAIM(sixteen_writers_of_one_key_never_mix),
    };
    over_backend(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name("objects", claims, NULL, NULL);
}
