/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 64 parts, each with a lock, a hash table and a clock: an entry that was asked for since the
 * hand passed it last stays. Only rows whose bytes lie in memory come in, so that an entry
 * costs no open file. Without memory for an entry the row is simply not kept.
 */
#include "store/directory_cache.h"

#include "cosbase/alloc.h"

#include <pthread.h>

enum { N_PARTS = 64 };
#define BYTES_PER_BUCKET 1024

struct entry {
    struct entry *in_bucket;
    struct entry *next, *previous; /* on the clock */
    struct row *row;
    uint64_t space, hash, cost;
    bool was_asked;
};
struct bucket_head {
    struct entry *first;
};
struct part {
    pthread_mutex_t lock; /* guards all of it */
    struct bucket_head *buckets;
    struct entry *hand;
    uint64_t bytes;
    uint64_t ticket; /* another one each time the door is shut; never 0 */
    bool is_shut;
};
struct cache {
    uint64_t part_bytes;
    size_t n_buckets;            /* of a part; a power of two */
    struct bucket_head *buckets; /* of all parts in one piece: untouched, it takes no memory */
    struct part parts[N_PARTS];
};

struct cache *cache_free(struct cache *c)
{
    if (c == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < N_PARTS; i++) {
        struct part *p = &c->parts[i];
        struct entry *e = p->hand;
        while (e != NULL) {
            struct entry *next = e->next == p->hand ? NULL : e->next;
            row_unref(e->row);
            cos_free(e);
            e = next;
        }
        (void)pthread_mutex_destroy(&p->lock);
    }
    cos_free(c->buckets);
    return cos_free(c);
}

struct cache *cache_new(uint64_t limit_bytes)
{
    struct cache *c = cos_calloc(1, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    c->part_bytes = limit_bytes / N_PARTS;
    c->n_buckets = 1;
    while (c->n_buckets < c->part_bytes / BYTES_PER_BUCKET) {
        c->n_buckets *= 2;
    }
    c->buckets = cos_calloc(N_PARTS * c->n_buckets, sizeof(*c->buckets));
    if (c->buckets == NULL) {
        return cos_free(c);
    }
    for (size_t i = 0; i < N_PARTS; i++) {
        struct part *p = &c->parts[i];
        (void)pthread_mutex_init(&p->lock, NULL);
        p->ticket = 1;
        p->buckets = c->buckets + i * c->n_buckets;
    }
    return c;
}

static uint64_t hash_of(uint64_t space, struct cos_span key)
{
    uint64_t hash = space ^ key.len;
    for (size_t i = 0; i < key.len; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        size_t left = key.len - i;
        memcpy(&word, key.ptr + i, left < sizeof(word) ? left : sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

static size_t part_of(uint64_t hash)
{
    return (size_t)(hash >> 58);
}

static struct entry **find(const struct cache *c, struct part *p, uint64_t space,
                           struct cos_span key, uint64_t hash)
{
    struct entry **at = &p->buckets[hash & (c->n_buckets - 1)].first;
    while (*at != NULL && ((*at)->hash != hash || (*at)->space != space ||
                           !cos_span_eq(row_key((*at)->row), key))) {
        at = &(*at)->in_bucket;
    }
    return at;
}

struct row *cache_get(struct cache *c, uint64_t space, struct cos_span key, uint64_t *ticket)
{
    uint64_t hash = hash_of(space, key);
    struct part *p = &c->parts[part_of(hash)];
    struct row *row = NULL;
    (void)pthread_mutex_lock(&p->lock);
    struct entry *e = *find(c, p, space, key, hash);
    if (e != NULL) {
        e->was_asked = true;
        row = row_ref(e->row);
    }
    *ticket = p->is_shut ? 0 : p->ticket;
    (void)pthread_mutex_unlock(&p->lock);
    return row;
}

/* Take it out; freed by the caller behind the lock, with what is linked to it by in_bucket. */
static struct entry *take(struct part *p, struct entry **at, struct entry *behind)
{
    struct entry *e = *at;
    if (e == NULL) {
        return behind;
    }
    *at = e->in_bucket;
    p->bytes -= e->cost;
    e->next->previous = e->previous;
    e->previous->next = e->next;
    if (p->hand == e) {
        p->hand = e->next == e ? NULL : e->next;
    }
    e->in_bucket = behind;
    return e;
}

static void drop(struct entry *e)
{
    while (e != NULL) {
        struct entry *next = e->in_bucket;
        row_unref(e->row);
        cos_free(e);
        e = next;
    }
}

/* Until @more bytes fit. */
static struct entry *make_room(const struct cache *c, struct part *p, uint64_t more,
                               struct entry *behind)
{
    while (p->hand != NULL && p->bytes + more > c->part_bytes) {
        struct entry *e = p->hand;
        if (e->was_asked) {
            e->was_asked = false;
            p->hand = e->next;
        } else {
            behind = take(p, find(c, p, e->space, row_key(e->row), e->hash), behind);
        }
    }
    return behind;
}

/* Just behind the hand: the whole round is before it. */
static void add(const struct cache *c, struct part *p, struct entry *e)
{
    struct entry **bucket = &p->buckets[e->hash & (c->n_buckets - 1)].first;
    e->in_bucket = *bucket;
    *bucket = e;
    if (p->hand == NULL) {
        p->hand = e->next = e->previous = e;
    } else {
        e->next = p->hand;
        e->previous = p->hand->previous;
        e->previous->next = e;
        p->hand->previous = e;
    }
    p->bytes += e->cost;
}

static bool is_in_memory(const struct blob *b)
{
    uint64_t bytes = blob_bytes(b);
    if (bytes > CACHE_BODY_BYTES) {
        return false;
    }
    size_t n;
    uint64_t at = 0;
    while (at < bytes && blob_peek(b, at, &n) != NULL) {
        at += n;
    }
    return at == bytes;
}

/* NULL: it is not kept. */
static struct entry *entry_of(const struct cache *c, uint64_t space, struct row *row)
{
    uint64_t cost = sizeof(struct entry) + row_cost(row) + blob_bytes(row->blob);
    if (cost > c->part_bytes || !is_in_memory(row->blob)) {
        return NULL;
    }
    struct entry *e = cos_malloc(sizeof(*e));
    if (e != NULL) {
        *e = (struct entry){.row = row_ref(row),
                            .space = space,
                            .hash = hash_of(space, row_key(row)),
                            .cost = cost};
    }
    return e;
}

void cache_offer(struct cache *c, uint64_t space, struct row *row, uint64_t ticket)
{
    struct entry *e = ticket == 0 ? NULL : entry_of(c, space, row);
    if (e == NULL) {
        return;
    }
    struct part *p = &c->parts[part_of(e->hash)];
    struct entry *gone = e;
    e->in_bucket = NULL;
    (void)pthread_mutex_lock(&p->lock);
    if (!p->is_shut && p->ticket == ticket &&
        *find(c, p, space, row_key(row), e->hash) == NULL) {
        gone = make_room(c, p, e->cost, /* behind= */ NULL);
        add(c, p, e);
    }
    (void)pthread_mutex_unlock(&p->lock);
    drop(gone);
}

void cache_shut(struct cache *c, uint64_t space, struct cos_span key, cache_doors *doors)
{
    uint64_t hash = hash_of(space, key);
    struct part *p = &c->parts[part_of(hash)];
    (void)pthread_mutex_lock(&p->lock);
    struct entry *gone = take(p, find(c, p, space, key, hash), /* behind= */ NULL);
    p->ticket += p->is_shut ? 0 : 1;
    p->is_shut = true;
    (void)pthread_mutex_unlock(&p->lock);
    drop(gone);
    *doors |= (cache_doors)1 << part_of(hash);
}

void cache_settle(struct cache *c, uint64_t space, struct cos_span key, struct row *row)
{
    struct entry *e = row == NULL ? NULL : entry_of(c, space, row);
    uint64_t hash = hash_of(space, key);
    struct part *p = &c->parts[part_of(hash)];
    (void)pthread_mutex_lock(&p->lock);
    struct entry *gone = take(p, find(c, p, space, key, hash), /* behind= */ NULL);
    if (e != NULL) {
        gone = make_room(c, p, e->cost, gone);
        add(c, p, e);
    }
    (void)pthread_mutex_unlock(&p->lock);
    drop(gone);
}

void cache_open(struct cache *c, cache_doors *doors)
{
    for (size_t i = 0; i < N_PARTS; i++) {
        if ((*doors >> i & 1) != 0) {
            (void)pthread_mutex_lock(&c->parts[i].lock);
            c->parts[i].is_shut = false;
            (void)pthread_mutex_unlock(&c->parts[i].lock);
        }
    }
    *doors = 0;
}
