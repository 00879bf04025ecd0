/* SPDX-License-Identifier: Apache-2.0 */
/* Is this a certificate, and of what? Offline: the file, a public key, and what is at hand. */
#ifndef CONFORM_VERIFY_H
#define CONFORM_VERIFY_H

#include "catalogue.h"
#include "proof.h"

struct verify_request {
    /* As for proof_read(). */
    const char *path;
    const struct cos_ed25519 *key;
    const struct catalogue *catalogue;
    /* Files that it must be about, NULL-terminated. */
    const char *const *subjects;
    /* A profile that must be certified; NULL: any. */
    const char *profile;
    /* Where the evidence must be; NULL: what lies beside the certificate, if it does. */
    const char *evidence_dir;
    /* One line a check: a word for it, and what was found. */
    void (*tell)(void *ctx, bool ok, const char *check, const char *sentence);
    void *ctx;
};
/** True when every check holds; @out is the certificate then, for proof_deinit(). */
COS_MUST_CHECK bool verify_certificate(const struct verify_request *request, struct proof *out);

#endif
