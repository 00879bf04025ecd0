/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AppendObject (cos-operations-2.md s.0.1, s.4; cos-operations-1.md s.1). The object that an
 * append begins is appendable, and only such a one grows: its bytes are those of before and the
 * block, which share what is kept of them. Who appends says where; another length, also of an
 * object that grew meanwhile, is AppendPositionErr. Where there are versions, the latest grows
 * in its place, and a delete marker is as good as nothing there: the suites of Python and Node
 * append in buckets whose versioning is on (python ut/test.py:1000, :3654; node test.js:6305).
 *
 * What describes the object (headers, class, ACL) is said at the beginning and stays
 * [assumed for all but the class: document APPEND Object]. The header x-cos-content-sha1 of the
 * answer is the MD5 of the block, whatever its name says: Go and C++ refuse another. The ETag
 * is no digest of the whole; here it is made of the last one and the block's MD5.
 */
#include "services/handlers.h"

#include "services/encryption.h"
#include "services/retention.h"
#include "services/service.h"
#include "services/storage_class.h"
#include "services/stored.h"

#define APPENDABLE COS_SPAN_LIT("1") /* the facet; that it is there is all it says */

static bool position_read(struct cosmock_exchange *x, uint64_t *out)
{
    if (cos_span_u64(service_param(x, "position"), out)) {
        return true;
    }
    service_refuse_saying(x, "InvalidArgument", "position must be a number from 0 on");
    return false;
}

/* The latest version grows, and no other. */
static bool version_check(struct cosmock_exchange *x)
{
    if (x->target.version.kind == VERSION_LATEST) {
        return true;
    }
    service_refuse_saying(x, "InvalidArgument",
                          "versionId must be left out: a block goes to the latest version");
    return false;
}

/* Where a new one comes: it takes no part in versioning (document APPEND Object), as if that
 * were suspended. */
static struct store_bucket place_of_new(const struct cosmock_exchange *x)
{
    struct store_bucket b = service_stored(x);
    if (b.versioning == VERSIONING_ENABLED && SWITCH_IS(x->tenant, APPEND_VERSION, NULL)) {
        b.versioning = VERSIONING_SUSPENDED;
    }
    return b;
}

/* What is there takes the block at @position. */
static bool place_check(struct cosmock_exchange *x, const struct found_object *found,
                        uint64_t position)
{
    const struct object *o = &found->object;
    if (o->row == NULL && found->why != STORE_NO_KEY) {
        x->failed = x->failed || service_refuse_store(x, found->why) < 0;
        return false;
    }
    uint64_t length = o->row == NULL ? 0 : o->bytes;
    if (o->row != NULL && object_facet(o, FACET_APPEND).ptr == NULL) {
        service_refuse(x, "ObjectNotAppendable");
    } else if (position != length) {
        service_refuse_saying(x, "AppendPositionErr",
                              "position is %llu, the object has %llu bytes",
                              (unsigned long long)position, (unsigned long long)length);
    } else if (length + blob_bytes(x->body.blob) > SERVICE_OBJECT_MAX_BYTES) {
        service_refuse(x, "EntityTooLarge");
    }
    return !is_refused(x);
}

/* Document APPEND Object: not in buckets of several zones; the code [assumed]. */
static bool zones_check(struct cosmock_exchange *x)
{
    if (storage_class_is_maz(x)) {
        service_refuse(x, "OAZOperationNotSupportOnMAZBucket");
        return false;
    }
    return true;
}

/* An object that begins: neither tiered nor archived ones grow. */
static bool class_check(struct cosmock_exchange *x, const struct stored_headers *stored)
{
    enum word class = stored_class(stored_value(stored, HEADER_STORAGE_CLASS));
    if (class == WORD_STANDARD || class == WORD_STANDARD_IA) {
        return true;
    }
    service_refuse_saying(x, "NotSupportedStorageClass", "An appendable object cannot be %s",
                          word_spelling(class));
    return false;
}

/* What describes it: of the request, or as it was. *encryption: as the answer says it. */
static bool describe(struct cosmock_exchange *x, const struct object *old,
                     struct object_draft *draft, struct cos_span *encryption)
{
    struct stored_headers stored;
    if (old->row == NULL) {
        if (!stored_collect(x, &stored) || !class_check(x, &stored)) {
            return false;
        }
        draft->headers = stored.items;
        draft->n_headers = stored.n;
        draft->facets = stored.facets;
        draft->facets.of[FACET_APPEND] = APPENDABLE;
        *encryption = stored_value(&stored, HEADER_ENCRYPTION);
        return true;
    }
    draft->facets = facets_values(old->facets);
    *encryption = stored_value_kept(old->headers, HEADER_ENCRYPTION);
    return stored_again(x, old->headers, draft);
}

static struct cos_span grown_etag(struct cosmock_exchange *x, const struct object *old)
{
    char hex[33];
    struct cos_span both =
        cos_arena_printf(&x->arena, COS_SPAN_FMT "%s",
                         COS_SPAN_ARG(old->row == NULL ? COS_SPAN_EMPTY : old->etag),
                         x->body.md5_hex);
    cos_md5_hex(hex, both.ptr, both.len);
    return cos_arena_span(&x->arena, cos_span_of(hex));
}

static struct blob *grown_blob(struct cosmock_exchange *x, const struct object *old)
{
    if (old->row == NULL) {
        return blob_ref(x->body.blob);
    }
    struct blob *both[] = {old->row->blob, x->body.blob};
    return blob_concat(both, COS_ARRAY_LEN(both));
}

static void answer(struct cosmock_exchange *x, const struct object_draft *grown)
{
    if (SWITCH_IS(x->tenant, APPEND_CRC64, SENT)) {
        service_digest_headers(x, grown->etag, grown->crc64);
    } else {
        service_etag_header(x, grown->etag);
    }
    result_header_of(x, HEADER_CONTENT_SHA1, cos_span_of(x->body.md5_hex));
    result_header_of(x, HEADER_NEXT_APPEND_POSITION,
                     cos_arena_printf(&x->arena, "%llu",
                                      (unsigned long long)blob_bytes(grown->blob)));
    x->result.status = 200;
}

/* Nothing is there that could grow, and nothing that is locked goes. */
static int begin(struct cosmock_exchange *x, const struct object_draft *draft,
                 struct batch *batch)
{
    const struct store_bucket b = place_of_new(x);
    struct version made;
    enum store_result r = retention_check(x, &b, draft->key, batch);
    if (r != STORE_OK) {
        blob_unref(draft->blob);
        return service_commit_filled(x, batch, r);
    }
    r = objects_put(batch, x->tenant->rows, &b, draft, &made);
    objects_expect_absent(batch, &b, draft->key);
    service_version_header(x, &made);
    return service_commit_filled(x, batch, r);
}

static int extend(struct cosmock_exchange *x, const struct object *old,
                  const struct object_draft *draft, struct batch *batch)
{
    const struct store_bucket b = service_stored(x);
    objects_extend(batch, &b, old, draft);
    service_version_header(x, &old->version);
    return service_commit(x, batch);
}

static int append(struct cosmock_exchange *x, const struct object *old,
                  struct object_draft *draft)
{
    uint64_t n = blob_bytes(x->body.blob);
    draft->etag = grown_etag(x, old);
    draft->crc64 =
        old->row == NULL ? x->body.crc64 : cos_crc64_combine(old->crc64, x->body.crc64, n);
    draft->blob = grown_blob(x, old);
    struct batch *batch = batch_new();
    if (draft->blob == NULL || batch == NULL) {
        blob_unref(draft->blob);
        (void)batch_free(batch);
        return -1;
    }
    answer(x, draft);
    return old->row == NULL ? begin(x, draft, batch) : extend(x, old, draft, batch);
}

static bool lock_check(struct cosmock_exchange *x, const struct object *old)
{
    if (old->row != NULL && retention_holds(old, x->now.modification_unix_ms)) {
        service_refuse(x, "ObjectLocked");
        return false;
    }
    return true;
}

int op_append_object(struct cosmock_exchange *x)
{
    const struct found_object *found = &x->target.object;
    struct object_draft draft = service_draft(x);
    uint64_t position;
    struct cos_span encryption;
    if (service_bucket(x) == NULL || !service_key_check(x) || !version_check(x) ||
        !zones_check(x) || !encryption_takes_no_key(x) || !position_read(x, &position) ||
        !lock_check(x, &found->object) || !place_check(x, found, position) ||
        !describe(x, &found->object, &draft, &encryption) || !service_sha1_check(x)) {
        return service_stop(x);
    }
    stored_echo(x, HEADER_ENCRYPTION, encryption);
    return append(x, &found->object, &draft);
}
