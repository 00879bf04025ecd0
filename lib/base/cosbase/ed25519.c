/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 through EVP, one-shot: the algorithm hashes by itself, so EVP is given no digest. As
 * in rsa.c EVP's queue of errors is emptied behind each call.
 */
#include "cosbase/ed25519.h"

#include "cosbase/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* OpenSSL's own object is the key; the name is ours. */
static EVP_PKEY *impl_of(const struct cos_ed25519 *key)
{
    return (EVP_PKEY *)(uintptr_t)key;
}

static struct cos_ed25519 *key_of(EVP_PKEY *impl)
{
    ERR_clear_error();
    if (impl != NULL && EVP_PKEY_is_a(impl, "ED25519") != 1) {
        EVP_PKEY_free(impl);
        impl = NULL;
    }
    return (struct cos_ed25519 *)(void *)impl;
}

struct cos_ed25519 *cos_ed25519_generate(void)
{
    return key_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

/* Nobody is asked for a pass phrase: programs that sign run where nobody sits. */
static int no_phrase(char *out, int size, int rwflag, void *ctx)
{
    return -1;
}

static struct cos_ed25519 *read_pem(struct cos_span pem, pem_password_cb *phrase,
                                    EVP_PKEY *read(BIO *, EVP_PKEY **, pem_password_cb *,
                                                   void *))
{
    BIO *bio = pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    EVP_PKEY *impl = bio == NULL ? NULL : read(bio, NULL, phrase, NULL);
    (void)BIO_free(bio);
    return key_of(impl);
}

struct cos_ed25519 *cos_ed25519_private(struct cos_span pem)
{
    return read_pem(pem, no_phrase, PEM_read_bio_PrivateKey);
}

struct cos_ed25519 *cos_ed25519_public(struct cos_span pem)
{
    return read_pem(pem, no_phrase, PEM_read_bio_PUBKEY);
}

struct cos_ed25519 *cos_ed25519_free(struct cos_ed25519 *key)
{
    EVP_PKEY_free(impl_of(key));
    return NULL;
}

/* What BIO_s_secmem() held is wiped with it. */
static bool append_pem(const struct cos_ed25519 *key, bool is_private, struct cos_buf *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    bool ok = bio != NULL &&
              (is_private
                   ? PEM_write_bio_PKCS8PrivateKey(bio, impl_of(key), NULL, NULL, 0, NULL, NULL)
                   : PEM_write_bio_PUBKEY(bio, impl_of(key))) == 1;
    long n = ok ? BIO_get_mem_data(bio, &text) : 0;
    if (ok) {
        cos_buf_append(out, text, (size_t)n);
    }
    (void)BIO_free(bio);
    ERR_clear_error();
    return ok && !out->failed;
}

bool cos_ed25519_private_pem(const struct cos_ed25519 *key, struct cos_buf *out)
{
    return append_pem(key, /* is_private= */ true, out);
}

bool cos_ed25519_public_pem(const struct cos_ed25519 *key, struct cos_buf *out)
{
    return append_pem(key, /* is_private= */ false, out);
}

bool cos_ed25519_id(const struct cos_ed25519 *key, char out[65])
{
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(impl_of(key), &der);
    if (n > 0) {
        cos_sha256_hex(out, der, (size_t)n);
    }
    OPENSSL_free(der);
    ERR_clear_error();
    return n > 0;
}

bool cos_ed25519_seal(const struct cos_ed25519 *key, struct cos_span message,
                      uint8_t out[COS_ED25519_SEAL_BYTES])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = COS_ED25519_SEAL_BYTES;
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, impl_of(key)) == 1 &&
              EVP_DigestSign(ctx, out, &n, (const uint8_t *)message.ptr, message.len) == 1 &&
              n == COS_ED25519_SEAL_BYTES;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

bool cos_ed25519_is_sealed(const struct cos_ed25519 *key, struct cos_span message,
                           struct cos_span seal)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && seal.len == COS_ED25519_SEAL_BYTES &&
              EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, impl_of(key)) == 1 &&
              EVP_DigestVerify(ctx, (const uint8_t *)seal.ptr, seal.len,
                               (const uint8_t *)message.ptr, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}
