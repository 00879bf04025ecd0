/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what the subject answered. A member that is missing reads as empty: expectations say
 * what was wanted.
 */
#include "reply.h"

#include "cosbase/json.h"
#include "env.h"

bool reply_ok(const struct reply *r)
{
    return r != NULL && cos_json_bool(cos_json_get(r->root, "ok"), false);
}

static const struct cos_json *error_of(const struct reply *r)
{
    return r != NULL ? cos_json_get(r->root, "err") : NULL;
}

static const char *error_text(const struct reply *r, const char *member)
{
    const char *text = cos_json_str(cos_json_get(error_of(r), member));
    return text != NULL ? text : "";
}

const char *reply_class(const struct reply *r)
{
    return error_text(r, "class");
}

bool reply_is_typed(const struct reply *r)
{
    return cos_json_bool(cos_json_get(error_of(r), "typed"), true);
}

const char *reply_message(const struct reply *r)
{
    return error_text(r, "message");
}

const char *reply_code(const struct reply *r)
{
    return error_text(r, "cos_code");
}

const char *reply_request_id(const struct reply *r)
{
    return error_text(r, "request_id");
}

int64_t reply_http_status(const struct reply *r)
{
    int64_t v = 0;
    (void)cos_json_i64(cos_json_get(error_of(r), "http_status"), &v);
    return v;
}

const struct cos_json *reply_json(const struct reply *r, const char *member)
{
    return r != NULL ? cos_json_get(r->root, member) : NULL;
}

const char *reply_str(const struct reply *r, const char *member)
{
    const char *text = cos_json_str(reply_json(r, member));
    return text != NULL ? text : "";
}

int64_t reply_i64(const struct reply *r, const char *member)
{
    int64_t v = INT64_MIN;
    return cos_json_i64(reply_json(r, member), &v) ? v : INT64_MIN;
}

bool reply_bool(const struct reply *r, const char *member)
{
    return cos_json_bool(reply_json(r, member), false);
}

int64_t reply_duration_ms(const struct reply *r)
{
    return r != NULL ? r->duration_ms : 0;
}
