/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE PLANS. parse and route come before each, respond and journal run behind it whatever
 * happened; a refusal ends the walk, and so does our own failure. A request remembers where it
 * stands, so a walk may end with the head, go on with the body, and be taken up again when what
 * a stage waits for is there (exchange/wait.h).
 *
 * Where the head says everything, everything that judges stands in the first part, and a
 * refusal comes before a byte of the body is kept (design.md s.3). Where the signature covers
 * the body (STS, sts-cam.md s.1), it stands behind the fields: those are the whole body there,
 * so body_end opens that part. A form has its fields before its file (cos-operations-2.md s.3),
 * so that part is walked within the body, and a refusal comes before a byte of the file is
 * kept; where no file comes, at the end. What is due by the clock is done before: within a body
 * nobody could hold back its next bytes.
 */
#include "journey/plan.h"

#include "exchange/wait.h"
#include "journey/stages.h"

#define STAGES_MAX 12

typedef void stage_fn(struct cosmock_exchange *x);

static stage_fn
    *const plans[][PLAN_PARTS][STAGES_MAX] =
        {
            [PLAN_BY_HEAD] =
                {
                    [PLAN_HEAD] = {stage_fault, stage_authn, stage_clock, stage_commit,
                                   stage_target, stage_admit, stage_authz, stage_body_begin},
                    [PLAN_END] = {stage_body_end, stage_body_check, stage_origin, stage_commit,
                                  stage_execute, stage_commit},
                },
            [PLAN_BY_FIELDS] =
                {
                    [PLAN_HEAD] = {stage_body_begin},
                    [PLAN_FIELDS] = {stage_body_end, stage_body_check, stage_signed_fields,
                                     stage_commit, stage_clock, stage_commit, stage_target,
                                     stage_authz},
                    [PLAN_END] = {stage_execute, stage_commit},
                },
            [PLAN_BY_FORM] =
                {
                    [PLAN_HEAD] = {stage_clock, stage_commit, stage_form_begin},
                    [PLAN_FIELDS] = {stage_form_fields, stage_fault, stage_authn,
                                     stage_form_headers, stage_target, stage_admit, stage_authz,
                                     stage_form_file},
                    [PLAN_END] = {stage_body_end, stage_form_end, stage_body_check,
                                  stage_execute, stage_commit},
                },
};

bool plan_may_go_on(struct cosmock_exchange *x)
{
    x->failed = x->failed || x->arena.failed;
    return !x->failed && !is_refused(x) && x->tenant != NULL;
}

void plan_walk(struct cosmock_exchange *x, enum plan_part until)
{
    struct progress *p = &x->progress;
    /* nothing is looked at while it waits: a worker may have it */
    while (p->part <= until && !exchange_is_waiting(x) && plan_may_go_on(x)) {
        stage_fn *stage = p->stage < STAGES_MAX ? plans[p->plan][p->part][p->stage] : NULL;
        if (stage == NULL) {
            p->part++;
            p->stage = 0;
        } else {
            p->stage++;
            stage(x);
            if (stage == stage_commit && (exchange_is_waiting(x) || x->then != NULL)) {
                p->stage--; /* what was read had changed: another commit is due */
            }
        }
    }
}
