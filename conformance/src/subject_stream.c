/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams of the protocol: whole-file write and read, and the stepwise forms. Bytes are
 * generated, hashed and dropped here, so that nothing large crosses the protocol.
 */
#include "subject_internal.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "gen.h"

#include <string.h>

#define DEFAULT_CHUNK 65536
#define MAX_CHUNK ((int64_t)16 << 20)
#define MAX_TEXT_BACK ((size_t)64 << 10)
#define GUARD 0xA5 /* what a read buffer holds outside the place to fill */

/* ---- what to write ---- */

struct source {
    /* NULL: generated. */
    const char *text;
    size_t at;
    /* Left. */
    uint64_t bytes;
    struct gen gen;
};

static bool source_of(struct call *c, struct source *src)
{
    *src = (struct source){0};
    const struct cos_json *data = cos_json_get(c->request, "data");
    const char *text = cos_json_str(cos_json_get(data, "text"));
    const struct cos_json *gen = cos_json_get(data, "gen");
    if (text != NULL) {
        src->text = text;
        src->bytes = strlen(text);
        return true;
    }
    int64_t seed = 0, size = -1, skip = 0;
    (void)cos_json_i64(cos_json_get(gen, "seed"), &seed);
    (void)cos_json_i64(cos_json_get(gen, "skip"), &skip);
    if (!cos_json_i64(cos_json_get(gen, "size"), &size) || size < 0 || skip < 0) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: 'data' is neither text nor gen");
        return false;
    }
    gen_init(&src->gen, (uint64_t)seed);
    gen_skip(&src->gen, (uint64_t)skip);
    src->bytes = (uint64_t)size;
    return true;
}

static size_t source_next(struct source *src, char *buf, size_t cap)
{
    size_t n = src->bytes < cap ? (size_t)src->bytes : cap;
    if (src->text != NULL) {
        memcpy(buf, src->text + src->at, n);
        src->at += n;
    } else {
        gen_fill(&src->gen, buf, n);
    }
    src->bytes -= n;
    return n;
}

static size_t chunk_of(struct call *c)
{
    int64_t chunk = protocol_i64_or(c, "chunk", DEFAULT_CHUNK);
    if (chunk <= 0 || chunk > MAX_CHUNK) {
        chunk = DEFAULT_CHUNK;
    }
    return (size_t)chunk;
}

struct summer {
    struct cos_digest digest;
    uint64_t bytes;
};

static void summer_add(struct summer *s, const void *bytes, size_t n)
{
    cos_digest_update(&s->digest, bytes, n);
    s->bytes += n;
}

static void summer_write(struct summer *s, struct cos_jw *w, const char *len_name)
{
    uint8_t sum[COS_DIGEST_MAX_BYTES];
    char hex[2 * COS_DIGEST_MAX_BYTES + 1];
    cos_hex_encode(hex, sum, cos_digest_final(&s->digest, sum));
    cos_jw_u64(w, len_name, s->bytes);
    cos_jw_str(w, "sha256", hex);
}

static char *fs_path(struct call *c, struct handle **out_fs)
{
    *out_fs = protocol_handle(c, "fs", HANDLE_FS);
    const char *path = *out_fs != NULL ? protocol_str(c, "path") : NULL;
    if (path == NULL) {
        return NULL;
    }
    char *absolute = fs_absolute_path(*out_fs, path);
    if (absolute == NULL) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
    }
    return absolute;
}

/* An open stream gets a number, or is let go. */
static void give_number(struct call *c, const char *member, enum handle_kind kind,
                        struct party *party, void *stream)
{
    int64_t number = protocol_handle_add(c, kind, party, stream);
    if (number == 0) {
        handle_close(&(struct handle){.kind = kind, .party = party, .object = stream});
        return;
    }
    cos_jw_i64(&c->w, member, number);
}

/* ---- write ---- */

static bool pump_out(struct call *c, const struct cosn_plugin_table *table,
                     struct cosn_plugin_out *out, struct source *src, struct summer *sum)
{
    size_t cap = chunk_of(c);
    int64_t flush_every = protocol_i64_or(c, "flush_every", 0), since_flush = 0;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    char *buf = cos_malloc(cap);
    if (buf == NULL) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return false;
    }
    bool ok = true;
    while (ok && src->bytes > 0) {
        size_t n = source_next(src, buf, cap);
        ok = protocol_check(c, table->write(out, buf, n, &e), &e);
        if (sum != NULL) {
            summer_add(sum, buf, n);
        }
        since_flush += (int64_t)n;
        if (ok && flush_every > 0 && since_flush >= flush_every) {
            since_flush = 0;
            ok = protocol_check(c, table->flush(out, &e), &e);
        }
    }
    (void)cos_free(buf);
    return ok;
}

/* The file the request names, open for writing as its `mode` says; NULL: the call failed. */
static struct cosn_plugin_out *open_out(struct call *c, struct handle **out_fs)
{
    char *path = fs_path(c, out_fs);
    if (path == NULL) {
        return NULL;
    }
    const struct handle *fs = *out_fs;
    bool create = strcmp(protocol_str_or(c, "mode", "overwrite"), "create") == 0;
    struct cosn_plugin_out *out = NULL;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    int r = fs->party->table->open_out(fs->object, path, create ? 0 : COSN_PLUGIN_OVERWRITE,
                                       &out, &e);
    (void)cos_free(path);
    return protocol_check(c, r, &e) ? out : NULL;
}

static void write_whole(struct call *c, const struct cosn_plugin_table *table,
                        struct cosn_plugin_out *out, struct source *src)
{
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    struct summer sum = {0};
    if (!cos_digest_init(&sum.digest, COS_SHA256)) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
    } else if (pump_out(c, table, out, src, &sum)) {
        int64_t pos = -1;
        if (protocol_check(c, table->out_pos(out, &pos, &e), &e) &&
            protocol_check(c, table->close_out(out, &e), &e)) {
            summer_write(&sum, &c->w, "len");
            cos_jw_i64(&c->w, "pos", pos);
        }
    }
    cos_digest_deinit(&sum.digest);
}

void run_write(struct call *c)
{
    struct source src;
    struct handle *fs;
    struct cosn_plugin_out *out = source_of(c, &src) ? open_out(c, &fs) : NULL;
    if (out != NULL) {
        write_whole(c, fs->party->table, out, &src);
        fs->party->table->free_out(out);
    }
}

void run_out_open(struct call *c)
{
    struct handle *fs;
    struct cosn_plugin_out *out = open_out(c, &fs);
    if (out != NULL) {
        give_number(c, "out", HANDLE_OUT, fs->party, out);
    }
}

void run_out_write(struct call *c)
{
    struct handle *h = protocol_handle(c, "out", HANDLE_OUT);
    struct source src;
    if (h != NULL && source_of(c, &src)) {
        (void)pump_out(c, h->party->table, h->object, &src, /* sum= */ NULL);
    }
}

void run_out_flush(struct call *c)
{
    struct handle *h = protocol_handle(c, "out", HANDLE_OUT);
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (h != NULL) {
        (void)protocol_check(c, h->party->table->flush(h->object, &e), &e);
    }
}

void run_out_pos(struct call *c)
{
    struct handle *h = protocol_handle(c, "out", HANDLE_OUT);
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    int64_t pos = -1;
    if (h != NULL && protocol_check(c, h->party->table->out_pos(h->object, &pos, &e), &e)) {
        cos_jw_i64(&c->w, "pos", pos);
    }
}

void run_out_close(struct call *c)
{
    struct handle *h = protocol_handle(c, "out", HANDLE_OUT);
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (h != NULL) {
        (void)protocol_check(c, h->party->table->close_out(h->object, &e), &e);
    }
}

void run_out_free(struct call *c)
{
    struct handle *h = protocol_handle(c, "out", HANDLE_OUT);
    if (h != NULL) {
        handle_close(h);
        h->kind = HANDLE_FREE;
    }
}

/* ---- read ---- */

/*
 * Read until @want bytes are there or the end; what was read goes to @sum and, when it fits, to
 * @back.
 */
static bool pump_in(struct call *c, const struct cosn_plugin_table *table,
                    struct cosn_plugin_in *in, int64_t want, struct summer *sum,
                    struct cos_buf *back)
{
    size_t cap = chunk_of(c);
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    char *buf = cos_malloc(cap);
    if (buf == NULL) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return false;
    }
    bool ok = true;
    while (ok && want > 0) {
        size_t ask = (uint64_t)want < cap ? (size_t)want : cap;
        int64_t n = 0;
        ok = protocol_check(c, table->read(in, buf, ask, &n, &e), &e);
        if (!ok || n < 0) {
            break;
        }
        if (n == 0 || (uint64_t)n > ask) {
            protocol_fail(c, COSN_PLUGIN_INTERNAL, "driver: read of %zu bytes answered %lld",
                          ask, (long long)n);
            ok = false;
            break;
        }
        summer_add(sum, buf, (size_t)n);
        cos_buf_append(back, buf, (size_t)n);
        want -= n;
    }
    (void)cos_free(buf);
    return ok;
}

static void read_all(struct call *c, const struct cosn_plugin_table *table,
                     struct cosn_plugin_in *in)
{
    int64_t offset = protocol_i64_or(c, "offset", 0);
    int64_t want = protocol_i64_or(c, "bytes", INT64_MAX);
    const char *form = protocol_str_or(c, "want", "");
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (offset > 0 && !protocol_check(c, table->seek(in, offset, &e), &e)) {
        return;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf back = {0};
    cos_buf_init(&back, MAX_TEXT_BACK);
    struct summer sum = {0};
    if (!cos_digest_init(&sum.digest, COS_SHA256)) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return;
    }
    if (pump_in(c, table, in, want, &sum, &back)) {
        summer_write(&sum, &c->w, "len");
        if (strcmp(form, "text") == 0 && !back.failed) {
            cos_jw_span(&c->w, "text", cos_buf_view(&back));
        } else if (strcmp(form, "b64") == 0 && !back.failed) {
            COS_CLEANUP(cos_buf_deinit) struct cos_buf b64 = {0};
            cos_buf_init(&b64, 2 * MAX_TEXT_BACK);
            cos_base64_append(&b64, back.ptr, back.len);
            cos_jw_span(&c->w, "b64", cos_buf_view(&b64));
        }
    }
    cos_digest_deinit(&sum.digest);
}

/* The file the request names, open for reading; NULL: the call failed. */
static struct cosn_plugin_in *open_in(struct call *c, struct handle **out_fs)
{
    char *path = fs_path(c, out_fs);
    if (path == NULL) {
        return NULL;
    }
    const struct handle *fs = *out_fs;
    struct cosn_plugin_in *in = NULL;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    int r = fs->party->table->open_in(fs->object, path, &in, &e);
    (void)cos_free(path);
    return protocol_check(c, r, &e) ? in : NULL;
}

void run_read(struct call *c)
{
    struct handle *fs;
    struct cosn_plugin_in *in = open_in(c, &fs);
    if (in != NULL) {
        read_all(c, fs->party->table, in);
        fs->party->table->free_in(in);
    }
}

void run_in_open(struct call *c)
{
    struct handle *fs;
    struct cosn_plugin_in *in = open_in(c, &fs);
    if (in != NULL) {
        give_number(c, "in", HANDLE_IN, fs->party, in);
    }
}

static bool is_untouched(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != GUARD) {
            return false;
        }
    }
    return true;
}

/* One read call into a guarded buffer at an offset (Fluss's read(buf, off, len)). */
void run_in_read(struct call *c)
{
    struct handle *h = protocol_handle(c, "in", HANDLE_IN);
    int64_t want;
    int64_t at = protocol_i64_or(c, "buf_off", 0);
    if (h == NULL || !protocol_i64(c, "bytes", &want)) {
        return;
    }
    if (want < 0 || want > MAX_CHUNK || at < 0 || at > MAX_CHUNK) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: bytes and buf_off are 0 to %lld",
                      (long long)MAX_CHUNK);
        return;
    }
    size_t before = (size_t)at, cap = (size_t)want, after = 16;
    uint8_t *buf = cos_malloc(before + cap + after);
    struct summer sum = {0};
    if (buf == NULL || !cos_digest_init(&sum.digest, COS_SHA256)) {
        (void)cos_free(buf);
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return;
    }
    memset(buf, GUARD, before + cap + after);
    int64_t n = 0;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (protocol_check(c, h->party->table->read(h->object, buf + before, cap, &n, &e), &e)) {
        size_t got = n > 0 && (uint64_t)n <= cap ? (size_t)n : 0;
        summer_add(&sum, buf + before, got);
        cos_jw_i64(&c->w, "n", n);
        summer_write(&sum, &c->w, "len");
        cos_jw_bool(&c->w, "clean",
                    is_untouched(buf, before) &&
                        is_untouched(buf + before + got, cap - got + after));
    }
    cos_digest_deinit(&sum.digest);
    (void)cos_free(buf);
}

void run_in_seek(struct call *c)
{
    struct handle *h = protocol_handle(c, "in", HANDLE_IN);
    int64_t pos;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (h != NULL && protocol_i64(c, "pos", &pos)) {
        (void)protocol_check(c, h->party->table->seek(h->object, pos, &e), &e);
    }
}

void run_in_pos(struct call *c)
{
    struct handle *h = protocol_handle(c, "in", HANDLE_IN);
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    int64_t pos = -1;
    if (h != NULL && protocol_check(c, h->party->table->in_pos(h->object, &pos, &e), &e)) {
        cos_jw_i64(&c->w, "pos", pos);
    }
}

void run_in_close(struct call *c)
{
    struct handle *h = protocol_handle(c, "in", HANDLE_IN);
    if (h != NULL) {
        struct cosn_plugin_error e = CALL_ERROR_INIT;
        (void)protocol_check(c, h->party->table->close_in(h->object), &e);
    }
}
