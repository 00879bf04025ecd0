/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts, users and keys. A key is immutable once made; what changes is whether the tenant
 * still knows it. Shapes of made-up keys follow what the service hands out (sts-cam.md s.2):
 * `_` and `-` in temporary ids, `+` `/` `=` in temporary keys, on purpose, because they catch
 * clients that encode wrongly.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "store/rows.h"
#include "world/catalog.h"
#include "world/fail.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/registry.h"
#include "world/rows.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define URL_SAFE ALNUM "-_"
/* How long an opening finds a temporary key behind its end: a client of yesterday still hears
 * "expired", not "unknown". */
#define ENDED_KEPT_MS INT64_C(86400000)

struct policy_set *policy_set_ref(struct policy_set *s)
{
    if (s != NULL) {
        __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    }
    return s;
}

struct policy_set *policy_set_unref(struct policy_set *s)
{
    if (s != NULL && __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        for (size_t i = 0; i < s->n; i++) {
            cam_policy_unref(s->items[i]);
        }
        cam_policy_unref(s->boundary);
        cos_free(s);
    }
    return NULL;
}

struct user *user_ref(struct user *u)
{
    if (u != NULL) {
        __atomic_add_fetch(&u->refs, 1, __ATOMIC_RELAXED);
    }
    return u;
}

struct user *user_unref(struct user *u)
{
    if (u != NULL && __atomic_sub_fetch(&u->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        policy_set_unref(u->policies);
        cam_policy_unref(u->trust);
        cos_free(u->providers);
        cos_free(u);
    }
    return NULL;
}

struct access_key *access_key_ref(struct access_key *k)
{
    if (k != NULL) {
        __atomic_add_fetch(&k->refs, 1, __ATOMIC_RELAXED);
    }
    return k;
}

struct access_key *access_key_unref(struct access_key *k)
{
    if (k != NULL && __atomic_sub_fetch(&k->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        cos_secret_deinit(&k->secret_key);
        cos_secret_deinit(&k->token);
        user_unref(k->user);
        cam_policy_unref(k->session);
        budget_give(k->budget, k->charged_bytes);
        cos_free(k->tags);
        cos_wipe(&k->derived, sizeof(k->derived));
        cos_free(k);
    }
    return NULL;
}

/* --- what rows say --- */

static char *text_copy(char *out, size_t size, struct cos_span s)
{
    (void)snprintf(out, size, COS_SPAN_FMT, COS_SPAN_ARG(s));
    return out;
}

static struct cam_policy *policy_of(struct cos_span json, enum cam_policy_use use,
                                    struct cos_span name)
{
    char *text = cos_strndup(name.ptr, name.len);
    struct cos_text_error why;
    struct cam_policy *p = NULL;
    if (text != NULL && cam_policy_parse(&p, json, use, text, &why) < 0) {
        p = NULL;
    }
    cos_free(text);
    return p;
}

/* False: one of them cannot be read. */
static bool add_policies(struct policy_set *s, struct cos_span pairs)
{
    struct row_pair said;
    while (row_pair_next(&pairs, &said)) {
        s->items[s->n] = policy_of(said.value, CAM_IDENTITY, said.name);
        if (s->items[s->n] == NULL) {
            return false;
        }
        s->n++;
    }
    return true;
}

static bool set_boundary(struct policy_set *s, struct cos_span pair)
{
    struct row_pair said;
    if (!row_pair_next(&pair, &said)) {
        return true;
    }
    s->boundary = policy_of(said.value, CAM_BOUNDARY, said.name);
    return s->boundary != NULL;
}

static struct policy_set *policies_of(const struct user_row *said)
{
    size_t n = pairs_count(said->policies) + pairs_count(said->granted);
    struct policy_set *s = cos_calloc(1, sizeof(*s) + n * sizeof(struct cam_policy *));
    if (s == NULL) {
        return NULL;
    }
    s->refs = 1;
    bool is_whole = add_policies(s, said->policies) && add_policies(s, said->granted) &&
                    set_boundary(s, said->boundary);
    return is_whole ? s : policy_set_unref(s);
}

struct user *user_of_row(const struct row *row)
{
    struct user_row said;
    struct user *u = user_row_read(row, &said) ? cos_calloc(1, sizeof(*u)) : NULL;
    if (u == NULL) {
        return NULL;
    }
    u->refs = 1;
    u->order = said.order;
    u->is_root = cos_span_eq(said.uin, said.owner_uin);
    text_copy(u->uin, sizeof(u->uin), said.uin);
    text_copy(u->owner_uin, sizeof(u->owner_uin), said.owner_uin);
    text_copy(u->appid, sizeof(u->appid), said.appid);
    text_copy(u->name, sizeof(u->name), said.name);
    text_copy(u->mfa_seed, sizeof(u->mfa_seed), said.mfa_seed);
    u->session_max_s = said.session_max_s;
    u->providers =
        cos_strndup(said.providers.len == 0 ? "" : said.providers.ptr, said.providers.len);
    u->providers_bytes = said.providers.len;
    if (said.trust.len > 0) {
        u->trust = policy_of(said.trust, CAM_TRUST, said.name);
    }
    u->policies = policies_of(&said);
    bool is_whole = u->policies != NULL && u->providers != NULL &&
                    (u->trust != NULL || said.trust.len == 0);
    return is_whole ? u : user_unref(u);
}

static bool read_temporary(struct access_key *k, const struct key_row *said)
{
    k->is_temporary = true;
    k->expires_unix_ms = said->expires_unix_ms;
    text_copy(k->federated_name, sizeof(k->federated_name), said->federated_name);
    text_copy(k->asked_by, sizeof(k->asked_by), said->asked_by);
    text_copy(k->source_identity, sizeof(k->source_identity), said->source_identity);
    k->tags = said->tags.len == 0 ? NULL : cos_strndup(said->tags.ptr, said->tags.len);
    k->tags_bytes = k->tags == NULL ? 0 : said->tags.len;
    if (said->session.len > 0) {
        k->session = policy_of(said->session, CAM_SESSION, said->federated_name);
    }
    return cos_secret_set(&k->token, said->token) == 0 && k->tags_bytes == said->tags.len &&
           (k->session != NULL || said->session.len == 0);
}

struct access_key *key_of_row(struct cosmock_tenant *t, const struct row *row)
{
    struct key_row said;
    struct access_key *k = key_row_read(row, &said) ? cos_calloc(1, sizeof(*k)) : NULL;
    if (k == NULL) {
        return NULL;
    }
    k->refs = 1;
    k->order = said.order;
    k->revoked = said.is_revoked;
    k->created_unix_ms = said.created_unix_ms;
    text_copy(k->secret_id, sizeof(k->secret_id), said.secret_id);
    text_copy(k->uin, sizeof(k->uin), said.uin);
    bool is_whole = cos_secret_set(&k->secret_key, said.secret_key) == 0 &&
                    (!said.is_temporary || read_temporary(k, &said));
    if (is_whole && k->is_temporary) {
        k->budget = &t->mock->memory;
        k->charged_bytes = sizeof(*k) + cos_secret_view(&k->token).len +
                           cam_policy_bytes(k->session) + k->tags_bytes;
        budget_charge(k->budget, k->charged_bytes);
    }
    return is_whole ? k : access_key_unref(k);
}

static bool is_same_policy(const struct cam_policy *a, const struct cam_policy *b)
{
    return cos_span_eq(a == NULL ? COS_SPAN_EMPTY : cam_policy_text(a),
                       b == NULL ? COS_SPAN_EMPTY : cam_policy_text(b));
}

bool user_is_as(const struct user *a, const struct user *b)
{
    return a->order == b->order && strcmp(a->uin, b->uin) == 0 &&
           strcmp(a->owner_uin, b->owner_uin) == 0 && strcmp(a->appid, b->appid) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->mfa_seed, b->mfa_seed) == 0 &&
           a->providers_bytes == b->providers_bytes &&
           memcmp(a->providers, b->providers, a->providers_bytes) == 0 &&
           a->session_max_s == b->session_max_s && is_same_policy(a->trust, b->trust);
}

static struct cos_span tags_of(const struct access_key *k)
{
    return k->tags == NULL ? COS_SPAN_EMPTY : cos_span_make(k->tags, k->tags_bytes);
}

bool key_is_as(const struct access_key *a, const struct access_key *b)
{
    return a->order == b->order && strcmp(a->uin, b->uin) == 0 &&
           cos_span_eq(cos_secret_view(&a->secret_key), cos_secret_view(&b->secret_key)) &&
           a->is_temporary == b->is_temporary &&
           cos_span_eq(cos_secret_view(&a->token), cos_secret_view(&b->token)) &&
           a->expires_unix_ms == b->expires_unix_ms &&
           strcmp(a->federated_name, b->federated_name) == 0 &&
           strcmp(a->asked_by, b->asked_by) == 0 &&
           strcmp(a->source_identity, b->source_identity) == 0 &&
           a->created_unix_ms == b->created_unix_ms && cos_span_eq(tags_of(a), tags_of(b)) &&
           is_same_policy(a->session, b->session);
}

/* --- the maps; under the tenant's lock --- */

void world_order_taken(struct world_maps *maps, uint64_t order)
{
    if (order > __atomic_load_n(&maps->last_order, __ATOMIC_RELAXED)) {
        __atomic_store_n(&maps->last_order, order, __ATOMIC_RELAXED);
    }
}

void first_user_may_be(struct world_maps *maps, struct user *u)
{
    if (u->is_root && (maps->first_user == NULL || u->order < maps->first_user->order)) {
        maps->first_user = u;
    }
}

void first_key_may_be(struct world_maps *maps, struct access_key *k)
{
    if (k->user != NULL && k->user == maps->first_user && !k->is_temporary &&
        (maps->first_key == NULL || k->order < maps->first_key->order)) {
        maps->first_key = k;
    }
}

static void compare_user(void *ctx, struct cos_span uin, void *value)
{
    if (value != NULL) {
        first_user_may_be(ctx, value);
    }
}

static void find_user_of(void *ctx, struct cos_span secret_id, void *value)
{
    struct world_maps *maps = ctx;
    struct access_key *k = value;
    if (k != NULL) {
        struct user *former = k->user;
        k->user = user_ref(map_get(&maps->users, cos_span_of(k->uin)));
        user_unref(former);
        first_key_may_be(maps, k);
    }
}

void world_settle(struct world_maps *maps)
{
    maps->first_user = NULL;
    maps->first_key = NULL;
    map_each(&maps->users, compare_user, maps);
    map_each(&maps->keys, find_user_of, maps);
    maps->is_unsettled = false;
}

/* Behind those that are older: nearly always at the end. */
void temporary_insert(struct world_maps *maps, struct access_key *k)
{
    struct access_key *older = maps->newest_temporary;
    while (older != NULL && older->order > k->order && !maps->are_unsorted) {
        older = older->older;
    }
    k->older = older;
    k->newer = older == NULL ? maps->oldest_temporary : older->newer;
    *(k->older == NULL ? &maps->oldest_temporary : &k->older->newer) = k;
    *(k->newer == NULL ? &maps->newest_temporary : &k->newer->older) = k;
    maps->n_temporary++;
}

void temporary_unlink(struct world_maps *maps, struct access_key *k)
{
    if (!k->is_temporary) {
        return;
    }
    *(k->older == NULL ? &maps->oldest_temporary : &k->older->newer) = k->newer;
    *(k->newer == NULL ? &maps->newest_temporary : &k->newer->older) = k->older;
    maps->n_temporary--;
}

/* --- claims: an id is one tenant's before the row is kept --- */

int world_key_claim(struct cosmock_tenant *t, struct cos_span secret_id)
{
    int r = registry_claim_secret_id(t, secret_id);
    if (r != 0) {
        return r;
    }
    (void)pthread_mutex_lock(&t->lock);
    r = map_put(&t->maps->keys, secret_id, /* value= */ NULL);
    (void)pthread_mutex_unlock(&t->lock);
    if (r < 0) {
        registry_give_up_secret_id(t, secret_id);
    }
    return r < 0 ? -1 : 0;
}

void world_key_give_up(struct cosmock_tenant *t, struct cos_span secret_id)
{
    (void)pthread_mutex_lock(&t->lock);
    bool is_claim = map_get(&t->maps->keys, secret_id) == NULL;
    if (is_claim) {
        (void)map_remove(&t->maps->keys, secret_id);
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (is_claim) {
        registry_give_up_secret_id(t, secret_id);
    }
}

uint64_t world_next_order(struct cosmock_tenant *t)
{
    return __atomic_add_fetch(&t->maps->last_order, 1, __ATOMIC_RELAXED);
}

void world_key_make_up(struct cosmock_tenant *t, struct made_key *out)
{
    memcpy(out->secret_id, "AKID", 4);
    cos_rng_text(t->rng, out->secret_id + 4, 32, ALNUM);
    cos_rng_text(t->rng, out->secret_key, 32, ALNUM);
}

/* --- temporary keys --- */

/* Token of the documented outline: 32 letters and digits, 32 hex digits, base64url text.
 * Derived from no secret. */
static void draw_token(struct cosmock_tenant *t, char *token, size_t n)
{
    cos_rng_text(t->rng, token, 32, ALNUM);
    cos_rng_text(t->rng, token + 32, 32, "0123456789abcdef");
    cos_rng_text(t->rng, token + 64, n - 64, URL_SAFE);
}

struct temporary_draft {
    char secret_id[4 + 64 + 1];
    struct cos_buf secret_key, token;
};

static void draft_deinit(struct temporary_draft *d)
{
    cos_buf_deinit(&d->secret_key);
    cos_buf_deinit(&d->token);
}

static bool draft_draw(struct cosmock_tenant *t, struct temporary_draft *d)
{
    memcpy(d->secret_id, "AKID", 4);
    cos_rng_text(t->rng, d->secret_id + 4, 62, URL_SAFE);
    memcpy(d->secret_id + 66, "_-", 3);
    uint8_t raw[32];
    cos_rng_fill(t->rng, raw, sizeof(raw));
    cos_buf_init(&d->secret_key, 64);
    cos_base64_append(&d->secret_key, raw, sizeof(raw));
    cos_wipe(raw, sizeof(raw));
    size_t n = (size_t)world_switch_number(t, SWITCH_SESSION_TOKEN_BYTES);
    cos_buf_init(&d->token, n + 1);
    char *token = d->secret_key.failed ? NULL : cos_buf_reserve(&d->token, n + 1);
    if (token == NULL) {
        draft_deinit(d);
        return false;
    }
    draw_token(t, token, n);
    d->token.len += n;
    return true;
}

/* Draw until the id is nobody's: it is claimed then. 0, or -1: no memory, or the tenant has
 * left. */
static int draft_claim(struct cosmock_tenant *t, struct temporary_draft *d)
{
    for (unsigned tries = 0; tries < 8; tries++) {
        if (!draft_draw(t, d)) {
            return -1;
        }
        int r = world_key_claim(t, cos_span_of(d->secret_id));
        if (r == 0) {
            return 0;
        }
        draft_deinit(d);
        if (r < 0) {
            return -1;
        }
    }
    return -1;
}

/* The oldest go when there are too many. Ended ones stay until then, or until the tenant is
 * opened again, so that "expired" can be told from "unknown". */
static void delete_oldest(struct cosmock_tenant *t, struct batch *b)
{
    (void)pthread_mutex_lock(&t->lock);
    size_t n = t->maps->n_temporary;
    const struct access_key *k = t->maps->oldest_temporary;
    for (; k != NULL && n >= WORLD_MAX_TEMPORARY_KEYS; n--, k = k->newer) {
        key_row_delete(b, cos_span_of(k->secret_id));
    }
    (void)pthread_mutex_unlock(&t->lock);
}

static void put_temporary(struct cosmock_tenant *t, struct batch *b,
                          const struct temporary_draft *d, const struct key_grant *grant)
{
    user_row_expect(b, cos_span_of(grant->user->uin));
    delete_oldest(t, b);
    key_row_put(b, &(struct key_row){.order = world_next_order(t),
                                     .secret_id = cos_span_of(d->secret_id),
                                     .uin = cos_span_of(grant->user->uin),
                                     .secret_key = cos_buf_view(&d->secret_key),
                                     .is_temporary = true,
                                     .token = cos_buf_view(&d->token),
                                     .federated_name = cos_span_of(grant->federated_name),
                                     .expires_unix_ms = grant->expires_unix_ms,
                                     .created_unix_ms =
                                         cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN),
                                     .asked_by = grant->asked_by,
                                     .source_identity = grant->source_identity,
                                     .tags = grant->tags,
                                     .session = grant->session == NULL
                                                    ? COS_SPAN_EMPTY
                                                    : cam_policy_text(grant->session)});
}

int world_key_grant(struct cosmock_tenant *t, struct batch *batch,
                    const struct key_grant *grant, struct cos_span *out_id,
                    struct cos_arena *arena)
{
    struct temporary_draft d;
    if (draft_claim(t, &d) < 0) {
        return -1;
    }
    *out_id = cos_arena_span(arena, cos_span_of(d.secret_id));
    if (arena->failed) {
        world_key_give_up(t, cos_span_of(d.secret_id));
    } else {
        put_temporary(t, batch, &d, grant);
    }
    draft_deinit(&d);
    return arena->failed ? -1 : 0;
}

static struct access_key *merge(struct access_key *a, struct access_key *b)
{
    struct access_key *first = NULL;
    struct access_key **end = &first;
    while (a != NULL && b != NULL) {
        struct access_key **next = a->order <= b->order ? &a : &b;
        *end = *next;
        end = &(*end)->newer;
        *next = *end;
    }
    *end = a != NULL ? a : b;
    return first;
}

/* Takes @n > 0 of them off *list, by age; a list, so that nothing is allocated behind a
 * commit. */
static struct access_key *take_sorted(struct access_key **list, size_t n)
{
    if (n > 1) {
        struct access_key *half = take_sorted(list, n / 2);
        return merge(half, take_sorted(list, n - n / 2));
    }
    struct access_key *one = *list;
    *list = one->newer;
    one->newer = NULL;
    return one;
}

void temporary_sort(struct world_maps *maps)
{
    struct access_key *k = maps->oldest_temporary;
    k = k == NULL ? NULL : take_sorted(&k, maps->n_temporary);
    maps->are_unsorted = false;
    maps->oldest_temporary = maps->newest_temporary = NULL;
    maps->n_temporary = 0;
    for (struct access_key *next; k != NULL; k = next) {
        next = k->newer;
        temporary_insert(maps, k);
    }
}

static bool ended_long_ago(const struct access_key *k, int64_t now_ms)
{
    return k->expires_unix_ms < now_ms - ENDED_KEPT_MS;
}

int temporary_sort_and_sweep(struct cosmock_tenant *t, struct cosmock_error *err)
{
    int64_t now_ms = cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN);
    struct batch *b = batch_new();
    (void)pthread_mutex_lock(&t->lock);
    temporary_sort(t->maps);
    world_settle(t->maps);
    const struct access_key *k = b == NULL ? NULL : t->maps->oldest_temporary;
    for (; k != NULL; k = k->newer) {
        if (ended_long_ago(k, now_ms)) {
            key_row_delete(b, cos_span_of(k->secret_id));
        }
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (b == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for temporary keys");
    }
    if (batch_size(b) > 0) {
        return world_commit(t, b, /* c= */ NULL, t->name, err);
    }
    (void)batch_free(b);
    return 0;
}

/* Under the tenant's lock. */
static struct access_key *key_of_somebody(const struct world_maps *maps,
                                          struct cos_span secret_id)
{
    struct access_key *k = map_get(&maps->keys, secret_id);
    return k != NULL && k->user != NULL ? k : NULL;
}

struct access_key *world_key_find(struct cosmock_tenant *t, struct cos_span secret_id)
{
    (void)pthread_mutex_lock(&t->lock);
    struct access_key *k = access_key_ref(key_of_somebody(t->maps, secret_id));
    (void)pthread_mutex_unlock(&t->lock);
    return k;
}

struct key_view world_key_view(struct cosmock_tenant *t, struct cos_span secret_id)
{
    struct key_view found = {0};
    (void)pthread_mutex_lock(&t->lock);
    struct access_key *k = key_of_somebody(t->maps, secret_id);
    if (k != NULL) {
        found.key = access_key_ref(k);
        found.user = user_ref(k->user);
        found.policies = policy_set_ref(k->user->policies);
        found.derived = k->derived;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return found;
}

void key_view_release(struct key_view *v)
{
    access_key_unref(v->key);
    user_unref(v->user);
    policy_set_unref(v->policies);
    cos_wipe(v, sizeof(*v));
}

void world_key_remember(struct cosmock_tenant *t, struct access_key *k,
                        const struct derived_key *derived)
{
    (void)pthread_mutex_lock(&t->lock);
    k->derived = *derived;
    (void)pthread_mutex_unlock(&t->lock);
}

struct policy_set *world_user_policies(struct cosmock_tenant *t, struct user *u)
{
    (void)pthread_mutex_lock(&t->lock);
    struct policy_set *s = policy_set_ref(u->policies);
    (void)pthread_mutex_unlock(&t->lock);
    return s;
}

struct user *world_user_find(struct cosmock_tenant *t, const char *uin)
{
    (void)pthread_mutex_lock(&t->lock);
    struct user *u = user_ref(map_get(&t->maps->users, cos_span_of(uin)));
    (void)pthread_mutex_unlock(&t->lock);
    return u;
}

void world_policy_number(char out[WORLD_POLICY_NAME_BYTES], size_t number, const char *uin)
{
    (void)snprintf(out, WORLD_POLICY_NAME_BYTES, "no. %zu of uin %s", number, uin);
}

static void forget_key(void *ctx, struct cos_span key, void *value)
{
    access_key_unref(value);
}

static void forget_user(void *ctx, struct cos_span key, void *value)
{
    user_unref(value);
}

static void forget_bucket(void *ctx, struct cos_span key, void *value)
{
    bucket_unref(value);
}

int world_lend(struct cosmock_tenant *t)
{
    struct lent *l = cos_calloc(1, sizeof(*l));
    if (l == NULL) {
        return -1;
    }
    (void)pthread_mutex_lock(&t->lock);
    struct world_maps *maps = t->maps;
    l->user = user_ref(maps->first_user);
    l->key = access_key_ref(maps->first_key);
    l->bucket = bucket_ref(maps->first_bucket);
    l->suffix = maps->info_suffix;
    maps->info_suffix = NULL;
    l->next = maps->lent;
    maps->lent = l;
    (void)pthread_mutex_unlock(&t->lock);
    return 0;
}

static void lent_free(struct lent *l)
{
    for (struct lent *next; l != NULL; l = next) {
        next = l->next;
        user_unref(l->user);
        access_key_unref(l->key);
        bucket_unref(l->bucket);
        cos_free(l->suffix);
        cos_free(l);
    }
}

void maps_deinit(struct world_maps *maps)
{
    lent_free(maps->lent);
    cos_free(maps->info_suffix);
    cos_free(maps->nonces);
    bucket_unref(maps->first_bucket);
    map_each(&maps->keys, forget_key, /* ctx= */ NULL);
    map_each(&maps->users, forget_user, /* ctx= */ NULL);
    map_each(&maps->buckets, forget_bucket, /* ctx= */ NULL);
    map_deinit(&maps->keys);
    map_deinit(&maps->users);
    map_deinit(&maps->buckets);
    switch_texts_free(maps->texts);
    suffix_sets_free(maps->suffix_sets);
}
