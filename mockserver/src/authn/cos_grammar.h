/* SPDX-License-Identifier: Apache-2.0 */
/* The seven fields of signature v5, from wherever the request carries them (cos-wire.md s.1.1,
 * s.1.4). */
#ifndef AUTHN_COS_GRAMMAR_H
#define AUTHN_COS_GRAMMAR_H

#include "exchange/exchange.h"

enum cos_auth_state { COS_AUTH_ABSENT, COS_AUTH_PRESENT, COS_AUTH_MALFORMED };
struct cos_auth {
    struct cos_span algorithm, ak, sign_time, key_time, header_list, param_list, signature;
    int64_t sign_start_s, sign_end_s, key_start_s, key_end_s;
};
/** @why: what is malformed, one English line. The secret id is filled in even then, if there is
 *  one. */
enum cos_auth_state cos_auth_read(const struct cosmock_exchange *x, struct cos_auth *out,
                                  const char **why);
/** Of a request that is not signed: whose signature its query carries, one English line; "":
 *  none that is known. */
const char *cos_auth_foreign_query(const struct cosmock_exchange *x);
/** cos_auth_read() of the fields of a form that sign its policy: no lists, and one window,
 *  which is q-key-time. */
enum cos_auth_state cos_auth_read_form(const struct form *f, struct cos_auth *out,
                                       const char **why);

#endif
