/* SPDX-License-Identifier: Apache-2.0 */
/* A start-up file for Python programs that bring their own list of CAs. */
#ifndef CMD_PYTHON_HOOK_H
#define CMD_PYTHON_HOOK_H

#include "session.h"

/** Write python/sitecustomize.py into the session's directory. 0; or an exit status after a
 *  complaint on stderr. */
COS_MUST_CHECK int python_hook_write(const struct session *s);

#endif
