/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request says of the keys that conditions ask for (cam/keys.c): found when a condition
 * wants it, so a request that meets none pays nothing. Of a question that nobody has asked yet
 * (explain.c) the asker says it.
 */
#ifndef EXCHANGE_CONTEXT_H
#define EXCHANGE_CONTEXT_H

#include "exchange/exchange.h"

struct right;

/* Of which request, and of which of its questions; all borrowed. */
struct request_context {
    struct cosmock_exchange *x;
    const struct bucket_view *place; /* of the question; NULL: it has none */
    bool is_source;                  /* it asks about the source of a copy */
};
/** A find of struct cam_context; @ctx is a struct request_context. */
void context_of_request(void *ctx, const struct cam_key *key, struct cam_values *out);

/* Another context, and what of it was looked up: for whoever keeps it. */
struct context_kept {
    const struct cam_context *of; /* borrowed */
    struct {
        const struct cam_key *key;
        struct cam_values values;
    } found[CAM_KEYS];
    size_t n;
};
/** A find of struct cam_context that asks another one; @ctx is a struct context_kept. */
void context_find_and_keep(void *ctx, const struct cam_key *key, struct cam_values *out);
/** As a JSON object, {"cos:prefix":["dir/"]}, with the facts that the call states; "": nothing
 *  was looked up. */
struct cos_span context_text(struct cos_arena *arena, const struct context_kept *kept);

/* What an asker supposes, as text. */
struct supposed_context {
    struct cos_arena *arena;
    struct cosmock_tenant *tenant;
    const struct bucket_view *place;
    const char *const *pairs; /* "cos:prefix=dir/", a key as often as it has values */
    size_t n_pairs;
};
/** The same; @ctx is a struct supposed_context. What the world knows (the bucket's tags, the
 *  time) needs no saying. */
void context_as_supposed(void *ctx, const struct cam_key *key, struct cam_values *out);

#endif
