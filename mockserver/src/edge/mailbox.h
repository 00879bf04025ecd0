/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other threads hand a loop: connections, and three wishes. Below the connections, so that
 * one may mail itself without knowing how a loop runs.
 */
#ifndef EDGE_MAILBOX_H
#define EDGE_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

struct connection;
struct mailbox {
    /** Readable when there is mail: an eventfd. -1: not open. */
    int wake_fd;
    /** Guards everything below. */
    pthread_mutex_t lock;
    /** Through next_mail, the newest first. */
    struct connection *newest;
    bool wants_stop, wants_room, wants_haste;
};
/** What was in it; the connections the oldest first. */
struct mail {
    struct connection *oldest;
    bool wants_stop, wants_room, wants_haste;
};

/** False: no descriptor; mailbox_deinit() is due all the same. */
bool mailbox_init(struct mailbox *box);
void mailbox_deinit(struct mailbox *box);
/** From any thread: a new connection, or one that has waited enough. It may be
 *  gone when this returns. */
void mailbox_send(struct mailbox *box, struct connection *c);
/** From any thread: the loop is to close what is idle. */
void mailbox_ask_room(struct mailbox *box);
/** From any thread: nobody new, and nobody is to wait any more. */
void mailbox_ask_haste(struct mailbox *box);
/** From any thread: the loop is to end. */
void mailbox_ask_stop(struct mailbox *box);
/** By the loop's thread, or after its end. The wishes to stop and to hurry stay. */
struct mail mailbox_take(struct mailbox *box);

#endif
