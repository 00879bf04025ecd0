/* SPDX-License-Identifier: Apache-2.0 */
/* What the control API does in a tenant's world: docs/CONTROL-API.md. */
#include "control.h"

#include "cosbase/file.h"
#include "store/backend.h"
#include "world/world.h"

static void objects_go_in_and_come_out(void **state)
{
    struct wire *w = *state;
    char path[256];

    (void)snprintf(path, sizeof(path), "/v1/t/%s/objects/%s/dir/a%%20%%2B%%25",
                   cosmock_tenant_name(w->tenant), w->info.bucket);
    control_expect(w, "PUT", path, "through the back door", 200);
    struct told a = control_call(w, "GET", path, "");
    assert_int_equal(a.status, 200);
    assert_string_equal(cos_buf_cstr(&a.text), "through the back door");
    told_free(&a);
    (void)snprintf(path, sizeof(path), "/v1/t/%s/objects/%s?prefix=dir/",
                   cosmock_tenant_name(w->tenant), w->info.bucket);
    a = control_call(w, "GET", path, "");
    assert_string_equal(
        cos_json_str(cos_json_get(cos_json_first(cos_json_get(a.json, "objects")), "key")),
        "dir/a +%");
    told_free(&a);
    (void)snprintf(path, sizeof(path), "/v1/t/%s/objects/%s/dir/a%%20%%2B%%25",
                   cosmock_tenant_name(w->tenant), w->info.bucket);
    control_expect(w, "DELETE", path, "", 200);
    control_expect(w, "GET", path, "", 404);
    assert_int_equal(cosmock_journal_last_seq(w->tenant), 0); /* none of it is journaled */
}

static struct told put_bytes(struct wire *w, const char *target, struct cos_span bytes)
{
    struct line l = line_open(w->control.port);

    line_say(&l, "PUT %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", target,
             bytes.len);
    line_say_bytes(&l, bytes.ptr, bytes.len);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    line_close(&l);
    return (struct told){.status = r.status, .text = r.body};
}

static void a_tenant_goes_out_as_one_file_and_comes_back(void **state)
{
    struct wire *w = *state;
    char path[] = "/tmp/cosmock-test-XXXXXX";
    int fd = mkstemp(path);
    struct cos_buf file;

    wire_put_object(w, "k", "x");
    struct told saved = control_call(w, "GET", control_path(w, "/snapshot"), "");
    assert_int_equal(saved.status, 200);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(cosmock_tenant_save(w->tenant, path, NULL), COSMOCK_OK);
    cos_buf_init(&file, 1u << 20);
    assert_int_equal(cos_file_read(&file, path), 0);
    assert_true(cos_span_eq(cos_buf_view(&file), cos_buf_view(&saved.text)));
    wire_put_object(w, "after", "y");
    struct told a = put_bytes(w, control_path(w, "/snapshot"), cos_buf_view(&saved.text));
    assert_int_equal(a.status, 200);
    told_free(&a);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    assert_int_equal(wire_get(w->front.port, w->host, "/after", NULL), 404);
    told_free(&saved);
    cos_buf_deinit(&file);
    (void)unlink(path);
}

static void half_a_snapshot_changes_nothing(void **state)
{
    struct wire *w = *state;
    struct told saved = control_call(w, "GET", control_path(w, "/snapshot"), "");

    wire_put_object(w, "k", "x");
    struct told a = put_bytes(w, control_path(w, "/snapshot"),
                              cos_span_sub(cos_buf_view(&saved.text), 0, 200));
    assert_int_equal(a.status, 400);
    assert_non_null(strstr(cos_buf_cstr(&a.text), "the body: it ends at byte 200, within "));
    told_free(&a);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    told_free(&saved);
}

static void a_snapshot_of_another_tenant_is_a_conflict(void **state)
{
    struct wire *w = *state;
    struct told saved = control_call(w, "GET", control_path(w, "/snapshot"), "");

    control_expect(w, "POST", "/v1/tenants", "{\"name\":\"second\"," CONTROL_SECOND_WORLD "}",
                   201);
    struct told a = put_bytes(w, "/v1/t/second/snapshot", cos_buf_view(&saved.text));
    assert_int_equal(a.status, 409);
    told_free(&a);
    control_expect(w, "DELETE", control_path(w, "/snapshot"), "", 405);
    control_expect(w, "DELETE", "/v1/t/second", "", 200);
    told_free(&saved);
}

static void clocks_move_apart(void **state)
{
    struct wire *w = *state;
    struct told a = control_call(w, "POST", control_path(w, "/clock"),
                                 "{\"signature_freeze_unix_ms\":1000000,"
                                 "\"token_freeze_unix_ms\":1000000,\"token_advance_ms\":5000}");

    assert_int_equal(a.status, 200);
    int64_t token = 0;
    assert_true(cos_json_i64(cos_json_get(a.json, "token_unix_ms"), &token));
    int64_t signature = 0;
    assert_true(cos_json_i64(cos_json_get(a.json, "signature_unix_ms"), &signature));
    assert_int_equal(signature, 1000000);
    told_free(&a);
    a = control_call(w, "POST", control_path(w, "/clock"), "{\"token_advance_ms\":7000}");
    assert_int_equal(cosmock_clock_now_unix_ms(w->tenant, COSMOCK_CLOCK_TOKEN), token + 7000);
    assert_int_equal(cosmock_clock_now_unix_ms(w->tenant, COSMOCK_CLOCK_SIGNATURE), 1000000);
    told_free(&a);
}

static void a_policy_with_an_unknown_action_is_answered_with_a_warning(void **state)
{
    static const char body[] =
        "{\"user\":\"100000000011\",\"policy\":{\"version\":\"2.0\",\"statement\":[{"
        "\"effect\":\"allow\",\"action\":\"%s\",\"resource\":\"*\"}]}}";
    struct wire *w = *state;
    char text[400];
    (void)snprintf(text, sizeof(text), body, "name/cos:GetObjet");
    struct told a = control_call(w, "PUT", control_path(w, "/policy"), text);
    assert_int_equal(a.status, 200);
    assert_string_equal(cos_json_str(cos_json_first(cos_json_get(a.json, "warnings"))),
                        "statement 0 of policy 'no. 1 of uin 100000000011': no known action is "
                        "called 'cos:GetObjet'; the nearest is cos:GetObject");
    told_free(&a);
    (void)snprintf(text, sizeof(text), body, "name/cos:GetObject");
    a = control_call(w, "PUT", control_path(w, "/policy"), text);
    assert_int_equal(a.status, 200);
    assert_int_equal(cos_json_count(cos_json_get(a.json, "warnings")), 0);
    told_free(&a);
}

static void switches_digest_buckets_and_explain_answer(void **state)
{
    struct wire *w = *state;
    struct told a =
        control_call(w, "POST", control_path(w, "/switches"), "{\"path-style\":\"refuse\"}");
    assert_int_equal(a.status, 200);
    assert_string_equal(cos_json_str(cos_json_get(a.json, "path-style")), "refuse");
    told_free(&a);
    a = control_call(w, "GET", control_path(w, "/digest"), "");
    assert_int_equal(strlen(cos_json_str(cos_json_get(a.json, "sha256"))), 64);
    told_free(&a);
    char path[600];
    (void)snprintf(path, sizeof(path), "/v1/t/%s/buckets/%s", cosmock_tenant_name(w->tenant),
                   w->info.bucket);
    a = control_call(w, "GET", path, "");
    assert_int_equal(a.status, 200);
    told_free(&a);
    (void)snprintf(path, sizeof(path),
                   "/v1/t/%s/explain?uin=%s&action=name/cos:GetObject&resource="
                   "qcs::cos:%s:uid/%s:%s/k",
                   cosmock_tenant_name(w->tenant), w->info.owner_uin, w->info.region,
                   w->info.appid, w->info.bucket);
    a = control_call(w, "GET", path, "");
    assert_int_equal(a.status, 200);
    assert_non_null(a.json);
    told_free(&a);
    control_expect(w, "POST", control_path(w, "/ttl"), "{\"seconds\":6}", 200);
    control_expect(w, "GET", "/v1/switches", "", 200);
    control_expect(w, "GET", "/v1/ca.pem", "", 200);
}

static void an_explanation_takes_what_a_request_would_say(void **state)
{
    static const struct {
        const char *context, *verdict;
    } rows[] = {
        {"", "deny"},
        {"&context=cos:prefix%3Ddir%2F", "allow"},
        {"&context=cos:prefix%3Delse%2F", "deny"},
        {"&context=qcs:ip%3D10.0.0.1&context=cos:prefix%3Ddir%2F", "allow"},
    };
    struct wire *w = *state;
    control_expect(
        w, "PUT", control_path(w, "/policy"),
        "{\"user\":\"100000000011\",\"policy\":{\"version\":\"2.0\",\"statement\":"
        "[{\"effect\":\"allow\",\"action\":\"name/cos:GetBucket\",\"resource\":\"*\","
        "\"condition\":{\"string_equal\":{\"cos:prefix\":\"dir%2F\"}}}]}}",
        200);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char tail[500];
        (void)snprintf(tail, sizeof(tail),
                       "/explain?uin=100000000011&action=name/cos:GetBucket&resource="
                       "qcs::cos:%s:uid/%s:%s/%s",
                       w->info.region, w->info.appid, w->info.bucket, rows[i].context);
        struct told a = control_call(w, "GET", control_path(w, tail), "");
        assert_int_equal(a.status, 200);
        if (strcmp(cos_json_str(cos_json_get(a.json, "verdict")), rows[i].verdict) != 0) {
            fail_msg("%s: %s", rows[i].context, cos_buf_cstr(&a.text));
        }
        told_free(&a);
    }
}

#define ACL_HEADERS "Host: 127.0.0.1\r\nx-cos-acl: public-read"
#define VERSIONED "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"

/* As docs/CONTROL-API.md says: no signature, no fault, no entry; the service's rules. */
static void an_owner_asks_for_what_a_test_needs(void **state)
{
    static const struct {
        const char *method, *path, *headers, *body;
        int status;
        const char *says;
    } rows[] = {
        {"PUT", "/k", "Host: localhost", "hello", 200, ""},
        {"PUT", "?versioning", "Host: localhost", VERSIONED, 200, ""},
        {"GET", "?versioning", "Host: localhost", "", 200, "<Status>Enabled</Status>"},
        {"PUT", "/k?acl", ACL_HEADERS, "", 200, ""},
        {"GET", "/k?acl", "Host: localhost", "", 200, "<Permission>READ</Permission>"},
        {"PUT", "/k?tagging", "Host: localhost",
         "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>", 200,
         ""},
        {"GET", "/k?tagging", "Host: localhost", "", 200, "<Value>b</Value>"},
        {"POST", "/up?uploads", "Host: localhost", "", 200, "<UploadId>"},
        {"GET", "?cors", "Host: localhost", "", 404, "NoSuchCORSConfiguration"},
        {"PUT", "?cors", "Host: localhost", "<CORSConfiguration>", 400, "MalformedXML"},
        {"DELETE", "/k?versionId=zz", "Host: localhost", "", 204, ""},
    };
    struct wire *w = *state;
    control_expect(w, "POST", control_path(w, "/switches"), "{\"enforcement\":\"enforce\"}",
                   200);
    control_expect(w, "POST", control_path(w, "/faults"), "{\"kind\":\"reset\"}", 201);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char path[300];
        (void)snprintf(path, sizeof(path), "/cos/%s%s", w->info.bucket, rows[i].path);
        struct told a = control_call_as(w->control.port, rows[i].method, control_path(w, path),
                                        rows[i].headers, rows[i].body);
        if (a.status != rows[i].status || strstr(cos_buf_cstr(&a.text), rows[i].says) == NULL) {
            fail_msg("%s %s: %d %s", rows[i].method, rows[i].path, a.status,
                     cos_buf_cstr(&a.text));
        }
        told_free(&a);
    }
    assert_int_equal(cosmock_journal_last_seq(w->tenant), 0);
    control_expect(w, "DELETE", control_path(w, "/faults"), "", 200);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200); /* public-read */
    assert_int_equal(cosmock_upload_count(w->tenant, w->info.bucket), 1);
}

static void an_owner_has_the_buckets_of_his_tenant_alone(void **state)
{
    struct wire *w = *state;
    control_expect(w, "POST", "/v1/tenants", "{\"name\":\"second\"," CONTROL_SECOND_WORLD "}",
                   201);
    control_expect(w, "GET", control_path(w, "/cos/second-1260000000/k"), "", 404);
    control_expect(w, "PUT", "/v1/t/second/cos/second-1260000000/k", "bytes", 200);
    control_expect(w, "GET", "/v1/t/second/cos/second-1260000000/k", "", 200);
    char path[300];
    (void)snprintf(path, sizeof(path), "/v1/t/second/cos/%s/k", w->info.bucket);
    control_expect(w, "GET", path, "", 404);
    control_expect(w, "GET", control_path(w, "/cos"), "", 404);
}

static enum backend_result scan_badly(struct backend *b, struct cos_span from,
                                      struct cos_span until, scan_visit *visit, void *ctx)
{
    return BACKEND_IO;
}

static void what_cannot_be_read_is_no_answer(void **state)
{
    static const char *const tails[] = {"/digest", "/buckets/", "/objects/"};
    struct wire *w = *state;
    const struct backend_ops *whole = w->tenant->rows->ops;
    struct backend_ops damaged = *whole;
    damaged.scan = scan_badly;
    w->tenant->rows->ops = &damaged;
    for (size_t i = 0; i < COS_ARRAY_LEN(tails); i++) {
        char tail[200];
        (void)snprintf(tail, sizeof(tail), "%s%s", tails[i], i == 0 ? "" : w->info.bucket);
        struct told a = control_call(w, "GET", control_path(w, tail), "");
        if (a.status != 500 || strstr(cos_buf_cstr(&a.text), "cannot be read") == NULL) {
            fail_msg("%s: %d %s", tail, a.status, cos_buf_cstr(&a.text));
        }
        told_free(&a);
    }
    w->tenant->rows->ops = whole;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(objects_go_in_and_come_out),
        OVER_WIRE(a_tenant_goes_out_as_one_file_and_comes_back),
        OVER_WIRE(half_a_snapshot_changes_nothing),
        OVER_WIRE(a_snapshot_of_another_tenant_is_a_conflict),
        OVER_WIRE(clocks_move_apart),
        OVER_WIRE(a_policy_with_an_unknown_action_is_answered_with_a_warning),
        OVER_WIRE(switches_digest_buckets_and_explain_answer),
        OVER_WIRE(an_explanation_takes_what_a_request_would_say),
        OVER_WIRE(an_owner_asks_for_what_a_test_needs),
        OVER_WIRE(an_owner_has_the_buckets_of_his_tenant_alone),
        OVER_WIRE(what_cannot_be_read_is_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
