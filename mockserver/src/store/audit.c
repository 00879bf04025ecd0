/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row says itself what its body has to be, so one row after the other is enough. Names of
 * rows stand in the complaints, as far as they can be printed: a bucket by its number, which is
 * all that a key of its objects has.
 */
#include "store/audit.h"

#include "cosbase/digest.h"
#include "store/rows.h"

#include <errno.h>

#define PIECE_BYTES ((size_t)64 << 10)

bool audit_value(enum rowkey_kind kind, struct cos_span value, struct audit_promise *out)
{
    union {
        struct bucket_row bucket;
        struct document_row document;
        struct object_row object;
        struct upload_row upload;
        struct part_row part;
        struct account_row account;
        struct access_key_row key;
        struct group_row group;
        struct policy_row policy;
        struct switch_row choice;
        struct clock_row clock;
        struct meta_row meta;
    } row;
    bool is_good;
    *out = (struct audit_promise){.bytes = 0};
    switch (kind) {
    case ROWKEY_BUCKET:
        return row_read_bucket(value, &row.bucket);
    case ROWKEY_DOCUMENT:
        return row_read_document(value, &row.document);
    case ROWKEY_OBJECT:
    case ROWKEY_MARKER:
    case ROWKEY_VERSION:
        is_good = row_read_object(value, &row.object);
        *out = is_good ? (struct audit_promise){row.object.bytes, row.object.crc64} : *out;
        return is_good;
    case ROWKEY_UPLOAD:
        return row_read_upload(value, &row.upload);
    case ROWKEY_PART:
        is_good = row_read_part(value, &row.part);
        *out = is_good ? (struct audit_promise){row.part.bytes, row.part.crc64} : *out;
        return is_good;
    case ROWKEY_ACCOUNT:
        return row_read_account(value, &row.account);
    case ROWKEY_ACCESS_KEY:
        return row_read_access_key(value, &row.key);
    case ROWKEY_GROUP:
        return row_read_group(value, &row.group);
    case ROWKEY_POLICY:
        return row_read_policy(value, &row.policy);
    case ROWKEY_SWITCH:
        return row_read_switch(value, &row.choice);
    case ROWKEY_CLOCK:
        return row_read_clock(value, &row.clock);
    case ROWKEY_META:
        return row_read_meta(value, &row.meta);
    }
    return false;
}

static const char *noun_of(enum rowkey_kind kind)
{
    switch (kind) {
    case ROWKEY_BUCKET:
        return "bucket";
    case ROWKEY_DOCUMENT:
        return "document";
    case ROWKEY_OBJECT:
        return "object";
    case ROWKEY_MARKER:
        return "the delete marker of";
    case ROWKEY_VERSION:
        return "an older version of";
    case ROWKEY_UPLOAD:
        return "an upload of";
    case ROWKEY_PART:
        return "a part of an upload of";
    case ROWKEY_ACCOUNT:
        return "account";
    case ROWKEY_ACCESS_KEY:
        return "key";
    case ROWKEY_GROUP:
        return "group";
    case ROWKEY_POLICY:
        return "policy";
    case ROWKEY_SWITCH:
        return "switch";
    case ROWKEY_CLOCK:
        return "clock";
    case ROWKEY_META:
        return "note";
    }
    return "";
}

void audit_count(struct audit *a, const struct row *row)
{
    /* no row has an empty key, but what a damaged directory gives */
    char kind = row_key(row).len == 0 ? '\0' : row_key(row).ptr[0];
    a->rows++;
    a->buckets += kind == ROWKEY_BUCKET ? 1 : 0;
    a->objects += kind == ROWKEY_OBJECT ? 1 : 0;
    a->versions += kind == ROWKEY_MARKER || kind == ROWKEY_VERSION ? 1 : 0;
    a->uploads += kind == ROWKEY_UPLOAD ? 1 : 0;
    a->parts += kind == ROWKEY_PART ? 1 : 0;
    a->body_bytes += row->blob == NULL ? 0 : blob_bytes(row->blob);
}

/* "object 'a/b.txt' of bucket 3"; what cannot be printed is '?'. */
static void write_name(char out[256], const struct rowkey *key)
{
    char name[160];
    size_t n = 0;
    for (; n < key->name.len && n < sizeof(name) - 1; n++) {
        char c = key->name.ptr[n];
        name[n] = (char)(c >= ' ' && c != '\x7f' ? c : '?');
    }
    name[n] = '\0';
    (void)snprintf(out, 256, "%s '%s'", noun_of(key->kind), name);
    if (key->bucket_id != 0) {
        size_t used = strlen(out);
        (void)snprintf(out + used, 256 - used, " of bucket %u", (unsigned)key->bucket_id);
    }
}

/* 0, or the error of the file. */
static int read_body(const struct blob *blob, uint64_t *crc)
{
    uint8_t piece[PIECE_BYTES];
    int64_t n = 0;
    *crc = 0;
    for (uint64_t at = 0; blob != NULL && at < blob_bytes(blob); at += (uint64_t)n) {
        n = blob_read(blob, at, piece, sizeof(piece));
        if (n <= 0) {
            return n == 0 ? EIO : (int)-n;
        }
        *crc = cos_crc64(*crc, piece, (size_t)n);
    }
    return 0;
}

static bool check_body(const struct row *row, const struct audit_promise *p, const char *name,
                       char complaint[512])
{
    uint64_t bytes = row->blob == NULL ? 0 : blob_bytes(row->blob);
    uint64_t crc;
    if (bytes != p->bytes) {
        (void)snprintf(complaint, 512, "%s has %llu bytes, and its row says %llu", name,
                       (unsigned long long)bytes, (unsigned long long)p->bytes);
        return false;
    }
    int number = read_body(row->blob, &crc);
    if (number != 0) {
        (void)snprintf(complaint, 512, "%s cannot be read: %s", name, strerror(number));
        return false;
    }
    if (crc != p->crc64) {
        (void)snprintf(complaint, 512, "%s has the CRC-64 %llu, and its row says %llu", name,
                       (unsigned long long)crc, (unsigned long long)p->crc64);
    }
    return crc == p->crc64;
}

bool audit_row(struct audit *a, const struct row *row, char complaint[512])
{
    struct rowkey_room room;
    struct rowkey key;
    struct audit_promise promise;
    char name[256];

    audit_count(a, row);
    if (!rowkey_read(row_key(row), &room, &key)) {
        (void)snprintf(complaint, 512, "a row has a key that says nothing");
        return false;
    }
    write_name(name, &key);
    if (!audit_value(key.kind, row_value(row), &promise)) {
        (void)snprintf(complaint, 512, "the row of %s is damaged, or of a newer cosmock", name);
        return false;
    }
    return check_body(row, &promise, name, complaint);
}
