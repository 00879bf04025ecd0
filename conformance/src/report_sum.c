/* SPDX-License-Identifier: Apache-2.0 */
/* The sum follows the exit status, so that no form says another thing than the program. */
#include "report_sum.h"

#include <stdio.h>
#include <string.h>

size_t report_n_done(const struct conform_report *report)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n; i++) {
        n += report->is_done[i] ? 1 : 0;
    }
    return n;
}

const char *report_subject(const struct conform_report *report)
{
    const struct conform_options *o = &report->options;
    if (o->artifact != NULL) {
        const char *slash = strrchr(o->artifact, '/');
        return slash != NULL ? slash + 1 : o->artifact;
    }
    if (report->subject_name[0] != '\0') {
        return report->subject_name;
    }
    return o->in_process ? "the library in this program" : "a driver";
}

static bool is_grave(enum conform_verdict v)
{
    return v == CONFORM_FAIL || v == CONFORM_ERROR || v == CONFORM_XPASS;
}

const struct outcome *report_failure(const struct conform_report *report, size_t at)
{
    const size_t n = report->n_outcomes;
    for (size_t i = 0; i < 2 * n; i++) {
        const struct outcome *o = &report->outcomes[i < n ? i : i - n];
        bool is_meant = i < n ? is_grave(o->verdict) : o->verdict == CONFORM_WARN;
        if (is_meant && at-- == 0) {
            return o;
        }
    }
    return NULL;
}

static size_t n_must(const struct conform_report *report)
{
    size_t n = 0;
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        n += report->counts.by_level[LEVEL_MUST][v];
    }
    return n;
}

/* What stands against a certificate without being broken: blocked, or not run. */
static size_t n_unjudged(const struct conform_report *report)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        bool is_open = o->verdict == CONFORM_BLOCKED || o->verdict == CONFORM_SKIP;
        n += is_open && outcome_is_against(o) ? 1 : 0;
    }
    return n;
}

static void say_failures(const struct conform_report *report, struct report_sum *out)
{
    const size_t *must = report->counts.by_level[LEVEL_MUST];
    out->title = "Not certifiable";
    out->style = STYLE_BAD;
    int at = 0;
    if (must[CONFORM_FAIL] > 0) {
        at = snprintf(out->sentence, sizeof(out->sentence), "%zu of %zu MUST %s not hold",
                      must[CONFORM_FAIL], n_must(report),
                      must[CONFORM_FAIL] == 1 ? "does" : "do");
    }
    size_t unjudged = n_unjudged(report);
    if (unjudged > 0) {
        (void)snprintf(out->sentence + at, sizeof(out->sentence) - (size_t)at,
                       "%s%zu could not be judged", at > 0 ? ", " : "of the MUST ", unjudged);
    }
}

/* What of the MUST holds, and what is with the others: none of them is broken. */
static void say_good(const struct conform_report *report, struct report_sum *out)
{
    const size_t *must = report->counts.by_level[LEVEL_MUST];
    size_t holds = must[CONFORM_PASS] + must[CONFORM_INFO];
    size_t warnings = report->counts.total[CONFORM_WARN];
    const struct {
        size_t n;
        const char *what;
    } others[] = {{must[CONFORM_SKIP], "not run"},
                  {must[CONFORM_XFAIL], "waived"},
                  {warnings, warnings == 1 ? "SHOULD does not hold" : "SHOULD do not hold"}};
    out->title = holds == n_must(report) ? "Every MUST holds" : "No MUST is broken";
    out->style = STYLE_GOOD;
    size_t at = (size_t)snprintf(out->sentence, sizeof(out->sentence), "%zu of %zu MUST hold",
                                 holds, n_must(report));
    for (size_t i = 0; i < COS_ARRAY_LEN(others); i++) {
        if (others[i].n > 0) {
            at += (size_t)snprintf(out->sentence + at, sizeof(out->sentence) - at, ", %zu %s",
                                   others[i].n, others[i].what);
        }
    }
}

void report_sum_up(const struct conform_report *report, struct report_sum *out)
{
    *out = (struct report_sum){.title = "No verdict", .style = STYLE_BAD};
    switch (conform_report_exit(report, /* strict= */ false)) {
    case EXIT_CERTIFIED:
        say_good(report, out);
        return;
    case EXIT_NOT_CERTIFIED:
        say_failures(report, out);
        return;
    case EXIT_NOTHING:
        (void)snprintf(out->sentence, sizeof(out->sentence),
                       "nothing was selected that has a case");
        return;
    case EXIT_WAIVER:
        out->title = "A waiver must go";
        (void)snprintf(out->sentence, sizeof(out->sentence),
                       "it has expired, or its requirement holds now");
        return;
    case EXIT_STOPPED:
    case EXIT_INCOMPLETE:
        out->title = report->is_stopped ? "Stopped" : "Incomplete";
        (void)snprintf(out->sentence, sizeof(out->sentence),
                       "%zu of %zu cases have a verdict; this is no whole run",
                       report_n_done(report), report->n);
        return;
    default:
        (void)snprintf(out->sentence, sizeof(out->sentence),
                       "driver or surroundings are broken: %zu requirements end in ERROR",
                       report->counts.total[CONFORM_ERROR]);
        return;
    }
}
