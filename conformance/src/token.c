/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens in the conversation: obtained, read, handed on, and the managers that renew them. */
#include "token.h"

#include "cosbase/codec.h"
#include "cosbase/json.h"
#include "cosmock/world.h"
#include "env.h"
#include "op.h"
#include "outcome.h"
#include "reply.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

const char *token_payload(struct env *env, const struct reply *token)
{
    const char *b64 = cos_json_str(cos_json_get(reply_json(token, "token"), "b64"));
    struct cos_buf *b = env_buf(env, 1 << 20);
    if (b64 == NULL || !cos_base64_decode(b, cos_span_of(b64))) {
        case_fail(env, "the token's payload is missing or no base64");
    }
    return env_keep(env, b);
}

const char *token_field(struct env *env, const struct reply *token, const char *name)
{
    const char *payload = token_payload(env, token);
    struct cos_json *root = NULL;
    struct cos_text_error err;
    if (cos_json_parse(&root, cos_span_of(payload), &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        return "";
    }
    const char *value = cos_json_str(cos_json_get(root, name));
    const char *kept = cos_arena_str(&env->arena, cos_span_of(value != NULL ? value : ""));
    (void)cos_json_free(root);
    return kept != NULL ? kept : "";
}

const char *token_info(const struct reply *token, const char *key)
{
    return cos_json_str(cos_json_get(reply_json(token, "infos"), key));
}

static const struct reply *lend_token(struct env *env)
{
    struct cosmock_token_request request = COSMOCK_TOKEN_REQUEST_INIT;
    struct cosmock_token issued;
    struct cosmock_error err = {0};
    request.policy = env_policy_all(env);
    request.duration_s = 3600;
    if (cosmock_token_issue(env_tenant(env), &request, &issued, &err) < 0) {
        case_error(env, "token: %s", err.message);
    }
    const char *payload = env_text(env,
                                   "{\"version\":1,\"access_key_id\":\"%s\","
                                   "\"access_key_secret\":\"%s\",\"security_token\":\"%s\"}",
                                   issued.secret_id, issued.secret_key, issued.token);
    free(issued.secret_key);
    free(issued.token);
    char *b64 = env_alloc(env, COS_BASE64_BYTES(strlen(payload)));
    cos_base64_encode(b64, payload, strlen(payload));
    return op_instead(env, env_text(env,
                                    "{\"ok\":true,\"scheme\":\"cosn\",\"token\":{\"b64\":"
                                    "\"%s\"},\"valid_until_ms\":%lld,\"infos\":{"
                                    "\"fs.cosn.userinfo.region\":\"%s\","
                                    "\"fs.cosn.bucket.endpoint_suffix\":\"%s\"}}",
                                    b64, (long long)issued.expires_unix_s * 1000,
                                    env_region(env), env_suffix(env)));
}

const struct reply *op_get_token(struct env *env, int64_t fs)
{
    const struct reply *r = env_has(env, "token.obtain")
                                ? op_on_handle(env, "get_token", "fs", fs)
                                : lend_token(env);
    if (reply_ok(r) && cos_json_get(reply_json(r, "token"), "b64") != NULL) {
        env_canary(env, token_field(env, r, "access_key_secret"));
        env_canary(env, token_field(env, r, "security_token"));
    }
    return r;
}

const struct reply *op_apply_token(struct env *env, const char *who, const struct reply *token)
{
    const struct cos_json *until = reply_json(token, "valid_until_ms");
    return op_call(
        env, "apply_token",
        env_text(env, "\"as\":%s,\"scheme\":%s,\"token\":%s,\"valid_until_ms\":%s,\"infos\":%s",
                 env_quoted(env, who), env_quoted(env, reply_str(token, "scheme")),
                 env_json(env, reply_json(token, "token")), env_json(env, until),
                 env_json(env, reply_json(token, "infos"))));
}

const struct reply *op_apply_token_raw(struct env *env, const char *who, const char *scheme,
                                       const char *payload, int64_t valid_until_ms,
                                       const char *infos_json)
{
    const char *until =
        valid_until_ms == -1 ? "null" : env_text(env, "%lld", (long long)valid_until_ms);
    return op_call(env, "apply_token",
                   env_text(env,
                            "\"as\":%s,\"scheme\":%s,\"token\":{\"text\":%s},"
                            "\"valid_until_ms\":%s,\"infos\":%s",
                            env_quoted(env, who), env_quoted(env, scheme),
                            env_quoted(env, payload), until,
                            infos_json != NULL ? infos_json : "{}"));
}

const struct reply *op_manager_start(struct env *env, const char *who, int64_t server_fs,
                                     const char *conf_json)
{
    return op_call(env, "manager_start",
                   env_text(env, "\"as\":%s,\"source\":\"self\",\"fs\":%lld,\"conf\":%s",
                            env_quoted(env, who), (long long)server_fs,
                            conf_json != NULL ? conf_json : "{}"));
}

const struct reply *op_manager_start_list(struct env *env, const char *who,
                                          const char *tokens_json, const char *conf_json)
{
    return op_call(env, "manager_start",
                   env_text(env, "\"as\":%s,\"source\":\"list\",\"tokens\":%s,\"conf\":%s",
                            env_quoted(env, who), tokens_json,
                            conf_json != NULL ? conf_json : "{}"));
}

const struct reply *op_manager_start_again(struct env *env, int64_t mgr)
{
    return op_on_handle(env, "manager_start", "mgr", mgr);
}

const struct reply *op_manager_stop(struct env *env, int64_t mgr)
{
    return op_on_handle(env, "manager_stop", "mgr", mgr);
}
