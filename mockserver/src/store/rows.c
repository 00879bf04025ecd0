/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kind of row is a table of columns; one writer and one reader follow it. Numbers and lengths
 * are varints, seven bits a byte and the low ones first, because most of them are small;
 * checksums and times fill eight bytes, big-endian. The reader never goes beyond the value and
 * allocates nothing.
 */
#include "store/rows.h"

enum { FORMAT = 1, VARINT_MAX_BYTES = 10, SHA256_BYTES = 32 };

enum column_kind {
    COLUMN_ID,     /* uint32_t */
    COLUMN_NUMBER, /* uint64_t */
    COLUMN_FIXED,  /* 64 bits of either sign */
    COLUMN_FLAG,   /* bool */
    COLUMN_TEXT,   /* struct cos_span, as the following */
    COLUMN_SHA256,
    COLUMN_PAIRS,
};
struct column {
    enum column_kind kind;
    size_t offset; /* of the member */
};
struct table {
    const struct column *columns;
    size_t n;
    size_t n_always;  /* the others came later: values of before end in front of them */
    size_t row_bytes; /* of the struct */
};

#define COLUMN(type, member, kind)                         \
    {                                                      \
        COLUMN_##kind, offsetof(struct type##_row, member) \
    }
#define TABLE(type) TABLE_SINCE(type, COS_ARRAY_LEN(type##_columns))
#define TABLE_SINCE(type, always)                                            \
    static const struct table type##_table = {                               \
        .columns = type##_columns,                                           \
        .n = COS_ARRAY_LEN(type##_columns),                                  \
        .n_always = (always),                                                \
        .row_bytes = sizeof(struct type##_row),                              \
    };                                                                       \
    void row_write_##type(struct cos_buf *out, const struct type##_row *row) \
    {                                                                        \
        write_row(out, &type##_table, row);                                  \
    }                                                                        \
    bool row_read_##type(struct cos_span value, struct type##_row *out)      \
    {                                                                        \
        struct type##_row row;                                               \
        if (!read_row(value, &type##_table, &row)) {                         \
            return false;                                                    \
        }                                                                    \
        *out = row;                                                          \
        return true;                                                         \
    }

/* --- writing --- */

static void write_varint(struct cos_buf *out, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) {
        cos_buf_ch(out, (char)(uint8_t)(number | 0x80));
    }
    cos_buf_ch(out, (char)(uint8_t)number);
}

static void write_fixed(struct cos_buf *out, uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    cos_buf_append(out, bytes, sizeof(bytes));
}

static void write_text(struct cos_buf *out, struct cos_span text)
{
    write_varint(out, text.len);
    cos_buf_append(out, text.ptr, text.len);
}

static void write_column(struct cos_buf *out, const struct column *column, const void *member)
{
    switch (column->kind) {
    case COLUMN_ID:
        write_varint(out, *(const uint32_t *)member);
        break;
    case COLUMN_NUMBER:
        write_varint(out, *(const uint64_t *)member);
        break;
    case COLUMN_FIXED:
        write_fixed(out, *(const uint64_t *)member);
        break;
    case COLUMN_FLAG:
        cos_buf_ch(out, *(const bool *)member ? 1 : 0);
        break;
    case COLUMN_TEXT:
    case COLUMN_SHA256:
    case COLUMN_PAIRS:
        write_text(out, *(const struct cos_span *)member);
        break;
    }
}

static void write_row(struct cos_buf *out, const struct table *table, const void *row)
{
    cos_buf_ch(out, FORMAT);
    for (size_t i = 0; i < table->n; i++) {
        write_column(out, &table->columns[i], (const char *)row + table->columns[i].offset);
    }
}

void row_pair_add(struct cos_buf *pairs, struct cos_span name, struct cos_span value)
{
    write_text(pairs, name);
    write_text(pairs, value);
}

/* --- reading: each takes what it read off *rest; false, and there is no such thing --- */

static bool read_long_varint(struct cos_span *rest, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < rest->len && i < VARINT_MAX_BYTES; i++) {
        uint64_t seven = (uint8_t)rest->ptr[i] & 0x7F;
        if (i == VARINT_MAX_BYTES - 1 && seven > 1) {
            return false; /* more than 64 bits */
        }
        number |= seven << (7 * i);
        if (((uint8_t)rest->ptr[i] & 0x80) == 0) {
            *rest = cos_span_from(*rest, i + 1);
            *out = number;
            return true;
        }
    }
    return false;
}

/* Most are one byte, and a GET reads a few. */
static inline bool read_varint(struct cos_span *rest, uint64_t *out)
{
    if (rest->len == 0 || (uint8_t)rest->ptr[0] >= 0x80) {
        return read_long_varint(rest, out);
    }
    *out = (uint8_t)rest->ptr[0];
    *rest = cos_span_make(rest->ptr + 1, rest->len - 1);
    return true;
}

static bool read_id(struct cos_span *rest, uint32_t *out)
{
    uint64_t number;
    if (!read_varint(rest, &number) || number > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static bool read_fixed(struct cos_span *rest, uint64_t *out)
{
    if (rest->len < sizeof(*out)) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof(*out); i++) {
        number = number << 8 | (uint8_t)rest->ptr[i];
    }
    *rest = cos_span_from(*rest, sizeof(*out));
    *out = number;
    return true;
}

static bool read_flag(struct cos_span *rest, bool *out)
{
    if (rest->len == 0 || (uint8_t)rest->ptr[0] > 1) {
        return false;
    }
    *out = rest->ptr[0] == 1;
    *rest = cos_span_from(*rest, 1);
    return true;
}

static inline bool read_text(struct cos_span *rest, struct cos_span *out)
{
    uint64_t n;
    if (!read_varint(rest, &n) || n > rest->len) {
        return false;
    }
    *out = cos_span_sub(*rest, 0, (size_t)n);
    *rest = cos_span_from(*rest, (size_t)n);
    return true;
}

bool row_pair_next(struct cos_span *pairs, struct row_pair *out)
{
    struct cos_span rest = *pairs;
    struct row_pair pair;
    if (!read_text(&rest, &pair.name) || !read_text(&rest, &pair.value)) {
        return false;
    }
    *pairs = rest;
    *out = pair;
    return true;
}

static bool read_pairs(struct cos_span *rest, struct cos_span *out)
{
    if (!read_text(rest, out)) {
        return false;
    }
    struct cos_span pairs = *out;
    struct row_pair pair;
    while (row_pair_next(&pairs, &pair)) {
    }
    return pairs.len == 0;
}

static bool read_column(struct cos_span *rest, const struct column *column, void *member)
{
    switch (column->kind) {
    case COLUMN_ID:
        return read_id(rest, member);
    case COLUMN_NUMBER:
        return read_varint(rest, member);
    case COLUMN_FIXED:
        return read_fixed(rest, member);
    case COLUMN_FLAG:
        return read_flag(rest, member);
    case COLUMN_TEXT:
        return read_text(rest, member);
    case COLUMN_SHA256: {
        struct cos_span *sha256 = member;
        return read_text(rest, sha256) && (sha256->len == 0 || sha256->len == SHA256_BYTES);
    }
    case COLUMN_PAIRS:
        return read_pairs(rest, member);
    }
    return false;
}

static bool read_row(struct cos_span value, const struct table *table, void *row)
{
    if (value.len == 0 || value.ptr[0] != FORMAT) {
        return false;
    }
    struct cos_span rest = cos_span_from(value, 1);
    memset(row, 0, table->row_bytes);
    for (size_t i = 0; i < table->n && (rest.len > 0 || i < table->n_always); i++) {
        if (!read_column(&rest, &table->columns[i], (char *)row + table->columns[i].offset)) {
            return false;
        }
    }
    return true;
}

/* --- the kinds of rows --- */

static const struct column bucket_columns[] = {
    COLUMN(bucket, id, ID),
    COLUMN(bucket, region, TEXT),
    COLUMN(bucket, owner_uin, TEXT),
    COLUMN(bucket, appid, TEXT),
    COLUMN(bucket, created_unix_ms, FIXED),
};
TABLE(bucket)

static const struct column document_columns[] = {
    COLUMN(document, text, TEXT),
};
TABLE(document)

static const struct column object_columns[] = {
    COLUMN(object, bytes, NUMBER),        COLUMN(object, crc64, FIXED),
    COLUMN(object, mtime_unix_ms, FIXED), COLUMN(object, etag, TEXT),
    COLUMN(object, sha256, SHA256),       COLUMN(object, headers, PAIRS),
    COLUMN(object, facets, PAIRS),
};
TABLE_SINCE(object, 6)

static const struct column upload_columns[] = {
    COLUMN(upload, initiated_unix_ms, FIXED),
    COLUMN(upload, headers, PAIRS),
    COLUMN(upload, facets, PAIRS),
};
TABLE_SINCE(upload, 2)

static const struct column part_columns[] = {
    COLUMN(part, bytes, NUMBER),
    COLUMN(part, crc64, FIXED),
    COLUMN(part, mtime_unix_ms, FIXED),
    COLUMN(part, etag, TEXT),
};
TABLE(part)

static const struct column account_columns[] = {
    COLUMN(account, order, NUMBER),   COLUMN(account, owner_uin, TEXT),
    COLUMN(account, appid, TEXT),     COLUMN(account, name, TEXT),
    COLUMN(account, policies, PAIRS),
};
TABLE(account)

static const struct column access_key_columns[] = {
    COLUMN(access_key, order, NUMBER),        COLUMN(access_key, uin, TEXT),
    COLUMN(access_key, secret_key, TEXT),     COLUMN(access_key, is_temporary, FLAG),
    COLUMN(access_key, token, TEXT),          COLUMN(access_key, expires_unix_ms, FIXED),
    COLUMN(access_key, federated_name, TEXT), COLUMN(access_key, session, TEXT),
    COLUMN(access_key, is_revoked, FLAG),
};
TABLE(access_key)

static const struct column switch_columns[] = {
    COLUMN(switch, value, TEXT),
};
TABLE(switch)

static const struct column clock_columns[] = {
    COLUMN(clock, is_frozen, FLAG),
    COLUMN(clock, value_ms, FIXED),
};
TABLE(clock)

static const struct column meta_columns[] = {
    COLUMN(meta, number, NUMBER),
    COLUMN(meta, text, TEXT),
};
TABLE(meta)
