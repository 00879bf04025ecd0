/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs run and certify: a run, its files, its status. */
#include "cmd.h"

#include "cosbase/file.h"
#include "cosbase/outfile.h"
#include "expectations.h"
#include "family.h"
#include "progress.h"
#include "report_format.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A report file of --out. One that grows as cases end is open all the time: a dead run leaves
 * what it knew.
 */
struct sink {
    const struct report_format *format;
    struct cos_outfile file;
    /* Over it; NULL: not open. */
    FILE *to;
};
struct output {
    struct sink sinks[16];
    size_t n_sinks;
    struct progress progress;
};

/* What is going to happen, before anything does. */
static void announce(const struct cmd *cmd)
{
    size_t n_requirements = 0, n_cases = 0;
    for (size_t i = 0; i < cmd->catalogue.n; i++) {
        const struct requirement *r = &cmd->catalogue.items[i];
        if (selection_has(&cmd->selection, r)) {
            n_requirements++;
            n_cases += r->n_cases;
        }
    }
    const char *subject = cmd->artifact != NULL ? cmd->artifact
                          : cmd->driver != NULL ? cmd->driver
                                                : "the library in this program";
    (void)fprintf(stderr, "%s %s %s: %s\n", cmd->name, CONFORM_SUITE_VERSION,
                  cmd->line.verb->name, subject);
    if (cmd->artifact != NULL) {
        (void)fprintf(stderr, "  sha256 %s\n", cmd->artifacts.items[0].sha256);
    }
    (void)fprintf(stderr, "  %zu requirements, %zu cases; seed %llu, jobs %llu; %s\n",
                  n_requirements, n_cases, (unsigned long long)cmd->seed,
                  (unsigned long long)cmd->jobs,
                  cmd->in_process ? "in process, virtual time" : "in a process of its own");
    (void)fflush(stderr);
}

static void take_result(void *ctx, const struct conform_result *result)
{
    struct output *out = ctx;
    progress_take(&out->progress, result);
    for (size_t i = 0; i < out->n_sinks; i++) {
        if (out->sinks[i].to != NULL) {
            out->sinks[i].format->result(out->sinks[i].to, result);
        }
    }
}

static void take_tick(void *ctx, const struct conform_moment *moment)
{
    struct output *out = ctx;
    progress_tick(&out->progress, moment);
}

static int complain_file(const struct cmd *cmd, const char *path, int r)
{
    (void)fprintf(stderr, "%s: cannot write %s: %s\n", cmd->name, path, strerror(-r));
    return EXIT_BROKEN;
}

static int open_sink(struct cmd *cmd, struct sink *s)
{
    const char *path = cmd_in_out(cmd, s->format->file);
    unsigned flags = s->format->result != NULL ? COS_OUTFILE_STREAM : 0;
    int r = cos_outfile_open(&s->file, path, 0644, flags);
    s->to = r < 0 ? NULL : cos_outfile_stream(&s->file);
    if (s->to == NULL) {
        r = r < 0 ? r : cos_outfile_commit(&s->file);
        return complain_file(cmd, path, r);
    }
    return 0;
}

/* @report NULL: nothing was run; what is open is closed as it is. */
static int close_sink(struct cmd *cmd, struct sink *s, const struct conform_report *report)
{
    int status = s->to == NULL && report != NULL ? open_sink(cmd, s) : 0;
    if (s->to == NULL) {
        return status;
    }
    int r = report != NULL ? s->format->end(s->to, report) : 0;
    r = r < 0 ? r : cos_outfile_commit(&s->file);
    cos_outfile_deinit(&s->file);
    return r < 0 ? complain_file(cmd, cmd_in_out(cmd, s->format->file), r) : 0;
}

static int open_output(struct cmd *cmd, struct output *out,
                       const struct conform_options *options)
{
    if (cmd->out == NULL) {
        return 0;
    }
    int r = cos_dir_make(cmd->out, 0755);
    if (r < 0) {
        return cos_command_complain(&cmd->line, "--out '%s': %s", cmd->out, strerror(-r));
    }
    cmd_remove_certificates(cmd);
    for (const struct report_format *const *f = report_formats(); *f != NULL; f++) {
        struct sink *s = &out->sinks[out->n_sinks];
        if ((*f)->file == NULL) {
            continue;
        }
        *s = (struct sink){.format = *f};
        out->n_sinks++;
        int status = (*f)->result != NULL ? open_sink(cmd, s) : 0;
        if (status != 0) {
            return status;
        }
        if (s->to != NULL && (*f)->begin != NULL) {
            (*f)->begin(s->to, options);
        }
    }
    return 0;
}

static int close_output(struct cmd *cmd, struct output *out,
                        const struct conform_report *report)
{
    int status = 0;
    for (size_t i = 0; i < out->n_sinks; i++) {
        int r = close_sink(cmd, &out->sinks[i], report);
        status = r != 0 ? r : status;
    }
    return status;
}

static void show(const struct cmd *cmd, const struct conform_report *report)
{
    unsigned flags = cmd->verbose ? CONFORM_TERMINAL_VERBOSE : 0;
    flags |= cmd_has_color(cmd, STDOUT_FILENO) ? CONFORM_TERMINAL_COLOR : 0;
    conform_report_terminal(report, stdout, flags); /* one that is gone hears nothing */
    if (cmd->annotate) {
        (void)report_format_annotations.end(stdout, report);
    }
}

/* Nothing could be judged at all. */
static int complain_run(const struct cmd *cmd, const char *why)
{
    if (*cmd_signals_flag() != 0) {
        (void)fprintf(stderr, "%s: stopped before anything was judged\n", cmd->name);
        return EXIT_STOPPED;
    }
    (void)fprintf(stderr, "%s: %s\n", cmd->name, why);
    return EXIT_BROKEN;
}

/*
 * With --expect a run is judged by what was expected of it, not by what holds; one that did not
 * come to its end stays what it was.
 */
static int compare_expected(const struct cmd *cmd, const struct conform_report *report,
                            int status)
{
    char why[512] = "";
    if (!report->is_complete || status == EXIT_NOTHING) {
        return status;
    }
    if (cmd->expect_write != NULL && expectations_write(report, cmd->expect_write, why) < 0) {
        (void)fprintf(stderr, "%s: --expect-write: %s\n", cmd->name, why);
        return EXIT_BROKEN;
    }
    if (cmd->expect == NULL) {
        return status;
    }
    int n = expectations_check(report, cmd->expect, stdout, why);
    if (n < 0) {
        (void)fprintf(stderr, "%s: --expect: %s\n", cmd->name, why);
        return EXIT_USAGE;
    }
    (void)printf("%zu requirements judged, %d not as %s expects\n", report->n_outcomes, n,
                 cmd->expect);
    return n == 0 ? EXIT_CERTIFIED : EXIT_NOT_CERTIFIED;
}

static int run_and_report(struct cmd *cmd)
{
    struct output out = {0};
    cmd_signals_catch();
    int status = progress_init(&out.progress, cmd);
    status = status != 0 ? status : cmd_check_color(cmd);
    status = status != 0 ? status : cmd_prepare_proof(cmd);
    if (status != 0) {
        return status;
    }
    announce(cmd);
    status = cmd_ask_host(cmd);
    status = status != 0 ? status : cmd_take_digests(cmd);
    if (status != 0) {
        return status;
    }
    struct conform_options options = cmd_options(cmd);
    struct conform_report *report = NULL;
    char why[512] = "";
    options.on_result = take_result;
    options.on_tick = take_tick;
    options.ctx = &out;
    status = open_output(cmd, &out, &options);
    if (status != 0) {
        return status;
    }
    int ran = conform_run(&options, &report, why);
    progress_end(&out.progress);
    if (ran < 0) {
        (void)close_output(cmd, &out, NULL);
        return complain_run(cmd, why);
    }
    show(cmd, report);
    status = conform_report_exit(report, cmd->strict);
    if (status == EXIT_NOTHING) {
        (void)fprintf(stderr, "%s: nothing was selected that has a case\n", cmd->name);
    }
    status = compare_expected(cmd, report, status);
    int written = close_output(cmd, &out, report);
    status = written != 0 ? written : status;
    if (written == 0 && cmd->out != NULL) {
        status = cmd_give_proof(cmd, report, /* merged= */ NULL, status);
    }
    if (cos_stdout_finish(cmd->name) != 0) {
        status = EXIT_BROKEN; /* who asked for a report did not get it */
    }
    if (!report->is_complete) {
        (void)fflush(stdout);
        family_end_orphans();
        int ignored = cos_tempdir_remove(&cmd->scratch); /* as at any other end */
        (void)ignored;
        _exit(status); /* a lane may still hang in the subject */
    }
    report = conform_report_free(report);
    return status;
}

int cmd_run(void *context)
{
    struct cmd *cmd = context;
    int r = cmd_find_subject(cmd);
    return r != 0 ? r : run_and_report(cmd);
}

int cmd_certify(void *context)
{
    struct cmd *cmd = context;
    if (cmd->subject == NULL || (cmd->out == NULL && cmd->bundle == NULL)) {
        return cos_command_complain(&cmd->line,
                                    "certify needs --subject PATH (a .so, or a directory with "
                                    "plugins/cos/) and --out DIR or --bundle FILE");
    }
    if (cmd->in_process) {
        return cos_command_complain(&cmd->line, "certify judges an artefact in its own "
                                                "process; leave out --in-process");
    }
    int r = cmd_find_subject(cmd);
    return r != 0 ? r : run_and_report(cmd);
}
