/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed reads and the check of a whole configuration. A wrong value is refused with the key,
 * the value (never that of a secret key), where it came from and what would be right; it never
 * silently becomes the default.
 *
 * Durations read as Fluss reads them: a number and a unit, blanks between allowed; without a
 * unit it is none. Numbers are parsed by hand, so a host's locale cannot change what
 * "0.75" means.
 * Sources: fluss-plugin.md s.2; Flink and Fluss TimeUtils (unit names).
 */
#include "config/config.h"

#include "config/endpoint.h"

#include "cosbase/alloc.h"
#include "cosbase/shown.h"
#include "wire/wire.h"

static const struct {
    const char *name;
    int64_t ms;
} duration_units[] = {
    {"ms", 1},           {"milli", 1},       {"millis", 1},     {"millisecond", 1},
    {"milliseconds", 1}, {"s", 1000},        {"sec", 1000},     {"secs", 1000},
    {"second", 1000},    {"seconds", 1000},  {"m", 60000},      {"min", 60000},
    {"minute", 60000},   {"minutes", 60000}, {"h", 3600000},    {"hour", 3600000},
    {"hours", 3600000},  {"d", 86400000},    {"day", 86400000}, {"days", 86400000},
};

/* What a typed read works on: the value as set, or the table's default. */
struct setting {
    const struct cosn_key *row; /* NULL: not in the table */
    const char *key, *value, *origin;
    const struct cosn_config *config;
};

static int find_setting(struct setting *s, const struct cosn_config *config, const char *key,
                        struct cosn_error *err)
{
    s->row = config_key_find(key);
    s->key = key;
    s->config = config;
    s->value = cosn_config_get(config, key);
    s->origin = cosn_config_origin(config, key);
    if (s->value == NULL && s->row != NULL) {
        s->value = s->row->fallback;
        s->origin = "default";
    }
    if (s->value == NULL) {
        return fail(err, COSN_E_INVALID, "missing required key '%s'", key);
    }
    return 0;
}

static int refuse(const struct setting *s, struct cosn_error *err, const char *wanted)
{
    char shown[COS_SHOWN_BYTES];
    const char *value = cosn_config_shown(s->config, s->key, shown);
    if (cosn_config_is_secret(s->key)) {
        return fail(err, COSN_E_INVALID, "%s: the value of '%s' is wrong, %s", s->origin,
                    s->key, wanted);
    }
    return fail(err, COSN_E_INVALID, "%s: '%s' is '%s', %s", s->origin, s->key, value, wanted);
}

static bool has_range(const struct cosn_key *row)
{
    return row != NULL && (row->min != 0 || row->max != 0);
}

static int check_range(const struct setting *s, int64_t value, const char *unit,
                       struct cosn_error *err)
{
    if (!has_range(s->row) || (value >= s->row->min && value <= s->row->max)) {
        return 0;
    }
    char wanted[120];
    (void)snprintf(wanted, sizeof(wanted), "but it must be %lld to %lld%s",
                   (long long)s->row->min, (long long)s->row->max, unit);
    return refuse(s, err, wanted);
}

static int parse_i64(const struct setting *s, int64_t *out, struct cosn_error *err)
{
    int64_t value;
    if (!cos_span_i64(cos_span_trim(cos_span_of(s->value)), &value)) {
        return refuse(s, err, "but it must be a whole number");
    }
    int r = check_range(s, value, "", err);
    if (r == 0) {
        *out = value;
    }
    return r;
}

static int parse_bool(const struct setting *s, bool *out, struct cosn_error *err)
{
    struct cos_span value = cos_span_trim(cos_span_of(s->value));
    bool is_true = cos_span_eq_nocase(value, COS_SPAN_LIT("true"));
    if (!is_true && !cos_span_eq_nocase(value, COS_SPAN_LIT("false"))) {
        return refuse(s, err, "but it must be true or false");
    }
    *out = is_true;
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int parse_duration(const struct setting *s, int64_t *out_ms, struct cosn_error *err)
{
    struct cos_span text = cos_span_trim(cos_span_of(s->value));
    size_t n_digits = 0;
    while (n_digits < text.len && is_digit(text.ptr[n_digits])) {
        n_digits++;
    }
    int64_t number;
    struct cos_span unit = cos_span_trim(cos_span_from(text, n_digits));
    if (!cos_span_i64(cos_span_sub(text, 0, n_digits), &number)) {
        return refuse(s, err, "but it must be a duration such as '30 s', '5 min' or '1 h'");
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(duration_units); i++) {
        int64_t ms;
        if (cos_span_eq_nocase(unit, cos_span_of(duration_units[i].name)) &&
            !__builtin_mul_overflow(number, duration_units[i].ms, &ms)) {
            int r = check_range(s, ms, " ms", err);
            if (r == 0) {
                *out_ms = ms;
            }
            return r;
        }
    }
    return refuse(s, err, "but its unit must be ms, s, min, h or d");
}

/* Digits with at most one dot; no sign, no exponent: all a ratio needs. */
static bool parse_decimal(struct cos_span text, double *out)
{
    double value = 0;
    double scale = 0; /* 0: still before the dot */
    size_t n_digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' && scale == 0) {
            scale = 1;
        } else if (is_digit(text.ptr[i])) {
            value = value * 10 + (text.ptr[i] - '0');
            scale *= 10;
            n_digits++;
        } else {
            return false;
        }
    }
    *out = scale > 0 ? value / scale : value;
    return n_digits > 0 && n_digits <= 15;
}

static int parse_ratio(const struct setting *s, double *out, struct cosn_error *err)
{
    double value;
    if (!parse_decimal(cos_span_trim(cos_span_of(s->value)), &value) || value <= 0 ||
        value >= 1) {
        return refuse(s, err, "but it must be a number between 0 and 1, such as 0.75");
    }
    *out = value;
    return 0;
}

static int parse_uri(const struct setting *s, struct cosn_error *err)
{
    struct cos_span uri = cos_span_trim(cos_span_of(s->value));
    struct cos_span scheme = COS_SPAN_LIT("cosn://");
    if (!cos_span_starts(uri, scheme)) {
        return 0; /* another filesystem's business */
    }
    struct cos_span rest = cos_span_from(uri, scheme.len);
    struct cos_span bucket = cos_span_cut(&rest, '/');
    bool is_plain = bucket.len > 0 && cos_span_chr(bucket, '@') == SIZE_MAX &&
                    cos_span_chr(bucket, ':') == SIZE_MAX;
    return is_plain ? 0 : refuse(s, err, "but it must be cosn://<bucket>/<path>");
}

int cosn_config_get_i64(const struct cosn_config *config, const char *key, int64_t *out,
                        struct cosn_error *err)
{
    struct setting s;
    int r = find_setting(&s, config, key, err);
    return r < 0 ? r : parse_i64(&s, out, err);
}

int cosn_config_get_bool(const struct cosn_config *config, const char *key, bool *out,
                         struct cosn_error *err)
{
    struct setting s;
    int r = find_setting(&s, config, key, err);
    return r < 0 ? r : parse_bool(&s, out, err);
}

int cosn_config_get_ms(const struct cosn_config *config, const char *key, int64_t *out_ms,
                       struct cosn_error *err)
{
    struct setting s;
    int r = find_setting(&s, config, key, err);
    return r < 0 ? r : parse_duration(&s, out_ms, err);
}

int cosn_config_get_ratio(const struct cosn_config *config, const char *key, double *out,
                          struct cosn_error *err)
{
    struct setting s;
    int r = find_setting(&s, config, key, err);
    return r < 0 ? r : parse_ratio(&s, out, err);
}

/* --- check --- */

static int check_row(const struct cosn_config *config, const struct cosn_key *row,
                     struct cosn_error *err)
{
    struct setting s;
    if (cosn_config_get(config, row->name) == NULL) {
        return 0;
    }
    int r = find_setting(&s, config, row->name, err);
    if (r < 0) {
        return r;
    }
    int64_t number;
    bool flag;
    double ratio;
    switch (row->type) {
    case COSN_KEY_INT:
        return parse_i64(&s, &number, err);
    case COSN_KEY_BOOL:
        return parse_bool(&s, &flag, err);
    case COSN_KEY_DURATION:
        return parse_duration(&s, &number, err);
    case COSN_KEY_RATIO:
        return parse_ratio(&s, &ratio, err);
    case COSN_KEY_URI:
        return parse_uri(&s, err);
    case COSN_KEY_STRING:
    case COSN_KEY_SECRET:
    case COSN_KEY_LIST:
        break;
    }
    return 0;
}

/* The values that make host names and the region of STS. */
static int check_places(const struct cosn_config *config, struct cosn_error *err)
{
    char *suffix = NULL;
    int r = config_endpoint(&suffix, config, err);
    cos_free(suffix);
    return r < 0 ? r : config_check_sts_region(config, err);
}

struct checking {
    struct platform platform;
    const struct cosn_config *config;
};

static void log_key(void *ctx, const char *key, const char *value, const char *origin)
{
    struct checking *c = ctx;
    char shown[COS_SHOWN_BYTES];
    struct cos_span name = cos_span_of(key);
    if (config_is_unresolved(cos_span_of(value)) &&
        !config_store_key_is_resolved(c->config, key)) {
        platform_log(
            &c->platform, COSN_LOG_WARN, "config",
            "%s: the value of '%s' looks like a marker, but 'config.providers' does not "
            "declare its provider; it is used as it stands",
            origin, cos_shown_value(shown, name));
    }
    bool is_ours = cos_span_starts(name, COS_SPAN_LIT("fs.cosn."));
    if (is_ours && config_key_find(key) == NULL) {
        platform_log(&c->platform, COSN_LOG_WARN, "config",
                     "%s: unknown key '%s', kept but without effect", origin,
                     cos_shown_value(shown, name));
    }
}

static void log_sentence(void *ctx, const char *sentence)
{
    struct checking *c = ctx;
    platform_log(&c->platform, COSN_LOG_WARN, "config", "%s", sentence);
}

int cosn_config_check(const struct cosn_config *config, const struct cosn_platform *platform,
                      struct cosn_error *err)
{
    struct checking c = {.config = config};
    int r = platform_init_light(&c.platform, platform, err);
    if (r < 0) {
        return r;
    }
    cosn_config_each_warning(config, log_sentence, &c);
    cosn_config_each(config, log_key, &c);
    for (const struct cosn_key *row = cosn_config_keys(); r == 0 && row->name != NULL; row++) {
        r = check_row(config, row, err);
    }
    if (r == 0) {
        r = check_places(config, err);
    }
    platform_deinit(&c.platform);
    return r;
}
