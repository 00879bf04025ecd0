/* SPDX-License-Identifier: Apache-2.0 */
/* What a data directory consists of, for the files that take care of all of it. */
#ifndef STORE_DIRECTORY_INSIDE_H
#define STORE_DIRECTORY_INSIDE_H

#include "store/directory_layout.h"
#include "store/directory_log.h"
#include "store/directory_sweep.h"
#include "store/directory_writer.h"

struct directory {
    struct layout layout;
    struct db *db; /* the writer's, once there is one */
    /* How far the log is acknowledged: the writer's, too. */
    struct log_note note;
    int note_fd; /* -1: nothing is noted */
    struct chunks *chunks;
    struct cache *cache;
    struct reads *reads;
    struct writer *writer;
    struct sweeper *sweeper; /* NULL: none */
};

#endif
