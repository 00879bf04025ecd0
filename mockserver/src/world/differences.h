/* SPDX-License-Identifier: Apache-2.0 */
/* What a world file says and a tenant that was made before has otherwise. */
#ifndef WORLD_DIFFERENCES_H
#define WORLD_DIFFERENCES_H

#include "store/backend.h"
#include "world/world.h"

struct differences {
    struct cosmock_tenant *t;
    const char *origin; /* the file */
    const struct world_warner *warner;
    bool are_applied; /* by an import; else the tenant keeps what it has */
};
/** Of every row that @batch would put. A key without a secret was made up, and fits any. */
void differences_of_rows(const struct differences *d, const struct batch *batch);
struct bucket_said {
    const char *name, *region, *owner_uin;
    const struct cam_policy *policy; /* NULL: none */
    struct cos_span acl;             /* ptr NULL: none */
};
/** Of one configuration, as it is kept. */
void differences_of_document(const struct differences *d, const char *bucket,
                             enum bucket_document which, struct cos_span text);
struct object_said {
    struct cos_span key, etag;
    struct cos_span acl, tags; /* as they are kept; ptr NULL: none */
};
void differences_of_object(const struct differences *d, const char *bucket,
                           const struct object_said *o);
void differences_of_bucket(const struct differences *d, const struct bucket_said *b);

#endif
