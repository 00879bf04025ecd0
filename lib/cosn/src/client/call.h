/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the client: one call from its description to a checked reply. Operations fill a struct
 * call and hand it to client_call(), which signs, sends, judges and repeats; nothing else in
 * the library sends a COS request.
 */
#ifndef COSN_CALL_H
#define COSN_CALL_H

#include "client/client.h"

#include "cosbase/xml.h"

#include <stdatomic.h>

struct client {
    char *bucket, *host, *scheme, *user_agent;
    struct cosn_provider *provider;
    const struct platform *platform;
    struct retry_rule retry;
    int64_t stall_ms, timeout_ms;
    atomic_llong skew_ms; /* the service's clock less ours, as learned from a refusal */
};

/* What was done about a refusal of the credential; each once a call. */
enum remedy {
    REMEDY_NEWER = 1,   /* the provider held another one already */
    REMEDY_RENEWED = 2, /* it was asked for another one */
    REMEDY_CLOCK = 4,   /* the service's time was taken over */
};

#define CALL_MAX_HEADERS 6

struct call {
    const char *op; /* the service's name for it, shown in errors: "PutObject" */
    const char *method;
    const char *key; /* NULL: the bucket itself */
    const struct sign_pair *params;
    size_t n_params;
    struct sign_pair headers[CALL_MAX_HEADERS]; /* all of them are signed */
    size_t n_headers;                           /* more than fit: the call is refused */
    const void *body;
    size_t body_bytes;
    bool forbids_overwrite;
    bool is_cleanup; /* sent even when everything is cancelled */
    /* All are optional and get ctx. prepare: before each attempt. on_body: bytes of a 2xx body,
     * on_head before the first of them. check: judge a 2xx reply that has its operation's shape
     * (shape.c), @doc being its document if it has one; a failure whose err->retryable is set
     * is worth another attempt. */
    void (*prepare)(void *ctx, struct call *call);
    int (*on_body)(void *ctx, const void *bytes, size_t n);
    int (*on_head)(void *ctx, const struct cosn_http_reply *reply);
    int (*check)(void *ctx, const struct cosn_http_reply *reply, const struct cos_xml *doc,
                 struct cosn_error *err);
    /* When a failure leaves open whether it was done (a write conflict, a lost answer): look.
     * True: it was, all is well. */
    bool (*settled)(void *ctx, struct client *c, const struct call *call);
    void *ctx;
    bool is_glance;    /* one try only: a look at something that fails right now */
    unsigned attempts; /* out: how often it was sent */
    int64_t asked_ms;  /* out: Retry-After of the last failure */
    unsigned remedies; /* out: enum remedy */
};

void call_header(struct call *call, const char *name, const char *value);
/** What is needed of the reply, check takes from it. */
int client_call(struct client *c, struct call *call, struct cosn_error *err);

/* --- refusal.c: pure --- */
/** What an error is about: "PutObject cosn://bucket/key". */
void refusal_subject(char *out, size_t cap, const struct client *c, const struct call *call);
/** Fill @err from a reply that is not a success, or is an <Error> inside one; @used is asked
 *  for nothing but whether the server echoed a secret. */
int refusal_of_reply(struct cosn_error *err, const struct client *c, const struct call *call,
                     const struct cosn_credentials *used, const struct cosn_http_reply *reply);
/** The body as a tree; NULL when it is not XML. */
struct cos_xml *refusal_parse_body(const struct cosn_http_reply *reply);
/** Whether @doc (may be NULL) is an <Error>, which a 2xx may carry, too. */
bool refusal_is_error(const struct cos_xml *doc);

/** Whether the service refused because its clock and ours disagree: RequestTimeTooSkewed, or
 *  "Request has expired". */
bool refusal_is_about_time(const struct cosn_http_reply *reply);
/** Whether @code says that somebody else is writing the same key right now: worth a look and a
 *  repetition. */
bool refusal_is_conflict(const char *code);

/* --- shape.c: pure --- */
/** Whether a 2xx reply has the marks of the call's operation; @doc is its body as a tree, or
 *  NULL. COSN_E_PROTOCOL names what is missing. */
int shape_check(const struct call *call, const struct cosn_http_reply *reply,
                const struct cos_xml *doc, struct cosn_error *err);
/** The error that says that the reply lacks the mark that every answer of the service has. */
int shape_refuse_foreign(const struct cosn_http_reply *reply, struct cosn_error *err);

/* --- object.c, for multipart.c --- */
struct upload_sum {
    char md5_hex[33];
    char md5_base64[32];
    uint64_t crc64;
};
int upload_sum_of(struct upload_sum *out, const void *bytes, size_t n, struct cosn_error *err);
/** Compare what the service says it stored with what was sent. */
int upload_sum_check(const struct upload_sum *sum, const struct cosn_http_reply *reply,
                     struct cosn_error *err);
void object_of_headers(struct client_object *out, const struct cosn_http_reply *reply);
/** Whether the call's key holds @length_bytes (negative: any number) with this CRC-64, by a
 *  HEAD (a glance if the call is one); a failure of that is a no. */
bool object_holds(struct client *c, const struct call *call, int64_t length_bytes,
                  uint64_t crc64);

#endif
