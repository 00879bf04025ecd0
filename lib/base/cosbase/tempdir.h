/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private directory that dies with its owner: by itself when the owner ends, by the next run
 * of the same program when it was killed. Whether an owner lives is asked of a lock that
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
 * and NULL are left out) that lets us. -errno of the last parent; @t is then empty.
 */
COS_MUST_CHECK int cos_tempdir_make(struct cos_tempdir *t, const char *const *parents, size_t n,
                                    const char *prefix);
/** Remove what dead owners of this user left beside it under the same prefix. It reads all of
 *  the parent: call it when nobody waits. Fine on an empty one. */
void cos_tempdir_remove_dead(const struct cos_tempdir *t);
/** Remove it with all that is in it. -errno; fine on an empty one. */
COS_MUST_CHECK int cos_tempdir_remove(struct cos_tempdir *t);

#endif
