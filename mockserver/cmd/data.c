/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock data: care for a data directory that no mock uses meanwhile. Exit statuses: 0 when it
 * is well, 1 when something is wrong with it or it is in use, 2 when it is not one of ours.
 *
 * A check believes nothing: pages and tables, then the bodies, each of which is read and its
 * CRC-64 compared with what its row says.
 */
#include "cmd.h"

#include "cosbase/json.h"
#include "store/audit.h"
#include "store/directory_care.h"

#include <unistd.h>

#define COMPLAINTS_MAX_BYTES ((size_t)16 << 20)
#define SHOW_EVERY_ROWS 4096
#define SHOW_EVERY_BYTES ((uint64_t)1 << 20)

static const struct cos_option options[] = {
    {"--json", NULL, "print one JSON object instead", COS_OPTION_FLAG, CMD_AT(as_json)},
    {NULL},
};

/* --- opening --- */

static const char *path_of(const struct cmd *cmd)
{
    return cmd->line.operands[0];
}

static int failed(const struct cmd *cmd, const char *why)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", cmd->line.verb->name, why);
    return EXIT_FAILURE;
}

static int refused(const struct cmd *cmd, const struct directory_error *err)
{
    int r = failed(cmd, err->message);
    return err->kind == DIRECTORY_FOREIGN || err->kind == DIRECTORY_NEWER ? COS_STATUS_USAGE
                                                                          : r;
}

/* What failed, with the directory in front: a reason names no path. */
static int failed_with(const struct cmd *cmd, const struct commit *c)
{
    (void)fprintf(stderr, "cosmock %s: %s: %s\n", cmd->line.verb->name, path_of(cmd),
                  c->result == BACKEND_NOMEM ? "out of memory" : c->reason);
    return EXIT_FAILURE;
}

static struct directory *open_it(const struct cmd *cmd, bool has_sweeper,
                                 struct directory_error *err)
{
    struct directory_options o = DIRECTORY_OPTIONS_DEFAULT;
    o.must_exist = true;
    o.has_sweeper = has_sweeper;
    o.cache_bytes = 0; /* each row is read once */
    o.survives_power = true;
    return directory_open(path_of(cmd), &o, err);
}

/* --- what is in it --- */

struct contents {
    struct directory *directory;
    struct directory_info info;
    struct audit audit;
    struct commit c; /* how it went */
};

static enum scan_next count_row(void *ctx, struct row *row, struct cos_span *seek)
{
    (void)seek;
    audit_count(ctx, row);
    return SCAN_NEXT;
}

static void count_tenant(void *ctx, struct cos_span name)
{
    struct contents *in = ctx;
    struct backend *b =
        in->c.result == BACKEND_OK ? directory_backend(in->directory, name, &in->c) : NULL;
    if (b == NULL) {
        return;
    }
    in->c.result = b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, count_row, &in->audit);
    if (in->c.result != BACKEND_OK) {
        directory_trouble(in->directory, in->c.reason);
    }
    (void)b->ops->free(b);
}

static bool look_into(struct contents *in, struct directory *d)
{
    struct commit c = {.result = BACKEND_OK};
    *in = (struct contents){.directory = d};
    if (directory_info(d, &in->info, &in->c) == BACKEND_OK &&
        directory_tenants(d, count_tenant, in, &c) != BACKEND_OK) {
        in->c = c;
    }
    return in->c.result == BACKEND_OK;
}

/* Open it, look at what is in it, close it; an exit status. */
static int look(const struct cmd *cmd, struct contents *out)
{
    struct directory_error err;
    struct directory *d = open_it(cmd, /* has_sweeper= */ false, &err);
    if (d == NULL) {
        return refused(cmd, &err);
    }
    int r = look_into(out, d) ? 0 : failed_with(cmd, &out->c);
    out->directory = directory_close(d);
    return r;
}

static uint64_t disk_bytes(const struct contents *in)
{
    return in->info.file_bytes + in->info.row_bytes + in->info.slack_bytes;
}

/* Of the files of bodies: what no body uses. */
static uint64_t reclaimable_bytes(const struct contents *in)
{
    return in->info.file_bytes > in->info.chunk_bytes
               ? in->info.file_bytes - in->info.chunk_bytes
               : 0;
}

struct fact {
    const char *name; /* in JSON */
    const char *label;
    uint64_t number;
    bool is_bytes;
};
#define FACTS 12
static void facts_of(struct fact out[FACTS], const struct contents *in)
{
    const struct fact facts[FACTS] = {
        {"format", "format", in->info.format, false},
        {"tenants", "tenants", in->info.tenants, false},
        {"buckets", "buckets", in->audit.buckets, false},
        {"objects", "objects", in->audit.objects, false},
        {"versions", "older versions, delete markers", in->audit.versions, false},
        {"uploads", "unfinished uploads", in->audit.uploads, false},
        {"parts", "parts of these", in->audit.parts, false},
        {"body_bytes", "bytes of these", in->audit.body_bytes, true},
        {"stored_bytes", "bytes stored", in->info.chunk_bytes, true},
        {"disk_bytes", "bytes on disk", disk_bytes(in), true},
        {"segments", "files of bodies", in->info.files, false},
        {"reclaimable_bytes", "reclaimable", reclaimable_bytes(in), true},
    };
    memcpy(out, facts, sizeof(facts));
}

static void print_number(const char *label, uint64_t number, bool is_bytes)
{
    (void)printf("%-28s%llu", label, (unsigned long long)number);
    if (is_bytes && number >= 1 << 20) {
        (void)printf(" (%.1f MiB)", (double)number / (1 << 20));
    }
    (void)putchar('\n');
}

/* All of @text goes to standard output; an exit status. */
static int print_json(struct cos_buf *text)
{
    cos_buf_ch(text, '\n');
    if (!text->failed) {
        (void)fwrite(text->ptr, 1, text->len, stdout);
    }
    return text->failed ? EXIT_FAILURE : cos_stdout_finish("cosmock");
}

static int print_facts(const struct cmd *cmd, const struct contents *in)
{
    struct fact facts[FACTS];
    facts_of(facts, in);
    if (!cmd->as_json) {
        for (size_t i = 0; i < FACTS; i++) {
            print_number(facts[i].label, facts[i].number, facts[i].is_bytes);
        }
        return cos_stdout_finish("cosmock");
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    struct cos_jw w;
    cos_buf_init(&text, 1u << 16);
    cos_jw_init(&w, &text);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_str(&w, "directory", path_of(cmd));
    for (size_t i = 0; i < FACTS; i++) {
        cos_jw_u64(&w, facts[i].name, facts[i].number);
    }
    cos_jw_end(&w);
    return print_json(&text);
}

static int run_info(void *context)
{
    const struct cmd *cmd = context;
    struct contents in;
    int r = look(cmd, &in);
    return r == 0 ? print_facts(cmd, &in) : r;
}

const struct cos_verb data_info_verb = {
    .name = "data info",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "what is in a data directory, and what it takes of the disk",
    .about = "Say what is in a data directory ('cosmock serve --data DIR') and what it takes "
             "of the\n"
             "disk. No mock may use it meanwhile. 'reclaimable' is what the files of bodies "
             "take\n"
             "beyond the bodies: 'cosmock data compact' gives most of it back.",
    .after = "example:\n"
             "  cosmock data info ./cos\n"
             "  cosmock data info --json ./cos | jq .objects",
    .options = {options},
    .run = run_info,
};

/* --- checking --- */

struct checking {
    const struct cmd *cmd;
    struct audit audit;
    uint64_t n_wrong;
    struct cos_buf wrong; /* JSON strings */
    struct cos_jw w;
    bool shows_progress, has_shown;
};

static void complain(void *ctx, const char *text)
{
    struct checking *k = ctx;
    k->n_wrong++;
    if (k->cmd->as_json) {
        cos_jw_str(&k->w, /* name= */ NULL, text);
    } else {
        (void)puts(text);
    }
}

static void check_row(void *ctx, struct cos_span tenant, struct row *row)
{
    struct checking *k = ctx;
    char why[512];
    char text[640];
    if (!audit_row(&k->audit, row, why)) {
        (void)snprintf(text, sizeof(text), "tenant '" COS_SPAN_FMT "': %s",
                       COS_SPAN_ARG(tenant), why);
        complain(k, text);
    }
    if (k->shows_progress && k->audit.rows % SHOW_EVERY_ROWS == 0) {
        k->has_shown = true;
        (void)fprintf(stderr, "\r%llu rows, %.1f MiB ", (unsigned long long)k->audit.rows,
                      (double)k->audit.body_bytes / (1 << 20));
    }
}

static int print_verdict(struct checking *k)
{
    if (k->cmd->as_json) {
        cos_jw_end(&k->w);
        cos_jw_bool(&k->w, "is_whole", k->n_wrong == 0);
        cos_jw_u64(&k->w, "rows", k->audit.rows);
        cos_jw_u64(&k->w, "objects", k->audit.objects);
        cos_jw_u64(&k->w, "body_bytes", k->audit.body_bytes);
        cos_jw_end(&k->w);
        return print_json(&k->wrong);
    }
    (void)printf("%s: %llu rows and %llu bytes of bodies read; ", path_of(k->cmd),
                 (unsigned long long)k->audit.rows, (unsigned long long)k->audit.body_bytes);
    if (k->n_wrong == 0) {
        (void)puts("nothing is wrong");
    } else {
        (void)printf("%llu %s wrong\n", (unsigned long long)k->n_wrong,
                     k->n_wrong == 1 ? "thing is" : "things are");
    }
    return cos_stdout_finish("cosmock");
}

static int check_opened(struct checking *k, struct directory *d)
{
    struct commit c = {.result = BACKEND_OK};
    const struct directory_check check = {.complaint = complain, .row = check_row, .ctx = k};
    enum backend_result result = directory_check(d, &check, &c);
    if (k->has_shown) {
        (void)fputc('\n', stderr);
    }
    return result == BACKEND_OK ? 0 : failed_with(k->cmd, &c);
}

/* A directory that is too damaged to be opened was still looked at. */
static int run_check(void *context)
{
    const struct cmd *cmd = context;
    struct checking k = {.cmd = cmd, .shows_progress = isatty(STDERR_FILENO) == 1};
    cos_buf_init(&k.wrong, COMPLAINTS_MAX_BYTES);
    cos_jw_init(&k.w, &k.wrong);
    cos_jw_object(&k.w, /* name= */ NULL);
    cos_jw_str(&k.w, "directory", path_of(cmd));
    cos_jw_array(&k.w, "wrong");
    struct directory_error err;
    struct directory *d = open_it(cmd, /* has_sweeper= */ false, &err);
    int r = 0;
    if (d != NULL) {
        r = check_opened(&k, d);
    } else if (err.kind == DIRECTORY_DAMAGED) {
        complain(&k, err.message);
    } else {
        r = refused(cmd, &err);
    }
    (void)directory_close(d);
    if (r == 0) {
        r = print_verdict(&k);
    }
    cos_buf_deinit(&k.wrong);
    return r == 0 && k.n_wrong > 0 ? EXIT_FAILURE : r;
}

const struct cos_verb data_check_verb = {
    .name = "data check",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "is a data directory whole? reads every body",
    .about = "Read all of a data directory, compare every body with the CRC-64 it was "
             "acknowledged\n"
             "with, and print a line for each thing that is wrong. Nothing is changed. No mock "
             "may\n"
             "use it meanwhile. Exit status 0: nothing is wrong; 1: something is; 2: it is no "
             "data\n"
             "directory.",
    .after = "example:\n"
             "  cosmock data check ./cos",
    .options = {options},
    .run = run_check,
};

/* --- compacting --- */

static int print_gain(const struct cmd *cmd, uint64_t before, uint64_t now)
{
    if (!cmd->as_json) {
        (void)printf("%s: %llu bytes on disk, %llu before\n", path_of(cmd),
                     (unsigned long long)now, (unsigned long long)before);
        return cos_stdout_finish("cosmock");
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    struct cos_jw w;
    cos_buf_init(&text, 1u << 16);
    cos_jw_init(&w, &text);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_str(&w, "directory", path_of(cmd));
    cos_jw_u64(&w, "disk_bytes_before", before);
    cos_jw_u64(&w, "disk_bytes", now);
    cos_jw_end(&w);
    return print_json(&text);
}

struct showing {
    uint64_t shown_bytes;
    bool has_shown;
};

/* On a terminal only, and not each body. */
static void show_moved(void *ctx, uint64_t bytes)
{
    struct showing *s = ctx;
    if (!s->has_shown || bytes - s->shown_bytes >= SHOW_EVERY_BYTES) {
        s->has_shown = true;
        s->shown_bytes = bytes;
        (void)fprintf(stderr, "\r%.1f MiB of bodies moved ", (double)bytes / (1 << 20));
    }
}

static int compact(const struct cmd *cmd)
{
    struct directory_error err;
    struct directory *d = open_it(cmd, /* has_sweeper= */ true, &err);
    if (d == NULL) {
        return refused(cmd, &err);
    }
    struct commit c = {.result = BACKEND_OK};
    struct showing s = {.shown_bytes = 0};
    const struct directory_progress progress = {show_moved, &s};
    bool shows_progress = isatty(STDERR_FILENO) == 1;
    enum backend_result result = directory_compact(d, shows_progress ? &progress : NULL, &c);
    if (s.has_shown) {
        (void)fputc('\n', stderr);
    }
    (void)directory_close(d);
    return result == BACKEND_OK ? 0 : failed_with(cmd, &c);
}

/* Files go when nobody reads them any more, at the latest with the directory's end: so it is
 * opened anew to be measured. */
static int run_compact(void *context)
{
    const struct cmd *cmd = context;
    struct contents before;
    struct contents now;
    int r = look(cmd, &before);
    r = r != 0 ? r : compact(cmd);
    r = r != 0 ? r : look(cmd, &now);
    return r != 0 ? r : print_gain(cmd, disk_bytes(&before), disk_bytes(&now));
}

const struct cos_verb data_compact_verb = {
    .name = "data compact",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "give the room of what was deleted back to the disk",
    .about = "Give the room of what was deleted back to the disk: files of bodies that are "
             "mostly\n"
             "holes become one, and the database is written anew. Room comes back by itself, "
             "too,\n"
             "but not to the last byte. No mock may use the directory meanwhile. A crash or a "
             "full\n"
             "disk in the middle loses nothing. On a terminal it says how far it is.",
    .after = "example:\n"
             "  cosmock data compact ./cos",
    .options = {options},
    .run = run_compact,
};
