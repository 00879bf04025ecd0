/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of tables: every area's cases, in the order of the catalogue. A new cases/<area>.c
 * adds its line here and in registry.c.
 */
#ifndef CONFORM_REGISTRY_H
#define CONFORM_REGISTRY_H

#include "case_table.h"

extern const struct conform_case cases_smoke[];
extern const struct conform_case cases_plug[];
extern const struct conform_case cases_cfg[];
extern const struct conform_case cases_cred[];
extern const struct conform_case cases_sts[];
extern const struct conform_case cases_pol[];
extern const struct conform_case cases_exp[];
extern const struct conform_case cases_ref[];
extern const struct conform_case cases_fs_write[];
extern const struct conform_case cases_fs_read[];
extern const struct conform_case cases_fs_list[];
extern const struct conform_case cases_fs_change[];
extern const struct conform_case cases_err[];
extern const struct conform_case cases_sec[];
extern const struct conform_case cases_e2e[];

/** Every table, NULL-terminated. */
const struct conform_case *const *registry_tables(void);
/** Number of rows over all of @tables. */
size_t registry_count(const struct conform_case *const *tables);

/*
 * A planted defect of the subject and the requirement that must notice it
 * (a row of conformance/mutants).
 */
struct conform_mutant {
    /* COSN_MUTANT; in requirements.yaml `mutant.id`. */
    const char *name;
    /* The one that must fail; NULL: harmless, everything must pass. */
    const char *requirement;
};
/** Ended by a row without a name. */
extern const struct conform_mutant conform_mutants[];

#endif
