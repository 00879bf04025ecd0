/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs for authors of drivers. */
#include "cmd.h"

#include "check.h"
#include "cosbase/json.h"
#include "protocol.h"
#include "verdict.h"

#include <stdio.h>

int cmd_driver_schema(void *context)
{
    const struct cmd *cmd = context;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    struct cos_jw w;
    cos_buf_init(&b, (size_t)1 << 20);
    cos_jw_init(&w, &b);
    protocol_schema(&w);
    (void)printf("%s\n", cos_buf_cstr(&b));
    return cos_stdout_finish(cmd->name) != 0 ? EXIT_BROKEN : 0;
}

static void print_part(const char *name, const char *text)
{
    if (text[0] != '\0') {
        (void)printf("      %-6s %.1000s\n", name, text);
    }
}

/* Each step as it ends; one that does not hold teaches. */
static void show_step(void *ctx, const struct check_result *r)
{
    (void)ctx;
    switch (r->verdict) {
    case CONFORM_PASS:
        (void)printf("ok    %s\n", r->step->name);
        break;
    case CONFORM_SKIP:
        (void)printf("--    %s: not tried, %s\n", r->step->name, r->why);
        break;
    default:
        (void)printf("FAIL  %s\n", r->step->name);
        print_part("why", r->why);
        print_part("sent", r->sent);
        print_part("came", r->came);
        print_part("right", r->step->right);
        (void)printf("      see    conformance/drivers/PROTOCOL.md, \"%s\"\n",
                     r->step->section);
        break;
    }
    (void)fflush(stdout);
}

int cmd_driver_check(void *context)
{
    struct cmd *cmd = context;
    struct check_counts counts;
    char why[512] = "";
    if (cmd->in_process) {
        return cos_command_complain(&cmd->line,
                                    "--in-process has no driver program to check; name one "
                                    "with --driver COMMAND");
    }
    int r = cmd_find_subject(cmd);
    if (r != 0) {
        return r;
    }
    struct conform_options options = cmd_options(cmd);
    options.op_timeout_ms = options.op_timeout_ms != 0 ? options.op_timeout_ms : 30000;
    options.hello_timeout_ms = options.hello_timeout_ms != 0 ? options.hello_timeout_ms : 60000;
    if (!check_driver(&options, show_step, NULL, &counts, why)) {
        (void)fprintf(stderr, "%s: %s\n", cmd->name, why);
        return EXIT_BROKEN;
    }
    (void)printf("%zu steps hold, %zu do not, %zu were not tried\n", counts.n_held,
                 counts.n_failed, counts.n_untried);
    if (cos_stdout_finish(cmd->name) != 0) {
        return EXIT_BROKEN;
    }
    return counts.n_failed > 0 ? EXIT_NOT_CERTIFIED : EXIT_CERTIFIED;
}
