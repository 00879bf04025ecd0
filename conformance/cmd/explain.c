/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb explain: one requirement, and with --results what became of it in a run. That part
 * is read from the files a run left (results.jsonl, journal.jsonl), so it needs no subject and
 * works on files that somebody else sent.
 */
#include "cmd.h"

#include "cosbase/file.h"
#include "cosbase/json.h"
#include "cosbase/nearest.h"
#include "registry.h"
#include "report_entry.h"
#include "report_text.h"
#include "sentence.h"
#include "standing.h"
#include "verdict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_RESULTS ((size_t)64 << 20)
#define MAX_JOURNAL ((size_t)1 << 30)
#define MAX_LINE ((size_t)8 << 20)
#define JOURNAL_LINES 20

/* ---- lines ---- */

static void put_span(const char *label, struct cos_span text)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf raw = {0}, line = {0};
    cos_buf_init(&raw, MAX_LINE);
    cos_buf_init(&line, MAX_LINE);
    cos_buf_span(&raw, text);
    report_text_line(&line, cos_buf_cstr(&raw));
    (void)printf("  %-10s %s\n", label, cos_buf_cstr(&line));
}

static void put(const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        put_span(label, cos_span_of(text));
    }
}

/* ---- the requirement ---- */

static const struct requirement *find_any_case(const struct catalogue *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcasecmp(c->items[i].id, id) == 0) {
            return &c->items[i];
        }
    }
    return NULL;
}

static bool is_area(const struct catalogue *c, const char *word)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcasecmp(c->items[i].area, word) == 0) {
            return true;
        }
    }
    return false;
}

static int complain_unknown(struct cmd *cmd, const char *id)
{
    const struct catalogue *c = &cmd->catalogue;
    if (is_area(c, id)) {
        return cos_command_complain(&cmd->line,
                                    "'%s' is an area; 'cosconform list --only %s' prints its "
                                    "requirements",
                                    id, id);
    }
    const char **ids = cos_arena_array(&cmd->arena, c->n, sizeof(*ids));
    for (size_t i = 0; ids != NULL && i < c->n; i++) {
        ids[i] = c->items[i].id;
    }
    const char *near = ids != NULL ? cos_nearest(cos_span_of(id), ids, c->n) : NULL;
    if (near != NULL) {
        return cos_command_complain(&cmd->line, "no requirement '%s'; did you mean '%s'?", id,
                                    near);
    }
    return cos_command_complain(&cmd->line,
                                "no requirement '%s'; 'cosconform list' prints them", id);
}

static void print_sentences(const struct requirement *r)
{
    for (size_t i = 0; i < r->n_sentences; i++) {
        struct sentence s;
        if (sentence_find(r->sentences[i], &s)) {
            put_span("page", s.text);
        }
    }
}

static void print_standing(struct cmd *cmd, const struct conform_case *kase)
{
    const struct standing s = {&cmd->catalogue, registry_tables()};
    size_t *at = cos_arena_array(&cmd->arena, cmd->catalogue.n, sizeof(*at));
    size_t n = at != NULL && kase->stands_on != NULL ? standing_of(&s, kase, at) : 0;
    for (size_t i = 0; i < n; i++) {
        const struct requirement *r = &cmd->catalogue.items[at[i]];
        (void)printf("  %-10s %s  %s\n", i == 0 ? "stands on" : "", r->id, r->statement);
    }
}

static void print_case(struct cmd *cmd, const struct conform_case *k)
{
    static const struct {
        unsigned flag;
        const char *says;
    } words[] = {{CASE_PROCESS_ONLY, "over a process only"},
                 {CASE_DIRECT_ONLY, "in process only"},
                 {CASE_REAL_TIME, "in real time, over a process"},
                 {CASE_FRESH_PROCESS, "in a fresh process"}};
    (void)printf("  %-10s %s", "case", k->name);
    if (k->needs != NULL) {
        (void)printf("; needs %s", k->needs);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if ((k->flags & words[i].flag) != 0) {
            (void)printf("; %s", words[i].says);
        }
    }
    (void)putchar('\n');
    print_standing(cmd, k);
}

static void print_cases(struct cmd *cmd, const struct requirement *r)
{
    for (const struct conform_case *const *table = registry_tables(); *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            if (strcmp(k->requirement, r->id) == 0) {
                print_case(cmd, k);
            }
        }
    }
    if (r->n_cases == 0) {
        put("case", "none yet: this requirement is not tested");
    }
}

static void print_defects(const struct requirement *r)
{
    bool is_planted = false;
    for (const struct conform_mutant *m = conform_mutants; m->name != NULL; m++) {
        is_planted = is_planted || strcmp(m->name, r->mutant) == 0;
    }
    (void)printf("  %-10s %s: %s%s\n", "defect", r->mutant, r->defect,
                 is_planted ? "" : " (not planted yet)");
    for (const struct conform_mutant *m = conform_mutants; m->name != NULL; m++) {
        if (m->requirement != NULL && strcmp(m->requirement, r->id) == 0 &&
            strcmp(m->name, r->mutant) != 0) {
            put("", m->name);
        }
    }
}

static void print_requirement(struct cmd *cmd, const struct requirement *r)
{
    (void)printf("%s  %s, profile %s\n", r->id, level_name(r->level), r->profile);
    put("statement", r->statement);
    print_sentences(r);
    put("source", r->source);
    put("observed", r->observe);
    put("real jar", r->real_jar);
    print_cases(cmd, r);
    print_defects(r);
    (void)printf("  %-10s cosconform run --in-process --only %s --verbose\n", "run it", r->id);
}

/* ---- what became of it ---- */

/* NULL: there is none. */
static const char *text_of(const struct cos_json *row, const char *name)
{
    return cos_json_str(cos_json_get(row, name));
}

static bool is_text(const struct cos_json *row, const char *name, const char *wanted)
{
    const char *text = text_of(row, name);
    return text != NULL && strcmp(text, wanted) == 0;
}

static void print_header(const struct cos_json *row)
{
    int64_t seed = 0;
    const char *suite = text_of(row, "suite"), *driver = text_of(row, "driver");
    const char *mutant = text_of(row, "mutant");
    (void)cos_json_i64(cos_json_get(row, "seed"), &seed);
    (void)printf("\nin that run (cosconform %s, %s, seed %lld%s%s)\n",
                 suite != NULL ? suite : "of some version", driver != NULL ? driver : "",
                 (long long)seed, mutant != NULL ? ", planted defect " : "",
                 mutant != NULL ? mutant : "");
}

static void print_journal_line(struct cos_span line, const char *id, const char *kase)
{
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text = {0}, words = {0};
    COS_CLEANUP(report_entry_deinit) struct report_entry e = {0};
    struct cos_text_error ignored;
    cos_buf_init(&text, MAX_LINE);
    cos_buf_init(&words, MAX_LINE);
    if (cos_json_parse(&root, line, &COS_JSON_LIMITS_DEFAULT, &ignored) < 0 ||
        !is_text(root, "id", id) || !is_text(root, "case", kase)) {
        return;
    }
    cos_json_print(&text, cos_json_get(root, "entry"));
    if (report_entry_read(&e, cos_buf_view(&text))) {
        report_entry_put_request(&words, &e);
        cos_buf_str(&words, " [");
        report_entry_put_decision(&words, &e);
        cos_buf_ch(&words, ']');
        put("journal", cos_buf_cstr(&words));
    }
}

/* The id stands in the first bytes of a line, so most lines are not parsed. */
static void print_journal(struct cos_span journal, const char *id, const char *kase)
{
    char start[64];
    size_t n = 0;
    (void)snprintf(start, sizeof(start), "{\"id\":\"%.40s\",", id);
    struct cos_span wanted = cos_span_of(start);
    while (journal.len > 0 && n < JOURNAL_LINES) {
        struct cos_span line = cos_span_cut(&journal, '\n');
        if (line.len > wanted.len && memcmp(line.ptr, wanted.ptr, wanted.len) == 0) {
            print_journal_line(line, id, kase);
            n++;
        }
    }
}

static void print_result(const struct cos_json *row, struct cos_span journal)
{
    (void)printf("  %-10s %s\n", text_of(row, "verdict"), text_of(row, "case"));
    put("seen", text_of(row, "reason"));
    put("blocked by", text_of(row, "blocked_by"));
    put("the mock", text_of(row, "deny"));
    put("asked", text_of(row, "last_request"));
    put("answered", text_of(row, "last_reply"));
    print_journal(journal, text_of(row, "id"), text_of(row, "case"));
    const char *log = text_of(row, "log_tail");
    for (struct cos_span rest = cos_span_of(log != NULL ? log : ""); rest.len > 0;) {
        put_span("log", cos_span_cut(&rest, '\n'));
    }
    put("re-run", text_of(row, "rerun"));
}

struct told {
    size_t n;
    bool is_complete;
};

static void tell_row(struct told *told, struct cos_span line, const char *id,
                     struct cos_span journal)
{
    COS_CLEANUP(cos_json_free) struct cos_json *row = NULL;
    struct cos_text_error ignored;
    if (cos_json_parse(&row, line, &COS_JSON_LIMITS_DEFAULT, &ignored) < 0) {
        return;
    }
    if (text_of(row, "report") != NULL) {
        print_header(row);
    } else if (cos_json_get(row, "complete") != NULL) {
        told->is_complete = cos_json_bool(cos_json_get(row, "complete"), /* fallback= */ false);
    } else if (is_text(row, "id", id) && text_of(row, "verdict") != NULL &&
               text_of(row, "case") != NULL) {
        print_result(row, journal);
        told->n++;
    }
}

static int read_of(struct cmd *cmd, const char *name, struct cos_buf *out)
{
    char path[2048];
    (void)snprintf(path, sizeof(path), "%.1900s/%s", cmd->results, name);
    return cos_file_read(out, path);
}

static int print_run(struct cmd *cmd, const struct requirement *r)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf results = {0}, journal = {0};
    cos_buf_init(&results, MAX_RESULTS);
    cos_buf_init(&journal, MAX_JOURNAL);
    int status = read_of(cmd, "results.jsonl", &results);
    if (status < 0) {
        return cos_command_complain(&cmd->line,
                                    "--results '%s': results.jsonl cannot be read: %s; give "
                                    "the directory that a run wrote with --out",
                                    cmd->results, strerror(-status));
    }
    bool has_journal = read_of(cmd, "journal.jsonl", &journal) == 0;
    struct told told = {0};
    for (struct cos_span rest = cos_buf_view(&results); rest.len > 0;) {
        tell_row(&told, cos_span_cut(&rest, '\n'), r->id, cos_buf_view(&journal));
    }
    if (told.n == 0) {
        (void)printf("  %s was not run there\n", r->id);
    }
    if (!told.is_complete) {
        (void)printf("  that run was cut off: its results are incomplete\n");
    }
    if (!has_journal) {
        (void)printf("  there is no journal.jsonl beside them\n");
    }
    return 0;
}

int cmd_explain(void *context)
{
    struct cmd *cmd = context;
    const char *id = cmd->line.operands[0];
    const struct requirement *r = find_any_case(&cmd->catalogue, id);
    if (r == NULL) {
        return complain_unknown(cmd, id);
    }
    print_requirement(cmd, r);
    int status = cmd->results != NULL ? print_run(cmd, r) : 0;
    return cos_stdout_finish(cmd->name) == 0 ? status : EXIT_BROKEN;
}
