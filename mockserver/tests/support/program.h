/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cosmock command from outside: a child process with pipes on its standard streams. Exit
 * codes: 128 + signal, 126 and 127 are the shell's (POSIX XCU 2.8.2); 2 for bad input is this
 * project's.
 */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include "cosbase/base.h"
#include "cosbase/buf.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/types.h>

#include <cmocka.h>

struct run {
    pid_t pid;
    /* our ends of its standard streams */
    int in, out, err;
    struct cos_buf text, complaints;
    /* as a shell would say it */
    int status;
};

/** The program under test, absolute: tests change the directory. */
extern const char *program;
/** Take it from the arguments of main(): FIXTURES COSMOCK. False, and the usage printed,
 *  without. */
bool program_from(int argc, char *argv[]);

struct run start_program(const char *path, const char *const argv[]);
struct run run_program(const char *path, const char *const argv[]);
/** All that comes from @fd until its end. */
void read_all(int fd, struct cos_buf *into);
void read_line(int fd, struct cos_buf *into);
/** Close its input, read all it says, wait for its end. */
void finish(struct run *r);
void run_free(struct run *r);

#define RUN(...) run_program(program, (const char *const[]){"cosmock", __VA_ARGS__, NULL})
#define START(...) start_program(program, (const char *const[]){"cosmock", __VA_ARGS__, NULL})

/** The ready line of 'cosmock serve'; free with cos_json_free(). */
struct cos_json *read_ready(struct run *r);

#endif
