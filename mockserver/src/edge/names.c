/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the certificate: the host forms of world/host.c with a wildcard for the bucket.
 * A wildcard covers one label and bucket names hold no dot, so one a region covers every bucket
 * (fluss-plugin.md s.8).
 * A bucket in a region that is not listed gets its names from its tenant's world.
 */
#include "edge/names.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "world/host.h"
#include "world/mock.h"
#include "world/regions.h"

static const char *const loopback[] = {"localhost", "*.localhost", "127.0.0.1", "::1"};

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

/* A host suffix: the name itself (GET Service) and every bucket below it. The service's own
 * names are there already. */
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

    for (; suffix != NULL && *suffix != NULL; suffix++) {
        add_suffix(names, *suffix);
    }
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    add_suffix(names, info.endpoint_suffix);
}

/* The forms with @region, or those without one. */
static void add_forms(struct names *names, const char *region)
{
    for (const struct host_form *form = host_forms; form->text != NULL; form++) {
        bool names_region = strstr(form->text, "region>") != NULL;
        struct cos_buf name;

        cos_buf_init(&name, 256);
        if (names_region == (region != NULL) && host_form_fill(&name, form, "*", region)) {
            add(names, cos_arena_str(names->arena, cos_buf_view(&name)));
        }
        cos_buf_deinit(&name);
    }
}

bool names_collect(struct names *out, struct cos_arena *arena, struct cosmock *mock)
{
    const struct mock_name *told = __atomic_load_n(&mock->names, __ATOMIC_ACQUIRE);

    *out = (struct names){.arena = arena};
    add_forms(out, /* region= */ NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(loopback); i++) {
        add(out, loopback[i]);
    }
    for (size_t i = 0; i < WORLD_REGIONS; i++) {
        add_forms(out, world_regions[i]);
    }
    for (; told != NULL; told = told->next) {
        add(out, cos_arena_str(arena, cos_span_of(told->text)));
    }
    registry_each(mock, add_tenant, out);
    return !arena->failed;
}

void names_sha(const struct names *names, char out[65])
{
    out[0] = '\0';
    struct cos_digest d;
    if (!cos_digest_init(&d, COS_SHA256)) {
        return;
    }
    for (size_t i = 0; i < names->n; i++) {
        cos_digest_update(&d, names->items[i], strlen(names->items[i]) + 1);
    }
    uint8_t raw[COS_DIGEST_MAX_BYTES];
    (void)cos_digest_final(&d, raw);
    cos_digest_deinit(&d);
    cos_hex_encode(out, raw, COS_SHA256_BYTES);
}
