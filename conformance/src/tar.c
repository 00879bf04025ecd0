/* SPDX-License-Identifier: Apache-2.0 */
/* The ustar header (POSIX.1-1988, IEEE Std 1003.1 pax, "ustar Interchange Format"). */
#include "tar.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 512

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
    char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155];
    char padding[12];
};

/* The sum of all bytes, where the sum itself counts as blanks. */
static unsigned checksum_of(const struct header *h)
{
    const unsigned char *bytes = (const unsigned char *)h;
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        bool is_sum =
            i >= offsetof(struct header, checksum) && i < offsetof(struct header, type);
        sum += is_sum ? ' ' : bytes[i];
    }
    return sum;
}

/* Six digits, a NUL and a blank, as old as tar itself. */
static void put_checksum(char out[8], unsigned sum)
{
    (void)snprintf(out, 7, "%06o", sum);
    out[7] = ' ';
}

static void pad(struct cos_buf *b, size_t len)
{
    static const char zeros[BLOCK];
    cos_buf_append(b, zeros, (BLOCK - len % BLOCK) % BLOCK);
}

void tar_put(struct cos_buf *b, const char *name, struct cos_span bytes, int64_t unix_s)
{
    struct header h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
    _Static_assert(sizeof(h) == BLOCK, "a header is one block");
    memcpy(h.name, name, strnlen(name, sizeof(h.name)));
    (void)snprintf(h.mode, sizeof(h.mode), "%07o", 0644u);
    (void)snprintf(h.uid, sizeof(h.uid), "%07o", 0u);
    (void)snprintf(h.gid, sizeof(h.gid), "%07o", 0u);
    (void)snprintf(h.size, sizeof(h.size), "%011zo", bytes.len);
    (void)snprintf(h.mtime, sizeof(h.mtime), "%011llo", (unsigned long long)unix_s);
    put_checksum(h.checksum, checksum_of(&h));
    cos_buf_append(b, &h, sizeof(h));
    cos_buf_span(b, bytes);
    pad(b, bytes.len);
}

void tar_end(struct cos_buf *b)
{
    static const char zeros[2 * BLOCK];
    cos_buf_append(b, zeros, sizeof(zeros));
}

static bool is_ustar(const struct header *h)
{
    return memcmp(h->magic, "ustar", 6) == 0;
}

bool tar_is(struct cos_span bytes)
{
    struct header h;
    if (bytes.len < BLOCK) {
        return false;
    }
    memcpy(&h, bytes.ptr, sizeof(h));
    return is_ustar(&h);
}

static bool read_octal(const char *text, size_t cap, size_t *out)
{
    size_t value = 0, i = 0;
    for (; i < cap && text[i] >= '0' && text[i] <= '7'; i++) {
        value = value * 8 + (size_t)(text[i] - '0');
    }
    *out = value;
    return i > 0 && (i == cap || text[i] == '\0' || text[i] == ' ');
}

static bool is_zero(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\0') {
            return false;
        }
    }
    return true;
}

int tar_next(struct cos_span *rest, struct cos_span *name, struct cos_span *bytes)
{
    struct header h;
    size_t size;
    char sum[8];
    if (rest->len < BLOCK) {
        return -1;
    }
    if (is_zero(cos_span_sub(*rest, 0, BLOCK))) {
        return rest->len >= 2 * BLOCK && is_zero(*rest) ? 0 : -1;
    }
    memcpy(&h, rest->ptr, sizeof(h));
    size_t name_len = strnlen(h.name, sizeof(h.name));
    put_checksum(sum, checksum_of(&h));
    if (!is_ustar(&h) || h.type != '0' || name_len == 0 || memchr(h.name, '/', name_len) ||
        memcmp(sum, h.checksum, sizeof(sum)) != 0 ||
        !read_octal(h.size, sizeof(h.size), &size) || size > rest->len - BLOCK) {
        return -1;
    }
    size_t padded = BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
    if (!is_zero(cos_span_sub(*rest, BLOCK + size, padded - BLOCK - size))) {
        return -1;
    }
    *name = cos_span_sub(*rest, 0, name_len);
    *bytes = cos_span_sub(*rest, BLOCK, size);
    *rest = cos_span_from(*rest, padded);
    return 1;
}
