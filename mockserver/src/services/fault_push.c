/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public door of faults (cosmock/fault.h). It stands in this room because only here the names of operations are known: a fault for "PutObjekt" would be
 * kept and never hit, and a test that waits for it would prove nothing.
 */
#include "services/ops.h"
#include "world/fail.h"
#include "world/world.h"

int cosmock_fault_push(struct cosmock_tenant *t, const struct cosmock_fault *fault,
                       uint64_t *out_id, struct cosmock_error *err)
{
    char why[200];

    if (fault->op != NULL && ops_name_complaint(fault->op, why, sizeof(why)) != NULL) {
        return world_fail(err, COSMOCK_E_INVALID, "op of a fault: %s", why);
    }
    return world_fault_push(t, fault, out_id, err);
}
