/* SPDX-License-Identifier: Apache-2.0 */
/* What a request may say of the keys that conditions ask for, as far as these conditions tell
 * it apart. Private to space.c. */
#ifndef ADVICE_SPACE_VALUES_H
#define ADVICE_SPACE_VALUES_H

#include "advice/classes.h"
#include "cam/condition.h"

struct space_choice {
    const char **pairs; /* "cos:prefix=dir/", one a value */
    size_t n;           /* 0: the request lacks the key */
};
struct space_key {
    const struct cam_key *key;
    const struct cam_condition **conditions;
    size_t n_conditions, cap;
    struct class_pattern *patterns; /* of its texts, decoded */
    size_t n_patterns;
    struct space_choice *choices;
    size_t n_choices;
};
struct space_keys {
    struct cos_arena *arena;
    const struct cam_principal *who; /* for "${uin}" and its kin */
    struct space_key *items;
    size_t n;
    bool is_sampled; /* not every combination is a choice */
};
/** A condition asks. */
void space_keys_add(struct space_keys *s, const struct cam_condition *c);
/** Make the choices. False: no memory. */
COS_MUST_CHECK bool space_keys_finish(struct space_keys *s);

#endif
