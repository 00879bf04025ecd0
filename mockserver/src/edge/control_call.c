/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters, JSON bodies and answers of the control API. What is not understood is refused by
 * name: a misspelt member must not pass in silence. */
#include "edge/control_call.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/nearest.h"

#include <stdarg.h>

#define NAME_SHOWN_BYTES 60

static const struct {
    enum cosmock_status status;
    int http;
    const char *code;
} statuses[] = {
    {COSMOCK_E_INVALID, 400, "invalid"}, {COSMOCK_E_NOT_FOUND, 404, "not-found"},
    {COSMOCK_E_EXISTS, 409, "exists"},   {COSMOCK_E_NOMEM, 507, "out-of-memory"},
    {COSMOCK_E_IO, 500, "io"},           {COSMOCK_E_BUSY, 409, "busy"},
};

static void answer_error(struct call *c, int status, const char *code, const char *message)
{
    struct cos_jw w;
    call_object(c, status, &w);
    cos_jw_object(&w, "error");
    cos_jw_str(&w, "code", code);
    cos_jw_str(&w, "message", message);
    cos_jw_end(&w);
    cos_jw_end(&w);
}

void call_refuse(struct call *c, int status, const char *code, const char *fmt, ...)
{
    char message[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    answer_error(c, status, code, message);
}

void call_fail_with(struct call *c, const struct cosmock_error *err)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(statuses); i++) {
        if (statuses[i].status == err->status) {
            answer_error(c, statuses[i].http, statuses[i].code, err->message);
            return;
        }
    }
    answer_error(c, 500, "internal", err->message);
}

void call_object(struct call *c, int status, struct cos_jw *w)
{
    c->reply->status = status;
    cos_buf_clear(&c->reply->body);
    cos_jw_init(w, &c->reply->body);
    cos_jw_object(w, /* name= */ NULL);
}

void call_ok(struct call *c)
{
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_bool(&w, "ok", true);
    cos_jw_end(&w);
}

void call_wrong_method(struct call *c, const char *allowed)
{
    call_refuse(c, 405, "method", "method %.20s does not fit here: use %s", c->request->method,
                allowed);
}

const char *call_decode(struct call *c, struct cos_span raw, bool plus_is_space)
{
    char *out = cos_arena_alloc(&c->arena, raw.len + 1);

    if (out == NULL) {
        return NULL;
    }
    size_t n = cos_percent_decode(out, raw, plus_is_space);
    out[n] = '\0';
    return memchr(out, '\0', n) == NULL ? out : NULL;
}

const char *call_param(struct call *c, const char *name)
{
    struct cos_span rest = c->query;

    while (rest.ptr != NULL && rest.len > 0) {
        struct cos_span value = cos_span_cut(&rest, '&');

        if (cos_span_eq_str(cos_span_cut(&value, '='), name)) {
            return value.ptr == NULL ? "" : call_decode(c, value, /* plus_is_space= */ true);
        }
    }
    return NULL;
}

size_t call_param_all(struct call *c, const char *name, const char **out, size_t max)
{
    size_t n = 0;
    for (struct cos_span rest = c->query; rest.ptr != NULL && rest.len > 0;) {
        struct cos_span value = cos_span_cut(&rest, '&');
        if (!cos_span_eq_str(cos_span_cut(&value, '='), name)) {
            continue;
        }
        if (n < max) {
            out[n] = value.ptr == NULL ? "" : call_decode(c, value, /* plus_is_space= */ true);
        }
        n++;
    }
    return n;
}

bool call_param_i64(struct call *c, const char *name, int64_t fallback, int64_t min,
                    int64_t max, int64_t *out)
{
    const char *text = call_param(c, name);

    *out = fallback;
    if (text == NULL) {
        return true;
    }
    if (!cos_span_i64(cos_span_of(text), out) || *out < min || *out > max) {
        call_refuse(c, 400, "invalid",
                    "parameter '%s' is '%.60s': a whole number from %lld to %lld", name, text,
                    (long long)min, (long long)max);
        return false;
    }
    return true;
}

static bool is_one_of(const char *const *names, struct cos_span name)
{
    for (; *names != NULL; names++) {
        if (cos_span_eq_str(name, *names)) {
            return true;
        }
    }
    return false;
}

/* "a, b, c" in the arena. */
static const char *listed(struct call *c, const char *const *names)
{
    struct cos_span text = COS_SPAN_EMPTY;

    for (size_t i = 0; names[i] != NULL; i++) {
        text = cos_arena_printf(&c->arena, COS_SPAN_FMT "%s%s", COS_SPAN_ARG(text),
                                i == 0 ? "" : ", ", names[i]);
    }
    return text.len == 0 ? "none" : text.ptr;
}

void call_warn(void *ctx, const char *text)
{
    struct cos_buf *items = ctx;

    if (items->len > 0) {
        cos_buf_ch(items, ',');
    }
    cos_json_quote(items, cos_span_of(text));
}

void call_list(struct cos_jw *w, const char *name, const struct cos_buf *items)
{
    cos_jw_array(w, name);
    cos_buf_span(w->b, cos_buf_view(items));
    cos_jw_end(w);
}

void call_warnings(struct cos_jw *w, const struct cos_buf *items)
{
    call_list(w, "warnings", items);
}

static void refuse_unknown(struct call *c, const char *kind, struct cos_span name,
                           const char *const *names)
{
    size_t n = 0;
    while (names[n] != NULL) {
        n++;
    }
    const char *nearest = cos_nearest(name, names, n);
    call_refuse(c, 400, "invalid", "unknown %s '" COS_SPAN_FMT "': known are %s%s%s", kind,
                COS_SPAN_ARG(cos_span_sub(name, 0, NAME_SHOWN_BYTES)), listed(c, names),
                nearest == NULL ? "" : "; the nearest is ", nearest == NULL ? "" : nearest);
}

/* Does @query, up to @end, have the name? */
static bool stood_before(struct cos_span query, const char *end, struct cos_span name)
{
    struct cos_span rest = cos_span_sub(query, 0, (size_t)(end - query.ptr));

    while (rest.ptr != NULL && rest.len > 0) {
        struct cos_span value = cos_span_cut(&rest, '&');
        if (cos_span_eq(cos_span_cut(&value, '='), name)) {
            return true;
        }
    }
    return false;
}

bool call_params_known(struct call *c, const char *const *names)
{
    return call_params_known_but(c, names, /* repeated= */ NULL);
}

bool call_params_known_but(struct call *c, const char *const *names, const char *repeated)
{
    struct cos_span rest = c->query;

    while (rest.ptr != NULL && rest.len > 0) {
        struct cos_span value = cos_span_cut(&rest, '&');
        const char *begin = value.ptr;
        struct cos_span name = cos_span_cut(&value, '=');

        if (name.len == 0 && value.ptr == NULL) {
            continue;
        }
        if (!is_one_of(names, name)) {
            refuse_unknown(c, "parameter", name, names);
            return false;
        }
        bool may_repeat = repeated != NULL && cos_span_eq_str(name, repeated);
        if (!may_repeat && stood_before(c->query, begin, name)) {
            call_refuse(c, 400, "invalid", "parameter '" COS_SPAN_FMT "' is there twice",
                        COS_SPAN_ARG(name));
            return false;
        }
        if (value.len > 0 && call_decode(c, value, /* plus_is_space= */ true) == NULL) {
            call_refuse(c, 400, "invalid", "parameter '" COS_SPAN_FMT "' holds a NUL byte",
                        COS_SPAN_ARG(name));
            return false;
        }
    }
    return true;
}

static bool members_known(struct call *c, const struct cos_json *body, const char *const *names)
{
    for (const struct cos_json *m = cos_json_first(body); m != NULL; m = cos_json_next(m)) {
        if (!is_one_of(names, cos_span_of(cos_json_name(m)))) {
            refuse_unknown(c, "member", cos_span_of(cos_json_name(m)), names);
            return false;
        }
    }
    return true;
}

struct cos_json *call_json(struct call *c, const char *const *names)
{
    struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    struct cos_span text = c->request->body;

    if (text.len == 0) {
        text = COS_SPAN_LIT("{}");
    }
    struct cos_json *body = NULL;
    struct cos_text_error err = {0};
    if (cos_json_parse(&body, text, &limits, &err) != 0) {
        call_refuse(c, 400, "invalid", "the body is not JSON: line %u, column %u: %s", err.line,
                    err.column, err.message);
        return NULL;
    }
    if (cos_json_kind(body) != COS_JSON_OBJECT) {
        call_refuse(c, 400, "invalid", "the body must be a JSON object");
        return cos_json_free(body);
    }
    if (names != NULL && !members_known(c, body, names)) {
        return cos_json_free(body);
    }
    return body;
}

bool call_json_str(struct call *c, const struct cos_json *body, const char *name,
                   const char **out)
{
    const struct cos_json *m = cos_json_get(body, name);

    if (m == NULL || cos_json_kind(m) == COS_JSON_NULL) {
        return true;
    }
    if (!cos_json_is_str(m)) {
        call_refuse(c, 400, "invalid", "member '%s' must be a string", name);
        return false;
    }
    *out = cos_json_str(m);
    return true;
}

static bool read_number(struct call *c, const struct cos_json *member,
                        const struct call_number *number)
{
    int64_t value;
    if (cos_json_i64(member, &value) && value >= number->min && value <= number->max) {
        *number->out = value;
        return true;
    }
    struct cos_buf text;
    cos_buf_init(&text, SIZE_MAX / 2);
    cos_json_print(&text, member);
    char shown[64];
    (void)snprintf(shown, sizeof(shown), "%s", cos_buf_cstr(&text));
    cos_buf_deinit(&text);
    call_refuse(c, 400, "invalid", "member '%s' is %s: a whole number from %lld to %lld",
                number->name, shown, (long long)number->min, (long long)number->max);
    return false;
}

bool call_json_numbers(struct call *c, const struct cos_json *body,
                       const struct call_number *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct cos_json *m = cos_json_get(body, numbers[i].name);

        if (m != NULL && cos_json_kind(m) != COS_JSON_NULL && !read_number(c, m, &numbers[i])) {
            return false;
        }
    }
    return true;
}

bool call_json_policy(struct call *c, const struct cos_json *body, const char *name,
                      const char **out)
{
    const struct cos_json *member = cos_json_get(body, name);
    if (member == NULL) {
        return true;
    }
    *out = NULL;
    struct cos_buf text;
    switch (cos_json_kind(member)) {
    case COS_JSON_NULL:
        return true;
    case COS_JSON_STRING:
        *out = cos_json_str(member);
        return true;
    case COS_JSON_OBJECT:
        cos_buf_init(&text, 1u << 20);
        cos_json_print(&text, member);
        *out = text.failed ? NULL : cos_arena_str(&c->arena, cos_buf_view(&text));
        cos_buf_deinit(&text);
        if (*out == NULL) {
            call_refuse(c, 507, "out-of-memory", "out of memory for a policy");
        }
        return *out != NULL;
    case COS_JSON_BOOL:
    case COS_JSON_NUMBER:
    case COS_JSON_ARRAY:
    default:
        call_refuse(c, 400, "invalid", "member '%s' must be an object, its text, or null",
                    name);
        return false;
    }
}
