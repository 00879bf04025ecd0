/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict where leniency let two readers of one body disagree about its end: a size is
 * hexadecimal digits and nothing before or behind them, at most 63 bits; lines end with CR LF;
 * the data of a chunk is followed by CR LF. Extensions and trailers are read and forgotten (RFC
 * 9112 s.7.1.1, s.7.1.2), but they must look like some, and there must not be more than
 * EXTRA_MAX_BYTES of them in a body: each costs work and gives nothing.
 */
#include "edge/chunked.h"

#define SIZE_MAX_DIGITS 16
#define EXTRA_MAX_BYTES (16u << 10)

static void reject(struct chunked *c, const char *sentence)
{
    c->state = CHUNKED_MALFORMED;
    c->sentence = sentence;
}

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }
    return (ch | 32) >= 'a' && (ch | 32) <= 'f' ? (ch | 32) - 'a' + 10 : -1;
}

/* What may stand in an extension or a trailer's value. */
static bool is_text(char ch)
{
    return ((unsigned char)ch >= 0x20 && ch != 0x7f) || ch == '\t';
}

/* RFC 9110 s.5.6.2 */
static bool is_name_char(char ch)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    return (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z') ||
           memchr(others, ch, sizeof(others) - 1) != NULL;
}

static void take_size(struct chunked *c, char ch)
{
    int digit = hex_digit(ch);

    if (digit >= 0) {
        if (++c->n_digits > SIZE_MAX_DIGITS || c->left > (UINT64_MAX >> 5)) {
            reject(c, "The size of a chunk is too large.");
            return;
        }
        c->left = c->left << 4 | (unsigned)digit;
    } else if (c->n_digits == 0) {
        reject(c, "A chunk does not begin with its size.");
    } else if (ch == ';') {
        c->state = CHUNKED_EXTENSION;
    } else if (ch == '\r') {
        c->state = CHUNKED_SIZE_LF;
    } else {
        reject(c, "The size of a chunk is not a hexadecimal number.");
    }
}

static void take_extra(struct chunked *c, char ch, enum chunked_state next)
{
    if (ch == '\r') {
        c->state = next;
    } else if (!is_text(ch)) {
        reject(c, "A chunk's extension or a trailer holds a control byte.");
    } else if (++c->extra_bytes > EXTRA_MAX_BYTES) {
        reject(c, "The body has more than 16 KiB of chunk extensions and trailers.");
    }
}

static void take_lf(struct chunked *c, char ch, enum chunked_state next)
{
    if (ch != '\n') {
        reject(c, "A line of the chunked body does not end with CR LF.");
        return;
    }
    c->state = next;
}

static void begin_trailer(struct chunked *c, char ch)
{
    if (ch == '\r') {
        c->state = CHUNKED_LAST_LF;
        return;
    }
    c->state = CHUNKED_NAME;
    if (!is_name_char(ch)) {
        reject(c, "A trailer does not begin with a name.");
    }
}

static void take_name(struct chunked *c, char ch)
{
    if (ch == ':') {
        c->state = CHUNKED_VALUE;
    } else if (!is_name_char(ch)) {
        reject(c, "The name of a trailer is not a token.");
    } else if (++c->extra_bytes > EXTRA_MAX_BYTES) {
        reject(c, "The body has more than 16 KiB of chunk extensions and trailers.");
    }
}

/* One byte that is not data. */
static void take_byte(struct chunked *c, char ch)
{
    switch (c->state) {
    case CHUNKED_SIZE:
        take_size(c, ch);
        break;
    case CHUNKED_EXTENSION:
        take_extra(c, ch, CHUNKED_SIZE_LF);
        break;
    case CHUNKED_SIZE_LF:
        take_lf(c, ch, c->left == 0 ? CHUNKED_TRAILER : CHUNKED_DATA);
        c->n_digits = 0;
        break;
    case CHUNKED_DATA_CR:
        c->state = CHUNKED_DATA_LF;
        if (ch != '\r') {
            reject(c, "The data of a chunk is longer than its size.");
        }
        break;
    case CHUNKED_DATA_LF:
        take_lf(c, ch, CHUNKED_SIZE);
        break;
    case CHUNKED_TRAILER:
        begin_trailer(c, ch);
        break;
    case CHUNKED_NAME:
        take_name(c, ch);
        break;
    case CHUNKED_VALUE:
        take_extra(c, ch, CHUNKED_TRAILER_LF);
        break;
    case CHUNKED_TRAILER_LF:
        take_lf(c, ch, CHUNKED_TRAILER);
        break;
    case CHUNKED_LAST_LF:
        take_lf(c, ch, CHUNKED_END);
        break;
    case CHUNKED_DATA:
    case CHUNKED_END:
    case CHUNKED_MALFORMED:
        break;
    }
}

size_t chunked_take(struct chunked *c, const char *bytes, size_t n, struct cos_span *data)
{
    *data = COS_SPAN_EMPTY;
    size_t at = 0;
    while (at < n && c->state != CHUNKED_DATA && c->state != CHUNKED_END &&
           c->state != CHUNKED_MALFORMED) {
        take_byte(c, bytes[at++]);
    }
    if (at < n && c->state == CHUNKED_DATA) {
        *data = cos_span_make(bytes + at, c->left < n - at ? (size_t)c->left : n - at);
        c->left -= data->len;
        at += data->len;
        c->state = c->left == 0 ? CHUNKED_DATA_CR : CHUNKED_DATA;
    }
    return at;
}
