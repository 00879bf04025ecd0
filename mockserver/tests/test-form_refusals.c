/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is no form, or too much of one, and what is heeded of one that is (cos-operations-2.md
 * s.3.1, s.3.3; the page "POST Object, common errors").
 */
#include "sent.h"

static void nothing_before_the_file(struct sent *f)
{
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void two_files(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
    sent_file(f, CONTENT);
}

static void no_file(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_policy(f, POLICY(""));
}

static void a_key_of_851_bytes(struct sent *f)
{
    char key[852];
    memset(key, 'k', sizeof(key) - 1);
    key[851] = '\0';
    sent_field(f, "key", key);
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void two_keys(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_field(f, "Key", "l");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void a_line_end_in_a_type(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_field(f, "Content-Type", "text/plain\r\nSet-Cookie: a=b");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void a_line_end_in_a_redirect(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_field(f, "success_action_redirect", "http://x/\r\nSet-Cookie: a=b");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void a_blank_in_a_name(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_field(f, "x-cos-meta-a b", "c");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void a_field_of_66_kib(struct sent *f)
{
    char *value = calloc(1, (66 << 10) + 1);
    memset(value, 'v', 66 << 10);
    sent_field(f, "submit", value);
    free(value);
    sent_field(f, "key", "k");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void fields_by_the_hundred(struct sent *f)
{
    for (int i = 0; i < 200; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "f%d", i);
        sent_field(f, name, "");
    }
    sent_file(f, CONTENT);
}

static void another_md5(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_field(f, "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void no_md5(struct sent *f)
{
    sent_field(f, "key", "k");
    sent_field(f, "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void another_md5_of_all(struct sent *f)
{
    add_header(&f->q, "Content-MD5", CONTENT_MD5);
    sent_field(f, "key", "k");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void another_type(struct sent *f)
{
    f->content_type = "application/octet-stream";
    sent_field(f, "key", "k");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void another_boundary(struct sent *f)
{
    f->content_type = "multipart/form-data; boundary=other";
    sent_field(f, "key", "k");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void another_bucket(struct sent *f)
{
    add_header(&f->q, "Host", "other-1250000000.cos.ap-beijing.myqcloud.com");
    sent_field(f, "key", "k");
    sent_policy(f, POLICY(""));
    sent_file(f, CONTENT);
}

static void what_is_no_good_form_is_refused(void **state)
{
    static const struct {
        const char *name;
        void (*add)(struct sent *f);
        int status;
        const char *code;
    } rows[] = {
        {"no key", nothing_before_the_file, 400, "InvalidArgument"},
        {"two files", two_files, 400, "IncorrectNumberOfFilesInPostRequest"},
        {"no file", no_file, 400, "IncorrectNumberOfFilesInPostRequest"},
        {"long key", a_key_of_851_bytes, 400, "KeyTooLong"},
        {"two keys", two_keys, 400, "InvalidRequest"},
        {"line end in a type", a_line_end_in_a_type, 400, "InvalidArgument"},
        {"line end in a redirect", a_line_end_in_a_redirect, 400, "InvalidArgument"},
        {"blank in a name", a_blank_in_a_name, 400, "InvalidArgument"},
        {"much", a_field_of_66_kib, 400, "MaxPostPreDataLengthExceededError"},
        {"many", fields_by_the_hundred, 400, "MaxPostPreDataLengthExceededError"},
        {"another MD5", another_md5, 400, "BadDigest"},
        {"no MD5", no_md5, 400, "InvalidDigest"},
        {"another MD5 of the form", another_md5_of_all, 400, "BadDigest"},
        {"another type", another_type, 400, "MalformedPOSTRequest"},
        {"another boundary", another_boundary, 400, "MalformedPOSTRequest"},
        {"another bucket", another_bucket, 404, "NoSuchBucket"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct sent f;
        sent_open(&f);
        rows[i].add(&f);
        sent_close(&f);
        struct answer a = sent_post(c, &f);
        expect_answer(rows[i].name, &a, rows[i].status, rows[i].code);
        answer_free(&a);
        assert_int_equal(count_objects(c), 0);
    }
}

/* The header is of the whole body, the field of the file. */
static void the_md5_of_a_whole_form_is_heeded(void **state)
{
    struct client *c = *state;
    struct sent f;
    uint8_t md5[COS_MD5_BYTES];
    char text[COS_BASE64_BYTES(COS_MD5_BYTES)];
    sent_open(&f);
    sent_field(&f, "key", "k");
    sent_policy(&f, POLICY(""));
    sent_file(&f, CONTENT);
    sent_close(&f);
    cos_md5(md5, f.body.ptr, f.body.len);
    cos_base64_encode(text, md5, sizeof(md5));
    add_header(&f.q, "Content-MD5", text);
    f.piece = 7;
    struct answer a = sent_post(c, &f);
    expect_answer("md5", &a, 204, "");
    answer_free(&a);
}

static void a_form_cut_short_stores_nothing(void **state)
{
    struct client *c = *state;
    struct sent f;
    size_t whole = SIZE_MAX;
    /* of the last "--" and its line's end it needs the former only */
    for (size_t n = 0; n < whole - 4; n += 13) {
        sent_open(&f);
        sent_field(&f, "key", "k");
        sent_policy(&f, POLICY(""));
        sent_file(&f, CONTENT);
        sent_close(&f);
        whole = f.body.len;
        f.body.len = n;
        struct answer a = sent_post(c, &f);
        expect_answer("cut", &a, 400, "MalformedPOSTRequest");
        answer_free(&a);
    }
    assert_int_equal(count_objects(c), 0);
}

/* The transport is told to stop as soon as the fields are there. */
static void a_refusal_comes_before_a_byte_of_the_file(void **state)
{
    struct client *c = *state;
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "k");
    sent_policy(&f, POLICY("{\"key\":\"other\"},"));
    sent_file(&f, "");
    add_header(&f.q, "Host", CLIENT_HOST);
    add_header(&f.q, "Content-Type", f.content_type);
    add_header(&f.q, "Content-Length", "1000000000");
    struct answer a = {0};
    assert_int_equal(client_begin(c, &a.x, &f.q), COSMOCK_WANT_BODY);
    assert_int_equal(cosmock_body(a.x, f.body.ptr, f.body.len - 2), COSMOCK_WANT_SEND);
    assert_int_equal(cosmock_finish(a.x), 0);
    answer_read(&a);
    expect_answer("early", &a, 403, "AccessDenied");
    answer_free(&a);
    cos_buf_deinit(&f.body);
}

/* The document wants the file last. */
static void fields_behind_the_file_have_no_effect_and_are_named(void **state)
{
    struct client *c = *state;
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "k");
    sent_policy(&f, POLICY(""));
    sent_file(&f, CONTENT);
    sent_field(&f, "x-cos-meta-late", "v");
    sent_field(&f, "success_action_status", "200");
    sent_close(&f);
    struct answer a = sent_post(c, &f);
    expect_answer("late", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->ignored, "x-cos-meta-late;success_action_status");
    cosmock_entries_free(e);
    a = get_signed(c, "/k");
    assert_string_equal(answer_header(&a, "x-cos-meta-late"), "");
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(what_is_no_good_form_is_refused),
        CLIENT_TEST(the_md5_of_a_whole_form_is_heeded),
        CLIENT_TEST(a_form_cut_short_stores_nothing),
        CLIENT_TEST(a_refusal_comes_before_a_byte_of_the_file),
        CLIENT_TEST(fields_behind_the_file_have_no_effect_and_are_named),
    };
    return cmocka_run_group_tests_name("form_refusals", tests, NULL, NULL);
}
