/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a list answers its question. A proxy's cache, a gateway's bug or somebody's hand may
 * put in a key that was not asked for; `rm -r` would send it back. So a list is believed as a
 * whole or not at all: every name under the prefix, behind the marker, in order, not more than
 * were asked for, rolled up where a delimiter was given, and the question repeated as it was.
 *
 * A reply may encode the names it repeats or not, whatever it says of its keys; either spelling
 * is fine there.
 * Sources: cos-wire.md s.2.1 (List Objects v1, List MPUs: elements, order of UTF-8 bytes,
 * encoding-type).
 */
#include "client/page.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"

int page_out_of_memory(struct cosn_error *err)
{
    return fail(err, COSN_E_NOMEM, "no memory for a page of a list");
}

int page_refuse_order(const char *name, struct cosn_error *err)
{
    return fail(
        err, COSN_E_PROTOCOL,
        "the list holds '%.120s' where only later names may stand; nothing of it is used",
        name);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_well_encoded(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '%' && (!is_hex(p[1]) || !is_hex(p[2]))) {
            return false;
        }
    }
    return true;
}

/* NULL out of memory. */
static char *decode(const char *text, size_t *out_len)
{
    size_t n = strlen(text);
    char *out = cos_strndup(text, n);
    if (out != NULL) {
        n = cos_percent_decode(out, cos_span_make(text, n), /* plus_is_space= */ true);
        out[n] = '\0';
        *out_len = n;
    }
    return out;
}

int page_decode_name(char **out, const struct page_question *q, const char *text,
                     struct cosn_error *err)
{
    if (!q->is_encoded) {
        *out = cos_strdup(text);
        return *out == NULL ? page_out_of_memory(err) : 0;
    }
    if (!is_well_encoded(text)) {
        return fail(err, COSN_E_PROTOCOL, "the list's name '%.120s' is not percent-encoded",
                    text);
    }
    size_t n = 0;
    char *name = decode(text, &n);
    if (name == NULL) {
        return page_out_of_memory(err);
    }
    if (strlen(name) != n) {
        cos_free(name);
        return fail(err, COSN_E_PROTOCOL, "the list's name '%.120s' holds a NUL byte", text);
    }
    *out = name;
    return 0;
}

bool page_says_encoded(const struct cos_xml *root, const char *element)
{
    const char *encoding = cos_xml_child_text(root, element);
    return encoding != NULL && strcmp(encoding, "url") == 0;
}

size_t page_count_children(const struct cos_xml *root, const char *name)
{
    size_t n = 0;
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        n += strcmp(cos_xml_name(e), name) == 0 ? 1 : 0;
    }
    return n;
}

static const char *asked(const struct page_question *q, enum page_echo_of of)
{
    switch (of) {
    case PAGE_ECHO_BUCKET:
        return q->bucket;
    case PAGE_ECHO_PREFIX:
        return q->prefix;
    case PAGE_ECHO_DELIMITER:
        return q->delimiter;
    case PAGE_ECHO_MARKER:
        break;
    }
    return q->marker;
}

int page_check_echo(const char *element, const char *said, const char *wanted,
                    struct cosn_error *err)
{
    if (said == NULL || strcmp(said, wanted) == 0) {
        return 0;
    }
    size_t n = 0;
    char *decoded = decode(said, &n);
    if (decoded == NULL) {
        return page_out_of_memory(err);
    }
    bool is_same = strcmp(decoded, wanted) == 0;
    cos_free(decoded);
    return is_same ? 0
                   : fail(err, COSN_E_PROTOCOL,
                          "the reply answers another question: its %s is '%.80s', asked was "
                          "'%.80s'",
                          element, said, wanted);
}

int page_check_echoes(const struct page_question *q, const struct cos_xml *root,
                      const struct page_echo *echoes, struct cosn_error *err)
{
    int r = 0;
    for (; r == 0 && echoes->element != NULL; echoes++) {
        r = page_check_echo(echoes->element, cos_xml_child_text(root, echoes->element),
                            asked(q, echoes->of), err);
    }
    return r;
}

int page_check_count(const struct page_question *q, size_t n, struct cosn_error *err)
{
    return n <= q->max
               ? 0
               : fail(err, COSN_E_PROTOCOL,
                      "the list holds %zu entries, at most %u were asked for", n, q->max);
}

static int check_under_prefix(const struct page_question *q, const char *name,
                              struct cosn_error *err)
{
    return strncmp(name, q->prefix, strlen(q->prefix)) == 0
               ? 0
               : fail(
                     err, COSN_E_PROTOCOL,
                     "the list holds '%.120s', which is not under the prefix '%.120s' that was "
                     "asked for; nothing of it is used",
                     name, q->prefix);
}

int page_check_key(const struct page_question *q, const char *key, struct cosn_error *err)
{
    int r = check_under_prefix(q, key, err);
    if (r < 0) {
        return r;
    }
    if (q->delimiter[0] != '\0' && strstr(key + strlen(q->prefix), q->delimiter) != NULL) {
        return fail(err, COSN_E_PROTOCOL,
                    "the list holds '%.120s', which the delimiter '%s' should have rolled up",
                    key, q->delimiter);
    }
    return 0;
}

int page_check_prefix(const struct page_question *q, const char *prefix, struct cosn_error *err)
{
    int r = check_under_prefix(q, prefix, err);
    if (r < 0) {
        return r;
    }
    const char *end =
        q->delimiter[0] == '\0' ? NULL : strstr(prefix + strlen(q->prefix), q->delimiter);
    if (end == NULL || end[strlen(q->delimiter)] != '\0') {
        return fail(err, COSN_E_PROTOCOL,
                    "the list's common prefix '%.120s' does not end at the first '%s' behind "
                    "'%.80s'",
                    prefix, q->delimiter, q->prefix);
    }
    return 0;
}

int page_is_truncated(bool *out, const struct cos_xml *root, struct cosn_error *err)
{
    const char *text = cos_xml_child_text(root, "IsTruncated");
    struct cos_span said = cos_span_trim(cos_span_of(text));
    bool is_true = cos_span_eq_str(said, "true");
    if (!is_true && !cos_span_eq_str(said, "false")) {
        return fail(err, COSN_E_PROTOCOL,
                    "the list does not say whether it is whole: its "
                    "IsTruncated is '%.20s'",
                    text == NULL ? "absent" : text);
    }
    *out = is_true;
    return 0;
}
