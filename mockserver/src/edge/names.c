/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host forms: cos-wire.md s.2.0 (virtual host in myqcloud.com and tencentcos.cn, regional and global service host, acceleration), sts-cam.md s.2 (STS, also
 * regional). A wildcard covers one label and bucket names hold no dot, so one wildcard a region covers every bucket (fluss-plugin.md s.8).
 * Regions: "Regions and Access Endpoints" of the COS documentation (product 436, document 6224). A bucket in a region that is not listed gets its names
 * from its tenant's world.
 */
#include "edge/names.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "world/world.h"

static const char *const regions[] = {
    "ap-bangkok",   "ap-beijing",   "ap-beijing-1", "ap-beijing-fsi",  "ap-chengdu",
    "ap-chongqing", "ap-guangzhou", "ap-hongkong",  "ap-jakarta",      "ap-mumbai",
    "ap-nanjing",   "ap-seoul",     "ap-shanghai",  "ap-shanghai-fsi", "ap-shenzhen-fsi",
    "ap-singapore", "ap-tokyo",     "eu-frankfurt", "na-ashburn",      "na-siliconvalley",
    "na-toronto",   "sa-saopaulo",
};
static const char *const region_forms[] = {
    "*.cos.%s.myqcloud.com",           "cos.%s.myqcloud.com",
    "*.cos.%s.tencentcos.cn",          "cos.%s.tencentcos.cn",
    "*.cos-internal.%s.tencentcos.cn", "sts.%s.tencentcloudapi.com",
};
static const char *const fixed[] = {
    "service.cos.myqcloud.com",
    "service.cos.tencentcos.cn",
    "*.cos.accelerate.myqcloud.com",
    "*.cos.accelerate.tencentcos.cn",
    "sts.tencentcloudapi.com",
    "*.tencentcloudapi.com",
    "sts.internal.tencentcloudapi.com",
    "localhost",
    "*.localhost",
    "127.0.0.1",
    "::1",
};

static bool has_name(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void add(struct names *names, const char *name)
{
    if (name == NULL || name[0] == '\0') {
        return;
    }
    if (names->n == names->cap) {
        size_t cap = names->cap == 0 ? 256 : names->cap * 2;
        const char **grown = cos_arena_array(names->arena, cap, sizeof(*grown));

        if (grown == NULL) {
            return;
        }
        if (names->n > 0) {
            memcpy(grown, names->items, names->n * sizeof(*grown));
        }
        names->items = grown;
        names->cap = cap;
    }
    names->items[names->n++] = name;
}

/* A host suffix: the name itself (GET Service) and every bucket below it. The service's own names are there already. */
static void add_suffix(struct names *names, const char *suffix)
{
    if (suffix == NULL || suffix[0] == '\0' || has_name(names, suffix)) {
        return;
    }
    add(names, cos_arena_str(names->arena, cos_span_of(suffix)));
    add(names, cos_arena_printf(names->arena, "*.%s", suffix).ptr);
}

static void add_tenant(void *ctx, struct cosmock_tenant *t)
{
    struct names *names = ctx;
    const char *const *suffix = world_suffixes(t);
    struct cosmock_world_info info;

    for (; suffix != NULL && *suffix != NULL; suffix++) {
        add_suffix(names, *suffix);
    }
    cosmock_world_info(t, &info);
    add_suffix(names, info.endpoint_suffix);
}

static void add_region(struct names *names, const char *region)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(region_forms); i++) {
        struct cos_span form = cos_span_of(region_forms[i]);
        size_t at = cos_span_find(form, COS_SPAN_LIT("%s"));

        add(names, cos_arena_printf(names->arena, COS_SPAN_FMT "%s%s", (int)at, form.ptr,
                                    region, form.ptr + at + 2)
                       .ptr);
    }
}

bool names_collect(struct names *out, struct cos_arena *arena, struct cosmock *mock,
                   char *const *extra, size_t n_extra)
{
    *out = (struct names){.arena = arena};
    for (size_t i = 0; i < COS_ARRAY_LEN(fixed); i++) {
        add(out, fixed[i]);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(regions); i++) {
        add_region(out, regions[i]);
    }
    for (size_t i = 0; i < n_extra; i++) {
        add(out, cos_arena_str(arena, cos_span_of(extra[i])));
    }
    registry_each(mock, add_tenant, out);
    return !arena->failed;
}

void names_sha(const struct names *names, char out[65])
{
    struct cos_digest d;
    uint8_t raw[COS_DIGEST_MAX_BYTES];

    out[0] = '\0';
    if (!cos_digest_init(&d, COS_SHA256)) {
        return;
    }
    for (size_t i = 0; i < names->n; i++) {
        cos_digest_update(&d, names->items[i], strlen(names->items[i]) + 1);
    }
    (void)cos_digest_final(&d, raw);
    cos_digest_deinit(&d);
    cos_hex_encode(out, raw, COS_SHA256_BYTES);
}
