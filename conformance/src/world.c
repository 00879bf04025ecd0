/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of a case: its tenant with one account (appid 1250000000) that has one key, one
 * sub-account with one key and one bucket; the tenant's time, policies and faults. Names, ids
 * and secrets derive from the case, so that two cases never share one.
 */
#include "world.h"

#include "cosbase/json.h"
#include "cosbase/rng.h"
#include "env.h"
#include "lane.h"
#include "outcome.h"

#include <stdlib.h>
#include <string.h>

#define ENV_PATH "path/to/remote/storage"
#define ALLOW_ALL                                                                   \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"*\"]," \
    "\"resource\":[\"*\"]}]}"

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* ---- its file ---- */

static const char *random_text(struct env *env, struct cos_rng *rng, const char *prefix)
{
    char text[33];
    cos_rng_text(rng, text, 32, letters);
    return env_text(env, "%s%s", prefix, text);
}

static const char *world_text(struct env *env)
{
    struct cos_rng *rng = cos_rng_new(env->seed);
    if (rng == NULL) {
        env_out_of_memory(env);
    }
    /* Printable ASCII with the characters that a careless decoder would change (CRED-022). */
    env->secret_id = random_text(env, rng, "AKID");
    env->secret_key = random_text(env, rng, "Sk+/=%");
    env->sub_id = random_text(env, rng, "AKID");
    env->sub_key = random_text(env, rng, "Sub+/=%");
    (void)cos_rng_free(rng);
    env->appid = "1250000000";
    env->uin = "100000000001";
    env->sub_uin = "100000000002";
    env->bucket = env_text(env, "%s-%s", env->tag, env->appid);
    return env_text(env,
                    "accounts:\n"
                    "  - uin: \"%s\"\n"
                    "    appid: \"%s\"\n"
                    "    keys:\n"
                    "      - {secret_id: \"%s\", secret_key: \"%s\"}\n"
                    "    users:\n"
                    "      - uin: \"%s\"\n"
                    "        name: sub\n"
                    "        keys:\n"
                    "          - {secret_id: \"%s\", secret_key: \"%s\"}\n"
                    "buckets:\n"
                    "  - {name: \"%s\", region: ap-guangzhou}\n",
                    env->uin, env->appid, env->secret_id, env->secret_key, env->sub_uin,
                    env->sub_id, env->sub_key, env->bucket);
}

/* ---- its making ---- */

void world_must(struct env *env, int r, const struct cosmock_error *err, const char *what)
{
    if (r < 0) {
        case_error(env, "%s: %s", what, err->message);
    }
}

static void know_bucket(struct env *env, const char *bucket)
{
    if (env->n_buckets == COS_ARRAY_LEN(env->buckets)) {
        case_error(env, "too many buckets for one case");
    }
    env->buckets[env->n_buckets++] = bucket;
}

void world_make(struct env *env)
{
    struct cosmock_error err = {0};
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.name = env->tag;
    options.world_text = world_text(env);
    options.seed = env->seed;
    world_must(env, cosmock_tenant_new(env->lane->mock, &env->tenant, &options, &err), &err,
               "world");
    know_bucket(env, env->bucket);
    env->root = ENV_PATH;
    env->root_uri = env_text(env, "cosn://%s/%s", env->bucket, env->root);
    env_canary(env, env->secret_key);
    env_canary(env, env->sub_key);
}

/* ---- names ---- */

const char *env_bucket(struct env *env)
{
    return env->bucket;
}

const char *env_appid(struct env *env)
{
    return env->appid;
}

const char *env_region(struct env *env)
{
    return "ap-guangzhou";
}

const char *env_suffix(struct env *env)
{
    return "cos.ap-guangzhou.myqcloud.com";
}

const char *env_root(struct env *env)
{
    return env->root;
}

const char *env_root_uri(struct env *env)
{
    return env->root_uri;
}

const char *env_secret_id(struct env *env)
{
    return env->secret_id;
}

const char *env_secret_key(struct env *env)
{
    return env->secret_key;
}

uint64_t env_seed(struct env *env)
{
    return env->seed;
}

struct cosmock_tenant *env_tenant(struct env *env)
{
    return env->tenant;
}

const char *env_key(struct env *env, const char *relative)
{
    return env_text(env, "%s/%s", env->root, relative);
}

const char *env_long_path(struct env *env, const char *dir, size_t key_bytes)
{
    size_t n = key_bytes - strlen(env_key(env, dir));
    return env_text(env, "%s%0*d", dir, (int)n, 0);
}

const char *env_bucket_add(struct env *env, const char *word)
{
    struct cosmock_error err = {0};
    const char *name = env_text(env, "%s-%s-%s", word, env->tag, env->appid);
    world_must(env, cosmock_bucket_put(env->tenant, name, env_region(env), &err), &err,
               "bucket");
    know_bucket(env, name);
    return name;
}

/* ---- secrets ---- */

void env_canary(struct env *env, const char *secret)
{
    if (secret == NULL || strlen(secret) < 8 ||
        env->n_canaries == COS_ARRAY_LEN(env->canaries)) {
        return; /* shorter ones would be found by chance */
    }
    env->canaries[env->n_canaries++] = env_text(env, "%s", secret);
}

/* ---- time ---- */

void env_follow_time(void *arg, int64_t unix_ms)
{
    struct env *env = arg;
    struct cosmock_tenant *t = env->tenant;
    (void)pthread_mutex_lock(&env->time_lock);
    if (unix_ms > env->followed_unix_ms) {
        env->followed_unix_ms = unix_ms;
        cosmock_clock_freeze(t, COSMOCK_CLOCK_SIGNATURE, unix_ms);
        cosmock_clock_freeze(t, COSMOCK_CLOCK_MODIFICATION, unix_ms);
        cosmock_clock_freeze(t, COSMOCK_CLOCK_TOKEN, unix_ms + env->token_skew_ms);
    }
    (void)pthread_mutex_unlock(&env->time_lock);
}

void env_shift_time(struct env *env, int64_t ms)
{
    for (int clock = 0; clock < COSMOCK_CLOCKS; clock++) {
        cosmock_clock_advance(env->tenant, (enum cosmock_clock)clock, ms);
    }
}

int64_t env_now_ms(struct env *env)
{
    return cosmock_clock_now_unix_ms(env->tenant, COSMOCK_CLOCK_TOKEN);
}

void env_age_tokens(struct env *env, int64_t ms)
{
    (void)pthread_mutex_lock(&env->time_lock);
    env->token_skew_ms += ms;
    cosmock_clock_advance(env->tenant, COSMOCK_CLOCK_TOKEN, ms);
    (void)pthread_mutex_unlock(&env->time_lock);
}

void env_ttl_override(struct env *env, int64_t seconds)
{
    cosmock_ttl_override(env->tenant, seconds);
}

/* ---- rights ---- */

void env_user_policy(struct env *env, const char *json)
{
    struct cosmock_error err = {0};
    world_must(env, cosmock_user_policy_set(env->tenant, env->sub_uin, json, &err), &err,
               "policy");
}

void env_use_sub_account(struct env *env)
{
    env->secret_id = env->sub_id;
    env->secret_key = env->sub_key;
    env_user_policy(env, ALLOW_ALL);
}

const char *env_policy_all(struct env *env)
{
    return env_text(env,
                    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                    "\"action\":[\"name/cos:*\"],\"resource\":[\"qcs::cos:%s:uid/%s:%s/*\"]}]}",
                    env_region(env), env->appid, env->bucket);
}

const char *env_policy_long(struct env *env)
{
    struct cos_buf *b = env_buf(env, (size_t)64 << 10);
    cos_buf_str(b, "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                   "\"action\":[\"name/cos:*\"],\"resource\":[");
    for (unsigned i = 0; i < 24; i++) {
        cos_buf_printf(b,
                       "%s\"qcs::cos:%s:uid/%s:%s/d%02u a+b%%2F100%% \xe4\xb8\xad\xc3\xa9/*\"",
                       i > 0 ? "," : "", env_region(env), env->appid, env->bucket, i);
    }
    cos_buf_str(b, "]}]}");
    return env_keep(env, b);
}

const char *env_probe(struct env *env, const char *secret_id, const char *action,
                      const char *bucket, const char *key)
{
    struct cosmock_error err = {0};
    char *json = NULL;
    const char *resource =
        env_text(env, "qcs::cos:%s:uid/%s:%s/%s", env_region(env), env->appid, bucket, key);
    struct cosmock_explain_query query = COSMOCK_EXPLAIN_QUERY_INIT;
    query.secret_id = secret_id;
    query.action = action;
    query.resource = resource;
    int r = cosmock_policy_explain(env->tenant, &query, &json, &err);
    world_must(env, r, &err, "policy explain");
    struct cos_json *root = NULL;
    struct cos_text_error text_err = {0};
    r = cos_json_parse(&root, cos_span_of(json), &COS_JSON_LIMITS_DEFAULT, &text_err);
    const char *verdict = cos_json_str(cos_json_get(root, "verdict"));
    const char *kept = verdict != NULL ? env_text(env, "%s", verdict) : NULL;
    (void)cos_json_free(root);
    free(json);
    if (r < 0 || kept == NULL) {
        case_error(env, "policy explain: the answer has no verdict");
    }
    return kept;
}

/* ---- faults ---- */

static const char *fault_name(struct env *env, const struct cosmock_fault *f)
{
    static const char *const kinds[] = {
        [COSMOCK_FAULT_REPLY] = "reply",         [COSMOCK_FAULT_REPLY_AFTER] = "late reply",
        [COSMOCK_FAULT_REPLY_200] = "reply 200", [COSMOCK_FAULT_DELAY] = "delay",
        [COSMOCK_FAULT_RESET] = "reset",         [COSMOCK_FAULT_RESET_AFTER] = "late reset",
        [COSMOCK_FAULT_TRUNCATE] = "truncate",   [COSMOCK_FAULT_CORRUPT] = "corrupt",
        [COSMOCK_FAULT_MALFORMED] = "malformed", [COSMOCK_FAULT_HEADER] = "header",
        [COSMOCK_FAULT_SKEW] = "skew",           [COSMOCK_FAULT_EXTRA] = "extra",
        [COSMOCK_FAULT_FOREIGN] = "foreign"};
    const char *op = f->op != NULL ? f->op : "any request";
    const char *what = f->code != NULL ? f->code : kinds[f->kind];
    return f->http_status != 0 && f->code == NULL ? env_text(env, "%s %d", op, f->http_status)
                                                  : env_text(env, "%s %s", op, what);
}

static uint64_t plant(struct env *env, struct cosmock_fault fault, bool may_miss)
{
    uint64_t id = 0;
    struct cosmock_error err = {0};
    fault.size = sizeof(fault);
    if (env->n_planted == COS_ARRAY_LEN(env->planted)) {
        case_error(env, "too many faults for one case");
    }
    world_must(env, cosmock_fault_push(env->tenant, &fault, &id, &err), &err, "fault");
    env->planted[env->n_planted++] =
        (struct planted){.id = id, .what = fault_name(env, &fault), .may_miss = may_miss};
    return id;
}

uint64_t env_fault(struct env *env, struct cosmock_fault fault)
{
    return plant(env, fault, /* may_miss= */ false);
}

uint64_t env_fault_maybe(struct env *env, struct cosmock_fault fault)
{
    return plant(env, fault, /* may_miss= */ true);
}

static uint64_t hits_of(struct env *env, const struct planted *p)
{
    return p->is_cleared ? p->hits : cosmock_fault_hits(env->tenant, p->id);
}

uint64_t env_fault_hits(struct env *env, uint64_t id)
{
    for (size_t i = 0; i < env->n_planted; i++) {
        if (env->planted[i].id == id) {
            return hits_of(env, &env->planted[i]);
        }
    }
    return 0;
}

void env_fault_clear(struct env *env)
{
    for (size_t i = 0; i < env->n_planted; i++) {
        struct planted *p = &env->planted[i];
        p->hits = hits_of(env, p);
        p->is_cleared = true;
    }
    cosmock_fault_clear(env->tenant);
}

void world_check_faults(struct env *env)
{
    for (size_t i = 0; i < env->n_planted; i++) {
        const struct planted *p = &env->planted[i];
        if (!p->may_miss && hits_of(env, p) == 0) {
            case_error(env, "fault %zu (%s) was never hit, so nothing was shown", i + 1,
                       p->what);
        }
    }
}
