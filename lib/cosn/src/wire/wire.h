/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire, library side: what the client layer asks for. Builds exactly one dialect of
 * signature v5 and of TC3; verifies nothing.
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

/* --- platform.c: a platform with every member filled; owns the defaults it had to make --- */
struct platform {
    struct cosn_platform p; /* clock, transport, env never NULL */
    struct cosn_transport_curl *own_transport;
    struct cos_clock *own_clock;
    struct cosn_clock clock_copy;
    struct cos_rng *rng;
};
int platform_init(struct platform *out, const struct cosn_platform *given,
                  struct cosn_error *err);
/** The same without a transport: p.transport stays NULL when none was given. For those that
 *  only need time or environment. */
int platform_init_light(struct platform *out, const struct cosn_platform *given,
                        struct cosn_error *err);
void platform_deinit(struct platform *p);
int64_t platform_unix_ms(const struct platform *p);
int64_t platform_mono_ms(const struct platform *p);
/** A throw of the dice in [0,1). */
double platform_jitter(const struct platform *p);
bool platform_is_cancelled(const struct platform *p);
/** One exchange by @t. One that fails has a status, whatever a host's own transport left in
 *  @err. */
int transport_ask(const struct cosn_transport *t, const struct cosn_http_request *request,
                  struct cosn_http_reply *reply, struct cosn_error *err);
void platform_log(const struct platform *p, enum cosn_log_level level, const char *area,
                  const char *fmt, ...) COS_PRINTF(4, 5);

/* --- retry.c: how long failures are outlived --- */
struct retry_rule {
    int64_t retries; /* fs.cosn.maxRetries; 0: one try */
    /* fs.cosn.retry.interval.seconds: the longest wait of our own choice */
    int64_t interval_ms;
};
/** COSN_E_INVALID names the key. */
int retry_rule_from_config(struct retry_rule *out, const struct cosn_config *config,
                           struct cosn_error *err);
/**
 * Pure. Milliseconds to wait after the @attempts-th failed try (1-based), @elapsed_ms after the
 * first failure, or -1: give up. @asked_ms: what the service asked for, or 0. @jitter in [0,1).
 */
int64_t retry_delay_ms(const struct retry_rule *rule, unsigned attempts, int64_t elapsed_ms,
                       int64_t asked_ms, double jitter);
/** Pure. The wait a Retry-After header (seconds or a date; NULL: none) asks for; 0 when it asks
 *  for none. */
int64_t retry_after_ms(const char *header, int64_t now_unix_ms);

/* One call's failures. Zero all but the first three. */
struct retry_run {
    const struct retry_rule *rule;
    const struct platform *platform;
    const char *area; /* of the log */
    unsigned n_failures, n_timeouts;
    int64_t first_failure_mono_ms;
};
/** After a failed try that is worth repeating: wait and true, or false when the time is up. */
bool retry_run_again(struct retry_run *run, const struct cosn_error *why, int64_t asked_ms);
/** Put in front of a final error how often and how long it was tried. */
void retry_run_explain(const struct retry_run *run, struct cosn_error *err);

/* --- stall.c: pure --- */
struct stall {
    int64_t limit_ms; /* 0: none */
    bool has_begun;   /* set by the first call */
    int64_t since_mono_ms;
    uint64_t moved;
};
/** Whether nothing has moved for limit_ms; @moved differs from the last call's when it has. */
bool stall_is_over(struct stall *s, int64_t now_mono_ms, uint64_t moved);

/* --- transport_curl.c, for tests --- */
/** Whose time stalls are measured by; the system's when nothing was said. */
void transport_curl_set_clock(struct cosn_transport_curl *t, int64_t (*mono_ms)(void *ctx),
                              void *ctx);

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
/** Hand a failure on to a caller who may not want to know: fills @err, gives its status. */
int fail_again(struct cosn_error *err, const struct cosn_error *why);
void fail_prefix(struct cosn_error *err, const char *fmt, ...) COS_PRINTF(2, 3);

#endif
