/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that sign calls of the cloud's API wrongly, TC3 and v1: each row has the text that
 * such a client signs, spelled out, and what the mock must call the mistake. Right texts:
 * sts-cam.md s.1.1, s.1.2.
 */
#include "client.h"

#define STAMP "1700000100" /* CLIENT_NOW_S */
#define DAY "2023-11-14"
#define BODY "{\"a\": 1}"
#define TYPE "application/json"

/* --- TC3 --- */

struct tc3 {
    const char *name;
    /* of the canonical request, as signed; NULL: the right one */
    const char *method, *path, *query, *headers, *list, *payload;
    bool hashes_nothing; /* the payload's text stands there itself */
    const char *secret, *prefix, *day;
    const char *cause, *says;
};

#define HEADERS "content-type:" TYPE "\nhost:" CLIENT_STS_HOST "\n"
#define LIST "content-type;host"

static const char *or_else(const char *given, const char *right)
{
    return given != NULL ? given : right;
}

static void sign_tc3(const struct tc3 *m, char signature[65])
{
    char payload[65];
    const char *text = or_else(m->payload, BODY);
    cos_sha256_hex(payload, text, strlen(text));
    char canonical[1000];
    int n = snprintf(canonical, sizeof(canonical), "%s\n%s\n%s\n%s\n%s\n%s",
                     or_else(m->method, "POST"), or_else(m->path, "/"), or_else(m->query, ""),
                     or_else(m->headers, HEADERS), or_else(m->list, LIST),
                     m->hashes_nothing ? text : payload);
    char hashed[65];
    cos_sha256_hex(hashed, canonical, (size_t)n);
    const char *day = or_else(m->day, DAY);
    char string[300];
    n = snprintf(string, sizeof(string), "TC3-HMAC-SHA256\n" STAMP "\n%s/sts/tc3_request\n%s",
                 day, hashed);
    char first[128];
    (void)snprintf(first, sizeof(first), "%s%s", or_else(m->prefix, "TC3"),
                   or_else(m->secret, CLIENT_SECRET));
    uint8_t key[32];
    cos_hmac_sha256(key, first, strlen(first), day, strlen(day));
    cos_hmac_sha256(key, key, 32, "sts", 3);
    cos_hmac_sha256(key, key, 32, "tc3_request", 11);
    cos_hmac_sha256(key, key, 32, string, (size_t)n);
    cos_hex_encode(signature, key, 32);
}

static struct answer send_tc3(struct client *c, const struct tc3 *m)
{
    static struct question q;
    q = (struct question){.method = "POST", .target = "/", .body = BODY, .n = strlen(BODY)};
    char signature[65];
    sign_tc3(m, signature);
    char line[400];
    (void)snprintf(line, sizeof(line),
                   "TC3-HMAC-SHA256 Credential=" CLIENT_ID "/%s/sts/tc3_request, "
                   "SignedHeaders=" LIST ", Signature=%s",
                   or_else(m->day, DAY), signature);
    add_header(&q, "Host", CLIENT_STS_HOST);
    add_header(&q, "Content-Type", TYPE);
    add_header(&q, "X-TC-Action", "GetCallerIdentity");
    add_header(&q, "X-TC-Version", "2018-08-13");
    add_header(&q, "X-TC-Region", "ap-beijing");
    add_header(&q, "X-TC-Timestamp", STAMP);
    add_header(&q, "Authorization", line);
    return client_send(c, &q);
}

static const struct tc3 tc3_rows[] = {
    {.name = "method", .method = "GET", .cause = "method", .says = "of a GET request"},
    {.name = "small method",
     .method = "post",
     .cause = "method-lower-case",
     .says = "lower case"},
    {.name = "no path", .path = "", .cause = "path", .says = "always '/'"},
    {.name = "host with port",
     .headers = "content-type:" TYPE "\nhost:" CLIENT_STS_HOST ":443\n",
     .cause = "host-port",
     .says = "a port that the request does not have"},
    {.name = "charset",
     .headers = "content-type:" TYPE "; charset=utf-8\nhost:" CLIENT_STS_HOST "\n",
     .cause = "header-changed",
     .says = "signed was '" TYPE "; charset=utf-8'"},
    {.name = "order",
     .headers = "host:" CLIENT_STS_HOST "\ncontent-type:" TYPE "\n",
     .cause = "order",
     .says = "another order"},
    {.name = "no newline",
     .headers = "content-type:" TYPE "\nhost:" CLIENT_STS_HOST,
     .cause = "no-last-newline",
     .says = "no newline at their end"},
    {.name = "empty payload",
     .payload = "",
     .cause = "payload-not-signed",
     .says = "the hash of an empty payload"},
    {.name = "unsigned payload",
     .payload = "UNSIGNED-PAYLOAD",
     .cause = "payload-unsigned",
     .says = "X-TC-Content-SHA256 does not say so"},
    {.name = "other blanks",
     .payload = "{\"a\":1}",
     .cause = "payload-changed",
     .says = "without its blanks"},
    {.name = "no hash",
     .hashes_nothing = true,
     .cause = "payload-not-hashed",
     .says = "the payload itself"},
    {.name = "no TC3", .prefix = "", .cause = "no-tc3-prefix", .says = "without TC3"},
    {.name = "AWS4", .prefix = "AWS4", .cause = "aws4-prefix", .says = "as AWS does"},
    {.name = "newline",
     .secret = CLIENT_SECRET "\n",
     .cause = "secret-newline",
     .says = "with a newline"},
    {.name = "another's",
     .secret = CLIENT_SUB_SECRET,
     .cause = "another-keys-secret",
     .says = "of key " CLIENT_SUB_ID},
    {.name = "local day",
     .day = "2023-11-15",
     .cause = "scope-date",
     .says = "'2023-11-15', and X-TC-Timestamp is of " DAY},
    {.name = "two",
     .method = "GET",
     .payload = "",
     .cause = "method+payload-not-signed",
     .says = ", and the hash of an empty payload"},
    {.name = "nobody knows", .secret = "some other", .cause = "", .says = "most likely"},
};

static void each_mistake_of_tc3_is_called_by_its_name(void **state)
{
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(tc3_rows); i++) {
        const struct tc3 *m = &tc3_rows[i];
        struct answer a = send_tc3(c, m);
        struct cosmock_entry *e = last_entry(c);
        if (strcmp(sts_code(&a), "AuthFailure.SignatureFailure") != 0 ||
            strcmp(e->cause, m->cause) != 0 || strstr(e->detail, m->says) == NULL) {
            fail_msg("%s: %s, cause '%s', '%s'", m->name, sts_code(&a), e->cause, e->detail);
        }
        assert_null(strstr(answer_header(&a, "x-cosmock-reason"), CLIENT_SECRET));
        assert_null(strstr(a.body, m->says)); /* the service's words alone */
        if (m->day == NULL) {
            assert_memory_equal(e->format_string, "POST\n/\n\ncontent-type:", 21);
        }
        cosmock_entries_free(e);
        answer_free(&a);
    }
    static const struct tc3 right = {.name = "right"};
    struct answer a = send_tc3(c, &right);
    assert_string_equal(sts_code(&a), "UnknownParameter"); /* "a", behind the signature */
    answer_free(&a);
}

/* --- v1 --- */

struct v1 {
    const char *name;
    const char *source;     /* as signed; NULL: the right one */
    const char *secret;     /* NULL: the right one */
    bool is_sha256, is_raw; /* raw: the Signature is not percent-encoded */
    const char *cause, *says;
};

#define SOURCE(host, nonce)                              \
    "GET" host "/?Action=GetCallerIdentity&Nonce=" nonce \
    "&Region=ap-beijing&SecretId=" CLIENT_ID "&Timestamp=" STAMP "&Version=2018-08-13"

static struct answer send_v1(struct client *c, const struct v1 *m, unsigned nonce)
{
    static struct question q;
    static char target[1500];
    static char source[1000];
    char number[16];
    (void)snprintf(number, sizeof(number), "%u", nonce);
    const char *text = or_else(m->source, SOURCE(CLIENT_STS_HOST, "%"));
    /* its '%' is the number */
    int before = (int)strcspn(text, "%");
    size_t n = (size_t)snprintf(source, sizeof(source), "%.*s%s%s", before, text, number,
                                text + before + 1);
    const char *secret = or_else(m->secret, CLIENT_SECRET);
    uint8_t digest[32];
    if (m->is_sha256) {
        cos_hmac_sha256(digest, secret, strlen(secret), source, n);
    } else {
        cos_hmac_sha1(digest, secret, strlen(secret), source, n);
    }
    char signature[COS_BASE64_BYTES(32)];
    cos_base64_encode(signature, digest, m->is_sha256 ? 32 : 20);
    n = (size_t)snprintf(target, sizeof(target),
                         "/?Action=GetCallerIdentity&Version=2018-08-13&Nonce=%u"
                         "&Region=ap-beijing&SecretId=" CLIENT_ID "&Timestamp=" STAMP
                         "&Signature=",
                         nonce);
    for (const char *s = signature; *s != '\0'; s++) {
        bool is_plain = m->is_raw || (*s != '+' && *s != '/' && *s != '=');
        n += (size_t)snprintf(target + n, sizeof(target) - n, is_plain ? "%c" : "%%%02X", *s);
    }
    q = (struct question){.method = "GET", .target = target};
    add_header(&q, "Host", CLIENT_STS_HOST);
    return client_send(c, &q);
}

static const struct v1 v1_rows[] = {
    {.name = "method",
     .source = "POST" CLIENT_STS_HOST
               "/?Action=GetCallerIdentity&Nonce=%&Region=ap-beijing&SecretId=" CLIENT_ID
               "&Timestamp=" STAMP "&Version=2018-08-13",
     .cause = "method",
     .says = "of a POST request"},
    {.name = "host with port",
     .source = SOURCE(CLIENT_STS_HOST ":443", "%"),
     .cause = "host-port",
     .says = "a port"},
    {.name = "not sorted",
     .source = "GET" CLIENT_STS_HOST "/?Action=GetCallerIdentity&Version=2018-08-13&Nonce=%"
               "&Region=ap-beijing&SecretId=" CLIENT_ID "&Timestamp=" STAMP,
     .cause = "order",
     .says = "not sorted by name"},
    {.name = "SHA-256",
     .is_sha256 = true,
     .cause = "algorithm",
     .says = "SignatureMethod is not HmacSHA256"},
    {.name = "a parameter not signed",
     .source = "GET" CLIENT_STS_HOST "/?Action=GetCallerIdentity&Nonce=%&SecretId=" CLIENT_ID
               "&Timestamp=" STAMP "&Version=2018-08-13",
     .cause = "parameter-not-signed",
     .says = "parameter Region was not signed"},
    {.name = "newline",
     .secret = CLIENT_SECRET "\n",
     .cause = "secret-newline",
     .says = "newline"},
    {.name = "another's",
     .secret = CLIENT_SUB_SECRET,
     .cause = "another-keys-secret",
     .says = CLIENT_SUB_ID},
    {.name = "nobody knows", .secret = "some other", .cause = "", .says = "most likely"},
};

static void each_mistake_of_v1_is_called_by_its_name(void **state)
{
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(v1_rows); i++) {
        const struct v1 *m = &v1_rows[i];
        struct answer a = send_v1(c, m, (unsigned)(100 + i));
        struct cosmock_entry *e = last_entry(c);
        if (strcmp(sts_code(&a), "AuthFailure.SignatureFailure") != 0 ||
            strcmp(e->cause, m->cause) != 0 || strstr(e->detail, m->says) == NULL) {
            fail_msg("%s: %s, cause '%s', '%s'", m->name, sts_code(&a), e->cause, e->detail);
        }
        assert_memory_equal(e->string_to_sign, "GET" CLIENT_STS_HOST "/?Action=", 35);
        cosmock_entries_free(e);
        answer_free(&a);
    }
}

/* The first number whose signature has a '+', which a query makes a blank of. */
static void a_signature_that_is_not_encoded_is_called_so(void **state)
{
    struct client *c = *state;
    static const struct v1 raw = {.name = "raw", .is_raw = true};
    bool is_found = false;
    for (unsigned nonce = 1; nonce < 100 && !is_found; nonce++) {
        struct answer a = send_v1(c, &raw, nonce);
        struct cosmock_entry *e = last_entry(c);
        is_found = strcmp(e->cause, "signature-not-encoded") == 0;
        assert_true(is_found || strcmp(e->authn, "ok") == 0);
        cosmock_entries_free(e);
        answer_free(&a);
    }
    assert_true(is_found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(each_mistake_of_tc3_is_called_by_its_name),
        CLIENT_TEST(each_mistake_of_v1_is_called_by_its_name),
        CLIENT_TEST(a_signature_that_is_not_encoded_is_called_so),
    };
    return cmocka_run_group_tests_name("sts_mistakes", tests, NULL, NULL);
}
