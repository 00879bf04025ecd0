/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutants: planted defects that prove the conformance suite notices. MUTANT("name") is the constant false unless the
 * library was built with COSN_MUTANTS, and then true for the one name chosen by the environment variable COSN_MUTANT at
 * plugin creation. A release build holds no trace of them (ci checks its strings).
 */
#ifndef COSN_MUTANT_H
#define COSN_MUTANT_H

#include <stdbool.h>

#ifdef COSN_MUTANTS
bool cosn_mutant_is(const char *name);
void cosn_mutant_select(const char *name); /* NULL or "none": no mutant */
#define MUTANT(name) cosn_mutant_is(name)
#else
#define MUTANT(name) false
#endif

#endif
