/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: access control lists. The first byte chooses bucket or object, and a document or
 * the text that is kept; the rest is that. Whatever comes in: no crash; a document that is
 * taken makes a text that can be read; what is shown of a list is, written as a document and
 * read again, the same list; and a list without a grant to AllUsers lets nobody in who did not
 * sign.
 */
#include "fuzz.h"

#include "services/acl_xml.h"

static const struct acl_owners owners = {.resource_uin = {"100000000001", 12},
                                         .bucket_uin = {"100000000002", 12}};

/* The list of a document as text; false: refused. */
static bool read_document(struct cos_span xml, enum acl_place place, struct cos_buf *out)
{
    struct cos_xml *root = NULL;
    struct cos_text_error err;
    struct acl_fault fault;
    const char *owner = NULL;
    if (cos_xml_parse(&root, xml, NULL, &err) < 0) {
        return false;
    }
    const struct acl_reading how = {place, ACL_GROUP_URIS};
    bool is_read = acl_xml_read(root, &how, out, &owner, &fault);
    require(is_read ? owner != NULL : fault.code != NULL);
    cos_xml_free(root);
    return is_read;
}

static bool is_same(const struct acl_grants *a, const struct acl_grants *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        const struct acl_grant *x = &a->items[i];
        const struct acl_grant *y = &b->items[i];
        same = x->permission == y->permission && x->to.kind == y->to.kind &&
               (x->to.kind != ACL_USER || (cos_span_eq(x->to.owner_uin, y->to.owner_uin) &&
                                           cos_span_eq(x->to.uin, y->to.uin)));
    }
    return same;
}

static void check_round_trip(const struct acl_grants *shown, const struct acl *a,
                             enum acl_place place)
{
    struct cos_buf xml;
    struct cos_buf text;
    struct acl again;
    struct acl_grants once_more;
    cos_buf_init(&xml, 1u << 20);
    cos_buf_init(&text, 1u << 20);
    acl_xml_write(&xml, a, &owners, ACL_GROUP_URIS);
    if (shown->n <= ACL_MAX_GRANTS) {
        require(read_document(cos_buf_view(&xml), place, &text));
        require(acl_read(cos_buf_view(&text), place, &again));
        acl_shown(&again, &owners, &once_more);
        require(is_same(shown, &once_more));
    }
    cos_buf_deinit(&xml);
    cos_buf_deinit(&text);
}

static void check_public(const struct acl_grants *shown, const struct acl *a)
{
    static const struct cam_principal nobody = {.kind = CAM_ANONYMOUS,
                                                .uin = "",
                                                .owner_uin = "",
                                                .appid = ""};
    bool is_public = false;
    for (size_t i = 0; i < shown->n; i++) {
        is_public = is_public || shown->items[i].to.kind == ACL_ALL_USERS;
    }
    struct acl_grant g;
    for (int p = ACL_READ; p <= ACL_FULL_CONTROL; p++) {
        bool is_granted =
            acl_find_grant(a, &owners, &nobody, ACL_EVERYONE, (enum acl_permission)p, &g);
        require(!is_granted || is_public);
        require(!acl_find_grant(a, &owners, &nobody, ACL_CALLER, (enum acl_permission)p, &g));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0) {
        return 0;
    }
    enum acl_place place = (bytes[0] & 1) != 0 ? ACL_OF_OBJECT : ACL_OF_BUCKET;
    bool is_document = (bytes[0] & 2) != 0;
    struct cos_span input = cos_span_make(bytes + 1, n - 1);
    struct cos_buf text;
    struct acl a;
    cos_buf_init(&text, 1u << 20);
    bool is_read = is_document && read_document(input, place, &text);
    require(!is_read || acl_read(cos_buf_view(&text), place, &a));
    if (is_read || (!is_document && acl_read(input, place, &a))) {
        struct acl_grants shown;
        acl_shown(&a, &owners, &shown);
        check_round_trip(&shown, &a, place);
        check_public(&shown, &a);
    }
    cos_buf_deinit(&text);
    return 0;
}
