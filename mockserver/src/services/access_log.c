/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging (guide "Logging Overview", 436/16920): 31 fields a line, in its order, with one blank
 * between two; files <prefix>{YYYY}/{MM}/{DD}/{time}_{random}_{index} every five minutes. Of
 * the file's name the guide shows no more: time is YYYYMMDDhhmmss in China, random ten
 * characters, index 0 [assumed]. A value with a blank or a quote in it is quoted [assumed: the
 * sample of requestUri is, and scripts that read such files take the quotes off reqPath];
 * nothing is '-'.
 *
 * What is not a request, as a file that is delivered, a copy or an inventory, is in no log, so
 * nothing goes round in a circle. Signatures and tokens in a URI are cut out, as in the
 * journal.
 */
#include "services/access_log.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "services/clock_file.h"
#include "services/clock_work.h"
#include "services/errors.h"
#include "services/logging.h"
#include "services/own_work.h"
#include "services/stored.h"
#include "world/pending_logs.h"

#define PERIOD_MS INT64_C(300000)
#define LINE_MAX_BYTES ((size_t)128 << 10)
#define CHINA_S (8 * INT64_C(3600))
#define AGAIN_MAX 8

/* --- a line --- */

struct line {
    struct cosmock_exchange *x;
    const struct entry_draft *e;
    const struct bucket *bucket;
    struct clock_sample end;
    struct cos_buf text;
};

static bool is_plain(struct cos_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c <= ' ' || c == '"' || c == '\\' || c == 0x7f) {
            return false;
        }
    }
    return true;
}

/* Line ends and other controls would make two lines of one. */
static void quoted(struct cos_buf *b, struct cos_span value)
{
    cos_buf_ch(b, '"');
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c < ' ' || c == 0x7f) {
            cos_buf_printf(b, "%%%02X", c);
            continue;
        }
        cos_buf_str(b, c == '"' || c == '\\' ? "\\" : "");
        cos_buf_ch(b, (char)c);
    }
    cos_buf_ch(b, '"');
}

static void text(struct line *l, struct cos_span value)
{
    if (value.len == 0) {
        cos_buf_ch(&l->text, '-');
    } else if (is_plain(value)) {
        cos_buf_span(&l->text, value);
    } else {
        quoted(&l->text, value);
    }
}

static void number(struct line *l, uint64_t n)
{
    cos_buf_u64(&l->text, n);
}

static void add_version(struct line *l)
{
    cos_buf_str(&l->text, "1.0");
}

static void add_bucket(struct line *l)
{
    text(l, cos_span_of(l->bucket->name));
}

static void add_region(struct line *l)
{
    text(l, cos_span_of(l->bucket->region));
}

static void add_time(struct line *l)
{
    char iso[21];
    cos_date_iso(iso, l->end.modification_unix_ms / 1000);
    cos_buf_str(&l->text, iso);
}

static void add_host(struct line *l)
{
    text(l, l->x->parts.host_name);
}

static void add_operation(struct line *l)
{
    text(l, l->e->texts.op);
}

/* "127.0.0.1:5123", "[::1]:5123" */
static void add_peer(struct line *l)
{
    struct cos_span peer = l->e->texts.peer;
    size_t colon = cos_span_rchr(peer, ':');
    struct cos_span ip = colon == SIZE_MAX ? peer : cos_span_sub(peer, 0, colon);
    bool is_six = ip.len > 2 && ip.ptr[0] == '[';
    text(l, is_six ? cos_span_sub(ip, 1, ip.len - 2) : ip);
}

static void add_secret_id(struct line *l)
{
    text(l, l->e->texts.secret_id);
}

static void add_nothing(struct line *l)
{
    cos_buf_ch(&l->text, '-');
}

static void add_bytes_in(struct line *l)
{
    number(l, l->e->entry.bytes_in);
}

/* What was added; what was replaced or deleted is not taken off. */
static void add_delta(struct line *l)
{
    const struct op_row *op = l->x->route.op;
    bool is_kept =
        op != NULL && l->e->entry.http_status >= 200 && l->e->entry.http_status < 300;
    bool is_written = is_kept && l->x->written.is_there &&
                      (op->body == OP_BODY_FORM || op->resource == OP_RES_COPY);
    number(l, is_written                              ? l->x->written.bytes
              : is_kept && op->body == OP_BODY_OBJECT ? l->x->body.received
                                                      : 0);
}

static void add_path(struct line *l)
{
    struct cos_span path = l->x->parts.raw_path;
    struct cos_span bucket = cos_span_of(l->bucket->name);
    struct cos_span behind = path.len > 0 ? cos_span_from(path, 1) : path;
    bool has_bucket = l->x->route.is_path_style && cos_span_starts(behind, bucket);
    struct cos_span own = has_bucket ? cos_span_from(behind, bucket.len) : path;
    text(l, own.len == 0 ? COS_SPAN_LIT("/") : own);
}

static void add_method(struct line *l)
{
    text(l, cos_arena_lower(&l->x->arena, l->e->texts.method));
}

static void add_user_agent(struct line *l)
{
    text(l, l->e->texts.user_agent);
}

static void add_status(struct line *l)
{
    number(l, (uint64_t)l->e->entry.http_status);
}

static void add_code(struct line *l)
{
    text(l, l->e->texts.code);
}

static void add_message(struct line *l)
{
    text(l, l->e->texts.message);
}

static void add_bytes_out(struct line *l)
{
    number(l, l->e->entry.bytes_out);
}

/* Until the answer is ready: when it is out nobody tells. */
static void add_duration(struct line *l)
{
    int64_t ms = l->end.real_unix_ms - l->x->now.real_unix_ms;
    number(l, ms < 0 ? 0 : (uint64_t)ms);
}

static void add_source(struct line *l)
{
    cos_buf_str(&l->text, "USER");
}

static void add_class(struct line *l)
{
    const struct object *read = l->x->result.object;
    bool is_written = l->x->written.is_there;
    enum word class = read != NULL ? stored_class_of(read)
                      : is_written ? stored_class(l->x->written.storage_class)
                                   : WORD_NONE;
    text(l, cos_span_of(word_spelling(class)));
}

static void add_owner(struct line *l)
{
    text(l, cos_span_of(l->bucket->owner_uin));
}

static void add_requester(struct line *l)
{
    const struct cam_principal *who = &l->x->principal.who;
    if (who->kind == CAM_ANONYMOUS) {
        add_nothing(l);
    } else {
        cos_buf_printf(&l->text, "%s:%s", who->owner_uin, who->uin);
    }
}

static void add_request_id(struct line *l)
{
    text(l, l->e->texts.request_id);
}

static void add_size(struct line *l)
{
    const struct object *read = l->x->result.object;
    if (read != NULL || l->x->written.is_there) {
        number(l, read != NULL ? read->bytes : l->x->written.bytes);
    } else {
        add_nothing(l);
    }
}

static void add_version_id(struct line *l)
{
    const struct object *read = l->x->result.object;
    char room[VERSION_NAME_BYTES];
    struct cos_span id = COS_SPAN_EMPTY;
    if (read != NULL && !read->version.is_null) {
        id = version_name_write(room, &read->version);
    }
    for (size_t i = 0; id.len == 0 && i < l->x->result.n_headers; i++) {
        const struct header *h = &l->x->result.headers[i];
        bool is_id =
            cos_span_eq_nocase(h->name, cos_span_of(header_spelling(l->x, HEADER_VERSION_ID)));
        id = is_id ? h->value : id;
    }
    text(l, id);
}

static void add_target_class(struct line *l)
{
    const struct op_row *op = l->x->route.op;
    bool is_copy = op != NULL && op->resource == OP_RES_COPY && l->x->written.is_there;
    enum word class = is_copy ? stored_class(l->x->written.storage_class) : WORD_NONE;
    text(l, cos_span_of(word_spelling(class)));
}

static void add_referer(struct line *l)
{
    text(l, header_get(l->x, "Referer"));
}

static void add_uri(struct line *l)
{
    const struct cos_span parts[] = {l->e->texts.method, COS_SPAN_LIT(" "), l->e->texts.target,
                                     COS_SPAN_LIT(" HTTP/1.1")};
    quoted(&l->text, cos_arena_join(&l->x->arena, parts, COS_ARRAY_LEN(parts)));
}

static void add_vpc(struct line *l)
{
    cos_buf_str(&l->text, "\"0\"");
}

/* THE FIELDS, in their order. */
static void (*const fields[])(struct line *l) = {
    add_version,   add_bucket,     add_region,       add_time,       add_host,
    add_operation, add_peer,       add_secret_id,    add_nothing,    add_bytes_in,
    add_delta,     add_path,       add_method,       add_user_agent, add_status,
    add_code,      add_message,    add_bytes_out,    add_duration,   add_source,
    add_class,     add_owner,      add_duration,     add_requester,  add_request_id,
    add_size,      add_version_id, add_target_class, add_referer,    add_uri,
    add_vpc,
};

/* The end of the five minutes that @unix_ms lies in. */
static int64_t period_end(int64_t unix_ms)
{
    return (unix_ms / PERIOD_MS + 1) * PERIOD_MS;
}

void access_log_add(struct cosmock_exchange *x, const struct entry_draft *e)
{
    struct bucket *b = x->target.at.bucket;
    if (b == NULL || logging_of(&x->target.at) == NULL) {
        return;
    }
    struct line l = {.x = x, .e = e, .bucket = b};
    world_clock_sample(x->tenant, &l.end);
    cos_buf_init(&l.text, LINE_MAX_BYTES);
    for (size_t i = 0; i < COS_ARRAY_LEN(fields); i++) {
        cos_buf_str(&l.text, i == 0 ? "" : " ");
        fields[i](&l);
    }
    cos_buf_ch(&l.text, '\n');
    if (!l.text.failed && !x->arena.failed) {
        pending_logs_add(b, cos_buf_view(&l.text), period_end(l.end.modification_unix_ms));
    }
    cos_buf_deinit(&l.text);
}

/* --- files --- */

struct delivery {
    struct cosmock_tenant *t;
    const struct pending_log *log;
    const struct logging *said; /* of the source, as it is by now */
    struct bucket_view to;
    char key[1024];
    const char *code; /* it was not delivered; NULL: it was */
};

static void write_key(struct delivery *d)
{
    char iso[21];
    char random[11];
    cos_date_iso(iso, d->log->due_unix_ms / 1000 + CHINA_S);
    cos_rng_text(d->t->rng, random, sizeof(random) - 1, "abcdefghijklmnopqrstuvwxyz0123456789");
    random[sizeof(random) - 1] = '\0';
    (void)snprintf(d->key, sizeof(d->key),
                   COS_SPAN_FMT "%.4s/%.2s/%.2s/%.4s%.2s%.2s%.2s%.2s%.2s_%s_0",
                   COS_SPAN_ARG(d->said->prefix), iso, iso + 5, iso + 8, iso, iso + 5, iso + 8,
                   iso + 11, iso + 14, iso + 17, random);
}

static enum store_result write_file(struct delivery *d)
{
    char md5[33];
    struct clock_file f;
    const struct store_bucket to = bucket_stored(&d->to);
    struct batch *batch = batch_new();
    if (batch == NULL) {
        return STORE_NOMEM;
    }
    clock_file_begin(&f, d->t->rows);
    clock_file_add(&f, cos_buf_view(&d->log->lines));
    enum store_result r =
        clock_file_put(&f, batch,
                       &(const struct clock_file_place){
                           .rows = d->t->rows,
                           .bucket = &to,
                           .key = cos_span_of(d->key),
                           .content_type = world_content_type(d->t, cos_span_of(d->key)),
                           .now_unix_ms = d->log->due_unix_ms},
                       md5);
    if (r != STORE_OK) {
        (void)batch_free(batch);
        return r;
    }
    return clock_work_commit(d->t, batch);
}

/* The same owner, the same region: as when it was said (services/settings.c). */
static bool is_allowed(const struct delivery *d)
{
    const struct bucket *from = d->log->bucket;
    const struct bucket *to = d->to.bucket;
    return to != NULL && strcmp(from->region, to->region) == 0 &&
           strcmp(from->owner_uin, to->owner_uin) == 0;
}

static void put_file(struct delivery *d)
{
    enum store_result r = STORE_CHANGED;
    write_key(d);
    for (size_t i = 0; i < AGAIN_MAX && r == STORE_CHANGED; i++) {
        bucket_view_release(&d->to);
        d->to = world_bucket_view(d->t, d->said->bucket);
        r = is_allowed(d) ? write_file(d) : STORE_NO_BUCKET;
    }
    d->code = r == STORE_OK          ? NULL
              : r == STORE_NO_BUCKET ? "InvalidTargetBucketForLogging"
              : r == STORE_NO_ROOM   ? "ServiceUnavailable"
                                     : "InternalError";
}

static void tell(const struct delivery *d)
{
    char detail[400];
    char to[80];
    const struct pending_log *log = d->log;
    (void)snprintf(detail, sizeof(detail), "%llu lines about bucket %s%s",
                   (unsigned long long)log->n_lines, log->bucket->name,
                   d->code == NULL ? "" : " are lost");
    if (log->n_dropped > 0) {
        size_t n = strlen(detail);
        (void)snprintf(detail + n, sizeof(detail) - n, "; there was no room for %llu more",
                       (unsigned long long)log->n_dropped);
    }
    (void)snprintf(to, sizeof(to), COS_SPAN_FMT, COS_SPAN_ARG(d->said->bucket));
    own_work_tell(d->t,
                  &(struct own_work){.kind = OWN_DELIVER_LOG,
                                     .bucket = to,
                                     .key = cos_span_of(d->key),
                                     .status =
                                         d->code == NULL ? 200 : error_cos(d->code)->status,
                                     .code = d->code,
                                     .detail = cos_span_of(detail),
                                     .bytes = d->code == NULL ? log->lines.len : 0});
}

/* Where the bucket is gone, or has no logs any more, nobody wants them. */
static void deliver(struct cosmock_tenant *t, const struct pending_log *log)
{
    struct bucket_view from = world_bucket_view(t, cos_span_of(log->bucket->name));
    struct delivery d = {.t = t, .log = log};
    d.said = from.bucket == log->bucket ? logging_of(&from) : NULL;
    if (d.said != NULL) {
        put_file(&d);
        tell(&d);
        bucket_view_release(&d.to);
    }
    bucket_view_release(&from);
}

void access_log_run(struct cosmock_tenant *t, int64_t now_unix_ms)
{
    struct pending_log *log = pending_logs_take(t, now_unix_ms);
    while (log != NULL) {
        deliver(t, log);
        log = pending_log_free(log);
    }
}
