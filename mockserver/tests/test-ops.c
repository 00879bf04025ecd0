/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of operations: what a request becomes (sts-cam.md s.3.5), and that
 * docs/OPERATIONS.md is the table. To print the page: run this program with the single argument
 * --print.
 */
#include "services/ops.h"

#include "cosbase/file.h"
#include "exchange/exchange.h"
#include "json.h"
#include "services/names.h"
#include "services/service_rows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PAGE_MAX_BYTES ((size_t)1 << 20)

static const char *fixtures;

struct request {
    const char *method;
    enum op_target target;
    const char *queries[3], *header;
    /* NULL: fits no row */
    const char *expected;
    const char *action;
};
static const struct request requests[] = {
    {"GET", OP_ON_SERVICE, {NULL}, NULL, "GetService", "name/cos:GetService"},
    {"GET", OP_ON_BUCKET, {NULL}, NULL, "GetBucket", "name/cos:GetBucket"},
    {"GET", OP_ON_BUCKET, {"prefix", "delimiter"}, NULL, "GetBucket", "name/cos:GetBucket"},
    {"GET",
     OP_ON_BUCKET,
     {"prefix", "uploads"},
     NULL,
     "ListMultipartUploads",
     "name/cos:ListMultipartUploads"},
    {"GET",
     OP_ON_BUCKET,
     {"versions"},
     NULL,
     "GetBucketObjectVersions",
     "name/cos:GetBucketObjectVersions"},
    {"PUT", OP_ON_BUCKET, {NULL}, NULL, "PutBucket", "name/cos:PutBucket"},
    {"PUT", OP_ON_BUCKET, {"policy"}, NULL, "PutBucketPolicy", "name/cos:PutBucketPolicy"},
    {"HEAD", OP_ON_BUCKET, {NULL}, NULL, "HeadBucket", "name/cos:HeadBucket"},
    {"DELETE", OP_ON_BUCKET, {NULL}, NULL, "DeleteBucket", "name/cos:DeleteBucket"},
    {"DELETE", OP_ON_BUCKET, {"cors"}, NULL, "DeleteBucketCORS", "name/cos:DeleteBucketCORS"},
    {"DELETE", OP_ON_BUCKET, {"location"}, NULL, NULL, NULL},
    {"DELETE", OP_ON_BUCKET, {"acl"}, NULL, NULL, NULL},
    {"POST", OP_ON_BUCKET, {"delete"}, NULL, "DeleteMultipleObjects", "name/cos:DeleteObject"},
    {"POST", OP_ON_BUCKET, {NULL}, NULL, "PostObject", "name/cos:PostObject"},
    {"GET", OP_ON_OBJECT, {NULL}, NULL, "GetObject", "name/cos:GetObject"},
    {"GET", OP_ON_OBJECT, {"response-content-type"}, NULL, "GetObject", "name/cos:GetObject"},
    {"GET", OP_ON_OBJECT, {"uploadId"}, NULL, "ListParts", "name/cos:ListParts"},
    {"GET", OP_ON_OBJECT, {"acl"}, NULL, "GetObjectACL", "name/cos:GetObjectACL"},
    {"HEAD", OP_ON_OBJECT, {NULL}, NULL, "HeadObject", "name/cos:HeadObject"},
    {"PUT", OP_ON_OBJECT, {NULL}, NULL, "PutObject", "name/cos:PutObject"},
    {"PUT", OP_ON_OBJECT, {NULL}, "x-cos-copy-source", "PutObjectCopy", "name/cos:PutObject"},
    {"PUT",
     OP_ON_OBJECT,
     {"partNumber", "uploadId"},
     NULL,
     "UploadPart",
     "name/cos:UploadPart"},
    {"PUT",
     OP_ON_OBJECT,
     {"partNumber", "uploadId"},
     "x-cos-copy-source",
     "UploadPartCopy",
     "name/cos:PutObject"},
    {"POST",
     OP_ON_OBJECT,
     {"uploads"},
     NULL,
     "InitiateMultipartUpload",
     "name/cos:InitiateMultipartUpload"},
    {"POST",
     OP_ON_OBJECT,
     {"uploadId"},
     NULL,
     "CompleteMultipartUpload",
     "name/cos:CompleteMultipartUpload"},
    {"DELETE",
     OP_ON_OBJECT,
     {"uploadId"},
     NULL,
     "AbortMultipartUpload",
     "name/cos:AbortMultipartUpload"},
    {"DELETE", OP_ON_OBJECT, {NULL}, NULL, "DeleteObject", "name/cos:DeleteObject"},
    {"DELETE", OP_ON_OBJECT, {"acl"}, NULL, NULL, NULL}, /* must not delete the object */
    {"PUT",
     OP_ON_OBJECT,
     {NULL},
     "x-amz-copy-source",
     "PutObjectCopyOfS3",
     "name/cos:PutObject"},
    {"PUT",
     OP_ON_OBJECT,
     {"uploadId", "partNumber"},
     "x-amz-copy-source",
     "UploadPartCopyOfS3",
     "name/cos:PutObject"},
    {"DELETE", OP_ON_OBJECT, {"live"}, NULL, "DeleteLiveChannel", "name/cos:DeleteLiveChannel"},
    {"GET",
     OP_ON_OBJECT,
     {"imageMogr2/thumbnail/!50p", "versionId"},
     NULL,
     "GetObjectImageMogr2",
     "name/cos:GetObjectImageMogr2"},
    {"OPTIONS", OP_ON_BUCKET, {"lifecycle"}, NULL, "OptionsBucket", NULL},
    {"PUT", OP_ON_OBJECT, {"cors"}, NULL, NULL, NULL}, /* of a bucket */
    {"GET", OP_ON_SERVICE, {"acl"}, NULL, NULL, NULL},
    {"POST", OP_ON_OBJECT, {NULL}, NULL, NULL, NULL},
    {"PATCH", OP_ON_OBJECT, {NULL}, NULL, NULL, NULL},
};

/* An exchange with nothing but what the choice is made from. */
static struct op_choice choose(const struct request *r, struct param params[3])
{
    struct header header = {cos_span_of(r->header), COS_SPAN_LIT("x")};
    struct cosmock_exchange x = {.service = service_row(OP_COS),
                                 .parts = {.method = cos_span_of(r->method),
                                           .params = params,
                                           .headers = &header,
                                           .n_headers = r->header != NULL},
                                 .route = {.target = r->target}};
    while (x.parts.n_params < 3 && r->queries[x.parts.n_params] != NULL) {
        params[x.parts.n_params].name = cos_span_of(r->queries[x.parts.n_params]);
        params[x.parts.n_params++].value = COS_SPAN_EMPTY;
    }
    return ops_find_cos(&x);
}

static void requests_find_their_operation(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(requests); i++) {
        struct request r = requests[i];
        struct param params[3];
        const struct op_row *row = choose(&r, params).op;
        const char *name = row == NULL ? "(none)" : row->name;
        if (strcmp(name, r.expected == NULL ? "(none)" : r.expected) != 0) {
            fail_msg("row %zu, %s %s: got %s", i, r.method,
                     r.queries[0] == NULL ? "" : r.queries[0], name);
        }
        if (row != NULL) {
            assert_string_equal(row->action == NULL ? "(none)" : row->action,
                                r.action == NULL ? "(none)" : r.action);
        }
    }
}

static void two_sub_resources_choose_nothing(void **state)
{
    static const struct request cases[] = {
        {"GET", OP_ON_BUCKET, {"acl", "uploads"}, NULL, NULL, NULL},
        {"DELETE", OP_ON_OBJECT, {"acl", "uploadId"}, NULL, NULL, NULL},
        {"PUT", OP_ON_OBJECT, {"tagging", "versionId", "live"}, NULL, NULL, NULL},
    };
    struct param params[3];

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct op_choice c = choose(&cases[i], params);
        assert_null(c.op);
        assert_non_null(c.second);
    }
    struct request twice = {"GET", OP_ON_BUCKET, {"acl", "acl"}, NULL, NULL, NULL};
    assert_string_equal(choose(&twice, params).op->name, "GetBucketACL");
}

static bool has_row(const char *query)
{
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        if (row->query != NULL && strcmp(row->query, query) == 0) {
            return true;
        }
    }
    return false;
}

static void expect_rows_of(const struct known_name *names)
{
    for (const struct known_name *name = names; name->name != NULL; name++) {
        if (name->kind == NAME_SELECTS && !has_row(name->name)) {
            fail_msg("no operation for ?%s", name->name);
        }
    }
}

static void every_sub_resource_has_a_row_and_every_row_a_name(void **state)
{
    expect_rows_of(names_of_queries());
    expect_rows_of(names_s3_queries);
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        const struct known_name *known =
            row->query == NULL
                ? NULL
                : name_of_query(service_row(row->service)->own_params, cos_span_of(row->query));
        if (row->query != NULL && (known == NULL || known->kind != NAME_SELECTS)) {
            fail_msg("%s: ?%s is in no table", row->name, row->query);
        }
    }
}

static void the_table_prints_as_json(void **state)
{
    struct cos_buf text;

    cos_buf_init(&text, PAGE_MAX_BYTES);
    ops_print_json(&text);
    struct cos_json *root = parse_json(cos_buf_view(&text));
    size_t n = 0;
    while (ops_rows()[n].name != NULL) {
        n++;
    }
    assert_int_equal(cos_json_count(root), n);
    const struct cos_json *first = cos_json_first(root);
    assert_string_equal(cos_json_str(cos_json_get(first, "operation")), "GetService");
    assert_string_equal(cos_json_str(cos_json_get(first, "method")), "GET");
    assert_string_equal(cos_json_str(cos_json_get(first, "target")), "service");
    (void)cos_json_free(root);
    cos_buf_deinit(&text);
}

static void sts_actions_are_found_by_name(void **state)
{
    assert_string_equal(ops_find_api(OP_STS, COS_SPAN_LIT("GetFederationToken"))->action,
                        "name/sts:GetFederationToken");
    assert_non_null(ops_find_api(OP_STS, COS_SPAN_LIT("GetCallerIdentity"))->execute);
    assert_non_null(ops_find_api(OP_STS, COS_SPAN_LIT("AssumeRole"))->execute);
    assert_null(ops_find_api(OP_STS, COS_SPAN_LIT("GetObject")));
    assert_null(ops_find_api(OP_STS, COS_SPAN_LIT("")));
}

static void every_row_is_complete_and_its_name_is_its_own(void **state)
{
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        assert_non_null(row->method);
        assert_true(row->citation != NULL && row->citation[0] != '\0');
        assert_int_equal(row->action == NULL, row->resource == OP_RES_NONE);
        for (const struct op_row *other = ops_rows(); other != row; other++) {
            assert_string_not_equal(other->name, row->name);
        }
    }
}

static void the_page_is_the_table(void **state)
{
    struct cos_buf page;
    cos_buf_init(&page, PAGE_MAX_BYTES);
    struct cos_buf table;
    cos_buf_init(&table, PAGE_MAX_BYTES);
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/../docs/OPERATIONS.md", fixtures);
    assert_int_equal(cos_file_read(&page, path), 0);
    ops_print(&table);
    if (!cos_span_eq(cos_buf_view(&page), cos_buf_view(&table))) {
        fail_msg("docs/OPERATIONS.md is not what test-mock-ops --print prints");
    }
    cos_buf_deinit(&page);
    cos_buf_deinit(&table);
}

/* Which operations are out, and that the page says why. Data processing, streams, OFS: the
 * facts of the service, cos-operations-2.md s.17. */
static void what_is_out_says_why(void **state)
{
    static const char *const lines[] = {
        ("| GetObjectImageInfo | GET /key?imageInfo | name/cos:GetObjectImageInfo on object "
         "| out: data processing |"),
        ("| ListLiveChannels | GET /?live | name/cos:ListLiveChannels on bucket "
         "| out: streams of media |"),
        ("| RenameObject | PUT /key?rename | name/cos:PutObject on object "
         "| out: of OFS buckets |"),
    };
    struct cos_buf table;
    cos_buf_init(&table, PAGE_MAX_BYTES);
    ops_print(&table);
    for (size_t i = 0; i < COS_ARRAY_LEN(lines); i++) {
        assert_true(cos_span_find(cos_buf_view(&table), cos_span_of(lines[i])) != SIZE_MAX);
    }
    cos_buf_deinit(&table);
}

static int print_page(void)
{
    struct cos_buf table;
    cos_buf_init(&table, PAGE_MAX_BYTES);
    ops_print(&table);
    bool is_written = fwrite(cos_buf_cstr(&table), 1, table.len, stdout) == table.len;
    cos_buf_deinit(&table);
    return is_written ? 0 : 1;
}

/* The head of a request is walked before its fields say which operation it is. */
static void a_service_begins_as_its_operations_do(void **state)
{
    for (const struct op_row *row = ops_rows(); row->name != NULL; row++) {
        const struct service *service = service_row(row->service);
        bool may_be_unknown = service->read_fields != NULL;
        if (may_be_unknown && row->plan != service->plan) {
            fail_msg("%s has another plan than %s", row->name, service->name);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_find_their_operation),
        cmocka_unit_test(two_sub_resources_choose_nothing),
        cmocka_unit_test(every_sub_resource_has_a_row_and_every_row_a_name),
        cmocka_unit_test(the_table_prints_as_json),
        cmocka_unit_test(sts_actions_are_found_by_name),
        cmocka_unit_test(every_row_is_complete_and_its_name_is_its_own),
        cmocka_unit_test(a_service_begins_as_its_operations_do),
        cmocka_unit_test(what_is_out_says_why),
        cmocka_unit_test(the_page_is_the_table),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FIXTURES | --print\n", argv[0]);
        return 2;
    }
    if (strcmp(argv[1], "--print") == 0) {
        return print_page();
    }
    fixtures = argv[1];
    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
