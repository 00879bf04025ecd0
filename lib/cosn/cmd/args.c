/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. Options may stand before or after the verb, as --name VALUE or --name=VALUE; "--" ends them. A lone "-" is an argument.
 *
 * A secret key on the command line is refused: every user of the machine could read it there.
 */
#include "cmd.h"

struct option_row {
    const char *name;
    char letter;    /* 0: none */
    size_t flag;    /* offset of a bool in struct cmd_args, or 0 */
    size_t value;   /* offset of a const char *, or 0 */
    char verb_flag; /* which letter of cmd_verb.flags allows it; 0: always */
};

#define AT(member) offsetof(struct cmd_args, member)

static const struct option_row rows[] = {
    {"--config", 'c', 0, AT(config_path), 0},
    {"--endpoint-suffix", 0, 0, AT(endpoint_suffix), 0},
    {"--region", 0, 0, AT(region), 0},
    {"--ca-file", 0, 0, AT(ca_file), 0},
    {"--resolve", 0, 0, AT(resolve), 0},
    {"--http", 0, AT(http), 0, 0},
    {"--json", 0, AT(json), 0, 0},
    {"--verbose", 'v', AT(verbose), 0, 0},
    {"--help", 'h', AT(help), 0, 0},
    {"--version", 0, AT(version), 0, 0},
    {"--recursive", 'r', AT(recursive), 0, 'r'},
    {"--force", 'f', AT(force), 0, 'f'},
    {"--no-clobber", 'n', AT(no_clobber), 0, 'n'},
    {"--show-secret", 0, AT(show_secret), 0, 's'},
};

static bool *flag_at(struct cmd_args *args, size_t offset)
{
    return (bool *)((char *)args + offset);
}

static const char **value_at(struct cmd_args *args, size_t offset)
{
    return (const char **)((char *)args + offset);
}

static const struct option_row *find_option(const char *word, size_t name_len)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        bool is_long =
            strlen(rows[i].name) == name_len && strncmp(word, rows[i].name, name_len) == 0;
        bool is_short = rows[i].letter != 0 && name_len == 2 && word[1] == rows[i].letter;
        if (is_long || is_short) {
            return &rows[i];
        }
    }
    return NULL;
}

static int add_set(struct cmd_args *out, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        cmd_complain("--set '%s': write --set KEY=VALUE, such as "
                     "--set fs.cosn.bucket.endpoint_suffix=cos.ap-guangzhou.myqcloud.com",
                     text);
        return -1;
    }
    char key[128];
    (void)snprintf(key, sizeof(key), "%.*s", (int)(equals - text), text);
    if (cosn_config_is_secret(key) && strcmp(key, "fs.cosn.userinfo.secretId") != 0) {
        cmd_complain("--set %s: a secret on the command line can be read by every user of this "
                     "machine; put it into the configuration file, or set COSN_SECRET_ID and "
                     "COSN_SECRET_KEY",
                     key);
        return -1;
    }
    if (out->n_sets == CMD_MAX_SETS) {
        cmd_complain("more than %d times --set; use a configuration file", CMD_MAX_SETS);
        return -1;
    }
    out->sets[out->n_sets++] = text;
    return 0;
}

static int add_argument(struct cmd_args *out, const char *word)
{
    if (out->verb == NULL) {
        out->verb = word;
        return 0;
    }
    if (out->n_args == CMD_MAX_ARGS) {
        cmd_complain("more than %d arguments", CMD_MAX_ARGS);
        return -1;
    }
    out->args[out->n_args++] = word;
    return 0;
}

struct cursor {
    char **argv;
    int argc, at;
};

/* The value after '=' or in the next word; NULL after a message. */
static const char *take_value(struct cursor *c, const char *word, const char *equals)
{
    if (equals != NULL) {
        return equals + 1;
    }
    if (c->at + 1 >= c->argc) {
        cmd_complain("%s needs a value; see 'cosn --help'", word);
        return NULL;
    }
    return c->argv[++c->at];
}

static int take_option(struct cmd_args *out, struct cursor *c, const char *word)
{
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    size_t name_len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    if (name_len == 5 && strncmp(word, "--set", 5) == 0) {
        const char *text = take_value(c, word, equals);
        return text == NULL ? -1 : add_set(out, text);
    }
    const struct option_row *row = find_option(word, name_len);
    if (row == NULL) {
        cmd_complain("unknown option '%.*s'; see 'cosn --help'", (int)name_len, word);
        return -1;
    }
    if (row->value == 0) {
        if (equals != NULL) {
            cmd_complain("%s takes no value", row->name);
            return -1;
        }
        *flag_at(out, row->flag) = true;
        return 0;
    }
    const char *text = take_value(c, word, equals);
    if (text == NULL) {
        return -1;
    }
    *value_at(out, row->value) = text;
    return 0;
}

int cmd_parse(struct cmd_args *out, int argc, char **argv)
{
    memset(out, 0, sizeof(*out));
    struct cursor c = {argv, argc, 1};
    bool options_ended = false;
    for (; c.at < argc; c.at++) {
        const char *word = argv[c.at];
        int r = 0;
        if (options_ended || word[0] != '-' || word[1] == '\0') {
            r = add_argument(out, word);
        } else if (strcmp(word, "--") == 0) {
            options_ended = true;
        } else {
            r = take_option(out, &c, word);
        }
        if (r < 0) {
            return -1;
        }
    }
    return 0;
}

int cmd_check_flags(const struct cmd_args *args, const struct cmd_verb *verb)
{
    struct cmd_args copy = *args;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (rows[i].verb_flag != 0 && *flag_at(&copy, rows[i].flag) &&
            strchr(verb->flags, rows[i].verb_flag) == NULL) {
            cmd_complain("%s: the option %s has no meaning here; see 'cosn %s --help'",
                         verb->name, rows[i].name, verb->name);
            return -1;
        }
    }
    return 0;
}
