/* SPDX-License-Identifier: Apache-2.0 */
/* The table of bucket names, fixtures/names/buckets.tsv (SOURCE stands beside it): one row a
 * call. */
#ifndef TESTS_NAMES_H
#define TESTS_NAMES_H

#include "cosbase/buf.h"
#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Call @check for every row; asserts that there are rows of both kinds. */
void each_bucket_name(const char *fixtures,
                      void (*check)(void *ctx, const char *name, bool is_good, const char *why),
                      void *ctx);

#endif
