/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side encryption (cos-operations-2.md s.7). With a key of the service (AES256, of the
 * request or of the bucket's default) nobody but the service can tell whether bytes lie there
 * encrypted: it is said, kept and shown. With a key of the caller's own they really are, while
 * they come, so that a wrong key opens nothing; what is kept of the key is store/sealed.h's.
 * The key itself is in the exchange's arena, which is wiped, and in no answer, journal or log.
 *
 * The ETag of such an object or part is its nonce: the documents say only that it is no MD5.
 * So Complete, which gets no key, finds the nonces of the parts where it looks anyway.
 *
 * cos/kms, and a bucket whose default it is, names itself as not built: a key management
 * service is out, and an answer that pretends would be worse. Codes that no document has are
 * [assumed] (docs/DEVIATIONS.md).
 */
#include "services/encryption.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/secret.h"
#include "services/schema.h"
#include "services/service.h"
#include "services/stored.h"

#include <errno.h>

#define ALGORITHM "AES256"

/* --- the caller's keys --- */

/* The three headers of one key. */
struct key_headers {
    enum header_name algorithm, key, md5;
};
static const struct key_headers own_headers = {HEADER_CUSTOMER_ENCRYPTION, HEADER_CUSTOMER_KEY,
                                               HEADER_CUSTOMER_KEY_MD5};
static const struct key_headers source_headers = {HEADER_COPY_SOURCE_CUSTOMER_ENCRYPTION,
                                                  HEADER_COPY_SOURCE_CUSTOMER_KEY,
                                                  HEADER_COPY_SOURCE_CUSTOMER_KEY_MD5};

static bool refuse_key(struct cosmock_exchange *x, enum header_name which, const char *sentence)
{
    service_refuse_saying(x, "InvalidArgument", "%s %s", header_spelling(x, which), sentence);
    return false;
}

/* Base64 of exactly @n bytes. The text is a secret, and in no message. */
static bool decode(struct cos_span text, uint8_t *out, size_t n)
{
    struct cos_buf b;
    cos_buf_init(&b, 256);
    bool is_fine = cos_base64_decode(&b, text) && b.len == n;
    if (is_fine) {
        memcpy(out, b.ptr, n);
    }
    cos_buf_deinit(&b);
    return is_fine;
}

static bool read_key(struct cosmock_exchange *x, const struct key_headers *h,
                     struct customer_key *out)
{
    struct cos_span algorithm = header_of(x, h->algorithm);
    struct cos_span key = header_of(x, h->key);
    struct cos_span md5 = header_of(x, h->md5);
    if (algorithm.len == 0 && key.len == 0 && md5.len == 0) {
        return true;
    }
    if (!cos_span_eq_nocase(algorithm, COS_SPAN_LIT(ALGORITHM)) && algorithm.len > 0) {
        service_refuse_value(x, "SSEContentNotSupported", header_spelling(x, h->algorithm),
                             algorithm);
        return false;
    }
    if (algorithm.len == 0) {
        return refuse_key(x, h->algorithm, "is missing beside its key");
    }
    uint8_t told[COS_MD5_BYTES];
    uint8_t actual[COS_MD5_BYTES];
    if (!decode(key, out->bytes, sizeof(out->bytes))) {
        return refuse_key(x, h->key, "must be base64 of 32 bytes");
    }
    cos_md5(actual, out->bytes, sizeof(out->bytes));
    if (!decode(md5, told, sizeof(told)) || memcmp(told, actual, sizeof(told)) != 0) {
        return refuse_key(x, h->md5, "must be base64 of the MD5 of the key's 32 bytes");
    }
    memcpy(out->md5, actual, sizeof(out->md5));
    out->is_there = true;
    return true;
}

static bool says_key(const struct cosmock_exchange *x, const struct key_headers *h)
{
    return header_of(x, h->algorithm).ptr != NULL || header_of(x, h->key).ptr != NULL ||
           header_of(x, h->md5).ptr != NULL;
}

static bool copies(const struct cosmock_exchange *x)
{
    return x->route.op->resource == OP_RES_COPY;
}

/* Every GET comes here: one walk over its headers, and of most a look at their length. */
static bool says_any_key(const struct cosmock_exchange *x)
{
    static const size_t least = sizeof("x-cos-server-side-encryption-customer-key") - 1;
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        if (x->parts.headers[i].name.len >= least) {
            return says_key(x, &own_headers) || (copies(x) && says_key(x, &source_headers));
        }
    }
    return false;
}

/* Into x->sealing, once. False: refused, or no memory. */
static bool read_keys(struct cosmock_exchange *x)
{
    if (x->sealing != NULL || !says_any_key(x)) {
        return true;
    }
    x->sealing = cos_arena_alloc(&x->arena, sizeof(*x->sealing));
    return x->sealing != NULL && read_key(x, &own_headers, &x->sealing->own) &&
           (!copies(x) || read_key(x, &source_headers, &x->sealing->source));
}

static const struct customer_key *own_key(const struct cosmock_exchange *x)
{
    return x->sealing != NULL && x->sealing->own.is_there ? &x->sealing->own : NULL;
}

static const struct customer_key *source_key(const struct cosmock_exchange *x)
{
    return x->sealing != NULL && x->sealing->source.is_there ? &x->sealing->source : NULL;
}

bool encryption_takes_no_key(struct cosmock_exchange *x)
{
    if (!says_key(x, &own_headers)) {
        return true;
    }
    service_refuse_saying(x, "SSEHeaderNotAllowed", "%s takes no %s", x->route.op->name,
                          header_spelling(x, HEADER_CUSTOMER_ENCRYPTION));
    return false;
}

static void tell(struct cosmock_exchange *x, const uint8_t md5[COS_MD5_BYTES])
{
    char text[COS_BASE64_BYTES(COS_MD5_BYTES)];
    cos_base64_encode(text, md5, COS_MD5_BYTES);
    result_header_of(x, HEADER_CUSTOMER_ENCRYPTION, COS_SPAN_LIT(ALGORITHM));
    result_header_of(x, HEADER_CUSTOMER_KEY_MD5, cos_arena_span(&x->arena, cos_span_of(text)));
}

void encryption_tell_key(struct cosmock_exchange *x)
{
    const struct customer_key *key = own_key(x);
    if (key != NULL) {
        tell(x, key->md5);
    }
}

/* --- what a body becomes --- */

static bool begin_stream(struct cosmock_exchange *x)
{
    struct sealing *s = x->sealing;
    cos_rng_fill(x->tenant->rng, s->nonce, sizeof(s->nonce));
    return cos_ctr_init(&s->stream, s->own.bytes, s->nonce, 0);
}

bool encryption_begin_body(struct cosmock_exchange *x)
{
    if (!read_keys(x)) {
        x->failed = x->failed || x->arena.failed;
        return false;
    }
    if (own_key(x) == NULL) {
        return true;
    }
    x->sealing->has_stream = begin_stream(x);
    x->failed = x->failed || !x->sealing->has_stream;
    return x->sealing->has_stream;
}

static bool is_body_sealed(const struct cosmock_exchange *x)
{
    return x->sealing != NULL && x->sealing->has_stream;
}

static struct cos_span hex_of(struct cosmock_exchange *x, const uint8_t nonce[16])
{
    char hex[2 * COS_CTR_NONCE_BYTES + 1];
    cos_hex_encode(hex, nonce, COS_CTR_NONCE_BYTES);
    return cos_arena_span(&x->arena, cos_span_of(hex));
}

struct cos_span encryption_body_etag(struct cosmock_exchange *x)
{
    return is_body_sealed(x) ? hex_of(x, x->sealing->nonce) : cos_span_of(x->body.md5_hex);
}

/* The head of a seal under the key of the request, with room behind it. */
static uint8_t *new_seal(struct cosmock_exchange *x, size_t bytes)
{
    uint8_t salt[SEAL_SALT_BYTES];
    uint8_t *seal = cos_arena_alloc(&x->arena, SEAL_HEAD_BYTES + bytes);
    if (seal != NULL) {
        cos_rng_fill(x->tenant->rng, salt, sizeof(salt));
        seal_head_write(seal, salt, x->sealing->own.bytes);
    }
    return seal;
}

static struct cos_span seal_of_run(struct cosmock_exchange *x, uint64_t bytes)
{
    uint8_t *seal = new_seal(x, SEAL_RUN_BYTES);
    if (seal == NULL) {
        return (struct cos_span){NULL, 0};
    }
    seal_run_write(seal + SEAL_HEAD_BYTES, x->sealing->nonce, bytes);
    return cos_span_make(seal, SEAL_HEAD_BYTES + SEAL_RUN_BYTES);
}

struct cos_span encryption_body_seal(struct cosmock_exchange *x)
{
    return is_body_sealed(x) ? seal_of_run(x, x->body.sealed_bytes)
                             : (struct cos_span){NULL, 0};
}

static bool refuse_reading(struct cosmock_exchange *x, int r)
{
    if (r == -ENOMEM) {
        x->failed = true;
        return false;
    }
    service_refuse_reading(x, r);
    return false;
}

bool encryption_each_of_body(struct cosmock_exchange *x,
                             void (*visit)(void *ctx, const void *bytes, size_t n), void *ctx)
{
    if (!is_body_sealed(x)) {
        return service_read_all(x, x->body.blob, visit, ctx);
    }
    const struct sealed s = {x->body.blob, encryption_body_seal(x), x->sealing->own.bytes};
    int r = s.seal.ptr == NULL ? -ENOMEM : sealed_each(&s, 0, blob_bytes(s.blob), visit, ctx);
    return r == 0 || refuse_reading(x, r);
}

/* --- with a key of the service --- */

static void *parse_default(struct cos_span text)
{
    struct xml_reading r;
    enum word *out = xml_reading_begin(&r, text) ? cos_malloc(sizeof(*out)) : NULL;
    if (out != NULL) {
        const struct cos_xml *rule = cos_xml_get(r.xml, "Rule");
        const struct cos_xml *by = cos_xml_get(rule, "ApplyServerSideEncryptionByDefault");
        *out = xml_child_is(by, "SSEAlgorithm", ALGORITHM) ? WORD_AES256 : WORD_COS_KMS;
    }
    xml_reading_end(&r);
    return out;
}

static void forget_default(void *value)
{
    (void)cos_free(value);
}

static enum word default_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse_default, forget_default};
    const enum word *word = bucket_document_value(v, BUCKET_ENCRYPTION, &kind);
    return word == NULL ? WORD_NONE : *word;
}

static bool refuse_unbuilt(struct cosmock_exchange *x, bool is_default)
{
    service_refuse_saying(x, "NotImplemented", "%s: %s is not implemented%s",
                          header_spelling(x, HEADER_ENCRYPTION), word_spelling(WORD_COS_KMS),
                          is_default ? " (the default encryption of the bucket)" : "");
    return false;
}

bool encryption_choose(struct cosmock_exchange *x, enum word *out)
{
    *out = WORD_NONE;
    if (!read_keys(x) || !choice_read(x, CHOICE_ENCRYPTION, out)) {
        return false;
    }
    if (*out != WORD_NONE && own_key(x) != NULL) {
        service_refuse_saying(x, "InvalidArgument", "%s and %s exclude each other",
                              header_spelling(x, HEADER_ENCRYPTION),
                              header_spelling(x, HEADER_CUSTOMER_ENCRYPTION));
        return false;
    }
    bool is_default = *out == WORD_NONE && own_key(x) == NULL;
    if (is_default) {
        *out = default_of(&x->target.at);
    }
    return *out != WORD_COS_KMS || refuse_unbuilt(x, is_default);
}

/* --- reading --- */

static bool refuse_wrong_key(struct cosmock_exchange *x)
{
    service_refuse(x, "SsecDecryptHeaderInvalid");
    return false;
}

/* @key opens what @o keeps; NULL: there is none. */
static bool opens(struct cosmock_exchange *x, const struct object *o,
                  const struct customer_key *key)
{
    struct cos_span seal = object_facet(o, FACET_SSE);
    if (seal.ptr == NULL) {
        if (key != NULL) {
            service_refuse_saying(x, "InvalidRequest",
                                  "The object is not encrypted with a key of the caller's");
        }
        return key == NULL;
    }
    return (key != NULL && seal_is_of(seal, key->bytes)) || refuse_wrong_key(x);
}

/* "Only signed requests" (guide, server-side encryption). */
static bool anonymous_check(struct cosmock_exchange *x, const struct object *o)
{
    bool is_anonymous =
        x->principal.who.kind == CAM_ANONYMOUS && SWITCH_IS(x->tenant, ENFORCEMENT, ENFORCE);
    if (!is_anonymous || (object_facet(o, FACET_SSE).ptr == NULL &&
                          stored_value_kept(o->headers, HEADER_ENCRYPTION).ptr == NULL)) {
        return true;
    }
    x->identity.detail = COS_SPAN_LIT("an encrypted object is read by signed requests only");
    service_refuse(x, "AccessDenied");
    return false;
}

bool encryption_permits_read(struct cosmock_exchange *x, const struct object *o, bool is_head)
{
    if (header_of(x, HEADER_ENCRYPTION).ptr != NULL &&
        SWITCH_IS(x->tenant, SSE_ON_READ, REFUSE)) {
        service_refuse_saying(x, "SSEHeaderNotAllowed", "%s takes no %s", x->route.op->name,
                              header_spelling(x, HEADER_ENCRYPTION));
        return false;
    }
    if (!anonymous_check(x, o) || !read_keys(x)) {
        return false;
    }
    struct cos_span seal = object_facet(o, FACET_SSE);
    bool is_told = is_head && seal.ptr != NULL && own_key(x) == NULL &&
                   SWITCH_IS(x->tenant, SSEC_HEAD, ANSWER);
    if (!is_told && !opens(x, o, own_key(x))) {
        return false;
    }
    x->result.seal = seal;
    encryption_tell_key(x);
    return true;
}

bool encryption_permits_copy(struct cosmock_exchange *x, const struct object *o)
{
    return read_keys(x) && opens(x, o, source_key(x));
}

bool encryption_differs(const struct cosmock_exchange *x, const struct object *o)
{
    return own_key(x) != NULL || object_facet(o, FACET_SSE).ptr != NULL;
}

/* --- copies --- */

struct rewriting {
    struct cosmock_exchange *x;
    struct blob_writer *writer;
    struct cos_digest md5;
    uint64_t crc64;
    bool is_sealed;
    int r; /* of the writer */
};

static void rewrite(void *ctx, const void *bytes, size_t n)
{
    struct rewriting *w = ctx;
    cos_digest_update(&w->md5, bytes, n);
    w->crc64 = cos_crc64(w->crc64, bytes, n);
    uint8_t piece[4096];
    for (size_t done = 0; w->r == 0 && done < n;) {
        size_t step = n - done < sizeof(piece) ? n - done : sizeof(piece);
        const uint8_t *from = (const uint8_t *)bytes + done;
        if (w->is_sealed) {
            cos_ctr_xor(&w->x->sealing->stream, piece, from, step);
            from = piece;
        }
        w->r = blob_writer_add(w->writer, from, step);
        done += step;
    }
}

static int rewrite_all(struct rewriting *w, const struct object *o, uint64_t first, uint64_t n)
{
    struct cos_span seal = object_facet(o, FACET_SSE);
    if (seal.ptr != NULL) {
        const struct sealed s = {o->row->blob, seal, w->x->sealing->source.bytes};
        return sealed_each(&s, first, n, rewrite, w);
    }
    struct blob *slice = o->row->blob == NULL ? NULL : blob_slice(o->row->blob, first, n);
    int r = slice == NULL && n > 0 ? -ENOMEM : blob_each(slice, rewrite, w);
    blob_unref(slice);
    return r;
}

static bool refuse_writing(struct cosmock_exchange *x, int r)
{
    bool is_room = r == BLOB_NO_ROOM || r == BLOB_IO;
    x->identity.detail = COS_SPAN_LIT("no room for the bytes of the copy");
    if (is_room) {
        exchange_refuse_backend(x, STAGE_EXECUTE, r == BLOB_IO ? BACKEND_IO : BACKEND_NO_ROOM,
                                x->identity.detail);
    } else {
        service_refuse(x, x->service->codes[CODE_NO_ROOM]);
    }
    return false;
}

/* What the copy is known by. */
static void describe_copy(struct rewriting *w, uint64_t n, struct encrypted_copy *out)
{
    uint8_t md5[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(&w->md5, md5);
    out->etag = hex_of(w->x, w->is_sealed ? w->x->sealing->nonce : md5);
    out->seal = w->is_sealed ? seal_of_run(w->x, n) : (struct cos_span){NULL, 0};
    out->crc64 = w->crc64;
}

bool encryption_copy(struct cosmock_exchange *x, const struct object *o, uint64_t first,
                     uint64_t n, struct encrypted_copy *out)
{
    struct backend *rows = x->tenant->rows;
    struct rewriting w = {.x = x, .is_sealed = own_key(x) != NULL};
    if ((w.is_sealed && !begin_stream(x)) || !cos_digest_init(&w.md5, COS_MD5)) {
        x->failed = true;
        return false;
    }
    w.writer = rows->ops->blob_writer(rows, n);
    int r = w.writer == NULL ? -ENOMEM : rewrite_all(&w, o, first, n);
    bool is_done = r == 0 && w.r == 0;
    if (is_done) {
        describe_copy(&w, n, out);
        out->blob = blob_writer_done(w.writer);
        is_done = out->blob != NULL && !x->arena.failed;
        x->failed = x->failed || !is_done;
    } else {
        (void)blob_writer_free(w.writer);
        (void)(r != 0 ? refuse_reading(x, r) : refuse_writing(x, w.r));
    }
    cos_digest_deinit(&w.md5);
    return is_done;
}

/* --- uploads: a head, then the key's MD5, which Complete has to tell --- */

#define UPLOAD_SEAL_BYTES (SEAL_HEAD_BYTES + COS_MD5_BYTES)

struct cos_span encryption_upload_seal(struct cosmock_exchange *x)
{
    const struct customer_key *key = own_key(x);
    uint8_t *seal = key == NULL ? NULL : new_seal(x, COS_MD5_BYTES);
    if (seal == NULL) {
        return (struct cos_span){NULL, 0};
    }
    memcpy(seal + SEAL_HEAD_BYTES, key->md5, COS_MD5_BYTES);
    return cos_span_make(seal, UPLOAD_SEAL_BYTES);
}

bool encryption_fits_upload(struct cosmock_exchange *x, const struct upload *u)
{
    struct cos_span seal = facets_get(u->facets, FACET_SSE);
    const struct customer_key *key = own_key(x);
    if (seal.ptr == NULL && key != NULL) {
        service_refuse_saying(x, "InvalidRequest",
                              "The upload was not begun with a key of the caller's");
        return false;
    }
    bool fits = seal.ptr == NULL || (key != NULL && seal_is_of(seal, key->bytes));
    return fits || refuse_wrong_key(x);
}

void encryption_tell_upload(struct cosmock_exchange *x, const struct upload *u)
{
    struct cos_span seal = facets_get(u->facets, FACET_SSE);
    if (seal.len == UPLOAD_SEAL_BYTES) {
        tell(x, (const uint8_t *)seal.ptr + SEAL_HEAD_BYTES);
    }
}

struct cos_span encryption_joined_seal(struct cosmock_exchange *x, const struct upload *u,
                                       const struct upload_part *const *parts, size_t n)
{
    struct cos_span head = facets_get(u->facets, FACET_SSE);
    uint8_t *seal =
        head.len < SEAL_HEAD_BYTES ? NULL : cos_arena_array(&x->arena, n + 2, SEAL_RUN_BYTES);
    if (seal == NULL) {
        return (struct cos_span){NULL, 0};
    }
    memcpy(seal, head.ptr, SEAL_HEAD_BYTES);
    uint8_t *at = seal + SEAL_HEAD_BYTES;
    for (size_t i = 0; i < n; i++, at += SEAL_RUN_BYTES) {
        uint8_t nonce[COS_CTR_NONCE_BYTES] = {0};
        (void)cos_hex_decode(nonce, sizeof(nonce), parts[i]->etag); /* our own hex */
        seal_run_write(at, nonce, parts[i]->bytes);
    }
    return cos_span_make(seal, (size_t)(at - seal));
}
