/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Why was this request answered so?" The journal has what was found out then: who refused, the
 * mistake in a signature and both its strings, and the questions of rights with their answers.
 * The questions are asked again, so that every statement can be told, by the world as it is
 * now; where that gives another answer it is said.
 */
#include "cosmock/journal.h"
#include "cosmock/world.h"

#include "cosbase/arena.h"
#include "cosbase/base.h"
#include "cosbase/json.h"
#include "world/fail.h"
#include "world/world.h"

#define EXPLANATION_MAX_BYTES (32u << 20)
enum { PAGE = 512, QUESTIONS_MAX = 16, PAIRS_MAX = 64 };

/* --- which --- */

static bool is_it(const struct cosmock_entry *e, const char *request, uint64_t seq)
{
    return strcmp(e->request_id, request) == 0 || (seq != 0 && e->seq == seq);
}

/* Its page of the journal; free with cosmock_entries_free(). NULL: it is there no more. */
static struct cosmock_entry *find_page(struct cosmock_tenant *t, const char *request,
                                       const struct cosmock_entry **out)
{
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    uint64_t seq = 0;
    (void)cos_span_u64(cos_span_of(request), &seq);
    q.max_entries = PAGE;
    q.after_seq = seq == 0 ? 0 : seq - 1;
    struct cosmock_entry *page = NULL;
    int64_t n;
    while ((n = cosmock_journal_read(t, &page, &q)) > 0) {
        for (int64_t i = 0; i < n; i++) {
            if (is_it(&page[i], request, seq)) {
                *out = &page[i];
                return page;
            }
        }
        q.after_seq = page[n - 1].seq;
        page = cosmock_entries_free(page);
    }
    return cosmock_entries_free(n == 0 ? page : NULL);
}

/* --- why --- */

static bool is_refused_by_authn(const struct cosmock_entry *e)
{
    static const char *const fine[] = {"", "ok", "anonymous", "not-asked"};
    for (size_t i = 0; i < COS_ARRAY_LEN(fine); i++) {
        if (strcmp(e->authn, fine[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void write_why(struct cos_jw *w, const struct cosmock_entry *e)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1u << 16);
    bool by_authn = is_refused_by_authn(e);
    bool by_authz = !by_authn && strcmp(e->authz, "deny") == 0;
    if (by_authn) {
        cos_buf_printf(&b, "%s: %s", e->authn, e->detail);
    } else if (by_authz) {
        cos_buf_str(&b, e->authz_reason);
    } else if (e->code[0] != '\0') {
        cos_buf_printf(&b, "%s: %s", e->code, e->detail[0] != '\0' ? e->detail : e->message);
    } else {
        cos_buf_str(&b, "it was granted");
    }
    cos_jw_str(w, "verdict", by_authn || by_authz ? "deny" : "allow");
    cos_jw_str(w, "refused_by",
               by_authn              ? "authn"
               : by_authz            ? "authz"
               : e->fault[0] != '\0' ? "fault"
               : e->code[0] != '\0'  ? "service"
                                     : "nobody");
    cos_jw_span(w, "why", cos_buf_view(&b));
}

/* --- its questions, once more --- */

/* What the journal kept of the request for conditions, {"cos:prefix":["dir/"]}, as pairs. */
static size_t read_context(struct cos_arena *arena, const char *context,
                           const char *pairs[PAIRS_MAX])
{
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    struct cos_text_error why;
    size_t n = 0;
    if (context[0] == '\0' ||
        cos_json_parse(&doc, cos_span_of(context), /* limits= */ NULL, &why) < 0) {
        return 0;
    }
    for (const struct cos_json *key = cos_json_first(doc); key != NULL;
         key = cos_json_next(key)) {
        const struct cos_json *value = cos_json_first(key);
        for (; value != NULL && n < PAIRS_MAX; value = cos_json_next(value)) {
            struct cos_span pair =
                cos_arena_printf(arena, "%s=%s", cos_json_name(key), cos_json_str(value));
            pairs[n++] = pair.ptr;
        }
    }
    return n;
}

static void ask_again(struct cos_jw *w, struct cosmock_tenant *t, const struct cosmock_entry *e,
                      const struct cosmock_question *question)
{
    struct cosmock_explain_query q = COSMOCK_EXPLAIN_QUERY_INIT;
    bool is_named = e->secret_id[0] != '\0';
    q.secret_id = is_named ? e->secret_id : NULL;
    q.uin = is_named ? NULL : "anonymous";
    q.action = question->action;
    q.resource = question->resource;
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, 1u << 20);
    const char *pairs[PAIRS_MAX];
    q.n_context = read_context(&arena, question->context, pairs);
    q.context = pairs;
    struct cosmock_error err;
    char *json = NULL;
    if (cosmock_policy_explain(t, &q, &json, &err) != COSMOCK_OK) {
        cos_jw_str(w, "cannot_be_asked_again", err.message);
        return;
    }
    cos_jw_raw(w, "now", cos_span_of(json));
    COS_CLEANUP(cos_json_free) struct cos_json *doc = NULL;
    struct cos_text_error why;
    if (cos_json_parse(&doc, cos_span_of(json), /* limits= */ NULL, &why) == 0) {
        const char *verdict = cos_json_str(cos_json_get(doc, "verdict"));
        bool allows = verdict != NULL && strcmp(verdict, "allow") == 0;
        cos_jw_bool(w, "is_as_then", allows == question->allowed);
    }
    free(json);
}

static void write_questions(struct cos_jw *w, struct cosmock_tenant *t,
                            const struct cosmock_entry *e)
{
    cos_jw_array(w, "questions");
    for (size_t i = 0; i < e->n_questions && i < QUESTIONS_MAX; i++) {
        const struct cosmock_question *q = &e->questions[i];
        cos_jw_object(w, NULL);
        cos_jw_str(w, "action", q->action);
        cos_jw_str(w, "resource", q->resource);
        cos_jw_str(w, "then", q->allowed ? "allow" : "deny");
        ask_again(w, t, e, q);
        cos_jw_end(w);
    }
    cos_jw_end(w);
}

int cosmock_request_explain(struct cosmock_tenant *t, const char *request, char **out_json,
                            struct cosmock_error *err)
{
    const struct cosmock_entry *e = NULL;
    struct cosmock_entry *page = find_page(t, request, &e);
    char *entry = page == NULL || e == NULL ? NULL : cosmock_entry_json(e);
    if (e == NULL || entry == NULL) {
        (void)cosmock_entries_free(page);
        return world_fail(err, COSMOCK_E_NOT_FOUND,
                          "no entry of the journal has the request id or number '%.80s'",
                          request);
    }
    struct cos_buf out;
    struct cos_jw w;
    cos_buf_init(&out, EXPLANATION_MAX_BYTES);
    cos_jw_init(&w, &out);
    cos_jw_object(&w, NULL);
    write_why(&w, e);
    cos_jw_raw(&w, "request", cos_span_of(entry));
    write_questions(&w, t, e);
    cos_jw_end(&w);
    free(entry);
    (void)cosmock_entries_free(page);
    *out_json = cos_buf_take(&out);
    cos_buf_deinit(&out);
    return *out_json != NULL
               ? 0
               : world_fail(err, COSMOCK_E_NOMEM, "no memory for the explanation");
}
