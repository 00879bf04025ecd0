/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers that the guide lists (436/31508), and nothing else: no tags, no list, no class of
 * the origin's. The bytes are shared, so ETag and CRC are the origin's, too [assumed]. Whoever
 * puts the key meanwhile has put it: what an origin gives replaces nothing.
 */
#include "services/origin_keep.h"

#include "cosbase/alloc.h"
#include "services/choice.h"
#include "services/clock_work.h"
#include "services/names.h"
#include "services/own_work.h"
#include "services/service.h"

#define AGAIN_MAX 8

struct keeping {
    struct cosmock_tenant *t;
    const struct bucket_view *at;
    struct cos_span key;
    const struct object *from;
    int64_t now_unix_ms;
};

static bool is_kept_header(struct cos_span name)
{
    static const char *const kept[] = {"Content-Type", "Cache-Control", "Content-Disposition",
                                       "Content-Encoding", "Expires"};
    for (size_t i = 0; i < COS_ARRAY_LEN(kept); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(kept[i]))) {
            return true;
        }
    }
    return cos_span_starts_nocase(name, COS_SPAN_LIT("x-cos-meta-"));
}

/* STORE_EXISTS: somebody has put the key meanwhile. */
static enum store_result fill(struct batch *batch, const struct keeping *k)
{
    const struct store_bucket b = bucket_stored(k->at);
    struct object there;
    enum store_result r = objects_get(k->t->rows, &b, k->key, &there);
    if (r != STORE_NO_KEY) {
        (void)row_unref(r == STORE_OK ? there.row : NULL);
        return r == STORE_OK ? STORE_EXISTS : r;
    }
    struct kept_headers rest = k->from->headers;
    struct object_header *headers = cos_calloc(kept_headers_count(rest) + 1, sizeof(*headers));
    struct object_draft draft = {.key = k->key,
                                 .etag = k->from->etag,
                                 .crc64 = k->from->crc64,
                                 .mtime_unix_ms = k->now_unix_ms,
                                 .headers = headers,
                                 .forbids_overwrite = true};
    for (struct object_header h; headers != NULL && kept_headers_next(&rest, &h);) {
        if (is_kept_header(h.name)) {
            headers[draft.n_headers++] = h;
        }
    }
    if (headers != NULL && bucket_document(k->at, BUCKET_AZ).ptr != NULL) {
        headers[draft.n_headers++] =
            (struct object_header){cos_span_of(names_cos_headers[HEADER_STORAGE_CLASS].name),
                                   cos_span_of(word_spelling(WORD_MAZ_STANDARD))};
    }
    if (headers == NULL) {
        return STORE_NOMEM;
    }
    struct version made;
    draft.blob = blob_ref(k->from->row->blob);
    r = objects_put(batch, k->t->rows, &b, &draft, &made);
    cos_free(headers);
    return r;
}

static void tell(struct cosmock_tenant *t, const char *bucket, struct cos_span key,
                 struct cos_span from, const struct object *o)
{
    char detail[500];
    (void)snprintf(detail, sizeof(detail), "from " COS_SPAN_FMT,
                   COS_SPAN_ARG(cos_span_sub(from, 0, 480)));
    own_work_tell(t, &(struct own_work){.kind = OWN_PULL_ORIGIN,
                                        .bucket = bucket,
                                        .key = key,
                                        .status = 200,
                                        .detail = cos_span_of(detail),
                                        .bytes = o->bytes});
}

/* Kept, or by somebody else: the request goes on with what is there. */
static int kept(struct cosmock_exchange *x)
{
    enum store_result r = store_committed(x->commit);
    if (r != STORE_OK && r != STORE_EXISTS && r != STORE_CHANGED) {
        return service_refuse_store(x, r);
    }
    if (!target_find_again(x)) {
        return service_refuse(x, "NoSuchBucket");
    }
    const struct object *o = &x->target.object.object;
    if (r == STORE_OK && o->row != NULL) {
        tell(x->tenant, x->target.at.bucket->name, x->route.key, x->pulled_from, o);
    }
    return 0;
}

int origin_keep(struct cosmock_exchange *x, const struct object *from, struct cos_span url)
{
    const struct keeping k = {.t = x->tenant,
                              .at = &x->target.at,
                              .key = x->route.key,
                              .from = from,
                              .now_unix_ms = x->now.modification_unix_ms};
    struct batch *batch = batch_new();
    enum store_result r = batch == NULL ? STORE_NOMEM : fill(batch, &k);
    if (r != STORE_OK) {
        (void)batch_free(batch);
        return r == STORE_EXISTS
                   ? (target_find_again(x) ? 0 : service_refuse(x, "NoSuchBucket"))
                   : service_refuse_store(x, r);
    }
    x->pulled_from = url;
    return exchange_commit(x, batch, kept);
}

void origin_keep_for(struct cosmock_tenant *t, const struct origin_place *to,
                     const struct object *from, struct cos_span url)
{
    enum store_result r = STORE_CHANGED;
    for (size_t i = 0; i < AGAIN_MAX && r == STORE_CHANGED; i++) {
        struct bucket_view at = world_bucket_view(t, to->bucket);
        const struct keeping k = {.t = t,
                                  .at = &at,
                                  .key = to->key,
                                  .from = from,
                                  .now_unix_ms =
                                      cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_MODIFICATION)};
        struct batch *batch = batch_new();
        r = at.bucket == NULL ? STORE_NO_BUCKET : batch == NULL ? STORE_NOMEM : fill(batch, &k);
        if (r == STORE_OK) {
            r = clock_work_commit(t, batch);
        } else {
            (void)batch_free(batch);
        }
        if (r == STORE_OK) {
            tell(t, at.bucket->name, to->key, url, from);
        }
        bucket_view_release(&at);
    }
}
