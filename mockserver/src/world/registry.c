/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers for a bucket name or a secret id: the registry of all tenants of one mock. Names are unique over the whole mock, because a
 * request carries nothing else that tells its tenant. Read by every request, written only when worlds change. A tenant is found only between
 * registry_open and registry_leave: never half loaded, and never by a name that a request still under way would claim after it left.
 */
#include "world/registry.h"

#include "cosbase/alloc.h"
#include "world/maps.h"
#include "world/mock.h"

struct registry {
    pthread_rwlock_t lock; /* guards all below */
    struct map buckets, secret_ids, names;
    struct cosmock_tenant **
        tenants; /* in order of birth; the registry holds no reference: a tenant leaves it before it dies */
    size_t n_tenants, cap_tenants;
    uint64_t born; /* tenants ever made */
};

struct registry *registry_new(void)
{
    struct registry *r = cos_calloc(1, sizeof(*r));
    if (r != NULL) {
        pthread_rwlock_init(&r->lock, NULL);
    }
    return r;
}

struct registry *registry_free(struct registry *r)
{
    if (r == NULL) {
        return NULL;
    }
    while (r->n_tenants > 0) {
        cosmock_tenant_free(r->tenants[r->n_tenants - 1]);
    }
    map_deinit(&r->buckets);
    map_deinit(&r->secret_ids);
    map_deinit(&r->names);
    cos_free(r->tenants);
    pthread_rwlock_destroy(&r->lock);
    return cos_free(r);
}

uint64_t registry_birth_number(struct cosmock *mock)
{
    struct registry *r = mock->registry;
    pthread_rwlock_wrlock(&r->lock);
    uint64_t number = ++r->born;
    pthread_rwlock_unlock(&r->lock);
    return number;
}

int registry_enter(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    pthread_rwlock_wrlock(&r->lock);
    int result = 0;
    if (r->n_tenants == r->cap_tenants) {
        size_t cap = r->cap_tenants == 0 ? 8 : r->cap_tenants * 2;
        struct cosmock_tenant **grown =
            cos_realloc_array(r->tenants, cap, sizeof(struct cosmock_tenant *));
        if (grown == NULL) {
            result = -1;
        } else {
            r->tenants = grown;
            r->cap_tenants = cap;
        }
    }
    if (result == 0) {
        result = map_put(&r->names, cos_span_of(t->name), t);
    }
    if (result == 0) {
        r->tenants[r->n_tenants++] = t;
    }
    pthread_rwlock_unlock(&r->lock);
    return result;
}

void registry_open(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    pthread_rwlock_wrlock(&r->lock);
    t->maps->is_open = true;
    pthread_rwlock_unlock(&r->lock);
}

void registry_leave(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    pthread_rwlock_wrlock(&r->lock);
    for (size_t i = 0; i < r->n_tenants; i++) {
        if (r->tenants[i] == t) {
            memmove(&r->tenants[i], &r->tenants[i + 1],
                    (r->n_tenants - i - 1) * sizeof(struct cosmock_tenant *));
            r->n_tenants--;
            (void)map_remove(&r->names, cos_span_of(t->name));
            break;
        }
    }
    map_remove_value(&r->buckets, t);
    map_remove_value(&r->secret_ids, t);
    t->maps->is_open = false;
    t->maps->has_left = true;
    pthread_rwlock_unlock(&r->lock);
}

static int claim(struct cosmock_tenant *t, struct map *m, struct cos_span name)
{
    struct registry *r = t->mock->registry;
    pthread_rwlock_wrlock(&r->lock);
    int result = t->maps->has_left ? -1 : map_put(m, name, t);
    pthread_rwlock_unlock(&r->lock);
    return result;
}

static void give_up(struct cosmock_tenant *t, struct map *m, struct cos_span name)
{
    struct registry *r = t->mock->registry;
    pthread_rwlock_wrlock(&r->lock);
    if (map_get(m, name) == t) {
        (void)map_remove(m, name);
    }
    pthread_rwlock_unlock(&r->lock);
}

int registry_claim_bucket(struct cosmock_tenant *t, struct cos_span bucket)
{
    return claim(t, &t->mock->registry->buckets, bucket);
}

int registry_claim_secret_id(struct cosmock_tenant *t, struct cos_span secret_id)
{
    return claim(t, &t->mock->registry->secret_ids, secret_id);
}

void registry_give_up_bucket(struct cosmock_tenant *t, struct cos_span bucket)
{
    give_up(t, &t->mock->registry->buckets, bucket);
}

void registry_give_up_secret_id(struct cosmock_tenant *t, struct cos_span secret_id)
{
    give_up(t, &t->mock->registry->secret_ids, secret_id);
}

static struct cosmock_tenant *look_up(struct cosmock *mock, const struct map *m,
                                      struct cos_span name)
{
    pthread_rwlock_rdlock(&mock->registry->lock);
    struct cosmock_tenant *t = map_get(m, name);
    t = t == NULL || !t->maps->is_open ? NULL : tenant_ref(t);
    pthread_rwlock_unlock(&mock->registry->lock);
    return t;
}

struct cosmock_tenant *registry_by_bucket(struct cosmock *mock, struct cos_span bucket)
{
    return look_up(mock, &mock->registry->buckets, bucket);
}

struct cosmock_tenant *registry_by_secret_id(struct cosmock *mock, struct cos_span secret_id)
{
    return look_up(mock, &mock->registry->secret_ids, secret_id);
}

struct cosmock_tenant *registry_by_name(struct cosmock *mock, struct cos_span name)
{
    return look_up(mock, &mock->registry->names, name);
}

struct cosmock_tenant *registry_first(struct cosmock *mock)
{
    struct registry *r = mock->registry;
    pthread_rwlock_rdlock(&r->lock);
    struct cosmock_tenant *t = NULL;
    for (size_t i = 0; i < r->n_tenants && t == NULL; i++) {
        t = r->tenants[i]->maps->is_open ? tenant_ref(r->tenants[i]) : NULL;
    }
    pthread_rwlock_unlock(&r->lock);
    return t;
}

void registry_each(struct cosmock *mock, void (*visit)(void *ctx, struct cosmock_tenant *t),
                   void *ctx)
{
    struct registry *r = mock->registry;
    pthread_rwlock_rdlock(&r->lock);
    size_t n = 0;
    struct cosmock_tenant **copy =
        cos_calloc(r->n_tenants + 1, sizeof(struct cosmock_tenant *));
    for (size_t i = 0; copy != NULL && i < r->n_tenants; i++) {
        if (r->tenants[i]->maps->is_open) {
            copy[n++] = tenant_ref(r->tenants[i]);
        }
    }
    pthread_rwlock_unlock(&r->lock);
    for (size_t i = 0; copy != NULL && i < n; i++) {
        visit(ctx, copy[i]);
        tenant_unref(copy[i]);
    }
    cos_free(copy);
}
