/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private directory that dies with its owner: by itself when the owner ends, by the next
 * start of the same program when it was killed. Whether an owner lives is asked of a lock that
 * the kernel holds for it, never of a process id.
 */
#ifndef COSBASE_TEMPDIR_H
#define COSBASE_TEMPDIR_H

#include "cosbase/base.h"

#define COS_TEMPDIR_MAX 512
struct cos_tempdir {
    char path[COS_TEMPDIR_MAX]; /* "" when there is none */
    int lock_fd;
};

/**
 * Make <parent>/<prefix>-XXXXXX, mode 0700, below the first of @parents (absolute ones; others
 * and NULL are left out) that lets us, and remove what dead owners of this user left there
 * under @prefix. -errno of the last parent; @t is then empty.
 */
COS_MUST_CHECK int cos_tempdir_make(struct cos_tempdir *t, const char *const *parents, size_t n,
                                    const char *prefix);
/** Remove it with all that is in it. -errno; fine on an empty one. */
COS_MUST_CHECK int cos_tempdir_remove(struct cos_tempdir *t);

#endif
