/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two words on a badge, "cosconform" and what holds: the profiles with the number of their MUST
 * that were tested. The file's name or version is not on it: the certificate knows neither.
 */
#include "badge.h"

#include "cosbase/xml.h"
#include "statement.h"

#include <stdio.h>
#include <string.h>

#define LABEL "cosconform"
#define CHAR_WIDTH 7 /* of Verdana 11, on the wide side: text may be short of its box */
#define GREEN "#2e7d32"
#define GREY "#555"

static bool is_certified(const struct proof *p, const char *profile, int64_t *tested,
                         int64_t *must)
{
    const struct cos_json *said = cos_json_get(proof_predicate(p, "profiles"), profile);
    const char *verdict = cos_json_str(cos_json_get(said, "verdict"));
    (void)cos_json_i64(cos_json_get(said, "must_tested"), tested);
    (void)cos_json_i64(cos_json_get(said, "must"), must);
    return verdict != NULL && cos_span_starts(cos_span_of(verdict), COS_SPAN_LIT("CERTIFIED"));
}

/* "certified 155/155", or with one or some profiles only "core certified 97/97". */
static void message(char out[200], const struct proof *p)
{
    int64_t tested = 0, must = 0;
    size_t n = 0;
    char names[120] = "";
    for (size_t i = 0; i < STATEMENT_PROFILES; i++) {
        int64_t t = 0, m = 0;
        if (is_certified(p, statement_profiles[i], &t, &m)) {
            size_t len = strlen(names);
            (void)snprintf(names + len, sizeof(names) - len, "%s%s", n > 0 ? "+" : "",
                           statement_profiles[i]);
            n++;
            tested += t;
            must += m;
        }
    }
    (void)snprintf(out, 200, "%s%scertified %lld/%lld MUST",
                   n < STATEMENT_PROFILES ? names : "", n < STATEMENT_PROFILES ? " " : "",
                   (long long)tested, (long long)must);
}

static void put_text(struct cos_buf *b, size_t middle, const char *text)
{
    cos_buf_printf(b, "<text x=\"%zu\" y=\"14\" text-anchor=\"middle\">", middle);
    cos_xml_escape(b, cos_span_of(text));
    cos_buf_str(b, "</text>");
}

void badge_put_svg(struct cos_buf *b, const struct proof *certificate)
{
    char right[200];
    message(right, certificate);
    size_t a = strlen(LABEL) * CHAR_WIDTH + 10, z = strlen(right) * CHAR_WIDTH + 10;
    cos_buf_printf(b,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"20\" "
                   "role=\"img\" aria-label=\"" LABEL ": ",
                   a + z);
    cos_xml_escape_attr(b, cos_span_of(right));
    cos_buf_str(b, "\"><title>" LABEL ": ");
    cos_xml_escape(b, cos_span_of(right));
    cos_buf_printf(b,
                   "</title><clipPath id=\"r\"><rect width=\"%zu\" height=\"20\" rx=\"3\"/>"
                   "</clipPath><g clip-path=\"url(#r)\"><rect width=\"%zu\" height=\"20\" "
                   "fill=\"" GREY "\"/><rect x=\"%zu\" width=\"%zu\" height=\"20\" "
                   "fill=\"" GREEN "\"/></g>",
                   a + z, a, a, z);
    cos_buf_str(b, "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" "
                   "font-size=\"11\">");
    put_text(b, a / 2, LABEL);
    put_text(b, a + z / 2, right);
    cos_buf_str(b, "</g></svg>\n");
}

void badge_put_json(struct cos_buf *b, const struct proof *certificate)
{
    char right[200];
    struct cos_jw w;
    message(right, certificate);
    cos_jw_init(&w, b);
    cos_jw_object(&w, NULL);
    cos_jw_i64(&w, "schemaVersion", 1);
    cos_jw_str(&w, "label", LABEL);
    cos_jw_str(&w, "message", right);
    cos_jw_str(&w, "color", "2e7d32");
    cos_jw_end(&w);
    cos_buf_ch(b, '\n');
}
