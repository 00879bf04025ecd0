/* SPDX-License-Identifier: Apache-2.0 */
/* Is a bucket to be reached on its acceleration host? */
#ifndef SERVICES_ACCELERATE_H
#define SERVICES_ACCELERATE_H

#include <stdbool.h>

struct bucket_view;

bool accelerate_is_enabled(const struct bucket_view *v);

#endif
