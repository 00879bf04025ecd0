/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to renew a token: pure rules over numbers, so that every case is a row of a table.
 *
 * After a success: at @ratio of the remaining life, as Fluss does it, but never sooner than
 * min_delay_ms: Fluss runs a token that is dead on arrival in a hot loop (fluss-plugin.md F15).
 *
 * After a failure: Fluss waits a constant back-off, whose default of one hour is as long as a
 * token lives, so one failure lets the token lapse for 45 minutes (s.5). Here the same key is
 * the longest wait: the n-th failure waits min(backoff, 5 s * 2^(n-1)) and, while the held
 * token lives, at most half of what is left of it; less up to a fifth by jitter, and never less
 * than min_delay_ms. A back-off of up to five seconds is therefore kept as set, and the default
 * one retries 5, 10, 20… s after.
 * Sources: fluss DefaultSecurityTokenManager.java:107-172; requirements REF-001 to REF-008,
 * REF-012, REF-018, REF-021.
 */
#include "token/token.h"

#define FIRST_BACKOFF_MS 5000
#define JITTER_PART 0.2

static int64_t add_saturating(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX - 1 : sum;
}

static int64_t at_least(int64_t value, int64_t floor)
{
    return value < floor ? floor : value;
}

static int64_t at_most(int64_t value, int64_t cap)
{
    return value > cap ? cap : value;
}

static double usable_ratio(double ratio)
{
    return ratio > 0 && ratio < 1 ? ratio : 0.75;
}

int64_t cosn_refresh_after_success(const struct cosn_refresh_rule *rule, int64_t now_unix_ms,
                                   int64_t expires_unix_ms)
{
    if (expires_unix_ms == COSN_NEVER_EXPIRES) {
        return INT64_MAX;
    }
    int64_t left_ms = at_least(expires_unix_ms - now_unix_ms, 0);
    int64_t delay_ms = (int64_t)((double)left_ms * usable_ratio(rule->ratio) + 0.5);
    return add_saturating(now_unix_ms, at_least(delay_ms, rule->min_delay_ms));
}

static int64_t grown_backoff_ms(const struct cosn_refresh_rule *rule, unsigned n_failures)
{
    int64_t wait_ms = FIRST_BACKOFF_MS;
    for (unsigned i = 1; i < n_failures && wait_ms < rule->backoff_ms; i++) {
        wait_ms *= 2; /* ends at backoff_ms at the latest, so at most twice that: no overflow */
        if (wait_ms > INT64_MAX / 4) {
            break;
        }
    }
    return at_most(wait_ms, rule->backoff_ms);
}

int64_t cosn_refresh_after_failure(const struct cosn_refresh_rule *rule, int64_t now_unix_ms,
                                   int64_t expires_unix_ms, unsigned n_failures, double jitter)
{
    int64_t delay_ms = grown_backoff_ms(rule, n_failures);
    bool is_alive = expires_unix_ms != COSN_NEVER_EXPIRES && expires_unix_ms > now_unix_ms;
    if (is_alive) {
        delay_ms = at_most(delay_ms, (expires_unix_ms - now_unix_ms) / 2);
    }
    delay_ms -= (int64_t)((double)delay_ms * JITTER_PART * jitter);
    return add_saturating(now_unix_ms, at_least(delay_ms, rule->min_delay_ms));
}

int cosn_refresh_rule_from_config(struct cosn_refresh_rule *out,
                                  const struct cosn_config *config, struct cosn_error *err)
{
    struct cosn_refresh_rule rule = COSN_REFRESH_RULE_INIT;
    int r = cosn_config_get_ratio(config, "client.filesystem.security.token.renewal.time-ratio",
                                  &rule.ratio, err);
    r = r < 0 ? r
              : cosn_config_get_ms(config, "client.filesystem.security.token.renewal.backoff",
                                   &rule.backoff_ms, err);
    if (r == 0) {
        *out = rule;
    }
    return r;
}
