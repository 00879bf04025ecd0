/* SPDX-License-Identifier: Apache-2.0 */
/* What is written about a bucket: who sees it, until when, and what is made of it. */
#include "world/projection.h"

#include "cosbase/alloc.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct desk {
    struct scratch scratch;
    char data[80], snapshot[80];
    struct cosmock *mock;
    struct cosmock_tenant *tenant;
    struct cosmock_world_info info;
};

static void open_desk(struct desk *d)
{
    struct cosmock_options o = COSMOCK_OPTIONS_INIT;
    struct cosmock_tenant_options t = COSMOCK_TENANT_OPTIONS_INIT;
    o.data_dir = d->data;
    t.name = "desk";
    assert_int_equal(cosmock_new(&d->mock, &o, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_tenant_new(d->mock, &d->tenant, &t, NULL), COSMOCK_OK);
    cosmock_world_info(d->tenant, &d->info);
}

static void close_desk(struct desk *d)
{
    d->tenant = cosmock_tenant_free(d->tenant);
    d->mock = cosmock_free(d->mock);
}

static int make(void **state)
{
    struct desk *d = calloc(1, sizeof(*d));
    assert_non_null(d);
    scratch_make(&d->scratch);
    (void)snprintf(d->data, sizeof(d->data), "%s/data", d->scratch.path);
    (void)snprintf(d->snapshot, sizeof(d->snapshot), "%s/snapshot", d->scratch.path);
    open_desk(d);
    *state = d;
    return 0;
}

static int discard(void **state)
{
    struct desk *d = *state;
    close_desk(d);
    scratch_remove(&d->scratch);
    free(d);
    return 0;
}

/* --- writing --- */

/* A value that counts how often one is made, and how often one goes. */
static unsigned n_made, n_forgotten;

static void *make_length(struct cos_span text)
{
    size_t *length = malloc(sizeof(*length));
    assert_non_null(length);
    *length = text.len;
    n_made++;
    return length;
}

static void forget_length(void *value)
{
    free(value);
    n_forgotten++;
}

static const struct bucket_document_kind lengths = {make_length, forget_length};

static void commit(struct desk *d, struct batch *batch)
{
    assert_int_equal(world_commit(d->tenant, batch, /* c= */ NULL, "a document", NULL), 0);
}

static struct bucket_view look(struct desk *d)
{
    return world_bucket_view(d->tenant, cos_span_of(d->info.bucket));
}

/* @value: what it says, when somebody has read it already. */
static void write_text(struct desk *d, enum bucket_document which, const char *text,
                       void *value)
{
    struct bucket_view v = look(d);
    struct batch *batch = batch_new();
    if (text == NULL) {
        world_bucket_document_delete(batch, v.bucket, which);
    } else {
        world_bucket_document_put(batch, v.bucket, which, cos_span_of(text), value, &lengths);
    }
    bucket_view_release(&v);
    commit(d, batch);
}

/* @text NULL: there is none. */
static void expect_in(const struct bucket_view *v, enum bucket_document which, const char *text)
{
    struct cos_span said = bucket_document(v, which);
    if (text == NULL) {
        assert_null(said.ptr);
    } else {
        assert_non_null(said.ptr);
        assert_true(cos_span_eq_str(said, text));
    }
}

static void expect(struct desk *d, enum bucket_document which, const char *text)
{
    struct bucket_view v = look(d);
    expect_in(&v, which, text);
    bucket_view_release(&v);
}

/* --- who sees it --- */

static void a_look_keeps_what_was_written_when_it_was_taken(void **state)
{
    struct desk *d = *state;
    struct bucket_view none = look(d);
    write_text(d, BUCKET_CORS, "one", /* value= */ NULL);
    struct bucket_view one = look(d);
    write_text(d, BUCKET_CORS, "two", /* value= */ NULL);
    write_text(d, BUCKET_WEBSITE, "site", /* value= */ NULL);
    struct bucket_view two = look(d);
    write_text(d, BUCKET_CORS, NULL, /* value= */ NULL);
    expect_in(&none, BUCKET_CORS, NULL);
    expect_in(&one, BUCKET_CORS, "one");
    expect_in(&one, BUCKET_WEBSITE, NULL);
    expect_in(&two, BUCKET_CORS, "two");
    expect_in(&two, BUCKET_WEBSITE, "site");
    expect(d, BUCKET_CORS, NULL);
    expect(d, BUCKET_WEBSITE, "site");
    bucket_view_release(&none);
    bucket_view_release(&one);
    bucket_view_release(&two);
}

static void a_bucket_that_lost_its_last_document_has_no_set(void **state)
{
    struct desk *d = *state;
    write_text(d, BUCKET_TAGGING, "t", /* value= */ NULL);
    write_text(d, BUCKET_TAGGING, NULL, /* value= */ NULL);
    write_text(d, BUCKET_TAGGING, NULL, /* value= */ NULL); /* fine when there is none */
    struct bucket_view v = look(d);
    assert_null(v.documents);
    bucket_view_release(&v);
}

static void of_two_changes_in_one_batch_the_last_counts(void **state)
{
    struct desk *d = *state;
    struct bucket_view v = look(d);
    struct batch *batch = batch_new();
    world_bucket_document_put(batch, v.bucket, BUCKET_CORS, COS_SPAN_LIT("a"), NULL, NULL);
    world_bucket_document_put(batch, v.bucket, BUCKET_REFERER, COS_SPAN_LIT("r"), NULL, NULL);
    world_bucket_document_put(batch, v.bucket, BUCKET_CORS, COS_SPAN_LIT("b"), NULL, NULL);
    world_bucket_document_delete(batch, v.bucket, BUCKET_REFERER);
    bucket_view_release(&v);
    commit(d, batch);
    expect(d, BUCKET_CORS, "b");
    expect(d, BUCKET_REFERER, NULL);
}

static void documents_come_with_the_batch_that_makes_their_bucket(void **state)
{
    struct desk *d = *state;
    struct cos_span name = COS_SPAN_LIT("fresh-1250000000");
    struct user *owner = world_user_find(d->tenant, d->info.owner_uin);
    struct bucket *b;
    assert_int_equal(world_bucket_claim(d->tenant, name, "r", owner, &b), STORE_OK);
    struct batch *batch = batch_new();
    world_bucket_put(batch, b);
    world_bucket_document_put(batch, b, BUCKET_TAGGING, COS_SPAN_LIT("t"), NULL, NULL);
    commit(d, batch);
    struct bucket_view v = world_bucket_view(d->tenant, name);
    expect_in(&v, BUCKET_TAGGING, "t");
    bucket_view_release(&v);
    bucket_unref(b);
    user_unref(owner);
}

static void a_bucket_that_is_made_again_has_none_of_its_former_documents(void **state)
{
    struct desk *d = *state;
    write_text(d, BUCKET_CORS, "old", /* value= */ NULL);
    struct bucket_view old = look(d);
    struct batch *batch = batch_new();
    world_bucket_drop(batch, old.bucket);
    commit(d, batch);
    struct user *owner = world_user_find(d->tenant, d->info.owner_uin);
    assert_int_equal(world_bucket_create(d->tenant, cos_span_of(d->info.bucket), "r", owner),
                     STORE_OK);
    expect(d, BUCKET_CORS, NULL);
    expect_in(&old, BUCKET_CORS, "old");
    bucket_view_release(&old);
    user_unref(owner);
}

/* --- how long --- */

static void documents_are_there_when_the_tenant_is_opened_again(void **state)
{
    struct desk *d = *state;
    write_text(d, BUCKET_CORS, "c", /* value= */ NULL);
    write_text(d, BUCKET_STRICT_SIGNATURE, "s", /* value= */ NULL);
    write_text(d, BUCKET_REFERER, "r", /* value= */ NULL);
    write_text(d, BUCKET_REFERER, NULL, /* value= */ NULL);
    close_desk(d);
    open_desk(d);
    expect(d, BUCKET_CORS, "c");
    expect(d, BUCKET_STRICT_SIGNATURE, "s");
    expect(d, BUCKET_REFERER, NULL);
}

static void a_restore_brings_the_documents_of_its_snapshot_and_no_others(void **state)
{
    struct desk *d = *state;
    write_text(d, BUCKET_CORS, "saved", /* value= */ NULL);
    assert_int_equal(cosmock_tenant_save(d->tenant, d->snapshot, NULL), COSMOCK_OK);
    write_text(d, BUCKET_CORS, "later", /* value= */ NULL);
    write_text(d, BUCKET_LIFECYCLE, "later", /* value= */ NULL);
    assert_int_equal(cosmock_tenant_restore(d->tenant, d->snapshot, NULL), COSMOCK_OK);
    expect(d, BUCKET_CORS, "saved");
    expect(d, BUCKET_LIFECYCLE, NULL);
}

/* --- what it says --- */

static size_t length_of(struct desk *d, enum bucket_document which)
{
    struct bucket_view v = look(d);
    const size_t *length = bucket_document_value(&v, which, &lengths);
    size_t n = length == NULL ? SIZE_MAX : *length;
    bucket_view_release(&v);
    return n;
}

static void what_a_document_says_is_made_once_and_goes_with_it(void **state)
{
    struct desk *d = *state;
    n_made = n_forgotten = 0;
    assert_true(length_of(d, BUCKET_LIFECYCLE) == SIZE_MAX);
    write_text(d, BUCKET_LIFECYCLE, "abc", make_length(COS_SPAN_LIT("abc")));
    assert_int_equal(length_of(d, BUCKET_LIFECYCLE), 3);
    write_text(d, BUCKET_CORS, "beside it", /* value= */ NULL);
    assert_int_equal(length_of(d, BUCKET_LIFECYCLE), 3);
    assert_int_equal(n_made, 1);
    close_desk(d);
    assert_int_equal(n_forgotten, 1);
    open_desk(d);
    assert_int_equal(n_made, 1);
    assert_int_equal(length_of(d, BUCKET_LIFECYCLE), 3);
    assert_int_equal(length_of(d, BUCKET_LIFECYCLE), 3);
    assert_int_equal(n_made, 2);
}

static void a_batch_that_fails_takes_the_value_with_it(void **state)
{
    struct desk *d = *state;
    struct bucket_view v = look(d);
    struct batch *batch = batch_new();
    n_forgotten = 0;
    batch_fail(batch);
    world_bucket_document_put(batch, v.bucket, BUCKET_CORS, COS_SPAN_LIT("a"),
                              make_length(COS_SPAN_LIT("a")), &lengths);
    assert_int_equal(n_forgotten, 1);
    assert_int_equal(world_commit(d->tenant, batch, /* c= */ NULL, "a document", NULL),
                     COSMOCK_E_NOMEM);
    bucket_view_release(&v);
    expect(d, BUCKET_CORS, NULL);
}

/* Nothing may fail once a batch has happened: what was kept is seen, whichever allocation
 * fails. */
static void without_memory_a_document_is_kept_and_seen_or_neither(void **state)
{
    struct desk *d = *state;
    bool was_met = true;
    for (uint64_t nth = 1; was_met; nth++) {
        struct bucket_view v = look(d);
        write_text(d, BUCKET_CORS, "old", /* value= */ NULL);
        cos_alloc_fail_nth(nth);
        struct batch *batch = batch_new();
        if (batch != NULL) {
            world_bucket_document_delete(batch, v.bucket, BUCKET_CORS);
        }
        int r = world_commit(d->tenant, batch, /* c= */ NULL, "a document", NULL);
        was_met = cos_alloc_count() >= nth;
        cos_alloc_fail_nth(0);
        bucket_view_release(&v);
        expect(d, BUCKET_CORS, r == 0 ? NULL : "old");
    }
    assert_false(cosmock_broken(d->mock));
}

#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, make, discard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_look_keeps_what_was_written_when_it_was_taken),
        DESK_TEST(a_bucket_that_lost_its_last_document_has_no_set),
        DESK_TEST(of_two_changes_in_one_batch_the_last_counts),
        DESK_TEST(documents_come_with_the_batch_that_makes_their_bucket),
        DESK_TEST(a_bucket_that_is_made_again_has_none_of_its_former_documents),
        DESK_TEST(documents_are_there_when_the_tenant_is_opened_again),
        DESK_TEST(a_restore_brings_the_documents_of_its_snapshot_and_no_others),
        DESK_TEST(what_a_document_says_is_made_once_and_goes_with_it),
        DESK_TEST(a_batch_that_fails_takes_the_value_with_it),
        DESK_TEST(without_memory_a_document_is_kept_and_seen_or_neither),
    };
    return cmocka_run_group_tests_name("bucket_documents", tests, NULL, NULL);
}
