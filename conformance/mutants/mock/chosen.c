/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which planted defect a test of the mock runs with: the one that COSMOCK_MUTANT names, before
 * main() begins.
 */
#include "mutant.h"

#include <stdlib.h>

__attribute__((constructor)) static void choose(void)
{
    mutant_select(getenv("COSMOCK_MUTANT"));
}
