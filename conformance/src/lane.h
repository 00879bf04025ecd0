/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lane: what one worker keeps between cases, the mock with its listener and the driver.
 * Threads: one at a time.
 */
#ifndef CONFORM_LANE_H
#define CONFORM_LANE_H

#include "cosconform/suite.h"
#include "driver.h"

struct lane {
    const struct conform_options *options;
    unsigned number;
    struct cosmock *mock;
    /* Port 0: in process, no listener. */
    struct cosmock_endpoint front;
    /* For the subject, in `dir`: the mock's CA twice, and a hosts file. */
    char ca_path[512], trust_store_path[512], hosts_path[512];
    /* Scratch of this lane. */
    char dir[512];
    struct driver *driver;
    /* Started so far. */
    unsigned n_drivers;
    unsigned n_cases;
    char log_path[600];
};

/** False with @why. */
bool lane_open(struct lane *lane, const struct conform_options *options, unsigned number,
               char why[512]);
void lane_close(struct lane *lane);
/** A usable driver, started anew when the last one died or @fresh. False with @why. */
bool lane_driver(struct lane *lane, bool fresh, char why[512]);
/** A new mock (after one broke). */
bool lane_mock(struct lane *lane, char why[512]);

#endif
