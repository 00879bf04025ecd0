/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a tenant to a world file that makes it again: accounts with users, roles, keys and
 * policies, buckets with their configurations, suffixes, switches. What such a file cannot say,
 * objects, temporary keys, clocks and the like, is said to the warner where there is some of
 * it; a snapshot has all of that.
 */
#include "world/worldexport_inside.h"

#include "world/fail.h"
#include "world/maps.h"

#include <stdarg.h>

#define ARENA_MAX_BYTES (256u << 20)

void export_say(const struct exporter *e, const char *fmt, ...)
{
    if (e->warner == NULL || e->warner->say == NULL) {
        return;
    }
    char text[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    e->warner->say(e->warner->ctx, text);
}

/* --- what is in the rows --- */

/* Room for one more behind @n. */
static void *grown(struct cos_arena *arena, void *items, size_t n, size_t *cap, size_t bytes)
{
    if (n < *cap) {
        return items;
    }
    *cap = *cap == 0 ? 16 : 2 * *cap;
    void *more = cos_arena_array(arena, *cap, bytes);
    if (more != NULL && n > 0) {
        memcpy(more, items, n * bytes);
    }
    return more;
}

static void take_account(struct exporter *e, const struct row *row)
{
    struct user_row said;
    if (!user_row_read(row, &said)) {
        e->r = BACKEND_IO;
    } else if (cos_span_eq(said.uin, said.owner_uin)) {
        e->roots = grown(&e->arena, e->roots, e->n_roots, &e->cap_roots, sizeof(*e->roots));
        if (e->roots != NULL) {
            /* by their birth */
            size_t at = e->n_roots++;
            e->roots[at] =
                cos_arena_printf(&e->arena, "%020llu" COS_SPAN_FMT,
                                 (unsigned long long)said.order, COS_SPAN_ARG(said.uin));
        }
    }
}

static void take_key(struct exporter *e, struct row *row)
{
    struct key_row said;
    if (!key_row_read(row, &said)) {
        e->r = BACKEND_IO;
    } else if (!said.is_temporary) {
        e->keys = grown(&e->arena, e->keys, e->n_keys, &e->cap_keys, sizeof(*e->keys));
        if (e->keys != NULL) {
            e->keys[e->n_keys++] = (struct exported_key){row_ref(row), said};
        }
    }
}

static enum scan_next visit(void *ctx, struct row *row, struct cos_span *seek)
{
    struct exporter *e = ctx;
    if (row->bytes[0] == ROWKEY_ACCOUNT) {
        take_account(e, row);
    } else {
        take_key(e, row);
    }
    return e->r == BACKEND_OK && !e->arena.failed ? SCAN_NEXT : SCAN_STOP;
}

static void scan(struct exporter *e, enum rowkey_kind kind)
{
    const char from = (char)kind;
    const char behind = (char)(kind + 1);
    if (e->r == BACKEND_OK) {
        enum backend_result r = e->t->rows->ops->scan(e->t->rows, cos_span_make(&from, 1),
                                                      cos_span_make(&behind, 1), visit, e);
        e->r = r != BACKEND_OK ? r : e->r;
    }
}

static int by_text(const void *a, const void *b)
{
    return cos_span_cmp(*(const struct cos_span *)a, *(const struct cos_span *)b);
}

static int by_birth(const void *a, const void *b)
{
    const struct exported_key *x = a;
    const struct exported_key *y = b;
    return (x->said.order > y->said.order) - (x->said.order < y->said.order);
}

static void sort(struct exporter *e)
{
    if (e->n_roots > 0) {
        qsort(e->roots, e->n_roots, sizeof(*e->roots), by_text);
    }
    for (size_t i = 0; i < e->n_roots; i++) {
        e->roots[i] = cos_span_from(e->roots[i], 20);
    }
    if (e->n_keys > 0) {
        qsort(e->keys, e->n_keys, sizeof(*e->keys), by_birth);
    }
}

/* --- suffixes, switches --- */

static void export_suffixes(struct exporter *e)
{
    const char *const *suffix = world_suffixes(e->t);
    if (*suffix == NULL) {
        return;
    }
    yaml_down(&e->y, "suffixes");
    for (; *suffix != NULL; suffix++) {
        yaml_item_text(&e->y, cos_span_of(*suffix));
    }
    yaml_up(&e->y);
}

struct switch_list {
    struct exporter *e;
    bool has_begun;
};

static enum scan_next visit_switch(void *ctx, struct row *row, struct cos_span *seek)
{
    struct switch_list *list = ctx;
    struct set_switch said;
    if (!switch_row_read(row, &said)) {
        list->e->r = BACKEND_IO;
        return SCAN_STOP;
    }
    if (!list->has_begun) {
        yaml_down(&list->e->y, "switches");
        list->has_begun = true;
    }
    const char *name = cos_arena_str(&list->e->arena, said.name);
    yaml_text(&list->e->y, name == NULL ? "" : name, said.value);
    return SCAN_NEXT;
}

static void export_switches(struct exporter *e)
{
    static const char from = ROWKEY_SWITCH;
    static const char behind = ROWKEY_SWITCH + 1;
    struct switch_list list = {e, false};
    enum backend_result r =
        e->t->rows->ops->scan(e->t->rows, cos_span_make(&from, 1), cos_span_make(&behind, 1),
                              visit_switch, &list);
    e->r = e->r == BACKEND_OK ? r : e->r;
    if (list.has_begun) {
        yaml_up(&e->y);
    }
}

/* --- the file --- */

static void export_all(struct exporter *e)
{
    scan(e, ROWKEY_ACCOUNT);
    scan(e, ROWKEY_ACCESS_KEY);
    if (e->r != BACKEND_OK || e->arena.failed) {
        return;
    }
    sort(e);
    export_accounts(e);
    export_policies(e);
    export_buckets(e);
    export_suffixes(e);
    export_switches(e);
    if (__atomic_load_n(&e->t->ttl_override_s, __ATOMIC_RELAXED) != 0) {
        export_say(e, "the lifetime that tokens were given is not in the file");
    }
}

static int finished(const struct exporter *e, struct cosmock_error *err)
{
    if (e->r == BACKEND_IO || e->r == BACKEND_NO_ROOM) {
        return world_fail(err, COSMOCK_E_IO, "the world of tenant '%s' cannot be read",
                          e->t->name);
    }
    if (e->r != BACKEND_OK || e->arena.failed || e->policies.failed || e->y.to->failed) {
        return world_fail(err, COSMOCK_E_NOMEM,
                          "the world of tenant '%s' is larger than a file may be", e->t->name);
    }
    return 0;
}

int world_export(struct cosmock_tenant *t, bool with_secrets, struct cos_buf *out,
                 const struct world_warner *warner, struct cosmock_error *err)
{
    struct exporter e = {.t = t,
                         .with_secrets = with_secrets,
                         .warner = warner,
                         .y = {.to = out}};
    cos_arena_init(&e.arena, ARENA_MAX_BYTES);
    cos_buf_init(&e.policies, MAX_WORLD_BYTES);
    export_all(&e);
    int r = finished(&e, err);
    for (size_t i = 0; i < e.n_keys; i++) {
        row_unref(e.keys[i].row);
    }
    cos_buf_deinit(&e.policies);
    cos_arena_deinit(&e.arena);
    return r;
}
