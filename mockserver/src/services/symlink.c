/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutSymlink, GetSymlink (cos-operations-2.md s.5). A link is an object whose bytes are the
 * path it points to, so its size, ETag and type are those of the path, as the page has it; that
 * it is a link is a facet. GET and HEAD of it are those of what it points to
 * (exchange/target.c); everything else, a deletion, a list, tags, concerns the link itself.
 */
#include "services/handlers.h"

#include "cosbase/codec.h"
#include "exchange/xml_out.h"
#include "services/encryption.h"
#include "services/replication.h"
#include "services/retention.h"
#include "services/service.h"
#include "services/stored.h"

/* Go encodes it, Python and Java send it as it is: it is decoded once. */
static bool target_read(struct cosmock_exchange *x, struct cos_span *out)
{
    struct cos_span sent = header_of(x, HEADER_SYMLINK_TARGET);
    char *text = sent.len == 0 ? NULL : cos_arena_alloc(&x->arena, sent.len);
    *out = text == NULL ? COS_SPAN_EMPTY
                        : cos_span_make(text, cos_percent_decode(text, sent,
                                                                 /* plus_is_space= */ false));
    if (out->len == 0 || cos_span_chr(*out, '\0') != SIZE_MAX) {
        service_refuse_saying(x, "InvalidArgument", "%s must name a key of the bucket",
                              header_spelling(x, HEADER_SYMLINK_TARGET));
    } else if (out->len > SERVICE_KEY_MAX_BYTES) {
        service_refuse(x, "KeyTooLong");
    }
    return !is_refused(x) && !x->arena.failed;
}

static bool target_check(struct cosmock_exchange *x, struct cos_span target)
{
    if (SWITCH_IS(x->tenant, SYMLINK_TARGET, ANY)) {
        return true;
    }
    struct found_object found = {.why = STORE_OK};
    target_find_object(x, &x->target.at, target, (struct version_name){.kind = VERSION_LATEST},
                       &found);
    bool is_there = found.object.row != NULL;
    if (!is_there) {
        x->failed = x->failed || service_refuse_store(x, found.why) < 0;
    }
    (void)row_unref(found.object.row);
    return is_there;
}

static struct blob *blob_of(struct cosmock_exchange *x, struct cos_span text)
{
    struct backend *rows = x->tenant->rows;
    struct blob_writer *w = rows->ops->blob_writer(rows, text.len);
    if (w == NULL || blob_writer_add(w, text.ptr, text.len) < 0) {
        (void)blob_writer_free(w);
        return NULL;
    }
    return blob_writer_done(w);
}

/* Of the type of what it points to, unless it says another; its class is always STANDARD. */
static bool describe(struct cosmock_exchange *x, struct cos_span target,
                     struct stored_headers *out)
{
    struct cos_span key = x->route.key;
    x->route.key = target;
    bool is_read = stored_collect(x, out);
    x->route.key = key;
    out->facets.of[FACET_SYMLINK] = target;
    return is_read;
}

static int put(struct cosmock_exchange *x, struct cos_span target,
               const struct stored_headers *stored)
{
    char etag[33];
    cos_md5_hex(etag, target.ptr, target.len);
    const struct store_bucket b = service_stored(x);
    struct object_draft draft = service_draft(x);
    draft.blob = blob_of(x, target);
    draft.etag = cos_arena_span(&x->arena, cos_span_of(etag));
    draft.crc64 = cos_crc64(0, target.ptr, target.len);
    draft.headers = stored->items;
    draft.n_headers = stored->n;
    draft.facets = stored->facets;
    draft.forbids_overwrite = service_forbids_overwrite(x);
    struct batch *batch = batch_new();
    if (draft.blob == NULL || batch == NULL) {
        blob_unref(draft.blob);
        (void)batch_free(batch);
        return -1;
    }
    enum store_result locked = retention_check(x, &b, x->route.key, batch);
    if (locked != STORE_OK) {
        blob_unref(draft.blob);
        return service_commit_filled(x, batch, locked);
    }
    service_digest_headers(x, draft.etag, draft.crc64);
    x->result.status = 200;
    const struct replication_rule *rule =
        replication_mark(x, &b, &draft, REPLICATION_OF_OBJECT);
    struct version made;
    enum store_result r = objects_put(batch, x->tenant->rows, &b, &draft, &made);
    replication_note(x, batch, rule, draft.key, &made);
    service_version_header(x, &made);
    return service_commit_filled(x, batch, r);
}

int op_put_symlink(struct cosmock_exchange *x)
{
    struct cos_span target;
    struct stored_headers stored;
    if (service_bucket(x) == NULL || !service_key_check(x) || !target_read(x, &target) ||
        !target_check(x, target) || !encryption_takes_no_key(x) ||
        !describe(x, target, &stored)) {
        return service_stop(x);
    }
    return put(x, target, &stored);
}

/* Encoded: a header holds no line's end, and a key may. */
static struct cos_span shown(struct cosmock_exchange *x, struct cos_span target)
{
    struct cos_buf b;
    cos_buf_init(&b, 4 * SERVICE_KEY_MAX_BYTES);
    xml_out_percent(&b, target);
    struct cos_span text = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return text;
}

int op_get_symlink(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    if (o == NULL) {
        return service_stop(x);
    }
    struct cos_span target = object_facet(o, FACET_SYMLINK);
    if (target.ptr == NULL) {
        return service_refuse(x, "NotSymlink");
    }
    result_header_of(x, HEADER_SYMLINK_TARGET, shown(x, target));
    x->result.status = 200;
    x->result.object = o; /* its headers, and none of its bytes */
    x->result.first = 0;
    x->result.count = 0;
    return x->arena.failed ? -1 : 0;
}
