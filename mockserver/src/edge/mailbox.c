/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack under a lock and an eventfd. The reader turns the stack round, so that who was mailed
 * first is served first.
 */
#include "edge/mailbox.h"

#include "edge/connection.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void wake(const struct mailbox *box)
{
    uint64_t one = 1;

    (void)!write(box->wake_fd, &one, sizeof(one));
}

bool mailbox_init(struct mailbox *box)
{
    *box = (struct mailbox){.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    (void)pthread_mutex_init(&box->lock, NULL);
    return box->wake_fd >= 0;
}

void mailbox_deinit(struct mailbox *box)
{
    if (box->wake_fd >= 0) {
        (void)close(box->wake_fd);
    }
    (void)pthread_mutex_destroy(&box->lock);
}

void mailbox_send(struct mailbox *box, struct connection *c)
{
    (void)pthread_mutex_lock(&box->lock);
    bool was_empty = box->newest == NULL;
    c->next_mail = box->newest;
    box->newest = c;
    (void)pthread_mutex_unlock(&box->lock);
    if (was_empty) {
        wake(box);
    }
}

static void ask(struct mailbox *box, bool *wish)
{
    (void)pthread_mutex_lock(&box->lock);
    *wish = true;
    (void)pthread_mutex_unlock(&box->lock);
    wake(box);
}

void mailbox_ask_room(struct mailbox *box)
{
    ask(box, &box->wants_room);
}

void mailbox_ask_haste(struct mailbox *box)
{
    ask(box, &box->wants_haste);
}

void mailbox_ask_stop(struct mailbox *box)
{
    ask(box, &box->wants_stop);
}

struct mail mailbox_take(struct mailbox *box)
{
    (void)pthread_mutex_lock(&box->lock);
    struct connection *newest = box->newest;
    struct mail mail = {.wants_stop = box->wants_stop,
                        .wants_room = box->wants_room,
                        .wants_haste = box->wants_haste};
    box->newest = NULL;
    box->wants_room = false;
    (void)pthread_mutex_unlock(&box->lock);
    while (newest != NULL) {
        struct connection *next = newest->next_mail;

        newest->next_mail = mail.oldest;
        mail.oldest = newest;
        newest = next;
    }
    return mail;
}
