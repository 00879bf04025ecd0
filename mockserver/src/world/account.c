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
#include "world/fail.h"
#include "world/mock.h"
#include "world/registry.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define URL_SAFE ALNUM "-_"

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
        cos_wipe(&k->derived, sizeof(k->derived));
        cos_free(k);
    }
    return NULL;
}

int world_user_add(struct cosmock_tenant *t, struct user **out, const struct user_names *names,
                   struct cosmock_error *err)
{
    struct user *u = cos_calloc(1, sizeof(*u));
    if (u == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for user %s", names->uin);
    }
    u->refs = 1;
    (void)snprintf(u->uin, sizeof(u->uin), "%s", names->uin);
    (void)snprintf(u->owner_uin, sizeof(u->owner_uin), "%s", names->owner_uin);
    (void)snprintf(u->appid, sizeof(u->appid), "%s", names->appid);
    (void)snprintf(u->name, sizeof(u->name), "%s", names->name);
    u->is_root = strcmp(names->uin, names->owner_uin) == 0;
    (void)pthread_mutex_lock(&t->lock);
    int r = map_put(&t->maps->users, cos_span_of(u->uin), u);
    if (r == 0 && t->maps->first_user == NULL && u->is_root) {
        t->maps->first_user = u;
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (r != 0) {
        user_unref(u);
        return r < 0 ? world_fail(err, COSMOCK_E_NOMEM, "no memory for user %s", names->uin)
                     : world_fail(err, COSMOCK_E_EXISTS,
                                  "uin %s appears twice; every account and user needs its own",
                                  names->uin);
    }
    *out = u;
    return 0;
}

/* Put a key, whose only reference is ours, into tenant and registry. 0, -1 no memory, 1 the id
 * is taken. */
static int key_enter(struct cosmock_tenant *t, struct access_key *k)
{
    struct cos_span id = cos_span_of(k->secret_id);
    int r = registry_claim_secret_id(t, id);
    if (r != 0) {
        return r;
    }
    (void)pthread_mutex_lock(&t->lock);
    r = map_put(&t->maps->keys, id, k);
    (void)pthread_mutex_unlock(&t->lock);
    if (r != 0) {
        registry_give_up_secret_id(t, id);
    }
    return r;
}

static struct access_key *key_new(struct user *user, const char *secret_id,
                                  struct cos_span secret_key)
{
    struct access_key *k = cos_calloc(1, sizeof(*k));
    if (k == NULL) {
        return NULL;
    }
    k->refs = 1;
    k->user = user_ref(user);
    (void)snprintf(k->secret_id, sizeof(k->secret_id), "%s", secret_id);
    return cos_secret_set(&k->secret_key, secret_key) < 0 ? access_key_unref(k) : k;
}

int world_key_add(struct cosmock_tenant *t, struct user *user, const char *secret_id,
                  const char *secret_key, struct cosmock_error *err)
{
    char id[40] = "AKID";
    char key[33];
    cos_rng_text(t->rng, id + 4, 32, ALNUM);
    cos_rng_text(t->rng, key, 32, ALNUM);
    struct access_key *k = key_new(user, secret_id != NULL ? secret_id : id,
                                   cos_span_of(secret_key != NULL ? secret_key : key));
    cos_wipe(key, sizeof(key));
    int r = k == NULL ? -1 : key_enter(t, k);
    if (r != 0) {
        r = r < 0
                ? world_fail(err, COSMOCK_E_NOMEM, "no memory for a key")
                : world_fail(
                      err, COSMOCK_E_EXISTS,
                      "secret_id %s is taken; secret ids are unique over all tenants of a mock",
                      k->secret_id);
        access_key_unref(k);
        return r;
    }
    (void)pthread_mutex_lock(&t->lock);
    if (t->maps->first_key == NULL && user == t->maps->first_user) {
        t->maps->first_key = k;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return 0;
}

/* Token of the documented outline: 32 letters and digits, 32 hex digits, base64url text.
 * Derived from no secret. */
static int fill_token(struct cosmock_tenant *t, struct access_key *k)
{
    size_t n = (size_t)world_switch_number(t, SWITCH_SESSION_TOKEN_BYTES);
    char *token = cos_malloc(n + 1);
    if (token == NULL) {
        return -1;
    }
    cos_rng_text(t->rng, token, 32, ALNUM);
    cos_rng_text(t->rng, token + 32, 32, "0123456789abcdef");
    cos_rng_text(t->rng, token + 64, n - 64, URL_SAFE);
    int r = cos_secret_set(&k->token, cos_span_make(token, n));
    cos_wipe(token, n);
    (void)cos_free(token);
    return r;
}

static struct access_key *temporary_new(struct cosmock_tenant *t, struct user *user)
{
    char id[4 + 64 + 1] = "AKID";
    cos_rng_text(t->rng, id + 4, 62, URL_SAFE);
    memcpy(id + 66, "_-", 3);
    uint8_t raw[32];
    cos_rng_fill(t->rng, raw, sizeof(raw));
    struct cos_buf key;
    cos_buf_init(&key, 64);
    cos_base64_append(&key, raw, sizeof(raw));
    struct access_key *k = key.failed ? NULL : key_new(user, id, cos_buf_view(&key));
    cos_buf_deinit(&key);
    cos_wipe(raw, sizeof(raw));
    if (k != NULL && fill_token(t, k) < 0) {
        k = access_key_unref(k);
    }
    return k;
}

/* Remember @k in the ring of temporary keys; the oldest one is forgotten when the ring is
 * full. Expired keys stay until then, so that "expired" can be told from "unknown". */
static int remember_temporary(struct cosmock_tenant *t, struct access_key *k)
{
    struct world_maps *maps = t->maps;
    (void)pthread_mutex_lock(&t->lock);
    bool full = maps->n_temporary == WORLD_MAX_TEMPORARY_KEYS;
    if (!full && (maps->n_temporary & (maps->n_temporary - 1)) == 0) {
        size_t cap = maps->n_temporary == 0 ? 1 : maps->n_temporary * 2;
        struct access_key **grown =
            cos_realloc_array(maps->temporary, cap, sizeof(struct access_key *));
        if (grown == NULL) {
            (void)pthread_mutex_unlock(&t->lock);
            return -1;
        }
        maps->temporary = grown;
    }
    struct access_key *oldest = NULL;
    if (full) {
        oldest = maps->temporary[maps->first_temporary];
        maps->temporary[maps->first_temporary] = k;
        maps->first_temporary = (maps->first_temporary + 1) % WORLD_MAX_TEMPORARY_KEYS;
        (void)map_remove(&maps->keys, cos_span_of(oldest->secret_id));
    } else {
        maps->temporary[maps->n_temporary++] = k;
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (oldest != NULL) {
        registry_give_up_secret_id(t, cos_span_of(oldest->secret_id));
        access_key_unref(oldest);
    }
    return 0;
}

int world_key_issue(struct cosmock_tenant *t, struct access_key **out, struct user *user,
                    const char *federated_name, struct cam_policy *session,
                    int64_t expires_unix_ms)
{
    for (unsigned tries = 0; tries < 8; tries++) {
        struct access_key *k = temporary_new(t, user);
        if (k == NULL) {
            return -1;
        }
        k->is_temporary = true;
        k->expires_unix_ms = expires_unix_ms;
        k->session = cam_policy_ref(session);
        k->budget = &t->mock->memory;
        k->charged_bytes =
            sizeof(*k) + cos_secret_view(&k->token).len + cam_policy_bytes(session);
        budget_charge(k->budget, k->charged_bytes);
        (void)snprintf(k->federated_name, sizeof(k->federated_name), "%s", federated_name);
        struct access_key *mine = access_key_ref(k);
        int r = key_enter(t, k);
        if (r == 0 && remember_temporary(t, k) == 0) {
            *out = mine;
            return 0;
        }
        access_key_unref(mine);
        if (r == 0) {
            /* a key that entered stays until the tenant goes; nobody was told its id */
            return -1;
        }
        access_key_unref(k);
        if (r < 0) {
            return -1;
        }
    }
    return -1;
}

struct access_key *world_key_find(struct cosmock_tenant *t, struct cos_span secret_id)
{
    (void)pthread_mutex_lock(&t->lock);
    struct access_key *k = access_key_ref(map_get(&t->maps->keys, secret_id));
    (void)pthread_mutex_unlock(&t->lock);
    return k;
}

struct key_view world_key_view(struct cosmock_tenant *t, struct cos_span secret_id)
{
    struct key_view found = {0};
    (void)pthread_mutex_lock(&t->lock);
    struct access_key *k = map_get(&t->maps->keys, secret_id);
    if (k != NULL) {
        found.key = access_key_ref(k);
        found.policies = policy_set_ref(k->user->policies);
        found.derived = k->derived;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return found;
}

void key_view_release(struct key_view *v)
{
    access_key_unref(v->key);
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

int world_user_policies_replace(struct cosmock_tenant *t, struct user *user,
                                struct cam_policy *const *policies, size_t n,
                                struct cosmock_error *err)
{
    struct policy_set *s = cos_calloc(1, sizeof(*s) + n * sizeof(struct cam_policy *));
    if (s == NULL) {
        for (size_t i = 0; i < n; i++) {
            cam_policy_unref(policies[i]);
        }
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for the policies of %s", user->uin);
    }
    s->refs = 1;
    s->n = n;
    for (size_t i = 0; i < n; i++) {
        s->items[i] = policies[i];
    }
    (void)pthread_mutex_lock(&t->lock);
    struct policy_set *old = user->policies;
    user->policies = s;
    (void)pthread_mutex_unlock(&t->lock);
    policy_set_unref(old);
    return 0;
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

void maps_deinit(struct world_maps *maps)
{
    bucket_unref(maps->first_bucket);
    map_each(&maps->keys, forget_key, /* ctx= */ NULL);
    map_each(&maps->users, forget_user, /* ctx= */ NULL);
    map_each(&maps->buckets, forget_bucket, /* ctx= */ NULL);
    map_deinit(&maps->keys);
    map_deinit(&maps->users);
    map_deinit(&maps->buckets);
    cos_free(maps->temporary);
    switch_texts_free(maps->texts);
    for (size_t i = 0; i < maps->n_suffixes; i++) {
        cos_free(maps->suffixes[i]);
    }
}
