/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of names, and what the journal says of names without effect. Which names have none:
 * docs/DEVIATIONS.md (callbacks are not built, say). The names
 * themselves: cos-operations-2.md s.1.
 */
#include "services/names.h"

#include "client.h"
#include "exchange/exchange.h"
#include "services/ops.h"
#include "services/service.h"
#include "services/service_rows.h"

static void the_table_is_in_order_and_names_its_sources(void **state)
{
    const struct known_name *rows = names_of_queries();

    for (size_t i = 0; rows[i].name != NULL; i++) {
        bool is_open = strstr(rows[i].name, "...") != NULL;
        assert_true(rows[i].source[0] != '\0');
        if (i > 0 && !is_open && strcmp(rows[i - 1].name, rows[i].name) >= 0) {
            fail_msg("%s stands behind %s", rows[i].name, rows[i - 1].name);
        }
        if (!is_open && name_of_query(/* own= */ NULL, cos_span_of(rows[i].name)) != &rows[i]) {
            fail_msg("%s is not found", rows[i].name);
        }
    }
}

static void names_are_found_as_they_are_spelled(void **state)
{
    static const struct {
        const char *name;
        bool is_known;
        enum name_kind kind;
    } cases[] = {
        {"acl", true, NAME_SELECTS},
        {"live", true, NAME_SELECTS},
        {"image-slim", true, NAME_SELECTS},
        {"imageMogr2/thumbnail/!50px", true, NAME_SELECTS},
        {"watermark/2/text/x", true, NAME_SELECTS},
        {"prefix", true, NAME_SAYS},
        {"versionId", true, NAME_SAYS},
        {"x-cos-traffic-limit", true, NAME_SAYS},
        {"ACL", false, NAME_IDLE},
        {"imageMogr2", false, NAME_IDLE},
        {"acl ", false, NAME_IDLE},
        {"", false, NAME_IDLE},
        {"zzz", false, NAME_IDLE},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const struct known_name *row =
            name_of_query(/* own= */ NULL, cos_span_of(cases[i].name));
        if ((row != NULL) != cases[i].is_known || (row != NULL && row->kind != cases[i].kind)) {
            fail_msg("%s", cases[i].name);
        }
    }
    assert_string_equal(name_of_query_any_case(NULL, COS_SPAN_LIT("ACL"))->name, "acl");
    assert_null(name_of_query_any_case(NULL, COS_SPAN_LIT("nobody")));
    for (const struct known_name *row = names_of_http_headers(); row->name != NULL; row++) {
        assert_ptr_equal(name_of_http_header(cos_span_of(row->name)), row);
    }
    assert_string_equal(name_of_http_header(COS_SPAN_LIT("if-MATCH"))->name, "If-Match");
    assert_null(name_of_http_header(COS_SPAN_LIT("If-Matches")));
    assert_null(name_of_http_header(COS_SPAN_LIT("Host")));
}

static void cos_spells_every_header_that_is_asked_for_and_knows_its_source(void **state)
{
    for (int i = HEADER_NONE + 1; i < HEADER_NAMES; i++) {
        const struct known_name *row = &names_cos_headers[i];
        if (row->name == NULL || row->name[0] == '\0' || row->source[0] == '\0') {
            fail_msg("header %d has no name, or no source", i);
        }
        bool is_known = name_of_header(names_cos_headers, cos_span_of(row->name)) != NULL;
        assert_int_equal(is_known, row->kind != NAME_ANSWERS);
    }
}

/* Another spelling is another table: nothing that asks for a header knows its name. */
static void a_service_is_asked_in_its_own_spelling(void **state)
{
    static struct known_name s3[HEADER_NAMES + 1];
    for (int i = 0; i < HEADER_NAMES; i++) {
        s3[i] = (struct known_name){.name = "", .kind = NAME_SAYS, .source = "this test"};
    }
    s3[HEADER_COPY_SOURCE].name = "x-amz-copy-source";
    s3[HEADER_COPY_SOURCE_IF_MATCH].name = "x-amz-copy-source-if-match";
    struct service service = *service_row(OP_COS);
    service.headers = s3;
    struct header headers[] = {
        {COS_SPAN_LIT("X-Amz-Copy-Source"), COS_SPAN_LIT("b-1.cos.ap-guangzhou/k")},
        {COS_SPAN_LIT("x-cos-copy-source-if-match"), COS_SPAN_LIT("\"1\"")},
        {COS_SPAN_LIT("x-cos-forbid-overwrite"), COS_SPAN_LIT("true")},
    };
    struct cosmock_exchange x = {
        .service = &service,
        .parts = {.method = COS_SPAN_LIT("PUT"),
                  .headers = headers,
                  .n_headers = COS_ARRAY_LEN(headers)},
        .route = {.target = OP_ON_OBJECT},
    };

    assert_ptr_equal(header_of(&x, HEADER_COPY_SOURCE).ptr, headers[0].value.ptr);
    assert_null(header_of(&x, HEADER_COPY_SOURCE_IF_MATCH).ptr);
    assert_null(header_of(&x, HEADER_FORBID_OVERWRITE).ptr);
    assert_null(header_spelling(&x, HEADER_FORBID_OVERWRITE));
    assert_string_equal(ops_find_cos(&x).op->name, "PutObjectCopy");
    x.service = service_row(OP_COS);
    assert_string_equal(ops_find_cos(&x).op->name, "PutObjectCopyOfS3");
    x.service = service_row(OP_STS);
    assert_null(header_of(&x, HEADER_COPY_SOURCE).ptr);
}

/* RFC 9110 s.5.6.7's moment; the forms are those of ISO 8601. */
static void a_service_shows_times_in_its_own_form(void **state)
{
    static const struct {
        enum date_form form;
        const char *text;
    } cases[] = {
        {DATE_ISO, "<T>1994-11-06T08:49:37Z</T>"},
        {DATE_ISO_MS, "<T>1994-11-06T08:49:37.000Z</T>"},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct service service = {.dates = {[DATE_OF_COPY] = cases[i].form}};
        struct cosmock_exchange x = {.service = &service};
        cos_buf_init(&x.result.body, 1000);
        service_xml_date(&x, "T", DATE_OF_COPY, 784111777999);
        assert_string_equal(cos_buf_cstr(&x.result.body), cases[i].text);
        cos_buf_deinit(&x.result.body);
    }
}

static struct cosmock_entry *entry_of(struct client *c, const char *target,
                                      const char *const headers[][2], size_t n)
{
    static struct question q;

    q = (struct question){.method = "GET", .target = target};
    add_header(&q, "Host", CLIENT_HOST);
    for (size_t i = 0; i < n; i++) {
        add_header(&q, headers[i][0], headers[i][1]);
    }
    struct answer r = client_send(c, &q);
    answer_free(&r);
    return last_entry(c);
}

static void the_journal_says_what_was_ignored_and_what_was_not_understood(void **state)
{
    static const char *const headers[][2] = {
        {"X-Cos-Process", "x"},
        {"x-cos-mtea-a", "1"},
        {"x-cos-meta-a", "1"},
        {"x-cos-rename-source", "k"},
        {"x-custom", "not the service's"},
        {"x-amz-acl", "private"},
    };
    struct cosmock_entry *e = entry_of(*state, "/k?prefx=1&versionId=null&async=2&a%3Bb&%01",
                                       headers, COS_ARRAY_LEN(headers));

    assert_string_equal(e->ignored, "x-cos-process;x-cos-meta-a;x-cos-rename-source;?async");
    assert_string_equal(e->unknown, "x-cos-mtea-a;x-amz-acl;?prefx;?a%3Bb;?%01");
    char *json = cosmock_entry_json(e);
    assert_non_null(
        strstr(json, "\"ignored\":\"x-cos-process;x-cos-meta-a;x-cos-rename-source;?async\","
                     "\"unknown\":\"x-cos-mtea-a;"));
    free(json);
    cosmock_entries_free(e);
    e = entry_of(*state, "/k", NULL, 0);
    json = cosmock_entry_json(e);
    assert_null(strstr(json, "ignored"));
    assert_null(strstr(json, "unknown\":\"?"));
    free(json);
    cosmock_entries_free(e);
}

static void the_lists_of_names_are_bounded(void **state)
{
    char target[8192] = "/k?";
    size_t n = strlen(target);

    for (int i = 0; i < 40; i++) {
        n += (size_t)snprintf(target + n, sizeof(target) - n, "n%02d%0100d&", i, 0);
    }
    struct cosmock_entry *e = entry_of(*state, target, NULL, 0);
    assert_true(strlen(e->unknown) <= 17u * 66);
    assert_memory_equal(e->unknown, "?n000000", 8);
    assert_string_equal(e->unknown + strlen(e->unknown) - 4, ";...");
    assert_null(strstr(e->unknown, "?n16"));
    cosmock_entries_free(e);
}

/* --- no sub-resource ever runs as the bare operation --- */

static bool is_bare(const char *op)
{
    static const char *const bare[] = {"GetBucket",    "HeadBucket", "PutBucket",
                                       "DeleteBucket", "PostObject", "GetObject",
                                       "HeadObject",   "PutObject",  "PutObjectCopy",
                                       "DeleteObject"};

    for (size_t i = 0; i < COS_ARRAY_LEN(bare); i++) {
        if (strcmp(op, bare[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int ask_bare(struct client *c, const char *method, const char *target, char op[64])
{
    static struct question q;

    q = (struct question){.method = method, .target = target, .body = "new", .n = 3};
    add_header(&q, "Host", CLIENT_HOST);
    add_header(&q, "Content-Length", "3");
    struct answer r = client_send(c, &q);
    struct cosmock_entry *e = last_entry(c);
    int status = r.status;
    (void)snprintf(op, 64, "%s", e->op);
    cosmock_entries_free(e);
    answer_free(&r);
    return status;
}

static const char *const methods[] = {"GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"};
static const char *const paths[] = {"/", "/k"};

/* "live" as "%6Cive". */
static const char *encoded(const char *name)
{
    static char text[128];

    (void)snprintf(text, sizeof(text), "%%%02X%s", (unsigned char)name[0], name + 1);
    return text;
}

static void ask_every_way(struct client *c, const char *name)
{
    for (size_t m = 0; m < COS_ARRAY_LEN(methods) * COS_ARRAY_LEN(paths); m++) {
        const char *method = methods[m / 2];
        char targets[4][300];
        (void)snprintf(targets[0], 300, "%s?%s", paths[m % 2], name);
        (void)snprintf(targets[1], 300, "%s?%s=", paths[m % 2], name);
        (void)snprintf(targets[2], 300, "%s?prefix=a&%s=v", paths[m % 2], name);
        (void)snprintf(targets[3], 300, "%s?%s", paths[m % 2], encoded(name));
        for (size_t i = 0; i < 4; i++) {
            char op[64];
            (void)ask_bare(c, method, targets[i], op);
            if (is_bare(op)) {
                fail_msg("%s %s ran as %s", method, targets[i], op);
            }
        }
    }
}

static void expect_untouched(struct client *c)
{
    static struct question q;

    q = (struct question){.method = "GET", .target = "/k"};
    add_header(&q, "Host", CLIENT_HOST);
    struct answer r = client_send(c, &q);
    assert_string_equal(r.body, "kept");
    answer_free(&r);
    char op[64];
    assert_int_equal(ask_bare(c, "HEAD", "/", op), 200);
}

static void store_k(struct client *c)
{
    static struct question q;

    client_switch(c, "enforcement", "off");
    q = (struct question){.method = "PUT", .target = "/k", .body = "kept", .n = 4};
    add_header(&q, "Host", CLIENT_HOST);
    add_header(&q, "Content-Length", "4");
    struct answer r = client_send(c, &q);
    assert_int_equal(r.status, 200);
    answer_free(&r);
}

static void no_sub_resource_runs_as_the_bare_operation(void **state)
{
    store_k(*state);
    for (const struct known_name *row = names_of_queries(); row->name != NULL; row++) {
        if (row->kind == NAME_SELECTS) {
            ask_every_way(*state, row->name);
        }
    }
    expect_untouched(*state);
}

static void a_write_with_a_name_that_nobody_knows_is_refused(void **state)
{
    static const char *const unknown[] = {"brandNew", "brandNew=",  "x=1&brandNew",
                                          "ACL",      "ACL=x",      "Live",
                                          "%61CL",    "uploadid=1", "acl%20"};

    store_k(*state);
    for (size_t i = 0; i < COS_ARRAY_LEN(unknown) * COS_ARRAY_LEN(methods); i++) {
        const char *method = methods[i % COS_ARRAY_LEN(methods)];
        bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
        for (size_t p = 0; p < COS_ARRAY_LEN(paths); p++) {
            char target[100];
            (void)snprintf(target, sizeof(target), "%s?%s", paths[p],
                           unknown[i / COS_ARRAY_LEN(methods)]);
            char op[64];
            int status = ask_bare(*state, method, target, op);
            if (is_read ? status != 200 : status < 400) {
                fail_msg("%s %s: %d %s", method, target, status, op);
            }
        }
    }
    expect_untouched(*state);
}

/* Clients sign parameters of their own (cos-operations-2.md s.17); a presigned form sends empty
 * ones of the signature. */
static void parameters_with_values_and_empty_known_ones_pass(void **state)
{
    static const char *const fine[] = {
        "custom=1", "prefix=", "x-cos-security-token=", "q-url-param-list=", "a=1&b=2",
        "",         "&"};

    store_k(*state);
    char op[64];
    for (size_t i = 0; i < COS_ARRAY_LEN(fine); i++) {
        char target[100];
        (void)snprintf(target, sizeof(target), "/other?%s", fine[i]);
        if (ask_bare(*state, "PUT", target, op) != 200) {
            fail_msg("%s was refused", target);
        }
        assert_string_equal(op, "PutObject");
    }
    client_switch(*state, "unknown-sub-resource", "ignore");
    assert_int_equal(ask_bare(*state, "PUT", "/other?brandNew", op), 200);
    assert_string_equal(op, "PutObject");
}

static void what_contradicts_itself_is_refused_by_name(void **state)
{
    static const struct {
        /* NULL: it does not contradict itself */
        const char *method, *target, *says;
    } cases[] = {
        {"DELETE", "/k?acl&uploads", "acl and uploads"},
        {"GET", "/?versions&acl=", "versions and acl"},
        {"DELETE", "/k?versionId=null&versionId=MTg0", "versionId twice"},
        {"DELETE", "/k?versionId=MTg0&versionId=null", "versionId twice"},
        {"GET", "/?prefix=a&prefix=b", "prefix twice"},
        {"PUT", "/k?partNumber=1&partNumber=2&uploadId=x", "partNumber twice"},
        {"GET", "/?prefix=a&prefix=a", NULL},
        {"GET", "/?custom=1&custom=2", NULL},
    };
    static struct question q;

    store_k(*state);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        q = (struct question){.method = cases[i].method, .target = cases[i].target};
        add_header(&q, "Host", CLIENT_HOST);
        struct answer r = client_send(*state, &q);
        bool is_right = cases[i].says == NULL
                            ? r.status == 200
                            : r.status == 400 && strcmp(xml_code(&r), "InvalidRequest") == 0 &&
                                  strstr(r.body, cases[i].says) != NULL;
        if (!is_right) {
            fail_msg("%s %s: %d %s", cases[i].method, cases[i].target, r.status, r.body);
        }
        answer_free(&r);
    }
    expect_untouched(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_order_and_names_its_sources),
        cmocka_unit_test(names_are_found_as_they_are_spelled),
        cmocka_unit_test(cos_spells_every_header_that_is_asked_for_and_knows_its_source),
        cmocka_unit_test(a_service_is_asked_in_its_own_spelling),
        cmocka_unit_test(a_service_shows_times_in_its_own_form),
        CLIENT_TEST(the_journal_says_what_was_ignored_and_what_was_not_understood),
        CLIENT_TEST(the_lists_of_names_are_bounded),
        CLIENT_TEST(no_sub_resource_runs_as_the_bare_operation),
        CLIENT_TEST(a_write_with_a_name_that_nobody_knows_is_refused),
        CLIENT_TEST(parameters_with_values_and_empty_known_ones_pass),
        CLIENT_TEST(what_contradicts_itself_is_refused_by_name),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
