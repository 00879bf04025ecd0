/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms a report is written in, on made-up reports: what stands in them, and that nothing a
 * subject says can be more than text there. How real consumers read them: ci/clients/tap,
 * ci/html.
 */
#include "cosbase/file.h"
#include "cosbase/utf8.h"
#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_RESULTS 64
/* What would end a script, begin a tag, turn the line, move the cursor, or is no UTF-8. */
#define HOSTILE                                                                         \
    "</script><img src=x onerror=alert(1)>&amp;|`*_ # SKIP \\ \"'\n::error::x\r\n...\n" \
    "\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\x8F\x1B[31m\x07\x7F\xC2\x85\xC0\xAF\xFF\xEF\xBB\xBF%0A"

static struct catalogue catalogue;
static const struct selection everything = {.lowest = LEVEL_MAY};
static const struct conform_case some_case = {.requirement = "X", .name = "a claim"};

struct made {
    struct conform_report report;
    struct conform_result results[MAX_RESULTS];
    struct outcome outcomes[MAX_RESULTS];
    bool is_done[MAX_RESULTS];
    char text[4 << 20];
};
static struct made made;

static void begin(struct made *m)
{
    m->report = (struct conform_report){.options = {.size = sizeof(struct conform_options),
                                                    .catalogue = &catalogue,
                                                    .selection = &everything,
                                                    .seed = 1},
                                        .results = m->results,
                                        .is_done = m->is_done,
                                        .outcomes = m->outcomes,
                                        .is_complete = true};
}

static struct conform_result *add(struct made *m, const char *id, enum conform_verdict verdict,
                                  const char *text)
{
    struct conform_report *report = &m->report;
    const struct requirement *r = catalogue_find(&catalogue, id);
    size_t at = report->n++;
    assert_non_null(r);
    assert_true(at < MAX_RESULTS);
    m->is_done[at] = true;
    m->results[at] = (struct conform_result){.requirement = r,
                                             .kase = &some_case,
                                             .verdict = verdict,
                                             .reason = text,
                                             .journal = "",
                                             .log = text,
                                             .last_request = text,
                                             .last_reply = text,
                                             .deny = text,
                                             .blocked_by = "POL-019",
                                             .rerun = "cosconform run --only X"};
    m->outcomes[at] = (struct outcome){.requirement = r, .verdict = verdict, .worst = at};
    report->n_outcomes++;
    report->counts.total[verdict]++;
    report->counts.by_level[r->level][verdict]++;
    return &m->results[at];
}

static const char *write_as(struct made *m, const char *format)
{
    char path[] = "/tmp/test-report-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(conform_report_write(&m->report, format, path), 0);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, sizeof(m->text) - 1);
    assert_int_equal(cos_file_read(&b, path), 0);
    memcpy(m->text, cos_buf_cstr(&b), b.len + 1);
    assert_int_equal(strlen(m->text), b.len);
    (void)unlink(path);
    return m->text;
}

/* Inlined under the sanitizers, GCC 12 warns of a null that nobody passes. */
static __attribute__((noinline)) void wants(const char *text, const char *needle)
{
    if (strstr(text, needle) == NULL) {
        fail_msg("no '%s' in: %s", needle, text);
    }
}

/* ---- TAP ---- */

static void a_test_point_says_what_a_verdict_means(void **state)
{
    static const struct {
        const char *id;
        enum conform_verdict verdict;
        const char *line;
    } table[] = {
        {"FS-002", CONFORM_PASS, "\nok 1 - FS-002 a claim\n"},
        {"FS-002", CONFORM_FAIL, "\nnot ok 1 - FS-002 a claim\n  ---\n  verdict: \"FAIL\"\n"},
        {"FS-002", CONFORM_ERROR, "\nnot ok 1 - FS-002 a claim\n  ---\n"},
        {"FS-002", CONFORM_XPASS, "\nnot ok 1 - FS-002 a claim\n  ---\n"},
        {"FS-004", CONFORM_WARN, "\nnot ok 1 - FS-004 a claim # TODO SHOULD\n  ---\n"},
        {"FS-002", CONFORM_XFAIL, "\nnot ok 1 - FS-002 a claim # TODO waived\n  ---\n"},
        {"CFG-005", CONFORM_INFO, "\nok 1 - CFG-005 a claim\n  ---\n"},
        {"FS-002", CONFORM_SKIP, "\nok 1 - FS-002 a claim # SKIP why \\# so\n"},
        {"FS-002", CONFORM_BLOCKED, "\nok 1 - FS-002 a claim # SKIP blocked by POL-019\n"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        begin(&made);
        (void)add(&made, table[i].id, table[i].verdict, "why # so");
        const char *text = write_as(&made, "tap");
        assert_memory_equal(text, "TAP version 14\n1..1\n", 20);
        wants(text, table[i].line);
        bool has_block = strstr(text, "  ---\n") != NULL;
        assert_int_equal(has_block, strstr(text, "\n  ...\n") != NULL);
    }
}

static void points_are_numbered_in_the_order_of_the_catalogue(void **state)
{
    begin(&made);
    (void)add(&made, "E2E-001", CONFORM_PASS, "");
    (void)add(&made, "PLUG-001", CONFORM_PASS, "");
    (void)add(&made, "FS-002", CONFORM_PASS, "");
    const char *text = write_as(&made, "tap");
    wants(text, "1..3\n");
    wants(text, "\nok 1 - PLUG-001 a claim\nok 2 - FS-002 a claim\nok 3 - E2E-001 a claim\n");
}

static void a_run_that_ended_early_bails_out(void **state)
{
    begin(&made);
    (void)add(&made, "FS-002", CONFORM_PASS, "");
    (void)add(&made, "FS-004", CONFORM_ERROR, "");
    made.is_done[1] = false;
    made.report.is_complete = false;
    made.report.is_stopped = true;
    const char *text = write_as(&made, "tap");
    wants(text, "1..2\n");
    wants(text, "\nok 1 - FS-002 a claim\nBail out! the run was stopped\n");
    wants(write_as(&made, "markdown"), "## Stopped: 1 of 2 cases have a verdict");
}

/* ---- Markdown, annotations ---- */

static void a_summary_shows_twenty_failures_and_counts_the_others(void **state)
{
    char id[16];
    begin(&made);
    (void)add(&made, "FS-004", CONFORM_WARN, "");
    for (int i = 1; i <= 22; i++) {
        (void)snprintf(id, sizeof(id), "STS-%03d", i);
        (void)add(&made, id, CONFORM_FAIL, "so it went");
    }
    const char *text = write_as(&made, "markdown");
    size_t rows = 0;
    for (const char *at = text; (at = strstr(at, "\n| FAIL |")) != NULL; at++) {
        rows++;
    }
    assert_int_equal(rows, 20);
    assert_null(strstr(text, "\n| WARN |"));
    wants(text, "\n3 more are in");
    assert_memory_equal(text, "## Not certifiable: ", 20);
}

/* docs.github.com, "Workflow commands": % CR LF are escaped, in properties also : and , */
static void annotations_are_escaped_as_their_reader_wants_it(void **state)
{
    begin(&made);
    (void)add(&made, "FS-002", CONFORM_FAIL, "100% of\nit, and: more");
    (void)add(&made, "FS-004", CONFORM_WARN, "");
    for (int i = 0; i < 20; i++) {
        (void)add(&made, "STS-001", CONFORM_WARN, "");
    }
    const char *text = write_as(&made, "annotations");
    assert_memory_equal(text, "::error title=FS-002::", 22);
    wants(text, "%0A100%25 of it, and: more\n::warning title=FS-004::");
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; at++) {
        lines += *at == '\n' ? 1 : 0;
    }
    assert_int_equal(lines, 10);
}

/* ---- the sum ---- */

static void a_title_says_no_more_than_was_shown(void **state)
{
    static const struct {
        const char *name;
        enum conform_verdict must[2], should;
        const char *begins;
        /* Of the second MUST: cases that ask what the subject's language has no way to do. */
        size_t n_lacking;
    } table[] = {
        {"all hold",
         {CONFORM_PASS, CONFORM_PASS},
         CONFORM_PASS,
         "## Every MUST holds: 2 of 2 MUST hold\n"},
        {"one was not run",
         {CONFORM_PASS, CONFORM_SKIP},
         CONFORM_PASS,
         "## No MUST is broken: 1 of 2 MUST hold, 1 not run\n"},
        {"one is waived",
         {CONFORM_PASS, CONFORM_XFAIL},
         CONFORM_WARN,
         "## No MUST is broken: 1 of 2 MUST hold, 1 waived, 1 SHOULD does not hold\n"},
        {"one fails",
         {CONFORM_FAIL, CONFORM_PASS},
         CONFORM_WARN,
         "## Not certifiable: 1 of 2 MUST does not hold\n"},
        {"one is blocked",
         {CONFORM_FAIL, CONFORM_BLOCKED},
         CONFORM_PASS,
         "## Not certifiable: 1 of 2 MUST does not hold, 1 could not be judged\n"},
        {"one was not run beside a failure",
         {CONFORM_FAIL, CONFORM_SKIP},
         CONFORM_PASS,
         "## Not certifiable: 1 of 2 MUST does not hold, 1 could not be judged\n"},
        {"one is not of the language",
         {CONFORM_FAIL, CONFORM_SKIP},
         CONFORM_PASS,
         "## Not certifiable: 1 of 2 MUST does not hold\n",
         1},
        {"the judge failed", {CONFORM_ERROR, CONFORM_PASS}, CONFORM_PASS, "## No verdict: "},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        begin(&made);
        (void)add(&made, "FS-002", table[i].must[0], "");
        (void)add(&made, "STS-001", table[i].must[1], "");
        (void)add(&made, "FS-004", table[i].should, "");
        made.outcomes[1].n_cases = made.outcomes[1].n_lacking = table[i].n_lacking;
        const char *text = write_as(&made, "markdown");
        if (strncmp(text, table[i].begins, strlen(table[i].begins)) != 0) {
            fail_msg("%s: %.120s", table[i].name, text);
        }
    }
}

/* ---- root causes ---- */

/* What is behind @needle in @text; both must be there. */
static const char *behind(const char *text, const char *needle)
{
    wants(text, needle);
    return strstr(text, needle) + strlen(needle);
}

static void add_cause(struct made *m)
{
    static const char *const blocked[] = {"CRED-009", "REF-001"};
    static struct report_cause cause;
    (void)add(m, "FS-002", CONFORM_FAIL, "another thing");
    (void)add(m, "CRED-009", CONFORM_BLOCKED, "it was denied");
    (void)add(m, "REF-001", CONFORM_BLOCKED, "it was denied");
    (void)add(m, "POL-019", CONFORM_FAIL, "wanted 'uid/1', got 'uid/*'");
    cause = (struct report_cause){.requirement = catalogue_find(&catalogue, "POL-019"),
                                  .id = "POL-019",
                                  .reason = "wanted 'uid/1', got 'uid/*'",
                                  .deny = "uid/* matches no account",
                                  .blocked = blocked,
                                  .n_blocked = 2};
    m->report.causes = &cause;
    m->report.n_causes = 1;
}

static void root_causes_stand_first_with_all_that_they_block(void **state)
{
    begin(&made);
    add_cause(&made);
    const char *text = write_as(&made, "terminal");
    assert_memory_equal(text, "1 cause, 2 requirements blocked\n", 32);
    text = behind(text, "POL-019  The resource owner");
    text = behind(text, "the mock uid/* matches no account");
    text = behind(text, "expected ");
    text = behind(text, "seen     wanted 'uid/1', got 'uid/*'");
    text = behind(text, "blocks   CRED-009 REF-001\n");
    text = behind(text, "re-run ");
    text = behind(text, "FAIL    FS-002  ");
    assert_null(strstr(text, "POL-019"));
    assert_null(strstr(text, "CRED-009"));
    text = behind(write_as(&made, "markdown"), "### 1 root cause\n");
    text = behind(text, "**POL-019**");
    text = behind(text, "blocks 2: CRED-009 REF-001\n");
    text = behind(write_as(&made, "html"), "<h2>1 root cause</h2>");
    text = behind(text, "uid/* matches no account");
    wants(text, "<a href=\"#CRED-009\">");
    wants(text, "<a href=\"#REF-001\">");
}

/* Whoever cannot see the cause's row still reads what it is. */
static void a_cause_that_was_not_selected_is_told_all_the_same(void **state)
{
    begin(&made);
    add_cause(&made);
    static const struct selection others = {.only = {"FS-002", "CRED-009", "REF-001"},
                                            .n_only = 3,
                                            .lowest = LEVEL_MAY};
    made.report.options.selection = &others;
    made.report.n--;
    made.report.n_outcomes--;
    wants(write_as(&made, "terminal"), "blocks   CRED-009 REF-001\n");
    assert_null(strstr(write_as(&made, "html"), "href=\"#POL-019\""));
}

/* ---- hostile text ---- */

static void check_bytes(const char *format, const char *text, bool is_read)
{
    for (struct cos_span rest = cos_span_of(text); rest.len > 0;) {
        size_t n = cos_utf8_front(rest);
        unsigned char c = (unsigned char)rest.ptr[0];
        if (n == 0 || (c < ' ' && c != '\n') || (is_read && c == 0x7F)) {
            fail_msg("%s: the byte %02X at: %.60s", format, c, rest.ptr);
        }
        rest = cos_span_from(rest, n);
    }
}

static void nothing_that_a_subject_says_is_more_than_text(void **state)
{
    static const struct {
        const char *format;
        /* A form for people, too: text must not turn around. */
        bool is_read;
        const char *forbidden[4];
    } table[] = {
        {"results", false, {NULL}},
        {"junit", false, {"<img", "</script"}},
        {"tap", true, {"\n...\n", "\n::error"}},
        {"markdown", true, {"<img", "</script", "\n::error"}},
        {"annotations", true, {"\n::error::x", "\n..."}},
        {"html", true, {"<img", "onerror=alert(1)>&amp"}},
        {"terminal", true, {"\033", "\n..."}},
        {"verbose", true, {"\033", "\n..."}},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        begin(&made);
        (void)add(&made, "FS-002", CONFORM_FAIL, HOSTILE);
        (void)add(&made, "FS-004", CONFORM_WARN, HOSTILE);
        (void)add(&made, "CFG-005", CONFORM_INFO, HOSTILE);
        (void)add(&made, "STS-001", CONFORM_SKIP, HOSTILE);
        const char *text = write_as(&made, table[i].format);
        wants(text, "script");
        check_bytes(table[i].format, text, table[i].is_read);
        for (size_t k = 0; k < 4 && table[i].forbidden[k] != NULL; k++) {
            if (strstr(text, table[i].forbidden[k]) != NULL) {
                fail_msg("%s: '%s' in %s", table[i].format, table[i].forbidden[k], text);
            }
        }
        if (table[i].is_read) {
            assert_null(strstr(text, "\u202E"));
            assert_null(strstr(text, "\u2066"));
            assert_null(strstr(text, "\uFEFF"));
        }
    }
}

static int load(void **state)
{
    char why[512];
    return catalogue_load(&catalogue, /* path= */ NULL, why);
}

static int unload(void **state)
{
    catalogue_deinit(&catalogue);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_point_says_what_a_verdict_means),
        cmocka_unit_test(points_are_numbered_in_the_order_of_the_catalogue),
        cmocka_unit_test(a_run_that_ended_early_bails_out),
        cmocka_unit_test(a_summary_shows_twenty_failures_and_counts_the_others),
        cmocka_unit_test(annotations_are_escaped_as_their_reader_wants_it),
        cmocka_unit_test(a_title_says_no_more_than_was_shown),
        cmocka_unit_test(root_causes_stand_first_with_all_that_they_block),
        cmocka_unit_test(a_cause_that_was_not_selected_is_told_all_the_same),
        cmocka_unit_test(nothing_that_a_subject_says_is_more_than_text),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
