/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What plants defects refuses every row that would plant none, or always, or elsewhere; and
 * says which row, by file and line. The source is four lines of its own. Argument: the program.
 */
#include "cosbase/buf.h"
#include "cosbase/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

extern char **environ;

#define SOURCE         \
    "int f(int a)\n"   \
    "{\n"              \
    "    a = a + 1;\n" \
    "    a = a + 2;\n" \
    "    a = a + 2;\n" \
    "    return a;\n"  \
    "}\n"
/* A row from its name on, and the text of `find` and `replace`, one line each. */
#define ROW(head, find, replace)                                 \
    "  - " head "\n    file: part/f.c\n    find: |\n      " find \
    "\n    replace: |\n      " replace "\n"
#define GOOD ROW("name: m", "a = a + 1;", "a = a + (MUTANT ? 9 : 1);")

static char *plant; /* absolute: the tests run in a directory of their own */

struct run {
    int status;
    char out[4096], err[4096];
};

static void slurp(char *text, size_t cap, int fd)
{
    ssize_t n = pread(fd, text, cap - 1, 0);
    assert_true(n >= 0 && (size_t)n < cap - 1);
    text[n] = '\0';
    (void)close(fd);
}

static void put(const char *path, const char *text)
{
    assert_int_equal(cos_file_write(path, cos_span_of(text), 0600), 0);
}

static void run_in(struct run *r, const char *const *words)
{
    int err = memfd_create("err", MFD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int status = 0;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    assert_int_equal(posix_spawn(&pid, plant, &actions, NULL, (char *const *)(uintptr_t)words,
                                 environ),
                     0);
    (void)posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    slurp(r->err, sizeof(r->err), err);
    r->out[0] = '\0';
    int out = open("out.c", O_RDONLY | O_CLOEXEC);
    if (out >= 0) {
        slurp(r->out, sizeof(r->out), out);
        (void)unlink("out.c");
    }
}

static void copy(struct run *r, const char *rows)
{
    put("f.c", SOURCE);
    put("rows.yaml", rows);
    run_in(r, (const char *const[]){"plant", "copy", "part/f.c", "f.c", "out.c", "rows.yaml",
                                    NULL});
}

static void table(struct run *r, const char *rows)
{
    put("rows.yaml", rows);
    run_in(r, (const char *const[]){"plant", "table", "out.c", "rows.yaml", "--", "part/e.c",
                                    "part/f.c", NULL});
}

static void a_copy_differs_in_the_rows_place_only(void **state)
{
    (void)state;
    struct run r;
    copy(&r, "mutants:\n" GOOD);
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    assert_string_equal(r.out, "#include \"mutant.h\"\n#line 1 \"f.c\"\n"
                               "int f(int a)\n{\n"
                               "#line 7 \"rows.yaml\"\n"
                               "a = a + (MUTANT(m) ? 9 : 1);\n"
                               "#line 4 \"f.c\"\n"
                               "    a = a + 2;\n    a = a + 2;\n    return a;\n}\n");
}

static void a_row_of_another_file_changes_nothing(void **state)
{
    (void)state;
    struct run r;
    copy(&r, "mutants:\n  - name: m\n    file: part/g.c\n    find: x\n    replace: MUTANT\n");
    assert_int_equal(r.status, 0);
    assert_string_equal(r.out, "#include \"mutant.h\"\n#line 1 \"f.c\"\n" SOURCE);
}

static void defects_that_share_a_place_are_told_apart_by_name(void **state)
{
    (void)state;
    struct run r;
    copy(&r, "mutants:\n" ROW("name: [m, n]", "a = a + 1;",
                              "a = MUTANT(n) ? 0 : MUTANT(m) ? a_MUTANT : a;"));
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "\na = MUTANT(n) ? 0 : MUTANT(m) ? a_MUTANT : a;\n"));
}

static void the_table_lists_a_name_once_with_its_requirement(void **state)
{
    (void)state;
    struct run r;
    table(&r, "mutants:\n" GOOD ROW("name: [n, m]\n    requirement: [~, REF-001]", "return a;",
                                    "return MUTANT(n) + MUTANT(m);")
                  ROW("# besides", "{", "{ int b;"));
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "= {\n    {\"m\", \"REF-001\"},\n    {\"n\", NULL},\n"
                                  "    {0},\n};\n"));
}

static void a_row_that_does_not_fit_is_refused_by_line(void **state)
{
    static const struct {
        const char *name, *rows, *says;
    } cases[] = {
        {"absent", ROW("name: m", "a = a + 3;", "MUTANT;"),
         "rows.yaml:4: find: these lines are not in the file\n"},
        {"part of a line", ROW("name: m", "a = a +", "MUTANT;"),
         "rows.yaml:4: find: these lines are not in the file\n"},
        {"twice", ROW("name: m", "a = a + 2;", "MUTANT;"),
         "rows.yaml:4: find: these lines stand in the file more than once\n"},
        {"empty find", "  - {name: m, file: part/f.c, find: '', replace: MUTANT}\n",
         "rows.yaml:2: find: is empty\n"},
        {"overlapping",
         GOOD ROW("name: n", "a = a + 1;\n      a = a + 2;", "a = a + 2 + MUTANT;"),
         "rows.yaml:10: find: overlaps an earlier row; make one row of the two\n"},
        {"always on", ROW("name: m", "a = a + 1;", "a = a + 9;"),
         "rows.yaml:6: replace: MUTANT is missing: the defect would always be on\n"},
        {"one of two always on", ROW("name: [m, n]", "a = a + 1;", "a = MUTANT(m);"),
         "rows.yaml:6: replace: MUTANT is missing: the defect would always be on\n"},
        {"a longer word", ROW("name: m", "a = a + 1;", "a = MUTANTS;"),
         "rows.yaml:6: replace: MUTANT is missing: the defect would always be on\n"},
        {"another's name", ROW("name: m", "a = a + 1;", "a = MUTANT(n);"),
         "rows.yaml:6: replace: MUTANT(...) is not this row's name\n"},
        {"which of two", ROW("name: [m, n]", "a = a + 1;", "a = MUTANT;"),
         "rows.yaml:6: replace: must say MUTANT(name), with one of the row's names\n"},
        {"no name", ROW("# besides", "a = a + 1;", "a = MUTANT;"),
         "rows.yaml:6: replace: MUTANT in a row without a name\n"},
        {"unknown key", ROW("name: m\n    requires: REF-001", "a = a + 1;", "a = MUTANT;"),
         "rows.yaml:3: requires: unknown key; known are name, requirement, test, file, find, "
         "replace\n"},
        {"no file", "  - {name: m, find: a, replace: MUTANT}\n",
         "rows.yaml:2: file: every row needs a text there\n"},
        {"a row that is a word", "  - m\n",
         "rows.yaml:2: mutants: a row is {name, requirement, file, find, replace}\n"},
        {"requirement of nothing",
         ROW("name: m\n    requirement: [REF-001, REF-002]", "a = a + 1;", "a = MUTANT;"),
         "rows.yaml:3: requirement: has more entries than 'name'\n"},
    };
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r;
        char rows[2048];
        (void)snprintf(rows, sizeof(rows), "mutants:\n%s", cases[i].rows);
        copy(&r, rows);
        if (r.status != 1 || strcmp(r.err, cases[i].says) != 0 || r.out[0] != '\0') {
            fail_msg("%s: status %d, says '%s', not '%s'", cases[i].name, r.status, r.err,
                     cases[i].says);
        }
    }
}

static void the_table_refuses_what_no_copy_would_show(void **state)
{
    static const struct {
        const char *name, *rows, *says;
    } cases[] = {
        {"a file that is not copied", "  - {name: m, file: x.c, find: a, replace: MUTANT}\n",
         "rows.yaml:2: file: is none of the sources that are copied\n"},
        {"two requirements",
         ROW("name: m\n    requirement: REF-001", "a = a + 1;", "MUTANT;")
             ROW("name: m\n    requirement: REF-002", "return a;", "MUTANT;"),
         "rows.yaml:10: requirement: an earlier row of this name has one\n"},
    };
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r;
        char rows[2048];
        (void)snprintf(rows, sizeof(rows), "mutants:\n%s", cases[i].rows);
        table(&r, rows);
        if (r.status != 1 || strcmp(r.err, cases[i].says) != 0 || r.out[0] != '\0') {
            fail_msg("%s: status %d, says '%s', not '%s'", cases[i].name, r.status, r.err,
                     cases[i].says);
        }
    }
}

static void list(struct run *r, const char *rows)
{
    put("rows.yaml", rows);
    run_in(r, (const char *const[]){"plant", "list", "out.c", "rows.yaml", "--", "part/f.c",
                                    NULL});
}

static void the_list_says_which_test_notices_a_name(void **state)
{
    (void)state;
    struct run r;
    list(&r, "mutants:\n" ROW("name: [m, n]\n    requirement: [MK-01, ~]\n    test: cos tc3",
                              "a = a + 1;", "a = MUTANT(m) ? MUTANT(n) : 0;"));
    assert_string_equal(r.err, "");
    assert_int_equal(r.status, 0);
    assert_string_equal(r.out, "m\tcos tc3\tMK-01\nn\tcos tc3\t-\n");
    list(&r, "mutants:\n" ROW("name: m", "a = a + 1;", "a = MUTANT;"));
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "rows.yaml:2: test: is missing: which unit test notices it?\n");
}

static void a_file_that_is_not_rows_is_refused(void **state)
{
    struct run r;
    (void)state;
    copy(&r, "mutants: [\n");
    assert_int_equal(r.status, 1);
    assert_true(strncmp(r.err, "rows.yaml:", 10) == 0);
    copy(&r, "defects: []\n");
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "rows.yaml: expected a list called 'mutants'\n");
    (void)unlink("rows.yaml");
    run_in(&r, (const char *const[]){"plant", "table", "out.c", "rows.yaml", NULL});
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "rows.yaml: cannot be read\n");
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_differs_in_the_rows_place_only),
        cmocka_unit_test(a_row_of_another_file_changes_nothing),
        cmocka_unit_test(defects_that_share_a_place_are_told_apart_by_name),
        cmocka_unit_test(the_table_lists_a_name_once_with_its_requirement),
        cmocka_unit_test(a_row_that_does_not_fit_is_refused_by_line),
        cmocka_unit_test(the_table_refuses_what_no_copy_would_show),
        cmocka_unit_test(the_list_says_which_test_notices_a_name),
        cmocka_unit_test(a_file_that_is_not_rows_is_refused),
    };
    char dir[] = "/tmp/conform-plant-XXXXXX";
    plant = argc == 2 ? realpath(argv[1], NULL) : NULL;
    if (plant == NULL || mkdtemp(dir) == NULL || chdir(dir) != 0) {
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(plant);
    return chdir("/") != 0 || cos_dir_remove(dir) < 0 ? 2 : failed;
}
