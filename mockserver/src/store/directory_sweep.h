/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a crash left in chunks/ and no row knows: found once behind each start, in a thread of
 * its own, from the state of the start. Files that are made since have numbers of their own.
 */
#ifndef STORE_DIRECTORY_SWEEP_H
#define STORE_DIRECTORY_SWEEP_H

#include "store/directory_shelf.h"

struct sweeper;
/** @first_file: files from this number on are new. Borrowed until the stop. NULL: no memory. */
struct sweeper *sweeper_start(const struct shelf *shelf, uint64_t first_file);
/** Wherever it is. */
struct sweeper *sweeper_stop(struct sweeper *s);
/** Until it is through. */
void sweeper_wait(struct sweeper *s);

#endif
