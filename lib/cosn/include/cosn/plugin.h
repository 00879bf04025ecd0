/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C ABI of a Fluss COS filesystem plugin, ABI 1.1: what a host that loads plugins/cos/ may
 * call.
 * Promise: members are only appended; the minor number counts them; a changed meaning raises
 * the major number.
 *
 * A plugin is one shared object in ${FLUSS_HOME}/plugins/<dir>/ that exports exactly
 * cosn_plugin_entry.
 * Rules: every struct starts with its own size; callers zero-fill; a callee touches no member
 * beyond struct_size.
 * Strings are UTF-8, NUL-terminated and the caller's for the duration of the call unless
 * stated. Every function may be called from any thread, but one stream handle by one thread at
 * a time. No function ends the process on bad input or writes to stdout.
 */
#ifndef COSN_PLUGIN_H
#define COSN_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COSN_PLUGIN_ABI_MAJOR 1u
#define COSN_PLUGIN_ABI_MINOR 2u
#define COSN_PLUGIN_ENTRY_SYMBOL "cosn_plugin_entry"

/* A closed list; the driver protocol uses the same names without the prefix. */
enum cosn_plugin_code {
    COSN_PLUGIN_OK = 0,
    COSN_PLUGIN_CONFIG = 1,
    COSN_PLUGIN_UNSUPPORTED_SCHEME = 2,
    COSN_PLUGIN_UNSUPPORTED = 3,
    COSN_PLUGIN_INVALID_ARG = 4,
    COSN_PLUGIN_NOT_FOUND = 5,
    COSN_PLUGIN_ALREADY_EXISTS = 6,
    COSN_PLUGIN_IS_DIR = 7,
    COSN_PLUGIN_NOT_DIR = 8,
    COSN_PLUGIN_NOT_EMPTY = 9,
    COSN_PLUGIN_ACCESS_DENIED = 10,
    COSN_PLUGIN_AUTH = 11,
    COSN_PLUGIN_CRED_MISSING = 12,
    COSN_PLUGIN_CRED_EXPIRED = 13,
    COSN_PLUGIN_STS = 14,
    COSN_PLUGIN_NO_BUCKET = 15,
    COSN_PLUGIN_THROTTLED = 16,
    COSN_PLUGIN_TIMEOUT = 17,
    COSN_PLUGIN_NETWORK = 18,
    COSN_PLUGIN_CORRUPT = 19,
    COSN_PLUGIN_IO = 20,
    COSN_PLUGIN_CLOSED = 21,
    COSN_PLUGIN_CANCELLED = 22,
    COSN_PLUGIN_NOMEM = 23,
    COSN_PLUGIN_ABI = 24,
    COSN_PLUGIN_INTERNAL = 25
};

/* Filled on failure when the pointer is not NULL; no heap. */
struct cosn_plugin_error {
    uint32_t struct_size;
    int32_t code; /* enum cosn_plugin_code */
    int32_t http_status;
    uint32_t retryable;
    char cos_code[64];
    char request_id[96];
    char message[512];
};

struct cosn_plugin_kv {
    const char *key, *value;
};

enum cosn_plugin_log_level {
    COSN_PLUGIN_LOG_ERROR,
    COSN_PLUGIN_LOG_WARN,
    COSN_PLUGIN_LOG_INFO,
    COSN_PLUGIN_LOG_DEBUG,
    COSN_PLUGIN_LOG_TRACE
};

/* Services the host lends; it must outlive every plugin created with it. NULL members mean the
 * system's. */
struct cosn_transport; /* cosn/platform.h */
struct cosn_plugin_host {
    uint32_t struct_size;
    void *ctx;
    void (*log)(void *ctx, enum cosn_plugin_log_level level, const char *area,
                const char *line);
    int64_t (*unix_ms)(void *ctx);
    int64_t (*mono_ms)(void *ctx);
    int (*wait_until)(void *ctx, int64_t deadline_mono_ms); /* 0 reached, 1 woken */
    void (*wake)(void *ctx);
    const char *(*env)(void *ctx, const char *name);
    const char *sts_endpoint;               /* NULL: https://sts.tencentcloudapi.com */
    const char *ca_file;                    /* PEM; NULL: the system's */
    const char *resolve;                    /* "host:port:address:port" entries split by ';' */
    const char *scheme;                     /* of COS requests: NULL or "https", or "http" */
    const struct cosn_transport *transport; /* NULL: the network */
    uint64_t seed;                          /* of jitter; 0: random */
    /* since 1.2: where the @i-th pair given to create comes from, as messages shall name it
     * ("server.yaml:12", what load_config emits); NULL, the member or the answer: "host" */
    const char *(*conf_origin)(void *ctx, size_t i);
};

struct cosn_plugin;
struct cosn_plugin_fs;
struct cosn_plugin_in;
struct cosn_plugin_out;
struct cosn_plugin_manager;

struct cosn_plugin_status {
    uint32_t struct_size;
    uint32_t is_dir;
    uint64_t length;
    int64_t mtime_unix_ms;
    char path[2048]; /* absolute path inside the bucket */
};
typedef int (*cosn_plugin_list_fn)(void *ctx,
                                   const struct cosn_plugin_status *st); /* non-zero stops */

/* Fluss's ObtainedSecurityToken. Call release when done; it belongs to the maker. */
struct cosn_plugin_token {
    uint32_t struct_size;
    const char *scheme;
    const uint8_t *token;
    size_t token_len;
    int64_t valid_until_unix_ms; /* -1: valid for ever */
    const struct cosn_plugin_kv *infos;
    size_t n_infos;
    void (*release)(struct cosn_plugin_token *self);
    void *priv;
};
typedef int (*cosn_plugin_provide_fn)(void *ctx, struct cosn_plugin_token **out,
                                      struct cosn_plugin_error *e);

/* Of open_out: what has the name already is replaced when the stream is closed, a directory
 * (but the root) with all that is below it. Without it any of that is an error. */
#define COSN_PLUGIN_OVERWRITE 1u

/* Every int result is an enum cosn_plugin_code. A NULL member means UNSUPPORTED. */
struct cosn_plugin_table {
    uint32_t struct_size;
    uint16_t abi_major, abi_minor;
    const char *name, *version, *vendor;
    const char *const *schemes; /* NULL-terminated: {"cosn", NULL} */
    /* NULL-terminated, the protocol's words: "fs", "token.obtain", ... */
    const char *const *capabilities;
    /* life cycle: create is FileSystem.initialize */
    int (*create)(const struct cosn_plugin_host *host, const struct cosn_plugin_kv *conf,
                  size_t n, struct cosn_plugin **out, struct cosn_plugin_error *e);
    void (*destroy)(struct cosn_plugin *p);
    /* mode: 0 as Fluss reads it, 1 strict YAML, 2 core-site.xml; emit is called once a key */
    int (*load_config)(const struct cosn_plugin_host *host, const char *path, int mode,
                       void (*emit)(void *ctx, const char *key, const char *value,
                                    const char *origin),
                       void *ctx, struct cosn_plugin_error *e);
    /* filesystem */
    int (*open_fs)(struct cosn_plugin *p, const char *uri, struct cosn_plugin_fs **out,
                   struct cosn_plugin_error *e);
    void (*close_fs)(struct cosn_plugin_fs *fs);
    int (*fs_uri)(struct cosn_plugin_fs *fs, char *buf, size_t cap,
                  struct cosn_plugin_error *e);
    int (*stat)(struct cosn_plugin_fs *fs, const char *path, struct cosn_plugin_status *st,
                struct cosn_plugin_error *e);
    int (*list)(struct cosn_plugin_fs *fs, const char *path, cosn_plugin_list_fn cb, void *ctx,
                struct cosn_plugin_error *e);
    int (*mkdirs)(struct cosn_plugin_fs *fs, const char *path, int *created,
                  struct cosn_plugin_error *e);
    int (*remove)(struct cosn_plugin_fs *fs, const char *path, int recursive, int *deleted,
                  struct cosn_plugin_error *e);
    int (*rename)(struct cosn_plugin_fs *fs, const char *src, const char *dst, int *renamed,
                  struct cosn_plugin_error *e);
    int (*open_in)(struct cosn_plugin_fs *fs, const char *path, struct cosn_plugin_in **out,
                   struct cosn_plugin_error *e);
    int (*read)(struct cosn_plugin_in *in, void *buf, size_t cap, int64_t *n,
                struct cosn_plugin_error *e); /* n -1 at the end */
    int (*seek)(struct cosn_plugin_in *in, int64_t pos, struct cosn_plugin_error *e);
    int (*in_pos)(struct cosn_plugin_in *in, int64_t *pos, struct cosn_plugin_error *e);
    int (*close_in)(
        struct cosn_plugin_in
            *in); /* the handle stays valid for calls that answer CLOSED until free_in */
    void (*free_in)(struct cosn_plugin_in *in);
    int (*open_out)(struct cosn_plugin_fs *fs, const char *path, uint32_t flags,
                    struct cosn_plugin_out **out, struct cosn_plugin_error *e);
    int (*write)(struct cosn_plugin_out *out, const void *buf, size_t n,
                 struct cosn_plugin_error *e);
    int (*flush)(struct cosn_plugin_out *out, struct cosn_plugin_error *e);
    int (*out_pos)(struct cosn_plugin_out *out, int64_t *pos, struct cosn_plugin_error *e);
    int (*close_out)(struct cosn_plugin_out *out,
                     struct cosn_plugin_error *e); /* commits; valid until free_out */
    void (*free_out)(struct cosn_plugin_out *out); /* uncommitted: aborted, never published */
    /* tokens */
    int (*obtain_token)(struct cosn_plugin_fs *fs, struct cosn_plugin_token **out,
                        struct cosn_plugin_error *e); /* server */
    int (*apply_token)(struct cosn_plugin *p, const struct cosn_plugin_token *t,
                       struct cosn_plugin_error *e); /* client */
    /* refresh manager: pulls from the provider callback, pushes into the plugin; a request
     * whose token was refused as ended pulls, too, in its own thread */
    int (*manager_start)(struct cosn_plugin *p, cosn_plugin_provide_fn provide, void *ctx,
                         const struct cosn_plugin_kv *conf, size_t n,
                         struct cosn_plugin_manager **out, struct cosn_plugin_error *e);
    /* Virtual time: do what is due and return the unix_ms of the next due work, INT64_MAX for
     * never. Only with the capability "clock.virtual": a manager of a host with its own
     * wait_until starts no thread. */
    int64_t (*manager_step)(struct cosn_plugin_manager *m);
    void (*manager_stop)(struct cosn_plugin_manager *m);
    /* since 1.1 */
    int (*exists)(struct cosn_plugin_fs *fs, const char *path, int *exists,
                  struct cosn_plugin_error *e);
};

/* The single export. NULL when the major number is not supported. */
typedef const struct cosn_plugin_table *(*cosn_plugin_entry_fn)(uint16_t abi_major,
                                                                uint16_t abi_minor);
const struct cosn_plugin_table *cosn_plugin_entry(uint16_t abi_major, uint16_t abi_minor);

#ifdef __cplusplus
}
#endif
#endif
