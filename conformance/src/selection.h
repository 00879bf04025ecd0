/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which requirements a run is about: ids, areas, globs, level, profile, shard (conformance.md
 * R18, R19).
 */
#ifndef CONFORM_SELECTION_H
#define CONFORM_SELECTION_H

#include "catalogue.h"

struct selection {
    /* "POL-003", "REF", "STS-02*"; none: everything. */
    const char *only[64];
    size_t n_only;
    /* NULL: any. */
    const char *profile;
    /* MUST: only these; MAY: all. */
    enum requirement_level lowest;
    /* 1..n; 0 of 0: no sharding. */
    unsigned shard, n_shards;
};
#define SELECTION_ALL ((struct selection){.lowest = LEVEL_MAY})

/**
 * Split "A,B" into only[]; pieces are kept in @arena. 0, or -1 with @why when a piece matches
 * nothing in the catalogue.
 */
COS_MUST_CHECK int selection_add(struct selection *s, const struct catalogue *c,
                                 struct cos_arena *arena, const char *text, char why[512]);
/** "must", "should", "may" (any case). */
COS_MUST_CHECK int selection_level(struct selection *s, const char *text, char why[512]);
COS_MUST_CHECK int selection_profile(struct selection *s, const struct catalogue *c,
                                     const char *text, char why[512]);
/** "2/4". */
COS_MUST_CHECK int selection_shard(struct selection *s, const char *text, char why[512]);
bool selection_has(const struct selection *s, const struct requirement *r);
/** True when nothing narrows it: only then a certificate may follow. */
bool selection_is_all(const struct selection *s);

#endif
