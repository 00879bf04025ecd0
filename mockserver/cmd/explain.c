/* SPDX-License-Identifier: Apache-2.0 */
/* The verb explain: of a world, or of a mock that runs. */
#include "cmd.h"

#include "world/world.h"

#define TARGET_MAX_BYTES ((size_t)64 << 10)

static int failed(const struct cos_command *line, const struct cosmock_error *err)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", line->verb->name, err->message);
    return err->status == COSMOCK_E_NOMEM ? EXIT_FAILURE : COS_STATUS_USAGE;
}

int cmd_make_world(struct cosmock **mock, struct cosmock_tenant **t, const char *world_file,
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

static const struct cos_option explain_options[] = {
    {"--world", "FILE", "the world (YAML); default: 'cosmock world'", COS_OPTION_TEXT,
     CMD_AT(session.world_file)},
    {"--uin", "WHO",
     "who asks: a uin, qcs::cam::uin/OWNER:uin/UIN, a "
     "role's\nqcs::cam::uin/OWNER:roleName/NAME, "
     "or 'anonymous';\ndefault: the first account's root",
     COS_OPTION_TEXT, CMD_AT(uin)},
    {"--secret-id", "ID", "or by which key, temporary ones of a running mock included",
     COS_OPTION_TEXT, CMD_AT(secret_id)},
    {"--context", "KEY=VALUE", "what a condition may ask, e.g. cos:prefix=dir/; repeatable",
     COS_OPTION_LIST, CMD_AT(context)},
    {"--external-id", "ID", "to assume a role: what is said with it", COS_OPTION_TEXT,
     CMD_AT(external_id)},
    {"--json", NULL, "print JSON instead", COS_OPTION_FLAG, CMD_AT(as_json)},
    {NULL},
};

static struct cosmock_explain_query query_of(const struct cmd *cmd, const char *first_uin)
{
    struct cosmock_explain_query query = COSMOCK_EXPLAIN_QUERY_INIT;
    query.secret_id = cmd->secret_id;
    query.uin = cmd->uin != NULL ? cmd->uin : cmd->secret_id == NULL ? first_uin : NULL;
    bool is_request = cmd->line.n_operands == 1;
    query.action = is_request ? NULL : cmd->line.operands[0];
    query.resource = is_request ? NULL : cmd->line.operands[1];
    query.external_id = cmd->external_id;
    query.context = cmd->context.items;
    query.n_context = cmd->context.n;
    return query;
}

static int print(const struct cmd *cmd, const char *json)
{
    struct cosmock_error err;
    char *text = NULL;
    if (cmd->as_json) {
        (void)printf("%s\n", json);
    } else if (cosmock_explain_text(json, &text, &err) != COSMOCK_OK) {
        return failed(&cmd->line, &err);
    } else {
        (void)fputs(text, stdout);
        free(text);
    }
    return cos_stdout_finish("cosmock");
}

/* --- of a world --- */

static int ask_world(const struct cmd *cmd, struct cosmock_tenant *t)
{
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    const struct cosmock_explain_query query = query_of(cmd, info.owner_uin);
    struct cosmock_error err;
    char *json = NULL;
    if (cosmock_policy_explain(t, &query, &json, &err) != COSMOCK_OK) {
        return failed(&cmd->line, &err);
    }
    int r = print(cmd, json);
    free(json);
    return r;
}

static int explain_world(const struct cmd *cmd)
{
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    int r = cmd_make_world(&mock, &t, cmd->session.world_file, &cmd->line);
    r = r == 0 ? ask_world(cmd, t) : r;
    (void)cosmock_free(mock);
    return r;
}

/* --- of a mock that runs --- */

static void put_param(struct cos_buf *b, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    cos_buf_printf(b, "%c%s=", memchr(b->ptr, '?', b->len) == NULL ? '?' : '&', name);
    for (const char *s = value; *s != '\0'; s++) {
        cos_buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
    }
}

static int explain_remote(const struct cmd *cmd)
{
    struct remote remote;
    int status = remote_find(&remote, &cmd->remote, &cmd->line);
    if (status != 0) {
        return status;
    }
    const struct cosmock_explain_query q = query_of(cmd, /* first_uin= */ NULL);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf target;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf json;
    cos_buf_init(&target, TARGET_MAX_BYTES);
    cos_buf_init(&json, REMOTE_TEXT_MAX_BYTES);
    cos_buf_str(&target, "explain");
    put_param(&target, "request", cmd->line.n_operands == 1 ? cmd->line.operands[0] : NULL);
    put_param(&target, "uin", q.uin);
    put_param(&target, "secret_id", q.secret_id);
    put_param(&target, "action", q.action);
    put_param(&target, "resource", q.resource);
    put_param(&target, "external_id", q.external_id);
    for (size_t i = 0; i < q.n_context; i++) {
        put_param(&target, "context", q.context[i]);
    }
    status = remote_get_text(&remote, cos_buf_cstr(&target), &json);
    return status != 0 ? status : print(cmd, cos_buf_cstr(&json));
}

static int run_explain(void *context)
{
    const struct cmd *cmd = context;
    bool is_remote = cmd->remote.control != NULL || cmd->remote.ready_file != NULL ||
                     cmd->line.n_operands == 1; /* below 'cosmock exec' */
    if (is_remote && cmd->session.world_file != NULL) {
        return cos_command_complain(&cmd->line, "--world is for a mock that does not run");
    }
    if (cmd->uin != NULL && cmd->secret_id != NULL) {
        return cos_command_complain(&cmd->line, "give --uin or --secret-id, not both");
    }
    return is_remote ? explain_remote(cmd) : explain_world(cmd);
}

const struct cos_verb explain_verb = {
    .name = "explain",
    .operands = "REQUEST-ID | ACTION RESOURCE",
    .min_operands = 1,
    .max_operands = 2,
    .summary = "why would a user be allowed or denied",
    .about =
        "Say why a request of a running mock was answered so, by the id in its answer or its\n"
        "number in the journal: who refused, the mistake in a signature with both strings, "
        "and\n"
        "its questions of rights. Or say why somebody would be allowed or denied: every\n"
        "statement of every layer with its\n"
        "policy and its first failing clause. Asked is a world, or with --control or\n"
        "--ready-file a mock that runs. Exit status 0 whatever the verdict; 2, with how it\n"
        "should read, for what no request can ask.",
    .after = "examples:\n"
             "  cosmock explain --world team.yaml --uin 100000000002 name/cos:GetObject \\\n"
             "    'qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/a.txt'\n"
             "  cosmock explain --ready-file ready.json --uin anonymous \\\n"
             "    --context cos:prefix=dir/ name/cos:GetBucket \\\n"
             "    'qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/'",
    .options = {explain_options, cmd_remote_options},
    .run = run_explain,
};
