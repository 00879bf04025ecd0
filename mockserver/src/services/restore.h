/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of an archived class, of which a copy that can be read is made for some days. What an
 * object's facet says is read with the clock in hand: nothing has to happen when a restore is
 * done, or when its copy ends.
 */
#ifndef SERVICES_RESTORE_H
#define SERVICES_RESTORE_H

#include "exchange/exchange.h"

enum restore_state {
    RESTORE_NONE, /* never asked for, or its copy has ended */
    RESTORE_ONGOING,
    RESTORE_DONE,
};
enum restore_state restore_state(const struct object *o, int64_t now_unix_ms);
/** When its restore is done, or was; INT64_MIN: none was asked for. */
int64_t restore_done_unix_ms(const struct object *o);
/** x-cos-restore and x-cos-restore-status of an answer about @o. */
void restore_headers(struct cosmock_exchange *x, const struct object *o);
/** <RestoreStatus> of @o in a list, where its class has one. */
void restore_xml_status(struct cosmock_exchange *x, const struct object *o);

#endif
