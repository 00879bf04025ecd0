/* SPDX-License-Identifier: Apache-2.0 */
/* The regions that COS is in. */
#ifndef WORLD_REGIONS_H
#define WORLD_REGIONS_H

#include "cosbase/base.h"

extern const char *const world_regions[];
#define WORLD_REGIONS 22

#endif
