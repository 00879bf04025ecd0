/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordered index against an oracle that cannot be wrong in the same way: a plain sorted
 * array. Random puts and removes, then every question asked of both.
 */
#include "store/index.h"

#include "cosbase/rng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define KEYS_MAX 400
#define KEY_BYTES 7
#define STEPS 6000

struct oracle {
    /* sorted */
    char keys[KEYS_MAX][KEY_BYTES + 1];
    uintptr_t values[KEYS_MAX];
    size_t n;
};

static size_t place(const struct oracle *o, const char *key)
{
    size_t i = 0;
    while (i < o->n && strcmp(o->keys[i], key) < 0) {
        i++;
    }
    return i;
}

static bool oracle_has(const struct oracle *o, const char *key)
{
    size_t i = place(o, key);
    return i < o->n && strcmp(o->keys[i], key) == 0;
}

static void oracle_put(struct oracle *o, const char *key, uintptr_t value)
{
    size_t i = place(o, key);
    if (!oracle_has(o, key)) {
        memmove(o->keys[i + 1], o->keys[i], (o->n - i) * sizeof(o->keys[0]));
        memmove(&o->values[i + 1], &o->values[i], (o->n - i) * sizeof(o->values[0]));
        memcpy(o->keys[i], key, strlen(key) + 1);
        o->n++;
    }
    o->values[i] = value;
}

static void oracle_remove(struct oracle *o, const char *key)
{
    size_t i = place(o, key);
    o->n--;
    memmove(o->keys[i], o->keys[i + 1], (o->n - i) * sizeof(o->keys[0]));
    memmove(&o->values[i], &o->values[i + 1], (o->n - i) * sizeof(o->values[0]));
}

/* Few letters, so that keys collide and are prefixes of each other; one of them is not
 * ASCII. */
static void draw_key(struct cos_rng *rng, char *out)
{
    cos_rng_text(rng, out, 1 + cos_rng_below(rng, KEY_BYTES - 1), "ab/\xE4");
}

static void same_node(const struct index_node *node, const struct oracle *o, size_t at)
{
    if (at == o->n) {
        assert_null(node);
        return;
    }
    assert_non_null(node);
    assert_true(cos_span_eq_str(index_key(node), o->keys[at]));
    assert_int_equal((uintptr_t)index_value(node), o->values[at]);
}

/* All that begin with a letter go at once; every one of them is in the chain, and in order. */
static void take_all(struct index *ix, struct oracle *o, const char *prefix)
{
    struct index_node *chain = index_take_all(ix, cos_span_of(prefix));
    const struct index_node *node = chain;
    for (size_t at = place(o, prefix); at < o->n && o->keys[at][0] == prefix[0];
         node = index_next(node)) {
        same_node(node, o, at);
        char key[KEY_BYTES + 1];
        memcpy(key, o->keys[at], sizeof(key));
        oracle_remove(o, key);
    }
    assert_null(node);
    (void)index_chain_free(chain);
}

static void same_everywhere(const struct index *ix, const struct oracle *o)
{
    const struct index_node *node = index_first(ix);
    for (size_t i = 0; i < o->n; i++, node = index_next(node)) {
        same_node(node, o, i);
    }
    assert_null(node);
}

static void same_seek(const struct index *ix, const struct oracle *o, const char *key)
{
    same_node(index_seek(ix, cos_span_of(key)), o, place(o, key));
}

static struct index_node *put(struct index *ix, const char *key, uintptr_t value)
{
    struct index_node *node = index_node_new(ix);
    assert_non_null(node);
    return index_put_node(ix, node, cos_span_of(key), (void *)value);
}

/* What came out is one node, with this value. */
static void expect_node(struct index_node *node, uintptr_t value)
{
    assert_non_null(node);
    assert_int_equal((uintptr_t)index_value(node), value);
    (void)index_chain_free(node);
}

static void index_agrees_with_a_sorted_array(void **state)
{
    static struct oracle o;
    static char keys[STEPS][KEY_BYTES + 1]; /* the index borrows its keys */
    struct cos_rng *rng = cos_rng_new(20261122);
    struct index *ix = index_new();
    assert_non_null(ix);
    for (size_t step = 0; step < STEPS; step++) {
        char *key = keys[step];
        draw_key(rng, key);
        if (oracle_has(&o, key) && cos_rng_below(rng, 2) == 0) {
            expect_node(index_take(ix, cos_span_of(key)), o.values[place(&o, key)]);
            oracle_remove(&o, key);
        } else if (o.n < KEYS_MAX - 1) {
            struct index_node *old = put(ix, key, step + 1);
            if (oracle_has(&o, key)) {
                expect_node(old, o.values[place(&o, key)]);
            } else {
                assert_null(old);
            }
            oracle_put(&o, key, step + 1);
        }
        draw_key(rng, key = (char[KEY_BYTES + 1]){0});
        same_seek(ix, &o, key);
        assert_int_equal(index_get(ix, cos_span_of(key)) != NULL, oracle_has(&o, key));
        if (step % 100 == 0) {
            take_all(ix, &o, (char[]){key[0], '\0'});
        }
        if (step % 500 == 0) {
            same_everywhere(ix, &o);
        }
    }
    same_everywhere(ix, &o);
    index_free(ix);
    cos_rng_free(rng);
}

static void removing_an_absent_key_changes_nothing(void **state)
{
    struct index *ix = index_new();
    assert_null(put(ix, "a", 1));
    assert_null(index_take(ix, COS_SPAN_LIT("b")));
    assert_null(index_take(ix, COS_SPAN_LIT("")));
    const struct index_node *node = index_first(ix);
    assert_non_null(node);
    assert_int_equal((uintptr_t)index_value(node), 1);
    assert_null(index_next(node));
    index_free(ix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_agrees_with_a_sorted_array),
        cmocka_unit_test(removing_an_absent_key_changes_nothing),
    };
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
