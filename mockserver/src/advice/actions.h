/* SPDX-License-Identifier: Apache-2.0 */
/* What an action is asked of: from the table of operations, and of what none of them asks for
 * from the documents. */
#ifndef ADVICE_ACTIONS_H
#define ADVICE_ACTIONS_H

#include "cosbase/span.h"

enum advice_form {
    ADVICE_ON_SERVICE = 1, /* "*" alone */
    ADVICE_ON_BUCKET = 2,  /* "<bucket>/" */
    ADVICE_ON_LIST = 4,    /* "<bucket>/<prefix>", which may be empty */
    ADVICE_ON_OBJECT = 8,  /* "<bucket>/<key>" */
    ADVICE_ON_ROLE = 16,
};
/** A set of enum advice_form; 0: nobody knows. @plain: without "name/". */
unsigned advice_forms_of(struct cos_span plain);

#endif
