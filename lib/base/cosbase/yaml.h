/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML: a bounded read-only tree of scalars, sequences and mappings, every node with its line.
 * The only file that includes yaml.h of libyaml. One document; no anchors, aliases or tags;
 * scalar mapping keys only; duplicate keys refused.
 */
#ifndef COSBASE_YAML_H
#define COSBASE_YAML_H

#include "cosbase/error.h"
#include "cosbase/span.h"

enum cos_yaml_kind { COS_YAML_NONE, COS_YAML_SCALAR, COS_YAML_SEQUENCE, COS_YAML_MAPPING };
struct cos_yaml;
struct cos_yaml_limits {
    size_t max_bytes, max_depth, max_nodes;
};
#define COS_YAML_LIMITS_DEFAULT ((struct cos_yaml_limits){4u << 20, 32, 100000})

/** An empty document gives *out = NULL and 0. @limits NULL: the default ones. */
COS_MUST_CHECK int cos_yaml_parse(struct cos_yaml **out, struct cos_span text,
                                  const struct cos_yaml_limits *limits,
                                  struct cos_text_error *err);
struct cos_yaml *cos_yaml_free(struct cos_yaml *root);
COS_CLEANUP_DEFINE(struct cos_yaml *, cos_yaml_free)

/* NULL-tolerant, borrowed from the root. */
enum cos_yaml_kind cos_yaml_kind(const struct cos_yaml *n);
unsigned cos_yaml_line(const struct cos_yaml *n);
const struct cos_yaml *cos_yaml_get(const struct cos_yaml *mapping, const char *key);
const struct cos_yaml *
cos_yaml_first(const struct cos_yaml *n); /* first item, or first value of a mapping */
const struct cos_yaml *cos_yaml_next(const struct cos_yaml *n);
const char *
cos_yaml_key(const struct cos_yaml *value);         /* key of a mapping value; NULL for items */
const char *cos_yaml_str(const struct cos_yaml *n); /* scalar text; NULL unless a scalar */
bool cos_yaml_quoted(const struct cos_yaml *n);     /* the scalar was quoted or a block */
bool cos_yaml_i64(const struct cos_yaml *n, int64_t *out);
bool cos_yaml_bool(const struct cos_yaml *n, bool *out); /* plain true or false only */

#endif
