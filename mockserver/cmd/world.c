/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs world export and world import: a tenant to a world file and back, of a mock that
 * runs, or of a data directory that no mock uses meanwhile. What the file cannot say, and what
 * an import changes, is told on standard error, a sentence each.
 */
#include "cmd.h"

#include "cosbase/file.h"
#include "cosbase/json.h"
#include "world/mock.h"
#include "world/worldexport.h"

static const struct cos_option data_options[] = {
    {"--data", "DIR", "a data directory that no mock uses meanwhile, instead", COS_OPTION_TEXT,
     CMD_AT(session.data)},
    {NULL},
};
static const struct cos_option export_options[] = {
    {"--secrets", NULL,
     "with secret keys and MFA seeds; FILE is made with mode 0600\nthen, and must be one",
     COS_OPTION_FLAG, CMD_AT(with_secrets)},
    {NULL},
};

static void say(void *ctx, const char *text)
{
    const struct cos_command *line = ctx;
    (void)fprintf(stderr, "cosmock %s: %s\n", line->verb->name, text);
}

static int failed(const struct cos_command *line, const char *why)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", line->verb->name, why);
    return EXIT_FAILURE;
}

static void say_each(const struct cos_command *line, const struct cos_json *list)
{
    for (const struct cos_json *n = cos_json_first(list); n != NULL; n = cos_json_next(n)) {
        (void)fprintf(stderr, "cosmock %s: %s\n", line->verb->name,
                      cos_json_str(n) == NULL ? "" : cos_json_str(n));
    }
}

/* --- of a data directory --- */

struct opened {
    struct cosmock *mock;
    struct cosmock_tenant *tenant;
};

static int open_data(const struct cmd *cmd, struct opened *out)
{
    struct cosmock_error err;
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    options.data_dir = cmd->session.data;
    *out = (struct opened){NULL, NULL};
    if (cosmock_new(&out->mock, &options, &err) != COSMOCK_OK) {
        return failed(&cmd->line, err.message);
    }
    out->tenant = cmd->remote.tenant == NULL
                      ? registry_first(out->mock)
                      : registry_by_name(out->mock, cos_span_of(cmd->remote.tenant));
    return out->tenant != NULL
               ? 0
               : cos_command_complain(&cmd->line, "%s has no such tenant", options.data_dir);
}

static int close_data(struct opened *o, int status)
{
    (void)tenant_unref(o->tenant);
    (void)cosmock_free(o->mock);
    return status;
}

/* --- export --- */

static int export_data(const struct cmd *cmd, struct cos_buf *out)
{
    struct opened o;
    struct cosmock_error err;
    struct cos_command line = cmd->line;
    const struct world_warner warner = {say, &line};
    int status = open_data(cmd, &o);
    if (status == 0 &&
        world_export(o.tenant, cmd->with_secrets, out, &warner, &err) != COSMOCK_OK) {
        status = failed(&cmd->line, err.message);
    }
    return close_data(&o, status);
}

static int export_remote(const struct cmd *cmd, struct cos_buf *out)
{
    struct remote remote;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf answer;
    COS_CLEANUP(cos_json_free) struct cos_json *body = NULL;
    struct cos_text_error err;
    cos_buf_init(&answer, REMOTE_TEXT_MAX_BYTES);
    int status = remote_find(&remote, &cmd->remote, &cmd->line);
    status = status != 0
                 ? status
                 : remote_get_text(&remote, cmd->with_secrets ? "world?secrets=1" : "world",
                                   &answer);
    if (status != 0) {
        return status;
    }
    const char *world =
        cos_json_parse(&body, cos_buf_view(&answer), /* limits= */ NULL, &err) < 0
            ? NULL
            : cos_json_str(cos_json_get(body, "world"));
    if (world == NULL) {
        return failed(&cmd->line, "the mock answered with something else than a world");
    }
    say_each(&cmd->line, cos_json_get(body, "left_out"));
    cos_buf_str(out, world);
    return 0;
}

static int write_file(const struct cmd *cmd, struct cos_span world)
{
    const char *path = cmd->line.operands[0];
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile file = {0};
    int r = cos_outfile_open(&file, path, cmd->with_secrets ? 0600 : 0644,
                             cmd->with_secrets ? COS_OUTFILE_PRIVATE : 0);
    if (r == 0) {
        cos_outfile_write(&file, world);
        r = cos_outfile_commit(&file);
    }
    if (r < 0) {
        (void)fprintf(stderr, "cosmock %s: %s: %s\n", cmd->line.verb->name, path, strerror(-r));
    }
    return r < 0 ? EXIT_FAILURE : 0;
}

static int run_export(void *context)
{
    const struct cmd *cmd = context;
    if (cmd->with_secrets && cmd->line.n_operands == 0) {
        return cos_command_complain(&cmd->line, "--secrets needs a FILE, which others cannot "
                                                "read");
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf world;
    cos_buf_init(&world, MAX_WORLD_BYTES);
    int status =
        cmd->session.data != NULL ? export_data(cmd, &world) : export_remote(cmd, &world);
    if (status != 0) {
        return status;
    }
    if (cmd->line.n_operands > 0) {
        return write_file(cmd, cos_buf_view(&world));
    }
    (void)fwrite(cos_buf_cstr(&world), 1, world.len, stdout);
    return cos_stdout_finish("cosmock");
}

const struct cos_verb world_export_verb = {
    .name = "world export",
    .operands = "[FILE]",
    .max_operands = 1,
    .summary = "write a tenant as a world file",
    .about =
        "Write a tenant of a running mock as a world file: accounts, users, roles, keys,\n"
        "policies, buckets with their configurations, suffixes, switches. A key without\n"
        "its secret gets another one where the file is used. What no world file can say,\n"
        "objects above all, is told on standard error; 'cosmock snapshot' keeps all of it.",
    .after = "examples:\n"
             "  cosmock world export --ready-file ready.json > team.yaml\n"
             "  cosmock world export --data ./cos --secrets team.yaml",
    .options = {cmd_remote_options, data_options, export_options},
    .run = run_export,
};

/* --- import --- */

static int import_data(const struct cmd *cmd, const struct world_source *source)
{
    struct opened o;
    struct cosmock_error err;
    struct cos_command line = cmd->line;
    const struct world_import_ears ears = {{say, &line}, {say, &line}};
    int status = open_data(cmd, &o);
    if (status == 0 && world_import(o.tenant, source, &ears, &err) != COSMOCK_OK) {
        status = failed(&cmd->line, err.message);
    }
    return close_data(&o, status);
}

static int import_remote(const struct cmd *cmd, struct cos_span world)
{
    struct remote remote;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf body;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf answer;
    COS_CLEANUP(cos_json_free) struct cos_json *said = NULL;
    struct cos_text_error err;
    struct cos_jw w;
    cos_buf_init(&body, 2 * REMOTE_TEXT_MAX_BYTES);
    cos_buf_init(&answer, REMOTE_TEXT_MAX_BYTES);
    cos_jw_init(&w, &body);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_span(&w, "world", world);
    cos_jw_end(&w);
    int status = remote_find(&remote, &cmd->remote, &cmd->line);
    status =
        status != 0 ? status : remote_put_text(&remote, "world", cos_buf_view(&body), &answer);
    if (status == 0 &&
        cos_json_parse(&said, cos_buf_view(&answer), /* limits= */ NULL, &err) == 0) {
        say_each(&cmd->line, cos_json_get(said, "changes"));
        say_each(&cmd->line, cos_json_get(said, "warnings"));
    }
    return status;
}

static int run_import(void *context)
{
    const struct cmd *cmd = context;
    const char *path = cmd->line.operands[0];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf world;
    cos_buf_init(&world, MAX_WORLD_BYTES);
    int r = cos_file_read(&world, path);
    if (r < 0) {
        (void)fprintf(stderr, "cosmock %s: %s: %s\n", cmd->line.verb->name, path, strerror(-r));
        return EXIT_FAILURE;
    }
    const struct world_source source = {.yaml = cos_buf_view(&world),
                                        .origin = path,
                                        .is_file = true};
    return cmd->session.data != NULL ? import_data(cmd, &source)
                                     : import_remote(cmd, source.yaml);
}

const struct cos_verb world_import_verb = {
    .name = "world import",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "make a tenant what a world file says",
    .about =
        "Make a tenant of a running mock, which goes on, what a world file says: accounts,\n"
        "users, roles and keys as they stand there, buckets with the configurations they\n"
        "have there. What the file does not name stays, objects too. What is changed by it\n"
        "is told on standard error. In one step, or not at all.",
    .after = "examples:\n"
             "  cosmock world import --ready-file ready.json team.yaml\n"
             "  cosmock world import --data ./cos team.yaml",
    .options = {cmd_remote_options, data_options},
    .run = run_import,
};
