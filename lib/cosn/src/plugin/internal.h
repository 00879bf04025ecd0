/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the plugin build: the objects behind the ABI's handles. A handle keeps what it needs
 * alive, so a host may destroy plugin, filesystem and streams in any order; every object goes
 * with its last holder.
 */
#ifndef COSN_PLUGIN_INTERNAL_H
#define COSN_PLUGIN_INTERNAL_H

#include "cosn/plugin.h"

#include "cosn/fs.h"
#include "wire/wire.h"

#include "cosbase/clock.h"

#include <pthread.h>
#include <stdatomic.h>

struct cosn_plugin {
    atomic_int holders;
    struct cosn_plugin_host host; /* a copy; members beyond the host's struct_size are zero */
    struct cos_clock *system_clock;
    struct cosn_clock clock; /* the host's, the system's where it lends none */
    struct platform platform;
    struct cosn_provider *dynamic;
    pthread_mutex_t lock; /* guards config, has_manager */
    struct cosn_config *config;
    bool has_manager;
};

struct cosn_plugin_fs {
    atomic_int holders;
    struct cosn_plugin *plugin;
    struct cosn_fs *fs;
    char *uri; /* as opened, with its path */
};

/* --- codes.c --- */
enum plugin_phase { PHASE_CONFIG, PHASE_USE }; /* an invalid value is CONFIG or INVALID_ARG */
/** Fill @e up to its struct_size (NULL is fine) and return the code. */
int plugin_fail(struct cosn_plugin_error *e, const struct cosn_error *err,
                enum plugin_phase phase);
int plugin_refuse(struct cosn_plugin_error *e, enum cosn_plugin_code code, const char *message);
/** The other way round, for what a host's callback reports. */
int plugin_error_back(struct cosn_error *err, int code, const struct cosn_plugin_error *e);
/** Copy @n bytes of @from to a caller's struct of @struct_size bytes, whose first member
 *  stays. */
void plugin_give_struct(void *to, uint32_t struct_size, const void *from, size_t n);

/* --- instance.c --- */
int plugin_create(const struct cosn_plugin_host *host, const struct cosn_plugin_kv *conf,
                  size_t n, struct cosn_plugin **out, struct cosn_plugin_error *e);
void plugin_destroy(struct cosn_plugin *p);
int plugin_load_config(const struct cosn_plugin_host *host, const char *path, int mode,
                       void (*emit)(void *ctx, const char *key, const char *value,
                                    const char *origin),
                       void *ctx, struct cosn_plugin_error *e);
struct cosn_plugin *plugin_hold(struct cosn_plugin *p);
/** A private copy of the configuration as it is now. */
int plugin_config_copy(struct cosn_plugin *p, struct cosn_config **out, struct cosn_error *err);

/* --- files.c --- */
int plugin_open_fs(struct cosn_plugin *p, const char *uri, struct cosn_plugin_fs **out,
                   struct cosn_plugin_error *e);
void plugin_close_fs(struct cosn_plugin_fs *fs);
struct cosn_plugin_fs *plugin_fs_hold(struct cosn_plugin_fs *fs);
int plugin_fs_uri(struct cosn_plugin_fs *fs, char *buf, size_t cap,
                  struct cosn_plugin_error *e);
int plugin_stat(struct cosn_plugin_fs *fs, const char *path, struct cosn_plugin_status *st,
                struct cosn_plugin_error *e);
int plugin_exists(struct cosn_plugin_fs *fs, const char *path, int *exists,
                  struct cosn_plugin_error *e);
int plugin_list(struct cosn_plugin_fs *fs, const char *path, cosn_plugin_list_fn cb, void *ctx,
                struct cosn_plugin_error *e);
int plugin_mkdirs(struct cosn_plugin_fs *fs, const char *path, int *created,
                  struct cosn_plugin_error *e);
int plugin_remove(struct cosn_plugin_fs *fs, const char *path, int recursive, int *deleted,
                  struct cosn_plugin_error *e);
int plugin_rename(struct cosn_plugin_fs *fs, const char *src, const char *dst, int *renamed,
                  struct cosn_plugin_error *e);

/* --- streams.c --- */
int plugin_open_in(struct cosn_plugin_fs *fs, const char *path, struct cosn_plugin_in **out,
                   struct cosn_plugin_error *e);
int plugin_read(struct cosn_plugin_in *in, void *buf, size_t cap, int64_t *n,
                struct cosn_plugin_error *e);
int plugin_seek(struct cosn_plugin_in *in, int64_t pos, struct cosn_plugin_error *e);
int plugin_in_pos(struct cosn_plugin_in *in, int64_t *pos, struct cosn_plugin_error *e);
int plugin_close_in(struct cosn_plugin_in *in);
void plugin_free_in(struct cosn_plugin_in *in);
int plugin_open_out(struct cosn_plugin_fs *fs, const char *path, uint32_t flags,
                    struct cosn_plugin_out **out, struct cosn_plugin_error *e);
int plugin_write(struct cosn_plugin_out *out, const void *buf, size_t n,
                 struct cosn_plugin_error *e);
int plugin_flush(struct cosn_plugin_out *out, struct cosn_plugin_error *e);
int plugin_out_pos(struct cosn_plugin_out *out, int64_t *pos, struct cosn_plugin_error *e);
int plugin_close_out(struct cosn_plugin_out *out, struct cosn_plugin_error *e);
void plugin_free_out(struct cosn_plugin_out *out);

/* --- tokens.c --- */
int plugin_obtain_token(struct cosn_plugin_fs *fs, struct cosn_plugin_token **out,
                        struct cosn_plugin_error *e);
int plugin_apply_token(struct cosn_plugin *p, const struct cosn_plugin_token *t,
                       struct cosn_plugin_error *e);
int plugin_manager_start(struct cosn_plugin *p, cosn_plugin_provide_fn provide, void *ctx,
                         const struct cosn_plugin_kv *conf, size_t n,
                         struct cosn_plugin_manager **out, struct cosn_plugin_error *e);
int64_t plugin_manager_step(struct cosn_plugin_manager *m);
void plugin_manager_stop(struct cosn_plugin_manager *m);

#endif
