/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where buckets are, by the configuration. Pure.
 */
#ifndef COSN_CONFIG_ENDPOINT_H
#define COSN_CONFIG_ENDPOINT_H

#include "cosn/config.h"

/**
 * What stands behind the bucket in a host name: "cos.ap-guangzhou.myqcloud.com", perhaps with a
 * port. fs.cosn.bucket.region wins over fs.cosn.bucket.endpoint_suffix.
 *
 * @out         the suffix, cos_free() it; NULL when neither key is set
 * Errors:      COSN_E_INVALID (key, value, origin, what would be right)
 * Source:      cos_api 5.6.139 RegionEndpointBuilder, SuffixEndpointBuilder, run over the
 *              tables of test-config_endpoint.c; fluss-plugin.md F2, F7
 */
int config_endpoint(char **out, const struct cosn_config *config, struct cosn_error *err);
/** Whether fs.cosn.userinfo.region, when it is set, can be a region of STS. */
int config_check_sts_region(const struct cosn_config *config, struct cosn_error *err);

#endif
