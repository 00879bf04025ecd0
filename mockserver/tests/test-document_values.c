/* SPDX-License-Identifier: Apache-2.0 */
/* What those who act on a bucket's configurations read from them. */
#include "services/cors.h"
#include "services/lifecycle.h"
#include "services/referer.h"
#include "services/strict_signature.h"
#include "services/website.h"

#include "cosbase/alloc.h"
#include "door.h"

static void put(struct door *d, const char *target, const char *text)
{
    const struct ask q = {
        .method = "PUT", .target = target, .body = text, .n = strlen(text), .with_md5 = true};
    door_expect(d, &q, 200, NULL);
}

static struct bucket_view look(struct door *d)
{
    return world_bucket_view(d->tenant, cos_span_of(d->info.bucket));
}

static void is(struct cos_span text, const char *wanted)
{
    if (!cos_span_eq_str(text, wanted)) {
        fail_msg("'" COS_SPAN_FMT "', not '%s'", COS_SPAN_ARG(text), wanted);
    }
}

static void are(const struct xml_texts *texts, size_t n, const char *first, const char *last)
{
    assert_int_equal(texts->n, n);
    is(texts->items[0], first);
    is(texts->items[n - 1], last);
}

static void a_bucket_without_configurations_has_no_values(void **state)
{
    struct bucket_view v = look(*state);
    assert_null(cors_of(&v));
    assert_null(lifecycle_of(&v));
    assert_null(website_of(&v));
    assert_null(referer_of(&v));
    assert_null(strict_signature_of(&v));
    bucket_view_release(&v);
}

static void cors_rules_are_read_in_order(void **state)
{
    struct door *d = *state;
    put(d, "/?cors",
        "<CORSConfiguration><CORSRule><AllowedOrigin>http://a.com</AllowedOrigin>"
        "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>put</AllowedMethod>"
        "<AllowedHeader>X-A</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
        "<MaxAgeSeconds>5</MaxAgeSeconds></CORSRule><CORSRule><AllowedOrigin>b</AllowedOrigin>"
        "<AllowedMethod>GET</AllowedMethod></CORSRule><ResponseVary>True</ResponseVary>"
        "</CORSConfiguration>");
    struct bucket_view v = look(d);
    const struct cors *c = cors_of(&v);
    assert_non_null(c);
    assert_int_equal(c->n_rules, 2);
    assert_true(c->varies);
    are(&c->rules[0].origins, 2, "http://a.com", "*");
    are(&c->rules[0].methods, 1, "PUT", "PUT");
    are(&c->rules[0].headers, 1, "X-A", "X-A");
    are(&c->rules[0].exposed, 1, "ETag", "ETag");
    assert_int_equal(c->rules[0].max_age_s, 5);
    assert_int_equal(c->rules[1].headers.n, 0);
    assert_int_equal(c->rules[1].max_age_s, -1);
    assert_ptr_equal(cors_of(&v), c);
    bucket_view_release(&v);
}

static void lifecycle_rules_say_what_becomes_of_which_objects(void **state)
{
    struct door *d = *state;
    put(d, "/?lifecycle",
        "<LifecycleConfiguration><Rule><ID>1</ID><Filter><And><Prefix>a/</Prefix>"
        "<PrefixNotEquals>a/b</PrefixNotEquals><Tag><Key>k</Key><Value>v</Value></Tag>"
        "<ObjectSizeGreaterThan>7</ObjectSizeGreaterThan></And></Filter>"
        "<Status>Enabled</Status><Transition><Days>0</Days><StorageClass>Standard_IA"
        "</StorageClass></Transition><Transition><Days>9</Days><StorageClass>ARCHIVE"
        "</StorageClass></Transition><Expiration><Days>30</Days></Expiration>"
        "<NoncurrentVersionTransition><NoncurrentDays>2</NoncurrentDays><StorageClass>ARCHIVE"
        "</StorageClass></NoncurrentVersionTransition><NoncurrentVersionExpiration>"
        "<NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration></Rule><Rule>"
        "<Prefix>old</Prefix><Status>Disabled</Status><Expiration>"
        "<Date>1970-01-02T00:00:00+08:00</Date></Expiration><AbortIncompleteMultipartUpload>"
        "<DaysAfterInitiation>4</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
        "<Rule><Filter><Prefix>m</Prefix></Filter><Status>Enabled</Status><Expiration>"
        "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>"
        "</LifecycleConfiguration>");
    struct bucket_view v = look(d);
    const struct lifecycle *l = lifecycle_of(&v);
    assert_non_null(l);
    assert_int_equal(l->n_rules, 3);
    const struct lifecycle_rule *r = &l->rules[0];
    is(r->id, "1");
    assert_true(r->is_enabled);
    is(r->prefix, "a/");
    is(r->not_prefix, "a/b");
    assert_int_equal(r->n_tags, 1);
    is(r->tags[0].key, "k");
    is(r->tags[0].value, "v");
    assert_int_equal(r->larger_than, 7);
    assert_int_equal(r->smaller_than, -1);
    assert_int_equal(r->n_transitions, 2);
    assert_int_equal(r->transitions[0].when.days, 0);
    assert_int_equal(r->transitions[0].storage_class, WORD_STANDARD_IA);
    assert_int_equal(r->transitions[1].when.date_unix_ms, -1);
    assert_int_equal(r->expiration.days, 30);
    assert_int_equal(r->n_noncurrent_transitions, 1);
    assert_int_equal(r->noncurrent_transitions[0].when.days, 2);
    assert_int_equal(r->noncurrent_days, 3);
    assert_int_equal(r->abort_days, -1);
    r = &l->rules[1];
    assert_false(r->is_enabled);
    is(r->prefix, "old");
    assert_null(r->not_prefix.ptr);
    assert_int_equal(r->expiration.days, -1);
    assert_int_equal(r->expiration.date_unix_ms, 16 * 3600 * 1000);
    assert_int_equal(r->abort_days, 4);
    is(l->rules[2].prefix, "m");
    assert_true(l->rules[2].expires_lone_markers);
    bucket_view_release(&v);
}

static void a_website_says_where_requests_lead(void **state)
{
    struct door *d = *state;
    put(d, "/?website",
        "<WebsiteConfiguration><IndexDocument><Suffix>i.html</Suffix></IndexDocument>"
        "<RedirectAllRequestsTo><Protocol>HTTPS</Protocol></RedirectAllRequestsTo>"
        "<AutoAddressing><Status>Enabled</Status></AutoAddressing><ErrorDocument><Key>e</Key>"
        "<OriginalHttpStatus>Disabled</OriginalHttpStatus></ErrorDocument><RoutingRules>"
        "<RoutingRule><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
        "</Condition><Redirect><ReplaceKeyWith>n</ReplaceKeyWith></Redirect></RoutingRule>"
        "<RoutingRule><Condition><KeyPrefixEquals>a/</KeyPrefixEquals></Condition><Redirect>"
        "<Protocol>https</Protocol><ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith>"
        "<URLRedirect>Disabled</URLRedirect></Redirect></RoutingRule></RoutingRules>"
        "</WebsiteConfiguration>");
    struct bucket_view v = look(d);
    const struct website *w = website_of(&v);
    assert_non_null(w);
    is(w->index_suffix, "i.html");
    is(w->error_key, "e");
    assert_true(w->is_to_https);
    assert_true(w->addresses_automatically);
    assert_false(w->keeps_error_status);
    assert_int_equal(w->n_rules, 2);
    assert_int_equal(w->rules[0].error_status, 404);
    is(w->rules[0].key, "n");
    assert_null(w->rules[0].key_prefix.ptr);
    assert_true(w->rules[0].redirects);
    is(w->rules[1].prefix, "a/");
    is(w->rules[1].key_prefix, "b/");
    assert_true(w->rules[1].is_to_https);
    assert_false(w->rules[1].redirects);
    bucket_view_release(&v);
}

static void a_referer_list_says_who_may_show_what(void **state)
{
    struct door *d = *state;
    put(d, "/?referer",
        "<RefererConfiguration><Status>Enabled</Status><RefererType>white-list</RefererType>"
        "<DomainList><Domain>*.a.com</Domain><Domain>b.com:80</Domain></DomainList>"
        "</RefererConfiguration>");
    struct bucket_view v = look(d);
    const struct referer *r = referer_of(&v);
    assert_non_null(r);
    assert_true(r->is_enabled);
    assert_true(r->is_white_list);
    are(&r->domains, 2, "*.a.com", "b.com:80");
    assert_false(r->allows_empty);
    assert_false(r->checks_signed_url);
    bucket_view_release(&v);
}

static void strict_rules_say_what_has_to_be_signed(void **state)
{
    struct door *d = *state;
    put(d, "/?strict-signature",
        "<StrictSignatureConfiguration><Rule><ID>t</ID><actionlist><action>Put*</action>"
        "<action>GetObject</action></actionlist><headerlist><header>Host</header></headerlist>"
        "<paramlist><param>all</param></paramlist></Rule></StrictSignatureConfiguration>");
    struct bucket_view v = look(d);
    const struct strict_signature *s = strict_signature_of(&v);
    assert_non_null(s);
    assert_int_equal(s->n_rules, 1);
    is(s->rules[0].id, "t");
    are(&s->rules[0].actions, 2, "Put*", "GetObject");
    are(&s->rules[0].headers, 1, "Host", "Host");
    are(&s->rules[0].params, 1, "all", "all");
    bucket_view_release(&v);
}

/* Without memory a value is not made, and the next request makes it. */
static void a_value_that_could_not_be_made_is_made_later(void **state)
{
    struct door *d = *state;
    put(d, "/?cors",
        "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET"
        "</AllowedMethod></CORSRule></CORSConfiguration>");
    struct bucket_view v = look(d);
    const struct cors *c = NULL;
    uint64_t nth = 0;
    while (c == NULL && nth < 1000) {
        cos_alloc_fail_nth(++nth);
        c = cors_of(&v);
        cos_alloc_fail_nth(0);
    }
    assert_non_null(c);
    assert_true(nth > 1);
    assert_int_equal(c->n_rules, 1);
    bucket_view_release(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_bucket_without_configurations_has_no_values),
        DOOR_TEST(cors_rules_are_read_in_order),
        DOOR_TEST(lifecycle_rules_say_what_becomes_of_which_objects),
        DOOR_TEST(a_website_says_where_requests_lead),
        DOOR_TEST(a_referer_list_says_who_may_show_what),
        DOOR_TEST(strict_rules_say_what_has_to_be_signed),
        DOOR_TEST(a_value_that_could_not_be_made_is_made_later),
    };
    return cmocka_run_group_tests_name("document_values", tests, NULL, NULL);
}
