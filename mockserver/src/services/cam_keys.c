/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access keys (cam-conditions.md s.7.1, s.8; py cam models.py). A secret is told once, by the
 * call that makes the key. An inactive key is one that is revoked: nobody gets in with it, and
 * it is still listed. A user of an account may, with the right to, manage the keys of others in
 * it, but never those of the account itself.
 */
#include "services/cam_keys.h"
#include "services/handlers.h"

#include "exchange/sts_request.h"
#include "world/maps.h"

enum { KEYS_MAX = 2, DESCRIPTION_MAX_BYTES = 1024, ASKED_MAX = 10 };

static void count_key(void *ctx, const struct access_key *key)
{
    (*(size_t *)ctx)++;
}

size_t cam_count_keys(struct cosmock_exchange *x, struct cos_span uin)
{
    const char *text = cos_arena_str(&x->arena, uin);
    struct user *u = text == NULL ? NULL : world_user_find(x->tenant, text);
    size_t n = 0;
    if (u != NULL) {
        (void)world_keys_of(x->tenant, u, count_key, &n);
    }
    (void)user_unref(u);
    return n;
}

/* An id that is claimed: 0; negative: no memory. */
static int draw(struct cosmock_exchange *x, struct made_key *made)
{
    int r = 1;
    while (r == 1) {
        world_key_make_up(x->tenant, made);
        made->secret_id[36] = '\0';
        made->secret_key[32] = '\0';
        r = world_key_claim(x->tenant, cos_span_of(made->secret_id));
    }
    return r;
}

bool cam_make_key(struct cosmock_exchange *x, struct catalog *c, struct cos_span uin,
                  struct cos_span description, struct cam_new_key *out)
{
    struct made_key made;
    struct batch *b = catalog_besides(c);
    if (b == NULL || draw(x, &made) < 0) {
        x->arena.failed = true;
        return false;
    }
    out->secret_id = cos_arena_span(&x->arena, cos_span_of(made.secret_id));
    out->secret_key = cos_arena_span(&x->arena, cos_span_of(made.secret_key));
    cos_wipe(&made, sizeof(made));
    x->issued_secret_id = out->secret_id;
    key_row_put(b, &(struct key_row){.order = world_next_order(x->tenant),
                                     .secret_id = out->secret_id,
                                     .uin = uin,
                                     .secret_key = out->secret_key,
                                     .created_unix_ms = x->now.modification_unix_ms,
                                     .description = description});
    return true;
}

/* --- whose --- */

/* TargetUin, or the caller. */
static struct catalog_user *target(struct cosmock_exchange *x, struct catalog *c)
{
    struct cos_span uin;
    if (!cam_read_id(x, "TargetUin", /* is_optional= */ true, &uin)) {
        return NULL;
    }
    uin = uin.ptr != NULL ? uin : cos_span_of(x->principal.who.uin);
    bool is_accounts = cos_span_eq(uin, c->owner_uin);
    if (is_accounts && !cam_speaks_for_account(&x->principal.who)) {
        (void)cam_refuse(x, "OperationDenied.SubUin");
        return NULL;
    }
    struct catalog_user *u = cam_may(x, "uin", uin) ? catalog_user(c, uin) : NULL;
    if (!is_refused(x) && (u == NULL || u->said.trust.len > 0)) {
        (void)cam_refuse(x, "InvalidParameter.UserNotExist");
        return NULL;
    }
    return u;
}

/* --- CreateAccessKey --- */

static void write_key_head(struct cos_jw *w, struct cos_span id, bool is_active)
{
    cos_jw_span(w, "AccessKeyId", id);
    cos_jw_str(w, "Status", is_active ? "Active" : "Inactive");
}

static bool create_access_key(struct cosmock_exchange *x, struct catalog *c)
{
    static const struct sts_text description = {.name = "Description",
                                                .min_bytes = 1,
                                                .max_bytes = DESCRIPTION_MAX_BYTES,
                                                .more_chars = "_+=,.@:/-",
                                                .is_optional = true};
    struct cos_span said;
    struct cam_new_key key;
    const struct catalog_user *u = target(x, c);
    if (u == NULL || !sts_read_text(x, &description, &said)) {
        return false;
    }
    if (cam_count_keys(x, u->said.uin) >= KEYS_MAX) {
        return cam_refuse(x, "OperationDenied.AccessKeyOverLimit");
    }
    if (!cam_make_key(x, c, u->said.uin, said.ptr == NULL ? COS_SPAN_EMPTY : said, &key)) {
        return false;
    }
    struct cos_jw w;
    cam_begin(x, &w);
    cos_jw_object(&w, "AccessKey");
    write_key_head(&w, key.secret_id, /* is_active= */ true);
    cos_jw_span(&w, "SecretAccessKey", key.secret_key);
    cam_write_time(&w, "CreateTime", x->now.modification_unix_ms);
    cos_jw_span(&w, "Description", said.ptr == NULL ? COS_SPAN_EMPTY : said);
    cos_jw_end(&w);
    cam_end(x, &w);
    return true;
}

int op_create_access_key(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin", "Description", NULL};
    return cam_run(x, known, create_access_key);
}

/* --- ListAccessKeys --- */

/* What is said of a key stands in its row alone. */
static struct row *row_of(struct cosmock_exchange *x, struct cos_span id, struct key_row *out)
{
    struct row *row = NULL;
    if (world_row_get(x->tenant->rows, ROWKEY_ACCESS_KEY, id, &row) != BACKEND_OK ||
        !key_row_read(row, out)) {
        return row_unref(row);
    }
    return row;
}

struct listing {
    struct cosmock_exchange *x;
    struct cos_jw w;
};

static void list_key(void *ctx, const struct access_key *key)
{
    struct listing *l = ctx;
    struct key_row said = {.order = 0};
    struct row *row = row_of(l->x, cos_span_of(key->secret_id), &said);
    if (row != NULL) {
        cos_jw_object(&l->w, /* name= */ NULL);
        write_key_head(&l->w, said.secret_id, !said.is_revoked);
        cam_write_time(&l->w, "CreateTime", said.created_unix_ms);
        cos_jw_span(&l->w, "Description", said.description);
        cos_jw_end(&l->w);
    }
    row_unref(row);
}

static bool list_access_keys(struct cosmock_exchange *x, struct catalog *c)
{
    const struct catalog_user *u = target(x, c);
    const char *uin = u == NULL ? NULL : cos_arena_str(&x->arena, u->said.uin);
    struct user *owner = uin == NULL ? NULL : world_user_find(x->tenant, uin);
    if (owner != NULL) {
        struct listing l = {.x = x};
        cam_begin(x, &l.w);
        cos_jw_array(&l.w, "AccessKeys");
        (void)world_keys_of(x->tenant, owner, list_key, &l);
        cos_jw_end(&l.w);
        cam_end(x, &l.w);
    } else if (u != NULL) {
        (void)cam_refuse(x, "InvalidParameter.UserNotExist"); /* gone meanwhile */
    }
    (void)user_unref(owner);
    return false;
}

int op_list_access_keys(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin", NULL};
    return cam_run(x, known, list_access_keys);
}

/* --- one that is there --- */

/* A reference to its row; NULL: refused. */
static struct row *key_of(struct cosmock_exchange *x, struct catalog *c, struct key_row *out)
{
    struct cos_span id;
    if (!cam_read_text(x, "AccessKeyId", /* is_optional= */ false, &id)) {
        return NULL;
    }
    const struct catalog_user *u = target(x, c);
    if (u == NULL) {
        return NULL;
    }
    struct row *row = row_of(x, id, out);
    if (row == NULL || out->is_temporary) {
        (void)cam_refuse(x, "ResourceNotFound.SecretNotExist");
        return row_unref(row);
    }
    if (!cos_span_eq(out->uin, u->said.uin)) {
        (void)cam_refuse(x, "OperationDenied.UinNotMatch");
        return row_unref(row);
    }
    return row;
}

/* The key changes or goes, where it is as it was read. */
static bool put_key(struct catalog *c, const struct row *row, const struct key_row *said)
{
    struct batch *b = catalog_besides(c);
    if (b == NULL) {
        return false;
    }
    world_row_expect(b, ROWKEY_ACCESS_KEY, cos_span_from(row_key(row), 1), row);
    if (said == NULL) {
        key_row_delete(b, cos_span_from(row_key(row), 1));
    } else {
        key_row_put(b, said);
    }
    return true;
}

static bool update_access_key(struct cosmock_exchange *x, struct catalog *c)
{
    struct key_row said = {.order = 0};
    struct cos_span status;
    struct row *row = key_of(x, c, &said);
    if (row == NULL) {
        return false;
    }
    bool is_changed = false;
    if (cam_read_text(x, "Status", /* is_optional= */ false, &status)) {
        said.is_revoked = cos_span_eq_str(status, "Inactive");
        is_changed = said.is_revoked || cos_span_eq_str(status, "Active")
                         ? put_key(c, row, &said)
                         : cam_say(x, "InvalidParameter.ParamError",
                                   COS_SPAN_LIT("Status must be Active or Inactive"));
    }
    row_unref(row);
    return is_changed;
}

int op_update_access_key(struct cosmock_exchange *x)
{
    static const char *const known[] = {"AccessKeyId", "Status", "TargetUin", NULL};
    return cam_run(x, known, update_access_key);
}

static bool delete_access_key(struct cosmock_exchange *x, struct catalog *c)
{
    struct key_row said = {.order = 0};
    struct row *row = key_of(x, c, &said);
    bool is_changed = row != NULL && put_key(c, row, /* said= */ NULL);
    row_unref(row);
    return is_changed;
}

int op_delete_access_key(struct cosmock_exchange *x)
{
    static const char *const known[] = {"AccessKeyId", "TargetUin", NULL};
    return cam_run(x, known, delete_access_key);
}
