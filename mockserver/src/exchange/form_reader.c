/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A delimiter is CR LF "--" and the boundary, and only its first byte is a CR (a boundary holds
 * none). So where a match breaks off, it can begin again at the byte that broke it and nowhere
 * before, and what had matched is data: a copy of it is the delimiter itself. No byte is looked
 * at twice and none is kept.
 *
 * Lines end with CR LF and nothing else; a preamble and an epilogue are passed over (RFC 2046
 * s.5.1.1). A delimiter that something follows but blanks, "--" or a line's end makes the body
 * malformed: no boundary may stand in what it bounds.
 */
#include "exchange/form_reader.h"

#define DISPOSITION "Content-Disposition"

/* --- "form-data; name=\"key\"; filename=\"a.txt\"" --- */

struct value {
    char *ptr; /* in the reader's own memory, or not written to */
    size_t len;
};

/* @rest begins behind the quote; cuts up to the closing one. False: there is none. A backslash
 * escapes a quote and nothing else: browsers once sent whole paths. */
static bool cut_quoted(struct value *rest, struct value *out)
{
    size_t n = 0;
    size_t at = 0;
    while (at < rest->len && rest->ptr[at] != '"') {
        if (rest->ptr[at] == '\\' && at + 1 < rest->len && rest->ptr[at + 1] == '"') {
            at++;
        }
        if (n != at) {
            rest->ptr[n] = rest->ptr[at];
        }
        n++;
        at++;
    }
    if (at == rest->len) {
        return false;
    }
    *out = (struct value){rest->ptr, n};
    *rest = (struct value){rest->ptr + at + 1, rest->len - at - 1};
    return true;
}

static struct cos_span view(struct value v)
{
    return cos_span_make(v.ptr, v.len);
}

static struct value from(struct value v, size_t at)
{
    return (struct value){v.ptr + at, v.len - at};
}

/* Cuts "; name=value" off @rest. False: there is none, or it is none. */
static bool cut_param(struct value *rest, struct cos_span *name, struct cos_span *value)
{
    struct value r = *rest;
    while (r.len > 0 && (r.ptr[0] == ' ' || r.ptr[0] == '\t' || r.ptr[0] == ';')) {
        r = from(r, 1);
    }
    size_t equals = cos_span_chr(view(r), '=');
    if (equals == SIZE_MAX) {
        return false;
    }
    *name = cos_span_trim(cos_span_sub(view(r), 0, equals));
    r = from(r, equals + 1);
    if (r.len > 0 && r.ptr[0] == '"') {
        struct value text;
        r = from(r, 1);
        if (!cut_quoted(&r, &text)) {
            return false;
        }
        *value = view(text);
    } else {
        size_t end = cos_span_chr(view(r), ';');
        end = end == SIZE_MAX ? r.len : end;
        *value = cos_span_trim(cos_span_sub(view(r), 0, end));
        r = from(r, end);
    }
    *rest = r;
    return true;
}

/* @text is "<what>; ...": its parameters. */
static bool cut_type(struct value *text, const char *what)
{
    size_t end = cos_span_chr(view(*text), ';');
    end = end == SIZE_MAX ? text->len : end;
    bool is_it =
        cos_span_eq_nocase(cos_span_trim(cos_span_sub(view(*text), 0, end)), cos_span_of(what));
    *text = from(*text, end);
    return is_it;
}

/* --- the boundary --- */

static bool is_boundary(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < ' ' || s.ptr[i] > '~') {
            return false;
        }
    }
    return s.len > 0 && s.len <= FORM_BOUNDARY_MAX_BYTES && s.ptr[s.len - 1] != ' ';
}

bool form_reader_init(struct form_reader *r, struct cos_span content_type)
{
    *r = (struct form_reader){.state = FORM_IN_PREAMBLE};
    if (content_type.len > sizeof(r->head)) {
        return false;
    }
    (void)cos_span_put(r->head, content_type);
    struct value rest = {r->head, content_type.len};
    bool is_form = cut_type(&rest, "multipart/form-data");
    struct cos_span name;
    struct cos_span value;
    while (is_form && cut_param(&rest, &name, &value)) {
        if (cos_span_eq_nocase(name, COS_SPAN_LIT("boundary")) && is_boundary(value)) {
            char *end = cos_span_put(cos_span_put(r->delimiter, COS_SPAN_LIT("\r\n--")), value);
            r->delimiter_bytes = (size_t)(end - r->delimiter);
            r->matched = 2; /* the first delimiter needs no line's end before it */
            return true;
        }
    }
    r->state = FORM_BROKEN;
    return false;
}

/* --- the head of a part --- */

static bool read_disposition(struct form_reader *r, struct value text)
{
    if (!cut_type(&text, "form-data")) {
        return false;
    }
    struct cos_span name;
    struct cos_span value;
    while (cut_param(&text, &name, &value)) {
        if (cos_span_eq_nocase(name, COS_SPAN_LIT("name"))) {
            r->name = value;
        } else if (cos_span_eq_nocase(name, COS_SPAN_LIT("filename"))) {
            r->filename = value;
        }
    }
    return r->name.len > 0;
}

/* False: it does not say whose value follows. */
static bool read_head(struct form_reader *r)
{
    r->name = COS_SPAN_EMPTY;
    r->filename = (struct cos_span){NULL, 0};
    for (size_t at = 0; at < r->head_bytes;) {
        struct value line = {r->head + at, r->head_bytes - at};
        size_t end = cos_span_find(view(line), COS_SPAN_LIT("\r\n"));
        line.len = end == SIZE_MAX ? line.len : end;
        at += line.len + 2;
        size_t colon = cos_span_chr(view(line), ':');
        if (colon != SIZE_MAX &&
            cos_span_eq_nocase(cos_span_sub(view(line), 0, colon), COS_SPAN_LIT(DISPOSITION))) {
            return read_disposition(r, from(line, colon + 1));
        }
    }
    return false;
}

/* --- byte by byte, but for data --- */

static void break_off(struct form_reader *r, enum form_event *out)
{
    r->state = FORM_BROKEN;
    *out = FORM_MALFORMED;
}

static void take_line_end(struct form_reader *r, char c, enum form_event *out)
{
    if (r->state == FORM_BEHIND_DASH && c == '-') {
        r->state = FORM_IN_EPILOGUE;
    } else if (r->state == FORM_BEHIND_CR && c == '\n') {
        r->state = FORM_IN_HEAD;
        r->head_bytes = 0;
    } else if (r->state == FORM_BEHIND_DELIMITER && c == '-') {
        r->state = FORM_BEHIND_DASH;
    } else if (r->state == FORM_BEHIND_DELIMITER && c == '\r') {
        r->state = FORM_BEHIND_CR;
    } else if (r->state != FORM_BEHIND_DELIMITER || (c != ' ' && c != '\t')) {
        break_off(r, out);
    }
}

static void take_head(struct form_reader *r, char c, enum form_event *out)
{
    if (r->head_bytes == sizeof(r->head)) {
        break_off(r, out);
        return;
    }
    r->head[r->head_bytes++] = c;
    struct cos_span head = cos_span_make(r->head, r->head_bytes);
    bool is_empty = cos_span_eq_str(head, "\r\n");
    if (!is_empty && !cos_span_ends(head, COS_SPAN_LIT("\r\n\r\n"))) {
        return;
    }
    if (is_empty || !read_head(r)) {
        break_off(r, out);
        return;
    }
    r->state = FORM_IN_DATA;
    *out = FORM_PART;
}

static void give(struct form_reader *r, struct cos_span data, enum form_event *out)
{
    r->data = data;
    *out = r->state == FORM_IN_DATA && data.len > 0 ? FORM_DATA : FORM_MORE;
}

static size_t take_data(struct form_reader *r, struct cos_span in, enum form_event *out)
{
    size_t n = 0;
    if (r->matched == 0) {
        n = cos_span_chr(in, '\r');
        n = n == SIZE_MAX ? in.len : n;
    }
    if (n > 0) {
        give(r, cos_span_sub(in, 0, n), out);
        return n;
    }
    while (n < in.len && r->matched < r->delimiter_bytes &&
           in.ptr[n] == r->delimiter[r->matched]) {
        r->matched++;
        n++;
    }
    if (r->matched == r->delimiter_bytes) {
        *out = r->state == FORM_IN_DATA ? FORM_PART_END : FORM_MORE;
        r->state = FORM_BEHIND_DELIMITER;
        r->matched = 0;
    } else if (n < in.len) {
        give(r, cos_span_make(r->delimiter, r->matched), out);
        r->matched = 0;
    }
    return n;
}

size_t form_reader_take(struct form_reader *r, struct cos_span bytes, enum form_event *out)
{
    *out = r->state == FORM_BROKEN ? FORM_MALFORMED : FORM_MORE;
    size_t used = 0;
    while (used < bytes.len && *out == FORM_MORE) {
        switch (r->state) {
        case FORM_IN_PREAMBLE:
        case FORM_IN_DATA:
            used += take_data(r, cos_span_from(bytes, used), out);
            break;
        case FORM_IN_HEAD:
            take_head(r, bytes.ptr[used++], out);
            break;
        case FORM_IN_EPILOGUE:
            used = bytes.len;
            break;
        case FORM_BEHIND_DELIMITER:
        case FORM_BEHIND_DASH:
        case FORM_BEHIND_CR:
        case FORM_BROKEN:
            take_line_end(r, bytes.ptr[used++], out);
            break;
        }
    }
    return used;
}

bool form_reader_is_at_end(const struct form_reader *r)
{
    return r->state == FORM_IN_EPILOGUE;
}
