/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a failure is outlived: a pure rule, and the clock it runs by. What is worth
 * repeating at all is known elsewhere (client/refusal.c by code and status, the transport for
 * exchanges without a reply).
 *
 * A service that sheds load does so for seconds, so the bound is a time: fs.cosn.maxRetries x
 * fs.cosn.retry.interval.seconds after the first failure, 9 s by default, what Hadoop's retry
 * policy would sleep for the same keys and a little more than the plugin endures (16 requests
 * in about 8 s). Within it the windows grow from 200 ms to the interval with full jitter, so
 * that many clients which failed together do not come back together. The last try is made when
 * the time is up and never before, however the dice fall: a fault that ends within the time is
 * always outlived. Where one exchange alone takes longer, maxRetries are granted whatever they
 * take. At most 4 x (maxRetries + 1) requests are sent, the plugin's bound; maxRetries 0 means
 * one.
 *
 * Retry-After is the least wait; one that is longer than the time left still gets a last try at
 * its end, because the plugin, which does not know the header, would have made it.
 * A second exchange without an answer in time ends the call: each of them has waited for
 * fs.cosn.request.timeout.
 * Sources: fluss-plugin.md s.2.1 (keys), s.6.6 (RetryUtils.java:30-37: 200 ms first; rounds of
 * 4); RFC 9110 s.10.2.3.
 */
#include "wire/wire.h"

#include "cosbase/date.h"
#include "cosbase/rng.h"

#include <inttypes.h>

#define FIRST_WINDOW_MS 200
#define REQUESTS_PER_RETRY 4
#define CANCEL_STEP_MS 100
#define MAX_ASKED_MS (24 * 3600 * INT64_C(1000))

int retry_rule_from_config(struct retry_rule *out, const struct cosn_config *config,
                           struct cosn_error *err)
{
    int64_t retries = 0, interval_s = 0;
    int r = cosn_config_get_i64(config, "fs.cosn.maxRetries", &retries, err);
    if (r == 0) {
        r = cosn_config_get_i64(config, "fs.cosn.retry.interval.seconds", &interval_s, err);
    }
    if (r == 0) {
        *out = (struct retry_rule){.retries = retries, .interval_ms = interval_s * 1000};
    }
    return r;
}

static int64_t at_most(int64_t value, int64_t cap)
{
    return value > cap ? cap : value;
}

static int64_t window_ms(const struct retry_rule *rule, unsigned attempts)
{
    int64_t window = FIRST_WINDOW_MS;
    for (unsigned i = 1; i < attempts && window < rule->interval_ms; i++) {
        window *= 2; /* ends at twice the interval at most */
    }
    return at_most(window, rule->interval_ms);
}

/* How long after its first failure a call is repeated. */
static int64_t budget_ms(const struct retry_rule *rule)
{
    return rule->retries * rule->interval_ms;
}

int64_t retry_delay_ms(const struct retry_rule *rule, unsigned attempts, int64_t elapsed_ms,
                       int64_t asked_ms, double jitter)
{
    unsigned max_attempts =
        rule->retries == 0 ? 1 : REQUESTS_PER_RETRY * ((unsigned)rule->retries + 1);
    int64_t left_ms = budget_ms(rule) - elapsed_ms;
    if (attempts >= max_attempts || (left_ms <= 0 && attempts > rule->retries)) {
        return -1;
    }
    int64_t delay_ms = (int64_t)((double)window_ms(rule, attempts) * jitter);
    if (delay_ms < asked_ms) {
        delay_ms = asked_ms;
    }
    if (left_ms <= 0) {
        return at_most(delay_ms, rule->interval_ms);
    }
    return attempts + 1 == max_attempts ? left_ms : at_most(delay_ms, left_ms);
}

int64_t retry_after_ms(const char *header, int64_t now_unix_ms)
{
    struct cos_span text = cos_span_trim(cos_span_of(header));
    uint64_t seconds = 0;
    int64_t at_unix_s = 0;
    if (cos_span_u64(text, &seconds)) {
        return seconds > MAX_ASKED_MS / 1000 ? MAX_ASKED_MS : (int64_t)seconds * 1000;
    }
    if (!cos_date_http_parse(text, &at_unix_s) || at_unix_s * 1000 < now_unix_ms) {
        return 0;
    }
    return at_most(at_unix_s * 1000 - now_unix_ms, MAX_ASKED_MS);
}

/* --- the run --- */

/* In steps when somebody may cancel, because nobody wakes the clock then. */
static void wait_ms(const struct retry_run *run, int64_t delay_ms)
{
    const struct cosn_clock *clock = run->platform->p.clock;
    bool is_cancellable = run->platform->p.is_cancelled != NULL;
    int64_t now_mono_ms = platform_mono_ms(run->platform);
    int64_t deadline_mono_ms = now_mono_ms + delay_ms;
    while (now_mono_ms < deadline_mono_ms && !platform_is_cancelled(run->platform)) {
        int64_t left_ms = deadline_mono_ms - now_mono_ms;
        int64_t step_ms = is_cancellable ? at_most(left_ms, CANCEL_STEP_MS) : left_ms;
        (void)clock->wait_until(clock->ctx, now_mono_ms + step_ms);
        now_mono_ms = platform_mono_ms(run->platform);
    }
}

bool retry_run_again(struct retry_run *run, const struct cosn_error *why, int64_t asked_ms)
{
    int64_t now_ms = platform_mono_ms(run->platform);
    run->n_timeouts += why->status == COSN_E_NET && why->detail == COSN_D_TIMEOUT;
    if (run->n_failures++ == 0) {
        run->first_failure_mono_ms = now_ms;
    }
    if (run->n_timeouts > 1) {
        return false;
    }
    int64_t delay_ms =
        retry_delay_ms(run->rule, run->n_failures, now_ms - run->first_failure_mono_ms,
                       asked_ms, platform_jitter(run->platform));
    if (delay_ms < 0) {
        return false;
    }
    platform_log(run->platform, COSN_LOG_INFO, run->area, "try %u again in %" PRId64 " ms: %s",
                 run->n_failures, delay_ms, why->message);
    wait_ms(run, delay_ms);
    return true;
}

void retry_run_explain(const struct retry_run *run, struct cosn_error *err)
{
    int64_t lasted_ms = platform_mono_ms(run->platform) - run->first_failure_mono_ms;
    if (run->n_failures > 1) {
        fail_prefix(err, "%u tries in %" PRId64 ".%" PRId64 " s", run->n_failures,
                    lasted_ms / 1000, lasted_ms % 1000 / 100);
    }
}
