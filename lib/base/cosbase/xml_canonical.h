/* SPDX-License-Identifier: Apache-2.0 */
/* The form of XML that signatures are made of: Exclusive XML Canonicalization 1.0, without
 * comments (www.w3.org/TR/xml-exc-c14n, 2002-07-18). */
#ifndef COSBASE_XML_CANONICAL_H
#define COSBASE_XML_CANONICAL_H

#include "cosbase/buf.h"

/**
 * Append the canonical form of the first element with the local name @name; elements below it
 * that are called @without (NULL: none) are left out with all that is in them. @text has been
 * read by cos_xml_parse(), which bounds it. False: there is none, or no memory.
 */
COS_MUST_CHECK bool cos_xml_canonical(struct cos_buf *out, struct cos_span text,
                                      const char *name, const char *without);

#endif
