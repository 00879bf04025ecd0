/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token rule both services share (sts-cam.md s.4): a temporary key is worth something only
 * with its own token and only before its end. The end is judged by the TOKEN clock, so that a
 * test can age a token while signatures of a client on the real clock still verify. A key is
 * dead from ExpiredTime on: ExpiredTime - 1 is good, ExpiredTime is not ([assumed],
 * docs/DEVIATIONS.md).
 */
#include "authn/authn.h"

#include "cosbase/digest.h"

enum token_verdict authn_token_judge(struct cosmock_exchange *x, struct cos_span given)
{
    struct identity *who = &x->identity;
    if (!who->found.key->is_temporary) {
        bool is_stray = given.ptr != NULL && given.len > 0;
        who->token_state = is_stray ? "mismatch" : "none";
        return is_stray && !SWITCH_IS(x->tenant, TOKEN_WITH_PERMANENT_KEY, IGNORE) ? TOKEN_STRAY
                                                                                   : TOKEN_GOOD;
    }
    if (given.ptr == NULL || given.len == 0) {
        who->token_state = "missing";
        return TOKEN_MISSING;
    }
    if (!cos_equal_ct(given, cos_secret_view(&who->found.key->token))) {
        who->token_state = "mismatch";
        return TOKEN_MISMATCH;
    }
    who->token_state = "ok";
    return x->now.token_unix_ms >= who->found.key->expires_unix_ms ? TOKEN_EXPIRED : TOKEN_GOOD;
}
