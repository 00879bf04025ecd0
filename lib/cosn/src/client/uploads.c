/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of List Multipart Uploads: what was begun and neither completed nor aborted. It
 * costs money and is in no list of objects.
 *
 * Pages go on at a pair, a key and an upload's id, because a key may have any number of
 * uploads. The checks are those of list.c.
 * Sources: cos-wire.md s.2.1 (List MPUs: parameters, elements, "upload-id-marker ignored
 * without key-marker").
 */
#include "client/page.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"

#include <assert.h>

struct uploads_reading {
    struct page_question q; /* its marker is the key-marker */
    const char *id_marker;
    struct client_uploads_page *page;
};

void client_uploads_page_deinit(struct client_uploads_page *page)
{
    if (page == NULL) {
        return;
    }
    for (size_t i = 0; i < page->n_items; i++) {
        cos_free(page->items[i].key);
        cos_free(page->items[i].id);
    }
    cos_free(page->items);
    cos_free(page->next_key);
    cos_free(page->next_id);
    memset(page, 0, sizeof(*page));
}

/* Keys may repeat, with other ids; the pair of the marker may not. */
static int check_order(const struct uploads_reading *r, const char *key, const char *id,
                       struct cosn_error *err)
{
    const struct client_uploads_page *page = r->page;
    const char *before = page->n_items > 0 ? page->items[page->n_items - 1].key : r->q.marker;
    const char *before_id =
        page->n_items > 0 ? page->items[page->n_items - 1].id : r->id_marker;
    int order = strcmp(before, key);
    if (order > 0 || (order == 0 && strcmp(before_id, id) == 0)) {
        return page_refuse_order(key, err);
    }
    return 0;
}

static int read_upload(struct uploads_reading *r, const struct cos_xml *e,
                       struct cosn_error *err)
{
    const char *key_text = cos_xml_child_text(e, "Key");
    const char *id = cos_xml_child_text(e, "UploadId");
    const char *initiated = cos_xml_child_text(e, "Initiated");
    int64_t initiated_unix_ms = 0;
    if (key_text == NULL || id == NULL || id[0] == '\0' || initiated == NULL ||
        !cos_date_iso_parse(cos_span_trim(cos_span_of(initiated)), &initiated_unix_ms)) {
        return fail(err, COSN_E_PROTOCOL,
                    "line %u of the list: an upload without key, id or time of its beginning",
                    cos_xml_line(e));
    }
    char *key = NULL;
    int status = page_decode_name(&key, &r->q, key_text, err);
    if (status < 0) {
        return status;
    }
    assert(key != NULL && r->page->items != NULL);
    status = page_check_key(&r->q, key, err);
    if (status == 0) {
        status = check_order(r, key, id, err);
    }
    char *id_copy = status < 0 ? NULL : cos_strdup(id);
    if (id_copy == NULL) {
        cos_free(key);
        return status < 0 ? status : page_out_of_memory(err);
    }
    struct client_uploads_page *page = r->page;
    page->items[page->n_items].key = key;
    page->items[page->n_items].id = id_copy;
    page->items[page->n_items].initiated_unix_ms = initiated_unix_ms;
    page->n_items++;
    return 0;
}

static int read_next(struct uploads_reading *r, const struct cos_xml *root,
                     struct cosn_error *err)
{
    bool is_truncated = false;
    int status = page_is_truncated(&is_truncated, root, err);
    if (status < 0 || !is_truncated) {
        return status;
    }
    const char *key = cos_xml_child_text(root, "NextKeyMarker");
    const char *id = cos_xml_child_text(root, "NextUploadIdMarker");
    if (key == NULL || key[0] == '\0' || r->page->n_items == 0) {
        return fail(err, COSN_E_PROTOCOL,
                    "the list is truncated, but empty or without NextKeyMarker");
    }
    status = page_decode_name(&r->page->next_key, &r->q, key, err);
    if (status < 0) {
        return status;
    }
    assert(r->page->items != NULL);
    r->page->next_id = cos_strdup(id == NULL ? "" : id);
    if (r->page->next_id == NULL) {
        return page_out_of_memory(err);
    }
    const char *last = r->page->items[r->page->n_items - 1].key;
    assert(r->page->next_key != NULL);
    return strcmp(r->page->next_key, last) < 0 ? page_refuse_order(r->page->next_key, err) : 0;
}

static int check_uploads(void *ctx, const struct cosn_http_reply *reply,
                         const struct cos_xml *root, struct cosn_error *err)
{
    (void)reply;
    struct uploads_reading *r = ctx;
    static const struct page_echo echoes[] = {{"Bucket", PAGE_ECHO_BUCKET},
                                              {"Prefix", PAGE_ECHO_PREFIX},
                                              {"KeyMarker", PAGE_ECHO_MARKER},
                                              {NULL, PAGE_ECHO_MARKER}};
    r->q.is_encoded =
        page_says_encoded(root, "Encoding-Type") || page_says_encoded(root, "EncodingType");
    size_t n = page_count_children(root, "Upload");
    int status = page_check_echoes(&r->q, root, echoes, err);
    if (status == 0) {
        status = page_check_count(&r->q, n, err);
    }
    if (status == 0) {
        r->page->items = cos_calloc(n + 1, sizeof(r->page->items[0]));
        status = r->page->items == NULL ? page_out_of_memory(err) : 0;
    }
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL && status == 0;
         e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Upload") == 0) {
            status = read_upload(r, e, err);
        }
    }
    if (status == 0) {
        status = read_next(r, root, err);
    }
    if (status < 0) {
        client_uploads_page_deinit(r->page);
    }
    return status;
}

int client_list_uploads(struct client *c, const struct client_uploads_question *question,
                        struct client_uploads_page *out, struct cosn_error *err)
{
    char max_text[16];
    (void)snprintf(max_text, sizeof(max_text), "%u", question->max);
    struct sign_pair params[6];
    size_t n = 0;
    params[n++] = (struct sign_pair){"uploads", ""};
    params[n++] = (struct sign_pair){"encoding-type", "url"};
    params[n++] = (struct sign_pair){"max-uploads", max_text};
    if (question->prefix[0] != '\0') {
        params[n++] = (struct sign_pair){"prefix", question->prefix};
    }
    if (question->key_marker != NULL) {
        params[n++] = (struct sign_pair){"key-marker", question->key_marker};
        params[n++] = (struct sign_pair){"upload-id-marker", question->id_marker};
    }
    struct client_uploads_page page = {0};
    struct uploads_reading reading = {
        .q = {.bucket = c->bucket,
              .prefix = question->prefix,
              .delimiter = "",
              .marker = question->key_marker == NULL ? "" : question->key_marker,
              .max = question->max},
        .id_marker = question->id_marker == NULL ? "" : question->id_marker,
        .page = &page,
    };
    struct call call = {
        .op = "ListMultipartUploads",
        .method = "GET",
        .params = params,
        .n_params = n,
        .check = check_uploads,
        .ctx = &reading,
    };
    int r = client_call(c, &call, err);
    if (r == 0) {
        *out = page;
    }
    return r;
}
