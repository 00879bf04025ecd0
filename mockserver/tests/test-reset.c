/* SPDX-License-Identifier: Apache-2.0 */
/* A reset: back to the world that a tenant was made of, and what of it never comes again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "issue.h"
#include "stage.h"
#include "store/rows.h"
#include "world/maps.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/rows.h"

static void after_any_changes_a_reset_is_the_first_day(void **state)
{
    static const struct tokens none;
    struct stage *s = *state;
    struct cos_rng *rng = cos_rng_new(9);
    static struct tokens tokens;
    stage_open_again(s, stage_desk_world);
    char *first_day = stage_see(s->t, &none);
    for (int round = 0; round < 20; round++) {
        tokens.n = 0;
        for (int i = 0; i < 20; i++) {
            stage_change(s->t, rng, &tokens);
        }
        assert_int_equal(cosmock_tenant_reset(s->t, NULL), 0);
        for (int again = 0; again < 2; again++) {
            char *now = stage_see(s->t, &none);
            assert_string_equal(first_day, now);
            free(now);
            for (size_t i = 0; i < tokens.n; i++) {
                assert_null(world_key_find(s->t, cos_span_of(tokens.ids[i])));
                assert_null(registry_by_secret_id(s->mock, cos_span_of(tokens.ids[i])));
            }
            stage_open_again(s, /* world= */ NULL);
        }
    }
    free(first_day);
    cos_rng_free(rng);
}

static void a_reset_takes_buckets_faults_and_the_journal(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info info;
    stage_open_again(s, /* world= */ NULL);
    cosmock_world_info(s->t, &info);
    assert_int_equal(cosmock_object_put(s->t, info.bucket, "k", "x", 1, NULL), 0);
    assert_int_equal(cosmock_bucket_put(s->t, "more-1250000000", "r", NULL), 0);
    assert_int_equal(cosmock_bucket_policy_set(s->t, info.bucket, stage_anyone_gets, NULL), 0);
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;
    uint64_t id = 0;
    fault.http_status = 503;
    assert_int_equal(world_fault_push(s->t, &fault, /* op= */ NULL, &id, NULL), 0);
    world_journal_add(s->t, &(struct entry_draft){.texts.op = COS_SPAN_LIT("GetObject")});
    assert_int_equal(cosmock_tenant_reset(s->t, NULL), 0);
    assert_int_equal(cosmock_object_count(s->t, info.bucket), 0);
    assert_int_equal(cosmock_object_count(s->t, "more-1250000000"), -1);
    assert_null(
        registry_by_bucket(s->mock, COS_SPAN_LIT("more-1250000000"), &(struct bucket_view){0}));
    struct bucket_view found = world_bucket_view(s->t, cos_span_of(info.bucket));
    assert_non_null(found.bucket);
    assert_null(bucket_policy(&found));
    bucket_view_release(&found);
    assert_true(cosmock_fault_hits(s->t, id) == UINT64_MAX);
    struct cosmock_entry *entries = NULL;
    assert_int_equal(cosmock_journal_read(s->t, &entries, NULL), 0);
    assert_int_equal(cosmock_journal_last_seq(s->t), 1);
    (void)cosmock_entries_free(entries);
}

static void a_request_under_way_ends_on_what_it_holds(void **state)
{
    struct stage *s = *state;
    static struct tokens tokens;
    struct cosmock_world_info info;
    tokens.n = 0;
    stage_open_again(s, /* world= */ NULL);
    cosmock_world_info(s->t, &info);
    stage_issue(s->t, &tokens, STAGE_READER, stage_allow_get);
    struct key_view key = world_key_view(s->t, cos_span_of(tokens.ids[0]));
    struct bucket_view bucket = world_bucket_view(s->t, cos_span_of(info.bucket));
    assert_int_equal(cosmock_tenant_reset(s->t, NULL), 0);
    assert_string_equal(key.key->user->uin, STAGE_READER);
    assert_int_equal(key.policies->n, 1);
    assert_string_equal(bucket.bucket->name, info.bucket);
    key_view_release(&key);
    bucket_view_release(&bucket);
}

static void delete_bucket(struct cosmock_tenant *t, const char *name)
{
    struct bucket *b = world_bucket_find(t, cos_span_of(name));
    struct batch *batch = batch_new();
    world_bucket_drop(batch, b);
    assert_int_equal(world_commit(t, batch, /* c= */ NULL, name, /* err= */ NULL), 0);
    bucket_unref(b);
}

static uint32_t id_of_new_bucket(struct cosmock_tenant *t, const char *name)
{
    assert_int_equal(cosmock_bucket_put(t, name, "ap-beijing", NULL), 0);
    struct bucket *b = world_bucket_find(t, cos_span_of(name));
    uint32_t id = b->stored.id;
    bucket_unref(b);
    return id;
}

static void the_id_of_a_bucket_never_comes_again(void **state)
{
    struct stage *s = *state;
    uint32_t last = 0;
    stage_open_again(s, /* world= */ NULL);
    for (int life = 0; life < 3; life++) {
        uint32_t id = id_of_new_bucket(s->t, "a-1250000000");
        assert_true(id > last);
        last = id_of_new_bucket(s->t, "b-1250000000");
        delete_bucket(s->t, "a-1250000000");
        delete_bucket(s->t, "b-1250000000");
        stage_open_again(s, /* world= */ NULL);
    }
}

static void a_reset_that_finds_a_name_taken_changes_nothing(void **state)
{
    static const struct tokens none;
    struct stage *s = *state;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = "accounts:\n  - {uin: \"1\", appid: \"77\"}\n"
                         "buckets:\n  - {name: a-77, region: r}\n";
    struct cosmock_tenant *other = NULL;
    stage_open_again(s, stage_first_world);
    delete_bucket(s->t, "a-77");
    assert_int_equal(cosmock_switch_set(s->t, "enforcement", "off", NULL), 0);
    s->mock->rows_of = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &other, &options, NULL), 0);
    char *before = stage_see(s->t, &none);
    struct cosmock_error err;
    assert_int_equal(cosmock_tenant_reset(s->t, &err), COSMOCK_E_EXISTS);
    assert_non_null(strstr(err.message, "a-77"));
    char *after = stage_see(s->t, &none);
    assert_string_equal(before, after);
    free(before);
    free(after);
    cosmock_tenant_free(other);
    assert_int_equal(cosmock_tenant_reset(s->t, &err), 0);
    assert_int_equal(cosmock_object_count(s->t, "a-77"), 0);
}

static void a_second_built_in_tenant_keeps_its_bucket(void **state)
{
    struct stage *s = *state;
    struct cosmock_tenant *second = NULL;
    struct cosmock_world_info info;
    stage_open_again(s, /* world= */ NULL);
    s->mock->rows_of = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &second, NULL, NULL), 0);
    cosmock_world_info(second, &info);
    assert_int_equal(cosmock_tenant_reset(second, NULL), 0);
    assert_int_equal(cosmock_object_count(second, info.bucket), 0);
    cosmock_tenant_free(second);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(after_any_changes_a_reset_is_the_first_day),
        CLAIM(a_reset_takes_buckets_faults_and_the_journal),
        CLAIM(a_request_under_way_ends_on_what_it_holds),
        CLAIM(the_id_of_a_bucket_never_comes_again),
        CLAIM(a_reset_that_finds_a_name_taken_changes_nothing),
        CLAIM(a_second_built_in_tenant_keeps_its_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
