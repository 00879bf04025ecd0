/* SPDX-License-Identifier: Apache-2.0 */
/* What the multipart handlers share over their files. */
#ifndef SERVICES_MULTIPART_H
#define SERVICES_MULTIPART_H

#include "exchange/exchange.h"

/** partNumber from 1 to 10000, or refused with InvalidArgument. */
bool multipart_part_number(struct cosmock_exchange *x, unsigned *out);
/** The uploadId in the arena; "" when absent; NULL: no memory. */
const char *multipart_upload_id(struct cosmock_exchange *x);
/** Store a part; takes its blob reference in every case. 0 (perhaps refused) or -1. */
int multipart_put_part(struct cosmock_exchange *x, struct store_bucket *bucket, const char *id,
                       const struct upload_part *part);

#endif
