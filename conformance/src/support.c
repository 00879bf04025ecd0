/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subject must do with what it does not claim: a capability that was not declared may be missing, but asking for it must answer
 * UNSUPPORTED (conformance.md R6). A case that would be skipped for it asks first.
 */
#include "env.h"

#include <string.h>

static const char *ask(struct env *env, const char *capability, int64_t fs)
{
    const struct reply *r;
    if (strcmp(capability, "token.obtain") == 0) {
        r = op_get_token(env, fs);
    } else if (strcmp(capability, "token.apply") == 0) {
        r = op_apply_token_raw(env, "server", "cosn", "{}", -1, NULL);
    } else {
        r = op_manager_start(env, "server", fs, NULL);
    }
    return reply_ok(r) ? "success" : reply_class(r);
}

void env_check_unsupported(struct env *env, const char *capability)
{
    static const char *const asked[] = {"token.obtain", "token.apply", "refresh"};
    bool may_ask = false;
    for (size_t i = 0; i < COS_ARRAY_LEN(asked); i++) {
        may_ask = may_ask || strcmp(asked[i], capability) == 0;
    }
    if (!may_ask || !env_has(env, "fs") ||
        !reply_ok(op_configure(env, "server", conf_new(env)))) {
        return;
    }
    const struct reply *opened = op_open(env, "server", env_root_uri(env));
    if (!reply_ok(opened)) {
        return;
    }
    const char *answer = ask(env, capability, reply_i64(opened, "fs"));
    if (strcmp(answer, "UNSUPPORTED") != 0) {
        case_fail(env,
                  "capability %s is not declared, yet asking for it answers %s, not "
                  "UNSUPPORTED",
                  capability, answer);
    }
}
