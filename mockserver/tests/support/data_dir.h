/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data directory of one test, with one tenant's backend, and the short words its tests
 * speak in. Bodies are told by a seed: byte i of one is what body_byte() says.
 */
#ifndef TESTS_DATA_DIR_H
#define TESTS_DATA_DIR_H

#include "scratch.h"

#include "cosbase/digest.h"
#include "store/directory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct data_dir {
    struct scratch scratch;
    char path[96];
    struct directory_options options;
    struct directory *directory;
    struct backend *backend;
};

/** A new one; without a sweeper, so that nothing happens by itself. */
void data_dir_make(struct data_dir *d);
void data_dir_open(struct data_dir *d);
void data_dir_close(struct data_dir *d);
/** Close it and open it again. */
void data_dir_again(struct data_dir *d);
/** What @life does to it, open, is the last that its process does: a child, which is killed. */
void data_dir_die(struct data_dir *d, void (*life)(struct data_dir *d));
/** @sum: names, sizes and bytes of all that is in @path; zeros at first. */
void fingerprint_add(uint8_t sum[COS_SHA256_BYTES], const char *path);
/** With all that is in it; closes it. */
void data_dir_remove(struct data_dir *d);

/** A claim's own: *state is one that was made, and removed behind it. */
int data_dir_setup(void **state);
int data_dir_teardown(void **state);

uint8_t body_byte(uint64_t seed, uint64_t i);
/** @n bytes by the backend's own writer, added in pieces of @step. */
struct blob *body_make(struct backend *b, uint64_t seed, uint64_t n, size_t step);
/** The same for a thread, which asserts nothing: NULL when it cannot be made. */
struct blob *body_try(struct backend *b, uint64_t seed, uint64_t n, size_t step);
/** Fails the test when it is another one. */
void body_is(const struct blob *blob, uint64_t seed, uint64_t n);

enum backend_result commit_batch(struct backend *b, struct batch *batch);
/** One row, with a body of @n bytes when n > 0. */
enum backend_result put_row(struct backend *b, const char *key, const char *value,
                            uint64_t seed, uint64_t n);
enum backend_result delete_row(struct backend *b, const char *key);
/** A reference, or NULL when there is none; anything else fails the test. */
struct row *get_row(struct backend *b, const char *key);
/** The row is there and says this. */
void row_is(struct backend *b, const char *key, const char *value, uint64_t seed, uint64_t n);
void row_is_absent(struct backend *b, const char *key);
/** The keys of a walk, with a blank behind each. Static buffer. */
const char *keys_of(struct backend *b, const char *from, const char *until);

/** What the files of a folder take of the disk. */
uint64_t room_taken(const char *folder);

#endif
