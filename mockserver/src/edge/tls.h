/* SPDX-License-Identifier: Apache-2.0 */
/* A throw-away certificate authority, the leaf certificates it signs, and
 * its Java trust store. */
#ifndef EDGE_TLS_H
#define EDGE_TLS_H

#include "cosmock/cosmock.h"

#include "cosbase/buf.h"

struct tls_authority;
int tls_authority_new(struct tls_authority **out, struct cosmock_error *err);
struct tls_authority *tls_authority_free(struct tls_authority *a);
const char *tls_authority_pem(const struct tls_authority *a); /* borrowed */
/** A new key and a chain (leaf, then CA) for the @n names, DNS names or addresses, appended to
 *  the buffers as PEM, NUL-terminated. */
int tls_leaf_make(const struct tls_authority *a, const char *const *names, size_t n,
                  struct cos_buf *key_pem, struct cos_buf *chain_pem,
                  struct cosmock_error *err);
/** Append the CA as a Java key store of version 2 (JKS), password "changeit".
 *  @created_unix_ms is written into it. */
int tls_trust_store(const struct tls_authority *a, int64_t created_unix_ms, struct cos_buf *out,
                    struct cosmock_error *err);

#endif
