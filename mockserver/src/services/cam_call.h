/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calls of the CAM API have in common (cam_*.c; cam-conditions.md s.7). Each reads
 * what the caller's account keeps, finds in it what its fields name, asks whether the caller
 * may, changes the value or writes an answer from it. Whoever returns false, or NULL, has
 * refused.
 */
#ifndef SERVICES_CAM_CALL_H
#define SERVICES_CAM_CALL_H

#include "services/sts_call.h"
#include "world/catalog.h"

/* --- a call --- */

/** Does the work; whether @c has been changed and is to be kept. */
typedef bool cam_work(struct cosmock_exchange *x, struct catalog *c);
/**
 * Hold the call's names against @known (sts_check_fields()), read the caller's account, work,
 * keep what has changed, answer: with what the work has written, or with nothing but the id of
 * the request. As a handler returns.
 */
int cam_run(struct cosmock_exchange *x, const char *const *known, cam_work *work);
bool cam_refuse(struct cosmock_exchange *x, const char *code);
bool cam_say(struct cosmock_exchange *x, const char *code, struct cos_span message);

/* --- rights: on what stands behind "qcs::cam::uin/<owner>:" --- */

/** On all of a kind, "uin/ *", or on one that has no name yet. */
bool cam_may_all(struct cosmock_exchange *x, const char *kind);
/** On one: "policyid/17000001". */
bool cam_may(struct cosmock_exchange *x, const char *kind, struct cos_span id);
/** On a role, which has two names. */
bool cam_may_role(struct cosmock_exchange *x, const struct catalog_user *role);
/** As cam_may(), but the operation's right is asked under another name, too. */
bool cam_may_besides(struct cosmock_exchange *x, const char *action, const char *kind,
                     struct cos_span id);

/* --- fields --- */

/** Digits, as a number or as a text (598/33558: "PolicyId": "1"); ptr NULL: an optional one
 *  that is not there. */
bool cam_read_id(struct cosmock_exchange *x, const char *name, bool is_optional,
                 struct cos_span *out);
struct cam_choice {
    const char *name;
    int64_t usual, least, most; /* usual: where it is not there */
};
bool cam_read_number(struct cosmock_exchange *x, const struct cam_choice *choice, int64_t *out);
bool cam_read_text(struct cosmock_exchange *x, const char *name, bool is_optional,
                   struct cos_span *out);
/** Of letters, digits and +=,.@_- (py cam models.py). */
bool cam_check_name(struct cosmock_exchange *x, struct cos_span name, size_t max_bytes,
                    const char *code);
/** A list, "VersionId": [1] or VersionId.0=1; each item by @visit, until one is refused. */
bool cam_each_id(struct cosmock_exchange *x, const char *name, size_t most,
                 bool (*visit)(struct cosmock_exchange *x, void *ctx, struct cos_span id),
                 void *ctx);
/** A list of objects, "Info": [{...}] or Info.0.GroupId=...: how many there are, and the member
 *  of one; ptr NULL: it is not there. */
size_t cam_count(struct cosmock_exchange *x, const char *name);
struct cos_span cam_member(struct cosmock_exchange *x, const char *list, size_t index,
                           const char *member);

/* A page of a list. */
struct cam_page {
    int64_t page, size;
    int64_t seen; /* of all that fit */
    struct cos_span keyword;
};
/** Page and Rp, and, where the call has it, Keyword. */
bool cam_read_page(struct cosmock_exchange *x, struct cam_page *out);
/** Counts one that fits; whether it stands on the page. */
bool cam_on_page(struct cam_page *page);
/** Whether @name has the Keyword in it. */
bool cam_has_keyword(const struct cam_page *page, struct cos_span name);

/* --- what is found --- */

/** By a field that must be there; the right is asked on it first. */
struct catalog_policy *cam_policy_of(struct cosmock_exchange *x, struct catalog *c,
                                     const char *code);
struct catalog_user *cam_user_of(struct cosmock_exchange *x, struct catalog *c,
                                 const char *field, const char *code);
struct catalog_group *cam_group_of(struct cosmock_exchange *x, struct catalog *c,
                                   const char *field, const char *code);
/** By its id or by its name, one of which must be there. */
struct catalog_user *cam_role_of(struct cosmock_exchange *x, struct catalog *c,
                                 const char *id_field, const char *name_field);

/* --- the answer --- */

void cam_begin(struct cosmock_exchange *x, struct cos_jw *w);
void cam_end(struct cosmock_exchange *x, struct cos_jw *w);
/** "2020-01-16 15:09:27", of the service's own time zone; "" for 0. */
void cam_write_time(struct cos_jw *w, const char *name, int64_t unix_ms);
/** A number that is kept as text. */
void cam_write_id(struct cos_jw *w, const char *name, struct cos_span id);
int64_t cam_uid(const struct catalog_user *u);
/** What is said about somebody, "" where nothing is. */
struct cos_span cam_profile(const struct catalog_user *u, const char *name);
void cam_profile_set(struct catalog *c, struct catalog_user *u, const char *name,
                     struct cos_span value);

/* --- policies as texts --- */

/** 6144 characters without blanks, and what CAM takes; the code says which element is wrong. */
bool cam_check_document(struct cosmock_exchange *x, struct cos_span document,
                        enum cam_policy_use use);
bool cam_check_description(struct cosmock_exchange *x, struct cos_span description);

#endif
