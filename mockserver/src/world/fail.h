/* SPDX-License-Identifier: Apache-2.0 */
/* Fill a cosmock_error (may be NULL) and return the status. */
#ifndef WORLD_FAIL_H
#define WORLD_FAIL_H

#include "cosmock/cosmock.h"

int world_fail(struct cosmock_error *err, enum cosmock_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
