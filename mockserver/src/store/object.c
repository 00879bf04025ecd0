/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One version of one key: immutable once it is in a store, counted, in a single block of memory
 * (struct, header table, strings) beside its blob. A small object therefore costs three
 * allocations: object, blob, segment.
 */
#include "store/store.h"

#include "cosbase/alloc.h"
#include "store/headers.h"

#define INDEX_NODE_BYTES 128 /* about what an index keeps a key */

bool headers_measure(const struct object_header *headers, size_t n, size_t *out_bytes)
{
    size_t total;
    if (!cos_size_mul(&total, n, sizeof(struct object_header))) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!cos_size_add(&total, total, strlen(headers[i].name) + 1) ||
            !cos_size_add(&total, total, strlen(headers[i].value) + 1)) {
            return false;
        }
    }
    *out_bytes = total;
    return true;
}

static char *copy_string(char *to, const char *s)
{
    size_t n = strlen(s) + 1;
    memcpy(to, s, n);
    return to + n;
}

struct object_header *headers_copy(void *to, const struct object_header *headers, size_t n)
{
    struct object_header *copies = to;
    char *text = (char *)(copies + n);
    for (size_t i = 0; i < n; i++) {
        copies[i].name = text;
        text = copy_string(text, headers[i].name);
        copies[i].value = text;
        text = copy_string(text, headers[i].value);
    }
    return n == 0 ? NULL : copies;
}

struct object *object_new(struct cos_span key, struct blob *blob, const char *etag,
                          uint64_t crc64, int64_t mtime_unix_ms,
                          const struct object_header *headers, size_t n_headers)
{
    size_t header_bytes;
    size_t total;
    if (!headers_measure(headers, n_headers, &header_bytes) ||
        !cos_size_add(&total, sizeof(struct object), header_bytes) ||
        !cos_size_add(&total, total, key.len) || !cos_size_add(&total, total, 1)) {
        return NULL;
    }
    struct object *o = cos_malloc(total);
    if (o == NULL) {
        return NULL;
    }
    budget_charge(blob_budget(blob), total + INDEX_NODE_BYTES);
    *o = (struct object){
        .refs = 1,
        .budget = blob_budget(blob),
        .charged_bytes = total + INDEX_NODE_BYTES,
        .key_bytes = key.len,
        .blob = blob,
        .bytes = blob_bytes(blob),
        .crc64 = crc64,
        .mtime_unix_ms = mtime_unix_ms,
        .headers = headers_copy(o + 1, headers, n_headers),
        .n_headers = n_headers,
    };
    o->key = (char *)(o + 1) + header_bytes;
    if (key.len > 0) {
        memcpy(o->key, key.ptr, key.len);
    }
    o->key[key.len] = '\0';
    (void)snprintf(o->etag, sizeof(o->etag), "%s", etag);
    return o;
}

struct object *object_ref(struct object *o)
{
    if (o != NULL) {
        __atomic_add_fetch(&o->refs, 1, __ATOMIC_RELAXED);
    }
    return o;
}

struct object *object_unref(struct object *o)
{
    if (o != NULL && __atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        if (o->prepared != NULL && o->prepared_free != NULL) {
            o->prepared_free(o->prepared);
        }
        budget_give(o->budget, o->charged_bytes);
        blob_unref(o->blob);
        cos_free(o);
    }
    return NULL;
}
