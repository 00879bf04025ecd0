/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation with the subject: one protocol request each, its reply kept by the env.
 * What became of the carrier is judged here, what the reply says is not.
 */
#include "op.h"

#include "cosbase/clock.h"
#include "cosbase/json.h"
#include "env.h"
#include "lane.h"
#include "outcome.h"
#include "protocol.h"
#include "reply.h"
#include "world.h"

#include <string.h>

#define DEFAULT_CHUNK 65536
/* What a manager does on the way is dated by clocks that differ by so much at most. */
#define MAX_STRIDE_MS 10000
#define MAX_REPLY_BYTES ((size_t)16 << 20)
#define MAX_LOG_BYTES ((size_t)16 << 20)

/* ---- one call ---- */

/*
 * Before the subject has been configured, a death says nothing about it (conformance.md s.3b).
 */
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
        env_end(env, is_set_up_op(op) ? CONFORM_ERROR : CONFORM_FAIL,
                "the subject died in '%s': %s", op, trouble);
    case DRIVER_TIMEOUT:
        env_end(env,
                bounded && !is_set_up_op(op) ? verdict_of_violation(env->requirement->level)
                                             : CONFORM_ERROR,
                "timeout in '%s': %s", op, trouble);
    case DRIVER_BROKEN:
        env_end(env, CONFORM_ERROR, "the driver broke the protocol in '%s': %s", op, trouble);
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
    r->text = text;
    r->next = env->replies;
    env->replies = r;
    if (cos_json_parse(&r->root, cos_span_of(text), &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        case_error(env, "the reply is no JSON: %s", err.message);
    }
    int64_t now_ms;
    if (env->is_virtual && cos_json_i64(cos_json_get(r->root, "now"), &now_ms)) {
        env_follow_time(env, now_ms);
    }
    r->duration_ms = clock_ms(env) - started_ms;
    return r;
}

/*
 * What a report may show: operations that carry tokens are named, not shown (base64 hides from
 * a search for secrets).
 */
static const char *shown_request(struct env *env, const char *op, const char *members)
{
    static const char *const silent[] = {"configure", "env", "apply_token", "manager_start"};
    for (size_t i = 0; i < COS_ARRAY_LEN(silent); i++) {
        if (strcmp(op, silent[i]) == 0) {
            members = "\"...\":\"left out\"";
        }
    }
    return env_text(env, "{\"op\":\"%s\"%s%s}", op, members != NULL ? "," : "",
                    members != NULL ? members : "");
}

void op_judge_lacking(struct env *env, const struct reply *r, const char *what)
{
    if (!env_lacks(env, what)) {
        return;
    }
    if (reply_ok(r) || strcmp(reply_class(r), "UNSUPPORTED") != 0) {
        case_fail(env,
                  "the subject says that its language has no %s, yet asking for it answers %s, "
                  "not UNSUPPORTED",
                  what, reply_ok(r) ? "success" : reply_class(r));
    }
    case_lacking(env, what);
}

const struct reply *op_call(struct env *env, const char *op, const char *members_json)
{
    struct driver *d = env->lane->driver;
    const struct conform_options *o = env->lane->options;
    int64_t started_ms = clock_ms(env);
    struct cos_buf *line = env_buf(env, MAX_REPLY_BYTES);
    env->last_request = shown_request(env, op, members_json);
    env->last_reply = "";
    enum driver_result result = driver_call(d, op, members_json,
                                            is_set_up_op(op)        ? o->hello_timeout_ms
                                            : env->patience_ms != 0 ? env->patience_ms
                                                                    : o->op_timeout_ms,
                                            line);
    judge_carrier(env, result, op);
    const char *text = env_keep(env, line);
    env->last_reply = text;
    struct reply *r = keep_reply(env, text, started_ms);
    if (strcmp(op, "get_token") != 0 || !reply_ok(r)) {
        cos_buf_str(&env->outputs, text);
        cos_buf_ch(&env->outputs, '\n');
    } else {
        env->last_reply = "(a token)";
    }
    op_judge_lacking(env, r, op);
    return r;
}

const struct reply *op_instead(struct env *env, const char *text)
{
    return keep_reply(env, text, clock_ms(env));
}

const struct reply *op_on_handle(struct env *env, const char *op, const char *kind,
                                 int64_t handle)
{
    return op_call(env, op, env_text(env, "\"%s\":%lld", kind, (long long)handle));
}

/* ---- what the subject says of itself ---- */

bool env_is_direct(struct env *env)
{
    return env->lane->options->in_process;
}

bool env_has(struct env *env, const char *capability)
{
    for (const char **c = env->capabilities; c != NULL && *c != NULL; c++) {
        if (strcmp(*c, capability) == 0) {
            return true;
        }
    }
    return false;
}

bool env_clock_is_virtual(struct env *env)
{
    return env->is_virtual;
}

const char *env_language(struct env *env)
{
    return env->language[0] != '\0' ? env->language : "c";
}

bool env_lacks(struct env *env, const char *what)
{
    for (const char **l = env->lacks; l != NULL && *l != NULL; l++) {
        if (strcmp(*l, what) == 0) {
            return true;
        }
    }
    return false;
}

bool op_may_lack(const char *what)
{
    struct cos_span rest = cos_span_of(protocol_lacks);
    while (rest.len > 0) {
        if (cos_span_eq_str(cos_span_cut(&rest, '|'), what)) {
            return true;
        }
    }
    return false;
}

bool env_loader_is_product(struct env *env)
{
    return env->loader_is_product;
}

const char *env_log(struct env *env)
{
    struct cos_buf *b = env_buf(env, MAX_LOG_BYTES);
    driver_log(env->lane->driver, b);
    return env_keep(env, b);
}

/* ---- time ---- */

static void ask_to_move(struct env *env, int64_t ms, bool jump)
{
    const struct reply *r = op_call(env, "advance",
                                    env_text(env, "\"ms\":%lld,\"jump\":%s", (long long)ms,
                                             jump ? "true" : "false"));
    if (!reply_ok(r)) {
        case_error(env, "the driver did not move its clock: %s", reply_message(r));
    }
}

/*
 * The service's clocks go ahead of the subject's, never behind: what it signs on the way is
 * then a moment old, which every service takes, not of a time that has not come.
 */
static void move_once(struct env *env, int64_t ms, bool jump)
{
    if (!env_is_direct(env)) {
        env_follow_time(env, clock_ms(env) + ms);
    }
    ask_to_move(env, ms, jump);
}

static void check_movable(struct env *env)
{
    if (!env->is_virtual) {
        case_skip(env, "the subject's clock cannot be moved");
    }
}

/*
 * In process the tenant's clocks follow at each step; over a process only between two calls.
 */
void env_advance(struct env *env, int64_t ms)
{
    check_movable(env);
    while (!env_is_direct(env) && ms > MAX_STRIDE_MS) {
        move_once(env, MAX_STRIDE_MS, /* jump= */ false);
        ms -= MAX_STRIDE_MS;
    }
    move_once(env, ms, /* jump= */ false);
}

/* Of real time: the subject's date is set, and the tenant's with it. */
static void jump_really(struct env *env, int64_t ms)
{
    if (!env_has(env, "clock.jump")) {
        case_skip(env, "the subject's clock cannot be moved");
    }
    env_shift_time(env, ms);
    ask_to_move(env, ms, /* jump= */ true);
}

void env_jump(struct env *env, int64_t ms)
{
    if (env->is_virtual) {
        move_once(env, ms, /* jump= */ true);
    } else {
        jump_really(env, ms);
    }
}

/* ---- life cycle ---- */

const struct reply *op_load(struct env *env, const char *fluss_home)
{
    return op_call(env, "load",
                   env_text(env, "\"fluss_home\":%s", env_quoted(env, fluss_home)));
}

const struct reply *op_load_abi(struct env *env, unsigned abi_major)
{
    const struct reply *r = op_call(env, "load", env_text(env, "\"abi_major\":%u", abi_major));
    op_judge_lacking(env, r, "abi");
    return r;
}

const struct reply *op_open(struct env *env, const char *who, const char *uri)
{
    return op_call(env, "open",
                   env_text(env, "\"as\":%s,\"uri\":%s", env_quoted(env, who),
                            env_quoted(env, uri)));
}

const struct reply *op_close(struct env *env, int64_t fs)
{
    return op_call(env, "close", env_text(env, "\"fs\":%lld", (long long)fs));
}

void op_ping(struct env *env)
{
    const struct reply *r = op_call(env, "ping", /* members_json= */ NULL);
    if (!reply_ok(r)) {
        case_fail(env, "the subject does not answer a ping any more: %s", reply_message(r));
    }
}

const struct reply *op_stats(struct env *env)
{
    return op_call(env, "stats", /* members_json= */ NULL);
}

void op_patience(struct env *env, int64_t ms)
{
    env->patience_ms = ms;
}

const struct reply *op_env(struct env *env, const char *who, const char *const pairs[],
                           size_t n)
{
    struct cos_buf *b = env_buf(env, DRIVER_MAX_LINE);
    cos_buf_printf(b, "\"as\":%s,\"env\":{", env_quoted(env, who));
    for (size_t i = 0; i + 1 < n; i += 2) {
        cos_buf_printf(b, "%s%s:%s", i > 0 ? "," : "", env_quoted(env, pairs[i]),
                       env_quoted(env, pairs[i + 1]));
    }
    cos_buf_ch(b, '}');
    return op_call(env, "env", env_keep(env, b));
}

const struct reply *op_parallel(struct env *env, const char *const ops[], size_t n)
{
    struct cos_buf *b = env_buf(env, DRIVER_MAX_LINE);
    cos_buf_str(b, "\"ops\":[");
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, i > 0 ? "," : "");
        cos_buf_str(b, ops[i]);
    }
    cos_buf_ch(b, ']');
    return op_call(env, "parallel", env_keep(env, b));
}

/* ---- filesystem ---- */

static const struct reply *call_path(struct env *env, const char *op, int64_t fs,
                                     const char *path)
{
    return op_call(env, op,
                   env_text(env, "\"fs\":%lld,\"path\":%s", (long long)fs,
                            env_quoted(env, path)));
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
                            env_quoted(env, path), recursive ? "true" : "false"));
}

const struct reply *op_rename(struct env *env, int64_t fs, const char *from, const char *to)
{
    return op_call(env, "rename",
                   env_text(env, "\"fs\":%lld,\"src\":%s,\"dst\":%s", (long long)fs,
                            env_quoted(env, from), env_quoted(env, to)));
}

static const struct reply *write_text(struct env *env, int64_t fs, const char *path,
                                      const char *text, const char *mode)
{
    return op_call(env, "write",
                   env_text(env,
                            "\"fs\":%lld,\"path\":%s,\"mode\":\"%s\",\"data\":{\"text\":%s}",
                            (long long)fs, env_quoted(env, path), mode, env_quoted(env, text)));
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
                            (long long)fs, env_quoted(env, path),
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
                            (long long)fs, env_quoted(env, path), (long long)offset,
                            (long long)bytes));
}

const struct reply *op_read_text(struct env *env, int64_t fs, const char *path)
{
    return op_call(env, "read",
                   env_text(env, "\"fs\":%lld,\"path\":%s,\"want\":\"text\"", (long long)fs,
                            env_quoted(env, path)));
}

/* ---- streams ---- */

const struct reply *op_out_open(struct env *env, int64_t fs, const char *path, bool overwrite)
{
    return op_call(env, "out_open",
                   env_text(env, "\"fs\":%lld,\"path\":%s,\"mode\":\"%s\"", (long long)fs,
                            env_quoted(env, path), overwrite ? "overwrite" : "create"));
}

const struct reply *op_out_write_text(struct env *env, int64_t out, const char *text)
{
    return op_call(env, "out_write",
                   env_text(env, "\"out\":%lld,\"data\":{\"text\":%s}", (long long)out,
                            env_quoted(env, text)));
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
    return op_on_handle(env, "out_flush", "out", out);
}

const struct reply *op_out_pos(struct env *env, int64_t out)
{
    return op_on_handle(env, "out_pos", "out", out);
}

const struct reply *op_out_close(struct env *env, int64_t out)
{
    return op_on_handle(env, "out_close", "out", out);
}

const struct reply *op_out_free(struct env *env, int64_t out)
{
    return op_on_handle(env, "out_free", "out", out);
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
    return op_on_handle(env, "in_pos", "in", in);
}
