/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant that is opened again on the rows it left is the tenant it was: for whoever signs,
 * for whoever asks why, for whoever reads a clock. What a world file says counts once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cosbase/buf.h"
#include "cosbase/rng.h"
#include "issue.h"
#include "store/rows.h"
#include "world/maps.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/rows.h"

#define ACCOUNT "100000000001"
#define READER "100000000011"
#define DAY_MS INT64_C(86400000)

/* Rows that outlive their tenant. */
struct stage {
    struct cosmock *mock;
    struct cosmock_tenant *t;
    struct backend *rows;
    const struct backend_ops *ops;
    struct backend_ops kept;
    struct cos_buf said;
};

static struct backend *keep(struct backend *b)
{
    return NULL;
}

static struct backend *rows_of(void *ctx, const char *name, struct cosmock_error *err)
{
    struct stage *s = ctx;
    s->rows->ops = &s->kept;
    return s->rows;
}

static void hear(void *ctx, const char *text)
{
    struct stage *s = ctx;
    cos_buf_str(&s->said, text);
    cos_buf_ch(&s->said, '\n');
}

/* The tenant, new or again, with @world: NULL: none given. */
static int try_open(struct stage *s, const char *world, struct cosmock_error *err)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.name = "desk";
    options.seed = 5;
    options.world_text = world;
    options.warn = hear;
    options.warn_ctx = s;
    s->t = cosmock_tenant_free(s->t);
    cos_buf_clear(&s->said);
    return cosmock_tenant_new(s->mock, &s->t, &options, err);
}

static void open_again(struct stage *s, const char *world)
{
    struct cosmock_error err = {0};
    if (try_open(s, world, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

static int open_stage(void **state)
{
    static struct stage s;
    s = (struct stage){.rows = backend_memory_new(/* budget= */ NULL)};
    s.ops = s.rows->ops;
    s.kept = *s.ops;
    s.kept.free = keep;
    cos_buf_init(&s.said, 1u << 20);
    *state = &s;
    int r = cosmock_new(&s.mock, NULL, NULL);
    s.mock->rows_of = rows_of;
    s.mock->rows_ctx = &s;
    return r;
}

static int close_stage(void **state)
{
    struct stage *s = *state;
    s->t = cosmock_tenant_free(s->t);
    s->mock = cosmock_free(s->mock);
    s->rows = s->ops->free(s->rows);
    cos_buf_deinit(&s->said);
    return 0;
}

/* --- what there is to see of a tenant --- */

static void see_key(void *ctx, const struct cosmock_key *key)
{
    cos_buf_printf(ctx, "key %s %s %s %s %s\n", key->uin, key->user, key->appid, key->secret_id,
                   key->secret_key);
}

static void see_verdicts(struct cos_buf *out, struct cosmock_tenant *t, const char *uin,
                         const char *secret_id)
{
    static const char *const actions[] = {"name/cos:GetObject", "name/cos:PutObject"};
    for (size_t i = 0; i < COS_ARRAY_LEN(actions); i++) {
        struct cosmock_explain_query q = COSMOCK_EXPLAIN_QUERY_INIT;
        q.uin = uin;
        q.secret_id = secret_id;
        q.action = actions[i];
        q.resource = "qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/a/b";
        char *json = NULL;
        struct cosmock_error err = {0};
        int r = cosmock_policy_explain(t, &q, &json, &err);
        cos_buf_printf(out, "verdict %d %s%s\n", r, r == 0 ? json : err.message, "");
        free(json);
    }
}

static void see_temporary(struct cos_buf *out, struct cosmock_tenant *t, const char *secret_id)
{
    struct access_key *k = world_key_find(t, cos_span_of(secret_id));
    if (k == NULL) {
        cos_buf_printf(out, "none %s\n", secret_id);
        return;
    }
    cos_buf_printf(out, "token %s %s %s %s %s %lld %d\n", secret_id, k->user->uin,
                   k->secret_key.ptr, k->token.ptr, k->federated_name,
                   (long long)k->expires_unix_ms, k->revoked);
    access_key_unref(k);
    see_verdicts(out, t, /* uin= */ NULL, secret_id);
}

static void see_object(void *ctx, const char *key, uint64_t bytes)
{
    cos_buf_printf(ctx, "object %s %llu\n", key, (unsigned long long)bytes);
}

static void see_buckets(struct cos_buf *out, struct cosmock_tenant *t)
{
    struct bucket *buckets[16];
    size_t n = world_buckets_of(t, /* owner_uin= */ NULL, buckets, COS_ARRAY_LEN(buckets));
    for (size_t i = 0; i < n; i++) {
        struct bucket_view view = world_bucket_view(t, cos_span_of(buckets[i]->name));
        cos_buf_printf(out, "bucket %s %s %s %s ", buckets[i]->name, buckets[i]->region,
                       buckets[i]->owner_uin, buckets[i]->owner_appid);
        cos_buf_span(out, bucket_document(&view, BUCKET_POLICY));
        cos_buf_ch(out, '\n');
        assert_int_equal(cosmock_object_each(t, buckets[i]->name, see_object, out), 0);
        bucket_view_release(&view);
        bucket_unref(buckets[i]);
    }
    char digest[65];
    assert_int_equal(cosmock_store_digest(t, digest), 0);
    cos_buf_printf(out, "digest %s\n", digest);
}

#define MAX_TOKENS 64
struct tokens {
    char ids[MAX_TOKENS][96];
    size_t n;
};

static char *see(struct cosmock_tenant *t, const struct tokens *tokens)
{
    struct cos_buf out;
    cos_buf_init(&out, 16u << 20);
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    cos_buf_printf(&out, "first %s %s %s %s %s %s %s\n", info.appid, info.owner_uin,
                   info.secret_id, info.secret_key, info.endpoint_suffix, info.bucket,
                   info.region);
    assert_int_equal(cosmock_key_each(t, see_key, &out), 0);
    see_verdicts(&out, t, ACCOUNT, /* secret_id= */ NULL);
    see_verdicts(&out, t, READER, /* secret_id= */ NULL);
    see_buckets(&out, t);
    for (size_t i = 0; i < SWITCHES; i++) {
        cos_buf_printf(&out, "%s=%s\n", world_switch_rows[i].name,
                       cosmock_switch_get(t, world_switch_rows[i].name));
    }
    for (size_t i = 0; i < COSMOCK_CLOCKS; i++) {
        cos_buf_printf(&out, "clock %lld\n", (long long)t->clocks[i]);
    }
    cos_buf_printf(&out, "ttl %lld\n", (long long)t->ttl_override_s);
    for (const char *const *s = world_suffixes(t); *s != NULL; s++) {
        cos_buf_printf(&out, "suffix %s\n", *s);
    }
    for (size_t i = 0; i < tokens->n; i++) {
        see_temporary(&out, t, tokens->ids[i]);
    }
    return cos_buf_take(&out);
}

/* --- what can be done to one --- */

static const char allow_get[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}";
static const char deny_get[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"deny\",\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}";

static const char anyone_gets[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"principal\":{\"qcs\":"
    "[\"qcs::cam::anyone:anyone\"]},\"action\":[\"name/"
    "cos:GetObject\"],\"resource\":[\"*\"]}]}";

static void issue(struct cosmock_tenant *t, struct tokens *tokens, const char *uin,
                  const char *policy)
{
    struct cam_policy *session = NULL;
    struct cos_text_error why;
    if (policy != NULL) {
        assert_int_equal(cam_policy_parse(&session, cos_span_of(policy), CAM_SESSION, "alice",
                                          &why),
                         0);
    }
    struct user *user = world_user_find(t, uin);
    const struct key_grant grant = {user, "alice", session,
                                    cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN)};
    struct access_key *key = issue_key(t, &grant);
    assert_non_null(key);
    (void)snprintf(tokens->ids[tokens->n++], sizeof(tokens->ids[0]), "%s", key->secret_id);
    access_key_unref(key);
    user_unref(user);
    cam_policy_unref(session);
}

static void change(struct cosmock_tenant *t, struct cos_rng *rng, struct tokens *tokens)
{
    static const char *const policies[] = {allow_get, deny_get, NULL};
    const char *policy = policies[cos_rng_below(rng, 3)];
    const char *uin = cos_rng_below(rng, 2) == 0 ? ACCOUNT : READER;
    enum cosmock_clock clock = (enum cosmock_clock)cos_rng_below(rng, COSMOCK_CLOCKS);
    char name[32];
    (void)snprintf(name, sizeof(name), "b%d-1250000000", (int)cos_rng_below(rng, 5));
    switch (cos_rng_below(rng, 12)) {
    case 8:
        (void)cosmock_bucket_put(t, name, "ap-beijing", NULL); /* it may be there */
        break;
    case 9:
        (void)cosmock_object_put(t, name, "a/b", name, cos_rng_below(rng, 9), NULL);
        break;
    case 10:
        (void)cosmock_object_delete(t, name, "a/b", NULL);
        break;
    case 11:
        assert_int_equal(cosmock_bucket_policy_set(t, "data-1250000000",
                                                   policy == NULL ? NULL : anyone_gets, NULL),
                         0);
        break;
    case 0:
        assert_int_equal(cosmock_user_policy_set(t, uin, policy, NULL), 0);
        break;
    case 1:
        if (tokens->n < MAX_TOKENS) {
            issue(t, tokens, uin, policy);
        }
        break;
    case 2:
        if (tokens->n > 0) {
            const char *id = tokens->ids[cos_rng_below(rng, tokens->n)];
            assert_int_equal(cosmock_key_revoke(t, id, NULL), 0);
        }
        break;
    case 3:
        assert_int_equal(cosmock_switch_set(t, "enforcement",
                                            cos_rng_below(rng, 2) == 0 ? "soft" : "off", NULL),
                         0);
        break;
    case 4:
        assert_int_equal(cosmock_switch_set(t, "session-token-bytes",
                                            cos_rng_below(rng, 2) == 0 ? "200" : "333", NULL),
                         0);
        break;
    case 5:
        assert_int_equal(cosmock_clock_freeze(t, clock,
                                              1700000000000 + (int64_t)cos_rng_below(rng, 9)),
                         0);
        break;
    case 6:
        assert_int_equal(cosmock_clock_advance(t, clock, (int64_t)cos_rng_below(rng, 5000)), 0);
        break;
    default:
        assert_int_equal(cosmock_ttl_override(t, (int64_t)cos_rng_below(rng, 100)), 0);
        break;
    }
}

static const char desk_world[] =
    "accounts:\n"
    "  - uin: \"" ACCOUNT "\"\n"
    "    appid: \"1250000000\"\n"
    "    keys: [{}, {secret_id: AKIDgiven, secret_key: given}]\n"
    "    users:\n"
    "      - {uin: \"" READER "\", name: reader, keys: [{}], policies: [p, p]}\n"
    "  - {uin: \"5\", appid: \"1251\", keys: [{}]}\n"
    "buckets:\n"
    "  - {name: data-1250000000, region: ap-guangzhou}\n"
    "  - {name: other-1251, region: ap-beijing, owner: \"5\", policy: '{\"version\":\"2.0\","
    "\"statement\":[{\"effect\":\"allow\",\"principal\":{\"qcs\":[\"*\"]},\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}'}\n"
    "policies:\n"
    "  p: '{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}'\n"
    "suffixes: [cos.one.test, cos.two.test]\n"
    "switches: {session-token-bytes: 500}\n";

static void after_any_changes_it_is_what_it_was(void **state)
{
    struct stage *s = *state;
    struct cos_rng *rng = cos_rng_new(8);
    static struct tokens tokens;
    tokens.n = 0;
    open_again(s, desk_world);
    for (int life = 0; life < 40; life++) {
        for (int i = 0; i < 12; i++) {
            change(s->t, rng, &tokens);
        }
        char *before = see(s->t, &tokens);
        open_again(s, /* world= */ NULL);
        char *after = see(s->t, &tokens);
        assert_non_null(before);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
    cos_rng_free(rng);
}

/* --- rows of any content, over those that are there --- */

static const char *const some_uins[] = {ACCOUNT, READER, "5", "6"};
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
        row_pair_add(&policies, COS_SPAN_LIT("p"), cos_span_of(allow_get));
    }
    user_row_put(b, &(struct user_row){.order = order,
                                       .uin = uin,
                                       .owner_uin = cos_rng_below(rng, 2) == 0
                                                        ? uin
                                                        : COS_SPAN_LIT(ACCOUNT),
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
                                     .session = is_temporary ? cos_span_of(deny_get)
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
        see_verdicts(&out, t, /* uin= */ NULL, some_ids[i]);
    }
    char *rest = see(t, &none);
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
    open_again(s, desk_world);
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
        open_again(s, /* world= */ NULL);
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
    open_again(s, /* world= */ NULL);
    struct cosmock_tenant *held = tenant_ref(s->t);
    assert_int_equal(try_open(s, /* world= */ NULL, &err), COSMOCK_E_BUSY);
    assert_non_null(strstr(err.message, "'desk'"));
    assert_null(registry_by_name(s->mock, COS_SPAN_LIT("desk")));
    assert_int_equal(cosmock_switch_set(held, "enforcement", "off", NULL), 0);
    tenant_unref(held);
    open_again(s, /* world= */ NULL);
    assert_string_equal(cosmock_switch_get(s->t, "enforcement"), "off");
}

/* --- ids --- */

static void what_is_drawn_in_one_life_is_not_drawn_in_another(void **state)
{
    struct stage *s = *state;
    uint64_t drawn[4];
    int64_t numbers[4];
    for (size_t life = 0; life < 4; life++) {
        open_again(s, /* world= */ NULL);
        drawn[life] = cos_rng_u64(s->t->rng);
        numbers[life] = world_request_number(s->t);
        for (size_t i = 0; i < life; i++) {
            assert_true(drawn[i] != drawn[life]);
            assert_true(numbers[i] != numbers[life]);
        }
    }
}

/* --- world files --- */

static const char first_world[] =
    "accounts:\n"
    "  - uin: \"7\"\n"
    "    appid: \"77\"\n"
    "    name: seven\n"
    "    keys: [{secret_id: AKIDseven, secret_key: topsecret}, {}]\n"
    "    users:\n"
    "      - {uin: \"8\", policies: [p]}\n"
    "policies:\n"
    "  p: '{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}'\n"
    "buckets:\n"
    "  - {name: a-77, region: ap-guangzhou}\n"
    "suffixes: [cos.one.test]\n"
    "switches: {enforcement: soft}\n";
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
    open_again(s, first_world);
    assert_int_equal(s->said.len, 0);
    open_again(s, first_world);
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
    open_again(s, first_world);
    char *before = see(s->t, &none);
    open_again(s, other_world);
    char *after = see(s->t, &none);
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
    open_again(s, first_world);
    assert_int_equal(cosmock_user_policy_set(s->t, "8", deny_get, NULL), 0);
    open_again(s, first_world);
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
    open_again(s, /* world= */ NULL);
    assert_int_equal(cosmock_clock_freeze(s->t, COSMOCK_CLOCK_TOKEN, 20 * DAY_MS), 0);
    issue(s->t, &tokens, ACCOUNT, /* policy= */ NULL);
    assert_int_equal(cosmock_clock_advance(s->t, COSMOCK_CLOCK_TOKEN, DAY_MS), 0);
    open_again(s, /* world= */ NULL);
    struct access_key *key = world_key_find(s->t, cos_span_of(tokens.ids[0]));
    assert_non_null(key);
    assert_int_equal(key->expires_unix_ms, 20 * DAY_MS);
    access_key_unref(key);
    assert_int_equal(cosmock_clock_advance(s->t, COSMOCK_CLOCK_TOKEN, 1), 0);
    open_again(s, /* world= */ NULL);
    assert_null(world_key_find(s->t, cos_span_of(tokens.ids[0])));
    assert_null(registry_by_secret_id(s->mock, cos_span_of(tokens.ids[0])));
}

static void tokens_are_kept_by_age(void **state)
{
    struct stage *s = *state;
    static struct tokens tokens;
    tokens.n = 0;
    open_again(s, /* world= */ NULL);
    for (int i = 0; i < 20; i++) {
        issue(s->t, &tokens, ACCOUNT, /* policy= */ NULL);
    }
    open_again(s, /* world= */ NULL);
    issue(s->t, &tokens, ACCOUNT, /* policy= */ NULL);
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
    open_again(s, /* world= */ NULL);
    s->t = cosmock_tenant_free(s->t);
    s->rows->observe = NULL;
    struct batch *b = batch_new();
    batch_put(b, COS_SPAN_LIT("kAKIDbroken"), COS_SPAN_LIT("?"), /* blob= */ NULL);
    struct commit c;
    assert_int_equal(backend_commit(s->rows, b, &c), BACKEND_OK);
    struct cosmock_error err;
    assert_int_equal(try_open(s, /* world= */ NULL, &err), COSMOCK_E_IO);
    assert_non_null(strstr(err.message, "kAKIDbroken"));
    assert_null(registry_by_name(s->mock, COS_SPAN_LIT("desk")));
}

/* @others: the world of another tenant that has something of this one by now. */
static void refuses_a_name(struct stage *s, const char *others, const char *name)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = others;
    struct cosmock_tenant *other = NULL;
    open_again(s, first_world);
    s->t = cosmock_tenant_free(s->t);
    s->mock->rows_of = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &other, &options, NULL), 0);
    s->mock->rows_of = rows_of;
    struct cosmock_error err;
    assert_int_equal(try_open(s, /* world= */ NULL, &err), COSMOCK_E_EXISTS);
    assert_non_null(strstr(err.message, name));
    cosmock_tenant_free(other);
    open_again(s, /* world= */ NULL);
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

/* --- back to the world it was made of --- */

static void after_any_changes_a_reset_is_the_first_day(void **state)
{
    static const struct tokens none;
    struct stage *s = *state;
    struct cos_rng *rng = cos_rng_new(9);
    static struct tokens tokens;
    open_again(s, desk_world);
    char *first_day = see(s->t, &none);
    for (int round = 0; round < 20; round++) {
        tokens.n = 0;
        for (int i = 0; i < 20; i++) {
            change(s->t, rng, &tokens);
        }
        assert_int_equal(cosmock_tenant_reset(s->t, NULL), 0);
        for (int again = 0; again < 2; again++) {
            char *now = see(s->t, &none);
            assert_string_equal(first_day, now);
            free(now);
            for (size_t i = 0; i < tokens.n; i++) {
                assert_null(world_key_find(s->t, cos_span_of(tokens.ids[i])));
                assert_null(registry_by_secret_id(s->mock, cos_span_of(tokens.ids[i])));
            }
            open_again(s, /* world= */ NULL);
        }
    }
    free(first_day);
    cos_rng_free(rng);
}

static void a_reset_takes_buckets_faults_and_the_journal(void **state)
{
    struct stage *s = *state;
    struct cosmock_world_info info;
    open_again(s, /* world= */ NULL);
    cosmock_world_info(s->t, &info);
    assert_int_equal(cosmock_object_put(s->t, info.bucket, "k", "x", 1, NULL), 0);
    assert_int_equal(cosmock_bucket_put(s->t, "more-1250000000", "r", NULL), 0);
    assert_int_equal(cosmock_bucket_policy_set(s->t, info.bucket, anyone_gets, NULL), 0);
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
    open_again(s, /* world= */ NULL);
    cosmock_world_info(s->t, &info);
    issue(s->t, &tokens, READER, allow_get);
    struct key_view key = world_key_view(s->t, cos_span_of(tokens.ids[0]));
    struct bucket_view bucket = world_bucket_view(s->t, cos_span_of(info.bucket));
    assert_int_equal(cosmock_tenant_reset(s->t, NULL), 0);
    assert_string_equal(key.key->user->uin, READER);
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
    open_again(s, /* world= */ NULL);
    for (int life = 0; life < 3; life++) {
        uint32_t id = id_of_new_bucket(s->t, "a-1250000000");
        assert_true(id > last);
        last = id_of_new_bucket(s->t, "b-1250000000");
        delete_bucket(s->t, "a-1250000000");
        delete_bucket(s->t, "b-1250000000");
        open_again(s, /* world= */ NULL);
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
    open_again(s, first_world);
    delete_bucket(s->t, "a-77");
    assert_int_equal(cosmock_switch_set(s->t, "enforcement", "off", NULL), 0);
    s->mock->rows_of = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &other, &options, NULL), 0);
    char *before = see(s->t, &none);
    struct cosmock_error err;
    assert_int_equal(cosmock_tenant_reset(s->t, &err), COSMOCK_E_EXISTS);
    assert_non_null(strstr(err.message, "a-77"));
    char *after = see(s->t, &none);
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
    open_again(s, /* world= */ NULL);
    s->mock->rows_of = NULL;
    assert_int_equal(cosmock_tenant_new(s->mock, &second, NULL, NULL), 0);
    cosmock_world_info(second, &info);
    assert_int_equal(cosmock_tenant_reset(second, NULL), 0);
    assert_int_equal(cosmock_object_count(second, info.bucket), 0);
    cosmock_tenant_free(second);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

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
        CLAIM(after_any_changes_a_reset_is_the_first_day),
        CLAIM(a_reset_takes_buckets_faults_and_the_journal),
        CLAIM(a_request_under_way_ends_on_what_it_holds),
        CLAIM(the_id_of_a_bucket_never_comes_again),
        CLAIM(a_reset_that_finds_a_name_taken_changes_nothing),
        CLAIM(a_second_built_in_tenant_keeps_its_bucket),
        CLAIM(a_damaged_row_refuses_the_tenant_by_name),
        CLAIM(a_key_that_another_tenant_has_refuses_the_tenant),
        CLAIM(a_bucket_that_another_tenant_has_refuses_the_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
