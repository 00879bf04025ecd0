/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report: made empty, filled by the runner, added up, judged, freed. The forms it is written
 * in are in report_format.c.
 */
#include "run.h"

#include "cosbase/alloc.h"
#include "cosbase/json.h"
#include "registry.h"
#include "waivers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static void free_text(const char *text)
{
    union {
        const char *borrowed;
        void *owned;
    } p = {.borrowed = text};
    (void)cos_free(p.owned);
}

struct conform_report *conform_report_free(struct conform_report *report)
{
    if (report == NULL) {
        return NULL;
    }
    for (size_t i = 0; report->results != NULL && i < report->n; i++) {
        struct conform_result *r = &report->results[i];
        free_text(r->reason);
        free_text(r->journal);
        free_text(r->log);
        free_text(r->last_request);
        free_text(r->last_reply);
        free_text(r->rerun);
    }
    (void)cos_free(report->results);
    (void)cos_free(report->is_done);
    (void)cos_free(report->outcomes);
    (void)cos_free(report->capabilities);
    catalogue_deinit(&report->linked);
    return cos_free(report);
}

struct conform_report *report_new(const struct conform_options *options)
{
    struct conform_report *report = cos_calloc(1, sizeof(*report));
    size_t n = registry_count() + 1;
    if (report == NULL) {
        return NULL;
    }
    report->options = *options;
    report->results = cos_calloc(n, sizeof(*report->results));
    report->is_done = cos_calloc(n, sizeof(*report->is_done));
    report->outcomes = cos_calloc(n, sizeof(*report->outcomes));
    if (report->results == NULL || report->is_done == NULL || report->outcomes == NULL) {
        return conform_report_free(report);
    }
    return report;
}

/* ---- adding up ---- */

static void add_outcome(struct conform_report *report, size_t result_index)
{
    const struct conform_result *r = &report->results[result_index];
    for (size_t i = 0; i < report->n_outcomes; i++) {
        struct outcome *o = &report->outcomes[i];
        if (o->requirement != r->requirement) {
            continue;
        }
        enum conform_verdict worse =
            verdict_worse(o->verdict, (enum conform_verdict)r->verdict);
        if (worse != o->verdict) {
            o->worst = result_index;
        }
        o->verdict = worse;
        o->n_cases++;
        o->duration_us += r->duration_us;
        return;
    }
    report->outcomes[report->n_outcomes++] =
        (struct outcome){.requirement = r->requirement,
                         .verdict = (enum conform_verdict)r->verdict,
                         .n_cases = 1,
                         .worst = result_index,
                         .duration_us = r->duration_us};
}

static int compare_outcomes(const void *a, const void *b)
{
    const struct outcome *left = a, *right = b;
    return left->requirement < right->requirement ? -1 : left->requirement > right->requirement;
}

/* A secret in the log of any case is a failure of SEC-001, whatever that case was about. */
static void charge_leak(struct conform_report *report, const char *leak_case)
{
    for (size_t i = 0; leak_case != NULL && i < report->n; i++) {
        struct conform_result *r = &report->results[i];
        if (report->is_done[i] && strcmp(r->requirement->id, "SEC-001") == 0 &&
            r->verdict == CONFORM_PASS) {
            char reason[300];
            (void)snprintf(reason, sizeof(reason),
                           "the secret key stands in the log of the case '%.200s'", leak_case);
            free_text(r->reason);
            r->verdict = CONFORM_FAIL;
            r->reason = cos_strdup(reason);
        }
    }
}

void report_add_up(struct conform_report *report, const char *leak_case)
{
    const struct conform_options *o = &report->options;
    charge_leak(report, leak_case);
    report->is_complete = true;
    for (size_t i = 0; i < report->n; i++) {
        report->is_complete = report->is_complete && report->is_done[i];
        if (report->is_done[i]) {
            add_outcome(report, i);
        }
    }
    qsort(report->outcomes, report->n_outcomes, sizeof(*report->outcomes), compare_outcomes);
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *out = &report->outcomes[i];
        report->counts.by_level[out->requirement->level][out->verdict]++;
        report->counts.total[out->verdict]++;
    }
    for (size_t i = 0; i < o->catalogue->n; i++) {
        const struct requirement *r = &o->catalogue->items[i];
        if (selection_has(o->selection, r) && r->n_cases == 0) {
            report->counts.untested++;
        }
    }
    for (size_t i = 0; o->waivers != NULL && i < o->waivers->n; i++) {
        if (waiver_is_expired(&o->waivers->items[i], report->started_unix_ms)) {
            report->is_waiver_expired = true;
        }
    }
}

void report_put_counts(struct cos_jw *w, const struct conform_counts *counts)
{
    cos_jw_object(w, "counts");
    for (enum requirement_level l = LEVEL_MUST; l <= LEVEL_MAY; l++) {
        cos_jw_object(w, level_name(l));
        for (int v = 0; v < CONFORM_VERDICTS; v++) {
            cos_jw_u64(w, verdict_name((enum conform_verdict)v), counts->by_level[l][v]);
        }
        cos_jw_end(w);
    }
    cos_jw_u64(w, "untested", counts->untested);
    cos_jw_end(w);
}

/* ---- the status ---- */

static bool lacks_capability(const struct conform_report *report)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct conform_result *r = &report->results[i];
        if (r->verdict == CONFORM_SKIP && r->requirement->level == LEVEL_MUST &&
            r->reason != NULL && strncmp(r->reason, "capability ", 11) == 0) {
            return true;
        }
    }
    return false;
}

int conform_report_exit(const struct conform_report *report, bool strict)
{
    const struct conform_counts *c = &report->counts;
    if (report->is_stopped) {
        return EXIT_STOPPED;
    }
    if (report->n == 0) {
        return EXIT_NOTHING;
    }
    if (report->is_smoke_broken) {
        return EXIT_BROKEN;
    }
    if (!report->is_complete) {
        return EXIT_INCOMPLETE;
    }
    /* A MUST that failed is what the user must see first, even beside an ERROR. */
    if (c->total[CONFORM_FAIL] > 0) {
        return EXIT_NOT_CERTIFIED;
    }
    if (c->total[CONFORM_ERROR] > 0) {
        return EXIT_BROKEN;
    }
    if (lacks_capability(report)) {
        return EXIT_NOT_CERTIFIED;
    }
    if (c->total[CONFORM_XPASS] > 0 || report->is_waiver_expired) {
        return EXIT_WAIVER;
    }
    if (strict && c->total[CONFORM_WARN] > 0) {
        return EXIT_STRICT;
    }
    return EXIT_CERTIFIED;
}
