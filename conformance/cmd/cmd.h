/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the cosconform command. */
#ifndef CONFORM_CMD_H
#define CONFORM_CMD_H

#include "artifact.h"
#include "catalogue.h"
#include "cosbase/ed25519.h"
#include "cosbase/options.h"
#include "cosbase/tempdir.h"
#include "cosconform/report.h"
#include "selection.h"
#include "waivers.h"

#include <signal.h>

/* What the command line said. */
struct cmd {
    /* argv[0]'s last part. */
    const char *name;
    int argc;
    char **argv;
    struct cos_command line;
    struct cos_program program;
    bool in_process, check_protocol, strict, verbose, untested, yaml, json, annotate;
    const char *subject, *driver, *out, *mutant, *catalogue_path, *waivers_path;
    const char *level, *profile, *shard;
    const char *progress, *color, *results;
    const char *sign, *bundle, *mutation_path, *key_path, *evidence_dir, *output_path;
    struct cos_option_list subjects;
    /* Files with what is expected of the subject: to compare, to write. */
    const char *expect, *expect_write;
    /* Of a subject in a JVM; paths separated by ':'. */
    const char *classpath, *java, *subject_kind;
    struct cos_option_list only;
    /* timeout_ms 0: the defaults. */
    uint64_t jobs, seed, timeout_ms;
    /* Of the verb mutants. */
    bool only_harmless, collateral;
    uint64_t repeat;
    /* Read from it. */
    struct cos_arena arena;
    struct catalogue catalogue;
    struct waivers waivers;
    bool has_waivers;
    struct selection selection;
    struct cos_tempdir scratch;
    /* NULL: nobody signs. */
    struct cos_ed25519 *key;
    /* Of --key; NULL: not given. */
    struct cos_ed25519 *trusted;
    /* JSON; NULL: not given. */
    const char *mutation;
    /* The subject. */
    const char *artifact;
    /* Of a JVM: files separated by ':', as they stand on its class path; NULL: it is none. */
    const char *jvm_subject, *jvm_class_path;
    /* Everything a certificate names by its digest. */
    struct artifacts artifacts;
    const char *driver_argv[8];
    const char *driver_env[24];
};

/** True in the program that is linked with planted defects. */
bool cmd_has_mutants(void);
/** Switch one on in this process before any plugin is made; nothing without defects. */
void cmd_choose_mutant(const char *name);

/* main.c */
/** Read a command line into a fresh @out. As cos_command_parse(). */
bool cmd_parse(struct cmd *out, int argc, char **argv);
/** What the line selects, into the selection; needs the catalogue. 0 or an exit status. */
int cmd_select(struct cmd *cmd);
int cmd_load_waivers(struct cmd *cmd);

/* subject.c */
/**
 * Fill artifact, driver_argv, driver_env from --in-process, --subject, --driver. 0 or an exit
 * status.
 */
int cmd_find_subject(struct cmd *cmd);
/** Of a directory: the artefact that the host finds in it. Starts it. 0 or an exit status. */
int cmd_ask_host(struct cmd *cmd);
/** Of what a certificate names by its digest, the rest: taken before anything runs. 0 or an
 *  exit status. */
int cmd_take_digests(struct cmd *cmd);

/* jvm.c */
/** True for a .jar, a directory with one in plugins/<name>/, and with --subject-kind. */
bool cmd_is_jvm(struct cmd *cmd);
/** Compile the driver, look whether everything is there, and fill driver_argv. As above. */
int cmd_prepare_jvm(struct cmd *cmd);

/* subject.c */
/** Options of a run for this command line; borrows from @cmd. */
struct conform_options cmd_options(struct cmd *cmd);

/* signals.c */
/** From now on a first signal to end is noted, and a second one ends. */
void cmd_signals_catch(void);
/** Not 0: which signal came. */
const volatile sig_atomic_t *cmd_signals_flag(void);

/* terminal.c */
/** True for a terminal that can do more than print. */
bool cmd_is_clever_terminal(int fd);
/** 0, or a complaint and its status when --color is none of its words. */
int cmd_check_color(const struct cmd *cmd);
/** --color, or by what stands behind @fd. */
bool cmd_has_color(const struct cmd *cmd, int fd);
/* shard.c */
/** Without --shard: the one that the environment says. 0 or an exit status. */
int cmd_take_shard(struct cmd *cmd);

/* give.c */
/** Read --sign, --mutation and where --bundle goes. 0 or an exit status. */
int cmd_prepare_proof(struct cmd *cmd);
/* What a merged run knows of its shards, where one run asks this process. */
struct cmd_merged {
    const struct artifacts *artifacts;
    const char *const *argv;
    const char *suite_sha256, *shards;
    const struct objection *objections;
};
/**
 * Write the statement about a run whose files are written: a certificate where nothing stands
 * against it. @merged NULL: it was one run. Returns the status of the run, which may be worse
 * by that.
 */
int cmd_give_proof(struct cmd *cmd, const struct conform_report *report,
                   const struct cmd_merged *merged, int status);
/** A path in --out. */
const char *cmd_in_out(struct cmd *cmd, const char *name);
/**
 * A certificate of an earlier run must not stand beside a new result. A file of ours goes; what
 * somebody linked there is emptied; no more.
 */
void cmd_remove_certificates(struct cmd *cmd);

/* verify.c */
/** Read --key, if it is given. 0 or an exit status. */
int cmd_load_public_key(struct cmd *cmd);

/* verbs: each gets a struct cmd and returns an exit status */
int cmd_run(void *cmd);
int cmd_certify(void *cmd);
int cmd_list(void *cmd);
int cmd_explain(void *cmd);
int cmd_mutants(void *cmd);
int cmd_driver_check(void *cmd);
int cmd_driver_schema(void *cmd);
int cmd_keygen(void *cmd);
int cmd_verify(void *cmd);
int cmd_badge(void *cmd);
int cmd_merge(void *cmd);
int cmd_replay(void *cmd);

#endif
