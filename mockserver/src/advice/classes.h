/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All ways in which a text can fit a set of globs, and for each way the shortest text that fits
 * so. Two texts of one way are alike to every policy made of these globs, so to ask about one
 * of each is to ask about all.
 */
#ifndef ADVICE_CLASSES_H
#define ADVICE_CLASSES_H

#include "cosbase/arena.h"

struct class_pattern {
    struct cos_span text;
    bool is_literal; /* '*' is itself */
    bool ignores_case;
    bool is_of_key; /* of a path: fits what stands behind its first '/' */
};
struct class_text {
    struct cos_span text;
    bool has_key; /* of a path: something stands behind its first '/' */
};
struct classes {
    struct class_text *items; /* of the arena */
    size_t n;
    /* false: there were more ways to go on than are followed, and some may be missing */
    bool is_exact;
};
enum class_shape {
    CLASS_ANY,  /* whatever text, the empty one, too */
    CLASS_PATH, /* "<bucket>/<key>": a bucket, and a key or none */
};
/** Into *out. False: no memory. */
COS_MUST_CHECK bool classes_find(struct classes *out, struct cos_arena *arena,
                                 const struct class_pattern *patterns, size_t n,
                                 enum class_shape shape);

#endif
