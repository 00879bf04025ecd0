/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CAM API at the door (cam-conditions.md s.5 to s.9; parameters, members and limits: py cam
 * models.py 3.1.181; which codes a call knows: sdk-go cam client.go). Requests are signed by
 * hand (client.h).
 */
#include "client.h"

#include "stage.h"
#include "world/world.h"

#include <pthread.h>

#define OWNER "100000000001"
#define OTHER "100000000002"
#define OTHER_ID "AKIDEXAMPLE0000000000000000000000003"
#define OTHER_SECRET "mockSecretKey0000000000000000003"
#define ARN "qcs::cam::uin/" OWNER ":"

/* As JSON, and as a text in JSON. */
#define ALLOW(action, resource)                                                      \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"" action \
    "\",\"resource\":\"" resource "\"}]}"
#define ALLOW_TEXT(action)                                                           \
    "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\"," \
    "\\\"action\\\":\\\"" action "\\\",\\\"resource\\\":\\\"*\\\"}]}"
#define TRUST_TEXT(statement_end)                                                    \
    "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\"," \
    "\\\"action\\\":\\\"name/sts:AssumeRole\\\"" statement_end "}]}"
#define TRUST_ROOT TRUST_TEXT(",\\\"principal\\\":{\\\"qcs\\\":[\\\"" ARN "root\\\"]}")
#define MAY_GET ALLOW_TEXT("name/cos:GetObject")
#define MAY_PUT ALLOW_TEXT("name/cos:PutObject")

static const char world[] =
    "accounts:\n"
    "  - uin: \"" OWNER "\"\n"
    "    appid: \"1250000000\"\n"
    "    keys: [{secret_id: " CLIENT_ID ", secret_key: " CLIENT_SECRET "}]\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        name: sub\n"
    "        keys: [{secret_id: " CLIENT_SUB_ID ", secret_key: " CLIENT_SUB_SECRET "}]\n"
    "  - uin: \"" OTHER "\"\n"
    "    appid: \"1250000002\"\n"
    "    keys: [{secret_id: " OTHER_ID ", secret_key: " OTHER_SECRET "}]\n"
    "buckets:\n"
    "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n";

static const struct token root = {CLIENT_ID, CLIENT_SECRET, "", 0};
static const struct token sub = {CLIENT_SUB_ID, CLIENT_SUB_SECRET, "", 0};
static const struct token other = {OTHER_ID, OTHER_SECRET, "", 0};

static int open_world(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    client_freeze(c, CLIENT_NOW_S);
    *state = c;
    return 0;
}

/* --- calls --- */

/* The code of what became of it; "": it succeeded. */
static const char *code_of(struct client *c, const struct token *as, const char *action,
                           const char *json)
{
    static char code[96];
    struct answer r = cam_call(c, as, action, json);
    assert_int_equal(r.status, 200);
    (void)snprintf(code, sizeof(code), "%s", sts_code(&r));
    answer_free(&r);
    return code;
}

/* The number or text of @member in what @action answers to the account. */
static const char *told(struct client *c, const char *action, const char *json,
                        const char *member)
{
    static char texts[4][2000]; /* several at once */
    static unsigned turn;
    char *out = texts[turn++ % COS_ARRAY_LEN(texts)];
    char head[80];
    struct answer r = cam_call(c, &root, action, json);
    assert_string_equal(sts_code(&r), "");
    (void)snprintf(head, sizeof(head), "\"%s\":", member);
    const char *at = strstr(r.body, head);
    if (at == NULL) {
        fail_msg("%s: no %s in %s", action, member, r.body);
    }
    at += strlen(head);
    bool is_text = at[0] == '"';
    size_t n = strcspn(at + is_text, is_text ? "\"" : ",}]");
    (void)snprintf(out, sizeof(texts[0]), "%.*s", (int)n, at + is_text);
    answer_free(&r);
    return out;
}

static void done(struct client *c, const char *action, const char *json)
{
    const char *code = code_of(c, &root, action, json);
    if (code[0] != '\0') {
        fail_msg("%s %s: %s", action, json, code);
    }
}

/* A policy of that name; its id. */
static const char *make_policy(struct client *c, const char *name, const char *text)
{
    char json[1000];
    (void)snprintf(json, sizeof(json), "{\"PolicyName\":\"%s\",\"PolicyDocument\":\"%s\"}",
                   name, text);
    return told(c, "CreatePolicy", json, "PolicyId");
}

static void with_id(struct client *c, const char *action, const char *id, const char *rest)
{
    char json[1000];
    (void)snprintf(json, sizeof(json), "{\"PolicyId\":%s%s}", id, rest);
    done(c, action, json);
}

#define TO_SUB ",\"AttachUin\":" CLIENT_SUB_UIN

/* The code of a request to COS; GET is for what is not there: NoSuchKey says it was allowed. */
static const char *asks(struct client *c, const struct token *t, const char *method)
{
    static char code[64];
    static struct question q;
    bool is_put = strcmp(method, "PUT") == 0;
    const char *path = is_put ? "/k" : "/absent";
    q = (struct question){.method = method, .target = path};
    q.body = is_put ? "x" : NULL;
    q.n = is_put ? 1 : 0;
    if (is_put) {
        add_header(&q, "Content-Length", "1");
    }
    struct signing s = {t->id, t->secret, CLIENT_HOST, path, NULL, NULL};
    authorize_as(&q, &s);
    if (t->token[0] != '\0') {
        add_header(&q, "x-cos-security-token", t->token);
    }
    struct answer r = client_send(c, &q);
    (void)snprintf(code, sizeof(code), "%s", r.status < 300 ? "" : xml_code(&r));
    answer_free(&r);
    return code;
}

/* --- what is refused --- */

/* What the rows below name: a user with a key, a policy (@P) of two versions, a group (@G) and
 * a role. */
struct furniture {
    char policy[24], group[24];
};

static void furnish(struct client *c, struct furniture *out)
{
    done(c, "AddUser", "{\"Name\":\"kept\",\"UseApi\":1}");
    (void)snprintf(out->policy, sizeof(out->policy), "%s", make_policy(c, "p", MAY_GET));
    with_id(c, "CreatePolicyVersion", out->policy, ",\"PolicyDocument\":\"" MAY_PUT "\"");
    (void)snprintf(out->group, sizeof(out->group), "%s",
                   told(c, "CreateGroup", "{\"GroupName\":\"g\"}", "GroupId"));
    done(c, "CreateRole", "{\"RoleName\":\"r\",\"PolicyDocument\":\"" TRUST_ROOT "\"}");
}

/* @text with the ids in it. Static buffer. */
static const char *filled(const struct furniture *f, const char *text)
{
    static char out[1000];
    size_t n = 0;
    for (; *text != '\0' && n + 30 < sizeof(out); text++) {
        bool is_id = text[0] == '@' && (text[1] == 'P' || text[1] == 'G');
        if (is_id) {
            text++;
            n += (size_t)snprintf(out + n, sizeof(out) - n, "%s",
                                  text[0] == 'P' ? f->policy : f->group);
        } else {
            out[n++] = *text;
        }
    }
    out[n] = '\0';
    return out;
}
#define POLICY "\"PolicyId\":@P"
#define TEXT ",\"PolicyDocument\":\"" MAY_GET "\""

static const struct {
    const char *name, *action, *json, *code;
} refusals[] = {
    {"no name", "AddUser", "{}", "MissingParameter"},
    {"a name of blanks", "AddUser", "{\"Name\":\"a b\"}", "InvalidParameter.UserNameIllegal"},
    {"a name that is taken", "AddUser", "{\"Name\":\"kept\"}",
     "InvalidParameter.SubUserNameInUse"},
    {"a choice that is none", "AddUser", "{\"Name\":\"n\",\"UseApi\":2}",
     "InvalidParameter.ParamError"},
    {"a number in words", "AddUser", "{\"Name\":\"n\",\"UseApi\":\"yes\"}", "InvalidParameter"},
    {"a field nobody knows", "AddUser", "{\"Name\":\"n\",\"Colour\":\"red\"}",
     "UnknownParameter"},
    {"no such user", "GetUser", "{\"Name\":\"none\"}", "ResourceNotFound.UserNotExist"},
    {"no such user to change", "UpdateUser", "{\"Name\":\"none\"}",
     "ResourceNotFound.UserNotExist"},
    {"no such user to delete", "DeleteUser", "{\"Name\":\"none\"}",
     "ResourceNotFound.UserNotExist"},
    {"a user that has keys", "DeleteUser", "{\"Name\":\"kept\"}", "OperationDenied.HaveKeys"},
    {"no list of users", "DescribeSubAccounts", "{\"FilterSubAccountUin\":[]}",
     "MissingParameter"},
    {"a key for nobody", "CreateAccessKey", "{\"TargetUin\":7}",
     "InvalidParameter.UserNotExist"},
    {"a key for another account's", "CreateAccessKey", "{\"TargetUin\":" OTHER "}",
     "InvalidParameter.UserNotExist"},
    {"no such key", "UpdateAccessKey", "{\"AccessKeyId\":\"AKIDnone\",\"Status\":\"Active\"}",
     "ResourceNotFound.SecretNotExist"},
    {"somebody else's key", "DeleteAccessKey", "{\"AccessKeyId\":\"" CLIENT_SUB_ID "\"}",
     "OperationDenied.UinNotMatch"},
    {"a status that is none", "UpdateAccessKey",
     "{\"AccessKeyId\":\"" CLIENT_ID "\",\"Status\":\"Asleep\"}",
     "InvalidParameter.ParamError"},
    {"a policy's name that is taken", "CreatePolicy", "{\"PolicyName\":\"p\"" TEXT "}",
     "FailedOperation.PolicyNameInUse"},
    {"a policy's name that is none", "CreatePolicy", "{\"PolicyName\":\"p q\"" TEXT "}",
     "InvalidParameter.PolicyNameError"},
    {"no document", "CreatePolicy", "{\"PolicyName\":\"q\"}", "MissingParameter"},
    {"no such policy", "GetPolicy", "{\"PolicyId\":1}", "ResourceNotFound.PolicyIdNotFound"},
    {"no such policy to change", "UpdatePolicy", "{\"PolicyId\":1" TEXT "}",
     "InvalidParameter.PolicyIdNotExist"},
    {"no such policy to delete", "DeletePolicy", "{\"PolicyId\":[@P,1]}",
     "ResourceNotFound.PolicyIdNotFound"},
    {"an id in words", "GetPolicy", "{\"PolicyId\":\"p\"}", "InvalidParameter"},
    {"no such version", "GetPolicyVersion", "{" POLICY ",\"VersionId\":9}",
     "InvalidParameter.PolicyVersionNotExists"},
    {"the version in effect", "DeletePolicyVersion", "{" POLICY ",\"VersionId\":[1]}",
     "FailedOperation.PolicyVersionAlreadyDefault"},
    {"the default again", "SetDefaultPolicyVersion", "{" POLICY ",\"VersionId\":1}",
     "FailedOperation.PolicyVersionAlreadyDefault"},
    {"a scope that is none", "ListPolicies", "{\"Scope\":\"Mine\"}",
     "InvalidParameter.ScopeError"},
    {"a page that is none", "ListPolicies", "{\"Page\":0}", "InvalidParameter.ParamError"},
    {"a page too large", "ListPolicies", "{\"Rp\":201}", "InvalidParameter.ParamError"},
    {"no such policy to attach", "AttachUserPolicy",
     "{\"PolicyId\":1,\"AttachUin\":" CLIENT_SUB_UIN "}", "InvalidParameter.PolicyIdNotExist"},
    {"nobody to attach it to", "AttachUserPolicy", "{" POLICY ",\"AttachUin\":7}",
     "ResourceNotFound.UserNotExist"},
    {"no such group to attach it to", "AttachGroupPolicy", "{" POLICY ",\"AttachGroupId\":7}",
     "ResourceNotFound.GroupNotExist"},
    {"no such role to attach it to", "AttachRolePolicy",
     "{" POLICY ",\"AttachRoleName\":\"x\"}", "InvalidParameter.RoleNotExist"},
    {"a role without name and id", "AttachRolePolicy", "{" POLICY "}",
     "InvalidParameter.ParamError"},
    {"a filter that is none", "ListEntitiesForPolicy", "{" POLICY ",\"EntityFilter\":\"Cat\"}",
     "InvalidParameter.EntityFilterError"},
    {"a group's name that is taken", "CreateGroup", "{\"GroupName\":\"g\"}",
     "InvalidParameter.GroupNameInUse"},
    {"no such group", "GetGroup", "{\"GroupId\":7}", "ResourceNotFound.GroupNotExist"},
    {"no such group to join", "AddUserToGroup",
     "{\"Info\":[{\"GroupId\":7,\"Uin\":" CLIENT_SUB_UIN "}]}",
     "InvalidParameter.GroupNotExist"},
    {"nobody to join", "AddUserToGroup", "{\"Info\":[{\"GroupId\":@G,\"Uin\":7}]}",
     "ResourceNotFound.UserNotExist"},
    {"neither uin nor uid", "AddUserToGroup", "{\"Info\":[{\"GroupId\":@G}]}",
     "InvalidParameter.UserUinAndUinNotAllNull"},
    {"a role's name that is taken", "CreateRole",
     "{\"RoleName\":\"r\",\"PolicyDocument\":\"" TRUST_ROOT "\"}",
     "InvalidParameter.RoleNameInUse"},
    {"a role's name that is none", "CreateRole",
     "{\"RoleName\":\"r s\",\"PolicyDocument\":\"" TRUST_ROOT "\"}",
     "InvalidParameter.RoleNameError"},
    {"a role that trusts nobody", "CreateRole",
     "{\"RoleName\":\"s\",\"PolicyDocument\":\"" TRUST_TEXT("") "\"}",
     "InvalidParameter.PrincipalError"},
    {"too long a session", "UpdateRoleSessionDuration",
     "{\"RoleName\":\"r\",\"SessionDuration\":43201}", "InvalidParameter.ParamError"},
    {"no such role", "GetRole", "{\"RoleId\":\"4611686018000000000\"}",
     "InvalidParameter.RoleNotExist"},
    {"a user is no role", "GetRole", "{\"RoleId\":\"" CLIENT_SUB_UIN "\"}",
     "InvalidParameter.RoleNotExist"},
    {"a boundary for the account", "PutUserPermissionsBoundary",
     "{" POLICY ",\"TargetUin\":" OWNER "}", "InvalidParameter.UserNotExist"},
    {"a boundary that is no policy", "PutUserPermissionsBoundary",
     "{\"PolicyId\":1,\"TargetUin\":" CLIENT_SUB_UIN "}", "InvalidParameter.PolicyIdNotExist"},
    {"what is known and not built", "GetPasswordRules", "{}", "UnsupportedOperation"},
    {"what nobody knows", "Dance", "{}", "InvalidAction"},
    {"an action of STS", "GetCallerIdentity", "{}", "InvalidAction"},
};

static void each_call_refuses_in_its_own_words(void **state)
{
    struct client *c = *state;
    struct furniture f;
    furnish(c, &f);
    for (size_t i = 0; i < COS_ARRAY_LEN(refusals); i++) {
        const char *code = code_of(c, &root, refusals[i].action, filled(&f, refusals[i].json));
        if (strcmp(code, refusals[i].code) != 0) {
            fail_msg("%s: %s", refusals[i].name, code);
        }
    }
    assert_string_equal(told(c, "GetPolicy", filled(&f, "{" POLICY "}"), "PolicyName"), "p");
}

/* Which element of a document is wrong (py cam errorcodes.py). */
static void a_document_is_refused_by_its_wrong_element(void **state)
{
#define STATEMENT(members) "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{" members "}]}"
#define EFFECT "\\\"effect\\\":\\\"allow\\\""
#define ACTION ",\\\"action\\\":\\\"name/cos:GetObject\\\""
#define RESOURCE ",\\\"resource\\\":\\\"*\\\""
#define CONDITION(op, value) ",\\\"condition\\\":{\\\"" op "\\\":" value "}"
    static const struct {
        const char *name, *text, *code;
    } rows[] = {
        {"no JSON", "{", "PolicyDocumentError"},
        {"a name that nobody knows", STATEMENT(EFFECT ACTION RESOURCE ",\\\"colour\\\":1"),
         "PolicyDocumentError"},
        {"no version", "{\\\"statement\\\":[{" EFFECT ACTION RESOURCE "}]}", "VersionError"},
        {"no statement", "{\\\"version\\\":\\\"2.0\\\"}", "StatementError"},
        {"a statement that is none", "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[1]}",
         "StatementError"},
        {"no effect", STATEMENT("\\\"sid\\\":\\\"s\\\"" ACTION RESOURCE), "EffectError"},
        {"no action", STATEMENT(EFFECT RESOURCE), "ActionError"},
        {"an action that is none", STATEMENT(EFFECT ",\\\"action\\\":\\\"get\\\"" RESOURCE),
         "ActionError"},
        {"no resource", STATEMENT(EFFECT ACTION), "ResourceError"},
        {"a resource that is none", STATEMENT(EFFECT ACTION ",\\\"resource\\\":\\\"b\\\""),
         "ResourceError"},
        {"a condition that is none", STATEMENT(EFFECT ACTION RESOURCE ",\\\"condition\\\":1"),
         "ConditionError"},
        {"an operator that is none",
         STATEMENT(EFFECT ACTION RESOURCE CONDITION("StringEquals",
                                                    "{\\\"cos:prefix\\\":\\\"a\\\"}")),
         "ConditionTypeError"},
        {"an address that is none",
         STATEMENT(
             EFFECT ACTION RESOURCE CONDITION("ip_equal", "{\\\"qcs:ip\\\":\\\"here\\\"}")),
         "ConditionContentError"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char json[1000];
        char code[100];
        (void)snprintf(json, sizeof(json), "{\"PolicyName\":\"n\",\"PolicyDocument\":\"%s\"}",
                       rows[i].text);
        (void)snprintf(code, sizeof(code), "InvalidParameter.%s", rows[i].code);
        const char *got = code_of(*state, &root, "CreatePolicy", json);
        if (strcmp(got, code) != 0) {
            fail_msg("%s: %s", rows[i].name, got);
        }
    }
}

/* cam-conditions.md s.8, s.9: 6144 characters without blanks, 300 bytes, five versions. */
static void a_policy_has_its_limits(void **state)
{
    struct client *c = *state;
    char *json = calloc(1, 32768);
    char text[300];
    memset(text, 'd', sizeof(text));
    for (int extra = 0; extra <= 1; extra++) {
        const char *head = "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":"
                           "\\\"allow\\\",\\\"action\\\":\\\"*\\\",\\\"resource\\\":\\\"*\\\","
                           "\\\"sid\\\":\\\"";
        size_t n = 6144 + (size_t)extra - 87; /* what stands around the sid */
        size_t at =
            (size_t)snprintf(json, 32768, "{\"PolicyName\":\"n%d\",\"PolicyDocument\":\"    %s",
                             extra, head);
        memset(json + at, 's', n);
        (void)snprintf(json + at + n, 100, "\\\"}]}\"}");
        assert_string_equal(code_of(c, &root, "CreatePolicy", json),
                            extra == 0 ? "" : "InvalidParameter.PolicyDocumentLengthOverLimit");
        (void)snprintf(json, 32768,
                       "{\"PolicyName\":\"d%d\",\"Description\":\"%.*s%s\"" TEXT "}", extra,
                       (int)sizeof(text), text, extra == 0 ? "" : "d");
        assert_string_equal(code_of(c, &root, "CreatePolicy", json),
                            extra == 0 ? "" : "InvalidParameter.DescriptionLengthOverlimit");
    }
    free(json);
    const char *id = make_policy(c, "v", MAY_GET);
    for (int version = 2; version <= 5; version++) {
        with_id(c, "CreatePolicyVersion", id, TEXT);
    }
    char more[300];
    (void)snprintf(more, sizeof(more), "{\"PolicyId\":%s" TEXT "}", id);
    assert_string_equal(code_of(c, &root, "CreatePolicyVersion", more),
                        "FailedOperation.PolicyVersionFull");
    with_id(c, "DeletePolicyVersion", id, ",\"VersionId\":[5]");
    assert_string_equal(told(c, "CreatePolicyVersion", more, "VersionId"), "6"); /* never 5 */
}

/* --- what comes of it --- */

static void an_attached_policy_is_in_effect_at_the_next_request(void **state)
{
    struct client *c = *state;
    assert_string_equal(asks(c, &sub, "GET"), "AccessDenied");
    char id[24];
    (void)snprintf(id, sizeof(id), "%s", make_policy(c, "p", MAY_GET));
    assert_string_equal(asks(c, &sub, "GET"), "AccessDenied");
    with_id(c, "AttachUserPolicy", id, TO_SUB);
    with_id(c, "AttachUserPolicy", id, TO_SUB); /* cam-conditions.md s.7.4: once more is fine */
    assert_string_equal(asks(c, &sub, "GET"), "NoSuchKey");
    assert_string_equal(asks(c, &sub, "PUT"), "AccessDenied");
    /* UpdatePolicy changes the version in effect, and makes none (py cam_client.py) */
    with_id(c, "UpdatePolicy", id, ",\"PolicyName\":\"q\",\"PolicyDocument\":\"" MAY_PUT "\"");
    assert_string_equal(asks(c, &sub, "GET"), "AccessDenied");
    assert_string_equal(asks(c, &sub, "PUT"), "");
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->questions[0].policy, "q");
    cosmock_entries_free(e);
    char json[80];
    (void)snprintf(json, sizeof(json), "{\"PolicyId\":%s}", id);
    assert_string_equal(told(c, "ListPolicyVersions", json, "VersionId"), "1");
    with_id(c, "DetachUserPolicy", id, ",\"DetachUin\":" CLIENT_SUB_UIN);
    assert_string_equal(asks(c, &sub, "PUT"), "AccessDenied");
    with_id(c, "AttachUserPolicy", id, TO_SUB);
    (void)snprintf(json, sizeof(json), "{\"PolicyId\":[%s]}", id);
    done(c, "DeletePolicy", json);
    assert_string_equal(asks(c, &sub, "PUT"), "AccessDenied");
}

static void a_policy_of_the_world_file_stays_beside_what_is_attached(void **state)
{
    struct client *c = *state;
    assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN,
                                             ALLOW("name/cos:PutObject", "*"), NULL),
                     COSMOCK_OK);
    with_id(c, "AttachUserPolicy", make_policy(c, "p", MAY_GET), TO_SUB);
    assert_string_equal(asks(c, &sub, "GET"), "NoSuchKey");
    assert_string_equal(asks(c, &sub, "PUT"), "");
}

static void a_key_is_made_told_once_and_put_to_sleep(void **state)
{
    struct client *c = *state;
    struct answer r = cam_call(c, &root, "AddUser", "{\"Name\":\"worker\",\"UseApi\":1}");
    static struct token worker;
    (void)snprintf(worker.id, sizeof(worker.id), "%s",
                   between(r.body, "\"SecretId\":\"", "\""));
    (void)snprintf(worker.secret, sizeof(worker.secret), "%s",
                   between(r.body, "\"SecretKey\":\"", "\""));
    answer_free(&r);
    assert_int_equal(strlen(worker.id), 36); /* sts-cam.md s.2 */
    assert_int_equal(strlen(worker.secret), 32);
    assert_string_equal(asks(c, &worker, "GET"), "AccessDenied");
    const char *uin = told(c, "GetUser", "{\"Name\":\"worker\"}", "Uin");
    char json[200];
    (void)snprintf(json, sizeof(json),
                   "{\"TargetUin\":%s,\"AccessKeyId\":\"%s\",\"Status\":\"Inactive\"}", uin,
                   worker.id);
    done(c, "UpdateAccessKey", json);
    assert_string_equal(asks(c, &worker, "GET"), "InvalidAccessKeyId");
    (void)snprintf(json, sizeof(json), "{\"TargetUin\":%s}", uin);
    assert_string_equal(told(c, "ListAccessKeys", json, "Status"), "Inactive");
    assert_string_equal(told(c, "ListAccessKeys", json, "AccessKeyId"), worker.id);
    r = cam_call(c, &root, "ListAccessKeys", json);
    assert_null(strstr(r.body, worker.secret));
    answer_free(&r);
    (void)snprintf(json, sizeof(json), "{\"TargetUin\":\"%s\",\"AccessKeyId\":\"%s\"}", uin,
                   worker.id); /* 598/33558: an id may be a text */
    done(c, "DeleteAccessKey", json);
    assert_string_equal(code_of(c, &root, "DeleteAccessKey", json),
                        "ResourceNotFound.SecretNotExist");
    done(c, "DeleteUser", "{\"Name\":\"worker\"}");
}

/* Neither the key, nor the password that is made up, nor one that is given. */
static void no_secret_is_in_the_journal(void **state)
{
    struct client *c = *state;
    struct answer r =
        cam_call(c, &root, "AddUser", "{\"Name\":\"w\",\"UseApi\":1,\"ConsoleLogin\":1}");
    static char secrets[4][64] = {[3] = "Passw0rd-of-the-test"};
    static const char *const members[] = {"\"SecretKey\":\"", "\"Password\":\""};
    for (size_t i = 0; i < COS_ARRAY_LEN(members); i++) {
        (void)snprintf(secrets[i], sizeof(secrets[i]), "%s", between(r.body, members[i], "\""));
        assert_int_equal(strlen(secrets[i]), 32); /* py cam models.py of a password */
    }
    answer_free(&r);
    r = cam_call(c, &root, "CreateAccessKey", "{\"TargetUin\":" CLIENT_SUB_UIN "}");
    (void)snprintf(secrets[2], sizeof(secrets[2]), "%s",
                   between(r.body, "\"SecretAccessKey\":\"", "\""));
    assert_int_equal(strlen(secrets[2]), 32);
    answer_free(&r);
    done(c, "UpdateUser", "{\"Name\":\"w\",\"Password\":\"Passw0rd-of-the-test\"}");
    struct cosmock_entry *e = NULL;
    int64_t n = cosmock_journal_read(c->tenant, &e, NULL);
    assert_int_equal(n, 3);
    for (int64_t k = 0; k < n; k++) {
        char *json = cosmock_entry_json(&e[k]);
        for (size_t i = 0; i < COS_ARRAY_LEN(secrets); i++) {
            assert_null(strstr(json, secrets[i]));
        }
        free(json);
    }
    assert_string_equal(e->service, "cam");
    cosmock_entries_free(e);
}

static void a_group_gives_while_one_is_in_it(void **state)
{
    struct client *c = *state;
    char group[24];
    char json[200];
    (void)snprintf(group, sizeof(group), "%s",
                   told(c, "CreateGroup", "{\"GroupName\":\"g\",\"Remark\":\"r\"}", "GroupId"));
    (void)snprintf(json, sizeof(json), ",\"AttachGroupId\":%s", group);
    with_id(c, "AttachGroupPolicy", make_policy(c, "p", MAY_GET), json);
    assert_string_equal(asks(c, &sub, "GET"), "AccessDenied");
    (void)snprintf(json, sizeof(json), "{\"Info\":[{\"GroupId\":%s,\"Uin\":%s}]}", group,
                   CLIENT_SUB_UIN);
    done(c, "AddUserToGroup", json);
    assert_string_equal(asks(c, &sub, "GET"), "NoSuchKey");
    char of_group[40];
    (void)snprintf(of_group, sizeof(of_group), "{\"GroupId\":%s}", group);
    assert_string_equal(told(c, "GetGroup", of_group, "GroupNum"), "1");
    assert_string_equal(told(c, "ListUsersForGroup", of_group, "Uin"), CLIENT_SUB_UIN);
    assert_string_equal(told(c, "ListGroupsForUser", "{\"SubUin\":" CLIENT_SUB_UIN "}",
                             "GroupName"),
                        "g");
    done(c, "RemoveUserFromGroup", json);
    assert_string_equal(asks(c, &sub, "GET"), "AccessDenied");
    done(c, "AddUserToGroup", json);
    done(c, "DeleteGroup", of_group);
    assert_string_equal(asks(c, &sub, "GET"), "AccessDenied");
}

static void assume(struct client *c, const char *role, struct token *out)
{
    char json[200];
    (void)snprintf(json, sizeof(json),
                   "{\"RoleArn\":\"" ARN "roleName/%s\",\"RoleSessionName\":\"job\"}", role);
    struct answer r = sts_call(c, &root, "AssumeRole", json);
    read_token(&r, out);
    answer_free(&r);
}

static void a_role_is_what_was_made_of_it(void **state)
{
    struct client *c = *state;
    static struct token t;
    char id[24];
    char json[1000];
    (void)snprintf(id, sizeof(id), "%s",
                   told(c, "CreateRole",
                        "{\"RoleName\":\"r\",\"Description\":\"d\",\"SessionDuration\":900,"
                        "\"Tags\":[{\"Key\":\"team\",\"Value\":\"a\"}],\"PolicyDocument\":"
                        "\"" TRUST_ROOT "\"}",
                        "RoleId"));
    with_id(c, "AttachRolePolicy", make_policy(c, "p", MAY_GET), ",\"AttachRoleName\":\"r\"");
    assume(c, "r", &t);
    assert_int_equal(t.expires_s, CLIENT_NOW_S + 900);
    assert_string_equal(asks(c, &t, "GET"), "NoSuchKey");
    assert_string_equal(asks(c, &t, "PUT"), "AccessDenied");
    /* by its id as a number, too, though that has more digits than one of JSON is exact in */
    (void)snprintf(json, sizeof(json), "{\"RoleId\":%s,\"SessionDuration\":1200}", id);
    done(c, "UpdateRoleSessionDuration", json);
    done(c, "TagRole", "{\"RoleName\":\"r\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
    done(c, "UntagRole", "{\"RoleName\":\"r\",\"TagKeys\":[\"team\"]}");
    struct answer r = cam_call(c, &root, "GetRole", "{\"RoleName\":\"r\"}");
    assert_non_null(strstr(r.body, "\"SessionDuration\":1200,"
                                   "\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],"
                                   "\"RoleArn\":\"" ARN "roleName/r\""));
    answer_free(&r);
    (void)snprintf(json, sizeof(json),
                   "{\"RoleId\":\"%s\",\"PolicyDocument\":\"" TRUST_TEXT(
                       ",\\\"principal\\\":{\\\"qcs\\\":[\\\"" ARN "uin/7\\\"]}") "\"}",
                   id);
    done(c, "UpdateAssumeRolePolicy", json);
    r = sts_call(c, &root, "AssumeRole",
                 "{\"RoleArn\":\"" ARN "roleName/r\",\"RoleSessionName\":\"job\"}");
    assert_string_equal(sts_code(&r), "UnauthorizedOperation");
    answer_free(&r);
    assert_string_equal(asks(c, &t, "GET"), "NoSuchKey"); /* what is under way goes on */
    done(c, "DeleteRole", "{\"RoleName\":\"r\"}");
    assert_string_equal(asks(c, &t, "GET"), "InvalidAccessKeyId");
    done(c, "CreateRole", "{\"RoleName\":\"r\",\"PolicyDocument\":\"" TRUST_ROOT "\"}");
    assume(c, "r", &t);
    assert_string_equal(asks(c, &t, "GET"), "AccessDenied"); /* another one of this name */
}

static void a_boundary_is_put_read_and_taken_away(void **state)
{
    struct client *c = *state;
    char id[24];
    with_id(c, "AttachUserPolicy", make_policy(c, "gets", MAY_GET), TO_SUB);
    (void)snprintf(id, sizeof(id), "%s", make_policy(c, "bound", MAY_PUT));
    static const char of_sub[] = "{\"TargetUin\":" CLIENT_SUB_UIN "}";
    assert_string_equal(told(c, "GetUserPermissionBoundary", of_sub, "PolicyName"), "null");
    with_id(c, "PutUserPermissionsBoundary", id, ",\"TargetUin\":" CLIENT_SUB_UIN);
    assert_string_equal(asks(c, &sub, "GET"), "AccessDenied");
    assert_string_equal(told(c, "GetUserPermissionBoundary", of_sub, "PolicyId"), id);
    assert_string_equal(told(c, "ListPolicies", "{\"Keyword\":\"bou\"}",
                             "AttachEntityBoundaryCount"),
                        "1");
    done(c, "DeleteUserPermissionsBoundary", of_sub);
    assert_string_equal(asks(c, &sub, "GET"), "NoSuchKey");
    done(c, "CreateRole", "{\"RoleName\":\"r\",\"PolicyDocument\":\"" TRUST_ROOT "\"}");
    with_id(c, "PutRolePermissionsBoundary", id, ",\"RoleName\":\"r\"");
    const char *role = told(c, "GetRole", "{\"RoleName\":\"r\"}", "RoleId");
    char json[60];
    (void)snprintf(json, sizeof(json), "{\"RoleId\":\"%s\"}", role);
    assert_string_equal(told(c, "GetRolePermissionBoundary", json, "PolicyName"), "bound");
    done(c, "DeleteRolePermissionsBoundary", json);
    assert_string_equal(told(c, "GetRolePermissionBoundary", json, "PolicyName"), "null");
}

static void lists_have_pages(void **state)
{
    struct client *c = *state;
    for (int i = 0; i < 5; i++) {
        char name[8];
        (void)snprintf(name, sizeof(name), "p%d", i);
        (void)make_policy(c, name, MAY_GET);
    }
    assert_string_equal(told(c, "ListPolicies", "{\"Rp\":2,\"Page\":3}", "PolicyName"), "p4");
    assert_string_equal(told(c, "ListPolicies", "{\"Rp\":2,\"Page\":3}", "TotalNum"), "5");
    assert_string_equal(told(c, "ListPolicies", "{\"Keyword\":\"3\"}", "TotalNum"), "1");
    assert_string_equal(told(c, "ListPolicies", "{\"Scope\":\"QCS\"}", "TotalNum"), "0");
    assert_string_equal(told(c, "GetAccountSummary", "{}", "Policies"), "5");
    assert_string_equal(told(c, "ListUsers", "{}", "Name"), "sub");
    assert_string_equal(told(c, "DescribeSubAccounts",
                             "{\"FilterSubAccountUin\":[7," CLIENT_SUB_UIN "]}", "UserType"),
                        "2");
    struct answer r = cam_call(c, &sub, "GetUserAppId", "{}");
    assert_string_equal(between(r.body, "\"Response\":", "\"RequestId\""),
                        "{\"Uin\":\"" CLIENT_SUB_UIN "\",\"OwnerUin\":\"" OWNER
                        "\",\"AppId\":1250000000,");
    answer_free(&r);
}

/* --- who may --- */

/* What a sub-account may that has the one policy. */
static void a_user_needs_the_right_on_what_he_names(void **state)
{
    static const struct {
        const char *name, *action, *resource, *call, *json, *code;
    } rows[] = {
        {"nothing", "name/cos:*", "*", "ListUsers", "{}", "UnauthorizedOperation"},
        {"everything", "name/cam:*", "*", "ListUsers", "{}", ""},
        {"everything of the account", "name/cam:*", ARN "*", "AddUser", "{\"Name\":\"n\"}", ""},
        {"one action", "name/cam:ListUsers", "*", "ListUsers", "{}", ""},
        {"another", "name/cam:GetUser", "*", "ListUsers", "{}", "UnauthorizedOperation"},
        {"of another account", "name/cam:*", "qcs::cam::uin/" OTHER ":*", "ListUsers", "{}",
         "UnauthorizedOperation"},
        {"users", "name/cam:*", ARN "uin/*", "ListUsers", "{}", ""},
        {"users, not policies", "name/cam:*", ARN "uin/*", "ListPolicies", "{}",
         "UnauthorizedOperation"},
        {"himself", "name/cam:*", ARN "uin/" CLIENT_SUB_UIN, "ListAccessKeys", "{}", ""},
        {"himself, not another", "name/cam:*", ARN "uin/" CLIENT_SUB_UIN, "GetUser",
         "{\"Name\":\"kept\"}", "UnauthorizedOperation"},
        {"himself, not all", "name/cam:*", ARN "uin/" CLIENT_SUB_UIN, "ListUsers", "{}",
         "UnauthorizedOperation"},
        {"one policy", "name/cam:*", ARN "policyid/@P", "GetPolicy", "{" POLICY "}", ""},
        {"another policy", "name/cam:*", ARN "policyid/@P0", "GetPolicy", "{" POLICY "}",
         "UnauthorizedOperation"},
        {"one group", "name/cam:*", ARN "groupid/@G", "GetGroup", "{\"GroupId\":@G}", ""},
        {"a role by name", "name/cam:*", ARN "roleName/r", "GetRole", "{\"RoleName\":\"r\"}",
         ""},
        {"a role by id", "name/cam:*", ARN "role/*", "GetRole", "{\"RoleName\":\"r\"}", ""},
        {"another role", "name/cam:*", ARN "roleName/s", "GetRole", "{\"RoleName\":\"r\"}",
         "UnauthorizedOperation"},
        {"to delete, not the keys", "name/cam:DeleteUser", "*", "DeleteUser",
         "{\"Name\":\"kept\",\"Force\":1}", "UnauthorizedOperation.DeleteApiKey"},
        {"the account's keys never", "name/cam:*", "*", "CreateAccessKey",
         "{\"TargetUin\":" OWNER "}", "OperationDenied.SubUin"},
    };
    struct client *c = *state;
    struct furniture f;
    furnish(c, &f);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char policy[1200];
        (void)snprintf(policy, sizeof(policy), ALLOW("%s", "%s"), rows[i].action,
                       filled(&f, rows[i].resource));
        assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, policy, NULL),
                         COSMOCK_OK);
        const char *code = code_of(c, &sub, rows[i].call, filled(&f, rows[i].json));
        if (strcmp(code, rows[i].code) != 0) {
            fail_msg("%s: %s", rows[i].name, code);
        }
    }
}

/* sts-cam.md s.2.1 has the text; the journal the question. */
static void a_refusal_names_action_and_resource(void **state)
{
    struct client *c = *state;
    struct answer r =
        cam_call(c, &sub, "ListAttachedUserPolicies", "{\"TargetUin\":" CLIENT_SUB_UIN "}");
    assert_string_equal(between(r.body, "\"Message\":\"", "\""),
                        "you are not authorized to perform operation "
                        "(cam:ListAttachedUserPolicies)\\n"
                        "resource (" ARN "uin/" CLIENT_SUB_UIN ") has no permission\\n");
    answer_free(&r);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->service, "cam");
    assert_string_equal(e->op, "ListAttachedUserPolicies");
    assert_string_equal(e->questions[0].action, "name/cam:ListAttachedUserPolicies");
    assert_string_equal(e->questions[0].resource, ARN "uin/" CLIENT_SUB_UIN);
    assert_string_equal(e->authz, "deny");
    cosmock_entries_free(e);
}

static void another_account_sees_and_changes_its_own(void **state)
{
    struct client *c = *state;
    struct furniture f;
    furnish(c, &f);
    assert_string_equal(code_of(c, &other, "GetPolicy", filled(&f, "{" POLICY "}")),
                        "ResourceNotFound.PolicyIdNotFound");
    assert_string_equal(code_of(c, &other, "GetUser", "{\"Name\":\"sub\"}"),
                        "ResourceNotFound.UserNotExist");
    assert_string_equal(code_of(c, &other, "AttachUserPolicy",
                                filled(&f, "{" POLICY ",\"AttachUin\":" CLIENT_SUB_UIN "}")),
                        "ResourceNotFound.UserNotExist");
    assert_string_equal(code_of(c, &other, "DeleteRole", "{\"RoleName\":\"r\"}"),
                        "InvalidParameter.RoleNotExist");
    /* names are each account's own */
    assert_string_equal(code_of(c, &other, "CreatePolicy", "{\"PolicyName\":\"p\"" TEXT "}"),
                        "");
    struct answer r = cam_call(c, &other, "ListUsers", "{}");
    assert_non_null(strstr(r.body, "\"Data\":[]"));
    answer_free(&r);
    assert_string_equal(told(c, "GetAccountSummary", "{}", "Policies"), "1");
}

static void an_unknown_action_is_named_in_the_journal(void **state)
{
    struct client *c = *state;
    struct answer r = cam_call(c, &root, "Dance", "{}");
    assert_string_equal(between(r.body, "\"Message\":\"", "\""),
                        "The request action=`Dance` is invalid.");
    answer_free(&r);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->service, "cam");
    assert_string_equal(e->code, "InvalidAction");
    assert_non_null(strstr(e->detail, "Dance"));
    cosmock_entries_free(e);
}

/* --- the door --- */

static void the_host_or_the_version_says_which_product(void **state)
{
    static const struct {
        const char *name, *host, *version, *action, *region, *code, *service;
    } rows[] = {
        {"its host", CLIENT_CAM_HOST, "2019-01-16", "ListUsers", "ap-beijing", "", "cam"},
        {"no region", CLIENT_CAM_HOST, "2019-01-16", "ListUsers", "", "", "cam"},
        {"its host in a region", "cam.ap-beijing.tencentcloudapi.com", "2019-01-16",
         "ListUsers", "", "", "cam"},
        {"another's host", CLIENT_STS_HOST, "2019-01-16", "ListUsers", "ap-beijing",
         "InvalidAction", "sts"},
        {"another's version", CLIENT_CAM_HOST, "2018-08-13", "ListUsers", "ap-beijing",
         "NoSuchVersion", "cam"},
        {"a host that says nothing", "127.0.0.1:9000", "2019-01-16", "ListUsers", "", "",
         "cam"},
        {"and STS there", "127.0.0.1:9000", "2018-08-13", "GetCallerIdentity", "", "", "sts"},
        {"of no known version", "localhost:9000", "2017-01-01", "ListUsers", "ap-beijing",
         "InvalidAction", "sts"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct question *q = calloc(1, sizeof(*q));
        *q = (struct question){.method = "POST", .target = "/", .body = "{}", .n = 2};
        tc3_authorize_at(q, &root, rows[i].host, rows[i].version, rows[i].action);
        for (size_t k = 0; k < q->n_headers; k++) {
            if (strcmp(q->headers[k].name, "X-TC-Region") == 0) {
                (void)snprintf(q->headers[k].value, sizeof(q->headers[k].value), "%s",
                               rows[i].region);
            }
        }
        struct answer r = client_send(c, q);
        struct cosmock_entry *e = last_entry(c);
        if (strcmp(sts_code(&r), rows[i].code) != 0 ||
            strcmp(e->service, rows[i].service) != 0) {
            fail_msg("%s: %s %s", rows[i].name, e->service, r.body);
        }
        cosmock_entries_free(e);
        answer_free(&r);
        free(q);
    }
}

/* --- keeping it --- */

enum { THREADS = 6, EACH = 5 };
struct adder {
    pthread_t thread;
    struct client *c;
    int number, n_added;
};

static void *add_users(void *ctx)
{
    struct adder *a = ctx;
    for (int i = 0; i < EACH; i++) {
        char json[40];
        (void)snprintf(json, sizeof(json), "{\"Name\":\"u%d-%d\"}", a->number, i);
        struct answer r = cam_call(a->c, &root, "AddUser", json);
        a->n_added += strstr(r.body, "\"Uin\":") != NULL;
        answer_free(&r);
    }
    return NULL;
}

static void of_many_changes_at_once_none_is_lost(void **state)
{
    struct adder adders[THREADS];
    for (int i = 0; i < THREADS; i++) {
        adders[i] = (struct adder){.c = *state, .number = i};
        assert_int_equal(pthread_create(&adders[i].thread, NULL, add_users, &adders[i]), 0);
    }
    int n = 0;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(adders[i].thread, NULL), 0);
        n += adders[i].n_added;
    }
    assert_int_equal(n, THREADS * EACH);
    assert_string_equal(told(*state, "GetAccountSummary", "{}", "User"), "31"); /* and sub */
}

static void what_was_made_is_there_when_the_tenant_is_opened_again(void **state)
{
    struct stage *s = *state;
    stage_open_again(s, world);
    struct client c = {s->mock, s->t};
    client_freeze(&c, CLIENT_NOW_S);
    struct furniture f;
    furnish(&c, &f);
    with_id(&c, "AttachUserPolicy", f.policy, TO_SUB);
    done(&c, "AddUserToGroup",
         filled(&f, "{\"Info\":[{\"GroupId\":@G,\"Uin\":" CLIENT_SUB_UIN "}]}"));
    done(&c, "CreateAccessKey", "{\"TargetUin\":" CLIENT_SUB_UIN ",\"Description\":\"d\"}");
    static const struct {
        const char *action, *json;
    } reads[] = {
        {"ListUsers", "{}"},
        {"ListPolicies", "{}"},
        {"GetPolicy", "{" POLICY "}"},
        {"ListEntitiesForPolicy", "{" POLICY "}"},
        {"ListPolicyVersions", "{" POLICY "}"},
        {"GetGroup", "{\"GroupId\":@G}"},
        {"DescribeRoleList", "{\"Page\":1,\"Rp\":20}"},
        {"ListAccessKeys", "{\"TargetUin\":" CLIENT_SUB_UIN "}"},
    };
    char *before[COS_ARRAY_LEN(reads)];
    for (size_t i = 0; i < COS_ARRAY_LEN(reads); i++) {
        struct answer r = cam_call(&c, &root, reads[i].action, filled(&f, reads[i].json));
        before[i] = strdup(between(r.body, "{\"Response\":", ",\"RequestId\""));
        answer_free(&r);
    }
    stage_open_again(s, /* world= */ NULL);
    c = (struct client){s->mock, s->t};
    for (size_t i = 0; i < COS_ARRAY_LEN(reads); i++) {
        struct answer r = cam_call(&c, &root, reads[i].action, filled(&f, reads[i].json));
        assert_string_equal(between(r.body, "{\"Response\":", ",\"RequestId\""), before[i]);
        answer_free(&r);
        free(before[i]);
    }
    assert_string_equal(asks(&c, &sub, "GET"), "NoSuchKey");
    assert_int_equal(cosmock_tenant_reset(s->t, NULL), COSMOCK_OK);
    client_freeze(&c, CLIENT_NOW_S);
    assert_string_equal(asks(&c, &sub, "GET"), "AccessDenied");
    assert_string_equal(told(&c, "GetAccountSummary", "{}", "Policies"), "0");
    assert_string_equal(told(&c, "GetAccountSummary", "{}", "User"), "1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_world, client_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_call_refuses_in_its_own_words),
        TEST(a_document_is_refused_by_its_wrong_element),
        TEST(a_policy_has_its_limits),
        TEST(an_attached_policy_is_in_effect_at_the_next_request),
        TEST(a_policy_of_the_world_file_stays_beside_what_is_attached),
        TEST(a_key_is_made_told_once_and_put_to_sleep),
        TEST(no_secret_is_in_the_journal),
        TEST(a_group_gives_while_one_is_in_it),
        TEST(a_role_is_what_was_made_of_it),
        TEST(a_boundary_is_put_read_and_taken_away),
        TEST(lists_have_pages),
        TEST(a_user_needs_the_right_on_what_he_names),
        TEST(a_refusal_names_action_and_resource),
        TEST(another_account_sees_and_changes_its_own),
        TEST(an_unknown_action_is_named_in_the_journal),
        TEST(the_host_or_the_version_says_which_product),
        TEST(of_many_changes_at_once_none_is_lost),
        cmocka_unit_test_setup_teardown(what_was_made_is_there_when_the_tenant_is_opened_again,
                                        stage_open, stage_close),
    };
    return cmocka_run_group_tests_name("cam_api", tests, NULL, NULL);
}
