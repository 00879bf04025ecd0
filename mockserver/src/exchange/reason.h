/* SPDX-License-Identifier: Apache-2.0 */
/* Who was asked, and what came of it: identity.reason, the journal's words. */
#ifndef EXCHANGE_REASON_H
#define EXCHANGE_REASON_H

#define REASON_OK "ok"
#define REASON_ANONYMOUS "anonymous"
#define REASON_NOT_ASKED "not-asked" /* enforcement is off, or none is needed */
#define REASON_MALFORMED "malformed"
#define REASON_MALFORMED_HTTP "malformed-http"   /* no request, so nobody asked who sent it */
#define REASON_REQUEST_TIMEOUT "request-timeout" /* what was begun was not continued */
#define REASON_UNKNOWN_KEY "unknown-key"
#define REASON_KEY_REVOKED "key-revoked"
#define REASON_TOKEN_MISSING "token-missing"
#define REASON_TOKEN_MISMATCH "token-mismatch"
#define REASON_TOKEN_EXPIRED "token-expired"
#define REASON_OUTSIDE_KEY_TIME "outside-key-time"
#define REASON_OUTSIDE_SIGN_TIME "outside-sign-time"
#define REASON_NOT_YET_VALID "not-yet-valid"
#define REASON_SIGNATURE_DIFFERS "signature-differs"
#define REASON_REPLAYED "replayed"               /* STS v1: its Nonce is used up */
#define REASON_NOT_STRICT "not-strict"           /* the bucket wants more of it to be signed */
#define REASON_FORM_POLICY "form-policy"         /* none that can be read, or past its end */
#define REASON_FORM_CONDITION "form-condition"   /* the form does not keep its policy */
#define REASON_UNSIGNED_HEADER "unsigned-header" /* TC3: content-type and host must be signed */

#endif
