/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of GET Bucket (List Objects, version 1). encoding-type=url is always asked for, because XML 1.0 cannot carry every key; it is
 * undone only when the reply says that it was done.
 *
 * A page that cannot be right is refused as a whole: a key without a size, a truncated page without a way on, a marker that does
 * not advance. A partial list would be read as "the rest does not exist".
 * Sources: cos-wire.md s.2.1 (List Objects v1); fluss-plugin.md s.6.5 (marker fall-back, '+' decodes to a blank).
 */
#include "client/call.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "mutant.h"

struct list_reading {
    struct client_list_page *page;
    const char *marker; /* asked for; "" for the first page */
    bool is_encoded;
};

void client_list_page_deinit(struct client_list_page *page)
{
    if (page == NULL) {
        return;
    }
    for (size_t i = 0; i < page->n_items; i++) {
        cos_free(page->items[i].key);
    }
    for (size_t i = 0; i < page->n_prefixes; i++) {
        cos_free(page->prefixes[i]);
    }
    cos_free(page->items);
    cos_free(page->prefixes);
    cos_free(page->next_marker);
    memset(page, 0, sizeof(*page));
}

/* Heap copy of a name as the reply spells it; NULL out of memory. */
static char *decode_name(const struct list_reading *r, const char *text)
{
    size_t n = strlen(text);
    char *out = cos_strndup(text, n);
    if (out != NULL && r->is_encoded && !MUTANT("list_not_decoded")) {
        n = cos_percent_decode(out, cos_span_make(text, n), /* plus_is_space= */ true);
        out[n] = '\0';
    }
    return out;
}

static size_t count_children(const struct cos_xml *root, const char *name)
{
    size_t n = 0;
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        n += strcmp(cos_xml_name(e), name) == 0 ? 1 : 0;
    }
    return n;
}

static int out_of_memory(struct cosn_error *err)
{
    return fail(err, COSN_E_NOMEM, "no memory for a page of a list");
}

static int read_item(const struct list_reading *r, const struct cos_xml *e,
                     struct cosn_error *err)
{
    const char *key = cos_xml_child_text(e, "Key");
    const char *size = cos_xml_child_text(e, "Size");
    int64_t length_bytes = 0;
    if (key == NULL || size == NULL ||
        !cos_span_i64(cos_span_trim(cos_span_of(size)), &length_bytes) || length_bytes < 0) {
        return fail(err, COSN_E_PROTOCOL, "line %u of the list: an object without %s",
                    cos_xml_line(e), key == NULL ? "a key" : "a size");
    }
    int64_t mtime_unix_ms = 0;
    const char *modified = cos_xml_child_text(e, "LastModified");
    if (modified != NULL) {
        (void)cos_date_iso_parse(cos_span_trim(cos_span_of(modified)), &mtime_unix_ms);
    }
    char *name = decode_name(r, key);
    if (name == NULL) {
        return out_of_memory(err);
    }
    struct client_list_page *page = r->page;
    page->items[page->n_items].key = name;
    page->items[page->n_items].length_bytes = length_bytes;
    page->items[page->n_items].mtime_unix_ms = mtime_unix_ms;
    page->n_items++;
    return 0;
}

static int read_prefix(const struct list_reading *r, const struct cos_xml *e,
                       struct cosn_error *err)
{
    const char *prefix = cos_xml_child_text(e, "Prefix");
    if (prefix == NULL) {
        return fail(err, COSN_E_PROTOCOL, "line %u of the list: a common prefix without a name",
                    cos_xml_line(e));
    }
    char *name = decode_name(r, prefix);
    if (name == NULL) {
        return out_of_memory(err);
    }
    r->page->prefixes[r->page->n_prefixes++] = name;
    return 0;
}

static int read_children(const struct list_reading *r, const struct cos_xml *root,
                         struct cosn_error *err)
{
    size_t n_items = count_children(root, "Contents");
    size_t n_prefixes = count_children(root, "CommonPrefixes");
    r->page->items = cos_calloc(n_items + 1, sizeof(r->page->items[0]));
    r->page->prefixes = cos_calloc(n_prefixes + 1, sizeof(r->page->prefixes[0]));
    if (r->page->items == NULL || r->page->prefixes == NULL) {
        return out_of_memory(err);
    }
    int status = 0;
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL && status == 0;
         e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Contents") == 0) {
            status = read_item(r, e, err);
        } else if (strcmp(cos_xml_name(e), "CommonPrefixes") == 0) {
            status = read_prefix(r, e, err);
        }
    }
    return status;
}

/* The greatest name of the page: where the next one starts when the reply does not say. */
static const char *last_name(const struct client_list_page *page)
{
    const char *last = NULL;
    if (page->n_items > 0) {
        last = page->items[page->n_items - 1].key;
    }
    if (page->n_prefixes > 0) {
        const char *prefix = page->prefixes[page->n_prefixes - 1];
        if (last == NULL || strcmp(prefix, last) > 0) {
            last = prefix;
        }
    }
    return last;
}

static int read_next_marker(const struct list_reading *r, const struct cos_xml *root,
                            struct cosn_error *err)
{
    const char *truncated = cos_xml_child_text(root, "IsTruncated");
    if (truncated == NULL || strcmp(truncated, "true") != 0 || MUTANT("list_1000")) {
        return 0;
    }
    const char *told = cos_xml_child_text(root, "NextMarker");
    char *next = NULL;
    if (told != NULL && told[0] != '\0') {
        next = decode_name(r, told);
    } else if (last_name(r->page) != NULL) {
        next = cos_strdup(last_name(r->page));
    } else {
        return fail(err, COSN_E_PROTOCOL,
                    "the list is truncated, empty and without NextMarker");
    }
    if (next == NULL) {
        return out_of_memory(err);
    }
    if (strcmp(next, r->marker) <= 0) {
        cos_free(next);
        return fail(err, COSN_E_PROTOCOL, "the list does not advance beyond its marker");
    }
    r->page->next_marker = next;
    return 0;
}

static int check_list(void *ctx, const struct cosn_http_reply *reply,
                      const struct cos_xml *root, struct cosn_error *err)
{
    (void)reply;
    struct list_reading *r = ctx;
    const char *encoding = cos_xml_child_text(root, "EncodingType");
    r->is_encoded = encoding != NULL && strcmp(encoding, "url") == 0;
    int status = read_children(r, root, err);
    if (status == 0) {
        status = read_next_marker(r, root, err);
    }
    if (status < 0) {
        client_list_page_deinit(r->page);
    }
    return status;
}

int client_list(struct client *c, const char *prefix, const char *delimiter, const char *marker,
                unsigned max_keys, struct client_list_page *out, struct cosn_error *err)
{
    char max_text[16];
    (void)snprintf(max_text, sizeof(max_text), "%u", max_keys);
    struct sign_pair params[5];
    size_t n = 0;
    params[n++] = (struct sign_pair){"encoding-type", "url"};
    params[n++] = (struct sign_pair){"max-keys", max_text};
    if (prefix != NULL && prefix[0] != '\0') {
        params[n++] = (struct sign_pair){"prefix", prefix};
    }
    if (delimiter != NULL && delimiter[0] != '\0') {
        params[n++] = (struct sign_pair){"delimiter", delimiter};
    }
    if (marker != NULL && marker[0] != '\0') {
        params[n++] = (struct sign_pair){"marker", marker};
    }
    struct client_list_page page = {0};
    struct list_reading reading = {.page = &page, .marker = marker == NULL ? "" : marker};
    struct call call = {
        .op = "GetBucket",
        .method = "GET",
        .params = params,
        .n_params = n,
        .check = check_list,
        .ctx = &reading,
    };
    int r = client_call(c, &call, NULL, err);
    if (r < 0) {
        return r;
    }
    *out = page;
    return 0;
}
