/* SPDX-License-Identifier: Apache-2.0 */
/* What both drivers share: request framing, the check of each line, the log buffer. */
#include "driver.h"

#include "cosbase/json.h"
#include "protocol.h"

#include <stdio.h>
#include <string.h>

#define MAX_LOG_BYTES ((size_t)16 << 20)

void driver_init(struct driver *d, const struct driver_ops *ops)
{
    d->ops = ops;
    d->next_id = 1;
    d->is_usable = true;
    (void)pthread_mutex_init(&d->log_lock, NULL);
    cos_buf_init(&d->log, MAX_LOG_BYTES);
}

void driver_deinit(struct driver *d)
{
    cos_buf_deinit(&d->log);
    (void)pthread_mutex_destroy(&d->log_lock);
}

/* Both lines against the table; false with `trouble`. */
static bool is_protocol(struct driver *d, struct cos_span request, struct cos_span reply)
{
    COS_CLEANUP(cos_json_free) struct cos_json *asked = NULL;
    COS_CLEANUP(cos_json_free) struct cos_json *answered = NULL;
    struct cos_text_error err = {0};
    if (cos_json_parse(&asked, request, &COS_JSON_LIMITS_DEFAULT, &err) < 0 ||
        cos_json_parse(&answered, reply, &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        (void)snprintf(d->trouble, sizeof(d->trouble), "no JSON: %.200s", err.message);
        return false;
    }
    return protocol_check_request(asked, d->trouble) &&
           protocol_check_reply(asked, answered, d->trouble);
}

enum driver_result driver_call(struct driver *d, const char *op, const char *members,
                               int64_t timeout_ms, struct cos_buf *reply)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf request = {0};
    cos_buf_init(&request, DRIVER_MAX_LINE);
    int64_t id = d->next_id++;
    cos_buf_printf(&request, "{\"id\":%lld,\"op\":", (long long)id);
    cos_json_quote(&request, cos_span_of(op));
    if (members != NULL && members[0] != '\0') {
        cos_buf_ch(&request, ',');
        cos_buf_str(&request, members);
    }
    cos_buf_ch(&request, '}');
    cos_buf_clear(reply);
    if (request.failed) {
        (void)strncpy(d->trouble, "the request is longer than 1 MiB", sizeof(d->trouble) - 1);
        return DRIVER_BROKEN;
    }
    enum driver_result r = d->ops->call(d, cos_buf_view(&request), id, timeout_ms, reply);
    if (r == DRIVER_OK && d->checks_protocol &&
        !is_protocol(d, cos_buf_view(&request), cos_buf_view(reply))) {
        return DRIVER_BROKEN;
    }
    return r;
}

void driver_log(struct driver *d, struct cos_buf *out)
{
    d->ops->collect_log(d);
    (void)pthread_mutex_lock(&d->log_lock);
    cos_buf_append(out, cos_buf_cstr(&d->log), d->log.len);
    (void)pthread_mutex_unlock(&d->log_lock);
}

void driver_log_clear(struct driver *d)
{
    d->ops->collect_log(d);
    (void)pthread_mutex_lock(&d->log_lock);
    cos_buf_clear(&d->log);
    (void)pthread_mutex_unlock(&d->log_lock);
}

struct driver *driver_free(struct driver *d)
{
    if (d != NULL) {
        d->ops->free(d);
    }
    return NULL;
}
