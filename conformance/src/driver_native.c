/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native driver: the subject lives in this process, behind the direct transport and the
 * virtual clock. No socket is opened and nothing waits, so a simulated hour takes as long as
 * its requests.
 */
#include "driver.h"

#include "cosbase/alloc.h"
#include "direct.h"
#include "subject.h"

struct driver_native {
    /* First: the ops get a struct driver. */
    struct driver base;
    struct direct *direct;
    struct subject *subject;
};

static struct driver_native *native_of(struct driver *d)
{
    return (struct driver_native *)(void *)d;
}

static enum driver_result native_call(struct driver *d, struct cos_span request, int64_t id,
                                      int64_t timeout_ms, struct cos_buf *reply)
{
    (void)subject_call(native_of(d)->subject, request, reply);
    return DRIVER_OK;
}

static void native_collect_log(struct driver *d)
{
}

static void native_free(struct driver *d)
{
    struct driver_native *n = native_of(d);
    n->subject = subject_free(n->subject);
    n->direct = direct_free(n->direct);
    driver_deinit(d);
    (void)cos_free(n);
}

static const struct driver_ops native_ops = {.call = native_call,
                                             .collect_log = native_collect_log,
                                             .free = native_free};

static void take_log(void *ctx, const char *line)
{
    struct driver *d = ctx;
    (void)pthread_mutex_lock(&d->log_lock);
    cos_buf_str(&d->log, line);
    cos_buf_ch(&d->log, '\n');
    (void)pthread_mutex_unlock(&d->log_lock);
}

static void take_time(void *ctx, int64_t unix_ms)
{
    struct driver *d = ctx;
    if (d->on_time != NULL) {
        d->on_time(d->on_time_ctx, unix_ms);
    }
}

struct driver *driver_native_new(const struct driver_native_options *options)
{
    struct driver_native *n = cos_calloc(1, sizeof(*n));
    if (n == NULL) {
        return NULL;
    }
    driver_init(&n->base, &native_ops);
    n->base.is_direct = true;
    n->direct = direct_new();
    if (n->direct != NULL) {
        struct subject_options so = {
            .entry = options->entry,
            .path = options->path,
            .transport = direct_transport(n->direct),
            .mutant = options->mutant,
            .on_log = take_log,
            .on_time = take_time,
            .ctx = &n->base,
        };
        n->subject = subject_new(&so);
    }
    if (n->subject == NULL) {
        native_free(&n->base);
        return NULL;
    }
    direct_bind(n->direct, n->subject);
    return &n->base;
}

void driver_native_aim(struct driver *d, struct cosmock *mock)
{
    direct_aim(native_of(d)->direct, mock);
}

int driver_native_unreachable(struct driver *d, const char *host)
{
    return direct_unreachable(native_of(d)->direct, host);
}
