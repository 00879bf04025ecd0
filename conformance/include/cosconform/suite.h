/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the conformance suite: options in, a report out. Promise: may change before 1.0.
 * Threads: conform_run() makes its own; on_result is called on the thread that called it.
 */
#ifndef COSCONFORM_SUITE_H
#define COSCONFORM_SUITE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cosn/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(CONFORM_BUILD_SHARED)
#define CONFORM_API __attribute__((visibility("default")))
#else
#define CONFORM_API
#endif

/*
 * An options struct of which only the size is set, in either language: before C++20 there are
 * no designators.
 */
#ifdef __cplusplus
#define CONFORM_SIZED_INIT(type)    \
    ([] {                           \
        type sized = {};            \
        sized.size = sizeof(sized); \
        return sized;               \
    }())
#else
#define CONFORM_SIZED_INIT(type) \
    {                            \
        .size = sizeof(type)     \
    }
#endif

struct catalogue;
struct conform_case;
struct requirement;
struct selection;
struct waivers;
struct conform_result; /* report.h */
struct conform_report;

/* What goes on in a run. */
struct conform_moment {
    /* Cases. */
    size_t n, n_done;
    int64_t elapsed_ms;
    /* What is at work; borrowed during the call. */
    const struct conform_case *const *running;
    size_t n_running;
};

struct conform_options {
    size_t size;
    /* Audited; NULL: the linked one, of which `only` says what is meant. */
    const struct catalogue *catalogue;
    const struct selection *selection;
    /* With a NULL catalogue: "POL-003,REF,STS-02*"; NULL: everything. */
    const char *only;
    /* NULL: none. */
    const struct waivers *waivers;
    /* The subject in this process: linked in; NULL with `artifact`: loaded from there. */
    cosn_plugin_entry_fn entry;
    bool in_process;
    /* Every line of either side is held against the protocol's schema. */
    bool check_protocol;
    /* The .so under test; NULL: not known (in process, or a foreign driver). */
    const char *artifact;
    /* Of it, in hex, for reports; NULL: not known. */
    const char *artifact_sha256;
    /* Not in process: the driver's command line. */
    const char *const *driver_argv;
    /* "NAME=value", NULL-terminated, handed on as it is; NULL: a minimal one. */
    const char *const *driver_env;
    /* NULL: none. */
    const char *mutant;
    /* 0: two. */
    unsigned jobs;
    /* Worlds, keys and jitter derive from it; 0: 1. */
    uint64_t seed;
    /* 0: 30 s. */
    int64_t op_timeout_ms;
    /* 0: 60 s. */
    int64_t hello_timeout_ms;
    /* An existing directory of our own; the caller removes it. */
    const char *scratch_dir;
    /* "cosconform run --in-process --seed 1": what a re-run starts with; NULL: "". */
    const char *rerun;
    /*
     * Each result as it comes, on the thread that called conform_run(), with no lock held;
     * strings are valid during the call and later in the report.
     */
    void (*on_result)(void *ctx, const struct conform_result *result);
    void *ctx;
    /* Some ten times a second and after each result, as on_result; NULL: nobody looks. */
    void (*on_tick)(void *ctx, const struct conform_moment *moment);
    /*
     * Not 0: the run ends soon and its report is incomplete. A signal handler may write it;
     * NULL: never.
     */
    const volatile sig_atomic_t *stop;
};
#define CONFORM_OPTIONS_INIT CONFORM_SIZED_INIT(struct conform_options)

/**
 * Run what @options select.
 *
 * @out         the report, to be freed with conform_report_free(); untouched on failure
 * @options     copied; what its pointers name is borrowed until the report is freed
 * Errors:      -1 with @why when nothing could be run at all: the driver does not start, `only`
 *              matches nothing
 * Threads:     one run at a time in a process when in_process; blocks until the last case has
 *              ended
 */
CONFORM_API int conform_run(const struct conform_options *options, struct conform_report **out,
                            char why[512]);

#ifdef __cplusplus
}
#endif
#endif
