/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire, library side: what the client layer asks for. Builds exactly one dialect of signature v5 and of TC3; verifies nothing.
 */
#ifndef COSN_WIRE_H
#define COSN_WIRE_H

#include "cosn/credentials.h"
#include "cosn/platform.h"

#include "cosbase/buf.h"

/* --- uri.c --- */
/** Append @s percent-encoded for a path ('/' kept) or for a query name or value. */
void uri_encode_path(struct cos_buf *b, struct cos_span path);
void uri_encode_component(struct cos_buf *b, struct cos_span s);

/* --- sign_cos.c: pure --- */
struct sign_pair {
    const char *name, *value; /* raw, not encoded; value "" for none */
};
struct sign_cos_input {
    const char *method;
    struct cos_span path; /* decoded, begins with '/' */
    const struct sign_pair *params;
    size_t n_params;
    const struct sign_pair *headers; /* the ones to sign; host among them */
    size_t n_headers;
    const char *secret_id, *secret_key;
    int64_t start_unix_s, end_unix_s;
};
/** Append the Authorization value. 0 or COSN_E_NOMEM. */
int sign_cos(struct cos_buf *out, const struct sign_cos_input *in);

/* --- sign_tc3.c: pure --- */
struct sign_tc3_input {
    const char *service, *host, *content_type;
    struct cos_span body;
    const char *secret_id, *secret_key;
    int64_t now_unix_s;
};
int sign_tc3(struct cos_buf *out, const struct sign_tc3_input *in);

/* --- retry.c: pure. Full jitter; a 4xx is never retried (429 excepted); 5xx and lost connections are, when idempotent. --- */
struct retry_rule {
    unsigned max_attempts; /* 1 = no retry */
    int64_t base_ms, cap_ms;
};
/** Milliseconds to wait before attempt @attempt + 1 (1-based), or -1: give up. @http_status 0: no reply. @jitter in [0,1). */
int64_t retry_delay_ms(const struct retry_rule *rule, unsigned attempt, int http_status,
                       bool retryable, double jitter);

/* --- platform.c: a platform with every member filled, owning the defaults it had to make --- */
struct platform {
    struct cosn_platform p; /* clock, transport, env never NULL */
    struct cosn_transport_curl *own_transport;
    struct cos_clock *own_clock;
    struct cosn_clock clock_copy;
    struct cos_rng *rng;
};
int platform_init(struct platform *out, const struct cosn_platform *given,
                  struct cosn_error *err);
/** The same without a transport: p.transport stays NULL when none was given. For those that only need time or environment. */
int platform_init_light(struct platform *out, const struct cosn_platform *given,
                        struct cosn_error *err);
void platform_deinit(struct platform *p);
void platform_log(const struct platform *p, enum cosn_log_level level, const char *area,
                  const char *fmt, ...) COS_PRINTF(4, 5);

/* --- fail.c: errors --- */
/** Fill @err (may be NULL) and return @status. The message must hold no secret. */
int fail(struct cosn_error *err, enum cosn_status status, const char *fmt, ...)
    COS_PRINTF(3, 4);
int fail_detail(struct cosn_error *err, enum cosn_status status, enum cosn_detail detail,
                const char *fmt, ...) COS_PRINTF(4, 5);
#ifdef __clang_analyzer__ /* so that it knows a failure is never 0 */
#define fail(err, status, ...) ((void)(fail)((err), (status), __VA_ARGS__), (int)(status))
#define fail_detail(err, status, detail, ...) \
    ((void)(fail_detail)((err), (status), (detail), __VA_ARGS__), (int)(status))
#endif
void fail_prefix(struct cosn_error *err, const char *fmt, ...) COS_PRINTF(2, 3);

#endif
