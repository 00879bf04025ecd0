/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The COS host suffixes a tenant answers to besides the real ones. Whoever reads the list holds
 * no lock and keeps it, so each distinct one stays until the tenant ends.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
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

static bool is_of(const struct row *row, struct cos_span *rest)
{
    return cos_span_eq_str(mark_name(row_key(row)), MARK_SUFFIXES) &&
           mark_texts_read(row, rest);
}

static bool says_same(const struct suffix_set *set, struct cos_span rest)
{
    size_t i = 0;
    struct cos_span text;
    while (mark_text_next(&rest, &text)) {
        if (i == WORLD_MAX_SUFFIXES || set->items[i] == NULL ||
            !cos_span_eq_str(text, set->items[i])) {
            return false;
        }
        i++;
    }
    return set->items[i] == NULL;
}

static const struct suffix_set *find_locked(const struct world_maps *maps, struct cos_span rest)
{
    const struct suffix_set *set = maps->suffix_sets;
    while (set != NULL && !says_same(set, rest)) {
        set = set->next;
    }
    return set;
}

static struct suffix_set *set_new(struct cos_span rest)
{
    struct suffix_set *set = cos_calloc(1, sizeof(*set));
    char *at = cos_malloc(rest.len + 1); /* each text had its length before it */
    if (set == NULL || at == NULL) {
        cos_free(at);
        return cos_free(set);
    }
    set->text = at;
    struct cos_span text;
    for (size_t i = 0; i < WORLD_MAX_SUFFIXES && mark_text_next(&rest, &text); i++) {
        set->items[i] = at;
        at = cos_span_put(at, text);
        *at++ = '\0';
    }
    return set;
}

bool suffixes_prepare(struct cosmock_tenant *t, const struct row *row)
{
    struct cos_span rest;
    if (!is_of(row, &rest)) {
        return true;
    }
    (void)pthread_mutex_lock(&t->lock);
    bool is_known = find_locked(t->maps, rest) != NULL;
    (void)pthread_mutex_unlock(&t->lock);
    struct suffix_set *set = is_known ? NULL : set_new(rest);
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
    struct cos_span rest;
    if (is_of(row, &rest)) {
        __atomic_store_n(&t->maps->suffixes, find_locked(t->maps, rest), __ATOMIC_RELEASE);
    }
}

const char *const *world_suffixes(struct cosmock_tenant *t)
{
    static const char *const none[] = {NULL};
    const struct suffix_set *set = __atomic_load_n(&t->maps->suffixes, __ATOMIC_ACQUIRE);
    return set == NULL ? none : (const char *const *)set->items;
}
