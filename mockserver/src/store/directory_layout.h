/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in a data directory: looked at before it is touched, locked, made when it is new.
 */
#ifndef STORE_DIRECTORY_LAYOUT_H
#define STORE_DIRECTORY_LAYOUT_H

#include "store/directory.h"

#include <limits.h>

struct layout {
    int folder_fd, chunks_fd, lock_fd; /* -1: not open */
    char path[PATH_MAX];               /* absolute */
    char db_path[PATH_MAX + 16];
    bool survives_power, must_exist; /* as directory_options has it */
    /* Before we came: the log and its index were there; something was in the log. */
    bool had_log, had_index, had_entries;
    bool made_lock; /* its file was not there */
};

/**
 * One that is made has reached the disk when it survives_power. False: *err says why, nothing
 * is open, and what was there is as it was.
 */
bool layout_open(struct layout *l, const char *path, const struct directory_options *options,
                 struct directory_error *err);
/** It is ours: say so to others. */
void layout_claim(const struct layout *l);
/** It is refused after all: take away what opening the database put beside it. */
void layout_retreat(const struct layout *l);
void layout_close(struct layout *l);

void directory_error_set(struct directory_error *err, enum directory_refusal kind,
                         const char *fmt, ...) COS_PRINTF(3, 4);

#endif
