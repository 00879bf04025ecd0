/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An unfinished multipart upload: what Initiate said, and the parts so far in ascending order.
 * Parts may come in any order and may come again: the last one of a number counts (cos-wire.md
 * s.2.1, Upload Part).
 */
#include "store/upload.h"

#include "cosbase/alloc.h"
#include "store/headers.h"

struct upload *upload_new(const char *id, struct cos_span key, int64_t initiated_unix_ms,
                          const struct object_header *headers, size_t n_headers,
                          struct budget *budget)
{
    size_t id_bytes = strlen(id) + 1;
    size_t header_bytes;
    size_t total;
    if (!headers_measure(headers, n_headers, &header_bytes) ||
        !cos_size_add(&total, sizeof(struct upload) + 1, header_bytes) ||
        !cos_size_add(&total, total, id_bytes) || !cos_size_add(&total, total, key.len)) {
        return NULL;
    }
    struct upload *u = cos_malloc(total);
    if (u == NULL) {
        return NULL;
    }
    budget_charge(budget, total);
    *u = (struct upload){
        .refs = 1,
        .budget = budget,
        .charged_bytes = total,
        .key_bytes = key.len,
        .initiated_unix_ms = initiated_unix_ms,
        .headers = headers_copy(u + 1, headers, n_headers),
        .n_headers = n_headers,
    };
    u->id = (char *)(u + 1) + header_bytes;
    memcpy(u->id, id, id_bytes);
    u->key = u->id + id_bytes;
    if (key.len > 0) {
        memcpy(u->key, key.ptr, key.len);
    }
    u->key[key.len] = '\0';
    return u;
}

struct upload *upload_ref(struct upload *u)
{
    if (u != NULL) {
        __atomic_add_fetch(&u->refs, 1, __ATOMIC_RELAXED);
    }
    return u;
}

struct upload *upload_unref(struct upload *u)
{
    if (u != NULL && __atomic_sub_fetch(&u->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        store_parts_free(u->parts, u->n_parts);
        budget_give(u->budget, u->charged_bytes);
        cos_free(u);
    }
    return NULL;
}

struct upload_info upload_info(const struct upload *u)
{
    return (struct upload_info){
        .id = u->id,
        .key = u->key,
        .key_bytes = u->key_bytes,
        .initiated_unix_ms = u->initiated_unix_ms,
        .headers = u->headers,
        .n_headers = u->n_headers,
    };
}

/* Where part @number is, or would stand. Parts mostly come in order, so the search begins at
 * the end. */
static size_t part_place(const struct upload *u, unsigned number)
{
    size_t at = u->n_parts;
    while (at > 0 && u->parts[at - 1].number >= number) {
        at--;
    }
    return at;
}

static int reserve_part(struct upload *u)
{
    if (u->n_parts < u->cap_parts) {
        return 0;
    }
    size_t cap = u->cap_parts == 0 ? 8 : u->cap_parts * 2;
    struct upload_part *parts = cos_realloc_array(u->parts, cap, sizeof(*parts));
    if (parts == NULL) {
        return -1;
    }
    u->parts = parts;
    u->cap_parts = cap;
    return 0;
}

int upload_put_part(struct upload *u, const struct upload_part *part, struct blob **old_blob)
{
    *old_blob = NULL;
    size_t at = part_place(u, part->number);
    if (at < u->n_parts && u->parts[at].number == part->number) {
        *old_blob = u->parts[at].blob;
        u->parts[at] = *part;
        return 0;
    }
    if (reserve_part(u) < 0) {
        return -1;
    }
    memmove(&u->parts[at + 1], &u->parts[at], (u->n_parts - at) * sizeof(*part));
    u->parts[at] = *part;
    u->n_parts++;
    return 0;
}

void store_parts_free(struct upload_part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        blob_unref(parts[i].blob);
    }
    cos_free(parts);
}
