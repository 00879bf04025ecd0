/* SPDX-License-Identifier: Apache-2.0 */
/* What a row of the table of operations is (the rows: services/ops.c), and what became of
 * looking for one. */
#ifndef EXCHANGE_OP_H
#define EXCHANGE_OP_H

#include "cosbase/span.h"
#include "exchange/names.h"

struct cosmock_exchange;
struct document;

enum op_service { OP_COS, OP_S3, OP_STS, OP_CAM, OP_SERVICES };
enum op_target { OP_ON_SERVICE, OP_ON_BUCKET, OP_ON_OBJECT };
enum op_resource {
    OP_RES_NONE,     /* no CAM question (GetCallerIdentity) */
    OP_RES_STAR,     /* service-level: must be granted on "*" */
    OP_RES_BUCKET,   /* bucket/ */
    OP_RES_PREFIX,   /* bucket/<prefix parameter> */
    OP_RES_OBJECT,   /* bucket/<key> */
    OP_RES_COPY,     /* source GetObject and destination write */
    OP_RES_PER_KEY,  /* DeleteMultipleObjects: asked by the handler for each key */
    OP_RES_ROLE,     /* asked by the handler, once its fields have named the role */
    OP_RES_IDENTITY, /* the same of a user, group, policy or role of the account */
};
enum op_body {
    OP_BODY_NONE,   /* drained and forgotten */
    OP_BODY_SMALL,  /* kept in memory, bounded (1 MiB; STS 10 MiB) */
    OP_BODY_OBJECT, /* hashed and kept as a blob */
    OP_BODY_FORM,   /* multipart/form-data: fields, bounded, and a file that is kept so */
};
/* Which stages a request walks, and when (journey/plan.c). */
enum op_plan {
    PLAN_BY_HEAD, /* judged by its head: a refusal comes before a byte of its body is kept */
    /* judged once the fields of its small body are there, which the signature covers */
    PLAN_BY_FIELDS,
    /* judged once the fields of its form are there, before a byte of the file is kept */
    PLAN_BY_FORM,
};
struct op_row {
    const char *name; /* "PutObject": the journal's and the faults' word */
    enum op_service service;
    const char *method;
    enum op_target target;
    /* the sub-resource (services/names.c: "uploads", "uploadId"); NULL: none */
    const char *query;
    enum header_name header;        /* discriminating; HEADER_NONE */
    const char *action, *action_or; /* "name/cos:PutObject"; the second also suffices, NULL */
    const char *action_of_list;     /* instead, where no "id" says which one; NULL: the same */
    enum op_resource resource;
    enum op_body body;
    bool makes_bucket;  /* its bucket need not be there */
    bool is_unsigned;   /* anybody may ask, and a signature that comes with it is not read */
    bool may_skip;      /* it may come unsigned, and says so: "Authorization: SKIP" */
    bool is_transfer;   /* uploads or downloads: a bucket's acceleration host takes it */
    bool is_limited;    /* heeds x-cos-traffic-limit */
    bool begins_upload; /* adds to what is kept, though it is no PUT */
    /* of a bucket (services/documents.h); NULL: none, or not built */
    const struct document *document;
    /** Executes: the only code that changes the world. 0 (a refusal is a value in x->result),
     *  or negative: our own failure, a 500. NULL: not built. */
    int (*execute)(struct cosmock_exchange *x);
    /** It would keep the transport's thread for more than some milliseconds, so a worker does
     *  it (exchange/work.h). NULL: never, but where its text is long. */
    bool (*is_long)(const struct cosmock_exchange *x);
    const char *citation;
    enum op_plan plan;
    uint64_t heeds;    /* HEEDS() of themes: names of others have no effect on it */
    bool reads_object; /* its key names an object that it reads, so target finds it */
    bool follows_link; /* and where that is a link, what it points to */
};
/* What a COS request asks for: a row, or why there is none. */
struct op_choice {
    const struct op_row *op;           /* NULL: one of the reasons below; none of them: 405 */
    const char *sub_resource, *second; /* two names that each select an operation; NULL */
    const char *twice;       /* a name that is heeded and stands there with two values; NULL */
    struct cos_span unknown; /* a name on a write that nobody knows and that may select one */
};

#endif
