/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that answer another question than the one asked. Each row is a right answer with one
 * thing wrong; nothing of it may be shown, and `rm -r` may not send a key of it back. The right
 * answers are those of cos-wire.md s.2.1.
 */
#include "fs_bench.h"

struct scripted {
    const char *body;
};

/* HEAD says "no such file", so the path is a directory; lists are answered with the body. */
static int answer_lists(void *ctx, struct fake *f, const struct fake_request *rq,
                        struct cosn_http_reply *reply, struct cosn_error *err)
{
    const struct scripted *s = ctx;
    (void)f;
    (void)err;
    if (strcmp(rq->method, "GET") != 0 || strcmp(rq->path, "/") != 0) {
        return 0;
    }
    static const char id[] = "x-cos-request-id", id_value[] = "NjA0NGFjMmFfZTViOTJhMDk=";
    reply->status = 200;
    assert_int_equal(cosn_http_reply_add_header(reply, id, sizeof(id) - 1, id_value,
                                                sizeof(id_value) - 1),
                     0);
    assert_int_equal(cosn_http_reply_add_body(reply, s->body, strlen(s->body)), 0);
    return 1;
}

/* That there is a directory, which is asked with max-keys=1, is said by the fake itself. */
static int answer_sweeps(void *ctx, struct fake *f, const struct fake_request *rq,
                         struct cosn_http_reply *reply, struct cosn_error *err)
{
    return strstr(rq->query, "max-keys=1000") == NULL ? 0
                                                      : answer_lists(ctx, f, rq, reply, err);
}

static int count_visit(void *ctx, const char *path, const struct cosn_stat *st)
{
    (void)path;
    (void)st;
    ++*(int *)ctx;
    return 0;
}

#define HEAD "<ListBucketResult><Name>" BUCKET "</Name><EncodingType>url</EncodingType>"
#define ASKED "<Prefix>dir/</Prefix><Marker></Marker><MaxKeys>1000</MaxKeys>"
#define WHOLE "<IsTruncated>false</IsTruncated>"
#define ITEM(key) "<Contents><Key>" key "</Key><Size>1</Size></Contents>"
#define PREFIX(name) "<CommonPrefixes><Prefix>" name "</Prefix></CommonPrefixes>"
#define TAIL "</ListBucketResult>"

struct row {
    const char *name, *body, *says;
};

/* Asked: prefix dir/, delimiter / */
static const struct row flat[] = {
    {"right",
     HEAD ASKED "<Delimiter>/</Delimiter>" WHOLE ITEM("dir/a") ITEM("dir/b") PREFIX("dir/s/")
         TAIL,
     NULL},
    {"right, its words encoded",
     HEAD "<Prefix>dir%2F</Prefix><Delimiter>%2F</Delimiter>" WHOLE ITEM("dir%2Fa") TAIL, NULL},
    {"right, nothing repeated", "<ListBucketResult>" WHOLE ITEM("dir/a") TAIL, NULL},
    {"key outside the prefix", HEAD ASKED WHOLE ITEM("dir/a") ITEM("other/x") TAIL,
     "not under the prefix"},
    {"key beside the prefix", HEAD ASKED WHOLE ITEM("dirx") TAIL, "not under the prefix"},
    {"empty key", HEAD ASKED WHOLE ITEM("") TAIL, "not under the prefix"},
    {"encoded way out", HEAD ASKED WHOLE ITEM("%64irx/a") TAIL, "not under the prefix"},
    {"prefix outside", HEAD ASKED WHOLE PREFIX("other/") TAIL, "not under the prefix"},
    {"key below the delimiter", HEAD ASKED WHOLE ITEM("dir/s/x") TAIL, "rolled up"},
    {"prefix without the delimiter", HEAD ASKED WHOLE PREFIX("dir/s") TAIL, "does not end"},
    {"prefix beyond the delimiter", HEAD ASKED WHOLE PREFIX("dir/s/t/") TAIL, "does not end"},
    {"prefix that is the directory", HEAD ASKED WHOLE PREFIX("dir/") TAIL, "does not end"},
    {"keys out of order", HEAD ASKED WHOLE ITEM("dir/b") ITEM("dir/a") TAIL,
     "only later names"},
    {"key twice", HEAD ASKED WHOLE ITEM("dir/a") ITEM("dir/a") TAIL, "only later names"},
    {"prefixes out of order", HEAD ASKED WHOLE PREFIX("dir/t/") PREFIX("dir/s/") TAIL,
     "only later names"},
    {"prefix twice", HEAD ASKED WHOLE PREFIX("dir/s/") PREFIX("dir/s/") TAIL,
     "only later names"},
    {"other bucket", "<ListBucketResult><Name>other-1250000000</Name>" WHOLE ITEM("dir/a") TAIL,
     "its Name is"},
    {"other prefix", HEAD "<Prefix>dis/</Prefix>" WHOLE ITEM("dir/a") TAIL, "its Prefix is"},
    {"no prefix", HEAD "<Prefix></Prefix>" WHOLE ITEM("dir/a") TAIL, "its Prefix is"},
    {"other delimiter", HEAD "<Delimiter>.</Delimiter>" WHOLE ITEM("dir/a") TAIL,
     "its Delimiter is"},
    {"other marker", HEAD "<Marker>dir/0</Marker>" WHOLE ITEM("dir/a") TAIL, "its Marker is"},
    {"not encoded", HEAD ASKED WHOLE ITEM("dir/a%zz") TAIL, "not percent-encoded"},
    {"cut in an escape", HEAD ASKED WHOLE ITEM("dir/a%2") TAIL, "not percent-encoded"},
    {"a NUL in the key", HEAD ASKED WHOLE ITEM("dir/a%00b") TAIL, "NUL byte"},
    {"silent about its end", HEAD ASKED ITEM("dir/a") TAIL, "IsTruncated"},
    {"unclear about its end", HEAD ASKED "<IsTruncated>yes</IsTruncated>" ITEM("dir/a") TAIL,
     "IsTruncated"},
    {"goes back",
     HEAD ASKED "<IsTruncated>true</IsTruncated><NextMarker>dir/a</NextMarker>" ITEM("dir/b")
         TAIL,
     "does not advance"},
    {"nowhere to go on", HEAD ASKED "<IsTruncated>true</IsTruncated>" TAIL,
     "without NextMarker"},
};

/* Asked: prefix dir/, no delimiter */
static const struct row deep[] = {
    {"key outside the prefix", HEAD ASKED WHOLE ITEM("dir/a") ITEM("other/x") TAIL,
     "not under the prefix"},
    {"key beside the prefix", HEAD ASKED WHOLE ITEM("dir.bak") TAIL, "not under the prefix"},
    {"a common prefix nobody asked for", HEAD ASKED WHOLE ITEM("dir/a") PREFIX("dir/s/") TAIL,
     "does not end"},
    {"out of order", HEAD ASKED WHOLE ITEM("dir/b") ITEM("dir/a") TAIL, "only later names"},
    {"a delimiter nobody asked for", HEAD "<Delimiter>/</Delimiter>" WHOLE ITEM("dir/a") TAIL,
     "its Delimiter is"},
    {"a NUL in the key", HEAD ASKED WHOLE ITEM("dir/a%00b") TAIL, "NUL byte"},
};

static void a_list_that_breaks_its_question_shows_nothing(void **state)
{
    struct bench *b = *state;
    struct scripted s;
    b->fake->intercept = answer_lists;
    b->fake->intercept_ctx = &s;
    for (size_t i = 0; i < COS_ARRAY_LEN(flat); i++) {
        int n_visits = 0;
        s.body = flat[i].body;
        int r = cosn_fs_list(b->fs, "/dir", /* recursive= */ false, count_visit, &n_visits,
                             &b->err);
        if (flat[i].says == NULL) {
            CHECK_ROW(flat[i].name, r == 0 && n_visits > 0);
            continue;
        }
        CHECK_ROW(flat[i].name, r == COSN_E_PROTOCOL);
        CHECK_ROW(flat[i].name, n_visits == 0);
        CHECK_HOLDS(b->err.message, flat[i].says);
    }
}

static void a_list_that_breaks_its_question_deletes_nothing(void **state)
{
    struct bench *b = *state;
    struct scripted s;
    fake_seed(b->fake, "dir/a", "1", 1);
    b->fake->intercept = answer_sweeps;
    b->fake->intercept_ctx = &s;
    for (size_t i = 0; i < COS_ARRAY_LEN(deep); i++) {
        s.body = deep[i].body;
        bool was_there = false;
        int r = cosn_fs_delete(b->fs, "/dir", /* recursive= */ true, &was_there, &b->err);
        CHECK_ROW(deep[i].name, r == COSN_E_PROTOCOL);
        CHECK_HOLDS(b->err.message, deep[i].says);
        CHECK_ROW(deep[i].name, fake_count(b->fake, "DELETE", /* part= */ NULL) == 0);
        CHECK_ROW(deep[i].name, fake_count(b->fake, "POST", /* part= */ NULL) == 0);
    }
}

static void more_than_was_asked_for_is_no_answer(void **state)
{
    struct bench *b = *state;
    /* Whether a directory is there is asked with max-keys=1. */
    struct scripted s = {HEAD ASKED WHOLE ITEM("dir/a") ITEM("dir/b") TAIL};
    b->fake->intercept = answer_lists;
    b->fake->intercept_ctx = &s;
    struct cosn_stat st;
    assert_int_equal(cosn_fs_stat(b->fs, &st, "/dir", &b->err), COSN_E_PROTOCOL);
    CHECK_HOLDS(b->err.message, "at most 1 were asked for");
}

/* --- pages --- */

struct pages {
    const char *bodies[4];
    size_t at;
};

static int answer_pages(void *ctx, struct fake *f, const struct fake_request *rq,
                        struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct pages *p = ctx;
    struct scripted s = {p->bodies[p->at]};
    int r = answer_lists(&s, f, rq, reply, err);
    p->at += r == 1 && p->bodies[p->at + 1] != NULL;
    return r;
}

static void a_page_goes_on_behind_its_marker(void **state)
{
    struct bench *b = *state;
#define FIRST                                                                            \
    HEAD "<IsTruncated>true</IsTruncated><NextMarker>dir/m/x</NextMarker>" ITEM("dir/a") \
        PREFIX("dir/m/") TAIL
    static const struct {
        const char *name, *second;
        bool is_right;
    } rows[] = {
        {"behind", HEAD WHOLE ITEM("dir/n") TAIL, true},
        {"below the marker", HEAD WHOLE PREFIX("dir/m/") ITEM("dir/n") TAIL, true},
        {"empty", HEAD WHOLE TAIL, true},
        {"before, if only just", HEAD WHOLE ITEM("dir/m") TAIL, false},
        {"before", HEAD WHOLE ITEM("dir/b") TAIL, false},
        {"the first page again", HEAD WHOLE ITEM("dir/a") TAIL, false},
        {"prefix before", HEAD WHOLE PREFIX("dir/b/") TAIL, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct pages p = {.bodies = {FIRST, rows[i].second}};
        b->fake->intercept = answer_pages;
        b->fake->intercept_ctx = &p;
        int n_visits = 0;
        int r = cosn_fs_list(b->fs, "/dir", /* recursive= */ false, count_visit, &n_visits,
                             &b->err);
        CHECK_ROW(rows[i].name, r == (rows[i].is_right ? 0 : COSN_E_PROTOCOL));
    }
}

/* --- uploads --- */

#define UP_HEAD                                   \
    "<ListMultipartUploadsResult><Bucket>" BUCKET \
    "</Bucket><Encoding-Type>url</Encoding-Type>" \
    "<Prefix>dir</Prefix><KeyMarker></KeyMarker>"
#define UP(key, id)                                         \
    "<Upload><Key>" key "</Key><UploadId>" id "</UploadId>" \
    "<Initiated>2020-12-10T03:37:30.000Z</Initiated></Upload>"
#define UP_TAIL "</ListMultipartUploadsResult>"

static const struct row uploads[] = {
    {"right", UP_HEAD WHOLE UP("dir", "1") UP("dir/a", "1") UP("dir/a", "2") UP_TAIL, NULL},
    {"other bucket", "<ListMultipartUploadsResult><Bucket>b-1</Bucket>" WHOLE UP_TAIL,
     "its Bucket is"},
    {"other prefix", "<ListMultipartUploadsResult><Prefix>x</Prefix>" WHOLE UP_TAIL,
     "its Prefix is"},
    {"other marker", "<ListMultipartUploadsResult><KeyMarker>x</KeyMarker>" WHOLE UP_TAIL,
     "its KeyMarker is"},
    {"key outside", UP_HEAD WHOLE UP("other", "1") UP_TAIL, "not under the prefix"},
    {"out of order", UP_HEAD WHOLE UP("dir/b", "1") UP("dir/a", "1") UP_TAIL,
     "only later names"},
    {"upload twice", UP_HEAD WHOLE UP("dir/a", "1") UP("dir/a", "1") UP_TAIL,
     "only later names"},
    {"no id", UP_HEAD WHOLE UP("dir/a", "") UP_TAIL, "without key, id or time"},
    {"no time", UP_HEAD WHOLE "<Upload><Key>dir/a</Key><UploadId>1</UploadId></Upload>" UP_TAIL,
     "without key, id or time"},
    {"a NUL in the key", UP_HEAD WHOLE UP("dir%00", "1") UP_TAIL, "NUL byte"},
    {"silent about its end", UP_HEAD UP("dir/a", "1") UP_TAIL, "IsTruncated"},
    {"goes back",
     UP_HEAD
     "<IsTruncated>true</IsTruncated><NextKeyMarker>dir/a</NextKeyMarker>" UP("dir/b", "1")
         UP_TAIL,
     "only later names"},
    {"nowhere to go on", UP_HEAD "<IsTruncated>true</IsTruncated>" UP_TAIL,
     "without NextKeyMarker"},
};

static int count_upload(void *ctx, const struct cosn_upload *upload)
{
    (void)upload;
    ++*(int *)ctx;
    return 0;
}

static void uploads_that_break_their_question_are_not_shown(void **state)
{
    struct bench *b = *state;
    struct scripted s;
    b->fake->intercept = answer_lists;
    b->fake->intercept_ctx = &s;
    for (size_t i = 0; i < COS_ARRAY_LEN(uploads); i++) {
        int n_visits = 0;
        s.body = uploads[i].body;
        int r = cosn_fs_list_uploads(b->fs, "/dir", count_upload, &n_visits, &b->err);
        if (uploads[i].says == NULL) {
            CHECK_ROW(uploads[i].name, r == 0 && n_visits == 3);
            continue;
        }
        CHECK_ROW(uploads[i].name, r == COSN_E_PROTOCOL);
        CHECK_ROW(uploads[i].name, n_visits == 0);
        CHECK_HOLDS(b->err.message, uploads[i].says);
    }
}

/* --- other answers that name what was asked --- */

struct reply_to {
    const char *method, *body;
};

static int answer_method(void *ctx, struct fake *f, const struct fake_request *rq,
                         struct cosn_http_reply *reply, struct cosn_error *err)
{
    const struct reply_to *to = ctx;
    if (strcmp(rq->method, to->method) != 0) {
        return 0;
    }
    struct scripted s = {to->body};
    struct fake_request as_list = *rq;
    static char get[] = "GET", root[] = "/";
    as_list.method = get;
    as_list.path = root;
    return answer_lists(&s, f, &as_list, reply, err);
}

static void a_delete_result_about_other_keys_is_no_answer(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *name, *body;
        int status;
    } rows[] = {
        {"quiet", "<DeleteResult></DeleteResult>", 0},
        {"talkative", "<DeleteResult><Deleted><Key>dir/a</Key></Deleted></DeleteResult>", 0},
        {"another was deleted", "<DeleteResult><Deleted><Key>x</Key></Deleted></DeleteResult>",
         COSN_E_PROTOCOL},
        {"without a key", "<DeleteResult><Deleted></Deleted></DeleteResult>", COSN_E_PROTOCOL},
        {"another was refused",
         "<DeleteResult><Error><Key>x</Key><Code>NoSuchKey</Code></Error></DeleteResult>",
         COSN_E_PROTOCOL},
        {"a refusal behind one that does not matter",
         "<DeleteResult><Error><Key>dir/a</Key><Code>NoSuchKey</Code></Error>"
         "<Error><Key>dir/b</Key><Code>PathConflict</Code></Error></DeleteResult>",
         COSN_E_IO},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct reply_to to = {"POST", rows[i].body};
        fake_seed(b->fake, "dir/a", "1", 1);
        fake_seed(b->fake, "dir/b", "1", 1);
        b->fake->intercept = answer_method;
        b->fake->intercept_ctx = &to;
        bool was_there = false;
        int r = cosn_fs_delete(b->fs, "/dir", /* recursive= */ true, &was_there, &b->err);
        CHECK_ROW(rows[i].name, r == rows[i].status);
    }
}

static void an_upload_of_another_object_is_not_used(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *name, *body;
    } rows[] = {
        {"other bucket", "<InitiateMultipartUploadResult><Bucket>b-1</Bucket><Key>file</Key>"
                         "<UploadId>1</UploadId></InitiateMultipartUploadResult>"},
        {"other key", "<InitiateMultipartUploadResult><Bucket>" BUCKET "</Bucket><Key>x</Key>"
                      "<UploadId>1</UploadId></InitiateMultipartUploadResult>"},
    };
    char *bytes = calloc(3, 1u << 20);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct reply_to to = {"POST", rows[i].body};
        struct cosn_writer *w = NULL;
        b->fake->intercept = answer_method;
        b->fake->intercept_ctx = &to;
        assert_int_equal(cosn_fs_create(b->fs, &w, "/file", /* overwrite= */ true, &b->err), 0);
        int r = cosn_writer_write(w, bytes, 3u << 20, &b->err);
        r = r < 0 ? r : cosn_writer_commit(w, &b->err);
        CHECK_ROW(rows[i].name, r == COSN_E_PROTOCOL);
        CHECK_ROW(rows[i].name, fake_count(b->fake, "PUT", /* part= */ NULL) == 0);
        w = cosn_writer_free(w);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_list_that_breaks_its_question_shows_nothing),
        T(a_list_that_breaks_its_question_deletes_nothing),
        T(more_than_was_asked_for_is_no_answer),
        T(a_page_goes_on_behind_its_marker),
        T(uploads_that_break_their_question_are_not_shown),
        T(a_delete_result_about_other_keys_is_no_answer),
        T(an_upload_of_another_object_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
