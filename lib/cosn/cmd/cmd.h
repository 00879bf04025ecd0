/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the `cosn` program. A verb gets a session: what the command line and the configuration said. Results go to stdout, everything
 * else to stderr. Exit status: 0 done, 1 the operation failed, 2 the command line or the configuration is wrong.
 */
#ifndef COSN_CMD_H
#define COSN_CMD_H

#include "cosn/cosn.h"

#include "cosbase/buf.h"

#define EXIT_DONE 0
#define EXIT_FAILED 1
#define EXIT_USAGE 2

#define CMD_MAX_ARGS 64
#define CMD_MAX_SETS 64

struct cmd_args {
    const char *verb;
    const char *args[CMD_MAX_ARGS];
    size_t n_args;
    const char *config_path;        /* NULL: the default place, which may be empty */
    const char *sets[CMD_MAX_SETS]; /* "key=value" */
    size_t n_sets;
    const char *endpoint_suffix, *region, *ca_file, *resolve;
    bool http, json, recursive, force, no_clobber, show_secret, verbose, help, version;
};

struct cmd_session {
    const struct cmd_args *args;
    struct cosn_platform platform;
    struct cosn_config *config;
};

struct cmd_verb {
    const char *name;
    size_t min_args, max_args;
    const char *
        flags; /* the options beyond the common ones: "r" recursive, "f" force, "n" no-clobber, "s" show-secret */
    int (*run)(struct cmd_session *s);
    const char *summary;
    const char *help;
};

/* --- args.c --- */
/** 0, or -1 after a message. */
int cmd_parse(struct cmd_args *out, int argc, char **argv);
/** Whether @verb knows every option that was given; -1 after a message. */
int cmd_check_flags(const struct cmd_args *args, const struct cmd_verb *verb);

/* --- help.c --- */
extern const struct cmd_verb cmd_verbs[]; /* ends with a NULL name */
const struct cmd_verb *cmd_verb_find(const char *name);
void cmd_print_help(FILE *to);
void cmd_print_verb_help(FILE *to, const struct cmd_verb *verb);

/* --- session.c --- */
/** EXIT_DONE, or an exit status after a message. */
int cmd_session_open(struct cmd_session *s, const struct cmd_args *args);
void cmd_session_close(struct cmd_session *s);
/** The filesystem @where is in; @where is cosn://bucket/path, or a path in the bucket of remote.data.dir. */
int cmd_open_fs(struct cmd_session *s, const char *where, struct cosn_fs **out);
/** remote.data.dir, or NULL after a message. */
const char *cmd_remote_dir(const struct cmd_session *s);

/* --- report.c --- */
void cmd_complain(const char *fmt, ...) COS_PRINTF(1, 2);
/** Print the error (as JSON with --json) and give the exit status it deserves. */
int cmd_report(const struct cmd_session *s, const struct cosn_error *err);
/** EXIT_DONE when all of stdout was written. */
int cmd_flush_stdout(void);
/* One line on a terminal, for work that takes long enough to wonder. */
struct cmd_progress {
    bool is_on;
    const char *what;
    int64_t total_bytes; /* -1: not known */
    int64_t shown_bytes;
};
void cmd_progress_start(struct cmd_progress *p, const struct cmd_session *s, const char *what,
                        int64_t total_bytes);
void cmd_progress_step(struct cmd_progress *p, int64_t done_bytes);
void cmd_progress_end(struct cmd_progress *p);

/* --- verbs --- */
int cmd_ls(struct cmd_session *s);
int cmd_stat(struct cmd_session *s);
int cmd_rm(struct cmd_session *s);
int cmd_cat(struct cmd_session *s);
int cmd_put(struct cmd_session *s);
int cmd_get(struct cmd_session *s);
int cmd_token(struct cmd_session *s);

#endif
