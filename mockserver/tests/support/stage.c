/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in memory that a mock gets again, and words for what happens to their tenant. */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "issue.h"
#include "store/rows.h"
#include "world/maps.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/rows.h"

static struct backend *keep(struct backend *b)
{
    return NULL;
}

struct backend *stage_rows_of(void *ctx, const char *name, struct cosmock_error *err)
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
int stage_try_open(struct stage *s, const char *world, struct cosmock_error *err)
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

void stage_open_again(struct stage *s, const char *world)
{
    struct cosmock_error err = {0};
    if (stage_try_open(s, world, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

int stage_open(void **state)
{
    static struct stage s;
    s = (struct stage){.rows = backend_memory_new(/* budget= */ NULL)};
    s.ops = s.rows->ops;
    s.kept = *s.ops;
    s.kept.free = keep;
    cos_buf_init(&s.said, 1u << 20);
    *state = &s;
    int r = cosmock_new(&s.mock, NULL, NULL);
    s.mock->rows_of = stage_rows_of;
    s.mock->rows_ctx = &s;
    return r;
}

int stage_close(void **state)
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

void stage_see_verdicts(struct cos_buf *out, struct cosmock_tenant *t, const char *uin,
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
    stage_see_verdicts(out, t, /* uin= */ NULL, secret_id);
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

char *stage_see(struct cosmock_tenant *t, const struct tokens *tokens)
{
    struct cos_buf out;
    cos_buf_init(&out, 16u << 20);
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    cos_buf_printf(&out, "first %s %s %s %s %s %s %s\n", info.appid, info.owner_uin,
                   info.secret_id, info.secret_key, info.endpoint_suffix, info.bucket,
                   info.region);
    assert_int_equal(cosmock_key_each(t, see_key, &out), 0);
    stage_see_verdicts(&out, t, STAGE_ACCOUNT, /* secret_id= */ NULL);
    stage_see_verdicts(&out, t, STAGE_READER, /* secret_id= */ NULL);
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

const char stage_allow_get[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}";
const char stage_deny_get[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"deny\",\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}";

const char stage_anyone_gets[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"principal\":{\"qcs\":"
    "[\"qcs::cam::anyone:anyone\"]},\"action\":[\"name/"
    "cos:GetObject\"],\"resource\":[\"*\"]}]}";

void stage_issue(struct cosmock_tenant *t, struct tokens *tokens, const char *uin,
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

void stage_change(struct cosmock_tenant *t, struct cos_rng *rng, struct tokens *tokens)
{
    static const char *const policies[] = {stage_allow_get, stage_deny_get, NULL};
    const char *policy = policies[cos_rng_below(rng, 3)];
    const char *uin = cos_rng_below(rng, 2) == 0 ? STAGE_ACCOUNT : STAGE_READER;
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
                                                   policy == NULL ? NULL : stage_anyone_gets,
                                                   NULL),
                         0);
        break;
    case 0:
        assert_int_equal(cosmock_user_policy_set(t, uin, policy, NULL), 0);
        break;
    case 1:
        if (tokens->n < STAGE_TOKENS) {
            stage_issue(t, tokens, uin, policy);
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

const char stage_desk_world[] =
    "accounts:\n"
    "  - uin: \"" STAGE_ACCOUNT "\"\n"
    "    appid: \"1250000000\"\n"
    "    keys: [{}, {secret_id: AKIDgiven, secret_key: given}]\n"
    "    users:\n"
    "      - {uin: \"" STAGE_READER "\", name: reader, keys: [{}], policies: [p, p]}\n"
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

const char stage_first_world[] =
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
