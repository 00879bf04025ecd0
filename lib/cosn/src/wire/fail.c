/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: the one place where a struct cosn_error is filled. The deepest function that knows
 * calls fail(); upper ones pass the status on and at most prefix the sentence.
 *
 * Messages may quote what a server or a file said, so control bytes are replaced: an error must
 * stay one line in any log. They may quote what a user typed, too, so what stands before the
 * '@' of a URI and ids of keys are hidden here once more, whoever quoted them. This file
 * refuses to guess: it never invents a code, a request id or a retryable flag.
 * Sources: docs/CONVENTIONS.md, Errors.
 */
#include "wire/wire.h"

#include "cosbase/shown.h"

#include <stdarg.h>

#undef fail
#undef fail_detail

static const struct {
    enum cosn_status status;
    const char *name;
} status_names[] = {
    {COSN_OK, "COSN_OK"},
    {COSN_E_INVALID, "COSN_E_INVALID"},
    {COSN_E_NOMEM, "COSN_E_NOMEM"},
    {COSN_E_IO, "COSN_E_IO"},
    {COSN_E_NET, "COSN_E_NET"},
    {COSN_E_PROTOCOL, "COSN_E_PROTOCOL"},
    {COSN_E_NO_CREDENTIALS, "COSN_E_NO_CREDENTIALS"},
    {COSN_E_EXPIRED, "COSN_E_EXPIRED"},
    {COSN_E_DENIED, "COSN_E_DENIED"},
    {COSN_E_NOT_FOUND, "COSN_E_NOT_FOUND"},
    {COSN_E_EXISTS, "COSN_E_EXISTS"},
    {COSN_E_BUSY, "COSN_E_BUSY"},
    {COSN_E_UNSUPPORTED, "COSN_E_UNSUPPORTED"},
};

static void make_harmless(char *text)
{
    cos_hide_secrets(text);
    for (char *s = text; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f) {
            *s = ' ';
        }
    }
}

static int fill(struct cosn_error *err, enum cosn_status status, enum cosn_detail detail,
                const char *fmt, va_list args) __attribute__((format(printf, 4, 0)));

static int fill(struct cosn_error *err, enum cosn_status status, enum cosn_detail detail,
                const char *fmt, va_list args)
{
    if (err == NULL) {
        return status;
    }
    /* Formatted aside first: an argument may point into *err. */
    char message[sizeof(err->message)];
    (void)vsnprintf(message, sizeof(message), fmt, args);
    memset(err, 0, sizeof(*err));
    err->status = status;
    err->detail = detail;
    memcpy(err->message, message, sizeof(message));
    make_harmless(err->message);
    return status;
}

const char *cosn_status_name(enum cosn_status status)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(status_names); i++) {
        if (status_names[i].status == status) {
            return status_names[i].name;
        }
    }
    return "unknown";
}

int fail(struct cosn_error *err, enum cosn_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int r = fill(err, status, COSN_D_NONE, fmt, args);
    va_end(args);
    return r;
}

int fail_detail(struct cosn_error *err, enum cosn_status status, enum cosn_detail detail,
                const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int r = fill(err, status, detail, fmt, args);
    va_end(args);
    return r;
}

int fail_again(struct cosn_error *err, const struct cosn_error *why)
{
    if (err != NULL) {
        *err = *why;
    }
    return why->status;
}

void fail_prefix(struct cosn_error *err, const char *fmt, ...)
{
    if (err == NULL) {
        return;
    }
    char old[sizeof(err->message)];
    memcpy(old, err->message, sizeof(old));
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(err->message, sizeof(err->message), fmt, args);
    va_end(args);
    size_t used = n < 0 ? 0 : strnlen(err->message, sizeof(err->message) - 1);
    const char *parts[] = {": ", old};
    for (size_t i = 0; i < COS_ARRAY_LEN(parts); i++) {
        size_t room = sizeof(err->message) - 1 - used;
        size_t length = strnlen(parts[i], room);
        memcpy(err->message + used, parts[i], length);
        used += length;
    }
    err->message[used] = '\0';
    make_harmless(err->message);
}
