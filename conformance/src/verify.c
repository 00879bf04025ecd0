/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks, in the order in which one rests on the other: until the signature holds, nothing
 * of the statement is believed; until it is a certificate, nothing else is asked of it. From
 * then on all checks run, so that one reading tells everything that is wrong.
 *
 * A signature says who claims something. That the claim is whole is asked beside it: a list of
 * requirements that was shortened before it was signed is signed as well as any.
 */
#include "verify.h"

#include "certificate.h"
#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "statement.h"
#include "tar.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_EVIDENCE ((size_t)1 << 30)

struct checking {
    const struct verify_request *request;
    const struct proof *proof;
    bool ok;
};

static bool check(struct checking *c, bool ok, const char *word, const char *fmt, ...)
    COS_PRINTF(4, 5);
static bool check(struct checking *c, bool ok, const char *word, const char *fmt, ...)
{
    char sentence[700];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, ap);
    va_end(ap);
    c->ok = c->ok && ok;
    c->request->tell(c->request->ctx, ok, word, sentence);
    return ok;
}

static const char *text_of(const struct cos_json *object, const char *name)
{
    const char *text = cos_json_str(cos_json_get(object, name));
    return text != NULL ? text : "";
}

/* ---- who ---- */

static bool check_signature(struct checking *c)
{
    const struct proof *p = c->proof;
    char id[65] = "";
    if (!p->is_signed) {
        return check(c, false, "signature",
                     "nobody signed it: this is a bare statement, which anybody can write");
    }
    if (!cos_ed25519_id(c->request->key, id)) {
        return check(c, false, "signature", "no memory");
    }
    if (dsse_is_sealed(&p->envelope, c->request->key)) {
        return check(c, true, "signature", "Ed25519 by %s", id);
    }
    if (p->envelope.keyid[0] != '\0' && strcmp(p->envelope.keyid, id) != 0) {
        return check(c, false, "signature",
                     "the signature does not hold: it says to be by %s, the key at hand is %s",
                     p->envelope.keyid, id);
    }
    return check(c, false, "signature",
                 "the signature does not hold: the payload or the signature was changed since "
                 "%s signed",
                 id);
}

/* ---- what ---- */

static bool check_type(struct checking *c)
{
    const char *type = text_of(c->proof->root, "predicateType");
    if (strcmp(type, REPORT_TYPE) == 0) {
        return check(c, false, "type",
                     "this is the signed report of a run, not a certificate: it got none");
    }
    return check(c, strcmp(type, CERTIFICATE_TYPE) == 0, "type", "predicate type %.200s", type);
}

static void check_verdict(struct checking *c)
{
    const char *verdict = cos_json_str(proof_predicate(c->proof, "verdict"));
    size_t n = cos_json_count(proof_predicate(c->proof, "objections"));
    check(c, verdict != NULL && strcmp(verdict, "CERTIFIED") == 0 && n == 0, "verdict",
          "%.60s, %zu objections", verdict != NULL ? verdict : "none", n);
}

/* ---- the list of requirements ---- */

/* Index of the first item that is not the catalogue's, or its length. */
static size_t first_foreign(const struct catalogue *c, const struct cos_json *list)
{
    const struct cos_json *item = cos_json_first(list);
    size_t i = 0;
    for (; i < c->n && item != NULL; i++, item = cos_json_next(item)) {
        if (strcmp(text_of(item, "id"), c->items[i].id) != 0 ||
            strcmp(text_of(item, "level"), level_name(c->items[i].level)) != 0 ||
            strcmp(text_of(item, "profile"), c->items[i].profile) != 0) {
            break;
        }
    }
    return i;
}

static bool check_requirements(struct checking *c)
{
    const struct catalogue *catalogue = c->request->catalogue;
    const struct cos_json *list = proof_predicate(c->proof, "requirements");
    const char *sha256 = proof_text(c->proof, "suite", "catalogue_sha256");
    if (strcmp(sha256, catalogue->sha256) != 0) {
        return check(c, false, "catalogue",
                     "it was made with catalogue %.64s, at hand is %s: name the other one with "
                     "--catalogue",
                     sha256[0] != '\0' ? sha256 : "(not said)", catalogue->sha256);
    }
    check(c, true, "catalogue", "%s", sha256);
    size_t n = cos_json_count(list), at = first_foreign(catalogue, list);
    if (at < catalogue->n) {
        return check(c, false, "requirements",
                     "the list is not the catalogue's: %s (%s, profile %s) should be number "
                     "%zu of %zu",
                     catalogue->items[at].id, level_name(catalogue->items[at].level),
                     catalogue->items[at].profile, at + 1, catalogue->n);
    }
    return check(c, n == catalogue->n, "requirements", "%zu listed, the catalogue has %zu", n,
                 catalogue->n);
}

/* ---- verdicts ---- */

static bool is_fatal(const struct cos_json *item)
{
    static const char *const fatal[] = {"FAIL", "ERROR", "XPASS"};
    static const char *const fatal_must[] = {"BLOCKED", "XFAIL", "WARN"};
    const char *verdict = text_of(item, "verdict");
    bool is_must = strcmp(text_of(item, "level"), "MUST") == 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(fatal); i++) {
        if (strcmp(verdict, fatal[i]) == 0 ||
            (is_must && strcmp(verdict, fatal_must[i]) == 0)) {
            return true;
        }
    }
    return is_must && strcmp(verdict, "PASS") != 0 && strcmp(verdict, "UNTESTED") != 0 &&
           !cos_json_bool(cos_json_get(item, "certifies"), /* fallback= */ false);
}

static void check_verdicts(struct checking *c)
{
    const struct cos_json *list = proof_predicate(c->proof, "requirements");
    const struct cos_json *counts = proof_predicate(c->proof, "counts");
    size_t n = 0;
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        if (is_fatal(i)) {
            check(c, false, "verdicts", "%s (%s) is %s", text_of(i, "id"), text_of(i, "level"),
                  text_of(i, "verdict"));
            return;
        }
        n += strcmp(text_of(i, "verdict"), "UNTESTED") != 0 ? 1 : 0;
    }
    for (const struct cos_json *l = cos_json_first(counts); l != NULL; l = cos_json_next(l)) {
        for (const struct cos_json *v = cos_json_first(l); v != NULL; v = cos_json_next(v)) {
            int64_t said = 0, listed = 0;
            (void)cos_json_i64(v, &said);
            for (const struct cos_json *i = cos_json_first(list); i != NULL;
                 i = cos_json_next(i)) {
                listed += strcmp(text_of(i, "level"), cos_json_name(l)) == 0 &&
                                  strcmp(text_of(i, "verdict"), cos_json_name(v)) == 0
                              ? 1
                              : 0;
            }
            if (said != listed) {
                check(c, false, "verdicts", "the counts say %lld %s %s, the list has %lld",
                      (long long)said, cos_json_name(l), cos_json_name(v), (long long)listed);
                return;
            }
        }
    }
    check(c, n > 0, "verdicts", "%zu requirements tested; nothing stands against it", n);
}

/* What put_profile() counted, counted again. */
static bool profile_is_certified(struct checking *c, const char *profile)
{
    const struct cos_json *list = proof_predicate(c->proof, "requirements");
    const struct cos_json *said = cos_json_get(proof_predicate(c->proof, "profiles"), profile);
    int64_t must = 0, tested = 0, said_must = -1, said_tested = -1;
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        if (strcmp(text_of(i, "level"), "MUST") == 0 &&
            strcmp(text_of(i, "profile"), profile) == 0) {
            must++;
            tested += strcmp(text_of(i, "verdict"), "UNTESTED") != 0 ? 1 : 0;
        }
    }
    (void)cos_json_i64(cos_json_get(said, "must"), &said_must);
    (void)cos_json_i64(cos_json_get(said, "must_tested"), &said_tested);
    return must == said_must && tested == said_tested && tested > 0 &&
           cos_span_starts(cos_span_of(text_of(said, "verdict")), COS_SPAN_LIT("CERTIFIED"));
}

static void check_profiles(struct checking *c)
{
    const char *wanted = c->request->profile;
    bool is_any = false;
    for (size_t i = 0; i < STATEMENT_PROFILES; i++) {
        const char *profile = statement_profiles[i];
        const struct cos_json *said =
            cos_json_get(proof_predicate(c->proof, "profiles"), profile);
        bool is_certified = profile_is_certified(c, profile);
        bool is_wanted = wanted != NULL && strcmp(wanted, profile) == 0;
        if (is_certified || is_wanted) {
            check(c, is_certified, "profile", "%s is %s", profile, text_of(said, "verdict"));
        }
        is_any = is_any || is_certified;
    }
    if (!is_any) {
        check(c, false, "profile", "it certifies no profile");
    }
}

/* ---- files ---- */

static bool names_digest(const struct cos_json *list, const char *sha256)
{
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        if (strcmp(proof_digest(i), sha256) == 0) {
            return true;
        }
    }
    return false;
}

static void check_subjects(struct checking *c)
{
    const struct cos_json *list = cos_json_get(c->proof->root, "subject");
    if (cos_json_count(list) == 0) {
        check(c, false, "subject", "it is about nothing: no digest of an artefact");
    }
    for (const struct cos_json *i = cos_json_first(list);
         i != NULL && c->request->subjects[0] == NULL; i = cos_json_next(i)) {
        check(c, true, "subject", "sha256 %.64s %.200s (not compared: no --subject)",
              proof_digest(i), text_of(i, "name"));
    }
    for (const char *const *path = c->request->subjects; *path != NULL; path++) {
        char sha256[65];
        int r = cos_file_sha256(sha256, *path);
        if (r < 0) {
            check(c, false, "subject", "%.400s: %s", *path, strerror(-r));
        } else if (names_digest(list, sha256)) {
            check(c, true, "subject", "sha256 %s %.400s", sha256, *path);
        } else {
            check(c, false, "subject", "it is not about %.400s, whose sha256 is %s", *path,
                  sha256);
        }
    }
}

/* The digest of a piece of evidence as it is at hand; -errno. */
static int digest_evidence(struct checking *c, const struct cos_json *item, char found[65])
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    const char *name = text_of(item, "name");
    if (name[0] == '\0' || strchr(name, '/') != NULL) {
        return -EINVAL;
    }
    cos_buf_init(&b, MAX_EVIDENCE);
    int r = proof_file(c->proof, c->request->evidence_dir, name, &b);
    if (r < 0) {
        return r;
    }
    cos_sha256_hex(found, b.ptr != NULL ? b.ptr : "", b.len);
    return 0;
}

static void check_one_evidence(struct checking *c, const struct cos_json *item)
{
    char found[65] = "";
    const char *name = text_of(item, "name");
    bool is_demanded = c->request->evidence_dir != NULL || c->proof->bundle.len > 0;
    int r = digest_evidence(c, item, found);
    if (r == -ENOENT && !is_demanded) {
        check(c, true, "evidence", "%.100s is not beside it, so it was not compared", name);
    } else if (r < 0) {
        check(c, false, "evidence", "%.100s: %s", name, strerror(-r));
    } else if (strcmp(found, proof_digest(item)) == 0) {
        check(c, true, "evidence", "sha256 %s %.100s", found, name);
    } else {
        check(c, false, "evidence", "%.100s was changed: its sha256 is %s, signed was %.64s",
              name, found, proof_digest(item));
    }
}

/* In a bundle nothing lies beside what was signed. */
static void check_members(struct checking *c, const struct cos_json *list)
{
    const struct proof *p = c->proof;
    struct cos_span rest = cos_buf_view(&p->bundle), name, bytes;
    while (p->bundle.len > 0 && tar_next(&rest, &name, &bytes) > 0) {
        bool is_named = cos_span_eq_str(name, p->statement_name);
        for (const struct cos_json *i = cos_json_first(list); i != NULL && !is_named;
             i = cos_json_next(i)) {
            is_named = cos_span_eq_str(name, text_of(i, "name"));
        }
        if (!is_named) {
            check(c, false, "bundle", "the bundle holds '%.*s', which nobody signed",
                  (int)name.len, name.ptr);
        }
    }
}

static void check_evidence(struct checking *c)
{
    const struct cos_json *list = proof_predicate(c->proof, "evidence");
    if (cos_json_count(list) == 0) {
        check(c, false, "evidence", "it names no evidence");
    }
    for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
        check_one_evidence(c, i);
    }
    check_members(c, list);
}

/* ---- the whole ---- */

bool verify_certificate(const struct verify_request *request, struct proof *out)
{
    struct checking c = {.request = request, .proof = out, .ok = true};
    char why[512];
    if (proof_read(out, request->path, why) < 0) {
        return check(&c, false, "envelope", "%s", why);
    }
    check(&c, true, "envelope", "%.400s: %s", out->path,
          out->is_signed ? "DSSE, " DSSE_IN_TOTO : "a bare statement");
    if (check_signature(&c) && check_type(&c)) {
        check_verdict(&c);
        if (check_requirements(&c)) {
            check_verdicts(&c);
            check_profiles(&c);
        }
        check_subjects(&c);
        check_evidence(&c);
    }
    if (!c.ok) {
        proof_deinit(out);
    }
    return c.ok;
}
