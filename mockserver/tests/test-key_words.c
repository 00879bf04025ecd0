/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of keys and tokens that do not do: whose, since and until when, and what became
 * of them on their way. Nothing that is said holds a token or a secret.
 */
#include "client.h"

/* What a client makes of the token @t; @other is another key's. */
static void as_it_is(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "%s", t->token);
}

static void cut_off(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "%.40s", t->token);
}

static void without_its_begin(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "%s", t->token + 10);
}

static void with_more(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "%sxyz", t->token);
}

static void quoted(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "\"%s\"", t->token);
}

static void encode(char *out, const char *text)
{
    size_t n = 0;
    for (const char *s = text; *s != '\0'; s++) {
        bool is_plain = (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z');
        n += (size_t)snprintf(out + n, 16000 - n, is_plain ? "%c" : "%%%02X", *s);
    }
}

static void encoded(char *out, const struct token *t, const struct token *other)
{
    encode(out, t->token);
}

static void encoded_twice(char *out, const struct token *t, const struct token *other)
{
    static char once[16000];
    encode(once, t->token);
    encode(out, once);
}

static void secret_key(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "%s", t->secret);
}

static void of_another(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "%s", other->token);
}

static void of_nobody(char *out, const struct token *t, const struct token *other)
{
    (void)snprintf(out, 16000, "nonsense");
}

static void check_hidden(const char *said, const struct token *t, const struct token *other)
{
    assert_null(strstr(said, t->token));
    assert_null(strstr(said, t->secret));
    assert_null(strstr(said, other->token));
    assert_null(strstr(said, other->secret));
    assert_null(strstr(said, CLIENT_SECRET));
}

/* A GET by @id; the reason is in a static buffer. */
static const char *ask(struct client *c, const char *id, const char *secret, const char *token)
{
    static struct question q;
    static char reason[1000];
    q = (struct question){.method = "GET", .target = "/k"};
    authorize(&q, id, secret, "/k");
    if (token != NULL && token[0] != '\0') {
        add_header(&q, "x-cos-security-token", token);
    }
    struct answer a = client_send(c, &q);
    (void)snprintf(reason, sizeof(reason), "%s", answer_header(&a, "x-cosmock-reason"));
    answer_free(&a);
    return reason;
}

static void a_token_that_does_not_do_is_told_from_its_like(void **state)
{
    static const struct {
        const char *name;
        void (*spoil)(char *out, const struct token *t, const struct token *other);
        const char *says;
    } rows[] = {
        {"cut off", cut_off, "it is cut off: 40 of its "},
        {"without its begin", without_its_begin, "it is cut off: "},
        {"with more", with_more, "it came with 3 bytes too many"},
        {"quoted", quoted, "it came with quotes around it"},
        {"encoded", encoded, "it was percent-encoded once too often"},
        {"encoded twice", encoded_twice, "it was percent-encoded twice too often"},
        {"secret key", secret_key, "the secret key was sent in its place"},
        {"another's", of_another, "the token is not this key's but of key "},
        {"nobody's", of_nobody, "8 bytes came, this key's has "},
    };
    struct client *c = *state;
    client_switch(c, "session-token-bytes", "100");
    struct token t;
    struct token other;
    mint_token(c, &t);
    mint_token(c, &other);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static char token[16000];
        rows[i].spoil(token, &t, &other);
        const char *said = ask(c, t.id, t.secret, token);
        if (strncmp(said, "authn: token-mismatch: ", 23) != 0 ||
            strstr(said, rows[i].says) == NULL) {
            fail_msg("%s: '%s'", rows[i].name, said);
        }
        check_hidden(said, &t, &other);
    }
    static char token[16000];
    as_it_is(token, &t, &other);
    assert_memory_equal(ask(c, t.id, t.secret, token), "execute: NoSuchKey", 18);
}

static void whose_a_token_is_and_how_long_it_is_dead_is_told(void **state)
{
    struct client *c = *state;
    struct token t;
    mint_token(c, &t);
    const char *said = ask(c, t.id, t.secret, NULL);
    char whose[300];
    (void)snprintf(whose, sizeof(whose),
                   "key %s ('test' of uin 100000000001), issued 2023-11-14T22:15:00Z, good "
                   "until 2023-11-14T22:45:00Z",
                   t.id);
    if (strstr(said, "a temporary key came without its token: ") == NULL ||
        strstr(said, whose) == NULL) {
        fail_msg("'%s' is not in '%s'", whose, said);
    }
    assert_int_equal(t.expires_s, CLIENT_NOW_S + 1800);
    cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN, (t.expires_s + 42) * 1000);
    said = ask(c, t.id, t.secret, t.token);
    if (strstr(said, "authn: token-expired: ") == NULL || strstr(said, whose) == NULL ||
        strstr(said, ", ended 42 s ago") == NULL) {
        fail_msg("'%s'", said);
    }
    cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN, CLIENT_NOW_S * INT64_C(1000));
    client_switch(c, "token-with-permanent-key", "InvalidToken");
    said = ask(c, CLIENT_ID, CLIENT_SECRET, t.token);
    assert_non_null(
        strstr(said, "a permanent key came with an x-cos-security-token, which is"));
    assert_non_null(strstr(said, whose));
    assert_int_equal(cosmock_key_revoke(c->tenant, t.id, NULL), 0);
    said = ask(c, t.id, t.secret, t.token);
    assert_non_null(strstr(said, "is revoked, by its account or from outside"));
    assert_non_null(strstr(said, whose));
}

static void an_id_that_is_none_has_its_nearest(void **state)
{
    static const struct {
        const char *id, *says;
    } rows[] = {
        {"AKIDEXAMPLE000000000000000000000000", "; the nearest is AKIDEXAMPLE"},
        {"akidexample0000000000000000000000001", "; the nearest is " CLIENT_ID},
        {CLIENT_SECRET, "the id that came is a secret key: id and key are swapped"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *said = ask(c, rows[i].id, CLIENT_SECRET, NULL);
        if (strstr(said, rows[i].says) == NULL || strstr(said, CLIENT_SECRET) != NULL) {
            fail_msg("%s: '%s'", rows[i].id, said);
        }
        struct cosmock_entry *e = last_entry(c);
        char *json = cosmock_entry_json(e);
        assert_null(strstr(json, CLIENT_SECRET));
        free(json);
        cosmock_entries_free(e);
    }
}

/* --- clocks, and the signatures of others --- */

static void how_late_and_how_early_is_told(void **state)
{
    static const struct {
        const char *window, *says;
    } rows[] = {
        {"1699999000;1700000000", "q-key-time ended at 1700000000, 100 s ago: "},
        {"1700003700;1700004000", "q-key-time begins at 1700003700, in 3600 s: "},
        {"1700000000000;1700003600000", "q-sign-time is in milliseconds"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static struct question q;
        q = (struct question){.method = "GET", .target = "/k"};
        authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, CLIENT_HOST, "/k",
                                           .sign_time = rows[i].window});
        struct answer a = client_send(c, &q);
        if (strstr(answer_header(&a, "x-cosmock-reason"), rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].window, answer_header(&a, "x-cosmock-reason"));
        }
        answer_free(&a);
    }
}

static void the_api_tells_clocks_of_another_place(void **state)
{
    static const struct {
        int64_t off_s;
        const char *says;
    } rows[] = {
        {-400, "400 s late: the server's clock says 1700000100"},
        {400, "400 s early: "},
        {8 * 3600 + 5, " (a local time that was taken for UTC?)"},
        {-5 * 3600, " (a local time that was taken for UTC?)"},
        {CLIENT_NOW_S * INT64_C(999), " (it is in milliseconds)"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static struct question q;
        q = (struct question){.method = "POST", .target = "/", .body = "{}", .n = 2};
        tc3_authorize(&q, CLIENT_ID, CLIENT_SECRET, "GetCallerIdentity",
                      CLIENT_NOW_S + rows[i].off_s);
        struct answer a = client_send(c, &q);
        if (strstr(answer_header(&a, "x-cosmock-reason"), rows[i].says) == NULL) {
            fail_msg("row %zu: %s", i, answer_header(&a, "x-cosmock-reason"));
        }
        answer_free(&a);
    }
}

static void other_services_signatures_are_known(void **state)
{
    static const struct {
        const char *host, *target, *authorization, *says;
    } rows[] = {
        {CLIENT_HOST, "/k", "OSS LTAI:x", "looks like an Aliyun OSS signature"},
        {CLIENT_HOST, "/k", "TC3-HMAC-SHA256 Credential=x", "looks like TC3"},
        {CLIENT_HOST, "/k?OSSAccessKeyId=x&Signature=y&Expires=1", NULL,
         "; the query looks like an Aliyun OSS signature; COS reads q-signature="},
        {CLIENT_STS_HOST, "/?Action=GetCallerIdentity", "AWS4-HMAC-SHA256 Credential=x",
         "Authorization looks like one of AWS Signature V4"},
        {CLIENT_STS_HOST, "/?Action=GetCallerIdentity", "q-sign-algorithm=sha1&q-ak=x",
         "Authorization looks like one of COS"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static struct question q;
        q = (struct question){.method = "GET", .target = rows[i].target};
        add_header(&q, "Host", rows[i].host);
        if (rows[i].authorization != NULL) {
            add_header(&q, "Authorization", rows[i].authorization);
        }
        struct answer a = client_send(*state, &q);
        if (strstr(answer_header(&a, "x-cosmock-reason"), rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].says, answer_header(&a, "x-cosmock-reason"));
        }
        answer_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_token_that_does_not_do_is_told_from_its_like),
        CLIENT_TEST(whose_a_token_is_and_how_long_it_is_dead_is_told),
        CLIENT_TEST(an_id_that_is_none_has_its_nearest),
        CLIENT_TEST(how_late_and_how_early_is_told),
        CLIENT_TEST(the_api_tells_clocks_of_another_place),
        CLIENT_TEST(other_services_signatures_are_known),
    };
    return cmocka_run_group_tests_name("key_words", tests, NULL, NULL);
}
