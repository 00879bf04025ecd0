/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that print and end: explain, world, ops, switches. */
#include "cmd.h"

#include "cosbase/buf.h"
#include "services/ops.h"
#include "world/world.h"

static int failed(const struct cos_command *line, const struct cosmock_error *err)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", line->verb->name, err->message);
    return err->status == COSMOCK_E_NOMEM ? EXIT_FAILURE : COS_STATUS_USAGE;
}

static int make_world(struct cosmock **mock, struct cosmock_tenant **t, const char *world_file,
                      const struct cos_command *line)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_tenant_options tenant = COSMOCK_TENANT_OPTIONS_INIT;

    tenant.world_file = world_file;
    tenant.seed = 1;
    tenant.warn = session_warn;
    struct cosmock_error err;
    if (cosmock_new(mock, &options, &err) != COSMOCK_OK ||
        cosmock_tenant_new(*mock, t, &tenant, &err) != COSMOCK_OK) {
        return failed(line, &err);
    }
    return 0;
}

/* --- explain --- */

static const struct cos_option explain_options[] = {
    {"--world", "FILE", "the world (YAML); default: 'cosmock world'", COS_OPTION_TEXT,
     CMD_AT(session.world_file)},
    {"--uin", "UIN", "who asks, or 'anonymous'; default: the first account's root",
     COS_OPTION_TEXT, CMD_AT(uin)},
    {"--context", "KEY=VALUE", "what a condition may ask, e.g. cos:prefix=dir/; repeatable",
     COS_OPTION_LIST, CMD_AT(context)},
    {NULL},
};

static int run_explain(void *context)
{
    const struct cmd *cmd = context;
    char *const *operands = cmd->line.operands;
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    int r = make_world(&mock, &t, cmd->session.world_file, &cmd->line);

    if (r == 0) {
        struct cosmock_world_info info;
        cosmock_world_info(t, &info);
        struct cosmock_explain_query query = COSMOCK_EXPLAIN_QUERY_INIT;
        query.uin = cmd->uin == NULL ? info.owner_uin : cmd->uin;
        query.action = operands[0];
        query.resource = operands[1];
        query.context = cmd->context.items;
        query.n_context = cmd->context.n;
        char *json = NULL;
        struct cosmock_error err;
        if (cosmock_policy_explain(t, &query, &json, &err) != COSMOCK_OK) {
            r = failed(&cmd->line, &err);
        } else {
            (void)printf("%s\n", json);
            free(json);
        }
    }
    (void)cosmock_free(mock);
    return r != 0 ? r : cos_stdout_finish("cosmock");
}

const struct cos_verb explain_verb = {
    .name = "explain",
    .operands = "ACTION RESOURCE",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "why would a user be allowed or denied",
    .about =
        "Say why a user of a world would be allowed or denied: every statement of every layer\n"
        "with its policy and its first failing clause, as JSON. Exit status 0 whatever the "
        "verdict.",
    .after = "example:\n"
             "  cosmock explain --world team.yaml --uin 100000000002 name/cos:GetObject \\\n"
             "    'qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/a.txt'",
    .options = {explain_options},
    .run = run_explain,
};

/* --- world --- */

static int check_world(const char *file, const struct cos_command *line)
{
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    int r = make_world(&mock, &t, file, line);

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
