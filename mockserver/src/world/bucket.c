/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets of a tenant: name, region, owner, policy. What is in them is the store's; which tenant a name belongs to is the registry's.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "world/registry.h"

/*
 * 436/13312: the user's string has at most 50 characters and no '-' at either end. That the whole host has at most 60 (436/14518) is not enforced by
 * the service: the Python SDK's own suite makes a bucket of 52 characters, which gives a host of 82. A name is a DNS label, so 63 is the end.
 */
#define OWN_PART_MAX_BYTES 50
#define LABEL_MAX_BYTES 63

bool world_is_bucket_name(struct cos_span name)
{
    size_t dash = cos_span_rchr(name, '-');
    if (dash == SIZE_MAX || dash == 0 || dash > OWN_PART_MAX_BYTES || dash + 1 == name.len ||
        name.len > LABEL_MAX_BYTES || name.ptr[0] == '-' || name.ptr[dash - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        bool is_fine = i > dash ? is_digit : is_digit || (c >= 'a' && c <= 'z') || c == '-';
        if (!is_fine) {
            return false;
        }
    }
    return true;
}

struct bucket *bucket_ref(struct bucket *b)
{
    if (b != NULL) {
        __atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
    }
    return b;
}

struct bucket *bucket_unref(struct bucket *b)
{
    if (b != NULL && __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        cam_policy_unref(b->policy);
        cos_free(b);
    }
    return NULL;
}

struct bucket *world_bucket_find(struct cosmock_tenant *t, struct cos_span name,
                                 struct cam_policy **out_policy)
{
    pthread_mutex_lock(&t->lock);
    struct bucket *b = bucket_ref(map_get(&t->maps->buckets, name));
    if (out_policy != NULL) {
        *out_policy = b == NULL ? NULL : cam_policy_ref(b->policy);
    }
    pthread_mutex_unlock(&t->lock);
    return b;
}

struct bucket *world_bucket_of(struct cosmock_tenant *t, const char *name)
{
    return world_bucket_find(t, cos_span_of(name), NULL);
}

void world_bucket_policy_replace(struct cosmock_tenant *t, struct bucket *b,
                                 struct cam_policy *policy)
{
    pthread_mutex_lock(&t->lock);
    struct cam_policy *old = b->policy;
    b->policy = policy;
    pthread_mutex_unlock(&t->lock);
    cam_policy_unref(old);
}

static struct bucket *bucket_new(struct cosmock_tenant *t, struct cos_span name,
                                 const char *region, const struct user *owner)
{
    struct clock_sample now;
    world_clock_sample(t, &now);
    struct bucket *b = cos_calloc(1, sizeof(*b));
    if (b == NULL) {
        return NULL;
    }
    b->refs = 1;
    b->created_unix_ms = now.modification_unix_ms;
    (void)snprintf(b->name, sizeof(b->name), COS_SPAN_FMT, COS_SPAN_ARG(name));
    (void)snprintf(b->region, sizeof(b->region), "%s", region);
    (void)snprintf(b->owner_uin, sizeof(b->owner_uin), "%s", owner->owner_uin);
    (void)snprintf(b->owner_appid, sizeof(b->owner_appid), "%s", owner->appid);
    return b;
}

enum store_result world_bucket_create(struct cosmock_tenant *t, struct cos_span name,
                                      const char *region, const struct user *owner)
{
    int r = registry_claim_bucket(t, name);
    if (r != 0) {
        return r < 0 ? STORE_NOMEM : STORE_EXISTS;
    }
    struct bucket *b = bucket_new(t, name, region, owner);
    enum store_result result =
        b == NULL ? STORE_NOMEM : t->store->ops->bucket_add(t->store, b->name);
    if (result == STORE_OK) {
        pthread_mutex_lock(&t->lock);
        result = map_put(&t->maps->buckets, name, b) == 0 ? STORE_OK : STORE_NOMEM;
        if (result == STORE_OK && t->maps->first_bucket == NULL) {
            t->maps->first_bucket = bucket_ref(b);
        }
        pthread_mutex_unlock(&t->lock);
        if (result != STORE_OK) {
            (void)t->store->ops->bucket_remove(t->store, b->name);
        }
    }
    if (result != STORE_OK) {
        registry_give_up_bucket(t, name);
        bucket_unref(b);
    }
    return result;
}

enum store_result world_bucket_drop(struct cosmock_tenant *t, struct cos_span name)
{
    struct bucket *b = world_bucket_find(t, name, NULL);
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    enum store_result result = t->store->ops->bucket_remove(t->store, b->name);
    if (result == STORE_OK) {
        pthread_mutex_lock(&t->lock);
        struct bucket *known = map_remove(&t->maps->buckets, name);
        pthread_mutex_unlock(&t->lock);
        registry_give_up_bucket(t, name);
        bucket_unref(known);
    }
    bucket_unref(b);
    return result;
}

struct owned {
    const char *owner_uin;
    struct bucket **out;
    size_t n, max;
};

static void collect(void *ctx, struct cos_span key, void *value)
{
    struct owned *o = ctx;
    struct bucket *b = value;
    bool is_wanted = o->owner_uin == NULL || strcmp(b->owner_uin, o->owner_uin) == 0;
    if (o->n < o->max && is_wanted) {
        o->out[o->n++] = bucket_ref(b);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct bucket *const *x = a;
    const struct bucket *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

size_t world_buckets_of(struct cosmock_tenant *t, const char *owner_uin, struct bucket **out,
                        size_t max)
{
    struct owned o = {.owner_uin = owner_uin, .out = out, .max = max};
    pthread_mutex_lock(&t->lock);
    map_each(&t->maps->buckets, collect, &o);
    pthread_mutex_unlock(&t->lock);
    qsort(out, o.n, sizeof(struct bucket *), by_name);
    return o.n;
}
