/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: what shall go wrong, and when.
 * Promise: may change before 1.0.
 * Threads: any.
 */
#ifndef COSMOCK_FAULT_H
#define COSMOCK_FAULT_H

#include "cosmock/cosmock.h"

#ifdef __cplusplus
extern "C" {
#endif

enum cosmock_fault_kind {
    /* http_status + code instead of executing (STS: 200 with Response.Error) */
    COSMOCK_FAULT_REPLY,
    /* executes, then answers with the error: a lost acknowledgement */
    COSMOCK_FAULT_REPLY_AFTER,
    /* COS: status 200 with an <Error> body (copy, complete) instead of executing */
    COSMOCK_FAULT_REPLY_200,
    COSMOCK_FAULT_DELAY,       /* amount ms before the reply, a day (86400000) at most */
    COSMOCK_FAULT_RESET,       /* close before the status line, nothing executed */
    COSMOCK_FAULT_RESET_AFTER, /* executes, then closes before the status line */
    COSMOCK_FAULT_TRUNCATE,    /* close after amount body bytes */
    COSMOCK_FAULT_CORRUPT,     /* flip one bit of body byte number amount, headers unchanged */
    /* a body that is not XML / not JSON, with the status it would have had; of STS with a
     * `code`: the whole answer without the member of that name, a number */
    COSMOCK_FAULT_MALFORMED,
    COSMOCK_FAULT_HEADER, /* nothing but what `header` and `value` say */
    /* judged, and dated, by a signature clock that is amount ms ahead (behind: negative), a
     * year (31536000000) at most */
    COSMOCK_FAULT_SKEW,
    /* of STS: the whole answer, and a member `code` besides, in it and in its credentials */
    COSMOCK_FAULT_EXTRA,
    /* a page of HTML with http_status (0: 200) and no header of the service instead of
     * executing: a portal or a proxy on the way answers in its place */
    COSMOCK_FAULT_FOREIGN,
};
struct cosmock_fault {
    size_t size;
    const char *op;       /* "PutObject", a name of 'cosmock ops'; NULL: any */
    const char *key_glob; /* '*' and '?'; NULL: any */
    unsigned skip, times; /* let `skip` matches pass, then hit `times` of them (0: for ever) */
    enum cosmock_fault_kind kind;
    int http_status;  /* REPLY, REPLY_AFTER, FOREIGN */
    const char *code; /* error code; NULL: by status (500 InternalError, 503 SlowDown ...) */
    int64_t amount;
    const char *location; /* REPLY with a 3xx: the Location header; NULL: none */
    const char *service;  /* "cos" (either dialect), "s3", "sts" or "cam"; NULL: any */
    unsigned every;       /* behind `skip`, each every-th match (0: each) ... */
    unsigned percent;     /* ... and of those, by lot, so many of a hundred (0: all) */
    uint64_t seed;        /* of the lot; the same matches are drawn in every run */
    /* With any kind: this header of the answer gets `value`, or is left out when that is NULL.
     * SDKs switch to another domain for an error without x-cos-request-id. An answer without
     * a Content-Length, or with another, ends with its connection. */
    const char *header, *value;
    const char *message; /* of the error instead of its own, 512 bytes at most; NULL: its own */
};
#define COSMOCK_FAULT_INIT COSMOCK_SIZED_INIT(struct cosmock_fault)
/**
 * Add a fault behind those that are there; copies it.
 *
 * @out_id      for remove and hits; NULL: not wanted
 * Errors:      COSMOCK_E_INVALID (the field, and what it takes; a thousand faults are there)
 */
COSMOCK_API int cosmock_fault_push(struct cosmock_tenant *t, const struct cosmock_fault *fault,
                                   uint64_t *out_id, struct cosmock_error *err);
/** False: no such fault. */
COSMOCK_API bool cosmock_fault_remove(struct cosmock_tenant *t, uint64_t id);
COSMOCK_API void cosmock_fault_clear(struct cosmock_tenant *t);
/** How often fault @id has hit; UINT64_MAX when unknown. */
COSMOCK_API uint64_t cosmock_fault_hits(struct cosmock_tenant *t, uint64_t id);

#ifdef __cplusplus
}
#endif
#endif
