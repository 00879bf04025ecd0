/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked at before libxml2 sees a text: the bounds that must hold before a tree, or a
 * single attribute, is built. */
#ifndef COSBASE_XML_SCAN_H
#define COSBASE_XML_SCAN_H

#include "cosbase/xml.h"

/** The first thing that is not accepted, in *what, with its offset in *at; false: nothing. A
 *  text that is not well-formed passes: libxml2 says why. */
bool cos_xml_scan_refuses(struct cos_span text, const struct cos_xml_limits *limits, size_t *at,
                          char what[96]);

#endif
