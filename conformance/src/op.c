/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of a case: one protocol request each, its reply kept by the env. Also the readers of replies and tokens. */
#include "env.h"

#include "cosbase/clock.h"
#include "cosbase/codec.h"

#include <stdarg.h>
#include <string.h>

#define DEFAULT_CHUNK 65536

/* ---- one call ---- */

static CASE_NORETURN void end_now(struct env *env, enum conform_verdict verdict,
                                  const char *fmt, ...) COS_PRINTF(3, 4);
static void end_now(struct env *env, enum conform_verdict verdict, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    env_end(env, verdict, fmt, ap);
}

/* Before the subject has been configured, a death says nothing about it (conformance.md s.3b). */
static bool is_set_up_op(const char *op)
{
    return strcmp(op, "hello") == 0 || strcmp(op, "reset") == 0;
}

static void judge_carrier(struct env *env, enum driver_result result, const char *op)
{
    const char *trouble = env->lane->driver->trouble;
    bool bounded = (env->kase->flags & CASE_BOUNDED_TIME) != 0;
    switch (result) {
    case DRIVER_OK:
        return;
    case DRIVER_DIED:
        end_now(env, is_set_up_op(op) ? CONFORM_ERROR : CONFORM_FAIL,
                "the subject died in '%s': %s", op, trouble);
    case DRIVER_TIMEOUT:
        end_now(env,
                bounded && !is_set_up_op(op) ? verdict_of_violation(env->requirement->level)
                                             : CONFORM_ERROR,
                "timeout in '%s': %s", op, trouble);
    case DRIVER_BROKEN:
        end_now(env, CONFORM_ERROR, "the driver broke the protocol in '%s': %s", op, trouble);
    }
}

static int64_t clock_ms(const struct env *env)
{
    return env->is_virtual ? cosmock_clock_now_unix_ms(env->tenant, COSMOCK_CLOCK_SIGNATURE)
                           : cos_system_mono_ns() / 1000000;
}

/* Parse, keep, and let the tenant's clocks follow. */
static struct reply *keep_reply(struct env *env, const char *text, int64_t started_ms)
{
    struct reply *r = env_alloc(env, sizeof(*r));
    struct cos_text_error err = {0};
    int64_t now_ms;
    r->text = text;
    r->next = env->replies;
    env->replies = r;
    if (cos_json_parse(&r->root, cos_span_of(text), &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        case_error(env, "the reply is no JSON: %s", err.message);
    }
    if (env->is_virtual && cos_json_i64(cos_json_get(r->root, "now"), &now_ms)) {
        env_follow_time(env, now_ms);
    }
    r->duration_ms = clock_ms(env) - started_ms;
    return r;
}

/* What a report may show: operations that carry tokens are named, not shown (base64 hides from a search for secrets). */
static const char *shown_request(struct env *env, const char *op, const char *members)
{
    static const char *const silent[] = {"configure", "apply_token", "manager_start"};
    for (size_t i = 0; i < COS_ARRAY_LEN(silent); i++) {
        if (strcmp(op, silent[i]) == 0) {
            members = "\"...\":\"left out\"";
        }
    }
    return env_text(env, "{\"op\":\"%s\"%s%s}", op, members != NULL ? "," : "",
                    members != NULL ? members : "");
}

const struct reply *op_call(struct env *env, const char *op, const char *members_json)
{
    struct driver *d = env->lane->driver;
    const struct conform_options *o = env->lane->options;
    int64_t started_ms = clock_ms(env);
    struct cos_buf line = {0};
    cos_buf_init(&line, (size_t)16 << 20);
    env->last_request = shown_request(env, op, members_json);
    env->last_reply = "";
    enum driver_result result =
        driver_call(d, op, members_json,
                    is_set_up_op(op) ? o->hello_timeout_ms : o->op_timeout_ms, &line);
    const char *text = cos_arena_str(&env->arena, cos_buf_view(&line));
    cos_buf_deinit(&line);
    judge_carrier(env, result, op);
    if (text == NULL) {
        env_out_of_memory(env);
    }
    env->last_reply = text;
    struct reply *r = keep_reply(env, text, started_ms);
    if (strcmp(op, "get_token") != 0 || !reply_ok(r)) {
        cos_buf_str(&env->outputs, text);
        cos_buf_ch(&env->outputs, '\n');
    } else {
        env->last_reply = "(a token)";
    }
    return r;
}

static const char *quoted(struct env *env, const char *text)
{
    struct cos_buf b = {0};
    cos_buf_init(&b, DRIVER_MAX_LINE);
    cos_json_quote(&b, cos_span_of(text));
    const char *kept = cos_arena_str(&env->arena, cos_buf_view(&b));
    bool failed = b.failed || kept == NULL;
    cos_buf_deinit(&b);
    if (failed) {
        env_out_of_memory(env);
    }
    return kept;
}

/* ---- replies ---- */

bool reply_ok(const struct reply *r)
{
    return r != NULL && cos_json_bool(cos_json_get(r->root, "ok"), false);
}

static const struct cos_json *error_of(const struct reply *r)
{
    return r != NULL ? cos_json_get(r->root, "err") : NULL;
}

static const char *error_text(const struct reply *r, const char *member)
{
    const char *text = cos_json_str(cos_json_get(error_of(r), member));
    return text != NULL ? text : "";
}

const char *reply_class(const struct reply *r)
{
    return error_text(r, "class");
}

const char *reply_message(const struct reply *r)
{
    return error_text(r, "message");
}

const char *reply_code(const struct reply *r)
{
    return error_text(r, "cos_code");
}

const char *reply_request_id(const struct reply *r)
{
    return error_text(r, "request_id");
}

int64_t reply_http_status(const struct reply *r)
{
    int64_t v = 0;
    (void)cos_json_i64(cos_json_get(error_of(r), "http_status"), &v);
    return v;
}

bool reply_typed(const struct reply *r)
{
    return cos_json_bool(cos_json_get(error_of(r), "typed"), false);
}

const struct cos_json *reply_json(const struct reply *r, const char *member)
{
    return r != NULL ? cos_json_get(r->root, member) : NULL;
}

const char *reply_str(const struct reply *r, const char *member)
{
    const char *text = cos_json_str(reply_json(r, member));
    return text != NULL ? text : "";
}

int64_t reply_i64(const struct reply *r, const char *member)
{
    int64_t v = INT64_MIN;
    return cos_json_i64(reply_json(r, member), &v) ? v : INT64_MIN;
}

bool reply_bool(const struct reply *r, const char *member)
{
    return cos_json_bool(reply_json(r, member), false);
}

int64_t reply_duration_ms(const struct reply *r)
{
    return r != NULL ? r->duration_ms : 0;
}

/* ---- life cycle ---- */

const struct reply *op_load(struct env *env, const char *fluss_home)
{
    return op_call(env, "load", env_text(env, "\"fluss_home\":%s", quoted(env, fluss_home)));
}

const struct reply *op_load_plugins_dir(struct env *env, const char *plugins_dir)
{
    return op_call(env, "load", env_text(env, "\"plugins_dir\":%s", quoted(env, plugins_dir)));
}

const struct reply *op_load_abi(struct env *env, unsigned abi_major)
{
    return op_call(env, "load", env_text(env, "\"abi_major\":%u", abi_major));
}

const struct reply *op_open(struct env *env, const char *who, const char *uri)
{
    return op_call(env, "open",
                   env_text(env, "\"as\":%s,\"uri\":%s", quoted(env, who), quoted(env, uri)));
}

const struct reply *op_close(struct env *env, int64_t fs)
{
    return op_call(env, "close", env_text(env, "\"fs\":%lld", (long long)fs));
}

void op_ping(struct env *env)
{
    const struct reply *r = op_call(env, "ping", NULL);
    if (!reply_ok(r)) {
        case_fail(env, "the subject does not answer a ping any more: %s", reply_message(r));
    }
}

const struct reply *op_stats(struct env *env)
{
    return op_call(env, "stats", NULL);
}

const struct reply *op_parallel(struct env *env, const char *const ops[], size_t n)
{
    struct cos_buf b = {0};
    cos_buf_init(&b, DRIVER_MAX_LINE);
    cos_buf_str(&b, "\"ops\":[");
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(&b, i > 0 ? "," : "");
        cos_buf_str(&b, ops[i]);
    }
    cos_buf_ch(&b, ']');
    const char *members = cos_arena_str(&env->arena, cos_buf_view(&b));
    bool failed = b.failed || members == NULL;
    cos_buf_deinit(&b);
    if (failed) {
        env_out_of_memory(env);
    }
    return op_call(env, "parallel", members);
}

/* ---- filesystem ---- */

static const struct reply *call_path(struct env *env, const char *op, int64_t fs,
                                     const char *path)
{
    return op_call(env, op,
                   env_text(env, "\"fs\":%lld,\"path\":%s", (long long)fs, quoted(env, path)));
}

const struct reply *op_stat(struct env *env, int64_t fs, const char *path)
{
    return call_path(env, "stat", fs, path);
}

const struct reply *op_exists(struct env *env, int64_t fs, const char *path)
{
    return call_path(env, "exists", fs, path);
}

const struct reply *op_list(struct env *env, int64_t fs, const char *path)
{
    return call_path(env, "list", fs, path);
}

const struct reply *op_mkdirs(struct env *env, int64_t fs, const char *path)
{
    return call_path(env, "mkdirs", fs, path);
}

const struct reply *op_delete(struct env *env, int64_t fs, const char *path, bool recursive)
{
    return op_call(env, "delete",
                   env_text(env, "\"fs\":%lld,\"path\":%s,\"recursive\":%s", (long long)fs,
                            quoted(env, path), recursive ? "true" : "false"));
}

const struct reply *op_rename(struct env *env, int64_t fs, const char *from, const char *to)
{
    return op_call(env, "rename",
                   env_text(env, "\"fs\":%lld,\"src\":%s,\"dst\":%s", (long long)fs,
                            quoted(env, from), quoted(env, to)));
}

static const struct reply *write_text(struct env *env, int64_t fs, const char *path,
                                      const char *text, const char *mode)
{
    return op_call(env, "write",
                   env_text(env,
                            "\"fs\":%lld,\"path\":%s,\"mode\":\"%s\",\"data\":{\"text\":%s}",
                            (long long)fs, quoted(env, path), mode, quoted(env, text)));
}

const struct reply *op_write_text(struct env *env, int64_t fs, const char *path,
                                  const char *text)
{
    return write_text(env, fs, path, text, "overwrite");
}

const struct reply *op_create_text(struct env *env, int64_t fs, const char *path,
                                   const char *text)
{
    return write_text(env, fs, path, text, "create");
}

const struct reply *op_write_gen(struct env *env, int64_t fs, const char *path, uint64_t seed,
                                 size_t bytes, size_t chunk)
{
    return op_call(env, "write",
                   env_text(env,
                            "\"fs\":%lld,\"path\":%s,\"mode\":\"overwrite\",\"chunk\":%zu,"
                            "\"data\":{\"gen\":{\"alg\":\"xs64\",\"seed\":%llu,\"size\":%zu}}",
                            (long long)fs, quoted(env, path),
                            chunk != 0 ? chunk : (size_t)DEFAULT_CHUNK,
                            (unsigned long long)seed, bytes));
}

const struct reply *op_read(struct env *env, int64_t fs, const char *path)
{
    return call_path(env, "read", fs, path);
}

const struct reply *op_read_range(struct env *env, int64_t fs, const char *path, int64_t offset,
                                  int64_t bytes)
{
    return op_call(env, "read",
                   env_text(env, "\"fs\":%lld,\"path\":%s,\"offset\":%lld,\"bytes\":%lld",
                            (long long)fs, quoted(env, path), (long long)offset,
                            (long long)bytes));
}

const struct reply *op_read_text(struct env *env, int64_t fs, const char *path)
{
    return op_call(env, "read",
                   env_text(env, "\"fs\":%lld,\"path\":%s,\"want\":\"text\"", (long long)fs,
                            quoted(env, path)));
}

/* ---- streams ---- */

const struct reply *op_out_open(struct env *env, int64_t fs, const char *path, bool overwrite)
{
    return op_call(env, "out_open",
                   env_text(env, "\"fs\":%lld,\"path\":%s,\"mode\":\"%s\"", (long long)fs,
                            quoted(env, path), overwrite ? "overwrite" : "create"));
}

static const struct reply *call_handle_op(struct env *env, const char *op, const char *kind,
                                          int64_t handle)
{
    return op_call(env, op, env_text(env, "\"%s\":%lld", kind, (long long)handle));
}

const struct reply *op_out_write_text(struct env *env, int64_t out, const char *text)
{
    return op_call(env, "out_write",
                   env_text(env, "\"out\":%lld,\"data\":{\"text\":%s}", (long long)out,
                            quoted(env, text)));
}

const struct reply *op_out_write_gen(struct env *env, int64_t out, uint64_t seed, size_t skip,
                                     size_t bytes)
{
    return op_call(env, "out_write",
                   env_text(env,
                            "\"out\":%lld,\"data\":{\"gen\":{\"alg\":\"xs64\",\"seed\":%llu,"
                            "\"size\":%zu,\"skip\":%zu}}",
                            (long long)out, (unsigned long long)seed, bytes, skip));
}

const struct reply *op_out_flush(struct env *env, int64_t out)
{
    return call_handle_op(env, "out_flush", "out", out);
}

const struct reply *op_out_pos(struct env *env, int64_t out)
{
    return call_handle_op(env, "out_pos", "out", out);
}

const struct reply *op_out_close(struct env *env, int64_t out)
{
    return call_handle_op(env, "out_close", "out", out);
}

const struct reply *op_out_free(struct env *env, int64_t out)
{
    return call_handle_op(env, "out_free", "out", out);
}

const struct reply *op_in_open(struct env *env, int64_t fs, const char *path)
{
    return call_path(env, "in_open", fs, path);
}

const struct reply *op_in_read(struct env *env, int64_t in, size_t bytes, size_t buf_offset)
{
    return op_call(env, "in_read",
                   env_text(env, "\"in\":%lld,\"bytes\":%zu,\"buf_off\":%zu", (long long)in,
                            bytes, buf_offset));
}

const struct reply *op_in_seek(struct env *env, int64_t in, int64_t pos)
{
    return op_call(env, "in_seek",
                   env_text(env, "\"in\":%lld,\"pos\":%lld", (long long)in, (long long)pos));
}

const struct reply *op_in_pos(struct env *env, int64_t in)
{
    return call_handle_op(env, "in_pos", "in", in);
}

const struct reply *op_in_close(struct env *env, int64_t in)
{
    return call_handle_op(env, "in_close", "in", in);
}

/* ---- tokens ---- */

const char *token_payload(struct env *env, const struct reply *token)
{
    const char *b64 = cos_json_str(cos_json_get(reply_json(token, "token"), "b64"));
    struct cos_buf b = {0};
    cos_buf_init(&b, 1 << 20);
    bool ok = b64 != NULL && cos_base64_decode(&b, cos_span_of(b64));
    const char *kept = cos_arena_str(&env->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    if (!ok) {
        case_fail(env, "the token's payload is missing or no base64");
    }
    return kept != NULL ? kept : "";
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

const struct reply *op_get_token(struct env *env, int64_t fs)
{
    const struct reply *r = call_handle_op(env, "get_token", "fs", fs);
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
                 quoted(env, who), quoted(env, reply_str(token, "scheme")),
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
                            quoted(env, who), quoted(env, scheme), quoted(env, payload), until,
                            infos_json != NULL ? infos_json : "{}"));
}

const struct reply *op_manager_start(struct env *env, const char *who, int64_t server_fs,
                                     const char *conf_json)
{
    return op_call(env, "manager_start",
                   env_text(env, "\"as\":%s,\"source\":\"self\",\"fs\":%lld,\"conf\":%s",
                            quoted(env, who), (long long)server_fs,
                            conf_json != NULL ? conf_json : "{}"));
}

const struct reply *op_manager_start_list(struct env *env, const char *who,
                                          const char *tokens_json, const char *conf_json)
{
    return op_call(env, "manager_start",
                   env_text(env, "\"as\":%s,\"source\":\"list\",\"tokens\":%s,\"conf\":%s",
                            quoted(env, who), tokens_json,
                            conf_json != NULL ? conf_json : "{}"));
}

const struct reply *op_manager_stop(struct env *env, int64_t mgr)
{
    return call_handle_op(env, "manager_stop", "mgr", mgr);
}
