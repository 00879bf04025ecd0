/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of an area: cases/<area>.c defines `const struct conform_case cases_<area>[]`,
 * ended by a zero row.
 */
#ifndef CONFORM_CASE_TABLE_H
#define CONFORM_CASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;

enum {
    /* Give it a process of its own (per-process state). */
    CASE_FRESH_PROCESS = 1,
    /* Needs the in-process driver, else SKIP. */
    CASE_DIRECT_ONLY = 2,
    /* Needs real sockets or a real process, else SKIP. */
    CASE_PROCESS_ONLY = 4,
    /* Runs first; when every smoke case fails the driver is broken (exit 3). */
    CASE_SMOKE = 8,
    /* The case calls op_load itself. */
    CASE_OWN_LOADING = 16,
    /* About not hanging: a timeout is a violation, not an ERROR. */
    CASE_BOUNDED_TIME = 32,
    /* May pass without a single request (case.h); expect_no_traffic implies it. */
    CASE_QUIET = 64,
    /*
     * The subject's own clock, timers and threads run: its time is real, tokens live for
     * seconds. Over a process only. Such cases wait, so they start first and overlap.
     */
    CASE_REAL_TIME = 128,
    /* Requests that do not verify belong to it: a wrong key, a clock that is off. */
    CASE_MISSIGNED = 256,
    /* With CASE_REAL_TIME: only where time cannot be virtual; another row shows it there. */
    CASE_REAL_ELSE = 512
};
struct conform_case {
    /* An id of requirements.yaml. */
    const char *requirement;
    /* A claim in a few words; with `requirement` unique. */
    const char *name;
    /* Driver capabilities, comma separated: "fs,token.obtain"; NULL: none. */
    const char *needs;
    void (*run)(struct env *env);
    unsigned flags;
    /*
     * Requirements that must hold before this one can be judged: "CRED-014,POL-019"; NULL:
     * none. When it is violated and one of them FAILs, it is BLOCKED (standing.h).
     */
    const char *stands_on;
};

#endif
