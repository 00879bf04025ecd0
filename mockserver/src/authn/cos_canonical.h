/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical strings of signature v5 as the server computes them, in every spelling that
 * clients are known to sign (cos-wire.md s.1.1). */
#ifndef AUTHN_COS_CANONICAL_H
#define AUTHN_COS_CANONICAL_H

#include "authn/cos_grammar.h"

enum cos_order { COS_ORDER_LIST, COS_ORDER_ENCODED, COS_ORDER_RAW };
enum { COS_HOSTS_MAX = 4, COS_PATHS_MAX = 2 };

struct cos_pair {         /* one signed header or parameter */
    struct cos_span name; /* as it stands in the FormatString */
    struct cos_span raw;  /* lower-case, not encoded: node sorts by it */
    struct cos_span value;
    bool is_host;
};
struct cos_pairs {
    struct cos_pair *items;
    size_t n;
};
struct cos_canonical {
    struct cos_pairs headers, params;
    struct cos_span method, paths[COS_PATHS_MAX];
    struct cos_span raw_hosts[COS_HOSTS_MAX], hosts[COS_HOSTS_MAX]; /* as sent, and encoded */
    size_t n_hosts, n_paths;
    /* a listed header or parameter that the request lacks: nothing can match; NULL */
    const char *missing;
    char *text; /* room for any spelling */
};
/** Resolve the lists against the request. False: no memory (arena->failed). */
bool cos_canonical_make(struct cos_canonical *out, struct cosmock_exchange *x,
                        const struct cos_auth *auth);
/** One spelling; valid until the next call. @order reorders the pairs in place: ask for
 *  COS_ORDER_LIST first. */
struct cos_span cos_canonical_write(struct cos_canonical *c, enum cos_order order, size_t host,
                                    size_t path);

#endif
