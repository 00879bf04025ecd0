/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shards of one run as one report. They must be parts of the same: artefact, suite, catalogue,
 * page, driver, seed, selection, waivers; together whole, and nothing twice.
 */
#ifndef CONFORM_MERGE_H
#define CONFORM_MERGE_H

#include "certificate.h"
#include "cosbase/arena.h"
#include "proof.h"
#include "waivers.h"

#define MERGE_MAX 1000

struct merge {
    struct conform_report *report;
    struct artifacts artifacts;
    /* The first shard's command line, NULL-terminated. */
    const char **argv;
    /* A JSON array about the shards. */
    struct cos_buf shards;
    /* What the shards say against a certificate that their results do not show. */
    struct objection objections[64];
    const char *suite_sha256, *mutation;
    /* Inside. */
    struct cos_arena arena;
    struct selection selection;
    struct waivers waivers;
    /* Borrowed from the first shard's proof, which stays. */
    struct proof first;
    const char *first_path;
    unsigned n_shards;
    const char *seen[MERGE_MAX];
    size_t n_objections;
};

/** @key NULL: signatures are not asked for. 0, or -1 with @why, which names the folder. */
COS_MUST_CHECK int merge_shards(struct merge *m, const struct catalogue *catalogue,
                                const char *const *paths, const struct cos_ed25519 *key,
                                char why[512]);
void merge_deinit(struct merge *m);
COS_CLEANUP_DEINIT_DEFINE(struct merge, merge_deinit)

#endif
