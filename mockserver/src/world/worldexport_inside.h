/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the writer of world files (worldexport*.c). */
#ifndef WORLD_WORLDEXPORT_INSIDE_H
#define WORLD_WORLDEXPORT_INSIDE_H

#include "world/catalog.h"
#include "world/worldexport.h"
#include "world/yaml_out.h"

struct exported_key {
    struct row *row; /* a reference */
    struct key_row said;
};
struct exporter {
    struct cosmock_tenant *t;
    bool with_secrets;
    const struct world_warner *warner;
    struct cos_arena arena;
    struct yaml_out y;
    struct cos_buf policies; /* the named ones: pairs */
    struct exported_key *keys;
    size_t n_keys, cap_keys;
    struct cos_span *roots; /* uins of the accounts */
    size_t n_roots, cap_roots;
    enum backend_result r;
};
void export_say(const struct exporter *e, const char *fmt, ...) COS_PRINTF(2, 3);

/* --- worldexport_accounts.c --- */
void export_accounts(struct exporter *e);
/** Those that were named there. */
void export_policies(struct exporter *e);

/* --- worldexport_buckets.c --- */
void export_buckets(struct exporter *e);

#endif
