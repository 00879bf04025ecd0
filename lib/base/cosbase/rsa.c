/* SPDX-License-Identifier: Apache-2.0 */
/* RSA through EVP. What EVP complains about stays with it: its queue of errors is emptied, so
 * that the next TLS connection does not find it. */
#include "cosbase/rsa.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

/* OpenSSL's own object is the key; the name is ours. */
static EVP_PKEY *impl_of(const struct cos_rsa *key)
{
    return (EVP_PKEY *)(uintptr_t)key;
}

static struct cos_rsa *key_of(EVP_PKEY *impl)
{
    ERR_clear_error();
    return (struct cos_rsa *)(void *)impl;
}

struct cos_rsa *cos_rsa_generate(void)
{
    return key_of(EVP_RSA_gen(2048));
}

static OSSL_PARAM *params_of(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    if (b != NULL && n != NULL && e != NULL &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        params = OSSL_PARAM_BLD_to_param(b);
    }
    OSSL_PARAM_BLD_free(b);
    return params;
}

struct cos_rsa *cos_rsa_public(struct cos_span modulus, struct cos_span exponent)
{
    if (modulus.len == 0 || modulus.len > 1024 || exponent.len == 0 || exponent.len > 8) {
        return NULL;
    }
    BIGNUM *n = BN_bin2bn((const uint8_t *)modulus.ptr, (int)modulus.len, NULL);
    BIGNUM *e = BN_bin2bn((const uint8_t *)exponent.ptr, (int)exponent.len, NULL);
    OSSL_PARAM *params = params_of(n, e);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *impl = NULL;
    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &impl, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        impl = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    BN_free(n);
    BN_free(e);
    return key_of(impl);
}

struct cos_rsa *cos_rsa_free(struct cos_rsa *key)
{
    EVP_PKEY_free(impl_of(key));
    return NULL;
}

static bool append_number(const struct cos_rsa *key, const char *name, struct cos_buf *out)
{
    BIGNUM *number = NULL;
    bool ok = EVP_PKEY_get_bn_param(impl_of(key), name, &number) == 1;
    size_t n = ok ? (size_t)BN_num_bytes(number) : 0;
    char *at = ok ? cos_buf_reserve(out, n) : NULL;
    if (at != NULL) {
        out->len += (size_t)BN_bn2bin(number, (uint8_t *)at);
    }
    BN_free(number);
    ERR_clear_error();
    return at != NULL;
}

bool cos_rsa_numbers(const struct cos_rsa *key, struct cos_buf *modulus,
                     struct cos_buf *exponent)
{
    return append_number(key, OSSL_PKEY_PARAM_RSA_N, modulus) &&
           append_number(key, OSSL_PKEY_PARAM_RSA_E, exponent);
}

bool cos_rsa_seal(const struct cos_rsa *key, struct cos_span message, struct cos_buf *out)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = (size_t)EVP_PKEY_get_size(impl_of(key));
    char *at = ctx == NULL ? NULL : cos_buf_reserve(out, n);
    bool ok =
        at != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, impl_of(key)) == 1 &&
        EVP_DigestSign(ctx, (uint8_t *)at, &n, (const uint8_t *)message.ptr, message.len) == 1;
    out->len += ok ? n : 0;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

bool cos_rsa_is_sealed(const struct cos_rsa *key, struct cos_span message, struct cos_span seal)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL &&
              EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, impl_of(key)) == 1 &&
              EVP_DigestVerify(ctx, (const uint8_t *)seal.ptr, seal.len,
                               (const uint8_t *)message.ptr, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}
