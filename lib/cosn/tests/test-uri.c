/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent-encoding: RFC 3986 unreserved characters, and the path forms that the Java SDK puts
 * on the wire (cos-wire.md s.1.1; vector path-double-slash).
 */
#include "world.h"

#include "wire/wire.h"

static void components_keep_only_unreserved_characters(void **state)
{
    (void)state;
    static const struct {
        const char *name, *raw, *encoded;
    } rows[] = {
        {"unreserved", "AZaz09-_.~", "AZaz09-_.~"},
        {"blank and plus", "a b+c", "a%20b%2Bc"},
        {"slash", "a/b", "a%2Fb"},
        {"marks", "!'()*", "%21%27%28%29%2A"},
        {"utf-8", "\xe4\xb8\xad", "%E4%B8%AD"},
        {"percent", "%25", "%2525"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        cos_buf_init(&b, 256);
        uri_encode_component(&b, cos_span_of(rows[i].raw));
        CHECK_ROW(rows[i].name, strcmp(cos_buf_cstr(&b), rows[i].encoded) == 0);
    }
}

static void paths_survive_proxies_that_tidy_up(void **state)
{
    (void)state;
    static const struct {
        const char *name, *raw, *encoded;
    } rows[] = {
        {"plain", "/a/b c", "/a/b%20c"},
        {"root", "/", "/"},
        {"folder", "/folder/", "/folder/"},
        {"double slash and dot, as Java", "/a//b/./c", "/a/%2Fb/.%2Fc"},
        {"dot dot", "/a/../c", "/a/..%2Fc"},
        {"leading double slash", "//a", "/%2Fa"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        cos_buf_init(&b, 256);
        uri_encode_path(&b, cos_span_of(rows[i].raw));
        CHECK_ROW(rows[i].name, strcmp(cos_buf_cstr(&b), rows[i].encoded) == 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_keep_only_unreserved_characters),
        cmocka_unit_test(paths_survive_proxies_that_tidy_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
