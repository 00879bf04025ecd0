/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything we are unsure of about the real service is a named switch with the best-evidenced default: THE TABLE. docs/DEVIATIONS.md is printed from it.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/nearest.h"
#include "world/fail.h"

const struct switch_row world_switch_rows[SWITCHES] = {
    {SWITCH_ENFORCEMENT, "enforcement", "enforce|soft|off",
     "enforce refuses; soft evaluates, journals and allows; off asks neither signature nor "
     "policy",
     "ours; the state is printed in the ready line"},
    {SWITCH_TEMP_KEY_WITHOUT_TOKEN, "temp-key-without-token",
     "InvalidAccessKeyId|AccessDenied|accept",
     "the answer to a temporary key without its token or with another key's",
     "sts-cam.md s.4: inferred; cos-nodejs-sdk-v5#38 shows AccessDenied in a 2018 case; accept "
     "reproduces a service that would take hadoop-cos 3.3.5"},
    {SWITCH_EXPIRED_TEMP_KEY, "expired-temp-key",
     "ExpiredToken403|ExpiredToken400|InvalidAccessKeyId",
     "the answer to a temporary key after its end",
     "sts-cam.md s.4: error table 400, older table 403, Java SDK test 403, cos-go-sdk-v5#318 "
     "lumps it with unknown ids"},
    {SWITCH_PATH_STYLE, "path-style", "allow|refuse",
     "requests to <region host>/<bucket>/<key>; refuse answers PathStyleDomainForbidden",
     "cos-wire.md s.2.0: works for buckets made before 2024, refused for newer ones"},
    {SWITCH_PLUS_IN_PATH, "plus-in-path", "space|space-or-plus",
     "how a raw + in the path is read for the signature",
     "cos-wire.md s.1.1: PicGo#638, casdoor#5447 show the service reading a space"},
    {SWITCH_MALFORMED_AUTH, "malformed-auth", "AccessDenied|InvalidArgument",
     "the answer to an Authorization that cannot be read", "cos-wire.md s.1.5: unverified"},
    {SWITCH_STRICT_ORDER, "strict-order", "off|on",
     "on accepts only signatures over lists sorted by their encoded names",
     "cos-wire.md s.1.7: all SDKs verify in the order of their lists"},
    {SWITCH_EARLY_START_S, "early-start-s", "900|<number>",
     "how many seconds q-sign-time may begin in the future",
     "cos-wire.md s.1.5: the 15 minutes are documented, their exact trigger is not"},
    {SWITCH_ANYONE_DENY, "anyone-deny", "unsigned-only|strict",
     "whether a bucket policy's deny for anyone also hits signed requests",
     "sts-cam.md s.3.3: 436/35240 and 40105 say unsigned only, an example in 45235 expects "
     "otherwise"},
    {SWITCH_COPY_ACTION, "copy-action", "either|PutObject|PutObjectCopy",
     "the right a copy needs on its destination",
     "sts-cam.md s.3.5: 436/30580 and the SDKs say PutObject, 436/10881 says PutObjectCopy"},
    {SWITCH_PART_MIN_BYTES, "part-min-bytes", "1048576|<number>",
     "the least size of a part that is not the last",
     "cos-wire.md s.2.0: 1 MB, checked at complete"},
    {SWITCH_FORBID_OVERWRITE_CODE, "forbid-overwrite-code",
     "FileAlreadyExists|ObjectAlreadyExists",
     "the error code of a write with x-cos-forbid-overwrite onto an existing key",
     "FileAlreadyExists: seen at ap-guangzhou on a copy (apache/opendal#7526)"},
    {SWITCH_SESSION_TOKEN_BYTES, "session-token-bytes", "584|<number>",
     "the length of a temporary key's session token, 65 to 65536",
     "sts-cam.md s.1.3: length depends on the policy, 4096 bytes at most"},
    {SWITCH_UNKNOWN_SUB_RESOURCE, "unknown-sub-resource", "refuse|ignore",
     "a write (any method but GET, HEAD, OPTIONS) with a parameter that no table has and that "
     "has no value, or is a known sub-resource in another case; ignore runs the bare operation",
     "[assumed]: what the service does is not known; refused so that nothing is overwritten "
     "or deleted by a sub-resource that nobody told us of"},
    {SWITCH_NOT_BUILT_STATUS, "not-built-status", "400|405|501",
     "the status of NotImplemented, the answer to what is known and not built",
     "the service's own is 501 (436/7730); Python, Go, Node and C repeat every 5xx with "
     "back-off "
     "and no 4xx (cos_client.py:435, cos.go CheckRetrieable, base.js:3953, cos_status.c:41; "
     "Java "
     "leaves 501 out), so 501 makes a suite wait for an answer that will not change"},
    {SWITCH_CONTENT_TYPE_BY_EXTENSION, "content-type-by-extension", "on|off",
     "the Content-Type of an object written without one: by the extension of its key, or "
     "application/octet-stream",
     "cos-js-sdk-v5#40, cos-php-sdk-v5#113: the service looks at the suffix; the Node suite "
     "expects it; the list is Debian's"},
    {SWITCH_IF_RANGE, "if-range", "honour|ignore",
     "a Range with an If-Range that does not fit the object: honour sends the whole object, "
     "ignore the range",
     "RFC 9110 s.13.1.5; no document of the service names the header"},
    {SWITCH_TOKEN_WITH_PERMANENT_KEY, "token-with-permanent-key",
     "ignore|InvalidAccessKeyId|InvalidToken",
     "the answer to a permanent key with an x-cos-security-token; STS answers "
     "AuthFailure.TokenFailure unless it is ignored",
     "sts-cam.md s.4: inferred; searched in the documents, the SDKs and their issues without a "
     "report; OSS refuses such a request (0002-00000002), S3 answers InvalidToken"},
    {SWITCH_REQUEST_TIMEOUT_MS, "request-timeout-ms", "20000|<number>",
     "how many milliseconds the rest of a head or handshake, or the next bytes of a body, may "
     "take before RequestTimeOut; 0: for ever",
     "the code is in the table of errors (436/7730), its time is not; the C SDK's suite waits "
     "for it"},
};

#define MAX_CHOICES 3
/* The words of `values` above, one by one; "<number>" stands in the second place of the numeric ones. */
static const char *const choices[SWITCHES][MAX_CHOICES + 1] = {
    [SWITCH_ENFORCEMENT] = {"enforce", "soft", "off"},
    [SWITCH_TEMP_KEY_WITHOUT_TOKEN] = {"InvalidAccessKeyId", "AccessDenied", "accept"},
    [SWITCH_EXPIRED_TEMP_KEY] = {"ExpiredToken403", "ExpiredToken400", "InvalidAccessKeyId"},
    [SWITCH_PATH_STYLE] = {"allow", "refuse"},
    [SWITCH_PLUS_IN_PATH] = {"space", "space-or-plus"},
    [SWITCH_MALFORMED_AUTH] = {"AccessDenied", "InvalidArgument"},
    [SWITCH_STRICT_ORDER] = {"off", "on"},
    [SWITCH_EARLY_START_S] = {"900", "<number>"},
    [SWITCH_ANYONE_DENY] = {"unsigned-only", "strict"},
    [SWITCH_COPY_ACTION] = {"either", "PutObject", "PutObjectCopy"},
    [SWITCH_PART_MIN_BYTES] = {"1048576", "<number>"},
    [SWITCH_FORBID_OVERWRITE_CODE] = {"FileAlreadyExists", "ObjectAlreadyExists"},
    [SWITCH_SESSION_TOKEN_BYTES] = {"584", "<number>"},
    [SWITCH_UNKNOWN_SUB_RESOURCE] = {"refuse", "ignore"},
    [SWITCH_NOT_BUILT_STATUS] = {"400", "405", "501"},
    [SWITCH_CONTENT_TYPE_BY_EXTENSION] = {"on", "off"},
    [SWITCH_IF_RANGE] = {"honour", "ignore"},
    [SWITCH_TOKEN_WITH_PERMANENT_KEY] = {"ignore", "InvalidAccessKeyId", "InvalidToken"},
    [SWITCH_REQUEST_TIMEOUT_MS] = {"20000", "<number>"},
};

/* What the numeric ones take. A switch without a row here takes any whole number a JSON text can say (RFC 7493 s.2.2). */
static const struct number_range {
    int64_t min, max;
} number_ranges[SWITCHES] = {
    [SWITCH_EARLY_START_S] = {0, INT64_C(10) * 366 * 86400},
    [SWITCH_PART_MIN_BYTES] = {0, INT64_C(5) << 30}, /* a part has 5 GB at most */
    [SWITCH_SESSION_TOKEN_BYTES] = {65, 65536},
    [SWITCH_REQUEST_TIMEOUT_MS] = {0, INT64_C(365) * 86400 * 1000},
};

static struct number_range range_of(int which)
{
    struct number_range range = number_ranges[which];

    return range.max != 0 ? range : (struct number_range){0, INT64_C(9007199254740991)};
}

static bool is_numeric(enum world_switch which)
{
    return strcmp(choices[which][1], "<number>") == 0;
}

void switches_reset(struct cosmock_tenant *t)
{
    for (size_t i = 0; i < SWITCHES; i++) {
        t->switch_choice[i] = 0;
        t->switch_number[i] = 0;
        if (is_numeric((enum world_switch)i)) {
            (void)cos_span_i64(cos_span_of(choices[i][0]), &t->switch_number[i]);
        }
    }
}

const char *world_switch_value(struct cosmock_tenant *t, enum world_switch which)
{
    const char *given = __atomic_load_n(&t->maps->text_of[which], __ATOMIC_ACQUIRE);
    return given != NULL
               ? given
               : choices[which][__atomic_load_n(&t->switch_choice[which], __ATOMIC_RELAXED)];
}

int64_t world_switch_number(struct cosmock_tenant *t, enum world_switch which)
{
    return __atomic_load_n(&t->switch_number[which], __ATOMIC_RELAXED);
}

static int switch_find(const char *name)
{
    for (int i = 0; i < SWITCHES; i++) {
        if (strcmp(world_switch_rows[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Numbers as they were given. A text once handed out never changes, so each distinct one stays until the tenant dies. */
struct switch_text {
    struct switch_text *next;
    char text[24];
};

void switch_texts_free(struct switch_text *texts)
{
    for (struct switch_text *next; texts != NULL; texts = next) {
        next = texts->next;
        cos_free(texts);
    }
}

static const char *text_locked(struct world_maps *maps, const char *number)
{
    struct switch_text *kept = maps->texts;
    while (kept != NULL && strcmp(kept->text, number) != 0) {
        kept = kept->next;
    }
    if (kept == NULL && (kept = cos_calloc(1, sizeof(*kept))) != NULL) {
        (void)snprintf(kept->text, sizeof(kept->text), "%s", number);
        kept->next = maps->texts;
        maps->texts = kept;
    }
    return kept == NULL ? NULL : kept->text;
}

static int number_set(struct cosmock_tenant *t, int which, int64_t number,
                      struct cosmock_error *err)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%lld", (long long)number);
    pthread_mutex_lock(&t->lock);
    const char *text = text_locked(t->maps, digits);
    if (text != NULL) {
        __atomic_store_n(&t->switch_number[which], number, __ATOMIC_RELAXED);
        __atomic_store_n(&t->maps->text_of[which], text, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&t->lock);
    return text != NULL ? 0 : world_fail(err, COSMOCK_E_NOMEM, "no memory for a switch");
}

static int number_read(struct cosmock_tenant *t, int which, const char *value,
                       struct cosmock_error *err)
{
    struct number_range range = range_of(which);
    int64_t number;

    if (!cos_span_i64(cos_span_of(value), &number) || number < range.min ||
        number > range.max) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "switch '%s' cannot be '%.60s'; it takes a whole number from %lld to "
                          "%lld",
                          world_switch_rows[which].name, value, (long long)range.min,
                          (long long)range.max);
    }
    return number_set(t, which, number, err);
}

static int unknown_switch(const char *name, struct cosmock_error *err)
{
    const char *names[SWITCHES];
    for (size_t i = 0; i < SWITCHES; i++) {
        names[i] = world_switch_rows[i].name;
    }
    const char *nearest = cos_nearest(cos_span_of(name), names, SWITCHES);
    return world_fail(err, COSMOCK_E_INVALID,
                      "unknown switch '%.80s'%s%s; 'cosmock switches' lists them", name,
                      nearest == NULL ? "" : "; the nearest is ",
                      nearest == NULL ? "" : nearest);
}

int cosmock_switch_set(struct cosmock_tenant *t, const char *name, const char *value,
                       struct cosmock_error *err)
{
    int which = switch_find(name);
    if (which < 0) {
        return unknown_switch(name, err);
    }
    if (is_numeric((enum world_switch)which)) {
        return number_read(t, which, value, err);
    }
    for (unsigned char i = 0; i < MAX_CHOICES && choices[which][i] != NULL; i++) {
        if (strcmp(choices[which][i], value) == 0) {
            __atomic_store_n(&t->switch_choice[which], i, __ATOMIC_RELAXED);
            return 0;
        }
    }
    return world_fail(err, COSMOCK_E_INVALID, "switch '%s' cannot be '%s'; it takes: %s", name,
                      value, world_switch_rows[which].values);
}

const char *cosmock_switch_get(struct cosmock_tenant *t, const char *name)
{
    int which = switch_find(name);
    return which < 0 ? NULL : world_switch_value(t, (enum world_switch)which);
}
