/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a data directory that was harmed. The first byte says which one, as a killed
 * process left it or a stopped one, and how much is asked of it; the rest is a recipe of harm
 * (tests/support/image.c).
 * Whatever comes of it: no crash, nothing left behind, and nothing that waits for ever. One
 * that is refused is refused with a sentence that names the file, and is byte by byte as it
 * was. Of one that opens
 *     - each row is there, or the harm was done to the database, or to the log and the note of
 *       how far it was acknowledged (a log alone is missed, or nothing of it);
 *     - a body that is not what it was is named by a check, or the check disowns the rows;
 *     - what is right at first stays right through a sweep, a write, a compaction and another
 *       opening, and so does what is written; unless the database was harmed and a check says
 *       so: SQLite does not see each wrong page before it writes to it.
 * Names of files in the recipe are places in the image: sorted, and NAMES behind them.
 */
#include "fuzz.h"

#include "store/audit.h"
#include "store/directory_care.h"
#include "store/rowkey.h"
#include "store/rows.h"

#include "cosbase/alloc.h"
#include "cosbase/digest.h"
#include "cosbase/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "image.h"

#define TENANT COS_SPAN_LIT("tenant")
#define LARGE_BYTES (CHUNK_BYTES + 5000)
#define CHUNK_BYTES ((size_t)1 << 20) /* a body of so many has a file of its own */

static const char *const NAMES[] = {"rows.db-journal", "cosmock-data.new", "slack",
                                    "rows.db-wal", "chunks/00000000000000ff"};

/* What became of a row since it was acknowledged. */
enum fate { RIGHT, ABSENT, OTHER_VALUE, OTHER_BODY, UNREADABLE };

struct entry {
    char key[32], value[256];
    size_t key_bytes, value_bytes, body_bytes, body_at;
    enum fate fate;
    bool is_named; /* by a check */
};
enum {
    N_SMALL = 32,
    LARGE = N_SMALL, /* not in the killed one */
    WRITTEN,         /* to the harmed one */
    N_ENTRIES,
};

/* What all runs share. */
static struct fixture {
    char path[64];
    struct image killed, stopped;
    struct entry entries[N_ENTRIES];
    uint8_t *bodies; /* each is some of these bytes */
    bool rows_lie;   /* this run's: the database was harmed, and a check says so */
} fix;

/* --- the rows --- */

static struct cos_span key_of(const struct entry *e)
{
    return cos_span_make(e->key, e->key_bytes);
}

static struct cos_span value_of(const struct entry *e)
{
    return cos_span_make(e->value, e->value_bytes);
}

static void make_entry(size_t i)
{
    static const size_t sizes[] = {0, 1, 300, 4096, 5000, 0, 70000, 17};
    struct entry *e = &fix.entries[i];
    struct rowkey_room room;
    char name[16];
    int n = snprintf(name, sizeof(name), "%02zu", i);
    struct cos_span key =
        rowkey_object(&room, /* bucket_id= */ 1, cos_span_make(name, (size_t)n));
    e->body_bytes = i == LARGE ? LARGE_BYTES : sizes[i % COS_ARRAY_LEN(sizes)];
    e->body_at = i * 977;
    struct cos_buf value;
    cos_buf_init(&value, sizeof(e->value));
    row_write_object(&value, &(struct object_row){
                                 .bytes = e->body_bytes,
                                 .crc64 = cos_crc64(0, fix.bodies + e->body_at, e->body_bytes),
                                 .mtime_unix_ms = 1700000000000 + (int64_t)i,
                                 .etag = COS_SPAN_LIT("0123456789abcdef0123456789abcdef"),
                                 .headers = COS_SPAN_EMPTY});
    require(!value.failed && key.len <= sizeof(e->key));
    memcpy(e->key, key.ptr, key.len);
    memcpy(e->value, value.ptr, value.len);
    e->key_bytes = key.len;
    e->value_bytes = value.len;
    cos_buf_deinit(&value);
}

static bool put(struct backend *b, const struct entry *e, struct commit *c)
{
    struct batch *batch = batch_new();
    struct blob_writer *w = b->ops->blob_writer(b, e->body_bytes);
    require(batch != NULL && w != NULL);
    if (blob_writer_add(w, fix.bodies + e->body_at, e->body_bytes) < 0) {
        (void)blob_writer_free(w); /* its file may not be made */
        (void)batch_free(batch);
        return false;
    }
    batch_put(batch, key_of(e), value_of(e), blob_writer_done(w));
    return backend_commit(b, batch, c) == BACKEND_OK;
}

/* A second row with the bytes of the first, and one that is gone again. */
static void share_and_delete(struct backend *b)
{
    struct commit c = {0};
    struct row *row = NULL;
    struct batch *batch = batch_new();
    require(batch != NULL && b->ops->get(b, key_of(&fix.entries[6]), &row) == BACKEND_OK);
    batch_put(batch, COS_SPAN_LIT("o\0\0\0\1copy"), value_of(&fix.entries[6]),
              blob_ref(row->blob));
    batch_put(batch, COS_SPAN_LIT("o\0\0\0\1gone"), value_of(&fix.entries[6]),
              blob_ref(row->blob));
    require(backend_commit(b, batch, &c) == BACKEND_OK);
    row_unref(row);
    batch = batch_new();
    require(batch != NULL);
    batch_delete(batch, COS_SPAN_LIT("o\0\0\0\1gone"));
    require(backend_commit(b, batch, &c) == BACKEND_OK);
}

/* --- the directories --- */

static struct directory *open_it(struct directory_error *err)
{
    struct directory_options o = DIRECTORY_OPTIONS_DEFAULT;
    o.cache_bytes = 1u << 20;
    return directory_open(fix.path, &o, err);
}

static struct backend *tenant_of(struct directory *d)
{
    struct commit c = {0};
    struct backend *b = directory_backend(d, TENANT, &c);
    require(b != NULL || c.result == BACKEND_NOMEM || c.reason[0] != '\0');
    return b;
}

static void take(struct image *out)
{
    require(image_take(out, fix.path));
    image_find(out, "slack")->n = 0; /* a MiB of nothing */
    for (size_t i = 0; i < COS_ARRAY_LEN(NAMES); i++) {
        image_add(out, NAMES[i]);
    }
}

/* Half of the rows in the database, the others in its log. */
static void make_images(void)
{
    struct directory_error err;
    for (size_t half = 0; half < 2; half++) {
        struct directory *d = open_it(&err);
        require(d != NULL);
        struct backend *b = tenant_of(d);
        require(b != NULL);
        struct commit c = {0};
        for (size_t i = 0; i < N_SMALL / 2; i++) {
            require(put(b, &fix.entries[half * (N_SMALL / 2) + i], &c));
        }
        share_and_delete(b);
        if (half == 1) {
            take(&fix.killed);
            require(put(b, &fix.entries[LARGE], &c));
        }
        (void)b->ops->free(b);
        (void)directory_close(d);
    }
    take(&fix.stopped);
}

static void remove_folder(void)
{
    (void)!cos_dir_remove(fix.path); /* what stays is in memory, and says whose it is */
}

static void set_up(void)
{
    size_t n = LARGE_BYTES + N_ENTRIES * 977;
    fix.bodies = cos_malloc(n);
    require(fix.bodies != NULL);
    for (size_t i = 0; i < n; i++) {
        fix.bodies[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    for (size_t i = 0; i < N_ENTRIES; i++) {
        make_entry(i);
    }
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(fix.path, sizeof(fix.path), "%s/cosmock-fuzz-XXXXXX", memory);
    require(mkdtemp(fix.path) != NULL && atexit(remove_folder) == 0);
    make_images();
}

/* --- reading --- */

static enum fate fate_of_body(const struct entry *e, const struct blob *blob)
{
    static uint8_t piece[65536];
    uint64_t bytes = blob == NULL ? 0 : blob_bytes(blob);
    bool is_same = bytes == e->body_bytes;
    int64_t n = 0;
    for (uint64_t at = 0; at < bytes; at += (uint64_t)n) {
        n = blob_read(blob, at, piece, sizeof(piece));
        if (n <= 0) {
            return UNREADABLE;
        }
        is_same = is_same && memcmp(piece, fix.bodies + e->body_at + at, (size_t)n) == 0;
    }
    return is_same ? RIGHT : OTHER_BODY;
}

static enum fate fate_of(struct directory *d, struct backend *b, const struct entry *e)
{
    struct row *row = NULL;
    char reason[sizeof(((struct commit *)NULL)->reason)];
    enum backend_result result = b->ops->get(b, key_of(e), &row);
    if (result != BACKEND_OK) {
        directory_trouble(d, reason);
        require(result == BACKEND_ABSENT || reason[0] != '\0');
        return result == BACKEND_ABSENT ? ABSENT : UNREADABLE;
    }
    require(cos_span_eq(row_key(row), key_of(e)));
    enum fate fate =
        cos_span_eq(row_value(row), value_of(e)) ? fate_of_body(e, row->blob) : OTHER_VALUE;
    row_unref(row);
    return fate;
}

/* What was right is right, unless the rows lie. */
static void read_all(struct directory *d)
{
    struct backend *b = tenant_of(d);
    for (size_t i = 0; i < N_ENTRIES; i++) {
        struct entry *e = &fix.entries[i];
        enum fate fate = b == NULL ? UNREADABLE : fate_of(d, b, e);
        require(fate == RIGHT || e->fate != RIGHT || fix.rows_lie);
        e->fate = fate;
    }
    if (b != NULL) {
        (void)b->ops->free(b);
    }
}

/* --- checking --- */

struct said {
    size_t n;
    bool is_cut; /* not all was looked at */
};

static void complain(void *ctx, const char *text)
{
    struct said *said = ctx;
    require(text[0] != '\0');
    said->n++;
    said->is_cut = said->is_cut || strstr(text, "was not looked at") != NULL;
}

static void audit(void *ctx, struct cos_span tenant, struct row *row)
{
    struct audit counted = {0};
    char why[512] = "";
    if (audit_row(&counted, row, why)) {
        return;
    }
    complain(ctx, why);
    for (size_t i = 0; i < N_ENTRIES; i++) {
        struct entry *e = &fix.entries[i];
        e->is_named = e->is_named || cos_span_eq(row_key(row), key_of(e));
    }
}

static void check(struct directory *d, bool is_database_harmed)
{
    struct said said = {.n = 0};
    struct commit c = {0};
    struct directory_info info;
    const struct directory_check check = {.complaint = complain, .row = audit, .ctx = &said};
    enum backend_result result = directory_check(d, &check, &c);
    require(result == BACKEND_OK || c.reason[0] != '\0');
    fix.rows_lie = is_database_harmed && (result != BACKEND_OK || said.n > 0);
    for (size_t i = 0; i < WRITTEN; i++) {
        const struct entry *e = &fix.entries[i];
        bool is_told = e->fate == RIGHT || e->fate == ABSENT || e->fate == OTHER_VALUE ||
                       said.is_cut || fix.rows_lie ||
                       (e->fate == OTHER_BODY ? e->is_named : said.n > 0);
        if (!is_told && result == BACKEND_OK) {
            (void)fprintf(stderr, "row %zu is now of fate %d, and the check says %zu things\n",
                          i, (int)e->fate, said.n);
            require(false);
        }
    }
    result = directory_info(d, &info, &c);
    require(result == BACKEND_OK || c.reason[0] != '\0');
}

/* --- refusing --- */

static bool is_same_file(const struct image_file *a, const struct image_file *b)
{
    bool is_index = strcmp(a->name, "rows.db-shm") == 0; /* SQLite makes it anew */
    if (a->kind != b->kind || a->kind != IMAGE_FILE || is_index) {
        return a->kind == b->kind;
    }
    return a->n == b->n && (a->n == 0 || memcmp(a->bytes, b->bytes, a->n) == 0);
}

static void is_unchanged(struct image *before)
{
    struct image now;
    require(image_take(&now, fix.path));
    for (size_t i = 0; i < now.n; i++) {
        const struct image_file *was = image_find(before, now.files[i].name);
        if (was == NULL || !is_same_file(was, &now.files[i])) {
            (void)fprintf(stderr, "%s is changed\n", now.files[i].name);
            require(false);
        }
    }
    for (size_t i = 0; i < before->n; i++) {
        const struct image_file *was = &before->files[i];
        const char *slash = strchr(was->name, '/');
        bool has_folder = slash == NULL || image_find(before, "chunks")->kind == IMAGE_FOLDER;
        if (was->kind != IMAGE_ABSENT && has_folder && image_find(&now, was->name) == NULL) {
            (void)fprintf(stderr, "%s is gone\n", was->name);
            require(false);
        }
    }
    image_deinit(&now);
}

static void is_a_sentence(const struct directory_error *err)
{
    size_t n = strlen(fix.path);
    require(err->kind != 0 && strncmp(err->message, fix.path, n) == 0);
    require(err->message[n] == '/' || err->kind == DIRECTORY_FOREIGN ||
            err->kind == DIRECTORY_HELD);
    require(strlen(err->message) > n + 10 && err->message[strlen(err->message) - 1] != ' ');
}

/* --- one run --- */

/* By bits of the first byte. A directory without one that is asked again costs a third. */
struct question {
    bool of_killed, writes, compacts, opens_again;
};

struct harmed {
    bool database, log, note;
};

static void note_harm(void *ctx, const char *name)
{
    struct harmed *to = ctx;
    /* one whose marker says that it is new, and that has no bodies, is made anew */
    to->database = to->database || strcmp(name, "rows.db") == 0 ||
                   strcmp(name, "rows.db-journal") == 0 || strcmp(name, "cosmock-data") == 0;
    to->log = to->log || strcmp(name, "rows.db-wal") == 0;
    to->note = to->note || strcmp(name, "kept") == 0;
}

/* Where no note binds, what was lost of a log is not missed. */
static bool may_lack_rows(const struct question *q, const struct harmed *to)
{
    return to->database || (to->log && (to->note || !q->of_killed));
}

static void write_one(struct directory *d)
{
    struct commit c = {0};
    struct backend *b = tenant_of(d);
    directory_wait_for_sweep(d);
    bool is_put = b != NULL && put(b, &fix.entries[WRITTEN], &c);
    fix.entries[WRITTEN].fate = is_put ? RIGHT : UNREADABLE;
    if (b != NULL) {
        (void)b->ops->free(b);
    }
    read_all(d);
}

static void compact(struct directory *d)
{
    struct commit c = {0};
    require(directory_compact(d, /* progress= */ NULL, &c) == BACKEND_OK ||
            c.reason[0] != '\0');
    read_all(d);
}

static struct directory *open_again(struct directory *d)
{
    struct directory_error err = {0};
    (void)directory_close(d);
    d = open_it(&err);
    if (d == NULL) {
        is_a_sentence(&err);
    } else {
        read_all(d);
    }
    return d;
}

static void look(const struct question *q, struct directory *d, bool is_database_harmed)
{
    read_all(d);
    for (size_t i = 0; i < (q->of_killed ? N_SMALL : WRITTEN); i++) {
        enum fate fate = fix.entries[i].fate;
        require(is_database_harmed || (fate != ABSENT && fate != OTHER_VALUE));
    }
    check(d, is_database_harmed);
}

/* How many there are; the one that counts them included. */
static size_t open_files(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    require(dir != NULL);
    while (readdir(dir) != NULL) {
        n++;
    }
    (void)closedir(dir);
    return n;
}

static void run(const struct question *q, struct image *harmed, bool is_database_harmed)
{
    struct directory_error err = {0};
    struct directory *d = open_it(&err);
    if (d == NULL) {
        is_a_sentence(&err);
        is_unchanged(harmed);
        return;
    }
    look(q, d, is_database_harmed);
    if (q->writes) {
        write_one(d);
    }
    if (q->compacts) {
        compact(d);
    }
    if (q->opens_again) {
        d = open_again(d);
    }
    (void)directory_close(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (fix.bodies == NULL) {
        set_up();
    }
    if (n == 0) {
        return 0;
    }
    const struct question q = {.of_killed = (bytes[0] & 1) != 0,
                               .writes = (bytes[0] & 2) != 0,
                               .compacts = (bytes[0] & 4) != 0,
                               .opens_again = (bytes[0] & 8) != 0};
    struct image harmed = image_borrow(q.of_killed ? &fix.killed : &fix.stopped);
    struct harmed to = {.database = false};
    size_t n_open = open_files();
    image_harm(&harmed, cos_span_make(bytes + 1, n - 1), note_harm, &to);
    require(cos_dir_remove(fix.path) == 0 && mkdir(fix.path, 0700) == 0);
    require(image_lay(&harmed, fix.path));
    for (size_t i = 0; i < N_ENTRIES; i++) {
        fix.entries[i].is_named = false;
        fix.entries[i].fate = UNREADABLE; /* nobody has looked */
    }
    fix.rows_lie = false;
    run(&q, &harmed, may_lack_rows(&q, &to));
    image_deinit(&harmed);
    require(open_files() == n_open);
    return 0;
}
