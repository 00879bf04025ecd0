/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets of a tenant: name, region, owner. What is in them is the store's; where they are
 * found, and with which documents, is the registry's. A name is claimed before the row that
 * keeps it is committed, so that of two who want it one hears that it is taken, and what is
 * claimed has its place in every map: a row that is kept finds it there, and nothing can fail
 * any more.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "store/rowkey.h"
#include "world/mock.h"
#include "world/projection.h"
#include "world/registry.h"
#include "world/rows.h"

/*
 * 436/13312: the user's string has at most 50 characters and no '-' at either end. That the
 * whole host has at most 60 (436/14518) is not enforced by the service: the Python SDK's own
 * suite makes a bucket of 52 characters, which gives a host of 82. A name is a DNS label, so 63
 * is the end.
 */
#define OWN_PART_MAX_BYTES 50
#define LABEL_MAX_BYTES 63

bool world_is_bucket_name(struct cos_span name)
{
    size_t dash = cos_span_rchr(name, '-');
    if (dash == SIZE_MAX || dash == 0 || dash > OWN_PART_MAX_BYTES || dash + 1 == name.len ||
        name.len > LABEL_MAX_BYTES || name.ptr[0] == '-' || name.ptr[dash - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        bool is_fine = i > dash ? is_digit : is_digit || (c >= 'a' && c <= 'z') || c == '-';
        if (!is_fine) {
            return false;
        }
    }
    return true;
}

struct bucket *bucket_ref(struct bucket *b)
{
    if (b != NULL) {
        __atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
    }
    return b;
}

struct bucket *bucket_unref(struct bucket *b)
{
    if (b != NULL && __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        bucket_documents_unref(b->documents);
        row_unref(b->stored.row);
        cos_free(b);
    }
    return NULL;
}

struct bucket *world_bucket_find(struct cosmock_tenant *t, struct cos_span name)
{
    struct bucket_view v = world_bucket_view(t, name);
    bucket_documents_unref(v.documents);
    return v.bucket;
}

struct bucket *world_bucket_of(struct cosmock_tenant *t, const char *name)
{
    return world_bucket_find(t, cos_span_of(name));
}

static struct bucket *bucket_new(struct cosmock_tenant *t, struct cos_span name,
                                 const struct bucket_facts *said)
{
    struct bucket *b = cos_calloc(1, sizeof(*b));
    if (b == NULL) {
        return NULL;
    }
    b->refs = 1;
    b->tenant = t;
    b->stored.id = said->id;
    b->created_unix_ms = said->created_unix_ms;
    (void)snprintf(b->name, sizeof(b->name), COS_SPAN_FMT, COS_SPAN_ARG(name));
    (void)snprintf(b->region, sizeof(b->region), COS_SPAN_FMT, COS_SPAN_ARG(said->region));
    (void)snprintf(b->owner_uin, sizeof(b->owner_uin), COS_SPAN_FMT,
                   COS_SPAN_ARG(said->owner_uin));
    (void)snprintf(b->owner_appid, sizeof(b->owner_appid), COS_SPAN_FMT,
                   COS_SPAN_ARG(said->appid));
    return b;
}

/* The first by age, which the id tells. */
static void first_may_be(struct cosmock_tenant *t, struct bucket *b)
{
    struct bucket *old = NULL;
    (void)pthread_mutex_lock(&t->lock);
    if (t->maps->first_bucket == NULL || b->stored.id < t->maps->first_bucket->stored.id) {
        old = t->maps->first_bucket;
        t->maps->first_bucket = bucket_ref(b);
    }
    (void)pthread_mutex_unlock(&t->lock);
    bucket_unref(old);
}

int bucket_claim(struct cosmock_tenant *t, struct cos_span name,
                 const struct bucket_facts *said, struct bucket **out)
{
    struct bucket *b = bucket_new(t, name, said);
    int r = b == NULL ? -1 : registry_claim_bucket(bucket_ref(b));
    if (r != 0) {
        bucket_unref(b);
        b = bucket_unref(b);
    }
    *out = b;
    return r;
}

static struct bucket_facts facts_of(struct cosmock_tenant *t, const char *region,
                                    const struct user *owner)
{
    struct clock_sample now;
    world_clock_sample(t, &now);
    return (struct bucket_facts){.region = cos_span_of(region),
                                 .owner_uin = cos_span_of(owner->owner_uin),
                                 .appid = cos_span_of(owner->appid),
                                 .created_unix_ms = now.modification_unix_ms};
}

enum store_result world_bucket_claim(struct cosmock_tenant *t, struct cos_span name,
                                     const char *region, const struct user *owner,
                                     struct bucket **out)
{
    const struct bucket_facts said = facts_of(t, region, owner);
    int r = bucket_claim(t, name, &said, out);
    if (r == 1) {
        *out = registry_bucket_holder(t->mock, name);
    }
    return r == 0 ? STORE_OK : r < 0 ? STORE_NOMEM : STORE_EXISTS;
}

static struct bucket_facts facts_of_bucket(const struct bucket *b)
{
    return (struct bucket_facts){.id = b->stored.id,
                                 .region = cos_span_of(b->region),
                                 .owner_uin = cos_span_of(b->owner_uin),
                                 .appid = cos_span_of(b->owner_appid),
                                 .created_unix_ms = b->created_unix_ms};
}

void world_bucket_put(struct batch *batch, const struct bucket *b)
{
    const struct bucket_facts facts = facts_of_bucket(b);
    bucket_put(batch, cos_span_of(b->name), &facts);
}

void world_bucket_drop(struct batch *batch, const struct bucket *b)
{
    bucket_drop(batch, &b->stored);
    mark_row_put(batch, MARK_BUCKET,
                 &(struct mark){.number = registry_last_bucket_id(b->tenant)});
}

void world_bucket_give_up(struct bucket *b)
{
    registry_give_up_bucket(b);
}

static void forget_bucket(void *memo)
{
    (void)bucket_unref(memo);
}

struct bucket *world_bucket_put_again(struct batch *batch, struct cosmock_tenant *t,
                                      struct cos_span name, const char *region,
                                      const struct user *owner)
{
    struct bucket_facts said = facts_of(t, region, owner);
    said.id = registry_next_bucket_id(t);
    struct bucket *b = bucket_new(t, name, &said);
    if (b == NULL) {
        return NULL;
    }
    bucket_put_anew(batch, name, &said);
    if (batch_failed(batch)) {
        return bucket_unref(b);
    }
    struct row *row = batch_change(batch, batch_size(batch) - 1).row;
    row->memo = bucket_ref(b);
    row->memo_free = forget_bucket;
    return b;
}

static enum store_result commit(struct cosmock_tenant *t, struct batch *batch)
{
    struct commit c = {.result = BACKEND_NOMEM};
    if (batch == NULL || world_prepare(t, batch) < 0) {
        (void)batch_free(batch);
    } else {
        (void)backend_commit(t->rows, batch, &c);
    }
    return store_committed(&c);
}

enum store_result world_bucket_create(struct cosmock_tenant *t, struct cos_span name,
                                      const char *region, const struct user *owner)
{
    struct bucket *b;
    enum store_result r = world_bucket_claim(t, name, region, owner, &b);
    if (r == STORE_OK) {
        struct batch *batch = batch_new();
        if (batch != NULL) {
            world_bucket_put(batch, b);
        }
        r = commit(t, batch);
        world_bucket_give_up(b);
    }
    bucket_unref(b);
    return r;
}

enum store_result world_bucket_policy_replace(struct bucket *b, struct cam_policy *policy)
{
    struct batch *batch = batch_new();
    if (batch == NULL) {
        cam_policy_unref(policy);
        return STORE_NOMEM;
    }
    world_bucket_policy_put(batch, b, policy);
    return commit(b->tenant, batch);
}

/* --- what rows say --- */

int bucket_open(struct cosmock_tenant *t, struct cos_span name, const struct row *row)
{
    struct bucket_facts said;
    struct bucket *b = NULL;
    int r = bucket_read(row, &said) ? bucket_claim(t, name, &said, &b) : -1;
    bucket_unref(b);
    return r;
}

static void bucket_is_gone(struct cosmock_tenant *t, struct cos_span name)
{
    struct bucket *gone = world_bucket_find(t, name);
    if (gone != NULL) {
        registry_drop_bucket(gone);
        bucket_unref(gone);
    }
}

bool bucket_prepare(struct cosmock_tenant *t, struct row *row)
{
    struct cos_span name = cos_span_from(row_key(row), 1);
    struct bucket_facts said;
    if (row->memo != NULL || !bucket_read(row, &said) ||
        !registry_has_another(t, name, said.id)) {
        return true;
    }
    row->memo = bucket_new(t, name, &said);
    row->memo_free = forget_bucket;
    return row->memo != NULL;
}

bool bucket_apply(struct cosmock_tenant *t, struct cos_span name, struct row *row)
{
    if (row == NULL) {
        bucket_is_gone(t, name);
        return true;
    }
    struct bucket *b = row->memo;
    row->memo = NULL;
    if (b == NULL) {
        b = registry_keep_bucket(t, name, row);
    } else if (!registry_replace_bucket(bucket_ref(b), row)) {
        b = bucket_unref(b);
    }
    if (b == NULL) {
        return false;
    }
    first_may_be(t, b);
    bucket_unref(b);
    return true;
}
