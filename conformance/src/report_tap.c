/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TAP 14 (testanything.org, 2022): a test point a case, numbered in the order of the catalogue
 * so that numbers mean the same in every whole run. A SHOULD that does not hold is a TODO, as
 * is what a waiver foresaw; what could not be judged is a SKIP with its cause; a run that ended
 * early bails out. YAML blocks hold double-quoted scalars only.
 */
#include "report_format.h"

#include "cosbase/alloc.h"
#include "report_order.h"
#include "report_text.h"
#include "run.h"

#include <errno.h>
#include <string.h>

#define MAX_BYTES ((size_t)64 << 20)
#define JOURNAL_LINES 20

/* ---- test points ---- */

/* Text of a line: a '#' would begin a directive, a line break would end it. */
static void put_text(struct cos_buf *b, const char *text)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line = {0};
    cos_buf_init(&line, MAX_BYTES);
    report_text_line(&line, text);
    for (const char *at = cos_buf_cstr(&line); *at != '\0'; at++) {
        if (*at == '#' || *at == '\\') {
            cos_buf_ch(b, '\\');
        }
        cos_buf_ch(b, *at);
    }
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text != NULL && text[0] != '\0' ? text : otherwise;
}

struct point {
    bool is_ok;
    /* "SKIP", "TODO"; NULL: none. */
    const char *directive;
    const char *why;
};

static struct point point_of(const struct conform_result *r)
{
    const char *reason = text_or(r->reason, "");
    switch ((enum conform_verdict)r->verdict) {
    case CONFORM_PASS:
    case CONFORM_INFO:
        return (struct point){.is_ok = true};
    case CONFORM_SKIP:
        return (struct point){.is_ok = true, .directive = "SKIP", .why = reason};
    case CONFORM_BLOCKED:
        return (struct point){.is_ok = true,
                              .directive = "SKIP",
                              .why = text_or(r->blocked_by, reason)};
    case CONFORM_WARN:
        return (struct point){.directive = "TODO", .why = "SHOULD"};
    case CONFORM_XFAIL:
        return (struct point){.directive = "TODO", .why = "waived"};
    case CONFORM_FAIL:
    case CONFORM_ERROR:
    case CONFORM_XPASS:
    case CONFORM_VERDICTS:
        break;
    }
    return (struct point){.is_ok = false};
}

static void put_point(struct cos_buf *b, size_t number, const struct conform_result *r,
                      struct point point)
{
    cos_buf_printf(b, "%s %zu - ", point.is_ok ? "ok" : "not ok", number);
    put_text(b, r->requirement->id);
    cos_buf_ch(b, ' ');
    put_text(b, r->kase->name);
    if (point.directive != NULL) {
        cos_buf_printf(b, " # %s %s", point.directive,
                       r->verdict == CONFORM_BLOCKED ? "blocked by " : "");
        put_text(b, point.why);
    }
    cos_buf_ch(b, '\n');
}

/* ---- blocks ---- */

/* What YAML does not call printable it wants escaped (1.2.2, s.5.1). */
static void put_scalar(struct cos_buf *b, struct cos_span text)
{
    cos_buf_ch(b, '"');
    for (struct cos_span bytes; text.len > 0;) {
        uint32_t c = report_text_next(&text, &bytes);
        if (c == '\n') {
            cos_buf_str(b, "\\n");
        } else if (c == '\t' || report_text_is_hidden(c)) {
            cos_buf_printf(b, c > 0xFFFF ? "\\U%08X" : "\\u%04X", (unsigned)c);
        } else {
            cos_buf_str(b, c == '"' || c == '\\' ? "\\" : "");
            cos_buf_span(b, bytes);
        }
    }
    cos_buf_ch(b, '"');
}

static void put_member(struct cos_buf *b, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        cos_buf_printf(b, "  %s: ", name);
        put_scalar(b, cos_span_of(value));
        cos_buf_ch(b, '\n');
    }
}

static void put_journal(struct cos_buf *b, const char *text)
{
    struct cos_span rest = cos_span_of(text);
    size_t n = 0;
    cos_buf_str(b, rest.len > 0 ? "  journal:\n" : "");
    while (rest.len > 0 && n++ < JOURNAL_LINES) {
        cos_buf_str(b, "    - ");
        put_scalar(b, cos_span_cut(&rest, '\n'));
        cos_buf_ch(b, '\n');
    }
}

static void put_block(struct cos_buf *b, const struct conform_result *r)
{
    const struct requirement *q = r->requirement;
    cos_buf_str(b, "  ---\n");
    put_member(b, "verdict", verdict_name((enum conform_verdict)r->verdict));
    put_member(b, "level", level_name(q->level));
    put_member(b, "statement", q->statement);
    put_member(b, "source", q->source);
    put_member(b, "observed", q->observe);
    put_member(b, "message", r->reason);
    put_member(b, "blocked_by", r->blocked_by);
    put_member(b, "denied", r->deny);
    put_member(b, "asked", r->last_request);
    put_member(b, "answered", r->last_reply);
    put_member(b, "rerun", r->rerun);
    cos_buf_printf(b, "  duration_ms: %.3f\n", (double)r->duration_us / 1000.0);
    put_journal(b, text_or(r->journal, ""));
    cos_buf_str(b, "  ...\n");
}

static void put_result(struct cos_buf *b, size_t number, const struct conform_result *r)
{
    put_point(b, number, r, point_of(r));
    if (r->verdict != CONFORM_PASS && r->verdict != CONFORM_SKIP) {
        put_block(b, r);
    }
}

/* ---- the whole of it ---- */

static void put_head(struct cos_buf *b, const struct conform_report *report)
{
    cos_buf_str(b, "TAP version 14\n");
    if (report->n == 0) {
        cos_buf_str(b, "1..0 # nothing was selected that has a case\n");
        return;
    }
    cos_buf_printf(b, "1..%zu\n", report->n);
    cos_buf_printf(b, "# cosconform %s, catalogue sha256 %s, seed %llu\n",
                   CONFORM_SUITE_VERSION, report->options.catalogue->sha256,
                   (unsigned long long)report->options.seed);
}

static int tap_end(FILE *to, const struct conform_report *report)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_BYTES);
    size_t *order = report_order(report);
    if (order == NULL) {
        return -ENOMEM;
    }
    put_head(&b, report);
    for (size_t i = 0; i < report->n; i++) {
        if (report->is_done[order[i]]) {
            put_result(&b, i + 1, &report->results[order[i]]);
        }
    }
    (void)cos_free(order);
    if (!report->is_complete) {
        cos_buf_printf(&b, "Bail out! the run was %s\n",
                       report->is_stopped ? "stopped" : "not finished");
    }
    (void)fwrite(cos_buf_cstr(&b), 1, b.len, to);
    return b.failed ? -ENOMEM : 0;
}

const struct report_format report_format_tap = {.name = "tap",
                                                .file = "tap.txt",
                                                .end = tap_end};
