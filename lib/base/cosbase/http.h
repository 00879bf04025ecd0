/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes HTTP allows where (RFC 9110 s.5). */
#ifndef COSBASE_HTTP_H
#define COSBASE_HTTP_H

#include "cosbase/span.h"

bool cos_http_is_token(struct cos_span s);                       /* s.5.6.2 */
bool cos_http_has_control(struct cos_span s, bool may_hold_tab); /* below 0x20, and 0x7f */

#endif
