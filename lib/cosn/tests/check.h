/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every test of libcosn starts with: cmocka with the headers it wants before it, a
 * table-friendly failure message, the torture loop, and a platform whose time, environment and
 * log a test holds in its hands.
 */
#ifndef COSN_TESTS_CHECK_H
#define COSN_TESTS_CHECK_H

#include "cosn/platform.h"

#include "cosbase/alloc.h"
#include "cosbase/span.h"
#include "wire/wire.h" /* before cmocka, whose macro fail() hides a function of ours */

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Fail with the name of the table row when @condition is false. */
#define CHECK_ROW(name, condition)                                  \
    do {                                                            \
        if (!(condition)) {                                         \
            fail_msg("row '%s': not true: %s", (name), #condition); \
        }                                                           \
    } while (0)

/** Fail unless the text @haystack holds @needle; both are printed. */
#define CHECK_HOLDS(haystack, needle)                              \
    do {                                                           \
        if (strstr((haystack), (needle)) == NULL) {                \
            fail_msg("'%s' is not in '%s'", (needle), (haystack)); \
        }                                                          \
    } while (0)

/** Run @attempt with the first allocation failing, then the second, until it gets through
 *  untouched. */
static inline void torture(bool (*attempt)(void))
{
    for (uint64_t n = 1; n < 100000; n++) {
        cos_alloc_fail_nth(n);
        bool ok = attempt();
        bool was_hit = cos_alloc_count() >= n;
        cos_alloc_fail_nth(0);
        if (!was_hit) {
            assert_true(ok);
            return;
        }
    }
    fail_msg("torture did not end");
}

/* A world of one test: what time it is, what the environment says, what was logged. */
struct world {
    int64_t unix_ms, mono_ms;
    const char *const *env; /* name, value, name, value, NULL */
    char log[16384];
    struct cosn_clock clock;
    struct cosn_platform platform;
};

static inline int64_t world_unix_ms(void *ctx)
{
    return ((struct world *)ctx)->unix_ms;
}

static inline int64_t world_mono_ms(void *ctx)
{
    return ((struct world *)ctx)->mono_ms;
}

static inline int world_wait_until(void *ctx, int64_t deadline_mono_ms)
{
    struct world *w = ctx;
    int64_t step_ms = deadline_mono_ms > w->mono_ms ? deadline_mono_ms - w->mono_ms : 0;
    w->mono_ms += step_ms;
    w->unix_ms += step_ms;
    return 0;
}

static inline void world_wake(void *ctx)
{
    (void)ctx;
}

static inline const char *world_env(void *ctx, const char *name)
{
    const struct world *w = ctx;
    for (const char *const *e = w->env; e != NULL && *e != NULL; e += 2) {
        if (strcmp(e[0], name) == 0) {
            return e[1];
        }
    }
    return NULL;
}

static inline void world_log(void *ctx, enum cosn_log_level level, const char *area,
                             const char *line)
{
    struct world *w = ctx;
    size_t used = strlen(w->log);
    (void)snprintf(w->log + used, sizeof(w->log) - used, "%d %s %s\n", (int)level, area, line);
}

static inline void world_init(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->unix_ms = 1700000000000;
    w->clock = (struct cosn_clock){.unix_ms = world_unix_ms,
                                   .mono_ms = world_mono_ms,
                                   .wait_until = world_wait_until,
                                   .wake = world_wake,
                                   .ctx = w};
    w->platform = (struct cosn_platform){
        .size = sizeof(w->platform),
        .clock = &w->clock,
        .log = {.write = world_log, .ctx = w, .max_level = COSN_LOG_DEBUG},
        .env = world_env,
        .env_ctx = w,
        .seed = 1,
    };
}

#endif
