/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of what a request may and may not look like on the wire, run at every place where a
 * request can stand: first on a connection and after another one, plain, inside TLS and at the
 * control API, where the same shapes name paths of its own. Behind
 * every shape follows a DELETE of an object that was never asked for by the shape itself: were
 * the mock to see the end of the shape elsewhere than its author, that request would run, or a
 * reply too many would be sent.
 *
 * What is malformed gets exactly one answer, the service's own 400, then the end of the
 * connection, and one journal entry that says so. What is well-formed gets its answer, and then
 * the request behind it gets another.
 *
 * Expected values: RFC 9112 s.2.2 (line ends), s.3 (request line), s.3.2 (target and Host), s.5
 * (fields), s.5.2 (folds), s.6.1 (Transfer-Encoding), s.6.3 (length), s.7.1 (chunked), s.9.3
 * (persistence); RFC 9110 s.5.5, s.5.6.2, s.8.6.
 */
#include "tls_line.h"

#define BUCKET_HOST "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"
#define HOST "Host: " BUCKET_HOST "\r\n"
#define GET "GET /k HTTP/1.1\r\n" HOST
#define PUT "PUT /new HTTP/1.1\r\n" HOST
#define CHUNKED PUT "Transfer-Encoding: chunked\r\n\r\n"
#define END "\r\n"
#define SMUGGLED "DELETE /victim HTTP/1.1\r\n" HOST END
#define BEHIND "GET /behind HTTP/1.1\r\n" HOST END

enum fate {
    /* one 400, the end */
    REFUSED,
    /* the same, but only once the client has hung up: nothing is wrong but that it ends here */
    CUT_REFUSED,
    /* 200, and what is behind it is served, too */
    SERVED,
    /* 200, and the connection ends: what is behind it is not looked at */
    SERVED_LAST,
};
struct shape {
    const char *name;
    enum fate fate;
    const char *bytes;
    size_t n;
    /* framed well, and the rest is what COS makes of it: not for the control API */
    bool is_of_cos;
};
#define BYTES(text) (text), sizeof(text) - 1

static const struct shape shapes[] = {
    /* line ends */
    {"a plain request", SERVED, BYTES(GET END)},
    {"line feeds alone", SERVED, BYTES("GET /k HTTP/1.1\nHost: " BUCKET_HOST "\n\n")},
    {"empty lines first", SERVED, BYTES("\r\n\r\n" GET END)},
    {"a lone CR in the request line", REFUSED, BYTES("GET /k\rx HTTP/1.1\r\n" HOST END)},
    {"a lone CR as a line end", REFUSED, BYTES(GET "a: b\rc: d\r\n" END)},
    {"CR CR LF", REFUSED, BYTES(GET "a: b\r\r\n" END)},
    /* request lines */
    {"garbage", REFUSED, BYTES("\x80\xff\x13 garbage\r\n\r\n")},
    {"a NUL first", REFUSED, BYTES("\0" GET END)},
    {"one word", REFUSED, BYTES("HELLO\r\n\r\n")},
    {"HTTP/0.9", REFUSED, BYTES("GET /k\r\n")},
    {"HTTP/2", REFUSED, BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
    {"HTTP/1.10", REFUSED, BYTES("GET /k HTTP/1.10\r\n" HOST END)},
    {"http in small letters", REFUSED, BYTES("GET /k http/1.1\r\n" HOST END)},
    {"another protocol", REFUSED, BYTES("GET /k RTSP/1.0\r\n" HOST END)},
    {"bytes behind the version", REFUSED, BYTES("GET /k HTTP/1.1 x\r\n" HOST END)},
    {"a blank behind the version", REFUSED, BYTES("GET /k HTTP/1.1 \r\n" HOST END)},
    {"a blank first", REFUSED, BYTES(" " GET END)},
    {"a tab between method and target", REFUSED, BYTES("GET\t/k HTTP/1.1\r\n" HOST END)},
    {"two blanks before the target", REFUSED, BYTES("GET  /k HTTP/1.1\r\n" HOST END)},
    {"a blank within the target", REFUSED, BYTES("GET /k l HTTP/1.1\r\n" HOST END)},
    {"no target", REFUSED, BYTES("GET HTTP/1.1\r\n" HOST END)},
    {"a method that is no token", REFUSED, BYTES("G(T /k HTTP/1.1\r\n" HOST END)},
    {"a NUL in the target", REFUSED, BYTES("GET /k\0x HTTP/1.1\r\n" HOST END)},
    {"a control byte in the target", REFUSED, BYTES("GET /k\x01 HTTP/1.1\r\n" HOST END)},
    {"asterisk form", REFUSED, BYTES("OPTIONS * HTTP/1.1\r\n" HOST END), .is_of_cos = true},
    {"authority form", REFUSED, BYTES("GET " BUCKET_HOST ":80 HTTP/1.1\r\n" HOST END),
     .is_of_cos = true},
    {"a fragment", REFUSED, BYTES("GET /k#x HTTP/1.1\r\n" HOST END), .is_of_cos = true},
    {"absolute form", SERVED, BYTES("GET http://" BUCKET_HOST "/k HTTP/1.1\r\n" HOST END),
     .is_of_cos = true},
    /* fields */
    {"no Host", REFUSED, BYTES("GET /k HTTP/1.1\r\n\r\n")},
    {"two Hosts", REFUSED, BYTES(GET HOST END)},
    {"two different Hosts", REFUSED, BYTES(GET "Host: other\r\n" END)},
    {"a folded value", REFUSED, BYTES(GET "a: b\r\n c\r\n" END)},
    {"a value folded by a tab", REFUSED, BYTES(GET "a: b\r\n\tc\r\n" END)},
    {"a name split by a fold", REFUSED,
     BYTES(PUT "Content-Length: 0\r\nx-cos-copy-so: " BUCKET_HOST "/k\r\n urce: x\r\n" END)},
    {"a fold behind the request line", REFUSED, BYTES("GET /k HTTP/1.1\r\n a: b\r\n" HOST END)},
    {"a folded length", REFUSED, BYTES(PUT "Content-Length:\r\n 1\r\n" END "x")},
    {"no colon", REFUSED, BYTES(GET "nocolon\r\n" END)},
    {"no name", REFUSED, BYTES(GET ": b\r\n" END)},
    {"a blank before the colon", REFUSED, BYTES(GET "a : b\r\n" END)},
    {"a blank before a length's colon", REFUSED, BYTES(PUT "Content-Length : 1\r\n" END "x")},
    {"a blank in a name", REFUSED, BYTES(GET "a b: c\r\n" END)},
    {"a name in brackets", REFUSED, BYTES(GET "(a): b\r\n" END)},
    {"a name above ASCII", REFUSED, BYTES(GET "\xc3\xa9: b\r\n" END)},
    {"a NUL in a name", REFUSED, BYTES(GET "a\0: b\r\n" END)},
    {"a NUL in a value", REFUSED, BYTES(GET "a: b\0c\r\n" END)},
    {"a control byte in a value", REFUSED, BYTES(GET "a: b\x07\r\n" END)},
    {"a tab in a value", SERVED, BYTES(GET "a: b\tc\r\n" END)},
    {"bytes above ASCII in a value", SERVED, BYTES(GET "a: \xc3\xa9\r\n" END)},
    {"an empty value", SERVED, BYTES(GET "a:\r\n" END)},
    /* lengths */
    {"a length that is a word", REFUSED, BYTES(PUT "Content-Length: ten\r\n" END)},
    {"a length with a letter behind", REFUSED, BYTES(PUT "Content-Length: 1x\r\n" END "x")},
    {"a negative length", REFUSED, BYTES(PUT "Content-Length: -1\r\n" END)},
    {"a signed length", REFUSED, BYTES(PUT "Content-Length: +1\r\n" END "x")},
    {"a hexadecimal length", REFUSED, BYTES(PUT "Content-Length: 0x1\r\n" END "x")},
    {"an empty length", REFUSED, BYTES(PUT "Content-Length:\r\n" END)},
    {"a list of lengths", REFUSED, BYTES(PUT "Content-Length: 1, 1\r\n" END "x")},
    {"two equal lengths", REFUSED,
     BYTES(PUT "Content-Length: 1\r\nContent-Length: 1\r\n" END "x")},
    {"two lengths", REFUSED, BYTES(PUT "Content-Length: 1\r\nContent-Length: 2\r\n" END "xy")},
    {"a length beyond 63 bits", REFUSED,
     BYTES(PUT "Content-Length: 9223372036854775808\r\n" END)},
    {"a length beyond 64 bits", REFUSED,
     BYTES(PUT "Content-Length: 18446744073709551617\r\n" END)},
    {"a length beyond all numbers", REFUSED,
     BYTES(PUT "Content-Length: 99999999999999999999999\r\n" END)},
    {"leading zeros", SERVED, BYTES(PUT "Content-Length: 0001\r\n" END "x")},
    {"a body with GET", SERVED, BYTES(GET "Content-Length: 5\r\n" END "abcde"),
     .is_of_cos = true},
    /* codings */
    {"length and chunked", REFUSED,
     BYTES(PUT "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" END
               "1\r\na\r\n0\r\n\r\n")},
    {"chunked and length", REFUSED,
     BYTES(PUT "Transfer-Encoding: chunked\r\nContent-Length: 11\r\n" END
               "1\r\na\r\n0\r\n\r\n")},
    {"another coding", REFUSED, BYTES(PUT "Transfer-Encoding: gzip\r\n" END "x")},
    {"chunked behind another", REFUSED,
     BYTES(PUT "Transfer-Encoding: gzip, chunked\r\n" END "0\r\n\r\n")},
    {"identity", REFUSED, BYTES(PUT "Transfer-Encoding: identity\r\n" END)},
    {"chunked before identity", REFUSED,
     BYTES(PUT "Transfer-Encoding: chunked, identity\r\n" END "0\r\n\r\n")},
    {"nearly chunked", REFUSED, BYTES(PUT "Transfer-Encoding: xchunked\r\n" END "0\r\n\r\n")},
    {"quoted chunked", REFUSED,
     BYTES(PUT "Transfer-Encoding: \"chunked\"\r\n" END "0\r\n\r\n")},
    {"chunked with a parameter", REFUSED,
     BYTES(PUT "Transfer-Encoding: chunked;q=1\r\n" END "0\r\n\r\n")},
    {"an empty coding", REFUSED, BYTES(PUT "Transfer-Encoding:\r\n" END)},
    {"chunked twice", REFUSED,
     BYTES(PUT "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END "0\r\n\r\n")},
    {"chunked, and identity in another field", REFUSED,
     BYTES(PUT "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" END
               "0\r\n\r\n")},
    {"chunked in HTTP/1.0", REFUSED,
     BYTES("PUT /new HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n"
           "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n")},
    {"chunked in capitals", SERVED,
     BYTES(PUT "Transfer-Encoding: CHUNKED\r\n" END "0\r\n\r\n")},
    /* chunks */
    {"chunks", SERVED, BYTES(CHUNKED "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")},
    {"an extension", SERVED, BYTES(CHUNKED "3;a=\"b\"\r\nabc\r\n0;last\r\n\r\n")},
    {"a trailer", SERVED, BYTES(CHUNKED "0\r\nx-trailer: a\r\n\r\n")},
    {"a size with leading zeros", SERVED, BYTES(CHUNKED "0003\r\nabc\r\n000\r\n\r\n")},
    {"a size that is none", REFUSED, BYTES(CHUNKED "zz\r\nabc\r\n0\r\n\r\n")},
    {"no size", REFUSED, BYTES(CHUNKED "\r\nabc\r\n0\r\n\r\n")},
    {"a negative size", REFUSED, BYTES(CHUNKED "-3\r\nabc\r\n0\r\n\r\n")},
    {"a signed size", REFUSED, BYTES(CHUNKED "+3\r\nabc\r\n0\r\n\r\n")},
    {"a size with 0x", REFUSED, BYTES(CHUNKED "0x3\r\nabc\r\n0\r\n\r\n")},
    {"a blank before a size", REFUSED, BYTES(CHUNKED " 3\r\nabc\r\n0\r\n\r\n")},
    {"a blank behind a size", REFUSED, BYTES(CHUNKED "3 \r\nabc\r\n0\r\n\r\n")},
    {"a size beyond 64 bits", REFUSED, BYTES(CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n")},
    {"a size beyond 63 bits", REFUSED, BYTES(CHUNKED "ffffffffffffffff\r\nabc\r\n0\r\n\r\n")},
    {"a chunk longer than its size", REFUSED, BYTES(CHUNKED "2\r\nabc\r\n0\r\n\r\n")},
    {"a chunk shorter than its size", REFUSED, BYTES(CHUNKED "5\r\nabc\r\n0\r\n\r\n")},
    {"a size line that ends with LF", REFUSED, BYTES(CHUNKED "3\nabc\r\n0\r\n\r\n")},
    {"data that ends with LF", REFUSED, BYTES(CHUNKED "3\r\nabc\n0\r\n\r\n")},
    {"a LF in an extension", REFUSED, BYTES(CHUNKED "3;a\nb\r\nabc\r\n0\r\n\r\n")},
    {"a NUL in an extension", REFUSED, BYTES(CHUNKED "3;a\0\r\nabc\r\n0\r\n\r\n")},
    {"a trailer without a name", REFUSED, BYTES(CHUNKED "0\r\n: a\r\n\r\n")},
    {"a trailer without a colon", REFUSED, BYTES(CHUNKED "0\r\nabc\r\n\r\n")},
    {"a folded trailer", REFUSED, BYTES(CHUNKED "0\r\na: b\r\n c\r\n\r\n")},
    {"a trailer that ends with LF", REFUSED, BYTES(CHUNKED "0\r\na: b\n\r\n")},
    /* the end */
    {"HTTP/1.0", SERVED_LAST, BYTES("GET /k HTTP/1.0\r\n" HOST END)},
    {"HTTP/1.0 that stays", SERVED,
     BYTES("GET /k HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n" END)},
    {"close", SERVED_LAST, BYTES(GET "Connection: close\r\n" END)},
    {"close in a list", SERVED_LAST, BYTES(GET "Connection: keep-alive, Close\r\n" END)},
    {"a head cut short", CUT_REFUSED, BYTES("GET /k HTTP/1.1\r\n" HOST "Acc")},
    {"a request line cut short", CUT_REFUSED, BYTES("GET /k HT")},
    {"chunks cut short", CUT_REFUSED, BYTES(CHUNKED "3\r\nab")},
    {"chunks without the last", CUT_REFUSED, BYTES(CHUNKED "3\r\nabc\r\n")},
    {"trailers cut short", CUT_REFUSED, BYTES(CHUNKED "0\r\na: b\r\n")},
};

/* --- the places where a shape can stand --- */

enum { OBJECTS = 3 }; /* k, behind, victim */
enum place {
    PLAIN_FIRST,
    PLAIN_KEPT,
    TLS_FIRST,
    TLS_KEPT,
    CONTROL_FIRST,
    CONTROL_KEPT,
    PLACES,
};
static const char *const place_names[] = {"first, plain", "kept, plain",    "first, TLS",
                                          "kept, TLS",    "first, control", "kept, control"};

static bool is_kept(enum place place)
{
    return place == PLAIN_KEPT || place == TLS_KEPT || place == CONTROL_KEPT;
}

static bool is_control(enum place place)
{
    return place == CONTROL_FIRST || place == CONTROL_KEPT;
}

static bool is_tls(enum place place)
{
    return place == TLS_FIRST || place == TLS_KEPT;
}

/* The same words with names of the control API. */
static void translate(const struct wire *w, struct cos_span words, struct cos_buf *out)
{
    char objects[300];
    (void)snprintf(objects, sizeof(objects), " /v1/t/%s/objects/%s/",
                   cosmock_tenant_name(w->tenant), w->info.bucket);
    const struct {
        const char *word, *instead, *more;
    } rows[] = {
        {BUCKET_HOST, "127.0.0.1", ""},  {" /k", " /v1/info", ""},
        {" /behind", " /v1/info", ""},   {" /new", objects, "new"},
        {" /victim", objects, "victim"},
    };
    while (words.len > 0) {
        size_t i = 0;
        while (i < COS_ARRAY_LEN(rows) && !cos_span_starts(words, cos_span_of(rows[i].word))) {
            i++;
        }
        if (i == COS_ARRAY_LEN(rows)) {
            cos_buf_ch(out, words.ptr[0]);
            words = cos_span_from(words, 1);
        } else {
            cos_buf_str(out, rows[i].instead);
            cos_buf_str(out, rows[i].more);
            words = cos_span_from(words, strlen(rows[i].word));
        }
    }
}

/* Say it all, hang up one's own half, and hear everything there is to hear. */
static void converse(struct wire *w, enum place place, struct cos_span words,
                     struct cos_buf *heard)
{
    if (is_tls(place)) {
        struct tls_line l = tls_line_open(w);

        tls_line_say(&l, words.ptr, words.len);
        (void)SSL_shutdown(l.ssl);
        (void)shutdown(l.fd, SHUT_WR);
        while (tls_line_more(&l)) {
        }
        cos_buf_span(heard, cos_buf_view(&l.in));
        tls_line_close(&l);
    } else {
        struct line l = line_open(is_control(place) ? w->control.port : w->front.port);

        line_say_bytes(&l, words.ptr, words.len);
        (void)shutdown(l.fd, SHUT_WR);
        while (line_more(&l)) {
        }
        cos_buf_span(heard, cos_buf_view(&l.in));
        line_close(&l);
    }
}

/* --- what was heard --- */

struct replies {
    int n;
    int statuses[8];
    /* the service's error, with its id, or the control API's */
    bool is_own[8];
    bool closes[8];
    /* bytes that belong to no reply */
    size_t rest;
};

static uint64_t length_of(struct cos_span head)
{
    size_t at = cos_span_find(head, COS_SPAN_LIT("Content-Length: "));
    struct cos_span rest = cos_span_from(head, at == SIZE_MAX ? head.len : at + 16);
    uint64_t n = 0;

    (void)cos_span_u64(cos_span_cut(&rest, '\r'), &n);
    return n;
}

static struct replies take_apart(struct cos_span all)
{
    struct replies r = {0};

    while (cos_span_starts(all, COS_SPAN_LIT("HTTP/1.1 ")) && r.n < 8) {
        size_t end = cos_span_find(all, COS_SPAN_LIT("\r\n\r\n"));
        struct cos_span head = cos_span_sub(all, 0, end == SIZE_MAX ? all.len : end + 2);
        uint64_t length = length_of(head);

        if (end == SIZE_MAX || length > all.len - end - 4) {
            break;
        }
        struct cos_span body = cos_span_sub(all, end + 4, (size_t)length);
        r.statuses[r.n] = (int)strtol(all.ptr + 9, NULL, 10);
        r.is_own[r.n] =
            (cos_span_find(head, COS_SPAN_LIT("\r\nx-cos-request-id: ")) != SIZE_MAX &&
             cos_span_find(body, COS_SPAN_LIT("<Code>")) != SIZE_MAX) ||
            cos_span_starts(body, COS_SPAN_LIT("{\"error\":{\"code\":\"invalid\""));
        r.closes[r.n] =
            cos_span_find(head, COS_SPAN_LIT("\r\nConnection: close\r\n")) != SIZE_MAX;
        r.n++;
        all = cos_span_from(all, end + 4 + (size_t)length);
    }
    r.rest = all.len;
    return r;
}

/* --- one shape at one place --- */

struct trial {
    struct wire *w;
    const struct shape *shape;
    enum place place;
    /* without the one to the request before the shape */
    struct replies replies;
    uint64_t journal_before;
    bool is_bad;
};

/* All of the table is tried before the test fails: one reason often shows in many shapes. */
static __attribute__((format(printf, 2, 3))) void complain(struct trial *t, const char *fmt,
                                                           ...)
{
    va_list args;

    va_start(args, fmt);
    char text[1024];
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    print_error("%s, %s: %s\n", t->shape->name, place_names[t->place], text);
    t->is_bad = true;
}

static void try_shape(struct trial *t)
{
    int skipped = is_kept(t->place) ? 1 : 0;
    struct cos_buf words;

    cos_buf_init(&words, 1u << 20);
    struct cos_buf heard;
    cos_buf_init(&heard, 1u << 20);
    t->journal_before =
        cosmock_journal_last_seq(t->w->tenant) + (uint64_t)(is_control(t->place) ? 0 : skipped);
    if (skipped) {
        cos_buf_str(&words, GET END);
    }
    cos_buf_append(&words, t->shape->bytes, t->shape->n);
    if (t->shape->fate != CUT_REFUSED) {
        cos_buf_str(&words, t->shape->fate == SERVED ? BEHIND : SMUGGLED);
    }
    if (is_control(t->place)) {
        struct cos_buf said;
        cos_buf_init(&said, 1u << 20);
        translate(t->w, cos_buf_view(&words), &said);
        converse(t->w, t->place, cos_buf_view(&said), &heard);
        cos_buf_deinit(&said);
    } else {
        converse(t->w, t->place, cos_buf_view(&words), &heard);
    }
    struct replies all = take_apart(cos_buf_view(&heard));
    if (all.n < skipped || (skipped && all.statuses[0] != 200) || all.rest > 0) {
        complain(t, "heard\n%s", cos_buf_cstr(&heard));
    }
    t->replies = all;
    t->replies.n = all.n < skipped ? 0 : all.n - skipped;
    memmove(t->replies.statuses, all.statuses + skipped, sizeof(int) * (size_t)t->replies.n);
    memmove(t->replies.is_own, all.is_own + skipped, (size_t)t->replies.n);
    memmove(t->replies.closes, all.closes + skipped, (size_t)t->replies.n);
    cos_buf_deinit(&words);
    cos_buf_deinit(&heard);
}

/* The journal has as many entries as there were answers, and they say the same; the control API
 * leaves none. */
static void check_journal(struct trial *t)
{
    struct cosmock_journal_query later = COSMOCK_JOURNAL_QUERY_INIT;

    later.after_seq = t->journal_before;
    struct cosmock_entry *e = NULL;
    int64_t n = cosmock_journal_read(t->w->tenant, &e, &later);
    if (n != (is_control(t->place) ? 0 : t->replies.n)) {
        complain(t, "%d answers, %d entries", t->replies.n, (int)n);
    }
    for (int64_t i = 0; i < n; i++) {
        bool is_refusal = t->shape->fate <= CUT_REFUSED;

        if (e[i].http_status != t->replies.statuses[i] || e[i].tls != is_tls(t->place) ||
            (is_refusal && strcmp(e[i].authn, "malformed-http") != 0) ||
            (is_refusal && e[i].detail[0] == '\0')) {
            complain(t, "entry %d says %d, %s, %s", (int)i, e[i].http_status, e[i].authn,
                     e[i].detail);
        }
    }
    (void)cosmock_entries_free(e);
}

static void check_answers(struct trial *t)
{
    const struct replies *r = &t->replies;
    enum fate fate = t->shape->fate;
    bool ok;

    if (fate == SERVED) {
        ok = r->n == 2 && r->statuses[0] == 200 && r->statuses[1] == 200;
    } else if (fate == SERVED_LAST) {
        ok = r->n == 1 && r->statuses[0] == 200 && r->closes[0];
    } else {
        ok = r->n == 1 && r->statuses[0] == 400 && r->is_own[0] && r->closes[0];
    }
    if (!ok) {
        complain(t, "%d answers, the first %d", r->n, r->n > 0 ? r->statuses[0] : 0);
    }
}

static void check_nothing_else_ran(struct trial *t)
{
    void *bytes = NULL;
    size_t n = 0;

    if (cosmock_object_get(t->w->tenant, t->w->info.bucket, "victim", &bytes, &n, NULL) !=
        COSMOCK_OK) {
        complain(t, "the request behind it ran");
    }
    free(bytes);
    if (t->shape->fate <= CUT_REFUSED &&
        cosmock_object_count(t->w->tenant, t->w->info.bucket) != OBJECTS) {
        complain(t, "it was stored");
    }
    (void)cosmock_object_delete(t->w->tenant, t->w->info.bucket, "new", NULL);
}

static bool is_bad(struct trial *t)
{
    wire_put_object(t->w, "victim", "alive");
    try_shape(t);
    check_answers(t);
    check_journal(t);
    check_nothing_else_ran(t);
    return t->is_bad;
}

static void try_all(struct wire *w, enum place place)
{
    wire_put_object(w, "k", "kept");
    wire_put_object(w, "behind", "behind");
    int n_bad = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(shapes); i++) {
        struct trial t = {.w = w, .shape = &shapes[i], .place = place};

        n_bad += (!is_control(place) || !shapes[i].is_of_cos) && is_bad(&t);
    }
    assert_int_equal(n_bad, 0);
}

/* --- any number of anything --- */

struct many {
    const char *name;
    const char *beginning, *piece, *end;
    int times;
    enum fate fate;
    bool is_of_cos;
};
static const struct many manies[] = {
    {"1,000 parameters", "GET /k?a", "&a=1", " HTTP/1.1\r\n" HOST END, 999, SERVED, true},
    {"2,000 parameters", "GET /k?a", "&a=1", " HTTP/1.1\r\n" HOST END, 1999, REFUSED, true},
    {"2,000 empty parameters", "GET /k?", "&", "x HTTP/1.1\r\n" HOST END, 2000, REFUSED, true},
    {"20,000 parameters", "GET /k?", "&", "x HTTP/1.1\r\n" HOST END, 20000, REFUSED, true},
    {"more parameters than a head has room", "GET /k?", "&a=1", " HTTP/1.1\r\n" HOST END, 50000,
     REFUSED},
    {"200 headers", GET, "a: b\r\n", END, 200, SERVED},
    {"300 headers", GET, "a: b\r\n", END, 300, REFUSED},
    {"20,000 headers", GET, "a:\r\n", END, 20000, REFUSED},
    {"a long method", "", "G", " /k HTTP/1.1\r\n" HOST END, 40, REFUSED, true},
    {"a method that does not end", "", "G", "", 100000, REFUSED},
    {"a target that does not end", "GET /", "k", "", 100000, REFUSED},
    {"a value that does not end", GET "a: ", "k", "", 100000, REFUSED},
};

static void any_number_of_parameters_and_headers_is_answered(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "kept");
    wire_put_object(w, "behind", "behind");
    int n_bad = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(manies) * PLACES; i++) {
        const struct many *m = &manies[i / PLACES];
        struct shape shape = {.name = m->name, .fate = m->fate};
        struct trial t = {.w = w, .shape = &shape, .place = (enum place)(i % PLACES)};
        struct cos_buf text;

        if (m->is_of_cos && is_control(t.place)) {
            continue;
        }
        cos_buf_init(&text, 1u << 20);
        cos_buf_str(&text, m->beginning);
        for (int k = 0; k < m->times; k++) {
            cos_buf_str(&text, m->piece);
        }
        cos_buf_str(&text, m->end);
        shape.bytes = text.ptr;
        shape.n = text.len;
        n_bad += is_bad(&t);
        cos_buf_deinit(&text);
    }
    assert_int_equal(n_bad, 0);
}

static void requests_end_where_they_say_first_on_a_plain_connection(void **state)
{
    try_all(*state, PLAIN_FIRST);
}

static void requests_end_where_they_say_on_a_kept_connection(void **state)
{
    try_all(*state, PLAIN_KEPT);
}

static void requests_end_where_they_say_first_inside_tls(void **state)
{
    try_all(*state, TLS_FIRST);
}

static void requests_end_where_they_say_on_a_kept_tls_connection(void **state)
{
    try_all(*state, TLS_KEPT);
}

static void requests_end_where_they_say_first_at_the_control_api(void **state)
{
    try_all(*state, CONTROL_FIRST);
}

static void requests_end_where_they_say_on_a_kept_control_connection(void **state)
{
    try_all(*state, CONTROL_KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(requests_end_where_they_say_first_on_a_plain_connection),
        OVER_WIRE(requests_end_where_they_say_on_a_kept_connection),
        OVER_WIRE(requests_end_where_they_say_first_inside_tls),
        OVER_WIRE(requests_end_where_they_say_on_a_kept_tls_connection),
        OVER_WIRE(requests_end_where_they_say_first_at_the_control_api),
        OVER_WIRE(requests_end_where_they_say_on_a_kept_control_connection),
        OVER_WIRE(any_number_of_parameters_and_headers_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
