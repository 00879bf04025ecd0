/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call of the CAM API, from its names to what is kept of it. An answer is written before the
 * change is kept and sent once it is. Two changes at the same time cannot both be kept
 * (world/catalog.h): the second call runs again, and one that is too unlucky is told what who
 * calls too often is told.
 *
 * The order of checks is inferred: names, then the fields that say what the call is about, then
 * rights, then whether it is there, then the rest.
 */
#include "services/cam_call.h"

#include "exchange/commit.h"
#include "exchange/question.h"
#include "exchange/sts_request.h"
#include "exchange/work.h"
#include "services/dialects.h"
#include "services/handlers.h"

enum { AGAIN_MAX = 32 };

/* --- a call --- */

bool cam_refuse(struct cosmock_exchange *x, const char *code)
{
    refuse(x, STAGE_EXECUTE, code);
    return false;
}

bool cam_say(struct cosmock_exchange *x, const char *code, struct cos_span message)
{
    sts_say(x, code, message);
    return false;
}

static void drop_answer(struct cosmock_exchange *x)
{
    cos_buf_deinit(&x->result.body);
    if (x->issued_secret_id.len > 0) {
        world_key_give_up(x->tenant, x->issued_secret_id); /* unless it is kept */
        x->issued_secret_id = COS_SPAN_EMPTY;
    }
}

static int run_again(struct cosmock_exchange *x)
{
    x->n_made_again++;
    return exchange_execute(x);
}

static int kept(struct cosmock_exchange *x)
{
    switch (x->commit->result) {
    case BACKEND_OK:
        return 0;
    case BACKEND_UNEXPECTED:
        drop_answer(x);
        x->result.status = 0;
        if (x->n_made_again < AGAIN_MAX) {
            x->then = run_again; /* by stage commit, so that tries do not lie in each other */
        } else {
            (void)cam_refuse(x, "RequestLimitExceeded");
        }
        return 0;
    case BACKEND_NO_ROOM:
    case BACKEND_IO:
        drop_answer(x);
        exchange_refuse_backend(x, STAGE_EXECUTE, x->commit->result,
                                cos_span_of(x->commit->reason));
        return 0;
    case BACKEND_ABSENT:
    case BACKEND_NOMEM:
        break;
    }
    return -1;
}

static int keep(struct cosmock_exchange *x, struct catalog *c)
{
    if (x->result.status == 0) {
        struct cos_jw w;
        cam_begin(x, &w);
        cam_end(x, &w);
    }
    return exchange_commit(x, catalog_batch(c), kept);
}

static int work_on(struct cosmock_exchange *x, struct catalog *c, cam_work *work)
{
    bool is_changed = work(x, c);
    if (is_refused(x) || x->arena.failed) {
        drop_answer(x);
        return x->arena.failed ? -1 : 0;
    }
    return is_changed ? keep(x, c) : 0;
}

/* All that an account keeps is read: thousands of rows, where it has thousands of users. */
bool cam_is_long(const struct cosmock_exchange *x)
{
    return true;
}

int cam_run(struct cosmock_exchange *x, const char *const *known, cam_work *work)
{
    if (!sts_is_somebody(x) || !sts_check_fields(x, known)) {
        return 0;
    }
    struct catalog c;
    enum backend_result r =
        catalog_read(&c, x->tenant, &x->arena, cos_span_of(x->principal.who.owner_uin));
    int result = -1;
    if (r == BACKEND_OK) {
        result = work_on(x, &c, work);
    } else if (r == BACKEND_IO) {
        exchange_refuse_backend(x, STAGE_EXECUTE, r,
                                COS_SPAN_LIT("what the account keeps in CAM cannot be read"));
        result = 0;
    }
    catalog_release(&c);
    return result;
}

/* --- rights --- */

static bool ask(struct cosmock_exchange *x, const char *action, const struct cos_span names[2])
{
    struct cam_verdict verdict;
    question_ask_names(x, action, names, &verdict);
    if (verdict.allowed) {
        return true;
    }
    x->identity.detail = verdict.why;
    refuse_with(x, STAGE_AUTHZ, "UnauthorizedOperation",
                dialect_sts_not_authorized(x, action, names[0]), COS_SPAN_EMPTY);
    return false;
}

static struct cos_span name_of(struct cosmock_exchange *x, const char *kind, struct cos_span id)
{
    return cos_arena_printf(&x->arena, "qcs::cam::uin/%s:%s/" COS_SPAN_FMT,
                            x->principal.who.owner_uin, kind, COS_SPAN_ARG(id));
}

bool cam_may_besides(struct cosmock_exchange *x, const char *action, const char *kind,
                     struct cos_span id)
{
    const struct cos_span names[2] = {name_of(x, kind, id), COS_SPAN_EMPTY};
    return ask(x, action, names);
}

bool cam_may(struct cosmock_exchange *x, const char *kind, struct cos_span id)
{
    return cam_may_besides(x, x->route.op->action, kind, id);
}

bool cam_may_all(struct cosmock_exchange *x, const char *kind)
{
    return cam_may(x, kind, COS_SPAN_LIT("*"));
}

bool cam_may_role(struct cosmock_exchange *x, const struct catalog_user *role)
{
    const struct cos_span names[2] = {name_of(x, "roleName", role->said.name),
                                      name_of(x, "role", role->said.uin)};
    return ask(x, x->route.op->action, names);
}

/* --- what is found --- */

struct catalog_policy *cam_policy_of(struct cosmock_exchange *x, struct catalog *c,
                                     const char *code)
{
    struct cos_span id;
    if (!cam_read_id(x, "PolicyId", /* is_optional= */ false, &id) ||
        !cam_may(x, "policyid", id)) {
        return NULL;
    }
    struct catalog_policy *p = catalog_policy(c, id);
    if (p == NULL) {
        (void)cam_refuse(x, code);
    }
    return p;
}

struct catalog_user *cam_user_of(struct cosmock_exchange *x, struct catalog *c,
                                 const char *field, const char *code)
{
    struct cos_span uin;
    if (!cam_read_id(x, field, /* is_optional= */ false, &uin) || !cam_may(x, "uin", uin)) {
        return NULL;
    }
    struct catalog_user *u = catalog_user(c, uin);
    if (u == NULL || u->said.trust.len > 0) {
        (void)cam_refuse(x, code);
        return NULL;
    }
    return u;
}

struct catalog_group *cam_group_of(struct cosmock_exchange *x, struct catalog *c,
                                   const char *field, const char *code)
{
    struct cos_span id;
    if (!cam_read_id(x, field, /* is_optional= */ false, &id) || !cam_may(x, "groupid", id)) {
        return NULL;
    }
    struct catalog_group *g = catalog_group(c, id);
    if (g == NULL) {
        (void)cam_refuse(x, code);
    }
    return g;
}

/* Some calls take the id as a number of JSON (py cam models.py), which is not exact beyond
 * 2^53 (cosbase/json.h): the role whose id is the nearest to it. */
static struct catalog_user *role_by_id(struct catalog *c, const struct sts_field *f)
{
    struct catalog_user *r = catalog_user(c, f->value);
    double number = f->kind == STS_NUMBER ? strtod(f->value.ptr, NULL) : 0;
    for (size_t i = 0; i < c->n_users && r == NULL && f->kind == STS_NUMBER; i++) {
        const char *id = cos_arena_str(c->arena, c->users[i].said.uin);
        bool is_it = id != NULL && c->users[i].said.trust.len > 0 && strtod(id, NULL) == number;
        r = is_it ? &c->users[i] : NULL;
    }
    return r != NULL && r->said.trust.len > 0 ? r : NULL;
}

struct catalog_user *cam_role_of(struct cosmock_exchange *x, struct catalog *c,
                                 const char *id_field, const char *name_field)
{
    const struct sts_field *id = sts_field_get(x->sts, id_field);
    const struct sts_field *name = sts_field_get(x->sts, name_field);
    id = id != NULL && id->value.len > 0 ? id : NULL;
    if (id == NULL && (name == NULL || name->value.len == 0)) {
        (void)cam_say(x, "InvalidParameter.ParamError",
                      cos_arena_printf(&x->arena, "one of %s and %s must be there", id_field,
                                       name_field));
        return NULL;
    }
    struct catalog_user *r =
        id != NULL ? role_by_id(c, id) : catalog_role_named(c, name->value);
    if (r == NULL) {
        /* whoever may not ask is not told either */
        if (cam_may(x, id != NULL ? "role" : "roleName",
                    id != NULL ? id->value : name->value)) {
            (void)cam_refuse(x, "InvalidParameter.RoleNotExist");
        }
        return NULL;
    }
    return cam_may_role(x, r) ? r : NULL;
}
