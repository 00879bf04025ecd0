/* SPDX-License-Identifier: Apache-2.0 */
/* A file of the service's own is hashed while it is written, as a body of a client is. */
#include "services/clock_file.h"

#include "cosbase/codec.h"
#include "services/gzip.h"

static enum store_result result_of(int r)
{
    switch (r) {
    case 0:
        return STORE_OK;
    case BLOB_NO_ROOM:
    case BLOB_OVER_BUDGET:
        return STORE_NO_ROOM;
    case BLOB_IO:
        return STORE_IO;
    default:
        return STORE_NOMEM;
    }
}

void clock_file_begin(struct clock_file *f, struct backend *rows)
{
    *f = (struct clock_file){.writer = rows->ops->blob_writer(rows, /* expected_bytes= */ 0)};
    bool is_ready = f->writer != NULL && cos_digest_init(&f->md5, COS_MD5);
    f->result = is_ready ? STORE_OK : STORE_NOMEM;
}

void clock_file_add(struct clock_file *f, struct cos_span bytes)
{
    if (f->result != STORE_OK || bytes.len == 0) {
        return;
    }
    cos_digest_update(&f->md5, bytes.ptr, bytes.len);
    f->crc64 = cos_crc64(f->crc64, bytes.ptr, bytes.len);
    f->result = result_of(blob_writer_add(f->writer, bytes.ptr, bytes.len));
}

static struct blob *end(struct clock_file *f, char md5_hex[33])
{
    uint8_t raw[COS_DIGEST_MAX_BYTES];
    if (f->result != STORE_OK) {
        (void)blob_writer_free(f->writer);
        cos_digest_deinit(&f->md5);
        return NULL;
    }
    (void)cos_digest_final(&f->md5, raw);
    cos_digest_deinit(&f->md5);
    cos_hex_encode(md5_hex, raw, COS_MD5_BYTES);
    struct blob *blob = blob_writer_done(f->writer);
    f->result = blob == NULL ? STORE_NOMEM : STORE_OK;
    return blob;
}

enum store_result clock_file_put(struct clock_file *f, struct batch *batch,
                                 const struct clock_file_place *at, char md5_hex[33])
{
    struct blob *blob = end(f, md5_hex);
    if (f->result != STORE_OK) {
        return f->result;
    }
    const struct object_header headers[] = {{COS_SPAN_LIT("Content-Type"),
                                             cos_span_of(at->content_type)},
                                            {COS_SPAN_LIT("x-cos-server-side-encryption"),
                                             COS_SPAN_LIT("AES256")}};
    const struct object_draft draft = {.key = at->key,
                                       .blob = blob,
                                       .etag = cos_span_of(md5_hex),
                                       .crc64 = f->crc64,
                                       .mtime_unix_ms = at->now_unix_ms,
                                       .headers = headers,
                                       .n_headers = at->is_encrypted ? 2 : 1};
    struct version made;
    return objects_put(batch, at->rows, at->bucket, &draft, &made);
}

/* --- gzip --- */

static void add_number(struct clock_file *f, uint32_t n, size_t bytes)
{
    char little[4];
    for (size_t i = 0; i < sizeof(little); i++) {
        little[i] = (char)(n >> 8 * i & 0xFF);
    }
    clock_file_add(f, cos_span_make(little, bytes));
}

static void add_block(struct clock_gzip *z, bool is_last)
{
    uint32_t n = (uint32_t)z->n_block;
    add_number(&z->file, is_last, 1);
    add_number(&z->file, n, 2);
    add_number(&z->file, ~n, 2);
    clock_file_add(&z->file, cos_span_make(z->block, z->n_block));
    z->n_block = 0;
}

void clock_gzip_begin(struct clock_gzip *z, struct backend *rows)
{
    /* deflate, no flags, no time, of no system */
    static const char head[] = {0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, (char)0xff};
    z->crc32 = 0;
    z->n_bytes = 0;
    z->n_block = 0;
    clock_file_begin(&z->file, rows);
    clock_file_add(&z->file, cos_span_make(head, sizeof(head)));
}

void clock_gzip_add(struct clock_gzip *z, struct cos_span bytes)
{
    z->crc32 = gzip_crc32(z->crc32, bytes);
    z->n_bytes += (uint32_t)bytes.len;
    while (bytes.len > 0) {
        size_t room = sizeof(z->block) - z->n_block;
        size_t n = bytes.len < room ? bytes.len : room;
        memcpy(z->block + z->n_block, bytes.ptr, n);
        z->n_block += n;
        bytes = cos_span_from(bytes, n);
        if (z->n_block == sizeof(z->block)) {
            add_block(z, /* is_last= */ false);
        }
    }
}

void clock_gzip_end(struct clock_gzip *z)
{
    add_block(z, /* is_last= */ true);
    add_number(&z->file, z->crc32, 4);
    add_number(&z->file, z->n_bytes, 4);
}
