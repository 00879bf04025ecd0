/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE TABLE of operations: how a request is recognised, what right it needs, who executes it. docs/OPERATIONS.md is printed from it. What is recognised
 * but has no handler answers 501 NotImplemented and names itself.
 */
#ifndef SERVICES_OPS_H
#define SERVICES_OPS_H

#include "cosbase/buf.h"

struct cosmock_exchange;

enum op_service { OP_COS, OP_STS };
enum op_target { OP_ON_SERVICE, OP_ON_BUCKET, OP_ON_OBJECT };
enum op_resource {
    OP_RES_NONE,    /* no CAM question (GetCallerIdentity) */
    OP_RES_STAR,    /* service-level: must be granted on "*" */
    OP_RES_BUCKET,  /* bucket/ */
    OP_RES_PREFIX,  /* bucket/<prefix parameter> */
    OP_RES_OBJECT,  /* bucket/<key> */
    OP_RES_COPY,    /* source GetObject and destination write */
    OP_RES_PER_KEY, /* DeleteMultipleObjects: asked by the handler for each key */
};
enum op_body {
    OP_BODY_NONE,   /* drained and forgotten */
    OP_BODY_SMALL,  /* kept in memory, bounded (1 MiB; STS 10 MiB) */
    OP_BODY_OBJECT, /* hashed and kept as a blob */
};
struct op_row {
    const char *name; /* "PutObject": the journal's and the faults' word */
    enum op_service service;
    const char *method;
    enum op_target target;
    const char *
        query; /* discriminating parameter ("uploads", "uploadId"); NULL: none of the known sub-resources */
    const char *header;             /* discriminating header ("x-cos-copy-source"); NULL */
    const char *action, *action_or; /* "name/cos:PutObject"; the second also suffices, NULL */
    enum op_resource resource;
    enum op_body body;
    /** Executes: the only code that changes the world. 0 (a refusal is a value in x->result), or negative: our own failure, a 500. NULL: 501. */
    int (*execute)(struct cosmock_exchange *x);
    const char *citation;
};
/** Rows in matching order (most specific first), NULL-name-terminated. */
const struct op_row *ops_rows(void);
/** COS: the row for a request, NULL when nothing fits (405). @has_query / @has_header answer from the request. */
const struct op_row *ops_find_cos(struct cos_span method, enum op_target target,
                                  bool (*has_query)(void *ctx, const char *name),
                                  bool (*has_header)(void *ctx, const char *name), void *ctx);
const struct op_row *ops_find_sts(struct cos_span action); /* NULL: unknown action */
/** Append docs/OPERATIONS.md. */
void ops_print(struct cos_buf *out);

#endif
