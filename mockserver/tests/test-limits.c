/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a request may hold: as much as its row says is served, one more is refused by the
 * row's code. (Lengths of keys: test-keys.c; of bucket's names and their number: test-bucket.c;
 * of each configuration: test-documents.c.)
 */
#include "door.h"

#define UPLOAD_ID_BYTES 80
#define AT_MOST_2000(n) ((n) > 2000 ? 2000 : (n))

struct limit_test {
    struct door *d;
    char upload_id[UPLOAD_ID_BYTES];
};
/* What a row asks for @n of. */
struct request {
    const char *method;
    char target[200];
    struct cos_buf headers, body;
};

/* --- rows --- */

static void begin(struct request *r, const char *method, const char *target)
{
    r->method = method;
    (void)snprintf(r->target, sizeof(r->target), "%s", target);
}

static void repeat(struct cos_buf *b, char c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cos_buf_ch(b, c);
    }
}

/* The name behind the prefix counts, too. */
static void one_header(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/o");
    cos_buf_str(&r->headers, "x-cos-meta-a: ");
    repeat(&r->headers, 'v', n - 1);
}

static void all_headers(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/o");
    for (char name = 'a'; n > 0; name++) {
        size_t here = AT_MOST_2000(n);
        cos_buf_printf(&r->headers, "%sx-cos-meta-%c: ", name == 'a' ? "" : "\n", name);
        repeat(&r->headers, 'v', here - 1);
        n -= here;
    }
}

static void tags(struct request *r, size_t n)
{
    cos_buf_str(&r->body, "<Tagging><TagSet>");
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&r->body, "<Tag><Key>k%zu</Key><Value>v</Value></Tag>", i);
    }
    cos_buf_str(&r->body, "</TagSet></Tagging>");
}

static void tags_of_object(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/kept?tagging");
    tags(r, n);
}

static void tags_of_bucket(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/?tagging");
    tags(r, n);
}

static void tags_in_header(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/o");
    cos_buf_str(&r->headers, "x-cos-tagging: ");
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&r->headers, "%sk%zu=v", i == 0 ? "" : "&", i);
    }
}

static void tag_key(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/kept?tagging");
    cos_buf_str(&r->body, "<Tagging><TagSet><Tag><Key>");
    repeat(&r->body, 'k', n);
    cos_buf_str(&r->body, "</Key><Value>v</Value></Tag></TagSet></Tagging>");
}

static void tag_value(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/kept?tagging");
    cos_buf_str(&r->body, "<Tagging><TagSet><Tag><Key>k</Key><Value>");
    repeat(&r->body, 'v', n);
    cos_buf_str(&r->body, "</Value></Tag></TagSet></Tagging>");
}

static void policy_bytes(const struct limit_test *t, struct request *r, size_t n)
{
    const struct cosmock_world_info *info = &t->d->info;
    begin(r, "PUT", "/?policy");
    cos_buf_printf(&r->body,
                   "{\"version\":\"2.0\",\"Statement\":[{\"Effect\":\"allow\","
                   "\"Principal\":{\"qcs\":[\"qcs::cam::anyone:anyone\"]},"
                   "\"Action\":[\"name/cos:GetObject\"],"
                   "\"Resource\":[\"qcs::cos:%s:uid/%s:%s/*\"]}]}",
                   info->region, info->appid, info->bucket);
    repeat(&r->body, ' ', n - r->body.len);
}

static void grants(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "PUT", "/kept?acl");
    cos_buf_str(&r->headers, "x-cos-grant-read: ");
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&r->headers, "%sid=\"%zu\"", i == 0 ? "" : ",", 100000000001 + i);
    }
}

static void keys_to_delete(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "POST", "/?delete");
    cos_buf_str(&r->body, "<Delete>");
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&r->body, "<Object><Key>%zu</Key></Object>", i);
    }
    cos_buf_str(&r->body, "</Delete>");
}

/* The largest document that clients have cause to send: 850 bytes, each escaped. */
static void escaped_keys_to_delete(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "POST", "/?delete");
    cos_buf_str(&r->body, "<Delete>");
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&r->body, "<Object><Key>%04zu", i);
        for (int byte = 4; byte < 850; byte++) {
            cos_buf_str(&r->body, "&lt;");
        }
        cos_buf_str(&r->body, "</Key></Object>");
    }
    cos_buf_str(&r->body, "</Delete>");
}

static void part_number(const struct limit_test *t, struct request *r, size_t n)
{
    char target[200];
    (void)snprintf(target, sizeof(target), "/up?partNumber=%zu&uploadId=%s", n, t->upload_id);
    begin(r, "PUT", target);
}

/* As the C++ SDK prints it. */
static void parts_to_join(const struct limit_test *t, struct request *r, size_t n)
{
    char target[200];
    (void)snprintf(target, sizeof(target), "/up?uploadId=%s", t->upload_id);
    begin(r, "POST", target);
    cos_buf_str(&r->body, "<CompleteMultipartUpload>\n");
    for (size_t i = 1; i <= n; i++) {
        cos_buf_printf(&r->body,
                       "\t<Part>\n\t\t<PartNumber>%zu</PartNumber>\n"
                       "\t\t<ETag>&quot;7202826a7791073fe2787f0c94603278&quot;</ETag>\n"
                       "\t</Part>\n",
                       i);
    }
    cos_buf_str(&r->body, "</CompleteMultipartUpload>\n");
}

static void document_bytes(const struct limit_test *t, struct request *r, size_t n)
{
    begin(r, "POST", "/?delete");
    cos_buf_str(&r->body, "<Delete><Object><Key>none</Key></Object></Delete>");
    repeat(&r->body, '\n', n - r->body.len);
}

static const struct {
    const char *name;
    void (*fill)(const struct limit_test *t, struct request *r, size_t n);
    size_t most;
    /* NULL: as much as that is served; else it gets as far as to this code */
    const char *served;
    const char *code, *source;
} rows[] = {
    {"one x-cos-meta-*", one_header, 2048, NULL, "MetadataTooLarge",
     "436/7746: one header 2 KB"},
    {"all x-cos-meta-*", all_headers, 4096, NULL, "MetadataTooLarge", "436/7746: 4 KB in all"},
    {"tags of an object", tags_of_object, 10, NULL, "BadRequest", "cos-operations-1.md s.5.2"},
    {"tags in a header", tags_in_header, 10, NULL, "BadRequest", "cos-operations-1.md s.5.2"},
    {"tags of a bucket", tags_of_bucket, 50, NULL, "BadRequest", "cos-operations-1.md s.5.1"},
    {"key of a tag", tag_key, 128, NULL, "InvalidTag", "cos-operations-1.md s.5.1"},
    {"value of a tag", tag_value, 256, NULL, "InvalidTag", "cos-operations-1.md s.5.1"},
    {"policy of a bucket", policy_bytes, 20u << 10, NULL, "MalformedPolicy",
     "cos-operations-1.md s.4: 20 KB; code [assumed]"},
    {"grants of a list", grants, 100, NULL, "InvalidArgument",
     "cos-operations-1.md s.12; code [assumed]"},
    {"keys of a multi-delete", keys_to_delete, 1000, NULL, "MalformedXML",
     "cos-wire.md s.2.0, s.2.1"},
    {"long keys of a multi-delete", escaped_keys_to_delete, 1000, NULL, "MalformedXML",
     "cos-wire.md s.2.0, s.2.1"},
    {"number of a part", part_number, 10000, NULL, "InvalidArgument", "cos-wire.md s.2.1"},
    {"parts of an object", parts_to_join, 10000, "InvalidPart", "MalformedXML",
     "cos-wire.md s.2.0"},
    {"bytes of a document", document_bytes, 4u << 20, NULL, "XMLSizeLimit",
     "436/7730 has the code; the size is ours: no page says it"},
};

/* --- asking --- */

static struct answer ask_for(const struct limit_test *t, size_t row, size_t n)
{
    struct request r;
    cos_buf_init(&r.headers, 1u << 20);
    cos_buf_init(&r.body, 8u << 20);
    rows[row].fill(t, &r, n);
    assert_false(r.headers.failed || r.body.failed);
    struct answer a =
        door_ask(t->d,
                 &(struct ask){.method = r.method,
                               .target = r.target,
                               .headers = r.headers.len > 0 ? cos_buf_cstr(&r.headers) : NULL,
                               .body = cos_buf_cstr(&r.body),
                               .n = r.body.len,
                               .with_md5 = true});
    cos_buf_deinit(&r.headers);
    cos_buf_deinit(&r.body);
    return a;
}

static const char *code_of(const struct answer *a)
{
    return a->status < 300 ? "" : xml_of(a, "Code");
}

static void open_upload(struct limit_test *t, struct door *d)
{
    t->d = d;
    door_put(d, "/kept", "x");
    struct answer a = door_send(d, "POST", "/up?uploads", NULL);
    (void)snprintf(t->upload_id, sizeof(t->upload_id), "%.79s", xml_of(&a, "UploadId"));
    answer_free(&a);
}

static void as_much_as_is_allowed_is_served_and_no_more(void **state)
{
    struct limit_test t;
    open_upload(&t, *state);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = ask_for(&t, i, rows[i].most);
        const char *served = rows[i].served == NULL ? "" : rows[i].served;
        if (strcmp(code_of(&a), served) != 0) {
            fail_msg("%s, %zu: %d %.300s", rows[i].name, rows[i].most, a.status, a.body);
        }
        answer_free(&a);
        a = ask_for(&t, i, rows[i].most + 1);
        if (a.status != 400 || strcmp(code_of(&a), rows[i].code) != 0) {
            fail_msg("%s, %zu (%s): %d %.300s", rows[i].name, rows[i].most + 1, rows[i].source,
                     a.status, a.body);
        }
        answer_free(&a);
    }
}

/* The page of PUT Object. */
static void all_metadata_may_be_2_kb_by_a_switch(void **state)
{
    struct limit_test t;
    open_upload(&t, *state);
    assert_int_equal(cosmock_switch_set(t.d->tenant, "metadata-bytes", "2048", NULL), 0);
    const char *const headers[] = {"x-cos-meta-a: ", "\nx-cos-meta-b: "};
    for (size_t n = 2048; n <= 2049; n++) {
        struct cos_buf text;
        cos_buf_init(&text, 4096);
        cos_buf_str(&text, headers[0]);
        repeat(&text, 'v', 999);
        cos_buf_str(&text, headers[1]);
        repeat(&text, 'v', n - 1001);
        door_expect(
            t.d, &(struct ask){.method = "PUT", .target = "/o", .headers = cos_buf_cstr(&text)},
            n == 2048 ? 200 : 400, n == 2048 ? NULL : "MetadataTooLarge");
        cos_buf_deinit(&text);
    }
}

/* The head alone, which says so many bytes; what it is answered with, the code in @code. */
static int begin_with(struct door *d, const char *method, const char *target,
                      const char *length, char code[64])
{
    const struct cosmock_header headers[] = {
        {{"Host", 4}, {d->host, strlen(d->host)}},
        {{"Content-Length", 14}, {length, strlen(length)}},
    };
    const struct cosmock_head head = {.method = {method, strlen(method)},
                                      .target = {target, strlen(target)},
                                      .headers = headers,
                                      .n_headers = COS_ARRAY_LEN(headers)};
    struct answer a = {0};
    int want = cosmock_begin(d->mock, &a.x, &head);
    if (want == COSMOCK_WANT_SEND) {
        assert_int_equal(cosmock_finish(a.x), 0);
        answer_read(&a);
        (void)snprintf(code, 64, "%d %s", a.status, xml_of(&a, "Code"));
    }
    answer_free(&a);
    return want;
}

/* 5 GB: cos-wire.md s.2.0. Nobody waits for the body. */
static void what_says_more_than_5_gb_is_refused_by_its_head(void **state)
{
    struct limit_test t;
    open_upload(&t, *state);
    char part[200];
    (void)snprintf(part, sizeof(part), "/up?partNumber=1&uploadId=%s", t.upload_id);
    const struct {
        const char *method, *target;
    } asked[] = {{"PUT", "/o"}, {"PUT", part}, {"POST", "/o?append&position=0"}};
    for (size_t i = 0; i < COS_ARRAY_LEN(asked); i++) {
        char code[64];
        assert_int_equal(begin_with(t.d, asked[i].method, asked[i].target, "5368709120", code),
                         COSMOCK_WANT_BODY);
        assert_int_equal(begin_with(t.d, asked[i].method, asked[i].target, "5368709121", code),
                         COSMOCK_WANT_SEND);
        assert_string_equal(code, "400 EntityTooLarge");
    }
}

/* What is asked for beyond a page is a page: clamped, cos-wire.md s.2.0, Limits [U]. */
static void a_page_has_1000_entries_at_most(void **state)
{
    struct limit_test t;
    open_upload(&t, *state);
    char parts[200];
    (void)snprintf(parts, sizeof(parts), "/up?uploadId=%s&max-parts=", t.upload_id);
    const struct {
        const char *target, *element;
    } asked[] = {{"/?max-keys=", "MaxKeys"},
                 {"/?versions&max-keys=", "MaxKeys"},
                 {"/?uploads&max-uploads=", "MaxUploads"},
                 {parts, "MaxParts"}};
    static const struct {
        const char *asked, *shown;
    } numbers[] = {{"999", "999"},     {"1000", "1000"},       {"1001", "1000"},
                   {"100000", "1000"}, {"4294967297", "1000"}, {"", "1000"}};
    for (size_t i = 0; i < COS_ARRAY_LEN(asked); i++) {
        for (size_t n = 0; n < COS_ARRAY_LEN(numbers); n++) {
            char target[300];
            (void)snprintf(target, sizeof(target), "%s%s", asked[i].target, numbers[n].asked);
            struct answer a = door_send(t.d, "GET", target, NULL);
            if (a.status != 200 ||
                strcmp(xml_of(&a, asked[i].element), numbers[n].shown) != 0) {
                fail_msg("%s: %d %s", target, a.status, a.body);
            }
            answer_free(&a);
        }
        static const char *const wrong[] = {"-1", "a", "1e3", "0x10"};
        for (size_t n = 0; n < COS_ARRAY_LEN(wrong); n++) {
            char target[300];
            (void)snprintf(target, sizeof(target), "%s%s", asked[i].target, wrong[n]);
            door_expect(t.d, &(struct ask){.method = "GET", .target = target}, 400,
                        "InvalidArgument");
        }
    }
}

/* cos-wire.md s.2.1: out of 1..10000 is InvalidArgument. */
static void a_part_has_a_number_from_1_on(void **state)
{
    static const char *const numbers[] = {"0", "-1", "10001", "4294967297", "", "a", "1.0"};
    struct limit_test t;
    open_upload(&t, *state);
    for (size_t i = 0; i < COS_ARRAY_LEN(numbers); i++) {
        char target[200];
        (void)snprintf(target, sizeof(target), "/up?partNumber=%s&uploadId=%s", numbers[i],
                       t.upload_id);
        door_expect(t.d, &(struct ask){.method = "PUT", .target = target, .body = "x", .n = 1},
                    400, "InvalidArgument");
    }
}

/* 436/7730; an older page of PUT Bucket versioning has InvalidArgument
 * (cos-operations-1.md s.2.1). */
static void a_document_that_is_missing_is_asked_for(void **state)
{
    struct limit_test t;
    open_upload(&t, *state);
    char complete[200];
    (void)snprintf(complete, sizeof(complete), "/up?uploadId=%s", t.upload_id);
    const struct {
        const char *method, *target, *code;
    } asked[] = {
        {"POST", "/?delete", "MissingRequestBodyError"},
        {"POST", complete, "MissingRequestBodyError"},
        {"PUT", "/?acl", "MissingRequestBodyError"},
        {"PUT", "/kept?acl", "MissingRequestBodyError"},
        {"PUT", "/?tagging", "MissingRequestBodyError"},
        {"PUT", "/kept?tagging", "MissingRequestBodyError"},
        {"PUT", "/?policy", "MissingRequestBodyError"},
        {"PUT", "/?cors", "MissingRequestBodyError"},
        {"PUT", "/?website", "MissingRequestBodyError"},
        {"PUT", "/?versioning", "InvalidArgument"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(asked); i++) {
        struct answer a = door_ask(t.d, &(struct ask){.method = asked[i].method,
                                                      .target = asked[i].target,
                                                      .body = "",
                                                      .with_md5 = true});
        if (a.status != 400 || strcmp(code_of(&a), asked[i].code) != 0) {
            fail_msg("%s %s: %d %s", asked[i].method, asked[i].target, a.status, a.body);
        }
        answer_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(as_much_as_is_allowed_is_served_and_no_more),
        DOOR_TEST(all_metadata_may_be_2_kb_by_a_switch),
        DOOR_TEST(what_says_more_than_5_gb_is_refused_by_its_head),
        DOOR_TEST(a_page_has_1000_entries_at_most),
        DOOR_TEST(a_part_has_a_number_from_1_on),
        DOOR_TEST(a_document_that_is_missing_is_asked_for),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
