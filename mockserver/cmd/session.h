/* SPDX-License-Identifier: Apache-2.0 */
/* A running mock with everything a client needs to reach it: listeners, one tenant, a directory
 * with the certificate, trust store and hosts file. */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "cosmock/cosmock.h"

#include "cosbase/options.h"
#include "cosbase/outfile.h"
#include "cosbase/tempdir.h"
#include "descriptors.h"

#include <limits.h>
#include <signal.h>

#define SESSION_PATH_MAX COS_TEMPDIR_MAX

struct session_options {
    const char *address, *control_address; /* NULL: loopback */
    uint64_t port, control_port, threads, seed, memory_limit_bytes;
    const char *world_file;
    const char *restore; /* a snapshot to begin with; NULL: the world */
    const char *dir;     /* where the files go; NULL: a private directory, removed at the end */
    const char *data, *durability; /* NULL: in memory; "process" */
    struct cos_option_list switches, hosts;
    bool is_verbose;
    const char *file;    /* what the verb was asked to write; NULL: nothing */
    const char *file_is; /* "journal" */
    unsigned file_flags; /* enum cos_outfile_flags */
    const int *signals;  /* what the verb waits for; 0-terminated */
    void (*tenant_ends)(void *ctx, struct cosmock_tenant *t); /* as in cosmock_options */
    void *tenant_ends_ctx;
};
struct session {
    const struct session_options *options; /* borrowed */
    const char *verb;
    struct cosmock *mock;
    struct cosmock_tenant *tenant;
    struct cosmock_world_info world;
    struct cosmock_endpoint front, control;
    char proxy[96], socks[96], control_url[96]; /* "http://127.0.0.1:5123" and the like */
    char control_token[48];                     /* "" on loopback */
    char dir[SESSION_PATH_MAX];
    struct cos_tempdir own_dir; /* when it is private */
    struct cos_outfile file;    /* not open when there is none to write */
    char data[PATH_MAX];        /* absolute; "": everything is in memory */
    struct rlimit started_with; /* descriptors, before they were raised */
    sigset_t waited;            /* blocked in every thread */
    sigset_t started_mask;      /* before that */
    char ca[SESSION_PATH_MAX + 16], trust_store[SESSION_PATH_MAX + 16],
        hosts[SESSION_PATH_MAX + 16];
};
/** 0; or an exit status after a complaint on stderr. On failure nothing is left behind. @o and
 *  @line are borrowed until the end. */
int session_start(struct session *s, const struct session_options *o,
                  const struct cos_command *line);
/** What can be left for when nobody waits for the start any more. */
void session_tidy(const struct session *s);
/** Complain on stderr that the file could not be written, -@r says why; an exit status. */
int session_file_failed(const struct session *s, int r);
/** A world's warnings go to stderr: cosmock_tenant_options.warn. */
void session_warn(void *ctx, const char *text);
/** No new requests; those under way finish. The journal stays readable. */
void session_stop_listening(struct session *s);
/** Frees the mock, removes a private directory, gives up a file that was not committed. Fine on
 *  a zeroed session. */
void session_end(struct session *s);

#endif
