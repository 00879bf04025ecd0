/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiver: a token is parsed completely before anything changes, then the credential is
 * swapped in whole. What cannot be read leaves the old credential in place, which may still
 * have life in it.
 * Sources: fluss-plugin.md s.4 (COSSecurityTokenReceiver); requirements REF-014, REF-017.
 */
#include "token/token.h"

#include "cosbase/shown.h"

int cosn_token_receive(struct cosn_provider *dynamic, const struct cosn_token *token,
                       struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    if (token->scheme == NULL || strcmp(token->scheme, "cosn") != 0) {
        return fail_detail(err, COSN_E_UNSUPPORTED, COSN_D_SCHEME,
                           "the token is for scheme '%s', not for cosn",
                           cos_shown_value(shown, cos_span_of(token->scheme)));
    }
    struct cosn_credentials *c = NULL;
    int r =
        cosn_token_from_json(&c, token->bytes, token->n_bytes, token->valid_until_unix_ms, err);
    if (r < 0) {
        return r;
    }
    r = cosn_provider_dynamic_set(dynamic, c, err);
    (void)cosn_credentials_unref(c);
    return r;
}
