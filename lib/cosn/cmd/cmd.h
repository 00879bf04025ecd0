/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the `cosn` program. A verb gets a session: what the command line and the configuration
 * said. Results go to stdout, everything else to stderr. Exit status: 0 done, 1 the operation
 * failed, 2 the command line or the configuration is wrong.
 */
#ifndef COSN_CMD_H
#define COSN_CMD_H

#include "cosn/cosn.h"

#include "cosbase/buf.h"
#include "cosbase/options.h"

#define EXIT_DONE 0
#define EXIT_FAILED 1
#define EXIT_USAGE COS_STATUS_USAGE

#define CMD_NO_AGE UINT64_MAX

struct cmd_args {
    struct cos_command line;
    const char *config_path;                /* NULL: the default place, which may be empty */
    struct cos_option_list sets;            /* "key=value" */
    const struct cosn_transport *transport; /* NULL: the network */
    const char *endpoint_suffix, *region, *ca_file, *resolve;
    uint64_t older_than_ms; /* CMD_NO_AGE: not given */
    bool http, json, recursive, force, no_clobber, show_secret, verbose, dry_run;
};

struct cmd_session {
    const struct cmd_args *args;
    struct cosn_platform platform;
    struct cosn_config *config;
};

/* --- cosn.c --- */
/** The whole program but its process; the exit status. @transport: NULL for the network. */
int cmd_run(int argc, char **argv, const struct cosn_transport *transport);

/* --- verbs.c --- */
extern const struct cos_program cmd_program;

/* --- session.c --- */
/** EXIT_DONE, or an exit status after a message. */
int cmd_session_open(struct cmd_session *s, const struct cmd_args *args);
void cmd_session_close(struct cmd_session *s);
/** The filesystem @where is in; @where is cosn://bucket/path, or a path in the bucket of
 *  remote.data.dir. */
int cmd_open_fs(struct cmd_session *s, const char *where, struct cosn_fs **out);
COS_CLEANUP_DEFINE(struct cosn_fs *, cosn_fs_free)
COS_CLEANUP_DEFINE(struct cosn_reader *, cosn_reader_free)
COS_CLEANUP_DEFINE(struct cosn_writer *, cosn_writer_free)
/** remote.data.dir, or NULL after a message. */
const char *cmd_remote_dir(const struct cmd_session *s);

/* --- signals.c --- */
/** From now on INT, TERM and HUP are noted, for cmd_is_cancelled(). */
void cmd_signals_catch(void);
/** As cosn_platform.is_cancelled. */
bool cmd_is_cancelled(void *ctx);
/** @status, unless a signal asked to end: then the process dies of it. */
int cmd_signals_finish(int status);
/** Wait until @fd is ready for @events (poll(2)), or can only fail; false when a signal asks to
 *  end. */
bool cmd_wait_for(int fd, short events);

/* --- report.c --- */
void cmd_complain(const char *fmt, ...) COS_PRINTF(1, 2);
/** "cannot <what> <path>: <errno>"; EXIT_FAILED. */
int cmd_local_failure(const char *what, const char *path);
/** What stands behind the last slash. */
const char *cmd_last_name(const char *path);
/** Print the error (as JSON with --json) and give the exit status it deserves. */
int cmd_report(const struct cmd_session *s, const struct cosn_error *err);
/** Print the line @b holds; EXIT_FAILED after a message when it is not whole, or standard
 *  output takes no more. */
int cmd_print_line(const struct cos_buf *b);
/** Room for CMD_CHUNK_BYTES of a file, heap; NULL after a message. */
#define CMD_CHUNK_BYTES (1u << 20)
char *cmd_chunk(void);
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

/* --- verbs: each gets a struct cmd_session --- */
int cmd_ls(void *session);
int cmd_stat(void *session);
int cmd_rm(void *session);
int cmd_cat(void *session);
int cmd_put(void *session);
int cmd_get(void *session);
int cmd_token(void *session);
int cmd_uploads_ls(void *session);
int cmd_uploads_abort(void *session);

#endif
