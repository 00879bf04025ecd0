/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temporary key at the end of a call of STS, and the answer with it. ExpiredTime is the very
 * second the key ends: floor(TOKEN clock) + DurationSeconds, or + ttl_override. Nothing is
 * answered before the key is kept.
 */
#include "services/sts_call.h"

#include "cosbase/date.h"
#include "exchange/commit.h"

void sts_begin_response(struct cosmock_exchange *x, struct cos_jw *w)
{
    cos_buf_init(&x->result.body, 64u << 10);
    cos_jw_init(w, &x->result.body);
    cos_jw_object(w, NULL);
    cos_jw_object(w, "Response");
}

void sts_end_response(struct cosmock_exchange *x, struct cos_jw *w)
{
    cos_jw_str(w, "RequestId", exchange_request_id(x));
    cos_jw_end(w);
    cos_jw_end(w);
    x->result.status = 200;
}

static void write_credentials(struct cosmock_exchange *x, const struct access_key *key)
{
    int64_t expires_s = key->expires_unix_ms / 1000;
    char iso[21];
    cos_date_iso(iso, expires_s);
    struct cos_jw w;
    sts_begin_response(x, &w);
    cos_jw_object(&w, "Credentials");
    cos_jw_span(&w, "Token", cos_secret_view(&key->token));
    cos_jw_str(&w, "TmpSecretId", key->secret_id);
    cos_jw_span(&w, "TmpSecretKey", cos_secret_view(&key->secret_key));
    cos_jw_end(&w);
    cos_jw_i64(&w, "ExpiredTime", expires_s);
    cos_jw_str(&w, "Expiration", iso);
    sts_end_response(x, &w);
}

/* A key that is not there after all leaves no name behind. */
static int not_issued(struct cosmock_exchange *x)
{
    enum backend_result r = x->commit->result;
    world_key_give_up(x->tenant, x->issued_secret_id);
    x->issued_secret_id = COS_SPAN_EMPTY;
    if (r == BACKEND_NOMEM) {
        return -1;
    }
    if (r == BACKEND_NO_ROOM || r == BACKEND_IO) {
        exchange_refuse_backend(x, STAGE_EXECUTE, r, cos_span_of(x->commit->reason));
    } else {
        refuse(x, STAGE_EXECUTE, "AuthFailure.SecretIdNotFound"); /* its user has gone */
    }
    return 0;
}

static int issued(struct cosmock_exchange *x)
{
    struct access_key *key =
        x->commit->result == BACKEND_OK ? world_key_find(x->tenant, x->issued_secret_id) : NULL;
    if (key == NULL) {
        return not_issued(x);
    }
    write_credentials(x, key);
    (void)access_key_unref(key);
    return 0;
}

static bool has_room(struct cosmock_exchange *x)
{
    if (budget_left(&x->mock->memory) > 0) {
        return true;
    }
    x->identity.detail = COS_SPAN_LIT("the memory limit is reached and tokens are kept; "
                                      "delete something, or raise it (cosmock "
                                      "--memory-limit)");
    refuse(x, STAGE_EXECUTE, "RequestLimitExceeded");
    return false;
}

int sts_issue(struct cosmock_exchange *x, const struct sts_grant *grant)
{
    if (!has_room(x)) {
        return 0;
    }
    int64_t override_s = __atomic_load_n(&x->tenant->ttl_override_s, __ATOMIC_ACQUIRE);
    int64_t ttl_s = override_s != 0 ? override_s : grant->duration_s;
    const struct key_grant granted = {
        .user = grant->user,
        .federated_name = cos_arena_str(&x->arena, grant->name),
        .session = grant->session,
        .expires_unix_ms = (x->now.token_unix_ms / 1000 + ttl_s) * 1000,
        .asked_by = grant->asked_by,
        .source_identity = grant->source_identity,
        .tags = grant->tags,
    };
    struct batch *batch = granted.federated_name == NULL ? NULL : batch_new();
    if (batch == NULL ||
        world_key_grant(x->tenant, batch, &granted, &x->issued_secret_id, &x->arena) != 0) {
        (void)batch_free(batch);
        return -1;
    }
    int r = exchange_commit(x, batch, issued);
    if (r < 0) {
        world_key_give_up(x->tenant, x->issued_secret_id);
    }
    return r;
}
