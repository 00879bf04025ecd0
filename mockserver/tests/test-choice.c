/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers of a few words: every word in every case is the same word, and what comes back is
 * spelt as the documents spell it. The words stand here a second time, from the documents and
 * SDKs named at each table, never from the code under test.
 */
#include "door.h"

#include <ctype.h>

enum spelling { AS_DOCUMENTED, LOWER, UPPER, JAVA, SPELLINGS };

/* Java's enums: a capital after every '_' and '-', the rest small ("Maz_Standard_Ia"; java
 * StorageClass.java:40-85). */
static const char *spelt(const char *word, enum spelling how)
{
    static char text[64];
    size_t n = strlen(word);
    assert_true(n < sizeof(text));
    bool is_first = true;
    for (size_t i = 0; i <= n; i++) {
        int c = (unsigned char)word[i];
        bool is_upper = how == UPPER || (how == JAVA && is_first);
        text[i] = (char)(how == AS_DOCUMENTED ? c : (is_upper ? toupper(c) : tolower(c)));
        is_first = c == '_' || c == '-';
    }
    return text;
}

/* PUT Object, s. x-cos-storage-class (eight); MAZ_ARCHIVE: coscli util/const.go:12;
 * MAZ_DEEP_ARCHIVE: java StorageClass.java:75-80. Those of buckets in several zones last. */
static const char *const storage_classes[] = {
    "STANDARD",     "STANDARD_IA",      "INTELLIGENT_TIERING", "ARCHIVE",
    "DEEP_ARCHIVE", "MAZ_STANDARD",     "MAZ_STANDARD_IA",     "MAZ_INTELLIGENT_TIERING",
    "MAZ_ARCHIVE",  "MAZ_DEEP_ARCHIVE",
};

static const char *storage_class_listed(struct door *d, const char *prefix)
{
    static char found[64];
    char target[80];
    (void)snprintf(target, sizeof(target), "/?prefix=%s", prefix);
    struct answer a = door_send(d, "GET", target, NULL);
    (void)snprintf(found, sizeof(found), "%s", xml_of(&a, "StorageClass"));
    answer_free(&a);
    return found;
}

/* STANDARD is not shown by HEAD (python ut/test.py:4903) nor by PUT; lists always show the
 * class. */
static void check_class(struct door *d, const char *word, enum spelling how)
{
    const char *shown = strcmp(word, "STANDARD") == 0 ? "" : word;
    char header[128];
    (void)snprintf(header, sizeof(header), "x-cos-storage-class: %s", spelt(word, how));
    struct answer a = door_send(d, "PUT", "/o", header);
    if (a.status != 200 || strcmp(answer_header(&a, "x-cos-storage-class"), shown) != 0) {
        fail_msg("%s: got %d %s %s", header, a.status, answer_header(&a, "x-cos-storage-class"),
                 a.body);
    }
    answer_free(&a);
    a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), shown);
    answer_free(&a);
    assert_string_equal(storage_class_listed(d, "o"), word);
}

static void a_storage_class_is_read_in_any_case_and_shown_in_capitals(void **state)
{
    struct door *d = *state;
    assert_int_equal(cosmock_switch_set(d->tenant, "tiering-without-rule", "accept", NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(storage_classes); i++) {
        if (strcmp(storage_classes[i], "MAZ_STANDARD") == 0) {
            door_move_to_zones(d);
        }
        for (int how = 0; how < SPELLINGS; how++) {
            check_class(d, storage_classes[i], (enum spelling)how);
        }
    }
}

static void an_upload_keeps_the_canonical_storage_class(void **state)
{
    struct door *d = *state;
    struct answer a = door_send(d, "POST", "/m?uploads", "x-cos-storage-class: Standard_IA");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = door_send(d, "GET", "/?uploads", NULL);
    assert_string_equal(xml_of(&a, "StorageClass"), "STANDARD_IA");
    answer_free(&a);
}

static void an_unknown_storage_class_is_not_supported(void **state)
{
    static const char *const words[] = {"GLACIER", "COLD_ARCHIVE", "STANDARD-IA", "STANDARDIA"};
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        char header[80];
        (void)snprintf(header, sizeof(header), "x-cos-storage-class: %s", words[i]);
        door_expect(d, &(struct ask){.method = "PUT", .target = "/o", .headers = header}, 400,
                    "NotSupportedStorageClass"); /* 436/7730 */
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

/* "Copy" and "Replaced": PUT Object - Copy; REPLACE is what the Java SDK sends. */
static const struct {
    const char *word;
    bool is_replaced;
} directives[] = {{"Copy", false}, {"Replaced", true}, {"Replace", true}};

static void check_directive(struct door *d, const char *word, bool is_replaced)
{
    char headers[300];
    (void)snprintf(headers, sizeof(headers),
                   "x-cos-copy-source: %s/source\nx-cos-metadata-directive: %s\n"
                   "x-cos-tagging-directive: %s\nx-cos-meta-colour: blue",
                   d->host, word, word);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/copy", .headers = headers}, 200,
                NULL);
    struct answer a = door_send(d, "HEAD", "/copy", NULL);
    if (strcmp(answer_header(&a, "x-cos-meta-colour"), is_replaced ? "blue" : "red") != 0) {
        fail_msg("%s: got %s", word, answer_header(&a, "x-cos-meta-colour"));
    }
    answer_free(&a);
}

static void a_directive_is_read_in_any_case(void **state)
{
    struct door *d = *state;
    struct ask q = {.method = "PUT", .target = "/source", .headers = "x-cos-meta-colour: red"};
    door_expect(d, &q, 200, NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(directives); i++) {
        for (int how = 0; how < SPELLINGS; how++) {
            check_directive(d, spelt(directives[i].word, (enum spelling)how),
                            directives[i].is_replaced);
        }
    }
}

static void encoding_type_is_read_in_any_case(void **state)
{
    static const char *const targets[] = {"/?encoding-type=url", "/?encoding-type=URL",
                                          "/?encoding-type=Url", "/?uploads&encoding-type=URL"};
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        struct answer a = door_send(d, "GET", targets[i], NULL);
        assert_int_equal(a.status, 200);
        assert_non_null(strstr(a.body, "ype>url</Encoding"));
        answer_free(&a);
    }
    door_expect(d, &(struct ask){.method = "GET", .target = "/?encoding-type=base64"}, 400,
                "InvalidArgument");
}

static void forbid_overwrite_is_read_in_any_case(void **state)
{
    static const struct {
        const char *word;
        int status;
    } rows[] = {{"true", 409},  {"True", 409},  {"TRUE", 409}, {"false", 200},
                {"False", 200}, {"FALSE", 200}, {"yes", 200}};
    struct door *d = *state;
    door_put(d, "/o", "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char header[80];
        (void)snprintf(header, sizeof(header), "x-cos-forbid-overwrite: %s", rows[i].word);
        struct answer a = door_send(d, "PUT", "/o", header);
        if (a.status != rows[i].status) {
            fail_msg("%s: got %d %s", header, a.status, a.body);
        }
        answer_free(&a);
    }
}

static void expect_echo(struct door *d, const struct ask *q)
{
    struct answer a = door_ask(d, q);
    const char *got = answer_header(&a, "x-cos-server-side-encryption");
    if (a.status != 200 || strcmp(got, "AES256") != 0) {
        fail_msg("%s %s: got %d '%s' %s", q->method, q->target, a.status, got, a.body);
    }
    answer_free(&a);
}

/* Common request headers page: all of PUT, Initiate, Upload Part, Complete, Copy, GET and HEAD
 * answer with the header. */
static void encryption_is_told_by_every_answer(void **state)
{
    struct door *d = *state;
    static const char asked[] = "x-cos-server-side-encryption: aes256";
    char copy[300];
    (void)snprintf(copy, sizeof(copy), "x-cos-copy-source: %s/o\n%s", d->host, asked);
    expect_echo(d, &(struct ask){.method = "PUT", .target = "/o", .headers = asked});
    expect_echo(d, &(struct ask){.method = "GET", .target = "/o"});
    expect_echo(d, &(struct ask){.method = "HEAD", .target = "/o"});
    expect_echo(d, &(struct ask){.method = "PUT", .target = "/copy", .headers = copy});
    expect_echo(d, &(struct ask){.method = "HEAD", .target = "/copy"});
}

static void encryption_is_told_by_every_answer_of_an_upload(void **state)
{
    struct door *d = *state;
    struct answer a =
        door_send(d, "POST", "/m?uploads", "x-cos-server-side-encryption: AES256");
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cos-server-side-encryption"), "AES256");
    char id[128];
    (void)snprintf(id, sizeof(id), "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    char target[200];
    (void)snprintf(target, sizeof(target), "/m?partNumber=1&uploadId=%s", id);
    a = door_ask(d, &(struct ask){.method = "PUT", .target = target, .body = "x", .n = 1});
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cos-server-side-encryption"), "AES256");
    char body[300];
    door_one_part(body, &a);
    answer_free(&a);
    (void)snprintf(target, sizeof(target), "/m?uploadId=%s", id);
    expect_echo(
        d, &(struct ask){.method = "POST", .target = target, .body = body, .n = strlen(body)});
    expect_echo(d, &(struct ask){.method = "HEAD", .target = "/m"});
}

static void encryption_that_is_not_built_stores_nothing(void **state)
{
    static const struct {
        const char *header, *code;
        int status;
    } rows[] = {
        {"x-cos-server-side-encryption: cos/kms", "NotImplemented", 400},
        {"x-cos-server-side-encryption: COS/KMS", "NotImplemented", 400},
        {"x-cos-server-side-encryption: AES128", "SSEContentNotSupported", 400},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct ask q = {.method = "PUT", .target = "/o", .headers = rows[i].header};
        door_expect(d, &q, rows[i].status, rows[i].code);
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_storage_class_is_read_in_any_case_and_shown_in_capitals),
        DOOR_TEST(an_upload_keeps_the_canonical_storage_class),
        DOOR_TEST(an_unknown_storage_class_is_not_supported),
        DOOR_TEST(a_directive_is_read_in_any_case),
        DOOR_TEST(encoding_type_is_read_in_any_case),
        DOOR_TEST(forbid_overwrite_is_read_in_any_case),
        DOOR_TEST(encryption_is_told_by_every_answer),
        DOOR_TEST(encryption_is_told_by_every_answer_of_an_upload),
        DOOR_TEST(encryption_that_is_not_built_stores_nothing),
    };
    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
