/* SPDX-License-Identifier: Apache-2.0 */
/* An empty directory of one test, of a name nobody else has. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

struct scratch {
    char path[64];
};

void scratch_make(struct scratch *s);
/** Make it and work in it: what is started then starts there, too. */
void scratch_enter(struct scratch *s);
/** With all that is in it; leaves it first. */
void scratch_remove(const struct scratch *s);

#endif
