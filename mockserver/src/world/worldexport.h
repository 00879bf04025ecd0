/* SPDX-License-Identifier: Apache-2.0 */
/* A tenant as a world file, as far as such a file can say it. */
#ifndef WORLD_WORLDEXPORT_H
#define WORLD_WORLDEXPORT_H

#include "world/world.h"

/**
 * Append the YAML to @out. Secret keys and MFA seeds are in it with @with_secrets only; a key
 * without its secret gets another one where the file is loaded. @warner hears what the tenant
 * has and the file has not. The same world makes the same text. 0, or a cosmock_status with err
 * filled.
 */
int world_export(struct cosmock_tenant *t, bool with_secrets, struct cos_buf *out,
                 const struct world_warner *warner, struct cosmock_error *err);

#endif
