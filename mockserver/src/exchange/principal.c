/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Principals. What they may do is read once, when the request is known to be theirs: one
 * request is judged by one state of its caller's policies, however many questions it asks, and
 * a later request by the state of then (a token freezes none: sts-cam.md s.3.3).
 */
#include "exchange/principal.h"

void principal_anonymous(struct principal *p)
{
    *p = (struct principal){.who = {.uin = "", .owner_uin = "", .appid = ""}};
}

/* Takes the reference of @policies. */
static void fill(struct principal *p, struct user *user, struct policy_set *policies)
{
    *p = (struct principal){.user = user_ref(user), .policies = policies};
    p->who = (struct cam_principal){
        .kind = user->trust != NULL ? CAM_ROLE
                : user->is_root     ? CAM_ROOT
                                    : CAM_USER,
        .role = user->trust != NULL ? user->name : NULL,
        .uin = user->uin,
        .owner_uin = user->owner_uin,
        .appid = user->appid,
        .policies = p->policies == NULL ? NULL : p->policies->items,
        .n_policies = p->policies == NULL ? 0 : p->policies->n,
        .boundary = p->policies == NULL ? NULL : p->policies->boundary,
    };
}

void principal_of_user(struct principal *p, struct cosmock_tenant *t, struct user *user)
{
    fill(p, user, world_user_policies(t, user));
}

void principal_of_key(struct principal *p, const struct key_view *found)
{
    struct access_key *key = found->key;
    fill(p, found->user, policy_set_ref(found->policies));
    p->key = access_key_ref(key);
    p->who.session = key->session;
    if (p->who.kind != CAM_ROLE && key->federated_name[0] != '\0') {
        p->who.kind = CAM_FEDERATED;
    }
}

void principal_deinit(struct principal *p)
{
    (void)policy_set_unref(p->policies);
    (void)access_key_unref(p->key);
    (void)user_unref(p->user);
}

struct cos_span principal_arn(struct cos_arena *arena, const struct principal *p)
{
    switch (p->who.kind) {
    case CAM_ROOT:
    case CAM_USER:
        return cos_arena_printf(arena, "qcs::cam:%s:uin/%s", p->who.owner_uin, p->who.uin);
    case CAM_FEDERATED:
        return cos_arena_printf(arena, "qcs::sts:%s:federated-user/%s", p->who.owner_uin,
                                p->who.uin);
    case CAM_ROLE:
        return cos_arena_printf(arena, "qcs::sts:%s:assumed-role/%s", p->who.owner_uin,
                                p->who.uin);
    case CAM_ANONYMOUS:
        break;
    }
    return COS_SPAN_EMPTY;
}

struct cos_span principal_name(struct cos_arena *arena, const struct principal *p,
                               char separator)
{
    if (p->key == NULL || p->key->federated_name[0] == '\0') {
        return cos_span_of(p->who.uin);
    }
    return cos_arena_printf(arena, "%s%c%s", p->who.uin, separator, p->key->federated_name);
}
