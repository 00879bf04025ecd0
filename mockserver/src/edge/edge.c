/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge as a whole: which listeners exist, the event loops they feed, the certificate they
 * show. It refuses to listen beyond loopback for the control API without a token.
 *
 * What costs time is made when it is needed: the authority at the first question for it, the
 * TLS event loops at the first ClientHello. A tenant may bring a host suffix that the
 * certificate of the moment does not cover; then the next ClientHello gets new loops with a new
 * certificate, while connections of the old ones live on. Old loops go when they are empty.
 */
#include "edge/edge.h"

#include "cosbase/alloc.h"
#include "cosbase/arena.h"
#include "cosbase/clock.h"
#include "cosbase/file.h"
#include "cosbase/log.h"
#include "edge/control.h"
#include "edge/front.h"
#include "edge/names.h"
#include "edge/plane.h"
#include "edge/refusal.h"
#include "edge/socket.h"
#include "edge/timer.h"
#include "edge/tls.h"
#include "world/domains.h"
#include "world/fail.h"
#include "world/host.h"
#include "world/mock.h"

#define DRAIN_MS 5000
#define MAX_THREADS_BY_DEFAULT 4
#define MAX_THREADS 64
#define CERTIFICATE_MAX_BYTES (1u << 20)
#define NAMES_MAX_BYTES (8u << 20)
#define TOKEN_MIN_BYTES 16
#define TOKEN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="

/* --- lifetime --- */

static void free_tls_planes(struct edge_tls_plane *p)
{
    while (p != NULL) {
        struct edge_tls_plane *next = p->next;

        (void)plane_free(p->plane);
        cos_free(p);
        p = next;
    }
}

static void free_fronts(struct edge_front *f)
{
    while (f != NULL) {
        struct edge_front *next = f->next;

        (void)front_free(f->front);
        cos_free(f);
        f = next;
    }
}

static void free_controls(struct edge_control *c)
{
    while (c != NULL) {
        struct edge_control *next = c->next;

        (void)control_free(c->control);
        cos_free(c);
        c = next;
    }
}

/* First nobody new comes in, then those inside finish (delayed replies go out at once),
 * then the doors close. */
static void stop_listeners(struct edge *e)
{
    (void)pthread_mutex_lock(&e->lock);
    struct edge_front *fronts = e->fronts;
    e->fronts = NULL;
    (void)pthread_mutex_unlock(&e->lock);
    free_fronts(fronts);

    (void)pthread_mutex_lock(&e->lock);
    struct edge_control *controls = e->controls;
    struct plane *plain = e->plain;
    struct edge_tls_plane *tls = e->tls;
    struct edge_timer *timer = e->timer;
    e->controls = NULL;
    e->plain = NULL;
    e->tls = NULL;
    e->timer = NULL;
    e->tls_names_sha[0] = '\0';
    (void)pthread_mutex_unlock(&e->lock);
    if (timer != NULL) {
        edge_timer_flush(timer);
    }
    if (plain != NULL) {
        plane_drain(plain, DRAIN_MS);
    }
    for (struct edge_tls_plane *p = tls; p != NULL; p = p->next) {
        plane_drain(p->plane, DRAIN_MS);
    }
    (void)plane_free(plain);
    free_tls_planes(tls);
    (void)edge_timer_free(timer);
    free_controls(controls);
}

static struct edge *edge_free(struct edge *e)
{
    if (e == NULL) {
        return NULL;
    }
    stop_listeners(e);
    (void)tls_authority_free(e->authority);
    (void)pthread_mutex_destroy(&e->lock);
    return cos_free(e);
}

struct edge *edge_of(struct cosmock *mock)
{
    (void)pthread_mutex_lock(&mock->edge_lock);
    struct edge *e = mock->edge;
    if (e == NULL) {
        e = cos_calloc(1, sizeof(*e));
        if (e != NULL) {
            e->mock = mock;
            (void)pthread_mutex_init(&e->lock, NULL);
            mock->edge = e;
            mock->edge_free = edge_free;
        }
    }
    (void)pthread_mutex_unlock(&mock->edge_lock);
    return e;
}

/* --- certificates --- */

/* With the lock: event loops that show a certificate for @names. */
static struct plane *new_tls_plane(struct edge *e, const struct names *names,
                                   struct cosmock_error *err)
{
    struct tls_authority *a = edge_authority_locked(e, err);

    if (a == NULL) {
        return NULL;
    }
    struct cos_buf key;
    cos_buf_init(&key, CERTIFICATE_MAX_BYTES);
    struct cos_buf chain;
    cos_buf_init(&chain, CERTIFICATE_MAX_BYTES);
    struct plane *plane = NULL;
    if (tls_leaf_make(a, names->items, names->n, &key, &chain, err) == COSMOCK_OK) {
        struct plane_options o = {.mock = e->mock,
                                  .timer = e->timer,
                                  .threads = e->threads,
                                  .key_pem = cos_buf_cstr(&key),
                                  .chain_pem = cos_buf_cstr(&chain)};

        (void)plane_new(&plane, &o, err);
    }
    cos_buf_deinit(&key); /* wipes */
    cos_buf_deinit(&chain);
    return plane;
}

/* With the lock: take superseded loops without connections off the list. The newest superseded
 * one stays a while longer: a socket may be on its way to it. */
static struct edge_tls_plane *take_empty_planes(struct edge *e)
{
    if (e->tls == NULL || e->tls->next == NULL) {
        return NULL;
    }
    struct edge_tls_plane **at = &e->tls->next->next;
    struct edge_tls_plane *empty = NULL;
    while (*at != NULL) {
        struct edge_tls_plane *p = *at;

        if (plane_connections(p->plane) == 0) {
            *at = p->next;
            p->next = empty;
            empty = p;
        } else {
            at = &p->next;
        }
    }
    return empty;
}

/* With the lock: the loops whose certificate fits the tenants of this moment. On failure the
 * last good ones, or NULL. */
static struct plane *tls_plane_locked(struct edge *e)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, NAMES_MAX_BYTES);
    struct names names;
    if (!names_collect(&names, &arena, e->mock)) {
        return e->tls == NULL ? NULL : e->tls->plane;
    }
    char sha[65];
    names_sha(&names, sha);
    if (e->tls != NULL && strcmp(sha, e->tls_names_sha) == 0) {
        return e->tls->plane;
    }
    struct edge_tls_plane *fresh = cos_calloc(1, sizeof(*fresh));
    struct cosmock_error err = {0};
    if (fresh != NULL) {
        fresh->plane = new_tls_plane(e, &names, &err);
    }
    if (fresh == NULL || fresh->plane == NULL) {
        cos_free(fresh);
        mock_log(e->mock, COS_LOG_ERROR, "edge", "no TLS: %s", err.message);
        return e->tls == NULL ? NULL : e->tls->plane;
    }
    fresh->next = e->tls;
    e->tls = fresh;
    memcpy(e->tls_names_sha, sha, sizeof(sha));
    return fresh->plane;
}

const char *cosmock_ca_pem(struct cosmock *mock)
{
    struct edge *e = edge_of(mock);
    struct tls_authority *a = e == NULL ? NULL : edge_authority(e, /* err= */ NULL);

    return a == NULL ? NULL : tls_authority_pem(a);
}

static int write_file(const char *path, struct cos_span bytes, struct cosmock_error *err)
{
    int r = cos_file_write(path, bytes, 0644);

    return r == 0 ? COSMOCK_OK
                  : world_fail(err, COSMOCK_E_IO, "cannot write %s: %s", path, strerror(-r));
}

static int write_trust_store(const struct tls_authority *a, const char *path,
                             struct cosmock_error *err)
{
    struct cos_buf store;
    cos_buf_init(&store, CERTIFICATE_MAX_BYTES);
    int r = tls_trust_store(a, cos_system_unix_ms(), &store, err);
    if (r == COSMOCK_OK) {
        r = write_file(path, cos_buf_view(&store), err);
    }
    cos_buf_deinit(&store);
    return r;
}

int cosmock_ca_write(struct cosmock *mock, const char *pem_path, const char *jks_path,
                     struct cosmock_error *err)
{
    struct edge *e = edge_of(mock);

    if (e == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for the edge");
    }
    struct tls_authority *a = edge_authority(e, err);
    if (a == NULL) {
        return COSMOCK_E_NOMEM;
    }
    int r = COSMOCK_OK;
    if (pem_path != NULL) {
        r = write_file(pem_path, cos_span_of(tls_authority_pem(a)), err);
    }
    if (r == COSMOCK_OK && jks_path != NULL) {
        r = write_trust_store(a, jks_path, err);
    }
    return r;
}

/* --- listening --- */

/* Called from an acceptor. */
static void take_socket(void *ctx, bool is_tls, int fd)
{
    struct edge *e = ctx;

    (void)pthread_mutex_lock(&e->lock);
    struct plane *plane = is_tls ? tls_plane_locked(e) : e->plain;
    if (plane != NULL) {
        plane_take(plane, fd);
    }
    struct edge_tls_plane *empty = NULL;
    if (is_tls) {
        empty = take_empty_planes(e);
    }
    (void)pthread_mutex_unlock(&e->lock);
    if (plane == NULL) {
        (void)close(fd);
    }
    free_tls_planes(empty);
}

/* Called from an acceptor, or a loop that listens: it is out of descriptors. */
static void make_room(void *ctx)
{
    struct edge *e = ctx;

    (void)pthread_mutex_lock(&e->lock);
    if (e->plain != NULL) {
        plane_make_room(e->plain);
    }
    for (const struct edge_tls_plane *p = e->tls; p != NULL; p = p->next) {
        plane_make_room(p->plane);
    }
    for (const struct edge_control *c = e->controls; c != NULL; c = c->next) {
        control_make_room(c->control);
    }
    (void)pthread_mutex_unlock(&e->lock);
    mock_log(e->mock, COS_LOG_WARN, "edge",
             "out of file descriptors: idle connections were closed, new ones wait; raise the "
             "limit (ulimit -n)");
}

/* Called from an acceptor. */
static void refuse_socket(void *ctx, const char *sentence, const void *bytes, size_t n,
                          const char *peer, struct cos_buf *out)
{
    struct edge *e = ctx;

    refusal_write(e->mock, sentence, bytes, n, peer, out);
}

/* Called from an acceptor. */
static bool knows_host(void *ctx, const char *host, size_t n)
{
    struct edge *e = ctx;
    char name[256];

    if (n >= sizeof(name)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        name[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] + 32 : host[i]);
    }
    return host_is_known(e->mock, cos_span_make(name, n)) ||
           domain_is_known(e->mock, cos_span_make(name, n));
}

static unsigned threads_by_default(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores < 1                        ? 1
           : cores > MAX_THREADS_BY_DEFAULT ? MAX_THREADS_BY_DEFAULT
                                            : (unsigned)cores;
}

static int keep_extra_names(struct edge *e, const char *const *names, struct cosmock_error *err)
{
    for (; names != NULL && *names != NULL; names++) {
        if (mock_add_name(e->mock, *names) != 0) {
            return world_fail(err, COSMOCK_E_NOMEM, "out of memory for names");
        }
    }
    return COSMOCK_OK;
}

/* With the lock: what every front shares. */
static int prepare_planes(struct edge *e, const struct cosmock_listen_options *o,
                          struct cosmock_error *err)
{
    struct plane_options plane = {.mock = e->mock};
    int r = keep_extra_names(e, o->extra_names, err);

    if (r != COSMOCK_OK || e->plain != NULL) {
        return r;
    }
    if (e->timer == NULL && (e->timer = edge_timer_new()) == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for a timer");
    }
    e->threads = o->threads == 0 ? threads_by_default()
                                 : (o->threads > MAX_THREADS ? MAX_THREADS : o->threads);
    plane.timer = e->timer;
    plane.threads = e->threads;
    return plane_new(&e->plain, &plane, err);
}

static int listen_front(struct edge *e, const struct cosmock_listen_options *o,
                        struct cosmock_endpoint *out, struct cosmock_error *err)
{
    const struct front_owner owner = {take_socket, refuse_socket, knows_host, make_room, e};

    (void)pthread_mutex_lock(&e->lock);
    int r = prepare_planes(e, o, err);
    (void)pthread_mutex_unlock(&e->lock);
    if (r != COSMOCK_OK) {
        return r;
    }
    struct edge_front *f = cos_calloc(1, sizeof(*f));
    if (f == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for a listener");
    }
    int fd = socket_listen(o->address, o->port, &f->at, err);
    r = fd < 0 ? fd : front_new(&f->front, fd, &owner, err);
    if (r != COSMOCK_OK) {
        cos_free(f);
        return r;
    }
    *out = f->at;
    (void)pthread_mutex_lock(&e->lock);
    f->next = e->fronts;
    e->fronts = f;
    (void)pthread_mutex_unlock(&e->lock);
    mock_log(e->mock, COS_LOG_INFO, "edge", "listening on %s port %u", out->host,
             (unsigned)out->port);
    return COSMOCK_OK;
}

/* Whoever reaches the control API owns the mock, so nobody shall guess the token; and it
 * must survive a header. */
static bool token_is_strong(const struct cosmock_listen_options *o, struct cosmock_error *err)
{
    const char *token = o->control_token == NULL ? "" : o->control_token;
    size_t n = strlen(token);

    if (n == 0) {
        (void)world_fail(err, COSMOCK_E_INVALID,
                         "the control API on '%.60s' needs control_token: without one it "
                         "listens on loopback only",
                         o->address);
    } else if (n < TOKEN_MIN_BYTES) {
        (void)world_fail(err, COSMOCK_E_INVALID,
                         "the control_token for '%.60s' has %zu bytes: an address that other "
                         "machines reach needs %d at least, such as 'openssl rand -hex 16' "
                         "prints (cosmock takes it from $COSMOCK_CONTROL_TOKEN)",
                         o->address, n, TOKEN_MIN_BYTES);
    } else if (strspn(token, TOKEN_CHARACTERS) != n) {
        (void)world_fail(err, COSMOCK_E_INVALID,
                         "the control_token for '%.60s' has a character that a header cannot "
                         "carry: letters, digits and - . _ ~ + / = (RFC 6750 s.2.1)",
                         o->address);
    } else {
        return true;
    }
    return false;
}

static int listen_control(struct edge *e, const struct cosmock_listen_options *o,
                          struct cosmock_endpoint *out, struct cosmock_error *err)
{
    bool is_local = socket_is_loopback(o->address);
    struct control_options options = {.edge = e, .make_room = make_room};

    if (!is_local && !token_is_strong(o, err)) {
        return COSMOCK_E_INVALID;
    }
    struct edge_control *c = cos_calloc(1, sizeof(*c));
    if (c == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for a listener");
    }
    int fd = socket_listen(o->address, o->port, &c->at, err);
    options.at = c->at;
    options.token = is_local ? NULL : o->control_token;
    int r = fd < 0 ? fd : control_new(&c->control, fd, &options, err);
    if (r != COSMOCK_OK) {
        cos_free(c);
        return r;
    }
    *out = c->at;
    (void)pthread_mutex_lock(&e->lock);
    c->next = e->controls;
    e->controls = c;
    (void)pthread_mutex_unlock(&e->lock);
    mock_log(e->mock, COS_LOG_INFO, "edge", "control API on %s port %u", out->host,
             (unsigned)out->port);
    return COSMOCK_OK;
}

int cosmock_listen(struct cosmock *mock, enum cosmock_listener which,
                   const struct cosmock_listen_options *options, struct cosmock_endpoint *out,
                   struct cosmock_error *err)
{
    struct cosmock_listen_options given = COSMOCK_LISTEN_OPTIONS_INIT;

    if (options != NULL && !cos_sized_copy(&given, sizeof(given), options)) {
        return world_fail(
            err, COSMOCK_E_INVALID,
            "the options have no size: begin them with COSMOCK_LISTEN_OPTIONS_INIT");
    }
    struct edge *e = edge_of(mock);
    if (e == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for the edge");
    }
    switch (which) {
    case COSMOCK_FRONT:
        return listen_front(e, &given, out, err);
    case COSMOCK_CONTROL:
        return listen_control(e, &given, out, err);
    }
    return world_fail(err, COSMOCK_E_INVALID,
                      "there is no listener %d: COSMOCK_FRONT or COSMOCK_CONTROL", (int)which);
}

void cosmock_listen_stop(struct cosmock *mock)
{
    (void)pthread_mutex_lock(&mock->edge_lock);
    struct edge *e = mock->edge;
    (void)pthread_mutex_unlock(&mock->edge_lock);
    if (e != NULL) {
        stop_listeners(e);
    }
}
