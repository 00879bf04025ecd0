/* SPDX-License-Identifier: Apache-2.0 */
/* What the clients of a mock did, counted from the journals of all its tenants: calls by
 * operation, failures by cause, words without effect. */
#ifndef CMD_TALLY_H
#define CMD_TALLY_H

#include "cosmock/cosmock.h"

#include "cosbase/arena.h"

#include <pthread.h>

enum failure_kind {
    FAILED_DENIED,    /* authentication or the policies said no */
    FAILED_NOT_BUILT, /* the service has it, the mock has not */
    FAILED_MALFORMED, /* no request, or no signature of this service */
    FAILED_NO_BUCKET, /* in no world */
    /* no request came: the client did not like our certificate, or speaks otherwise */
    FAILED_TLS,
    FAILED_BY_FAULT, /* somebody asked for it */
    FAILED_OTHERWISE,
};
#define FAILURE_KINDS (FAILED_OTHERWISE + 1)
struct op_row {
    const char *service, *op;
    uint64_t calls, failed;
};
struct failure_row {
    enum failure_kind kind;
    const char *op, *code;
    int http_status;
    const char *place;   /* bucket/key or host of the first */
    const char *cause;   /* one line, the first one's */
    const char *pattern; /* the cause without the key: what makes two alike */
    uint64_t times;
    bool has_other_places;
};
struct name_row {
    const char *name;
    uint64_t times;
};
#define TALLY_FAILURES 100
#define TALLY_NAMES 200
struct tally {
    pthread_mutex_t lock;   /* guards all below */
    struct cos_arena arena; /* every string; `failed` says that something is missing */
    struct op_row *ops;
    size_t n_ops, cap_ops;
    struct failure_row failures[TALLY_FAILURES];
    struct name_row ignored[TALLY_NAMES], unknown[TALLY_NAMES];
    size_t n_failures, n_ignored, n_unknown;
    uint64_t calls, failed, absent, by_kind[FAILURE_KINDS], more_failures, dropped;
};

/** NULL without memory. */
struct tally *tally_new(void);
struct tally *tally_free(struct tally *tally);
/** Count the journal of a tenant that ends; @tally is the context of
 *  cosmock_options.tenant_ends. Threads: any. */
void tally_tenant(void *tally, struct cosmock_tenant *t);

#endif
