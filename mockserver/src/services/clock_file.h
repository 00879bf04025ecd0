/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that the service writes by itself, by the clock: from the first byte to a batch. */
#ifndef SERVICES_CLOCK_FILE_H
#define SERVICES_CLOCK_FILE_H

#include "cosbase/digest.h"
#include "world/world.h"

struct clock_file {
    struct blob_writer *writer;
    struct cos_digest md5;
    uint64_t crc64;
    enum store_result result; /* STORE_OK so far; else nothing is added any more */
};
void clock_file_begin(struct clock_file *f, struct backend *rows);
void clock_file_add(struct clock_file *f, struct cos_span bytes);

struct clock_file_place {
    struct backend *rows;
    const struct store_bucket *bucket;
    struct cos_span key;
    const char *content_type;
    bool is_encrypted; /* as x-cos-server-side-encryption: AES256 asks for it */
    int64_t now_unix_ms;
};
/** Into @batch. Ends the file in any case. @md5_hex: of what it holds. */
enum store_result clock_file_put(struct clock_file *f, struct batch *batch,
                                 const struct clock_file_place *at, char md5_hex[33]);

/* The same through gzip (RFC 1952), in blocks that are not compressed (RFC 1951 s.3.2.4): any
 * reader takes them, and it needs no library. */
struct clock_gzip {
    struct clock_file file;
    uint32_t crc32, n_bytes;
    size_t n_block;
    char block[32768];
};
void clock_gzip_begin(struct clock_gzip *z, struct backend *rows);
void clock_gzip_add(struct clock_gzip *z, struct cos_span bytes);
/** The last block and the trailer; then the file is put. */
void clock_gzip_end(struct clock_gzip *z);

#endif
