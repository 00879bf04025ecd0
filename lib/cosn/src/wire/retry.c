/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether and when to try again: a pure rule. Full jitter over an exponentially growing, capped window, so that many clients
 * which failed together do not come back together.
 *
 * It refuses to retry any 4xx but 429: the answer would be the same, and a denied request repeated is a denied request
 * logged again. Whether an exchange that got no reply may be repeated is the transport's knowledge (@retryable).
 * Sources: cos-wire.md; fluss-plugin.md s.6.6 (the plugin repeats PUT 403 four times, to nobody's good).
 */
#include "wire/wire.h"

#include "mutant.h"

static bool is_worth_repeating(int http_status, bool retryable)
{
    if (http_status == 0) {
        return retryable;
    }
    if (http_status == 429 || (http_status == 403 && MUTANT("exp_infinite_retry"))) {
        return true;
    }
    /* 501 and 505 say "never", not "not now". */
    return http_status >= 500 && http_status != 501 && http_status != 505 && retryable;
}

int64_t retry_delay_ms(const struct retry_rule *rule, unsigned attempt, int http_status,
                       bool retryable, double jitter)
{
    unsigned max_attempts =
        rule->max_attempts +
        (MUTANT("cfg_retries_ignored") || MUTANT("exp_infinite_retry") ? 40 : 0);
    if (attempt >= max_attempts || !is_worth_repeating(http_status, retryable)) {
        return -1;
    }
    int64_t window_ms = rule->base_ms < 0 ? 0 : rule->base_ms;
    for (unsigned i = 1; i < attempt && window_ms < rule->cap_ms; i++) {
        window_ms = window_ms > INT64_MAX / 2 ? INT64_MAX : window_ms * 2;
    }
    if (window_ms > rule->cap_ms) {
        window_ms = rule->cap_ms;
    }
    return (int64_t)((double)window_ms * jitter);
}
