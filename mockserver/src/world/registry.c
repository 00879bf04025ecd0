/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers for a bucket name or a secret id: the registry of all tenants of one mock. Names
 * are unique over the whole mock, because a request carries nothing else that tells its tenant.
 * Read by every request, written only when worlds change. A tenant is found only between
 * registry_open and registry_leave: never half loaded, and never by a name that a request still
 * under way would claim after it left.
 *
 * A bucket stands here itself, with its documents: one look-up says whose a request is, for
 * which bucket, and what is written about that bucket now.
 */
#include "world/registry.h"

#include "cosbase/alloc.h"
#include "world/maps.h"
#include "world/mock.h"

struct registry {
    pthread_rwlock_t lock;        /* guards all below */
    struct map buckets;           /* name -> struct bucket, borrowed from its tenant's map */
    struct map secret_ids, names; /* -> struct cosmock_tenant */
    /* in order of birth; the registry holds no reference: a tenant leaves it before it dies */
    struct cosmock_tenant **tenants;
    size_t n_tenants, cap_tenants;
    uint64_t born; /* tenants ever made */
};

struct registry *registry_new(void)
{
    struct registry *r = cos_calloc(1, sizeof(*r));
    if (r != NULL) {
        (void)pthread_rwlock_init(&r->lock, NULL);
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
    (void)pthread_rwlock_destroy(&r->lock);
    return cos_free(r);
}

uint64_t registry_birth_number(struct cosmock *mock)
{
    struct registry *r = mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    uint64_t number = ++r->born;
    (void)pthread_rwlock_unlock(&r->lock);
    return number;
}

int registry_enter(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
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
    if (result == 1) {
        const struct cosmock_tenant *known = map_get(&r->names, cos_span_of(t->name));
        result = known->maps->has_left ? 2 : 1;
    }
    if (result == 0) {
        r->tenants[r->n_tenants++] = t;
    }
    (void)pthread_rwlock_unlock(&r->lock);
    return result;
}

struct cosmock_tenant *registry_claim(struct cosmock *mock, const char *name)
{
    struct registry *r = mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    struct cosmock_tenant *t = map_get(&r->names, cos_span_of(name));
    t = t != NULL && t->maps->is_unclaimed ? t : NULL;
    if (t != NULL) {
        t->maps->is_unclaimed = false;
    }
    (void)pthread_rwlock_unlock(&r->lock);
    return t;
}

void registry_unclaim(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    t->maps->is_unclaimed = true;
    (void)pthread_rwlock_unlock(&r->lock);
}

void registry_open(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    t->maps->is_open = true;
    (void)pthread_rwlock_unlock(&r->lock);
}

static void forget_bucket(void *ctx, struct cos_span key, void *value)
{
    struct registry *r = ctx;
    (void)map_remove(&r->buckets, key);
}

void registry_leave(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    for (size_t i = 0; i < r->n_tenants; i++) {
        if (r->tenants[i] == t) {
            memmove(&r->tenants[i], &r->tenants[i + 1],
                    (r->n_tenants - i - 1) * sizeof(struct cosmock_tenant *));
            r->n_tenants--;
            if (t->mock->rows_of == NULL) {
                (void)map_remove(&r->names, cos_span_of(t->name));
            }
            break;
        }
    }
    map_each(&t->maps->buckets, forget_bucket, r);
    map_remove_value(&r->secret_ids, t);
    t->maps->is_open = false;
    t->maps->has_left = true;
    (void)pthread_rwlock_unlock(&r->lock);
}

void registry_forget(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    if (map_get(&r->names, cos_span_of(t->name)) == t) {
        (void)map_remove(&r->names, cos_span_of(t->name));
    }
    (void)pthread_rwlock_unlock(&r->lock);
}

static void note_id(struct world_maps *maps, uint32_t id)
{
    maps->last_bucket_id = id > maps->last_bucket_id ? id : maps->last_bucket_id;
}

static int claim_bucket_locked(struct registry *r, struct bucket *b)
{
    struct world_maps *maps = b->tenant->maps;
    struct cos_span name = cos_span_of(b->name);
    int result = maps->has_left ? -1 : map_put(&r->buckets, name, b);
    if (result == 0 && map_put(&maps->buckets, name, b) != 0) {
        (void)map_remove(&r->buckets, name);
        result = -1;
    }
    if (result == 0 && b->stored.id == 0) {
        b->stored.id = maps->last_bucket_id + 1;
    }
    if (result == 0) {
        note_id(maps, b->stored.id);
    }
    return result;
}

int registry_claim_bucket(struct bucket *b)
{
    struct registry *r = b->tenant->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    int result = claim_bucket_locked(r, b);
    (void)pthread_rwlock_unlock(&r->lock);
    return result;
}

static void keep_locked(struct bucket *b, struct row *row)
{
    b->stored.row = row_ref(row);
    b->is_kept = true;
    b->era = b->tenant->maps->era;
}

struct bucket *registry_keep_bucket(struct cosmock_tenant *t, struct cos_span name,
                                    struct row *row)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    struct bucket *b = bucket_ref(map_get(&t->maps->buckets, name));
    if (b != NULL && !b->is_kept) {
        keep_locked(b, row);
    }
    (void)pthread_rwlock_unlock(&r->lock);
    return b;
}

bool registry_replace_bucket(struct bucket *b, struct row *row)
{
    struct registry *r = b->tenant->mock->registry;
    struct map *own = &b->tenant->maps->buckets;
    struct cos_span name = cos_span_of(b->name);
    (void)pthread_rwlock_wrlock(&r->lock);
    struct bucket *old = map_get(own, name);
    bool is_there = map_set(&r->buckets, name, b) == 0 && map_set(own, name, b) == 0;
    if (is_there) {
        keep_locked(b, row);
        note_id(b->tenant->maps, b->stored.id);
    }
    (void)pthread_rwlock_unlock(&r->lock);
    bucket_unref(is_there ? old : b);
    return is_there;
}

uint32_t registry_next_bucket_id(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    uint32_t id = ++t->maps->last_bucket_id;
    (void)pthread_rwlock_unlock(&r->lock);
    return id;
}

uint32_t registry_last_bucket_id(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_rdlock(&r->lock);
    uint32_t id = t->maps->last_bucket_id;
    (void)pthread_rwlock_unlock(&r->lock);
    return id;
}

void registry_bucket_id_taken(struct cosmock_tenant *t, uint32_t id)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    note_id(t->maps, id);
    (void)pthread_rwlock_unlock(&r->lock);
}

static bool is_bucket_now(void *ctx, struct cos_span name, void **value)
{
    struct cosmock_tenant *t = ctx;
    struct bucket *b = *value;
    if (!b->is_kept || b->era == t->maps->era) {
        return true;
    }
    (void)map_remove(&t->mock->registry->buckets, name);
    bucket_unref(b);
    return false;
}

void registry_drop_former(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    map_filter(&t->maps->buckets, is_bucket_now, t);
    (void)pthread_rwlock_unlock(&r->lock);
}

bool registry_has_another(struct cosmock_tenant *t, struct cos_span name, uint32_t id)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_rdlock(&r->lock);
    const struct bucket *b = map_get(&t->maps->buckets, name);
    bool is_another = b != NULL && (b->is_kept || b->stored.id != id);
    (void)pthread_rwlock_unlock(&r->lock);
    return is_another;
}

static void drop_bucket(struct bucket *b, bool is_kept)
{
    struct registry *r = b->tenant->mock->registry;
    struct map *buckets = &b->tenant->maps->buckets;
    struct cos_span name = cos_span_of(b->name);
    struct bucket *known = NULL;
    (void)pthread_rwlock_wrlock(&r->lock);
    if (b->is_kept == is_kept) {
        known = map_get(buckets, name) == b ? map_remove(buckets, name) : NULL;
    }
    if (known != NULL && map_get(&r->buckets, name) == b) {
        (void)map_remove(&r->buckets, name);
    }
    (void)pthread_rwlock_unlock(&r->lock);
    bucket_unref(known);
}

void registry_drop_bucket(struct bucket *b)
{
    drop_bucket(b, /* is_kept= */ true);
}

void registry_give_up_bucket(struct bucket *b)
{
    drop_bucket(b, /* is_kept= */ false);
}

int registry_claim_secret_id(struct cosmock_tenant *t, struct cos_span secret_id)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    int result = t->maps->has_left ? -1 : map_put(&r->secret_ids, secret_id, t);
    (void)pthread_rwlock_unlock(&r->lock);
    return result;
}

void registry_give_up_secret_id(struct cosmock_tenant *t, struct cos_span secret_id)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    if (map_get(&r->secret_ids, secret_id) == t) {
        (void)map_remove(&r->secret_ids, secret_id);
    }
    (void)pthread_rwlock_unlock(&r->lock);
}

/* --- buckets --- */

/* One that is only claimed is there for nobody. */
static struct bucket *kept(struct bucket *b)
{
    return b != NULL && b->is_kept ? b : NULL;
}

static struct bucket_view view_locked(struct bucket *b)
{
    const struct bucket_view borrowed = {b, b == NULL ? NULL : b->documents};
    return bucket_view_ref(&borrowed);
}

struct cosmock_tenant *registry_by_bucket(struct cosmock *mock, struct cos_span name,
                                          struct bucket_view *out)
{
    (void)pthread_rwlock_rdlock(&mock->registry->lock);
    struct bucket *b = kept(map_get(&mock->registry->buckets, name));
    bool is_open = b != NULL && b->tenant->maps->is_open;
    struct cosmock_tenant *t = is_open ? tenant_ref(b->tenant) : NULL;
    *out = view_locked(is_open ? b : NULL);
    (void)pthread_rwlock_unlock(&mock->registry->lock);
    return t;
}

struct bucket *registry_bucket_holder(struct cosmock *mock, struct cos_span name)
{
    (void)pthread_rwlock_rdlock(&mock->registry->lock);
    struct bucket *b = bucket_ref(map_get(&mock->registry->buckets, name));
    (void)pthread_rwlock_unlock(&mock->registry->lock);
    return b;
}

struct bucket_view world_bucket_view(struct cosmock_tenant *t, struct cos_span name)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_rdlock(&r->lock);
    struct bucket_view found = view_locked(kept(map_get(&t->maps->buckets, name)));
    (void)pthread_rwlock_unlock(&r->lock);
    return found;
}

struct wanted_id {
    uint32_t id;
    struct bucket *found; /* borrowed */
};

static void find_id(void *ctx, struct cos_span name, void *value)
{
    struct wanted_id *w = ctx;
    struct bucket *b = value;
    (void)name;
    if (b->is_kept && b->stored.id == w->id && (w->found == NULL || b->era > w->found->era)) {
        w->found = b;
    }
}

struct bucket *registry_bucket_by_id(struct cosmock_tenant *t, uint32_t id)
{
    struct wanted_id w = {.id = id};
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_rdlock(&r->lock);
    map_each(&t->maps->buckets, find_id, &w);
    struct bucket *b = bucket_ref(w.found);
    (void)pthread_rwlock_unlock(&r->lock);
    return b;
}

struct bucket_view bucket_view_ref(const struct bucket_view *v)
{
    return (struct bucket_view){bucket_ref(v->bucket), bucket_documents_ref(v->documents)};
}

void bucket_view_release(struct bucket_view *v)
{
    bucket_unref(v->bucket);
    bucket_documents_unref(v->documents);
    *v = (struct bucket_view){0};
}

void registry_bucket_document(struct bucket *b, enum bucket_document which, struct row *row,
                              struct bucket_documents *next)
{
    struct registry *r = b->tenant->mock->registry;
    (void)pthread_rwlock_wrlock(&r->lock);
    struct bucket_documents *old = b->documents;
    bool is_any = bucket_documents_fill(next, old, which, row);
    b->documents = is_any ? bucket_documents_ref(next) : NULL;
    (void)pthread_rwlock_unlock(&r->lock);
    bucket_documents_unref(old);
}

size_t world_bucket_count(struct cosmock_tenant *t)
{
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_rdlock(&r->lock);
    size_t n = t->maps->buckets.n;
    (void)pthread_rwlock_unlock(&r->lock);
    return n;
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
    if (o->n < o->max && is_wanted && b->is_kept) {
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
    struct registry *r = t->mock->registry;
    (void)pthread_rwlock_rdlock(&r->lock);
    map_each(&t->maps->buckets, collect, &o);
    (void)pthread_rwlock_unlock(&r->lock);
    qsort(out, o.n, sizeof(struct bucket *), by_name);
    return o.n;
}

/* --- tenants --- */

static struct cosmock_tenant *look_up(struct cosmock *mock, const struct map *m,
                                      struct cos_span name)
{
    (void)pthread_rwlock_rdlock(&mock->registry->lock);
    struct cosmock_tenant *t = map_get(m, name);
    t = t == NULL || !t->maps->is_open ? NULL : tenant_ref(t);
    (void)pthread_rwlock_unlock(&mock->registry->lock);
    return t;
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
    (void)pthread_rwlock_rdlock(&r->lock);
    struct cosmock_tenant *t = NULL;
    for (size_t i = 0; i < r->n_tenants && t == NULL; i++) {
        t = r->tenants[i]->maps->is_open ? tenant_ref(r->tenants[i]) : NULL;
    }
    (void)pthread_rwlock_unlock(&r->lock);
    return t;
}

void registry_each(struct cosmock *mock, void (*visit)(void *ctx, struct cosmock_tenant *t),
                   void *ctx)
{
    struct registry *r = mock->registry;
    (void)pthread_rwlock_rdlock(&r->lock);
    size_t n = 0;
    struct cosmock_tenant **copy =
        cos_calloc(r->n_tenants + 1, sizeof(struct cosmock_tenant *));
    for (size_t i = 0; copy != NULL && i < r->n_tenants; i++) {
        if (r->tenants[i]->maps->is_open) {
            copy[n++] = tenant_ref(r->tenants[i]);
        }
    }
    (void)pthread_rwlock_unlock(&r->lock);
    for (size_t i = 0; copy != NULL && i < n; i++) {
        visit(ctx, copy[i]);
        tenant_unref(copy[i]);
    }
    cos_free(copy);
}
