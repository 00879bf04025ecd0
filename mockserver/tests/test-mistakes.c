/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that signs wrongly, one mistake after the other: each row has the lines that such a
 * client signs, spelled out, and what the mock must call the mistake. Nothing is shared with
 * the search but the digests. Right lines: cos-wire.md s.1.1.
 */
#include "client.h"

#define TOKEN_ID "AKIDtoken"

/* What is sent, and what is signed; NULL: the right one. */
struct mistaken {
    const char *name;
    const char *sent_method;                     /* NULL: GET */
    const char *header, *value;                  /* one more that is sent; NULL: none */
    const char *method, *path, *query, *headers; /* signed */
    const char *header_list, *param_list;
    const char *secret, *host; /* host: as sent */
    enum {
        MAKES_RIGHT,
        MAKES_KEY_BYTES,
        MAKES_SECRET_SIGN,
        MAKES_SIGN_TIME_KEY,
        MAKES_KEY_TIME,
        MAKES_NO_NEWLINE,
        MAKES_FORMAT_NO_NEWLINE,
        MAKES_NO_HASH,
        MAKES_UPPER_HASH
    } makes;
    const char *cause, *says;
};

#define TARGET "/dir/a%20b%2Bc?prefix=a%20b/c!&max-keys=5"
#define PATH "/dir/a b+c"
#define QUERY "max-keys=5&prefix=a%20b%2Fc%21"
#define META "x-cos-meta-m"
#define HEADERS "host=" CLIENT_HOST "&x-cos-meta-m=x%20%2F%2A"
#define LATE "1700000000;1800000000" /* q-sign-time */
#define WIDE "1600000000;1800000000" /* q-key-time */

static const char *or_else(const char *given, const char *right)
{
    return given != NULL ? given : right;
}

static size_t upper(char *s)
{
    for (char *p = s; *p != '\0'; p++) {
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    }
    return strlen(s);
}

/* hex(HMAC-SHA1(SignKey, StringToSign)), or what the mistake makes of it. */
static void sign(const struct mistaken *m, char signature[41])
{
    char format[2000];
    int n =
        snprintf(format, sizeof(format), "%s\n%s\n%s\n%s%s", or_else(m->method, "get"),
                 or_else(m->path, PATH), or_else(m->query, QUERY), or_else(m->headers, HEADERS),
                 m->makes == MAKES_FORMAT_NO_NEWLINE ? "" : "\n");
    char digest[41];
    cos_sha1_hex(digest, format, (size_t)n);
    if (m->makes == MAKES_UPPER_HASH) {
        (void)upper(digest);
    }
    char string[2200];
    n = snprintf(string, sizeof(string), "sha1\n%s\n%s%s",
                 m->makes == MAKES_KEY_TIME ? WIDE : LATE,
                 m->makes == MAKES_NO_HASH ? format : digest,
                 m->makes == MAKES_NO_NEWLINE ? "" : "\n");
    const char *secret = or_else(m->secret, CLIENT_SECRET);
    const char *time = m->makes == MAKES_SIGN_TIME_KEY ? LATE : WIDE;
    char sign_key[41];
    uint8_t bytes[20];
    cos_hmac_sha1_hex(sign_key, secret, strlen(secret), time, strlen(time));
    cos_hmac_sha1(bytes, secret, strlen(secret), time, strlen(time));
    if (m->makes == MAKES_KEY_BYTES) {
        cos_hmac_sha1_hex(signature, bytes, 20, string, (size_t)n);
    } else if (m->makes == MAKES_SECRET_SIGN) {
        cos_hmac_sha1_hex(signature, secret, strlen(secret), string, (size_t)n);
    } else {
        cos_hmac_sha1_hex(signature, sign_key, 40, string, (size_t)n);
    }
}

static void write_line(const struct mistaken *m, char line[900])
{
    char signature[41];
    sign(m, signature);
    (void)snprintf(line, 900,
                   "q-sign-algorithm=sha1&q-ak=" CLIENT_ID "&q-sign-time=" LATE
                   "&q-key-time=" WIDE "&q-header-list=%s&q-url-param-list=%s&q-signature=%s",
                   or_else(m->header_list, "host;" META),
                   or_else(m->param_list, "max-keys;prefix"), signature);
}

/* "&q-sign-algorithm=sha1..." behind @target: a URL that somebody may be given. */
static void put_in_url(char target[2000], const char *line)
{
    size_t n = (size_t)snprintf(target, 2000, "%s&", TARGET);
    for (const char *s = line; *s != '\0'; s++) {
        n += (size_t)snprintf(target + n, 2000 - n, *s == ';' ? "%%3B" : "%c", *s);
    }
}

static struct answer send_mistaken(struct client *c, const struct mistaken *m, bool by_url)
{
    static struct question q;
    static char target[2000];
    char line[900];
    write_line(m, line);
    put_in_url(target, line);
    q = (struct question){.method = or_else(m->sent_method, "GET"),
                          .target = by_url ? target : TARGET};
    add_header(&q, "Host", or_else(m->host, CLIENT_HOST));
    add_header(&q, META, "x /*");
    if (m->header != NULL) {
        add_header(&q, m->header, m->value);
    }
    know_hosts(c, &q);
    if (!by_url) {
        add_header(&q, "Authorization", line);
    }
    return client_send(c, &q);
}

static const struct mistaken rows[] = {
    {.name = "method of another request",
     .method = "put",
     .cause = "method",
     .says = "the signature is of a put request, and a get was sent"},
    {.name = "HEAD signed as GET",
     .sent_method = "HEAD",
     .method = "get",
     .cause = "method",
     .says = "the signature is of a get request, and a head was sent"},
    {.name = "method in capitals",
     .method = "GET",
     .cause = "method-upper-case",
     .says = "in capitals"},
    {.name = "path as sent",
     .path = "/dir/a%20b%2Bc",
     .cause = "path-encoded",
     .says = "percent-encoded, as it was sent"},
    {.name = "path encoded twice",
     .path = "/dir/a%2520b%252Bc",
     .cause = "path-encoded-twice",
     .says = "percent-encoded twice"},
    {.name = "path with '+' for a space",
     .path = "/dir/a+b+c",
     .cause = "plus-for-space",
     .says = "a space of the path was signed as '+'"},
    {.name = "path with the bucket",
     .path = "/" CLIENT_BUCKET PATH,
     .cause = "path-with-bucket",
     .says = "which the host names already"},
    {.name = "path without slash",
     .path = "dir/a b+c",
     .cause = "path-without-slash",
     .says = "without its first '/'"},
    {.name = "path with query",
     .path = TARGET,
     .cause = "path-with-query",
     .says = "with the query"},
    {.name = "query not signed",
     .query = "",
     .cause = "query-not-signed",
     .says = "q-url-param-list names were not signed"},
    {.name = "query not listed",
     .param_list = "",
     .cause = "query-not-listed",
     .says = "q-url-param-list does not name it"},
    {.name = "query as in the URL",
     .query = "prefix=a%20b/c!&max-keys=5",
     .cause = "query-as-sent",
     .says = "as it stands in the URL"},
    {.name = "query not encoded",
     .query = "max-keys=5&prefix=a b/c!",
     .cause = "not-encoded",
     .says = "values of the query were not percent-encoded"},
    {.name = "'+' for a space in the query",
     .query = "max-keys=5&prefix=a+b%2Fc%21",
     .cause = "plus-for-space",
     .says = "values of the query have '+' for a space"},
    {.name = "small digits in the query",
     .query = "max-keys=5&prefix=a%20b%2fc%21",
     .cause = "hex-lower-case",
     .says = "lower-case digits"},
    {.name = "'/' of the query",
     .query = "max-keys=5&prefix=a%20b/c%21",
     .cause = "slash-not-encoded",
     .says = "but not their '/'"},
    {.name = "encodeURIComponent",
     .query = "max-keys=5&prefix=a%20b%2Fc!",
     .cause = "marks-not-encoded",
     .says = "encodeURIComponent"},
    {.name = "query encoded twice",
     .query = "max-keys=5&prefix=a%2520b%252Fc%2521",
     .cause = "encoded-twice",
     .says = "values of the query were percent-encoded twice"},
    {.name = "order of the query",
     .query = "prefix=a%20b%2Fc%21&max-keys=5",
     .cause = "order",
     .says = "parameters were signed in another order"},
    {.name = "a parameter left out",
     .query = "max-keys=5",
     .cause = "listed-not-signed",
     .says = "parameter prefix is listed as signed and was not"},
    {.name = "a parameter signed empty",
     .query = "max-keys=5&prefix=",
     .cause = "signed-empty",
     .says = "parameter prefix was empty when it was signed"},
    {.name = "host with port",
     .headers = "host=" CLIENT_HOST "%3A443&x-cos-meta-m=x%20%2F%2A",
     .cause = "host-port",
     .says = "host was signed with a port"},
    {.name = "host without bucket",
     .headers = "host=cos.ap-beijing.myqcloud.com&x-cos-meta-m=x%20%2F%2A",
     .cause = "host",
     .says = "host was signed without the bucket"},
    {.name = "host of another suffix",
     .host = CLIENT_BUCKET ".cos.mock.test",
     .cause = "host",
     .says = "host was signed as another name of the bucket: " CLIENT_HOST},
    {.name = "host changed by a proxy",
     .header = "X-Forwarded-Host",
     .value = "cos.proxy.test",
     .headers = "host=cos.proxy.test&x-cos-meta-m=x%20%2F%2A",
     .cause = "host",
     .says = "a proxy changed Host"},
    {.name = "no headers",
     .headers = "",
     .cause = "headers-not-signed",
     .says = "q-header-list names were not signed"},
    {.name = "host not listed",
     .header_list = "",
     .headers = "host=" CLIENT_HOST,
     .cause = "host-not-listed",
     .says = "q-header-list does not name it"},
    {.name = "capitals",
     .headers = "Host=" CLIENT_HOST "&x-cos-meta-m=x%20%2F%2A",
     .cause = "names-not-lower-case",
     .says = "with their capitals"},
    {.name = "headers not encoded",
     .headers = "host=" CLIENT_HOST "&x-cos-meta-m=x /*",
     .cause = "not-encoded",
     .says = "values of headers were not percent-encoded"},
    {.name = "order of headers",
     .headers = "x-cos-meta-m=x%20%2F%2A&host=" CLIENT_HOST,
     .cause = "order",
     .says = "headers were signed in another order"},
    {.name = "a header that came later",
     .headers = "host=" CLIENT_HOST,
     .cause = "listed-not-signed",
     .says = "header x-cos-meta-m is listed as signed"},
    {.name = "a type that a library adds",
     .header = "Content-Type",
     .value = "application/xml; charset=utf-8",
     .header_list = "content-type;host;" META,
     .headers = "content-type=application%2Fxml&" HEADERS,
     .cause = "header-changed",
     .says = "header content-type was changed behind the signature"},
    {.name = "SignKey as bytes",
     .makes = MAKES_KEY_BYTES,
     .cause = "sign-key-bytes",
     .says = "20 bytes"},
    {.name = "no SignKey",
     .makes = MAKES_SECRET_SIGN,
     .cause = "no-sign-key",
     .says = "the secret key signed itself"},
    {.name = "SignKey of q-sign-time",
     .makes = MAKES_SIGN_TIME_KEY,
     .cause = "sign-time-in-key",
     .says = "made of q-sign-time"},
    {.name = "no newline",
     .makes = MAKES_NO_NEWLINE,
     .cause = "no-last-newline",
     .says = "the StringToSign has no newline"},
    {.name = "no newline of the format",
     .makes = MAKES_FORMAT_NO_NEWLINE,
     .cause = "no-last-newline",
     .says = "the FormatString has no newline"},
    {.name = "no SHA-1",
     .makes = MAKES_NO_HASH,
     .cause = "format-not-hashed",
     .says = "not its SHA-1"},
    {.name = "SHA-1 in capitals",
     .makes = MAKES_UPPER_HASH,
     .cause = "hash-upper-case",
     .says = "upper case"},
    {.name = "newline behind the secret",
     .secret = CLIENT_SECRET "\n",
     .cause = "secret-newline",
     .says = "with a newline at its end"},
    {.name = "quotes",
     .secret = "\"" CLIENT_SECRET "\"",
     .cause = "secret-quotes",
     .says = "with its quotes"},
    {.name = "id for secret",
     .secret = CLIENT_ID,
     .cause = "id-as-secret",
     .says = "the secret id was used as the secret key"},
    {.name = "no secret",
     .secret = "",
     .cause = "no-secret",
     .says = "the secret key was empty"},
    {.name = "another key's secret",
     .secret = CLIENT_SUB_SECRET,
     .cause = "another-keys-secret",
     .says = "with the secret of key " CLIENT_SUB_ID},
    {.name = "two at once",
     .query = "",
     .method = "put",
     .cause = "method+query-not-signed",
     .says = "and a get was sent, and the parameters"},
    {.name = "the port and '+'",
     .query = "max-keys=5&prefix=a+b%2Fc%21",
     .headers = "host=" CLIENT_HOST "%3A443&x-cos-meta-m=x%20%2F%2A",
     .cause = "plus-for-space+host-port",
     .says = "have '+' for a space"},
    {.name = "what nobody knows",
     .secret = "some other secret",
     .cause = "",
     .says = "most likely the secret key is not the one of this id"},
};

/* The body shows no secret, and the strings tell the two apart. */
static void check_strings(const struct mistaken *m, const struct cosmock_entry *e)
{
    if (strncmp(e->format_string, "get\n" PATH "\n", 4) != 0 &&
        strncmp(e->format_string, "head\n", 5) != 0) {
        fail_msg("%s: FormatString '%s'", m->name, e->format_string);
    }
    bool is_known = m->cause[0] != '\0';
    if (is_known != (e->signed_format_string[0] != '\0')) {
        fail_msg("%s: signed was '%s'", m->name, e->signed_format_string);
    }
    assert_memory_equal(e->string_to_sign, "sha1\n" LATE "\n", 27);
}

static void expect_names(struct client *c, bool by_url)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = send_mistaken(c, &rows[i], by_url);
        struct cosmock_entry *e = last_entry(c);
        if (a.status != 403 || strcmp(e->authn, "signature-differs") != 0 ||
            strcmp(e->cause, rows[i].cause) != 0 || strstr(e->detail, rows[i].says) == NULL) {
            fail_msg("%s: %d %s, cause '%s', '%s'", rows[i].name, a.status, e->authn, e->cause,
                     e->detail);
        }
        check_strings(&rows[i], e);
        assert_null(strstr(answer_header(&a, "x-cosmock-reason"), CLIENT_SECRET));
        assert_null(strstr(e->detail, CLIENT_SUB_SECRET));
        cosmock_entries_free(e);
        answer_free(&a);
    }
}

static void each_mistake_is_called_by_its_name(void **state)
{
    expect_names(*state, /* by_url= */ false);
}

static void each_mistake_of_a_signed_url_is_called_by_its_name(void **state)
{
    expect_names(*state, /* by_url= */ true);
}

static void who_signs_rightly_makes_no_mistake(void **state)
{
    static const struct mistaken right = {.name = "right"};
    struct answer a = send_mistaken(*state, &right, /* by_url= */ false);
    struct cosmock_entry *e = last_entry(*state);
    assert_string_equal(e->authn, "ok");
    assert_string_equal(e->cause, "");
    assert_string_equal(e->format_string, "");
    cosmock_entries_free(e);
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(each_mistake_is_called_by_its_name),
        CLIENT_TEST(each_mistake_of_a_signed_url_is_called_by_its_name),
        CLIENT_TEST(who_signs_rightly_makes_no_mistake),
    };
    return cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
