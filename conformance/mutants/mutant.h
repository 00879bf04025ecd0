/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind MUTANT(name) in a planted copy (plant.c): whether this defect is the one
 * that is on. Thread-safe; choose while no plugin is alive.
 */
#ifndef CONFORM_MUTANT_H
#define CONFORM_MUTANT_H

#include <stdbool.h>

#define MUTANT(name) mutant_is(#name)

bool mutant_is(const char *name);
void mutant_select(const char *name); /* NULL or "none": no mutant */
/** As COSN_MUTANT of the process says; nothing when it says nothing. */
void mutant_select_by_environment(void);

#endif
