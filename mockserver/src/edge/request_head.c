/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The framing rules libmicrohttpd enforces with a page of its own, or does not enforce at all, judged before it sees the bytes (RFC 9112 s.2.2, s.3, s.5,
 * RFC 9110 s.8.6). Whatever it passes on as sent (names that are no token, two hosts, length beside chunked) is left to journey/parse.c.
 *
 * Refused here: a request line without target or HTTP/1 version, a method with bytes outside visible ASCII, control bytes in the request line, a first
 * header line that begins with a blank, header lines without name or colon, a NUL or a lone CR anywhere (libmicrohttpd cuts strings at the one and takes the
 * other for a line end), a Content-Length that is no number, and a head too large for the memory a connection has.
 */
#include "edge/request_head.h"

#define WEIGHT_OF_A_FIELD \
    64 /* what libmicrohttpd keeps beside the text of each: 56 bytes, and its alignment */

struct reader {
    struct cos_span rest;
    size_t weight;
    struct request_head head;
};

static bool reject(struct reader *r, const char *sentence)
{
    r->head.state = REQUEST_HEAD_MALFORMED;
    r->head.sentence = sentence;
    return false;
}

static bool is_visible(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c <= 0x20 || c >= 0x7f) {
            return false;
        }
    }
    return true;
}

static bool has_control_byte(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c < 0x20 || c == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool is_http_1(struct cos_span version)
{
    return version.len == 8 && cos_span_starts(version, COS_SPAN_LIT("HTTP/1.")) &&
           version.ptr[7] >= '0' && version.ptr[7] <= '9';
}

/* Also of a line whose end has not come: what is wrong already cannot become right. */
static bool check_request_line_bytes(struct reader *r, struct cos_span line)
{
    size_t blank = cos_span_chr(line, ' ');

    if (blank == 0 || !is_visible(blank == SIZE_MAX ? line : cos_span_sub(line, 0, blank))) {
        return reject(r, "The request line does not begin with a method.");
    }
    return !has_control_byte(line) || reject(r, "The request line holds a control byte.");
}

static size_t count_params(struct cos_span target)
{
    size_t n = 0;

    for (size_t i = 0; i < target.len; i++) {
        n += target.ptr[i] == '&' || target.ptr[i] == '?';
    }
    return n;
}

static bool read_request_line(struct reader *r, struct cos_span line)
{
    size_t first = cos_span_chr(line, ' ');
    size_t last = cos_span_rchr(line, ' ');

    if (!check_request_line_bytes(r, line)) {
        return false;
    }
    if (first == SIZE_MAX) {
        return reject(r, "The request line has no target.");
    }
    r->head.method = cos_span_sub(line, 0, first);
    if (last == first || !is_http_1(cos_span_from(line, last + 1))) {
        return reject(r, "The request line does not end with an HTTP/1 version.");
    }
    r->head.target = cos_span_trim(cos_span_sub(line, first, last - first));
    r->weight += WEIGHT_OF_A_FIELD * count_params(r->head.target);
    return true;
}

static bool read_field(struct reader *r, struct cos_span name, struct cos_span value)
{
    uint64_t length;

    if (cos_span_eq_nocase(name, COS_SPAN_LIT("Content-Length")) &&
        (!cos_span_u64(value, &length) || length > INT64_MAX)) {
        return reject(r, "Content-Length is not a number.");
    }
    if (r->head.host.ptr == NULL && cos_span_eq_nocase(name, COS_SPAN_LIT("Host"))) {
        r->head.host = value;
    }
    return true;
}

static bool read_header_line(struct reader *r, struct cos_span line, bool is_first)
{
    size_t colon = cos_span_chr(line, ':');

    r->weight += WEIGHT_OF_A_FIELD;
    if (cos_span_chr(line, '\0') != SIZE_MAX || cos_span_chr(line, '\r') != SIZE_MAX) {
        return reject(r, "A header line holds a NUL or a lone CR.");
    }
    if (line.ptr[0] == ' ' ||
        line.ptr[0] == '\t') { /* obs-fold: goes on with the line before */
        return !is_first || reject(r, "The first header line begins with a blank.");
    }
    if (colon == SIZE_MAX) {
        return reject(r, "A header line has no colon.");
    }
    if (colon == 0) {
        return reject(r, "A header has no name.");
    }
    return read_field(r, cos_span_sub(line, 0, colon),
                      cos_span_trim(cos_span_from(line, colon + 1)));
}

/* The next line without its end. False: its end has not come. */
static bool next_line(struct reader *r, struct cos_span *line)
{
    size_t end = cos_span_chr(r->rest, '\n');

    if (end == SIZE_MAX) {
        return false;
    }
    *line = cos_span_sub(r->rest, 0, end > 0 && r->rest.ptr[end - 1] == '\r' ? end - 1 : end);
    r->rest = cos_span_from(r->rest, end + 1);
    r->weight += end + 1;
    return true;
}

static bool is_within_limit(struct reader *r, size_t unread)
{
    return r->weight + unread <= REQUEST_HEAD_MAX_BYTES ||
           reject(r, "The request head is larger than 28 KiB.");
}

/* The line as far as it has come. */
static void look_at_unfinished_line(struct reader *r)
{
    struct cos_span line = r->rest;

    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    if (line.len > 0 && check_request_line_bytes(r, line)) {
        (void)is_within_limit(r, line.len);
    }
}

/* False: there is no more to read. Empty lines before a request are ignored (RFC 9112 s.2.2). */
static bool read_first_line(struct reader *r)
{
    struct cos_span line;

    while (next_line(r, &line)) {
        if (!is_within_limit(r, 0)) {
            return false;
        }
        if (line.len > 0) {
            return read_request_line(r, line);
        }
    }
    look_at_unfinished_line(r);
    return false;
}

static void read_header_lines(struct reader *r)
{
    struct cos_span line;

    for (bool is_first = true; next_line(r, &line); is_first = false) {
        if (!is_within_limit(r, 0)) {
            return;
        }
        if (line.len == 0) {
            r->head.state = REQUEST_HEAD_FINE;
            return;
        }
        if (!read_header_line(r, line, is_first)) {
            return;
        }
    }
    (void)is_within_limit(r, r->rest.len);
}

struct request_head request_head_look(const void *bytes, size_t n)
{
    struct reader r = {.rest = {bytes, n}};

    if (read_first_line(&r)) {
        read_header_lines(&r);
    }
    return r.head;
}
