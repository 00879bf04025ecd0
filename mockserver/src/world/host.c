/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host forms: cos-wire.md s.2.0 (virtual host, regional and global service host, internal,
 * acceleration, website), cos-operations-2.md s.1.2 (data processing, batch), sts-cam.md s.2
 * (STS), 598 (CAM). Besides them a tenant answers to the suffixes of its world, and the mock
 * to the names it was told to listen under (cosmock_listen, extra_names). An address, localhost
 * and "<bucket>.localhost" (RFC 6761 s.6.3) are ours because nobody else answers there.
 *
 * Everything else is foreign: a client with a wrong host would reach nobody, or somebody else,
 * so it must not succeed here (fluss#2686, opendal#8066).
 *
 * Old names of regions: "cn-south" and its like stand without "cos." before the domain (cos_api
 * 5.6.139 RegionEndpointBuilder); which region of today each is says 436/6224.
 */
#include "world/host.h"

#include "world/mock.h"

#define WIRE "cos-wire.md s.2.0"
#define CI "cos-operations-2.md s.1.2"
#define STS "sts-cam.md s.2"
#define CAM "cam-conditions.md s.7, 598/32248"
#define BUCKET "<bucket>"
#define REGION "<region>"
#define OLD_REGION "<old-region>"
#define ANY "<any>"

const struct host_form host_forms[] = {
    {"<bucket>.cos.<region>.myqcloud.com", HOST_BUCKET, WIRE},
    {"cos.<region>.myqcloud.com", HOST_SERVICE, WIRE},
    {"service.cos.myqcloud.com", HOST_SERVICE, WIRE},
    {"<bucket>.cos.accelerate.myqcloud.com", HOST_ACCELERATE, WIRE},
    {"<bucket>.cos-website.<region>.myqcloud.com", HOST_WEBSITE, WIRE},
    {"<bucket>.cos.<region>.tencentcos.cn", HOST_BUCKET, WIRE},
    {"cos.<region>.tencentcos.cn", HOST_SERVICE, WIRE},
    {"service.cos.tencentcos.cn", HOST_SERVICE, WIRE ": the SDKs' second domain"},
    {"<bucket>.cos.accelerate.tencentcos.cn", HOST_ACCELERATE,
     WIRE ": the SDKs' second domain"},
    {"<bucket>.cos-internal.<region>.tencentcos.cn", HOST_BUCKET, WIRE},
    {"cos-internal.<region>.tencentcos.cn", HOST_SERVICE, WIRE},
    {"<bucket>.cos-internal.accelerate.tencentcos.cn", HOST_ACCELERATE, "436/38866"},
    {"<bucket>.<old-region>.myqcloud.com", HOST_BUCKET, WIRE},
    {"<bucket>.ci.<region>.myqcloud.com", HOST_PROCESSING, CI},
    {"ci.<region>.myqcloud.com", HOST_PROCESSING, CI},
    {"<bucket>.pic.<region>.myqcloud.com", HOST_PROCESSING, CI},
    {"<any>.cos-control.<region>.myqcloud.com", HOST_PROCESSING, CI},
    {"sts.tencentcloudapi.com", HOST_STS, STS},
    {"sts.<region>.tencentcloudapi.com", HOST_STS, STS},
    {"sts.internal.tencentcloudapi.com", HOST_STS, STS},
    {"cam.tencentcloudapi.com", HOST_CAM, CAM},
    {"cam.<region>.tencentcloudapi.com", HOST_CAM, CAM},
    {"cam.internal.tencentcloudapi.com", HOST_CAM, CAM},
    {"<any>.tencentcloudapi.com", HOST_STS, STS ": other products of the cloud API"},
    {NULL, HOST_FOREIGN, NULL},
};

const char host_forms_line[] =
    "known are <bucket>-<appid>.cos.<region>.myqcloud.com, cos.<region>.myqcloud.com, "
    "service.cos.myqcloud.com, the same in tencentcos.cn, cos.accelerate, cos-internal and "
    "cos-website hosts, the suffixes of the world file, addresses and localhost";

static const struct {
    const char *old, *now;
} old_regions[] = {
    {"cn-east", "ap-shanghai"},     {"cn-north", "ap-beijing-1"},
    {"cn-south", "ap-guangzhou"},   {"cn-south-2", "ap-guangzhou-2"},
    {"cn-southwest", "ap-chengdu"}, {"sg", "ap-singapore"},
};

static struct cos_span region_of_today(struct cos_span region)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(old_regions); i++) {
        if (cos_span_eq_str(region, old_regions[i].old)) {
            return cos_span_of(old_regions[i].now);
        }
    }
    return region;
}

/* The name @region had before 2017, "cn-south"; NULL: none. */
static const char *old_region(const char *region)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(old_regions); i++) {
        if (strcmp(old_regions[i].now, region) == 0) {
            return old_regions[i].old;
        }
    }
    return NULL;
}

bool host_is_region(struct cos_span a, const char *b)
{
    return cos_span_eq(region_of_today(a), region_of_today(cos_span_of(b)));
}

bool host_bucket_has_appid(struct cos_span bucket)
{
    size_t dash = cos_span_rchr(bucket, '-');
    if (dash == SIZE_MAX || dash == 0 || dash + 1 == bucket.len) {
        return false;
    }
    for (size_t i = dash + 1; i < bucket.len; i++) {
        if (bucket.ptr[i] < '0' || bucket.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

/* Whatever has the shape of one: regions are added faster than lists. The literal words of the
 * forms are none. */
static bool is_region_label(struct cos_span label)
{
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
            return false;
        }
    }
    return label.len > 0 && !cos_span_eq_str(label, "cos") &&
           !cos_span_eq_str(label, "accelerate") && !cos_span_eq_str(label, "internal");
}

static bool fits_label(struct cos_span form, struct cos_span label, struct host *out)
{
    if (cos_span_eq_str(form, BUCKET)) {
        out->bucket = label;
        return label.len > 0;
    }
    if (cos_span_eq_str(form, REGION)) {
        out->region = region_of_today(label);
        return is_region_label(label);
    }
    if (cos_span_eq_str(form, OLD_REGION)) {
        out->region = region_of_today(label);
        return !cos_span_eq(out->region, label);
    }
    return cos_span_eq_str(form, ANY) ? label.len > 0 : cos_span_eq(form, label);
}

/* Label by label from the left; both must end together. */
static bool fits_form(const struct host_form *form, struct cos_span name, struct host *out)
{
    struct cos_span rest = cos_span_of(form->text);
    *out = (struct host){form->kind, COS_SPAN_EMPTY, COS_SPAN_EMPTY};
    while (rest.ptr != NULL && name.ptr != NULL) {
        struct cos_span want = cos_span_cut(&rest, '.');
        struct cos_span have = cos_span_cut(&name, '.');
        if (!fits_label(want, have, out)) {
            return false;
        }
    }
    return rest.ptr == NULL && name.ptr == NULL;
}

static bool read_form(struct cos_span name, struct host *out)
{
    for (const struct host_form *form = host_forms; form->text != NULL; form++) {
        if (fits_form(form, name, out)) {
            return true;
        }
    }
    return false;
}

/* "<suffix>" is the service, "<bucket>.<suffix>" a bucket; a bucket's name holds no dot. */
static bool read_suffix(struct cos_span name, struct cos_span suffix, struct host *out)
{
    if (cos_span_eq(name, suffix)) {
        *out = (struct host){HOST_SERVICE, COS_SPAN_EMPTY, COS_SPAN_EMPTY};
        return true;
    }
    if (name.len <= suffix.len + 1 || !cos_span_ends(name, suffix) ||
        cos_span_chr(name, '.') != name.len - suffix.len - 1) {
        return false;
    }
    *out = (struct host){HOST_BUCKET, cos_span_sub(name, 0, name.len - suffix.len - 1),
                         COS_SPAN_EMPTY};
    return true;
}

static bool read_world(struct cosmock_tenant *t, struct cos_span name, struct host *out)
{
    const char *const *suffix = t == NULL ? NULL : world_suffixes(t);

    for (; suffix != NULL && *suffix != NULL; suffix++) {
        if (read_suffix(name, cos_span_of(*suffix), out)) {
            return true;
        }
    }
    return false;
}

/* 127.0.0.1, [::1] */
static bool is_address(struct cos_span name)
{
    if (cos_span_chr(name, ':') != SIZE_MAX) {
        return true;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] != '.' && (name.ptr[i] < '0' || name.ptr[i] > '9')) {
            return false;
        }
    }
    return name.len > 0;
}

static bool has_bucket(struct cosmock_tenant *t, struct cos_span name)
{
    struct bucket *b = t == NULL ? NULL : world_bucket_find(t, name);
    (void)bucket_unref(b);
    return b != NULL;
}

/* A name the mock was told of: a custom domain when its first label is a bucket, else a host
 * that says nothing. "*.x" is a suffix. */
static bool read_told(struct cosmock_tenant *t, struct cos_span name, struct cos_span told,
                      struct host *out)
{
    if (cos_span_starts(told, COS_SPAN_LIT("*."))) {
        return read_suffix(name, cos_span_from(told, 2), out) && out->kind == HOST_BUCKET;
    }
    if (!cos_span_eq(name, told)) {
        return false;
    }
    *out = (struct host){HOST_LOCAL, COS_SPAN_EMPTY, COS_SPAN_EMPTY};
    size_t dot = cos_span_chr(name, '.');
    struct cos_span first = cos_span_sub(name, 0, dot);
    if (dot != SIZE_MAX && has_bucket(t, first)) {
        *out = (struct host){HOST_BUCKET, first, COS_SPAN_EMPTY};
    }
    return true;
}

static bool read_mock(const struct cosmock *mock, struct cosmock_tenant *t,
                      struct cos_span name, struct host *out)
{
    const struct mock_name *told = __atomic_load_n(&mock->names, __ATOMIC_ACQUIRE);
    for (; told != NULL; told = told->next) {
        if (read_told(t, name, cos_span_of(told->text), out)) {
            return true;
        }
    }
    return false;
}

static struct host read_local(struct cos_span name)
{
    struct host out = {HOST_FOREIGN, COS_SPAN_EMPTY, COS_SPAN_EMPTY};
    if (read_suffix(name, COS_SPAN_LIT("localhost"), &out)) {
        out.kind = out.kind == HOST_SERVICE ? HOST_LOCAL : out.kind;
    } else if (is_address(name)) {
        out.kind = HOST_LOCAL;
    }
    return out;
}

struct host host_read(struct cosmock_tenant *t, struct cos_span name)
{
    struct host out;
    if (read_form(name, &out) || read_world(t, name, &out) ||
        (t != NULL && read_mock(t->mock, t, name, &out))) {
        return out;
    }
    return read_local(name);
}

struct known {
    struct cos_span name;
    bool is_known;
};

static void ask_tenant(void *ctx, struct cosmock_tenant *t)
{
    struct known *k = ctx;
    struct host out;
    k->is_known = k->is_known || read_world(t, k->name, &out);
}

bool host_is_known(struct cosmock *mock, struct cos_span name)
{
    struct host out;
    if (read_form(name, &out) || read_local(name).kind != HOST_FOREIGN ||
        read_mock(mock, /* t= */ NULL, name, &out)) {
        return true;
    }
    struct known k = {.name = name};
    registry_each(mock, ask_tenant, &k);
    return k.is_known;
}

bool host_form_fill(struct cos_buf *out, const struct host_form *form, const char *bucket,
                    const char *region)
{
    struct cos_span rest = cos_span_of(form->text);
    for (struct cos_span label; rest.ptr != NULL;) {
        label = cos_span_cut(&rest, '.');
        if (cos_span_eq_str(label, BUCKET) || cos_span_eq_str(label, ANY)) {
            label = cos_span_of(bucket);
        } else if (cos_span_eq_str(label, REGION)) {
            label = cos_span_of(region);
        } else if (cos_span_eq_str(label, OLD_REGION)) {
            label = cos_span_of(region == NULL ? NULL : old_region(region));
        }
        if (label.len == 0) {
            return false;
        }
        cos_buf_span(out, label);
        cos_buf_str(out, rest.ptr == NULL ? "" : ".");
    }
    return true;
}
