/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories that are not ours, not whole, of a later format or in use: refused with a
 * sentence that names the file, what is wrong and what would be right, and left as they were,
 * byte by byte. Offsets are those of sqlite.org/fileformat2.html (header: 1.3, log: 4.1).
 */
#include "data_dir.h"

#include "cosbase/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- what lies there --- */

/* A directory of ours with rows and bodies, closed. */
static void fill(struct data_dir *d)
{
    for (int i = 0; i < 200; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "key%d", i);
        assert_int_equal(put_row(d->backend, key, "value", 1, 5000), BACKEND_OK);
    }
    assert_int_equal(put_row(d->backend, "large", "value", 1, 2u << 20), BACKEND_OK);
    data_dir_close(d);
}

/* The same, and its process was killed: the log is there. */
static void one_row(struct data_dir *d)
{
    (void)put_row(d->backend, "key", "value", 1, 5000);
}

static void fill_and_be_killed(struct data_dir *d)
{
    data_dir_die(d, one_row);
}

static void poke(const struct data_dir *d, const char *name, off_t at, const void *bytes,
                 size_t n)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", d->path, name);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), n);
    (void)close(fd);
}

static void cut(const struct data_dir *d, const char *name, off_t bytes)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", d->path, name);
    assert_int_equal(truncate(path, bytes), 0);
}

static void away(const struct data_dir *d, const char *name)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", d->path, name);
    assert_true(unlink(path) == 0 || cos_dir_remove(path) == 0);
}

static void write_text(const struct data_dir *d, const char *name, const char *text)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", d->path, name);
    assert_int_equal(cos_file_write(path, cos_span_of(text), 0600), 0);
}

/* --- what is done to it --- */

static void format_of_marker(struct data_dir *d)
{
    write_text(d, "cosmock-data", "cosmock data 2\n");
}
static void marker_with_more(struct data_dir *d)
{
    write_text(d, "cosmock-data", "cosmock data 7 zstd\n");
}
static void marker_garbled(struct data_dir *d)
{
    write_text(d, "cosmock-data", "cosmock d\x01ta 1\n");
}
static void marker_says_new(struct data_dir *d)
{
    write_text(d, "cosmock-data", "cosmock data 1 new\n");
}
static void marker_gone(struct data_dir *d)
{
    away(d, "cosmock-data");
}
static void format_of_database(struct data_dir *d)
{
    poke(d, "rows.db", 60, "\0\0\0\2", 4);
}
static void format_none(struct data_dir *d)
{
    poke(d, "rows.db", 60, "\0\0\0\0", 4);
}
static void other_application(struct data_dir *d)
{
    poke(d, "rows.db", 68, "GP10", 4); /* magic.txt of SQLite: a GeoPackage */
}
static void database_gone(struct data_dir *d)
{
    away(d, "rows.db");
}
static void database_empty(struct data_dir *d)
{
    cut(d, "rows.db", 0);
}
static void database_cut(struct data_dir *d)
{
    cut(d, "rows.db", 2 * 4096);
}
static void magic_garbled(struct data_dir *d)
{
    poke(d, "rows.db", 0, "SQLite forma7", 13);
}
static void page_size_garbled(struct data_dir *d)
{
    poke(d, "rows.db", 16, "\x20\x00", 2);
}
static void not_a_log_database(struct data_dir *d)
{
    poke(d, "rows.db", 18, "\1\1", 2);
}
static void schema_garbled(struct data_dir *d)
{
    static const char noise[300] = "noise";
    poke(d, "rows.db", 100, noise, sizeof(noise));
}
static void next_file_garbled(struct data_dir *d)
{
    char path[200];
    sqlite3 *db;
    (void)snprintf(path, sizeof(path), "%s/rows.db", d->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT OR REPLACE INTO numbers "
                                  "VALUES('next file', 1 << 40)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_close(db);
}
static void chunks_gone(struct data_dir *d)
{
    away(d, "chunks");
}
static void segment_gone(struct data_dir *d)
{
    away(d, "chunks/0000000000000000");
}
static void segment_cut(struct data_dir *d)
{
    cut(d, "chunks/0000000000000000", 4096);
}
static void large_file_cut(struct data_dir *d)
{
    cut(d, "chunks/0000000000000001", 100);
}
static void log_garbled(struct data_dir *d)
{
    poke(d, "rows.db-wal", 0, "\x37\x7f\x06\x99", 4);
}
static void log_salt_garbled(struct data_dir *d)
{
    poke(d, "rows.db-wal", 17, "\xff\xfe", 2);
}
static void put_pipe(const struct data_dir *d, const char *name)
{
    char path[200];
    away(d, name);
    (void)snprintf(path, sizeof(path), "%s/%s", d->path, name);
    assert_int_equal(mkfifo(path, 0600), 0);
}
static void journal_there(struct data_dir *d)
{
    write_text(d, "rows.db-journal", "\xd9\xd5\x05\xf9 of another database");
}
static void journal_is_a_pipe(struct data_dir *d)
{
    journal_there(d);
    put_pipe(d, "rows.db-journal");
}
static void log_is_a_pipe(struct data_dir *d)
{
    put_pipe(d, "rows.db-wal");
}
static void index_is_a_link(struct data_dir *d)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/rows.db-shm", d->path);
    assert_int_equal(symlink("elsewhere", path), 0);
}
static void lock_and_segment_gone(struct data_dir *d)
{
    away(d, "lock");
    segment_gone(d);
}
static void draft_is_a_pipe(struct data_dir *d)
{
    away(d, "");
    assert_int_equal(mkdir(d->path, 0700), 0);
    write_text(d, "cosmock-data.new", "");
    put_pipe(d, "cosmock-data.new");
}
static void somebody_elses(struct data_dir *d)
{
    away(d, "");
    assert_int_equal(mkdir(d->path, 0700), 0);
    write_text(d, "thesis.tex", "\\begin{document}");
}
static void somebody_elses_database(struct data_dir *d)
{
    char path[200];
    sqlite3 *db;
    somebody_elses(d);
    away(d, "thesis.tex");
    (void)snprintf(path, sizeof(path), "%s/rows.db", d->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(x); INSERT INTO t VALUES(1)", NULL, NULL,
                                  NULL),
                     SQLITE_OK);
    (void)sqlite3_close(db);
}
static void a_file(struct data_dir *d)
{
    away(d, "");
    assert_int_equal(cos_file_write(d->path, COS_SPAN_LIT("a file"), 0600), 0);
}

static const struct {
    const char *name;
    void (*harm)(struct data_dir *d);
    bool is_killed; /* before, so that there is a log */
    enum directory_refusal kind;
    const char *says[3]; /* the file, what is wrong, what would be right */
} rows[] = {
    {"newer marker",
     format_of_marker,
     false,
     DIRECTORY_NEWER,
     {"/cosmock-data: format 2, of a newer cosmock", "this one knows 1",
      "use the newer cosmock"}},
    {"newer marker with words",
     marker_with_more,
     false,
     DIRECTORY_NEWER,
     {"/cosmock-data: format 7", "this one knows 1", "use the newer cosmock"}},
    {"garbled marker",
     marker_garbled,
     false,
     DIRECTORY_DAMAGED,
     {"/cosmock-data: its text is not 'cosmock data 1'", "damaged", "restore it from a copy"}},
    {"a marker that says new beside bodies",
     marker_says_new,
     false,
     DIRECTORY_DAMAGED,
     {"/cosmock-data: it says 'new', and there are files in chunks/", "damaged",
      "restore it from a copy"}},
    {"no marker",
     marker_gone,
     false,
     DIRECTORY_FOREIGN,
     {"and no file 'cosmock-data'", "not a data directory",
      "name an empty or a new directory"}},
    {"newer database",
     format_of_database,
     false,
     DIRECTORY_NEWER,
     {"/rows.db: format 2, of a newer cosmock", "this one knows 1", "use the newer cosmock"}},
    {"database of format 0",
     format_none,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: its format is 0", "damaged", "restore it from a copy"}},
    {"other application",
     other_application,
     false,
     DIRECTORY_FOREIGN,
     {"/rows.db: application id 1196437808, and cosmock's is 1668248429", "another program",
      "name an empty or a new directory"}},
    {"no database",
     database_gone,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: it is missing", "damaged", "restore it from a copy"}},
    {"empty database",
     database_empty,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: it does not begin as a database does", "damaged", "restore it from a copy"}},
    {"short database",
     database_cut,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: it is shorter than its header says", "damaged", "restore it from a copy"}},
    {"garbled magic",
     magic_garbled,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: it does not begin as a database does", "damaged", "restore it from a copy"}},
    {"garbled magic beside a log",
     magic_garbled,
     true,
     DIRECTORY_DAMAGED,
     {"/rows.db: it does not begin as a database does", "damaged", "restore it from a copy"}},
    {"garbled page size",
     page_size_garbled,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: its header is garbled", "damaged", "restore it from a copy"}},
    {"no database with a log",
     not_a_log_database,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: its header is garbled", "damaged", "restore it from a copy"}},
    {"garbled schema",
     schema_garbled,
     false,
     DIRECTORY_DAMAGED,
     {"rows.db: database disk image is malformed", "damaged", "restore it from a copy"}},
    {"a garbled number of the next file",
     next_file_garbled,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db: the number of its next file is garbled", "damaged", "restore it from a copy"}},
    {"no chunks",
     chunks_gone,
     false,
     DIRECTORY_DAMAGED,
     {"/chunks: it is missing", "damaged", "restore it from a copy"}},
    {"no segment",
     segment_gone,
     false,
     DIRECTORY_DAMAGED,
     {"/chunks/0000000000000000: it is missing", "damaged", "restore it from a copy"}},
    {"short segment",
     segment_cut,
     false,
     DIRECTORY_DAMAGED,
     {"/chunks/0000000000000000: it is shorter than its rows say", "damaged",
      "restore it from a copy"}},
    {"short large body",
     large_file_cut,
     false,
     DIRECTORY_DAMAGED,
     {"/chunks/0000000000000001: it is shorter than its rows say", "damaged",
      "restore it from a copy"}},
    {"garbled log",
     log_garbled,
     true,
     DIRECTORY_DAMAGED,
     {"/rows.db-wal: its header is garbled", "damaged", "restore it from a copy"}},
    {"garbled salt of the log",
     log_salt_garbled,
     true,
     DIRECTORY_DAMAGED,
     {"/rows.db-wal: its header is garbled", "damaged", "restore it from a copy"}},
    {"a journal",
     journal_there,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db-journal: no cosmock leaves one beside a whole database", "damaged",
      "restore it from a copy"}},
    {"a pipe for a journal",
     journal_is_a_pipe,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db-journal: no cosmock leaves one beside a whole database", "damaged",
      "restore it from a copy"}},
    {"a pipe for a log",
     log_is_a_pipe,
     true,
     DIRECTORY_DAMAGED,
     {"/rows.db-wal: it is not a regular file", "damaged", "restore it from a copy"}},
    {"a link for the log's index",
     index_is_a_link,
     false,
     DIRECTORY_DAMAGED,
     {"/rows.db-shm: it is not a regular file", "damaged", "restore it from a copy"}},
    {"neither lock nor segment",
     lock_and_segment_gone,
     false,
     DIRECTORY_DAMAGED,
     {"/chunks/0000000000000000: it is missing", "damaged", "restore it from a copy"}},
    {"a pipe where the marker is made",
     draft_is_a_pipe,
     false,
     DIRECTORY_UNUSABLE,
     {"/cosmock-data: ", "No such device or address", ""}},
    {"somebody else's directory",
     somebody_elses,
     false,
     DIRECTORY_FOREIGN,
     {"holds 'thesis.tex' and no file 'cosmock-data'", "not a data directory",
      "name an empty or a new directory"}},
    {"somebody else's database",
     somebody_elses_database,
     false,
     DIRECTORY_FOREIGN,
     {"holds 'rows.db' and no file 'cosmock-data'", "not a data directory",
      "name an empty or a new directory"}},
    {"a file",
     a_file,
     false,
     DIRECTORY_FOREIGN,
     {"is a file", "a data directory is", "an empty"}},
};

static void refuse_one(size_t i)
{
    struct data_dir d;
    struct directory_error err = {0};
    uint8_t before[COS_SHA256_BYTES] = {0};
    uint8_t after[COS_SHA256_BYTES] = {0};
    data_dir_make(&d);
    (rows[i].is_killed ? fill_and_be_killed : fill)(&d);
    rows[i].harm(&d);
    fingerprint_add(before, d.scratch.path);
    struct directory *opened = directory_open(d.path, &d.options, &err);
    fingerprint_add(after, d.scratch.path);
    if (opened != NULL || err.kind != rows[i].kind) {
        fail_msg("%s: %s, kind %d: %s", rows[i].name, opened != NULL ? "opened" : "refused",
                 err.kind, err.message);
    }
    if (strncmp(err.message, d.path, strlen(d.path)) != 0) {
        fail_msg("%s: the message does not begin with the path: %s", rows[i].name, err.message);
    }
    for (size_t j = 0; j < 3; j++) {
        if (strstr(err.message, rows[i].says[j]) == NULL) {
            fail_msg("%s: '%s' is not in: %s", rows[i].name, rows[i].says[j], err.message);
        }
    }
    if (memcmp(before, after, sizeof(before)) != 0) {
        fail_msg("%s: something was changed", rows[i].name);
    }
    data_dir_remove(&d);
}

static void what_is_not_ours_or_not_whole_is_refused_and_unchanged(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        refuse_one(i);
    }
}

static void one_that_is_open_cannot_be_opened_again(void **state)
{
    struct data_dir d;
    struct directory_error err = {0};
    char who[32];
    data_dir_make(&d);
    (void)snprintf(who, sizeof(who), "process %ld:", (long)getpid());
    assert_null(directory_open(d.path, &d.options, &err)); /* in this process */
    assert_int_equal(err.kind, DIRECTORY_HELD);
    assert_non_null(strstr(err.message, who));
    pid_t pid = fork();
    if (pid == 0) { /* in another one */
        bool is_right = directory_open(d.path, &d.options, &err) == NULL &&
                        err.kind == DIRECTORY_HELD && strstr(err.message, who) != NULL;
        _exit(is_right ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    /* the first one has lost nothing by it */
    assert_int_equal(put_row(d.backend, "k", "v", 1, 10), BACKEND_OK);
    data_dir_again(&d);
    row_is(d.backend, "k", "v", 1, 10);
    data_dir_remove(&d);
}

static void one_that_a_crash_left_half_made_is_made_again(void **state)
{
    struct data_dir d;
    data_dir_make(&d);
    data_dir_close(&d);
    away(&d, "rows.db");
    away(&d, "chunks");
    write_text(&d, "rows.db", "half");
    write_text(&d, "cosmock-data", "cosmock data 1 new\n");
    data_dir_open(&d);
    assert_int_equal(put_row(d.backend, "k", "v", 1, 10), BACKEND_OK);
    data_dir_again(&d);
    row_is(d.backend, "k", "v", 1, 10);
    data_dir_remove(&d);
}

static void an_empty_directory_becomes_ours(void **state)
{
    struct data_dir d;
    data_dir_make(&d);
    data_dir_close(&d);
    away(&d, "");
    assert_int_equal(mkdir(d.path, 0700), 0);
    data_dir_open(&d);
    data_dir_remove(&d);
}

/* Nothing is forbidden to root: then it is nobody who asks. */
static void one_that_may_not_be_written_is_refused(void **state)
{
    struct data_dir d;
    char lock[200];
    char marker[200];
    data_dir_make(&d);
    fill(&d);
    (void)snprintf(lock, sizeof(lock), "%s/lock", d.path);
    (void)snprintf(marker, sizeof(marker), "%s/cosmock-data", d.path);
    assert_int_equal(chmod(marker, 0444), 0);
    assert_int_equal(chmod(d.scratch.path, 0755), 0);
    assert_int_equal(chmod(d.path, 0755), 0);
    assert_int_equal(chmod(lock, 0400), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct directory_error err = {0};
        bool is_right = geteuid() != 0 || seteuid(65534) == 0;
        is_right = is_right && directory_open(d.path, &d.options, &err) == NULL &&
                   err.kind == DIRECTORY_UNUSABLE &&
                   strstr(err.message, "/lock: Permission denied") != NULL;
        _exit(is_right ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    data_dir_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_ours_or_not_whole_is_refused_and_unchanged),
        cmocka_unit_test(one_that_is_open_cannot_be_opened_again),
        cmocka_unit_test(one_that_a_crash_left_half_made_is_made_again),
        cmocka_unit_test(an_empty_directory_becomes_ours),
        cmocka_unit_test(one_that_may_not_be_written_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
