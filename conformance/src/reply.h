/* SPDX-License-Identifier: Apache-2.0 */
/* What the subject answered: always a reply object; the readers take NULL. */
#ifndef CONFORM_REPLY_H
#define CONFORM_REPLY_H

#include <stdbool.h>
#include <stdint.h>

struct cos_json;
struct reply;

bool reply_ok(const struct reply *r);
/** "ACCESS_DENIED"; "" when ok. */
const char *reply_class(const struct reply *r);
/** False when the driver deduced the class from a text. */
bool reply_is_typed(const struct reply *r);
/** "" when ok. */
const char *reply_message(const struct reply *r);
/** The service's code, "" when none. */
const char *reply_code(const struct reply *r);
const char *reply_request_id(const struct reply *r);
int64_t reply_http_status(const struct reply *r);
const struct cos_json *reply_json(const struct reply *r, const char *member);
/** "" when absent. */
const char *reply_str(const struct reply *r, const char *member);
/** INT64_MIN when absent. */
int64_t reply_i64(const struct reply *r, const char *member);
bool reply_bool(const struct reply *r, const char *member);
/** By the subject's clock when virtual, else real. */
int64_t reply_duration_ms(const struct reply *r);

#endif
