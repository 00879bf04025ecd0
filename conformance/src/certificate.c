/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving and refusing certificates. A certificate names digests: of the artefact, the
 * catalogue, the suite, the evidence. It lists every requirement of the catalogue, the untested
 * ones too, and says that a mock was asked, not the cloud.
 */
#include "certificate.h"

#include "cosbase/date.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "cosmock/cosmock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define MAX_BYTES ((size_t)16 << 20)
#define LIMITS                                                                             \
    "tested against the mock of Tencent COS and STS of this project, not against Tencent " \
    "Cloud"

static bool is_against(const struct outcome *o)
{
    return o->verdict == CONFORM_FAIL || o->verdict == CONFORM_ERROR ||
           o->verdict == CONFORM_XPASS ||
           (o->requirement->level == LEVEL_MUST &&
            (o->verdict == CONFORM_SKIP || o->verdict == CONFORM_XFAIL));
}

/*
 * A build with planted defects behaves while none is chosen; it is still not what anybody
 * ships.
 */
static bool holds_mutants(const char *path)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, (size_t)512 << 20);
    return cos_file_read(&b, path) < 0 ||
           cos_span_find(cos_buf_view(&b), COS_SPAN_LIT("COSN_MUTANT")) != SIZE_MAX;
}

bool certificate_may_be_given(const struct certificate_request *request, char why[512])
{
    const struct conform_report *report = request->report;
    char now[65] = "";
    if (request->is_narrowed) {
        (void)snprintf(why, 512,
                       "a filter was in use; a certificate covers the whole catalogue");
        return false;
    }
    if (report->options.mutant != NULL) {
        (void)snprintf(why, 512, "a mutant was chosen");
        return false;
    }
    if (!report->is_complete || report->is_smoke_broken) {
        (void)snprintf(why, 512, "the run is incomplete");
        return false;
    }
    if (report->is_waiver_expired) {
        (void)snprintf(why, 512, "a waiver has expired");
        return false;
    }
    for (size_t i = 0; i < report->n_outcomes; i++) {
        const struct outcome *o = &report->outcomes[i];
        if (is_against(o)) {
            (void)snprintf(why, 512, "%s (%s) is %s", o->requirement->id,
                           level_name(o->requirement->level), verdict_name(o->verdict));
            return false;
        }
    }
    if (cos_file_sha256(now, request->artifact) < 0 ||
        strcmp(now, request->sha256_before) != 0) {
        (void)snprintf(why, 512, "the artefact changed during the run");
        return false;
    }
    if (holds_mutants(request->artifact)) {
        (void)snprintf(why, 512, "the artefact is a build with planted defects");
        return false;
    }
    return true;
}

/* ---- certificate.json ---- */

static const struct outcome *outcome_of(const struct conform_report *report,
                                        const struct requirement *r)
{
    for (size_t i = 0; i < report->n_outcomes; i++) {
        if (report->outcomes[i].requirement == r) {
            return &report->outcomes[i];
        }
    }
    return NULL;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void put_requirements(struct cos_jw *w, const struct conform_report *report)
{
    const struct catalogue *c = report->options.catalogue;
    cos_jw_array(w, "requirements");
    for (size_t i = 0; i < c->n; i++) {
        const struct requirement *r = &c->items[i];
        const struct outcome *o = outcome_of(report, r);
        cos_jw_object(w, NULL);
        cos_jw_str(w, "id", r->id);
        cos_jw_str(w, "level", level_name(r->level));
        cos_jw_str(w, "profile", r->profile);
        cos_jw_str(w, "source", r->source);
        cos_jw_str(w, "verdict", o != NULL ? verdict_name(o->verdict) : "UNTESTED");
        cos_jw_u64(w, "cases", o != NULL ? o->n_cases : 0);
        if (o != NULL) {
            cos_jw_double(w, "ms", (double)o->duration_us / 1000.0);
            const char *reason = report->results[o->worst].reason;
            if (reason != NULL && reason[0] != '\0') {
                cos_jw_str(w, "reason", reason);
            }
        }
        cos_jw_end(w);
    }
    cos_jw_end(w);
}

/* A profile is as good as its worst MUST; what nobody tested is counted beside it. */
static void put_profiles(struct cos_jw *w, const struct conform_report *report)
{
    static const char *const profiles[] = {"config", "core", "token-server", "token-client",
                                           "refresh"};
    const struct catalogue *c = report->options.catalogue;
    cos_jw_object(w, "profiles");
    for (size_t p = 0; p < COS_ARRAY_LEN(profiles); p++) {
        size_t must = 0, tested = 0, passed = 0;
        for (size_t i = 0; i < c->n; i++) {
            const struct requirement *r = &c->items[i];
            if (r->level != LEVEL_MUST || strcmp(r->profile, profiles[p]) != 0) {
                continue;
            }
            const struct outcome *o = outcome_of(report, r);
            must++;
            tested += o != NULL ? 1 : 0;
            passed += o != NULL && o->verdict == CONFORM_PASS ? 1 : 0;
        }
        cos_jw_object(w, profiles[p]);
        cos_jw_str(w, "verdict",
                   tested == 0        ? "UNTESTED"
                   : passed != tested ? "NOT_CERTIFIED"
                   : tested == must   ? "CERTIFIED"
                                      : "CERTIFIED_AS_FAR_AS_TESTED");
        cos_jw_u64(w, "must", must);
        cos_jw_u64(w, "must_tested", tested);
        cos_jw_u64(w, "must_passed", passed);
        cos_jw_end(w);
    }
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
    cos_jw_end(w);
}

static void put_suite(struct cos_jw *w, const struct certificate_request *request)
{
    const struct conform_options *o = &request->report->options;
    cos_jw_object(w, "suite");
    cos_jw_str(w, "version", CONFORM_SUITE_VERSION);
    cos_jw_str(w, "sha256", request->suite_sha256);
    cos_jw_i64(w, "catalogue_version", o->catalogue->version);
    cos_jw_str(w, "catalogue_sha256", o->catalogue->sha256);
    cos_jw_str(w, "mock_version", cosmock_version());
    cos_jw_end(w);
}

static void put_invocation(struct cos_jw *w, const struct certificate_request *request)
{
    const struct conform_report *report = request->report;
    char started[25], finished[25];
    cos_date_iso_ms(started, report->started_unix_ms);
    cos_date_iso_ms(finished, report->finished_unix_ms);
    cos_jw_object(w, "invocation");
    cos_jw_str(w, "argv", request->invocation);
    cos_jw_u64(w, "seed", report->options.seed);
    cos_jw_u64(w, "jobs", report->options.jobs);
    cos_jw_str(w, "started", started);
    cos_jw_str(w, "finished", finished);
    cos_jw_end(w);
}

static void put_evidence(struct cos_jw *w, const struct certificate_request *request)
{
    cos_jw_object(w, "evidence");
    for (const struct certificate_evidence *e = request->evidence; e->format != NULL; e++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "%.50s_sha256", e->format);
        cos_jw_str(w, name, e->sha256);
    }
    cos_jw_end(w);
}

static void put_json(struct cos_buf *b, const struct certificate_request *request)
{
    const struct conform_report *report = request->report;
    struct cos_jw w;
    cos_jw_init(&w, b);
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "certificate", "cosconform/1");
    cos_jw_array(&w, "subject");
    cos_jw_object(&w, NULL);
    cos_jw_str(&w, "file", base_name(request->artifact));
    cos_jw_str(&w, "name", report->subject_name);
    cos_jw_str(&w, "version", report->subject_version);
    cos_jw_object(&w, "digest");
    cos_jw_str(&w, "sha256", request->sha256_before);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_jw_str(&w, "verdict", "CERTIFIED");
    put_profiles(&w, report);
    put_suite(&w, request);
    cos_jw_raw(&w, "capabilities",
               cos_span_of(report->capabilities != NULL ? report->capabilities : "[]"));
    report_put_counts(&w, &report->counts);
    put_requirements(&w, report);
    put_environment(&w);
    put_invocation(&w, request);
    put_evidence(&w, request);
    cos_jw_str(&w, "trust", "self-attested, unsigned");
    cos_jw_str(&w, "limits", LIMITS);
    cos_jw_end(&w);
    cos_buf_ch(b, '\n');
}

/* ---- certificate.txt ---- */

static void put_text(struct cos_buf *b, const struct certificate_request *request)
{
    const struct conform_report *report = request->report;
    const struct catalogue *c = report->options.catalogue;
    char finished[25];
    cos_date_iso_ms(finished, report->finished_unix_ms);
    cos_buf_printf(b, "CERTIFIED\n\n  subject    %s (%s %s)\n  sha256     %s\n",
                   base_name(request->artifact), report->subject_name, report->subject_version,
                   request->sha256_before);
    cos_buf_printf(b, "  suite      cosconform %s, catalogue %s\n", CONFORM_SUITE_VERSION,
                   c->sha256);
    cos_buf_printf(b, "  when       %s\n  limits     %s\n", finished, LIMITS);
    cos_buf_printf(b, "  scope      %zu of %zu requirements tested, %zu untested\n\n",
                   report->n_outcomes, c->n, report->counts.untested);
    for (size_t i = 0; i < c->n; i++) {
        const struct requirement *r = &c->items[i];
        const struct outcome *o = outcome_of(report, r);
        cos_buf_printf(b, "  %-8s %-6s %-12s %s\n",
                       o != NULL ? verdict_name(o->verdict) : "untested", level_name(r->level),
                       r->id, r->statement);
    }
}

/* ---- files ---- */

static const struct {
    const char *file;
    void (*put)(struct cos_buf *b, const struct certificate_request *request);
} forms[] = {{"certificate.json", put_json}, {"certificate.txt", put_text}};

int certificate_write(const struct certificate_request *request, const char *dir)
{
    int r = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(forms) && r == 0; i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
        cos_buf_init(&b, MAX_BYTES);
        forms[i].put(&b, request);
        char path[1100];
        (void)snprintf(path, sizeof(path), "%.1000s/%s", dir, forms[i].file);
        r = b.failed ? -ENOSPC : cos_file_write(path, cos_buf_view(&b), 0644);
    }
    return r;
}
