/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock policy matrix: what policies allow, as a table. */
#include "policy.h"

#include "advice/matrix.h"
#include "cosbase/alloc.h"

#define REPORT_MAX_BYTES ((size_t)64 << 20)

static const struct cos_option options[] = {
    {"--prefix", "BUCKET/PREFIX", "one more column; repeatable", COS_OPTION_LIST,
     CMD_AT(policy.prefixes)},
    {"--json", NULL, "print one JSON object instead", COS_OPTION_FLAG, CMD_AT(as_json)},
    {NULL},
};

/* All that the bench judges by, as far as files and the user's own say it. */
static size_t gather(const struct policy_court *c, const struct cam_policy **out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_identity; i++) {
        out[n++] = c->identity[i];
    }
    if (c->session != NULL) {
        out[n++] = c->session;
    }
    if (c->boundary != NULL) {
        out[n++] = c->boundary;
    }
    if (c->bucket != NULL) {
        out[n++] = c->bucket;
    }
    return n;
}

static int print(const struct cmd *cmd, const struct policy_court *c,
                 const struct cam_policy *const *policies, size_t n)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, REPORT_MAX_BYTES);
    struct matrix m;
    const struct advice_space_of of = {.policies = policies,
                                       .n_policies = n,
                                       .who = &c->bench.who,
                                       .prefixes = cmd->policy.prefixes.items,
                                       .n_prefixes = cmd->policy.prefixes.n};
    bool is_made = advice_matrix(&m, &c->bench, &of);
    if (is_made && cmd->as_json) {
        matrix_print_json(&text, &m);
    } else if (is_made) {
        matrix_print(&text, &m);
    }
    matrix_deinit(&m);
    return is_made ? policy_print(&text) : EXIT_FAILURE;
}

static int run(void *context)
{
    const struct cmd *cmd = context;
    struct policy_court court;
    int r = policy_court_open(&court, cmd);
    if (r == 0) {
        const struct cam_policy **policies =
            cos_calloc(court.n_identity + 3, sizeof(struct cam_policy *));
        r = policies == NULL ? EXIT_FAILURE
                             : print(cmd, &court, policies, gather(&court, policies));
        cos_free(policies);
    }
    policy_court_close(&court);
    int written = cos_stdout_finish("cosmock");
    return written != 0 ? written : r;
}

const struct cos_verb policy_matrix_verb = {
    .name = "policy matrix",
    .operands = "[POLICY...]",
    .max_operands = SIZE_MAX,
    .summary = "what policies allow, as actions by prefixes",
    .about =
        "Print what POLICYs (as for 'policy eval') allow their caller: a row for each action\n"
        "that is allowed somewhere, a column for each prefix that they name. A cell says "
        "'yes':\n"
        "all below the prefix; 'if': under conditions; 'part': some of it; '-': nothing; and "
        "is\n"
        "empty where the action is asked of nothing there. Exit status 0; 2: a file is wrong.",
    .after = "example:\n"
             "  cosmock policy matrix readers.json --session token.json \\\n"
             "    --prefix data-1250000000/logs/",
    .options = {options, policy_court_options},
    .run = run,
};
