/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alone with a driver: its lines as bytes, its process as a process. No world, no subject; and
 * nothing here takes a driver's word for anything.
 */
#include "check.h"

#include "child.h"
#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "cosbase/utf8.h"
#include "protocol.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define END_MS 2000  /* between shutdown and the end of the process */
#define QUIET_MS 50  /* in which nothing may come unasked */
#define PING_MS 1000 /* for an answer to nothing */
#define SHOWN 300    /* bytes of a line that a person wants to see */
#define PADDING 1048000
#define HELLO "\"op\":\"hello\",\"protocol\":1"
#define HELLO_AGAIN \
    HELLO ",\"suite\":\"cosconform\",\"clock\":\"real\",\"epoch_ms\":1767225600000,\"seed\":7"

struct spelling {
    const struct conform_options *options;
    char log_path[600];
    /* It runs. */
    bool is_running;
    struct child child;
    int64_t next_id;
    /* The last line of each side; of the driver's also parsed. */
    struct cos_buf sent, came;
    struct cos_json *reply;
    /* What it said of itself first. */
    struct cos_json *hello;
    char why[900], shown_sent[SHOWN + 32], shown_came[SHOWN + 32];
};

/* ---- a fault ---- */

static bool fault(struct spelling *s, const char *fmt, ...) COS_PRINTF(2, 3);
static bool fault(struct spelling *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(s->why, sizeof(s->why), fmt, ap);
    va_end(ap);
    return false;
}

/* What it wrote on stderr last, for one who wonders why it does not answer. */
static void last_words(const struct spelling *s, char *out, size_t cap)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf log;
    cos_buf_init(&log, (size_t)1 << 20);
    out[0] = '\0';
    if (cos_file_read(&log, s->log_path) < 0) {
        return;
    }
    struct cos_span text = cos_span_trim(cos_buf_view(&log));
    size_t at = cos_span_rchr(text, '\n');
    struct cos_span line = at == SIZE_MAX ? text : cos_span_from(text, at + 1);
    line = cos_span_sub(line, 0, SHOWN);
    if (cos_span_starts(line, COS_SPAN_LIT("{\"id\""))) {
        (void)snprintf(out, cap, "; a reply stands on stderr, which is for the log");
    } else if (line.len > 0) {
        (void)snprintf(out, cap, "; its last words on stderr: " COS_SPAN_FMT,
                       COS_SPAN_ARG(line));
    }
}

static bool ended(struct spelling *s)
{
    int status = 0;
    char words[SHOWN + 64];
    bool is_gone = child_reap(&s->child, END_MS, &status);
    child_deinit(&s->child);
    s->is_running = false;
    last_words(s, words, sizeof(words));
    if (!is_gone) {
        return fault(s, "it closed its stdout and goes on running%s", words);
    }
    if (WIFSIGNALED(status)) {
        return fault(s, "it was killed by signal %d (%s)%s", WTERMSIG(status),
                     strsignal(WTERMSIG(status)), words);
    }
    return fault(s, "it ended with exit status %d%s%s", WEXITSTATUS(status),
                 WEXITSTATUS(status) == 127 ? " (the shell's \"not found\")" : "", words);
}

/* ---- one line and its answer ---- */

static bool start(struct spelling *s)
{
    const struct child_options o = {s->options->driver_argv, s->options->driver_env,
                                    s->log_path, s->options->stop};
    if (s->is_running) {
        return true;
    }
    int r = child_start(&s->child, &o);
    s->is_running = r == 0;
    return r == 0 || fault(s, "it does not start: %s", strerror(r));
}

/* Index of the first byte that is no UTF-8; the length when all are. */
static size_t utf8_end(struct cos_span line)
{
    size_t at = 0, n;
    while ((n = cos_utf8_front(cos_span_from(line, at))) > 0) {
        at += n;
    }
    return at;
}

/* The bytes of a line, before anybody reads what they say. */
static bool check_bytes(struct spelling *s, struct cos_span line)
{
    if (cos_span_starts(line, COS_SPAN_LIT("\xEF\xBB\xBF"))) {
        return fault(s, "the line begins with a byte order mark");
    }
    if (cos_span_ends(line, COS_SPAN_LIT("\r"))) {
        return fault(s, "the line ends with CR LF, not LF");
    }
    size_t end = utf8_end(line);
    return end == line.len || fault(s, "byte %zu of the line is no UTF-8", end + 1);
}

/* Is the line in s->came the reply with @id? *is_event: it is none, and another may follow. */
static bool read_reply(struct spelling *s, int64_t id, bool *is_event)
{
    struct cos_text_error err;
    int64_t got = -1;
    s->reply = cos_json_free(s->reply);
    if (!check_bytes(s, cos_buf_view(&s->came))) {
        return false;
    }
    if (cos_json_parse(&s->reply, cos_buf_view(&s->came), &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        char words[SHOWN + 64];
        last_words(s, words, sizeof(words));
        return fault(s, "the line is no JSON (column %u: %s)%s", err.column, err.message,
                     strstr(words, "reply stands") != NULL ? words : "");
    }
    if (cos_json_kind(s->reply) != COS_JSON_OBJECT) {
        return fault(s, "the line is no JSON object");
    }
    *is_event = cos_json_get(s->reply, "event") != NULL;
    if (*is_event) {
        return true;
    }
    if (!cos_json_i64(cos_json_get(s->reply, "id"), &got)) {
        return fault(s, "the reply has no 'id' that is a number");
    }
    if (got != id) {
        return fault(s, "the reply has the id %lld, the request had %lld", (long long)got,
                     (long long)id);
    }
    return cos_json_kind(cos_json_get(s->reply, "ok")) == COS_JSON_BOOL ||
           fault(s, "the reply has no 'ok' that is true or false");
}

static bool hear(struct spelling *s, int64_t id, int64_t timeout_ms)
{
    int64_t end_ms = child_now_ms() + timeout_ms;
    char words[SHOWN + 64];
    bool is_event = true;
    while (is_event) {
        size_t len = 0;
        switch (child_wait_line(&s->child, end_ms, &len)) {
        case CHILD_END:
            return ended(s);
        case CHILD_LATE:
            last_words(s, words, sizeof(words));
            return fault(s, "no line came within %lld ms%s%s", (long long)timeout_ms,
                         s->child.line.len > 0 ? "; the beginning of one did, without LF" : "",
                         words);
        case CHILD_TOO_LONG:
            return fault(s, "a line is longer than 1 MiB");
        case CHILD_LINE:
            break;
        }
        cos_buf_clear(&s->came);
        cos_buf_span(&s->came, cos_span_sub(cos_buf_view(&s->child.line), 0, len));
        cos_buf_consume(&s->child.line, len + 1);
        if (!read_reply(s, id, &is_event)) {
            return false;
        }
    }
    return true;
}

/* Send {"id":@id,@members} and hear the reply, whatever it says. */
static bool ask_as(struct spelling *s, int64_t id, const char *members, int64_t timeout_ms)
{
    cos_buf_clear(&s->sent);
    cos_buf_clear(&s->came);
    s->reply = cos_json_free(s->reply);
    cos_buf_printf(&s->sent, "{\"id\":%lld,", (long long)id);
    cos_buf_str(&s->sent, members);
    cos_buf_str(&s->sent, "}\n");
    if (!start(s)) {
        return false;
    }
    if (!child_send(&s->child, cos_buf_view(&s->sent), child_now_ms() + timeout_ms)) {
        return ended(s);
    }
    return hear(s, id, timeout_ms);
}

/* A process that a step has ended is followed by another, which hears hello first, too. */
static bool ask(struct spelling *s, const char *members)
{
    bool ok = s->is_running || ask_as(s, s->next_id++, HELLO, s->options->hello_timeout_ms);
    return ok && ask_as(s, s->next_id++, members, s->options->op_timeout_ms);
}

static bool is_ok(const struct spelling *s)
{
    return cos_json_bool(cos_json_get(s->reply, "ok"), /* fallback= */ false);
}

static bool want_ok(struct spelling *s, const char *members)
{
    return ask(s, members) && (is_ok(s) || fault(s, "it refuses"));
}

/* ---- steps ---- */

static bool answers_hello(struct spelling *s)
{
    return ask_as(s, s->next_id++, HELLO, s->options->hello_timeout_ms) &&
           (is_ok(s) || fault(s, "it refuses hello"));
}

static bool says_what_it_is(struct spelling *s)
{
    COS_CLEANUP(cos_json_free) struct cos_json *request = NULL;
    struct cos_text_error err;
    if (!ask_as(s, s->next_id++, HELLO, s->options->hello_timeout_ms) ||
        cos_json_parse(&request, cos_buf_view(&s->sent), &COS_JSON_LIMITS_DEFAULT, &err) < 0 ||
        !protocol_check_reply(request, s->reply, s->why)) {
        return false;
    }
    s->hello = s->reply;
    s->reply = NULL;
    return true;
}

static bool is_same(const struct cos_json *a, const struct cos_json *b)
{
    struct cos_buf left, right;
    cos_buf_init(&left, (size_t)1 << 20);
    cos_buf_init(&right, (size_t)1 << 20);
    cos_json_print(&left, a);
    cos_json_print(&right, b);
    bool same =
        (a == NULL) == (b == NULL) && cos_span_eq(cos_buf_view(&left), cos_buf_view(&right));
    cos_buf_deinit(&left);
    cos_buf_deinit(&right);
    return same;
}

static bool says_the_same_again(struct spelling *s)
{
    static const char *const kept[] = {"driver",  "subject",  "capabilities",
                                       "schemes", "language", "lacks"};
    for (int i = 0; i < 2; i++) {
        if (!want_ok(s, "\"op\":\"reset\"") || !want_ok(s, HELLO_AGAIN)) {
            return false;
        }
        for (size_t k = 0; k < COS_ARRAY_LEN(kept); k++) {
            if (!is_same(cos_json_get(s->hello, kept[k]), cos_json_get(s->reply, kept[k]))) {
                return fault(s, "'%s' is another than the first time", kept[k]);
            }
        }
    }
    return true;
}

static bool ignores_members_it_does_not_know(struct spelling *s)
{
    return want_ok(s, "\"op\":\"ping\",\"x_new\":{\"a\":[1,null,true],\"op\":\"x\"},"
                      "\"x_more\":\"\"");
}

static bool refuses_operations_it_does_not_know(struct spelling *s)
{
    if (!ask(s, "\"op\":\"x_dance\",\"fs\":1")) {
        return false;
    }
    const char *name = cos_json_str(cos_json_get(cos_json_get(s->reply, "err"), "class"));
    if (is_ok(s)) {
        return fault(s, "it answers ok to an operation that is none");
    }
    return (name != NULL && strcmp(name, "UNSUPPORTED") == 0) ||
           fault(s, "the class is %s", name != NULL ? name : "missing");
}

static bool gives_back_any_id(struct spelling *s)
{
    static const int64_t ids[] = {INT64_C(4294967301), INT64_C(9007199254740991)};
    for (size_t i = 0; i < COS_ARRAY_LEN(ids); i++) {
        if (!want_ok(s, "\"op\":\"ping\"") ||
            !ask_as(s, ids[i], "\"op\":\"ping\"", s->options->op_timeout_ms)) {
            return false;
        }
    }
    return true;
}

static bool reads_a_line_of_a_mebibyte(struct spelling *s)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, (size_t)2 << 20);
    cos_buf_str(&b, "\"op\":\"ping\",\"x_long\":\"");
    for (size_t i = 0; i < PADDING; i++) {
        cos_buf_ch(&b, 'a');
    }
    cos_buf_ch(&b, '"');
    return want_ok(s, cos_buf_cstr(&b));
}

static bool has(const struct spelling *s, const char *capability)
{
    const struct cos_json *c = cos_json_first(cos_json_get(s->hello, "capabilities"));
    while (c != NULL && !cos_span_eq_str(cos_span_of(cos_json_str(c)), capability)) {
        c = cos_json_next(c);
    }
    return c != NULL;
}

static bool is_clock(struct spelling *s, const char *wished, const char *wanted)
{
    char members[200];
    (void)snprintf(members, sizeof(members),
                   HELLO ",\"clock\":\"%s\",\"epoch_ms\":1767225600000", wished);
    if (!want_ok(s, "\"op\":\"reset\"") || !want_ok(s, members)) {
        return false;
    }
    const char *got = cos_json_str(cos_json_get(s->reply, "clock"));
    int64_t now_ms = -1;
    (void)cos_json_i64(cos_json_get(s->reply, "now"), &now_ms);
    if (got == NULL || strcmp(got, wanted) != 0) {
        return fault(s, "the clock is '%s', not '%s'", got != NULL ? got : "", wanted);
    }
    return strcmp(wanted, "virtual") != 0 || now_ms == INT64_C(1767225600000) ||
           fault(s, "'now' is %lld, not the epoch_ms it was asked for", (long long)now_ms);
}

static bool gets_the_clock_it_is_asked_for(struct spelling *s)
{
    return is_clock(s, "virtual", has(s, "clock.virtual") ? "virtual" : "real") &&
           is_clock(s, "real", "real");
}

static bool answers_soon(struct spelling *s)
{
    int64_t started_ms = child_now_ms();
    for (int i = 0; i < 20; i++) {
        if (!want_ok(s, "\"op\":\"ping\"")) {
            return false;
        }
    }
    int64_t each_ms = (child_now_ms() - started_ms) / 20;
    return each_ms < PING_MS || fault(s, "a ping takes %lld ms", (long long)each_ms);
}

static bool says_nothing_unasked(struct spelling *s)
{
    size_t len = 0;
    if (!want_ok(s, "\"op\":\"ping\"")) {
        return false;
    }
    cos_buf_clear(&s->came);
    enum child_line r = child_wait_line(&s->child, child_now_ms() + QUIET_MS, &len);
    cos_buf_span(&s->came, cos_buf_view(&s->child.line));
    if (r == CHILD_END) {
        return ended(s);
    }
    return (r == CHILD_LATE && s->child.line.len == 0) ||
           fault(s, "this stands on stdout, and nobody asked");
}

/* Helpers that end with it may take a moment more. */
static bool has_survivors(pid_t group)
{
    int64_t end_ms = child_now_ms() + END_MS;
    while (child_group_runs(group)) {
        if (child_now_ms() >= end_ms) {
            return true;
        }
        (void)poll(NULL, 0, 2);
    }
    return false;
}

/* It has been told to end; what is left of it is told, and killed. */
static bool check_end(struct spelling *s)
{
    pid_t group = s->child.pid;
    int status = 0;
    bool is_gone = child_reap(&s->child, END_MS, &status);
    bool has_left = is_gone && has_survivors(group);
    if (has_left) {
        (void)kill(-group, SIGKILL);
    }
    child_deinit(&s->child);
    s->is_running = false;
    if (!is_gone) {
        return fault(s, "it still runs after %d ms", END_MS);
    }
    if (WIFSIGNALED(status)) {
        return fault(s, "it was killed by signal %d (%s)", WTERMSIG(status),
                     strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0) {
        return fault(s, "its exit status is %d", WEXITSTATUS(status));
    }
    return !has_left || fault(s, "it leaves a process of its group behind");
}

static bool ends_after_shutdown(struct spelling *s)
{
    return want_ok(s, "\"op\":\"shutdown\"") && check_end(s);
}

static bool ends_with_its_input(struct spelling *s)
{
    if (!ask_as(s, s->next_id++, HELLO, s->options->hello_timeout_ms)) {
        return false;
    }
    cos_buf_clear(&s->came);
    cos_buf_clear(&s->sent);
    cos_buf_str(&s->sent, "(the end of its stdin)");
    child_close_stdin(&s->child);
    return check_end(s);
}

#define STEP(fn, name, section, right)          \
    {                                           \
        name, section, right, NULL, fn, NULL, 0 \
    }

const struct check_step check_spelling[] = {
    STEP(answers_hello, "it answers hello", "Framing",
         "one line on stdout that is a JSON object, flushed, with the id of the request and "
         "\"ok\":true; logs go to stderr"),
    STEP(says_what_it_is, "hello says what it is", "Life",
         "protocol, driver, subject, capabilities, schemes and clock as in the table, words of "
         "closed lists only"),
    STEP(says_the_same_again, "hello is answered again, and says the same", "Life",
         "hello comes before every case, after a reset; what the subject is and can does not "
         "change"),
    STEP(gets_the_clock_it_is_asked_for, "the clock is the one that was wished for", "Life",
         "\"real\" always, \"virtual\" with the capability clock.virtual; then every reply has "
         "'now'"),
    STEP(ignores_members_it_does_not_know, "members it does not know are ignored", "Framing",
         "the reply it would give without them"),
    STEP(refuses_operations_it_does_not_know, "operations it does not know are UNSUPPORTED",
         "Framing", "\"ok\":false with the class UNSUPPORTED"),
    STEP(gives_back_any_id, "ids come back as they were sent", "Framing",
         "the same integer, up to 2^53"),
    STEP(reads_a_line_of_a_mebibyte, "a line of 1 MiB is read", "Framing",
         "a reply; a buffer for lines must hold 1 MiB"),
    STEP(answers_soon, "a ping is answered soon", "Framing",
         "microseconds; what takes long belongs into the operations that need it"),
    STEP(says_nothing_unasked, "stdout carries replies and nothing else", "Framing",
         "one line a request; what the subject prints goes to stderr"),
    STEP(ends_after_shutdown, "it ends after shutdown", "Framing",
         "a reply, then exit status 0, and no process left"),
    STEP(ends_with_its_input, "it ends at the end of its input", "Framing",
         "exit status 0, and no process left"),
    {0},
};

/* ---- life ---- */

struct spelling *spelling_new(const struct conform_options *options)
{
    struct spelling *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    s->options = options;
    s->next_id = 1;
    (void)snprintf(s->log_path, sizeof(s->log_path), "%.500s/check.stderr",
                   options->scratch_dir);
    cos_buf_init(&s->sent, (size_t)2 << 20);
    cos_buf_init(&s->came, (size_t)2 << 20);
    return s;
}

struct spelling *spelling_free(struct spelling *s)
{
    if (s->is_running) {
        child_deinit(&s->child);
    }
    (void)cos_json_free(s->hello);
    (void)cos_json_free(s->reply);
    cos_buf_deinit(&s->sent);
    cos_buf_deinit(&s->came);
    return cos_free(s);
}

static const char *shown(char *out, size_t cap, const struct cos_buf *line)
{
    struct cos_span text = cos_span_trim(cos_buf_view(line));
    (void)snprintf(out, cap, COS_SPAN_FMT "%s", COS_SPAN_ARG(cos_span_sub(text, 0, SHOWN)),
                   text.len > SHOWN ? "..." : "");
    return out;
}

bool spelling_try(struct spelling *s, const struct check_step *step, struct check_result *out)
{
    int64_t started_ms = child_now_ms();
    s->why[0] = '\0';
    bool holds = step->spell(s);
    *out = (struct check_result){
        .step = step,
        .verdict = holds ? CONFORM_PASS : CONFORM_FAIL,
        .why = s->why,
        .sent = shown(s->shown_sent, sizeof(s->shown_sent), &s->sent),
        .came = shown(s->shown_came, sizeof(s->shown_came), &s->came),
        .duration_us = (child_now_ms() - started_ms) * 1000,
    };
    if (!holds && s->is_running) { /* who knows what it is about to say */
        child_deinit(&s->child);
        s->is_running = false;
    }
    return holds || s->hello != NULL;
}
