/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of no content whose blocks are its own: fallocate(2) takes them without writing. Where
 * the file system cannot, there is no slack, and a full disk may refuse deletions, too.
 */
#include "store/directory_slack.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A deletion puts about six pages of 4 KiB into the log: some forty of them, and each gives the
 * room of a body back. */
#define SLACK_BYTES (1 << 20)

void slack_open(struct slack *s, int folder_fd)
{
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    *s = (struct slack){.fd = openat(folder_fd, "../slack", flags, 0600)};
    (void)slack_take(s);
}

bool slack_take(struct slack *s)
{
    if (s->is_there || s->fd < 0) {
        return true;
    }
    int r = fallocate(s->fd, /* mode= */ 0, 0, SLACK_BYTES) == 0 ? 0 : errno;
    s->is_there = r != ENOSPC && r != EDQUOT && r != EFBIG;
    if (!s->is_there) {
        (void)ftruncate(s->fd, 0); /* some file systems keep what they got */
    }
    return s->is_there;
}

void slack_give(struct slack *s)
{
    if (s->fd >= 0) {
        (void)ftruncate(s->fd, 0);
        s->is_there = false;
    }
}

void slack_close(struct slack *s)
{
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->fd = -1;
}
