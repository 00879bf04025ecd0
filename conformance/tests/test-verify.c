/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate under attack: of everything that may be wrong with one there is a row, and each
 * must be refused in a sentence of its own. Some attacks are the signer's: what was left out
 * before it was signed is signed as well as the rest.
 */
#include "verify.h"

#include "certificate.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "selection.h"
#include "statement.h"
#include "tar.h"
#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RESULTS "{\"report\":\"cosconform-results/1\"}\n"

static struct catalogue catalogue;
static const struct selection everything = {.lowest = LEVEL_MAY};

/* A run in which everything holds, and its certificate. */
struct given {
    char dir[64], artifact[96], certificate[128];
    struct cos_ed25519 *key, *foreign;
    struct conform_report report;
    struct artifacts artifacts;
    /* The certificate's text, and the statement in it. */
    struct cos_buf text, statement;
};
static struct given given;

static void fill_report(struct conform_report *r)
{
    *r = (struct conform_report){.options = {.size = sizeof(struct conform_options),
                                             .catalogue = &catalogue,
                                             .selection = &everything},
                                 .results = calloc(catalogue.n, sizeof(*r->results)),
                                 .outcomes = calloc(catalogue.n, sizeof(*r->outcomes)),
                                 .n = catalogue.n,
                                 .n_outcomes = catalogue.n,
                                 .is_complete = true};
    for (size_t i = 0; i < catalogue.n; i++) {
        r->outcomes[i] = (struct outcome){.requirement = &catalogue.items[i],
                                          .verdict = CONFORM_PASS,
                                          .n_cases = 1,
                                          .worst = i};
        r->counts.by_level[catalogue.items[i].level][CONFORM_PASS]++;
    }
}

static void put(const char *name, struct cos_span bytes)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", given.dir, name);
    assert_int_equal(cos_file_write(path, bytes, 0600), 0);
}

static void write_given(void)
{
    static const char *const argv[] = {"cosconform", "certify", NULL};
    char sha256[65];
    cos_sha256_hex(sha256, RESULTS, strlen(RESULTS));
    const struct certificate_evidence evidence[] = {{"results.jsonl", sha256}, {NULL, NULL}};
    struct certificate_request request = {.report = &given.report,
                                          .artifacts = &given.artifacts,
                                          .argv = argv,
                                          .suite_sha256 = "",
                                          .evidence = evidence,
                                          .key = given.key};
    const char *file = "";
    put("results.jsonl", COS_SPAN_LIT(RESULTS));
    assert_int_equal(certificate_write(&request, given.dir, &file), 0);
    assert_string_equal(file, "certificate.dsse.json");
}

static int set_up(void **state)
{
    char why[512];
    (void)snprintf(given.dir, sizeof(given.dir), "/tmp/cosconform-test-XXXXXX");
    assert_non_null(mkdtemp(given.dir));
    (void)snprintf(given.artifact, sizeof(given.artifact), "%s/plugin.so", given.dir);
    (void)snprintf(given.certificate, sizeof(given.certificate), "%s/certificate.dsse.json",
                   given.dir);
    put("plugin.so", COS_SPAN_LIT("artefact"));
    given.key = cos_ed25519_generate();
    given.foreign = cos_ed25519_generate();
    assert_int_equal(artifacts_add(&given.artifacts, given.artifact, ARTIFACT_SUBJECT), 0);
    fill_report(&given.report);
    write_given();
    cos_buf_init(&given.text, 4 << 20);
    cos_buf_init(&given.statement, 4 << 20);
    assert_int_equal(cos_file_read(&given.text, given.certificate), 0);
    struct dsse_envelope e;
    assert_int_equal(dsse_read(&e, cos_buf_view(&given.text), why), 0);
    cos_buf_span(&given.statement, cos_buf_view(&e.payload));
    dsse_deinit(&e);
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(cos_dir_remove(given.dir), 0);
    given.key = cos_ed25519_free(given.key);
    given.foreign = cos_ed25519_free(given.foreign);
    free(given.report.results);
    free(given.report.outcomes);
    cos_buf_deinit(&given.text);
    cos_buf_deinit(&given.statement);
    return 0;
}

/* ---- asking ---- */

struct heard {
    char failed[2000], all[8000];
};

static void hear(void *ctx, bool ok, const char *check, const char *sentence)
{
    struct heard *h = ctx;
    char line[800];
    (void)snprintf(line, sizeof(line), "%s: %s\n", check, sentence);
    (void)strncat(h->all, line, sizeof(h->all) - strlen(h->all) - 1);
    if (!ok) {
        (void)strncat(h->failed, line, sizeof(h->failed) - strlen(h->failed) - 1);
    }
}

static const char *const nothing[] = {NULL};

static bool ask(struct verify_request request, struct heard *h)
{
    struct proof proof;
    *h = (struct heard){.all = ""};
    request.path = request.path != NULL ? request.path : given.certificate;
    request.key = request.key != NULL ? request.key : given.key;
    request.catalogue = request.catalogue != NULL ? request.catalogue : &catalogue;
    request.subjects = request.subjects != NULL ? request.subjects : nothing;
    request.tell = hear;
    request.ctx = h;
    bool ok = verify_certificate(&request, &proof);
    proof_deinit(&proof);
    return ok;
}

static void assert_holds(struct verify_request request)
{
    struct heard h;
    if (!ask(request, &h) || h.failed[0] != '\0') {
        fail_msg("refused: %s", h.failed);
    }
}

static void assert_refused(struct verify_request request, const char *name, const char *words)
{
    struct heard h;
    if (ask(request, &h)) {
        fail_msg("%s: it verified\n%s", name, h.all);
    }
    if (strstr(h.failed, words) == NULL) {
        fail_msg("%s: '%s' does not say '%s'", name, h.failed, words);
    }
}

/* @text with the first @from replaced; it must be there. */
static struct cos_buf replaced(const struct cos_buf *text, const char *from, const char *to)
{
    struct cos_buf b;
    struct cos_span all = cos_buf_view(text);
    size_t at = cos_span_find(all, cos_span_of(from));
    assert_int_not_equal(at, SIZE_MAX);
    cos_buf_init(&b, 8 << 20);
    cos_buf_span(&b, cos_span_sub(all, 0, at));
    cos_buf_str(&b, to);
    cos_buf_span(&b, cos_span_from(all, at + strlen(from)));
    return b;
}

static void put_signed(struct cos_span statement)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 64 << 20);
    assert_true(dsse_write(&b, given.key, statement));
    put("certificate.dsse.json", cos_buf_view(&b));
}

/* ---- what holds ---- */

static void a_certificate_verifies_and_every_check_is_a_line(void **state)
{
    static const char *const checks[] = {"envelope: ", "signature: ",    "type: ",
                                         "verdict: ",  "catalogue: ",    "requirements: ",
                                         "verdicts: ", "profile: core ", "subject: sha256 ",
                                         "evidence: "};
    const char *const subjects[] = {given.artifact, NULL};
    struct heard h;
    assert_true(ask((struct verify_request){.subjects = subjects,
                                            .profile = "core",
                                            .evidence_dir = given.dir},
                    &h));
    for (size_t i = 0; i < COS_ARRAY_LEN(checks); i++) {
        if (strstr(h.all, checks[i]) == NULL) {
            fail_msg("no check '%s' in\n%s", checks[i], h.all);
        }
    }
    assert_holds((struct verify_request){.path = given.dir});
}

static void url_safe_base64_holds_as_well(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 8 << 20);
    cos_buf_span(&b, cos_buf_view(&given.text));
    for (char *c = strstr(b.ptr, "\"payload\":"); *c != '\0'; c++) {
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    }
    put("certificate.dsse.json", cos_buf_view(&b));
    assert_holds((struct verify_request){.path = NULL});
}

static void evidence_that_is_not_at_hand_is_only_missed_where_it_is_asked_for(void **state)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/results.jsonl", given.dir);
    assert_int_equal(remove(path), 0);
    assert_holds((struct verify_request){.path = NULL});
    assert_refused((struct verify_request){.evidence_dir = given.dir}, "missing",
                   "results.jsonl: No such file");
}

/* ---- the envelope ---- */

static void flip(struct cos_buf *b, size_t at)
{
    b->ptr[at] = b->ptr[at] == 'A' ? 'B' : 'A';
}

static void one_letter_of_payload_or_signature_is_enough(void **state)
{
    static const struct {
        const char *name, *after;
    } table[] = {{"payload", "\"payload\":\""}, {"signature", "\"sig\":\""}};
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        for (size_t at = 0; at < 80; at += 7) {
            struct cos_buf b;
            cos_buf_init(&b, 8 << 20);
            cos_buf_span(&b, cos_buf_view(&given.text));
            flip(&b,
                 (size_t)(strstr(b.ptr, table[i].after) - b.ptr) + strlen(table[i].after) + at);
            put("certificate.dsse.json", cos_buf_view(&b));
            /* A payload that is no JSON any more is seen before its signature. */
            struct heard h;
            assert_false(ask((struct verify_request){.path = NULL}, &h));
            bool is_told =
                strstr(h.failed, "the payload or the signature was changed") != NULL ||
                strstr(h.failed, "cannot be read as JSON") != NULL ||
                strstr(h.failed, "no in-toto statement") != NULL;
            if (!is_told) {
                fail_msg("%s: %s", table[i].name, h.failed);
            }
            cos_buf_deinit(&b);
        }
    }
}

static void a_payload_in_another_spelling_is_another_payload(void **state)
{
    COS_CLEANUP(cos_buf_deinit)
    struct cos_buf spaced =
        replaced(&given.statement, "\"predicateType\":", "\"predicateType\": ");
    COS_CLEANUP(cos_buf_deinit) struct cos_buf old = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf new = {0};
    cos_buf_init(&old, 8 << 20);
    cos_buf_init(&new, 8 << 20);
    cos_base64_append(&old, given.statement.ptr, given.statement.len);
    cos_base64_append(&new, spaced.ptr, spaced.len);
    COS_CLEANUP(cos_buf_deinit)
    struct cos_buf b = replaced(&given.text, cos_buf_cstr(&old), cos_buf_cstr(&new));
    put("certificate.dsse.json", cos_buf_view(&b));
    assert_refused((struct verify_request){.path = NULL}, "re-encoded",
                   "the payload or the signature was changed");
}

static void a_foreign_key_and_a_changed_one_are_named(void **state)
{
    assert_refused((struct verify_request){.key = given.foreign}, "foreign",
                   "the key at hand is ");
    COS_CLEANUP(cos_buf_deinit) struct cos_buf pem = {0};
    cos_buf_init(&pem, 1024);
    assert_true(cos_ed25519_public_pem(given.key, &pem));
    flip(&pem, (size_t)(strstr(pem.ptr, "\nMC") - pem.ptr) + 20);
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *changed = cos_ed25519_public(cos_buf_view(&pem));
    assert_non_null(changed);
    assert_refused((struct verify_request){.key = changed}, "changed", "the key at hand is ");
}

/* The key id is not signed: who trusts it is told the wrong name at most. */
static void a_false_key_id_decides_nothing(void **state)
{
    char id[65];
    assert_true(cos_ed25519_id(given.key, id));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = replaced(&given.text, id, "somebody");
    put("certificate.dsse.json", cos_buf_view(&b));
    assert_holds((struct verify_request){.path = NULL});
}

static void an_envelope_of_another_shape_is_refused(void **state)
{
    static const struct {
        const char *name, *from, *to, *words;
    } table[] = {
        {"type", "application/vnd.in-toto+json", "application/json", "its payload type is"},
        {"two", "\"signatures\":[{", "\"signatures\":[{\"sig\":\"\"},{", "carries 2"},
        {"none", "\"signatures\":[{\"keyid\"", "\"signatures\":[],\"x\":[{\"keyid\"",
         "carries 0"},
        {"line break", "\"payload\":\"", "\"payload\":\"\\n", "payload is not base64"},
        {"twice", "\"payload\":\"", "\"payload\":\"e30=\",\"payload\":\"", "payload"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        COS_CLEANUP(cos_buf_deinit)
        struct cos_buf b = replaced(&given.text, table[i].from, table[i].to);
        put("certificate.dsse.json", cos_buf_view(&b));
        assert_refused((struct verify_request){.path = NULL}, table[i].name, table[i].words);
    }
}

static void a_certificate_that_is_cut_off_is_refused(void **state)
{
    for (size_t n = 0; n + 2 < given.text.len; n += given.text.len / 50) {
        put("certificate.dsse.json", cos_span_sub(cos_buf_view(&given.text), 0, n));
        assert_refused((struct verify_request){.path = NULL}, "cut off",
                       "cannot be read as JSON");
    }
}

static void a_bare_statement_is_nobody_s(void **state)
{
    put("certificate.dsse.json", cos_buf_view(&given.statement));
    assert_refused((struct verify_request){.path = NULL}, "bare", "nobody signed it");
}

static void huge_and_deep_documents_are_refused_before_they_are_read(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 64 << 20);
    for (size_t i = 0; i < 100000; i++) {
        cos_buf_ch(&b, '[');
    }
    put("certificate.dsse.json", cos_buf_view(&b));
    assert_refused((struct verify_request){.path = NULL}, "deep", "cannot be read as JSON");
    put_signed(cos_buf_view(&b));
    assert_refused((struct verify_request){.path = NULL}, "deep payload",
                   "the statement cannot be read as JSON");
    while (b.len <= 33u << 20) {
        cos_buf_span(&b, cos_buf_view(&given.text));
    }
    put("certificate.dsse.json", cos_buf_view(&b));
    assert_refused((struct verify_request){.path = NULL}, "huge",
                   "larger than any certificate");
}

/* ---- the signer's own attacks: all of them are well signed ---- */

static void a_signed_statement_that_is_not_whole_is_refused(void **state)
{
    static const struct {
        const char *name, *from, *to, *words;
    } table[] = {
        {"statement", STATEMENT_TYPE, "https://in-toto.io/Statement/v0.1", "no in-toto"},
        {"report", CERTIFICATE_TYPE, REPORT_TYPE, "the signed report of a run, not a"},
        {"foreign type", CERTIFICATE_TYPE, "https://slsa.dev/provenance/v1", "predicate type"},
        {"verdict", "\"verdict\":\"CERTIFIED\",\"objections\"",
         "\"verdict\":\"NOT_CERTIFIED\",\"objections\"", "verdict: NOT_CERTIFIED"},
        {"objection", "\"objections\":[]", "\"objections\":[{}]", "1 objections"},
        {"catalogue", "\"catalogue_sha256\":\"", "\"catalogue_sha256\":\"0",
         "it was made with catalogue 0"},
        {"removed", "{\"id\":\"FS-002\",", "{\"x\":\"FS-002\",",
         "FS-002 (MUST, profile core) should be number"},
        {"renamed", "\"id\":\"FS-002\"", "\"id\":\"FS-003\"", "FS-002 (MUST, profile core)"},
        {"levelled", "\"id\":\"FS-002\",\"level\":\"MUST\"",
         "\"id\":\"FS-002\",\"level\":\"MAY\"", "FS-002 (MUST, profile core)"},
        {"more", "\"requirements\":[{\"id\":\"PLUG-001\"",
         "\"requirements\":[{\"id\":\"ZZZ-001\"},{\"id\":\"PLUG-001\"", "PLUG-001 (MUST"},
        {"count", "\"counts\":{\"MUST\":{\"PASS\":", "\"counts\":{\"MUST\":{\"PASS\":1",
         "the counts say 1"},
        {"nothing", "\"subject\":[{", "\"subject\":[],\"x\":[{", "it is about nothing"},
        {"no evidence", "\"evidence\":[{", "\"evidence\":[],\"x\":[{", "it names no evidence"},
        {"path", "\"name\":\"results.jsonl\"", "\"name\":\"../results.jsonl\"",
         "../results.jsonl: Invalid argument"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        COS_CLEANUP(cos_buf_deinit)
        struct cos_buf b = replaced(&given.statement, table[i].from, table[i].to);
        put_signed(cos_buf_view(&b));
        assert_refused((struct verify_request){.path = NULL}, table[i].name, table[i].words);
    }
}

static void a_requirement_that_was_cut_out_is_named(void **state)
{
    struct cos_span all = cos_buf_view(&given.statement);
    size_t from = cos_span_find(all, COS_SPAN_LIT("{\"id\":\"FS-002\""));
    size_t to = cos_span_find(all, COS_SPAN_LIT("{\"id\":\"FS-003\""));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 8 << 20);
    cos_buf_span(&b, cos_span_sub(all, 0, from));
    cos_buf_span(&b, cos_span_from(all, to));
    put_signed(cos_buf_view(&b));
    assert_refused((struct verify_request){.path = NULL}, "cut out",
                   "FS-002 (MUST, profile core) should be number");
}

/* With the count that fits, so that only the verdict itself is left to object to. */
static void a_verdict_that_certifies_nothing_is_named(void **state)
{
    static const char *const verdicts[] = {"FAIL", "ERROR",   "XPASS", "XFAIL",
                                           "SKIP", "BLOCKED", "WARN",  "INFO"};
    for (size_t i = 0; i < COS_ARRAY_LEN(verdicts); i++) {
        char at[200] = "", words[60];
        const char *item = strstr(given.statement.ptr, "{\"id\":\"FS-002\"");
        const char *end = strstr(item, "\"cases\"");
        (void)snprintf(at, sizeof(at), "%.*s", (int)(end - item), item);
        COS_CLEANUP(cos_buf_deinit) struct cos_buf one = {0};
        cos_buf_init(&one, 1024);
        cos_buf_str(&one, at);
        COS_CLEANUP(cos_buf_deinit)
        struct cos_buf changed = replaced(&one, "\"PASS\"", "\"?\"");
        COS_CLEANUP(cos_buf_deinit) struct cos_buf named = replaced(&changed, "?", verdicts[i]);
        COS_CLEANUP(cos_buf_deinit)
        struct cos_buf b = replaced(&given.statement, at, cos_buf_cstr(&named));
        COS_CLEANUP(cos_buf_deinit) struct cos_buf bad = {0};
        cos_buf_init(&bad, 8 << 20);
        size_t where = cos_span_find(cos_buf_view(&b), cos_buf_view(&named));
        cos_buf_span(&bad, cos_span_sub(cos_buf_view(&b), 0, where));
        COS_CLEANUP(cos_buf_deinit) struct cos_buf rest = {0};
        cos_buf_init(&rest, 8 << 20);
        cos_buf_span(&rest, cos_span_from(cos_buf_view(&b), where));
        COS_CLEANUP(cos_buf_deinit)
        struct cos_buf no_longer = replaced(&rest, "\"certifies\":true", "\"certifies\":false");
        cos_buf_span(&bad, cos_buf_view(&no_longer));
        put_signed(cos_buf_view(&bad));
        (void)snprintf(words, sizeof(words), "FS-002 (MUST) is %s", verdicts[i]);
        assert_refused((struct verify_request){.path = NULL}, verdicts[i], words);
    }
}

/* ---- what lies beside it ---- */

static void another_artefact_is_not_what_it_is_about(void **state)
{
    const char *const subjects[] = {given.artifact, NULL};
    assert_holds((struct verify_request){.subjects = subjects});
    put("plugin.so", COS_SPAN_LIT("artefacT"));
    assert_refused((struct verify_request){.subjects = subjects}, "swapped",
                   "it is not about ");
}

static void evidence_that_was_edited_is_named(void **state)
{
    put("results.jsonl", COS_SPAN_LIT(RESULTS " "));
    assert_refused((struct verify_request){.path = NULL}, "edited",
                   "results.jsonl was changed");
    put("results.jsonl", COS_SPAN_LIT(RESULTS));
    put("certificate.txt", COS_SPAN_LIT("CERTIFIED"));
    assert_refused((struct verify_request){.path = NULL}, "text",
                   "certificate.txt was changed");
}

static void a_catalogue_of_another_version_is_named(void **state)
{
    struct catalogue other = catalogue;
    memset(other.sha256, 'e', 64);
    assert_refused((struct verify_request){.catalogue = &other}, "catalogue",
                   "at hand is eeee");
}

/* ---- anything ---- */

/* Numbers that are the same on each machine (the constants are Knuth's MMIX). */
static uint64_t next_number(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* The two alphabets of base64 spell some bytes differently, and mean the same. */
static bool is_same_letter(char a, char b)
{
    return a == b || (a == '+' && b == '-') || (a == '/' && b == '_');
}

/* All but the key id, which nobody signed, and blanks behind the end. */
static void no_byte_of_a_certificate_can_be_another(void **state)
{
    uint64_t number = 1;
    size_t from = cos_span_find(cos_buf_view(&given.text), COS_SPAN_LIT("\"keyid\""));
    size_t to = cos_span_find(cos_buf_view(&given.text), COS_SPAN_LIT("\"sig\""));
    for (size_t i = 0; i < 400; i++) {
        size_t at = next_number(&number) % (given.text.len - 1);
        char old = given.text.ptr[at], new = (char)next_number(&number);
        struct heard h;
        if (is_same_letter(old, new) || (at >= from && at < to)) {
            continue;
        }
        given.text.ptr[at] = new;
        put("certificate.dsse.json", cos_buf_view(&given.text));
        given.text.ptr[at] = old;
        if (ask((struct verify_request){.path = NULL}, &h)) {
            fail_msg("byte %zu as 0x%02x verifies", at, (unsigned)(uint8_t) new);
        }
    }
}

/* ---- bundles ---- */

struct member {
    const char *name;
    struct cos_span bytes;
};

static void put_bundle(const struct member *members)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf tar = {0};
    cos_buf_init(&tar, 64 << 20);
    for (; members->name != NULL; members++) {
        tar_put(&tar, members->name, members->bytes, 1700000000);
    }
    tar_end(&tar);
    put("bundle.tar", cos_buf_view(&tar));
}

static void a_bundle_is_as_good_as_all_that_is_in_it(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text = {0};
    char path[128], bundle[128];
    cos_buf_init(&text, 1 << 20);
    (void)snprintf(path, sizeof(path), "%s/certificate.txt", given.dir);
    (void)snprintf(bundle, sizeof(bundle), "%s/bundle.tar", given.dir);
    assert_int_equal(cos_file_read(&text, path), 0);
    const struct member whole[] = {{"certificate.dsse.json", cos_buf_view(&given.text)},
                                   {"certificate.txt", cos_buf_view(&text)},
                                   {"results.jsonl", COS_SPAN_LIT(RESULTS)},
                                   {NULL}};
    struct member lacking[] = {whole[0], whole[1], {NULL}};
    struct member edited[] = {whole[0], whole[1], {"results.jsonl", COS_SPAN_LIT("x")}, {NULL}};
    struct member more[] = {whole[0], whole[1], whole[2], {"more", COS_SPAN_LIT("x")}, {NULL}};
    struct member twice[] = {whole[0], whole[0], whole[1], whole[2], {NULL}};
    struct member none[] = {whole[1], whole[2], {NULL}};
    const struct {
        const struct member *members;
        const char *name, *words;
    } table[] = {{lacking, "lacking", "results.jsonl: No such file"},
                 {edited, "edited", "results.jsonl was changed"},
                 {more, "more", "the bundle holds 'more', which nobody signed"},
                 {twice, "twice", "two files of one name"},
                 {none, "none", "neither a certificate nor a report"}};
    put_bundle(whole);
    assert_holds((struct verify_request){.path = bundle});
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        put_bundle(table[i].members);
        assert_refused((struct verify_request){.path = bundle}, table[i].name, table[i].words);
    }
}

int main(void)
{
#define CLAIM(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLAIM(a_certificate_verifies_and_every_check_is_a_line),
        CLAIM(url_safe_base64_holds_as_well),
        CLAIM(evidence_that_is_not_at_hand_is_only_missed_where_it_is_asked_for),
        CLAIM(one_letter_of_payload_or_signature_is_enough),
        CLAIM(a_payload_in_another_spelling_is_another_payload),
        CLAIM(a_foreign_key_and_a_changed_one_are_named),
        CLAIM(a_false_key_id_decides_nothing),
        CLAIM(an_envelope_of_another_shape_is_refused),
        CLAIM(a_certificate_that_is_cut_off_is_refused),
        CLAIM(a_bare_statement_is_nobody_s),
        CLAIM(huge_and_deep_documents_are_refused_before_they_are_read),
        CLAIM(a_signed_statement_that_is_not_whole_is_refused),
        CLAIM(a_requirement_that_was_cut_out_is_named),
        CLAIM(a_verdict_that_certifies_nothing_is_named),
        CLAIM(another_artefact_is_not_what_it_is_about),
        CLAIM(evidence_that_was_edited_is_named),
        CLAIM(a_catalogue_of_another_version_is_named),
        CLAIM(no_byte_of_a_certificate_can_be_another),
        CLAIM(a_bundle_is_as_good_as_all_that_is_in_it),
    };
    char why[512];
    if (catalogue_load(&catalogue, /* path= */ NULL, why) < 0) {
        return 2;
    }
    int failed = cmocka_run_group_tests_name("verify", tests, NULL, NULL);
    catalogue_deinit(&catalogue);
    return failed;
}
