/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the configuration: the store that the readers fill. Nobody outside this folder
 * includes this.
 */
#ifndef COSN_CONFIG_STORE_H
#define COSN_CONFIG_STORE_H

#include "cosn/config.h"

#include "cosbase/buf.h"
#include "cosbase/error.h"
#include "cosbase/span.h"

#define CONFIG_MAX_BYTES (4u << 20)
#define CONFIG_MAX_ENTRIES 20000

/** One text being read. @name is what origins and messages call it. */
struct config_source {
    struct cos_span text;
    const char *name;
};

/** Set @key to @value, "@name:@line" being where it came from; the last one wins. */
int config_store_put(struct cosn_config *config, struct cos_span key, struct cos_span value,
                     const char *name, unsigned line, struct cosn_error *err);
/** Keep a sentence for cosn_config_check() to log. It must hold no value. */
int config_store_warn(struct cosn_config *config, struct cosn_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** What a parser said, unless it quotes something that looks like a key. */
const char *config_why(const struct cos_text_error *why);

/* --- lint.c --- */
/** Whether @text holds what nobody sees; @out then says the first of it: "a no-break space
 *  (U+00A0)". */
bool config_lint_find(char out[64], struct cos_span text);
/** Warn when @key or @value does. */
int config_lint_pair(struct cosn_config *config, const char *name, unsigned line,
                     struct cos_span key, struct cos_span value, struct cosn_error *err);

/* --- for markers.c --- */
size_t config_store_count(const struct cosn_config *config);
/** The value of the @i-th entry, its key and its origin; all borrowed until the next change. */
const char *config_store_at(const struct cosn_config *config, size_t i, const char **out_key,
                            const char **out_origin);
bool config_store_is_resolved(const struct cosn_config *config, size_t i);
bool config_store_key_is_resolved(const struct cosn_config *config, const char *key);
/** Give the @i-th entry its final value; with @hides no message shows it. */
int config_store_resolve(struct cosn_config *config, size_t i, struct cos_span value,
                         bool hides, struct cosn_error *err);
void config_store_swap(struct cosn_config *a, struct cosn_config *b);
/** Whether @value is a marker of a provider that Fluss has. */
bool config_is_unresolved(struct cos_span value);
/** Append the property @name of a Java properties file; false when it has none, or is
 *  malformed. */
bool config_property_find(struct cos_buf *out, struct cos_span text, struct cos_span name);

int config_read_fluss(struct cosn_config *config, const struct config_source *source,
                      struct cosn_error *err);
int config_read_strict(struct cosn_config *config, const struct config_source *source,
                       struct cosn_error *err);
int config_read_core_site(struct cosn_config *config, const struct config_source *source,
                          struct cosn_error *err);

/** The row of @name or of its alias; NULL when the table has none. */
const struct cosn_key *config_key_find(const char *name);

#endif
