/* SPDX-License-Identifier: Apache-2.0 */
/* Options are long only, "--name value" or "--name=value"; "--" ends them. Abbreviations are refused: a script must not change its meaning when an option is added. */
#include "args.h"

#include "cosbase/span.h"

#include <stdarg.h>

int args_complain(const struct verb *verb, const char *fmt, ...)
{
    va_list list;

    (void)fprintf(stderr, "cosmock %s: ", verb->name);
    va_start(list, fmt);
    (void)vfprintf(stderr, fmt, list);
    va_end(list);
    (void)fprintf(stderr, "\nSee 'cosmock %s --help'.\n", verb->name);
    return EXIT_BAD_INPUT;
}

/* Help texts may have several lines; the later ones are indented like the first. */
static void print_help_text(const char *text)
{
    for (; *text != '\0'; text++) {
        (void)putchar(*text);
        if (*text == '\n') {
            (void)fputs("                          ", stdout);
        }
    }
    (void)putchar('\n');
}

static void print_help(const struct verb *verb, const struct arg *args, size_t n)
{
    char left[64];

    (void)printf("usage: %s\n\n%s\n", verb->usage, verb->about);
    if (n > 0) {
        (void)printf("\noptions:\n");
    }
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(left, sizeof(left), "%s%s%s", args[i].name,
                       args[i].value == NULL ? "" : " ",
                       args[i].value == NULL ? "" : args[i].value);
        (void)printf("  %-23s ", left);
        print_help_text(args[i].help);
    }
    if (verb->after != NULL) {
        (void)printf("\n%s\n", verb->after);
    }
}

static const struct arg *find_arg(const struct arg *args, size_t n, struct cos_span name)
{
    for (size_t i = 0; i < n; i++) {
        if (cos_span_eq_str(name, args[i].name)) {
            return &args[i];
        }
    }
    return NULL;
}

static int store(const struct verb *verb, const struct arg *a, const char *value)
{
    struct arg_list *list = a->out;
    uint64_t number;

    switch (a->kind) {
    case ARG_TEXT:
        *(const char **)a->out = value;
        return 0;
    case ARG_NUMBER:
        if (!cos_span_u64(cos_span_of(value), &number) || number > a->max) {
            return args_complain(verb, "%s is '%s': a whole number from 0 to %llu", a->name,
                                 value, (unsigned long long)a->max);
        }
        *(uint64_t *)a->out = number;
        return 0;
    case ARG_LIST:
        if (list->n == ARG_LIST_MAX) {
            return args_complain(verb, "%s is given more than %d times", a->name, ARG_LIST_MAX);
        }
        list->items[list->n++] = value;
        return 0;
    case ARG_FLAG:
    default:
        *(bool *)a->out = true;
        return 0;
    }
}

/* One option at argv[*i]; moves *i past it. */
static int parse_one(const struct verb *verb, const struct arg *args, size_t n, int argc,
                     char *const argv[], int *i)
{
    struct cos_span value = cos_span_of(argv[*i]);
    struct cos_span name = cos_span_cut(&value, '=');
    const struct arg *a = find_arg(args, n, name);

    if (a == NULL) {
        return args_complain(verb, "unknown option '%.*s'", (int)name.len, name.ptr);
    }
    (*i)++;
    if (a->kind == ARG_FLAG) {
        if (value.ptr != NULL) {
            return args_complain(verb, "%s takes no value", a->name);
        }
        return store(verb, a, NULL);
    }
    if (value.ptr != NULL) {
        return store(verb, a, value.ptr); /* the rest of argv[i]: NUL-terminated */
    }
    if (*i == argc) {
        return args_complain(verb, "%s needs a value: %s %s", a->name, a->name, a->value);
    }
    return store(verb, a, argv[(*i)++]);
}

int args_parse(const struct verb *verb, const struct arg *args, size_t n, int argc,
               char *const argv[], int *first)
{
    int i = 0;

    while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0') {
        int r;

        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(verb, args, n);
            return -1;
        }
        r = parse_one(verb, args, n, argc, argv, &i);
        if (r != 0) {
            return r;
        }
    }
    *first = i;
    return 0;
}
