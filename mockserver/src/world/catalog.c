/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value is small (1,000 users, 1,500 policies: cam-conditions.md s.9) and read whole: what
 * is looked for is looked for in arrays. Rows are held by reference and not copied; what
 * changes is written into the arena.
 */
#include "world/catalog.h"

#include "world/fail.h"
#include "world/maps.h"
#include "world/projection.h"

#define ARENA_MAX_BYTES (64u << 20)
#define GRANTED_MAX_BYTES (8u << 20)
#define PAIRS_MAX_BYTES (8u << 20)
/* As the ids that documents show (598/32248, 598/44834). */
#define POLICY_ID_BASE 17000000
#define GROUP_ID_BASE 100000

/* --- pairs --- */

struct cos_span pairs_get(struct cos_span pairs, struct cos_span name)
{
    struct row_pair p;
    while (row_pair_next(&pairs, &p)) {
        if (cos_span_eq(p.name, name)) {
            return p.value.len == 0 ? COS_SPAN_EMPTY : p.value;
        }
    }
    return (struct cos_span){NULL, 0};
}

/* @value NULL: without it. A new one stands at the end. */
static struct cos_span pairs_set(struct cos_arena *arena, struct cos_span pairs,
                                 struct cos_span name, const struct cos_span *value)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
    cos_buf_init(&out, PAIRS_MAX_BYTES);
    struct row_pair p;
    bool is_set = value == NULL;
    while (row_pair_next(&pairs, &p)) {
        bool is_it = cos_span_eq(p.name, name);
        if (!is_it || value != NULL) {
            row_pair_add(&out, p.name, is_it ? *value : p.value);
        }
        is_set = is_set || is_it;
    }
    if (!is_set) {
        row_pair_add(&out, name, *value);
    }
    arena->failed = arena->failed || out.failed;
    return cos_arena_span(arena, cos_buf_view(&out));
}

struct cos_span pairs_with(struct cos_arena *arena, struct cos_span pairs, struct cos_span name,
                           struct cos_span value)
{
    return pairs_set(arena, pairs, name, &value);
}

struct cos_span pairs_without(struct cos_arena *arena, struct cos_span pairs,
                              struct cos_span name)
{
    return pairs_set(arena, pairs, name, /* value= */ NULL);
}

size_t pairs_count(struct cos_span pairs)
{
    size_t n = 0;
    struct row_pair ignored;
    while (row_pair_next(&pairs, &ignored)) {
        n++;
    }
    return n;
}

/* --- growing --- */

/* Room for one more behind @n; those that are there move. NULL: no memory. */
static void *grown(struct cos_arena *arena, void *items, size_t n, size_t bytes)
{
    if (items != NULL && (n & (n - 1)) != 0) {
        return items;
    }
    void *more = cos_arena_array(arena, n == 0 ? 1 : 2 * n, bytes);
    if (more != NULL && items != NULL) {
        memcpy(more, items, n * bytes);
    }
    return more;
}

#define ADD(c, list)                                                                       \
    (((c)->list = grown((c)->arena, (c)->list, (c)->n_##list, sizeof(*(c)->list))) == NULL \
         ? NULL                                                                            \
         : &(c)->list[(c)->n_##list++])

/* --- reading --- */

struct reading {
    struct catalog *c;
    enum backend_result r;
};

static bool is_ours(const struct reading *read, struct cos_span owner_uin)
{
    return cos_span_eq(owner_uin, read->c->owner_uin);
}

static bool take_user(struct reading *read, struct row *row)
{
    struct user_row said;
    if (!user_row_read(row, &said)) {
        return false;
    }
    struct catalog_user *u = is_ours(read, said.owner_uin) ? ADD(read->c, users) : NULL;
    if (u != NULL) {
        *u = (struct catalog_user){.row = row_ref(row), .said = said};
    }
    return true;
}

static bool take_group(struct reading *read, struct row *row)
{
    struct named_group said;
    if (!group_row_read(row, &said)) {
        return false;
    }
    struct catalog_group *g = is_ours(read, said.said.owner_uin) ? ADD(read->c, groups) : NULL;
    if (g != NULL) {
        *g = (struct catalog_group){.row = row_ref(row), .said = said};
    }
    return true;
}

static bool take_policy(struct reading *read, struct row *row)
{
    struct named_policy said;
    if (!policy_row_read(row, &said)) {
        return false;
    }
    struct catalog_policy *p =
        is_ours(read, said.said.owner_uin) ? ADD(read->c, policies) : NULL;
    if (p != NULL) {
        *p = (struct catalog_policy){.row = row_ref(row), .said = said};
    }
    return true;
}

static enum scan_next visit(void *ctx, struct row *row, struct cos_span *seek)
{
    struct reading *read = ctx;
    bool is_read = false;
    switch (row->bytes[0]) {
    case ROWKEY_ACCOUNT:
        is_read = take_user(read, row);
        break;
    case ROWKEY_GROUP:
        is_read = take_group(read, row);
        break;
    case ROWKEY_POLICY:
        is_read = take_policy(read, row);
        break;
    default:
        break;
    }
    read->r = read->c->arena->failed ? BACKEND_NOMEM : is_read ? BACKEND_OK : BACKEND_IO;
    return read->r == BACKEND_OK ? SCAN_NEXT : SCAN_STOP;
}

static enum backend_result scan(struct catalog *c, enum rowkey_kind kind)
{
    struct reading read = {c, BACKEND_OK};
    const char from = (char)kind;
    const char behind = (char)(kind + 1);
    enum backend_result r = c->t->rows->ops->scan(c->t->rows, cos_span_make(&from, 1),
                                                  cos_span_make(&behind, 1), visit, &read);
    return r == BACKEND_OK ? read.r : r;
}

enum backend_result catalog_read(struct catalog *c, struct cosmock_tenant *t,
                                 struct cos_arena *arena, struct cos_span owner_uin)
{
    static const enum rowkey_kind kinds[] = {ROWKEY_ACCOUNT, ROWKEY_GROUP, ROWKEY_POLICY};
    *c = (struct catalog){.t = t, .arena = arena, .owner_uin = owner_uin};
    struct mark mark = {0};
    /* the number first: what changes behind it is noticed */
    enum backend_result r = mark_row_get(t->rows, MARK_CATALOG, &mark, &c->mark);
    c->number = (uint64_t)mark.number;
    r = r == BACKEND_ABSENT ? BACKEND_OK : r;
    for (size_t i = 0; i < COS_ARRAY_LEN(kinds) && r == BACKEND_OK; i++) {
        r = scan(c, kinds[i]);
    }
    return r;
}

void catalog_release(struct catalog *c)
{
    for (size_t i = 0; i < c->n_users; i++) {
        row_unref(c->users[i].row);
    }
    for (size_t i = 0; i < c->n_groups; i++) {
        row_unref(c->groups[i].row);
    }
    for (size_t i = 0; i < c->n_policies; i++) {
        row_unref(c->policies[i].row);
    }
    row_unref(c->mark);
    (void)batch_free(c->batch);
    *c = (struct catalog){.n_users = 0};
}

/* --- finding and adding --- */

uint64_t catalog_number(struct catalog *c)
{
    return ++c->number;
}

struct catalog_user *catalog_add_user(struct catalog *c, struct cos_span uin)
{
    struct catalog_user *u = ADD(c, users);
    if (u != NULL) {
        *u = (struct catalog_user){.said = {.order = world_next_order(c->t),
                                            .uin = uin,
                                            .owner_uin = c->owner_uin},
                                   .is_changed = true};
    }
    return u;
}

struct catalog_group *catalog_add_group(struct catalog *c)
{
    unsigned long long id = GROUP_ID_BASE + catalog_number(c);
    struct catalog_group *g = ADD(c, groups);
    if (g != NULL) {
        *g = (struct catalog_group){.said = {.id = cos_arena_printf(c->arena, "%llu", id),
                                             .said = {.owner_uin = c->owner_uin}},
                                    .is_changed = true};
    }
    return g;
}

struct catalog_policy *catalog_add_policy(struct catalog *c)
{
    unsigned long long id = POLICY_ID_BASE + catalog_number(c);
    struct catalog_policy *p = ADD(c, policies);
    if (p != NULL) {
        *p = (struct catalog_policy){.said = {.id = cos_arena_printf(c->arena, "%llu", id),
                                              .said = {.owner_uin = c->owner_uin}},
                                     .is_changed = true};
    }
    return p;
}

#define FIND(c, list, is_it)                         \
    do {                                             \
        for (size_t i = 0; i < (c)->n_##list; i++) { \
            if (!(c)->list[i].is_gone && (is_it)) {  \
                return &(c)->list[i];                \
            }                                        \
        }                                            \
        return NULL;                                 \
    } while (false)

struct catalog_user *catalog_user(struct catalog *c, struct cos_span uin)
{
    FIND(c, users, cos_span_eq(c->users[i].said.uin, uin));
}

struct catalog_user *catalog_user_named(struct catalog *c, struct cos_span name)
{
    FIND(c, users,
         c->users[i].said.trust.len == 0 && !cos_span_eq(c->users[i].said.uin, c->owner_uin) &&
             cos_span_eq(c->users[i].said.name, name));
}

struct catalog_user *catalog_role_named(struct catalog *c, struct cos_span name)
{
    FIND(c, users, c->users[i].said.trust.len > 0 && cos_span_eq(c->users[i].said.name, name));
}

struct catalog_group *catalog_group(struct catalog *c, struct cos_span id)
{
    FIND(c, groups, cos_span_eq(c->groups[i].said.id, id));
}

struct catalog_group *catalog_group_named(struct catalog *c, struct cos_span name)
{
    FIND(c, groups, cos_span_eq(c->groups[i].said.said.name, name));
}

struct catalog_policy *catalog_policy(struct catalog *c, struct cos_span id)
{
    FIND(c, policies, cos_span_eq(c->policies[i].said.id, id));
}

struct catalog_policy *catalog_policy_named(struct catalog *c, struct cos_span name)
{
    FIND(c, policies, cos_span_eq(c->policies[i].said.said.name, name));
}

/* --- attachments: "user/100000000011" --- */

static const char *const entity_words[CATALOG_ENTITIES] = {
    [CATALOG_USER] = "user/",
    [CATALOG_GROUP] = "group/",
    [CATALOG_ROLE] = "role/",
    [CATALOG_BOUNDED] = "bounded/",
};

static struct cos_span entity_name(struct cos_arena *arena, enum catalog_entity kind,
                                   struct cos_span id)
{
    return cos_arena_printf(arena, "%s" COS_SPAN_FMT, entity_words[kind], COS_SPAN_ARG(id));
}

bool catalog_attachment_next(struct cos_span *attached, struct catalog_attachment *out)
{
    struct row_pair p;
    while (row_pair_next(attached, &p)) {
        for (size_t i = 0; i < CATALOG_ENTITIES; i++) {
            struct cos_span word = cos_span_of(entity_words[i]);
            if (cos_span_starts(p.name, word)) {
                *out = (struct catalog_attachment){(enum catalog_entity)i,
                                                   cos_span_from(p.name, word.len), 0};
                (void)cos_span_i64(p.value, &out->since_unix_ms);
                return true;
            }
        }
    }
    return false;
}

int64_t catalog_is_attached(const struct catalog_policy *p, enum catalog_entity kind,
                            struct cos_span id)
{
    struct cos_span attached = p->said.said.attached;
    struct catalog_attachment a;
    while (catalog_attachment_next(&attached, &a)) {
        if (a.kind == kind && cos_span_eq(a.id, id)) {
            return a.since_unix_ms;
        }
    }
    return -1;
}

static int64_t now_unix_ms(const struct catalog *c)
{
    return cosmock_clock_now_unix_ms(c->t, COSMOCK_CLOCK_MODIFICATION);
}

void catalog_attach(struct catalog *c, struct catalog_policy *p, enum catalog_entity kind,
                    struct cos_span id)
{
    if (catalog_is_attached(p, kind, id) < 0) {
        p->said.said.attached =
            pairs_with(c->arena, p->said.said.attached, entity_name(c->arena, kind, id),
                       cos_arena_printf(c->arena, "%lld", (long long)now_unix_ms(c)));
        p->is_changed = true;
    }
}

void catalog_detach(struct catalog *c, struct catalog_policy *p, enum catalog_entity kind,
                    struct cos_span id)
{
    if (catalog_is_attached(p, kind, id) >= 0) {
        p->said.said.attached =
            pairs_without(c->arena, p->said.said.attached, entity_name(c->arena, kind, id));
        p->is_changed = true;
    }
}

void catalog_detach_all(struct catalog *c, enum catalog_entity kind, struct cos_span id)
{
    for (size_t i = 0; i < c->n_policies; i++) {
        catalog_detach(c, &c->policies[i], kind, id);
    }
}

void catalog_bound(struct catalog *c, struct catalog_user *u, struct catalog_policy *p)
{
    catalog_detach_all(c, CATALOG_BOUNDED, u->said.uin);
    u->said.boundary = COS_SPAN_EMPTY;
    u->is_changed = true;
    if (p != NULL) {
        catalog_attach(c, p, CATALOG_BOUNDED, u->said.uin);
    }
}

void catalog_drop_user(struct catalog *c, struct catalog_user *u)
{
    struct cos_span uin = u->said.uin;
    catalog_detach_all(c, u->said.trust.len > 0 ? CATALOG_ROLE : CATALOG_USER, uin);
    catalog_detach_all(c, CATALOG_BOUNDED, uin);
    for (size_t i = 0; i < c->n_groups; i++) {
        struct catalog_group *g = &c->groups[i];
        if (pairs_get(g->said.said.members, uin).ptr != NULL) {
            g->said.said.members = pairs_without(c->arena, g->said.said.members, uin);
            g->is_changed = true;
        }
    }
    u->is_gone = true;
}

/* --- versions: "3 1700000000000" --- */

bool catalog_version_next(struct cos_span *versions, struct catalog_version *out)
{
    struct row_pair p;
    if (!row_pair_next(versions, &p)) {
        return false;
    }
    struct cos_span rest = p.name;
    struct cos_span number = cos_span_cut(&rest, ' ');
    *out = (struct catalog_version){.document = p.value};
    return cos_span_u64(number, &out->number) && rest.ptr != NULL &&
           cos_span_i64(rest, &out->created_unix_ms);
}

bool catalog_version(const struct catalog_policy *p, uint64_t number,
                     struct catalog_version *out)
{
    struct cos_span versions = p->said.said.versions;
    while (catalog_version_next(&versions, out)) {
        if (out->number == number) {
            return true;
        }
    }
    return false;
}

static struct cos_span version_name(struct cos_arena *arena, uint64_t number, int64_t born_ms)
{
    return cos_arena_printf(arena, "%llu %lld", (unsigned long long)number, (long long)born_ms);
}

uint64_t catalog_add_version(struct catalog *c, struct catalog_policy *p,
                             struct cos_span document)
{
    uint64_t number = ++p->said.said.last_version;
    p->said.said.versions =
        pairs_with(c->arena, p->said.said.versions,
                   version_name(c->arena, number, now_unix_ms(c)), document);
    p->is_changed = true;
    return number;
}

void catalog_drop_version(struct catalog *c, struct catalog_policy *p, uint64_t number)
{
    struct catalog_version v;
    if (catalog_version(p, number, &v)) {
        p->said.said.versions =
            pairs_without(c->arena, p->said.said.versions,
                          version_name(c->arena, number, v.created_unix_ms));
        p->is_changed = true;
    }
}

struct cos_span catalog_document(const struct catalog_policy *p)
{
    struct catalog_version v;
    return catalog_version(p, p->said.said.default_version, &v) ? v.document : COS_SPAN_EMPTY;
}

/* --- what comes of it: who is granted what --- */

/* @p, which is the @nth; once, however often he has it. */
static void grant(struct catalog_user *u, size_t nth, const struct catalog_policy *p)
{
    if (u != NULL && !u->is_gone && u->last_granted != nth) {
        u->last_granted = nth;
        row_pair_add(&u->granted, p->said.said.name, catalog_document(p));
    }
}

static void grant_members(struct map *users, size_t nth, const struct catalog_policy *p,
                          const struct catalog_group *g)
{
    struct cos_span members = g == NULL ? COS_SPAN_EMPTY : g->said.said.members;
    struct row_pair member;
    while (row_pair_next(&members, &member)) {
        grant(map_get(users, member.name), nth, p);
    }
}

/* @p is the boundary of @u, by whichever version is in effect now. */
static void bound(struct catalog *c, struct catalog_user *u, const struct catalog_policy *p)
{
    struct cos_span pair = p->is_gone ? COS_SPAN_EMPTY
                                      : pairs_with(c->arena, COS_SPAN_EMPTY, p->said.said.name,
                                                   catalog_document(p));
    if (u != NULL && !cos_span_eq(pair, u->said.boundary)) {
        u->said.boundary = pair;
        u->is_changed = true;
    }
}

static void grant_all(struct catalog *c, struct map *users)
{
    for (size_t i = 0; i < c->n_policies; i++) {
        const struct catalog_policy *p = &c->policies[i];
        struct cos_span attached = p->said.said.attached;
        struct catalog_attachment a;
        while (catalog_attachment_next(&attached, &a)) {
            if (a.kind == CATALOG_BOUNDED) {
                bound(c, map_get(users, a.id), p);
            } else if (a.kind == CATALOG_GROUP && !p->is_gone) {
                grant_members(users, i + 1, p, catalog_group(c, a.id));
            } else if (!p->is_gone) {
                grant(map_get(users, a.id), i + 1, p);
            }
        }
    }
}

/* False: no memory. */
static bool write_granted(struct catalog *c)
{
    struct map users = {0};
    bool is_good = true;
    for (size_t i = 0; i < c->n_users; i++) {
        struct catalog_user *u = &c->users[i];
        cos_buf_init(&u->granted, GRANTED_MAX_BYTES);
        u->last_granted = 0;
        is_good = is_good && (u->is_gone || map_put(&users, u->said.uin, u) == 0);
    }
    if (is_good) {
        grant_all(c, &users);
    }
    for (size_t i = 0; i < c->n_users; i++) {
        struct catalog_user *u = &c->users[i];
        is_good = is_good && !u->granted.failed;
        if (is_good && !cos_span_eq(cos_buf_view(&u->granted), u->said.granted)) {
            u->said.granted = cos_arena_span(c->arena, cos_buf_view(&u->granted));
            u->is_changed = true;
        }
        cos_buf_deinit(&u->granted);
    }
    map_deinit(&users);
    return is_good && !c->arena->failed;
}

/* --- the batch --- */

static void put_user(struct batch *b, const struct catalog_user *u)
{
    if ((!u->is_changed && !u->is_gone) || (u->row == NULL && u->is_gone)) {
        return;
    }
    world_row_expect(b, ROWKEY_ACCOUNT, u->said.uin, u->row);
    if (u->is_gone) {
        user_row_delete(b, u->said.uin);
    } else {
        user_row_put(b, &u->said);
    }
}

static void put_group(struct batch *b, const struct catalog_group *g)
{
    if (g->is_gone) {
        world_row_delete(b, ROWKEY_GROUP, g->said.id);
    } else if (g->is_changed) {
        group_row_put(b, &g->said);
    }
}

static void put_policy(struct batch *b, const struct catalog_policy *p)
{
    if (p->is_gone) {
        world_row_delete(b, ROWKEY_POLICY, p->said.id);
    } else if (p->is_changed) {
        policy_row_put(b, &p->said);
    }
}

struct batch *catalog_besides(struct catalog *c)
{
    if (c->batch == NULL) {
        c->batch = batch_new();
    }
    return c->batch;
}

struct batch *catalog_batch(struct catalog *c)
{
    struct batch *b = write_granted(c) ? catalog_besides(c) : NULL;
    if (b == NULL) {
        return NULL;
    }
    c->batch = NULL;
    world_row_expect(b, ROWKEY_META, cos_span_of(MARK_CATALOG), c->mark);
    mark_row_put(b, MARK_CATALOG, &(struct mark){.number = (int64_t)catalog_number(c)});
    for (size_t i = 0; i < c->n_users; i++) {
        put_user(b, &c->users[i]);
    }
    for (size_t i = 0; i < c->n_groups; i++) {
        put_group(b, &c->groups[i]);
    }
    for (size_t i = 0; i < c->n_policies; i++) {
        put_policy(b, &c->policies[i]);
    }
    return b;
}

/* --- from outside --- */

static int change_once(struct catalog *c,
                       int (*change)(struct catalog *c, void *ctx, struct cosmock_error *err),
                       void *ctx, const char *what, struct cosmock_error *err)
{
    int r = change(c, ctx, err);
    struct commit done = {0};
    r = r < 0 ? r : world_commit(c->t, catalog_batch(c), &done, what, err);
    return done.result == BACKEND_UNEXPECTED ? 1 : r;
}

int catalog_change(struct cosmock_tenant *t, const char *owner_uin,
                   int (*change)(struct catalog *c, void *ctx, struct cosmock_error *err),
                   void *ctx, const char *what, struct cosmock_error *err)
{
    int r = 1; /* made by somebody else meanwhile */
    while (r == 1) {
        COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
        struct catalog c;
        cos_arena_init(&arena, ARENA_MAX_BYTES);
        enum backend_result read = catalog_read(&c, t, &arena, cos_span_of(owner_uin));
        r = read == BACKEND_OK
                ? change_once(&c, change, ctx, what, err)
                : world_fail(err, read == BACKEND_NOMEM ? COSMOCK_E_NOMEM : COSMOCK_E_IO,
                             "what account %s keeps in CAM cannot be read", owner_uin);
        catalog_release(&c);
    }
    return r;
}
