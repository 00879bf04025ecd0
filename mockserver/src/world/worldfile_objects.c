/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects that a world file puts into its buckets: small ones, with what PUT Object would
 * keep beside the bytes. They are in the batch that makes the world, so there is no moment at
 * which a bucket is there without them, and a reset has them again.
 */
#include "world/worldfile_inside.h"

#include "cam/acl.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "world/bucket_documents.h"
#include "world/differences.h"

#define KEY_MAX_BYTES 850     /* cos-wire.md s.2.0 */
#define HEADER_MAX_BYTES 2048 /* cos-operations-1.md s.1 */
#define TAGS_MAX 10           /* cos-operations-1.md s.5.2 */
#define META "x-cos-meta-"

/* In the spelling that answers have. */
static const char *const header_names[] = {
    "Content-Type",     "Cache-Control",    "Content-Disposition",
    "Content-Encoding", "Content-Language", "Expires",
};

/* --- reading --- */

/* cos-wire.md s.2.0: CAN, EM, SUB and ESC stand in no key. */
static int check_key(const struct loader *l, const struct cos_yaml *n)
{
    const char *key = cos_yaml_key(n);
    size_t len = strlen(key);
    if (len == 0 || len > KEY_MAX_BYTES) {
        return worldfile_bad(l, n, "a key has 1 to %d bytes, not %zu", KEY_MAX_BYTES, len);
    }
    return strpbrk(key, "\x18\x19\x1a\x1b") == NULL
               ? 0
               : worldfile_bad(l, n, "a key cannot hold the control characters 0x18 to 0x1B");
}

static struct cos_span spelling_of(const struct loader *l, const char *name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(header_names); i++) {
        if (cos_span_eq_nocase(cos_span_of(name), cos_span_of(header_names[i]))) {
            return cos_span_of(header_names[i]);
        }
    }
    struct cos_span meta = cos_arena_lower(&l->draft->texts, cos_span_of(name));
    return cos_span_starts(meta, COS_SPAN_LIT(META)) && meta.len > strlen(META) &&
                   cos_span_chr(meta, '_') == SIZE_MAX
               ? meta
               : COS_SPAN_EMPTY;
}

static int load_header(const struct loader *l, const struct cos_yaml *n, struct file_object *o)
{
    int r = worldfile_want(l, n, COS_YAML_SCALAR, cos_yaml_key(n));
    if (r < 0) {
        return r;
    }
    struct cos_span name = spelling_of(l, cos_yaml_key(n));
    const char *value = cos_yaml_str(n);
    if (name.len == 0) {
        return worldfile_bad(l, n,
                             "'%.80s' is no header of an object here: Content-Type, "
                             "Cache-Control, Content-Disposition, Content-Encoding, "
                             "Content-Language, Expires and " META "*, without '_'",
                             cos_yaml_key(n));
    }
    if (value[0] == '\0' || strlen(value) > HEADER_MAX_BYTES ||
        strpbrk(value, "\r\n") != NULL) {
        return worldfile_bad(l, n, "a header is one line of 1 to %d bytes", HEADER_MAX_BYTES);
    }
    o->headers[o->n_headers++] = (struct object_header){name, cos_span_of(value)};
    return 0;
}

/* Content-Type first, as it is kept of every object. */
static int load_headers(const struct loader *l, const struct cos_yaml *map,
                        struct file_object *o)
{
    size_t n = 1;
    int r = map == NULL ? 0 : worldfile_want(l, map, COS_YAML_MAPPING, "headers");
    for (const struct cos_yaml *v = cos_yaml_first(map); v != NULL && r == 0;
         v = cos_yaml_next(v)) {
        n++;
    }
    o->headers = cos_arena_array(&l->draft->texts, n, sizeof(*o->headers));
    if (o->headers == NULL) {
        return worldfile_no_memory(l, "headers");
    }
    bool has_type = false;
    for (const struct cos_yaml *v = cos_yaml_first(map); v != NULL && r == 0;
         v = cos_yaml_next(v)) {
        r = load_header(l, v, o);
        has_type = has_type || (r == 0 && cos_span_eq_str(o->headers[o->n_headers - 1].name,
                                                          header_names[0]));
    }
    if (!has_type && r == 0) {
        o->headers[o->n_headers++] =
            (struct object_header){cos_span_of(header_names[0]),
                                   cos_span_of(world_content_type(l->t, o->key))};
    }
    return r;
}

static int load_acl(const struct loader *l, const struct cos_yaml *n, struct file_object *o)
{
    struct acl ignored;
    int r = n == NULL ? 0 : worldfile_want(l, n, COS_YAML_SCALAR, "acl");
    if (n == NULL || r < 0) {
        return r;
    }
    o->acl = cos_span_of(cos_yaml_str(n));
    return acl_read(o->acl, ACL_OF_OBJECT, &ignored)
               ? 0
               : worldfile_bad(l, n,
                               "'%.80s': an acl of an object is private, public-read, "
                               "authenticated-read or bucket-owner-read and its like, or '-', "
                               "and behind it grants such as READ:100000000001",
                               o->acl.ptr);
}

static int load_tags(const struct loader *l, const struct cos_yaml *n, struct bucket_draft *b,
                     struct file_object *o)
{
    size_t n_tags = 0;
    for (const struct cos_yaml *v = cos_yaml_first(n); v != NULL; v = cos_yaml_next(v)) {
        n_tags++;
    }
    if (n_tags > TAGS_MAX) {
        return worldfile_bad(l, n, "an object has at most %d tags, not %zu", TAGS_MAX, n_tags);
    }
    return n == NULL ? 0 : worldfile_read_tags(l, n, b, &o->tags);
}

static int load_bytes(const struct loader *l, const struct cos_yaml *n, struct file_object *o)
{
    const struct cos_yaml *text = cos_yaml_get(n, "text");
    const struct cos_yaml *file = cos_yaml_get(n, "file");
    if ((text == NULL) == (file == NULL)) {
        return worldfile_bad(l, n,
                             "the bytes of an object are 'text' or a 'file', one of them");
    }
    int r = worldfile_want(l, text == NULL ? file : text, COS_YAML_SCALAR,
                           text == NULL ? "file" : "text");
    if (r < 0 || text == NULL) {
        return r < 0 ? r : worldfile_read_file(l, file, &o->bytes);
    }
    o->bytes = cos_span_of(cos_yaml_str(text));
    return 0;
}

static int load_details(const struct loader *l, const struct cos_yaml *n,
                        struct bucket_draft *b, struct file_object *o)
{
    int r = worldfile_want_map(l, n, "objects", "text|file|acl|tags|headers");
    r = r < 0 ? r : load_bytes(l, n, o);
    r = r < 0 ? r : load_acl(l, cos_yaml_get(n, "acl"), o);
    r = r < 0 ? r : load_tags(l, cos_yaml_get(n, "tags"), b, o);
    return r < 0 ? r : load_headers(l, cos_yaml_get(n, "headers"), o);
}

static int load_object(const struct loader *l, const struct cos_yaml *n, struct bucket_draft *b)
{
    struct file_object *o = cos_arena_alloc(&l->draft->texts, sizeof(*o));
    if (o == NULL) {
        return worldfile_no_memory(l, "an object");
    }
    *o = (struct file_object){.next = b->first_object, .key = cos_span_of(cos_yaml_key(n))};
    b->first_object = o;
    int r = check_key(l, n);
    if (r < 0 || cos_yaml_kind(n) != COS_YAML_SCALAR) {
        return r < 0 ? r : load_details(l, n, b, o);
    }
    o->bytes = cos_span_of(cos_yaml_str(n));
    return load_headers(l, /* map= */ NULL, o);
}

int worldfile_load_objects(const struct loader *l, const struct cos_yaml *map,
                           struct bucket_draft *b)
{
    int r = map == NULL ? 0 : worldfile_want(l, map, COS_YAML_MAPPING, "objects");
    for (const struct cos_yaml *n = cos_yaml_first(map); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_object(l, n, b);
    }
    return r;
}

/* --- making --- */

static struct blob *blob_of(struct cosmock_tenant *t, struct cos_span bytes)
{
    struct blob_writer *w = t->rows->ops->blob_writer(t->rows, bytes.len);
    if (w != NULL && blob_writer_add(w, bytes.ptr, bytes.len) < 0) {
        blob_writer_free(w);
        w = NULL;
    }
    return w == NULL ? NULL : blob_writer_done(w);
}

static void etag_of(const struct file_object *o, char out[33])
{
    cos_md5_hex(out, o->bytes.ptr, o->bytes.len);
}

int worldfile_make_objects(const struct loader *l, const struct bucket_draft *b,
                           enum versioning versioning)
{
    struct store_bucket stored = b->made->stored;
    stored.versioning = versioning;
    for (const struct file_object *o = b->first_object; o != NULL; o = o->next) {
        char etag[33];
        etag_of(o, etag);
        struct object_draft draft = {
            .key = o->key,
            .blob = blob_of(l->t, o->bytes),
            .etag = cos_span_of(etag),
            .crc64 = cos_crc64(0, o->bytes.ptr, o->bytes.len),
            .mtime_unix_ms = cosmock_clock_now_unix_ms(l->t, COSMOCK_CLOCK_MODIFICATION),
            .headers = o->headers,
            .n_headers = o->n_headers,
        };
        if (draft.blob == NULL) {
            return worldfile_no_memory(l, o->key.ptr);
        }
        draft.facets.of[FACET_ACL] = o->acl;
        draft.facets.of[FACET_TAGS] = o->tags;
        objects_put_first(l->draft->batch, &stored, &draft);
    }
    return 0;
}

void worldfile_compare_objects(const struct differences *all, const struct bucket_draft *b)
{
    for (const struct file_object *o = b->first_object; o != NULL; o = o->next) {
        char etag[33];
        etag_of(o, etag);
        differences_of_object(all, cos_yaml_str(b->at),
                              &(struct object_said){o->key, cos_span_of(etag), o->acl,
                                                    o->tags});
    }
}
