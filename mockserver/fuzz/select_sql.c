/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the SQL of SELECT Object Content. Whatever text comes in:
 *     it is refused by a code that errors.c knows and a sentence, or it is a query;
 *     a query judges, gathers and answers any record, with a value or with such an error;
 *     what it answers is whole: every byte of a text can be read;
 *     the same text is the same query: it says the same of the same record.
 */
#include "fuzz.h"

#include "services/errors.h"
#include "services/select_sql.h"

#define TEXT_MAX_BYTES ((size_t)16 << 10)

static void check_error(const struct sql_error *err)
{
    require(err->code != NULL && error_cos(err->code) != NULL);
    require(err->text[0] != '\0' && memchr(err->text, '\0', sizeof(err->text)) != NULL);
}

/* --- records: what a path is, depends on its first byte --- */

static struct sql_value find(const void *ctx, const struct sql_step *steps, size_t n)
{
    static const struct sql_value values[] = {
        {.kind = SQL_MISSING},
        {.kind = SQL_NULL},
        {.kind = SQL_BOOL, .number = 1},
        {.kind = SQL_NUMBER, .number = 41.5},
        {.kind = SQL_NUMBER, .is_whole = true, .whole = INT64_MIN, .number = -0x1p63},
        {.kind = SQL_NUMBER, .number = -1e300},
        {.kind = SQL_TEXT, .text = {"12", 2}},
        {.kind = SQL_TEXT, .text = {"", 0}},
        {.kind = SQL_TEXT, .text = {"Z\xc3\xbcrich 100%_", 14}},
        {.kind = SQL_TEXT, .text = {"2020-02-29T23:59:59.999Z", 24}},
    };
    require(n > 0 &&
            (steps[0].index != SIZE_MAX || steps[0].name.len > 0 || steps[0].is_exact));
    size_t first = steps[0].name.len > 0 ? (unsigned char)steps[0].name.ptr[0] : 0;
    return values[(first + n + *(const size_t *)ctx) % COS_ARRAY_LEN(values)];
}

/* --- what a query says, as one number --- */

static uint64_t add(uint64_t sum, struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        sum = sum * 1099511628211u + (unsigned char)s.ptr[i];
    }
    return sum + s.len;
}

static uint64_t sum_of_columns(const struct sql_query *q, const struct sql_record *r)
{
    uint64_t sum = 1;
    for (size_t i = 0; i < q->n_columns; i++) {
        struct sql_value v;
        struct sql_error err = {.code = NULL};
        char room[SQL_TEXT_ROOM];
        if (!sql_column(q, i, r, &v, &err)) {
            check_error(&err);
            return add(sum, cos_span_of(err.text));
        }
        sum = add(sum, q->columns[i].name);
        struct cos_span text = sql_text(&v, room);
        sum = add(sum, text.ptr == NULL ? COS_SPAN_LIT("null") : text);
    }
    return sum;
}

static uint64_t ask(struct cos_span text)
{
    struct cos_arena arena;
    cos_arena_init(&arena, (size_t)64 << 20);
    COS_CLEANUP(cos_arena_deinit) struct cos_arena scratch;
    cos_arena_init(&scratch, (size_t)4 << 20);
    struct sql_query q;
    struct sql_error err = {.code = NULL};
    uint64_t sum = 0;
    if (!sql_parse(&arena, text, &q, &err)) {
        check_error(&err);
        cos_arena_deinit(&arena);
        return add(sum, cos_span_of(err.text));
    }
    for (size_t i = 0; i < 9; i++) {
        const struct sql_record record = {.scratch = &scratch, .ctx = &i, .find = find};
        cos_arena_clear(&scratch);
        int passes = sql_passes(&q, &record, &err);
        if (passes < 0) {
            check_error(&err);
        } else if (passes > 0 && q.is_aggregate) {
            if (!sql_gather(&q, &record, &err)) {
                check_error(&err);
            }
        } else if (passes > 0) {
            sum = sum * 31 + sum_of_columns(&q, &record);
        }
    }
    sum = q.is_aggregate ? sum * 31 + sum_of_columns(&q, /* record= */ NULL) : sum;
    cos_arena_deinit(&arena);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct cos_span text = cos_span_make(bytes, n < TEXT_MAX_BYTES ? n : TEXT_MAX_BYTES);
    require(ask(text) == ask(text));
    return 0;
}
