/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service does soon, and no request waits for: a worker goes to a tenant whose rows
 * say that there is something to do. What it is, services know: rows under the names of
 * WORLD_ERRANDS, put by the batch that made it necessary, taken away by the one that does it.
 * So nothing is forgotten when a process ends in between; the first request behind a restart,
 * or a call that turns a clock, sends the worker on its way.
 */
#ifndef WORLD_ERRANDS_H
#define WORLD_ERRANDS_H

#include "cosbase/base.h"
#include "cosbase/span.h"
#include "world/workers.h"

struct cosmock;
struct cosmock_tenant;

/** What the names of such documents of a bucket begin with (store/objects.h). */
#define WORLD_ERRANDS COS_SPAN_LIT("errand/")

/** Does some. True: there are more, and it is called again behind others. */
typedef bool errands_fn(struct cosmock_tenant *t);
/* Of a tenant. */
struct tenant_errands {
    bool are_there; /* atomic: rows say so, and nobody has begun to take them away since */
    bool are_told;  /* atomic: a worker has been sent since */
    bool is_queued; /* atomic: the job is the workers', with a reference */
    struct worker_job job;
};

/** Who does them, always the same one. */
void errands_by(struct cosmock *mock, errands_fn *run);
/** A row was put, or read at opening. */
void errands_note(struct cosmock_tenant *t);
/** A worker goes there soon, where somebody has said what to do. */
void errands_send(struct cosmock_tenant *t);
/** No worker has been sent to what is there. */
bool errands_are_waiting(struct cosmock_tenant *t);
/** What is there from now on is new. False: nothing is. */
bool errands_begin(struct cosmock_tenant *t);

#endif
