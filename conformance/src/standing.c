/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the case tables: from a case to the requirements it names, from each of them to
 * what their cases name. The tables are small and the walk is taken for violated cases only,
 * so nothing is kept but the catalogue and the tables.
 */
#include "standing.h"

#include "cosbase/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the walk ---- */

struct walk {
    const struct standing *s;
    size_t *out;
    size_t n;
};

static bool next_id(struct cos_span *rest, struct cos_span *id)
{
    *id = cos_span_trim(cos_span_cut(rest, ','));
    return id->len > 0;
}

/* The catalogue's length when no requirement has this id. */
static size_t index_of(const struct catalogue *c, struct cos_span id)
{
    size_t i = 0;
    while (i < c->n && !cos_span_eq_str(id, c->items[i].id)) {
        i++;
    }
    return i;
}

static void reach(struct walk *w, size_t index)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->out[i] == index) {
            return;
        }
    }
    w->out[w->n++] = index;
}

static void reach_all(struct walk *w, const struct conform_case *kase)
{
    struct cos_span id, rest = cos_span_of(kase->stands_on != NULL ? kase->stands_on : "");
    while (next_id(&rest, &id)) {
        size_t index = index_of(w->s->catalogue, id);
        if (index < w->s->catalogue->n) {
            reach(w, index);
        }
    }
}

static void reach_from(struct walk *w, const char *requirement)
{
    for (const struct conform_case *const *table = w->s->tables; *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            if (strcmp(k->requirement, requirement) == 0) {
                reach_all(w, k);
            }
        }
    }
}

size_t standing_of(const struct standing *s, const struct conform_case *kase, size_t *out)
{
    struct walk w = {.s = s, .out = out};
    reach_all(&w, kase);
    for (size_t i = 0; i < w.n; i++) { /* grows on the way */
        reach_from(&w, s->catalogue->items[out[i]].id);
    }
    return w.n;
}

/* ---- audit ---- */

struct check {
    const struct standing *s;
    struct standing_faults *out;
    void (*note)(void *ctx, const char *sentence);
    void *ctx;
    /* Room for a walk. */
    size_t *reached;
};

static void say(const struct check *c, const char *fmt, ...) COS_PRINTF(2, 3);
static void say(const struct check *c, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (c->note != NULL) {
        c->note(c->ctx, text);
    }
}

static void check_case(struct check *c, const struct conform_case *k)
{
    struct cos_span id, rest = cos_span_of(k->stands_on != NULL ? k->stands_on : "");
    while (next_id(&rest, &id)) {
        if (index_of(c->s->catalogue, id) == c->s->catalogue->n) {
            c->out->n_unknown++;
            say(c, "case '%s' of %s stands on the unknown requirement '" COS_SPAN_FMT "'",
                k->name, k->requirement, COS_SPAN_ARG(id));
        }
    }
    size_t own = index_of(c->s->catalogue, cos_span_of(k->requirement));
    size_t n = standing_of(c->s, k, c->reached);
    for (size_t i = 0; i < n; i++) {
        if (c->reached[i] == own) {
            c->out->n_circles++;
            say(c, "case '%s' of %s stands on its own requirement in the end", k->name,
                k->requirement);
        }
    }
}

void standing_check(const struct standing *s, struct standing_faults *out,
                    void (*note)(void *ctx, const char *sentence), void *ctx)
{
    *out = (struct standing_faults){0};
    struct check c = {.s = s, .out = out, .note = note, .ctx = ctx};
    c.reached = cos_calloc(s->catalogue->n + 1, sizeof(*c.reached));
    for (const struct conform_case *const *table = s->tables;
         c.reached != NULL && *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            check_case(&c, k);
        }
    }
    (void)cos_free(c.reached);
}
