/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three clocks per tenant. SIGNATURE judges q-sign-time and TC3 dates, TOKEN judges the end of
 * temporary keys and stamps ExpiredTime, MODIFICATION gives Last-Modified. (One clock would
 * break a real-clock client's signatures whenever a token is aged.) The Date header follows
 * SIGNATURE. A clock stands between the beginning of 1970 and the end of the year 9999: what
 * would take it further takes it there.
 * Promise: may change before 1.0.
 * Threads: any.
 */
#ifndef COSMOCK_CLOCK_H
#define COSMOCK_CLOCK_H

#include "cosmock/cosmock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define COSMOCK_CLOCK_MAX_UNIX_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

enum cosmock_clock {
    COSMOCK_CLOCK_SIGNATURE,
    COSMOCK_CLOCK_TOKEN,
    COSMOCK_CLOCK_MODIFICATION,
    COSMOCK_CLOCKS
};
COSMOCK_API int64_t cosmock_clock_now_unix_ms(struct cosmock_tenant *t,
                                              enum cosmock_clock which);
/** Stand still at @unix_ms. Errors: COSMOCK_E_IO (of what keeps the tenant). */
COSMOCK_API int cosmock_clock_freeze(struct cosmock_tenant *t, enum cosmock_clock which,
                                     int64_t unix_ms);
/** Move a frozen clock, or add to the offset of a following one. Errors: as freeze. */
COSMOCK_API int cosmock_clock_advance(struct cosmock_tenant *t, enum cosmock_clock which,
                                      int64_t ms);
/** Follow real time plus @offset_ms (the state of a new tenant, with offset 0). Errors: as
 *  freeze. */
COSMOCK_API int cosmock_clock_follow(struct cosmock_tenant *t, enum cosmock_clock which,
                                     int64_t offset_ms);

#ifdef __cplusplus
}
#endif
#endif
