/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every program that is built here answers to the same words: help, --help, VERB --help,
 * version, --version; and names what was mistyped. The verbs expected are those of README.md;
 * the options are read from the help that is judged. Arguments: the version (meson.build's),
 * then the programs.
 */
#include "cosbase/base.h"
#include "cosbase/file.h"

#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

extern char **environ;

#define MAX_OPTIONS 32

struct program {
    const char *name, *path;
    const char *verbs[14];
};
static struct program programs[] = {
    {"cosmock", NULL, {"exec", "serve", "explain", "world", "ops", "switches"}},
    {"cosn", NULL, {"ls", "cat", "put", "get", "rm", "stat", "token"}},
    {"cosconform",
     NULL,
     {"run", "certify", "list", "explain", "mutants", "keygen", "verify", "badge", "merge",
      "replay"}},
    {"cosconform-host", NULL, {NULL}},
};
static const char *version;

struct run {
    int status;
    char out[32768], err[32768];
};

static void slurp(char *text, size_t cap, int fd)
{
    ssize_t n = pread(fd, text, cap - 1, 0);
    assert_true(n >= 0 && (size_t)n < cap - 1);
    text[n] = '\0';
    (void)close(fd);
}

static void run_into(struct run *r, const struct program *p, int out,
                     const char *const words[4])
{
    char *argv[6] = {(char *)(uintptr_t)p->name};
    int err = memfd_create("err", MFD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    for (size_t i = 0; i < 4 && words[i] != NULL; i++) {
        argv[i + 1] = (char *)(uintptr_t)words[i];
    }
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    assert_int_equal(posix_spawn(&pid, p->path, &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    slurp(r->err, sizeof(r->err), err);
}

#define RUN(r, p, ...) run_words((r), (p), (const char *const[4]){__VA_ARGS__})

static void run_words(struct run *r, const struct program *p, const char *const words[4])
{
    int out = memfd_create("out", MFD_CLOEXEC);
    run_into(r, p, out, words);
    slurp(r->out, sizeof(r->out), out);
}

/* Complain with the whole command line. */
static void fail_run(const struct run *r, const struct program *p, const char *a, const char *b,
                     const char *why)
{
    fail_msg("%s %s %s: %s (status %d)\n%s%s", p->name, a, b, why, r->status, r->out, r->err);
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void check_help(const struct run *r, const struct program *p, const char *a,
                       const char *b, const char *verb)
{
    char usage[80];
    (void)snprintf(usage, sizeof(usage), "usage: %s %s", p->name, verb);
    if (r->status != 0 || !starts(r->out, usage) || r->err[0] != '\0') {
        fail_run(r, p, a, b, "no help");
    }
    if (strstr(r->out, "--version") == NULL || strstr(r->out, "--help") == NULL) {
        fail_run(r, p, a, b, "help without its own options");
    }
    if (strstr(r->out, "\nexample") == NULL) {
        fail_run(r, p, a, b, "help without an example");
    }
}

static void every_program_and_every_verb_explains_itself(void **state)
{
    static const char *const words[] = {"--help", "-h", "help"};
    struct run r;
    for (size_t i = 0; i < COS_ARRAY_LEN(programs); i++) {
        const struct program *p = &programs[i];
        for (size_t k = 0; k < COS_ARRAY_LEN(words); k++) {
            RUN(&r, p, words[k]);
            check_help(&r, p, words[k], "", "");
        }
        for (size_t k = 0; p->verbs[k] != NULL; k++) {
            char line[40];
            (void)snprintf(line, sizeof(line), "\n  %s ", p->verbs[k]);
            if (strstr(r.out, line) == NULL) {
                fail_run(&r, p, "help", "", p->verbs[k]);
            }
        }
        for (size_t k = 0; p->verbs[k] != NULL; k++) {
            RUN(&r, p, p->verbs[k], "--help");
            check_help(&r, p, p->verbs[k], "--help", p->verbs[k]);
            RUN(&r, p, "help", p->verbs[k]);
            check_help(&r, p, "help", p->verbs[k], p->verbs[k]);
        }
    }
}

static void every_program_and_every_verb_has_the_version(void **state)
{
    struct run r;
    for (size_t i = 0; i < COS_ARRAY_LEN(programs); i++) {
        const struct program *p = &programs[i];
        char line[80];
        (void)snprintf(line, sizeof(line), "%s %s\n", p->name, version);
        RUN(&r, p, "--version");
        if (r.status != 0 || strcmp(r.out, line) != 0) {
            fail_run(&r, p, "--version", "", "no version");
        }
        RUN(&r, p, "version");
        if (r.status != 0 || strcmp(r.out, line) != 0) {
            fail_run(&r, p, "version", "", "no version");
        }
        for (size_t k = 0; p->verbs[k] != NULL; k++) {
            RUN(&r, p, p->verbs[k], "--version");
            if (r.status != 0 || strcmp(r.out, line) != 0) {
                fail_run(&r, p, p->verbs[k], "--version", "no version");
            }
        }
    }
}

static void check_refused(const struct run *r, const struct program *p, const char *a,
                          const char *b, const char *says)
{
    if (r->status != 2 || r->out[0] != '\0') {
        fail_run(r, p, a, b, "not refused");
    }
    if (strstr(r->err, says) == NULL) {
        fail_run(r, p, a, b, says);
    }
}

static void a_mistyped_verb_is_answered_with_the_right_one(void **state)
{
    struct run r;
    for (size_t i = 0; i < COS_ARRAY_LEN(programs); i++) {
        const struct program *p = &programs[i];
        for (size_t k = 0; p->verbs[k] != NULL; k++) {
            char wrong[40], says[80];
            (void)snprintf(wrong, sizeof(wrong), "%sx", p->verbs[k]);
            (void)snprintf(says, sizeof(says), "'%s'; did you mean '%s'?", wrong, p->verbs[k]);
            RUN(&r, p, wrong);
            check_refused(&r, p, wrong, "", says);
            RUN(&r, p, "help", wrong);
            check_refused(&r, p, "help", wrong, says);
        }
        RUN(&r, p, NULL);
        check_refused(&r, p, "", "", p->verbs[0] == NULL ? "too few arguments" : "usage: ");
    }
}

struct option {
    char name[40], value[40];
};

/* "  -c, --config FILE   help" or "  --json   help". */
static size_t read_options(struct option *out, const char *help)
{
    size_t n = 0;
    for (const char *line = strstr(help, "\n  -"); line != NULL; line = strstr(line, "\n  -")) {
        const char *at = strstr(line, "--");
        line += 4;
        assert_true(n < MAX_OPTIONS && at != NULL);
        (void)snprintf(out[n].name, sizeof(out[n].name), "%.*s", (int)strcspn(at, " \n"), at);
        at += strlen(out[n].name);
        bool has_value = at[0] == ' ' && !isspace((unsigned char)at[1]) && at[1] != '\0';
        (void)snprintf(out[n].value, sizeof(out[n].value), "%.*s",
                       has_value ? (int)strcspn(at + 1, " \n") : 0, at + 1);
        n++;
    }
    return n;
}

static void check_option(const struct program *p, const char *verb, const struct option *o)
{
    char word[80], says[160];
    struct run r;
    (void)snprintf(word, sizeof(word), "%sx", o->name);
    (void)snprintf(says, sizeof(says), "unknown option '%s'; did you mean '%s'?", word,
                   o->name);
    RUN(&r, p, verb, word);
    check_refused(&r, p, verb, word, says);
    if (o->value[0] != '\0') {
        (void)snprintf(says, sizeof(says), "%s needs a value: %s %s", o->name, o->name,
                       o->value);
        RUN(&r, p, verb, o->name);
        check_refused(&r, p, verb, o->name, says);
    } else if (strcmp(o->name, "--help") != 0 && strcmp(o->name, "--version") != 0) {
        (void)snprintf(word, sizeof(word), "%s=1", o->name);
        (void)snprintf(says, sizeof(says), "%s takes no value", o->name);
        RUN(&r, p, verb, word);
        check_refused(&r, p, verb, word, says);
    }
    if (strcmp(o->value, "N") == 0) {
        (void)snprintf(word, sizeof(word), "%s=many", o->name);
        (void)snprintf(says, sizeof(says), "%s is 'many': a whole number from ", o->name);
        RUN(&r, p, verb, word);
        check_refused(&r, p, verb, word, says);
    }
}

static void a_wrong_option_is_named_with_what_would_be_right(void **state)
{
    struct option options[MAX_OPTIONS];
    struct run r;
    for (size_t i = 0; i < COS_ARRAY_LEN(programs); i++) {
        const struct program *p = &programs[i];
        for (size_t k = 0; p->verbs[k] != NULL; k++) {
            RUN(&r, p, p->verbs[k], "--help");
            size_t n = read_options(options, r.out);
            assert_true(n >= 2); /* --help and --version at least */
            for (size_t m = 0; m < n; m++) {
                check_option(p, p->verbs[k], &options[m]);
            }
        }
    }
    RUN(&r, &programs[3], "--mutnt", "x");
    check_refused(&r, &programs[3], "--mutnt", "x", "did you mean '--mutant'?");
}

/* /dev/full is a disk without room (full(4)). */
static void what_cannot_be_printed_is_a_failure(void **state)
{
    static const char *const words[][4] = {
        {"--help"}, {"--version"}, {"list"},  {"list", "--json"}, {"explain", "POL-004"},
        {"ops"},    {"switches"},  {"world"},
    };
    struct run r;
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        const struct program *p = &programs[i < 2 ? 3 : i < 5 ? 2 : 0];
        int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        assert_true(full >= 0);
        run_into(&r, p, full, words[i]);
        (void)close(full);
        r.out[0] = '\0';
        if (r.status == 0 || strstr(r.err, "cannot write to standard output") == NULL) {
            fail_run(&r, p, words[i][0], "> /dev/full", "no failure");
        }
    }
}

/*
 * --out of `run`: links are followed, a full disk is a failure that names the file, and what
 * stood there stays what it was.
 */
static void reports_go_where_their_paths_lead(void **state)
{
    static const char *const names[] = {"results.jsonl", "journal.jsonl", "junit.xml"};
    const struct program *cosconform = &programs[2];
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        char dir[] = "/tmp/cosconform-out-XXXXXX";
        char path[64], target[64];
        struct stat st;
        assert_non_null(mkdtemp(dir));
        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)snprintf(target, sizeof(target), "%s/target", dir);
        char out[64];
        (void)snprintf(out, sizeof(out), "--out=%s", dir);
        assert_int_equal(symlink("target", path), 0);
        struct run r;
        RUN(&r, cosconform, "run", "--in-process", "--only=POL-004", out);
        assert_int_equal(r.status, 0);
        assert_true(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
        assert_true(lstat(target, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink("/dev/full", path), 0);
        RUN(&r, cosconform, "run", "--in-process", "--only=POL-004", out);
        if (r.status != 3 || strstr(r.err, path) == NULL) {
            fail_run(&r, cosconform, "run", out, names[i]);
        }
        assert_true(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
        assert_int_equal(cos_dir_remove(dir), 0);
    }
}

/* A certificate of an earlier run goes; a link or a device that a user put there stays. */
static void only_certificates_of_ours_are_removed(void **state)
{
    char dir[] = "/tmp/cosconform-out-XXXXXX", file[64], link_path[64], target[64], out[64];
    struct stat st;
    struct run r;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(file, sizeof(file), "%s/certificate.json", dir);
    (void)snprintf(link_path, sizeof(link_path), "%s/certificate.txt", dir);
    (void)snprintf(target, sizeof(target), "%s/target", dir);
    (void)snprintf(out, sizeof(out), "--out=%s", dir);
    assert_int_equal(cos_file_write(file, COS_SPAN_LIT("old"), 0600), 0);
    assert_int_equal(cos_file_write(target, COS_SPAN_LIT("old"), 0600), 0);
    assert_int_equal(symlink("target", link_path), 0);
    RUN(&r, &programs[2], "run", "--in-process", "--only=POL-004", out);
    assert_int_equal(r.status, 0);
    assert_int_equal(lstat(file, &st), -1);
    assert_true(lstat(link_path, &st) == 0 && S_ISLNK(st.st_mode));
    assert_true(lstat(target, &st) == 0 && st.st_size == 0);
    assert_int_equal(cos_dir_remove(dir), 0);
}

static void a_word_that_an_option_does_not_know_is_answered_with_those_it_knows(void **state)
{
    struct run r;
    RUN(&r, &programs[2], "run", "--in-process", "--progress=loud");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "'loud' is none; write auto, bar, lines or off"));
    RUN(&r, &programs[2], "run", "--in-process", "--color=red");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "'red' is none; write auto, always or never"));
}

static void wants(const struct run *r, const char *needle)
{
    if (strstr(r->out, needle) == NULL && strstr(r->err, needle) == NULL) {
        fail_msg("no '%s' in: %s%s", needle, r->out, r->err);
    }
}

static void an_unknown_requirement_is_answered_with_the_nearest(void **state)
{
    struct run r;
    RUN(&r, &programs[2], "explain", "POL-0044");
    assert_int_equal(r.status, 2);
    wants(&r, "no requirement 'POL-0044'; did you mean 'POL-004'?");
    RUN(&r, &programs[2], "explain", "ref");
    assert_int_equal(r.status, 2);
    wants(&r, "'ref' is an area; 'cosconform list --only ref'");
}

static void a_run_is_explained_from_what_it_left(void **state)
{
    struct run r;
    char dir[] = "/tmp/test-programs-XXXXXX";
    char out[64], results[64], file[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(out, sizeof(out), "--out=%s", dir);
    (void)snprintf(results, sizeof(results), "--results=%s", dir);
    (void)snprintf(file, sizeof(file), "%s/results.jsonl", dir);
    RUN(&r, &programs[2], "explain", "POL-001", results);
    assert_int_equal(r.status, 2);
    wants(&r, "results.jsonl cannot be read: No such file or directory");
    RUN(&r, &programs[2], "run", "--in-process", "--only=POL-001", out);
    assert_int_equal(r.status, 0);
    RUN(&r, &programs[2], "explain", "pol-001", results);
    assert_int_equal(r.status, 0);
    wants(&r, "POL-001  MUST, profile token-server\n  statement ");
    wants(&r, "\nin that run (cosconform ");
    wants(&r, "\n  PASS       ");
    wants(&r, "\n  journal    #");
    assert_null(strstr(r.out, "incomplete"));
    RUN(&r, &programs[2], "explain", "POL-004", results);
    wants(&r, "POL-004 was not run there");
    assert_int_equal(truncate(file, 200), 0);
    RUN(&r, &programs[2], "explain", "POL-001", results);
    wants(&r, "that run was cut off");
    assert_int_equal(cos_dir_remove(dir), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_program_and_every_verb_explains_itself),
        cmocka_unit_test(every_program_and_every_verb_has_the_version),
        cmocka_unit_test(a_mistyped_verb_is_answered_with_the_right_one),
        cmocka_unit_test(a_wrong_option_is_named_with_what_would_be_right),
        cmocka_unit_test(what_cannot_be_printed_is_a_failure),
        cmocka_unit_test(reports_go_where_their_paths_lead),
        cmocka_unit_test(only_certificates_of_ours_are_removed),
        cmocka_unit_test(an_unknown_requirement_is_answered_with_the_nearest),
        cmocka_unit_test(a_run_is_explained_from_what_it_left),
        cmocka_unit_test(a_word_that_an_option_does_not_know_is_answered_with_those_it_knows),
    };
    if (argc != 2 + (int)COS_ARRAY_LEN(programs)) {
        (void)fprintf(stderr,
                      "usage: test-programs VERSION COSMOCK COSN COSCONFORM COSCONFORM-HOST\n");
        return 2;
    }
    version = argv[1];
    for (size_t i = 0; i < COS_ARRAY_LEN(programs); i++) {
        programs[i].path = argv[i + 2];
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
