/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal report: what did not hold first, each with its reason, the journal lines that
 * prove it and the line that runs it again; then the table by area; then the verdict in one
 * sentence.
 */
#include "report_format.h"

#include "cosbase/json.h"
#include "run.h"
#include "selection.h"
#include "style.h"

#include <string.h>

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

/* "FAIL ": in its colour, padded outside of it. */
static void put_verdict(const struct paper *p, int verdict)
{
    const char *name = verdict_name((enum conform_verdict)verdict);
    put_styled(p, style_of_verdict((enum conform_verdict)verdict), name);
    (void)fprintf(p->to, "%*s", (int)(strlen(name) < 5 ? 6 - strlen(name) : 1), "");
}

static bool wants_words(int verdict)
{
    return verdict != CONFORM_PASS && verdict != CONFORM_SKIP && verdict != CONFORM_INFO;
}

static const char *member(const struct cos_json *entry, const char *name)
{
    const char *text = cos_json_str(cos_json_get(entry, name));
    return text != NULL ? text : "";
}

/* One journal entry in a line a person can read; the whole of it stands in journal.jsonl. */
static void print_entry(FILE *to, struct cos_span line)
{
    COS_CLEANUP(cos_json_free) struct cos_json *e = NULL;
    struct cos_text_error err;
    int64_t seq = 0, status = 0;
    if (cos_json_parse(&e, line, &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        return;
    }
    (void)cos_json_i64(cos_json_get(e, "seq"), &seq);
    (void)cos_json_i64(cos_json_get(e, "status"), &status);
    (void)fprintf(to, "    journal  #%lld %s %s %s -> %lld %s", (long long)seq, member(e, "op"),
                  member(e, "method"), member(e, "target"), (long long)status,
                  member(e, "code"));
    (void)fprintf(to, " [ak %.12s %s, authn %s, token %s", member(e, "secret_id"),
                  member(e, "key_kind"), member(e, "authn"), member(e, "token"));
    if (member(e, "authz")[0] != '\0') {
        (void)fprintf(to, ", authz %s", member(e, "authz"));
    }
    if (member(e, "fault")[0] != '\0') {
        (void)fprintf(to, ", fault %s", member(e, "fault"));
    }
    (void)fprintf(to, "]\n");
}

static void print_journal(FILE *to, const char *text)
{
    struct cos_span rest = cos_span_of(text);
    while (rest.len > 0) {
        print_entry(to, cos_span_cut(&rest, '\n'));
    }
}

static void print_problem(const struct paper *p, const struct conform_result *r)
{
    FILE *to = p->to;
    put_verdict(p, r->verdict);
    put_styled(p, STYLE_HEADING, r->requirement->id);
    (void)fprintf(to, "  %s\n", r->requirement->statement);
    (void)fprintf(to, "    case     %s\n", r->kase->name);
    (void)fprintf(to, "    reason   %s\n", r->reason != NULL ? r->reason : "");
    if (r->blocked_by != NULL) {
        (void)fprintf(to, "    blocked  by %s, which failed\n", r->blocked_by);
    }
    if (r->deny != NULL && r->deny[0] != '\0') {
        (void)fprintf(to, "    the mock %s\n", r->deny);
    }
    if (r->last_request != NULL && r->last_request[0] != '\0') {
        (void)fprintf(to, "    asked    %.300s\n    answered %.300s\n", r->last_request,
                      r->last_reply);
    }
    print_journal(to, r->journal != NULL ? r->journal : "");
    (void)fprintf(to, "    re-run   %s\n\n", r->rerun != NULL ? r->rerun : "");
}

static void print_short(const struct paper *p, const struct conform_result *r)
{
    put_verdict(p, r->verdict);
    (void)fprintf(p->to, "%-8s %s%s%s\n", r->requirement->id, r->kase->name,
                  r->reason != NULL && r->reason[0] != '\0' ? " - " : "",
                  r->reason != NULL ? r->reason : "");
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

static void print_head(const struct paper *p, const struct row *sum)
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
    print_head(p, &sum);
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
    size_t n_done = 0;
    for (size_t i = 0; i < report->n; i++) {
        n_done += report->is_done[i] ? 1 : 0;
    }
    if (report->is_complete) {
        (void)fprintf(p->to, "%zu cases", n_done);
    } else {
        put_styled(p, STYLE_BAD, report->is_stopped ? "STOPPED" : "INCOMPLETE");
        (void)fprintf(p->to, " after %zu of %zu cases", n_done, report->n);
    }
    (void)fprintf(p->to, ", %zu requirements tested, %.2f s\n", report->n_outcomes,
                  (double)report->duration_us / 1e6);
}

void conform_report_terminal(const struct conform_report *report, FILE *to, unsigned flags)
{
    const struct paper p = {.to = to,
                            .has_color = (flags & CONFORM_TERMINAL_COLOR) != 0,
                            .is_verbose = (flags & CONFORM_TERMINAL_VERBOSE) != 0};
    for (size_t i = 0; i < report->n; i++) {
        const struct conform_result *r = &report->results[i];
        if (!report->is_done[i]) {
            continue;
        }
        if (wants_words(r->verdict)) {
            print_problem(&p, r);
        } else if (p.is_verbose || r->verdict == CONFORM_INFO) {
            print_short(&p, r);
        }
    }
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
