/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room that is taken in advance and given up when the disk is full: a deletion needs some
 * itself, in the log, before it makes any. Nothing that adds is begun while it is given up. The
 * writer's thread alone.
 */
#ifndef STORE_DIRECTORY_SLACK_H
#define STORE_DIRECTORY_SLACK_H

#include <stdbool.h>

struct slack {
    int fd; /* -1: none can be had, and it counts as there */
    bool is_there;
};
/** @folder_fd: chunks/; the file lies beside it. */
void slack_open(struct slack *s, int folder_fd);
/** Take it, if it is not there. False: the disk has no room for it. */
bool slack_take(struct slack *s);
void slack_give(struct slack *s);
/** The file and its room stay for the next one. */
void slack_close(struct slack *s);

#endif
