/* SPDX-License-Identifier: Apache-2.0 */
/* The verb merge: the shards of a run as one report, and its certificate. */
#include "cmd.h"

#include "cosbase/file.h"
#include "merge.h"
#include "report_format.h"

#include <stdio.h>
#include <string.h>

static int write_reports(struct cmd *cmd, const struct conform_report *report)
{
    int r = cos_dir_make(cmd->out, 0755);
    if (r < 0) {
        return cos_command_complain(&cmd->line, "--out '%s': %s", cmd->out, strerror(-r));
    }
    cmd_remove_certificates(cmd);
    for (const struct report_format *const *f = report_formats(); *f != NULL; f++) {
        const char *path = (*f)->file == NULL ? NULL : cmd_in_out(cmd, (*f)->file);
        r = path == NULL ? 0 : conform_report_write(report, (*f)->name, path);
        if (r < 0) {
            (void)fprintf(stderr, "%s: cannot write %s: %s\n", cmd->name, path, strerror(-r));
            return EXIT_BROKEN;
        }
    }
    return 0;
}

/* Two folders may not be one: results would be read where they are written. */
static bool is_among(const struct cmd *cmd)
{
    for (char **path = cmd->line.operands; *path != NULL; path++) {
        if (strcmp(*path, cmd->out) == 0) {
            return true;
        }
    }
    return false;
}

static int merge_and_report(struct cmd *cmd, struct merge *m)
{
    char why[512];
    if (merge_shards(m, &cmd->catalogue, (const char *const *)cmd->line.operands, cmd->trusted,
                     why) < 0) {
        return cos_command_complain(&cmd->line, "%s", why);
    }
    conform_report_terminal(m->report, stdout, /* flags= */ 0);
    int status = write_reports(cmd, m->report);
    if (status != 0) {
        return status;
    }
    const struct cmd_merged merged = {.artifacts = &m->artifacts,
                                      .argv = m->argv,
                                      .suite_sha256 = m->suite_sha256,
                                      .shards = cos_buf_cstr(&m->shards),
                                      .objections = m->objections};
    cmd->mutation = m->mutation;
    status = cmd_give_proof(cmd, m->report, &merged, conform_report_exit(m->report, false));
    return cos_stdout_finish(cmd->name) == 0 ? status : EXIT_BROKEN;
}

int cmd_merge(void *context)
{
    struct cmd *cmd = context;
    int status = cmd_load_public_key(cmd);
    status = status != 0 ? status : cmd_prepare_proof(cmd);
    if (status != 0) {
        return status;
    }
    if (cmd->out == NULL) {
        return cos_command_complain(&cmd->line, "merge needs --out DIR or --bundle FILE");
    }
    if (is_among(cmd)) {
        return cos_command_complain(&cmd->line, "--out '%s' is one of the shards", cmd->out);
    }
    struct merge *m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return EXIT_BROKEN;
    }
    status = merge_and_report(cmd, m);
    merge_deinit(m);
    free(m);
    return status;
}
