/* SPDX-License-Identifier: Apache-2.0 */
/* Objects, uploads and buckets when memory runs out, over every backend there is. */
#include "store/objects.h"

#include "cosbase/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bucket_words.h"

static enum store_result commit_if_made(struct batch *batch)
{
    return batch == NULL ? STORE_NOMEM : commit(batch);
}

static struct blob *blob_to_put; /* made before memory runs out */

static enum store_result try_put(void)
{
    const struct object_draft draft = {.key = COS_SPAN_LIT("new"),
                                       .etag = COS_SPAN_LIT("e"),
                                       .headers = two_headers,
                                       .n_headers = COS_ARRAY_LEN(two_headers),
                                       .blob = blob_ref(blob_to_put)};
    struct batch *batch = batch_new();
    if (batch == NULL) {
        blob_unref(draft.blob);
        return STORE_NOMEM;
    }
    struct version ignored;
    (void)objects_put(batch, the.rows, &the.bucket, &draft, &ignored); /* reads nothing */
    return commit(batch);
}

static enum store_result try_delete(void)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        const struct object_draft marker = {.key = span("nobody")};
        struct version ignored;
        (void)objects_delete(batch, the.rows, &the.bucket, &marker, &ignored);
    }
    return commit_if_made(batch);
}

static enum store_result try_list(void)
{
    const struct store_list_query q = {.delimiter = COS_SPAN_LIT("/"), .max_items = 100};
    struct store_list list;
    enum store_result r = objects_list(the.rows, &the.bucket, &q, &list);
    store_list_deinit(&list);
    return r;
}

static enum store_result try_begin(void)
{
    const struct object_draft draft = {.key = COS_SPAN_LIT("k"),
                                       .headers = two_headers,
                                       .n_headers = COS_ARRAY_LEN(two_headers)};
    struct batch *batch = batch_new();
    if (batch != NULL) {
        uploads_begin(batch, &the.bucket, span("id2"), &draft);
    }
    return commit_if_made(batch);
}

static struct upload upload_to_fill; /* opened before memory runs out */

static enum store_result try_part(void)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        uploads_put_part(batch, &the.bucket, &upload_to_fill,
                         &(struct part_draft){.number = 1, .etag = COS_SPAN_LIT("e")});
    }
    return commit_if_made(batch);
}

static enum store_result try_parts(void)
{
    struct upload_parts parts;
    enum store_result r = uploads_parts(the.rows, &the.bucket, &upload_to_fill,
                                        &(struct upload_parts_query){.max = 9}, &parts);
    uploads_parts_deinit(&parts);
    return r;
}

static enum store_result try_uploads(void)
{
    struct store_list list;
    enum store_result r =
        uploads_list(the.rows, &the.bucket, &(struct store_list_query){.max_items = 9}, &list);
    store_list_deinit(&list);
    return r;
}

static enum store_result try_bucket(void)
{
    const struct bucket_facts facts = {.id = 9};
    struct batch *batch = batch_new();
    if (batch != NULL) {
        bucket_put(batch, COS_SPAN_LIT("second"), &facts);
    }
    return commit_if_made(batch);
}

static enum store_result try_document(void)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        document_put(batch, &the.bucket, span("policy"), span("{}"));
    }
    return commit_if_made(batch);
}

/* Allocation n of the call fails, for every n: it says so or succeeds, and never half. */
static void without_memory_a_call_changes_nothing(void **state)
{
    static const struct {
        const char *name;
        enum store_result (*call)(void);
    } calls[] = {
        {"list", try_list},       {"put_part", try_part}, {"parts", try_parts},
        {"uploads", try_uploads}, {"begin", try_begin},   {"put", try_put},
        {"delete", try_delete},   {"bucket", try_bucket}, {"document", try_document},
    };
    put("a", "x");
    put("b/1", "x");
    begin("k", "id1");
    upload_to_fill = open_upload("k", "id1");
    blob_to_put = backend_blob(the.rows, "x", 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        enum store_result r = STORE_NOMEM;
        uint64_t objects = n_objects();
        uint64_t uploads = n_uploads();
        for (uint64_t nth = 1; r == STORE_NOMEM; nth++) {
            assert_true(nth < 50);
            cos_alloc_fail_nth(nth);
            r = calls[i].call();
            cos_alloc_fail_nth(0);
            if (r == STORE_NOMEM) {
                assert_int_equal(n_objects(), objects);
                assert_int_equal(n_uploads(), uploads);
            } else if (r != STORE_OK) {
                fail_msg("%s: %d", calls[i].name, r);
            }
        }
    }
    (void)row_unref(upload_to_fill.row);
    blob_to_put = blob_unref(blob_to_put);
}

#define CLAIM(f) cmocka_unit_test_setup_teardown(f, make_the_bucket, remove_the_bucket)

int main(int argc, char **argv)
{
    const struct CMUnitTest claims[] = {
        CLAIM(without_memory_a_call_changes_nothing),
    };
    over_backend(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name("objects_memory", claims, NULL, NULL);
}
