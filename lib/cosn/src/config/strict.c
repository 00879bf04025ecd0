/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file as YAML: one mapping of keys to scalars. What Fluss's line reader would take for a
 * string, but YAML takes for a structure, is refused with the line and what to write instead;
 * nothing is guessed or flattened.
 * An empty scalar, ~ and null mean "not set", with a warning, as an empty value does in the
 * line mode (CFG-021).
 */
#include "config/config.h"

#include "cosbase/shown.h"
#include "cosbase/yaml.h"
#include "wire/wire.h"

static bool means_nothing(const struct cos_yaml *value)
{
    struct cos_span text = cos_span_of(cos_yaml_str(value));
    return !cos_yaml_quoted(value) &&
           (text.len == 0 || cos_span_eq_str(text, "~") || cos_span_eq_str(text, "null"));
}

static int refuse_kind(const struct config_source *source, const struct cos_yaml *value,
                       struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    bool is_map = cos_yaml_kind(value) == COS_YAML_MAPPING;
    return fail(err, COSN_E_INVALID,
                "%s:%u: '%s' is a %s, but it must be a scalar; write JSON in single quotes, or "
                "keys in full with their dots",
                source->name, cos_yaml_line(value),
                cos_shown_value(shown, cos_span_of(cos_yaml_key(value))),
                is_map ? "mapping" : "sequence");
}

static int take_value(struct cosn_config *config, const struct config_source *source,
                      const struct cos_yaml *value, struct cosn_error *err)
{
    if (cos_yaml_kind(value) != COS_YAML_SCALAR) {
        return refuse_kind(source, value, err);
    }
    const char *key = cos_yaml_key(value);
    if (key == NULL || key[0] == '\0') {
        return fail(err, COSN_E_INVALID, "%s:%u: the key is empty", source->name,
                    cos_yaml_line(value));
    }
    if (means_nothing(value)) {
        char shown[COS_SHOWN_BYTES];
        return config_store_warn(config, err, "%s:%u: skipped, '%s' has no value", source->name,
                                 cos_yaml_line(value),
                                 cos_shown_value(shown, cos_span_of(key)));
    }
    struct cos_span text = cos_span_of(cos_yaml_str(value));
    unsigned line = cos_yaml_line(value);
    int r = config_lint_pair(config, source->name, line, cos_span_of(key), text, err);
    return r < 0 ? r
                 : config_store_put(config, cos_span_of(key), text, source->name, line, err);
}

int config_read_strict(struct cosn_config *config, const struct config_source *source,
                       struct cosn_error *err)
{
    struct cos_yaml_limits limits = COS_YAML_LIMITS_DEFAULT;
    struct cos_text_error why = {0};
    COS_CLEANUP(cos_yaml_free) struct cos_yaml *root = NULL;
    if (cos_yaml_parse(&root, source->text, &limits, &why) < 0) {
        return fail(err, COSN_E_INVALID, "%s:%u: %s", source->name, why.line, config_why(&why));
    }
    if (root == NULL) {
        return 0;
    }
    if (cos_yaml_kind(root) != COS_YAML_MAPPING) {
        return fail(err, COSN_E_INVALID, "%s:%u: the file must be a mapping of keys to values",
                    source->name, cos_yaml_line(root));
    }
    for (const struct cos_yaml *v = cos_yaml_first(root); v != NULL; v = cos_yaml_next(v)) {
        int r = take_value(config, source, v, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
