/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL of SELECT Object Content (cos-operations-2.md s.16.3), pure: a text becomes a query,
 * a query asks a record for values. One table, no joins, groups or orders, as documented.
 */
#ifndef SERVICES_SELECT_SQL_H
#define SERVICES_SELECT_SQL_H

#include "cosbase/arena.h"
#include "cosbase/json.h"

#define SQL_MAX_BYTES ((size_t)256 << 10)

enum sql_kind {
    SQL_MISSING,
    SQL_NULL,
    SQL_BOOL,
    SQL_NUMBER,
    SQL_TEXT,
    SQL_TIME, /* `whole` ms since 1970, written at an offset of `number` minutes */
    SQL_TREE,
    SQL_AMBIGUOUS, /* more than one has that name; of find() alone */
};
struct sql_value {
    enum sql_kind kind;
    bool is_whole; /* of a number: it is `whole`, exactly, and `number` is near it */
    int64_t whole;
    double number; /* of a bool: 0 or 1 */
    struct cos_span text;
    const struct cos_json *tree;
};
/* A step of a path: a name, or the place in a list. */
struct sql_step {
    struct cos_span name;
    size_t index;  /* SIZE_MAX: by its name */
    bool is_exact; /* the case of the name counts: it was quoted */
};
/* What values are asked of. */
struct sql_record {
    struct cos_arena *scratch; /* for texts that are made; as long as the record */
    const void *ctx;
    struct sql_value (*find)(const void *ctx, const struct sql_step *steps, size_t n);
};
struct sql_node;
struct sql_column {
    struct sql_node *what;
    struct cos_span name; /* "": none */
};
struct sql_query {
    struct sql_column *columns; /* n_columns 0: all of the record */
    size_t n_columns;
    struct sql_node *where; /* NULL: none */
    uint64_t limit;
    struct cos_span alias; /* of the table; "": none */
    bool is_aggregate;     /* one row, when all records were seen */
    int64_t now_unix_ms;   /* of UTCNOW(); the caller's to say */
    struct cos_arena *arena;
};
struct sql_error {
    const char *code;
    char text[160];
};

/** Into @arena, which @text outlives. False: *err says why not. */
bool sql_parse(struct cos_arena *arena, struct cos_span text, struct sql_query *out,
               struct sql_error *err);
/** 1: the record passes, 0: it does not; -1: *err says why it cannot be told. */
int sql_passes(const struct sql_query *q, const struct sql_record *r, struct sql_error *err);
/** Add the record to the aggregates. False: *err. */
bool sql_gather(const struct sql_query *q, const struct sql_record *r, struct sql_error *err);
/** Of a column; @r NULL: of what was gathered. False: *err. */
bool sql_column(const struct sql_query *q, size_t i, const struct sql_record *r,
                struct sql_value *out, struct sql_error *err);
struct sql_value sql_whole(int64_t whole);
struct sql_value sql_number(double number);
/* Of a number or a time, as the compiler counts it. */
enum { SQL_TEXT_ROOM = 48 };
/** As text of a field; ptr NULL: there is none. @room holds numbers and times. */
struct cos_span sql_text(const struct sql_value *v, char room[SQL_TEXT_ROOM]);

#endif
