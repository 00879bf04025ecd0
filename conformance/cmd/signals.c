/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that ask the program to end: INT, TERM, HUP. The first is only noted: the run sees it
 * (conform_options.stop), says what it knows and ends with 130. A second one of the same kind
 * ends the program at once; its processes see the end of their input, and its scratch directory
 * goes with the next run. Who starts the program with one of them ignored (nohup) means it. The
 * flag is the one static datum of the program: a handler gets no context.
 */
#include "cmd.h"

static volatile sig_atomic_t caught;

static void note(int number)
{
    caught = number;
}

void cmd_signals_catch(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COS_ARRAY_LEN(ending); i++) {
        struct sigaction old;
        if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            (void)sigaction(ending[i], &action, NULL);
        }
    }
}

const volatile sig_atomic_t *cmd_signals_flag(void)
{
    return &caught;
}
