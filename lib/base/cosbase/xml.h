/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML: a bounded read-only tree (elements and text; attributes readable, comments and PIs
 * dropped) and text escaping. The only file that includes libxml2. No DTD, no entities beyond
 * the five, no network, namespaces ignored (local names only). Encodings that keep ASCII:
 * UTF-8, US-ASCII, ISO-8859-1, GB2312, GBK, GB18030. At most 64 attributes an element and 512
 * namespaces a text.
 */
#ifndef COSBASE_XML_H
#define COSBASE_XML_H

#include "cosbase/buf.h"
#include "cosbase/error.h"

struct cos_xml;
struct cos_xml_limits {
    size_t max_bytes, max_depth;
    size_t max_nodes; /* elements, attributes, comments, sections and instructions together */
};
/* A CompleteMultipartUpload of 10,000 parts has 30,001 elements. */
#define COS_XML_LIMITS_DEFAULT ((struct cos_xml_limits){4u << 20, 32, 50000})

/** 0 and *out, or -1 and *err. @limits NULL: the default ones. */
COS_MUST_CHECK int cos_xml_parse(struct cos_xml **out, struct cos_span text,
                                 const struct cos_xml_limits *limits,
                                 struct cos_text_error *err);
struct cos_xml *cos_xml_free(struct cos_xml *root);
COS_CLEANUP_DEFINE(struct cos_xml *, cos_xml_free)

/* NULL-tolerant, borrowed from the root, as in json.h. */
const char *cos_xml_name(const struct cos_xml *e); /* local name; NULL for NULL */
const struct cos_xml *cos_xml_get(const struct cos_xml *e,
                                  const char *name);          /* first child of that name */
const struct cos_xml *cos_xml_first(const struct cos_xml *e); /* first child element */
const struct cos_xml *cos_xml_next(const struct cos_xml *e);  /* next sibling element */
const char *cos_xml_text(const struct cos_xml *e); /* own text; "" if none; NULL for NULL */
const char *cos_xml_child_text(const struct cos_xml *e,
                               const char *name); /* NULL if the child is absent */
const char *cos_xml_attr(const struct cos_xml *e, const char *name);
unsigned cos_xml_line(const struct cos_xml *e);

/** Append @s as the text of an element: & < > " ' escaped, CR as &#13; (a raw one reads back as
 *  LF: XML 1.0 s.2.11); bytes XML 1.0 cannot carry (controls other than TAB LF CR, invalid
 *  UTF-8) become U+FFFD. */
void cos_xml_escape(struct cos_buf *b, struct cos_span s);
/** The same for the value of an attribute, where TAB and LF would read back as blanks
 *  (s.3.3.3). */
void cos_xml_escape_attr(struct cos_buf *b, struct cos_span s);

#endif
