/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of the protocol: obtain, apply, the refresh manager, and virtual time.
 *
 * A manager is fed by `source`: "self" mints with get_token on a filesystem of this process
 * (the harness gave it the server's); "list" hands out scripted answers one after the other,
 * the last one again and again. Both play Fluss's server towards the plugin.
 */
#include "subject_internal.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"

#include <string.h>

#define MAX_STEPS 200000 /* of one advance: more is a hot loop */

/* ---- obtain ---- */

static void write_token(struct call *c, const struct cosn_plugin_token *t)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b64 = {0};
    cos_buf_init(&b64, 1 << 20);
    cos_base64_append(&b64, t->token, t->token_len);
    cos_jw_str(&c->w, "scheme", t->scheme);
    cos_jw_object(&c->w, "token");
    cos_jw_span(&c->w, "b64", cos_buf_view(&b64));
    cos_jw_end(&c->w);
    if (t->valid_until_unix_ms == -1) {
        cos_jw_str(&c->w, "valid_until_ms", NULL);
    } else {
        cos_jw_i64(&c->w, "valid_until_ms", t->valid_until_unix_ms);
    }
    cos_jw_object(&c->w, "infos");
    for (size_t i = 0; i < t->n_infos; i++) {
        cos_jw_str(&c->w, t->infos[i].key, t->infos[i].value);
    }
    cos_jw_end(&c->w);
}

void run_get_token(struct call *c)
{
    struct handle *fs = protocol_handle(c, "fs", HANDLE_FS);
    if (fs == NULL) {
        return;
    }
    if (fs->party->table->obtain_token == NULL) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: the plugin obtains no tokens");
        return;
    }
    struct cosn_plugin_token *t = NULL;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    if (protocol_check(c, fs->party->table->obtain_token(fs->object, &t, &e), &e)) {
        write_token(c, t);
        t->release(t);
    }
}

/* ---- tokens given by the harness ---- */

struct given_token {
    /* First: release() finds the rest. */
    struct cosn_plugin_token token;
    char *scheme;
    struct cos_buf payload;
    struct cosn_plugin_kv *infos;
};

static void given_release(struct cosn_plugin_token *self)
{
    struct given_token *g = self->priv;
    (void)cos_free(g->scheme);
    cos_buf_deinit(&g->payload);
    for (size_t i = 0; i < g->token.n_infos; i++) {
        union {
            const char *borrowed;
            void *owned;
        } key = {.borrowed = g->infos[i].key}, value = {.borrowed = g->infos[i].value};
        (void)cos_free(key.owned);
        (void)cos_free(value.owned);
    }
    (void)cos_free(g->infos);
    (void)cos_free(g);
}

static bool read_infos(struct given_token *g, const struct cos_json *infos)
{
    size_t n = cos_json_count(infos);
    g->infos = cos_calloc(n + 1, sizeof(*g->infos));
    if (g->infos == NULL) {
        return false;
    }
    for (const struct cos_json *m = cos_json_first(infos); m != NULL; m = cos_json_next(m)) {
        const char *value = cos_json_str(m);
        struct cosn_plugin_kv *kv = &g->infos[g->token.n_infos++];
        kv->key = cos_strdup(cos_json_name(m));
        kv->value = cos_strdup(value != NULL ? value : "");
        if (kv->key == NULL || kv->value == NULL) {
            return false;
        }
    }
    g->token.infos = g->infos;
    return true;
}

static bool read_payload(struct given_token *g, const struct cos_json *token)
{
    const char *text = cos_json_str(cos_json_get(token, "text"));
    const char *b64 = cos_json_str(cos_json_get(token, "b64"));
    cos_buf_init(&g->payload, 1 << 20);
    if (text != NULL) {
        cos_buf_str(&g->payload, text);
    } else if (b64 == NULL || !cos_base64_decode(&g->payload, cos_span_of(b64))) {
        return false;
    }
    g->token.token = (const uint8_t *)cos_buf_cstr(&g->payload);
    g->token.token_len = g->payload.len;
    return !g->payload.failed;
}

/*
 * The token described by @object: scheme, token{text|b64}, valid_until_ms (null or absent: for
 * ever) or valid_for_ms, infos{}.
 */
static struct cosn_plugin_token *token_given(const struct cos_json *object, int64_t now_ms)
{
    struct given_token *g = cos_calloc(1, sizeof(*g));
    if (g == NULL) {
        return NULL;
    }
    g->token = (struct cosn_plugin_token){.struct_size = sizeof(g->token),
                                          .valid_until_unix_ms = -1,
                                          .release = given_release,
                                          .priv = g};
    int64_t ms;
    if (cos_json_i64(cos_json_get(object, "valid_until_ms"), &ms)) {
        g->token.valid_until_unix_ms = ms;
    } else if (cos_json_i64(cos_json_get(object, "valid_for_ms"), &ms)) {
        g->token.valid_until_unix_ms = now_ms + ms;
    }
    const char *scheme = cos_json_str(cos_json_get(object, "scheme"));
    g->scheme = cos_strdup(scheme != NULL ? scheme : "cosn");
    g->token.scheme = g->scheme;
    if (g->scheme == NULL || !read_payload(g, cos_json_get(object, "token")) ||
        !read_infos(g, cos_json_get(object, "infos"))) {
        given_release(&g->token);
        return NULL;
    }
    return &g->token;
}

void run_apply_token(struct call *c)
{
    struct party *p = party_find(c->s, protocol_str_or(c, "as", "server"));
    if (p == NULL || p->plugin == NULL) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: configure comes before apply_token");
        return;
    }
    if (p->table->apply_token == NULL) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: the plugin receives no tokens");
        return;
    }
    struct cosn_plugin_token *t = token_given(c->request, subject_unix_ms(c->s));
    if (t == NULL) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: 'token' is neither text nor base64");
        return;
    }
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    (void)protocol_check(c, p->table->apply_token(p->plugin, t, &e), &e);
    t->release(t);
}

/* ---- manager ---- */

/*
 * It outlives its manager: a timer that survives stop still asks, and is answered while the
 * filesystem is there, so that the journal shows it. At a reset it is told that all is over,
 * and whoever is in it is waited for.
 */
struct provision {
    /* Of those whose manager has been stopped. */
    struct provision *next_retired;
    struct subject *s;
    /* Source "self". */
    struct handle *fs;
    /* Source "list": an own copy. */
    struct cos_json *list;
    size_t next;
    /* Guards next and what follows. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_over;
    unsigned n_inside;
};

static struct provision *provision_free(struct provision *p)
{
    if (p == NULL) {
        return NULL;
    }
    (void)cos_json_free(p->list);
    (void)pthread_cond_destroy(&p->changed);
    (void)pthread_mutex_destroy(&p->lock);
    return cos_free(p);
}

static void retire(struct subject *s, struct provision *p)
{
    p->next_retired = s->retired;
    s->retired = p;
}

void provisions_end(struct subject *s)
{
    for (struct provision *p = s->retired; p != NULL; p = p->next_retired) {
        (void)pthread_mutex_lock(&p->lock);
        p->is_over = true;
        while (p->n_inside > 0) {
            (void)pthread_cond_wait(&p->changed, &p->lock);
        }
        (void)pthread_mutex_unlock(&p->lock);
    }
}

void provisions_free(struct subject *s)
{
    while (s->retired != NULL) {
        struct provision *next = s->retired->next_retired;
        (void)provision_free(s->retired);
        s->retired = next;
    }
}

static bool enter(struct provision *p)
{
    (void)pthread_mutex_lock(&p->lock);
    bool may = !p->is_over;
    p->n_inside += may ? 1 : 0;
    (void)pthread_mutex_unlock(&p->lock);
    return may;
}

static void leave(struct provision *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->n_inside--;
    (void)pthread_cond_broadcast(&p->changed);
    (void)pthread_mutex_unlock(&p->lock);
}

static const struct cos_json *list_item(struct provision *p)
{
    (void)pthread_mutex_lock(&p->lock);
    size_t n = cos_json_count(p->list), at = p->next < n ? p->next : n - 1;
    p->next++;
    (void)pthread_mutex_unlock(&p->lock);
    const struct cos_json *item = cos_json_first(p->list);
    while (at-- > 0) {
        item = cos_json_next(item);
    }
    return item;
}

static int provide_inside(struct provision *p, struct cosn_plugin_token **out,
                          struct cosn_plugin_error *e)
{
    if (p->fs != NULL) {
        return p->fs->party->table->obtain_token(p->fs->object, out, e);
    }
    const struct cos_json *item = list_item(p);
    if (cos_json_get(item, "err") != NULL) {
        e->code = COSN_PLUGIN_STS;
        (void)strncpy(e->message, "the server could not obtain a token",
                      sizeof(e->message) - 1);
        return e->code;
    }
    *out = token_given(item, subject_unix_ms(p->s));
    if (*out == NULL) {
        e->code = COSN_PLUGIN_INTERNAL;
        return e->code;
    }
    return COSN_PLUGIN_OK;
}

static int provide(void *ctx, struct cosn_plugin_token **out, struct cosn_plugin_error *e)
{
    struct provision *p = ctx;
    if (!enter(p)) {
        e->code = COSN_PLUGIN_CLOSED;
        return e->code;
    }
    int r = provide_inside(p, out, e);
    leave(p);
    return r;
}

static bool copy_list(struct provision *p, const struct cos_json *list)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 1 << 20);
    cos_json_print(&b, list);
    struct cos_text_error err;
    return cos_json_count(list) > 0 && !b.failed &&
           cos_json_parse(&p->list, cos_buf_view(&b), &COS_JSON_LIMITS_DEFAULT, &err) == 0;
}

static struct provision *provision_new(struct call *c)
{
    struct provision *p = cos_calloc(1, sizeof(*p));
    if (p == NULL || pthread_mutex_init(&p->lock, NULL) != 0) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return cos_free(p);
    }
    (void)pthread_cond_init(&p->changed, NULL);
    p->s = c->s;
    const char *source = protocol_str_or(c, "source", "self");
    bool ok;
    if (strcmp(source, "list") == 0) {
        ok = copy_list(p, cos_json_get(c->request, "tokens"));
        if (!ok) {
            protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: 'tokens' is missing or empty");
        }
    } else {
        p->fs = protocol_handle(c, "fs", HANDLE_FS);
        ok = p->fs != NULL;
    }
    return ok ? p : provision_free(p);
}

static size_t read_manager_conf(const struct cos_json *conf, struct cosn_plugin_kv *kv,
                                size_t max)
{
    size_t n = 0;
    for (const struct cos_json *m = cos_json_first(conf); m != NULL && n < max;
         m = cos_json_next(m)) {
        const char *value = cos_json_str(m);
        kv[n++] = (struct cosn_plugin_kv){.key = cos_json_name(m),
                                          .value = value != NULL ? value : ""};
    }
    return n;
}

/* Stop and free what a MANAGER handle holds. */
static void manager_end(struct handle *h)
{
    h->party->table->manager_stop(h->object);
    retire(h->party->s, h->provision);
    h->provision = NULL;
}

/* One that was started on top of another: what feeds both is the other's. */
static void second_end(struct handle *h)
{
    h->party->table->manager_stop(h->object);
}

/*
 * A C plugin has one manager, its party's: to start that again is to start one where there is
 * one.
 */
static void start_again(struct call *c)
{
    struct handle *h = protocol_handle(c, "mgr", HANDLE_MANAGER);
    if (h == NULL) {
        return;
    }
    struct cosn_plugin_manager *second = NULL;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    int r = h->party->table->manager_start(h->party->plugin, provide, h->provision,
                                           /* conf= */ NULL, 0, &second, &e);
    if (!protocol_check(c, r, &e)) {
        return;
    }
    int64_t number = second != NULL && second != h->object
                         ? protocol_handle_add(c, HANDLE_MANAGER, h->party, second)
                         : 0;
    if (number != 0) {
        protocol_handle_at(c, number)->end = second_end;
    }
    cos_jw_i64(&c->w, "mgr", number != 0 ? number : protocol_i64_or(c, "mgr", 0));
}

void run_manager_start(struct call *c)
{
    if (cos_json_get(c->request, "mgr") != NULL) {
        start_again(c);
        return;
    }
    struct party *p = party_find(c->s, protocol_str_or(c, "as", "client"));
    if (p == NULL || p->plugin == NULL) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG,
                      "driver: configure comes before manager_start");
        return;
    }
    if (p->table->manager_start == NULL) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: the plugin has no refresh manager");
        return;
    }
    struct provision *provision = provision_new(c);
    if (provision == NULL) {
        return;
    }
    struct cosn_plugin_kv kv[32];
    size_t n = read_manager_conf(cos_json_get(c->request, "conf"), kv, COS_ARRAY_LEN(kv));
    struct cosn_plugin_manager *m = NULL;
    struct cosn_plugin_error e = CALL_ERROR_INIT;
    int r = p->table->manager_start(p->plugin, provide, provision, kv, n, &m, &e);
    if (!protocol_check(c, r, &e)) {
        (void)provision_free(provision);
        return;
    }
    int64_t number = protocol_handle_add(c, HANDLE_MANAGER, p, m);
    if (number == 0) {
        p->table->manager_stop(m);
        (void)provision_free(provision);
        return;
    }
    struct handle *h = protocol_handle_at(c, number);
    h->provision = provision;
    h->end = manager_end;
    if (c->s->clock != NULL && p->table->manager_step != NULL) {
        (void)p->table->manager_step(m); /* what is due at once */
    }
    cos_jw_i64(&c->w, "mgr", number);
}

void run_manager_stop(struct call *c)
{
    struct handle *h = protocol_handle(c, "mgr", HANDLE_MANAGER);
    if (h == NULL) {
        return;
    }
    int64_t started_ns = cos_system_mono_ns();
    handle_close(h);
    h->kind = HANDLE_FREE;
    cos_jw_i64(&c->w, "stopped_ms", (cos_system_mono_ns() - started_ns) / 1000000);
}

/* ---- virtual time ---- */

/* Let every manager do what is due; the time of the next due work, INT64_MAX for never. */
static int64_t step_managers(struct subject *s)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < s->n_handles; i++) {
        struct handle *h = s->handles[i];
        if (h == NULL || h->kind != HANDLE_MANAGER || h->party->table->manager_step == NULL) {
            continue;
        }
        int64_t due = h->party->table->manager_step(h->object);
        next = due < next ? due : next;
    }
    return next;
}

static void move_clock(struct subject *s, int64_t ms)
{
    subject_tell_time(s, ms);
    cos_clock_advance(s->clock, ms);
}

/*
 * With "jump" the clock moves in one step, as after a suspend; else managers wake exactly when
 * they asked to. Of real time only the wall clock jumps: waits go on, as in a machine whose
 * date was set.
 */
void run_advance(struct call *c)
{
    struct subject *s = c->s;
    int64_t ms;
    if (!protocol_i64(c, "ms", &ms)) {
        return;
    }
    bool is_jump = cos_json_bool(cos_json_get(c->request, "jump"), false);
    if (ms < 0 || (s->clock == NULL && !is_jump)) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: the clock of this subject is real");
        return;
    }
    if (s->clock == NULL) {
        (void)__atomic_add_fetch(&s->jumped_ms, ms, __ATOMIC_RELAXED);
        cos_jw_i64(&c->w, "epoch_ms", subject_unix_ms(s));
        return;
    }
    int64_t end_ms = subject_unix_ms(s) + ms;
    if (is_jump) {
        move_clock(s, ms);
    }
    int64_t steps = 0;
    for (;;) {
        int64_t due_ms = step_managers(s), now_ms = subject_unix_ms(s);
        if (due_ms > end_ms || now_ms >= end_ms || steps >= MAX_STEPS) {
            break;
        }
        move_clock(s, due_ms > now_ms ? due_ms - now_ms : 1);
        steps++;
    }
    int64_t left_ms = end_ms - subject_unix_ms(s);
    if (left_ms > 0) {
        move_clock(s, left_ms);
    }
    cos_jw_i64(&c->w, "epoch_ms", subject_unix_ms(s));
    cos_jw_i64(&c->w, "steps", steps);
}
