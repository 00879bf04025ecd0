/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals, read for what they asked. Where documents disagree on the name of an action a
 * request has asked for both, and needs one: the one that was allowed, else the first. A
 * question that needs no grant is no need.
 */
#include "advice/suggest.h"

#include "cosbase/json.h"
#include "services/ops.h"

#define ARENA_MAX_BYTES ((size_t)512 << 20)
#define PAIRS_MAX 64

static const char *text(const struct cos_json *n, const char *name)
{
    const char *s = cos_json_str(cos_json_get(n, name));
    return s == NULL ? "" : s;
}

/* Two names for one thing: of an operation's row. */
static bool are_alternatives(const struct cos_json *a, const struct cos_json *b)
{
    if (a == NULL || b == NULL || strcmp(text(a, "resource"), text(b, "resource")) != 0) {
        return false;
    }
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        if (row->action_or != NULL && strcmp(row->action, text(a, "action")) == 0 &&
            strcmp(row->action_or, text(b, "action")) == 0) {
            return true;
        }
    }
    return false;
}

static bool was_allowed(const struct cos_json *q)
{
    return cos_json_bool(cos_json_get(q, "allowed"), /* fallback= */ false);
}

/* Whoever has a key may ask for it (exchange/question.c). */
static bool needs_grant(const char *action)
{
    return strncmp(action, "name/sts:", 9) != 0 ||
           strncmp(action, "name/sts:AssumeRole", 19) == 0;
}

static void add_context(struct needs *out, struct need *need, const struct cos_json *context)
{
    need->context = cos_arena_array(&out->arena, PAIRS_MAX, sizeof(char *));
    for (const struct cos_json *m = cos_json_first(context); m != NULL; m = cos_json_next(m)) {
        for (const struct cos_json *v = cos_json_first(m);
             v != NULL && need->context != NULL && need->n_context < PAIRS_MAX;
             v = cos_json_next(v)) {
            need->context[need->n_context++] =
                cos_arena_printf(&out->arena, "%s=%s", cos_json_name(m),
                                 cos_json_str(v) == NULL ? "" : cos_json_str(v))
                    .ptr;
        }
    }
}

static void add_need(struct needs *out, const struct cos_json *q)
{
    if (out->n == out->cap) {
        size_t cap = out->cap == 0 ? 64 : 2 * out->cap;
        struct need *more = cos_arena_array(&out->arena, cap, sizeof(*more));
        if (more == NULL) {
            return;
        }
        if (out->n > 0) {
            memcpy(more, out->items, out->n * sizeof(*more));
        }
        out->items = more;
        out->cap = cap;
    }
    struct need *need = &out->items[out->n++];
    *need = (struct need){
        .action = cos_arena_str(&out->arena, cos_span_of(text(q, "action"))),
        .resource = cos_arena_str(&out->arena, cos_span_of(text(q, "resource"))),
    };
    if (cos_json_get(q, "context") != NULL) {
        add_context(out, need, cos_json_get(q, "context"));
    }
}

static void read_questions(struct needs *out, const struct cos_json *questions,
                           const struct needs_from *from)
{
    for (const struct cos_json *q = cos_json_first(questions); q != NULL;
         q = cos_json_next(q)) {
        const struct cos_json *chosen = q;
        if (are_alternatives(q, cos_json_next(q))) {
            chosen = !was_allowed(q) && was_allowed(cos_json_next(q)) ? cos_json_next(q) : q;
            q = cos_json_next(q);
        }
        if (!needs_grant(text(chosen, "action"))) {
            continue;
        }
        if (was_allowed(chosen) || from->takes_denied) {
            add_need(out, chosen);
        } else {
            out->denied++;
        }
    }
}

static void read_entry(struct needs *out, const struct cos_json *entry,
                       const struct needs_from *from)
{
    const struct cos_json *questions = cos_json_get(entry, "questions");
    const char *principal = text(entry, "principal");
    if (cos_json_count(questions) == 0 ||
        (from->principal != NULL && strcmp(from->principal, principal) != 0)) {
        return;
    }
    if (strcmp(text(entry, "authn"), "anonymous") == 0) {
        out->unsigned_n++;
        return;
    }
    out->requests++;
    read_questions(out, questions, from);
}

int needs_read(struct needs *out, struct cos_span jsonl, const struct needs_from *from,
               struct cos_text_error *err)
{
    unsigned number = 0;
    *out = (struct needs){.n = 0};
    cos_arena_init(&out->arena, ARENA_MAX_BYTES);
    while (jsonl.ptr != NULL) {
        struct cos_span line = cos_span_trim(cos_span_cut(&jsonl, '\n'));
        COS_CLEANUP(cos_json_free) struct cos_json *entry = NULL;
        number++;
        if (line.len == 0) {
            continue;
        }
        if (cos_json_parse(&entry, line, /* limits= */ NULL, err) < 0) {
            err->line = number;
            return -1;
        }
        if (cos_json_kind(entry) != COS_JSON_OBJECT) {
            cos_text_error_set(err, number, 1, "a line of a journal is an object, an entry");
            return -1;
        }
        read_entry(out, entry, from);
    }
    if (out->arena.failed) {
        cos_text_error_set(err, number, 1, "no memory for the journal");
        return -1;
    }
    return 0;
}

void needs_deinit(struct needs *n)
{
    cos_arena_deinit(&n->arena);
}
