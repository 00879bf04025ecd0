/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a policy, or looks like it, though nobody refuses it: CAM takes nearly
 * anything, and what was meant otherwise simply grants nothing, or too much.
 */
#ifndef ADVICE_LINT_H
#define ADVICE_LINT_H

#include "advice/place.h"
#include "cam/cam.h"

/*
 * THE TABLE of rules: X(id, name, severity, sentence, source). An error cannot be meant, a
 * warning hardly ever, a note is worth knowing. docs/LINT.md is printed from it.
 */
#define LINT_RULES(X)                                                                          \
    /* the text */                                                                             \
    X(JSON, "json", ERROR, "a policy is JSON; comments are none", "RFC 8259; 436/31923")       \
    X(UNREADABLE, "unreadable", ERROR, "what the mock refuses to read", "598/10604")           \
    X(VERSION, "version", ERROR, "the version is \"2.0\"", "598/10604")                        \
    X(TOO_LARGE, "too-large", ERROR,                                                           \
      "a policy of CAM or of a token has at most 6144 characters without blanks, one of a "    \
      "bucket 20 KB",                                                                          \
      "CAM limits; 436/45235")                                                                 \
    X(UNKNOWN_ELEMENT, "unknown-element", ERROR, "there are no other elements", "598/10604")   \
    X(NOT_ELEMENT, "not-element", ERROR,                                                       \
      "CAM has no NotAction, NotResource or NotPrincipal: what is left out cannot be said",    \
      "598/10604")                                                                             \
    X(MISSING_ELEMENT, "missing-element", ERROR,                                               \
      "a statement has effect, action and resource, in a bucket's policy also a principal",    \
      "598/10604; 436/45235")                                                                  \
    X(EFFECT, "effect", ERROR, "the effect is allow or deny", "598/10604")                     \
    X(AWS_WORD, "aws-word", ERROR, "a word of another cloud", "598/10604; 598/10608")          \
    X(ELEMENT_CASE, "element-case", NOTE,                                                      \
      "elements of user policies are written in lower case", "436/71306 (2025)")               \
    X(EFFECT_CASE, "effect-case", NOTE,                                                        \
      "the effect of user policies is written in lower case", "598/10604")                     \
    X(BLANK, "blank", WARNING, "a blank at the end of a word belongs to it", "598/10608")      \
    X(DUPLICATE, "duplicate", WARNING, "said twice in one list", "598/10604")                  \
    /* actions */                                                                              \
    X(ACTION_FORM, "action-form", ERROR, "an action is [name/]<service>:<action>",             \
      "598/10604")                                                                             \
    X(ACTION_CASE, "action-case", WARNING, "actions are case-sensitive", "436/30580")          \
    X(UNKNOWN_ACTION, "unknown-action", WARNING, "nothing asks for this action",               \
      "436/30580; 598/69901")                                                                  \
    X(SERVICE_ACTION, "service-action", WARNING,                                               \
      "an action that concerns no bucket is granted on \"*\" only", "598/69901")               \
    X(BUCKET_ACTION, "bucket-action", WARNING,                                                 \
      "an action on a bucket is asked of <bucket>/, which has no key", "598/69901")            \
    X(OBJECT_ACTION, "object-action", WARNING,                                                 \
      "an action on an object is asked of <bucket>/<key>", "598/69901")                        \
    X(LIST_ACTION, "list-action", WARNING,                                                     \
      "a list is asked of <bucket>/<prefix>: without '*' one prefix alone can be listed",      \
      "598/69901; apache/gravitino#12199")                                                     \
    X(SERVICE_MISMATCH, "service-mismatch", WARNING,                                           \
      "no action of the statement is of the resource's service", "598/10606")                  \
    X(UPLOAD_IN_PARTS, "upload-in-parts", NOTE,                                                \
      "an upload in parts takes InitiateMultipartUpload, UploadPart, CompleteMultipartUpload " \
      "and, when it is resumed or given up, ListParts and AbortMultipartUpload",               \
      "436/30580; hadoop-cos")                                                                 \
    X(ALLOW_ALL, "allow-all", WARNING, "everything is allowed on everything", "436/45235")     \
    /* resources */                                                                            \
    X(RESOURCE_FORM, "resource-form", ERROR,                                                   \
      "a resource is qcs:<project>:<service>:<region>:<account>:<path>, or \"*\"",             \
      "598/10606")                                                                             \
    X(UID_WILDCARD, "uid-wildcard", ERROR, "uid/* is no account: it matches nothing",          \
      "apache/fluss#3983")                                                                     \
    X(ACCOUNT_FORM, "account-form", ERROR, "an account is uid/<appid>, uin/<owner> or empty",  \
      "598/10606")                                                                             \
    X(ACCOUNT_KIND, "account-kind", WARNING,                                                   \
      "uid/ is followed by an appid (1250000000), uin/ by an account id (100000000001)",       \
      "598/10606")                                                                             \
    X(UNKNOWN_REGION, "unknown-region", WARNING, "COS has no such region", "436/6224")         \
    X(REGION_GLOB, "region-glob", WARNING, "a region is not matched by a part of its name",    \
      "598/10606")                                                                             \
    X(REGION_STAR, "region-star", NOTE, "all regions are written as none", "598/10606")        \
    X(OLD_PATH, "old-path", WARNING, "a spelling of older documents", "436/32972; 436/18023")  \
    X(BUCKET_WITHOUT_SLASH, "bucket-without-slash", ERROR,                                     \
      "<bucket> alone is no resource: <bucket>/ is the bucket, <bucket>/* all that is in it",  \
      "598/69901")                                                                             \
    X(BUCKET_WITHOUT_APPID, "bucket-without-appid", WARNING,                                   \
      "a bucket is called <name>-<appid>", "436/13312")                                        \
    X(APPID_MISMATCH, "appid-mismatch", WARNING,                                               \
      "the bucket's appid is not that of the account", "436/13312")                            \
    X(DOUBLE_SLASH, "double-slash", WARNING, "the key begins with '/'", "436/13324")           \
    X(ENCODED_PATH, "encoded-path", WARNING, "a path is not percent-encoded", "436/31923")     \
    X(VARIABLE_IN_PATH, "variable-in-path", WARNING,                                           \
      "variables have no effect in a path of COS", "CAM policy variables")                     \
    X(QUESTION_MARK, "question-mark", NOTE, "'?' stands for itself", "598/10606")              \
    X(FOLDER_WITHOUT_STAR, "folder-without-star", WARNING,                                     \
      "<prefix>/ is one object; what is below it is <prefix>/*", "flysystem-cos#18")           \
    X(PREFIX_WITHOUT_SLASH, "prefix-without-slash", NOTE,                                      \
      "doc* is more than doc/: '*' begins in the middle of a name", "598/10606")               \
    /* conditions */                                                                           \
    X(UNKNOWN_OPERATOR, "unknown-operator", ERROR, "there is no such operator", "598/10608")   \
    X(VALUE_FORM, "value-form", ERROR, "the operator compares something else", "598/10608")    \
    X(UNKNOWN_KEY, "unknown-key", WARNING, "no request carries this key", "436/71306")         \
    X(KEY_CASE, "key-case", WARNING, "condition keys are case-sensitive", "598/58420")         \
    X(KEY_NOT_CARRIED, "key-not-carried", WARNING,                                             \
      "the request of this action does not carry the key", "436/46205")                        \
    X(KEY_OF_NETWORK, "key-of-network", NOTE, "no request to this mock carries the key",       \
      "436/46205")                                                                             \
    X(OPERATOR_TYPE, "operator-type", WARNING, "the key has values of another type",           \
      "436/46205")                                                                             \
    X(VALUE_UNENCODED, "value-unencoded", WARNING,                                             \
      "values of parameters are compared percent-encoded",                                     \
      "436/46205; apache/gravitino#12199")                                                     \
    X(VALUE_ENCODED, "value-encoded", WARNING, "values of headers are compared as they are",   \
      "436/46205")                                                                             \
    X(STAR_IN_EQUAL, "star-in-equal", WARNING, "'*' is itself to string_equal: string_like",   \
      "598/10608")                                                                             \
    X(INNER_STAR, "inner-star", WARNING,                                                       \
      "COS documents '*' at the beginning or the end of a value only", "436/46205")            \
    X(DATE_FORM, "date-form", WARNING, "a time is written YYYY-MM-DDThh:mm:ssZ", "598/10608")  \
    X(NEGATED_PLAIN, "negated-plain", NOTE,                                                    \
      "a negated operator is false, too, where the request lacks the key", "436/46205")        \
    X(DENY_IF_EXIST, "deny-if-exist", WARNING,                                                 \
      "a deny with _if_exist hits every request that lacks the key", "436/46205")              \
    X(ALLOW_IF_EXIST, "allow-if-exist", NOTE,                                                  \
      "an allow with _if_exist holds for every request that lacks the key", "436/46205")       \
    X(UNDOCUMENTED, "undocumented", NOTE, "the documents leave open what this means",          \
      "598/10608")                                                                             \
    /* principals, and what a policy is for */                                                 \
    X(PRINCIPAL_IGNORED, "principal-ignored", WARNING,                                         \
      "a policy of a user or of a token has no principal", "1312/48195; 598/10603")            \
    X(PRINCIPAL_TEXT, "principal-text", WARNING,                                               \
      "a principal that is not \"*\" stands in {\"qcs\": [...]}", "598/10604")                 \
    X(DENY_ANYONE, "deny-anyone", WARNING,                                                     \
      "a deny for anyone hits only requests that nobody signed", "436/35240; 436/40105")       \
    X(SERVICE_IN_BUCKET, "service-in-bucket", WARNING,                                         \
      "what concerns no bucket is not granted by a bucket's policy", "436/45235")              \
    X(SEVERAL_ACCOUNTS, "several-accounts", ERROR,                                             \
      "a token is for one account: STS answers GrantOtherResource", "cos-sts#36; cos-sts#128") \
    /* statements */                                                                           \
    X(NEVER_MATCHES, "never-matches", WARNING, "no request fits the statement",                \
      "follows from the policy")                                                               \
    X(SHADOWED, "shadowed", WARNING, "whatever the statement allows is denied by another",     \
      "598/10605")                                                                             \
    X(REDUNDANT, "redundant", WARNING, "another statement does all that this one does",        \
      "follows from the policy")

struct cosmock_tenant;
enum lint_severity { LINT_NOTE, LINT_WARNING, LINT_ERROR };
#define LINT_RULE_ID(id, name, severity, sentence, source) LINT_##id,
enum lint_rule { LINT_RULES(LINT_RULE_ID) LINT_RULES_N };
struct lint_row {
    const char *name;
    enum lint_severity severity;
    const char *sentence, *source;
};
extern const struct lint_row lint_rows[LINT_RULES_N];
const char *lint_severity_word(enum lint_severity severity); /* "error", as SARIF has it */

struct lint_finding {
    enum lint_rule rule;
    struct place at;
    int statement;           /* from 0; -1: the policy itself */
    struct cos_span message; /* this case of the rule */
};
#define LINT_FINDINGS_MAX 1000
struct lint {
    struct cos_arena arena;        /* holds the messages */
    struct lint_finding *findings; /* in the order of the text */
    size_t n;
};
/** What is wrong with the policy @json as one for @use, by the switches of @t; deinit in both
 *  cases. False: no memory. */
COS_MUST_CHECK bool lint_policy(struct lint *out, struct cos_span json, enum cam_policy_use use,
                                struct cosmock_tenant *t);
void lint_deinit(struct lint *l);
/** Errors and warnings. */
size_t lint_complaints(const struct lint *l);

/* lint_report.c: findings of several files. */
struct lint_file {
    const char *path;
    const struct lint *lint;
};
/** "path:line:column: severity: message [rule]", a line each. */
void lint_print(struct cos_buf *out, const struct lint_file *files, size_t n);
/** One array of objects. */
void lint_print_json(struct cos_buf *out, const struct lint_file *files, size_t n);
/** A log of SARIF 2.1.0 (OASIS, 2020). */
void lint_print_sarif(struct cos_buf *out, const struct lint_file *files, size_t n);
/** docs/LINT.md. */
void lint_print_rules(struct cos_buf *out);

#endif
