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
    /* Of those, skipped for what the subject's language has no way to do. */
    size_t n_lacking;
    /* Index of the result that decided. */
    size_t worst;
    int64_t duration_us;
};
/* A requirement that failed, and what could not be judged for it. */
struct report_cause {
    const struct requirement *requirement;
    const char *id;
    /* Of its worst case: why. */
    const char *reason;
    /* The mock's own sentence for it, or for what is blocked by it; "". */
    const char *deny;
    /* Ids of the requirements that are BLOCKED by it, in order of the catalogue. */
    const char *const *blocked;
    size_t n_blocked;
};
struct conform_report {
    /* Completed; what its pointers name is borrowed. */
    struct conform_options options;
    /* When no catalogue was given. */
    struct catalogue linked;
    struct selection chosen;
    /* As of registry_tables(). */
    const struct conform_case *const *tables;
    /* In order of selection. */
    struct conform_result *results;
    bool *is_done;
    size_t n;
    /* Behind those: prerequisites of violated cases that were not selected. Not counted. */
    size_t n_asked;
    /* In order of the catalogue; only tested and selected ones. */
    struct outcome *outcomes;
    size_t n_outcomes;
    struct conform_counts counts;
    /* In order of the catalogue. */
    struct report_cause *causes;
    size_t n_causes;
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

/** conform_run() over these tables of cases, which are borrowed until the report is freed. */
int run_tables(const struct conform_options *options, const struct conform_case *const *tables,
               struct conform_report **out, char why[512]);

/** Room for every case; NULL without memory. @options are copied, @tables borrowed. */
struct conform_report *report_new(const struct conform_options *options,
                                  const struct conform_case *const *tables);
/** What a case found of a requirement that holds in every case is that one's FAIL. */
void report_charge(struct conform_report *report);
/** True when report_charge() may change this result: it is told when all have ended. */
bool report_may_charge(const struct conform_result *r);
/** Outcomes, counts and causes from what is done. */
void report_add_up(struct conform_report *report);
/**
 * What failed by itself and left others without a verdict; the first may be no selected one.
 * They live as long as the report. Returns how many.
 */
size_t report_causes(const struct conform_report *report, const struct report_cause **out);
/** A case that is left out of a run with this subject: its time can be virtual. */
bool report_is_needless(const struct conform_report *report, const struct conform_case *k);
/** True when it stands against a certificate (docs/CERTIFICATION.md has the table). */
bool outcome_is_against(const struct outcome *o);
/** The member "counts". */
void report_put_counts(struct cos_jw *w, const struct conform_counts *counts);

#define CONFORM_SUITE_VERSION COS_VERSION

#endif
