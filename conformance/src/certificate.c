/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving and refusing certificates, and the files in which either is told. The sentence on what
 * stands against a certificate is never the first one found: whoever mends a plugin wants all.
 */
#include "certificate.h"

#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "dsse.h"
#include "statement.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- what stands against one ---- */

struct objecting {
    void (*tell)(void *ctx, const struct objection *objection);
    void *ctx;
    size_t n;
};

static void object(struct objecting *o, const char *about, const char *fmt, ...)
    COS_PRINTF(3, 4);
static void object(struct objecting *o, const char *about, const char *fmt, ...)
{
    char sentence[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, ap);
    va_end(ap);
    o->n++;
    o->tell(o->ctx, &(struct objection){about, sentence});
}

static void object_to_selection(struct objecting *o, const struct selection *s)
{
    if (s != NULL && (s->n_only > 0 || s->lowest != LEVEL_MAY)) {
        object(o, "selection",
               "a filter was in use; a certificate covers the whole catalogue, or all of a "
               "profile");
    }
    if (s != NULL && s->n_shards > 0) {
        object(o, "shard",
               "this is shard %u of %u; 'cosconform merge' makes the certificate of all",
               s->shard, s->n_shards);
    }
}

static void object_to_run(struct objecting *o, const struct conform_report *report)
{
    if (report->options.mutant != NULL) {
        object(o, "mutant", "the mutant '%.60s' was chosen", report->options.mutant);
    }
    if (!report->is_complete) {
        object(o, "completeness", "the run is incomplete");
    }
    if (report->is_smoke_broken) {
        object(o, "completeness",
               "every smoke case failed, so nothing else was run: the driver or its "
               "surroundings are broken");
    }
    if (report->is_waiver_expired) {
        object(o, "waiver", "a waiver has expired");
    }
}

static void object_to_outcomes(struct objecting *o, const struct conform_report *report)
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *out = &report->outcomes[i];
        if (outcome_is_against(out)) {
            object(o, out->requirement->id, "%s (%s) is %s", out->requirement->id,
                   level_name(out->requirement->level), verdict_name(out->verdict));
        }
    }
}

static void object_to_artifacts(struct objecting *o, const struct artifacts *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].role == ARTIFACT_SUBJECT &&
            artifact_holds_mutants(&list->items[i])) {
            object(o, "artefact", "%.200s is a build with planted defects",
                   artifact_name(&list->items[i]));
        }
    }
    const struct artifact *changed = artifacts_changed(list);
    if (changed != NULL) {
        object(o, "artefact", "%.200s changed while it was judged", artifact_name(changed));
    }
}

size_t certificate_objections(const struct certificate_request *request,
                              void (*tell)(void *ctx, const struct objection *objection),
                              void *ctx)
{
    struct objecting o = {.tell = tell, .ctx = ctx};
    const struct objection *known = request->objections;
    object_to_selection(&o, request->report->options.selection);
    object_to_run(&o, request->report);
    object_to_outcomes(&o, request->report);
    if (request->shards == NULL) {
        object_to_artifacts(&o, request->artifacts);
    }
    for (; known != NULL && known->sentence != NULL; known++) {
        object(&o, known->about, "%s", known->sentence);
    }
    return o.n;
}

static void put_objection(void *ctx, const struct objection *objection)
{
    struct cos_jw *w = ctx;
    cos_jw_object(w, NULL);
    cos_jw_str(w, "about", objection->about);
    cos_jw_str(w, "sentence", objection->sentence);
    cos_jw_end(w);
}

/* ---- for people ---- */

static void put_text(struct cos_buf *b, const struct certificate_request *request)
{
    const struct conform_report *report = request->report;
    const struct catalogue *c = report->options.catalogue;
    char finished[25];
    cos_date_iso_ms(finished, report->finished_unix_ms);
    cos_buf_printf(b, "CERTIFIED\n\n");
    for (size_t i = 0; i < request->artifacts->n; i++) {
        const struct artifact *a = &request->artifacts->items[i];
        cos_buf_printf(b, "  %-10s %s\n  sha256     %s\n",
                       a->role == ARTIFACT_SUBJECT      ? "subject"
                       : a->role == ARTIFACT_CLASS_PATH ? "class path"
                                                        : "driver",
                       artifact_name(a), a->sha256);
    }
    cos_buf_printf(b, "  calls itself %s %s\n", report->subject_name, report->subject_version);
    cos_buf_printf(b, "  suite      cosconform %s, catalogue %s\n", CONFORM_SUITE_VERSION,
                   c->sha256);
    cos_buf_printf(b, "  when       %s\n  limits     %s\n", finished, STATEMENT_LIMITS);
    cos_buf_printf(b, "  scope      %zu of %zu requirements tested, %zu untested\n\n",
                   report->n_outcomes, c->n, report->counts.untested);
    for (size_t i = 0; i < c->n; i++) {
        const struct requirement *r = &c->items[i];
        const struct outcome *o = statement_outcome(report, r);
        cos_buf_printf(b, "  %-8s %-6s %-12s %s\n",
                       o != NULL ? verdict_name(o->verdict) : "untested", level_name(r->level),
                       r->id, r->statement);
    }
}

/* ---- files ---- */

static const char *const files[] = {"certificate.dsse.json", "certificate.json",
                                    "report.dsse.json",      "report.json",
                                    CERTIFICATE_TEXT,        NULL};

const char *const *certificate_files(void)
{
    return files;
}

static int write_in(const char *dir, const char *file, const struct cos_buf *b)
{
    char path[1100];
    (void)snprintf(path, sizeof(path), "%.1000s/%s", dir, file);
    return b->failed ? -ENOSPC : cos_file_write(path, cos_buf_view(b), 0644);
}

static int write_statement(const struct certificate_request *request, const char *dir,
                           const struct statement_parts *parts, const char *file)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf envelope = {0};
    cos_buf_init(&b, DSSE_MAX_BYTES);
    cos_buf_init(&envelope, 2 * DSSE_MAX_BYTES);
    statement_put(&b, request, parts);
    if (b.failed || request->key == NULL) {
        return write_in(dir, file, &b);
    }
    return dsse_write(&envelope, request->key, cos_buf_view(&b))
               ? write_in(dir, file, &envelope)
               : -EINVAL;
}

/* The text goes first: the statement names its digest. */
static int write_certificate(const struct certificate_request *request, const char *dir,
                             struct statement_parts *parts, const char *file)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text = {0};
    char sha256[65];
    cos_buf_init(&text, DSSE_MAX_BYTES);
    put_text(&text, request);
    int r = write_in(dir, CERTIFICATE_TEXT, &text);
    cos_sha256_hex(sha256, cos_buf_cstr(&text), text.len);
    parts->text_sha256 = sha256;
    r = r < 0 ? r : write_statement(request, dir, parts, file);
    parts->text_sha256 = NULL;
    return r;
}

int certificate_write(const struct certificate_request *request, const char *dir,
                      const char **file)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf objections = {0};
    struct cos_jw w;
    cos_buf_init(&objections, 1 << 20);
    cos_jw_init(&w, &objections);
    cos_jw_array(&w, NULL);
    bool is_certificate = certificate_objections(request, put_objection, &w) == 0;
    cos_jw_end(&w);
    if (objections.failed) {
        return -ENOMEM;
    }
    struct statement_parts parts = {.objections = cos_buf_cstr(&objections)};
    *file = files[(is_certificate ? 0 : 2) + (request->key != NULL ? 0 : 1)];
    return is_certificate ? write_certificate(request, dir, &parts, *file)
                          : write_statement(request, dir, &parts, *file);
}
