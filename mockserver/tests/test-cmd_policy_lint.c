/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock policy lint from outside: how findings are printed and how it ends. What SARIF asks
 * for: "Static Analysis Results Interchange Format Version 2.1.0", OASIS, s.3 (by section
 * number).
 */
#include "program.h"
#include "scratch.h"

#include "cosbase/file.h"

static struct scratch scratch;

static const char misspelt[] =
    "{\"version\": \"2.0\",\n"
    " \"statement\": [{\"effect\": \"allow\",\n"
    "   \"action\": [\"name/cos:GetObjet\"],\n"
    "   \"resource\": [\"qcs::cos:ap-guangzhou:uid/*:data-1250000000/*\"]}]}\n";
static const char clean[] =
    "{\"version\": \"2.0\", \"statement\": [{\"effect\": \"allow\",\n"
    "   \"action\": [\"name/cos:GetObject\"],\n"
    "   \"resource\": [\"qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/*\"]}]}\n";
static const char noted[] =
    "{\"version\": \"2.0\", \"statement\": [{\"effect\": \"allow\",\n"
    "   \"action\": [\"name/cos:GetObject\"],\n"
    "   \"resource\": [\"qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/dir*\"]}]}\n";

static int enter(void **state)
{
    (void)state;
    scratch_enter(&scratch);
    assert_int_equal(cos_file_write("misspelt.json", COS_SPAN_LIT(misspelt), 0600), 0);
    assert_int_equal(cos_file_write("clean.json", COS_SPAN_LIT(clean), 0600), 0);
    assert_int_equal(cos_file_write("noted one.json", COS_SPAN_LIT(noted), 0600), 0);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

static void findings_are_printed_as_a_compiler_does(void **state)
{
    (void)state;
    struct run r = RUN("policy", "lint", "clean.json", "misspelt.json");
    assert_int_equal(r.status, 1);
    assert_string_equal(
        cos_buf_cstr(&r.text),
        "misspelt.json:3:15: warning: no known action is called 'cos:GetObjet'; the nearest is "
        "cos:GetObject [unknown-action]\n"
        "misspelt.json:4:17: error: uid/* matches no account: write uid/<appid> "
        "[uid-wildcard]\n");
    run_free(&r);
}

static void a_note_is_no_failure(void **state)
{
    (void)state;
    struct run r = RUN("policy", "lint", "noted one.json");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.text), ": note: "));
    run_free(&r);
    r = RUN("policy", "lint", "clean.json");
    assert_int_equal(r.status, 0);
    assert_int_equal(r.text.len, 0);
    run_free(&r);
}

static void what_cannot_be_asked_ends_with_2(void **state)
{
    (void)state;
    struct run r = RUN("policy", "lint", "absent.json");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "absent.json: No such file"));
    run_free(&r);
    r = RUN("policy", "lint", "--as", "role", "clean.json");
    assert_int_equal(r.status, 2);
    assert_non_null(
        strstr(cos_buf_cstr(&r.complaints), "identity, session, boundary, bucket or trust"));
    run_free(&r);
}

static void standard_input_is_a_file(void **state)
{
    (void)state;
    struct run r = START("policy", "lint");
    assert_int_equal(write(r.in, misspelt, sizeof(misspelt) - 1), sizeof(misspelt) - 1);
    finish(&r);
    assert_int_equal(r.status, 1);
    assert_memory_equal(cos_buf_cstr(&r.text), "-:3:15: warning: ", 17);
    run_free(&r);
}

static void json_says_the_same(void **state)
{
    (void)state;
    struct run r = RUN("policy", "lint", "--json", "misspelt.json");
    assert_int_equal(r.status, 1);
    struct cos_json *doc = parse_json(cos_buf_view(&r.text));
    assert_int_equal(cos_json_count(doc), 2);
    const struct cos_json *second = cos_json_next(cos_json_first(doc));
    int64_t line = 0;
    assert_true(cos_json_i64(cos_json_get(second, "line"), &line));
    assert_int_equal(line, 4);
    assert_string_equal(json_text(second, "rule"), "uid-wildcard");
    assert_string_equal(json_text(second, "severity"), "error");
    assert_string_equal(json_text(second, "source"), "apache/fluss#3983");
    cos_json_free(doc);
    run_free(&r);
}

/* s.3.13 sarifLog, s.3.14 run, s.3.18 tool, s.3.19 toolComponent, s.3.49 reportingDescriptor */
static const struct cos_json *check_log(const struct cos_json *log)
{
    assert_string_equal(json_text(log, "version"), "2.1.0");
    assert_int_equal(cos_json_count(cos_json_get(log, "runs")), 1);
    const struct cos_json *run = cos_json_first(cos_json_get(log, "runs"));
    const struct cos_json *driver = cos_json_get(cos_json_get(run, "tool"), "driver");
    assert_string_not_equal(json_text(driver, "name"), "");
    for (const struct cos_json *rule = cos_json_first(cos_json_get(driver, "rules"));
         rule != NULL; rule = cos_json_next(rule)) {
        assert_string_not_equal(json_text(rule, "id"), "");
        assert_string_not_equal(json_text(cos_json_get(rule, "shortDescription"), "text"), "");
    }
    return run;
}

/* s.3.27 result: ruleIndex is of the rule with its id, level is one of four; s.3.29
 * physicalLocation, s.3.30 region: both count from 1. */
static void check_result(const struct cos_json *run, const struct cos_json *result)
{
    const struct cos_json *rules =
        cos_json_get(cos_json_get(cos_json_get(run, "tool"), "driver"), "rules");
    int64_t index = -1;
    assert_true(cos_json_i64(cos_json_get(result, "ruleIndex"), &index));
    const struct cos_json *rule = cos_json_first(rules);
    for (int64_t i = 0; i < index; i++) {
        rule = cos_json_next(rule);
    }
    assert_string_equal(json_text(rule, "id"), json_text(result, "ruleId"));
    const char *level = json_text(result, "level");
    assert_true(strcmp(level, "error") == 0 || strcmp(level, "warning") == 0 ||
                strcmp(level, "note") == 0);
    assert_string_not_equal(json_text(cos_json_get(result, "message"), "text"), "");
    const struct cos_json *place =
        cos_json_get(cos_json_first(cos_json_get(result, "locations")), "physicalLocation");
    int64_t line = 0;
    int64_t column = 0;
    assert_true(cos_json_i64(cos_json_get(cos_json_get(place, "region"), "startLine"), &line));
    assert_true(
        cos_json_i64(cos_json_get(cos_json_get(place, "region"), "startColumn"), &column));
    assert_true(line >= 1 && column >= 1);
    assert_string_not_equal(json_text(cos_json_get(place, "artifactLocation"), "uri"), "");
}

static void sarif_has_what_its_readers_need(void **state)
{
    (void)state;
    struct run r = RUN("policy", "lint", "--sarif", "misspelt.json", "noted one.json");
    assert_int_equal(r.status, 1);
    struct cos_json *log = parse_json(cos_buf_view(&r.text));
    const struct cos_json *run = check_log(log);
    const struct cos_json *results = cos_json_get(run, "results");
    assert_int_equal(cos_json_count(results), 3);
    for (const struct cos_json *n = cos_json_first(results); n != NULL; n = cos_json_next(n)) {
        check_result(run, n);
    }
    /* a URI has no blanks (s.3.4.3, RFC 3986) */
    assert_non_null(strstr(cos_buf_cstr(&r.text), "\"uri\":\"noted%20one.json\""));
    cos_json_free(log);
    run_free(&r);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_printed_as_a_compiler_does),
        cmocka_unit_test(a_note_is_no_failure),
        cmocka_unit_test(what_cannot_be_asked_ends_with_2),
        cmocka_unit_test(standard_input_is_a_file),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(sarif_has_what_its_readers_need),
    };
    return program_from(argc, argv) ? cmocka_run_group_tests(tests, enter, leave) : 2;
}
