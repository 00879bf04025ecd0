/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may stand on a command line, as tables: parsing, help, version and complaints of every
 * program come from the same rows.
 *
 *     PROGRAM VERB [options] [operands]
 *
 * Every program understands `help [VERB]`, `VERB --help`, `-h`, `--help`, `version` and
 * `--version`; a verb's name may be two words ("uploads abort"). A program with one verb whose
 * name is "" has no verbs. Options are "--name VALUE" or "--name=VALUE", and single letters
 * where a row has one ("-rf", "-c FILE"); "--" ends them. Abbreviations are refused: a script
 * must not change its meaning when an option is added.
 */
#ifndef COSBASE_OPTIONS_H
#define COSBASE_OPTIONS_H

#include "cosbase/base.h"

enum cos_option_kind {
    COS_OPTION_FLAG,     /* bool */
    COS_OPTION_TEXT,     /* const char *; the last one given counts */
    COS_OPTION_LIST,     /* struct cos_option_list; may be given again and again */
    COS_OPTION_NUMBER,   /* uint64_t */
    COS_OPTION_BYTES,    /* uint64_t; "4096", "64k", "512MiB", "2G", powers of 1024 */
    COS_OPTION_DURATION, /* uint64_t, milliseconds; "500ms", "30s", "5m", "2h", "7d" */
};
#define COS_OPTION_LIST_MAX 64
struct cos_option_list {
    const char *items[COS_OPTION_LIST_MAX + 1]; /* NULL-terminated */
    size_t n;
};
struct cos_option {
    const char *name;  /* "--port" */
    const char *value; /* "N", as help shows it; NULL for a flag */
    const char *help;  /* may hold newlines */
    enum cos_option_kind kind;
    size_t offset;     /* of the member in the program's struct of values */
    uint64_t min, max; /* of what is stored; max 0: no limit */
    char letter;       /* 'c' for "-c"; 0: none */
};
/* Verbs share tables: the options of a subject, of a session. */
#define COS_OPTION_TABLES 5
struct cos_verb {
    const char *name;     /* "" when the program has no verbs */
    const char *operands; /* "FILE...", as help shows it; "" */
    size_t min_operands, max_operands;
    const char *summary; /* one line */
    const char *about;   /* paragraphs; NULL */
    const char *after;   /* behind the options: examples; NULL */
    const struct cos_option *options[COS_OPTION_TABLES]; /* each ends with a NULL name */
    bool ends_at_operand;      /* the first operand ends the options: a command follows */
    int (*run)(void *context); /* for the program; nothing here calls it */
};
struct cos_program {
    const char *name, *about;
    const char *after;                   /* behind the options: examples, statuses; NULL */
    const struct cos_verb *const *verbs; /* ends with NULL */
    const struct cos_option *options;    /* those of every verb, also in front of it; NULL */
};
struct cos_command {
    const struct cos_program *program;
    const struct cos_verb *verb;
    char **operands; /* NULL-terminated; the strings are argv's */
    size_t n_operands;
    int status; /* when parsing says to end */
};
enum { COS_STATUS_USAGE = 2 };

/**
 * Read a command line into @values, the program's struct, whose members keep what they hold
 * unless an option says otherwise. True: go on with out->verb. False: end with out->status,
 * help was printed (0) or a complaint that names the argument and what would be right (2).
 * Deinit @out in both cases. The first thing a program does: closed standard streams are
 * filled, so that nothing else takes their numbers.
 */
COS_MUST_CHECK bool cos_command_parse(struct cos_command *out,
                                      const struct cos_program *program, void *values, int argc,
                                      char *argv[]);
void cos_command_deinit(struct cos_command *c);
/** "PROGRAM VERB: message" and where help is, on stderr; returns COS_STATUS_USAGE. */
int cos_command_complain(const struct cos_command *c, const char *fmt, ...) COS_PRINTF(2, 3);
/** 0 when all that was printed to stdout was also written; else a complaint and
 *  EXIT_FAILURE. */
COS_MUST_CHECK int cos_stdout_finish(const char *program);

/* options_help.c; shared with options.c */
void cos_program_print_help(FILE *to, const struct cos_program *p);
void cos_verb_print_help(FILE *to, const struct cos_program *p, const struct cos_verb *verb);

#endif
