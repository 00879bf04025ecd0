/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of S3 clients. The signed chunks are AWS's published examples (sigv4-streaming.html,
 * sigv4-streaming-trailers.html), at an exchange made by hand with the seed that is printed
 * there; the rest comes through the door: what COS does with frames it does not know (cos-s3.md
 * s.5.1), and what the switch aws-chunked makes of them.
 */
#include "cosbase/buf.h"
#include "exchange/aws.h"
#include "exchange/aws_body.h"
#include "exchange/exchange.h"
#include "s3_door.h"
#include "services/ops.h"
#include "services/service_rows.h"
#include "world/mock.h"

#define FRAMED "Content-Encoding: aws-chunked"
#define UNSIGNED "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER"
#define DECODED(n) "x-amz-decoded-content-length: " #n
#define HELLO "5\r\nhello\r\n0\r\n\r\n"
#define HELLO_SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

/* --- the published examples --- */

#define EXAMPLE_SECRET "AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
enum { EXAMPLE_BYTES = 66560, EXAMPLE_CHUNK = 65536 };

static const struct example {
    enum aws_payload payload;
    const char *seed, *first, *second, *last;
    const char *trailers; /* lines behind the last chunk */
} examples[] = {
    {AWS_PAYLOAD_CHUNKS, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
     "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
     "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
     "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", ""},
    {AWS_PAYLOAD_CHUNKS_TRAILER,
     "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
     "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
     "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
     "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
     "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:"
     "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"},
};

static struct cos_buf kept;

static void keep(struct cosmock_exchange *x, struct cos_span payload)
{
    cos_buf_span(&kept, payload);
}

static void put_chunk(struct cos_buf *out, size_t n, const char *signature)
{
    cos_buf_printf(out, "%zx;chunk-signature=%s\r\n", n, signature);
    for (size_t i = 0; i < n; i++) {
        cos_buf_ch(out, 'a');
    }
    cos_buf_str(out, n == 0 ? "" : "\r\n");
}

static void write_example(struct cos_buf *out, const struct example *e)
{
    cos_buf_clear(out);
    put_chunk(out, EXAMPLE_CHUNK, e->first);
    put_chunk(out, EXAMPLE_BYTES - EXAMPLE_CHUNK, e->second);
    put_chunk(out, 0, e->last);
    cos_buf_str(out, e->trailers);
    cos_buf_str(out, "\r\n");
}

static void derive(uint8_t key[COS_SHA256_BYTES])
{
    static const char *const scope[] = {"20130524", "us-east-1", "s3", "aws4_request"};
    cos_hmac_sha256(key, EXAMPLE_SECRET, sizeof(EXAMPLE_SECRET) - 1, scope[0],
                    strlen(scope[0]));
    for (size_t i = 1; i < COS_ARRAY_LEN(scope); i++) {
        uint8_t next[COS_SHA256_BYTES];
        cos_hmac_sha256(next, key, COS_SHA256_BYTES, scope[i], strlen(scope[i]));
        memcpy(key, next, sizeof(next));
    }
}

/* The code of the refusal, "" for none, of @e with @body in pieces. */
static const char *code_of(struct door *d, const struct example *e, struct cos_span body)
{
    static char code[64];
    struct header headers[] = {
        {COS_SPAN_LIT("x-amz-decoded-content-length"), COS_SPAN_LIT("66560")},
        {COS_SPAN_LIT("x-amz-trailer"), COS_SPAN_LIT("x-amz-checksum-crc32c")},
    };
    struct cosmock_exchange x = {.mock = d->mock,
                                 .service = service_row(OP_S3),
                                 .tenant = d->tenant,
                                 .route.op = ops_named("PutObject"),
                                 .parts = {.method = COS_SPAN_LIT("PUT"),
                                           .headers = headers,
                                           .n_headers = e->trailers[0] == '\0'
                                                            ? 1
                                                            : COS_ARRAY_LEN(headers),
                                           .content_length = -1}};
    cos_arena_init(&x.arena, 1 << 20);
    struct aws_request *aws = aws_request_of(&x);
    aws->payload = e->payload;
    aws->scope = COS_SPAN_LIT("20130524/us-east-1/s3/aws4_request");
    aws->date = COS_SPAN_LIT("20130524T000000Z");
    (void)snprintf(aws->seed_signature, sizeof(aws->seed_signature), "%s", e->seed);
    derive(aws->signing_key);
    cos_buf_clear(&kept);
    if (aws_body_begin(&x)) {
        for (size_t at = 0; at < body.len; at += 1000) {
            aws_body_take(&x, cos_span_sub(body, at, 1000), keep);
        }
        if (!is_refused(&x)) {
            aws_body_end(&x);
        }
    }
    (void)snprintf(code, sizeof(code), "%s",
                   x.result.error == NULL ? "" : x.result.error->code);
    assert_false(x.failed);
    aws_body_deinit(x.aws_body);
    cos_arena_deinit(&x.arena);
    return code;
}

static void published_chunks_are_what_was_signed(void **state)
{
    struct cos_buf body;
    cos_buf_init(&body, 1 << 20);
    door_switch(*state, "aws-chunked", "decode");
    for (size_t i = 0; i < COS_ARRAY_LEN(examples); i++) {
        write_example(&body, &examples[i]);
        const char *code = code_of(*state, &examples[i], cos_buf_view(&body));
        if (code[0] != '\0') {
            fail_msg("example %zu: %s", i, code);
        }
        assert_int_equal(kept.len, EXAMPLE_BYTES);
    }
    cos_buf_deinit(&body);
}

/* Each of the places, one byte: of data, of a signature, of a trailer. */
static void one_byte_that_was_not_signed_is_refused(void **state)
{
    static const struct {
        size_t example;
        const char *before; /* the byte behind this text is changed */
        const char *code;
    } rows[] = {
        {0, "10000;chunk-signature=", "SignatureDoesNotMatch"},
        {0, "288648\r\naaaa", "SignatureDoesNotMatch"},
        {0, "400;chunk-signature=", "SignatureDoesNotMatch"},
        {0, "ef5497\r\naaaa", "SignatureDoesNotMatch"},
        {0, "\r\n0;chunk-signature=", "SignatureDoesNotMatch"},
        {1, "x-amz-trailer-signature:", "SignatureDoesNotMatch"},
        {1, "x-amz-checksum-crc32c:", "SignatureDoesNotMatch"},
    };
    struct cos_buf body;
    cos_buf_init(&body, 1 << 20);
    door_switch(*state, "aws-chunked", "decode");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct example *e = &examples[rows[i].example];
        write_example(&body, e);
        size_t at = cos_span_find(cos_buf_view(&body), cos_span_of(rows[i].before));
        assert_int_not_equal(at, SIZE_MAX);
        char *byte = body.ptr + at + strlen(rows[i].before);
        *byte = *byte == '0' ? '1' : '0';
        assert_string_equal(code_of(*state, e, cos_buf_view(&body)), rows[i].code);
    }
    cos_buf_deinit(&body);
}

static void a_trailer_signature_that_is_missing_is_missed(void **state)
{
    struct example e = examples[1];
    struct cos_buf body;
    cos_buf_init(&body, 1 << 20);
    door_switch(*state, "aws-chunked", "decode");
    e.trailers = "x-amz-checksum-crc32c:sOO8/Q==\r\n";
    write_example(&body, &e);
    assert_string_equal(code_of(*state, &e, cos_buf_view(&body)), "MalformedTrailerError");
    cos_buf_deinit(&body);
}

/* --- through the door --- */

struct sent_body {
    const char *name, *headers, *body;
    int status;
    const char *code, *kept; /* NULL: none; what the object is then */
};

static void ask_row(struct door *d, const struct sent_body *r)
{
    struct answer a = s3_ask(d, &(struct ask){.method = "PUT",
                                              .target = "/k",
                                              .headers = r->headers,
                                              .body = r->body,
                                              .n = strlen(r->body)});
    if (a.status != r->status ||
        (r->code != NULL && strcmp(xml_of(&a, "Code"), r->code) != 0)) {
        fail_msg("%s: %d %s", r->name, a.status, a.body);
    }
    answer_free(&a);
    a = s3_send(d, "GET", "/k", NULL);
    assert_int_equal(a.status, r->kept == NULL ? 404 : 200);
    if (r->kept != NULL && (a.n != strlen(r->kept) || memcmp(a.body, r->kept, a.n) != 0)) {
        fail_msg("%s: '%.*s'", r->name, (int)a.n, a.body);
    }
    answer_free(&a);
    a = s3_send(d, "DELETE", "/k", NULL);
    answer_free(&a);
}

static void cos_keeps_frames_it_does_not_know(void **state)
{
    static const struct sent_body rows[] = {
        {"stored as it comes", FRAMED "\n" UNSIGNED "\n" DECODED(5), HELLO, 200, NULL, HELLO},
        {"MD5 of what is inside",
         FRAMED "\n" UNSIGNED "\nContent-MD5: XUFAKrxLKna5cZ2REBfFkg==", HELLO, 400,
         "BadDigest", NULL},
        {"a checksum is not read", "x-amz-checksum-crc32: AAAAAA==", "hello", 200, NULL,
         "hello"},
        {"a plain body", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "hello", 200, NULL, "hello"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        ask_row(*state, &rows[i]);
    }
}

static void frames_that_are_kept_are_told_of(void **state)
{
    struct answer a = s3_ask(*state, &(struct ask){.method = "PUT",
                                                   .target = "/k",
                                                   .headers = FRAMED "\n" UNSIGNED,
                                                   .body = HELLO,
                                                   .n = sizeof(HELLO) - 1});
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(answer_header(&a, "x-cosmock-note"),
                           "request_checksum_calculation=when_required"));
    answer_free(&a);
    a = s3_send(*state, "GET", "/k", NULL);
    assert_string_equal(answer_header(&a, "Content-Encoding"), "aws-chunked");
    answer_free(&a);
}

/* ragflow#15927, as boto3 sends it over TLS. */
static void frames_without_a_length_are_refused(void **state)
{
    struct answer a = s3_ask(*state, &(struct ask){.method = "PUT",
                                                   .target = "/k",
                                                   .headers = FRAMED "\n" UNSIGNED "\n" DECODED(
                                                       5) "\nTransfer-Encoding: chunked",
                                                   .body = HELLO,
                                                   .n = sizeof(HELLO) - 1,
                                                   .no_length = true});
    assert_int_equal(a.status, 411);
    assert_string_equal(xml_of(&a, "Code"), "MissingContentLength");
    answer_free(&a);
}

#define TRAILER(header, value)                                       \
    FRAMED "\n" UNSIGNED "\n" DECODED(5) "\nx-amz-trailer: " header, \
        "5\r\nhello\r\n0\r\n" header ":" value "\r\n\r\n"

/* The checksums of "hello" are those of AWS's own runtime (PyPI awscrt 0.38.1: crc32, crc32c,
 * crc64nvme) and of coreutils (sha1sum, sha256sum, md5sum). */
static void decoded_bodies_are_what_their_checksums_say(void **state)
{
    static const struct sent_body rows[] = {
        {"no trailer", FRAMED "\n" UNSIGNED "\n" DECODED(5), HELLO, 200, NULL, "hello"},
        {"empty", FRAMED "\n" UNSIGNED "\n" DECODED(0), "0\r\n\r\n", 200, NULL, ""},
        {"crc32", TRAILER("x-amz-checksum-crc32", "NhCmhg=="), 200, NULL, "hello"},
        {"crc32, another", TRAILER("x-amz-checksum-crc32", "NhCmhA=="), 400, "BadDigest", NULL},
        {"crc32c", TRAILER("x-amz-checksum-crc32c", "mnG7TA=="), 200, NULL, "hello"},
        {"crc64nvme", TRAILER("x-amz-checksum-crc64nvme", "M3eFcAZSQlc="), 200, NULL, "hello"},
        {"sha1", TRAILER("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="), 200, NULL,
         "hello"},
        {"sha256",
         TRAILER("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="), 200,
         NULL, "hello"},
        {"no base64", TRAILER("x-amz-checksum-crc32", "?"), 400, "InvalidRequest", NULL},
        {"base64 of too few", TRAILER("x-amz-checksum-crc32", "NhCm"), 400, "InvalidRequest",
         NULL},
        {"a header", "x-amz-checksum-crc32: NhCmhg==", "hello", 200, NULL, "hello"},
        {"a header, another", "x-amz-checksum-crc32: AAAAAA==", "hello", 400, "BadDigest",
         NULL},
        {"two of them", "x-amz-checksum-crc32: NhCmhg==\nx-amz-checksum-crc32c: mnG7TA==",
         "hello", 400, "InvalidRequest", NULL},
        {"a trailer that does not come",
         FRAMED "\n" UNSIGNED "\n" DECODED(5) "\nx-amz-trailer: x-amz-checksum-crc32", HELLO,
         400, "MalformedTrailerError", NULL},
        {"a trailer that nobody announced", FRAMED "\n" UNSIGNED "\n" DECODED(5),
         "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 400,
         "MalformedTrailerError", NULL},
        {"fewer bytes than announced", FRAMED "\n" UNSIGNED "\n" DECODED(6), HELLO, 400,
         "IncompleteBody", NULL},
        {"more bytes than announced", FRAMED "\n" UNSIGNED "\n" DECODED(4), HELLO, 400,
         "IncompleteBody", NULL},
        {"no end", FRAMED "\n" UNSIGNED "\n" DECODED(5), "5\r\nhello\r\n", 400,
         "IncompleteBody", NULL},
        {"no frames", FRAMED "\n" UNSIGNED "\n" DECODED(5), "hello", 400, "IncompleteBody",
         NULL},
        {"malformed frames", FRAMED "\n" UNSIGNED "\n" DECODED(5), "x\r\nhello\r\n0\r\n\r\n",
         400, "InvalidRequest", NULL},
        {"no word about the length", FRAMED "\n" UNSIGNED, HELLO, 411, "MissingContentLength",
         NULL},
        {"MD5 of what is inside",
         FRAMED "\n" UNSIGNED "\n" DECODED(5) "\nContent-MD5: XUFAKrxLKna5cZ2REBfFkg==", HELLO,
         200, NULL, "hello"},
    };
    door_switch(*state, "aws-chunked", "decode");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        ask_row(*state, &rows[i]);
    }
}

static void what_is_taken_off_is_not_shown(void **state)
{
    static const struct {
        const char *sent, *shown;
    } rows[] = {
        {"aws-chunked", ""}, {"aws-chunked,gzip", "gzip"},       {"gzip, aws-chunked", "gzip"},
        {"AWS-Chunked", ""}, {"br,aws-chunked,gzip", "br,gzip"},
    };
    door_switch(*state, "aws-chunked", "decode");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char headers[300];
        (void)snprintf(headers, sizeof(headers), "Content-Encoding: %s\n" DECODED(5),
                       rows[i].sent);
        s3_put(*state, "/k", headers, HELLO);
        struct answer a = s3_send(*state, "GET", "/k", NULL);
        assert_string_equal(answer_header(&a, "Content-Encoding"), rows[i].shown);
        assert_int_equal(a.n, 5);
        answer_free(&a);
    }
}

static void a_signed_hash_is_held_in_either_mode(void **state)
{
    static const struct sent_body rows[] = {
        {"right", "x-amz-content-sha256: " HELLO_SHA256, "hello", 200, NULL, "hello"},
        {"wrong", "x-amz-content-sha256: " HELLO_SHA256, "hullo", 400,
         "XAmzContentSHA256Mismatch", NULL},
        {"empty", "x-amz-content-sha256: " HELLO_SHA256, "", 400, "XAmzContentSHA256Mismatch",
         NULL},
    };
    static const char *const modes[] = {"raw", "decode"};
    for (size_t mode = 0; mode < COS_ARRAY_LEN(modes); mode++) {
        door_switch(*state, "aws-chunked", modes[mode]);
        for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
            ask_row(*state, &rows[i]);
        }
    }
}

/* A native request may say aws-chunked too: it means nothing there. */
static void the_native_dialect_knows_nothing_of_it(void **state)
{
    struct door *d = *state;
    door_switch(d, "aws-chunked", "decode");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/k",
                              .headers = FRAMED,
                              .body = HELLO,
                              .n = sizeof(HELLO) - 1},
                200, NULL);
    struct answer a = door_send(d, "GET", "/k", NULL);
    assert_int_equal(a.n, sizeof(HELLO) - 1);
    answer_free(&a);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        DOOR_TEST(published_chunks_are_what_was_signed),
        DOOR_TEST(one_byte_that_was_not_signed_is_refused),
        DOOR_TEST(a_trailer_signature_that_is_missing_is_missed),
        DOOR_TEST(cos_keeps_frames_it_does_not_know),
        DOOR_TEST(frames_that_are_kept_are_told_of),
        DOOR_TEST(frames_without_a_length_are_refused),
        DOOR_TEST(decoded_bodies_are_what_their_checksums_say),
        DOOR_TEST(what_is_taken_off_is_not_shown),
        DOOR_TEST(a_signed_hash_is_held_in_either_mode),
        DOOR_TEST(the_native_dialect_knows_nothing_of_it),
    };
    cos_buf_init(&kept, 1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cos_buf_deinit(&kept);
    return failed;
}
