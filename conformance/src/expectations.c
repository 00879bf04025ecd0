/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, comparing and writing what is expected of a subject. */
#include "expectations.h"

#include "cosbase/file.h"
#include "cosbase/yaml.h"

#include <errno.h>
#include <string.h>

#define MAX_BYTES ((size_t)4 << 20)
#define BY " by "

/* "PASS", or "BLOCKED by CRED-014". */
static void say_verdict(char out[64], const struct conform_report *report,
                        const struct outcome *o)
{
    const char *by = report->results[o->worst].blocked_by;
    bool is_blocked = o->verdict == CONFORM_BLOCKED && by != NULL;
    (void)snprintf(out, 64, "%s%s%.40s", verdict_name(o->verdict), is_blocked ? BY : "",
                   is_blocked ? by : "");
}

static const struct outcome *find_outcome(const struct conform_report *report, const char *id)
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        if (strcmp(report->outcomes[i].requirement->id, id) == 0) {
            return &report->outcomes[i];
        }
    }
    return NULL;
}

/* ---- reading ---- */

static int wrong(char why[512], const char *path, unsigned line, const char *what)
{
    (void)snprintf(why, 512, "%.200s:%u: %s", path, line, what);
    return -1;
}

static bool is_verdict(const char *text)
{
    struct cos_span word = cos_span_of(text);
    size_t by = cos_span_find(word, COS_SPAN_LIT(BY));
    word = by == SIZE_MAX ? word : cos_span_sub(word, 0, by);
    for (int v = 0; v < CONFORM_VERDICTS; v++) {
        if (v != CONFORM_ERROR && cos_span_eq_str(word, verdict_name(v))) {
            return (v == CONFORM_BLOCKED) == (by != SIZE_MAX);
        }
    }
    return false;
}

static int check_row(const struct conform_report *report, const struct cos_yaml *row,
                     const char *path, char why[512])
{
    const char *text = cos_yaml_str(row);
    if (catalogue_find(report->options.catalogue, cos_yaml_key(row)) == NULL) {
        return wrong(why, path, cos_yaml_line(row),
                     "this id is no requirement; 'cosconform list' prints them");
    }
    if (text == NULL || !is_verdict(text)) {
        return wrong(why, path, cos_yaml_line(row),
                     "no verdict; write PASS, FAIL, WARN, INFO, SKIP, XFAIL, XPASS or BLOCKED "
                     "by ID");
    }
    return 0;
}

/* ---- comparing ---- */

/* True when the run says something else than the row. */
static bool differs(const struct conform_report *report, const struct cos_yaml *row, FILE *to)
{
    const struct outcome *o = find_outcome(report, cos_yaml_key(row));
    char got[64] = "not judged";
    bool was_selected =
        o != NULL || selection_is_all(report->options.selection) ||
        selection_has(report->options.selection,
                      catalogue_find(report->options.catalogue, cos_yaml_key(row)));
    if (o != NULL) {
        say_verdict(got, report, o);
    }
    if (!was_selected || strcmp(got, cos_yaml_str(row)) == 0) {
        return false;
    }
    (void)fprintf(to, "unexpected: %s is %s, expected %s%s%s\n", cos_yaml_key(row), got,
                  cos_yaml_str(row),
                  o != NULL && report->results[o->worst].reason[0] ? ": " : "",
                  o != NULL ? report->results[o->worst].reason : "");
    return true;
}

static int compare(const struct conform_report *report, const struct cos_yaml *root, FILE *to)
{
    int n = 0;
    for (const struct cos_yaml *r = cos_yaml_first(root); r != NULL; r = cos_yaml_next(r)) {
        n += differs(report, r, to) ? 1 : 0;
    }
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        if (cos_yaml_get(root, o->requirement->id) == NULL) {
            char got[64];
            say_verdict(got, report, o);
            (void)fprintf(to, "unexpected: %s is %s, and nothing is expected of it\n",
                          o->requirement->id, got);
            n++;
        }
    }
    return n;
}

int expectations_check(const struct conform_report *report, const char *path, FILE *to,
                       char why[512])
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf file;
    COS_CLEANUP(cos_yaml_free) struct cos_yaml *root = NULL;
    struct cos_text_error err = {0};
    cos_buf_init(&file, MAX_BYTES);
    int r = cos_file_read(&file, path);
    if (r < 0) {
        (void)snprintf(why, 512, "%.200s: cannot read what is expected: %s", path,
                       strerror(-r));
        return -1;
    }
    if (cos_yaml_parse(&root, cos_buf_view(&file), NULL, &err) < 0) {
        return wrong(why, path, err.line, err.message);
    }
    if (cos_yaml_kind(root) != COS_YAML_MAPPING) {
        return wrong(why, path, 1, "no mapping of ids to verdicts");
    }
    for (const struct cos_yaml *i = cos_yaml_first(root); i != NULL; i = cos_yaml_next(i)) {
        if (check_row(report, i, path, why) < 0) {
            return -1;
        }
    }
    return compare(report, root, to);
}

/* ---- writing ---- */

int expectations_write(const struct conform_report *report, const char *path, char why[512])
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, MAX_BYTES);
    cos_buf_printf(&b,
                   "# SPDX-License-Identifier: Apache-2.0\n"
                   "# What is expected of %s: a verdict for each requirement, as "
                   "'cosconform run --expect-write' wrote them.\n"
                   "# A difference, better or worse, fails a run with --expect.\n",
                   report->subject_name);
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        char verdict[64];
        if (o->verdict == CONFORM_ERROR) {
            (void)snprintf(why, 512, "%s is ERROR: that says nothing of the subject",
                           o->requirement->id);
            return -1;
        }
        say_verdict(verdict, report, o);
        cos_buf_printf(&b, "%s: %s%s%s\n", o->requirement->id, verdict,
                       o->verdict != CONFORM_PASS ? "  # " : "",
                       o->verdict != CONFORM_PASS ? o->requirement->statement : "");
    }
    int r = b.failed ? -ENOMEM : cos_file_write(path, cos_buf_view(&b), 0644);
    if (r < 0) {
        (void)snprintf(why, 512, "%.200s: cannot be written: %s", path, strerror(-r));
    }
    return r < 0 ? -1 : 0;
}
