/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of keys, over every backend there is: what store/versions.h promises, by
 * cos-operations-1.md s.2. Expected orders and pages are written out here, or are what a walk
 * over the whole gives.
 */
#include "one_bucket.h"

#include "cosbase/alloc.h"
#include "store/versions.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WRITERS 8
#define ROUNDS 50

static struct one_bucket it; /* set up and torn down around each test */
static int64_t now_ms;

static struct cos_span span(const char *s)
{
    return cos_span_of(s);
}

/* The document is a row as every other one; what is in it is the world's. */
static void set_versioning(enum versioning versioning)
{
    it.bucket.versioning_row = row_unref(it.bucket.versioning_row);
    struct batch *batch = batch_new();
    document_put(batch, &it.bucket, STORE_VERSIONING_DOCUMENT,
                 span(versioning == VERSIONING_ENABLED ? "on" : "off"));
    assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
    it.bucket.versioning = versioning;
    assert_int_equal(it.rows->ops->get(it.rows, COS_SPAN_LIT("d\0\0\0\5versioning"),
                                       &it.bucket.versioning_row),
                     BACKEND_OK);
}

static int set_up(void **state)
{
    one_bucket_open(&it);
    now_ms = 1586511396000;
    return 0;
}

static int tear_down(void **state)
{
    it.bucket.versioning_row = row_unref(it.bucket.versioning_row);
    it.bucket.versioning = VERSIONING_NONE;
    one_bucket_close(&it);
    return 0;
}

static struct batch *put_batch(const char *key, const char *text, struct version *made)
{
    const struct object_draft draft = {.key = span(key),
                                       .blob = backend_blob(it.rows, text, strlen(text)),
                                       .etag = span(text),
                                       .mtime_unix_ms = now_ms++};
    struct batch *batch = batch_new();
    assert_int_equal(objects_put(batch, it.rows, &it.bucket, &draft, made), STORE_OK);
    return batch;
}

static struct version put(const char *key, const char *text)
{
    struct version made;
    assert_int_equal(one_bucket_commit(&it, put_batch(key, text, &made)), STORE_OK);
    return made;
}

static struct batch *delete_batch(const char *key, struct version *made)
{
    const struct object_draft marker = {.key = span(key), .mtime_unix_ms = now_ms++};
    struct batch *batch = batch_new();
    assert_int_equal(objects_delete(batch, it.rows, &it.bucket, &marker, made), STORE_OK);
    return batch;
}

static struct version delete (const char *key)
{
    struct version made;
    assert_int_equal(one_bucket_commit(&it, delete_batch(key, &made)), STORE_OK);
    return made;
}

static struct version_name name_of(const struct version *v)
{
    char room[VERSION_NAME_BYTES];
    return version_name_read(version_name_write(room, v));
}

static void remove_version(const char *key, const struct version *v)
{
    struct object o;
    assert_int_equal(versions_get(it.rows, &it.bucket, span(key), name_of(v), &o), STORE_OK);
    struct batch *batch = batch_new();
    assert_int_equal(versions_delete(batch, it.rows, &it.bucket, &o), STORE_OK);
    (void)row_unref(o.row);
    assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
}

/* "text" of data, "-" of a marker, "" of none. */
static void expect_version(const char *key, struct version_name name, const char *text)
{
    struct object o = {.row = NULL};
    enum store_result r = versions_get(it.rows, &it.bucket, span(key), name, &o);
    if (text[0] == '\0') {
        assert_int_equal(r, name.kind == VERSION_LATEST ? STORE_NO_KEY : STORE_NO_VERSION);
        return;
    }
    assert_int_equal(r, STORE_OK);
    assert_true(cos_span_eq_str(o.key, key));
    assert_true(o.version.is_marker == (text[0] == '-'));
    assert_true(o.version.is_marker || blob_holds(o.row->blob, text, strlen(text)));
    (void)row_unref(o.row);
}

static void expect_latest(const char *key, const char *text)
{
    expect_version(key, (struct version_name){.kind = VERSION_LATEST}, text);
}

static void add(char out[1024], const char *text, size_t n)
{
    size_t used = strlen(out);
    (void)snprintf(out + used, 1024 - used, "%.*s", (int)n, text);
}

/* "a:x! a:- b/" : key and text, '!' latest, '-' a marker, '0' without an id. */
static void describe(const struct versions_page *page, char out[1024])
{
    out[0] = '\0';
    for (size_t i = 0; i < page->n_items; i++) {
        const struct versions_item *item = &page->items[i];
        add(out, " ", 1);
        add(out, item->name.ptr, item->name.len);
        if (!item->is_prefix) {
            const struct object *o = &item->object;
            add(out, ":", 1);
            add(out, o->version.is_marker ? "-" : o->etag.ptr,
                o->version.is_marker ? 1 : o->etag.len);
            add(out, "0!", o->version.is_null ? 1 : 0);
            add(out, "!", item->is_latest ? 1 : 0);
        }
    }
}

static void expect_page(const char *name, const struct versions_query *q, const char *expected)
{
    struct versions_page page;
    char got[1024];
    assert_int_equal(versions_list(it.rows, &it.bucket, q, &page), STORE_OK);
    describe(&page, got);
    versions_page_deinit(&page);
    if (strcmp(got, expected) != 0) {
        fail_msg("%s: got '%s', expected '%s'", name, got, expected);
    }
}

static void expect_all(const char *expected)
{
    expect_page("the whole", &(struct versions_query){.max_items = 1000}, expected);
}

/* --- ids --- */

/* PUT Object, sample 6: made at 2020-04-10T09:36:35.05Z (cos-wire.md s.2.0). */
static void an_id_is_the_time_of_its_birth(void **state)
{
    char room[VERSION_NAME_BYTES];
    const struct version v = {.order = UINT64_MAX - 1586511395050000 - 1527};
    struct version_name sample = version_name_read(span("MTg0NDUxNTc1NjIzMTQ1MDAwODg"));
    assert_int_equal(sample.kind, VERSION_ID);
    assert_int_equal((UINT64_MAX - sample.order) / 1000000, 1586511395);
    assert_true(
        cos_span_eq_str(version_name_write(room, &(struct version){.order = sample.order}),
                        "MTg0NDUxNTc1NjIzMTQ1MDAwODg"));
    assert_int_equal(name_of(&v).order, v.order);
}

static void what_is_no_id_names_no_version(void **state)
{
    static const struct {
        const char *text;
        enum version_kind kind;
    } rows[] = {
        {"", VERSION_LATEST},
        {"null", VERSION_NULL},
        {"NULL", VERSION_UNKNOWN},
        {"test", VERSION_UNKNOWN},
        {"MTg0", VERSION_UNKNOWN},
        {"MTg0NDUxNTc1NjIzMTQ1MDAwODg=", VERSION_UNKNOWN},
        {"MTg0NDUxNTc1NjIzMTQ1MDAwODk", VERSION_ID},
        {"LTg0NDUxNTc1NjIzMTQ1MDAwODg", VERSION_UNKNOWN},
        {"OTk5OTk5OTk5OTk5OTk5OTk5OTk", VERSION_UNKNOWN},
        {"MTg0NDUxNTc1NjIzMTQ1MDAwODgMTg0NDUxNTc1NjIzMTQ1MDAwODg", VERSION_UNKNOWN},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (version_name_read(span(rows[i].text)).kind != rows[i].kind) {
            fail_msg("%s: of another kind", rows[i].text);
        }
    }
}

/* --- writing: cos-operations-1.md s.2.2 --- */

static void without_versioning_an_overwrite_replaces(void **state)
{
    struct version made = put("a", "1");
    assert_int_equal(made.order, 0);
    put("a", "2");
    expect_all(" a:20!");
    assert_int_equal(delete ("a").order, 0);
    expect_all("");
}

static void what_was_there_before_is_the_null_version(void **state)
{
    put("a", "old");
    set_versioning(VERSIONING_ENABLED);
    expect_all(" a:old0!");
    struct version made = put("a", "new");
    assert_false(made.is_null);
    expect_all(" a:new! a:old0");
    expect_version("a", (struct version_name){.kind = VERSION_NULL}, "old");
    expect_version("a", name_of(&made), "new");
    expect_latest("a", "new");
}

static void a_deletion_covers_with_a_marker(void **state)
{
    set_versioning(VERSIONING_ENABLED);
    struct version made = put("a", "1");
    struct version marker = delete ("a");
    assert_true(marker.is_marker);
    expect_latest("a", "");
    expect_version("a", name_of(&made), "1");
    expect_version("a", name_of(&marker), "-");
    expect_all(" a:-! a:1");
    delete ("a");
    delete ("never");
    expect_all(" a:-! a:- a:1 never:-!");
    put("a", "2");
    expect_all(" a:2! a:- a:- a:1 never:-!");
}

static void suspended_there_is_one_version_without_an_id(void **state)
{
    put("a", "old");
    set_versioning(VERSIONING_ENABLED);
    put("a", "1");
    set_versioning(VERSIONING_SUSPENDED);
    struct version made = put("a", "2");
    assert_true(made.is_null);
    expect_all(" a:20! a:1");
    put("a", "3");
    expect_all(" a:30! a:1");
    delete ("a");
    expect_all(" a:-0! a:1");
    delete ("a");
    expect_all(" a:-0! a:1");
    set_versioning(VERSIONING_ENABLED);
    put("a", "4");
    expect_all(" a:4! a:-0 a:1");
    set_versioning(VERSIONING_SUSPENDED);
    delete ("a");
    expect_all(" a:-0! a:4 a:1");
}

static void of_the_versions_that_stay_the_newest_is_the_latest(void **state)
{
    set_versioning(VERSIONING_ENABLED);
    struct version one = put("a", "1");
    struct version two = put("a", "2");
    struct version marker = delete ("a");
    struct version three = put("a", "3");
    remove_version("a", &two);
    expect_all(" a:3! a:- a:1");
    remove_version("a", &three);
    expect_all(" a:-! a:1");
    expect_latest("a", "");
    remove_version("a", &marker);
    expect_all(" a:1!");
    expect_latest("a", "1");
    remove_version("a", &one);
    expect_all("");
    expect_latest("a", "");
}

static void the_null_version_can_be_removed_wherever_it_stands(void **state)
{
    const struct version null = {.is_null = true};
    put("a", "old");
    remove_version("a", &null);
    expect_all("");
    put("a", "old");
    set_versioning(VERSIONING_ENABLED);
    put("a", "1");
    remove_version("a", &null);
    expect_all(" a:1!");
    expect_version("a", (struct version_name){.kind = VERSION_NULL}, "");
    set_versioning(VERSIONING_SUSPENDED);
    delete ("a");
    remove_version("a", &null);
    expect_all(" a:1!");
}

/* A clock that stands, or is set back, changes neither order nor uniqueness. */
static void ids_follow_each_other_whatever_the_clock_says(void **state)
{
    set_versioning(VERSIONING_ENABLED);
    struct version last = put("a", "1");
    for (int i = 0; i < 3; i++) {
        now_ms -= i + 1;
        struct version next = i == 1 ? delete ("a") : put("a", "2");
        assert_true(next.order < last.order);
        last = next;
    }
    expect_all(" a:2! a:- a:2 a:1");
}

static void forbidden_overwrite_is_for_buckets_without_versions(void **state)
{
    struct object_draft draft = {.key = span("a"), .etag = span("2"), .mtime_unix_ms = now_ms};
    struct version made;
    draft.forbids_overwrite = true;
    set_versioning(VERSIONING_ENABLED);
    put("a", "1");
    struct batch *batch = batch_new();
    assert_int_equal(objects_put(batch, it.rows, &it.bucket, &draft, &made), STORE_OK);
    assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
    expect_all(" a:2! a:1");
}

static void a_bucket_with_versions_is_not_empty(void **state)
{
    set_versioning(VERSIONING_ENABLED);
    struct version one = put("a", "1");
    struct version marker = delete ("a");
    for (int i = 0; i < 3; i++) {
        struct batch *batch = batch_new();
        bucket_drop(batch, &it.bucket);
        assert_int_equal(one_bucket_commit(&it, batch), i < 2 ? STORE_NOT_EMPTY : STORE_OK);
        if (i < 2) {
            remove_version("a", i == 0 ? &one : &marker);
        }
    }
}

static void a_change_of_a_facet_leaves_the_version(void **state)
{
    put("a", "old");
    set_versioning(VERSIONING_ENABLED);
    struct version one = put("a", "1");
    put("a", "2");
    static const char *const expected[] = {"old", "1"};
    const struct version_name names[] = {{.kind = VERSION_NULL}, name_of(&one)};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        struct object o;
        assert_int_equal(versions_get(it.rows, &it.bucket, span("a"), names[i], &o), STORE_OK);
        struct facet_values facets = facets_values(o.facets);
        facets.of[FACET_TAGS] = span("a=b");
        struct batch *batch = batch_new();
        objects_change(batch, &it.bucket, &o, &facets);
        (void)row_unref(o.row);
        assert_int_equal(one_bucket_commit(&it, batch), STORE_OK);
        expect_version("a", names[i], expected[i]);
        assert_int_equal(versions_get(it.rows, &it.bucket, span("a"), names[i], &o), STORE_OK);
        assert_true(cos_span_eq_str(object_facet(&o, FACET_TAGS), "a=b"));
        (void)row_unref(o.row);
    }
    expect_all(" a:2! a:1 a:old0");
}

/* --- two at once --- */

/* Whatever was read before the other one happened: the write has to begin again. */
static void a_write_made_from_what_has_changed_is_refused(void **state)
{
    struct version made;
    struct object o;
    set_versioning(VERSIONING_ENABLED);
    struct version one = put("a", "1");
    struct version two = put("a", "2");
    struct batch *late_put = put_batch("a", "late", &made);
    struct batch *late_delete = delete_batch("a", &made);
    struct batch *late_removal = batch_new();
    assert_int_equal(versions_get(it.rows, &it.bucket, span("a"), name_of(&two), &o), STORE_OK);
    assert_int_equal(versions_delete(late_removal, it.rows, &it.bucket, &o), STORE_OK);
    (void)row_unref(o.row);
    struct batch *late_older = batch_new();
    assert_int_equal(versions_get(it.rows, &it.bucket, span("a"), name_of(&one), &o), STORE_OK);
    assert_int_equal(versions_delete(late_older, it.rows, &it.bucket, &o), STORE_OK);
    (void)row_unref(o.row);
    remove_version("a", &two);
    assert_int_equal(one_bucket_commit(&it, late_put), STORE_CHANGED);
    assert_int_equal(one_bucket_commit(&it, late_delete), STORE_CHANGED);
    assert_int_equal(one_bucket_commit(&it, late_removal), STORE_CHANGED);
    assert_int_equal(one_bucket_commit(&it, late_older), STORE_CHANGED);
    expect_all(" a:1!");
}

/* Else a put that was under way would overwrite what versioning has to keep. */
static void a_write_from_before_the_switch_is_refused(void **state)
{
    struct version made;
    put("a", "1");
    struct batch *unversioned = put_batch("a", "late", &made);
    struct batch *deletion = delete_batch("a", &made);
    set_versioning(VERSIONING_ENABLED);
    assert_int_equal(one_bucket_commit(&it, unversioned), STORE_CHANGED);
    assert_int_equal(one_bucket_commit(&it, deletion), STORE_CHANGED);
    struct batch *enabled = put_batch("a", "late", &made);
    set_versioning(VERSIONING_SUSPENDED);
    assert_int_equal(one_bucket_commit(&it, enabled), STORE_CHANGED);
    expect_all(" a:10!");
}

static void *write_versions(void *letter)
{
    static const struct object_draft nothing = {.etag = {"e", 1}};
    for (int done = 0; done < ROUNDS;) {
        struct object_draft draft = nothing;
        struct version made;
        draft.key = span("shared");
        draft.mtime_unix_ms = 1586511396000;
        struct batch *batch = batch_new();
        if (batch == NULL ||
            objects_put(batch, it.rows, &it.bucket, &draft, &made) != STORE_OK) {
            return NULL;
        }
        struct commit c = {0};
        (void)backend_commit(it.rows, batch, &c);
        enum store_result r = store_committed(&c);
        if (r != STORE_OK && r != STORE_CHANGED) {
            return NULL;
        }
        done += r == STORE_OK ? 1 : 0;
    }
    return letter;
}

static void no_version_of_concurrent_writers_is_lost(void **state)
{
    static char letters[WRITERS];
    pthread_t threads[WRITERS];
    struct versions_page page;
    set_versioning(VERSIONING_ENABLED);
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_versions, &letters[i]), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &letters[i]);
    }
    const struct versions_query q = {.max_items = 2 * WRITERS * ROUNDS};
    assert_int_equal(versions_list(it.rows, &it.bucket, &q, &page), STORE_OK);
    assert_int_equal(page.n_items, WRITERS * ROUNDS);
    for (size_t i = 1; i < page.n_items; i++) {
        assert_true(page.items[i - 1].object.version.order <
                    page.items[i].object.version.order);
    }
    versions_page_deinit(&page);
}

/* --- pages: cos-operations-1.md s.2.4 --- */

static void make_many(struct version made[3])
{
    put("a", "old");
    set_versioning(VERSIONING_ENABLED);
    made[0] = put("a", "1");
    made[1] = put("a", "2");
    delete ("b/1");
    put("b/1", "1");
    put("b/2", "1");
    delete ("b/2");
    put("b", "1");
    made[2] = put("c", "1");
    delete ("c");
}
#define MANY " a:2! a:1 a:old0 b:1! b/1:1! b/1:- b/2:-! b/2:1 c:-! c:1"

static void pages_follow_the_documented_rules(void **state)
{
    struct version made[3];
    make_many(made);
    const struct {
        const char *name;
        struct versions_query q;
        const char *expected;
    } rows[] = {
        {"all", {.max_items = 1000}, MANY},
        {"prefix", {.prefix = span("b/"), .max_items = 9}, " b/1:1! b/1:- b/2:-! b/2:1"},
        {"delimiter",
         {.delimiter = span("/"), .max_items = 9},
         " a:2! a:1 a:old0 b:1! b/ c:-! c:1"},
        {"key marker: all of its versions are skipped",
         {.key_marker = span("a"), .max_items = 3},
         " b:1! b/1:1! b/1:-"},
        {"both markers",
         {.key_marker = span("a"), .version_marker = name_of(&made[0]), .max_items = 2},
         " a:old0 b:1!"},
        {"the null version is a marker",
         {.key_marker = span("a"), .version_marker = {.kind = VERSION_NULL}, .max_items = 1},
         " b:1!"},
        {"a marker that is a common prefix",
         {.delimiter = span("/"), .key_marker = span("b/"), .max_items = 9},
         " c:-! c:1"},
        {"a marker before the prefix",
         {.prefix = span("b/"), .key_marker = span("a"), .max_items = 1},
         " b/1:1!"},
        {"a marker behind everything", {.key_marker = span("d"), .max_items = 1}, ""},
        {"none", {.max_items = 0}, ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        expect_page(rows[i].name, &rows[i].q, rows[i].expected);
    }
}

/* java ListVersionsTest: who deletes what a page showed goes on behind it. */
static void a_marker_works_when_its_version_is_gone(void **state)
{
    set_versioning(VERSIONING_ENABLED);
    put("a", "1");
    put("a", "2");
    struct version three = put("a", "3");
    struct version four = put("a", "4");
    remove_version("a", &four);
    remove_version("a", &three);
    const struct versions_query q = {.key_marker = span("a"),
                                     .version_marker = name_of(&three),
                                     .max_items = 9};
    expect_page("behind it", &q, " a:2! a:1");
}

/* The next page begins behind the last entry, whatever that is. */
static void join_pages(struct versions_query q, char joined[1024])
{
    char key[64] = "";
    bool more = true;
    joined[0] = '\0';
    while (more) {
        struct versions_page page;
        char got[1024];
        q.key_marker = span(key);
        assert_int_equal(versions_list(it.rows, &it.bucket, &q, &page), STORE_OK);
        assert_true(page.n_items <= q.max_items);
        describe(&page, got);
        add(joined, got, strlen(got));
        more = page.is_truncated;
        if (more) {
            const struct versions_item *last = &page.items[page.n_items - 1];
            (void)snprintf(key, sizeof(key), COS_SPAN_FMT, COS_SPAN_ARG(last->name));
            q.version_marker = last->is_prefix ? (struct version_name){.kind = VERSION_LATEST}
                                               : name_of(&last->object.version);
        }
        versions_page_deinit(&page);
    }
}

static void pages_of_every_size_join_to_the_whole(void **state)
{
    struct version made[3];
    char joined[1024];
    make_many(made);
    for (unsigned size = 1; size <= 11; size++) {
        join_pages((struct versions_query){.max_items = size}, joined);
        assert_string_equal(joined, MANY);
        join_pages((struct versions_query){.delimiter = span("/"), .max_items = size}, joined);
        assert_string_equal(joined, " a:2! a:1 a:old0 b:1! b/ c:-! c:1");
    }
}

/* --- damage and memory --- */

static void a_version_in_the_place_of_another_is_damage(void **state)
{
    static const char marker[] = "\x01\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\xE8\x00\x00\x00"
                                 "\x0C\x01v\x09\xFF\xF8\0\0\0\0\1\2\x02";
    struct versions_page page;
    const struct cos_span value = cos_span_make(marker, sizeof(marker) - 1);
    const struct versions_query q = {.max_items = 9};
    set_versioning(VERSIONING_ENABLED);
    one_bucket_put_row(&it, COS_SPAN_LIT("v\0\0\0\5k\0\0\xFF\xF8\0\0\0\0\1\2"), value, NULL);
    expect_all(" k:-");
    one_bucket_put_row(&it, COS_SPAN_LIT("v\0\0\0\5k\0\0\xFF\xF8\0\0\0\0\1\3"), value, NULL);
    assert_int_equal(versions_list(it.rows, &it.bucket, &q, &page), STORE_IO);
}

static enum store_result try_put(void)
{
    const struct object_draft draft = {.key = span("a"),
                                       .etag = span("e"),
                                       .mtime_unix_ms = now_ms};
    struct version made;
    struct batch *batch = batch_new();
    if (batch == NULL) {
        return STORE_NOMEM;
    }
    enum store_result r = objects_put(batch, it.rows, &it.bucket, &draft, &made);
    if (r != STORE_OK) {
        (void)batch_free(batch);
        return r;
    }
    return one_bucket_commit(&it, batch);
}

static enum store_result try_list(void)
{
    struct versions_page page;
    const struct versions_query q = {.delimiter = span("/"), .max_items = 100};
    enum store_result r = versions_list(it.rows, &it.bucket, &q, &page);
    versions_page_deinit(&page);
    return r;
}

static enum store_result try_null(void)
{
    struct object o = {.row = NULL};
    enum store_result r = versions_get(it.rows, &it.bucket, span("a"),
                                       (struct version_name){.kind = VERSION_NULL}, &o);
    (void)row_unref(o.row);
    return r;
}

static enum store_result try_removal(void)
{
    struct object o = {.row = NULL};
    enum store_result r = objects_get(it.rows, &it.bucket, span("a"), &o);
    struct batch *batch = r == STORE_OK ? batch_new() : NULL;
    if (batch != NULL) {
        r = versions_delete(batch, it.rows, &it.bucket, &o);
    }
    (void)row_unref(o.row);
    if (batch == NULL || r != STORE_OK) {
        (void)batch_free(batch);
        return r == STORE_OK ? STORE_NOMEM : r;
    }
    return one_bucket_commit(&it, batch);
}

/* Allocation n of the call fails, for every n. */
static void without_memory_a_call_changes_nothing(void **state)
{
    static enum store_result (*const calls[])(void) = {try_list, try_null, try_put,
                                                       try_removal};
    static const char *const behind[] = {" a:1! a:old0", " a:1! a:old0", " a:e! a:1 a:old0",
                                         " a:1! a:old0"};
    put("a", "old");
    set_versioning(VERSIONING_ENABLED);
    put("a", "1");
    for (size_t i = 0; i < COS_ARRAY_LEN(calls); i++) {
        enum store_result r = STORE_NOMEM;
        for (uint64_t nth = 1; r == STORE_NOMEM; nth++) {
            assert_true(nth < 60);
            cos_alloc_fail_nth(nth);
            r = calls[i]();
            cos_alloc_fail_nth(0);
            if (r == STORE_NOMEM) {
                expect_all(i == 0 ? " a:1! a:old0" : behind[i - 1]);
            }
        }
        assert_int_equal(r, STORE_OK);
        expect_all(behind[i]);
    }
}

/* --- one that has its number already --- */

static enum store_result put_as(const char *text, uint64_t order, bool is_marker)
{
    const struct version as = {.order = order, .is_marker = is_marker};
    struct object_draft draft = {.key = span("a"), .etag = span(text)};
    draft.blob = is_marker ? NULL : backend_blob(it.rows, text, strlen(text));
    struct batch *batch = batch_new();
    enum store_result r = versions_put_as(batch, it.rows, &it.bucket, &draft, &as);
    if (r != STORE_OK) {
        (void)batch_free(batch);
        return r;
    }
    return one_bucket_commit(&it, batch);
}

/* An id of the same key elsewhere: the newest has the smallest number. */
static void a_version_takes_the_place_of_its_id(void **state)
{
    set_versioning(VERSIONING_ENABLED);
    const struct version one = put("a", "1");
    const struct version two = put("a", "2");
    assert_int_equal(put_as("0", one.order + 500, /* is_marker= */ false), STORE_OK);
    expect_all(" a:2! a:1 a:0");
    assert_int_equal(put_as("1b", one.order - 500, /* is_marker= */ false), STORE_OK);
    expect_all(" a:2! a:1b a:1 a:0");
    assert_int_equal(put_as("", two.order - 1, /* is_marker= */ true), STORE_OK);
    expect_all(" a:-! a:2 a:1b a:1 a:0");
    assert_int_equal(put_as("3", two.order - 2, /* is_marker= */ false), STORE_OK);
    expect_all(" a:3! a:- a:2 a:1b a:1 a:0");
    const struct version three = {.order = two.order - 2};
    expect_version("a", name_of(&three), "3");
    expect_latest("a", "3");
}

static void an_id_that_is_taken_is_not_given_twice(void **state)
{
    put("a", "old");
    const struct version null = {.order = UINT64_MAX - (uint64_t)(now_ms - 1) * 1000};
    set_versioning(VERSIONING_ENABLED);
    assert_int_equal(put_as("x", null.order, /* is_marker= */ false), STORE_EXISTS);
    const struct version one = put("a", "1");
    const struct version two = put("a", "2");
    const uint64_t taken[] = {null.order, one.order, two.order};
    for (size_t i = 0; i < COS_ARRAY_LEN(taken); i++) {
        assert_int_equal(put_as("x", taken[i], /* is_marker= */ false), STORE_EXISTS);
    }
    expect_all(" a:2! a:1 a:old0");
}

#define CONTRACT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CONTRACT(an_id_is_the_time_of_its_birth),
        CONTRACT(what_is_no_id_names_no_version),
        CONTRACT(without_versioning_an_overwrite_replaces),
        CONTRACT(what_was_there_before_is_the_null_version),
        CONTRACT(a_deletion_covers_with_a_marker),
        CONTRACT(suspended_there_is_one_version_without_an_id),
        CONTRACT(of_the_versions_that_stay_the_newest_is_the_latest),
        CONTRACT(the_null_version_can_be_removed_wherever_it_stands),
        CONTRACT(ids_follow_each_other_whatever_the_clock_says),
        CONTRACT(forbidden_overwrite_is_for_buckets_without_versions),
        CONTRACT(a_bucket_with_versions_is_not_empty),
        CONTRACT(a_change_of_a_facet_leaves_the_version),
        CONTRACT(a_write_made_from_what_has_changed_is_refused),
        CONTRACT(a_write_from_before_the_switch_is_refused),
        CONTRACT(no_version_of_concurrent_writers_is_lost),
        CONTRACT(a_version_takes_the_place_of_its_id),
        CONTRACT(an_id_that_is_taken_is_not_given_twice),
        CONTRACT(pages_follow_the_documented_rules),
        CONTRACT(a_marker_works_when_its_version_is_gone),
        CONTRACT(pages_of_every_size_join_to_the_whole),
        CONTRACT(a_version_in_the_place_of_another_is_damage),
        CONTRACT(without_memory_a_call_changes_nothing),
    };
    it.kind = backend_kind_of(argc > 1 ? argv[1] : "memory");
    return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}
