/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary credentials: obtain from STS GetFederationToken, hand over in the plugin's form,
 * receive, refresh.
 * Promise: may change before 1.0.
 * Threads: a token is immutable and may be shared; a refresher may be used from any thread.
 */
#ifndef COSN_TOKEN_H
#define COSN_TOKEN_H

#include "cosn/credentials.h"

#ifdef __cplusplus
extern "C" {
#endif

#define COSN_TOKEN_MAX_INFOS 8
/* What Fluss calls ObtainedSecurityToken. Immutable once made; free with cosn_token_free(). */
struct cosn_token {
    char *scheme; /* "cosn" */
    /* {"version":1,"access_key_id":…,"access_key_secret":…,"security_token":…} */
    char *bytes;
    size_t n_bytes;
    /* COSN_NEVER_EXPIRES: no end */
    int64_t valid_until_unix_ms;
    struct {
        char *key, *value;
    } infos[COSN_TOKEN_MAX_INFOS];
    size_t n_infos;
};
/** Wipes. NULL. */
COSN_API struct cosn_token *cosn_token_free(struct cosn_token *token);

/**
 * Obtain a temporary credential for @fs_uri from STS, asking with the permanent credential, or
 * with what the configured providers yield. Failures that may pass (RequestLimitExceeded,
 * InternalError, 5xx, no answer) are outlived as long as fs.cosn.maxRetries and
 * fs.cosn.retry.interval.seconds say. Policy: fs.cosn.security.token.policy, else the default
 * scoped to bucket and prefix of @fs_uri (owner uid/<appid>).
 *
 * Errors:      COSN_E_INVALID (a key is missing or wrong; it is named), COSN_E_UNSUPPORTED with
 *              COSN_D_SCHEME; as a request; with COSN_D_STS what STS refused, err->code is its
 *              word
 * Source:      fluss COSSecurityTokenProvider.java:83-109
 */
COSN_API int cosn_token_obtain(struct cosn_token **out, const struct cosn_config *config,
                               const char *fs_uri, const struct cosn_platform *platform,
                               struct cosn_error *err);
/** The default policy text for a region, bucket-appid and prefix; heap, caller free()s.
 *  Errors: COSN_E_INVALID (which part, and why). */
COSN_API int cosn_token_default_policy(char **out, const char *region, const char *bucket,
                                       const char *prefix, struct cosn_error *err);
/** The bytes of a token; heap, caller free()s. Errors: COSN_E_NOMEM. */
COSN_API int cosn_token_to_json(char **out, size_t *out_bytes, const struct cosn_credentials *c,
                                struct cosn_error *err);
/** Errors: COSN_E_INVALID (no JSON, another version, the member that is missing). */
COSN_API int cosn_token_from_json(struct cosn_credentials **out, const char *bytes, size_t n,
                                  int64_t expires_unix_ms, struct cosn_error *err);
/** The receiver: parse and swap into @dynamic whole. On failure the old credential stays.
 *  Errors: as cosn_token_from_json(); COSN_E_UNSUPPORTED with COSN_D_SCHEME. */
COSN_API int cosn_token_receive(struct cosn_provider *dynamic, const struct cosn_token *token,
                                struct cosn_error *err);

/* Refresh timing: pure. */
struct cosn_refresh_rule {
    /* of the remaining life; 0 < ratio < 1; default 0.75 */
    double ratio;
    /* longest wait after a failure; default 1 h, as Fluss's key */
    int64_t backoff_ms;
    /* floor, so that a dead-on-arrival token gives no hot loop; default 1000 */
    int64_t min_delay_ms;
};
#define COSN_REFRESH_RULE_INIT \
    {                          \
        0.75, 3600000, 1000    \
    }
/** When to ask next after a success at @now for a token ending at @expires; INT64_MAX:
 *  never. */
COSN_API int64_t cosn_refresh_after_success(const struct cosn_refresh_rule *rule,
                                            int64_t now_unix_ms, int64_t expires_unix_ms);
/** When to retry after the @n_failures-th failure in a row (1 = first) while the held token
 *  ends at @expires (0: none held): soon enough to matter before the end, growing, at most
 *  backoff_ms, at least min_delay_ms. @jitter in [0,1). */
COSN_API int64_t cosn_refresh_after_failure(const struct cosn_refresh_rule *rule,
                                            int64_t now_unix_ms, int64_t expires_unix_ms,
                                            unsigned n_failures, double jitter);

/** The rule that the keys client.filesystem.security.token.renewal.* ask for. Errors:
 *  COSN_E_INVALID (the key is named). */
COSN_API int cosn_refresh_rule_from_config(struct cosn_refresh_rule *out,
                                           const struct cosn_config *config,
                                           struct cosn_error *err);

/* The refresher: one thread that asks @fetch and hands each token to @deliver; both run outside
 * every lock. */
struct cosn_refresher;
struct cosn_refresher_options {
    size_t size;
    int (*fetch)(void *ctx, struct cosn_token **out, struct cosn_error *err);
    int (*deliver)(void *ctx, const struct cosn_token *token, struct cosn_error *err);
    void *ctx;
    struct cosn_refresh_rule rule;
    const struct cosn_platform *platform;
    /* no thread: the caller drives with cosn_refresher_step() (virtual time) */
    bool manual;
    /* Called once, after stop, when ctx is no longer used; may be NULL. */
    void (*release)(void *ctx);
    /* The dynamic provider that deliver fills, or NULL; a reference is taken. When the service
     * refuses the credential it holds as ended or unknown, or the clock does, the refused
     * request fetches at once, in its own thread, at most once in half a minute. */
    struct cosn_provider *dynamic;
};
/**
 * Fetches once in the caller's thread (a failure is logged and retried, not returned), then
 * starts the thread (none with @manual).
 *
 * Errors:      COSN_E_INVALID (no size; another kind of provider in `dynamic`)
 */
COSN_API int cosn_refresher_start(struct cosn_refresher **out,
                                  const struct cosn_refresher_options *options,
                                  struct cosn_error *err);
/** Single flight: force a fetch now; callers that come meanwhile wait for the same one.
 *  Errors: what fetch or deliver gave; COSN_E_EXPIRED (the new token is dead already),
 *  COSN_E_IO (stopped). */
COSN_API int cosn_refresher_now(struct cosn_refresher *r, struct cosn_error *err);
/** Without a thread: do what is due at the platform's clock and say when to come again (for
 *  virtual time). */
COSN_API int64_t cosn_refresher_step(struct cosn_refresher *r);
/**
 * Ends the thread. When a fetch of it hangs longer than half a second it is let go, and so is
 * one of a refused request: its result is dropped, and ctx must live until options.release is
 * called. NULL.
 *
 * Threads:     not while another thread is inside cosn_refresher_now()
 */
COSN_API struct cosn_refresher *cosn_refresher_stop(struct cosn_refresher *r);

#ifdef __cplusplus
}
#endif
#endif
