/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: requirements.yaml as data. It is the contract (conformance.md R1): cases point into it, mutants are named by it,
 * the certificate lists it. A copy is linked into the program; --catalogue reads another.
 */
#ifndef CONFORM_CATALOGUE_H
#define CONFORM_CATALOGUE_H

#include "cosbase/arena.h"

enum requirement_level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

struct requirement {
    const char *id, *area, *profile, *clock, *statement, *source, *observe;
    const char *mutant, *defect;
    const char *real_jar; /* what the real plugin did; "" when not run */
    enum requirement_level level;
    bool fresh_process;
    size_t n_cases; /* filled by catalogue_count_cases() */
};
struct catalogue {
    struct cos_arena arena;
    struct requirement *items; /* in file order */
    size_t n;
    char sha256[65]; /* of the bytes read */
    int64_t version;
};

/** @path NULL: the linked copy. 0, or -1 with @why: "file:line: what is wrong; what would be right". */
COS_MUST_CHECK int catalogue_load(struct catalogue *out, const char *path, char why[512]);
void catalogue_deinit(struct catalogue *c);
const struct requirement *catalogue_find(const struct catalogue *c, const char *id);
const char *level_name(enum requirement_level level);

/* What the catalogue and the case tables say about each other. */
struct catalogue_audit {
    size_t n_untested; /* requirements without a case */
    size_t n_untested_must;
    size_t n_unknown; /* cases that name no requirement */
    size_t n_must_without_mutant;
    size_t
        n_mutants_unknown; /* rows of the mutant table that name no requirement, or not its mutant */
};
/** Fills n_cases and @out; calls @note (may be NULL) with one sentence for each finding but untested requirements. */
void catalogue_audit(struct catalogue *c, struct catalogue_audit *out,
                     void (*note)(void *ctx, const char *sentence), void *ctx);

#endif
