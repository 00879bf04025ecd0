/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run leaves behind as proof: an in-toto statement, signed when there is a key, that
 * names what was judged (by digest, never by name), with what, and every requirement's verdict
 * (conformance.md s.5.2). A run that deserves no certificate gets the same statement as a
 * report, which no reader can take for one: its predicate type is another.
 */
#ifndef CONFORM_CERTIFICATE_H
#define CONFORM_CERTIFICATE_H

#include "artifact.h"
#include "cosbase/ed25519.h"
#include "run.h"

#define CERTIFICATE_TYPE "https://cosconform.example/certificate/v1"
#define REPORT_TYPE "https://cosconform.example/report/v1"
#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"

/* A file of the report, and the digest of what it holds. */
struct certificate_evidence {
    const char *file, *sha256;
};
#define CERTIFICATE_EVIDENCE_MAX 16

/* What stands against a certificate. */
struct objection {
    /*
     * A requirement's id, or one of: selection, shard, mutant, completeness, waiver, verb,
     * artefact.
     */
    const char *about;
    const char *sentence;
};
/* Pointers are borrowed; each may be NULL where it says so. */
struct certificate_request {
    const struct conform_report *report;
    const struct artifacts *artifacts;
    /* The command line, NULL-terminated. */
    const char *const *argv;
    /* Of the program that judged; "" unknown. */
    const char *suite_sha256;
    /* Ended by a row without a file. */
    const struct certificate_evidence *evidence;
    /* NULL: nobody signs. */
    const struct cos_ed25519 *key;
    /* A JSON object about the power of this suite; NULL: not given. */
    const char *mutation;
    /* A JSON array, one object a merged run; NULL: this was one run. */
    const char *shards;
    /* What is known to stand against a certificate besides, ended by a row without a
     * sentence; NULL: nothing. */
    const struct objection *objections;
};
/** Call @tell with each. Returns how many. */
size_t certificate_objections(const struct certificate_request *request,
                              void (*tell)(void *ctx, const struct objection *objection),
                              void *ctx);
/**
 * Write certificate.dsse.json and certificate.txt into @dir, or report.dsse.json when anything
 * stands against one; without a key the bare statements, certificate.json or report.json.
 * @file: the first one's name, static. 0 or -errno.
 */
COS_MUST_CHECK int certificate_write(const struct certificate_request *request, const char *dir,
                                     const char **file);
/** Every name certificate_write() may use, NULL-terminated. */
const char *const *certificate_files(void);

#endif
