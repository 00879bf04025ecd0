/* SPDX-License-Identifier: Apache-2.0 */
/* A client that speaks TLS, by OpenSSL. */
#include "tls_line.h"

void tls_trust(SSL_CTX *context, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *ca = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    assert_non_null(ca);
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca), 1);
    X509_free(ca);
    BIO_free(bio);
}

struct tls_line tls_line_new(struct wire *w, const struct tls_wish *wish)
{
    struct line plain = line_open(w->front.port);
    struct tls_line l = {.fd = plain.fd, .context = SSL_CTX_new(TLS_client_method())};

    assert_non_null(l.context);
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes where nobody may be left */
    cos_buf_init(&l.in, 256u << 20);
    if (!wish->trusts_nobody) {
        tls_trust(l.context, cosmock_ca_pem(w->mock));
    }
    SSL_CTX_set_verify(l.context, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_options(l.context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_security_level(l.context, 0);
    if (wish->max_version != 0) {
        assert_int_equal(SSL_CTX_set_min_proto_version(l.context, TLS1_VERSION), 1);
        assert_int_equal(SSL_CTX_set_max_proto_version(l.context, wish->max_version), 1);
    }
    if (wish->cipher_list != NULL) {
        assert_int_equal(SSL_CTX_set_cipher_list(l.context, wish->cipher_list), 1);
    }
    l.ssl = SSL_new(l.context);
    assert_non_null(l.ssl);
    if (wish->host != NULL) {
        /* SSL_set_tlsext_host_name() without its cast, which clang complains of */
        assert_int_equal(SSL_ctrl(l.ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                  TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)wish->host),
                         1);
        assert_int_equal(SSL_set1_host(l.ssl, wish->host), 1);
    }
    assert_int_equal(SSL_set_fd(l.ssl, l.fd), 1);
    return l;
}

struct tls_line tls_line_open(struct wire *w)
{
    const struct tls_wish wish = {.host = w->host};
    struct tls_line l = tls_line_new(w, &wish);

    assert_int_equal(SSL_connect(l.ssl), 1);
    return l;
}

void tls_line_close(struct tls_line *l)
{
    (void)SSL_shutdown(l->ssl); /* or OpenSSL would not take up its session again */
    SSL_free(l->ssl);
    SSL_CTX_free(l->context);
    (void)close(l->fd);
    cos_buf_deinit(&l->in);
}

void tls_line_say(struct tls_line *l, const void *bytes, size_t n)
{
    assert_int_equal(SSL_write(l->ssl, bytes, (int)n), n);
}

bool tls_line_more(struct tls_line *l)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    char *at = cos_buf_reserve(&l->in, 65536);

    assert_non_null(at);
    if (!SSL_has_pending(l->ssl)) {
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
    }
    int n = SSL_read(l->ssl, at, 65536);
    if (n <= 0) {
        return false;
    }
    l->in.len += (size_t)n;
    return true;
}
