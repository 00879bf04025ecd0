/* SPDX-License-Identifier: Apache-2.0 */
/* One member, written for the command and for the control API: both print it. */
#include "world/keys_json.h"

#include "cosbase/json.h"

static void write_key(void *ctx, const struct cosmock_key *key)
{
    cos_jw_object(ctx, /* name= */ NULL);
    cos_jw_str(ctx, "uin", key->uin);
    cos_jw_str(ctx, "user", key->user);
    cos_jw_str(ctx, "secret_id", key->secret_id);
    cos_jw_str(ctx, "secret_key", key->secret_key);
    cos_jw_end(ctx);
}

int keys_json(struct cos_jw *w, struct cosmock_tenant *t)
{
    cos_jw_array(w, "keys");
    int r = cosmock_key_each(t, write_key, w);
    cos_jw_end(w);
    return r;
}
