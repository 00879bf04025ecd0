/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once for each of the two programs: which library stands behind it. */
#include "cmd.h"

#ifdef COSN_MUTANTS
#include "mutant.h"
#endif

void cmd_choose_mutant(const char *name)
{
#ifdef COSN_MUTANTS
    mutant_select(name);
#else
    (void)name;
#endif
}

bool cmd_has_mutants(void)
{
#ifdef COSN_MUTANTS
    return true;
#else
    return false;
#endif
}
