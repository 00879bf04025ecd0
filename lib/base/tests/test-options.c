/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines, on the table of a program that does not exist. What is printed is read back
 * from files put in the place of stdout and stderr.
 */
#include "check.h"

#include "cosbase/options.h"

#include <fcntl.h>
#include <sys/mman.h>

struct values {
    bool is_quiet, is_forced;
    const char *file;
    struct cos_option_list pairs;
    uint64_t port, bytes, ms;
};
#define AT(member) offsetof(struct values, member)

static const struct cos_option common[] = {
    {"--config", "FILE", "a file", COS_OPTION_TEXT, AT(file), .letter = 'c'},
    {"--quiet", NULL, "less", COS_OPTION_FLAG, AT(is_quiet), .letter = 'q'},
    {NULL},
};
static const struct cos_option run_options[] = {
    {"--port", "N", "where\nit listens", COS_OPTION_NUMBER, AT(port), 0, 65535},
    {"--memory", "SIZE", "how much", COS_OPTION_BYTES, AT(bytes), 1 << 20, 0},
    {"--wait", "TIME", "how long", COS_OPTION_DURATION, AT(ms), 10, 3600000},
    {"--pair", "NAME=VALUE", "may be repeated", COS_OPTION_LIST, AT(pairs)},
    {NULL},
};
static const struct cos_option rm_options[] = {
    {"--force", NULL, "even so", COS_OPTION_FLAG, AT(is_forced), .letter = 'f'},
    {NULL},
};
static const struct cos_verb run_verb = {.name = "run",
                                         .operands = "[--] COMMAND [ARGUMENT...]",
                                         .min_operands = 1,
                                         .max_operands = SIZE_MAX,
                                         .summary = "run a command",
                                         .after = "example:\n  tool run -- true",
                                         .options = {run_options},
                                         .ends_at_operand = true};
static const struct cos_verb rm_verb = {.name = "rm",
                                        .operands = "PATH...",
                                        .max_operands = 2,
                                        .summary = "remove",
                                        .options = {rm_options}};
static const struct cos_verb ls_verb = {.name = "uploads ls",
                                        .operands = "",
                                        .summary = "list uploads"};
static const struct cos_verb abort_verb = {.name = "uploads abort",
                                           .operands = "",
                                           .summary = "end uploads"};
static const struct cos_verb *const verbs[] = {&run_verb, &rm_verb, &ls_verb, &abort_verb,
                                               NULL};
static const struct cos_program tool = {"tool", "A tool.", NULL, verbs, common};
static const struct cos_verb rm_all_verb = {.name = "rm all",
                                            .operands = "",
                                            .summary = "remove all"};
static const struct cos_verb *const long_and_short[] = {&rm_verb, &rm_all_verb, NULL};
static const struct cos_program shadowed = {"tool", "A tool.", NULL, long_and_short, common};
static const struct cos_verb one_verb = {
    .name = "", .operands = "PATH", .min_operands = 1, .max_operands = 1, .summary = "One."};
static const struct cos_verb *const only[] = {&one_verb, NULL};
static const struct cos_program single = {"single", "One thing.", NULL, only, NULL};

struct result {
    bool goes_on;
    struct cos_command command;
    struct values values;
    char out[4096], err[4096];
};

static int redirect(FILE *stream, int fd, int *saved)
{
    int file = memfd_create("captured", MFD_CLOEXEC);
    assert_true(file >= 0);
    (void)fflush(stream);
    *saved = dup(fd);
    assert_int_equal(dup2(file, fd), fd);
    return file;
}

static void restore(FILE *stream, int fd, int saved, int file, char text[4096])
{
    (void)fflush(stream);
    assert_int_equal(dup2(saved, fd), fd);
    (void)close(saved);
    ssize_t n = pread(file, text, 4095, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    (void)close(file);
}

static const char *const none[] = {NULL};

static void parse(struct result *r, const struct cos_program *program, const char *const *words)
{
    char *argv[80] = {(char *)(uintptr_t)program->name};
    int argc = 1, saved_out, saved_err;
    for (; *words != NULL; words++) {
        argv[argc++] = (char *)(uintptr_t)*words;
    }
    memset(r, 0, sizeof(*r));
    int out = redirect(stdout, STDOUT_FILENO, &saved_out);
    int err = redirect(stderr, STDERR_FILENO, &saved_err);
    r->goes_on = cos_command_parse(&r->command, program, &r->values, argc, argv);
    restore(stdout, STDOUT_FILENO, saved_out, out, r->out);
    restore(stderr, STDERR_FILENO, saved_err, err, r->err);
}

#define PARSE(r, program, ...) parse((r), (program), (const char *const[]){__VA_ARGS__, NULL})

static void every_kind_of_option_is_read_in_every_form(void **state)
{
    struct result r;
    PARSE(&r, &tool, "-q", "run", "--port", "80", "--memory=2G", "--wait", "30s", "--pair",
          "a=1", "--pair=b=2", "-cfile", "cmd", "--port", "-x");
    assert_true(r.goes_on);
    assert_string_equal(r.command.verb->name, "run");
    assert_int_equal(r.values.port, 80);
    assert_int_equal(r.values.bytes, UINT64_C(2) << 30);
    assert_int_equal(r.values.ms, 30000);
    assert_int_equal(r.values.pairs.n, 2);
    assert_string_equal(r.values.pairs.items[1], "b=2");
    assert_string_equal(r.values.file, "file");
    assert_true(r.values.is_quiet);
    assert_int_equal(r.command.n_operands, 3); /* the command's own options stay its own */
    assert_string_equal(r.command.operands[1], "--port");
    assert_null(r.command.operands[3]);
    cos_command_deinit(&r.command);
}

static void options_stand_anywhere_until_two_dashes(void **state)
{
    struct result r;
    PARSE(&r, &tool, "rm", "a", "-fq", "-c", "x", "--", "--force");
    assert_true(r.goes_on);
    assert_true(r.values.is_forced && r.values.is_quiet);
    assert_string_equal(r.values.file, "x");
    assert_int_equal(r.command.n_operands, 2);
    assert_string_equal(r.command.operands[1], "--force");
    cos_command_deinit(&r.command);
}

static void a_lone_dash_is_an_operand(void **state)
{
    struct result r;
    PARSE(&r, &tool, "rm", "-", "");
    assert_true(r.goes_on);
    assert_string_equal(r.command.operands[0], "-");
    assert_string_equal(r.command.operands[1], "");
    cos_command_deinit(&r.command);
}

static void a_verb_may_be_two_words(void **state)
{
    struct result r;
    PARSE(&r, &tool, "uploads", "abort");
    assert_true(r.goes_on);
    assert_string_equal(r.command.verb->name, "uploads abort");
    cos_command_deinit(&r.command);
}

static void a_verb_of_two_words_goes_before_one_of_its_first(void **state)
{
    struct result r;
    PARSE(&r, &shadowed, "rm", "all");
    assert_true(r.goes_on);
    assert_string_equal(r.command.verb->name, "rm all");
    assert_int_equal(r.command.n_operands, 0);
    cos_command_deinit(&r.command);
    PARSE(&r, &shadowed, "rm", "some");
    assert_true(r.goes_on);
    assert_string_equal(r.command.verb->name, "rm");
    assert_string_equal(r.command.operands[0], "some");
    cos_command_deinit(&r.command);
    PARSE(&r, &shadowed, "rm");
    assert_true(r.goes_on);
    assert_string_equal(r.command.verb->name, "rm");
    cos_command_deinit(&r.command);
}

static void quantities_have_units(void **state)
{
    static const struct {
        const char *word;
        uint64_t bytes, ms;
    } rows[] = {
        {"--memory=1048576", 1 << 20, 0}, {"--memory=1024k", 1 << 20, 0},
        {"--memory=1MiB", 1 << 20, 0},    {"--memory=3m", 3 << 20, 0},
        {"--memory=1GB", 1 << 30, 0},     {"--wait=10ms", 0, 10},
        {"--wait=1h", 0, 3600000},        {"--wait=5M", 0, 300000},
    };
    struct result r;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        PARSE(&r, &tool, "run", rows[i].word, "x");
        CHECK_ROW(rows[i].word,
                  r.goes_on && r.values.bytes == rows[i].bytes && r.values.ms == rows[i].ms);
        cos_command_deinit(&r.command);
    }
}

static const struct {
    const char *name;
    const char *words[5];
    const char *says;
} bad[] = {
    {"unknown verb",
     {"rn"},
     "tool: unknown verb 'rn'; did you mean 'run'?\nSee 'tool --help'."},
    {"unknown second word", {"uploads", "abrt"}, "did you mean 'uploads abort'?"},
    {"no second word", {"uploads"}, "unknown verb 'uploads'; did you mean 'uploads ls'?"},
    {"far verb", {"frobnicate"}, "tool: unknown verb 'frobnicate'\n"},
    {"unknown option",
     {"run", "--prt", "1"},
     "tool run: unknown option '--prt'; did you mean "
     "'--port'?\nSee 'tool run --help'."},
    {"unknown common option",
     {"--qiet", "rm"},
     "tool: unknown option '--qiet'; did you mean "
     "'--quiet'?"},
    {"unknown letter", {"rm", "-x"}, "tool rm: unknown option '-x'\n"},
    {"unknown letter among known", {"rm", "-fx"}, "tool rm: unknown option '-x'\n"},
    {"one dash", {"run", "-port", "1"}, "unknown option '-port'; did you mean '--port'?"},
    {"abbreviation", {"run", "--por", "1", "x"}, "unknown option '--por'"},
    {"of another verb",
     {"rm", "--port", "1"},
     "'--port' is an option of 'tool run', and has no "
     "meaning here"},
    {"in front of the verb",
     {"--port", "1", "run"},
     "'--port' is an option of 'tool run', and "
     "stands behind the verb"},
    {"missing value", {"run", "--port"}, "--port needs a value: --port N"},
    {"missing value of a letter", {"rm", "-c"}, "--config needs a value: --config FILE"},
    {"value for a flag", {"--quiet=1", "rm"}, "--quiet takes no value"},
    {"no number", {"run", "--port=x"}, "--port is 'x': a whole number from 0 to 65535"},
    {"empty number", {"run", "--port="}, "--port is '': a whole number"},
    {"negative", {"run", "--port", "-1"}, "--port is '-1': a whole number"},
    {"too large", {"run", "--port=65536"}, "--port is '65536': a whole number from 0 to 65535"},
    {"beyond 64 bits", {"run", "--port=18446744073709551616"}, "--port is '1844"},
    {"size too small",
     {"run", "--memory=1k"},
     "--memory is '1k': a size such as 64k, 512MiB or "
     "2G from 1MiB\n"},
    {"size beyond 64 bits", {"run", "--memory=99999999999T"}, "--memory is '99999999999T'"},
    {"strange unit", {"run", "--memory=1X"}, "--memory is '1X'"},
    {"duration without unit",
     {"run", "--wait=30"},
     "--wait is '30': a time such as 500ms, 30s, "
     "5m, 2h or 7d from 10ms to 1h\n"},
    {"too few", {"run"}, "tool run: too few arguments: tool run [options] [--] COMMAND"},
    {"too many", {"rm", "a", "b", "c"}, "tool rm: unexpected argument 'c'"},
    {"nothing at all", {NULL}, "usage: tool VERB"},
    {"help of what is not there", {"help", "rmm"}, "unknown verb 'rmm'; did you mean 'rm'?"},
    {"a secret in a URL", {"x://id:secret@host/"}, "unknown verb '...@host/'"},
    {"a control character", {"a\033[2Jb"}, "unknown verb 'a?[2Jb'"},
};

static void a_complaint_names_what_was_given_and_what_is_right(void **state)
{
    struct result r;
    for (size_t i = 0; i < COS_ARRAY_LEN(bad); i++) {
        parse(&r, &tool, bad[i].words);
        if (strstr(r.err, bad[i].says) == NULL) {
            fail_msg("row '%s' said: %s", bad[i].name, r.err);
        }
        CHECK_ROW(bad[i].name, !r.goes_on && r.command.status == COS_STATUS_USAGE);
        CHECK_ROW(bad[i].name, r.out[0] == '\0' && strstr(r.err, "secret") == NULL);
        cos_command_deinit(&r.command);
    }
}

static void help_comes_from_the_tables(void **state)
{
    static const struct {
        const char *words[3];
        const char *says[6];
    } rows[] = {
        {{"--help"}, {"usage: tool VERB", "A tool.", "  run ", "  uploads abort ", "--config"}},
        {{"-h"}, {"usage: tool VERB"}},
        {{"help"}, {"usage: tool VERB"}},
        {{"help", "run"},
         {"usage: tool run [options] [--] COMMAND", "--port N", "example:", "--config FILE",
          "where\n                            it listens"}},
        {{"run", "--help"}, {"usage: tool run "}},
        {{"rm", "-h"}, {"usage: tool rm ", "-f, --force"}},
        {{"help", "uploads", "ls"}, {"usage: tool uploads ls [options]\n"}},
        {{"--version"}, {"tool " COS_VERSION "\n"}},
        {{"version"}, {"tool " COS_VERSION "\n"}},
        {{"rm", "--version"}, {"tool " COS_VERSION "\n"}},
    };
    struct result r;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *words[4] = {rows[i].words[0], rows[i].words[1], rows[i].words[2], NULL};
        parse(&r, &tool, words);
        CHECK_ROW(rows[i].says[0], !r.goes_on && r.command.status == 0 && r.err[0] == '\0');
        for (size_t k = 0; k < COS_ARRAY_LEN(rows[i].says) && rows[i].says[k] != NULL; k++) {
            CHECK_ROW(rows[i].says[k], strstr(r.out, rows[i].says[k]) != NULL);
        }
        cos_command_deinit(&r.command);
    }
}

static void a_program_without_verbs_has_the_same_help(void **state)
{
    static const char *const words[] = {"--help", "-h", "help"};
    struct result r;
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        PARSE(&r, &single, words[i]);
        CHECK_ROW(words[i], !r.goes_on && r.command.status == 0);
        CHECK_ROW(words[i], strstr(r.out, "usage: single [options] PATH\n") != NULL);
        cos_command_deinit(&r.command);
    }
    PARSE(&r, &single, "version");
    assert_string_equal(r.out, "single " COS_VERSION "\n");
    cos_command_deinit(&r.command);
    PARSE(&r, &single, "--", "help");
    assert_true(r.goes_on);
    assert_string_equal(r.command.operands[0], "help");
    cos_command_deinit(&r.command);
    parse(&r, &single, none);
    assert_non_null(strstr(r.err, "single: too few arguments: single [options] PATH"));
    cos_command_deinit(&r.command);
}

static void a_list_is_bounded(void **state)
{
    const char *words[COS_OPTION_LIST_MAX + 4] = {"run"};
    struct result r;
    for (size_t i = 0; i <= COS_OPTION_LIST_MAX; i++) {
        words[i + 1] = "--pair=a";
    }
    parse(&r, &tool, words);
    assert_false(r.goes_on);
    assert_non_null(strstr(r.err, "--pair is given more than 64 times"));
    cos_command_deinit(&r.command);
}

/* A full disk; /dev/full is Linux's (full(4)). */
static void help_that_cannot_be_written_is_a_failure(void **state)
{
    char *argv[] = {(char *)(uintptr_t) "tool", (char *)(uintptr_t) "--help", NULL};
    char err[4096];
    struct cos_command c;
    struct values values = {0};
    int saved_out, saved_err;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    (void)close(redirect(stdout, STDOUT_FILENO, &saved_out));
    int file = redirect(stderr, STDERR_FILENO, &saved_err);
    assert_int_equal(dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    bool goes_on = cos_command_parse(&c, &tool, &values, 2, argv);
    restore(stderr, STDERR_FILENO, saved_err, file, err);
    (void)dup2(saved_out, STDOUT_FILENO);
    clearerr(stdout);
    (void)close(saved_out);
    (void)close(full);
    assert_false(goes_on);
    assert_int_equal(c.status, EXIT_FAILURE);
    assert_string_equal(err, "tool: cannot write to standard output\n");
    cos_command_deinit(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_option_is_read_in_every_form),
        cmocka_unit_test(options_stand_anywhere_until_two_dashes),
        cmocka_unit_test(a_lone_dash_is_an_operand),
        cmocka_unit_test(a_verb_may_be_two_words),
        cmocka_unit_test(a_verb_of_two_words_goes_before_one_of_its_first),
        cmocka_unit_test(quantities_have_units),
        cmocka_unit_test(a_complaint_names_what_was_given_and_what_is_right),
        cmocka_unit_test(help_comes_from_the_tables),
        cmocka_unit_test(a_program_without_verbs_has_the_same_help),
        cmocka_unit_test(a_list_is_bounded),
        cmocka_unit_test(help_that_cannot_be_written_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
