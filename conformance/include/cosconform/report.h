/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run found, and the forms it is written in. Promise: may change before 1.0.
 * Threads: a report is read, written and freed by one thread at a time; reports are
 * independent.
 */
#ifndef COSCONFORM_REPORT_H
#define COSCONFORM_REPORT_H

#include "cosconform/suite.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum conform_charge {
    /* The permanent secret stands in the log: SEC-001. */
    CONFORM_CHARGE_LEAK = 1,
    /* A signed request did not verify: CRED-017. */
    CONFORM_CHARGE_MISSIGNED = 2
};
struct conform_result {
    const struct requirement *requirement;
    const struct conform_case *kase;
    /* enum conform_verdict. */
    int verdict;
    const char *reason;
    int64_t duration_us;
    /* Of the mock's journal in this case; 0: none. */
    uint64_t first_seq, last_seq;
    /* Of the driver; 0: in process. */
    int pid;
    /* JSON lines; "" when there is nothing to show. */
    const char *journal;
    /* Tail of the subject's log of a case that did not pass. */
    const char *log;
    const char *last_request, *last_reply;
    /* One line. */
    const char *rerun;
    /* BLOCKED: the requirement that failed and that this one stands on; else NULL. */
    const char *blocked_by;
    /* The mock's own sentence for its last refusal in a case that did not pass; "". */
    const char *deny;
    /* It is the requirement that was found violated, not the case that went wrong. */
    bool is_violated;
    /* SKIP because the subject's language has no way to do it: costs no certificate. */
    bool is_lacking;
    /* enum conform_charge: what it found of requirements that hold in every case. */
    unsigned charges;
};

/**
 * Write a report to a file, in one of these formats:
 *   results   JSON lines: what ran, a line for each case, the counts (results.jsonl)
 *   journal   JSON lines: the mock's journal, case by case (journal.jsonl)
 *   junit     JUnit XML: a suite for each area (junit.xml)
 *   tap       TAP 14: a test point for each case (tap.txt)
 *   markdown  the verdict and what does not hold, for the page of a CI job (summary.md)
 *   html      all of it on one page (report.html)
 *   annotations         failures as workflow commands of GitHub
 *   terminal, verbose   what people read
 *
 * Errors:      -EINVAL (no such format), -ENOMEM, -errno of the file; what stood at @path
 * stays
 *              then
 */
CONFORM_API int conform_report_write(const struct conform_report *report, const char *format,
                                     const char *path);
enum conform_terminal {
    /* Also list what holds. */
    CONFORM_TERMINAL_VERBOSE = 1,
    /* Escape sequences. */
    CONFORM_TERMINAL_COLOR = 2
};
/** What people read: what does not hold first, then the table. @flags: of conform_terminal. */
CONFORM_API void conform_report_terminal(const struct conform_report *report, FILE *to,
                                         unsigned flags);
/** Returns the exit status of the run (docs/CERTIFICATION.md). @strict: a WARN is 4. */
CONFORM_API int conform_report_exit(const struct conform_report *report, bool strict);
CONFORM_API struct conform_report *conform_report_free(struct conform_report *report);

#ifdef __cplusplus
}
#endif
#endif
