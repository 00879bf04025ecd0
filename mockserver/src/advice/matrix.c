/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of request (space.h) below a prefix is asked: "yes" is all of them, "if" is every
 * path under some condition, "part" is some paths. Requests to a region that no policy names
 * are left out where policies name theirs: they would make a "part" of everything.
 */
#include "advice/matrix.h"

#include "cam/policy.h"
#include "cosbase/json.h"

#define ARENA_MAX_BYTES ((size_t)64 << 20)
#define ROWS_MAX 1000

/* Of one path: what its requests got. */
struct tally {
    struct cos_span path;
    bool any, all;
};
struct count {
    struct matrix *out;
    const struct advice_bench *bench;
    const struct advice_point *at; /* the group that is counted */
    const char *first_action;
    struct tally tally; /* of the path that is counted */
    bool has_tally;
    /* of the paths below each prefix so far */
    bool some[MATRIX_PREFIXES_MAX], any[MATRIX_PREFIXES_MAX], every_any[MATRIX_PREFIXES_MAX],
        every_all[MATRIX_PREFIXES_MAX];
    struct cos_arena arena; /* of the point */
};

/* --- prefixes --- */

static void add_prefix(struct matrix *m, struct cos_span prefix)
{
    for (size_t i = 0; i < m->n_prefixes; i++) {
        if (cos_span_eq_str(prefix, m->prefixes[i])) {
            return;
        }
    }
    if (m->n_prefixes < MATRIX_PREFIXES_MAX) {
        m->prefixes[m->n_prefixes++] = cos_arena_str(&m->arena, prefix);
    }
}

static void add_resource(struct matrix *m, const struct cam_resource *r)
{
    bool is_cos = r->service.len == 0 || cos_span_eq_str(r->service, "cos");
    size_t star = cos_span_chr(r->path, '*');
    size_t slash = cos_span_chr(r->path, '/');
    if (r->is_star || !is_cos) {
        return;
    }
    if (slash != SIZE_MAX && slash < star) {
        add_prefix(m, cos_span_sub(r->path, 0, slash + 1));
    }
    struct cos_span prefix = cos_span_sub(r->path, 0, star);
    if (prefix.len > 0) {
        add_prefix(m, prefix);
    }
}

static void find_prefixes(struct matrix *m, const struct advice_space_of *of)
{
    for (size_t i = 0; i < of->n_policies; i++) {
        for (size_t k = 0; k < of->policies[i]->n_statements; k++) {
            const struct cam_statement *st = &of->policies[i]->statements[k];
            for (size_t r = 0; r < st->n_resources; r++) {
                add_resource(m, &st->resources[r]);
            }
        }
    }
    for (size_t i = 0; i < of->n_prefixes; i++) {
        add_prefix(m, cos_span_of(of->prefixes[i]));
    }
    add_prefix(m, COS_SPAN_LIT("*"));
}

/* --- counting --- */

static bool is_below(const char *prefix, struct cos_span path)
{
    return strcmp(prefix, "*") == 0 ||
           (path.len > 0 && cos_span_starts(path, cos_span_of(prefix)));
}

/* A path is done. */
static void count_path(struct count *c)
{
    for (size_t i = 0; c->has_tally && i < c->out->n_prefixes; i++) {
        if (!is_below(c->out->prefixes[i], c->tally.path)) {
            continue;
        }
        c->any[i] = c->any[i] || c->tally.any;
        c->every_any[i] = (!c->some[i] || c->every_any[i]) && c->tally.any;
        c->every_all[i] = (!c->some[i] || c->every_all[i]) && c->tally.all;
        c->some[i] = true;
    }
    c->has_tally = false;
}

/* The actions of a group are done. */
static void end_group(struct count *c, const char *const *actions, size_t n)
{
    count_path(c);
    struct matrix *m = c->out;
    unsigned char *cells = cos_arena_alloc(&m->arena, m->n_prefixes);
    for (size_t i = 0; i < m->n_prefixes && cells != NULL; i++) {
        cells[i] = !c->some[i]        ? MATRIX_NOTHING
                   : c->every_all[i]  ? MATRIX_YES
                   : !c->any[i]       ? MATRIX_NO
                   : !c->every_any[i] ? MATRIX_PART
                                      : MATRIX_IF;
    }
    for (size_t i = 0; i < n && m->n_rows < ROWS_MAX; i++) {
        m->rows[m->n_rows++] =
            (struct matrix_row){cos_arena_str(&m->arena, cos_span_of(actions[i])), cells};
    }
    memset(c->some, 0, sizeof(c->some));
    memset(c->any, 0, sizeof(c->any));
}

struct group {
    const char *const *actions;
    size_t n;
};
struct counting {
    struct count count;
    struct group group;
};

/* Not somebody whom a policy names besides. */
static bool is_asker(const struct cam_principal *who, const struct cam_principal *asker)
{
    return who->kind == asker->kind && strcmp(who->uin, asker->uin) == 0 &&
           strcmp(who->owner_uin, asker->owner_uin) == 0;
}

static bool count_point(void *ctx, const struct advice_point *point)
{
    struct counting *in = ctx;
    struct count *c = &in->count;
    if (!is_asker(point->who, &c->bench->who) || point->is_elsewhere) {
        return true;
    }
    if (in->group.n > 0 && in->group.actions != point->actions) {
        end_group(c, in->group.actions, in->group.n);
    }
    in->group = (struct group){point->actions, point->n_actions};
    if (c->has_tally && !cos_span_eq(c->tally.path, point->path)) {
        count_path(c);
    }
    if (!c->has_tally) {
        c->tally = (struct tally){point->path, false, true};
        c->has_tally = true;
    }
    struct cam_verdict v;
    cos_arena_clear(&c->arena);
    advice_ask(&c->arena, &v, c->bench, &point->q);
    bool is_granted = v.allowed && v.reason != CAM_REASON_NO_GRANT_NEEDED;
    c->tally.any = c->tally.any || is_granted;
    c->tally.all = c->tally.all && is_granted;
    return true;
}

static int by_action(const void *a, const void *b)
{
    const struct matrix_row *x = a;
    const struct matrix_row *y = b;
    return strcmp(x->action, y->action);
}

bool advice_matrix(struct matrix *out, const struct advice_bench *bench,
                   const struct advice_space_of *of)
{
    *out = (struct matrix){.n_rows = 0};
    cos_arena_init(&out->arena, ARENA_MAX_BYTES);
    out->rows = cos_arena_array(&out->arena, ROWS_MAX, sizeof(*out->rows));
    if (out->rows == NULL) {
        return false;
    }
    find_prefixes(out, of);
    struct advice_space_of told = *of;
    told.prefixes = out->prefixes;
    told.n_prefixes = out->n_prefixes - 1; /* but for "*" */
    struct advice_space *space = advice_space_new(&told);
    if (space == NULL) {
        return false;
    }
    struct counting in = {.count = {.out = out, .bench = bench}};
    cos_arena_init(&in.count.arena, ARENA_MAX_BYTES);
    advice_space_visit(space, count_point, &in);
    if (in.group.n > 0) {
        end_group(&in.count, in.group.actions, in.group.n);
    }
    const char *gap = advice_space_gap(space);
    (void)snprintf(out->gap, sizeof(out->gap), "%s", gap == NULL ? "" : gap);
    qsort(out->rows, out->n_rows, sizeof(*out->rows), by_action);
    cos_arena_deinit(&in.count.arena);
    (void)advice_space_free(space);
    return !out->arena.failed;
}

void matrix_deinit(struct matrix *m)
{
    cos_arena_deinit(&m->arena);
}

/* --- printing --- */

static const char *cell_word(unsigned cell)
{
    static const char *const words[] = {[MATRIX_NOTHING] = "",
                                        [MATRIX_NO] = "-",
                                        [MATRIX_PART] = "part",
                                        [MATRIX_IF] = "if",
                                        [MATRIX_YES] = "yes"};
    return words[cell];
}

static bool is_denied(const struct matrix *m, const struct matrix_row *row)
{
    for (size_t i = 0; i < m->n_prefixes; i++) {
        if (row->cells[i] > MATRIX_NO) {
            return false;
        }
    }
    return true;
}

void matrix_print(struct cos_buf *out, const struct matrix *m)
{
    int width = 6;
    for (size_t i = 0; i < m->n_rows; i++) {
        int len = (int)strlen(m->rows[i].action);
        width = len > width && !is_denied(m, &m->rows[i]) ? len : width;
    }
    for (size_t i = 0; i < m->n_prefixes; i++) {
        cos_buf_printf(out, "[%zu] %s\n", i + 1, m->prefixes[i]);
    }
    cos_buf_printf(out, "%-*s", width, "action");
    for (size_t i = 0; i < m->n_prefixes; i++) {
        char head[32];
        (void)snprintf(head, sizeof(head), "[%zu]", i + 1);
        cos_buf_printf(out, "  %-4s", head);
    }
    cos_buf_ch(out, '\n');
    for (size_t i = 0; i < m->n_rows; i++) {
        if (is_denied(m, &m->rows[i])) {
            continue;
        }
        cos_buf_printf(out, "%-*s", width, m->rows[i].action);
        for (size_t k = 0; k < m->n_prefixes; k++) {
            cos_buf_printf(out, "  %-4s", cell_word(m->rows[i].cells[k]));
        }
        cos_buf_ch(out, '\n');
    }
    if (m->gap[0] != '\0') {
        cos_buf_printf(out, "only sampled: %s\n", m->gap);
    }
}

void matrix_print_json(struct cos_buf *out, const struct matrix *m)
{
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_bool(&w, "exact", m->gap[0] == '\0');
    cos_jw_array(&w, "rows");
    for (size_t i = 0; i < m->n_rows; i++) {
        cos_jw_object(&w, /* name= */ NULL);
        cos_jw_str(&w, "action", m->rows[i].action);
        cos_jw_object(&w, "below");
        for (size_t k = 0; k < m->n_prefixes; k++) {
            static const char *const words[] = {[MATRIX_NO] = "no",
                                                [MATRIX_PART] = "part",
                                                [MATRIX_IF] = "if",
                                                [MATRIX_YES] = "yes"};
            if (m->rows[i].cells[k] != MATRIX_NOTHING) {
                cos_jw_str(&w, m->prefixes[k], words[m->rows[i].cells[k]]);
            }
        }
        cos_jw_end(&w);
        cos_jw_end(&w);
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_buf_ch(out, '\n');
}
