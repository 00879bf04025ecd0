/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant as one file, out and in. The bytes go through the call: paths of the server's disk
 * do not, because on loopback whoever is on this machine may call, and would write and read
 * files with the rights of whoever runs the mock. Both ways they lie in a file without a name
 * meanwhile: a status can be told only when the last row was read, and memory may be too small.
 */
#include "edge/control_call.h"
#include "edge/spool.h"
#include "world/world.h"

#include <errno.h>
#include <fcntl.h>

static void get_snapshot(struct call *c)
{
    struct cosmock_error err;
    int fd = spool_open();

    if (fd < 0) {
        call_refuse(c, 507, "io", "no room for a snapshot: %s", strerror(-fd));
    } else if (world_snapshot_write(c->tenant, fd, "the snapshot", &err) != COSMOCK_OK) {
        (void)close(fd);
        call_fail_with(c, &err);
    } else {
        c->reply->status = 200;
        c->reply->content_type = "application/octet-stream";
        c->reply->file = fd;
    }
}

static void put_snapshot(struct call *c)
{
    struct cosmock_error err;
    int spooled = c->request->body_file;
    int fd = spooled < 0 ? spooled : fcntl(spooled, F_DUPFD_CLOEXEC, 0);

    if (fd < 0) {
        call_refuse(c, 507, "io", "no room for the body: %s",
                    strerror(spooled < 0 ? -spooled : errno));
    } else if (world_snapshot_read(c->tenant, fd, "the body", &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
    } else {
        call_ok(c);
    }
}

void control_snapshot(struct call *c)
{
    if (c->method == CALL_PUT) {
        put_snapshot(c);
    } else {
        get_snapshot(c);
    }
}
