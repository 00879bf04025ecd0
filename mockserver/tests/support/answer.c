/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an answer as a transport does: until nothing comes any more. */
#include "answer.h"

#include "cosbase/span.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* All of the body, or of a piece of it. */
static void read_piece(struct answer *a)
{
    size_t total = (size_t)cosmock_reply_body_bytes(a->x);
    char *body = realloc(a->body, a->n + total + 1);
    assert_non_null(body);
    a->body = body;
    for (size_t n = 0; n < total;) {
        int64_t got = cosmock_reply_read(a->x, n, a->body + a->n, total - n);
        assert_true(got > 0);
        n += (size_t)got;
        a->n += (size_t)got;
    }
    a->body[a->n] = '\0';
}

static bool begins(const struct answer *a, const char *text)
{
    return a->n > 0 && strncmp(a->body, text, strlen(text)) == 0;
}

/* Whatever refuses says why, in a header that no client's log spoils. */
static void check_reason(const struct answer *a)
{
    bool is_refusal = a->status >= 400 ||
                      begins(a, "<?xml version='1.0' encoding='utf-8' ?>\n<Error>") ||
                      begins(a, "{\"Response\":{\"Error\":");
    const char *reason = answer_header(a, "x-cosmock-reason");
    size_t n = strlen(reason);
    bool is_visible = true;
    for (size_t i = 0; i < n; i++) {
        is_visible = is_visible && reason[i] >= 0x20 && reason[i] < 0x7f;
    }
    if ((is_refusal && strstr(reason, ": ") == NULL) || n > 903 || !is_visible) {
        fail_msg("status %d, x-cosmock-reason '%s', body %s", a->status, reason, a->body);
    }
}

void answer_read(struct answer *a)
{
    int more = 1;
    for (a->n = 0; more == 1; more = cosmock_reply_next(a->x)) {
        read_piece(a);
    }
    assert_int_equal(more, 0);
    a->status = cosmock_reply_status(a->x);
    check_reason(a);
}

void answer_free(struct answer *a)
{
    a->x = cosmock_exchange_free(a->x);
    free(a->body);
    *a = (struct answer){0};
}

const char *answer_header(const struct answer *a, const char *name)
{
    static char value[4096];
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(a->x, &n);
    for (size_t i = 0; i < n; i++) {
        if (cos_span_eq_nocase(cos_span_make(h[i].name.ptr, h[i].name.len),
                               cos_span_of(name))) {
            (void)snprintf(value, sizeof(value), "%.*s", (int)h[i].value.len, h[i].value.ptr);
            return value;
        }
    }
    return "";
}
