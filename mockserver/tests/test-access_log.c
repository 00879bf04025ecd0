/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access logs: which files come when, and what a line says. Fields, their order and the path of
 * a file are those of the guide (436/16920), whose samples stand in the rows below.
 */
#include "door.h"

#include "cosbase/clock.h"

#define LOGS "logs-1250000000"
#define NOON INT64_C(1586520000000) /* Fri, 10 Apr 2020 12:00:00 GMT, 20:00 in China */
#define PERIOD_MS INT64_C(300000)
#define FIELDS 31

static void put_logging(struct door *d, const char *target, const char *prefix)
{
    char text[2000];
    (void)snprintf(text, sizeof(text),
                   "<BucketLoggingStatus><LoggingEnabled><TargetBucket>%s</TargetBucket>"
                   "<TargetPrefix>%s</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
                   target, prefix);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?logging",
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                200, NULL);
}

/* At noon, with logs from then on: of the PUT that says so there is none. */
static int open_with_logs(void **state)
{
    int r = door_open(state);
    struct door *d = *state;
    assert_int_equal(cosmock_bucket_put(d->tenant, LOGS, d->info.region, NULL), 0);
    door_turn_to(d, NOON);
    put_logging(d, LOGS, "log/");
    return r;
}

/* The keys below "log/", a line for each, and nothing else of the bucket. Static. */
static const char *keys_of(struct door *d)
{
    static char text[4096];
    char host[160];
    (void)snprintf(host, sizeof(host), "%s.cos.%s.myqcloud.com", LOGS, d->info.region);
    struct answer a = door_ask(d, &(struct ask){.method = "GET", .target = "/", .host = host});
    const char *at = a.body;
    text[0] = '\0';
    for (const char *key; (key = xml_next(&at, "Key")) != NULL;) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof(text) - n, "%s\n", key);
    }
    answer_free(&a);
    return text;
}

/* The file that is there alone. */
static struct answer the_file(struct door *d)
{
    char host[160];
    char target[300];
    const char *keys = keys_of(d);
    (void)snprintf(host, sizeof(host), "%s.cos.%s.myqcloud.com", LOGS, d->info.region);
    size_t n = strcspn(keys, "\n");
    assert_true(n + 1 == strlen(keys) && n + 2 <= sizeof(target));
    target[0] = '/';
    memcpy(target + 1, keys, n);
    target[n + 1] = '\0';
    return door_ask(d, &(struct ask){.method = "GET", .target = target, .host = host});
}

/* One blank between two fields; quotes hold blanks, and are kept. */
struct fields {
    char text[4096];
    const char *of[FIELDS + 1]; /* from 1, as the guide counts */
    int n;
};

static void split(struct fields *f, const char *line)
{
    size_t n = strcspn(line, "\n");
    bool is_quoted = false;
    assert_true(n < sizeof(f->text));
    memcpy(f->text, line, n);
    f->text[n] = '\0';
    f->n = 0;
    char *begin = f->text;
    for (char *c = f->text;; c++) {
        if (*c == '\\' && is_quoted) {
            c++;
            continue;
        }
        is_quoted = is_quoted != (*c == '"');
        if (*c == '\0' || (*c == ' ' && !is_quoted)) {
            bool is_last = *c == '\0';
            assert_true(f->n < FIELDS);
            f->of[++f->n] = begin;
            *c = '\0';
            begin = c + 1;
            if (is_last) {
                return;
            }
        }
    }
}

static int n_lines(const char *text)
{
    int n = 0;
    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

/* --- files --- */

static void a_file_comes_at_the_end_of_five_minutes(void **state)
{
    struct door *d = *state;
    door_turn_to(d, NOON + 1);
    door_put(d, "/a", "x");
    door_turn_to(d, NOON + PERIOD_MS - 1);
    door_put(d, "/b", "x");
    assert_string_equal(keys_of(d), "");
    door_turn_to(d, NOON + PERIOD_MS);
    const char *key = keys_of(d);
    /* prefix, day and time in China, ten characters, the first one */
    assert_int_equal(strncmp(key, "log/2020/04/10/20200410200500_", 30), 0);
    assert_string_equal(key + 40, "_0\n");
    assert_int_equal(strspn(key + 30, "abcdefghijklmnopqrstuvwxyz0123456789"), 10);
    struct answer a = the_file(d);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "Last-Modified"), "Fri, 10 Apr 2020 12:05:00 GMT");
    assert_int_equal(n_lines(a.body), 2);
    answer_free(&a);
}

/* The clock runs, and stands fifty milliseconds before the end. */
static void the_first_request_behind_the_five_minutes_finds_the_file(void **state)
{
    struct door *d = *state;
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.op = "DeliverLog";
    q.after_seq = cosmock_journal_last_seq(d->tenant);
    door_put(d, "/a", "x");
    assert_int_equal(cosmock_clock_follow(d->tenant, COSMOCK_CLOCK_MODIFICATION,
                                          NOON + PERIOD_MS - 50 - cos_system_unix_ms()),
                     0);
    const int64_t patience_ns = cos_system_mono_ns() + INT64_C(20000000000);
    while (cosmock_journal_wait(d->tenant, &q, 0) == 0) {
        struct answer a = door_send(d, "HEAD", "/", NULL);
        answer_free(&a);
        assert_true(cos_system_mono_ns() < patience_ns);
    }
    door_turn_to(d, NOON + PERIOD_MS);
    struct answer a = the_file(d);
    assert_true(n_lines(a.body) >= 1);
    answer_free(&a);
}

static void where_nobody_asks_no_file_comes(void **state)
{
    struct door *d = *state;
    door_turn_to(d, NOON + 100 * PERIOD_MS);
    assert_string_equal(keys_of(d), "");
}

static void logs_about_a_bucket_may_lie_in_it_and_do_not_breed(void **state)
{
    struct door *d = *state;
    struct answer a;
    put_logging(d, d->info.bucket, "own/");
    door_turn_to(d, NOON + PERIOD_MS);
    /* of the file itself no line is written */
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
    door_turn_to(d, NOON + 20 * PERIOD_MS);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
    a = door_send(d, "GET", "/?prefix=own/", NULL);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    door_turn_to(d, NOON + 21 * PERIOD_MS);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 2);
}

static void logs_that_are_switched_off_are_not_delivered(void **state)
{
    struct door *d = *state;
    static const char off[] = "<BucketLoggingStatus></BucketLoggingStatus>";
    door_put(d, "/a", "x");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?logging",
                              .body = off,
                              .n = sizeof(off) - 1,
                              .with_md5 = true},
                200, NULL);
    door_put(d, "/b", "x");
    door_turn_to(d, NOON + PERIOD_MS);
    assert_string_equal(keys_of(d), "");
}

/* --- lines --- */

static void a_line_says_what_the_guide_lists(void **state)
{
    static const struct {
        struct ask ask;
        int status;
        struct {
            int field;
            const char *value;
        } says[12];
    } rows[] = {
        {{.method = "PUT",
          .target = "/folder/text.txt",
          .headers = "User-Agent: cos-go-sdk-v5.2.9\nx-cos-storage-class: STANDARD_IA",
          .body = "12345",
          .n = 5},
         200,
         {{6, "PutObject"},
          {10, "5"},
          {11, "5"},
          {12, "/folder/text.txt"},
          {13, "put"},
          {14, "cos-go-sdk-v5.2.9"},
          {15, "200"},
          {16, "-"},
          {17, "-"},
          {21, "STANDARD_IA"},
          {26, "5"},
          {30, "\"PUT /folder/text.txt HTTP/1.1\""}}},
        {{.method = "GET",
          .target = "/folder/text.txt",
          .headers = "Referer: http://www.example.com/\nRange: bytes=0-1"},
         206,
         {{6, "GetObject"},
          {10, "0"},
          {11, "0"},
          {13, "get"},
          {14, "-"},
          {15, "206"},
          {18, "2"},
          {21, "STANDARD_IA"},
          {26, "5"},
          {28, "-"},
          {29, "http://www.example.com/"}}},
        {{.method = "GET", .target = "/none%20such"},
         404,
         {{6, "GetObject"},
          {12, "/none%20such"},
          {15, "404"},
          {16, "NoSuchKey"},
          {17, "\"The specified key does not exist.\""},
          {21, "-"},
          {26, "-"},
          {27, "-"}}},
        {{.method = "GET", .target = "/?prefix=a&max-keys=1"},
         200,
         {{6, "GetBucket"},
          {12, "/"},
          {26, "-"},
          {30, "\"GET /?prefix=a&max-keys=1 HTTP/1.1\""}}},
        {{.method = "HEAD", .target = "/folder/text.txt"},
         200,
         {{6, "HeadObject"}, {18, "0"}, {26, "5"}}},
        {{.method = "PUT",
          .target = "/copied",
          .headers =
              "x-cos-copy-source: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/"
              "folder/text.txt\nx-cos-storage-class: ARCHIVE"},
         200,
         {{6, "PutObjectCopy"}, {11, "5"}, {21, "ARCHIVE"}, {26, "5"}, {28, "ARCHIVE"}}},
        {{.method = "DELETE", .target = "/copied"},
         204,
         {{6, "DeleteObject"}, {11, "0"}, {15, "204"}, {18, "0"}}},
    };
    struct door *d = *state;
    door_turn_to(d, NOON + 61000);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        door_expect(d, &rows[i].ask, rows[i].status, NULL);
    }
    door_turn_to(d, NOON + PERIOD_MS);
    struct answer a = the_file(d);
    const char *line = a.body;
    const struct {
        int field;
        const char *value;
    } always[] = {{1, "1.0"},
                  {2, d->info.bucket},
                  {3, d->info.region},
                  {4, "2020-04-10T12:01:01Z"},
                  {5, d->host},
                  {8, "-"},
                  {9, "-"},
                  {20, "USER"},
                  {22, "100000000001"},
                  {24, "-"},
                  {31, "\"0\""}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct fields f;
        split(&f, line);
        assert_int_equal(f.n, FIELDS);
        for (size_t j = 0; j < COS_ARRAY_LEN(always); j++) {
            assert_string_equal(f.of[always[j].field], always[j].value);
        }
        for (size_t j = 0; j < 12 && rows[i].says[j].field != 0; j++) {
            if (strcmp(f.of[rows[i].says[j].field], rows[i].says[j].value) != 0) {
                fail_msg("%s %s: field %d is %s", rows[i].ask.method, rows[i].ask.target,
                         rows[i].says[j].field, f.of[rows[i].says[j].field]);
            }
        }
        assert_true(strlen(f.of[25]) > 20);
        line += strcspn(line, "\n") + 1;
    }
    assert_string_equal(line, "");
    answer_free(&a);
}

static void values_cannot_break_a_line(void **state)
{
    struct door *d = *state;
    struct fields f;
    struct answer asked =
        door_send(d, "GET", "/a%0Ab%22?x-cos-security-token=secret%20token&q-signature=abc",
                  "User-Agent: a \"b\" \\c\tcurl");
    answer_free(&asked);
    door_turn_to(d, NOON + PERIOD_MS);
    struct answer a = the_file(d);
    assert_int_equal(n_lines(a.body), 1);
    split(&f, a.body);
    assert_int_equal(f.n, FIELDS);
    assert_string_equal(f.of[14], "\"a \\\"b\\\" \\\\c%09curl\"");
    assert_string_equal(f.of[12], "/a%0Ab%22");
    assert_null(strstr(a.body, "secret"));
    assert_null(strstr(a.body, "=abc"));
    answer_free(&a);
}

static void versions_are_named(void **state)
{
    static const char enabled[] =
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    struct door *d = *state;
    struct fields f;
    char id[64];
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?versioning",
                              .body = enabled,
                              .n = sizeof(enabled) - 1,
                              .with_md5 = true},
                200, NULL);
    struct answer put =
        door_ask(d, &(struct ask){.method = "PUT", .target = "/a", .body = "x", .n = 1});
    (void)snprintf(id, sizeof(id), "%s", answer_header(&put, "x-cos-version-id"));
    answer_free(&put);
    struct answer get = door_send(d, "GET", "/a", NULL);
    answer_free(&get);
    door_turn_to(d, NOON + PERIOD_MS);
    struct answer a = the_file(d);
    const char *line = a.body + strcspn(a.body, "\n") + 1;
    for (int i = 0; i < 2; i++) {
        split(&f, line);
        assert_string_equal(f.of[27], id);
        line += strcspn(line, "\n") + 1;
    }
    answer_free(&a);
}

/* --- what is lost --- */

static struct cosmock_entry *last_delivery(struct door *d)
{
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    q.op = "DeliverLog";
    q.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
    return e;
}

static void a_target_that_is_gone_is_said(void **state)
{
    struct door *d = *state;
    char host[160];
    (void)snprintf(host, sizeof(host), "%s.cos.%s.myqcloud.com", LOGS, d->info.region);
    door_put(d, "/a", "x");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/", .host = host}, 204, NULL);
    door_turn_to(d, NOON + PERIOD_MS);
    struct cosmock_entry *e = last_delivery(d);
    assert_int_equal(e->http_status, 400);
    assert_string_equal(e->code, "InvalidTargetBucketForLogging");
    assert_string_equal(e->bucket, LOGS);
    assert_non_null(strstr(e->detail, "1 lines"));
    cosmock_entries_free(e);
}

static void what_there_is_no_room_for_is_counted(void **state)
{
    enum { N = 600, LONG = 20000 };
    struct door *d = *state;
    char *target = malloc(LONG + 1);
    memset(target, 'a', LONG);
    memcpy(target, "/?x=", 4);
    target[LONG] = '\0';
    for (int i = 0; i < N; i++) {
        door_expect(d, &(struct ask){.method = "GET", .target = target}, 200, NULL);
    }
    free(target);
    door_turn_to(d, NOON + PERIOD_MS);
    struct cosmock_entry *e = last_delivery(d);
    int kept = 0;
    int dropped = 0;
    assert_int_equal(e->http_status, 200);
    assert_int_equal(sscanf(e->detail, "%d lines", &kept), 1);
    const char *room = strstr(e->detail, "there was no room for ");
    assert_non_null(room);
    assert_int_equal(sscanf(room, "there was no room for %d more", &dropped), 1);
    assert_int_equal(kept + dropped, N);
    assert_true(e->bytes_in <= 8u << 20);
    cosmock_entries_free(e);
    /* and there is room again */
    door_put(d, "/a", "x");
    door_turn_to(d, NOON + 2 * PERIOD_MS);
    e = last_delivery(d);
    assert_null(strstr(e->detail, "room"));
    cosmock_entries_free(e);
}

static void a_reset_forgets_what_waits(void **state)
{
    struct door *d = *state;
    door_put(d, "/a", "x");
    assert_int_equal(cosmock_tenant_reset(d->tenant, NULL), 0);
    door_turn_to(d, NOON + PERIOD_MS);
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    q.op = "DeliverLog";
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 0);
    cosmock_entries_free(e);
}

static void a_prefix_leaves_room_for_the_name_of_a_file(void **state)
{
    struct door *d = *state;
    char prefix[802];
    char text[1200];
    memset(prefix, 'p', sizeof(prefix) - 1);
    prefix[sizeof(prefix) - 1] = '\0';
    (void)snprintf(text, sizeof(text),
                   "<BucketLoggingStatus><LoggingEnabled><TargetBucket>" LOGS "</TargetBucket>"
                   "<TargetPrefix>%s</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
                   prefix);
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?logging",
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                400, "LoggingPrefixInvalid");
    put_logging(d, LOGS, prefix + 1);
    door_turn_to(d, NOON + PERIOD_MS);
    struct cosmock_entry *e = last_delivery(d);
    assert_int_equal(e->http_status, 200);
    assert_true(strlen(e->key) <= 850);
    cosmock_entries_free(e);
}

#define LOGGED(f) cmocka_unit_test_setup_teardown(f, open_with_logs, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGGED(a_file_comes_at_the_end_of_five_minutes),
        LOGGED(the_first_request_behind_the_five_minutes_finds_the_file),
        LOGGED(where_nobody_asks_no_file_comes),
        LOGGED(logs_about_a_bucket_may_lie_in_it_and_do_not_breed),
        LOGGED(logs_that_are_switched_off_are_not_delivered),
        LOGGED(a_line_says_what_the_guide_lists),
        LOGGED(values_cannot_break_a_line),
        LOGGED(versions_are_named),
        LOGGED(a_target_that_is_gone_is_said),
        LOGGED(what_there_is_no_room_for_is_counted),
        LOGGED(a_reset_forgets_what_waits),
        LOGGED(a_prefix_leaves_room_for_the_name_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
