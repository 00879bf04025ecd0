/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock policy lint: what is wrong with policies, or looks like it. */
#include "policy.h"

#include "advice/lint.h"
#include "cosbase/alloc.h"

#define REPORT_MAX_BYTES ((size_t)64 << 20)

static const struct cos_option options[] = {
    {"--as", "USE",
     "what the policies are for: identity (default), session,\nboundary, bucket or trust",
     COS_OPTION_TEXT, CMD_AT(policy.use)},
    {"--json", NULL, "print an array of findings", COS_OPTION_FLAG, CMD_AT(as_json)},
    {"--sarif", NULL, "print a log of SARIF 2.1.0, as code hosts and editors read it",
     COS_OPTION_FLAG, CMD_AT(policy.as_sarif)},
    {"--rules", NULL, "print the table of rules, as Markdown", COS_OPTION_FLAG,
     CMD_AT(policy.wants_rules)},
    {NULL},
};

static int print_rules(void)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, REPORT_MAX_BYTES);
    lint_print_rules(&text);
    return policy_print(&text);
}

static int report(const struct cmd *cmd, const struct lint_file *files, size_t n)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, REPORT_MAX_BYTES);
    if (cmd->policy.as_sarif) {
        lint_print_sarif(&text, files, n);
    } else if (cmd->as_json) {
        lint_print_json(&text, files, n);
    } else {
        lint_print(&text, files, n);
    }
    int r = policy_print(&text);
    for (size_t i = 0; i < n && r == 0; i++) {
        r = lint_complaints(files[i].lint) > 0 ? POLICY_NO : POLICY_YES;
    }
    return r;
}

static int lint_file(struct lint *out, const char *path, enum cam_policy_use use,
                     struct cosmock_tenant *t, const struct cos_command *line)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, POLICY_FILE_MAX_BYTES);
    int r = policy_read_file(&text, path, line);
    if (r == 0 && !lint_policy(out, cos_buf_view(&text), use, t)) {
        (void)fprintf(stderr, "cosmock %s: no memory\n", line->verb->name);
        r = EXIT_FAILURE;
    }
    return r;
}

static int lint_files(const struct cmd *cmd, enum cam_policy_use use, struct cosmock_tenant *t)
{
    size_t n = cmd->line.n_operands == 0 ? 1 : cmd->line.n_operands;
    struct lint *lints = cos_calloc(n, sizeof(*lints));
    struct lint_file *files = cos_calloc(n, sizeof(*files));
    int r = lints == NULL || files == NULL ? EXIT_FAILURE : 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        files[i] = (struct lint_file){i < cmd->line.n_operands ? cmd->line.operands[i] : "-",
                                      &lints[i]};
        r = lint_file(&lints[i], files[i].path, use, t, &cmd->line);
    }
    r = r != 0 ? r : report(cmd, files, n);
    for (size_t i = 0; i < n && lints != NULL; i++) {
        lint_deinit(&lints[i]);
    }
    cos_free(lints);
    cos_free(files);
    return r;
}

static int run(void *context)
{
    const struct cmd *cmd = context;
    enum cam_policy_use use;
    if (!policy_use(&use, cmd)) {
        return COS_STATUS_USAGE;
    }
    int r = 0;
    if (cmd->policy.wants_rules) {
        r = print_rules();
    } else {
        struct cosmock *mock = NULL;
        struct cosmock_tenant *t = NULL;
        r = policy_world_open(&mock, &t, /* world_file= */ NULL, &cmd->line);
        r = r != 0 ? r : lint_files(cmd, use, t);
        (void)cosmock_free(mock);
    }
    int written = cos_stdout_finish("cosmock");
    return written != 0 ? written : r;
}

const struct cos_verb policy_lint_verb = {
    .name = "policy lint",
    .operands = "[POLICY...]",
    .max_operands = SIZE_MAX,
    .summary = "what is wrong with policies, or looks like it",
    .about =
        "Look for mistakes that CAM takes without a word: misspelt actions, resources that "
        "match\n"
        "nothing, conditions that no request meets, statements that do nothing. POLICYs are\n"
        "files (JSON; none or '-': standard input). Each finding has file, line and column, "
        "and\n"
        "the rule ('--rules' prints all of them, docs/LINT.md). Exit status 0: no error and "
        "no\n"
        "warning; 1: some; 2: a file cannot be read.",
    .after = "examples:\n"
             "  cosmock policy lint readers.json writers.json\n"
             "  cosmock policy lint --as session --sarif token.json > lint.sarif",
    .options = {options},
    .run = run,
};
