/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back-to-source rules: what is fetched from where, what the client gets, what is kept. Rules
 * and samples of PUT Bucket origin (436/52813) and of the guide (436/31508).
 */
#include "door.h"

#include <semaphore.h>

#define SOURCE "source-1250000000"
#define THIRD "third-1250000000"
#define REGION "ap-shanghai"
#define SOURCE_HOST SOURCE ".cos." REGION ".myqcloud.com"
#define THIRD_HOST THIRD ".cos." REGION ".myqcloud.com"
#define WAIT_MS 20000

static int open_with_source(void **state)
{
    int r = door_open(state);
    struct door *d = *state;
    assert_int_equal(cosmock_bucket_put(d->tenant, SOURCE, REGION, NULL), 0);
    assert_int_equal(cosmock_bucket_put(d->tenant, THIRD, REGION, NULL), 0);
    return r;
}

static void put_at(struct door *d, const char *host, const char *target, const char *headers,
                   const char *text)
{
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = target,
                              .host = host,
                              .headers = headers,
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                200, NULL);
}

#define CONFIGURATION(rules) "<OriginConfiguration>" rules "</OriginConfiguration>"
#define RULE(type, condition, parameter, hosts, rest)                             \
    "<OriginRule><RulePriority>1</RulePriority><OriginType>" type "</OriginType>" \
    "<OriginCondition>" condition "</OriginCondition><OriginParameter>" parameter \
    "</OriginParameter><OriginInfo>" hosts "</OriginInfo>" rest "</OriginRule>"
#define HOST(name) "<HostInfo><HostName>" name "</HostName></HostInfo>"
#define ON_404 "<HTTPStatusCode>404</HTTPStatusCode><Prefix></Prefix>"
#define HTTP "<Protocol>HTTP</Protocol>"
#define MIRROR CONFIGURATION(RULE("Mirror", ON_404, HTTP, HOST(SOURCE_HOST), ""))

static void put_rules(struct door *d, const char *host, const char *text)
{
    put_at(d, host, "/?origin", NULL, text);
}

/* --- Mirror --- */

static void what_is_missing_is_fetched_kept_and_answered(void **state)
{
    static const struct {
        const char *name, *value;
    } kept[] = {
        {"Content-Type", "text/css"},          {"Cache-Control", "no-cache"},
        {"Content-Disposition", "attachment"}, {"Content-Encoding", "identity"},
        {"x-cos-meta-colour", "red"},
    };
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/folder/a%20b",
           "Content-Type: text/css\nCache-Control: no-cache\nContent-Disposition: attachment\n"
           "Content-Encoding: identity\nx-cos-meta-colour: red\nx-cos-tagging: k=v",
           "bytes");
    put_rules(d, NULL, MIRROR);
    for (int i = 0; i < 2; i++) {
        struct answer a = door_send(d, "GET", "/folder/a%20b", NULL);
        assert_int_equal(a.status, 200);
        assert_string_equal(a.body, "bytes");
        for (size_t j = 0; j < COS_ARRAY_LEN(kept); j++) {
            assert_string_equal(answer_header(&a, kept[j].name), kept[j].value);
        }
        assert_string_equal(answer_header(&a, "x-cos-tagging-count"), "");
        answer_free(&a);
        /* the second time it is the bucket's own */
        (void)cosmock_object_delete(d->tenant, SOURCE, "folder/a b", NULL);
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

static void the_journal_tells_where_an_object_comes_from(void **state)
{
    struct door *d = *state;
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    put_at(d, SOURCE_HOST, "/a", NULL, "bytes");
    put_rules(d, NULL, MIRROR);
    q.after_seq = cosmock_journal_last_seq(d->tenant);
    struct answer a = door_send(d, "GET", "/a", NULL);
    answer_free(&a);
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 3);
    /* the origin's request, what was kept, and the client's */
    assert_string_equal(e[0].op, "GetObject");
    assert_string_equal(e[0].bucket, SOURCE);
    assert_non_null(strstr(e[0].detail, d->info.bucket));
    assert_string_equal(e[1].op, "PullOrigin");
    assert_string_equal(e[1].bucket, d->info.bucket);
    assert_string_equal(e[1].key, "a");
    assert_string_equal(e[1].detail, "from http://" SOURCE_HOST "/a");
    assert_string_equal(e[2].op, "GetObject");
    assert_string_equal(e[2].bucket, d->info.bucket);
    cosmock_entries_free(e);
}

static void a_range_is_answered_and_the_whole_is_kept(void **state)
{
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/a", NULL, "0123456789");
    put_rules(d, NULL, MIRROR);
    struct answer part = door_send(d, "GET", "/a", "Range: bytes=2-4");
    assert_int_equal(part.status, 206);
    assert_string_equal(part.body, "234");
    answer_free(&part);
    struct answer whole = door_send(d, "GET", "/a", NULL);
    assert_string_equal(whole.body, "0123456789");
    answer_free(&whole);
}

static void an_empty_object_is_fetched_too(void **state)
{
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/empty", NULL, "");
    put_rules(d, NULL, MIRROR);
    struct answer a = door_send(d, "GET", "/empty", NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(a.n, 0);
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

static void rules_say_what_is_fetched(void **state)
{
    static const struct {
        const char *condition, *method, *target;
        int status;
    } rows[] = {
        {ON_404, "GET", "/img/a.jpg", 200},
        {"", "GET", "/img/a.jpg", 200},
        {"<HTTPStatusCode>404</HTTPStatusCode><Prefix>img/</Prefix>", "GET", "/img/a.jpg", 200},
        {"<HTTPStatusCode>404</HTTPStatusCode><Prefix>doc/</Prefix>", "GET", "/img/a.jpg", 404},
        {"<HTTPStatusCode>404</HTTPStatusCode><Suffix>.jpg</Suffix>", "GET", "/img/a.jpg", 200},
        {"<HTTPStatusCode>404</HTTPStatusCode><Suffix>.png</Suffix>", "GET", "/img/a.jpg", 404},
        {ON_404, "HEAD", "/img/a.jpg", 404}, /* only a GET "pulls" */
        {ON_404, "GET", "/img/a.jpg?versionId=null", 404},
        {ON_404, "GET", "/none", 404},
    };
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/img/a.jpg", NULL, "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text), CONFIGURATION(RULE("Mirror", "%s", HTTP, "%s", "")),
                       rows[i].condition, HOST(SOURCE_HOST));
        put_rules(d, NULL, text);
        struct answer a = door_send(d, rows[i].method, rows[i].target, NULL);
        if (a.status != rows[i].status) {
            fail_msg("%s %s with %s: %d %s", rows[i].method, rows[i].target, rows[i].condition,
                     a.status, a.body);
        }
        answer_free(&a);
        (void)cosmock_object_delete(d->tenant, d->info.bucket, "img/a.jpg", NULL);
    }
}

/* --- which file --- */

static void the_origin_is_asked_for_another_path_where_a_rule_says_so(void **state)
{
    static const struct {
        const char *file, *target, *path;
    } rows[] = {
        {"", "/prefix123.jpg", "/prefix123.jpg"},
        /* the guide's samples */
        {"<FileInfo><Prefix>test</Prefix></FileInfo>", "/prefix123.jpg", "/test/prefix123.jpg"},
        {"<FileInfo><Suffix>.jpg</Suffix></FileInfo>", "/prefix123", "/prefix123.jpg"},
        {"<FileInfo><PrefixConfiguration><Prefix>a/</Prefix></PrefixConfiguration>"
         "<SuffixConfiguration><Suffix>.b</Suffix></SuffixConfiguration></FileInfo>",
         "/k", "/a/k.b"},
        {"<FileInfo><FixedFileConfiguration><FixedFilePath>one/file</FixedFilePath>"
         "</FixedFileConfiguration></FileInfo>",
         "/any", "/one/file"},
        {"<FileInfo><PrefixConfiguration><Prefix>old/</Prefix><ReplacedWithPrefix>new/"
         "</ReplacedWithPrefix></PrefixConfiguration></FileInfo>",
         "/old/k", "/new/k"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(RULE("Mirror", ON_404, HTTP, "%s%s", "")),
                       HOST(SOURCE_HOST), rows[i].file);
        put_rules(d, NULL, text);
        put_at(d, SOURCE_HOST, rows[i].path, NULL, rows[i].path);
        struct answer a = door_send(d, "GET", rows[i].target, NULL);
        if (a.status != 200 || strcmp(a.body, rows[i].path) != 0) {
            fail_msg("%s by %s: %d %s", rows[i].target, rows[i].file, a.status, a.body);
        }
        answer_free(&a);
        (void)cosmock_object_delete(d->tenant, d->info.bucket, rows[i].target + 1, NULL);
    }
}

/* --- what else an origin answers --- */

static void fail_next(struct door *d, int status)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;
    f.op = "GetObject";
    f.key_glob = "out/*";
    f.kind = COSMOCK_FAULT_REPLY;
    f.http_status = status;
    f.times = 1;
    assert_int_equal(cosmock_fault_push(d->tenant, &f, NULL, NULL), 0);
}

#define TRANSPARENT HTTP "<TransparentErrorCode>true</TransparentErrorCode>"
/* The origin's key is another one, so that a fault hits the origin alone. */
#define OUT "<FileInfo><Prefix>out</Prefix></FileInfo>"

static void what_an_origin_refuses_is_424_unless_a_rule_shows_it(void **state)
{
    static const struct {
        const char *parameter;
        int origin, status;
        const char *code;
    } rows[] = {
        {HTTP, 404, 404, "NoSuchKey"},           {HTTP, 403, 424, "MirrorFailed"},
        {HTTP, 503, 424, "MirrorFailed"},        {TRANSPARENT, 404, 404, "NoSuchKey"},
        {TRANSPARENT, 403, 403, "AccessDenied"}, {TRANSPARENT, 500, 500, "InternalError"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(RULE("Mirror", ON_404, "%s", "%s%s", "")),
                       rows[i].parameter, HOST(SOURCE_HOST), OUT);
        put_rules(d, NULL, text);
        fail_next(d, rows[i].origin);
        struct answer a = door_send(d, "GET", "/a", NULL);
        if (a.status != rows[i].status || strcmp(xml_of(&a, "Code"), rows[i].code) != 0) {
            fail_msg("%s, %d: %d %s", rows[i].parameter, rows[i].origin, a.status, a.body);
        }
        answer_free(&a);
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
    assert_false(cosmock_broken(d->mock));
}

#define STANDBY                                                                    \
    "<HostInfo><HostName>" SOURCE_HOST "</HostName><StandbyHostName_1>" THIRD_HOST \
    "</StandbyHostName_1></HostInfo>"

static void the_next_host_is_asked_where_one_fails(void **state)
{
    static const struct {
        const char *codes;
        int origin, status;
    } rows[] = {
        {"", 503, 200},
        {"", 403, 424},
        {"<HTTPStandbyCode><StatusCode>404</StatusCode><StatusCode>403</StatusCode>"
         "</HTTPStandbyCode>",
         403, 200},
        {"<HTTPStandbyCode><StatusCode>404</StatusCode></HTTPStandbyCode>", 404, 200},
        {"", 404, 404},
    };
    struct door *d = *state;
    put_at(d, THIRD_HOST, "/out/a", NULL, "third");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(RULE("Mirror", ON_404, HTTP, "%s%s", "%s")), STANDBY, OUT,
                       rows[i].codes);
        put_rules(d, NULL, text);
        fail_next(d, rows[i].origin);
        struct answer a = door_send(d, "GET", "/a", NULL);
        if (a.status != rows[i].status) {
            fail_msg("%d with %s: %d %s", rows[i].origin, rows[i].codes, a.status, a.body);
        }
        answer_free(&a);
        (void)cosmock_object_delete(d->tenant, d->info.bucket, "a", NULL);
    }
}

static void an_origin_that_sends_us_on_is_followed_where_a_rule_wants_that(void **state)
{
    static const struct {
        const char *follows;
        int status;
        const char *says;
    } rows[] = {
        {"", 200, "third"}, /* the default is true */
        {"<FollowRedirection>true</FollowRedirection>", 200, "third"},
        {"<FollowRedirection>false</FollowRedirection>", 302, "http://" THIRD_HOST "/a"},
    };
    struct door *d = *state;
    put_at(d, THIRD_HOST, "/a", NULL, "third");
    put_rules(d, SOURCE_HOST,
              CONFIGURATION(RULE("Redirect", ON_404, HTTP, HOST(THIRD_HOST), "")));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(RULE("Mirror", ON_404, HTTP "%s", "%s", "")),
                       rows[i].follows, HOST(SOURCE_HOST));
        put_rules(d, NULL, text);
        struct answer a = door_send(d, "GET", "/a", NULL);
        assert_int_equal(a.status, rows[i].status);
        assert_string_equal(a.status == 200 ? a.body : answer_header(&a, "Location"),
                            rows[i].says);
        answer_free(&a);
        (void)cosmock_object_delete(d->tenant, d->info.bucket, "a", NULL);
    }
}

/* --- hosts --- */

static void an_origin_outside_the_mock_is_refused_by_name(void **state)
{
    static const char *const types[] = {"Mirror", "Proxy"};
    static const char *const hosts[] = {"abc.example.com", "abc.example.com:8080",
                                        "202.96.128.86",
                                        "nobody-1250000000.cos.ap-shanghai.myqcloud.com"};
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(types) * COS_ARRAY_LEN(hosts); i++) {
        char text[1500];
        const char *host = hosts[i % COS_ARRAY_LEN(hosts)];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(RULE("%s", ON_404, HTTP, HOST("%s"), "")),
                       types[i / COS_ARRAY_LEN(hosts)], host);
        put_rules(d, NULL, text);
        uint64_t seq = cosmock_journal_last_seq(d->tenant);
        struct answer a = door_send(d, "GET", "/a", NULL);
        assert_int_equal(a.status, 400); /* switch not-built-status */
        assert_string_equal(xml_of(&a, "Code"), "NotImplemented");
        assert_non_null(strstr(a.body, host));
        answer_free(&a);
        assert_int_equal(cosmock_journal_last_seq(d->tenant), seq + 1);
    }
    assert_int_equal(cosmock_switch_set(d->tenant, "not-built-status", "501", NULL), 0);
    door_expect(d, &(struct ask){.method = "GET", .target = "/a"}, 501, "NotImplemented");
}

static void an_origin_has_an_origin_and_both_keep(void **state)
{
    struct door *d = *state;
    put_rules(d, NULL, MIRROR);
    put_rules(d, SOURCE_HOST,
              CONFIGURATION(RULE("Mirror", ON_404, HTTP, HOST(THIRD_HOST), "")));
    put_at(d, THIRD_HOST, "/a", NULL, "third");
    struct answer a = door_send(d, "GET", "/a", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, "third");
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, SOURCE), 1);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

static void a_circle_of_origins_ends(void **state)
{
    struct door *d = *state;
    char back[1500];
    (void)snprintf(back, sizeof(back),
                   CONFIGURATION(RULE("Mirror", ON_404, HTTP, HOST("%s"), "")), d->host);
    put_rules(d, NULL, MIRROR);
    put_rules(d, SOURCE_HOST, back);
    uint64_t seq = cosmock_journal_last_seq(d->tenant);
    door_expect(d, &(struct ask){.method = "GET", .target = "/a"}, 424, "MirrorFailed");
    assert_int_equal(cosmock_journal_last_seq(d->tenant), seq + 3);
    put_rules(d, NULL, back); /* its own origin */
    door_expect(d, &(struct ask){.method = "GET", .target = "/a"}, 424, "MirrorFailed");
    /* one that asks for more each time goes round, and ends as well */
    (void)snprintf(back, sizeof(back),
                   CONFIGURATION(RULE("Mirror", ON_404, HTTP,
                                      HOST("%s") "<FileInfo><Suffix>x</Suffix></FileInfo>",
                                      "")),
                   d->host);
    put_rules(d, NULL, back);
    door_expect(d, &(struct ask){.method = "GET", .target = "/a"}, 424, "MirrorFailed");
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void several_hosts_share_by_their_weights(void **state)
{
    enum { N = 60 };
    struct door *d = *state;
    int n_third = 0;
    put_rules(d, NULL,
              CONFIGURATION(
                  RULE("Mirror", ON_404, HTTP,
                       "<HostInfo><HostName>" SOURCE_HOST
                       "</HostName><Weight>1</Weight></HostInfo><HostInfo><HostName>" THIRD_HOST
                       "</HostName><Weight>2</Weight></HostInfo>",
                       "")));
    put_at(d, SOURCE_HOST, "/a", NULL, "source");
    put_at(d, THIRD_HOST, "/a", NULL, "third");
    for (int i = 0; i < N; i++) {
        struct answer a = door_send(d, "GET", "/a", NULL);
        n_third += strcmp(a.body, "third") == 0;
        answer_free(&a);
        (void)cosmock_object_delete(d->tenant, d->info.bucket, "a", NULL);
    }
    assert_in_range(n_third, N / 3, N - 1); /* of a seeded tenant: always the same */
}

/* --- what the origin sees --- */

static struct cosmock_entry *asked_of_source(struct door *d, uint64_t after)
{
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    q.after_seq = after;
    q.bucket = SOURCE;
    q.op = "GetObject";
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
    return e;
}

static void the_origin_sees_what_the_rule_lets_through(void **state)
{
    static const struct {
        const char *name, *parameter, *target, *headers, *seen_target, *seen_agent;
    } rows[] = {
        {"the query by default", HTTP, "/a?x=1&y=%20", NULL, "/a?x=1&y=%20", ""},
        {"no query", HTTP "<FollowQueryString>false</FollowQueryString>", "/a?x=1", NULL, "/a",
         ""},
        {"never a signature", HTTP,
         "/a?x=1&sign=abc&q-signature=d&q-ak=e&x-cos-security-token=f", NULL, "/a?x=1", ""},
        {"no header by default", HTTP, "/a", "User-Agent: me", "/a", ""},
        {"all headers",
         HTTP "<HttpHeader><FollowAllHeaders>true</FollowAllHeaders></HttpHeader>", "/a",
         "User-Agent: me", "/a", "me"},
        {"one of them",
         HTTP "<HttpHeader><FollowHttpHeaders><Header><Key>user-agent</Key></Header>"
              "</FollowHttpHeaders></HttpHeader>",
         "/a", "User-Agent: me", "/a", "me"},
        {"all but one",
         HTTP "<HttpHeader><FollowAllHeaders>true</FollowAllHeaders><ForbidFollowHeaders>"
              "<Header><Key>User-Agent</Key></Header></ForbidFollowHeaders></HttpHeader>",
         "/a", "User-Agent: me", "/a", ""},
        {"a new one",
         HTTP "<HttpHeader><NewHttpHeaders><Header><Key>User-Agent</Key><Value>rule</Value>"
              "</Header></NewHttpHeaders></HttpHeader>",
         "/a", "User-Agent: me", "/a", "rule"},
    };
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/a", NULL, "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(RULE("Mirror", ON_404, "%s", "%s", "")), rows[i].parameter,
                       HOST(SOURCE_HOST));
        put_rules(d, NULL, text);
        uint64_t seq = cosmock_journal_last_seq(d->tenant);
        struct answer a = door_send(d, "GET", rows[i].target, rows[i].headers);
        answer_free(&a);
        struct cosmock_entry *e = asked_of_source(d, seq);
        if (strcmp(e->target, rows[i].seen_target) != 0 ||
            strcmp(e->user_agent, rows[i].seen_agent) != 0) {
            fail_msg("%s: %s by '%s'", rows[i].name, e->target, e->user_agent);
        }
        cosmock_entries_free(e);
        (void)cosmock_object_delete(d->tenant, d->info.bucket, "a", NULL);
    }
}

static void the_protocol_is_the_rule_s_or_the_client_s(void **state)
{
    static const struct {
        const char *protocol;
        bool tls;
    } rows[] = {{"HTTP", false}, {"HTTPS", true}, {"FOLLOW", false}};
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/a", NULL, "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(
                           RULE("Mirror", ON_404, "<Protocol>%s</Protocol>", "%s", "")),
                       rows[i].protocol, HOST(SOURCE_HOST));
        put_rules(d, NULL, text);
        uint64_t seq = cosmock_journal_last_seq(d->tenant);
        struct answer a = door_send(d, "GET", "/a", NULL);
        answer_free(&a);
        struct cosmock_entry *e = asked_of_source(d, seq);
        assert_int_equal(e->tls, rows[i].tls);
        cosmock_entries_free(e);
        (void)cosmock_object_delete(d->tenant, d->info.bucket, "a", NULL);
    }
}

static void an_origin_is_asked_by_nobody(void **state)
{
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/a", NULL, "x");
    put_rules(d, NULL,
              CONFIGURATION(RULE("Mirror", ON_404,
                                 HTTP "<HttpHeader><FollowAllHeaders>true</FollowAllHeaders>"
                                      "</HttpHeader>",
                                 HOST(SOURCE_HOST), "")));
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?acl",
                              .headers = "x-cos-acl: public-read"},
                200, NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
    door_expect(d, &(struct ask){.method = "GET", .target = "/a"}, 424, "MirrorFailed");
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "off", NULL), 0);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?acl",
                              .host = SOURCE_HOST,
                              .headers = "x-cos-acl: public-read"},
                200, NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
    door_expect(d, &(struct ask){.method = "GET", .target = "/a"}, 200, NULL);
}

static void whoever_may_not_read_the_bucket_moves_nothing(void **state)
{
    struct door *d = *state;
    put_at(d, SOURCE_HOST, "/a", NULL, "x");
    put_rules(d, NULL, MIRROR);
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
    uint64_t seq = cosmock_journal_last_seq(d->tenant);
    door_expect(d, &(struct ask){.method = "GET", .target = "/a"}, 403, "AccessDenied");
    assert_int_equal(cosmock_journal_last_seq(d->tenant), seq + 1);
}

/* --- versions --- */

static void what_is_covered_by_a_marker_is_fetched_as_a_new_version(void **state)
{
    static const char enabled[] =
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    struct door *d = *state;
    put_at(d, NULL, "/?versioning", NULL, enabled);
    put_at(d, SOURCE_HOST, "/a", NULL, "source");
    put_rules(d, NULL, MIRROR);
    door_put(d, "/a", "own");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/a"}, 204, NULL);
    struct answer a = door_send(d, "GET", "/a", NULL);
    assert_string_equal(a.body, "source");
    assert_true(answer_header(&a, "x-cos-version-id")[0] != '\0');
    answer_free(&a);
}

/* --- Redirect --- */

static void a_redirect_names_the_origin_s_url(void **state)
{
    static const struct {
        const char *condition, *parameter, *host, *method, *target;
        int status;
        const char *location;
    } rows[] = {
        {ON_404, HTTP, HOST("abc.example.com"), "GET", "/picture.jpg", 302,
         "http://abc.example.com/picture.jpg"},
        {ON_404, HTTP, HOST("abc.example.com:8080"), "HEAD", "/a%20b", 302,
         "http://abc.example.com:8080/a%20b"},
        {ON_404, "<Protocol>HTTPS</Protocol><HttpRedirectCode>301</HttpRedirectCode>",
         HOST("abc.example.com"), "GET", "/a?x=1", 301, "https://abc.example.com/a?x=1"},
        {ON_404,
         "<Protocol>FOLLOW</Protocol><HttpRedirectCode>307</HttpRedirectCode>"
         "<FollowQueryString>false</FollowQueryString>",
         HOST("abc.example.com"), "GET", "/a?x=1", 307, "http://abc.example.com/a"},
        {ON_404, HTTP, HOST("a.com") "<FileInfo><Prefix>test</Prefix></FileInfo>", "GET",
         "/prefix123.jpg", 302, "http://a.com/test/prefix123.jpg"},
        {"<HTTPStatusCode>4XX</HTTPStatusCode>", HTTP, HOST("a.com"), "GET", "/a", 302,
         "http://a.com/a"},
        {"<HTTPStatusCode>403</HTTPStatusCode>", HTTP, HOST("a.com"), "GET", "/a", 404, ""},
        {"<HTTPStatusCode>5XX</HTTPStatusCode>", HTTP, HOST("a.com"), "GET", "/a", 404, ""},
        {"<HTTPStatusCode>404</HTTPStatusCode><Prefix>b</Prefix>", HTTP, HOST("a.com"), "GET",
         "/a", 404, ""},
        {ON_404, HTTP, HOST("a.com"), "DELETE", "/a", 204, ""},
        {ON_404, HTTP, HOST("a.com"), "GET", "/?cors", 404, ""}, /* no object */
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char text[1500];
        (void)snprintf(text, sizeof(text),
                       CONFIGURATION(RULE("Redirect", "%s", "%s", "%s", "")), rows[i].condition,
                       rows[i].parameter, rows[i].host);
        put_rules(d, NULL, text);
        struct answer a = door_send(d, rows[i].method, rows[i].target, NULL);
        if (a.status != rows[i].status ||
            strcmp(answer_header(&a, "Location"), rows[i].location) != 0) {
            fail_msg("%s %s with %s %s: %d %s", rows[i].method, rows[i].target,
                     rows[i].condition, rows[i].host, a.status, answer_header(&a, "Location"));
        }
        answer_free(&a);
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void what_is_forbidden_is_redirected_by_its_own_rule(void **state)
{
    struct door *d = *state;
    put_rules(d, NULL,
              CONFIGURATION(RULE("Redirect", "<HTTPStatusCode>403</HTTPStatusCode>", HTTP,
                                 HOST("a.com"), "")));
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
    struct answer a = door_send(d, "GET", "/a", NULL);
    assert_int_equal(a.status, 302);
    assert_string_equal(answer_header(&a, "Location"), "http://a.com/a");
    answer_free(&a);
}

static void of_rules_that_fit_the_first_by_priority_counts(void **state)
{
    struct door *d = *state;
#define BY_PRIORITY(n, host)                                                          \
    "<OriginRule><RulePriority>" n "</RulePriority><OriginType>Redirect</OriginType>" \
    "<OriginInfo>" HOST(host) "</OriginInfo></OriginRule>"
    put_rules(d, NULL, CONFIGURATION(BY_PRIORITY("2", "two.com") BY_PRIORITY("1", "one.com")));
    struct answer a = door_send(d, "GET", "/a", NULL);
    assert_string_equal(answer_header(&a, "Location"), "http://one.com/a");
    answer_free(&a);
}

/* --- Proxy --- */

static void a_proxy_sends_the_client_there_and_fetches_behind_his_back(void **state)
{
    struct door *d = *state;
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    put_at(d, SOURCE_HOST, "/a", "x-cos-meta-colour: red", "bytes");
    put_rules(d, NULL, CONFIGURATION(RULE("Proxy", ON_404, HTTP, HOST(SOURCE_HOST), "")));
    q.after_seq = cosmock_journal_last_seq(d->tenant);
    q.op = "PullOrigin";
    struct answer sent = door_send(d, "GET", "/a", NULL);
    assert_int_equal(sent.status, 302);
    assert_string_equal(answer_header(&sent, "Location"), "http://" SOURCE_HOST "/a");
    answer_free(&sent);
    assert_int_equal(cosmock_journal_wait(d->tenant, &q, WAIT_MS), 1);
    struct answer a = door_send(d, "GET", "/a", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, "bytes");
    assert_string_equal(answer_header(&a, "x-cos-meta-colour"), "red");
    answer_free(&a);
}

static void what_a_proxy_does_not_find_the_journal_says(void **state)
{
    struct door *d = *state;
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    put_rules(d, NULL, CONFIGURATION(RULE("Proxy", ON_404, HTTP, HOST(SOURCE_HOST), "")));
    q.after_seq = cosmock_journal_last_seq(d->tenant);
    q.op = "PullOrigin";
    struct answer sent = door_send(d, "GET", "/a", NULL);
    answer_free(&sent);
    assert_int_equal(cosmock_journal_wait(d->tenant, &q, WAIT_MS), 1);
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
    assert_int_equal(e->http_status, 424);
    assert_non_null(strstr(e->detail, "404"));
    cosmock_entries_free(e);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

/* --- who waits --- */

static void resumed(void *ctx)
{
    (void)sem_post(ctx);
}

/* The transport is told when the origin has answered; its thread is free meanwhile. */
static void the_transport_s_thread_does_not_wait_for_an_origin(void **state)
{
    struct door *d = *state;
    sem_t told;
    assert_int_equal(sem_init(&told, 0, 0), 0);
    put_at(d, SOURCE_HOST, "/a", NULL, "bytes");
    put_rules(d, NULL, MIRROR);
    const struct cosmock_header host = {{"Host", 4}, {d->host, strlen(d->host)}};
    const struct cosmock_head head = {.method = {"GET", 3},
                                      .target = {"/a", 2},
                                      .headers = &host,
                                      .n_headers = 1};
    struct answer a = {0};
    assert_true(cosmock_begin(d->mock, &a.x, &head) > 0);
    cosmock_on_resume(a.x, resumed, &told);
    int n_waits = 0;
    while (cosmock_finish(a.x) == COSMOCK_WAIT) {
        n_waits++;
        assert_int_equal(sem_wait(&told), 0);
    }
    assert_true(n_waits >= 1);
    answer_read(&a);
    assert_string_equal(a.body, "bytes");
    answer_free(&a);
    (void)sem_destroy(&told);
}

/* --- the configuration --- */

static void what_could_not_be_obeyed_is_refused(void **state)
{
    static const struct {
        const char *text;
        int status;
        const char *code;
    } rows[] = {
        {CONFIGURATION(
             RULE("Mirror", "<HTTPStatusCode>403</HTTPStatusCode>", HTTP, HOST("a.com"), "")),
         400, "InvalidArgument"},
        {CONFIGURATION(
             RULE("Redirect", "<HTTPStatusCode>302</HTTPStatusCode>", HTTP, HOST("a.com"), "")),
         400, "InvalidArgument"},
        {CONFIGURATION(RULE("Redirect", ON_404, "<Protocol>FTP</Protocol>", HOST("a.com"), "")),
         400, "InvalidArgument"},
        {CONFIGURATION(RULE("Redirect", ON_404, "<HttpRedirectCode>308</HttpRedirectCode>",
                            HOST("a.com"), "")),
         400, "InvalidArgument"},
        {CONFIGURATION(RULE("Redirect", ON_404, HTTP, HOST("a.com") HOST("b.com"), "")), 400,
         "InvalidArgument"},
        {CONFIGURATION(RULE("Mirror", ON_404, HTTP, "", "")), 400, "MalformedXML"},
        {CONFIGURATION(RULE("Mirror", ON_404, HTTP, HOST(""), "")), 400, "MalformedXML"},
        {CONFIGURATION(
             RULE("Mirror", ON_404, HTTP,
                  "<HostInfo><HostName>a.com</HostName><PrivateHost><Host>b.com</Host>"
                  "</PrivateHost></HostInfo>",
                  "")),
         400, "NotImplemented"},
        /* node test.js:5679: the code twice */
        {CONFIGURATION(RULE("Mirror", ON_404,
                            "<HttpRedirectCode>301</HttpRedirectCode><HttpRedirectCode>302"
                            "</HttpRedirectCode>",
                            HOST("qq.com"), "")),
         200, NULL},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        door_expect(d,
                    &(struct ask){.method = "PUT",
                                  .target = "/?origin",
                                  .body = rows[i].text,
                                  .n = strlen(rows[i].text),
                                  .with_md5 = true},
                    rows[i].status, rows[i].code);
    }
}

#define ORIGIN(f) cmocka_unit_test_setup_teardown(f, open_with_source, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORIGIN(what_is_missing_is_fetched_kept_and_answered),
        ORIGIN(the_journal_tells_where_an_object_comes_from),
        ORIGIN(a_range_is_answered_and_the_whole_is_kept),
        ORIGIN(an_empty_object_is_fetched_too),
        ORIGIN(rules_say_what_is_fetched),
        ORIGIN(the_origin_is_asked_for_another_path_where_a_rule_says_so),
        ORIGIN(what_an_origin_refuses_is_424_unless_a_rule_shows_it),
        ORIGIN(the_next_host_is_asked_where_one_fails),
        ORIGIN(an_origin_that_sends_us_on_is_followed_where_a_rule_wants_that),
        ORIGIN(an_origin_outside_the_mock_is_refused_by_name),
        ORIGIN(an_origin_has_an_origin_and_both_keep),
        ORIGIN(a_circle_of_origins_ends),
        ORIGIN(several_hosts_share_by_their_weights),
        ORIGIN(the_origin_sees_what_the_rule_lets_through),
        ORIGIN(the_protocol_is_the_rule_s_or_the_client_s),
        ORIGIN(an_origin_is_asked_by_nobody),
        ORIGIN(whoever_may_not_read_the_bucket_moves_nothing),
        ORIGIN(what_is_covered_by_a_marker_is_fetched_as_a_new_version),
        ORIGIN(a_redirect_names_the_origin_s_url),
        ORIGIN(what_is_forbidden_is_redirected_by_its_own_rule),
        ORIGIN(of_rules_that_fit_the_first_by_priority_counts),
        ORIGIN(a_proxy_sends_the_client_there_and_fetches_behind_his_back),
        ORIGIN(what_a_proxy_does_not_find_the_journal_says),
        ORIGIN(the_transport_s_thread_does_not_wait_for_an_origin),
        ORIGIN(what_could_not_be_obeyed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
