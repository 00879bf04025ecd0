/* SPDX-License-Identifier: Apache-2.0 */
/* Headers and parameters whose value is one of a few words: one table of all
 * of them, read without case, kept in the canonical spelling. */
#ifndef SERVICES_CHOICE_H
#define SERVICES_CHOICE_H

#include "exchange/exchange.h"

enum choice {
    CHOICE_ENCODING_TYPE,
    CHOICE_ENCRYPTION,
    CHOICE_FORBID_OVERWRITE,
    CHOICE_METADATA_DIRECTIVE,
    CHOICE_STORAGE_CLASS,
    CHOICE_TAGGING_DIRECTIVE,
    CHOICES
};

/* The words, as the service spells them. */
#define WORDS(X)                                          \
    X(AES256, "AES256")                                   \
    X(ARCHIVE, "ARCHIVE")                                 \
    X(COPY, "Copy")                                       \
    X(COS_KMS, "cos/kms")                                 \
    X(DEEP_ARCHIVE, "DEEP_ARCHIVE")                       \
    X(FALSE, "false")                                     \
    X(INTELLIGENT_TIERING, "INTELLIGENT_TIERING")         \
    X(MAZ_ARCHIVE, "MAZ_ARCHIVE")                         \
    X(MAZ_DEEP_ARCHIVE, "MAZ_DEEP_ARCHIVE")               \
    X(MAZ_INTELLIGENT_TIERING, "MAZ_INTELLIGENT_TIERING") \
    X(MAZ_STANDARD, "MAZ_STANDARD")                       \
    X(MAZ_STANDARD_IA, "MAZ_STANDARD_IA")                 \
    X(REPLACED, "Replaced")                               \
    X(STANDARD, "STANDARD")                               \
    X(STANDARD_IA, "STANDARD_IA")                         \
    X(TRUE, "true")                                       \
    X(URL, "url")

#define WORD_ID(id, spelling) WORD_##id,
enum word { WORD_NONE, WORDS(WORD_ID) };

/** What the request says; WORD_NONE when it says nothing. False: an unknown word, refused. */
bool choice_read(struct cosmock_exchange *x, enum choice which, enum word *out);
/** The same for a value from elsewhere; WORD_NONE: unknown. */
enum word choice_word(enum choice which, struct cos_span value);
/** "": WORD_NONE. */
const char *word_spelling(enum word word);

#endif
