/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request's journey: the sections of struct cosmock_exchange, each written by one stage and
 * read by later ones only. Everything lives in the arena and dies with it; what the world keeps
 * is copied by execute. Which stages there are, and in which order, is said by journey/plan.c.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "cosmock/journal.h"
#include "cosmock/request.h"

#include "cam/cam.h"
#include "cosbase/arena.h"
#include "cosbase/buf.h"
#include "cosbase/cipher.h"
#include "cosbase/digest.h"
#include "exchange/error.h"
#include "exchange/op.h"
#include "exchange/principal.h"
#include "exchange/service.h"
#include "exchange/stage.h"
#include "store/digest_pool.h"
#include "store/sealed.h"
#include "store/versions.h"
#include "world/host.h"
#include "world/mock.h"
#include "world/world.h"

#include <pthread.h>

/* --- parse --- */
struct header {
    struct cos_span name, value; /* value trimmed of blanks; bytes as sent */
};
struct param {
    struct cos_span raw_name, raw_value; /* as sent */
    struct cos_span name, value;         /* decoded once, '+' is a space (cos-wire.md s.1.1) */
    bool has_equals;
};
struct parts {
    struct cos_span method, target;
    struct cos_span raw_path; /* begins with '/', no query */
    struct cos_span path;     /* decoded once; '+' stays '+'; may hold any byte */
    struct cos_span raw_query;
    struct param *params;
    size_t n_params;
    struct header *headers;
    size_t n_headers;
    /* authority of an absolute-form target, else the Host header, as sent */
    struct cos_span host;
    struct cos_span host_name; /* lower-case, no port */
    int64_t content_length;    /* -1: none sent */
    bool is_chunked, expects_continue, wants_close, tls;
    struct cos_span tls_version; /* "1.3"; ptr NULL: none, or the transport does not say */
    const char *peer;
    /* Not a request as RFC 9112 knows one: refused by route, once the service that words the
     * refusal is known. */
    const char *malformed;      /* one sentence; NULL: well-formed */
    const char *malformed_code; /* COS; STS has one code for all: InvalidParameter */
};
/* --- route --- */
struct route {
    struct host host; /* what the host alone says */
    enum op_target target;
    const struct op_row *op;  /* choice.op; STS: by its Action; NULL: nothing fits */
    struct op_choice choice;  /* COS: why op is what it is */
    struct cos_span named_id; /* the secret id that led to the tenant; "": another thing did */
    /* region from the host; "" when the host does not say */
    struct cos_span bucket, key, region;
    bool is_path_style;
    bool is_domain;           /* the host is a name that the bucket was given (?domain) */
    struct bucket_view found; /* what led to the tenant; target says whether it is the bucket */
};
/* --- target: what the request names, as rights are asked about it (journey/target.c); its
 * bucket is taken by route, for it has a word in how requests are signed and refused --- */
struct found_object {
    /* what was named, where that is a link, and where it points; its row is a reference; none:
     * it is none, or a link itself is meant */
    struct object link;
    struct cos_span points_to; /* arena */
    struct object object;  /* its row is a reference; none: none, or the operation reads none */
    enum store_result why; /* there is none */
    bool is_marker;        /* which is named by its version: a delete marker, and no object */
};
/* The source of a copy, "<host>/<key>[?versionId=...]". */
struct copy_source {
    bool is_malformed;
    bool is_elsewhere;           /* a host that is none of COS, or not the bucket's region */
    struct cos_span bucket, key; /* key decoded, in the arena */
    struct version_name version;
    struct cos_span version_text; /* as sent; ptr NULL: none is named */
    struct cos_span region;       /* of its host; "": it says none */
    struct bucket_view at;
    struct found_object object;
};
struct target {
    struct bucket_view at;       /* no bucket: none is named, or PutBucket will make it */
    struct version_name version; /* versionId, in any case; sent empty it is not sent */
    struct found_object object;
    struct copy_source source;
};
/* --- authn --- */
struct identity {
    struct key_view found;   /* the one that is named; no key: none, or unknown */
    const char *reason;      /* one of exchange/reason.h */
    const char *token_state; /* "ok" "missing" "mismatch" "none" */
    struct cos_span secret_id, header_list, param_list;
    int64_t sign_start_unix_s, sign_end_unix_s;
    /* of a signature that does not hold, without secrets: which known mistake makes it, "" when
     * none does; our strings, and those that make it. A canonical request stands where TC3 has
     * no FormatString */
    struct cos_span cause;
    struct cos_span string_to_sign, format_string;
    struct cos_span signed_string_to_sign, signed_format_string;
    struct cos_span detail; /* the refusal as one English line, for x-cosmock-reason */
    struct cos_span hint;   /* what an unsigned request may have meant; "": nothing is known */
};
/* --- authz --- */
struct decision {
    struct cosmock_question *questions; /* arena; all of them in order, for the journal */
    size_t n_questions, cap_questions;
    bool allowed;
    struct cam_verdict verdict; /* of the first question that was denied, else of the last */
};
/* --- admit --- */
struct admission {
    uint64_t bytes_per_s; /* how fast the body may go, whichever way; 0: as it can */
};
/* --- body --- */
struct body {
    bool wanted;
    uint64_t received;
    struct cos_buf small;       /* OP_BODY_SMALL */
    struct blob_writer *writer; /* OP_BODY_OBJECT */
    struct digest_line *line;   /* of a large one: its MD5; NULL: `md5` has it */
    struct cos_digest md5;
    bool has_md5_ctx;
    uint64_t crc64;
    struct blob *blob; /* after the last byte; a reference */
    char md5_hex[33];
    uint8_t md5_raw[COS_MD5_BYTES];
    /* Content-MD5, where the service heeds it */
    bool is_md5_announced;
    uint8_t md5_announced[COS_MD5_BYTES];
    /* of a form: its own, while the bytes above are its file's */
    struct cos_digest form_md5;
    bool has_form_md5_ctx;
    uint8_t form_md5_announced[COS_MD5_BYTES];
    uint64_t charged_bytes; /* of `small`, to the mock's budget */
    uint64_t sealed_bytes;  /* of `blob`, where it is encrypted */
};
/* --- keys of the caller's own (services/encryption.h) --- */
struct customer_key {
    bool is_there;
    uint8_t bytes[COS_AES256_KEY_BYTES];
    uint8_t md5[COS_MD5_BYTES];
};
struct sealing {
    struct customer_key own, source; /* the second: of the source of a copy */
    /* encrypts what is about to be kept */
    struct cos_ctr stream;
    bool has_stream; /* and the body is what it encrypts */
    uint8_t nonce[COS_CTR_NONCE_BYTES];
};
/* --- names that the request says and nobody heeds (journey/unheeded.c) --- */
#define UNHEEDED_MAX 16
struct unheeded_name {
    struct cos_span name;
    bool is_param;
    const char *why; /* of a name that is ignored; NULL: this operation does not heed it */
};
struct unheeded_list {
    struct unheeded_name items[UNHEEDED_MAX];
    size_t n; /* more than UNHEEDED_MAX: and others */
};
struct unheeded {
    struct unheeded_list ignored; /* known */
    struct unheeded_list unknown;
};
/* --- result: by execute, or by refuse() of any earlier stage --- */
struct result {
    int status;
    const struct error_row *error; /* NULL: success, or `hidden` */
    /* what the journal has where a website answers with a page or a redirect, and where it is
     * told within the body; NULL: neither is */
    const struct error_row *hidden;
    struct cos_span error_message; /* overrides the row's */
    struct cos_span error_extra; /* more XML elements: StringToSign, FormatString, ServerTime */
    enum stage refused_by;       /* STAGE_NONE: not refused */
    struct header headers[24];   /* besides the common ones */
    size_t n_headers;
    struct cos_buf body;         /* text bodies */
    const struct object *object; /* GET/HEAD Object: the target's; body is its bytes */
    uint64_t first, count;       /* of the object's bytes to send */
    struct cos_span seal;     /* they are encrypted with sealing->own; ptr NULL: they are not */
    const char *content_type; /* of the text body; NULL: application/xml when there is one */
};
/* A body that is made while it goes out; result.body has one piece of it after the other. */
struct pieces {
    /* Makes the next one, which is not empty; by a worker. As a handler returns. NULL: the body
     * is whole. */
    int (*next)(struct cosmock_exchange *x);
    void (*release)(struct cosmock_exchange *x); /* of `of`; NULL: there is nothing */
    void *of;
    bool is_last;    /* the one that is there */
    bool is_asked;   /* another one is being made */
    bool is_told;    /* the journal has its entry */
    uint64_t before; /* bytes of those that went */
};
/* --- respond --- */
struct reply {
    int status;
    struct cosmock_header *headers; /* arena */
    size_t n_headers;
    uint64_t body_bytes;
    bool from_object; /* the bytes are the object's, not result.body */
    struct cosmock_delivery delivery;
    int64_t corrupt_at;         /* -1: none */
    unsigned char corrupt_byte; /* what stands at corrupt_at */
    char request_id[72];        /* base64 of at most 47 bytes, or a UUID */
};
/* --- the plan: where the walk stands (journey/plan.c) --- */
struct progress {
    enum op_plan plan;
    unsigned part, stage; /* the next one */
};
/* --- a wait (exchange/wait.h) --- */
struct wait {
    bool is_pending; /* the transport's thread: it has begun, and the walk has not gone on */
    bool is_made;    /* the lock is */
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t changed;
    enum { WAIT_UNDER_WAY, WAIT_TELLING, WAIT_OVER, WAIT_ABANDONED } state;
    void (*resumed)(void *ctx); /* the transport's; NULL: nobody asked to be told */
    void *ctx;
    void (*carry_on)(struct cosmock_exchange *x); /* ABANDONED */
};
/* --- work that is long (exchange/work.h) --- */
struct work {
    struct worker_job job; /* first: it is found by it */
    struct cosmock_exchange *x;
    int (*run)(struct cosmock_exchange *x);
    /* a worker has the exchange; and nobody waits for what is left of it */
    bool is_away, is_alone;
    int result;
    struct batch *batch; /* to be committed; NULL: none */
    int (*then)(struct cosmock_exchange *x);
};
/* --- what the handler has written, for the logs --- */
struct written {
    bool is_there;
    uint64_t bytes;
    struct cos_span storage_class; /* as it is kept; ptr NULL: STANDARD */
};
struct sts_request; /* exchange/sts_request.h */
struct form;        /* exchange/form.h */
struct deletions;   /* services/delete_multi.c */
struct tier_rules;  /* services/tier_rules.h */
struct aws_request; /* exchange/aws.h */
struct aws_body;    /* exchange/aws_body.h */

struct cosmock_exchange {
    struct cosmock *mock;
    /* whose origin this one asks (journey/origin.c); NULL: a client's, or one that nobody waits
     * for */
    const struct cosmock_exchange *asked_by;
    /* where its memory goes; NULL: to the heap */
    struct cosmock_spare *spare;
    /* whose words it is answered in; never NULL, COS until route knows better */
    const struct service *service;
    /* reference; never NULL after route unless the mock has no tenant */
    struct cosmock_tenant *tenant;
    struct cos_arena arena;
    struct clock_sample now;
    struct progress progress;
    struct wait wait;
    struct work work;
    struct parts parts;
    struct route route;
    struct target target;
    struct fault_hit fault;
    struct identity identity;
    struct principal principal; /* by authn, too: for whom the request speaks */
    struct admission admission;
    struct decision decision;
    struct unheeded *unheeded; /* arena; NULL: nobody has looked, or there is none */
    const char *not_built;     /* the header that asks for what is not built; NULL: none does */
    bool is_heeded;            /* somebody has looked */
    bool is_owners;            /* by the back door: nobody is asked, and nothing is journaled */
    struct body body;
    struct sealing *sealing; /* arena, which is wiped; NULL: the request names no key */
    struct result result;
    struct pieces pieces;
    struct reply reply;
    /* what became of the handler's batch (exchange/commit.h); arena; NULL: it had none */
    struct commit *commit;
    unsigned n_made_again; /* the handler ran again, because what it had read had changed */
    int (*then)(struct cosmock_exchange *x); /* the handler's second half, while it is due */
    struct deletions *deletions;             /* of DeleteMultipleObjects; arena */
    /* arena; NULL: no tiered object was met */
    const struct tier_rules *tier_rules;
    struct bucket *claimed;    /* by PutBucket, while its commit is under way: a reference */
    struct sts_request *sts;   /* the fields of query or body, by stage_fields */
    struct form *form;         /* that is posted; NULL: none is */
    struct aws_request *aws;   /* of the S3 dialect: aws_request_of(); arena */
    struct aws_body *aws_body; /* of one that brings a body; arena */
    /* what services tell the journal */
    struct cos_span sts_name, sts_policy, sts_region, issued_secret_id;
    struct cos_span sts_role, sts_source_identity;
    int64_t sts_duration_s;
    struct cos_span stored_sha256;
    struct written written;
    struct cos_span pulled_from; /* the URL of what the bucket's origin gave */
    struct cos_span failed_keys; /* as struct cosmock_entry has it */
    bool is_begun;               /* all that its head leads through is behind it */
    bool failed;                 /* our own failure: answer 500, mock broken */
    bool finished;
};

/* --- helpers every stage uses (exchange.c, params.c, target.c, copy_source.c) --- */
/** The first of that name; ptr NULL when absent. */
struct cos_span header_get(const struct cosmock_exchange *x, const char *name);
/** What the service of @x calls the header; NULL: it has none. */
const char *header_spelling(const struct cosmock_exchange *x, enum header_name which);
/** The first of that name; ptr NULL when absent, or when the service has none. */
struct cos_span header_of(const struct cosmock_exchange *x, enum header_name which);
/** By its exact decoded name; NULL when absent. */
const struct param *param_get(const struct cosmock_exchange *x, const char *name);
/** Decoded; ptr NULL when absent. */
struct cos_span param_value(const struct cosmock_exchange *x, const char *name);
/** "a=b&c" into @out (arena), values decoded, '+' is a space. False: too many, or no memory
 *  (arena->failed). */
bool params_split(struct cos_arena *arena, struct cos_span text, struct param **out,
                  size_t *out_n);
/** Refuse: remember the error row and the stage; the first refusal stands. @message NULL: the
 *  row's own. */
void refuse(struct cosmock_exchange *x, enum stage stage, const char *code);
void refuse_with(struct cosmock_exchange *x, enum stage stage, const char *code,
                 struct cos_span message, struct cos_span extra_xml);
/** Refuse in the service's words for one case of a code. */
void refuse_case(struct cosmock_exchange *x, enum stage stage, enum error_case which);
bool is_refused(const struct cosmock_exchange *x);
/** @value must live in the arena or for ever. */
void result_header(struct cosmock_exchange *x, const char *name, struct cos_span value);
/** The same as the service spells it, if it has such a header. */
void result_header_of(struct cosmock_exchange *x, enum header_name which,
                      struct cos_span value);
/** The Message of an error document: the one given, or its row's. */
struct cos_span result_error_message(const struct result *r);
/** A header of the reply, behind those that stand there; respond has made room. */
void reply_header(struct cosmock_exchange *x, const char *name, struct cos_span value);
/** The id of this request in the form of its service, made at the first call. */
const char *exchange_request_id(struct cosmock_exchange *x);
/** The object @key of the bucket @at as it is now. */
void target_find_object(struct cosmock_exchange *x, const struct bucket_view *at,
                        struct cos_span key, struct version_name version,
                        struct found_object *out);
/** Where @found is a link: what it points to, in the same bucket. */
void target_follow_link(struct cosmock_exchange *x, const struct bucket_view *at,
                        struct found_object *found);
/** What the operation reads, and follows. */
void target_find(struct cosmock_exchange *x);
/** versionId; kind VERSION_LATEST: none is named. */
struct version_name target_version(const struct cosmock_exchange *x);
/** What the request names, but for the source of a copy, as it is by now. False: the bucket is
 *  there no more. */
bool target_find_again(struct cosmock_exchange *x);
/** Reads x-cos-copy-source into x->target.source and finds what it names. */
void copy_source_find(struct cosmock_exchange *x);
void target_release(struct target *t);

#endif
