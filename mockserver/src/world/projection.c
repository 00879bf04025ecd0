/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of a tenant is its rows. What requests look things up in, maps of values that are
 * made once and counted, is a projection of them: one function per kind of row puts what a row
 * says into the maps, at opening and behind every batch, and nothing else writes them. So a
 * change is kept before it is seen, and a tenant that is opened again is the same.
 *
 * A batch that has happened cannot be refused any more. Therefore all that can fail is done
 * before: world_prepare() makes the values, which the rows carry along as their memo, and the
 * places they will have in the maps; behind the commit pointers are swapped.
 */
#include "world/projection.h"

#include "cosbase/alloc.h"
#include "store/rowkey.h"
#include "world/fail.h"
#include "world/maps.h"
#include "world/mock.h"
#include "world/registry.h"
#include "world/rows.h"

static bool is_everything(const struct change *change)
{
    return change->is_prefix && change->key.len == 0;
}

/* --- values of rows --- */

static void forget_user(void *memo)
{
    (void)user_unref(memo);
}

static void forget_key(void *memo)
{
    (void)access_key_unref(memo);
}

/* The value of a row, made when it has none yet: prepared rows have one. Borrowed from the row;
 * NULL: no memory, or the row cannot be read. */
static void *value_of(struct cosmock_tenant *t, struct row *row)
{
    if (row->memo == NULL) {
        bool is_user = row->bytes[0] == ROWKEY_ACCOUNT;
        row->memo_free = is_user ? forget_user : forget_key;
        row->memo = is_user ? (void *)user_of_row(row) : (void *)key_of_row(t, row);
    }
    return row->memo;
}

/* The same as a reference; the row, which may outlive the tenant, keeps none. */
static void *value_take(struct cosmock_tenant *t, struct row *row)
{
    void *value = value_of(t, row);
    row->memo = NULL;
    return value;
}

/* A place in @m for what will be there; a place without a value is found by nobody. */
static bool make_place(struct cosmock_tenant *t, struct map *m, struct cos_span name)
{
    (void)pthread_mutex_lock(&t->lock);
    int r = map_put(m, name, /* value= */ NULL);
    (void)pthread_mutex_unlock(&t->lock);
    return r >= 0;
}

/* @said NULL: the row @uin goes. */
static bool is_other_first_user(const struct user *first, struct cos_span uin,
                                const struct user *said)
{
    if (first == NULL) {
        return false;
    }
    return cos_span_eq_str(uin, first->uin)
               ? said == NULL || !user_is_as(said, first)
               : said != NULL && said->is_root && said->order < first->order;
}

static bool is_other_first_key(const struct access_key *first, struct cos_span secret_id,
                               const struct access_key *said)
{
    if (first == NULL) {
        return false;
    }
    return cos_span_eq_str(secret_id, first->secret_id)
               ? said == NULL || !key_is_as(said, first)
               : said != NULL && !said->is_temporary && said->order < first->order;
}

/* False: no memory. */
static bool lend_first(struct cosmock_tenant *t, struct cos_span key, const void *said)
{
    struct cos_span name = cos_span_from(key, 1);
    (void)pthread_mutex_lock(&t->lock);
    bool is_due = key.ptr[0] == ROWKEY_ACCOUNT
                      ? is_other_first_user(t->maps->first_user, name, said)
                      : is_other_first_key(t->maps->first_key, name, said);
    (void)pthread_mutex_unlock(&t->lock);
    return !is_due || world_lend(t) == 0;
}

static bool prepare_value(struct cosmock_tenant *t, struct row *row, struct map *places,
                          bool is_everything_new)
{
    const void *said = value_of(t, row);
    return said != NULL && (is_everything_new || lend_first(t, row_key(row), said)) &&
           make_place(t, places, cos_span_from(row_key(row), 1));
}

/* @is_everything_new: it comes with all others. */
static bool prepare(struct cosmock_tenant *t, struct row *row, bool is_everything_new)
{
    switch (row->bytes[0]) {
    case ROWKEY_ACCOUNT:
        return prepare_value(t, row, &t->maps->users, is_everything_new);
    case ROWKEY_ACCESS_KEY:
        return prepare_value(t, row, &t->maps->keys, is_everything_new);
    case ROWKEY_SWITCH:
        return switch_prepare(t, row);
    case ROWKEY_META:
        return suffixes_prepare(t, row);
    case ROWKEY_BUCKET:
        return !is_everything_new || bucket_prepare(t, row);
    default:
        return true;
    }
}

static bool prepare_end(struct cosmock_tenant *t, const struct change *change)
{
    bool is_one = change->key.len > 0 && !change->is_prefix;
    if (is_everything(change)) {
        return world_lend(t) == 0;
    }
    return !is_one ||
           (change->key.ptr[0] != ROWKEY_ACCOUNT && change->key.ptr[0] != ROWKEY_ACCESS_KEY) ||
           lend_first(t, change->key, /* said= */ NULL);
}

static bool is_document(const struct change *change)
{
    return change->key.len > 0 && change->key.ptr[0] == ROWKEY_DOCUMENT && !change->is_prefix;
}

int world_prepare(struct cosmock_tenant *t, struct batch *batch)
{
    bool is_everything_new = false;
    for (size_t i = 0; i < batch_size(batch); i++) {
        struct change change = batch_change(batch, i);
        is_everything_new = is_everything_new || is_everything(&change);
        bool is_prepared = change.row == NULL ? prepare_end(t, &change)
                                              : change.key.len == 0 ||
                                                    prepare(t, change.row, is_everything_new);
        if (!is_prepared ||
            (is_document(&change) && !document_prepare(t, batch, i, is_everything_new))) {
            return -1;
        }
    }
    return batch_failed(batch) ? -1 : 0;
}

/* --- what a row says; under the tenant's lock --- */

static void lost(struct cosmock_tenant *t, struct cos_span name)
{
    mock_log(t->mock, 0, "world", "no memory for what is kept of " COS_SPAN_FMT,
             COS_SPAN_ARG(name));
    mock_set_broken(t->mock);
}

/* Of this era; who is left of a former one goes when all that came has been read. */
static struct user *user_now(const struct world_maps *maps, struct cos_span uin)
{
    struct user *u = map_get(&maps->users, uin);
    return u != NULL && u->era == maps->era ? u : NULL;
}

static void user_leaves(struct world_maps *maps, struct user *u)
{
    if (u != NULL && maps->first_user == u) {
        maps->first_user = NULL;
    }
    maps->is_unsettled = true;
    user_unref(u);
}

static void user_enters(struct cosmock_tenant *t, struct user *u, struct cos_span uin)
{
    struct user *former = map_get(&t->maps->users, uin);
    u->era = t->maps->era;
    if (map_set(&t->maps->users, uin, u) < 0) {
        user_unref(u);
        lost(t, uin);
        return;
    }
    user_leaves(t->maps, former);
    world_order_taken(t->maps, u->order);
    first_user_may_be(t->maps, u);
}

static void user_has_row(struct cosmock_tenant *t, struct cos_span uin, struct row *row)
{
    struct user *said = value_take(t, row);
    struct user *known = user_now(t->maps, uin);
    if (said == NULL) {
        lost(t, uin);
    } else if (known != NULL && user_is_as(known, said)) {
        struct policy_set *old = known->policies;
        known->policies = said->policies;
        said->policies = old;
        user_unref(said);
    } else {
        user_enters(t, said, uin);
    }
}

static void key_leaves(struct world_maps *maps, struct access_key *k)
{
    if (k->era == maps->era) {
        temporary_unlink(maps, k);
        maps->is_unsettled = maps->is_unsettled || maps->first_key == k;
        maps->first_key = maps->first_key == k ? NULL : maps->first_key;
    }
    access_key_unref(k);
}

static void key_enters(struct cosmock_tenant *t, struct access_key *k)
{
    struct cos_span secret_id = cos_span_of(k->secret_id);
    struct access_key *former = map_get(&t->maps->keys, secret_id);
    world_order_taken(t->maps, k->order);
    k->era = t->maps->era;
    k->user = user_ref(user_now(t->maps, cos_span_of(k->uin)));
    if (map_set(&t->maps->keys, secret_id, k) < 0) {
        lost(t, secret_id);
        access_key_unref(k);
        return;
    }
    if (former != NULL) {
        key_leaves(t->maps, former);
    }
    if (k->is_temporary) {
        temporary_insert(t->maps, k);
    } else {
        first_key_may_be(t->maps, k);
    }
}

static void key_has_row(struct cosmock_tenant *t, struct cos_span secret_id, struct row *row)
{
    struct access_key *said = value_take(t, row);
    struct access_key *known = map_get(&t->maps->keys, secret_id);
    if (said == NULL) {
        lost(t, secret_id);
    } else if (known != NULL && known->era == t->maps->era && key_is_as(known, said)) {
        __atomic_store_n(&known->revoked, said->revoked, __ATOMIC_RELEASE);
        access_key_unref(said);
    } else {
        key_enters(t, said);
    }
}

static void mark_has_row(struct cosmock_tenant *t, struct row *row)
{
    struct cos_span name;
    struct mark m;
    if (!mark_row_read(row, &name, &m)) {
        lost(t, cos_span_from(row_key(row), 1));
    } else if (cos_span_eq_str(name, MARK_TTL)) {
        t->maps->told.ttl = true;
        __atomic_store_n(&t->ttl_override_s, m.number, __ATOMIC_RELAXED);
    } else if (cos_span_eq_str(name, MARK_DUE)) {
        due_apply(t, m.number);
    } else if (cos_span_eq_str(name, MARK_BUCKET)) {
        registry_bucket_id_taken(t, (uint32_t)m.number);
    } else if (cos_span_eq_str(name, MARK_SUFFIXES)) {
        suffixes_apply(t, row);
    }
}

static void row_is(struct cosmock_tenant *t, struct cos_span key, struct row *row)
{
    struct cos_span name = cos_span_from(key, 1);
    switch (key.len == 0 ? '\0' : key.ptr[0]) {
    case ROWKEY_ACCOUNT:
        user_has_row(t, name, row);
        break;
    case ROWKEY_ACCESS_KEY:
        key_has_row(t, name, row);
        break;
    case ROWKEY_SWITCH:
        switch_apply(t, row);
        break;
    case ROWKEY_CLOCK:
        clock_apply(t, row);
        break;
    case ROWKEY_META:
        mark_has_row(t, row);
        break;
    default:
        break;
    }
}

/* --- what is no more --- */

static void key_is_gone(struct cosmock_tenant *t, struct cos_span secret_id)
{
    struct access_key *k = map_remove(&t->maps->keys, secret_id);
    if (k != NULL) {
        registry_give_up_secret_id(t, secret_id);
        key_leaves(t->maps, k);
    }
}

static void row_is_gone(struct cosmock_tenant *t, struct cos_span key)
{
    struct cos_span name = cos_span_from(key, 1);
    switch (key.len == 0 ? '\0' : key.ptr[0]) {
    case ROWKEY_ACCOUNT:
        user_leaves(t->maps, map_remove(&t->maps->users, name));
        break;
    case ROWKEY_ACCESS_KEY:
        key_is_gone(t, name);
        break;
    default:
        break;
    }
}

/* --- everything is replaced: a new era ---
 *
 * A batch that deletes all rows and puts others. Values of the former era keep their places
 * while those of the new one come, so that the same names need none; then they go. */

static void era_begins(struct cosmock_tenant *t)
{
    struct world_maps *maps = t->maps;
    maps->era++;
    maps->first_user = NULL;
    maps->first_key = NULL;
    maps->first_bucket = bucket_unref(maps->first_bucket);
    maps->oldest_temporary = maps->newest_temporary = NULL;
    maps->n_temporary = 0;
    maps->are_unsorted = true;
    maps->told = (struct told){0};
}

/* A place without a value is somebody's claim. */
static bool is_key_now(void *ctx, struct cos_span secret_id, void **value)
{
    struct cosmock_tenant *t = ctx;
    struct access_key *k = *value;
    if (k == NULL || k->era == t->maps->era) {
        return true;
    }
    registry_give_up_secret_id(t, secret_id);
    access_key_unref(k);
    return false;
}

static bool is_user_now(void *ctx, struct cos_span uin, void **value)
{
    const struct cosmock_tenant *t = ctx;
    struct user *u = *value;
    if (u == NULL || u->era == t->maps->era) {
        return true;
    }
    user_unref(u);
    return false;
}

/* What requests read without a lock: a clock that was frozen before and is again has stood
 * still for everybody. */
static void untold_is_reset(struct cosmock_tenant *t)
{
    const struct told *told = &t->maps->told;
    switches_reset(t, told);
    clocks_reset(t, told);
    due_reset(t, told);
    suffixes_reset(t, told);
    if (!told->ttl) {
        __atomic_store_n(&t->ttl_override_s, 0, __ATOMIC_RELAXED);
    }
}

static void era_is_whole(struct cosmock_tenant *t)
{
    untold_is_reset(t);
    map_filter(&t->maps->keys, is_key_now, t);
    map_filter(&t->maps->users, is_user_now, t);
    temporary_sort(t->maps);
    t->maps->is_unsettled = true;
}

static bool is_of_a_world(const struct batch *batch)
{
    static const char kinds[] = {ROWKEY_ACCOUNT, ROWKEY_ACCESS_KEY, ROWKEY_SWITCH, ROWKEY_CLOCK,
                                 ROWKEY_META};
    for (size_t i = 0; i < batch_size(batch); i++) {
        struct change change = batch_change(batch, i);
        if (change.key.len == 0 || memchr(kinds, change.key.ptr[0], sizeof(kinds)) != NULL) {
            return true;
        }
    }
    return false;
}

/* Of a bucket, or of its documents: the registry's lock guards those. */
static bool bucket_is(struct cosmock_tenant *t, const struct change *change)
{
    switch (change->key.ptr[0]) {
    case ROWKEY_BUCKET:
        return bucket_apply(t, cos_span_from(change->key, 1), change->row);
    case ROWKEY_DOCUMENT:
        return document_apply(t, change);
    default:
        return true;
    }
}

static void buckets_are(struct cosmock_tenant *t, const struct batch *batch)
{
    bool is_everything_new = false;
    for (size_t i = 0; i < batch_size(batch); i++) {
        struct change change = batch_change(batch, i);
        is_everything_new = is_everything_new || is_everything(&change);
        if (change.key.len > 0 && !change.is_prefix && !bucket_is(t, &change)) {
            lost(t, change.key);
        }
    }
    if (is_everything_new) {
        registry_drop_former(t);
    }
}

static void world_is(struct cosmock_tenant *t, const struct batch *batch)
{
    if (!is_of_a_world(batch)) {
        return;
    }
    (void)pthread_mutex_lock(&t->lock);
    uint64_t era = t->maps->era;
    for (size_t i = 0; i < batch_size(batch); i++) {
        struct change change = batch_change(batch, i);
        if (change.row != NULL) {
            row_is(t, change.key, change.row);
        } else if (is_everything(&change)) {
            era_begins(t);
        } else if (!change.is_prefix) {
            row_is_gone(t, change.key);
        }
    }
    if (t->maps->era != era) {
        era_is_whole(t);
    }
    if (t->maps->is_unsettled) {
        world_settle(t->maps);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

void world_observe(void *ctx, const struct batch *batch)
{
    world_is(ctx, batch);
    buckets_are(ctx, batch);
    errands_send(ctx);
}

/* --- opening --- */

struct opening {
    struct cosmock_tenant *t;
    struct cosmock_error *err;
    int r;
};

static int unreadable(struct opening *o, struct cos_span key)
{
    return world_fail(o->err, COSMOCK_E_IO,
                      "row '" COS_SPAN_FMT "' of tenant '%s' cannot be read: it is damaged, or "
                      "there is no memory for it, or another tenant has its name",
                      COS_SPAN_ARG(cos_span_sub(key, 0, 80)), o->t->name);
}

static int name_taken(struct opening *o, struct cos_span key)
{
    return world_fail(o->err, COSMOCK_E_EXISTS,
                      "%s '" COS_SPAN_FMT "' of tenant '%s' is taken by another tenant of this "
                      "mock",
                      key.ptr[0] == ROWKEY_BUCKET ? "bucket" : "secret id",
                      COS_SPAN_ARG(cos_span_from(key, 1)), o->t->name);
}

static int read_row(struct opening *o, struct row *row)
{
    struct cos_span key = row_key(row);
    struct cos_span name = cos_span_from(key, 1);
    int claimed = 0;
    if (row->bytes[0] == ROWKEY_BUCKET) {
        claimed = bucket_open(o->t, name, row);
    } else if (row->bytes[0] == ROWKEY_ACCESS_KEY) {
        claimed = world_key_claim(o->t, name);
    }
    if (claimed == 1) {
        return name_taken(o, key);
    }
    if (claimed < 0 || !prepare(o->t, row, /* is_everything_new= */ false) ||
        !bucket_is(o->t, &(struct change){.key = key, .row = row})) {
        return unreadable(o, key);
    }
    (void)pthread_mutex_lock(&o->t->lock);
    row_is(o->t, key, row);
    (void)pthread_mutex_unlock(&o->t->lock);
    return 0;
}

static enum scan_next visit_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct opening *o = ctx;
    o->r = row->key_bytes == 0 ? 0 : read_row(o, row);
    return o->r < 0 ? SCAN_STOP : SCAN_NEXT;
}

/* Of what is in buckets nothing is read: a tenant opens in the time of its accounts. */
static enum backend_result scan_world(struct opening *o)
{
    static const char kinds[] = {ROWKEY_ACCOUNT, ROWKEY_CLOCK,  ROWKEY_ACCESS_KEY, ROWKEY_META,
                                 ROWKEY_SWITCH,  ROWKEY_BUCKET, ROWKEY_DOCUMENT};
    struct backend *rows = o->t->rows;
    enum backend_result r = BACKEND_OK;
    for (size_t i = 0; i < sizeof(kinds) && r == BACKEND_OK && o->r == 0; i++) {
        char behind = (char)(kinds[i] + 1);
        r = rows->ops->scan(rows, cos_span_make(&kinds[i], 1), cos_span_make(&behind, 1),
                            visit_row, o);
    }
    return r;
}

int world_read_rows(struct cosmock_tenant *t, struct cosmock_error *err)
{
    struct opening o = {t, err, 0};
    t->maps->are_unsorted = true;
    enum backend_result r = scan_world(&o);
    if (o.r < 0) {
        return o.r;
    }
    if (r != BACKEND_OK) {
        return world_fail(err, r == BACKEND_NOMEM ? COSMOCK_E_NOMEM : COSMOCK_E_IO,
                          "tenant '%s' cannot be read", t->name);
    }
    return temporary_sort_and_sweep(t, err);
}

/* --- committing from outside --- */

static int failed(enum backend_result r, const struct commit *c, const char *what,
                  struct cosmock_error *err)
{
    switch (r) {
    case BACKEND_NO_ROOM:
    case BACKEND_IO:
        return world_fail(err, COSMOCK_E_IO, "cannot keep %s: %s", what, c->reason);
    case BACKEND_UNEXPECTED:
        return world_fail(err, COSMOCK_E_NOT_FOUND, "%s is not there any more", what);
    default:
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for %s", what);
    }
}

int world_commit(struct cosmock_tenant *t, struct batch *batch, struct commit *c,
                 const char *what, struct cosmock_error *err)
{
    struct commit own = {0};
    if (c == NULL) {
        c = &own;
    }
    if (batch == NULL || world_prepare(t, batch) < 0) {
        (void)batch_free(batch);
        c->result = BACKEND_NOMEM;
        return failed(BACKEND_NOMEM, c, what, err);
    }
    enum backend_result r = backend_commit(t->rows, batch, c);
    return r == BACKEND_OK ? 0 : failed(r, c, what, err);
}
