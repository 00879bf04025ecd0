/* SPDX-License-Identifier: Apache-2.0 */
/* A start-up file for Python programs that bring their own list of CAs. */
#ifndef CMD_PYTHON_HOOK_H
#define CMD_PYTHON_HOOK_H

#include "cosbase/base.h"

/** Write @dir/sitecustomize.py. 0 or -errno. */
COS_MUST_CHECK int python_hook_write(const char *dir);

#endif
