/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket in somebody's epoll set. Out of descriptors it leaves the set for a
 * moment: new clients wait in the kernel's queue, and who listens does not spin.
 */
#ifndef EDGE_LISTENER_H
#define EDGE_LISTENER_H

#include "cosbase/base.h"

#define LISTENER_RETRY_MS 100 /* how long at most a paused one is left out */

enum {                        /* instead of a descriptor */
       LISTENER_NOBODY = -1,  /* waits */
       LISTENER_NEXT = -2,    /* one has gone again; another may wait */
       LISTENER_NO_ROOM = -3, /* it is paused now: free some descriptors */
};
struct listener {
    int fd; /* -1: closed */
    int epoll_fd;
    bool is_paused;
};
/** In the set from now on, level-triggered; its events carry @ptr. */
void listener_open(struct listener *l, int fd, int epoll_fd, void *ptr);
/** A new client's socket, which does not block; or one of the above. */
int listener_accept(struct listener *l);
/** Back into the set, if it is paused. */
void listener_resume(struct listener *l, void *ptr);
void listener_close(struct listener *l);

#endif
