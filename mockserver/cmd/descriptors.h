/* SPDX-License-Identifier: Apache-2.0 */
/* How many descriptors this process may open: as many as it is allowed to; a command it runs:
 * as many as before. */
#ifndef CMD_DESCRIPTORS_H
#define CMD_DESCRIPTORS_H

#include <sys/resource.h>

/** Raise the soft limit to the hard one; *@before is what it was. A failure changes nothing. */
void descriptors_raise(struct rlimit *before);
/** Back to @before, for as long as a child inherits it; then descriptors_raise() again. */
void descriptors_restore(const struct rlimit *before);

#endif
