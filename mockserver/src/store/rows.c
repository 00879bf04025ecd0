/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kind of row is a table of columns; one writer and one reader follow it. Numbers and lengths
 * are varints, seven bits a byte and the low ones first, because most of them are small;
 * checksums and times fill eight bytes, big-endian. The reader never goes beyond the value and
 * allocates nothing.
 */
#include "store/rows.h"

enum { FORMAT = 1, VARINT_MAX_BYTES = 10, FIXED_BYTES = 8, SHA256_BYTES = 32 };

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

/* --- writing: what it takes is known first, so that a buffer is asked once --- */

static size_t varint_bytes(uint64_t number)
{
    size_t n = 1;
    for (; number >= 0x80; number >>= 7) {
        n++;
    }
    return n;
}

static size_t text_bytes(struct cos_span text)
{
    return varint_bytes(text.len) + text.len;
}

static size_t column_bytes(const struct column *column, const void *member)
{
    switch (column->kind) {
    case COLUMN_ID:
        return varint_bytes(*(const uint32_t *)member);
    case COLUMN_NUMBER:
        return varint_bytes(*(const uint64_t *)member);
    case COLUMN_FIXED:
        return FIXED_BYTES;
    case COLUMN_FLAG:
        return 1;
    case COLUMN_TEXT:
    case COLUMN_SHA256:
    case COLUMN_PAIRS:
        return text_bytes(*(const struct cos_span *)member);
    }
    return 0;
}

/* Each puts it to @at, where there is room, and returns the end. */
static char *put_varint(char *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) {
        *at++ = (char)(uint8_t)(number | 0x80);
    }
    *at++ = (char)(uint8_t)number;
    return at;
}

static char *put_fixed(char *at, uint64_t number)
{
    for (size_t i = 0; i < FIXED_BYTES; i++) {
        *at++ = (char)(uint8_t)(number >> (56 - 8 * i));
    }
    return at;
}

static char *put_text(char *at, struct cos_span text)
{
    return cos_span_put(put_varint(at, text.len), text);
}

static char *put_column(char *at, const struct column *column, const void *member)
{
    switch (column->kind) {
    case COLUMN_ID:
        return put_varint(at, *(const uint32_t *)member);
    case COLUMN_NUMBER:
        return put_varint(at, *(const uint64_t *)member);
    case COLUMN_FIXED:
        return put_fixed(at, *(const uint64_t *)member);
    case COLUMN_FLAG:
        return put_varint(at, *(const bool *)member ? 1 : 0);
    case COLUMN_TEXT:
    case COLUMN_SHA256:
    case COLUMN_PAIRS:
        return put_text(at, *(const struct cos_span *)member);
    }
    return at;
}

static void end_at(struct cos_buf *out, char *end)
{
    *end = '\0';
    out->len = (size_t)(end - out->ptr);
}

static void write_row(struct cos_buf *out, const struct table *table, const void *row)
{
    size_t bytes = 1;
    for (size_t i = 0; i < table->n; i++) {
        const struct column *column = &table->columns[i];
        bytes += column_bytes(column, (const char *)row + column->offset);
    }
    char *at = cos_buf_reserve(out, bytes);
    if (at == NULL) {
        return;
    }
    *at++ = FORMAT;
    for (size_t i = 0; i < table->n; i++) {
        const struct column *column = &table->columns[i];
        at = put_column(at, column, (const char *)row + column->offset);
    }
    end_at(out, at);
}

void row_pair_add(struct cos_buf *pairs, struct cos_span name, struct cos_span value)
{
    char *at = cos_buf_reserve(pairs, text_bytes(name) + text_bytes(value));
    if (at != NULL) {
        end_at(pairs, put_text(put_text(at, name), value));
    }
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
    COLUMN(account, order, NUMBER),
    COLUMN(account, owner_uin, TEXT),
    COLUMN(account, appid, TEXT),
    COLUMN(account, name, TEXT),
    COLUMN(account, policies, PAIRS),
    COLUMN(account, trust, TEXT),
    COLUMN(account, session_max_s, NUMBER),
    COLUMN(account, mfa_seed, TEXT),
    COLUMN(account, providers, PAIRS),
    COLUMN(account, granted, PAIRS),
    COLUMN(account, profile, PAIRS),
    COLUMN(account, created_unix_ms, FIXED),
    COLUMN(account, updated_unix_ms, FIXED),
    COLUMN(account, boundary, PAIRS),
};
TABLE_SINCE(account, 5)

static const struct column access_key_columns[] = {
    COLUMN(access_key, order, NUMBER),        COLUMN(access_key, uin, TEXT),
    COLUMN(access_key, secret_key, TEXT),     COLUMN(access_key, is_temporary, FLAG),
    COLUMN(access_key, token, TEXT),          COLUMN(access_key, expires_unix_ms, FIXED),
    COLUMN(access_key, federated_name, TEXT), COLUMN(access_key, session, TEXT),
    COLUMN(access_key, is_revoked, FLAG),     COLUMN(access_key, created_unix_ms, FIXED),
    COLUMN(access_key, asked_by, TEXT),       COLUMN(access_key, source_identity, TEXT),
    COLUMN(access_key, tags, PAIRS),          COLUMN(access_key, description, TEXT),
};
TABLE_SINCE(access_key, 9)

static const struct column policy_columns[] = {
    COLUMN(policy, owner_uin, TEXT),        COLUMN(policy, name, TEXT),
    COLUMN(policy, description, TEXT),      COLUMN(policy, created_unix_ms, FIXED),
    COLUMN(policy, updated_unix_ms, FIXED), COLUMN(policy, default_version, NUMBER),
    COLUMN(policy, last_version, NUMBER),   COLUMN(policy, versions, PAIRS),
    COLUMN(policy, attached, PAIRS),
};
TABLE(policy)

static const struct column group_columns[] = {
    COLUMN(group, owner_uin, TEXT), COLUMN(group, name, TEXT),
    COLUMN(group, remark, TEXT),    COLUMN(group, created_unix_ms, FIXED),
    COLUMN(group, members, PAIRS),
};
TABLE(group)

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
