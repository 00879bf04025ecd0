/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of signatures: AWS, "Transferring Payload in Multiple Chunks"
 * (sigv4-streaming.html) and "... with trailing headers" (sigv4-streaming-trailers.html). */
#include "exchange/aws_body.h"

#include "cosbase/codec.h"
#include "exchange/aws.h"
#include "exchange/exchange.h"

#define TRAILER_SIGNATURE "x-amz-trailer-signature"
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum { TEXT_MAX_BYTES = 4096 };

struct aws_checksum {
    const char *header, *shown;
    bool is_crc;
    enum cos_checksum_kind crc;
    enum cos_digest_kind digest;
    size_t n_bytes;
};
static const struct aws_checksum checksums[] = {
    {"x-amz-checksum-crc32", "CRC32", .is_crc = true, .crc = COS_CRC32, .n_bytes = 4},
    {"x-amz-checksum-crc32c", "CRC32C", .is_crc = true, .crc = COS_CRC32C, .n_bytes = 4},
    {"x-amz-checksum-crc64nvme", "CRC64NVME", .is_crc = true, .crc = COS_CRC64NVME,
     .n_bytes = 8},
    {"x-amz-checksum-sha1", "SHA1", .digest = COS_SHA1, .n_bytes = COS_SHA1_BYTES},
    {"x-amz-checksum-sha256", "SHA256", .digest = COS_SHA256, .n_bytes = COS_SHA256_BYTES},
};

static void refuse_body(struct cosmock_exchange *x, const char *code, struct cos_span sentence)
{
    x->identity.detail = sentence;
    refuse_with(x, STAGE_BODY, code, sentence, COS_SPAN_EMPTY);
}

/* --- the head --- */

/* Cuts the next of a list "a, b". */
static struct cos_span cut_word(struct cos_span *list)
{
    return cos_span_trim(cos_span_cut(list, ','));
}

static bool has_word(struct cos_span list, const char *word)
{
    while (list.ptr != NULL) {
        if (cos_span_eq_nocase(cut_word(&list), cos_span_of(word))) {
            return true;
        }
    }
    return false;
}

static bool says_framed(const struct cosmock_exchange *x)
{
    enum aws_payload payload = x->aws->payload;
    return payload == AWS_PAYLOAD_CHUNKS || payload == AWS_PAYLOAD_CHUNKS_TRAILER ||
           payload == AWS_PAYLOAD_UNSIGNED_CHUNKS ||
           has_word(header_get(x, "Content-Encoding"), "aws-chunked");
}

static const struct aws_checksum *checksum_of(struct cos_span name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(checksums); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(checksums[i].header))) {
            return &checksums[i];
        }
    }
    return NULL;
}

/* Of the body that is sent; that of Complete and of what begins an upload is the object's. */
static bool speaks_of_body(const struct cosmock_exchange *x)
{
    return x->route.op->body == OP_BODY_OBJECT || cos_span_eq_str(x->parts.method, "PUT") ||
           param_get(x, "delete") != NULL;
}

/* False: refused. */
static bool find_checksum(struct cosmock_exchange *x, struct aws_body *b)
{
    struct cos_span trailers = header_get(x, "x-amz-trailer");
    unsigned n = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(checksums); i++) {
        struct cos_span sent = header_get(x, checksums[i].header);
        bool is_in_trailer = b->is_framed && has_word(trailers, checksums[i].header);
        if (sent.ptr == NULL && !is_in_trailer) {
            continue;
        }
        n++;
        b->checksum = &checksums[i];
        b->checksum_text = sent;
        b->is_checksum_in_trailer = is_in_trailer;
    }
    if (n > 1) {
        refuse_body(x, "InvalidRequest",
                    COS_SPAN_LIT("Expecting a single x-amz-checksum- header. Multiple checksum "
                                 "Types are not allowed."));
    } else if (n == 1 && !b->checksum->is_crc) {
        b->has_digest = cos_digest_init(&b->digest, b->checksum->digest);
        b->failed = !b->has_digest;
    }
    return n <= 1;
}

static bool begin_framed(struct cosmock_exchange *x, struct aws_body *b)
{
    struct cos_span length = header_get(x, "x-amz-decoded-content-length");
    uint64_t bytes;
    enum aws_payload payload = x->aws->payload;
    bool has_signatures =
        payload == AWS_PAYLOAD_CHUNKS || payload == AWS_PAYLOAD_CHUNKS_TRAILER;
    b->is_framed = true;
    aws_chunked_init(&b->chunks, has_signatures);
    if (!cos_span_u64(length, &bytes) || bytes > INT64_MAX) {
        refuse_body(x, "MissingContentLength",
                    COS_SPAN_LIT(
                        "aws-chunked needs x-amz-decoded-content-length, the number of "
                        "bytes without the framing."));
        return false;
    }
    b->announced_bytes = (int64_t)bytes;
    b->is_signed = has_signatures && x->aws->seed_signature[0] != '\0';
    memcpy(b->previous, x->aws->seed_signature, sizeof(b->previous));
    cos_buf_init(&b->text, TEXT_MAX_BYTES);
    cos_buf_init(&b->trailers, AWS_TRAILERS_MAX * (AWS_CHUNK_LINE_MAX_BYTES + 2));
    return true;
}

/* A framed body without a length, which is kept as it comes, needs one: cos-s3.md s.5.1. */
static bool begin_raw(struct cosmock_exchange *x, struct aws_body *b)
{
    b->is_raw = true;
    if (x->parts.content_length < 0) {
        refuse_body(x, "MissingContentLength",
                    COS_SPAN_LIT("You must provide the Content-Length HTTP header."));
    }
    return !is_refused(x);
}

/* False: refused, or no memory. */
static bool begin(struct cosmock_exchange *x, struct aws_body *b)
{
    bool decodes = SWITCH_IS(x->tenant, AWS_CHUNKED, DECODE);
    bool is_framed = says_framed(x);
    if (is_framed && !(decodes ? begin_framed(x, b) : begin_raw(x, b))) {
        return false;
    }
    if (decodes && speaks_of_body(x) && !find_checksum(x, b)) {
        return false;
    }
    if (b->is_signed || (x->aws->payload == AWS_PAYLOAD_HASH && !is_framed)) {
        b->has_sha256 = cos_digest_init(&b->sha256, COS_SHA256);
        b->failed = b->failed || !b->has_sha256;
    }
    x->failed = x->failed || b->failed;
    return !b->failed;
}

bool aws_body_begin(struct cosmock_exchange *x)
{
    if (x->service->scheme != SCHEME_AWS || x->route.op == NULL || aws_request_of(x) == NULL) {
        return true;
    }
    x->aws_body = cos_arena_alloc(&x->arena, sizeof(*x->aws_body));
    if (x->aws_body == NULL) {
        return false; /* the arena knows */
    }
    *x->aws_body = (struct aws_body){.announced_bytes = -1};
    return begin(x, x->aws_body);
}

int64_t aws_body_announced(const struct cosmock_exchange *x)
{
    return x->aws_body != NULL && x->aws_body->is_framed ? x->aws_body->announced_bytes
                                                         : x->parts.content_length;
}

/* --- the chain of signatures --- */

static void put_head(struct cosmock_exchange *x, struct aws_body *b, const char *algorithm)
{
    cos_buf_clear(&b->text);
    cos_buf_str(&b->text, algorithm);
    cos_buf_ch(&b->text, '\n');
    cos_buf_span(&b->text, x->aws->date);
    cos_buf_ch(&b->text, '\n');
    cos_buf_span(&b->text, x->aws->scope);
    cos_buf_ch(&b->text, '\n');
    cos_buf_str(&b->text, b->previous);
    cos_buf_ch(&b->text, '\n');
}

/* Holds @claimed against what is in b->text, and goes on with it. */
static void hold(struct cosmock_exchange *x, struct aws_body *b, struct cos_span claimed,
                 const char *what)
{
    uint8_t digest[COS_SHA256_BYTES];
    char expected[AWS_CHUNK_SIGNATURE_DIGITS + 1];
    cos_hmac_sha256(digest, x->aws->signing_key, sizeof(x->aws->signing_key),
                    cos_buf_cstr(&b->text), b->text.len);
    cos_hex_encode(expected, digest, sizeof(digest));
    if (b->text.failed || !cos_equal_ct(claimed, cos_span_of(expected))) {
        refuse_body(x, "SignatureDoesNotMatch", cos_span_of(what));
    }
    memcpy(b->previous, expected, sizeof(b->previous));
}

static void check_chunk(struct cosmock_exchange *x, struct aws_body *b)
{
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    char hex[2 * COS_SHA256_BYTES + 1];
    if (!b->is_signed) {
        return;
    }
    (void)cos_digest_final(&b->sha256, digest);
    cos_digest_reset(&b->sha256);
    cos_hex_encode(hex, digest, COS_SHA256_BYTES);
    put_head(x, b, "AWS4-HMAC-SHA256-PAYLOAD");
    cos_buf_str(&b->text, EMPTY_SHA256 "\n");
    cos_buf_str(&b->text, hex);
    hold(x, b, cos_span_of(b->claimed),
         "The chunk-signature of a chunk does not match: its bytes, or those of a chunk before "
         "it, are not what was signed.");
}

static void check_trailer_signature(struct cosmock_exchange *x, struct aws_body *b,
                                    struct cos_span claimed)
{
    char hex[2 * COS_SHA256_BYTES + 1];
    b->has_trailer_signature = true;
    if (!b->is_signed) {
        return;
    }
    cos_sha256_hex(hex, cos_buf_cstr(&b->trailers), b->trailers.len);
    put_head(x, b, "AWS4-HMAC-SHA256-TRAILER");
    cos_buf_str(&b->text, hex);
    hold(x, b, claimed, "The x-amz-trailer-signature does not match the trailers.");
}

/* --- bytes --- */

static void take_payload(struct cosmock_exchange *x, struct cos_span bytes,
                         void (*add)(struct cosmock_exchange *x, struct cos_span payload))
{
    struct aws_body *b = x->aws_body;
    if (b->has_sha256) {
        cos_digest_update(&b->sha256, bytes.ptr, bytes.len);
    }
    if (b->has_digest) {
        cos_digest_update(&b->digest, bytes.ptr, bytes.len);
    } else if (b->checksum != NULL) {
        b->crc = cos_checksum(b->checksum->crc, b->crc, bytes.ptr, bytes.len);
    }
    x->body.received += bytes.len;
    add(x, bytes);
}

static void take_trailer(struct cosmock_exchange *x, struct aws_body *b)
{
    struct cos_span name = cos_arena_lower(&x->arena, b->chunks.name);
    if (cos_span_eq_str(name, TRAILER_SIGNATURE)) {
        check_trailer_signature(x, b, b->chunks.value);
        return;
    }
    cos_buf_span(&b->trailers, name);
    cos_buf_ch(&b->trailers, ':');
    cos_buf_span(&b->trailers, b->chunks.value);
    cos_buf_ch(&b->trailers, '\n');
    if (!has_word(header_get(x, "x-amz-trailer"), cos_arena_str(&x->arena, name))) {
        refuse_body(x, "MalformedTrailerError",
                    COS_SPAN_LIT("A trailer came that x-amz-trailer does not announce."));
    } else if (b->is_checksum_in_trailer && checksum_of(name) == b->checksum) {
        b->checksum_text = cos_arena_span(&x->arena, b->chunks.value);
    }
}

static void take_event(struct cosmock_exchange *x, struct aws_body *b,
                       enum aws_chunk_event event,
                       void (*add)(struct cosmock_exchange *x, struct cos_span payload))
{
    switch (event) {
    case AWS_CHUNK_MORE:
    case AWS_CHUNK_FINISHED:
        break;
    case AWS_CHUNK_BEGIN:
        *cos_span_put(b->claimed, b->chunks.signature) = '\0';
        if (b->chunks.size == 0) {
            check_chunk(x, b);
        }
        break;
    case AWS_CHUNK_DATA:
        take_payload(x, b->chunks.data, add);
        break;
    case AWS_CHUNK_END:
        check_chunk(x, b);
        break;
    case AWS_CHUNK_TRAILER:
        take_trailer(x, b);
        break;
    case AWS_CHUNK_MALFORMED:
        refuse_body(x, "InvalidRequest",
                    cos_arena_printf(&x->arena, "The body is no aws-chunked one: %s.",
                                     b->chunks.why));
        break;
    }
}

void aws_body_take(struct cosmock_exchange *x, struct cos_span bytes,
                   void (*add)(struct cosmock_exchange *x, struct cos_span payload))
{
    struct aws_body *b = x->aws_body;
    b->wire_bytes += bytes.len;
    if (!b->is_framed) {
        take_payload(x, bytes, add);
        return;
    }
    while (bytes.len > 0 && !is_refused(x)) {
        enum aws_chunk_event event;
        bytes = cos_span_from(bytes, aws_chunked_take(&b->chunks, bytes, &event));
        take_event(x, b, event, add);
    }
}

/* --- the end --- */

static void end_framed(struct cosmock_exchange *x, struct aws_body *b)
{
    bool wants_signature = x->aws->payload == AWS_PAYLOAD_CHUNKS_TRAILER && b->trailers.len > 0;
    if (!aws_chunked_is_at_end(&b->chunks)) {
        refuse_body(x, "IncompleteBody",
                    COS_SPAN_LIT("The body ends before its last chunk and its trailers."));
    } else if (x->body.received != (uint64_t)b->announced_bytes) {
        refuse_body(x, "IncompleteBody",
                    cos_arena_printf(&x->arena,
                                     "The chunks hold %llu bytes, x-amz-decoded-content-length "
                                     "says %lld.",
                                     (unsigned long long)x->body.received,
                                     (long long)b->announced_bytes));
    } else if (wants_signature && !b->has_trailer_signature) {
        refuse_body(x, "MalformedTrailerError",
                    COS_SPAN_LIT("x-amz-trailer-signature is missing."));
    } else if (b->trailers.failed) {
        x->failed = true;
    }
}

static void check_sha256(struct cosmock_exchange *x, struct aws_body *b)
{
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    if (!b->has_sha256 || b->is_signed) {
        return;
    }
    (void)cos_digest_final(&b->sha256, digest);
    if (memcmp(digest, x->aws->sha256, COS_SHA256_BYTES) != 0) {
        refuse_body(x, "XAmzContentSHA256Mismatch",
                    COS_SPAN_LIT("The provided 'x-amz-content-sha256' header does not match "
                                 "what was computed."));
    }
}

/* Big-endian, as they are written. */
static void computed(struct aws_body *b, uint8_t out[COS_DIGEST_MAX_BYTES])
{
    if (b->has_digest) {
        (void)cos_digest_final(&b->digest, out);
        return;
    }
    for (size_t i = 0; i < b->checksum->n_bytes; i++) {
        out[i] = (uint8_t)(b->crc >> 8 * (b->checksum->n_bytes - 1 - i));
    }
}

static void check_checksum(struct cosmock_exchange *x, struct aws_body *b)
{
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    const struct aws_checksum *c = b->checksum;
    if (c == NULL) {
        return;
    }
    if (b->checksum_text.ptr == NULL) {
        refuse_body(x, "MalformedTrailerError",
                    cos_arena_printf(&x->arena, "The trailer %s is announced and did not come.",
                                     c->header));
        return;
    }
    struct cos_buf sent;
    cos_buf_init(&sent, 64);
    bool is_readable = b->checksum_text.len < 64 &&
                       cos_base64_decode(&sent, b->checksum_text) && sent.len == c->n_bytes;
    computed(b, digest);
    if (!is_readable) {
        refuse_body(x, "InvalidRequest",
                    cos_arena_printf(&x->arena, "Value for %s header is invalid.", c->header));
    } else if (memcmp(cos_buf_cstr(&sent), digest, c->n_bytes) != 0) {
        refuse_body(x, "BadDigest",
                    cos_arena_printf(&x->arena,
                                     "The %s you specified did not match the calculated "
                                     "checksum.",
                                     c->shown));
    }
    cos_buf_deinit(&sent);
}

void aws_body_end(struct cosmock_exchange *x)
{
    struct aws_body *b = x->aws_body;
    if (b->is_framed) {
        end_framed(x, b);
    }
    if (!is_refused(x)) {
        check_sha256(x, b);
    }
    if (!is_refused(x)) {
        check_checksum(x, b);
    }
}

struct cos_span aws_body_content_encoding(struct cosmock_exchange *x)
{
    struct cos_span sent = header_get(x, "Content-Encoding");
    if (x->aws_body == NULL || !x->aws_body->is_framed) {
        return sent;
    }
    struct cos_buf kept;
    cos_buf_init(&kept, sent.len + 1);
    while (sent.ptr != NULL) {
        struct cos_span word = cut_word(&sent);
        if (!cos_span_eq_nocase(word, COS_SPAN_LIT("aws-chunked")) && word.len > 0) {
            cos_buf_str(&kept, kept.len == 0 ? "" : ",");
            cos_buf_span(&kept, word);
        }
    }
    struct cos_span out = cos_arena_span(&x->arena, cos_buf_view(&kept));
    cos_buf_deinit(&kept);
    return out;
}

void aws_body_deinit(struct aws_body *b)
{
    cos_buf_deinit(&b->text);
    cos_buf_deinit(&b->trailers);
    if (b->has_sha256) {
        cos_digest_deinit(&b->sha256);
    }
    if (b->has_digest) {
        cos_digest_deinit(&b->digest);
    }
}
