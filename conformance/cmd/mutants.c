/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb mutants: does the suite notice? Each planted defect must be noticed by the
 * requirement that names it; each harmless variant must change nothing (conformance.md s.4.1).
 * An ERROR or a SKIP is not a kill.
 */
#include "cmd.h"

#include "case_table.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "registry.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_COLLATERAL 30 /* more, and the defect is none of its requirement's own */

struct tally {
    size_t killed, survived, untested, elsewhere, coarse, harmless_ok, harmless_bad;
};

/*
 * Verdicts of the unchanged library, by index of the catalogue: what a harmless variant is
 * compared with.
 */
struct baseline {
    enum conform_verdict *verdicts;
    bool is_known;
};

static size_t index_of(const struct cmd *cmd, const struct requirement *r)
{
    return (size_t)(r - cmd->catalogue.items);
}

static enum conform_verdict verdict_of(const struct conform_report *report, const char *id)
{
    enum conform_verdict worst = CONFORM_SKIP;
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        if (strcmp(o->requirement->id, id) == 0) {
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
    return v == verdict_of_violation(r->level) || v == CONFORM_FAIL;
}

/* One run with @mutant over @only; NULL when nothing could be run. */
static struct conform_report *run_with(struct cmd *cmd, const char *mutant,
                                       const struct selection *only)
{
    struct conform_report *report = NULL;
    char why[512] = "";
    cmd->mutant = mutant;
    if (cmd_find_subject(cmd) != 0 || cmd_ask_host(cmd) != 0) {
        return NULL;
    }
    struct conform_options options = cmd_options(cmd);
    options.selection = only;
    if (cmd->in_process) {
        options.jobs = 1; /* the choice of a mutant is one for the whole process */
        cmd_choose_mutant(mutant);
    }
    if (conform_run(&options, &report, why) < 0) {
        (void)fprintf(stderr, "%s: %s: %s\n", cmd->name, mutant, why);
        return NULL;
    }
    report->options.selection = NULL; /* the caller's, which ends before the report */
    return report;
}

static void print_line(const char *word, const char *id, const char *verdict,
                       const char *mutant, const char *reason)
{
    int first_line = (int)strcspn(reason, "\n");
    (void)printf("%-9s %-8s %-5s %-26s %.*s\n", word, id, verdict, mutant,
                 first_line < 150 ? first_line : 150, reason);
    (void)fflush(stdout);
}

/* ---- the whole suite ---- */

static bool learn_baseline(struct cmd *cmd, struct baseline *base)
{
    struct selection all = SELECTION_ALL;
    if (base->is_known) {
        return true;
    }
    struct conform_report *report = run_with(cmd, "none", &all);
    if (report == NULL) {
        return false;
    }
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        base->verdicts[index_of(cmd, o->requirement)] = o->verdict;
    }
    base->is_known = true;
    (void)conform_report_free(report);
    return true;
}

static bool is_changed(const struct cmd *cmd, const struct baseline *base,
                       const struct outcome *o)
{
    return o->verdict != base->verdicts[index_of(cmd, o->requirement)];
}

/* ---- defects ---- */

/* A case was left out that may show it the other way: over sockets, or in process. */
static bool has_left_out(const struct conform_report *report)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct conform_result *r = &report->results[i];
        if (r->verdict == CONFORM_SKIP &&
            (report->options.in_process || (r->kase->flags & CASE_DIRECT_ONLY) != 0)) {
            return true;
        }
    }
    return false;
}

/* @is_last: no other way will be tried. */
static bool run_defect(struct cmd *cmd, const struct conform_mutant *m,
                       const struct requirement *r, bool is_last, struct tally *tally)
{
    struct selection only = SELECTION_ALL;
    only.only[0] = r->id;
    only.n_only = 1;
    struct conform_report *report = run_with(cmd, m->name, &only);
    if (report == NULL) {
        return false;
    }
    enum conform_verdict v = verdict_of(report, r->id);
    bool killed = is_kill(r, v);
    bool elsewhere = !killed && !is_last && has_left_out(report);
    print_line(killed      ? "killed"
               : elsewhere ? "elsewhere"
                           : "SURVIVED",
               r->id, verdict_name(v), m->name, reason_of(report, v));
    tally->killed += killed ? 1 : 0;
    tally->elsewhere += elsewhere ? 1 : 0;
    tally->survived += killed || elsewhere ? 0 : 1;
    (void)conform_report_free(report);
    return true;
}

/* Which other requirements @m changes: they would mislead whoever looks for the cause. */
static bool run_collateral(struct cmd *cmd, const struct conform_mutant *m,
                           struct baseline *base, struct tally *tally)
{
    struct selection all = SELECTION_ALL;
    struct conform_report *report =
        learn_baseline(cmd, base) ? run_with(cmd, m->name, &all) : NULL;
    if (report == NULL) {
        return false;
    }
    size_t n = 0;
    (void)printf("    also");
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        if (is_changed(cmd, base, o) && strcmp(o->requirement->id, m->requirement) != 0) {
            n++;
            (void)printf(" %s", o->requirement->id);
        }
    }
    (void)printf("%s (%zu)\n", n > MAX_COLLATERAL ? " COARSE" : "", n);
    tally->coarse += n > MAX_COLLATERAL ? 1 : 0;
    (void)conform_report_free(report);
    return true;
}

/*
 * What only shows over sockets gets its chance there, when a plugin build with the defects is
 * at hand.
 */
static bool run_elsewhere(struct cmd *cmd, const struct conform_mutant *m,
                          const struct requirement *r, struct tally *tally)
{
    if (cmd->subject == NULL) {
        return true;
    }
    tally->elsewhere--;
    cmd->in_process = false;
    bool ok = run_defect(cmd, m, r, /* is_last= */ true, tally);
    cmd->in_process = true;
    return ok;
}

/* ---- harmless variants ---- */

static bool run_harmless(struct cmd *cmd, const struct conform_mutant *m, struct baseline *base,
                         struct tally *tally)
{
    struct selection all = SELECTION_ALL;
    struct conform_report *report =
        learn_baseline(cmd, base) ? run_with(cmd, m->name, &all) : NULL;
    if (report == NULL) {
        return false;
    }
    const struct outcome *noticed = NULL;
    for (size_t i = 0; i < report->n_outcomes && noticed == NULL; i++) {
        const struct outcome *o = &report->outcomes[i];
        if (is_changed(cmd, base, o)) {
            noticed = o;
        }
    }
    if (noticed != NULL) {
        print_line("NOTICED", noticed->requirement->id, verdict_name(noticed->verdict), m->name,
                   reason_of(report, noticed->verdict));
        tally->harmless_bad++;
    } else {
        print_line("harmless", "(all)", "same", m->name, "every verdict is as without it");
        tally->harmless_ok++;
    }
    (void)conform_report_free(report);
    return true;
}

/* ---- the verb ---- */

static bool is_meant(const struct cmd *cmd, const struct requirement *r)
{
    if (cmd->only_harmless) {
        return r == NULL;
    }
    return selection_is_all(&cmd->selection) ||
           (r != NULL && selection_has(&cmd->selection, r));
}

static bool run_mutant(struct cmd *cmd, const struct conform_mutant *m, struct baseline *base,
                       struct tally *tally)
{
    const struct requirement *r =
        m->requirement != NULL ? catalogue_find(&cmd->catalogue, m->requirement) : NULL;
    bool ok = true;
    if (!is_meant(cmd, r)) {
        return true;
    }
    if (r == NULL) {
        for (uint64_t i = 0; ok && i < cmd->repeat; i++) {
            ok = run_harmless(cmd, m, base, tally);
        }
        return ok;
    }
    if (r->n_cases == 0) {
        tally->untested++;
        return true;
    }
    size_t elsewhere = tally->elsewhere;
    ok = run_defect(cmd, m, r, /* is_last= */ false, tally);
    if (ok && cmd->in_process && tally->elsewhere > elsewhere) {
        return run_elsewhere(cmd, m, r, tally);
    }
    return ok && (!cmd->collateral || run_collateral(cmd, m, base, tally));
}

static int summarize(const struct tally *t)
{
    (void)printf("\n%zu mutants: %zu killed, %zu survived", t->killed + t->survived, t->killed,
                 t->survived);
    if (t->elsewhere > 0) {
        (void)printf(", %zu more only show the other way (over sockets: --in-process and "
                     "--subject with a mutants build)",
                     t->elsewhere);
    }
    if (t->untested > 0) {
        (void)printf(", %zu more belong to untested requirements", t->untested);
    }
    if (t->coarse > 0) {
        (void)printf(", %zu change more than %d other requirements", t->coarse, MAX_COLLATERAL);
    }
    (void)printf("; %zu runs of harmless variants: %zu unnoticed, %zu noticed\n",
                 t->harmless_ok + t->harmless_bad, t->harmless_ok, t->harmless_bad);
    if (t->killed + t->survived + t->harmless_ok + t->harmless_bad == 0) {
        return EXIT_NOTHING;
    }
    return t->survived + t->harmless_bad > 0 ? EXIT_NOT_CERTIFIED : EXIT_CERTIFIED;
}

/* For certify --mutation: what was measured, and on which catalogue. */
static int write_tally(const struct cmd *cmd, const struct tally *t)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct cos_jw w;
    if (cmd->output_path == NULL) {
        return 0;
    }
    cos_buf_init(&b, 65536);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "suite_version", CONFORM_SUITE_VERSION);
    cos_jw_str(&w, "catalogue_sha256", cmd->catalogue.sha256);
    cos_jw_u64(&w, "killed", t->killed);
    cos_jw_u64(&w, "survived", t->survived);
    cos_jw_u64(&w, "not_tried", t->elsewhere + t->untested);
    cos_jw_u64(&w, "harmless_unnoticed", t->harmless_ok);
    cos_jw_u64(&w, "harmless_noticed", t->harmless_bad);
    cos_jw_end(&w);
    cos_buf_ch(&b, '\n');
    int r = b.failed ? -ENOMEM : cos_file_write(cmd->output_path, cos_buf_view(&b), 0644);
    if (r < 0) {
        (void)fprintf(stderr, "%s: cannot write %s: %s\n", cmd->name, cmd->output_path,
                      strerror(-r));
    }
    return r;
}

int cmd_mutants(void *context)
{
    struct cmd *cmd = context;
    struct tally tally = {0};
    struct baseline base = {0};
    if (cmd->subject == NULL && cmd->driver == NULL) {
        cmd->in_process = true;
    }
    if (cmd->in_process && !cmd_has_mutants()) {
        return cos_command_complain(&cmd->line,
                                    "this program's library holds no mutants; use "
                                    "cosconform-mutants, or --subject with a mutants build");
    }
    if (cmd->output_path != NULL &&
        (cmd->only_harmless || !selection_is_all(&cmd->selection))) {
        return cos_command_complain(&cmd->line, "--output is about the whole suite; leave out "
                                                "--only, --level, --profile, --shard, "
                                                "--harmless");
    }
    base.verdicts = cos_arena_array(&cmd->arena, cmd->catalogue.n, sizeof(*base.verdicts));
    bool ok = base.verdicts != NULL;
    for (const struct conform_mutant *m = conform_mutants; m->name != NULL && ok; m++) {
        ok = run_mutant(cmd, m, &base, &tally);
    }
    return ok && write_tally(cmd, &tally) == 0 ? summarize(&tally) : EXIT_BROKEN;
}
