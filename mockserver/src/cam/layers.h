/* SPDX-License-Identifier: Apache-2.0 */
/* What the judge (eval.c) found out; why.c says it in one line, explain.c in full. Private to
 * this room. */
#ifndef CAM_LAYERS_H
#define CAM_LAYERS_H

#include "cam/acl.h"
#include "cam/match.h"
#include "cam/policy.h"

enum clause {
    CLAUSE_NONE,
    CLAUSE_ACTION,
    CLAUSE_RESOURCE,
    CLAUSE_PRINCIPAL,
    CLAUSE_CONDITION,
};

/* What one layer says, and by which statement; `near` is the allow statement that came closest,
 * with what it lacked. */
struct opinion {
    enum cam_says says;
    int statement;
    const struct cam_policy *policy;
    int near_statement;
    enum clause near_clause;
    const struct cam_policy *near_policy;
};

/* What is asked, as statements are compared with it. */
struct inquiry {
    struct cam_resource asked;
    struct cam_text path; /* of what is asked */
    struct cam_asked keys;
};

/* What the list says that decides about the resource. */
struct list_opinion {
    bool is_asked, is_found; /* found: action and resource have one */
    struct acl_need need;
    struct acl_list list;
    bool to_caller, to_anyone;
    struct acl_grant caller_grant, anyone_grant;
};

struct layers {
    struct inquiry in;
    struct opinion identity, boundary, session, bucket_caller, bucket_root, bucket_anyone;
    struct opinion trust;
    struct list_opinion list;
    const struct opinion *by;      /* the one whose statement decided; NULL: none did */
    const struct acl_grant *grant; /* of the list, the one that decided; NULL: none did */
};

/** The judgement, and in *l what it rests on; @arena holds the texts of both. */
void cam_judge(struct cos_arena *arena, struct cam_verdict *out, struct layers *l,
               const struct cam_question *q);
enum audience { AUDIENCE_ALL, AUDIENCE_ANYONE, AUDIENCE_CALLER, AUDIENCE_CALLERS_ROOT };
/** The first clause of @st that does not hold; @creator_uin: the account whose policy it is.
 *  statement.c. */
enum clause cam_first_failing(const struct cam_statement *st, struct inquiry *in,
                              const char *creator_uin, enum audience audience);
/** Sub-accounts and roles have one (cam-conditions.md s.5), an account has none. */
const struct cam_policy *cam_boundary_of(const struct cam_principal *who);
/** Do the caller's own policies allow it, as far as his boundary lets them? */
bool cam_own_policies_allow(const struct layers *l);
/** Whether one clause of @st holds, whatever the others do; of a bucket's or a trust's
 *  statement the principal holds by whichever way the caller is named. */
bool cam_clause_holds(enum clause clause, const struct cam_statement *st, struct inquiry *in,
                      const char *creator_uin, enum cam_layer layer);
/** Asks for the list that decides, unless it has been asked for. */
void cam_consult_list(struct layers *l, const struct cam_question *q);

/* --- near.c --- */
struct cos_jw;
/** Member "near_misses": at most three changes that would allow what @now denies. */
void cam_tell_near(struct cos_jw *w, struct cos_arena *arena, struct layers *l,
                   const struct cam_question *q, const struct cam_verdict *now);

/* --- why.c --- */
/** Why it is denied, in one line. */
struct cos_span cam_say_denied(struct cos_arena *arena, const struct cam_verdict *v,
                               struct layers *l, const struct cam_question *q);
/** The grant that decided: "READ to AllUsers (acl of examplebucket-1250000000)". */
struct cos_span cam_say_grant(struct cos_arena *arena, const struct layers *l);

#endif
