/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What requirements stand on. A row of a case table names the requirements that must hold
 * before its own can be judged (case_table.h, stands_on): who cannot put a token on the wire
 * cannot show how he renews one. Requirements are meant by their index in the catalogue.
 */
#ifndef CONFORM_STANDING_H
#define CONFORM_STANDING_H

#include "case_table.h"
#include "catalogue.h"

struct standing {
    const struct catalogue *catalogue;
    /* As of registry_tables(). */
    const struct conform_case *const *tables;
};

/**
 * What @kase stands on, directly or through others, nearest first, each once. @out has room
 * for the whole catalogue; returns how many.
 */
size_t standing_of(const struct standing *s, const struct conform_case *kase, size_t *out);

struct standing_faults {
    /* Ids that no requirement has. */
    size_t n_unknown;
    /* Requirements that stand on themselves in the end. */
    size_t n_circles;
};
/** Calls @note (may be NULL) with a sentence for each. */
void standing_check(const struct standing *s, struct standing_faults *out,
                    void (*note)(void *ctx, const char *sentence), void *ctx);

#endif
