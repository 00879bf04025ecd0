/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored headers: the standard ones, x-cos-meta-*, the storage class unless it is STANDARD
 * (HEAD must not show that one: cos-wire.md s.2.1), server-side encryption with the
 * service's own keys (services/encryption.c).
 */
#include "services/stored.h"

#include "exchange/aws_body.h"
#include "exchange/xml_out.h"
#include "services/acl.h"
#include "services/encryption.h"
#include "services/names.h"
#include "services/restore.h"
#include "services/retention.h"
#include "services/service.h"
#include "services/storage_class.h"
#include "services/tags.h"
#include "services/tier.h"

#define META_MAX_BYTES 2048 /* of one header: cos-operations-1.md s.1 */

/* In the case responses show. */
static const char *const standard_names[] = {
    "Content-Type",     "Cache-Control",    "Content-Disposition",
    "Content-Encoding", "Content-Language", "Expires",
};
enum { CONTENT_ENCODING = 3 };

/* What is kept is spelt as COS does, whatever the service it came by calls it. */
static const char *kept_name(enum header_name which)
{
    return names_cos_headers[which].name;
}

static bool is_kept_name(struct cos_span name, enum header_name which)
{
    return cos_span_eq_nocase(name, cos_span_of(kept_name(which)));
}

static void add(struct stored_headers *out, struct cos_span name, struct cos_span value)
{
    out->items[out->n++] = (struct object_header){name, value};
}

static bool storage_class_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    enum word word;
    if ((x->route.op->heeds & HEEDS(THEME_CLASS)) == 0) {
        return true; /* a link: STANDARD, wherever it lies */
    }
    if (!storage_class_choose(x, &word)) {
        return false;
    }
    if (word != WORD_STANDARD) {
        add(out, cos_span_of(kept_name(HEADER_STORAGE_CLASS)),
            cos_span_of(word_spelling(word)));
    }
    return true;
}

static bool encryption_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    enum word word;
    if (!encryption_choose(x, &word)) {
        return false;
    }
    if (word != WORD_NONE) {
        add(out, cos_span_of(kept_name(HEADER_ENCRYPTION)), cos_span_of(word_spelling(word)));
    }
    return true;
}

static struct cos_span kept_meta_name(struct cosmock_exchange *x, struct cos_span suffix)
{
    const struct cos_span parts[] = {name_stem(kept_name(HEADER_META)),
                                     cos_arena_lower(&x->arena, suffix)};
    return cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
}

static bool meta_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    struct cos_span prefix = name_stem(header_spelling(x, HEADER_META));
    size_t bytes = 0;
    size_t most = 0;
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        if (!cos_span_starts_nocase(h->name, prefix)) {
            continue;
        }
        size_t n = h->name.len - prefix.len + h->value.len;
        bytes += n;
        most = n > most ? n : most;
        add(out, kept_meta_name(x, cos_span_from(h->name, prefix.len)), h->value);
    }
    if (bytes > 0 &&
        (most > META_MAX_BYTES ||
         bytes > (uint64_t)world_switch_number(x->tenant, SWITCH_METADATA_BYTES))) {
        service_refuse(x, "MetadataTooLarge");
        return false;
    }
    return true;
}

static void standard_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(standard_names); i++) {
        struct cos_span value = i == CONTENT_ENCODING ? aws_body_content_encoding(x)
                                                      : header_get(x, standard_names[i]);
        if (value.ptr != NULL && value.len > 0) {
            add(out, cos_span_of(standard_names[i]), value);
        } else if (i == 0) {
            add(out, cos_span_of(standard_names[i]),
                cos_span_of(world_content_type(x->tenant, x->route.key)));
        }
    }
}

static bool table_new(struct cosmock_exchange *x, size_t n, struct stored_headers *out)
{
    *out = (struct stored_headers){
        .items = cos_arena_array(&x->arena, n, sizeof(struct object_header)),
    };
    return out->items != NULL;
}

/* An empty one says nothing. */
static bool tags_add(struct cosmock_exchange *x, struct stored_headers *out)
{
    struct cos_span sent = header_of(x, HEADER_TAGGING);
    return sent.len == 0 ||
           tags_of_header(x, sent, TAGS_MAX_OF_OBJECT, &out->facets.of[FACET_TAGS]);
}

bool stored_collect(struct cosmock_exchange *x, struct stored_headers *out)
{
    size_t most = x->parts.n_headers + COS_ARRAY_LEN(standard_names) + 2;
    if (!table_new(x, most, out)) {
        return false;
    }
    standard_add(x, out);
    return acl_collect_facets(x, &out->facets) && retention_collect(x, &out->facets) &&
           storage_class_add(x, out) && encryption_add(x, out) && tags_add(x, out) &&
           meta_add(x, out) && !x->arena.failed;
}

bool stored_collect_copy(struct cosmock_exchange *x, const struct object *source,
                         struct stored_headers *out)
{
    if (!table_new(x, kept_headers_count(source->headers) + 2, out)) {
        return false;
    }
    struct kept_headers rest = source->headers;
    for (struct object_header h; kept_headers_next(&rest, &h);) {
        if (!is_kept_name(h.name, HEADER_STORAGE_CLASS) &&
            !is_kept_name(h.name, HEADER_ENCRYPTION)) {
            add(out, h.name, h.value); /* the target has the source */
        }
    }
    return acl_collect_facets(x, &out->facets) && retention_collect(x, &out->facets) &&
           storage_class_add(x, out) && encryption_add(x, out) && !x->arena.failed;
}

bool stored_again(struct cosmock_exchange *x, struct kept_headers kept,
                  struct object_draft *out)
{
    struct object_header *items =
        cos_arena_array(&x->arena, kept_headers_count(kept) + 1, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    out->n_headers = 0;
    while (kept_headers_next(&kept, &items[out->n_headers])) {
        out->n_headers++;
    }
    out->headers = items;
    return true;
}

bool stored_tags_of_copy(struct cosmock_exchange *x, const struct object *source,
                         bool is_replaced, struct stored_headers *out)
{
    out->facets.of[FACET_TAGS] =
        is_replaced ? (struct cos_span){NULL, 0} : object_facet(source, FACET_TAGS);
    return !is_replaced || tags_add(x, out);
}

struct cos_span stored_value_of(const struct object_header *items, size_t n,
                                enum header_name which)
{
    for (size_t i = 0; i < n; i++) {
        if (is_kept_name(items[i].name, which)) {
            return items[i].value;
        }
    }
    return (struct cos_span){NULL, 0};
}

struct cos_span stored_value(const struct stored_headers *h, enum header_name which)
{
    return stored_value_of(h->items, h->n, which);
}

struct cos_span stored_value_kept(struct kept_headers h, enum header_name which)
{
    struct cos_span name = cos_span_of(kept_name(which));
    for (struct object_header found; kept_headers_next(&h, &found);) {
        if (cos_span_eq_nocase(found.name, name)) {
            return found.value;
        }
    }
    return (struct cos_span){NULL, 0};
}

/* 436/17028: one way, from STANDARD through STANDARD_IA to ARCHIVE. */
unsigned stored_coldness(enum word storage_class)
{
    switch (storage_class) {
    case WORD_STANDARD_IA:
    case WORD_MAZ_STANDARD_IA:
        return 1;
    case WORD_INTELLIGENT_TIERING:
    case WORD_MAZ_INTELLIGENT_TIERING:
        return 2;
    case WORD_ARCHIVE:
    case WORD_MAZ_ARCHIVE:
        return COLDNESS_OF_ARCHIVE;
    case WORD_DEEP_ARCHIVE:
    case WORD_MAZ_DEEP_ARCHIVE:
        return COLDNESS_OF_ARCHIVE + 1;
    default:
        return 0;
    }
}

enum word stored_class_of(const struct object *o)
{
    return stored_class(stored_value_kept(o->headers, HEADER_STORAGE_CLASS));
}

bool stored_is_archived(const struct object *o)
{
    return stored_coldness(stored_class_of(o)) >= COLDNESS_OF_ARCHIVE;
}

bool stored_readable_check(struct cosmock_exchange *x, const struct bucket_view *at,
                           const struct object *o)
{
    bool is_archived = stored_is_archived(o);
    if (is_archived ? restore_state(o, x->now.modification_unix_ms) == RESTORE_DONE
                    : tier_of(x, at, o) < TIER_ARCHIVE) {
        return true;
    }
    /* GET Object, example 8 */
    stored_echo(x, HEADER_STORAGE_CLASS, stored_value_kept(o->headers, HEADER_STORAGE_CLASS));
    service_refuse(x, "InvalidObjectState");
    return false;
}

void stored_echo(struct cosmock_exchange *x, enum header_name which, struct cos_span value)
{
    if (value.ptr != NULL) {
        result_header_of(x, which, cos_arena_span(&x->arena, value));
    }
}

enum word stored_class(struct cos_span value)
{
    return value.ptr == NULL ? WORD_STANDARD : choice_word(CHOICE_STORAGE_CLASS, value);
}

void stored_xml_class(struct cos_buf *b, struct kept_headers h)
{
    enum word class = stored_class(stored_value_kept(h, HEADER_STORAGE_CLASS));
    xml_out_text(b, "StorageClass", cos_span_of(word_spelling(class)));
}
