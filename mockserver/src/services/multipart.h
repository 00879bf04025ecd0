/* SPDX-License-Identifier: Apache-2.0 */
/* What the multipart handlers share over their files. */
#ifndef SERVICES_MULTIPART_H
#define SERVICES_MULTIPART_H

#include "exchange/exchange.h"

/** partNumber from 1 to 10000, or refused with InvalidArgument. */
bool multipart_part_number(struct cosmock_exchange *x, unsigned *out);
/** The upload the request names; its row is a reference. False: refused, or no memory. */
bool multipart_open(struct cosmock_exchange *x, const struct bucket *b, struct upload *out);
/** The end of a handler that keeps a part; its answer is ready. Takes the blob reference in
 *  every case. */
int multipart_put_part(struct cosmock_exchange *x, const struct bucket *b,
                       const struct part_draft *part);

#endif
