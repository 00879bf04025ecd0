/* SPDX-License-Identifier: Apache-2.0 */
/* Command line options as a table: parsing, help and complaints come from the same rows. */
#ifndef CMD_ARGS_H
#define CMD_ARGS_H

#include "cosbase/base.h"

enum arg_kind {
    ARG_TEXT,   /* const char ** */
    ARG_NUMBER, /* uint64_t *, at most `max` */
    ARG_FLAG,   /* bool * */
    ARG_LIST,   /* struct arg_list *, may be given again and again */
};
#define ARG_LIST_MAX 64
struct arg_list {
    const char *items[ARG_LIST_MAX + 1]; /* NULL-terminated */
    size_t n;
};
struct arg {
    const char *name; /* "--port" */
    enum arg_kind kind;
    void *out;
    uint64_t max;
    const char *value; /* "N", for help; NULL for flags */
    const char *help;  /* may hold newlines */
};
struct verb {
    const char *name;
    const char *usage; /* "cosmock serve [options]" */
    const char *about; /* paragraphs */
    const char *after; /* behind the options: examples; NULL */
};
enum { EXIT_BAD_INPUT = 2 };

/**
 * Read options up to "--" or the first operand; *first is then its index. Returns 0; or -1 after --help was printed (exit 0); or
 * EXIT_BAD_INPUT after a complaint on stderr that names the option and what would be right.
 */
int args_parse(const struct verb *verb, const struct arg *args, size_t n, int argc,
               char *const argv[], int *first);
/** "cosmock serve: <message>, see 'cosmock serve --help'" on stderr; returns EXIT_BAD_INPUT. */
int args_complain(const struct verb *verb, const char *fmt, ...) COS_PRINTF(2, 3);

#endif
