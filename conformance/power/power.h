/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind POWER(number) in a mutated copy (schemata.py): whether this mutant is the
 * one that is on; and that the place was reached. Thread-safe; choose while nothing of the
 * library runs.
 */
#ifndef CONFORM_POWER_H
#define CONFORM_POWER_H

#include <stdbool.h>

/* Each file has so many numbers (STRIDE in schemata.py). */
#define POWER_STRIDE 2000
#define POWER_MAX (POWER_STRIDE * 80)
#define POWER(number) power_reach(number, true)
/* Reached only where it makes a difference. */
#define POWER_IF(number, ...) power_reach(number, __VA_ARGS__)

/* 0: none. */
extern unsigned power_chosen;
/* POWER_MAX of them; 1: reached. */
extern unsigned char *power_reached;

static inline bool power_reach(unsigned number, bool differs)
{
    if (differs) {
        __atomic_store_n(&power_reached[number], 1, __ATOMIC_RELAXED);
    }
    return power_chosen == number;
}

#endif
