/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory this process may have, as the machine, its container and its own limits
 * say. */
#ifndef WORLD_MEMORY_H
#define WORLD_MEMORY_H

#include "cosbase/base.h"

/** The least of the machine's memory, the limits of its control groups (v1 and v2) and of the
 *  process; @root stands before /proc and /sys ("" but in tests). */
uint64_t memory_available_bytes(const char *root);

#endif
