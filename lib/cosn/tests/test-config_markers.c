/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ${…} markers. What Fluss makes of each row was read from its own test
 * (ConfigProvidersTest.java, apache/fluss 545c55390) and the provider classes; Java properties
 * are those of the API's description of Properties.load().
 */
#include "world.h"

#include "cosn/config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "fs.cosn.userinfo.secretKey"

struct bench {
    struct world world;
    char dir[64], other[64];
    struct cosn_error err;
};

static void write_text(const char *dir, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *const environment[] = {"SECRET", "from-env",      "EMPTY",
                                          "",       "WITH_HASH",     "a#b: c",
                                          "NESTED", "${env:SECRET}", "COSN_OTHER",
                                          "other",  "WITH_QUOTES",   "\"q\"",
                                          NULL};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    world_init(&b->world);
    b->world.env = environment;
    (void)snprintf(b->dir, sizeof(b->dir), "/tmp/cosn-markers-XXXXXX");
    (void)snprintf(b->other, sizeof(b->other), "/tmp/cosn-markers-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    assert_non_null(mkdtemp(b->other));
    write_text(b->dir, "token", "s3cr3t");
    write_text(b->dir, "line", "s3cr3t\n");
    write_text(b->dir, "empty", "");
    write_text(b->dir, "creds.properties",
               "# a comment\n! another\n\n"
               "db.user=alice\n  db.password : hunter2\n"
               "long=one,\\\n      two\n"
               "twice=1\ntwice=2\n"
               "a\\ key\\=x=escaped\\tname\\u00e9\\\\\n"
               "blank separated\n"
               "bare\n");
    write_text(b->dir, "bad.properties", "x=\\u12\n");
    write_text(b->other, "token", "leak");
    char link[128];
    (void)snprintf(link, sizeof(link), "%s/way-out", b->dir);
    assert_int_equal(symlink(b->other, link), 0);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    char command[256];
    (void)snprintf(command, sizeof(command), "rm -rf %s %s", b->dir, b->other);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    free(b);
    return 0;
}

/* %D is the directory, %O the other one. */
static void expand(char *out, size_t cap, const struct bench *b, const char *text)
{
    size_t n = 0;
    for (; *text != '\0' && n + 80 < cap; text++) {
        if (text[0] == '%' && (text[1] == 'D' || text[1] == 'O')) {
            n += (size_t)snprintf(out + n, cap - n, "%s", text[1] == 'D' ? b->dir : b->other);
            text++;
        } else {
            out[n++] = *text;
        }
    }
    out[n] = '\0';
}

static int resolve(struct bench *b, struct cosn_config **out, const char *text,
                   enum cosn_config_mode mode)
{
    char expanded[4096];
    expand(expanded, sizeof(expanded), b, text);
    assert_int_equal(cosn_config_new(out, NULL), 0);
    if (cosn_config_load_text(*out, expanded, strlen(expanded), "server.yaml", mode, &b->err) <
        0) {
        fail_msg("%s", b->err.message);
    }
    return cosn_config_resolve(*out, &b->world.platform, &b->err);
}

#define ENV "config.providers: env\n"
#define DIRECTORY \
    "config.providers: directory\nconfig.providers.directory.param.allowed.paths: %D\n"
#define FILES "config.providers: file\nconfig.providers.file.param.allowed.paths: %D\n"

static void markers_become_what_fluss_makes_of_them(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *name, *text, *value;
    } rows[] = {
        {"no provider declared", KEY ": ${env:SECRET}\n", "${env:SECRET}"},
        {"an empty declaration", "config.providers: ,\n" KEY ": ${env:SECRET}\n",
         "${env:SECRET}"},
        {"environment", ENV KEY ": ${env:SECRET}\n", "from-env"},
        {"declared behind its use", KEY ": ${env:SECRET}\n" ENV, "from-env"},
        {"one of several providers",
         "config.providers:  directory , env\n"
         "config.providers.directory.param.allowed.paths: %D\n" KEY ": ${env:SECRET}\n",
         "from-env"},
        {"an empty variable is a value", ENV KEY ": ${env:EMPTY}\n", ""},
        {"a hash in a value is no comment", ENV KEY ": ${env:WITH_HASH}\n", "a#b: c"},
        {"quotes in a value stay", ENV KEY ": ${env:WITH_QUOTES}\n", "\"q\""},
        {"once, not again", ENV KEY ": ${env:NESTED}\n", "${env:SECRET}"},
        {"inside a value it is text", ENV KEY ": https://h/${env:SECRET}/x\n",
         "https://h/${env:SECRET}/x"},
        {"blanks inside are text", ENV KEY ": ${env:SECRET} x\n", "${env:SECRET} x"},
        {"in quotes it is text", ENV KEY ": \"${env:SECRET}\"\n", "\"${env:SECRET}\""},
        {"two dollars stand for one", ENV KEY ": $${env:SECRET}\n", "${env:SECRET}"},
        {"dollars without a brace", ENV KEY ": $$100\n", "$$100"},
        {"two dollars without providers", KEY ": $${env:SECRET}\n", "$${env:SECRET}"},
        {"too short to be one", ENV KEY ": ${}\n", "${}"},
        {"permitted by the pattern",
         ENV "config.providers.env.param.allowlist.pattern: COSN_.*\n" KEY
             ": ${env:COSN_OTHER}\n",
         "other"},
        {"file of a directory", DIRECTORY KEY ": ${directory:%D:token}\n", "s3cr3t"},
        {"verbatim, line break included", DIRECTORY KEY ": ${directory:%D:line}\n", "s3cr3t\n"},
        {"an empty file is a value", DIRECTORY KEY ": ${directory:%D:empty}\n", ""},
        {"a detour that stays inside", DIRECTORY KEY ": ${directory:%D/./:token}\n", "s3cr3t"},
        {"one of two roots",
         "config.providers: directory\n"
         "config.providers.directory.param.allowed.paths: /nonexistent, %O ,%D\n" KEY
         ": ${directory:%D:token}\n",
         "s3cr3t"},
        {"property", FILES KEY ": ${file:%D/creds.properties:db.password}\n", "hunter2"},
        {"property over two lines", FILES KEY ": ${file:%D/creds.properties:long}\n",
         "one,two"},
        {"the last of two properties", FILES KEY ": ${file:%D/creds.properties:twice}\n", "2"},
        {"escapes of a property", FILES KEY ": ${file:%D/creds.properties:a key=x}\n",
         "escaped\tname\xC3\xA9\\"},
        {"a blank separates", FILES KEY ": ${file:%D/creds.properties:blank}\n", "separated"},
        {"a bare property is empty", FILES KEY ": ${file:%D/creds.properties:bare}\n", ""},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = NULL;
        if (resolve(b, &config, rows[i].text, COSN_CONFIG_FLUSS) < 0) {
            fail_msg("row '%s': %s", rows[i].name, b->err.message);
        }
        const char *got = cosn_config_get(config, KEY);
        if (got == NULL || strcmp(got, rows[i].value) != 0) {
            fail_msg("row '%s': got '%s'", rows[i].name, got == NULL ? "(null)" : got);
        }
        CHECK_HOLDS(cosn_config_origin(config, KEY), "server.yaml:");
        config = cosn_config_free(config);
    }
}

static void what_cannot_be_resolved_is_refused_with_its_place(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *name, *text, *says;
    } rows[] = {
        {"not set", ENV KEY ": ${env:ABSENT}\n", "not set"},
        {"malformed", ENV KEY ": ${nocolon}\n", "must be ${identifier:[path:]key}"},
        {"no identifier", ENV KEY ": ${:x}\n", "must be ${identifier:[path:]key}"},
        {"no key", ENV KEY ": ${env:}\n", "must be ${identifier:[path:]key}"},
        {"a path for env", ENV KEY ": ${env:a:SECRET}\n", "write ${env:NAME}"},
        {"not declared", ENV KEY ": ${directory:/etc:passwd}\n", "not declared"},
        {"of nobody", ENV KEY ": ${vault:x}\n", "not declared"},
        {"under any key", ENV "some.key: ${env:ABSENT}\n", "not set"},
        {"not permitted",
         ENV "config.providers.env.param.allowlist.pattern: COSN_.*\n" KEY ": ${env:SECRET}\n",
         "not permitted"},
        {"the pattern matches the whole name",
         ENV "config.providers.env.param.allowlist.pattern: SECRE|X\n" KEY ": ${env:SECRET}\n",
         "not permitted"},
        {"outside the roots", DIRECTORY KEY ": ${directory:%O:token}\n", "outside"},
        {"outside by dots", DIRECTORY KEY ": ${directory:%D/../..:/etc/hostname}\n", "cannot"},
        {"outside by a link", DIRECTORY KEY ": ${directory:%D/way-out:token}\n", "outside"},
        {"beside a root", DIRECTORY KEY ": ${directory:%Dx:token}\n", "cannot be read"},
        {"no such file", DIRECTORY KEY ": ${directory:%D:absent}\n", "cannot be read"},
        {"no directory", DIRECTORY KEY ": ${directory:token}\n",
         "write ${directory:/dir:file}"},
        {"no roots", "config.providers: directory\n", "allowed.paths"},
        {"blank roots",
         "config.providers: file\nconfig.providers.file.param.allowed.paths: ,\n" KEY
         ": ${file:%D/creds.properties:twice}\n",
         "outside"},
        {"mistyped parameter", DIRECTORY "config.providers.directory.param.allowd.paths: /\n",
         "it must be 'config.providers.directory.param.allowed.paths'"},
        {"unknown provider", "config.providers: env,vault\n", "'vault'; known are directory"},
        {"no such property", FILES KEY ": ${file:%D/creds.properties:absent}\n", "no such"},
        {"a malformed properties file", FILES KEY ": ${file:%D/bad.properties:x}\n", "no such"},
        {"no file", FILES KEY ": ${file:key}\n", "write ${file:"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = NULL;
        int r = resolve(b, &config, rows[i].text, COSN_CONFIG_FLUSS);
        CHECK_ROW(rows[i].name, r == COSN_E_INVALID);
        CHECK_HOLDS(b->err.message, rows[i].says);
        CHECK_HOLDS(b->err.message, "server.yaml:");
        const char *left = cosn_config_get(config, KEY);
        CHECK_ROW(rows[i].name, left == NULL || left[0] == '$'); /* nothing was changed */
        config = cosn_config_free(config);
    }
}

static void strict_yaml_has_markers_too(void **state)
{
    struct bench *b = *state;
    struct cosn_config *config = NULL;
    assert_int_equal(resolve(b, &config, "config.providers: env\n" KEY ": \"${env:SECRET}\"\n",
                             COSN_CONFIG_STRICT),
                     0);
    assert_string_equal(cosn_config_get(config, KEY), "from-env");
    config = cosn_config_free(config);
}

/* The key may sound harmless: what a marker brought is a secret. */
static void what_a_marker_brought_is_not_shown(void **state)
{
    struct bench *b = *state;
    struct cosn_config *config = NULL, *copy = NULL;
    char shown[256];
    assert_int_equal(resolve(b, &config, ENV "fs.cosn.block.size: ${env:SECRET}\n",
                             COSN_CONFIG_FLUSS),
                     0);
    assert_string_equal(cosn_config_get(config, "fs.cosn.block.size"), "from-env");
    assert_int_equal(cosn_config_clone(&copy, config, NULL), 0);
    assert_string_equal(cosn_config_shown(copy, "fs.cosn.block.size", shown), "***");
    assert_int_equal(cosn_config_check(copy, &b->world.platform, &b->err), COSN_E_INVALID);
    assert_null(strstr(b->err.message, "from-env"));
    CHECK_HOLDS(b->err.message, "fs.cosn.block.size");
    assert_null(strstr(b->world.log, "from-env"));
    config = cosn_config_free(config);
    copy = cosn_config_free(copy);
}

static void resolving_twice_changes_nothing(void **state)
{
    struct bench *b = *state;
    struct cosn_config *config = NULL;
    assert_int_equal(resolve(b, &config, ENV KEY ": $${env:SECRET}\nx: ${env:NESTED}\n",
                             COSN_CONFIG_FLUSS),
                     0);
    assert_int_equal(cosn_config_resolve(config, &b->world.platform, &b->err), 0);
    assert_string_equal(cosn_config_get(config, KEY), "${env:SECRET}");
    assert_string_equal(cosn_config_get(config, "x"), "${env:SECRET}");
    assert_int_equal(cosn_config_set(config, "x", "${env:SECRET}", "test", NULL), 0);
    assert_int_equal(cosn_config_resolve(config, &b->world.platform, &b->err), 0);
    assert_string_equal(cosn_config_get(config, "x"), "from-env");
    config = cosn_config_free(config);
}

static void a_marker_nobody_resolves_is_warned_about(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *text;
        bool warns;
    } rows[] = {
        {KEY ": ${env:SECRET}\n", true},
        {KEY ": ${directory:/a:b}\n", true},
        {"some.key: ${file:/a:b}\n", true},
        {ENV KEY ": $${env:SECRET}\n", false}, /* meant as it stands */
        {ENV KEY ": ${env:SECRET}\n", false},
        {"fs.cosn.security.token.policy: {\"resource\": [\"${uin}\"]}\n", false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = NULL;
        b->world.log[0] = '\0';
        assert_int_equal(resolve(b, &config, rows[i].text, COSN_CONFIG_FLUSS), 0);
        assert_int_equal(cosn_config_check(config, &b->world.platform, &b->err), 0);
        bool has_warned = strstr(b->world.log, "looks like a marker") != NULL;
        CHECK_ROW(rows[i].text, has_warned == rows[i].warns);
        CHECK_ROW(rows[i].text, !has_warned || strstr(b->world.log, "server.yaml:1") != NULL);
        config = cosn_config_free(config);
    }
}

static void collect(void *ctx, const char *sentence)
{
    strncat(ctx, sentence, 2000);
    strncat(ctx, "\n", 2);
}

static void a_line_break_at_the_end_of_a_secret_is_warned_about(void **state)
{
    struct bench *b = *state;
    struct cosn_config *config = NULL;
    char warnings[4096] = "";
    assert_int_equal(resolve(b, &config, DIRECTORY KEY ": ${directory:%D:line}\n",
                             COSN_CONFIG_FLUSS),
                     0);
    cosn_config_each_warning(config, collect, warnings);
    CHECK_HOLDS(warnings, "server.yaml:3");
    CHECK_HOLDS(warnings, "line break");
    config = cosn_config_free(config);
}

static struct bench *tortured;

static bool attempt(void)
{
    struct cosn_config *config = NULL;
    static const char text[] = ENV KEY ": ${env:SECRET}\nx: $${env:y}\n";
    bool ok = cosn_config_new(&config, NULL) == 0 &&
              cosn_config_load_text(config, text, sizeof(text) - 1, "t", COSN_CONFIG_FLUSS,
                                    NULL) == 0 &&
              cosn_config_resolve(config, &tortured->world.platform, NULL) == 0;
    ok = ok && strcmp(cosn_config_get(config, KEY), "from-env") == 0;
    config = cosn_config_free(config);
    return ok;
}

static void resolving_survives_every_failed_allocation(void **state)
{
    tortured = *state;
    torture(attempt);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(markers_become_what_fluss_makes_of_them),
        T(what_cannot_be_resolved_is_refused_with_its_place),
        T(strict_yaml_has_markers_too),
        T(what_a_marker_brought_is_not_shown),
        T(resolving_twice_changes_nothing),
        T(a_marker_nobody_resolves_is_warned_about),
        T(a_line_break_at_the_end_of_a_secret_is_warned_about),
        T(resolving_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
