/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the signature covers the body, three stages read all of it: what it asks for, which
 * fault is due for that, and who signed it; the journal wants its digest besides. Of 10 MiB,
 * which anybody may send, that is a third of a second: a worker does it.
 */
#include "journey/plan.h"
#include "journey/stages.h"

#include "cosbase/digest.h"
#include "exchange/work.h"

static void keep_digest(struct cosmock_exchange *x)
{
    char hex[2 * COS_SHA256_BYTES + 1];
    cos_sha256_hex(hex, cos_buf_cstr(&x->body.small), x->body.small.len);
    x->stored_sha256 = cos_arena_span(&x->arena, cos_span_of(hex));
}

static int read_all(struct cosmock_exchange *x)
{
    void (*const stages[])(struct cosmock_exchange * x) = {stage_fields, stage_fault,
                                                           stage_authn};
    for (size_t i = 0; i < COS_ARRAY_LEN(stages) && plan_may_go_on(x); i++) {
        stages[i](x);
    }
    if (x->body.small.len >= WORK_MIN_TEXT_BYTES) {
        keep_digest(x);
    }
    return 0;
}

void stage_signed_fields(struct cosmock_exchange *x)
{
    bool is_long = x->body.small.len >= WORK_MIN_TEXT_BYTES;
    (void)(is_long ? exchange_work(x, read_all) : read_all(x)); /* it says x->failed itself */
}
