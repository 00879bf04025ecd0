/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A binary heap by key_ms. A member that was put off keeps its old key: when that comes up, the
 * member sinks to where it belongs. So a connection that is used a hundred times a second moves
 * once in the length of its deadline, and 10,000 idle ones cost a sleeping loop nothing.
 */
#include "edge/deadlines.h"

#include "cosbase/alloc.h"

static void put(struct deadlines *d, size_t place, struct deadline *one)
{
    d->heap[place - 1] = one;
    one->place = place;
}

static void rise(struct deadlines *d, struct deadline *one)
{
    size_t place = one->place;

    while (place > 1 && d->heap[place / 2 - 1]->key_ms > one->key_ms) {
        put(d, place, d->heap[place / 2 - 1]);
        place /= 2;
    }
    put(d, place, one);
}

static void sink(struct deadlines *d, struct deadline *one)
{
    size_t place = one->place;

    for (;;) {
        size_t child = 2 * place;

        if (child < d->n && d->heap[child]->key_ms < d->heap[child - 1]->key_ms) {
            child++;
        }
        if (child > d->n || d->heap[child - 1]->key_ms >= one->key_ms) {
            break;
        }
        put(d, place, d->heap[child - 1]);
        place = child;
    }
    put(d, place, one);
}

void deadlines_deinit(struct deadlines *d)
{
    cos_free(d->heap);
    *d = (struct deadlines){0};
}

static bool make_room(struct deadlines *d)
{
    size_t cap = d->cap == 0 ? 64 : d->cap * 2;

    if (d->n < d->cap) {
        return true;
    }
    struct deadline **grown = cos_realloc_array(d->heap, cap, sizeof(struct deadline *));
    if (grown == NULL) {
        return false;
    }
    d->heap = grown;
    d->cap = cap;
    return true;
}

bool deadlines_set(struct deadlines *d, struct deadline *one, int64_t at_ms)
{
    one->at_ms = at_ms;
    if (one->place == 0) {
        if (!make_room(d)) {
            return false;
        }
        one->key_ms = at_ms;
        put(d, ++d->n, one);
        rise(d, one);
    } else if (at_ms < one->key_ms) {
        one->key_ms = at_ms;
        rise(d, one);
    }
    return true;
}

void deadlines_remove(struct deadlines *d, struct deadline *one)
{
    size_t place = one->place;

    if (place == 0) {
        return;
    }
    one->place = 0;
    struct deadline *last = d->heap[--d->n];
    if (last != one) {
        put(d, place, last);
        rise(d, last);
        sink(d, last);
    }
}

struct deadline *deadlines_take_due(struct deadlines *d, int64_t now_ms)
{
    while (d->n > 0 && d->heap[0]->key_ms <= now_ms) {
        struct deadline *first = d->heap[0];

        if (first->at_ms <= now_ms) {
            deadlines_remove(d, first);
            return first;
        }
        first->key_ms = first->at_ms;
        sink(d, first);
    }
    return NULL;
}

int64_t deadlines_next_ms(const struct deadlines *d)
{
    return d->n == 0 ? DEADLINE_NEVER : d->heap[0]->key_ms;
}
