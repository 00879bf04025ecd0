/* SPDX-License-Identifier: Apache-2.0 */
/* What a row of the table of services is (the rows: services/service_rows.c): everything in which one service differs from another. */
#ifndef EXCHANGE_SERVICE_H
#define EXCHANGE_SERVICE_H

#include "exchange/error.h"

struct cosmock_exchange;

struct service {
    const char *name; /* the journal's word */
    /** The row of @code; never NULL. */
    const struct error_row *(*error)(const char *code);
    /** The service's own sentence for one case; never NULL. */
    const struct error_row *(*error_of_case)(enum error_case which);
    /** Write x->reply.request_id. */
    void (*make_request_id)(struct cosmock_exchange *x);
};

#endif
