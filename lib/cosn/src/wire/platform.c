/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A platform with every member filled: what the caller gave, and defaults for the rest. The one
 * file of the library that reads the process environment, and only as the default of
 * cosn_platform.env.
 *
 * A clock or transport made here belongs to the struct platform and dies with it; what the
 * caller gave is borrowed.
 */
#include "cosbase/clock.h"
#include "cosbase/rng.h"
#include "cosbase/shown.h"
#include "wire/wire.h"

#include <stdarg.h>

static const char *env_of_process(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

static int make_clock(struct platform *out, struct cosn_error *err)
{
    out->own_clock = cos_clock_system_new();
    if (out->own_clock == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    out->clock_copy = (struct cosn_clock){
        .unix_ms = out->own_clock->unix_ms,
        .mono_ms = out->own_clock->mono_ms,
        .wait_until = out->own_clock->wait_until,
        .wake = out->own_clock->wake,
        .ctx = out->own_clock->ctx,
    };
    out->p.clock = &out->clock_copy;
    return 0;
}

/* The variables of curl and of OpenSSL: libcurl itself reads neither, so every program would
 * have to. */
static const char *ca_file_of_env(const struct cosn_platform *p)
{
    static const char *const names[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const char *value = p->env(p->env_ctx, names[i]);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return NULL;
}

static int make_transport(struct platform *out, struct cosn_error *err)
{
    if (out->p.ca_file == NULL) {
        out->p.ca_file = ca_file_of_env(&out->p);
    }
    int r = cosn_transport_curl_new(&out->own_transport, &out->p, err);
    if (r < 0) {
        return r;
    }
    out->p.transport = cosn_transport_curl_get(out->own_transport);
    return 0;
}

int platform_init_light(struct platform *out, const struct cosn_platform *given,
                        struct cosn_error *err)
{
    memset(out, 0, sizeof(*out));
    if (given != NULL && !cos_sized_copy(&out->p, sizeof(out->p), given)) {
        return fail(err, COSN_E_INVALID,
                    "the platform has no size: begin it with COSN_PLATFORM_INIT");
    }
    out->p.size = sizeof(out->p);
    if (out->p.env == NULL) {
        out->p.env = env_of_process;
    }
    if (out->p.clock == NULL) {
        int r = make_clock(out, err);
        if (r < 0) {
            return r;
        }
    }
    out->rng = cos_rng_new(out->p.seed);
    if (out->rng == NULL) {
        platform_deinit(out);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    return 0;
}

int platform_init(struct platform *out, const struct cosn_platform *given,
                  struct cosn_error *err)
{
    int r = platform_init_light(out, given, err);
    if (r < 0) {
        return r;
    }
    if (out->p.transport == NULL) {
        r = make_transport(out, err);
        if (r < 0) {
            platform_deinit(out);
            return r;
        }
    }
    return 0;
}

void platform_deinit(struct platform *p)
{
    if (p == NULL) {
        return;
    }
    (void)cosn_transport_curl_free(p->own_transport);
    (void)cos_clock_free(p->own_clock);
    (void)cos_rng_free(p->rng);
    memset(p, 0, sizeof(*p));
}

int64_t platform_unix_ms(const struct platform *p)
{
    return p->p.clock->unix_ms(p->p.clock->ctx);
}

int64_t platform_mono_ms(const struct platform *p)
{
    return p->p.clock->mono_ms(p->p.clock->ctx);
}

double platform_jitter(const struct platform *p)
{
    return (double)(cos_rng_u64(p->rng) >> 11) * 0x1p-53;
}

bool platform_is_cancelled(const struct platform *p)
{
    return p->p.is_cancelled != NULL && p->p.is_cancelled(p->p.is_cancelled_ctx);
}

void platform_log(const struct platform *p, enum cosn_log_level level, const char *area,
                  const char *fmt, ...)
{
    if (p->p.log.write == NULL || level > p->p.log.max_level) {
        return;
    }
    char line[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    cos_hide_secrets(line);
    p->p.log.write(p->p.log.ctx, level, area, line);
}

int transport_ask(const struct cosn_transport *t, const struct cosn_http_request *request,
                  struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct cosn_error own = COSN_ERROR_INIT;
    struct cosn_error *told = err == NULL ? &own : err;
    *told = own;
    int r = t->perform(t->ctx, request, reply, told);
    if (r == 0 || told->status != COSN_OK) {
        return r;
    }
    return fail(told, COSN_E_NET, "the transport failed with %d and does not say why", r);
}
