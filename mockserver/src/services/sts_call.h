/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls of STS have in common: parameters (sts_params.c), and the temporary key at
 * their end (sts_issue.c). Whoever returns false has refused. */
#ifndef SERVICES_STS_CALL_H
#define SERVICES_STS_CALL_H

#include "exchange/exchange.h"

#include "cosbase/json.h"

/* --- parameters --- */

/** Refuse; the sentence is the answer's and the reason's. */
void sts_say(struct cosmock_exchange *x, const char *code, struct cos_span message);
/**
 * Read the body and hold its names against @known (NULL-terminated; "Tags." is all that begin
 * so).
 */
bool sts_check_fields(struct cosmock_exchange *x, const char *const *known);
/* A parameter that is a text. */
struct sts_text {
    const char *name;
    size_t min_bytes, max_bytes; /* max 0: of any length */
    const char *more_chars;      /* besides letters and digits; NULL: any */
    bool is_optional;
};
/** *out with ptr NULL: an optional one that is not there. */
bool sts_read_text(struct cosmock_exchange *x, const struct sts_text *text,
                   struct cos_span *out);
struct sts_duration {
    int64_t usual_s, most_s;
    bool takes_text; /* in JSON, too */
};
bool sts_read_duration(struct cosmock_exchange *x, const struct sts_duration *limits,
                       int64_t *out);
/** The Policy as JSON text, for the journal too; ptr NULL: an optional one that is absent. */
bool sts_read_policy_text(struct cosmock_exchange *x, bool is_optional, struct cos_span *out);
/* What verdicts call it, and whose resources it may name. */
struct sts_policy {
    struct cos_span name;
    const char *appid, *owner_uin;
};
/** *out: a reference; NULL: there is no @text. */
bool sts_read_policy(struct cosmock_exchange *x, const struct sts_policy *how,
                     struct cos_span text, struct cam_policy **out);
/** Session tags as pairs (store/rows.h) in the arena, from JSON or from "Tags.0.Key"; empty:
 *  none. */
bool sts_read_tags(struct cosmock_exchange *x, struct cos_span *out);
/** Refuses whom enforcement "off" has let in without a name. */
bool sts_is_somebody(struct cosmock_exchange *x);
/** Refuses temporary keys. */
bool sts_is_permanent(struct cosmock_exchange *x);
/** Refuses a code that the MFA device of @user does not show; a call without one passes unless
 *  @is_needed. */
bool sts_check_mfa(struct cosmock_exchange *x, const struct user *user, bool is_needed);

/* --- the answer --- */

void sts_begin_response(struct cosmock_exchange *x, struct cos_jw *w);
void sts_end_response(struct cosmock_exchange *x, struct cos_jw *w);

/* --- the key --- */

/* What is asked for; borrowed for the call. */
struct sts_grant {
    const struct user *user; /* or role, whose rights it will have */
    struct cos_span name;    /* "": of GetSessionToken */
    const struct cam_policy *session;
    int64_t duration_s;
    struct cos_span asked_by, source_identity, tags; /* of the session of a role */
};
/** Issue the key and answer with it, once it is kept. 0, or negative: our own failure. */
int sts_issue(struct cosmock_exchange *x, const struct sts_grant *grant);

#endif
