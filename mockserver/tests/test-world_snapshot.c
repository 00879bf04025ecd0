/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant as one file: whoever takes it back, in this mock or another, is the tenant that was
 * saved, for those who sign, for those who ask, and row by row.
 */
#include "backends.h"
#include "client.h"

#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "data_dir.h"
#include "scratch.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/snapshot.h"
#include "world/world.h"

#include <pthread.h>

#define FILE_PATH "tenant.snapshot"
#define OTHER_BUCKET "another-1250000000"

static struct scratch scratch;

static int set_up(void **state)
{
    scratch_enter(&scratch);
    return client_open(state);
}

static int tear_down(void **state)
{
    int r = client_close(state);
    scratch_remove(&scratch);
    return r;
}

static void save(struct cosmock_tenant *t, const char *path)
{
    struct cosmock_error err = {0};
    if (cosmock_tenant_save(t, path, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static void restore(struct cosmock_tenant *t, const char *path)
{
    struct cosmock_error err = {0};
    if (cosmock_tenant_restore(t, path, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static void put_object(struct cosmock_tenant *t, const char *bucket, const char *key)
{
    assert_int_equal(cosmock_object_put(t, bucket, key, key, strlen(key), /* err= */ NULL),
                     COSMOCK_OK);
}

/* Another mock, with a world of its own. */
static void open_other(struct client *c)
{
    client_open_world(c, "accounts: [{uin: '7', appid: '77', keys: [{}]}]\n"
                         "buckets: [{name: mine-77, region: ap-shanghai}]\n");
}

/* --- what there is to see --- */

static void see_key(void *ctx, const struct cosmock_key *key)
{
    cos_buf_printf(ctx, "key %s %s %s %s %s\n", key->uin, key->user, key->appid, key->secret_id,
                   key->secret_key);
}

static void see_verdict(struct cos_buf *out, struct cosmock_tenant *t, const char *uin,
                        const char *resource)
{
    struct cosmock_explain_query q = COSMOCK_EXPLAIN_QUERY_INIT;
    q.uin = uin;
    q.action = "name/cos:GetObject";
    q.resource = resource;
    char *json = NULL;
    struct cosmock_error err = {0};
    int r = cosmock_policy_explain(t, &q, &json, &err);
    cos_buf_printf(out, "verdict %s\n", r == COSMOCK_OK ? json : err.message);
    free(json);
}

static void see(struct cos_buf *out, struct cosmock_tenant *t)
{
    static const char *const buckets[] = {CLIENT_BUCKET, OTHER_BUCKET, "mine-77"};
    struct cosmock_world_info info;
    char digest[65];
    cos_buf_init(out, 1u << 20);
    cosmock_world_info(t, &info);
    cos_buf_printf(out, "first %s %s %s %s %s %s %s\n", info.appid, info.owner_uin,
                   info.secret_id, info.secret_key, info.bucket, info.region,
                   info.endpoint_suffix);
    assert_int_equal(cosmock_key_each(t, see_key, out), COSMOCK_OK);
    assert_int_equal(cosmock_store_digest(t, digest), COSMOCK_OK);
    cos_buf_printf(out, "digest %s\n", digest);
    for (size_t i = 0; i < COS_ARRAY_LEN(buckets); i++) {
        cos_buf_printf(out, "bucket %s %lld %lld\n", buckets[i],
                       (long long)cosmock_object_count(t, buckets[i]),
                       (long long)cosmock_upload_count(t, buckets[i]));
    }
    cos_buf_printf(out, "switches %s %s\n", cosmock_switch_get(t, "path-style"),
                   cosmock_switch_get(t, "part-min-bytes"));
    cos_buf_printf(out, "token clock %lld\n",
                   (long long)cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN));
    see_verdict(out, t, CLIENT_SUB_UIN,
                "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/a");
    see_verdict(out, t, "anonymous", "qcs::cos:ap-shanghai:uid/1250000000:" OTHER_BUCKET "/c");
}

static void looks_as(struct cosmock_tenant *t, const struct cos_buf *before)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf now;
    see(&now, t);
    assert_string_equal(cos_buf_cstr(&now), cos_buf_cstr(before));
}

/* Rows of a file, but for the one that counts lives: a restore is one. */
static int add_row(void *ctx, const struct snapshot_row *row, struct snapshot_error *err)
{
    if (!cos_span_eq_str(row->key, "mstart")) {
        cos_buf_span(ctx, row->key);
        cos_buf_span(ctx, row->value);
        cos_buf_printf(ctx, "%llu", (unsigned long long)row->body_bytes);
    }
    return 0;
}

static void rows_of(struct cos_buf *out, const char *path)
{
    struct snapshot *s = NULL;
    cos_buf_init(out, 1u << 24);
    assert_int_equal(snapshot_open(&s, path, /* err= */ NULL), SNAPSHOT_OK);
    assert_int_equal(snapshot_each(s, add_row, out, /* err= */ NULL), SNAPSHOT_OK);
    (void)snapshot_free(s);
    assert_false(out->failed);
}

static void hold_the_same_rows(const char *one, const char *other)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf a;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    rows_of(&a, one);
    rows_of(&b, other);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
}

/* --- requests --- */

static int get_with_token(struct client *c, const struct token *token, const char *path)
{
    struct question q = {.method = "GET", .target = path};
    authorize(&q, token->id, token->secret, path);
    add_header(&q, "x-cos-security-token", token->token);
    struct answer a = client_send(c, &q);
    int status = a.status;
    answer_free(&a);
    return status;
}

static void begin_upload(struct client *c)
{
    struct question q = {.method = "POST", .target = "/big?uploads"};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, "/big");
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

/* Something of each kind. */
static void fill(struct client *c, struct token *token)
{
    struct cosmock_tenant *t = c->tenant;
    put_object(t, CLIENT_BUCKET, "a");
    put_object(t, CLIENT_BUCKET, "dir/b");
    begin_upload(c);
    assert_int_equal(cosmock_bucket_put(t, OTHER_BUCKET, "ap-shanghai", NULL), COSMOCK_OK);
    put_object(t, OTHER_BUCKET, "c");
    assert_int_equal(
        cosmock_bucket_policy_set(t, OTHER_BUCKET,
                                  "{\"version\":\"2.0\",\"statement\":[{"
                                  "\"effect\":\"allow\",\"principal\":{\"qcs\":"
                                  "[\"qcs::cam::anyone:anyone\"]},\"action\":["
                                  "\"name/cos:GetObject\"],\"resource\":[\"*\"]}]}",
                                  NULL),
        COSMOCK_OK);
    mint_token(c, token);
    client_switch(c, "path-style", "refuse");
    client_switch(c, "part-min-bytes", "77");
    cosmock_clock_freeze(t, COSMOCK_CLOCK_TOKEN, INT64_C(1700000200000));
    assert_int_equal(cosmock_user_policy_set(t, CLIENT_SUB_UIN,
                                             "{\"version\":\"2.0\",\"statement\":[{\"effect\":"
                                             "\"allow\",\"action\":[\"name/cos:GetObject\"],"
                                             "\"resource\":[\"*\"]}]}",
                                             NULL),
                     COSMOCK_OK);
}

/* --- claims --- */

static void another_mock_has_the_tenant_that_was_saved(void **state)
{
    struct client *c = *state;
    struct client other;
    struct token token;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf before;
    fill(c, &token);
    see(&before, c->tenant);
    save(c->tenant, FILE_PATH);
    open_other(&other);
    restore(other.tenant, FILE_PATH);
    looks_as(other.tenant, &before);
    assert_int_equal(get_with_token(&other, &token, "/a"), 200);
    save(other.tenant, "again");
    hold_the_same_rows(FILE_PATH, "again");
    client_shut(&other);
}

static struct data_dir the_dir;

static struct backend *rows_in_directory(void *ctx, const char *name, struct cosmock_error *err)
{
    return the_dir.backend;
}

/* From memory into a directory, and from there into memory. */
static void every_kind_of_store_takes_the_file(void **state)
{
    struct client *c = *state;
    struct client kept = {0};
    struct client other;
    struct token token;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf before;
    fill(c, &token);
    see(&before, c->tenant);
    save(c->tenant, FILE_PATH);
    data_dir_make(&the_dir);
    assert_int_equal(cosmock_new(&kept.mock, NULL, NULL), COSMOCK_OK);
    kept.mock->rows_of = rows_in_directory;
    assert_int_equal(cosmock_tenant_new(kept.mock, &kept.tenant, NULL, NULL), COSMOCK_OK);
    assert_string_equal(kept.tenant->rows->ops->name, "directory");
    restore(kept.tenant, FILE_PATH);
    looks_as(kept.tenant, &before);
    assert_int_equal(get_with_token(&kept, &token, "/a"), 200);
    save(kept.tenant, "again");
    hold_the_same_rows(FILE_PATH, "again");
    open_other(&other);
    restore(other.tenant, "again");
    looks_as(other.tenant, &before);
    client_shut(&other);
    client_shut(&kept);
    the_dir.backend = NULL;
    data_dir_remove(&the_dir);
}

static void what_came_after_is_gone(void **state)
{
    struct client *c = *state;
    struct token old;
    struct token new;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf before;
    mint_token(c, &old);
    put_object(c->tenant, CLIENT_BUCKET, "a");
    see(&before, c->tenant);
    save(c->tenant, FILE_PATH);
    fill(c, &new);
    assert_int_equal(cosmock_key_revoke(c->tenant, old.id, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_object_delete(c->tenant, CLIENT_BUCKET, "a", NULL), COSMOCK_OK);
    restore(c->tenant, FILE_PATH);
    client_freeze(c, CLIENT_NOW_S);
    looks_as(c->tenant, &before);
    assert_int_equal(get_with_token(c, &old, "/a"), 200);
    assert_int_equal(get_with_token(c, &new, "/a"), 403);
}

/* Names of the old state are free for others, those of the new one are not. */
static void names_come_and_go_with_the_state(void **state)
{
    struct client *c = *state;
    struct cosmock_tenant *other = NULL;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_error err = {0};
    save(c->tenant, FILE_PATH);
    assert_int_equal(cosmock_bucket_put(c->tenant, OTHER_BUCKET, "ap-shanghai", NULL),
                     COSMOCK_OK);
    restore(c->tenant, FILE_PATH);
    options.world_text = "accounts: [{uin: '7', appid: '1250000000', keys: [{}]}]\n"
                         "buckets: [{name: " OTHER_BUCKET ", region: ap-shanghai}]\n";
    assert_int_equal(cosmock_tenant_new(c->mock, &other, &options, &err), COSMOCK_OK);
    assert_int_equal(cosmock_bucket_put(other, CLIENT_BUCKET, "ap-shanghai", NULL),
                     COSMOCK_E_EXISTS);
}

/* Nothing has changed, and what was claimed on the way is free again. */
static void names_that_another_tenant_has_are_refused(void **state)
{
    static const char *const worlds[] = {
        "accounts: [{uin: '7', appid: '77', keys: [{secret_id: " CLIENT_SUB_ID "}]}]\n",
        "accounts: [{uin: '7', appid: '1250000000', keys: [{}]}]\n"
        "buckets: [{name: " CLIENT_BUCKET ", region: ap-shanghai}]\n",
    };
    static const char *const says[] = {"'" CLIENT_SUB_ID "' is taken by another tenant",
                                       "'" CLIENT_BUCKET "' is taken by another tenant"};
    struct client *c = *state;
    save(c->tenant, FILE_PATH);
    for (size_t i = 0; i < COS_ARRAY_LEN(worlds); i++) {
        struct client other;
        struct cosmock_tenant *holder = NULL;
        struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
        struct cosmock_error err = {0};
        COS_CLEANUP(cos_buf_deinit) struct cos_buf before;
        open_other(&other);
        options.world_text = worlds[i];
        assert_int_equal(cosmock_tenant_new(other.mock, &holder, &options, &err), COSMOCK_OK);
        see(&before, other.tenant);
        assert_int_equal(cosmock_tenant_restore(other.tenant, FILE_PATH, &err),
                         COSMOCK_E_EXISTS);
        if (strstr(err.message, says[i]) == NULL) {
            fail_msg("%s", err.message);
        }
        looks_as(other.tenant, &before);
        (void)cosmock_tenant_free(holder);
        options.world_text = CLIENT_WORLD;
        assert_int_equal(cosmock_tenant_new(other.mock, &holder, &options, &err), COSMOCK_OK);
        client_shut(&other);
    }
}

/* --- files that are refused --- */

struct made {
    const char *name;
    struct cos_span key, value, body;
};

/* As a snapshot, but no tenant has such rows. */
static void make_file(const struct made *made)
{
    struct backend *b = backend_memory_new(/* budget= */ NULL);
    struct batch *batch = batch_new();
    struct commit commit = {0};
    assert_true(b != NULL && batch != NULL);
    batch_put(batch, made->key, made->value, backend_blob(b, made->body.ptr, made->body.len));
    assert_int_equal(backend_commit(b, batch, &commit), BACKEND_OK);
    assert_int_equal(snapshot_save(b, FILE_PATH, /* err= */ NULL), SNAPSHOT_OK);
    (void)b->ops->free(b);
}

static void rows_that_nobody_knows_are_refused(void **state)
{
    static const struct made rows[] = {
        {"another kind", COS_SPAN_LIT("zname"), COS_SPAN_LIT("\1"), {0}},
        {"no name", COS_SPAN_LIT("b"), COS_SPAN_LIT("\1"), {0}},
        {"no value", COS_SPAN_LIT("bexamplebucket-1250000000"), COS_SPAN_LIT(""), {0}},
        {"a later format", COS_SPAN_LIT("smeaning"), COS_SPAN_LIT("\2\1x"), {0}},
        {"no bucket's name", COS_SPAN_LIT("bNO"), COS_SPAN_LIT("\1\1\0\0\0\0"), {0}},
        {"an object without its body",
         COS_SPAN_LIT("o\0\0\0\1k"),
         COS_SPAN_LIT("\1\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         {0}},
        {"a switch with a body", COS_SPAN_LIT("smeaning"), COS_SPAN_LIT("\1\1x"),
         COS_SPAN_LIT("bytes")},
    };
    struct client *c = *state;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf before;
    see(&before, c->tenant);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_error err = {0};
        make_file(&rows[i]);
        if (cosmock_tenant_restore(c->tenant, FILE_PATH, &err) != COSMOCK_E_INVALID ||
            strstr(err.message, FILE_PATH ": row 1 ") == NULL) {
            fail_msg("%s: %s", rows[i].name, err.message);
        }
    }
    looks_as(c->tenant, &before);
}

enum { IN_ACCOUNT, GRANTED, IN_BOUNDARY, IN_CATALOG, IN_KEY, IN_BUCKET };

static void put_made(struct batch *batch, const struct rowkey *key, struct cos_buf *value)
{
    struct rowkey_room room;
    batch_put(batch, rowkey_write(&room, key), cos_buf_view(value), /* blob= */ NULL);
    cos_buf_deinit(value);
}

/* A snapshot of an account, a bucket and a key, one of which has @policy. */
static void make_file_with_policy(int where, const char *policy)
{
    struct backend *b = backend_memory_new(/* budget= */ NULL);
    struct batch *batch = batch_new();
    struct commit commit = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf pairs;
    struct cos_buf value;
    cos_buf_init(&pairs, 4096);
    cos_buf_init(&value, 4096);
    if (where <= IN_BOUNDARY) {
        row_pair_add(&pairs, COS_SPAN_LIT("readers"), cos_span_of(policy));
    }
    struct account_row account = {.owner_uin = COS_SPAN_LIT("7"), .appid = COS_SPAN_LIT("77")};
    *(where == GRANTED       ? &account.granted
      : where == IN_BOUNDARY ? &account.boundary
                             : &account.policies) = cos_buf_view(&pairs);
    row_write_account(&value, &account);
    put_made(batch, &(struct rowkey){.kind = ROWKEY_ACCOUNT, .name = COS_SPAN_LIT("7")},
             &value);
    cos_buf_init(&value, 4096);
    row_write_bucket(&value, &(struct bucket_row){1, COS_SPAN_LIT("ap-shanghai"),
                                                  COS_SPAN_LIT("7"), COS_SPAN_LIT("77"), 1});
    put_made(batch, &(struct rowkey){.kind = ROWKEY_BUCKET, .name = COS_SPAN_LIT("made-77")},
             &value);
    if (where == IN_BUCKET) {
        cos_buf_init(&value, 4096);
        row_write_document(&value, &(struct document_row){cos_span_of(policy)});
        put_made(batch,
                 &(struct rowkey){.kind = ROWKEY_DOCUMENT,
                                  .bucket_id = 1,
                                  .name = COS_SPAN_LIT("policy")},
                 &value);
    }
    if (where == IN_CATALOG) {
        row_pair_add(&pairs, COS_SPAN_LIT("1 0"), cos_span_of(policy));
        cos_buf_init(&value, 4096);
        row_write_policy(&value, &(struct policy_row){.owner_uin = COS_SPAN_LIT("7"),
                                                      .name = COS_SPAN_LIT("kept"),
                                                      .versions = cos_buf_view(&pairs)});
        put_made(batch, &(struct rowkey){.kind = ROWKEY_POLICY, .name = COS_SPAN_LIT("1")},
                 &value);
    }
    struct access_key_row key = {.uin = COS_SPAN_LIT("7"),
                                 .secret_key = COS_SPAN_LIT("s"),
                                 .is_temporary = true,
                                 .token = COS_SPAN_LIT("t"),
                                 .expires_unix_ms = INT64_MAX,
                                 .federated_name = COS_SPAN_LIT("worker")};
    key.session = where == IN_KEY ? cos_span_of(policy) : COS_SPAN_EMPTY;
    cos_buf_init(&value, 4096);
    row_write_access_key(&value, &key);
    put_made(batch,
             &(struct rowkey){.kind = ROWKEY_ACCESS_KEY, .name = COS_SPAN_LIT("AKIDmade")},
             &value);
    assert_int_equal(backend_commit(b, batch, &commit), BACKEND_OK);
    assert_int_equal(snapshot_save(b, FILE_PATH, /* err= */ NULL), SNAPSHOT_OK);
    (void)b->ops->free(b);
}

static void a_policy_that_cannot_be_read_is_refused_with_its_row_and_the_reason(void **state)
{
    static const struct {
        int where;
        const char *says;
    } rows[] = {
        {IN_ACCOUNT,
         FILE_PATH ": row 1: policy 'readers', line 1 column 20: 'statement' must be "},
        {GRANTED,
         FILE_PATH ": row 1: policy 'readers', line 1 column 20: 'statement' must be "},
        {IN_BOUNDARY, FILE_PATH
         ": row 1: permission boundary 'readers', line 1 column 20: 'statement' must be "},
        {IN_CATALOG,
         FILE_PATH ": row 3: policy 'kept', line 1 column 20: 'statement' must be "},
        {IN_BUCKET, FILE_PATH
         ": row 3: policy of bucket 'made-77', line 1 column 20: 'statement' must be "},
        {IN_KEY, FILE_PATH
         ": row 3: session policy of 'worker', line 1 column 20: 'statement' must be "},
    };
    struct client *c = *state;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf before;
    see(&before, c->tenant);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_error err = {0};
        make_file_with_policy(rows[i].where, "{\"version\": \"2.0\", \"statement\": 5}");
        if (cosmock_tenant_restore(c->tenant, FILE_PATH, &err) != COSMOCK_E_INVALID ||
            strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].says, err.message);
        }
        assert_false(cosmock_broken(c->mock));
        looks_as(c->tenant, &before);
    }
}

/* The same files with policies that say nothing wrong are taken. */
static void a_policy_that_can_be_read_is_taken(void **state)
{
    struct client *c = *state;
    for (int where = IN_ACCOUNT; where <= IN_BUCKET; where++) {
        make_file_with_policy(
            where, where == IN_BUCKET
                       ? "{\"version\": \"2.0\", \"Statement\": [{\"Principal\": {\"qcs\": "
                         "[\"qcs::cam::anyone:anyone\"]}, \"Effect\": \"allow\", "
                         "\"Action\": [\"name/cos:GetObject\"], \"Resource\": [\"*\"]}]}"
                       : "{\"version\": \"2.0\", \"statement\": [{\"effect\": \"allow\", "
                         "\"action\": [\"name/cos:GetObject\"], \"resource\": [\"*\"]}]}");
        restore(c->tenant, FILE_PATH);
        assert_false(cosmock_broken(c->mock));
    }
}

static void a_file_that_is_none_changes_nothing(void **state)
{
    struct client *c = *state;
    struct cosmock_error err = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf before;
    put_object(c->tenant, CLIENT_BUCKET, "a");
    see(&before, c->tenant);
    assert_int_equal(cos_file_write(FILE_PATH, COS_SPAN_LIT("something else"), 0600), 0);
    assert_int_equal(cosmock_tenant_restore(c->tenant, FILE_PATH, &err), COSMOCK_E_INVALID);
    assert_string_equal(err.message,
                        FILE_PATH ": no snapshot: those begin with 'cosmock-snapshot'");
    assert_int_equal(cosmock_tenant_restore(c->tenant, "missing", &err), COSMOCK_E_IO);
    looks_as(c->tenant, &before);
}

/* --- lives --- */

/* A tenant of the same seed and name would draw what the saved one drew. */
static void ids_do_not_come_again(void **state)
{
    struct client *c = *state;
    struct client other;
    struct token first;
    struct token second;
    mint_token(c, &first);
    save(c->tenant, FILE_PATH);
    client_open_world(&other, CLIENT_WORLD);
    restore(other.tenant, FILE_PATH);
    mint_token(&other, &second);
    assert_string_not_equal(first.id, second.id);
    assert_int_equal(get_with_token(&other, &first, "/none"), 404);
    assert_int_equal(get_with_token(&other, &second, "/none"), 404);
    client_shut(&other);
}

/* cosmock_world_info() lends its strings until the tenant is freed. */
static void what_was_told_of_the_world_can_still_be_read(void **state)
{
    struct client *c = *state;
    struct client other;
    struct cosmock_world_info info;
    open_other(&other);
    cosmock_world_info(other.tenant, &info);
    save(c->tenant, FILE_PATH);
    restore(other.tenant, FILE_PATH);
    assert_string_equal(info.owner_uin, "7");
    assert_string_equal(info.bucket, "mine-77");
    assert_int_equal(strlen(info.secret_id), 36);
    client_shut(&other);
}

/* It began in the old state and ends in the new one, without harm. */
static void a_request_under_way_ends(void **state)
{
    struct client *c = *state;
    struct question q = {.method = "PUT", .target = "/late", .body = "x", .n = 1};
    save(c->tenant, FILE_PATH);
    assert_int_equal(cosmock_bucket_put(c->tenant, OTHER_BUCKET, "ap-shanghai", NULL),
                     COSMOCK_OK);
    authorize(&q, CLIENT_ID, CLIENT_SECRET, "/late");
    add_header(&q, "Content-Length", "1");
    struct cosmock_exchange *x = NULL;
    assert_int_equal(client_begin(c, &x, &q), COSMOCK_WANT_BODY);
    restore(c->tenant, FILE_PATH);
    (void)cosmock_body(x, "x", 1);
    (void)cosmock_finish(x);
    struct answer a = {.x = x};
    answer_read(&a);
    assert_true(a.status == 200 || a.status == 404);
    answer_free(&a);
    assert_false(cosmock_broken(c->mock));
}

/* Threads only note what they saw: a claim fails in the thread that runs it. */
struct asking {
    struct client *c;
    bool is_over; /* atomic */
    int wrong;    /* atomic; a status that was not expected, or 0 */
};

static bool goes_on(struct asking *a)
{
    return !__atomic_load_n(&a->is_over, __ATOMIC_ACQUIRE);
}

static void expect_200_or_404(struct asking *a, const struct question *q)
{
    struct answer answer = client_send(a->c, q);
    if (answer.status != 200 && answer.status != 404) {
        __atomic_store_n(&a->wrong, answer.status, __ATOMIC_RELAXED);
    }
    answer_free(&answer);
}

static void *keep_asking(void *ctx)
{
    struct asking *a = ctx;
    while (goes_on(a)) {
        struct question put = {.method = "PUT", .target = "/k", .body = "x", .n = 1};
        struct question get = {.method = "GET", .target = "/k"};
        authorize(&put, CLIENT_ID, CLIENT_SECRET, "/k");
        authorize(&get, CLIENT_ID, CLIENT_SECRET, "/k");
        add_header(&put, "Content-Length", "1");
        expect_200_or_404(a, &put);
        expect_200_or_404(a, &get);
    }
    return NULL;
}

static void replace_everything_while(struct client *c, void *(*meanwhile)(void *ctx))
{
    enum { ROUNDS = 30, THREADS = 3 };
    struct asking asking = {.c = c};
    pthread_t threads[THREADS];
    save(c->tenant, FILE_PATH);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, meanwhile, &asking), 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        restore(c->tenant, FILE_PATH);
    }
    __atomic_store_n(&asking.is_over, true, __ATOMIC_RELEASE);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(asking.wrong, 0);
}

/* The key that they sign with is in both states: they never hear that nobody knows it. */
static void requests_go_on_while_everything_is_replaced(void **state)
{
    replace_everything_while(*state, keep_asking);
}

static void *keep_looking(void *ctx)
{
    struct asking *a = ctx;
    struct cosmock_tenant *t = a->c->tenant;
    while (goes_on(a)) {
        if (cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_TOKEN) != INT64_C(1700000200000) ||
            strcmp(cosmock_switch_get(t, "path-style"), "refuse") != 0 ||
            strcmp(cosmock_switch_get(t, "part-min-bytes"), "77") != 0) {
            __atomic_store_n(&a->wrong, 1, __ATOMIC_RELAXED);
        }
    }
    return NULL;
}

/* Clocks and switches are read without a lock. */
static void what_both_states_have_set_is_never_seen_unset(void **state)
{
    struct client *c = *state;
    struct token token;
    fill(c, &token);
    replace_everything_while(c, keep_looking);
}

#define CLAIM(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(another_mock_has_the_tenant_that_was_saved),
        CLAIM(every_kind_of_store_takes_the_file),
        CLAIM(what_came_after_is_gone),
        CLAIM(names_come_and_go_with_the_state),
        CLAIM(names_that_another_tenant_has_are_refused),
        CLAIM(rows_that_nobody_knows_are_refused),
        CLAIM(a_policy_that_cannot_be_read_is_refused_with_its_row_and_the_reason),
        CLAIM(a_policy_that_can_be_read_is_taken),
        CLAIM(a_file_that_is_none_changes_nothing),
        CLAIM(ids_do_not_come_again),
        CLAIM(what_was_told_of_the_world_can_still_be_read),
        CLAIM(a_request_under_way_ends),
        CLAIM(requests_go_on_while_everything_is_replaced),
        CLAIM(what_both_states_have_set_is_never_seen_unset),
    };
    return cmocka_run_group_tests_name("world_snapshot", claims, NULL, NULL);
}
