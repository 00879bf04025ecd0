/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as a compiler prints them, as JSON, as SARIF, and the rules as a page. */
#include "advice/lint.h"

#include "cosbase/json.h"

#define SARIF_SCHEMA                                                      \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
    "sarif-schema-2.1.0.json"

const char *lint_severity_word(enum lint_severity severity)
{
    static const char *const words[] = {
        [LINT_NOTE] = "note", [LINT_WARNING] = "warning", [LINT_ERROR] = "error"};
    return words[severity];
}

void lint_print(struct cos_buf *out, const struct lint_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < files[i].lint->n; k++) {
            const struct lint_finding *f = &files[i].lint->findings[k];
            const struct lint_row *row = &lint_rows[f->rule];
            cos_buf_printf(out, "%s:%u:%u: %s: " COS_SPAN_FMT " [%s]\n", files[i].path,
                           f->at.line, f->at.column, lint_severity_word(row->severity),
                           COS_SPAN_ARG(f->message), row->name);
        }
    }
}

/* --- JSON --- */

static void write_finding(struct cos_jw *w, const char *path, const struct lint_finding *f)
{
    const struct lint_row *row = &lint_rows[f->rule];
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_str(w, "file", path);
    cos_jw_u64(w, "line", f->at.line);
    cos_jw_u64(w, "column", f->at.column);
    if (f->statement >= 0) {
        cos_jw_i64(w, "statement", f->statement);
    }
    cos_jw_str(w, "rule", row->name);
    cos_jw_str(w, "severity", lint_severity_word(row->severity));
    cos_jw_span(w, "message", f->message);
    cos_jw_str(w, "source", row->source);
    cos_jw_end(w);
}

void lint_print_json(struct cos_buf *out, const struct lint_file *files, size_t n)
{
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_array(&w, /* name= */ NULL);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < files[i].lint->n; k++) {
            write_finding(&w, files[i].path, &files[i].lint->findings[k]);
        }
    }
    cos_jw_end(&w);
    cos_buf_ch(out, '\n');
}

/* --- SARIF --- */

static void write_text(struct cos_jw *w, const char *name, struct cos_span text)
{
    cos_jw_object(w, name);
    cos_jw_span(w, "text", text);
    cos_jw_end(w);
}

static void write_rule(struct cos_jw *w, const struct lint_row *row)
{
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_str(w, "id", row->name);
    write_text(w, "shortDescription", cos_span_of(row->sentence));
    write_text(w, "help", cos_span_of(row->source));
    cos_jw_object(w, "defaultConfiguration");
    cos_jw_str(w, "level", lint_severity_word(row->severity));
    cos_jw_end(w);
    cos_jw_end(w);
}

static void write_driver(struct cos_jw *w)
{
    cos_jw_object(w, "tool");
    cos_jw_object(w, "driver");
    cos_jw_str(w, "name", "cosmock policy lint");
    cos_jw_str(w, "version", COS_VERSION);
    cos_jw_array(w, "rules");
    for (size_t i = 0; i < LINT_RULES_N; i++) {
        write_rule(w, &lint_rows[i]);
    }
    cos_jw_end(w);
    cos_jw_end(w);
    cos_jw_end(w);
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~/", c) != NULL;
}

/* A path as a relative reference of RFC 3986; an absolute one as a file URI. */
static void write_uri(struct cos_jw *w, const char *path)
{
    struct cos_buf uri;
    cos_buf_init(&uri, 64u << 10);
    cos_buf_str(&uri, path[0] == '/' ? "file://" : "");
    for (const char *c = path; *c != '\0'; c++) {
        if (is_plain(*c)) {
            cos_buf_ch(&uri, *c);
        } else {
            cos_buf_printf(&uri, "%%%02X", (unsigned char)*c);
        }
    }
    cos_jw_span(w, "uri", cos_buf_view(&uri));
    cos_buf_deinit(&uri);
}

static void write_location(struct cos_jw *w, const char *path, const struct place *at)
{
    cos_jw_array(w, "locations");
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_object(w, "physicalLocation");
    cos_jw_object(w, "artifactLocation");
    write_uri(w, path);
    cos_jw_end(w);
    cos_jw_object(w, "region");
    cos_jw_u64(w, "startLine", at->line);
    cos_jw_u64(w, "startColumn", at->column_chars);
    cos_jw_end(w);
    cos_jw_end(w);
    cos_jw_end(w);
    cos_jw_end(w);
}

static void write_result(struct cos_jw *w, const char *path, const struct lint_finding *f)
{
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_str(w, "ruleId", lint_rows[f->rule].name);
    cos_jw_u64(w, "ruleIndex", f->rule);
    cos_jw_str(w, "level", lint_severity_word(lint_rows[f->rule].severity));
    write_text(w, "message", f->message);
    write_location(w, path, &f->at);
    cos_jw_end(w);
}

void lint_print_sarif(struct cos_buf *out, const struct lint_file *files, size_t n)
{
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_str(&w, "$schema", SARIF_SCHEMA);
    cos_jw_str(&w, "version", "2.1.0");
    cos_jw_array(&w, "runs");
    cos_jw_object(&w, /* name= */ NULL);
    write_driver(&w);
    cos_jw_str(&w, "columnKind", "unicodeCodePoints");
    cos_jw_array(&w, "results");
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < files[i].lint->n; k++) {
            write_result(&w, files[i].path, &files[i].lint->findings[k]);
        }
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_buf_ch(out, '\n');
}

/* --- the page --- */

/* Neither '|' nor '<' nor '*' in a cell of Markdown is itself. */
static void print_cell(struct cos_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("|<*_", *text) != NULL) {
            cos_buf_ch(out, '\\');
        }
        cos_buf_ch(out, *text);
    }
}

void lint_print_rules(struct cos_buf *out)
{
    cos_buf_str(out, "# Rules of `cosmock policy lint`\n\n"
                     "Printed by `cosmock policy lint --rules`. An error cannot be meant, a "
                     "warning hardly ever, a note is worth knowing.\n\n"
                     "| rule | severity | what it says | source |\n|---|---|---|---|\n");
    for (size_t i = 0; i < LINT_RULES_N; i++) {
        cos_buf_printf(out, "| `%s` | %s | ", lint_rows[i].name,
                       lint_severity_word(lint_rows[i].severity));
        print_cell(out, lint_rows[i].sentence);
        cos_buf_str(out, " | ");
        print_cell(out, lint_rows[i].source);
        cos_buf_str(out, " |\n");
    }
}
