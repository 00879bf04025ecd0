/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `cosn` program run as a program against a service on loopback: its output, its exit
 * status, and what it sent.
 */
#ifndef COSN_TESTS_PROGRAM_H
#define COSN_TESTS_PROGRAM_H

#include "world.h"

#include "fake_server.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUCKET "examplebucket-1250000000"
#define BUCKET_URI "cosn://" BUCKET

struct bench {
    const char *program;
    struct fake *fake;
    struct fake_server *server;
    char dir[64]; /* an empty directory of this test; where the program runs */
    char config[96], resolve[160];
    volatile pid_t pid; /* a service may ask while posix_spawn() is under way */
    int out_fd, err_fd;
    bool inherits_signals; /* else none is ignored, however the test itself was started */
    int status;            /* as of waitpid() */
    int exit_code;         /* -1: ended by a signal */
    char out[16384], err[16384];
};

int bench_temporary(void);
void bench_path(char out[256], const struct bench *b, const char *name);
void bench_write_file(const struct bench *b, const char *name, const char *bytes, size_t n);
/** A file of @n bytes that are not all the same. */
void bench_make_file(const struct bench *b, const char *name, size_t n);
/** A link of the test's own to something of the machine: a program that replaces what it should
 *  write to breaks the link only. */
void bench_link(const struct bench *b, const char *name, const char *to);
void bench_start(struct bench *b, const char *program);
void bench_stop(struct bench *b);
/** The same for a claim's own, from calloc(). */
int bench_close(void **state);
/** All of a file from its beginning, with a NUL; closes it. */
void bench_read_back(char *to, size_t cap, int fd);
/** @words: blank-separated. @out_path: NULL for a file that is read back into b->out. */
void bench_spawn_from(struct bench *b, const char *words, int in_fd, const char *out_path);
void bench_spawn(struct bench *b, const char *words, const char *in_path, const char *out_path);
void bench_wait(struct bench *b);
void bench_run(struct bench *b, const char *words);

#endif
