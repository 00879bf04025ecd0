/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentences of the documentation page that is certified (fixtures/page), linked in. Each
 * has a number, from 1, and a hash: a requirement names the ones it certifies.
 */
#ifndef CONFORM_SENTENCE_H
#define CONFORM_SENTENCE_H

#include "cosbase/span.h"

struct sentence {
    unsigned number;
    /* Of the text, in which a run of blanks is one. */
    struct cos_span sha256;
    /* Why it demands nothing; empty: it demands something. */
    struct cos_span idle;
    struct cos_span text;
};

/** The digest of the page, whole (fixtures/page/page.txt), of which these are the sentences. */
const char *sentence_page_sha256(void);

/** False: no sentence has this number. */
bool sentence_find(unsigned number, struct sentence *out);

#endif
