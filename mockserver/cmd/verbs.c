/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that print and end: world, ops, switches. */
#include "cmd.h"

#include "cosbase/buf.h"
#include "services/ops.h"
#include "world/world.h"

/* --- world --- */

static int check_world(const char *file, const struct cos_command *line)
{
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    int r = cmd_make_world(&mock, &t, file, line);

    (void)cosmock_free(mock);
    if (r == 0) {
        (void)printf("%s: good\n", file);
    }
    return r;
}

static int run_world(void *context)
{
    const struct cos_command *line = &((struct cmd *)context)->line;

    if (line->n_operands == 0) {
        (void)fputs(world_default_text, stdout);
    }
    int worst = 0;
    for (size_t i = 0; i < line->n_operands; i++) {
        int r = check_world(line->operands[i], line);

        worst = r > worst ? r : worst;
    }
    return worst != 0 ? worst : cos_stdout_finish("cosmock");
}

const struct cos_verb world_verb = {
    .name = "world",
    .operands = "[FILE...]",
    .max_operands = SIZE_MAX,
    .summary = "print the built-in world, or check world files",
    .about = "Without FILE: print the built-in world, a good start for one of your own.\n"
             "With FILEs: check them; exit status 2 and file, line and key when one is wrong.",
    .after = "examples:\n"
             "  cosmock world > team.yaml\n"
             "  cosmock world team.yaml",
    .run = run_world,
};

/* --- ops, switches --- */

static const struct cos_option ops_options[] = {
    {"--json", NULL, "print a JSON array instead", COS_OPTION_FLAG, CMD_AT(as_json)},
    {NULL},
};

static int run_ops(void *context)
{
    const struct cmd *cmd = context;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;

    cos_buf_init(&text, 1u << 22);
    if (cmd->as_json) {
        ops_print_json(&text);
    } else {
        ops_print(&text);
    }
    (void)fwrite(cos_buf_cstr(&text), 1, text.len, stdout);
    return text.failed ? EXIT_FAILURE : cos_stdout_finish("cosmock");
}

const struct cos_verb ops_verb = {
    .name = "ops",
    .operands = "",
    .summary = "print the table of operations",
    .about =
        "Print the table of operations as Markdown (docs/OPERATIONS.md is this output), or as\n"
        "JSON: one object an operation with its method, target, query, right and state.",
    .after = "example:\n"
             "  cosmock ops | grep -i upload\n"
             "  cosmock ops --json | jq -r '.[] | select(.built | not) | .operation'",
    .options = {ops_options},
    .run = run_ops,
};

static int run_switches(void *context)
{
    for (size_t i = 0; i < SWITCHES; i++) {
        (void)printf("%s = %s\n    %s\n    [%s]\n", world_switch_rows[i].name,
                     world_switch_rows[i].values, world_switch_rows[i].meaning,
                     world_switch_rows[i].citation);
    }
    return cos_stdout_finish("cosmock");
}

const struct cos_verb switches_verb = {
    .name = "switches",
    .operands = "",
    .summary = "print the switches and their values",
    .about = "Print the switches: where the real service's behaviour is not certain, or "
             "where a\n"
             "test wants it otherwise. The first value is the default. Set one with\n"
             "--switch NAME=VALUE, in a world file, or through the control API.",
    .after = "example:\n"
             "  cosmock exec --switch temp-key-without-token=accept -- make test",
    .run = run_switches,
};
