/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a user's command the way a shell does. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

struct command {
    char *const *argv, *const *env;
    /* it starts with the signal mask and the limits we were started with */
    const sigset_t *mask;
    const struct rlimit *descriptors;
};
/** 0 or an error number; ENOENT: no such command. */
int command_start(pid_t *out, const struct command *c);

#endif
