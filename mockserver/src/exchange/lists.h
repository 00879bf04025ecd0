/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which access control list decides about what is asked for: for the question of rights
 * (exchange/question.h), and for whoever shows it.
 */
#ifndef EXCHANGE_LISTS_H
#define EXCHANGE_LISTS_H

#include "cam/acl.h"
#include "exchange/exchange.h"

/* Where to look; all borrowed. */
struct lists {
    struct cos_arena *arena; /* holds what is found */
    struct cosmock_tenant *tenant;
    const struct bucket_view *at;
    struct cos_span key;
    /* the object of that key, where it was found before; its row NULL: there is none. NULL: not
     * looked for */
    const struct object *object;
    /* no object's list counts, nor a folder's: on a domain that the bucket was given */
    bool is_bucket_alone;
};
/** A find_list of struct cam_question; @ctx is a struct lists. */
bool lists_find(void *ctx, const struct acl_need *need, struct acl_list *out);

/** The bucket's own; private where nothing was said. False: what is kept is none. */
bool lists_of_bucket(const struct bucket_view *at, struct acl *out);
/** The object's own; "default" where nothing was said. */
bool lists_of_object(const struct object *o, struct acl *out);
/** Whose it is: whoever wrote it, and of what nobody signed the bucket's owner. */
struct acl_owners lists_owners(struct cosmock_tenant *t, const struct bucket *b,
                               const struct object *o /* NULL: of the bucket itself */);

#endif
