/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and ending a mock for a verb. Order matters. The verb's own file is opened first: a
 * FIFO waits for its reader while signals still end us, and a path that cannot be written is
 * told before anything has run. Signals are blocked before the first thread, so that none of
 * them takes one. The world is loaded and the files are written before the listeners open, so
 * that whoever can connect can also work.
 */
#include "session.h"

#include "cosbase/file.h"
#include "cosbase/log.h"
#include "cosbase/rng.h"
#include "cosbase/secret.h"
#include "edge/authority.h"
#include "world/world.h"

#include <errno.h>

static void log_line(void *ctx, int level, const char *area, const char *line)
{
    cos_log_to_file(ctx, (enum cos_log_level)level, area, line);
}

static int failed(const struct cos_command *line, const struct cosmock_error *err)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", line->verb->name, err->message);
    return err->status == COSMOCK_E_INVALID || err->status == COSMOCK_E_NOT_FOUND
               ? COS_STATUS_USAGE
               : EXIT_FAILURE;
}

static int set_switches(struct session *s, const struct session_options *o,
                        const struct cos_command *line)
{
    for (size_t i = 0; i < o->switches.n; i++) {
        const char *pair = o->switches.items[i];
        const char *equals = strchr(pair, '=');
        char name[80];

        if (equals == NULL || (size_t)(equals - pair) >= sizeof(name)) {
            return cos_command_complain(line,
                                        "--switch is '%s': NAME=VALUE, see 'cosmock switches'",
                                        pair);
        }
        (void)snprintf(name, sizeof(name), "%.*s", (int)(equals - pair), pair);
        struct cosmock_error err;
        if (cosmock_switch_set(s->tenant, name, equals + 1, &err) != COSMOCK_OK) {
            return failed(line, &err);
        }
    }
    return 0;
}

void session_warn(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "cosmock: warning: %s\n", text);
}

/* What of the options is about what there is at the start, and how it is kept. */
static int choose_data(struct cosmock_options *out, const struct session_options *o,
                       const struct cos_command *line)
{
    if (o->restore != NULL && o->world_file != NULL) {
        return cos_command_complain(line,
                                    "--restore FILE and --world FILE both say what the mock "
                                    "begins with: give one of them");
    }
    const char *durability = o->durability == NULL ? "process" : o->durability;

    if (strcmp(durability, "process") != 0 && strcmp(durability, "power") != 0) {
        return cos_command_complain(line, "--durability is '%s': process or power", durability);
    }
    if (o->durability != NULL && o->data == NULL) {
        return cos_command_complain(line, "--durability says how --data DIR is kept: name one");
    }
    out->data_dir = o->data;
    out->durability = strcmp(durability, "power") == 0 ? COSMOCK_DURABILITY_POWER
                                                       : COSMOCK_DURABILITY_PROCESS;
    return 0;
}

static int make_mock(struct session *s, const struct session_options *o,
                     const struct cos_command *line)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_error err;
    int r = choose_data(&options, o, line);

    if (r != 0) {
        return r;
    }
    options.log = o->is_verbose ? log_line : NULL;
    options.log_ctx = stderr;
    options.memory_limit_bytes = o->memory_limit_bytes;
    options.tenant_ends = o->tenant_ends;
    options.tenant_ends_ctx = o->tenant_ends_ctx;
    if (cosmock_new(&s->mock, &options, &err) != COSMOCK_OK) {
        return failed(line, &err);
    }
    if (o->data != NULL && realpath(o->data, s->data) == NULL) {
        (void)fprintf(stderr, "cosmock %s: --data %s: %s\n", line->verb->name, o->data,
                      strerror(errno));
        return EXIT_FAILURE;
    }
    return 0;
}

static bool holds_tenants(struct cosmock *mock)
{
    struct cosmock_tenant *first = registry_first(mock);
    bool is_any = first != NULL;
    tenant_unref(first);
    return is_any;
}

static int make_tenant(struct session *s, const struct session_options *o,
                       const struct cos_command *line)
{
    struct cosmock_tenant_options tenant = COSMOCK_TENANT_OPTIONS_INIT;

    if (o->restore != NULL && holds_tenants(s->mock)) {
        return cos_command_complain(
            line,
            "--restore %s: --data %s holds something already; name a directory that is not "
            "there yet, or start without --restore and let 'cosmock restore' replace it",
            o->restore, o->data);
    }
    tenant.name = "default";
    tenant.world_file = o->world_file;
    tenant.snapshot_file = o->restore;
    tenant.seed = o->seed;
    tenant.warn = session_warn;
    struct cosmock_error err;
    if (cosmock_tenant_new(s->mock, &s->tenant, &tenant, &err) != COSMOCK_OK) {
        int r = failed(line, &err);
        bool is_missing = err.status == COSMOCK_E_IO && o->restore == NULL; /* the world file */

        return is_missing ? COS_STATUS_USAGE : r;
    }
    return set_switches(s, o, line);
}

/* Readable by its owner only. A ':' would cut PYTHONPATH in two; then, and where $TMPDIR does
 * not let us, another place will do. */
static int make_private_dir(struct session *s, const struct cos_command *line)
{
    const char *tmp = getenv("TMPDIR");
    const char *const parents[] = {tmp == NULL || strchr(tmp, ':') != NULL ? NULL : tmp, "/tmp",
                                   getenv("XDG_RUNTIME_DIR"), "/var/tmp", "/dev/shm"};
    int r = cos_tempdir_make(&s->own_dir, parents, COS_ARRAY_LEN(parents), "cosmock");

    if (r != 0) {
        (void)fprintf(stderr,
                      "cosmock %s: cannot make a directory below $TMPDIR, /tmp, "
                      "$XDG_RUNTIME_DIR, /var/tmp or /dev/shm: %s\n",
                      line->verb->name, strerror(-r));
        return EXIT_FAILURE;
    }
    (void)snprintf(s->dir, sizeof(s->dir), "%s", s->own_dir.path);
    return 0;
}

/* Programs run in other directories, so the environment holds absolute paths. */
static int use_given_dir(struct session *s, const char *dir, const struct cos_command *line)
{
    int r = cos_dir_make(dir, 0755);

    if (r != 0) {
        (void)fprintf(stderr, "cosmock %s: cannot make directory %s: %s\n", line->verb->name,
                      dir, strerror(-r));
        return EXIT_FAILURE;
    }
    char absolute[PATH_MAX];
    if (realpath(dir, absolute) == NULL || strlen(absolute) >= sizeof(s->dir)) {
        (void)fprintf(stderr, "cosmock %s: the path of directory %s is too long\n",
                      line->verb->name, dir);
        return EXIT_FAILURE;
    }
    memcpy(s->dir, absolute, strlen(absolute) + 1);
    return 0;
}

static int write_files(struct session *s, const struct session_options *o,
                       const struct cos_command *line)
{
    int r = o->dir == NULL ? make_private_dir(s, line) : use_given_dir(s, o->dir, line);

    if (r != 0) {
        return r;
    }
    (void)snprintf(s->ca, sizeof(s->ca), "%s/ca.pem", s->dir);
    (void)snprintf(s->trust_store, sizeof(s->trust_store), "%s/truststore.jks", s->dir);
    (void)snprintf(s->hosts, sizeof(s->hosts), "%s/hosts", s->dir);
    struct cosmock_error err;
    if (cosmock_ca_write(s->mock, s->ca, s->trust_store, &err) != COSMOCK_OK ||
        cosmock_hosts_write(s->mock, o->hosts.items, s->hosts, &err) != COSMOCK_OK) {
        return failed(line, &err);
    }
    return 0;
}

static bool is_loopback(const char *address)
{
    return address == NULL || strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Beyond loopback a token is demanded: the one in COSMOCK_CONTROL_TOKEN, or a fresh one. Never
 * from the command line: everybody can read that. */
static int choose_token(struct session *s, const struct session_options *o,
                        const struct cos_command *line)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *given = getenv("COSMOCK_CONTROL_TOKEN");

    if (is_loopback(o->control_address)) {
        return 0;
    }
    if (given != NULL && given[0] != '\0') {
        if (strlen(given) >= sizeof(s->control_token)) {
            (void)fprintf(stderr,
                          "cosmock %s: COSMOCK_CONTROL_TOKEN is longer than %zu bytes\n",
                          line->verb->name, sizeof(s->control_token) - 1);
            return COS_STATUS_USAGE;
        }
        (void)snprintf(s->control_token, sizeof(s->control_token), "%s", given);
        return 0;
    }
    struct cos_rng *rng = cos_rng_new(0);
    if (rng == NULL) {
        return EXIT_FAILURE;
    }
    cos_rng_text(rng, s->control_token, 40, alphabet);
    (void)cos_rng_free(rng);
    return 0;
}

/* A wildcard address cannot be called; on this machine loopback reaches it. */
static const char *callable_host(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 ? "127.0.0.1" : strcmp(host, "::") == 0 ? "::1" : host;
}

static void write_authority(char *out, size_t n, const char *scheme,
                            const struct cosmock_endpoint *at)
{
    const char *host = callable_host(at->host);
    bool is_v6 = strchr(host, ':') != NULL;

    (void)snprintf(out, n, "%s%s%s%s:%u", scheme, is_v6 ? "[" : "", host, is_v6 ? "]" : "",
                   (unsigned)at->port);
}

static int open_listeners(struct session *s, const struct session_options *o,
                          const struct cos_command *line)
{
    struct cosmock_listen_options front = COSMOCK_LISTEN_OPTIONS_INIT;
    struct cosmock_listen_options control = COSMOCK_LISTEN_OPTIONS_INIT;

    front.address = o->address;
    front.port = (uint16_t)o->port;
    front.threads = (unsigned)o->threads;
    front.extra_names = o->hosts.n == 0 ? NULL : o->hosts.items;
    control.address = o->control_address;
    control.port = (uint16_t)o->control_port;
    control.control_token = s->control_token[0] == '\0' ? NULL : s->control_token;
    struct cosmock_error err;
    if (cosmock_listen(s->mock, COSMOCK_CONTROL, &control, &s->control, &err) != COSMOCK_OK ||
        cosmock_listen(s->mock, COSMOCK_FRONT, &front, &s->front, &err) != COSMOCK_OK) {
        return failed(line, &err);
    }
    write_authority(s->proxy, sizeof(s->proxy), "http://", &s->front);
    write_authority(s->socks, sizeof(s->socks), "", &s->front);
    write_authority(s->control_url, sizeof(s->control_url), "http://", &s->control);
    return 0;
}

int session_file_failed(const struct session *s, int r)
{
    (void)fprintf(stderr, "cosmock %s: cannot write %s %s: %s\n", s->verb, s->options->file_is,
                  s->options->file, strerror(-r));
    return EXIT_FAILURE;
}

static int open_file(struct session *s, const struct session_options *o)
{
    int r = o->file == NULL ? 0 : cos_outfile_open(&s->file, o->file, 0600, o->file_flags);

    return r < 0 ? session_file_failed(s, r) : 0;
}

static void block_signals(struct session *s, const int *signals)
{
    (void)sigemptyset(&s->waited);
    for (; *signals != 0; signals++) {
        (void)sigaddset(&s->waited, *signals);
    }
    (void)pthread_sigmask(SIG_BLOCK, &s->waited, &s->started_mask);
}

int session_start(struct session *s, const struct session_options *o,
                  const struct cos_command *line)
{
    *s = (struct session){.options = o, .verb = line->verb->name};
    int r = open_file(s, o);
    if (r != 0) {
        return r;
    }
    block_signals(s, o->signals);
    if (o->data != NULL) {
        (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk */
    }
    descriptors_raise(&s->started_with);
    struct authority_making *authority = authority_begin(); /* beside what follows */
    r = make_mock(s, o, line);
    r = r != 0 ? r : make_tenant(s, o, line);
    r = r != 0 ? r : choose_token(s, o, line);
    authority_end(authority, r == 0 ? s->mock : NULL);
    r = r != 0 ? r : write_files(s, o, line);
    r = r != 0 ? r : open_listeners(s, o, line);
    if (r != 0) {
        session_end(s);
        return r;
    }
    cosmock_world_info(s->tenant, &s->world);
    return 0;
}

void session_tidy(const struct session *s)
{
    cos_tempdir_remove_dead(&s->own_dir);
}

void session_stop_listening(struct session *s)
{
    cosmock_listen_stop(s->mock);
}

void session_end(struct session *s)
{
    s->mock = cosmock_free(s->mock);
    s->tenant = NULL;
    if (cos_tempdir_remove(&s->own_dir) != 0) {
        (void)fprintf(stderr, "cosmock: could not remove %s\n", s->dir);
    }
    cos_outfile_deinit(&s->file);
    cos_wipe(s->control_token, sizeof(s->control_token));
}
