/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each line finds its case in the tables by requirement and name. What the files do not keep (a
 * log without a last request) a report that was read does not have.
 */
#include "results.h"

#include "cosbase/alloc.h"
#include "cosbase/json.h"

#include <stdio.h>
#include <string.h>

#define LINE_LIMITS ((struct cos_json_limits){8u << 20, 32, 10000})

static const char *text_of(const struct cos_json *line, const char *name)
{
    const char *text = cos_json_str(cos_json_get(line, name));
    return text != NULL ? text : "";
}

static uint64_t number_of(const struct cos_json *node)
{
    int64_t n = 0;
    return cos_json_i64(node, &n) && n > 0 ? (uint64_t)n : 0;
}

static const struct conform_case *find_case(const struct conform_report *report, const char *id,
                                            const char *name)
{
    for (const struct conform_case *const *table = report->tables; *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            if (strcmp(k->requirement, id) == 0 && strcmp(k->name, name) == 0) {
                return k;
            }
        }
    }
    return NULL;
}

static struct conform_result *find_result(const struct conform_report *report,
                                          const struct conform_case *kase)
{
    for (size_t i = 0; i < report->n; i++) {
        if (report->results[i].kase == kase) {
            return &report->results[i];
        }
    }
    return NULL;
}

static int verdict_of(const char *name)
{
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        if (strcmp(verdict_name((enum conform_verdict)v), name) == 0) {
            return v;
        }
    }
    return -1;
}

static int wrong(char why[512], unsigned line, const char *what, const char *id,
                 const char *name)
{
    (void)snprintf(why, 512, "line %u: %s: %.60s '%.200s'", line, what, id, name);
    return -1;
}

/* ---- results.jsonl ---- */

static void fill(struct conform_result *r, const struct catalogue *c,
                 const struct cos_json *line)
{
    const struct cos_json *seq = cos_json_first(cos_json_get(line, "journal"));
    const struct requirement *blocker = catalogue_find(c, text_of(line, "blocked_by"));
    r->reason = cos_strdup(text_of(line, "reason"));
    r->deny = cos_strdup(text_of(line, "deny"));
    r->log = cos_strdup(text_of(line, "log_tail"));
    r->last_request = cos_strdup(text_of(line, "last_request"));
    r->last_reply = cos_strdup(text_of(line, "last_reply"));
    r->rerun = cos_strdup(text_of(line, "rerun"));
    r->duration_us =
        (int64_t)(cos_json_double(cos_json_get(line, "duration_ms"), 0.0) * 1000.0);
    r->pid = (int)number_of(cos_json_get(line, "pid"));
    r->first_seq = number_of(seq);
    r->last_seq = number_of(cos_json_next(seq));
    r->blocked_by = blocker != NULL ? blocker->id : NULL;
    r->is_lacking = cos_json_bool(cos_json_get(line, "lacking"), /* fallback= */ false);
    r->charges = (unsigned)number_of(cos_json_get(line, "charges"));
}

static int add_result(struct conform_report *report, const struct cos_json *line,
                      unsigned number, char why[512])
{
    const struct catalogue *c = report->options.catalogue;
    const char *id = text_of(line, "id"), *name = text_of(line, "case");
    const struct requirement *requirement = catalogue_find(c, id);
    const struct conform_case *kase = find_case(report, id, name);
    int verdict = verdict_of(text_of(line, "verdict"));
    if (requirement == NULL || kase == NULL) {
        return wrong(why, number, "this suite has no such case", id, name);
    }
    if (verdict < 0) {
        return wrong(why, number, "a verdict that is none", id, text_of(line, "verdict"));
    }
    if (find_result(report, kase) != NULL) {
        return wrong(why, number, "a second result of a case", id, name);
    }
    struct conform_result *r = &report->results[report->n];
    *r = (struct conform_result){.requirement = requirement, .kase = kase, .verdict = verdict};
    fill(r, c, line);
    report->is_done[report->n++] = true;
    return 0;
}

static int take_line(struct conform_report *report, const struct cos_json *line,
                     unsigned number, bool *is_ended, char why[512])
{
    if (cos_json_get(line, "id") != NULL) {
        return add_result(report, line, number, why);
    }
    *is_ended = *is_ended || cos_json_bool(cos_json_get(line, "complete"), false);
    return 0;
}

/* ---- journal.jsonl ---- */

/* An entry stays the bytes that the mock wrote. */
static struct cos_span entry_of(struct cos_span line)
{
    struct cos_span before = COS_SPAN_LIT(",\"entry\":");
    size_t at = cos_span_find(line, before);
    return at == SIZE_MAX || line.len < at + before.len + 1
               ? COS_SPAN_EMPTY
               : cos_span_sub(line, at + before.len, line.len - at - before.len - 1);
}

/* Lines of one case follow each other: they are gathered, and handed over together. */
struct gathering {
    struct conform_result *of;
    struct cos_buf text;
};

static void hand_over(struct gathering *g)
{
    if (g->of != NULL) {
        g->of->journal = cos_buf_take(&g->text);
    }
    cos_buf_deinit(&g->text);
    cos_buf_init(&g->text, (size_t)64 << 20);
}

static int add_entry(const struct conform_report *report, struct gathering *g,
                     const struct cos_json *line, struct cos_span text)
{
    struct conform_result *r =
        find_result(report, find_case(report, text_of(line, "id"), text_of(line, "case")));
    if (r != g->of) {
        hand_over(g);
        g->of = r;
    }
    if (r == NULL || r->journal != NULL) {
        return -1;
    }
    cos_buf_span(&g->text, entry_of(text));
    cos_buf_ch(&g->text, '\n');
    return 0;
}

static int read_journal(const struct conform_report *report, struct cos_span text,
                        char why[512])
{
    struct gathering g = {.of = NULL};
    int r = 0;
    cos_buf_init(&g.text, (size_t)64 << 20);
    for (unsigned number = 1; text.len > 0 && r == 0; number++) {
        COS_CLEANUP(cos_json_free) struct cos_json *line = NULL;
        struct cos_text_error err = {0};
        struct cos_span bytes = cos_span_cut(&text, '\n');
        r = cos_json_parse(&line, bytes, &LINE_LIMITS, &err);
        r = r < 0 ? r : add_entry(report, &g, line, bytes);
        if (r < 0) {
            (void)wrong(why, number, "no entry of a case that has a result",
                        text_of(line, "id"), text_of(line, "case"));
        }
    }
    hand_over(&g);
    cos_buf_deinit(&g.text);
    return r;
}

int results_read(struct conform_report *report, struct cos_span results,
                 struct cos_span journal, char why[512])
{
    bool is_ended = false;
    int r = 0;
    for (unsigned number = 1; results.len > 0 && r == 0; number++) {
        COS_CLEANUP(cos_json_free) struct cos_json *line = NULL;
        struct cos_text_error err = {0};
        struct cos_span bytes = cos_span_cut(&results, '\n');
        if (cos_json_parse(&line, bytes, &LINE_LIMITS, &err) < 0) {
            return wrong(why, number, err.message, "", "");
        }
        r = take_line(report, line, number, &is_ended, why);
    }
    if (r == 0 && !is_ended) {
        (void)snprintf(why, 512, "no trailer that says complete: the run did not end");
        return -1;
    }
    return r < 0 ? r : read_journal(report, journal, why);
}
