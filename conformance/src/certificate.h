/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate: what was judged (by digest, never by name), with what, and every
 * requirement's verdict (conformance.md s.5.2).
 */
#ifndef CONFORM_CERTIFICATE_H
#define CONFORM_CERTIFICATE_H

#include "run.h"

/* A file of the report, by the name of its format and by what it holds. */
struct certificate_evidence {
    const char *format, *sha256;
};
struct certificate_request {
    const struct conform_report *report;
    /* Path of the .so. */
    const char *artifact;
    /* Of it, when the run began. */
    const char *sha256_before;
    /* A filter was in use. */
    bool is_narrowed;
    /* The command line. */
    const char *invocation;
    /* Of the program that judged; "" unknown. */
    const char *suite_sha256;
    /* Ended by a row without a format. */
    const struct certificate_evidence *evidence;
};
/** True, or false with @why: one sentence on what stands against a certificate. */
bool certificate_may_be_given(const struct certificate_request *request, char why[512]);
/** Write certificate.json and certificate.txt into @dir. 0 or -errno. */
COS_MUST_CHECK int certificate_write(const struct certificate_request *request,
                                     const char *dir);

#endif
