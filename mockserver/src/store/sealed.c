/* SPDX-License-Identifier: Apache-2.0 */
/* A read finds the run that holds its first byte and goes on from there: what lies in another
 * one is decrypted with another nonce. */
#include "store/sealed.h"

#include "cosbase/secret.h"

#include <errno.h>

#define PIECE_BYTES ((size_t)64 << 10)

void seal_head_write(uint8_t out[SEAL_HEAD_BYTES], const uint8_t salt[SEAL_SALT_BYTES],
                     const uint8_t key[COS_AES256_KEY_BYTES])
{
    memcpy(out, salt, SEAL_SALT_BYTES);
    cos_hmac_sha256(out + SEAL_SALT_BYTES, key, COS_AES256_KEY_BYTES, salt, SEAL_SALT_BYTES);
}

void seal_run_write(uint8_t out[SEAL_RUN_BYTES], const uint8_t nonce[COS_CTR_NONCE_BYTES],
                    uint64_t bytes)
{
    memcpy(out, nonce, COS_CTR_NONCE_BYTES);
    for (size_t i = 0; i < 8; i++) {
        out[COS_CTR_NONCE_BYTES + i] = (uint8_t)(bytes >> (56 - 8 * i));
    }
}

bool seal_is_of(struct cos_span seal, const uint8_t key[COS_AES256_KEY_BYTES])
{
    if (seal.len < SEAL_HEAD_BYTES) {
        return false;
    }
    uint8_t head[SEAL_HEAD_BYTES];
    seal_head_write(head, (const uint8_t *)seal.ptr, key);
    return cos_equal_ct(cos_span_sub(seal, 0, SEAL_HEAD_BYTES),
                        cos_span_make(head, sizeof(head)));
}

/* Where in which run. */
struct place {
    const uint8_t *nonce;
    uint64_t in_run, left_in_run;
};

static bool find(struct cos_span seal, uint64_t offset, struct place *out)
{
    for (size_t at = SEAL_HEAD_BYTES; at + SEAL_RUN_BYTES <= seal.len; at += SEAL_RUN_BYTES) {
        const uint8_t *run = (const uint8_t *)seal.ptr + at;
        uint64_t bytes = 0;
        for (size_t i = 0; i < 8; i++) {
            bytes = bytes << 8 | run[COS_CTR_NONCE_BYTES + i];
        }
        if (offset < bytes) {
            *out = (struct place){run, offset, bytes - offset};
            return true;
        }
        offset -= bytes;
    }
    return false;
}

/* Decrypt in place what was read from @offset on. */
static int64_t open_bytes(const struct sealed *s, uint64_t offset, uint8_t *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        struct place at;
        if (!find(s->seal, offset + done, &at)) {
            return -EIO;
        }
        size_t step = n - done < at.left_in_run ? n - done : (size_t)at.left_in_run;
        COS_CLEANUP(cos_ctr_deinit) struct cos_ctr ctr = {0};
        if (!cos_ctr_init(&ctr, s->key, at.nonce, at.in_run)) {
            return -ENOMEM;
        }
        cos_ctr_xor(&ctr, bytes + done, bytes + done, step);
        done += step;
    }
    return (int64_t)n;
}

int64_t sealed_read(const struct sealed *s, uint64_t offset, void *buf, size_t n)
{
    int64_t got = s->blob == NULL ? 0 : blob_read(s->blob, offset, buf, n);
    return got <= 0 ? got : open_bytes(s, offset, buf, (size_t)got);
}

int sealed_each(const struct sealed *s, uint64_t offset, uint64_t n,
                void (*visit)(void *ctx, const void *bytes, size_t n), void *ctx)
{
    uint8_t piece[PIECE_BYTES];
    int r = 0;
    for (uint64_t done = 0; r == 0 && done < n;) {
        size_t step = n - done < sizeof(piece) ? (size_t)(n - done) : sizeof(piece);
        int64_t got = sealed_read(s, offset + done, piece, step);
        if (got <= 0) {
            r = got == 0 ? -EIO : (int)got;
            break;
        }
        visit(ctx, piece, (size_t)got);
        done += (uint64_t)got;
    }
    cos_wipe(piece, sizeof(piece));
    return r;
}
