/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hadoop's core-site.xml: <configuration> of <property> with <name> and <value>, as children or
 * as attributes. Names are trimmed, values are not, as in Hadoop; <final>, <source> and
 * <description> are ignored; ${...} is not expanded, and a warning says so. A property without
 * a value is skipped with a warning; one without a name is an error.
 * Includes are refused: a file that pulls in another one cannot say where its values came from.
 * Sources: hadoop-common Configuration (resource format).
 */
#include "config/config.h"

#include "cosbase/shown.h"
#include "cosbase/xml.h"
#include "wire/wire.h"

static const char *part_of(const struct cos_xml *property, const char *name)
{
    const char *text = cos_xml_child_text(property, name);
    return text != NULL ? text : cos_xml_attr(property, name);
}

static int warn_of_variables(struct cosn_config *config, const struct config_source *source,
                             unsigned line, struct cos_span name, const char *value,
                             struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    if (strstr(value, "${") == NULL) {
        return 0;
    }
    return config_store_warn(config, err,
                             "%s:%u: '%s' holds ${...}, which is kept as it stands and not "
                             "expanded",
                             source->name, line, cos_shown_value(shown, name));
}

static int take_property(struct cosn_config *config, const struct config_source *source,
                         const struct cos_xml *property, struct cosn_error *err)
{
    unsigned line = cos_xml_line(property);
    struct cos_span name = cos_span_trim(cos_span_of(part_of(property, "name")));
    const char *value = part_of(property, "value");
    if (name.len == 0) {
        return fail(err, COSN_E_INVALID, "%s:%u: a <property> needs a <name>", source->name,
                    line);
    }
    if (value == NULL) {
        char shown[COS_SHOWN_BYTES];
        return config_store_warn(config, err, "%s:%u: skipped, '%s' has no <value>",
                                 source->name, line, cos_shown_value(shown, name));
    }
    int r = warn_of_variables(config, source, line, name, value, err);
    if (r == 0) {
        r = config_lint_pair(config, source->name, line, name, cos_span_of(value), err);
    }
    return r < 0 ? r
                 : config_store_put(config, name, cos_span_of(value), source->name, line, err);
}

int config_read_core_site(struct cosn_config *config, const struct config_source *source,
                          struct cosn_error *err)
{
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    struct cos_text_error why = {0};
    char shown[COS_SHOWN_BYTES];
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = NULL;
    if (cos_xml_parse(&root, source->text, &limits, &why) < 0) {
        return fail(err, COSN_E_INVALID, "%s:%u: %s", source->name, why.line, config_why(&why));
    }
    if (strcmp(cos_xml_name(root), "configuration") != 0) {
        return fail(err, COSN_E_INVALID, "%s:%u: the root is <%s>, but must be <configuration>",
                    source->name, cos_xml_line(root),
                    cos_shown_value(shown, cos_span_of(cos_xml_name(root))));
    }
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "property") != 0) {
            return fail(err, COSN_E_INVALID, "%s:%u: <%s> is not read here, only <property> is",
                        source->name, cos_xml_line(e),
                        cos_shown_value(shown, cos_span_of(cos_xml_name(e))));
        }
        int r = take_property(config, source, e, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
