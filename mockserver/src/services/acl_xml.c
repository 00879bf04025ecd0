/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document of ?acl (cos-operations-1.md s.3.1). What comes in is spelt in many ways: Node
 * sends no xsi:type, Java and Go RootAccount for CanonicalUser, the C++ suite RootAccount with
 * an ID and a URI at once, the oldest documents SubAccount. What goes out must be CanonicalUser
 * or Group, with DisplayName below the first alone: Java's parser knows no other
 * (XmlResponsesSaxParser.java:1303).
 */
#include "services/acl_xml.h"

#include "exchange/xml_out.h"

#include <stdarg.h>

#define XSI "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""

static bool malformed(struct acl_fault *fault)
{
    *fault = (struct acl_fault){.code = "MalformedXML"};
    return false;
}

static bool bad(struct acl_fault *fault, const char *fmt, ...) COS_PRINTF(2, 3);
static bool bad(struct acl_fault *fault, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fault->code = "InvalidArgument";
    (void)vsnprintf(fault->sentence, sizeof(fault->sentence), fmt, args);
    va_end(args);
    return false;
}

/* By its type, or where it has none by what it holds. */
static bool is_group(const struct cos_xml *grantee)
{
    const char *type = cos_xml_attr(grantee, "type");
    return type != NULL ? strcmp(type, "Group") == 0 : cos_xml_get(grantee, "ID") == NULL;
}

static bool has_known_type(const struct cos_xml *grantee)
{
    static const char *const types[] = {"CanonicalUser", "Group", "RootAccount", "SubAccount"};
    const char *type = cos_xml_attr(grantee, "type");
    bool is_known = type == NULL;
    for (size_t i = 0; i < COS_ARRAY_LEN(types); i++) {
        is_known = is_known || strcmp(type, types[i]) == 0;
    }
    return is_known;
}

static bool read_grantee(const struct cos_xml *e, const struct acl_reading *how,
                         struct acl_grantee *out, struct acl_fault *fault)
{
    if (e == NULL || !has_known_type(e)) {
        return malformed(fault);
    }
    const char *name = is_group(e) ? "URI" : "ID";
    const char *said = cos_xml_child_text(e, name);
    if (said == NULL) {
        return malformed(fault);
    }
    struct cos_span value = cos_span_trim(cos_span_of(said));
    bool is_read = is_group(e) ? acl_grantee_of_uri(value, how->group_uris, out)
                               : acl_grantee_of_id(value, out);
    return is_read || bad(fault, "The %s of a Grantee is invalid:%.80s", name, said);
}

static bool read_grant(const struct cos_xml *e, const struct acl_reading *how,
                       struct acl_grant *out, struct acl_fault *fault)
{
    const char *permission = cos_xml_child_text(e, "Permission");
    if (permission == NULL ||
        !acl_permission_of(cos_span_trim(cos_span_of(permission)), &out->permission)) {
        return malformed(fault);
    }
    if (how->place == ACL_OF_OBJECT && out->permission == ACL_WRITE) {
        return bad(fault, "The Permission WRITE does not exist on objects");
    }
    return read_grantee(cos_xml_get(e, "Grantee"), how, &out->to, fault);
}

static bool read_grants(const struct cos_xml *list, const struct acl_reading *how,
                        struct cos_buf *out, struct acl_fault *fault)
{
    size_t n = 0;
    for (const struct cos_xml *e = cos_xml_first(list); e != NULL; e = cos_xml_next(e)) {
        struct acl_grant g;
        if (strcmp(cos_xml_name(e), "Grant") != 0) {
            continue;
        }
        if (!read_grant(e, how, &g, fault)) {
            return false;
        }
        if (++n > ACL_MAX_GRANTS) {
            return bad(fault, "At most %d grants are allowed", ACL_MAX_GRANTS);
        }
        acl_write_grant(out, &g);
    }
    return true;
}

bool acl_xml_read(const struct cos_xml *root, const struct acl_reading *how,
                  struct cos_buf *out, const char **owner, struct acl_fault *fault)
{
    const struct cos_xml *list = cos_xml_get(root, "AccessControlList");
    *owner = cos_xml_child_text(cos_xml_get(root, "Owner"), "ID");
    if (strcmp(cos_xml_name(root), "AccessControlPolicy") != 0 || list == NULL ||
        *owner == NULL) {
        return malformed(fault);
    }
    acl_write_canned(out, ACL_NO_CANNED);
    return read_grants(list, how, out, fault);
}

/* DisplayName is the ID once more: the samples of GET Bucket acl and GET Object acl. */
static void write_user(struct cos_buf *b, struct cos_span owner_uin, struct cos_span uin)
{
    static const char *const elements[] = {"ID", "DisplayName"};
    for (size_t i = 0; i < COS_ARRAY_LEN(elements); i++) {
        cos_buf_printf(b, "<%s>qcs::cam::uin/" COS_SPAN_FMT ":uin/" COS_SPAN_FMT "</%s>",
                       elements[i], COS_SPAN_ARG(owner_uin), COS_SPAN_ARG(uin), elements[i]);
    }
}

static void write_grant(struct cos_buf *b, const struct acl_grant *g, const char *group_uris)
{
    static const char *const types[] = {"Group", "CanonicalUser"};
    const struct acl_grantee *to = &g->to;
    bool is_user = to->kind == ACL_USER;
    cos_buf_printf(b, "<Grant><Grantee " XSI " xsi:type=\"%s\">", types[is_user]);
    if (is_user) {
        write_user(b, to->owner_uin, to->uin);
    } else {
        cos_buf_printf(b, "<URI>%s%s</URI>", group_uris, acl_group_word(to->kind));
    }
    cos_buf_str(b, "</Grantee>");
    xml_out_text(b, "Permission", cos_span_of(acl_permission_word(g->permission)));
    cos_buf_str(b, "</Grant>");
}

void acl_xml_write(struct cos_buf *b, const struct acl *a, const struct acl_owners *owners,
                   const char *group_uris)
{
    struct acl_grants shown;
    acl_shown(a, owners, &shown);
    cos_buf_str(b, "<AccessControlPolicy><Owner>");
    write_user(b, owners->resource_uin, owners->resource_uin);
    cos_buf_str(b, "</Owner><AccessControlList>");
    for (size_t i = 0; i < shown.n; i++) {
        write_grant(b, &shown.items[i], group_uris);
    }
    cos_buf_str(b, "</AccessControlList></AccessControlPolicy>");
}
