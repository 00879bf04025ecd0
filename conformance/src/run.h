/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a report: shared by the runner and the report writers. */
#ifndef CONFORM_RUN_H
#define CONFORM_RUN_H

#include "case_table.h"
#include "catalogue.h"
#include "cosconform/report.h"
#include "selection.h"
#include "verdict.h"

/* One requirement's verdict over all its cases. */
struct outcome {
    const struct requirement *requirement;
    enum conform_verdict verdict;
    size_t n_cases;
    /* Index of the result that decided. */
    size_t worst;
    int64_t duration_us;
};
struct conform_report {
    /* Completed; what its pointers name is borrowed. */
    struct conform_options options;
    /* When no catalogue was given. */
    struct catalogue linked;
    struct selection chosen;
    /* In order of selection. */
    struct conform_result *results;
    bool *is_done;
    size_t n;
    /* In order of the catalogue; only tested and selected ones. */
    struct outcome *outcomes;
    size_t n_outcomes;
    struct conform_counts counts;
    int64_t started_unix_ms, finished_unix_ms, duration_us;
    /* Every selected case ran. */
    bool is_complete;
    bool is_smoke_broken;
    /* options.stop was set before the end. */
    bool is_stopped;
    bool is_waiver_expired;
    char subject_name[128], subject_version[64];
    /* JSON array text. */
    char *capabilities;
};

struct cos_jw;

/** Room for every case; NULL without memory. @options are copied. */
struct conform_report *report_new(const struct conform_options *options);
/**
 * Outcomes and counts from what is done. @leak_case: whose log held the permanent secret, or
 * NULL.
 */
void report_add_up(struct conform_report *report, const char *leak_case);
/** The member "counts". */
void report_put_counts(struct cos_jw *w, const struct conform_counts *counts);

#define CONFORM_SUITE_VERSION COS_VERSION

#endif
