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

#include <string.h>

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

static void print_problem(FILE *to, const struct conform_result *r)
{
    const struct requirement *q = r->requirement;
    (void)fprintf(to, "%-5s %s  %s\n", verdict_name((enum conform_verdict)r->verdict), q->id,
                  q->statement);
    (void)fprintf(to, "    case     %s\n", r->kase->name);
    (void)fprintf(to, "    reason   %s\n", r->reason != NULL ? r->reason : "");
    if (r->last_request != NULL && r->last_request[0] != '\0') {
        (void)fprintf(to, "    asked    %.300s\n    answered %.300s\n", r->last_request,
                      r->last_reply);
    }
    print_journal(to, r->journal != NULL ? r->journal : "");
    (void)fprintf(to, "    re-run   %s\n\n", r->rerun != NULL ? r->rerun : "");
}

static void print_short(FILE *to, const struct conform_result *r)
{
    (void)fprintf(to, "%-5s %-8s %s%s%s\n", verdict_name((enum conform_verdict)r->verdict),
                  r->requirement->id, r->kase->name,
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

static void print_row(FILE *to, const struct row *row)
{
    (void)fprintf(to, "%-6s %6zu", row->area, row->of_catalogue);
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        (void)fprintf(to, " %6zu", row->by_verdict[v]);
    }
    (void)fprintf(to, " %9zu\n", row->untested);
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

static void print_table(FILE *to, const struct conform_report *report)
{
    struct row rows[32], sum = {.area = "all"};
    size_t n = fill_rows(report, rows, COS_ARRAY_LEN(rows));
    bool is_narrowed = !selection_is_all(report->options.selection);
    (void)fprintf(to, "%-6s %6s", "area", "reqs");
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        (void)fprintf(to, " %6s", verdict_name((enum conform_verdict)v));
    }
    (void)fprintf(to, " %9s\n", "untested");
    for (size_t i = 0; i < n; i++) {
        if (!is_narrowed || has_verdicts(&rows[i])) {
            print_row(to, &rows[i]);
        }
        sum.of_catalogue += rows[i].of_catalogue;
        sum.untested += rows[i].untested;
        for (int v = 0; v < CONFORM_VERDICTS; v++) {
            sum.by_verdict[v] += rows[i].by_verdict[v];
        }
    }
    if (!is_narrowed) {
        print_row(to, &sum);
    }
}

static void print_levels(FILE *to, const struct conform_report *report)
{
    for (enum requirement_level l = LEVEL_MUST; l <= LEVEL_MAY; l++) {
        (void)fprintf(to, "%-6s", level_name(l));
        for (int v = 0; v < CONFORM_VERDICTS; v++) {
            size_t n = report->counts.by_level[l][v];
            if (n > 0) {
                (void)fprintf(to, "  %s %zu", verdict_name((enum conform_verdict)v), n);
            }
        }
        (void)fputc('\n', to);
    }
}

void conform_report_terminal(const struct conform_report *report, FILE *to, bool verbose)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct conform_result *r = &report->results[i];
        if (!report->is_done[i]) {
            continue;
        }
        if (wants_words(r->verdict)) {
            print_problem(to, r);
        } else if (verbose || r->verdict == CONFORM_INFO) {
            print_short(to, r);
        }
    }
    if (report->is_smoke_broken) {
        (void)fprintf(to, "Every smoke case failed: the driver or its surroundings are broken; "
                          "nothing else was run.\n\n");
    }
    print_table(to, report);
    (void)fputc('\n', to);
    print_levels(to, report);
    (void)fprintf(to, "%zu cases, %zu requirements tested, %.2f s%s\n", report->n,
                  report->n_outcomes, (double)report->duration_us / 1e6,
                  report->is_complete ? "" : ", INCOMPLETE");
}

static int terminal_end(FILE *to, const struct conform_report *report)
{
    conform_report_terminal(report, to, /* verbose= */ false);
    return 0;
}

static int verbose_end(FILE *to, const struct conform_report *report)
{
    conform_report_terminal(report, to, /* verbose= */ true);
    return 0;
}

const struct report_format report_format_terminal = {.name = "terminal", .end = terminal_end};
const struct report_format report_format_verbose = {.name = "verbose", .end = verbose_end};
