/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of a tenant: what a world file may say and how it is refused, that tenants share
 * nothing, clocks, faults, the journal and its waits, keys.
 */
#include "world/world.h"

#include "issue.h"
#include "json.h"
#include "services/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct cosmock *mock_of(void **state)
{
    return *state;
}

static int setup(void **state)
{
    struct cosmock *mock = NULL;
    int r = cosmock_new(&mock, NULL, NULL);
    *state = mock;
    return r;
}

static int teardown(void **state)
{
    cosmock_free(*state);
    return 0;
}

#define ACCOUNT "accounts:\n  - uin: \"100000000001\"\n    appid: \"1250000000\"\n"

static struct cosmock_tenant *tenant(struct cosmock *mock, const char *name, const char *world,
                                     uint64_t seed)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.name = name;
    options.world_text = world;
    options.seed = seed;
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err;
    if (cosmock_tenant_new(mock, &t, &options, &err) < 0) {
        fail_msg("%s", err.message);
    }
    return t;
}

static void the_built_in_world_has_all_a_client_needs(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    assert_string_equal(info.bucket, "examplebucket-1250000000");
    assert_string_equal(info.region, "ap-guangzhou");
    assert_string_equal(info.appid, "1250000000");
    assert_int_equal(strlen(info.secret_id), 36);
    assert_int_equal(strlen(info.secret_key), 32);
    assert_string_equal(info.endpoint_suffix, "cos.mock.test");
}

static void a_seed_gives_the_same_keys_in_every_run(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 7);
    struct cosmock_world_info first;
    cosmock_world_info(t, &first);
    char id[64];
    (void)snprintf(id, sizeof(id), "%s", first.secret_id);
    cosmock_tenant_free(t);
    t = tenant(mock_of(state), "a", NULL, 7);
    struct cosmock_world_info second;
    cosmock_world_info(t, &second);
    assert_string_equal(second.secret_id, id);
}

#define MAY_ASSUME "{\"effect\":\"allow\",\"action\":\"name/sts:AssumeRole\""
#define ROLE(trust) ACCOUNT "    roles: [{name: r, trust: '" trust "'}]\n"
#define PLAIN "{\"version\":\"2.0\",\"statement\":[" MAY_ASSUME ",\"principal\":\"*\"}]}"
#define TRUST(principal) \
    ROLE("{\"version\":\"2.0\",\"statement\":[" MAY_ASSUME ",\"principal\":" principal "}]}")
static void bad_worlds_are_refused_with_file_line_and_key(void **state)
{
    static const struct {
        const char *name, *text, *says;
    } rows[] = {
        {"not YAML", "accounts: [", "world:"},
        {"unknown key", "accouts: []\n", "world:1: unknown key 'accouts'"},
        {"unknown account key", ACCOUNT "    colour: red\n", "world:4: unknown key 'colour'"},
        {"accounts is a word", "accounts: none\n", "'accounts' must be a list"},
        {"missing uin", "accounts:\n  - appid: \"1\"\n", "missing key 'uin'"},
        {"uin of letters", "accounts:\n  - uin: abc\n    appid: \"1\"\n",
         "world:2: 'uin' must be"},
        {"same uin twice", ACCOUNT "  - uin: \"100000000001\"\n    appid: \"2\"\n",
         "appears twice"},
        {"same secret id twice", ACCOUNT "    keys: [{secret_id: A}, {secret_id: A}]\n",
         "secret_id A is taken"},
        {"bucket without appid", ACCOUNT "buckets:\n  - {name: data, region: r}\n",
         "must be <name>-<appid"},
        {"bucket in capitals", ACCOUNT "buckets:\n  - {name: Data-1250000000, region: r}\n",
         "'name' must be"},
        {"bucket twice",
         ACCOUNT
         "buckets:\n  - {name: a-1250000000, region: r}\n  - {name: a-1250000000, region: r}\n",
         "is taken"},
        {"bucket of nobody",
         ACCOUNT "buckets:\n  - {name: a-1250000000, region: r, owner: \"5\"}\n",
         "no account with uin 5"},
        {"bucket without any account", "buckets:\n  - {name: a-1, region: r}\n",
         "needs an account"},
        {"bad policy", ACCOUNT "    users:\n      - uin: \"2\"\n        policies: ['{}']\n",
         "world:6: policy"},
        {"policy of no name",
         ACCOUNT "    users:\n      - uin: \"2\"\n        policies: [missing]\n",
         "'missing' is neither"},
        {"a role that trusts nobody", ACCOUNT "    roles: [{name: r}]\n",
         "world:4: missing key 'trust'"},
        {"a role with blanks in its name", ACCOUNT "    roles: [{name: 'a b'}]\n",
         "world:4: 'name' must be 1 to 128"},
        {"a trust policy without principal",
         ROLE("{\"version\":\"2.0\",\"statement\":[" MAY_ASSUME "}]}"),
         "statement 0: missing element 'principal': a trust policy"},
        {"a principal of nobody", TRUST("{\"qcs\":\"qcs::cam::uin/1:dog/rex\"}"),
         "roleName/<name> or role/<id>"},
        {"a principal below no known word", TRUST("{\"people\":\"rex\"}"),
         "'principal' has 'people'; known are qcs, service, federated"},
        {"an empty principal", TRUST("{}"), "'principal' must name somebody below"},
        {"an operator that is none",
         TRUST("\"*\",\"condition\":{\"ip_equals\":{\"qcs:ip\":\"10.0.0.1\"}}"),
         "condition operator 'ip_equals' is none; the nearest is ip_equal"},
        {"a condition key that no call of STS carries",
         TRUST("\"*\",\"condition\":{\"string_equal\":{\"cos:prefix\":\"a\"}}"),
         "condition key 'cos:prefix' must be sts:external_id"},
        {"a session of more than twelve hours",
         ACCOUNT "    roles: [{name: r, max_session_seconds: 43201, trust: '" PLAIN "'}]\n",
         "'max_session_seconds' must be a number from 1 to 43200"},
        {"the same role twice",
         ACCOUNT "    roles: [{name: r, trust: '" PLAIN "'}, {name: r, trust: '" PLAIN "'}]\n",
         "role 'r' appears twice"},
        {"a bucket of a role",
         ACCOUNT "    roles: [{name: r, id: '7', trust: '" PLAIN
                 "'}]\nbuckets: [{name: a-1250000000, region: r, owner: '7'}]\n",
         "7 is a role"},
        {"a provider of no kind", ACCOUNT "    providers: [{name: p, issuer: i}]\n",
         "'kind' of a provider must be oidc or saml"},
        {"keys that are none",
         ACCOUNT "    providers: [{name: p, kind: oidc, issuer: i, jwks: '[]'}]\n",
         "'jwks' must be JSON text"},
        {"a client with a blank",
         ACCOUNT "    providers: [{name: p, kind: oidc, issuer: i, clients: ['a b']}]\n",
         "a client is a word"},
        {"a device without base32", ACCOUNT "    mfa: '0189'\n", "'mfa' must be 1 to 64"},
        {"unknown switch", "switches:\n  colour: red\n", "world:2: unknown switch 'colour'"},
        {"bad switch value", "switches:\n  enforcement: perhaps\n",
         "it takes: enforce|soft|off"},
        {"suffix in capitals", "suffixes: [COS.test]\n", "a suffix is"},
        {"duplicate key", "suffixes: []\nsuffixes: []\n", "world:2"},
        {"alias", "suffixes: &a [x]\nbuckets: *a\n", "world:1"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
        options.world_text = rows[i].text;
        struct cosmock_tenant *t = NULL;
        struct cosmock_error err = {0};
        int r = cosmock_tenant_new(mock_of(state), &t, &options, &err);
        if (r >= 0 || strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %d '%s'", rows[i].name, r, err.message);
        }
    }
    assert_null(registry_first(mock_of(state)));
}

static void a_missing_world_file_is_named(void **state)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_file = "no/such/world.yaml";
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err = {0};
    assert_int_equal(cosmock_tenant_new(mock_of(state), &t, &options, &err), COSMOCK_E_IO);
    assert_non_null(strstr(err.message, "no/such/world.yaml"));
}

/* Another tenant may have a bucket of the very name that a number gives. */
static void a_built_in_tenant_finds_a_name_that_is_free(void **state)
{
    struct cosmock *mock = mock_of(state);
    struct cosmock_tenant *a = tenant(mock, "a", NULL, 0);
    struct cosmock_tenant *b = tenant(mock, "b", NULL, 0);
    struct cosmock_world_info info;
    char next[96];
    unsigned long long number = 0;
    cosmock_world_info(b, &info);
    assert_int_equal(sscanf(info.bucket, "examplebucket-%llu-1250000000", &number), 1);
    for (unsigned i = 0; i < 2; i++) { /* as it would be, and the one behind */
        (void)snprintf(next, sizeof(next), "examplebucket-%llu%s-1250000000", number + 1,
                       i == 0 ? "" : "-2");
        assert_int_equal(cosmock_bucket_put(a, next, "ap-guangzhou", NULL), 0);
    }
    struct cosmock_tenant *c = tenant(mock, "c", NULL, 0);
    cosmock_world_info(c, &info);
    char own[96];
    (void)snprintf(own, sizeof(own), "%s", info.bucket);
    assert_int_equal(cosmock_object_count(a, own), -1);
    assert_int_equal(cosmock_object_put(c, own, "k", "x", 1, NULL), 0);
    cosmock_tenant_free(a); /* and its names are free */
    assert_int_equal(cosmock_tenant_reset(c, NULL), 0);
    assert_int_equal(cosmock_object_count(c, own), 0); /* it keeps the one it has */
}

static void tenants_share_nothing(void **state)
{
    struct cosmock_tenant *a =
        tenant(mock_of(state), "a",
               ACCOUNT
               "    keys: [{secret_id: IDA}]\nbuckets: [{name: a-1250000000, region: r}]\n",
               0);
    struct cosmock_tenant *b =
        tenant(mock_of(state), "b",
               ACCOUNT
               "    keys: [{secret_id: IDB}]\nbuckets: [{name: b-1250000000, region: r}]\n",
               0);
    assert_int_equal(cosmock_object_put(a, "a-1250000000", "k", "x", 1, NULL), 0);
    struct cosmock_error err;
    assert_int_equal(cosmock_object_put(b, "a-1250000000", "k", "x", 1, &err),
                     COSMOCK_E_NOT_FOUND);
    assert_int_equal(cosmock_bucket_put(b, "a-1250000000", "r", &err), COSMOCK_E_EXISTS);
    cosmock_clock_freeze(a, COSMOCK_CLOCK_TOKEN, 5);
    assert_true(cosmock_clock_now_unix_ms(b, COSMOCK_CLOCK_TOKEN) > 1000000);
    struct cosmock_fault fault = {.size = sizeof(fault),
                                  .kind = COSMOCK_FAULT_DELAY,
                                  .amount = 1};
    assert_int_equal(cosmock_fault_push(a, &fault, NULL, NULL), 0);
    struct fault_hit hit;
    const struct fault_question put = {ops_named("PutObject"), "cos", NULL, COS_SPAN_LIT("k")};
    assert_false(world_fault_ask(b, &put, &hit));
    assert_true(world_fault_ask(a, &put, &hit));
    struct bucket_view bucket;
    struct cosmock_tenant *found =
        registry_by_bucket(mock_of(state), COS_SPAN_LIT("b-1250000000"), &bucket);
    assert_ptr_equal(found, b);
    assert_string_equal(bucket.bucket->name, "b-1250000000");
    bucket_view_release(&bucket);
    tenant_unref(found);
    found = registry_by_secret_id(mock_of(state), COS_SPAN_LIT("IDA"));
    assert_ptr_equal(found, a);
    tenant_unref(found);
    cosmock_tenant_free(a);
    assert_null(registry_by_bucket(mock_of(state), COS_SPAN_LIT("a-1250000000"), &bucket));
    assert_int_equal(cosmock_bucket_put(b, "a-1250000000", "r", NULL), 0);
}

static void each_clock_moves_alone(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    cosmock_clock_freeze(t, COSMOCK_CLOCK_SIGNATURE, 1000000);
    cosmock_clock_freeze(t, COSMOCK_CLOCK_TOKEN, 2000000);
    cosmock_clock_advance(t, COSMOCK_CLOCK_TOKEN, 3600000);
    struct clock_sample now;
    world_clock_sample(t, &now);
    assert_int_equal(now.signature_unix_ms, 1000000);
    assert_int_equal(now.token_unix_ms, 5600000);
    assert_true(now.modification_unix_ms == now.real_unix_ms);
    cosmock_clock_follow(t, COSMOCK_CLOCK_TOKEN, -5000);
    world_clock_sample(t, &now);
    assert_int_equal(now.token_unix_ms, now.real_unix_ms - 5000);
}

/* A program may say any number; no sum of two overflows (this test runs under UBSan, too). */
static void clocks_stop_at_the_ends_of_time(void **state)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN, INT64_MAX, INT64_MAX, INT64_MAX};
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);

    for (int which = 0; which < COSMOCK_CLOCKS; which++) {
        for (size_t i = 0; i < COS_ARRAY_LEN(extremes); i++) {
            int64_t end = extremes[i] < 0 ? 0 : COSMOCK_CLOCK_MAX_UNIX_MS;

            cosmock_clock_follow(t, which, extremes[i]);
            assert_true(cosmock_clock_now_unix_ms(t, which) == end);
            cosmock_clock_advance(t, which, extremes[i]);
            assert_true(cosmock_clock_now_unix_ms(t, which) == end);
            cosmock_clock_freeze(t, which, extremes[i]);
            assert_true(cosmock_clock_now_unix_ms(t, which) == end);
            cosmock_clock_advance(t, which, extremes[i]);
            assert_true(cosmock_clock_now_unix_ms(t, which) == end);
        }
    }
}

/* As a program compiled with an older header has them: what lies behind is its own, here
 * pointers to nowhere. */
static void structs_are_read_as_far_as_their_size(void **state)
{
    struct cosmock *mock = mock_of(state);
    struct cosmock_tenant *t = tenant(mock, "a", NULL, 0);
    struct cosmock_fault fault = {.size = offsetof(struct cosmock_fault, location),
                                  .kind = COSMOCK_FAULT_RESET,
                                  .location = (const char *)(uintptr_t)1};
    struct cosmock_journal_query query = {.size =
                                              offsetof(struct cosmock_journal_query, bucket),
                                          .bucket = (const char *)(uintptr_t)1,
                                          .key = (const char *)(uintptr_t)1,
                                          .http_status = 999};
    const struct cosmock_transport_refusal dropped = {"tls-handshake", "", "", true, NULL};
    assert_int_equal(cosmock_fault_push(t, &fault, NULL, NULL), COSMOCK_OK);
    cosmock_refused_by_transport(mock, &dropped);
    struct cosmock_entry *entries = NULL;
    assert_int_equal(cosmock_journal_read(t, &entries, &query), 1);
    (void)cosmock_entries_free(entries);
}

static void structs_without_a_size_are_refused_by_name(void **state)
{
    static const struct cosmock_options options;
    static const struct cosmock_tenant_options tenant_options;
    static const struct cosmock_fault fault;
    static const struct cosmock_journal_query query;
    struct cosmock *mock = mock_of(state);
    struct cosmock_tenant *t = tenant(mock, "a", NULL, 0);
    struct cosmock *other = NULL;
    struct cosmock_error err = {0};
    assert_int_equal(cosmock_new(&other, &options, &err), COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "COSMOCK_OPTIONS_INIT"));
    struct cosmock_tenant *second = NULL;
    assert_int_equal(cosmock_tenant_new(mock, &second, &tenant_options, &err),
                     COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "COSMOCK_TENANT_OPTIONS_INIT"));
    assert_int_equal(cosmock_fault_push(t, &fault, NULL, &err), COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "COSMOCK_FAULT_INIT"));
    struct cosmock_entry *entries = NULL;
    assert_int_equal(cosmock_journal_read(t, &entries, &query), COSMOCK_E_INVALID);
    assert_int_equal(cosmock_journal_wait(t, &query, 0), COSMOCK_E_INVALID);
}

static void a_fault_out_of_range_is_refused_with_the_range(void **state)
{
    static const struct {
        struct cosmock_fault fault;
        const char *message;
    } rows[] = {
        {{.kind = COSMOCK_FAULT_DELAY, .amount = 86400001},
         "between 0 and 86400000 ms (a day)"},
        {{.kind = COSMOCK_FAULT_DELAY, .amount = INT64_MAX},
         "between 0 and 86400000 ms (a day)"},
        {{.kind = COSMOCK_FAULT_CORRUPT, .amount = INT64_MIN}, "must not be negative"},
        {{.kind = COSMOCK_FAULT_REPLY, .http_status = 199}, "between 200 and 599"},
        {{.kind = COSMOCK_FAULT_RESET, .http_status = INT32_MAX}, "between 200 and 599"},
    };
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    struct cosmock_fault day = {.size = sizeof(day),
                                .kind = COSMOCK_FAULT_DELAY,
                                .amount = 86400000};

    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_fault fault = rows[i].fault;

        fault.size = sizeof(fault);
        struct cosmock_error err = {0};
        assert_int_equal(cosmock_fault_push(t, &fault, NULL, &err), COSMOCK_E_INVALID);
        assert_non_null(strstr(err.message, rows[i].message));
    }
    assert_int_equal(cosmock_fault_push(t, &day, NULL, NULL), COSMOCK_OK);
}

static void a_tenant_has_a_thousand_faults_at_most(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    struct cosmock_fault fault = {.size = sizeof(fault), .kind = COSMOCK_FAULT_RESET};
    uint64_t id = 0;

    for (int i = 0; i < 1000; i++) {
        assert_int_equal(cosmock_fault_push(t, &fault, &id, NULL), COSMOCK_OK);
    }
    struct cosmock_error err = {0};
    assert_int_equal(cosmock_fault_push(t, &fault, NULL, &err), COSMOCK_E_INVALID);
    assert_string_equal(err.message, "the tenant has 1000 faults already: take some back");
    assert_true(cosmock_fault_remove(t, id));
    assert_int_equal(cosmock_fault_push(t, &fault, NULL, NULL), COSMOCK_OK);
}

static void a_fault_hits_the_right_operation_the_right_number_of_times(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    struct cosmock_fault fault = {.size = sizeof(fault),
                                  .op = "PutObject",
                                  .key_glob = "a/*",
                                  .skip = 1,
                                  .times = 2,
                                  .kind = COSMOCK_FAULT_REPLY,
                                  .http_status = 503};
    uint64_t id = 0;
    assert_int_equal(cosmock_fault_push(t, &fault, &id, NULL), 0);
    static const struct {
        const char *op, *key;
        bool want;
    } asks[] = {{"GetObject", "a/x", false},  {"PutObject", "b/x", false},
                {"PutObject", "a/x", false},  {"PutObject", "a/x", true},
                {"PutObject", "a/y/z", true}, {"PutObject", "a/x", false}};
    for (size_t i = 0; i < COS_ARRAY_LEN(asks); i++) {
        struct fault_hit hit;
        const struct fault_question asked = {ops_named(asks[i].op), "cos", NULL,
                                             cos_span_of(asks[i].key)};
        if (world_fault_ask(t, &asked, &hit) != asks[i].want) {
            fail_msg("ask %zu", i);
        }
    }
    assert_int_equal(cosmock_fault_hits(t, id), 2);
    assert_true(cosmock_fault_remove(t, id));
    assert_false(cosmock_fault_remove(t, id));
    assert_true(cosmock_fault_hits(t, id) == UINT64_MAX);
    fault.http_status = 42;
    struct cosmock_error err;
    assert_int_equal(cosmock_fault_push(t, &fault, &id, &err), COSMOCK_E_INVALID);
}

/* Such a rule would be kept and never hit. */
static void a_fault_of_no_operation_is_refused_with_the_nearest(void **state)
{
    static const struct {
        const char *op, *says;
    } rows[] = {
        {"PutObjekt", "op of a fault: no operation is called 'PutObjekt'; the nearest is "
                      "PutObject; 'cosmock ops' lists them"},
        {"putobject", "the nearest is PutObject;"},
        {"GetFederatonToken", "the nearest is GetFederationToken;"},
        {"Nope", "no operation is called 'Nope'; 'cosmock ops'"},
        {"*Multipart*", "no operation is called '*Multipart*' (a name, not a pattern)"},
        {"", "no operation is called ''"},
    };
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_fault fault = COSMOCK_FAULT_INIT;
        fault.op = rows[i].op;
        fault.kind = COSMOCK_FAULT_RESET;
        struct cosmock_error err = {0};
        int r = cosmock_fault_push(t, &fault, NULL, &err);
        if (r != COSMOCK_E_INVALID || strstr(err.message, rows[i].says) == NULL) {
            fail_msg("'%s': %d '%s'", rows[i].op, r, err.message);
        }
    }
}

static void the_journal_keeps_order_and_forgets_the_oldest(void **state)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    options.journal_max = 100;
    struct cosmock *mock = NULL;
    assert_int_equal(cosmock_new(&mock, &options, NULL), 0);
    struct cosmock_tenant *t = tenant(mock, "a", NULL, 0);
    for (int i = 0; i < 250; i++) {
        struct entry_draft e = {
            .texts.op = cos_span_of(i % 2 == 0 ? "PutObject" : "GetObject"),
            .texts.bucket = COS_SPAN_LIT("b"),
            .entry.http_status = 200,
        };
        world_journal_add(t, &e);
    }
    struct cosmock_entry *entries = NULL;
    assert_int_equal(cosmock_journal_read(t, &entries, NULL), 100);
    assert_int_equal(entries[0].seq, 151);
    assert_int_equal(entries[99].seq, 250);
    entries = cosmock_entries_free(entries);
    assert_int_equal(cosmock_journal_dropped(t), 150);
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.op = "PutObject";
    q.after_seq = 240;
    assert_int_equal(cosmock_journal_read(t, &entries, &q), 5);
    assert_string_equal(entries[0].op, "PutObject");
    cosmock_entries_free(entries);
    cosmock_free(mock);
}

/* Entries of 100 KB, which an unsigned request can cause: they have an eighth of the memory
 * limit together. */
static void the_journal_has_its_share_of_the_memory(void **state)
{
    enum { ENTRIES = 200, ENTRY_BYTES = 100000 };
    static char agent[ENTRY_BYTES + 1];
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_entry *entries = NULL;
    struct cosmock *mock = NULL;

    memset(agent, 'a', ENTRY_BYTES);
    options.memory_limit_bytes = 8 * 10 * (ENTRY_BYTES + 2000);
    assert_int_equal(cosmock_new(&mock, &options, NULL), 0);
    struct cosmock_tenant *t = tenant(mock, "a", NULL, 0);
    for (int i = 0; i < ENTRIES; i++) {
        world_journal_add(t, &(struct entry_draft){.texts.op = COS_SPAN_LIT("GetObject"),
                                                   .texts.user_agent = cos_span_of(agent)});
    }
    assert_int_equal(cosmock_journal_read(t, &entries, NULL), 10);
    assert_int_equal(entries[9].seq, ENTRIES);
    assert_int_equal(cosmock_journal_dropped(t), ENTRIES - 10);
    entries = cosmock_entries_free(entries);
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.max_entries = 3;
    assert_int_equal(cosmock_journal_read(t, &entries, &q), 3);
    assert_int_equal(entries[0].seq, ENTRIES - 9);
    (void)cosmock_entries_free(entries);
    (void)cosmock_free(mock);
}

/* Whatever its type, each field of the table is copied into the journal and stands in the JSON
 * under its name. */
static void every_field_of_an_entry_is_kept_and_written(void **state)
{
#define GIVE_TEXT(member) e.texts.member = COS_SPAN_LIT("the-" #member);
#define GIVE_I64(member) e.entry.member = 77;
#define GIVE_INT(member) e.entry.member = 77;
#define GIVE_U64(member) e.entry.member = 77;
#define GIVE_BOOL(member) e.entry.member = true;
#define GIVE(type, member, name, when) GIVE_##type(member)
#define SAYS_TEXT(member) "\"the-" #member "\""
#define SAYS_I64(member) "77"
#define SAYS_INT(member) "77"
#define SAYS_U64(member) "77"
#define SAYS_BOOL(member) "true"
#define SAYS(type, member, name, when) "\"" name "\":" SAYS_##type(member),
    static const char *const written[] = {COSMOCK_ENTRY_FIELDS(SAYS)};
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    struct entry_draft e = {0};
    COSMOCK_ENTRY_FIELDS(GIVE)
    world_journal_add(t, &e);
    struct cosmock_entry *kept = NULL;
    assert_int_equal(cosmock_journal_read(t, &kept, NULL), 1);
    assert_int_equal(kept->seq, 1);
    kept->seq = 77; /* the journal's own number */
    char *json = cosmock_entry_json(kept);
    for (size_t i = 0; i < COS_ARRAY_LEN(written); i++) {
        if (strstr(json, written[i]) == NULL) {
            fail_msg("%s is not in %s", written[i], json);
        }
    }
    free(json);
    (void)cosmock_entries_free(kept);
}

static void what_does_not_apply_is_left_out_of_an_entry(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    world_journal_add(t, &(struct entry_draft){0});
    struct cosmock_entry *kept = NULL;
    assert_int_equal(cosmock_journal_read(t, &kept, NULL), 1);
    char *json = cosmock_entry_json(kept);
    assert_string_equal(json, "{\"seq\":1,\"at_unix_ms\":0,\"real_unix_ms\":0,\"op\":\"\","
                              "\"tls\":false,\"shows_secret\":false,\"status\":0,"
                              "\"bytes_in\":0,\"bytes_out\":0}");
    free(json);
    (void)cosmock_entries_free(kept);
}

static void *add_later(void *ctx)
{
    struct entry_draft e = {.texts.op = COS_SPAN_LIT("PutObject"), .entry.http_status = 200};
    world_journal_add(ctx, &(struct entry_draft){.texts.op = COS_SPAN_LIT("GetObject")});
    world_journal_add(ctx, &e);
    return NULL;
}

static void a_wait_ends_with_the_entry_and_not_before(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.op = "PutObject";
    assert_int_equal(cosmock_journal_wait(t, &q, 1), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, add_later, t), 0);
    assert_int_equal(cosmock_journal_wait(t, &q, 30000), 1);
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(t, &e, &q), 1);
    (void)cosmock_entries_free(e);
    pthread_join(thread, NULL);
}

static void an_entry_prints_as_json(void **state)
{
    struct cosmock_entry e = {.seq = 3,
                              .op = "PutObject",
                              .key = "a\"b\n",
                              .http_status = 403,
                              .authn = "signature-differs"};
    char *json = cosmock_entry_json(&e);
    struct cos_json *doc = parse_json(cos_span_of(json));
    assert_string_equal(cos_json_str(cos_json_get(doc, "key")), "a\"b\n");
    assert_string_equal(cos_json_str(cos_json_get(doc, "authn")), "signature-differs");
    cos_json_free(doc);
    free(json);
}

static void ten_thousand_keys_are_all_different_and_well_shaped(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 3);
    struct user *owner = world_user_find(t, "100000000001");
    for (int i = 0; i < 10000; i++) {
        const struct key_grant grant = {owner, "fed", /* session= */ NULL, i};
        struct access_key *k = issue_key(t, &grant); /* a taken id would be refused */
        assert_non_null(k);
        struct access_key *again = world_key_find(t, cos_span_of(k->secret_id));
        assert_ptr_equal(again, k);
        assert_int_equal(strlen(k->secret_id), 68);
        assert_int_equal(k->secret_key.len, 44);
        assert_int_equal(
            strspn(k->token.ptr,
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            k->token.len);
        access_key_unref(again);
        access_key_unref(k);
    }
    user_unref(owner);
}

static void a_revoked_key_is_marked(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    assert_int_equal(cosmock_key_revoke(t, info.secret_id, NULL), 0);
    struct access_key *k = world_key_find(t, cos_span_of(info.secret_id));
    assert_true(k->revoked);
    access_key_unref(k);
    struct cosmock_error err;
    assert_int_equal(cosmock_key_revoke(t, "nobody", &err), COSMOCK_E_NOT_FOUND);
}

static void the_store_digest_follows_the_content(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    const char *bucket = "examplebucket-1250000000";
    char empty[65];
    assert_int_equal(cosmock_store_digest(t, empty), 0);
    assert_int_equal(cosmock_object_put(t, bucket, "k", "x", 1, NULL), 0);
    char one[65];
    assert_int_equal(cosmock_store_digest(t, one), 0);
    assert_int_equal(cosmock_object_put(t, bucket, "k", "y", 1, NULL), 0);
    char two[65];
    assert_int_equal(cosmock_store_digest(t, two), 0);
    assert_string_not_equal(empty, one);
    assert_string_not_equal(one, two);
    void *bytes = NULL;
    size_t n = 0;
    assert_int_equal(cosmock_object_get(t, bucket, "k", &bytes, &n, NULL), 0);
    assert_int_equal(n, 1);
    assert_memory_equal(bytes, "y", 1);
    free(bytes);
    assert_int_equal(cosmock_object_delete(t, bucket, "k", NULL), 0);
    assert_int_equal(cosmock_store_digest(t, one), 0);
    assert_string_equal(empty, one);
}

static void every_switch_takes_its_own_values(void **state)
{
    struct cosmock_tenant *t = tenant(mock_of(state), "a", NULL, 0);
    for (size_t i = 0; i < SWITCHES; i++) {
        const struct switch_spec *row = &world_switch_rows[i];
        struct cos_span rest = cos_span_of(row->values);
        bool first = true;
        while (rest.ptr != NULL) {
            struct cos_span piece = cos_span_cut(&rest, '|');
            char value[64];
            (void)snprintf(value, sizeof(value), COS_SPAN_FMT, COS_SPAN_ARG(piece));
            const char *set = strcmp(value, "<number>") == 0 ? "100" : value;
            if (first) {
                assert_string_equal(cosmock_switch_get(t, row->name), value);
            }
            assert_int_equal(cosmock_switch_set(t, row->name, set, NULL), 0);
            first = false;
        }
        assert_int_equal(cosmock_switch_set(t, row->name, "certainly-not", NULL),
                         COSMOCK_E_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_built_in_world_has_all_a_client_needs, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_seed_gives_the_same_keys_in_every_run, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(bad_worlds_are_refused_with_file_line_and_key, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_missing_world_file_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_built_in_tenant_finds_a_name_that_is_free, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(tenants_share_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(each_clock_moves_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tenant_has_a_thousand_faults_at_most, setup,
                                        teardown),
        cmocka_unit_test(the_journal_has_its_share_of_the_memory),
        cmocka_unit_test_setup_teardown(clocks_stop_at_the_ends_of_time, setup, teardown),
        cmocka_unit_test_setup_teardown(structs_are_read_as_far_as_their_size, setup, teardown),
        cmocka_unit_test_setup_teardown(structs_without_a_size_are_refused_by_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_fault_out_of_range_is_refused_with_the_range, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_fault_hits_the_right_operation_the_right_number_of_times, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_of_no_operation_is_refused_with_the_nearest,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_journal_keeps_order_and_forgets_the_oldest, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_field_of_an_entry_is_kept_and_written, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_does_not_apply_is_left_out_of_an_entry, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_wait_ends_with_the_entry_and_not_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_entry_prints_as_json, setup, teardown),
        cmocka_unit_test_setup_teardown(ten_thousand_keys_are_all_different_and_well_shaped,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_key_is_marked, setup, teardown),
        cmocka_unit_test_setup_teardown(the_store_digest_follows_the_content, setup, teardown),
        cmocka_unit_test_setup_teardown(every_switch_takes_its_own_values, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
