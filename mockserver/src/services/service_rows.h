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
/** What the service called @name calls the header; NULL: there is no such service, or it has
 *  none. */
const char *service_header_name(const char *name, enum header_name which);

#endif
