/* SPDX-License-Identifier: Apache-2.0 */
/* Help, printed from the tables that are parsed. */
#include "cosbase/options.h"

#define HELP_COLUMN 28

static void print_spaces(FILE *to, size_t n)
{
    (void)fprintf(to, "%*s", (int)n, "");
}

/* Help texts may have several lines; the later ones are indented like the first. */
static void print_help_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        (void)fputc(*text, to);
        if (*text == '\n') {
            print_spaces(to, HELP_COLUMN);
        }
    }
    (void)fputc('\n', to);
}

static void print_row(FILE *to, const char *left, const char *right)
{
    int n = fprintf(to, "  %s", left);
    if (n < 0 || n >= HELP_COLUMN) {
        (void)fputc('\n', to);
        n = 0;
    }
    print_spaces(to, HELP_COLUMN - (size_t)n);
    print_help_text(to, right);
}

static void print_options(FILE *to, const struct cos_option *o)
{
    char left[96];
    for (; o != NULL && o->name != NULL; o++) {
        char letter[8] = "";
        if (o->letter != 0) {
            (void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
        }
        (void)snprintf(left, sizeof(left), "%s%s%s%s", letter, o->name,
                       o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value);
        print_row(to, left, o->help);
    }
}

static void print_tables(FILE *to, const struct cos_verb *verb)
{
    for (size_t i = 0; i < COS_OPTION_TABLES; i++) {
        print_options(to, verb->options[i]);
    }
}

static void print_common(FILE *to, const struct cos_program *p)
{
    print_options(to, p->options);
    print_row(to, "-h, --help", "print this help");
    print_row(to, "--version", "print the version");
}

static void print_after(FILE *to, const char *text)
{
    if (text != NULL) {
        (void)fprintf(to, "\n%s\n", text);
    }
}

void cos_program_print_help(FILE *to, const struct cos_program *p)
{
    if (p->verbs[0]->name[0] == '\0') {
        cos_verb_print_help(to, p, p->verbs[0]);
        return;
    }
    (void)fprintf(to,
                  "usage: %s VERB [options] [arguments]\n\n%s\n\n"
                  "verbs ('%s help VERB' says more):\n",
                  p->name, p->about, p->name);
    for (const struct cos_verb *const *v = p->verbs; *v != NULL; v++) {
        (void)fprintf(to, "  %-14s %s\n", (*v)->name, (*v)->summary);
    }
    (void)fprintf(to, "  %-14s %s\n  %-14s %s\n", "help", "explain a verb", "version",
                  "print the version");
    (void)fprintf(to, "\noptions of every verb:\n");
    print_common(to, p);
    print_after(to, p->after);
}

void cos_verb_print_help(FILE *to, const struct cos_program *p, const struct cos_verb *verb)
{
    bool is_only = verb->name[0] == '\0';
    (void)fprintf(to, "usage: %s%s%s [options]%s%s\n", p->name, is_only ? "" : " ", verb->name,
                  verb->operands[0] == '\0' ? "" : " ", verb->operands);
    (void)fprintf(to, "\n%s\n", verb->about != NULL ? verb->about : verb->summary);
    if (verb->options[0] != NULL) {
        (void)fprintf(to, "\noptions:\n");
        print_tables(to, verb);
    }
    if (!is_only || verb->options[0] == NULL) {
        (void)fprintf(to, "\n%s:\n", is_only ? "options" : "options of every verb");
    }
    print_common(to, p);
    print_after(to, verb->after);
}
