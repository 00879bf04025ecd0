/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process and those that descend from it, by /proc. Where the system does not tell, it is
 * alone.
 */
#ifndef CONFORM_FAMILY_H
#define CONFORM_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#define FAMILY_MAX 64

struct family {
    /* Itself first, children behind their parents. */
    int64_t pids[FAMILY_MAX];
    size_t n;
};

struct family family_of(int64_t pid);
/** Calls @each for every entry of a directory of /proc that is a number. */
void family_each_number(const char *dir, void (*each)(void *ctx, const char *name), void *ctx);

/**
 * From now on a process that descends from this one and loses its parent becomes its child,
 * whatever session it has gone to. For a program, not for a library in somebody's program.
 */
void family_adopt_orphans(void);
/** Kill every child of this process, and whom it leaves, until nobody is left. */
void family_end_orphans(void);

#endif
