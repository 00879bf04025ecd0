/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELECT Object Content (cos-operations-2.md s.16): records of a CSV or JSON object that a
 * query picks, as a stream of frames.
 *
 * The object is read once, in slices, and a slice ends when it has a piece of the answer or has
 * read SLICE_BYTES: then a piece that says so goes out, so that a client sees that something is
 * done. The next slice begins when the piece is with the client's kernel: whoever does not read
 * costs SELECT_MEMORY_BYTES and no work. Slices are done by workers, in turn with others'.
 *
 * What is wrong before the first piece is an ordinary error, what turns out later an error
 * frame, with which the stream ends.
 *
 * Not built, and refused by their names: Parquet, scan ranges. CSV without
 * FileHeaderInfo drops its first line (Java's suite, SelectObjectTest.java:24-73).
 */
#include "cosbase/alloc.h"
#include "exchange/work.h"
#include "services/encryption.h"
#include "services/handlers.h"
#include "services/select_inside.h"
#include "services/service.h"
#include "services/stored.h"

#define LONG_BYTES (UINT64_C(4) << 10) /* packed ones may be a thousand times as much */

void select_stop(struct selection *s, const char *code, const char *text)
{
    s->is_done = true;
    if (s->error.code == NULL) {
        s->error.code = code;
        (void)snprintf(s->error.text, sizeof(s->error.text), "%s", text);
    }
}

/* --- a slice --- */

static void work(struct selection *s)
{
    uint64_t until = s->processed + SLICE_BYTES;
    while (!s->is_done && s->rows.len < PIECE_BYTES && s->processed < until) {
        if (s->unused.len == 0) {
            source_read(s);
        } else {
            records_take(s);
        }
    }
    if (s->is_done && s->error.code == NULL && s->query.is_aggregate) {
        rows_put(s, /* record= */ NULL);
    }
}

static bool has_failed(const struct selection *s)
{
    return s->x->failed || s->x->arena.failed || s->x->result.body.failed;
}

/* Its rows as a piece of the answer. */
static int tell(struct selection *s)
{
    frames_put_rows(s);
    if (s->is_done && s->error.code != NULL) {
        frames_put_error(s);
        s->x->result.hidden = s->x->service->error(s->error.code);
    } else if (s->is_done) {
        if (s->tells_progress) {
            frames_put_count(s, "Progress");
        }
        frames_put_count(s, "Stats");
        frames_put_end(s);
    } else if (s->tells_progress) {
        frames_put_count(s, "Progress");
    } else if (s->x->result.body.len == 0) {
        frames_put_cont(s);
    }
    s->x->pieces.is_last = s->is_done;
    return has_failed(s) ? -1 : 0;
}

static int next_piece(struct cosmock_exchange *x)
{
    struct selection *s = x->pieces.of;
    work(s);
    return tell(s);
}

/* --- the operation --- */

static void let_go(struct cosmock_exchange *x)
{
    struct selection *s = x->pieces.of;
    cos_arena_deinit(&s->scratch);
    cos_buf_deinit(&s->record);
    cos_buf_deinit(&s->rows);
    source_close(s);
    cos_free(s->fields);
    s->tree = cos_json_free(s->tree);
    if (s->is_charged) {
        budget_give(&x->mock->memory, SELECT_MEMORY_BYTES);
    }
}

/* NULL: refused, or no memory. */
static struct selection *begin(struct cosmock_exchange *x)
{
    struct selection *s = cos_arena_alloc(&x->arena, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    s->x = x;
    x->pieces.of = s;
    x->pieces.release = let_go;
    cos_arena_init(&s->scratch, 4 * RECORD_MAX_BYTES);
    cos_buf_init(&s->record, RECORD_MAX_BYTES + 2);
    cos_buf_init(&s->rows, PIECE_BYTES + 2 * RECORD_MAX_BYTES);
    cos_buf_init(&x->result.body, 2 * PIECE_BYTES + 2 * RECORD_MAX_BYTES);
    s->is_charged = budget_take_passing(&x->mock->memory, SELECT_MEMORY_BYTES);
    if (!s->is_charged) {
        x->identity.detail = COS_SPAN_LIT("no memory is left for a selection");
        service_refuse(x, x->service->codes[CODE_NO_ROOM]);
        return NULL;
    }
    s->fields = cos_calloc(FIELDS_MAX, sizeof(*s->fields));
    return s->fields != NULL && select_read_request(s) && source_open(s) ? s : NULL;
}

/* The first slice decides: an error, all of the answer, or its first piece. */
static int run(struct selection *s)
{
    struct cosmock_exchange *x = s->x;
    work(s);
    if (s->error.code != NULL && s->rows.len == 0) {
        return service_refuse_saying(x, s->error.code, "%s", s->error.text);
    }
    x->result.status = 200;
    x->result.content_type = "application/octet-stream";
    x->pieces.next = s->is_done ? NULL : next_piece;
    return tell(s);
}

bool select_is_long(const struct cosmock_exchange *x)
{
    return x->target.object.object.bytes >= LONG_BYTES;
}

int op_select_object_content(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    if (o == NULL) {
        return service_stop(x);
    }
    if (!encryption_permits_read(x, o, /* is_head= */ false) ||
        !stored_readable_check(x, &x->target.at, o)) {
        return service_stop(x);
    }
    struct selection *s = begin(x);
    return s == NULL ? service_stop(x) : run(s);
}
