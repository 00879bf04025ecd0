/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no /tmp (a container with one program in it), memory has to do. */
#include "edge/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

int spool_open(void)
{
    FILE *file = tmpfile();
    int fd = file == NULL ? memfd_create("cosmock", MFD_CLOEXEC)
                          : fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
    int r = fd < 0 ? -errno : fd;
    if (file != NULL) {
        (void)fclose(file);
    }
    return r;
}

int spool_write(int fd, struct cos_span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        bytes = cos_span_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return 0;
}
