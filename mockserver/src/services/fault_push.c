/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public door of faults (cosmock/fault.h). It stands in this room because
 * only here the names of operations are known: a fault for "PutObjekt" would
 * be kept and never hit, and a test that waits for it would prove nothing.
 */
#include "services/ops.h"
#include "world/fail.h"
#include "world/world.h"

int cosmock_fault_push(struct cosmock_tenant *t, const struct cosmock_fault *fault,
                       uint64_t *out_id, struct cosmock_error *err)
{
    struct cosmock_fault given;

    if (!cos_sized_copy(&given, sizeof(given), fault)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the fault has no size: begin it with COSMOCK_FAULT_INIT");
    }
    const struct op_row *op = given.op == NULL ? NULL : ops_named(given.op);
    if (given.op != NULL && op == NULL) {
        char why[200];
        return world_fail(err, COSMOCK_E_INVALID, "op of a fault: %s",
                          ops_name_complaint(given.op, why, sizeof(why)));
    }
    return world_fault_push(t, &given, op, out_id, err);
}
