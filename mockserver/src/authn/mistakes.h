/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mistake makes the signature that came? A signature is made of parts (method, path,
 * query, headers, how they are put together, the key); for each there is the service's way and
 * the ways that clients get wrong. The signature is computed with each of them, one at a time,
 * then with two of the common ones; what fits is named for certain, because no two texts make
 * one signature. Only for requests that are refused.
 */
#ifndef AUTHN_MISTAKES_H
#define AUTHN_MISTAKES_H

#include "exchange/exchange.h"

/* What is said when none fits. */
#define MISTAKES_NONE                                                                         \
    "no known mistake makes this signature, so most likely the secret key is not the one of " \
    "this id; the server's strings are in the journal"
struct variant {
    const char *word;     /* "host-port"; NULL: no mistake, the service takes it, too */
    struct cos_span says; /* what was done, one English clause */
    struct cos_span text; /* the part, made so */
    bool is_common;       /* worth a try together with another one */
};
enum { VARIANTS_MAX = 64, PARTS_MAX = 8 };
struct part {
    struct variant items[VARIANTS_MAX]; /* the first: as the service makes it */
    size_t n;
};
struct mistakes {
    struct part parts[PARTS_MAX];
    size_t n_parts;
    struct cos_arena scratch; /* of all that is tried; wiped at the end */
    /* Does it make the signature that came? */
    bool (*fits)(void *ctx, const struct variant *const chosen[PARTS_MAX]);
    void *ctx;
};
/** Zeroed and with memory; deinit always. */
struct mistakes *mistakes_new(struct cosmock_exchange *x);
struct mistakes *mistakes_free(struct mistakes *m);
/** One more way to make the part, unless it makes the same as another one. */
void mistakes_add(struct mistakes *m, size_t part, const struct variant *v);
/** Fills in @chosen: each part as the service makes it. */
void mistakes_none(const struct mistakes *m, const struct variant *chosen[PARTS_MAX]);
/** Fills in @chosen. False: no known mistake makes it. */
bool mistakes_find(struct mistakes *m, const struct variant *chosen[PARTS_MAX]);
/** "host-port+query-not-signed", and what was done; of what was found. */
void mistakes_name(struct cosmock_exchange *x, const struct mistakes *m,
                   const struct variant *const chosen[PARTS_MAX]);

/* --- what all schemes have in common --- */
/** As clients spell a value that has to be percent-encoded. */
enum spelling {
    SPELLED_RIGHT,
    SPELLED_RAW,
    SPELLED_LOWER_HEX,
    SPELLED_PLUS,
    SPELLED_SLASH,
    SPELLED_JAVASCRIPT,
    SPELLED_TWICE,
    SPELLINGS
};
struct cos_span mistakes_spell(struct cos_arena *arena, struct cos_span raw, enum spelling how);
/** Secrets that a client may have in the place of the right one: with a blank or a newline, its
 *  own id, another key's. Variants whose text is the secret; the right one is the first. */
void mistakes_add_secrets(struct mistakes *m, size_t part, struct cosmock_exchange *x);
/** Keeps both texts for the journal, without what is secret in them, and says in the refusal's
 *  line where they first differ. @what: "FormatString". */
void mistakes_compare(struct cosmock_exchange *x, const char *what, struct cos_span ours,
                      struct cos_span theirs);
/** A canonical string, without the values of tokens and customer keys. */
struct cos_span mistakes_redact(struct cos_arena *arena, struct cos_span text);

#endif
