/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of cases, in the order of the catalogue's areas; smoke first. */
#include "registry.h"

static const struct conform_case *const tables[] = {
    cases_smoke, cases_plug, cases_cfg,      cases_cred,    cases_sts,     cases_pol,
    cases_exp,   cases_ref,  cases_fs_write, cases_fs_read, cases_fs_list, cases_fs_change,
    cases_err,   cases_sec,  cases_e2e,      NULL,
};

const struct conform_case *const *registry_tables(void)
{
    return tables;
}

size_t registry_count(const struct conform_case *const *all)
{
    size_t n = 0;
    for (const struct conform_case *const *table = all; *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            n++;
        }
    }
    return n;
}
