/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.2 and 1.3 as OpenSSL's defaults have them, with session tickets and without
 * renegotiation. An idle session must be small, so OpenSSL gives its record buffers back
 * (SSL_MODE_RELEASE_BUFFERS) and keeps no cache of sessions.
 *
 * The host a client asks for is read in the ClientHello callback, which runs before anything is
 * judged: a handshake that fails, at whichever step, still knows whom it was meant for. Only
 * names of hosts are kept (RFC 6066 s.3: letters, digits, '-', '.', at most 255 bytes);
 * whatever else a client puts there is not.
 *
 * The only user of libssl.
 */
#include "edge/tls_session.h"

#include "cosbase/alloc.h"
#include "world/fail.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#define HOST_MAX_BYTES 255
#define RECORD_MAX_BYTES (16u << 10)

struct tls_server {
    SSL_CTX *context;
};
struct tls_session {
    SSL *ssl;
    char *host; /* NULL: none */
    char failure[120];
};

/* --- what sessions share --- */

static bool is_host_name(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_alnum =
            (p[i] >= '0' && p[i] <= '9') || ((p[i] | 32) >= 'a' && (p[i] | 32) <= 'z');

        if (!is_alnum && p[i] != '-' && p[i] != '.' && p[i] != '_') {
            return false;
        }
    }
    return n > 0 && n <= HOST_MAX_BYTES;
}

/* server_name (RFC 6066 s.3): two bytes of length of the list, a type (0), two bytes
 * of length, the name. */
static int on_client_hello(SSL *ssl, int *alert, void *ctx)
{
    struct tls_session *s = SSL_get_app_data(ssl);
    const unsigned char *p = NULL;
    size_t n = 0;

    if (s->host == NULL &&
        SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) == 1 && n > 5 &&
        p[2] == 0 && ((size_t)p[3] << 8 | p[4]) <= n - 5 &&
        is_host_name(p + 5, (size_t)p[3] << 8 | p[4])) {
        s->host = cos_strndup((const char *)p + 5, (size_t)p[3] << 8 | p[4]);
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static bool use_key(SSL_CTX *context, const char *key_pem)
{
    BIO *bio = BIO_new_mem_buf(key_pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    bool ok = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;

    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

/* The leaf, then what stands behind it. */
static bool use_chain(SSL_CTX *context, const char *chain_pem)
{
    BIO *bio = BIO_new_mem_buf(chain_pem, -1);
    X509 *x = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    bool ok = x != NULL && SSL_CTX_use_certificate(context, x) == 1;

    X509_free(x);
    while (ok && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        ok = SSL_CTX_add1_chain_cert(context, x) == 1;
        X509_free(x);
    }
    ERR_clear_error(); /* the end of the text is an error there */
    BIO_free(bio);
    return ok;
}

static bool set_up(SSL_CTX *context, const char *key_pem, const char *chain_pem)
{
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_client_hello_cb(context, on_client_hello, NULL);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, 1) == 1 && use_chain(context, chain_pem) &&
           use_key(context, key_pem);
}

int tls_server_new(struct tls_server **out, const char *key_pem, const char *chain_pem,
                   struct cosmock_error *err)
{
    struct tls_server *s = cos_calloc(1, sizeof(*s));

    if (s != NULL) {
        s->context = SSL_CTX_new(TLS_server_method());
    }
    if (s == NULL || s->context == NULL || !set_up(s->context, key_pem, chain_pem)) {
        (void)tls_server_free(s);
        return world_fail(err, COSMOCK_E_NOMEM,
                          "cannot start TLS: OpenSSL refused the key or "
                          "the certificate");
    }
    *out = s;
    return COSMOCK_OK;
}

struct tls_server *tls_server_free(struct tls_server *s)
{
    if (s != NULL) {
        SSL_CTX_free(s->context);
    }
    return cos_free(s);
}

/* --- one session --- */

struct tls_session *tls_session_new(struct tls_server *server, int fd)
{
    struct tls_session *s = cos_calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->ssl = SSL_new(server->context);
    if (s->ssl == NULL || SSL_set_fd(s->ssl, fd) != 1) {
        return tls_session_free(s);
    }
    (void)SSL_set_app_data(s->ssl, s);
    SSL_set_accept_state(s->ssl);
    return s;
}

struct tls_session *tls_session_free(struct tls_session *s)
{
    if (s != NULL) {
        SSL_free(s->ssl);
        cos_free(s->host);
    }
    return cos_free(s);
}

/* Alerts are what the client says; the rest is what OpenSSL says of the client's bytes. */
static void remember_failure(struct tls_session *s, int code)
{
    unsigned long e = ERR_peek_error();
    const char *text = e == 0 ? NULL : ERR_reason_error_string(e);
    int alert = ERR_GET_REASON(e) - SSL_AD_REASON_OFFSET;

    if (e != 0 && ERR_GET_LIB(e) == ERR_LIB_SSL && alert > 0 && alert < 256) {
        (void)snprintf(s->failure, sizeof(s->failure), "the client refused: %s (alert %d)",
                       SSL_alert_desc_string_long(alert), alert);
    } else if (code == SSL_ERROR_SSL && text != NULL) {
        (void)snprintf(s->failure, sizeof(s->failure), "%s", text);
    } else {
        (void)snprintf(s->failure, sizeof(s->failure), "the client hung up");
    }
}

/* Of a call that failed: what to wait for. */
static int wish_of(const struct tls_session *s, int r)
{
    switch (SSL_get_error(s->ssl, r)) {
    case SSL_ERROR_WANT_READ:
        return STREAM_AGAIN_READ;
    case SSL_ERROR_WANT_WRITE:
        return STREAM_AGAIN_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return STREAM_DONE;
    default:
        return STREAM_BROKEN;
    }
}

int tls_session_handshake(struct tls_session *s)
{
    ERR_clear_error();
    int r = SSL_do_handshake(s->ssl);
    if (r == 1) {
        return STREAM_DONE;
    }
    int wish = wish_of(s, r);
    if (wish == STREAM_AGAIN_READ || wish == STREAM_AGAIN_WRITE) {
        return wish;
    }
    remember_failure(s, SSL_get_error(s->ssl, r));
    ERR_clear_error();
    return STREAM_BROKEN;
}

static int without_direction(int wish)
{
    return wish == STREAM_AGAIN_READ || wish == STREAM_AGAIN_WRITE ? STREAM_AGAIN : wish;
}

/* As many records as fit: one by one they would cost a round of the loop each. */
int64_t tls_session_read(struct tls_session *s, void *out, size_t n)
{
    ERR_clear_error();
    size_t got = 0;
    while (got == 0 || n - got >= RECORD_MAX_BYTES) {
        size_t piece = 0;
        int r = SSL_read_ex(s->ssl, (char *)out + got, n - got, &piece);

        if (r != 1) {
            return got > 0 ? (int64_t)got : without_direction(wish_of(s, r));
        }
        got += piece;
    }
    return (int64_t)got;
}

int64_t tls_session_write(struct tls_session *s, const void *bytes, size_t n)
{
    ERR_clear_error();
    size_t sent = 0;
    int r = SSL_write_ex(s->ssl, bytes, n, &sent);
    return r == 1 ? (int64_t)sent : without_direction(wish_of(s, r));
}

bool tls_session_has_more(const struct tls_session *s)
{
    return SSL_has_pending(s->ssl) == 1;
}

void tls_session_bye(struct tls_session *s)
{
    ERR_clear_error();
    (void)SSL_shutdown(s->ssl);
    ERR_clear_error();
}

const char *tls_session_host(const struct tls_session *s)
{
    return s->host == NULL ? "" : s->host;
}

const char *tls_session_version(const struct tls_session *s)
{
    static const char prefix[] = "TLSv";
    const char *name = s == NULL ? "" : SSL_get_version(s->ssl);
    return strncmp(name, prefix, sizeof(prefix) - 1) == 0 ? name + sizeof(prefix) - 1 : NULL;
}

const char *tls_session_failure(const struct tls_session *s)
{
    return s->failure;
}
