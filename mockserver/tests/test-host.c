/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host forms. What is one: cos-wire.md s.2.0, cos-operations-2.md s.1.2, sts-cam.md s.2,
 * cos_api 5.6.139 RegionEndpointBuilder (old regions). What is none: hosts that public reports
 * and typing errors show (fluss#2686, opendal#8066, trial of 2026-11-26).
 */
#include "world/host.h"

#include "client.h"
#include "cosbase/file.h"
#include "cosmock/listen.h"
#include "edge/names.h"
#include "world/mock.h"

#include <unistd.h>

#define B CLIENT_BUCKET

static const struct {
    const char *name;
    enum host_kind kind;
    const char *bucket, *region;
} hosts[] = {
    {B ".cos.ap-beijing.myqcloud.com", HOST_BUCKET, B, "ap-beijing"},
    {B ".cos.ap-beijing-fsi.myqcloud.com", HOST_BUCKET, B, "ap-beijing-fsi"},
    {B ".cos.ap-beijing.tencentcos.cn", HOST_BUCKET, B, "ap-beijing"},
    {B ".cos-internal.ap-beijing.tencentcos.cn", HOST_BUCKET, B, "ap-beijing"},
    {B ".cos-internal.accelerate.tencentcos.cn", HOST_ACCELERATE, B, ""},
    {B ".cos.accelerate.myqcloud.com", HOST_ACCELERATE, B, ""},
    {B ".cos-website.ap-beijing.myqcloud.com", HOST_WEBSITE, B, "ap-beijing"},
    {B ".cn-south.myqcloud.com", HOST_BUCKET, B, "ap-guangzhou"},
    {B ".cn-east.myqcloud.com", HOST_BUCKET, B, "ap-shanghai"},
    {B ".sg.myqcloud.com", HOST_BUCKET, B, "ap-singapore"},
    {"examplebucket.cos.ap-beijing.myqcloud.com", HOST_BUCKET, "examplebucket", "ap-beijing"},
    {"cos.ap-beijing.myqcloud.com", HOST_SERVICE, "", "ap-beijing"},
    {"cos.ap-beijing.tencentcos.cn", HOST_SERVICE, "", "ap-beijing"},
    {"service.cos.myqcloud.com", HOST_SERVICE, "", ""},
    {"service.cos.tencentcos.cn", HOST_SERVICE, "", ""},
    {B ".ci.ap-beijing.myqcloud.com", HOST_PROCESSING, B, "ap-beijing"},
    {"ci.ap-beijing.myqcloud.com", HOST_PROCESSING, "", "ap-beijing"},
    {B ".pic.ap-beijing.myqcloud.com", HOST_PROCESSING, B, "ap-beijing"},
    {"100000000001.cos-control.ap-beijing.myqcloud.com", HOST_PROCESSING, "", "ap-beijing"},
    {"sts.tencentcloudapi.com", HOST_STS, "", ""},
    {"sts.ap-beijing.tencentcloudapi.com", HOST_STS, "", "ap-beijing"},
    {"sts.internal.tencentcloudapi.com", HOST_STS, "", ""},
    {"cam.tencentcloudapi.com", HOST_CAM, "", ""},
    {"cam.ap-beijing.tencentcloudapi.com", HOST_CAM, "", "ap-beijing"},
    {"cam.internal.tencentcloudapi.com", HOST_CAM, "", ""},
    {"cam.intl.tencentcloudapi.com", HOST_CAM, "", "intl"},
    {"cvm.tencentcloudapi.com", HOST_STS, "", ""},
    /* the world's suffix */
    {"cos.mock.test", HOST_SERVICE, "", ""},
    {B ".cos.mock.test", HOST_BUCKET, B, ""},
    /* here and nowhere else */
    {"127.0.0.1", HOST_LOCAL, "", ""},
    {"192.0.2.1", HOST_LOCAL, "", ""},
    {"[::1]", HOST_LOCAL, "", ""},
    {"localhost", HOST_LOCAL, "", ""},
    {B ".localhost", HOST_BUCKET, B, ""},
    /* none of COS */
    {B ".ap-guangzhou", HOST_FOREIGN, "", ""},
    {B ".ap-guangzhou.myqcloud.com", HOST_FOREIGN, "", ""},
    {B ".cos.cos.ap-guangzhou.myqcloud.com", HOST_FOREIGN, "", ""},
    {B ".cos.cos.myqcloud.com", HOST_FOREIGN, "", ""},
    {B ".cos.ap-guangzhou.myqcloud.co", HOST_FOREIGN, "", ""},
    {B ".cos.ap-guangzhou.myqcloud.com.", HOST_FOREIGN, "", ""},
    {B ".cos..myqcloud.com", HOST_FOREIGN, "", ""},
    {".cos.ap-guangzhou.myqcloud.com", HOST_FOREIGN, "", ""},
    {"x." B ".cos.ap-guangzhou.myqcloud.com", HOST_FOREIGN, "", ""},
    {B ".cos.ap-guangzhou.myqcloud.com.evil.example", HOST_FOREIGN, "", ""},
    {B ".cos.ap-guangzhouXmyqcloud.com", HOST_FOREIGN, "", ""},
    {B ".cos.ap_guangzhou.myqcloud.com", HOST_FOREIGN, "", ""},
    {B ".cn-nowhere.myqcloud.com", HOST_FOREIGN, "", ""},
    {B ".oss-cn-beijing.aliyuncs.com", HOST_FOREIGN, "", ""},
    {B ".s3.amazonaws.com", HOST_FOREIGN, "", ""},
    {B ".example.com", HOST_FOREIGN, "", ""},
    {"s3.amazonaws.com", HOST_FOREIGN, "", ""},
    {"example.com", HOST_FOREIGN, "", ""},
    {B, HOST_FOREIGN, "", ""},
    {"myqcloud.com", HOST_FOREIGN, "", ""},
    {"tencentcloudapi.com", HOST_FOREIGN, "", ""},
    {B "." B ".cos.mock.test", HOST_FOREIGN, "", ""},
    {B ".cos..mock.test", HOST_FOREIGN, "", ""},
    {"xcos.mock.test", HOST_FOREIGN, "", ""},
    {"localhost.example.com", HOST_FOREIGN, "", ""},
    {"127.0.0.1.nip.io", HOST_FOREIGN, "", ""},
    {"a.b.localhost", HOST_FOREIGN, "", ""},
    {"", HOST_FOREIGN, "", ""},
};

static void hosts_are_read_by_their_forms(void **state)
{
    struct client *c = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(hosts); i++) {
        struct host h = host_read(c->tenant, cos_span_of(hosts[i].name));
        bool is_known = host_is_known(c->mock, cos_span_of(hosts[i].name));

        if (h.kind != hosts[i].kind ||
            (h.kind != HOST_FOREIGN && (!cos_span_eq_str(h.bucket, hosts[i].bucket) ||
                                        !cos_span_eq_str(h.region, hosts[i].region)))) {
            fail_msg("'%s': kind %d, bucket '" COS_SPAN_FMT "', region '" COS_SPAN_FMT "'",
                     hosts[i].name, (int)h.kind, COS_SPAN_ARG(h.bucket),
                     COS_SPAN_ARG(h.region));
        }
        if (is_known != (hosts[i].kind != HOST_FOREIGN)) {
            fail_msg("'%s' and tunnels", hosts[i].name);
        }
    }
}

static void a_form_filled_is_read_as_itself(void **state)
{
    for (const struct host_form *form = host_forms; form->text != NULL; form++) {
        struct cos_buf name;
        cos_buf_init(&name, 256);
        assert_true(form->source[0] != '\0');
        assert_true(host_form_fill(&name, form, B, "ap-guangzhou"));
        struct host h = host_read(NULL, cos_buf_view(&name));
        if (h.kind != form->kind) {
            fail_msg("%s: %s is of kind %d", form->text, cos_buf_cstr(&name), (int)h.kind);
        }
        cos_buf_deinit(&name);
    }
}

/* "*.cos.ap-beijing.myqcloud.com" with a bucket for its wildcard. */
static bool is_answered(struct cosmock *mock, const char *name)
{
    char host[300];

    (void)snprintf(host, sizeof(host), "%s%s", name[0] == '*' ? B : "",
                   name[0] == '*' ? name + 1 : name);
    return host_is_known(mock, cos_span_of(host));
}

/* One truth: whoever believes the certificate or the JVM's hosts file is answered. */
static void the_certificate_and_the_hosts_file_name_known_hosts(void **state)
{
    struct client *c = *state;
    char path[] = "/tmp/test-host-XXXXXX";
    struct cos_arena arena;

    cos_arena_init(&arena, 1u << 20);
    assert_int_equal(mock_add_name(c->mock, "*.told.example"), 0);
    struct names names;
    assert_true(names_collect(&names, &arena, c->mock));
    assert_true(names.n > 200);
    for (size_t i = 0; i < names.n; i++) {
        if (!is_answered(c->mock, names.items[i])) {
            fail_msg("the certificate names %s", names.items[i]);
        }
    }
    cos_arena_deinit(&arena);

    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(cosmock_hosts_write(c->mock, NULL, path, NULL), COSMOCK_OK);
    struct cos_buf text;
    cos_buf_init(&text, 1u << 20);
    assert_int_equal(cos_file_read(&text, path), 0);
    (void)unlink(path);
    size_t n = 0;
    for (struct cos_span rest = cos_buf_view(&text), line; rest.ptr != NULL;) {
        line = cos_span_cut(&rest, '\n');
        struct cos_span address = cos_span_cut(&line, ' ');
        if (line.ptr == NULL || cos_span_eq_str(address, "127.0.0.1")) {
            continue; /* the machine's own names */
        }
        n++;
        if (!host_is_known(c->mock, line)) {
            fail_msg("the hosts file names " COS_SPAN_FMT, COS_SPAN_ARG(line));
        }
    }
    assert_true(n > 10);
    cos_buf_deinit(&text);
}

static void a_name_the_mock_was_told_is_a_custom_domain_or_says_nothing(void **state)
{
    struct client *c = *state;

    assert_int_equal(mock_add_name(c->mock, "cosmock"), 0);
    assert_int_equal(mock_add_name(c->mock, B ".cdn.example"), 0);
    assert_int_equal(mock_add_name(c->mock, "*.Dev.example"), 0);
    static const struct {
        const char *name;
        enum host_kind kind;
        const char *bucket;
    } cases[] = {
        {"cosmock", HOST_LOCAL, ""},        {B ".cdn.example", HOST_BUCKET, B},
        {B ".dev.example", HOST_BUCKET, B}, {"dev.example", HOST_FOREIGN, ""},
        {"other", HOST_FOREIGN, ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct host h = host_read(c->tenant, cos_span_of(cases[i].name));
        if (h.kind != cases[i].kind ||
            (h.kind == HOST_BUCKET && !cos_span_eq_str(h.bucket, cases[i].bucket))) {
            fail_msg("'%s': kind %d", cases[i].name, (int)h.kind);
        }
    }
}

static struct answer get_signed(struct client *c, const char *host)
{
    static struct question q;

    q = (struct question){.method = "GET", .target = "/"};
    authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, host, "/"});
    return client_send(c, &q);
}

/* The captured body: zhangruiyu/tencent_cos#3; that a wrong domain gives the same:
 * cos-python-sdk-v5#34. */
static void a_host_that_is_none_is_refused_and_the_forms_are_listed(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(hosts); i++) {
        bool has_no_appid = strcmp(hosts[i].bucket, "examplebucket") == 0;
        if ((hosts[i].kind != HOST_FOREIGN && !has_no_appid) || hosts[i].name[0] == '\0' ||
            hosts[i].name[0] == '.') {
            continue;
        }
        struct answer r = get_signed(*state, hosts[i].name);
        if (r.status != 400 || strcmp(xml_code(&r), "InvalidRequest") != 0 ||
            strcmp(between(r.body, "<Message>", "</Message>"),
                   "Missing required header for this request: Appid, Bucket format should be "
                   "&lt;bucketname&gt;-&lt;appid&gt;") != 0) {
            fail_msg("'%s': %d %s", hosts[i].name, r.status, r.body);
        }
        struct cosmock_entry *e = last_entry(*state);
        assert_string_equal(e->secret_id, CLIENT_ID); /* a redirect that was followed shows */
        cosmock_entries_free(e);
        assert_non_null(strstr(answer_header(&r, "x-cosmock-reason"),
                               "<bucket>-<appid>.cos.<region>.myqcloud.com"));
        answer_free(&r);
    }
}

static void data_processing_hosts_are_known_and_not_built(void **state)
{
    struct answer r = get_signed(*state, B ".ci.ap-beijing.myqcloud.com");

    assert_string_equal(xml_code(&r), "NotImplemented");
    answer_free(&r);
}

static void a_bucket_lives_in_one_region(void **state)
{
    static const struct {
        const char *host;
        int status;
    } cases[] = {
        {B ".cos.ap-beijing.myqcloud.com", 200},
        {B ".cos.ap-guangzhou.myqcloud.com", 404},
        {B ".cn-south.myqcloud.com", 404},
        {B ".cn-north.myqcloud.com", 404},       /* ap-beijing-1 */
        {B ".cos.accelerate.myqcloud.com", 400}, /* seen, and not switched on */
        {"south-1250000000.cn-south.myqcloud.com", 200},
        {"south-1250000000.cos.ap-guangzhou.myqcloud.com", 200},
        {"old-1250000000.cos.ap-guangzhou.myqcloud.com", 200},
    };
    struct client *c = *state;

    assert_int_equal(cosmock_bucket_put(c->tenant, "south-1250000000", "ap-guangzhou", NULL),
                     COSMOCK_OK);
    assert_int_equal(cosmock_bucket_put(c->tenant, "old-1250000000", "cn-south", NULL),
                     COSMOCK_OK);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer r = get_signed(c, cases[i].host);
        if (r.status != cases[i].status) {
            fail_msg("%s: %d %s", cases[i].host, r.status, r.body);
        }
        answer_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(hosts_are_read_by_their_forms),
        cmocka_unit_test(a_form_filled_is_read_as_itself),
        CLIENT_TEST(the_certificate_and_the_hosts_file_name_known_hosts),
        CLIENT_TEST(a_name_the_mock_was_told_is_a_custom_domain_or_says_nothing),
        CLIENT_TEST(a_host_that_is_none_is_refused_and_the_forms_are_listed),
        CLIENT_TEST(data_processing_hosts_are_known_and_not_built),
        CLIENT_TEST(a_bucket_lives_in_one_region),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
