/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a world. A value begins with its format; numbers are big-endian, a text has its
 * length before it. A reader takes what is there and no more: a row that ends too early, or
 * goes on, is none.
 */
#include "world/rows.h"

#include "cosbase/buf.h"

#define FORMAT 1
#define VALUE_MAX_BYTES (16u << 20)
enum { KEY_TEMPORARY = 1, KEY_REVOKED = 2, KEY_SESSION = 4 };

/* --- writing --- */

static void put_number(struct cos_buf *v, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        cos_buf_ch(v, (char)(unsigned char)(number >> shift));
    }
}

static void put_text(struct cos_buf *v, struct cos_span text)
{
    put_number(v, text.len);
    cos_buf_span(v, text);
}

static void begin(struct cos_buf *v)
{
    cos_buf_init(v, VALUE_MAX_BYTES);
    cos_buf_ch(v, FORMAT);
}

static void key_of(struct cos_buf *key, enum world_row_kind kind, struct cos_span name)
{
    cos_buf_init(key, 4096);
    cos_buf_ch(key, (char)kind);
    cos_buf_span(key, name);
}

/* The value is made: into the batch with it. */
static void end(struct batch *b, enum world_row_kind kind, struct cos_span name,
                struct cos_buf *v)
{
    struct cos_buf key;
    key_of(&key, kind, name);
    if (key.failed || v->failed) {
        batch_fail(b);
    } else {
        batch_put(b, cos_buf_view(&key), cos_buf_view(v), /* blob= */ NULL);
    }
    cos_buf_deinit(&key);
    cos_buf_deinit(v);
}

/* --- reading --- */

/* What is left of a value; ptr NULL once it was less than it should be. */
static uint64_t take_number(struct cos_span *rest)
{
    if (rest->ptr == NULL || rest->len < 8) {
        *rest = (struct cos_span){NULL, 0};
        return 0;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | (unsigned char)rest->ptr[i];
    }
    *rest = cos_span_make(rest->ptr + 8, rest->len - 8);
    return number;
}

static unsigned take_byte(struct cos_span *rest)
{
    if (rest->ptr == NULL || rest->len == 0) {
        *rest = (struct cos_span){NULL, 0};
        return 0;
    }
    unsigned byte = (unsigned char)rest->ptr[0];
    *rest = cos_span_make(rest->ptr + 1, rest->len - 1);
    return byte;
}

static struct cos_span take_text(struct cos_span *rest)
{
    uint64_t n = take_number(rest);
    if (rest->ptr == NULL || n > rest->len) {
        *rest = (struct cos_span){NULL, 0};
        return COS_SPAN_EMPTY;
    }
    struct cos_span text = cos_span_make(rest->ptr, (size_t)n);
    *rest = cos_span_make(rest->ptr + n, rest->len - (size_t)n);
    return text;
}

/* The value of a row of this kind, behind its format; ptr NULL: it is none. */
static struct cos_span value_of(const struct row *row, enum world_row_kind kind)
{
    struct cos_span value = row_value(row);
    struct cos_span key = row_key(row);
    if (key.len < 2 || key.ptr[0] != (char)kind || take_byte(&value) != FORMAT) {
        return (struct cos_span){NULL, 0};
    }
    return value;
}

static bool is_read(struct cos_span rest)
{
    return rest.ptr != NULL && rest.len == 0;
}

static struct cos_span name_of(const struct row *row)
{
    return cos_span_from(row_key(row), 1);
}

/* --- users --- */

bool user_row_read(const struct row *row, struct user_row *out)
{
    struct cos_span rest = value_of(row, ROW_USER);
    struct user_row u = {.uin = name_of(row)};
    u.order = take_number(&rest);
    u.owner_uin = take_text(&rest);
    u.appid = take_text(&rest);
    u.name = take_text(&rest);
    u.n_policies = (size_t)take_number(&rest);
    u.policies = rest;
    for (size_t i = 0; i < u.n_policies && rest.ptr != NULL; i++) {
        (void)take_text(&rest);
        (void)take_text(&rest);
    }
    if (!is_read(rest)) {
        return false;
    }
    *out = u;
    return true;
}

bool user_row_policy(struct user_row *u, struct policy_row *out)
{
    if (u->policies.ptr == NULL || u->policies.len == 0) {
        return false;
    }
    out->name = take_text(&u->policies);
    out->json = take_text(&u->policies);
    return true;
}

void user_row_put(struct batch *b, const struct user_row *u, const struct policy_row *policies,
                  size_t n)
{
    struct cos_buf v;
    begin(&v);
    put_number(&v, u->order);
    put_text(&v, u->owner_uin);
    put_text(&v, u->appid);
    put_text(&v, u->name);
    put_number(&v, n);
    for (size_t i = 0; i < n; i++) {
        put_text(&v, policies[i].name);
        put_text(&v, policies[i].json);
    }
    end(b, ROW_USER, u->uin, &v);
}

struct cos_span user_row_key(char out[32], struct cos_span uin)
{
    int n = snprintf(out, 32, "%c" COS_SPAN_FMT, ROW_USER, COS_SPAN_ARG(uin));
    return cos_span_make(out, (size_t)n);
}

/* --- keys --- */

bool key_row_read(const struct row *row, struct key_row *out)
{
    struct cos_span rest = value_of(row, ROW_KEY);
    struct key_row k = {.secret_id = name_of(row)};
    unsigned flags = take_byte(&rest);
    k.order = take_number(&rest);
    k.uin = take_text(&rest);
    k.secret_key = take_text(&rest);
    k.is_revoked = (flags & KEY_REVOKED) != 0;
    k.is_temporary = (flags & KEY_TEMPORARY) != 0;
    if (k.is_temporary) {
        k.token = take_text(&rest);
        k.federated_name = take_text(&rest);
        k.expires_unix_ms = (int64_t)take_number(&rest);
        k.has_session = (flags & KEY_SESSION) != 0;
        k.session = take_text(&rest);
    }
    if (!is_read(rest)) {
        return false;
    }
    *out = k;
    return true;
}

void key_row_put(struct batch *b, const struct key_row *k)
{
    struct cos_buf v;
    begin(&v);
    cos_buf_ch(&v,
               (char)((k->is_temporary ? KEY_TEMPORARY : 0) |
                      (k->is_revoked ? KEY_REVOKED : 0) | (k->has_session ? KEY_SESSION : 0)));
    put_number(&v, k->order);
    put_text(&v, k->uin);
    put_text(&v, k->secret_key);
    if (k->is_temporary) {
        put_text(&v, k->token);
        put_text(&v, k->federated_name);
        put_number(&v, (uint64_t)k->expires_unix_ms);
        put_text(&v, k->session);
    }
    end(b, ROW_KEY, k->secret_id, &v);
}

void key_row_delete(struct batch *b, struct cos_span secret_id)
{
    struct cos_buf key;
    key_of(&key, ROW_KEY, secret_id);
    if (key.failed) {
        batch_fail(b);
    } else {
        batch_delete(b, cos_buf_view(&key));
    }
    cos_buf_deinit(&key);
}

struct row *key_row_get(struct backend *rows, struct cos_span secret_id)
{
    struct cos_buf key;
    key_of(&key, ROW_KEY, secret_id);
    struct row *row = NULL;
    bool is_found = !key.failed && rows->ops->get(rows, cos_buf_view(&key), &row) == BACKEND_OK;
    cos_buf_deinit(&key);
    return is_found ? row : NULL;
}

/* --- switches, clocks --- */

bool switch_row_read(const struct row *row, struct switch_row_text *out)
{
    struct cos_span rest = value_of(row, ROW_SWITCH);
    struct switch_row_text s = {.name = name_of(row)};
    s.value = take_text(&rest);
    if (!is_read(rest)) {
        return false;
    }
    *out = s;
    return true;
}

void switch_row_put(struct batch *b, struct cos_span name, struct cos_span value)
{
    struct cos_buf v;
    begin(&v);
    put_text(&v, value);
    end(b, ROW_SWITCH, name, &v);
}

bool clock_row_read(const struct row *row, struct clock_row *out)
{
    struct cos_span rest = value_of(row, ROW_CLOCK);
    struct cos_span name = name_of(row);
    int64_t word = (int64_t)take_number(&rest);
    if (!is_read(rest) || name.len != 1 || name.ptr[0] < '0' || name.ptr[0] > '9') {
        return false;
    }
    *out = (struct clock_row){(unsigned)(name.ptr[0] - '0'), word};
    return true;
}

struct cos_span clock_row_key(char out[2], unsigned which)
{
    out[0] = ROW_CLOCK;
    out[1] = (char)('0' + which);
    return cos_span_make(out, 2);
}

void clock_row_put(struct batch *b, const struct clock_row *c)
{
    char key[2];
    struct cos_buf v;
    begin(&v);
    put_number(&v, (uint64_t)c->word);
    end(b, ROW_CLOCK, cos_span_from(clock_row_key(key, c->which), 1), &v);
}

/* --- marks --- */

struct cos_span mark_name(struct cos_span key)
{
    return cos_span_from(key, 1);
}

bool mark_number_read(const struct row *row, int64_t *out)
{
    struct cos_span rest = value_of(row, ROW_MARK);
    int64_t value = (int64_t)take_number(&rest);
    if (!is_read(rest)) {
        return false;
    }
    *out = value;
    return true;
}

void mark_number_put(struct batch *b, const char *name, int64_t value)
{
    struct cos_buf v;
    begin(&v);
    put_number(&v, (uint64_t)value);
    end(b, ROW_MARK, cos_span_of(name), &v);
}

bool mark_text_next(struct cos_span *rest, struct cos_span *out)
{
    if (rest->ptr == NULL || rest->len == 0) {
        return false;
    }
    *out = take_text(rest);
    return true;
}

bool mark_texts_read(const struct row *row, struct cos_span *rest)
{
    struct cos_span all = value_of(row, ROW_MARK);
    struct cos_span to_check = all;
    struct cos_span text;
    while (mark_text_next(&to_check, &text)) {
    }
    *rest = all;
    return is_read(to_check);
}

void mark_texts_put(struct batch *b, const char *name, const struct cos_span *texts, size_t n)
{
    struct cos_buf v;
    begin(&v);
    for (size_t i = 0; i < n; i++) {
        put_text(&v, texts[i]);
    }
    end(b, ROW_MARK, cos_span_of(name), &v);
}

struct row *mark_get(struct backend *rows, const char *name, enum backend_result *r)
{
    char key[32];
    int n = snprintf(key, sizeof(key), "%c%s", ROW_MARK, name);
    struct row *row = NULL;
    *r = rows->ops->get(rows, cos_span_make(key, (size_t)n), &row);
    return *r == BACKEND_OK ? row : NULL;
}
