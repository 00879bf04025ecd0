/* SPDX-License-Identifier: Apache-2.0 */
/* What a data directory consists of, for the files that take care of all of it. */
#ifndef STORE_DIRECTORY_INSIDE_H
#define STORE_DIRECTORY_INSIDE_H

#include "store/directory_layout.h"
#include "store/directory_sweep.h"
#include "store/directory_writer.h"

struct directory {
    struct layout layout;
    struct db *db; /* the writer's, once there is one */
    struct chunks *chunks;
    struct cache *cache;
    struct reads *reads;
    struct writer *writer;
    struct sweeper *sweeper; /* NULL: none */
};

#endif
