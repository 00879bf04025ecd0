/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostObject: what becomes of a form as the document POST Object (436/14690) has it, by its
 * examples and its published signature (cos-operations-2.md s.3). Who may post one:
 * test-form_rights.c; what its policy says: test-form_policy.c; what is none:
 * test-form_refusals.c.
 */
#include "sent.h"

#define PUBLISHED_ID "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
#define PUBLISHED_SECRET "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
#define PUBLISHED_TIME "1567150692;1567157892"

/* --- the published example --- */

static const char published_policy[] =
    "{\n"
    "    \"expiration\": \"2019-08-30T09:38:12.414Z\",\n"
    "    \"conditions\": [\n"
    "        { \"acl\": \"default\" },\n"
    "        { \"bucket\": \"examplebucket-1250000000\" },\n"
    "        [ \"starts-with\", \"$key\", \"folder/subfolder/\" ],\n"
    "        [ \"starts-with\", \"$Content-Type\", \"image/\" ],\n"
    "        [ \"starts-with\", \"$success_action_redirect\", \"https://my.website/\" ],\n"
    "        [ \"eq\", \"$x-cos-server-side-encryption\", \"AES256\" ],\n"
    "        { \"q-sign-algorithm\": \"sha1\" },\n"
    "        { \"q-ak\": \"" PUBLISHED_ID "\" },\n"
    "        { \"q-sign-time\": \"" PUBLISHED_TIME "\" }\n"
    "    ]\n"
    "}";

static int open_published(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, "accounts:\n"
                         "  - uin: \"100000000001\"\n"
                         "    appid: \"1250000000\"\n"
                         "    keys:\n"
                         "      - {secret_id: \"" PUBLISHED_ID "\", secret_key: "
                         "\"" PUBLISHED_SECRET "\"}\n"
                         "buckets:\n"
                         "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n");
    client_freeze(c, 1567150700);
    *state = c;
    return 0;
}

/* @policy and @signature as the document prints them, or spoilt. */
static struct answer post_published(struct client *c, const char *policy, const char *signature)
{
    struct sent f;
    struct cos_buf encoded;
    sent_open(&f);
    cos_buf_init(&encoded, 1u << 16);
    cos_base64_append(&encoded, policy, strlen(policy));
    sent_field(&f, "key", "folder/subfolder/${filename}");
    sent_field(&f, "acl", "default");
    sent_field(&f, "Content-Type", "image/jpeg");
    sent_field(&f, "success_action_redirect", "https://my.website/upload_success.html");
    sent_field(&f, "x-cos-server-side-encryption", "AES256");
    sent_field(&f, "policy", cos_buf_cstr(&encoded));
    sent_field(&f, "q-sign-algorithm", "sha1");
    sent_field(&f, "q-ak", PUBLISHED_ID);
    sent_field(&f, "q-key-time", PUBLISHED_TIME);
    sent_field(&f, "q-signature", signature);
    sent_file_called(&f, "photo.jpg", CONTENT);
    sent_close(&f);
    cos_buf_deinit(&encoded);
    return sent_post(c, &f);
}

static void the_published_signature_verifies(void **state)
{
    struct client *c = *state;
    struct answer a = post_published(c, published_policy, PUBLISHED_SIGNATURE);
    expect_answer("published", &a, 303, "");
    assert_string_equal(answer_header(&a, "Location"),
                        "https://my.website/upload_success.html?bucket=" CLIENT_BUCKET
                        "&key=folder/subfolder/photo.jpg"
                        "&etag=%22ee8de918d05640145b18f70f4c3aa602%22");
    assert_string_equal(answer_header(&a, "x-cos-server-side-encryption"), "AES256");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->authn, "ok");
    assert_string_equal(e->op, "PostObject");
    assert_string_equal(e->key, "folder/subfolder/photo.jpg");
    cosmock_entries_free(e);
}

/* The blank behind the policy's last brace changes no meaning, only the bytes. */
static void a_changed_byte_of_policy_or_signature_is_noticed(void **state)
{
    struct client *c = *state;
    char policy[sizeof(published_policy) + 1];
    (void)snprintf(policy, sizeof(policy), "%s ", published_policy);
    char signature[] = PUBLISHED_SIGNATURE;
    signature[39] = 'e';
    const char *const forms[][2] = {{policy, PUBLISHED_SIGNATURE},
                                    {published_policy, signature}};
    for (size_t i = 0; i < COS_ARRAY_LEN(forms); i++) {
        struct answer a = post_published(c, forms[i][0], forms[i][1]);
        expect_answer("changed", &a, 403, "SignatureDoesNotMatch");
        assert_non_null(strstr(a.body, "<Message>The Signature you specified is invalid."));
        answer_free(&a);
    }
    assert_int_equal(count_objects(c), 0);
}

/* --- what becomes of a form --- */

/* Examples 1 and 2 of the document; the file's own Content-Type, image/png, is not used. */
static void a_form_becomes_an_object(void **state)
{
    static const char *const kept[][2] = {
        {"Content-Type", "image/jpeg"},
        {"Cache-Control", "max-age=86400"},
        {"Content-Disposition", "attachment; filename=example.jpg"},
        {"Content-Encoding", "identity"},
        {"Expires", "Fri, 10 Apr 2020 09:35:05 GMT"},
        {"x-cos-meta-example-field", "example-value"},
        {"x-cos-storage-class", "STANDARD_IA"},
        {"ETag", ETAG},
    };
    struct client *c = *state;
    struct sent f;
    sent_open(&f);
    sent_field(&f, "KEY", "dir/exampleobject");
    for (size_t i = 0; i + 1 < COS_ARRAY_LEN(kept); i++) {
        sent_field(&f, kept[i][0], kept[i][1]);
    }
    sent_field(&f, "Content-MD5", CONTENT_MD5);
    sent_field(&f, "submit", "Upload");
    sent_policy(&f,
                POLICY("[\"eq\",\"$Content-Disposition\",\"attachment; filename=example.jpg\"],"
                       "[\"starts-with\",\"$Content-Type\",\"image/\"],"
                       "{\"x-cos-meta-example-field\":\"example-value\"},"));
    sent_file(&f, CONTENT);
    sent_close(&f);
    add_header(&f.q, "Cache-Control", "no-cache"); /* of the browser, not of the object */
    struct answer a = sent_post(c, &f);
    expect_answer("form", &a, 204, "");
    assert_int_equal(a.n, 0);
    assert_string_equal(answer_header(&a, "ETag"), ETAG);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CRC64);
    assert_string_equal(answer_header(&a, "Location"),
                        "http://" CLIENT_HOST "/dir/exampleobject");
    answer_free(&a);
    a = get_signed(c, "/dir/exampleobject");
    assert_string_equal(a.body, CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(kept); i++) {
        assert_string_equal(answer_header(&a, kept[i][0]), kept[i][1]);
    }
    answer_free(&a);
}

/* The demo of the WeChat SDK sends the field empty (demo-post-policy.js:46). */
static void an_empty_content_type_counts_as_none(void **state)
{
    struct client *c = *state;
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "a.txt");
    sent_field(&f, "Content-Type", "");
    sent_policy(&f, POLICY(""));
    sent_file(&f, CONTENT);
    sent_close(&f);
    struct answer a = sent_post(c, &f);
    expect_answer("empty", &a, 204, "");
    answer_free(&a);
    a = get_signed(c, "/a.txt");
    assert_string_equal(answer_header(&a, "Content-Type"), "text/plain");
    answer_free(&a);
}

static void a_form_answers_as_it_asks(void **state)
{
    static const struct {
        const char *status, *redirect, *body_switch;
        int answer;
        const char *location, *body;
    } rows[] = {
        {"200", NULL, "xml", 200, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"204", NULL, "xml", 204, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"303", NULL, "xml", 204, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"201", NULL, "xml", 201, "http://" CLIENT_HOST "/a%20b%2Bc",
         "<?xml version='1.0' encoding='utf-8' ?>\n<PostResponse><Location>http://" CLIENT_HOST
         "/a%20b%2Bc</Location><Bucket>" CLIENT_BUCKET "</Bucket><Key>a b+c</Key>"
         "<ETag>ee8de918d05640145b18f70f4c3aa602</ETag></PostResponse>"},
        {"201", NULL, "empty", 201, "http://" CLIENT_HOST "/a%20b%2Bc", ""},
        {"200", "http://x/done?from=1", "xml", 303,
         "http://x/done?from=1&bucket=" CLIENT_BUCKET
         "&key=a%20b%2Bc&etag=%22ee8de918d05640145b18f70f4c3aa602%22",
         ""},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        client_switch(c, "form-created-body", rows[i].body_switch);
        struct sent f;
        sent_open(&f);
        sent_field(&f, "key", "a b+c");
        sent_field(&f, "success_action_status", rows[i].status);
        if (rows[i].redirect != NULL) {
            sent_field(&f, "success_action_redirect", rows[i].redirect);
        }
        sent_policy(&f, POLICY(""));
        sent_file(&f, CONTENT);
        sent_close(&f);
        struct answer a = sent_post(c, &f);
        expect_answer(rows[i].status, &a, rows[i].answer, "");
        assert_string_equal(answer_header(&a, "Location"), rows[i].location);
        assert_string_equal(answer_header(&a, "ETag"), ETAG);
        assert_string_equal(a.body, rows[i].body);
        answer_free(&a);
    }
}

static void a_form_is_the_same_in_whichever_pieces_it_comes(void **state)
{
    struct client *c = *state;
    for (size_t piece = 1; piece < 200; piece += 11) {
        struct sent f;
        sent_open(&f);
        f.piece = piece;
        sent_field(&f, "key", "k");
        sent_policy(&f, POLICY("{\"bucket\":\"" CLIENT_BUCKET "\"},"));
        sent_file(&f, "\r\n--" BOUNDARY);
        sent_close(&f);
        struct answer a = sent_post(c, &f);
        expect_answer("half a delimiter", &a, 400, "MalformedPOSTRequest");
        answer_free(&a);
        sent_open(&f);
        f.piece = piece;
        sent_field(&f, "key", "k");
        sent_policy(&f, POLICY("{\"bucket\":\"" CLIENT_BUCKET "\"},"));
        sent_file(&f, "\r\n---" BOUNDARY "\r\r\n-");
        sent_close(&f);
        a = sent_post(c, &f);
        expect_answer("pieces", &a, 204, "");
        answer_free(&a);
        a = get_signed(c, "/k");
        assert_string_equal(a.body, "\r\n---" BOUNDARY "\r\r\n-");
        answer_free(&a);
    }
}

/* Example 7; what a client says of the file's folder is not heeded (RFC 7578 s.4.2). */
static void the_filename_stands_in_the_key(void **state)
{
    static const struct {
        const char *key, *filename, *becomes;
    } rows[] = {
        {"folder/subfolder/${filename}", "photo.jpg", "folder/subfolder/photo.jpg"},
        {"${filename}", "C:\\pictures\\photo.jpg", "photo.jpg"},
        {"u/${filename}", "/srv/u/photo.jpg", "u/photo.jpg"},
        {"${filename}/${filename}.bak", "a", "a/a.bak"},
        {"$filename${filename", "a", "$filename${filename"},
        {"x${filename}", "", "x"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct sent f;
        sent_open(&f);
        sent_field(&f, "key", rows[i].key);
        sent_policy(&f, POLICY("[\"starts-with\",\"$key\",\"\"],"));
        sent_file_called(&f, rows[i].filename, CONTENT);
        sent_close(&f);
        struct answer a = sent_post(c, &f);
        expect_answer(rows[i].key, &a, 204, "");
        answer_free(&a);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->key, rows[i].becomes);
        cosmock_entries_free(e);
    }
}

static void a_form_heeds_forbid_overwrite(void **state)
{
    struct client *c = *state;
    for (int i = 0; i < 2; i++) {
        struct sent f;
        sent_open(&f);
        sent_field(&f, "key", "k");
        sent_field(&f, "x-cos-forbid-overwrite", "true");
        sent_policy(&f, POLICY(""));
        sent_file(&f, CONTENT);
        sent_close(&f);
        struct answer a = sent_post(c, &f);
        expect_answer("overwrite", &a, i == 0 ? 204 : 409, i == 0 ? "" : "FileAlreadyExists");
        answer_free(&a);
    }
}

/* Its digest is computed by other threads, and the request waits for it. */
static void a_large_file_comes_whole(void **state)
{
    struct client *c = *state;
    size_t n = 5u << 20;
    char *content = calloc(1, n + 1);
    memset(content, 'a', n);
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "k");
    sent_policy(&f, POLICY(""));
    sent_file(&f, content);
    sent_close(&f);
    f.piece = 100000;
    struct answer a = sent_post(c, &f);
    expect_answer("large", &a, 204, "");
    uint8_t md5[COS_MD5_BYTES];
    char hex[2 * COS_MD5_BYTES + 3] = "\"";
    cos_md5(md5, content, n);
    cos_hex_encode(hex + 1, md5, sizeof(md5));
    hex[33] = '"';
    hex[34] = '\0';
    assert_string_equal(answer_header(&a, "ETag"), hex);
    answer_free(&a);
    free(content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_published_signature_verifies, open_published,
                                        client_close),
        cmocka_unit_test_setup_teardown(a_changed_byte_of_policy_or_signature_is_noticed,
                                        open_published, client_close),
        CLIENT_TEST(a_form_becomes_an_object),
        CLIENT_TEST(an_empty_content_type_counts_as_none),
        CLIENT_TEST(a_form_answers_as_it_asks),
        CLIENT_TEST(a_form_is_the_same_in_whichever_pieces_it_comes),
        CLIENT_TEST(the_filename_stands_in_the_key),
        CLIENT_TEST(a_form_heeds_forbid_overwrite),
        CLIENT_TEST(a_large_file_comes_whole),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
