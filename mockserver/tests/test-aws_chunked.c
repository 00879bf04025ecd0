/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws-chunked bodies in whichever pieces they come. The grammar is AWS's ("Signature
 * Calculations for the Authorization Header: Transferring Payload in Multiple Chunks", the
 * sizes and the signatures of the first row are that page's example, its bytes shortened); the
 * second row is what botocore sends over TLS (cos-s3.md s.5.2).
 */
#include "exchange/aws_chunked.h"

#include "cosbase/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SIGNATURE_A "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
#define SIGNATURE_B "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
#define LONG_LINE \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* What was read, as one text: "(5 signature)data" and ";" where a chunk ends, "name=value,"
 * and "." at the end, "!why" where it was malformed, "?" where the end is missing. */
static void read_in_pieces(struct cos_buf *out, struct cos_span body, bool is_signed,
                           size_t piece)
{
    struct aws_chunked d;
    aws_chunked_init(&d, is_signed);
    cos_buf_clear(out);
    for (size_t at = 0; at < body.len; at += piece) {
        struct cos_span rest = cos_span_sub(body, at, piece);
        while (rest.len > 0) {
            enum aws_chunk_event event;
            rest = cos_span_from(rest, aws_chunked_take(&d, rest, &event));
            switch (event) {
            case AWS_CHUNK_MORE:
                break;
            case AWS_CHUNK_BEGIN:
                cos_buf_printf(out, "(%llu" COS_SPAN_FMT ")", (unsigned long long)d.size,
                               COS_SPAN_ARG(d.signature));
                break;
            case AWS_CHUNK_DATA:
                cos_buf_span(out, d.data);
                break;
            case AWS_CHUNK_END:
                cos_buf_ch(out, ';');
                break;
            case AWS_CHUNK_TRAILER:
                cos_buf_span(out, d.name);
                cos_buf_ch(out, '=');
                cos_buf_span(out, d.value);
                cos_buf_ch(out, ',');
                break;
            case AWS_CHUNK_FINISHED:
                cos_buf_ch(out, '.');
                break;
            case AWS_CHUNK_MALFORMED:
                cos_buf_ch(out, '!');
                cos_buf_str(out, d.why);
                return;
            }
        }
    }
    if (!aws_chunked_is_at_end(&d)) {
        cos_buf_ch(out, '?');
    }
}

static const struct {
    const char *name, *body;
    bool is_signed;
    const char *read;
} rows[] = {
    {"signed",
     "5;chunk-signature=" SIGNATURE_A "\r\naaaaa\r\n0;chunk-signature=" SIGNATURE_B "\r\n\r\n",
     true, "(5" SIGNATURE_A ")aaaaa;(0" SIGNATURE_B ")."},
    {"botocore's", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", false,
     "(5)hello;(0)x-amz-checksum-crc32=NhCmhg==,."},
    {"no bytes", "0\r\n\r\n", false, "(0)."},
    {"two chunks, digits in both cases", "a\r\n0123456789\r\nA\r\nabcdefghij\r\n0\r\n\r\n",
     false, "(10)0123456789;(10)abcdefghij;(0)."},
    {"bytes that look like framing", "7\r\n0\r\n\r\n0\r\r\n0\r\n\r\n", false,
     "(7)0\r\n\r\n0\r;(0)."},
    {"blanks around a trailer's value", "0\r\na: b c \r\nd:\r\n\r\n", false, "(0)a=b c,d=,."},
    {"cut in a size", "5", false, "?"},
    {"cut in a chunk", "5\r\nhe", false, "(5)he?"},
    {"cut before the last line", "0\r\na:b\r\n", false, "(0)a=b,?"},
    {"no size", "\r\nhello\r\n", false, "!a chunk begins with no hexadecimal size"},
    {"no digits", "hello\r\n", false, "!a chunk begins with no hexadecimal size"},
    {"a sign", "+5\r\nhello\r\n", false, "!a chunk begins with no hexadecimal size"},
    {"a size beyond any body", "1000000000000000\r\n", false,
     "!a chunk begins with no hexadecimal size"},
    {"LF alone", "5\nhello\r\n", false, "!a line ends with LF and no CR before it"},
    {"more than its size", "5\r\nhello!\r\n", false,
     "(5)hello!more bytes in a chunk than its size"},
    {"an extension that nobody signed", "5;a=b\r\nhello\r\n", false,
     "!a chunk has an extension, and none is signed"},
    {"a signature that is missing", "5\r\nhello\r\n", true, "!a chunk has no chunk-signature"},
    {"a signature that is short", "5;chunk-signature=abcd\r\nhello\r\n", true,
     "!a chunk-signature is not 64 hexadecimal digits"},
    {"a trailer that is none", "0\r\nabc\r\n\r\n", false, "(0)!a trailer is no <name>:<value>"},
    {"a trailer without a name", "0\r\n:abc\r\n\r\n", false,
     "(0)!a trailer is no <name>:<value>"},
    {"nine trailers",
     "0\r\na:1\r\na:2\r\na:3\r\na:4\r\na:5\r\na:6\r\na:7\r\na:8\r\na:9\r\n\r\n", false,
     "(0)a=1,a=2,a=3,a=4,a=5,a=6,a=7,a=8,!more than 8 trailers"},
    {"a long line",
     "0\r\na:" LONG_LINE LONG_LINE LONG_LINE LONG_LINE LONG_LINE LONG_LINE LONG_LINE "\r\n",
     false, "(0)!a line of the framing is longer than 512 bytes"},
    {"bytes behind the end", "0\r\n\r\nGET /", false, "(0).!bytes behind the last chunk"},
};

static void chunks_are_read_in_whichever_pieces_they_come(void **state)
{
    struct cos_buf read;
    cos_buf_init(&read, 4096);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_span body = cos_span_of(rows[i].body);
        for (size_t piece = 1; piece <= body.len; piece++) {
            read_in_pieces(&read, body, rows[i].is_signed, piece);
            /* data in pieces is the same data */
            if (strcmp(cos_buf_cstr(&read), rows[i].read) != 0) {
                fail_msg("%s, by %zu: %s", rows[i].name, piece, cos_buf_cstr(&read));
            }
        }
    }
    cos_buf_deinit(&read);
}

static void what_is_malformed_stays_so(void **state)
{
    struct aws_chunked d;
    enum aws_chunk_event event;
    aws_chunked_init(&d, /* is_signed= */ false);
    (void)aws_chunked_take(&d, COS_SPAN_LIT("x\r\n"), &event);
    assert_int_equal(event, AWS_CHUNK_MALFORMED);
    (void)aws_chunked_take(&d, COS_SPAN_LIT("0\r\n\r\n"), &event);
    assert_int_equal(event, AWS_CHUNK_MALFORMED);
    assert_false(aws_chunked_is_at_end(&d));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_read_in_whichever_pieces_they_come),
        cmocka_unit_test(what_is_malformed_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
