/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes. The encoding is the example of the specification (secure-systems-lab/dsse,
 * protocol.md 1.0, "Test Vectors"); openssl checks a signature in test-proof.
 */
#include "dsse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* RFC 8410 s.10.3 and s.10.1. */
static const char private_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
static const char public_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";

static void the_specification_s_example_is_encoded_as_it_says(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 1024);
    dsse_encode(&b, COS_SPAN_LIT("http://example.com/HelloWorld"), COS_SPAN_LIT("hello world"));
    assert_string_equal(cos_buf_cstr(&b),
                        "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

static void a_signed_statement_comes_back_and_holds(void **state)
{
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *key = cos_ed25519_private(cos_span_of(private_pem));
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *half = cos_ed25519_public(cos_span_of(public_pem));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    COS_CLEANUP(dsse_deinit) struct dsse_envelope e = {.keyid = ""};
    char why[512], id[65];
    cos_buf_init(&b, 4096);
    assert_true(dsse_write(&b, key, COS_SPAN_LIT("{\"a\": \"\xc3\xa9\"}")));
    assert_int_equal(dsse_read(&e, cos_buf_view(&b), why), 0);
    assert_string_equal(cos_buf_cstr(&e.payload), "{\"a\": \"\xc3\xa9\"}");
    assert_true(cos_ed25519_id(half, id));
    assert_string_equal(e.keyid, id);
    assert_true(dsse_is_sealed(&e, half));
    e.payload.ptr[1] ^= 1;
    assert_false(dsse_is_sealed(&e, half));
}

static void a_public_key_writes_no_envelope(void **state)
{
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *half = cos_ed25519_public(cos_span_of(public_pem));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 4096);
    assert_false(dsse_write(&b, half, COS_SPAN_LIT("{}")));
    assert_int_equal(b.len, 0);
}

/* 64 bytes of zeros, and a payload whose base64 has letters of either alphabet. */
#define SIG                                                                      \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAA=="
#define HEAD "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":"

static void either_alphabet_of_base64_is_read(void **state)
{
    static const char *const texts[] = {
        HEAD "\"+/8=\",\"signatures\":[{\"sig\":\"" SIG "\"}]}",
        HEAD "\"-_8=\",\"signatures\":[{\"sig\":\"" SIG "\",\"other\":[1]}]}",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        COS_CLEANUP(dsse_deinit) struct dsse_envelope e = {.keyid = ""};
        char why[512] = "";
        if (dsse_read(&e, cos_span_of(texts[i]), why) < 0) {
            fail_msg("%s", why);
        }
        assert_int_equal(e.payload.len, 2);
        assert_memory_equal(e.payload.ptr, "\xfb\xff", 2);
        assert_string_equal(e.keyid, "");
    }
}

static void what_is_no_envelope_is_refused_with_its_reason(void **state)
{
    static const struct {
        const char *text, *words;
    } table[] = {
        {"", "cannot be read as JSON"},
        {HEAD, "cannot be read as JSON"},
        {"{}", "no DSSE envelope"},
        {"[]", "no DSSE envelope"},
        {"{\"_type\":\"https://in-toto.io/Statement/v1\"}", "nobody signed"},
        {HEAD "\"e30=\",\"signatures\":\"" SIG "\"}", "no DSSE envelope"},
        {HEAD "\"e30=\",\"payload\":\"e30=\",\"signatures\":[]}", "payload"},
        {HEAD "\"e30=\",\"signatures\":[]}", "carries 0 signatures"},
        {HEAD "\"e30=\",\"signatures\":[{\"sig\":\"" SIG "\"},{\"sig\":\"" SIG "\"}]}",
         "carries 2 signatures"},
        {HEAD "\"e30\",\"signatures\":[{\"sig\":\"" SIG "\"}]}", "payload is not base64"},
        {HEAD "\"e3\\n0=\",\"signatures\":[{\"sig\":\"" SIG "\"}]}", "payload is not base64"},
        {HEAD "\"e30=\",\"signatures\":[{\"sig\":\"e30=\"}]}", "not the 64 bytes"},
        {HEAD "\"e30=\",\"signatures\":[{\"keyid\":\"x\"}]}", "not the 64 bytes"},
        {HEAD "\"e30=\",\"signatures\":[[[[[[[[[[[]]]]]]]]]]]}", "cannot be read as JSON"},
        {"{\"payloadType\":\"application/json\",\"payload\":\"e30=\",\"signatures\":[{\"sig\":"
         "\"" SIG "\"}]}",
         "its payload type is 'application/json'"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct dsse_envelope e;
        char why[512] = "";
        assert_int_equal(dsse_read(&e, cos_span_of(table[i].text), why), -1);
        if (strstr(why, table[i].words) == NULL) {
            fail_msg("%s: '%s' does not say '%s'", table[i].text, why, table[i].words);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_specification_s_example_is_encoded_as_it_says),
        cmocka_unit_test(a_signed_statement_comes_back_and_holds),
        cmocka_unit_test(a_public_key_writes_no_envelope),
        cmocka_unit_test(either_alphabet_of_base64_is_read),
        cmocka_unit_test(what_is_no_envelope_is_refused_with_its_reason),
    };
    return cmocka_run_group_tests_name("dsse", tests, NULL, NULL);
}
