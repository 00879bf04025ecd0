/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access control lists: who is granted what on a bucket or an object (cos-operations-1.md s.3).
 * A list grants and never denies. It is kept as one small text,
 *
 *     public-read READ_ACP:100000000002/100000000002 READ:AllUsers
 *
 * the word of a canned list, or "-", and behind it the grants that were given one by one. The
 * text is what bucket documents, facets of objects and world files hold, and what is judged:
 * there is nothing else to keep in step with it.
 */
#ifndef CAM_ACL_H
#define CAM_ACL_H

#include "cam/cam.h"

enum acl_place { ACL_OF_BUCKET, ACL_OF_OBJECT };

#define ACL_PERMISSIONS(X)    \
    X(READ, "READ")           \
    X(WRITE, "WRITE")         \
    X(READ_ACP, "READ_ACP")   \
    X(WRITE_ACP, "WRITE_ACP") \
    X(FULL_CONTROL, "FULL_CONTROL")
/* The word, and where it may stand: on buckets, on objects. */
#define ACL_CANNED(X)                                           \
    X(DEFAULT, "default", false, true) /* as its folder says */ \
    X(PRIVATE, "private", true, true)                           \
    X(PUBLIC_READ, "public-read", true, true)                   \
    X(PUBLIC_READ_WRITE, "public-read-write", true, false)      \
    X(AUTHENTICATED_READ, "authenticated-read", true, true)     \
    X(BUCKET_OWNER_READ, "bucket-owner-read", false, true)      \
    X(BUCKET_OWNER_FULL_CONTROL, "bucket-owner-full-control", false, true)
#define ACL_PERMISSION_ID(id, word) ACL_##id,
#define ACL_CANNED_ID(id, word, on_buckets, on_objects) ACL_##id,
enum acl_permission { ACL_PERMISSIONS(ACL_PERMISSION_ID) };
enum acl_canned { ACL_NO_CANNED, ACL_CANNED(ACL_CANNED_ID) };
const char *acl_permission_word(enum acl_permission p);
/** False: there is none of that word. */
bool acl_permission_of(struct cos_span word, enum acl_permission *out);
/** In any case; ACL_NO_CANNED: there is none of that word for this place. */
enum acl_canned acl_canned_of(struct cos_span word, enum acl_place place);
const char *acl_canned_word(enum acl_canned canned); /* "": none */

enum acl_kind { ACL_USER, ACL_ALL_USERS, ACL_AUTHENTICATED_USERS };
struct acl_grantee {
    enum acl_kind kind;
    struct cos_span owner_uin, uin; /* of a user; the same: a root account */
};
struct acl_grant {
    struct acl_grantee to;
    enum acl_permission permission;
};
/**
 * Three forms say who: "<uin>" of a root account, "<owner uin>/<uin>", and
 * "qcs::cam::uin/<owner uin>:uin/<uin>"; "qcs::cam::anyone:anyone" is everybody. False: none of
 * them.
 */
bool acl_grantee_of_id(struct cos_span id, struct acl_grantee *out);
#define ACL_GROUP_URIS "http://cam.qcloud.com/groups/global/"
/** The URI of a group, which begins as COS's do or with @uris. */
bool acl_grantee_of_uri(struct cos_span uri, const char *uris, struct acl_grantee *out);
/** What such a URI ends with: "AllUsers". */
const char *acl_group_word(enum acl_kind group);

/* A list, read in place. */
struct acl {
    enum acl_canned canned;
    struct cos_span grants; /* the text of those behind it */
};
/** False: the text is no list for this place; *out is then untouched. */
bool acl_read(struct cos_span text, enum acl_place place, struct acl *out);
/** Says nothing of its own: what is above it decides. */
bool acl_inherits(const struct acl *a);

/* Writing one: the word, then each grant. */
void acl_write_canned(struct cos_buf *b, enum acl_canned canned);
void acl_write_grant(struct cos_buf *b, const struct acl_grant *g);

/* Whose the resource is, which canned lists speak of. */
struct acl_owners {
    struct cos_span resource_uin, bucket_uin;
    bool public_write_is_full; /* the switch public-read-write=full-control */
};
#define ACL_MAX_GRANTS 100 /* Dpba:126 */
struct acl_grants {
    /* the owner's and at most two of a canned list besides */
    struct acl_grant items[ACL_MAX_GRANTS + 3];
    size_t n;
};
/** As GET shows them: the owner first, unless grants were given one by one (s.3.1, "Which
 *  grants GET shows"). */
void acl_shown(const struct acl *a, const struct acl_owners *owners, struct acl_grants *out);
/** Those that were given, with those of groups: what an account has a limited number of. */
size_t acl_entries(const struct acl *a);

/* --- the judgement --- */
/* What an action needs of a list, and of which one. */
struct acl_need {
    enum acl_place place;
    enum acl_permission permission;
};
/** False: no list allows the action (s.3.3). @action without "name/". */
bool acl_need_of(struct cos_span action, struct acl_need *out);
/* To whom a grant speaks. */
enum acl_audience {
    ACL_EVERYONE, /* AllUsers */
    ACL_CALLER,   /* him, or all who are somebody */
    ACL_HIS_ROOT, /* the account of a caller who is one of its users */
};
/** The first grant that gives @needed to @audience, of which @who is one. False: none does. */
bool acl_find_grant(const struct acl *a, const struct acl_owners *owners,
                    const struct cam_principal *who, enum acl_audience audience,
                    enum acl_permission needed, struct acl_grant *out);
/** "READ to AllUsers", "FULL_CONTROL to uin 100000000011 of account 100000000001". */
void acl_print_grant(struct cos_buf *b, const struct acl_grant *g);

/* The list that decides about a resource, for struct cam_question. */
struct acl_list {
    struct acl acl;
    struct acl_owners owners;
    enum cam_layer layer; /* whose list it is */
    struct cos_span of;   /* "examplebucket-1250000000/dir/" */
};

#endif
