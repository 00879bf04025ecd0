/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x-cos-copy-source:
 *     "<bucket>.cos.<region>.myqcloud.com/<key, percent-encoded>[?versionId=...]"
 * (cos-wire.md s.2.1), or "<host>/<bucket>/<key>" for hosts that name no bucket, or, as OpenDAL
 * writes it and the service takes it, "/<bucket>/<key>" (apache/opendal#7526). The host is
 * read by the table of world/host.h like that of a request: a source at a host that is none of
 * COS, or at another region than the bucket's, does not exist. A scheme in front is malformed.
 *
 * In S3's dialect it is "<bucket>/<key>" with or without a slash in front, both percent-encoded
 * (cos-s3.md s.4.1), and a bucket of the same region [U].
 */
#include "cosbase/codec.h"
#include "exchange/exchange.h"

static struct cos_span without_port(struct cos_span authority)
{
    size_t colon = cos_span_rchr(authority, ':');
    size_t bracket = cos_span_rchr(authority, ']');
    return colon == SIZE_MAX || (bracket != SIZE_MAX && bracket > colon)
               ? authority
               : cos_span_sub(authority, 0, colon);
}

static struct cos_span decoded(struct cosmock_exchange *x, struct cos_span raw)
{
    char *bytes = cos_arena_alloc(&x->arena, raw.len);
    if (bytes == NULL) {
        return COS_SPAN_EMPTY;
    }
    return (struct cos_span){bytes, cos_percent_decode(bytes, raw, /* plus_is_space= */ false)};
}

static bool has_scheme(struct cos_span source)
{
    return cos_span_starts_nocase(source, COS_SPAN_LIT("http:")) ||
           cos_span_starts_nocase(source, COS_SPAN_LIT("https:"));
}

/* "?versionId=" in any case, as of requests. */
static struct cos_span version_of(struct cos_span query)
{
    static const struct cos_span name = {"versionId=", sizeof("versionId=") - 1};
    return cos_span_starts_nocase(query, name) ? cos_span_from(query, name.len)
                                               : COS_SPAN_EMPTY;
}

/* Bucket and key from what the host says and the path behind it. */
static void place(struct cosmock_exchange *x, struct copy_source *out, struct cos_span name,
                  struct cos_span path)
{
    struct host host = host_read(x->tenant, name);
    out->key = path;
    switch (host.kind) {
    case HOST_BUCKET:
    case HOST_WEBSITE:
    case HOST_ACCELERATE:
        out->bucket = host.bucket;
        break;
    case HOST_LOCAL:
    case HOST_SERVICE:
        out->bucket = cos_span_cut(&path, '/');
        out->key = path.ptr == NULL ? COS_SPAN_EMPTY : path;
        break;
    case HOST_FOREIGN:
    case HOST_PROCESSING:
    case HOST_STS:
    case HOST_CAM:
        out->bucket = cos_span_cut(&name, '.'); /* for the question of rights */
        out->is_elsewhere = true;
        break;
    }
    out->region = host.region;
}

/* "/<bucket>/<key>", decoded. */
static void place_by_name(struct copy_source *out, struct cos_span path)
{
    if (cos_span_starts(path, COS_SPAN_LIT("/"))) {
        path = cos_span_from(path, 1);
    }
    out->bucket = cos_span_cut(&path, '/');
    out->key = path.ptr == NULL ? COS_SPAN_EMPTY : path;
    out->is_malformed = out->bucket.len == 0 || out->key.len == 0;
}

static void read_source(struct cosmock_exchange *x, struct copy_source *out)
{
    struct cos_span source = header_of(x, HEADER_COPY_SOURCE);
    size_t question = cos_span_chr(source, '?');
    if (question != SIZE_MAX) {
        out->version_text = version_of(cos_span_from(source, question + 1));
        out->version = version_name_read(out->version_text);
        source = cos_span_sub(source, 0, question);
    }
    size_t slash = cos_span_chr(source, '/');
    if (x->service->has_source_by_name) {
        place_by_name(out, decoded(x, source));
        out->region = x->route.region;
        return;
    }
    if (slash == 0) {
        place_by_name(out, decoded(x, source));
        return;
    }
    if (slash == SIZE_MAX || has_scheme(source)) {
        out->is_malformed = true;
        return;
    }
    place(x, out, cos_arena_lower(&x->arena, without_port(cos_span_sub(source, 0, slash))),
          decoded(x, cos_span_from(source, slash + 1)));
    out->is_malformed = out->bucket.len == 0 || out->key.len == 0;
}

void copy_source_find(struct cosmock_exchange *x)
{
    struct copy_source *s = &x->target.source;
    read_source(x, s);
    if (s->is_malformed) {
        return;
    }
    s->at = cos_span_eq(s->bucket, x->route.bucket) ? bucket_view_ref(&x->target.at)
                                                    : world_bucket_view(x->tenant, s->bucket);
    if (s->at.bucket != NULL && s->region.len > 0 &&
        !host_is_region(s->region, s->at.bucket->region)) {
        s->is_elsewhere = true;
    }
    if (!s->is_elsewhere) {
        target_find_object(x, &s->at, s->key, s->version, &s->object);
        target_follow_link(x, &s->at, &s->object);
    }
}
