/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate: what was judged (by digest, never by name), with what, and every requirement's verdict (conformance.md s.5.2).
 */
#ifndef CONFORM_CERTIFICATE_H
#define CONFORM_CERTIFICATE_H

#include "run.h"

struct certificate_request {
    const struct conform_report *report;
    const char *artifact;      /* path of the .so */
    const char *sha256_before; /* of it, when the run began */
    bool is_narrowed;          /* a filter was in use */
    const char *invocation;    /* the command line */
    const char *suite_sha256;  /* of the program that judged; "" unknown */
    const char *results_sha256, *journal_sha256, *junit_sha256;
};
/** True, or false with @why: one sentence on what stands against a certificate. */
bool certificate_may_be_given(const struct certificate_request *request, char why[512]);
/** Write certificate.json and certificate.txt into @dir. 0 or -errno. */
COS_MUST_CHECK int certificate_write(const struct certificate_request *request,
                                     const char *dir);

#endif
