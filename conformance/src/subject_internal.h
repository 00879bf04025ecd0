/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the subject: its state, and one call under way. */
#ifndef CONFORM_SUBJECT_INTERNAL_H
#define CONFORM_SUBJECT_INTERNAL_H

#include "subject.h"

#include "cosbase/clock.h"
#include "cosbase/json.h"

#include <pthread.h>

enum handle_kind { HANDLE_FREE, HANDLE_FS, HANDLE_IN, HANDLE_OUT, HANDLE_MANAGER };

struct pairs;     /* a configuration: subject_party.c */
struct party_env; /* an environment: the same */
/* One plugin instance with the host services lent to it. */
struct party {
    struct party *next;
    struct subject *s;
    char *name;
    const struct cosn_plugin_table *table;
    /* NULL when nothing was loaded at configure time. */
    struct cosn_plugin *plugin;
    struct cosn_plugin_host host;
    /* While it is created: what it is given. */
    const struct pairs *conf;
    enum cosn_plugin_log_level level;
    /* What it sees; those it saw before hang on it. Atomic. */
    struct party_env *env;
    char *ca_file, *resolve, *scheme;
};
struct provision; /* what feeds a manager: subject_token.c */
struct handle {
    enum handle_kind kind;
    struct party *party;
    void *object;
    /* FS: as opened. */
    char *uri;
    /* MANAGER: what feeds it, and how it is stopped. */
    struct provision *provision;
    void (*end)(struct handle *h);
};
/* What the search for a plugin found. */
struct found_plugin {
    const struct cosn_plugin_table *table; /* NULL: nothing serves cosn */
    char path[1024];                       /* of its artefact */
};
struct subject {
    struct subject_options options;
    /* Of the last one loaded or linked; NULL: none. */
    cosn_plugin_entry_fn entry;
    const struct cosn_plugin_table *table, *default_table;
    /* Of the artefact that the subject was started with and that serves cosn; "". */
    char default_path[1024];
    /* Why the default could not be loaded; "". */
    char load_error[512];
    /* NULL: real time. */
    struct cos_clock *clock;
    /* Of real time: how far the wall clock has been moved. Atomic. */
    int64_t jumped_ms;
    /* Guards parties and handles. */
    pthread_mutex_t lock;
    struct party *parties;
    /* Pointers: a call may hold one while another adds. */
    struct handle **handles;
    size_t n_handles;
    char **artifacts;
    size_t n_artifacts;
    /* What fed managers that are stopped. */
    struct provision *retired;
    bool is_down;
};

/* One request under way. */
struct call {
    struct subject *s;
    const struct cos_json *request;
    /* Members of an ok reply. */
    struct cos_jw w;
    struct cos_buf out;
    bool failed;
    struct cosn_plugin_error error;
};
/* subject_call.c */
/** By the subject's wall clock, virtual or real. */
int64_t subject_unix_ms(const struct subject *s);
/** One line for the driver's log. */
void subject_log(struct subject *s, const char *level, const char *area, const char *line);
/** Fail the call with the driver's own words. */
void protocol_fail(struct call *c, enum cosn_plugin_code code, const char *fmt, ...)
    COS_PRINTF(3, 4);
/** True when @code is OK; else the call failed with what the plugin filled in. */
bool protocol_check(struct call *c, int code, const struct cosn_plugin_error *e);
/**
 * Members of the request; a missing or ill-typed one fails the call and gives NULL / false.
 */
const char *protocol_str(struct call *c, const char *member);
bool protocol_i64(struct call *c, const char *member, int64_t *out);
const char *protocol_str_or(struct call *c, const char *member, const char *fallback);
int64_t protocol_i64_or(struct call *c, const char *member, int64_t fallback);
/** The handle named by @member; NULL and a failed call when there is none of that kind. */
struct handle *protocol_handle(struct call *c, const char *member, enum handle_kind kind);
/** A new handle number, or 0 and a failed call. Takes @object on success. */
int64_t protocol_handle_add(struct call *c, enum handle_kind kind, struct party *party,
                            void *object);
struct handle *protocol_handle_at(struct call *c, int64_t number);
/** Close what the handle holds; the number stays taken. */
void handle_close(struct handle *h);
/**
 * Virtual time is about to go on by @ms: whoever follows it goes first, so that nothing is
 * signed for a time that the service has not reached.
 */
void subject_tell_time(struct subject *s, int64_t ms);
#define CALL_ERROR_INIT                                 \
    {                                                   \
        .struct_size = sizeof(struct cosn_plugin_error) \
    }

/* subject_fs.c */
void run_open(struct call *c);
void run_close(struct call *c);
void run_stat(struct call *c);
void run_exists(struct call *c);
void run_list(struct call *c);
void run_mkdirs(struct call *c);
void run_delete(struct call *c);
void run_rename(struct call *c);
/* subject_stream.c */
void run_write(struct call *c);
void run_read(struct call *c);
void run_out_open(struct call *c);
void run_out_write(struct call *c);
void run_out_flush(struct call *c);
void run_out_pos(struct call *c);
void run_out_close(struct call *c);
void run_out_free(struct call *c);
void run_in_open(struct call *c);
void run_in_read(struct call *c);
void run_in_seek(struct call *c);
void run_in_pos(struct call *c);
void run_in_close(struct call *c);
/** "/abs/path" for @path given to the filesystem of @fs; heap, NULL without memory. */
char *fs_absolute_path(const struct handle *fs, const char *path);
/* subject_token.c */
void run_get_token(struct call *c);
void run_apply_token(struct call *c);
void run_manager_start(struct call *c);
void run_manager_stop(struct call *c);
void run_advance(struct call *c);
/** Nobody is given a token any more; waits for whoever is just being given one. */
void provisions_end(struct subject *s);
void provisions_free(struct subject *s);
/* subject_party.c */
void run_configure(struct call *c);
void run_env(struct call *c);
struct party *party_find(struct subject *s, const char *name);
struct party *party_free(struct party *p);
/* loader.c */
void run_load(struct call *c);
/**
 * Find the plugin as Fluss does: below @plugins_dir when set, else below @path/plugins; a
 * @path that is a file is the artefact itself. 0 with *out, else a code and @e. Loaded objects
 * stay until the process ends.
 */
int loader_find(struct subject *s, const char *path, const char *plugins_dir,
                struct found_plugin *out, struct cosn_plugin_error *e);

#endif
