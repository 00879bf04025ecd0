/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a fault as the control API and world files spell them: THE TABLE. */
#ifndef SERVICES_FAULT_WORDS_H
#define SERVICES_FAULT_WORDS_H

#include "cosmock/fault.h"

#include "cosbase/span.h"

struct fault_member {
    const char *name;
    enum fault_member_kind {
        FAULT_KIND, /* a word of fault_kind_named() */
        FAULT_TEXT,
        FAULT_NUMBER, /* from `least` to `most` */
    } kind;
    int64_t least, most;
};
/** NULL-name-terminated. */
const struct fault_member *fault_members(void);
/** False: no kind has this name; fault_kinds_line lists them. */
bool fault_kind_named(struct cos_span name, enum cosmock_fault_kind *out);
extern const char fault_kinds_line[];
/** What cosmock_fault_push() says of a whole one. */
int fault_check(const struct cosmock_fault *fault, struct cosmock_error *err);
/** @text is borrowed. */
void fault_set_text(struct cosmock_fault *f, const struct fault_member *m, const char *text);
void fault_set_number(struct cosmock_fault *f, const struct fault_member *m, int64_t number);

#endif
