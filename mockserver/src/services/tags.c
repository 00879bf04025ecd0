/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags: cos-operations-1.md s.5. Of the two lengths that documents give, 128 and 256 bytes of
 * the API pages. Letters are those of any script; what is refused among ASCII is what the pages
 * do not list. Keys that begin with "qcs:" or "project" are the cloud's own.
 */
#include "services/tags.h"

#include "exchange/exchange.h"
#include "exchange/xml_out.h"
#include "services/documents.h"
#include "services/service.h"

#define KEY_MAX_BYTES 128
#define VALUE_MAX_BYTES 256
#define TAGGING_MAX_BYTES ((size_t)64 << 10)

static const struct element tag_elements[] = {
    {A_TEXT("Key", ONCE, 0, 0)},
    {A_TEXT("Value", ONCE, 0, 0)},
    {0},
};
static const struct element set_elements[] = {
    {A_GROUP("Tag", MANY, tag_elements)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("TagSet", ONCE, set_elements)},
    {0},
};
const struct element tags_root = {A_GROUP("Tagging", ONCE, root_elements)};

const struct element tags_wanted[] = {
    {A_TEXT("Key", ONCE, 1, KEY_MAX_BYTES)},
    {A_TEXT("Value", ONCE, 0, VALUE_MAX_BYTES)},
    {0},
};
static const struct element and_elements[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", MANY, tags_wanted)},
    {0},
};
const struct element tags_filter[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", OPTIONAL, tags_wanted)},
    {A_GROUP("And", OPTIONAL, and_elements)},
    {0},
};

static bool is_allowed(struct cos_span text)
{
    static const char marks[] = " +-=._:/@";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (c < 0x80 && !is_letter && !is_digit && (c == 0 || strchr(marks, c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_reserved(struct cos_span key)
{
    return cos_span_starts(key, COS_SPAN_LIT("qcs:")) ||
           cos_span_starts(key, COS_SPAN_LIT("project"));
}

static bool is_another(const struct cos_xml *first, const struct cos_xml *tag)
{
    for (; first != tag; first = xml_next_of(first, "Tag")) {
        if (cos_span_eq(xml_child(first, "Key"), xml_child(tag, "Key"))) {
            return false;
        }
    }
    return true;
}

static bool check_tag(const struct cos_xml *tag, struct complaint *out)
{
    struct cos_span key = xml_child(tag, "Key");
    struct cos_span value = xml_child(tag, "Value");
    if (key.len == 0 || key.len > KEY_MAX_BYTES || value.len > VALUE_MAX_BYTES) {
        return complain(out, tag, "InvalidTag", "a key has 1 to %d bytes, a value at most %d",
                        KEY_MAX_BYTES, VALUE_MAX_BYTES);
    }
    if (!is_allowed(key) || !is_allowed(value)) {
        return complain(out, tag, "InvalidTag",
                        "a tag has letters, digits, blanks and + - = . _ : / @");
    }
    return !is_reserved(key) ||
           complain(out, tag, "InvalidTag", "keys of the cloud begin with 'qcs:' or 'project'");
}

bool tags_check(const struct cos_xml *tagging, size_t max, struct complaint *out)
{
    const struct cos_xml *set = cos_xml_get(tagging, "TagSet");
    const struct cos_xml *first = xml_first_of(set, "Tag");
    size_t n = xml_count_of(set, "Tag");
    if (n > max) {
        return complain(out, set, "BadRequest", "%zu tags; at most %zu", n, max);
    }
    for (const struct cos_xml *tag = first; tag != NULL; tag = xml_next_of(tag, "Tag")) {
        if (!check_tag(tag, out)) {
            return false;
        }
        if (!is_another(first, tag)) {
            return complain(out, tag, "InvalidTag", "a key stands there twice");
        }
    }
    return true;
}

bool tags_have(struct cos_span tagging, struct cos_span key, struct cos_span value)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    struct cos_text_error why;
    if (tagging.ptr == NULL || cos_xml_parse(&xml, tagging, /* limits= */ NULL, &why) < 0) {
        return false;
    }
    for (const struct cos_xml *tag = xml_first_of(cos_xml_get(xml, "TagSet"), "Tag");
         tag != NULL; tag = xml_next_of(tag, "Tag")) {
        if (cos_span_eq(xml_child(tag, "Key"), key) &&
            cos_span_eq(xml_child(tag, "Value"), value)) {
            return true;
        }
    }
    return false;
}

void tags_write_pairs(struct cos_buf *b, struct cos_span tagging)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    struct cos_text_error why;
    if (tagging.ptr == NULL || cos_xml_parse(&xml, tagging, /* limits= */ NULL, &why) < 0) {
        return;
    }
    for (const struct cos_xml *tag = xml_first_of(cos_xml_get(xml, "TagSet"), "Tag");
         tag != NULL; tag = xml_next_of(tag, "Tag")) {
        cos_buf_str(b, b->len == 0 ? "" : "&");
        xml_out_percent(b, xml_child(tag, "Key"));
        cos_buf_ch(b, '=');
        xml_out_percent(b, xml_child(tag, "Value"));
    }
}

/* --- at creation --- */

static void write_header(struct cos_buf *b, const struct param *params, size_t n)
{
    cos_buf_str(b, "<Tagging><TagSet>");
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, "<Tag>");
        xml_out_text(b, "Key", params[i].name);
        xml_out_text(b, "Value", params[i].value);
        cos_buf_str(b, "</Tag>");
    }
    cos_buf_str(b, "</TagSet></Tagging>");
}

/* Through the reader of the document, so that there is one rule. */
static bool check_text(struct cosmock_exchange *x, struct cos_span text, size_t max)
{
    struct cos_text_error why;
    struct complaint c;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    if (cos_xml_parse(&xml, text, /* limits= */ NULL, &why) < 0) {
        service_refuse(x, "InvalidTag");
    } else if (!tags_check(xml, max, &c)) {
        document_refuse(x, &c);
    }
    return !is_refused(x);
}

bool tags_of_header(struct cosmock_exchange *x, struct cos_span header, size_t max,
                    struct cos_span *out)
{
    struct param *params;
    size_t n;
    if (!params_split(&x->arena, header, &params, &n)) {
        service_refuse(x, "InvalidTag");
        return false;
    }
    struct cos_buf b;
    cos_buf_init(&b, TAGGING_MAX_BYTES);
    write_header(&b, params, n);
    *out = cos_arena_span(&x->arena, cos_buf_view(&b));
    bool is_whole = !b.failed && !x->arena.failed;
    cos_buf_deinit(&b);
    return is_whole && check_text(x, *out, max);
}

size_t tags_count(struct cos_span text)
{
    struct cos_span mark = COS_SPAN_LIT("<Tag>");
    size_t n = 0;
    for (size_t at; (at = cos_span_find(text, mark)) != SIZE_MAX; n++) {
        text = cos_span_from(text, at + mark.len);
    }
    return n;
}

/* --- of buckets --- */

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    return tags_check(xml, TAGS_MAX_OF_BUCKET, out);
}

const struct document document_tagging = {
    .which = BUCKET_TAGGING,
    .form = {.root = &tags_root, .rules = rules},
    .absent_code = "NoSuchTagSet",
    .put_status = 204,
};
