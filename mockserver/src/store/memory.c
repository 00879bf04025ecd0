/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory store: objects and uploads of each bucket in ordered indexes under one
 * readers-writer lock. The lock covers look-ups, walks over one page and pointer swaps;
 * whatever was replaced or removed is freed after it is released, so dropping a large object
 * never holds up a reader.
 */
#include "store/store.h"

#include <pthread.h>

#include "cosbase/alloc.h"
#include "store/index.h"
#include "store/upload.h"

struct store_bucket {
    struct index *objects; /* key -> struct object, one reference */
    struct index *uploads; /* id -> struct upload, one reference */
    bool is_removed;
};
struct memory_store {
    struct store base;
    pthread_rwlock_t lock; /* guards every bucket, and the parts of every upload */
    struct budget *budget; /* pays for uploads; NULL: nobody does */
};

static struct memory_store *memory_of(struct store *s)
{
    return (struct memory_store *)s;
}

static void lock_to_read(struct memory_store *m)
{
    (void)pthread_rwlock_rdlock(&m->lock); /* fails only on misuse */
}

static void lock_to_write(struct memory_store *m)
{
    (void)pthread_rwlock_wrlock(&m->lock);
}

static void unlock(struct memory_store *m)
{
    (void)pthread_rwlock_unlock(&m->lock);
}

/* Under the lock, as all that takes a bucket. */
static struct store_bucket *bucket_of(struct store_bucket *b)
{
    return b == NULL || b->is_removed ? NULL : b;
}

/* --- buckets --- */

static void bucket_free(struct store *s, struct store_bucket *b)
{
    if (b == NULL) {
        return;
    }
    if (b->objects != NULL) {
        const struct index_node *node = index_first(b->objects);
        for (; node != NULL; node = index_next(node)) {
            object_unref(index_value(node));
        }
    }
    if (b->uploads != NULL) {
        const struct index_node *node = index_first(b->uploads);
        for (; node != NULL; node = index_next(node)) {
            upload_unref(index_value(node));
        }
    }
    index_free(b->objects);
    index_free(b->uploads);
    cos_free(b);
}

static struct store_bucket *bucket_new(struct store *s)
{
    struct store_bucket *b = cos_calloc(1, sizeof(*b));
    if (b == NULL) {
        return NULL;
    }
    b->objects = index_new();
    b->uploads = index_new();
    if (b->objects == NULL || b->uploads == NULL) {
        bucket_free(s, b);
        return NULL;
    }
    return b;
}

static enum store_result bucket_remove(struct store *s, struct store_bucket *bucket)
{
    struct memory_store *m = memory_of(s);
    enum store_result r = STORE_OK;
    lock_to_write(m);
    struct store_bucket *b = bucket_of(bucket);
    if (b == NULL) {
        r = STORE_NO_BUCKET;
    } else if (index_count(b->objects) > 0 || index_count(b->uploads) > 0) {
        r = STORE_NOT_EMPTY;
    } else {
        b->is_removed = true;
    }
    unlock(m);
    return r;
}

/* --- objects --- */

/* Under the write lock; what was replaced goes to *old. */
static enum store_result put_locked(struct store_bucket *b, struct object *o,
                                    bool forbid_overwrite, void **old)
{
    struct cos_span key = cos_span_make(o->key, o->key_bytes);
    *old = NULL;
    if (forbid_overwrite && index_get(b->objects, key) != NULL) {
        return STORE_EXISTS;
    }
    return index_put(b->objects, key, o, old) < 0 ? STORE_NOMEM : STORE_OK;
}

static enum store_result put(struct store *s, struct store_bucket *bucket, struct object *o,
                             bool forbid_overwrite)
{
    struct memory_store *m = memory_of(s);
    void *old = NULL;
    lock_to_write(m);
    struct store_bucket *b = bucket_of(bucket);
    enum store_result r =
        b == NULL ? STORE_NO_BUCKET : put_locked(b, o, forbid_overwrite, &old);
    unlock(m);
    object_unref(old);
    return r;
}

static enum store_result get(struct store *s, struct store_bucket *bucket, struct cos_span key,
                             struct object **out)
{
    struct memory_store *m = memory_of(s);
    lock_to_read(m);
    struct store_bucket *b = bucket_of(bucket);
    struct object *o = b == NULL ? NULL : object_ref(index_get(b->objects, key));
    unlock(m);
    if (o == NULL) {
        return b == NULL ? STORE_NO_BUCKET : STORE_NO_KEY;
    }
    *out = o;
    return STORE_OK;
}

static enum store_result del(struct store *s, struct store_bucket *bucket, struct cos_span key)
{
    struct memory_store *m = memory_of(s);
    lock_to_write(m);
    struct store_bucket *b = bucket_of(bucket);
    struct object *o = b == NULL ? NULL : index_remove(b->objects, key);
    unlock(m);
    if (o == NULL) {
        return b == NULL ? STORE_NO_BUCKET : STORE_NO_KEY;
    }
    object_unref(o);
    return STORE_OK;
}

static int64_t count(struct store *s, struct store_bucket *bucket)
{
    struct memory_store *m = memory_of(s);
    lock_to_read(m);
    struct store_bucket *b = bucket_of(bucket);
    int64_t n = b == NULL ? -1 : (int64_t)index_count(b->objects);
    unlock(m);
    return n;
}

/* --- listing --- */

/* The part of @key that rolls up into one common prefix: up to and with the first delimiter
 * behind the prefix. len 0: none. */
static struct cos_span common_prefix(struct cos_span key, const struct store_list_query *q)
{
    if (q->delimiter.len == 0 || !cos_span_starts(key, q->prefix)) {
        return COS_SPAN_EMPTY;
    }
    size_t at = cos_span_find(cos_span_from(key, q->prefix.len), q->delimiter);
    return at == SIZE_MAX ? COS_SPAN_EMPTY
                          : cos_span_sub(key, 0, q->prefix.len + at + q->delimiter.len);
}

static const struct index_node *list_start(const struct index *objects,
                                           const struct store_list_query *q)
{
    if (cos_span_cmp(q->marker, q->prefix) < 0 || q->marker.len == 0) {
        return index_seek(objects, q->prefix);
    }
    struct cos_span rolled = common_prefix(q->marker, q);
    if (rolled.len > 0 && rolled.len == q->marker.len) {
        return index_seek_past(objects, rolled);
    }
    return index_seek_after(objects, q->marker);
}

static int list_add_prefix(struct store_list *list, struct cos_span prefix)
{
    char *copy = cos_strndup(prefix.ptr, prefix.len);
    if (copy == NULL) {
        return -1;
    }
    list->items[list->n_items++] =
        (struct store_list_item){.prefix = cos_span_make(copy, prefix.len)};
    return 0;
}

static int list_reserve(struct store_list *list, size_t *cap)
{
    if (list->n_items < *cap) {
        return 0;
    }
    size_t more = *cap == 0 ? 16 : *cap * 2;
    struct store_list_item *items =
        cos_realloc_array(list->items, more, sizeof(struct store_list_item));
    if (items == NULL) {
        return -1;
    }
    list->items = items;
    *cap = more;
    return 0;
}

static enum store_result list_locked(const struct index *objects,
                                     const struct store_list_query *q, struct store_list *list)
{
    size_t cap = 0;
    const struct index_node *node = q->max_items == 0 ? NULL : list_start(objects, q);
    while (node != NULL && cos_span_starts(index_key(node), q->prefix)) {
        if (list->n_items == q->max_items) {
            list->is_truncated = true;
            break;
        }
        if (list_reserve(list, &cap) < 0) {
            return STORE_NOMEM;
        }
        struct cos_span rolled = common_prefix(index_key(node), q);
        if (rolled.len == 0) {
            list->items[list->n_items++].object = object_ref(index_value(node));
            list->items[list->n_items - 1].prefix = COS_SPAN_EMPTY;
            node = index_next(node);
        } else if (list_add_prefix(list, rolled) < 0) {
            return STORE_NOMEM;
        } else {
            node = index_seek_past(objects, rolled);
        }
    }
    return STORE_OK;
}

static enum store_result list(struct store *s, struct store_bucket *bucket,
                              const struct store_list_query *q, struct store_list *out)
{
    struct memory_store *m = memory_of(s);
    struct store_list found = {0};
    lock_to_read(m);
    struct store_bucket *b = bucket_of(bucket);
    enum store_result r = b == NULL ? STORE_NO_BUCKET : list_locked(b->objects, q, &found);
    unlock(m);
    if (r != STORE_OK) {
        store_list_deinit(&found);
        return r;
    }
    *out = found;
    return STORE_OK;
}

void store_list_deinit(struct store_list *l)
{
    for (size_t i = 0; i < l->n_items; i++) {
        if (l->items[i].object != NULL) {
            object_unref(l->items[i].object);
        } else {
            union {
                const char *in;
                char *out;
            } owned = {.in = l->items[i].prefix.ptr};
            cos_free(owned.out);
        }
    }
    cos_free(l->items);
    *l = (struct store_list){0};
}

/* --- multipart --- */

/* Under the lock. An id that belongs to another key is no upload of this one. */
static struct upload *upload_of(struct store_bucket *b, struct cos_span key, const char *id)
{
    struct upload *u = index_get(b->uploads, cos_span_of(id));
    return u != NULL && cos_span_eq(cos_span_make(u->key, u->key_bytes), key) ? u : NULL;
}

static enum store_result upload_begin(struct store *s, struct store_bucket *bucket,
                                      const char *id, struct cos_span key, int64_t now_unix_ms,
                                      const struct object_header *headers, size_t n_headers)
{
    struct memory_store *m = memory_of(s);
    struct upload *u = upload_new(id, key, now_unix_ms, headers, n_headers, m->budget);
    if (u == NULL) {
        return STORE_NOMEM;
    }
    enum store_result r = STORE_OK;
    void *old;
    lock_to_write(m);
    struct store_bucket *b = bucket_of(bucket);
    if (b == NULL) {
        r = STORE_NO_BUCKET;
    } else if (index_get(b->uploads, cos_span_of(id)) != NULL) {
        r = STORE_EXISTS;
    } else if (index_put(b->uploads, cos_span_of(u->id), u, &old) < 0) {
        r = STORE_NOMEM;
    }
    unlock(m);
    if (r != STORE_OK) {
        upload_unref(u);
    }
    return r;
}

static enum store_result upload_get(struct store *s, struct store_bucket *bucket,
                                    struct cos_span key, const char *id, struct upload **out)
{
    struct memory_store *m = memory_of(s);
    lock_to_read(m);
    struct store_bucket *b = bucket_of(bucket);
    struct upload *u = b == NULL ? NULL : upload_ref(upload_of(b, key, id));
    unlock(m);
    if (u == NULL) {
        return b == NULL ? STORE_NO_BUCKET : STORE_NO_UPLOAD;
    }
    *out = u;
    return STORE_OK;
}

static enum store_result upload_part(struct store *s, struct store_bucket *bucket,
                                     struct cos_span key, const char *id,
                                     const struct upload_part *part)
{
    struct memory_store *m = memory_of(s);
    struct blob *old = NULL;
    enum store_result r = STORE_OK;
    lock_to_write(m);
    struct store_bucket *b = bucket_of(bucket);
    struct upload *u = b == NULL ? NULL : upload_of(b, key, id);
    if (u == NULL) {
        r = b == NULL ? STORE_NO_BUCKET : STORE_NO_UPLOAD;
    } else if (upload_put_part(u, part, &old) < 0) {
        r = STORE_NOMEM;
    }
    unlock(m);
    blob_unref(old);
    return r;
}

static enum store_result copy_parts(const struct upload *u, struct upload_part **out,
                                    size_t *out_n)
{
    struct upload_part *parts = NULL;
    if (u->n_parts > 0) {
        parts = cos_realloc_array(NULL, u->n_parts, sizeof(*parts));
        if (parts == NULL) {
            return STORE_NOMEM;
        }
        memcpy(parts, u->parts, u->n_parts * sizeof(*parts));
    }
    for (size_t i = 0; i < u->n_parts; i++) {
        blob_ref(parts[i].blob);
    }
    *out = parts;
    *out_n = u->n_parts;
    return STORE_OK;
}

static enum store_result upload_parts(struct store *s, struct store_bucket *bucket,
                                      struct cos_span key, const char *id,
                                      struct upload_part **out, size_t *out_n)
{
    struct memory_store *m = memory_of(s);
    lock_to_read(m);
    struct store_bucket *b = bucket_of(bucket);
    struct upload *u = b == NULL ? NULL : upload_of(b, key, id);
    enum store_result r = u != NULL   ? copy_parts(u, out, out_n)
                          : b == NULL ? STORE_NO_BUCKET
                                      : STORE_NO_UPLOAD;
    unlock(m);
    return r;
}

static enum store_result upload_complete(struct store *s, struct store_bucket *bucket,
                                         const char *id, struct object *o,
                                         bool forbid_overwrite)
{
    struct memory_store *m = memory_of(s);
    struct upload *u = NULL;
    void *old = NULL;
    enum store_result r = STORE_NO_BUCKET;
    lock_to_write(m);
    struct store_bucket *b = bucket_of(bucket);
    if (b != NULL) {
        u = upload_of(b, cos_span_make(o->key, o->key_bytes), id);
        r = u == NULL ? STORE_NO_UPLOAD : put_locked(b, o, forbid_overwrite, &old);
    }
    if (r == STORE_OK) {
        (void)index_remove(b->uploads, cos_span_of(id)); /* the value is u */
    } else {
        u = NULL;
    }
    unlock(m);
    object_unref(old);
    upload_unref(u);
    return r;
}

static enum store_result upload_abort(struct store *s, struct store_bucket *bucket,
                                      struct cos_span key, const char *id)
{
    struct memory_store *m = memory_of(s);
    lock_to_write(m);
    struct store_bucket *b = bucket_of(bucket);
    struct upload *u = b == NULL ? NULL : upload_of(b, key, id);
    if (u != NULL) {
        (void)index_remove(b->uploads, cos_span_of(id)); /* the value is u */
    }
    unlock(m);
    if (u == NULL) {
        return b == NULL ? STORE_NO_BUCKET : STORE_NO_UPLOAD;
    }
    upload_unref(u);
    return STORE_OK;
}

static int compare_uploads(const void *a, const void *b)
{
    const struct upload *x = *(struct upload *const *)a;
    const struct upload *y = *(struct upload *const *)b;
    int order =
        cos_span_cmp(cos_span_make(x->key, x->key_bytes), cos_span_make(y->key, y->key_bytes));
    return order != 0 ? order : strcmp(x->id, y->id);
}

static enum store_result uploads_locked(const struct index *uploads, struct store_uploads *out)
{
    size_t n = index_count(uploads);
    struct upload **items = NULL;
    if (n > 0) {
        items = cos_calloc(n, sizeof(struct upload *));
        if (items == NULL) {
            return STORE_NOMEM;
        }
    }
    const struct index_node *node = index_first(uploads);
    for (size_t i = 0; i < n; i++, node = index_next(node)) {
        items[i] = upload_ref(index_value(node));
    }
    *out = (struct store_uploads){items, n};
    return STORE_OK;
}

static enum store_result uploads(struct store *s, struct store_bucket *bucket,
                                 struct store_uploads *out)
{
    struct memory_store *m = memory_of(s);
    lock_to_read(m);
    struct store_bucket *b = bucket_of(bucket);
    enum store_result r = b == NULL ? STORE_NO_BUCKET : uploads_locked(b->uploads, out);
    unlock(m);
    if (r == STORE_OK && out->n_items > 1) {
        qsort(out->items, out->n_items, sizeof(struct upload *), compare_uploads);
    }
    return r;
}

void store_uploads_deinit(struct store_uploads *u)
{
    for (size_t i = 0; i < u->n_items; i++) {
        upload_unref(u->items[i]);
    }
    cos_free(u->items);
    *u = (struct store_uploads){0};
}

static int64_t upload_count(struct store *s, struct store_bucket *bucket)
{
    struct memory_store *m = memory_of(s);
    lock_to_read(m);
    struct store_bucket *b = bucket_of(bucket);
    int64_t n = b == NULL ? -1 : (int64_t)index_count(b->uploads);
    unlock(m);
    return n;
}

/* --- the store --- */

static struct store *memory_free(struct store *s)
{
    if (s == NULL) {
        return NULL;
    }
    struct memory_store *m = memory_of(s);
    (void)pthread_rwlock_destroy(&m->lock);
    cos_free(m);
    return NULL;
}

static const struct store_ops memory_ops = {
    .version = STORE_VERSION,
    .name = "memory",
    .bucket_new = bucket_new,
    .bucket_remove = bucket_remove,
    .bucket_free = bucket_free,
    .put = put,
    .get = get,
    .del = del,
    .list = list,
    .upload_begin = upload_begin,
    .upload_get = upload_get,
    .upload_part = upload_part,
    .upload_parts = upload_parts,
    .upload_complete = upload_complete,
    .upload_abort = upload_abort,
    .uploads = uploads,
    .count = count,
    .upload_count = upload_count,
    .free = memory_free,
};

struct store *store_memory_new(struct budget *budget)
{
    struct memory_store *m = cos_calloc(1, sizeof(*m));
    if (m == NULL) {
        return NULL;
    }
    m->base.ops = &memory_ops;
    m->budget = budget;
    if (pthread_rwlock_init(&m->lock, NULL) != 0) {
        cos_free(m);
        return NULL;
    }
    return &m->base;
}
