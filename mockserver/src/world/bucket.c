/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets of a tenant: name, region, owner. What is in them is the store's; where they are
 * found, and with which policy, is the registry's.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "world/registry.h"

/*
 * 436/13312: the user's string has at most 50 characters and no '-' at either end. That the
 * whole host has at most 60 (436/14518) is not enforced by the service: the Python SDK's own
 * suite makes a bucket of 52 characters, which gives a host of 82. A name is a DNS label, so 63
 * is the end.
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
        b->tenant->store->ops->bucket_free(b->tenant->store, b->stored);
        cos_free(b);
    }
    return NULL;
}

struct bucket *world_bucket_find(struct cosmock_tenant *t, struct cos_span name)
{
    struct bucket_view v = world_bucket_view(t, name);
    cam_policy_unref(v.policy);
    return v.bucket;
}

struct bucket *world_bucket_of(struct cosmock_tenant *t, const char *name)
{
    return world_bucket_find(t, cos_span_of(name));
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
    b->tenant = t;
    b->stored = t->store->ops->bucket_new(t->store);
    b->created_unix_ms = now.modification_unix_ms;
    (void)snprintf(b->name, sizeof(b->name), COS_SPAN_FMT, COS_SPAN_ARG(name));
    (void)snprintf(b->region, sizeof(b->region), "%s", region);
    (void)snprintf(b->owner_uin, sizeof(b->owner_uin), "%s", owner->owner_uin);
    (void)snprintf(b->owner_appid, sizeof(b->owner_appid), "%s", owner->appid);
    return b;
}

static void remember_first(struct cosmock_tenant *t, struct bucket *b)
{
    (void)pthread_mutex_lock(&t->lock);
    if (t->maps->first_bucket == NULL) {
        t->maps->first_bucket = bucket_ref(b);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

enum store_result world_bucket_create(struct cosmock_tenant *t, struct cos_span name,
                                      const char *region, const struct user *owner)
{
    struct bucket *b = bucket_new(t, name, region, owner);
    if (b == NULL || b->stored == NULL) {
        bucket_unref(b);
        return STORE_NOMEM;
    }
    struct bucket *mine = bucket_ref(b);
    int r = registry_add_bucket(t, b);
    if (r == 0) {
        remember_first(t, mine);
    } else {
        bucket_unref(b);
    }
    bucket_unref(mine);
    return r == 0 ? STORE_OK : (r < 0 ? STORE_NOMEM : STORE_EXISTS);
}

enum store_result world_bucket_drop(struct cosmock_tenant *t, struct cos_span name)
{
    struct bucket *b = world_bucket_find(t, name);
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    enum store_result result = t->store->ops->bucket_remove(t->store, b->stored);
    if (result == STORE_OK) {
        registry_drop_bucket(t, b);
    }
    bucket_unref(b);
    return result;
}
