/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: obtained, read, handed on, and the managers that renew them. @who as in op.h. */
#ifndef CONFORM_TOKEN_H
#define CONFORM_TOKEN_H

#include <stdint.h>

struct env;
struct reply;

/**
 * `scheme`, `valid_until_ms`, `infos`, and through the functions below the payload. Of a
 * subject that is no server (token.obtain) the judge is one, whose tokens may do everything in
 * the case's bucket for an hour. So a row that only needs some token needs "token.apply", and a
 * row about how it is obtained "token.obtain".
 */
const struct reply *op_get_token(struct env *env, int64_t fs);
const struct reply *op_apply_token(struct env *env, const char *who, const struct reply *token);
/** @valid_until_ms -1: for ever; @infos_json NULL: {}. */
const struct reply *op_apply_token_raw(struct env *env, const char *who, const char *scheme,
                                       const char *payload, int64_t valid_until_ms,
                                       const char *infos_json);
/** The JSON text. */
const char *token_payload(struct env *env, const struct reply *token);
/** "access_key_id"; "" when absent. */
const char *token_field(struct env *env, const struct reply *token, const char *name);
/** NULL: absent. */
const char *token_info(const struct reply *token, const char *key);
/**
 * The refresh manager of @who, fed by get_token on @server_fs (the harness plays the Fluss
 * server).
 * @conf_json: manager keys as a JSON object, or NULL. Reply has `mgr`.
 */
const struct reply *op_manager_start(struct env *env, const char *who, int64_t server_fs,
                                     const char *conf_json);
/**
 * The same, fed by scripted answers: [{"token":{"text":"..."},"valid_for_ms":5000,"infos":{}},
 * {"err":"STS"}, ...]; the last one repeats. valid_until_ms / valid_for_ms absent: for ever.
 */
const struct reply *op_manager_start_list(struct env *env, const char *who,
                                          const char *tokens_json, const char *conf_json);
/** start() of the same manager, a second time. */
const struct reply *op_manager_start_again(struct env *env, int64_t mgr);
const struct reply *op_manager_stop(struct env *env, int64_t mgr);

#endif
