/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON lines: results.jsonl (one line a case, flushed as it comes; a file without its trailer
 * is an incomplete run and says so by that) and journal.jsonl (the evidence: the mock's
 * journal case by case).
 */
#include "report_format.h"

#include "cosbase/json.h"
#include "run.h"

#include <errno.h>
#include <string.h>

#define MAX_LINE ((size_t)8 << 20)

static void put_line(FILE *to, struct cos_buf *b)
{
    cos_buf_ch(b, '\n');
    (void)fwrite(cos_buf_cstr(b), 1, b->len, to);
    (void)fflush(to);
}

static void results_begin(FILE *to, const struct conform_options *options)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LINE);
    struct cos_jw w;
    cos_jw_init(&w, &b);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "report", "cosconform-results/1");
    cos_jw_str(&w, "suite", CONFORM_SUITE_VERSION);
    cos_jw_str(&w, "catalogue_sha256", options->catalogue->sha256);
    cos_jw_str(&w, "driver", options->in_process ? "in-process" : "process");
    cos_jw_str(&w, "mutant", options->mutant);
    cos_jw_u64(&w, "seed", options->seed);
    cos_jw_end(&w);
    put_line(to, &b);
}

static void results_result(FILE *to, const struct conform_result *r)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LINE);
    struct cos_jw w;
    cos_jw_init(&w, &b);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "id", r->requirement->id);
    cos_jw_str(&w, "level", level_name(r->requirement->level));
    cos_jw_str(&w, "profile", r->requirement->profile);
    cos_jw_str(&w, "case", r->kase->name);
    cos_jw_str(&w, "verdict", verdict_name((enum conform_verdict)r->verdict));
    cos_jw_str(&w, "reason", r->reason);
    if (r->blocked_by != NULL) {
        cos_jw_str(&w, "blocked_by", r->blocked_by);
    }
    if (r->deny != NULL && r->deny[0] != '\0') {
        cos_jw_str(&w, "deny", r->deny);
    }
    if (r->is_lacking) {
        cos_jw_bool(&w, "lacking", true);
    }
    if (r->charges != 0) {
        cos_jw_u64(&w, "charges", r->charges);
    }
    cos_jw_double(&w, "duration_ms", (double)r->duration_us / 1000.0);
    cos_jw_i64(&w, "attempts", 1);
    cos_jw_i64(&w, "pid", r->pid);
    cos_jw_array(&w, "journal");
    cos_jw_u64(&w, NULL, r->first_seq);
    cos_jw_u64(&w, NULL, r->last_seq);
    cos_jw_end(&w);
    if (r->last_request != NULL && r->last_request[0] != '\0') {
        cos_jw_str(&w, "last_request", r->last_request);
        cos_jw_str(&w, "last_reply", r->last_reply);
        cos_jw_str(&w, "log_tail", r->log);
    }
    cos_jw_str(&w, "rerun", r->rerun);
    cos_jw_end(&w);
    put_line(to, &b);
}

static int results_end(FILE *to, const struct conform_report *report)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LINE);
    struct cos_jw w;
    cos_jw_init(&w, &b);
    cos_jw_object(&w, NULL);
    cos_jw_bool(&w, "complete", report->is_complete);
    if (report->is_stopped) {
        cos_jw_bool(&w, "stopped", true);
    }
    cos_jw_double(&w, "duration_ms", (double)report->duration_us / 1000.0);
    report_put_counts(&w, &report->counts);
    cos_jw_end(&w);
    put_line(to, &b);
    return b.failed ? -ENOMEM : 0;
}

/*
 * Each journal line gets the case it belongs to in front:
 * {"id":"..","case":"..","entry":{...}}.
 */
static int put_journal(FILE *to, const struct conform_result *r)
{
    for (struct cos_span rest = cos_span_of(r->journal); rest.len > 0;) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
        cos_buf_init(&b, MAX_LINE);
        struct cos_jw w;
        cos_jw_init(&w, &b);
        cos_jw_object(&w, NULL);
        cos_jw_str(&w, "id", r->requirement->id);
        cos_jw_str(&w, "case", r->kase->name);
        cos_jw_raw(&w, "entry", line);
        cos_jw_end(&w);
        cos_buf_ch(&b, '\n');
        if (b.failed) {
            return -ENOMEM;
        }
        (void)fwrite(cos_buf_cstr(&b), 1, b.len, to); /* commit tells */
    }
    return 0;
}

static int journal_end(FILE *to, const struct conform_report *report)
{
    int r = 0;
    for (size_t i = 0; i < report->n && r == 0; i++) {
        r = report->is_done[i] ? put_journal(to, &report->results[i]) : 0;
    }
    return r;
}

const struct report_format report_format_results = {.name = "results",
                                                    .file = "results.jsonl",
                                                    .begin = results_begin,
                                                    .result = results_result,
                                                    .end = results_end};
const struct report_format report_format_journal = {.name = "journal",
                                                    .file = "journal.jsonl",
                                                    .end = journal_end};
