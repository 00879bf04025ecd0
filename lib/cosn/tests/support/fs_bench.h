/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filesystem over the fake service, for the tests of src/fs.
 */
#ifndef COSN_TESTS_FS_BENCH_H
#define COSN_TESTS_FS_BENCH_H

#include "world.h"

#include "cosn/fs.h"
#include "fake_transport.h"

#define BUCKET "bkt-1250000000"
#define MIB ((size_t)1 << 20)

struct bench {
    struct world world;
    struct fake *fake;
    struct cosn_config *config;
    struct cosn_fs *fs;
    struct cosn_error err;
    bool flag; /* for results nobody looks at */
    /* refuse_matching: requests of this method whose "path?query" holds this, after @let_pass
     * of them */
    const char *method, *part, *code;
    int status, let_pass;
};

void bench_set(struct bench *b, const char *key, const char *value);
void bench_open(struct bench *b);
int bench_setup(void **state);
int bench_teardown(void **state);
void bench_refuse(struct bench *b, const char *method, const char *part, int status,
                  const char *code);
void bench_behave(struct bench *b);
/** Bytes that tell their place; @n + 1 allocated. */
char *pattern(size_t n);

#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

#endif
