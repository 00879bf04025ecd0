/* SPDX-License-Identifier: Apache-2.0 */
/* The table of switches (switches.h) as rows, and what each tenant has set. */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/nearest.h"
#include "world/fail.h"

#define ALTERNATIVE(id, word) "|" word
#define CHOICE_ROW(id, its_name, words, sentence, evidence) \
    [SWITCH_##id] = {.name = (its_name),                    \
                     .values = &(words)[1],                 \
                     .meaning = (sentence),                 \
                     .citation = (evidence)},
#define NUMBER_ROW(id, its_name, normal, least, most, sentence, evidence) \
    [SWITCH_##id] = {.name = (its_name),                                  \
                     .values = #normal "|<number>",                       \
                     .meaning = (sentence),                               \
                     .citation = (evidence),                              \
                     .is_number = true,                                   \
                     .fallback = (normal),                                \
                     .min = (least),                                      \
                     .max = (most)},
const struct switch_row world_switch_rows[SWITCHES] = {
    WORLD_SWITCHES(CHOICE_ROW, NUMBER_ROW, ALTERNATIVE)};

#define MAX_WORDS 3
#define WORD_TEXT(id, word) word,
#define CHOICE_WORDS(id, name, words, ...) [SWITCH_##id] = {words NULL},
#define NUMBER_WORDS(id, name, normal, ...) [SWITCH_##id] = {#normal, NULL},
/* The words one by one; of a number its default alone. */
static const char *const word_lists[SWITCHES][MAX_WORDS + 1] = {
    WORLD_SWITCHES(CHOICE_WORDS, NUMBER_WORDS, WORD_TEXT)};

void switches_reset(struct cosmock_tenant *t)
{
    for (size_t i = 0; i < SWITCHES; i++) {
        t->switch_choice[i] = 0;
        t->switch_number[i] = world_switch_rows[i].fallback;
    }
}

unsigned world_switch_choice(struct cosmock_tenant *t, enum world_switch which)
{
    return __atomic_load_n(&t->switch_choice[which], __ATOMIC_RELAXED);
}

int64_t world_switch_number(struct cosmock_tenant *t, enum world_switch which)
{
    return __atomic_load_n(&t->switch_number[which], __ATOMIC_RELAXED);
}

static int switch_find(const char *name)
{
    for (int i = 0; i < SWITCHES; i++) {
        if (strcmp(world_switch_rows[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Numbers as they were given. A text once handed out never changes, so each distinct one stays
 * until the tenant dies. */
struct switch_text {
    struct switch_text *next;
    char text[24];
};

void switch_texts_free(struct switch_text *texts)
{
    for (struct switch_text *next; texts != NULL; texts = next) {
        next = texts->next;
        cos_free(texts);
    }
}

static const char *text_locked(struct world_maps *maps, const char *number)
{
    struct switch_text *kept = maps->texts;
    while (kept != NULL && strcmp(kept->text, number) != 0) {
        kept = kept->next;
    }
    if (kept == NULL && (kept = cos_calloc(1, sizeof(*kept))) != NULL) {
        (void)snprintf(kept->text, sizeof(kept->text), "%s", number);
        kept->next = maps->texts;
        maps->texts = kept;
    }
    return kept == NULL ? NULL : kept->text;
}

static int number_set(struct cosmock_tenant *t, int which, int64_t number,
                      struct cosmock_error *err)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%lld", (long long)number);
    (void)pthread_mutex_lock(&t->lock);
    const char *text = text_locked(t->maps, digits);
    if (text != NULL) {
        __atomic_store_n(&t->switch_number[which], number, __ATOMIC_RELAXED);
        __atomic_store_n(&t->maps->text_of[which], text, __ATOMIC_RELEASE);
    }
    (void)pthread_mutex_unlock(&t->lock);
    return text != NULL ? 0 : world_fail(err, COSMOCK_E_NOMEM, "no memory for a switch");
}

static int number_read(struct cosmock_tenant *t, int which, const char *value,
                       struct cosmock_error *err)
{
    const struct switch_row *row = &world_switch_rows[which];
    int64_t number;
    if (!cos_span_i64(cos_span_of(value), &number) || number < row->min || number > row->max) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "switch '%s' cannot be '%.60s'; it takes a whole number from %lld to "
                          "%lld",
                          row->name, value, (long long)row->min, (long long)row->max);
    }
    return number_set(t, which, number, err);
}

static int unknown_switch(const char *name, struct cosmock_error *err)
{
    const char *names[SWITCHES];
    for (size_t i = 0; i < SWITCHES; i++) {
        names[i] = world_switch_rows[i].name;
    }
    const char *nearest = cos_nearest(cos_span_of(name), names, SWITCHES);
    return world_fail(err, COSMOCK_E_INVALID,
                      "unknown switch '%.80s'%s%s; 'cosmock switches' lists them", name,
                      nearest == NULL ? "" : "; the nearest is ",
                      nearest == NULL ? "" : nearest);
}

int cosmock_switch_set(struct cosmock_tenant *t, const char *name, const char *value,
                       struct cosmock_error *err)
{
    int which = switch_find(name);
    if (which < 0) {
        return unknown_switch(name, err);
    }
    if (world_switch_rows[which].is_number) {
        return number_read(t, which, value, err);
    }
    for (unsigned char i = 0; word_lists[which][i] != NULL; i++) {
        if (strcmp(word_lists[which][i], value) == 0) {
            __atomic_store_n(&t->switch_choice[which], i, __ATOMIC_RELAXED);
            return 0;
        }
    }
    return world_fail(err, COSMOCK_E_INVALID, "switch '%s' cannot be '%s'; it takes: %s", name,
                      value, world_switch_rows[which].values);
}

const char *cosmock_switch_get(struct cosmock_tenant *t, const char *name)
{
    int which = switch_find(name);
    if (which < 0) {
        return NULL;
    }
    const char *given = __atomic_load_n(&t->maps->text_of[which], __ATOMIC_ACQUIRE);
    return given != NULL ? given
                         : word_lists[which][world_switch_choice(t, (enum world_switch)which)];
}
