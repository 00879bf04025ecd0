/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An STS request as one flat set of fields, whether they came as JSON, form, multipart or query
 * (sts-cam.md s.1, s.2). Filled before anybody is asked to prove anything; lives in the arena.
 */
#ifndef EXCHANGE_STS_REQUEST_H
#define EXCHANGE_STS_REQUEST_H

#include "exchange/exchange.h"

enum sts_scheme { STS_UNSIGNED, STS_TC3, STS_V1, STS_SKIP, STS_OTHER_SCHEME };
enum sts_kind { STS_TEXT, STS_NUMBER, STS_OTHER_KIND };
struct sts_field {
    struct cos_span name, value;
    enum sts_kind kind; /* JSON says; forms and queries are text */
};
struct sts_request {
    enum sts_scheme scheme;
    struct sts_field *fields;
    size_t n_fields;
    bool is_json;
    const char *unreadable; /* the body is not what its Content-Type says: one sentence; NULL */
    struct cos_span action, version, region, timestamp, token, secret_id;
    /* TC3 */
    struct cos_span scope_date, scope_service, signed_headers, signature;
    bool is_authorization_broken;
};
/** NULL: no such field. */
const struct sts_field *sts_field_get(const struct sts_request *r, const char *name);
struct cos_span sts_field_value(const struct sts_request *r, const char *name); /* ptr NULL */

/** Flatten the body (or, without one, the query) into r->fields. A JSON body says nothing about
 *  its sender and stays unread. */
void sts_fields_read(struct cosmock_exchange *x, struct sts_request *r);
/** The members of a JSON body as fields, once its sender has proved who he is. */
void sts_json_read(struct cosmock_exchange *x, struct sts_request *r);

#endif
