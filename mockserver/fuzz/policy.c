/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the policy reader and the evaluator. The first byte chooses the use of the
 * policy, the rest is its text. Whatever comes in: no crash, a complete error, or a policy
 * under which denial is never more permissive than allow: a policy that allows nothing to a
 * sub-account leaves it denied, and the explanation is always JSON.
 */
#include "fuzz.h"

#include "cam/cam.h"

#include "cosbase/json.h"

static void judge(struct cam_policy *p, enum cam_policy_use use, const char *action,
                  const char *resource)
{
    struct cam_principal who = {.kind = use == CAM_SESSION ? CAM_FEDERATED : CAM_USER,
                                .uin = "100000000011",
                                .owner_uin = "100000000001",
                                .appid = "1250000000"};
    struct cam_policy *identity[1] = {p};
    struct cam_question q = {.who = &who,
                             .action = cos_span_of(action),
                             .resource = cos_span_of(resource),
                             .owner_uin = "100000000001",
                             .owner_appid = "1250000000"};
    if (use == CAM_IDENTITY) {
        who.policies = identity;
        who.n_policies = 1;
    } else if (use == CAM_SESSION) {
        who.session = p;
    } else if (use == CAM_TRUST) {
        q.trust = p;
    } else {
        q.bucket = p;
    }
    struct cos_arena arena;
    struct cam_verdict v;
    cos_arena_init(&arena, 1u << 20);
    cam_eval(&arena, &v, &q);
    require(v.reason != CAM_REASON_NOT_ASKED);
    require(
        use != CAM_SESSION ||
        !v.allowed); /* a session policy alone never gives a right: intersection, not union */
    /* nor does a trust policy: its user needs a right of his own */
    require(use != CAM_TRUST || !v.allowed);
    require(!(v.allowed && (v.identity == CAM_DENY || v.session == CAM_DENY)));
    struct cos_buf out;
    struct cos_json *doc = NULL;
    struct cos_text_error err;
    cos_buf_init(&out, 8u << 20);
    cam_explain(&out, &q, NULL);
    require(out.failed || cos_json_parse(&doc, cos_buf_view(&out), NULL, &err) == 0);
    cos_json_free(doc);
    cos_buf_deinit(&out);
    cos_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const enum cam_policy_use uses[] = {CAM_IDENTITY, CAM_SESSION, CAM_BUCKET,
                                               CAM_TRUST};
    if (n == 0) {
        return 0;
    }
    enum cam_policy_use use = uses[bytes[0] % COS_ARRAY_LEN(uses)];
    struct cam_policy *p = NULL;
    struct cos_text_error err = {0};
    if (cam_policy_parse(&p, cos_span_make(bytes + 1, n - 1), use, "fuzzed", &err) < 0) {
        require(err.message[0] != '\0');
        return 0;
    }
    (void)cam_policy_names_other_account(p, "1250000000", "100000000001");
    judge(p, use, "name/cos:GetObject",
          "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/d/x");
    judge(p, use, "name/cos:GetService", "*");
    judge(p, use, "name/sts:AssumeRole", "qcs::cam::uin/100000000001:roleName/reader");
    cam_policy_unref(p);
    return 0;
}
