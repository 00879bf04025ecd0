/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct cosmock: birth, death, the broken mark and the log. The edge hangs itself in by a
 * function pointer, so that the world never links it.
 */
#include "world/mock.h"

#include "cosbase/alloc.h"
#include "store/blob.h"

#include <stdarg.h>
#include <unistd.h>

#include "world/fail.h"
#include "world/kept.h"
#include "world/memory.h"

#define DEFAULT_MAX_BODY_BYTES (UINT64_C(5) << 30)
#define DEFAULT_JOURNAL_MAX 65536
#define ABANDONED_ROUND_MS \
    60000 /* whoever took a commit on has promised its end: it is waited for */

struct ending {
    struct worker_job job; /* first */
    struct blob *blob;
};

static void end_blob(struct worker_job *job)
{
    struct ending *e = (struct ending *)job;
    blob_end(e->blob);
    cos_free(e);
}

/* Whoever deletes gigabytes does not keep his loop for it. */
static bool end_later(void *ctx, struct blob *b)
{
    struct cosmock *mock = ctx;
    struct ending *e = cos_malloc(sizeof(*e));
    if (e == NULL) {
        return false;
    }
    *e = (struct ending){{.run = end_blob}, b};
    if (!workers_add(&mock->workers, &e->job)) {
        cos_free(e);
        return false;
    }
    return true;
}

int mock_new(struct cosmock **out, const struct cosmock_options *options,
             const struct world_readers *readers, struct cosmock_error *err)
{
    struct cosmock_options given = COSMOCK_OPTIONS_INIT;
    if (options != NULL && !cos_sized_copy(&given, sizeof(given), options)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the options have no size: begin them with COSMOCK_OPTIONS_INIT");
    }
    struct cosmock *mock = cos_calloc(1, sizeof(*mock));
    struct registry *registry = registry_new();
    if (mock == NULL || registry == NULL) {
        registry_free(registry);
        cos_free(mock);
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a mock");
    }
    mock->readers = readers;
    mock->options = given;
    if (mock->options.max_body_bytes == 0) {
        mock->options.max_body_bytes = DEFAULT_MAX_BODY_BYTES;
    }
    if (mock->options.journal_max == 0) {
        mock->options.journal_max = DEFAULT_JOURNAL_MAX;
    }
    if (mock->options.memory_limit_bytes == 0) {
        mock->options.memory_limit_bytes = memory_available_bytes(/* root= */ "") / 2;
    }
    mock->memory = (struct budget){.limit_bytes = mock->options.memory_limit_bytes,
                                   .later = end_later,
                                   .later_ctx = mock};
    mock->registry = registry;
    (void)pthread_mutex_init(&mock->edge_lock, NULL);
    (void)pthread_mutex_init(&mock->idp_lock, NULL);
    gate_init(&mock->abandoned);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    digest_pool_init(&mock->digests, cores > 1 ? (unsigned)cores : 0);
    workers_init(&mock->workers, cores > 3 ? (unsigned)cores - 1 : 2);
    int r = kept_open(mock, err);
    if (r < 0) {
        (void)cosmock_free(mock);
        return r;
    }
    *out = mock;
    return 0;
}

struct cosmock *cosmock_free(struct cosmock *mock)
{
    if (mock == NULL) {
        return NULL;
    }
    if (mock->edge != NULL && mock->edge_free != NULL) {
        mock->edge = mock->edge_free(mock->edge);
    }
    while (!gate_wait_empty(&mock->abandoned, ABANDONED_ROUND_MS)) {
    }
    workers_deinit(&mock->workers);
    mock->memory.later = NULL;
    digest_pool_deinit(&mock->digests);
    for (struct mock_name *next; mock->names != NULL; mock->names = next) {
        next = mock->names->next;
        cos_free(mock->names);
    }
    registry_free(mock->registry);
    kept_close(mock);
    blob_spares_drop(&mock->memory);
    gate_deinit(&mock->abandoned);
    (void)cos_rsa_free(mock->idp_key);
    (void)pthread_mutex_destroy(&mock->idp_lock);
    (void)pthread_mutex_destroy(&mock->edge_lock);
    return cos_free(mock);
}

/* A tenth of a second under the lock, once, and only in a mock that is asked. */
const struct cos_rsa *mock_idp_key(struct cosmock *mock)
{
    (void)pthread_mutex_lock(&mock->idp_lock);
    if (mock->idp_key == NULL) {
        mock->idp_key = cos_rsa_generate();
    }
    const struct cos_rsa *key = mock->idp_key;
    (void)pthread_mutex_unlock(&mock->idp_lock);
    return key;
}

bool cosmock_broken(const struct cosmock *mock)
{
    return __atomic_load_n(&mock->broken, __ATOMIC_RELAXED) != 0;
}

const char *cosmock_version(void)
{
    return COS_VERSION;
}

int mock_add_name(struct cosmock *mock, const char *name)
{
    struct mock_name *kept = cos_malloc(sizeof(*kept) + strlen(name) + 1);
    if (kept == NULL) {
        return -1;
    }
    for (size_t i = 0; i <= strlen(name); i++) {
        kept->text[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    }
    kept->next = __atomic_load_n(&mock->names, __ATOMIC_ACQUIRE);
    while (!__atomic_compare_exchange_n(&mock->names, &kept->next, kept, /* weak= */ true,
                                        __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
    }
    return 0;
}

void mock_set_broken(struct cosmock *mock)
{
    __atomic_store_n(&mock->broken, 1, __ATOMIC_RELAXED);
}

void mock_log(const struct cosmock *mock, int level, const char *area, const char *fmt, ...)
{
    if (mock->options.log == NULL) {
        return;
    }
    char line[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    mock->options.log(mock->options.log_ctx, level, area, line);
}
