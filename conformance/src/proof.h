/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run left behind, read again: a statement with or without an envelope, alone, in the
 * folder of its evidence, or in a bundle with it. Read says nothing of believed: that is
 * verify.h's.
 */
#ifndef CONFORM_PROOF_H
#define CONFORM_PROOF_H

#include "cosbase/json.h"
#include "dsse.h"

struct proof {
    /* Of the statement, as it was found. */
    char path[1100];
    /* The bundle's bytes; empty: it is none. */
    struct cos_buf bundle;
    /* In the bundle; static. */
    const char *statement_name;
    bool is_signed;
    /* When it is signed. */
    struct dsse_envelope envelope;
    /* The statement. */
    struct cos_json *root;
};
/**
 * @path: a statement, an envelope, a bundle, or a folder with one of certificate_files() in it.
 * 0, or -1 with @why: "FILE: what is wrong".
 */
COS_MUST_CHECK int proof_read(struct proof *out, const char *path, char why[512]);
void proof_deinit(struct proof *p);
COS_CLEANUP_DEINIT_DEFINE(struct proof, proof_deinit)

/**
 * The bytes of a file beside the statement: in the bundle, or in @dir (NULL: where the
 * statement lies). 0 or -errno.
 */
COS_MUST_CHECK int proof_file(const struct proof *p, const char *dir, const char *name,
                              struct cos_buf *out);

/* Members of the statement; NULL when they are not there. */
const struct cos_json *proof_predicate(const struct proof *p, const char *member);
/** A text two levels down: ("suite", "sha256"); "" when it is not there. */
const char *proof_text(const struct proof *p, const char *member, const char *name);
/** The digest in a resource descriptor; "" without one. */
const char *proof_digest(const struct cos_json *descriptor);
/** Whether it says to be a certificate. */
bool proof_is_certificate(const struct proof *p);

#endif
