/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.md, for the page of a CI job ($GITHUB_STEP_SUMMARY takes it as it is): the verdict in
 * a line, profiles, what does not hold (at most 20), counts. And the same failures as
 * annotations of GitHub's workflow commands.
 */
#include "report_format.h"

#include "report_sum.h"
#include "report_text.h"
#include "run.h"

#include <errno.h>
#include <string.h>

#define MAX_BYTES ((size_t)4 << 20)
#define MAX_FAILURES 20
#define MAX_ANNOTATIONS 10 /* of a step; GitHub drops further ones */
#define MAX_TEXT 600

/* ---- text ---- */

/* Nothing in it is markup: neither Markdown's nor HTML's. */
static void put_text(struct cos_buf *b, const char *text)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line = {0};
    cos_buf_init(&line, MAX_BYTES);
    report_text_line(&line, text != NULL ? text : "");
    struct cos_span all = cos_buf_view(&line);
    bool is_cut = all.len > MAX_TEXT;
    size_t end = is_cut ? MAX_TEXT : all.len;
    while (is_cut && end > 0 && ((unsigned char)all.ptr[end] & 0xC0) == 0x80) {
        end--;
    }
    for (size_t i = 0; i < end; i++) {
        if (strchr("\\`*_{}[]()<>#+!|~&@:$\"'", all.ptr[i]) != NULL) {
            cos_buf_printf(b, "&#%d;", all.ptr[i]);
        } else {
            cos_buf_ch(b, all.ptr[i]);
        }
    }
    cos_buf_str(b, is_cut ? "…" : "");
}

/* ---- tables ---- */

static void put_table_head(struct cos_buf *b, const char *first, const size_t *shown)
{
    cos_buf_printf(b, "| %s |", first);
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        cos_buf_printf(b, shown[v] > 0 ? " %s |" : "%s",
                       shown[v] > 0 ? verdict_name((enum conform_verdict)v) : "");
    }
    cos_buf_str(b, "\n|---|");
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        cos_buf_str(b, shown[v] > 0 ? "--:|" : "");
    }
    cos_buf_ch(b, '\n');
}

static void put_table_row(struct cos_buf *b, const char *name, const size_t *counts,
                          const size_t *shown)
{
    cos_buf_printf(b, "| %s |", name);
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        if (shown[v] > 0) {
            cos_buf_printf(b, " %zu |", counts[v]);
        }
    }
    cos_buf_ch(b, '\n');
}

static void count_profile(const struct conform_report *report, const char *profile,
                          size_t counts[CONFORM_VERDICTS])
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        if (strcmp(report->outcomes[i].requirement->profile, profile) == 0) {
            counts[report->outcomes[i].verdict]++;
        }
    }
}

static bool is_first_of_profile(const struct conform_report *report, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(report->outcomes[i].requirement->profile,
                   report->outcomes[at].requirement->profile) == 0) {
            return false;
        }
    }
    return true;
}

static void put_profiles(struct cos_buf *b, const struct conform_report *report)
{
    put_table_head(b, "profile", report->counts.total);
    for (size_t i = 0; i < report->n_outcomes; i++) {
        size_t counts[CONFORM_VERDICTS] = {0};
        const char *profile = report->outcomes[i].requirement->profile;
        if (is_first_of_profile(report, i)) {
            count_profile(report, profile, counts);
            put_table_row(b, profile, counts, report->counts.total);
        }
    }
    cos_buf_ch(b, '\n');
}

static void put_levels(struct cos_buf *b, const struct conform_report *report)
{
    put_table_head(b, "level", report->counts.total);
    for (enum requirement_level l = LEVEL_MUST; l <= LEVEL_MAY; l++) {
        put_table_row(b, level_name(l), report->counts.by_level[l], report->counts.total);
    }
    put_table_row(b, "**all**", report->counts.total, report->counts.total);
}

/* ---- what does not hold ---- */

static void put_causes(struct cos_buf *b, const struct conform_report *report)
{
    const struct report_cause *causes;
    size_t n = report_causes(report, &causes);
    if (n == 0) {
        return;
    }
    cos_buf_printf(b, "### %zu %s\n\n", n, n == 1 ? "root cause" : "root causes");
    for (size_t i = 0; i < n && i < MAX_FAILURES; i++) {
        bool is_denied = causes[i].deny != NULL && causes[i].deny[0] != '\0';
        cos_buf_printf(b, "- **%s** ", causes[i].id);
        put_text(b, causes[i].requirement->statement);
        cos_buf_str(b, is_denied ? "<br>the mock: " : "<br>");
        put_text(b, is_denied ? causes[i].deny : causes[i].reason);
        cos_buf_printf(b, "<br>blocks %zu:", causes[i].n_blocked);
        for (size_t k = 0; k < causes[i].n_blocked; k++) {
            cos_buf_printf(b, " %s", causes[i].blocked[k]);
        }
        cos_buf_ch(b, '\n');
    }
    cos_buf_ch(b, '\n');
}

static void put_failure(struct cos_buf *b, const struct conform_result *r)
{
    cos_buf_printf(b, "| %s | **%s** | ", verdict_name((enum conform_verdict)r->verdict),
                   r->requirement->id);
    put_text(b, r->requirement->statement);
    cos_buf_str(b, " | ");
    put_text(b, r->reason);
    cos_buf_str(b, " | <code>");
    put_text(b, r->rerun);
    cos_buf_str(b, "</code> |\n");
}

static void put_failures(struct cos_buf *b, const struct conform_report *report)
{
    const struct outcome *o;
    size_t n = 0;
    if (report_failure(report, 0) == NULL) {
        return;
    }
    cos_buf_str(b, "### What does not hold\n\n| | id | requirement | what broke it | run it "
                   "again |\n|---|---|---|---|---|\n");
    for (; (o = report_failure(report, n)) != NULL; n++) {
        if (n < MAX_FAILURES) {
            put_failure(b, &report->results[o->worst]);
        }
    }
    if (n > MAX_FAILURES) {
        cos_buf_printf(b, "\n%zu more are in `report.html` and `results.jsonl`.\n",
                       n - MAX_FAILURES);
    }
    cos_buf_ch(b, '\n');
}

/* ---- the whole of it ---- */

static int markdown_end(FILE *to, const struct conform_report *report)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct report_sum sum;
    cos_buf_init(&b, MAX_BYTES);
    report_sum_up(report, &sum);
    cos_buf_printf(&b, "## %s: %s\n\n", sum.title, sum.sentence);
    put_text(&b, report_subject(report));
    if (report->options.artifact_sha256 != NULL) {
        cos_buf_printf(&b, ", sha256 `%s`", report->options.artifact_sha256);
    }
    cos_buf_printf(&b,
                   "; judged by cosconform %s: %zu cases, %zu requirements, seed %llu, "
                   "%.1f s.\n\n",
                   CONFORM_SUITE_VERSION, report_n_done(report), report->n_outcomes,
                   (unsigned long long)report->options.seed, (double)report->duration_us / 1e6);
    put_causes(&b, report);
    put_profiles(&b, report);
    put_failures(&b, report);
    cos_buf_str(&b, "<details><summary>Counts</summary>\n\n");
    put_levels(&b, report);
    cos_buf_str(&b, "\n</details>\n\nTested against the mock of this project, not against "
                    "Tencent Cloud.\n");
    (void)fwrite(cos_buf_cstr(&b), 1, b.len, to);
    return b.failed ? -ENOMEM : 0;
}

/* ---- annotations ---- */

/* GitHub's escapes of workflow commands (actions/toolkit, core/src/command.ts). */
static void put_command_text(struct cos_buf *b, const char *text, bool is_property)
{
    for (; text != NULL && *text != '\0'; text++) {
        bool is_special = *text == '%' || *text == '\r' || *text == '\n' ||
                          (is_property && (*text == ':' || *text == ','));
        if (is_special) {
            cos_buf_printf(b, "%%%02X", (unsigned char)*text);
        } else {
            cos_buf_ch(b, *text);
        }
    }
}

static void put_annotation(struct cos_buf *b, const struct conform_result *r)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf reason = {0};
    cos_buf_init(&reason, MAX_BYTES);
    report_text_line(&reason, r->reason != NULL ? r->reason : "");
    cos_buf_printf(b, "::%s title=", r->verdict == CONFORM_WARN ? "warning" : "error");
    put_command_text(b, r->requirement->id, /* is_property= */ true);
    cos_buf_str(b, "::");
    put_command_text(b, r->requirement->statement, /* is_property= */ false);
    cos_buf_str(b, "%0A");
    put_command_text(b, cos_buf_cstr(&reason), /* is_property= */ false);
    cos_buf_ch(b, '\n');
}

static int annotations_end(FILE *to, const struct conform_report *report)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    const struct outcome *o;
    cos_buf_init(&b, MAX_BYTES);
    for (size_t i = 0; i < MAX_ANNOTATIONS && (o = report_failure(report, i)) != NULL; i++) {
        put_annotation(&b, &report->results[o->worst]);
    }
    (void)fwrite(cos_buf_cstr(&b), 1, b.len, to);
    return b.failed ? -ENOMEM : 0;
}

const struct report_format report_format_markdown = {.name = "markdown",
                                                     .file = "summary.md",
                                                     .end = markdown_end};
const struct report_format report_format_annotations = {.name = "annotations",
                                                        .end = annotations_end};
