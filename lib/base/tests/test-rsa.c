/* SPDX-License-Identifier: Apache-2.0 */
/* RS256. The vector is RFC 7515 A.2: its public numbers, what was signed, and the signature, in
 * base64 with the padding that JOSE leaves out. */
#include "check.h"
#include "cosbase/codec.h"
#include "cosbase/rsa.h"

#define MODULUS                                                                             \
    ("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz" \
     "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf6" \
     "3kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5Zw" \
     "Kh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW" \
     "yuXpoQ==")
#define EXPONENT "AQAB"
#define MESSAGE                                                                          \
    COS_SPAN_LIT("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog" \
                 "Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ")
#define SEAL                                                                                \
    ("cC4hiUPoj9Eetdgtv3hF80EGrhuB//dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh+0Qc/lF5YKt" \
     "/O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB++f/nZLgrnbyTyWzO75vRK5h6xBArL" \
     "IARNPvkSjtQBMHlb1L07Qe7K0GarZRmB/eSN9383LcOLn6/dO++xi12jzDwusC+eOkHWEsqtFZESc6BfI7no" \
     "OPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN/IoypGlUPQ" \
     "Ge77Rw==")

static struct cos_buf bytes_of(const char *base64)
{
    struct cos_buf b;
    cos_buf_init(&b, 1024);
    assert_true(cos_base64_decode(&b, cos_span_of(base64)));
    return b;
}

static void the_published_signature_is_believed_and_no_other(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf n = bytes_of(MODULUS);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf e = bytes_of(EXPONENT);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf seal = bytes_of(SEAL);
    COS_CLEANUP(cos_rsa_free)
    struct cos_rsa *key = cos_rsa_public(cos_buf_view(&n), cos_buf_view(&e));
    assert_non_null(key);
    assert_true(cos_rsa_is_sealed(key, MESSAGE, cos_buf_view(&seal)));
    assert_false(cos_rsa_is_sealed(key, cos_span_from(MESSAGE, 1), cos_buf_view(&seal)));
    assert_false(cos_rsa_is_sealed(key, MESSAGE, cos_span_from(cos_buf_view(&seal), 1)));
    assert_false(cos_rsa_is_sealed(key, MESSAGE, COS_SPAN_EMPTY));
    seal.ptr[7] ^= 1;
    assert_false(cos_rsa_is_sealed(key, MESSAGE, cos_buf_view(&seal)));
}

static void a_pair_is_known_by_its_numbers(void **state)
{
    COS_CLEANUP(cos_rsa_free) struct cos_rsa *pair = cos_rsa_generate();
    COS_CLEANUP(cos_rsa_free) struct cos_rsa *other = cos_rsa_generate();
    COS_CLEANUP(cos_buf_deinit) struct cos_buf n;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf e;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf seal;
    cos_buf_init(&n, 1024);
    cos_buf_init(&e, 64);
    cos_buf_init(&seal, 1024);
    assert_true(cos_rsa_numbers(pair, &n, &e));
    assert_int_equal(n.len, 256);
    COS_CLEANUP(cos_rsa_free)
    struct cos_rsa *known = cos_rsa_public(cos_buf_view(&n), cos_buf_view(&e));
    assert_true(cos_rsa_seal(pair, MESSAGE, &seal));
    assert_true(cos_rsa_is_sealed(known, MESSAGE, cos_buf_view(&seal)));
    assert_false(cos_rsa_is_sealed(other, MESSAGE, cos_buf_view(&seal)));
    assert_false(cos_rsa_seal(known, MESSAGE, &seal)); /* it has no private half */
}

static void what_is_no_number_is_no_key(void **state)
{
    static const char many[1025] = {1};
    assert_null(cos_rsa_public(COS_SPAN_EMPTY, COS_SPAN_LIT("\x01\x00\x01")));
    assert_null(cos_rsa_public(COS_SPAN_LIT("n"), COS_SPAN_EMPTY));
    assert_null(cos_rsa_public(cos_span_make(many, sizeof(many)), COS_SPAN_LIT("\x03")));
    assert_null(cos_rsa_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_signature_is_believed_and_no_other),
        cmocka_unit_test(a_pair_is_known_by_its_numbers),
        cmocka_unit_test(what_is_no_number_is_no_key),
    };
    return cmocka_run_group_tests_name("rsa", tests, NULL, NULL);
}
