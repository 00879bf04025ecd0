/* SPDX-License-Identifier: Apache-2.0 */
/* Every backend there is, for the tests of what they have in common. */
#ifndef MOCK_TESTS_BACKENDS_H
#define MOCK_TESTS_BACKENDS_H

#include "store/backend.h"
#include "store/snapshot.h"

struct backend_kind {
    const char *name;
    /* Empty; NULL fails the test. */
    struct backend *(*open)(void);
    void (*close)(struct backend *b); /* and what it left behind */
};
/** Ends the program when there is no such backend. */
const struct backend_kind *backend_kind_of(const char *name);

/** A blob of @n bytes, from the backend's own writer. */
struct blob *backend_blob(struct backend *b, const void *bytes, size_t n);
/** The same for a thread, which asserts nothing: NULL when it cannot be made. */
struct blob *backend_try_blob(struct backend *b, const void *bytes, size_t n);
/** Whether a blob holds these bytes, in memory or in a file. */
bool blob_holds(const struct blob *blob, const void *bytes, size_t n);
/** The backend of no tenant as a snapshot says: its batch and the commit. */
COS_MUST_CHECK int backend_restore(struct backend *b, struct snapshot *s,
                                   struct snapshot_error *err);

#endif
