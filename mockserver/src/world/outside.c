/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world from outside (cosmock/world.h): what tests and the control API put in and take out
 * behind the API's back. Needs no right, leaves no journal entry.
 */
#include "world/maps.h"

#include "cam/acl.h"
#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/json.h"
#include "store/rows.h"
#include "world/catalog.h"
#include "world/fail.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/registry.h"
#include "world/rows.h"

#define REGION_MAX 39
#define KEY_MAX_BYTES 850 /* cos-wire.md s.2.0 */

#define USUAL_SUFFIX "cos.ap-guangzhou.myqcloud.com"

/* Under the tenant's lock. */
static const char *suffix_of_region(struct world_maps *maps, const char *region)
{
    if (maps->info_suffix == NULL && region[0] != '\0') {
        char text[128];
        (void)snprintf(text, sizeof(text), "cos.%s.myqcloud.com", region);
        maps->info_suffix = cos_strdup(text);
    }
    return maps->info_suffix == NULL ? USUAL_SUFFIX : maps->info_suffix;
}

void cosmock_world_info(struct cosmock_tenant *t, struct cosmock_world_info *out)
{
    struct world_maps *maps = t->maps;
    (void)pthread_mutex_lock(&t->lock);
    *out = (struct cosmock_world_info){
        .appid = maps->first_user != NULL ? maps->first_user->appid : "",
        .owner_uin = maps->first_user != NULL ? maps->first_user->uin : "",
        .secret_id = maps->first_key != NULL ? maps->first_key->secret_id : "",
        .secret_key = maps->first_key != NULL ? maps->first_key->secret_key.ptr : "",
        .bucket = maps->first_bucket != NULL ? maps->first_bucket->name : "",
        .region = maps->first_bucket != NULL ? maps->first_bucket->region : "",
        .endpoint_suffix = world_suffixes(t)[0],
    };
    if (out->endpoint_suffix == NULL) {
        out->endpoint_suffix = suffix_of_region(maps, out->region);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

#define SEARCHED_KEYS_MAX 4096

struct key_of_user { /* references */
    struct access_key *key;
    struct user *user;
};
struct key_list {
    struct key_of_user *items;
    size_t n;
    const struct user *of; /* whose, revoked ones too; NULL: all that are not revoked */
};

static bool is_listed(const struct key_list *list, const struct access_key *key)
{
    return list->of != NULL ? strcmp(key->uin, list->of->uin) == 0
                            : !__atomic_load_n(&key->revoked, __ATOMIC_RELAXED);
}

static void collect_key(void *ctx, struct cos_span secret_id, void *value)
{
    struct key_list *list = ctx;
    struct access_key *key = value;
    if (key != NULL && key->user != NULL && !key->is_temporary && is_listed(list, key)) {
        list->items[list->n++] = (struct key_of_user){access_key_ref(key), user_ref(key->user)};
    }
}

static int by_user(const void *a, const void *b)
{
    const struct key_of_user *x = a;
    const struct key_of_user *y = b;
    int uin = strcmp(x->user->uin, y->user->uin);
    return uin != 0 ? uin : strcmp(x->key->secret_id, y->key->secret_id);
}

static bool list_keys(struct cosmock_tenant *t, struct key_list *list)
{
    (void)pthread_mutex_lock(&t->lock);
    list->items = cos_calloc(t->maps->keys.n + 1, sizeof(struct key_of_user));
    if (list->items != NULL) {
        map_each(&t->maps->keys, collect_key, list);
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (list->items != NULL) {
        qsort(list->items, list->n, sizeof(struct key_of_user), by_user);
    }
    return list->items != NULL;
}

static void list_free(struct key_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        access_key_unref(list->items[i].key);
        user_unref(list->items[i].user);
    }
    cos_free(list->items);
}

int cosmock_key_each(struct cosmock_tenant *t,
                     void (*visit)(void *ctx, const struct cosmock_key *key), void *ctx)
{
    struct key_list list = {.n = 0};
    if (!list_keys(t, &list)) {
        return COSMOCK_E_NOMEM;
    }
    for (size_t i = 0; i < list.n; i++) {
        const struct key_of_user *k = &list.items[i];
        visit(ctx, &(struct cosmock_key){.uin = k->user->uin,
                                         .user = k->user->name,
                                         .appid = k->user->appid,
                                         .secret_id = k->key->secret_id,
                                         .secret_key = k->key->secret_key.ptr});
    }
    list_free(&list);
    return COSMOCK_OK;
}

int world_keys_of(struct cosmock_tenant *t, const struct user *u,
                  void (*visit)(void *ctx, const struct access_key *key), void *ctx)
{
    struct key_list list = {.of = u};
    if (!list_keys(t, &list)) {
        return -1;
    }
    for (size_t i = 0; i < list.n; i++) {
        visit(ctx, list.items[i].key);
    }
    list_free(&list);
    return 0;
}

struct some_keys {
    struct access_key **items;
    size_t n, max;
};

static void take_permanent(void *ctx, struct cos_span secret_id, void *value)
{
    struct some_keys *some = ctx;
    struct access_key *key = value;
    if (key != NULL && key->user != NULL && !key->is_temporary && some->n < some->max) {
        some->items[some->n++] = access_key_ref(key);
    }
}

size_t world_keys_some(struct cosmock_tenant *t, struct access_key **out, size_t max)
{
    struct some_keys some = {.items = out, .max = max};
    (void)pthread_mutex_lock(&t->lock);
    struct access_key *key = t->maps->newest_temporary;
    for (; key != NULL && some.n < max / 2; key = key->older) {
        out[some.n++] = access_key_ref(key);
    }
    if (t->maps->keys.n <= SEARCHED_KEYS_MAX) {
        map_each(&t->maps->keys, take_permanent, &some);
    }
    (void)pthread_mutex_unlock(&t->lock);
    return some.n;
}

static int no_bucket(struct cosmock_error *err, const char *bucket)
{
    return world_fail(err, COSMOCK_E_NOT_FOUND, "no bucket named '%s' in this tenant", bucket);
}

/* NULL, which every reading of the store knows, when there is no such bucket. */
static const struct store_bucket *stored_of(const struct bucket *b)
{
    return b == NULL ? NULL : &b->stored;
}

static int from_store(struct cosmock_error *err, enum store_result r, const char *bucket,
                      const char *key)
{
    const char *what = key[0] != '\0' ? key : bucket;
    switch (r) {
    case STORE_OK:
        return 0;
    case STORE_NO_BUCKET:
        return no_bucket(err, bucket);
    case STORE_NO_KEY:
        return world_fail(err, COSMOCK_E_NOT_FOUND, "no object '%s' in bucket %s", key, bucket);
    case STORE_EXISTS:
        return world_fail(err, COSMOCK_E_EXISTS, "'%s' exists already", what);
    case STORE_NO_ROOM:
    case STORE_IO:
        return world_fail(err, COSMOCK_E_IO, "what is kept of '%s' cannot be read or written",
                          what);
    default:
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for '%s'", what);
    }
}

static bool is_region(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n <= REGION_MAX && s[0] != '-' && s[n - 1] != '-' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

int cosmock_bucket_put(struct cosmock_tenant *t, const char *bucket, const char *region,
                       struct cosmock_error *err)
{
    if (!world_is_bucket_name(cos_span_of(bucket))) {
        return world_fail(err, COSMOCK_E_INVALID, "bucket '%.80s': " WORLD_BUCKET_NAME_RULE,
                          bucket);
    }
    if (!is_region(region)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "region '%.80s' must be at most %d lower-case letters, digits and "
                          "inner '-'",
                          region, REGION_MAX);
    }
    if (t->maps->first_user == NULL) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the world has no account that could own bucket '%s'", bucket);
    }
    return from_store(err,
                      world_bucket_create(t, cos_span_of(bucket), region, t->maps->first_user),
                      bucket, "");
}

static enum store_result blob_of(struct cosmock_tenant *t, const void *bytes, size_t n,
                                 struct blob **out)
{
    struct blob_writer *w = t->rows->ops->blob_writer(t->rows, n);
    int r = w == NULL ? BLOB_NO_MEMORY : blob_writer_add(w, bytes, n);
    if (w != NULL && r < 0) {
        blob_writer_free(w);
    }
    *out = r < 0 ? NULL : blob_writer_done(w);
    if (r == BLOB_NO_ROOM || r == BLOB_IO) {
        return r == BLOB_NO_ROOM ? STORE_NO_ROOM : STORE_IO;
    }
    return *out == NULL ? STORE_NOMEM : STORE_OK;
}

/* Versions of one millisecond are told apart as those of requests are. */
static struct object_draft draft_of(struct cosmock_tenant *t, const char *key)
{
    struct clock_sample now;
    world_clock_sample(t, &now);
    uint64_t number = __atomic_load_n(&t->request_counter, __ATOMIC_RELAXED);
    return (struct object_draft){.key = cos_span_of(key),
                                 .etag = COS_SPAN_EMPTY,
                                 .mtime_unix_ms = now.modification_unix_ms,
                                 .born_us = (unsigned)(number % 1000)};
}

/* What is done to one key of a bucket. */
struct change_of_key {
    const char *bucket, *key;
    /* put: */
    struct blob *blob; /* NULL: delete */
    const void *bytes; /* those of the blob */
    size_t n;
};

static enum store_result fill_put(struct batch *batch, struct cosmock_tenant *t,
                                  const struct store_bucket *b, const struct change_of_key *c)
{
    const struct object_header type = {COS_SPAN_LIT("Content-Type"),
                                       cos_span_of(world_content_type(t, cos_span_of(c->key)))};
    char etag[33];
    struct version ignored;
    cos_md5_hex(etag, c->bytes, c->n);
    struct object_draft draft = draft_of(t, c->key);
    draft.blob = blob_ref(c->blob);
    draft.etag = cos_span_of(etag);
    draft.crc64 = cos_crc64(0, c->bytes, c->n);
    draft.headers = &type;
    draft.n_headers = 1;
    return objects_put(batch, t->rows, b, &draft, &ignored);
}

/* There is one: else STORE_NO_KEY. */
static enum store_result fill_delete(struct batch *batch, struct cosmock_tenant *t,
                                     const struct store_bucket *b,
                                     const struct change_of_key *c)
{
    const struct object_draft marker = draft_of(t, c->key);
    struct version ignored;
    struct object o;
    enum store_result r = objects_get(t->rows, b, marker.key, &o);
    if (r == STORE_OK) {
        (void)row_unref(o.row);
        r = objects_delete(batch, t->rows, b, &marker, &ignored);
    }
    return r;
}

/* False: what was read has changed meanwhile, and nothing has happened. */
static bool try_change(struct cosmock_tenant *t, const struct change_of_key *c, int *status,
                       struct cosmock_error *err)
{
    struct commit commit = {0};
    struct bucket_view at = world_bucket_view(t, cos_span_of(c->bucket));
    if (at.bucket == NULL) {
        *status = no_bucket(err, c->bucket);
        return true;
    }
    const struct store_bucket b = bucket_stored(&at);
    struct batch *batch = batch_new();
    enum store_result r = batch == NULL     ? STORE_NOMEM
                          : c->blob != NULL ? fill_put(batch, t, &b, c)
                                            : fill_delete(batch, t, &b, c);
    if (r != STORE_OK) {
        (void)batch_free(batch);
    } else {
        *status = world_commit(t, batch, &commit, c->key, err);
        r = commit.result == BACKEND_UNEXPECTED ? store_committed(&commit) : STORE_OK;
    }
    if (r != STORE_OK && r != STORE_CHANGED) {
        *status = from_store(err, r, c->bucket, c->key);
    }
    bucket_view_release(&at);
    return r != STORE_CHANGED;
}

/* Each time somebody else has changed the same key: it ends. */
static int change_key(struct cosmock_tenant *t, const struct change_of_key *c,
                      struct cosmock_error *err)
{
    int status = 0;
    while (!try_change(t, c, &status, err)) {
    }
    return status;
}

int cosmock_object_put(struct cosmock_tenant *t, const char *bucket, const char *key,
                       const void *bytes, size_t n, struct cosmock_error *err)
{
    if (budget_left(&t->mock->memory) < n) {
        return world_fail(err, COSMOCK_E_NOMEM,
                          "object '%.200s' of %zu bytes would pass the memory limit of %llu "
                          "bytes; raise memory_limit_bytes (cosmock --memory-limit)",
                          key, n, (unsigned long long)t->mock->memory.limit_bytes);
    }
    if (strlen(key) > KEY_MAX_BYTES) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the key '%.80s...' has %zu bytes; a key has at most %d", key,
                          strlen(key), KEY_MAX_BYTES);
    }
    struct blob *blob;
    enum store_result r = blob_of(t, bytes, n, &blob);
    if (r != STORE_OK) {
        return from_store(err, r, bucket, key);
    }
    int status =
        change_key(t,
                   &(struct change_of_key){bucket, key, .blob = blob, .bytes = bytes, .n = n},
                   err);
    blob_unref(blob);
    return status;
}

static enum store_result blob_copy(const struct blob *b, void **out, size_t *out_n)
{
    size_t total = (size_t)blob_bytes(b);
    char *copy = malloc(total + 1); /* the public header promises free() */
    if (copy == NULL) {
        return STORE_NOMEM;
    }
    if (blob_read(b, 0, copy, total) != (int64_t)total) {
        free(copy);
        return STORE_IO;
    }
    copy[total] = '\0';
    *out = copy;
    *out_n = total;
    return STORE_OK;
}

int cosmock_object_get(struct cosmock_tenant *t, const char *bucket, const char *key,
                       void **out, size_t *out_n, struct cosmock_error *err)
{
    struct object o;
    struct bucket *b = world_bucket_of(t, bucket);
    enum store_result r = objects_get(t->rows, stored_of(b), cos_span_of(key), &o);
    bucket_unref(b);
    if (r != STORE_OK) {
        return from_store(err, r, bucket, key);
    }
    r = blob_copy(o.row->blob, out, out_n);
    (void)row_unref(o.row);
    return from_store(err, r, bucket, key);
}

int cosmock_object_delete(struct cosmock_tenant *t, const char *bucket, const char *key,
                          struct cosmock_error *err)
{
    return change_key(t, &(struct change_of_key){bucket, key, .blob = NULL}, err);
}

typedef enum store_result count_rows(struct backend *rows, const struct store_bucket *b,
                                     uint64_t *out);

static int64_t count_in(struct cosmock_tenant *t, const char *bucket, count_rows *count)
{
    uint64_t n = 0;
    struct bucket *b = world_bucket_of(t, bucket);
    enum store_result r = count(t->rows, stored_of(b), &n);
    bucket_unref(b);
    return r == STORE_OK ? (int64_t)n : -1;
}

int64_t cosmock_object_count(struct cosmock_tenant *t, const char *bucket)
{
    return count_in(t, bucket, objects_count);
}

int64_t cosmock_upload_count(struct cosmock_tenant *t, const char *bucket)
{
    return count_in(t, bucket, uploads_count);
}

/* @visit answers false to stop: what it reads cannot be read. */
typedef bool visit_object(void *ctx, const struct object *o);

static int visit_page(const struct store_list *page, visit_object *visit, void *ctx)
{
    for (size_t i = 0; i < page->n_items; i++) {
        struct object o;
        if (!object_read(page->items[i].row, &o) || !visit(ctx, &o)) {
            return COSMOCK_E_IO;
        }
    }
    return 0;
}

static int each_object(struct cosmock_tenant *t, const struct bucket *b, visit_object *visit,
                       void *ctx)
{
    struct row *last = NULL; /* a reference; the marker lies in it */
    struct store_list_query q = {.marker = COS_SPAN_EMPTY, .max_items = 1000};
    bool more = true;
    int result = 0;
    while (more && result == 0) {
        struct store_list page;
        enum store_result r = objects_list(t->rows, stored_of(b), &q, &page);
        if (r != STORE_OK) {
            result = r == STORE_NO_BUCKET ? COSMOCK_E_NOT_FOUND
                     : r == STORE_IO      ? COSMOCK_E_IO
                                          : COSMOCK_E_NOMEM;
            break;
        }
        result = visit_page(&page, visit, ctx);
        more = page.is_truncated;
        (void)row_unref(last);
        last = more ? row_ref(page.items[page.n_items - 1].row) : NULL;
        q.marker = more ? page.items[page.n_items - 1].name : COS_SPAN_EMPTY;
        store_list_deinit(&page);
    }
    (void)row_unref(last);
    return result;
}

struct key_visit {
    void (*visit)(void *ctx, const char *key, uint64_t bytes);
    void *ctx;
};

/* The key is the end of its row, which has no NUL behind it. */
static bool visit_key(void *ctx, const struct object *o)
{
    const struct key_visit *v = ctx;
    char *key = cos_strndup(o->key.ptr, o->key.len);
    if (key == NULL) {
        return false;
    }
    v->visit(v->ctx, key, o->bytes);
    cos_free(key);
    return true;
}

int cosmock_object_each(struct cosmock_tenant *t, const char *bucket,
                        void (*visit)(void *ctx, const char *key, uint64_t bytes), void *ctx)
{
    struct key_visit v = {visit, ctx};
    struct bucket *b = world_bucket_of(t, bucket);
    int r = each_object(t, b, visit_key, &v);
    bucket_unref(b);
    return r;
}

struct digest_walk {
    struct cos_digest sum, body;
    const char *bucket;
};

static void digest_piece(void *ctx, const void *bytes, size_t n)
{
    cos_digest_update(ctx, bytes, n);
}

static bool digest_object(void *ctx, const struct object *o)
{
    struct digest_walk *w = ctx;
    cos_digest_reset(&w->body);
    if (blob_each(o->row->blob, digest_piece, &w->body) < 0) {
        return false;
    }
    uint8_t raw[COS_DIGEST_MAX_BYTES];
    size_t bytes = cos_digest_final(&w->body, raw);
    cos_digest_update(&w->sum, w->bucket, strlen(w->bucket));
    cos_digest_update(&w->sum, "/", 1);
    cos_digest_update(&w->sum, o->key.ptr, o->key.len);
    cos_digest_update(&w->sum, "", 1);
    cos_digest_update(&w->sum, raw, bytes);
    return true;
}

static int digest_buckets(struct cosmock_tenant *t, struct digest_walk *w)
{
    size_t max = world_bucket_count(t);
    struct bucket **buckets = cos_calloc(max + 1, sizeof(struct bucket *));
    if (buckets == NULL) {
        return COSMOCK_E_NOMEM;
    }
    size_t n = world_buckets_of(t, /* owner_uin= */ NULL, buckets, max);
    int r = 0;
    for (size_t i = 0; i < n; i++) {
        w->bucket = buckets[i]->name;
        r = r < 0 ? r : each_object(t, buckets[i], digest_object, w);
        bucket_unref(buckets[i]);
    }
    cos_free(buckets);
    return r;
}

int cosmock_store_digest(struct cosmock_tenant *t, char out[65])
{
    struct digest_walk w = {0};
    int r = COSMOCK_E_NOMEM;
    if (cos_digest_init(&w.sum, COS_SHA256) && cos_digest_init(&w.body, COS_SHA256)) {
        r = digest_buckets(t, &w);
        uint8_t raw[COS_DIGEST_MAX_BYTES];
        size_t bytes = cos_digest_final(&w.sum, raw);
        if (r == 0) {
            cos_hex_encode(out, raw, bytes);
        }
    }
    cos_digest_deinit(&w.sum);
    cos_digest_deinit(&w.body);
    return r;
}

static void warn(const struct world_warner *warner, const struct cam_policy *p)
{
    for (const struct cam_warning *w = cam_policy_warnings(p); w != NULL; w = w->next) {
        char text[1024];
        (void)snprintf(text, sizeof(text), COS_SPAN_FMT, COS_SPAN_ARG(w->text));
        if (warner != NULL && warner->say != NULL) {
            warner->say(warner->ctx, text);
        }
    }
}

static int parse_policy(struct cam_policy **out, const char *json, enum cam_policy_use use,
                        const char *whose, const char *name, struct cosmock_error *err)
{
    *out = NULL;
    if (json == NULL) {
        return 0;
    }
    struct cos_text_error why;
    if (cam_policy_parse(out, cos_span_of(json), use, name, &why) < 0) {
        return world_fail(err, COSMOCK_E_INVALID, "policy of %s, line %u column %u: %s", whose,
                          why.line, why.column, why.message);
    }
    return 0;
}

static int no_user(struct cosmock_error *err, const char *uin)
{
    return world_fail(err, COSMOCK_E_NOT_FOUND,
                      "no account or user with uin '%s' in this tenant", uin);
}

struct policy_given {
    const struct user *user;
    const char *name, *json; /* json NULL: none */
};

static struct cos_span pair_of(struct catalog *c, const struct policy_given *given)
{
    return given->json == NULL ? COS_SPAN_EMPTY
                               : pairs_with(c->arena, COS_SPAN_EMPTY, cos_span_of(given->name),
                                            cos_span_of(given->json));
}

/* This policy instead of those the user had; what he has as a member of groups stays. */
static int give_policy(struct catalog *c, void *ctx, struct cosmock_error *err)
{
    const struct policy_given *given = ctx;
    struct cos_span uin = cos_span_of(given->user->uin);
    struct catalog_user *u = catalog_user(c, uin);
    if (u == NULL) {
        return no_user(err, given->user->uin);
    }
    u->said.policies = pair_of(c, given);
    u->is_changed = true;
    catalog_detach_all(c, u->said.trust.len > 0 ? CATALOG_ROLE : CATALOG_USER, uin);
    return 0;
}

/* This boundary instead of his. */
static int give_boundary(struct catalog *c, void *ctx, struct cosmock_error *err)
{
    const struct policy_given *given = ctx;
    struct catalog_user *u = catalog_user(c, cos_span_of(given->user->uin));
    if (u == NULL) {
        return no_user(err, given->user->uin);
    }
    catalog_bound(c, u, /* p= */ NULL);
    u->said.boundary = pair_of(c, given);
    return 0;
}

int world_user_policy_set(struct cosmock_tenant *t, const char *uin, const char *json,
                          const struct world_warner *warner, struct cosmock_error *err)
{
    struct user *u = world_user_find(t, uin);
    if (u == NULL) {
        return no_user(err, uin);
    }
    char name[WORLD_POLICY_NAME_BYTES];
    world_policy_number(name, 1, u->uin);
    struct cam_policy *policy;
    int r = parse_policy(&policy, json, CAM_IDENTITY, uin, name, err);
    if (r == 0) {
        warn(warner, policy);
        r = catalog_change(t, u->owner_uin, give_policy, &(struct policy_given){u, name, json},
                           uin, err);
    }
    cam_policy_unref(policy);
    user_unref(u);
    return r;
}

int cosmock_user_policy_set(struct cosmock_tenant *t, const char *uin, const char *json,
                            struct cosmock_error *err)
{
    return world_user_policy_set(t, uin, json, /* warner= */ NULL, err);
}

static int set_boundary(struct cosmock_tenant *t, const struct user *u, const char *json,
                        struct cosmock_error *err)
{
    if (u->is_root) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "uin %s is an account; permission boundaries are of users and roles",
                          u->uin);
    }
    char name[WORLD_POLICY_NAME_BYTES];
    (void)snprintf(name, sizeof(name), WORLD_BOUNDARY_NAME, u->uin);
    struct cam_policy *policy;
    int r = parse_policy(&policy, json, CAM_BOUNDARY, u->uin, name, err);
    if (r == 0) {
        r = catalog_change(t, u->owner_uin, give_boundary,
                           &(struct policy_given){u, name, json}, u->uin, err);
    }
    cam_policy_unref(policy);
    return r;
}

int cosmock_user_boundary_set(struct cosmock_tenant *t, const char *uin, const char *json,
                              struct cosmock_error *err)
{
    struct user *u = world_user_find(t, uin);
    int r = u == NULL ? no_user(err, uin) : set_boundary(t, u, json, err);
    user_unref(u);
    return r;
}

int world_bucket_policy_set(struct cosmock_tenant *t, const char *bucket, const char *json,
                            const struct world_warner *warner, struct cosmock_error *err)
{
    struct bucket *b = world_bucket_of(t, bucket);
    if (b == NULL) {
        return no_bucket(err, bucket);
    }
    struct cam_policy *policy;
    int r = parse_policy(&policy, json, CAM_BUCKET, bucket, bucket, err);
    if (r == 0) {
        warn(warner, policy);
        r = from_store(err, world_bucket_policy_replace(b, policy), bucket, "");
    }
    bucket_unref(b);
    return r;
}

int cosmock_bucket_policy_set(struct cosmock_tenant *t, const char *bucket, const char *json,
                              struct cosmock_error *err)
{
    return world_bucket_policy_set(t, bucket, json, /* warner= */ NULL, err);
}

static struct batch *acl_batch(const struct bucket *b, const char *acl)
{
    struct batch *batch = batch_new();
    if (batch != NULL && acl == NULL) {
        world_bucket_document_delete(batch, b, BUCKET_ACL);
    } else if (batch != NULL) {
        world_bucket_document_put(batch, b, BUCKET_ACL, cos_span_of(acl), /* value= */ NULL,
                                  /* kind= */ NULL);
    }
    return batch;
}

int cosmock_bucket_acl_set(struct cosmock_tenant *t, const char *bucket, const char *acl,
                           struct cosmock_error *err)
{
    struct acl ignored;
    if (acl != NULL && !acl_read(cos_span_of(acl), ACL_OF_BUCKET, &ignored)) {
        return world_fail(err, COSMOCK_E_INVALID, "'%.80s': " WORLD_ACL_RULE, acl);
    }
    struct bucket *b = world_bucket_of(t, bucket);
    if (b == NULL) {
        return no_bucket(err, bucket);
    }
    int r = world_commit(t, acl_batch(b, acl), /* c= */ NULL, bucket, err);
    bucket_unref(b);
    return r;
}

int cosmock_bucket_versioning_set(struct cosmock_tenant *t, const char *bucket,
                                  enum cosmock_versioning versioning, struct cosmock_error *err)
{
    if (versioning != COSMOCK_VERSIONING_ENABLED &&
        versioning != COSMOCK_VERSIONING_SUSPENDED) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "versioning %d of bucket '%s' must be enabled or suspended",
                          (int)versioning, bucket);
    }
    struct bucket *b = world_bucket_of(t, bucket);
    if (b == NULL) {
        return no_bucket(err, bucket);
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_versioning_put(batch, b,
                                    versioning == COSMOCK_VERSIONING_ENABLED
                                        ? VERSIONING_ENABLED
                                        : VERSIONING_SUSPENDED);
    }
    struct commit c = {0};
    int r = world_commit(t, batch, &c, bucket, err);
    if (c.result == BACKEND_UNEXPECTED) {
        r = from_store(err, store_committed(&c), bucket, "");
    }
    bucket_unref(b);
    return r;
}

static int no_key(struct cosmock_error *err, const char *secret_id)
{
    return world_fail(err, COSMOCK_E_NOT_FOUND, "no key with secret id '%s' in this tenant",
                      secret_id);
}

/* What @change makes of the row of a key that is there. */
static int with_key(struct cosmock_tenant *t, const char *secret_id,
                    int (*change)(struct cosmock_tenant *t, struct key_row *k,
                                  struct cosmock_error *err),
                    struct cosmock_error *err)
{
    struct row *row = NULL;
    struct key_row k;
    enum backend_result found =
        world_row_get(t->rows, ROWKEY_ACCESS_KEY, cos_span_of(secret_id), &row);
    if (found == BACKEND_ABSENT) {
        return no_key(err, secret_id);
    }
    if (found != BACKEND_OK || !key_row_read(row, &k)) {
        row_unref(row);
        return world_fail(err, COSMOCK_E_IO, "key '%s' cannot be read", secret_id);
    }
    struct commit c = {0};
    int r = change(t, &k, err);
    struct batch *b = r < 0 ? NULL : batch_new();
    if (b != NULL) {
        batch_expect(b, EXPECT_PRESENT, row_key(row), COS_SPAN_EMPTY, /* tag= */ 0);
        key_row_put(b, &k);
    }
    r = r < 0 ? r : world_commit(t, b, &c, secret_id, err);
    row_unref(row);
    /* deleted meanwhile */
    return c.result == BACKEND_UNEXPECTED ? no_key(err, secret_id) : r;
}

static int revoke_row(struct cosmock_tenant *t, struct key_row *k, struct cosmock_error *err)
{
    k->is_revoked = true;
    return 0;
}

int cosmock_key_revoke(struct cosmock_tenant *t, const char *secret_id,
                       struct cosmock_error *err)
{
    return with_key(t, secret_id, revoke_row, err);
}

/* It has ended in the second that is now, by the clock that judges it. */
static int expire_row(struct cosmock_tenant *t, struct key_row *k, struct cosmock_error *err)
{
    if (!k->is_temporary) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "key '" COS_SPAN_FMT "' is permanent and has no end; revoke it",
                          COS_SPAN_ARG(k->secret_id));
    }
    int64_t now_ms = cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN) / 1000 * 1000;
    k->expires_unix_ms = now_ms < k->expires_unix_ms ? now_ms : k->expires_unix_ms;
    return 0;
}

int cosmock_key_expire(struct cosmock_tenant *t, const char *secret_id,
                       struct cosmock_error *err)
{
    return with_key(t, secret_id, expire_row, err);
}

int cosmock_ttl_override(struct cosmock_tenant *t, int64_t seconds)
{
    int64_t bounded = seconds < -COSMOCK_TTL_MAX_S  ? -COSMOCK_TTL_MAX_S
                      : seconds > COSMOCK_TTL_MAX_S ? COSMOCK_TTL_MAX_S
                                                    : seconds;
    struct batch *b = batch_new();
    if (b != NULL) {
        mark_row_put(b, MARK_TTL, &(struct mark){.number = bounded});
    }
    return world_commit(t, b, /* c= */ NULL, "the lifetime of tokens", /* err= */ NULL);
}
