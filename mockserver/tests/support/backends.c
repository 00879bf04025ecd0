/* SPDX-License-Identifier: Apache-2.0 */
/* The table of backends: a new one is a row. */
#include "backends.h"

#include "cosbase/alloc.h"
#include "data_dir.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct backend *open_memory(void)
{
    return backend_memory_new(/* budget= */ NULL);
}

static void close_memory(struct backend *b)
{
    (void)b->ops->free(b);
}

static struct data_dir the_dir; /* of the one that is open */

static struct backend *open_directory(void)
{
    data_dir_make(&the_dir);
    return the_dir.backend;
}

/* The backend may be freed already. */
static void close_directory(struct backend *b)
{
    the_dir.backend = b;
    data_dir_remove(&the_dir);
}

static const struct backend_kind kinds[] = {
    {"memory", open_memory, close_memory},
    {"directory", open_directory, close_directory},
};

const struct backend_kind *backend_kind_of(const char *name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    (void)fprintf(stderr, "no backend is called '%s'\n", name);
    exit(2);
}

struct blob *backend_try_blob(struct backend *b, const void *bytes, size_t n)
{
    struct blob_writer *w = b->ops->blob_writer(b, n);
    if (w == NULL || blob_writer_add(w, bytes, n) < 0) {
        (void)blob_writer_free(w);
        return NULL;
    }
    return blob_writer_done(w);
}

struct blob *backend_blob(struct backend *b, const void *bytes, size_t n)
{
    struct blob *blob = backend_try_blob(b, bytes, n);
    assert_non_null(blob);
    return blob;
}

bool blob_holds(const struct blob *blob, const void *bytes, size_t n)
{
    if (blob_bytes(blob) != n) {
        return false;
    }
    char *copy = cos_malloc(n);
    assert_non_null(copy);
    bool same = blob_read(blob, 0, copy, n) == (int64_t)n && memcmp(copy, bytes, n) == 0;
    cos_free(copy);
    return same;
}

int backend_restore(struct backend *b, struct snapshot *s, struct snapshot_error *err)
{
    struct batch *batch = batch_new();
    if (batch == NULL) {
        err->status = SNAPSHOT_NO_MEMORY;
        return err->status;
    }
    batch_delete_all(batch, COS_SPAN_EMPTY);
    snapshot_pour(s, b, /* is_poured= */ NULL, batch);
    struct commit c = {0};
    if (backend_commit(b, batch, &c) == BACKEND_OK) {
        return SNAPSHOT_OK;
    }
    if (snapshot_trouble(s, err)) {
        return err->status;
    }
    err->status = c.result == BACKEND_NOMEM ? SNAPSHOT_NO_MEMORY : SNAPSHOT_IO;
    return err->status;
}
