/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An explanation for somebody at a terminal. It is written from the JSON and from nothing else,
 * so the two cannot say different things.
 */
#include "cosmock/world.h"

#include "cosbase/base.h"
#include "cosbase/json.h"
#include "world/fail.h"

#define TEXT_MAX_BYTES (16u << 20)

static const char *text_of(const struct cos_json *n, const char *member)
{
    const char *s = cos_json_str(cos_json_get(n, member));
    return s == NULL ? "" : s;
}

static void put_line(struct cos_buf *b, const char *name, const struct cos_json *n,
                     const char *member)
{
    if (cos_json_get(n, member) != NULL) {
        cos_buf_printf(b, "%-10s %s\n", name, text_of(n, member));
    }
}

/* "cos:prefix = dir/", a line a value. */
static void put_context(struct cos_buf *b, const struct cos_json *context)
{
    for (const struct cos_json *key = cos_json_first(context); key != NULL;
         key = cos_json_next(key)) {
        for (const struct cos_json *v = cos_json_first(key); v != NULL; v = cos_json_next(v)) {
            cos_buf_printf(b, "%-10s %s = %s\n", "context", cos_json_name(key),
                           cos_json_str(v));
        }
    }
}

static void put_statement_name(struct cos_buf *b, const struct cos_json *n)
{
    int64_t index = 0;
    (void)cos_json_i64(cos_json_get(n, "statement"), &index);
    cos_buf_printf(b, "statement %lld ", (long long)index);
    if (cos_json_get(n, "sid") != NULL) {
        cos_buf_printf(b, "(sid '%s') ", text_of(n, "sid"));
    }
    cos_buf_printf(b, "of '%s'", text_of(n, "policy"));
}

/* "  - allow statement 1 of 'readers': its action is cos:HeadObject, asked for cos:Get" */
static void put_statement(struct cos_buf *b, const struct cos_json *n)
{
    bool applies = cos_json_bool(cos_json_get(n, "applies"), false);
    cos_buf_printf(b, "  %s %-5s ", applies ? "*" : "-", text_of(n, "effect"));
    put_statement_name(b, n);
    if (applies) {
        cos_buf_str(b, ": applies\n");
        return;
    }
    const char *clause = text_of(n, "first_failing");
    bool is_condition = cos_json_get(n, "key") != NULL;
    if (is_condition) {
        cos_buf_printf(b, ": %s (%s) must be '%s'", text_of(n, "key"), text_of(n, "operator"),
                       text_of(n, "expected"));
    } else if (cos_json_get(n, "expected") != NULL) {
        cos_buf_printf(b, ": its %s is %s", clause, text_of(n, "expected"));
    } else {
        cos_buf_printf(b, ": its %s is another\n", clause);
        return;
    }
    bool has = cos_json_get(n, "got") != NULL;
    cos_buf_printf(b, ", asked %s%s%s\n", has ? is_condition ? "with '" : "for " : "without",
                   text_of(n, "got"), has && is_condition ? "'" : "");
}

static void put_layer(struct cos_buf *b, const struct cos_json *doc, const char *layer)
{
    const struct cos_json *entries = cos_json_get(doc, layer);
    if (entries == NULL) {
        return;
    }
    cos_buf_printf(b, "%s%s\n", layer, cos_json_count(entries) == 0 ? ": no policy" : "");
    for (const struct cos_json *n = cos_json_first(entries); n != NULL; n = cos_json_next(n)) {
        put_statement(b, n);
    }
}

static void put_list(struct cos_buf *b, const struct cos_json *acl)
{
    if (acl == NULL) {
        return;
    }
    bool applies = cos_json_bool(cos_json_get(acl, "applies"), false);
    cos_buf_printf(b, "%s of %s (%s): %s, needed is %s\n", text_of(acl, "layer"),
                   text_of(acl, "of"), text_of(acl, "canned"),
                   applies ? "applies" : "does not apply", text_of(acl, "needed"));
    for (const struct cos_json *g = cos_json_first(cos_json_get(acl, "grants")); g != NULL;
         g = cos_json_next(g)) {
        cos_buf_printf(b, "  - %s\n", cos_json_str(g));
    }
}

static void put_texts(struct cos_buf *b, const char *title, const struct cos_json *texts)
{
    if (cos_json_count(texts) > 0) {
        cos_buf_printf(b, "%s\n", title);
    }
    for (const struct cos_json *n = cos_json_first(texts); n != NULL; n = cos_json_next(n)) {
        cos_buf_printf(b, "  - %s\n", cos_json_str(n));
    }
}

/* The sentence says all of the other members but the words that programs read. */
static void put_near(struct cos_buf *b, const struct cos_json *near)
{
    if (cos_json_count(near) > 0) {
        cos_buf_str(b, "near misses\n");
    }
    for (const struct cos_json *n = cos_json_first(near); n != NULL; n = cos_json_next(n)) {
        cos_buf_printf(b, "  - %s (%s, %s)\n", text_of(n, "says"), text_of(n, "layer"),
                       text_of(n, "change"));
    }
}

static void put_question(struct cos_buf *b, const struct cos_json *doc)
{
    static const char *const layers[] = {"identity", "boundary", "session", "bucket", "trust"};
    put_line(b, "verdict", doc, "verdict");
    put_line(b, "because", doc, "why");
    put_line(b, "principal", doc, "principal");
    put_line(b, "action", doc, "action");
    put_line(b, "resource", doc, "resource");
    put_context(b, cos_json_get(doc, "context"));
    cos_buf_printf(b, "%-10s %s, layer %s", "reason", text_of(doc, "reason"),
                   text_of(doc, "layer"));
    if (cos_json_get(doc, "statement") != NULL) {
        cos_buf_str(b, ", ");
        put_statement_name(b, doc);
    }
    cos_buf_ch(b, '\n');
    for (size_t i = 0; i < COS_ARRAY_LEN(layers); i++) {
        put_layer(b, doc, layers[i]);
    }
    put_list(b, cos_json_get(doc, "acl"));
    put_near(b, cos_json_get(doc, "near_misses"));
    put_texts(b, "warnings", cos_json_get(doc, "warnings"));
}

/* --- of a request --- */

static void put_block(struct cos_buf *b, const char *title, const struct cos_json *n,
                      const char *member)
{
    const char *text = text_of(n, member);
    if (text[0] == '\0') {
        return;
    }
    cos_buf_printf(b, "%s\n", title);
    for (struct cos_span rest = cos_span_of(text); rest.ptr != NULL;) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        cos_buf_printf(b, "  | " COS_SPAN_FMT "\n", COS_SPAN_ARG(line));
    }
}

static void put_asked(struct cos_buf *b, const struct cos_json *n)
{
    cos_buf_printf(b, "\nasked: %s on %s: %s then\n", text_of(n, "action"),
                   text_of(n, "resource"), text_of(n, "then"));
    if (!cos_json_bool(cos_json_get(n, "is_as_then"), true)) {
        cos_buf_str(b,
                    "now it is another: the world has changed, or a condition asked for what "
                    "the journal does not keep\n");
    }
    put_line(b, "but", n, "cannot_be_asked_again");
    if (cos_json_get(n, "now") != NULL) {
        put_question(b, cos_json_get(n, "now"));
    }
}

static void put_request(struct cos_buf *b, const struct cos_json *doc)
{
    const struct cos_json *e = cos_json_get(doc, "request");
    int64_t status = 0;
    (void)cos_json_i64(cos_json_get(e, "status"), &status);
    put_line(b, "verdict", doc, "verdict");
    put_line(b, "because", doc, "why");
    put_line(b, "refused by", doc, "refused_by");
    bool has_host = text_of(e, "target")[0] != '/';
    cos_buf_printf(b, "%-10s %s %s%s, answered %lld %s\n", "request", text_of(e, "method"),
                   has_host ? "" : text_of(e, "host"), text_of(e, "target"), (long long)status,
                   text_of(e, "code"));
    put_line(b, "id", e, "request_id");
    put_line(b, "operation", e, "op");
    put_line(b, "principal", e, "principal");
    put_line(b, "key", e, "secret_id");
    put_line(b, "cause", e, "cause");
    put_block(b, "StringToSign, here", e, "string_to_sign");
    put_block(b, "StringToSign, as signed", e, "signed_string_to_sign");
    put_block(b, "FormatString, here", e, "format_string");
    put_block(b, "FormatString, as signed", e, "signed_format_string");
    for (const struct cos_json *n = cos_json_first(cos_json_get(doc, "questions")); n != NULL;
         n = cos_json_next(n)) {
        put_asked(b, n);
    }
}

int cosmock_explain_text(const char *json, char **out, struct cosmock_error *err)
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    struct cos_text_error why;
    if (cos_json_parse(&doc, cos_span_of(json), /* limits= */ NULL, &why) < 0) {
        return world_fail(err, COSMOCK_E_INVALID, "no explanation: %u:%u: %s", why.line,
                          why.column, why.message);
    }
    struct cos_buf b;
    cos_buf_init(&b, TEXT_MAX_BYTES);
    if (cos_json_get(doc, "request") != NULL) {
        put_request(&b, doc);
    } else {
        put_question(&b, doc);
    }
    *out = cos_buf_take(&b);
    cos_buf_deinit(&b);
    return *out != NULL ? COSMOCK_OK
                        : world_fail(err, COSMOCK_E_NOMEM, "no memory for the explanation");
}
