/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A skip list (W. Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees", CACM
 * 33(6), 1990) with p = 1/4. Chosen over a tree because seeking, the one thing a scan needs, is
 * the same four lines as finding, and because all behind a prefix go as one chain. The heights
 * come from a fixed xorshift sequence: the shape of the list must not change from run to run,
 * and no outsider can hurt more than his own bucket.
 */
#include "store/index.h"

#include "cosbase/alloc.h"

#define MAX_HEIGHT 14 /* 4^14: more keys than memory holds */

struct index_node {
    struct cos_span key;
    void *value;
    size_t height;
    struct index_node *next[]; /* as many as the node is high */
};
struct index {
    unsigned height; /* of the highest node, at least 1 */
    uint64_t random;
    struct index_node *head[MAX_HEIGHT];
};
/*
 * The first node that is not before @sought. With @links, also the link that leads to that
 * place on every level.
 */
static struct index_node *find(struct index *ix, struct cos_span sought,
                               struct index_node **links[MAX_HEIGHT])
{
    struct index_node **next = ix->head;
    for (unsigned level = ix->height; level-- > 0;) {
        while (next[level] != NULL && cos_span_cmp(next[level]->key, sought) < 0) {
            next = next[level]->next;
        }
        if (links != NULL) {
            links[level] = &next[level];
        }
    }
    return next[0];
}

/* Searching changes nothing, but shares its code with what does. */
static struct index_node *find_const(const struct index *ix, struct cos_span sought)
{
    union {
        const struct index *in;
        struct index *out;
    } same = {.in = ix};
    return find(same.out, sought, /* links= */ NULL);
}

static unsigned draw_height(struct index *ix)
{
    ix->random ^= ix->random << 13;
    ix->random ^= ix->random >> 7;
    ix->random ^= ix->random << 17;
    unsigned height = 1;
    for (uint64_t bits = ix->random; (bits & 3) == 0 && height < MAX_HEIGHT; bits >>= 2) {
        height++;
    }
    return height;
}

struct index *index_new(void)
{
    struct index *ix = cos_calloc(1, sizeof(*ix));
    if (ix != NULL) {
        ix->height = 1;
        ix->random = 0x9E3779B97F4A7C15u;
    }
    return ix;
}

struct index *index_free(struct index *ix)
{
    if (ix != NULL) {
        index_chain_free(ix->head[0]);
        cos_free(ix);
    }
    return NULL;
}

void *index_get(const struct index *ix, struct cos_span key)
{
    const struct index_node *node = find_const(ix, key);
    return node != NULL && cos_span_eq(node->key, key) ? node->value : NULL;
}

struct index_node *index_node_new(struct index *ix)
{
    unsigned height = draw_height(ix);
    struct index_node *node = cos_malloc(sizeof(*node) + height * sizeof(struct index_node *));
    if (node != NULL) {
        node->value = NULL;
        node->height = height;
        node->next[0] = NULL;
    }
    return node;
}

struct index_node *index_chain_free(struct index_node *chain)
{
    while (chain != NULL) {
        struct index_node *next = chain->next[0];
        cos_free(chain);
        chain = next;
    }
    return NULL;
}

/* Where @links lead to. */
static void link_node(struct index *ix, struct index_node *node,
                      struct index_node **links[MAX_HEIGHT])
{
    for (; ix->height < node->height; ix->height++) {
        links[ix->height] = &ix->head[ix->height];
    }
    for (unsigned level = 0; level < node->height; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
}

static void lower(struct index *ix)
{
    while (ix->height > 1 && ix->head[ix->height - 1] == NULL) {
        ix->height--;
    }
}

struct index_node *index_put_node(struct index *ix, struct index_node *node,
                                  struct cos_span key, void *value)
{
    struct index_node **links[MAX_HEIGHT];
    struct index_node *there = find(ix, key, links);
    if (there != NULL && cos_span_eq(there->key, key)) {
        node->key = there->key;
        node->value = there->value;
        there->key = key; /* the old one dies with the old value */
        there->value = value;
        return node;
    }
    node->key = key;
    node->value = value;
    link_node(ix, node, links);
    return NULL;
}

struct index_node *index_take(struct index *ix, struct cos_span key)
{
    struct index_node **links[MAX_HEIGHT];
    struct index_node *node = find(ix, key, links);
    if (node == NULL || !cos_span_eq(node->key, key)) {
        return NULL;
    }
    for (unsigned level = 0; level < node->height; level++) {
        *links[level] = node->next[level];
    }
    lower(ix);
    node->next[0] = NULL;
    return node;
}

struct index_node *index_take_all(struct index *ix, struct cos_span prefix)
{
    struct index_node **links[MAX_HEIGHT];
    struct index_node *first = find(ix, prefix, links);
    struct index_node *end = NULL; /* the last of them */
    for (struct index_node *node = first; node != NULL && cos_span_starts(node->key, prefix);
         node = node->next[0]) {
        for (unsigned level = 0; level < node->height; level++) {
            *links[level] = node->next[level];
        }
        end = node;
    }
    if (end == NULL) {
        return NULL;
    }
    lower(ix);
    end->next[0] = NULL;
    return first;
}

const struct index_node *index_first(const struct index *ix)
{
    return ix->head[0];
}

const struct index_node *index_seek(const struct index *ix, struct cos_span key)
{
    return find_const(ix, key);
}

const struct index_node *index_next(const struct index_node *node)
{
    return node->next[0];
}

struct cos_span index_key(const struct index_node *node)
{
    return node->key;
}

void *index_value(const struct index_node *node)
{
    return node->value;
}
