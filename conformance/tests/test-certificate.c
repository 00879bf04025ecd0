/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From verdicts to statuses, reports and certificates: the rules of conformance.md R2-R6,
 * s.5.2, s.5.3, on made-up reports.
 */
#include "certificate.h"

#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "cosbase/xml.h"
#include "selection.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct catalogue catalogue;
static const struct selection everything = {.lowest = LEVEL_MAY};
static const struct conform_case some_case = {.name = "a claim <&\">"};

struct made {
    struct conform_report report;
    struct conform_result result;
    struct outcome outcome;
    bool is_done;
};

static void make(struct made *m, const char *id, enum conform_verdict verdict)
{
    const struct requirement *r = catalogue_find(&catalogue, id);
    *m = (struct made){.is_done = true};
    m->result = (struct conform_result){.requirement = r,
                                        .kase = &some_case,
                                        .verdict = verdict,
                                        .reason = "why <&\">",
                                        .journal = "{\"seq\":1}\n",
                                        .log = "",
                                        .last_request = "",
                                        .last_reply = "",
                                        .rerun = "cosconform run --only X"};
    m->outcome = (struct outcome){.requirement = r, .verdict = verdict, .n_cases = 1};
    m->report = (struct conform_report){.options = {.size = sizeof(struct conform_options),
                                                    .catalogue = &catalogue,
                                                    .selection = &everything},
                                        .results = &m->result,
                                        .is_done = &m->is_done,
                                        .n = 1,
                                        .outcomes = &m->outcome,
                                        .n_outcomes = 1,
                                        .is_complete = true};
    m->report.counts.total[verdict] = 1;
    m->report.counts.by_level[r->level][verdict] = 1;
}

static void statuses_follow_the_table(void **state)
{
    static const struct {
        const char *id;
        enum conform_verdict verdict;
        int plain, strict;
    } table[] = {
        {"FS-002", CONFORM_PASS, 0, 0},    {"FS-002", CONFORM_FAIL, 1, 1},
        {"FS-004", CONFORM_WARN, 0, 4},    {"CFG-005", CONFORM_INFO, 0, 0},
        {"FS-002", CONFORM_ERROR, 3, 3},   {"FS-002", CONFORM_XFAIL, 0, 0},
        {"FS-002", CONFORM_XPASS, 7, 7},   {"FS-002", CONFORM_SKIP, 0, 0},
        {"FS-002", CONFORM_BLOCKED, 1, 1}, {"FS-004", CONFORM_BLOCKED, 0, 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct made m;
        make(&m, table[i].id, table[i].verdict);
        assert_int_equal(conform_report_exit(&m.report, /* strict= */ false), table[i].plain);
        assert_int_equal(conform_report_exit(&m.report, /* strict= */ true), table[i].strict);
    }
}

static void set_up_problems_never_end_in_zero(void **state)
{
    struct made m;
    make(&m, "FS-002", CONFORM_PASS);
    m.report.is_complete = false;
    assert_int_equal(conform_report_exit(&m.report, /* strict= */ false), EXIT_INCOMPLETE);
    m.report.is_complete = true;
    m.report.is_smoke_broken = true;
    assert_int_equal(conform_report_exit(&m.report, /* strict= */ false), EXIT_BROKEN);
    m.report.is_smoke_broken = false;
    m.report.n = 0;
    assert_int_equal(conform_report_exit(&m.report, /* strict= */ false), EXIT_NOTHING);
    make(&m, "FS-002", CONFORM_SKIP);
    m.result.reason = "capability fs is not declared";
    assert_int_equal(conform_report_exit(&m.report, /* strict= */ false), EXIT_NOT_CERTIFIED);
}

static void a_pass_never_hides_something_worse(void **state)
{
    static const enum conform_verdict worse[] = {CONFORM_FAIL,  CONFORM_WARN,  CONFORM_INFO,
                                                 CONFORM_ERROR, CONFORM_XFAIL, CONFORM_XPASS};
    for (size_t i = 0; i < COS_ARRAY_LEN(worse); i++) {
        assert_int_equal(verdict_worse(CONFORM_PASS, worse[i]), worse[i]);
        assert_int_equal(verdict_worse(worse[i], CONFORM_PASS), worse[i]);
        assert_int_equal(verdict_worse(CONFORM_SKIP, worse[i]), worse[i]);
    }
    assert_int_equal(verdict_worse(CONFORM_FAIL, CONFORM_ERROR), CONFORM_ERROR);
}

/* ---- certificates ---- */

struct place {
    char dir[64], artifact[96];
    struct artifacts artifacts;
};

static void put_artifact(struct place *p, const char *text)
{
    assert_int_equal(cos_file_write(p->artifact, cos_span_of(text), 0600), 0);
    p->artifacts.n = 0;
    assert_int_equal(artifacts_add(&p->artifacts, p->artifact, ARTIFACT_SUBJECT), 0);
}

static void make_place(struct place *p)
{
    (void)snprintf(p->dir, sizeof(p->dir), "/tmp/cosconform-test-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->artifact, sizeof(p->artifact), "%s/plugin.so", p->dir);
    put_artifact(p, "artefact");
}

static const struct certificate_evidence evidence[] = {{"results.jsonl", "0e1f"}, {NULL, NULL}};
static const char *const argv[] = {"cosconform", "certify", NULL};

static struct certificate_request request_for(const struct made *m, const struct place *p)
{
    return (struct certificate_request){.report = &m->report,
                                        .artifacts = &p->artifacts,
                                        .argv = argv,
                                        .suite_sha256 = "",
                                        .evidence = evidence};
}

struct heard {
    size_t n;
    char about[8][32], sentence[8][512];
};

static void hear(void *ctx, const struct objection *objection)
{
    struct heard *h = ctx;
    assert_in_range(h->n, 0, 7);
    (void)snprintf(h->about[h->n], sizeof(h->about[0]), "%s", objection->about);
    (void)snprintf(h->sentence[h->n++], sizeof(h->sentence[0]), "%s", objection->sentence);
}

static struct heard objections_to(const struct certificate_request *request)
{
    struct heard h = {.n = 0};
    size_t n = certificate_objections(request, hear, &h);
    assert_int_equal(n, h.n);
    return h;
}

/* One and only one objection, about @about, that says @words. */
static void assert_refused(const struct certificate_request *request, const char *about,
                           const char *words)
{
    struct heard h = objections_to(request);
    assert_int_equal(h.n, 1);
    assert_string_equal(h.about[0], about);
    if (strstr(h.sentence[0], words) == NULL) {
        fail_msg("'%s' does not say '%s'", h.sentence[0], words);
    }
}

static void certificates_are_refused_for_cause(void **state)
{
    static const struct {
        const char *id;
        enum conform_verdict verdict;
        bool is_given;
    } table[] = {
        {"FS-002", CONFORM_PASS, true},     {"FS-002", CONFORM_FAIL, false},
        {"FS-002", CONFORM_ERROR, false},   {"FS-002", CONFORM_SKIP, false},
        {"FS-002", CONFORM_XFAIL, false},   {"FS-002", CONFORM_XPASS, false},
        {"FS-004", CONFORM_WARN, true},     {"FS-004", CONFORM_SKIP, true},
        {"FS-002", CONFORM_BLOCKED, false}, {"FS-004", CONFORM_BLOCKED, true},
        {"FS-002", CONFORM_INFO, true},
    };
    struct place p;
    make_place(&p);
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct made m;
        make(&m, table[i].id, table[i].verdict);
        struct certificate_request request = request_for(&m, &p);
        if (table[i].is_given) {
            assert_int_equal(objections_to(&request).n, 0);
        } else {
            assert_refused(&request, table[i].id, verdict_name(table[i].verdict));
        }
    }
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

/* Skipped for what the language has no way to do, and for nothing else beside. */
static void what_a_language_lacks_costs_no_certificate(void **state)
{
    struct place p;
    struct made m;
    make_place(&p);
    make(&m, "FS-002", CONFORM_SKIP);
    m.outcome.n_lacking = 1;
    struct certificate_request request = request_for(&m, &p);
    assert_int_equal(objections_to(&request).n, 0);
    m.outcome.n_cases = 2;
    assert_refused(&request, "FS-002", "SKIP");
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

static void filters_shards_and_mutants_refuse_too(void **state)
{
    static const struct {
        struct selection selection;
        const char *about, *words;
    } table[] = {
        {{.lowest = LEVEL_MAY, .only = {"FS"}, .n_only = 1}, "selection", "filter"},
        {{.lowest = LEVEL_MUST}, "selection", "filter"},
        {{.lowest = LEVEL_MAY, .shard = 2, .n_shards = 4}, "shard", "shard 2 of 4"},
    };
    struct place p;
    struct made m;
    make_place(&p);
    make(&m, "FS-002", CONFORM_PASS);
    struct certificate_request request = request_for(&m, &p);
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        m.report.options.selection = &table[i].selection;
        assert_refused(&request, table[i].about, table[i].words);
    }
    m.report.options.selection = &everything;
    m.report.options.mutant = "fs_drop_last_byte";
    assert_refused(&request, "mutant", "fs_drop_last_byte");
    m.report.options.mutant = NULL;
    m.report.is_complete = false;
    assert_refused(&request, "completeness", "incomplete");
    m.report.is_complete = true;
    m.report.is_waiver_expired = true;
    assert_refused(&request, "waiver", "expired");
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

/* A profile can be asked for alone: it is whole. */
static void a_profile_is_no_filter(void **state)
{
    static const struct selection core = {.lowest = LEVEL_MAY, .profile = "core"};
    struct place p;
    struct made m;
    make_place(&p);
    make(&m, "FS-002", CONFORM_PASS);
    m.report.options.selection = &core;
    struct certificate_request request = request_for(&m, &p);
    assert_int_equal(objections_to(&request).n, 0);
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

static void an_artefact_that_changed_or_holds_defects_is_named(void **state)
{
    struct place p;
    struct made m;
    make_place(&p);
    make(&m, "FS-002", CONFORM_PASS);
    struct certificate_request request = request_for(&m, &p);
    assert_int_equal(cos_file_write(p.artifact, cos_span_of("another"), 0600), 0);
    assert_refused(&request, "artefact", "plugin.so changed while it was judged");
    put_artifact(&p, "..COSN_MUTANT..");
    assert_refused(&request, "artefact", "plugin.so is a build with planted defects");
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

static void every_objection_is_told(void **state)
{
    struct place p;
    struct made m;
    make_place(&p);
    make(&m, "FS-002", CONFORM_FAIL);
    m.report.options.mutant = "none";
    m.report.is_complete = false;
    struct certificate_request request = request_for(&m, &p);
    assert_int_equal(cos_file_write(p.artifact, cos_span_of("another"), 0600), 0);
    struct heard h = objections_to(&request);
    assert_int_equal(h.n, 4);
    assert_string_equal(h.about[0], "mutant");
    assert_string_equal(h.about[1], "completeness");
    assert_string_equal(h.about[2], "FS-002");
    assert_string_equal(h.about[3], "artefact");
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

static struct cos_json *written(const struct made *m, struct place *p, const char *expected)
{
    const char *file = "";
    char path[128];
    struct cos_json *root = NULL;
    struct cos_text_error err;
    struct certificate_request request = request_for(m, p);
    assert_int_equal(certificate_write(&request, p->dir, &file), 0);
    assert_string_equal(file, expected);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 4 << 20);
    (void)snprintf(path, sizeof(path), "%s/%s", p->dir, file);
    assert_int_equal(cos_file_read(&b, path), 0);
    assert_int_equal(cos_json_parse(&root, cos_buf_view(&b), /* limits= */ NULL, &err), 0);
    return root;
}

static void a_certificate_names_digest_limits_and_every_requirement(void **state)
{
    struct place p;
    struct made m;
    make_place(&p);
    make(&m, "FS-002", CONFORM_PASS);
    COS_CLEANUP(cos_json_free) struct cos_json *root = written(&m, &p, "certificate.json");
    const struct cos_json *subject = cos_json_first(cos_json_get(root, "subject"));
    const struct cos_json *predicate = cos_json_get(root, "predicate");
    const struct cos_json *first = cos_json_first(cos_json_get(predicate, "evidence"));
    char sha256[65];
    cos_sha256_hex(sha256, "artefact", 8);
    assert_string_equal(cos_json_str(cos_json_get(root, "predicateType")), CERTIFICATE_TYPE);
    assert_string_equal(cos_json_str(cos_json_get(cos_json_get(subject, "digest"), "sha256")),
                        sha256);
    assert_int_equal(cos_json_count(cos_json_get(predicate, "requirements")), catalogue.n);
    assert_string_equal(cos_json_str(cos_json_get(first, "name")), "results.jsonl");
    assert_string_equal(cos_json_str(cos_json_get(cos_json_get(first, "digest"), "sha256")),
                        "0e1f");
    assert_non_null(
        strstr(cos_json_str(cos_json_get(predicate, "limits")), "not against Tencent"));
    assert_non_null(strstr(cos_json_str(cos_json_get(predicate, "trust")), "unsigned"));
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

/* Neither its name nor its type is a certificate's, and the text for people is not written. */
static void a_failing_run_gets_a_report_that_no_one_takes_for_a_certificate(void **state)
{
    struct place p;
    struct made m;
    make_place(&p);
    make(&m, "FS-002", CONFORM_FAIL);
    COS_CLEANUP(cos_json_free) struct cos_json *root = written(&m, &p, "report.json");
    const struct cos_json *predicate = cos_json_get(root, "predicate");
    const struct cos_json *objection = cos_json_first(cos_json_get(predicate, "objections"));
    char path[128];
    assert_string_equal(cos_json_str(cos_json_get(root, "predicateType")), REPORT_TYPE);
    assert_string_equal(cos_json_str(cos_json_get(predicate, "verdict")), "NOT_CERTIFIED");
    assert_string_equal(cos_json_str(cos_json_get(objection, "about")), "FS-002");
    (void)snprintf(path, sizeof(path), "%s/certificate.txt", p.dir);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

static void junit_has_real_elements_and_stays_well_formed(void **state)
{
    static const struct {
        enum conform_verdict verdict;
        const char *element;
    } table[] = {{CONFORM_FAIL, "<failure type=\"FAIL\""},
                 {CONFORM_ERROR, "<error type=\"ERROR\""},
                 {CONFORM_SKIP, "<skipped message="},
                 {CONFORM_BLOCKED, "<skipped message="},
                 {CONFORM_PASS, "failures=\"0\" errors=\"0\" skipped=\"0\""}};
    struct place p;
    char path[128];
    make_place(&p);
    (void)snprintf(path, sizeof(path), "%s/junit.xml", p.dir);
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct made m;
        struct cos_buf b = {0};
        struct cos_xml *doc = NULL;
        struct cos_text_error err;
        make(&m, "FS-002", table[i].verdict);
        assert_int_equal(conform_report_write(&m.report, "junit", path), 0);
        cos_buf_init(&b, 1 << 20);
        assert_int_equal(cos_file_read(&b, path), 0);
        assert_non_null(strstr(cos_buf_cstr(&b), table[i].element));
        assert_int_equal(cos_xml_parse(&doc, cos_buf_view(&b), /* limits= */ NULL, &err), 0);
        (void)cos_xml_free(doc);
        cos_buf_deinit(&b);
    }
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

/* XML 1.0 s.2.11, s.3.3.3: a raw line end in an attribute reads back as a blank. */
static void junit_keeps_the_line_ends_of_a_reason(void **state)
{
    static const char reason[] = "first\r\n\tsecond\nthird";
    struct place p;
    char path[128];
    struct made m;
    struct cos_text_error err;
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = NULL;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    make_place(&p);
    (void)snprintf(path, sizeof(path), "%s/junit.xml", p.dir);
    make(&m, "FS-002", CONFORM_FAIL);
    m.result.reason = reason;
    assert_int_equal(conform_report_write(&m.report, "junit", path), 0);
    cos_buf_init(&b, 1 << 20);
    assert_int_equal(cos_file_read(&b, path), 0);
    assert_int_equal(cos_xml_parse(&doc, cos_buf_view(&b), /* limits= */ NULL, &err), 0);
    const struct cos_xml *kase = cos_xml_get(cos_xml_get(doc, "testsuite"), "testcase");
    assert_string_equal(cos_xml_attr(cos_xml_get(kase, "failure"), "message"), reason);
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

/* What stands at the beginning of each form; a name that no row has is refused. */
static void a_report_is_written_in_the_format_asked_for(void **state)
{
    static const struct {
        const char *format, *begins;
    } table[] = {{"results", "{\"report\":\"cosconform-results/1\""},
                 {"journal", "{\"id\":\"FS-002\",\"case\":\"a claim"},
                 {"junit", "<?xml version=\"1.0\""},
                 {"terminal", "FAIL    FS-002  "},
                 {"verbose", "FAIL    FS-002  "},
                 {"tap", "TAP version 14\n1..1\n"},
                 {"markdown", "## Not certifiable: "},
                 {"annotations", "::error title=FS-002::"},
                 {"html", "<!doctype html>\n"}};
    struct place p;
    char path[128];
    struct made m;
    make_place(&p);
    (void)snprintf(path, sizeof(path), "%s/report", p.dir);
    make(&m, "FS-002", CONFORM_FAIL);
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
        cos_buf_init(&b, 1 << 20);
        assert_int_equal(conform_report_write(&m.report, table[i].format, path), 0);
        assert_int_equal(cos_file_read(&b, path), 0);
        assert_memory_equal(cos_buf_cstr(&b), table[i].begins, strlen(table[i].begins));
    }
    assert_int_equal(conform_report_write(&m.report, "pdf", path), -EINVAL);
    assert_int_equal(cos_dir_remove(p.dir), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_follow_the_table),
        cmocka_unit_test(set_up_problems_never_end_in_zero),
        cmocka_unit_test(a_pass_never_hides_something_worse),
        cmocka_unit_test(certificates_are_refused_for_cause),
        cmocka_unit_test(what_a_language_lacks_costs_no_certificate),
        cmocka_unit_test(filters_shards_and_mutants_refuse_too),
        cmocka_unit_test(a_profile_is_no_filter),
        cmocka_unit_test(an_artefact_that_changed_or_holds_defects_is_named),
        cmocka_unit_test(every_objection_is_told),
        cmocka_unit_test(a_certificate_names_digest_limits_and_every_requirement),
        cmocka_unit_test(a_failing_run_gets_a_report_that_no_one_takes_for_a_certificate),
        cmocka_unit_test(junit_has_real_elements_and_stays_well_formed),
        cmocka_unit_test(a_report_is_written_in_the_format_asked_for),
        cmocka_unit_test(junit_keeps_the_line_ends_of_a_reason),
    };
    char why[512];
    if (catalogue_load(&catalogue, /* path= */ NULL, why) < 0) {
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalogue_deinit(&catalogue);
    return failed;
}
