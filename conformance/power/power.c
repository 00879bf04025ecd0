/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state behind power.h. In process the judge chooses and looks (judge.c); a plugin in a
 * process of its own is told by its environment: COSN_MUTANT_NUMBER (whose beginning is also
 * why it gets no certificate), and POWER_REACHED, a file that it shares with the judge.
 */
#include "power.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned char unshared[POWER_MAX];

unsigned power_chosen;
unsigned char *power_reached = unshared;

static void share(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *map =
        fd < 0 ? MAP_FAILED : mmap(NULL, POWER_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) {
        (void)close(fd);
    }
    power_reached = map != MAP_FAILED ? map : unshared;
}

__attribute__((constructor)) static void ask_environment(void)
{
    const char *mutant = getenv("COSN_MUTANT_NUMBER");
    const char *path = getenv("POWER_REACHED");
    power_chosen = mutant != NULL ? (unsigned)strtoul(mutant, NULL, 10) : 0;
    if (path != NULL) {
        share(path);
    }
}
