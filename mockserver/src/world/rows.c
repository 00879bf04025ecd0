/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a world: a kind, a name and what store/rows.c writes for it. */
#include "world/rows.h"

#include "cosbase/buf.h"
#include "store/rows.h"

#define VALUE_MAX_BYTES (16u << 20)

/* --- keys and values --- */

static struct cos_span key_of(struct rowkey_room *room, enum rowkey_kind kind,
                              struct cos_span name)
{
    return rowkey_write(room, &(struct rowkey){.kind = kind, .name = name});
}

/* What follows the kind stands as it is. */
static struct cos_span name_of(const struct row *row)
{
    return cos_span_from(row_key(row), 1);
}

static bool is_of(const struct row *row, enum rowkey_kind kind)
{
    return row->key_bytes > 1 && row->bytes[0] == (uint8_t)kind;
}

/* Into the batch with what was written into @value. */
static void put(struct batch *b, enum rowkey_kind kind, struct cos_span name,
                struct cos_buf *value)
{
    struct rowkey_room room;
    struct cos_span key = key_of(&room, kind, name);
    if (value->failed || key.len == 0) {
        batch_fail(b);
    } else {
        batch_put(b, key, cos_buf_view(value), /* blob= */ NULL);
    }
    cos_buf_deinit(value);
}

enum backend_result world_row_get(struct backend *rows, enum rowkey_kind kind,
                                  struct cos_span name, struct row **out)
{
    struct rowkey_room room;
    return rows->ops->get(rows, key_of(&room, kind, name), out);
}

void world_row_expect(struct batch *b, enum rowkey_kind kind, struct cos_span name,
                      const struct row *row)
{
    struct rowkey_room room;
    batch_expect(b, row == NULL ? EXPECT_ABSENT : EXPECT_SAME, key_of(&room, kind, name),
                 row == NULL ? COS_SPAN_EMPTY : row_value(row), /* tag= */ 0);
}

void world_row_delete(struct batch *b, enum rowkey_kind kind, struct cos_span name)
{
    struct rowkey_room room;
    batch_delete(b, key_of(&room, kind, name));
}

/* --- users --- */

bool user_row_read(const struct row *row, struct user_row *out)
{
    struct account_row said;
    if (!is_of(row, ROWKEY_ACCOUNT) || !row_read_account(row_value(row), &said)) {
        return false;
    }
    *out = (struct user_row){.order = said.order,
                             .uin = name_of(row),
                             .owner_uin = said.owner_uin,
                             .appid = said.appid,
                             .name = said.name,
                             .policies = said.policies,
                             .trust = said.trust,
                             .session_max_s = (int64_t)said.session_max_s,
                             .mfa_seed = said.mfa_seed,
                             .providers = said.providers,
                             .granted = said.granted,
                             .profile = said.profile,
                             .created_unix_ms = said.created_unix_ms,
                             .updated_unix_ms = said.updated_unix_ms,
                             .boundary = said.boundary};
    return true;
}

void user_row_put(struct batch *b, const struct user_row *u)
{
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_account(&value, &(struct account_row){.order = u->order,
                                                    .owner_uin = u->owner_uin,
                                                    .appid = u->appid,
                                                    .name = u->name,
                                                    .policies = u->policies,
                                                    .trust = u->trust,
                                                    .session_max_s = (uint64_t)u->session_max_s,
                                                    .mfa_seed = u->mfa_seed,
                                                    .providers = u->providers,
                                                    .granted = u->granted,
                                                    .profile = u->profile,
                                                    .created_unix_ms = u->created_unix_ms,
                                                    .updated_unix_ms = u->updated_unix_ms,
                                                    .boundary = u->boundary});
    put(b, ROWKEY_ACCOUNT, u->uin, &value);
}

void user_row_delete(struct batch *b, struct cos_span uin)
{
    world_row_delete(b, ROWKEY_ACCOUNT, uin);
}

void user_row_expect(struct batch *b, struct cos_span uin)
{
    struct rowkey_room room;
    batch_expect(b, EXPECT_PRESENT, key_of(&room, ROWKEY_ACCOUNT, uin), COS_SPAN_EMPTY,
                 /* tag= */ 0);
}

/* --- policies and groups --- */

bool policy_row_read(const struct row *row, struct named_policy *out)
{
    struct policy_row said;
    if (!is_of(row, ROWKEY_POLICY) || !row_read_policy(row_value(row), &said)) {
        return false;
    }
    *out = (struct named_policy){name_of(row), said};
    return true;
}

void policy_row_put(struct batch *b, const struct named_policy *p)
{
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_policy(&value, &p->said);
    put(b, ROWKEY_POLICY, p->id, &value);
}

bool group_row_read(const struct row *row, struct named_group *out)
{
    struct group_row said;
    if (!is_of(row, ROWKEY_GROUP) || !row_read_group(row_value(row), &said)) {
        return false;
    }
    *out = (struct named_group){name_of(row), said};
    return true;
}

void group_row_put(struct batch *b, const struct named_group *g)
{
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_group(&value, &g->said);
    put(b, ROWKEY_GROUP, g->id, &value);
}

/* --- keys --- */

bool key_row_read(const struct row *row, struct key_row *out)
{
    struct access_key_row said;
    if (!is_of(row, ROWKEY_ACCESS_KEY) || !row_read_access_key(row_value(row), &said)) {
        return false;
    }
    *out = (struct key_row){.order = said.order,
                            .secret_id = name_of(row),
                            .uin = said.uin,
                            .secret_key = said.secret_key,
                            .is_revoked = said.is_revoked,
                            .is_temporary = said.is_temporary,
                            .token = said.token,
                            .federated_name = said.federated_name,
                            .expires_unix_ms = said.expires_unix_ms,
                            .session = said.session,
                            .created_unix_ms = said.created_unix_ms,
                            .asked_by = said.asked_by,
                            .source_identity = said.source_identity,
                            .tags = said.tags,
                            .description = said.description};
    return true;
}

void key_row_put(struct batch *b, const struct key_row *k)
{
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_access_key(&value, &(struct access_key_row){.order = k->order,
                                                          .uin = k->uin,
                                                          .secret_key = k->secret_key,
                                                          .is_temporary = k->is_temporary,
                                                          .token = k->token,
                                                          .expires_unix_ms = k->expires_unix_ms,
                                                          .federated_name = k->federated_name,
                                                          .session = k->session,
                                                          .is_revoked = k->is_revoked,
                                                          .created_unix_ms = k->created_unix_ms,
                                                          .asked_by = k->asked_by,
                                                          .source_identity = k->source_identity,
                                                          .tags = k->tags,
                                                          .description = k->description});
    put(b, ROWKEY_ACCESS_KEY, k->secret_id, &value);
}

void key_row_delete(struct batch *b, struct cos_span secret_id)
{
    world_row_delete(b, ROWKEY_ACCESS_KEY, secret_id);
}

/* --- switches and clocks --- */

bool switch_row_read(const struct row *row, struct set_switch *out)
{
    struct switch_row said;
    if (!is_of(row, ROWKEY_SWITCH) || !row_read_switch(row_value(row), &said)) {
        return false;
    }
    *out = (struct set_switch){name_of(row), said.value};
    return true;
}

void switch_row_put(struct batch *b, const struct set_switch *s)
{
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_switch(&value, &(struct switch_row){s->value});
    put(b, ROWKEY_SWITCH, s->name, &value);
}

/* In the order of enum cosmock_clock. */
static const char *const clock_names[] = {"signature", "token", "modification"};

static struct cos_span clock_name(unsigned which)
{
    return cos_span_of(which < COS_ARRAY_LEN(clock_names) ? clock_names[which] : NULL);
}

bool clock_row_read(const struct row *row, struct set_clock *out)
{
    struct clock_row said;
    unsigned which = 0;
    while (which < COS_ARRAY_LEN(clock_names) &&
           !cos_span_eq_str(name_of(row), clock_names[which])) {
        which++;
    }
    if (!is_of(row, ROWKEY_CLOCK) || which == COS_ARRAY_LEN(clock_names) ||
        !row_read_clock(row_value(row), &said)) {
        return false;
    }
    *out = (struct set_clock){which, said.is_frozen, said.value_ms};
    return true;
}

void clock_row_put(struct batch *b, const struct set_clock *c)
{
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_clock(&value, &(struct clock_row){c->is_frozen, c->value_ms});
    put(b, ROWKEY_CLOCK, clock_name(c->which), &value);
}

void clock_row_expect(struct batch *b, unsigned which, const struct row *row)
{
    world_row_expect(b, ROWKEY_CLOCK, clock_name(which), row);
}

enum backend_result world_clock_row_get(struct backend *rows, unsigned which, struct row **out)
{
    return world_row_get(rows, ROWKEY_CLOCK, clock_name(which), out);
}

/* --- marks --- */

bool mark_row_read(const struct row *row, struct cos_span *name, struct mark *out)
{
    struct meta_row said;
    if (!is_of(row, ROWKEY_META) || !row_read_meta(row_value(row), &said)) {
        return false;
    }
    *name = name_of(row);
    *out = (struct mark){(int64_t)said.number, said.text};
    return true;
}

void mark_row_put(struct batch *b, const char *name, const struct mark *m)
{
    struct cos_buf value;
    cos_buf_init(&value, VALUE_MAX_BYTES);
    row_write_meta(&value, &(struct meta_row){(uint64_t)m->number, m->text});
    put(b, ROWKEY_META, cos_span_of(name), &value);
}

enum backend_result mark_row_get(struct backend *rows, const char *name, struct mark *m,
                                 struct row **out)
{
    struct row *row = NULL;
    struct cos_span ignored;
    enum backend_result r = world_row_get(rows, ROWKEY_META, cos_span_of(name), &row);
    if (r == BACKEND_OK && !mark_row_read(row, &ignored, m)) {
        row = row_unref(row);
        r = BACKEND_IO;
    }
    *out = row;
    return r;
}
