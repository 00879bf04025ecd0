/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored headers: the standard ones, x-cos-meta-*, the storage class unless it is STANDARD
 * (HEAD must not show that one: cos-wire.md s.2.1), server-side encryption with the
 * service's own keys (echoed, as in the Upload Part samples of the documents). What asks for
 * encryption with the caller's keys is refused: an answer that pretends would be worse. ACL,
 * grants, tags and traffic limits are accepted and without effect (docs/DEVIATIONS.md).
 */
#include "services/stored.h"

#include "exchange/xml_out.h"
#include "services/names.h"
#include "services/service.h"

#include <strings.h>

#define META_MAX_BYTES 2048 /* cos-wire.md s.2.0 */

/* In the case responses show. */
static const char *const standard_names[] = {
    "Content-Type",     "Cache-Control",    "Content-Disposition",
    "Content-Encoding", "Content-Language", "Expires",
};

/* What is kept is spelt as COS does, whatever the service it came by calls it. */
static const char *kept_name(enum header_name which)
{
    return names_cos_headers[which].name;
}

static char *text_of(struct cosmock_exchange *x, struct cos_span s)
{
    char *copy = cos_arena_alloc(&x->arena, s.len + 1); /* zeroed */
    if (copy != NULL && s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

static void add(struct cosmock_exchange *x, struct stored_headers *out, struct cos_span name,
                struct cos_span value)
{
    struct object_header *h = &out->items[out->n];
    h->name = text_of(x, name);
    h->value = text_of(x, value);
    if (h->name != NULL && h->value != NULL) {
        out->n++;
    }
}

static bool storage_class_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    enum word word;
    if (!choice_read(x, CHOICE_STORAGE_CLASS, &word)) {
        return false;
    }
    if (word != WORD_NONE && word != WORD_STANDARD) {
        add(x, out, cos_span_of(kept_name(HEADER_STORAGE_CLASS)),
            cos_span_of(word_spelling(word)));
    }
    return true;
}

bool stored_encryption_check(struct cosmock_exchange *x)
{
    if (header_of(x, HEADER_CUSTOMER_ENCRYPTION).ptr == NULL) {
        return true;
    }
    service_refuse_saying(x, "NotImplemented", "%s is not implemented",
                          header_spelling(x, HEADER_CUSTOMER_ENCRYPTION));
    return false;
}

static bool encryption_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    enum word word;
    if (!stored_encryption_check(x) || !choice_read(x, CHOICE_ENCRYPTION, &word)) {
        return false;
    }
    if (word == WORD_NONE) {
        return true;
    }
    if (word != WORD_AES256) {
        service_refuse_saying(x, "NotImplemented", "%s: %s is not implemented",
                              header_spelling(x, HEADER_ENCRYPTION), word_spelling(word));
        return false;
    }
    add(x, out, cos_span_of(kept_name(HEADER_ENCRYPTION)), cos_span_of(word_spelling(word)));
    return true;
}

static bool acl_check(struct cosmock_exchange *x)
{
    enum word ignored;
    return choice_read(x, CHOICE_ACL, &ignored);
}

static bool meta_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    struct cos_span prefix = name_stem(header_spelling(x, HEADER_META));
    size_t bytes = 0;
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        if (!cos_span_starts_nocase(h->name, prefix)) {
            continue;
        }
        bytes += h->name.len - prefix.len + h->value.len;
        add(x, out, cos_arena_lower(&x->arena, h->name), h->value);
    }
    if (bytes > META_MAX_BYTES) {
        service_refuse(x, "MetadataTooLarge");
        return false;
    }
    return true;
}

static void standard_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(standard_names); i++) {
        struct cos_span value = header_get(x, standard_names[i]);
        if (value.ptr != NULL && value.len > 0) {
            add(x, out, cos_span_of(standard_names[i]), value);
        } else if (i == 0) {
            add(x, out, cos_span_of(standard_names[i]),
                cos_span_of(world_content_type(x->tenant, x->route.key)));
        }
    }
}

static bool table_new(struct cosmock_exchange *x, size_t n, struct stored_headers *out)
{
    out->items = cos_arena_array(&x->arena, n, sizeof(struct object_header));
    out->n = 0;
    return out->items != NULL;
}

bool stored_collect(struct cosmock_exchange *x, struct stored_headers *out)
{
    size_t most = x->parts.n_headers + COS_ARRAY_LEN(standard_names) + 2;
    if (!table_new(x, most, out)) {
        return false;
    }
    standard_add(x, out);
    return acl_check(x) && storage_class_add(x, out) && encryption_add(x, out) &&
           meta_add(x, out) && !x->arena.failed;
}

bool stored_collect_copy(struct cosmock_exchange *x, const struct object *source,
                         struct stored_headers *out)
{
    if (!table_new(x, source->n_headers + 2, out)) {
        return false;
    }
    for (size_t i = 0; i < source->n_headers; i++) {
        const struct object_header *h = &source->headers[i];
        if (strcasecmp(h->name, kept_name(HEADER_STORAGE_CLASS)) != 0 &&
            strcasecmp(h->name, kept_name(HEADER_ENCRYPTION)) != 0) {
            out->items[out->n++] = *h; /* copied before the source is let go */
        }
    }
    return acl_check(x) && storage_class_add(x, out) && encryption_add(x, out) &&
           !x->arena.failed;
}

static const char *find(const struct object_header *headers, size_t n, enum header_name which)
{
    const char *name = kept_name(which);
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(headers[i].name, name) == 0) {
            return headers[i].value;
        }
    }
    return NULL;
}

static bool is_archived(enum word storage_class)
{
    return storage_class == WORD_ARCHIVE || storage_class == WORD_DEEP_ARCHIVE ||
           storage_class == WORD_MAZ_ARCHIVE || storage_class == WORD_MAZ_DEEP_ARCHIVE;
}

bool stored_readable_check(struct cosmock_exchange *x, const struct object *o)
{
    if (!is_archived(stored_storage_class(o->headers, o->n_headers))) {
        return true;
    }
    stored_echo(x, HEADER_STORAGE_CLASS, o->headers, o->n_headers); /* GET Object, example 8 */
    service_refuse(x, "InvalidObjectState");
    return false;
}

void stored_echo(struct cosmock_exchange *x, enum header_name which,
                 const struct object_header *headers, size_t n)
{
    const char *value = find(headers, n, which);
    if (value != NULL) {
        result_header_of(x, which, cos_arena_span(&x->arena, cos_span_of(value)));
    }
}

enum word stored_storage_class(const struct object_header *headers, size_t n)
{
    const char *value = find(headers, n, HEADER_STORAGE_CLASS);
    return value == NULL ? WORD_STANDARD
                         : choice_word(CHOICE_STORAGE_CLASS, cos_span_of(value));
}

void stored_xml_class(struct cos_buf *b, const struct object_header *headers, size_t n)
{
    xml_out_text(b, "StorageClass",
                 cos_span_of(word_spelling(stored_storage_class(headers, n))));
}
