/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a case: a table of small cases of our own, each with the verdict it must end
 * in, against a subject that is fine and through drivers that are not. argv: the evil program,
 * the host, the plugin.
 */
#include "case.h"
#include "run.h"
#include "selection.h"
#include "standing.h"

#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *evil_path, *host_path, *plugin_path;
static struct catalogue catalogue;

/* ---- cases ---- */

static int64_t server_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static void it_holds(struct env *env)
{
    expect_ok(env, op_write_text(env, server_of(env), "x", "text"));
}

static void it_does_not(struct env *env)
{
    expect_ok(env, op_write_text(env, server_of(env), "x", "text"));
    expect_ok(env, op_stat(env, server_of(env), "nowhere"));
}

static struct cosmock_fault put_503(void)
{
    return (struct cosmock_fault){.op = "PutObject",
                                  .times = 1,
                                  .kind = COSMOCK_FAULT_REPLY,
                                  .http_status = 503};
}

static void a_fault_that_hits(struct env *env)
{
    uint64_t id = env_fault(env, put_503());
    expect_ok(env, op_write_text(env, server_of(env), "x", "text"));
    expect_i64(env, "hits", (int64_t)env_fault_hits(env, id), 1);
    env_fault_clear(env);
    expect_i64(env, "hits, cleared away", (int64_t)env_fault_hits(env, id), 1);
}

static void a_fault_that_does_not(struct env *env)
{
    (void)env_fault(env, put_503());
    expect_error(env, op_stat(env, server_of(env), "nowhere"), "NOT_FOUND");
}

static void a_fault_cleared_before_it_hits(struct env *env)
{
    (void)env_fault(env, put_503());
    env_fault_clear(env);
    it_holds(env);
}

static void a_fault_that_may_miss(struct env *env)
{
    (void)env_fault_maybe(env, put_503()); /* whether it hits is not the question */
    expect_error(env, op_stat(env, server_of(env), "nowhere"), "NOT_FOUND");
}

static void a_control_that_fails(struct env *env)
{
    control_ok(env, op_stat(env, server_of(env), "nowhere"));
}

static void the_loader_is_ours(struct env *env)
{
    it_holds(env);
    if (!env_loader_is_product(env)) {
        case_harness(env, "the search is the judge's own");
    }
}

static void a_class_is_wanted(struct env *env)
{
    int64_t fs = server_of(env);
    env_put_text(env, env_key(env, "x"), "text");
    control_ok(env, op_stat(env, fs, "x"));
    expect_error(env, op_stat(env, fs, "nowhere"), "NOT_FOUND");
}

static void a_stream_is_dropped(struct env *env)
{
    const struct reply *opened = op_out_open(env, server_of(env), "x", /* overwrite= */ true);
    expect_ok(env, opened);
    expect_ok(env, op_out_free(env, reply_i64(opened, "out")));
    expect_not_stored(env, env_key(env, "x"));
}

static const char read_only[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":["
    "\"name/cos:GetObject\",\"name/cos:HeadObject\",\"name/cos:GetBucket\"],"
    "\"resource\":[\"*\"]}]}";

static void a_policy_denies(struct env *env)
{
    env_use_sub_account(env);
    int64_t fs = server_of(env);
    control_ok(env, op_write_text(env, fs, "x", "text"));
    env_user_policy(env, read_only);
    journal_mark(env);
    expect_denied(env, op_write_text(env, fs, "y", "text"), "PutObject");
}

static void a_policy_is_too_narrow(struct env *env)
{
    env_use_sub_account(env);
    env_user_policy(env, read_only);
    expect_ok(env, op_write_text(env, server_of(env), "y", "text"));
}

static void a_policy_does_not(struct env *env)
{
    int64_t fs = server_of(env);
    (void)env_fault(env, (struct cosmock_fault){.op = "PutObject",
                                                .kind = COSMOCK_FAULT_REPLY,
                                                .http_status = 403,
                                                .code = "AccessDenied"});
    expect_denied(env, op_write_text(env, fs, "y", "text"), "PutObject");
}

static void a_token_has_ended(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const struct reply *token = op_get_token(env, server_of(env));
    expect_ok(env, token);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    control_ok(env, op_read(env, reply_i64(opened, "fs"), "x"));
    env_age_tokens(env, 3601000);
    journal_mark(env);
    expect_expired(env, op_read(env, reply_i64(opened, "fs"), "x"), /* op= */ NULL);
}

static void a_token_has_not(struct env *env)
{
    journal_mark(env);
    expect_expired(env, op_stat(env, server_of(env), "nowhere"), /* op= */ NULL);
}

static void a_rename_is_refused(struct env *env)
{
    int64_t fs = server_of(env);
    env_put_text(env, env_key(env, "x"), "text");
    env_put_text(env, env_key(env, "y"), "text");
    expect_refused(env, op_rename(env, fs, "nowhere", "z"), "NOT_FOUND");
    expect_refused(env, op_rename(env, fs, "x", "z"), "NOT_FOUND"); /* it is done */
}

static void a_secret_is_wrong(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretKey", "another key of some length");
    expect_error(env, op_write_text(env, op_fs(env, "server", c, env_root_uri(env)), "x", "t"),
                 "AUTH");
}

static void what_a_thread_does_is_awaited(struct env *env)
{
    it_holds(env);
    expect_true(env, journal_await(env, "PutObject", 1, /* limit_ms= */ 0), "it is there");
    expect_true(env, !journal_await(env, "PutObject", 2, /* limit_ms= */ 1), "no second one");
}

static void the_thread_of_the_subject_runs(struct env *env)
{
    env_ttl_override(env, 2);
    int64_t server = server_of(env);
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_manager_start(env, "client", server, /* conf_json= */ NULL));
    expect_true(env, !env_clock_is_virtual(env), "its time is real");
    expect_true(env, journal_await(env, "GetFederationToken", 2, /* limit_ms= */ 20000),
                "nothing was renewed");
}

/* Both clocks go on together, and what is signed by the new date verifies. */
static void the_date_is_set(struct env *env)
{
    int64_t fs = server_of(env);
    int64_t before_ms = env_now_ms(env);
    env_jump(env, 3600000);
    expect_between(env, "jump, ms", env_now_ms(env) - before_ms, 3600000, 3660000);
    expect_ok(env, op_write_text(env, fs, "x", "text"));
    const struct cosmock_entry *e = journal_last(env, "PutObject");
    expect_str(env, "authn", e->authn, "ok");
    expect_between(env, "date of the signature, s", e->sign_start_unix_s,
                   before_ms / 1000 + 2400, before_ms / 1000 + 3660);
}

static const struct conform_case own[] = {
    {"FS-001", "it holds", "fs", it_holds, 0},
    {"FS-002", "it does not", "fs", it_does_not, 0},
    /* Violated, and stands on what is: directly, through two, through what stands firm. */
    {"FS-003", "blocked", "fs", it_does_not, 0, .stands_on = "FS-001,FS-002"},
    {"FS-005", "blocked through two", "fs", it_does_not, 0, .stands_on = "FS-003"},
    {"FS-006", "stands firm", "fs", it_holds, 0, .stands_on = "FS-002"},
    {"FS-007", "blocked through what holds", "fs", it_does_not, 0, .stands_on = "FS-006"},
    {"FS-008", "not blocked", "fs", it_does_not, 0, .stands_on = "FS-001"},
    {"FS-004", "a SHOULD is blocked", "fs", it_does_not, 0, .stands_on = "FS-008"},
    {"FS-011", "hits", "fs", a_fault_that_hits, 0},
    {"FS-012", "does not hit", "fs", a_fault_that_does_not, 0},
    {"FS-013", "is cleared before", "fs", a_fault_cleared_before_it_hits, 0},
    {"FS-014", "may miss", "fs", a_fault_that_may_miss, 0},
    {"FS-010", "control", "fs", a_control_that_fails, 0},
    {"FS-016", "harness", "fs", the_loader_is_ours, 0},
    {"FS-017", "class", "fs", a_class_is_wanted, 0},
    {"FS-019", "dropped", "fs.streams", a_stream_is_dropped, 0},
    {"POL-001", "denied", "fs", a_policy_denies, 0},
    {"POL-002", "not denied", "fs", a_policy_does_not, 0},
    {"POL-003", "too narrow", "fs", a_policy_is_too_narrow, 0},
    {"POL-004", "too narrow, and stands on what fails", "fs", a_policy_is_too_narrow, 0,
     .stands_on = "FS-002"},
    {"EXP-001", "ended", "token.obtain,token.apply", a_token_has_ended, 0},
    {"EXP-002", "not ended", "fs", a_token_has_not, 0},
    {"FS-047", "done all the same", "fs", a_rename_is_refused, 0},
    {"CRED-017", "holds in itself", "fs", it_holds, 0},
    {"CRED-001", "a wrong key", "fs", a_secret_is_wrong, 0},
    {"CRED-002", "a wrong key of its own", "fs", a_secret_is_wrong, CASE_MISSIGNED},
    {"ERR-001", "awaited", "fs", what_a_thread_does_is_awaited, 0},
    {"REF-001", "real time", "token.obtain,refresh", the_thread_of_the_subject_runs,
     CASE_REAL_TIME},
    {"REF-002", "real time where it cannot be virtual", "refresh",
     the_thread_of_the_subject_runs, CASE_REAL_TIME | CASE_REAL_ELSE},
    {"REF-022", "the date is set", "refresh", the_date_is_set, CASE_REAL_TIME},
    {0},
};
static const struct conform_case *const own_tables[] = {own, NULL};

/* ---- running them ---- */

static char scratch[] = "/tmp/test-verdicts-XXXXXX";

static struct conform_report *run_own(const char *only, const char *manner)
{
    static struct selection selection; /* outlives the report's use of it */
    const char *argv[] = {evil_path, manner, host_path, plugin_path, NULL};
    struct cos_arena arena;
    char why[512] = "";
    struct conform_report *report = NULL;
    struct conform_options options = CONFORM_OPTIONS_INIT;
    cos_arena_init(&arena, 1 << 16);
    selection = SELECTION_ALL;
    assert_int_equal(selection_add(&selection, &catalogue, &arena, only, why), 0);
    options.catalogue = &catalogue;
    options.selection = &selection;
    options.in_process = manner == NULL;
    options.entry = cosn_plugin_entry;
    options.driver_argv = argv;
    options.scratch_dir = scratch;
    options.rerun = "cosconform run";
    if (run_tables(&options, own_tables, &report, why) < 0) {
        fail_msg("%s", why);
    }
    cos_arena_deinit(&arena);
    return report;
}

static const struct conform_result *result_of(const struct conform_report *report,
                                              const char *id)
{
    for (size_t i = 0; i < report->n; i++) {
        if (strcmp(report->results[i].requirement->id, id) == 0) {
            return &report->results[i];
        }
    }
    fail_msg("no result of %s", id);
    return NULL;
}

struct wanted {
    /* Of the evil program; NULL: in process. */
    const char *manner;
    const char *id;
    enum conform_verdict verdict;
    /* In its reason. */
    const char *says;
    /* NULL: nothing. */
    const char *blocked_by;
};
static const struct wanted table[] = {
    {NULL, "FS-001", CONFORM_PASS, "", NULL},
    {NULL, "FS-002", CONFORM_FAIL, "wanted success", NULL},
    {NULL, "FS-003", CONFORM_BLOCKED, "wanted success", "FS-002"},
    {NULL, "FS-005", CONFORM_BLOCKED, "wanted success", "FS-002"},
    {NULL, "FS-006", CONFORM_PASS, "", NULL},
    {NULL, "FS-007", CONFORM_BLOCKED, "wanted success", "FS-002"},
    {NULL, "FS-008", CONFORM_FAIL, "wanted success", NULL},
    {NULL, "FS-004", CONFORM_BLOCKED, "wanted success", "FS-008"},
    {NULL, "FS-011", CONFORM_PASS, "", NULL},
    {NULL, "FS-012", CONFORM_ERROR, "fault 1 (PutObject 503) was never hit", NULL},
    {NULL, "FS-013", CONFORM_ERROR, "fault 1 (PutObject 503) was never hit", NULL},
    {NULL, "FS-014", CONFORM_PASS, "", NULL},
    {NULL, "FS-010", CONFORM_FAIL, "control: ", NULL},
    {NULL, "FS-016", CONFORM_INFO, "harness: the search is the judge's own", NULL},
    {"lacks", "FS-016", CONFORM_PASS, "", NULL},
    {NULL, "FS-017", CONFORM_PASS, "", NULL},
    {"guesses", "FS-017", CONFORM_INFO, "class guessed from text: got IO, wanted NOT_FOUND",
     NULL},
    {"honest", "FS-019", CONFORM_PASS, "", NULL},
    {"lacks", "FS-019", CONFORM_SKIP, "the subject's language has no out_free", NULL},
    {"lacks-nothing", "FS-019", CONFORM_FAIL, "answers success, not UNSUPPORTED", NULL},
    {"lacks-courage", "FS-019", CONFORM_ERROR, "its language lacks 'delete'", NULL},
    {NULL, "POL-001", CONFORM_PASS, "", NULL},
    {NULL, "POL-002", CONFORM_FAIL, "refused for another reason: AccessDenied", NULL},
    {NULL, "EXP-001", CONFORM_PASS, "", NULL},
    {NULL, "EXP-002", CONFORM_FAIL, "refused for another reason: NoSuchKey", NULL},
    {NULL, "FS-047", CONFORM_FAIL, "but it was done", NULL},
    {NULL, "ERR-001", CONFORM_PASS, "", NULL},
    {NULL, "REF-001", CONFORM_SKIP, "only shown over a process", NULL},
    {"honest", "REF-001", CONFORM_PASS, "", NULL},
    {"honest", "REF-022", CONFORM_PASS, "", NULL},
};

static void each_case_ends_as_it_must(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        const struct wanted *row = &table[i];
        struct conform_report *report = run_own(row->id, row->manner);
        const struct conform_result *r = result_of(report, row->id);
        print_message("# %s %s: %s %s\n", row->manner != NULL ? row->manner : "in process",
                      row->id, verdict_name((enum conform_verdict)r->verdict), r->reason);
        assert_int_equal(r->verdict, row->verdict);
        assert_non_null(strstr(r->reason, row->says));
        assert_true((r->blocked_by != NULL) == (row->blocked_by != NULL));
        if (row->blocked_by != NULL) {
            assert_string_equal(r->blocked_by, row->blocked_by);
        }
        report = conform_report_free(report);
    }
}

/* The table above asks for one requirement at a time; this for all that hang together. */
static void what_was_selected_changes_no_verdict(void **state)
{
    struct conform_report *report =
        run_own("FS-001,FS-002,FS-003,FS-004,FS-005,FS-006,FS-007,FS-008", NULL);
    for (size_t i = 0; i < 8; i++) {
        const struct conform_result *r = result_of(report, table[i].id);
        assert_int_equal(r->verdict, table[i].verdict);
    }
    assert_int_equal(report->n_asked, 0);
    report = conform_report_free(report);
}

static void prerequisites_are_asked_and_not_counted(void **state)
{
    struct conform_report *report = run_own("FS-005", NULL);
    assert_int_equal(report->n, 1);
    assert_int_equal(report->n_asked, 3); /* FS-003, FS-001, FS-002 */
    assert_int_equal(report->n_outcomes, 1);
    assert_int_equal(report->counts.total[CONFORM_FAIL], 0);
    assert_int_equal(report->counts.total[CONFORM_BLOCKED], 1);
    assert_int_equal(conform_report_exit(report, /* strict= */ false), EXIT_NOT_CERTIFIED);
    report = conform_report_free(report);
}

static void real_time_where_time_can_be_virtual_is_left_out(void **state)
{
    struct conform_report *report = run_own("REF-002", "honest");
    assert_int_equal(report->n, 0);
    report = conform_report_free(report);
}

static void causes_say_what_they_block(void **state)
{
    const struct report_cause *causes;
    struct conform_report *report = run_own("FS-003,FS-004,FS-005,FS-007,FS-008", NULL);
    assert_int_equal(report_causes(report, &causes), 2);
    assert_string_equal(causes[0].id, "FS-002");
    assert_non_null(strstr(causes[0].reason, "wanted success"));
    assert_int_equal(causes[0].n_blocked, 3);
    assert_string_equal(causes[0].blocked[0], "FS-003");
    assert_string_equal(causes[0].blocked[1], "FS-005");
    assert_string_equal(causes[0].blocked[2], "FS-007");
    assert_string_equal(causes[1].id, "FS-008");
    assert_int_equal(causes[1].n_blocked, 1);
    report = conform_report_free(report);
}

/* What was allowed, and was not there, it has no sentence for. */
static void what_is_only_missing_was_not_refused(void **state)
{
    struct conform_report *report = run_own("FS-002", NULL);
    assert_int_equal(result_of(report, "FS-002")->verdict, CONFORM_FAIL);
    assert_string_equal(result_of(report, "FS-002")->deny, "");
    report = conform_report_free(report);
}

static void a_cause_has_the_sentence_of_what_it_blocks(void **state)
{
    const struct report_cause *causes;
    struct conform_report *report = run_own("FS-002,POL-004", NULL);
    assert_int_equal(report_causes(report, &causes), 1);
    assert_string_equal(causes[0].id, "FS-002");
    assert_non_null(strstr(causes[0].deny, "PutObject"));
    report = conform_report_free(report);
}

static void the_mocks_sentence_is_kept(void **state)
{
    struct conform_report *report = run_own("FS-001,POL-003", NULL);
    assert_string_equal(result_of(report, "FS-001")->deny, "");
    assert_non_null(strstr(result_of(report, "POL-003")->deny, "PutObject"));
    report = conform_report_free(report);
}

static void a_badly_signed_request_anywhere_breaks_cred_017(void **state)
{
    static const struct {
        const char *only;
        enum conform_verdict verdict;
        const char *says;
    } rows[] = {{"CRED-017", CONFORM_PASS, ""},
                {"CRED-001,CRED-017", CONFORM_FAIL, "'a wrong key' does not verify"},
                {"CRED-002,CRED-017", CONFORM_PASS, ""}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct conform_report *report = run_own(rows[i].only, NULL);
        const struct conform_result *r = result_of(report, "CRED-017");
        assert_int_equal(r->verdict, rows[i].verdict);
        assert_non_null(strstr(r->reason, rows[i].says));
        report = conform_report_free(report);
    }
}

/* ---- the audit ---- */

static void note_sentence(void *ctx, const char *sentence)
{
    (void)strncat(ctx, sentence, 900 - strlen(ctx));
}

static void unknown_ids_and_circles_are_refused(void **state)
{
    static const struct conform_case broken[] = {
        {"FS-001", "a", NULL, it_holds, 0, .stands_on = "FS-002, NO-001"},
        {"FS-002", "b", NULL, it_holds, 0, .stands_on = "FS-003"},
        {"FS-003", "c", NULL, it_holds, 0, .stands_on = "FS-001"},
        {"FS-005", "d", NULL, it_holds, 0, .stands_on = "FS-001"},
        {0}};
    static const struct conform_case *const tables[] = {broken, NULL};
    struct standing s = {.catalogue = &catalogue, .tables = tables};
    struct standing_faults faults;
    char told[1000] = "";
    standing_check(&s, &faults, note_sentence, told);
    assert_int_equal(faults.n_unknown, 1);
    assert_int_equal(faults.n_circles, 3);
    assert_non_null(strstr(told, "'NO-001'"));
    assert_non_null(strstr(told, "case 'c' of FS-003 stands on its own requirement"));
}

static void three_in_a_row_stand_on_each_other(void **state)
{
    size_t reached[300];
    struct standing s = {.catalogue = &catalogue, .tables = own_tables};
    assert_int_equal(standing_of(&s, &own[3], reached), 3);
    assert_string_equal(catalogue.items[reached[0]].id, "FS-003");
    assert_string_equal(catalogue.items[reached[1]].id, "FS-001");
    assert_string_equal(catalogue.items[reached[2]].id, "FS-002");
}

static int make_scratch(void **state)
{
    return mkdtemp(scratch) != NULL ? 0 : -1;
}

static int remove_scratch(void **state)
{
    return cos_dir_remove(scratch);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_ends_as_it_must),
        cmocka_unit_test(what_was_selected_changes_no_verdict),
        cmocka_unit_test(prerequisites_are_asked_and_not_counted),
        cmocka_unit_test(real_time_where_time_can_be_virtual_is_left_out),
        cmocka_unit_test(causes_say_what_they_block),
        cmocka_unit_test(what_is_only_missing_was_not_refused),
        cmocka_unit_test(a_cause_has_the_sentence_of_what_it_blocks),
        cmocka_unit_test(the_mocks_sentence_is_kept),
        cmocka_unit_test(a_badly_signed_request_anywhere_breaks_cred_017),
        cmocka_unit_test(unknown_ids_and_circles_are_refused),
        cmocka_unit_test(three_in_a_row_stand_on_each_other),
    };
    char why[512];
    if (argc < 4 || catalogue_load(&catalogue, /* path= */ NULL, why) < 0) {
        return 2;
    }
    evil_path = argv[1];
    host_path = argv[2];
    plugin_path = argv[3];
    int failed = cmocka_run_group_tests(tests, make_scratch, remove_scratch);
    catalogue_deinit(&catalogue);
    return failed;
}
