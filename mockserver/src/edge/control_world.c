/* SPDX-License-Identifier: Apache-2.0 */
/* The control API's hand in a tenant's world: objects, buckets, policies, clocks, keys,
 * switches. None of it needs rights or is journaled. */
#include "cosbase/clock.h"
#include "edge/control_call.h"
#include "world/fail.h"
#include "world/world.h"

/* --- objects and buckets --- */

struct listing {
    struct cos_jw w;
    struct cos_span prefix;
};

static void write_object(void *ctx, const char *key, uint64_t bytes)
{
    struct listing *l = ctx;

    if (!cos_span_starts(cos_span_of(key), l->prefix)) {
        return;
    }
    cos_jw_object(&l->w, /* name= */ NULL);
    cos_jw_str(&l->w, "key", key);
    cos_jw_u64(&l->w, "bytes", bytes);
    cos_jw_end(&l->w);
}

static bool bucket_exists(struct call *c, const char *bucket)
{
    struct bucket *b =
        bucket == NULL ? NULL : world_bucket_find(c->tenant, cos_span_of(bucket));
    if (b == NULL) {
        call_refuse(c, 404, "not-found", "no bucket '%.80s' in tenant '%s'",
                    bucket == NULL ? "" : bucket, cosmock_tenant_name(c->tenant));
        return false;
    }
    bucket_unref(b);
    return true;
}

/* @r: COSMOCK_E_... */
static void refuse_unread(struct call *c, const char *what, int r)
{
    struct cosmock_error err;
    (void)(r == COSMOCK_E_NOMEM
               ? world_fail(&err, r, "no memory to read what is kept of '%.80s'", what)
               : world_fail(&err, COSMOCK_E_IO, "what is kept of '%.80s' cannot be read",
                            what));
    call_fail_with(c, &err);
}

static void list_objects(struct call *c, const char *bucket)
{
    static const char *const params[] = {"prefix", NULL};

    if (c->method != CALL_GET) {
        call_wrong_method(c, "GET for a list, or name a key");
        return;
    }
    if (!call_params_known(c, params) || !bucket_exists(c, bucket)) {
        return;
    }
    struct listing l;
    l.prefix = cos_span_of(call_param(c, "prefix"));
    call_object(c, 200, &l.w);
    cos_jw_array(&l.w, "objects");
    int r = cosmock_object_each(c->tenant, bucket, write_object, &l);
    if (r < 0) {
        refuse_unread(c, bucket, r);
        return;
    }
    cos_jw_end(&l.w);
    cos_jw_end(&l.w);
}

static void get_object(struct call *c, const char *bucket, const char *key)
{
    struct cosmock_error err;
    void *bytes = NULL;
    size_t n = 0;

    if (cosmock_object_get(c->tenant, bucket, key, &bytes, &n, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    c->reply->status = 200;
    c->reply->content_type = "application/octet-stream";
    c->reply->heap = bytes;
    c->reply->heap_bytes = n;
}

void control_objects(struct call *c)
{
    struct cos_span key_raw = c->rest;
    struct cos_span bucket_raw = cos_span_cut(&key_raw, '/');
    const char *bucket = call_decode(c, bucket_raw, /* plus_is_space= */ false);
    const char *key = call_decode(c, key_raw, /* plus_is_space= */ false);

    if (bucket == NULL || key == NULL) {
        call_refuse(c, 400, "invalid", "bucket and key must not hold a NUL byte");
        return;
    }
    if (key[0] == '\0') {
        list_objects(c, bucket);
        return;
    }
    static const char *const none[] = {NULL};
    if (!call_params_known(c, none)) {
        return;
    }
    if (c->method == CALL_GET) {
        get_object(c, bucket, key);
        return;
    }
    struct cosmock_error err;
    int r;
    if (c->method == CALL_PUT) {
        r = cosmock_object_put(c->tenant, bucket, key, c->request->body.ptr,
                               c->request->body.len, &err);
    } else {
        r = cosmock_object_delete(c->tenant, bucket, key, &err);
    }
    if (r != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    call_ok(c);
}

static void put_bucket(struct call *c, const char *bucket)
{
    static const char *const params[] = {"region", NULL};
    static const char *const none[] = {NULL};

    if (!call_params_known(c, params)) {
        return;
    }
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, none);
    if (body == NULL) {
        return;
    }
    const char *region = call_param(c, "region");
    struct cosmock_world_info info;
    cosmock_world_info(c->tenant, &info);
    struct cosmock_error err;
    if (cosmock_bucket_put(c->tenant, bucket, region == NULL ? info.region : region, &err) !=
        COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    call_ok(c);
}

static void tell_bucket(struct call *c, const char *bucket)
{
    static const char *const none[] = {NULL};
    if (!call_params_known(c, none)) {
        return;
    }
    int64_t objects = cosmock_object_count(c->tenant, bucket);
    int64_t uploads = cosmock_upload_count(c->tenant, bucket);
    if (objects < 0 || uploads < 0) {
        refuse_unread(c, bucket, COSMOCK_E_IO);
        return;
    }
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_str(&w, "bucket", bucket);
    cos_jw_i64(&w, "objects", objects);
    cos_jw_i64(&w, "uploads", uploads);
    cos_jw_end(&w);
}

void control_buckets(struct call *c)
{
    const char *bucket = call_decode(c, c->rest, /* plus_is_space= */ false);

    if (bucket == NULL || bucket[0] == '\0') {
        call_refuse(c, 404, "not-found", "name the bucket: /v1/t/<tenant>/buckets/<bucket>");
    } else if (c->method == CALL_PUT) {
        put_bucket(c, bucket);
    } else if (bucket_exists(c, bucket)) {
        tell_bucket(c, bucket);
    }
}

void control_digest(struct call *c)
{
    char digest[65];
    int r = cosmock_store_digest(c->tenant, digest);
    if (r < 0) {
        refuse_unread(c, cosmock_tenant_name(c->tenant), r);
    } else {
        struct cos_jw w;
        call_object(c, 200, &w);
        cos_jw_str(&w, "sha256", digest);
        cos_jw_end(&w);
    }
}

/* --- policies --- */

void control_policy(struct call *c)
{
    static const char *const members[] = {"user", "bucket", "policy", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    const char *user = NULL;
    const char *bucket = NULL;

    if (body == NULL || !call_json_str(c, body, "user", &user) ||
        !call_json_str(c, body, "bucket", &bucket)) {
        return;
    }
    if ((user == NULL) == (bucket == NULL) || cos_json_get(body, "policy") == NULL) {
        call_refuse(c, 400, "invalid",
                    "name either 'user' (a uin) or 'bucket', and 'policy' (null removes it)");
        return;
    }
    const char *policy = NULL;
    if (!call_json_policy(c, body, "policy", &policy)) {
        return;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf warnings;
    cos_buf_init(&warnings, WARNINGS_MAX_BYTES);
    const struct world_warner warner = {call_warn, &warnings};
    struct cosmock_error err;
    int r = user != NULL ? world_user_policy_set(c->tenant, user, policy, &warner, &err)
                         : world_bucket_policy_set(c->tenant, bucket, policy, &warner, &err);
    if (r != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_bool(&w, "ok", true);
    call_warnings(&w, &warnings);
    cos_jw_end(&w);
}

/* --- clocks --- */

static void not_kept(struct call *c, const char *member)
{
    call_refuse(c, 507, "out-of-memory", "member '%s' cannot be kept: no memory or disk",
                member);
}

enum clock_verb { CLOCK_ADVANCE, CLOCK_FREEZE, CLOCK_FOLLOW };
static const struct clock_member {
    const char *name;
    enum cosmock_clock clock;
    enum clock_verb verb;
} clock_members[] = {
    {"signature_advance_ms", COSMOCK_CLOCK_SIGNATURE, CLOCK_ADVANCE},
    {"signature_freeze_unix_ms", COSMOCK_CLOCK_SIGNATURE, CLOCK_FREEZE},
    {"signature_follow_offset_ms", COSMOCK_CLOCK_SIGNATURE, CLOCK_FOLLOW},
    {"token_advance_ms", COSMOCK_CLOCK_TOKEN, CLOCK_ADVANCE},
    {"token_freeze_unix_ms", COSMOCK_CLOCK_TOKEN, CLOCK_FREEZE},
    {"token_follow_offset_ms", COSMOCK_CLOCK_TOKEN, CLOCK_FOLLOW},
    {"modification_advance_ms", COSMOCK_CLOCK_MODIFICATION, CLOCK_ADVANCE},
    {"modification_freeze_unix_ms", COSMOCK_CLOCK_MODIFICATION, CLOCK_FREEZE},
    {"modification_follow_offset_ms", COSMOCK_CLOCK_MODIFICATION, CLOCK_FOLLOW},
};
static int turn_clock(struct cosmock_tenant *t, const struct clock_member *m, int64_t ms)
{
    switch (m->verb) {
    case CLOCK_ADVANCE:
        return cosmock_clock_advance(t, m->clock, ms);
    case CLOCK_FREEZE:
        return cosmock_clock_freeze(t, m->clock, ms);
    case CLOCK_FOLLOW:
    default:
        return cosmock_clock_follow(t, m->clock, ms);
    }
}

static void write_clocks(struct call *c)
{
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_i64(&w, "signature_unix_ms",
               cosmock_clock_now_unix_ms(c->tenant, COSMOCK_CLOCK_SIGNATURE));
    cos_jw_i64(&w, "token_unix_ms", cosmock_clock_now_unix_ms(c->tenant, COSMOCK_CLOCK_TOKEN));
    cos_jw_i64(&w, "modification_unix_ms",
               cosmock_clock_now_unix_ms(c->tenant, COSMOCK_CLOCK_MODIFICATION));
    cos_jw_end(&w);
}

/* The C API would stop at the ends of time; a call is told instead. */
static bool clock_can_turn(struct call *c, const struct clock_member *m, int64_t ms)
{
    int64_t from = m->verb == CLOCK_ADVANCE ? cosmock_clock_now_unix_ms(c->tenant, m->clock)
                                            : cos_system_unix_ms();

    if (m->verb != CLOCK_FREEZE && (from + ms < 0 || from + ms > COSMOCK_CLOCK_MAX_UNIX_MS)) {
        call_refuse(
            c, 400, "invalid",
            "member '%s' is %lld: it would take the clock beyond the years 1970 to 9999",
            m->name, (long long)ms);
        return false;
    }
    return true;
}

/* All members are read before the first clock moves: a call is obeyed whole or not at all. */
static void set_clocks(struct call *c)
{
    const char *names[COS_ARRAY_LEN(clock_members) + 1] = {NULL};
    int64_t values[COS_ARRAY_LEN(clock_members)];

    for (size_t i = 0; i < COS_ARRAY_LEN(clock_members); i++) {
        names[i] = clock_members[i].name;
        values[i] = INT64_MIN;
    }
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, names);
    if (body == NULL) {
        return;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(clock_members); i++) {
        const struct clock_member *m = &clock_members[i];
        struct call_number number = {m->name,
                                     m->verb == CLOCK_FREEZE ? 0 : -COSMOCK_CLOCK_MAX_UNIX_MS,
                                     COSMOCK_CLOCK_MAX_UNIX_MS, &values[i]};

        if (!call_json_numbers(c, body, &number, 1) ||
            (values[i] != INT64_MIN && !clock_can_turn(c, m, values[i]))) {
            return;
        }
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(clock_members); i++) {
        if (values[i] != INT64_MIN && turn_clock(c->tenant, &clock_members[i], values[i]) < 0) {
            not_kept(c, clock_members[i].name);
            return;
        }
    }
    write_clocks(c);
}

void control_clock(struct call *c)
{
    if (c->method == CALL_GET) {
        write_clocks(c);
    } else {
        set_clocks(c);
    }
}

/* --- keys, lifetimes, switches --- */

void control_revoke(struct call *c)
{
    static const char *const members[] = {"secret_id", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    const char *secret_id = NULL;

    if (body == NULL || !call_json_str(c, body, "secret_id", &secret_id)) {
        return;
    }
    struct cosmock_error err;
    if (secret_id == NULL) {
        call_refuse(c, 400, "invalid", "missing member 'secret_id'");
    } else if (cosmock_key_revoke(c->tenant, secret_id, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
    } else {
        call_ok(c);
    }
}

void control_ttl(struct call *c)
{
    static const char *const members[] = {"seconds", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    int64_t seconds = -1;
    struct call_number number = {"seconds", 0, COSMOCK_TTL_MAX_S, &seconds};

    if (body == NULL || !call_json_numbers(c, body, &number, 1)) {
        return;
    }
    if (seconds < 0) {
        call_refuse(c, 400, "invalid", "missing member 'seconds' (0: as asked)");
        return;
    }
    if (cosmock_ttl_override(c->tenant, seconds) < 0) {
        not_kept(c, "seconds");
        return;
    }
    call_ok(c);
}

static void write_switches(struct call *c)
{
    struct cos_jw w;
    call_object(c, 200, &w);
    for (size_t i = 0; i < SWITCHES; i++) {
        cos_jw_str(&w, world_switch_rows[i].name,
                   cosmock_switch_get(c->tenant, world_switch_rows[i].name));
    }
    cos_jw_end(&w);
}

/* A switch's value may be written as a string or as a whole number. */
static const char *switch_text(struct call *c, const struct cos_json *member)
{
    if (cos_json_is_str(member)) {
        return cos_json_str(member);
    }
    int64_t number;
    if (cos_json_i64(member, &number)) {
        return cos_arena_printf(&c->arena, "%lld", (long long)number).ptr;
    }
    call_refuse(c, 400, "invalid", "switch '%.60s' must be a string or a whole number",
                cos_json_name(member));
    return NULL;
}

static void set_switches(struct call *c)
{
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, /* names= */ NULL);

    if (body == NULL) {
        return;
    }
    for (const struct cos_json *m = cos_json_first(body); m != NULL; m = cos_json_next(m)) {
        const char *value = switch_text(c, m);

        if (value == NULL) {
            return;
        }
        struct cosmock_error err;
        if (cosmock_switch_set(c->tenant, cos_json_name(m), value, &err) != COSMOCK_OK) {
            call_fail_with(c, &err);
            return;
        }
    }
    write_switches(c);
}

void control_switches(struct call *c)
{
    if (c->method == CALL_GET) {
        write_switches(c);
    } else {
        set_switches(c);
    }
}
