/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant as one file (store/snapshot.h). All that it is are its rows, so they are what is
 * saved; the journal, the faults and what requests under way have not committed are none.
 */
#include "store/snapshot.h"

#include "cosbase/alloc.h"
#include "store/audit.h"
#include "store/objects.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "world/bucket_documents.h"
#include "world/fail.h"
#include "world/maps.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/registry.h"
#include "world/rows.h"

#include <stdarg.h>

static int failed(const struct snapshot_error *why, struct cosmock_error *err)
{
    enum cosmock_status status = COSMOCK_E_IO;
    switch (why->status) {
    case SNAPSHOT_REFUSED:
        status = COSMOCK_E_INVALID;
        break;
    case SNAPSHOT_NO_MEMORY:
    case SNAPSHOT_NO_ROOM:
        status = COSMOCK_E_NOMEM;
        break;
    case SNAPSHOT_OK:
    case SNAPSHOT_IO:
    default:
        break;
    }
    return world_fail(err, status, "%s", why->message);
}

int world_snapshot_write(struct cosmock_tenant *t, int fd, const char *name,
                         struct cosmock_error *err)
{
    struct snapshot_error why;
    return snapshot_write(t->rows, fd, name, &why) < 0 ? failed(&why, err) : COSMOCK_OK;
}

int cosmock_tenant_save(struct cosmock_tenant *t, const char *path, struct cosmock_error *err)
{
    struct snapshot_error why;
    return snapshot_save(t->rows, path, &why) < 0 ? failed(&why, err) : COSMOCK_OK;
}

/* --- back --- */

/* Whether it can be read, and has the bytes beside it that it says. */
static bool is_value(const struct rowkey *key, const struct snapshot_row *row)
{
    struct audit_promise said;
    return audit_value(key->kind, row->value, &said) && said.bytes == row->body_bytes &&
           (key->kind != ROWKEY_BUCKET || world_is_bucket_name(key->name));
}

struct check {
    struct cosmock_tenant *t;
    const char *file;
    /* What was nobody's: secret ids; names of buckets and those claimed, references. */
    struct map keys, buckets;
    int64_t lives;       /* of both tenants, the larger number */
    struct batch *batch; /* for what its world is projected from */
    struct cosmock_error *err;
};

/* The reader of the file stops at it; the error is @c's. */
static int refuse(const struct check *c, enum cosmock_status status, const char *fmt, ...)
    COS_PRINTF(3, 4);
static int refuse(const struct check *c, enum cosmock_status status, const char *fmt, ...)
{
    char what[300];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    return world_fail(c->err, status, "%.200s: %s", c->file, what);
}

static int claim_key(struct check *c, struct cos_span secret_id)
{
    int r = world_key_claim(c->t, secret_id);
    if (r == 0 && map_put(&c->keys, secret_id, /* value= */ NULL) < 0) {
        world_key_give_up(c->t, secret_id);
        r = -1;
    }
    if (r < 0) {
        return refuse(c, COSMOCK_E_NOMEM, "no memory for a key");
    }
    struct cosmock_tenant *holder =
        r == 0 ? tenant_ref(c->t) : registry_by_secret_id(c->t->mock, secret_id);
    bool is_mine = holder == c->t;
    (void)tenant_unref(holder);
    return is_mine
               ? 0
               : refuse(c, COSMOCK_E_EXISTS,
                        "secret id '" COS_SPAN_FMT "' is taken by another tenant of this mock",
                        COS_SPAN_ARG(secret_id));
}

static int claim_bucket(struct check *c, struct cos_span name, struct cos_span value)
{
    struct bucket_row said;
    struct bucket *b = NULL;
    int r = row_read_bucket(value, &said) ? 0 : -1;
    const struct bucket_facts facts = {said.id, said.region, said.owner_uin, said.appid,
                                       said.created_unix_ms};
    r = r < 0 ? r : bucket_claim(c->t, name, &facts, &b);
    if (r == 0 && map_put(&c->buckets, name, b) < 0) {
        world_bucket_give_up(b);
        bucket_unref(b);
        r = -1;
    }
    if (r < 0) {
        return refuse(c, COSMOCK_E_NOMEM, "no memory for a bucket");
    }
    struct bucket *holder = r == 0 ? bucket_ref(b) : registry_bucket_holder(c->t->mock, name);
    bool is_mine = holder != NULL && holder->tenant == c->t;
    bucket_unref(holder);
    return is_mine ? 0
                   : refuse(c, COSMOCK_E_EXISTS,
                            "bucket '" COS_SPAN_FMT "' is taken by another tenant of this mock",
                            COS_SPAN_ARG(name));
}

/* --- policies --- */

/* Of @what, whose name is @name, in row @number: what its tenant could not read is refused. */
static int check_policy(const struct check *c, uint64_t number, enum cam_policy_use use,
                        const struct row_pair *policy)
{
    static const char *const whose[] = {[CAM_IDENTITY] = "policy",
                                        [CAM_BOUNDARY] = "permission boundary",
                                        [CAM_SESSION] = "session policy of",
                                        [CAM_BUCKET] = "policy of bucket",
                                        [CAM_TRUST] = "trust policy of role"};
    char *name = cos_strndup(policy->name.ptr, policy->name.len);
    if (name == NULL) {
        return refuse(c, COSMOCK_E_NOMEM, "no memory for a policy");
    }
    struct cam_policy *parsed = NULL;
    struct cos_text_error why;
    int r = cam_policy_parse(&parsed, policy->value, use, name, &why);
    if (r < 0) {
        r = refuse(c, COSMOCK_E_INVALID, "row %llu: %s '%.80s', line %u column %u: %s",
                   (unsigned long long)number, whose[use], name, why.line, why.column,
                   why.message);
    }
    cam_policy_unref(parsed);
    cos_free(name);
    return r;
}

struct name_of_id {
    uint32_t id;
    struct cos_span name;
};

static void find_name(void *ctx, struct cos_span name, void *value)
{
    struct name_of_id *found = ctx;
    const struct bucket *b = value;
    if (b->stored.id == found->id) {
        found->name = name;
    }
}

/* Buckets come before their documents. One whose bucket is not there is nobody's. */
static int check_document(const struct check *c, const struct rowkey *key,
                          const struct snapshot_row *row)
{
    struct document_row said;
    struct name_of_id bucket = {.id = key->bucket_id};
    if (bucket_document_named(key->name) != BUCKET_POLICY ||
        !row_read_document(row->value, &said)) {
        return 0;
    }
    map_each(&c->buckets, find_name, &bucket);
    return check_policy(c, row->number, CAM_BUCKET, &(struct row_pair){bucket.name, said.text});
}

static int check_policies(const struct check *c, const struct snapshot_row *row,
                          struct cos_span pairs, enum cam_policy_use use)
{
    int r = 0;
    struct row_pair policy;
    while (r == 0 && row_pair_next(&pairs, &policy)) {
        r = check_policy(c, row->number, use, &policy);
    }
    return r;
}

/* Every version: each may be in effect one day. */
static int check_versions(const struct check *c, const struct snapshot_row *row)
{
    struct policy_row said;
    struct row_pair version;
    int r = 0;
    if (row_read_policy(row->value, &said)) {
        while (r == 0 && row_pair_next(&said.versions, &version)) {
            r = check_policy(c, row->number, CAM_IDENTITY,
                             &(struct row_pair){said.name, version.value});
        }
    }
    return r;
}

static int check_account(const struct check *c, const struct snapshot_row *row)
{
    struct account_row said;
    int r = 0;
    if (row_read_account(row->value, &said)) {
        r = check_policies(c, row, said.policies, CAM_IDENTITY);
        r = r < 0 ? r : check_policies(c, row, said.granted, CAM_IDENTITY);
        r = r < 0 ? r : check_policies(c, row, said.boundary, CAM_BOUNDARY);
        if (r == 0 && said.trust.len > 0) {
            r = check_policy(c, row->number, CAM_TRUST,
                             &(struct row_pair){said.name, said.trust});
        }
    }
    return r;
}

static int check_session(const struct check *c, const struct snapshot_row *row)
{
    struct access_key_row said;
    return row_read_access_key(row->value, &said) && said.session.len > 0
               ? check_policy(c, row->number, CAM_SESSION,
                              &(struct row_pair){said.federated_name, said.session})
               : 0;
}

/* --- rows --- */

static void note_lives(struct check *c, struct cos_span value)
{
    struct meta_row said;
    if (row_read_meta(value, &said) && said.number < INT32_MAX &&
        (int64_t)said.number > c->lives) {
        c->lives = (int64_t)said.number;
    }
}

/* What the world is made of, beyond the form of its row. */
static int check_meaning(struct check *c, const struct rowkey *key,
                         const struct snapshot_row *row)
{
    int r = 0;
    switch (key->kind) {
    case ROWKEY_ACCOUNT:
        return check_account(c, row);
    case ROWKEY_POLICY:
        return check_versions(c, row);
    case ROWKEY_ACCESS_KEY:
        r = check_session(c, row);
        return r < 0 ? r : claim_key(c, key->name);
    case ROWKEY_BUCKET:
        return claim_bucket(c, key->name, row->value);
    case ROWKEY_DOCUMENT:
        return check_document(c, key, row);
    case ROWKEY_META:
        if (cos_span_eq_str(key->name, MARK_STARTS)) {
            note_lives(c, row->value);
        }
        return 0;
    default:
        return 0;
    }
}

/* Of objects and uploads, which no world is made of and of which there may be very many. */
static bool is_stored(struct cos_span key)
{
    static const char kinds[] = {ROWKEY_OBJECT, ROWKEY_MARKER, ROWKEY_VERSION, ROWKEY_UPLOAD,
                                 ROWKEY_PART};
    return key.len > 0 && memchr(kinds, key.ptr[0], sizeof(kinds)) != NULL;
}

static int check_row(void *ctx, const struct snapshot_row *row, struct snapshot_error *why)
{
    struct check *c = ctx;
    struct rowkey_room room;
    struct rowkey key;
    if (!rowkey_read(row->key, &room, &key) || !is_value(&key, row)) {
        return refuse(c, COSMOCK_E_INVALID,
                      "row %llu says nothing that this cosmock knows: it is of a later one, or "
                      "was made by hand",
                      (unsigned long long)row->number);
    }
    if (!is_stored(row->key)) {
        batch_put(c->batch, row->key, row->value, /* blob= */ NULL);
    }
    return check_meaning(c, &key, row);
}

static void give_up_key(void *ctx, struct cos_span secret_id, void *value)
{
    world_key_give_up(ctx, secret_id);
}

/* One that is kept stays. */
static void give_up_bucket(void *ctx, struct cos_span name, void *value)
{
    world_bucket_give_up(value);
    bucket_unref(value);
}

/* The batch is committed, or gone. */
static int commit(struct check *c, struct snapshot *s)
{
    struct snapshot_error why;
    snapshot_pour(s, c->t->rows, is_stored, c->batch);
    mark_row_put(c->batch, MARK_STARTS, &(struct mark){.number = c->lives + 1});
    int r = world_commit(c->t, c->batch, /* c= */ NULL, c->file, c->err);
    return r < 0 && snapshot_trouble(s, &why) ? failed(&why, c->err) : r;
}

/* A restore begins a life, whoever had the rows before. */
static int replace(struct check *c, struct snapshot *s)
{
    struct snapshot_error why = {.status = SNAPSHOT_OK};
    c->batch = batch_new();
    if (c->batch == NULL) {
        return refuse(c, COSMOCK_E_NOMEM, "no memory for its rows");
    }
    batch_delete_all(c->batch, COS_SPAN_EMPTY);
    int r = tenant_lives(c->t, &c->lives, c->err);
    r = r < 0 ? r : snapshot_each(s, check_row, c, &why);
    if (r < 0) {
        (void)batch_free(c->batch);
        return why.status == SNAPSHOT_OK ? r : failed(&why, c->err);
    }
    r = commit(c, s);
    if (r == 0) {
        tenant_life_begin(c->t, c->lives);
        r = temporary_sort_and_sweep(c->t, c->err);
    }
    return r;
}

static int restore(struct cosmock_tenant *t, struct snapshot *s, struct cosmock_error *err)
{
    struct check c = {.t = t, .file = snapshot_name(s), .err = err};
    int r = replace(&c, s);
    if (r < 0) {
        map_each(&c.keys, give_up_key, t);
    }
    map_each(&c.buckets, give_up_bucket, /* ctx= */ NULL);
    map_deinit(&c.keys);
    map_deinit(&c.buckets);
    return r;
}

int world_snapshot_read(struct cosmock_tenant *t, int fd, const char *name,
                        struct cosmock_error *err)
{
    COS_CLEANUP(snapshot_free) struct snapshot *s = NULL;
    struct snapshot_error why;
    return snapshot_read(&s, fd, name, &why) < 0 ? failed(&why, err) : restore(t, s, err);
}

int cosmock_tenant_restore(struct cosmock_tenant *t, const char *path,
                           struct cosmock_error *err)
{
    COS_CLEANUP(snapshot_free) struct snapshot *s = NULL;
    struct snapshot_error why;
    return snapshot_open(&s, path, &why) < 0 ? failed(&why, err) : restore(t, s, err);
}
