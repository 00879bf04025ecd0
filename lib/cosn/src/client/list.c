/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of GET Bucket (List Objects, version 1). encoding-type=url is always asked for,
 * because XML 1.0 cannot carry every key; it is undone only when the reply says that it was
 * done.
 *
 * A page that cannot be right is refused as a whole: an answer to another question (page.c), a
 * key without a size, a truncated page without a way on, names out of order. A partial list
 * would be read as "the rest does not exist", a wrong one as "delete this".
 * Sources: cos-wire.md s.2.1 (List Objects v1); fluss-plugin.md s.6.5 (marker fall-back, '+'
 * decodes to a blank).
 */
#include "client/page.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"

#include <assert.h>

struct list_reading {
    struct page_question q;
    struct client_list_page *page;
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

/* Names come in order, each only once, and behind the marker. A common prefix may contain the
 * marker: then there is more below it. */
static int check_order(const struct page_question *q, const char *previous, const char *name,
                       bool is_prefix, struct cosn_error *err)
{
    bool is_after = previous == NULL || strcmp(previous, name) < 0;
    bool holds_marker = is_prefix && strlen(q->marker) > strlen(name) &&
                        strncmp(q->marker, name, strlen(name)) == 0;
    if (is_after && (strcmp(q->marker, name) < 0 || q->marker[0] == '\0' || holds_marker)) {
        return 0;
    }
    return page_refuse_order(name, err);
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
    struct client_list_page *page = r->page;
    char *name = NULL;
    int status = page_decode_name(&name, &r->q, key, err);
    if (status < 0) {
        return status;
    }
    const char *previous = page->n_items == 0 ? NULL : page->items[page->n_items - 1].key;
    status = page_check_key(&r->q, name, err);
    if (status == 0) {
        status = check_order(&r->q, previous, name, /* is_prefix= */ false, err);
    }
    if (status < 0) {
        cos_free(name);
        return status;
    }
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
    struct client_list_page *page = r->page;
    char *name = NULL;
    int status = page_decode_name(&name, &r->q, prefix, err);
    if (status < 0) {
        return status;
    }
    const char *previous = page->n_prefixes == 0 ? NULL : page->prefixes[page->n_prefixes - 1];
    status = page_check_prefix(&r->q, name, err);
    if (status == 0) {
        status = check_order(&r->q, previous, name, /* is_prefix= */ true, err);
    }
    if (status < 0) {
        cos_free(name);
        return status;
    }
    page->prefixes[page->n_prefixes++] = name;
    return 0;
}

static int read_children(const struct list_reading *r, const struct cos_xml *root,
                         struct cosn_error *err)
{
    size_t n_items = page_count_children(root, "Contents");
    size_t n_prefixes = page_count_children(root, "CommonPrefixes");
    int status = page_check_count(&r->q, n_items + n_prefixes, err);
    if (status < 0) {
        return status;
    }
    r->page->items = cos_calloc(n_items + 1, sizeof(r->page->items[0]));
    r->page->prefixes = cos_calloc(n_prefixes + 1, sizeof(r->page->prefixes[0]));
    if (r->page->items == NULL || r->page->prefixes == NULL) {
        return page_out_of_memory(err);
    }
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
    bool is_truncated = false;
    int status = page_is_truncated(&is_truncated, root, err);
    if (status < 0 || !is_truncated) {
        return status;
    }
    const char *last = last_name(r->page);
    const char *told = cos_xml_child_text(root, "NextMarker");
    char *next = NULL;
    if (told != NULL && told[0] != '\0') {
        status = page_decode_name(&next, &r->q, told, err);
    } else if (last != NULL) {
        next = cos_strdup(last);
        status = next == NULL ? page_out_of_memory(err) : 0;
    } else {
        return fail(err, COSN_E_PROTOCOL,
                    "the list is truncated, empty and without NextMarker");
    }
    if (status < 0) {
        return status;
    }
    assert(next != NULL);
    if (strcmp(next, r->q.marker) <= 0 || (last != NULL && strcmp(next, last) < 0)) {
        cos_free(next);
        return fail(err, COSN_E_PROTOCOL,
                    "the list does not advance: its NextMarker lies before what it holds");
    }
    r->page->next_marker = next;
    return 0;
}

static int check_list(void *ctx, const struct cosn_http_reply *reply,
                      const struct cos_xml *root, struct cosn_error *err)
{
    (void)reply;
    struct list_reading *r = ctx;
    static const struct page_echo echoes[] = {{"Name", PAGE_ECHO_BUCKET},
                                              {"Prefix", PAGE_ECHO_PREFIX},
                                              {"Delimiter", PAGE_ECHO_DELIMITER},
                                              {"Marker", PAGE_ECHO_MARKER},
                                              {NULL, PAGE_ECHO_MARKER}};
    r->q.is_encoded = page_says_encoded(root, "EncodingType");
    int status = page_check_echoes(&r->q, root, echoes, err);
    if (status == 0) {
        status = read_children(r, root, err);
    }
    if (status == 0) {
        status = read_next_marker(r, root, err);
    }
    if (status < 0) {
        client_list_page_deinit(r->page);
    }
    return status;
}

int client_list(struct client *c, const struct client_list_question *question,
                struct client_list_page *out, struct cosn_error *err)
{
    struct client_list_page page = {0};
    struct list_reading reading = {
        .q = {.bucket = c->bucket,
              .prefix = question->prefix == NULL ? "" : question->prefix,
              .delimiter = question->delimiter == NULL ? "" : question->delimiter,
              .marker = question->marker == NULL ? "" : question->marker,
              .max = question->max_keys},
        .page = &page,
    };
    char max_text[16];
    (void)snprintf(max_text, sizeof(max_text), "%u", question->max_keys);
    struct sign_pair params[5];
    size_t n = 0;
    params[n++] = (struct sign_pair){"encoding-type", "url"};
    params[n++] = (struct sign_pair){"max-keys", max_text};
    if (reading.q.prefix[0] != '\0') {
        params[n++] = (struct sign_pair){"prefix", reading.q.prefix};
    }
    if (reading.q.delimiter[0] != '\0') {
        params[n++] = (struct sign_pair){"delimiter", reading.q.delimiter};
    }
    if (reading.q.marker[0] != '\0') {
        params[n++] = (struct sign_pair){"marker", reading.q.marker};
    }
    struct call call = {
        .op = "GetBucket",
        .method = "GET",
        .params = params,
        .n_params = n,
        .check = check_list,
        .ctx = &reading,
    };
    int r = client_call(c, &call, err);
    if (r < 0) {
        return r;
    }
    *out = page;
    return 0;
}
