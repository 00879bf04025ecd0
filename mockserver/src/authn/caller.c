/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose signature an object store has got, before it looks at the signature: the key, then the
 * token that a temporary key needs (the real service cannot know the key without it) and the
 * end of that key. All ways to sign a request of COS share it, those of S3 clients as well.
 */
#include "authn/authn.h"

/* coscmd#280: blanks around the id */
static bool is_id_well_formed(struct cos_span id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
        if (!is_word) {
            return false;
        }
    }
    return id.len > 0;
}

static void refuse_key(struct cosmock_exchange *x, struct cos_span id)
{
    if (is_id_well_formed(id)) {
        authn_refuse(x, "InvalidAccessKeyId", x->identity.reason, authn_key_say(x));
        return;
    }
    x->identity.detail = COS_SPAN_LIT("what names the key is no secret id");
    refuse_case(x, STAGE_AUTHN, ERROR_KEY_ID_FORMAT);
}

static void refuse_expired_token(struct cosmock_exchange *x)
{
    struct cos_span detail = authn_token_say(x, COS_SPAN_EMPTY, TOKEN_EXPIRED);
    if (SWITCH_IS(x->tenant, EXPIRED_TEMP_KEY, INVALID_ACCESS_KEY_ID)) {
        authn_refuse(x, "InvalidAccessKeyId", REASON_TOKEN_EXPIRED, detail);
        return;
    }
    authn_refuse(x, "ExpiredToken", REASON_TOKEN_EXPIRED, detail);
    x->result.status = SWITCH_IS(x->tenant, EXPIRED_TEMP_KEY, EXPIRED_TOKEN_400) ? 400 : 403;
}

static bool check_token(struct cosmock_exchange *x, struct cos_span given)
{
    unsigned without = world_switch_choice(x->tenant, SWITCH_TEMP_KEY_WITHOUT_TOKEN);
    const char *code = without == SWITCH_TEMP_KEY_WITHOUT_TOKEN_ACCESS_DENIED
                           ? "AccessDenied"
                           : "InvalidAccessKeyId";
    switch (authn_token_judge(x, given)) {
    case TOKEN_GOOD:
        return true;
    case TOKEN_EXPIRED:
        refuse_expired_token(x);
        return false;
    case TOKEN_MISMATCH:
        authn_refuse(x, code, REASON_TOKEN_MISMATCH, authn_token_say(x, given, TOKEN_MISMATCH));
        return false;
    case TOKEN_STRAY:
        authn_refuse(x,
                     SWITCH_IS(x->tenant, TOKEN_WITH_PERMANENT_KEY, INVALID_TOKEN)
                         ? "InvalidToken"
                         : "InvalidAccessKeyId",
                     REASON_TOKEN_MISMATCH, authn_token_say(x, given, TOKEN_STRAY));
        return false;
    case TOKEN_MISSING:
        break;
    }
    if (without != SWITCH_TEMP_KEY_WITHOUT_TOKEN_ACCEPT) {
        authn_refuse(x, code, REASON_TOKEN_MISSING, authn_token_say(x, given, TOKEN_MISSING));
        return false;
    }
    if (x->now.token_unix_ms >= x->identity.found.key->expires_unix_ms) {
        refuse_expired_token(x);
        return false;
    }
    return true;
}

bool authn_caller_check(struct cosmock_exchange *x, struct cos_span id, struct cos_span token)
{
    if (!authn_find_key(x, id)) {
        refuse_key(x, id);
        return false;
    }
    return check_token(x, token);
}
