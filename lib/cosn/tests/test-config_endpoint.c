/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where requests go. The hosts are what cos_api 5.6.139 from Maven Central gave for the same
 * value when it was run on 2026-11-26: RegionEndpointBuilder(new Region(r)) and
 * SuffixEndpointBuilder(s), each with buildGeneralApiEndpoint("examplebucket-1250000000").
 * Where it gave a host that cannot exist, or threw, the value is refused here.
 */
#include "world.h"

#include "cosn/config.h"
#include "fs/internal.h"

#define BUCKET "examplebucket-1250000000"
#define REGION "fs.cosn.bucket.region"
#define SUFFIX "fs.cosn.bucket.endpoint_suffix"

struct row {
    const char *value;
    const char *host; /* without the bucket; NULL: refused */
    const char *says; /* of a refusal */
};

static const struct row regions[] = {
    {"ap-guangzhou", "cos.ap-guangzhou.myqcloud.com", NULL},
    {"cos.ap-guangzhou", "cos.ap-guangzhou.myqcloud.com", NULL},
    {"cn-east", "cn-east.myqcloud.com", NULL},
    {"cn-south", "cn-south.myqcloud.com", NULL},
    {"cn-north", "cn-north.myqcloud.com", NULL},
    {"cn-south-2", "cn-south-2.myqcloud.com", NULL},
    {"cn-southwest", "cn-southwest.myqcloud.com", NULL},
    {"sg", "sg.myqcloud.com", NULL},
    {"cos.cn-east", "cos.cn-east.myqcloud.com", NULL},
    {"cn-east-2", "cos.cn-east-2.myqcloud.com", NULL},
    {"sgx", "cos.sgx.myqcloud.com", NULL},
    {"ap-beijing-1", "cos.ap-beijing-1.myqcloud.com", NULL},
    {"ap-shanghai-fsi", "cos.ap-shanghai-fsi.myqcloud.com", NULL},
    {"na-toronto", "cos.na-toronto.myqcloud.com", NULL},
    {"tj", "cos.tj.myqcloud.com", NULL},
    {"accelerate", "cos.accelerate.myqcloud.com", NULL},
    {"cos.accelerate", "cos.accelerate.myqcloud.com", NULL},
    /* the SDK throws */
    {"AP-guangzhou", NULL, "lower-case"},
    {"ap guangzhou", NULL, "only lower-case letters, digits"},
    {"-ap", NULL, "no '-' at either end"},
    {"ap_guangzhou", NULL, "only lower-case letters, digits"},
    /* the SDK gives cos..myqcloud.com, cos.cos.myqcloud.com, cos..ap-guangzhou…,
     * cos.ap-guangzhou.myqcloud.com.myqcloud.com, cos.cos-internal.… */
    {"cos.", NULL, "empty"},
    {"cos", NULL, "no region"},
    {".ap-guangzhou", NULL, "empty"},
    {"ap..guangzhou", NULL, "empty"},
    {"ap-guangzhou.", NULL, "empty"},
    {"ap-guangzhou.myqcloud.com", NULL, "belongs into fs.cosn.bucket.endpoint_suffix"},
    {"cos.ap-guangzhou.myqcloud.com", NULL, "belongs into fs.cosn.bucket.endpoint_suffix"},
    {"cos-internal.ap-guangzhou", NULL, "belongs into fs.cosn.bucket.endpoint_suffix"},
    {"cos.cos.ap-guangzhou", NULL, "belongs into fs.cosn.bucket.endpoint_suffix"},
    {"https://cos.ap-guangzhou", NULL, "scheme"},
};

static const struct row suffixes[] = {
    {"cos.ap-guangzhou.myqcloud.com", "cos.ap-guangzhou.myqcloud.com", NULL},
    {".cos.ap-guangzhou.myqcloud.com", "cos.ap-guangzhou.myqcloud.com", NULL},
    {"..cos.x", "cos.x", NULL},
    {"cos-internal.ap-guangzhou.tencentcos.cn", "cos-internal.ap-guangzhou.tencentcos.cn",
     NULL},
    {"cos.accelerate.myqcloud.com", "cos.accelerate.myqcloud.com", NULL},
    {"build-2026.example.com", "build-2026.example.com", NULL},
    {"localhost", "localhost", NULL},
    {" cos.x ", "cos.x", NULL},         /* the SDK throws; Fluss would have trimmed it */
    {"cos.x:8080", "cos.x:8080", NULL}, /* the SDK throws; a mock needs it */
    /* the SDK throws */
    {"COS.x", NULL, "lower-case"},
    {"https://cos.x", NULL, "scheme"},
    {"http://cos.x:80", NULL, "scheme"},
    {"cos.x/", NULL, "path"},
    {"cos.x/path", NULL, "path"},
    {"cos. x", NULL, "only lower-case letters, digits"},
    {"cos.x\xC2\xA0", NULL, "only lower-case letters, digits"},
    {"c\xC3\xB6s.x", NULL, "only lower-case letters, digits"},
    {"cos_x.y", NULL, "only lower-case letters, digits"},
    {"-cos.x", NULL, "no '-' at either end"},
    {"cos.x:", NULL, "port"},
    {"cos.x:http", NULL, "port"},
    {"cos.x:0", NULL, "port"},
    {"cos.x:65536", NULL, "port"},
    {"user@cos.x", NULL, "only lower-case letters, digits"},
    {"[::1]:80", NULL, "only lower-case letters, digits"},
    /* the SDK gives a host that cannot exist, or that of another bucket */
    {"cos..mock.test", NULL, "empty"},
    {"cos.x.", NULL, "empty"},
    {"cos-.x", NULL, "no '-' at either end"},
    {BUCKET ".cos.ap-guangzhou.myqcloud.com", NULL, "does not belong in front"},
    {"." BUCKET ".cos.mock.test", NULL, "does not belong in front"},
    {"other-1300000000.cos.ap-guangzhou.myqcloud.com", NULL, "does not belong in front"},
    {"a23456789012345678901234567890123456789012345678901234567890abcd.x", NULL, "63"},
};

/* As a file has it, so that file and line must be named; the check is what a load ends with. */
static void check_row(const char *key, const struct row *row)
{
    char text[512], expected[256];
    struct cosn_config *config = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    (void)snprintf(text, sizeof(text), "# a server\n%s: %s\n", key, row->value);
    assert_int_equal(cosn_config_new(&config, NULL), 0);
    assert_int_equal(cosn_config_load_text(config, text, strlen(text), "server.yaml",
                                           COSN_CONFIG_FLUSS, NULL),
                     0);
    int r = cosn_config_check(config, /* platform= */ NULL, &err);
    CHECK_ROW(row->value, r == (row->host != NULL ? 0 : COSN_E_INVALID));
    if (row->host != NULL) {
        char *host = NULL;
        (void)snprintf(expected, sizeof(expected), BUCKET ".%s", row->host);
        CHECK_ROW(row->value, endpoint_host(&host, config, BUCKET, &err) == 0);
        assert_string_equal(host, expected);
        cos_free(host);
    } else {
        CHECK_HOLDS(err.message, "server.yaml:2");
        CHECK_HOLDS(err.message, key);
        CHECK_HOLDS(err.message, row->says);
        CHECK_HOLDS(err.message, "ap-guangzhou"); /* what would be right */
    }
    config = cosn_config_free(config);
}

static void a_region_gives_the_host_that_the_sdk_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(regions); i++) {
        check_row(REGION, &regions[i]);
    }
}

static void a_suffix_gives_a_host_or_is_refused_at_load(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(suffixes); i++) {
        check_row(SUFFIX, &suffixes[i]);
    }
}

static int check_both(const char *region, const char *suffix, const char *bucket, char **host,
                      struct cosn_error *err)
{
    struct cosn_config *config = NULL;
    assert_int_equal(cosn_config_new(&config, NULL), 0);
    if (region != NULL) {
        assert_int_equal(cosn_config_set(config, REGION, region, "test", NULL), 0);
    }
    if (suffix != NULL) {
        assert_int_equal(cosn_config_set(config, SUFFIX, suffix, "test", NULL), 0);
    }
    int r = endpoint_host(host, config, bucket, err);
    config = cosn_config_free(config);
    return r;
}

/* Short names have no eight digits to give them away; the bucket that is opened does. */
static void the_bucket_in_front_is_found_when_it_is_opened(void **state)
{
    (void)state;
    struct cosn_error err = COSN_ERROR_INIT;
    char *host = NULL;
    assert_int_equal(check_both(/* region= */ NULL, "b-1.cos.mock", "b-1", &host, &err),
                     COSN_E_INVALID);
    CHECK_HOLDS(err.message, "it must be 'cos.mock'");
    assert_int_equal(check_both(/* region= */ NULL, "b-1.cos.mock", "c-1", &host, &err), 0);
    host = cos_free(host);
    assert_int_equal(check_both("sg", "cos.mock", "b-1", &host, &err), 0);
    assert_string_equal(host, "b-1.sg.myqcloud.com"); /* the region wins (F7) */
    host = cos_free(host);
}

static void the_region_of_sts_is_one_label(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool is_good;
    } rows[] = {
        {"ap-guangzhou", true},
        {"AP-Guangzhou", true},
        {" ", true}, /* as if it were not set */
        {"cos.ap-guangzhou", false},
        {"ap guangzhou", false},
        {"ap-guangzhou ", false},
        {"ap-guangzhou\xC2\xA0", false},
        {"https://sts", false},
        {"ap_guangzhou", false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = NULL;
        struct cosn_error err = COSN_ERROR_INIT;
        assert_int_equal(cosn_config_new(&config, NULL), 0);
        assert_int_equal(cosn_config_set(config, "fs.cosn.userinfo.region", rows[i].value,
                                         "server.yaml:7", NULL),
                         0);
        int r = cosn_config_check(config, /* platform= */ NULL, &err);
        CHECK_ROW(rows[i].value, r == (rows[i].is_good ? 0 : COSN_E_INVALID));
        CHECK_ROW(rows[i].value,
                  rows[i].is_good || strstr(err.message, "server.yaml:7: fs.cosn.userinfo."
                                                         "region") != NULL);
        config = cosn_config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_region_gives_the_host_that_the_sdk_gives),
        cmocka_unit_test(a_suffix_gives_a_host_or_is_refused_at_load),
        cmocka_unit_test(the_bucket_in_front_is_found_when_it_is_opened),
        cmocka_unit_test(the_region_of_sts_is_one_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
