/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-Type, Accept-Ranges, ETag (quoted), Last-Modified, x-cos-hash-crc64ecma (decimal),
 * x-cos-version-id of a version that has an id, then the stored headers in their order
 * (cos-wire.md s.2.0, s.2.1), spelt as those are. An object version never changes, so neither
 * does this; it hangs at its row (row.memo). One block of memory, published by compare and
 * swap.
 */
#include "journey/object_head.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "services/names.h"
#include "services/tags.h"
#include "store/versions.h"

#include <inttypes.h>

enum {
    OWN_HEADERS = 9,
    FACET_TEXT_BYTES = 24,
    OWN_TEXT_BYTES = 160 + FACET_TEXT_BYTES + VERSION_NAME_BYTES,
};

static struct cosmock_header header(struct cos_span name, struct cos_span value)
{
    return (struct cosmock_header){{name.ptr, name.len}, {value.ptr, value.len}};
}

static bool is_content_type(struct cos_span name)
{
    return cos_span_eq_nocase(name, COS_SPAN_LIT("Content-Type"));
}

static struct cos_span content_type_of(struct kept_headers headers)
{
    for (struct object_header h; kept_headers_next(&headers, &h);) {
        if (is_content_type(h.name)) {
            return h.value;
        }
    }
    return COS_SPAN_LIT("application/octet-stream");
}

/* Writes short strings behind each other into @text. */
static void add_own(struct object_head *h, const struct object *o, char *text)
{
    char *etag = text;
    (void)snprintf(etag, 64, "\"" COS_SPAN_FMT "\"", COS_SPAN_ARG(o->etag));
    char *mtime = text + 64;
    cos_date_http(mtime, o->mtime_unix_ms / 1000);
    char *crc = text + 96;
    (void)snprintf(crc, 32, "%" PRIu64, o->crc64);
    h->headers[h->n++] = header(COS_SPAN_LIT("Content-Type"), content_type_of(o->headers));
    h->headers[h->n++] = header(COS_SPAN_LIT("Accept-Ranges"), COS_SPAN_LIT("bytes"));
    h->headers[h->n++] = header(COS_SPAN_LIT("ETag"), cos_span_of(etag));
    h->headers[h->n++] = header(COS_SPAN_LIT("Last-Modified"), cos_span_of(mtime));
    h->headers[h->n++] =
        header(cos_span_of(names_cos_headers[HEADER_CRC64].name), cos_span_of(crc));
    if (!o->version.is_null) {
        h->headers[h->n++] = header(cos_span_of(names_cos_headers[HEADER_VERSION_ID].name),
                                    version_name_write(text + 160, &o->version));
    }
}

/* What most objects have not, and do not speak of. */
static void add_facets(struct object_head *h, const struct object *o, char *text)
{
    struct cos_span tags = object_facet(o, FACET_TAGS);
    if (tags.ptr != NULL) {
        (void)snprintf(text, FACET_TEXT_BYTES, "%zu", tags_count(tags));
        h->headers[h->n++] = header(cos_span_of(names_cos_headers[HEADER_TAGGING_COUNT].name),
                                    cos_span_of(text));
    }
    if (object_facet(o, FACET_APPEND).ptr != NULL) {
        h->headers[h->n++] = header(cos_span_of(names_cos_headers[HEADER_OBJECT_TYPE].name),
                                    COS_SPAN_LIT("appendable"));
    }
    struct cos_span copied = object_facet(o, FACET_REPLICATION);
    if (copied.ptr != NULL) {
        h->headers[h->n++] =
            header(cos_span_of(names_cos_headers[HEADER_REPLICATION_STATUS].name), copied);
    }
}

static struct object_head *make(const struct object *o)
{
    struct object_head *h;
    size_t table_bytes;
    size_t total;
    if (!cos_size_mul(&table_bytes, kept_headers_count(o->headers) + OWN_HEADERS,
                      sizeof(h->headers[0])) ||
        !cos_size_add(&total, table_bytes, sizeof(*h) + OWN_TEXT_BYTES)) {
        return NULL;
    }
    h = cos_malloc(total);
    if (h == NULL) {
        return NULL;
    }
    h->memo.object = *o;
    h->n = 0;
    add_own(h, o, (char *)h + sizeof(*h) + table_bytes);
    if (o->facets.pairs.len > 0) {
        add_facets(h, o, (char *)h + total - FACET_TEXT_BYTES);
    }
    struct kept_headers rest = o->headers;
    for (struct object_header kept; kept_headers_next(&rest, &kept);) {
        if (!is_content_type(kept.name)) {
            h->headers[h->n++] = header(kept.name, kept.value);
        }
    }
    return h;
}

static void free_head(void *memo)
{
    (void)cos_free(memo);
}

const struct object_head *object_head_of(const struct object *o)
{
    struct row *row = o->row;
    void *ready = __atomic_load_n(&row->memo, __ATOMIC_ACQUIRE);
    if (ready != NULL) {
        return ready;
    }
    struct object_head *mine = make(o);
    if (mine == NULL) {
        return NULL;
    }
    __atomic_store_n(&row->memo_free, free_head, __ATOMIC_RELAXED);
    if (!__atomic_compare_exchange_n(&row->memo, &ready, mine, /* weak= */ false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        (void)cos_free(mine);
        return ready;
    }
    return mine;
}
