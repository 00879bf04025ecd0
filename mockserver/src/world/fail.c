/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that writes a cosmock_error. Messages hold no secret: callers name keys by
 * their id. */
#include "world/fail.h"

#include <stdarg.h>
#include <stdio.h>

int world_fail(struct cosmock_error *err, enum cosmock_status status, const char *fmt, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, fmt);
        (void)vsnprintf(err->message, sizeof(err->message), fmt, args);
        va_end(args);
        err->status = status;
    }
    return status;
}
