/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body as it comes: an object's bytes are hashed (MD5 and CRC-64, once each, while they
 * arrive, outside every lock; the MD5 of a large body by the pool's threads, and the request
 * waits for it at the end without holding one) and kept as a blob; small bodies are kept in
 * memory, bounded; others are counted and forgotten. All of it is paid from the mock's budget:
 * a mock that is full, or without memory, says so with 503 and goes on. Before anything
 * executes the length and Content-MD5 must hold: a body that is shorter than announced stores
 * nothing (IncompleteBody), a malformed Content-MD5 is InvalidDigest and one that differs
 * BadDigest (cos-wire.md s.2.0).
 */
#include "journey/stages.h"

#include "cosbase/codec.h"
#include "exchange/aws_body.h"
#include "exchange/commit.h"
#include "exchange/wait.h"
#include "services/encryption.h"
#include "services/s3_hints.h"

#include <errno.h>

/* An operation that is named by the fields of its body is not known yet. */
static enum op_body kind_of(const struct cosmock_exchange *x)
{
    return x->route.op == NULL ? OP_BODY_SMALL : x->route.op->body;
}

static uint64_t limit_of(const struct cosmock_exchange *x)
{
    return kind_of(x) == OP_BODY_SMALL ? x->service->small_body_max_bytes
                                       : x->mock->options.max_body_bytes;
}

void body_refuse_too_large(struct cosmock_exchange *x)
{
    bool is_document = kind_of(x) == OP_BODY_SMALL;
    refuse(x, STAGE_BODY,
           x->service->codes[is_document ? CODE_DOCUMENT_TOO_LARGE : CODE_BODY_TOO_LARGE]);
}

/* -EINVAL: not base64 of 16 bytes; -ENOMEM. */
static int read_content_md5(struct cos_span text, uint8_t out[COS_MD5_BYTES])
{
    if (text.len != 24) {
        return -EINVAL;
    }
    struct cos_buf decoded;
    cos_buf_init(&decoded, 64);
    bool ok = cos_base64_decode(&decoded, text) && decoded.len == COS_MD5_BYTES;
    if (ok) {
        memcpy(out, decoded.ptr, COS_MD5_BYTES);
    }
    int r = ok ? 0 : decoded.failed ? -ENOMEM : -EINVAL;
    cos_buf_deinit(&decoded);
    return r;
}

/* Ours alone: the service has room. 503, because it may work later, when something was deleted;
 * no mark of a broken mock, because the mock did what it was told to. */
static void refuse_no_room(struct cosmock_exchange *x, bool is_limit)
{
    if (is_limit) {
        x->identity.detail = cos_arena_printf(
            &x->arena,
            "the memory limit of %llu bytes is reached; delete something, or raise it "
            "(cosmock --memory-limit)",
            (unsigned long long)x->mock->memory.limit_bytes);
    } else {
        x->identity.detail = COS_SPAN_LIT("no memory for the body; a lower --memory-limit "
                                          "would have said so earlier");
    }
    refuse(x, STAGE_BODY, x->service->codes[CODE_NO_ROOM]);
}

static void refuse_no_memory(struct cosmock_exchange *x)
{
    refuse_no_room(x, /* is_limit= */ false);
}

/* What adds to the store. A deletion works at any time, and so does what completes an upload:
 * its bytes are there. */
static bool adds_something(const struct cosmock_exchange *x)
{
    return x->route.op != NULL &&
           (cos_span_eq_str(x->parts.method, "PUT") || x->route.op->begins_upload);
}

bool body_room_check(struct cosmock_exchange *x)
{
    if (adds_something(x) && budget_left(&x->mock->memory) == 0) {
        refuse_no_room(x, /* is_limit= */ true);
    }
    return !is_refused(x);
}

bool body_md5_read(struct cosmock_exchange *x, uint8_t out[COS_MD5_BYTES], bool *is_there)
{
    struct cos_span sent = header_get(x, "Content-MD5");
    *is_there = x->service->heeds_content_md5 && sent.ptr != NULL;
    int r = *is_there ? read_content_md5(sent, out) : 0;
    if (r == -EINVAL) {
        refuse(x, STAGE_BODY, "InvalidDigest");
    } else if (r < 0) {
        refuse_no_memory(x);
    }
    return r == 0;
}

/* NULL: the body is hashed by whoever receives it. */
static struct digest_line *begin_line(struct cosmock_exchange *x)
{
    /* what is kept of an encrypted one is not what its MD5 is of */
    bool is_large = (x->sealing == NULL || !x->sealing->has_stream) &&
                    aws_body_announced(x) >= (int64_t)DIGEST_LINE_MIN_BYTES;
    const struct blob_writer *w = x->body.writer;
    return is_large && w != NULL && blob_writer_can_share(w)
               ? digest_line_new(&x->mock->digests)
               : NULL;
}

void body_object_begin(struct cosmock_exchange *x)
{
    if (x->parts.content_length < 0 && !x->parts.is_chunked) {
        refuse(x, STAGE_BODY, "MissingContentLength");
        return;
    }
    if (!encryption_begin_body(x)) {
        return;
    }
    struct body *b = &x->body;
    struct backend *rows = x->tenant->rows;
    int64_t announced = aws_body_announced(x);
    b->writer = rows->ops->blob_writer(rows, announced < 0 ? 0 : (uint64_t)announced);
    b->line = begin_line(x);
    b->has_md5_ctx = b->writer != NULL && b->line == NULL && cos_digest_init(&b->md5, COS_MD5);
    if (b->line == NULL && !b->has_md5_ctx) {
        refuse_no_room(x, /* is_limit= */ false);
    }
}

/* False: refused. */
static bool begin_aws(struct cosmock_exchange *x)
{
    if (!aws_body_begin(x)) {
        return false;
    }
    if (x->aws_body != NULL && x->aws_body->is_raw) {
        unheeded_header(x, COS_SPAN_LIT("Content-Encoding"), s3_hint_text(S3_HINT_FRAMED));
    }
    return true;
}

void stage_body_begin(struct cosmock_exchange *x)
{
    if (!body_room_check(x) || kind_of(x) == OP_BODY_NONE) {
        return;
    }
    struct body *b = &x->body;
    b->wanted = true;
    if (x->parts.content_length >= 0 && (uint64_t)x->parts.content_length > limit_of(x)) {
        body_refuse_too_large(x);
    } else if (!body_md5_read(x, b->md5_announced, &b->is_md5_announced) || !begin_aws(x)) {
        return;
    } else if (kind_of(x) == OP_BODY_OBJECT) {
        body_object_begin(x);
    } else {
        cos_buf_init(&b->small, limit_of(x));
    }
}

void body_small_add(struct cosmock_exchange *x, struct cos_span bytes)
{
    if (!budget_take_passing(&x->mock->memory, bytes.len)) {
        refuse_no_room(x, /* is_limit= */ true);
        return;
    }
    struct body *b = &x->body;
    b->charged_bytes += bytes.len;
    cos_buf_span(&b->small, bytes);
    if (b->small.failed) {
        refuse_no_room(x, /* is_limit= */ false);
    }
}

/* @number: of the system; 0: it is not known. */
static void refuse_writing(struct cosmock_exchange *x, int r, int number)
{
    const char *why = number == 0 ? "it does not say why" : strerror(number);
    if (r == BLOB_NO_ROOM) {
        exchange_refuse_backend(x, STAGE_BODY, BACKEND_NO_ROOM,
                                COS_SPAN_LIT("there is no room on the disk for the body"));
    } else if (r == BLOB_IO) {
        exchange_refuse_backend(
            x, STAGE_BODY, BACKEND_IO,
            cos_arena_printf(&x->arena,
                             "the disk does not take the body, or does not give it back: %s",
                             why));
    } else {
        refuse_no_room(x, r == BLOB_OVER_BUDGET);
    }
}

static int add_sealed(struct cosmock_exchange *x, struct cos_span bytes)
{
    char piece[4096];
    int r = 0;
    for (size_t done = 0; r == 0 && done < bytes.len;) {
        size_t n = bytes.len - done < sizeof(piece) ? bytes.len - done : sizeof(piece);
        cos_ctr_xor(&x->sealing->stream, piece, bytes.ptr + done, n);
        r = blob_writer_add(x->body.writer, piece, n);
        done += n;
    }
    x->body.sealed_bytes += bytes.len;
    return r;
}

void body_object_add(struct cosmock_exchange *x, struct cos_span bytes)
{
    struct body *b = &x->body;
    if (b->line == NULL) {
        cos_digest_update(&b->md5, bytes.ptr, bytes.len);
    }
    b->crc64 = cos_crc64(b->crc64, bytes.ptr, bytes.len);
    int r = x->sealing != NULL && x->sealing->has_stream
                ? add_sealed(x, bytes)
                : blob_writer_add(b->writer, bytes.ptr, bytes.len);
    if (r == 0 && b->line != NULL && !digest_line_add(b->line, b->writer)) {
        r = BLOB_NO_MEMORY;
    }
    if (r < 0) {
        int number = blob_writer_error(b->writer);
        b->line = digest_line_free(b->line);
        b->writer = blob_writer_free(b->writer); /* what came makes room for others */
        refuse_writing(x, r, number);
    }
}

static void add(struct cosmock_exchange *x, struct cos_span bytes)
{
    struct body *b = &x->body;
    if (!b->wanted) {
        return;
    }
    if (b->received > limit_of(x)) {
        body_refuse_too_large(x);
    } else if (b->writer != NULL) {
        body_object_add(x, bytes);
    } else {
        body_small_add(x, bytes);
    }
}

bool stage_body_add(struct cosmock_exchange *x, struct cos_span *bytes)
{
    if (x->form != NULL) {
        return form_add(x, bytes);
    }
    if (x->aws_body != NULL) {
        aws_body_take(x, *bytes, add);
    } else {
        x->body.received += bytes->len;
        add(x, *bytes);
    }
    *bytes = COS_SPAN_EMPTY;
    return false;
}

static void on_hashed(void *x)
{
    exchange_resume(x);
}

static void await_digest(struct cosmock_exchange *x)
{
    exchange_wait(x);
    int r = digest_line_end(x->body.line, x->body.writer, on_hashed, x);
    if (r <= 0) {
        exchange_wait_cancel(x);
    }
    if (r < 0) {
        refuse_no_room(x, /* is_limit= */ false);
    }
}

/* False: the body lies on a disk that does not give it back. */
static bool finish_md5(struct body *b)
{
    if (b->line != NULL) {
        return digest_line_md5(b->line, b->md5_raw);
    }
    uint8_t digest[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(&b->md5, digest);
    memcpy(b->md5_raw, digest, sizeof(b->md5_raw));
    return true;
}

static void finish_object(struct cosmock_exchange *x)
{
    struct body *b = &x->body;
    if (!finish_md5(b)) {
        b->writer = blob_writer_free(b->writer);
        refuse_writing(x, BLOB_IO, /* number= */ 0);
        return;
    }
    cos_hex_encode(b->md5_hex, b->md5_raw, sizeof(b->md5_raw));
    b->blob = blob_writer_done(b->writer);
    b->writer = NULL;
    if (b->blob == NULL) {
        refuse_no_room(x, /* is_limit= */ false);
    }
}

static void check_md5(struct cosmock_exchange *x)
{
    if (!x->body.is_md5_announced) {
        return;
    }
    if (kind_of(x) == OP_BODY_SMALL) {
        cos_md5(x->body.md5_raw, cos_buf_cstr(&x->body.small), x->body.small.len);
    }
    if (memcmp(x->body.md5_announced, x->body.md5_raw, COS_MD5_BYTES) != 0) {
        refuse(x, STAGE_BODY, "BadDigest");
    }
}

void stage_body_end(struct cosmock_exchange *x)
{
    if (!x->body.wanted) {
        return;
    }
    int64_t announced = x->parts.content_length;
    uint64_t came = x->aws_body == NULL ? x->body.received : x->aws_body->wire_bytes;
    if (announced >= 0 && came < (uint64_t)announced) {
        refuse(x, STAGE_BODY, x->service->codes[CODE_BODY_SHORT]);
        return;
    }
    if (announced >= 0 && came > (uint64_t)announced) {
        refuse(x, STAGE_BODY, x->service->codes[CODE_BODY_LONG]);
        return;
    }
    if (x->aws_body != NULL) {
        aws_body_end(x);
    }
    if (!is_refused(x) && x->body.line != NULL) {
        await_digest(x);
    }
}

void stage_body_check(struct cosmock_exchange *x)
{
    if (x->body.writer != NULL) {
        finish_object(x);
    }
    if (!is_refused(x)) {
        check_md5(x);
    }
}
