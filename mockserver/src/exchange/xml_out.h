/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the XML of answers: elements in the order the documents show, text escaped or, for
 * encoding-type=url, percent-encoded. */
#ifndef EXCHANGE_XML_OUT_H
#define EXCHANGE_XML_OUT_H

#include "cosbase/buf.h"

void xml_out_text(struct cos_buf *b, const char *element, struct cos_span text);
/** The same on a line of its own, as error documents are written: tab before, newline
 *  behind. */
void xml_out_line(struct cos_buf *b, const char *element, struct cos_span text);
void xml_out_u64(struct cos_buf *b, const char *element, uint64_t value);
void xml_out_bool(struct cos_buf *b, const char *element, bool value);
/** Percent-encoded when @is_url, else escaped. */
void xml_out_name(struct cos_buf *b, const char *element, struct cos_span text, bool is_url);
/** &quot;hex&quot;, as lists and Complete write it. */
void xml_out_etag(struct cos_buf *b, struct cos_span etag);
/** Percent-encode everything but unreserved characters and '/'. */
void xml_out_percent(struct cos_buf *b, struct cos_span text);

#endif
