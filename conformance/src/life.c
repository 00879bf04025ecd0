/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One case, from its tenant to its result. Around the body: tenant, driver, greeting, what it
 * needs; and the end of all that. A capability that was not declared may be missing, but
 * asking for it must answer UNSUPPORTED (conformance.md R6), so a case that would be skipped
 * for it asks first.
 */
#include "life.h"

#include "conf.h"
#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "cosmock/cosmock.h"
#include "driver.h"
#include "env.h"
#include "evidence.h"
#include "journal.h"
#include "lane.h"
#include "op.h"
#include "outcome.h"
#include "reply.h"
#include "token.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

/* 2026-01-01T00:00:00Z: where virtual time begins. */
#define EPOCH_MS INT64_C(1767225600000)
#define JOURNAL_LINES 20
#define LOG_TAIL_BYTES 4096
#define MAX_ENV_BYTES ((size_t)256 << 20)
#define MAX_OUTPUT_BYTES ((size_t)32 << 20)

/* ---- what is not declared ---- */

static const char *ask(struct env *env, const char *capability, int64_t fs)
{
    const struct reply *r;
    if (strcmp(capability, "token.obtain") == 0) {
        r = op_on_handle(env, "get_token", "fs", fs);
    } else if (strcmp(capability, "token.apply") == 0) {
        r = op_apply_token_raw(env, "server", "cosn", "{}", -1, NULL);
    } else {
        r = op_manager_start(env, "server", fs, NULL);
    }
    return reply_ok(r) ? "success" : reply_class(r);
}

static void check_unsupported(struct env *env, const char *capability)
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

/* ---- opening ---- */

static uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text != '\0'; text++) {
        h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
    }
    return h;
}

/* The texts of a JSON array, NULL-terminated. */
static const char **texts_of(struct env *env, const struct cos_json *list)
{
    const char **texts = env_alloc(env, (cos_json_count(list) + 1) * sizeof(char *));
    size_t n = 0;
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        const char *text = cos_json_str(i);
        if (text != NULL) {
            texts[n++] = env_text(env, "%s", text);
        }
    }
    return texts;
}

static void read_capabilities(struct env *env, const struct reply *hello)
{
    const struct cos_json *list = reply_json(hello, "capabilities");
    if (reply_i64(hello, "protocol") != 1 || cos_json_kind(list) != COS_JSON_ARRAY) {
        case_error(env, "the driver's hello lacks 'protocol' 1 or 'capabilities'");
    }
    env->capabilities = texts_of(env, list);
}

static void read_language(struct env *env, const struct reply *hello)
{
    env->language = env_text(env, "%s", reply_str(hello, "language"));
    env->loader_is_product = strcmp(reply_str(hello, "loader"), "product") == 0;
    env->lacks = texts_of(env, reply_json(hello, "lacks"));
    for (const char **l = env->lacks; *l != NULL; l++) {
        if (!op_may_lack(*l)) {
            case_error(env,
                       "the driver's hello says its language lacks '%.60s'; PROTOCOL.md lists "
                       "what may stand there",
                       *l);
        }
    }
}

static void greet(struct env *env)
{
    bool is_real = (env->kase->flags & CASE_REAL_TIME) != 0;
    (void)op_call(env, "reset", /* members_json= */ NULL);
    const struct reply *r =
        op_call(env, "hello",
                env_text(env,
                         "\"protocol\":1,\"suite\":\"cosconform\",\"clock\":\"%s\","
                         "\"epoch_ms\":%lld,\"seed\":%llu",
                         is_real ? "real" : "virtual", (long long)EPOCH_MS,
                         (unsigned long long)(env->seed >> 16)));
    if (!reply_ok(r)) {
        case_error(env, "hello was refused: %s", reply_message(r));
    }
    read_capabilities(env, r);
    read_language(env, r);
    env->is_virtual = strcmp(reply_str(r, "clock"), "virtual") == 0;
    if (is_real && env->is_virtual) {
        case_error(env, "the driver was asked for clock 'real' and answers 'virtual'");
    }
}

static void check_needs(struct env *env)
{
    struct cos_span rest = cos_span_of(env->kase->needs);
    while (rest.len > 0) {
        struct cos_span need = cos_span_trim(cos_span_cut(&rest, ','));
        const char *name = env_text(env, COS_SPAN_FMT, COS_SPAN_ARG(need));
        if (!env_has(env, name)) {
            check_unsupported(env, name);
            case_skip(env, "capability %s is not declared", name);
        }
    }
    if ((env->kase->flags & CASE_DIRECT_ONLY) != 0 && !env_is_direct(env)) {
        case_skip(env, "only shown in process");
    }
    if ((env->kase->flags & (CASE_PROCESS_ONLY | CASE_REAL_TIME)) != 0 && env_is_direct(env)) {
        case_skip(env, "only shown over a process and sockets");
    }
    if ((env->kase->flags & CASE_REAL_ELSE) != 0 && env_has(env, "clock.virtual")) {
        case_skip(env, "shown in virtual time");
    }
}

static void set_up(struct env *env)
{
    bool fresh =
        env->requirement->fresh_process || (env->kase->flags & CASE_FRESH_PROCESS) != 0;
    world_make(env);
    char why[512];
    if (!lane_driver(env->lane, fresh, why)) {
        case_error(env, "%s", why);
    }
    struct driver *d = env->lane->driver;
    d->on_time_ctx = env;
    d->on_time = env_follow_time;
    if (d->is_direct) {
        driver_native_aim(d, env->lane->mock);
    }
    driver_log_clear(d);
    greet(env);
    if (env->is_virtual) {
        env_follow_time(env, EPOCH_MS);
    }
    check_needs(env);
    journal_mark(env);
}

static bool env_open(struct env *env, struct lane *lane, const struct requirement *requirement,
                     const struct conform_case *kase)
{
    *env = (struct env){.lane = lane, .requirement = requirement, .kase = kase};
    cos_arena_init(&env->arena, MAX_ENV_BYTES);
    cos_buf_init(&env->outputs, MAX_OUTPUT_BYTES);
    (void)pthread_mutex_init(&env->time_lock, NULL);
    env->seed = hash_text(hash_text(lane->options->seed * UINT64_C(0x9E3779B97F4A7C15) +
                                        UINT64_C(14695981039346656037),
                                    kase->requirement),
                          kase->name);
    (void)snprintf(env->tag, sizeof(env->tag), "c%08x", (unsigned)(env->seed >> 32));
    lane->n_cases++;
    if (setjmp(env->out) != 0) {
        return false;
    }
    set_up(env);
    return true;
}

/* ---- closing ---- */

static void env_close(struct env *env)
{
    struct driver *d = env->lane->driver;
    if (d != NULL && d->is_direct) {
        env->lane->driver = driver_free(d); /* its threads end before the tenant does */
    } else if (d != NULL && d->is_usable) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf reply = {0};
        cos_buf_init(&reply, DRIVER_MAX_LINE);
        (void)driver_call(d, "reset", /* members= */ NULL, env->lane->options->op_timeout_ms,
                          &reply);
    }
    if (env->lane->driver != NULL) {
        env->lane->driver->on_time = NULL;
    }
    for (size_t i = 0; i < env->n_entries; i++) {
        (void)cosmock_entries_free(env->entries[i]);
    }
    for (struct reply *r = env->replies; r != NULL; r = r->next) {
        r->root = cos_json_free(r->root);
    }
    if (env->scratch[0] != '\0') {
        int ignored = cos_dir_remove(env->scratch); /* scratch dies with the run anyway */
        (void)ignored;
    }
    env->tenant = cosmock_tenant_free(env->tenant);
    cos_buf_deinit(&env->outputs);
    (void)pthread_mutex_destroy(&env->time_lock);
    env_forget(env);
}

/* ---- the whole of it ---- */

static char *kept(const char *text)
{
    return cos_strdup(text != NULL ? text : "");
}

/*
 * Report texts are the report's: freed with it. A lost text is shown as empty, never as a
 * crash.
 */
static void take_texts(struct env *env, struct conform_result *out)
{
    bool passed = env->verdict == CONFORM_PASS || env->verdict == CONFORM_SKIP;
    char *journal =
        evidence_journal(env, passed ? 4096 : JOURNAL_LINES, &out->first_seq, &out->last_seq);
    char *log = passed ? NULL : evidence_log_tail(env, LOG_TAIL_BYTES);
    char rerun[1024];
    (void)snprintf(rerun, sizeof(rerun), "%.900s --only %.60s", env->lane->options->rerun,
                   out->requirement->id);
    out->reason = kept(evidence_text(env, env->reason));
    out->journal = journal != NULL ? journal : kept("");
    out->log = log != NULL ? log : kept("");
    out->deny = kept(passed ? "" : evidence_refusal(env));
    out->last_request = kept(passed ? "" : evidence_text(env, env->last_request));
    out->last_reply = kept(passed ? "" : evidence_text(env, env->last_reply));
    out->rerun = kept(rerun);
}

/* Run the body; every expectation that does not hold comes back through the jump. */
static void run_body(struct env *env)
{
    if (setjmp(env->out) == 0) {
        env->kase->run(env);
        bool may_be_quiet = env->may_be_quiet || (env->kase->flags & CASE_QUIET) != 0;
        if (!may_be_quiet && cosmock_journal_last_seq(env->tenant) == 0) {
            case_fail(env, "no request reached the mock, so nothing was shown");
        }
        world_check_faults(env);
    }
}

/* Law 5 of the design: an internal error of the mock makes the case worth nothing. */
static void check_mock(struct env *env)
{
    if (env->lane->mock != NULL && cosmock_broken(env->lane->mock)) {
        env->verdict = CONFORM_ERROR;
        (void)snprintf(env->reason, sizeof(env->reason),
                       "the mock answered an internal error of its own making");
    }
}

/* What this case found of requirements that hold in every case. */
static unsigned charges_of(struct env *env)
{
    bool may_missign = (env->kase->flags & CASE_MISSIGNED) != 0;
    return (evidence_log_leaks(env) ? (unsigned)CONFORM_CHARGE_LEAK : 0) |
           (!may_missign && evidence_missigned(env) ? (unsigned)CONFORM_CHARGE_MISSIGNED : 0);
}

void life_run(struct lane *lane, struct conform_result *out)
{
    int64_t started_ns = cos_system_mono_ns();
    struct env *env = cos_calloc(1, sizeof(*env));
    if (env == NULL) {
        out->verdict = CONFORM_ERROR;
        out->reason = kept("no memory for the case");
        return;
    }
    if (env_open(env, lane, out->requirement, out->kase)) {
        run_body(env);
    }
    check_mock(env);
    out->pid = lane->driver != NULL ? (int)lane->driver->pid : 0;
    out->verdict = env->verdict;
    out->is_violated = env->is_violated;
    out->is_lacking = env->is_lacking;
    out->charges = charges_of(env);
    take_texts(env, out);
    env_close(env);
    if (lane->mock != NULL && cosmock_broken(lane->mock)) {
        char why[512];
        (void)lane_mock(lane, why); /* without a mock the next case says so */
    }
    (void)cos_free(env);
    out->duration_us = (cos_system_mono_ns() - started_ns) / 1000;
}
