/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant's life: made with its world loaded, found through the registry, dropped whole.
 * Requests under way keep a reference, so a tenant may be freed at any time.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "world/fail.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/registry.h"

#define MAX_WORLD_BYTES (4u << 20)
#define BUILT_IN_REGION "ap-guangzhou" /* as world_default_text has it */

struct cosmock_tenant *tenant_ref(struct cosmock_tenant *t)
{
    __atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
    return t;
}

struct cosmock_tenant *tenant_unref(struct cosmock_tenant *t)
{
    if (t == NULL || __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) != 0) {
        return NULL;
    }
    if (t->mock->options.tenant_ends != NULL && t->journal != NULL) {
        t->mock->options.tenant_ends(t->mock->options.tenant_ends_ctx, t);
    }
    if (t->maps != NULL) {
        maps_deinit(t->maps);
        cos_free(t->maps);
    }
    if (t->store != NULL) {
        t->store->ops->free(t->store);
    }
    if (t->rows != NULL) {
        t->rows->ops->free(t->rows);
    }
    cos_rng_free(t->rng);
    faults_free(t->faults);
    journal_free(t->journal);
    (void)pthread_mutex_destroy(&t->lock);
    return cos_free(t);
}

/* Two tenants of one seed must not draw the same ids, and a tenant must draw the same ones in
 * every run: the name decides. */
static uint64_t seed_of(uint64_t seed, const char *name)
{
    if (seed == 0) {
        return 0;
    }
    uint64_t h = seed ^ 0x9E3779B97F4A7C15ull;
    for (const char *p = name; *p != '\0'; p++) {
        h = (h ^ (unsigned char)*p) * 1099511628211ull;
    }
    return h == 0 ? 1 : h;
}

#define JOURNAL_SHARE 8 /* of the memory limit, for one tenant's journal and beside it */

static struct cosmock_tenant *tenant_alloc(struct cosmock *mock,
                                           const struct cosmock_tenant_options *options)
{
    struct cosmock_tenant *t = cos_calloc(1, sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    t->refs = 1;
    t->mock = mock;
    (void)pthread_mutex_init(&t->lock, NULL);
    uint64_t number = registry_birth_number(mock);
    if (options->name != NULL) {
        (void)snprintf(t->name, sizeof(t->name), "%s", options->name);
    } else {
        (void)snprintf(t->name, sizeof(t->name), "t%llu", (unsigned long long)number);
    }
    t->seed = options->seed;
    t->maps = cos_calloc(1, sizeof(*t->maps));
    if (t->maps != NULL) {
        t->maps->birth_number = number;
    }
    t->store = store_memory_new(&mock->memory);
    t->rows = backend_memory_new(&mock->memory);
    if (t->rows != NULL) {
        t->rows->observe = world_observe;
        t->rows->observe_ctx = t;
    }
    t->rng = cos_rng_new(seed_of(options->seed, t->name));
    t->faults = faults_new();
    t->journal =
        journal_new(mock->options.journal_max, mock->memory.limit_bytes / JOURNAL_SHARE);
    switches_reset(t);
    bool whole = t->maps != NULL && t->store != NULL && t->rows != NULL && t->rng != NULL &&
                 t->faults != NULL && t->journal != NULL;
    return whole ? t : tenant_unref(t);
}

/*
 * The built-in world. Its bucket comes last in the file; where an older tenant of this mock has
 * the name, this tenant gets one with its number in it, so that any number of tenants can be
 * made without a world file. cosmock_world_info tells the name.
 */
static int load_built_in(struct cosmock_tenant *t, struct cosmock_error *err)
{
    struct cosmock_error why;
    int r = world_load(t, cos_span_of(world_default_text), "built-in world",
                       /* warner= */ NULL, &why);
    if (r == COSMOCK_E_EXISTS) {
        char bucket[64];
        (void)snprintf(bucket, sizeof(bucket), "examplebucket-%llu-%s",
                       (unsigned long long)t->maps->birth_number, t->maps->first_user->appid);
        return cosmock_bucket_put(t, bucket, BUILT_IN_REGION, err);
    }
    return r < 0 ? world_fail(err, (enum cosmock_status)r, "%s", why.message) : 0;
}

static int load(struct cosmock_tenant *t, const struct cosmock_tenant_options *options,
                struct cosmock_error *err)
{
    const struct world_warner warner = {options->warn, options->warn_ctx};
    if (options->world_file == NULL) {
        return options->world_text == NULL
                   ? load_built_in(t, err)
                   : world_load(t, cos_span_of(options->world_text), "world", &warner, err);
    }
    struct cos_buf text;
    cos_buf_init(&text, MAX_WORLD_BYTES);
    int r = cos_file_read(&text, options->world_file);
    if (r < 0) {
        r = world_fail(err, COSMOCK_E_IO, "cannot read world file %s: %s", options->world_file,
                       strerror(-r));
    } else {
        r = world_load(t, cos_buf_view(&text), options->world_file, &warner, err);
    }
    cos_buf_deinit(&text);
    return r;
}

int cosmock_tenant_new(struct cosmock *mock, struct cosmock_tenant **out,
                       const struct cosmock_tenant_options *options, struct cosmock_error *err)
{
    struct cosmock_tenant_options given = COSMOCK_TENANT_OPTIONS_INIT;
    if (options != NULL && !cos_sized_copy(&given, sizeof(given), options)) {
        return world_fail(
            err, COSMOCK_E_INVALID,
            "the options have no size: begin them with COSMOCK_TENANT_OPTIONS_INIT");
    }
    if (given.name != NULL &&
        (given.name[0] == '\0' ||
         strlen(given.name) >= sizeof(((struct cosmock_tenant *)0)->name) ||
         strspn(given.name,
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
             strlen(given.name))) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "tenant name '%s' must be 1 to 63 letters, digits, '-', '_' or '.'",
                          given.name);
    }
    struct cosmock_tenant *t = tenant_alloc(mock, &given);
    if (t == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a tenant");
    }
    int r = registry_enter(t);
    if (r != 0) {
        r = r < 0 ? world_fail(err, COSMOCK_E_NOMEM, "no memory for a tenant")
                  : world_fail(err, COSMOCK_E_EXISTS, "a tenant named '%s' exists", t->name);
        tenant_unref(t);
        return r;
    }
    r = load(t, &given, err);
    if (r < 0) {
        cosmock_tenant_free(t);
        return r;
    }
    registry_open(t);
    *out = t;
    return 0;
}

struct cosmock_tenant *cosmock_tenant_free(struct cosmock_tenant *tenant)
{
    if (tenant != NULL) {
        registry_leave(tenant);
        tenant_unref(tenant);
    }
    return NULL;
}

const char *cosmock_tenant_name(const struct cosmock_tenant *t)
{
    return t->name;
}

int64_t world_request_number(struct cosmock_tenant *t)
{
    return (int64_t)__atomic_add_fetch(&t->request_counter, 1, __ATOMIC_RELAXED);
}
