/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The surroundings of a case: its tenant, its time, its memory, and how it ends. Configuration is in conf.c, operations in
 * op.c, expectations in expect.c, evidence in evidence.c.
 */
#include "env.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "gen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENV_BYTES ((size_t)256 << 20)
#define MAX_OUTPUT_BYTES ((size_t)32 << 20)

/* ---- endings ---- */

void env_end(struct env *env, enum conform_verdict verdict, const char *fmt, va_list ap)
{
    env->verdict = verdict;
    (void)vsnprintf(env->reason, sizeof(env->reason), fmt, ap);
    longjmp(env->out, 1);
}

static CASE_NORETURN void end_f(struct env *env, enum conform_verdict verdict, const char *fmt,
                                ...) COS_PRINTF(3, 4);
static void end_f(struct env *env, enum conform_verdict verdict, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    env_end(env, verdict, fmt, ap);
}

void case_fail(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    env_end(env, verdict_of_violation(env->requirement->level), fmt, ap);
}

void case_skip(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    env_end(env, CONFORM_SKIP, fmt, ap);
}

void case_error(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    env_end(env, CONFORM_ERROR, fmt, ap);
}

void case_info(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    env->verdict = CONFORM_INFO;
    (void)vsnprintf(env->reason, sizeof(env->reason), fmt, ap);
    va_end(ap);
}

void env_out_of_memory(struct env *env)
{
    end_f(env, CONFORM_ERROR, "no memory for the case");
}

/* ---- memory ---- */

void *env_alloc(struct env *env, size_t bytes)
{
    void *p = cos_arena_alloc(&env->arena, bytes > 0 ? bytes : 1);
    if (p == NULL) {
        env_out_of_memory(env);
    }
    return p;
}

const char *env_text(struct env *env, const char *fmt, ...)
{
    char *made = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&made, fmt, ap);
    va_end(ap);
    if (n < 0) {
        env_out_of_memory(env);
    }
    const char *text = cos_arena_str(&env->arena, cos_span_make(made, (size_t)n));
    free(made);
    if (text == NULL) {
        env_out_of_memory(env);
    }
    return text;
}

const char *env_json(struct env *env, const struct cos_json *node)
{
    struct cos_buf b = {0};
    cos_buf_init(&b, DRIVER_MAX_LINE);
    cos_json_print(&b, node);
    const char *kept = cos_arena_str(&env->arena, cos_buf_view(&b));
    bool failed = b.failed || kept == NULL;
    cos_buf_deinit(&b);
    if (failed) {
        env_out_of_memory(env);
    }
    return kept;
}

/* ---- time ---- */

void env_follow_time(void *arg, int64_t unix_ms)
{
    struct env *env = arg;
    struct cosmock_tenant *t = env->tenant;
    cosmock_clock_freeze(t, COSMOCK_CLOCK_SIGNATURE, unix_ms);
    cosmock_clock_freeze(t, COSMOCK_CLOCK_MODIFICATION, unix_ms);
    cosmock_clock_freeze(t, COSMOCK_CLOCK_TOKEN,
                         unix_ms + __atomic_load_n(&env->token_skew_ms, __ATOMIC_RELAXED));
}

bool env_clock_is_virtual(struct env *env)
{
    return env->is_virtual;
}

int64_t env_now_ms(struct env *env)
{
    return cosmock_clock_now_unix_ms(env->tenant, COSMOCK_CLOCK_TOKEN);
}

static void move_time(struct env *env, int64_t ms, bool jump)
{
    if (!env->is_virtual) {
        case_skip(env, "the subject's clock cannot be moved");
    }
    const struct reply *r = op_call(env, "advance",
                                    env_text(env, "\"ms\":%lld,\"jump\":%s", (long long)ms,
                                             jump ? "true" : "false"));
    if (!reply_ok(r)) {
        case_error(env, "the driver did not move its clock: %s", reply_message(r));
    }
}

void env_advance(struct env *env, int64_t ms)
{
    move_time(env, ms, false);
}

void env_jump(struct env *env, int64_t ms)
{
    move_time(env, ms, true);
}

void env_age_tokens(struct env *env, int64_t ms)
{
    (void)__atomic_add_fetch(&env->token_skew_ms, ms, __ATOMIC_RELAXED);
    cosmock_clock_advance(env->tenant, COSMOCK_CLOCK_TOKEN, ms);
}

void env_ttl_override(struct env *env, int64_t seconds)
{
    cosmock_ttl_override(env->tenant, seconds);
}

/* ---- the world ---- */

const char *env_bucket(struct env *env)
{
    return env->bucket;
}

const char *env_appid(struct env *env)
{
    return env->appid;
}

const char *env_owner_uin(struct env *env)
{
    return env->uin;
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

bool env_is_direct(struct env *env)
{
    return env->lane->options->in_process;
}

bool env_has(struct env *env, const char *capability)
{
    for (const char **c = env->capabilities; c != NULL && *c != NULL; c++) {
        if (strcmp(*c, capability) == 0) {
            return true;
        }
    }
    return false;
}

const char *env_uri(struct env *env, const char *key)
{
    return env_text(env, "cosn://%s/%s", env->bucket, key);
}

const char *env_key(struct env *env, const char *relative)
{
    return env_text(env, "%s/%s", env->root, relative);
}

static void must(struct env *env, int r, const struct cosmock_error *err, const char *what)
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

const char *env_bucket_add(struct env *env, const char *word)
{
    struct cosmock_error err = {0};
    const char *name = env_text(env, "%s-%s-%s", word, env->tag, env->appid);
    must(env, cosmock_bucket_put(env->tenant, name, env_region(env), &err), &err, "bucket");
    know_bucket(env, name);
    return name;
}

static void put(struct env *env, const char *bucket, const char *key, const void *bytes,
                size_t n)
{
    struct cosmock_error err = {0};
    must(env, cosmock_object_put(env->tenant, bucket, key, bytes, n, &err), &err, "fixture");
}

void env_put_in(struct env *env, const char *bucket, const char *key, const char *text)
{
    put(env, bucket, key, text, strlen(text));
}

void env_put_text(struct env *env, const char *key, const char *text)
{
    env_put_in(env, env->bucket, key, text);
}

void env_put_gen(struct env *env, const char *key, uint64_t seed, size_t bytes)
{
    struct cosmock_error err = {0};
    uint8_t *block = cos_malloc(bytes > 0 ? bytes : 1);
    if (block == NULL) {
        env_out_of_memory(env);
    }
    struct gen g;
    gen_init(&g, seed);
    gen_fill(&g, block, bytes);
    int r = cosmock_object_put(env->tenant, env->bucket, key, block, bytes, &err);
    (void)cos_free(block); /* before must() may jump */
    must(env, r, &err, "fixture");
}

void env_put_many(struct env *env, const char *prefix, const char *suffix, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char key[1024];
        (void)snprintf(key, sizeof(key), "%s%05u%s", prefix, i, suffix);
        put(env, env->bucket, key, "x", 1);
    }
}

/* What stands in the store: heap, free() it before anything may jump. False when absent. */
static bool stored(struct env *env, const char *key, void **out, size_t *n)
{
    struct cosmock_error err = {0};
    int r = cosmock_object_get(env->tenant, env->bucket, key, out, n, &err);
    if (r == COSMOCK_E_NOT_FOUND) {
        return false;
    }
    must(env, r, &err, "reading the store");
    return true;
}

bool env_stored(struct env *env, const char *key)
{
    return env_stored_bytes(env, key) >= 0;
}

int64_t env_stored_bytes(struct env *env, const char *key)
{
    void *bytes = NULL;
    size_t n = 0;
    if (!stored(env, key, &bytes, &n)) {
        return -1;
    }
    free(bytes);
    return (int64_t)n;
}

const char *env_stored_text(struct env *env, const char *key)
{
    void *bytes = NULL;
    size_t n = 0;
    if (!stored(env, key, &bytes, &n)) {
        return NULL;
    }
    const char *copy = cos_arena_str(&env->arena, cos_span_make(bytes, n));
    free(bytes);
    if (copy == NULL) {
        env_out_of_memory(env);
    }
    return copy;
}

const char *env_stored_sha256(struct env *env, const char *key)
{
    char *hex = env_alloc(env, 65);
    void *bytes = NULL;
    size_t n = 0;
    if (stored(env, key, &bytes, &n)) {
        cos_sha256_hex(hex, bytes, n);
        free(bytes);
    }
    return hex;
}

const char *env_store_digest(struct env *env)
{
    char *hex = env_alloc(env, 65);
    if (cosmock_store_digest(env->tenant, hex) < 0) {
        case_error(env, "the mock made no digest of its store");
    }
    return hex;
}

int64_t env_object_count(struct env *env)
{
    return cosmock_object_count(env->tenant, env->bucket);
}

int64_t env_upload_count(struct env *env)
{
    return cosmock_upload_count(env->tenant, env->bucket);
}

#define ALLOW_ALL                                                                   \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"*\"]," \
    "\"resource\":[\"*\"]}]}"

void env_user_policy(struct env *env, const char *json)
{
    struct cosmock_error err = {0};
    must(env, cosmock_user_policy_set(env->tenant, env->sub_uin, json, &err), &err, "policy");
}

void env_use_sub_account(struct env *env)
{
    env->secret_id = env->sub_id;
    env->secret_key = env->sub_key;
    env_user_policy(env, ALLOW_ALL);
}

const char *env_probe(struct env *env, const char *secret_id, const char *action,
                      const char *bucket, const char *key)
{
    struct cosmock_error err = {0};
    char *json = NULL;
    const char *resource =
        env_text(env, "qcs::cos:%s:uid/%s:%s/%s", env_region(env), env->appid, bucket, key);
    int r = cosmock_policy_explain(env->tenant, NULL, secret_id, action, resource, &json, &err);
    must(env, r, &err, "policy explain");
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

const char *env_gen_part_sha256(struct env *env, uint64_t seed, size_t offset, size_t bytes)
{
    char *hex = env_alloc(env, 65);
    if (!gen_sha256(hex, seed, offset, bytes)) {
        env_out_of_memory(env);
    }
    return hex;
}

const char *env_gen_sha256(struct env *env, uint64_t seed, size_t bytes)
{
    return env_gen_part_sha256(env, seed, 0, bytes);
}

/* ---- faults ---- */

uint64_t env_fault(struct env *env, struct cosmock_fault fault)
{
    uint64_t id = 0;
    struct cosmock_error err = {0};
    fault.size = sizeof(fault);
    must(env, cosmock_fault_push(env->tenant, &fault, &id, &err), &err, "fault");
    return id;
}

uint64_t env_fault_hits(struct env *env, uint64_t id)
{
    return cosmock_fault_hits(env->tenant, id);
}

void env_fault_clear(struct env *env)
{
    cosmock_fault_clear(env->tenant);
}

/* ---- scratch ---- */

static void make_dir(struct env *env, const char *path)
{
    int r = cos_dir_make(path, 0700);
    if (r < 0) {
        case_error(env, "%s: cannot make the directory: %s", path, strerror(-r));
    }
}

const char *env_scratch(struct env *env, const char *name)
{
    if (env->scratch[0] == '\0') {
        (void)snprintf(env->scratch, sizeof(env->scratch), "%s/%s", env->lane->dir, env->tag);
    }
    const char *path = env_text(env, "%s/%s", env->scratch, name);
    make_dir(env, path);
    return path;
}

void env_make_dir(struct env *env, const char *path)
{
    make_dir(env, path);
}

void env_place_file(struct env *env, const char *dir, const char *file, const char *text)
{
    make_dir(env, dir);
    const char *path = env_text(env, "%s/%s", dir, file);
    int r = cos_file_write(path, cos_span_of(text), 0600);
    if (r < 0) {
        case_error(env, "%s: %s", path, strerror(-r));
    }
}

struct cos_span env_read_file(struct env *env, const char *path)
{
    struct cos_span kept = {0};
    struct cos_buf b = {0};
    cos_buf_init(&b, MAX_OUTPUT_BYTES);
    bool is_read = cos_file_read(&b, path) == 0;
    if (is_read) {
        const char *bytes = cos_arena_str(&env->arena, cos_buf_view(&b));
        kept = cos_span_make(bytes, bytes != NULL ? b.len : 0);
    }
    cos_buf_deinit(&b);
    if (is_read && kept.ptr == NULL) {
        env_out_of_memory(env);
    }
    return kept;
}

void env_place_artifact(struct env *env, const char *dir, const char *file)
{
    const char *artifact = env->lane->options->artifact;
    if (artifact == NULL) {
        case_skip(env, "no artefact to place: name one with --subject");
    }
    make_dir(env, dir);
    struct cos_buf b = {0};
    cos_buf_init(&b, (size_t)256 << 20);
    const char *path = env_text(env, "%s/%s", dir, file);
    int r = cos_file_read(&b, artifact);
    if (r == 0) {
        r = cos_file_write(path, cos_buf_view(&b), 0700);
    }
    cos_buf_deinit(&b);
    if (r < 0) {
        case_error(env, "%s: cannot be copied to %s: %s", artifact, path, strerror(-r));
    }
}

/* ---- life ---- */

static uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text != '\0'; text++) {
        h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
    }
    return h;
}

static void make_tenant(struct env *env)
{
    struct cosmock_error err = {0};
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.name = env->tag;
    options.world_text = world_text(env);
    options.seed = env->seed;
    must(env, cosmock_tenant_new(env->lane->mock, &env->tenant, &options, &err), &err, "world");
    know_bucket(env, env->bucket);
    env->root = ENV_PATH;
    env->root_uri = env_text(env, "cosn://%s/%s", env->bucket, env->root);
    env_canary(env, env->secret_key);
    env_canary(env, env->sub_key);
}

static void read_capabilities(struct env *env, const struct reply *hello)
{
    const struct cos_json *list = reply_json(hello, "capabilities");
    if (reply_i64(hello, "protocol") != 1 || cos_json_kind(list) != COS_JSON_ARRAY) {
        case_error(env, "the driver's hello lacks 'protocol' 1 or 'capabilities'");
    }
    env->capabilities = env_alloc(env, (cos_json_count(list) + 1) * sizeof(char *));
    size_t n = 0;
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        const char *name = cos_json_str(i);
        if (name != NULL) {
            env->capabilities[n++] = env_text(env, "%s", name);
        }
    }
}

static void greet(struct env *env)
{
    (void)op_call(env, "reset", NULL);
    const struct reply *r =
        op_call(env, "hello",
                env_text(env,
                         "\"protocol\":1,\"suite\":\"cosconform\",\"clock\":\"virtual\","
                         "\"epoch_ms\":%lld,\"seed\":%llu",
                         (long long)ENV_EPOCH_MS, (unsigned long long)(env->seed >> 16)));
    if (!reply_ok(r)) {
        case_error(env, "hello was refused: %s", reply_message(r));
    }
    read_capabilities(env, r);
    env->is_virtual = strcmp(reply_str(r, "clock"), "virtual") == 0;
}

static void check_needs(struct env *env)
{
    struct cos_span rest = cos_span_of(env->kase->needs);
    while (rest.len > 0) {
        struct cos_span need = cos_span_trim(cos_span_cut(&rest, ','));
        const char *name = env_text(env, COS_SPAN_FMT, COS_SPAN_ARG(need));
        if (!env_has(env, name)) {
            env_check_unsupported(env, name);
            case_skip(env, "capability %s is not declared", name);
        }
    }
    if ((env->kase->flags & CASE_DIRECT_ONLY) != 0 && !env_is_direct(env)) {
        case_skip(env, "only shown in process");
    }
    if ((env->kase->flags & CASE_PROCESS_ONLY) != 0 && env_is_direct(env)) {
        case_skip(env, "only shown over a process and sockets");
    }
}

static void set_up(struct env *env)
{
    char why[512];
    bool fresh =
        env->requirement->fresh_process || (env->kase->flags & CASE_FRESH_PROCESS) != 0;
    make_tenant(env);
    if (!lane_driver(env->lane, fresh, why)) {
        case_error(env, "%s", why);
    }
    struct driver *d = env->lane->driver;
    d->on_time_ctx = env;
    d->on_time = env_follow_time;
    if (d->is_direct) {
        driver_native_aim(d, env->lane->mock);
    }
    driver_log_clear(d);
    greet(env);
    if (env->is_virtual) {
        env_follow_time(env, ENV_EPOCH_MS);
    }
    check_needs(env);
    journal_mark(env);
}

bool env_open(struct env *env, struct lane *lane, const struct requirement *requirement,
              const struct conform_case *kase)
{
    *env = (struct env){.lane = lane, .requirement = requirement, .kase = kase};
    cos_arena_init(&env->arena, MAX_ENV_BYTES);
    cos_buf_init(&env->outputs, MAX_OUTPUT_BYTES);
    env->seed = hash_text(hash_text(lane->options->seed * UINT64_C(0x9E3779B97F4A7C15) +
                                        UINT64_C(14695981039346656037),
                                    kase->requirement),
                          kase->name);
    (void)snprintf(env->tag, sizeof(env->tag), "c%08x", (unsigned)(env->seed >> 32));
    lane->n_cases++;
    if (setjmp(env->out) != 0) {
        return false;
    }
    set_up(env);
    return true;
}

void env_close(struct env *env)
{
    struct driver *d = env->lane->driver;
    if (d != NULL && d->is_direct) {
        env->lane->driver = driver_free(d); /* its threads end before the tenant does */
    } else if (d != NULL && d->is_usable) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf reply = {0};
        cos_buf_init(&reply, DRIVER_MAX_LINE);
        (void)driver_call(d, "reset", NULL, env->lane->options->op_timeout_ms, &reply);
    }
    if (env->lane->driver != NULL) {
        env->lane->driver->on_time = NULL;
    }
    for (size_t i = 0; i < env->n_entries; i++) {
        (void)cosmock_entries_free(env->entries[i]);
    }
    for (struct reply *r = env->replies; r != NULL; r = r->next) {
        r->root = cos_json_free(r->root);
    }
    if (env->scratch[0] != '\0') {
        int ignored = cos_dir_remove(env->scratch); /* scratch dies with the run anyway */
        (void)ignored;
    }
    env->tenant = cosmock_tenant_free(env->tenant);
    cos_buf_deinit(&env->outputs);
    cos_arena_deinit(&env->arena);
}
