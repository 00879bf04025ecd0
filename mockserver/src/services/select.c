/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELECT Object Content (cos-operations-2.md s.16): records of a CSV or JSON object that a
 * query picks, as a stream of frames. The object is read once, a record is all that is in
 * memory beside the answer. What is wrong before the first frame is an ordinary error, what
 * turns out later an error frame, with which the stream ends.
 *
 * Not built, and refused by their names: compressed objects, Parquet, functions of dates. CSV
 * without FileHeaderInfo drops its first line (Java's suite, SelectObjectTest.java:24-73).
 */
#include "services/encryption.h"
#include "services/handlers.h"
#include "services/schema.h"
#include "services/select_sql.h"
#include "services/service.h"
#include "services/stored.h"

#define RECORD_MAX_BYTES ((size_t)1 << 20)
#define FRAME_BYTES ((size_t)64 << 10)
#define ANSWER_MAX_BYTES ((size_t)64 << 20)
enum { FIELDS_MAX = 4096 };

enum header_line { HEADER_IS_NONE, HEADER_IS_USED, HEADER_IS_IGNORED };
struct format {
    bool is_json, is_document, quotes_always, quotes_delimiters;
    enum header_line header;
    char record[3]; /* the delimiter */
    char field, quote, escape, comment;
};
struct selection {
    struct cosmock_exchange *x;
    struct format in, out;
    struct sql_query query;
    struct sql_error error; /* code NULL: none */
    bool is_done, is_quoted, has_header, tells_progress;
    struct cos_buf record; /* as far as it has come */
    struct cos_span fields[FIELDS_MAX];
    size_t n_fields;
    struct cos_span *names; /* of the header line, in the exchange's arena */
    size_t n_names;
    struct cos_json *tree; /* of a JSON record */
    struct cos_buf rows;   /* of the next frame */
    uint64_t scanned, returned, n_rows;
};

/* --- frames: big-endian, with the CRC-32 of IEEE 802.3 --- */

static uint32_t crc32_of(const char *bytes, size_t n)
{
    static const uint32_t nibbles[] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc = nibbles[(crc ^ (uint8_t)bytes[i]) & 15] ^ crc >> 4;
        crc = nibbles[(crc ^ (uint32_t)((uint8_t)bytes[i] >> 4)) & 15] ^ crc >> 4;
    }
    return ~crc;
}

static void put_u32(struct cos_buf *b, uint32_t v)
{
    const uint8_t bytes[] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                             (uint8_t)v};
    cos_buf_append(b, bytes, sizeof(bytes));
}

static void put_header(struct cos_buf *b, const char *name, const char *value)
{
    size_t n = strlen(value);
    cos_buf_ch(b, (char)strlen(name));
    cos_buf_str(b, name);
    cos_buf_ch(b, 7); /* a string */
    cos_buf_ch(b, (char)(n >> 8));
    cos_buf_ch(b, (char)n);
    cos_buf_str(b, value);
}

static void put_frame(struct selection *s, struct cos_span headers, struct cos_span payload)
{
    struct cos_buf *out = &s->x->result.body;
    size_t from = out->len;
    put_u32(out, (uint32_t)(headers.len + payload.len + 16));
    put_u32(out, (uint32_t)headers.len);
    if (!out->failed) {
        put_u32(out, crc32_of(out->ptr + from, 8));
    }
    cos_buf_span(out, headers);
    cos_buf_span(out, payload);
    if (!out->failed) {
        put_u32(out, crc32_of(out->ptr + from, out->len - from));
    }
}

static void put_event(struct selection *s, const char *type, const char *content_type,
                      struct cos_span payload)
{
    struct cos_buf headers;
    cos_buf_init(&headers, 512);
    put_header(&headers, ":message-type", "event");
    put_header(&headers, ":event-type", type);
    if (content_type != NULL) {
        put_header(&headers, ":content-type", content_type);
    }
    put_frame(s, cos_buf_view(&headers), payload);
    s->x->failed = s->x->failed || headers.failed;
    cos_buf_deinit(&headers);
}

static void put_error(struct selection *s)
{
    struct cos_buf headers;
    cos_buf_init(&headers, 1024);
    put_header(&headers, ":message-type", "error");
    put_header(&headers, ":error-code", s->error.code);
    put_header(&headers, ":error-message", s->error.text);
    put_frame(s, cos_buf_view(&headers), COS_SPAN_EMPTY);
    s->x->failed = s->x->failed || headers.failed;
    cos_buf_deinit(&headers);
}

static void put_count(struct selection *s, const char *element)
{
    unsigned long long scanned = s->scanned;
    unsigned long long returned = s->returned;
    put_event(s, element, "text/xml",
              cos_arena_printf(&s->x->arena,
                               "<?xml version=\"1.0\" encoding=\"UTF-8\"?><%s>"
                               "<BytesScanned>%llu</BytesScanned><BytesProcessed>%llu"
                               "</BytesProcessed><BytesReturned>%llu</BytesReturned></%s>",
                               element, scanned, scanned, returned, element));
}

static void flush(struct selection *s)
{
    if (s->rows.len > 0) {
        s->returned += s->rows.len;
        put_event(s, "Records", "application/octet-stream", cos_buf_view(&s->rows));
        cos_buf_clear(&s->rows);
    }
}

/* --- records --- */

static void stop(struct selection *s, const char *code, const char *text)
{
    s->is_done = true;
    if (s->error.code == NULL) {
        s->error.code = code;
        (void)snprintf(s->error.text, sizeof(s->error.text), "%s", text);
    }
}

/* In place: a field without its quotes is no longer than with them. False: it was refused. */
static bool split_fields(struct selection *s)
{
    const struct format *f = &s->in;
    char *at = s->record.ptr;
    char *end = s->record.ptr + s->record.len;
    for (s->n_fields = 0;; at++) {
        if (s->n_fields == FIELDS_MAX) {
            stop(s, "CSVParsingError", "a record has more than 4096 fields");
            return false;
        }
        char *from = at;
        char *to = at;
        bool is_quoted = at < end && *at == f->quote;
        for (at += is_quoted ? 1 : 0; at < end && (is_quoted || *at != f->field); at++) {
            if (is_quoted && *at == f->escape && at + 1 < end && at[1] == f->quote) {
                *to++ = *++at;
            } else if (is_quoted && *at == f->quote) {
                is_quoted = false;
            } else {
                *to++ = *at;
            }
        }
        if (is_quoted) {
            stop(s, "CSVParsingError", "a quoted field does not end with its record");
            return false;
        }
        s->fields[s->n_fields++] = cos_span_make(from, (size_t)(to - from));
        if (at >= end) {
            return true;
        }
    }
}

static struct sql_value find_field(const void *ctx, const struct sql_step *steps, size_t n)
{
    const struct selection *s = ctx;
    struct cos_span name = steps[0].name;
    uint64_t place = 0;
    if (n != 1 || steps[0].index != SIZE_MAX) {
        return (struct sql_value){.kind = SQL_MISSING};
    }
    if (name.len > 1 && name.ptr[0] == '_' && cos_span_u64(cos_span_from(name, 1), &place) &&
        place > 0) {
        place--;
    } else {
        for (place = 0; place < s->n_names; place++) {
            if (steps[0].is_exact ? cos_span_eq(name, s->names[place])
                                  : cos_span_eq_nocase(name, s->names[place])) {
                break;
            }
        }
        place = place == s->n_names ? UINT64_MAX : place;
    }
    if (place >= s->n_fields) {
        return (struct sql_value){.kind = SQL_MISSING};
    }
    return (struct sql_value){.kind = SQL_TEXT, .text = s->fields[place]};
}

static struct sql_value value_of(const struct cos_json *j)
{
    struct sql_value v = {.kind = SQL_MISSING, .tree = j};
    if (j == NULL) {
        return v;
    }
    switch (cos_json_kind(j)) {
    case COS_JSON_NULL:
        v.kind = SQL_NULL;
        break;
    case COS_JSON_BOOL:
        v.kind = SQL_BOOL;
        v.number = cos_json_bool(j, false) ? 1 : 0;
        break;
    case COS_JSON_NUMBER:
        v.kind = SQL_NUMBER;
        v.number = cos_json_double(j, 0);
        break;
    case COS_JSON_STRING:
        v.kind = SQL_TEXT;
        v.text = cos_span_of(cos_json_str(j));
        break;
    case COS_JSON_ARRAY:
    case COS_JSON_OBJECT:
        v.kind = SQL_TREE;
        break;
    }
    return v;
}

static const struct cos_json *take_step(const struct cos_json *j, const struct sql_step *step)
{
    if (cos_json_kind(j) != (step->index == SIZE_MAX ? COS_JSON_OBJECT : COS_JSON_ARRAY)) {
        return NULL;
    }
    const struct cos_json *c = cos_json_first(j);
    for (size_t i = 0; c != NULL; c = cos_json_next(c), i++) {
        struct cos_span name = cos_span_of(cos_json_name(c));
        bool is_it = step->index != SIZE_MAX ? i == step->index
                     : step->is_exact        ? cos_span_eq(name, step->name)
                                             : cos_span_eq_nocase(name, step->name);
        if (is_it) {
            return c;
        }
    }
    return NULL;
}

static struct sql_value find_member(const void *ctx, const struct sql_step *steps, size_t n)
{
    const struct selection *s = ctx;
    const struct cos_json *j = s->tree;
    for (size_t i = 0; j != NULL && i < n; i++) {
        j = take_step(j, &steps[i]);
    }
    return value_of(j);
}

/* --- rows of the answer --- */

static void put_field(struct selection *s, struct cos_span text, size_t i)
{
    const struct format *f = &s->out;
    struct cos_buf *out = &s->rows;
    if (i > 0) {
        cos_buf_ch(out, f->field);
    }
    bool has_quotes = f->quotes_always || cos_span_chr(text, f->field) != SIZE_MAX ||
                      cos_span_chr(text, f->quote) != SIZE_MAX ||
                      cos_span_find(text, cos_span_of(f->record)) != SIZE_MAX;
    if (!has_quotes) {
        cos_buf_span(out, text);
        return;
    }
    cos_buf_ch(out, f->quote);
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == f->quote) {
            cos_buf_ch(out, f->escape);
        }
        cos_buf_ch(out, text.ptr[at]);
    }
    cos_buf_ch(out, f->quote);
}

static void put_member(struct selection *s, struct cos_span name, const struct sql_value *v,
                       size_t i)
{
    struct cos_buf *out = &s->rows;
    char room[32];
    cos_buf_ch(out, i == 0 ? '{' : ',');
    if (name.len > 0) {
        cos_json_quote(out, name);
    } else {
        cos_buf_printf(out, "\"_%zu\"", i + 1);
    }
    cos_buf_ch(out, ':');
    if (v->kind == SQL_TEXT) {
        cos_json_quote(out, v->text);
    } else if (v->kind == SQL_TREE) {
        cos_json_print(out, v->tree);
    } else {
        struct cos_span text = sql_text(v, room);
        cos_buf_span(out, text.ptr == NULL ? COS_SPAN_LIT("null") : text);
    }
}

static void put_value(struct selection *s, struct cos_span name, const struct sql_value *v,
                      size_t i)
{
    char room[32];
    struct cos_buf printed;
    if (s->out.is_json) {
        put_member(s, name, v, i);
        return;
    }
    cos_buf_init(&printed, 2 * RECORD_MAX_BYTES);
    struct cos_span text = sql_text(v, room);
    if (v->kind == SQL_TREE) {
        cos_json_print(&printed, v->tree);
        text = cos_buf_view(&printed);
    }
    put_field(s, text.ptr == NULL ? COS_SPAN_EMPTY : text, i);
    s->rows.failed = s->rows.failed || printed.failed;
    cos_buf_deinit(&printed);
}

/* As it was sent, without the blanks between its words: numbers keep their spelling. */
static void put_compact(struct selection *s)
{
    bool is_in_text = false;
    for (size_t i = 0; i < s->record.len; i++) {
        char c = s->record.ptr[i];
        if (is_in_text && c == '\\' && i + 1 < s->record.len) {
            cos_buf_ch(&s->rows, c);
            c = s->record.ptr[++i];
        } else if (c == '"') {
            is_in_text = !is_in_text;
        } else if (!is_in_text && strchr(" \t\r\n", c) != NULL) {
            continue;
        }
        cos_buf_ch(&s->rows, c);
    }
}

static size_t put_all(struct selection *s)
{
    size_t n = 0;
    if (s->in.is_json && s->out.is_json) {
        put_compact(s);
        return 0;
    }
    if (s->in.is_json) {
        for (const struct cos_json *c = cos_json_first(s->tree); c != NULL;
             c = cos_json_next(c)) {
            struct sql_value v = value_of(c);
            put_value(s, cos_span_of(cos_json_name(c)), &v, n++);
        }
        return n;
    }
    for (; n < s->n_fields; n++) {
        const struct sql_value v = {.kind = SQL_TEXT, .text = s->fields[n]};
        put_value(s, n < s->n_names ? s->names[n] : COS_SPAN_EMPTY, &v, n);
    }
    return n;
}

static void put_row(struct selection *s, const struct sql_record *record)
{
    const struct sql_query *q = &s->query;
    size_t n = q->n_columns == 0 ? put_all(s) : 0;
    for (size_t i = 0; i < q->n_columns; i++, n++) {
        struct sql_value v;
        if (!sql_column(q, i, record, &v, &s->error)) {
            s->is_done = true;
            return;
        }
        put_value(s, q->columns[i].name, &v, i);
    }
    if (s->out.is_json && n > 0) {
        cos_buf_ch(&s->rows, '}');
    }
    cos_buf_str(&s->rows, s->out.record);
    s->n_rows++;
    if (s->rows.len >= FRAME_BYTES) {
        if (s->x->result.body.len + s->rows.len > ANSWER_MAX_BYTES / 2) {
            stop(s, "ErrorWritingRow", "the answer is larger than this mock writes at once");
            return;
        }
        flush(s);
    }
}

static bool read_record(struct selection *s)
{
    struct cos_text_error err;
    if (!s->in.is_json) {
        return split_fields(s);
    }
    s->tree = cos_json_free(s->tree);
    if (cos_json_parse(&s->tree, cos_buf_view(&s->record), NULL, &err) < 0) {
        stop(s, "JSONParsingError", "a record is not JSON");
        return false;
    }
    return true;
}

/* The first line of a CSV, where it is none of its records. */
static void keep_header(struct selection *s)
{
    s->has_header = true;
    if (s->in.header != HEADER_IS_USED || !split_fields(s)) {
        return;
    }
    s->names = cos_arena_array(&s->x->arena, s->n_fields, sizeof(*s->names));
    for (size_t i = 0; s->names != NULL && i < s->n_fields; i++) {
        s->names[i] = cos_arena_span(&s->x->arena, s->fields[i]);
    }
    s->n_names = s->names == NULL ? 0 : s->n_fields;
}

static void judge_record(struct selection *s)
{
    const struct sql_record record = {s, s->in.is_json ? find_member : find_field};
    if (s->n_rows >= s->query.limit) {
        s->is_done = true;
        return;
    }
    if (!read_record(s)) {
        return;
    }
    int passes = sql_passes(&s->query, &record, &s->error);
    if (passes < 0) {
        s->is_done = true;
    } else if (passes > 0 && s->query.is_aggregate) {
        s->is_done = !sql_gather(&s->query, &record, &s->error);
    } else if (passes > 0) {
        put_row(s, &record);
    }
}

static void end_record(struct selection *s)
{
    struct cos_span r = cos_buf_view(&s->record);
    bool is_blank = cos_span_trim(r).len == 0;
    bool is_comment =
        !s->in.is_json && s->in.comment != '\0' && r.len > 0 && r.ptr[0] == s->in.comment;
    if (!is_blank && !is_comment) {
        bool is_header = !s->in.is_json && s->in.header != HEADER_IS_NONE && !s->has_header;
        if (is_header) {
            keep_header(s);
        } else {
            judge_record(s);
        }
    }
    cos_buf_clear(&s->record);
    s->is_quoted = false;
}

/* The delimiter ends what has come. */
static bool is_at_end(const struct selection *s)
{
    size_t n = strlen(s->in.record);
    return !s->in.is_document && !s->is_quoted && s->record.len >= n &&
           memcmp(s->record.ptr + s->record.len - n, s->in.record, n) == 0;
}

static void add_bytes(void *ctx, const void *bytes, size_t n)
{
    struct selection *s = ctx;
    for (size_t i = 0; !s->is_done && i < n; i++) {
        char c = ((const char *)bytes)[i];
        cos_buf_ch(&s->record, c);
        if (s->record.failed) {
            stop(s, "OverMaxRecordSize", "a record is longer than 1 MB");
            return;
        }
        if (!s->in.is_json && s->in.quotes_delimiters && c == s->in.quote) {
            s->is_quoted = !s->is_quoted;
        }
        s->scanned++;
        if (is_at_end(s)) {
            s->record.len -= strlen(s->in.record);
            if (!s->in.is_json && s->record.len > 0 && s->in.record[0] == '\n' &&
                s->record.ptr[s->record.len - 1] == '\r') {
                s->record.len--;
            }
            end_record(s);
        }
    }
}

/* --- the request --- */

static bool refuse_request(struct cosmock_exchange *x, const char *code, const char *detail)
{
    x->identity.detail = cos_arena_span(&x->arena, cos_span_of(detail));
    service_refuse(x, code);
    return false;
}

/* One character, or for records up to two; "\n" may come as two characters. */
static bool read_delimiter(struct cosmock_exchange *x, const struct cos_xml *of,
                           const char *element, size_t most, char *out)
{
    const char *text = cos_xml_child_text(of, element);
    if (text == NULL || text[0] == '\0') {
        return true;
    }
    text = strcmp(text, "\\n") == 0      ? "\n"
           : strcmp(text, "\\r\\n") == 0 ? "\r\n"
           : strcmp(text, "\\t") == 0    ? "\t"
                                         : text;
    if (strlen(text) > most) {
        return refuse_request(x, "InvalidRequestParameter", element);
    }
    (void)cos_span_put(out, cos_span_of(text));
    return true;
}

static bool is_one_of(struct cos_span text, const char *word)
{
    return cos_span_eq_nocase(cos_span_trim(text), cos_span_of(word));
}

static bool read_delimiters(struct cosmock_exchange *x, const struct cos_xml *csv,
                            struct format *f)
{
    return read_delimiter(x, csv, "RecordDelimiter", 2, f->record) &&
           read_delimiter(x, csv, "FieldDelimiter", 1, &f->field) &&
           read_delimiter(x, csv, "QuoteCharacter", 1, &f->quote) &&
           read_delimiter(x, csv, "QuoteEscapeCharacter", 1, &f->escape) &&
           read_delimiter(x, csv, "Comments", 1, &f->comment);
}

static bool read_csv_input(struct cosmock_exchange *x, const struct cos_xml *csv,
                           struct format *f)
{
    struct cos_span header = xml_child(csv, "FileHeaderInfo");
    f->header = HEADER_IS_IGNORED;
    if (is_one_of(header, "NONE")) {
        f->header = HEADER_IS_NONE;
    } else if (is_one_of(header, "USE")) {
        f->header = HEADER_IS_USED;
    } else if (header.len > 0 && !is_one_of(header, "IGNORE")) {
        return refuse_request(x, "InvalidFileHeaderInfo",
                              "FileHeaderInfo must be NONE, USE or IGNORE");
    }
    f->quotes_delimiters = is_one_of(xml_child(csv, "AllowQuotedRecordDelimiter"), "TRUE");
    return read_delimiters(x, csv, f);
}

static bool read_input(struct cosmock_exchange *x, const struct cos_xml *in, struct format *f)
{
    struct cos_span compression = xml_child(in, "CompressionType");
    const struct cos_xml *csv = cos_xml_get(in, "CSV");
    const struct cos_xml *json = cos_xml_get(in, "JSON");
    if (in == NULL) {
        return refuse_request(x, "MissingInputSerialization", "InputSerialization is missing");
    }
    bool is_compressed = is_one_of(compression, "GZIP") || is_one_of(compression, "BZIP2");
    if (is_compressed || cos_xml_get(in, "Parquet") != NULL) {
        service_refuse_saying(x, "NotImplemented", "%s is not implemented",
                              is_compressed ? "CompressionType GZIP or BZIP2" : "Parquet");
        return false;
    }
    if (compression.len > 0 && !is_one_of(compression, "NONE")) {
        return refuse_request(x, "InvalidCompressionFormat", "CompressionType must be NONE");
    }
    if ((csv == NULL) == (json == NULL)) {
        return refuse_request(x, "MissingInputFormat", "CSV or JSON");
    }
    if (csv != NULL) {
        return read_csv_input(x, csv, f);
    }
    f->is_json = true;
    f->is_document = is_one_of(xml_child(json, "Type"), "DOCUMENT");
    return f->is_document || is_one_of(xml_child(json, "Type"), "LINES") ||
           refuse_request(x, "InvalidJsonType", "Type");
}

static bool read_output(struct cosmock_exchange *x, const struct cos_xml *out, struct format *f)
{
    const struct cos_xml *csv = cos_xml_get(out, "CSV");
    const struct cos_xml *json = cos_xml_get(out, "JSON");
    struct cos_span quotes = xml_child(csv, "QuoteFields");
    if (out == NULL) {
        return refuse_request(x, "MissingOutputSerialization",
                              "OutputSerialization is missing");
    }
    if ((csv == NULL) == (json == NULL)) {
        return refuse_request(x, "MissingOutputFormat", "CSV or JSON");
    }
    f->is_json = json != NULL;
    f->quotes_always = is_one_of(quotes, "ALWAYS");
    if (quotes.len > 0 && !f->quotes_always && !is_one_of(quotes, "ASNEEDED")) {
        return refuse_request(x, "InvalidQuoteFields",
                              "QuoteFields must be ALWAYS or ASNEEDED");
    }
    return json != NULL ? read_delimiter(x, json, "RecordDelimiter", 2, f->record)
                        : read_delimiters(x, csv, f);
}

static bool read_query(struct selection *s, const struct cos_xml *root)
{
    struct cosmock_exchange *x = s->x;
    struct cos_span text =
        cos_arena_span(&x->arena, cos_span_trim(xml_child(root, "Expression")));
    if (text.len == 0) {
        return refuse_request(x, "MissingExpectedExpression", "Expression");
    }
    if (!is_one_of(xml_child(root, "ExpressionType"), "SQL")) {
        return refuse_request(x, "InvalidRequestParameter", "ExpressionType must be SQL");
    }
    s->tells_progress =
        is_one_of(xml_child(cos_xml_get(root, "RequestProgress"), "Enabled"), "TRUE");
    if (sql_parse(&x->arena, text, &s->query, &s->error)) {
        return true;
    }
    if (x->arena.failed) {
        return false;
    }
    service_refuse_saying(x, "SQLParsingError", "%s", s->error.text);
    return false;
}

static bool read_request(struct selection *s)
{
    COS_CLEANUP(cos_xml_free)
    struct cos_xml *root = service_xml_read(s->x, "SelectRequest|SelectObjectContentRequest");
    s->in = (struct format){
        .record = "\n", .field = ',', .quote = '"', .escape = '"', .comment = '#'};
    s->out = s->in;
    return root != NULL && read_query(s, root) &&
           read_input(s->x, cos_xml_get(root, "InputSerialization"), &s->in) &&
           read_output(s->x, cos_xml_get(root, "OutputSerialization"), &s->out);
}

/* --- the operation --- */

static bool read_object(struct selection *s, const struct object *o)
{
    if (s->x->result.seal.ptr == NULL) {
        return service_read_all(s->x, o->row->blob, add_bytes, s);
    }
    const struct sealed sealed = {o->row->blob, s->x->result.seal, s->x->sealing->own.bytes};
    if (sealed_each(&sealed, 0, o->bytes, add_bytes, s) == 0) {
        return true;
    }
    s->x->failed = true;
    return false;
}

static int answer(struct selection *s)
{
    struct cosmock_exchange *x = s->x;
    if (s->query.is_aggregate && s->error.code == NULL) {
        put_row(s, /* record= */ NULL);
    }
    if (s->error.code != NULL && x->result.body.len == 0) {
        return service_refuse_saying(x, s->error.code, "%s", s->error.text);
    }
    flush(s);
    if (s->error.code != NULL) {
        put_error(s);
    } else {
        if (s->tells_progress) {
            put_count(s, "Progress");
        }
        put_count(s, "Stats");
        put_event(s, "End", NULL, COS_SPAN_EMPTY);
    }
    x->result.status = 200;
    x->result.content_type = "application/octet-stream";
    return x->failed || x->arena.failed || s->rows.failed || x->result.body.failed ? -1 : 0;
}

static int run(struct selection *s, const struct object *o)
{
    if (!read_request(s) || !read_object(s, o)) {
        return service_stop(s->x);
    }
    if (!s->is_done && s->record.len > 0) {
        end_record(s);
    }
    return answer(s);
}

int op_select_object_content(struct cosmock_exchange *x)
{
    const struct found_object *found = &x->target.object;
    if (service_bucket(x) == NULL) {
        return service_stop(x);
    }
    if (found->object.row == NULL) {
        return service_refuse_store(x, found->why);
    }
    struct selection *s = cos_arena_alloc(&x->arena, sizeof(*s));
    if (s == NULL || !encryption_permits_read(x, &found->object, /* is_head= */ false) ||
        !stored_readable_check(x, &found->object)) {
        return s == NULL ? -1 : service_stop(x);
    }
    s->x = x;
    cos_buf_init(&s->record, RECORD_MAX_BYTES + 2);
    cos_buf_init(&s->rows, ANSWER_MAX_BYTES / 4);
    cos_buf_init(&x->result.body, ANSWER_MAX_BYTES);
    int r = run(s, &found->object);
    cos_buf_deinit(&s->record);
    cos_buf_deinit(&s->rows);
    s->tree = cos_json_free(s->tree);
    return r;
}
