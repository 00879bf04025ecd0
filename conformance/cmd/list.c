/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs list and explain: the catalogue for people. */
#include "cmd.h"

#include "registry.h"
#include "verdict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A double-quoted YAML scalar. */
static void put_quoted(const char *text)
{
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(*text);
    }
    (void)putchar('"');
}

static void list_yaml(const struct requirement *r)
{
    (void)printf("  - {id: %s, level: %s, profile: %s, cases: %zu, statement: ", r->id,
                 level_name(r->level), r->profile, r->n_cases);
    put_quoted(r->statement);
    (void)printf("}\n");
}

static void list_line(const struct requirement *r)
{
    (void)printf("%-8s %-6s %-12s %-8s %s\n", r->id, level_name(r->level), r->profile,
                 r->n_cases > 0 ? "tested" : "untested", r->statement);
}

int cmd_list(struct cmd *cmd)
{
    size_t n = 0;
    if (cmd->yaml) {
        (void)printf("requirements:\n");
    }
    for (size_t i = 0; i < cmd->catalogue.n; i++) {
        const struct requirement *r = &cmd->catalogue.items[i];
        if (!selection_has(&cmd->selection, r) || (cmd->untested && r->n_cases > 0)) {
            continue;
        }
        n++;
        if (cmd->yaml) {
            list_yaml(r);
        } else {
            list_line(r);
        }
    }
    return n > 0 || cmd->untested ? EXIT_CERTIFIED : EXIT_NOTHING;
}

static const struct requirement *find_any_case(const struct catalogue *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcasecmp(c->items[i].id, id) == 0) {
            return &c->items[i];
        }
    }
    return NULL;
}

static void print_cases(const struct requirement *r)
{
    for (const struct conform_case *const *table = registry_tables(); *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            if (strcmp(k->requirement, r->id) == 0) {
                (void)printf("  case       %s%s%s\n", k->name,
                             k->needs != NULL ? "; needs " : "",
                             k->needs != NULL ? k->needs : "");
            }
        }
    }
    if (r->n_cases == 0) {
        (void)printf("  case       none yet: this requirement is not tested\n");
    }
}

int cmd_explain(struct cmd *cmd)
{
    if (cmd->id == NULL) {
        return cmd_usage_error(cmd, "explain needs an id, such as: cosconform explain POL-004");
    }
    const struct requirement *r = find_any_case(&cmd->catalogue, cmd->id);
    if (r == NULL) {
        return cmd_usage_error(cmd, "no requirement '%s'; 'cosconform list' prints them",
                               cmd->id);
    }
    (void)printf("%s  %s, profile %s\n  statement  %s\n  source     %s\n  observed   %s\n",
                 r->id, level_name(r->level), r->profile, r->statement, r->source, r->observe);
    (void)printf("  mutant     %s: %s\n", r->mutant, r->defect);
    if (r->real_jar[0] != '\0') {
        (void)printf("  real jar   %s\n", r->real_jar);
    }
    print_cases(r);
    (void)printf("  run it     cosconform run --in-process --only %s --verbose\n", r->id);
    return EXIT_CERTIFIED;
}
