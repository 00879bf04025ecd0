/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials and providers. The matrix is that of fluss-plugin.md s.3, with this library's
 * three documented differences (docs/DEVIATIONS.md): blanks-only values count as missing,
 * errors name each provider and its reason, and an environment alone is enough where there is
 * no receiver.
 */
#include "world.h"

#include "cosn/credentials.h"

#define SIMPLE "org.apache.hadoop.fs.cosn.auth.SimpleCredentialsProvider"
#define ENV "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider"
#define DYNAMIC "org.apache.fluss.fs.cos.token.DynamicTemporaryCOSCredentialsProvider"
#define UNSET NULL

static const char *const env_pair[] = {
    "COSN_SECRET_ID", " AKIDENV \n",   "COSN_SECRET_KEY", "envkey\t", "TENCENTCLOUD_SECRET_ID",
    "DECOY",          "COS_SECRET_ID", "DECOY",           NULL};

static void set_if(struct cosn_config *config, const char *key, const char *value)
{
    if (value != NULL) {
        assert_int_equal(cosn_config_set(config, key, value, "server.yaml:7", NULL), 0);
    }
}

static struct cosn_config *make_config(const char *id, const char *key, const char *provider)
{
    struct cosn_config *config = NULL;
    assert_int_equal(cosn_config_new(&config, NULL), 0);
    set_if(config, "fs.cosn.userinfo.secretId", id);
    set_if(config, "fs.cosn.userinfo.secretKey", key);
    set_if(config, "fs.cosn.credentials.provider", provider);
    return config;
}

/* What asking once gives: the id, or the status and message. */
static int ask(char id[64], struct cosn_config *config, struct cosn_provider *dynamic,
               struct world *w, struct cosn_error *err)
{
    struct cosn_provider *p = NULL;
    struct cosn_credentials *c = NULL;
    int r = cosn_provider_from_config(&p, config, dynamic, &w->platform, err);
    r = r < 0 ? r : cosn_provider_get(p, &c, err);
    if (r == 0) {
        (void)snprintf(id, 64, "%s", cosn_credentials_secret_id(c));
    }
    (void)cosn_credentials_unref(c);
    (void)cosn_provider_unref(p);
    return r;
}

static void the_matrix_of_the_plugin_holds(void **state)
{
    (void)state;
    static const struct {
        const char *name, *id, *key, *provider;
        const char *without_env, *with_env; /* the id that answers; NULL: none */
    } rows[] = {
        {"nothing, as a client", UNSET, UNSET, UNSET, NULL, NULL},
        {"id and key", "AKID", "k", UNSET, "AKID", "AKID"},
        {"id only", "AKID", UNSET, UNSET, NULL, "AKIDENV"},
        {"key only, as a client", UNSET, "k", UNSET, NULL, NULL},
        {"empty id", "", "k", UNSET, NULL, "AKIDENV"},
        {"padded id is kept", " id ", "k", UNSET, " id ", " id "},
        {"env listed", UNSET, UNSET, ENV, NULL, "AKIDENV"},
        {"env listed, keys ignored", "AKID", "k", ENV, NULL, "AKIDENV"},
        {"simple then env", "AKID", "k", SIMPLE ", " ENV, "AKID", "AKID"},
        {"env then simple", "AKID", "k", ENV "," SIMPLE, "AKID", "AKIDENV"},
        {"empty list", UNSET, UNSET, "", NULL, "AKIDENV"},
        {"blank list", UNSET, UNSET, "   ", NULL, "AKIDENV"},
        {"empty list with keys", "AKID", "k", "", "AKID", "AKID"},
        {"dynamic listed, no token yet", "AKID", "k", DYNAMIC, NULL, NULL},
        {"short names", UNSET, UNSET, "simple,environment", NULL, "AKIDENV"},
        {"names of the fork", "AKID", "k", "org.apache.hadoop.fs.auth.SimpleCredentialProvider",
         "AKID", "AKID"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        for (int has_env = 0; has_env < 2; has_env++) {
            struct world w;
            world_init(&w);
            w.env = has_env ? env_pair : NULL;
            struct cosn_provider *dynamic = NULL;
            assert_int_equal(cosn_provider_dynamic_new(&dynamic, &w.platform, NULL), 0);
            struct cosn_config *config = make_config(rows[i].id, rows[i].key, rows[i].provider);
            const char *wanted = has_env ? rows[i].with_env : rows[i].without_env;
            char id[64] = "";
            int r = ask(id, config, dynamic, &w, NULL);
            CHECK_ROW(rows[i].name, r == (wanted ? 0 : COSN_E_NO_CREDENTIALS));
            CHECK_ROW(rows[i].name, wanted == NULL || strcmp(id, wanted) == 0);
            config = cosn_config_free(config);
            (void)cosn_provider_unref(dynamic);
        }
    }
}

static void without_a_receiver_the_environment_is_enough(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.env = env_pair;
    struct cosn_config *config = make_config(UNSET, UNSET, UNSET);
    char id[64] = "";
    assert_int_equal(ask(id, config, /* dynamic= */ NULL, &w, NULL), 0);
    assert_string_equal(id, "AKIDENV");
    config = cosn_config_free(config);
}

static void an_error_names_each_provider_and_its_reason(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_config *config = make_config("AKID", UNSET, UNSET);
    char id[64];
    assert_int_equal(ask(id, config, /* dynamic= */ NULL, &w, &err), COSN_E_NO_CREDENTIALS);
    assert_string_equal(err.message,
                        "no COS credentials: SimpleCredentialsProvider: "
                        "fs.cosn.userinfo.secretKey is not set; "
                        "EnvironmentVariableCredentialsProvider: environment variable "
                        "COSN_SECRET_ID is not set");
    config = cosn_config_free(config);
}

static void half_a_pair_of_the_environment_is_nothing(void **state)
{
    (void)state;
    static const char *const half[] = {"COSN_SECRET_ID", "AKID", "COSN_SECRET_KEY", "  ", NULL};
    struct world w;
    world_init(&w);
    w.env = half;
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_config *config = make_config(UNSET, UNSET, "environment");
    char id[64];
    assert_int_equal(ask(id, config, /* dynamic= */ NULL, &w, &err), COSN_E_NO_CREDENTIALS);
    CHECK_HOLDS(err.message, "COSN_SECRET_KEY is not set");
    config = cosn_config_free(config);
}

static void an_unknown_class_is_named_with_its_origin(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.env = env_pair;
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_config *config = make_config("AKID", "k", SIMPLE ",no.such.Cls");
    char id[64];
    assert_int_equal(ask(id, config, /* dynamic= */ NULL, &w, &err), COSN_E_INVALID);
    CHECK_HOLDS(err.message, "fs.cosn.credentials.provider: unknown credentials provider "
                             "'no.such.Cls' (server.yaml:7)");
    CHECK_HOLDS(err.message, "EnvironmentVariableCredentialsProvider");
    config = cosn_config_free(config);
}

static void a_rotated_environment_takes_effect_at_once(void **state)
{
    (void)state;
    static const char *const later[] = {
        "COSN_SECRET_ID", "AKID2", "COSN_SECRET_KEY", "k2", "COSN_SESSION_TOKEN",
        " tok ",          NULL};
    struct world w;
    world_init(&w);
    w.env = env_pair;
    struct cosn_provider *p = NULL;
    struct cosn_credentials *c = NULL;
    assert_int_equal(cosn_provider_env_new(&p, &w.platform, NULL), 0);
    assert_int_equal(cosn_provider_get(p, &c, NULL), 0);
    assert_string_equal(cosn_credentials_secret_key(c), "envkey");
    assert_null(cosn_credentials_token(c));
    c = cosn_credentials_unref(c);
    w.env = later;
    assert_int_equal(cosn_provider_get(p, &c, NULL), 0);
    assert_string_equal(cosn_credentials_secret_id(c), "AKID2");
    assert_string_equal(cosn_credentials_token(c), "tok");
    c = cosn_credentials_unref(c);
    p = cosn_provider_unref(p);
}

static struct cosn_credentials *temporary(int64_t expires_unix_ms)
{
    struct cosn_credentials *c = NULL;
    assert_int_equal(cosn_credentials_new(&c, "TMP", "k", "t", expires_unix_ms, NULL), 0);
    return c;
}

static void a_received_credential_lives_until_its_last_millisecond(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct cosn_provider *dynamic = NULL;
    struct cosn_credentials *got = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    assert_int_equal(cosn_provider_dynamic_new(&dynamic, &w.platform, NULL), 0);
    assert_int_equal(cosn_provider_get(dynamic, &got, &err), COSN_E_NO_CREDENTIALS);
    CHECK_HOLDS(err.message, "have not been received yet");
    struct cosn_credentials *c = temporary(w.unix_ms + 3600000);
    assert_int_equal(cosn_provider_dynamic_set(dynamic, c, NULL), 0);
    c = cosn_credentials_unref(c);
    w.unix_ms += 3599999;
    assert_int_equal(cosn_provider_get(dynamic, &got, NULL), 0);
    got = cosn_credentials_unref(got);
    w.unix_ms += 1;
    assert_int_equal(cosn_provider_get(dynamic, &got, &err), COSN_E_EXPIRED);
    dynamic = cosn_provider_unref(dynamic);
}

static void an_expired_credential_ends_the_chain(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct cosn_provider *links[2] = {NULL, NULL};
    struct cosn_provider *chain = NULL;
    struct cosn_credentials *got = NULL;
    assert_int_equal(cosn_provider_dynamic_new(&links[0], &w.platform, NULL), 0);
    struct cosn_credentials *dead = temporary(w.unix_ms - 1);
    struct cosn_credentials *live = temporary(COSN_NEVER_EXPIRES);
    assert_int_equal(cosn_provider_dynamic_set(links[0], dead, NULL), 0);
    assert_int_equal(cosn_provider_static_new(&links[1], live, NULL), 0);
    assert_int_equal(cosn_provider_chain_new(&chain, links, 2, NULL), 0);
    assert_int_equal(cosn_provider_get(chain, &got, NULL), COSN_E_EXPIRED);
    assert_null(got);
    dead = cosn_credentials_unref(dead);
    live = cosn_credentials_unref(live);
    (void)cosn_provider_unref(links[0]);
    (void)cosn_provider_unref(links[1]);
    chain = cosn_provider_unref(chain);
}

static void only_a_dynamic_provider_takes_a_token(void **state)
{
    (void)state;
    struct cosn_provider *p = NULL;
    struct cosn_credentials *c = temporary(COSN_NEVER_EXPIRES);
    assert_int_equal(cosn_provider_static_new(&p, c, NULL), 0);
    assert_int_equal(cosn_provider_dynamic_set(p, c, NULL), COSN_E_INVALID);
    c = cosn_credentials_unref(c);
    p = cosn_provider_unref(p);
}

static void what_could_smuggle_a_header_is_no_credential(void **state)
{
    (void)state;
    static const struct {
        const char *name, *id, *key, *token;
    } rows[] = {
        {"no id", "", "k", NULL},
        {"no key", "id", "", NULL},
        {"line end in the id", "a\r\nb", "k", NULL},
        {"line end in the token", "a", "k", "t\nx"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_credentials *c = NULL;
        CHECK_ROW(rows[i].name,
                  cosn_credentials_new(&c, rows[i].id, rows[i].key, rows[i].token,
                                       COSN_NEVER_EXPIRES, NULL) == COSN_E_INVALID);
    }
}

static bool attempt(void)
{
    struct world w;
    world_init(&w);
    w.env = env_pair;
    struct cosn_config *config = NULL;
    char id[64];
    bool ok = cosn_config_new(&config, NULL) == 0 &&
              cosn_config_set(config, "fs.cosn.credentials.provider", SIMPLE "," ENV, "x",
                              NULL) == 0 &&
              ask(id, config, /* dynamic= */ NULL, &w, /* err= */ NULL) == 0;
    config = cosn_config_free(config);
    return ok;
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    torture(attempt);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matrix_of_the_plugin_holds),
        cmocka_unit_test(without_a_receiver_the_environment_is_enough),
        cmocka_unit_test(an_error_names_each_provider_and_its_reason),
        cmocka_unit_test(half_a_pair_of_the_environment_is_nothing),
        cmocka_unit_test(an_unknown_class_is_named_with_its_origin),
        cmocka_unit_test(a_rotated_environment_takes_effect_at_once),
        cmocka_unit_test(a_received_credential_lives_until_its_last_millisecond),
        cmocka_unit_test(an_expired_credential_ends_the_chain),
        cmocka_unit_test(only_a_dynamic_provider_takes_a_token),
        cmocka_unit_test(what_could_smuggle_a_header_is_no_credential),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
