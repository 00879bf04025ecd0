/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of libcosn. Promise: may change before 1.0.
 *
 * Every fallible call returns 0 or one of the negative statuses; its last argument is a
 * caller-owned error that is untouched on success and complete on failure, and may be NULL.
 * Twelve statuses, because a caller can do about twelve different things; what the server said
 * stands beside as a string.
 *
 * Errors:  COSN_E_NOMEM may come from every fallible call of libcosn; the headers name what
 *          else may. "As a request" there means: what one request to the service may end with,
 *          which is COSN_E_NO_CREDENTIALS, COSN_E_EXPIRED, COSN_E_DENIED, COSN_E_NET,
 *          COSN_E_PROTOCOL, COSN_E_BUSY, COSN_E_NOT_FOUND with COSN_D_NO_BUCKET, and COSN_E_IO
 *          with COSN_D_CANCELLED.
 * Threads: an error belongs to its caller; the names are static.
 */
#ifndef COSN_ERROR_H
#define COSN_ERROR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(COSN_BUILD_SHARED)
#define COSN_API __attribute__((visibility("default")))
#else
#define COSN_API
#endif

enum cosn_status {
    COSN_OK = 0,
    COSN_E_INVALID = -1, /* the caller's argument or a configuration value is wrong */
    COSN_E_NOMEM = -2,
    COSN_E_IO = -3,  /* local file or stream, or a stream used after close */
    COSN_E_NET = -4, /* no complete HTTP reply arrived */
    /* a reply arrived that cannot be right (bad XML, wrong checksum, wrong length) */
    COSN_E_PROTOCOL = -5,
    COSN_E_NO_CREDENTIALS = -6, /* the whole provider chain came up empty */
    COSN_E_EXPIRED = -7,        /* the credential is dead by its own clock; nothing was sent */
    COSN_E_DENIED = -8,         /* 401 or 403 */
    COSN_E_NOT_FOUND = -9,
    /* exists already, is a directory, is a file, is not empty: `detail` says which */
    COSN_E_EXISTS = -10,
    COSN_E_BUSY = -11, /* 409, 412, 429 or 503 after all retries */
    COSN_E_UNSUPPORTED = -12,
};

/* Which of the refinements of one status it is; COSN_D_NONE when the status says it all. */
enum cosn_detail {
    COSN_D_NONE = 0,
    COSN_D_IS_DIR,
    COSN_D_NOT_DIR,
    COSN_D_NOT_EMPTY,
    COSN_D_NO_BUCKET,
    COSN_D_STS,    /* the STS service refused; code holds its error code */
    COSN_D_SCHEME, /* the URI's scheme is not cosn */
    COSN_D_CLOSED,
    COSN_D_TIMEOUT,
    COSN_D_CHECKSUM,
    COSN_D_AUTH, /* unknown key or bad signature, as opposed to a policy that denies */
    COSN_D_THROTTLED,
    /* the other side's certificate was refused: trying again changes nothing */
    COSN_D_UNTRUSTED,
    COSN_D_CANCELLED, /* cosn_platform.is_cancelled said so */
};

struct cosn_error {
    enum cosn_status status;
    enum cosn_detail detail;
    bool retryable;
    int http_status;     /* 0 when no reply arrived */
    char code[64];       /* the service's <Code>, such as "AccessDenied" */
    char request_id[96]; /* x-cos-request-id, or the RequestId of STS */
    char message[384];   /* one English sentence, no secret, no full stop */
};
#ifdef __cplusplus
#define COSN_ERROR_INIT \
    {                   \
    }
#else
#define COSN_ERROR_INIT   \
    {                     \
        .status = COSN_OK \
    }
#endif
/* An options struct of which only the size is set, in either language: before C++20 there are
 * no designators. */
#ifdef __cplusplus
#define COSN_SIZED_INIT(type)       \
    ([] {                           \
        type sized = {};            \
        sized.size = sizeof(sized); \
        return sized;               \
    }())
#else
#define COSN_SIZED_INIT(type) \
    {                         \
        .size = sizeof(type)  \
    }
#endif

/** "COSN_E_DENIED" and so on; "unknown" for anything else. Never NULL; static. */
COSN_API const char *cosn_status_name(enum cosn_status status);

#ifdef __cplusplus
}
#endif
#endif
