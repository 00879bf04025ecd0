/* SPDX-License-Identifier: Apache-2.0 */
/* One loop and clients of it, without a listener: who has to wait for whom shows there. */
#ifndef TESTS_ONE_LOOP_H
#define TESTS_ONE_LOOP_H

#include "edge/plane.h"

/** plane_free() it. */
struct plane *one_loop_open(struct cosmock *mock);
/** A client's end; what it hears comes within 20 s. */
int one_loop_dial(struct plane *p);

#endif
