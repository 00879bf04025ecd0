/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a world file says of buckets besides who may do what, and the faults it begins with:
 * docs/WORLD-FILE.md. What is kept is what PUT would have kept: the texts are those of
 * cos-operations-1.md and -2.md.
 */
#include "cosmock/fault.h"

#include "cosbase/file.h"
#include "scratch.h"
#include "services/ops.h"
#include "world/mock.h"
#include "world/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WORLD "world.yaml"
#define ACCOUNT "accounts: [{uin: '1', appid: '11', keys: [{}]}]\n"
#define BUCKET ACCOUNT "buckets:\n  - name: b-11\n    region: ap-guangzhou\n"
#define CORS                                                                          \
    "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET" \
    "</AllowedMethod></CORSRule></CORSConfiguration>"
#define REFERER                                                                           \
    "<RefererConfiguration><Status>Enabled</Status><RefererType>White-List</RefererType>" \
    "<DomainList><Domain>*.qq.com</Domain></DomainList>"                                  \
    "<EmptyReferConfiguration>Allow</EmptyReferConfiguration></RefererConfiguration>"
#define WHOLE                                                                        \
    BUCKET "    versioning: Enabled\n"                                               \
           "    tags: {team: \"a\", stage: test}\n"                                  \
           "    cors: {file: cors.xml}\n"                                            \
           "    referer: |\n      " REFERER "\n"                                     \
           "    acl: public-read\n"                                                  \
           "faults:\n"                                                               \
           "  - {kind: reply, op: GetObject, http_status: 503, skip: 1, times: 2}\n" \
           "  - {kind: header, header: x-cos-request-id, percent: 100}\n"

#define DOMAIN(name)                                                                 \
    "<DomainConfiguration><DomainRule><Status>ENABLED</Status><Name>" name "</Name>" \
    "<Type>REST</Type></DomainRule></DomainConfiguration>"
#define LOGGING                                                                 \
    "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs-11</TargetBucket>" \
    "<TargetPrefix>p/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
#define REPLICATION                                                                     \
    "<ReplicationConfiguration><Role>qcs::cam::uin/1:uin/1</Role><Rule><Status>Enabled" \
    "</Status><Prefix></Prefix><Destination><Bucket>qcs::cos:ap-guangzhou::logs-11"     \
    "</Bucket></Destination></Rule></ReplicationConfiguration>"
#define KEPT "    versioning: Enabled\n"
#define LOGS "  - name: logs-11\n    region: ap-guangzhou\n"
#define FAR "  - name: logs-11\n    region: ap-beijing\n"
/* What speaks of another bucket stands before it. */
#define SPEAKING                                                                     \
    BUCKET KEPT "    domain: '" DOMAIN("www.a.com") "'\n"                            \
                                                    "    logging: '" LOGGING "'\n"   \
                                                    "    replication: '" REPLICATION \
                                                    "'\n" LOGS KEPT

struct stage {
    struct scratch scratch;
    struct cosmock *mock;
    struct cosmock_tenant *t;
    struct cos_buf said;
};

static void hear(void *ctx, const char *text)
{
    struct stage *s = ctx;
    cos_buf_str(&s->said, text);
    cos_buf_ch(&s->said, '\n');
}

static void open_mock(struct stage *s)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_error err = {0};
    options.data_dir = "data";
    if (cosmock_new(&s->mock, &options, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static void close_mock(struct stage *s)
{
    s->t = cosmock_tenant_free(s->t);
    s->mock = cosmock_free(s->mock);
}

static int open_stage(void **state)
{
    static struct stage s;
    s = (struct stage){.t = NULL};
    cos_buf_init(&s.said, 1u << 16);
    scratch_enter(&s.scratch);
    open_mock(&s);
    *state = &s;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;
    close_mock(s);
    scratch_remove(&s->scratch);
    cos_buf_deinit(&s->said);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(cos_file_write(path, cos_span_of(text), 0644), 0);
}

/* The tenant of the world that stands in the file, new or again. */
static int try_tenant(struct stage *s, struct cosmock_error *err)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.name = "desk";
    options.world_file = WORLD;
    options.warn = hear;
    options.warn_ctx = s;
    cos_buf_clear(&s->said);
    return cosmock_tenant_new(s->mock, &s->t, &options, err);
}

static void make_tenant(struct stage *s, const char *world)
{
    struct cosmock_error err = {0};
    write_file(WORLD, world);
    if (try_tenant(s, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static void has_document(struct stage *s, enum bucket_document which, const char *text)
{
    struct bucket_view v = world_bucket_view(s->t, COS_SPAN_LIT("b-11"));
    struct cos_span kept = bucket_document(&v, which);
    if (!cos_span_eq_str(kept, text)) {
        fail_msg("%s: " COS_SPAN_FMT, bucket_document_name(which), COS_SPAN_ARG(kept));
    }
    bucket_view_release(&v);
}

static void has_all(struct stage *s)
{
    has_document(s, BUCKET_VERSIONING,
                 "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    has_document(s, BUCKET_TAGGING,
                 "<Tagging><TagSet><Tag><Key>team</Key><Value>a</Value></Tag><Tag><Key>stage"
                 "</Key><Value>test</Value></Tag></TagSet></Tagging>");
    has_document(s, BUCKET_CORS, CORS);
    has_document(s, BUCKET_REFERER, REFERER);
    has_document(s, BUCKET_ACL, "public-read");
}

/* Twice 503 behind the first GET, and no request id on what meets the second fault. */
static void has_faults(struct stage *s)
{
    static const bool hits_first[] = {false, true, true, false};
    struct cos_span key = COS_SPAN_LIT("k");
    struct fault_hit hit;
    for (size_t i = 0; i < COS_ARRAY_LEN(hits_first); i++) {
        const struct fault_question q = {ops_named("GetObject"), "cos", NULL, key};
        assert_true(world_fault_ask(s->t, &q, &hit));
        assert_int_equal(hit.kind, hits_first[i] ? COSMOCK_FAULT_REPLY : COSMOCK_FAULT_HEADER);
    }
    assert_string_equal(hit.header, "x-cos-request-id");
    assert_true(hit.drops_header);
}

static void a_bucket_is_what_the_file_says(void **state)
{
    struct stage *s = *state;
    write_file("cors.xml", CORS "\n");
    make_tenant(s, WHOLE);
    has_all(s);
    has_faults(s);
}

/* The buckets may stand in any order, and a reset judges them by themselves alone. */
static void a_configuration_may_speak_of_other_buckets(void **state)
{
    struct stage *s = *state;
    make_tenant(s, SPEAKING);
    for (int i = 0; i < 2; i++) {
        has_document(s, BUCKET_DOMAIN, DOMAIN("www.a.com"));
        has_document(s, BUCKET_LOGGING, LOGGING);
        has_document(s, BUCKET_REPLICATION, REPLICATION);
        assert_int_equal(cosmock_tenant_reset(s->t, NULL), COSMOCK_OK);
    }
    close_mock(s);
    open_mock(s);
    make_tenant(s, SPEAKING);
    assert_string_equal(cos_buf_cstr(&s->said), "");
}

/* x-cos-replication-time of GET: when the rules were put. */
static void rules_of_the_file_have_a_time(void **state)
{
    struct stage *s = *state;
    struct document_list list;
    make_tenant(s, SPEAKING);
    struct bucket_view v = world_bucket_view(s->t, COS_SPAN_LIT("b-11"));
    const struct store_bucket b = bucket_stored(&v);
    assert_int_equal(documents_list(s->t->rows, &b, COS_SPAN_LIT("replication-created"), &list),
                     STORE_OK);
    assert_int_equal(list.n, 1);
    document_list_deinit(&list);
    bucket_view_release(&v);
}

static void a_domain_of_another_tenant_is_refused(void **state)
{
    struct stage *s = *state;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_tenant *other = NULL;
    struct cosmock_error err = {0};
    make_tenant(s, SPEAKING);
    options.world_text =
        "accounts: [{uin: '2', appid: '12', keys: [{}]}]\n"
        "buckets: [{name: c-12, region: ap-guangzhou, domain: '" DOMAIN("www.a.com") "'}]\n";
    assert_int_equal(cosmock_tenant_new(s->mock, &other, &options, &err), COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "'www.a.com' is another bucket's"));
}

/* Its files may have gone, and what clients did is undone. */
static void a_reset_finds_all_of_it_again(void **state)
{
    struct stage *s = *state;
    write_file("cors.xml", CORS);
    make_tenant(s, WHOLE);
    assert_int_equal(unlink("cors.xml"), 0);
    assert_int_equal(unlink(WORLD), 0);
    assert_int_equal(cosmock_bucket_versioning_set(s->t, "b-11", COSMOCK_VERSIONING_SUSPENDED,
                                                   NULL),
                     COSMOCK_OK);
    cosmock_fault_clear(s->t);
    for (int i = 0; i < 2; i++) {
        struct cosmock_error err = {0};
        if (cosmock_tenant_reset(s->t, &err) != COSMOCK_OK) {
            fail_msg("%s", err.message);
        }
        has_all(s);
        has_faults(s);
    }
}

/* Configurations are the tenant's from then on; faults are no state and are planted again. */
static void a_restart_tells_what_is_otherwise_and_plants_the_faults(void **state)
{
    struct stage *s = *state;
    write_file("cors.xml", CORS);
    make_tenant(s, WHOLE);
    close_mock(s);
    open_mock(s);
    make_tenant(s, WHOLE);
    assert_string_equal(cos_buf_cstr(&s->said), "");
    has_all(s);
    has_faults(s);
    assert_int_equal(cosmock_bucket_versioning_set(s->t, "b-11", COSMOCK_VERSIONING_SUSPENDED,
                                                   NULL),
                     COSMOCK_OK);
    close_mock(s);
    open_mock(s);
    write_file("cors.xml", "<CORSConfiguration><CORSRule><AllowedOrigin>a</AllowedOrigin>"
                           "<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>");
    make_tenant(s, WHOLE);
    assert_string_equal(cos_buf_cstr(&s->said),
                        WORLD " is not applied to tenant 'desk', which was made before: the "
                              "cors of bucket b-11 is another in the tenant\n" WORLD
                              " is not applied to tenant 'desk', which was made before: the "
                              "versioning of bucket b-11 is another in the tenant\n");
    has_document(s, BUCKET_CORS, CORS);
}

/* Objects are the tenant's from then on, as its configurations are. */
static void a_restart_tells_of_objects_that_are_otherwise(void **state)
{
    static const char world[] =
        BUCKET "    objects: {a: {file: a.bin}, b: {text: x, acl: public-read}, c: y}\n";
    struct stage *s = *state;
    char *bytes;
    size_t n;
    assert_int_equal(cos_file_write("a.bin", COS_SPAN_LIT("\0\1\xff"), 0644), 0);
    make_tenant(s, world);
    assert_int_equal(cosmock_object_get(s->t, "b-11", "a", (void **)&bytes, &n, NULL), 0);
    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "\0\1\xff", 3);
    free(bytes);
    close_mock(s);
    open_mock(s);
    make_tenant(s, world);
    assert_string_equal(cos_buf_cstr(&s->said), "");
    assert_int_equal(cosmock_object_put(s->t, "b-11", "b", "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_delete(s->t, "b-11", "c", NULL), 0);
    close_mock(s);
    open_mock(s);
    make_tenant(s, world);
    const char *const says[] = {"the object 'b' of bucket b-11 is another in the tenant",
                                "the object 'c' of bucket b-11 is in the file and not in the "
                                "tenant"};
    for (size_t i = 0; i < COS_ARRAY_LEN(says); i++) {
        assert_non_null(strstr(cos_buf_cstr(&s->said), says[i]));
    }
    assert_null(strstr(cos_buf_cstr(&s->said), "the object 'a'"));
}

static void what_is_wrong_is_refused_where_it_stands(void **state)
{
    static const struct {
        const char *world, *says;
    } rows[] = {
        {BUCKET "    versioning: On\n",
         ":5: 'versioning' must be Enabled or Suspended, not 'On'"},
        {BUCKET "    tags: [a]\n", ":5: 'tags' must be a mapping, not a list"},
        {BUCKET "    tags: {qcs:a: b}\n", "keys of the cloud begin with 'qcs:'"},
        {BUCKET "    cors: '<CORSConfiguration>'\n", ":5: 'cors': line 1 column"},
        {BUCKET "    cors: '<Cors/>'\n",
         ":5: 'cors': its element is <Cors>, not <CORSConfiguration>"},
        {BUCKET "    cors: '<CORSConfiguration><CORSRule/></CORSConfiguration>'\n",
         ":5: 'cors': line 1: "},
        {BUCKET "    cors: {file: none.xml}\n", ":5: cannot read none.xml: No such file"},
        {BUCKET "    cors: {path: none.xml}\n", ":5: unknown key 'path' in cors"},
        {BUCKET "    cors: {}\n", ":5: missing key 'file'"},
        {BUCKET "    corz: x\n", ":5: unknown key 'corz' in buckets; known are: name|region|"},
        {BUCKET "    logging: '" LOGGING "'\n",
         ":5: 'logging': line 1: 'logs-11' is no bucket of 1 in ap-guangzhou"},
        {BUCKET "    logging: '" LOGGING "'\n" FAR, ":5: 'logging': line 1: 'logs-11' is no"},
        {BUCKET KEPT "    replication: '" REPLICATION "'\n",
         ":6: 'replication': line 1: no bucket logs-11 in ap-guangzhou"},
        {BUCKET KEPT "    replication: '" REPLICATION "'\n" LOGS,
         ":6: 'replication': line 1: versioning of bucket logs-11 is not Enabled"},
        {BUCKET "    replication: '" REPLICATION "'\n" LOGS KEPT,
         ":5: 'replication': line 1: versioning of bucket b-11 is not Enabled"},
        {BUCKET "    domain: '" DOMAIN("www.a.com") "'\n" LOGS
                                                    "    domain: '" DOMAIN("WWW.A.com") "'\n",
         ":8: 'domain': line 1: the domain 'WWW.A.com' is another bucket's"},
        {BUCKET "    versioning: Suspended\n"
                "    object-lock: '<ObjectLockConfiguration><ObjectLockEnabled>Enabled"
                "</ObjectLockEnabled></ObjectLockConfiguration>'\n",
         ":6: 'object-lock' and versioning that is Suspended"},
        {ACCOUNT "faults: [{op: GetObject}]\n", ":2: missing key 'kind'"},
        {ACCOUNT "faults: [{kind: repli}]\n", ":2: 'kind' of a fault must be reply,"},
        {ACCOUNT "faults: [{kind: reply, op: GetObjekt}]\n", "the nearest is GetObject"},
        {ACCOUNT "faults: [{kind: reply, http_status: 99}]\n",
         ":2: 'http_status' of a fault must be a whole number from 200 to 599"},
        {ACCOUNT "faults: [{kind: delay, amount: -1}]\n",
         ":2: amount -1 of a fault must not be negative"},
        {ACCOUNT "faults: [{kind: delay, amonut: 1}]\n", ":2: unknown key 'amonut' in a fault"},
        {ACCOUNT "faults: {kind: delay}\n", ":2: 'faults' must be a list, not a mapping"},
    };
    struct stage *s = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_error err = {0};
        write_file(WORLD, rows[i].world);
        if (try_tenant(s, &err) != COSMOCK_E_INVALID ||
            strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].says, err.message);
        }
    }
}

/* Whoever may call the control API must not read files with the rights of who runs the mock. */
static void a_world_that_is_no_file_names_none(void **state)
{
    struct stage *s = *state;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_error err = {0};
    write_file("cors.xml", CORS);
    options.world_text = BUCKET "    cors: {file: cors.xml}\n";
    assert_int_equal(cosmock_tenant_new(s->mock, &s->t, &options, &err), COSMOCK_E_INVALID);
    assert_non_null(
        strstr(err.message, "world:5: 'file' is for a world that is a file itself"));
}

#define STAGE_TEST(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(a_bucket_is_what_the_file_says),
        STAGE_TEST(a_configuration_may_speak_of_other_buckets),
        STAGE_TEST(rules_of_the_file_have_a_time),
        STAGE_TEST(a_domain_of_another_tenant_is_refused),
        STAGE_TEST(a_reset_finds_all_of_it_again),
        STAGE_TEST(a_restart_tells_what_is_otherwise_and_plants_the_faults),
        STAGE_TEST(a_restart_tells_of_objects_that_are_otherwise),
        STAGE_TEST(what_is_wrong_is_refused_where_it_stands),
        STAGE_TEST(a_world_that_is_no_file_names_none),
    };
    return cmocka_run_group_tests_name("worldfile_documents", tests, NULL, NULL);
}
