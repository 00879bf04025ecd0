/* SPDX-License-Identifier: Apache-2.0 */
/* Access keys of users, as the CAM API makes them (cam_keys.c). */
#ifndef SERVICES_CAM_KEYS_H
#define SERVICES_CAM_KEYS_H

#include "services/cam_call.h"

struct cam_new_key {
    struct cos_span secret_id, secret_key; /* arena, which is wiped */
};
/** Another key of @uin, to be kept with @c. False: refused, or no memory. */
bool cam_make_key(struct cosmock_exchange *x, struct catalog *c, struct cos_span uin,
                  struct cos_span description, struct cam_new_key *out);
/** Permanent ones. */
size_t cam_count_keys(struct cosmock_exchange *x, struct cos_span uin);

#endif
