/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys end up in wrong places: under another key, as a key, behind one, before the '@' of a
 * URI. Whatever is then said, by an error or a log line, at loading, checking, opening, minting
 * or the first request, must not hold them.
 *
 * A property over every row of the key table, every way of writing and every mode. The secrets
 * are made up; their shapes are those of cos-wire.md s.1.1.
 */
#include "world.h"

#include "cosn/cosn.h"

#define ID "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
#define KEY "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
#define HEX "0123456789abcdef0123456789abcdef"
#define TOKEN "Tk9fT05FX0NBTl9VU0VfVEhJU18wMTIzNDU2Nzg5-abc_DEF-0123456789ABCDEFxyz"

static const char *const secrets[] = {ID, KEY, HEX, TOKEN};

/* How a secret S is written under a key. */
static const char *const values[] = {
    "%s",
    " %s ",
    "\"%s\"",
    "8388608 %s",
    "%s#rest",
    "cosn://%s:%s@examplebucket-1250000000/p",
    "cosn://%s@b-1",
    "https://u:%s@host",
    "id=%s;x",
    "${%s}",
    "a,%s",
    "%s.cos.ap-guangzhou",
};

struct spoken {
    struct world world;
    char text[65536];
    const char *where;
};

static void add(struct spoken *s, const char *text)
{
    size_t used = strlen(s->text);
    (void)snprintf(s->text + used, sizeof(s->text) - used, "%s\n", text);
}

static void add_warning(void *ctx, const char *sentence)
{
    add(ctx, sentence);
}

static int no_network(void *ctx, const struct cosn_http_request *request,
                      struct cosn_http_reply *reply, struct cosn_error *err)
{
    (void)ctx;
    (void)request;
    (void)reply;
    return (fail)(err, COSN_E_NET, "nobody answers");
}

/* Any eight bytes of a secret give too much away; its first four, "AKID", do not. */
static void check_nothing_leaked(const struct spoken *s, const char *secret)
{
    for (size_t i = 4; i + 8 <= strlen(secret); i++) {
        char piece[9];
        (void)snprintf(piece, sizeof(piece), "%.8s", secret + i);
        if (strstr(s->text, piece) != NULL || strstr(s->world.log, piece) != NULL) {
            fail_msg("%s: '%s' shows in:\n%s%s", s->where, secret, s->text, s->world.log);
        }
    }
}

/* Everything that can be said about a configuration. */
static void use(struct spoken *s, const struct cosn_config *config, const char *uri)
{
    struct cosn_transport transport = {no_network, NULL};
    s->world.platform.transport = &transport;
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_fs *fs = NULL;
    struct cosn_token *token = NULL;
    struct cosn_stat st;
    if (cosn_config_check(config, &s->world.platform, &err) < 0) {
        add(s, err.message);
    }
    struct cosn_fs_options options = COSN_FS_OPTIONS_INIT;
    options.config = config;
    options.platform = &s->world.platform;
    if (cosn_fs_open(&fs, uri, &options, &err) < 0 || cosn_fs_stat(fs, &st, "/x", &err) < 0) {
        add(s, err.message);
    }
    fs = cosn_fs_free(fs);
    if (cosn_token_obtain(&token, config, uri, &s->world.platform, &err) < 0) {
        add(s, err.message);
    }
    token = cosn_token_free(token);
    s->world.platform.transport = NULL;
}

static void read_and_use(const char *text, enum cosn_config_mode mode, const char *secret)
{
    struct spoken *s = calloc(1, sizeof(*s));
    struct cosn_config *config = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    assert_non_null(s);
    world_init(&s->world);
    s->where = text;
    assert_int_equal(cosn_config_new(&config, &err), 0);
    if (cosn_config_load_text(config, text, strlen(text), "server.yaml", mode, &err) < 0) {
        add(s, err.message);
    }
    cosn_config_each_warning(config, add_warning, s);
    use(s, config, "cosn://examplebucket-1250000000/p");
    const char *dir = cosn_config_get(config, "remote.data.dir");
    use(s, config, dir == NULL ? "cosn://b-1/" : dir);
    check_nothing_leaked(s, secret);
    config = cosn_config_free(config);
    free(s);
}

#define WORKING                                       \
    "fs.cosn.bucket.endpoint_suffix: cos.mock.test\n" \
    "fs.cosn.userinfo.region: ap-guangzhou\n"         \
    "fs.cosn.userinfo.secretId: someId\n"             \
    "fs.cosn.userinfo.secretKey: someKey\n"

static void write_value(char out[512], const char *form, const char *secret)
{
    /* Every form has one or two places for it. */
    const char *first = strstr(form, "%s");
    const char *second = strstr(first + 2, "%s");
    (void)snprintf(out, 512, "%.*s%s%.*s%s%s", (int)(first - form), form, secret,
                   second == NULL ? (int)strlen(first + 2) : (int)(second - first - 2),
                   first + 2, second == NULL ? "" : secret, second == NULL ? "" : second + 2);
}

static void try_key(const char *key, const char *form, const char *secret)
{
    char value[512], text[2048];
    write_value(value, form, secret);
    (void)snprintf(text, sizeof(text), WORKING "%s: %s\n", key, value);
    read_and_use(text, COSN_CONFIG_FLUSS, secret);
    (void)snprintf(text, sizeof(text), "%s: '%s'\n", key, value);
    read_and_use(text, COSN_CONFIG_STRICT, secret);
    (void)snprintf(text, sizeof(text), "%s: {%s: %s}\n", key, value, value);
    read_and_use(text, COSN_CONFIG_STRICT, secret);
    (void)snprintf(text, sizeof(text),
                   "<configuration><property><name>%s</name><value>%s</value></property>"
                   "</configuration>",
                   key, value);
    read_and_use(text, COSN_CONFIG_CORE_SITE, secret);
}

static void a_secret_under_any_key_is_never_shown(void **state)
{
    (void)state;
    for (const struct cosn_key *row = cosn_config_keys(); row->name != NULL; row++) {
        for (size_t v = 0; v < COS_ARRAY_LEN(values); v++) {
            for (size_t i = 0; i < COS_ARRAY_LEN(secrets); i++) {
                try_key(row->name, values[v], secrets[i]);
                if (row->alias != NULL) {
                    try_key(row->alias, values[v], secrets[i]);
                }
            }
        }
    }
}

/* The secret is where the key should be, or what follows is not understood. */
static void a_secret_in_the_place_of_a_key_is_never_shown(void **state)
{
    (void)state;
    static const struct {
        enum cosn_config_mode mode;
        const char *text;
    } rows[] = {
        {COSN_CONFIG_FLUSS, "%s: x\n"},
        {COSN_CONFIG_FLUSS, "fs.cosn.%s: x\n"},
        {COSN_CONFIG_FLUSS, "fs.cosn.%s: x#y\n"},
        {COSN_CONFIG_FLUSS, "fs.cosn.%s: 'x'\n"},
        {COSN_CONFIG_FLUSS, "  fs.cosn.%s: x\n"},
        {COSN_CONFIG_FLUSS, "fs.cosn.userinfo.secretKey:%s\n"},
        {COSN_CONFIG_FLUSS, "fs.cosn.userinfo.secretKey:%s x: y\n"},
        {COSN_CONFIG_FLUSS, "fs.cosn.userinfo.secretKey = %s\n"},
        {COSN_CONFIG_FLUSS, "fs.cosn.userinfo.secretKey=%s # a: b\n"},
        {COSN_CONFIG_FLUSS, "%s\n"},
        {COSN_CONFIG_STRICT, "fs.cosn.userinfo.secretKey:%s\n"},
        {COSN_CONFIG_STRICT, "fs.cosn.%s: x\nfs.cosn.%s: y\n"},
        {COSN_CONFIG_STRICT, "fs.cosn.%s: [x]\n"},
        {COSN_CONFIG_STRICT, "fs.cosn.%s:\n"},
        {COSN_CONFIG_STRICT, "fs.cosn.userinfo.secretKey: @%s\n"},
        {COSN_CONFIG_STRICT, "fs.cosn.userinfo.secretKey: *%s\n"},
        {COSN_CONFIG_STRICT, "fs.cosn.userinfo.secretKey: !%s x\n"},
        {COSN_CONFIG_STRICT, "%s"},
        {COSN_CONFIG_CORE_SITE, "<configuration><%s></configuration>"},
        {COSN_CONFIG_CORE_SITE, "<configuration><k%s/></configuration>"},
        {COSN_CONFIG_CORE_SITE, "<k%s/>"},
        {COSN_CONFIG_CORE_SITE, "<configuration>&%s;</configuration>"},
        {COSN_CONFIG_CORE_SITE,
         "<configuration><property><name>%s</name></property></configuration>"},
        {COSN_CONFIG_CORE_SITE, "<configuration><property><name>fs.cosn.%s</name><value>"
                                "${x}</value></property></configuration>"},
        {COSN_CONFIG_CORE_SITE, "%s"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        for (size_t k = 0; k < COS_ARRAY_LEN(secrets); k++) {
            char text[512];
            write_value(text, rows[i].text, secrets[k]);
            read_and_use(text, rows[i].mode, secrets[k]);
        }
    }
}

/* Where a program hands them in itself. */
static void a_secret_in_a_uri_is_never_shown(void **state)
{
    (void)state;
    static const char *const uris[] = {
        "cosn://%s:%s@examplebucket-1250000000/p",
        "cosn://%s@examplebucket-1250000000",
        "cosn://%s:%s/p",

        "cosn://%s",
        "s3://%s:%s@b/p",
        "%s://b/p",
        "cosn://x:ab/%s@b-1/p",
        "cosn://b-1:%s/p",
        "%s:%s@b-1",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(uris); i++) {
        for (size_t k = 0; k < COS_ARRAY_LEN(secrets); k++) {
            struct spoken *s = calloc(1, sizeof(*s));
            struct cosn_config *config = NULL;
            char uri[512];
            assert_non_null(s);
            world_init(&s->world);
            write_value(uri, uris[i], secrets[k]);
            s->where = uri;
            assert_int_equal(cosn_config_new(&config, NULL), 0);
            assert_int_equal(cosn_config_load_text(config, WORKING, strlen(WORKING), "w",
                                                   COSN_CONFIG_FLUSS, NULL),
                             0);
            use(s, config, uri);
            check_nothing_leaked(s, secrets[k]);
            config = cosn_config_free(config);
            free(s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_under_any_key_is_never_shown),
        cmocka_unit_test(a_secret_in_the_place_of_a_key_is_never_shown),
        cmocka_unit_test(a_secret_in_a_uri_is_never_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
