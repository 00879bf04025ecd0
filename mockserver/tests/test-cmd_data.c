/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock data, on directories made here: what it says, what it harms (nothing), how it
 * ends. */
#include "data_dir.h"
#include "kept_rows.h"
#include "program.h"

#include "cosbase/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static int make(void **state)
{
    struct data_dir *d = calloc(1, sizeof(*d));
    assert_non_null(d);
    data_dir_make(d);
    put_kept_bucket(d->backend, "examplebucket-1250000000");
    put_kept_object(d->backend,
                    &(struct kept_object){"dir/a.txt", "123456789", 9, CRC64_OF_DIGITS});
    *state = d;
    return 0;
}

static const char *const verbs[] = {"data info", "data check", "data compact"};

/* "data info" is two words on a command line, too. */
static struct run run_verb(size_t i, const char *path)
{
    return RUN("data", verbs[i] + 5, path);
}

static int64_t number_of(const struct cos_json *facts, const char *name)
{
    int64_t n = -1;
    assert_true(cos_json_i64(cos_json_get(facts, name), &n));
    return n;
}

static struct cos_json *json_of(struct run *r)
{
    struct cos_json *facts = NULL;
    assert_int_equal(r->status, 0);
    assert_int_equal(cos_json_parse(&facts, cos_buf_view(&r->text), NULL, NULL), 0);
    return facts;
}

static void info_says_what_is_in_it(void **state)
{
    struct data_dir *d = *state;
    data_dir_close(d);
    struct run r = RUN("data", "info", "--json", d->path);
    struct cos_json *facts = json_of(&r);
    assert_string_equal(cos_json_str(cos_json_get(facts, "directory")), d->path);
    assert_int_equal(number_of(facts, "format"), 1);
    assert_int_equal(number_of(facts, "tenants"), 1);
    assert_int_equal(number_of(facts, "buckets"), 1);
    assert_int_equal(number_of(facts, "objects"), 1);
    assert_int_equal(number_of(facts, "uploads"), 0);
    assert_int_equal(number_of(facts, "body_bytes"), 9);
    assert_int_equal(number_of(facts, "stored_bytes"), 9);
    assert_int_equal(number_of(facts, "segments"), 1);
    assert_true(number_of(facts, "disk_bytes") >= 9);
    (void)cos_json_free(facts);
    run_free(&r);
    r = RUN("data", "info", d->path);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.text), "objects                     1\n"));
    run_free(&r);
}

static void check_finds_nothing_in_a_whole_directory(void **state)
{
    struct data_dir *d = *state;
    data_dir_close(d);
    struct run r = RUN("data", "check", d->path);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.text),
                           ": 2 rows and 9 bytes of bodies read; nothing is wrong\n"));
    assert_int_equal(r.complaints.len, 0);
    run_free(&r);
    r = RUN("data", "check", "--json", d->path);
    struct cos_json *facts = json_of(&r);
    assert_true(cos_json_bool(cos_json_get(facts, "is_whole"), /* fallback= */ false));
    assert_int_equal(cos_json_count(cos_json_get(facts, "wrong")), 0);
    (void)cos_json_free(facts);
    run_free(&r);
}

/* The only file of bodies; absolute. */
static void file_of_bodies(const struct data_dir *d, char out[400])
{
    char folder[200];
    (void)snprintf(folder, sizeof(folder), "%s/chunks", d->path);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    const struct dirent *e;
    unsigned n = 0;
    while ((e = readdir(dir)) != NULL) {
        if (e->d_name[0] != '.') {
            n++;
            (void)snprintf(out, 400, "%s/%.64s", folder, e->d_name);
        }
    }
    (void)closedir(dir);
    assert_int_equal(n, 1);
}

static void check_names_a_body_that_has_changed(void **state)
{
    struct data_dir *d = *state;
    char path[400];
    data_dir_close(d);
    file_of_bodies(d, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "X", 1, 3), 1);
    (void)close(fd);
    struct run r = RUN("data", "check", d->path);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(cos_buf_cstr(&r.text),
                           "tenant 'tenant': object 'dir/a.txt' of bucket 7 has the CRC-64 "));
    assert_non_null(strstr(cos_buf_cstr(&r.text), "; 1 thing is wrong\n"));
    run_free(&r);
    r = RUN("data", "check", "--json", d->path);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(cos_buf_cstr(&r.text), "\"is_whole\":false"));
    run_free(&r);
}

static void check_names_what_keeps_it_from_being_opened(void **state)
{
    struct data_dir *d = *state;
    char path[400];
    data_dir_close(d);
    file_of_bodies(d, path);
    assert_int_equal(unlink(path), 0);
    struct run r = RUN("data", "check", d->path);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(cos_buf_cstr(&r.text), "/chunks/"));
    assert_non_null(strstr(cos_buf_cstr(&r.text), "; 1 thing is wrong\n"));
    run_free(&r);
    r = RUN("data", "info", d->path);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "the directory is damaged"));
    run_free(&r);
}

static void what_is_no_data_directory_is_refused_and_stays_as_it_is(void **state)
{
    struct data_dir *d = *state;
    char absent[200];
    char foreign[200];
    char file[240];
    (void)snprintf(absent, sizeof(absent), "%s/absent", d->scratch.path);
    (void)snprintf(foreign, sizeof(foreign), "%s/foreign", d->scratch.path);
    (void)snprintf(file, sizeof(file), "%s/thesis.tex", foreign);
    assert_int_equal(mkdir(foreign, 0700), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        struct run r = run_verb(i, absent);
        assert_int_equal(r.status, 2);
        assert_non_null(
            strstr(cos_buf_cstr(&r.complaints),
                   "/absent is no data directory of cosmock: 'cosmock serve --data "));
        assert_int_not_equal(access(absent, F_OK), 0);
        run_free(&r);
        r = run_verb(i, foreign);
        assert_int_equal(r.status, 2);
        assert_int_equal(rmdir(foreign), 0); /* it is empty still */
        assert_int_equal(mkdir(foreign, 0700), 0);
        run_free(&r);
    }
    assert_int_equal(cos_file_write(file, COS_SPAN_LIT("\\end"), 0600), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        struct run r = run_verb(i, foreign);
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(cos_buf_cstr(&r.complaints), "holds 'thesis.tex'"));
        run_free(&r);
    }
}

static void one_that_is_in_use_is_refused(void **state)
{
    struct data_dir *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        struct run r = run_verb(i, d->path);
        assert_int_equal(r.status, 1);
        assert_non_null(strstr(cos_buf_cstr(&r.complaints), " is in use by "));
        assert_int_equal(r.text.len, 0);
        run_free(&r);
    }
}

static void compact_gives_room_back(void **state)
{
    struct data_dir *d = *state;
    static char text[100001];
    memset(text, 'x', sizeof(text) - 1);
    char key[16];
    for (int i = 0; i < 20; i++) { /* the CRC is of no interest here */
        (void)snprintf(key, sizeof(key), "%04d", i);
        put_kept_object(d->backend, &(struct kept_object){key, text, sizeof(text) - 1, 0});
    }
    for (int i = 0; i < 20; i++) { /* each row again, small: the large bodies are of no use */
        (void)snprintf(key, sizeof(key), "%04d", i);
        put_kept_object(d->backend,
                        &(struct kept_object){key, "123456789", 9, CRC64_OF_DIGITS});
    }
    data_dir_close(d);
    struct run r = RUN("data", "compact", "--json", d->path);
    struct cos_json *facts = json_of(&r);
    assert_true(number_of(facts, "disk_bytes") <= number_of(facts, "disk_bytes_before"));
    (void)cos_json_free(facts);
    run_free(&r);
    char path[400];
    struct stat st;
    file_of_bodies(d, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 21 * 9); /* nothing but what rows use */
    r = RUN("data", "check", d->path);
    assert_int_equal(r.status, 0);
    run_free(&r);
}

/* What the terminal @fd is told. */
static void read_terminal(int fd, struct cos_buf *into)
{
    char bytes[256];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof(bytes))) > 0) { /* EIO: nobody has it open any more */
        cos_buf_append(into, bytes, (size_t)n);
    }
}

static void compact_says_on_a_terminal_how_far_it_is(void **state)
{
    struct data_dir *d = *state;
    for (int i = 0; i < 20; i++) {
        put_kept_object(d->backend,
                        &(struct kept_object){"k", "123456789", 9, CRC64_OF_DIGITS});
    }
    data_dir_close(d);
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    struct run r =
        run_program("/bin/sh",
                    (const char *const[]){"sh", "-c",
                                          "exec \"$1\" data compact \"$2\" 2>\"$3\"", "sh",
                                          program, d->path, ptsname(terminal), NULL});
    struct cos_buf said;
    cos_buf_init(&said, 4096);
    read_terminal(terminal, &said);
    (void)close(terminal);
    assert_int_equal(r.status, 0);
    assert_string_equal(cos_buf_cstr(&said), "\r0.0 MiB of bodies moved \r\n");
    cos_buf_deinit(&said);
    run_free(&r);
}

/* There are secret keys in the rows. */
static void nobody_else_may_read_it(void **state)
{
    static const char *const files[] = {"rows.db", "rows.db-wal", "cosmock-data", "lock"};
    struct data_dir *d = *state;
    char path[400];
    struct stat st;
    for (size_t i = 0; i < COS_ARRAY_LEN(files); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", d->path, files[i]);
        assert_int_equal(stat(path, &st), 0);
        if ((st.st_mode & 0777) != 0600) {
            fail_msg("%s: %o", files[i], (unsigned)st.st_mode & 0777);
        }
    }
    file_of_bodies(d, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(d->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(info_says_what_is_in_it, make, data_dir_teardown),
        cmocka_unit_test_setup_teardown(check_finds_nothing_in_a_whole_directory, make,
                                        data_dir_teardown),
        cmocka_unit_test_setup_teardown(check_names_a_body_that_has_changed, make,
                                        data_dir_teardown),
        cmocka_unit_test_setup_teardown(check_names_what_keeps_it_from_being_opened, make,
                                        data_dir_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_data_directory_is_refused_and_stays_as_it_is,
                                        make, data_dir_teardown),
        cmocka_unit_test_setup_teardown(one_that_is_in_use_is_refused, make, data_dir_teardown),
        cmocka_unit_test_setup_teardown(compact_gives_room_back, make, data_dir_teardown),
        cmocka_unit_test_setup_teardown(compact_says_on_a_terminal_how_far_it_is, make,
                                        data_dir_teardown),
        cmocka_unit_test_setup_teardown(nobody_else_may_read_it, make, data_dir_teardown),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
