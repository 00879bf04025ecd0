/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE TABLE of operations: how a request is recognised, what right it needs, who
 * executes it. docs/OPERATIONS.md is printed from it. What is recognised but has
 * no handler answers NotImplemented (switch not-built-status) and names itself.
 */
#ifndef SERVICES_OPS_H
#define SERVICES_OPS_H

#include "cosbase/buf.h"
#include "exchange/op.h"

/** Rows in matching order (most specific first), NULL-name-terminated. */
const struct op_row *ops_rows(void);
/**
 * The choice for the method, parameters and headers of @x on x->route.target. A
 * sub-resource never runs as the bare operation, whatever its method. OPTIONS asks
 * about a resource and is one operation for all of them (cos-operations-2.md s.2.3).
 */
struct op_choice ops_find_cos(const struct cosmock_exchange *x);
/** The row of @name, whatever its service; NULL: none. */
const struct op_row *ops_named(const char *name);
/** That no operation is called @name, with the nearest that is: a sentence in
 *  @out, returned. */
const char *ops_name_complaint(const char *name, char *out, size_t size);
/** Of a product of the cloud API; NULL: unknown action. */
const struct op_row *ops_find_api(enum op_service service, struct cos_span action);
/** Append docs/OPERATIONS.md. */
void ops_print(struct cos_buf *out);
/** Append the table as one JSON array and a newline. */
void ops_print_json(struct cos_buf *out);

#endif
