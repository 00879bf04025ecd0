/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259): a bounded read-only tree, and a writer that appends to a buffer. The only
 * file that includes cJSON.h. Bounds: bytes, depth and node count; duplicate names are refused
 * (policies must not hide one). Numbers: cos_json_i64 is exact for integers up to 2^53.
 */
#ifndef COSBASE_JSON_H
#define COSBASE_JSON_H

#include "cosbase/buf.h"
#include "cosbase/error.h"

enum cos_json_kind {
    COS_JSON_NULL,
    COS_JSON_BOOL,
    COS_JSON_NUMBER,
    COS_JSON_STRING,
    COS_JSON_ARRAY,
    COS_JSON_OBJECT
};
struct cos_json; /* a node; the root owns the tree */
struct cos_json_limits {
    size_t max_bytes, max_depth, max_nodes;
};
#define COS_JSON_LIMITS_DEFAULT ((struct cos_json_limits){10u << 20, 64, 100000})

/** 0 and *out (free with cos_json_free), or -1 and *err (line and column set). Trailing garbage
 *  is an error. @limits NULL: the default ones. */
COS_MUST_CHECK int cos_json_parse(struct cos_json **out, struct cos_span text,
                                  const struct cos_json_limits *limits,
                                  struct cos_text_error *err);
struct cos_json *cos_json_free(struct cos_json *root);
COS_CLEANUP_DEFINE(struct cos_json *, cos_json_free)

/* All accept NULL nodes and answer "absent", so a chain of gets needs one check. Borrowed from
 * the root. */
enum cos_json_kind cos_json_kind(const struct cos_json *n); /* NULL node: COS_JSON_NULL */
const struct cos_json *cos_json_get(const struct cos_json *object, const char *name);
const struct cos_json *cos_json_first(const struct cos_json *array_or_object);
const struct cos_json *cos_json_next(const struct cos_json *n);
size_t cos_json_count(const struct cos_json *n);
const char *cos_json_name(const struct cos_json *member); /* NULL for array items */
const char *cos_json_str(const struct cos_json *n);       /* NULL unless a string */
bool cos_json_is_str(const struct cos_json *n);
bool cos_json_i64(const struct cos_json *n, int64_t *out); /* false unless an integral number */
bool cos_json_bool(const struct cos_json *n, bool fallback);
double cos_json_double(const struct cos_json *n, double fallback);
/** Append the node as JSON without blanks. */
void cos_json_print(struct cos_buf *b, const struct cos_json *n);

/*
 * Writer: cos_jw_* keep commas right. Invalid UTF-8 bytes are written as U+FFFD. Depth at most
 * 32.
 *     struct cos_jw w;
 *     cos_jw_init(&w, &buf);
 *     cos_jw_object(&w, NULL);
 *     cos_jw_str(&w, "name", "x");
 *     cos_jw_end(&w);
 * @name is NULL inside arrays and at top level.
 */
struct cos_jw {
    struct cos_buf *b;
    uint32_t depth;
    bool has_item[33];
    bool is_array[33];
};
void cos_jw_init(struct cos_jw *w, struct cos_buf *b);
void cos_jw_object(struct cos_jw *w, const char *name);
void cos_jw_array(struct cos_jw *w, const char *name);
void cos_jw_end(struct cos_jw *w);
void cos_jw_str(struct cos_jw *w, const char *name, const char *value); /* NULL writes null */
void cos_jw_span(struct cos_jw *w, const char *name, struct cos_span value);
void cos_jw_i64(struct cos_jw *w, const char *name, int64_t value);
void cos_jw_u64(struct cos_jw *w, const char *name, uint64_t value);
void cos_jw_double(struct cos_jw *w, const char *name, double value);
void cos_jw_bool(struct cos_jw *w, const char *name, bool value);
void cos_jw_raw(struct cos_jw *w, const char *name,
                struct cos_span json); /* already valid JSON */
/** Append @s as a JSON string with its quotes. */
void cos_json_quote(struct cos_buf *b, struct cos_span s);

#endif
