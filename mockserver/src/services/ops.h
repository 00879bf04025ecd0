/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE TABLE of operations: how a request is recognised, what right it needs, who executes it. docs/OPERATIONS.md is printed from it. What is recognised
 * but has no handler answers NotImplemented (switch not-built-status) and names itself.
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
    const char
        *query; /* the sub-resource (services/names.c: "uploads", "uploadId"); NULL: none */
    const char *header;             /* discriminating header ("x-cos-copy-source"); NULL */
    const char *action, *action_or; /* "name/cos:PutObject"; the second also suffices, NULL */
    enum op_resource resource;
    enum op_body body;
    /** Executes: the only code that changes the world. 0 (a refusal is a value in x->result), or negative: our own failure, a 500. NULL: not built. */
    int (*execute)(struct cosmock_exchange *x);
    const char *citation;
};
/** Rows in matching order (most specific first), NULL-name-terminated. */
const struct op_row *ops_rows(void);
/* What a COS request asks for: a row, or why there is none. */
struct op_choice {
    const struct op_row *op;           /* NULL: one of the reasons below; none of them: 405 */
    const char *sub_resource, *second; /* two names that each select an operation; NULL */
    const char *twice;       /* a name that is heeded and stands there with two values; NULL */
    struct cos_span unknown; /* a name on a write that nobody knows and that may select one */
};
/**
 * The choice for the method, parameters and headers of @x on x->route.target. A sub-resource never runs as the bare operation, whatever its method. OPTIONS
 * asks about a resource and is one operation for all of them (cos-operations-2.md s.2.3).
 */
struct op_choice ops_find_cos(const struct cosmock_exchange *x);
/** Why no operation is called @name, with the nearest that is, in @out; NULL: one is called so. */
const char *ops_name_complaint(const char *name, char *out, size_t size);
const struct op_row *ops_find_sts(struct cos_span action); /* NULL: unknown action */
/** Append docs/OPERATIONS.md. */
void ops_print(struct cos_buf *out);
/** Append the table as one JSON array and a newline. */
void ops_print_json(struct cos_buf *out);

#endif
