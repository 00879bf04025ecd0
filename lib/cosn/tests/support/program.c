/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See program.h.
 */
#include "program.h"

int bench_temporary(void)
{
    char path[] = "/tmp/cosn-out-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    assert_true(fd >= 0);
    (void)unlink(path);
    return fd;
}

void bench_path(char out[256], const struct bench *b, const char *name)
{
    (void)snprintf(out, 256, "%s/%s", b->dir, name);
}

void bench_write_file(const struct bench *b, const char *name, const char *bytes, size_t n)
{
    char path[256];
    bench_path(path, b, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_true(n == 0 || write(fd, bytes, n) == (ssize_t)n);
    (void)close(fd);
}

void bench_make_file(const struct bench *b, const char *name, size_t n)
{
    char *bytes = malloc(n + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (char)('a' + i % 23);
    }
    bench_write_file(b, name, bytes, n);
    free(bytes);
}

void bench_link(const struct bench *b, const char *name, const char *to)
{
    char path[256];
    bench_path(path, b, name);
    assert_int_equal(symlink(to, path), 0);
}

void bench_start(struct bench *b, const char *program)
{
    memset(b, 0, sizeof(*b));
    b->program = program;
    b->fake = fake_new();
    b->server = fake_server_new(b->fake);
    (void)snprintf(b->dir, sizeof(b->dir), "/tmp/cosn-test-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    (void)snprintf(b->config, sizeof(b->config), "%s/server.yaml", b->dir);
    (void)snprintf(b->resolve, sizeof(b->resolve), BUCKET ".cos.mock.test:80:127.0.0.1:%u",
                   fake_server_port(b->server));
    static const char text[] = "fs.cosn.bucket.endpoint_suffix: cos.mock.test\n"
                               "fs.cosn.userinfo.secretId: AKIDfromTheConfigurationFile00\n"
                               "fs.cosn.userinfo.secretKey: theSecretKeyOfTheConfiguration\n"
                               "fs.cosn.useHttps: false\n"
                               "fs.cosn.block.size: 1048576\n"
                               "fs.cosn.buffer.size: 4194304\n";
    bench_write_file(b, "server.yaml", text, sizeof(text) - 1);
}

void bench_stop(struct bench *b)
{
    b->server = fake_server_free(b->server);
    b->fake = fake_free(b->fake);
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", b->dir);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

int bench_close(void **state)
{
    bench_stop(*state);
    free(*state);
    return 0;
}

void bench_read_back(char *to, size_t cap, int fd)
{
    size_t n = 0;
    ssize_t got;
    (void)lseek(fd, 0, SEEK_SET);
    while (n + 1 < cap && (got = read(fd, to + n, cap - n - 1)) > 0) {
        n += (size_t)got;
    }
    to[n] = '\0';
    (void)close(fd);
}

static void bench_signals(posix_spawnattr_t *attributes, const struct bench *b)
{
    sigset_t defaults;
    assert_int_equal(posix_spawnattr_init(attributes), 0);
    assert_int_equal(sigemptyset(&defaults), 0);
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; !b->inherits_signals && i < COS_ARRAY_LEN(signals); i++) {
        assert_int_equal(sigaddset(&defaults, signals[i]), 0);
    }
    assert_int_equal(posix_spawnattr_setsigdefault(attributes, &defaults), 0);
    assert_int_equal(posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF), 0);
}

void bench_spawn_from(struct bench *b, const char *words, int in_fd, const char *out_path)
{
    char copy[4096];
    char *argv[48];
    char *envp[] = {NULL};
    size_t n = 0;
    (void)snprintf(copy, sizeof(copy), "%s --config %s --resolve %s %s", b->program, b->config,
                   b->resolve, words);
    char *save = NULL;
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        argv[n++] = w;
    }
    argv[n] = NULL;
    b->out_fd = out_path == NULL ? bench_temporary() : open(out_path, O_WRONLY | O_CLOEXEC);
    b->err_fd = bench_temporary();
    assert_true(b->out_fd >= 0 && in_fd >= 0);
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, in_fd, STDIN_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, b->out_fd, STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, b->err_fd, STDERR_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_addchdir_np(&actions, b->dir), 0);
    posix_spawnattr_t attributes;
    bench_signals(&attributes, b);
    pid_t pid = 0;
    assert_int_equal(posix_spawn(&pid, b->program, &actions, &attributes, argv, envp), 0);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    b->pid = pid;
}

void bench_spawn(struct bench *b, const char *words, const char *in_path, const char *out_path)
{
    int in_fd = open(in_path == NULL ? "/dev/null" : in_path, O_RDONLY | O_CLOEXEC);
    bench_spawn_from(b, words, in_fd, out_path);
    (void)close(in_fd);
}

void bench_wait(struct bench *b)
{
    assert_int_equal(waitpid(b->pid, &b->status, 0), b->pid);
    b->exit_code = WIFEXITED(b->status) ? WEXITSTATUS(b->status) : -1;
    bench_read_back(b->out, sizeof(b->out), b->out_fd);
    bench_read_back(b->err, sizeof(b->err), b->err_fd);
}

void bench_run(struct bench *b, const char *words)
{
    bench_spawn(b, words, /* in_path= */ NULL, /* out_path= */ NULL);
    bench_wait(b);
}
