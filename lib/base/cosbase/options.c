/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading of a command line. One pass from left to right: the first word that is no option
 * names the verb (two words where its name has two), later ones are operands. --help wins where
 * it stands, so that what is in front of it is still checked.
 *
 * Complaints show what was given, but neither control characters (they would run in a terminal)
 * nor what stands before an '@' (people paste URLs with keys) or looks like a key.
 */
#include "cosbase/options.h"

#include "cosbase/alloc.h"
#include "cosbase/nearest.h"
#include "cosbase/shown.h"
#include "cosbase/span.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

enum { GO_ON = -1 }; /* else: the exit status */
#define SHOWN_BYTES 80
#define NAMES_MAX 128

struct cursor {
    struct cos_command *c;
    char *values;
    char **argv;
    int argc, at;
    bool wants_help, options_ended;
};
struct shown {
    char text[SHOWN_BYTES + 8];
};

static struct shown show(struct cos_span word)
{
    struct shown s = {""};
    size_t at = cos_span_chr(word, '@');
    struct cos_span rest = at == SIZE_MAX ? word : cos_span_from(word, at);
    if (cos_looks_secret(rest)) {
        rest = COS_SPAN_LIT("***");
    }
    struct cos_span cut = cos_span_sub(rest, 0, SHOWN_BYTES);
    (void)snprintf(s.text, sizeof(s.text), "%s" COS_SPAN_FMT "%s", at == SIZE_MAX ? "" : "...",
                   COS_SPAN_ARG(cut), cut.len < rest.len ? "..." : "");
    for (char *p = s.text; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
    return s;
}

static bool has_verbs(const struct cos_program *p)
{
    return p->verbs[0]->name[0] != '\0';
}

int cos_command_complain(const struct cos_command *c, const char *fmt, ...)
{
    va_list list;
    const char *verb = c->verb == NULL ? "" : c->verb->name;
    const char *blank = verb[0] == '\0' ? "" : " ";
    (void)fprintf(stderr, "%s%s%s: ", c->program->name, blank, verb);
    va_start(list, fmt);
    (void)vfprintf(stderr, fmt, list);
    va_end(list);
    (void)fprintf(stderr, "\nSee '%s%s%s --help'.\n", c->program->name, blank, verb);
    return COS_STATUS_USAGE;
}

/* ---- names ---- */

static const struct cos_option *find_in(const struct cos_option *o, struct cos_span name)
{
    for (; o != NULL && o->name != NULL; o++) {
        bool is_letter =
            o->letter != 0 && name.len == 2 && name.ptr[0] == '-' && name.ptr[1] == o->letter;
        if (is_letter || cos_span_eq_str(name, o->name)) {
            return o;
        }
    }
    return NULL;
}

static const struct cos_option *find_in_verb(const struct cos_verb *v, struct cos_span name)
{
    const struct cos_option *o = NULL;
    for (size_t i = 0; v != NULL && i < COS_OPTION_TABLES && o == NULL; i++) {
        o = find_in(v->options[i], name);
    }
    return o;
}

static const struct cos_option *find_option(const struct cos_command *c, struct cos_span name)
{
    const struct cos_option *o = find_in_verb(c->verb, name);
    return o != NULL ? o : find_in(c->program->options, name);
}

static void collect(const char **names, size_t *n, const struct cos_option *o)
{
    for (; o != NULL && o->name != NULL && *n < NAMES_MAX; o++) {
        names[(*n)++] = o->name;
    }
}

static const struct cos_verb *verb_with(const struct cos_program *p, struct cos_span option)
{
    for (const struct cos_verb *const *v = p->verbs; *v != NULL; v++) {
        if (find_in_verb(*v, option) != NULL) {
            return *v;
        }
    }
    return NULL;
}

/* An option of another verb is as near as a mistyped one. */
static int complain_option(const struct cos_command *c, struct cos_span name)
{
    const char *names[NAMES_MAX + 2] = {"--help", "--version"};
    size_t n = 2;
    for (size_t i = 0; c->verb != NULL && i < COS_OPTION_TABLES; i++) {
        collect(names, &n, c->verb->options[i]);
    }
    collect(names, &n, c->program->options);
    const char *near = name.len > 2 ? cos_nearest(name, names, n) : NULL;
    const struct cos_verb *other = verb_with(c->program, name);
    if (other != NULL) {
        return cos_command_complain(c, "'%s' is an option of '%s %s', %s", show(name).text,
                                    c->program->name, other->name,
                                    c->verb == NULL ? "and stands behind the verb"
                                                    : "and has no meaning here");
    }
    return cos_command_complain(c, "unknown option '%s'%s%s%s", show(name).text,
                                near == NULL ? "" : "; did you mean '",
                                near == NULL ? "" : near, near == NULL ? "" : "'?");
}

/* ---- values ---- */

struct unit {
    const char *name;
    uint64_t factor;
};
static const struct unit sizes[] = {
    {"B", 1},
    {"", 1},
    {"K", 1u << 10},
    {"KB", 1u << 10},
    {"KiB", 1u << 10},
    {"M", 1u << 20},
    {"MB", 1u << 20},
    {"MiB", 1u << 20},
    {"G", 1u << 30},
    {"GB", 1u << 30},
    {"GiB", 1u << 30},
    {"T", UINT64_C(1) << 40},
    {"TB", UINT64_C(1) << 40},
    {"TiB", UINT64_C(1) << 40},
    {NULL, 0},
};
static const struct unit durations[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0},
};
static const struct unit ones[] = {{"", 1}, {NULL, 0}};

static const struct unit *units_of(enum cos_option_kind kind)
{
    return kind == COS_OPTION_BYTES ? sizes : kind == COS_OPTION_DURATION ? durations : ones;
}

/* Digits and a unit in any case, which a zero does not need; false also when the product does
 * not fit. */
static bool read_quantity(uint64_t *out, const char *text, const struct unit *units)
{
    size_t digits = strspn(text, "0123456789");
    struct cos_span unit = cos_span_of(text + digits);
    uint64_t v;
    if (!cos_span_u64(cos_span_make(text, digits), &v)) {
        return false;
    }
    if (v == 0 && unit.len == 0) {
        *out = 0;
        return true;
    }
    for (; units->name != NULL; units++) {
        if (cos_span_eq_nocase(unit, cos_span_of(units->name))) {
            return !__builtin_mul_overflow(v, units->factor, out);
        }
    }
    return false;
}

/* "30s" of 30000 ms: the largest unit that divides it, in its last spelling. */
static void write_quantity(char *out, size_t n, uint64_t v, const struct unit *units)
{
    const struct unit *best = units;
    for (const struct unit *u = units; u->name != NULL; u++) {
        if (v != 0 && v % u->factor == 0 && u->factor >= best->factor) {
            best = u;
        }
    }
    (void)snprintf(out, n, "%llu%s", (unsigned long long)(v / best->factor), best->name);
}

static int complain_quantity(const struct cos_command *c, const struct cos_option *o,
                             const char *given)
{
    const char *what = o->kind == COS_OPTION_BYTES      ? "a size such as 64k, 512MiB or 2G"
                       : o->kind == COS_OPTION_DURATION ? "a time such as 500ms, 30s, 5m, 2h "
                                                          "or 7d"
                                                        : "a whole number";
    const struct unit *units = units_of(o->kind);
    char least[40], most[40];
    write_quantity(least, sizeof(least), o->min, units);
    write_quantity(most, sizeof(most), o->max, units);
    return cos_command_complain(c, "%s is '%s': %s from %s%s%s", o->name,
                                show(cos_span_of(given)).text, what, least,
                                o->max == 0 ? "" : " to ", o->max == 0 ? "" : most);
}

static int store(struct cursor *k, const struct cos_option *o, const char *value)
{
    void *out = k->values + o->offset;
    struct cos_option_list *list = out;
    uint64_t number;
    switch (o->kind) {
    case COS_OPTION_FLAG:
        *(bool *)out = true;
        return GO_ON;
    case COS_OPTION_TEXT:
        *(const char **)out = value;
        return GO_ON;
    case COS_OPTION_LIST:
        if (list->n == COS_OPTION_LIST_MAX) {
            return cos_command_complain(k->c, "%s is given more than %d times", o->name,
                                        COS_OPTION_LIST_MAX);
        }
        list->items[list->n++] = value;
        return GO_ON;
    case COS_OPTION_NUMBER:
    case COS_OPTION_BYTES:
    case COS_OPTION_DURATION:
        break;
    }
    if (!read_quantity(&number, value, units_of(o->kind)) || number < o->min ||
        (o->max != 0 && number > o->max)) {
        return complain_quantity(k->c, o, value);
    }
    *(uint64_t *)out = number;
    return GO_ON;
}

/* ---- words ---- */

/* The value of @o: behind '=' or the letter (@given), or the next word. */
static int take_value(struct cursor *k, const struct cos_option *o, const char *given)
{
    if (given == NULL && k->at == k->argc) {
        return cos_command_complain(k->c, "%s needs a value: %s %s", o->name, o->name,
                                    o->value);
    }
    return store(k, o, given != NULL ? given : k->argv[k->at++]);
}

static int print_version(const struct cos_program *p)
{
    (void)printf("%s %s\n", p->name, COS_VERSION);
    return cos_stdout_finish(p->name);
}

static int print_help(const struct cos_command *c)
{
    if (c->verb != NULL) {
        cos_verb_print_help(stdout, c->program, c->verb);
    } else {
        cos_program_print_help(stdout, c->program);
    }
    return cos_stdout_finish(c->program->name);
}

static int take_long(struct cursor *k, const char *word)
{
    struct cos_span value = cos_span_of(word);
    struct cos_span name = cos_span_cut(&value, '=');
    if (strcmp(word, "--help") == 0) {
        return print_help(k->c);
    }
    if (strcmp(word, "--version") == 0) {
        return print_version(k->c->program);
    }
    const struct cos_option *o = find_option(k->c, name);
    if (o == NULL) {
        return complain_option(k->c, name);
    }
    if (o->kind != COS_OPTION_FLAG) {
        return take_value(k, o, value.ptr); /* the rest of the word: NUL-terminated */
    }
    if (value.ptr != NULL) {
        return cos_command_complain(k->c, "%s takes no value", o->name);
    }
    return store(k, o, NULL);
}

/* "-rf" is "-r -f"; "-cFILE" is "-c FILE". */
static int take_letters(struct cursor *k, const char *word)
{
    for (const char *p = word + 1; *p != '\0'; p++) {
        char name[3] = {'-', *p, '\0'};
        const struct cos_option *o = find_option(k->c, cos_span_of(name));
        if (o == NULL && *p == 'h') {
            return print_help(k->c);
        }
        if (o == NULL) {
            return complain_option(k->c, cos_span_of(p == word + 1 ? word : name));
        }
        if (o->kind != COS_OPTION_FLAG) {
            return take_value(k, o, p[1] == '\0' ? NULL : p + 1);
        }
        int r = store(k, o, NULL);
        if (r != GO_ON) {
            return r;
        }
    }
    return GO_ON;
}

static const struct cos_verb *find_verb(const struct cos_program *p, struct cos_span name)
{
    for (const struct cos_verb *const *v = p->verbs; *v != NULL; v++) {
        if (cos_span_eq_str(name, (*v)->name)) {
            return *v;
        }
    }
    return NULL;
}

/* The first word of verbs that have two. */
static bool is_group(const struct cos_program *p, const char *word)
{
    size_t n = strlen(word);
    for (const struct cos_verb *const *v = p->verbs; *v != NULL; v++) {
        if (strncmp((*v)->name, word, n) == 0 && (*v)->name[n] == ' ') {
            return true;
        }
    }
    return false;
}

static int complain_verb(const struct cos_command *c, struct cos_span name)
{
    const char *names[NAMES_MAX + 2] = {"help", "version"};
    size_t n = 2;
    for (const struct cos_verb *const *v = c->program->verbs; *v != NULL && n < NAMES_MAX;
         v++) {
        names[n++] = (*v)->name;
    }
    const char *near = cos_nearest(name, names, n);
    return cos_command_complain(c, "unknown verb '%s'%s%s%s", show(name).text,
                                near == NULL ? "" : "; did you mean '",
                                near == NULL ? "" : near, near == NULL ? "" : "'?");
}

/* A verb of two words goes before one of its first: "world export" is not a file of "world". */
static const struct cos_verb *take_two(struct cursor *k, const char *word)
{
    char two[SHOWN_BYTES];
    const struct cos_verb *v = NULL;
    if (is_group(k->c->program, word) && k->at < k->argc) {
        (void)snprintf(two, sizeof(two), "%.40s %.38s", word, k->argv[k->at]);
        v = find_verb(k->c->program, cos_span_of(two));
    }
    k->at += v != NULL;
    return v;
}

static int take_verb(struct cursor *k, const char *word)
{
    const struct cos_program *p = k->c->program;
    char two[SHOWN_BYTES];
    k->c->verb = take_two(k, word);
    k->c->verb = k->c->verb != NULL ? k->c->verb : find_verb(p, cos_span_of(word));
    if (k->c->verb != NULL) {
        return GO_ON;
    }
    if (strcmp(word, "help") == 0 && !k->wants_help) {
        k->wants_help = true;
        return GO_ON;
    }
    if (strcmp(word, "version") == 0) {
        return print_version(p);
    }
    if (!is_group(p, word)) {
        return complain_verb(k->c, cos_span_of(word));
    }
    if (k->at == k->argc) {
        return complain_verb(k->c, cos_span_of(word));
    }
    (void)snprintf(two, sizeof(two), "%.40s %.38s", word, k->argv[k->at]);
    return complain_verb(k->c, cos_span_of(two));
}

static int take_operand(struct cursor *k, char *word)
{
    struct cos_command *c = k->c;
    if (c->verb == NULL && !k->options_ended) {
        return take_verb(k, word);
    }
    if (!has_verbs(c->program) && c->n_operands == 0 && !k->options_ended) {
        if (strcmp(word, "help") == 0) {
            return print_help(c);
        }
        if (strcmp(word, "version") == 0) {
            return print_version(c->program);
        }
    }
    k->options_ended = k->options_ended || c->verb->ends_at_operand;
    c->operands[c->n_operands++] = word;
    return GO_ON;
}

static int take_word(struct cursor *k)
{
    char *word = k->argv[k->at++];
    if (k->options_ended || word[0] != '-' || word[1] == '\0') {
        return take_operand(k, word);
    }
    if (strcmp(word, "--") == 0) {
        k->options_ended = true;
        return GO_ON;
    }
    return word[1] == '-' ? take_long(k, word) : take_letters(k, word);
}

/* ---- the whole ---- */

static int check_operands(const struct cos_command *c)
{
    const struct cos_verb *v = c->verb;
    if (c->n_operands > v->max_operands) {
        return cos_command_complain(c, "unexpected argument '%s'",
                                    show(cos_span_of(c->operands[v->max_operands])).text);
    }
    if (c->n_operands < v->min_operands) {
        return cos_command_complain(c, "too few arguments: %s%s%s [options] %s",
                                    c->program->name, v->name[0] == '\0' ? "" : " ", v->name,
                                    v->operands);
    }
    return GO_ON;
}

static int parse(struct cursor *k)
{
    struct cos_command *c = k->c;
    int r = GO_ON;
    while (k->at < k->argc && r == GO_ON) {
        r = take_word(k);
    }
    if (r != GO_ON) {
        return r;
    }
    if (k->wants_help) {
        return print_help(c);
    }
    if (c->verb == NULL) {
        cos_program_print_help(stderr, c->program);
        return COS_STATUS_USAGE;
    }
    return check_operands(c);
}

/*
 * A program that was started with a closed standard stream would get its number for the next
 * thing it opens, and print into a socket. Opened the wrong way round they fail as closed ones
 * do.
 */
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            int got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
            (void)got; /* the lowest free number: @fd */
        }
    }
}

bool cos_command_parse(struct cos_command *out, const struct cos_program *program, void *values,
                       int argc, char *argv[])
{
    struct cursor k = {.c = out, .values = values, .argv = argv, .argc = argc, .at = 1};
    *out = (struct cos_command){.program = program};
    fill_standard_streams();
    out->operands = cos_calloc((size_t)(argc > 0 ? argc : 0) + 1, sizeof(*out->operands));
    if (out->operands == NULL) {
        (void)fprintf(stderr, "%s: out of memory\n", program->name);
        out->status = EXIT_FAILURE;
        return false;
    }
    if (!has_verbs(program)) {
        out->verb = program->verbs[0];
    }
    out->status = parse(&k);
    return out->status == GO_ON;
}

void cos_command_deinit(struct cos_command *c)
{
    c->operands = cos_free(c->operands);
}

int cos_stdout_finish(const char *program)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fprintf(stderr, "%s: cannot write to standard output\n", program);
        return EXIT_FAILURE;
    }
    return 0;
}
