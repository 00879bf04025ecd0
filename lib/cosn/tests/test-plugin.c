/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin table as a host sees it, over the fake service: plugin.h's rules, requirements
 * PLUG-002, PLUG-010, PLUG-012, PLUG-014, STS-013, REF-001, REF-011, REF-016, REF-017.
 */
#include "fs_bench.h"

#include "cosn/plugin.h"
#include "plugin/internal.h"

struct host {
    struct bench *bench;
    struct cosn_plugin_host services;
    const struct cosn_plugin_table *table;
    struct cosn_plugin *plugin;
    struct cosn_plugin_error e;
    unsigned asked; /* of provide */
    int provide_fails;
};

static const struct cosn_plugin_kv server_conf[] = {
    {"fs.cosn.bucket.endpoint_suffix", "cos.ap-guangzhou.myqcloud.com"},
    {"fs.cosn.userinfo.secretId", "AKIDexample"},
    {"fs.cosn.userinfo.secretKey", "CANARYsecretKEY"},
};

static const struct cosn_plugin_kv client_conf[] = {
    {"fs.cosn.bucket.endpoint_suffix", "cos.first.mock"},
};

static int64_t host_unix_ms(void *ctx)
{
    return ((struct host *)ctx)->bench->world.unix_ms;
}

static int64_t host_mono_ms(void *ctx)
{
    return ((struct host *)ctx)->bench->world.mono_ms;
}

static int host_wait_until(void *ctx, int64_t deadline_mono_ms)
{
    return world_wait_until(&((struct host *)ctx)->bench->world, deadline_mono_ms);
}

static void host_wake(void *ctx)
{
    (void)ctx;
}

static const char *host_env(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

static void host_log(void *ctx, enum cosn_plugin_log_level level, const char *area,
                     const char *line)
{
    world_log(&((struct host *)ctx)->bench->world, (enum cosn_log_level)level, area, line);
}

static int setup(void **state)
{
    struct host *h = calloc(1, sizeof(*h));
    void *bench = NULL;
    assert_int_equal(bench_setup(&bench), 0);
    h->bench = bench;
    h->services = (struct cosn_plugin_host){
        .struct_size = sizeof(h->services),
        .ctx = h,
        .log = host_log,
        .unix_ms = host_unix_ms,
        .mono_ms = host_mono_ms,
        .wait_until = host_wait_until,
        .wake = host_wake,
        .env = host_env,
        .transport = &h->bench->fake->transport,
        .seed = 1,
    };
    h->e.struct_size = sizeof(h->e);
    h->table = cosn_plugin_entry(COSN_PLUGIN_ABI_MAJOR, COSN_PLUGIN_ABI_MINOR);
    assert_non_null(h->table);
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    struct host *h = *state;
    void *bench = h->bench;
    h->table->destroy(h->plugin);
    bench_teardown(&bench);
    free(h);
    return 0;
}

static void create(struct host *h, const struct cosn_plugin_kv *conf, size_t n)
{
    if (h->table->create(&h->services, conf, n, &h->plugin, &h->e) != COSN_PLUGIN_OK) {
        fail_msg("create: %s", h->e.message);
    }
}

static struct cosn_plugin_fs *open_fs(struct host *h)
{
    struct cosn_plugin_fs *fs = NULL;
    if (h->table->open_fs(h->plugin, "cosn://" BUCKET "/base", &fs, &h->e) != COSN_PLUGIN_OK) {
        fail_msg("open_fs: %s", h->e.message);
    }
    return fs;
}

static void the_table_is_complete(void **state)
{
    struct host *h = *state;
    assert_int_equal(h->table->struct_size, sizeof(*h->table));
    assert_int_equal(h->table->abi_major, COSN_PLUGIN_ABI_MAJOR);
    assert_string_equal(h->table->schemes[0], "cosn");
    assert_null(h->table->schemes[1]);
    /* From create on there are only function pointers. */
    const char *p = (const char *)h->table;
    for (size_t at = offsetof(struct cosn_plugin_table, create); at < sizeof(*h->table);
         at += sizeof(void *)) {
        void (*member)(void);
        memcpy(&member, p + at, sizeof(member));
        assert_true(member != NULL);
    }
}

static void another_major_is_refused(void **state)
{
    (void)state;
    assert_null(cosn_plugin_entry(0, 0));
    assert_null(cosn_plugin_entry(2, 0));
    assert_null(cosn_plugin_entry(99, 0));
    assert_non_null(cosn_plugin_entry(1, 7));
}

/* Older hosts have smaller structs: nothing behind them is read or written. */
static void a_smaller_struct_is_honoured(void **state)
{
    struct host *h = *state;
    create(h, server_conf, COS_ARRAY_LEN(server_conf));
    struct {
        uint32_t struct_size;
        int32_t code;
        char guard[sizeof(struct cosn_plugin_error)];
    } small;
    memset(&small, 0x5A, sizeof(small));
    small.struct_size = offsetof(struct cosn_plugin_error, http_status);
    struct cosn_plugin_fs *fs = NULL;
    assert_int_equal(h->table->open_fs(h->plugin, "oss://b/x", &fs, (void *)&small),
                     COSN_PLUGIN_UNSUPPORTED_SCHEME);
    assert_int_equal(small.code, COSN_PLUGIN_UNSUPPORTED_SCHEME);
    for (size_t i = 0; i < sizeof(small.guard); i++) {
        assert_int_equal(small.guard[i], 0x5A);
    }
    struct cosn_plugin *other = NULL;
    struct cosn_plugin_host old = h->services;
    old.struct_size = offsetof(struct cosn_plugin_host, unix_ms); /* ctx and log only */
    assert_int_equal(h->table->create(&old, NULL, 0, &other, &h->e), COSN_PLUGIN_OK);
    h->table->destroy(other);
}

static void nothing_is_sent_before_it_is_asked_for(void **state)
{
    struct host *h = *state;
    create(h, server_conf, COS_ARRAY_LEN(server_conf));
    struct cosn_plugin_fs *fs = open_fs(h);
    char uri[64];
    assert_int_equal(h->table->fs_uri(fs, uri, sizeof(uri), &h->e), COSN_PLUGIN_OK);
    assert_string_equal(uri, "cosn://" BUCKET);
    assert_int_equal(h->table->fs_uri(fs, uri, 3, &h->e), COSN_PLUGIN_INVALID_ARG);
    assert_int_equal(h->bench->fake->n_requests, 0);
    h->table->close_fs(fs);
    assert_null(strstr(h->bench->world.log, "CANARY"));
}

static void bad_configuration_is_named(void **state)
{
    struct host *h = *state;
    static const struct cosn_plugin_kv bad[] = {{"fs.cosn.block.size", "tiny"}};
    assert_int_equal(h->table->create(&h->services, bad, 1, &h->plugin, &h->e),
                     COSN_PLUGIN_CONFIG);
    CHECK_HOLDS(h->e.message, "fs.cosn.block.size");
    create(h, &server_conf[1], 2);
    struct cosn_plugin_fs *fs = NULL;
    assert_int_equal(h->table->open_fs(h->plugin, "cosn://" BUCKET "/", &fs, &h->e),
                     COSN_PLUGIN_CONFIG);
    CHECK_HOLDS(h->e.message, "fs.cosn.bucket.endpoint_suffix");
}

static int count_entry(void *ctx, const struct cosn_plugin_status *st)
{
    assert_int_equal(st->struct_size, sizeof(*st));
    CHECK_HOLDS(st->path, "/d/");
    ++*(int *)ctx;
    return 0;
}

static void a_file_lives_its_life(void **state)
{
    struct host *h = *state;
    const struct cosn_plugin_table *t = h->table;
    create(h, server_conf, COS_ARRAY_LEN(server_conf));
    struct cosn_plugin_fs *fs = open_fs(h);
    struct cosn_plugin_out *out = NULL;
    int64_t pos = -1, n = 0;
    int result = 0, entries = 0;
    char buf[16];
    assert_int_equal(t->open_out(fs, "/d/f", 0, &out, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->write(out, "hello", 5, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->flush(out, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->out_pos(out, &pos, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(pos, 5);
    assert_int_equal(t->close_out(out, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->close_out(out, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->write(out, "x", 1, &h->e), COSN_PLUGIN_CLOSED);
    t->free_out(out);
    assert_int_equal(t->open_out(fs, "/d/f", 0, &out, &h->e), COSN_PLUGIN_ALREADY_EXISTS);
    assert_int_equal(t->open_out(fs, "/d/f", 6, &out, &h->e), COSN_PLUGIN_UNSUPPORTED);

    struct cosn_plugin_status st = {.struct_size = sizeof(st)};
    assert_int_equal(t->stat(fs, "/d/f", &st, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(st.length, 5);
    assert_string_equal(st.path, "/d/f");
    assert_int_equal(t->list(fs, "/d", count_entry, &entries, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(entries, 1);

    struct cosn_plugin_in *in = NULL;
    assert_int_equal(t->open_in(fs, "/d/f", &in, &h->e), COSN_PLUGIN_OK);
    t->close_fs(fs); /* the stream keeps what it needs */
    assert_int_equal(t->seek(in, 1, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->read(in, buf, sizeof(buf), &n, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(n, 4);
    assert_int_equal(t->read(in, buf, sizeof(buf), &n, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(n, -1);
    assert_int_equal(t->read(in, buf, 0, &n, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(n, 0);
    assert_int_equal(t->seek(in, 6, &h->e), COSN_PLUGIN_INVALID_ARG);
    assert_int_equal(t->close_in(in), COSN_PLUGIN_OK);
    assert_int_equal(t->close_in(in), COSN_PLUGIN_OK);
    assert_int_equal(t->read(in, buf, 1, &n, &h->e), COSN_PLUGIN_CLOSED);
    assert_int_equal(t->in_pos(in, &pos, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(pos, 5);
    t->free_in(in);

    fs = open_fs(h);
    assert_int_equal(t->rename(fs, "/d/f", "/d/g", &result, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(result, 1);
    assert_int_equal(t->mkdirs(fs, "/d/g/x", &result, &h->e), COSN_PLUGIN_NOT_DIR);
    assert_int_equal(t->remove(fs, "/d", 0, &result, &h->e), COSN_PLUGIN_NOT_EMPTY);
    assert_int_equal(t->remove(fs, "/d", 1, &result, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->stat(fs, "/d", &st, &h->e), COSN_PLUGIN_NOT_FOUND);
    t->close_fs(fs);
}

/* WriteMode.OVERWRITE: "existing files and directories will be deleted". */
static void overwriting_takes_the_place_of_a_directory(void **state)
{
    struct host *h = *state;
    const struct cosn_plugin_table *t = h->table;
    create(h, server_conf, COS_ARRAY_LEN(server_conf));
    struct cosn_plugin_fs *fs = open_fs(h);
    struct cosn_plugin_out *out = NULL;
    fake_seed(h->bench->fake, "d/", "", 0);
    fake_seed(h->bench->fake, "d/x", "old", 3);
    fake_seed(h->bench->fake, "d/sub/y", "old", 3);
    fake_seed(h->bench->fake, "dd/x", "old", 3);
    assert_int_equal(t->open_out(fs, "/", COSN_PLUGIN_OVERWRITE, &out, &h->e),
                     COSN_PLUGIN_IS_DIR);
    assert_int_equal(t->open_out(fs, "/d", COSN_PLUGIN_OVERWRITE, &out, &h->e), COSN_PLUGIN_OK);
    t->free_out(out); /* given up: nothing is lost */
    assert_non_null(fake_object(h->bench->fake, "d/x"));
    assert_int_equal(t->open_out(fs, "/d", COSN_PLUGIN_OVERWRITE, &out, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(t->write(out, "new", 3, &h->e), COSN_PLUGIN_OK);
    assert_non_null(fake_object(h->bench->fake, "d/x"));
    assert_int_equal(t->close_out(out, &h->e), COSN_PLUGIN_OK);
    t->free_out(out);
    assert_string_equal(fake_object(h->bench->fake, "d")->bytes, "new");
    assert_null(fake_object(h->bench->fake, "d/"));
    assert_null(fake_object(h->bench->fake, "d/x"));
    assert_null(fake_object(h->bench->fake, "d/sub/y"));
    assert_non_null(fake_object(h->bench->fake, "dd/x"));
    t->close_fs(fs);
}

static const struct {
    int http;
    const char *code;
    enum cosn_plugin_code want;
} codes[] = {
    {403, "AccessDenied", COSN_PLUGIN_ACCESS_DENIED},
    {403, "SignatureDoesNotMatch", COSN_PLUGIN_AUTH},
    {403, "InvalidAccessKeyId", COSN_PLUGIN_AUTH},
    {400, "ExpiredToken", COSN_PLUGIN_CRED_EXPIRED},
    {404, "NoSuchBucket", COSN_PLUGIN_NO_BUCKET},
    {503, "SlowDown", COSN_PLUGIN_THROTTLED},
    {500, "InternalError", COSN_PLUGIN_IO},
};

static void errors_are_typed(void **state)
{
    struct host *h = *state;
    create(h, server_conf, COS_ARRAY_LEN(server_conf));
    struct cosn_plugin_fs *fs = open_fs(h);
    for (size_t i = 0; i < COS_ARRAY_LEN(codes); i++) {
        bench_refuse(h->bench, "GET", "", codes[i].http, codes[i].code);
        struct cosn_plugin_status st = {.struct_size = sizeof(st)};
        CHECK_ROW(codes[i].code, h->table->stat(fs, "/x", &st, &h->e) == (int)codes[i].want);
        CHECK_ROW(codes[i].code, h->e.code == (int)codes[i].want);
        CHECK_ROW(codes[i].code, h->e.http_status == codes[i].http);
        CHECK_ROW(codes[i].code, strcmp(h->e.cos_code, codes[i].code) == 0);
        CHECK_ROW(codes[i].code, h->e.request_id[0] != '\0');
    }
    h->table->close_fs(fs);
}

static void an_error_without_a_status_is_no_success(void **state)
{
    struct host *h = *state;
    const struct cosn_error mute = COSN_ERROR_INIT;
    assert_int_equal(plugin_fail(&h->e, &mute, PHASE_USE), COSN_PLUGIN_INTERNAL);
    assert_int_equal(h->e.code, COSN_PLUGIN_INTERNAL);
}

/* --- tokens --- */

static struct cosn_plugin_token token_of(const char *bytes, const char *scheme, int64_t until)
{
    static const struct cosn_plugin_kv infos[] = {
        {"fs.cosn.bucket.endpoint_suffix", "cos.second.mock"},
        {"fs.cosn.userinfo.secretId", "AKIDfromToken"}, /* never taken */
    };
    return (struct cosn_plugin_token){
        .struct_size = sizeof(struct cosn_plugin_token),
        .scheme = scheme,
        .token = (const uint8_t *)bytes,
        .token_len = strlen(bytes),
        .valid_until_unix_ms = until,
        .infos = infos,
        .n_infos = 2,
    };
}

#define TOKEN_JSON(n)                                                                         \
    "{\"version\":1,\"access_key_id\":\"AKIDtemp" n "\",\"access_key_secret\":\"CANARYtemp" n \
    "\",\"security_token\":\"CANARYtoken" n "\"}"

static int stat_root(struct host *h, struct cosn_plugin_fs *fs)
{
    struct cosn_plugin_status st = {.struct_size = sizeof(st)};
    return h->table->stat(fs, "/", &st, &h->e);
}

static void a_token_reaches_open_filesystems_and_its_infos_later_ones(void **state)
{
    struct host *h = *state;
    create(h, client_conf, COS_ARRAY_LEN(client_conf));
    struct cosn_plugin_fs *fs = open_fs(h);
    assert_int_equal(stat_root(h, fs), COSN_PLUGIN_CRED_MISSING);
    assert_int_equal(h->bench->fake->n_requests, 0);
    struct cosn_plugin_token t = token_of(TOKEN_JSON("1"), "cosn", -1);
    assert_int_equal(h->table->apply_token(h->plugin, &t, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(stat_root(h, fs), COSN_PLUGIN_OK);
    const struct fake_request *rq = fake_last(h->bench->fake);
    CHECK_HOLDS(fake_header(rq, "Authorization"), "q-ak=AKIDtemp1&");
    assert_string_equal(fake_header(rq, "x-cos-security-token"), "CANARYtoken1");
    assert_string_equal(fake_header(rq, "Host"), BUCKET ".cos.first.mock");

    t = token_of(TOKEN_JSON("2"), "cosn", h->bench->world.unix_ms + 3600000);
    assert_int_equal(h->table->apply_token(h->plugin, &t, &h->e), COSN_PLUGIN_OK);
    assert_int_equal(stat_root(h, fs), COSN_PLUGIN_OK);
    assert_string_equal(fake_header(fake_last(h->bench->fake), "x-cos-security-token"),
                        "CANARYtoken2");
    h->table->close_fs(fs);
    fs = open_fs(h);
    assert_int_equal(stat_root(h, fs), COSN_PLUGIN_OK);
    rq = fake_last(h->bench->fake);
    assert_string_equal(fake_header(rq, "Host"), BUCKET ".cos.second.mock");
    CHECK_HOLDS(fake_header(rq, "Authorization"), "q-ak=AKIDtemp2&");

    h->bench->world.unix_ms += 3600001;
    size_t before = h->bench->fake->n_requests;
    assert_int_equal(stat_root(h, fs), COSN_PLUGIN_CRED_EXPIRED);
    assert_int_equal(h->bench->fake->n_requests, before);
    h->table->close_fs(fs);
    assert_null(strstr(h->bench->world.log, "CANARY"));
}

static void a_wrong_token_changes_nothing(void **state)
{
    struct host *h = *state;
    create(h, client_conf, COS_ARRAY_LEN(client_conf));
    struct cosn_plugin_fs *fs = open_fs(h);
    struct cosn_plugin_token t = token_of(TOKEN_JSON("1"), "cosn", -1);
    assert_int_equal(h->table->apply_token(h->plugin, &t, &h->e), COSN_PLUGIN_OK);
    struct cosn_plugin_token bad[] = {token_of(TOKEN_JSON("2"), "oss", -1),
                                      token_of("{\"version\":1", "cosn", -1),
                                      token_of("", "cosn", -1)};
    for (size_t i = 0; i < COS_ARRAY_LEN(bad); i++) {
        assert_true(h->table->apply_token(h->plugin, &bad[i], &h->e) != COSN_PLUGIN_OK);
        assert_null(strstr(h->e.message, "CANARY"));
    }
    assert_int_equal(stat_root(h, fs), COSN_PLUGIN_OK);
    assert_string_equal(fake_header(fake_last(h->bench->fake), "x-cos-security-token"),
                        "CANARYtoken1");
    h->table->close_fs(fs);
}

static int provide(void *ctx, struct cosn_plugin_token **out, struct cosn_plugin_error *e)
{
    struct host *h = ctx;
    static struct cosn_plugin_token t;
    h->asked++;
    if (h->provide_fails > 0) {
        h->provide_fails--;
        (void)snprintf(e->message, sizeof(e->message), "no token today");
        return COSN_PLUGIN_STS;
    }
    t = token_of(h->asked % 2 == 0 ? TOKEN_JSON("2") : TOKEN_JSON("1"), "cosn",
                 h->bench->world.unix_ms + 3600000);
    *out = &t;
    return COSN_PLUGIN_OK;
}

static void a_manager_of_a_host_with_a_clock_is_stepped(void **state)
{
    struct host *h = *state;
    create(h, client_conf, COS_ARRAY_LEN(client_conf));
    struct cosn_plugin_manager *m = NULL, *second = NULL;
    static const struct cosn_plugin_kv conf[] = {
        {"client.filesystem.security.token.renewal.time-ratio", "0.5"}};
    assert_int_equal(h->table->manager_start(h->plugin, provide, h, conf, 1, &m, &h->e),
                     COSN_PLUGIN_OK);
    assert_int_equal(h->asked, 1);
    assert_int_equal(h->table->manager_start(h->plugin, provide, h, NULL, 0, &second, &h->e),
                     COSN_PLUGIN_INVALID_ARG);
    int64_t start = h->bench->world.unix_ms;
    int64_t next = h->table->manager_step(m);
    assert_int_equal(next, start + 1800000);
    assert_int_equal(h->asked, 1);
    h->bench->world.unix_ms = next;
    h->provide_fails = 1;
    next = h->table->manager_step(m);
    assert_int_equal(h->asked, 2);
    assert_true(next > h->bench->world.unix_ms && next < start + 3600000); /* before the end */
    h->bench->world.unix_ms = next;
    next = h->table->manager_step(m);
    assert_int_equal(h->asked, 3);
    assert_true(next >= h->bench->world.unix_ms + 1800000);
    h->table->manager_stop(m);
    assert_int_equal(h->table->manager_start(h->plugin, provide, h, NULL, 0, &m, &h->e),
                     COSN_PLUGIN_OK);
    h->table->manager_stop(m);
    assert_null(strstr(h->bench->world.log, "CANARY"));
}

static void note_key(void *ctx, const char *key, const char *value, const char *origin)
{
    struct seen_keys {
        char text[1024];
    } *s = ctx;
    size_t used = strlen(s->text);
    (void)snprintf(s->text + used, sizeof(s->text) - used, "%s=%s;", key, value);
    assert_non_null(origin);
}

static const char *host_conf_origin(void *ctx, size_t i)
{
    (void)ctx;
    return i == 1 ? "server.yaml:12" : NULL;
}

static void a_bad_value_is_named_where_the_host_says_it_stands(void **state)
{
    static const struct cosn_plugin_kv conf[] = {
        {"fs.cosn.bucket.endpoint_suffix", "cos.ap-guangzhou.myqcloud.com"},
        {"fs.cosn.block.size", "8 apples"},
    };
    struct host *h = *state;
    int code = h->table->create(&h->services, conf, 2, &h->plugin, &h->e);
    assert_int_not_equal(code, COSN_PLUGIN_OK);
    CHECK_HOLDS(h->e.message, "host");
    h->services.conf_origin = host_conf_origin;
    code = h->table->create(&h->services, conf, 2, &h->plugin, &h->e);
    assert_int_not_equal(code, COSN_PLUGIN_OK);
    CHECK_HOLDS(h->e.message, "server.yaml:12");
    /* A host built before 1.2 ends before the member. */
    h->services.struct_size = offsetof(struct cosn_plugin_host, conf_origin);
    code = h->table->create(&h->services, conf, 2, &h->plugin, &h->e);
    assert_int_not_equal(code, COSN_PLUGIN_OK);
    assert_null(strstr(h->e.message, "server.yaml"));
}

static void configuration_is_loaded_as_fluss_does(void **state)
{
    struct host *h = *state;
    char path[] = "/tmp/cosn-plugin-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const char text[] = "remote.data.dir: cosn://" BUCKET "/p # where\n";
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    (void)close(fd);
    char seen[1024] = "";
    assert_int_equal(h->table->load_config(&h->services, path, 0, note_key, seen, &h->e),
                     COSN_PLUGIN_OK);
    assert_string_equal(seen, "remote.data.dir=cosn://" BUCKET "/p;");
    assert_int_equal(h->table->load_config(&h->services, path, 9, note_key, seen, &h->e),
                     COSN_PLUGIN_INVALID_ARG);
    (void)unlink(path);
    assert_true(h->table->load_config(&h->services, path, 0, note_key, seen, &h->e) !=
                COSN_PLUGIN_OK);
    CHECK_HOLDS(h->e.message, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define P(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        P(the_table_is_complete),
        P(another_major_is_refused),
        P(a_smaller_struct_is_honoured),
        P(nothing_is_sent_before_it_is_asked_for),
        P(bad_configuration_is_named),
        P(a_file_lives_its_life),
        P(overwriting_takes_the_place_of_a_directory),
        P(errors_are_typed),
        P(an_error_without_a_status_is_no_success),
        P(a_token_reaches_open_filesystems_and_its_infos_later_ones),
        P(a_wrong_token_changes_nothing),
        P(a_manager_of_a_host_with_a_clock_is_stepped),
        P(a_bad_value_is_named_where_the_host_says_it_stands),
        P(configuration_is_loaded_as_fluss_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
