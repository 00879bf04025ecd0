/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of struct store_ops, run against every store there is. What a store promises
 * stands in store/store.h; the listing rules are those of List Objects v1 (cos-wire.md s.2.1).
 */
#include "store/store.h"

#include "cosbase/alloc.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WRITERS 16
#define ROUNDS 200

static const struct {
    const char *name;
    struct store *(*make)(struct budget *budget);
} stores[] = {
    {"memory", store_memory_new},
};

static struct store *the_store; /* of the running test; set up and torn down around each */
static struct store_bucket *the_bucket;
static size_t store_number;

static int set_up(void **state)
{
    the_store = stores[store_number].make(/* budget: */ NULL);
    return the_store == NULL || (the_bucket = the_store->ops->bucket_new(the_store)) == NULL;
}

static int tear_down(void **state)
{
    the_store->ops->bucket_free(the_store, the_bucket);
    the_store = the_store->ops->free(the_store);
    return 0;
}

static struct cos_span span(const char *s)
{
    return cos_span_of(s);
}

static struct blob *blob_of(const char *text)
{
    struct blob_writer *w = blob_writer_new(strlen(text), /* budget: */ NULL);
    assert_int_equal(blob_writer_add(w, text, strlen(text)), 0);
    return blob_writer_done(w);
}

static struct object *object_of(const char *key, const char *text)
{
    static const char etag[] = "0cc175b9c0f1b6a831c399e269772661";
    struct object_header headers[] = {{(char[]){"Content-Type"}, (char[]){"text/plain"}},
                                      {(char[]){"x-cos-meta-a"}, (char[]){""}}};
    struct object *o = object_new(span(key), blob_of(text), etag, 7, 1000, headers, 2);
    assert_non_null(o);
    return o;
}

static void put(const char *key, const char *text)
{
    assert_int_equal(the_store->ops->put(the_store, the_bucket, object_of(key, text),
                                         /* forbid= */ false),
                     STORE_OK);
}

static void object_holds(const char *key, const char *text)
{
    struct object *o = NULL;
    assert_int_equal(the_store->ops->get(the_store, the_bucket, span(key), &o), STORE_OK);
    assert_string_equal(o->key, key);
    assert_int_equal(o->bytes, strlen(text));
    size_t n;
    assert_memory_equal(blob_peek(o->blob, 0, &n), text, o->bytes);
    assert_string_equal(o->headers[0].value, "text/plain");
    assert_string_equal(o->headers[1].name, "x-cos-meta-a");
    object_unref(o);
}

static void what_is_put_is_got_and_an_overwrite_replaces_it(void **state)
{
    put("a", "one");
    object_holds("a", "one");
    put("a", "two");
    object_holds("a", "two");
    assert_int_equal(the_store->ops->count(the_store, the_bucket), 1);
    struct object *o = NULL;
    assert_int_equal(the_store->ops->get(the_store, the_bucket, span("b"), &o), STORE_NO_KEY);
    assert_null(o);
}

static void a_reader_keeps_the_version_it_opened(void **state)
{
    put("a", "before");
    struct object *o;
    assert_int_equal(the_store->ops->get(the_store, the_bucket, span("a"), &o), STORE_OK);
    put("a", "behind");
    assert_int_equal(the_store->ops->del(the_store, the_bucket, span("a")), STORE_OK);
    size_t n;
    assert_memory_equal(blob_peek(o->blob, 0, &n), "before", 6);
    object_unref(o);
}

static void forbidden_overwrite_leaves_the_old_object(void **state)
{
    put("a", "old");
    struct object *o = object_of("a", "new");
    assert_int_equal(the_store->ops->put(the_store, the_bucket, o, /* forbid= */ true),
                     STORE_EXISTS);
    object_unref(o);
    object_holds("a", "old");
    o = object_of("b", "new");
    assert_int_equal(the_store->ops->put(the_store, the_bucket, o, /* forbid= */ true),
                     STORE_OK);
}

static void deleting_tells_a_missing_key(void **state)
{
    put("a", "x");
    assert_int_equal(the_store->ops->del(the_store, the_bucket, span("a")), STORE_OK);
    assert_int_equal(the_store->ops->del(the_store, the_bucket, span("a")), STORE_NO_KEY);
    assert_int_equal(the_store->ops->count(the_store, the_bucket), 0);
}

static void say_no_bucket(struct store_bucket *none)
{
    const struct store_ops *ops = the_store->ops;
    struct store_list_query q = {.max_items = 1};
    struct upload_part part = {.number = 1};
    struct object *o;
    assert_int_equal(ops->get(the_store, none, span("a"), &o), STORE_NO_BUCKET);
    assert_int_equal(ops->del(the_store, none, span("a")), STORE_NO_BUCKET);
    struct store_list list;
    assert_int_equal(ops->list(the_store, none, &q, &list), STORE_NO_BUCKET);
    struct store_uploads uploads;
    assert_int_equal(ops->uploads(the_store, none, &uploads), STORE_NO_BUCKET);
    assert_int_equal(ops->upload_begin(the_store, none, "u", span("a"), 0, NULL, 0),
                     STORE_NO_BUCKET);
    struct upload *u;
    assert_int_equal(ops->upload_get(the_store, none, span("a"), "u", &u), STORE_NO_BUCKET);
    assert_int_equal(ops->upload_part(the_store, none, span("a"), "u", &part), STORE_NO_BUCKET);
    struct upload_part *parts;
    size_t n;
    assert_int_equal(ops->upload_parts(the_store, none, span("a"), "u", &parts, &n),
                     STORE_NO_BUCKET);
    assert_int_equal(ops->upload_abort(the_store, none, span("a"), "u"), STORE_NO_BUCKET);
    assert_int_equal(ops->bucket_remove(the_store, none), STORE_NO_BUCKET);
    assert_int_equal(ops->count(the_store, none), -1);
    assert_int_equal(ops->upload_count(the_store, none), -1);
    o = object_of("a", "x");
    assert_int_equal(ops->put(the_store, none, o, false), STORE_NO_BUCKET);
    assert_int_equal(ops->upload_complete(the_store, none, "u", o, false), STORE_NO_BUCKET);
    object_unref(o);
}

static void an_unknown_bucket_is_named_by_every_call(void **state)
{
    say_no_bucket(NULL);
}

/* Whoever still holds it finds nothing in it, and puts nothing into it. */
static void a_removed_bucket_is_named_by_every_call(void **state)
{
    assert_int_equal(the_store->ops->bucket_remove(the_store, the_bucket), STORE_OK);
    say_no_bucket(the_bucket);
}

static void a_bucket_goes_only_when_it_is_empty(void **state)
{
    const struct store_ops *ops = the_store->ops;
    put("a", "x");
    assert_int_equal(ops->bucket_remove(the_store, the_bucket), STORE_NOT_EMPTY);
    assert_int_equal(ops->del(the_store, the_bucket, span("a")), STORE_OK);
    assert_int_equal(ops->upload_begin(the_store, the_bucket, "u", span("a"), 0, NULL, 0),
                     STORE_OK);
    assert_int_equal(ops->bucket_remove(the_store, the_bucket), STORE_NOT_EMPTY);
    assert_int_equal(ops->upload_abort(the_store, the_bucket, span("a"), "u"), STORE_OK);
    assert_int_equal(ops->bucket_remove(the_store, the_bucket), STORE_OK);
    assert_int_equal(ops->count(the_store, the_bucket), -1);
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

static void print_list(char *out, size_t cap, const struct store_list *list)
{
    out[0] = '\0';
    size_t at = 0;
    for (size_t i = 0; i < list->n_items; i++) {
        const struct store_list_item *item = &list->items[i];
        const char *gap = i == 0 ? "" : " ";
        int n = item->object != NULL
                    ? snprintf(out + at, cap - at, "%s%s", gap, item->object->key)
                    : snprintf(out + at, cap - at, "%s[%.*s]", gap, COS_SPAN_ARG(item->prefix));
        at += (size_t)n;
        assert_true(at < cap);
    }
}

static void listing_follows_the_documented_rules(void **state)
{
    for (size_t i = COS_ARRAY_LEN(listed_keys); i-- > 0;) {
        put(listed_keys[i], "x");
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(listings); i++) {
        const struct listing *row = &listings[i];
        struct store_list_query q = {span(row->prefix), span(row->delimiter), span(row->marker),
                                     row->max};
        struct store_list list = {0};
        assert_int_equal(the_store->ops->list(the_store, the_bucket, &q, &list), STORE_OK);
        char got[512];
        print_list(got, sizeof(got), &list);
        if (strcmp(got, row->expected) != 0 || list.is_truncated != row->is_truncated) {
            fail_msg("%s: got \"%s\", truncated %d", row->name, got, list.is_truncated);
        }
        store_list_deinit(&list);
    }
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
            struct store_list_query q = {span(""), span("/"), span(marker), max};
            struct store_list list;
            assert_int_equal(the_store->ops->list(the_store, the_bucket, &q, &list), STORE_OK);
            char page[256];
            print_list(page, sizeof(page), &list);
            size_t at = strlen(all);
            assert_true(at < 512);
            (void)snprintf(all + at, 512, "%s%s", at == 0 ? "" : " ", page);
            is_truncated = list.is_truncated;
            const struct store_list_item *last = &list.items[list.n_items - 1];
            struct cos_span next =
                last->object != NULL ? span(last->object->key) : last->prefix;
            (void)snprintf(marker, sizeof(marker), "%.*s", COS_SPAN_ARG(next));
            store_list_deinit(&list);
        }
        assert_string_equal(all, "a [b/] c [d/] d0 \xC3\xA9 [\xE4\xB8\xAD/]");
    }
}

/* --- multipart --- */

static void put_part(const char *key, const char *id, unsigned number, const char *text,
                     enum store_result expected)
{
    struct upload_part part = {.number = number, .blob = blob_of(text), .bytes = strlen(text)};
    enum store_result r =
        the_store->ops->upload_part(the_store, the_bucket, span(key), id, &part);
    if (r != STORE_OK) {
        blob_unref(part.blob);
    }
    assert_int_equal(r, expected);
}

static void begin(const char *key, const char *id)
{
    struct object_header h = {(char[]){"Content-Type"}, (char[]){"video/mp4"}};
    assert_int_equal(the_store->ops->upload_begin(the_store, the_bucket, id, span(key), 5000,
                                                  &h, 1),
                     STORE_OK);
}

static void parts_come_back_in_order_and_the_last_of_a_number_counts(void **state)
{
    begin("k", "id1");
    put_part("k", "id1", 3, "three", STORE_OK);
    put_part("k", "id1", 1, "one", STORE_OK);
    put_part("k", "id1", 2, "two", STORE_OK);
    put_part("k", "id1", 2, "again", STORE_OK);
    struct upload_part *parts;
    size_t n;
    assert_int_equal(the_store->ops->upload_parts(the_store, the_bucket, span("k"), "id1",
                                                  &parts, &n),
                     STORE_OK);
    assert_int_equal(n, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(parts[i].number, i + 1);
    }
    size_t bytes;
    assert_memory_equal(blob_peek(parts[1].blob, 0, &bytes), "again", 5);
    store_parts_free(parts, n);
}

static void parts_are_no_object_before_complete(void **state)
{
    struct store_list_query q = {.max_items = 10};
    begin("k", "id1");
    put_part("k", "id1", 1, "one", STORE_OK);
    struct object *o;
    assert_int_equal(the_store->ops->get(the_store, the_bucket, span("k"), &o), STORE_NO_KEY);
    struct store_list list;
    assert_int_equal(the_store->ops->list(the_store, the_bucket, &q, &list), STORE_OK);
    assert_int_equal(list.n_items, 0);
    store_list_deinit(&list);
    assert_int_equal(the_store->ops->count(the_store, the_bucket), 0);
    assert_int_equal(the_store->ops->upload_count(the_store, the_bucket), 1);
}

static void complete_happens_once(void **state)
{
    struct object *late = object_of("k", "late");
    begin("k", "id1");
    put_part("k", "id1", 1, "one", STORE_OK);
    assert_int_equal(the_store->ops->upload_complete(the_store, the_bucket, "id1",
                                                     object_of("k", "one"), false),
                     STORE_OK);
    object_holds("k", "one");
    assert_int_equal(the_store->ops->upload_complete(the_store, the_bucket, "id1", late, false),
                     STORE_NO_UPLOAD);
    object_unref(late);
    object_holds("k", "one");
    put_part("k", "id1", 2, "two", STORE_NO_UPLOAD);
    assert_int_equal(the_store->ops->upload_count(the_store, the_bucket), 0);
}

static void a_forbidden_complete_keeps_the_upload(void **state)
{
    struct object *o = object_of("k", "new");
    put("k", "old");
    begin("k", "id1");
    assert_int_equal(the_store->ops->upload_complete(the_store, the_bucket, "id1", o, true),
                     STORE_EXISTS);
    object_unref(o);
    object_holds("k", "old");
    assert_int_equal(the_store->ops->upload_count(the_store, the_bucket), 1);
}

static void an_upload_belongs_to_its_key(void **state)
{
    struct object *o = object_of("other", "x");
    begin("k", "id1");
    put_part("other", "id1", 1, "one", STORE_NO_UPLOAD);
    put_part("k", "id2", 1, "one", STORE_NO_UPLOAD);
    struct upload *u;
    assert_int_equal(the_store->ops->upload_get(the_store, the_bucket, span("other"), "id1",
                                                &u),
                     STORE_NO_UPLOAD);
    assert_int_equal(the_store->ops->upload_abort(the_store, the_bucket, span("other"), "id1"),
                     STORE_NO_UPLOAD);
    assert_int_equal(the_store->ops->upload_complete(the_store, the_bucket, "id1", o, false),
                     STORE_NO_UPLOAD);
    object_unref(o);
    assert_int_equal(the_store->ops->upload_get(the_store, the_bucket, span("k"), "id1", &u),
                     STORE_OK);
    assert_string_equal(upload_info(u).headers[0].value, "video/mp4");
    assert_int_equal(upload_info(u).initiated_unix_ms, 5000);
    upload_unref(u);
}

static void abort_forgets_the_parts(void **state)
{
    begin("k", "id1");
    put_part("k", "id1", 1, "one", STORE_OK);
    assert_int_equal(the_store->ops->upload_abort(the_store, the_bucket, span("k"), "id1"),
                     STORE_OK);
    struct upload_part *parts;
    size_t n;
    assert_int_equal(the_store->ops->upload_parts(the_store, the_bucket, span("k"), "id1",
                                                  &parts, &n),
                     STORE_NO_UPLOAD);
    begin("k", "id1"); /* the same id again starts empty */
    assert_int_equal(the_store->ops->upload_parts(the_store, the_bucket, span("k"), "id1",
                                                  &parts, &n),
                     STORE_OK);
    assert_int_equal(n, 0);
    store_parts_free(parts, n);
}

static void uploads_come_in_key_and_id_order(void **state)
{
    static const char *const expected[][2] = {{"a", "4"}, {"k", "1"}, {"k", "3"}, {"z", "2"}};
    begin("k", "3");
    begin("z", "2");
    begin("a", "4");
    begin("k", "1");
    struct store_uploads all;
    assert_int_equal(the_store->ops->uploads(the_store, the_bucket, &all), STORE_OK);
    assert_int_equal(all.n_items, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(upload_info(all.items[i]).key, expected[i][0]);
        assert_string_equal(upload_info(all.items[i]).id, expected[i][1]);
    }
    store_uploads_deinit(&all);
}

/* --- memory --- */

static struct object *object_to_put; /* made before memory runs out */

static enum store_result try_put(void)
{
    return the_store->ops->put(the_store, the_bucket, object_ref(object_to_put), false);
}

static enum store_result try_list(void)
{
    struct store_list_query q = {.delimiter = COS_SPAN_LIT("/"), .max_items = 100};
    struct store_list list;
    enum store_result r = the_store->ops->list(the_store, the_bucket, &q, &list);
    if (r == STORE_OK) {
        store_list_deinit(&list);
    }
    return r;
}

static enum store_result try_begin(void)
{
    return the_store->ops->upload_begin(the_store, the_bucket, "id2", span("k"), 0, NULL, 0);
}

static enum store_result try_part(void)
{
    struct upload_part part = {.number = 1};
    return the_store->ops->upload_part(the_store, the_bucket, span("k"), "id1", &part);
}

static enum store_result try_parts(void)
{
    struct upload_part *parts;
    size_t n;
    enum store_result r =
        the_store->ops->upload_parts(the_store, the_bucket, span("k"), "id1", &parts, &n);
    if (r == STORE_OK) {
        store_parts_free(parts, n);
    }
    return r;
}

static enum store_result try_uploads(void)
{
    struct store_uploads all;
    enum store_result r = the_store->ops->uploads(the_store, the_bucket, &all);
    if (r == STORE_OK) {
        store_uploads_deinit(&all);
    }
    return r;
}

static enum store_result try_bucket(void)
{
    struct store_bucket *second = the_store->ops->bucket_new(the_store);
    if (second == NULL) {
        return STORE_NOMEM;
    }
    the_store->ops->bucket_free(the_store, second);
    return STORE_OK;
}

/* Allocation n of the call fails, for every n: it says so or succeeds, and never half. */
static void without_memory_a_call_changes_nothing(void **state)
{
    static const struct {
        const char *name;
        enum store_result (*call)(void);
    } calls[] = {
        {"list", try_list},         {"upload_part", try_part},   {"upload_parts", try_parts},
        {"uploads", try_uploads},   {"upload_begin", try_begin}, {"put", try_put},
        {"bucket_new", try_bucket},
    };
    put("a", "x");
    put("b/1", "x");
    begin("k", "id1");
    object_to_put = object_of("new", "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        enum store_result r = STORE_NOMEM;
        int64_t objects = the_store->ops->count(the_store, the_bucket);
        int64_t uploads = the_store->ops->upload_count(the_store, the_bucket);
        for (uint64_t nth = 1; r == STORE_NOMEM; nth++) {
            assert_true(nth < 50);
            cos_alloc_fail_nth(nth);
            r = calls[i].call();
            cos_alloc_fail_nth(0);
            if (r == STORE_NOMEM && calls[i].call == try_put) {
                object_unref(object_to_put); /* the reference that was not taken */
            }
            if (r == STORE_NOMEM) {
                assert_int_equal(the_store->ops->count(the_store, the_bucket), objects);
                assert_int_equal(the_store->ops->upload_count(the_store, the_bucket), uploads);
            } else if (r != STORE_OK) {
                fail_msg("%s: %d", calls[i].name, r);
            }
        }
    }
    object_to_put = object_unref(object_to_put);
}

/* --- threads --- */

static void *write_one_letter(void *letter)
{
    char text[4097];
    memset(text, *(const char *)letter, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < ROUNDS; i++) {
        struct object *o =
            object_new(span("shared"), blob_of(text), "e", 0, 0, NULL, /* n_headers= */ 0);
        if (the_store->ops->put(the_store, the_bucket, o, false) != STORE_OK ||
            the_store->ops->get(the_store, the_bucket, span("shared"), &o) != STORE_OK) {
            return NULL;
        }
        size_t n;
        const char *p = blob_peek(o->blob, 0, &n);
        bool is_torn = n != sizeof(text) - 1 || p[0] != p[n - 1] || p[0] != p[n / 2];
        object_unref(o);
        if (is_torn) {
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
    struct object *o;
    assert_int_equal(the_store->ops->get(the_store, the_bucket, span("shared"), &o), STORE_OK);
    size_t n;
    const char *p = blob_peek(o->blob, 0, &n);
    assert_int_equal(n, 4096);
    for (size_t i = 1; i < n; i++) {
        assert_int_equal(p[i], p[0]);
    }
    object_unref(o);
    assert_int_equal(the_store->ops->count(the_store, the_bucket), 1);
}

#define CONTRACT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT(what_is_put_is_got_and_an_overwrite_replaces_it),
        CONTRACT(a_reader_keeps_the_version_it_opened),
        CONTRACT(forbidden_overwrite_leaves_the_old_object),
        CONTRACT(deleting_tells_a_missing_key),
        CONTRACT(an_unknown_bucket_is_named_by_every_call),
        CONTRACT(a_removed_bucket_is_named_by_every_call),
        CONTRACT(a_bucket_goes_only_when_it_is_empty),
        CONTRACT(listing_follows_the_documented_rules),
        CONTRACT(pages_of_every_size_join_to_the_whole),
        CONTRACT(parts_come_back_in_order_and_the_last_of_a_number_counts),
        CONTRACT(parts_are_no_object_before_complete),
        CONTRACT(complete_happens_once),
        CONTRACT(a_forbidden_complete_keeps_the_upload),
        CONTRACT(an_upload_belongs_to_its_key),
        CONTRACT(abort_forgets_the_parts),
        CONTRACT(uploads_come_in_key_and_id_order),
        CONTRACT(without_memory_a_call_changes_nothing),
        CONTRACT(sixteen_writers_of_one_key_never_mix),
    };
    int failed = 0;
    for (store_number = 0; store_number < COS_ARRAY_LEN(stores); store_number++) {
        failed += cmocka_run_group_tests_name(stores[store_number].name, tests, NULL, NULL);
    }
    return failed;
}
