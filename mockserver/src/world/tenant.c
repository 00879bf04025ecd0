/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant's life: made with its world loaded, found through the registry, dropped whole.
 * Requests under way keep a reference, so a tenant may be freed at any time.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "store/rows.h"
#include "world/fail.h"
#include "world/kept.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/registry.h"
#include "world/rows.h"

#define LIFE_BITS 32 /* of a request number: requests of one life */

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
    registry_forget(t); /* who looks a name up looks into the maps */
    pending_logs_deinit(t);
    if (t->maps != NULL) {
        maps_deinit(t->maps);
        cos_free(t->maps);
    }
    if (t->rows != NULL) {
        t->rows->ops->free(t->rows);
    }
    cos_rng_free(t->rng);
    faults_free(t->faults);
    journal_free(t->journal);
    (void)pthread_cond_destroy(&t->duty.ended);
    (void)pthread_mutex_destroy(&t->duty.lock);
    (void)pthread_mutex_destroy(&t->lock);
    return cos_free(t);
}

/* Two tenants of one seed must not draw the same ids, and a tenant must draw the same ones in
 * every run: the name decides. One that is kept draws others in each of its lives. */
static uint64_t seed_of(uint64_t seed, const char *name, uint64_t lives)
{
    if (seed == 0) {
        return 0;
    }
    uint64_t h = seed ^ 0x9E3779B97F4A7C15ull;
    for (const char *p = name; *p != '\0'; p++) {
        h = (h ^ (unsigned char)*p) * 1099511628211ull;
    }
    h ^= lives * 0x9E3779B97F4A7C15ull;
    return h == 0 ? 1 : h;
}

#define JOURNAL_SHARE 8 /* of the memory limit, for one tenant's journal and beside it */

static void take_number(struct cosmock_tenant *t)
{
    t->maps->birth_number = registry_birth_number(t->mock);
    (void)snprintf(t->name, sizeof(t->name), "t%llu",
                   (unsigned long long)t->maps->birth_number);
}

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
    (void)pthread_mutex_init(&t->duty.lock, NULL);
    (void)pthread_cond_init(&t->duty.ended, NULL);
    t->duty.due_unix_ms = INT64_MAX;
    pending_logs_init(&t->logs);
    t->seed = options->seed;
    t->maps = cos_calloc(1, sizeof(*t->maps));
    t->faults = faults_new();
    t->journal =
        journal_new(mock->options.journal_max, mock->memory.limit_bytes / JOURNAL_SHARE);
    if (t->maps != NULL) {
        take_number(t);
        switches_reset(t, &t->maps->told);
    }
    if (options->name != NULL) {
        (void)snprintf(t->name, sizeof(t->name), "%s", options->name);
    }
    bool whole = t->maps != NULL && t->faults != NULL && t->journal != NULL;
    return whole ? t : tenant_unref(t);
}

static int read_file(struct cos_buf *text, const char *path, struct cosmock_error *err)
{
    int r = cos_file_read(text, path);
    return r == 0 ? 0
                  : world_fail(err, COSMOCK_E_IO, "cannot read world file %s: %s", path,
                               strerror(-r));
}

/* What is kept of one without a world says nothing (go_on): the commit that gives it one is all
 * or nothing. */
static int load_snapshot(struct cosmock_tenant *t, const char *path, bool is_new,
                         struct cosmock_error *err)
{
    return is_new ? cosmock_tenant_restore(t, path, err)
                  : world_fail(err, COSMOCK_E_EXISTS,
                               "tenant '%s' holds something already: %s would replace it "
                               "(cosmock_tenant_restore)",
                               t->name, path);
}

/* The world that is given makes a new tenant, and is compared with one that was made before. */
static int load(struct cosmock_tenant *t, const struct cosmock_tenant_options *options,
                bool is_new, struct cosmock_error *err)
{
    if (options->snapshot_file != NULL) {
        return load_snapshot(t, options->snapshot_file, is_new, err);
    }
    const char *path = options->world_file;
    const struct world_warner warner = {options->warn, options->warn_ctx};
    if (path == NULL && options->world_text == NULL) {
        const struct world_source built_in = {.yaml = cos_span_of(world_default_text),
                                              .origin = "built-in world",
                                              .is_built_in = true,
                                              .files = COS_SPAN_EMPTY};
        return is_new ? world_load_source(t, &built_in, /* warner= */ NULL, err) : 0;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, MAX_WORLD_BYTES);
    int r = path == NULL ? 0 : read_file(&text, path, err);
    if (r < 0) {
        return r;
    }
    const struct world_source source = {.yaml = path == NULL ? cos_span_of(options->world_text)
                                                             : cos_buf_view(&text),
                                        .origin = path == NULL ? "world" : path,
                                        .is_file = path != NULL,
                                        .files = COS_SPAN_EMPTY};
    return is_new ? world_load_source(t, &source, &warner, err)
                  : world_compare(t, &source, &warner, err);
}

/* THE place where a tenant gets what keeps it. */
static int take_rows(struct cosmock_tenant *t, struct cosmock_error *err)
{
    struct cosmock *mock = t->mock;
    t->rows = mock->rows_of == NULL ? backend_memory_new(&mock->memory)
                                    : mock->rows_of(mock->rows_ctx, t->name, err);
    if (t->rows == NULL) {
        return mock->rows_of == NULL
                   ? world_fail(err, COSMOCK_E_NOMEM, "no memory for a tenant")
                   : (err == NULL ? COSMOCK_E_IO : (int)err->status);
    }
    t->rows->observe = world_observe;
    t->rows->observe_ctx = t;
    return 0;
}

/* What is drawn or counted in this life was not in those before: ids never come again. */
static int begin_life(struct cosmock_tenant *t, int64_t lives, struct cosmock_error *err)
{
    t->rng = cos_rng_new(seed_of(t->seed, t->name, (uint64_t)lives));
    if (t->rng == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a tenant");
    }
    t->request_counter = (uint64_t)lives << LIFE_BITS;
    return 0;
}

void tenant_life_begin(struct cosmock_tenant *t, int64_t lives)
{
    cos_rng_reseed(t->rng, seed_of(t->seed, t->name, (uint64_t)lives));
    __atomic_store_n(&t->request_counter, (uint64_t)lives << LIFE_BITS, __ATOMIC_RELAXED);
}

int tenant_lives(struct cosmock_tenant *t, int64_t *out, struct cosmock_error *err)
{
    struct row *row;
    struct mark lives = {0};
    enum backend_result found = mark_row_get(t->rows, MARK_STARTS, &lives, &row);
    row_unref(row);
    if (found != BACKEND_OK && found != BACKEND_ABSENT) {
        return world_fail(err, COSMOCK_E_IO, "tenant '%s' cannot be read", t->name);
    }
    *out = found == BACKEND_OK ? lives.number : 0;
    return 0;
}

/* Before anybody hears an id of it. On a full disk it is not counted: whoever cannot open it
 * cannot delete, and only a seeded tenant could draw an id again. */
static int count_life(struct cosmock_tenant *t, int64_t lives, struct cosmock_error *err)
{
    struct commit c = {.result = BACKEND_OK};
    struct batch *b = batch_new();
    if (b != NULL) {
        mark_row_put(b, MARK_STARTS, &(struct mark){.number = lives});
    }
    int r = world_commit(t, b, &c, t->name, err);
    return c.result == BACKEND_NO_ROOM ? 0 : r;
}

/* From where it was, if it has been; 1: it is new. */
static int go_on(struct cosmock_tenant *t, struct cosmock_error *err)
{
    int r = take_rows(t, err);
    if (r < 0) {
        return r;
    }
    int64_t lives = 0;
    r = tenant_lives(t, &lives, err);
    r = r < 0 ? r : begin_life(t, lives, err);
    if (r < 0 || lives == 0) {
        return r < 0 ? r : 1;
    }
    r = count_life(t, lives + 1, err);
    return r < 0 ? r : world_read_rows(t, err);
}

/* @r: what registry_enter() said. */
static int refuse_name(const struct cosmock_tenant *t, int r, struct cosmock_error *err)
{
    switch (r) {
    case 1:
        return world_fail(err, COSMOCK_E_EXISTS, "a tenant named '%s' exists", t->name);
    case 2:
        return world_fail(
            err, COSMOCK_E_BUSY,
            "tenant '%s' was freed, and requests under way still use what is kept "
            "of it: make it again when they have ended",
            t->name);
    default:
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a tenant");
    }
}

/* In the registry, where no request finds it yet. 0, or a cosmock_status with err filled. */
static int enter(struct cosmock *mock, struct cosmock_tenant **out,
                 const struct cosmock_tenant_options *options, struct cosmock_error *err)
{
    struct cosmock_tenant *t = tenant_alloc(mock, options);
    if (t == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a tenant");
    }
    int r = registry_enter(t);
    while (r > 0 && options->name == NULL) { /* one that is kept has the number */
        take_number(t);
        r = registry_enter(t);
    }
    if (r != 0) {
        r = refuse_name(t, r, err);
        tenant_unref(t);
        return r;
    }
    *out = t;
    return 0;
}

int tenant_reopen(struct cosmock *mock, const char *name, struct cosmock_error *err)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_tenant *t = NULL;
    options.name = name;
    int r = enter(mock, &t, &options, err);
    if (t == NULL) {
        return r;
    }
    r = go_on(t, err);
    if (r == 0) {
        registry_unclaim(t);
        registry_open(t);
        return 0;
    }
    cosmock_tenant_free(t);
    return r > 0 ? world_fail(err, COSMOCK_E_NOT_FOUND, "tenant '%s' is not whole", name) : r;
}

/* Out of the data directory: it has its world. */
static int claim(struct cosmock_tenant *t, const struct cosmock_tenant_options *options,
                 struct cosmock_error *err)
{
    int r = load(t, options, /* is_new= */ false, err);
    if (r < 0) {
        registry_unclaim(t);
    }
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
    struct cosmock_tenant *t = given.name == NULL ? NULL : registry_claim(mock, given.name);
    if (t != NULL) {
        int r = claim(t, &given, err);
        *out = r < 0 ? *out : t;
        return r;
    }
    int r = enter(mock, &t, &given, err);
    if (t == NULL) {
        return r;
    }
    r = go_on(t, err);
    r = r < 0 ? r : load(t, &given, /* is_new= */ r > 0, err);
    if (r < 0) {
        cosmock_tenant_free(t);
        return r;
    }
    registry_open(t);
    *out = t;
    return 0;
}

/* The world it was made of, as it was given. */
static int load_again(struct cosmock_tenant *t, struct cosmock_error *err)
{
    struct row *row;
    struct mark m;
    struct row_pair world;
    if (mark_row_get(t->rows, MARK_WORLD, &m, &row) != BACKEND_OK ||
        !row_pair_next(&m.text, &world)) {
        row_unref(row);
        return world_fail(err, COSMOCK_E_IO, "the world of tenant '%s' cannot be read",
                          t->name);
    }
    char origin[256];
    (void)snprintf(origin, sizeof(origin), COS_SPAN_FMT, COS_SPAN_ARG(world.name));
    const struct world_source source = {.yaml = world.value,
                                        .origin = origin,
                                        .is_built_in = m.number != 0,
                                        .files = m.text};
    int r = world_load_again(t, &source, err);
    row_unref(row);
    return r;
}

int cosmock_tenant_reset(struct cosmock_tenant *tenant, struct cosmock_error *err)
{
    cosmock_fault_clear(tenant); /* those of the world come again */
    int r = load_again(tenant, err);
    if (r == 0) {
        journal_clear(tenant->journal);
        pending_logs_clear(tenant);
    }
    return r;
}

struct cosmock_tenant *cosmock_tenant_free(struct cosmock_tenant *tenant)
{
    if (tenant != NULL) {
        registry_leave(tenant);
        tenant_unref(tenant);
    }
    return NULL;
}

/* Its space goes with the next opening of the directory: requests under way may use it. */
int cosmock_tenant_drop(struct cosmock_tenant *tenant, struct cosmock_error *err)
{
    struct batch *b = batch_new();
    if (b != NULL) {
        batch_delete_all(b, COS_SPAN_EMPTY);
    }
    int r = world_commit(tenant, b, /* c= */ NULL, "the end of a tenant", err);
    if (r == 0) {
        cosmock_tenant_free(tenant);
    }
    return r;
}

const char *cosmock_tenant_name(const struct cosmock_tenant *t)
{
    return t->name;
}

int64_t world_request_number(struct cosmock_tenant *t)
{
    return (int64_t)__atomic_add_fetch(&t->request_counter, 1, __ATOMIC_RELAXED);
}
