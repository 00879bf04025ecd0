/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant that is opened again on the rows it left is the tenant it was: for whoever signs,
 * for whoever asks why, for whoever reads a clock. What a world file says counts once.
 */
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

#define DAY_MS INT64_C(86400000)

static void after_any_changes_it_is_what_it_was(void **state)
{
    struct stage *s = *state;
    struct cos_rng *rng = cos_rng_new(8);
    static struct tokens tokens;
    tokens.n = 0;
    stage_open_again(s, stage_desk_world);
    for (int life = 0; life < 40; life++) {
        for (int i = 0; i < 12; i++) {
            stage_change(s->t, rng, &tokens);
        }
        char *before = stage_see(s->t, &tokens);
        stage_open_again(s, /* world= */ NULL);
        char *after = stage_see(s->t, &tokens);
        assert_non_null(before);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
    cos_rng_free(rng);
}

/* --- rows of any content, over those that are there --- */

static const char *const some_uins[] = {STAGE_ACCOUNT, STAGE_READER, "5", "6"};
static const char *const some_ids[] = {"AKIDa", "AKIDb", "AKIDc", "AKIDd", "AKIDe"};

static struct cos_span one_of(struct cos_rng *rng, const char *const *texts, size_t n)
{
    return cos_span_of(texts[cos_rng_below(rng, n)]);
}

static void put_any_user(struct batch *b, struct cos_rng *rng, uint64_t order)
{
    struct cos_buf policies;
    struct cos_span uin = one_of(rng, some_uins, COS_ARRAY_LEN(some_uins));
    cos_buf_init(&policies, 4096);
    if (cos_rng_below(rng, 2) == 0) {
        row_pair_add(&policies, COS_SPAN_LIT("p"), cos_span_of(stage_allow_get));
    }
    user_row_put(b, &(struct user_row){.order = order,
                                       .uin = uin,
                                       .owner_uin = cos_rng_below(rng, 2) == 0
                                                        ? uin
                                                        : COS_SPAN_LIT(STAGE_ACCOUNT),
                                       .appid = one_of(rng, some_uins, 2),
                                       .name = one_of(rng, some_ids, 2),
                                       .policies = cos_buf_view(&policies)});
    cos_buf_deinit(&policies);
}

static void put_any_key(struct cosmock_tenant *t, struct batch *b, struct cos_rng *rng,
                        uint64_t order)
{
    struct cos_span id = one_of(rng, some_ids, COS_ARRAY_LEN(some_ids));
    bool is_temporary = cos_rng_below(rng, 2) == 0;
    assert_true(world_key_claim(t, id) >= 0);
    key_row_put(b, &(struct key_row){.order = order,
                                     .secret_id = id,
                                     .uin = one_of(rng, some_uins, COS_ARRAY_LEN(some_uins)),
                                     .secret_key = one_of(rng, some_ids, 2),
                                     .is_revoked = cos_rng_below(rng, 4) == 0,
                                     .is_temporary = is_temporary,
                                     .token =
                                         is_temporary ? COS_SPAN_LIT("token") : COS_SPAN_EMPTY,
                                     .expires_unix_ms = is_temporary ? INT64_C(1) << 42 : 0,
                                     .session = is_temporary ? cos_span_of(stage_deny_get)
                                                             : COS_SPAN_EMPTY});
}

/* @orders: how many were drawn; none comes again. */
static struct batch *any_batch(struct cosmock_tenant *t, struct cos_rng *rng, uint64_t *orders)
{
    struct batch *b = batch_new();
    struct rowkey_room room;
    struct rowkey gone;
    if (cos_rng_below(rng, 8) == 0) {
        batch_delete_all(b, COS_SPAN_EMPTY);
        mark_row_put(b, MARK_STARTS, &(struct mark){.number = 1});
    }
    for (uint64_t n = cos_rng_below(rng, 5); n > 0; n--) {
        uint64_t order = (++*orders * 7919) % 10007;
        switch (cos_rng_below(rng, 5)) {
        case 0:
        case 1:
            put_any_user(b, rng, order);
            break;
        case 2:
        case 3:
            put_any_key(t, b, rng, order);
            break;
        default:
            gone = (struct rowkey){.kind = ROWKEY_ACCOUNT, .name = one_of(rng, some_uins, 4)};
            if (cos_rng_below(rng, 2) == 0) {
                gone = (struct rowkey){.kind = ROWKEY_ACCESS_KEY,
                                       .name = one_of(rng, some_ids, 5)};
            }
            batch_delete(b, rowkey_write(&room, &gone));
            break;
        }
    }
    return b;
}

static char *see_by_age(struct cosmock_tenant *t)
{
    static const struct tokens none;
    struct cos_buf out;
    cos_buf_init(&out, 16u << 20);
    for (const struct access_key *k = t->maps->oldest_temporary; k != NULL; k = k->newer) {
        cos_buf_printf(&out, "%s of %s: %d\n", k->secret_id,
                       k->user == NULL ? "" : k->user->uin, k->revoked);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(some_ids); i++) {
        stage_see_verdicts(&out, t, /* uin= */ NULL, some_ids[i]);
    }
    char *rest = stage_see(t, &none);
    cos_buf_str(&out, rest);
    free(rest);
    return cos_buf_take(&out);
}

static void after_any_batch_it_is_what_its_rows_say(void **state)
{
    struct stage *s = *state;
    struct cos_rng *rng = cos_rng_new(10);
    struct cosmock_world_info lent;
    uint64_t orders = 0;
    stage_open_again(s, stage_desk_world);
    for (int round = 0; round < 400; round++) {
        cosmock_world_info(s->t, &lent);
        char *lent_id = strdup(lent.secret_id);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(world_commit(s->t, any_batch(s->t, rng, &orders), /* c= */ NULL,
                                          "rows", /* err= */ NULL),
                             0);
        }
        assert_string_equal(lent.secret_id, lent_id);
        free(lent_id);
        char *before = see_by_age(s->t);
        stage_open_again(s, /* world= */ NULL);
        char *after = see_by_age(s->t);
        assert_non_null(before);
        assert_string_equal(after, before);
        free(before);
        free(after);
    }
    cos_rng_free(rng);
}

static void a_number_that_a_kept_tenant_has_is_passed_over(void **state)
{
    struct stage *s = *state;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_tenant *unnamed = NULL;
    struct cosmock_error err;
    options.name = "t2";
    assert_int_equal(cosmock_tenant_new(s->mock, &s->t, &options, &err), 0);
    s->mock->rows_of = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &unnamed, NULL, &err), 0);
    assert_string_equal(cosmock_tenant_name(unnamed), "t3");
    cosmock_tenant_free(unnamed);
}

static void a_tenant_that_requests_hold_is_not_opened_twice(void **state)
{
    struct stage *s = *state;
    struct cosmock_error err = {0};
    stage_open_again(s, /* world= */ NULL);
    struct cosmock_tenant *held = tenant_ref(s->t);
    assert_int_equal(stage_try_open(s, /* world= */ NULL, &err), COSMOCK_E_BUSY);
    assert_non_null(strstr(err.message, "'desk'"));
    assert_null(registry_by_name(s->mock, COS_SPAN_LIT("desk")));
    assert_int_equal(cosmock_switch_set(held, "enforcement", "off", NULL), 0);
    tenant_unref(held);
    stage_open_again(s, /* world= */ NULL);
    assert_string_equal(cosmock_switch_get(s->t, "enforcement"), "off");
}

/* --- ids --- */

static void what_is_drawn_in_one_life_is_not_drawn_in_another(void **state)
{
    struct stage *s = *state;
    uint64_t drawn[4];
    int64_t numbers[4];
    for (size_t life = 0; life < 4; life++) {
        stage_open_again(s, /* world= */ NULL);
        drawn[life] = cos_rng_u64(s->t->rng);
        numbers[life] = world_request_number(s->t);
        for (size_t i = 0; i < life; i++) {
            assert_true(drawn[i] != drawn[life]);
            assert_true(numbers[i] != numbers[life]);
        }
    }
}

/* --- world files --- */

static const char other_world[] =
    "accounts:\n"
    "  - uin: \"7\"\n"
    "    appid: \"78\"\n"
    "    name: other\n"
    "    keys: [{secret_id: AKIDseven, secret_key: othersecret}, {secret_id: AKIDnew}]\n"
    "    users:\n"
    "      - {uin: \"8\"}\n"
    "      - {uin: \"9\"}\n"
    "buckets:\n"
    "  - {name: a-78, region: ap-guangzhou}\n"
    "suffixes: [cos.two.test]\n"
    "switches: {enforcement: \"off\"}\n";

static void the_same_world_again_says_nothing(void **state)
{
    struct stage *s = *state;
    stage_open_again(s, stage_first_world);
    assert_int_equal(s->said.len, 0);
    stage_open_again(s, stage_first_world);
    assert_string_equal(cos_buf_cstr(&s->said), "");
}

static void another_world_is_not_applied_and_each_difference_is_said(void **state)
{
    static const char *const sentences[] = {
        "world is not applied to tenant 'desk', which was made before: ",
        "the appid of account 7 is '78' in the file and '77' in the tenant",
        "the name of account 7 is 'other' in the file and 'seven' in the tenant",
        "key AKIDseven has another secret_key in the tenant",
        "key AKIDnew of uin 7 is in the file and not in the tenant",
        "the policies of user 8 are others in the tenant",
        "user 9 is in the file and not in the tenant",
        "bucket a-78 is in the file and not in the tenant",
        "the suffixes are others in the tenant",
        "switch 'enforcement' is 'off' in the file and 'soft' in the tenant",
    };
    static const struct tokens none;
    struct stage *s = *state;
    stage_open_again(s, stage_first_world);
    char *before = stage_see(s->t, &none);
    stage_open_again(s, other_world);
    char *after = stage_see(s->t, &none);
    assert_string_equal(before, after);
    for (size_t i = 0; i < COS_ARRAY_LEN(sentences); i++) {
        if (strstr(cos_buf_cstr(&s->said), sentences[i]) == NULL) {
            fail_msg("'%s' is not in:\n%s", sentences[i], cos_buf_cstr(&s->said));
        }
    }
    assert_null(strstr(cos_buf_cstr(&s->said), "secret\n"));
    assert_null(strstr(cos_buf_cstr(&s->said), "topsecret"));
    assert_null(strstr(cos_buf_cstr(&s->said), "othersecret"));
    assert_null(registry_by_secret_id(s->mock, COS_SPAN_LIT("AKIDnew")));
    free(before);
    free(after);
}

static void a_state_that_has_gone_on_is_told_and_kept(void **state)
{
    struct stage *s = *state;
    stage_open_again(s, stage_first_world);
    assert_int_equal(cosmock_user_policy_set(s->t, "8", stage_deny_get, NULL), 0);
    stage_open_again(s, stage_first_world);
    assert_string_equal(cos_buf_cstr(&s->said),
                        "world is not applied to tenant 'desk', which was made before: the "
                        "policies of user 8 are others in the tenant\n");
}

/* --- temporary keys --- */

static void an_ended_token_is_known_for_a_day_of_the_token_clock(void **state)
{
    struct stage *s = *state;
    static struct tokens tokens;
    tokens.n = 0;
    stage_open_again(s, /* world= */ NULL);
    assert_int_equal(cosmock_clock_freeze(s->t, COSMOCK_CLOCK_TOKEN, 20 * DAY_MS), 0);
    stage_issue(s->t, &tokens, STAGE_ACCOUNT, /* policy= */ NULL);
    assert_int_equal(cosmock_clock_advance(s->t, COSMOCK_CLOCK_TOKEN, DAY_MS), 0);
    stage_open_again(s, /* world= */ NULL);
    struct access_key *key = world_key_find(s->t, cos_span_of(tokens.ids[0]));
    assert_non_null(key);
    assert_int_equal(key->expires_unix_ms, 20 * DAY_MS);
    access_key_unref(key);
    assert_int_equal(cosmock_clock_advance(s->t, COSMOCK_CLOCK_TOKEN, 1), 0);
    stage_open_again(s, /* world= */ NULL);
    assert_null(world_key_find(s->t, cos_span_of(tokens.ids[0])));
    assert_null(registry_by_secret_id(s->mock, cos_span_of(tokens.ids[0])));
}

static void tokens_are_kept_by_age(void **state)
{
    struct stage *s = *state;
    static struct tokens tokens;
    tokens.n = 0;
    stage_open_again(s, /* world= */ NULL);
    for (int i = 0; i < 20; i++) {
        stage_issue(s->t, &tokens, STAGE_ACCOUNT, /* policy= */ NULL);
    }
    stage_open_again(s, /* world= */ NULL);
    stage_issue(s->t, &tokens, STAGE_ACCOUNT, /* policy= */ NULL);
    const struct access_key *k = s->t->maps->oldest_temporary;
    for (size_t i = 0; i < tokens.n; i++, k = k->newer) {
        assert_string_equal(k->secret_id, tokens.ids[i]);
    }
    assert_null(k);
}

/* --- rows that cannot be --- */

static void a_damaged_row_refuses_the_tenant_by_name(void **state)
{
    struct stage *s = *state;
    stage_open_again(s, /* world= */ NULL);
    s->t = cosmock_tenant_free(s->t);
    s->rows->observe = NULL;
    struct batch *b = batch_new();
    batch_put(b, COS_SPAN_LIT("kAKIDbroken"), COS_SPAN_LIT("?"), /* blob= */ NULL);
    struct commit c;
    assert_int_equal(backend_commit(s->rows, b, &c), BACKEND_OK);
    struct cosmock_error err;
    assert_int_equal(stage_try_open(s, /* world= */ NULL, &err), COSMOCK_E_IO);
    assert_non_null(strstr(err.message, "kAKIDbroken"));
    assert_null(registry_by_name(s->mock, COS_SPAN_LIT("desk")));
}

/* @others: the world of another tenant that has something of this one by now. */
static void refuses_a_name(struct stage *s, const char *others, const char *name)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = others;
    struct cosmock_tenant *other = NULL;
    stage_open_again(s, stage_first_world);
    s->t = cosmock_tenant_free(s->t);
    s->mock->rows_of = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &other, &options, NULL), 0);
    s->mock->rows_of = stage_rows_of;
    struct cosmock_error err;
    assert_int_equal(stage_try_open(s, /* world= */ NULL, &err), COSMOCK_E_EXISTS);
    assert_non_null(strstr(err.message, name));
    cosmock_tenant_free(other);
    stage_open_again(s, /* world= */ NULL);
}

static void a_key_that_another_tenant_has_refuses_the_tenant(void **state)
{
    refuses_a_name(
        *state, "accounts:\n  - {uin: \"1\", appid: \"11\", keys: [{secret_id: AKIDseven}]}\n",
        "AKIDseven");
}

static void a_bucket_that_another_tenant_has_refuses_the_tenant(void **state)
{
    refuses_a_name(*state,
                   "accounts:\n  - {uin: \"1\", appid: \"77\"}\n"
                   "buckets:\n  - {name: a-77, region: r}\n",
                   "a-77");
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(after_any_changes_it_is_what_it_was),
        CLAIM(a_number_that_a_kept_tenant_has_is_passed_over),
        CLAIM(after_any_batch_it_is_what_its_rows_say),
        CLAIM(a_tenant_that_requests_hold_is_not_opened_twice),
        CLAIM(what_is_drawn_in_one_life_is_not_drawn_in_another),
        CLAIM(the_same_world_again_says_nothing),
        CLAIM(another_world_is_not_applied_and_each_difference_is_said),
        CLAIM(a_state_that_has_gone_on_is_told_and_kept),
        CLAIM(an_ended_token_is_known_for_a_day_of_the_token_clock),
        CLAIM(tokens_are_kept_by_age),
        CLAIM(a_damaged_row_refuses_the_tenant_by_name),
        CLAIM(a_key_that_another_tenant_has_refuses_the_tenant),
        CLAIM(a_bucket_that_another_tenant_has_refuses_the_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
