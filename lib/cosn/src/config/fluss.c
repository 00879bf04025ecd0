/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.yaml as Fluss reads it, which is not YAML. A line ends at LF, CR or CR LF; it is cut
 * at the first '#', trimmed, split at the first ": ", and both halves are trimmed. No quotes,
 * no nesting, no escapes, so a policy in JSON on one line is a string. A line that has no ": ",
 * or nothing on one side of it, is skipped with a warning that names the line and never the
 * value.
 *
 * "Trimmed" is Java's String.trim(): every byte up to and including the blank. Bytes are not
 * decoded: Fluss decodes with the JVM's default charset, and for UTF-8 that is the same. The
 * one thing refused is a NUL byte, which no C string can carry.
 *
 * Beside reading, this is a linter: where a YAML reader would see something else, a warning
 * says so, above all when a '#' inside a word cuts a value short, which is how secrets get
 * lost, and about what nobody sees (lint.c).
 * Sources: fluss GlobalConfiguration.java:168-201 (cut, trim, split, both warnings);
 * conformance.md s.0.5; requirements CFG-017 to CFG-023.
 */
#include "config/config.h"

#include "cosbase/shown.h"
#include "wire/wire.h"

struct reader {
    struct cosn_config *config;
    const char *name;
    unsigned line;
    struct cosn_error *err;
};

static bool is_java_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static struct cos_span java_trim(struct cos_span s)
{
    while (s.len > 0 && is_java_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    while (s.len > 0 && is_java_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    return s;
}

/* Take the next line off @rest; BufferedReader.readLine() knows three line ends. */
static struct cos_span next_line(struct cos_span *rest)
{
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != '\n' && rest->ptr[n] != '\r') {
        n++;
    }
    struct cos_span line = cos_span_sub(*rest, 0, n);
    bool is_crlf = n + 1 < rest->len && rest->ptr[n] == '\r' && rest->ptr[n + 1] == '\n';
    *rest = cos_span_from(*rest, n + (is_crlf ? 2 : 1));
    return line;
}

static size_t find_separator(struct cos_span conf)
{
    return cos_span_find(conf, COS_SPAN_LIT(": "));
}

static bool is_quoted(struct cos_span value)
{
    return value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
           value.ptr[value.len - 1] == value.ptr[0];
}

static int lint(const struct reader *r, struct cos_span line, struct cos_span key,
                struct cos_span value)
{
    char shown[COS_SHOWN_BYTES];
    size_t hash = cos_span_chr(line, '#');
    if (hash != SIZE_MAX && hash > 0 && !is_java_blank(line.ptr[hash - 1])) {
        return config_store_warn(r->config, r->err,
                                 "%s:%u: the value of '%s' is cut at a '#' inside a word, as "
                                 "Fluss does; a value with a '#' cannot be written here",
                                 r->name, r->line, cos_shown_value(shown, key));
    }
    if (is_quoted(value)) {
        return config_store_warn(r->config, r->err,
                                 "%s:%u: the quotes around '%s' are part of its value, as in "
                                 "Fluss; strict YAML would drop them",
                                 r->name, r->line, cos_shown_value(shown, key));
    }
    if (line.len > 0 && is_java_blank(line.ptr[0])) {
        return config_store_warn(r->config, r->err,
                                 "%s:%u: the indentation before '%s' means nothing, as in "
                                 "Fluss; strict YAML would nest it",
                                 r->name, r->line, cos_shown_value(shown, key));
    }
    return 0;
}

static int take_pair(const struct reader *r, struct cos_span line, struct cos_span key,
                     struct cos_span value)
{
    if (memchr(line.ptr, '\0', line.len) != NULL) {
        return fail(r->err, COSN_E_INVALID, "%s:%u: the line holds a NUL byte", r->name,
                    r->line);
    }
    if (key.len == 0 || value.len == 0) {
        return config_store_warn(r->config, r->err,
                                 "%s:%u: skipped, the key or the value is empty", r->name,
                                 r->line);
    }
    int status = lint(r, line, key, value);
    if (status == 0) {
        status = config_lint_pair(r->config, r->name, r->line, key, value, r->err);
    }
    return status < 0 ? status
                      : config_store_put(r->config, key, value, r->name, r->line, r->err);
}

static int read_line(const struct reader *r, struct cos_span line)
{
    size_t hash = cos_span_chr(line, '#');
    struct cos_span conf = java_trim(hash == SIZE_MAX ? line : cos_span_sub(line, 0, hash));
    if (conf.len == 0) {
        return 0;
    }
    size_t at = find_separator(conf);
    if (at == SIZE_MAX) {
        char what[64];
        bool has_unseen = config_lint_find(what, conf);
        return config_store_warn(r->config, r->err,
                                 "%s:%u: skipped, the line is not a key-value pair (missing "
                                 "space after ':', or no value)%s%s",
                                 r->name, r->line, has_unseen ? "; it holds " : "",
                                 has_unseen ? what : "");
    }
    struct cos_span value = cos_span_from(conf, at + 2);
    return take_pair(r, line, java_trim(cos_span_sub(conf, 0, at)), java_trim(value));
}

int config_read_fluss(struct cosn_config *config, const struct config_source *source,
                      struct cosn_error *err)
{
    struct reader r = {.config = config, .name = source->name, .err = err};
    struct cos_span rest = source->text;
    while (rest.len > 0) {
        struct cos_span line = next_line(&rest);
        r.line++;
        int status = read_line(&r, line);
        if (status < 0) {
            return status;
        }
    }
    return 0;
}
