/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths, keys and endpoints: cos-wire.md s.2.0 (what a key may be), fluss-plugin.md s.2.1, F2,
 * F7.
 */
#include "world.h"

#include "cosbase/file.h"
#include "fs/internal.h"

static const char *fixtures = "fixtures";

static const struct {
    const char *path;
    const char *key; /* NULL: refused */
    int status;
} paths[] = {
    {"/", "", 0},
    {"///", "", 0},
    {"/a", "a", 0},
    {"/a/", "a", 0},
    {"//a///b//", "a/b", 0},
    {"rel/x", "base/dir/rel/x", 0},
    {"cosn://bkt-1250000000", "", 0},
    {"cosn://bkt-1250000000/a%20b", "a%20b", 0},
    {"cosn://bkt-1250000000/a b?c#d", "a b?c#d", 0},
    {"/a:b", "a:b", 0},
    {"/\xE4\xB8\xAD\xE6\x96\x87", "\xE4\xB8\xAD\xE6\x96\x87", 0},
    {"/...", "...", 0},
    {"", NULL, COSN_E_INVALID},
    {"/a/./b", NULL, COSN_E_INVALID},
    {"/a/../b", NULL, COSN_E_INVALID},
    {"/\xFF", NULL, COSN_E_INVALID},
    {"/a\x1A", NULL, COSN_E_INVALID},
    {"/\\a", NULL, COSN_E_INVALID},
    {"cosn://other-1250000000/a", NULL, COSN_E_INVALID},
    {"cosn:///a", NULL, COSN_E_INVALID},
    {"s3://bkt-1250000000/a", NULL, COSN_E_UNSUPPORTED},
    {"COSN://bkt-1250000000/a", NULL, COSN_E_UNSUPPORTED},
};

static void a_path_has_one_key_or_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(paths); i++) {
        struct fs_path p;
        struct cosn_error err = COSN_ERROR_INIT;
        int r = path_resolve(&p, "bkt-1250000000", "/base/dir", paths[i].path, &err);
        CHECK_ROW(paths[i].path, r == paths[i].status);
        if (r == 0) {
            CHECK_ROW(paths[i].path, strcmp(p.key, paths[i].key) == 0);
        } else {
            CHECK_ROW(paths[i].path, err.message[0] != '\0');
        }
    }
}

static void a_key_has_at_most_850_bytes(void **state)
{
    (void)state;
    char text[900];
    memset(text, 'x', sizeof(text));
    text[0] = '/';
    text[851] = '\0';
    struct fs_path p;
    char dir[PATH_KEY_MAX + 2];
    assert_int_equal(path_resolve(&p, "b", "", text, NULL), 0);
    assert_int_equal(p.len, 850);
    assert_false(path_dir_key(dir, &p));
    text[851] = 'x';
    text[852] = '\0';
    assert_int_equal(path_resolve(&p, "b", "", text, NULL), COSN_E_INVALID);
}

static void a_parent_is_the_path_without_its_last_name(void **state)
{
    (void)state;
    struct fs_path p, q;
    assert_int_equal(path_resolve(&p, "b", "", "/a/b/c", NULL), 0);
    assert_string_equal(path_name(&p), "c");
    path_parent(&q, &p);
    assert_string_equal(q.key, "a/b");
    assert_true(path_is_within(&p, &q));
    assert_true(path_is_within(&q, &q));
    assert_false(path_is_within(&q, &p));
    path_parent(&q, &q);
    path_parent(&q, &q);
    assert_true(path_is_root(&q));
    assert_int_equal(path_resolve(&q, "b", "", "/a/bc", NULL), 0);
    assert_int_equal(path_resolve(&p, "b", "", "/a/b", NULL), 0);
    assert_false(path_is_within(&q, &p));
}

static const struct {
    const char *name, *region, *suffix, *bucket;
    const char *host; /* NULL: refused */
} hosts[] = {
    {"suffix", NULL, "cos.ap-guangzhou.myqcloud.com", "bkt-1250000000",
     "bkt-1250000000.cos.ap-guangzhou.myqcloud.com"},
    {"dots", NULL, "..cos.mock", "bkt-1", "bkt-1.cos.mock"},
    {"region", "ap-guangzhou", NULL, "bkt-1", "bkt-1.cos.ap-guangzhou.myqcloud.com"},
    {"region wins", "ap-beijing", "cos.mock", "bkt-1", "bkt-1.cos.ap-beijing.myqcloud.com"},
    {"port", NULL, "cos.mock:8080", "bkt-1", "bkt-1.cos.mock:8080"},
    {"nothing", NULL, NULL, "bkt-1", NULL},
    {"bad port", NULL, "cos.mock:http", "bkt-1", NULL},
    {"upper case", NULL, "COS.mock", "bkt-1", NULL},
    {"path", NULL, "cos.mock/x", "bkt-1", NULL},
    {"bad region", "ap guangzhou", NULL, "bkt-1", NULL},
    {"bucket in capitals", NULL, "cos.mock", "BKT-1", NULL},
    {"bucket with a dot", NULL, "cos.mock", "b.kt-1", NULL},
    {"bucket with a dash first", NULL, "cos.mock", "-bkt", NULL},
};

static void a_bucket_has_one_host(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(hosts); i++) {
        struct cosn_config *config = NULL;
        struct cosn_error err = COSN_ERROR_INIT;
        assert_int_equal(cosn_config_new(&config, NULL), 0);
        if (hosts[i].region != NULL) {
            assert_int_equal(cosn_config_set(config, "fs.cosn.bucket.region", hosts[i].region,
                                             "test", NULL),
                             0);
        }
        if (hosts[i].suffix != NULL) {
            assert_int_equal(cosn_config_set(config, "fs.cosn.bucket.endpoint_suffix",
                                             hosts[i].suffix, "test", NULL),
                             0);
        }
        char *host = NULL;
        int r = endpoint_host(&host, config, hosts[i].bucket, &err);
        CHECK_ROW(hosts[i].name, (r == 0) == (hosts[i].host != NULL));
        if (host != NULL && hosts[i].host != NULL) {
            CHECK_ROW(hosts[i].name, strcmp(host, hosts[i].host) == 0);
        } else {
            CHECK_ROW(hosts[i].name, r == COSN_E_INVALID && host == NULL);
        }
        cos_free(host);
        (void)cosn_config_free(config);
    }
}

static void check_name(const char *name, bool is_good, const char *why)
{
    struct cosn_config *config = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    char *host = NULL;
    char row[600];
    (void)snprintf(row, sizeof(row), "%s (%s)", name, why);
    assert_int_equal(cosn_config_new(&config, NULL), 0);
    assert_int_equal(cosn_config_set(config, "fs.cosn.bucket.endpoint_suffix", "cos.mock",
                                     "test", NULL),
                     0);
    int r = endpoint_host(&host, config, name, &err);
    CHECK_ROW(row, r == (is_good ? 0 : COSN_E_INVALID));
    CHECK_ROW(row, is_good || strstr(err.message, "bucket '") != NULL);
    cos_free(host);
    (void)cosn_config_free(config);
}

/* fixtures/names/buckets.tsv: "good" or "bad", the name, why. */
static void bucket_names_are_those_of_the_document(void **state)
{
    (void)state;
    char path[4096];
    size_t n = 0;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 1u << 16);
    (void)snprintf(path, sizeof(path), "%s/names/buckets.tsv", fixtures);
    assert_int_equal(cos_file_read(&text, path), 0);
    struct cos_span rest = cos_buf_view(&text);
    while (rest.len > 0) {
        struct cos_span why = cos_span_cut(&rest, '\n');
        bool is_good = cos_span_eq_str(cos_span_cut(&why, '\t'), "good");
        struct cos_span name = cos_span_cut(&why, '\t');
        char texts[2][256];
        (void)snprintf(texts[0], sizeof(texts[0]), COS_SPAN_FMT, COS_SPAN_ARG(name));
        (void)snprintf(texts[1], sizeof(texts[1]), COS_SPAN_FMT, COS_SPAN_ARG(why));
        check_name(texts[0], is_good, texts[1]);
        n++;
    }
    assert_true(n > 20);
}

static void a_missing_endpoint_names_the_key(void **state)
{
    (void)state;
    struct cosn_config *config = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    char *host = NULL;
    assert_int_equal(cosn_config_new(&config, NULL), 0);
    assert_int_equal(endpoint_host(&host, config, "bkt-1", &err), COSN_E_INVALID);
    CHECK_HOLDS(err.message, "fs.cosn.bucket.endpoint_suffix");
    (void)cosn_config_free(config);
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : fixtures;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_one_key_or_is_refused),
        cmocka_unit_test(a_key_has_at_most_850_bytes),
        cmocka_unit_test(a_parent_is_the_path_without_its_last_name),
        cmocka_unit_test(a_bucket_has_one_host),
        cmocka_unit_test(bucket_names_are_those_of_the_document),
        cmocka_unit_test(a_missing_endpoint_names_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
