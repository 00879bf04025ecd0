/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be written to a standard stream: colour, a line that is written over. NO_COLOR
 * (no-color.org) and TERM=dumb speak for the user; --color speaks louder.
 */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cmd_is_clever_terminal(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) == 1 && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

bool cmd_has_color(const struct cmd *cmd, int fd)
{
    const char *no_color = getenv("NO_COLOR");
    if (cmd->color != NULL && strcmp(cmd->color, "auto") != 0) {
        return strcmp(cmd->color, "always") == 0;
    }
    return cmd_is_clever_terminal(fd) && (no_color == NULL || no_color[0] == '\0');
}

int cmd_check_color(const struct cmd *cmd)
{
    static const char *const words[] = {"auto", "always", "never"};
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (cmd->color == NULL || strcmp(cmd->color, words[i]) == 0) {
            return 0;
        }
    }
    return cos_command_complain(&cmd->line,
                                "--color '%.40s' is none; write auto, always or never",
                                cmd->color);
}
