/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAM: policies as immutable values, and the evaluation of one request against the layers that
 * apply (sts-cam.md s.3). Pure: no clock, no lock, no I/O.
 */
#ifndef CAM_CAM_H
#define CAM_CAM_H

#include "cosbase/arena.h"
#include "cosbase/buf.h"
#include "cosbase/error.h"

/* --- policy.c: parse and check --- */
struct cam_policy; /* immutable, reference-counted */
enum cam_policy_use {
    CAM_IDENTITY,
    CAM_SESSION,
    CAM_BUCKET,
    CAM_TRUST,    /* of a role: who may assume it */
    CAM_BOUNDARY, /* of a user or a role: what his policies may give him at most */
};
/**
 * Bounds, duplicate names, unknown elements, wrong types, bad resources and conditions that
 * cannot be judged by are refused with line, column and what would be right.
 * @name is what verdicts call it: an identity policy's own name, whom a session policy is
 * issued for, the bucket of a bucket policy, the role of a trust policy. Returns 0 or -1 and
 * *err. Size limits (6144 characters without blanks, 20 KB for buckets) are the caller's.
 */
int cam_policy_parse(struct cam_policy **out, struct cos_span json, enum cam_policy_use use,
                     const char *name, struct cos_text_error *err);
/* What of a policy is refused. */
enum cam_element {
    CAM_ELEMENT_DOCUMENT, /* no JSON, or a name that nobody knows */
    CAM_ELEMENT_VERSION,
    CAM_ELEMENT_STATEMENT,
    CAM_ELEMENT_EFFECT,
    CAM_ELEMENT_ACTION,
    CAM_ELEMENT_RESOURCE,
    CAM_ELEMENT_PRINCIPAL,
    CAM_ELEMENT_CONDITION,
    CAM_ELEMENT_OPERATOR, /* of a condition */
    CAM_ELEMENT_VALUE,    /* of one: its key, or what it is compared with */
    CAM_ELEMENTS
};
/** As cam_policy_parse(); *at: where it went wrong, when it did. */
int cam_policy_parse_at(struct cam_policy **out, struct cos_span json, enum cam_policy_use use,
                        const char *name, struct cos_text_error *err, enum cam_element *at);
/* What is taken beyond the documents, and said to be so; where a policy is put it may be
 * refused instead. */
enum cam_liberty {
    CAM_LIBERTY_PRINCIPAL,      /* a principal in a policy of a user or a role */
    CAM_LIBERTY_BARE_PRINCIPAL, /* one that is a text, and no "*" */
    CAM_LIBERTY_BLANKS,         /* around an action, a resource or a principal */
    CAM_LIBERTY_PATH,           /* a path that only resembles the older spellings */
    CAM_LIBERTIES
};
struct cam_rules;
/** Does @p, which is to be put, keep to @rules? 0, or -1 with *err and *at (NULL: nobody
 *  asks). */
int cam_policy_admit(const struct cam_policy *p, const struct cam_rules *rules,
                     struct cos_text_error *err, enum cam_element *at);
/** As it was written, but for identity policies; borrowed. */
struct cos_span cam_policy_text(const struct cam_policy *p);
size_t cam_policy_bytes(const struct cam_policy *p); /* what it keeps; 0 for NULL */
struct cam_policy *cam_policy_unref(struct cam_policy *p);
/** STS at issue time: does a statement name another account than @appid / @owner_uin? ("*" and
 * "uid/ *" pass, sts-cam.md s.2.1.) */
bool cam_policy_names_other_account(const struct cam_policy *p, const char *appid,
                                    const char *owner_uin);

struct cam_warning {
    /* "statement 0 of policy 'readers': no known action is called 'cos:GetObjet'; the nearest
     * is cos:GetObject" */
    struct cos_span text;
    struct cam_warning *next;
};
/** The first eight things that are allowed in @p and still look like mistakes; borrowed; NULL:
 * none. */
const struct cam_warning *cam_policy_warnings(const struct cam_policy *p);

/* --- actions.c --- */
/** Why nothing will ever ask for @action ('*' as in a policy), with the nearest that is asked
 * for, in @out; NULL: it may. Only cos and sts are judged. */
const char *cam_action_complaint(struct cos_span action, char *out, size_t size);
/** The known actions, "cos:GetObject"; NULL at the end. */
const char *cam_action_at(size_t i);
/** Why the account segment of a cos resource in a policy fits nobody, in @out; NULL: it may. */
const char *cam_account_complaint(struct cos_span resource, char *out, size_t size);
/** Why no request can ask for @action on @resource, with what would be right, in @out; NULL:
 * one can. */
const char *cam_question_complaint(struct cos_span action, struct cos_span resource, char *out,
                                   size_t size);

/* --- eval.c --- */
/* Who asks. */
enum cam_kind {
    CAM_ANONYMOUS,
    CAM_ROOT, /* an account itself */
    CAM_USER, /* one of its sub-accounts */
    /* the holder of a token of either, with its rights as far as the token's policy goes */
    CAM_FEDERATED,
    CAM_ROLE, /* whoever has assumed one, with its rights, as far as the token's policy goes */
};
struct cam_principal {
    enum cam_kind kind;
    /* "" when anonymous; of a federated caller: of the user whose token it is; of a role uin is
     * its id */
    const char *uin, *owner_uin, *appid;
    const char *role;     /* its name; NULL: none */
    const char *provider; /* arn of who vouches for somebody anonymous; NULL: nobody */
    struct cam_policy *const *policies; /* as they are now */
    size_t n_policies;
    const struct cam_policy *boundary; /* of a user or a role; NULL: none */
    const struct cam_policy *session;  /* of the token; NULL: none, or issued without one */
};
/** The root of an account, or the holder of a token of the root. */
bool cam_speaks_for_account(const struct cam_principal *who);

struct acl_need; /* cam/acl.h */
struct acl_list;

/* --- keys.c: what conditions may ask about --- */
enum cam_type { CAM_TYPE_STRING, CAM_TYPE_NUMBER, CAM_TYPE_DATE, CAM_TYPE_BOOL, CAM_TYPE_IP };
enum cam_key_id {
    CAM_KEY_IP,
    CAM_KEY_CURRENT_TIME,
    CAM_KEY_UIN,
    CAM_KEY_OWNER_UIN,
    CAM_KEY_RESOURCE_TAG,
    CAM_KEY_REQUEST_TAG,
    CAM_KEY_HOST,
    CAM_KEY_SECURE_TRANSPORT,
    CAM_KEY_TLS_VERSION,
    CAM_KEY_STORAGE_CLASS,
    CAM_KEY_ACL,
    CAM_KEY_FORBID_OVERWRITE,
    CAM_KEY_VERSION_ID,
    CAM_KEY_PREFIX,
    CAM_KEY_RESPONSE_CONTENT_TYPE,
    CAM_KEY_CONTENT_LENGTH,
    CAM_KEY_CONTENT_TYPE,
    CAM_KEY_MFA,
    CAM_KEY_OF_TRUST,    /* facts of a role that shall be assumed */
    CAM_KEY_NOT_CARRIED, /* from here on: known, and in no request to this mock */
    CAM_KEY_VPC = CAM_KEY_NOT_CARRIED,
    CAM_KEY_CREATE_UIN,
    CAM_KEY_TAG,
    CAM_KEY_MIME_LIMIT,
    CAM_KEYS
};
struct cam_key {
    const char *name;
    enum cam_key_id id;
    enum cam_type type;
    bool is_parameter;   /* and so compared percent-encoded */
    const char *actions; /* that carry it, "GetObject HeadObject"; NULL: all */
};
/** Exactly so, for case counts (tc:598/58420). NULL: nobody knows it. */
const struct cam_key *cam_key_named(struct cos_span name);

/* What a request says of a key. */
struct cam_values {
    struct cos_span one;            /* where n is 1 */
    const struct cos_span *several; /* NULL: not more than one */
    size_t n;                       /* 0: nothing */
};
struct cos_span cam_value_at(const struct cam_values *v, size_t i);

/* One thing that a call states and a condition may ask: "sts:external_id" and its value. */
struct cam_fact {
    const char *key;
    struct cos_span value;
};
/* What conditions may ask about besides who, what and where. */
struct cam_context {
    /** What the request says of @key, decoded, into *out, whose n is 0; asked at most once a
     *  key, and only for a condition that wants it. NULL: it says nothing. */
    void (*find)(void *ctx, const struct cam_key *key, struct cam_values *out);
    void *ctx;
    const struct cam_fact *facts; /* go first */
    size_t n_facts;
};
/* What documents leave open, as switches decide it; all false: by the best evidence. */
struct cam_rules {
    bool is_anyone_deny_strict;     /* a deny for anyone hits who signs, too */
    bool does_boundary_cap_grants;  /* those of bucket policies and lists, too */
    bool does_root_stand_for_users; /* an account that a bucket policy allows something */
    bool does_root_deny_hit_users;  /* an account that it denies something */
    bool does_deny_hit_any_account; /* the account "*", "uid/ *" or "uin/ *" in a deny */
    bool are_regions_globs;         /* "ap-*" */
    bool is_all_of_service_star;    /* qcs::cos:::* for what has no resource */
    bool is_question_mark_any;      /* '?' in a resource is one character */
    bool is_any_user_nobody;        /* the principal uin/<owner>:uin/ * */
    bool refuses[CAM_LIBERTIES];    /* in a policy that is put */
};
struct cam_question {
    const struct cam_principal *who;
    struct cos_span action; /* "name/cos:GetObject" or "name/sts:GetFederationToken" */
    /* "qcs::cos:<region>:uid/<appid>:<bucket>/<key>", or "*" for service-level actions */
    struct cos_span resource;
    const char *owner_uin, *owner_appid; /* of the resource */
    const struct cam_policy *bucket;     /* of the resource; NULL: none */
    const struct cam_policy
        *trust; /* of the role that shall be assumed; NULL: it is not that */
    struct cam_context context;
    /** The access control list that decides about the resource; asked at most once, when
     *  policies leave it open. False: there is none. NULL: there are no lists. */
    bool (*find_list)(void *ctx, const struct acl_need *need, struct acl_list *out);
    void *lists;
    bool needs_no_grant; /* allowed unless a statement denies it */
    struct cam_rules rules;
};
enum cam_says { CAM_NA, CAM_IMPLICIT, CAM_ALLOW, CAM_DENY };
/* Whose word decided; with the words of journal and explain. */
#define CAM_LAYERS(X)                                   \
    X(NONE, "none")                                     \
    X(IDENTITY, "identity")                             \
    X(BOUNDARY, "boundary")                             \
    X(SESSION, "session")                               \
    X(BUCKET, "bucket")                                 \
    X(TRUST, "trust")                                   \
    X(ROOT, "root") /* the account owns the resource */ \
    X(OBJECT_ACL, "object acl")                         \
    X(FOLDER_ACL, "folder acl")                         \
    X(BUCKET_ACL, "bucket acl")
/* Why a verdict is what it is, the word of explain for it, and whether it allows. */
#define CAM_REASONS(X)                                         \
    X(NOT_ASKED, "not_asked", true) /* enforcement is off */   \
    X(ALLOW, "allow", true)                                    \
    X(BUCKET_ANYONE, "bucket_anyone", true)                    \
    X(ACL, "acl", true)                                        \
    X(ACL_ANYONE, "acl_anyone", true)                          \
    X(NO_GRANT_NEEDED, "no_grant_needed", true)                \
    X(IMPLICIT_DENY, "implicit_deny", false)                   \
    X(IMPLICIT_DENY_BOUNDARY, "implicit_deny:boundary", false) \
    X(IMPLICIT_DENY_SESSION, "implicit_deny:session", false)   \
    X(EXPLICIT_DENY_IDENTITY, "explicit_deny:identity", false) \
    X(EXPLICIT_DENY_BOUNDARY, "explicit_deny:boundary", false) \
    X(EXPLICIT_DENY_SESSION, "explicit_deny:session", false)   \
    X(EXPLICIT_DENY_BUCKET, "explicit_deny:bucket", false)     \
    X(IMPLICIT_DENY_TRUST, "implicit_deny:trust", false)       \
    X(EXPLICIT_DENY_TRUST, "explicit_deny:trust", false)
#define CAM_LAYER_ID(id, word) CAM_LAYER_##id,
#define CAM_REASON_ID(id, word, allows) CAM_REASON_##id,
enum cam_layer { CAM_LAYERS(CAM_LAYER_ID) };
enum cam_reason { CAM_REASONS(CAM_REASON_ID) };
const char *cam_layer_word(enum cam_layer layer);
const char *cam_reason_word(enum cam_reason reason);

struct cam_verdict {
    bool allowed;
    enum cam_reason reason;
    enum cam_layer layer;
    enum cam_says identity, boundary, session, bucket, trust;
    int statement; /* deciding statement, from 0; -1: none */
    /* its policy: "read-only", "session policy of alice"; of a list the grant: "READ to
     * AllUsers (acl of examplebucket-1250000000)"; else "" */
    struct cos_span policy;
    /* one English line: who, action, resource, the deciding layer or first failing clause
     * (expected, got), what would allow it */
    struct cos_span why;
};
/** @arena holds `why`. */
void cam_eval(struct cos_arena *arena, struct cam_verdict *out,
              const struct cam_question *question);

/* --- explain.c --- */
/** The whole trace: every statement of every layer with its first failing clause, as JSON
 * appended to @out; @warnings (NULL: none) join those of the policies. */
void cam_explain(struct cos_buf *out, const struct cam_question *question,
                 const struct cam_warning *warnings);

/* --- match.c --- */
/** '*' crosses '/', matches the empty string. */
bool cam_glob(struct cos_span pattern, struct cos_span text);
/** '?' matches one character besides. */
bool cam_glob_with_marks(struct cos_span pattern, struct cos_span text);

#endif
