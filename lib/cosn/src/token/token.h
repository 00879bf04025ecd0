/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the tokens: what the files of this folder share.
 */
#ifndef COSN_TOKEN_INTERNAL_H
#define COSN_TOKEN_INTERNAL_H

#include "cosn/token.h"
#include "wire/wire.h"

/** The parts of cosn://<bucket>/<path>; the path is taken as it stands (Fluss paths are not
 *  percent-decoded). */
struct token_scope {
    struct cos_span bucket, path;
};

/** One GetFederationToken call. Everything borrowed. */
struct sts_call {
    const struct platform *platform;
    const struct cosn_credentials *caller;
    const char *region, *policy;
    int64_t duration_s, timeout_ms;
};
/** @out: the temporary credential with its end; the caller unrefs. */
int sts_get_federation_token(struct cosn_credentials **out, const struct sts_call *call,
                             struct cosn_error *err);

/** cosn_token_obtain() with one STS call only, for callers that repeat by a plan of their
 *  own. */
int token_obtain_once(struct cosn_token **out, const struct cosn_config *config,
                      const char *fs_uri, const struct cosn_platform *platform,
                      struct cosn_error *err);

#endif
