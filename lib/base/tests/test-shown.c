/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What messages show. The secrets are made up in the shapes that Tencent Cloud's documents
 * print (cos-wire.md s.1.1); the names are real ones: keys, classes, hosts and paths of this
 * repository.
 */
#include "check.h"

#include "cosbase/shown.h"

#define ID "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
#define KEY "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
#define LETTERS "aVbQxLmNcKdReSfThUgWiXjYkZoPqAsB"
#define HEX "0123456789abcdef0123456789abcdef"
#define TOKEN "Tk9fT05FX0NBTl9VU0VfVEhJU18wMTIzNDU2Nzg5-abc_DEF-0123456789ABCDEFxyz"

static void secrets_are_known_by_their_shape(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_secret;
    } rows[] = {
        {ID, true},
        {KEY, true},
        {LETTERS, true},
        {HEX, true},
        {TOKEN, true},
        {"size " KEY " bytes", true},
        {"8388608;" ID, true},
        {"key=" KEY, true},
        {"AKID" HEX, true},
        {"", false},
        {"8388608", false},
        {"-1", false},
        {"many", false},
        {"30 seconds", false},
        {"ap-guangzhou", false},
        {"examplebucket-1250000000", false},
        {"examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com", false},
        {"/path/to/remote/storage", false},
        {"fs.cosn.userinfo.secretKey", false},
        {"client.filesystem.security.token.renewal.time-ratio", false},
        {"org.apache.hadoop.fs.cosn.auth.SimpleCredentialsProvider", false},
        {"org.apache.fluss.fs.cos.token.DynamicTemporaryCOSCredentialsProvider", false},
        {"EnvironmentVariableCredentialsProvider", false},
        {"AKID", false},
        {"cosn/0.1.0", false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        CHECK_ROW(rows[i].text,
                  cos_looks_secret(cos_span_of(rows[i].text)) == rows[i].is_secret);
    }
}

static void a_uri_is_shown_without_its_user_information(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *shown;
    } rows[] = {
        {"cosn://b-1/p", "cosn://b-1/p"},
        {"cosn://id:secret@b-1/p", "cosn://***@b-1/p"},
        {"cosn://" ID ":" KEY "@b-1/p", "cosn://***@b-1/p"},
        {"cosn://id@b-1", "cosn://***@b-1"},
        {"cosn://a@b@b-1/p@q", "cosn://***@b-1/p@q"},
        {"cosn://id:se/cret@b-1/p", "cosn://***@b-1/p"},
        {"cosn://id:secret/p", "cosn://***/p"},
        {"cosn://" KEY "/p", "cosn://***/p"},
        {"http://host:8080/p", "http://host:8080/p"},
        {"http://u:p@host:8080/p", "http://***@host:8080/p"},
        {"cosn://b-1/user@domain/p", "cosn://b-1/user@domain/p"},
        {"cosn://b-1/p?id=" ID, "cosn://b-1/p?id=AKID***"},
        {"not a uri, me@home", "not a uri, me@home"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char out[COS_SHOWN_BYTES];
        const char *got = cos_shown_uri(out, cos_span_of(rows[i].uri));
        if (strcmp(got, rows[i].shown) != 0) {
            fail_msg("'%s' is shown as '%s'", rows[i].uri, got);
        }
    }
}

/* Cutting must come after hiding: the '@' may stand far behind. */
static void a_long_uri_hides_what_its_end_says_to_hide(void **state)
{
    (void)state;
    char uri[2048] = "cosn://";
    size_t n = strlen(uri);
    for (int i = 0; i < 40; i++, n += strlen(KEY)) {
        memcpy(uri + n, KEY, strlen(KEY));
    }
    memcpy(uri + n, "@b-1/p", sizeof("@b-1/p"));
    char out[COS_SHOWN_BYTES];
    assert_string_equal(cos_shown_uri(out, cos_span_of(uri)), "cosn://***@b-1/p");
    cos_hide_secrets(uri);
    assert_string_equal(uri, "cosn://***@b-1/p");
}

static void text_of_any_making_loses_uris_users_and_ids(void **state)
{
    (void)state;
    static const struct {
        const char *text, *left;
    } rows[] = {
        {"'cosn://id:secret@b-1/' is not a URI", "'cosn://***@b-1/' is not a URI"},
        {"from cosn://a:b@c to cosn://d:e@f", "from cosn://***@c to cosn://***@f"},
        {"x@y cosn://b-1/ me@home", "x@y cosn://b-1/ me@home"},
        {"the key " ID " is unknown", "the key AKID*** is unknown"},
        {"q-ak=" ID "&q-sign-time=1", "q-ak=AKID***&q-sign-time=1"},
        {"HTTP 403 (request NjA0NGFjMmFfZTViOTJhMDk=)",
         "HTTP 403 (request NjA0NGFjMmFfZTViOTJhMDk=)"},
        {"cosn://@b", "cosn://@b"},
        {"://", "://"},
        {"", ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "%s", rows[i].text);
        cos_hide_secrets(text);
        if (strcmp(text, rows[i].left) != 0) {
            fail_msg("'%s' became '%s'", rows[i].text, text);
        }
    }
}

static void values_are_shown_short_and_without_secrets(void **state)
{
    (void)state;
    char long_text[200];
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    static const struct {
        const char *value, *shown;
    } rows[] = {
        {"tiny", "tiny"},
        {KEY, "***"},
        {"about " ID, "***"},
        {"cosn://id:s@b-1/", "cosn://***@b-1/"},
    };
    char out[COS_SHOWN_BYTES];
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        assert_string_equal(cos_shown_value(out, cos_span_of(rows[i].value)), rows[i].shown);
    }
    assert_int_equal(strlen(cos_shown_value(out, cos_span_of(long_text))),
                     80 + strlen("\xE2\x80\xA6"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_known_by_their_shape),
        cmocka_unit_test(a_uri_is_shown_without_its_user_information),
        cmocka_unit_test(a_long_uri_hides_what_its_end_says_to_hide),
        cmocka_unit_test(text_of_any_making_loses_uris_users_and_ids),
        cmocka_unit_test(values_are_shown_short_and_without_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
