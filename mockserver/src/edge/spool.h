/* SPDX-License-Identifier: Apache-2.0 */
/* Files without a name, for what goes through the control API and may be larger than memory. */
#ifndef EDGE_SPOOL_H
#define EDGE_SPOOL_H

#include "cosbase/span.h"

/** A descriptor, gone with its last close; -errno. */
COS_MUST_CHECK int spool_open(void);
COS_MUST_CHECK int spool_write(int fd, struct cos_span bytes); /* 0, or -errno */

#endif
