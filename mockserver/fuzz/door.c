/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the whole journey without sockets. The input is a request as text: "METHOD
 * target", header lines, an empty line, the body; line ends are '\n', so that CR and NUL may
 * stand anywhere. Whatever comes in:
 *     an answer with a status, or a closed connection, and exactly one entry in the journal;
 *     no line break in any header of the answer;
 *     nobody without a valid signature changes an object (the corpus cannot sign: the mock's
 *     clocks stand still and its secrets are its own);
 *     and never a failure of our own: the mock is not broken.
 */
#include "ask.h"

#include "cosmock/cosmock.h"

#include "cosbase/span.h"

enum { HEADERS_MAX = 300 };

static struct cosmock *mock;
static struct cosmock_tenant *tenant;
static char stored_digest[65];

static void set_up(void)
{
    if (open_once(&mock, &tenant)) {
        for (int i = 0; i < COSMOCK_CLOCKS; i++) {
            cosmock_clock_freeze(tenant, (enum cosmock_clock)i, INT64_C(1700000100000));
        }
        require(cosmock_object_put(tenant, "examplebucket-1250000000", "k", "[Object Content]",
                                   16, NULL) == COSMOCK_OK);
        require(cosmock_store_digest(tenant, stored_digest) == COSMOCK_OK);
    }
}

static struct cosmock_slice slice(struct cos_span s)
{
    return (struct cosmock_slice){s.ptr == NULL ? "" : s.ptr, s.len};
}

/* @rest: what follows the request line; on return the body. */
static size_t read_headers(struct cos_span *rest, struct cosmock_header *headers)
{
    size_t n = 0;

    while (rest->ptr != NULL && n < HEADERS_MAX) {
        struct cos_span value = cos_span_cut(rest, '\n');
        if (value.len == 0) {
            break;
        }
        struct cos_span name = cos_span_cut(&value, ':');
        headers[n++] = (struct cosmock_header){slice(name), slice(value)};
    }
    return n;
}

static void check_reply(struct cosmock_exchange *x)
{
    size_t n = 0;
    const struct cosmock_header *h = cosmock_reply_headers(x, &n);
    int status = cosmock_reply_status(x);

    require((status >= 200 && status <= 599) || cosmock_reply_delivery(x).close_before);
    for (size_t i = 0; i < n; i++) {
        require(memchr(h[i].value.ptr, '\n', h[i].value.len) == NULL);
        require(memchr(h[i].value.ptr, '\r', h[i].value.len) == NULL);
        require(memchr(h[i].value.ptr, '\0', h[i].value.len) == NULL);
    }
    do {
        for (uint64_t at = 0; at < cosmock_reply_body_bytes(x);) {
            char bytes[4096];
            int64_t got = cosmock_reply_read(x, at, bytes, sizeof(bytes));
            require(got > 0);
            at += (uint64_t)got;
        }
    } while (cosmock_reply_next(x) == 1);
}

static void send_request(const struct cosmock_head *head, struct cos_span body)
{
    struct cosmock_exchange *x = NULL;
    uint64_t before = cosmock_journal_last_seq(tenant);
    int want = cosmock_begin(mock, &x, head);

    require(want == COSMOCK_WANT_BODY || want == COSMOCK_WANT_SEND);
    if (want == COSMOCK_WANT_BODY && body.len > 0) {
        size_t half = body.len / 2;
        if (cosmock_body(x, body.ptr, half) == 0) {
            (void)cosmock_body(x, body.ptr + half, body.len - half);
        }
    }
    require(cosmock_finish(x) == COSMOCK_OK);
    check_reply(x);
    (void)cosmock_exchange_free(x);
    require(cosmock_journal_last_seq(tenant) == before + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct cosmock_header headers[HEADERS_MAX];
    struct cos_span rest = cos_span_make(bytes, n);
    struct cos_span target = cos_span_cut(&rest, '\n');
    struct cos_span method = cos_span_cut(&target, ' ');
    struct cosmock_head head = {slice(method), slice(target), headers, 0, false, "fuzz:1"};

    set_up();
    head.n_headers = read_headers(&rest, headers);
    send_request(&head, rest.ptr == NULL ? COS_SPAN_EMPTY : rest);
    char digest[65];
    require(cosmock_store_digest(tenant, digest) == COSMOCK_OK);
    require(strcmp(digest, stored_digest) == 0);
    require(!cosmock_broken(mock));
    return 0;
}
