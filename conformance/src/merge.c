/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging believes nothing that it can see: the evidence beside each statement must be what the
 * statement names, every case of the selection must have one result, and all that binds a
 * certificate must be the same in every shard. What a shard alone could see, that a file
 * changed while it was judged, it says in its statement, and that stands.
 */
#include "merge.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "registry.h"
#include "results.h"
#include "selection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_EVIDENCE ((size_t)1 << 30)

static int refuse(char why[512], const char *fmt, ...) COS_PRINTF(2, 3);
static int refuse(char why[512], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(why, 512, fmt, ap);
    va_end(ap);
    return -1;
}

static const char *text_of(const struct cos_json *object, const char *name)
{
    const char *text = cos_json_str(cos_json_get(object, name));
    return text != NULL ? text : "";
}

static const char *keep(struct merge *m, const char *text)
{
    return text == NULL ? NULL : cos_arena_str(&m->arena, cos_span_of(text));
}

/* ---- parts of the same ---- */

/* What must be equal; without a name the whole member, without a member the subject. */
static const struct {
    const char *what, *member, *name;
} bonds[] = {
    {"artefact", NULL, NULL},
    {"suite", "suite", "sha256"},
    {"catalogue", "suite", "catalogue_sha256"},
    {"page", "suite", "page_sha256"},
    {"server.yaml of the page", "suite", "page_yaml_sha256"},
    {"driver", "driver", NULL},
    {"class path", "class_path", NULL},
    {"seed", "invocation", "seed"},
    {"selection", "invocation", "selection"},
    {"mutant", "invocation", "mutant"},
    {"list of waivers", "waivers", NULL},
    {"table of mutants", "mutation", NULL},
};

static void print_bond(struct cos_buf *out, const struct proof *p, size_t row)
{
    const struct cos_json *node = bonds[row].member == NULL
                                      ? cos_json_get(p->root, "subject")
                                      : proof_predicate(p, bonds[row].member);
    node = bonds[row].name == NULL ? node : cos_json_get(node, bonds[row].name);
    cos_buf_init(out, 1 << 20);
    cos_json_print(out, node);
}

static int compare(const struct merge *m, const struct proof *p, const char *path,
                   char why[512])
{
    for (size_t row = 0; row < COS_ARRAY_LEN(bonds); row++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf one = {0};
        COS_CLEANUP(cos_buf_deinit) struct cos_buf two = {0};
        print_bond(&one, &m->first, row);
        print_bond(&two, p, row);
        if (strcmp(cos_buf_cstr(&one), cos_buf_cstr(&two)) != 0) {
            return refuse(why, "%.80s has another %s than %.80s: %.120s, not %.120s", path,
                          bonds[row].what, m->first_path, cos_buf_cstr(&two),
                          cos_buf_cstr(&one));
        }
    }
    return 0;
}

/* ---- one shard ---- */

/* Which of how many, each once. */
static int take_number(struct merge *m, const struct proof *p, const char *path, char why[512])
{
    struct selection s = SELECTION_ALL;
    const char *shard = proof_text(p, "invocation", "shard");
    if (shard[0] == '\0') {
        return refuse(why, "%.200s is no shard: its run was not made with --shard", path);
    }
    if (selection_shard(&s, shard, why) < 0) {
        return refuse(why, "%.200s says to be shard '%.40s'", path, shard);
    }
    if (m->n_shards != 0 && m->n_shards != s.n_shards) {
        return refuse(why, "%.80s is shard %s, but %.80s one of %u", path, shard, m->first_path,
                      m->n_shards);
    }
    if (m->seen[s.shard - 1] != NULL) {
        return refuse(why, "%.80s and %.80s are both shard %s", m->seen[s.shard - 1], path,
                      shard);
    }
    m->n_shards = s.n_shards;
    m->seen[s.shard - 1] = path;
    return 0;
}

/* A file that the statement names, if it is still what was named. */
static int take_file(const struct proof *p, const char *name, struct cos_buf *out,
                     char why[512])
{
    const struct cos_json *item = cos_json_first(proof_predicate(p, "evidence"));
    char sha256[65];
    while (item != NULL && strcmp(text_of(item, "name"), name) != 0) {
        item = cos_json_next(item);
    }
    cos_buf_init(out, MAX_EVIDENCE);
    int r = proof_file(p, /* dir= */ NULL, name, out);
    if (r < 0) {
        return refuse(why, "%.200s: %s beside it: %s", p->path, name, strerror(-r));
    }
    cos_sha256_hex(sha256, cos_buf_cstr(out), out->len);
    if (strcmp(sha256, proof_digest(item)) != 0) {
        return refuse(why, "%.200s: %s beside it was changed since", p->path, name);
    }
    return 0;
}

static int take_results(struct merge *m, const struct proof *p, const char *path, char why[512])
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf results = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf journal = {0};
    char what[512];
    if (take_file(p, "results.jsonl", &results, why) < 0 ||
        take_file(p, "journal.jsonl", &journal, why) < 0) {
        return -1;
    }
    if (results_read(m->report, cos_buf_view(&results), cos_buf_view(&journal), what) < 0) {
        return refuse(why, "%.150s: %.300s", path, what);
    }
    return 0;
}

/* What the merged report finds again by itself is left out. */
static void take_objections(struct merge *m, const struct proof *p)
{
    static const char *const lasting[] = {"artefact", "verb", "strict"};
    const struct cos_json *item = cos_json_first(proof_predicate(p, "objections"));
    for (; item != NULL; item = cos_json_next(item)) {
        for (size_t i = 0; i < COS_ARRAY_LEN(lasting); i++) {
            /* One row is the end. */
            if (strcmp(text_of(item, "about"), lasting[i]) == 0 &&
                m->n_objections + 1 < COS_ARRAY_LEN(m->objections)) {
                m->objections[m->n_objections++] =
                    (struct objection){lasting[i], keep(m, text_of(item, "sentence"))};
            }
        }
    }
}

static int64_t unix_ms_of(const char *iso_ms)
{
    int64_t unix_ms = 0;
    return cos_date_iso_parse(cos_span_of(iso_ms), &unix_ms) ? unix_ms : 0;
}

static void take_times(struct conform_report *report, const struct proof *p)
{
    int64_t started = unix_ms_of(proof_text(p, "invocation", "started"));
    int64_t finished = unix_ms_of(proof_text(p, "invocation", "finished"));
    if (report->started_unix_ms == 0 || started < report->started_unix_ms) {
        report->started_unix_ms = started;
    }
    if (finished > report->finished_unix_ms) {
        report->finished_unix_ms = finished;
    }
    report->duration_us += (finished - started) * 1000;
}

static void put_shard(struct cos_jw *w, const struct proof *p)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf environment = {0};
    cos_buf_init(&environment, 65536);
    cos_json_print(&environment, proof_predicate(p, "environment"));
    cos_jw_object(w, NULL);
    cos_jw_str(w, "shard", proof_text(p, "invocation", "shard"));
    cos_jw_str(w, "started", proof_text(p, "invocation", "started"));
    cos_jw_str(w, "finished", proof_text(p, "invocation", "finished"));
    cos_jw_str(w, "trust", cos_json_str(proof_predicate(p, "trust")));
    cos_jw_raw(w, "environment", cos_buf_view(&environment));
    cos_jw_end(w);
}

/* ---- what all have in common, from the first ---- */

static int take_selection(struct merge *m, const struct catalogue *c, const struct proof *p,
                          char why[512])
{
    const struct cos_json *said = cos_json_get(proof_predicate(p, "invocation"), "selection");
    const char *profile = text_of(said, "profile"), *level = text_of(said, "level");
    const struct cos_json *only = cos_json_first(cos_json_get(said, "only"));
    int r = 0;
    m->selection = SELECTION_ALL;
    for (; only != NULL && r == 0; only = cos_json_next(only)) {
        const char *piece = cos_json_str(only);
        r = selection_add(&m->selection, c, &m->arena, piece != NULL ? piece : "", why);
    }
    r = r < 0 || level[0] == '\0' ? r : selection_level(&m->selection, level, why);
    return r < 0 || profile[0] == '\0' ? r : selection_profile(&m->selection, c, profile, why);
}

static int take_waivers(struct merge *m, const struct proof *p, char why[512])
{
    const struct cos_json *list = proof_predicate(p, "waivers");
    const struct cos_json *item = cos_json_first(list);
    size_t n = cos_json_count(list);
    m->waivers.items = cos_arena_array(&m->arena, n + 1, sizeof(*m->waivers.items));
    if (m->waivers.items == NULL) {
        return refuse(why, "no memory");
    }
    for (; m->waivers.n < n; item = cos_json_next(item)) {
        m->waivers.items[m->waivers.n++] =
            (struct waiver){.id = keep(m, text_of(item, "id")),
                            .reason = keep(m, text_of(item, "reason")),
                            .issue = keep(m, text_of(item, "issue")),
                            .expires = keep(m, text_of(item, "expires"))};
    }
    return 0;
}

static void take_artifacts(struct merge *m, const struct cos_json *list,
                           enum artifact_role role)
{
    for (const struct cos_json *i = cos_json_first(list);
         i != NULL && m->artifacts.n < ARTIFACTS_MAX; i = cos_json_next(i)) {
        struct artifact *one = &m->artifacts.items[m->artifacts.n++];
        *one = (struct artifact){.path = keep(m, text_of(i, "name")), .role = role};
        (void)snprintf(one->sha256, sizeof(one->sha256), "%s", proof_digest(i));
    }
}

static int take_argv(struct merge *m, const struct cos_json *argv, char why[512])
{
    size_t n = 0;
    m->argv = cos_arena_array(&m->arena, cos_json_count(argv) + 1, sizeof(*m->argv));
    if (m->argv == NULL) {
        return refuse(why, "no memory");
    }
    for (const struct cos_json *i = cos_json_first(argv); i != NULL; i = cos_json_next(i)) {
        const char *word = cos_json_str(i);
        m->argv[n++] = keep(m, word != NULL ? word : "");
    }
    m->argv[n] = NULL;
    return 0;
}

static void take_subject(struct merge *m, const struct proof *p)
{
    struct conform_report *report = m->report;
    struct cos_buf b;
    cos_buf_init(&b, 65536);
    cos_json_print(&b, cos_json_get(proof_predicate(p, "driver"), "capabilities"));
    report->capabilities = cos_buf_take(&b);
    cos_buf_deinit(&b);
    (void)snprintf(report->subject_name, sizeof(report->subject_name), "%s",
                   proof_text(p, "driver", "subject"));
    (void)snprintf(report->subject_version, sizeof(report->subject_version), "%s",
                   proof_text(p, "driver", "version"));
}

static int take_common(struct merge *m, const struct catalogue *c, const struct proof *p,
                       char why[512])
{
    struct conform_options o = CONFORM_OPTIONS_INIT;
    const struct cos_json *invocation = proof_predicate(p, "invocation");
    int64_t seed = 1, jobs = 1;
    if (strcmp(proof_text(p, "suite", "catalogue_sha256"), c->sha256) != 0) {
        return refuse(why, "%.150s was made with catalogue %.64s, at hand is %s", p->path,
                      proof_text(p, "suite", "catalogue_sha256"), c->sha256);
    }
    if (take_selection(m, c, p, why) < 0 || take_waivers(m, p, why) < 0 ||
        take_argv(m, cos_json_get(invocation, "argv"), why) < 0) {
        return -1;
    }
    (void)cos_json_i64(cos_json_get(invocation, "seed"), &seed);
    (void)cos_json_i64(cos_json_get(invocation, "jobs"), &jobs);
    o.catalogue = c;
    o.selection = &m->selection;
    o.waivers = &m->waivers;
    o.in_process = strcmp(proof_text(p, "driver", "kind"), "in-process") == 0;
    o.mutant = keep(m, cos_json_str(cos_json_get(invocation, "mutant")));
    o.seed = (uint64_t)seed;
    o.jobs = (unsigned)jobs;
    m->report = report_new(&o, registry_tables());
    if (m->report == NULL) {
        return refuse(why, "no memory");
    }
    take_subject(m, p);
    take_artifacts(m, cos_json_get(p->root, "subject"), ARTIFACT_SUBJECT);
    take_artifacts(m, proof_predicate(p, "class_path"), ARTIFACT_CLASS_PATH);
    take_artifacts(m, cos_json_get(proof_predicate(p, "driver"), "files"), ARTIFACT_DRIVER);
    m->suite_sha256 = keep(m, proof_text(p, "suite", "sha256"));
    if (proof_predicate(p, "mutation") != NULL) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
        cos_buf_init(&b, 1 << 20);
        cos_json_print(&b, proof_predicate(p, "mutation"));
        m->mutation = keep(m, cos_buf_cstr(&b));
    }
    return 0;
}

/* ---- the whole ---- */

/* In the order of the tables, whatever order the shards came in. */
static int put_in_order(struct conform_report *report, char why[512])
{
    struct conform_result *ordered =
        cos_calloc(registry_count(report->tables) + 1, sizeof(*ordered));
    size_t n = 0;
    if (ordered == NULL) {
        return refuse(why, "no memory");
    }
    for (const struct conform_case *const *t = report->tables; *t != NULL; t++) {
        for (const struct conform_case *k = *t; k->requirement != NULL; k++) {
            for (size_t i = 0; i < report->n; i++) {
                if (report->results[i].kase == k) {
                    ordered[n++] = report->results[i];
                }
            }
        }
    }
    (void)cos_free(report->results);
    report->results = ordered;
    return 0;
}

/* Every shard, and every case of what was selected. */
static int find_gaps(const struct merge *m, char why[512])
{
    const struct catalogue *c = m->report->options.catalogue;
    for (unsigned i = 0; i < m->n_shards; i++) {
        if (m->seen[i] == NULL) {
            return refuse(why, "shard %u/%u is missing", i + 1, m->n_shards);
        }
    }
    for (const struct conform_case *const *t = m->report->tables; *t != NULL; t++) {
        for (const struct conform_case *k = *t; k->requirement != NULL; k++) {
            const struct requirement *r = catalogue_find(c, k->requirement);
            size_t i = 0;
            while (i < m->report->n && m->report->results[i].kase != k) {
                i++;
            }
            if (r != NULL && selection_has(&m->selection, r) && i == m->report->n &&
                !report_is_needless(m->report, k)) {
                return refuse(why, "no shard has a result of %s '%.200s'", r->id, k->name);
            }
        }
    }
    return 0;
}

static int check_seal(const struct proof *p, const struct cos_ed25519 *key, char why[512])
{
    if (key != NULL && !(p->is_signed && dsse_is_sealed(&p->envelope, key))) {
        return refuse(why, "%.200s is not signed by the key of --key", p->path);
    }
    return 0;
}

static int add_shard(struct merge *m, const struct proof *p, const char *path, char why[512])
{
    if (take_number(m, p, path, why) < 0 || compare(m, p, path, why) < 0 ||
        take_results(m, p, path, why) < 0) {
        return -1;
    }
    take_objections(m, p);
    take_times(m->report, p);
    return 0;
}

int merge_shards(struct merge *m, const struct catalogue *catalogue, const char *const *paths,
                 const struct cos_ed25519 *key, char why[512])
{
    struct cos_jw w;
    *m = (struct merge){.first_path = paths[0]};
    cos_arena_init(&m->arena, 64 << 20);
    cos_buf_init(&m->shards, 16 << 20);
    cos_jw_init(&w, &m->shards);
    cos_jw_array(&w, NULL);
    int r = proof_read(&m->first, paths[0], why);
    r = r < 0 ? r : take_common(m, catalogue, &m->first, why);
    for (const char *const *path = paths; *path != NULL && r == 0; path++) {
        COS_CLEANUP(proof_deinit) struct proof p = {.root = NULL};
        r = proof_read(&p, *path, why);
        r = r < 0 ? r : check_seal(&p, key, why);
        r = r < 0 ? r : add_shard(m, &p, *path, why);
        if (r == 0) {
            put_shard(&w, &p);
        }
    }
    cos_jw_end(&w);
    r = r < 0 ? r : find_gaps(m, why);
    r = r < 0 ? r : put_in_order(m->report, why);
    if (r < 0) {
        merge_deinit(m);
        return r;
    }
    report_charge(m->report);
    report_add_up(m->report);
    return 0;
}

void merge_deinit(struct merge *m)
{
    m->report = conform_report_free(m->report);
    proof_deinit(&m->first);
    cos_buf_deinit(&m->shards);
    cos_arena_deinit(&m->arena);
}
