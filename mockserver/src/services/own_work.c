/* SPDX-License-Identifier: Apache-2.0 */
/* Such an entry has no method, no target and no peer: nobody asked for it. */
#include "services/own_work.h"

#define OP_OF(id, op) op,
static const char *const ops[OWN_WORK_KINDS] = {OWN_WORKS(OP_OF)};

bool own_work_is_op(const char *op)
{
    for (size_t i = 0; i < OWN_WORK_KINDS; i++) {
        if (strcmp(ops[i], op) == 0) {
            return true;
        }
    }
    return false;
}

void own_work_tell(struct cosmock_tenant *t, const struct own_work *w)
{
    struct clock_sample now;
    world_clock_sample(t, &now);
    struct entry_draft e = {.entry = {.at_unix_ms = now.signature_unix_ms,
                                      .real_unix_ms = now.real_unix_ms,
                                      .http_status = w->status,
                                      .bytes_in = w->bytes}};
    e.texts.service = COS_SPAN_LIT("cos");
    e.texts.op = cos_span_of(ops[w->kind]);
    e.texts.bucket = cos_span_of(w->bucket);
    e.texts.key = w->key;
    e.texts.code = cos_span_of(w->code);
    e.texts.detail = w->detail;
    world_journal_add(t, &e);
}
