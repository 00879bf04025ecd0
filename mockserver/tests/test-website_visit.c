/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bucket visited as a website: cos-operations-2.md s.10.2 (guide and console pages,
 * qcloud-documents#1220, coscli#35).
 */
#include "door.h"

#define INDEX "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
#define SITE(more) "<WebsiteConfiguration>" INDEX more "</WebsiteConfiguration>"
#define RULE(when, to)                                                        \
    "<RoutingRule><Condition>" when "</Condition><Redirect>" to "</Redirect>" \
    "</RoutingRule>"
#define ON_ERROR(code) "<HttpErrorCodeReturnedEquals>" code "</HttpErrorCodeReturnedEquals>"
#define ON_PREFIX(prefix) "<KeyPrefixEquals>" prefix "</KeyPrefixEquals>"
#define WITH(key) "<ReplaceKeyWith>" key "</ReplaceKeyWith>"
#define WITH_PREFIX(prefix) "<ReplaceKeyPrefixWith>" prefix "</ReplaceKeyPrefixWith>"
#define HERE "<URLRedirect>Disabled</URLRedirect>"
#define HTTPS "<Protocol>https</Protocol>"

static char site[200]; /* of the door at hand */

static int open_site(void **state)
{
    static const char *const keys[] = {"index.html",    "dir/index.html", "dir/page",
                                       "about.html",    "404.html",       "new/a b",
                                       "new/index.html"};
    int r = door_open(state);
    struct door *d = *state;
    (void)snprintf(site, sizeof(site), "%s.cos-website.%s.myqcloud.com", d->info.bucket,
                   d->info.region);
    for (size_t i = 0; r == 0 && i < COS_ARRAY_LEN(keys); i++) {
        r = cosmock_object_put(d->tenant, d->info.bucket, keys[i], keys[i], strlen(keys[i]),
                               NULL);
    }
    return r;
}

static void put_site(struct door *d, const char *text)
{
    const struct ask put = {.method = "PUT",
                            .target = "/?website",
                            .body = text,
                            .n = strlen(text)};
    door_expect(d, &put, 200, NULL);
}

static struct answer visit(struct door *d, const char *target)
{
    return door_ask(d, &(struct ask){.method = "GET", .target = target, .host = site});
}

struct visit {
    const char *target;
    int status;
    const char *page;     /* NULL: whatever it shows */
    const char *location; /* without scheme and host; behind an 's': to https; NULL: none */
};

static void expect_visit(struct door *d, const struct visit *v)
{
    struct answer a = visit(d, v->target);
    char location[300] = "";
    if (v->location != NULL) {
        bool is_plain = v->location[0] == '/';
        (void)snprintf(location, sizeof(location), "http%s://%s%s", is_plain ? "" : "s", site,
                       v->location + (is_plain ? 0 : 1));
    }
    if (a.status != v->status || (v->page != NULL && strcmp(a.body, v->page) != 0) ||
        strcmp(answer_header(&a, "Location"), location) != 0) {
        fail_msg("%s: %d '%s' %s", v->target, a.status, answer_header(&a, "Location"), a.body);
    }
    answer_free(&a);
}

static void expect_visits(struct door *d, const struct visit *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        expect_visit(d, &v[i]);
    }
}

static void a_path_that_ends_in_a_slash_means_the_index_below_it(void **state)
{
    static const struct visit rows[] = {
        {"/", 200, "index.html", NULL},
        {"/?a=b", 200, "index.html", NULL},
        {"/dir/", 200, "dir/index.html", NULL},
        {"/dir/page", 200, "dir/page", NULL},
        {"/dir", 404, NULL, NULL},
        {"/about", 404, NULL, NULL},
        {"/none/", 404, NULL, NULL},
        {"/DIR/", 404, NULL, NULL},
    };
    struct door *d = *state;
    put_site(d, SITE(""));
    expect_visits(d, rows, COS_ARRAY_LEN(rows));
    struct answer missing = visit(d, "/dir");
    assert_string_equal(xml_of(&missing, "Code"), "NoSuchKey");
    answer_free(&missing);
}

static void the_configuration_acts_on_the_website_host_alone(void **state)
{
    struct door *d = *state;
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument>"));
    door_expect(d, &(struct ask){.method = "GET", .target = "/dir/"}, 404, "NoSuchKey");
    struct answer list = door_send(d, "GET", "/", NULL);
    assert_non_null(strstr(list.body, "<ListBucketResult>"));
    answer_free(&list);
    static const char *const writes[] = {"PUT", "POST", "DELETE"};
    for (size_t i = 0; i < COS_ARRAY_LEN(writes); i++) {
        door_expect(d,
                    &(struct ask){.method = writes[i], .target = "/index.html", .host = site},
                    405, "MethodNotAllowed");
    }
    const struct ask head = {.method = "HEAD", .target = "/", .host = site};
    struct answer a = door_ask(d, &head);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "Content-Length"), "10");
    assert_int_equal(a.n, 0);
    answer_free(&a);
}

static void addresses_are_completed_where_the_site_wants_it(void **state)
{
    static const struct visit rows[] = {
        {"/about", 200, "about.html", NULL},
        {"/about.html", 200, "about.html", NULL},
        {"/none", 404, NULL, NULL},
        {"/dir", 404, NULL, NULL},
    };
    struct door *d = *state;
    put_site(d, SITE("<AutoAddressing><Status>Enabled</Status></AutoAddressing>"));
    expect_visits(d, rows, COS_ARRAY_LEN(rows));
}

static void an_error_is_answered_with_the_error_document(void **state)
{
    static const struct visit kept = {"/none", 404, "404.html", NULL};
    static const struct visit hidden = {"/none", 200, "404.html", NULL};
    struct door *d = *state;
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument>"));
    expect_visit(d, &kept);
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key><OriginalHttpStatus>Enabled"
                     "</OriginalHttpStatus></ErrorDocument>"));
    expect_visit(d, &kept);
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key><OriginalHttpStatus>Disabled"
                     "</OriginalHttpStatus></ErrorDocument>"));
    expect_visit(d, &hidden);
    put_site(d, SITE("<ErrorDocument><Key>absent.html</Key></ErrorDocument>"));
    struct answer a = visit(d, "/none");
    assert_int_equal(a.status, 404);
    assert_string_equal(xml_of(&a, "Code"), "NoSuchKey");
    answer_free(&a);
}

/* Nothing is shown that a GET would refuse: sealed bytes least of all. */
static void an_error_document_that_cannot_be_read_is_none(void **state)
{
    static const char *const headers[] = {
        "x-cos-storage-class: ARCHIVE",
        "x-cos-server-side-encryption-customer-algorithm: AES256\n"
        "x-cos-server-side-encryption-customer-key: "
        "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY=\n"
        "x-cos-server-side-encryption-customer-key-MD5: U5L61r7jcwdNvT7frmUG8g==",
    };
    struct door *d = *state;
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument>"));
    for (size_t i = 0; i < COS_ARRAY_LEN(headers); i++) {
        const struct ask put = {.method = "PUT",
                                .target = "/404.html",
                                .headers = headers[i],
                                .body = "page",
                                .n = 4};
        door_expect(d, &put, 200, NULL);
        struct answer a = visit(d, "/none");
        assert_int_equal(a.status, 404);
        assert_string_equal(xml_of(&a, "Code"), "NoSuchKey");
        answer_free(&a);
    }
}

static void journal_and_reason_have_the_error_behind_a_page(void **state)
{
    static const struct visit page = {"/none", 200, "404.html", NULL};
    struct door *d = *state;
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key><OriginalHttpStatus>Disabled"
                     "</OriginalHttpStatus></ErrorDocument>"));
    expect_visit(d, &page);
    struct cosmock_journal_query last = COSMOCK_JOURNAL_QUERY_INIT;
    last.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &last), 1);
    assert_int_equal(e->http_status, 200);
    assert_string_equal(e->code, "NoSuchKey");
    assert_string_equal(e->key, "none");
    cosmock_entries_free(e);
    struct answer a = visit(d, "/none");
    assert_string_equal(answer_header(&a, "x-cosmock-reason"),
                        "execute: NoSuchKey: The specified key does not exist.");
    answer_free(&a);
}

static void rules_send_elsewhere_or_answer_with_another_object(void **state)
{
    static const char rules[] =
        SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument><RoutingRules>" RULE(
            ON_PREFIX("old/"), WITH_PREFIX("new/"))
                 RULE(ON_PREFIX("safe/"), HTTPS WITH("index.html"))
                     RULE(ON_PREFIX("in/"), WITH_PREFIX("new/") HERE)
                         RULE(ON_PREFIX("old/never"), WITH("never")) "</RoutingRules>");
    static const struct visit rows[] = {
        {"/old/a%20b", 302, "", "/new/a%20b"}, {"/old/", 302, "", "/new/"},
        {"/old/never", 302, "", "/new/never"}, {"/safe/x", 302, "", "s/index.html"},
        {"/in/a%20b", 200, "new/a b", NULL},   {"/in/", 200, "new/index.html", NULL},
        {"/in/none", 404, "404.html", NULL},   {"/none", 404, "404.html", NULL},
    };
    struct door *d = *state;
    put_site(d, rules);
    expect_visits(d, rows, COS_ARRAY_LEN(rows));
}

static void a_rule_for_an_error_goes_before_the_error_document(void **state)
{
    static const struct visit redirected = {"/none", 302, "", "/about.html"};
    static const struct visit answered = {"/none", 404, "about.html", NULL};
    static const struct visit another = {"/none", 404, "404.html", NULL};
    struct door *d = *state;
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument><RoutingRules>" RULE(
                    ON_ERROR("404"), WITH("about.html")) "</RoutingRules>"));
    expect_visit(d, &redirected);
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument><RoutingRules>" RULE(
                    ON_ERROR("404"), WITH("about.html") HERE) "</RoutingRules>"));
    expect_visit(d, &answered);
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument><RoutingRules>" RULE(
                    ON_ERROR("403"), WITH("about.html")) "</RoutingRules>"));
    expect_visit(d, &another);
}

static void plain_requests_are_sent_to_https(void **state)
{
    static const struct visit rows[] = {
        {"/dir/a%20b?c=d", 302, "", "s/dir/a%20b?c=d"},
        {"/", 302, "", "s/"},
    };
    static const struct visit permanent = {"/", 301, "", "s/"};
    struct door *d = *state;
    put_site(d, SITE("<RedirectAllRequestsTo><Protocol>https</Protocol>"
                     "</RedirectAllRequestsTo>"));
    expect_visits(d, rows, COS_ARRAY_LEN(rows));
    assert_int_equal(cosmock_switch_set(d->tenant, "website-redirect-status", "301", NULL), 0);
    expect_visit(d, &permanent);
}

/* Everybody may read what @resource says of the bucket. */
static void permit_everybody(struct door *d, const char *resource)
{
    char policy[800];
    (void)
        snprintf(policy, sizeof(policy),
                 "{\"version\":\"2.0\",\"Statement\":[{\"Effect\":\"allow\",\"Principal\":"
                 "{\"qcs\":[\"qcs::cam::anyone:anyone\"]},\"Action\":[\"name/cos:GetObject\"],"
                 "\"Resource\":[\"qcs::cos:%s:uid/%s:%s/%s\"]}]}",
                 d->info.region, strrchr(d->info.bucket, '-') + 1, d->info.bucket, resource);
    const struct ask put = {.method = "PUT",
                            .target = "/?policy",
                            .body = policy,
                            .n = strlen(policy)};
    struct answer a = door_ask(d, &put);
    assert_true(a.status == 200 || a.status == 204);
    answer_free(&a);
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
}

static void visitors_need_the_rights_of_anybody(void **state)
{
    static const struct visit rows[] = {
        {"/", 403, "404.html", NULL},
        {"/404.html", 200, "404.html", NULL},
    };
    struct door *d = *state;
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument>"));
    permit_everybody(d, "404.html");
    expect_visits(d, rows, COS_ARRAY_LEN(rows));
}

static void who_may_not_read_the_error_document_sees_the_error(void **state)
{
    struct door *d = *state;
    put_site(d, SITE("<ErrorDocument><Key>404.html</Key></ErrorDocument>"));
    permit_everybody(d, "dir/*");
    struct answer a = visit(d, "/about.html");
    assert_int_equal(a.status, 403);
    assert_string_equal(xml_of(&a, "Code"), "AccessDenied");
    answer_free(&a);
    static const struct visit allowed = {"/dir/", 200, "dir/index.html", NULL};
    expect_visit(d, &allowed);
}

#define SITE_TEST(f) cmocka_unit_test_setup_teardown(f, open_site, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(a_path_that_ends_in_a_slash_means_the_index_below_it),
        SITE_TEST(the_configuration_acts_on_the_website_host_alone),
        SITE_TEST(addresses_are_completed_where_the_site_wants_it),
        SITE_TEST(an_error_is_answered_with_the_error_document),
        SITE_TEST(an_error_document_that_cannot_be_read_is_none),
        SITE_TEST(journal_and_reason_have_the_error_behind_a_page),
        SITE_TEST(rules_send_elsewhere_or_answer_with_another_object),
        SITE_TEST(a_rule_for_an_error_goes_before_the_error_document),
        SITE_TEST(plain_requests_are_sent_to_https),
        SITE_TEST(visitors_need_the_rights_of_anybody),
        SITE_TEST(who_may_not_read_the_error_document_sees_the_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
