/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bucket configurations over the wire: what is put is given back as clients compare it, key by
 * key; what is not there, and what may not be put, is told by the service's codes. Sources: the
 * sections of cos-operations-1.md and -2.md named at the rows; [T] rows are what SDK suites put
 * and expect.
 */
#include "documents.h"

#include "cosbase/buf.h"
#include "world/projection.h"

/* --- what there is, and what there is not --- */

struct sub_resource {
    const char *target, *absent, *good;
    int put_status;
};

/* absent: the code of 404, or what 200 says. */
static const struct sub_resource all[] = {
    {"/?cors", "NoSuchCORSConfiguration",
     "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
     "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
     200},
    {"/?lifecycle", "NoSuchLifecycleConfiguration",
     "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>",
     200},
    {"/?website", "NoSuchWebsiteConfiguration",
     "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
     "</WebsiteConfiguration>",
     200},
    {"/?tagging", "NoSuchTagSet",
     "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>", 204},
    {"/?encryption", "NoSuchEncryptionConfiguration",
     "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
     "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
     "</ServerSideEncryptionConfiguration>",
     200},
    {"/?logging", "<BucketLoggingStatus></BucketLoggingStatus>",
     "<BucketLoggingStatus></BucketLoggingStatus>", 200},
    {"/?referer", "<RefererConfiguration></RefererConfiguration>",
     "<RefererConfiguration><Status>Enabled</Status><RefererType>White-List</RefererType>"
     "<DomainList><Domain>*.qq.com</Domain></DomainList>"
     "<EmptyReferConfiguration>Allow</EmptyReferConfiguration></RefererConfiguration>",
     200},
    {"/?accelerate", "<AccelerateConfiguration></AccelerateConfiguration>",
     "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>", 200},
    {"/?domain", "DomainConfigNotFoundError",
     "<DomainConfiguration><DomainRule><Status>ENABLED</Status><Name>www.a.com</Name>"
     "<Type>REST</Type></DomainRule></DomainConfiguration>",
     200},
    {"/?origin", "OriginConfigurationNotFoundError",
     "<OriginConfiguration><OriginRule><OriginType>Mirror</OriginType><OriginInfo><HostInfo>"
     "<HostName>a.com</HostName></HostInfo></OriginInfo></OriginRule></OriginConfiguration>",
     200},
    {"/?object-lock", "NoSuchObjectLockConfiguration",
     "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
     "</ObjectLockConfiguration>",
     200},
    {"/?strict-signature", "NoSuchStrictSignatureConfiguration",
     "<StrictSignatureConfiguration><Rule><ID>limit_acl</ID><actionlist><action>PutObjectACL"
     "</action><action>PutBucketACL</action></actionlist><headerlist><header>Host</header>"
     "</headerlist><paramlist><param>acl</param></paramlist></Rule>"
     "</StrictSignatureConfiguration>",
     200},
};

static void expect_absent(struct door *d, const struct sub_resource *s)
{
    if (s->absent[0] == '<') {
        assert_string_equal(get_text(d, s->target), s->absent);
    } else {
        door_expect(d, &(struct ask){.method = "GET", .target = s->target}, 404, s->absent);
    }
}

/* A lock is for ever (cos-operations-1.md s.7); what shows an empty element has no DELETE
 * either. */
static bool has_delete(const struct sub_resource *s)
{
    return s->absent[0] != '<' && strcmp(s->target, "/?object-lock") != 0;
}

static void a_configuration_is_absent_put_given_back_and_deleted(void **state)
{
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        const struct ask put = put_of(all[i].target, all[i].good);
        const struct ask drop = {.method = "DELETE", .target = all[i].target};
        expect_absent(d, &all[i]);
        door_expect(d, &put, all[i].put_status, NULL);
        assert_string_equal(get_text(d, all[i].target), all[i].good);
        if (has_delete(&all[i])) {
            door_expect(d, &drop, 204, NULL);
            expect_absent(d, &all[i]);
        }
        door_expect(d, &drop, has_delete(&all[i]) ? 204 : 405, NULL);
    }
}

static void no_configuration_falls_through_to_the_bucket(void **state)
{
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        const struct ask post = {.method = "POST", .target = all[i].target};
        door_expect(d, &post, 405, "MethodNotAllowed");
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void what_is_no_document_is_refused_and_the_old_one_stays(void **state)
{
    static const struct {
        const char *text, *code;
    } rows[] = {
        {"", "MissingRequestBodyError"},
        {"<", "MalformedXML"},
        {"{}", "MalformedXML"},
        {"<Another/>", "MalformedXML"},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]><CORSConfiguration>&b;</CORSConfiguration>",
         "MalformedXML"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        const struct ask good = put_of(all[i].target, all[i].good);
        door_expect(d, &good, all[i].put_status, NULL);
        for (size_t j = 0; j < COS_ARRAY_LEN(rows); j++) {
            const struct ask bad = put_of(all[i].target, rows[j].text);
            bool clears = j == 0 && strcmp(all[i].target, "/?referer") == 0;
            door_expect(d, &bad, clears ? 200 : 400, clears ? NULL : rows[j].code);
            if (clears) {
                door_expect(d, &good, 200, NULL);
            }
        }
        assert_string_equal(get_text(d, all[i].target), all[i].good);
    }
}

/* cos-operations-2.md s.2.1, s.10.1: 64 KB; s.6.2: 1,000 lifecycle rules do not fit. */
static void a_body_beyond_its_size_is_refused(void **state)
{
    struct door *d = *state;
    static char blanks[(1 << 16) + 1];
    memset(blanks, ' ', sizeof(blanks) - 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        bool is_large = strcmp(all[i].target, "/?lifecycle") == 0;
        struct cos_buf text;
        cos_buf_init(&text, 1 << 18);
        cos_buf_str(&text, all[i].good);
        cos_buf_str(&text, blanks);
        const struct ask big = put_of(all[i].target, cos_buf_cstr(&text));
        door_expect(d, &big, is_large ? 200 : 400, is_large ? NULL : "XMLSizeLimit");
        cos_buf_deinit(&text);
    }
}

/* cos-wire.md s.2.0: required by the pages of both; python sends none for ?encryption
 * (cos-operations-2.md s.0.10). */
static void content_md5_is_required_where_its_page_says_so(void **state)
{
    struct door *d = *state;
    for (unsigned is_optional = 0; is_optional < 2; is_optional++) {
        assert_int_equal(cosmock_switch_set(d->tenant, "document-md5",
                                            is_optional ? "optional" : "required", NULL),
                         0);
        for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
            bool needs = !is_optional && (strcmp(all[i].target, "/?cors") == 0 ||
                                          strcmp(all[i].target, "/?lifecycle") == 0);
            struct ask put = put_of(all[i].target, all[i].good);
            put.with_md5 = false;
            door_expect(d, &put, needs ? 400 : all[i].put_status,
                        needs ? "InvalidRequest" : NULL);
        }
    }
    struct ask wrong = put_of("/?tagging", all[3].good);
    wrong.with_md5 = false;
    wrong.headers = "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==";
    door_expect(d, &wrong, 400, "BadDigest");
}

/* --- given back as clients compare it --- */

static const struct {
    const char *name, *target, *put;
    const char *get; /* NULL: as it was put */
} trips[] = {
    /* [T] node test:2955-3120: duplicates and letter case stay */
    {"cors, duplicates", "/?cors",
     CORS(RULE("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
               "<AllowedMethod>POST</AllowedMethod><AllowedHeader>*</AllowedHeader>"
               "<AllowedHeader>test-ABC</AllowedHeader>"
               "<ExposeHeader>content-length</ExposeHeader>"
               "<ExposeHeader>x-cos-acl</ExposeHeader>"
               "<ExposeHeader>content-length</ExposeHeader>"
               "<ExposeHeader>x-cos-acl</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds>")
              RULE("<AllowedOrigin>http://*.qq.com</AllowedOrigin>"
                   "<AllowedMethod>PUT</AllowedMethod>")),
     NULL},
    /* s.2.1: go and java order the elements of a rule in other ways */
    {"cors, go's order", "/?cors",
     CORS(RULE("<ID>1</ID><AllowedMethod>DELETE</AllowedMethod>"
               "<AllowedOrigin>https://a.com:8080</AllowedOrigin>"
               "<AllowedHeader>x-cos-*</AllowedHeader><MaxAgeSeconds>0</MaxAgeSeconds>"
               "<ExposeHeader>ETag</ExposeHeader>") "<ResponseVary>true</ResponseVary>"),
     NULL},
    /* s.0.12: without xmlns, attributes and white space between elements */
    {"cors, written out", "/?cors",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CORSConfiguration "
     "xmlns=\"http://cos.qcloud.com/document/product/436/7751\">\n  <CORSRule a='b'>\n"
     "    <AllowedOrigin>*</AllowedOrigin>\n    <!-- x --><AllowedMethod>HEAD"
     "</AllowedMethod>\n  </CORSRule>\n</CORSConfiguration>\n",
     CORS(RULE("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod>"))},
    /* [T] python test:949-975: an unknown child is passed over */
    {"lifecycle, Transation", "/?lifecycle",
     LIFE("<Rule><Status>Enabled</Status><Filter><Tag><Key>datalevel</Key>"
          "<Value>backup</Value></Tag></Filter><Transation><Days>30</Days>"
          "<StorageClass>Standard_IA</StorageClass></Transation><Expiration>"
          "<Days>3650</Days></Expiration></Rule>"),
     LIFE("<Rule><Status>Enabled</Status><Filter><Tag><Key>datalevel</Key>"
          "<Value>backup</Value></Tag></Filter><Expiration><Days>3650</Days></Expiration>"
          "</Rule>")},
    /* s.6.1: c ut test_cos_bucket.c:467,512 */
    {"lifecycle, a date with a zone", "/?lifecycle",
     LIFE("<Rule><ID>1</ID><Filter/><Status>Disabled</Status><Transition>"
          "<Date>2022-10-11T00:00:00+08:00</Date><StorageClass>Archive</StorageClass>"
          "</Transition></Rule>"),
     LIFE("<Rule><ID>1</ID><Filter></Filter><Status>Disabled</Status><Transition>"
          "<Date>2022-10-10T16:00:00.000Z</Date><StorageClass>ARCHIVE</StorageClass>"
          "</Transition></Rule>")},
    /* [T] node test:3426-3515: a date that has passed, unchanged; php: several transitions */
    {"lifecycle, rules in order", "/?lifecycle",
     LIFE("<Rule><ID>b</ID><Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key>"
          "<Value></Value></Tag></And></Filter><Status>Enabled</Status><Transition>"
          "<Date>2018-07-29T16:00:00.000Z</Date><StorageClass>STANDARD_IA</StorageClass>"
          "</Transition></Rule><Rule><ID>a</ID><Status>Enabled</Status><Transition>"
          "<Days>0</Days><StorageClass>STANDARD_IA</StorageClass></Transition><Transition>"
          "<Days>60</Days><StorageClass>ARCHIVE</StorageClass></Transition><Expiration>"
          "<Days>61</Days></Expiration><NoncurrentVersionExpiration>"
          "<NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>"
          "<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation>"
          "</AbortIncompleteMultipartUpload></Rule>"),
     NULL},
    /* [T] python test:1063-1128: URLRedirect comes, and nothing else */
    {"website, URLRedirect", "/?website",
     SITE("<ErrorDocument><Key>e</Key></ErrorDocument>" ROUTE(
         "<KeyPrefixEquals>docs</KeyPrefixEquals>", "<ReplaceKeyWith>k</ReplaceKeyWith>")),
     SITE("<ErrorDocument><Key>e</Key></ErrorDocument>" ROUTE(
         "<KeyPrefixEquals>docs</KeyPrefixEquals>",
         "<ReplaceKeyWith>k</ReplaceKeyWith><URLRedirect>Enabled</URLRedirect>"))},
    {"website, URLRedirect said", "/?website",
     SITE("<AutoAddressing><Status>Disabled</Status></AutoAddressing><RedirectAllRequestsTo>"
          "<Protocol>https</Protocol></RedirectAllRequestsTo>" ROUTE(
              "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>",
              "<URLRedirect>Disabled</URLRedirect><ReplaceKeyWith>k</ReplaceKeyWith>")),
     NULL},
    /* s.10.1: java's blank in the tag, its empty prefix and S3's elements */
    {"website, java", "/?website",
     SITE(ROUTE("<HttpErrorCodeReturnedEquals >403</HttpErrorCodeReturnedEquals>"
                "<KeyPrefixEquals></KeyPrefixEquals>",
                "<HostName></HostName><ReplaceKeyWith>k</ReplaceKeyWith>"
                "<URLRedirect>Enabled</URLRedirect>")),
     SITE(ROUTE("<HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals>"
                "<KeyPrefixEquals></KeyPrefixEquals>",
                "<HostName></HostName><ReplaceKeyWith>k</ReplaceKeyWith>"
                "<URLRedirect>Enabled</URLRedirect>"))},
    /* [T] java BucketWebsiteTest.java:29-60: a prefix for an error code, whatever the page says
     * of ReplaceKeyPrefixWith */
    {"website, java's suite", "/?website",
     SITE("<ErrorDocument><Key>error.html</Key></ErrorDocument>" ROUTE(
         "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>",
         "<Protocol>https</Protocol><ReplaceKeyPrefixWith>404.html</ReplaceKeyPrefixWith>"
         "<URLRedirect>Enabled</URLRedirect>")),
     NULL},
    /* [T] cpp bucket_op_test.cpp:1414-1438: Deny comes */
    {"referer, empty ones", "/?referer", REFERER(""),
     REFERER("<EmptyReferConfiguration>Deny</EmptyReferConfiguration>")},
    {"referer, empty ones said", "/?referer",
     REFERER("<EmptyReferConfiguration>Allow</EmptyReferConfiguration>"), NULL},
    /* [T] python test:2432-2451, node test:5128-5146: put by one name, read by another */
    {"encryption, the other name", "/?encryption",
     SSE("<ApplySideEncryptionConfiguration><SSEAlgorithm>AES256</SSEAlgorithm>"
         "</ApplySideEncryptionConfiguration>"),
     SSE("<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
         "</ApplyServerSideEncryptionByDefault>")},
    /* [T] cpp bucket_op_test.cpp:1197-1204: the order of tags stays */
    {"tagging, order", "/?tagging",
     "<Tagging><TagSet><Tag><Key>z</Key><Value>1 &amp; 2</Value></Tag></TagSet></Tagging>",
     "?InvalidTag"},
    {"tagging, any script", "/?tagging",
     "<Tagging><TagSet><Tag><Key>z:@</Key><Value></Value></Tag><Tag><Key>\xE6\xA0\x87</Key>"
     "<Value>a+b-c=d.e_f/g h</Value></Tag></TagSet></Tagging>",
     NULL},
    /* [T] node test:5668-5714: FileInfo by PrefixConfiguration, HttpRedirectCode twice */
    {"origin, a tree", "/?origin",
     "<OriginConfiguration><OriginRule><RulePriority>01</RulePriority>"
     "<OriginType>mirror</OriginType><OriginCondition><HTTPStatusCode>404</HTTPStatusCode>"
     "<Prefix></Prefix></OriginCondition><OriginParameter><HttpHeader><NewHttpHeaders><Header>"
     "<Key>x</Key><Value> 1 </Value></Header></NewHttpHeaders></HttpHeader>"
     "<HttpRedirectCode>302</HttpRedirectCode><HttpRedirectCode>302</HttpRedirectCode>"
     "</OriginParameter><OriginInfo><HostInfo><HostName>a.com</HostName></HostInfo><FileInfo>"
     "<PrefixConfiguration><Prefix>123/</Prefix></PrefixConfiguration></FileInfo></OriginInfo>"
     "</OriginRule></OriginConfiguration>",
     "<OriginConfiguration><OriginRule><RulePriority>1</RulePriority>"
     "<OriginType>Mirror</OriginType><OriginCondition><HTTPStatusCode>404</HTTPStatusCode>"
     "<Prefix></Prefix></OriginCondition><OriginParameter><HttpHeader><NewHttpHeaders><Header>"
     "<Key>x</Key><Value> 1 </Value></Header></NewHttpHeaders></HttpHeader>"
     "<HttpRedirectCode>302</HttpRedirectCode><HttpRedirectCode>302</HttpRedirectCode>"
     "</OriginParameter><OriginInfo><HostInfo><HostName>a.com</HostName></HostInfo><FileInfo>"
     "<PrefixConfiguration><Prefix>123/</Prefix></PrefixConfiguration></FileInfo></OriginInfo>"
     "</OriginRule></OriginConfiguration>"},
    {"lock, a default", "/?object-lock",
     "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
     "<DefaultRetention><Mode>COMPLIANCE</Mode><Days>36500</Days></DefaultRetention></Rule>"
     "</ObjectLockConfiguration>",
     NULL},
    /* c ut :1046-1056 */
    {"domain, forced", "/?domain",
     "<DomainConfiguration><DomainRule><Status>DISABLED</Status><Name>b.a.com</Name>"
     "<Type>WEBSITE</Type><ForcedReplacement>CNAME</ForcedReplacement></DomainRule>"
     "</DomainConfiguration>",
     NULL},
    /* [T] go test:981-1004: Type stays, also after Suspended */
    {"accelerate, go", "/?accelerate",
     "<AccelerateConfiguration><Status>suspended</Status><Type>COS</Type>"
     "</AccelerateConfiguration>",
     "<AccelerateConfiguration><Status>Suspended</Status><Type>COS</Type>"
     "</AccelerateConfiguration>"},
};

static void a_configuration_is_given_back_as_clients_compare_it(void **state)
{
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(trips); i++) {
        const struct ask put = put_of(trips[i].target, trips[i].put);
        const char *wanted = trips[i].get == NULL ? trips[i].put : trips[i].get;
        struct answer a = door_ask(d, &put);
        if (wanted[0] == '?') {
            assert_string_equal(xml_of(&a, "Code"), wanted + 1);
        } else if (a.status >= 300 || strcmp(get_text(d, trips[i].target), wanted) != 0) {
            fail_msg("%s: %d %s; got %s", trips[i].name, a.status, a.body,
                     a.status >= 300 ? "" : get_text(d, trips[i].target));
        }
        answer_free(&a);
    }
}

/* --- single families --- */

/* [T] python cos_client.py:3459-3475, go bucket_referer.go:44-57; s.0.2. */
static void an_empty_body_clears_the_referer_list(void **state)
{
    struct door *d = *state;
    const struct ask put = put_of("/?referer", REFERER(""));
    const struct ask clear = put_of("/?referer", "");
    door_expect(d, &put, 200, NULL);
    door_expect(d, &clear, 200, NULL);
    assert_string_equal(get_text(d, "/?referer"),
                        "<RefererConfiguration></RefererConfiguration>");
}

/* s.14: [T] node, go and c log into the bucket itself; another region is 400. */
static void logs_go_to_a_bucket_of_the_same_owner_and_region(void **state)
{
    struct door *d = *state;
    char text[400];
    const char *const targets[] = {d->info.bucket, "far-1250000000"};
    assert_int_equal(cosmock_bucket_put(d->tenant, "far-1250000000", "ap-beijing", NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        (void)snprintf(text, sizeof(text),
                       "<BucketLoggingStatus><LoggingEnabled><TargetBucket>%s</TargetBucket>"
                       "<TargetPrefix>logs/</TargetPrefix></LoggingEnabled>"
                       "</BucketLoggingStatus>",
                       targets[i]);
        const struct ask put = put_of("/?logging", text);
        door_expect(d, &put, i == 0 ? 200 : 400,
                    i == 0 ? NULL : "InvalidTargetBucketForLogging");
        if (i == 0) {
            assert_string_equal(get_text(d, "/?logging"), text);
        }
    }
}

/* --- replication: s.12 --- */

/* The class as SDKs write it, and want it back (java BucketReplicationTest.java:82-107). */
static const char *replication(struct door *d, const char *region, const char *bucket,
                               char out[900])
{
    (void)snprintf(out, 900,
                   "<ReplicationConfiguration><Role>qcs::cam::uin/%s:uin/%s</Role><Rule>"
                   "<ID>123</ID><Status>Enabled</Status><Prefix>\xE4\xB8\xAD\xE6\x96\x87"
                   "</Prefix><Destination><Bucket>qcs::cos:%s::%s</Bucket>"
                   "<StorageClass>Standard</StorageClass></Destination></Rule>"
                   "</ReplicationConfiguration>",
                   d->info.owner_uin, d->info.owner_uin, region, bucket);
    return out;
}

static void set_versioning(struct door *d, const char *bucket, const char *status)
{
    char text[200];
    (void)snprintf(text, sizeof(text),
                   "<VersioningConfiguration><Status>%s</Status></VersioningConfiguration>",
                   status);
    struct bucket_view v = world_bucket_view(d->tenant, cos_span_of(bucket));
    struct batch *batch = batch_new();
    world_bucket_document_put(batch, v.bucket, BUCKET_VERSIONING, cos_span_of(text),
                              /* value= */ NULL, /* kind= */ NULL);
    bucket_view_release(&v);
    assert_int_equal(world_commit(d->tenant, batch, /* c= */ NULL, "it", NULL), 0);
}

static void replication_needs_two_buckets_that_keep_versions(void **state)
{
    struct door *d = *state;
    char text[900];
    const struct ask put =
        put_of("/?replication", replication(d, "ap-shanghai", "copy-1250000000", text));
    const struct ask get = {.method = "GET", .target = "/?replication"};
    const struct ask drop = {.method = "DELETE", .target = "/?replication"};
    door_expect(d, &get, 404, "ReplicationConfigurationNotFoundError");
    door_expect(d, &put, 404, "NoSuchBucket");
    assert_int_equal(cosmock_bucket_put(d->tenant, "copy-1250000000", "ap-shanghai", NULL), 0);
    door_expect(d, &put, 409, "InvalidBucketState");
    set_versioning(d, d->info.bucket, "Enabled");
    door_expect(d, &put, 409, "InvalidBucketState");
    set_versioning(d, "copy-1250000000", "Enabled");
    door_expect(d, &put, 200, NULL);
    assert_string_equal(get_text(d, "/?replication"), text);
    door_expect(d, &drop, 204, NULL);
    door_expect(d, &get, 404, "ReplicationConfigurationNotFoundError");
}

static void all_rules_of_a_replication_have_one_destination(void **state)
{
    struct door *d = *state;
#define TO(bucket)                                                           \
    "<Rule><Status>Enabled</Status><Destination><Bucket>" bucket "</Bucket>" \
    "</Destination></Rule>"
#define REPLICATION(rules)                                               \
    "<ReplicationConfiguration><Role>qcs::cam::uin/1:uin/1</Role>" rules \
    "</ReplicationConfiguration>"
    const struct ask two =
        put_of("/?replication",
               REPLICATION(TO("qcs::cos:r::a-1250000000") TO("qcs::cos:r::b-1250000000")));
    const struct ask bad = put_of("/?replication", REPLICATION(TO("a-1250000000")));
    door_expect(d, &two, 400, "MultiBucketNotSupport");
    door_expect(d, &bad, 400, "InvalidArgument");
}

/* --- the lock of a bucket: cos-operations-1.md s.7 --- */

static struct ask lock_for(unsigned days, char out[400])
{
    (void)snprintf(out, 400,
                   "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                   "<Rule><DefaultRetention><Days>%u</Days></DefaultRetention></Rule>"
                   "</ObjectLockConfiguration>",
                   days);
    return put_of("/?object-lock", out);
}

static void a_default_period_is_shortened_where_the_switch_says_so(void **state)
{
    struct door *d = *state;
    char long_one[400];
    char short_one[400];
    const struct ask thirty = lock_for(30, long_one);
    const struct ask ten = lock_for(10, short_one);
    door_expect(d, &thirty, 200, NULL);
    door_expect(d, &ten, 200, NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "object-lock-shorten", "refuse", NULL), 0);
    door_expect(d, &thirty, 200, NULL);
    door_expect(d, &ten, 409, "InvalidLockedTime");
    assert_string_equal(get_text(d, "/?object-lock"), long_one);
}

static void a_bucket_whose_versioning_is_suspended_is_not_locked(void **state)
{
    struct door *d = *state;
    char text[400];
    const struct ask put = lock_for(1, text);
    set_versioning(d, d->info.bucket, "Suspended");
    door_expect(d, &put, 409, "InvalidBucketState");
    set_versioning(d, d->info.bucket, "Enabled");
    door_expect(d, &put, 200, NULL);
}

/* cos-operations-1.md s.6: all suites want the plain region. */
static void the_location_is_the_plain_region(void **state)
{
    struct door *d = *state;
    char wanted[120];
    (void)snprintf(wanted, sizeof(wanted), "<LocationConstraint>%s</LocationConstraint>",
                   d->info.region);
    assert_string_equal(get_text(d, "/?location"), wanted);
}

/* cos-operations-1.md s.5.1: the header of PUT Bucket. */
static void a_bucket_is_made_with_its_tags_or_not_at_all(void **state)
{
    struct door *d = *state;
    const char *host = "tagged-1250000000.cos.ap-guangzhou.myqcloud.com";
    struct ask make = {.method = "PUT", .target = "/", .host = host};
    const struct ask get = {.method = "GET", .target = "/?tagging", .host = host};
    make.headers = "x-cos-tagging: qcs:a=b";
    door_expect(d, &make, 400, "InvalidTag");
    door_expect(d, &get, 404, "NoSuchBucket");
    make.headers = "x-cos-tagging: k%3D=v%20w&k2=";
    door_expect(d, &make, 200, NULL);
    struct answer a = door_ask(d, &get);
    assert_string_equal(a.body, DECLARATION
                        "<Tagging><TagSet><Tag><Key>k=</Key><Value>v w</Value></Tag><Tag>"
                        "<Key>k2</Key><Value></Value></Tag></TagSet></Tagging>");
    answer_free(&a);
}

static void what_was_passed_over_stands_in_the_journal(void **state)
{
    struct door *d = *state;
    const struct ask put = put_of("/?lifecycle", LIFE("<Rule><Status>Enabled</Status>\n"
                                                      "<Transation/></Rule>"));
    door_expect(d, &put, 200, NULL);
    struct cosmock_journal_query last = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    last.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &last), 1);
    assert_string_equal(e->detail,
                        "line 2: <Transation> is no element of <Rule>; it was passed "
                        "over");
    cosmock_entries_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_configuration_is_absent_put_given_back_and_deleted),
        DOOR_TEST(no_configuration_falls_through_to_the_bucket),
        DOOR_TEST(what_is_no_document_is_refused_and_the_old_one_stays),
        DOOR_TEST(a_body_beyond_its_size_is_refused),
        DOOR_TEST(content_md5_is_required_where_its_page_says_so),
        DOOR_TEST(a_configuration_is_given_back_as_clients_compare_it),
        DOOR_TEST(an_empty_body_clears_the_referer_list),
        DOOR_TEST(logs_go_to_a_bucket_of_the_same_owner_and_region),
        DOOR_TEST(replication_needs_two_buckets_that_keep_versions),
        DOOR_TEST(all_rules_of_a_replication_have_one_destination),
        DOOR_TEST(a_default_period_is_shortened_where_the_switch_says_so),
        DOOR_TEST(a_bucket_whose_versioning_is_suspended_is_not_locked),
        DOOR_TEST(the_location_is_the_plain_region),
        DOOR_TEST(a_bucket_is_made_with_its_tags_or_not_at_all),
        DOOR_TEST(what_was_passed_over_stands_in_the_journal),
    };
    return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
