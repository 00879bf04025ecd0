/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which part of a run is ours, when the machine knows and the command line does not say: the
 * variables that CI systems give to each of several like jobs. Only what names both, which one
 * and of how many, makes a shard: half a word must not make half a run.
 */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * GitLab sets both for `parallel:` (and a total of 1 for every other job); Kubernetes sets the
 * index in an Indexed Job, GitHub has both as expressions only: the files in docs/ci hand on
 * what is missing.
 */
static const struct {
    const char *index, *total;
    /* What the first one is called. */
    uint64_t first;
} machines[] = {
    {"CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
    {"STRATEGY_JOB_INDEX", "STRATEGY_JOB_TOTAL", 0},
    {"JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0},
};

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static int take(struct cmd *cmd, size_t row)
{
    const char *index = getenv(machines[row].index), *total = getenv(machines[row].total);
    uint64_t i = 0, n = 0, first = machines[row].first;
    if (!cos_span_u64(cos_span_of(index), &i) || !cos_span_u64(cos_span_of(total), &n) ||
        i < first || i - first >= n || n > 1000) {
        return cos_command_complain(&cmd->line,
                                    "%s=%.20s of %s=%.20s is no part of a run (the first is "
                                    "%llu); --shard I/N says which one this is",
                                    machines[row].index, index, machines[row].total, total,
                                    (unsigned long long)first);
    }
    if (n == 1) {
        return 0;
    }
    uint64_t part = i - first + 1;
    struct cos_span text = cos_arena_printf(&cmd->arena, "%llu/%llu", (unsigned long long)part,
                                            (unsigned long long)n);
    cmd->shard = cos_arena_str(&cmd->arena, text);
    if (cmd->shard == NULL) {
        return cos_command_complain(&cmd->line, "no memory");
    }
    (void)fprintf(stderr, "%s: shard %s, as %s and %s say (--shard goes before them)\n",
                  cmd->name, cmd->shard, machines[row].index, machines[row].total);
    return 0;
}

int cmd_take_shard(struct cmd *cmd)
{
    if (cmd->shard != NULL) {
        (void)fprintf(stderr, "%s: shard %s, as --shard says\n", cmd->name, cmd->shard);
        return 0;
    }
    for (size_t row = 0; row < COS_ARRAY_LEN(machines); row++) {
        bool has_index = is_given(getenv(machines[row].index));
        bool has_total = is_given(getenv(machines[row].total));
        if (has_index && has_total) {
            return take(cmd, row);
        }
        if (has_index) {
            (void)fprintf(stderr, "%s: %s is set, %s is not: all is run, no shard of it\n",
                          cmd->name, machines[row].index, machines[row].total);
            return 0;
        }
    }
    return 0;
}
