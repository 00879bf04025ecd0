/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: what a client says on a connection, taken apart as the edge does it, whole and
 * in pieces: heads, bodies by length or in chunks, and the next head behind them. Whatever
 * comes in:
 *     in whichever pieces it comes, the requests are the same, and so is the verdict;
 *     a request takes bytes, and no more than there are; what is malformed stays so;
 *     names are tokens, values hold no line break and no NUL, and everything points into what
 *     was sent.
 */
#include "fuzz.h"

#include "edge/chunked.h"
#include "edge/request_head.h"

enum { REQUESTS_MAX = 64 };

struct account {  /* of one reading */
    uint64_t sum; /* of heads and data, in order */
    size_t n_requests;
    size_t used;
    bool is_malformed;
};

static void count(struct account *a, struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        a->sum = a->sum * 1099511628211u + (unsigned char)s.ptr[i] + 1; /* FNV's prime */
    }
}

static void check_field(struct cos_span all, const struct cosmock_header *h)
{
    require(h->name.len > 0 && h->name.ptr >= all.ptr &&
            h->value.ptr + h->value.len <= all.ptr + all.len);
    for (size_t i = 0; i < h->name.len; i++) {
        require(h->name.ptr[i] > ' ' && h->name.ptr[i] < 0x7f && h->name.ptr[i] != ':');
    }
    require(memchr(h->value.ptr, '\r', h->value.len) == NULL);
    require(memchr(h->value.ptr, '\n', h->value.len) == NULL);
    require(memchr(h->value.ptr, '\0', h->value.len) == NULL);
}

/* False: there is no whole head. */
static bool read_head(struct account *a, struct cos_span rest, struct request_head *out)
{
    static struct cosmock_header headers[REQUEST_HEAD_FIELDS_MAX];

    *out = request_head_look(rest.ptr, rest.len, headers);
    a->is_malformed = out->state == REQUEST_HEAD_MALFORMED;
    require((out->sentence != NULL) == a->is_malformed);
    if (out->state != REQUEST_HEAD_FINE) {
        return false;
    }
    require(out->bytes > 0 && out->bytes <= rest.len);
    require(!(out->is_chunked && out->content_length >= 0));
    for (size_t i = 0; i < out->n_headers; i++) {
        check_field(rest, &headers[i]);
    }
    count(a, cos_span_sub(rest, 0, out->bytes));
    return true;
}

/* False: the body does not end. */
static bool read_chunks(struct account *a, struct cos_span rest, size_t piece)
{
    struct chunked c = {0};
    size_t used = 0;

    while (used < rest.len && c.state != CHUNKED_END && c.state != CHUNKED_MALFORMED) {
        struct cos_span part = cos_span_sub(rest, used, piece);
        struct cos_span data;
        size_t took = chunked_take(&c, part.ptr, part.len, &data);

        require(took > 0 && took <= part.len && data.len <= took);
        count(a, data);
        used += took;
    }
    a->used += used;
    a->is_malformed = c.state == CHUNKED_MALFORMED;
    require((c.sentence != NULL) == a->is_malformed);
    return c.state == CHUNKED_END;
}

static struct account read_all(struct cos_span all, size_t piece)
{
    struct account a = {0};
    struct request_head head;
    bool goes_on = true;

    while (goes_on && a.n_requests < REQUESTS_MAX &&
           read_head(&a, cos_span_from(all, a.used), &head)) {
        a.n_requests++;
        a.used += head.bytes;
        if (head.is_chunked) {
            goes_on = read_chunks(&a, cos_span_from(all, a.used), piece);
        } else if (head.content_length > 0) {
            goes_on = (uint64_t)head.content_length <= all.len - a.used;
            a.used += goes_on ? (size_t)head.content_length : 0;
        }
        goes_on = goes_on && head.is_persistent;
    }
    return a;
}

/* A head that is refused stays refused, and one that is whole stays the same, whatever
 * follows. */
static void check_growth(struct cos_span all)
{
    struct request_head last = {.state = REQUEST_HEAD_UNFINISHED};

    for (size_t n = 0; n <= all.len && n < 512; n++) {
        struct request_head now = request_head_look(all.ptr, n, /* headers: */ NULL);

        require(last.state == REQUEST_HEAD_UNFINISHED || now.state == last.state);
        require(last.state != REQUEST_HEAD_FINE || now.bytes == last.bytes);
        last = now;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct cos_span all = cos_span_make(bytes, n);
    struct account whole = read_all(all, SIZE_MAX);

    for (size_t piece = 1; piece <= 7; piece += 3) {
        struct account parts = read_all(all, piece);

        require(parts.sum == whole.sum && parts.n_requests == whole.n_requests &&
                parts.used == whole.used && parts.is_malformed == whole.is_malformed);
    }
    check_growth(all);
    return 0;
}
