/* SPDX-License-Identifier: Apache-2.0 */
/* A reader that believes nothing: every length and both checksums of a frame are looked at. */
#include "frames.h"

#define ROWS_MAX_BYTES ((size_t)1 << 30)

static void make_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        }
        table[i] = crc;
    }
}

static uint32_t crc32_of(const uint32_t table[256], struct cos_span s)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < s.len; i++) {
        crc = table[(crc ^ (unsigned char)s.ptr[i]) & 255] ^ crc >> 8;
    }
    return ~crc;
}

static uint32_t u32(struct cos_span s, size_t at)
{
    const unsigned char *p = (const unsigned char *)s.ptr + at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The value of a header of a frame; ptr NULL: it has none, or something else is there. */
static struct cos_span header(struct cos_span headers, const char *name)
{
    while (headers.len > 0) {
        size_t n = (unsigned char)headers.ptr[0];
        if (headers.len < n + 4 || headers.ptr[n + 1] != 7) {
            break;
        }
        size_t bytes =
            (size_t)(unsigned char)headers.ptr[n + 2] << 8 | (unsigned char)headers.ptr[n + 3];
        if (headers.len < n + 4 + bytes) {
            break;
        }
        if (cos_span_eq_str(cos_span_sub(headers, 1, n), name)) {
            return cos_span_sub(headers, n + 4, bytes);
        }
        headers = cos_span_from(headers, n + 4 + bytes);
    }
    return (struct cos_span){NULL, 0};
}

static void note_kind(struct frames *f, struct cos_span kind)
{
    size_t used = strlen(f->kinds);
    (void)snprintf(f->kinds + used, sizeof(f->kinds) - used, "%.*s ", (int)kind.len, kind.ptr);
}

static bool take_event(struct frames *f, struct cos_span kind, struct cos_span payload)
{
    const struct {
        const char *kind;
        size_t *n;
    } kinds[] = {{"Records", &f->n_records},
                 {"Cont", &f->n_conts},
                 {"Progress", &f->n_progress},
                 {"Stats", &f->n_stats},
                 {"End", &f->n_ends}};
    for (size_t i = 0; i < COS_ARRAY_LEN(kinds); i++) {
        if (cos_span_eq_str(kind, kinds[i].kind)) {
            (*kinds[i].n)++;
            note_kind(f, kind);
            cos_buf_span(&f->rows, i == 0 ? payload : COS_SPAN_EMPTY);
            if (i == 3) {
                (void)snprintf(f->stats, sizeof(f->stats), "%.*s", (int)payload.len,
                               payload.ptr);
            }
            return true;
        }
    }
    return false;
}

static bool take_frame(struct frames *f, struct cos_span headers, struct cos_span payload)
{
    struct cos_span message = header(headers, ":message-type");
    if (cos_span_eq_str(message, "error")) {
        struct cos_span code = header(headers, ":error-code");
        f->n_errors++;
        note_kind(f, COS_SPAN_LIT("error"));
        (void)snprintf(f->error, sizeof(f->error), "%.*s", (int)code.len, code.ptr);
        return code.len > 0 && header(headers, ":error-message").len > 0 && payload.len == 0;
    }
    return cos_span_eq_str(message, "event") &&
           take_event(f, header(headers, ":event-type"), payload);
}

bool frames_read(struct cos_span body, struct frames *out)
{
    uint32_t table[256];
    make_table(table);
    *out = (struct frames){.kinds = ""};
    cos_buf_init(&out->rows, ROWS_MAX_BYTES);
    while (body.len > 0) {
        size_t total = body.len < 16 ? 0 : u32(body, 0);
        size_t headers = body.len < 16 ? 0 : u32(body, 4);
        if (total < 16 || total > body.len || headers > total - 16 ||
            u32(body, 8) != crc32_of(table, cos_span_sub(body, 0, 8)) ||
            u32(body, total - 4) != crc32_of(table, cos_span_sub(body, 0, total - 4)) ||
            out->n_ends + out->n_errors > 0 ||
            !take_frame(out, cos_span_sub(body, 12, headers),
                        cos_span_sub(body, 12 + headers, total - headers - 16))) {
            return false;
        }
        body = cos_span_from(body, total);
    }
    return out->n_ends + out->n_errors == 1 && !out->rows.failed;
}

void frames_deinit(struct frames *f)
{
    cos_buf_deinit(&f->rows);
}
