/* SPDX-License-Identifier: Apache-2.0 */
/* A paused listener is out of the set, so that a level-triggered one tells nothing of who waits
 * in the queue; who listens takes it back a round later. */
#include "edge/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

void listener_open(struct listener *l, int fd, int epoll_fd, void *ptr)
{
    *l = (struct listener){.fd = fd, .epoll_fd = epoll_fd, .is_paused = true};
    listener_resume(l, ptr);
}

void listener_resume(struct listener *l, void *ptr)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = ptr};

    if (l->is_paused && l->fd >= 0) {
        (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->fd, &ev);
        l->is_paused = false;
    }
}

static bool is_out_of_room(int e)
{
    return e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM;
}

int listener_accept(struct listener *l)
{
    int one = 1;
    int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        return fd;
    }
    if (is_out_of_room(errno)) {
        (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
        l->is_paused = true;
        return LISTENER_NO_ROOM;
    }
    return errno == ECONNABORTED || errno == EINTR ? LISTENER_NEXT : LISTENER_NOBODY;
}

/* By name out of the set first: a child between fork and exec may hold a copy. */
void listener_close(struct listener *l)
{
    if (l->fd >= 0) {
        (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
        (void)close(l->fd);
    }
    l->fd = -1;
    l->is_paused = false;
}
