/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ?acl of buckets and objects, and the lists that other writes bring along
 * (cos-operations-1.md s.3). A list of an object is a facet of its row, one of a bucket a
 * document. A copy or an overwrite has the list of its request, never the old one.
 */
#include "services/acl.h"

#include "cosbase/alloc.h"
#include "exchange/lists.h"
#include "services/acl_xml.h"
#include "services/handlers.h"
#include "services/service.h"

#define TEXT_MAX_BYTES (16u << 10) /* 100 grants */
#define ENTRIES_MAX 1000           /* of an account in the lists of its buckets: Dlim:103 */
#define BUCKETS_MAX 2000

/* In the order in which GET shows them: the sample of PUT Bucket acl. */
static const enum header_name grant_headers[] = {
    [ACL_READ] = HEADER_GRANT_READ,
    [ACL_WRITE] = HEADER_GRANT_WRITE,
    [ACL_READ_ACP] = HEADER_GRANT_READ_ACP,
    [ACL_WRITE_ACP] = HEADER_GRANT_WRITE_ACP,
    [ACL_FULL_CONTROL] = HEADER_GRANT_FULL_CONTROL,
};

/* What the headers say, as it is spelt; "": nothing. */
struct sent {
    struct cos_span canned;
    struct cos_span grants[COS_ARRAY_LEN(grant_headers)];
};

static struct cos_span sent_or_empty(const struct cosmock_exchange *x, enum header_name which)
{
    struct cos_span value = header_of(x, which);
    return value.ptr == NULL ? COS_SPAN_EMPTY : value;
}

static struct sent sent_in_headers(const struct cosmock_exchange *x)
{
    struct sent sent = {.canned = sent_or_empty(x, HEADER_ACL)};
    for (size_t i = 0; i < COS_ARRAY_LEN(grant_headers); i++) {
        sent.grants[i] = sent_or_empty(x, grant_headers[i]);
    }
    return sent;
}

static bool refuse_value(struct cosmock_exchange *x, enum header_name which,
                         struct cos_span value)
{
    service_refuse_value(x, "InvalidArgument", header_spelling(x, which), value);
    return false;
}

static struct cos_span unquoted(struct cos_span value)
{
    bool is_quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    return is_quoted ? cos_span_sub(value, 1, value.len - 2) : value;
}

/* One of `id="100000000001", id="100000000001/100000000011"`. The Java SDK writes `uin=`
 * (UinGrantee.java:33), and its live suite makes a bucket so
 * (CreateDeleteHeadBucketTest.java:64-76). In S3's dialect `uri=` names a group. */
static bool read_grantee(const struct cosmock_exchange *x, struct cos_span one,
                         struct acl_grantee *out)
{
    struct cos_span value = cos_span_trim(one);
    struct cos_span name = cos_span_cut(&value, '=');
    if (value.ptr == NULL) {
        return false;
    }
    value = unquoted(value);
    if (cos_span_eq_str(name, "id") || cos_span_eq_str(name, "uin")) {
        return acl_grantee_of_id(value, out);
    }
    return x->service->grants_to_groups && cos_span_eq_str(name, "uri") &&
           acl_grantee_of_uri(value, x->service->group_uris, out);
}

static bool add_grants(struct cosmock_exchange *x, enum acl_permission permission,
                       struct cos_span value, struct cos_buf *out, size_t *n)
{
    for (struct cos_span rest = value; rest.ptr != NULL && value.len > 0;) {
        struct acl_grant g = {.permission = permission};
        if (!read_grantee(x, cos_span_cut(&rest, ','), &g.to)) {
            return refuse_value(x, grant_headers[permission], value);
        }
        if (++*n > ACL_MAX_GRANTS) {
            service_refuse_saying(x, "InvalidArgument", "At most %d grants are allowed",
                                  ACL_MAX_GRANTS);
            return false;
        }
        acl_write_grant(out, &g);
    }
    return true;
}

static bool is_sent(const struct sent *sent)
{
    size_t bytes = sent->canned.len;
    for (size_t i = 0; i < COS_ARRAY_LEN(sent->grants); i++) {
        bytes += sent->grants[i].len;
    }
    return bytes > 0;
}

static bool write_sent(struct cosmock_exchange *x, enum acl_place place,
                       const struct sent *sent, struct cos_buf *out)
{
    enum acl_canned canned = acl_canned_of(sent->canned, place);
    if (sent->canned.len > 0 && canned == ACL_NO_CANNED) {
        return refuse_value(x, HEADER_ACL, sent->canned);
    }
    if (place == ACL_OF_OBJECT && sent->grants[ACL_WRITE].len > 0) {
        return refuse_value(x, HEADER_GRANT_WRITE, sent->grants[ACL_WRITE]); /* Dacl:71 */
    }
    acl_write_canned(out, canned);
    size_t n = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(sent->grants); i++) {
        if (!add_grants(x, (enum acl_permission)i, sent->grants[i], out, &n)) {
            return false;
        }
    }
    return true;
}

bool acl_collect(struct cosmock_exchange *x, enum acl_place place, struct cos_span *out)
{
    const struct sent sent = sent_in_headers(x);
    *out = (struct cos_span){NULL, 0};
    if (!is_sent(&sent)) {
        return true;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, TEXT_MAX_BYTES);
    if (!write_sent(x, place, &sent, &text)) {
        return false;
    }
    *out = cos_arena_span(&x->arena, cos_buf_view(&text));
    return !text.failed && !x->arena.failed;
}

/* "default" is what an object has that says nothing: it costs no facet. */
static struct cos_span facet_of(struct cos_span text)
{
    return cos_span_eq_str(text, acl_canned_word(ACL_DEFAULT)) ? (struct cos_span){NULL, 0}
                                                               : text;
}

/* Of what nobody signed it is the bucket's (Dacl:7). */
static struct cos_span writer_of(const struct cosmock_exchange *x)
{
    const struct cam_principal *who = &x->principal.who;
    const struct bucket *b = x->target.at.bucket;
    bool is_owner = who->kind == CAM_ANONYMOUS || strcmp(who->owner_uin, b->owner_uin) == 0;
    return is_owner ? (struct cos_span){NULL, 0} : cos_span_of(who->owner_uin);
}

bool acl_collect_facets(struct cosmock_exchange *x, struct facet_values *out)
{
    struct cos_span text;
    if (!acl_collect(x, ACL_OF_OBJECT, &text)) {
        return false;
    }
    out->of[FACET_ACL] = facet_of(text);
    out->of[FACET_OWNER] = writer_of(x);
    return true;
}

/* --- the limit of an account --- */

static size_t entries_of(struct cosmock_tenant *t, const struct bucket *b)
{
    struct bucket_view at = world_bucket_view(t, cos_span_of(b->name));
    struct acl a;
    size_t n = at.bucket != NULL && lists_of_bucket(&at, &a) ? acl_entries(&a) : 0;
    bucket_view_release(&at);
    return n;
}

bool acl_limit_check(struct cosmock_exchange *x, const char *owner_uin, const char *but,
                     const struct acl *acl)
{
    size_t entries = acl_entries(acl);
    if (entries == 0) {
        return true;
    }
    struct bucket **buckets = cos_calloc(BUCKETS_MAX, sizeof(struct bucket *));
    if (buckets == NULL) {
        return false;
    }
    size_t n = world_buckets_of(x->tenant, owner_uin, buckets, BUCKETS_MAX);
    for (size_t i = 0; i < n; i++) {
        bool is_counted = but == NULL || strcmp(buckets[i]->name, but) != 0;
        entries += is_counted ? entries_of(x->tenant, buckets[i]) : 0;
        bucket_unref(buckets[i]);
    }
    cos_free(buckets);
    if (entries > ENTRIES_MAX) {
        service_refuse(x, "PolicyFull");
        return false;
    }
    return true;
}

/* --- PUT --- */

static bool owner_check(struct cosmock_exchange *x, const char *said, struct cos_span owner)
{
    struct acl_grantee who;
    if (SWITCH_IS(x->tenant, ACL_OWNER, IGNORE) ||
        (acl_grantee_of_id(cos_span_trim(cos_span_of(said)), &who) &&
         cos_span_eq(who.uin, owner))) {
        return true;
    }
    service_refuse(x, "AccessDenied");
    return false;
}

static bool read_body(struct cosmock_exchange *x, enum acl_place place,
                      const struct acl_owners *owners, struct cos_span *out)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = service_xml_read(x, "AccessControlPolicy");
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, TEXT_MAX_BYTES);
    struct acl_fault fault;
    const char *owner = NULL;
    if (root == NULL) {
        return false;
    }
    const struct acl_reading how = {place, x->service->group_uris};
    if (!acl_xml_read(root, &how, &text, &owner, &fault)) {
        if (fault.sentence[0] == '\0') {
            service_refuse(x, fault.code);
        } else {
            service_refuse_saying(x, fault.code, "%s", fault.sentence);
        }
        return false;
    }
    *out = cos_arena_span(&x->arena, cos_buf_view(&text));
    return owner_check(x, owner, owners->resource_uin) && !text.failed && !x->arena.failed;
}

/* The list of the request; one must be there. */
static bool read_request(struct cosmock_exchange *x, enum acl_place place,
                         const struct acl_owners *owners, struct cos_span *out)
{
    bool has_body = x->body.small.len > 0;
    if (!acl_collect(x, place, out)) {
        return false;
    }
    if (out->ptr != NULL && has_body &&
        SWITCH_IS(x->tenant, ACL_HEADER_AND_BODY, INVALID_REQUEST)) {
        service_refuse_saying(x, "InvalidRequest", "header acl and body acl conflict");
        return false;
    }
    if (out->ptr != NULL) {
        return true;
    }
    if (!has_body) {
        service_refuse(x, "MissingRequestBodyError");
        return false;
    }
    return read_body(x, place, owners, out);
}

int op_put_bucket_acl(struct cosmock_exchange *x)
{
    const struct bucket *b = service_bucket(x);
    struct cos_span text;
    struct acl acl;
    if (b == NULL) {
        return service_stop(x);
    }
    const struct acl_owners owners = lists_owners(x->tenant, b, /* o= */ NULL);
    if (!read_request(x, ACL_OF_BUCKET, &owners, &text) ||
        !acl_read(text, ACL_OF_BUCKET, &acl) ||
        !acl_limit_check(x, b->owner_uin, b->name, &acl)) {
        return service_stop(x);
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_document_put(batch, b, BUCKET_ACL, text, /* value= */ NULL,
                                  /* kind= */ NULL);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}

int op_put_object_acl(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    struct cos_span text;
    if (o == NULL) {
        return service_stop(x);
    }
    const struct bucket *b = x->target.at.bucket;
    const struct acl_owners owners = lists_owners(x->tenant, b, o);
    if (!read_request(x, ACL_OF_OBJECT, &owners, &text)) {
        return service_stop(x);
    }
    struct facet_values facets = facets_values(o->facets);
    facets.of[FACET_ACL] = facet_of(text);
    struct batch *batch = batch_new();
    if (batch != NULL) {
        objects_change(batch, &b->stored, o, &facets);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}

/* --- GET --- */

/* The header tells an inheriting object from a private one (qcloud-sdk-dotnet#19); of a list
 * without a canned word nothing is known. */
static int answer(struct cosmock_exchange *x, const struct acl *a,
                  const struct acl_owners *owners)
{
    if (a->canned != ACL_NO_CANNED) {
        result_header_of(x, HEADER_ACL, cos_span_of(acl_canned_word(a->canned)));
    }
    acl_xml_write(service_xml(x), a, owners, x->service->group_uris);
    return service_xml_done(x);
}

int op_get_bucket_acl(struct cosmock_exchange *x)
{
    const struct bucket *b = service_bucket(x);
    struct acl a;
    if (b == NULL) {
        return service_stop(x);
    }
    if (!lists_of_bucket(&x->target.at, &a)) {
        return -1;
    }
    const struct acl_owners owners = lists_owners(x->tenant, b, /* o= */ NULL);
    return answer(x, &a, &owners);
}

int op_get_object_acl(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    struct acl a;
    if (o == NULL) {
        return service_stop(x);
    }
    if (!lists_of_object(o, &a)) {
        return -1;
    }
    const struct acl_owners owners = lists_owners(x->tenant, x->target.at.bucket, o);
    return answer(x, &a, &owners);
}
