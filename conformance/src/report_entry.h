/* SPDX-License-Identifier: Apache-2.0 */
/* An entry of the mock's journal as a reader of a report sees it. */
#ifndef CONFORM_REPORT_ENTRY_H
#define CONFORM_REPORT_ENTRY_H

#include "cosbase/buf.h"

struct cos_json;

struct report_entry {
    int64_t seq, status;
    /* "" for what does not apply. */
    const char *op, *method, *target, *code, *secret_id, *key_kind;
    const char *authn, *token, *authz, *fault;
    /* The mock's own sentence for what it refused. */
    const char *detail;
    struct cos_json *root;
};

/** From a JSON line; false when it is none. Texts live until the deinit. */
COS_MUST_CHECK bool report_entry_read(struct report_entry *out, struct cos_span line);
void report_entry_deinit(struct report_entry *e);
/** "#3 PutObject PUT /a -> 403 AccessDenied": what was asked, and the answer. */
void report_entry_put_request(struct cos_buf *b, const struct report_entry *e);
/** "ak AKIDz86IacPn temporary, authn ok, token ok, authz deny": what the mock decided. */
void report_entry_put_decision(struct cos_buf *b, const struct report_entry *e);

COS_CLEANUP_DEINIT_DEFINE(struct report_entry, report_entry_deinit)

#endif
