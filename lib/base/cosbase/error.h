/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a text could not be read: position and one English sentence without secrets and without
 * full stop. Caller-owned, never allocates, untouched on success, complete on failure.
 */
#ifndef COSBASE_ERROR_H
#define COSBASE_ERROR_H

#include "cosbase/base.h"

struct cos_text_error {
    unsigned line, column; /* from 1; 0: not known */
    char message[224];
};

void cos_text_error_set(struct cos_text_error *err, unsigned line, unsigned column,
                        const char *fmt, ...) COS_PRINTF(4, 5);

#endif
