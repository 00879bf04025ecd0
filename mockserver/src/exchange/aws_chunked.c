/* SPDX-License-Identifier: Apache-2.0 */
/* A line is kept until its LF has come; bytes of a chunk are passed on where they are. */
#include "exchange/aws_chunked.h"

#define SIGNATURE_FIELD ";chunk-signature="
#define SIZE_DIGITS_MAX 15 /* whatever comes fits an int64_t */

void aws_chunked_init(struct aws_chunked *d, bool is_signed)
{
    *d = (struct aws_chunked){.state = AWS_IN_SIZE, .is_signed = is_signed};
}

static enum aws_chunk_event break_off(struct aws_chunked *d, const char *why)
{
    d->state = AWS_BROKEN;
    d->why = why;
    return AWS_CHUNK_MALFORMED;
}

/* -1: it is none. */
static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool is_hex(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (hex_digit(s.ptr[i]) < 0) {
            return false;
        }
    }
    return s.len > 0;
}

static bool read_size(struct cos_span digits, uint64_t *out)
{
    *out = 0;
    if (digits.len > SIZE_DIGITS_MAX || !is_hex(digits)) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        *out = *out << 4 | (unsigned)hex_digit(digits.ptr[i]);
    }
    return true;
}

static enum aws_chunk_event read_chunk_head(struct aws_chunked *d, struct cos_span line)
{
    struct cos_span field = COS_SPAN_LIT(SIGNATURE_FIELD);
    size_t semicolon = cos_span_chr(line, ';');
    struct cos_span digits = semicolon == SIZE_MAX ? line : cos_span_sub(line, 0, semicolon);
    struct cos_span extension = cos_span_from(line, digits.len);
    if (!read_size(digits, &d->size)) {
        return break_off(d, "a chunk begins with no hexadecimal size");
    }
    if (d->is_signed ? !cos_span_starts(extension, field) : extension.len > 0) {
        return break_off(d, d->is_signed ? "a chunk has no chunk-signature"
                                         : "a chunk has an extension, and none is signed");
    }
    d->signature = d->is_signed ? cos_span_from(extension, field.len) : COS_SPAN_EMPTY;
    if (d->is_signed &&
        (d->signature.len != AWS_CHUNK_SIGNATURE_DIGITS || !is_hex(d->signature))) {
        return break_off(d, "a chunk-signature is not 64 hexadecimal digits");
    }
    d->left = d->size;
    d->state = d->size == 0 ? AWS_IN_TRAILERS : AWS_IN_DATA;
    return AWS_CHUNK_BEGIN;
}

static enum aws_chunk_event read_trailer(struct aws_chunked *d, struct cos_span line)
{
    if (line.len == 0) {
        d->state = AWS_AT_END;
        return AWS_CHUNK_FINISHED;
    }
    size_t colon = cos_span_chr(line, ':');
    if (colon == SIZE_MAX || colon == 0) {
        return break_off(d, "a trailer is no <name>:<value>");
    }
    if (++d->n_trailers > AWS_TRAILERS_MAX) {
        return break_off(d, "more than 8 trailers");
    }
    d->name = cos_span_sub(line, 0, colon);
    d->value = cos_span_trim(cos_span_from(line, colon + 1));
    return AWS_CHUNK_TRAILER;
}

static enum aws_chunk_event read_line(struct aws_chunked *d)
{
    struct cos_span line = cos_span_make(d->line, d->line_bytes);
    d->line_bytes = 0;
    if (line.len == 0 || line.ptr[line.len - 1] != '\r') {
        return break_off(d, "a line ends with LF and no CR before it");
    }
    line.len--;
    switch (d->state) {
    case AWS_IN_SIZE:
        return read_chunk_head(d, line);
    case AWS_BEHIND_DATA:
        if (line.len > 0) {
            return break_off(d, "more bytes in a chunk than its size");
        }
        d->state = AWS_IN_SIZE;
        return AWS_CHUNK_END;
    default:
        return read_trailer(d, line);
    }
}

static enum aws_chunk_event take_line(struct aws_chunked *d, struct cos_span bytes,
                                      size_t *used)
{
    size_t end = cos_span_chr(bytes, '\n');
    size_t n = end == SIZE_MAX ? bytes.len : end;
    if (n > sizeof(d->line) - d->line_bytes) {
        return break_off(d, d->state == AWS_BEHIND_DATA
                                ? "more bytes in a chunk than its size"
                                : "a line of the framing is longer than 512 bytes");
    }
    memcpy(d->line + d->line_bytes, bytes.ptr, n);
    d->line_bytes += n;
    *used = end == SIZE_MAX ? n : n + 1;
    return end == SIZE_MAX ? AWS_CHUNK_MORE : read_line(d);
}

static enum aws_chunk_event take_data(struct aws_chunked *d, struct cos_span bytes,
                                      size_t *used)
{
    *used = bytes.len < d->left ? bytes.len : (size_t)d->left;
    d->data = cos_span_sub(bytes, 0, *used);
    d->left -= *used;
    if (d->left == 0) {
        d->state = AWS_BEHIND_DATA;
    }
    return AWS_CHUNK_DATA;
}

size_t aws_chunked_take(struct aws_chunked *d, struct cos_span bytes, enum aws_chunk_event *out)
{
    size_t used = 0;
    *out = AWS_CHUNK_MORE;
    if (d->state == AWS_BROKEN) {
        *out = AWS_CHUNK_MALFORMED;
    } else if (d->state == AWS_AT_END) {
        *out = break_off(d, "bytes behind the last chunk");
    } else if (d->state == AWS_IN_DATA) {
        *out = take_data(d, bytes, &used);
    } else {
        *out = take_line(d, bytes, &used);
    }
    return used;
}

bool aws_chunked_is_at_end(const struct aws_chunked *d)
{
    return d->state == AWS_AT_END;
}
