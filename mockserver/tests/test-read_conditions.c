/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions over the wire, by operation: GET and HEAD answer 304 and 412, copies 412 alone
 * (documents GET Object, HEAD Object, PUT Object - Copy, Upload Part - Copy); what goes before
 * what: RFC 9110 s.13.2. What they mean is a table in test-condition.c, of writes
 * test-write_conditions.c.
 */
#include "door.h"

#define ETAG "\"9dd4e461268c8034f5c8564e155c67a6\"" /* md5sum of "x" */
#define OTHER "\"aa488bb80185a6be87f4a7b936a80752\""
#define SAME "Fri, 10 Apr 2020 09:35:05 GMT" /* DOOR_NOW_UNIX_MS */
#define BEFORE "Fri, 10 Apr 2020 09:35:04 GMT"
#define BEHIND "Fri, 10 Apr 2020 09:35:06 GMT"

enum outcome { PASS, FAILED, NOT_MODIFIED };

/* Names as of GET; of a copy they begin with x-cos-copy-source-. */
static const struct {
    const char *first, *second; /* NULL: none */
    enum outcome outcome;
} conditions[] = {
    {"If-Match: " ETAG, NULL, PASS},
    {"If-Match: *", NULL, PASS},
    {"If-Match: " OTHER ", " ETAG, NULL, PASS},
    {"If-Match: " OTHER, NULL, FAILED},
    {"If-Match: W/" ETAG, NULL, FAILED},
    {"If-None-Match: " ETAG, NULL, NOT_MODIFIED},
    {"If-None-Match: W/" ETAG, NULL, NOT_MODIFIED},
    {"If-None-Match: *", NULL, NOT_MODIFIED},
    {"If-None-Match: " OTHER, NULL, PASS},
    {"If-Modified-Since: " SAME, NULL, NOT_MODIFIED},
    {"If-Modified-Since: " BEHIND, NULL, NOT_MODIFIED},
    {"If-Modified-Since: " BEFORE, NULL, PASS},
    {"If-Modified-Since: yesterday", NULL, PASS},
    {"If-Unmodified-Since: " SAME, NULL, PASS},
    {"If-Unmodified-Since: " BEFORE, NULL, FAILED},
    {"If-Unmodified-Since: yesterday", NULL, PASS},
    {"If-Match: " ETAG, "If-Unmodified-Since: " BEFORE, PASS},
    {"If-Match: " OTHER, "If-Unmodified-Since: " SAME, FAILED},
    {"If-None-Match: " OTHER, "If-Modified-Since: " SAME, PASS},
    {"If-None-Match: " ETAG, "If-Modified-Since: " BEFORE, NOT_MODIFIED},
    {"If-Match: " ETAG, "If-None-Match: " ETAG, NOT_MODIFIED},
    {"If-Unmodified-Since: " BEFORE, "If-None-Match: " ETAG, FAILED},
};

struct reading {
    const char *name, *method;
    const char
        *target;  /* "{v}": "?versionId=" of the object, behind which it was overwritten */
    bool is_copy; /* what is read is the source */
};
static const struct reading readings[] = {
    {"GET", "GET", "/o", false},
    {"HEAD", "HEAD", "/o", false},
    {"GET of a link", "GET", "/l", false},
    {"GET of a version", "GET", "/v{v}", false},
    {"HEAD of a version", "HEAD", "/v{v}", false},
    {"GET of the version without an id", "GET", "/o?versionId=null", false},
    {"Copy", "PUT", "/o", true},
    {"Copy of a link", "PUT", "/l", true},
    {"Copy of a version", "PUT", "/v{v}", true},
    {"Upload Part - Copy", "part", "/o", true},
    {"Upload Part - Copy of a version", "part", "/v{v}", true},
};

struct scene {
    struct door *d;
    char id[64];      /* of the version of /v */
    char upload[200]; /* the target of a part */
};

static void prepare(struct scene *s)
{
    struct door *d = s->d;
    assert_int_equal(cosmock_clock_freeze(d->tenant, COSMOCK_CLOCK_MODIFICATION,
                                          DOOR_NOW_UNIX_MS),
                     0);
    door_put(d, "/o", "x");
    assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                   COSMOCK_VERSIONING_ENABLED, NULL),
                     0);
    struct answer a =
        door_ask(d, &(struct ask){.method = "PUT", .target = "/v", .body = "x", .n = 1});
    (void)snprintf(s->id, sizeof(s->id), "%s", answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
    door_put(d, "/v", "another");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/l?symlink",
                              .headers = "x-cos-symlink-target: o"},
                200, NULL);
    a = door_send(d, "POST", "/m?uploads", NULL);
    (void)snprintf(s->upload, sizeof(s->upload), "/m?partNumber=1&uploadId=%s",
                   xml_of(&a, "UploadId"));
    answer_free(&a);
}

static const char *filled(const struct scene *s, const char *target, char out[200])
{
    const char *mark = strstr(target, "{v}");
    (void)snprintf(out, 200, "%.*s%s%s", mark == NULL ? 200 : (int)(mark - target), target,
                   mark == NULL ? "" : "?versionId=", mark == NULL ? "" : s->id);
    return out;
}

/* The lines of one reading under two conditions. */
static void lines_of(const struct scene *s, const struct reading *r, const char *first,
                     const char *second, char out[1000])
{
    char target[200];
    const char *prefix = r->is_copy ? "x-cos-copy-source-" : "";
    int n = 0;
    if (r->is_copy) {
        n = snprintf(out, 1000, "x-cos-copy-source: %s%s\n", s->d->host,
                     filled(s, r->target, target));
    }
    n += snprintf(out + n, 1000 - (size_t)n, "%s%s", prefix, first);
    if (second != NULL) {
        (void)snprintf(out + n, 1000 - (size_t)n, "\n%s%s", prefix, second);
    }
}

static struct answer read_with(const struct scene *s, const struct reading *r,
                               const char *headers)
{
    char target[200];
    struct ask q = {.method = r->method, .headers = headers};
    if (strcmp(r->method, "part") == 0) {
        q.method = "PUT";
        q.target = s->upload;
    } else {
        q.target = r->is_copy ? "/copy" : filled(s, r->target, target);
    }
    return door_ask(s->d, &q);
}

static int status_of(const struct reading *r, enum outcome outcome)
{
    return outcome == PASS ? 200 : outcome == NOT_MODIFIED && !r->is_copy ? 304 : 412;
}

static void every_reading_heeds_every_condition(void **state)
{
    struct scene s = {.d = *state};
    prepare(&s);
    for (size_t r = 0; r < COS_ARRAY_LEN(readings); r++) {
        for (size_t c = 0; c < COS_ARRAY_LEN(conditions); c++) {
            char headers[1000];
            lines_of(&s, &readings[r], conditions[c].first, conditions[c].second, headers);
            struct answer a = read_with(&s, &readings[r], headers);
            int status = status_of(&readings[r], conditions[c].outcome);
            bool is_head = strcmp(readings[r].method, "HEAD") == 0;
            if (a.status != status || (status == 412 && !is_head &&
                                       strcmp(xml_of(&a, "Code"), "PreconditionFailed") != 0)) {
                fail_msg("%s, %s: %d, not %d %s", readings[r].name, headers, a.status, status,
                         a.body);
            }
            answer_free(&a);
        }
    }
}

static void a_copy_that_a_condition_holds_writes_nothing(void **state)
{
    struct scene s = {.d = *state};
    prepare(&s);
    for (size_t r = 0; r < COS_ARRAY_LEN(readings); r++) {
        char headers[1000];
        if (!readings[r].is_copy) {
            continue;
        }
        lines_of(&s, &readings[r], "If-Match: " OTHER, NULL, headers);
        struct answer a = read_with(&s, &readings[r], headers);
        assert_int_equal(a.status, 412);
        answer_free(&a);
    }
    door_expect(s.d, &(struct ask){.method = "HEAD", .target = "/copy"}, 404, NULL);
}

/* What would be no success without them is answered as it is: RFC 9110 s.13.2.1. */
static void conditions_do_not_hide_another_refusal(void **state)
{
    static const struct {
        const char *name, *target, *code;
        int get, head;
    } rows[] = {
        {"a missing key", "/none", "NoSuchKey", 404, 404},
        {"a delete marker", "/gone", "NoSuchKey", 404, 404},
        {"a version that is none", "/o?versionId=MTg0", "NoSuchVersion", 404, 404},
        {"what is archived", "/archived", "InvalidObjectState", 403, 304},
    };
    static const char *const held[] = {"If-None-Match: *", "If-Match: *\nIf-None-Match: *"};
    struct scene s = {.d = *state};
    prepare(&s);
    door_put(s.d, "/gone", "x");
    door_expect(s.d, &(struct ask){.method = "DELETE", .target = "/gone"}, 204, NULL);
    door_expect(s.d,
                &(struct ask){.method = "PUT",
                              .target = "/archived",
                              .headers = "x-cos-storage-class: ARCHIVE"},
                200, NULL);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        for (size_t h = 0; h < COS_ARRAY_LEN(held); h++) {
            struct ask q = {.method = "GET", .target = rows[i].target, .headers = held[h]};
            door_expect(s.d, &q, rows[i].get, rows[i].code);
            q.method = "HEAD";
            door_expect(s.d, &q, rows[i].head, NULL);
        }
        char headers[400];
        (void)snprintf(headers, sizeof(headers),
                       "x-cos-copy-source: %s%s\nx-cos-copy-source-If-Match: " OTHER, s.d->host,
                       rows[i].target);
        const struct ask copy = {.method = "PUT", .target = "/copy", .headers = headers};
        door_expect(s.d, &copy, rows[i].get, rows[i].code);
    }
}

/* RFC 9110 s.13.2.2, step 5: a range is for what the conditions let pass. */
static void a_range_comes_behind_the_conditions(void **state)
{
    static const struct {
        const char *headers;
        int status;
    } rows[] = {
        {"Range: bytes=0-0\nIf-Match: " ETAG, 206},
        {"Range: bytes=0-0\nIf-Match: " OTHER, 412},
        {"Range: bytes=0-0\nIf-None-Match: " ETAG, 304},
        {"Range: bytes=7-\nIf-None-Match: " ETAG, 304},
        {"Range: bytes=7-\nIf-Match: " OTHER, 412},
        {"Range: bytes=7-\nIf-Match: " ETAG, 416},
    };
    struct scene s = {.d = *state};
    prepare(&s);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask q = {.method = "GET", .target = "/o", .headers = rows[i].headers};
        door_expect(s.d, &q, rows[i].status, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(every_reading_heeds_every_condition),
        DOOR_TEST(a_copy_that_a_condition_holds_writes_nothing),
        DOOR_TEST(conditions_do_not_hide_another_refusal),
        DOOR_TEST(a_range_comes_behind_the_conditions),
    };
    return cmocka_run_group_tests_name("read_conditions", tests, NULL, NULL);
}
