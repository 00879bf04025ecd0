/* SPDX-License-Identifier: Apache-2.0 */
/* A pair of sockets for each client: one end is the loop's. */
#include "one_loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/time.h>

struct plane *one_loop_open(struct cosmock *mock)
{
    struct plane_options options = {.mock = mock, .threads = 1};
    struct cosmock_error err = {0};
    struct plane *p = NULL;
    if (plane_new(&p, &options, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    return p;
}

int one_loop_dial(struct plane *p)
{
    const struct timeval patience = {.tv_sec = 20};
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
                     0);
    plane_take(p, ends[1]);
    return ends[0];
}
