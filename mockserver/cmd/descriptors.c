/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A soft limit of 1024 is a promise to programs that use select(); the mock does not, and each
 * of its clients takes one. A command started by us was promised it, too, and some (old JVMs,
 * select() loops) do foolish things with a large one, so it gets its own back. The library
 * leaves limits to its host.
 */
#include "descriptors.h"

void descriptors_raise(struct rlimit *before)
{
    if (getrlimit(RLIMIT_NOFILE, before) == 0) {
        struct rlimit all = *before;
        all.rlim_cur = all.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &all); /* a lower limit is no reason not to serve */
    }
}

void descriptors_restore(const struct rlimit *before)
{
    (void)setrlimit(RLIMIT_NOFILE, before);
}
