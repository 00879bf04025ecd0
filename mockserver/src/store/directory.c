/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing a data directory, and the backends of its tenants: each has a number, the
 * first column of its rows. Nothing at the start grows with what is stored: the rows stay where
 * they are until somebody asks for one (docs/internals/store.md has the figures).
 */
#include "store/directory.h"

#include "cosbase/alloc.h"
#include "store/directory_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/*
 * So many of the newest files are looked at before the first answer; directory_check() asks
 * for all.
 */
#define FILES_AT_START 256

/* --- what the rows need is there --- */

static bool refuse_file(const struct directory *d, uint64_t number, const char *what,
                        struct directory_error *err)
{
    char name[FILE_NAME_BYTES];
    chunk_file_name(name, number);
    directory_error_set(
        err, DIRECTORY_DAMAGED,
        "%s/chunks/%s: %s; the directory is damaged: restore it from a copy, or "
        "name another one",
        d->layout.path, name, what);
    return false;
}

static bool look_at_file(const struct directory *d, const struct db_chunk *last,
                         struct directory_error *err)
{
    char name[FILE_NAME_BYTES];
    struct stat st;
    uint64_t number = chunk_file(last->id);
    chunk_file_name(name, number);
    if (fstatat(d->layout.chunks_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return refuse_file(d, number, errno == ENOENT ? "it is missing" : strerror(errno), err);
    }
    return (uint64_t)st.st_size >= chunk_offset(last->id) + last->bytes ||
           refuse_file(d, number, "it is shorter than its rows say", err);
}

static bool refuse_database(const struct directory *d, const struct db_problem *problem,
                            struct directory_error *err)
{
    enum directory_refusal kind = problem->result == BACKEND_NOMEM ? DIRECTORY_NO_MEMORY
                                  : problem->is_damage             ? DIRECTORY_DAMAGED
                                                                   : DIRECTORY_UNUSABLE;
    directory_error_set(err, kind, "%s/%s%s", d->layout.path, problem->reason,
                        kind == DIRECTORY_DAMAGED
                            ? "; the directory is damaged: restore it from a copy, or name "
                              "another one"
                            : "");
    return false;
}

/* The number that the next file gets: beyond the limit a chunk's number would be another's. */
static bool look_at_number(const struct directory *d, struct db *db,
                           struct directory_error *err)
{
    uint64_t next;
    struct db_problem problem = {.result = BACKEND_IO,
                                 .is_damage = true,
                                 .reason = "rows.db: the number of its next file is garbled"};
    if (db_number(db, "next file", &next) != BACKEND_OK) {
        return refuse_database(d, db_problem(db), err);
    }
    return next < CHUNK_FILE_LIMIT || refuse_database(d, &problem, err);
}

/* From the newest one on: what a crash has met is there. */
static bool look_at_files(const struct directory *d, struct db *db, struct directory_error *err)
{
    struct db_chunk last;
    uint64_t before = INT64_MAX;
    for (size_t i = 0; i < FILES_AT_START; i++) {
        enum backend_result result = db_chunk_before(db, before, &last);
        if (result == BACKEND_ABSENT) {
            return true;
        }
        if (result != BACKEND_OK) {
            return refuse_database(d, db_problem(db), err);
        }
        if (!look_at_file(d, &last, err)) {
            return false;
        }
        before = chunk_id(chunk_file(last.id), /* offset= */ 0);
    }
    return true;
}

/* --- opening --- */

/* By the one that writes. */
static void note_kept(void *ctx, const struct db_frame *last)
{
    struct directory *d = ctx;
    if (last == NULL) {
        log_note_clear(d->note_fd);
    } else {
        d->note.frame = *last;
        log_note_write(d->note_fd, &d->note);
    }
}

static void begin_notes(struct directory *d, const struct directory_options *options)
{
    d->note.survives_power = options->survives_power;
    log_boot(d->note.boot);
    d->note_fd = log_note_open(d->layout.folder_fd);
    if (d->note_fd >= 0) {
        db_on_kept(d->db, note_kept, d);
    }
}

/* The threads and what they share. */
static bool set_up(struct directory *d, const struct directory_options *options,
                   struct directory_error *err)
{
    uint64_t first_file;
    struct shelf s = {.folder_fd = d->layout.chunks_fd,
                      .db = d->db,
                      .survives_power = options->survives_power};
    if (db_number(d->db, "next file", &first_file) != BACKEND_OK) {
        return refuse_database(d, db_problem(d->db), err);
    }
    begin_notes(d, options);
    s.chunks = d->chunks = chunks_new(d->layout.chunks_fd, options, first_file);
    s.cache = d->cache = cache_new(options->cache_bytes);
    if (d->chunks != NULL && d->cache != NULL) {
        s.reads = d->reads = reads_new(d->layout.db_path, d->chunks, d->cache);
    }
    if (d->reads != NULL && options->has_sweeper) {
        d->sweeper = sweeper_start(&s, first_file);
    }
    if (d->reads != NULL && (d->sweeper != NULL || !options->has_sweeper)) {
        d->writer = writer_start(&s);
    }
    char reason[REASON_BYTES];
    if (d->writer == NULL && d->reads != NULL && reads_damaged(d->reads, reason)) {
        directory_error_set(err, DIRECTORY_DAMAGED, "%s/%s", d->layout.path, reason);
    } else if (d->writer == NULL) {
        directory_error_set(err, DIRECTORY_NO_MEMORY, "%s: no memory, or no thread",
                            d->layout.path);
    }
    return d->writer != NULL;
}

static bool open_database(struct directory *d, const struct directory_options *options,
                          struct directory_error *err)
{
    struct db_problem problem;
    d->db = db_open(d->layout.db_path, options->survives_power ? DB_WRITER_POWER : DB_WRITER,
                    &problem);
    if (d->db == NULL) {
        return refuse_database(d, &problem, err);
    }
    return look_at_number(d, d->db, err) && look_at_files(d, d->db, err);
}

struct directory *directory_open(const char *path, const struct directory_options *options,
                                 struct directory_error *err)
{
    struct directory *d = cos_calloc(1, sizeof(*d));
    if (d == NULL) {
        directory_error_set(err, DIRECTORY_NO_MEMORY, "%s: no memory", path);
        return NULL;
    }
    d->note_fd = -1;
    if (!layout_open(&d->layout, path, options, err)) {
        return cos_free(d);
    }
    if (!open_database(d, options, err)) {
        d->db = db_close(d->db, /* is_clean= */ false);
        layout_retreat(&d->layout);
        return directory_close(d);
    }
    if (!set_up(d, options, err)) {
        return directory_close(d);
    }
    layout_claim(&d->layout);
    return d;
}

struct directory *directory_close(struct directory *d)
{
    if (d != NULL) {
        d->sweeper = sweeper_stop(d->sweeper);
        d->writer = writer_stop(d->writer);
        d->reads = reads_free(d->reads);
        d->db = db_close(d->db, /* is_clean= */ true);
        d->cache = cache_free(d->cache);
        chunks_close(d->chunks);
        if (d->note_fd >= 0) {
            (void)close(d->note_fd);
        }
        layout_close(&d->layout);
    }
    return cos_free(d);
}

/* --- the backends --- */

struct space {
    struct backend base;
    struct directory *directory;
    uint64_t number;
};

static struct blob_writer *space_blob_writer(struct backend *b, uint64_t expected_bytes)
{
    return chunks_spool(((struct space *)b)->directory->chunks, expected_bytes);
}

static enum backend_result space_get(struct backend *b, struct cos_span key, struct row **out)
{
    const struct space *s = (const struct space *)b;
    return reads_get(s->directory->reads, s->number, key, out);
}

static enum backend_result space_scan(struct backend *b, struct cos_span from,
                                      struct cos_span until, scan_visit *visit, void *ctx)
{
    const struct space *s = (const struct space *)b;
    struct range range = {.from = from, .until = until};
    return reads_scan(s->directory->reads, s->number, range, visit, ctx);
}

static bool space_commit(struct backend *b, struct batch *batch, struct commit *c)
{
    const struct space *s = (const struct space *)b;
    struct job job = {.apply = group_apply_batch,
                      .backend = b,
                      .space = s->number,
                      .batch = batch,
                      .commit = c};
    return writer_commit(s->directory->writer, &job);
}

static struct backend *space_free(struct backend *b)
{
    return cos_free(b);
}

/* Nothing is written for one that there is. */
static enum backend_result find_space(struct directory *d, struct cos_span tenant,
                                      uint64_t *number, struct commit *c)
{
    struct reader *reader = reads_take(d->reads);
    if (reader == NULL) {
        reads_trouble(d->reads, c->reason);
        c->result = BACKEND_IO;
        return c->result;
    }
    c->result = db_space(reader_db(reader), tenant, number);
    (void)snprintf(c->reason, sizeof(c->reason), "%s", db_reason(reader_db(reader)));
    reads_give(d->reads, reader);
    if (c->result == BACKEND_ABSENT) {
        struct job job = {.apply = group_apply_space, .name = tenant, .commit = c};
        (void)writer_do(d->writer, &job);
        *number = job.space;
    }
    return c->result;
}

struct backend *directory_backend(struct directory *d, struct cos_span tenant, struct commit *c)
{
    static const struct backend_ops ops = {.name = "directory",
                                           .blob_writer = space_blob_writer,
                                           .get = space_get,
                                           .scan = space_scan,
                                           .commit = space_commit,
                                           .free = space_free};
    uint64_t number = 0;
    if (find_space(d, tenant, &number, c) != BACKEND_OK) {
        return NULL;
    }
    struct space *s = cos_malloc(sizeof(*s));
    if (s == NULL) {
        c->result = BACKEND_NOMEM;
        return NULL;
    }
    *s = (struct space){.base = {.ops = &ops}, .directory = d, .number = number};
    return &s->base;
}

/* --- tenants --- */

enum backend_result directory_tenants(struct directory *d,
                                      void (*visit)(void *ctx, struct cos_span tenant),
                                      void *ctx, struct commit *c)
{
    struct reader *reader = reads_take(d->reads);
    uint64_t space = 0;
    struct cos_span name;
    c->result = reader == NULL ? BACKEND_IO : BACKEND_OK;
    while (c->result == BACKEND_OK) {
        c->result = db_space_next(reader_db(reader), space, &space, &name);
        if (c->result == BACKEND_OK) {
            visit(ctx, name);
        }
    }
    if (c->result == BACKEND_ABSENT) {
        c->result = BACKEND_OK;
    } else {
        reads_trouble(d->reads, c->reason);
    }
    if (reader != NULL) {
        reads_give(d->reads, reader);
    }
    return c->result;
}

enum backend_result directory_drop(struct directory *d, struct cos_span tenant,
                                   struct commit *c)
{
    struct job job = {.apply = group_apply_drop, .name = tenant, .commit = c};
    return writer_do(d->writer, &job);
}

void directory_trouble(struct directory *d, char out[REASON_BYTES])
{
    reads_trouble(d->reads, out);
}

void directory_wait_for_sweep(struct directory *d)
{
    sweeper_wait(d->sweeper);
}
