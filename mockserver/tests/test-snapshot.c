/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots of the backend whose name is the argument, and their way into memory and back. */
#include "store/snapshot.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "cosbase/rng.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "backends.h"
#include "data_dir.h"
#include "scratch.h"

#define PATH "state.snapshot"
#define FILE_MAX_BYTES ((size_t)1 << 28)

static const struct backend_kind *kind; /* that is asked */
static struct backend *the_backend;     /* of the running claim */
static struct scratch scratch;

static int set_up(void **state)
{
    scratch_enter(&scratch);
    the_backend = kind->open();
    return the_backend == NULL;
}

static int tear_down(void **state)
{
    kind->close(the_backend);
    scratch_remove(&scratch);
    return 0;
}

static struct backend *open_memory(struct budget *budget)
{
    struct backend *b = backend_memory_new(budget);
    assert_non_null(b);
    return b;
}

static void happen(struct backend *b, struct batch *batch)
{
    struct commit c = {0};
    assert_int_equal(backend_commit(b, batch, &c), BACKEND_OK);
}

static void put(struct backend *b, struct cos_span key, const char *value, struct blob *body)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_put(batch, key, cos_span_of(value), body);
    happen(b, batch);
}

static void save(struct backend *b, const char *path)
{
    struct snapshot_error err = {0};
    if (snapshot_save(b, path, &err) != SNAPSHOT_OK) {
        fail_msg("%s", err.message);
    }
}

static void restore(struct backend *b, const char *path)
{
    struct snapshot_error err = {0};
    COS_CLEANUP(snapshot_free) struct snapshot *s = NULL;
    if (snapshot_open(&s, path, &err) != SNAPSHOT_OK ||
        backend_restore(b, s, &err) != SNAPSHOT_OK) {
        fail_msg("%s", err.message);
    }
}

static void read_all(struct cos_buf *out, const char *path)
{
    cos_buf_init(out, FILE_MAX_BYTES);
    assert_int_equal(cos_file_read(out, path), 0);
}

static void write_all(const char *path, struct cos_span bytes)
{
    assert_int_equal(cos_file_write(path, bytes, 0600), 0);
}

static void files_are_equal(const char *one, const char *other)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf a;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    read_all(&a, one);
    read_all(&b, other);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
}

/* --- the format --- */

#define HEAD "cosmock-snapshot\0\0\0\1"
/* The digest is of sha256sum(1). */
static const char three_rows[] =
    HEAD "R\0\0\0\6\0\0\0\6\0\0\0\0\0\0\0\0"
         "b data\1value"
         "R\0\0\0\10\0\0\0\2\0\0\0\0\0\0\0\11"
         "o\0\0\0\7k\0\377\1\0the bytes"
         "R\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1"
         "sx"
         "E\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\12"
         "\x0c\xb7\x84\xa8\x5f\x6e\x0b\x26\x2a\xd9\x9e\xcd\x20\x2e\x73\x25"
         "\xfc\x87\x75\x7c\x9a\xac\x55\x15\x27\x35\xc3\xe7\xeb\x4b\x4f\x3f";

static void put_three_rows(struct backend *b)
{
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_put(batch, COS_SPAN_LIT("s"), COS_SPAN_EMPTY, backend_blob(b, "x", 1));
    batch_put(batch, COS_SPAN_LIT("o\0\0\0\7k\0\377"), COS_SPAN_LIT("\1\0"),
              backend_blob(b, "the bytes", 9));
    batch_put(batch, COS_SPAN_LIT("b data"), COS_SPAN_LIT("\1value"), /* blob= */ NULL);
    happen(b, batch);
}

static void a_file_is_the_bytes_that_are_described(void **state)
{
    put_three_rows(the_backend);
    save(the_backend, PATH);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf file;
    read_all(&file, PATH);
    assert_int_equal(file.len, sizeof(three_rows) - 1);
    assert_memory_equal(file.ptr, three_rows, file.len);
}

static void the_bytes_that_are_described_are_a_file(void **state)
{
    write_all(PATH, COS_SPAN_LIT(three_rows));
    restore(the_backend, PATH);
    struct row *row = NULL;
    assert_int_equal(the_backend->ops->get(the_backend, COS_SPAN_LIT("o\0\0\0\7k\0\377"), &row),
                     BACKEND_OK);
    assert_true(cos_span_eq(row_value(row), COS_SPAN_LIT("\1\0")));
    assert_true(blob_holds(row->blob, "the bytes", 9));
    row_unref(row);
}

/* --- there and back --- */

static struct blob *some_bytes(struct backend *b, struct cos_rng *rng)
{
    static const size_t sizes[] = {0, 1, 300, 65535, 65536, 65537, 200000, 1500000};
    size_t n = sizes[cos_rng_below(rng, COS_ARRAY_LEN(sizes))];
    char *bytes = cos_malloc(n + 1);
    assert_non_null(bytes);
    cos_rng_fill(rng, bytes, n);
    struct blob *blob = backend_blob(b, bytes, n);
    cos_free(bytes);
    return blob;
}

/* A body of its own, or cut and joined from another, as copies of parts are. */
static struct blob *some_body(struct backend *b, struct cos_rng *rng)
{
    struct blob *whole = some_bytes(b, rng);
    if (cos_rng_below(rng, 3) > 0 || blob_bytes(whole) == 0) {
        return whole;
    }
    struct blob *parts[2] = {blob_slice(whole, blob_bytes(whole) / 3, 100000), whole};
    struct blob *joined = blob_concat(parts, COS_ARRAY_LEN(parts));
    assert_non_null(joined);
    blob_unref(parts[0]);
    blob_unref(whole);
    return joined;
}

static struct cos_span some_key(char out[8], struct cos_rng *rng)
{
    size_t n = 1 + cos_rng_below(rng, 7);
    cos_rng_fill(rng, out, n);
    out[0] = (char)('a' + cos_rng_below(rng, 3));
    return cos_span_make(out, n);
}

static void do_something(struct backend *b, struct cos_rng *rng)
{
    char text[8];
    char value[64];
    struct batch *batch = batch_new();
    assert_non_null(batch);
    for (uint64_t n = 1 + cos_rng_below(rng, 4); n > 0; n--) {
        struct cos_span key = some_key(text, rng);
        uint64_t what = cos_rng_below(rng, 10);
        if (what == 0) {
            batch_delete_all(batch, cos_span_sub(key, 0, 2));
        } else {
            size_t length = cos_rng_below(rng, sizeof(value));
            cos_rng_fill(rng, value, length);
            batch_put(batch, key, cos_span_make(value, length), some_body(b, rng));
        }
    }
    happen(b, batch);
}

/* From the backend into memory, and from there into the backend again, where other rows are. */
static void what_was_saved_is_there_again(void **state)
{
    enum { ROUNDS = 6, BATCHES = 12 };
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct cos_rng *rng = cos_rng_new(seed);
        struct backend *memory = open_memory(/* budget= */ NULL);
        for (int i = 0; i < BATCHES; i++) {
            do_something(the_backend, rng);
            do_something(memory, rng);
        }
        save(the_backend, "one");
        restore(memory, "one");
        save(memory, "two");
        files_are_equal("one", "two");
        do_something(the_backend, rng);
        restore(the_backend, "two");
        save(the_backend, "three");
        files_are_equal("one", "three");
        (void)memory->ops->free(memory);
        (void)cos_rng_free(rng);
    }
}

static void the_same_rows_make_the_same_file(void **state)
{
    put(the_backend, COS_SPAN_LIT("gone"), "v", /* body= */ NULL);
    put(the_backend, COS_SPAN_LIT("s"), "another value", backend_blob(the_backend, "y", 1));
    put_three_rows(the_backend);
    struct row *row = NULL;
    assert_int_equal(the_backend->ops->get(the_backend, COS_SPAN_LIT("s"), &row), BACKEND_OK);
    struct blob *halves[] = {backend_blob(the_backend, "the ", 4),
                             backend_blob(the_backend, "bytes", 5)};
    put(the_backend, COS_SPAN_LIT("o\0\0\0\7k\0\377"), "\1", blob_concat(halves, 2));
    struct batch *batch = batch_new();
    assert_non_null(batch);
    batch_delete(batch, COS_SPAN_LIT("gone"));
    batch_put(batch, COS_SPAN_LIT("o\0\0\0\7k\0\377"), COS_SPAN_LIT("\1\0"),
              blob_concat(halves, 2));
    batch_put(batch, COS_SPAN_LIT("s"), COS_SPAN_EMPTY, blob_ref(row->blob));
    happen(the_backend, batch);
    row_unref(row);
    blob_unref(halves[0]);
    blob_unref(halves[1]);
    save(the_backend, PATH);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf file;
    read_all(&file, PATH);
    assert_true(cos_span_eq(cos_buf_view(&file), COS_SPAN_LIT(three_rows)));
}

static void no_rows_are_a_state_too(void **state)
{
    save(the_backend, PATH);
    put_three_rows(the_backend);
    restore(the_backend, PATH);
    save(the_backend, "again");
    files_are_equal(PATH, "again");
}

/* --- while others go on --- */

struct writing {
    bool is_over; /* atomic */
    bool is_kept; /* every batch */
    int n;
};

static void *keep_writing(void *ctx)
{
    struct writing *w = ctx;
    for (; !__atomic_load_n(&w->is_over, __ATOMIC_ACQUIRE); w->n++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%d", w->n);
        struct batch *batch = batch_new();
        struct blob *blob = backend_try_blob(the_backend, text, strlen(text));
        if (batch == NULL || blob == NULL) {
            w->is_kept = false;
            (void)batch_free(batch);
            (void)blob_unref(blob);
            continue;
        }
        batch_put(batch, COS_SPAN_LIT("a"), cos_span_of(text), /* blob= */ NULL);
        batch_put(batch, COS_SPAN_LIT("z"), cos_span_of(text), blob);
        struct commit c = {0};
        w->is_kept = backend_commit(the_backend, batch, &c) == BACKEND_OK && w->is_kept;
    }
    return NULL;
}

/* One batch makes the first row and the last the same. */
static int first_is_last(void *ctx, const struct snapshot_row *row, struct snapshot_error *err)
{
    struct cos_buf *first = ctx;
    if (cos_span_eq_str(row->key, "a")) {
        cos_buf_span(first, row->value);
    } else if (cos_span_eq_str(row->key, "z")) {
        assert_true(cos_span_eq(cos_buf_view(first), row->value));
        assert_int_equal(row->body_bytes, first->len);
    }
    return 0;
}

static void it_is_one_state_while_others_commit(void **state)
{
    enum { ROUNDS = 20, BYTES = 400000 };
    static char bytes[BYTES];
    put(the_backend, COS_SPAN_LIT("m"), "", backend_blob(the_backend, bytes, BYTES));
    struct writing w = {.is_kept = true};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, keep_writing, &w), 0);
    for (int i = 0; i < ROUNDS; i++) {
        save(the_backend, PATH);
        struct snapshot *s = NULL;
        assert_int_equal(snapshot_open(&s, PATH, /* err= */ NULL), SNAPSHOT_OK);
        COS_CLEANUP(cos_buf_deinit) struct cos_buf first;
        cos_buf_init(&first, 64);
        assert_int_equal(snapshot_each(s, first_is_last, &first, /* err= */ NULL), 0);
        (void)snapshot_free(s);
    }
    __atomic_store_n(&w.is_over, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(w.is_kept);
}

/* --- the file --- */

static void only_its_owner_reads_it(void **state)
{
    struct stat st;
    save(the_backend, PATH);
    assert_int_equal(stat(PATH, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(chmod(PATH, 0644), 0);
    save(the_backend, PATH);
    assert_int_equal(stat(PATH, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

/* The body of a row lies in a file that ends too early. */
static void a_save_that_fails_leaves_the_older_file(void **state)
{
    struct backend *b = open_memory(/* budget= */ NULL);
    put_three_rows(b);
    save(b, PATH);
    save(b, "older");
    FILE *empty = tmpfile();
    assert_non_null(empty);
    const struct blob_chunk chunk = {.fd = fileno(empty), .bytes = 5};
    put(b, COS_SPAN_LIT("p"), "", blob_of_chunk(&chunk, /* budget= */ NULL));
    struct snapshot_error err = {0};
    assert_int_equal(snapshot_save(b, PATH, &err), SNAPSHOT_IO);
    assert_int_equal(err.status, SNAPSHOT_IO);
    assert_string_equal(err.message, PATH ": the body of row 3 cannot be read from the store: "
                                          "Input/output error");
    files_are_equal(PATH, "older");
    assert_int_equal(snapshot_save(b, "new", &err), SNAPSHOT_IO);
    assert_int_equal(access("new", F_OK), -1);
    (void)b->ops->free(b);
    (void)fclose(empty);
}

static void where_it_cannot_be_written_is_said(void **state)
{
    struct snapshot_error err = {0};
    assert_int_equal(snapshot_save(the_backend, "missing/file", &err), SNAPSHOT_IO);
    assert_string_equal(err.message,
                        "missing/file: cannot be written: No such file or directory");
}

/* A limit of the process stands for a full disk. */
static void a_full_disk_leaves_the_older_file(void **state)
{
    struct rlimit limit;
    struct backend *b = open_memory(/* budget= */ NULL);
    put_three_rows(b);
    save(b, PATH);
    save(b, "older");
    put(b, COS_SPAN_LIT("t"), "", backend_blob(b, three_rows, sizeof(three_rows)));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){200, limit.rlim_max}), 0);
    struct snapshot_error err = {0};
    int r = snapshot_save(b, PATH, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(r, SNAPSHOT_NO_ROOM);
    assert_string_equal(err.message, PATH ": cannot be written: File too large");
    files_are_equal(PATH, "older");
    (void)b->ops->free(b);
}

/* --- files that are not whole --- */

static void is_refused(struct cos_span bytes, const char *what, const char *message)
{
    struct snapshot *s = NULL;
    struct snapshot_error err = {0};
    write_all(PATH, bytes);
    if (snapshot_open(&s, PATH, &err) != SNAPSHOT_REFUSED || s != NULL ||
        strstr(err.message, PATH ": ") != err.message || strstr(err.message, message) == NULL) {
        fail_msg("%s: %s", what, err.message);
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    struct cos_span whole = COS_SPAN_LIT(three_rows);
    for (size_t n = 0; n < whole.len; n++) {
        char what[32];
        (void)snprintf(what, sizeof(what), "cut at %zu", n);
        is_refused(cos_span_sub(whole, 0, n), what,
                   n < 16 ? "those begin with 'cosmock-snapshot'" : "it ends at byte");
    }
}

static void any_changed_bit_is_refused(void **state)
{
    char bytes[sizeof(three_rows)];
    for (size_t i = 0; i < 8 * (sizeof(three_rows) - 1); i++) {
        char what[32];
        (void)snprintf(what, sizeof(what), "bit %zu", i);
        memcpy(bytes, three_rows, sizeof(bytes));
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
        is_refused(cos_span_make(bytes, sizeof(bytes) - 1), what, "");
    }
}

#define ROW(lengths, rest) "R" lengths rest
#define NONE "\0\0\0\0\0\0\0\0"
#define ONE "\0\0\0\0\0\0\0\1"
#define TWO "\0\0\0\0\0\0\0\2"

/* Each with the right digest behind it. */
static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *name;
        struct cos_span bytes;
        const char *message;
    } rows[] = {
        {"foreign", COS_SPAN_LIT("SQLite format 3\0 and what follows"),
         "no snapshot: those begin with 'cosmock-snapshot'"},
        {"newer", COS_SPAN_LIT("cosmock-snapshot\0\0\0\2E" NONE NONE),
         "a snapshot of format 2, of another cosmock: this one reads format 1"},
        {"word", COS_SPAN_LIT(HEAD "X" NONE NONE),
         "byte 20 is 0x58: a row begins with 0x52, the end with 0x45"},
        {"order",
         COS_SPAN_LIT(HEAD ROW("\0\0\0\1\0\0\0\0" NONE, "b")
                          ROW("\0\0\0\1\0\0\0\0" NONE, "a") "E" TWO NONE),
         "byte 55: the key of row 2 does not come behind the one before it"},
        {"twice",
         COS_SPAN_LIT(HEAD ROW("\0\0\0\1\0\0\0\0" NONE, "a")
                          ROW("\0\0\0\1\0\0\0\0" NONE, "a") "E" TWO NONE),
         "byte 55: the key of row 2 does not come behind the one before it"},
        {"count of rows", COS_SPAN_LIT(HEAD ROW("\0\0\0\1\0\0\0\0" NONE, "a") "E" TWO NONE),
         "its end counts 2 rows and 0 bytes of bodies; there are 1 and 0"},
        {"count of bytes", COS_SPAN_LIT(HEAD ROW("\0\0\0\1\0\0\0\0" ONE, "ab") "E" ONE TWO),
         "its end counts 1 rows and 2 bytes of bodies; there are 1 and 1"},
        {"a long key",
         COS_SPAN_LIT(HEAD ROW("\xff\xff\xff\xff\0\0\0\0" NONE, "a") "E" ONE NONE),
         "it ends at byte 87, within the key of a row; a whole snapshot ends with its SHA-256"},
        {"a long value",
         COS_SPAN_LIT(HEAD ROW("\0\0\0\1\xff\xff\xff\xff" NONE, "a") "E" ONE NONE),
         "it ends at byte 87, within the value of a row"},
        {"a long body",
         COS_SPAN_LIT(
             HEAD ROW("\0\0\0\1\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", "a") "E" ONE NONE),
         "it ends at byte 87, within the body of a row"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char sealed[256];
        size_t n = rows[i].bytes.len;
        memcpy(sealed, rows[i].bytes.ptr, n);
        cos_sha256((uint8_t *)sealed + n, sealed, n);
        is_refused(cos_span_make(sealed, n + COS_SHA256_BYTES), rows[i].name, rows[i].message);
    }
    is_refused(cos_span_make(three_rows, sizeof(three_rows)), "behind",
               "byte 153: there are 1 bytes behind its end");
}

static void what_is_no_file_is_refused(void **state)
{
    struct snapshot *s = NULL;
    struct snapshot_error err = {0};
    assert_int_equal(snapshot_open(&s, "missing", &err), SNAPSHOT_IO);
    assert_string_equal(err.message, "missing: cannot be opened: No such file or directory");
    assert_int_equal(snapshot_open(&s, ".", &err), SNAPSHOT_REFUSED);
    assert_string_equal(err.message, ".: no regular file: a snapshot is read twice");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(snapshot_open(&s, "fifo", &err), SNAPSHOT_REFUSED);
}

/* --- nothing changes --- */

static int count(void *ctx, const struct snapshot_row *row, struct snapshot_error *err)
{
    ++*(int *)ctx;
    return 0;
}

static void still_holds_one_row(struct backend *b)
{
    save(b, "kept");
    struct snapshot *s = NULL;
    assert_int_equal(snapshot_open(&s, "kept", /* err= */ NULL), SNAPSHOT_OK);
    int n = 0;
    assert_int_equal(snapshot_each(s, count, &n, /* err= */ NULL), SNAPSHOT_OK);
    assert_int_equal(n, 1);
    (void)snapshot_free(s);
}

/* It was good when it was opened. */
static void a_file_that_changes_meanwhile_changes_nothing(void **state)
{
    write_all(PATH, COS_SPAN_LIT(three_rows));
    put(the_backend, COS_SPAN_LIT("mine"), "", /* body= */ NULL);
    struct snapshot *s = NULL;
    assert_int_equal(snapshot_open(&s, PATH, /* err= */ NULL), SNAPSHOT_OK);
    FILE *file = fopen(PATH, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 80, SEEK_SET), 0);
    assert_int_equal(fputc('!', file), '!');
    assert_int_equal(fclose(file), 0);
    struct snapshot_error err = {0};
    assert_int_equal(backend_restore(the_backend, s, &err), SNAPSHOT_REFUSED);
    assert_non_null(strstr(err.message, "does not give the SHA-256 at its end"));
    (void)snapshot_free(s);
    still_holds_one_row(the_backend);
}

/* Another one, and a good one: what was looked at is not what would be taken. */
static void a_file_that_becomes_another_one_changes_nothing(void **state)
{
    struct backend *from = open_memory(/* budget= */ NULL);
    put(from, COS_SPAN_LIT("b other"), "", /* body= */ NULL);
    save(from, "other");
    (void)from->ops->free(from);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf other;
    read_all(&other, "other");
    write_all(PATH, COS_SPAN_LIT(three_rows));
    put(the_backend, COS_SPAN_LIT("mine"), "", /* body= */ NULL);
    struct snapshot *s = NULL;
    assert_int_equal(snapshot_open(&s, PATH, /* err= */ NULL), SNAPSHOT_OK);
    int fd = open(PATH, O_WRONLY); /* the same file */
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)other.len), 0);
    assert_int_equal(pwrite(fd, other.ptr, other.len, 0), other.len);
    (void)close(fd);
    struct snapshot_error err = {0};
    assert_int_equal(backend_restore(the_backend, s, &err), SNAPSHOT_REFUSED);
    (void)snapshot_free(s);
    still_holds_one_row(the_backend);
}

/* A directory has one body of it in memory, and its budget pays for no more. */
static void a_directory_takes_more_than_memory_has_room_for(void **state)
{
    enum { BYTES = 200000, N = 50, ROOM = 2 * BYTES };
    static char bytes[BYTES];
    struct backend *from = open_memory(/* budget= */ NULL);
    for (int i = 0; i < N; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%02d", i);
        memset(bytes, i, sizeof(bytes));
        put(from, cos_span_of(key), "", backend_blob(from, bytes, BYTES));
    }
    save(from, PATH);
    (void)from->ops->free(from);
    struct budget budget = {.limit_bytes = ROOM};
    struct data_dir d;
    data_dir_make(&d);
    data_dir_close(&d);
    d.options.budget = &budget;
    data_dir_open(&d);
    restore(d.backend, PATH);
    save(d.backend, "again");
    data_dir_close(&d);
    assert_int_equal(budget.used_bytes, 0);
    files_are_equal(PATH, "again");
    data_dir_remove(&d);
}

static void a_store_without_room_takes_nothing(void **state)
{
    enum { BYTES = 500000 };
    static char bytes[BYTES];
    struct backend *b = open_memory(/* budget= */ NULL);
    put(b, COS_SPAN_LIT("k"), "", backend_blob(b, bytes, BYTES));
    save(b, PATH);
    (void)b->ops->free(b);
    struct budget budget = {.limit_bytes = BYTES / 2};
    b = open_memory(&budget);
    put(b, COS_SPAN_LIT("mine"), "", /* body= */ NULL);
    uint64_t used = budget.used_bytes;
    struct snapshot *s = NULL;
    struct snapshot_error err = {0};
    assert_int_equal(snapshot_open(&s, PATH, &err), SNAPSHOT_OK);
    assert_int_equal(backend_restore(b, s, &err), SNAPSHOT_NO_ROOM);
    assert_non_null(strstr(err.message, "the memory limit is reached at the body of row 1"));
    (void)snapshot_free(s);
    assert_int_equal(budget.used_bytes, used);
    still_holds_one_row(b);
    (void)b->ops->free(b);
}

static int save_and_restore(struct backend *from, struct backend *to,
                            struct snapshot_error *err)
{
    COS_CLEANUP(snapshot_free) struct snapshot *s = NULL;
    int r = snapshot_save(from, PATH, err);
    r = r < 0 ? r : snapshot_open(&s, PATH, err);
    return r < 0 ? r : backend_restore(to, s, err);
}

/* Whichever allocation fails: it is said, and nothing has changed. */
static void without_memory_nothing_changes(void **state)
{
    struct backend *from = open_memory(/* budget= */ NULL);
    struct backend *to = open_memory(/* budget= */ NULL);
    put_three_rows(from);
    put(to, COS_SPAN_LIT("mine"), "", /* body= */ NULL);
    int r = SNAPSHOT_NO_MEMORY;
    uint64_t nth = 1;
    for (; r < 0; nth++) {
        struct snapshot_error err = {0};
        cos_alloc_fail_nth(nth);
        r = save_and_restore(from, to, &err);
        bool was_met = cos_alloc_count() >= nth;
        cos_alloc_fail_nth(0);
        if (r < 0) {
            assert_int_equal(r, SNAPSHOT_NO_MEMORY);
            assert_int_equal(err.status, r);
            still_holds_one_row(to);
        } else if (was_met) { /* what failed was not needed */
            r = SNAPSHOT_NO_MEMORY;
            struct batch *batch = batch_new();
            batch_delete_all(batch, COS_SPAN_EMPTY);
            happen(to, batch);
            put(to, COS_SPAN_LIT("mine"), "", /* body= */ NULL);
        }
    }
    assert_in_range(nth, 20, 200);
    (void)from->ops->free(from);
    (void)to->ops->free(to);
}

/* --- a look before --- */

struct seen {
    int n, last;
};

static int stop_at(void *ctx, const struct snapshot_row *row, struct snapshot_error *err)
{
    struct seen *seen = ctx;
    assert_int_equal(row->number, ++seen->n);
    return seen->n == seen->last ? SNAPSHOT_REFUSED : 0;
}

static void who_looks_at_the_rows_may_refuse_them(void **state)
{
    write_all(PATH, COS_SPAN_LIT(three_rows));
    struct snapshot *s = NULL;
    assert_int_equal(snapshot_open(&s, PATH, /* err= */ NULL), SNAPSHOT_OK);
    struct seen seen = {.last = 2};
    assert_int_equal(snapshot_each(s, stop_at, &seen, /* err= */ NULL), SNAPSHOT_REFUSED);
    assert_int_equal(seen.n, 2);
    seen = (struct seen){0};
    assert_int_equal(snapshot_each(s, stop_at, &seen, /* err= */ NULL), 0);
    assert_int_equal(seen.n, 3);
    (void)snapshot_free(s);
}

#define CLAIM(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_file_is_the_bytes_that_are_described),
        CLAIM(the_bytes_that_are_described_are_a_file),
        CLAIM(what_was_saved_is_there_again),
        CLAIM(the_same_rows_make_the_same_file),
        CLAIM(no_rows_are_a_state_too),
        CLAIM(it_is_one_state_while_others_commit),
        CLAIM(only_its_owner_reads_it),
        CLAIM(a_save_that_fails_leaves_the_older_file),
        CLAIM(where_it_cannot_be_written_is_said),
        CLAIM(a_full_disk_leaves_the_older_file),
        CLAIM(a_file_cut_anywhere_is_refused),
        CLAIM(any_changed_bit_is_refused),
        CLAIM(what_is_wrong_is_said),
        CLAIM(what_is_no_file_is_refused),
        CLAIM(a_file_that_changes_meanwhile_changes_nothing),
        CLAIM(a_file_that_becomes_another_one_changes_nothing),
        CLAIM(a_directory_takes_more_than_memory_has_room_for),
        CLAIM(a_store_without_room_takes_nothing),
        CLAIM(without_memory_nothing_changes),
        CLAIM(who_looks_at_the_rows_may_refuse_them),
    };
    kind = backend_kind_of(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name(kind->name, claims, NULL, NULL);
}
