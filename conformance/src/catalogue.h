/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: requirements.yaml as data. It is the contract (conformance.md R1): cases
 * point into it, mutants are named by it, the certificate lists it. A copy is linked into the
 * program; --catalogue reads another.
 */
#ifndef CONFORM_CATALOGUE_H
#define CONFORM_CATALOGUE_H

#include "cosbase/arena.h"

enum requirement_level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

struct requirement {
    const char *id, *area, *profile, *clock, *statement, *source, *observe;
    const char *mutant, *defect;
    /* What the real plugin did; "" when not run. */
    const char *real_jar;
    enum requirement_level level;
    /* Numbers of the page's sentences that it certifies (sentence.h). */
    const unsigned *sentences;
    size_t n_sentences;
    bool fresh_process;
    /* Filled by catalogue_audit(). */
    size_t n_cases;
};
struct catalogue {
    struct cos_arena arena;
    /* In file order. */
    struct requirement *items;
    size_t n;
    /* Of the bytes read. */
    char sha256[65];
    int64_t version;
};

/**
 * @path NULL: the linked copy. 0, or -1 with @why: "file:line: what is wrong; what would be
 * right".
 */
COS_MUST_CHECK int catalogue_load(struct catalogue *out, const char *path, char why[512]);
void catalogue_deinit(struct catalogue *c);
const struct requirement *catalogue_find(const struct catalogue *c, const char *id);
const char *level_name(enum requirement_level level);

/* What the catalogue and the case tables say about each other. */
struct catalogue_audit {
    /* Requirements without a case. */
    size_t n_untested;
    size_t n_untested_must;
    /* Cases that name no requirement. */
    size_t n_unknown;
    /* Requirements that name no defect, or one that nothing plants for them. */
    size_t n_unplanted;
    /* Rows of the mutant table that name no requirement, or are named by another one. */
    size_t n_mutants_unknown;
    /* Of stands_on: ids that no requirement has; cases that stand on themselves in the end. */
    size_t n_stands_unknown, n_stands_circles;
};
/**
 * Fills n_cases and @out; calls @note (may be NULL) with one sentence for each finding but
 * untested requirements.
 */
void catalogue_audit(struct catalogue *c, struct catalogue_audit *out,
                     void (*note)(void *ctx, const char *sentence), void *ctx);

#endif
