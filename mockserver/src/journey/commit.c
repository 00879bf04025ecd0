/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer goes out when what it says is kept. Where that takes time, on a disk, the request
 * has waited between execute and this stage, which is the second half of its handler. In memory
 * everything is kept at once, and nothing is left to do here.
 */
#include "journey/stages.h"

#include "exchange/commit.h"

void stage_commit(struct cosmock_exchange *x)
{
    if (exchange_commit_end(x) != 0) {
        x->failed = true;
    }
}
