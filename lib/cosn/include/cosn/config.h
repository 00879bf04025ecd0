/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: keys with values that remember where they came from. Promise: may change
 * before 1.0.
 *
 * Modes. FLUSS (default for .yaml) reads a server.yaml exactly as Fluss does: cut at the first
 * '#', split at the first ": ", trim, no quotes, no nesting (GlobalConfiguration.java:168-196).
 * STRICT reads the file as YAML with flat scalar keys. CORE_SITE reads Hadoop's XML (default
 * for .xml). A later load or set wins over an earlier one.
 * Threads: one thread at a time; readers of a config that nobody changes may share it.
 */
#ifndef COSN_CONFIG_H
#define COSN_CONFIG_H

#include "cosn/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum cosn_config_mode {
    COSN_CONFIG_AUTO,
    COSN_CONFIG_FLUSS,
    COSN_CONFIG_STRICT,
    COSN_CONFIG_CORE_SITE
};

struct cosn_config;
/** Errors: COSN_E_NOMEM. */
COSN_API int cosn_config_new(struct cosn_config **out, struct cosn_error *err);
COSN_API struct cosn_config *cosn_config_free(struct cosn_config *config); /* NULL */
/** A copy that knows the origins, too. Errors: COSN_E_NOMEM. */
COSN_API int cosn_config_clone(struct cosn_config **out, const struct cosn_config *config,
                               struct cosn_error *err);
/**
 * Read a file over what is set already.
 *
 * Errors:      COSN_E_IO (path named), COSN_E_INVALID (file, line, key, what is wrong, what
 *              would be right); nothing is changed then
 * Source:      fluss GlobalConfiguration.java:168-196; hadoop's core-site.xml
 */
COSN_API int cosn_config_load_file(struct cosn_config *config, const char *path,
                                   enum cosn_config_mode mode, struct cosn_error *err);
/** The same from @bytes of memory; @origin stands where the file's name would. Errors:
 *  COSN_E_INVALID. */
COSN_API int cosn_config_load_text(struct cosn_config *config, const char *text, size_t bytes,
                                   const char *origin, enum cosn_config_mode mode,
                                   struct cosn_error *err);
/** Copies all three. Errors: COSN_E_INVALID (no key, no value). */
COSN_API int cosn_config_set(struct cosn_config *config, const char *key, const char *value,
                             const char *origin, struct cosn_error *err);
/**
 * Resolve ${env:…}, ${directory:…} and ${file:…} markers as Fluss does, when config.providers
 * is set; call it once everything is loaded and set. A plugin does not call it for the options
 * of its host, which has resolved them.
 *
 * Errors:      COSN_E_INVALID (file, line, marker, what is wrong); nothing is changed then
 * Threads:     as all changes; reads files
 * Source:      apache/fluss #3658, #3685, ConfigProviders.java
 */
COSN_API int cosn_config_resolve(struct cosn_config *config,
                                 const struct cosn_platform *platform, struct cosn_error *err);
/** Borrowed until the next change; NULL when not set: the key table's defaults are not applied
 *  here. */
COSN_API const char *cosn_config_get(const struct cosn_config *config, const char *key);
/** "server.yaml:12" or the origin given to set; NULL when not set. */
COSN_API const char *cosn_config_origin(const struct cosn_config *config, const char *key);
/*
 * Typed reads apply the key table's default and range; *out is set on success only.
 */
/** Errors: COSN_E_INVALID (names key, value, origin and what would be right). */
COSN_API int cosn_config_get_i64(const struct cosn_config *config, const char *key,
                                 int64_t *out, struct cosn_error *err);
/** Errors: as cosn_config_get_i64(). */
COSN_API int cosn_config_get_bool(const struct cosn_config *config, const char *key, bool *out,
                                  struct cosn_error *err);
/** Errors: as cosn_config_get_i64(). */
COSN_API int cosn_config_get_ms(const struct cosn_config *config, const char *key,
                                int64_t *out_ms, struct cosn_error *err);
/** Errors: as cosn_config_get_i64(). */
COSN_API int cosn_config_get_ratio(const struct cosn_config *config, const char *key,
                                   double *out, struct cosn_error *err);
/**
 * Log what loading warned about, then check every key known to the table. Unknown keys of
 * fs.cosn are logged as warnings, not refused.
 *
 * Errors:      COSN_E_INVALID (the first wrong value, as the typed reads say it)
 */
COSN_API int cosn_config_check(const struct cosn_config *config,
                               const struct cosn_platform *platform, struct cosn_error *err);
/** Call @visit for each set key in order of first appearance. */
COSN_API void cosn_config_each(const struct cosn_config *config,
                               void (*visit)(void *ctx, const char *key, const char *value,
                                             const char *origin),
                               void *ctx);

/** What loading found odd but not wrong (a skipped line, a value cut at '#'): one sentence
 *  each, with file and line, no value. */
COSN_API void cosn_config_each_warning(const struct cosn_config *config,
                                       void (*visit)(void *ctx, const char *sentence),
                                       void *ctx);
/** The value of @key as a message or a dump may show it, at most 255 bytes: "***" for a secret,
 *  for what came out of a marker, and for what looks like a key. Returns @out; "" when it is
 *  not set. */
COSN_API const char *cosn_config_shown(const struct cosn_config *config, const char *key,
                                       char out[256]);
/** Whether a dump must mask the value of @key. */
COSN_API bool cosn_config_is_secret(const char *key);

/* The key table: one row a key, for documentation, checking and defaults. */
enum cosn_key_type {
    COSN_KEY_STRING,
    COSN_KEY_SECRET,
    COSN_KEY_INT,
    COSN_KEY_BOOL,
    COSN_KEY_DURATION,
    COSN_KEY_RATIO,
    COSN_KEY_URI,
    COSN_KEY_LIST
};
struct cosn_key {
    const char *name;
    enum cosn_key_type type;
    /* default as text; NULL: none */
    const char *fallback;
    /* INT and DURATION (ms); both 0: unbounded */
    int64_t min, max;
    /* older or other name that is read too; NULL */
    const char *alias;
    /* one sentence */
    const char *effect;
    const char *citation;
};
/** NULL-name-terminated, static. */
COSN_API const struct cosn_key *cosn_config_keys(void);

#ifdef __cplusplus
}
#endif
#endif
