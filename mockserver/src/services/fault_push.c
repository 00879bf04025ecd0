/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public door of faults (cosmock/fault.h). It stands in this room because
 * only here the names of operations are known: a fault for "PutObjekt" would
 * be kept and never hit, and a test that waits for it would prove nothing.
 */
#include "services/fault_words.h"
#include "services/ops.h"
#include "services/service_rows.h"
#include "world/fail.h"
#include "world/world.h"

static int check_names(const struct cosmock_fault *f, struct cosmock_error *err)
{
    if (f->op != NULL && ops_named(f->op) == NULL) {
        char why[200];
        return world_fail(err, COSMOCK_E_INVALID, "op of a fault: %s",
                          ops_name_complaint(f->op, why, sizeof(why)));
    }
    if (f->service != NULL && service_named(f->service) == NULL) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "service of a fault is '%.40s': %s, %s, %s or %s", f->service,
                          service_row(OP_COS)->name, service_row(OP_S3)->name,
                          service_row(OP_STS)->name, service_row(OP_CAM)->name);
    }
    return 0;
}

int fault_check(const struct cosmock_fault *fault, struct cosmock_error *err)
{
    int r = check_names(fault, err);
    return r < 0 ? r : world_fault_check(fault, err);
}

int cosmock_fault_push(struct cosmock_tenant *t, const struct cosmock_fault *fault,
                       uint64_t *out_id, struct cosmock_error *err)
{
    struct cosmock_fault given;

    if (!cos_sized_copy(&given, sizeof(given), fault)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "the fault has no size: begin it with COSMOCK_FAULT_INIT");
    }
    int r = check_names(&given, err);
    const struct op_row *op = given.op == NULL ? NULL : ops_named(given.op);
    return r < 0 ? r : world_fault_push(t, &given, op, out_id, err);
}
