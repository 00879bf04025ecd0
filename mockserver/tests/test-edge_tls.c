/* SPDX-License-Identifier: Apache-2.0 */
/* TLS on the data plane, with curl as the client: it verifies the chain and the name. */
#include "wire.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

/* curl's exit status; its output is checked against @text. */
static int curl(const char *const argv[], const char *text)
{
    struct line out = {.fd = -1};
    int pipe_fds[2];

    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1), 0);
    pid_t pid;
    assert_int_equal(posix_spawnp(&pid, "curl", &actions, NULL, (char *const *)(uintptr_t)argv,
                                  environ),
                     0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(pipe_fds[1]);
    out.fd = pipe_fds[0];
    cos_buf_init(&out.in, 1u << 20);
    for (;;) {
        char piece[4096];
        ssize_t n = read(out.fd, piece, sizeof(piece));

        if (n <= 0) {
            break;
        }
        cos_buf_append(&out.in, piece, (size_t)n);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (text != NULL) {
        assert_string_equal(cos_buf_cstr(&out.in), text);
    }
    line_close(&out);
    return WEXITSTATUS(status);
}

#define CURL_PEER_FAILED 60    /* curl(1): the certificate does not fit */
#define CURL_TUNNEL_REFUSED 56 /* curl(1): the proxy did not answer 2xx */

struct tls_files {
    char dir[32], ca[64];
};

static void write_ca(struct wire *w, struct tls_files *f)
{
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/cosmock-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->ca, sizeof(f->ca), "%s/ca.pem", f->dir);
    assert_int_equal(cosmock_ca_write(w->mock, f->ca, NULL, NULL), COSMOCK_OK);
}

static void remove_ca(const struct tls_files *f)
{
    (void)unlink(f->ca);
    (void)rmdir(f->dir);
}

/* GET https://@host/k through the mock; curl's exit status. */
static int curl_get(struct wire *w, const struct tls_files *f, const char *proxy_flag,
                    const char *scheme, const char *host, const char *text)
{
    char proxy[64];
    char url[256];
    const char *argv[] = {"curl",      "-q", "-s",       "--cacert", f->ca, "--max-time", "20",
                          "--noproxy", "",   proxy_flag, proxy,      url,   NULL};

    (void)snprintf(proxy, sizeof(proxy), "%s127.0.0.1:%u", scheme, (unsigned)w->front.port);
    (void)snprintf(url, sizeof(url), "https://%s/k", host);
    return curl(argv, text);
}

static void tls_clients_believe_the_certificate(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "secret");
    struct tls_files f;
    write_ca(w, &f);
    assert_int_equal(curl_get(w, &f, "-x", "http://", w->host, "secret"), 0);
    assert_int_equal(curl_get(w, &f, "--socks5-hostname", "", w->host, "secret"), 0);
    char host[160];
    (void)snprintf(host, sizeof(host), "%s.%s", w->info.bucket, w->info.endpoint_suffix);
    assert_int_equal(curl_get(w, &f, "-x", "http://", host, "secret"), 0);
    assert_int_equal(curl_get(w, &f, "-x", "http://", "192.0.2.9", ""), CURL_PEER_FAILED);
    (void)snprintf(host, sizeof(host), "%s.example.com", w->info.bucket);
    assert_int_equal(curl_get(w, &f, "-x", "http://", host, ""), CURL_TUNNEL_REFUSED);
    remove_ca(&f);
}

/* TLS was in use already when a tenant with a suffix of its own came. */
static void a_later_tenants_suffix_gets_its_certificate(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "first");
    struct tls_files f;
    write_ca(w, &f);
    assert_int_equal(curl_get(w, &f, "-x", "http://", w->host, "first"), 0);
    assert_int_equal(curl_get(w, &f, "-x", "http://", "late-1260000000.cos.late.test", ""),
                     CURL_TUNNEL_REFUSED);
    struct cosmock_tenant_options o = COSMOCK_TENANT_OPTIONS_INIT;
    o.world_text = "accounts: [{uin: '200000000001', appid: '1260000000', keys: [{}]}]\n"
                   "buckets: [{name: late-1260000000, region: ap-shanghai}]\n"
                   "suffixes: [cos.late.test]\n"
                   "switches: {enforcement: 'off'}\n";
    struct cosmock_tenant *late = NULL;
    assert_int_equal(cosmock_tenant_new(w->mock, &late, &o, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_object_put(late, "late-1260000000", "k", "late", 4, NULL),
                     COSMOCK_OK);
    assert_int_equal(curl_get(w, &f, "-x", "http://", "late-1260000000.cos.late.test", "late"),
                     0);
    assert_int_equal(curl_get(w, &f, "-x", "http://", w->host, "first"), 0);
    remove_ca(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(tls_clients_believe_the_certificate),
        OVER_WIRE(a_later_tenants_suffix_gets_its_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
