/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that print and end: explain, world, ops, switches, version. */
#include "args.h"
#include "cmd.h"
#include "cosmock/cosmock.h"

#include "cosbase/buf.h"
#include "services/ops.h"
#include "world/world.h"

static int failed(const struct verb *verb, const struct cosmock_error *err)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", verb->name, err->message);
    return err->status == COSMOCK_E_NOMEM ? EXIT_FAILURE : EXIT_BAD_INPUT;
}

/* For verbs without options or operands. */
static int parse_nothing(const struct verb *verb, int argc, char *const argv[])
{
    int first = 0;
    int r = args_parse(verb, NULL, 0, argc, argv, &first);

    if (r == 0 && first < argc) {
        r = args_complain(verb, "unexpected argument '%s'", argv[first]);
    }
    return r;
}

static int make_world(struct cosmock **mock, struct cosmock_tenant **t, const char *world_file,
                      const struct verb *verb)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_tenant_options tenant = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_error err;

    tenant.world_file = world_file;
    tenant.seed = 1;
    if (cosmock_new(mock, &options, &err) != COSMOCK_OK ||
        cosmock_tenant_new(*mock, t, &tenant, &err) != COSMOCK_OK) {
        return failed(verb, &err);
    }
    return 0;
}

/* --- explain --- */

static const struct verb explain_verb = {
    .name = "explain",
    .usage = "cosmock explain [--world FILE] --uin UIN ACTION RESOURCE",
    .about =
        "Say why a user of a world would be allowed or denied: every statement of every layer\n"
        "with its first failing clause, as JSON. Exit status 0 whatever the verdict.",
    .after = "example:\n"
             "  cosmock explain --world team.yaml --uin 100000000002 name/cos:GetObject \\\n"
             "    'qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/a.txt'",
};

int cmd_explain(int argc, char *const argv[])
{
    const char *world = NULL;
    const char *uin = NULL;
    const struct arg args[] = {
        {"--world", ARG_TEXT, &world, 0, "FILE", "the world (YAML); default: 'cosmock world'"},
        {"--uin", ARG_TEXT, &uin, 0, "UIN", "who asks; default: the first account's root"},
    };
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    struct cosmock_world_info info;
    struct cosmock_error err;
    char *json = NULL;
    int first = 0;
    int r = args_parse(&explain_verb, args, COS_ARRAY_LEN(args), argc, argv, &first);

    if (r == 0 && argc - first != 2) {
        r = args_complain(&explain_verb, "give an action and a resource");
    }
    if (r != 0) {
        return r < 0 ? EXIT_SUCCESS : r;
    }
    r = make_world(&mock, &t, world, &explain_verb);
    if (r == 0) {
        cosmock_world_info(t, &info);
        if (cosmock_policy_explain(t, uin == NULL ? info.owner_uin : uin, /* secret_id: */ NULL,
                                   argv[first], argv[first + 1], &json, &err) != COSMOCK_OK) {
            r = failed(&explain_verb, &err);
        } else {
            (void)printf("%s\n", json);
            free(json);
        }
    }
    (void)cosmock_free(mock);
    return r;
}

/* --- world --- */

static const struct verb world_verb = {
    .name = "world",
    .usage = "cosmock world [FILE...]",
    .about = "Without FILE: print the built-in world, a good start for one of your own.\n"
             "With FILEs: check them; exit status 2 and file, line and key when one is wrong.",
};

static int check_world(const char *file)
{
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    int r = make_world(&mock, &t, file, &world_verb);

    (void)cosmock_free(mock);
    if (r == 0) {
        (void)printf("%s: good\n", file);
    }
    return r;
}

int cmd_world(int argc, char *const argv[])
{
    int first = 0;
    int worst = args_parse(&world_verb, NULL, 0, argc, argv, &first);

    if (worst != 0) {
        return worst < 0 ? EXIT_SUCCESS : worst;
    }
    if (first == argc) {
        (void)fputs(world_default_text, stdout);
    }
    for (int i = first; i < argc; i++) {
        int r = check_world(argv[i]);

        worst = r > worst ? r : worst;
    }
    return worst;
}

/* --- ops, switches, version --- */

int cmd_ops(int argc, char *const argv[])
{
    static const struct verb verb = {
        .name = "ops",
        .usage = "cosmock ops",
        .about =
            "Print the table of operations as Markdown (docs/OPERATIONS.md is this output).",
    };
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    int r = parse_nothing(&verb, argc, argv);

    cos_buf_init(&text, 1u << 22);
    if (r != 0) {
        return r < 0 ? EXIT_SUCCESS : r;
    }
    ops_print(&text);
    (void)fwrite(cos_buf_cstr(&text), 1, text.len, stdout);
    return text.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_switches(int argc, char *const argv[])
{
    static const struct verb verb = {
        .name = "switches",
        .usage = "cosmock switches",
        .about = "Print the switches: where the real service's behaviour is not certain, or "
                 "where a\n"
                 "test wants it otherwise. The first value is the default. Set one with\n"
                 "--switch NAME=VALUE, in a world file, or through the control API.",
    };
    int r = parse_nothing(&verb, argc, argv);

    if (r != 0) {
        return r < 0 ? EXIT_SUCCESS : r;
    }
    for (size_t i = 0; i < SWITCHES; i++) {
        (void)printf("%s = %s\n    %s\n    [%s]\n", world_switch_rows[i].name,
                     world_switch_rows[i].values, world_switch_rows[i].meaning,
                     world_switch_rows[i].citation);
    }
    return EXIT_SUCCESS;
}

int cmd_version(int argc, char *const argv[])
{
    static const struct verb verb = {.name = "version",
                                     .usage = "cosmock version",
                                     .about = "Print the version."};
    int r = parse_nothing(&verb, argc, argv);

    if (r != 0) {
        return r < 0 ? EXIT_SUCCESS : r;
    }
    (void)printf("cosmock %s\n", cosmock_version());
    return EXIT_SUCCESS;
}
