/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: an aws-chunked body. The first byte says whether its chunks are signed. Whatever
 * comes in:
 *     in whichever pieces it comes, its chunks, their bytes, its trailers and the verdict are
 *     the same;
 *     chunks hold the bytes they announce, never more than came, and what is malformed stays
 *     so;
 *     and the same bytes, put into chunks, come out again.
 */
#include "fuzz.h"

#include "exchange/aws_chunked.h"

#include <stdio.h>

struct account {  /* of one reading */
    uint64_t sum; /* of all that was said, in order */
    uint64_t announced, came, n_bytes;
    unsigned n_begun, n_ended;
    bool is_malformed, is_at_end;
};

static void count(struct account *a, struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        a->sum = a->sum * 1099511628211u + (unsigned char)s.ptr[i] + 1; /* FNV's prime */
    }
}

static void count_event(struct account *a, const struct aws_chunked *d,
                        enum aws_chunk_event event)
{
    switch (event) {
    case AWS_CHUNK_MORE:
        break;
    case AWS_CHUNK_BEGIN:
        require(a->came == a->announced);
        require(d->signature.len == (d->is_signed ? AWS_CHUNK_SIGNATURE_DIGITS : 0));
        count(a, d->signature);
        a->announced = d->size;
        a->came = 0;
        a->n_begun += d->size > 0;
        break;
    case AWS_CHUNK_DATA:
        require(d->data.len > 0);
        count(a, d->data);
        a->came += d->data.len;
        a->n_bytes += d->data.len;
        require(a->came <= a->announced);
        break;
    case AWS_CHUNK_END:
        require(a->came == a->announced);
        a->n_ended++;
        break;
    case AWS_CHUNK_TRAILER:
        require(d->name.len > 0);
        count(a, d->name);
        count(a, d->value);
        break;
    case AWS_CHUNK_FINISHED:
        require(a->n_begun == a->n_ended);
        break;
    case AWS_CHUNK_MALFORMED:
        require(d->why != NULL);
        a->is_malformed = true;
        break;
    }
}

static struct account read_all(struct cos_span all, bool is_signed, size_t piece)
{
    struct account a = {0};
    struct aws_chunked d;
    aws_chunked_init(&d, is_signed);
    for (size_t at = 0; at < all.len && !a.is_malformed; at += piece) {
        struct cos_span rest = cos_span_sub(all, at, piece);
        while (rest.len > 0 && !a.is_malformed) {
            enum aws_chunk_event event;
            size_t used = aws_chunked_take(&d, rest, &event);
            require(used <= rest.len && (used > 0 || event == AWS_CHUNK_MALFORMED));
            rest = cos_span_from(rest, used);
            count_event(&a, &d, event);
        }
        if (piece > all.len - at) {
            break;
        }
    }
    a.is_at_end = aws_chunked_is_at_end(&d);
    require(!a.is_malformed || !a.is_at_end);
    require(a.n_bytes <= all.len);
    return a;
}

/* @bytes by chunks of @size, and back. */
static void check_there_and_back(struct cos_span bytes, size_t size)
{
    static char framed[1 << 16];
    size_t n = 0;
    for (size_t at = 0; at < bytes.len; at += size) {
        struct cos_span chunk = cos_span_sub(bytes, at, size);
        n += (size_t)snprintf(framed + n, sizeof(framed) - n, "%zx\r\n", chunk.len);
        memcpy(framed + n, chunk.ptr, chunk.len);
        n += chunk.len;
        memcpy(framed + n, "\r\n", 2);
        n += 2;
    }
    n += (size_t)snprintf(framed + n, sizeof(framed) - n, "0\r\n\r\n");
    struct account a = read_all(cos_span_make(framed, n), /* is_signed= */ false, 11);
    struct account plain = {0};
    count(&plain, bytes);
    require(a.is_at_end && a.n_bytes == bytes.len && a.sum == plain.sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0) {
        return 0;
    }
    bool is_signed = bytes[0] & 1;
    struct cos_span all = cos_span_make(bytes + 1, n - 1);
    struct account whole = read_all(all, is_signed, SIZE_MAX);
    for (size_t piece = 1; piece <= 7; piece += 3) {
        struct account parts = read_all(all, is_signed, piece);
        require(parts.sum == whole.sum && parts.n_bytes == whole.n_bytes &&
                parts.is_malformed == whole.is_malformed && parts.is_at_end == whole.is_at_end);
    }
    if (all.len < 4096) {
        check_there_and_back(all, 1 + bytes[0] / 2u);
    }
    return 0;
}
