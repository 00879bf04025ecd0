/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report: made empty, filled by the runner, added up, judged, freed. The forms it is written
 * in are in report_format.c.
 */
#include "run.h"

#include "causes.h"
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
    for (size_t i = 0; report->results != NULL && i < report->n + report->n_asked; i++) {
        struct conform_result *r = &report->results[i];
        free_text(r->reason);
        free_text(r->deny);
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
    causes_free(report);
    catalogue_deinit(&report->linked);
    return cos_free(report);
}

struct conform_report *report_new(const struct conform_options *options,
                                  const struct conform_case *const *tables)
{
    struct conform_report *report = cos_calloc(1, sizeof(*report));
    size_t n = registry_count(tables) + 1;
    if (report == NULL) {
        return NULL;
    }
    report->options = *options;
    report->tables = tables;
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
        o->n_lacking += r->is_lacking ? 1 : 0;
        o->duration_us += r->duration_us;
        return;
    }
    report->outcomes[report->n_outcomes++] =
        (struct outcome){.requirement = r->requirement,
                         .verdict = (enum conform_verdict)r->verdict,
                         .n_cases = 1,
                         .n_lacking = r->is_lacking ? 1 : 0,
                         .worst = result_index,
                         .duration_us = r->duration_us};
}

static int compare_outcomes(const void *a, const void *b)
{
    const struct outcome *left = a, *right = b;
    return left->requirement < right->requirement ? -1 : left->requirement > right->requirement;
}

/* Requirements that hold in every case: what one of them did wrong, any case may find. */
static const struct {
    const char *requirement;
    enum conform_charge charge;
    /* In front of and behind the name of the case. */
    const char *what, *rest;
} charges[] = {
    {"SEC-001", CONFORM_CHARGE_LEAK, "the secret key stands in the log of the case", ""},
    {"CRED-017", CONFORM_CHARGE_MISSIGNED, "a signed request of the case", " does not verify"},
};

static const char *found_by(const struct conform_report *report, enum conform_charge charge)
{
    for (size_t i = 0; i < report->n; i++) {
        if (report->is_done[i] && (report->results[i].charges & (unsigned)charge) != 0) {
            return report->results[i].kase->name;
        }
    }
    return NULL;
}

bool report_may_charge(const struct conform_result *r)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(charges); i++) {
        if (strcmp(r->requirement->id, charges[i].requirement) == 0) {
            return r->verdict == CONFORM_PASS;
        }
    }
    return false;
}

static void charge(struct conform_report *report, size_t row, const char *found)
{
    for (size_t i = 0; i < report->n; i++) {
        struct conform_result *r = &report->results[i];
        if (report->is_done[i] && r->verdict == CONFORM_PASS &&
            strcmp(r->requirement->id, charges[row].requirement) == 0) {
            char reason[300];
            (void)snprintf(reason, sizeof(reason), "%s '%.200s'%s", charges[row].what, found,
                           charges[row].rest);
            free_text(r->reason);
            r->verdict = CONFORM_FAIL;
            r->reason = cos_strdup(reason);
        }
    }
}

void report_charge(struct conform_report *report)
{
    for (size_t row = 0; row < COS_ARRAY_LEN(charges); row++) {
        const char *found = found_by(report, charges[row].charge);
        if (found != NULL) {
            charge(report, row, found);
        }
    }
}

void report_add_up(struct conform_report *report)
{
    const struct conform_options *o = &report->options;
    report->is_complete = true;
    for (size_t i = 0; i < report->n; i++) {
        report->is_complete = report->is_complete && report->is_done[i];
        if (report->is_done[i]) {
            add_outcome(report, i);
        }
    }
    causes_find(report);
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

bool report_is_needless(const struct conform_report *report, const struct conform_case *k)
{
    return (k->flags & CASE_REAL_ELSE) != 0 && report->capabilities != NULL &&
           strstr(report->capabilities, "\"clock.virtual\"") != NULL;
}

/* Nothing was asked but what the subject's language has no way to do. */
static bool is_lacking(const struct outcome *o)
{
    return o->verdict == CONFORM_SKIP && o->n_lacking > 0 && o->n_lacking == o->n_cases;
}

bool outcome_is_against(const struct outcome *o)
{
    return o->verdict == CONFORM_FAIL || o->verdict == CONFORM_ERROR ||
           o->verdict == CONFORM_XPASS ||
           (o->requirement->level == LEVEL_MUST &&
            ((o->verdict == CONFORM_SKIP && !is_lacking(o)) || o->verdict == CONFORM_BLOCKED ||
             o->verdict == CONFORM_XFAIL));
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

/* A MUST of which nothing was shown, for want of a capability or of what it stands on. */
static bool lacks_a_must(const struct conform_report *report)
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        const char *reason = report->results[o->worst].reason;
        if (o->verdict == CONFORM_SKIP && o->requirement->level == LEVEL_MUST &&
            reason != NULL && strncmp(reason, "capability ", 11) == 0) {
            return true;
        }
    }
    return report->counts.by_level[LEVEL_MUST][CONFORM_BLOCKED] > 0;
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
    if (lacks_a_must(report)) {
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
