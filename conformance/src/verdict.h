/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts and what follows from them (facts: conformance.md R2, R3, R6, s.5.3). Nine words
 * that are never merged: a requirement shows the worst of its cases, and every case stays in
 * the report.
 */
#ifndef CONFORM_VERDICT_H
#define CONFORM_VERDICT_H

#include "catalogue.h"

enum conform_verdict {
    /* Holds, shown by answer and journal. */
    CONFORM_PASS,
    /* A MUST does not hold, or the subject crashed. */
    CONFORM_FAIL,
    /* A SHOULD does not hold: certifiable. */
    CONFORM_WARN,
    /* An observation: a MAY that does not hold, or something to know. */
    CONFORM_INFO,
    /* Not run, with the reason. */
    CONFORM_SKIP,
    /* Harness or driver at fault: says nothing of the subject, never a pass. */
    CONFORM_ERROR,
    /* FAIL that a waiver of the user foresaw. */
    CONFORM_XFAIL,
    /* PASS where a waiver foresaw FAIL: the waiver must go. */
    CONFORM_XPASS,
    /* Violated, and so is something it stands on: nothing is known of it. */
    CONFORM_BLOCKED,
    CONFORM_VERDICTS
};
const char *verdict_name(enum conform_verdict v); /* "PASS" */
/** What an expectation that does not hold means at this level. */
enum conform_verdict verdict_of_violation(enum requirement_level level);
/**
 * The one to show when a requirement has both: ERROR, FAIL, XPASS, WARN, XFAIL, BLOCKED, INFO,
 * PASS, SKIP in this order.
 */
enum conform_verdict verdict_worse(enum conform_verdict a, enum conform_verdict b);

/* Exit statuses of the program (conformance.md s.5.3). */
enum conform_exit {
    EXIT_CERTIFIED = 0,
    /* A MUST failed, or the rule of R6 is not met. */
    EXIT_NOT_CERTIFIED = 1,
    EXIT_USAGE = 2,
    /* Environment or driver: smoke group failed, ERROR verdicts. */
    EXIT_BROKEN = 3,
    /* Only SHOULD failures, under --strict. */
    EXIT_STRICT = 4,
    EXIT_NOTHING = 5,
    EXIT_INCOMPLETE = 6,
    EXIT_WAIVER = 7,
    /* A certificate does not verify. */
    EXIT_UNVERIFIED = 8,
    /* 128 + SIGINT, whichever signal asked for it. */
    EXIT_STOPPED = 130
};

struct conform_counts {
    size_t by_level[3][CONFORM_VERDICTS];
    size_t total[CONFORM_VERDICTS];
    /* Requirements of the catalogue without a case. */
    size_t untested;
};

#endif
