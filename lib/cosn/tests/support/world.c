/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See world.h. A wait moves the time to its end at once.
 */
#include "world.h"

static int64_t world_unix_ms(void *ctx)
{
    return ((struct world *)ctx)->unix_ms;
}

static int64_t world_mono_ms(void *ctx)
{
    return ((struct world *)ctx)->mono_ms;
}

int world_wait_until(void *ctx, int64_t deadline_mono_ms)
{
    struct world *w = ctx;
    int64_t step_ms = deadline_mono_ms > w->mono_ms ? deadline_mono_ms - w->mono_ms : 0;
    w->mono_ms += step_ms;
    w->unix_ms += step_ms;
    return 0;
}

static void world_wake(void *ctx)
{
    (void)ctx;
}

static const char *world_env(void *ctx, const char *name)
{
    const struct world *w = ctx;
    for (const char *const *e = w->env; e != NULL && *e != NULL; e += 2) {
        if (strcmp(e[0], name) == 0) {
            return e[1];
        }
    }
    return NULL;
}

void world_log(void *ctx, enum cosn_log_level level, const char *area, const char *line)
{
    struct world *w = ctx;
    size_t used = strlen(w->log);
    (void)snprintf(w->log + used, sizeof(w->log) - used, "%d %s %s\n", (int)level, area, line);
}

void world_init(struct world *w)
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
