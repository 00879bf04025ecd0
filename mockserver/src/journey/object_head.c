/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-Type, Accept-Ranges, ETag (quoted), Last-Modified, x-cos-hash-crc64ecma (decimal),
 * then the stored headers in their order (cos-wire.md s.2.0, s.2.1), spelt as those are. An
 * object version never changes, so neither does this; it hangs at object.prepared. One block of
 * memory, published by compare and swap.
 */
#include "journey/object_head.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "services/names.h"

#include <inttypes.h>

enum { OWN_HEADERS = 5, OWN_TEXT_BYTES = 160 };

static struct cosmock_slice slice(const char *s)
{
    return (struct cosmock_slice){s, strlen(s)};
}

static struct cosmock_header header(const char *name, const char *value)
{
    return (struct cosmock_header){slice(name), slice(value)};
}

static bool is_content_type(const char *name)
{
    return cos_span_eq_nocase(cos_span_of(name), COS_SPAN_LIT("Content-Type"));
}

static const char *content_type_of(const struct object *o)
{
    for (size_t i = 0; i < o->n_headers; i++) {
        if (is_content_type(o->headers[i].name)) {
            return o->headers[i].value;
        }
    }
    return "application/octet-stream";
}

/* Writes three short strings behind each other into @text. */
static void add_own(struct object_head *h, const struct object *o, char *text)
{
    char *etag = text;
    (void)snprintf(etag, 64, "\"%s\"", o->etag);
    char *mtime = text + 64;
    cos_date_http(mtime, o->mtime_unix_ms / 1000);
    char *crc = text + 96;
    (void)snprintf(crc, 32, "%" PRIu64, o->crc64);
    h->headers[h->n++] = header("Content-Type", content_type_of(o));
    h->headers[h->n++] = header("Accept-Ranges", "bytes");
    h->headers[h->n++] = header("ETag", etag);
    h->headers[h->n++] = header("Last-Modified", mtime);
    h->headers[h->n++] = header(names_cos_headers[HEADER_CRC64].name, crc);
}

static struct object_head *make(const struct object *o)
{
    struct object_head *h;
    size_t table_bytes;
    size_t total;
    if (!cos_size_mul(&table_bytes, o->n_headers + OWN_HEADERS, sizeof(h->headers[0])) ||
        !cos_size_add(&total, table_bytes, sizeof(*h) + OWN_TEXT_BYTES)) {
        return NULL;
    }
    h = cos_malloc(total);
    if (h == NULL) {
        return NULL;
    }
    h->n = 0;
    add_own(h, o, (char *)h + sizeof(*h) + table_bytes);
    for (size_t i = 0; i < o->n_headers; i++) {
        if (!is_content_type(o->headers[i].name)) {
            h->headers[h->n++] = header(o->headers[i].name, o->headers[i].value);
        }
    }
    return h;
}

static void free_head(void *prepared)
{
    (void)cos_free(prepared);
}

const struct object_head *object_head_of(struct object *o)
{
    void *ready = __atomic_load_n(&o->prepared, __ATOMIC_ACQUIRE);
    if (ready != NULL) {
        return ready;
    }
    struct object_head *mine = make(o);
    if (mine == NULL) {
        return NULL;
    }
    __atomic_store_n(&o->prepared_free, free_head, __ATOMIC_RELAXED);
    if (!__atomic_compare_exchange_n(&o->prepared, &ready, mine, /* weak= */ false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        (void)cos_free(mine);
        return ready;
    }
    return mine;
}
