/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes that fail, and what the journal knows of them: whom the client wanted (SNI, RFC
 * 6066 s.3) and why it came to nothing. The client's side is OpenSSL's; the names of alerts are
 * those of RFC 8446 s.6.2.
 */
#include "tls_line.h"

#include <fcntl.h>

struct failure {
    const char *name;
    struct tls_wish wish;
    /* in the entry; "" */
    const char *host;
    /* its beginning */
    const char *detail;
};
#define BUCKET_HOST "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"

static const struct failure failures[] = {
    {"a client that trusts nobody",
     {.host = BUCKET_HOST, .trusts_nobody = true},
     BUCKET_HOST,
     "the client refused: unknown CA"},
    {"the same with TLS 1.2",
     {.host = BUCKET_HOST, .trusts_nobody = true, .max_version = TLS1_2_VERSION},
     BUCKET_HOST,
     "the client refused: unknown CA"},
    {"a client that trusts nobody and wants no host",
     {.trusts_nobody = true},
     "",
     "the client refused: unknown CA"},
    {"a host the certificate does not name",
     {.host = "oss.example.com"},
     "oss.example.com",
     "the client refused: "},
    {"an old protocol",
     {.host = BUCKET_HOST, .max_version = TLS1_1_VERSION},
     BUCKET_HOST,
     "unsupported protocol"},
    {"no cipher in common",
     {.host = BUCKET_HOST, .max_version = TLS1_2_VERSION, .cipher_list = "AES128-SHA"},
     BUCKET_HOST,
     "no shared cipher"},
    {"a name no host has",
     {.host = "a\nb\x1b[2J", .trusts_nobody = true},
     "",
     "the client refused: unknown CA"},
};

/* The only entry behind number @after, or a failure. */
static void check_entry(struct wire *w, uint64_t after, const char *name, const char *host,
                        const char *detail)
{
    struct cosmock_journal_query later = COSMOCK_JOURNAL_QUERY_INIT;

    later.after_seq = after;
    assert_int_equal(cosmock_journal_wait(w->tenant, &later, PATIENCE_MS), 1);
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(w->tenant, &e, &later), 1);
    if (strcmp(e->authn, "tls-handshake") != 0 || strcmp(e->host, host) != 0 ||
        strncmp(e->detail, detail, strlen(detail)) != 0 || e->http_status != 0 || !e->tls) {
        fail_msg("%s: the entry says %s, host '%s', %s", name, e->authn, e->host, e->detail);
    }
    (void)cosmock_entries_free(e);
}

static void a_failed_handshake_is_journalled_with_its_host_and_reason(void **state)
{
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(failures); i++) {
        const struct failure *f = &failures[i];
        uint64_t before = cosmock_journal_last_seq(w->tenant);
        struct tls_line l = tls_line_new(w, &f->wish);

        assert_int_not_equal(SSL_connect(l.ssl), 1);
        check_entry(w, before, f->name, f->host, f->detail);
        tls_line_close(&l);
    }
}

static void garbage_behind_the_first_byte_is_journalled(void **state)
{
    static const char garbage[] = "\x16garbage garbage garbage";
    struct wire *w = *state;
    struct line l = line_open(w->front.port);

    line_say_bytes(&l, garbage, sizeof(garbage) - 1);
    while (line_more(&l)) { /* an alert, perhaps */
    }
    check_entry(w, 0, "garbage", "", "");
    line_close(&l);
}

static void a_client_that_hangs_up_is_journalled_with_its_host(void **state)
{
    const struct tls_wish wish = {.host = BUCKET_HOST};
    struct wire *w = *state;
    struct tls_line l = tls_line_new(w, &wish);
    struct pollfd p = {.fd = l.fd, .events = POLLIN};

    assert_int_equal(fcntl(l.fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_not_equal(SSL_connect(l.ssl), 1); /* the hello is out */
    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
    assert_int_equal(shutdown(l.fd, SHUT_WR), 0);
    check_entry(w, 0, "hung up", BUCKET_HOST, "the client hung up");
    tls_line_close(&l);
}

/* What succeeds leaves no such entry, and a session may be taken up again (RFC 8446 s.2.2). */
static void a_session_is_resumed_by_its_ticket(void **state)
{
    static const char get[] = "GET /k HTTP/1.1\r\nHost: " BUCKET_HOST "\r\n\r\n";
    struct wire *w = *state;

    wire_put_object(w, "k", "kept");
    SSL_SESSION *session = NULL;
    for (int i = 0; i < 2; i++) {
        const struct tls_wish wish = {.host = w->host};
        struct tls_line l = tls_line_new(w, &wish);

        if (session != NULL) {
            assert_int_equal(SSL_set_session(l.ssl, session), 1);
        }
        assert_int_equal(SSL_connect(l.ssl), 1);
        tls_line_say(&l, get, sizeof(get) - 1);
        assert_true(tls_line_more(&l)); /* the ticket comes with it */
        assert_int_equal(SSL_session_reused(l.ssl), i);
        SSL_SESSION_free(session);
        session = SSL_get1_session(l.ssl);
        tls_line_close(&l);
    }
    SSL_SESSION_free(session);
    assert_int_equal(cosmock_journal_last_seq(w->tenant), 2);
}

static void a_large_object_survives_tls_there_and_back(void **state)
{
    enum { BYTES = 5 * 1000 * 1000 + 3 };
    struct wire *w = *state;
    struct tls_line l = tls_line_open(w);
    char *bytes = malloc(BYTES);
    char head[256];
    size_t end;

    assert_non_null(bytes);
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (char)(i * 2654435761u >> 13);
    }
    (void)snprintf(head, sizeof(head),
                   "PUT /big HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", w->host,
                   BYTES);
    tls_line_say(&l, head, strlen(head));
    tls_line_say(&l, bytes, BYTES);
    assert_true(tls_line_more(&l));
    assert_memory_equal(l.in.ptr, "HTTP/1.1 200", 12);
    cos_buf_clear(&l.in);
    (void)snprintf(head, sizeof(head),
                   "GET /big HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", w->host);
    tls_line_say(&l, head, strlen(head));
    while (tls_line_more(&l)) {
    }
    end = cos_span_find(cos_buf_view(&l.in), COS_SPAN_LIT("\r\n\r\n"));
    assert_int_equal(l.in.len - end - 4, BYTES);
    assert_memory_equal(l.in.ptr + end + 4, bytes, BYTES);
    tls_line_close(&l);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(a_failed_handshake_is_journalled_with_its_host_and_reason),
        OVER_WIRE(garbage_behind_the_first_byte_is_journalled),
        OVER_WIRE(a_client_that_hangs_up_is_journalled_with_its_host),
        OVER_WIRE(a_session_is_resumed_by_its_ticket),
        OVER_WIRE(a_large_object_survives_tls_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
