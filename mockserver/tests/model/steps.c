/* SPDX-License-Identifier: Apache-2.0 */
/* What each verb asks, and what the model makes of the answer; those of the bucket here. */
#include "steps.h"

static void switch_versioning(struct run *r, const struct op *op)
{
    enum versioning wanted = op->at[CHOICE] % 2 == 0 ? ENABLED : SUSPENDED;
    struct refusals refusals = {0};
    if (wanted == SUSPENDED && r->model.has_lock) {
        model_refuse(&refusals, 409, NULL);
    }
    ask_document(r, "PUT", "/?versioning",
                 wanted == ENABLED ? "<VersioningConfiguration><Status>Enabled</Status>"
                                     "</VersioningConfiguration>"
                                   : "<VersioningConfiguration><Status>Suspended</Status>"
                                     "</VersioningConfiguration>");
    if (is_done(r, &refusals, 200)) {
        r->model.versioning = wanted;
    }
}

static void lock_bucket(struct run *r)
{
    struct refusals refusals = {0};
    if (r->model.versioning == SUSPENDED) {
        model_refuse(&refusals, 409, NULL);
    }
    ask_document(r, "PUT", "/?object-lock",
                 "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                 "</ObjectLockConfiguration>");
    if (is_done(r, &refusals, 200)) {
        r->model.has_lock = true;
    }
}

static void set_bucket_list(struct run *r, const struct op *op)
{
    enum canned acl = op->at[LIST] == PUBLIC_READ ? PUBLIC_READ : PRIVATE;
    header(r, "x-cos-acl", canned_names[acl]);
    ask_plain(r, "PUT", "/?acl");
    (void)is_done(r, &(struct refusals){0}, 200);
    r->model.acl = acl;
}

static void stranger(struct run *r, const struct op *op)
{
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const char *id = id_of(k, op->at[VERSION], text);
    struct refusals refusals = {0};
    model_refuse_stranger(&r->model, k, id, &refusals);
    (void)cosmock_switch_set(r->door.tenant, "enforcement", "enforce", NULL);
    ask_plain(r, "GET", target_of(k, NULL, id));
    (void)cosmock_switch_set(r->door.tenant, "enforcement", "off", NULL);
    (void)is_done(r, &refusals, 200);
}

void step(struct run *r, const struct op *op)
{
    static void (*const steps[VERBS])(struct run * r, const struct op *op) = {
        [PUT] = step_put,
        [COPY] = step_copy,
        [APPEND] = step_append,
        [DELETE] = step_delete_one,
        [DELETE_MANY] = step_delete_many,
        [VERSIONING] = switch_versioning,
        [TAG] = step_tag,
        [ACL] = step_set_list,
        [BUCKET_ACL] = set_bucket_list,
        [INITIATE] = step_initiate,
        [PART] = step_put_part,
        [PART_COPY] = step_copy_part,
        [COMPLETE] = step_complete,
        [ABORT] = step_abort_upload,
        [RULES] = step_add_rule,
        [PASS] = step_pass,
        [RESTORE] = step_restore,
        [RETAIN] = step_retain,
        [STRANGER] = stranger,
    };
    if (steps[op->verb] != NULL) {
        steps[op->verb](r, op);
    } else if (op->verb == LOCK) {
        lock_bucket(r);
    } else if (op->verb == SAVE) {
        step_save(r);
    } else if (op->verb == BACK) {
        step_go_back(r);
    } else {
        run_restart(r);
    }
    int64_t now = cosmock_clock_now_unix_ms(r->door.tenant, COSMOCK_CLOCK_MODIFICATION);
    if (now != r->model.now) {
        disagree(r, "the clock says %lld instead of %lld", (long long)now,
                 (long long)r->model.now);
    }
}
