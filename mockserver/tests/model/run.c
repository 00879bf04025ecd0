/* SPDX-License-Identifier: Apache-2.0 */
/* A mock for each sequence, and the questions that are put to it. */
#include "run.h"

#include "later.h"

#include <stdlib.h>

#define CHECK(call) assert_int_equal((call), 0)

/* --- the mock --- */

static void open_mock(struct run *r)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    char dir[100];
    (void)snprintf(dir, sizeof(dir), "%s/data", r->scratch.path);
    options.data_dir = r->is_kept ? dir : NULL;
    options.journal_max = 16;
    CHECK(cosmock_new(&r->door.mock, &options, NULL));
    if (!r->is_kept) {
        later_use_if_asked(r->door.mock);
    }
}

static void open_tenant(struct run *r)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.seed = 7;
    options.name = "model";
    CHECK(cosmock_tenant_new(r->door.mock, &r->door.tenant, &options, NULL));
    cosmock_world_info(r->door.tenant, &r->door.info);
}

static void begin(struct run *r, bool is_kept)
{
    char bytes[16];
    if (r->door.mock == NULL || is_kept) {
        r->door.mock = cosmock_free(r->door.mock);
        r->is_kept = is_kept;
        open_mock(r);
    }
    open_tenant(r);
    (void)snprintf(r->door.host, sizeof(r->door.host), "%s.cos.%s.myqcloud.com",
                   r->door.info.bucket, r->door.info.region);
    (void)snprintf(bytes, sizeof(bytes), "%d", MODEL_PART_MIN_BYTES);
    CHECK(cosmock_switch_set(r->door.tenant, "enforcement", "off", NULL));
    CHECK(cosmock_switch_set(r->door.tenant, "part-min-bytes", bytes, NULL));
    CHECK(cosmock_switch_set(r->door.tenant, "delete-unknown-version",
                             r->is_spoilt ? "NoSuchVersion" : "succeed", NULL));
    CHECK(cosmock_clock_freeze(r->door.tenant, COSMOCK_CLOCK_MODIFICATION, DOOR_NOW_UNIX_MS));
    model_init(&r->model, &r->bodies, DOOR_NOW_UNIX_MS);
    r->has_saved = false;
    r->n_asked = 0;
    r->why[0] = '\0';
    cos_buf_clear(&r->trace);
    cos_buf_clear(&r->headers);
}

/* A directory is for one sequence, and so is a mock that somebody found broken. */
static void end(struct run *r)
{
    answer_free(&r->answer);
    r->answer = (struct answer){0};
    bodies_clear(&r->bodies);
    CHECK(cosmock_tenant_drop(r->door.tenant, NULL));
    r->door.tenant = NULL;
    if (r->is_kept || r->why[0] != '\0') {
        r->door.mock = cosmock_free(r->door.mock);
        r->is_kept = false;
    }
}

void run_restart(struct run *r)
{
    if (!r->is_kept) {
        return;
    }
    answer_free(&r->answer);
    r->answer = (struct answer){0};
    r->door.tenant = cosmock_tenant_free(r->door.tenant);
    r->door.mock = cosmock_free(r->door.mock);
    open_mock(r);
    open_tenant(r);
}

void run_make(struct run *r)
{
    scratch_make(&r->scratch);
    cos_buf_init(&r->headers, 1 << 12);
    cos_buf_init(&r->text, 1 << 16);
    cos_buf_init(&r->trace, 1 << 20);
}

void run_remove(struct run *r)
{
    r->door.mock = cosmock_free(r->door.mock);
    cos_buf_deinit(&r->headers);
    cos_buf_deinit(&r->text);
    cos_buf_deinit(&r->trace);
    scratch_remove(&r->scratch);
}

bool run_sequence(struct run *r, const struct sequence *s)
{
    begin(r, s->is_kept);
    if (setjmp(r->out) == 0) {
        for (size_t i = 0; i < s->n; i++) {
            if (r->is_traced) {
                cos_buf_printf(&r->trace, "# %s\n", verb_name(s->ops[i].verb));
            }
            step(r, &s->ops[i]);
            look_at(r, &r->model.keys[s->ops[i].at[KEY] % MODEL_KEYS], s->ops[i].at[VERSION]);
        }
        look_at_all(r);
        if (s->n > 0 && s->ops[0].at[CHOICE] % 4 == 0) {
            empty_bucket(r);
        }
        if (cosmock_broken(r->door.mock)) {
            disagree(r, "the mock is broken: it answered a 500 of its own");
        }
    }
    bool agrees = r->why[0] == '\0';
    end(r);
    return agrees;
}

/* --- questions, and what they find --- */

void disagree(struct run *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(r->why, sizeof(r->why), fmt, args);
    va_end(args);
    longjmp(r->out, 1);
}

static void trace(struct run *r, const struct ask *q)
{
    cos_buf_printf(&r->trace, "#   %s %s", q->method, q->target);
    if (q->headers != NULL) {
        cos_buf_printf(&r->trace, " [%s]", q->headers);
    }
    if (q->body != NULL) {
        cos_buf_printf(&r->trace, " <%.*s>", (int)(q->n < 300 ? q->n : 5),
                       (const char *)q->body);
    }
    cos_buf_printf(&r->trace, " -> %d %s\n", r->answer.status,
                   r->answer.status < 400 ? "" : xml_of(&r->answer, "Code"));
}

void ask(struct run *r, const struct ask *q)
{
    struct ask whole = *q;
    if (r->headers.len > 0) {
        whole.headers = cos_buf_cstr(&r->headers);
    }
    answer_free(&r->answer);
    r->answer = (struct answer){0};
    r->n_asked++;
    r->answer = door_ask(&r->door, &whole);
    if (r->is_traced) {
        trace(r, &whole);
    }
    cos_buf_clear(&r->headers);
}

void ask_plain(struct run *r, const char *method, const char *target)
{
    ask(r, &(struct ask){.method = method, .target = target});
}

void expect_text(struct run *r, const char *what, const char *got, const char *expected)
{
    if (strcmp(got, expected) != 0) {
        disagree(r, "%s is '%s', by the documents '%s'", what, got, expected);
    }
}

void expect_header(struct run *r, const char *name, const char *expected)
{
    expect_text(r, name, answer_header(&r->answer, name), expected);
}

bool is_done(struct run *r, const struct refusals *refusals, int status)
{
    char expected[600];
    const char *code = r->answer.n == 0 ? NULL : xml_of(&r->answer, "Code");
    int n = snprintf(expected, sizeof(expected), "%s",
                     refusals->n == 0 || refusals->is_open ? "done" : "");
    if (r->answer.status == status && (refusals->n == 0 || refusals->is_open)) {
        return true;
    }
    for (size_t i = 0; i < refusals->n; i++) {
        const char *wanted = refusals->rows[i].code;
        if (refusals->rows[i].status == r->answer.status &&
            (wanted == NULL || code == NULL || strcmp(wanted, code) == 0)) {
            return false;
        }
        n += snprintf(expected + n, sizeof(expected) - (size_t)n, " %d %s",
                      refusals->rows[i].status, wanted == NULL ? "" : wanted);
    }
    disagree(r, "answered %d %s, by the documents (%d) %s", r->answer.status,
             code == NULL ? "" : code, status, expected);
}

const char *target_of(const struct key *k, const char *what, const char *id)
{
    static char target[300];
    (void)snprintf(target, sizeof(target), "/%s%s%s%s%s%s", k->name,
                   what != NULL || id != NULL ? "?" : "", what == NULL ? "" : what,
                   what != NULL && id != NULL ? "&" : "",
                   id == NULL ? "" : "versionId=", id == NULL ? "" : id);
    return target;
}
