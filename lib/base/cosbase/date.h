/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates as text: IMF-fixdate (RFC 9110 s.5.6.7), ISO 8601 / RFC 3339 in UTC, and the plain UTC
 * day. Proleptic Gregorian, years 0001 to 9999, no locale, no time zone data base.
 */
#ifndef COSBASE_DATE_H
#define COSBASE_DATE_H

#include "cosbase/span.h"

void cos_date_http(char out[30], int64_t unix_s);    /* "Sun, 06 Nov 1994 08:49:37 GMT" */
void cos_date_iso(char out[21], int64_t unix_s);     /* "1994-11-06T08:49:37Z" */
void cos_date_iso_ms(char out[25], int64_t unix_ms); /* "1994-11-06T08:49:37.000Z" */
void cos_date_day(char out[11], int64_t unix_s);     /* "1994-11-06" */
bool cos_date_http_parse(struct cos_span s, int64_t *unix_s);
bool cos_date_iso_parse(struct cos_span s,
                        int64_t *unix_ms); /* with or without fraction, 'Z' only */

#endif
