/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.html: all of a run on one page that needs nothing else, neither a server nor scripts.
 * What opens is a <details>; the script only adds the filter (report.js). The policy in its
 * head lets nothing be fetched and nothing be run but these two texts, known by their SHA-256;
 * so there is no style attribute, no handler in an attribute, no address of anything.
 */
#include "report_format.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "report_entry.h"
#include "report_sum.h"
#include "report_text.h"
#include "run.h"
#include "selection.h"
#include "sentence.h"

#include <errno.h>
#include <string.h>

#define MAX_BYTES ((size_t)128 << 20)
#define JOURNAL_LINES 20
#define JOURNAL_LINES_OF_A_PASS 8
#define SHOWN_BYTES 8192 /* of one request, reply or log */

__asm__(".pushsection .rodata\n"
        ".globl report_css, report_css_end, report_js, report_js_end\n"
        ".hidden report_css, report_css_end, report_js, report_js_end\n"
        "report_css:\n"
        ".incbin \"" CONFORM_REPORT_CSS "\"\n"
        "report_css_end:\n"
        "report_js:\n"
        ".incbin \"" CONFORM_REPORT_JS "\"\n"
        "report_js_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const char report_css[], report_css_end[], report_js[], report_js_end[];

/* ---- text ---- */

enum place { IN_TEXT, IN_ATTRIBUTE };

static void put_escaped(struct cos_buf *b, struct cos_span text, enum place place)
{
    for (struct cos_span bytes; text.len > 0;) {
        uint32_t c = report_text_next(&text, &bytes);
        if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'') {
            cos_buf_printf(b, "&#%u;", (unsigned)c);
        } else if (report_text_is_hidden(c)) {
            cos_buf_printf(b,
                           place == IN_TEXT ? "<span class=\"cp\">U+%04X</span>" : "[U+%04X]",
                           (unsigned)c);
        } else {
            cos_buf_span(b, bytes);
        }
    }
}

static void put_text(struct cos_buf *b, const char *text)
{
    put_escaped(b, cos_span_of(text != NULL ? text : ""), IN_TEXT);
}

/* <tag>text</tag>; @tag may have attributes. */
static void put_element(struct cos_buf *b, const char *tag, const char *text)
{
    cos_buf_printf(b, "<%s>", tag);
    put_text(b, text);
    cos_buf_printf(b, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* A row of a definition list; none for an empty text. */
static void put_row(struct cos_buf *b, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        put_element(b, "dt", name);
        put_element(b, "dd", text);
        cos_buf_ch(b, '\n');
    }
}

static void put_block(struct cos_buf *b, const char *name, const char *text)
{
    struct cos_span all = cos_span_of(text != NULL ? text : "");
    if (all.len == 0) {
        return;
    }
    put_element(b, "dt", name);
    cos_buf_str(b, "<dd><pre>");
    put_escaped(b, all.len > SHOWN_BYTES ? cos_span_sub(all, 0, SHOWN_BYTES) : all, IN_TEXT);
    cos_buf_str(b, all.len > SHOWN_BYTES ? "\n…</pre></dd>\n" : "</pre></dd>\n");
}

/* ---- verdicts ---- */

/* The part of a class name that stands for a colour. */
static const char *color_of(enum conform_verdict v)
{
    static const char *const by_style[STYLES] = {
        [STYLE_PLAIN] = "none",   [STYLE_GOOD] = "good",    [STYLE_BAD] = "bad",
        [STYLE_WARNING] = "warn", [STYLE_NOTE] = "note",    [STYLE_BLOCKED] = "blocked",
        [STYLE_FAINT] = "none",   [STYLE_HEADING] = "none",
    };
    return by_style[style_of_verdict(v)];
}

static void put_verdict(struct cos_buf *b, enum conform_verdict v)
{
    cos_buf_printf(b, "<span class=\"v v-%s\">%s</span>", color_of(v), verdict_name(v));
}

/* As a reader wants them: the worst first. */
static const enum conform_verdict by_weight[CONFORM_VERDICTS] = {CONFORM_ERROR, CONFORM_FAIL,
                                                                 CONFORM_XPASS, CONFORM_BLOCKED,
                                                                 CONFORM_WARN,  CONFORM_XFAIL,
                                                                 CONFORM_INFO,  CONFORM_SKIP,
                                                                 CONFORM_PASS};

/* ---- head ---- */

static void put_hash(struct cos_buf *b, const char *from, const char *to)
{
    uint8_t digest[COS_SHA256_BYTES];
    cos_sha256(digest, from, (size_t)(to - from));
    cos_buf_str(b, "'sha256-");
    cos_base64_append(b, digest, sizeof(digest));
    cos_buf_ch(b, '\'');
}

static void put_head(struct cos_buf *b, const struct conform_report *report,
                     const struct report_sum *sum)
{
    cos_buf_str(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src ");
    put_hash(b, report_css, report_css_end);
    cos_buf_str(b, "; script-src ");
    put_hash(b, report_js, report_js_end);
    cos_buf_str(b, "; base-uri 'none'; form-action 'none'\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    put_text(b, sum->title);
    cos_buf_str(b, ": ");
    put_text(b, report_subject(report));
    cos_buf_str(b, "</title>\n<style>");
    cos_buf_append(b, report_css, (size_t)(report_css_end - report_css));
    cos_buf_str(b, "</style>\n</head>\n<body>\n"
                   "<a class=\"skip\" href=\"#requirements\">Skip to the requirements</a>\n");
}

/* All verdicts in one bar, as wide as they are many. */
static void put_sums(struct cos_buf *b, const struct conform_report *report)
{
    double at = 0, all = report->n_outcomes > 0 ? (double)report->n_outcomes : 1;
    cos_buf_str(b, "<svg class=\"sums\" viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" "
                   "aria-hidden=\"true\">");
    for (size_t i = 0; i < CONFORM_VERDICTS; i++) {
        size_t n = report->counts.total[by_weight[i]];
        double width = 1000.0 * (double)n / all;
        if (n > 0) {
            cos_buf_printf(b,
                           "<rect class=\"fill-%s\" x=\"%.2f\" y=\"0\" width=\"%.2f\" "
                           "height=\"14\"/>",
                           color_of(by_weight[i]), at, width);
            at += width;
        }
    }
    cos_buf_str(b, "</svg>\n<ul class=\"legend\">");
    for (size_t i = 0; i < CONFORM_VERDICTS; i++) {
        size_t n = report->counts.total[by_weight[i]];
        if (n > 0) {
            cos_buf_printf(b,
                           "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect "
                           "class=\"fill-%s\" width=\"10\" height=\"10\"/></svg><b>%zu</b> "
                           "%s</li>",
                           color_of(by_weight[i]), n, verdict_name(by_weight[i]));
        }
    }
    cos_buf_str(b, "</ul>\n");
}

static void put_fact(struct cos_buf *b, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        cos_buf_str(b, "<div>");
        put_row(b, name, text);
        cos_buf_str(b, "</div>\n");
    }
}

static void put_hash_fact(struct cos_buf *b, const char *name, const char *hex)
{
    if (hex != NULL && hex[0] != '\0') {
        cos_buf_str(b, "<div>");
        put_element(b, "dt", name);
        put_element(b, "dd class=\"hash\"", hex);
        cos_buf_str(b, "</div>\n");
    }
}

static void put_facts(struct cos_buf *b, const struct conform_report *report)
{
    const struct conform_options *o = &report->options;
    char run[200], named[256];
    (void)snprintf(run, sizeof(run),
                   "%zu of %zu cases, %zu requirements, %.1f s; seed %llu, %s",
                   report_n_done(report), report->n, report->n_outcomes,
                   (double)report->duration_us / 1e6, (unsigned long long)o->seed,
                   o->in_process ? "in process, virtual time" : "in a process of its own");
    (void)snprintf(named, sizeof(named), "%s %s", report->subject_name,
                   report->subject_version);
    cos_buf_str(b, "<dl class=\"facts\">\n");
    put_fact(b, "Subject", report_subject(report));
    put_fact(b, "It calls itself", report->subject_name[0] != '\0' ? named : "");
    put_hash_fact(b, "SHA-256 of the subject", o->artifact_sha256);
    put_fact(b, "Run", run);
    put_fact(b, "Planted defect", o->mutant);
    put_hash_fact(b, "SHA-256 of the catalogue", o->catalogue->sha256);
    cos_buf_str(b, "</dl>\n");
}

static void put_header(struct cos_buf *b, const struct conform_report *report,
                       const struct report_sum *sum)
{
    char finished[25] = "";
    cos_date_iso_ms(finished, report->finished_unix_ms);
    cos_buf_printf(b,
                   "<header>\n<p class=\"suite\">cosconform %s · <time>%.10s %.5s</time> "
                   "UTC</p>\n<h1 class=\"%s\">",
                   CONFORM_SUITE_VERSION, finished, finished + 11,
                   sum->style == STYLE_GOOD ? "good" : "bad");
    put_text(b, sum->title);
    cos_buf_str(b, "</h1>\n<p class=\"lead\">");
    put_text(b, sum->sentence);
    cos_buf_str(b, ".</p>\n");
    put_sums(b, report);
    put_facts(b, report);
    cos_buf_str(b, "</header>\n<main>\n");
}

/* ---- causes ---- */

static const struct outcome *outcome_of(const struct conform_report *report,
                                        const struct requirement *r)
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        if (report->outcomes[i].requirement == r) {
            return &report->outcomes[i];
        }
    }
    return NULL;
}

#define OF(verdict) (1u << (verdict))
#define NO_VERDICT OF(CONFORM_VERDICTS)

/* 0: not on this page. */
static unsigned verdict_bit(const struct conform_report *report, const struct requirement *r)
{
    const struct outcome *o = outcome_of(report, r);
    if (o != NULL) {
        return OF(o->verdict);
    }
    return selection_has(report->options.selection, r) ? NO_VERDICT : 0;
}

/* A link to a requirement of this page; of another its name. */
static void put_link(struct cos_buf *b, const struct conform_report *report, const char *id)
{
    const struct requirement *r = catalogue_find(report->options.catalogue, id);
    if (r != NULL && verdict_bit(report, r) != 0) {
        cos_buf_printf(b, "<a href=\"#%s\">%s</a>", id, id);
    } else {
        put_text(b, id);
    }
}

static void put_cause(struct cos_buf *b, const struct conform_report *report,
                      const struct report_cause *cause)
{
    cos_buf_str(b, "<article class=\"cause\">\n<h3>");
    put_link(b, report, cause->id);
    cos_buf_ch(b, ' ');
    put_text(b, cause->requirement->statement);
    cos_buf_str(b, "</h3>\n");
    if (cause->deny != NULL && cause->deny[0] != '\0') {
        put_element(b, "p class=\"deny\"", cause->deny);
    }
    put_element(b, "p class=\"reason\"", cause->reason);
    cos_buf_printf(b,
                   "\n<p class=\"quiet\">For it %zu %s not be judged:</p>\n<ul class=\"ids\">",
                   cause->n_blocked,
                   cause->n_blocked == 1 ? "requirement could" : "requirements could");
    for (size_t i = 0; i < cause->n_blocked; i++) {
        cos_buf_str(b, "<li>");
        put_link(b, report, cause->blocked[i]);
        cos_buf_str(b, "</li>");
    }
    cos_buf_str(b, "</ul>\n</article>\n");
}

static void put_causes(struct cos_buf *b, const struct conform_report *report)
{
    const struct report_cause *causes;
    size_t n = report_causes(report, &causes);
    if (n == 0) {
        return;
    }
    cos_buf_printf(b,
                   "<section class=\"part\" id=\"causes\">\n<h2>%zu %s</h2>\n<p "
                   "class=\"quiet\">What failed by itself and left other requirements without "
                   "a verdict.</p>\n",
                   n, n == 1 ? "root cause" : "root causes");
    for (size_t i = 0; i < n; i++) {
        put_cause(b, report, &causes[i]);
    }
    cos_buf_str(b, "</section>\n");
}

/* ---- requirements ---- */

static void put_journal(struct cos_buf *b, const struct conform_result *r)
{
    size_t n = 0, limit = r->verdict == CONFORM_PASS ? JOURNAL_LINES_OF_A_PASS : JOURNAL_LINES;
    struct cos_span rest = cos_span_of(r->journal != NULL ? r->journal : "");
    if (rest.len == 0) {
        return;
    }
    cos_buf_str(b, "<dt>Journal</dt><dd><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                   "aria-label=\"Journal\"><table class=\"journal\"><thead><tr><th "
                   "scope=\"col\">What was asked, what was answered</th><th "
                   "scope=\"col\">What the mock decided</th></tr></thead><tbody>\n");
    for (; rest.len > 0 && n < limit; n++) {
        COS_CLEANUP(report_entry_deinit) struct report_entry e;
        COS_CLEANUP(cos_buf_deinit) struct cos_buf words = {0};
        cos_buf_init(&words, MAX_BYTES);
        if (!report_entry_read(&e, cos_span_cut(&rest, '\n'))) {
            continue;
        }
        report_entry_put_request(&words, &e);
        cos_buf_str(b, e.status == 403 ? "<tr class=\"refused\">" : "<tr>");
        put_element(b, "td class=\"mono\"", cos_buf_cstr(&words));
        cos_buf_clear(&words);
        report_entry_put_decision(&words, &e);
        put_element(b, "td", cos_buf_cstr(&words));
        cos_buf_str(b, "</tr>\n");
    }
    cos_buf_str(b, "</tbody></table></div>");
    cos_buf_str(b, rest.len > 0 ? "<p class=\"quiet\">More in journal.jsonl.</p>" : "");
    cos_buf_str(b, "</dd>\n");
}

static void put_case(struct cos_buf *b, const struct conform_report *report,
                     const struct conform_result *r)
{
    cos_buf_str(b, "<section class=\"case\"><h4>");
    put_verdict(b, (enum conform_verdict)r->verdict);
    put_element(b, "span", r->kase->name);
    cos_buf_printf(b, "<span class=\"quiet\">%.1f ms</span></h4>\n<dl>\n",
                   (double)r->duration_us / 1000.0);
    put_row(b, "Seen", r->reason);
    put_row(b, "The mock says", r->deny);
    if (r->blocked_by != NULL) {
        cos_buf_str(b, "<dt>Blocked by</dt><dd>");
        put_link(b, report, r->blocked_by);
        cos_buf_str(b, ", which failed</dd>\n");
    }
    put_block(b, "Last request", r->last_request);
    put_block(b, "Last reply", r->last_reply);
    put_journal(b, r);
    put_block(b, "End of the log", r->log);
    put_block(b, "Run it again", r->rerun);
    cos_buf_str(b, "</dl></section>\n");
}

static void put_requirement(struct cos_buf *b, const struct conform_report *report,
                            const struct requirement *q, const char *verdict, const char *color)
{
    cos_buf_printf(b,
                   "<details class=\"req\" id=\"%s\" data-verdict=\"%s\" data-level=\"%s\" "
                   "data-area=\"%s\"><summary><span class=\"v v-%s\">%s</span><span "
                   "class=\"id\">%s</span>",
                   q->id, verdict, level_name(q->level), q->area, color, verdict, q->id);
    put_element(b, "span class=\"what\"", q->statement);
    cos_buf_printf(b, "<span class=\"level\">%s</span></summary>\n<div class=\"body\"><dl>\n",
                   level_name(q->level));
    for (size_t i = 0; i < q->n_sentences; i++) {
        struct sentence s;
        if (sentence_find(q->sentences[i], &s)) {
            cos_buf_str(b, "<dt>The page says</dt><dd><q>");
            put_escaped(b, s.text, IN_TEXT);
            cos_buf_str(b, "</q></dd>\n");
        }
    }
    put_row(b, "Expected", q->observe);
    put_row(b, "Source", q->source);
    put_row(b, "Profile", q->profile);
    cos_buf_str(b, "</dl>\n");
    for (size_t i = 0; i < report->n; i++) {
        if (report->results[i].requirement == q && report->is_done[i]) {
            put_case(b, report, &report->results[i]);
        }
    }
    cos_buf_str(b, "</div></details>\n");
}

/* ---- groups ---- */

static const struct group {
    const char *title, *says;
    /* Of OF(verdict). */
    unsigned verdicts;
} groups[] = {
    {"Does not hold", "a MUST is broken, or could not be judged for trouble of the judge's own",
     OF(CONFORM_FAIL) | OF(CONFORM_ERROR) | OF(CONFORM_XPASS)},
    {"Blocked", "violated, but for something that failed before", OF(CONFORM_BLOCKED)},
    {"Warnings", "a SHOULD does not hold, or a waiver foresaw it",
     OF(CONFORM_WARN) | OF(CONFORM_XFAIL)},
    {"Observations", "a MAY does not hold, or something to know", OF(CONFORM_INFO)},
    {"Not run", "with the reason", OF(CONFORM_SKIP)},
    {"Holds", "shown by the subject's answer and by the journal of the mock", OF(CONFORM_PASS)},
    {"Without a verdict", "no case yet, or the run ended before", NO_VERDICT},
};

static void put_group(struct cos_buf *b, const struct conform_report *report,
                      const struct group *group)
{
    const struct catalogue *c = report->options.catalogue;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        n += (verdict_bit(report, &c->items[i]) & group->verdicts) != 0 ? 1 : 0;
    }
    if (n == 0) {
        return;
    }
    cos_buf_printf(
        b, "<section class=\"group\"><h3>%s <span class=\"quiet\">%zu: %s</span></h3>\n",
        group->title, n, group->says);
    for (size_t i = 0; i < c->n; i++) {
        unsigned bit = verdict_bit(report, &c->items[i]);
        const struct outcome *o = outcome_of(report, &c->items[i]);
        if ((bit & group->verdicts) != 0) {
            put_requirement(b, report, &c->items[i],
                            o != NULL ? verdict_name(o->verdict) : "NONE",
                            o != NULL ? color_of(o->verdict) : "none");
        }
    }
    cos_buf_str(b, "</section>\n");
}

/* ---- areas ---- */

static bool is_first_of_area(const struct catalogue *c, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(c->items[i].area, c->items[at].area) == 0) {
            return false;
        }
    }
    return true;
}

static void put_numbers(struct cos_buf *b, const struct conform_report *report,
                        const size_t counts[CONFORM_VERDICTS])
{
    size_t sum = 0;
    for (size_t i = 0; i < CONFORM_VERDICTS; i++) {
        size_t n = counts[by_weight[i]];
        sum += n;
        if (report->counts.total[by_weight[i]] > 0) {
            cos_buf_printf(b, "<td class=\"%s%s\">%zu</td>", n > 0 ? "t-" : "zero",
                           n > 0 ? color_of(by_weight[i]) : "", n);
        }
    }
    cos_buf_printf(b, "<td>%zu</td></tr>\n", sum);
}

static void put_areas(struct cos_buf *b, const struct conform_report *report)
{
    const struct catalogue *c = report->options.catalogue;
    cos_buf_str(b, "<section class=\"part\" id=\"areas\">\n<h2>By area</h2>\n<div "
                   "class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"By "
                   "area\"><table class=\"areas\"><thead><tr><th scope=\"col\">Area</th>");
    for (size_t i = 0; i < CONFORM_VERDICTS; i++) {
        if (report->counts.total[by_weight[i]] > 0) {
            cos_buf_printf(b, "<th scope=\"col\">%s</th>", verdict_name(by_weight[i]));
        }
    }
    cos_buf_str(b, "<th scope=\"col\">tested</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < c->n; i++) {
        size_t counts[CONFORM_VERDICTS] = {0}, n = 0;
        for (size_t k = 0; k < report->n_outcomes; k++) {
            if (strcmp(report->outcomes[k].requirement->area, c->items[i].area) == 0) {
                counts[report->outcomes[k].verdict]++;
                n++;
            }
        }
        if (n > 0 && is_first_of_area(c, i)) {
            cos_buf_printf(b, "<tr><th scope=\"row\">%s</th>", c->items[i].area);
            put_numbers(b, report, counts);
        }
    }
    cos_buf_str(b, "</tbody><tfoot><tr><th scope=\"row\">all</th>");
    put_numbers(b, report, report->counts.total);
    cos_buf_str(b, "</tfoot></table></div>\n</section>\n");
}

/* ---- filter ---- */

static void put_options(struct cos_buf *b, const struct conform_report *report)
{
    const struct catalogue *c = report->options.catalogue;
    cos_buf_str(b, "<label>Level <select name=\"level\"><option value=\"\">any</option>"
                   "<option>MUST</option><option>SHOULD</option><option>MAY</option></select>"
                   "</label>\n<label>Area <select name=\"area\"><option "
                   "value=\"\">any</option>");
    for (size_t i = 0; i < c->n; i++) {
        if (is_first_of_area(c, i)) {
            put_element(b, "option", c->items[i].area);
        }
    }
    cos_buf_str(b, "</select></label>\n<button type=\"button\" id=\"open\">Open all</button>"
                   "<button type=\"button\" id=\"close\">Close all</button>"
                   "<button type=\"reset\">Reset</button>\n");
}

static void put_filter(struct cos_buf *b, const struct conform_report *report)
{
    cos_buf_str(b, "<form class=\"filter\" id=\"filter\" role=\"search\" hidden>\n<div "
                   "class=\"row\"><label for=\"q\">Find <kbd>/</kbd></label><input "
                   "type=\"search\" id=\"q\" autocomplete=\"off\" spellcheck=\"false\" "
                   "placeholder=\"id, words of the statement, of the answer, of the "
                   "journal\"></div>\n<fieldset><legend "
                   "class=\"visually-hidden\">Verdicts</legend>");
    for (size_t i = 0; i < CONFORM_VERDICTS; i++) {
        const char *name = verdict_name(by_weight[i]);
        size_t n = report->counts.total[by_weight[i]];
        if (n > 0) {
            cos_buf_printf(b,
                           "<label class=\"chip\"><input type=\"checkbox\" name=\"verdict\" "
                           "value=\"%s\">%s <span class=\"quiet\">%zu</span></label>\n",
                           name, name, n);
        }
    }
    cos_buf_str(b, "</fieldset>\n<div class=\"row\">");
    put_options(b, report);
    cos_buf_str(b, "<output id=\"shown\" class=\"quiet\" aria-live=\"polite\"></output></div>\n"
                   "</form>\n");
}

/* ---- the whole of it ---- */

static void put_page(struct cos_buf *b, const struct conform_report *report)
{
    struct report_sum sum;
    report_sum_up(report, &sum);
    put_head(b, report, &sum);
    put_header(b, report, &sum);
    put_causes(b, report);
    put_areas(b, report);
    cos_buf_str(b, "<section class=\"part\" id=\"requirements\" tabindex=\"-1\">\n"
                   "<h2>Requirements</h2>\n");
    put_filter(b, report);
    for (size_t i = 0; i < COS_ARRAY_LEN(groups); i++) {
        put_group(b, report, &groups[i]);
    }
    cos_buf_str(b, "</section>\n</main>\n<footer><p>Tested against the mock of this project, "
                   "not against Tencent Cloud. The evidence is in journal.jsonl and "
                   "results.jsonl beside this page.</p></footer>\n<script>");
    cos_buf_append(b, report_js, (size_t)(report_js_end - report_js));
    cos_buf_str(b, "</script>\n</body>\n</html>\n");
}

static int html_end(FILE *to, const struct conform_report *report)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_BYTES);
    put_page(&b, report);
    (void)fwrite(cos_buf_cstr(&b), 1, b.len, to);
    return b.failed ? -ENOMEM : 0;
}

const struct report_format report_format_html = {.name = "html",
                                                 .file = "report.html",
                                                 .end = html_end};
