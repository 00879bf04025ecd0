/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend that is not done at once: memory behind a thread of its own, which takes one batch
 * after the other and tells of each when it is done. A test may say what becomes of the next
 * ones, and may stop the thread to see what happens meanwhile.
 */
#ifndef MOCK_TESTS_LATER_H
#define MOCK_TESTS_LATER_H

#include "store/backend.h"

struct cosmock;
struct backend *later_new(struct budget *budget); /* NULL fails the test */
/** The rows of every tenant @mock will make are kept so. */
void later_use(struct cosmock *mock);
/** The same where the environment says COSMOCK_TEST_BACKEND=later: tests of handlers run over
 *  both kinds. */
void later_use_if_asked(struct cosmock *mock);

/** The next @n batches change nothing and end so. */
void later_answer(struct backend *b, unsigned n, enum backend_result result,
                  const char *reason);
/** From now on batches come and are not taken, until later_go_on(). */
void later_hold(struct backend *b);
/** Until a batch has come; with @n, as many. */
void later_wait(struct backend *b, unsigned n);
void later_go_on(struct backend *b);

#endif
