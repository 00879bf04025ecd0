/* SPDX-License-Identifier: Apache-2.0 */
/* The table of services. */
#ifndef SERVICES_SERVICE_ROWS_H
#define SERVICES_SERVICE_ROWS_H

#include "exchange/op.h"
#include "exchange/service.h"

/** The row of @which; lives for ever. */
const struct service *service_row(enum op_service which);
/* NULL: there is none. */
const struct service *service_named(const char *name);
const struct service *service_of_version(struct cos_span api_version);

#endif
