/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that ask the program to end: INT, TERM, HUP. The first one is only noted; whatever is
 * under way sees it (cosn_platform.is_cancelled), gives up, aborts its upload or removes its
 * unfinished file, and then the program dies of the same signal, so that a shell sees 128 + n.
 * A second one of the same kind kills at once. Who starts the program with one of them ignored
 * (nohup) means it, so it stays ignored.
 *
 * PIPE is ignored: a reader that went away is an error of write(2), reported like a full disk,
 * and no reason to leave an upload behind. The flag is the one static datum of the program: a
 * handler gets no context.
 */
#include "cmd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#define STEP_MS 100

static volatile sig_atomic_t caught;

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

static void note(int number)
{
    caught = number;
}

void cmd_signals_catch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COS_ARRAY_LEN(ending); i++) {
        struct sigaction old;
        if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            (void)sigaction(ending[i], &action, NULL);
        }
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

bool cmd_is_cancelled(void *ctx)
{
    (void)ctx;
    return caught != 0;
}

/* In steps: a signal may come between the look at the flag and the wait. */
bool cmd_wait_for(int fd, short events)
{
    struct pollfd waited = {.fd = fd, .events = events};
    while (!cmd_is_cancelled(NULL)) {
        int n = poll(&waited, 1, STEP_MS);
        if (n > 0 || (n < 0 && errno != EINTR)) {
            return true; /* what is wrong shows when it is used */
        }
    }
    return false;
}

int cmd_signals_finish(int status)
{
    if (caught == 0) {
        return status;
    }
    int number = caught;
    cmd_complain("ended by signal %d (%s)", number, strsignal(number));
    (void)signal(number, SIG_DFL);
    (void)raise(number);
    return EXIT_FAILED; /* it was blocked by who started us */
}
