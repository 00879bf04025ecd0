/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table says what a kind of key consists of; writing, prefixes and reading follow it.
 * Escaping instead of lengths in front, because a length would sort short names before long
 * ones.
 */
#include "store/rowkey.h"

/* What follows the name. */
enum tail { TAIL_NONE, TAIL_UPLOAD, TAIL_PART, TAIL_ORDER };
static const struct shape {
    enum rowkey_kind kind;
    bool has_bucket;
    enum tail tail;
} shapes[] = {
    {ROWKEY_BUCKET, false, TAIL_NONE},     {ROWKEY_DOCUMENT, true, TAIL_NONE},
    {ROWKEY_OBJECT, true, TAIL_NONE},      {ROWKEY_MARKER, true, TAIL_NONE},
    {ROWKEY_VERSION, true, TAIL_ORDER},    {ROWKEY_UPLOAD, true, TAIL_UPLOAD},
    {ROWKEY_PART, true, TAIL_PART},        {ROWKEY_ACCOUNT, false, TAIL_NONE},
    {ROWKEY_ACCESS_KEY, false, TAIL_NONE}, {ROWKEY_GROUP, false, TAIL_NONE},
    {ROWKEY_POLICY, false, TAIL_NONE},     {ROWKEY_SWITCH, false, TAIL_NONE},
    {ROWKEY_CLOCK, false, TAIL_NONE},      {ROWKEY_META, false, TAIL_NONE},
};

static const struct shape *shape_of(char kind)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(shapes); i++) {
        if (shapes[i].kind == (enum rowkey_kind)kind) {
            return &shapes[i];
        }
    }
    return NULL;
}

/* --- writing --- */

struct pen {
    struct rowkey_room *room;
    size_t n;
    bool is_full;
};

static void write_bytes(struct pen *p, const void *bytes, size_t n)
{
    if (p->is_full || n > sizeof(p->room->bytes) - p->n) {
        p->is_full = true;
        return;
    }
    if (n > 0) {
        memcpy(p->room->bytes + p->n, bytes, n);
    }
    p->n += n;
}

static void write_escaped(struct pen *p, struct cos_span name)
{
    size_t zero;
    while ((zero = cos_span_chr(name, '\0')) != SIZE_MAX) {
        write_bytes(p, name.ptr, zero);
        write_bytes(p, "\x00\xFF", 2);
        name = cos_span_from(name, zero + 1);
    }
    write_bytes(p, name.ptr, name.len);
}

static void write_ended(struct pen *p, struct cos_span name)
{
    write_escaped(p, name);
    write_bytes(p, "\x00\x00", 2);
}

/* Big-endian, @n bytes. */
static void write_number(struct pen *p, uint64_t number, size_t n)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(number >> (8 * (n - 1 - i)));
    }
    write_bytes(p, bytes, n);
}

static void write_head(struct pen *p, const struct shape *shape, const struct rowkey *key)
{
    const uint8_t kind = (uint8_t)key->kind;
    write_bytes(p, &kind, 1);
    if (shape->has_bucket) {
        write_number(p, key->bucket_id, 4);
    }
}

static struct cos_span written(const struct pen *p)
{
    return p->is_full ? COS_SPAN_EMPTY : cos_span_make(p->room->bytes, p->n);
}

struct cos_span rowkey_write(struct rowkey_room *room, const struct rowkey *key)
{
    struct pen p = {.room = room};
    const struct shape *shape = shape_of((char)key->kind);
    write_head(&p, shape, key);
    if (shape->tail == TAIL_NONE) {
        write_bytes(&p, key->name.ptr, key->name.len);
        return written(&p);
    }
    write_ended(&p, key->name);
    switch (shape->tail) {
    case TAIL_NONE:
        break;
    case TAIL_UPLOAD:
        write_bytes(&p, key->upload_id.ptr, key->upload_id.len);
        break;
    case TAIL_PART:
        write_ended(&p, key->upload_id);
        write_number(&p, key->number, 2);
        break;
    case TAIL_ORDER:
        write_number(&p, key->order, 8);
        break;
    }
    return written(&p);
}

struct cos_span rowkey_object(struct rowkey_room *room, uint32_t bucket_id,
                              struct cos_span name)
{
    const uint8_t head[] = {ROWKEY_OBJECT, (uint8_t)(bucket_id >> 24),
                            (uint8_t)(bucket_id >> 16), (uint8_t)(bucket_id >> 8),
                            (uint8_t)bucket_id};
    if (name.len > sizeof(room->bytes) - sizeof(head)) {
        return COS_SPAN_EMPTY;
    }
    memcpy(room->bytes, head, sizeof(head));
    if (name.len > 0) {
        memcpy(room->bytes + sizeof(head), name.ptr, name.len);
    }
    return cos_span_make(room->bytes, sizeof(head) + name.len);
}

struct cos_span rowkey_prefix(struct rowkey_room *room, const struct rowkey *key)
{
    struct pen p = {.room = room};
    const struct shape *shape = shape_of((char)key->kind);
    write_head(&p, shape, key);
    if (shape->tail != TAIL_NONE) {
        write_escaped(&p, key->name);
    } else {
        write_bytes(&p, key->name.ptr, key->name.len);
    }
    return written(&p);
}

struct cos_span rowkey_below(struct rowkey_room *room, const struct rowkey *key)
{
    struct pen p = {.room = room};
    write_head(&p, shape_of((char)key->kind), key);
    write_ended(&p, key->name);
    if (key->upload_id.len > 0) {
        write_ended(&p, key->upload_id);
    }
    return written(&p);
}

struct cos_span rowkey_behind(struct rowkey_room *room, struct cos_span prefix)
{
    while (prefix.len > 0 && prefix.ptr[prefix.len - 1] == '\xFF') {
        prefix.len--;
    }
    if (prefix.len == 0 || prefix.len > sizeof(room->bytes)) {
        return COS_SPAN_EMPTY;
    }
    memmove(room->bytes, prefix.ptr, prefix.len);
    room->bytes[prefix.len - 1] = (char)((uint8_t)room->bytes[prefix.len - 1] + 1);
    return cos_span_make(room->bytes, prefix.len);
}

/* --- reading --- */

/* What is left of a key, and where names go that have to be unescaped. */
struct eye {
    struct cos_span rest;
    struct pen unescaped;
};

static bool read_number(struct eye *e, size_t n, uint64_t *out)
{
    if (e->rest.len < n) {
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        *out = *out << 8 | (uint8_t)e->rest.ptr[i];
    }
    e->rest = cos_span_from(e->rest, n);
    return true;
}

/* Up to the 00 00 that ends it; in place when no 00 stands in it. */
static bool read_ended(struct eye *e, struct cos_span *out)
{
    struct cos_span whole = e->rest;
    size_t begin = e->unescaped.n;
    bool is_escaped = false;
    for (;;) {
        size_t zero = cos_span_chr(e->rest, '\0');
        if (zero == SIZE_MAX || zero + 1 >= e->rest.len) {
            return false;
        }
        char next = e->rest.ptr[zero + 1];
        struct cos_span piece = cos_span_sub(e->rest, 0, zero);
        e->rest = cos_span_from(e->rest, zero + 2);
        if (next == '\0' && !is_escaped) {
            *out = cos_span_make(whole.ptr, piece.len);
            return true;
        }
        is_escaped = true;
        write_bytes(&e->unescaped, piece.ptr, piece.len);
        if (next == '\0') {
            *out = cos_span_make(e->unescaped.room->bytes + begin, e->unescaped.n - begin);
            return !e->unescaped.is_full;
        }
        if (next != '\xFF') {
            return false;
        }
        write_bytes(&e->unescaped, "", 1);
    }
}

static bool read_names(struct eye *e, const struct shape *shape, struct rowkey *out)
{
    uint64_t number = 0;
    if (shape->tail == TAIL_NONE) {
        out->name = e->rest;
        return true;
    }
    if (!read_ended(e, &out->name)) {
        return false;
    }
    switch (shape->tail) {
    case TAIL_NONE:
        break;
    case TAIL_UPLOAD:
        out->upload_id = e->rest;
        return true;
    case TAIL_PART:
        if (!read_ended(e, &out->upload_id) || !read_number(e, 2, &number)) {
            return false;
        }
        out->number = (uint16_t)number;
        break;
    case TAIL_ORDER:
        if (!read_number(e, 8, &out->order)) {
            return false;
        }
        break;
    }
    return e->rest.len == 0;
}

bool rowkey_read(struct cos_span written, struct rowkey_room *room, struct rowkey *out)
{
    const struct shape *shape = written.len == 0 ? NULL : shape_of(written.ptr[0]);
    if (shape == NULL) {
        return false;
    }
    struct rowkey key = {.kind = shape->kind,
                         .name = COS_SPAN_EMPTY,
                         .upload_id = COS_SPAN_EMPTY};
    struct eye e = {.rest = cos_span_from(written, 1), .unescaped = {.room = room}};
    uint64_t bucket_id = 0;
    if (shape->has_bucket && !read_number(&e, 4, &bucket_id)) {
        return false;
    }
    key.bucket_id = (uint32_t)bucket_id;
    if (!read_names(&e, shape, &key)) {
        return false;
    }
    *out = key;
    return true;
}
