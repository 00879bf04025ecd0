/* SPDX-License-Identifier: Apache-2.0 */
/* Headers and parameters whose value is one of a few words: one table of all
 * of them, read without case, kept in the canonical spelling. */
#ifndef SERVICES_CHOICE_H
#define SERVICES_CHOICE_H

#include "exchange/exchange.h"

enum choice {
    CHOICE_ACL,
    CHOICE_ENCODING_TYPE,
    CHOICE_ENCRYPTION,
    CHOICE_FORBID_OVERWRITE,
    CHOICE_METADATA_DIRECTIVE,
    CHOICE_STORAGE_CLASS,
    CHOICE_TAGGING_DIRECTIVE,
    CHOICES
};

/** What the request says: the canonical word, or NULL when it says nothing.
 *  False: an unknown word, refused. */
bool choice_read(struct cosmock_exchange *x, enum choice which, const char **out);
/** The same for a value from elsewhere; NULL: unknown. */
const char *choice_word(enum choice which, struct cos_span value);

#endif
