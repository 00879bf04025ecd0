/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the policy reader and the evaluator. The first byte chooses the use of the
 * policy, the rest is its text, and the last sixteen bytes what every request says of every
 * condition key. Whatever comes in: no crash, a complete error, or a policy under which denial
 * is never more permissive than allow: a policy that allows nothing to a sub-account leaves it
 * denied, and the explanation is always JSON.
 */
#include "fuzz.h"

#include "cam/cam.h"

#include "cosbase/json.h"

static void find(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    const struct cos_span *said = ctx;
    *out = key->type == CAM_TYPE_STRING ? (struct cam_values){.several = said, .n = 2}
                                        : (struct cam_values){.one = *said, .n = 1};
}

struct asked {
    const char *action, *resource;
    struct cos_span said[2]; /* of every key */
};

static void judge(struct cam_policy *p, enum cam_policy_use use, struct asked *asked)
{
    struct cam_principal who = {.kind = use == CAM_SESSION ? CAM_FEDERATED : CAM_USER,
                                .uin = "100000000011",
                                .owner_uin = "100000000001",
                                .appid = "1250000000"};
    struct cam_policy *identity[1] = {p};
    struct cam_question q = {.who = &who,
                             .action = cos_span_of(asked->action),
                             .resource = cos_span_of(asked->resource),
                             .owner_uin = "100000000001",
                             .owner_appid = "1250000000",
                             .context = {.find = find, .ctx = asked->said}};
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
    size_t tail = n < 16 ? n : 16;
    struct cos_span said = cos_span_make(bytes + n - tail, tail);
    judge(p, use,
          &(struct asked){"name/cos:GetObject",
                          "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/d/x",
                          {said, cos_span_sub(said, 0, tail / 2)}});
    judge(p, use, &(struct asked){"name/cos:GetService", "*", {said, COS_SPAN_EMPTY}});
    judge(p, use,
          &(struct asked){"name/sts:AssumeRole",
                          "qcs::cam::uin/100000000001:roleName/reader",
                          {said, COS_SPAN_EMPTY}});
    cam_policy_unref(p);
    return 0;
}
