/* SPDX-License-Identifier: Apache-2.0 */
/* One row per error the services can answer. COS errors carry a status; STS
 * errors are always HTTP 200. */
#ifndef SERVICES_ERRORS_H
#define SERVICES_ERRORS_H

#include "exchange/error.h"

/** The row of a case; its code and status are those of error_cos(). */
const struct error_row *error_of_case(enum error_case which);
/** The row of @code; never NULL: an unknown code is our own failure and gives InternalError. */
const struct error_row *error_cos(const char *code);
/** The same in S3's dialect, which calls one of them otherwise. */
const struct error_row *error_s3(const char *code);
const struct error_row *error_sts(const char *code);
/** The row that fits a bare status (faults). */
const struct error_row *error_cos_by_status(int status);
/** All rows, for documentation: NULL-code-terminated. */
const struct error_row *error_cos_rows(void);
const struct error_row *error_sts_rows(void);
/** "Not Found": Java makes its code from it (cos-wire.md s.2.0). */
const char *error_reason_phrase(int status);

#endif
