/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in every operation that names one. A key is 1 to 850 bytes, nothing is normalised, CAN,
 * EM, SUB and ESC are refused (cos-wire.md s.2.0). XML 1.0 s.2.2 has no other controls than
 * tab, line feed and carriage return, so a list shows the others by encoding-type=url only, and
 * no document can name them.
 */
#include "door.h"

#include "cosbase/xml.h"

#define KEY_MOST 850

struct key {
    const char *name;
    unsigned char bytes[KEY_MOST + 2];
    size_t n;
};

static bool is_refused_byte(unsigned char c)
{
    return c >= 0x18 && c <= 0x1B;
}

/* "/" and the key, encoded, and @rest; static buffer. */
static const char *target_of(const struct key *k, const char *rest)
{
    static char text[4096];
    size_t n = 1;
    text[0] = '/';
    for (size_t i = 0; i < k->n; i++) {
        bool is_plain = (k->bytes[i] >= 'a' && k->bytes[i] <= 'z') || k->bytes[i] == '/' ||
                        k->bytes[i] == '.';
        n += (size_t)snprintf(text + n, sizeof(text) - n, is_plain ? "%c" : "%%%02X",
                              k->bytes[i]);
    }
    (void)snprintf(text + n, sizeof(text) - n, "%s", rest);
    return text;
}

static bool is_key(const struct key *k, const char *text)
{
    return text != NULL && strlen(text) == k->n && memcmp(text, k->bytes, k->n) == 0;
}

static void fail_key(const struct key *k, const char *what, const struct answer *a)
{
    fail_msg("key %s (%02x...): %s: %d %s", k->name, k->bytes[k->n / 2], what, a->status,
             a->body);
}

static void expect(struct door *d, const struct key *k, const struct ask *q, int status)
{
    struct answer a = door_ask(d, q);
    if (a.status != status) {
        fail_key(k, q->method, &a);
    }
    answer_free(&a);
}

static void put(struct door *d, const struct key *k, int status)
{
    const struct ask q = {.method = "PUT",
                          .target = target_of(k, ""),
                          .body = k->bytes,
                          .n = k->n};
    expect(d, k, &q, status);
}

/* --- lists --- */

/* The text of the first <Key>, as a reader of XML sees it. */
static struct cos_xml *first_key(const struct answer *a, const char *group, const char **out)
{
    struct cos_xml *root = NULL;
    struct cos_text_error err;
    *out = NULL;
    if (cos_xml_parse(&root, cos_span_make(a->body, a->n), NULL, &err) == 0) {
        *out = cos_xml_child_text(cos_xml_get(root, group), "Key");
    }
    return root;
}

/* With encoding-type=url every key comes back; without, those that XML can carry. */
static void expect_listed(struct door *d, const struct key *k, const char *list,
                          const char *group, bool fits_xml)
{
    char target[60];
    char decoded[3 * KEY_MOST];
    const char *shown;
    (void)snprintf(target, sizeof(target), "%s%sencoding-type=url", list,
                   strchr(list, '?') == NULL ? "?" : "&");
    struct answer a = door_send(d, "GET", target, NULL);
    struct cos_xml *root = first_key(&a, group, &shown);
    assert_non_null(shown);
    decoded[cos_percent_decode(decoded, cos_span_of(shown), /* plus_is_space= */ true)] = '\0';
    if (!is_key(k, decoded)) {
        fail_key(k, list, &a);
    }
    cos_xml_free(root);
    answer_free(&a);
    a = door_send(d, "GET", list, NULL);
    root = first_key(&a, group, &shown);
    if (shown == NULL ||
        (fits_xml ? !is_key(k, shown) : strstr(shown, "\xef\xbf\xbd") == NULL)) {
        fail_key(k, list, &a);
    }
    cos_xml_free(root);
    answer_free(&a);
}

/* --- the operations --- */

static void expect_read(struct door *d, const struct key *k)
{
    struct answer a = door_send(d, "GET", target_of(k, ""), NULL);
    if (a.status != 200 || a.n != k->n || memcmp(a.body, k->bytes, k->n) != 0) {
        fail_key(k, "GET", &a);
    }
    answer_free(&a);
    expect(d, k, &(struct ask){.method = "HEAD", .target = target_of(k, "")}, 200);
    expect(d, k, &(struct ask){.method = "GET", .target = target_of(k, "?acl")}, 200);
    expect(d, k, &(struct ask){.method = "GET", .target = target_of(k, "?tagging")}, 200);
}

static void expect_copied(struct door *d, const struct key *k)
{
    char header[4300];
    (void)snprintf(header, sizeof(header), "x-cos-copy-source: %s%s", d->host,
                   target_of(k, ""));
    expect(d, k, &(struct ask){.method = "PUT", .target = "/zz-copy", .headers = header}, 200);
    struct answer a = door_send(d, "GET", "/zz-copy", NULL);
    assert_memory_equal(a.body, k->bytes, k->n);
    answer_free(&a);
    (void)snprintf(header, sizeof(header), "x-cos-copy-source: %s/zz-copy", d->host);
    expect(d, k, &(struct ask){.method = "PUT", .target = target_of(k, ""), .headers = header},
           200);
    expect(d, k, &(struct ask){.method = "DELETE", .target = "/zz-copy"}, 204);
}

static void expect_uploads(struct door *d, const struct key *k, bool fits_xml)
{
    char id[100];
    char rest[120];
    struct answer a = door_send(d, "POST", target_of(k, "?uploads"), NULL);
    (void)snprintf(id, sizeof(id), "%s", a.status == 200 ? xml_of(&a, "UploadId") : "");
    answer_free(&a);
    expect_listed(d, k, "/?uploads", "Upload", fits_xml);
    (void)snprintf(rest, sizeof(rest), "?uploadId=%s", id);
    expect(d, k, &(struct ask){.method = "GET", .target = target_of(k, rest)}, 200);
    expect(d, k, &(struct ask){.method = "DELETE", .target = target_of(k, rest)}, 204);
}

static void delete_by_document(struct door *d, const struct key *k, bool fits_xml)
{
    struct cos_buf text;
    cos_buf_init(&text, 16384);
    cos_buf_str(&text, "<Delete><Object><Key>");
    for (size_t i = 0; i < k->n; i++) {
        if (k->bytes[i] < ' ' || strchr("<>&\"", (int)k->bytes[i]) != NULL) {
            cos_buf_printf(&text, "&#%u;", k->bytes[i]);
        } else {
            cos_buf_ch(&text, (char)k->bytes[i]);
        }
    }
    cos_buf_str(&text, "</Key></Object></Delete>");
    const struct ask q = {.method = "POST",
                          .target = "/?delete",
                          .body = text.ptr,
                          .n = text.len,
                          .with_md5 = true};
    expect(d, k, &q, fits_xml ? 200 : 400);
    cos_buf_deinit(&text);
    expect(d, k, &(struct ask){.method = "HEAD", .target = target_of(k, "")},
           fits_xml ? 404 : 200);
}

static void every_operation_takes(struct door *d, const struct key *k, bool fits_xml)
{
    put(d, k, 200);
    expect_read(d, k);
    expect_listed(d, k, "/", "Contents", fits_xml);
    expect_listed(d, k, "/?versions", "Version", fits_xml);
    expect_uploads(d, k, fits_xml);
    expect_copied(d, k);
    delete_by_document(d, k, fits_xml);
    expect(d, k, &(struct ask){.method = "DELETE", .target = target_of(k, "")}, 204);
    expect(d, k,
           &(struct ask){.method = "POST",
                         .target = target_of(k, "?append&position=0"),
                         .n = 0,
                         .body = ""},
           200);
    expect(d, k, &(struct ask){.method = "DELETE", .target = target_of(k, "")}, 204);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void no_write_takes(struct door *d, const struct key *k)
{
    char source[200];
    (void)snprintf(source, sizeof(source), "x-cos-copy-source: %s/zz", d->host);
    door_put(d, "/zz", "x");
    const struct {
        const char *method, *rest, *headers;
    } rows[] = {
        {"PUT", "", NULL},
        {"PUT", "", source},
        {"POST", "?uploads", NULL},
        {"POST", "?append&position=0", NULL},
        {"PUT", "?symlink", "x-cos-symlink-target: zz"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct ask q = {.method = rows[i].method,
                        .target = target_of(k, rows[i].rest),
                        .headers = rows[i].headers,
                        .body = ""};
        door_expect(d, &q, 400, "InvalidURI");
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/zz"}, 204, NULL);
}

/* --- the claims --- */

static void every_byte_but_the_refused_ones_is_kept(void **state)
{
    struct door *d = *state;
    for (unsigned c = 1; c < 256; c++) {
        const struct key k = {.name = "byte", .bytes = {'a', (unsigned char)c, 'b'}, .n = 3};
        bool fits_xml = (c >= ' ' && c < 0x80) || c == '\t' || c == '\n' || c == '\r';
        if (is_refused_byte((unsigned char)c)) {
            no_write_takes(d, &k);
        } else {
            every_operation_takes(d, &k, fits_xml);
        }
    }
    door_expect(d, &(struct ask){.method = "PUT", .target = "/a%00b", .body = ""}, 400,
                "InvalidURI");
}

static void no_path_is_normalised(void **state)
{
    static const char *const keys[] = {
        "/",
        "//",
        "///",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "./",
        "/./",
        "/../",
        "a/./b",
        "a/../b",
        "\\",
        "a\\b",
        " ",
        " a ",
        "%2F",
        "a+b",
        "a?b",
        "a#b",
        "a&b=c",
        "\xe4\xb8\xad\xe6\x96\x87",
        "\xf0\x9f\x98\x80",
        "\xc2\x85",
        "\xef\xbf\xbd",
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        struct key k = {.name = keys[i], .n = strlen(keys[i])};
        memcpy(k.bytes, keys[i], k.n);
        every_operation_takes(d, &k, /* fits_xml= */ true);
    }
}

/* Surrogates, U+FFFE, an overlong '/', a cut sequence. */
static void what_is_no_utf8_is_kept_and_shown_by_url_only(void **state)
{
    static const char *const keys[] = {"\xed\xa0\x80", "\xef\xbf\xbe", "a\xc0\xaf",
                                       "a\xe4\xb8"};
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        struct key k = {.name = "no UTF-8", .n = strlen(keys[i])};
        memcpy(k.bytes, keys[i], k.n);
        every_operation_takes(d, &k, /* fits_xml= */ false);
    }
}

static void a_key_has_850_bytes_at_most(void **state)
{
    static const struct {
        const char *method, *rest, *headers;
    } rows[] = {
        {"PUT", "", NULL},
        {"GET", "", NULL},
        {"DELETE", "", NULL},
        {"DELETE", "?versionId=MTg0", NULL},
        {"POST", "?uploads", NULL},
        {"POST", "?append&position=0", NULL},
        {"PUT", "?symlink", "x-cos-symlink-target: zz"},
        {"GET", "?acl", NULL},
        {"PUT", "?tagging", NULL},
        {"POST", "?restore", NULL},
    };
    struct door *d = *state;
    struct key k = {.name = "long", .n = KEY_MOST};
    memset(k.bytes, 'k', sizeof(k.bytes));
    every_operation_takes(d, &k, /* fits_xml= */ true);
    k.n = KEY_MOST + 1;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *target = target_of(&k, rows[i].rest);
        struct ask q = {.method = rows[i].method,
                        .target = target,
                        .headers = rows[i].headers,
                        .body = ""};
        door_expect(d, &q, 400, "KeyTooLong");
    }
}

/* Else a marker would have it, which nobody could name to remove it. */
static void a_longer_key_is_an_error_of_a_deletion(void **state)
{
    struct door *d = *state;
    char document[KEY_MOST + 100];
    char key[KEY_MOST + 2];
    memset(key, 'k', sizeof(key) - 1);
    key[KEY_MOST + 1] = '\0';
    assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                   COSMOCK_VERSIONING_ENABLED, NULL),
                     COSMOCK_OK);
    int n = snprintf(document, sizeof(document),
                     "<Delete><Object><Key>%s</Key></Object></Delete>", key);
    struct answer a = door_ask(d, &(struct ask){.method = "POST",
                                                .target = "/?delete",
                                                .body = document,
                                                .n = (size_t)n,
                                                .with_md5 = true});
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "<Error>"));
    assert_string_equal(xml_of(&a, "Code"), "KeyTooLong");
    answer_free(&a);
    a = door_send(d, "GET", "/?versions", NULL);
    assert_null(strstr(a.body, "<DeleteMarker>"));
    answer_free(&a);
}

/* Node's suite, test.js:6174-6303: what it wants of the service. */
static void slashes_alone_are_what_the_switch_says(void **state)
{
    static const struct {
        const char *target;
        bool is_alone;
    } rows[] = {
        {"///////", true}, {"/./", true},   {"//", true},
        {"/.", true},      {"/.%2F", true}, {"/abc/../", false},
        {"/../", false},   {"/...", false}, {"///abc/.//def//../../", false},
    };
    struct door *d = *state;
    for (size_t i = 0; i < 2 * COS_ARRAY_LEN(rows); i++) {
        bool is_refused = i % 2 == 1 && rows[i / 2].is_alone;
        const char *target = rows[i / 2].target;
        door_switch(d, "slashes-alone", i % 2 == 1 ? "refuse" : "key");
        struct answer put =
            door_ask(d, &(struct ask){.method = "PUT", .target = target, .body = "x", .n = 1});
        struct answer got = door_send(d, "GET", target, NULL);
        bool is_object = put.status == 200 && got.status == 200 && strcmp(got.body, "x") == 0;
        bool is_error = put.status == 400 && strcmp(xml_of(&put, "Code"), "InvalidURI") == 0;
        if (is_refused ? !is_error : !is_object) {
            fail_msg("%s: PUT %d, GET %d %s", target, put.status, got.status, got.body);
        }
        answer_free(&put);
        answer_free(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(slashes_alone_are_what_the_switch_says),
        DOOR_TEST(every_byte_but_the_refused_ones_is_kept),
        DOOR_TEST(no_path_is_normalised),
        DOOR_TEST(what_is_no_utf8_is_kept_and_shown_by_url_only),
        DOOR_TEST(a_key_has_850_bytes_at_most),
        DOOR_TEST(a_longer_key_is_an_error_of_a_deletion),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
