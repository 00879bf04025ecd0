/* SPDX-License-Identifier: Apache-2.0 */
/* What the catalogue, the case tables and the planted defects say about each other. */
#include "catalogue.h"

#include "registry.h"
#include "standing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct audit {
    struct catalogue *c;
    struct catalogue_audit *out;
    void (*note)(void *ctx, const char *sentence);
    void *ctx;
};

static void note(const struct audit *a, const char *fmt, ...) COS_PRINTF(2, 3);
static void note(const struct audit *a, const char *fmt, ...)
{
    if (a->note == NULL) {
        return;
    }
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    a->note(a->ctx, text);
}

static void count_case(struct audit *a, const struct conform_case *kase)
{
    for (size_t i = 0; i < a->c->n; i++) {
        if (strcmp(a->c->items[i].id, kase->requirement) == 0) {
            a->c->items[i].n_cases++;
            return;
        }
    }
    a->out->n_unknown++;
    note(a, "case '%s' names the unknown requirement '%s'", kase->name, kase->requirement);
}

/* A requirement names one defect and may have more; a defect that one names is its own. */
static void audit_mutant(struct audit *a, const struct conform_mutant *m)
{
    if (m->requirement == NULL) {
        return;
    }
    if (catalogue_find(a->c, m->requirement) == NULL) {
        a->out->n_mutants_unknown++;
        note(a, "mutant '%s' says requirement %s, which does not exist", m->name,
             m->requirement);
    }
    for (size_t i = 0; i < a->c->n; i++) {
        const struct requirement *r = &a->c->items[i];
        if (strcmp(r->mutant, m->name) == 0 && strcmp(r->id, m->requirement) != 0) {
            a->out->n_mutants_unknown++;
            note(a, "mutant '%s' says requirement %s, and %s names it", m->name, m->requirement,
                 r->id);
        }
    }
}

/* What nothing can break, nothing shows to be asked. */
static void audit_planted(struct audit *a, const struct requirement *r)
{
    for (const struct conform_mutant *m = conform_mutants; m->name != NULL; m++) {
        if (m->requirement != NULL && strcmp(m->name, r->mutant) == 0 &&
            strcmp(m->requirement, r->id) == 0) {
            return;
        }
    }
    a->out->n_unplanted++;
    if (r->mutant[0] == '\0') {
        note(a, "%s names no defect", r->id);
    } else {
        note(a, "%s names the defect '%s', which nothing plants for it", r->id, r->mutant);
    }
}

static void audit_standing(struct audit *a)
{
    struct standing_faults faults = {0};
    struct standing s = {.catalogue = a->c, .tables = registry_tables()};
    standing_check(&s, &faults, a->note, a->ctx);
    a->out->n_stands_unknown = faults.n_unknown;
    a->out->n_stands_circles = faults.n_circles;
}

void catalogue_audit(struct catalogue *c, struct catalogue_audit *out,
                     void (*note_fn)(void *ctx, const char *sentence), void *ctx)
{
    struct audit a = {.c = c, .out = out, .note = note_fn, .ctx = ctx};
    *out = (struct catalogue_audit){0};
    for (size_t i = 0; i < c->n; i++) {
        c->items[i].n_cases = 0;
    }
    for (const struct conform_case *const *table = registry_tables(); *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            count_case(&a, k);
        }
    }
    audit_standing(&a);
    for (const struct conform_mutant *m = conform_mutants; m->name != NULL; m++) {
        audit_mutant(&a, m);
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct requirement *r = &c->items[i];
        out->n_untested += r->n_cases == 0 ? 1 : 0;
        out->n_untested_must += r->n_cases == 0 && r->level == LEVEL_MUST ? 1 : 0;
        audit_planted(&a, r);
    }
}
