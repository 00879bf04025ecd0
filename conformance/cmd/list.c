/* SPDX-License-Identifier: Apache-2.0 */
/* The verb list: the catalogue for people and programs. */
#include "cmd.h"

#include "cosbase/json.h"
#include "verdict.h"

#include <stdio.h>

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

static void list_json(struct cos_jw *w, const struct requirement *r)
{
    cos_jw_object(w, NULL);
    cos_jw_str(w, "id", r->id);
    cos_jw_str(w, "area", r->area);
    cos_jw_str(w, "level", level_name(r->level));
    cos_jw_str(w, "profile", r->profile);
    cos_jw_u64(w, "cases", r->n_cases);
    cos_jw_str(w, "statement", r->statement);
    cos_jw_str(w, "source", r->source);
    cos_jw_array(w, "sentences");
    for (size_t i = 0; i < r->n_sentences; i++) {
        cos_jw_u64(w, NULL, r->sentences[i]);
    }
    cos_jw_end(w);
    cos_jw_str(w, "observe", r->observe);
    cos_jw_str(w, "mutant", r->mutant);
    cos_jw_str(w, "defect", r->defect);
    cos_jw_end(w);
}

static bool is_listed(const struct cmd *cmd, const struct requirement *r)
{
    return selection_has(&cmd->selection, r) && !(cmd->untested && r->n_cases > 0);
}

static int print_json(const struct cmd *cmd)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct cos_jw w;
    cos_buf_init(&b, 16u << 20);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, NULL);
    cos_jw_array(&w, "requirements");
    for (size_t i = 0; i < cmd->catalogue.n; i++) {
        if (is_listed(cmd, &cmd->catalogue.items[i])) {
            list_json(&w, &cmd->catalogue.items[i]);
        }
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
    if (b.failed) {
        (void)fprintf(stderr, "%s: no memory for the list\n", cmd->name);
        return EXIT_BROKEN;
    }
    (void)puts(cos_buf_cstr(&b));
    return 0;
}

static void print_text(const struct cmd *cmd)
{
    if (cmd->yaml) {
        (void)printf("requirements:\n");
    }
    for (size_t i = 0; i < cmd->catalogue.n; i++) {
        const struct requirement *r = &cmd->catalogue.items[i];
        if (is_listed(cmd, r) && cmd->yaml) {
            list_yaml(r);
        } else if (is_listed(cmd, r)) {
            list_line(r);
        }
    }
}

/* What was not printed is worse news than what was not found. */
static int finish(const struct cmd *cmd, int status)
{
    return cos_stdout_finish(cmd->name) == 0 ? status : EXIT_BROKEN;
}

int cmd_list(void *context)
{
    const struct cmd *cmd = context;
    size_t n = 0;
    if (cmd->json && cmd->yaml) {
        return cos_command_complain(&cmd->line, "--json and --yaml exclude each other");
    }
    for (size_t i = 0; i < cmd->catalogue.n; i++) {
        n += is_listed(cmd, &cmd->catalogue.items[i]) ? 1 : 0;
    }
    if (!cmd->json) {
        print_text(cmd);
    } else if (print_json(cmd) != 0) {
        return EXIT_BROKEN;
    }
    return finish(cmd, n > 0 || cmd->untested ? EXIT_CERTIFIED : EXIT_NOTHING);
}
