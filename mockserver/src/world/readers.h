/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a world file says and only the services can judge: configurations of buckets, which have
 * schemas, and faults, which name operations. A mock is made with these functions, so that the
 * world never calls up.
 */
#ifndef WORLD_READERS_H
#define WORLD_READERS_H

#include "world/world.h"

#define READER_WHY_BYTES 256

struct neighbours;
struct row_pair;
/* A configuration that a world file has. */
struct document_said {
    enum bucket_document which;
    struct cos_span text;
    const struct neighbours *near;
};
struct world_readers {
    /** Its text as it is kept, to *out; what follows from it goes into @batch. False: @why says
     *  what is wrong. */
    bool (*document)(struct cosmock_tenant *t, struct batch *batch,
                     const struct document_said *said, struct cos_buf *out,
                     char why[READER_WHY_BYTES]);
    /** What is kept beside it, now that its bucket is made. */
    void (*beside)(struct cosmock_tenant *t, struct batch *batch, const struct bucket *b,
                   enum bucket_document which);
    /** The fault that @members describe, as the control API has it: pushed to @t; NULL: only
     *  read. 0, or a failure that @why tells. */
    int (*fault)(struct cosmock_tenant *t, const struct row_pair *members, size_t n,
                 char why[READER_WHY_BYTES]);
};

#endif
