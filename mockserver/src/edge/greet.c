/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One port speaks everything because the first bytes tell protocols apart:
 *   0x16        a TLS handshake record (RFC 8446 s.5.1)
 *   0x05        a SOCKS5 greeting (RFC 1928 s.3)
 *   "CONNECT "  a proxy tunnel (RFC 9110 s.9.3.6)
 *   else        HTTP, or what passes for it: the loops judge that
 * The target of a tunnel is checked for shape and told to front.c, which refuses names that
 * nobody here answers to; beyond that it is ignored: the mock never dials out, and who is
 * wanted stands in SNI and Host (fluss-plugin.md s.8). A JVM's SOCKS client greets with
 * "05 02 00 02" and sends an IPv4 target for hosts from its hosts file, a name otherwise: both
 * are taken. Refused: SOCKS commands other than CONNECT, SOCKS without "no authentication", a
 * CONNECT head beyond 8 KiB or without host:port.
 */
#include "edge/greet.h"

#include "cosbase/span.h"

#define REPLY(text) .reply = (text), .reply_bytes = sizeof(text) - 1

static struct greet refuse_bytes(const char *reply, size_t n)
{
    return (struct greet){.kind = GREET_REFUSE, .reply = reply, .reply_bytes = n};
}

static struct greet only(enum greet_kind kind)
{
    return (struct greet){.kind = kind, .reply = ""};
}

static struct greet malformed(const char *sentence)
{
    return (struct greet){.kind = GREET_MALFORMED, .reply = "", .sentence = sentence};
}

/* "host:port" with a port from 1 to 65535; an IPv6 host stands in brackets. */
static bool is_authority(struct cos_span s)
{
    size_t colon = cos_span_rchr(s, ':');

    if (colon == SIZE_MAX || colon == 0) {
        return false;
    }
    uint64_t port;
    return cos_span_u64(cos_span_from(s, colon + 1), &port) && port >= 1 && port <= 65535;
}

static size_t head_end(struct cos_span s)
{
    size_t at = cos_span_find(s, COS_SPAN_LIT("\r\n\r\n"));

    return at == SIZE_MAX ? SIZE_MAX : at + 4;
}

static struct greet look_connect(struct cos_span s)
{
    size_t end = head_end(s);

    if (end == SIZE_MAX) {
        return s.len >= GREET_MAX_BYTES ? malformed("The CONNECT head is larger than 8 KiB.")
                                        : only(GREET_MORE);
    }
    struct cos_span line = cos_span_sub(s, 0, cos_span_find(s, COS_SPAN_LIT("\r\n")));
    (void)cos_span_cut(&line, ' ');
    struct cos_span authority = cos_span_cut(&line, ' ');
    if (!is_authority(authority) || !cos_span_starts(line, COS_SPAN_LIT("HTTP/1."))) {
        return malformed("CONNECT is not followed by host:port and an HTTP/1 version.");
    }
    return (struct greet){.kind = GREET_ANSWER,
                          .next = GREET_TUNNEL,
                          .consume = end,
                          .host = authority.ptr,
                          .host_bytes = cos_span_rchr(authority, ':'),
                          REPLY("HTTP/1.1 200 Connection established\r\n\r\n")};
}

static struct greet look_socks_hello(const unsigned char *p, size_t n)
{
    size_t need;
    if (n < 2 || n < (need = 2u + p[1])) {
        return only(GREET_MORE);
    }
    for (size_t i = 2; i < need; i++) {
        if (p[i] == 0x00) {
            return (struct greet){.kind = GREET_ANSWER,
                                  .next = GREET_SOCKS_REQUEST,
                                  .consume = need,
                                  REPLY("\x05\x00")};
        }
    }
    return refuse_bytes("\x05\xff", 2);
}

/* Bytes of a SOCKS5 request with this address type, 0 when the type is unknown, SIZE_MAX when
 * more is needed to tell. */
static size_t socks_request_bytes(const unsigned char *p, size_t n)
{
    switch (p[3]) {
    case 0x01:
        return 10;
    case 0x03:
        return n < 5 ? SIZE_MAX : 7u + p[4];
    case 0x04:
        return 22;
    default:
        return 0;
    }
}

static struct greet look_socks_request(const unsigned char *p, size_t n)
{
    if (n >= 1 && p[0] != 0x05) {
        return only(GREET_REFUSE);
    }
    if (n < 4) {
        return only(GREET_MORE);
    }
    if (p[1] != 0x01) {
        return refuse_bytes("\x05\x07\x00\x01\0\0\0\0\0\0", 10);
    }
    size_t need = socks_request_bytes(p, n);
    if (need == 0) {
        return refuse_bytes("\x05\x08\x00\x01\0\0\0\0\0\0", 10);
    }
    if (need == SIZE_MAX || n < need) {
        return only(GREET_MORE);
    }
    bool is_name = p[3] == 0x03;
    return (struct greet){.kind = GREET_ANSWER,
                          .next = GREET_TUNNEL,
                          .consume = need,
                          .host = is_name ? (const char *)p + 5 : NULL,
                          .host_bytes = is_name ? p[4] : 0,
                          REPLY("\x05\x00\x00\x01\0\0\0\0\0\0")};
}

static struct greet look_first(const unsigned char *p, size_t n)
{
    static const char connect_word[] = "CONNECT ";
    size_t word = sizeof(connect_word) - 1;

    if (p[0] == 0x16) {
        return only(GREET_TLS);
    }
    if (p[0] == 0x05) {
        return look_socks_hello(p, n);
    }
    if (memcmp(p, connect_word, n < word ? n : word) != 0) {
        return only(GREET_HTTP);
    }
    return n < word ? only(GREET_MORE) : look_connect(cos_span_make(p, n));
}

struct greet greet_look(enum greet_stage stage, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    if (n == 0) {
        return only(GREET_MORE);
    }
    switch (stage) {
    case GREET_SOCKS_REQUEST:
        return look_socks_request(p, n);
    case GREET_TUNNEL:
        return p[0] == 0x16 ? only(GREET_TLS) : only(GREET_HTTP);
    case GREET_FIRST:
    default:
        return look_first(p, n);
    }
}
