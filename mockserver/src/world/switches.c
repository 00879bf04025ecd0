/* SPDX-License-Identifier: Apache-2.0 */
/* The table of switches (switches.h) as rows, and what each tenant has set. */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/nearest.h"
#include "world/fail.h"
#include "world/projection.h"
#include "world/rows.h"

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
const struct switch_spec world_switch_rows[SWITCHES] = {
    WORLD_SWITCHES(CHOICE_ROW, NUMBER_ROW, ALTERNATIVE)};

#define MAX_WORDS 3
#define WORD_TEXT(id, word) word,
#define CHOICE_WORDS(id, name, words, ...) [SWITCH_##id] = {words NULL},
#define NUMBER_WORDS(id, name, normal, ...) [SWITCH_##id] = {#normal, NULL},
/* The words one by one; of a number its default alone. */
static const char *const word_lists[SWITCHES][MAX_WORDS + 1] = {
    WORLD_SWITCHES(CHOICE_WORDS, NUMBER_WORDS, WORD_TEXT)};

void switches_reset(struct cosmock_tenant *t, const struct told *told)
{
    for (size_t i = 0; i < SWITCHES; i++) {
        if (told->switches[i]) {
            continue;
        }
        __atomic_store_n(&t->switch_choice[i], 0, __ATOMIC_RELAXED);
        __atomic_store_n(&t->switch_number[i], world_switch_rows[i].fallback, __ATOMIC_RELAXED);
        __atomic_store_n(&t->maps->text_of[i], NULL, __ATOMIC_RELEASE);
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

struct cam_rules world_cam_rules(struct cosmock_tenant *t)
{
    return (struct cam_rules){
        .is_anyone_deny_strict = SWITCH_IS(t, ANYONE_DENY, STRICT),
        .does_boundary_cap_grants = SWITCH_IS(t, BOUNDARY_REACH, ALL),
        .does_root_stand_for_users = SWITCH_IS(t, ROOT_GRANT, USERS),
        .does_root_deny_hit_users = SWITCH_IS(t, ROOT_DENY, USERS),
        .does_deny_hit_any_account = SWITCH_IS(t, ANY_ACCOUNT_DENY, HIT),
        .are_regions_globs = SWITCH_IS(t, REGION_PATTERN, GLOB),
        .is_all_of_service_star = SWITCH_IS(t, SERVICE_LEVEL_GRANT, ALL_OF_COS),
        .is_question_mark_any = SWITCH_IS(t, QUESTION_MARK, CHARACTER),
        .is_any_user_nobody = SWITCH_IS(t, ANY_USER_PRINCIPAL, NOBODY),
        .refuses = {[CAM_LIBERTY_PRINCIPAL] = SWITCH_IS(t, POLICY_PRINCIPAL, REFUSE),
                    [CAM_LIBERTY_BARE_PRINCIPAL] = SWITCH_IS(t, BARE_PRINCIPAL, REFUSE),
                    [CAM_LIBERTY_BLANKS] = SWITCH_IS(t, POLICY_BLANKS, REFUSE),
                    [CAM_LIBERTY_PATH] = SWITCH_IS(t, ODD_RESOURCE_PATH, REFUSE)},
    };
}

int world_policy_admit(struct cosmock_tenant *t, struct cam_policy **policy,
                       struct cos_text_error *err, enum cam_element *at)
{
    struct cam_rules rules = world_cam_rules(t);
    int r = cam_policy_admit(*policy, &rules, err, at);
    *policy = r < 0 ? cam_policy_unref(*policy) : *policy;
    return r;
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

/* Under the tenant's lock. */
static const char *number_text(struct world_maps *maps, int64_t number)
{
    char digits[sizeof(((struct switch_text *)0)->text)];
    (void)snprintf(digits, sizeof(digits), "%lld", (long long)number);
    struct switch_text *kept = maps->texts;
    while (kept != NULL && strcmp(kept->text, digits) != 0) {
        kept = kept->next;
    }
    if (kept == NULL && (kept = cos_calloc(1, sizeof(*kept))) != NULL) {
        (void)snprintf(kept->text, sizeof(kept->text), "%s", digits);
        kept->next = maps->texts;
        maps->texts = kept;
    }
    return kept == NULL ? NULL : kept->text;
}

static int number_check(int which, const char *value, struct cosmock_error *err)
{
    const struct switch_spec *row = &world_switch_rows[which];
    int64_t number;
    if (!cos_span_i64(cos_span_of(value), &number) || number < row->min || number > row->max) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "switch '%s' cannot be '%.60s'; it takes a whole number from %lld to "
                          "%lld",
                          row->name, value, (long long)row->min, (long long)row->max);
    }
    return 0;
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

static const char *word_of(int which, const char *value, unsigned char *out)
{
    for (unsigned char i = 0; word_lists[which][i] != NULL; i++) {
        if (strcmp(word_lists[which][i], value) == 0) {
            *out = i;
            return word_lists[which][i];
        }
    }
    return NULL;
}

int switch_check(const char *name, const char *value, struct cosmock_error *err)
{
    int which = switch_find(name);
    unsigned char ignored;
    if (which < 0) {
        return unknown_switch(name, err);
    }
    if (world_switch_rows[which].is_number) {
        return number_check(which, value, err);
    }
    return word_of(which, value, &ignored) != NULL
               ? 0
               : world_fail(err, COSMOCK_E_INVALID, "switch '%s' cannot be '%s'; it takes: %s",
                            name, value, world_switch_rows[which].values);
}

/* A switch as a row has it; false: none of this mock's, or a value that is not its own. */
struct said {
    int which;
    char value[64];
    int64_t number;
};

static bool read_switch(const struct row *row, struct said *out)
{
    struct set_switch text;
    char name[64];
    if (!switch_row_read(row, &text) || text.name.len >= sizeof(name) ||
        text.value.len >= sizeof(out->value)) {
        return false;
    }
    (void)snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(text.name));
    (void)snprintf(out->value, sizeof(out->value), COS_SPAN_FMT, COS_SPAN_ARG(text.value));
    out->which = switch_find(name);
    (void)cos_span_i64(text.value, &out->number);
    return switch_check(name, out->value, /* err= */ NULL) == 0;
}

bool switch_prepare(struct cosmock_tenant *t, const struct row *row)
{
    struct said said;
    if (!read_switch(row, &said) || !world_switch_rows[said.which].is_number) {
        return true;
    }
    (void)pthread_mutex_lock(&t->lock);
    bool is_kept = number_text(t->maps, said.number) != NULL;
    (void)pthread_mutex_unlock(&t->lock);
    return is_kept;
}

void switch_apply(struct cosmock_tenant *t, const struct row *row)
{
    struct said said;
    unsigned char choice;
    if (!read_switch(row, &said)) {
        return;
    }
    t->maps->told.switches[said.which] = true;
    if (world_switch_rows[said.which].is_number) {
        __atomic_store_n(&t->switch_number[said.which], said.number, __ATOMIC_RELAXED);
        __atomic_store_n(&t->maps->text_of[said.which], number_text(t->maps, said.number),
                         __ATOMIC_RELEASE);
    } else if (word_of(said.which, said.value, &choice) != NULL) {
        __atomic_store_n(&t->switch_choice[said.which], choice, __ATOMIC_RELAXED);
    }
}

int cosmock_switch_set(struct cosmock_tenant *t, const char *name, const char *value,
                       struct cosmock_error *err)
{
    int r = switch_check(name, value, err);
    if (r < 0) {
        return r;
    }
    struct batch *b = batch_new();
    if (b != NULL) {
        switch_row_put(b, &(struct set_switch){cos_span_of(name), cos_span_of(value)});
    }
    return world_commit(t, b, /* c= */ NULL, "a switch", err);
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
