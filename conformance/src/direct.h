/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The direct transport: an HTTP exchange of the library under test becomes a few calls into the
 * mock. No socket, no thread, no real time: a delay moves the subject's clock (design.md s.5).
 */
#ifndef CONFORM_DIRECT_H
#define CONFORM_DIRECT_H

#include "cosmock/cosmock.h"
#include "cosn/platform.h"

struct subject;
struct direct;
struct direct *direct_new(void); /* NULL without memory */
struct direct *direct_free(struct direct *d);
/**
 * Where requests go from now on; borrowed. NULL: nowhere (COSN_E_NET). Not while a request is
 * under way.
 */
void direct_aim(struct direct *d, struct cosmock *mock);
/** Whose clock delays move; borrowed. */
void direct_bind(struct direct *d, struct subject *subject);
/** This host refuses connections; 0 or -1 without memory. */
int direct_unreachable(struct direct *d, const char *host);
const struct cosn_transport *direct_transport(struct direct *d);

#endif
