/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the linter share. */
#ifndef ADVICE_LINT_INSIDE_H
#define ADVICE_LINT_INSIDE_H

#include "advice/lint.h"
#include "cosbase/json.h"

#define LINT_STEPS_MAX 8
/* One policy, and where in it the linter is. */
struct look {
    struct lint *out;
    struct cos_span json;
    enum cam_policy_use use;
    struct cosmock_tenant *tenant;
    struct place_step steps[LINT_STEPS_MAX]; /* the way to where it is */
    size_t n_steps;
};
/* One statement, as it is written. */
struct lint_statement {
    bool is_deny;
    const struct cos_json *action, *resource, *condition, *principal; /* NULL: not there */
};

/** A finding where the linter is: on the value there, or on its name. */
void lint_say(struct look *l, enum lint_rule rule, bool is_on_name, const char *fmt, ...)
    COS_PRINTF(4, 5);
#define lint_add(l, rule, ...) lint_say((l), (rule), /* is_on_name= */ false, __VA_ARGS__)
#define lint_add_on_name(l, rule, ...) \
    lint_say((l), (rule), /* is_on_name= */ true, __VA_ARGS__)
/** One level down, and up again. */
void lint_enter(struct look *l, struct place_step step);
void lint_leave(struct look *l);

/* A list of texts, or one text: both are read by these. Others than texts are passed over. */
struct lint_texts {
    const struct cos_json *next;
    bool is_list;
    size_t index; /* of the text that was given last */
};
struct lint_texts lint_texts_of(const struct cos_json *n);
/** The next text, trimmed; ptr NULL: there is none. */
struct cos_span lint_next(struct lint_texts *t);

void lint_actions(struct look *l, const struct lint_statement *st);    /* lint_actions.c */
void lint_resources(struct look *l, const struct lint_statement *st);  /* lint_resources.c */
void lint_conditions(struct look *l, const struct lint_statement *st); /* lint_conditions.c */
/** What only the whole shows: statements that do nothing. lint_reach.c */
void lint_reach(struct look *l, const struct cos_json *root, const struct cam_policy *whole);

#endif
