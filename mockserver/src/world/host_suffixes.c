/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The COS host suffixes a tenant answers to besides the real ones. Whoever reads the list holds
 * no lock and keeps it, so each distinct one stays until the tenant ends.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "store/rows.h"
#include "world/rows.h"

struct suffix_set {
    struct suffix_set *next;
    char *text;                          /* of all of them */
    char *items[WORLD_MAX_SUFFIXES + 1]; /* NULL-terminated; in text */
};

void suffix_sets_free(struct suffix_set *sets)
{
    for (struct suffix_set *next; sets != NULL; sets = next) {
        next = sets->next;
        cos_free(sets->text);
        cos_free(sets);
    }
}

static bool is_of(const struct row *row, struct cos_span *pairs)
{
    struct cos_span name;
    struct mark m;
    if (!mark_row_read(row, &name, &m) || !cos_span_eq_str(name, MARK_SUFFIXES)) {
        return false;
    }
    *pairs = m.text;
    return true;
}

static bool says_same(const struct suffix_set *set, struct cos_span pairs)
{
    size_t i = 0;
    struct row_pair said;
    while (row_pair_next(&pairs, &said)) {
        if (i == WORLD_MAX_SUFFIXES || set->items[i] == NULL ||
            !cos_span_eq_str(said.name, set->items[i])) {
            return false;
        }
        i++;
    }
    return set->items[i] == NULL;
}

static const struct suffix_set *find_locked(const struct world_maps *maps,
                                            struct cos_span pairs)
{
    const struct suffix_set *set = maps->suffix_sets;
    while (set != NULL && !says_same(set, pairs)) {
        set = set->next;
    }
    return set;
}

static struct suffix_set *set_new(struct cos_span pairs)
{
    struct suffix_set *set = cos_calloc(1, sizeof(*set));
    char *at = cos_malloc(pairs.len + 1); /* each text had its length before it */
    if (set == NULL || at == NULL) {
        cos_free(at);
        return cos_free(set);
    }
    set->text = at;
    struct row_pair said;
    for (size_t i = 0; i < WORLD_MAX_SUFFIXES && row_pair_next(&pairs, &said); i++) {
        set->items[i] = at;
        at = cos_span_put(at, said.name);
        *at++ = '\0';
    }
    return set;
}

bool suffixes_prepare(struct cosmock_tenant *t, const struct row *row)
{
    struct cos_span pairs;
    if (!is_of(row, &pairs)) {
        return true;
    }
    (void)pthread_mutex_lock(&t->lock);
    bool is_known = find_locked(t->maps, pairs) != NULL;
    (void)pthread_mutex_unlock(&t->lock);
    struct suffix_set *set = is_known ? NULL : set_new(pairs);
    if (set != NULL) {
        (void)pthread_mutex_lock(&t->lock);
        set->next = t->maps->suffix_sets;
        t->maps->suffix_sets = set;
        (void)pthread_mutex_unlock(&t->lock);
    }
    return is_known || set != NULL;
}

void suffixes_apply(struct cosmock_tenant *t, const struct row *row)
{
    struct cos_span pairs;
    if (is_of(row, &pairs)) {
        t->maps->told.suffixes = true;
        __atomic_store_n(&t->maps->suffixes, find_locked(t->maps, pairs), __ATOMIC_RELEASE);
    }
}

void suffixes_reset(struct cosmock_tenant *t, const struct told *told)
{
    if (!told->suffixes) {
        __atomic_store_n(&t->maps->suffixes, NULL, __ATOMIC_RELEASE);
    }
}

const char *const *world_suffixes(struct cosmock_tenant *t)
{
    static const char *const none[] = {NULL};
    const struct suffix_set *set = __atomic_load_n(&t->maps->suffixes, __ATOMIC_ACQUIRE);
    return set == NULL ? none : (const char *const *)set->items;
}
