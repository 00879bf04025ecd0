/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What buckets hold, over every backend there is: what store/objects.h promises. The listing
 * rules are those of List Objects v1 (cos-wire.md s.2.1).
 */
#include "backends.h"

#include "store/objects.h"

#include "cosbase/alloc.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WRITERS 16
#define ROUNDS 200
#define NAME COS_SPAN_LIT("bucket-1250000000")

static const struct backend_kind *kind;
static struct backend *rows; /* of the running test; set up and torn down around each */
static struct store_bucket bucket;

static enum store_result commit(struct batch *batch)
{
    struct commit c = {0};
    (void)backend_commit(rows, batch, &c);
    return store_committed(&c);
}

static enum store_result make_bucket(struct cos_span name, uint32_t id)
{
    const struct bucket_facts facts = {.id = id,
                                       .region = COS_SPAN_LIT("ap-guangzhou"),
                                       .owner_uin = COS_SPAN_LIT("100000000001"),
                                       .appid = COS_SPAN_LIT("1250000000"),
                                       .created_unix_ms = 77};
    struct batch *batch = batch_new();
    bucket_put(batch, name, &facts);
    return commit(batch);
}

static int set_up(void **state)
{
    rows = kind->open();
    assert_int_equal(make_bucket(NAME, 5), STORE_OK);
    assert_int_equal(rows->ops->get(rows, COS_SPAN_LIT("bbucket-1250000000"), &bucket.row),
                     BACKEND_OK);
    bucket.id = 5;
    return 0;
}

static int tear_down(void **state)
{
    bucket.row = row_unref(bucket.row);
    kind->close(rows);
    return 0;
}

static struct cos_span span(const char *s)
{
    return cos_span_of(s);
}

static const struct object_header headers[] = {
    {{"Content-Type", 12}, {"text/plain", 10}},
    {{"x-cos-meta-a", 12}, {"", 0}},
};

static struct object_draft draft_of(const char *key, const char *text)
{
    return (struct object_draft){.key = span(key),
                                 .blob = backend_blob(rows, text, strlen(text)),
                                 .etag = COS_SPAN_LIT("0cc175b9c0f1b6a831c399e269772661"),
                                 .crc64 = 7,
                                 .mtime_unix_ms = 1000,
                                 .headers = headers,
                                 .n_headers = COS_ARRAY_LEN(headers)};
}

static enum store_result put_or_not(const char *key, const char *text, bool forbid_overwrite)
{
    const struct object_draft draft = draft_of(key, text);
    struct batch *batch = batch_new();
    objects_put(batch, &bucket, &draft, forbid_overwrite);
    return commit(batch);
}

static void put(const char *key, const char *text)
{
    assert_int_equal(put_or_not(key, text, /* forbid_overwrite= */ false), STORE_OK);
}

static enum store_result delete_object(const char *key)
{
    struct batch *batch = batch_new();
    objects_delete(batch, &bucket, span(key));
    return commit(batch);
}

static void object_holds(const char *key, const char *text)
{
    struct object o;
    assert_int_equal(objects_get(rows, &bucket, span(key), &o), STORE_OK);
    assert_true(cos_span_eq_str(o.key, key));
    assert_true(cos_span_eq_str(o.etag, "0cc175b9c0f1b6a831c399e269772661"));
    assert_int_equal(o.crc64, 7);
    assert_int_equal(o.mtime_unix_ms, 1000);
    assert_int_equal(o.bytes, strlen(text));
    assert_true(blob_holds(o.row->blob, text, strlen(text)));
    struct kept_headers rest = o.headers;
    struct object_header h;
    assert_true(kept_headers_next(&rest, &h));
    assert_true(cos_span_eq_str(h.value, "text/plain"));
    assert_true(kept_headers_next(&rest, &h));
    assert_true(cos_span_eq_str(h.name, "x-cos-meta-a"));
    assert_false(kept_headers_next(&rest, &h));
    (void)row_unref(o.row);
}

static uint64_t n_objects(void)
{
    uint64_t n = 0;
    assert_int_equal(objects_count(rows, &bucket, &n), STORE_OK);
    return n;
}

static uint64_t n_uploads(void)
{
    uint64_t n = 0;
    assert_int_equal(uploads_count(rows, &bucket, &n), STORE_OK);
    return n;
}

static void what_is_put_is_got_and_an_overwrite_replaces_it(void **state)
{
    struct object o = {.row = NULL};
    put("a", "one");
    object_holds("a", "one");
    put("a", "two");
    object_holds("a", "two");
    assert_int_equal(n_objects(), 1);
    assert_int_equal(objects_get(rows, &bucket, span("b"), &o), STORE_NO_KEY);
    assert_null(o.row);
}

static void an_object_may_have_no_bytes(void **state)
{
    put("a", "");
    object_holds("a", "");
}

static void a_reader_keeps_the_version_it_opened(void **state)
{
    put("a", "before");
    struct object o;
    assert_int_equal(objects_get(rows, &bucket, span("a"), &o), STORE_OK);
    put("a", "behind");
    assert_int_equal(delete_object("a"), STORE_OK);
    assert_true(blob_holds(o.row->blob, "before", 6));
    (void)row_unref(o.row);
}

static void forbidden_overwrite_leaves_the_old_object(void **state)
{
    put("a", "old");
    assert_int_equal(put_or_not("a", "new", /* forbid_overwrite= */ true), STORE_EXISTS);
    object_holds("a", "old");
    assert_int_equal(put_or_not("b", "new", /* forbid_overwrite= */ true), STORE_OK);
}

static void a_missing_key_is_deleted(void **state)
{
    put("a", "x");
    assert_int_equal(delete_object("a"), STORE_OK);
    assert_int_equal(delete_object("a"), STORE_OK);
    assert_int_equal(n_objects(), 0);
}

static void many_deletions_are_one_step(void **state)
{
    put("a", "x");
    put("b", "x");
    put("c", "x");
    struct batch *batch = batch_new();
    objects_delete(batch, &bucket, span("a"));
    objects_delete(batch, &bucket, span("b"));
    assert_int_equal(batch_n_expectations(batch), 1);
    assert_int_equal(commit(batch), STORE_OK);
    assert_int_equal(n_objects(), 1);
    object_holds("c", "x");
}

/* --- buckets --- */

static void no_bucket_is_named_by_every_reading(void **state)
{
    struct object o;
    struct upload u;
    struct store_list list;
    const struct store_list_query q = {.max_items = 1};
    uint64_t n;
    assert_int_equal(objects_get(rows, NULL, span("a"), &o), STORE_NO_BUCKET);
    assert_int_equal(uploads_get(rows, NULL, span("a"), span("u"), &u), STORE_NO_BUCKET);
    assert_int_equal(objects_list(rows, NULL, &q, &list), STORE_NO_BUCKET);
    assert_int_equal(uploads_list(rows, NULL, &q, &list), STORE_NO_BUCKET);
    assert_int_equal(objects_count(rows, NULL, &n), STORE_NO_BUCKET);
    assert_int_equal(uploads_count(rows, NULL, &n), STORE_NO_BUCKET);
}

static enum store_result drop(void)
{
    struct batch *batch = batch_new();
    bucket_drop(batch, &bucket);
    return commit(batch);
}

static enum store_result begin_or_not(const char *key, const char *id)
{
    static const struct object_header type[] = {{{"Content-Type", 12}, {"video/mp4", 9}}};
    const struct object_draft draft = {.key = span(key),
                                       .mtime_unix_ms = 5000,
                                       .headers = type,
                                       .n_headers = 1};
    struct batch *batch = batch_new();
    uploads_begin(batch, &bucket, span(id), &draft);
    return commit(batch);
}

static void begin(const char *key, const char *id)
{
    assert_int_equal(begin_or_not(key, id), STORE_OK);
}

static void put_document(const char *name, const char *text, enum store_result expected)
{
    struct batch *batch = batch_new();
    document_put(batch, &bucket, span(name), span(text));
    assert_int_equal(commit(batch), expected);
}

/* Whoever still holds it puts nothing into it, also when the name has a new owner. */
static void nothing_is_put_into_a_bucket_that_was_dropped(void **state)
{
    assert_int_equal(drop(), STORE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(put_or_not("a", "x", /* forbid_overwrite= */ false), STORE_NO_BUCKET);
        assert_int_equal(delete_object("a"), STORE_NO_BUCKET);
        assert_int_equal(begin_or_not("a", "u"), STORE_NO_BUCKET);
        put_document("policy", "{}", STORE_NO_BUCKET);
        assert_int_equal(drop(), STORE_NO_BUCKET);
        assert_int_equal(make_bucket(NAME, 6), i == 0 ? STORE_OK : STORE_EXISTS);
    }
    assert_int_equal(n_objects(), 0);
    assert_int_equal(n_uploads(), 0);
}

static struct upload open_upload(const char *key, const char *id)
{
    struct upload u;
    assert_int_equal(uploads_get(rows, &bucket, span(key), span(id), &u), STORE_OK);
    return u;
}

static enum store_result abort_upload(const char *key, const char *id)
{
    struct upload u = open_upload(key, id);
    struct batch *batch = batch_new();
    uploads_abort(batch, &bucket, &u);
    (void)row_unref(u.row);
    return commit(batch);
}

static void a_bucket_goes_only_when_it_is_empty(void **state)
{
    put("a", "x");
    assert_int_equal(drop(), STORE_NOT_EMPTY);
    assert_int_equal(delete_object("a"), STORE_OK);
    begin("a", "u");
    assert_int_equal(drop(), STORE_NOT_EMPTY);
    assert_int_equal(abort_upload("a", "u"), STORE_OK);
    assert_int_equal(drop(), STORE_OK);
}

static enum scan_next count_row(void *ctx, struct row *row, struct cos_span *seek)
{
    ++*(size_t *)ctx;
    return SCAN_NEXT;
}

static void a_bucket_takes_its_documents_along_and_leaves_nothing(void **state)
{
    size_t n = 0;
    put_document("policy", "{}", STORE_OK);
    assert_int_equal(drop(), STORE_OK);
    assert_int_equal(rows->ops->scan(rows, COS_SPAN_EMPTY, COS_SPAN_EMPTY, count_row, &n),
                     BACKEND_OK);
    assert_int_equal(n, 0);
}

static void a_bucket_is_read_as_it_was_made(void **state)
{
    struct bucket_facts facts;
    assert_true(bucket_read(bucket.row, &facts));
    assert_int_equal(facts.id, 5);
    assert_true(cos_span_eq_str(facts.region, "ap-guangzhou"));
    assert_true(cos_span_eq_str(facts.owner_uin, "100000000001"));
    assert_true(cos_span_eq_str(facts.appid, "1250000000"));
    assert_int_equal(facts.created_unix_ms, 77);
}

/* --- listing --- */

static const char *const listed_keys[] = {
    "a", "b/", "b/1", "b/2", "b/c/3", "c", "d/1", "d0", "\xC3\xA9", "\xE4\xB8\xAD/x",
};
static const struct listing {
    const char *name, *prefix, *delimiter, *marker;
    unsigned max;
    bool is_truncated;
    /* keys, and common prefixes in brackets, with blanks between */
    const char *expected;
} listings[] = {
    {"everything", "", "", "", 100, false,
     "a b/ b/1 b/2 b/c/3 c d/1 d0 \xC3\xA9 \xE4\xB8\xAD/x"},
    {"delimiter", "", "/", "", 100, false, "a [b/] c [d/] d0 \xC3\xA9 [\xE4\xB8\xAD/]"},
    {"prefix and delimiter", "b/", "/", "", 100, false, "b/ b/1 b/2 [b/c/]"},
    {"prefix without delimiter at its end", "b", "/", "", 100, false, "[b/]"},
    {"prefix of nothing", "zz", "/", "", 100, false, ""},
    {"prefix inside a character", "\xC3", "", "", 100, false, "\xC3\xA9"},
    {"common prefixes count", "", "/", "", 2, true, "a [b/]"},
    {"marker is exclusive", "", "", "b/1", 2, true, "b/2 b/c/3"},
    {"marker need not exist", "", "", "b/10", 2, true, "b/2 b/c/3"},
    {"marker that is a common prefix skips it", "", "/", "b/", 2, true, "c [d/]"},
    {"marker inside a common prefix: keys behind it still roll up", "", "/", "b/1", 2, true,
     "[b/] c"},
    {"marker that is a key and no common prefix", "b/", "/", "b/", 2, true, "b/1 b/2"},
    {"marker before the prefix", "d", "", "a", 100, false, "d/1 d0"},
    {"marker behind the prefix", "b", "", "c", 100, false, ""},
    {"marker is the last key", "", "", "\xE4\xB8\xAD/x", 100, false, ""},
    {"page ends exactly at the end", "", "", "", 10, false,
     "a b/ b/1 b/2 b/c/3 c d/1 d0 \xC3\xA9 \xE4\xB8\xAD/x"},
    {"nothing wanted", "", "", "", 0, false, ""},
    {"delimiter of several bytes", "", "\xB8\xAD/", "\xC3\xA9", 100, false, "[\xE4\xB8\xAD/]"},
};

/* Names, common prefixes in brackets, with blanks between. */
static void print_list(char *out, size_t cap, const struct store_list *list)
{
    out[0] = '\0';
    size_t at = 0;
    for (size_t i = 0; i < list->n_items; i++) {
        const struct store_list_item *item = &list->items[i];
        int n = snprintf(out + at, cap - at,
                         item->is_prefix ? "%s[" COS_SPAN_FMT "]" : "%s" COS_SPAN_FMT,
                         i == 0 ? "" : " ", COS_SPAN_ARG(item->name));
        at += (size_t)n;
        assert_true(at < cap);
    }
}

typedef enum store_result list_rows(struct backend *rows, const struct store_bucket *b,
                                    const struct store_list_query *q, struct store_list *out);

static void expect_listings(list_rows *list_all)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(listings); i++) {
        const struct listing *row = &listings[i];
        const struct store_list_query q = {.prefix = span(row->prefix),
                                           .delimiter = span(row->delimiter),
                                           .marker = span(row->marker),
                                           .max_items = row->max};
        struct store_list list;
        assert_int_equal(list_all(rows, &bucket, &q, &list), STORE_OK);
        char got[512];
        print_list(got, sizeof(got), &list);
        if (strcmp(got, row->expected) != 0 || list.is_truncated != row->is_truncated) {
            fail_msg("%s: got \"%s\", truncated %d", row->name, got, list.is_truncated);
        }
        store_list_deinit(&list);
    }
}

static void listing_follows_the_documented_rules(void **state)
{
    for (size_t i = COS_ARRAY_LEN(listed_keys); i-- > 0;) {
        put(listed_keys[i], "x");
    }
    expect_listings(objects_list);
}

/* ListMultipartUploads has the same parameters, and without an id marker the same rules. */
static void uploads_are_listed_by_the_same_rules(void **state)
{
    for (size_t i = COS_ARRAY_LEN(listed_keys); i-- > 0;) {
        begin(listed_keys[i], "id");
    }
    expect_listings(uploads_list);
}

/* Following markers to the end gives each entry once, whatever the page size. */
static void pages_of_every_size_join_to_the_whole(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(listed_keys); i++) {
        put(listed_keys[i], "x");
    }
    for (unsigned max = 1; max <= 10; max++) {
        char all[1024] = "";
        char marker[64] = "";
        bool is_truncated = true;
        while (is_truncated) {
            const struct store_list_query q = {.delimiter = COS_SPAN_LIT("/"),
                                               .prefix = COS_SPAN_EMPTY,
                                               .marker = span(marker),
                                               .max_items = max};
            struct store_list list;
            assert_int_equal(objects_list(rows, &bucket, &q, &list), STORE_OK);
            char page[256];
            print_list(page, sizeof(page), &list);
            size_t at = strlen(all);
            assert_true(at < 512);
            (void)snprintf(all + at, 512, "%s%s", at == 0 ? "" : " ", page);
            is_truncated = list.is_truncated;
            (void)snprintf(marker, sizeof(marker), COS_SPAN_FMT,
                           COS_SPAN_ARG(list.items[list.n_items - 1].name));
            store_list_deinit(&list);
        }
        assert_string_equal(all, "a [b/] c [d/] d0 \xC3\xA9 [\xE4\xB8\xAD/]");
    }
}

/* The last bytes there are: nothing comes behind them that a page could skip to. */
static void names_of_the_last_bytes_end_a_page(void **state)
{
    const struct store_list_query q = {.delimiter = COS_SPAN_LIT("\xFF"), .max_items = 10};
    struct store_list list;
    put("\xFF\xFF", "x");
    put("\xFF\xFF\xFF", "x");
    assert_int_equal(objects_list(rows, &bucket, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 1);
    assert_true(list.items[0].is_prefix);
    store_list_deinit(&list);
}

static void a_marker_longer_than_any_key_ends_a_page(void **state)
{
    char marker[5000];
    memset(marker, 'z', sizeof(marker));
    const struct store_list_query q = {.marker = cos_span_make(marker, sizeof(marker)),
                                       .max_items = 10};
    struct store_list list;
    put("a", "x");
    assert_int_equal(objects_list(rows, &bucket, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    store_list_deinit(&list);
}

static void a_bucket_lists_its_own(void **state)
{
    struct store_bucket other = {.id = 6};
    const struct store_list_query q = {.max_items = 10};
    struct store_list list;
    assert_int_equal(make_bucket(COS_SPAN_LIT("other-1250000000"), 6), STORE_OK);
    assert_int_equal(rows->ops->get(rows, COS_SPAN_LIT("bother-1250000000"), &other.row),
                     BACKEND_OK);
    put("a", "x");
    begin("a", "u");
    assert_int_equal(objects_list(rows, &other, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    assert_int_equal(uploads_list(rows, &other, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    (void)row_unref(other.row);
}

/* --- multipart --- */

static enum store_result put_part(const char *key, const char *id, unsigned number,
                                  const char *text)
{
    const struct part_draft part = {.number = number,
                                    .blob = backend_blob(rows, text, strlen(text)),
                                    .etag = span(text),
                                    .mtime_unix_ms = 9};
    struct upload u = open_upload(key, id);
    struct batch *batch = batch_new();
    uploads_put_part(batch, &bucket, &u, &part);
    (void)row_unref(u.row);
    return commit(batch);
}

static struct upload_parts parts_of(const char *key, const char *id, unsigned marker,
                                    unsigned max)
{
    struct upload_parts parts;
    struct upload u = open_upload(key, id);
    const struct upload_parts_query q = {.marker = marker, .max = max};
    assert_int_equal(uploads_parts(rows, &bucket, &u, &q, &parts), STORE_OK);
    (void)row_unref(u.row);
    return parts;
}

static void parts_come_back_in_order_and_the_last_of_a_number_counts(void **state)
{
    static const unsigned numbers[] = {1, 2, 300, 10000};
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 300, "three"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 10000, "last"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 2, "two"), STORE_OK);
    assert_int_equal(put_part("k", "id1", 2, "again"), STORE_OK);
    struct upload_parts parts = parts_of("k", "id1", 0, 10000);
    assert_int_equal(parts.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(parts.items[i].number, numbers[i]);
    }
    assert_true(blob_holds(parts.items[1].row->blob, "again", 5));
    assert_int_equal(parts.items[1].bytes, 5);
    assert_true(cos_span_eq_str(parts.items[1].etag, "again"));
    assert_int_equal(parts.items[1].mtime_unix_ms, 9);
    uploads_parts_deinit(&parts);
}

static void parts_come_a_page_at_a_time(void **state)
{
    begin("k", "id1");
    for (unsigned number = 1; number <= 3; number++) {
        assert_int_equal(put_part("k", "id1", number, "x"), STORE_OK);
    }
    static const struct {
        const char *name;
        unsigned marker, max, n, first;
        bool is_truncated;
    } pages[] = {
        {"the first", 0, 2, 2, 1, true},      {"the rest", 2, 2, 1, 3, false},
        {"to the end", 1, 2, 2, 2, false},    {"behind the end", 3, 2, 0, 0, false},
        {"no number", 65536, 2, 0, 0, false}, {"none", 0, 0, 0, 0, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(pages); i++) {
        struct upload_parts parts = parts_of("k", "id1", pages[i].marker, pages[i].max);
        if (parts.n != pages[i].n || parts.is_truncated != pages[i].is_truncated ||
            (parts.n > 0 && parts.items[0].number != pages[i].first)) {
            fail_msg("%s: %zu parts, truncated %d", pages[i].name, parts.n, parts.is_truncated);
        }
        uploads_parts_deinit(&parts);
    }
}

static void parts_are_no_object_before_complete(void **state)
{
    const struct store_list_query q = {.max_items = 10};
    struct object o;
    struct store_list list;
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    assert_int_equal(objects_get(rows, &bucket, span("k"), &o), STORE_NO_KEY);
    assert_int_equal(objects_list(rows, &bucket, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    assert_int_equal(n_objects(), 0);
    assert_int_equal(n_uploads(), 1);
}

/* The batch that completes with the parts there are. */
static struct batch *complete_batch(const char *key, const char *id, const char *text,
                                    bool forbids_overwrite)
{
    struct upload u = open_upload(key, id);
    struct upload_parts parts = parts_of(key, id, 0, 10);
    const struct upload_part *chosen[10];
    for (size_t i = 0; i < parts.n; i++) {
        chosen[i] = &parts.items[i];
    }
    const struct object_draft draft = draft_of(key, text);
    const struct upload_completion c = {.upload = &u,
                                        .parts = chosen,
                                        .n_parts = parts.n,
                                        .draft = &draft,
                                        .forbids_overwrite = forbids_overwrite};
    struct batch *batch = batch_new();
    uploads_complete(batch, &bucket, &c);
    uploads_parts_deinit(&parts);
    (void)row_unref(u.row);
    return batch;
}

static void complete_happens_once(void **state)
{
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    struct upload u = open_upload("k", "id1");
    struct batch *first = complete_batch("k", "id1", "one", /* forbids_overwrite= */ false);
    struct batch *late = complete_batch("k", "id1", "late", /* forbids_overwrite= */ false);
    struct batch *part = batch_new();
    uploads_put_part(part, &bucket, &u,
                     &(struct part_draft){.number = 2, .etag = COS_SPAN_LIT("two")});
    assert_int_equal(commit(first), STORE_OK);
    object_holds("k", "one");
    assert_int_equal(commit(late), STORE_NO_UPLOAD);
    object_holds("k", "one");
    assert_int_equal(commit(part), STORE_NO_UPLOAD);
    assert_int_equal(n_uploads(), 0);
    assert_int_equal(drop(), STORE_NOT_EMPTY);
    assert_int_equal(delete_object("k"), STORE_OK);
    assert_int_equal(drop(), STORE_OK);
    (void)row_unref(u.row);
}

/* The object would be made of bytes that nobody has chosen. */
static void a_part_that_comes_meanwhile_stops_complete(void **state)
{
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    struct batch *batch = complete_batch("k", "id1", "one", /* forbids_overwrite= */ false);
    assert_int_equal(put_part("k", "id1", 1, "other"), STORE_OK);
    assert_int_equal(commit(batch), STORE_PART_CHANGED);
    assert_int_equal(n_objects(), 0);
    assert_int_equal(n_uploads(), 1);
}

static void a_forbidden_complete_keeps_the_upload(void **state)
{
    put("k", "old");
    begin("k", "id1");
    assert_int_equal(commit(complete_batch("k", "id1", "new", /* forbids_overwrite= */ true)),
                     STORE_EXISTS);
    object_holds("k", "old");
    assert_int_equal(n_uploads(), 1);
}

static void an_upload_belongs_to_its_key(void **state)
{
    struct upload u;
    begin("k", "id1");
    assert_int_equal(uploads_get(rows, &bucket, span("other"), span("id1"), &u),
                     STORE_NO_UPLOAD);
    assert_int_equal(uploads_get(rows, &bucket, span("k"), span("id2"), &u), STORE_NO_UPLOAD);
    assert_int_equal(uploads_get(rows, &bucket, span("k"), span("id"), &u), STORE_NO_UPLOAD);
    u = open_upload("k", "id1");
    struct object_header h;
    assert_true(kept_headers_next(&u.headers, &h));
    assert_true(cos_span_eq_str(h.value, "video/mp4"));
    assert_true(cos_span_eq_str(u.key, "k"));
    assert_true(cos_span_eq_str(u.id, "id1"));
    assert_int_equal(u.initiated_unix_ms, 5000);
    (void)row_unref(u.row);
}

static void an_id_is_begun_once(void **state)
{
    begin("k", "id1");
    assert_int_equal(begin_or_not("k", "id1"), STORE_EXISTS);
}

static void abort_forgets_the_parts(void **state)
{
    struct upload u;
    begin("k", "id1");
    assert_int_equal(put_part("k", "id1", 1, "one"), STORE_OK);
    assert_int_equal(abort_upload("k", "id1"), STORE_OK);
    assert_int_equal(uploads_get(rows, &bucket, span("k"), span("id1"), &u), STORE_NO_UPLOAD);
    begin("k", "id1"); /* the same id again starts empty */
    struct upload_parts parts = parts_of("k", "id1", 0, 10);
    assert_int_equal(parts.n, 0);
    uploads_parts_deinit(&parts);
}

static void expect_uploads(const struct store_list_query *q, const char *expected)
{
    char got[256] = "";
    struct store_list list;
    assert_int_equal(uploads_list(rows, &bucket, q, &list), STORE_OK);
    for (size_t i = 0; i < list.n_items; i++) {
        struct upload u;
        size_t at = strlen(got);
        assert_true(upload_read(list.items[i].row, &u));
        (void)snprintf(got + at, sizeof(got) - at, " " COS_SPAN_FMT ":" COS_SPAN_FMT,
                       COS_SPAN_ARG(u.key), COS_SPAN_ARG(u.id));
    }
    assert_string_equal(got, expected);
    store_list_deinit(&list);
}

static void uploads_come_in_key_and_id_order(void **state)
{
    begin("k", "3");
    begin("z", "2");
    begin("a", "4");
    begin("k", "1");
    expect_uploads(&(struct store_list_query){.max_items = 10}, " a:4 k:1 k:3 z:2");
    expect_uploads(&(struct store_list_query){.marker = COS_SPAN_LIT("k"), .max_items = 10},
                   " z:2");
    expect_uploads(&(struct store_list_query){.marker = COS_SPAN_LIT("k"),
                                              .id_marker = COS_SPAN_LIT("1"),
                                              .max_items = 10},
                   " k:3 z:2");
    expect_uploads(&(struct store_list_query){.marker = COS_SPAN_LIT("j"),
                                              .id_marker = COS_SPAN_LIT("9"),
                                              .max_items = 2},
                   " k:1 k:3");
}

/* --- damage --- */

static void damage(struct cos_span key, const char *value)
{
    struct batch *batch = batch_new();
    batch_put(batch, key, span(value), /* blob= */ NULL);
    assert_int_equal(commit(batch), STORE_OK);
}

static void a_damaged_row_is_an_error_and_nothing_else(void **state)
{
    struct object o;
    struct upload u;
    struct store_list list;
    const struct store_list_query q = {.max_items = 10};
    damage(COS_SPAN_LIT("o\0\0\0\x05k"), "nonsense");
    damage(COS_SPAN_LIT("u\0\0\0\x05k\0\0id"), "nonsense");
    damage(COS_SPAN_LIT("u\0\0\0\x05no end"), "nonsense");
    assert_int_equal(objects_get(rows, &bucket, span("k"), &o), STORE_IO);
    assert_int_equal(uploads_get(rows, &bucket, span("k"), span("id"), &u), STORE_IO);
    assert_int_equal(uploads_list(rows, &bucket, &q, &list), STORE_IO);
    begin("p", "id");
    assert_int_equal(put_part("p", "id", 1, "x"), STORE_OK);
    damage(COS_SPAN_LIT("p\0\0\0\x05p\0\0id\0\0\0\x01"), "nonsense");
    struct upload_parts parts;
    u = open_upload("p", "id");
    assert_int_equal(uploads_parts(rows, &bucket, &u, &(struct upload_parts_query){.max = 1},
                                   &parts),
                     STORE_IO);
    (void)row_unref(u.row);
}

/* --- memory --- */

static enum store_result commit_if_made(struct batch *batch)
{
    return batch == NULL ? STORE_NOMEM : commit(batch);
}

static struct blob *blob_to_put; /* made before memory runs out */

static enum store_result try_put(void)
{
    const struct object_draft draft = {.key = COS_SPAN_LIT("new"),
                                       .etag = COS_SPAN_LIT("e"),
                                       .headers = headers,
                                       .n_headers = 2,
                                       .blob = blob_ref(blob_to_put)};
    struct batch *batch = batch_new();
    if (batch == NULL) {
        blob_unref(draft.blob);
        return STORE_NOMEM;
    }
    objects_put(batch, &bucket, &draft, /* forbid_overwrite= */ false);
    return commit(batch);
}

static enum store_result try_delete(void)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        objects_delete(batch, &bucket, span("nobody"));
    }
    return commit_if_made(batch);
}

static enum store_result try_list(void)
{
    const struct store_list_query q = {.delimiter = COS_SPAN_LIT("/"), .max_items = 100};
    struct store_list list;
    enum store_result r = objects_list(rows, &bucket, &q, &list);
    store_list_deinit(&list);
    return r;
}

static enum store_result try_begin(void)
{
    const struct object_draft draft = {.key = COS_SPAN_LIT("k"),
                                       .headers = headers,
                                       .n_headers = 2};
    struct batch *batch = batch_new();
    if (batch != NULL) {
        uploads_begin(batch, &bucket, span("id2"), &draft);
    }
    return commit_if_made(batch);
}

static struct upload upload_to_fill; /* opened before memory runs out */

static enum store_result try_part(void)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        uploads_put_part(batch, &bucket, &upload_to_fill,
                         &(struct part_draft){.number = 1, .etag = COS_SPAN_LIT("e")});
    }
    return commit_if_made(batch);
}

static enum store_result try_parts(void)
{
    struct upload_parts parts;
    enum store_result r = uploads_parts(rows, &bucket, &upload_to_fill,
                                        &(struct upload_parts_query){.max = 9}, &parts);
    uploads_parts_deinit(&parts);
    return r;
}

static enum store_result try_uploads(void)
{
    struct store_list list;
    enum store_result r =
        uploads_list(rows, &bucket, &(struct store_list_query){.max_items = 9}, &list);
    store_list_deinit(&list);
    return r;
}

static enum store_result try_bucket(void)
{
    const struct bucket_facts facts = {.id = 9};
    struct batch *batch = batch_new();
    if (batch != NULL) {
        bucket_put(batch, COS_SPAN_LIT("second"), &facts);
    }
    return commit_if_made(batch);
}

static enum store_result try_document(void)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        document_put(batch, &bucket, span("policy"), span("{}"));
    }
    return commit_if_made(batch);
}

/* Allocation n of the call fails, for every n: it says so or succeeds, and never half. */
static void without_memory_a_call_changes_nothing(void **state)
{
    static const struct {
        const char *name;
        enum store_result (*call)(void);
    } calls[] = {
        {"list", try_list},       {"put_part", try_part}, {"parts", try_parts},
        {"uploads", try_uploads}, {"begin", try_begin},   {"put", try_put},
        {"delete", try_delete},   {"bucket", try_bucket}, {"document", try_document},
    };
    put("a", "x");
    put("b/1", "x");
    begin("k", "id1");
    upload_to_fill = open_upload("k", "id1");
    blob_to_put = backend_blob(rows, "x", 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        enum store_result r = STORE_NOMEM;
        uint64_t objects = n_objects();
        uint64_t uploads = n_uploads();
        for (uint64_t nth = 1; r == STORE_NOMEM; nth++) {
            assert_true(nth < 50);
            cos_alloc_fail_nth(nth);
            r = calls[i].call();
            cos_alloc_fail_nth(0);
            if (r == STORE_NOMEM) {
                assert_int_equal(n_objects(), objects);
                assert_int_equal(n_uploads(), uploads);
            } else if (r != STORE_OK) {
                fail_msg("%s: %d", calls[i].name, r);
            }
        }
    }
    (void)row_unref(upload_to_fill.row);
    blob_to_put = blob_unref(blob_to_put);
}

/* --- threads --- */

static void *write_one_letter(void *letter)
{
    char text[4097];
    memset(text, *(const char *)letter, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < ROUNDS; i++) {
        struct object o;
        if (put_or_not("shared", text, /* forbid_overwrite= */ false) != STORE_OK ||
            objects_get(rows, &bucket, span("shared"), &o) != STORE_OK) {
            return NULL;
        }
        char got[4096];
        bool is_whole = blob_read(o.row->blob, 0, got, sizeof(got)) == sizeof(got);
        (void)row_unref(o.row);
        if (!is_whole || got[0] != got[4095] || got[0] != got[2047]) {
            return NULL;
        }
    }
    return letter;
}

/* MK-35 */
static void sixteen_writers_of_one_key_never_mix(void **state)
{
    static char letters[WRITERS];
    pthread_t threads[WRITERS];
    for (size_t i = 0; i < WRITERS; i++) {
        letters[i] = (char)('A' + i);
        assert_int_equal(pthread_create(&threads[i], NULL, write_one_letter, &letters[i]), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &letters[i]);
    }
    struct object o;
    char got[4096];
    assert_int_equal(objects_get(rows, &bucket, span("shared"), &o), STORE_OK);
    assert_int_equal(o.bytes, sizeof(got));
    assert_int_equal(blob_read(o.row->blob, 0, got, sizeof(got)), sizeof(got));
    for (size_t i = 1; i < sizeof(got); i++) {
        assert_int_equal(got[i], got[0]);
    }
    (void)row_unref(o.row);
    assert_int_equal(n_objects(), 1);
}

#define CONTRACT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CONTRACT(what_is_put_is_got_and_an_overwrite_replaces_it),
        CONTRACT(an_object_may_have_no_bytes),
        CONTRACT(a_reader_keeps_the_version_it_opened),
        CONTRACT(forbidden_overwrite_leaves_the_old_object),
        CONTRACT(a_missing_key_is_deleted),
        CONTRACT(many_deletions_are_one_step),
        CONTRACT(no_bucket_is_named_by_every_reading),
        CONTRACT(nothing_is_put_into_a_bucket_that_was_dropped),
        CONTRACT(a_bucket_goes_only_when_it_is_empty),
        CONTRACT(a_bucket_takes_its_documents_along_and_leaves_nothing),
        CONTRACT(a_bucket_is_read_as_it_was_made),
        CONTRACT(listing_follows_the_documented_rules),
        CONTRACT(uploads_are_listed_by_the_same_rules),
        CONTRACT(pages_of_every_size_join_to_the_whole),
        CONTRACT(names_of_the_last_bytes_end_a_page),
        CONTRACT(a_marker_longer_than_any_key_ends_a_page),
        CONTRACT(a_bucket_lists_its_own),
        CONTRACT(parts_come_back_in_order_and_the_last_of_a_number_counts),
        CONTRACT(parts_come_a_page_at_a_time),
        CONTRACT(parts_are_no_object_before_complete),
        CONTRACT(complete_happens_once),
        CONTRACT(a_part_that_comes_meanwhile_stops_complete),
        CONTRACT(a_forbidden_complete_keeps_the_upload),
        CONTRACT(an_upload_belongs_to_its_key),
        CONTRACT(an_id_is_begun_once),
        CONTRACT(abort_forgets_the_parts),
        CONTRACT(uploads_come_in_key_and_id_order),
        CONTRACT(a_damaged_row_is_an_error_and_nothing_else),
        CONTRACT(without_memory_a_call_changes_nothing),
        CONTRACT(sixteen_writers_of_one_key_never_mix),
    };
    kind = backend_kind_of(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name("objects", tests, NULL, NULL);
}
