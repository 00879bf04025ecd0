/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TC3 against the vectors that this library's one form of request covers: POST, valid,
 * content-type and host signed, payload signed. The others are GETs, the older signature, an
 * unsigned payload, a signed x-tc-action, or deliberately wrong.
 */
#include "world.h"

#include "cosbase/codec.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "wire/wire.h"

#include <strings.h>

static const char *fixtures;

static const char *header_of(const struct cos_json *v, const char *name)
{
    const struct cos_json *headers = cos_json_get(v, "headers");
    for (const struct cos_json *h = cos_json_first(headers); h != NULL; h = cos_json_next(h)) {
        if (strcasecmp(cos_json_name(h), name) == 0) {
            return cos_json_str(h);
        }
    }
    return NULL;
}

static bool is_of_our_form(const struct cos_json *v)
{
    const char *authorization = cos_json_str(cos_json_get(v, "authorization"));
    return strcmp(cos_json_str(cos_json_get(v, "scheme")), "TC3-HMAC-SHA256") == 0 &&
           strcmp(cos_json_str(cos_json_get(v, "method")), "POST") == 0 &&
           strcmp(cos_json_str(cos_json_get(v, "expect")), "valid") == 0 &&
           strstr(authorization, "SignedHeaders=content-type;host,") != NULL &&
           header_of(v, "X-TC-Content-SHA256") == NULL;
}

static void read_body(struct cos_buf *out, const struct cos_json *v)
{
    struct cos_span body = cos_span_of(cos_json_str(cos_json_get(v, "body")));
    cos_buf_init(out, 1u << 20);
    if (cos_span_starts(body, COS_SPAN_LIT("base64:"))) {
        assert_true(cos_base64_decode(out, cos_span_from(body, 7)));
    } else {
        cos_buf_span(out, body);
    }
}

static void check_vector(const struct cos_json *v)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf body;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf got;
    read_body(&body, v);
    cos_buf_init(&got, 4096);
    struct sign_tc3_input in = {
        .service = cos_json_str(cos_json_get(v, "scope_service")),
        .host = cos_json_str(cos_json_get(v, "signed_host")),
        .content_type = header_of(v, "Content-Type"),
        .body = cos_buf_view(&body),
        .secret_id = cos_json_str(cos_json_get(v, "secret_id")),
        .secret_key = cos_json_str(cos_json_get(v, "secret_key")),
    };
    assert_true(cos_json_i64(cos_json_get(v, "timestamp"), &in.now_unix_s));
    assert_int_equal(sign_tc3(&got, &in), 0);
    CHECK_ROW(cos_json_str(cos_json_get(v, "name")),
              strcmp(cos_buf_cstr(&got), cos_json_str(cos_json_get(v, "authorization"))) == 0);
}

static void every_vector_of_our_form_is_reproduced(void **state)
{
    (void)state;
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/vectors/tc3/tc3-vectors.json", fixtures);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 1u << 20);
    assert_int_equal(cos_file_read(&text, path), 0);
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    assert_int_equal(cos_json_parse(&root, cos_buf_view(&text), &limits, NULL), 0);
    size_t n_checked = 0;
    for (const struct cos_json *v = cos_json_first(root); v != NULL; v = cos_json_next(v)) {
        if (is_of_our_form(v)) {
            check_vector(v);
            n_checked++;
        }
    }
    /* 13 SDK and documentation vectors and neg-action-changed-still-valid, whose signature is
     * untouched. */
    assert_int_equal(n_checked, 14);
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : "fixtures";
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_of_our_form_is_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
