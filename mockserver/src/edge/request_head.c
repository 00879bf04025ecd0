/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that says where a request ends (RFC 9112 s.2.2, s.3, s.5, s.6, s.9.3; RFC 9110
 * s.5.5, s.8.6). Whoever puts a proxy in front of the mock, or a client with a bug behind it,
 * must not make two requests of what was meant as one: where two readers of the same bytes
 * could disagree, there is no request.
 *
 * Refused: a request line without method, target or HTTP/1 version, control bytes in it; header
 * lines without colon, with a name that is no token (so also "name :"), folded ones, control
 * bytes in values (NUL and a lone CR among them); a Content-Length that is no number, or a
 * second one; a Transfer-Encoding that is not just "chunked", that comes twice, beside
 * Content-Length or in HTTP/1.0; more than REQUEST_HEAD_FIELDS_MAX header lines or
 * REQUEST_HEAD_MAX_BYTES. A line feed alone ends a line (RFC 9112 s.2.2 allows it), empty lines
 * before a request are skipped. What target and host mean is left to journey/parse.c.
 */
#include "edge/request_head.h"

#include "cosbase/http.h"

struct reader {
    struct cos_span rest;
    size_t read; /* bytes before `rest` */
    struct cosmock_header *headers;
    bool is_http_1_0, has_coding, says_close, says_keep_alive;
    struct request_head head;
};

static bool reject(struct reader *r, const char *sentence)
{
    r->head.state = REQUEST_HEAD_MALFORMED;
    r->head.sentence = sentence;
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

    if (!cos_http_is_token(blank == SIZE_MAX ? line : cos_span_sub(line, 0, blank))) {
        return reject(r, "The request line does not begin with a method.");
    }
    return !cos_http_has_control(line, /* may_hold_tab= */ false) ||
           reject(r, "The request line holds a control byte.");
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
    r->is_http_1_0 = line.ptr[line.len - 1] == '0';
    r->head.target = cos_span_sub(line, first + 1, last - first - 1);
    return r->head.target.len > 0 || reject(r, "The request line has no target.");
}

/* --- the fields that say where the request ends, and what comes after it --- */

static bool read_content_length(struct reader *r, struct cos_span value)
{
    if (r->head.content_length >= 0) {
        return reject(r, "The request has two Content-Length headers.");
    }
    uint64_t length;
    if (!cos_span_u64(value, &length) || length > INT64_MAX) {
        return reject(r, "Content-Length is not a number.");
    }
    r->head.content_length = (int64_t)length;
    return true;
}

static bool read_transfer_encoding(struct reader *r, struct cos_span value)
{
    if (r->has_coding) {
        return reject(r, "The request has two Transfer-Encoding headers.");
    }
    r->has_coding = true;
    r->head.is_chunked = cos_span_eq_nocase(value, COS_SPAN_LIT("chunked"));
    return r->head.is_chunked || reject(r, "The only Transfer-Encoding understood is chunked.");
}

static bool read_connection(struct reader *r, struct cos_span value)
{
    while (value.ptr != NULL) {
        struct cos_span option = cos_span_trim(cos_span_cut(&value, ','));

        r->says_close |= cos_span_eq_nocase(option, COS_SPAN_LIT("close"));
        r->says_keep_alive |= cos_span_eq_nocase(option, COS_SPAN_LIT("keep-alive"));
    }
    return true;
}

static bool read_expect(struct reader *r, struct cos_span value)
{
    r->head.expects_continue |= cos_span_eq_nocase(value, COS_SPAN_LIT("100-continue"));
    return true;
}

static bool read_host(struct reader *r, struct cos_span value)
{
    if (r->head.host.ptr == NULL) {
        r->head.host = value;
    }
    return true;
}

static const struct {
    struct cos_span name;
    bool (*read)(struct reader *r, struct cos_span value);
} fields[] = {
    {{"Host", 4}, read_host},
    {{"Expect", 6}, read_expect},
    {{"Connection", 10}, read_connection},
    {{"Content-Length", 14}, read_content_length},
    {{"Transfer-Encoding", 17}, read_transfer_encoding},
};

static bool read_field(struct reader *r, struct cos_span name, struct cos_span value)
{
    if (r->head.n_headers == REQUEST_HEAD_FIELDS_MAX) {
        return reject(r, "The request has more than 256 headers.");
    }
    if (r->headers != NULL) {
        r->headers[r->head.n_headers] =
            (struct cosmock_header){{name.ptr, name.len}, {value.ptr, value.len}};
    }
    r->head.n_headers++;
    for (size_t i = 0; i < COS_ARRAY_LEN(fields); i++) {
        if (name.len == fields[i].name.len && cos_span_eq_nocase(name, fields[i].name)) {
            return fields[i].read(r, value);
        }
    }
    return true;
}

static bool read_header_line(struct reader *r, struct cos_span line)
{
    size_t colon = cos_span_chr(line, ':');
    struct cos_span name = cos_span_sub(line, 0, colon);

    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        return reject(r, "A header line begins with a blank.");
    }
    if (cos_http_has_control(line, /* may_hold_tab= */ true)) {
        return reject(r, "A header line holds a control byte.");
    }
    if (colon == SIZE_MAX) {
        return reject(r, "A header line has no colon.");
    }
    if (!cos_http_is_token(name)) {
        return reject(r, "A header name is not a token.");
    }
    return read_field(r, name, cos_span_trim(cos_span_from(line, colon + 1)));
}

/* --- lines --- */

/* The next line without its end. False: its end has not come. */
static bool next_line(struct reader *r, struct cos_span *line)
{
    size_t end = cos_span_chr(r->rest, '\n');

    if (end == SIZE_MAX) {
        return false;
    }
    *line = cos_span_sub(r->rest, 0, end > 0 && r->rest.ptr[end - 1] == '\r' ? end - 1 : end);
    r->rest = cos_span_from(r->rest, end + 1);
    r->read += end + 1;
    return true;
}

static bool is_within_limit(struct reader *r, size_t unread)
{
    return r->read + unread - r->head.bytes <= REQUEST_HEAD_MAX_BYTES ||
           reject(r, "The request head is larger than 64 KiB.");
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

/* False: there is no more to read. */
static bool read_first_line(struct reader *r)
{
    struct cos_span line;
    while (next_line(r, &line)) {
        if (line.len > 0) {
            return read_request_line(r, line);
        }
        r->head.bytes = r->read;
    }
    look_at_unfinished_line(r);
    return false;
}

static bool read_header_lines(struct reader *r)
{
    struct cos_span line;
    while (next_line(r, &line)) {
        if (!is_within_limit(r, 0)) {
            return false;
        }
        if (line.len == 0) {
            return true;
        }
        if (!read_header_line(r, line)) {
            return false;
        }
    }
    (void)is_within_limit(r, r->rest.len);
    return false;
}

/* What the fields say together (RFC 9112 s.6.1, s.9.3). */
static void conclude(struct reader *r)
{
    struct request_head *h = &r->head;

    if (r->has_coding && h->content_length >= 0) {
        (void)reject(r, "Content-Length and Transfer-Encoding exclude each other.");
    } else if (r->has_coding && r->is_http_1_0) {
        (void)reject(r, "HTTP/1.0 knows no Transfer-Encoding.");
    } else {
        h->state = REQUEST_HEAD_FINE;
        h->bytes = r->read;
        h->is_http_1_0 = r->is_http_1_0;
        h->is_persistent = !r->says_close && (!r->is_http_1_0 || r->says_keep_alive);
        h->expects_continue = h->expects_continue && !r->is_http_1_0;
    }
}

struct request_head request_head_look(const void *bytes, size_t n,
                                      struct cosmock_header *headers)
{
    struct reader r = {.rest = {bytes, n}, .headers = headers, .head = {.content_length = -1}};

    if (read_first_line(&r) && read_header_lines(&r)) {
        conclude(&r);
    }
    return r.head;
}
