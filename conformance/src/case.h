/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a conformance case may do. A case is a short script: prepare the world behind the API's
 * back, ask the subject through the driver protocol, then judge its answer AND the mock's
 * journal (facts: conformance.md R8, R9, R11).
 *
 * Rules for cases
 *  - State enters through env_put_*() (the store), never through the subject; results leave
 *    through env_stored*().
 *  - Every expect_*() that does not hold ends the case at once (a long jump back to the
 *    runner): a case never checks results by hand to go on. Therefore a case owns nothing:
 *    everything handed out here belongs to the env and lives until the case ends. No static
 *    data, no sleeping, no wall clock, no threads of its own (op_parallel instead).
 *  - A negative case names the error class it wants (expect_error); "it failed somehow" is not
 *    an outcome. expect_error also checks that the subject still answers afterwards.
 *  - Every case has a tenant of its own: unique bucket, keys, clocks, faults, journal.
 *  - No evidence, no PASS: a case whose tenant saw no request at all ends as a violation,
 *    unless it wanted an error (expect_error), says expect_no_traffic or has CASE_QUIET. A
 *    subject that answers ok to everything and does nothing must not pass (conformance.md R9).
 *  - The outcome is: return = PASS; expect_* = FAIL (MUST), WARN (SHOULD) or INFO (MAY);
 *    case_skip; case_info; env trouble = ERROR.
 */
#ifndef CONFORM_CASE_H
#define CONFORM_CASE_H

#include "case_table.h"
#include "conf.h"
#include "cosbase/json.h"
#include "expect.h"
#include "fixture.h"
#include "journal.h"
#include "op.h"
#include "outcome.h"
#include "reply.h"
#include "scratch.h"
#include "token.h"
#include "trace.h"
#include "world.h"

#endif
