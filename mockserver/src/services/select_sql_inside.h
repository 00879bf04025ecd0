/* SPDX-License-Identifier: Apache-2.0 */
/* What the rooms of the query share (select_sql.h): words, the tree, and values. */
#ifndef SERVICES_SELECT_SQL_INSIDE_H
#define SERVICES_SELECT_SQL_INSIDE_H

#include "services/select_sql.h"

/* The tree is no deeper, so neither parser nor evaluator needs more stack than that. */
enum { DEPTH_MAX = 200 };

enum node_kind {
    NODE_VALUE,
    NODE_PATH,
    NODE_OR,
    NODE_AND,
    NODE_NOT,
    NODE_COMPARE, /* by `op` */
    NODE_BETWEEN,
    NODE_IN,
    NODE_LIKE,
    NODE_IS, /* `op`: 'n' NULL, 'm' MISSING */
    NODE_CALCULATE,
    NODE_CAST, /* `op`: 'n' number, 'i' integer, 't' text, 'b' bool, 'd' time */
    NODE_COALESCE,
    NODE_NULLIF,
    /* `op`: 'l' LOWER 'u' UPPER 'n' CHAR_LENGTH 's' SUBSTRING; TRIM: 'b' 'f' 'e' */
    NODE_TEXT_CALL,
    /* `op`: 'a' DATE_ADD 'd' DATE_DIFF 'e' EXTRACT 's' TO_STRING 't' TO_TIMESTAMP; `value`: of
     * which part */
    NODE_DATE_CALL,
    NODE_NOW,
    NODE_AGGREGATE, /* `op`: 'c' COUNT 's' SUM 'l' MIN 'h' MAX 'a' AVG */
};
struct sql_node {
    enum node_kind kind;
    char op;
    unsigned depth;
    struct sql_value value;
    struct sql_step *steps;
    size_t n_steps;
    struct sql_node *first, *next; /* what it is of; the next of those */
    /* of an aggregate: what it has seen */
    uint64_t n;
    struct sql_value sum, least, most;
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_MARK };
struct parser {
    struct cos_span rest;
    enum token_kind kind;
    struct cos_span token; /* without its quotes */
    struct cos_span alias; /* of the table; "" */
    struct sql_query *query;
    struct sql_error *err;
    unsigned depth;
    bool is_in_aggregate;
};

/** Fills *err; false, for the caller to return. */
bool sql_fail(struct sql_error *err, const char *code, const char *fmt, ...) COS_PRINTF(3, 4);

/* select_sql_words.c: one at a time, the next stands in the parser */
bool words_advance(struct parser *p);
/** @wanted is expected where the parser stands; false. */
bool words_refuse(struct parser *p, const char *wanted);
bool words_is(const struct parser *p, const char *word);
bool words_is_mark(const struct parser *p, const char *mark);
/** The word stands here, and is taken. */
bool words_take(struct parser *p, const char *word, bool *is_there);
bool words_want(struct parser *p, const char *word);
bool words_want_mark(struct parser *p, const char *mark);

/* select_sql_parse.c: an expression; NULL: *p->err, as of all that parse */
struct sql_node *sql_parse_any(struct parser *p);
struct sql_node *sql_node(struct parser *p, enum node_kind kind, struct sql_node *first);
struct sql_node *sql_constant(struct parser *p, struct sql_value value);

/* select_sql_calls.c */
/** A function stands here: its name, and a bracket behind it. */
bool sql_is_call(const struct parser *p);
struct sql_node *sql_parse_call(struct parser *p);
/** One or more with commas between, then ")". */
struct sql_node *sql_parse_list(struct parser *p, size_t *n);

/* select_sql_texts.c */
/** Of a NODE_TEXT_CALL whose @args are @n values, texts made in @scratch. */
bool sql_text_call(char op, const struct sql_value args[], size_t n, struct cos_arena *scratch,
                   struct sql_value *out, struct sql_error *err);

/* select_sql_dates.c */
/** Behind the bracket of the function @op. */
struct sql_node *sql_parse_date_call(struct parser *p, char op);
/** Of a NODE_DATE_CALL, none of whose @args is unknown. */
bool sql_date_call(const struct sql_node *n, const struct sql_value args[],
                   struct cos_arena *scratch, struct sql_value *out, struct sql_error *err);
bool sql_spells_time(struct cos_span text, struct sql_value *out);
bool sql_as_time(const struct sql_value *v, struct sql_value *out);
void sql_print_time(char room[SQL_TEXT_ROOM], const struct sql_value *time);

/* select_sql_values.c */
/** Into a value that is a number. */
bool sql_spells_number(struct cos_span s, struct sql_value *out);
bool sql_as_number(const struct sql_value *v, struct sql_value *out);
/** Of two numbers: + - * / %, whole where both are and the result fits. False: by zero. */
bool sql_calculate(char op, const struct sql_value *a, const struct sql_value *b,
                   struct sql_value *out);
bool sql_is_unknown(const struct sql_value *v);
struct sql_value sql_truth(bool is_true);
/** False: they cannot be compared. */
bool sql_compare(const struct sql_value *a, const struct sql_value *b, int *out);
/** LIKE; @escape '\0': none. */
bool sql_matches(struct cos_span text, struct cos_span pattern, char escape);

#endif
