/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target does where something is not as it must be. */
#include "fuzz.h"

void require(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}
