/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of one case as a world file: one account (appid 1250000000) with one key, one sub-account with one key, one bucket.
 * Names, ids and secrets derive from the case, so that two cases never share one.
 */
#include "env.h"

#include "cosbase/rng.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static const char *random_text(struct env *env, struct cos_rng *rng, const char *prefix)
{
    char text[33];
    cos_rng_text(rng, text, 32, letters);
    return env_text(env, "%s%s", prefix, text);
}

const char *world_text(struct env *env)
{
    struct cos_rng *rng = cos_rng_new(env->seed);
    if (rng == NULL) {
        env_out_of_memory(env);
    }
    /* Printable ASCII with the characters that a careless decoder would change (CRED-022). */
    env->secret_id = random_text(env, rng, "AKID");
    env->secret_key = random_text(env, rng, "Sk+/=%");
    env->sub_id = random_text(env, rng, "AKID");
    env->sub_key = random_text(env, rng, "Sub+/=%");
    (void)cos_rng_free(rng);
    env->appid = "1250000000";
    env->uin = "100000000001";
    env->sub_uin = "100000000002";
    env->bucket = env_text(env, "%s-%s", env->tag, env->appid);
    return env_text(env,
                    "accounts:\n"
                    "  - uin: \"%s\"\n"
                    "    appid: \"%s\"\n"
                    "    keys:\n"
                    "      - {secret_id: \"%s\", secret_key: \"%s\"}\n"
                    "    users:\n"
                    "      - uin: \"%s\"\n"
                    "        name: sub\n"
                    "        keys:\n"
                    "          - {secret_id: \"%s\", secret_key: \"%s\"}\n"
                    "buckets:\n"
                    "  - {name: \"%s\", region: ap-guangzhou}\n",
                    env->uin, env->appid, env->secret_id, env->secret_key, env->sub_uin,
                    env->sub_id, env->sub_key, env->bucket);
}
