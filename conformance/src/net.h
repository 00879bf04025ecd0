/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a subject's requests really go: the member `net` of `configure`
 * (conformance/drivers/PROTOCOL.md).
 */
#ifndef CONFORM_NET_H
#define CONFORM_NET_H

#include <stdbool.h>

struct cos_jw;
struct env;

/**
 * Write `net` with every way to the lane's listener, so that a driver takes the one its
 * language has. @no_ca: nothing names the mock's CA. In process only the scheme is said.
 */
void net_write(struct env *env, struct cos_jw *w, const char *scheme, bool no_ca);

#endif
