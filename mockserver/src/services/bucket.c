/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetService, PutBucket, HeadBucket, DeleteBucket (cos-wire.md s.2.1, s.2.2).
 * HeadBucket never sends x-cos-bucket-arch: hadoop-cos would switch to its posix mode.
 */
#include "services/handlers.h"

#include "cosbase/alloc.h"
#include "exchange/xml_out.h"
#include "services/acl.h"
#include "services/documents.h"
#include "services/service.h"
#include "services/tags.h"

#define BUCKETS_MAX 2000 /* of a page: cos-operations-1.md s.10 */
#define OWNED_MAX 200    /* cos-wire.md s.2.0 */
#define REGION_IF_UNKNOWN "ap-guangzhou"
#define LOCATION_ELEMENT "LocationConstraint"

/* Whose buckets: the caller's account; with enforcement off and nobody signed,
 * the tenant's own. */
static const char *caller_owner(struct cosmock_exchange *x)
{
    if (x->principal.who.kind != CAM_ANONYMOUS) {
        return x->principal.who.owner_uin;
    }
    struct cosmock_world_info info;
    cosmock_world_info(x->tenant, &info);
    return info.owner_uin;
}

/* --- GetService --- */

/* How a bucket's time may compare with create-time: cos-operations-1.md s.10. */
struct time_range {
    const char *name;
    bool is_before, is_at, is_after;
};
static const struct time_range time_ranges[] = {
    {"lt", .is_before = true},
    {"lte", .is_before = true, .is_at = true},
    {"gt", .is_after = true},
    {"gte", .is_at = true, .is_after = true},
};

struct service_query {
    struct cosmock_tenant *tenant;
    struct cos_span region, marker;
    /* empty: whatever their tags are */
    struct cos_span tag_key, tag_value;
    /* NULL: whenever they were made */
    const struct time_range *range;
    int64_t create_time_s;
    unsigned max;
};

static bool is_made_in_range(const struct service_query *q, const struct bucket *b)
{
    int64_t made_s = b->created_unix_ms / 1000;
    return q->range == NULL || (made_s < q->create_time_s && q->range->is_before) ||
           (made_s == q->create_time_s && q->range->is_at) ||
           (made_s > q->create_time_s && q->range->is_after);
}

static bool has_tag(const struct service_query *q, const struct bucket *b)
{
    if (q->tag_key.len == 0 || q->tag_value.len == 0) {
        return true; /* half a pair asks for nothing: [assumed] */
    }
    struct bucket_view v = world_bucket_view(q->tenant, cos_span_of(b->name));
    bool has = tags_have(bucket_document(&v, BUCKET_TAGGING), q->tag_key, q->tag_value);
    bucket_view_release(&v);
    return has;
}

static bool service_wants(const struct service_query *q, const struct bucket *b)
{
    bool is_region = q->region.len == 0 || cos_span_eq_str(q->region, b->region);
    return is_region && cos_span_cmp(cos_span_of(b->name), q->marker) > 0 &&
           is_made_in_range(q, b) && has_tag(q, b);
}

/* A range that is none, or a time without one, asks for nothing: [assumed]. */
static void read_range(struct cosmock_exchange *x, struct service_query *q)
{
    struct cos_span range = service_param(x, "range");
    if (!cos_span_i64(service_param(x, "create-time"), &q->create_time_s)) {
        return;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(time_ranges); i++) {
        if (cos_span_eq_str(range, time_ranges[i].name)) {
            q->range = &time_ranges[i];
        }
    }
}

/* Moves those that are wanted to the front; returns how many there are. */
static size_t service_pick(const struct service_query *q, struct bucket *buckets[], size_t n)
{
    size_t picked = 0;
    for (size_t i = 0; i < n; i++) {
        if (service_wants(q, buckets[i])) {
            struct bucket *b = buckets[picked];
            buckets[picked++] = buckets[i];
            buckets[i] = b;
        }
    }
    return picked;
}

static void service_write_bucket(struct cosmock_exchange *x, const struct bucket *bucket)
{
    struct cos_buf *b = &x->result.body;
    cos_buf_printf(b, "<Bucket><Name>%s</Name><Location>%s</Location>", bucket->name,
                   bucket->region);
    service_xml_date(x, "CreationDate", DATE_OF_BUCKET, bucket->created_unix_ms);
    cos_buf_str(b, "<BucketType>cos</BucketType></Bucket>"); /* the other one is OFS */
}

/* Marker and IsTruncated are always there: Python's suite reads them without
 * asking (cos-operations-1.md s.10). */
static void service_write(struct cosmock_exchange *x, const char *owner,
                          const struct service_query *q, struct bucket *const buckets[],
                          size_t n)
{
    size_t page = n < q->max ? n : q->max;
    bool is_truncated = page > 0 && page < n;
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<ListAllMyBucketsResult>");
    service_xml_person(b, "Owner", owner, owner);
    xml_out_text(b, "Marker", q->marker);
    if (is_truncated) {
        xml_out_text(b, "NextMarker", cos_span_of(buckets[page - 1]->name));
    }
    xml_out_bool(b, "IsTruncated", is_truncated);
    cos_buf_str(b, "<Buckets>");
    for (size_t i = 0; i < page; i++) {
        service_write_bucket(x, buckets[i]);
    }
    cos_buf_str(b, "</Buckets></ListAllMyBucketsResult>");
}

int op_get_service(struct cosmock_exchange *x)
{
    struct service_query q = {.tenant = x->tenant,
                              .marker = service_param(x, "marker"),
                              .tag_key = service_param(x, "tagkey"),
                              .tag_value = service_param(x, "tagvalue")};
    read_range(x, &q);
    q.region = service_param(x, "region");
    q.region = q.region.len > 0 ? q.region : x->route.region;
    if (!service_number_param(x, "max-keys", BUCKETS_MAX, BUCKETS_MAX, &q.max)) {
        return service_stop(x);
    }
    const char *owner = caller_owner(x);
    struct bucket **buckets = cos_calloc(BUCKETS_MAX, sizeof(struct bucket *));
    if (buckets == NULL) {
        return -1;
    }
    size_t n = world_buckets_of(x->tenant, owner, buckets, BUCKETS_MAX);
    service_write(x, owner, &q, buckets, service_pick(&q, buckets, n));
    for (size_t i = 0; i < n; i++) {
        bucket_unref(buckets[i]);
    }
    cos_free(buckets);
    return service_xml_done(x);
}

/* --- PutBucket --- */

static struct user *caller_user(struct cosmock_exchange *x)
{
    if (x->principal.who.kind != CAM_ANONYMOUS) {
        return user_ref(x->principal.user);
    }
    return world_user_find(x->tenant, caller_owner(x));
}

static int refuse_taken(struct cosmock_exchange *x, const struct bucket *b,
                        const struct user *owner)
{
    bool is_own =
        b != NULL && b->tenant == x->tenant && strcmp(b->owner_uin, owner->owner_uin) == 0;
    return service_refuse(x, is_own ? "BucketAlreadyOwnedByYou" : "BucketAlreadyExists");
}

/* Its name is free again, unless it is kept. */
static void let_go(struct cosmock_exchange *x)
{
    world_bucket_give_up(x->claimed);
    x->claimed = bucket_unref(x->claimed);
}

static int created(struct cosmock_exchange *x)
{
    let_go(x);
    return service_committed(x);
}

/* What a new bucket is sent with: documents, and where it shall lie; ptr NULL: not. */
struct brought {
    struct cos_span acl, tags, az, region;
};

static void put_document(struct batch *batch, const struct bucket *b,
                         enum bucket_document which, struct cos_span text)
{
    if (text.ptr != NULL) {
        world_bucket_document_put(batch, b, which, text, /* value= */ NULL, /* kind= */ NULL);
    }
}

static int keep_bucket(struct cosmock_exchange *x, struct bucket *b,
                       const struct brought *brought)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_put(batch, b);
        put_document(batch, b, BUCKET_ACL, brought->acl);
        put_document(batch, b, BUCKET_TAGGING, brought->tags);
        put_document(batch, b, BUCKET_AZ, brought->az);
    }
    x->claimed = b;
    x->result.status = 200;
    int r = exchange_commit(x, batch, created);
    if (r < 0 && x->claimed != NULL) {
        let_go(x);
    }
    return r;
}

/* A world file or the back door may make more. */
static bool has_all_buckets(struct cosmock_exchange *x, const struct user *owner)
{
    struct bucket *owned[OWNED_MAX];
    size_t n = world_buckets_of(x->tenant, owner->owner_uin, owned, OWNED_MAX);

    for (size_t i = 0; i < n; i++) {
        bucket_unref(owned[i]);
    }
    return n == OWNED_MAX;
}

static bool limit_check(struct cosmock_exchange *x, const struct user *owner,
                        struct cos_span acl)
{
    struct acl said;
    return acl.ptr == NULL || (acl_read(acl, ACL_OF_BUCKET, &said) &&
                               acl_limit_check(x, owner->owner_uin, /* but= */ NULL, &said));
}

/* The host decides; where it says no region, LocationConstraint does. False: refused. */
static bool region_choose(struct cosmock_exchange *x, const struct brought *brought,
                          const char **out)
{
    struct cos_span of_host = x->route.region;
    struct cos_span said = brought->region;
    if (of_host.len > 0 && said.len > 0 && !cos_span_eq(of_host, said) &&
        SWITCH_IS(x->tenant, LOCATION_CONSTRAINT, REFUSE)) {
        service_refuse_value(x, "InvalidRegionName", LOCATION_ELEMENT, said);
        return false;
    }
    struct cos_span region = of_host.len > 0 ? of_host : said;
    *out = region.len > 0 ? cos_arena_str(&x->arena, region) : REGION_IF_UNKNOWN;
    return *out != NULL;
}

static int create_bucket(struct cosmock_exchange *x, const struct user *owner,
                         const struct brought *brought)
{
    struct cos_span name = x->route.bucket;
    size_t dash = cos_span_rchr(name, '-');
    if (!cos_span_eq_str(cos_span_from(name, dash + 1), owner->appid)) {
        return service_refuse_saying(x, "InvalidBucketName",
                                     "The bucket name must end in -%s, the APPID of the caller",
                                     owner->appid);
    }
    const char *region;
    if (!region_choose(x, brought, &region)) {
        return service_stop(x);
    }
    if (x->target.at.bucket == NULL && has_all_buckets(x, owner)) {
        return service_refuse(x, "TooManyBuckets");
    }
    if (!limit_check(x, owner, brought->acl)) {
        return service_stop(x);
    }
    struct bucket *b;
    enum store_result r = world_bucket_claim(x->tenant, name, region, owner, &b);
    if (r == STORE_OK) {
        return keep_bucket(x, b, brought);
    }
    int refused = r == STORE_EXISTS ? refuse_taken(x, b, owner) : service_refuse_store(x, r);
    bucket_unref(b);
    return refused;
}

/* x-cos-tagging, as a document; ptr NULL: none. */
static bool read_tags(struct cosmock_exchange *x, struct cos_span *out)
{
    struct cos_span sent = header_of(x, HEADER_TAGGING);
    *out = (struct cos_span){NULL, 0};
    return sent.len == 0 || tags_of_header(x, sent, TAGS_MAX_OF_BUCKET, out);
}

/* The document that a bucket may be made with: document PUT Bucket. */
static const struct element configuration_elements[] = {
    {A_WORD("BucketAZConfig", OPTIONAL, "MAZ OAZ")},
    {A_WORD("BucketArchConfig", OPTIONAL, "OFS")},
    {0},
};
static const struct element configuration = {
    A_GROUP("CreateBucketConfiguration", ONCE, configuration_elements)};
static const struct document_form configuration_form = {.root = &configuration};

/* The zones; ptr NULL: one. What OFS is, nobody sees here: hadoop-cos alone asks, and would
 * speak another protocol. False: refused. */
static bool read_configuration(struct cosmock_exchange *x, struct brought *out)
{
    out->az = (struct cos_span){NULL, 0};
    out->region = (struct cos_span){NULL, 0};
    if (x->body.small.len == 0) {
        return true;
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = document_body(x, &configuration_form);
    if (x->service->has_location_constraint) {
        struct cos_span said = cos_span_trim(xml_child(xml, LOCATION_ELEMENT));
        out->region = cos_arena_span(&x->arena, said);
    }
    if (xml_child_is(xml, "BucketAZConfig", "MAZ")) {
        out->az = COS_SPAN_LIT("MAZ");
    }
    if (xml_child_is(xml, "BucketArchConfig", "OFS")) {
        x->identity.detail =
            COS_SPAN_LIT("BucketArchConfig: OFS is not built, the bucket is one "
                         "of objects");
    }
    return xml != NULL;
}

int op_put_bucket(struct cosmock_exchange *x)
{
    if (!world_is_bucket_name(x->route.bucket)) {
        return service_refuse(x, "InvalidBucketName");
    }
    struct brought brought;
    if (!acl_collect(x, ACL_OF_BUCKET, &brought.acl) || !read_tags(x, &brought.tags) ||
        !read_configuration(x, &brought)) {
        return service_stop(x);
    }
    struct user *owner = caller_user(x);
    if (owner == NULL) {
        return service_refuse(x, "AccessDenied");
    }
    int r = create_bucket(x, owner, &brought);
    user_unref(owner);
    return r;
}

/* --- the rest --- */

int op_head_bucket(struct cosmock_exchange *x)
{
    const struct bucket *b = service_bucket(x);
    if (b == NULL) {
        return service_stop(x);
    }
    result_header_of(x, HEADER_BUCKET_REGION,
                     cos_span_of(b->region)); /* lives with the route */
    struct cos_span az = bucket_document(&x->target.at, BUCKET_AZ);
    if (az.ptr != NULL) {
        result_header_of(x, HEADER_BUCKET_AZ, az);
    }
    x->result.status = 200;
    return 0;
}

/* The plain name: a page shows "cos.ap-beijing", every suite wants it without "cos."
 * (cos-operations-1.md s.6). */
int op_get_bucket_location(struct cosmock_exchange *x)
{
    xml_out_text(service_xml(x), LOCATION_ELEMENT, cos_span_of(x->target.at.bucket->region));
    return service_xml_done(x);
}

int op_delete_bucket(struct cosmock_exchange *x)
{
    const struct bucket *b = service_bucket(x);
    if (b == NULL) {
        return service_stop(x);
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_drop(batch, b);
    }
    x->result.status = 204;
    return service_commit(x, batch);
}
