/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text errors. A message that is too long is cut between characters, never inside a UTF-8
 * sequence.
 */
#include "cosbase/error.h"

#include <stdarg.h>

static void drop_broken_tail(char *message)
{
    size_t len = strlen(message);
    size_t start = len;
    while (start > 0 && ((unsigned char)message[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start > 0 && (unsigned char)message[start - 1] >= 0xc0) {
        message[start - 1] = '\0';
    }
}

void cos_text_error_set(struct cos_text_error *err, unsigned line, unsigned column,
                        const char *fmt, ...)
{
    if (err == NULL) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    err->line = line;
    err->column = column;
    int n = vsnprintf(err->message, sizeof(err->message), fmt, args);
    if (n >= (int)sizeof(err->message)) {
        drop_broken_tail(err->message);
    }
    va_end(args);
}
