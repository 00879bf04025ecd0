/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host name says: which service, which bucket, which region (cos-wire.md s.2.0, layout.md s.4; STS hosts sts-cam.md s.2). Known are the service's own
 * domains, the suffixes of the tenant's world, and any host whose first label is a bucket of the tenant (a CNAME, "<bucket>.localhost"). Every other host
 * (an address, localhost, the name of a container) says nothing: the bucket is then the first segment of the path.
 */
#include "journey/exchange.h"

#include "cosbase/codec.h"

enum { LABELS_MAX = 8 };

static const char *const cos_domains[] = {".myqcloud.com", ".tencentcos.cn"};

static bool cut_suffix(struct cos_span *name, const char *suffix)
{
    struct cos_span end = cos_span_of(suffix);

    if (name->len <= end.len || !cos_span_ends(*name, end)) {
        return false;
    }
    name->len -= end.len;
    return true;
}

static size_t split_labels(struct cos_span name, struct cos_span labels[LABELS_MAX])
{
    size_t n = 0;

    for (struct cos_span rest = name; rest.ptr != NULL && n < LABELS_MAX;) {
        labels[n++] = cos_span_cut(&rest, '.');
    }
    return n;
}

static bool is_cos_label(struct cos_span label)
{
    return cos_span_eq_str(label, "cos") || cos_span_eq_str(label, "cos-internal") ||
           cos_span_eq_str(label, "cos-website");
}

/* "bucket.cos.region", "cos.region", "service.cos", "bucket.cos.accelerate", "bucket.cn-south" */
static void split_cos_name(struct cos_span name, struct cos_span *bucket,
                           struct cos_span *region)
{
    struct cos_span labels[LABELS_MAX];
    size_t n = split_labels(name, labels);

    if (n >= 2 && is_cos_label(labels[n - 2])) {
        *region = cos_span_eq_str(labels[n - 1], "accelerate") ? COS_SPAN_EMPTY : labels[n - 1];
        *bucket = n >= 3 ? labels[0] : COS_SPAN_EMPTY;
    } else if (n == 2 && !is_cos_label(labels[1])) {
        *bucket = labels[0];
    }
}

static bool split_world_name(struct cosmock_tenant *t, struct cos_span name,
                             struct cos_span *bucket)
{
    const char *const *suffix = t == NULL ? NULL : world_suffixes(t);

    for (; suffix != NULL && *suffix != NULL; suffix++) {
        struct cos_span end = cos_span_of(*suffix);
        if (cos_span_eq(name, end)) {
            return true;
        }
        if (name.len > end.len + 1 && cos_span_ends(name, end) &&
            name.ptr[name.len - end.len - 1] == '.') {
            *bucket = cos_span_sub(name, 0, name.len - end.len - 1);
            return true;
        }
    }
    return false;
}

static bool is_bucket_label(struct cosmock_tenant *t, struct cos_span label)
{
    struct bucket *b = t == NULL || label.len == 0 ? NULL : world_bucket_find(t, label, NULL);
    bool found = b != NULL;

    (void)bucket_unref(b);
    return found;
}

bool host_split(struct cosmock_tenant *t, struct cos_span host_name, enum op_service *service,
                struct cos_span *bucket, struct cos_span *region)
{
    struct cos_span name = host_name;
    size_t dot = cos_span_chr(host_name, '.');

    *service = OP_COS;
    *bucket = COS_SPAN_EMPTY;
    *region = COS_SPAN_EMPTY;
    if (cut_suffix(&name, ".tencentcloudapi.com")) {
        *service = OP_STS;
        return true;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(cos_domains); i++) {
        if (cut_suffix(&name, cos_domains[i])) {
            split_cos_name(name, bucket, region);
            return true;
        }
    }
    if (split_world_name(t, host_name, bucket)) {
        return true;
    }
    if (dot != SIZE_MAX && is_bucket_label(t, cos_span_sub(host_name, 0, dot))) {
        *bucket = cos_span_sub(host_name, 0, dot);
        return true;
    }
    return false;
}

static struct cos_span without_port(struct cos_span authority)
{
    size_t colon = cos_span_rchr(authority, ':');

    return colon == SIZE_MAX ? authority : cos_span_sub(authority, 0, colon);
}

static struct cos_span decoded_path(struct cosmock_exchange *x, struct cos_span raw)
{
    char *bytes = cos_arena_alloc(&x->arena, raw.len);

    if (bytes == NULL) {
        return COS_SPAN_EMPTY;
    }
    return (struct cos_span){bytes, cos_percent_decode(bytes, raw, /* plus_is_space= */ false)};
}

/* "bucket-appid.cos.region.myqcloud.com/<key, percent-encoded>[?versionId=...]" (cos-wire.md s.2.1), or "host/bucket/key" for hosts that name no bucket. */
bool copy_source_split(struct cosmock_exchange *x, struct cos_span *bucket,
                       struct cos_span *key)
{
    struct cos_span source = header_get(x, "x-cos-copy-source");
    struct cos_span path;
    struct cos_span region;
    struct cos_span host;
    enum op_service service;
    size_t slash = cos_span_chr(source, '/');
    size_t question = cos_span_chr(source, '?');

    if (question != SIZE_MAX) {
        source = cos_span_sub(source, 0, question);
    }
    if (slash == SIZE_MAX || slash >= source.len) {
        return false;
    }
    host = cos_arena_lower(&x->arena, without_port(cos_span_sub(source, 0, slash)));
    path = decoded_path(x, cos_span_from(source, slash + 1));
    (void)host_split(x->tenant, host, &service, bucket, &region);
    if (bucket->len == 0) {
        struct cos_span rest = path;
        *bucket = cos_span_cut(&rest, '/');
        path = rest.ptr == NULL ? COS_SPAN_EMPTY : rest;
    }
    *key = path;
    return service == OP_COS && bucket->len > 0 && key->len > 0;
}
