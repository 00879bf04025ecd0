/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as policy.c reads it and eval.c judges by it: private to this room, and to advice,
 * which says what is in one. */
#ifndef CAM_POLICY_H
#define CAM_POLICY_H

#include "cam/condition.h"

struct cam_resource {
    bool is_star;         /* the single "*" */
    struct cos_span text; /* as written */
    /* path: <bucket-appid>/<key glob>, legacy spellings normalised */
    struct cos_span service, region, account, path;
};
/* One of the ways to name somebody: uin, role, whole_arn; or anyone. */
struct cam_grantee {
    bool is_anyone;
    struct cos_span owner_uin;
    struct cos_span uin;       /* "*": every user of the owner */
    struct cos_span role;      /* its name, or */
    struct cos_span role_id;   /* its id */
    struct cos_span whole_arn; /* of an identity provider, or of a service of the cloud */
};
struct cam_statement {
    bool is_deny;
    struct cos_span sid;
    struct cos_span *actions; /* "name/" cut off: "cos:Get*", "*" */
    size_t n_actions;
    struct cam_resource *resources;
    size_t n_resources;
    struct cam_grantee *grantees; /* of bucket and trust policies only */
    size_t n_grantees;
    struct cam_condition *conditions;
    size_t n_conditions;
};
struct cam_taken { /* a liberty, where it was taken first */
    struct cos_text_error error;
    enum cam_element at;
};
struct cam_policy {
    int refs; /* atomic */
    enum cam_policy_use use;
    struct cos_arena arena; /* holds everything below */
    struct cos_span text;   /* as it was written; of an identity policy "" */
    struct cos_span name;   /* "read-only", "session policy of alice", "bucket policy of b" */
    struct cam_statement *statements;
    size_t n_statements;
    struct cam_warning *warnings, **last_warning; /* the first few */
    size_t n_warnings;
    struct cam_taken *taken[CAM_LIBERTIES];
};

struct cos_span cam_action_plain(struct cos_span action); /* without "name/" */
/** "statement 0 (sid 'reads') of policy 'read-only'". */
void cam_print_statement(struct cos_buf *b, const struct cam_policy *p, int index,
                         struct cos_span sid);
/** Where statement @index (-1: the policy itself) begins in the valid JSON text @json, or its
 *  @element (NULL: itself), if it has that. locate.c. */
void cam_locate(struct cos_span json, int index, const char *element, unsigned *line,
                unsigned *column);
/** False: not of the form qcs:project:service:region:account:path. */
bool cam_resource_split(struct cam_resource *out, struct cos_span text);

#endif
