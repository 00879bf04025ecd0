/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run once more, by what it left: as a person types it. Arguments: cosconform, and another
 * program, which stands for any file.
 */
#include "cosbase/base.h"
#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char *cosconform, *another;
static char dir[] = "/tmp/test-replay-XXXXXX";

struct said {
    int status;
    char all[32768];
};

static void run(struct said *s, const char *words)
{
    char line[1024];
    *s = (struct said){.status = -1};
    (void)snprintf(line, sizeof(line), "'%s' %s 2>&1", cosconform, words);
    FILE *from = popen(line, "r");
    assert_non_null(from);
    size_t n = fread(s->all, 1, sizeof(s->all) - 1, from);
    s->all[n] = '\0';
    int status = pclose(from);
    s->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void record(const char *options)
{
    struct said s;
    char words[512];
    (void)snprintf(words, sizeof(words), "run --out %s/r %s", dir, options);
    run(&s, words);
    if (s.status != 0) {
        fail_msg("%s: status %d\n%s", words, s.status, s.all);
    }
}

static void assert_replay(const char *options, int status, const char *words)
{
    struct said s;
    char line[512];
    (void)snprintf(line, sizeof(line), "replay %s/r %s", dir, options);
    run(&s, line);
    if (s.status != status || strstr(s.all, words) == NULL) {
        fail_msg("%s: status %d, wanted %d and '%s'\n%s", line, s.status, status, words, s.all);
    }
}

/* In the statement, replace the first @from behind the first @after. */
static void edit(const char *after, const char *from, const char *to)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf new = {0};
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/r/report.json", dir);
    cos_buf_init(&b, 16 << 20);
    cos_buf_init(&new, 16 << 20);
    assert_int_equal(cos_file_read(&b, path), 0);
    const char *at = strstr(b.ptr, after);
    at = at != NULL ? strstr(at, from) : NULL;
    assert_non_null(at);
    cos_buf_append(&new, b.ptr, (size_t)(at - b.ptr));
    cos_buf_str(&new, to);
    cos_buf_str(&new, at + strlen(from));
    assert_int_equal(cos_file_write(path, cos_buf_view(&new), 0600), 0);
}

static void the_same_run_ends_the_same(void **state)
{
    static const char *const options[] = {"--in-process --only 'POL-00*' --seed 7",
                                          "--in-process --only PLUG --level must",
                                          "--in-process --only SEC --shard 1/3"};
    for (size_t i = 0; i < COS_ARRAY_LEN(options); i++) {
        record(options[i]);
        assert_replay("", 0, ": 0 verdicts differ");
    }
}

static void the_seed_of_then_is_used(void **state)
{
    record("--in-process --only POL-001 --seed 4711");
    assert_replay("", 0, "with seed 4711");
}

static void a_verdict_that_differs_is_named(void **state)
{
    record("--in-process --only 'POL-00*'");
    edit("\"id\":\"POL-004\"", "\"verdict\":\"PASS\"", "\"verdict\":\"FAIL\"");
    assert_replay("", 1, "POL-004  PASS, was FAIL");
}

/* What was judged is gone or changed; another one is judged only when it is named. */
static void another_subject_is_refused_unless_it_is_meant(void **state)
{
    char words[256];
    record("--in-process --only POL-001");
    edit("\"argv\":[", "\"--in-process\"", "\"--subject\",\"/nonexistent\"");
    assert_replay("", 2, "/nonexistent");
    (void)snprintf(words, sizeof(words), "\"--subject\",\"%s\"", another);
    edit("\"argv\":[", "\"--subject\",\"/nonexistent\"", words);
    assert_replay("", 8, "NOT REPLAYED");
}

static void programs_are_not_taken_from_a_record(void **state)
{
    char path[128], words[512];
    record("--in-process --only POL-001");
    (void)snprintf(path, sizeof(path), "%s/touched", dir);
    (void)snprintf(words, sizeof(words), "\"--driver\",\"touch %s\"", path);
    edit("\"argv\":[", "\"--in-process\"", words);
    assert_replay("", 2, "is not taken from a record");
    assert_int_equal(access(path, F_OK), -1);
}

static void what_is_no_run_is_refused(void **state)
{
    record("--in-process --only POL-001");
    edit("\"argv\":[", "\"run\"", "\"mutants\"");
    assert_replay("", 2, "no run of this program");
    record("--in-process --only POL-001");
    edit("\"catalogue_sha256\":", "\"catalogue_sha256\":\"", "\"catalogue_sha256\":\"0");
    assert_replay("", 2, "name the other one with --catalogue");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_run_ends_the_same),
        cmocka_unit_test(the_seed_of_then_is_used),
        cmocka_unit_test(a_verdict_that_differs_is_named),
        cmocka_unit_test(another_subject_is_refused_unless_it_is_meant),
        cmocka_unit_test(programs_are_not_taken_from_a_record),
        cmocka_unit_test(what_is_no_run_is_refused),
    };
    if (argc < 3 || mkdtemp(dir) == NULL) {
        return 2;
    }
    cosconform = argv[1];
    another = argv[2];
    int failed = cmocka_run_group_tests_name("replay", tests, NULL, NULL);
    return cos_dir_remove(dir) == 0 ? failed : 2;
}
