/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of a case: a tenant of its own with unique keys and bucket, its time, rights and
 * faults. Strings live as long as the env.
 */
#ifndef CONFORM_WORLD_H
#define CONFORM_WORLD_H

#include "cosmock/cosmock.h"

#include <stdbool.h>
#include <stdint.h>

struct env;

/* ---- names ---- */

#define ENV_KEY_MOST ((size_t)850)

/** "<unique>-1250000000". */
const char *env_bucket(struct env *env);
const char *env_appid(struct env *env);
/** "ap-guangzhou". */
const char *env_region(struct env *env);
/** "cos.ap-guangzhou.myqcloud.com". */
const char *env_suffix(struct env *env);
/** "path/to/remote/storage": no slash at either end. */
const char *env_root(struct env *env);
/** remote.data.dir: "cosn://<bucket>/<root>". */
const char *env_root_uri(struct env *env);
/** "<root>/<relative>". */
const char *env_key(struct env *env, const char *relative);
/**
 * "<dir>000...": a relative path, @dir with its slash, whose env_key() is @key_bytes long. No
 * object has a key of more than ENV_KEY_MOST bytes (cos-wire.md s.2.0).
 */
const char *env_long_path(struct env *env, const char *dir, size_t key_bytes);
const char *env_secret_id(struct env *env);
const char *env_secret_key(struct env *env);
uint64_t env_seed(struct env *env);
/** For what is not wrapped here. */
struct cosmock_tenant *env_tenant(struct env *env);
/** One more bucket of the same account: "<word>-<unique>-<appid>". */
const char *env_bucket_add(struct env *env, const char *word);
/**
 * One more string that must never appear; secrets and tokens of the case are known already.
 */
void env_canary(struct env *env, const char *secret);

/* ---- time of the tenant; the subject's is moved by env_advance (op.h) ---- */

/** The tenant's token clock. */
int64_t env_now_ms(struct env *env);
/**
 * Only the mock's token clock moves: tokens age for the service, the subject knows nothing of
 * it. Any driver.
 */
void env_age_tokens(struct env *env, int64_t ms);
/** ExpiredTime = now + seconds for later tokens, whatever is asked for; 0: as asked. */
void env_ttl_override(struct env *env, int64_t seconds);
/** Of real time: the three clocks of the tenant are set forward. */
void env_shift_time(struct env *env, int64_t ms);
/**
 * The three clocks of the tenant stand at this virtual time; they never go back. Any thread.
 */
void env_follow_time(void *env, int64_t unix_ms);

/* ---- rights ---- */

/**
 * Policy of the sub-account whose key the case holds (see env_use_sub_account); NULL: none.
 */
void env_user_policy(struct env *env, const char *json);
/**
 * From now on env_secret_id/key are those of a sub-account of the bucket's owner, which starts
 * with a policy that allows everything; call before conf_new.
 */
void env_use_sub_account(struct env *env);
/** A policy that allows all of COS below env_bucket. */
const char *env_policy_all(struct env *env);
/**
 * A policy of more than 2 KiB with what a careless encoder changes, '+', '%', "%2F", blanks and
 * letters beyond ASCII: all of COS below some directories of env_bucket.
 */
const char *env_policy_long(struct env *env);
/**
 * "allow" or "deny": what the mock's CAM says of a key (permanent or temporary).
 * @action "name/cos:PutObject"; @key in @bucket.
 */
const char *env_probe(struct env *env, const char *secret_id, const char *action,
                      const char *bucket, const char *key);

/* ---- faults ---- */

/**
 * Push a fault; `size` is filled in. Returns its id. A case in which it never hit does not
 * pass: it ends as ERROR.
 */
uint64_t env_fault(struct env *env, struct cosmock_fault fault);
/** The same for one that may go unnoticed; say why beside the call. */
uint64_t env_fault_maybe(struct env *env, struct cosmock_fault fault);
uint64_t env_fault_hits(struct env *env, uint64_t id);
void env_fault_clear(struct env *env);

/* ---- for the layers above ---- */

/** Make the tenant and the names. */
void world_make(struct env *env);
/** Ends the case as ERROR when a planted fault never hit. */
void world_check_faults(struct env *env);
/** A call into the mock that must succeed; else the case ends as ERROR. */
void world_must(struct env *env, int r, const struct cosmock_error *err, const char *what);

#endif
