/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a row of the table of services is (the rows: services/service_rows.c): everything in
 * which one service differs from another. No stage asks which service it has before it; what
 * differs is a column here.
 */
#ifndef EXCHANGE_SERVICE_H
#define EXCHANGE_SERVICE_H

#include "cosbase/span.h"
#include "exchange/error.h"
#include "exchange/names.h"
#include "exchange/op.h"

struct cosmock_exchange;

/* Refusals that stages make whatever the operation is: each service has its own code for
 * them. */
enum service_code {
    CODE_NO_TENANT,
    CODE_MALFORMED, /* no request as RFC 9112 knows one; NULL: parse knows a better one */
    CODE_DENIED,    /* no right */
    CODE_NO_OP,     /* no operation is asked for */
    CODE_NOT_BUILT,
    CODE_BODY_LATE,
    CODE_BODY_MALFORMED, /* no chunk */
    CODE_BODY_TOO_LARGE,
    CODE_DOCUMENT_TOO_LARGE, /* the small body of an operation */
    CODE_BODY_SHORT,         /* than announced */
    CODE_BODY_LONG,
    CODE_NO_ROOM, /* the mock is full */
    SERVICE_CODES
};
/* Where an answer of an object store shows a time, and in which form. (Headers have that of
 * RFC 9110 everywhere.) */
enum date_place {
    DATE_OF_BUCKET, /* its creation, among all buckets */
    DATE_OF_COPY,   /* of what a copy made */
    DATE_IN_LIST,   /* of objects, parts, uploads */
    DATE_PLACES
};
enum date_form {
    DATE_NONE,
    DATE_ISO,    /* "1994-11-06T08:49:37Z" */
    DATE_ISO_MS, /* "1994-11-06T08:49:37.000Z"; whole seconds */
};
/* How its callers prove who they are: journey/authn.c knows the schemes. */
enum service_scheme { SCHEME_COS, SCHEME_CLOUD_API, SCHEME_AWS };

struct service {
    const char *name;        /* the journal's word */
    const char *api_version; /* of a product of the cloud API; NULL: it is none */
    bool needs_region;       /* such a request names one, unless it asks for no right */
    enum service_scheme scheme;

    /* --- requests --- */
    /* until the operation is known; an operation's own begins with the same stages */
    enum op_plan plan;
    /** Operation and parameters as fields of the query or of a small body, read once that is
     *  there (sets x->sts); NULL: the head says it all. */
    void (*read_fields)(struct cosmock_exchange *x);
    /** Which operation it is: x->route.op and, where there is a choice, x->route.choice. */
    void (*find_op)(struct cosmock_exchange *x);
    uint64_t small_body_max_bytes;
    bool heeds_content_md5;
    /** What it calls its headers, by enum header_name; behind them those it only knows, to a
     *  NULL name. NULL: it has none of these. */
    const struct known_name *headers;
    bool has_known_params; /* services/names.c has them */
    /* those that only it has, or has in another sense, to a NULL name; NULL: none */
    const struct known_name *own_params;

    /* --- refusals --- */
    const char *codes[SERVICE_CODES];
    /** The row of @code; never NULL. */
    const struct error_row *(*error)(const char *code);
    /** The row that fits a bare status (faults); never NULL. */
    const struct error_row *(*error_by_status)(int status);
    /** The service's own sentence for one case; never NULL. */
    const struct error_row *(*error_of_case)(enum error_case which);
    /** Every error with a code has this status; 0: each has its own. */
    int error_status;
    /** The sentence of CODE_DENIED, in the arena; NULL: the row's own. */
    struct cos_span (*say_denied)(struct cosmock_exchange *x, const char *action);
    /** The setting of a client that is why the request was refused; NULL: none is known to be,
     *  or the service has no such column. */
    const char *(*hint)(const struct cosmock_exchange *x);

    /* --- replies --- */
    const char *content_type; /* of every answer; NULL: what the answer says */
    /** Append the error of x->result to x->result.body. */
    void (*write_error)(struct cosmock_exchange *x);
    /** The headers that only this service sends, by reply_header(). */
    void (*write_headers)(struct cosmock_exchange *x);
    /** Write x->reply.request_id. */
    void (*make_request_id)(struct cosmock_exchange *x);
    enum date_form dates[DATE_PLACES];
    bool answers_json;
    const char *broken_body; /* neither XML nor JSON, for the fault "malformed" */

    /* --- another dialect of the same operations --- */
    const char *dialect_of; /* the name of the service whose they are; NULL: they are its own */
    /** What it calls a header that is kept as COS spells it, in the arena; "": it has none
     *  such. NULL: what it is kept as. */
    struct cos_span (*spell_kept)(struct cosmock_exchange *x, struct cos_span kept);
    /* on hosts of COS a bucket in the path is refused unless the switch path-style allows it */
    bool is_path_style_refused;
    bool has_list_type;           /* list-type=2: a page of the second form */
    bool has_location_constraint; /* in the document that makes a bucket */
    bool has_source_by_name;      /* the source of a copy is "<bucket>/<key>", without a host */
    bool grants_to_groups;        /* in headers, by their URIs */
    const char *group_uris;       /* what these begin with in its documents */
    /* what its clients call storage classes of COS, to a NULL name (switch s3-storage-class);
     * NULL: as COS does */
    const struct other_name *other_classes;
};

#endif
