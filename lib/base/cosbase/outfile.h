/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way to write a file whose path a user gave.
 *
 *   nothing there        a file without a name (where the file system has that, so that not
 *                        even SIGKILL leaves one behind), else under a temporary name in the
 *                        same directory; renamed when complete: who sees the file sees all of
 *                        it
 *   a regular file       the same, keeping mode and owner; in place where that cannot be
 *                        (another owner, hard links, an ACL, a mount point, a directory that
 *                        may not be written)
 *   a FIFO, a device, a socket, /dev/stdout, /dev/fd/N   written through; a FIFO is opened at
 *                                                        once and waits for its reader, as a
 *                                                        shell does
 *   a link               is followed: what it leads to is one of the above
 *
 * Nothing that was there before is replaced by another kind of node, or removed. The system's
 * own open(2) decides what may be followed (fs.protected_symlinks), not our reading of the
 * link.
 */
#ifndef COSBASE_OUTFILE_H
#define COSBASE_OUTFILE_H

#include "cosbase/span.h"

#include <sys/types.h>

enum cos_outfile_flags {
    COS_OUTFILE_STREAM = 1,  /* in place from the first byte: others may read while it grows */
    COS_OUTFILE_PRIVATE = 2, /* an existing file loses the mode bits that are not asked for */
};
struct cos_outfile {
    char *path, *target; /* as given; where links lead (NULL: written through) */
    char *temporary;     /* while it exists: what a signal handler may unlink */
    FILE *stream;
    unsigned mode, flags;
    int fd, existing_fd;
    int error; /* the first one, -errno; sticky */
    dev_t device;
    ino_t inode;          /* of what we wrote */
    bool is_open, is_new; /* is_new: we made the name */
    bool is_nameless;     /* fd is a file that has no name yet */
};

/**
 * Look at @path, open what is written through, and say now what would fail later; regular files
 * change only with the first byte. @mode (umask applies) is for a new file. -errno; @o is
 * zeroed then. The caller sees to SIGPIPE.
 */
COS_MUST_CHECK int cos_outfile_open(struct cos_outfile *o, const char *path, unsigned mode,
                                    unsigned flags);
/** A descriptor, or a stream over it, to write to; -errno or NULL on failure, which commit
 *  reports again. */
COS_MUST_CHECK int cos_outfile_fd(struct cos_outfile *o);
COS_MUST_CHECK FILE *cos_outfile_stream(struct cos_outfile *o);
void cos_outfile_write(struct cos_outfile *o, struct cos_span bytes); /* errors are sticky */
/** All bytes are where they belong (an empty file if none came): 0, or the first error; nothing
 *  is left of a new file then. */
COS_MUST_CHECK int cos_outfile_commit(struct cos_outfile *o);
/** After a commit: take away what we made; empty what we only filled; leave what is no longer
 *  ours. */
void cos_outfile_remove(struct cos_outfile *o);
/** Without a commit before, a file that was not written in place is as it was. Fine twice, and
 *  on a zeroed object. */
void cos_outfile_deinit(struct cos_outfile *o);

COS_CLEANUP_DEINIT_DEFINE(struct cos_outfile, cos_outfile_deinit)

#endif
