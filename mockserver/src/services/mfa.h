/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes of an MFA device (RFC 6238): SHA-1, six digits, thirty seconds. */
#ifndef SERVICES_MFA_H
#define SERVICES_MFA_H

#include "cosbase/span.h"

#define MFA_CODE_DIGITS 6
/** Whether a device with this @seed (base32, RFC 4648) shows @code at @unix_s, or within thirty
 *  seconds around it. False without a seed. */
bool mfa_shows(struct cos_span seed, int64_t unix_s, struct cos_span code);
/** What it shows; false: there is no seed. */
bool mfa_code(struct cos_span seed, int64_t unix_s, char out[MFA_CODE_DIGITS + 1]);

#endif
