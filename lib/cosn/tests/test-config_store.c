/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store, the key table and the typed reads.
 */
#include "world.h"

#include "cosn/config.h"

static struct cosn_config *with(const char *key, const char *value)
{
    struct cosn_config *config = NULL;
    assert_int_equal(cosn_config_new(&config, NULL), 0);
    if (key != NULL) {
        assert_int_equal(cosn_config_set(config, key, value, "test", NULL), 0);
    }
    return config;
}

static void note_key(void *ctx, const char *key, const char *value, const char *origin)
{
    (void)value;
    (void)origin;
    strncat(ctx, key, 100);
    strncat(ctx, " ", 2);
}

static void keys_keep_their_order_and_the_last_value(void **state)
{
    (void)state;
    struct cosn_config *config = with("b", "1");
    for (int i = 0; i < 200; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        assert_int_equal(cosn_config_set(config, key, key, /* origin= */ NULL, /* err= */ NULL),
                         0);
    }
    assert_int_equal(cosn_config_set(config, "b", "2", "later", NULL), 0);
    struct cosn_config *copy = NULL;
    assert_int_equal(cosn_config_clone(&copy, config, NULL), 0);
    config = cosn_config_free(config);
    char keys[4096] = "";
    cosn_config_each(copy, note_key, keys);
    assert_memory_equal(keys, "b k0 k1 ", 8);
    assert_string_equal(cosn_config_get(copy, "b"), "2");
    assert_string_equal(cosn_config_origin(copy, "b"), "later");
    assert_string_equal(cosn_config_get(copy, "k199"), "k199");
    assert_null(cosn_config_get(copy, "k200"));
    copy = cosn_config_free(copy);
}

static void a_client_option_wins_with_its_whole_prefix_gone(void **state)
{
    (void)state;
    struct cosn_config *config = with("fs.cosn.useHttps", "false");
    assert_int_equal(cosn_config_set(config, "client.fs.fs.cosn.useHttps", "true", "client",
                                     NULL),
                     0);
    bool is_on = false;
    assert_int_equal(cosn_config_get_bool(config, "fs.cosn.useHttps", &is_on, NULL), 0);
    assert_true(is_on);
    assert_string_equal(cosn_config_origin(config, "fs.cosn.useHttps"), "client");
    config = cosn_config_free(config);
}

static void an_alias_is_read_when_the_name_is_not_set(void **state)
{
    (void)state;
    struct cosn_config *config = with("fs.cosn.userinfo.sessionToken", "t");
    assert_string_equal(cosn_config_get(config, "fs.cosn.session.token"), "t");
    assert_int_equal(cosn_config_set(config, "fs.cosn.session.token", "u", /* origin= */ NULL,
                                     /* err= */ NULL),
                     0);
    assert_string_equal(cosn_config_get(config, "fs.cosn.session.token"), "u");
    config = cosn_config_free(config);
}

static void numbers_are_checked_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key, *value;
        int64_t wanted;
        const char *complaint;
    } rows[] = {
        {"default", "fs.cosn.block.size", NULL, 8388608, NULL},
        {"set", "fs.cosn.block.size", " 1048576 ", 1048576, NULL},
        {"largest", "fs.cosn.block.size", "2147483648", 2147483648, NULL},
        {"too small", "fs.cosn.block.size", "1048575", 0, "1048576 to 2147483648"},
        {"too large", "fs.cosn.block.size", "2147483649", 0, "'2147483649'"},
        {"not a number", "fs.cosn.maxRetries", "three", 0, "whole number"},
        {"suffix", "fs.cosn.block.size", "8m", 0, "whole number"},
        {"overflow", "fs.cosn.block.size", "99999999999999999999", 0, "whole number"},
        {"no such default", "no.such.key", NULL, 0, "missing required key 'no.such.key'"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = with(rows[i].value ? rows[i].key : NULL, rows[i].value);
        struct cosn_error err = COSN_ERROR_INIT;
        int64_t got = -7;
        int r = cosn_config_get_i64(config, rows[i].key, &got, &err);
        if (rows[i].complaint == NULL) {
            CHECK_ROW(rows[i].name, r == 0 && got == rows[i].wanted);
        } else {
            CHECK_ROW(rows[i].name, r == COSN_E_INVALID && got == -7);
            CHECK_HOLDS(err.message, rows[i].complaint);
            CHECK_HOLDS(err.message, rows[i].key);
        }
        config = cosn_config_free(config);
    }
}

static void durations_read_as_fluss_reads_them(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t wanted_ms; /* -1: refused */
    } rows[] = {
        {"1 h", 3600000},
        {"90", -1},
        {"10 min", 600000},
        {"5m", 300000},
        {"2d", 172800000},
        {"250 ms", 250},
        {"1H", 3600000},
        {"3 seconds", 3000},
        {"", -1},
        {"h", -1},
        {"-1 s", -1},
        {"1.5 h", -1},
        {"9223372036854775807 d", -1},
        {"1 fortnight", -1},
        {"0 s", -1},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *key = "client.filesystem.security.token.renewal.backoff";
        struct cosn_config *config = with(key, rows[i].value);
        int64_t got_ms = -7;
        int r = cosn_config_get_ms(config, key, &got_ms, NULL);
        CHECK_ROW(rows[i].value,
                  rows[i].wanted_ms < 0 ? r == COSN_E_INVALID : got_ms == rows[i].wanted_ms);
        config = cosn_config_free(config);
    }
}

static void ratios_lie_between_nought_and_one(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        double wanted; /* 0: refused */
    } rows[] = {
        {"0.75", 0.75}, {".5", 0.5}, {"0.250", 0.25}, {"0", 0},   {"1", 0},
        {"1.5", 0},     {"-0.5", 0}, {"0,75", 0},     {"nan", 0}, {"0.7.5", 0},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *key = "client.filesystem.security.token.renewal.time-ratio";
        struct cosn_config *config = with(key, rows[i].value);
        double got = 0;
        int r = cosn_config_get_ratio(config, key, &got, NULL);
        CHECK_ROW(rows[i].value, (r == 0) == (rows[i].wanted > 0) && got == rows[i].wanted);
        config = cosn_config_free(config);
    }
}

static void a_check_warns_of_unknown_keys_and_refuses_wrong_values(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_config *config = with("fs.cosn.zzz", "SECRETCANARY");
    assert_int_equal(cosn_config_set(config, "fs.cosn.userinfo.secretKey", "SECRETCANARY2",
                                     "server.yaml:3", NULL),
                     0);
    assert_int_equal(cosn_config_load_text(config, "bad line", 8, "s.yaml", COSN_CONFIG_FLUSS,
                                           NULL),
                     0);
    assert_int_equal(cosn_config_check(config, &w.platform, &err), 0);
    CHECK_HOLDS(w.log, "unknown key 'fs.cosn.zzz'");
    CHECK_HOLDS(w.log, "s.yaml:1: skipped");
    assert_null(strstr(w.log, "CANARY"));
    assert_int_equal(cosn_config_set(config, "fs.cosn.useHttps", "yes", "server.yaml:9", NULL),
                     0);
    assert_int_equal(cosn_config_check(config, &w.platform, &err), COSN_E_INVALID);
    assert_string_equal(err.message,
                        "server.yaml:9: 'fs.cosn.useHttps' is 'yes', but it must be true or "
                        "false");
    config = cosn_config_free(config);
}

static void a_root_without_bucket_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool is_fine;
    } rows[] = {{"cosn://b-1/p", true},
                {"cosn:///p", false},
                {"cosn://", false},
                {"file:///tmp", true}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = with("remote.data.dir", rows[i].value);
        CHECK_ROW(rows[i].value, (cosn_config_check(config, /* platform= */ NULL,
                                                    /* err= */ NULL) == 0) == rows[i].is_fine);
        config = cosn_config_free(config);
    }
}

/* Every default of the table must pass its own check. */
static void every_default_is_valid(void **state)
{
    (void)state;
    for (const struct cosn_key *k = cosn_config_keys(); k->name != NULL; k++) {
        struct cosn_config *config = with(k->fallback ? k->name : NULL, k->fallback);
        CHECK_ROW(k->name,
                  cosn_config_check(config, /* platform= */ NULL, /* err= */ NULL) == 0);
        CHECK_ROW(k->name, k->effect != NULL && k->citation != NULL);
        config = cosn_config_free(config);
    }
}

static void secrets_are_known_by_name(void **state)
{
    (void)state;
    assert_true(cosn_config_is_secret("fs.cosn.userinfo.secretKey"));
    assert_true(cosn_config_is_secret("fs.cosn.session.token"));
    assert_true(cosn_config_is_secret("some.other.Password"));
    assert_false(cosn_config_is_secret("fs.cosn.security.token.policy"));
    assert_false(cosn_config_is_secret("remote.data.dir"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_keep_their_order_and_the_last_value),
        cmocka_unit_test(a_client_option_wins_with_its_whole_prefix_gone),
        cmocka_unit_test(an_alias_is_read_when_the_name_is_not_set),
        cmocka_unit_test(numbers_are_checked_and_named),
        cmocka_unit_test(durations_read_as_fluss_reads_them),
        cmocka_unit_test(ratios_lie_between_nought_and_one),
        cmocka_unit_test(a_check_warns_of_unknown_keys_and_refuses_wrong_values),
        cmocka_unit_test(a_root_without_bucket_is_refused),
        cmocka_unit_test(every_default_is_valid),
        cmocka_unit_test(secrets_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
