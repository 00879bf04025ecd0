/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs snapshot and restore: a tenant of a running mock to a file, and back. */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

const struct cos_option cmd_remote_options[] = {
    {"--ready-file", "FILE", "the mock that 'cosmock serve --ready-file FILE' runs",
     COS_OPTION_TEXT, CMD_AT(remote.ready_file)},
    {"--control", "URL",
     "the control API of the mock; default: $COSMOCK_CONTROL, which\n"
     "'cosmock exec' sets. $COSMOCK_CONTROL_TOKEN is its token",
     COS_OPTION_TEXT, CMD_AT(remote.control)},
    {"--tenant", "NAME", "default: the one that the mock was started with", COS_OPTION_TEXT,
     CMD_AT(remote.tenant)},
    {NULL},
};

static int file_failed(const struct cos_command *line, const char *path, int number)
{
    (void)fprintf(stderr, "cosmock %s: %s: %s\n", line->verb->name, path, strerror(number));
    return EXIT_FAILURE;
}

static int run_snapshot(void *context)
{
    const struct cmd *cmd = context;
    const char *path = cmd->line.operands[0];
    struct remote remote;
    int status = remote_find(&remote, &cmd->remote, &cmd->line);
    if (status != 0) {
        return status;
    }
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile file = {0};
    int r = cos_outfile_open(&file, path, 0600, COS_OUTFILE_PRIVATE);
    if (r < 0) {
        return file_failed(&cmd->line, path, -r);
    }
    status = remote_get(&remote, "snapshot", &file);
    if (status != 0) {
        return status;
    }
    int fd = cos_outfile_fd(&file);
    if (fd >= 0) {
        (void)fsync(fd); /* a pipe has nothing to keep; an error comes again */
    }
    r = cos_outfile_commit(&file);
    return r < 0 ? file_failed(&cmd->line, path, -r) : 0;
}

const struct cos_verb snapshot_verb = {
    .name = "snapshot",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "save a tenant of a running mock as one file",
    .about =
        "Save a tenant of a running mock, as it is at one moment, as one file: buckets,\n"
        "objects, unfinished uploads, accounts, keys, temporary tokens, policies, switches,\n"
        "clocks. The file has mode 0600: it holds secret keys. Journal and faults are not\n"
        "in it. The same state makes the same file.",
    .after = "example:\n"
             "  cosmock snapshot --ready-file ready.json before.snapshot",
    .options = {cmd_remote_options},
    .run = run_snapshot,
};

static int run_restore(void *context)
{
    const struct cmd *cmd = context;
    const char *path = cmd->line.operands[0];
    struct remote remote;
    int status = remote_find(&remote, &cmd->remote, &cmd->line);
    if (status != 0) {
        return status;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        status = file_failed(&cmd->line, path, errno);
    } else if (!S_ISREG(st.st_mode)) {
        status = cos_command_complain(&cmd->line, "%s is no regular file", path);
    } else {
        status = remote_put(&remote, "snapshot", fd, (uint64_t)st.st_size);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return status;
}

const struct cos_verb restore_verb = {
    .name = "restore",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "make a tenant of a running mock what a snapshot says",
    .about = "Replace all that a tenant of a running mock is by what a file of 'cosmock "
             "snapshot'\n"
             "says, in one step. The file may come from a mock with another kind of store. A "
             "file\n"
             "that is not whole, and names that another tenant has, are refused, and nothing\n"
             "changes then.",
    .after = "example:\n"
             "  cosmock restore --ready-file ready.json before.snapshot",
    .options = {cmd_remote_options},
    .run = run_restore,
};
