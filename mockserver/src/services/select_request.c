/* SPDX-License-Identifier: Apache-2.0 */
/* What a SelectRequest asks for (cos-operations-2.md s.16.1). The order of its elements is
 * free, and so is the case of words. */
#include "services/schema.h"
#include "services/select_inside.h"
#include "services/service.h"

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
    if (cos_xml_get(in, "Parquet") != NULL) {
        service_refuse_saying(x, "NotImplemented", "Parquet is not implemented");
        return false;
    }
    f->packing = is_one_of(compression, "GZIP")    ? PACKED_GZIP
                 : is_one_of(compression, "BZIP2") ? PACKED_BZIP2
                                                   : PACKED_NOT;
    if (compression.len > 0 && f->packing == PACKED_NOT && !is_one_of(compression, "NONE")) {
        return refuse_request(x, "InvalidCompressionFormat",
                              "CompressionType must be NONE, GZIP or BZIP2");
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

/* Java's SDK can say it; to read past it would send what was not asked for. */
static bool refuse_range(struct cosmock_exchange *x)
{
    service_refuse_saying(x, "NotImplemented",
                          "ScanRange is not implemented: no page of the service has it");
    return false;
}

static bool read_query(struct selection *s, const struct cos_xml *root)
{
    struct cosmock_exchange *x = s->x;
    if (cos_xml_get(root, "ScanRange") != NULL) {
        return refuse_range(x);
    }
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
        s->query.now_unix_ms = x->now.modification_unix_ms;
        return true;
    }
    if (x->arena.failed) {
        return false;
    }
    service_refuse_saying(x, "SQLParsingError", "%s", s->error.text);
    return false;
}

bool select_read_request(struct selection *s)
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
