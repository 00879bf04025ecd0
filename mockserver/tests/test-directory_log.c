/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log that is not as it was written: what was acknowledged and is gone is refused, with file,
 * frame and byte, and nothing is changed; what nobody was promised is let go without a word.
 * Places are those of sqlite.org/fileformat2.html, sections 4.1 and 4.2: a head of 32 bytes,
 * then frames of 24 bytes and a page of 4096. What a disk may lose without a power failure, and
 * what with one, is the contract of fsync(2).
 */
#include "data_dir.h"
#include "image.h"

#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "store/directory_care.h"
#include "store/directory_log.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

enum { HEAD = 32, FRAME = 24 + 4096, N_ROWS = 5 };

static void name_file(const struct data_dir *d, const char *name, char out[200])
{
    (void)snprintf(out, 200, "%s/%s", d->path, name);
}

static void key_of(char out[16], int i)
{
    (void)snprintf(out, 16, "key%d", i);
}

/* Each row is a commit of its own. */
static void write_rows(struct data_dir *d)
{
    for (int i = 0; i < N_ROWS; i++) {
        char key[16];
        key_of(key, i);
        (void)put_row(d->backend, key, "value", (uint64_t)i, 3000);
    }
}

static unsigned frames_of(const struct data_dir *d)
{
    char path[200];
    struct stat st;
    name_file(d, "rows.db-wal", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal((st.st_size - HEAD) % FRAME, 0);
    return (unsigned)((st.st_size - HEAD) / FRAME);
}

/* What killed processes left, by survives_power. */
static struct image left[2];

static int take_images(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct data_dir d;
        data_dir_make(&d);
        d.options.survives_power = i == 1;
        data_dir_die(&d, write_rows);
        assert_true(image_take(&left[i], d.path));
        data_dir_remove(&d);
    }
    return 0;
}

static int drop_images(void **state)
{
    image_deinit(&left[0]);
    image_deinit(&left[1]);
    return 0;
}

/* One with a log, whose process was killed; not open. */
static void lay_killed(struct data_dir *d, bool survives_power)
{
    *d = (struct data_dir){.options = DIRECTORY_OPTIONS_DEFAULT};
    d->options.has_sweeper = false;
    d->options.survives_power = survives_power;
    scratch_make(&d->scratch);
    (void)snprintf(d->path, sizeof(d->path), "%s/data", d->scratch.path);
    assert_int_equal(mkdir(d->path, 0700), 0);
    assert_true(image_lay(&left[survives_power ? 1 : 0], d->path));
}

static bool has_row(struct data_dir *d, int i)
{
    char key[16];
    key_of(key, i);
    struct row *row = get_row(d->backend, key);
    if (row != NULL) {
        body_is(row->blob, (uint64_t)i, 3000);
        row_unref(row);
    }
    return row != NULL;
}

/* How many of the rows are there, which have to be the first ones. */
static int rows_there(struct data_dir *d)
{
    int n = 0;
    while (n < N_ROWS && has_row(d, n)) {
        n++;
    }
    for (int i = n; i < N_ROWS; i++) {
        assert_false(has_row(d, i));
    }
    return n;
}

/* --- harm --- */

static void flip(const struct data_dir *d, const char *name, off_t at)
{
    char path[200];
    uint8_t byte;
    name_file(d, name, path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    (void)close(fd);
}

static void clear(const struct data_dir *d, off_t at, size_t n)
{
    static const uint8_t nothing[FRAME];
    char path[200];
    name_file(d, "rows.db-wal", path);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, nothing, n, at), n);
    (void)close(fd);
}

static void cut(const struct data_dir *d, off_t bytes)
{
    char path[200];
    name_file(d, "rows.db-wal", path);
    assert_int_equal(truncate(path, bytes), 0);
}

/* Of a frame that begins at @at. */
static void flip_page_number(const struct data_dir *d, off_t at)
{
    flip(d, "rows.db-wal", at + 3);
}
static void flip_commit_mark(const struct data_dir *d, off_t at)
{
    flip(d, "rows.db-wal", at + 7);
}
static void flip_salt(const struct data_dir *d, off_t at)
{
    flip(d, "rows.db-wal", at + 8);
}
static void flip_sum(const struct data_dir *d, off_t at)
{
    flip(d, "rows.db-wal", at + 23);
}
static void flip_first_byte(const struct data_dir *d, off_t at)
{
    flip(d, "rows.db-wal", at + 24);
}
static void flip_middle(const struct data_dir *d, off_t at)
{
    flip(d, "rows.db-wal", at + 2000);
}
static void flip_last_byte(const struct data_dir *d, off_t at)
{
    flip(d, "rows.db-wal", at + FRAME - 1);
}
static void clear_sector(const struct data_dir *d, off_t at)
{
    clear(d, at, 512);
}
static void clear_frame(const struct data_dir *d, off_t at)
{
    clear(d, at, FRAME);
}
static void cut_before(const struct data_dir *d, off_t at)
{
    cut(d, at);
}
static void cut_within_head(const struct data_dir *d, off_t at)
{
    cut(d, at + 10);
}
static void cut_within_page(const struct data_dir *d, off_t at)
{
    cut(d, at + FRAME - 1);
}

static const struct harm {
    const char *name;
    void (*harm)(const struct data_dir *d, off_t frame_at);
} harms[] = {
    {"page number", flip_page_number},
    {"commit mark", flip_commit_mark},
    {"salt", flip_salt},
    {"sum", flip_sum},
    {"first byte", flip_first_byte},
    {"middle", flip_middle},
    {"last byte", flip_last_byte},
    {"a sector of zeros", clear_sector},
    {"a frame of zeros", clear_frame},
    {"cut before it", cut_before},
    {"cut in its head", cut_within_head},
    {"cut in its page", cut_within_page},
};

static off_t place_of(unsigned frame)
{
    return HEAD + (off_t)(frame - 1) * FRAME;
}

static void is_refused(const struct data_dir *d, const char *name, const char *says)
{
    struct directory_error err = {0};
    uint8_t before[COS_SHA256_BYTES] = {0};
    uint8_t after[COS_SHA256_BYTES] = {0};
    fingerprint_add(before, d->path);
    if (directory_open(d->path, &d->options, &err) != NULL || err.kind != DIRECTORY_DAMAGED ||
        strncmp(err.message, d->path, strlen(d->path)) != 0 ||
        strstr(err.message, says) == NULL ||
        strstr(err.message, "'cosmock data check'") == NULL) {
        fail_msg("%s: '%s' is not what refuses it: kind %d: %s", name, says, err.kind,
                 err.message);
    }
    fingerprint_add(after, d->path);
    if (memcmp(before, after, sizeof(before)) != 0) {
        fail_msg("%s: something was changed", name);
    }
}

static void any_harm_to_what_was_acknowledged_is_refused(void **state)
{
    struct data_dir d;
    lay_killed(&d, /* survives_power= */ false);
    unsigned n_frames = frames_of(&d);
    data_dir_remove(&d);
    assert_true(n_frames > N_ROWS);
    for (unsigned i = 0; i < COS_ARRAY_LEN(harms); i++) {
        for (unsigned frame = 1; frame <= n_frames; frame++) {
            char name[64];
            char says[128];
            lay_killed(&d, /* survives_power= */ frame % 2 == 0);
            harms[i].harm(&d, place_of(frame));
            (void)snprintf(name, sizeof(name), "frame %u, %s", frame, harms[i].name);
            (void)snprintf(says, sizeof(says), "/rows.db-wal: its frame %u, at byte %lld, ",
                           frame, (long long)place_of(frame));
            is_refused(&d, name, says);
            data_dir_remove(&d);
        }
    }
}

/* --- what nobody was promised --- */

/* The note of the killed one, changed. */
static void change_note(const struct data_dir *d,
                        void (*change)(const struct data_dir *d, struct log_note *note))
{
    char path[200];
    struct log_note note;
    name_file(d, "kept", path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0 && log_note_read(fd, &note));
    change(d, &note);
    log_note_write(fd, &note);
    (void)close(fd);
}

static void of_another_kernel(const struct data_dir *d, struct log_note *note)
{
    (void)snprintf(note->boot, sizeof(note->boot), "00000000-0000-4000-8000-000000000000");
}

static void behind_a_power_loss_holes_are_what_it_may_leave(void **state)
{
    struct data_dir d;
    lay_killed(&d, /* survives_power= */ false);
    unsigned n_frames = frames_of(&d);
    data_dir_remove(&d);
    int most = 0;
    for (unsigned frame = 1; frame <= n_frames; frame++) {
        lay_killed(&d, /* survives_power= */ false);
        change_note(&d, of_another_kernel);
        clear_sector(&d, place_of(frame));
        data_dir_open(&d);
        int n = rows_there(&d);
        assert_true(n >= most && n < N_ROWS);
        most = n;
        data_dir_remove(&d);
    }
    assert_int_equal(most, N_ROWS - 1);
}

static void what_survives_the_power_is_missed_behind_a_power_loss(void **state)
{
    struct data_dir d;
    lay_killed(&d, /* survives_power= */ true);
    change_note(&d, of_another_kernel);
    flip_middle(&d, place_of(3));
    is_refused(&d, "power", "/rows.db-wal: its frame 3, at byte 8272, ");
    data_dir_remove(&d);
}

/* Beside the directory: the note that was the last one behind the third row. */
static void write_rows_and_keep_a_note(struct data_dir *d)
{
    for (int i = 0; i < N_ROWS; i++) {
        char key[16];
        key_of(key, i);
        (void)put_row(d->backend, key, "value", (uint64_t)i, 3000);
        if (i == 2) {
            char from[200];
            char to[200];
            name_file(d, "kept", from);
            name_file(d, "../kept", to);
            COS_CLEANUP(cos_buf_deinit) struct cos_buf note;
            cos_buf_init(&note, 4096);
            if (cos_file_read(&note, from) < 0 ||
                cos_file_write(to, cos_buf_view(&note), 0600) < 0) {
                _exit(1);
            }
        }
    }
}

static void whoever_died_before_the_note_was_written_told_nobody(void **state)
{
    static const struct harm tails[] = {
        {"first byte", flip_first_byte},      {"a sector of zeros", clear_sector},
        {"cut before it", cut_before},        {"cut in its head", cut_within_head},
        {"cut in its page", cut_within_page},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(tails); i++) {
        struct data_dir d;
        struct log_note note = {.survives_power = false};
        char from[200];
        char to[200];
        data_dir_make(&d);
        data_dir_die(&d, write_rows_and_keep_a_note);
        name_file(&d, "../kept", from);
        name_file(&d, "kept", to);
        assert_int_equal(rename(from, to), 0);
        int fd = open(to, O_RDONLY);
        assert_true(fd >= 0 && log_note_read(fd, &note));
        (void)close(fd);
        tails[i].harm(&d, place_of(note.frame.number + 1));
        data_dir_open(&d);
        if (rows_there(&d) != 3) {
            fail_msg("%s: not the three rows that were acknowledged", tails[i].name);
        }
        data_dir_remove(&d);
    }
}

/* --- no log --- */

static void remove_log(const struct data_dir *d)
{
    char path[200];
    name_file(d, "rows.db-wal", path);
    assert_int_equal(unlink(path), 0);
}
static void empty_log(const struct data_dir *d)
{
    cut(d, 0);
}
static void clear_head(const struct data_dir *d)
{
    clear(d, 0, 512);
}

static void a_log_that_is_gone_with_what_was_acknowledged_is_refused(void **state)
{
    static const struct {
        const char *name;
        void (*harm)(const struct data_dir *d);
        const char *says;
    } rows[] = {
        {"removed", remove_log, "/rows.db-wal: it is missing, and changes up to its frame "},
        {"empty", empty_log, "/rows.db-wal: it is empty, and changes up to its frame "},
        {"zeros", clear_head, "/rows.db-wal: it is empty, and changes up to its frame "},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct data_dir d;
        lay_killed(&d, /* survives_power= */ i % 2 == 0);
        rows[i].harm(&d);
        is_refused(&d, rows[i].name, rows[i].says);
        data_dir_remove(&d);
    }
}

/* As anybody does who looks at it with the tool of SQLite. */
static void what_another_program_wrote_back_is_not_missed(void **state)
{
    struct data_dir d;
    sqlite3 *db;
    char path[200];
    lay_killed(&d, /* survives_power= */ false);
    name_file(&d, "rows.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT * FROM rows", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    name_file(&d, "rows.db-wal", path);
    assert_int_equal(access(path, F_OK), -1);
    data_dir_open(&d);
    assert_int_equal(rows_there(&d), N_ROWS);
    data_dir_remove(&d);
}

/* --- the note --- */

static void a_note_that_is_harmed_binds_to_nothing(void **state)
{
    struct data_dir d;
    lay_killed(&d, /* survives_power= */ false);
    char path[200];
    struct stat st;
    name_file(&d, "kept", path);
    assert_int_equal(stat(path, &st), 0);
    data_dir_remove(&d);
    assert_true(st.st_size > 0 && st.st_size <= 512); /* one sector: it is there or not */
    for (off_t at = 0; at < st.st_size; at++) {
        lay_killed(&d, /* survives_power= */ false);
        flip(&d, "kept", at);
        data_dir_open(&d);
        assert_int_equal(rows_there(&d), N_ROWS);
        data_dir_remove(&d);
    }
    lay_killed(&d, /* survives_power= */ false);
    name_file(&d, "kept", path);
    assert_int_equal(unlink(path), 0);
    flip_middle(&d, place_of(2)); /* given up, as the sentence says */
    data_dir_open(&d);
    assert_true(rows_there(&d) < N_ROWS);
    data_dir_remove(&d);
}

/* --- a log that begins anew --- */

static void write_until_it_begins_anew(struct data_dir *d)
{
    char value[3000];
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    for (int i = 0; i < 3000; i++) { /* some 24 MiB of log, and it begins anew at 16 */
        char key[24];
        (void)snprintf(key, sizeof(key), "other%d", i * 7919 % 3000);
        (void)put_row(d->backend, key, value, /* seed= */ 0, /* n= */ 0);
    }
    write_rows(d);
}

static void a_log_that_has_begun_anew_is_asked_for_what_it_says_now(void **state)
{
    struct data_dir d;
    data_dir_make(&d);
    data_dir_die(&d, write_until_it_begins_anew);
    char path[200];
    struct stat st;
    name_file(&d, "rows.db-wal", path);
    assert_true(stat(path, &st) == 0 && st.st_size >= 4096 * 4096);
    data_dir_open(&d);
    assert_int_equal(rows_there(&d), N_ROWS);
    data_dir_die(&d, write_until_it_begins_anew);
    flip_middle(&d, place_of(1));
    is_refused(&d, "anew", "/rows.db-wal: its frame 1, at byte 32, ");
    data_dir_remove(&d);
}

static void compact_and_write(struct data_dir *d)
{
    struct commit c = {0};
    write_rows(d);
    (void)directory_compact(d->directory, /* progress= */ NULL, &c);
}

static void what_was_compacted_needs_no_log(void **state)
{
    struct data_dir d;
    data_dir_make(&d);
    data_dir_die(&d, compact_and_write);
    char path[200];
    struct stat st;
    name_file(&d, "rows.db-wal", path);
    assert_true(stat(path, &st) == 0 && st.st_size == 0);
    data_dir_open(&d);
    assert_int_equal(rows_there(&d), N_ROWS);
    data_dir_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_harm_to_what_was_acknowledged_is_refused),
        cmocka_unit_test(behind_a_power_loss_holes_are_what_it_may_leave),
        cmocka_unit_test(what_survives_the_power_is_missed_behind_a_power_loss),
        cmocka_unit_test(whoever_died_before_the_note_was_written_told_nobody),
        cmocka_unit_test(a_log_that_is_gone_with_what_was_acknowledged_is_refused),
        cmocka_unit_test(what_another_program_wrote_back_is_not_missed),
        cmocka_unit_test(a_note_that_is_harmed_binds_to_nothing),
        cmocka_unit_test(a_log_that_has_begun_anew_is_asked_for_what_it_says_now),
        cmocka_unit_test(what_was_compacted_needs_no_log),
    };
    return cmocka_run_group_tests(tests, take_images, drop_images);
}
