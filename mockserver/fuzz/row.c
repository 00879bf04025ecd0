/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: keys and values of rows, as a damaged directory would give them. The first byte
 * chooses the reader. Whatever comes in: no crash, nothing read beyond it, and what is taken is
 * read the same from what is written of it.
 */
#include "fuzz.h"

#include "store/rowkey.h"
#include "store/rows.h"

static void try_key(struct cos_span input)
{
    struct rowkey_room names;
    struct rowkey_room room;
    struct rowkey key;
    if (rowkey_read(input, &names, &key)) {
        struct cos_span again = rowkey_write(&room, &key);
        require(cos_span_eq(again, input) || input.len > sizeof(room.bytes));
    }
}

static void try_pairs(struct cos_span pairs)
{
    struct row_pair pair;
    while (row_pair_next(&pairs, &pair)) {
    }
    require(pairs.len == 0);
}

/* Twice written, the same bytes: the first time drops what stands behind the columns. */
#define TRY(type)                                                            \
    static void try_##type(struct cos_span input)                            \
    {                                                                        \
        struct type##_row row;                                               \
        struct type##_row again;                                             \
        struct cos_buf one;                                                  \
        struct cos_buf two;                                                  \
        if (!row_read_##type(input, &row)) {                                 \
            return;                                                          \
        }                                                                    \
        cos_buf_init(&one, 1u << 26);                                        \
        cos_buf_init(&two, 1u << 26);                                        \
        row_write_##type(&one, &row);                                        \
        require(!one.failed && row_read_##type(cos_buf_view(&one), &again)); \
        row_write_##type(&two, &again);                                      \
        require(cos_span_eq(cos_buf_view(&one), cos_buf_view(&two)));        \
        cos_buf_deinit(&one);                                                \
        cos_buf_deinit(&two);                                                \
    }

TRY(bucket)
TRY(document)
TRY(object)
TRY(upload)
TRY(part)
TRY(account)
TRY(access_key)
TRY(switch)
TRY(clock)
TRY(meta)

static void try_object_pairs(struct cos_span input)
{
    struct object_row row;
    if (row_read_object(input, &row)) {
        require(row.sha256.len == 0 || row.sha256.len == 32);
        try_pairs(row.headers);
        try_pairs(row.facets);
    }
    try_object(input);
}

static void try_upload_pairs(struct cos_span input)
{
    struct upload_row row;
    if (row_read_upload(input, &row)) {
        try_pairs(row.headers);
        try_pairs(row.facets);
    }
    try_upload(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static void (*const readers[])(struct cos_span) = {
        try_key,     try_bucket,     try_document, try_object_pairs, try_upload_pairs, try_part,
        try_account, try_access_key, try_switch,   try_clock,        try_meta,
    };
    if (n > 0) {
        readers[bytes[0] % COS_ARRAY_LEN(readers)](cos_span_make(bytes + 1, n - 1));
    }
    return 0;
}
