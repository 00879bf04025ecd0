/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mock's own authority: made in memory, never written with its key, gone with the process.
 * EC P-256 because making a key costs a fraction of a millisecond and every client of the last
 * fifteen years takes it.
 *
 * Certificates live in REAL time, whatever the tenants' clocks say (layout.md s.4), from two
 * days ago (a client's clock may be behind) for a year. Key usage, subject and authority key
 * identifiers are there because strict verifiers ask for them (RFC 5280 s.4.2.1; Python 3.13
 * sets X509_V_FLAG_X509_STRICT).
 *
 * The trust store format is Sun's JKS as in fluss-plugin.md s.8: 0xFEEDFEED, version 2, one
 * entry of tag 2 (trusted certificate): alias, date, "X.509", DER; then SHA-1 over
 * UTF-16BE(password), "Mighty Aphrodite" and all bytes before. No keytool needed.
 *
 * The only user of OpenSSL's certificate functions.
 */
#include "edge/tls.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/digest.h"
#include "world/fail.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define DAY_S 86400
#define BEFORE_S (2 * DAY_S)
#define AFTER_S (365 * DAY_S)
#define PEM_MAX_BYTES (1u << 20)
#define POINT_BYTES 65 /* of P-256, uncompressed */
#define TRUST_STORE_PASSWORD "changeit"

struct tls_authority {
    EVP_PKEY *key;
    X509 *certificate;
    struct cos_buf pem;
};

static int openssl_failed(struct cosmock_error *err, const char *what)
{
    return world_fail(err, COSMOCK_E_NOMEM, "cannot make a certificate: OpenSSL refused %s",
                      what);
}

static bool set_times(X509 *x)
{
    int64_t now_s = cos_system_unix_ms() / 1000;

    return ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(now_s - BEFORE_S)) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(now_s + AFTER_S)) != NULL;
}

static bool set_serial(X509 *x)
{
    unsigned char raw[16];
    if (RAND_bytes(raw, sizeof(raw)) != 1) {
        return false;
    }
    raw[0] = (unsigned char)((raw[0] & 0x7f) | 0x01); /* positive, never zero */
    BIGNUM *n = BN_bin2bn(raw, sizeof(raw), NULL);
    bool ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
    BN_free(n);
    return ok;
}

static bool add_name_entry(X509_NAME *name, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value,
                                      -1, -1, 0) == 1;
}

static bool set_subject(X509 *x, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(x);

    return add_name_entry(name, "O", "cosmock (throw-away)") &&
           add_name_entry(name, "CN", common_name);
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = e != NULL && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

/* A certificate with everything but its extensions and signature. */
/*
 * The point of a P-256 key, as RFC 5480 s.2.2 has it in a certificate. X509_set_pubkey() would
 * do, but it looks through all of OpenSSL's encoders and decoders for these 65 bytes: a fifth
 * of all instructions of a start.
 */
static bool set_public_key(X509 *x, const EVP_PKEY *key)
{
    size_t n = 0;
    unsigned char *point = OPENSSL_malloc(POINT_BYTES);

    if (point == NULL ||
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_BYTES, &n) !=
            1 ||
        n != POINT_BYTES ||
        X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x), OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                               V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1), point,
                               POINT_BYTES) != 1) {
        OPENSSL_free(point);
        return false;
    }
    return true;
}

static X509 *blank_certificate(EVP_PKEY *key, const char *common_name, const X509_NAME *issuer)
{
    X509 *x = X509_new();

    if (x == NULL) {
        return NULL;
    }
    if (X509_set_version(x, 2) != 1 || !set_serial(x) || !set_times(x) ||
        !set_subject(x, common_name) ||
        X509_set_issuer_name(x, issuer == NULL ? X509_get_subject_name(x) : issuer) != 1 ||
        !set_public_key(x, key)) {
        X509_free(x);
        return NULL;
    }
    return x;
}

static bool append_bio(struct cos_buf *out, BIO *bio)
{
    char *bytes = NULL;
    long n = BIO_get_mem_data(bio, &bytes);

    cos_buf_append(out, bytes, n < 0 ? 0 : (size_t)n);
    return n > 0 && !out->failed;
}

static bool append_certificate_pem(struct cos_buf *out, X509 *x)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool ok = bio != NULL && PEM_write_bio_X509(bio, x) == 1 && append_bio(out, bio);

    BIO_free(bio);
    return ok;
}

static bool append_key_pem(struct cos_buf *out, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    bool ok = bio != NULL &&
              PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 &&
              append_bio(out, bio);

    BIO_free(bio);
    return ok;
}

static X509 *authority_certificate(EVP_PKEY *key)
{
    X509 *x = blank_certificate(key, "cosmock CA", /* issuer= */ NULL);

    if (x != NULL &&
        (!add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
         !add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") ||
         !add_extension(x, x, NID_subject_key_identifier, "hash") ||
         X509_sign(x, key, EVP_sha256()) == 0)) {
        X509_free(x);
        return NULL;
    }
    return x;
}

int tls_authority_new(struct tls_authority **out, struct cosmock_error *err)
{
    struct tls_authority *a = cos_calloc(1, sizeof(*a));

    if (a == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for a certificate authority");
    }
    cos_buf_init(&a->pem, PEM_MAX_BYTES);
    a->key = EVP_EC_gen("P-256");
    a->certificate = a->key == NULL ? NULL : authority_certificate(a->key);
    if (a->certificate == NULL || !append_certificate_pem(&a->pem, a->certificate)) {
        (void)tls_authority_free(a);
        return openssl_failed(err, "the authority");
    }
    *out = a;
    return COSMOCK_OK;
}

struct tls_authority *tls_authority_free(struct tls_authority *a)
{
    if (a == NULL) {
        return NULL;
    }
    EVP_PKEY_free(a->key);
    X509_free(a->certificate);
    cos_buf_deinit(&a->pem);
    return cos_free(a);
}

const char *tls_authority_pem(const struct tls_authority *a)
{
    return cos_buf_cstr(&a->pem);
}

static GENERAL_NAME *general_name(const char *name)
{
    unsigned char raw[16];
    int raw_bytes = inet_pton(AF_INET, name, raw) == 1    ? 4
                    : inet_pton(AF_INET6, name, raw) == 1 ? 16
                                                          : 0;
    GENERAL_NAME *g = GENERAL_NAME_new();
    ASN1_STRING *value = raw_bytes > 0 ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

    if (g == NULL || value == NULL ||
        ASN1_STRING_set(value, raw_bytes > 0 ? (const void *)raw : name,
                        raw_bytes > 0 ? raw_bytes : (int)strlen(name)) != 1) {
        GENERAL_NAME_free(g);
        ASN1_STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(g, raw_bytes > 0 ? GEN_IPADD : GEN_DNS, value);
    return g;
}

static bool add_alternative_names(X509 *x, const char *const *names, size_t n)
{
    GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
    bool ok = all != NULL;

    for (size_t i = 0; ok && i < n; i++) {
        GENERAL_NAME *g = general_name(names[i]);

        ok = g != NULL && sk_GENERAL_NAME_push(all, g) > 0;
        if (!ok) {
            GENERAL_NAME_free(g);
        }
    }
    ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(all);
    return ok;
}

static X509 *leaf_certificate(const struct tls_authority *a, EVP_PKEY *key,
                              const char *const *names, size_t n)
{
    X509 *x = blank_certificate(key, "cosmock", X509_get_subject_name(a->certificate));

    if (x != NULL &&
        (!add_extension(x, a->certificate, NID_basic_constraints, "critical,CA:FALSE") ||
         !add_extension(x, a->certificate, NID_key_usage, "critical,digitalSignature") ||
         !add_extension(x, a->certificate, NID_ext_key_usage, "serverAuth") ||
         !add_extension(x, a->certificate, NID_subject_key_identifier, "hash") ||
         !add_extension(x, a->certificate, NID_authority_key_identifier, "keyid:always") ||
         !add_alternative_names(x, names, n) || X509_sign(x, a->key, EVP_sha256()) == 0)) {
        X509_free(x);
        return NULL;
    }
    return x;
}

int tls_leaf_make(const struct tls_authority *a, const char *const *names, size_t n,
                  struct cos_buf *key_pem, struct cos_buf *chain_pem, struct cosmock_error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = key == NULL ? NULL : leaf_certificate(a, key, names, n);
    bool ok =
        leaf != NULL && append_key_pem(key_pem, key) && append_certificate_pem(chain_pem, leaf);

    cos_buf_span(chain_pem, cos_buf_view(&a->pem));
    ok = ok && !chain_pem->failed;
    X509_free(leaf);
    EVP_PKEY_free(key);
    return ok ? COSMOCK_OK : openssl_failed(err, "the server's certificate");
}

static void append_be(struct cos_buf *b, uint64_t value, int n_bytes)
{
    for (int shift = (n_bytes - 1) * 8; shift >= 0; shift -= 8) {
        cos_buf_ch(b, (char)(value >> shift & 0xff));
    }
}

/* Java's "modified UTF-8" of an ASCII string. */
static void append_utf(struct cos_buf *b, const char *s)
{
    append_be(b, strlen(s), 2);
    cos_buf_str(b, s);
}

static void append_store_body(struct cos_buf *b, int64_t created_unix_ms,
                              const unsigned char *der, size_t der_bytes)
{
    append_be(b, 0xFEEDFEED, 4);
    append_be(b, 2, 4); /* version */
    append_be(b, 1, 4); /* entries */
    append_be(b, 2, 4); /* a trusted certificate */
    append_utf(b, "cosmock");
    append_be(b, (uint64_t)created_unix_ms, 8);
    append_utf(b, "X.509");
    append_be(b, der_bytes, 4);
    cos_buf_append(b, der, der_bytes);
}

/* SHA-1 over the password, the phrase, and the store so far. */
static bool append_store_digest(struct cos_buf *store)
{
    struct cos_buf keyed;
    cos_buf_init(&keyed, PEM_MAX_BYTES);
    for (const char *p = TRUST_STORE_PASSWORD; *p != '\0'; p++) {
        append_be(&keyed, (unsigned char)*p, 2);
    }
    cos_buf_str(&keyed, "Mighty Aphrodite");
    cos_buf_span(&keyed, cos_buf_view(store));
    uint8_t sha1[COS_SHA1_BYTES];
    cos_sha1(sha1, keyed.ptr, keyed.len);
    bool ok = !keyed.failed;
    cos_buf_deinit(&keyed);
    cos_buf_append(store, sha1, sizeof(sha1));
    return ok && !store->failed;
}

int tls_trust_store(const struct tls_authority *a, int64_t created_unix_ms, struct cos_buf *out,
                    struct cosmock_error *err)
{
    unsigned char *der = NULL;
    int der_bytes = i2d_X509(a->certificate, &der);

    if (der_bytes <= 0) {
        return openssl_failed(err, "to write the authority as DER");
    }
    struct cos_buf store;
    cos_buf_init(&store, PEM_MAX_BYTES);
    append_store_body(&store, created_unix_ms, der, (size_t)der_bytes);
    OPENSSL_free(der);
    bool ok = append_store_digest(&store);
    cos_buf_span(out, cos_buf_view(&store));
    cos_buf_deinit(&store);
    return ok && !out->failed
               ? COSMOCK_OK
               : world_fail(err, COSMOCK_E_NOMEM, "out of memory for a trust store");
}
