/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature v5 against vectors that this code did not make (fixtures/vectors/cos). All eighteen
 * can be built by this dialect; only Node's own order of one of them (node_authorization)
 * cannot, and must not.
 */
#include "world.h"

#include "cosbase/file.h"
#include "cosbase/json.h"
#include "wire/wire.h"

#define MAX_PAIRS 16

static const char *fixtures;

static size_t read_pairs(struct sign_pair *pairs, const struct cos_json *object)
{
    size_t n = 0;
    for (const struct cos_json *m = cos_json_first(object); m != NULL; m = cos_json_next(m)) {
        assert_true(n < MAX_PAIRS);
        pairs[n++] = (struct sign_pair){cos_json_name(m), cos_json_str(m)};
    }
    return n;
}

static void sign_vector(struct cos_buf *out, const struct cos_json *v)
{
    struct sign_pair params[MAX_PAIRS];
    struct sign_pair headers[MAX_PAIRS];
    struct cos_span times = cos_span_of(cos_json_str(cos_json_get(v, "key_time")));
    struct sign_cos_input in = {
        .method = cos_json_str(cos_json_get(v, "method")),
        .path = cos_span_of(cos_json_str(cos_json_get(v, "path"))),
        .params = params,
        .n_params = read_pairs(params, cos_json_get(v, "params")),
        .headers = headers,
        .n_headers = read_pairs(headers, cos_json_get(v, "headers")),
        .secret_id = cos_json_str(cos_json_get(v, "secret_id")),
        .secret_key = cos_json_str(cos_json_get(v, "secret_key")),
    };
    assert_true(cos_span_i64(cos_span_cut(&times, ';'), &in.start_unix_s));
    assert_true(cos_span_i64(times, &in.end_unix_s));
    assert_int_equal(sign_cos(out, &in), 0);
}

static void every_vector_is_reproduced(void **state)
{
    (void)state;
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/vectors/cos/cos-sign-vectors.json", fixtures);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 1u << 20);
    assert_int_equal(cos_file_read(&text, path), 0);
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    assert_int_equal(cos_json_parse(&root, cos_buf_view(&text), &limits, NULL), 0);
    assert_int_equal(cos_json_count(root), 18);
    for (const struct cos_json *v = cos_json_first(root); v != NULL; v = cos_json_next(v)) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf got;
        cos_buf_init(&got, 1u << 16);
        sign_vector(&got, v);
        const char *wanted = cos_json_str(cos_json_get(v, "authorization"));
        CHECK_ROW(cos_json_str(cos_json_get(v, "name")),
                  strcmp(cos_buf_cstr(&got), wanted) == 0);
    }
}

static bool attempt(void)
{
    static const struct sign_pair headers[] = {{"Host", "h"}, {"Range", "bytes=0-1"}};
    static const struct sign_pair params[] = {{"uploadId", "x"}};
    struct sign_cos_input in = {.method = "GET",
                                .path = COS_SPAN_LIT("/k"),
                                .params = params,
                                .n_params = 1,
                                .headers = headers,
                                .n_headers = 2,
                                .secret_id = "id",
                                .secret_key = "key"};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf got;
    cos_buf_init(&got, 4096);
    return sign_cos(&got, &in) == 0;
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    torture(attempt);
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : "fixtures";
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_reproduced),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
