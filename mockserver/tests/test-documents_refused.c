/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may not be put as a bucket's configuration, told by the service's codes. Sources: the
 * sections of cos-operations-1.md and -2.md named at the rows.
 */
#include "documents.h"

#include "cosbase/buf.h"

/* @n times @one, between @before and @after. */
static struct ask many(struct cos_buf *text, const char *target, const char *const part[3],
                       size_t n)
{
    cos_buf_clear(text);
    cos_buf_str(text, part[0]);
    for (size_t i = 0; i < n; i++) {
        const char *number = strchr(part[1], '#');
        cos_buf_span(text, cos_span_make(part[1], number == NULL ? strlen(part[1])
                                                                 : (size_t)(number - part[1])));
        if (number != NULL) {
            cos_buf_u64(text, i);
            cos_buf_str(text, number + 1);
        }
    }
    cos_buf_str(text, part[2]);
    return put_of(target, cos_buf_cstr(text));
}

static void more_than_there_may_be_is_refused(void **state)
{
    static const struct {
        const char *target, *part[3];
        size_t max;
        int status;
        const char *code;
    } rows[] = {
        {"/?cors",
         {"<CORSConfiguration>",
          "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
          "</CORSRule>",
          "</CORSConfiguration>"},
         100,
         200,
         "MalformedXML"},
        {"/?lifecycle",
         {"<LifecycleConfiguration>", "<Rule><ID>#</ID><Status>Enabled</Status></Rule>",
          "</LifecycleConfiguration>"},
         1000,
         200,
         "MalformedXML"},
        {"/?website",
         {"<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument>"
          "<RoutingRules>",
          "<RoutingRule><Condition><KeyPrefixEquals>a</KeyPrefixEquals></Condition><Redirect>"
          "<ReplaceKeyWith>b</ReplaceKeyWith></Redirect></RoutingRule>",
          "</RoutingRules></WebsiteConfiguration>"},
         100,
         200,
         "MalformedXML"},
        {"/?tagging",
         {"<Tagging><TagSet>", "<Tag><Key>k#</Key><Value>v</Value></Tag>",
          "</TagSet></Tagging>"},
         50,
         204,
         "BadRequest"},
        {"/?domain",
         {"<DomainConfiguration>",
          "<DomainRule><Status>ENABLED</Status><Name>n#.a.com</Name><Type>REST</Type>"
          "</DomainRule>",
          "</DomainConfiguration>"},
         20,
         200,
         "MalformedXML"},
        {"/?strict-signature",
         {"<StrictSignatureConfiguration>",
          "<Rule><ID>i#</ID><actionlist><action>*</action></actionlist></Rule>",
          "</StrictSignatureConfiguration>"},
         10,
         200,
         "MalformedXML"},
        {"/?strict-signature",
         {"<StrictSignatureConfiguration><Rule><ID>i</ID><actionlist>", "<action>a</action>",
          "</actionlist></Rule></StrictSignatureConfiguration>"},
         200,
         200,
         "MalformedXML"},
        {"/?referer",
         {"<RefererConfiguration><Status>Enabled</Status><RefererType>White-List</RefererType>"
          "<DomainList>",
          "<Domain>a.com</Domain>", "</DomainList></RefererConfiguration>"},
         30,
         200,
         "MalformedXML"},
    };
    struct door *d = *state;
    struct cos_buf text;
    cos_buf_init(&text, 1 << 20);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask most = many(&text, rows[i].target, rows[i].part, rows[i].max);
        door_expect(d, &most, rows[i].status, NULL);
        const struct ask more = many(&text, rows[i].target, rows[i].part, rows[i].max + 1);
        door_expect(d, &more, 400, rows[i].code);
    }
    cos_buf_deinit(&text);
}

#define TAG(key, value)                                                               \
    "<Tagging><TagSet><Tag><Key>" key "</Key><Value>" value "</Value></Tag></TagSet>" \
    "</Tagging>"
#define DAYS(inside) LIFE("<Rule><Status>Enabled</Status>" inside "</Rule>")

static const struct {
    const char *target, *text, *code;
} refusals[] = {
    {"/?cors", CORS(""), "MalformedXML"},
    {"/?cors", CORS(RULE("<AllowedMethod>GET</AllowedMethod>")), "MalformedXML"},
    {"/?cors", CORS(RULE("<AllowedOrigin>*</AllowedOrigin>")), "MalformedXML"},
    {"/?cors",
     CORS(RULE("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod>")),
     "InvalidArgument"},
    {"/?cors",
     CORS(RULE("<AllowedOrigin>*.a.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>")),
     "InvalidArgument"},
    {"/?cors",
     CORS(RULE("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
               "<MaxAgeSeconds>-1</MaxAgeSeconds>")),
     "InvalidArgument"},
    {"/?cors",
     CORS(RULE("<AllowedOrigin><b/></AllowedOrigin><AllowedMethod>GET</AllowedMethod>")),
     "MalformedXML"},
    /* s.6.2: c ut :444-449 wants 400 */
    {"/?lifecycle", LIFE("<Rule><ID>1</ID></Rule>"), "MalformedXML"},
    {"/?lifecycle", LIFE("<Rule><Status>On</Status></Rule>"), "InvalidArgument"},
    {"/?lifecycle", DAYS("<Transition><Days>1</Days></Transition>"), "MalformedXML"},
    {"/?lifecycle",
     DAYS("<Transition><Days>1</Days><StorageClass>WARM</StorageClass></Transition>"),
     "InvalidArgument"},
    {"/?lifecycle", DAYS("<Expiration><Days>0</Days></Expiration>"), "InvalidArgument"},
    {"/?lifecycle", DAYS("<Expiration><Days>3651</Days></Expiration>"), "InvalidArgument"},
    {"/?lifecycle", DAYS("<Expiration><Date>tomorrow</Date></Expiration>"), "InvalidArgument"},
    {"/?lifecycle", DAYS("<Expiration></Expiration>"), "MalformedXML"},
    {"/?lifecycle",
     DAYS("<Transition><Days>1</Days><StorageClass>ARCHIVE</StorageClass></Transition>"
          "<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>"),
     "InvalidArgument"},
    {"/?lifecycle",
     DAYS("<Transition><Days>30</Days><StorageClass>ARCHIVE</StorageClass></Transition>"
          "<Expiration><Days>30</Days></Expiration>"),
     "InvalidArgument"},
    {"/?lifecycle",
     DAYS("<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>"
          "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>"
          "</AbortIncompleteMultipartUpload>"),
     "InvalidArgument"},
    {"/?website", "<WebsiteConfiguration></WebsiteConfiguration>", "MalformedXML"},
    {"/?website", SITE(ROUTE("", "<ReplaceKeyWith>k</ReplaceKeyWith>")), "MalformedXML"},
    {"/?website",
     SITE(ROUTE("<HttpErrorCodeReturnedEquals>500</HttpErrorCodeReturnedEquals>",
                "<ReplaceKeyWith>k</ReplaceKeyWith>")),
     "InvalidArgument"},
    {"/?website", SITE(ROUTE("<KeyPrefixEquals>a</KeyPrefixEquals>", "")), "MalformedXML"},
    /* [T] node test:5108-5126: no rule is an error */
    {"/?encryption", "<ServerSideEncryptionConfiguration/>", "MalformedXML"},
    {"/?encryption",
     SSE("<ApplyServerSideEncryptionByDefault><SSEAlgorithm>DES</SSEAlgorithm>"
         "</ApplyServerSideEncryptionByDefault>"),
     "InvalidArgument"},
    {"/?tagging", TAG("", "v"), "InvalidTag"},
    {"/?tagging", TAG("a*b", "v"), "InvalidTag"},
    {"/?tagging", TAG("qcs:a", "v"), "InvalidTag"},
    {"/?tagging", TAG("project", "v"), "InvalidTag"},
    {"/?tagging",
     "<Tagging><TagSet><Tag><Key>k</Key><Value>1</Value></Tag><Tag><Key>k</Key>"
     "<Value>2</Value></Tag></TagSet></Tagging>",
     "InvalidTag"},
    {"/?tagging", "<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>",
     "MalformedXML"},
    {"/?logging",
     "<BucketLoggingStatus><LoggingEnabled><TargetBucket>none-1250000000</TargetBucket>"
     "<TargetPrefix></TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
     "InvalidTargetBucketForLogging"},
    {"/?referer",
     "<RefererConfiguration><Status>Enabled</Status><RefererType>Grey-List</RefererType>"
     "<DomainList><Domain>a.com</Domain></DomainList></RefererConfiguration>",
     "InvalidArgument"},
    {"/?referer",
     "<RefererConfiguration><Status>Enabled</Status><RefererType>Black-List</RefererType>"
     "<DomainList></DomainList></RefererConfiguration>",
     "MalformedXML"},
    /* cpp bucket_op_test.cpp:274-288 */
    {"/?domain",
     "<DomainConfiguration><DomainRule><Status>ENABLED</Status><Name>111</Name>"
     "<Type>REST</Type></DomainRule></DomainConfiguration>",
     "InvalidArgument"},
    {"/?origin", "<OriginConfiguration/>", "MalformedXML"},
    {"/?object-lock", "<ObjectLockConfiguration/>", "MalformedXML"},
    {"/?object-lock",
     "<ObjectLockConfiguration><ObjectLockEnabled>Disabled</ObjectLockEnabled>"
     "</ObjectLockConfiguration>",
     "InvalidArgument"},
    {"/?object-lock",
     "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
     "<DefaultRetention><Days>36501</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
     "InvalidArgument"},
    {"/?strict-signature",
     "<StrictSignatureConfiguration><Rule><ID>i</ID><actionlist><action>PostObject</action>"
     "</actionlist></Rule></StrictSignatureConfiguration>",
     "InvalidArgument"},
    {"/?strict-signature",
     "<StrictSignatureConfiguration><Rule><ID>i</ID><actionlist><action>*</action>"
     "</actionlist><headerlist><header>Origin</header></headerlist></Rule>"
     "</StrictSignatureConfiguration>",
     "InvalidArgument"},
    {"/?strict-signature",
     "<StrictSignatureConfiguration><Rule><ID>a b</ID><actionlist><action>*</action>"
     "</actionlist></Rule></StrictSignatureConfiguration>",
     "InvalidArgument"},
    {"/?accelerate", "<AccelerateConfiguration/>", "MalformedXML"},
    {"/?accelerate",
     "<AccelerateConfiguration><Status>Disabled</Status></AccelerateConfiguration>",
     "InvalidArgument"},
};

static void what_may_not_be_put_is_refused_by_its_code(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(refusals); i++) {
        const struct ask bad = put_of(refusals[i].target, refusals[i].text);
        struct answer a = door_ask(*state, &bad);
        if (a.status != 400 || strcmp(xml_of(&a, "Code"), refusals[i].code) != 0) {
            fail_msg("%s: %d %s, not %s", refusals[i].text, a.status, a.body, refusals[i].code);
        }
        answer_free(&a);
    }
}

static void a_refusal_names_the_line_the_element_and_what_would_be_right(void **state)
{
    const struct ask bad = put_of("/?accelerate", "<AccelerateConfiguration>\n"
                                                  "<Status>On</Status>\n"
                                                  "</AccelerateConfiguration>");
    struct answer a = door_ask(*state, &bad);
    assert_string_equal(answer_header(&a, "x-cosmock-reason"),
                        "execute: InvalidArgument: line 2: <Status> is 'On'; one of: Enabled "
                        "Suspended");
    answer_free(&a);
}

static void the_code_of_a_bad_value_is_what_the_switch_says(void **state)
{
    struct door *d = *state;
    const struct ask bad =
        put_of("/?accelerate",
               "<AccelerateConfiguration><Status>On</Status></AccelerateConfiguration>");
    door_expect(d, &bad, 400, "InvalidArgument");
    assert_int_equal(cosmock_switch_set(d->tenant, "bad-document-value", "MalformedXML", NULL),
                     0);
    door_expect(d, &bad, 400, "MalformedXML");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(more_than_there_may_be_is_refused),
        DOOR_TEST(what_may_not_be_put_is_refused_by_its_code),
        DOOR_TEST(a_refusal_names_the_line_the_element_and_what_would_be_right),
        DOOR_TEST(the_code_of_a_bad_value_is_what_the_switch_says),
    };
    return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
