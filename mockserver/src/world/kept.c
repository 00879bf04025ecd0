/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory belongs to the mock, its spaces to the tenants. All tenants are opened at once
 * and in the order of their birth: names of buckets and ids of keys are unique over all of
 * them, and who is first stays first.
 */
#include "world/kept.h"

#include "cosbase/alloc.h"
#include "store/directory.h"
#include "world/fail.h"
#include "world/world.h"

#define CACHE_SHARE 4 /* of the memory limit: for rows and small bodies that were read */
#define CACHE_MAX_BYTES (UINT64_C(1) << 30)
#define NAMES_MAX_BYTES ((size_t)64 << 20)

static int refuse(const struct directory_error *why, struct cosmock_error *err)
{
    switch (why->kind) {
    case DIRECTORY_FOREIGN:
    case DIRECTORY_NEWER:
        return world_fail(err, COSMOCK_E_INVALID, "%s", why->message);
    case DIRECTORY_HELD:
        return world_fail(err, COSMOCK_E_BUSY, "%s", why->message);
    case DIRECTORY_NO_MEMORY:
        return world_fail(err, COSMOCK_E_NOMEM, "%s", why->message);
    default:
        return world_fail(err, COSMOCK_E_IO, "%s", why->message);
    }
}

static int refuse_commit(const struct commit *c, const char *name, struct cosmock_error *err)
{
    return c->result == BACKEND_NOMEM
               ? world_fail(err, COSMOCK_E_NOMEM, "no memory for a tenant")
               : world_fail(err, COSMOCK_E_IO, "tenant '%s': %s", name, c->reason);
}

/* cosmock.rows_of */
static struct backend *rows_of(void *ctx, const char *name, struct cosmock_error *err)
{
    struct commit c = {.result = BACKEND_OK};
    struct backend *rows = directory_backend(ctx, cos_span_of(name), &c);
    if (rows == NULL) {
        (void)refuse_commit(&c, name, err);
    }
    return rows;
}

/* --- the tenants --- */

static void add_name(void *ctx, struct cos_span name)
{
    cos_buf_span(ctx, name);
    cos_buf_ch(ctx, '\0');
}

/* One whose making was never finished was never told of. */
static int open_tenant(struct cosmock *mock, const char *name, struct cosmock_error *err)
{
    struct commit c = {.result = BACKEND_OK};
    int r = tenant_reopen(mock, name, err);
    if (r != COSMOCK_E_NOT_FOUND) {
        return r;
    }
    return directory_drop(mock->directory, cos_span_of(name), &c) == BACKEND_OK
               ? 0
               : refuse_commit(&c, name, err);
}

static int open_tenants(struct cosmock *mock, struct cosmock_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf names;
    struct commit c = {.result = BACKEND_OK};
    cos_buf_init(&names, NAMES_MAX_BYTES);
    if (directory_tenants(mock->directory, add_name, &names, &c) != BACKEND_OK) {
        return world_fail(err, COSMOCK_E_IO, "%s: %s", mock->options.data_dir, c.reason);
    }
    if (names.failed) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for the names of tenants");
    }
    int r = 0;
    for (size_t at = 0; at < names.len && r == 0; at += strlen(names.ptr + at) + 1) {
        r = open_tenant(mock, names.ptr + at, err);
    }
    return r;
}

int kept_open(struct cosmock *mock, struct cosmock_error *err)
{
    if (mock->options.data_dir == NULL) {
        return 0;
    }
    uint64_t share = mock->options.memory_limit_bytes / CACHE_SHARE;
    struct directory_options o = DIRECTORY_OPTIONS_DEFAULT;
    o.survives_power = mock->options.durability == COSMOCK_DURABILITY_POWER;
    o.cache_bytes = share < CACHE_MAX_BYTES ? share : CACHE_MAX_BYTES;
    o.budget = &mock->memory;
    struct directory_error why;
    mock->directory = directory_open(mock->options.data_dir, &o, &why);
    if (mock->directory == NULL) {
        return refuse(&why, err);
    }
    mock->rows_of = rows_of;
    mock->rows_ctx = mock->directory;
    return open_tenants(mock, err);
}

void kept_close(struct cosmock *mock)
{
    mock->directory = directory_close(mock->directory);
}
