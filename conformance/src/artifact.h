/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files a verdict is about, known by their bytes and never by a name or a version: what is
 * judged, what stands on its class path, and the driver that asked it.
 */
#ifndef CONFORM_ARTIFACT_H
#define CONFORM_ARTIFACT_H

#include "cosbase/base.h"

#define ARTIFACTS_MAX 256

enum artifact_role { ARTIFACT_SUBJECT, ARTIFACT_CLASS_PATH, ARTIFACT_DRIVER };
struct artifact {
    /* Borrowed. */
    const char *path;
    enum artifact_role role;
    /* When it was added. */
    char sha256[65];
};
struct artifacts {
    struct artifact items[ARTIFACTS_MAX];
    size_t n;
};
/** Add a file; one that is there already stays as it was. 0, -errno of reading it, -E2BIG. */
COS_MUST_CHECK int artifacts_add(struct artifacts *a, const char *path,
                                 enum artifact_role role);
/** The first whose bytes are no longer those that were added; NULL: all are. */
const struct artifact *artifacts_changed(const struct artifacts *a);
/**
 * True for a build with planted defects: it behaves while none is chosen, and is still not what
 * anybody ships. True also for what cannot be read.
 */
bool artifact_holds_mutants(const struct artifact *a);
/** The last part of a path. */
const char *artifact_name(const struct artifact *a);

#endif
