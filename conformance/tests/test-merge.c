/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shards made into one. The shards are real runs, in process, of one area; what one run of all
 * of it finds, the merged report must find, too.
 */
#include "merge.h"

#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "registry.h"
#include "report_format.h"
#include "selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONLY "POL-00*,SEC-001,PLUG-00*,REF-001"

static struct catalogue catalogue;
static char dir[] = "/tmp/test-merge-XXXXXX";
static struct artifacts artifacts, other_artifacts;
static struct cos_ed25519 *key, *foreign;

/* What differs from shard to shard; zeros: as always. */
struct manner {
    unsigned shard, n_shards;
    uint64_t seed;
    const struct artifacts *artifacts;
    const char *suite_sha256, *only;
    bool is_unsigned, is_incomplete, leaks;
    const struct objection *objections;
};

static struct selection selection_of(const struct manner *m)
{
    struct selection s = SELECTION_ALL;
    char why[512];
    s.shard = m->shard;
    s.n_shards = m->n_shards;
    assert_int_equal(selection_add(&s, &catalogue, &catalogue.arena,
                                   m->only != NULL ? m->only : ONLY, why),
                     0);
    return s;
}

static struct conform_report *run(const struct manner *m, const struct selection *selection)
{
    struct conform_options o = CONFORM_OPTIONS_INIT;
    struct conform_report *report = NULL;
    char why[512] = "";
    o.catalogue = &catalogue;
    o.selection = selection;
    o.entry = cosn_plugin_entry;
    o.in_process = true;
    o.jobs = 1;
    o.seed = m->seed != 0 ? m->seed : 7;
    o.scratch_dir = dir;
    if (conform_run(&o, &report, why) < 0) {
        fail_msg("%s", why);
    }
    return report;
}

static const char *path_of(const char *name)
{
    static char paths[16][128];
    static size_t next;
    char *path = paths[next++ % COS_ARRAY_LEN(paths)];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
    return path;
}

static void digest_of(char out[65], const char *folder, const char *file)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    assert_int_equal(cos_file_sha256(out, path), 0);
}

static void write_files(const struct conform_report *report, const char *folder)
{
    static const char *const formats[] = {"results", "journal"};
    for (size_t i = 0; i < COS_ARRAY_LEN(formats); i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/%s.jsonl", folder, formats[i]);
        assert_int_equal(conform_report_write(report, formats[i], path), 0);
    }
}

static void write_statement(const struct conform_report *report, const struct manner *m,
                            const char *folder)
{
    static const char *const argv[] = {"cosconform", "certify", "--subject", "x", NULL};
    char results[65], journal[65];
    const char *file = "";
    digest_of(results, folder, "results.jsonl");
    digest_of(journal, folder, "journal.jsonl");
    const struct certificate_evidence evidence[] = {{"results.jsonl", results},
                                                    {"journal.jsonl", journal},
                                                    {NULL, NULL}};
    const struct certificate_request request = {
        .report = report,
        .artifacts = m->artifacts != NULL ? m->artifacts : &artifacts,
        .argv = argv,
        .suite_sha256 = m->suite_sha256 != NULL ? m->suite_sha256 : "0e1f",
        .evidence = evidence,
        .key = m->is_unsigned ? NULL : key,
        .objections = m->objections};
    assert_int_equal(certificate_write(&request, folder, &file), 0);
    assert_string_equal(file, m->is_unsigned ? "report.json" : "report.dsse.json");
}

/* Run a shard into a folder. */
static const char *shard(const char *name, struct manner m)
{
    const char *folder = path_of(name);
    struct selection selection = selection_of(&m);
    struct conform_report *report = run(&m, &selection);
    assert_int_equal(cos_dir_make(folder, 0700), 0);
    report->is_complete = !m.is_incomplete;
    if (m.leaks) {
        report->results[0].charges |= CONFORM_CHARGE_LEAK;
    }
    write_files(report, folder);
    write_statement(report, &m, folder);
    (void)conform_report_free(report);
    return folder;
}

static int set_up(void **state)
{
    (void)shard("1", (struct manner){.shard = 1, .n_shards = 3});
    (void)shard("2", (struct manner){.shard = 2, .n_shards = 3});
    (void)shard("3", (struct manner){.shard = 3, .n_shards = 3});
    return 0;
}

static struct merge merged;

static int ask(const char *const *paths, const struct cos_ed25519 *trusted, char why[512])
{
    why[0] = '\0';
    return merge_shards(&merged, &catalogue, paths, trusted, why);
}

static void assert_refused(const char *name, const char *const *paths,
                           const struct cos_ed25519 *trusted, const char *words)
{
    char why[512];
    if (ask(paths, trusted, why) == 0) {
        fail_msg("%s: it was merged", name);
    }
    if (strstr(why, words) == NULL) {
        fail_msg("%s: '%s' does not say '%s'", name, why, words);
    }
}

/* ---- what holds ---- */

static void all_shards_are_one_run_of_all(void **state)
{
    const char *const orders[][4] = {{path_of("1"), path_of("2"), path_of("3"), NULL},
                                     {path_of("3"), path_of("1"), path_of("2"), NULL}};
    struct manner whole = {.seed = 7};
    struct selection selection = selection_of(&whole);
    struct conform_report *one = run(&whole, &selection);
    for (size_t k = 0; k < COS_ARRAY_LEN(orders); k++) {
        char why[512];
        if (ask(orders[k], key, why) < 0) {
            fail_msg("%s", why);
        }
        assert_int_equal(merged.report->n, one->n);
        assert_true(merged.report->is_complete);
        for (size_t i = 0; i < one->n; i++) {
            const struct conform_result *a = &one->results[i], *b = &merged.report->results[i];
            assert_ptr_equal(b->kase, a->kase);
            assert_int_equal(b->verdict, a->verdict);
            assert_int_equal(b->first_seq, a->first_seq);
            assert_int_equal(b->last_seq, a->last_seq);
            assert_int_equal(b->journal == NULL, a->journal == NULL || a->journal[0] == '\0');
        }
        assert_memory_equal(&merged.report->counts, &one->counts, sizeof(one->counts));
        assert_int_equal(merged.artifacts.n, 1);
        assert_string_equal(merged.artifacts.items[0].sha256, artifacts.items[0].sha256);
        merge_deinit(&merged);
    }
    (void)conform_report_free(one);
}

/* The journal that was written line by line comes back byte for byte. */
static void evidence_survives_the_merge(void **state)
{
    const char *const paths[] = {path_of("1"), path_of("2"), path_of("3"), NULL};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf before = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf after = {0};
    char why[512], path[256];
    assert_int_equal(ask(paths, NULL, why), 0);
    (void)snprintf(path, sizeof(path), "%s/journal.jsonl", dir);
    assert_int_equal(conform_report_write(merged.report, "journal", path), 0);
    merge_deinit(&merged);
    cos_buf_init(&after, 64 << 20);
    assert_int_equal(cos_file_read(&after, path), 0);
    for (size_t i = 0; i < 3; i++) {
        cos_buf_init(&before, 64 << 20);
        (void)snprintf(path, sizeof(path), "%s/journal.jsonl", paths[i]);
        assert_int_equal(cos_file_read(&before, path), 0);
        struct cos_span rest = cos_buf_view(&before);
        assert_true(rest.len > 0);
        while (rest.len > 0) {
            struct cos_span line = cos_span_cut(&rest, '\n');
            assert_int_not_equal(cos_span_find(cos_buf_view(&after), line), SIZE_MAX);
        }
        cos_buf_deinit(&before);
    }
}

/* SEC-001 is judged in one shard; the log that held the secret was seen in another. */
static void what_one_shard_found_of_another_s_requirement_counts(void **state)
{
    const char *paths[4] = {NULL};
    size_t of_sec = 0;
    for (unsigned i = 1; i <= 3; i++) {
        struct selection s = selection_of(&(struct manner){.shard = i, .n_shards = 3});
        of_sec = selection_has(&s, catalogue_find(&catalogue, "SEC-001")) ? i : of_sec;
    }
    for (unsigned i = 1; i <= 3; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "leak%u", i);
        paths[i - 1] =
            shard(name,
                  (struct manner){.shard = i, .n_shards = 3, .leaks = i == of_sec % 3 + 1});
    }
    char why[512];
    assert_int_equal(ask(paths, key, why), 0);
    for (size_t i = 0; i < merged.report->n_outcomes; i++) {
        const struct outcome *o = &merged.report->outcomes[i];
        bool is_charged = strcmp(o->requirement->id, "SEC-001") == 0;
        assert_int_equal(o->verdict == CONFORM_FAIL, is_charged);
    }
    merge_deinit(&merged);
}

static void what_a_shard_alone_could_see_stands(void **state)
{
    static const struct objection told[] = {{"artefact",
                                             "plugin.so changed while it was judged"},
                                            {NULL, NULL}};
    const char *const paths[] = {
        path_of("1"), path_of("2"),
        shard("changed", (struct manner){.shard = 3, .n_shards = 3, .objections = told}), NULL};
    char why[512];
    assert_int_equal(ask(paths, NULL, why), 0);
    assert_string_equal(merged.objections[0].about, "artefact");
    assert_string_equal(merged.objections[0].sentence, told[0].sentence);
    assert_null(merged.objections[1].sentence);
    merge_deinit(&merged);
}

/* ---- what does not ---- */

static void what_is_no_whole_is_refused_by_name(void **state)
{
    static const struct {
        const char *name;
        struct manner manner;
        const char *words;
    } table[] = {
        {"seed", {.shard = 3, .n_shards = 3, .seed = 8}, "another seed than"},
        {"artefact",
         {.shard = 3, .n_shards = 3, .artifacts = &other_artifacts},
         "another artefact than"},
        {"suite", {.shard = 3, .n_shards = 3, .suite_sha256 = "1f0e"}, "another suite than"},
        {"selection", {.shard = 3, .n_shards = 3, .only = "POL-00*"}, "another selection than"},
        {"number", {.shard = 3, .n_shards = 4}, "is shard 3/4, but"},
        {"twice", {.shard = 2, .n_shards = 3}, "are both shard 2/3"},
        {"whole", {.shard = 0}, "is no shard"},
        {"incomplete", {.shard = 3, .n_shards = 3, .is_incomplete = true}, "did not end"},
        {"unsigned", {.shard = 3, .n_shards = 3, .is_unsigned = true}, "is not signed by"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        const char *const paths[] = {path_of("1"), path_of("2"),
                                     shard(table[i].name, table[i].manner), NULL};
        assert_refused(table[i].name, paths, key, table[i].words);
    }
}

static void gaps_are_named(void **state)
{
    const char *const two[] = {path_of("1"), path_of("3"), NULL};
    const char *const none[] = {path_of("nothing"), NULL};
    assert_refused("gap", two, key, "shard 2/3 is missing");
    assert_refused("nothing", none, key, "nothing: No such file");
}

static void a_foreign_signature_is_none(void **state)
{
    const char *const paths[] = {path_of("1"), path_of("2"), path_of("3"), NULL};
    assert_refused("foreign", paths, foreign, "is not signed by the key of --key");
}

static void edit(const char *folder, const char *file, const char *from, const char *to)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf new = {0};
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    cos_buf_init(&b, 64 << 20);
    cos_buf_init(&new, 64 << 20);
    assert_int_equal(cos_file_read(&b, path), 0);
    struct cos_span all = cos_buf_view(&b);
    size_t at = cos_span_find(all, cos_span_of(from));
    assert_int_not_equal(at, SIZE_MAX);
    cos_buf_span(&new, cos_span_sub(all, 0, at));
    cos_buf_str(&new, to);
    cos_buf_span(&new, cos_span_from(all, at + strlen(from)));
    assert_int_equal(cos_file_write(path, cos_buf_view(&new), 0600), 0);
}

static void results_that_were_edited_are_refused(void **state)
{
    const char *const paths[] = {
        path_of("1"), path_of("2"),
        shard("edited", (struct manner){.shard = 3, .n_shards = 3, .is_unsigned = true}), NULL};
    edit(paths[2], "results.jsonl", "\"PASS\"", "\"WARN\"");
    assert_refused("edited", paths, NULL, "results.jsonl beside it was changed since");
}

/* The digest is made to fit, as whoever made the shard could: a case is still missing. */
static void a_case_without_a_result_is_a_gap(void **state)
{
    struct manner m = {.shard = 3, .n_shards = 3, .is_unsigned = true};
    const char *folder = shard("cut", m);
    const char *const paths[] = {path_of("1"), path_of("2"), folder, NULL};
    struct selection selection = selection_of(&m);
    struct conform_report *report = run(&m, &selection);
    assert_true(report->n > 1);
    struct conform_result *result = &report->results[report->n - 1];
    const struct conform_case *last = result->kase;
    const char *journal = result->journal;
    report->is_done[report->n - 1] = false;
    result->journal = NULL;
    write_files(report, folder);
    write_statement(report, &m, folder);
    result->journal = journal;
    (void)conform_report_free(report);
    assert_refused("cut", paths, NULL, last->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_shards_are_one_run_of_all),
        cmocka_unit_test(evidence_survives_the_merge),
        cmocka_unit_test(what_one_shard_found_of_another_s_requirement_counts),
        cmocka_unit_test(what_a_shard_alone_could_see_stands),
        cmocka_unit_test(what_is_no_whole_is_refused_by_name),
        cmocka_unit_test(gaps_are_named),
        cmocka_unit_test(a_foreign_signature_is_none),
        cmocka_unit_test(results_that_were_edited_are_refused),
        cmocka_unit_test(a_case_without_a_result_is_a_gap),
    };
    char why[512];
    struct catalogue_audit audit;
    if (catalogue_load(&catalogue, /* path= */ NULL, why) < 0 || mkdtemp(dir) == NULL) {
        return 2;
    }
    catalogue_audit(&catalogue, &audit, NULL, NULL);
    key = cos_ed25519_generate();
    foreign = cos_ed25519_generate();
    char plugin[128], other[128];
    (void)snprintf(plugin, sizeof(plugin), "%s/plugin.so", dir);
    (void)snprintf(other, sizeof(other), "%s/other.so", dir);
    int r = cos_file_write(plugin, COS_SPAN_LIT("artefact"), 0600);
    r = r < 0 ? r : cos_file_write(other, COS_SPAN_LIT("another"), 0600);
    r = r < 0 ? r : artifacts_add(&artifacts, plugin, ARTIFACT_SUBJECT);
    r = r < 0 ? r : artifacts_add(&other_artifacts, other, ARTIFACT_SUBJECT);
    int failed =
        r < 0 ? 2 : cmocka_run_group_tests_name("merge", tests, set_up, /* teardown= */ NULL);
    key = cos_ed25519_free(key);
    foreign = cos_ed25519_free(foreign);
    catalogue_deinit(&catalogue);
    return cos_dir_remove(dir) == 0 ? failed : 2;
}
