/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles by their arn (sts-cam.md s.2). A role is kept as a user is (account.c): its id is where
 * a user has his uin, and it has a trust policy and no keys.
 */
#include "world/maps.h"

#include "cosbase/digest.h"

/* What stands behind "role/" may be in a folder of the roles of services. */
static bool is_in(struct cos_span *s, const char *folder)
{
    struct cos_span f = cos_span_of(folder);
    bool starts = cos_span_starts(*s, f);
    *s = starts ? cos_span_from(*s, f.len) : *s;
    return starts;
}

bool role_arn_read(struct cos_span arn, struct role_arn *out)
{
    struct cos_span rest = arn;
    *out = (struct role_arn){.owner_uin = COS_SPAN_EMPTY};
    if (!is_in(&rest, "qcs::cam::uin/")) {
        return false;
    }
    out->owner_uin = cos_span_cut(&rest, ':');
    if (rest.ptr == NULL) {
        return false;
    }
    if (is_in(&rest, "roleName/") || is_in(&rest, "role/tencentcloudServiceRoleName/")) {
        out->name = rest;
    } else if (is_in(&rest, "role/tencentcloudServiceRole/") || is_in(&rest, "role/")) {
        out->id = rest;
    }
    return out->owner_uin.len > 0 && out->name.len + out->id.len > 0;
}

struct sought {
    const struct role_arn *arn;
    struct user *found; /* borrowed */
};

static void compare(void *ctx, struct cos_span uin, void *value)
{
    struct sought *s = ctx;
    struct user *u = value;
    if (u != NULL && u->trust != NULL && cos_span_eq_str(s->arn->owner_uin, u->owner_uin) &&
        (s->arn->name.len > 0 ? cos_span_eq_str(s->arn->name, u->name)
                              : cos_span_eq(s->arn->id, uin))) {
        s->found = u;
    }
}

struct user *world_role_find(struct cosmock_tenant *t, const struct role_arn *arn)
{
    struct sought s = {arn, NULL};
    (void)pthread_mutex_lock(&t->lock);
    map_each(&t->maps->users, compare, &s);
    struct user *u = user_ref(s.found);
    (void)pthread_mutex_unlock(&t->lock);
    return u;
}

/* As the ids that documents show begin (1312/48197). */
struct cos_span world_role_id(struct cos_arena *arena, struct cos_span owner_uin,
                              struct cos_span name)
{
    struct cos_span text = cos_arena_printf(arena, COS_SPAN_FMT "/" COS_SPAN_FMT,
                                            COS_SPAN_ARG(owner_uin), COS_SPAN_ARG(name));
    uint8_t digest[COS_SHA256_BYTES];
    cos_sha256(digest, text.ptr == NULL ? "" : text.ptr, text.len);
    uint32_t number = 0;
    for (size_t i = 0; i < sizeof(number); i++) {
        number = number << 8 | digest[i];
    }
    return cos_arena_printf(arena, "4611686018%09u", number % 1000000000U);
}
