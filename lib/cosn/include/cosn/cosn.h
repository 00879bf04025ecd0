/* SPDX-License-Identifier: Apache-2.0 */
/* libcosn: the whole public interface in one include. Promise: may change before 1.0. */
#ifndef COSN_COSN_H
#define COSN_COSN_H

#include "cosn/config.h"
#include "cosn/credentials.h"
#include "cosn/error.h"
#include "cosn/fs.h"
#include "cosn/platform.h"
#include "cosn/token.h"

#endif
