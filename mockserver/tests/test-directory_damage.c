/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a directory that have become others, anywhere and by chance: it is refused with a
 * sentence, or opened, and then every row is right in its form or a result with a reason, and a
 * check comes to its end. Nothing crashes and nothing hangs.
 *     test-mock-directory_damage FIXTURES [ROUNDS [FIRST]]
 */
#include "store/directory_care.h"

#include "data_dir.h"

#include "cosbase/file.h"
#include "cosbase/rng.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static unsigned long n_rounds = 20;
static unsigned long first_round = 1;

/* Rows and bodies of all kinds, and a log that was not written back. */
static void live(struct data_dir *d)
{
    for (int i = 0; i < 300; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%03d", i);
        (void)put_row(d->backend, key, "a value of some length", (uint64_t)i,
                      i % 3 == 0 ? 0 : 3000);
        if (i == 150) {
            data_dir_again(d); /* some of it in the database */
        }
    }
    (void)put_row(d->backend, "large", "v", 1, 1200000);
}

static void harm(const char *path, struct cos_rng *rng)
{
    struct stat st;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    if (st.st_size > 0 && cos_rng_below(rng, 8) == 0) {
        assert_int_equal(ftruncate(fd, (off_t)cos_rng_below(rng, (uint64_t)st.st_size)), 0);
    } else if (st.st_size > 0) {
        for (uint64_t left = 1 + cos_rng_below(rng, 20); left > 0; left--) {
            uint8_t noise[64];
            /* heads and page heads are worth more than their share */
            uint64_t at = cos_rng_below(rng, (uint64_t)st.st_size);
            at = cos_rng_below(rng, 3) == 0 ? at / 4096 * 4096 : at;
            uint64_t n = 1 + cos_rng_below(rng, cos_rng_below(rng, 2) == 0 ? 4 : sizeof(noise));
            cos_rng_fill(rng, noise, sizeof(noise));
            assert_int_equal(pwrite(fd, noise, n, (off_t)at), n);
        }
    }
    (void)close(fd);
}

static enum scan_next read_all(void *ctx, struct row *row, struct cos_span *seek)
{
    static uint8_t piece[65536];
    int64_t n = 1;
    for (uint64_t at = 0; n > 0 && at < blob_bytes(row->blob); at += (uint64_t)n) {
        n = blob_read(row->blob, at, piece, sizeof(piece));
        assert_true(n <= (int64_t)sizeof(piece));
    }
    return SCAN_NEXT;
}

static void complain(void *ctx, const char *text)
{
    assert_true(strlen(text) > 0);
}

static void show(void *ctx, struct cos_span tenant, struct row *row)
{
    (void)read_all(ctx, row, NULL);
}

/* Everything one can ask of it; whatever it says. */
static void use(struct directory *directory)
{
    struct commit c = {0};
    struct directory_check check = {.complaint = complain, .row = show};
    struct directory_info info;
    struct backend *b = directory_backend(directory, COS_SPAN_LIT("tenant"), &c);
    if (b != NULL) {
        (void)b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, read_all, NULL);
        for (int i = 0; i < 300; i += 7) {
            char key[16];
            struct row *row = NULL;
            (void)snprintf(key, sizeof(key), "%03d", i);
            (void)b->ops->get(b, cos_span_of(key), &row);
            row_unref(row);
            (void)put_row(b, key, "new", 1, 100);
        }
        (void)delete_row(b, "large");
    }
    (void)directory_check(directory, &check, &c);
    (void)directory_info(directory, &info, &c);
    (void)directory_compact(directory, /* progress= */ NULL, &c);
    if (b != NULL) {
        (void)b->ops->free(b);
    }
}

static void damage_is_refused_or_is_a_result(void **state)
{
    static const char *const files[] = {
        "rows.db",     "rows.db", "rows.db-wal", "cosmock-data", "chunks/0000000000000000",
        "rows.db-shm",
    };
    unsigned n_refused = 0;
    unsigned n_used = 0;
    for (unsigned long round = first_round; round < first_round + n_rounds; round++) {
        struct data_dir d;
        struct directory_error err = {0};
        char path[160];
        struct cos_rng *rng = cos_rng_new(round);
        data_dir_make(&d);
        data_dir_die(&d, live);
        if (cos_rng_below(rng, 2) == 0) {
            data_dir_open(&d);
            data_dir_close(&d); /* all of it in the database */
        }
        const char *file = files[cos_rng_below(rng, COS_ARRAY_LEN(files))];
        (void)snprintf(path, sizeof(path), "%s/%s", d.path, file);
        if (access(path, F_OK) == 0) {
            harm(path, rng);
        }
        d.options.has_sweeper = true;
        struct directory *directory = directory_open(d.path, &d.options, &err);
        if (directory != NULL) {
            use(directory);
            n_used++;
        } else if (err.kind == 0 || err.message[0] == '\0') {
            fail_msg("round %lu: refused without a reason", round);
        } else {
            n_refused++;
        }
        (void)directory_close(directory);
        (void)cos_rng_free(rng);
        data_dir_remove(&d);
    }
    assert_true(n_refused > 0 && n_used > 0);
}

int main(int argc, char *argv[])
{
    n_rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : n_rounds;
    first_round = argc > 3 ? strtoul(argv[3], NULL, 10) : first_round;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_refused_or_is_a_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
