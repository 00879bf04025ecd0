/* SPDX-License-Identifier: Apache-2.0 */
/* Access control lists as XML, in and out. */
#ifndef SERVICES_ACL_XML_H
#define SERVICES_ACL_XML_H

#include "cam/acl.h"
#include "cosbase/xml.h"

/* What is wrong with a document. */
struct acl_fault {
    const char *code; /* MalformedXML or InvalidArgument */
    char sentence[160];
};
/* How one is read. */
struct acl_reading {
    enum acl_place place;
    const char *group_uris; /* what the URIs of groups may begin with, besides COS's */
};
/**
 * Append the list of the document @root as text (cam/acl.h).
 *
 * @owner       the ID of its Owner; in the document
 * False: @fault says why
 */
bool acl_xml_read(const struct cos_xml *root, const struct acl_reading *how,
                  struct cos_buf *out, const char **owner, struct acl_fault *fault);
/** <AccessControlPolicy>; @group_uris: what the URIs of groups begin with. */
void acl_xml_write(struct cos_buf *b, const struct acl *a, const struct acl_owners *owners,
                   const char *group_uris);

#endif
