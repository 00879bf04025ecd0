/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb mutants: does the suite notice? Each planted defect must be noticed by the requirement that names it; each harmless
 * variant must change nothing (conformance.md s.4.1). An ERROR or a SKIP is not a kill.
 */
#include "cmd.h"

#include "registry.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

struct tally {
    size_t killed, survived, untested, harmless_ok, harmless_bad;
};

/* The verdict of requirement @id, or of the whole run when it is NULL: then anything but PASS, INFO and SKIP shows. */
static enum conform_verdict verdict_of(const struct conform_report *report, const char *id)
{
    enum conform_verdict worst = CONFORM_SKIP;
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        if (id == NULL || strcmp(o->requirement->id, id) == 0) {
            worst = verdict_worse(worst, o->verdict);
        }
    }
    return worst;
}

static const char *reason_of(const struct conform_report *report, enum conform_verdict verdict)
{
    for (size_t i = 0; i < report->n; i++) {
        if (report->results[i].verdict == (int)verdict && report->results[i].reason != NULL) {
            return report->results[i].reason;
        }
    }
    return "";
}

static bool is_kill(const struct requirement *r, enum conform_verdict v)
{
    return r != NULL && (v == verdict_of_violation(r->level) || v == CONFORM_FAIL);
}

/* One run with @mutant; false when nothing could be run. */
static bool run_one(struct cmd *cmd, const struct conform_mutant *m, enum conform_verdict *out,
                    char reason[200])
{
    struct selection only = SELECTION_ALL;
    struct conform_report *report = NULL;
    char why[512] = "";
    if (m->requirement != NULL) {
        only.only[0] = m->requirement;
        only.n_only = 1;
    }
    cmd->mutant = m->name;
    if (cmd_find_subject(cmd) != 0) {
        return false;
    }
    struct conform_options options = cmd_options(cmd);
    options.selection = &only;
    if (cmd->in_process) {
        options.jobs = 1; /* the choice of a mutant is one for the whole process */
    }
    if (conform_run(&options, &report, why) < 0) {
        (void)fprintf(stderr, "%s: %s: %s\n", cmd->name, m->name, why);
        return false;
    }
    *out = verdict_of(report, m->requirement);
    (void)snprintf(reason, 200, "%s", reason_of(report, *out));
    (void)conform_report_free(report);
    return true;
}

static void count(struct cmd *cmd, const struct conform_mutant *m, enum conform_verdict v,
                  const char *reason, struct tally *tally)
{
    const char *word;
    if (m->requirement == NULL) {
        bool ok = v == CONFORM_PASS || v == CONFORM_INFO || v == CONFORM_WARN;
        word = ok ? "harmless" : "NOTICED";
        tally->harmless_ok += ok ? 1 : 0;
        tally->harmless_bad += ok ? 0 : 1;
    } else {
        bool killed = is_kill(catalogue_find(&cmd->catalogue, m->requirement), v);
        word = killed ? "killed" : "SURVIVED";
        tally->killed += killed ? 1 : 0;
        tally->survived += killed ? 0 : 1;
    }
    (void)printf("%-9s %-8s %-5s %-26s %s\n", word,
                 m->requirement != NULL ? m->requirement : "(all)", verdict_name(v), m->name,
                 reason);
    (void)fflush(stdout);
}

int cmd_mutants(struct cmd *cmd)
{
    struct tally tally = {0};
    if (cmd->subject == NULL && cmd->driver == NULL) {
        cmd->in_process = true;
    }
    if (cmd->in_process && !cmd_has_mutants()) {
        return cmd_usage_error(cmd, "this program's library holds no mutants; use "
                                    "cosconform-mutants, or --subject with a mutants build");
    }
    for (const struct conform_mutant *m = conform_mutants; m->name != NULL; m++) {
        enum conform_verdict v;
        char reason[200] = "";
        const struct requirement *r =
            m->requirement != NULL ? catalogue_find(&cmd->catalogue, m->requirement) : NULL;
        if (!selection_is_all(&cmd->selection) &&
            (r == NULL || !selection_has(&cmd->selection, r))) {
            continue;
        }
        if (r != NULL && r->n_cases == 0) {
            tally.untested++;
            continue;
        }
        if (!run_one(cmd, m, &v, reason)) {
            return EXIT_BROKEN;
        }
        count(cmd, m, v, reason, &tally);
    }
    (void)printf("\n%zu mutants: %zu killed, %zu survived (%zu more belong to untested "
                 "requirements); %zu harmless variants: %zu unnoticed, "
                 "%zu noticed\n",
                 tally.killed + tally.survived, tally.killed, tally.survived, tally.untested,
                 tally.harmless_ok + tally.harmless_bad, tally.harmless_ok, tally.harmless_bad);
    if (tally.killed + tally.survived + tally.harmless_ok + tally.harmless_bad == 0) {
        return EXIT_NOTHING;
    }
    return tally.survived + tally.harmless_bad > 0 ? EXIT_NOT_CERTIFIED : EXIT_CERTIFIED;
}
