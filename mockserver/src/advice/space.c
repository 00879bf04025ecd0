/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four things make a request: who asks, the action, the resource, and what conditions may ask
 * about. Each is cut into parts that no policy at hand tells apart (paths and texts by
 * classes.c), and the points are all combinations that a request can have: an object's action
 * has a key, a bucket's has none, and the prefix of a list is both the end of its resource and
 * the value of cos:prefix.
 *
 * Values of conditions: space_values.c.
 */
#include "advice/space.h"

#include "advice/actions.h"
#include "advice/classes.h"
#include "advice/space_values.h"
#include "cam/policy.h"
#include "cosbase/alloc.h"

#include <stdarg.h>

#define ARENA_MAX_BYTES ((size_t)256 << 20)
#define REGION "ap-guangzhou"
#define OTHER_REGION "ap-beijing"
#define BUCKET "examplebucket-"
#define PAIRS_MAX 256
#define CONTEXTS_MAX 4096
#define SPOTS_MAX 200000
#define POINTS_MAX 1000000

/* A path in a region of an account. */
struct spot {
    struct cos_span resource;
    const struct class_text *path;
    const char *prefix; /* what a list says of it: a pair */
    bool is_elsewhere;
};
struct texts {
    struct cos_span *items;
    size_t n, cap;
};
/* Actions that every statement takes for the same, and that carry the same keys. */
struct group {
    const char **names;
    size_t n, cap;
    uint64_t *takes; /* a bit a statement */
    char service;    /* its first letter: what needs no grant is of sts */
    unsigned forms;
    uint64_t carries; /* a bit a key of the space */
};
struct advice_space {
    const struct advice_space_of *of;
    struct cos_arena arena;
    const struct cam_principal **who;
    size_t n_who;
    size_t n_statements;
    struct group *groups;
    size_t n_groups;
    struct texts regions, accounts, others; /* others: whole resources of other services */
    struct class_pattern *patterns;
    size_t n_patterns;
    struct classes paths;
    struct spot *spots;
    size_t n_spots;
    struct space_key *keys;
    size_t n_keys;
    char gap[200]; /* "": nothing is only sampled */
};

static void note_gap(struct advice_space *s, const char *what)
{
    if (s->gap[0] == '\0') {
        (void)snprintf(s->gap, sizeof(s->gap), "%s", what);
    }
}

static void add_text(struct cos_arena *a, struct texts *t, struct cos_span text)
{
    for (size_t i = 0; i < t->n; i++) {
        if (cos_span_eq(t->items[i], text)) {
            return;
        }
    }
    if (t->n == t->cap) {
        size_t cap = t->cap == 0 ? 8 : 2 * t->cap;
        struct cos_span *more = cos_arena_array(a, cap, sizeof(*more));
        if (more == NULL) {
            return;
        }
        if (t->n > 0) {
            memcpy(more, t->items, t->n * sizeof(*more));
        }
        t->items = more;
        t->cap = cap;
    }
    t->items[t->n++] = text;
}

/* --- every statement --- */

struct each {
    const struct advice_space *s;
    size_t policy, statement, number;
};

static const struct cam_statement *next_statement(struct each *e)
{
    const struct advice_space_of *of = e->s->of;
    while (e->policy < of->n_policies &&
           e->statement >= of->policies[e->policy]->n_statements) {
        e->policy++;
        e->statement = 0;
    }
    if (e->policy >= of->n_policies) {
        return NULL;
    }
    e->number++;
    return &of->policies[e->policy]->statements[e->statement++];
}

static struct each every(const struct advice_space *s)
{
    return (struct each){.s = s};
}

/* --- actions --- */

static bool takes_action(const struct cam_statement *st, struct cos_span action)
{
    for (size_t i = 0; i < st->n_actions; i++) {
        if (cam_glob(st->actions[i], action)) {
            return true;
        }
    }
    return false;
}

static uint64_t carried(const struct advice_space *s, struct cos_span action)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < s->n_keys; i++) {
        if (cam_key_is_carried_by(s->keys[i].key, action)) {
            bits |= UINT64_C(1) << i;
        }
    }
    return bits;
}

/* The statements that take @action; false: none does. */
static bool find_takers(const struct advice_space *s, struct cos_span action, uint64_t *takes)
{
    bool is_any = false;
    struct each e = every(s);
    for (const struct cam_statement *st = next_statement(&e); st != NULL;
         st = next_statement(&e)) {
        if (takes_action(st, action)) {
            takes[(e.number - 1) / 64] |= UINT64_C(1) << ((e.number - 1) % 64);
            is_any = true;
        }
    }
    return is_any;
}

static struct group *group_of(struct advice_space *s, const struct group *like)
{
    size_t bytes = (s->n_statements / 64 + 1) * sizeof(uint64_t);
    for (size_t i = 0; i < s->n_groups; i++) {
        struct group *g = &s->groups[i];
        if (g->service == like->service && g->forms == like->forms &&
            g->carries == like->carries && memcmp(g->takes, like->takes, bytes) == 0) {
            return g;
        }
    }
    struct group *more = cos_arena_array(&s->arena, s->n_groups + 1, sizeof(*more));
    if (more == NULL) {
        return NULL;
    }
    if (s->n_groups > 0) {
        memcpy(more, s->groups, s->n_groups * sizeof(*more));
    }
    s->groups = more;
    more[s->n_groups] = *like;
    return &more[s->n_groups++];
}

static void add_action(struct advice_space *s, const char *name)
{
    struct cos_span plain = cos_span_of(name);
    struct group like = {.service = name[0],
                         .forms = advice_forms_of(plain),
                         .carries = carried(s, plain)};
    like.takes = cos_arena_array(&s->arena, s->n_statements / 64 + 1, sizeof(uint64_t));
    if (like.takes == NULL || !find_takers(s, plain, like.takes)) {
        return;
    }
    struct group *g = group_of(s, &like);
    if (g == NULL) {
        return;
    }
    for (size_t i = 0; i < g->n; i++) {
        if (strcmp(g->names[i], name) == 0) {
            return;
        }
    }
    if (g->n == g->cap) {
        size_t cap = g->cap == 0 ? 16 : 2 * g->cap;
        const char **more = cos_arena_array(&s->arena, cap, sizeof(*more));
        if (more == NULL) {
            return;
        }
        if (g->n > 0) {
            memcpy(more, g->names, g->n * sizeof(*more));
        }
        g->names = more;
        g->cap = cap;
    }
    g->names[g->n++] = name;
}

/* "ci:Create*" of a service whose actions nobody here knows: one that fits. */
static struct cos_span with_x(struct cos_arena *a, struct cos_span glob)
{
    struct cos_span copy = cos_arena_span(a, glob);
    char *text = cos_arena_alloc(a, copy.len + 1);
    for (size_t i = 0; text != NULL && i < copy.len; i++) {
        text[i] = copy.ptr[i];
        if (text[i] == '*') {
            text[i] = 'x';
        }
    }
    return text == NULL ? COS_SPAN_EMPTY : cos_span_make(text, copy.len);
}

static bool is_ours(struct cos_span action)
{
    return cos_span_starts(action, COS_SPAN_LIT("cos:")) ||
           cos_span_starts(action, COS_SPAN_LIT("sts:")) || cos_span_eq_str(action, "*") ||
           cos_span_eq_str(action, "*:*");
}

static void find_actions(struct advice_space *s)
{
    for (size_t i = 0; cam_action_at(i) != NULL; i++) {
        add_action(s, cam_action_at(i));
    }
    struct each e = every(s);
    for (const struct cam_statement *st = next_statement(&e); st != NULL;
         st = next_statement(&e)) {
        for (size_t i = 0; i < st->n_actions; i++) {
            bool is_glob = cos_span_chr(st->actions[i], '*') != SIZE_MAX;
            if (is_ours(st->actions[i]) && is_glob) {
                continue;
            }
            if (is_glob) {
                note_gap(s, "of actions of other services than cos and sts one each");
            }
            add_action(s, cos_arena_str(&s->arena, with_x(&s->arena, st->actions[i])));
        }
    }
}

/* --- resources --- */

static bool is_of_cos(const struct cam_resource *r)
{
    return r->service.len == 0 || cos_span_eq_str(r->service, "cos") ||
           cos_span_eq_str(r->service, "*");
}

static bool is_account(struct cos_span account)
{
    uint64_t number;
    return account.len > 4 && cos_span_u64(cos_span_from(account, 4), &number);
}

static void add_other(struct advice_space *s, const struct cam_resource *r)
{
    struct cos_span account =
        is_account(r->account) ? r->account
                               : cos_arena_printf(&s->arena, "uin/%s", s->of->who->owner_uin);
    struct cos_span region = cos_span_eq_str(r->region, "*") ? COS_SPAN_EMPTY : r->region;
    add_text(&s->arena, &s->others,
             cos_arena_printf(&s->arena,
                              "qcs::" COS_SPAN_FMT ":" COS_SPAN_FMT ":" COS_SPAN_FMT
                              ":" COS_SPAN_FMT,
                              COS_SPAN_ARG(r->service), COS_SPAN_ARG(region),
                              COS_SPAN_ARG(account), COS_SPAN_ARG(with_x(&s->arena, r->path))));
    if (cos_span_chr(r->path, '*') != SIZE_MAX) {
        note_gap(s, "of resources of other services than cos one each");
    }
}

static void add_resource(struct advice_space *s, const struct cam_resource *r)
{
    if (r->is_star) {
        return;
    }
    if (!is_of_cos(r)) {
        add_other(s, r);
        return;
    }
    s->patterns[s->n_patterns++] = (struct class_pattern){.text = r->path};
    if (r->region.len > 0 && !cos_span_eq_str(r->region, "*")) {
        add_text(&s->arena, &s->regions, r->region);
    }
    if (is_account(r->account)) {
        add_text(&s->arena, &s->accounts, r->account);
    }
}

/* A list's prefix is asked by conditions, too. */
static void add_prefix_patterns(struct advice_space *s)
{
    for (size_t i = 0; i < s->n_keys; i++) {
        const struct space_key *k = &s->keys[i];
        for (size_t v = 0; k->key->id == CAM_KEY_PREFIX && v < k->n_patterns; v++) {
            s->patterns[s->n_patterns++] = k->patterns[v];
        }
    }
    for (size_t i = 0; i < s->of->n_prefixes; i++) {
        s->patterns[s->n_patterns++] = (struct class_pattern){
            .text = cos_arena_printf(&s->arena, "%s*", s->of->prefixes[i])};
    }
}

static size_t count_patterns(const struct advice_space *s)
{
    size_t n = s->of->n_prefixes;
    struct each e = every(s);
    for (const struct cam_statement *st = next_statement(&e); st != NULL;
         st = next_statement(&e)) {
        n += st->n_resources;
    }
    for (size_t i = 0; i < s->n_keys; i++) {
        n += s->keys[i].n_patterns;
    }
    return n;
}

static bool fits_pattern(const struct class_pattern *p, struct cos_span path)
{
    struct cos_span rest = path;
    if (p->is_of_key) {
        (void)cos_span_cut(&rest, '/');
    }
    return p->is_literal ? cos_span_eq(p->text, rest) : cam_glob(p->text, rest);
}

/* A path that looks like one, where no policy minds. */
static void dress(struct advice_space *s, struct class_text *c)
{
    struct cos_span key = c->text;
    (void)cos_span_cut(&key, '/');
    struct cos_span better = cos_arena_printf(&s->arena, BUCKET "%s/" COS_SPAN_FMT,
                                              s->of->who->appid, COS_SPAN_ARG(key));
    for (size_t i = 0; i < s->n_patterns; i++) {
        const struct class_pattern *p = &s->patterns[i];
        if (fits_pattern(p, better) != fits_pattern(p, c->text)) {
            return;
        }
    }
    c->text = better;
}

static void make_spot(struct advice_space *s, const struct class_text *path, size_t region,
                      size_t account, bool is_regional)
{
    struct cos_span key = path->text;
    (void)cos_span_cut(&key, '/');
    s->spots[s->n_spots++] = (struct spot){
        .resource = cos_arena_printf(&s->arena,
                                     "qcs::cos:" COS_SPAN_FMT ":" COS_SPAN_FMT ":" COS_SPAN_FMT,
                                     COS_SPAN_ARG(s->regions.items[region]),
                                     COS_SPAN_ARG(s->accounts.items[account]),
                                     COS_SPAN_ARG(path->text)),
        .path = path,
        .prefix =
            cos_arena_printf(&s->arena, "cos:prefix=" COS_SPAN_FMT, COS_SPAN_ARG(key)).ptr,
        .is_elsewhere = is_regional && region + 1 == s->regions.n,
    };
}

static bool make_spots(struct advice_space *s, bool is_regional)
{
    size_t places = s->regions.n * s->accounts.n;
    size_t n_paths = s->paths.n;
    if (n_paths * places > SPOTS_MAX) {
        n_paths = SPOTS_MAX / places;
        note_gap(s, "paths: there are too many kinds of them to ask about each");
    }
    s->spots = cos_arena_array(&s->arena, n_paths * places + 1, sizeof(*s->spots));
    for (size_t i = 0; i < n_paths && s->spots != NULL; i++) {
        for (size_t k = 0; k < places; k++) {
            make_spot(s, &s->paths.items[i], k / s->accounts.n, k % s->accounts.n, is_regional);
        }
    }
    return s->spots != NULL;
}

static bool find_resources(struct advice_space *s)
{
    s->patterns =
        cos_arena_array(&s->arena, count_patterns(s) + 1, sizeof(struct class_pattern));
    if (s->patterns == NULL) {
        return false;
    }
    struct each e = every(s);
    for (const struct cam_statement *st = next_statement(&e); st != NULL;
         st = next_statement(&e)) {
        for (size_t i = 0; i < st->n_resources; i++) {
            add_resource(s, &st->resources[i]);
        }
    }
    add_prefix_patterns(s);
    bool is_regional = s->regions.n > 0;
    struct cos_span region = COS_SPAN_LIT(REGION);
    if (is_regional && cos_span_eq(s->regions.items[0], region)) {
        region = COS_SPAN_LIT(OTHER_REGION);
    }
    add_text(&s->arena, &s->regions, region);
    if (s->accounts.n == 0) {
        add_text(&s->arena, &s->accounts,
                 cos_arena_printf(&s->arena, "uid/%s", s->of->who->appid));
    }
    if (!classes_find(&s->paths, &s->arena, s->patterns, s->n_patterns, CLASS_PATH)) {
        return false;
    }
    for (size_t i = 0; i < s->paths.n; i++) {
        dress(s, &s->paths.items[i]);
    }
    if (!s->paths.is_exact) {
        note_gap(s, "paths: their globs overlap in too many ways to follow all of them");
    }
    return make_spots(s, is_regional);
}

/* --- who asks --- */

static void add_who(struct advice_space *s, const struct cam_principal *who)
{
    for (size_t i = 0; i < s->n_who; i++) {
        const struct cam_principal *w = s->who[i];
        if (w->kind == who->kind && strcmp(w->uin, who->uin) == 0 &&
            strcmp(w->owner_uin, who->owner_uin) == 0) {
            return;
        }
    }
    struct cam_principal *copy = cos_arena_alloc(&s->arena, sizeof(*copy));
    const struct cam_principal **more =
        cos_arena_array(&s->arena, s->n_who + 1, sizeof(struct cam_principal *));
    if (copy == NULL || more == NULL) {
        return;
    }
    if (s->n_who > 0) {
        memcpy(more, s->who, s->n_who * sizeof(struct cam_principal *));
    }
    *copy = *who;
    s->who = more;
    more[s->n_who++] = copy;
}

static void add_grantee(struct advice_space *s, const struct cam_grantee *g)
{
    struct cam_principal who = {.kind = CAM_ANONYMOUS, .uin = "", .owner_uin = "", .appid = ""};
    if (!g->is_anyone) {
        if (g->whole_arn.len > 0 || cos_span_eq_str(g->uin, "*")) {
            return;
        }
        bool is_role = g->role.len > 0 || g->role_id.len > 0;
        who.kind = is_role ? CAM_ROLE : cos_span_eq(g->owner_uin, g->uin) ? CAM_ROOT : CAM_USER;
        who.owner_uin = cos_arena_str(&s->arena, g->owner_uin);
        who.uin = cos_arena_str(&s->arena, is_role ? g->role_id : g->uin);
        who.role = is_role ? cos_arena_str(&s->arena, g->role) : NULL;
        who.appid = s->of->who->appid;
    }
    add_who(s, &who);
}

/* A condition names somebody, or his account. */
static void add_named(struct advice_space *s, const struct cam_condition *c)
{
    bool is_uin = c->key != NULL && c->key->id == CAM_KEY_UIN;
    bool is_owner = c->key != NULL && c->key->id == CAM_KEY_OWNER_UIN;
    for (size_t i = 0; (is_uin || is_owner) && i < c->n_values; i++) {
        if (c->values[i].has_variables) {
            continue;
        }
        struct cam_principal who = *s->of->who;
        const char *name = cos_arena_str(&s->arena, with_x(&s->arena, c->values[i].text));
        who.uin = is_uin ? name : who.uin;
        who.owner_uin = is_owner ? name : who.owner_uin;
        add_who(s, &who);
    }
}

static void find_callers(struct advice_space *s)
{
    add_who(s, s->of->who);
    struct each e = every(s);
    for (const struct cam_statement *st = next_statement(&e); st != NULL;
         st = next_statement(&e)) {
        for (size_t i = 0; i < st->n_conditions; i++) {
            add_named(s, &st->conditions[i]);
        }
    }
    for (size_t i = 0; i < s->of->n_policies; i++) {
        const struct cam_policy *p = s->of->policies[i];
        for (size_t k = 0; p->use == CAM_BUCKET && k < p->n_statements; k++) {
            for (size_t g = 0; g < p->statements[k].n_grantees; g++) {
                add_grantee(s, &p->statements[k].grantees[g]);
            }
        }
    }
}

/* --- making one --- */

static bool find_keys(struct advice_space *s)
{
    struct space_keys found = {.arena = &s->arena, .who = s->of->who};
    struct each e = every(s);
    for (const struct cam_statement *st = next_statement(&e); st != NULL;
         st = next_statement(&e)) {
        s->n_statements++;
        for (size_t i = 0; i < st->n_conditions; i++) {
            space_keys_add(&found, &st->conditions[i]);
        }
    }
    bool is_good = space_keys_finish(&found);
    s->keys = found.items;
    s->n_keys = found.n;
    if (found.is_sampled) {
        note_gap(s, "values of conditions: of some keys a few combinations");
    }
    return is_good;
}

struct advice_space *advice_space_new(const struct advice_space_of *of)
{
    struct advice_space *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    s->of = of;
    cos_arena_init(&s->arena, ARENA_MAX_BYTES);
    find_callers(s);
    bool is_made = find_keys(s) && find_resources(s);
    if (is_made) {
        find_actions(s);
    }
    return is_made && !s->arena.failed ? s : advice_space_free(s);
}

struct advice_space *advice_space_free(struct advice_space *s)
{
    if (s != NULL) {
        cos_arena_deinit(&s->arena);
        cos_free(s);
    }
    return NULL;
}

const char *advice_space_gap(const struct advice_space *s)
{
    return s->gap[0] == '\0' ? NULL : s->gap;
}

/* --- walking it --- */

struct tour {
    struct advice_space *s;
    bool (*visit)(void *ctx, const struct advice_point *point);
    void *ctx;
    struct advice_point at;
    size_t asked[PAIRS_MAX]; /* the keys that matter for the group */
    size_t n_asked;
    size_t chosen[PAIRS_MAX]; /* of each of them, which of its choices */
    const char *pairs[PAIRS_MAX];
    size_t n_own; /* pairs that come from the resource */
    size_t visited;
};

/* A key matters where a statement that takes the action asks for it. */
static bool is_asked(const struct advice_space *s, const struct group *g, size_t key)
{
    struct each e = every(s);
    for (const struct cam_statement *st = next_statement(&e); st != NULL;
         st = next_statement(&e)) {
        size_t number = e.number - 1;
        if ((g->takes[number / 64] >> (number % 64) & 1) == 0) {
            continue;
        }
        for (size_t i = 0; i < st->n_conditions; i++) {
            if (st->conditions[i].key == s->keys[key].key) {
                return true;
            }
        }
    }
    return false;
}

/* TLS has a version, and nothing else has one. */
static bool can_be(const struct tour *t, size_t n)
{
    bool is_plain = false;
    bool has_version = false;
    for (size_t i = 0; i < n; i++) {
        is_plain = is_plain || strcmp(t->pairs[i], "cos:secure-transport=false") == 0;
        has_version = has_version || strncmp(t->pairs[i], "cos:tls-version=", 16) == 0;
    }
    return !(is_plain && has_version);
}

static bool visit_chosen(struct tour *t)
{
    size_t n = t->n_own;
    for (size_t i = 0; i < t->n_asked; i++) {
        const struct space_choice *c = &t->s->keys[t->asked[i]].choices[t->chosen[i]];
        for (size_t k = 0; k < c->n && n < PAIRS_MAX; k++) {
            t->pairs[n++] = c->pairs[k];
        }
    }
    if (!can_be(t, n)) {
        return true;
    }
    if (t->visited++ == POINTS_MAX) {
        note_gap(t->s, "all: there are more than a million kinds of requests");
        return false;
    }
    t->at.q.context = t->pairs;
    t->at.q.n_context = n;
    return t->visit(t->ctx, &t->at);
}

/* The next combination; false: there is none. */
static bool turn(struct tour *t)
{
    for (size_t i = 0; i < t->n_asked; i++) {
        if (++t->chosen[i] < t->s->keys[t->asked[i]].n_choices) {
            return true;
        }
        t->chosen[i] = 0;
    }
    return false;
}

static size_t count_contexts(const struct tour *t)
{
    size_t n = 1;
    for (size_t i = 0; i < t->n_asked && n <= CONTEXTS_MAX; i++) {
        n *= t->s->keys[t->asked[i]].n_choices;
    }
    return n;
}

/* Where there are too many combinations: each key by itself, against others that are first and
 * last of theirs. */
static bool visit_some(struct tour *t)
{
    note_gap(t->s, "conditions: of several keys at a time a few combinations");
    for (unsigned is_last = 0; is_last < 2; is_last++) {
        for (size_t i = 0; i < t->n_asked; i++) {
            for (size_t k = 0; k < t->n_asked; k++) {
                t->chosen[k] = is_last ? t->s->keys[t->asked[k]].n_choices - 1 : 0;
            }
            for (size_t c = 0; c < t->s->keys[t->asked[i]].n_choices; c++) {
                t->chosen[i] = c;
                if (!visit_chosen(t)) {
                    return false;
                }
            }
        }
    }
    return true;
}

static bool visit_contexts(struct tour *t)
{
    memset(t->chosen, 0, sizeof(t->chosen));
    if (count_contexts(t) > CONTEXTS_MAX) {
        return visit_some(t);
    }
    bool goes_on = true;
    do {
        goes_on = visit_chosen(t);
    } while (goes_on && turn(t));
    return goes_on;
}

static bool visit_resource(struct tour *t, struct cos_span resource)
{
    t->at.q.resource = resource;
    return visit_contexts(t);
}

/* Of a list the prefix is both the end of its resource and a value. */
static bool visit_spot(struct tour *t, unsigned form, const struct spot *spot)
{
    size_t empty = sizeof("cos:prefix=") - 1;
    t->at.path = spot->path->text;
    t->at.is_elsewhere = spot->is_elsewhere;
    t->n_own = 0;
    if (form == ADVICE_ON_LIST && spot->prefix[empty] != '\0') {
        t->pairs[t->n_own++] = spot->prefix;
    }
    return visit_resource(t, spot->resource);
}

static bool visit_spots(struct tour *t, unsigned form)
{
    for (size_t i = 0; i < t->s->n_spots; i++) {
        const struct spot *spot = &t->s->spots[i];
        bool is_one =
            form == ADVICE_ON_LIST || spot->path->has_key == (form == ADVICE_ON_OBJECT);
        if (is_one && !visit_spot(t, form, spot)) {
            return false;
        }
    }
    return true;
}

static bool visit_others(struct tour *t)
{
    t->at.path = COS_SPAN_EMPTY;
    t->at.is_elsewhere = false;
    t->n_own = 0;
    for (size_t i = 0; i < t->s->others.n; i++) {
        if (!visit_resource(t, t->s->others.items[i])) {
            return false;
        }
    }
    return true;
}

static bool visit_star(struct tour *t)
{
    t->at.path = COS_SPAN_EMPTY;
    t->at.is_elsewhere = false;
    t->n_own = 0;
    return visit_resource(t, COS_SPAN_LIT("*"));
}

static bool visit_forms(struct tour *t, const struct group *g)
{
    bool is_cos = strncmp(g->names[0], "cos:", 4) == 0;
    unsigned forms = g->forms;
    if (forms == 0 && is_cos) {
        forms = ADVICE_ON_SERVICE | ADVICE_ON_BUCKET | ADVICE_ON_OBJECT;
    } else if (forms == 0) {
        forms = ADVICE_ON_SERVICE | ADVICE_ON_ROLE;
    }
    bool goes_on = (forms & ADVICE_ON_SERVICE) == 0 || visit_star(t);
    goes_on = goes_on && ((forms & ADVICE_ON_ROLE) == 0 || visit_others(t));
    static const unsigned of_paths[] = {ADVICE_ON_BUCKET, ADVICE_ON_LIST, ADVICE_ON_OBJECT};
    for (size_t i = 0; i < COS_ARRAY_LEN(of_paths) && goes_on; i++) {
        goes_on = (forms & of_paths[i]) == 0 || visit_spots(t, of_paths[i]);
    }
    return goes_on;
}

static bool visit_group(struct tour *t, const struct group *g)
{
    struct advice_space *s = t->s;
    t->at.actions = g->names;
    t->at.n_actions = g->n;
    t->at.q.action = cos_arena_printf(&s->arena, "name/%s", g->names[0]);
    t->n_asked = 0;
    for (size_t i = 0; i < s->n_keys; i++) {
        bool is_carried = (g->carries >> i & 1) != 0;
        bool is_of_resource =
            s->keys[i].key->id == CAM_KEY_PREFIX && (g->forms & ADVICE_ON_LIST) != 0;
        if (is_carried && !is_of_resource && is_asked(s, g, i)) {
            t->asked[t->n_asked++] = i;
        }
    }
    return visit_forms(t, g);
}

void advice_space_visit(struct advice_space *s,
                        bool (*visit)(void *ctx, const struct advice_point *point), void *ctx)
{
    struct tour t = {.s = s, .visit = visit, .ctx = ctx};
    bool goes_on = true;
    for (size_t w = 0; w < s->n_who && goes_on; w++) {
        t.at.who = s->who[w];
        for (size_t g = 0; g < s->n_groups && goes_on; g++) {
            goes_on = visit_group(&t, &s->groups[g]);
        }
    }
}
