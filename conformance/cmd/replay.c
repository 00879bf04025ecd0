/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb replay: the run that a statement tells of, once more. Its command line is read again
 * by our own tables, so whatever a run can be told, a replay is told, too; where output went is
 * left out. A record may be anybody's, so programs it names are never started: a driver and a
 * Java are to be given again.
 */
#include "cmd.h"

#include "cosbase/json.h"
#include "progress.h"
#include "proof.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

/* ---- the command line of then ---- */

static const char *text_of(const struct cos_json *object, const char *name)
{
    const char *text = cos_json_str(cos_json_get(object, name));
    return text != NULL ? text : "";
}

/* argv[] of the record, kept in the arena; NULL without one. */
static char **recorded_argv(struct cmd *cmd, const struct proof *p, int *argc)
{
    const struct cos_json *list = cos_json_get(proof_predicate(p, "invocation"), "argv");
    char **argv = cos_arena_array(&cmd->arena, cos_json_count(list) + 1, sizeof(*argv));
    *argc = 0;
    for (const struct cos_json *i = cos_json_first(list); argv != NULL && i != NULL;
         i = cos_json_next(i)) {
        const char *word = cos_json_str(i);
        size_t n = word != NULL ? strlen(word) : 0;
        argv[*argc] = cos_arena_alloc(&cmd->arena, n + 1);
        if (argv[*argc] == NULL) {
            return NULL;
        }
        memcpy(argv[*argc], word != NULL ? word : "", n);
        argv[(*argc)++][n] = '\0';
    }
    return *argc > 0 ? argv : NULL;
}

static bool is_a_run(const struct cmd *again)
{
    return strcmp(again->line.verb->name, "run") == 0 ||
           strcmp(again->line.verb->name, "certify") == 0;
}

/* What the record may not decide, and what has another place now. */
static int override(struct cmd *again, struct cmd *cmd, const struct proof *p)
{
    const char *shard = proof_text(p, "invocation", "shard");
    if (again->driver != NULL && cmd->driver == NULL) {
        return cos_command_complain(&cmd->line,
                                    "it was made with --driver '%.300s'; a program is not "
                                    "taken from a record: give --driver again",
                                    again->driver);
    }
    again->driver = cmd->driver;
    again->java = cmd->java;
    again->subject = cmd->subject != NULL ? cmd->subject : again->subject;
    again->shard = proof_predicate(p, "shards") != NULL || shard[0] == '\0' ? NULL : shard;
    again->out = again->bundle = again->sign = NULL;
    return 0;
}

/* @again gets what a verb finds in front of it: catalogue and scratch are @cmd's. */
static int prepare(struct cmd *again, struct cmd *cmd, const struct proof *p)
{
    const char *sha256 = proof_text(p, "suite", "catalogue_sha256");
    if (strcmp(sha256, cmd->catalogue.sha256) != 0) {
        return cos_command_complain(&cmd->line,
                                    "it was made with catalogue %.64s, at hand is %s: name the "
                                    "other one with --catalogue",
                                    sha256, cmd->catalogue.sha256);
    }
    again->catalogue = cmd->catalogue;
    again->scratch = cmd->scratch;
    cos_arena_init(&again->arena, 1 << 20);
    int status = override(again, cmd, p);
    status = status != 0 ? status : cmd_load_waivers(again);
    status = status != 0 ? status : cmd_select(again);
    status = status != 0 ? status : cmd_find_subject(again);
    status = status != 0 ? status : cmd_ask_host(again);
    return status != 0 ? status : cmd_take_digests(again);
}

/* ---- is it the same subject? ---- */

static bool has_digest(const struct cmd *again, const char *sha256)
{
    for (size_t i = 0; i < again->artifacts.n; i++) {
        if (strcmp(again->artifacts.items[i].sha256, sha256) == 0) {
            return true;
        }
    }
    return false;
}

/* Another subject is only judged when it was named, or when it is the program itself. */
static int compare_subject(const struct cmd *again, const struct cmd *cmd,
                           const struct proof *p)
{
    const struct cos_json *list = cos_json_get(p->root, "subject");
    bool is_meant = cmd->subject != NULL || again->in_process;
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        if (has_digest(again, proof_digest(i))) {
            continue;
        }
        (void)printf("%s: not what was judged: nothing at hand has sha256 %.64s\n",
                     text_of(i, "name"), proof_digest(i));
        if (!is_meant) {
            (void)printf("NOT REPLAYED: --subject names another one that is meant\n");
            return EXIT_UNVERIFIED;
        }
    }
    return 0;
}

/* ---- and then? ---- */

static const struct outcome *outcome_of(const struct conform_report *report, const char *id)
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        if (strcmp(report->outcomes[i].requirement->id, id) == 0) {
            return &report->outcomes[i];
        }
    }
    return NULL;
}

static size_t print_differences(const struct conform_report *report, const struct proof *p)
{
    const struct cos_json *list = proof_predicate(p, "requirements");
    size_t n = 0;
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        const struct outcome *o = outcome_of(report, text_of(i, "id"));
        const char *then = text_of(i, "verdict");
        const char *now = o != NULL ? verdict_name(o->verdict) : "UNTESTED";
        const char *reason = o != NULL ? report->results[o->worst].reason : NULL;
        if (strcmp(then, now) != 0) {
            n++;
            (void)printf("%-8s %s, was %s%s%s\n", text_of(i, "id"), now, then,
                         reason != NULL && reason[0] != '\0' ? " - " : "",
                         reason != NULL ? reason : "");
        }
    }
    return n;
}

static void take_result(void *ctx, const struct conform_result *result)
{
    progress_take(ctx, result);
}

static void take_tick(void *ctx, const struct conform_moment *moment)
{
    progress_tick(ctx, moment);
}

static int run_and_compare(struct cmd *again, const struct proof *p)
{
    struct conform_options options = cmd_options(again);
    struct conform_report *report = NULL;
    struct progress progress;
    char why[512] = "";
    int status = progress_init(&progress, again);
    if (status != 0) {
        return status;
    }
    options.on_result = take_result;
    options.on_tick = take_tick;
    options.ctx = &progress;
    int r = conform_run(&options, &report, why);
    progress_end(&progress);
    if (r < 0) {
        (void)fprintf(stderr, "%s: %s\n", again->name, why);
        return EXIT_BROKEN;
    }
    size_t n = print_differences(report, p);
    bool is_complete = report->is_complete;
    (void)printf("%zu requirements replayed with seed %llu: %zu verdicts differ\n",
                 report->n_outcomes, (unsigned long long)again->seed, n);
    if (is_complete) {
        report = conform_report_free(report);
    } /* else a lane may still hang in the subject */
    return !is_complete ? EXIT_INCOMPLETE : n > 0 ? EXIT_NOT_CERTIFIED : EXIT_CERTIFIED;
}

static int replay(struct cmd *again, struct cmd *cmd, const struct proof *p)
{
    int status = prepare(again, cmd, p);
    status = status != 0 ? status : compare_subject(again, cmd, p);
    status = status != 0 ? status : run_and_compare(again, p);
    waivers_deinit(&again->waivers);
    cos_arena_deinit(&again->arena);
    return status;
}

int cmd_replay(void *context)
{
    struct cmd *cmd = context;
    COS_CLEANUP(proof_deinit) struct proof p = {.root = NULL};
    char why[512];
    int argc = 0;
    if (proof_read(&p, cmd->line.operands[0], why) < 0) {
        return cos_command_complain(&cmd->line, "%s", why);
    }
    char **argv = recorded_argv(cmd, &p, &argc);
    struct cmd *again = calloc(1, sizeof(*again));
    if (argv == NULL || again == NULL) {
        free(again);
        return cos_command_complain(&cmd->line, "%s: no command line is recorded", p.path);
    }
    bool ok = cmd_parse(again, argc, argv) && is_a_run(again);
    cmd_signals_catch();
    int status =
        ok ? replay(again, cmd, &p)
           : cos_command_complain(&cmd->line, "%s: what is recorded is no run of this program",
                                  p.path);
    cos_command_deinit(&again->line);
    free(again);
    return cos_stdout_finish(cmd->name) == 0 ? status : EXIT_BROKEN;
}
