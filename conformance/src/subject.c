/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subject's top: dispatch, the shape of a reply, its life and time. Operations live in
 * subject_fs.c, subject_stream.c, subject_token.c, subject_party.c and loader.c; what they all
 * stand on in subject_call.c.
 */
#include "subject_internal.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "protocol.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_REPLY_BYTES ((size_t)8 << 20)
#define MAX_PARALLEL 64

/* "INTERNAL" for anything outside the list. */
static const char *class_name(int code)
{
    return protocol_classes[code > 0 && code < COSN_PLUGIN_INTERNAL ? code - 1
                                                                    : COSN_PLUGIN_INTERNAL - 1]
        .name;
}

/* ---- dropping everything ---- */

static void handle_free(struct handle *h)
{
    handle_close(h);
    (void)cos_free(h->uri);
    (void)cos_free(h);
}

static void free_handles_of(struct subject *s, enum handle_kind kind)
{
    for (size_t i = 0; i < s->n_handles; i++) {
        if (s->handles[i] != NULL && s->handles[i]->kind == kind) {
            handle_free(s->handles[i]);
            s->handles[i] = NULL;
        }
    }
}

/* Managers first (they call filesystems), then streams, filesystems, plugins. */
static void subject_reset(struct subject *s)
{
    static const enum handle_kind order[] = {HANDLE_MANAGER, HANDLE_IN, HANDLE_OUT, HANDLE_FS,
                                             HANDLE_FREE};
    for (size_t i = 0; i < COS_ARRAY_LEN(order); i++) {
        free_handles_of(s, order[i]);
        if (order[i] == HANDLE_MANAGER) {
            provisions_end(s);
        }
    }
    s->handles = cos_free(s->handles);
    s->n_handles = 0;
    while (s->parties != NULL) {
        s->parties = party_free(s->parties);
    }
    s->table = s->default_table;
    s->clock = cos_clock_free(s->clock);
    s->jumped_ms = 0;
}

/* ---- small operations ---- */

static void list_strings(struct cos_jw *w, const char *name, const char *const *items)
{
    cos_jw_array(w, name);
    for (; items != NULL && *items != NULL; items++) {
        cos_jw_str(w, NULL, *items);
    }
    cos_jw_end(w);
}

static bool declares(const struct cosn_plugin_table *table, const char *capability)
{
    for (const char *const *p = table->capabilities; p != NULL && *p != NULL; p++) {
        if (strcmp(*p, capability) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Virtual time is granted when it is asked for and every plugin that could run knows how to
 * live in it.
 */
static void start_clock(struct call *c)
{
    int64_t epoch_ms;
    const struct cosn_plugin_table *table = c->s->table;
    if (c->s->clock != NULL || strcmp(protocol_str_or(c, "clock", "real"), "virtual") != 0 ||
        !cos_json_i64(cos_json_get(c->request, "epoch_ms"), &epoch_ms)) {
        return;
    }
    if (table == NULL || declares(table, "clock.virtual")) {
        c->s->clock = cos_clock_manual_new(epoch_ms, /* auto_advance= */ true);
    }
}

static void write_subject(struct call *c, const struct cosn_plugin_table *table)
{
    struct cos_jw *w = &c->w;
    cos_jw_object(w, "subject");
    cos_jw_str(w, "name", table != NULL ? table->name : "");
    cos_jw_str(w, "version", table != NULL ? table->version : "");
    cos_jw_str(w, "vendor", table != NULL ? table->vendor : "");
    cos_jw_array(w, "artifacts");
    for (size_t i = 0; i < c->s->n_artifacts; i++) {
        cos_jw_object(w, NULL);
        cos_jw_str(w, "path", c->s->artifacts[i]);
        cos_jw_bool(w, "serves_cosn", strcmp(c->s->artifacts[i], c->s->default_path) == 0);
        cos_jw_end(w);
    }
    cos_jw_end(w);
    cos_jw_end(w);
}

/*
 * Of C all of the protocol can be asked; only the plugin table has no way to append (Fluss's
 * FileSystem has none). The search for plugins (loader.c) is the judge's own.
 */
static void write_manners(struct cos_jw *w)
{
    static const char *const lacks[] = {"append", NULL};
    cos_jw_str(w, "language", "c");
    list_strings(w, "lacks", lacks);
    cos_jw_str(w, "loader", "harness");
}

/*
 * The plugin's own, and what is ours: a tree is searched by loader.c, whatever the plugin is,
 * and whoever lives by the host's clock sees it jump.
 */
static void write_capabilities(struct cos_jw *w, const struct cosn_plugin_table *table)
{
    cos_jw_array(w, "capabilities");
    for (const char *const *p = table != NULL ? table->capabilities : NULL;
         p != NULL && *p != NULL; p++) {
        cos_jw_str(w, NULL, *p);
    }
    if (table != NULL && declares(table, "clock.virtual")) {
        cos_jw_str(w, NULL, "clock.jump");
    }
    cos_jw_str(w, NULL, "load.tree");
    cos_jw_end(w);
}

static void run_hello(struct call *c)
{
    if (protocol_i64_or(c, "protocol", 0) != 1) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: this driver speaks protocol 1");
        return;
    }
    if (c->s->load_error[0] != '\0') {
        protocol_fail(c, COSN_PLUGIN_CONFIG, "%s", c->s->load_error);
        return;
    }
    start_clock(c);
    const struct cosn_plugin_table *table = c->s->table;
    struct cos_jw *w = &c->w;
    cos_jw_i64(w, "protocol", 1);
    cos_jw_object(w, "driver");
    cos_jw_str(w, "name", "cosconform-host");
    cos_jw_str(w, "version", "1");
    cos_jw_end(w);
    write_subject(c, table);
    static const char *const roles[] = {"server", "client", NULL};
    list_strings(w, "roles", roles);
    write_capabilities(w, table);
    list_strings(w, "schemes", table != NULL ? table->schemes : NULL);
    cos_jw_str(w, "reset", "full");
    cos_jw_i64(w, "max_inflight", 1);
    cos_jw_str(w, "clock", c->s->clock != NULL ? "virtual" : "real");
    write_manners(w);
}

static void run_ping(struct call *c)
{
}

static void run_append(struct call *c)
{
    protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: a plugin's table has no way to append");
}

static void run_reset(struct call *c)
{
    subject_reset(c->s);
}

static void run_shutdown(struct call *c)
{
    subject_reset(c->s);
    c->s->is_down = true;
}

/* "Name:   123 kB" lines of /proc/self/status. */
static int64_t status_number(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at != NULL ? strtoll(at + strlen(name), NULL, 10) : -1;
}

static int64_t count_fds(void)
{
    int64_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL) {
        return -1;
    }
    while (readdir(dir) != NULL) {
        n++;
    }
    (void)closedir(dir);
    return n - 3; /* ".", ".." and the one of opendir */
}

static void run_stats(struct call *c)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 64 << 10);
    if (cos_file_read(&b, "/proc/self/status") < 0) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: no /proc/self/status");
        return;
    }
    cos_jw_i64(&c->w, "rss_kb", status_number(cos_buf_cstr(&b), "VmRSS:"));
    cos_jw_i64(&c->w, "peak_rss_kb", status_number(cos_buf_cstr(&b), "VmHWM:"));
    cos_jw_i64(&c->w, "threads", status_number(cos_buf_cstr(&b), "Threads:"));
    cos_jw_i64(&c->w, "fds", count_fds());
    cos_jw_i64(&c->w, "pid", getpid());
}

/* ---- parallel ---- */

static void call_one(struct subject *s, const struct cos_json *request, struct cos_buf *reply);

struct lane {
    struct subject *s;
    const struct cos_json *request;
    struct cos_buf reply;
    pthread_t thread;
    bool is_running;
};

static void *lane_main(void *arg)
{
    struct lane *lane = arg;
    call_one(lane->s, lane->request, &lane->reply);
    return NULL;
}

static void run_parallel(struct call *c)
{
    const struct cos_json *ops = cos_json_get(c->request, "ops");
    size_t n = cos_json_count(ops);
    if (n == 0 || n > MAX_PARALLEL) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: parallel takes 1 to %d ops",
                      MAX_PARALLEL);
        return;
    }
    struct lane *lanes = cos_calloc(n, sizeof(*lanes));
    if (lanes == NULL) {
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory");
        return;
    }
    size_t i = 0;
    for (const struct cos_json *op = cos_json_first(ops); op != NULL; op = cos_json_next(op)) {
        struct lane *lane = &lanes[i++];
        lane->s = c->s;
        lane->request = op;
        cos_buf_init(&lane->reply, MAX_REPLY_BYTES);
        lane->is_running = pthread_create(&lane->thread, NULL, lane_main, lane) == 0;
    }
    cos_jw_array(&c->w, "replies");
    for (i = 0; i < n; i++) {
        if (lanes[i].is_running) {
            (void)pthread_join(lanes[i].thread, NULL);
        } else {
            cos_buf_str(&lanes[i].reply, "{\"ok\":false,\"err\":{\"class\":\"NOMEM\"}}");
        }
        cos_jw_raw(&c->w, NULL, cos_buf_view(&lanes[i].reply));
        cos_buf_deinit(&lanes[i].reply);
    }
    cos_jw_end(&c->w);
    (void)cos_free(lanes);
}

/* ---- dispatch ---- */

static const struct {
    const char *name;
    void (*run)(struct call *c);
} operations[] = {
    {"hello", run_hello},
    {"ping", run_ping},
    {"load", run_load},
    {"configure", run_configure},
    {"env", run_env},
    {"open", run_open},
    {"close", run_close},
    {"stat", run_stat},
    {"exists", run_exists},
    {"list", run_list},
    {"mkdirs", run_mkdirs},
    {"delete", run_delete},
    {"rename", run_rename},
    {"write", run_write},
    {"append", run_append},
    {"read", run_read},
    {"out_open", run_out_open},
    {"out_write", run_out_write},
    {"out_flush", run_out_flush},
    {"out_pos", run_out_pos},
    {"out_close", run_out_close},
    {"out_free", run_out_free},
    {"in_open", run_in_open},
    {"in_read", run_in_read},
    {"in_seek", run_in_seek},
    {"in_pos", run_in_pos},
    {"in_close", run_in_close},
    {"get_token", run_get_token},
    {"apply_token", run_apply_token},
    {"manager_start", run_manager_start},
    {"manager_stop", run_manager_stop},
    {"advance", run_advance},
    {"parallel", run_parallel},
    {"stats", run_stats},
    {"reset", run_reset},
    {"shutdown", run_shutdown},
};

static void write_error(struct cos_jw *w, struct call *c)
{
    const struct cosn_plugin_error *e = &c->error;
    cos_jw_object(w, "err");
    cos_jw_str(w, "class", class_name(e->code));
    cos_jw_bool(w, "typed", true);
    cos_jw_bool(w, "retryable", e->retryable != 0);
    cos_jw_i64(w, "http_status", e->http_status);
    cos_jw_str(w, "cos_code", e->cos_code);
    cos_jw_str(w, "request_id", e->request_id);
    cos_jw_str(w, "message", e->message);
    cos_jw_end(w);
}

static void finish_reply(struct call *c, struct cos_buf *reply)
{
    struct cos_jw w;
    cos_jw_init(&w, reply);
    cos_jw_object(&w, NULL);
    cos_jw_i64(&w, "id", protocol_i64_or(c, "id", 0));
    cos_jw_bool(&w, "ok", !c->failed);
    if (c->s->clock != NULL) {
        cos_jw_i64(&w, "now", c->s->clock->unix_ms(c->s->clock->ctx));
    }
    if (c->failed) {
        write_error(&w, c);
    } else if (c->out.len > 2) {
        /* `out` is "{...}": its members follow ours. */
        cos_buf_ch(reply, ',');
        cos_buf_append(reply, c->out.ptr + 1, c->out.len - 2);
    }
    cos_jw_end(&w);
}

static void call_one(struct subject *s, const struct cos_json *request, struct cos_buf *reply)
{
    struct call c = {.s = s, .request = request};
    cos_buf_init(&c.out, MAX_REPLY_BYTES);
    cos_jw_init(&c.w, &c.out);
    cos_jw_object(&c.w, NULL);
    const char *name = protocol_str_or(&c, "op", "");
    size_t i = 0;
    while (i < COS_ARRAY_LEN(operations) && strcmp(operations[i].name, name) != 0) {
        i++;
    }
    if (i < COS_ARRAY_LEN(operations)) {
        operations[i].run(&c);
    } else {
        protocol_fail(&c, COSN_PLUGIN_UNSUPPORTED, "driver: unknown operation '%.40s'", name);
    }
    cos_jw_end(&c.w);
    if (!c.failed && c.out.failed) {
        protocol_fail(&c, COSN_PLUGIN_INTERNAL, "driver: the reply is too long");
    }
    finish_reply(&c, reply);
    cos_buf_deinit(&c.out);
}

bool subject_call(struct subject *s, struct cos_span request, struct cos_buf *reply)
{
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error err = {0};
    if (cos_json_parse(&root, request, &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        struct call c = {.s = s};
        protocol_fail(&c, COSN_PLUGIN_INVALID_ARG,
                      "driver: the request is no JSON (column %u: %s)", err.column,
                      err.message);
        finish_reply(&c, reply);
        return true;
    }
    call_one(s, root, reply);
    return !s->is_down;
}

/* ---- life ---- */

struct subject *subject_new(const struct subject_options *options)
{
    struct subject *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        return cos_free(s);
    }
    s->options = *options;
    s->entry = options->entry;
    if (options->entry != NULL) {
        s->default_table = options->entry(COSN_PLUGIN_ABI_MAJOR, COSN_PLUGIN_ABI_MINOR);
    } else if (options->path != NULL) {
        struct cosn_plugin_error e = CALL_ERROR_INIT;
        struct found_plugin found;
        if (loader_find(s, options->path, /* plugins_dir= */ NULL, &found, &e) ==
            COSN_PLUGIN_OK) {
            s->default_table = found.table;
            (void)snprintf(s->default_path, sizeof(s->default_path), "%s", found.path);
        } else {
            (void)snprintf(s->load_error, sizeof(s->load_error), "%s", e.message);
        }
    }
    s->table = s->default_table;
    return s;
}

struct subject *subject_free(struct subject *s)
{
    if (s == NULL) {
        return NULL;
    }
    subject_reset(s);
    provisions_free(s);
    for (size_t i = 0; i < s->n_artifacts; i++) {
        (void)cos_free(s->artifacts[i]);
    }
    (void)cos_free(s->artifacts);
    (void)pthread_mutex_destroy(&s->lock);
    return cos_free(s);
}

static int64_t mono_ms(struct subject *s)
{
    return s->clock != NULL ? s->clock->mono_ms(s->clock->ctx) : cos_system_mono_ns() / 1000000;
}

void subject_wait_ms(struct subject *s, int64_t ms)
{
    if (s->clock == NULL || ms <= 0) {
        return;
    }
    subject_tell_time(s, ms);
    (void)s->clock->wait_until(s->clock->ctx, mono_ms(s) + ms);
}
