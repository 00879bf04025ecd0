/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once for each of the two programs: which library stands behind it. */
#include "cmd.h"

bool cmd_has_mutants(void)
{
#ifdef COSN_MUTANTS
    return true;
#else
    return false;
#endif
}
