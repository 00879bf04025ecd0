/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every test of libcosn starts with: check.h, and a platform whose time, environment and
 * log a test holds in its hands.
 */
#ifndef COSN_TESTS_WORLD_H
#define COSN_TESTS_WORLD_H

#include "cosn/platform.h"

#include "wire/wire.h" /* before cmocka, whose macro fail() hides a function of ours */

#include "check.h"

/* A world of one test: what time it is, what the environment says, what was logged. */
struct world {
    int64_t unix_ms, mono_ms;
    const char *const *env; /* name, value, name, value, NULL */
    char log[16384];
    struct cosn_clock clock;
    struct cosn_platform platform;
};

/** An hour of 2023, no environment, an empty log. */
void world_init(struct world *w);
/* For a host of the test's own: what the world's clock and log do; @ctx is a struct world. */
int world_wait_until(void *ctx, int64_t deadline_mono_ms);
void world_log(void *ctx, enum cosn_log_level level, const char *area, const char *line);

#endif
