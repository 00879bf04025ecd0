/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations of which a bucket has many, by an id: inventories, tiering rules,
 * certificates. Sources: cos-operations-2.md s.13, s.14, s.15; python ut/test.py at
 * cc3bdf0.
 */
#include "door.h"

#include "cosbase/buf.h"
#include "cosbase/file.h"

#include <unistd.h>

#define DECLARATION "<?xml version='1.0' encoding='utf-8' ?>\n"

static struct ask with_body(const char *method, const char *target, const char *text)
{
    return (struct ask){.method = method, .target = target, .body = text, .n = strlen(text)};
}

static void expect_text(struct door *d, const char *target, const char *text)
{
    struct answer a = door_send(d, "GET", target, NULL);
    if (a.status != 200 || strcmp(a.body + strlen(DECLARATION), text) != 0) {
        fail_msg("%s: %d %s", target, a.status, a.body);
    }
    answer_free(&a);
}

/* --- inventories --- */

#define TO(region)                                                                   \
    "<Destination><COSBucketDestination><Format>CSV</Format><AccountId>100000000001" \
    "</AccountId><Bucket>qcs::cos:" region "::examplebucket-1250000000</Bucket>"     \
    "<Prefix>list1</Prefix><Encryption><SSE-COS></SSE-COS></Encryption>"             \
    "</COSBucketDestination></Destination>"
#define LISTED "<IncludedObjectVersions>All</IncludedObjectVersions>"
#define DAILY "<Schedule><Frequency>Daily</Frequency></Schedule>"
#define FILTER                                                                          \
    "<Filter><And><Prefix>p</Prefix></And></Filter><OptionalFields><Field>Size</Field>" \
    "<Field>ETag</Field></OptionalFields>"
#define INVENTORY(id, inside) \
    "<InventoryConfiguration><Id>" id "</Id>" inside "</InventoryConfiguration>"
#define HERE TO("ap-guangzhou")

/* [T] go test:278-312: True becomes true. */
static void an_inventory_is_given_back_and_deleted(void **state)
{
    struct door *d = *state;
    const struct ask put =
        with_body("PUT", "/?inventory&id=a.b-_1",
                  INVENTORY("a.b-_1", "<IsEnabled>True</IsEnabled>" HERE DAILY FILTER LISTED));
    const struct ask get = {.method = "GET", .target = "/?inventory&id=a.b-_1"};
    const struct ask drop = {.method = "DELETE", .target = "/?inventory&id=a.b-_1"};
    door_expect(d, &get, 404, "InventoryConfigurationNotFoundError");
    door_expect(d, &drop, 204, NULL); /* python test.py:1942 */
    door_expect(d, &put, 200, NULL);
    expect_text(d, get.target,
                INVENTORY("a.b-_1", "<IsEnabled>true</IsEnabled>" HERE DAILY FILTER LISTED));
    door_expect(d, &drop, 204, NULL);
    door_expect(d, &get, 404, "InventoryConfigurationNotFoundError");
}

static void a_bad_inventory_is_refused_by_its_code(void **state)
{
    static const char on[] = "/?inventory&id=a";
    static const struct {
        const char *target, *text, *code;
    } rows[] = {
        {"/?inventory", INVENTORY("a", "<IsEnabled>true</IsEnabled>" HERE DAILY LISTED),
         "InvalidArgument"},
        {"/?inventory&id=a%20b",
         INVENTORY("a b", "<IsEnabled>true</IsEnabled>" HERE DAILY LISTED), "InvalidArgument"},
        {on, INVENTORY("b", "<IsEnabled>true</IsEnabled>" HERE DAILY LISTED),
         "InvalidArgument"},
        {on, INVENTORY("a", HERE DAILY LISTED), "MalformedXML"},
        {on, INVENTORY("a", "<IsEnabled>true</IsEnabled>" HERE LISTED), "MalformedXML"},
        {on, INVENTORY("a", "<IsEnabled>true</IsEnabled>" DAILY LISTED), "MalformedXML"},
        {on, INVENTORY("a", "<IsEnabled>true</IsEnabled>" TO("ap-beijing") DAILY LISTED),
         "InvalidArgument"},
        {on, INVENTORY("a", "<IsEnabled>1</IsEnabled>" HERE DAILY LISTED), "InvalidArgument"},
        {on, "", "MissingRequestBodyError"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask put = with_body("PUT", rows[i].target, rows[i].text);
        door_expect(*state, &put, 400, rows[i].code);
    }
}

static void put_numbered(struct door *d, unsigned number)
{
    char target[80];
    char text[900];
    (void)snprintf(target, sizeof(target), "/?inventory&id=ID-%u", number);
    (void)snprintf(
        text, sizeof(text),
        "<InventoryConfiguration><Id>ID-%u</Id><IsEnabled>true</IsEnabled>" HERE DAILY LISTED
        "</InventoryConfiguration>",
        number);
    const struct ask put = with_body("PUT", target, text);
    door_expect(d, &put, 200, NULL);
}

/* [T] python test.py:1841-1911: pages of 100, ids in the order they were made. */
static void inventories_are_listed_in_pages_in_the_order_of_their_birth(void **state)
{
    struct door *d = *state;
    char target[120] = "/?inventory";
    unsigned n = 0;
    expect_text(d, target,
                "<ListInventoryConfigurationResult><IsTruncated>false</IsTruncated>"
                "</ListInventoryConfigurationResult>");
    for (unsigned i = 0; i < 150; i++) {
        put_numbered(d, i);
    }
    put_numbered(d, 3); /* again: it keeps its place */
    for (unsigned page = 0; page < 2; page++) {
        struct answer a = door_send(d, "GET", target, NULL);
        const char *at = a.body;
        for (const char *id = xml_next(&at, "Id"); id != NULL; id = xml_next(&at, "Id")) {
            char wanted[20];
            (void)snprintf(wanted, sizeof(wanted), "ID-%u", n++);
            assert_string_equal(id, wanted);
        }
        assert_int_equal(n, page == 0 ? 100 : 150);
        assert_string_equal(xml_of(&a, "IsTruncated"), page == 0 ? "true" : "false");
        (void)snprintf(target, sizeof(target), "/?inventory&continuation-token=%s",
                       xml_of(&a, "NextContinuationToken"));
        answer_free(&a);
    }
    const struct ask bad = {.method = "GET", .target = "/?inventory&continuation-token=x"};
    door_expect(d, &bad, 400, "InvalidArgument");
}

static void the_thousand_and_first_inventory_is_one_too_many(void **state)
{
    struct door *d = *state;
    for (unsigned i = 0; i < 1000; i++) {
        put_numbered(d, i);
    }
    put_numbered(d, 999);
    const struct ask more =
        with_body("PUT", "/?inventory&id=more",
                  INVENTORY("more", "<IsEnabled>true</IsEnabled>" HERE DAILY LISTED));
    door_expect(d, &more, 400, "InventoryFull");
}

/* [T] python test.py:1912-1956. */
static void a_one_shot_inventory_is_in_no_list_and_is_not_posted_twice(void **state)
{
    struct door *d = *state;
    const struct ask post =
        with_body("POST", "/?inventory&id=once", INVENTORY("once", HERE FILTER LISTED));
    const struct ask get = {.method = "GET", .target = "/?inventory&id=once"};
    const struct ask drop = {.method = "DELETE", .target = "/?inventory&id=once"};
    door_expect(d, &post, 200, NULL);
    door_expect(d, &post, 400, "DuplicateInventoryId");
    door_expect(d, &get, 404, "InventoryConfigurationNotFoundError");
    door_expect(d, &drop, 204, NULL);
    door_expect(d, &post, 200, NULL);
}

/* --- intelligent tiering --- */

#define ONE(days)                                                                      \
    "<IntelligentTieringConfiguration><Status>Enabled</Status><Transition><Days>" days \
    "</Days><RequestFrequent>1</RequestFrequent></Transition>"                         \
    "</IntelligentTieringConfiguration>"
#define BY_ID(id, days)                                                                 \
    "<IntelligentTieringConfiguration><Id>" id "</Id><Status>Enabled</Status><Tiering>" \
    "<AccessTier>INFREQUENT</AccessTier><Days>" days "</Days><RequestFrequent>1"        \
    "</RequestFrequent></Tiering></IntelligentTieringConfiguration>"
#define RULES(inside)                                           \
    "<ListBucketIntelligentTieringConfigurationsOutput>" inside \
    "</ListBucketIntelligentTieringConfigurationsOutput>"

static void expect_sentence(struct door *d, const struct ask *q, const char *sentence)
{
    struct answer a = door_ask(d, q);
    assert_int_equal(a.status, 400);
    assert_string_equal(xml_of(&a, "Message"), sentence);
    answer_free(&a);
}

/* [T] python test.py:2355-2429: the sentences, and that the second name shows the first's. */
static void tiering_is_switched_on_once_and_shown_by_both_names(void **state)
{
    struct door *d = *state;
    const struct ask put = with_body("PUT", "/?intelligenttiering", ONE("60"));
    const struct ask second =
        with_body("PUT", "/?intelligent-tiering&id=default", BY_ID("default", "30"));
    expect_text(d, "/?intelligenttiering",
                "<IntelligentTieringConfiguration></IntelligentTieringConfiguration>");
    door_expect(d, &(struct ask){.method = "GET", .target = "/?intelligent-tiering&id=default"},
                404, "NoSuchConfiguration");
    door_expect(d, &put, 200, NULL);
    expect_text(d, "/?intelligenttiering", ONE("60"));
    expect_text(d, "/?intelligent-tiering&id=default", BY_ID("default", "60"));
    expect_text(d, "/?intelligent-tiering", RULES(BY_ID("default", "60")));
    expect_sentence(d, &put, "Not support modify intelligent tiering configuration");
    expect_sentence(d, &second, "The default rule cannot be modified");
}

static void the_default_rule_by_id_is_the_one_rule(void **state)
{
    struct door *d = *state;
    const struct ask bad =
        with_body("PUT", "/?intelligent-tiering&id=default", BY_ID("default", "31"));
    const struct ask put =
        with_body("PUT", "/?intelligent-tiering&id=default", BY_ID("default", "30"));
    door_expect(d, &bad, 400, "InvalidArgument");
    door_expect(d, &put, 200, NULL);
    expect_text(d, "/?intelligenttiering", ONE("30"));
    door_expect(d,
                &(struct ask){.method = "DELETE", .target = "/?intelligent-tiering&id=default"},
                400, "InvalidRequest");
}

static void tiering_rules_by_id_are_listed_behind_the_default(void **state)
{
    struct door *d = *state;
    const struct ask one = with_body("PUT", "/?intelligenttiering", ONE("30"));
    const struct ask b = with_body("PUT", "/?intelligent-tiering&id=b", BY_ID("b", "45"));
    const struct ask a = with_body("PUT", "/?intelligent-tiering&id=a", BY_ID("a", "46"));
    const struct ask other = with_body("PUT", "/?intelligent-tiering&id=c", BY_ID("a", "46"));
    const struct ask drop = {.method = "DELETE", .target = "/?intelligent-tiering&id=b"};
    door_expect(d, &one, 200, NULL);
    door_expect(d, &b, 200, NULL);
    door_expect(d, &a, 200, NULL);
    door_expect(d, &other, 400, "InvalidArgument");
    expect_text(d, "/?intelligent-tiering",
                RULES(BY_ID("default", "30") BY_ID("b", "45") BY_ID("a", "46")));
    expect_text(d, "/?intelligent-tiering&id=b", BY_ID("b", "45"));
    door_expect(d, &drop, 204, NULL);
    expect_text(d, "/?intelligent-tiering", RULES(BY_ID("default", "30") BY_ID("a", "46")));
}

static void a_bad_tiering_rule_is_refused(void **state)
{
    static const struct {
        const char *target, *text, *code;
    } rows[] = {
        {"/?intelligenttiering", ONE("31"), "InvalidArgument"},
        {"/?intelligenttiering", "<IntelligentTieringConfiguration/>", "MalformedXML"},
        {"/?intelligent-tiering", BY_ID("a", "30"), "InvalidArgument"},
        {"/?intelligent-tiering&id=a", BY_ID("a", "0"), "InvalidArgument"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask put = with_body("PUT", rows[i].target, rows[i].text);
        door_expect(*state, &put, 400, rows[i].code);
    }
}

/* --- domains and certificates --- */

#define DOMAIN(name)                                                                 \
    "<DomainConfiguration><DomainRule><Status>ENABLED</Status><Name>" name "</Name>" \
    "<Type>REST</Type></DomainRule></DomainConfiguration>"
#define SECRET_LINE "c2VjcmV0LWtleS1ieXRlcw=="
#define CERTIFICATE(name, cert, key)                                                  \
    "<DomainCertificate><CertificateInfo><CertType>CustomCert</CertType><CustomCert>" \
    "<CertId>crt-1</CertId><Cert>" cert "</Cert><PrivateKey>" key "</PrivateKey>"     \
    "</CustomCert></CertificateInfo><DomainList><DomainName>" name "</DomainName>"    \
    "</DomainList></DomainCertificate>"
#define CERT "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN RSA PRIVATE KEY-----\n" SECRET_LINE "\n-----END RSA PRIVATE KEY-----"
#define OF "/?domaincertificate&domainname=www.a.com"

/* [T] python test.py:1701-1786. */
static void a_domain_has_a_certificate_or_is_disabled(void **state)
{
    struct door *d = *state;
    const struct ask domain = with_body("PUT", "/?domain", DOMAIN("www.a.com"));
    const struct ask put =
        with_body("PUT", "/?domaincertificate", CERTIFICATE("www.a.com", CERT, KEY));
    const struct ask get = {.method = "GET", .target = OF};
    const struct ask drop = {.method = "DELETE", .target = OF};
    door_expect(d, &get, 404, "DomainConfigNotFoundError");
    door_expect(d, &domain, 200, NULL);
    expect_text(d, OF, "<DomainCertificate><Status>Disabled</Status></DomainCertificate>");
    door_expect(d, &put, 200, NULL);
    expect_text(d, OF,
                "<DomainCertificate><Status>Enabled</Status><CertificateInfo><CertId>crt-1"
                "</CertId></CertificateInfo></DomainCertificate>");
    door_expect(d, &drop, 204, NULL);
    expect_text(d, OF, "<DomainCertificate><Status>Disabled</Status></DomainCertificate>");
}

static void a_private_key_is_kept_and_shown_nowhere(void **state)
{
    struct door *d = *state;
    const struct ask put =
        with_body("PUT", "/?domaincertificate", CERTIFICATE("www.a.com", CERT, KEY));
    struct answer a = door_ask(d, &put);
    assert_int_equal(a.status, 200);
    assert_null(strstr(a.body, SECRET_LINE));
    answer_free(&a);
    char path[] = "/tmp/cosmock-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(cosmock_tenant_save(d->tenant, path, NULL), COSMOCK_OK);
    struct cos_buf file;
    cos_buf_init(&file, 1 << 22);
    assert_int_equal(cos_file_read(&file, path), 0);
    assert_int_equal(unlink(path), 0);
    assert_true(cos_span_find(cos_buf_view(&file), COS_SPAN_LIT("crt-1")) != SIZE_MAX);
    assert_true(cos_span_find(cos_buf_view(&file), COS_SPAN_LIT(SECRET_LINE)) == SIZE_MAX);
    cos_buf_deinit(&file);
}

static void a_bad_certificate_is_refused(void **state)
{
    static const char *const rows[] = {
        CERTIFICATE("www.a.com", "MIIB", KEY),
        CERTIFICATE("www.a.com", CERT, CERT),
        CERTIFICATE("nodots", CERT, KEY),
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask put = with_body("PUT", "/?domaincertificate", rows[i]);
        door_expect(*state, &put, 400, "InvalidArgument");
    }
    door_expect(*state, &(struct ask){.method = "GET", .target = "/?domaincertificate"}, 400,
                "InvalidArgument");
}

/* s.14: 409 for a name that is another bucket's; the header of GET. */
static void a_domain_is_one_bucket_s(void **state)
{
    struct door *d = *state;
    const char *host = "other-1250000000.cos.ap-guangzhou.myqcloud.com";
    const struct ask put = with_body("PUT", "/?domain", DOMAIN("www.a.com"));
    struct ask second = with_body("PUT", "/?domain", DOMAIN("WWW.a.com"));
    second.host = host;
    assert_int_equal(cosmock_bucket_put(d->tenant, "other-1250000000", "ap-guangzhou", NULL),
                     0);
    door_expect(d, &put, 200, NULL);
    door_expect(d, &put, 200, NULL); /* its own */
    door_expect(d, &second, 409, "RecordAlreadyExist");
    struct answer a = door_send(d, "GET", "/?domain", NULL);
    const char *said = answer_header(&a, "x-cos-domain-txt-verification");
    assert_int_equal(strlen(said), strlen("tencent-cloud-cos-verification=") + 32);
    assert_int_equal(strncmp(said, "tencent-cloud-cos-verification=", 31), 0);
    answer_free(&a);
}

/* The name would lead to one of the two. */
static void a_domain_is_one_tenant_s(void **state)
{
    struct door *d = *state;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_tenant *other = NULL;
    options.world_text = "accounts: [{uin: '2', appid: '12', keys: [{}]}]\n"
                         "buckets: [{name: theirs-12, region: ap-guangzhou}]\n"
                         "switches: {enforcement: 'off'}\n";
    assert_int_equal(cosmock_tenant_new(d->mock, &other, &options, NULL), COSMOCK_OK);
    const struct ask mine = with_body("PUT", "/?domain", DOMAIN("www.a.com"));
    struct ask theirs = mine;
    theirs.host = "theirs-12.cos.ap-guangzhou.myqcloud.com";
    door_expect(d, &mine, 200, NULL);
    door_expect(d, &theirs, 409, "RecordAlreadyExist");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/?domain"}, 204, NULL);
    door_expect(d, &theirs, 200, NULL);
    (void)cosmock_tenant_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(an_inventory_is_given_back_and_deleted),
        DOOR_TEST(a_bad_inventory_is_refused_by_its_code),
        DOOR_TEST(inventories_are_listed_in_pages_in_the_order_of_their_birth),
        DOOR_TEST(the_thousand_and_first_inventory_is_one_too_many),
        DOOR_TEST(a_one_shot_inventory_is_in_no_list_and_is_not_posted_twice),
        DOOR_TEST(tiering_is_switched_on_once_and_shown_by_both_names),
        DOOR_TEST(the_default_rule_by_id_is_the_one_rule),
        DOOR_TEST(tiering_rules_by_id_are_listed_behind_the_default),
        DOOR_TEST(a_bad_tiering_rule_is_refused),
        DOOR_TEST(a_domain_has_a_certificate_or_is_disabled),
        DOOR_TEST(a_private_key_is_kept_and_shown_nowhere),
        DOOR_TEST(a_bad_certificate_is_refused),
        DOOR_TEST(a_domain_is_one_bucket_s),
        DOOR_TEST(a_domain_is_one_tenant_s),
    };
    return cmocka_run_group_tests_name("keyed_documents", tests, NULL, NULL);
}
