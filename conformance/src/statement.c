/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An in-toto Statement v1 (in-toto/attestation spec/v1/statement.md) about a run. Digests bind
 * it to the artefacts, the suite, the catalogue, the page and the evidence; every requirement
 * of the catalogue is listed, the untested ones too, so that a list that was shortened shows.
 */
#include "statement.h"

#include "cosbase/date.h"
#include "cosbase/json.h"
#include "cosmock/cosmock.h"
#include "page.h"
#include "sentence.h"
#include "waivers.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

const char *const statement_profiles[STATEMENT_PROFILES] = {"config", "core", "token-server",
                                                            "token-client", "refresh"};

const struct outcome *statement_outcome(const struct conform_report *report,
                                        const struct requirement *r)
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        if (report->outcomes[i].requirement == r) {
            return &report->outcomes[i];
        }
    }
    return NULL;
}

/* ---- files ---- */

/* in-toto's resource descriptor: a name for people, a digest for everybody else. */
static void put_descriptor(struct cos_jw *w, const char *name, const char *sha256)
{
    cos_jw_object(w, NULL);
    cos_jw_str(w, "name", name);
    cos_jw_object(w, "digest");
    cos_jw_str(w, "sha256", sha256);
    cos_jw_end(w);
    cos_jw_end(w);
}

static void put_artifacts(struct cos_jw *w, const char *member, const struct artifacts *list,
                          enum artifact_role role)
{
    cos_jw_array(w, member);
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].role == role) {
            put_descriptor(w, artifact_name(&list->items[i]), list->items[i].sha256);
        }
    }
    cos_jw_end(w);
}

static void put_evidence(struct cos_jw *w, const struct certificate_request *request,
                         const char *text_sha256)
{
    cos_jw_array(w, "evidence");
    for (const struct certificate_evidence *e = request->evidence; e->file != NULL; e++) {
        put_descriptor(w, e->file, e->sha256);
    }
    if (text_sha256 != NULL) {
        put_descriptor(w, CERTIFICATE_TEXT, text_sha256);
    }
    cos_jw_end(w);
}

/* ---- verdicts ---- */

static void put_requirement(struct cos_jw *w, const struct conform_report *report,
                            const struct requirement *r)
{
    const struct outcome *o = statement_outcome(report, r);
    cos_jw_object(w, NULL);
    cos_jw_str(w, "id", r->id);
    cos_jw_str(w, "level", level_name(r->level));
    cos_jw_str(w, "profile", r->profile);
    cos_jw_str(w, "source", r->source);
    cos_jw_str(w, "verdict", o != NULL ? verdict_name(o->verdict) : "UNTESTED");
    cos_jw_u64(w, "cases", o != NULL ? o->n_cases : 0);
    if (o != NULL) {
        cos_jw_bool(w, "certifies", !outcome_is_against(o));
        cos_jw_double(w, "ms", (double)o->duration_us / 1000.0);
        const char *blocked_by = report->results[o->worst].blocked_by;
        if (blocked_by != NULL) {
            cos_jw_str(w, "blocked_by", blocked_by);
        }
        const char *reason = report->results[o->worst].reason;
        if (reason != NULL && reason[0] != '\0') {
            cos_jw_str(w, "reason", reason);
        }
    }
    cos_jw_end(w);
}

static void put_requirements(struct cos_jw *w, const struct conform_report *report)
{
    const struct catalogue *c = report->options.catalogue;
    cos_jw_array(w, "requirements");
    for (size_t i = 0; i < c->n; i++) {
        put_requirement(w, report, &c->items[i]);
    }
    cos_jw_end(w);
}

/* A profile is as good as its worst MUST; what nobody tested is counted beside it. */
static void put_profile(struct cos_jw *w, const struct conform_report *report,
                        const char *profile)
{
    const struct catalogue *c = report->options.catalogue;
    const struct selection *s = report->options.selection;
    size_t must = 0, tested = 0, passed = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct requirement *r = &c->items[i];
        if (r->level == LEVEL_MUST && strcmp(r->profile, profile) == 0) {
            const struct outcome *o = statement_outcome(report, r);
            must++;
            tested += o != NULL ? 1 : 0;
            passed += o != NULL && !outcome_is_against(o) ? 1 : 0;
        }
    }
    bool is_asked_for = s == NULL || s->profile == NULL || strcmp(s->profile, profile) == 0;
    cos_jw_object(w, profile);
    cos_jw_str(w, "verdict",
               !is_asked_for      ? "NOT_ASKED_FOR"
               : tested == 0      ? "UNTESTED"
               : passed != tested ? "NOT_CERTIFIED"
               : tested == must   ? "CERTIFIED"
                                  : "CERTIFIED_AS_FAR_AS_TESTED");
    cos_jw_u64(w, "must", must);
    cos_jw_u64(w, "must_tested", tested);
    cos_jw_u64(w, "must_passed", passed);
    cos_jw_end(w);
}

static void put_profiles(struct cos_jw *w, const struct conform_report *report)
{
    cos_jw_object(w, "profiles");
    for (size_t p = 0; p < STATEMENT_PROFILES; p++) {
        put_profile(w, report, statement_profiles[p]);
    }
    cos_jw_end(w);
}

static void put_waivers(struct cos_jw *w, const struct waivers *waivers)
{
    cos_jw_array(w, "waivers");
    for (size_t i = 0; waivers != NULL && i < waivers->n; i++) {
        const struct waiver *one = &waivers->items[i];
        cos_jw_object(w, NULL);
        cos_jw_str(w, "id", one->id);
        cos_jw_str(w, "reason", one->reason);
        cos_jw_str(w, "issue", one->issue);
        cos_jw_str(w, "expires", one->expires);
        cos_jw_end(w);
    }
    cos_jw_end(w);
}

/* ---- who, with what, where, when ---- */

static void put_suite(struct cos_jw *w, const struct certificate_request *request)
{
    const struct catalogue *c = request->report->options.catalogue;
    char yaml[65];
    page_yaml_sha256(yaml);
    cos_jw_object(w, "suite");
    cos_jw_str(w, "version", CONFORM_SUITE_VERSION);
    cos_jw_str(w, "sha256", request->suite_sha256);
    cos_jw_i64(w, "catalogue_version", c->version);
    cos_jw_str(w, "catalogue_sha256", c->sha256);
    cos_jw_str(w, "page_sha256", sentence_page_sha256());
    cos_jw_str(w, "page_yaml_sha256", yaml);
    cos_jw_str(w, "mock_version", cosmock_version());
    cos_jw_end(w);
}

static void put_driver(struct cos_jw *w, const struct certificate_request *request)
{
    const struct conform_report *report = request->report;
    cos_jw_object(w, "driver");
    cos_jw_str(w, "kind", report->options.in_process ? "in-process" : "process");
    cos_jw_str(w, "subject", report->subject_name);
    cos_jw_str(w, "version", report->subject_version);
    put_artifacts(w, "files", request->artifacts, ARTIFACT_DRIVER);
    cos_jw_raw(w, "capabilities",
               cos_span_of(report->capabilities != NULL ? report->capabilities : "[]"));
    cos_jw_end(w);
}

static void put_environment(struct cos_jw *w)
{
    struct utsname u;
    if (uname(&u) != 0) {
        return;
    }
    cos_jw_object(w, "environment");
    cos_jw_str(w, "os", u.sysname);
    cos_jw_str(w, "kernel", u.release);
    cos_jw_str(w, "arch", u.machine);
    cos_jw_i64(w, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
    cos_jw_str(w, "libc", gnu_get_libc_version());
    /* Of the subject, whatever they are here. */
    cos_jw_str(w, "locale", "C.UTF-8");
    cos_jw_str(w, "timezone", "UTC");
    cos_jw_end(w);
}

static void put_selection(struct cos_jw *w, const struct selection *s)
{
    cos_jw_object(w, "selection");
    if (s != NULL && s->profile != NULL) {
        cos_jw_str(w, "profile", s->profile);
    }
    if (s != NULL && s->lowest != LEVEL_MAY) {
        cos_jw_str(w, "level", level_name(s->lowest));
    }
    cos_jw_array(w, "only");
    for (size_t i = 0; s != NULL && i < s->n_only; i++) {
        cos_jw_str(w, NULL, s->only[i]);
    }
    cos_jw_end(w);
    cos_jw_end(w);
}

static void put_invocation(struct cos_jw *w, const struct certificate_request *request)
{
    const struct conform_report *report = request->report;
    const struct selection *s = report->options.selection;
    char started[25], finished[25];
    cos_date_iso_ms(started, report->started_unix_ms);
    cos_date_iso_ms(finished, report->finished_unix_ms);
    cos_jw_object(w, "invocation");
    cos_jw_array(w, "argv");
    for (const char *const *word = request->argv; *word != NULL; word++) {
        cos_jw_str(w, NULL, *word);
    }
    cos_jw_end(w);
    cos_jw_u64(w, "seed", report->options.seed);
    cos_jw_u64(w, "jobs", report->options.jobs);
    if (report->options.mutant != NULL) {
        cos_jw_str(w, "mutant", report->options.mutant);
    }
    put_selection(w, s);
    if (s != NULL && s->n_shards > 0) {
        char shard[24];
        (void)snprintf(shard, sizeof(shard), "%u/%u", s->shard, s->n_shards);
        cos_jw_str(w, "shard", shard);
    }
    cos_jw_str(w, "started", started);
    cos_jw_str(w, "finished", finished);
    cos_jw_bool(w, "complete", report->is_complete);
    cos_jw_end(w);
}

static void put_trust(struct cos_jw *w, const struct cos_ed25519 *key)
{
    char id[65], trust[100];
    bool is_signed = key != NULL && cos_ed25519_id(key, id);
    (void)snprintf(trust, sizeof(trust), "self-attested, %s%s",
                   is_signed ? "signed by " : "unsigned", is_signed ? id : "");
    cos_jw_str(w, "trust", trust);
}

/* ---- the whole ---- */

static void put_predicate(struct cos_jw *w, const struct certificate_request *request,
                          const struct statement_parts *parts)
{
    cos_jw_object(w, "predicate");
    cos_jw_str(w, "verdict", parts->text_sha256 != NULL ? "CERTIFIED" : "NOT_CERTIFIED");
    cos_jw_raw(w, "objections", cos_span_of(parts->objections));
    put_profiles(w, request->report);
    put_suite(w, request);
    put_driver(w, request);
    put_artifacts(w, "class_path", request->artifacts, ARTIFACT_CLASS_PATH);
    if (request->mutation != NULL) {
        cos_jw_raw(w, "mutation", cos_span_of(request->mutation));
    }
    report_put_counts(w, &request->report->counts);
    put_requirements(w, request->report);
    put_waivers(w, request->report->options.waivers);
    put_environment(w);
    put_invocation(w, request);
    if (request->shards != NULL) {
        cos_jw_raw(w, "shards", cos_span_of(request->shards));
    }
    put_evidence(w, request, parts->text_sha256);
    put_trust(w, request->key);
    cos_jw_str(w, "limits", STATEMENT_LIMITS);
    cos_jw_end(w);
}

void statement_put(struct cos_buf *b, const struct certificate_request *request,
                   const struct statement_parts *parts)
{
    struct cos_jw w;
    cos_jw_init(&w, b);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "_type", STATEMENT_TYPE);
    put_artifacts(&w, "subject", request->artifacts, ARTIFACT_SUBJECT);
    cos_jw_str(&w, "predicateType",
               parts->text_sha256 != NULL ? CERTIFICATE_TYPE : REPORT_TYPE);
    put_predicate(&w, request, parts);
    cos_jw_end(&w);
    cos_buf_ch(b, '\n');
}
