/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict YAML reader and the core-site.xml reader: what they take, what they refuse, and
 * how they say so.
 */
#include "world.h"

#include "cosn/config.h"

struct row {
    const char *name, *text;
    const char *key, *value; /* when it loads */
    const char *complaint;   /* when it must not */
};

static void check_rows(const struct row *rows, size_t n, enum cosn_config_mode mode,
                       const char *origin)
{
    for (size_t i = 0; i < n; i++) {
        struct cosn_config *config = NULL;
        struct cosn_error err = COSN_ERROR_INIT;
        assert_int_equal(cosn_config_new(&config, &err), 0);
        int r = cosn_config_load_text(config, rows[i].text, strlen(rows[i].text), origin, mode,
                                      &err);
        if (rows[i].complaint != NULL) {
            CHECK_ROW(rows[i].name, r == COSN_E_INVALID);
            CHECK_HOLDS(err.message, rows[i].complaint);
            CHECK_HOLDS(err.message, origin);
        } else {
            CHECK_ROW(rows[i].name, r == 0);
            const char *got = cosn_config_get(config, rows[i].key);
            CHECK_ROW(rows[i].name, (got == NULL) == (rows[i].value == NULL));
            CHECK_ROW(rows[i].name, got == NULL || strcmp(got, rows[i].value) == 0);
        }
        config = cosn_config_free(config);
    }
}

static void strict_yaml_takes_flat_scalars_only(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"plain", "a.b: c\n", "a.b", "c", NULL},
        {"quotes are dropped", "a: '{\"x\": 1}'\n", "a", "{\"x\": 1}", NULL},
        {"hash in a word stays", "a: b#c\n", "a", "b#c", NULL},
        {"empty means unset", "a:\n", "a", NULL, NULL},
        {"quoted empty is set", "a: ''\n", "a", "", NULL},
        {"tilde means unset", "a: ~\n", "a", NULL, NULL},
        {"no document", "", "a", NULL, NULL},
        {"policy as a map", "x: 1\nfs.cosn.security.token.policy: {\"version\":\"2.0\"}\n",
         NULL, NULL, ":2: 'fs.cosn.security.token.policy' is a mapping"},
        {"nested", "fs:\n  cosn: 1\n", NULL, NULL, "'fs' is a mapping"},
        {"sequence", "a: [1]\n", NULL, NULL, "'a' is a sequence"},
        {"scalar document", "hello\n", NULL, NULL, "must be a mapping"},
        {"duplicate", "a: 1\na: 2\n", NULL, NULL, ":2"},
        {"not yaml", "a: [\n", NULL, NULL, ":"},
    };
    check_rows(rows, COS_ARRAY_LEN(rows), COSN_CONFIG_STRICT, "strict.yaml");
}

static void core_site_takes_properties(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"property",
         "<configuration><property><name> a.b </name><value> c </value>"
         "<final>true</final></property></configuration>",
         "a.b", " c ", NULL},
        {"attributes", "<configuration><property name=\"a\" value=\"b\"/></configuration>", "a",
         "b", NULL},
        {"empty value is set",
         "<configuration><property><name>a</name><value/></property>"
         "</configuration>",
         "a", "", NULL},
        {"no value is skipped",
         "<configuration><property><name>a</name></property>"
         "</configuration>",
         "a", NULL, NULL},
        {"last wins",
         "<configuration><property><name>a</name><value>1</value></property>"
         "<property><name>a</name><value>2</value></property></configuration>",
         "a", "2", NULL},
        {"entities",
         "<configuration><property><name>a</name><value>&lt;&amp;</value>"
         "</property></configuration>",
         "a", "<&", NULL},
        {"no name", "<configuration>\n<property><value>1</value></property></configuration>",
         NULL, NULL, ":2: a <property> needs a <name>"},
        {"other root", "<conf/>", NULL, NULL, "the root is <conf>"},
        {"include", "<configuration><include href=\"x\"/></configuration>", NULL, NULL,
         "<include> is not read here"},
        {"not xml", "<configuration>", NULL, NULL, ":"},
    };
    check_rows(rows, COS_ARRAY_LEN(rows), COSN_CONFIG_CORE_SITE, "core-site.xml");
}

static void the_name_decides_the_mode(void **state)
{
    (void)state;
    static const struct row xml[] = {
        {"xml", "<configuration/>", "a", NULL, NULL},
    };
    static const struct row yaml[] = {
        {"yaml", "a: 'b'", "a", "'b'", NULL},
    };
    check_rows(xml, 1, COSN_CONFIG_AUTO, "etc/core-site.xml");
    check_rows(yaml, 1, COSN_CONFIG_AUTO, "conf/server.yaml");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct cosn_config *config = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    assert_int_equal(cosn_config_new(&config, &err), 0);
    assert_int_equal(cosn_config_load_file(config, "no/such/server.yaml", COSN_CONFIG_AUTO,
                                           &err),
                     COSN_E_IO);
    CHECK_HOLDS(err.message, "no/such/server.yaml: No such file");
    config = cosn_config_free(config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_yaml_takes_flat_scalars_only),
        cmocka_unit_test(core_site_takes_properties),
        cmocka_unit_test(the_name_decides_the_mode),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
