/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock policy diff: which requests get another answer. */
#include "policy.h"

#include "advice/diff.h"

#define REPORT_MAX_BYTES ((size_t)64 << 20)

static const struct cos_option options[] = {
    {"--as", "USE",
     "what the policies are for: identity (default), session,\nboundary or bucket",
     COS_OPTION_TEXT, CMD_AT(policy.use)},
    {"--json", NULL, "print one JSON object instead", COS_OPTION_FLAG, CMD_AT(as_json)},
    {NULL},
};

static int compare(const struct cmd *cmd, struct cam_policy *a, struct cam_policy *b,
                   struct cosmock_tenant *t)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, REPORT_MAX_BYTES);
    struct diff d;
    bool is_made = advice_diff(&d, a, b, t);
    int answer = d.n == 0 ? POLICY_YES : POLICY_NO;
    if (is_made && cmd->as_json) {
        diff_print_json(&text, &d);
    } else if (is_made) {
        diff_print(&text, &d);
    }
    diff_deinit(&d);
    int r = is_made ? policy_print(&text) : EXIT_FAILURE;
    return r != 0 ? r : answer;
}

static int run(void *context)
{
    const struct cmd *cmd = context;
    enum cam_policy_use use;
    if (!policy_use(&use, cmd)) {
        return COS_STATUS_USAGE;
    }
    if (use == CAM_TRUST) {
        return cos_command_complain(&cmd->line,
                                    "--as is 'trust': identity, session, boundary or bucket");
    }
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    struct cam_policy *a = NULL;
    struct cam_policy *b = NULL;
    int r = policy_world_open(&mock, &t, /* world_file= */ NULL, &cmd->line);
    r = r != 0 ? r : policy_read(&a, cmd->line.operands[0], use, &cmd->line);
    r = r != 0 ? r : policy_read(&b, cmd->line.operands[1], use, &cmd->line);
    r = r != 0 ? r : compare(cmd, a, b, t);
    cam_policy_unref(a);
    cam_policy_unref(b);
    (void)cosmock_free(mock);
    int written = cos_stdout_finish("cosmock");
    return written != 0 ? written : r;
}

const struct cos_verb policy_diff_verb = {
    .name = "policy diff",
    .operands = "OLD NEW",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "which requests get another answer from another policy",
    .about =
        "Compare two policies by what they do, not by how they are written: print the "
        "requests\n"
        "that OLD and NEW answer differently, one for each kind. An answer is 'allow', 'deny' "
        "or\n"
        "'silent', which is not the same as 'deny' beside other policies. Where not all kinds "
        "could\n"
        "be asked it says so. Exit status 0: no difference; 1: some; 2: a file is wrong.",
    .after = "example:\n"
             "  cosmock policy diff --as session token.json narrower.json",
    .options = {options},
    .run = run,
};
