/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the outside world supplies to libcosn: time, HTTP, log, environment, randomness. NULL
 * members (and a NULL platform) mean the defaults: the system clock, libcurl, silence, getenv,
 * the system's randomness.
 * Promise: may change before 1.0. A platform must outlive every object made with it.
 * Threads: its members are called from any thread; a reply belongs to one thread.
 */
#ifndef COSN_PLATFORM_H
#define COSN_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include "cosn/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All members may be called from any thread. */
struct cosn_clock {
    int64_t (*unix_ms)(void *ctx);
    /* never goes back */
    int64_t (*mono_ms)(void *ctx);
    /* 0 reached, 1 woken */
    int (*wait_until)(void *ctx, int64_t deadline_mono_ms);
    /* wakes every waiter of this clock */
    void (*wake)(void *ctx);
    void *ctx;
};

enum cosn_log_level { COSN_LOG_ERROR, COSN_LOG_WARN, COSN_LOG_INFO, COSN_LOG_DEBUG };
struct cosn_log {
    void (*write)(void *ctx, enum cosn_log_level level, const char *area, const char *line);
    void *ctx;
    enum cosn_log_level max_level;
};

struct cosn_http_header {
    const char *name, *value;
};
struct cosn_http_reply;
struct cosn_http_request {
    size_t size;
    const char *method;
    /* absolute and already percent-encoded; sent as it is */
    const char *url;
    /* everything but Content-Length; Host included */
    const struct cosn_http_header *headers;
    size_t n_headers;
    /* NULL: no body and, for PUT and POST, Content-Length: 0 */
    const void *body;
    size_t body_bytes;
    /* for the whole exchange; 0: none */
    int64_t timeout_ms;
    /* When set, bytes of a 2xx body go here as they arrive; non-zero stops the transfer
     * (COSN_E_IO). Else they are collected. */
    int (*on_body)(void *ctx, const void *bytes, size_t n);
    void *on_body_ctx;
    /* When set beside on_body: called with status and headers of a 2xx reply before its first
     * byte is handed on (same ctx); non-zero stops the transfer (COSN_E_IO). A transport that
     * does not know it leaves a bad head to be noticed at the end. */
    int (*on_head)(void *ctx, const struct cosn_http_reply *reply);
    /* Longest time in which no byte moves in either direction; 0: none. COSN_E_NET with
     * COSN_D_TIMEOUT. */
    int64_t stall_ms;
    /* When set: asked now and then while the exchange lasts; true ends it soon, with COSN_E_IO
     * and COSN_D_CANCELLED. */
    bool (*is_cancelled)(void *ctx);
    void *is_cancelled_ctx;
};
/* Filled by the transport; deinit with cosn_http_reply_deinit(), which is fine on a zeroed
 * object. */
struct cosn_http_reply {
    int status;
    struct {
        char *name, *value;
    } * headers; /* heap */
    size_t n_headers;
    char *body; /* heap, NUL-terminated; what was not given to on_body */
    size_t body_bytes;
};
COSN_API void cosn_http_reply_deinit(struct cosn_http_reply *reply);
/** Case-insensitive; borrowed; NULL when absent. */
COSN_API const char *cosn_http_reply_header(const struct cosn_http_reply *reply,
                                            const char *name);
/* For transports. */
/** Add a copy of a header. Errors: COSN_E_NOMEM. */
COSN_API int cosn_http_reply_add_header(struct cosn_http_reply *reply, const char *name,
                                        size_t name_bytes, const char *value,
                                        size_t value_bytes);
/** Add a copy of body bytes. Errors: COSN_E_NOMEM. */
COSN_API int cosn_http_reply_add_body(struct cosn_http_reply *reply, const void *bytes,
                                      size_t n);

/*
 * One blocking exchange. 0 when a complete reply arrived, whatever its status; else COSN_E_NET
 * (err->retryable says whether nothing or only an idempotent prefix can have been executed),
 * COSN_E_IO, COSN_E_NOMEM. Any thread; many at once.
 */
struct cosn_transport {
    int (*perform)(void *ctx, const struct cosn_http_request *request,
                   struct cosn_http_reply *reply, struct cosn_error *err);
    void *ctx;
};

struct cosn_platform {
    size_t size;
    const struct cosn_clock *clock;
    const struct cosn_transport *transport;
    struct cosn_log log;
    const char *(*env)(void *ctx, const char *name);
    void *env_ctx;
    /* of retry jitter; 0: system randomness */
    uint64_t seed;
    /* NULL: "https://sts.tencentcloudapi.com" */
    const char *sts_endpoint;
    /* PEM for the default transport; NULL: what CURL_CA_BUNDLE or SSL_CERT_FILE of `env` names,
     * else the system's */
    const char *ca_file;
    /* "host:port:address[:port]" entries split by ';', as curl's --connect-to
     * "host:port:address:port"; or NULL */
    const char *resolve;
    /* "https" (NULL) or "http" for COS requests */
    const char *scheme;
    /* Whether calls shall give up: those under way and later ones end within a fraction of a
     * second with COSN_E_IO and COSN_D_CANCELLED. Only what cleans up is still sent, once and
     * with a short limit: the abort of an upload. May read what a signal handler sets. NULL:
     * never. */
    bool (*is_cancelled)(void *ctx);
    void *is_cancelled_ctx;
};
#define COSN_PLATFORM_INIT COSN_SIZED_INIT(struct cosn_platform)

/* The libcurl transport (multi interface, connection reuse). ca_file, resolve and proxy
 * variables of the environment are honoured. */
struct cosn_transport_curl;
/** Errors: COSN_E_NOMEM. */
COSN_API int cosn_transport_curl_new(struct cosn_transport_curl **out,
                                     const struct cosn_platform *platform,
                                     struct cosn_error *err);
COSN_API const struct cosn_transport *cosn_transport_curl_get(struct cosn_transport_curl *t);
COSN_API struct cosn_transport_curl *cosn_transport_curl_free(struct cosn_transport_curl *t);

#ifdef __cplusplus
}
#endif
#endif
