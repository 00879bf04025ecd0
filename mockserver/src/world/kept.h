/* SPDX-License-Identifier: Apache-2.0 */
/* A mock that keeps its tenants in a data directory: from cosmock_new() to cosmock_free(). */
#ifndef WORLD_KEPT_H
#define WORLD_KEPT_H

#include "world/mock.h"

/**
 * Open the directory that the options name, if they do, and every tenant in it. 0, or a
 * cosmock_status with err filled; kept_close() is due in any case.
 */
int kept_open(struct cosmock *mock, struct cosmock_error *err);
/** No tenant is left. What was acknowledged is in the directory when this returns. */
void kept_close(struct cosmock *mock);

/* --- tenant.c, for it --- */

/** The tenant of this name goes on from where it was. Nobody has asked for it yet: the first
 *  cosmock_tenant_new() with its name gets it. COSMOCK_E_NOT_FOUND: its making was never
 *  finished. */
int tenant_reopen(struct cosmock *mock, const char *name, struct cosmock_error *err);

#endif
