/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature v4 (436/6054), which cos-nodejs-sdk-v5 still makes. SDKS is what getV4Auth of its
 * version 2.15.4 gives for the client's key, the object "dir/a b.txt", Date.now() of
 * CLIENT_NOW_S and Math.random() of 0.25; what the rows below vary is signed here, by the
 * document's formula.
 */
#include "client.h"

#define SDKS                                                                                   \
    "O9D58XgW1EBPoqCJ7tiFNXWMjqthPTEyNTAwMDAwMDAmYj1leGFtcGxlYnVja2V0Jms9QUtJREVYQU1QTEUwMDAw" \
    "MDAwMDAwMDAwMDAwMDAwMDAwMDAxJnQ9MTcwMDAwMDEwMCZlPTE3MDAwMDEwMDAmcj0xMDczNzQxODI0JmY9LzEy" \
    "NTAwMDAwMDAvZXhhbXBsZWJ1Y2tldC9kaXIvYSUyMGIudHh0"
#define OBJECT "/dir/a%20b.txt"
#define KEYS "k=" CLIENT_ID
#define TIMES "&e=1700001000&t=1700000100&r=7"
#define OURS "a=1250000000&b=examplebucket&" KEYS TIMES
#define OBJECTS_FILEID "&f=/1250000000/examplebucket" OBJECT

/* base64(HMAC-SHA1(secret, text) + text) */
static void sign(char out[1200], const char *text)
{
    char bytes[800];
    size_t n = strlen(text);
    assert_true(COS_SHA1_BYTES + n <= sizeof(bytes));
    cos_hmac_sha1((uint8_t *)bytes, CLIENT_SECRET, strlen(CLIENT_SECRET), text, n);
    memcpy(bytes + COS_SHA1_BYTES, text, n);
    cos_base64_encode(out, bytes, COS_SHA1_BYTES + n);
}

static struct answer send(struct client *c, const char *target, const char *authorization)
{
    struct question q = {.method = "GET", .target = target};
    add_header(&q, "Host", CLIENT_HOST);
    if (authorization != NULL) {
        add_header(&q, "Authorization", authorization);
    }
    return client_send(c, &q);
}

static void put_object(struct client *c)
{
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "dir/a b.txt", "text", 4,
                                        /* err= */ NULL),
                     0);
}

static void the_sdks_signature_opens_its_object(void **state)
{
    struct client *c = *state;
    put_object(c);
    char target[1000];
    size_t at = (size_t)snprintf(target, sizeof(target), "%s?sign=", OBJECT);
    for (const char *p = SDKS; *p != '\0'; p++) { /* as encodeURIComponent writes it */
        bool is_plain = strchr("+/=", *p) == NULL;
        at += (size_t)(is_plain ? snprintf(target + at, 4, "%c", *p)
                                : snprintf(target + at, 4, "%%%02X", (unsigned)*p));
    }
    struct answer in_query = send(c, target, NULL);
    assert_int_equal(in_query.status, 200);
    assert_string_equal(in_query.body, "text");
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->authn, "ok");
    assert_string_equal(e->secret_id, CLIENT_ID);
    assert_int_equal(e->sign_end_unix_s, CLIENT_NOW_S + 900);
    cosmock_entries_free(e);
    answer_free(&in_query);
    struct answer in_header = send(c, OBJECT, SDKS);
    assert_int_equal(in_header.status, 200);
    answer_free(&in_header);
}

static const struct {
    const char *name, *text, *target;
    int status;
    const char *code;
} rows[] = {
    {"the document's order", OURS OBJECTS_FILEID, OBJECT, 200, ""},
    {"without a fileid: any object", OURS "&f=", OBJECT, 200, ""},
    {"without a fileid: the bucket", OURS "&f=", "/", 200, ""},
    {"another object", OURS OBJECTS_FILEID, "/dir/other", 403, "SignatureDoesNotMatch"},
    {"the bucket, with an object's", OURS OBJECTS_FILEID, "/", 403, "SignatureDoesNotMatch"},
    {"another bucket", "a=1250000000&b=example&" KEYS TIMES "&f=", OBJECT, 403,
     "SignatureDoesNotMatch"},
    {"another appid", "a=1250000001&b=examplebucket&" KEYS TIMES "&f=", OBJECT, 403,
     "SignatureDoesNotMatch"},
    {"an unknown key", "a=1250000000&b=examplebucket&k=AKIDnobody" TIMES "&f=", OBJECT, 403,
     "InvalidAccessKeyId"},
    {"another's key", "a=1250000000&b=examplebucket&k=" CLIENT_SUB_ID TIMES "&f=", OBJECT, 403,
     "SignatureDoesNotMatch"},
    {"ended", "a=1250000000&b=examplebucket&" KEYS "&e=1700000099&t=1700000000&r=7&f=", OBJECT,
     403, "AccessDenied"},
    {"to hold once", "a=1250000000&b=examplebucket&" KEYS "&e=0&t=1700000100&r=7&f=/x", OBJECT,
     403, "AccessDenied"},
    {"without its random number",
     "a=1250000000&b=examplebucket&" KEYS "&e=1700001000&t=1700000100&f=", OBJECT, 403,
     "AccessDenied"},
    {"with two ends", OURS "&e=1800000000&f=", OBJECT, 403, "AccessDenied"},
};

static void a_signature_holds_for_what_it_names_until_its_end(void **state)
{
    struct client *c = *state;
    put_object(c);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char signature[1200];
        sign(signature, rows[i].text);
        struct answer r = send(c, rows[i].target, signature);
        if (r.status != rows[i].status || strcmp(xml_code(&r), rows[i].code) != 0) {
            fail_msg("%s: %d %s", rows[i].name, r.status, xml_code(&r));
        }
        answer_free(&r);
    }
}

static void a_changed_byte_is_noticed(void **state)
{
    struct client *c = *state;
    put_object(c);
    struct cos_buf decoded;
    cos_buf_init(&decoded, 1000);
    assert_true(cos_base64_decode(&decoded, cos_span_of(SDKS)));
    for (size_t i = 0; i < decoded.len; i++) {
        char changed[1200];
        decoded.ptr[i] ^= 1;
        cos_base64_encode(changed, decoded.ptr, decoded.len);
        decoded.ptr[i] ^= 1;
        struct answer r = send(c, OBJECT, changed);
        if (r.status != 403) {
            fail_msg("byte %zu: %d", i, r.status);
        }
        answer_free(&r);
    }
    cos_buf_deinit(&decoded);
}

/* The key's rights are what they are: the sub-user has no policy. */
static void it_gives_no_more_rights_than_its_key_has(void **state)
{
    struct client *c = *state;
    put_object(c);
    static const char text[] =
        "a=1250000000&b=examplebucket&k=" CLIENT_SUB_ID TIMES OBJECTS_FILEID;
    char bytes[400];
    char signature[700];
    cos_hmac_sha1((uint8_t *)bytes, CLIENT_SUB_SECRET, strlen(CLIENT_SUB_SECRET), text,
                  strlen(text));
    memcpy(bytes + COS_SHA1_BYTES, text, strlen(text));
    cos_base64_encode(signature, bytes, COS_SHA1_BYTES + strlen(text));
    struct answer r = send(c, OBJECT, signature);
    assert_int_equal(r.status, 403);
    assert_string_equal(xml_code(&r), "AccessDenied");
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->authn, "ok");
    cosmock_entries_free(e);
    answer_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(the_sdks_signature_opens_its_object),
        CLIENT_TEST(a_signature_holds_for_what_it_names_until_its_end),
        CLIENT_TEST(a_changed_byte_is_noticed),
        CLIENT_TEST(it_gives_no_more_rights_than_its_key_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
