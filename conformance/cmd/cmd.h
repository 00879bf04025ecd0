/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the cosconform command. */
#ifndef CONFORM_CMD_H
#define CONFORM_CMD_H

#include "catalogue.h"
#include "cosconform/report.h"
#include "selection.h"
#include "waivers.h"

/* What the command line said. */
struct cmd {
    const char *name; /* argv[0]'s last part */
    int argc;
    char **argv;
    const char *verb;
    bool in_process, strict, verbose, untested, yaml;
    const char *subject, *driver, *out, *mutant, *catalogue_path, *waivers_path;
    const char *id; /* explain */
    unsigned jobs;
    uint64_t seed;
    int64_t timeout_ms;
    /* Read from it. */
    struct cos_arena arena;
    struct catalogue catalogue;
    struct waivers waivers;
    bool has_waivers;
    struct selection selection;
    char scratch[256];
    /* The subject. */
    const char *artifact;
    char artifact_sha256[65];
    const char *driver_argv[8];
    const char *driver_env[24];
};

/* Prints "cosconform: ..." and returns EXIT_USAGE. */
int cmd_usage_error(const struct cmd *cmd, const char *fmt, ...) COS_PRINTF(2, 3);
/** True in the program that is linked with planted defects. */
bool cmd_has_mutants(void);

/* subject.c */
/** Fill artifact, driver_argv, driver_env from --in-process, --subject, --driver. 0 or an exit status. */
int cmd_find_subject(struct cmd *cmd);
/** Options of a run for this command line; borrows from @cmd. */
struct conform_options cmd_options(struct cmd *cmd);
/** A command line that repeats this run, without --only. */
const char *cmd_rerun(struct cmd *cmd);

/* verbs: exit statuses */
int cmd_run(struct cmd *cmd);
int cmd_certify(struct cmd *cmd);
int cmd_list(struct cmd *cmd);
int cmd_explain(struct cmd *cmd);
int cmd_mutants(struct cmd *cmd);

#endif
