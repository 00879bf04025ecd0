/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the program under test, reads what it says, and waits for its end. */
#include "program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

const char *program;

bool program_from(int argc, char *argv[])
{
    program = argc == 3 ? realpath(argv[2], NULL) : NULL;
    if (program == NULL) {
        (void)fprintf(stderr, "usage: %s FIXTURES COSMOCK\n", argv[0]);
    }
    return program != NULL;
}

static void make_pipe(int fds[2])
{
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
}

struct run start_program(const char *path, const char *const argv[])
{
    int in[2];
    make_pipe(in);
    int out[2];
    make_pipe(out);
    int err[2];
    make_pipe(err);
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    (void)posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    (void)posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    struct run r = {.in = in[1], .out = out[0], .err = err[0]};
    assert_int_equal(posix_spawn(&r.pid, path, &actions, NULL, (char *const *)(uintptr_t)argv,
                                 environ),
                     0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(err[1]);
    cos_buf_init(&r.text, 16u << 20);
    cos_buf_init(&r.complaints, 16u << 20);
    return r;
}

void read_all(int fd, struct cos_buf *into)
{
    for (;;) {
        char piece[4096];
        ssize_t n = read(fd, piece, sizeof(piece));
        if (n <= 0) {
            return;
        }
        cos_buf_append(into, piece, (size_t)n);
    }
}

void read_line(int fd, struct cos_buf *into)
{
    char c = '\0';
    while (c != '\n' && read(fd, &c, 1) == 1) {
        cos_buf_ch(into, c);
    }
}

void finish(struct run *r)
{
    (void)close(r->in);
    read_all(r->out, &r->text);
    read_all(r->err, &r->complaints);
    int status = 0;
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    r->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    (void)close(r->out);
    (void)close(r->err);
}

void run_free(struct run *r)
{
    cos_buf_deinit(&r->text);
    cos_buf_deinit(&r->complaints);
}

struct run run_program(const char *path, const char *const argv[])
{
    struct run r = start_program(path, argv);
    finish(&r);
    return r;
}

struct cos_json *read_ready(struct run *r)
{
    read_line(r->out, &r->text);
    return parse_json(cos_buf_view(&r->text));
}
