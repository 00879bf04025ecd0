/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal report: root causes first, each with the sentence of the page, the mock's own
 * sentence for what it refused, what broke it, and what could not be judged for it; then what
 * else does not hold, warnings, observations, each with the journal lines that prove it and the
 * line that runs it again; then the table by area; then the verdict in one sentence.
 */
#include "report_format.h"

#include "report_entry.h"
#include "report_sum.h"
#include "report_text.h"
#include "run.h"
#include "selection.h"
#include "sentence.h"
#include "style.h"

#include <string.h>

#define MAX_LINE ((size_t)1 << 20)
#define SHOWN_BYTES 300
#define VERDICT_COLUMNS 8 /* "BLOCKED " */
#define LABEL_COLUMNS 12
#define LINE_COLUMNS 79

struct paper {
    FILE *to;
    bool has_color, is_verbose;
};

static void put_styled(const struct paper *p, enum style style, const char *text)
{
    bool is_styled = p->has_color && style != STYLE_PLAIN;
    (void)fprintf(p->to, "%s%s%s", is_styled ? style_begin(style) : "", text,
                  is_styled ? STYLE_END : "");
}

/* What a subject said must not reach a terminal as it is. */
static void put_line(const struct paper *p, const char *label, const char *text)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LINE);
    report_text_line(&b, text != NULL ? text : "");
    (void)fprintf(p->to, "    %-8s %s\n", label, cos_buf_cstr(&b));
}

static void put_start(const struct paper *p, const char *label, const char *text)
{
    char start[SHOWN_BYTES + 1];
    (void)snprintf(start, sizeof(start), "%s", text != NULL ? text : "");
    put_line(p, label, start);
}

/* In its colour, padded outside of it. */
static void put_verdict(const struct paper *p, int verdict)
{
    const char *name = verdict_name((enum conform_verdict)verdict);
    put_styled(p, style_of_verdict((enum conform_verdict)verdict), name);
    (void)fprintf(p->to, "%*s", (int)(VERDICT_COLUMNS - strlen(name)), "");
}

static void print_entry(const struct paper *p, struct cos_span line)
{
    COS_CLEANUP(report_entry_deinit) struct report_entry e;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LINE);
    if (report_entry_read(&e, line)) {
        report_entry_put_request(&b, &e);
        cos_buf_str(&b, " [");
        report_entry_put_decision(&b, &e);
        cos_buf_ch(&b, ']');
        put_line(p, "journal", cos_buf_cstr(&b));
    }
}

static void print_journal(const struct paper *p, const char *text)
{
    struct cos_span rest = cos_span_of(text);
    while (rest.len > 0) {
        print_entry(p, cos_span_cut(&rest, '\n'));
    }
}

static void print_case(const struct paper *p, const struct conform_result *r)
{
    put_line(p, "case", r->kase->name);
    put_line(p, "expected", r->requirement->observe);
    put_line(p, "seen", r->reason);
    if (r->deny != NULL && r->deny[0] != '\0') {
        put_line(p, "the mock", r->deny);
    }
    if (r->last_request != NULL && r->last_request[0] != '\0') {
        put_start(p, "asked", r->last_request);
        put_start(p, "answered", r->last_reply);
    }
    print_journal(p, r->journal != NULL ? r->journal : "");
}

static void print_head(const struct paper *p, int verdict, const struct requirement *q)
{
    put_verdict(p, verdict);
    put_styled(p, STYLE_HEADING, q->id);
    (void)fprintf(p->to, "  %s\n", q->statement);
    for (size_t i = 0; i < q->n_sentences; i++) {
        struct sentence s;
        if (sentence_find(q->sentences[i], &s)) {
            (void)fprintf(p->to, "    %-8s \"" COS_SPAN_FMT "\"\n", "page",
                          COS_SPAN_ARG(s.text));
        }
    }
}

static void print_problem(const struct paper *p, const struct conform_result *r)
{
    print_head(p, r->verdict, r->requirement);
    print_case(p, r);
    put_line(p, "re-run", r->rerun);
    (void)fputc('\n', p->to);
}

static void print_short(const struct paper *p, const struct conform_result *r)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LINE);
    if (r->blocked_by != NULL) {
        cos_buf_printf(&b, "by %s: ", r->blocked_by);
    }
    report_text_line(&b, r->reason != NULL ? r->reason : "");
    put_verdict(p, r->verdict);
    (void)fprintf(p->to, "%-8s %s%s%s\n", r->requirement->id, r->kase->name,
                  b.len > 0 ? " - " : "", cos_buf_cstr(&b));
}

/* ---- causes ---- */

static void print_blocked(const struct paper *p, const struct report_cause *cause)
{
    size_t width = LABEL_COLUMNS;
    (void)fprintf(p->to, "    %-8s", "blocks");
    for (size_t i = 0; i < cause->n_blocked; i++) {
        size_t n = strlen(cause->blocked[i]) + 1;
        if (width + n > LINE_COLUMNS) {
            (void)fprintf(p->to, "\n%*s", LABEL_COLUMNS, "");
            width = LABEL_COLUMNS;
        }
        (void)fprintf(p->to, " %s", cause->blocked[i]);
        width += n;
    }
    (void)fputc('\n', p->to);
}

/* Of a requirement that was not selected only what the cause says is known. */
static void print_cause(const struct paper *p, const struct conform_report *report,
                        const struct report_cause *cause)
{
    const struct conform_result *worst = NULL;
    for (size_t i = 0; i < report->n_outcomes; i++) {
        if (report->outcomes[i].requirement == cause->requirement) {
            worst = &report->results[report->outcomes[i].worst];
        }
    }
    print_head(p, CONFORM_FAIL, cause->requirement);
    if (cause->deny != NULL && cause->deny[0] != '\0') {
        put_line(p, "the mock", cause->deny);
    }
    put_line(p, "expected", cause->requirement->observe);
    put_line(p, "seen", cause->reason);
    print_blocked(p, cause);
    if (worst != NULL) {
        put_line(p, "case", worst->kase->name);
        put_start(p, "asked", worst->last_request);
        put_start(p, "answered", worst->last_reply);
        print_journal(p, worst->journal != NULL ? worst->journal : "");
        put_line(p, "re-run", worst->rerun);
    }
    (void)fputc('\n', p->to);
}

static size_t n_blocked(const struct conform_report *report)
{
    return report->counts.total[CONFORM_BLOCKED];
}

static void print_causes(const struct paper *p, const struct conform_report *report)
{
    const struct report_cause *causes;
    char line[120];
    size_t n = report_causes(report, &causes);
    if (n == 0) {
        return;
    }
    (void)snprintf(line, sizeof(line), "%zu %s, %zu %s blocked", n, n == 1 ? "cause" : "causes",
                   n_blocked(report), n_blocked(report) == 1 ? "requirement" : "requirements");
    put_styled(p, STYLE_BAD, line);
    (void)fputs("\n\n", p->to);
    for (size_t i = 0; i < n; i++) {
        print_cause(p, report, &causes[i]);
    }
}

static bool is_cause(const struct conform_report *report, const struct conform_result *r)
{
    const struct report_cause *causes;
    size_t n = report_causes(report, &causes);
    for (size_t i = 0; i < n; i++) {
        if (causes[i].requirement == r->requirement) {
            return true;
        }
    }
    return false;
}

/* ---- what else does not hold ---- */

#define OF(verdict) (1u << (verdict))

static void print_results(const struct paper *p, const struct conform_report *report,
                          unsigned verdicts,
                          void (*print)(const struct paper *p, const struct conform_result *r))
{
    for (size_t i = 0; i < report->n; i++) {
        const struct conform_result *r = &report->results[i];
        if (report->is_done[i] && (OF(r->verdict) & verdicts) != 0 && !is_cause(report, r)) {
            print(p, r);
        }
    }
}

/* ---- the table ---- */

struct row {
    const char *area;
    size_t of_catalogue, by_verdict[CONFORM_VERDICTS], untested;
};

static size_t fill_rows(const struct conform_report *report, struct row *rows, size_t max)
{
    const struct catalogue *c = report->options.catalogue;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        size_t k = 0;
        while (k < n && strcmp(rows[k].area, c->items[i].area) != 0) {
            k++;
        }
        if (k == max) {
            continue;
        }
        if (k == n) {
            rows[n++] = (struct row){.area = c->items[i].area};
        }
        rows[k].of_catalogue++;
        rows[k].untested += c->items[i].n_cases == 0 ? 1 : 0;
    }
    for (size_t i = 0; i < report->n_outcomes; i++) {
        for (size_t k = 0; k < n; k++) {
            if (strcmp(rows[k].area, report->outcomes[i].requirement->area) == 0) {
                rows[k].by_verdict[report->outcomes[i].verdict]++;
            }
        }
    }
    return n;
}

static bool has_verdicts(const struct row *row)
{
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        if (row->by_verdict[v] > 0) {
            return true;
        }
    }
    return false;
}

static void print_number(const struct paper *p, enum style style, size_t n, int width)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%*zu", width, n);
    put_styled(p, n > 0 ? style : STYLE_FAINT, text);
}

/* Columns in which @sum has nothing are left out: the table fits a narrow terminal. */
static void print_row(const struct paper *p, const struct row *row, const struct row *sum)
{
    (void)fprintf(p->to, "%-6s", row->area);
    print_number(p, STYLE_PLAIN, row->of_catalogue, 6);
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        if (sum->by_verdict[v] > 0) {
            print_number(p, style_of_verdict((enum conform_verdict)v), row->by_verdict[v], 8);
        }
    }
    if (sum->untested > 0) {
        print_number(p, STYLE_FAINT, row->untested, 10);
    }
    (void)fputc('\n', p->to);
}

static void print_names(const struct paper *p, const struct row *sum)
{
    (void)fprintf(p->to, "%-6s%6s", "area", "reqs");
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        if (sum->by_verdict[v] > 0) {
            (void)fprintf(p->to, "%8s", verdict_name((enum conform_verdict)v));
        }
    }
    (void)fprintf(p->to, "%s\n", sum->untested > 0 ? "  untested" : "");
}

static struct row sum_of(const struct row *rows, size_t n)
{
    struct row sum = {.area = "all"};
    for (size_t i = 0; i < n; i++) {
        sum.of_catalogue += rows[i].of_catalogue;
        sum.untested += rows[i].untested;
        for (int v = 0; v < CONFORM_VERDICTS; v++) {
            sum.by_verdict[v] += rows[i].by_verdict[v];
        }
    }
    return sum;
}

static void print_table(const struct paper *p, const struct conform_report *report)
{
    struct row rows[32];
    size_t n = fill_rows(report, rows, COS_ARRAY_LEN(rows));
    struct row sum = sum_of(rows, n);
    bool is_narrowed = !selection_is_all(report->options.selection);
    print_names(p, &sum);
    for (size_t i = 0; i < n; i++) {
        if (!is_narrowed || has_verdicts(&rows[i])) {
            print_row(p, &rows[i], &sum);
        }
    }
    if (!is_narrowed) {
        print_row(p, &sum, &sum);
    }
}

static void print_levels(const struct paper *p, const struct conform_report *report)
{
    for (enum requirement_level l = LEVEL_MUST; l <= LEVEL_MAY; l++) {
        (void)fprintf(p->to, "%-6s", level_name(l));
        for (int v = 0; v < CONFORM_VERDICTS; v++) {
            size_t n = report->counts.by_level[l][v];
            if (n > 0) {
                (void)fprintf(p->to, "  ");
                put_styled(p, style_of_verdict((enum conform_verdict)v),
                           verdict_name((enum conform_verdict)v));
                (void)fprintf(p->to, " %zu", n);
            }
        }
        (void)fputc('\n', p->to);
    }
}

static void print_sum(const struct paper *p, const struct conform_report *report)
{
    struct report_sum sum;
    report_sum_up(report, &sum);
    (void)fprintf(p->to, "%zu cases, %zu requirements tested, %.2f s\n", report_n_done(report),
                  report->n_outcomes, (double)report->duration_us / 1e6);
    put_styled(p, sum.style, sum.title);
    (void)fprintf(p->to, ": %s\n", sum.sentence);
}

void conform_report_terminal(const struct conform_report *report, FILE *to, unsigned flags)
{
    const struct paper p = {.to = to,
                            .has_color = (flags & CONFORM_TERMINAL_COLOR) != 0,
                            .is_verbose = (flags & CONFORM_TERMINAL_VERBOSE) != 0};
    print_causes(&p, report);
    print_results(&p, report, OF(CONFORM_FAIL) | OF(CONFORM_ERROR) | OF(CONFORM_XPASS),
                  print_problem);
    print_results(&p, report, OF(CONFORM_WARN) | OF(CONFORM_XFAIL), print_problem);
    print_results(&p, report,
                  p.is_verbose ? OF(CONFORM_INFO) | OF(CONFORM_PASS) | OF(CONFORM_SKIP) |
                                     OF(CONFORM_BLOCKED)
                               : OF(CONFORM_INFO),
                  print_short);
    if (report->is_smoke_broken) {
        (void)fprintf(to, "Every smoke case failed: the driver or its surroundings are broken; "
                          "nothing else was run.\n\n");
    }
    print_table(&p, report);
    (void)fputc('\n', to);
    print_levels(&p, report);
    print_sum(&p, report);
}

static int terminal_end(FILE *to, const struct conform_report *report)
{
    conform_report_terminal(report, to, /* flags= */ 0);
    return 0;
}

static int verbose_end(FILE *to, const struct conform_report *report)
{
    conform_report_terminal(report, to, CONFORM_TERMINAL_VERBOSE);
    return 0;
}

const struct report_format report_format_terminal = {.name = "terminal", .end = terminal_end};
const struct report_format report_format_verbose = {.name = "verbose", .end = verbose_end};
