/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DSSE envelopes around in-toto statements (secure-systems-lab/dsse, protocol.md and
 * envelope.md 1.0): what is signed are the payload's bytes as they are, so nothing depends on
 * how JSON is spelled. Of what the specification leaves open we take one signature, by Ed25519.
 */
#ifndef CONFORM_DSSE_H
#define CONFORM_DSSE_H

#include "cosbase/buf.h"
#include "cosbase/ed25519.h"

#define DSSE_IN_TOTO "application/vnd.in-toto+json"
#define DSSE_MAX_BYTES ((size_t)16 << 20)

struct dsse_envelope {
    /* The bytes that were signed. */
    struct cos_buf payload;
    /* Who says to have signed; a hint that decides nothing. "": not said. */
    char keyid[65];
    uint8_t seal[COS_ED25519_SEAL_BYTES];
};

/** Append the pre-authentication encoding: what is really signed. */
void dsse_encode(struct cos_buf *out, struct cos_span type, struct cos_span body);
/** Append @statement in an envelope, on one line. False: no memory, or @key cannot sign. */
COS_MUST_CHECK bool dsse_write(struct cos_buf *out, const struct cos_ed25519 *key,
                               struct cos_span statement);
/** 0, or -1 with @why: what keeps the text from being such an envelope. Says nothing of the
 *  signature. */
COS_MUST_CHECK int dsse_read(struct dsse_envelope *out, struct cos_span text, char why[512]);
/** Whether the holder of @key signed just this payload. */
COS_MUST_CHECK bool dsse_is_sealed(const struct dsse_envelope *e,
                                   const struct cos_ed25519 *key);
void dsse_deinit(struct dsse_envelope *e);
COS_CLEANUP_DEINIT_DEFINE(struct dsse_envelope, dsse_deinit)

#endif
