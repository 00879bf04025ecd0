/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosconform: the command line. It reads options, loads the catalogue and hands over to a verb; bad input ends with status 2
 * and a sentence that says what would be right.
 */
#include "cmd.h"

#include "cosbase/clock.h"
#include "cosbase/file.h"
#include "cosbase/secret.h"
#include "verdict.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: cosconform VERB [OPTIONS]\n"
    "\n"
    "Judge a COS filesystem plugin of Apache Fluss against the mock of Tencent COS and STS. "
    "Every\n"
    "verdict rests on the subject's answer and on the mock's journal.\n"
    "\n"
    "verbs\n"
    "  run       run requirements and print what does not hold\n"
    "  certify   run all of them on an artefact and write a certificate\n"
    "  list      print every requirement, tested or not\n"
    "  explain   print one requirement: statement, source, how it is observed, its mutant\n"
    "  mutants   plant every known defect and see whether the suite notices\n"
    "\n"
    "the subject (run, certify, mutants)\n"
    "  --in-process      the library linked into this program: no socket, virtual time\n"
    "  --subject PATH    a plugin .so, or a directory with plugins/<name>/*.so (a FLUSS_HOME)\n"
    "  --driver COMMAND  any program that speaks the driver protocol "
    "(conformance/drivers/PROTOCOL.md)\n"
    "\n"
    "what to run\n"
    "  --only A,B        ids, areas or globs: POL-003,REF,STS-02*\n"
    "  --level LEVEL     must, should (and must) or may (all)\n"
    "  --profile NAME    core, config, token-server, token-client, refresh\n"
    "  --shard I/N       the I-th of N parts, by hash of the id\n"
    "\n"
    "how\n"
    "  --jobs N          cases at the same time (default 2)\n"
    "  --seed N          worlds, keys and jitter derive from it (default 1)\n"
    "  --out DIR         write results.jsonl, journal.jsonl, junit.xml (certify: "
    "certificate.*)\n"
    "  --strict          a SHOULD that does not hold ends with status 4\n"
    "  --verbose         also print what holds\n"
    "  --waivers FILE    known failures: id, reason, issue, expires\n"
    "  --timeout-ms N    for one operation over a process (default 30000)\n"
    "  --mutant NAME     plant this defect (needs a build with mutants)\n"
    "  --catalogue FILE  another requirements.yaml\n"
    "  --untested, --yaml  (list) only what has no case; as YAML\n"
    "\n"
    "status: 0 all MUST hold, 1 one does not, 2 usage, 3 driver or environment broken, 4 only\n"
    "SHOULD (--strict), 5 nothing selected, 6 incomplete, 7 a waiver must go\n"
    "\n"
    "examples\n"
    "  cosconform run --in-process\n"
    "  cosconform run --in-process --only REF --verbose\n"
    "  cosconform certify --subject build/fluss --out certificate\n"
    "  cosconform explain POL-004\n";

int cmd_usage_error(const struct cmd *cmd, const char *fmt, ...)
{
    va_list ap;
    (void)fprintf(stderr, "%s: ", cmd->name);
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    return EXIT_USAGE;
}

/* ---- options ---- */

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_SELECTION };

struct option_row {
    const char *name;
    enum option_kind kind;
    size_t offset; /* into struct cmd */
};
#define AT(member) offsetof(struct cmd, member)
static const struct option_row rows[] = {
    {"--in-process", OPTION_FLAG, AT(in_process)},
    {"--strict", OPTION_FLAG, AT(strict)},
    {"--verbose", OPTION_FLAG, AT(verbose)},
    {"--untested", OPTION_FLAG, AT(untested)},
    {"--yaml", OPTION_FLAG, AT(yaml)},
    {"--subject", OPTION_TEXT, AT(subject)},
    {"--driver", OPTION_TEXT, AT(driver)},
    {"--out", OPTION_TEXT, AT(out)},
    {"--mutant", OPTION_TEXT, AT(mutant)},
    {"--waivers", OPTION_TEXT, AT(waivers_path)},
    {"--catalogue", OPTION_TEXT, AT(catalogue_path)},
    {"--jobs", OPTION_NUMBER, AT(jobs)},
    {"--seed", OPTION_NUMBER, AT(seed)},
    {"--timeout-ms", OPTION_NUMBER, AT(timeout_ms)},
    {"--only", OPTION_SELECTION, 0},
    {"--level", OPTION_SELECTION, 0},
    {"--profile", OPTION_SELECTION, 0},
    {"--shard", OPTION_SELECTION, 0},
};

static const struct option_row *find_row(const char *name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static int set_number(struct cmd *cmd, const char *name, const char *text)
{
    uint64_t v;
    bool ok = cos_span_u64(cos_span_of(text), &v);
    if (strcmp(name, "--jobs") == 0 && ok && v >= 1 && v <= 64) {
        cmd->jobs = (unsigned)v;
    } else if (strcmp(name, "--seed") == 0 && ok && v >= 1 && v < (UINT64_C(1) << 53)) {
        cmd->seed = v;
    } else if (strcmp(name, "--timeout-ms") == 0 && ok && v >= 10 && v <= 3600000) {
        cmd->timeout_ms = (int64_t)v;
    } else {
        return cmd_usage_error(cmd,
                               "%s '%s': write a number (--jobs 1 to 64, --seed 1 to 2^53, "
                               "--timeout-ms 10 to 3600000)",
                               name, text);
    }
    return 0;
}

/* Selections need the catalogue, so they are read in a second pass. */
static int set_selection(struct cmd *cmd, const char *name, const char *text)
{
    char why[512];
    int r;
    if (strcmp(name, "--only") == 0) {
        r = selection_add(&cmd->selection, &cmd->catalogue, &cmd->arena, text, why);
    } else if (strcmp(name, "--level") == 0) {
        r = selection_level(&cmd->selection, text, why);
    } else if (strcmp(name, "--profile") == 0) {
        r = selection_profile(&cmd->selection, &cmd->catalogue, text, why);
    } else {
        r = selection_shard(&cmd->selection, text, why);
    }
    return r < 0 ? cmd_usage_error(cmd, "%s", why) : 0;
}

static int set_option(struct cmd *cmd, const struct option_row *row, const char *value,
                      bool selections)
{
    char *base = (char *)cmd;
    if ((row->kind == OPTION_SELECTION) != selections) {
        return 0;
    }
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)(void *)(base + row->offset) = true;
        return 0;
    case OPTION_TEXT:
        *(const char **)(void *)(base + row->offset) = value;
        return 0;
    case OPTION_NUMBER:
        return set_number(cmd, row->name, value);
    case OPTION_SELECTION:
        return set_selection(cmd, row->name, value);
    }
    return 0;
}

static int read_options(struct cmd *cmd, bool selections)
{
    for (int i = 2; i < cmd->argc; i++) {
        const char *arg = cmd->argv[i];
        const struct option_row *row = find_row(arg);
        if (row == NULL && strcmp(cmd->verb, "explain") == 0 && arg[0] != '-' &&
            (cmd->id == NULL || selections)) {
            cmd->id = arg;
            continue;
        }
        if (row == NULL) {
            return cmd_usage_error(cmd, "unknown option '%s'; 'cosconform --help' lists them",
                                   arg);
        }
        const char *value = NULL;
        if (row->kind != OPTION_FLAG) {
            if (i + 1 >= cmd->argc) {
                return cmd_usage_error(cmd, "%s needs a value", arg);
            }
            value = cmd->argv[++i];
        }
        int r = set_option(cmd, row, value, selections);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

/* ---- catalogue, scratch ---- */

static void print_note(void *ctx, const char *sentence)
{
    (void)fprintf(stderr, "cosconform: %s\n", sentence);
}

static int load_catalogue(struct cmd *cmd)
{
    char why[512];
    if (catalogue_load(&cmd->catalogue, cmd->catalogue_path, why) < 0) {
        return cmd_usage_error(cmd, "%s", why);
    }
    struct catalogue_audit audit;
    catalogue_audit(&cmd->catalogue, &audit, print_note, NULL);
    if (strcmp(cmd->verb, "explain") != 0) {
        (void)fprintf(stderr,
                      "catalogue: %zu requirements, %zu without a case (%zu of them MUST), "
                      "%zu unknown ids, %zu MUST without a mutant\n",
                      cmd->catalogue.n, audit.n_untested, audit.n_untested_must,
                      audit.n_unknown, audit.n_must_without_mutant);
    }
    if (cmd->waivers_path != NULL) {
        if (waivers_load(&cmd->waivers, &cmd->catalogue, cmd->waivers_path, why) < 0) {
            return cmd_usage_error(cmd, "%s", why);
        }
        cmd->has_waivers = true;
    }
    return 0;
}

static int make_scratch(struct cmd *cmd)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(cmd->scratch, sizeof(cmd->scratch), "%.200s/cosconform-XXXXXX",
                   tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    if (mkdtemp(cmd->scratch) == NULL) {
        cmd->scratch[0] = '\0';
        (void)fprintf(stderr, "%s: cannot make a scratch directory below %s\n", cmd->name,
                      tmp != NULL ? tmp : "/tmp");
        return EXIT_BROKEN;
    }
    return 0;
}

static int dispatch(struct cmd *cmd)
{
    static const struct {
        const char *verb;
        int (*run)(struct cmd *cmd);
        bool needs_scratch;
    } verbs[] = {{"run", cmd_run, true},
                 {"certify", cmd_certify, true},
                 {"list", cmd_list, false},
                 {"explain", cmd_explain, false},
                 {"mutants", cmd_mutants, true}};
    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        if (strcmp(cmd->verb, verbs[i].verb) != 0) {
            continue;
        }
        int r = read_options(cmd, /* selections: */ false);
        r = r != 0 ? r : load_catalogue(cmd);
        r = r != 0 ? r : read_options(cmd, /* selections: */ true);
        if (r == 0 && verbs[i].needs_scratch) {
            r = make_scratch(cmd);
        }
        return r != 0 ? r : verbs[i].run(cmd);
    }
    return cmd_usage_error(cmd,
                           "unknown verb '%s'; the verbs are run, certify, list, explain, "
                           "mutants ('cosconform --help')",
                           cmd->verb);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    struct cmd *cmd = calloc(1, sizeof(*cmd));
    if (cmd == NULL) {
        return EXIT_BROKEN;
    }
    *cmd = (struct cmd){.name = slash != NULL ? slash + 1 : argv[0],
                        .argc = argc,
                        .argv = argv,
                        .seed = 1,
                        .selection = SELECTION_ALL};
    if (argc < 2) {
        (void)fputs(help, stderr);
        free(cmd);
        return EXIT_USAGE;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            (void)fputs(help, stdout);
            free(cmd);
            return 0;
        }
    }
    cos_secret_no_core();
    (void)signal(SIGPIPE, SIG_IGN);
    cos_arena_init(&cmd->arena, 1 << 20);
    cmd->verb = argv[1];
    int status = dispatch(cmd);
    if (cmd->scratch[0] != '\0') {
        int ignored = cos_dir_remove(cmd->scratch); /* nothing to be done about it */
        (void)ignored;
    }
    waivers_deinit(&cmd->waivers);
    catalogue_deinit(&cmd->catalogue);
    cos_arena_deinit(&cmd->arena);
    free(cmd);
    return status;
}
