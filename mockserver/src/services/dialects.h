/* SPDX-License-Identifier: Apache-2.0 */
/* The words of each service: what service_rows.c points to (exchange/service.h
 * says what each does). */
#ifndef SERVICES_DIALECTS_H
#define SERVICES_DIALECTS_H

#include "cosbase/span.h"

#include <stdbool.h>

struct cosmock_exchange;

/* dialect_cos.c */
void dialect_cos_error(struct cosmock_exchange *x);
void dialect_cos_headers(struct cosmock_exchange *x);
void dialect_cos_request_id(struct cosmock_exchange *x);
/* dialect_s3.c */
/** Does the request, to a host of COS, speak S3's dialect? */
bool dialect_s3_is_spoken(const struct cosmock_exchange *x);
struct cos_span dialect_s3_spell(struct cosmock_exchange *x, struct cos_span kept);
/* dialect_sts.c */
void dialect_sts_error(struct cosmock_exchange *x);
void dialect_sts_headers(struct cosmock_exchange *x);
void dialect_sts_request_id(struct cosmock_exchange *x);
/** The sentence about @action on @resource, in the arena. */
struct cos_span dialect_sts_not_authorized(struct cosmock_exchange *x, const char *action,
                                           struct cos_span resource);
struct cos_span dialect_sts_denied(struct cosmock_exchange *x, const char *action);
/* sts_fields.c */
void sts_read_fields(struct cosmock_exchange *x);

#endif
