/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary key as GetFederationToken makes it, without the request. */
#ifndef MOCK_TESTS_ISSUE_H
#define MOCK_TESTS_ISSUE_H

#include "world/world.h"

/** A reference, found after it was kept; NULL: it was not. */
struct access_key *issue_key(struct cosmock_tenant *t, const struct key_grant *grant);

#endif
