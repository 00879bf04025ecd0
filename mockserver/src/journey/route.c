/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose request is it, and for what: service, tenant, bucket, key, operation. The tenant is
 * found by bucket, else by the secret id, else it is the first one made (cosmock.h); the clocks
 * are read here, once, because they are the tenant's. route itself refuses only what is no
 * request; that a bucket is missing or a method does not fit is said by stage_target, after the
 * caller has proved who he is.
 *
 * A host that says nothing (an address, localhost: world/host.h) speaks to STS when the request
 * looks like the cloud API: X-TC-Action, "Authorization: TC3-...", or the parameters of
 * signature v1 (sts-cam.md s.1, loopback traps).
 */
#include "journey/stages.h"

#include "cosbase/clock.h"
#include "exchange/sts_request.h"
#include "services/dialects.h"
#include "services/names.h"
#include "services/service_rows.h"
#include "services/website_visit.h"
#include "world/domains.h"

#define HOST_SHOWN_BYTES 100

static struct cos_span after(struct cos_span text, const char *mark, char end)
{
    struct cos_span needle = cos_span_of(mark);
    size_t at = cos_span_find(text, needle);
    if (at == SIZE_MAX) {
        return COS_SPAN_EMPTY;
    }
    struct cos_span rest = cos_span_from(text, at + needle.len);
    return cos_span_cut(&rest, end);
}

/* Only to find the tenant; authn reads the same fields strictly. */
static struct cos_span claimed_secret_id(const struct cosmock_exchange *x)
{
    struct cos_span authorization = header_get(x, "Authorization");
    struct cos_span id = after(authorization, "q-ak=", '&');
    if (id.len == 0) {
        id = after(authorization, "Credential=", '/');
    }
    if (id.len == 0 && cos_span_starts_nocase(authorization, COS_SPAN_LIT("AWS "))) {
        id = after(authorization, " ", ':');
    }
    if (id.len == 0) {
        id = param_value(x, "q-ak");
    }
    if (id.len == 0) {
        id = after(param_value(x, "sign"), "q-ak=", '&');
    }
    if (id.len == 0) {
        struct cos_span credential = param_value(x, "X-Amz-Credential");
        id = cos_span_cut(&credential, '/');
    }
    if (id.len == 0) {
        id = param_value(x, "AWSAccessKeyId");
    }
    return id.len > 0 ? id : param_value(x, "SecretId");
}

static void move_to_tenant(struct cosmock_exchange *x, struct cosmock_tenant *t)
{
    if (t != NULL) {
        (void)tenant_unref(x->tenant);
        x->tenant = t;
    }
}

/* The tenant of the bucket, and the bucket itself: the only look-up by its name. */
static void find_by_bucket(struct cosmock_exchange *x, struct cos_span name)
{
    struct bucket_view found;
    struct cosmock_tenant *t = registry_by_bucket(x->mock, name, &found);
    if (t != NULL && x->is_owners && t != x->tenant) {
        bucket_view_release(&found);
        (void)tenant_unref(t);
    } else if (t != NULL) {
        bucket_view_release(&x->route.found);
        x->route.found = found;
        move_to_tenant(x, t);
    }
}

static void find_by_secret_id(struct cosmock_exchange *x, struct cos_span id)
{
    if (id.len > 0) {
        move_to_tenant(x, registry_by_secret_id(x->mock, id));
        x->route.named_id = x->tenant == NULL ? COS_SPAN_EMPTY : id;
    }
}

static void find_tenant(struct cosmock_exchange *x)
{
    size_t dot = cos_span_chr(x->parts.host_name, '.');
    if (dot != SIZE_MAX) {
        find_by_bucket(x, cos_span_sub(x->parts.host_name, 0, dot));
    }
    if (x->tenant == NULL) { /* an owner has said it */
        find_by_secret_id(x, claimed_secret_id(x));
    }
    if (x->tenant == NULL) {
        move_to_tenant(x, registry_first(x->mock));
    }
}

static bool is_form(const struct cosmock_exchange *x)
{
    return cos_span_starts_nocase(header_get(x, "Content-Type"),
                                  COS_SPAN_LIT("application/x-www-form-urlencoded"));
}

static bool looks_like_cloud_api(const struct cosmock_exchange *x)
{
    bool is_post = cos_span_eq_str(x->parts.method, "POST");
    if (cos_span_starts(header_get(x, "Authorization"), COS_SPAN_LIT("TC3-")) ||
        (is_post && header_get(x, "X-TC-Action").ptr != NULL)) {
        return true;
    }
    if (!cos_span_eq_str(x->parts.path, "/")) {
        return false;
    }
    return (is_post && is_form(x) && header_get(x, "Authorization").ptr == NULL) ||
           (param_get(x, "Action") != NULL && param_get(x, "SecretId") != NULL);
}

/* "/bucket/key" into bucket and key; "/bucket" and "/bucket/" have an empty key. */
static void split_path_style(struct cosmock_exchange *x)
{
    struct cos_span rest = cos_span_from(x->parts.path, 1);
    x->route.bucket = cos_span_cut(&rest, '/');
    x->route.key = rest.ptr == NULL ? COS_SPAN_EMPTY : rest;
    x->route.is_path_style = x->route.bucket.len > 0;
    if (x->route.is_path_style) {
        find_by_bucket(x, x->route.bucket);
    }
}

/* A name that somebody gave a bucket of his. */
static void find_by_domain(struct cosmock_exchange *x)
{
    struct route *r = &x->route;
    struct bucket_view found;
    struct cosmock_tenant *t = domain_find(x->mock, x->parts.host_name, &found, &r->host.kind);
    if (t != NULL) {
        bucket_view_release(&r->found);
        r->found = found;
        r->host.bucket = cos_span_of(found.bucket->name);
        r->is_domain = true;
        move_to_tenant(x, t);
    }
}

static void read_host(struct cosmock_exchange *x)
{
    struct route *r = &x->route;
    r->host = host_read(x->tenant, x->parts.host_name);
    if (r->host.kind == HOST_FOREIGN) {
        find_by_domain(x);
    }
    x->service = service_row(r->host.kind == HOST_STS   ? OP_STS
                             : r->host.kind == HOST_CAM ? OP_CAM
                                                        : OP_COS);
    r->bucket = r->host.bucket;
    r->region = r->host.region;
}

static void read_place(struct cosmock_exchange *x)
{
    struct route *r = &x->route;
    bool may_be_api = r->host.kind == HOST_LOCAL || r->host.kind == HOST_FOREIGN;
    if (may_be_api && looks_like_cloud_api(x)) {
        x->service = service_row(OP_STS);
    }
    if (x->service->read_fields != NULL) {
        r->target = OP_ON_SERVICE;
        return;
    }
    if (dialect_s3_is_spoken(x)) {
        x->service = service_row(OP_S3);
    }
    if (r->host.kind == HOST_FOREIGN) {
        return; /* refused: nothing behind it means anything */
    }
    if (r->bucket.len == 0) {
        split_path_style(x);
    } else {
        r->key = cos_span_from(x->parts.path, 1);
    }
    r->target =
        r->bucket.len == 0 ? OP_ON_SERVICE : (r->key.len == 0 ? OP_ON_BUCKET : OP_ON_OBJECT);
}

static bool is_visible(const struct route *r, const struct bucket *b)
{
    return cos_span_eq_str(r->bucket, b->name) &&
           (r->region.len == 0 || host_is_region(r->region, b->region));
}

/* What a host's first label happened to name is none of ours, unless it is the bucket of the
 * request; and that is seen on its own region's host only: cos-wire.md s.5.22 (zfile#200). */
static void take_bucket(struct cosmock_exchange *x)
{
    const struct bucket *b = x->route.found.bucket;
    if (b != NULL && is_visible(&x->route, b)) {
        x->target.at = bucket_view_ref(&x->route.found);
    }
}

static void sample_clocks(struct cosmock_exchange *x)
{
    if (x->tenant != NULL) {
        world_clock_sample(x->tenant, &x->now);
        return;
    }
    int64_t now = cos_system_unix_ms();
    x->now = (struct clock_sample){now, now, now, now};
}

static void refuse_malformed(struct cosmock_exchange *x)
{
    x->identity.detail = cos_span_of(x->parts.malformed);
    const char *code = x->service->codes[CODE_MALFORMED];
    refuse_with(x, STAGE_PARSE, code != NULL ? code : x->parts.malformed_code,
                cos_span_of(x->parts.malformed), COS_SPAN_EMPTY);
}

/* The service answers a host whose bucket it cannot tell, and one that is none of its own, with
 * the same sentence. */
static void refuse_host(struct cosmock_exchange *x)
{
    struct cos_span host = cos_span_sub(x->parts.host_name, 0, HOST_SHOWN_BYTES);
    bool is_foreign = x->route.host.kind == HOST_FOREIGN;
    x->identity.detail =
        cos_arena_printf(&x->arena, "'" COS_SPAN_FMT "' %s; %s", COS_SPAN_ARG(host),
                         is_foreign ? "is no host of COS" : "names a bucket without -<appid>",
                         host_forms_line);
    refuse_case(x, STAGE_ROUTE, ERROR_NO_APPID);
}

static void judge_host(struct cosmock_exchange *x)
{
    const struct host *host = &x->route.host;
    if (host->kind == HOST_PROCESSING) {
        refuse_with(x, STAGE_ROUTE, "NotImplemented",
                    COS_SPAN_LIT("Data processing and batch hosts are known to this mock but "
                                 "not built."),
                    COS_SPAN_EMPTY);
    } else if (host->kind == HOST_FOREIGN ||
               (host->bucket.len > 0 && !host_bucket_has_appid(host->bucket))) {
        refuse_host(x);
    }
}

void stage_route(struct cosmock_exchange *x)
{
    find_tenant(x);
    read_host(x);
    if (x->parts.malformed == NULL && !x->arena.failed) {
        read_place(x);
    }
    sample_clocks(x);
    if (x->tenant == NULL) {
        refuse(x, STAGE_ROUTE, x->service->codes[CODE_NO_TENANT]);
        return;
    }
    if (x->parts.malformed != NULL) {
        refuse_malformed(x);
        return;
    }
    judge_host(x);
    if (is_refused(x)) {
        /* the journal's: who signed for such a host? */
        x->identity.secret_id = claimed_secret_id(x);
    } else if (x->service->read_fields == NULL) {
        take_bucket(x);
        website_arrive(x);
        x->service->find_op(x);
    }
}

/* A secret id that came with the body only names the tenant now. */
static void follow_secret_id(struct cosmock_exchange *x, struct cos_span secret_id)
{
    if (secret_id.len == 0 || cos_span_eq(secret_id, x->route.named_id)) {
        return;
    }
    struct cosmock_tenant *t = registry_by_secret_id(x->mock, secret_id);
    if (t != NULL) {
        move_to_tenant(x, t);
        sample_clocks(x);
    }
}

/* A host that says nothing speaks to the product whose version is asked for. */
static void choose_product(struct cosmock_exchange *x)
{
    const struct service *product = service_of_version(x->sts->version);
    bool is_said = x->route.host.kind == HOST_STS || x->route.host.kind == HOST_CAM;
    if (!is_said && product != NULL) {
        x->service = product;
    }
}

void stage_fields(struct cosmock_exchange *x)
{
    x->service->read_fields(x);
    if (x->sts != NULL) {
        choose_product(x);
        follow_secret_id(x, x->sts->secret_id);
        x->service->find_op(x);
    }
}
