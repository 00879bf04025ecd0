/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map behind the registry and the tenants: chained, doubled when full, FNV-1a. Look-ups are
 * on the path of every request, so a node holds its key inline: one cache line for a hit.
 */
#include "world/map.h"

#include "cosbase/alloc.h"

struct map_node {
    struct map_node *next;
    void *value;
    uint64_t hash;
    size_t len;
    char key[];
};

static uint64_t hash_of(struct cos_span key)
{
    uint64_t h = 14695981039346656037ull;
    for (size_t i = 0; i < key.len; i++) {
        h = (h ^ (unsigned char)key.ptr[i]) * 1099511628211ull;
    }
    return h;
}

static struct map_node **find(const struct map *m, struct cos_span key, uint64_t hash)
{
    struct map_node **at = &m->slots[hash & (m->n_slots - 1)];
    while (*at != NULL && ((*at)->hash != hash || (*at)->len != key.len ||
                           memcmp((*at)->key, key.ptr, key.len) != 0)) {
        at = &(*at)->next;
    }
    return at;
}

static int grow(struct map *m)
{
    size_t n_slots = m->n_slots == 0 ? 16 : m->n_slots * 2;
    struct map_node **slots = cos_calloc(n_slots, sizeof(struct map_node *));
    if (slots == NULL) {
        return -1;
    }
    for (size_t i = 0; i < m->n_slots; i++) {
        for (struct map_node *n = m->slots[i], *next; n != NULL; n = next) {
            next = n->next;
            n->next = slots[n->hash & (n_slots - 1)];
            slots[n->hash & (n_slots - 1)] = n;
        }
    }
    cos_free(m->slots);
    m->slots = slots;
    m->n_slots = n_slots;
    return 0;
}

void map_deinit(struct map *m)
{
    for (size_t i = 0; i < m->n_slots; i++) {
        for (struct map_node *n = m->slots[i], *next; n != NULL; n = next) {
            next = n->next;
            cos_free(n);
        }
    }
    cos_free(m->slots);
    *m = (struct map){0};
}

void *map_get(const struct map *m, struct cos_span key)
{
    if (m->n == 0) {
        return NULL;
    }
    struct map_node *n = *find(m, key, hash_of(key));
    return n == NULL ? NULL : n->value;
}

int map_put(struct map *m, struct cos_span key, void *value)
{
    if (m->n >= m->n_slots && grow(m) < 0) {
        return -1;
    }
    uint64_t hash = hash_of(key);
    struct map_node **at = find(m, key, hash);
    if (*at != NULL) {
        return 1;
    }
    struct map_node *n = cos_malloc(sizeof(*n) + key.len);
    if (n == NULL) {
        return -1;
    }
    *n = (struct map_node){.value = value, .hash = hash, .len = key.len};
    if (key.len > 0) {
        memcpy(n->key, key.ptr, key.len);
    }
    *at = n;
    m->n++;
    return 0;
}

int map_set(struct map *m, struct cos_span key, void *value)
{
    struct map_node *n = m->n == 0 ? NULL : *find(m, key, hash_of(key));
    if (n == NULL) {
        return map_put(m, key, value);
    }
    n->value = value;
    return 0;
}

void *map_remove(struct map *m, struct cos_span key)
{
    if (m->n == 0) {
        return NULL;
    }
    struct map_node **at = find(m, key, hash_of(key));
    struct map_node *n = *at;
    if (n == NULL) {
        return NULL;
    }
    void *value = n->value;
    *at = n->next;
    cos_free(n);
    m->n--;
    return value;
}

void map_filter(struct map *m, bool (*keeps)(void *ctx, struct cos_span key, void **value),
                void *ctx)
{
    for (size_t i = 0; i < m->n_slots; i++) {
        for (struct map_node **at = &m->slots[i]; *at != NULL;) {
            struct map_node *n = *at;
            if (keeps(ctx, cos_span_make(n->key, n->len), &n->value)) {
                at = &n->next;
                continue;
            }
            *at = n->next;
            cos_free(n);
            m->n--;
        }
    }
}

static bool is_other_value(void *ctx, struct cos_span key, void **value)
{
    return *value != ctx;
}

void map_remove_value(struct map *m, void *value)
{
    map_filter(m, is_other_value, value);
}

void map_each(const struct map *m, void (*visit)(void *ctx, struct cos_span key, void *value),
              void *ctx)
{
    for (size_t i = 0; i < m->n_slots; i++) {
        for (const struct map_node *n = m->slots[i]; n != NULL; n = n->next) {
            visit(ctx, cos_span_make(n->key, n->len), n->value);
        }
    }
}
