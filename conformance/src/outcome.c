/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a case ends, and its memory. An ending is a long jump back to the runner, which frees
 * nothing on its way: buffers that live across a call that may end the case come from
 * env_buf(), texts from the arena, and both die with the env.
 */
#include "outcome.h"

#include "cosbase/json.h"
#include "env.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one JSON text: as much as the protocol allows in a line. */
#define MAX_JSON_BYTES ((size_t)1 << 20)

/* ---- endings ---- */

static CASE_NORETURN void end(struct env *env, enum conform_verdict verdict, const char *fmt,
                              va_list ap) COS_PRINTF(3, 0);
static void end(struct env *env, enum conform_verdict verdict, const char *fmt, va_list ap)
{
    env->verdict = verdict;
    (void)vsnprintf(env->reason, sizeof(env->reason), fmt, ap);
    longjmp(env->out, 1);
}

void env_end(struct env *env, enum conform_verdict verdict, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    end(env, verdict, fmt, ap);
}

void case_vfail(struct env *env, const char *fmt, va_list ap)
{
    env->is_violated = true;
    end(env, verdict_of_violation(env->requirement->level), fmt, ap);
}

void case_fail(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    case_vfail(env, fmt, ap);
}

void case_skip(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    end(env, CONFORM_SKIP, fmt, ap);
}

void case_error(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    end(env, CONFORM_ERROR, fmt, ap);
}

void case_note(struct env *env, const char *fmt, ...)
{
    if (env->verdict != CONFORM_PASS) {
        return; /* what it says already is worse */
    }
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(env->reason, sizeof(env->reason), fmt, ap);
    va_end(ap);
}

void case_info(struct env *env, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    env->verdict = CONFORM_INFO;
    (void)vsnprintf(env->reason, sizeof(env->reason), fmt, ap);
    va_end(ap);
}

void case_harness(struct env *env, const char *sentence)
{
    case_info(env, "harness: %s", sentence);
}

void case_lacking(struct env *env, const char *what)
{
    env->is_lacking = true;
    env_end(env, CONFORM_SKIP, "the subject's language has no %s", what);
}

void env_out_of_memory(struct env *env)
{
    env_end(env, CONFORM_ERROR, "no memory for the case");
}

/* ---- memory ---- */

void *env_alloc(struct env *env, size_t bytes)
{
    void *p = cos_arena_alloc(&env->arena, bytes > 0 ? bytes : 1);
    if (p == NULL) {
        env_out_of_memory(env);
    }
    return p;
}

const char *env_text(struct env *env, const char *fmt, ...)
{
    char *made = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&made, fmt, ap);
    va_end(ap);
    if (n < 0) {
        env_out_of_memory(env);
    }
    const char *text = cos_arena_str(&env->arena, cos_span_make(made, (size_t)n));
    free(made);
    if (text == NULL) {
        env_out_of_memory(env);
    }
    return text;
}

struct cos_buf *env_buf(struct env *env, size_t max)
{
    struct held *held = env_alloc(env, sizeof(*held));
    cos_buf_init(&held->buf, max);
    held->next = env->held;
    env->held = held;
    return &held->buf;
}

const char *env_keep(struct env *env, struct cos_buf *b)
{
    const char *kept = b->failed ? NULL : cos_arena_str(&env->arena, cos_buf_view(b));
    cos_buf_deinit(b);
    if (kept == NULL) {
        env_out_of_memory(env);
    }
    return kept;
}

const char *env_json(struct env *env, const struct cos_json *node)
{
    struct cos_buf *b = env_buf(env, MAX_JSON_BYTES);
    cos_json_print(b, node);
    return env_keep(env, b);
}

const char *env_quoted(struct env *env, const char *text)
{
    struct cos_buf *b = env_buf(env, MAX_JSON_BYTES);
    cos_json_quote(b, cos_span_of(text));
    return env_keep(env, b);
}

void env_forget(struct env *env)
{
    for (struct held *h = env->held; h != NULL; h = h->next) {
        cos_buf_deinit(&h->buf);
    }
    cos_arena_deinit(&env->arena);
}
