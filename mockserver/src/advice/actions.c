/* SPDX-License-Identifier: Apache-2.0 */
/* Action to form of its resource, by a walk through the table: nobody asks often. */
#include "advice/actions.h"

#include "services/ops.h"

static unsigned form_of(enum op_resource resource)
{
    static const unsigned forms[] = {
        [OP_RES_NONE] = 0,
        [OP_RES_STAR] = ADVICE_ON_SERVICE,
        [OP_RES_BUCKET] = ADVICE_ON_BUCKET,
        [OP_RES_PREFIX] = ADVICE_ON_LIST,
        [OP_RES_OBJECT] = ADVICE_ON_OBJECT,
        [OP_RES_COPY] = ADVICE_ON_OBJECT,
        [OP_RES_PER_KEY] = ADVICE_ON_OBJECT,
        [OP_RES_ROLE] = ADVICE_ON_ROLE,
    };
    return forms[resource];
}

static bool is_named(const char *action, struct cos_span plain)
{
    return action != NULL && cos_span_eq(cos_span_from(cos_span_of(action), 5), plain);
}

/* Actions of the service that no operation here asks for: sts-cam.md s.3.1, s.3.5. */
static const struct {
    const char *plain;
    unsigned forms;
} unasked[] = {
    {"cos:CreateAutoBackup", ADVICE_ON_SERVICE},
    {"cos:CreateInstantBackup", ADVICE_ON_SERVICE},
    {"cos:CreateJob", ADVICE_ON_SERVICE},
    {"cos:CreateMigrateUser", ADVICE_ON_SERVICE},
    {"cos:CreateMigrateVoucherTask", ADVICE_ON_SERVICE},
    {"cos:CreateMounting", ADVICE_ON_SERVICE},
    {"cos:DeleteMultipleObjects", ADVICE_ON_BUCKET},
    {"cos:DescribeAutoBackup", ADVICE_ON_SERVICE},
    {"cos:DescribeBackupTask", ADVICE_ON_SERVICE},
    {"cos:DescribeGsPkgConfig", ADVICE_ON_SERVICE},
    {"cos:DescribeJob", ADVICE_ON_SERVICE},
    {"cos:DescribeStatCosPackage", ADVICE_ON_SERVICE},
    {"cos:GetBucketAccessMonitor", ADVICE_ON_BUCKET},
    {"cos:GetBucketBandwidthQuota", ADVICE_ON_BUCKET},
    {"cos:GetBucketObjectLock", ADVICE_ON_BUCKET},
    {"cos:GetObjectVersion", ADVICE_ON_OBJECT},
    {"cos:ListBucketInventory", ADVICE_ON_BUCKET},
    {"cos:OptionsObject", ADVICE_ON_OBJECT},
};

unsigned advice_forms_of(struct cos_span plain)
{
    unsigned forms = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(unasked); i++) {
        forms |= cos_span_eq_str(plain, unasked[i].plain) ? unasked[i].forms : 0;
    }
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        if (is_named(row->action, plain) || is_named(row->action_or, plain)) {
            forms |= form_of(row->resource);
        }
    }
    return forms;
}
